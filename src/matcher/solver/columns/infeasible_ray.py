"""Proof that nothing fits: a ray, along which the dual bound falls without end.

For duals ``y + t d`` and t to infinity the worth of portfolios no longer matters, and the bound
changes by ``sum_r b_r d_r + max_S [-sum_r a_r(i, S) d_r]`` summed over mentees i for each unit of
t. Where that is negative, weak duality leaves no solution (Farkas' lemma). The maxima are over all
allowed portfolios, from exact pricing with every item worth 0.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem, Scores
from matcher.solver.model.column_pool import ColumnPool, assignment_of
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.portfolio_tables import best_rows
from matcher.solver.pricing.scan import Scanner

ROUNDING = 1e-9
"""Share of the terms that rounding may take from their sum. It takes some 1e-15 of each; the
search gives up sets that are better by no more than 1e-12."""

KEPT = 1e-6
"""Share of its right-hand side by which a row may be broken without the problem counting as
infeasible: ten times what `Rows.keeps` lets pass."""

NAMED = 0.01
"""Rows with a smaller share of the largest dual are not told."""


@dataclass(frozen=True)
class Ray:
    """A direction of the duals, and what the dual bound does along it."""

    d: Floats
    """(R,) with 1 or -1 as its largest entry."""
    slope: float
    """Upper bound, rounding included, on what the bound changes by for each unit."""
    least_use: Assignment
    """The portfolio of each mentee that costs least along the ray."""

    @property
    def is_proof(self) -> bool:
        """Whether no choice of portfolios keeps all rows."""
        return self.slope < 0

    def words(self, rows: Rows) -> str:
        """Return which rows cannot all be kept."""
        named = [row for row in rows.named(self.d) if abs(row.dual) >= NAMED]
        told = ", ".join(f"{row.kind} {row.id}" for row in named[:10])
        return f"no choice of portfolios keeps all rows: {told}" + ", ..." * (len(named) > 10)


def ray_along(rows: Rows, pool: ColumnPool, y: Floats, scanner: Scanner) -> Ray:
    """Return the ray along duals `y` (R,), checked over all items.

    Parameters
    ----------
    rows
        Rows of the problem. Those that only welfare or its order holds, soft ones and tiers,
        get no part of the ray: breaking them makes nothing infeasible.
    pool
        Known columns, whose least use the search starts from.
    scanner
        A scanner of the problem, whose threads and blocks are used.
    """
    problem, d = rows.problem, rows.within_range(y)
    d[rows.high == 0] = 0.0
    d /= max(np.abs(d).max(initial=0.0), np.finfo(np.float64).tiny)
    bare = _worthless(problem)
    bare_rows = replace(rows, problem=bare)
    known = replace(pool, worth=np.zeros(len(pool)), value=np.zeros(len(pool))).leaders(d)
    scan = scanner.of(bare).scan(bare_rows, d, known, None, np.zeros(problem.n_mentees), width=1)
    leaders = best_rows(scan.sets.mentee, scan.sets.reduced)
    terms, most = rows.rhs * d, rows.max_size * problem.n_mentees
    slack = ROUNDING * float(np.abs(terms).sum() + most)
    slack += KEPT * float(np.maximum(1.0, np.abs(rows.rhs)) @ np.abs(d))
    if np.isfinite(scan.best).all():
        slack += ROUNDING * float(np.abs(scan.best).sum())
    slope = float(terms.sum() + scan.best.sum()) + slack
    return Ray(d, slope, assignment_of(problem, scan.sets, leaders))


def _worthless(problem: Problem) -> Problem:
    """Return the problem with the same allowed portfolios, all worth nothing."""
    pairs = problem.reciprocal
    if pairs is not None:
        score_a, score_b = _zero(pairs.score_a), _zero(pairs.score_b)
        pairs = replace(pairs, score_a=score_a, score_b=score_b)
    return replace(
        problem,
        scores=_Worthless(problem.scores),
        reciprocal=pairs,
        needs=None,
        offers=None,
        held_best=None,
        held_second=None,
        like=None,
        redundancy=0.0,
        min_gain=0.0,
        fairness=0.0,
        kept_bonus=0.0,
    )


@dataclass(frozen=True)
class _Worthless:
    """The items of another source, each worth 0."""

    source: Scores

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape

    def block(self, rows: Ints) -> ItemBlock:
        block = self.source.block(rows)
        return replace(block, score=_zero(block.score))


def _zero(score: Floats) -> Floats:
    """Return 0 where an item is allowed, else -inf."""
    return np.where(np.isfinite(score), 0.0, -np.inf)
