"""Every published figure against the recomputed one: scores, contributions, portfolios, summary."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matcher.checker.certificate import fault
from matcher.checker.check_solution import agree
from matcher.checker.values import OFFSET, Terms
from matcher.config.sections import Solver
from matcher.errors import Finding
from matcher.problem.problem import Assignment, Floats, Ints
from matcher.text import listed

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
    scale = max(abs(bound), abs(objective))
    return (bound - objective) / scale


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
