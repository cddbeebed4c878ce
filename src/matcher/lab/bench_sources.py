"""What a benchmark is run on: the user's cohorts, or built-in families with a known truth."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.intake import read_cohort
from matcher.lab.synthetic import FAMILIES, SyntheticCohort, draw_cohort, write_cohort
from matcher.lab.synthetic.families import family_named

PREFIX = "family:"
"""Start of the name of a built-in family where a cohort is asked for, such as `family:nihr`."""


@dataclass(frozen=True)
class BenchSource:
    """One cohort to compare methods on."""

    name: str
    cohort: Cohort
    config: Config
    truth: SyntheticCohort | None = None
    """The latent side, for built-in families."""


def is_family(source: str) -> bool:
    """Tell whether a source names a built-in family."""
    return source.startswith(PREFIX)


def open_bench_source(
    source: str,
    *,
    seed: int,
    config: str | Path | None = None,
    overrides: Sequence[str] = (),
    previous: Path | None = None,
) -> BenchSource:
    """Read a cohort, or draw a family with `seed`; `previous` as for `read_cohort`.

    Raises
    ------
    ConfigError
        For an unknown family, with the choices, or a config that is wrong.
    InputError
        With everything that is wrong with the cohort.
    """
    if not is_family(source):
        settings = load_config(config, overrides=overrides, cohort=source)
        cohort = read_cohort(source, settings, previous=previous)
        return BenchSource(cohort.source or source, cohort, settings)
    name = source.removeprefix(PREFIX)
    family_named(name)
    settings = load_config(config, overrides=overrides)
    truth = draw_cohort(name, seed)
    with tempfile.TemporaryDirectory() as folder:
        cohort = read_cohort(write_cohort(truth.tables, folder), settings)
    return BenchSource(source, cohort, settings, truth)


def families() -> list[str]:
    """Return the built-in families as sources, sorted."""
    return [f"{PREFIX}{name}" for name in sorted(FAMILIES)]
