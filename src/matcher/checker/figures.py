"""Every published figure against the recomputed one: approaches, scores, portfolios, summary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Codes, Floats, Ints
from matcher.checker.certificate import fault
from matcher.checker.check_solution import agree
from matcher.checker.own_scores import OwnScores, own_scores
from matcher.checker.values import OFFSET, Terms
from matcher.config.sections import Solver
from matcher.errors import Finding
from matcher.features.base import Listed
from matcher.problem.instance import Instance
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment
from matcher.scoring.approaches import CODES
from matcher.text import listed
from matcher.vocabulary import Approach

EXACT = 1e-9
"""Relative difference at which a published float counts as another number."""
LISTED = 5
"""Differences named one by one in a table."""


def check_portfolios(
    portfolios: pd.DataFrame, terms: Terms, mentees: Sequence[str]
) -> Iterator[Finding]:
    """Check that every mentee stands once, with the true terms of V."""
    if sorted(portfolios["mentee_id"]) != sorted(mentees):
        yield fault("C_FILES", "portfolios.csv does not hold every mentee once", "portfolios")
        return
    table = portfolios.set_index("mentee_id").loc[list(mentees)].reset_index()
    truth: dict[str, Floats] = {
        "n_mentors": terms.size.astype(np.float64),
        "value": terms.value,
        "relation": terms.relation,
        "coverage": terms.coverage,
        "redundancy": terms.redundancy,
    }
    for column, values in truth.items():
        wrong = differing(table[column].to_numpy(dtype=float), values)
        yield from wrong_rows(table, wrong, column, "portfolios")


def check_mentors(
    mentors: pd.DataFrame, capacity: Floats, used: Floats, ids: Sequence[str]
) -> Iterator[Finding]:
    """Check that every mentor stands once, with true capacity and use and a price >= 0."""
    if sorted(mentors["mentor_id"]) != sorted(ids):
        yield fault("C_FILES", "mentors.csv does not hold every mentor once", "mentors")
        return
    table = mentors.set_index("mentor_id").loc[list(ids)].reset_index()
    for column, values in (("capacity", capacity), ("used", used)):
        wrong = differing(table[column].to_numpy(dtype=float), values)
        yield from wrong_rows(table, wrong, column, "mentors")
    below = np.flatnonzero(~(table["price"].to_numpy(dtype=float) >= 0))
    yield from wrong_rows(table, below, "the price", "mentors")


def check_unmatched(
    unmatched: pd.DataFrame, terms: Terms, mentees: Sequence[str]
) -> Iterator[Finding]:
    """Check that exactly the mentees without a mentor are listed as left out."""
    listed = set(unmatched.loc[unmatched["role"] == "mentee", "person_id"])
    left = {person for person, size in zip(mentees, terms.size, strict=True) if size == 0}
    for person in sorted(left - listed):
        yield fault("C_FILES", f"{person} has no mentor and is not listed", "unmatched")
    for person in sorted((listed - left) & set(mentees)):
        yield fault("C_FILES", f"{person} has a mentor and is listed as left out", "unmatched")


def check_summary(
    summary: Mapping[str, Any], terms: Terms, assignment: Assignment, shape: tuple[int, int]
) -> Iterator[Finding]:
    """Check the counts of the summary."""
    counts = {
        "n_mentees": shape[0],
        "n_mentors": shape[1],
        "n_matched_mentees": int((terms.size > 0).sum()),
        "n_matches": len(assignment),
        "n_reciprocal_pairs": int((assignment.reciprocal >= 0).sum()) // 2,
    }
    for key, value in counts.items():
        if summary.get(key) != value:
            message = f"{key} is {summary.get(key)!r} in the summary, it is {value}"
            yield fault("C_VALUE", message, "summary")


PROVED_BY_DUALS = ("duals", "flow")
"""Sources of a bound that must be no better than what the published rows prove; others say that the
bound is claimed by a solver."""


def check_gap(
    summary: Mapping[str, Any], objective: float, alpha: float, n: int, tolerance: float
) -> Iterator[Finding]:
    """Check that bound, gap and status of the summary fit each other.

    With fairness the gap is of equally distributed equivalents (DESIGN section 6).
    """
    bound, gap = as_number(summary.get("bound")), as_number(summary.get("gap"))
    if bound is None or gap is None:
        if summary.get("status") == "OPTIMAL":
            yield fault("C_BOUND", "optimal is claimed without a bound", "summary")
        return
    if objective > bound and not agree(objective, bound):
        message = f"objective {objective:.9g} is above the bound {bound:.9g}"
        yield fault("C_BOUND", message, "summary")
    expected = gap_of(objective, bound, alpha, n)
    if abs(gap - expected) > 1e-6:
        message = f"gap {gap:.3g} is claimed, objective and bound give {expected:.3g}"
        yield fault("C_BOUND", message, "summary")
    status = summary.get("status")
    if status in ("OPTIMAL", "CLAIMED") and gap > tolerance + 1e-9:
        yield fault("C_BOUND", f"optimal is claimed at a gap of {gap:.3g}", "summary")
    if status == "FEASIBLE" and gap < tolerance - 1e-9 and _tiers_are_proved(summary):
        message = f"the answer is called FEASIBLE, it is optimal at a gap of {gap:.3g}"
        yield fault("C_BOUND", message, "summary")


def check_claim(
    summary: Mapping[str, Any], objective: float, alpha: float, n: int, tolerance: float
) -> Iterator[Finding]:
    """Check that what only a solver says is not called optimal, and what duals prove no claim."""
    known = "", *PROVED_BY_DUALS
    if summary.get("bound_source") not in known and summary.get("bound") == summary["dual_bound"]:
        message = "the bound is called a claim, the published duals prove it"
        yield fault("C_BOUND", message, "summary")
    if summary.get("status") != "OPTIMAL" or summary.get("bound_source") in PROVED_BY_DUALS:
        return
    proved = as_number(summary.get("dual_bound"))
    if proved is None or gap_of(objective, proved, alpha, n) > tolerance + 1e-9:
        message = "the answer is called OPTIMAL, the published duals do not prove it"
        yield fault("C_BOUND", message, "summary")


def check_asked(
    summary: Mapping[str, Any], tolerance: float, own: float | None
) -> Iterator[Finding]:
    """Tell of an optimum that is one only by the gap that the run's own config asks for.

    Parameters
    ----------
    summary
        Of the run.
    tolerance, own
        The gap in the run's config, and in the cohort's where the run was made by that.
    """
    gap, ordinary = as_number(summary.get("gap")), Solver().gap
    if summary.get("status") not in ("OPTIMAL", "CLAIMED") or gap is None:
        return
    if own is not None and own != tolerance and gap > own + 1e-9:
        message = f"optimal is claimed at a gap of {gap:.3g}, the cohort's own config asks {own:g}"
        yield fault("C_BOUND", message, "config")
    elif gap > ordinary + 1e-9:
        message = f"{summary['status']} here means a gap of {gap:.3%}: config.toml asks no nearer"
        message += f" than {tolerance:.3%}, where {ordinary:.2%} is usual"
        yield Finding("W_GAP", message, "take it for a good answer, not for the best", "config")


def claim_of(summary: Mapping[str, Any], tolerance: float, bound: float) -> str:
    """Return what a run calls its answer, by which gap, and its bound where another is proved.

    Parameters
    ----------
    summary, tolerance
        As of `check_asked`.
    bound
        As it was proved again.
    """
    stated = as_number(summary.get("bound"))
    other = stated is not None and not agree(stated, bound)
    beside = f", and states a bound of {stated:.6g}" if other else ""
    return f"{summary.get('status')}, where a gap of {tolerance:.2%} was asked for{beside}"


def check_tier_bounds(summary: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that no tier is above its bound."""
    for name, value, bound in _tiers(summary):
        if bound < value and not agree(bound, value):
            message = f"tier {name} is {value:g}, above its bound {bound:g}"
            yield fault("C_TIER", message, "summary")


def _tiers_are_proved(summary: Mapping[str, Any]) -> bool:
    return all(bound - value <= 1e-6 for _, value, bound in _tiers(summary))


def _tiers(summary: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Yield name, value and bound of each tier; a missing bound bounds nothing."""
    for tier in summary.get("tiers") or ():
        value, bound = as_number(tier.get("value")), as_number(tier.get("bound"))
        if value is not None:
            yield str(tier.get("name")), value, np.inf if bound is None else bound


def gap_of(objective: float, bound: float, alpha: float, n: int) -> float:
    """Return the published gap of an objective and its bound; on purpose a copy of the solver's."""
    if bound == objective:
        return 0.0
    if alpha > 0 and n > 0:
        equal = [_equivalent(level / n, alpha) for level in (objective, bound)]
        return 1.0 - equal[0] / equal[1] if equal[1] > 0 else 0.0
    return (bound - objective) / max(abs(bound), abs(objective))


def _equivalent(level: float, alpha: float) -> float:
    """Return the value whose utility is `level`; on purpose a copy of the problem's."""
    if alpha == 1:
        return float(OFFSET * np.expm1(level))
    base = max(level * (1 - alpha) + OFFSET ** (1 - alpha), 0.0)
    if base == 0.0:
        return float("inf")
    return float(base ** (1 / (1 - alpha)) - OFFSET)


def as_number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if np.isfinite(value) else None


def differing(published: Floats, truth: Floats) -> Ints:
    """Return the rows in which two columns differ by more than rounding does: (d,)."""
    scale = np.maximum(1.0, np.abs(np.where(np.isfinite(truth), truth, 0.0)))
    same = np.abs(np.where(np.isfinite(published), published, np.inf) - truth) <= EXACT * scale
    return np.flatnonzero(~same)


def wrong_rows(
    table: pd.DataFrame,
    wrong: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    what: str,
    name: str,
    code: str = "C_VALUE",
) -> Iterator[Finding]:
    """Yield a finding for the first rows that are wrong, and how many more there are."""
    ids = [column for column in ("mentee_id", "mentor_id") if column in table.columns]
    for k in wrong[:LISTED].tolist():
        people = listed(str(table[column].iloc[k]) for column in ids)
        yield fault(code, f"{what} of {people} is not what it should be", name)
    if len(wrong) > LISTED:
        yield fault(code, f"{what} is wrong in {len(wrong)} rows in all", name)


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
