"""The portfolio method: tiers, column generation, rounding, closing, as one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.portfolio.feasible import breaks_rules
from matcher.portfolio.problem import Assignment
from matcher.portfolio.value import (
    inverse_utility,
    is_concave,
    required_assignment,
    tier_values,
    welfare,
)
from matcher.solve.answer import Answer
from matcher.solve.generation import Generated, Generation, portfolios
from matcher.solve.master import is_feasible, total_use
from matcher.solve.opposite import opposite_rows
from matcher.solve.pricing import tangent
from matcher.solve.rounding import Rounding
from matcher.solve.rows import Rows
from matcher.solve.scan import Scanner
from matcher.solve.tier_search import choose_tiers, listed_portfolios
from matcher.solve.tiers import tier_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.observe import Observer
    from matcher.portfolio.problem import Ints, Problem
    from matcher.solve.cluster import Cluster
    from matcher.solve.columns import ColumnPool
    from matcher.solve.limits import Clock
    from matcher.solve.rounding import Rounded
    from matcher.solve.solution import DualRow, Solution

CLOSE_COLUMNS = 150_000
"""Most columns with which the remaining gap is closed by enumeration."""


GREEDY_PAIRS = 100_000
"""Pairs up to which a greedy solution is worth its time as a first one."""

ROUNDS_PAIRS = 150_000
"""Pairs a second of the time limit up to which rounds of assignment are a first solution."""

MOST_ROUNDS_PAIRS = 2_000_000
"""Pairs up to which they are, however long the limit."""

COMPLETED_PAIRS = 1_000_000
"""Pairs up to which a solution that holds the tiers is completed greedily."""

AIMED = 0.8
"""Part of the published gap that is aimed at where welfare is no plain sum."""

FILLED_PAIRS = 30_000_000
"""Pairs up to which what is found when time runs out has its free places filled greedily."""

FILLING = 0.2
"""Share of the time so far, and a second, that this may take."""


@dataclass(frozen=True)
class Start:
    """A first solution, the targets its tiers are held at and what is known to bound them."""

    assignment: Assignment
    targets: Mapping[str, float]
    bounds: Mapping[str, float]


def solve_portfolios(
    problem: Problem,
    *,
    gap: float,
    clock: Clock,
    seed: int,
    threads: int,
    block_pairs: int,
    observer: Observer,
    cluster: Cluster | None = None,
    known: Solution | None = None,
) -> Answer:
    """Solve by column generation; see `solve_problem` for the parameters.

    `known` is a solution to start from: its duals, and its pairs where they are still allowed.
    """
    observer.on_phase("tiers")
    pricer = Scanner(
        problem, threads=threads, block_pairs=block_pairs, cluster=cluster, clock=clock
    )
    start = first_solution(problem, pricer, clock, known)
    duals = () if known is None else known.duals
    gap = welfare_gap(problem, start.assignment, gap)
    work = _Work(problem, gap, clock, seed, pricer, observer, duals)
    answer = work.solve(start)
    better = _better_tiers(problem, start, answer)
    if better is not None and clock.within(0.5):
        answer = work.solve(better)
    return answer


def welfare_gap(problem: Problem, assignment: Assignment, gap: float) -> float:
    """Return the relative gap of welfare at which the published one is at most `gap`.

    With fairness that is one of equally distributed equivalents L, which changes by
    dW / (n U'(L) L) where welfare changes by dW; L is taken from a first solution.
    """
    total = welfare(problem, assignment)
    if not is_concave(problem) or total <= 0:
        return gap
    n = problem.n_mentees
    level = inverse_utility(np.array([total / n]), problem.fairness)
    share = float(n * tangent(problem, level)[0][0] * level[0] / total)
    return min(gap, AIMED * share * gap)


def first_solution(
    problem: Problem, pricer: Scanner, clock: Clock, known: Solution | None = None
) -> Start:
    """Find a first solution: a known one, by flow for the tiers, greedily and in rounds."""
    from matcher.solve.baselines import complete

    required = required_assignment(problem)
    before = None if known is None else _still_allowed(problem, known, required)
    if problem.tiers is None:
        if before is not None:
            return Start(_best(problem, [required, before]), {}, {})
        return Start(_best(problem, _quick_solutions(problem, required, clock)), {}, {})
    from matcher.solve.flow import tier_targets

    found = tier_targets(problem)
    bounds = dict(found.targets)
    if before is not None and dict(tier_values(problem, before)) == bounds:
        return Start(before, bounds, bounds)
    if found.exact:
        # The flow gives one mentor each; if time runs out, the best of these is handed over.
        quick = problem.n_mentees * problem.n_mentors <= COMPLETED_PAIRS
        first = complete(problem, found.assignment) if quick else found.assignment
        first = _best(problem, [first, *_quick_solutions(problem, required, clock)])
        return Start(first, bounds, bounds)
    first = complete(problem, found.assignment if found.feasible else required)
    first = _best(problem, [first, *_quick_solutions(problem, required, clock)])
    # What breaks a rule reaches no tier: forced pairs may lack whom the others took.
    broken = breaks_rules(problem, first).any()
    values = {} if broken else dict(tier_values(problem, first))
    reached = _reached(values, bounds)
    if len(reached) == len(bounds):
        return Start(first, values, bounds)
    pool, rows, everything = listed_portfolios(problem, pricer, first)
    choice = choose_tiers(problem, pool, rows, clock, complete=everything, reached=reached)
    if choice is None or tuple(choice.targets.values()) < tuple(values.values()):
        return Start(first, values, bounds)
    assignment = complete(problem, assignment_of(problem, choice.pool, choice.columns))
    proved = choice.targets if choice.proved else bounds
    return Start(assignment, dict(tier_values(problem, assignment)), proved)


def _still_allowed(problem: Problem, known: Solution, required: Assignment) -> Assignment | None:
    """Return the pairs of a known solution if they are a solution of this problem, else None."""
    assignment = Assignment.of(known.pairs, known.reciprocal)
    held = {(*pair, r) for *pair, r in np.column_stack([known.pairs, known.reciprocal]).tolist()}
    forced = np.column_stack([required.pairs, required.reciprocal]).tolist()
    rows = Rows(problem, max(1, int(problem.limit.max(initial=1))))
    size = np.bincount(known.pairs[:, 0], minlength=problem.n_mentees)
    if np.any(size > problem.limit) or not all(tuple(item) in held for item in forced):
        return None
    return assignment if keeps_rows(problem, rows, assignment) else None


def _reached(values: Mapping[str, float], bounds: Mapping[str, float]) -> dict[str, float]:
    """Return the leading tiers whose values meet their bounds: these need no further proof."""
    reached: dict[str, float] = {}
    for name, value in values.items():
        if value < bounds[name] - 1e-9:
            break
        reached[name] = value
    return reached


def _quick_solutions(problem: Problem, required: Assignment, clock: Clock) -> list[Assignment]:
    """Return what the forced pairs, greedy and rounds of assignment give, as the size allows.

    Rounds are often within two per cent of the optimum, and what is handed over if time runs out.
    Without a time limit there is time to round what column generation found.
    """
    from matcher.solve.baselines import complete, sequential

    pairs = problem.n_mentees * problem.n_mentors
    found = [required]
    if pairs <= GREEDY_PAIRS:
        found.append(complete(problem, required))
    # With tiers each round fills one of them alone: 800 x 300 took ten times the whole solve.
    few = pairs <= min(MOST_ROUNDS_PAIRS, ROUNDS_PAIRS * (clock.time_limit or 0.0))
    if problem.tiers is None and few and clock.within(0.3):
        found.append(sequential(problem))
    return found


def _best(problem: Problem, found: list[Assignment]) -> Assignment:
    """Return the assignment of the highest tiers, then of most welfare; the first of equals.

    One that keeps the rules comes before all that do not.
    """

    def rank(assignment: Assignment) -> tuple[bool, tuple[float, ...], float]:
        tiers = tuple(value for _, value in tier_values(problem, assignment))
        keeps = not breaks_rules(problem, assignment).any()
        return keeps, tiers, welfare(problem, assignment)

    return max(found, key=rank)


def _better_tiers(problem: Problem, start: Start, answer: Answer) -> Start | None:
    """Return a start with higher targets if the answer passed those it was held at."""
    if answer.assignment is None or not start.targets:
        return None
    now = tier_values(problem, answer.assignment)
    before = tuple(start.targets[name] for name, _ in now)
    if tuple(value for _, value in now) <= tuple(b + 1e-9 for b in before):
        return None
    return Start(answer.assignment, dict(now), start.bounds)


@dataclass(frozen=True)
class _Work:
    problem: Problem
    gap: float
    clock: Clock
    seed: int
    pricer: Scanner
    observer: Observer
    duals: tuple[DualRow, ...] = ()
    """Of a solution to start from; empty for none."""

    def solve(self, start: Start) -> Answer:
        """Generate, round and close with tiers held at the targets of `start`."""
        problem = self.problem
        max_size = max(1, int(problem.limit.max(initial=1)))
        rows = Rows(problem, max_size, tier_rows(problem, max_size, start.targets))
        pricer = self.pricer
        self.observer.on_phase("prices")
        generation = self._generation(rows, pricer)
        generation.seed(start.assignment)
        if self.duals:
            generation.resume(self.duals)
        generated = generation.run()
        while True:
            rounded, generated, rows = self._round(generated, rows, pricer, start)
            extra = (
                () if rounded is None else opposite_rows(problem, generated, rows, rounded.columns)
            )
            if not extra or not self.clock.within(0.8):
                break
            rows, generated = self._with_opposite(rows, generated, pricer, extra, start)
        return self._answer(generated, rows, rounded, start, pricer)

    def _generation(self, rows: Rows, pricer: Scanner) -> Generation:
        return Generation(
            self.problem, rows, pricer, gap=self.gap, clock=self.clock, observer=self.observer
        )

    def _with_opposite(
        self,
        rows: Rows,
        generated: Generated,
        pricer: Scanner,
        extra: tuple[object, ...],
        start: Start,
    ) -> tuple[Rows, Generated]:
        """Add rows against two matches in opposite directions and price again."""
        wider = replace(rows, opposite=rows.opposite + extra)  # type: ignore[operator]
        generation = self._generation(wider, pricer)
        y = np.append(generated.y, np.zeros(len(extra)))
        generation.warm_start(generated.pool.with_rows(wider), y, generated.cuts, generated.at)
        generation.seed(start.assignment)
        return wider, generation.run(warm=True)

    def _round(
        self, generated: Generated, rows: Rows, pricer: Scanner, start: Start
    ) -> tuple[Rounded | None, Generated, Rows]:
        self.observer.on_phase("portfolios")
        rounding = Rounding(
            generated,
            rows,
            gap=self.gap,
            clock=self.clock,
            observer=self.observer,
            seed=self.seed,
        )
        first = columns_of(self.problem, generated, rows, start.assignment)
        rounded = rounding.run(first)
        if rounded is None:
            return None, generated, rows
        closed = self._close(generated, rows, pricer, rounded)
        return (rounded, generated, rows) if closed is None else (closed[0], closed[1], rows)

    def _close(
        self, generated: Generated, rows: Rows, pricer: Scanner, rounded: Rounded
    ) -> tuple[Rounded, Generated] | None:
        """List every column that could be in a better solution, and choose among them exactly."""
        missing = generated.bound - rounded.objective
        scale = max(abs(generated.bound), abs(rounded.objective), 1e-12)
        if not np.isfinite(missing) or missing <= self.gap * scale or not self.clock.within(0.8):
            return None
        near = float(
            (
                generated.pool.reduced(generated.y)
                >= generated.best[generated.pool.mentee] - missing
            ).sum()
        )
        if near > CLOSE_COLUMNS or self.problem.n_mentees > 3000:
            return None
        from matcher.solve.closing import close

        return close(self.problem, rows, pricer, generated, rounded, self.clock, CLOSE_COLUMNS)

    def _first(self, start: Start) -> Assignment | None:
        """Return the first solution, None where forced pairs leave it against the rules."""
        broken = breaks_rules(self.problem, start.assignment).any()
        return None if broken else start.assignment

    def _better(self, first: Assignment, found: Assignment, rows: Rows) -> Assignment:
        """Return the first solution where time ran out before a better one was found."""
        problem = self.problem
        if not len(first) or welfare(problem, first) <= welfare(problem, found):
            return found
        return first if keeps_rows(problem, rows, first) else found

    def _filled(self, assignment: Assignment) -> Assignment:
        """Fill free places greedily, which takes a fraction of what a better rounding would."""
        from matcher.solve.baselines import complete

        if self.problem.n_mentees * self.problem.n_mentors > FILLED_PAIRS:
            return assignment
        return complete(self.problem, assignment, seconds=1.0 + FILLING * self.clock.seconds)

    def _answer(
        self,
        generated: Generated,
        rows: Rows,
        rounded: Rounded | None,
        start: Start,
        pricer: Scanner,
    ) -> Answer:
        if rounded is None:
            assignment, bound, source = self._first(start), generated.bound, "duals"
        else:
            assignment = assignment_of(self.problem, generated.pool, rounded.columns)
            bound, source = generated.bound, "duals"
            if generated.closed_bound < bound:
                bound = generated.closed_bound
                source = "milp: claimed by the solver, not re-proved"
            assignment = self._better(start.assignment, assignment, rows)
        if assignment is not None and self.clock.limit_hit:
            assignment = self._filled(assignment)
        return Answer(
            assignment,
            bound,
            source,
            rows.named(generated.y),
            generated.bound,
            rows.mentor_price(np.maximum(generated.y, 0.0))[: self.problem.n_mentors],
            start.bounds,
            generated.rounds,
            is_proof=bool(np.isneginf(generated.bound)),
            statistics={"columns": float(len(generated.pool))},
        )


def keeps_rows(problem: Problem, rows: Rows, assignment: Assignment) -> bool:
    """Whether an assignment is allowed and keeps every linking row, the tiers' included."""
    sets = portfolios(problem, assignment, rows.max_size)
    if not np.all(np.isfinite(sets.value)) or breaks_rules(problem, assignment).any():
        return False
    use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored).sum(axis=0)
    return is_feasible(rows, np.asarray(use, dtype=np.float64).ravel())


def columns_of(
    problem: Problem, generated: Generated, rows: Rows, assignment: Assignment
) -> Ints | None:
    """Return the pool's column of each mentee's portfolio in `assignment`, if all are there."""
    pool = generated.pool
    sets = portfolios(problem, assignment, rows.max_size)
    column = np.full(problem.n_mentees, -1, dtype=np.int64)
    none = np.flatnonzero((pool.members < 0).all(axis=1))
    column[pool.mentee[none]] = none
    wanted = np.sort(np.where(sets.members < 0, np.iinfo(np.int64).max, sets.members), axis=1)
    wanted = np.where(wanted == np.iinfo(np.int64).max, -1, wanted)
    row_of = np.full(problem.n_mentees, -1, dtype=np.int64)
    row_of[sets.mentee] = np.arange(len(sets.mentee))
    column[sets.mentee] = -1
    same = row_of[pool.mentee] >= 0
    at = np.flatnonzero(same)
    equal = at[(pool.members[at] == wanted[row_of[pool.mentee[at]]]).all(axis=1)]
    column[pool.mentee[equal]] = equal
    if np.any(column < 0):
        return None
    return column if is_feasible(rows, total_use(pool, column)) else None


def assignment_of(problem: Problem, pool: ColumnPool, columns: Ints) -> Assignment:
    """Return the assignment that chosen columns make."""
    m = problem.n_mentors
    row, slot = np.nonzero(pool.members[columns] >= 0)
    code = pool.members[columns][row, slot]
    mentee = pool.mentee[columns][row]
    number = np.full(len(code), -1, dtype=np.int64)
    mentor = code.copy()
    if problem.reciprocal is not None and len(problem.reciprocal):
        side = np.maximum(code - m, 0)
        mentor = np.where(code >= m, problem.reciprocal.sides[1][side], code)
        number = np.where(code >= m, side % len(problem.reciprocal), -1)
    return Assignment.of(np.column_stack([mentee, mentor]), number)
