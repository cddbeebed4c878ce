"""Last year's choices: for each pair that people made, the mentors who were free then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.errors import Finding, InputError
from matcher.features.columns import numbers_of
from matcher.tune.pairs import Table, feature_table
from matcher.vocabulary import Status

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config.schema import Config
    from matcher.features.base import Floats, Positions

MOST_ALTERNATIVES = 100
"""Alternatives kept a choice, drawn at random: the conditional logit stays consistent under uniform
sampling of alternatives (McFadden 1978)."""

NOT_CHOSEN = frozenset({Status.PROPOSED.value, Status.DECLINED.value})
"""Statuses of pairs that nobody agreed to, so that they are no choice of a person."""


@dataclass(frozen=True)
class Choices:
    """Chosen mentors and their alternatives; those of a choice lie together, the chosen first."""

    table: Table
    """Features of all alternatives: q rows."""
    start: Positions
    """(c,) first row of each choice."""
    mentee: tuple[str, ...]
    """(c,) who was matched."""
    mentor: tuple[str, ...]
    """(c,) the mentor chosen."""
    dropped: int
    rows: int

    def __len__(self) -> int:
        return len(self.start)

    def rows_of(self, choices: Positions) -> tuple[Positions, Positions]:
        """Return the rows of some choices one after the other, and where each choice starts."""
        ends = np.append(self.start, len(self.table.values))
        size = (ends[1:] - ends[:-1])[choices]
        start = np.cumsum(size) - size
        rows = np.arange(int(size.sum())) - np.repeat(start, size)
        return rows + np.repeat(self.start[choices], size), start


def read_choices(cohort: Cohort, config: Config, *, seed: int = 0) -> Choices:
    """Return the human pairs of the table `engagements` with who else was free.

    A mentor is free for a pair if the pairs that started before leave a place; pairs without a
    start all count as made at once. Every pair that came about is a choice, however it ended.

    Raises
    ------
    InputError
        E_NO_ROWS if no pair can be used.
    """
    table = cohort.engagements
    made = table[~table["status"].isin(sorted(NOT_CHOSEN))]
    made = made.sort_values(["start", "mentee_id", "mentor_id"], kind="stable", na_position="first")
    made = made.drop_duplicates(["mentee_id", "mentor_id"])
    i = cohort.mentee_index.positions(made["mentee_id"])
    j = cohort.mentor_index.positions(made["mentor_id"])
    known = (i >= 0) & (j >= 0)
    i, j, start = i[known], j[known], pd.to_datetime(made["start"])[known].to_numpy()
    free = _free_mentors(cohort, config, i, j, start)
    rows, begin, used = _alternatives(free, j, seed)
    if not len(begin):
        message = "no pair with a choice between mentors of this cohort"
        raise InputError(Finding("E_NO_ROWS", message, "give last year's pairs", "engagements"))
    person = np.repeat(i[used], np.diff(np.append(begin, len(rows))))
    return Choices(
        feature_table(cohort, config, person, rows),
        begin,
        tuple(cohort.mentee_index.ids[k] for k in i[used]),
        tuple(cohort.mentor_index.ids[k] for k in j[used]),
        len(made) - len(begin),
        len(table),
    )


def _free_mentors(
    cohort: Cohort,
    config: Config,
    i: Positions,
    j: Positions,
    start: np.ndarray[tuple[int], np.dtype[np.datetime64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which mentors were free for each pair: (c, m)."""
    stated = numbers_of(cohort.mentors, "capacity")
    capacity = np.where(np.isnan(stated), config.capacity.default, stated)
    own = cohort.mentor_index.positions(cohort.mentee_index.ids)
    used = np.zeros((len(i), len(capacity)))
    earlier = start[:, None] > start[None, :]
    np.add.at(used.T, j, earlier.T.astype(np.float64))
    free = used < np.maximum(capacity, 1.0)
    free[np.arange(len(i)), j] = True
    self_pair = own[i] >= 0
    free[np.flatnonzero(self_pair), own[i][self_pair]] = False
    return np.asarray(free)


def _alternatives(
    free: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], chosen: Positions, seed: int
) -> tuple[Positions, Positions, Positions]:
    """Return alternatives with the chosen first, the start of each choice, and which were used."""
    rng = np.random.default_rng([seed, 2])
    parts, used = [], []
    for row, pick in enumerate(chosen.tolist()):
        others = np.flatnonzero(free[row])
        others = others[others != pick]
        if len(others) > MOST_ALTERNATIVES - 1:
            others = np.sort(rng.choice(others, MOST_ALTERNATIVES - 1, replace=False))
        if len(others):
            parts.append(np.append(pick, others))
            used.append(row)
    size = np.array([len(part) for part in parts], dtype=np.int64)
    rows = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    return rows, np.cumsum(size) - size, np.array(used, dtype=np.int64)


def rank_shares(eta: Floats, start: Positions) -> Floats:
    """Return the share of alternatives that each chosen mentor is ahead of, ties half: (c,).

    Its mean is the AUC within choices: chosen against free mentors of the same mentee.
    """
    size = np.diff(np.append(start, len(eta)))
    ahead = np.repeat(eta[start], size) - eta
    score = (ahead > 0) + 0.5 * (ahead == 0)
    return np.asarray((np.add.reduceat(score, start) - 0.5) / (size - 1))
