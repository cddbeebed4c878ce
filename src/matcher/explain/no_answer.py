"""Why a cohort has no answer: which forced pairs, rules and limits cannot all hold, by name.

Rules that hold each by itself may fit no portfolio together, which only a solve finds out. Asked
afterwards: parts of the problem are left out, halves at a time (QuickXplain; Junker, AAAI 2004),
until those that remain cannot hold together and would without any one of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from matcher.arrays import Floats
from matcher.errors import Finding, InfeasibleError, NoSolutionError
from matcher.problem.instance import Instance, names_of
from matcher.problem.problem import Problem
from matcher.problem.rules.capacity import MentorPlaces
from matcher.problem.rules.limit import Limit
from matcher.problem.rules.rule import NAMED, SoftRule
from matcher.problem.value import forced_assignment
from matcher.solver.columns.dual_scans import worthless
from matcher.solver.dispatch import solve_problem
from matcher.solver.solution import Reason, Solution
from matcher.text import shortened

SOLVES = 150
"""Problems that are solved for all texts at most; then what is still in question is named too."""

TOLD_AT_ONCE = 5
"""Contradictions that are told together."""

ROOM = 3
"""Mentors more for a mentee whose limit is out of force."""

FORCED = ("one way", "both ways")
"""Parts that somebody decided, not the programme."""

OWN_PLACES = -1
"""Number of the mentors' own places among the limits; the others go by their place in `rules`."""


@dataclass(frozen=True)
class Part:
    """Something that may be left out of a problem."""

    sort: Literal["rule", "size", "limit", "one way", "both ways"]
    at: int
    """Which rule, mentee, limit or forced pair."""
    row: int = 0
    """Which row of a limit."""


def raise_without_answer(instance: Instance, solution: Solution, remedy: str) -> None:
    """Raise where a solve ended without a match.

    Parameters
    ----------
    instance
        The cohort and its problem.
    solution
        What its solve returned.
    remedy
        What gives it more time, in words for the user.

    Raises
    ------
    NoSolutionError
        S_NO_SOLUTION where the time limit ended before the first match.
    InfeasibleError
        I_INFEASIBLE where forced pairs, rules and limits contradict each other, all of them named.
    """
    ended = solution.termination
    if ended.reason is Reason.NO_SOLUTION:
        message = f"no solution within the limit ({ended.limit})"
        if not ended.limit:
            message = "no solution was found, nor a proof that forced pairs and rules leave none"
            remedy = "relax a rule of [portfolio], or solve with solver.method = 'cp-sat'"
        raise NoSolutionError(Finding("S_NO_SOLUTION", message, remedy))
    if ended.reason is Reason.INFEASIBLE:
        raise InfeasibleError(_contradictions(instance))


def _contradictions(instance: Instance) -> Iterator[Finding]:
    """Yield what cannot hold together; the next is sought without the pairs named before."""
    search = _Search(instance.problem)
    parts = tuple(_parts(instance.problem))
    for number in range(TOLD_AT_ONCE):
        # The solve has shown that not all of them can hold.
        if number and not search.is_infeasible(parts):
            return
        found = search.smallest((), parts)
        yield _told(instance, found)
        parts = tuple(part for part in parts if part not in found or part.sort not in FORCED)


class _Search:
    """Which parts of a problem cannot hold together."""

    def __init__(self, problem: Problem) -> None:
        self.problem = _of_the_forced(problem)
        self.left = SOLVES

    def is_infeasible(self, parts: Sequence[Part]) -> bool:
        """Whether it is proved that some parts cannot hold together."""
        self.left -= 1
        if self.left < 0:
            return False
        ended = solve_problem(_with(self.problem, parts)).termination
        return ended.reason is Reason.INFEASIBLE

    def smallest(
        self, held: Sequence[Part], parts: Sequence[Part], *, is_new: bool = False
    ) -> tuple[Part, ...]:
        """Return those of some parts that contradict the ones held, none of them needlessly."""
        if is_new and self.is_infeasible(held):
            return ()
        if len(parts) <= 1:
            return tuple(parts)
        first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
        late = self.smallest((*held, *first), second, is_new=True)
        return *self.smallest((*held, *late), first, is_new=bool(late)), *late


def _of_the_forced(problem: Problem) -> Problem:
    """Return the problem with nothing to gain, in which only those with forced pairs take part."""
    taking_part = np.isin(np.arange(problem.n_mentees), forced_assignment(problem).pairs[:, 0])
    if (pairs := problem.reciprocal) is not None:
        both = taking_part[pairs.mentee_a] | taking_part[pairs.mentee_b]
        taking_part[np.concatenate([pairs.mentee_a[both], pairs.mentee_b[both]])] = True
    limit = np.where(taking_part, problem.limit, 0)
    return replace(worthless(problem), limit=limit, tiers=None)


def _parts(problem: Problem) -> Iterator[Part]:
    """Yield what may be left out; what concerns one portfolio first."""
    yield from (Part("rule", k) for k, rule in enumerate(problem.rules) if rule.asks)
    forced = forced_assignment(problem).pairs
    yield from (Part("size", i) for i in np.unique(forced[:, 0]).tolist())
    yield from (Part("limit", OWN_PLACES, j) for j in range(problem.n_mentors))
    for k, rule in enumerate(problem.rules):
        if isinstance(rule, Limit):
            some = np.flatnonzero(np.isfinite(rule.most)).tolist()
            yield from (Part("limit", k, row) for row in some)
    yield from (Part("one way", k) for k in range(len(problem.required)))
    yield from (Part("both ways", k) for k in range(len(problem.required_reciprocal)))


def _with(problem: Problem, parts: Sequence[Part]) -> Problem:
    """Return the problem in which only some of its parts are in force."""

    def of(sort: str) -> list[int]:
        return [part.at for part in parts if part.sort == sort]

    def held(most: Floats, limit: int) -> Floats:
        rows = [part.row for part in parts if (part.sort, part.at) == ("limit", limit)]
        return np.where(np.isin(np.arange(len(most)), rows), most, plenty)

    plenty = 2.0 * float(problem.n_mentees + problem.capacity.sum())
    limit_holds = np.isin(np.arange(problem.n_mentees), of("size")) | (problem.limit == 0)
    in_force = of("rule")
    return replace(
        problem,
        required=problem.required[of("one way")],
        required_reciprocal=problem.required_reciprocal[of("both ways")],
        limit=np.where(limit_holds, problem.limit, problem.limit + ROOM),
        capacity=held(problem.capacity, OWN_PLACES),
        rules=tuple(
            replace(rule, most=held(rule.most, k)) if isinstance(rule, Limit) else rule
            for k, rule in enumerate(problem.rules)
            if k in in_force or not (rule.asks or isinstance(rule, SoftRule))
        ),
    )


def _told(instance: Instance, parts: Sequence[Part]) -> Finding:
    """Return a contradiction in words: who is forced, what is asked of them, and what to do."""
    problem, names = instance.problem, names_of(instance)
    limits = {k: rule for k, rule in enumerate(problem.rules) if isinstance(rule, Limit)}
    limits[OWN_PLACES] = MentorPlaces(problem.capacity)
    forced, asked, eased = list[str](), list[str](), ["withdraw a forced pair"]
    for part in parts:
        match part.sort:
            case "one way":
                forced += names.pairs(problem.required[[part.at]])
            case "both ways":
                sides = forced_assignment(replace(problem, required=problem.required[:0]))
                number = problem.required_reciprocal[part.at]
                forced += names.pairs(sides.pairs[sides.reciprocal == number][:1])
            case "size":
                asked.append(f"{names.mentees[part.at]} takes at most {problem.limit[part.at]}")
                eased.append(f"raise max_mentors of {names.mentees[part.at]}")
            case "rule":
                asked.append(problem.rules[part.at].asks)
                eased.append("relax a rule of [portfolio]")
            case "limit":
                limit = limits[part.at]
                asked.append(limit.say(limit.gives, part.row, names))
                eased.append(f"raise {limit.say(limit.setting, part.row, names)}")
    pairs, rest = shortened(forced, NAMED), "; ".join(asked[:NAMED])
    what = f"{pairs} cannot hold beside what is asked: {rest}"
    return Finding("I_INFEASIBLE", what, shortened([*dict.fromkeys(eased)], NAMED))
