"""The portfolio method: a first solution, column generation, rounding, closing, as one answer.

Prices, and columns that are worth their price, are found with a bound on the optimum (columns).
Whole portfolios are chosen among the columns (rounding); what gap is left is closed where the
columns that could still matter are few. Two matches in opposite directions that the choice holds
are forbidden by a row of their own, and both steps are done again; so they are with rows for the
odd sets of reciprocal pairs that shares break where a gap is left.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import tier_values, welfare
from matcher.solver.baselines.greedy import complete
from matcher.solver.columns.generation import Generated, Generation
from matcher.solver.columns.left_over import ResidualPricing
from matcher.solver.flow.seated import solve_seats
from matcher.solver.model.column_pool import assignment_of, columns_of, keeps_rows, opposite_rows
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.model.mentor_types import MentorTypes
from matcher.solver.pricing.pricer import welfare_gap
from matcher.solver.pricing.scan import MOST_LISTED, Scanner
from matcher.solver.rounding.first_solution import Start, first_solution
from matcher.solver.rounding.integer_master import CHOICE_NODES, IntegerMaster, spare_within
from matcher.solver.rounding.odd_set_rows import OddSetRows
from matcher.solver.rounding.to_integers import Rounded, Rounding
from matcher.solver.scarce_places import proved_singles
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer

FLOATS = 1e-9
"""What sums of floats may part a flow's answer from its bound by."""

CLOSE_MENTEES = 3000
"""Most mentees with whom the remaining gap is closed by enumeration."""

CLOSED_AMONG = 1000
"""Columns among which the choice that closes it is made: some seconds, whatever they are."""

FILLED_PAIRS = 30_000_000
"""Pairs up to which what is found when time runs out has its free places filled greedily."""

FILLING = 0.2
"""Share of the time so far, and a second, that this may take."""


def solve_portfolios(problem: Problem, run: SolveRun) -> MethodAnswer:
    """Solve by column generation.

    Parameters
    ----------
    problem
        The instance.
    run
        Settings, clock, observer and cluster; its known solution gives duals to start from, and
        pairs where they are still allowed, where nothing else is sooner.
    """
    types = MentorTypes.of(problem) if run.cluster is None else None
    if types is not None and run.types is None:  # what is known is of other mentors
        answer = solve_portfolios(types.merged(problem), replace(run, types=types, known=None))
        return types.of_mentors(problem, answer)
    run.observer.on_phase("tiers")
    scanner = scanner_of(problem, run)
    if proved := _by_seats(problem, run):
        return proved
    if proved := _by_singles(problem, run, scanner):
        return proved
    start = first_solution(problem, scanner, run.clock, run.known)
    gap = welfare_gap(problem, start.assignment, run.settings.gap)
    run = replace(run, settings=replace(run.settings, gap=gap))
    answer = _Steps(problem, run, scanner, start).solve()
    better = _better_tiers(problem, start, answer)
    if better is not None and run.clock.within(0.5):
        answer = _Steps(problem, run, scanner, better).solve()
    return answer


def scanner_of(problem: Problem, run: SolveRun) -> Scanner:
    """Return what prices a problem with the threads, blocks and cluster of a run.

    Parameters
    ----------
    problem
        The instance.
    run
        The solve under way.
    """
    return Scanner(
        problem,
        threads=run.threads,
        block_pairs=run.settings.block_pairs,
        cluster=run.cluster,
        kept=run.kept if run.kept is not None and run.kept.problem is problem else None,
        clock=run.clock,
    )


def _by_seats(problem: Problem, run: SolveRun) -> MethodAnswer | None:
    """Return the answer of a flow, if seats are all that makes sets more than their pairs."""
    if (found := solve_seats(problem, run)) is None:
        return None
    total = welfare(problem, present(found.assignment))
    gap = run.settings.gap * max(abs(found.bound), abs(total))
    return found if found.bound - total <= max(gap, FLOATS) else None


def _by_singles(problem: Problem, run: SolveRun, scanner: Scanner) -> MethodAnswer | None:
    """Return the best answer with one mentor each, if its prices prove that more are no better."""
    found = proved_singles(problem, run, scanner)
    if found is None:
        return None
    steps = _Steps(problem, run, scanner, found.start)
    answer = steps.answer(found.start.assignment, found.generated, found.rows)
    return replace(answer, objective=found.objective)


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
class _Steps:
    """The steps of the method on one problem, with tiers held at the targets of `start`."""

    problem: Problem
    run: SolveRun
    scanner: Scanner
    start: Start

    def solve(self) -> MethodAnswer:
        """Generate, round and close."""
        problem = self.problem
        tiers = tier_rows(problem, problem.max_size, self.start.targets)
        rows = Rows(problem, problem.max_size, tiers)
        self.run.observer.on_phase("prices")
        generated = self._generate(rows)
        while True:
            if np.isneginf(generated.bound):
                return MethodAnswer(None, generated.bound, "duals", detail=generated.detail)
            rounded, chosen_from = self._chosen(generated, rows, self.start.assignment)
            if rounded is None:
                return self.answer(self.start.within_rules(problem), chosen_from, rows)
            rounded, generated, rows = self._in_odd_sets(rounded, chosen_from, generated, rows)
            if self.run.clock.time_limit is not None:
                # A time limit is there to be used as long as a gap is left.
                pricing = ResidualPricing(generated, rows, self.scanner.of(problem))
                rounding = Rounding(generated, rows, self.run, pricing)
                rounded = rounding.improve(rounded, patient=True)
                generated = replace(generated, pool=rounding.pool, share=rounding.share)
            extra = opposite_rows(problem, generated.pool, rows, rounded.columns)
            if not extra:
                return self._rounded(rounded, generated, rows)
            if not self.run.clock.within(0.8):
                # What was chosen holds both directions of two people; the first answer does not.
                return self.answer(self.start.within_rules(problem), generated, rows)
            wider = replace(rows, opposite=rows.opposite + extra)
            rows, generated = wider, self._generate(wider, before=(generated, rows))

    def _generate(self, rows: Rows, before: tuple[Generated, Rows] | None = None) -> Generated:
        """Generate columns; `before` is what generation ended with, and on which fewer rows."""
        run = self.run
        generation = Generation(rows, self.scanner, run)
        if before is not None:
            generation.warm_start(*before)
        generation.seed(self.start.assignment)
        if before is None and run.known is not None and run.known.duals:
            generation.resume(run.known.duals)
        return generation.generate(warm=before is not None)

    def _chosen(
        self, generated: Generated, rows: Rows, known: Assignment
    ) -> tuple[Rounded | None, Generated]:
        """Choose whole portfolios, and close the gap where the columns that matter are few.

        `known` is an answer to start from.
        """
        self.run.observer.on_phase("portfolios")
        first = columns_of(self.problem, generated.pool, known)
        if first is not None and not rows.keeps(generated.pool.use_of(first)):
            first = None
        pricing = ResidualPricing(generated, rows, self.scanner.of(self.problem))
        rounding = Rounding(generated, rows, self.run, pricing)
        rounded = rounding.first(first)
        if rounded is not None:
            rounded = rounding.improve(rounding.closer(rounded))
        generated = replace(generated, pool=rounding.pool, share=rounding.share)
        if rounded is None or not self._may_close(generated, rounded):
            return rounded, generated
        return self._closed(generated, rows, rounded) or (rounded, generated)

    def _in_odd_sets(
        self, rounded: Rounded, chosen_from: Generated, generated: Generated, rows: Rows
    ) -> tuple[Rounded, Generated, Rows]:
        """Hold shares to the odd sets that they break where that narrows a gap, and choose again.

        `chosen_from` are the columns that were chosen from, `generated` those with their shares.
        """
        same, has_pairs = (rounded, chosen_from, rows), self.problem.n_sides > 0
        if self.run.cluster or not has_pairs or not self._is_open(generated, rounded):
            return same
        known = assignment_of(self.problem, chosen_from.pool, rounded.columns)
        search = OddSetRows(self.run, self.scanner, known, rounded.objective)
        tight, held = search.held(generated, rows)
        if tight is generated:
            return same
        again, tight = self._chosen(tight, held, known)
        if again is None or again.objective < rounded.objective * (1 - FLOATS):
            return same
        bound = min(tight.closed_bound, max(chosen_from.closed_bound, again.objective))
        return again, replace(tight, closed_bound=bound), held

    def _is_open(self, generated: Generated, rounded: Rounded) -> bool:
        """Whether a gap is left of which anything is known."""
        missing = generated.bound - rounded.objective
        scale = max(abs(generated.bound), abs(rounded.objective), 1e-12)
        return bool(np.isfinite(missing) and missing > self.run.settings.gap * scale)

    def _may_close(self, generated: Generated, rounded: Rounded) -> bool:
        """Whether a gap is left, with time and few enough columns to close it."""
        is_open = self._is_open(generated, rounded)
        if not is_open or not self.run.clock.within(0.8) or self.problem.n_mentees > CLOSE_MENTEES:
            return False
        missing, pool = generated.bound - rounded.objective, generated.pool
        near = pool.reduced(generated.y) >= generated.best[pool.mentee] - missing
        return int(near.sum()) <= MOST_LISTED

    def _closed(
        self, generated: Generated, rows: Rows, rounded: Rounded
    ) -> tuple[Rounded, Generated] | None:
        """Return a proved optimum (or a better solution) and the pool it is in, None if too large.

        With bound UB and a solution of welfare LB, a column whose reduced value is more than
        UB - LB below its mentee's best cannot be in a better solution (reduced-cost fixing). What
        is left is often few.

        Where more columns are left than an exact choice can take, it is made among those of least
        regret. A solution with any other column is at least that column's regret below the bound,
        so that the least regret left out bounds all of them.
        """
        missing = generated.bound - rounded.objective
        y, pool = generated.y, generated.pool
        slack = missing * (1 + 1e-9) + 1e-9
        chosen_key = pool.key[rounded.columns]
        wider = ResidualPricing(generated, rows, self.scanner).within(pool, slack)
        if wider is None:
            return None
        pool = wider
        regret = generated.best[pool.mentee] - pool.reduced(y)
        columns = np.flatnonzero(regret <= slack)
        beyond = -np.inf
        if len(columns) > CLOSED_AMONG:
            order = np.argsort(regret[columns], kind="stable")
            beyond = generated.bound - float(regret[columns[order[CLOSED_AMONG]]])
            columns = np.sort(columns[order[:CLOSED_AMONG]])
        empty = np.flatnonzero(pool.is_empty)
        held = np.flatnonzero(np.isin(pool.key, chosen_key))
        columns = np.union1d(np.union1d(columns, empty), held)
        seconds = 0.8 * self.run.clock.left
        master = IntegerMaster(pool, rows)
        # Without a limit on time nodes alone bound it; with one the time is there to be used.
        nodes = CHOICE_NODES if self.run.clock.time_limit is None else None
        spare = spare_within(slack, y)
        choice = master.choose(columns, spare=spare, seconds=seconds, gap=0.0, nodes=nodes)
        moved = replace(generated, pool=pool, share=np.zeros(len(pool)))
        same = Rounded(held[np.argsort(pool.mentee[held])], rounded.objective)
        if choice is None:
            return same, moved
        if master.keeps_rows(choice.columns) and master.worth(choice.columns) > same.objective:
            same = Rounded(choice.columns, master.worth(choice.columns))
        bound = max(same.objective if choice.proved else choice.bound, beyond)
        return same, replace(moved, closed_bound=max(bound, same.objective))

    def _rounded(self, rounded: Rounded, generated: Generated, rows: Rows) -> MethodAnswer:
        """Answer with what was chosen, or the first solution where time ended before it was met."""
        first = self.start.assignment
        found = assignment_of(self.problem, generated.pool, rounded.columns)
        if welfare(self.problem, first) > welfare(self.problem, found) and len(first):
            found = first if keeps_rows(self.problem, rows, first) else found
        answer = self.answer(found, generated, rows)
        if generated.closed_bound >= generated.bound or not self._is_open(generated, rounded):
            return answer
        source = "milp: claimed by the solver, not re-proved"
        return replace(answer, bound=generated.closed_bound, source=source)

    def answer(
        self, assignment: Assignment | None, generated: Generated, rows: Rows
    ) -> MethodAnswer:
        if assignment is not None and self.run.clock.limit_hit:
            assignment = self._filled(assignment)
        prices = rows.prices(np.maximum(generated.y, 0.0)).load
        return MethodAnswer(
            assignment,
            generated.bound,
            "duals",
            duals=rows.named(generated.y),
            dual_bound=generated.bound,
            prices=prices[: self.problem.n_mentors],
            tier_bounds=self.start.bounds,
            iterations=generated.rounds,
            is_proof=False,
            statistics={"columns": float(len(generated.pool))},
        )

    def _filled(self, assignment: Assignment) -> Assignment:
        """Fill free places greedily, which takes a fraction of what a better rounding would."""
        if self.problem.n_mentees * self.problem.n_mentors > FILLED_PAIRS:
            return assignment
        return complete(self.problem, assignment, seconds=1.0 + FILLING * self.run.clock.seconds)
