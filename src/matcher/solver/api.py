"""The bare engine: arrays in, portfolios with their proof out."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from matcher.errors import Finding, InfeasibleError
from matcher.observe import SILENT, Observer
from matcher.problem.problem import Assignment, Floats, Ints, Problem, ReciprocalPairs, Tiers
from matcher.problem.rules.rule import SLACK, Names
from matcher.problem.value import GatheredItems, check_feasible, gather_items
from matcher.solver.arguments import Arguments, seat_rules
from matcher.solver.dispatch import solve_problem, solve_without_places
from matcher.solver.scaling import Scale
from matcher.solver.score_sources import ArrayScores, Bans
from matcher.solver.settings import METHODS, SolverSettings
from matcher.solver.solution import Solution


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
    seats: Any = None,
    fairness: float | str = 0.0,
    gap: float = SolverSettings.gap,
    time_limit: float | None = None,
    seed: int = 0,
    method: str = "auto",
    threads: int | None = None,
    resume: str = "",
    observer: Observer = SILENT,
) -> Solution:
    """Choose a portfolio of mentors for every mentee, all at once, with a bound on the optimum.

    Maximises ``sum_i U(sum scores + sum_f needs_if min(1, best_f + second_cover * second_f)
    - redundancy * like pairs)`` under the mentors' capacity and the mentees' limits.

    Parameters
    ----------
    scores
        (n, m) what each pair adds; -inf, or masked, where it is not allowed. Dense; or
        ``scipy.sparse``, where an absent entry is not allowed and an explicit zero is; or an object
        with ``shape`` and ``block(rows) -> (b, m)`` for instances that do not fit in memory; where
        it also has ``factors``, two matrices (n, d) and (m, d) whose product the scores are, a
        large instance takes about half the time. Of pandas objects positions count: other arrays
        that have some of the same names, or all of the same labels in another order, are refused
        (E_CONFLICT).
    capacity
        (m,) places of each mentor, or the budget that `load` is charged against.
    limit
        (n,) or a number: most mentors of a mentee.
    minimum
        (n,) or a number. Where above 0, welfare comes after two other goals: first the number of
        mentees with a mentor, then ``sum_i min(|S_i|, minimum_i)``. More than the limit counts as
        the limit.
    load
        (n, m) >= 0, in the same forms as `scores`: what a match uses of the mentor's capacity,
        which is kept within 1e-7 of the largest load. None: one place.
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
    seats
        What every portfolio that is not empty holds: mappings with `fits` (m,) bool, who counts, or
        `each` (m,) labels; `home`, labels (n,) and (m,) of which only another counts; `min` and
        `max`, how many; `fill`, whether a mentor takes this seat and no other.
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
    resume
        Folder in which parts of passes over all pairs are kept, so that the same call picks up
        where it was cut; `statistics` tells how many were found there. Empty: nothing is kept.
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
        positions (E_POSITION, E_CONFLICT), or pandas labels that are not quite those of
        `scores` (E_CONFLICT); all problems together. E_RANGE too where the largest
        score or load is beyond 1e200 or below 1e-200, with fairness beyond 1e9 or below 1e-9.
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
        resume=str(check.of_kind("resume", resume, (str, PurePath), "the path of a folder")),
    )
    check.of_kind("observer", observer, Observer, "a matcher.observe.Observer")
    problem = ProblemArguments(
        scores, capacity, limit, minimum=minimum, load=load, needs=needs, offers=offers,
        second_cover=second_cover, like=like, redundancy=redundancy, forbidden=forbidden,
        required=required, pool=pool, pool_capacity=pool_capacity, reciprocal=reciprocal,
        seats=seats, fairness=fairness,
    ).problem(check)  # fmt: skip
    if known := solve_without_places(problem, settings.method):
        return known
    scale = Scale.of(problem)
    return scale.undo(solve_problem(scale.apply(problem), settings, observer=observer))


def problem_of(*arrays: Any, **terms: Any) -> Problem:
    """Build the problem that `solve` solves from the same arguments, with the same errors.

    Parameters
    ----------
    *arrays
        Scores, capacity and limit.
    **terms
        Other fields of `ProblemArguments`.
    """
    return ProblemArguments(*arrays, **terms).problem(Arguments())


@dataclass(frozen=True)
class ProblemArguments:
    """The arguments of `solve` that make up the problem, as they were handed over."""

    scores: Any
    capacity: Any
    limit: Any
    minimum: Any = 0
    load: Any = None
    needs: Any = None
    offers: Any = None
    second_cover: float = 0.0
    like: Any = None
    redundancy: float = 0.0
    forbidden: Any = None
    required: Any = None
    pool: Any = None
    pool_capacity: Mapping[Hashable, float] | None = None
    reciprocal: Any = None
    seats: Any = None
    fairness: float | str = 0.0

    def problem(self, check: Arguments) -> Problem:
        """Return the problem.

        Parameters
        ----------
        check
            Collects what is wrong; it may know faults already.

        Raises
        ------
        InputError, ConfigError
            All faults together.
        InfeasibleError
            Required pairs are forbidden (I_CONTRADICTION) or do not fit (I_FORCED_CAPACITY).
        """
        matrix = check.matrix("scores", self.scores, None, low=-np.inf, absent=-np.inf)
        # Without the size of the problem no other shape can be judged.
        if check.inputs:
            check.raise_if_any()
        shape = n, m = matrix.shape
        check.same_order(
            self.scores, limit=self.limit, minimum=self.minimum, needs=self.needs, load=self.load,
            capacity=self.capacity, offers=self.offers, like=self.like, pool=self.pool,
        )  # fmt: skip
        loads = None
        if self.load is not None:
            loads = check.matrix("load", self.load, shape, low=0.0, absent=0.0)
        most = self._limits(check, n, m)
        first = check.array("minimum", self.minimum, (n,), whole=True, spread=True)
        needs, offers = self._coverage(check, n, m)
        shared = check.pools(self.pool, self.pool_capacity, m)
        seats = seat_rules(check, self.seats, n, m)
        banned = check.positions("forbidden", self.forbidden, shape)
        forced = np.unique(check.positions("required", self.required, shape), axis=0)
        coupled = self._coupled(check, n, m)
        like = check.like(self.like, m)
        redundancy = check.number("redundancy", self.redundancy, 0.0)
        if redundancy > 0 and self.like is None:
            check.fault("E_MISSING_VALUE", "like", "redundancy needs like, which mentors are alike")
        capacity = self._capacity(check, n, m)
        second = check.number("second_cover", self.second_cover, 0.0, 1.0)
        fairness = check.fairness(self.fairness)
        check.raise_if_any()
        plain = Problem(ArrayScores(matrix, loads, Bans.of(banned, n)), capacity, most)
        pairs = _reciprocal_pairs(plain, coupled)
        one_way, both_ways = _split_required(forced, pairs)
        shut = np.concatenate([banned, coupled[:, :2], coupled[:, 2:]])
        problem = Problem(
            ArrayScores(matrix, loads, Bans.of(shut, n)),
            capacity,
            most,
            needs=needs,
            offers=offers,
            second_cover=second,
            like=like,
            redundancy=redundancy,
            required=one_way,
            required_reciprocal=both_ways,
            reciprocal=pairs if pairs is not None and len(pairs) else None,
            rules=(*shared, *seats),
            fairness=fairness,
            tiers=_tiers(np.minimum(first.astype(np.int64), most), fairness),
        )
        _check_required(problem)
        return problem

    def _limits(self, check: Arguments, n: int, m: int) -> Ints:
        boundless = isinstance(self.limit, float) and self.limit == np.inf
        limit = m if boundless else self.limit
        most = check.array("limit", limit, (n,), whole=True, spread=True)
        return np.minimum(most, m).astype(np.int64)

    def _capacity(self, check: Arguments, n: int, m: int) -> Floats:
        """Return capacities; whole ones of at most one a mentee where a match takes one place."""
        stated = check.array("capacity", self.capacity, (m,), code="E_CAPACITY", spread=True)
        return np.minimum(np.floor(stated + SLACK), float(n)) if self.load is None else stated

    def _coverage(self, check: Arguments, n: int, m: int) -> tuple[Floats | None, Floats | None]:
        if self.needs is None and self.offers is None:
            return None, None
        if self.needs is None or self.offers is None:
            absent = "needs" if self.needs is None else "offers"
            check.fault("E_MISSING_VALUE", absent, "needs and offers go together")
            return None, None
        facets = check.columns("needs", self.needs)
        if facets is None:
            return None, None
        needs = check.array("needs", self.needs, (n, facets))
        return needs, check.array("offers", self.offers, (m, facets), high=1.0)

    def _coupled(self, check: Arguments, n: int, m: int) -> Ints:
        """Return distinct rows of `reciprocal` with the smaller entry first: (k, 4)."""
        rows = check.positions("reciprocal", self.reciprocal, (n, m, n, m))
        swap = rows[:, 0] > rows[:, 2]
        rows[swap] = rows[swap][:, [2, 3, 0, 1]]
        rows = np.unique(rows, axis=0)
        if (rows[:, 0] == rows[:, 2]).any() or (rows[:, 1] == rows[:, 3]).any():
            message = "a row of reciprocal names one mentee or one mentor twice"
            check.fault("E_CONFLICT", "reciprocal", message, "name two people in both roles")
        entries = np.concatenate([rows[:, :2], rows[:, 2:]])
        unique, count = np.unique(entries, axis=0, return_counts=True)
        if (count > 1).any():
            i, j = unique[int(np.argmax(count > 1))].tolist()
            message = f"the entry ({i}, {j}) stands in two rows of reciprocal"
            check.fault("E_CONFLICT", "reciprocal", message, "couple each entry once")
        return rows


def _tiers(minimum: Ints, fairness: float | str) -> Tiers | None:
    """Return the goals before welfare: people reached come first of all under max-min as well."""
    everybody = np.ones(len(minimum), dtype=np.int64)
    if minimum.any():
        return Tiers(everybody, minimum=minimum)
    return Tiers(everybody) if fairness == "max-min" else None


def _look_up(plain: Problem, pairs: Ints) -> GatheredItems:
    return gather_items(plain, Assignment(pairs, np.full(len(pairs), -1, dtype=np.int64)))


def _reciprocal_pairs(plain: Problem, rows: Ints) -> ReciprocalPairs | None:
    """Return the reciprocal pairs of which both entries are allowed."""
    if not len(rows):
        return None
    a, b = _look_up(plain, rows[:, :2]), _look_up(plain, rows[:, 2:])
    kept = np.isfinite(a.score) & np.isfinite(b.score)
    rows = rows[kept]
    return ReciprocalPairs(
        mentee_a=rows[:, 0],
        mentor_b=rows[:, 1],
        mentee_b=rows[:, 2],
        mentor_a=rows[:, 3],
        score_a=a.score[kept],
        score_b=b.score[kept],
        load_a=a.load[kept],
        load_b=b.load[kept],
    )


def _split_required(forced: Ints, pairs: ReciprocalPairs | None) -> tuple[Ints, Ints]:
    """Return the one-way pairs required and the numbers of the reciprocal ones."""
    if pairs is None or not len(pairs):
        return forced, np.empty(0, dtype=np.int64)
    mentee, mentor, _, _, number = pairs.sides
    hit = (forced[:, None, 0] == mentee) & (forced[:, None, 1] == mentor)
    return forced[~hit.any(axis=1)], np.unique(number[hit.any(axis=0)])


def _check_required(problem: Problem) -> None:
    """Raise if required pairs are not allowed or do not fit."""
    faults = []
    if len(problem.required):
        score = _look_up(problem, problem.required).score
        for i, j in problem.required[~np.isfinite(score)].tolist():
            message = f"the pair ({i}, {j}) is required and not allowed"
            remedy = "take it out of required, or allow it"
            faults.append(
                Finding("I_CONTRADICTION", message, remedy).at("solve", column="required")
            )
    mentees, mentors = ([str(k) for k in range(count)] for count in problem.scores.shape)
    # Having no places at all is an answer here, not a fault.
    faults.extend(check_feasible(problem, np.ones(1), Names(mentees, mentors)))
    if faults:
        raise InfeasibleError(faults)
