"""Approach, score and contributions of every match against what the tables come to."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matcher.arrays import Codes, Floats, Ints
from matcher.checker.certificate import fault
from matcher.checker.figures import differing, wrong_rows
from matcher.checker.own_scores import OwnScores, own_scores
from matcher.errors import Finding
from matcher.features.base import Listed
from matcher.problem.instance import Instance
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment
from matcher.scoring.approaches import CODES
from matcher.vocabulary import Approach

COMBINED = ("reciprocal", "reciprocal_bonus", "approach_order")
"""Contributions that turn the score of one direction into that of the match."""
OTHERS = 2_000
"""Pairs beside the matches whose scores are taken anew."""


def check_approaches(
    matches: pd.DataFrame, instance: Instance, assignment: Assignment
) -> Iterator[Finding]:
    """Check the approach of every match."""
    names = [approach.value for approach in Approach]
    code = _codes(instance, assignment)
    expected = [names[k] if k >= 0 else "" for k in code.tolist()]
    wrong = np.flatnonzero(matches["approach"].to_numpy(dtype=object) != np.array(expected, object))
    yield from wrong_rows(matches, wrong, "the approach", "matches")


def _codes(instance: Instance, assignment: Assignment) -> Ints:
    """Return the approach that each item must have: (k,), -1 where the pair may have none."""
    i, j = assignment.pairs[:, 0], assignment.pairs[:, 1]
    code = instance.candidates.listed(i, j).astype(np.int64)
    code[assignment.reciprocal >= 0] = CODES[Approach.RECIPROCAL]
    for k in np.flatnonzero(assignment.reciprocal == FALLBACK).tolist():
        pair = Listed(i[[k]], j[[k]])
        other = instance.candidates.approaches.choose(pair, without=Approach.SPONSORSHIP)[0]
        code[k] = other if code[k] == CODES[Approach.SPONSORSHIP] else CODES[Approach.SPONSORSHIP]
    return code


def own_of(instance: Instance, assignment: Assignment) -> OwnScores:
    """Return features and scores of every item's direction, under its approach."""
    i, j = assignment.pairs.T
    return own_scores(instance, i, j, _possible_codes(instance, assignment))


def check_scores(
    matches: pd.DataFrame, instance: Instance, assignment: Assignment, own: OwnScores
) -> Iterator[Finding]:
    """Check the score of every match."""
    truth = _item_scores(instance, assignment, own)
    wrong = differing(matches["score"].to_numpy(dtype=float), truth)
    yield from wrong_rows(matches, wrong, "the score", "matches")


def _item_scores(instance: Instance, assignment: Assignment, own: OwnScores) -> Floats:
    """Return the score of every item: of its direction, or of its side of a reciprocal pair."""
    i, j = assignment.pairs.T
    score, number = own.score.copy(), assignment.reciprocal
    next_ = number == FALLBACK
    if next_.any():  # it counts no more than the first, which a mentee's order may prefer
        code = instance.candidates.listed(i[next_], j[next_])
        first = own_scores(instance, i[next_], j[next_], code).score
        score[next_] = np.minimum(score[next_], first)
    both = number >= 0
    if both.any():
        pairs, at = instance.reciprocal.candidates, number[both]
        is_a = pairs.mentee_a[at] == i[both]
        code = np.full(len(at), CODES[Approach.RECIPROCAL], dtype=np.int8)
        back_i = np.where(is_a, pairs.mentee_b[at], pairs.mentee_a[at])
        back_j = np.where(is_a, pairs.mentor_a[at], pairs.mentor_b[at])
        back = own_scores(instance, back_i, back_j, code).score
        settings = instance.config.reciprocal
        joined = _combined(score[both], back, settings.combine)
        score[both] = np.where(pairs.exchange[at], score[both], joined) + settings.bonus
    return score


def _combined(one: Floats, other: Floats, how: str) -> Floats:
    """Return the score of a pair that plays both roles, on purpose a copy of the problem's."""
    if how == "min":
        return np.minimum(one, other)
    total = np.where(one + other > 0, one + other, 1.0)
    return np.sqrt(one * other) if how == "geometric" else 2 * one * other / total


def _possible_codes(instance: Instance, assignment: Assignment) -> Codes:
    return np.maximum(_codes(instance, assignment), 0).astype(np.int8)


def check_other_scores(instance: Instance) -> Iterator[Finding]:
    """Check scores that the answer was chosen by: of all pairs of few people, of some of many."""
    n, m = instance.problem.n_mentees, instance.problem.n_mentors
    some = np.arange(min(n * m, OTHERS))
    if n * m > OTHERS:  # steps of one length would meet the same few mentors again and again
        some = np.unique(np.random.default_rng(0).integers(0, n * m, OTHERS))
    i, j = np.divmod(some, max(1, m))
    code = instance.candidates.listed(i, j)
    i, j, code = i[code >= 0], j[code >= 0], code[code >= 0]
    used = instance.pair_scores.directional(i, j, code)
    wrong = differing(used, own_scores(instance, i, j, code).score)
    ids = instance.cohort.mentee_index.ids, instance.cohort.mentor_index.ids
    people = {
        "mentee_id": [ids[0][k] for k in i[wrong].tolist()],
        "mentor_id": [ids[1][k] for k in j[wrong].tolist()],
    }
    table = pd.DataFrame(people)
    yield from wrong_rows(table, np.arange(len(table)), "the score among others", "matches")


def check_contributions(
    contributions: pd.DataFrame, matches: pd.DataFrame, own: OwnScores
) -> Iterator[Finding]:
    """Check that contributions are those of the features and add up to the scores."""
    keys = ["mentee_id", "mentor_id"]
    total = contributions.groupby(keys)["contribution"].sum()
    wanted = pd.MultiIndex.from_frame(matches[keys])
    if set(total.index) != set(wanted):
        message = "contributions and matches are not about the same pairs"
        yield fault("C_CONTRIBUTION", message, "contributions")
        return
    if not len(matches):
        return
    wrong = differing(total.reindex(wanted).to_numpy(dtype=float), matches["score"].to_numpy(float))
    yield from wrong_rows(
        matches, wrong, "the sum of contributions", "contributions", "C_CONTRIBUTION"
    )
    yield from _check_each(contributions, matches, own)


def _check_each(
    contributions: pd.DataFrame, matches: pd.DataFrame, own: OwnScores
) -> Iterator[Finding]:
    """Check value, weight and product of every feature, and whether it was answered."""
    truth = pd.DataFrame(
        {
            "mentee_id": np.repeat(matches["mentee_id"].to_numpy(dtype=object), len(own.names)),
            "mentor_id": np.repeat(matches["mentor_id"].to_numpy(dtype=object), len(own.names)),
            "feature": np.tile(np.array(own.names, dtype=object), len(matches)),
            "answered": own.answered.T.ravel(),
            "value": own.value.T.ravel(),
            "weight": np.tile(own.weight, len(matches)),
            "contribution": own.contribution.T.ravel(),
        }
    )
    keys = ["mentee_id", "mentor_id", "feature"]
    given = contributions[~contributions["feature"].isin(COMBINED)]
    given = given.assign(
        answered=given["answered"] == "true",
        value=pd.to_numeric(given["value"], errors="coerce"),
        weight=pd.to_numeric(given["weight"], errors="coerce"),
    )
    both = given.merge(truth, on=keys, how="outer", suffixes=("", "_again"))
    for column in ("answered", "value", "weight", "contribution"):
        stated, again = (both[c].to_numpy(dtype=float) for c in (column, f"{column}_again"))
        wrong = differing(stated, again)
        yield from wrong_rows(both, wrong, f"the {column}", "contributions", "C_CONTRIBUTION")
