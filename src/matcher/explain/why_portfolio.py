"""Why a mentee has these mentors: what each contributes, covers, and what stays uncovered."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.explain.opened_run import OpenedRun, opened
from matcher.explain.why_approach import why_approach
from matcher.problem.problem import Assignment
from matcher.problem.told_facets import need_state
from matcher.problem.value import evaluate
from matcher.vocabulary import NeedState


@dataclass(frozen=True)
class Contribution:
    """What one feature adds to a score."""

    feature: str
    answered: bool
    value: float | None
    """In [0, 1], neutral where unanswered; None for what makes a score reciprocal."""
    weight: float
    contribution: float


@dataclass(frozen=True)
class PortfolioMember:
    """One mentor of a portfolio."""

    mentor_id: str
    approach: str
    why_approach: str
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
    places: tuple[PortfolioMember, ...]
    facets: tuple[FacetCover, ...]
    left_out: str = ""
    """Why there is no mentor, where there is none."""

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Wanted facets for which there is nobody."""
        return self._in_state(NeedState.OPEN)

    def _in_state(self, state: NeedState) -> tuple[str, ...]:
        return tuple(f.facet for f in self.facets if need_state(f.after) is state)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON.

        Returns
        -------
        dict[str, Any]
            By field; what is not finite is None.
        """
        return {**asdict(self), "uncovered": list(self.uncovered)}

    def text(self, name: Callable[[str], str] = str) -> str:
        """Return the explanation for a terminal.

        Parameters
        ----------
        name
            What a person is called, by id.

        Returns
        -------
        str
            Lines, the last without a line feed.
        """
        return "\n".join(self._lines(name))

    def _lines(self, name: Callable[[str], str]) -> Iterator[str]:
        who = name(self.mentee_id)
        if not self.places:
            yield f"{who} has no mentor: {self.left_out or 'no reason is published'}"
            return
        count = len(self.places)
        yield f"{who}: {count} mentor{'s' if count > 1 else ''}, value {self.value:.3f}"
        yield (
            f"  relation {self.relation:.3f} + coverage {self.coverage:.3f} "
            f"- redundancy {self.redundancy:.3f} (and what each further mentor must add)"
        )
        for place in self.places:
            yield ""
            yield f"{name(place.mentor_id)} ({place.approach}): {place.role}"
            yield f"  {place.approach}: {place.why_approach}"
            yield f"  score {place.score:.3f}; the portfolio is worth {place.adds:.3f} less without"
            yield from contribution_lines(place.contributions)
        yield ""
        yield "needs, most wanted first (share of need; covered before -> after; by whom)"
        for facet in self.facets:
            by = f" by {name(facet.by)}" if facet.by else ""
            cover = f"{facet.before:4.0%} -> {facet.after:4.0%}"
            yield f"  {facet.facet:<34} {facet.need:5.1%}  {cover}{by}"
        if self.uncovered:
            yield f"stays uncovered: {', '.join(self.uncovered)}"
        if partly := self._in_state(NeedState.PARTLY):
            yield f"covered in part: {', '.join(partly)}"


def contribution_lines(contributions: tuple[Contribution, ...]) -> Iterator[str]:
    """Yield one line a feature: value times weight makes the contribution."""
    for one in contributions:
        value = "" if one.value is None else f"{one.value:.2f} of 1"
        value += " (not answered: neutral)" if one.value is not None and not one.answered else ""
        yield f"    {one.contribution:+.3f}  {one.feature:<22} {value}"


def explain_portfolio(
    run: str | Path | OpenedRun,
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
        Id, address or full name.
    cohort, key
        As for ``matcher.verify``.

    Returns
    -------
    PortfolioExplanation
        Mentors with scores and roles, what each covers, and what stays open.

    Raises
    ------
    ConfigError
        E_UNKNOWN_PERSON with the nearest ids.
    """
    answer = opened(run, cohort, key)
    i, terms = answer.mentee(mentee), answer.terms
    mentee = answer.cohort.mentee_index.ids[i]
    return PortfolioExplanation(
        mentee_id=mentee,
        value=float(terms.value[i]),
        relation=float(terms.relation[i]),
        coverage=float(terms.coverage[i]),
        redundancy=float(terms.redundancy[i]),
        places=tuple(_members(answer, mentee)),
        facets=tuple(_facets(answer, i)),
        left_out=_left_out(answer, mentee),
    )


def _members(run: OpenedRun, mentee: str) -> Iterator[PortfolioMember]:
    rows = run.matches[run.matches["mentee_id"] == mentee]
    published = run.files.tables["contributions"]
    own = published[published["mentee_id"] == mentee]
    for row in rows.sort_values("score", ascending=False, kind="stable").to_dict("records"):
        mentor = str(row["mentor_id"])
        yield PortfolioMember(
            mentor_id=mentor,
            approach=str(row["approach"]),
            why_approach=why_approach(
                run, run.mentee(mentee), run.mentor(mentor), str(row["approach"])
            ),
            role=str(row["role"]),
            score=float(row["score"]),
            adds=_adds(run, run.mentee(mentee), run.mentor(mentor)),
            contributions=contributions_of(own[own["mentor_id"] == mentor]),
        )


def _adds(run: OpenedRun, i: int, j: int) -> float:
    """Return what V loses without one mentor."""
    pairs = run.assignment.pairs
    mine = np.flatnonzero((pairs[:, 0] == i) & (pairs[:, 1] != j))
    rest = Assignment.of(pairs[mine], run.assignment.reciprocal[mine])
    return float(run.terms.value[i] - evaluate(run.problem, rest).value[i])


def contributions_of(rows: pd.DataFrame) -> tuple[Contribution, ...]:
    """Return contributions, the largest first; those of no weight and no effect are left out."""
    found = [
        Contribution(
            str(row["feature"]),
            bool(row["answered"]),
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


def _facets(run: OpenedRun, i: int) -> Iterator[FacetCover]:
    told, fine, mentors = run.instance.told, run.instance.needs[[i]], run.mentors_of(i)
    before = after = np.zeros(fine.shape)
    if run.problem.needs is not None:
        before = evaluate(run.problem, Assignment.empty()).facet_cover[[i]]
        after = run.terms.facet_cover[[i]]
    needs = told.total(fine)[0]
    (before,), (after,) = told.cover(fine, before), told.cover(fine, after)
    given = told.total(fine * run.instance.offers[mentors])
    for f in np.argsort(-needs, kind="stable").tolist():
        offers = given[:, f]
        offered = bool(offers.any())
        if needs[f] > 0 and run.instance.needs_stated[i]:
            yield FacetCover(
                facet=told.names[f],
                need=float(needs[f]),
                before=float(before[f]),
                after=float(after[f]),
                by=run.cohort.mentor_index.ids[mentors[offers.argmax()]] if offered else "",
            )


def _left_out(run: OpenedRun, mentee: str) -> str:
    rows = run.files.tables["unmatched"]
    rows = rows[(rows["person_id"] == mentee) & (rows["role"] == "mentee")]
    told = rows[["reason", "detail"]].head(1).to_numpy().ravel().tolist()
    return "; ".join(filter(None, [text.replace("_", " ") for text in told[:1]] + told[1:]))
