"""The pairs that weights are learned from, with their features: from a cohort to arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.cohort.cohort import RowCount
from matcher.errors import Finding, InputError
from matcher.features.base import Listed
from matcher.features.feature_set import build_features
from matcher.network.cohort_audit import audit_cohort
from matcher.scoring.approaches import CODES, NOT_ALLOWED, ApproachChoice
from matcher.tune.design import Design
from matcher.vocabulary import Approach

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.config.sections import Scoring
    from matcher.features.base import Bools, Floats, Positions


@dataclass(frozen=True)
class Table:
    """Features of listed pairs: p pairs, k features."""

    names: tuple[str, ...]
    default: Floats
    """(k,) weights of the config, summing to 1."""
    values: Floats
    """(p, k) in [0, 1], 0 where unanswered."""
    answered: Bools
    """(p, k)."""
    scoring: Scoring

    def design(self) -> Design:
        """Return what coefficients do to the scores of these pairs."""
        centred = np.where(self.answered, self.values - self.scoring.neutral, 0.0)
        return Design(centred, self.answered.astype(np.float64), self.scoring.min_answered)

    def score(self, weights: Floats) -> Floats:
        """Return the pair score under other weights, by the formula of ``scoring.pairs``: (p,)."""
        asked = self.answered @ weights
        divisor = np.maximum(asked, self.scoring.min_answered)
        missing = divisor - asked
        nothing = divisor == 0.0
        total = (self.values * self.answered) @ weights + self.scoring.neutral * missing
        return np.where(nothing, self.scoring.neutral, total / np.where(nothing, 1.0, divisor))

    def take(self, rows: Positions | Bools) -> Table:
        """Return the table of some pairs."""
        return Table(self.names, self.default, self.values[rows], self.answered[rows], self.scoring)


@dataclass(frozen=True)
class Outcomes:
    """Past pairs with known outcome, sorted by mentee and mentor."""

    table: Table
    success: Bools
    """(p,)."""
    mentee: tuple[str, ...]
    mentor: tuple[str, ...]
    dropped: int
    """Pairs of unknown people, or of which nothing says how they went."""
    rows: RowCount
    """What became of the rows of the outcome table."""

    def __len__(self) -> int:
        return len(self.success)


def feature_table(cohort: Cohort, config: Config, i: Positions, j: Positions) -> Table:
    """Return the features of single pairs, allowed today or not.

    Parameters
    ----------
    cohort, config
        Who is compared, and how.
    i, j
        Positions of mentees and mentors: (p,) each.
    """
    audit = audit_cohort(cohort, config) if config.audit.feed_match else None
    features = build_features(cohort, config, audit)
    approach = ApproachChoice.of(cohort, config).choose(Listed(i, j))
    menu = config.programme.approaches
    usual = next((a for a in menu if a is not Approach.RECIPROCAL), Approach.DEVELOPMENTAL)
    approach = np.where(approach == NOT_ALLOWED, CODES[usual], approach).astype(np.int8)
    values, answered = features.pairs(i, j, approach)
    return Table(features.names, features.weights, values.T, answered.T, config.scoring)


def read_outcomes(cohort: Cohort, config: Config) -> Outcomes:
    """Return the pairs of the table `outcomes`, one a pair however many rows it has.

    A pair is a success if most of its rows say so; where no row states `success`, if its mean
    rating reaches ``tune.success_rating``.

    Raises
    ------
    InputError
        E_NO_ROWS if there is nothing to learn from.
    """
    rows = cohort.outcomes
    judged = _judge(rows, config.tune.success_rating)
    i = cohort.mentee_index.positions(judged["mentee_id"])
    j = cohort.mentor_index.positions(judged["mentor_id"])
    there = (i >= 0) & (j >= 0)
    known = there & judged["success"].notna().to_numpy(dtype=bool)
    if not known.any():
        raise InputError(_nothing(cohort, is_there=bool(there.any())))
    judged = judged[known]
    return Outcomes(
        feature_table(cohort, config, i[known], j[known]),
        judged["success"].to_numpy(dtype=bool),
        tuple(judged["mentee_id"]),
        tuple(judged["mentor_id"]),
        int((~known).sum()),
        cohort.rows.get("outcomes", RowCount(len(rows), len(rows))),
    )


def _nothing(cohort: Cohort, *, is_there: bool) -> Finding:
    """Say why there is no outcome to learn from."""
    remedy = "give a table with mentee_id, mentor_id and rating or success of past pairs"
    read = cohort.rows["outcomes"].read if "outcomes" in cohort.rows else len(cohort.outcomes)
    message, column = "there is no table of outcomes, or it is empty", ""
    if is_there:
        message, column = "no outcome says how a pair went", "rating"
        remedy = "fill in rating or success"
    elif read:
        message, column = "no outcome of a pair whose people are in the cohort", "mentee_id"
        remedy = "give the mentees and mentors that the table names, under the same ids"
    return Finding("E_NO_ROWS", message, remedy, "outcomes", column=column)


def _judge(rows: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return one row a pair with `success` as True, False or missing, sorted by ids."""
    frame = pd.DataFrame(
        {
            "mentee_id": rows["mentee_id"],
            "mentor_id": rows["mentor_id"],
            "said": rows["success"].astype("boolean").astype("Float64"),
            "rating": rows["rating"].astype("float64"),
        }
    )
    mean = frame.groupby(["mentee_id", "mentor_id"], sort=True).mean().reset_index()
    by_word = (mean["said"] > 0.5).astype("boolean").where(mean["said"].notna())
    by_rating = (mean["rating"] >= least).astype("boolean").where(mean["rating"].notna())
    return mean.assign(success=by_word.fillna(by_rating))[["mentee_id", "mentor_id", "success"]]
