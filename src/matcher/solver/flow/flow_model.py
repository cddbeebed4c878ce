"""Min-cost flow over priced arcs for problems whose welfare is a sum over pairs.

The flow starts with each mentee's best pairs, and every pair that prices in at the potentials is
added until none does: exact over all pairs without a list of all of them. Tiers come first, one
after the other: each is solved with its own small integer costs, and only flows that are optimal
for it go on (an arc with a reduced cost of another sign than 0 is held at none or at its
capacity).

Welfare is scaled to integers by a power of two so that the largest gain is about 2**36; with N
matches the optimum of the scaled problem is within ``N / scale`` of the true one, some 1e-11 of the
largest gain a match. The answer is valued in floats.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints, Problem
from matcher.problem.rules.held_tiers import TierAmount
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.value import used_items
from matcher.solver.flow.auction import auction_prices
from matcher.solver.flow.flow_network import FlowNetwork, Pairs, Potential, Strip, best_columns
from matcher.solver.limits import Clock
from matcher.solver.model.seat_classes import SeatClasses

ArcEntries = tuple["Ints", "Ints", "Floats", "Ints"]
"""Mentee, mentor, gain and sponsorship of some pairs."""

FIRST_WIDTH = 12
"""Pairs a mentee that the flow starts with."""

NARROW = 48
"""Listed pairs a mentee up to which it starts with all of them."""

ADDED_WIDTH = 16
"""Pairs a mentee that are added in one round."""

BITS = 36
"""Bits of the largest scaled gain: sums along any path stay far below 2**63, and what rounding
costs stays far below any gap that is asked for. A power of two, so that scaling itself is exact."""


@dataclass(frozen=True)
class Stage:
    """One goal with its integer costs and, once solved, its potentials."""

    name: str
    static: Ints
    """Cost of the arcs that are no pairs."""
    scale: float
    """Units of a pair's gain; 0 where it counts nothing (tiers)."""
    tier: TierAmount | None = None
    """What pairs count for by themselves, in whole numbers; None: nothing."""
    potential: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def has_pairs(self) -> bool:
        """Whether pairs count for anything by themselves."""
        return self.tier is not None and self.tier.pairs is not None

    def points(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return what pairs count for in the tier, 0 in welfare; they broadcast."""
        if self.tier is None or self.tier.pairs is None:
            return np.zeros(np.broadcast_shapes(mentee.shape, mentor.shape), dtype=np.int64)
        return self.tier.of_matches(mentee, mentor).astype(np.int64)

    def points_of(self, strip: Strip) -> Ints:
        """Return the same of the pairs of a strip: (b, w), or (1, 1) of 0."""
        if self.tier is None or self.tier.pairs is None:
            return np.zeros((1, 1), dtype=np.int64)
        return strip.entries(self.tier.pairs).astype(np.int64)


class FlowModel:
    """The network of a problem: source, mentees, their seats, mentors, pools, sink.

    With seats a mentee's places are one a class: those that must be filled come from the source
    itself, further ones by way of the mentee.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.n, self.m = problem.n_mentees, problem.n_mentors
        self.required = problem.required.reshape(-1, 2)
        self.seats = SeatClasses.of(problem)
        nobody = None if self.seats is None else self.seats.of_mentor < 0
        self.pairs = Pairs(problem, self.required, nobody)
        self.pair = np.empty((0, 2), dtype=np.int64)
        self.gain = np.empty(0)
        self.stages: list[Stage] = []
        self.largest = 0.0
        self.solves = 0
        self.stopped = False
        self._lay_out()
        self._start()

    def _lay_out(self) -> None:
        """Give nodes their numbers and make the arcs that are no pairs."""
        problem = self.problem
        self.arcs = self._limit_arcs()
        held = used_items(problem, Assignment.of(self.required))
        parts = self._slots(np.bincount(held.mentee, minlength=self.n))
        parts += self._seat_arcs()
        # One more than can ever be used, so that a limit that does not bind has no price.
        last = int(problem.limit.sum()) + 1 - len(self.required)
        for limit in problem.limits:
            tail, head = self.arcs[limit.kind]
            left = np.floor(limit.rhs(problem) + 1e-9).astype(np.int64)
            left -= np.rint(limit.used(held)).astype(np.int64)
            if limit.unit is Unit.MATCH:
                last = min(last, int(left.min()))
            else:
                parts.append((tail, head, left))
        parts.append((np.array([self.hub]), np.array([self.sink]), np.array([last])))
        tail, head, capacity = (np.concatenate(part) for part in zip(*parts, strict=True))
        self.network = FlowNetwork(self.sink, tail, head, np.maximum(capacity, 0))

    def _limit_arcs(self) -> dict[str, tuple[Ints, Ints]]:
        """Give nodes their numbers; return tail and head of each limit's arcs, by kind.

        A match goes to the mentor, a sponsorship by way of the mentor's sponsorships, then through
        every limit on loads that the mentor is under, and by the hub to the sink.
        """
        by_unit: dict[Unit, list[Limit]] = {unit: [] for unit in Unit}
        for limit in self.problem.limits:
            by_unit[limit.unit].append(limit)
        places, *shared = by_unit[Unit.LOAD]
        mentors = np.arange(self.m)
        self.seat_node = 1 + self.n
        self.mentor_node = self.seat_node + self.n * (self.seats.count if self.seats else 0)
        self.sponsor_node = self.mentor_node + self.m
        self.has_sponsors = bool(by_unit[Unit.SPONSORSHIP])
        node = self.sponsor_node + self.m * self.has_sponsors
        self.hub = node + sum(len(limit.most) for limit in shared)
        self.sink = self.hub + 1
        last = np.array([self.hub]), np.array([self.sink])
        arcs = {limit.kind: last for limit in by_unit[Unit.MATCH]}
        own = self.sponsor_node + mentors, self.mentor_node + mentors
        arcs |= {limit.kind: own for limit in by_unit[Unit.SPONSORSHIP]}
        onward = np.full(self.m, self.hub)
        for limit in reversed(shared):
            tail, inside = node + np.arange(len(limit.most)), limit.group >= 0
            head = np.full(len(tail), self.hub)
            head[limit.group[inside]] = onward[inside]
            onward = np.where(inside, node + limit.group, onward)
            arcs[limit.kind], node = (tail, head), node + len(tail)
        return {**arcs, places.kind: (self.mentor_node + mentors, onward)}

    def _slots(self, size: Ints) -> list[tuple[Ints, Ints, Ints]]:
        """Return the arcs of each mentee's first match, those up to the minimum, and the rest."""
        limit, tiers = self.problem.limit, self.problem.tiers
        if self.seats is not None:
            size = size + int(self.seats.least.sum())
        minimum = np.zeros(self.n, dtype=np.int64)
        if tiers is not None and tiers.minimum is not None:
            minimum = np.minimum(tiers.minimum, limit)
        first = ((size == 0) & (limit >= 1)).astype(np.int64)
        taken = np.maximum(size, 1)
        second = np.maximum(minimum - taken, 0)
        rest = np.maximum(limit - np.maximum(taken, minimum), 0)
        tail, head = np.zeros(self.n, dtype=np.int64), 1 + np.arange(self.n)
        return [(tail, head, part) for part in (first, second, rest)]

    def _seat_arcs(self) -> list[tuple[Ints, Ints, Ints]]:
        """Return the arcs to each seat: further places by way of the mentee, and those asked for.

        Who may have fewer than all seats ask for has none.
        """
        seats = self.seats
        if seats is None:
            return []
        count = self.n * seats.count
        node, mentee = self.seat_node + np.arange(count), np.repeat(np.arange(self.n), seats.count)
        may = self.problem.limit[mentee] >= seats.least.sum()
        further, asked = (
            np.tile(part, self.n) * may for part in (seats.most - seats.least, seats.least)
        )
        return [(1 + mentee, node, further), (np.zeros(count, dtype=np.int64), node, asked)]

    @property
    def asked(self) -> slice:
        """Where the arcs of the places that seats ask for stand."""
        count = self.mentor_node - self.seat_node
        return slice(3 * self.n + count, 3 * self.n + 2 * count)

    def seat_stage(self) -> Stage:
        """Return as a goal that as many of the places are filled that seats ask for as can be."""
        cost = np.zeros(self.network.fixed, dtype=np.int64)
        cost[self.asked] = -1
        return Stage("seats", cost, 0.0)

    def fill_seats(self, clock: Clock) -> bool:
        """Fill every place that seats ask for, for good; return whether that can be."""
        self.run(self.seat_stage(), clock)
        network = self.network
        if (network.flow < network.capacity)[self.asked].any():
            return False
        self.stages.clear()
        network.fill(self.asked)
        return True

    def tail(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return the node that pairs leave: the mentee, or the seat that the mentor takes."""
        if self.seats is None:
            return 1 + mentee
        kind = self.seats.of_mentor[mentor]
        return np.asarray(self.seat_node + mentee * self.seats.count + kind)

    def tier_stages(self) -> list[Stage]:
        """Return the tiers, most important first."""
        if self.problem.tiers is None:
            return []
        most = max(2, int(self.problem.limit.max(initial=1)))
        return [
            Stage(tier.name, self._slot_costs(-_steps(tier.by_size)), 0.0, tier)
            for tier in self.problem.tiers.amounts(most)
        ]

    def welfare_stage(self) -> Stage:
        """Return the welfare as a goal."""
        largest = max(self.largest, self.problem.min_gain)
        scale = 2.0 ** (BITS - int(np.ceil(np.log2(largest)))) if largest > 0 else 1.0
        further = np.full(self.n, round(self.problem.min_gain * scale))
        steps = np.column_stack([np.zeros(self.n, dtype=np.int64), further, further])
        return Stage("welfare", self._slot_costs(steps), scale)

    def _slot_costs(self, steps: Ints) -> Ints:
        """Spread the costs of first, second and further matches (n, 3) to all static arcs."""
        cost = np.zeros(self.network.fixed, dtype=np.int64)
        cost[: 3 * self.n] = steps.T.ravel()
        return cost

    def costs(self, stage: Stage) -> Ints:
        """Return the cost of every arc at a stage."""
        pair = np.rint(self.gain * stage.scale).astype(np.int64)
        return np.concatenate([stage.static, -pair - stage.points(*self.pair.T)])

    def _add(self, parts: list[ArcEntries]) -> None:
        """Add pairs of several strips to the network."""
        mentee, mentor, gain, sponsored = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        self.pair = np.concatenate([self.pair, np.column_stack([mentee, mentor])])
        self.gain = np.concatenate([self.gain, gain])
        base = np.where(sponsored > 0, self.sponsor_node, self.mentor_node)
        self.network.add(self.tail(mentee, mentor), base + mentor)

    def _start(self) -> None:
        """Put each mentee's best pairs into the network."""
        parts, price = [], self._advice()
        for strip in self.pairs.strips():
            for gain in self._by_seat(strip):
                width = gain.shape[1] if gain.shape[1] <= NARROW else FIRST_WIDTH
                row, column = best_columns(gain - price[strip.mentor], width)
                parts.append(self._entries(strip, row, column))
            finite = np.where(np.isfinite(strip.gain), strip.gain, 0.0)
            highest, lowest = float(finite.max(initial=0.0)), float(finite.min(initial=0.0))
            self.largest = max(self.largest, highest, -lowest)
        self._add(parts)

    def _by_seat(self, strip: Strip) -> Iterator[Floats]:
        """Yield what the pairs of a strip earn, those of other seats left out: (b, w) each."""
        if self.seats is None:
            yield strip.gain
            return
        kind = self.seats.of_mentor[strip.mentor]
        for number in range(self.seats.count):
            yield np.where(kind == number, strip.gain, -np.inf)

    def _advice(self) -> Floats:
        """Return about what places are worth: (m,), zeros where nobody has asked."""
        listed = self.pairs.listed is not None
        if listed or not self.pairs.is_small or self.problem.max_size > 1:
            return np.zeros(self.m)
        gain = [strip.gain.astype(np.float32) for strip in self.pairs.strips()]
        return auction_prices(np.concatenate(gain), self.problem.capacity)

    def _entries(self, strip: Strip, row: Ints, column: Ints) -> ArcEntries:
        sponsored = np.zeros(len(row), dtype=np.int64)
        if strip.sponsored is not None and self.has_sponsors:
            sponsored = strip.sponsored[row, column].astype(np.int64)
        return strip.rows[row], strip.mentors(row, column), strip.gain[row, column], sponsored

    def run(self, stage: Stage, clock: Clock) -> None:
        """Solve a goal over all pairs; later goals keep to its optimal flows.

        Once the time is over it is solved over the pairs known by then, and `stopped` is set.
        """
        while True:
            cost = self.costs(stage)
            self.network.solve(cost)
            self.solves += 1
            stage = replace(stage, potential=self.network.potentials(cost))
            self.stopped = self.stopped or not clock.within(1.0)
            if self.stopped or not self._price(stage):
                break
        self.stages.append(stage)
        self.network.hold(self.network.reduced(cost, stage.potential))

    def entered(self, strip: Strip, potential: Potential) -> Potential:
        """Return the potential of the node that each pair enters: (1, w) or (b, w)."""
        mentor = potential[self.mentor_node + strip.mentor]
        if strip.sponsored is None or not self.has_sponsors:
            return mentor
        return np.where(strip.sponsored, potential[self.sponsor_node + strip.mentor], mentor)

    def left(self, strip: Strip, potential: Potential) -> Potential:
        """Return the potential of the node that each pair leaves: (b, 1) or (b, w)."""
        rows = strip.rows[:, None]
        found: Potential = potential[self.tail(rows, strip.mentor if self.seats else rows)]
        return found

    def tier_cost(self, stage: Stage, strip: Strip) -> Ints:
        """Return the reduced cost of each pair of a strip in a solved tier: (b, m)."""
        reduced = self.entered(strip, stage.potential) - self.left(strip, stage.potential)
        return reduced - stage.points_of(strip) if stage.has_pairs else reduced

    def _price(self, stage: Stage) -> bool:
        """Add pairs outside the network that would lower the cost; return whether there are any."""
        known = np.sort(self.pair[:, 0] * self.m + self.pair[:, 1])
        found = [self._price_strip(stage, strip, known) for strip in self.pairs.strips()]
        self._add(found)
        return any(len(part[0]) for part in found)

    def _price_strip(self, stage: Stage, strip: Strip, known: Ints) -> ArcEntries:
        worth = self._worth(stage, strip)
        good = np.isfinite(worth) if stage.scale == 0 else worth > -1.0 / stage.scale
        for before in self.stages:
            good &= self.tier_cost(before, strip) == 0
        count = int(np.count_nonzero(good))
        if count > 2 * ADDED_WIDTH * len(strip.rows):
            row, column = best_columns(np.where(good, worth, -np.inf), 2 * ADDED_WIDTH)
            row, column = self._new(stage, strip, known, row, column)
            if len(row):
                return self._best(strip, worth, row, column)
        row, column = self._new(stage, strip, known, *np.nonzero(good))
        return self._best(strip, worth, row, column)

    def _best(self, strip: Strip, worth: Floats, row: Ints, column: Ints) -> ArcEntries:
        best = _best_entries(row, worth[row, column], ADDED_WIDTH)
        return self._entries(strip, row[best], column[best])

    def _worth(self, stage: Stage, strip: Strip) -> Floats:
        """Return what pairs add at the potentials; at a tier, the gain of those that help it."""
        fall = -self.tier_cost(stage, strip)
        if stage.scale == 0:
            return np.where(fall > 0, strip.gain, -np.inf)
        return np.asarray(strip.gain + fall / stage.scale)

    def _new(
        self, stage: Stage, strip: Strip, known: Ints, row: Ints, column: Ints
    ) -> tuple[Ints, Ints]:
        """Return the pairs outside the network whose reduced cost is < 0 in integers."""
        mentee, mentor = strip.rows[row], strip.mentors(row, column)
        key = mentee * self.m + mentor
        at = np.minimum(np.searchsorted(known, key), max(len(known) - 1, 0))
        new = known[at] != key if len(known) else np.ones(len(key), dtype=bool)
        row, column, mentee, mentor = row[new], column[new], mentee[new], mentor[new]
        cost = -np.rint(strip.gain[row, column] * stage.scale).astype(np.int64)
        cost -= stage.points(mentee, mentor)
        entered = self.entered(strip, stage.potential)
        entered = np.broadcast_to(entered, strip.gain.shape)[row, column]
        good = cost + entered - stage.potential[self.tail(mentee, mentor)] < 0
        return row[good], column[good]

    @property
    def rounding(self) -> float:
        """What scaling to integers may have cost, in units of welfare."""
        return float(self.problem.limit.sum()) / self.stages[-1].scale

    def assignment(self) -> Assignment:
        """Return the matches of the flow, required ones included."""
        chosen = self.pair[self.network.flow[self.network.fixed :] > 0]
        return Assignment.of(np.concatenate([self.required, chosen]))


def _steps(amount: Floats) -> Ints:
    """Return what a first, a second (below the minimum) and a further match count for: (n, 3)."""
    first, second = amount[:, 1] - amount[:, 0], amount[:, 2] - amount[:, 1]
    return np.column_stack([first, second, np.zeros(len(amount))]).astype(np.int64)


def _best_entries(row: Ints, worth: Floats, width: int) -> Ints:
    """Return which of a list of entries are among the `width` largest of their row."""
    order = np.lexsort((-worth, row))
    sorted_row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(sorted_row, sorted_row)
    return np.asarray(np.sort(order[rank < width]))
