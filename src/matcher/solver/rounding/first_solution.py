"""A first solution: a known one, by flow for the tiers, greedily and in rounds of assignment.

Where a flow cannot prove the tiers they are raised by exact choices among known portfolios, tier
after tier. Loads, 'either' people, reciprocal pairs and portfolio rules leave a flow only an upper
bound. The portfolios of small problems are all listed, so that the choice proves each tier; in
larger ones every mentee's single mentors take part and what column generation finds later may
raise a target.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from math import comb

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Assignment, Ints, Problem
from matcher.problem.value import breaks_rules, forced_assignment, tier_values, welfare
from matcher.solver.baselines.baselines import sequential
from matcher.solver.baselines.greedy import complete
from matcher.solver.flow.relaxed_flow import tier_targets
from matcher.solver.flow.seated import seated
from matcher.solver.limits import Clock
from matcher.solver.model import column_pool
from matcher.solver.model.column_pool import ColumnPool, all_opposites, assignment_of
from matcher.solver.model.linking_rows import Rows, TierRow, tier_worth
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.pricing.pricer import ScanQuestion, to_codes
from matcher.solver.pricing.scan import Scanner
from matcher.solver.pricing.set_search import Search
from matcher.solver.rounding.chosen_portfolios import chosen_portfolios
from matcher.solver.rounding.integer_master import ColumnChoice, Dive, IntegerMaster
from matcher.solver.settings import SolveRun
from matcher.solver.solution import Solution

GREEDY_PAIRS = 100_000
"""Pairs up to which a greedy solution is worth its time as a first one."""

ROUNDS_PAIRS = 150_000
"""Pairs a second of the time limit up to which rounds of assignment are a first solution."""

MOST_ROUNDS_PAIRS = 2_000_000
"""Pairs up to which they are, however long the limit."""

COMPLETED_PAIRS = 1_000_000
"""Pairs up to which a solution that holds the tiers is completed greedily."""


LISTED_IN_ALL = 60_000
"""Portfolios up to which all of them are listed."""

CHOSEN_AMONG = 5_000
"""Columns up to which an incomplete list is chosen among exactly. The solver does not keep its time
with more: 25,000 took half a minute of six seconds, and ended without a choice."""

SINGLES = 32
"""Mentors a mentee whose single portfolios take part otherwise."""


@dataclass(frozen=True)
class Start:
    """A first solution, the targets its tiers are held at and what is known to bound them."""

    assignment: Assignment
    targets: Mapping[str, float]
    bounds: Mapping[str, float]

    def within_rules(self, problem: Problem) -> Assignment | None:
        """Return the assignment, None where forced pairs leave it against the rules."""
        return None if breaks_rules(problem, self.assignment).any() else self.assignment


def first_solution(
    problem: Problem, pricer: Scanner, clock: Clock, known: Solution | None = None
) -> Start:
    """Find a first solution, and the targets at which the tiers are held.

    Parameters
    ----------
    problem
        The instance.
    pricer
        What lists the portfolios of a small problem.
    clock
        Clock of the solve.
    known
        Solution of a similar problem, which is taken where it still holds.
    """
    required = forced_assignment(problem)
    before = None if known is None else _still_allowed(problem, known, required)
    if before is None and (full := _seated(problem, clock)):
        return full
    if problem.tiers is None:
        quick = _quick_solutions(problem, required, clock) if before is None else [before]
        return Start(_best(problem, [required, *quick]), {}, {})
    found = tier_targets(problem)
    bounds = dict(found.targets)
    is_small = problem.n_mentees * problem.n_mentors <= COMPLETED_PAIRS
    if before is not None and dict(tier_values(problem, before)) != bounds and is_small:
        before = complete(problem, before)  # one place more may be all that a tier lacks
    if before is not None and dict(tier_values(problem, before)) == bounds:
        return Start(before, bounds, bounds)
    first = found.assignment
    # The flow gives one mentor each; if time runs out, the best of these is handed over.
    if not found.exact or is_small:
        first = complete(problem, first)
    first = _best(problem, [first, required, *_quick_solutions(problem, required, clock)])
    if found.exact:
        return Start(first, bounds, bounds)
    return _by_choice(problem, pricer, clock, first, bounds)


def _seated(problem: Problem, clock: Clock) -> Start | None:
    """Return a start with every seat of everybody filled, where a flow finds that and it is most.

    All tiers are then as high as they can be: nobody can have more mentors, nor more wait for one.
    """
    classes, tiers = SeatClasses.filled(problem), problem.tiers
    if classes is None or (tiers is not None and tiers.choices is not None):
        return None
    found = seated(problem, SolveRun(clock=clock))
    if found is None:
        return None
    values = dict(tier_values(problem, found))
    return Start(found, values, values)


def _by_choice(
    problem: Problem, pricer: Scanner, clock: Clock, first: Assignment, bounds: Mapping[str, float]
) -> Start:
    """Raise the tiers of a first solution by exact choices where a flow only bounds them."""
    # What breaks a rule reaches no tier: forced pairs may lack whom the others took.
    broken = breaks_rules(problem, first).any()
    values = {} if broken else dict(tier_values(problem, first))
    # The leading tiers that meet their bounds need no further proof.
    reached = dict(takewhile(lambda tier: tier[1] >= bounds[tier[0]] - 1e-9, values.items()))
    if len(reached) == len(bounds):
        return Start(first, values, bounds)
    pool, rows, everything = listed_portfolios(problem, pricer, first)
    decided = list(bounds) if everything else _decided(problem, list(bounds))
    choice = choose_tiers(problem, pool, rows, clock, decided=decided, reached=reached)
    if choice is None or tuple(choice.targets.values()) < tuple(values.values()):
        return Start(first, values, bounds)
    assignment = complete(problem, assignment_of(problem, pool, choice.columns))
    return Start(assignment, dict(tier_values(problem, assignment)), {**bounds, **choice.proved})


def _decided(problem: Problem, names: list[str]) -> list[str]:
    """Return the tiers that single mentors and sets of chosen ones decide."""
    alone = not (problem.portfolio_rules or problem.soft_rules) and _few_singles(problem)
    if not alone or not chosen_portfolios(problem).complete:
        return []
    return list(takewhile(lambda name: not name.startswith("minimum:"), names))


def _few_singles(problem: Problem) -> bool:
    """Whether the single mentors of everybody can be chosen among exactly."""
    return problem.n_mentees * problem.n_mentors <= CHOSEN_AMONG


def _still_allowed(problem: Problem, known: Solution, required: Assignment) -> Assignment | None:
    """Return the pairs of a known solution if they are a solution of this problem, else None."""
    assignment = Assignment.of(known.pairs, known.reciprocal)
    held = {(*pair, r) for *pair, r in np.column_stack([known.pairs, known.reciprocal]).tolist()}
    forced = np.column_stack([required.pairs, required.reciprocal]).tolist()
    rows = Rows(problem, problem.max_size)
    size = np.bincount(known.pairs[:, 0], minlength=problem.n_mentees)
    if np.any(size > problem.limit) or not all(tuple(item) in held for item in forced):
        return None
    return assignment if column_pool.keeps_rows(problem, rows, assignment) else None


def _quick_solutions(problem: Problem, required: Assignment, clock: Clock) -> list[Assignment]:
    """Return what greedy and rounds of assignment give beside the forced pairs, as size allows.

    Rounds are often within two per cent of the optimum, and what is handed over if time runs out.
    Without a time limit there is time to round what column generation found.
    """
    pairs = problem.n_mentees * problem.n_mentors
    found = []
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
        return not breaks_rules(problem, assignment).any(), tiers, welfare(problem, assignment)

    return max(found, key=rank)


@dataclass(frozen=True)
class TierChoice:
    """Targets reached in lexicographic order by columns of a pool."""

    columns: Ints
    """One column a mentee."""
    targets: dict[str, float]
    proved: dict[str, float]
    """Those of leading tiers that no other portfolios could raise."""


def listed_portfolios(
    problem: Problem, pricer: Scanner, known: Assignment
) -> tuple[ColumnPool, Rows, bool]:
    """Return all portfolios of a small problem, else single and chosen ones; whether they are all.

    Parameters
    ----------
    problem
        The instance.
    pricer
        What scans and values it.
    known
        A solution whose portfolios are among them, so that the tiers it reaches can be reached.
    """
    rows = Rows(problem, pricer.max_size)
    y = np.zeros(rows.count)
    n, m = problem.n_mentees, problem.n_mentors
    sides = pricer.sides.side.shape[1]
    sizes = [comb(m + sides, q) for q in range(1, pricer.max_size + 1)]
    complete = n * sum(sizes) <= LISTED_IN_ALL
    width = m if complete or _few_singles(problem) else min(m, SINGLES)
    at = np.zeros(n)
    scan = pricer.scan(rows, y, None, None, at, width=width)
    nothing = np.full(n, -np.inf)
    task = pricer.task(ScanQuestion(rows, y, nothing, None, at), scan.candidates)
    pool = ColumnPool.start(rows)
    if complete:
        found = Search(problem, task, nothing, slack=np.inf).run()
    else:
        found = Search(problem, task, nothing).singles()
    pool, _ = pool.add(rows, to_codes(found, scan.candidates))
    for some in () if complete else chosen_portfolios(problem).rounds:
        pool, _ = pool.add(rows, column_pool.allowed_portfolios(problem, some, rows.max_size))
    pool, _ = pool.add(rows, column_pool.allowed_portfolios(problem, known, rows.max_size))
    rows = replace(rows, opposite=all_opposites(problem, pool))
    return pool.with_rows(rows), rows, complete


def choose_tiers(
    problem: Problem,
    pool: ColumnPool,
    rows: Rows,
    clock: Clock,
    *,
    decided: Collection[str],
    reached: Mapping[str, float] | None = None,
) -> TierChoice | None:
    """Maximise tier after tier over the columns of a pool; None where nothing fits.

    Parameters
    ----------
    problem
        The instance, with tiers.
    pool, rows
        Columns, and the rows that they use.
    clock
        Clock of the solve.
    decided
        Tiers that no portfolio outside the pool can raise, so that a choice proves them.
    reached
        First tiers that are known to be at their best, with their values.
    """
    tiers = present(problem.tiers)
    if not pool.has_everybody(problem.n_mentees):
        return None
    held: tuple[TierRow, ...] = ()
    everything = np.arange(len(pool))
    columns, is_proved = None, True
    targets: dict[str, float] = {}
    proved: dict[str, float] = {}
    for tier in tiers.amounts(rows.max_size):
        if reached is not None and tier.name in reached:
            targets[tier.name] = proved[tier.name] = reached[tier.name]
            held = (*held, TierRow(tier, targets[tier.name]))
            continue
        now = replace(rows, tiers=held)
        master = IntegerMaster(pool.with_rows(now), now)
        gain = tier_worth(problem, tier, pool.mentee, pool.members)
        seconds = 0.2 * clock.left
        if len(decided) or len(pool) <= CHOSEN_AMONG:
            choice = master.choose(everything, objective=gain, seconds=seconds, gap=0.0)
        else:
            choice = _dived(replace(master, pool=replace(master.pool, worth=gain)), clock, seconds)
        if choice is None or not master.keeps_rows(choice.columns):
            break
        columns = choice.columns
        targets[tier.name] = float(round(gain[columns].sum(), 9))
        is_proved = is_proved and choice.proved and tier.name in decided
        if is_proved:
            proved[tier.name] = targets[tier.name]
        held = (*held, TierRow(tier, targets[tier.name]))
    if columns is None:
        return None
    return TierChoice(columns, targets, proved)


def _dived(master: IntegerMaster, clock: Clock, seconds: float) -> ColumnChoice | None:
    """Return a good choice by the columns' worth, not a proved one; None where none completes."""
    open_ = np.full(master.rows.problem.n_mentees, -1, dtype=np.int64)
    columns = Dive(master, clock, seconds).run(np.arange(len(master.pool)), open_)
    return None if columns is None else ColumnChoice(columns, np.inf, proved=False)
