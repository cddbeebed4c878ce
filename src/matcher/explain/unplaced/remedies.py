"""The cheapest changes that make room for one more person, with nobody else left without a mentor.

From what the residual network reaches from the person to what reaches a free place, one relaxed arc
is enough: one more place, one pair that may be matched after all, one pair that is released. Where
a pool or the programme is full as well, both are relaxed together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.explain.unplaced.elements import Element, Kind, Remedy
from matcher.explain.unplaced.obstacles import ASKED, forced_cost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.explain.unplaced.residual import Network, Nodes
    from matcher.features.base import Floats
    from matcher.problem.instance import Instance

SHOWN = 3
"""Remedies that are told."""

LIFTED = 20
"""Pairs, the cheapest ones, that are looked at as remedies."""


@dataclass(frozen=True)
class Climb:
    """What it takes from each mentor's places up to a free place."""

    network: Network
    free: Nodes

    def cost(self) -> Floats:
        """Return how many limits have to be raised by one for each mentor: (m,)."""
        network, free = self.network, self.free
        top = 0.0 if free.programme else 1.0
        pool = np.where(free.pool, 0.0, (network.spare_pool < 1) + top)
        own = (network.spare < 1) + pool[network.pool]
        return np.where(free.mentor, 0.0, own)

    def sponsor_cost(self) -> Floats:
        """Return the same for a match that would be a sponsorship: (m,)."""
        full = self.network.spare_sponsor < 1
        return np.where(self.free.sponsor, 0.0, full + self.cost())

    def changes(self, j: int, *, sponsored: bool = False) -> tuple[Element, ...]:
        """Return the limits that have to be raised for mentor `j`."""
        network, free = self.network, self.free
        if sponsored:
            full = not free.sponsor[j] and network.spare_sponsor[j] < 1
            own = () if free.sponsor[j] else self.changes(j)
            return (Element(Kind.SPONSORSHIP, j=j), *own) if full else own
        if free.mentor[j]:
            return ()
        pool, raised = int(network.pool[j]), []
        if network.spare[j] < 1:
            raised.append(Element(Kind.PLACE, j=j))
        if not free.pool[pool]:
            if network.spare_pool[pool] < 1:
                raised.append(Element(Kind.POOL, j=pool))
            if not free.programme:
                raised.append(Element(Kind.PROGRAMME))
        return tuple(raised)


def remedies_of(
    instance: Instance, network: Network, reached: Nodes, free: Nodes, prices: Floats
) -> list[Remedy]:
    """Return the cheapest remedies for the person from whom `reached` was reached.

    At equal cost a place with the mentor of the highest price comes first: it adds most.
    """
    climb = Climb(network, free)
    found = set(_raised(climb, network, reached, prices))
    if sum(remedy.cost < ASKED for remedy in found) < SHOWN:
        found |= {
            *_lifted(climb, network, reached),
            *_opened(climb, network, reached),
            *_released(instance, reached, free),
        }
    return sorted(found, key=lambda remedy: _rank(remedy, prices))[:SHOWN]


def _rank(remedy: Remedy, prices: Floats) -> tuple[float, int, float, tuple[Element, ...]]:
    first = remedy.changes[0]
    price = float(prices[first.j]) if first.kind is Kind.PLACE else 0.0
    return remedy.cost, len(remedy.changes), -price, remedy.changes


def _raised(climb: Climb, network: Network, reached: Nodes, prices: Floats) -> Iterator[Remedy]:
    cost = climb.cost()
    could = np.flatnonzero(reached.mentor & (cost > 0))
    best = could[np.lexsort((could, -prices[could], cost[could]))][:SHOWN]
    for j in best.tolist():
        yield Remedy(climb.changes(j), float(cost[j]))
    top = [] if climb.free.programme else [Element(Kind.PROGRAMME)]
    for p in np.flatnonzero(reached.pool[:-1] & ~climb.free.pool[:-1]).tolist():
        full = [Element(Kind.POOL, j=p)] if network.spare_pool[p] < 1 else []
        if full or top:
            yield Remedy((*full, *top), float(len(full) + len(top)))
    if reached.programme and top:
        yield Remedy(tuple(top), 1.0)
    for j in np.flatnonzero(reached.sponsor & (network.spare_sponsor < 1)).tolist():
        yield Remedy((Element(Kind.SPONSORSHIP, j=j), *climb.changes(j)), 1.0 + float(cost[j]))


def _lifted(climb: Climb, network: Network, reached: Nodes) -> Iterator[Remedy]:
    people = np.flatnonzero(reached.mentee)
    sponsored = network.obstacles.would_sponsor[people]
    cost = network.obstacles.lift[people] + np.where(sponsored, climb.sponsor_cost(), climb.cost())
    few = np.argsort(cost, axis=None, kind="stable")[:LIFTED]
    for a, j in zip(*np.unravel_index(few, cost.shape), strict=True):
        if np.isfinite(cost[a, j]):
            above = climb.changes(int(j), sponsored=bool(sponsored[a, j]))
            pair = Element(Kind.PAIR, int(people[a]), int(j))
            yield Remedy((pair, *above), float(cost[a, j]))


def _opened(climb: Climb, network: Network, reached: Nodes) -> Iterator[Remedy]:
    obstacles = network.obstacles
    if_open, would = obstacles.if_open[reached.mentee], obstacles.would_sponsor[reached.mentee]
    only = np.asarray((~if_open | would).all(axis=0), dtype=bool)
    cost = np.where(only, climb.sponsor_cost(), climb.cost())
    for j in np.flatnonzero(if_open.any(axis=0)).tolist():
        changes = (Element(Kind.CLOSED, j=j), *climb.changes(j, sponsored=bool(only[j])))
        yield Remedy(changes, ASKED + float(cost[j]))


def _released(instance: Instance, reached: Nodes, free: Nodes) -> Iterator[Remedy]:
    """Yield the fixed pairs whose mentee has, or could find, somebody else."""
    forced = instance.problem.required
    helps = reached.mentor[forced[:, 1]] & free.mentee[forced[:, 0]]
    chosen = forced[helps]
    cost = forced_cost(instance, chosen[:, 0], chosen[:, 1])
    for (i, j), one in zip(chosen.tolist(), cost.tolist(), strict=True):
        yield Remedy((Element(Kind.FIXED, i, j),), one)
