"""Synthetic cohorts with a known truth, for examples, tests and benchmarks.

``draw_cohort(family, seed)`` gives the raw tables *and* the latent people behind them; matching
methods see only the tables, :func:`realised_outcome` judges them by the truth. The generative model
stands in ``latent`` (who people are), ``sign_ups`` (what they answer), ``contacts`` (whom they
know), ``past`` (what they lived through) and ``outcome`` (what a match is worth).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.errors import Finding, StorageError
from matcher.lab.synthetic.contacts import drawn_audits
from matcher.lab.synthetic.latent import FAMILIES, Family, LatentPeople, draw_people, family_named
from matcher.lab.synthetic.outcome import (
    DEFAULT_EFFECTS,
    Effects,
    expected_outcome,
    pair_quality,
    realised_outcome,
)
from matcher.lab.synthetic.past import history_tables
from matcher.lab.synthetic.sign_ups import common_answers, drawn_groups, mentee_table, mentor_table

__all__ = [
    "DEFAULT_EFFECTS",
    "FAMILIES",
    "Effects",
    "Family",
    "LatentPeople",
    "SyntheticCohort",
    "draw_cohort",
    "expected_outcome",
    "make_cohort",
    "pair_quality",
    "realised_outcome",
    "write_cohort",
]


@dataclass(frozen=True)
class SyntheticCohort:
    """Raw tables as a form would deliver them, and the truth behind them."""

    name: str
    seed: int
    tables: dict[str, pd.DataFrame]
    """By table name: text cells, lists joined by `;`, empty where unanswered."""
    people: LatentPeople


def draw_cohort(family: str | Family, seed: int) -> SyntheticCohort:
    """Draw a cohort of a built-in or given family; an unknown name is a ConfigError.

    Parameters
    ----------
    family
        Name of a built-in family, or one of your own.
    seed
        The same seed gives the same cohort.

    Returns
    -------
    SyntheticCohort
        The tables, and the latent side that no method sees.
    """
    spec = family_named(family) if isinstance(family, str) else family
    streams = np.random.default_rng(seed).spawn(7)
    people = draw_people(spec, streams[0])
    common = common_answers(spec, people, streams[1])
    mentees = mentee_table(spec, people, common, streams[2])
    mentors = mentor_table(spec, people, common, streams[3])
    tables = {
        "mentees": mentees,
        "mentors": mentors,
        **drawn_audits(spec, people, streams[4]),
        **history_tables(spec, people, mentees, mentors, streams[5]),
        "groups": drawn_groups(people, streams[6]),
    }
    name = family if isinstance(family, str) else "custom"
    return SyntheticCohort(name, seed, tables, people)


def make_cohort(family: str, seed: int) -> dict[str, pd.DataFrame]:
    """Return the raw tables of a synthetic cohort; an unknown family is a ConfigError.

    Parameters
    ----------
    family
        Name of a built-in family.
    seed
        The same seed gives the same cohort.

    Returns
    -------
    dict[str, pd.DataFrame]
        Tables of text by name.
    """
    return draw_cohort(family, seed).tables


def write_cohort(tables: dict[str, pd.DataFrame], folder: str | Path) -> Path:
    """Write raw tables as CSV files into a folder, made if needed; return it.

    A folder that cannot be written is a StorageError E_WRITE.

    Parameters
    ----------
    tables
        Tables of text by name.
    folder
        Where the files go.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    StorageError
        E_WRITE where the folder cannot be written.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(target / f"{name}.csv", index=False, lineterminator="\n")
    except OSError as error:
        finding = Finding(
            "E_WRITE", f"cannot write the cohort: {error.strerror}", "choose a folder"
        )
        raise StorageError(finding) from error
    return target
