"""Benchmark sources: the user's cohorts and built-in families."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.errors import ConfigError, InputError
from matcher.lab.judge import families, open_bench_source
from matcher.lab.synthetic import make_cohort, write_cohort


@pytest.mark.slow
def test_family_comes_with_its_truth() -> None:
    """A family is drawn by its seed and carries the people behind the tables."""
    source = open_bench_source("family:small", seed=4)
    assert source.truth is not None
    assert len(source.cohort.mentees) == len(source.truth.people.mentees)
    assert "family:small" in families()


@pytest.mark.slow
def test_cohort_of_the_user_has_no_truth(tmp_path: Path) -> None:
    """A folder is read as it is, with overrides of its config."""
    folder = write_cohort(make_cohort("small", 1), tmp_path / "mine")
    source = open_bench_source(str(folder), seed=0, overrides=("portfolio.limit=1",))
    assert source.truth is None
    assert source.name == str(folder)
    assert source.config.portfolio.limit == 1


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """A misspelt family lists the choices, a folder that is not there is an input error."""
    with pytest.raises(ConfigError, match="contested"):
        open_bench_source("family:smal", seed=0)
    with pytest.raises(InputError):
        open_bench_source(str(tmp_path / "none"), seed=0)
