"""Exact optimum of problems whose welfare is a sum over pairs, and of the tiers of any problem.

The proof of a flow's optimum is one dual for every linking row, whatever the tiers. Potentials
of welfare alone prove nothing once tiers come first. A tier's potentials, times a factor, are
added: an arc that a tier shut out has an integer reduced cost of at least 1 there, so a factor
just large enough makes its combined reduced cost non-negative. The factors are the duals of the
tier rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matcher.errors import ConfigError, Finding
from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.rules.rule import Prices
from matcher.problem.value import forced_assignment, gather_items, kept_bonus, tier_values, welfare
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.flow.flow_model import FlowModel, Stage
from matcher.solver.flow.flow_network import Pairs, Strip
from matcher.solver.flow.singles import sum_over_pairs
from matcher.solver.limits import Clock
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
        and _has_unit_loads(problem)
    )


def _has_unit_loads(problem: Problem) -> bool:
    if not problem.n_mentees or problem.scores.block(np.zeros(1, dtype=np.int64)).load is None:
        return True
    for rows in problem.blocks():
        block = problem.scores.block(rows)
        if np.any((np.abs(block.loads - 1.0) > ONE) & np.isfinite(block.score)):
            return False
    return True


def solve_flow(problem: Problem, run: SolveRun) -> MethodAnswer:
    """Return the exact optimum, tiers first, with duals that prove it.

    Where the clock ends it, a flow over the pairs known by then, with the bound of its duals.

    Parameters
    ----------
    problem
        The instance.
    run
        Its clock and observer; a flow draws nothing and has no gap to stop at.

    Raises
    ------
    ConfigError
        If welfare is no sum over pairs or a match is not one place (E_CONFIG).
    """
    plain = sum_over_pairs(problem)
    if plain is None or not can_flow(problem):
        message = "method flow needs welfare that is a sum over pairs, and one place a match"
        raise ConfigError(Finding("E_CONFIG", message, "choose auto or portfolio", column="method"))
    problem, model = plain, FlowModel(plain)
    for stage in [*model.tier_stages(), model.welfare_stage()]:
        run.observer.on_phase(f"flow: {stage.name}")
        model.run(stage, run.clock)
    assignment = model.assignment()
    rows, y = duals_of(model, assignment)
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


@dataclass(frozen=True)
class TierTargets:
    """The lexicographic optimum of the tiers, or an upper bound on each."""

    targets: tuple[tuple[str, float], ...]
    """Name and value of each tier."""
    assignment: Assignment
    """A feasible assignment; it reaches the targets where they are exact."""
    exact: bool
    """Whether the targets can be reached; else they are bounds only."""


def tier_targets(problem: Problem) -> TierTargets:
    """Solve the tiers by flow, leaving out whatever only welfare depends on.

    Loads are relaxed to the whole number of the lightest matches that fit, reciprocal pairs to two
    one-way items, and 'either' people, opposite pairs and portfolio rules are left out: then the
    targets are bounds, the first of which is proved and the later ones only where those before are
    reached.

    Parameters
    ----------
    problem
        The instance, with tiers.
    """
    exact = is_flow(problem)
    model = FlowModel(problem if exact else _relaxed(problem))
    for stage in model.tier_stages():
        model.run(stage, Clock())
    found = model.assignment()
    targets = tier_values(model.problem, found)
    assignment = found if exact else _feasible_part(problem, found)
    return TierTargets(targets, assignment, exact)


@dataclass(frozen=True)
class _UnitItems:
    """Items of one place each, sides of reciprocal pairs among them."""

    inner: Scores
    mentee: Ints
    mentor: Ints
    score: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.inner.shape

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,), sorted ascending."""
        block = self.inner.block(rows)
        score = block.score.copy()
        here = np.flatnonzero(np.isin(self.mentee, rows))
        at = np.searchsorted(rows, self.mentee[here])
        np.maximum.at(score, (at, self.mentor[here]), self.score[here])
        sponsored = block.sponsorships.copy()
        # What can be made without a sponsorship takes none, or the targets would be too low.
        sponsored[at, self.mentor[here]] = False
        return ItemBlock(score, None, sponsored if sponsored.any() else None)


def _relaxed(problem: Problem) -> Problem:
    """Return a flow problem that holds every assignment of `problem`, with the same tiers."""
    mentee, mentor, score, _, _, _ = problem.listed
    most = float(problem.n_mentees)
    lightest = _lightest(problem)
    fits = np.where(lightest > 0, problem.capacity / np.maximum(lightest, 1e-300), most)
    return replace(
        problem,
        scores=_UnitItems(problem.scores, mentee, mentor, score),
        capacity=np.minimum(fits + 1e-9, most),
        required=forced_assignment(problem).pairs,
        required_reciprocal=np.empty(0, dtype=np.int64),
        reciprocal=None,
        fallback=None,
        person_mentor=None,
        rules=tuple(new for rule in problem.rules for new in rule.relaxed(problem, lightest)),
    )


def _lightest(problem: Problem) -> Floats:
    """Return the least load of an allowed item of each mentor: (m,), inf where there is none."""
    least = np.full(problem.n_mentors, np.inf)
    for rows in problem.blocks():
        block = problem.scores.block(rows)
        load = np.where(np.isfinite(block.score), block.loads, np.inf)
        least = np.minimum(least, load.min(axis=0))
    _, mentor, _, load, _, _ = problem.listed
    np.minimum.at(least, mentor, load)
    return least


def _feasible_part(problem: Problem, found: Assignment) -> Assignment:
    """Return the matches of a relaxed solution that fit together, forced ones first."""
    ledger = Ledger(problem)
    both = problem.reciprocal
    m = problem.n_mentors
    key = found.pairs @ np.array([m, 1])
    coupled = np.empty(0, dtype=np.int64)
    if both is not None:
        a, b = both.mentee_a * m + both.mentor_b, both.mentee_b * m + both.mentor_a
        for number in np.flatnonzero(np.isin(a, key) & np.isin(b, key)).tolist():
            if ledger.fits_reciprocal(np.array([number]))[0]:
                ledger.add_reciprocal(number)
        coupled = np.concatenate([a, b])
    one_way = found.pairs[~np.isin(key, coupled)]
    for i, j in one_way.tolist():
        block = problem.scores.block(np.array([i]))
        block = ledger.as_open(np.array([i]), block)
        item = i, j, float(block.loads[0, j]), bool(block.sponsorships[0, j])
        if np.isfinite(block.score[0, j]) and ledger.takes(*item):
            ledger.add(*item)
    return ledger.without_unfinished().assignment()


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
        needed = _needed(model, assignment, level, _Combined(factors, static, potential))
        # A hair more than needed, so that rounding never tips an arc over.
        factors[level] = needed * (1.0 + 1e-9)
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


def _needed(model: FlowModel, assignment: Assignment, level: int, now: _Combined) -> float:
    """Return the least factor of tier `level` that leaves no arc with a negative reduced cost."""
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
    others = Pairs(model.problem, assignment.pairs, model.pairs.nobody)
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
