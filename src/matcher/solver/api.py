"""The bare engine: arrays in, portfolios with their proof out."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from matcher.observe import SILENT, Observer
from matcher.problem.problem import Assignment, Fairness, Floats, Problem
from matcher.problem.value import tier_values, utility
from matcher.solver.arguments import Arguments
from matcher.solver.model.linking_rows import Rows
from matcher.solver.problem_arguments import ProblemArguments
from matcher.solver.settings import METHODS, SolverSettings
from matcher.solver.solution import Bounds, Reason, Solution, Termination, Tier


def solve(
    scores: Any,
    capacity: Any,
    limit: Any,
    *,
    minimum: Any = 0,
    load: Any = None,
    needs: Any = None,
    offers: Any = None,
    second_cover: float = 0.0,
    like: Any = None,
    redundancy: float = 0.0,
    forbidden: Any = None,
    required: Any = None,
    pool: Any = None,
    pool_capacity: Mapping[Hashable, float] | None = None,
    reciprocal: Any = None,
    fairness: Fairness = 0.0,
    gap: float = 1e-4,
    time_limit: float | None = None,
    seed: int = 0,
    method: str = "auto",
    threads: int | None = None,
    observer: Observer = SILENT,
) -> Solution:
    """Choose a portfolio of mentors for every mentee, all at once, with a bound on the optimum.

    Maximises ``sum_i U(sum scores + sum_f needs_if min(1, best_f + second_cover * second_f)
    - redundancy * like pairs)`` under the mentors' capacity and the mentees' limits.

    Parameters
    ----------
    scores
        (n, m) what each pair adds; -inf where it is not allowed. Dense; or ``scipy.sparse``, where
        an absent entry is not allowed and an explicit zero is; or an object with ``shape`` and
        ``block(rows) -> (b, m)`` for instances that do not fit in memory.
    capacity
        (m,) places of each mentor, or the budget that `load` is charged against.
    limit
        (n,) or a number: most mentors of a mentee.
    minimum
        (n,) or a number. Where above 0, welfare comes after two other goals: first the number of
        mentees with a mentor, then ``sum_i min(|S_i|, minimum_i)``.
    load
        (n, m) >= 0, in the same forms as `scores`: what a match uses of the mentor's capacity.
        None: one place.
    needs, offers
        (n, f) >= 0 and (m, f) in [0, 1]: the coverage term.
    second_cover
        In [0, 1]: what the second-best offer counts.
    like, redundancy
        (m,) labels (None, nan, '' and negative numbers: like nobody) or (m, m) bool; what a pair of
        like mentors in one portfolio costs.
    forbidden, required
        (k, 2) pairs of mentee and mentor positions.
    pool, pool_capacity
        (m,) labels and ``{label: places}`` that the mentors of a pool share.
    reciprocal
        (k, 4) rows (mentee a, mentor b, mentee b, mentor a): both entries or neither.
    fairness
        alpha of the alpha-fair welfare U, from 0 (plain sum) to 3, or ``"max-min"``: first as many
        mentees as possible have a mentor, then the least value among them is as high as can be,
        then the sum; `tiers` of the solution tell the first two.
    gap
        Relative gap at which the answer counts as optimal.
    time_limit
        Seconds; None: none.
    seed
        Seed of whatever is random; >= 0.
    method
        auto, portfolio, flow, cp-sat, sequential, stable, greedy or random.
    threads
        Threads; None: as many as there are processors.
    observer
        Told of the progress.

    Returns
    -------
    Solution
        Pairs, objective, bounds, prices and duals.

    Raises
    ------
    InputError
        An array has the wrong shape (E_SHAPE), values (E_NOT_FINITE, E_RANGE, E_CAPACITY) or
        positions (E_POSITION, E_CONFLICT); all problems together.
    ConfigError
        A setting is wrong (E_CONFIG).
    InfeasibleError
        Required pairs are forbidden (I_CONTRADICTION) or do not fit (I_FORCED_CAPACITY).
    NoSolutionError
        The time limit came before any solution.
    """
    check = Arguments()
    settings = SolverSettings(
        gap=check.number("gap", gap, 0.0),
        time_limit=check.seconds("time_limit", time_limit),
        seed=check.whole("seed", seed, 0),
        method=check.choice("method", method, METHODS),
        threads=None if threads is None else check.whole("threads", threads, 1),
    )
    problem = ProblemArguments(
        scores, capacity, limit, minimum=minimum, load=load, needs=needs, offers=offers,
        second_cover=second_cover, like=like, redundancy=redundancy, forbidden=forbidden,
        required=required, pool=pool, pool_capacity=pool_capacity, reciprocal=reciprocal,
        fairness=fairness,
    ).problem(check)  # fmt: skip
    known = solve_without_places(problem, settings.method)
    if known is not None:
        return known
    # Loaded here: it brings in OR-Tools, which nobody needs who only checks arrays.
    from matcher.solver.dispatch import solve_problem

    return solve_problem(problem, settings, observer=observer)


def solve_without_places(problem: Problem, method: str) -> Solution | None:
    """Return the empty answer with its proof where no match fits, else None.

    Parameters
    ----------
    problem
        The instance.
    method
        Name that the answer bears.
    """
    n, m = problem.n_mentees, problem.n_mentors
    nothing = n == 0 or m == 0 or not problem.limit.any()
    if not (nothing or _all_closed(problem)):
        return None
    empty = Assignment.empty()
    prices = np.zeros(m) if nothing else _closing_prices(problem)
    rows = Rows(problem, problem.max_size)
    y = np.zeros(rows.count)
    y[:m] = prices
    return Solution(
        pairs=empty.pairs,
        reciprocal=empty.reciprocal,
        objective=0.0,
        bounds=Bounds(0.0, 0.0),
        termination=Termination(Reason.OPTIMAL, detail="no match is possible"),
        prices=prices,
        duals=rows.named(y),
        dual_bound=0.0,
        bound_source="duals",
        gap=0.0,
        tiers=tuple(Tier(name, value, value) for name, value in tier_values(problem, empty)),
        method=method,
    )


def _all_closed(problem: Problem) -> bool:
    """Whether no mentor has a place; a load of 0 would fit into none."""
    if problem.capacity.any() or problem.n_mentees == 0:
        return False
    loaded = problem.scores.block(np.zeros(1, dtype=np.int64)).load is not None
    return not loaded and problem.reciprocal is None


def _closing_prices(problem: Problem) -> Floats:
    """Return prices at which no portfolio is worth buying: (m,).

    Cover counts best + r * second <= sum of offers for r <= 1, and U is subadditive, so U(V(S)) is
    at most the sum over members of U of their score plus what their offers meet alone. Those kept
    earn their bonus beside.
    """
    highest = np.zeros(problem.n_mentors)
    for rows in problem.blocks():
        worth = problem.scores.block(rows).score
        if problem.needs is not None and problem.offers is not None:
            worth = worth + problem.needs[rows] @ problem.offers.T
        highest = np.maximum(highest, worth.max(axis=0, initial=0.0))
    bonus = np.zeros(problem.n_mentors)
    bonus[problem.kept_pairs[:, 1]] = problem.kept_bonus
    return np.asarray(utility(highest, problem.fairness) + bonus)
