"""What duals say of a problem over all its portfolios: what these are worth, or that nothing fits.

The duals of a finished solve are put to the problem again, or to one that differs a little. And
where nothing fits there is a ray, along which the dual bound falls without end: for duals ``y + t
d`` and t to infinity the worth of portfolios no longer matters, and the bound changes by ``sum_r
b_r d_r + max_S [-sum_r a_r(i, S) d_r]`` summed over mentees i for each unit of t. Where that is
negative, weak duality leaves no solution (Farkas' lemma). The maxima are over all allowed
portfolios, from exact pricing with every item worth 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.value import evaluate
from matcher.solver.model.column_pool import ColumnPool, assignment_of, opposite_row
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.model.portfolio_tables import PricedPortfolios, best_rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.solution import DualRow


def rows_and_duals(problem: Problem, duals: Sequence[DualRow]) -> tuple[Rows, Floats]:
    """Return the linking rows of `problem` and the duals that a certificate gives them.

    Parameters
    ----------
    problem
        The instance that was solved, or one with mentors more at the end, whose rows have dual 0.
    duals
        Rows of the certificate; those that `problem` does not have are left out.
    """
    size = problem.max_size
    targets = {row.id: row.rhs for row in duals if row.kind == "tier"}
    people = [row.id.split("|") for row in duals if row.kind == "opposite"]
    opposite = tuple(opposite_row(problem, int(a), int(b)) for a, b in people)
    sets = [row.id for row in duals if row.kind == "odd"]
    odd = tuple(tuple(map(int, row.split("|"))) for row in sets)
    rows = Rows(problem, size, tier_rows(problem, size, targets), opposite, odd)
    named = {("tier", tier.name): k for k, tier in enumerate(rows.tiers)}
    named |= {("opposite", row.name): k for k, row in enumerate(opposite)}
    named |= {("odd", row): k for k, row in enumerate(sets)}
    y = np.zeros(rows.count)
    for row in duals:
        place = named.get((row.kind, row.id), int(row.id) if row.id.isdigit() else 0)
        if place < len(rows.part(y, row.kind)):
            rows.part(y, row.kind)[place] = row.dual
    return rows, y


def best_worths(
    problem: Problem, duals: Sequence[DualRow], mentees: Sequence[int], assignment: Assignment
) -> Floats:
    """Return ``max_S U(V(S)) - sum_r a_r(S) y_r`` of some mentees, as in the dual bound.

    Parameters
    ----------
    problem
        The instance that was solved, or one in which more is required.
    duals
        Rows of its certificate.
    mentees
        Positions: (k,).
    assignment
        The answer of the solve, at whose values U is linearised.

    Returns
    -------
    (k,) float64, -inf where no set keeps the rules.
    """
    rows, y = rows_and_duals(problem, duals)
    scanner = Scanner(problem)
    held = np.bincount(scanner.required[:, 0], minlength=problem.n_mentees)
    best = np.where(held == 0, 0.0, -np.inf)
    blocks = [np.array([i]) for i in mentees if held[i] <= problem.limit[i]]
    if blocks:
        at = np.maximum(evaluate(problem, assignment).value, 0.0)
        known = PricedPortfolios.none(rows.max_size)
        scan = scanner.scan(rows, y, known, None, at, width=1, blocks=blocks)
        best = np.maximum(best, scan.best)
    return best[list(mentees)]


ROUNDING = 1e-9
"""Share of the terms that rounding may take from their sum. It takes some 1e-15 of each; the
search gives up sets that are better by no more than 1e-12."""

KEPT = 1e-6
"""Share of its right-hand side by which a row may be broken without the problem counting as
infeasible: ten times what `Rows.keeps` lets pass."""

NAMED_SHARE = 0.01
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
        named = [row for row in rows.named(self.d) if abs(row.dual) >= NAMED_SHARE]
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
    bare = worthless(problem)
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


def worthless(problem: Problem) -> Problem:
    """Return the problem with the same allowed portfolios, all worth nothing."""
    pairs = problem.reciprocal
    if pairs is not None:
        score_a, score_b = _zero(pairs.score_a), _zero(pairs.score_b)
        pairs = replace(pairs, score_a=score_a, score_b=score_b)
    others = problem.fallback
    return replace(
        problem,
        scores=_Worthless(problem.scores),
        reciprocal=pairs,
        fallback=None if others is None else replace(others, score=_zero(others.score)),
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
