"""Tests of ``matcher.solver.settings``."""

from dataclasses import asdict

from matcher.config.sections import Solver
from matcher.solver.settings import SolverSettings


def test_the_engine_and_the_config_have_the_same_settings_and_defaults() -> None:
    """A key of ``[solver]`` is a setting of the engine, and the other way round."""
    assert asdict(SolverSettings()) == dict(Solver())
