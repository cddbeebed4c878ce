"""A min-cost flow whose list of arcs grows, with exact potentials.

OR-Tools solves the flow and tells flows only. Potentials are shortest distances to the sink in the
residual network, in integers; they price arcs that are not in the list, and they are the duals.
"""

from typing import TypeVar

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints

Potential = TypeVar("Potential", "Ints", "Floats")

FREE, SHUT, FULL = 0, 1, 2
"""States of an arc: open to the next stage, held at no flow, held at its capacity."""


class FlowNetwork:
    """Arcs as arrays; the first ones stay, later ones (of capacity 1) are added as they price in.

    Attributes
    ----------
    tail, head, capacity, state, flow
        (a,) each.
    """

    def __init__(
        self, nodes: int, source: int, sink: int, tail: Ints, head: Ints, capacity: Ints
    ) -> None:
        self.nodes, self.source, self.sink = nodes, source, sink
        self.supply = int(capacity[tail == source].sum())
        # What finds no better way goes straight from source to sink.
        self.tail, self.head = np.append(tail, source), np.append(head, sink)
        self.capacity = np.append(capacity, self.supply)
        self.fixed = len(self.tail)
        self.state = np.full(self.fixed, FREE, dtype=np.int64)
        self.flow = np.zeros(self.fixed, dtype=np.int64)

    def add(self, tail: Ints, head: Ints) -> None:
        """Add arcs of capacity 1, without flow."""
        one = np.ones(len(tail), dtype=np.int64)
        self.tail, self.head = np.append(self.tail, tail), np.append(self.head, head)
        self.capacity = np.append(self.capacity, one)
        self.state, self.flow = np.append(self.state, FREE * one), np.append(self.flow, 0 * one)

    def solve(self, cost: Ints) -> None:
        """Find a flow of least cost (a,) among those that the arcs' states allow."""
        from ortools.graph.python import min_cost_flow

        balance = np.zeros(self.nodes, dtype=np.int64)
        balance[self.source], balance[self.sink] = self.supply, -self.supply
        full = self.state == FULL
        np.subtract.at(balance, self.tail[full], self.capacity[full])
        np.add.at(balance, self.head[full], self.capacity[full])
        solver = min_cost_flow.SimpleMinCostFlow()
        free = np.flatnonzero(self.state == FREE)
        arcs = solver.add_arcs_with_capacity_and_unit_cost(
            self.tail[free], self.head[free], self.capacity[free], cost[free]
        )
        solver.set_nodes_supplies(np.arange(self.nodes), balance)
        status = solver.solve()
        if status != solver.OPTIMAL:
            # Cannot happen: the flow of the stage before is feasible, and costs are bounded.
            raise RuntimeError(f"the flow solver ended with {status.name}")
        self.flow = np.where(full, self.capacity, 0)
        self.flow[free] = solver.flows(arcs)

    def residual(self) -> tuple[Bools, Bools]:
        """Return which arcs can take more flow and which can give some back: (a,) each."""
        free = self.state == FREE
        return free & (self.flow < self.capacity), free & (self.flow > 0)

    def potentials(self, cost: Ints) -> Ints:
        """Return each node's least cost of reaching the sink in the residual network: (nodes,).

        Nodes that cannot reach it are given the largest cost plus one as a way of their own, which
        any potential may have.
        """
        onward, back = self.residual()
        tail = np.concatenate([self.tail[onward], self.head[back]])
        head = np.concatenate([self.head[onward], self.tail[back]])
        price = np.concatenate([cost[onward], -cost[back]])
        far = int(np.abs(cost).max(initial=0)) + 1
        distance = np.full(self.nodes, far, dtype=np.int64)
        distance[self.sink] = 0
        changed = np.ones(self.nodes, dtype=bool)
        while changed.any():
            touched = changed[head]
            before = distance.copy()
            np.minimum.at(distance, tail[touched], price[touched] + distance[head[touched]])
            changed = distance < before
        return distance

    def reduced(self, cost: Potential, potential: Potential) -> Potential:
        """Return ``cost + potential(head) - potential(tail)`` of every arc: (a,)."""
        found: Potential = cost + potential[self.head] - potential[self.tail]
        return found

    def hold(self, reduced: Ints) -> None:
        """Keep to the optimal flows of a stage with these reduced costs (a,)."""
        free = self.state == FREE
        self.state[free & (reduced > 0)] = SHUT
        self.state[free & (reduced < 0)] = FULL
