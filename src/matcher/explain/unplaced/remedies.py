"""The cheapest changes that make room for one more person, with nobody else left without a mentor.

From what the residual network reaches from the person to what reaches a free place, one relaxed arc
is enough: one more place, one pair that may be matched after all, one pair that is released. Where
a pool or the programme is full as well, both are relaxed together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.arrays import Floats
from matcher.explain.unplaced.obstacles import ASKED, Element, ElementKind, Remedy, forced_cost
from matcher.explain.unplaced.residual import Nodes, Residual
from matcher.problem.instance import Instance

SHOWN = 3
"""Remedies that are told."""

LIFTED = 20
"""Pairs, the cheapest ones, that are looked at as remedies."""


@dataclass(frozen=True)
class Climb:
    """What it takes from each mentor's places up to a free place."""

    network: Residual
    free: Nodes

    @cached_property
    def costs(self) -> list[Floats]:
        """How many limits have to be raised by one for each node, level by level."""
        found: list[Floats] = []
        for level, free in reversed(list(zip(self.network.levels, self.free.levels, strict=True))):
            beyond = found[0][level.above] if found else 0.0
            found.insert(0, np.where(free, 0.0, (level.spare < 1) + beyond))
        return found

    @property
    def cost(self) -> Floats:
        """How many limits have to be raised by one for each mentor: (m,)."""
        return self.costs[0][: len(self.free.sponsor)]

    @property
    def sponsor_cost(self) -> Floats:
        """The same for a match that would be a sponsorship: (m,)."""
        full = self.network.spare_sponsor < 1
        return np.where(self.free.sponsor, 0.0, full + self.cost)

    def changes(self, node: int, *, first: int = 0, sponsored: bool = False) -> tuple[Element, ...]:
        """Return the limits that have to be raised for a node of level `first` and beyond."""
        raised = []
        if sponsored:
            if self.free.sponsor[node]:
                return ()
            if self.network.spare_sponsor[node] < 1:
                raised.append(Element(self.network.sponsorship, j=node))
        for level, free in zip(self.network.levels[first:], self.free.levels[first:], strict=True):
            if free[node]:
                break
            if level.spare[node] < 1:
                raised.append(Element(level.noun, j=node))
            node = int(level.above[node])
        return tuple(raised)


def remedies_of(
    instance: Instance, network: Residual, reached: Nodes, free: Nodes, prices: Floats
) -> list[Remedy]:
    """Return the cheapest remedies for the person from whom `reached` was reached.

    At equal cost a place with the mentor of the highest price comes first: it adds most.
    """
    climb = Climb(network, free)
    found = set(_raised(climb, reached, prices))
    if sum(remedy.cost < ASKED for remedy in found) < SHOWN:
        found |= {
            *_lifted(climb, network, reached),
            *_opened(climb, network, reached),
            *_released(instance, reached, free),
        }
    return sorted(found, key=lambda remedy: _rank(remedy, prices, network.levels[0].noun))[:SHOWN]


def _rank(
    remedy: Remedy, prices: Floats, places: str
) -> tuple[float, int, float, tuple[Element, ...]]:
    first = remedy.changes[0]
    price = float(prices[first.j]) if first.kind == places else 0.0
    return remedy.cost, len(remedy.changes), -price, remedy.changes


def _raised(climb: Climb, reached: Nodes, prices: Floats) -> Iterator[Remedy]:
    network, cost = climb.network, climb.cost
    could = np.flatnonzero(reached.mentor & (cost > 0))
    best = could[np.lexsort((could, -prices[could], cost[could]))][:SHOWN]
    for j in best.tolist():
        yield Remedy(climb.changes(j), float(cost[j]))
    for k, costs in enumerate(climb.costs[1:], 1):
        for node in np.flatnonzero(reached.levels[k] & (costs > 0)).tolist():
            yield Remedy(climb.changes(node, first=k), float(costs[node]))
    for j in np.flatnonzero(reached.sponsor & (network.spare_sponsor < 1)).tolist():
        full = Element(network.sponsorship, j=j)
        yield Remedy((full, *climb.changes(j)), 1.0 + float(cost[j]))


def _lifted(climb: Climb, network: Residual, reached: Nodes) -> Iterator[Remedy]:
    people = np.flatnonzero(reached.mentee)
    sponsored = network.obstacles.would_sponsor[people]
    cost = network.obstacles.lift[people] + np.where(sponsored, climb.sponsor_cost, climb.cost)
    few = np.argsort(cost, axis=None, kind="stable")[:LIFTED]
    for a, j in zip(*np.unravel_index(few, cost.shape), strict=True):
        if np.isfinite(cost[a, j]):
            above = climb.changes(int(j), sponsored=bool(sponsored[a, j]))
            pair = Element(ElementKind.PAIR, int(people[a]), int(j))
            yield Remedy((pair, *above), float(cost[a, j]))


def _opened(climb: Climb, network: Residual, reached: Nodes) -> Iterator[Remedy]:
    obstacles = network.obstacles
    if_open, would = obstacles.if_open[reached.mentee], obstacles.would_sponsor[reached.mentee]
    only = np.asarray((~if_open | would).all(axis=0), dtype=bool)
    cost = np.where(only, climb.sponsor_cost, climb.cost)
    for j in np.flatnonzero(if_open.any(axis=0)).tolist():
        changes = (Element(ElementKind.CLOSED, j=j), *climb.changes(j, sponsored=bool(only[j])))
        yield Remedy(changes, ASKED + float(cost[j]))


def _released(instance: Instance, reached: Nodes, free: Nodes) -> Iterator[Remedy]:
    """Yield the fixed pairs whose mentee has, or could find, somebody else."""
    forced = instance.problem.required
    helps = reached.mentor[forced[:, 1]] & free.mentee[forced[:, 0]]
    chosen = forced[helps]
    cost = forced_cost(instance, chosen[:, 0], chosen[:, 1])
    for (i, j), one in zip(chosen.tolist(), cost.tolist(), strict=True):
        yield Remedy((Element(ElementKind.FIXED, i, j),), one)
