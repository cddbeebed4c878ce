"""Why a mentee has these mentors: what each contributes, covers, and what stays uncovered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.checker.values import cover_of
from matcher.explain.opened_run import Case, json_text
from matcher.problem.problem import Assignment
from matcher.problem.value import evaluate

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort

UNCOVERED = 0.5
"""Cover below which a wanted facet counts as uncovered."""


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to a score."""

    feature: str
    answered: bool
    value: float | None
    """In [0, 1]; None where unanswered."""
    weight: float
    contribution: float


@dataclass(frozen=True)
class Place:
    """One mentor of a portfolio."""

    mentor_id: str
    approach: str
    role: str
    score: float
    adds: float
    """V of the portfolio less V without this mentor."""
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class FacetCover:
    """One wanted facet."""

    facet: str
    need: float
    """Share of the mentee's needs."""
    before: float
    """Cover that ties of the audit hold already."""
    after: float
    by: str
    """Mentor with the best offer, empty where nobody offers any."""


@dataclass(frozen=True)
class PortfolioExplanation:
    """Why this portfolio."""

    mentee_id: str
    value: float
    relation: float
    coverage: float
    redundancy: float
    places: tuple[Place, ...]
    facets: tuple[FacetCover, ...]
    left_out: str = ""
    """Why there is no mentor, where there is none."""

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Wanted facets that stay less than half covered."""
        return tuple(f.facet for f in self.facets if f.after < UNCOVERED)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return {**asdict(self), "uncovered": list(self.uncovered)}

    def json(self) -> str:
        """Return everything as JSON."""
        return json_text(self.as_dict())

    def text(self) -> str:
        """Return the explanation for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if not self.places:
            yield f"{self.mentee_id} has no mentor: {self.left_out or 'no reason is published'}"
            return
        count = len(self.places)
        yield f"{self.mentee_id}: {count} mentor{'s' if count > 1 else ''}, value {self.value:.3f}"
        yield (
            f"  relation {self.relation:.3f} + coverage {self.coverage:.3f} "
            f"- redundancy {self.redundancy:.3f} (and what each further mentor must add)"
        )
        for place in self.places:
            yield ""
            yield f"{place.mentor_id} ({place.approach}): {place.role}"
            yield f"  score {place.score:.3f}; the portfolio is worth {place.adds:.3f} less without"
            yield from contribution_lines(place.contributions)
        yield ""
        yield "needs, most wanted first (share of need; covered before -> after; by whom)"
        for facet in self.facets:
            who = f" by {facet.by}" if facet.by else ""
            cover = f"{facet.before:4.0%} -> {facet.after:4.0%}"
            yield f"  {facet.facet:<34} {facet.need:5.1%}  {cover}{who}"
        if self.uncovered:
            yield f"stays uncovered: {', '.join(self.uncovered)}"


def contribution_lines(contributions: tuple[Contribution, ...]) -> Iterator[str]:
    """Yield one line a feature: value times weight makes the contribution."""
    for one in contributions:
        value = "not answered" if one.value is None else f"{one.value:.2f} of 1"
        yield f"    {one.contribution:+.3f}  {one.feature:<22} {value}"


def explain_portfolio(
    run: str | Path | Case,
    mentee: str,
    *,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
) -> PortfolioExplanation:
    """Explain the portfolio of a mentee.

    Parameters
    ----------
    run
        A run folder, or one that is open already.
    mentee
        Id of the mentee.
    cohort, key
        As for ``matcher.verify``.

    Raises
    ------
    ConfigError
        E_UNKNOWN_PERSON with the nearest ids.
    """
    case = run if isinstance(run, Case) else Case.open(run, cohort=cohort, key=key)
    i = case.mentee(mentee)
    terms = case.terms
    return PortfolioExplanation(
        mentee,
        float(terms.value[i]),
        float(terms.relation[i]),
        float(terms.coverage[i]),
        float(terms.redundancy[i]),
        tuple(_places(case, i)),
        tuple(_facets(case, i)),
        _left_out(case, mentee),
    )


def _places(case: Case, i: int) -> Iterator[Place]:
    mentee = case.cohort.mentee_index.ids[i]
    rows = case.matches[case.matches["mentee_id"] == mentee]
    rows = rows.sort_values("score", ascending=False, kind="stable")
    published = case.files.tables["contributions"]
    own = published[published["mentee_id"] == mentee]
    for row in rows.to_dict("records"):
        mentor = str(row["mentor_id"])
        yield Place(
            mentor,
            str(row["approach"]),
            str(row["role"]),
            float(row["score"]),
            _adds(case, i, case.mentor(mentor)),
            contributions_of(own[own["mentor_id"] == mentor]),
        )


def _adds(case: Case, i: int, j: int) -> float:
    """Return what V loses without one mentor."""
    pairs = case.assignment.pairs
    mine = np.flatnonzero((pairs[:, 0] == i) & (pairs[:, 1] != j))
    rest = Assignment.of(pairs[mine], case.assignment.reciprocal[mine])
    return float(case.terms.value[i] - evaluate(case.instance.problem, rest).value[i])


def contributions_of(rows: pd.DataFrame) -> tuple[Contribution, ...]:
    """Return contributions, the largest first; those of no weight and no effect are left out."""
    found = [
        Contribution(
            str(row["feature"]),
            str(row["answered"]).lower() == "true",
            _number(row["value"]),
            _number(row["weight"]) or 0.0,
            float(row["contribution"]),
        )
        for row in rows.to_dict("records")
    ]
    shown = [one for one in found if one.weight > 0 or one.contribution != 0]
    return tuple(sorted(shown, key=lambda one: (-one.contribution, one.feature)))


def _number(cell: Any) -> float | None:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None


def _facets(case: Case, i: int) -> Iterator[FacetCover]:
    instance, problem = case.instance, case.instance.problem
    needs, mentors = instance.needs[i], case.mentors_of(i)
    ids = case.cohort.mentor_index.ids
    if problem.needs is None:
        before = after = np.zeros(len(needs))
    else:
        before, after = cover_of(problem, i, mentors[:0]), cover_of(problem, i, mentors)
    for f in np.argsort(-needs, kind="stable").tolist():
        if needs[f] <= 0:
            continue
        offers = instance.offers[mentors, f]
        best = int(mentors[offers.argmax()]) if len(mentors) and offers.max() > 0 else -1
        yield FacetCover(
            instance.facets[f],
            float(needs[f]),
            float(before[f]),
            float(after[f]),
            ids[best] if best >= 0 else "",
        )


def _left_out(case: Case, mentee: str) -> str:
    rows = case.files.tables["unmatched"]
    rows = rows[(rows["person_id"] == mentee) & (rows["role"] == "mentee")]
    if not len(rows) or "reason" not in rows.columns:
        return ""
    reason, detail = (str(rows[column].iloc[0]) for column in ("reason", "detail"))
    return f"{reason.replace('_', ' ')}; {detail}" if detail else reason.replace("_", " ")
