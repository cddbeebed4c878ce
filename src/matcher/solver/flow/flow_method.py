"""Exact optimum of problems whose welfare is a sum over pairs.

The proof of a flow's optimum is one dual for every linking row, whatever the tiers. Potentials
of welfare alone prove nothing once tiers come first. A tier's potentials, times a factor, are
added: an arc that a tier shut out has an integer reduced cost of at least 1 there, so a factor
just large enough makes its combined reduced cost non-negative. The factors are the duals of the
tier rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.errors import ConfigError, Finding
from matcher.problem.problem import Assignment, Floats, Ints, Problem
from matcher.problem.rules.rule import Prices
from matcher.problem.value import gather_items, kept_bonus, tier_values, welfare
from matcher.solver.flow.flow_model import FlowModel, Stage
from matcher.solver.flow.flow_network import Pairs, Strip
from matcher.solver.flow.singles import sum_over_pairs
from matcher.solver.model.linking_rows import SUM_ROUNDING, Rows, tier_rows
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer

ONE = 1e-9
"""What a load may differ from one place."""

TOLD = 1e-12
"""Share of a bound from which what rounding may have taken from it is told."""


def can_flow(problem: Problem) -> bool:
    """Whether a flow solves the problem exactly: welfare a sum over pairs, one place a match."""
    plain = sum_over_pairs(problem)
    return plain is not None and not problem.soft_rules and is_flow(plain)


def is_flow(problem: Problem) -> bool:
    """Whether what may be matched with what is a flow, whatever it is worth."""
    return (
        not len(problem.listed[0])
        and all(rule.fits_flow(problem) for rule in problem.all_rules)
        and has_unit_loads(problem)
    )


def has_unit_loads(problem: Problem) -> bool:
    """Whether every one-way match takes one place."""
    if not problem.n_mentees or problem.scores.block(np.zeros(1, dtype=np.int64)).load is None:
        return True
    for rows in problem.blocks():
        block = problem.scores.block(rows)
        if np.any((np.abs(block.loads - 1.0) > ONE) & np.isfinite(block.score)):
            return False
    return True


def solve_flow(problem: Problem, run: SolveRun, *, tiers_pay: bool = False) -> MethodAnswer:
    """Return the exact optimum, tiers first, with duals that prove it.

    Where the clock ends it, a flow over the pairs known by then, with the bound of its duals.

    Parameters
    ----------
    problem
        The instance.
    run
        Its clock and observer; a flow draws nothing and has no gap to stop at.
    tiers_pay
        Whether the tiers' duals are so high that a place that a tier needs costs more than any
        match is worth. The bound is the same; no second mentor takes such a place.

    Raises
    ------
    ConfigError
        If welfare is no sum over pairs or a match is not one place (E_CONFIG).
    """
    plain = sum_over_pairs(problem)
    if plain is None or not can_flow(problem):
        message = "method flow needs welfare that is a sum over pairs, and one place a match"
        raise ConfigError(Finding("E_CONFIG", message, "choose auto or portfolio", column="method"))
    problem, model = plain, solved_model(plain, run)
    assignment = model.assignment()
    rows, y = duals_of(model, assignment, tiers_pay=tiers_pay)
    bound, objective = bound_at(model, rows, y), welfare(problem, assignment)
    # Scaling to integers is all that can part the two; broken places make the rows looser.
    proved = bound - objective <= 1e-9 * max(1.0, abs(objective))
    by_duals = proved or model.stopped
    return MethodAnswer(
        assignment,
        bound=bound if by_duals else objective + model.rounding,
        source="duals" if by_duals else "flow",
        duals=rows.named(y),
        dual_bound=bound,
        prices=rows.prices(np.maximum(y, 0.0)).load,
        tier_bounds={} if model.stopped else dict(tier_values(problem, assignment)),
        iterations=model.solves,
        statistics={"arcs": float(len(model.network.tail))},
    )


def solved_model(problem: Problem, run: SolveRun) -> FlowModel:
    """Return the flow of a sum over pairs, of which every stage was run, welfare last."""
    model = FlowModel(problem)
    for stage in [*model.tier_stages(), model.welfare_stage()]:
        run.observer.on_phase(f"flow: {stage.name}")
        model.run(stage, run.clock)
    return model


def duals_of(
    model: FlowModel, assignment: Assignment, *, tiers_pay: bool = False
) -> tuple[Rows, Floats]:
    """Return the rows of a solved model, tiers at their optimum, and a dual for each: (R,).

    Parameters
    ----------
    model
        A model of which every stage was run.
    assignment
        Its matches.
    tiers_pay
        As in `solve_flow`.
    """
    problem = model.problem
    targets = dict(tier_values(problem, assignment))
    rows = Rows(problem, problem.max_size, tier_rows(problem, problem.max_size, targets))
    factors, potential = _combined(model, assignment, tiers_pay=tiers_pay)
    y = np.zeros(rows.count)
    rows.part(y, "tier")[:] = -factors
    for kind, (tail, head) in model.arcs.items():
        rows.part(y, kind)[:] = potential[tail] - potential[head]
    return rows, np.clip(y, rows.low, rows.high)


def _combined(
    model: FlowModel, assignment: Assignment, *, tiers_pay: bool
) -> tuple[Floats, Floats]:
    """Return the factor of each tier and the combined potentials in units of welfare."""
    *tiers, welfare = model.stages
    potential = welfare.potential / welfare.scale
    static = welfare.static / welfare.scale
    factors = np.zeros(len(tiers))
    others = Pairs(model.problem, assignment.pairs, model.pairs.nobody)
    for level in range(len(tiers) - 1, -1, -1):
        needed = _needed(model, others, level, _Combined(factors, static, potential))
        # A hair more than needed, so that rounding never tips an arc over.
        factors[level] = needed * (1.0 + 1e-9)
        if tiers_pay:
            most = float(np.abs(tiers[level].static).max(initial=1.0))
            factors[level] = max(factors[level], model.largest / most)
        potential = potential + factors[level] * tiers[level].potential
        static = static + factors[level] * tiers[level].static
    return factors, potential


@dataclass(frozen=True)
class _Combined:
    """Welfare and the tiers that have a factor so far, the others' at 0, as one goal."""

    factors: Floats
    """(t,)"""
    static: Floats
    potential: Floats

    def tiers(self, model: FlowModel) -> Iterator[tuple[float, Stage]]:
        """Yield factor and tier where pairs count for something by themselves."""
        both = zip(self.factors.tolist(), model.stages, strict=False)
        return ((factor, tier) for factor, tier in both if factor and tier.has_pairs)


def _needed(model: FlowModel, others: Pairs, level: int, now: _Combined) -> float:
    """Return the least factor of tier `level` that leaves no arc with a negative reduced cost.

    `others` are the pairs that are not in the flow's answer.
    """
    network, here = model.network, model.stages[level]
    gain = model.gain + sum(f * stage.points(*model.pair.T) for f, stage in now.tiers(model))
    cost: Floats = np.concatenate([now.static, -gain])
    reduced = network.reduced(cost, now.potential)
    step = network.reduced(model.costs(here), here.potential)
    free = np.ones(len(step), dtype=bool)
    for before in model.stages[:level]:
        # Other arcs are settled by an earlier tier, whose factor is found after this one.
        free &= network.reduced(model.costs(before), before.potential) == 0
    onward = free & (network.flow < network.capacity)
    back = free & (network.flow > 0)
    back[model.asked] = False
    most = max(_largest(reduced[onward], step[onward]), _largest(-reduced[back], -step[back]))
    return max(most, *(_needed_by(model, strip, level, now) for strip in others.strips()))


def _largest(reduced: Floats, step: Ints) -> float:
    """Return the largest ``-reduced / step`` over arcs with a positive step."""
    bad = (step > 0) & (reduced < 0)
    return float((-reduced[bad] / step[bad]).max(initial=0.0))


def _needed_by(model: FlowModel, strip: Strip, level: int, now: _Combined) -> float:
    """Return the factor that keeps pairs of a strip out."""
    own = model.left(strip, now.potential)
    reduced = model.entered(strip, now.potential) - own - strip.gain
    for factor, stage in now.tiers(model):
        reduced = reduced - factor * stage.points_of(strip)
    bad = (reduced < 0) & np.isfinite(strip.gain)
    for stage in model.stages[:level]:
        bad &= model.tier_cost(stage, strip) == 0
    step = model.tier_cost(model.stages[level], strip)
    return _largest(reduced[bad], np.broadcast_to(step, bad.shape)[bad])


def bound_at(model: FlowModel, rows: Rows, y: Floats) -> float:
    """Return the dual bound at `y`: ``rhs . y`` and every mentee's best set, over all pairs.

    Where scores are of such mixed scales that rounding their sum could be told in it, it is added.

    Parameters
    ----------
    model
        The model, whose pairs are read once more.
    rows, y
        Linking rows and their duals (R,), in units of welfare.
    """
    best = [value.max(axis=1) for value in values_at(model, rows, y)]
    bound = float(rows.rhs @ y) + float(sum(some.sum() for some in best))
    sizes = np.abs(rows.rhs * y).sum() + sum(np.abs(some).sum() for some in best)
    spare = SUM_ROUNDING * float(sizes)
    return bound if spare <= TOLD * abs(bound) else bound + spare


def values_at(model: FlowModel, rows: Rows, y: Floats) -> Iterator[Floats]:
    """Yield what the best portfolio of each number of further mentors is worth, strip by strip.

    Parameters
    ----------
    model, rows, y
        As in `bound_at`; what everybody is charged together is not in it.
    """
    problem = model.problem
    prices = rows.prices(y)
    price = prices.load + prices.match
    held, count = _required_worth(model, prices)
    own = _own_costs(problem, prices)
    for strip in model.pairs.strips():
        net = strip.gain - price[strip.mentor]
        if strip.sponsored is not None:
            net = net - strip.sponsored * prices.sponsorship[strip.mentor]
        net = net - strip.entries(own) if own.nnz else net
        room = problem.limit[strip.rows] - count[strip.rows]
        most = min(int(room.max(initial=0)), problem.n_mentors)
        if model.seats is None:
            top = _largest_sums(net, most)
        else:
            top = model.seats.best_sums(net, model.seats.of_mentor[strip.mentor], most)
        sizes = np.arange(top.shape[1])
        size = count[strip.rows, None] + sizes
        bonus = np.take_along_axis(
            rows.size_bonus(y, strip.rows), np.minimum(size, rows.max_size), axis=1
        )
        value = top + bonus - problem.min_gain * np.maximum(size - 1, 0)
        yield np.where(sizes <= room[:, None], value, -np.inf) + held[strip.rows, None]


def _required_worth(model: FlowModel, prices: Prices) -> tuple[Floats, Ints]:
    """Return what each mentee's required pairs earn less their prices, and how many they are."""
    problem, n = model.problem, model.n
    required = Assignment.of(model.required)
    mentee, mentor = required.pairs[:, 0], required.pairs[:, 1]
    items = gather_items(problem, required)
    worth = items.score - (prices.load + prices.match)[mentor]
    worth -= items.sponsored * prices.sponsorship[mentor]
    worth += kept_bonus(problem, mentee, mentor)
    own = _own_costs(problem, prices)
    if own.nnz and len(required):
        worth -= np.asarray(own[mentee, mentor]).ravel()
    total = np.asarray(np.bincount(mentee, weights=worth, minlength=n), dtype=np.float64)
    return total, np.bincount(mentee, minlength=n).astype(np.int64)


def _own_costs(problem: Problem, prices: Prices) -> sparse.csr_array:
    """Return what pairs pay for rows by themselves: (n, m)."""
    parts = [(i, j, np.broadcast_to(cost, len(i))) for i, j, cost in prices.pairs]
    if not parts:
        return sparse.csr_array(problem.scores.shape)
    mentee, mentor, each = (np.concatenate(part) for part in zip(*parts, strict=True))
    return sparse.csr_array((each, (mentee, mentor)), problem.scores.shape)


def _largest_sums(net: Floats, most: int) -> Floats:
    """Return the sum of the k largest entries of each row for k = 0 ... most: (b, most + 1)."""
    most = min(most, net.shape[1])
    sums = np.zeros((len(net), most + 1))
    if most == 0:
        return sums
    if most == 1:
        sums[:, 1] = net.max(axis=1)
        return sums
    top = net if most == net.shape[1] else -np.partition(-net, most - 1, axis=1)[:, :most]
    sums[:, 1:] = np.cumsum(-np.sort(-top, axis=1), axis=1)
    return sums
