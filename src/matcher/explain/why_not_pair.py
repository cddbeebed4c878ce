"""Why somebody is not the mentor: not permitted, taken by others, or worth less than it costs.

With the published duals, the bound on the whole cohort is a sum over mentees of the worth of their
best sets. Forcing a pair into it replaces the terms of the mentees concerned by the worth of their
best sets that hold the pair, which bounds every answer with that pair. What the published answer is
above that bound is lost at least.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from matcher.arrays import Codes
from matcher.cohort.cohort import Cohort
from matcher.explain.opened_run import OpenedRun, opened
from matcher.explain.why_approach import why_approach
from matcher.explain.why_portfolio import Contribution, contribution_lines, contributions_of
from matcher.problem.problem import Assignment, Problem
from matcher.problem.rules.held_tiers import tier_in_words
from matcher.problem.value import gather_items, tier_values
from matcher.scoring.approaches import NOT_ALLOWED
from matcher.scoring.eligibility import PRIVATE
from matcher.solver.columns.dual_scans import best_worths
from matcher.vocabulary import Approach


@dataclass(frozen=True)
class Exact:
    """The cohort solved again with the pair in it."""

    objective: float
    bound: float
    cost: float
    """Welfare lost against the published answer; negative where the new answer is better."""
    tiers: tuple[tuple[str, float, float], ...]
    """Name, published value and value with the pair of each tier that changes."""
    moved: tuple[str, ...]
    """Mentees whose mentors change, by id."""


def _with_pair(problem: Problem, i: int, j: int, number: int) -> Problem:
    """Return the problem in which mentee `i` and mentor `j` are matched.

    Parameters
    ----------
    problem
        Stays as it is.
    i, j
        Positions.
    number
        Reciprocal pair that is forced instead of the one-way match, -1 for none.
    """
    if number >= 0:
        forced = np.union1d(problem.required_reciprocal, [number]).astype(np.int64)
        return replace(problem, required_reciprocal=forced)
    required = np.unique(np.vstack([problem.required, [[i, j]]]), axis=0)
    return replace(problem, required=required)


def cost_at_least(run: OpenedRun, i: int, j: int, number: int) -> float | None:
    """Return a certified lower bound on the welfare lost, None without a certificate.

    At equal tiers: an answer with the pair that reaches fewer people first is not counted. Infinite
    where the pair and the required pairs do not go together.
    """
    bound, objective = run.files.figure("dual_bound"), run.files.figure("objective")
    if bound is None or objective is None or not run.duals:
        return None
    concerned = [i]
    if number >= 0 and run.problem.reciprocal is not None:
        pairs = run.problem.reciprocal
        concerned = [int(pairs.mentee_a[number]), int(pairs.mentee_b[number])]
    free, held = (
        float(best_worths(problem, run.duals, concerned, run.assignment).sum())
        for problem in (run.problem, _with_pair(run.problem, i, j, number))
    )
    return max(0.0, objective - (bound - free + held))


def cost_exactly(run: OpenedRun, i: int, j: int, number: int) -> Exact:
    """Solve the cohort again with the pair in it.

    Raises
    ------
    InfeasibleError
        Where the pair fits no answer.
    """
    from matcher.pipeline import solve_instance

    solution = solve_instance(replace(run.instance, problem=_with_pair(run.problem, i, j, number)))
    again = Assignment.of(solution.pairs, solution.reciprocal)
    old, new = (dict(tier_values(run.problem, match)) for match in (run.assignment, again))
    published = run.files.figure("objective") or 0.0
    return Exact(
        float(solution.objective),
        float(solution.bounds.dual),
        published - float(solution.objective),
        tuple((name, old[name], new[name]) for name in old if old[name] != new[name]),
        _moved(run, again),
    )


def _moved(run: OpenedRun, again: Assignment) -> tuple[str, ...]:
    old, new = (set(map(tuple, match.pairs.tolist())) for match in (run.assignment, again))
    ids = run.cohort.mentee_index.ids
    return tuple(ids[i] for i in sorted({i for i, _ in old ^ new}))


@dataclass(frozen=True)
class PairExplanation:
    """Why a mentee and a mentor are matched, or are not."""

    mentee_id: str
    mentor_id: str
    matched: bool
    permitted: bool
    reasons: tuple[str, ...]
    """Why the pair is not permitted, in words; confidential ones read 'not permitted'."""
    approach: str
    why_approach: str
    score: float | None
    contributions: tuple[Contribution, ...]
    current: tuple[str, ...]
    """Mentors that the mentee has."""
    holders: tuple[str, ...]
    """Mentees who have this mentor."""
    capacity: float
    used: float
    takes: float
    """What the pair takes, or would take, of the mentor's capacity."""
    price: float | None
    """What one more place of this mentor adds at most, beside the gap; None where locked pairs hold
    every place: nobody competes for those, and any high price would prove the same bound."""
    cost_at_least: float | None
    """Certified lower bound on the welfare that forcing the pair costs, at equal tiers."""
    conflict: bool = False
    """Whether the pair and the pairs that are required anyway do not go together."""
    exact: Exact | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON.

        Returns
        -------
        dict[str, Any]
            By field; what is not finite is None.
        """
        return asdict(self)

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
        pair = f"{name(self.mentee_id)} and {name(self.mentor_id)}"
        if not self.permitted:
            yield f"{pair} cannot be matched: {'; '.join(self.reasons) or PRIVATE}"
            if PRIVATE in self.reasons:
                yield "  an answer, rule or veto holds the two apart, which is kept confidential:"
                yield "  who may read the tables finds it under avoid, in rules or in [resolve]"
            return
        yield f"{pair} {'are' if self.matched else 'could be'} matched ({self.approach})"
        yield f"  {self.approach}: {self.why_approach}"
        yield f"  score {self.score or 0.0:.3f}"
        yield from contribution_lines(self.contributions)
        yield from self._place_lines(name)
        if not self.matched:
            yield from self._cost_lines(name)

    def obstacle(self, name: Callable[[str], str] = str) -> str:
        """Return what stands against the pair where pairs that are required leave no room.

        Parameters
        ----------
        name
            What a person is called, by id.

        Returns
        -------
        str
            A clause, empty where nothing stands against it.
        """
        full = self.price is None
        whose = (
            f"every place of {name(self.mentor_id)}"
            if full
            else f"what {name(self.mentee_id)} may have"
        )
        return f"{whose} is held by pairs that are required: release one of them first"

    def _place_lines(self, name: Callable[[str], str]) -> Iterator[str]:
        held = ", ".join(map(name, self.holders)) or "nobody"
        mentor = name(self.mentor_id)
        yield f"  {mentor} uses {self.used:g} of {self.capacity:g}, held by {held}"
        if not self.matched and 0 < (left := self.capacity - self.used) < self.takes:
            yield f"  this match would take {self.takes:.3g}, and {left:.3g} is left"
        if self.price:
            yield f"  one more place with {mentor} is worth up to {self.price:.4f}"
        if not self.matched:
            own = ", ".join(map(name, self.current)) or "no mentor"
            yield f"  {name(self.mentee_id)} has {own}"

    def _cost_lines(self, name: Callable[[str], str]) -> Iterator[str]:
        if self.conflict:
            yield f"  {self.obstacle(name)}"
        elif self.exact is not None:
            yield f"  making this pair costs the cohort {self.exact.cost:.4f} welfare (re-solved)"
            for tier, old, new in self.exact.tiers:
                yield f"  {tier_in_words(tier)}: {new:g} instead of {old:g}"
            moved = ", ".join(map(name, self.exact.moved)) or "nobody"
            yield f"  mentees whose mentors change: {moved}"
        elif self.cost_at_least is None:
            yield "  what it costs is not known: the run has no certificate"
        else:
            least = self.cost_at_least
            yield f"  making this pair costs the cohort at least {least:.4f} in welfare (certified)"


def explain_pair(
    run: str | Path | OpenedRun,
    mentee: str,
    mentor: str,
    *,
    exact: bool = False,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
) -> PairExplanation:
    """Explain why a pair was made or not, and what making it would cost.

    Parameters
    ----------
    run
        A run folder, or one that is open already.
    mentee, mentor
        Ids, addresses or full names.
    exact
        Whether the cohort is solved again with the pair in it.
    cohort, key
        As for ``matcher.verify``.

    Returns
    -------
    PairExplanation
        Score by feature, what stands against the pair, and its cost in units of welfare.

    Raises
    ------
    ConfigError
        E_UNKNOWN_PERSON with the nearest ids.
    InfeasibleError
        With `exact`, where the pair fits no answer.
    """
    answer = opened(run, cohort, key)
    i, j = answer.mentee(mentee), answer.mentor(mentor)
    mentee, mentor = answer.cohort.mentee_index.ids[i], answer.cohort.mentor_index.ids[j]
    matched = j in answer.mentors_of(i).tolist()
    one_way, number = _ways(answer, i, j, matched=matched)
    permitted = matched or one_way != NOT_ALLOWED or number >= 0
    code = _code(answer, i, j, number) if permitted else one_way
    approach = tuple(Approach)[code].value if permitted else ""
    ids = answer.cohort.mentee_index.ids, answer.cohort.mentor_index.ids
    mentors = answer.files.tables["mentors"].set_index("mentor_id")
    figures = mentors.loc[[mentor], ["capacity", "used", "price"]].to_numpy(dtype=np.float64)
    capacity, used, price = figures[0].tolist()
    locked = _is_locked(answer, mentor, capacity, used)
    asked = permitted and not matched
    least = cost_at_least(answer, i, j, number) if asked else None
    conflict = asked and (locked or least == np.inf)
    return PairExplanation(
        mentee_id=mentee,
        mentor_id=mentor,
        matched=matched,
        permitted=permitted,
        reasons=() if permitted else tuple(answer.instance.candidates.why_not(i, j)),
        approach=approach,
        why_approach=why_approach(answer, i, j, approach) if permitted else "",
        score=_score(answer, i, j, number) if permitted else None,
        contributions=_contributions(answer, i, j, code) if permitted else (),
        current=tuple(ids[1][k] for k in answer.mentors_of(i).tolist()),
        holders=tuple(ids[0][k] for k in answer.mentees_of(j).tolist()),
        capacity=capacity,
        used=used,
        takes=_takes(answer, i, j, number),
        price=None if locked else price,
        cost_at_least=None if conflict else least,
        conflict=conflict,
        exact=cost_exactly(answer, i, j, number) if asked and exact and not conflict else None,
    )


def _takes(run: OpenedRun, i: int, j: int, number: int) -> float:
    """Return what a pair takes of the mentor's capacity."""
    pair = Assignment.of(np.array([[i, j]]), np.array([number]))
    return float(gather_items(run.instance.problem, pair).load[0])


def _is_locked(run: OpenedRun, mentor: str, capacity: float, used: float) -> bool:
    mine = run.matches[run.matches["mentor_id"] == mentor]
    return bool(len(mine) and used >= capacity and mine["locked"].all())


def _ways(run: OpenedRun, i: int, j: int, *, matched: bool) -> tuple[int, int]:
    """Return the one-way approach of a pair, and the number of its reciprocal pair or -1.

    The number is that of the match where there is one, else of the only way that there is.
    """
    one_way = int(run.instance.candidates.listed(np.array([i]), np.array([j]))[0])
    if matched:
        here = (run.assignment.pairs == [i, j]).all(axis=1)
        return one_way, int(run.assignment.reciprocal[here][0])
    if one_way != NOT_ALLOWED:
        return one_way, -1
    return one_way, int(
        run.instance.reciprocal.candidates.number_of(np.array([i]), np.array([j]))[0]
    )


def _code(run: OpenedRun, i: int, j: int, number: int) -> int:
    item = Assignment.of(np.array([[i, j]]), np.array([number]))
    return int(run.instance.approach_of(item)[0])


def _score(run: OpenedRun, i: int, j: int, number: int) -> float:
    item = Assignment.of(np.array([[i, j]]), np.array([number]))
    return float(run.instance.pair_scores_of(item)[0])


def _contributions(run: OpenedRun, i: int, j: int, code: int) -> tuple[Contribution, ...]:
    approach: Codes = np.array([code], dtype=np.int8)
    scores = run.instance.pair_scores
    return contributions_of(scores.contributions(np.array([i]), np.array([j]), approach))
