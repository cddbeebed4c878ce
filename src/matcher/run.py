"""A run from tables to a published folder: load, match, check, publish."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.checker.check_solution import check_shape
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.config.load import COHORT_CONFIG
from matcher.decisions.decisions import read_decisions
from matcher.errors import ConfigError, Finding, VerificationError, raise_if_any
from matcher.explain.no_answer import raise_without_answer
from matcher.features.kinds.text_fit import chosen_method
from matcher.intake.read import read_cohort
from matcher.observe import SILENT, Observer, give_back
from matcher.pipeline import build, solve_instance
from matcher.privacy import pseudonyms
from matcher.privacy.input_hashes import input_key
from matcher.privacy.pseudonyms import pseudonymise as under_pseudonyms
from matcher.problem.previous import Previous
from matcher.publish.later import left_out_finding
from matcher.publish.matching import Matching
from matcher.publish.write_run import write_run
from matcher.solver.limits import Clock
from matcher.storage import new_run_folder, refuse_existing
from matcher.whereabouts import home_of


def match(
    cohort: Cohort,
    config: Config | str | Path | None = None,
    *,
    previous: Previous | str | Path | None = None,
    add: bool = False,
    decisions: pd.DataFrame | None = None,
    observer: Observer = SILENT,
    clock: Clock | None = None,
) -> Matching:
    """Match a cohort in memory.

    Parameters
    ----------
    cohort
        What ``read_cohort`` returned.
    config
        Config or the path of one; None takes the default.
    previous
        A run folder whose pairs are kept where stickiness says so, or fixed with `add`.
    add
        Whether only new and waiting people are placed and nobody else moves.
    decisions
        Locks, bans and holds, as ``matcher.decisions.decisions.read_decisions`` returns them.
    observer
        Told of phases and of the solver's progress.
    clock
        The time that the run has in all, of which the solver takes its share; None: the solver has
        the config's, and nothing else is limited.

    Returns
    -------
    Matching
        Portfolios with their proof, and the tables of a run folder.

    Raises
    ------
    ConfigError, InputError
        Where config and cohort do not fit each other.
    InfeasibleError
        Where forced pairs and hard rules contradict each other, all of them named.
    NoSolutionError
        Where the time limit came before any solution.
    VerificationError
        Where the solver's answer names nobody: no table could be made of it.
    """
    settings = config if isinstance(config, Config) else load_config(_path(config))
    earlier = previous if isinstance(previous, Previous | None) else Previous.read(Path(previous))
    if add and earlier is None:
        finding = Finding("E_USAGE", "--add needs an earlier run", "name it with --previous")
        raise ConfigError(finding)
    if settings.programme.as_of is not None and settings.programme.as_of != cohort.as_of:
        # A cohort read without this config was dated by its own newest event.
        cohort = replace(cohort, as_of=settings.programme.as_of)
    observer.on_phase("features and problem")
    began = time.perf_counter()
    instance = build(cohort, settings, previous=earlier, decisions=decisions, add=add)
    rest = Clock() if clock is None else _before_checking(clock, time.perf_counter() - began)
    observer.on_phase("solver")
    seconds = settings.solver.time_limit if rest.time_limit is None else _of_solver(rest)
    solution = solve_instance(instance, observer, time_limit=seconds)
    give_back()
    raise_without_answer(instance, solution, "allow more with --time-limit")
    raise_if_any(check_shape(instance.problem, solution), VerificationError)
    return Matching(instance, solution, clock=rest)


CHECKING = 0.7
"""What checking and writing take, as a share of what it took to build the problem."""
SOLVING = 0.6
"""Share of the time that is left once the problem is built, for the solver."""
LEAST = 0.1
"""Share of the whole that the solver has whatever reading and building took."""


def _before_checking(clock: Clock, building: float) -> Clock:
    """Return a clock that ends early enough for what is always done: checking, writing."""
    if clock.time_limit is None:
        return clock
    return replace(clock, time_limit=max(0.0, clock.time_limit - CHECKING * building))


def _of_solver(clock: Clock) -> float:
    return max(SOLVING * clock.left, LEAST * (clock.time_limit or 0.0), 1e-3)


@dataclass(frozen=True)
class Published:
    """A run folder and what it was written from."""

    folder: Path
    matching: Matching

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """The warning of what a time limit left out, if anything."""
        parts = self.matching.left_out
        return (left_out_finding(parts),) if parts else ()


def run_match(source: str | Path, *arguments: Any, **options: Any) -> Path:
    """Match a cohort, publish the run folder and return it.

    Parameters
    ----------
    source
        Folder, workbook or database URL of the cohort.
    *arguments, **options
        As of `publish_match`.
    """
    return publish_match(source, *arguments, **options).folder


def publish_match(
    source: str | Path,
    config: Config | str | Path | None = None,
    output: str | Path | None = None,
    *,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    time_limit: float | None = None,
    previous: str | Path | None = None,
    add: bool = False,
    set_aside: bool = False,
    decisions: str | Path | None = None,
    pseudonymise: bool = False,
    key: str | Path | None = None,
    observer: Observer = SILENT,
) -> Published:
    """Match a cohort and publish the run folder, whole or not at all.

    Parameters
    ----------
    source
        Folder, workbook or database URL of the cohort.
    config
        Config or the path of one; None takes the cohort's `matcher.toml` or the default.
    output
        Folder to publish; it must not exist. None: ``runs/<UTC time>`` beside the tables.
    overrides
        Config keys to change, as ``key=value``.
    seed, time_limit
        Override ``solver.seed`` and ``solver.time_limit``, the seconds that all of this may take:
        once they are over what explains the match is left out, and `publish.later` makes it.
    previous, add
        As for `match`.
    set_aside
        Whether people with faulty rows are set aside instead of stopping the run.
    decisions
        A working copy, a ``decisions.jsonl`` or a run folder with one.
    pseudonymise, key
        Whether no name, address or own words leave the input; where the key of the ids lies.
    observer
        Told of phases and progress.

    Returns
    -------
    Published
        The published folder and the matching in memory.

    Raises
    ------
    MatcherError
        Any of its kinds; nothing is published then.
    """
    started = time.perf_counter()
    target = _target(source, output)
    refuse_existing(target)
    settings = _settled(_with_limits(_settings(source, config, overrides), seed, time_limit))
    options = {
        "set_aside": set_aside,
        "add": add,
        "previous": previous,
        "decisions": decisions,
        "pseudonymise": pseudonymise,
        "own_config": not overrides and _is_own(source, config),
    }
    observer.on_phase("reading")
    with pseudonyms.untold_faults(hidden=pseudonymise):
        decided = None if decisions is None else read_decisions(decisions)
        cohort = read_cohort(source, settings, set_aside=set_aside, previous=previous)
    secret = None
    if pseudonymise:
        secret = pseudonyms.make_or_read_key(
            Path(key) if key else pseudonyms.default_key_path(str(source))
        )
        cohort = under_pseudonyms(cohort, secret)
        settings = pseudonyms.hide_answers(settings, cohort, secret)
    with new_run_folder(target) as folder:
        made = match(
            cohort,
            settings,
            previous=previous,
            add=add,
            decisions=decided,
            observer=observer,
            clock=Clock(settings.solver.time_limit, started),
        )
        observer.on_phase("writing and checking")
        input_key(cohort.source, is_made=True)
        shown = pseudonyms.hide_text(cohort) if pseudonymise else cohort
        write_run(folder, made, shown, options, secret)
    return Published(target, made)


def _settings(
    source: str | Path, config: Config | str | Path | None, overrides: Sequence[str]
) -> Config:
    if isinstance(config, Config) and not overrides:
        return config
    if isinstance(config, Config):
        finding = Finding("E_USAGE", "overrides need a config file", "change the Config itself")
        raise ConfigError(finding)
    return load_config(_path(config), overrides=overrides, cohort=source)


def _is_own(source: str | Path, config: object) -> bool:
    """Whether a config is the one that lies beside the tables."""
    beside = home_of(source) / COHORT_CONFIG
    return config is None or (
        isinstance(config, str | Path) and Path(config).absolute() == beside.absolute()
    )


def _with_limits(config: Config, seed: int | None, time_limit: float | None) -> Config:
    """Return the config with another seed and time limit, where they are given.

    Parameters
    ----------
    config
        Config to start from.
    seed, time_limit
        Values of ``solver.seed`` and ``solver.time_limit`` (seconds); None keeps the config's.
    """
    given = {"seed": seed, "time_limit": time_limit}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        return config
    return config.model_copy(update={"solver": config.solver.model_copy(update=changes)})


def _settled(config: Config) -> Config:
    """Return the config with the way that texts are compared here, so that the run says which."""
    text = config.text.model_copy(update={"method": chosen_method(config.text.method)})
    return config.model_copy(update={"text": text})


def _target(source: str | Path, output: str | Path | None) -> Path:
    if output is not None:
        return Path(output).absolute()
    name = datetime.now(tz=UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    return (home_of(source) / "runs" / name).absolute()


def _path(config: object) -> Path | None:
    return None if config is None else Path(str(config))
