"""The proof of a flow's optimum: one dual for every linking row, whatever the tiers.

Potentials of welfare alone prove nothing once tiers come first. A tier's potentials, times a
factor, are added: an arc that a tier shut out has an integer reduced cost of at least 1 there, so
a factor just large enough makes its combined reduced cost non-negative. The factors are the duals
of the tier rows.
"""

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints
from matcher.problem.rules.rule import Prices
from matcher.problem.value import gather_items, kept_bonus, tier_values
from matcher.solver.flow.flow_model import FlowModel
from matcher.solver.flow.flow_pairs import Strip
from matcher.solver.model.linking_rows import Rows, tier_rows


def duals_of(model: FlowModel, assignment: Assignment) -> tuple[Rows, Floats]:
    """Return the rows of a solved model, tiers at their optimum, and a dual for each: (R,).

    Parameters
    ----------
    model
        A model of which every stage was run.
    assignment
        Its matches.
    """
    problem = model.problem
    targets = dict(tier_values(problem, assignment))
    rows = Rows(problem, problem.max_size, tier_rows(problem, problem.max_size, targets))
    factors, potential = _combined(model, assignment)
    y = np.zeros(rows.count)
    rows.part(y, "tier")[:] = -factors
    for kind, (tail, head) in model.arcs.items():
        rows.part(y, kind)[:] = potential[tail] - potential[head]
    return rows, np.clip(y, rows.low, rows.high)


def _combined(model: FlowModel, assignment: Assignment) -> tuple[Floats, Floats]:
    """Return the factor of each tier and the combined potentials in units of welfare."""
    *tiers, welfare = model.stages
    potential = welfare.potential / welfare.scale
    static = welfare.static / welfare.scale
    factors = np.zeros(len(tiers))
    for level in range(len(tiers) - 1, -1, -1):
        needed = _needed(model, assignment, level, static, potential)
        # A hair more than needed, so that rounding never tips an arc over.
        factors[level] = needed * (1.0 + 1e-9)
        potential = potential + factors[level] * tiers[level].potential
        static = static + factors[level] * tiers[level].static
    return factors, potential


def _needed(
    model: FlowModel, assignment: Assignment, level: int, static: Floats, potential: Floats
) -> float:
    """Return the least factor of tier `level` that leaves no arc with a negative reduced cost."""
    network, here = model.network, model.stages[level]
    cost: Floats = np.concatenate([static, -model.gain])
    reduced = network.reduced(cost, potential)
    step = network.reduced(model.costs(here), here.potential)
    free = np.ones(len(step), dtype=bool)
    for before in model.stages[:level]:
        # Other arcs are settled by an earlier tier, whose factor is found after this one.
        free &= network.reduced(model.costs(before), before.potential) == 0
    onward = free & (network.flow < network.capacity)
    back = free & (network.flow > 0)
    most = max(_largest(reduced[onward], step[onward]), _largest(-reduced[back], -step[back]))
    others = model.pairs.without(assignment.pairs)
    return max(most, *(_needed_by(model, strip, level, potential) for strip in others.strips()))


def _largest(reduced: Floats, step: Ints) -> float:
    """Return the largest ``-reduced / step`` over arcs with a positive step."""
    bad = (step > 0) & (reduced < 0)
    return float((-reduced[bad] / step[bad]).max(initial=0.0))


def _needed_by(model: FlowModel, strip: Strip, level: int, potential: Floats) -> float:
    """Return the factor that keeps pairs of a strip out."""
    own = 1 + strip.rows[:, None]
    reduced = model.entered(strip, potential) - potential[own] - strip.gain
    here = model.stages[level].potential
    bad = (reduced < 0) & np.isfinite(strip.gain)
    for stage in model.stages[:level]:
        bad &= model.entered(strip, stage.potential) == stage.potential[own]
    step = model.entered(strip, here) - here[own]
    return _largest(reduced[bad], np.broadcast_to(step, bad.shape)[bad])


def bound_at(model: FlowModel, rows: Rows, y: Floats) -> float:
    """Return the dual bound at `y`: ``rhs . y`` and every mentee's best set, over all pairs.

    Parameters
    ----------
    model
        The model, whose pairs are read once more.
    rows, y
        Linking rows and their duals (R,), in units of welfare.
    """
    problem = model.problem
    prices = rows.prices(y)
    price = prices.load + prices.match
    held, count = _required_worth(model, prices)
    total = float(rows.rhs @ y)
    for strip in model.pairs.strips():
        net = strip.gain - price
        if strip.sponsored is not None:
            net = net - strip.sponsored * prices.sponsorship
        room = problem.limit[strip.rows] - count[strip.rows]
        top = _largest_sums(net, int(room.max(initial=0)))
        sizes = np.arange(top.shape[1])
        size = count[strip.rows, None] + sizes
        bonus = np.take_along_axis(
            rows.size_bonus(y, strip.rows), np.minimum(size, rows.max_size), axis=1
        )
        value = top + bonus - problem.min_gain * np.maximum(size - 1, 0)
        value = np.where(sizes <= room[:, None], value, -np.inf)
        total += float((value.max(axis=1) + held[strip.rows]).sum())
    return total


def _required_worth(model: FlowModel, prices: Prices) -> tuple[Floats, Ints]:
    """Return what each mentee's required pairs earn less their prices, and how many they are."""
    problem, n = model.problem, model.n
    required = Assignment.of(model.required)
    mentee, mentor = required.pairs[:, 0], required.pairs[:, 1]
    items = gather_items(problem, required)
    worth = items.score - (prices.load + prices.match)[mentor]
    worth -= items.sponsored * prices.sponsorship[mentor]
    worth += kept_bonus(problem, mentee, mentor)
    total = np.asarray(np.bincount(mentee, weights=worth, minlength=n), dtype=np.float64)
    return total, np.bincount(mentee, minlength=n).astype(np.int64)


def _largest_sums(net: Floats, most: int) -> Floats:
    """Return the sum of the k largest entries of each row for k = 0 ... most: (b, most + 1)."""
    most = min(most, net.shape[1])
    sums = np.zeros((len(net), most + 1))
    if most == 0:
        return sums
    top = net if most == net.shape[1] else -np.partition(-net, most - 1, axis=1)[:, :most]
    sums[:, 1:] = np.cumsum(-np.sort(-top, axis=1), axis=1)
    return sums
