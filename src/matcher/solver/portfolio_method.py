"""The portfolio method: tiers, column generation, rounding, closing, as one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.feasible import breaks_rules
from matcher.problem.value import (
    inverse_utility,
    is_concave,
    tier_values,
    welfare,
)
from matcher.solver.columns.generation import Generated, Generation
from matcher.solver.columns.opposite import opposite_rows
from matcher.solver.method_answer import MethodAnswer
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.tier_rows import tier_rows
from matcher.solver.pricing.pricer import tangent
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.as_columns import assignment_of, columns_of, keeps_rows
from matcher.solver.rounding.first_solution import Start, first_solution
from matcher.solver.rounding.to_integers import Rounding

if TYPE_CHECKING:
    from matcher.observe import Observer
    from matcher.problem.problem import Assignment, Problem
    from matcher.solver.dask.cluster import Cluster
    from matcher.solver.limits import Clock
    from matcher.solver.rounding.to_integers import Rounded
    from matcher.solver.solution import DualRow, Solution

CLOSE_COLUMNS = 150_000
"""Most columns with which the remaining gap is closed by enumeration."""


AIMED = 0.8
"""Part of the published gap that is aimed at where welfare is no plain sum."""

FILLED_PAIRS = 30_000_000
"""Pairs up to which what is found when time runs out has its free places filled greedily."""

FILLING = 0.2
"""Share of the time so far, and a second, that this may take."""


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
) -> MethodAnswer:
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


def _better_tiers(problem: Problem, start: Start, answer: MethodAnswer) -> Start | None:
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

    def solve(self, start: Start) -> MethodAnswer:
        """Generate, round and close with tiers held at the targets of `start`."""
        problem = self.problem
        tiers = tier_rows(problem, problem.max_size, start.targets)
        rows = Rows(problem, problem.max_size, tiers)
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
        first = columns_of(self.problem, generated.pool, rows, start.assignment)
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
        from matcher.solver.rounding.closing import close_gap

        return close_gap(self.problem, rows, pricer, generated, rounded, self.clock, CLOSE_COLUMNS)

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
        from matcher.solver.baselines.baselines import complete

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
    ) -> MethodAnswer:
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
        return MethodAnswer(
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
