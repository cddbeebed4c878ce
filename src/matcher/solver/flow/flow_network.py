"""A min-cost flow whose list of arcs grows, with exact potentials.

OR-Tools solves the flow and tells flows only. Potentials are shortest distances to the sink in the
residual network, in integers; they price arcs that are not in the list, and they are the duals.
The pairs of a problem, from which arcs are added, are read in strips.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.solver.score_sources import entries_of_rows, listed_pairs, padded

Potential = TypeVar("Potential", "Ints", "Floats")

FREE, SHUT, FULL = 0, 1, 2
"""States of an arc: open to the next stage, held at no flow, held at its capacity."""


STRIP = 400_000
"""Pairs read at once, so that they stay in the processor's cache."""

PAIRS_HELD = 30_000_000
"""Pairs up to which what they earn is kept in memory, 8 bytes each: most passes then cost little
beside reading features again."""


class FlowNetwork:
    """Arcs as arrays; the first ones stay, later ones (of capacity 1) are added as they price in.

    Attributes
    ----------
    tail, head, capacity, state, flow
        (a,) each.
    """

    def __init__(self, sink: int, tail: Ints, head: Ints, capacity: Ints) -> None:
        """Build it; the source is node 0 and the sink the last one."""
        self.sink, self.nodes = sink, sink + 1
        self.supply = int(capacity[tail == 0].sum())
        # What finds no better way goes straight from source to sink.
        self.tail, self.head = np.append(tail, 0), np.append(head, sink)
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
        balance[0], balance[self.sink] = self.supply, -self.supply
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

    def potentials(self, cost: Ints) -> Ints:
        """Return each node's least cost of reaching the sink in the residual network: (nodes,).

        Nodes that cannot reach it are given the largest cost plus one as a way of their own, which
        any potential may have.
        """
        free = self.state == FREE
        onward, back = free & (self.flow < self.capacity), free & (self.flow > 0)
        tail = np.concatenate([self.tail[onward], self.head[back]])
        head = np.concatenate([self.head[onward], self.tail[back]])
        price = np.concatenate([cost[onward], -cost[back]])
        distance = np.full(self.nodes, int(np.abs(cost).max(initial=0)) + 1, dtype=np.int64)
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

    def fill(self, arcs: slice) -> None:
        """Hold some arcs full, whatever it costs, and open all others again."""
        self.state[:] = FREE
        self.state[arcs] = FULL

    def hold(self, reduced: Ints) -> None:
        """Keep to the optimal flows of a stage with these reduced costs (a,)."""
        free = self.state == FREE
        self.state[free & (reduced > 0)] = SHUT
        self.state[free & (reduced < 0)] = FULL


@dataclass(frozen=True)
class Strip:
    """Pairs of some mentees with every mentor, or with those who are listed for each."""

    rows: Ints
    """(b,)"""
    gain: Floats
    """(b, w) what each pair earns; -inf where it is not allowed or left out."""
    sponsored: Bools | None
    """(b, w)"""
    mentor: Ints
    """Mentor of each pair, which broadcasts to (b, w); any where the gain is -inf."""

    def mentors(self, row: Ints, column: Ints) -> Ints:
        """Return the mentors of some pairs of the strip."""
        return np.asarray(np.broadcast_to(self.mentor, self.gain.shape)[row, column])

    def entries(self, matrix: sparse.csr_array) -> Floats:
        """Return what a matrix (n, m) says of each pair: (b, w)."""
        own = matrix[self.rows].toarray()
        return np.asarray(own if len(self.mentor) == 1 else np.take_along_axis(own, self.mentor, 1))


class Pairs:
    """Allowed pairs of a problem whose welfare is a sum over pairs, in strips.

    Parameters
    ----------
    problem
        The instance.
    left_out
        (k, 2) pairs that are left out.
    nobody
        (m,) mentors who are left out; None: none is.
    """

    def __init__(self, problem: Problem, left_out: Ints, nobody: Bools | None = None) -> None:
        self.problem, self.nobody = problem, nobody
        kept = problem.kept_pairs if problem.kept_bonus else problem.kept_pairs[:0]
        pairs = np.concatenate([left_out, kept])
        added = np.repeat([-np.inf, problem.kept_bonus], [len(left_out), len(kept)])
        self.added = sparse.csr_array((added, (pairs[:, 0], pairs[:, 1])), problem.scores.shape)
        self.listed = listed_pairs(problem.scores)
        self.is_small = problem.n_mentees * problem.n_mentors <= PAIRS_HELD
        self.is_held = self.is_small or self.listed is not None
        self._held: tuple[Strip, ...] = ()

    def strips(self) -> Iterator[Strip]:
        """Yield all pairs, block by block; they are read once where they are few."""
        if self.is_held and not self._held:
            self._held = tuple(map(self._open, self._read()))
        yield from self._held or map(self._open, self._read())

    def _open(self, strip: Strip) -> Strip:
        """Return a strip without the mentors who are left out."""
        if self.nobody is None or not self.nobody.any():
            return strip
        return replace(strip, gain=np.where(self.nobody[strip.mentor], -np.inf, strip.gain))

    def _read(self) -> Iterator[Strip]:
        if self.listed is not None:
            yield from self._of_list(self.listed)
            return
        mentors = np.arange(self.problem.n_mentors)[None, :]
        for rows in self.problem.blocks(STRIP):
            block = self.problem.scores.block(rows)
            gain = block.score
            row, column, added = entries_of_rows(self.added, rows)
            if len(row):
                gain = gain.copy()
                gain[row, column] += added
            yield Strip(rows, gain, block.sponsored, mentors)

    def _of_list(self, pairs: sparse.csr_array) -> Iterator[Strip]:
        """Yield the pairs that are listed."""
        if self.added.nnz:
            one = sparse.csr_array((np.ones(pairs.nnz), pairs.indices, pairs.indptr), pairs.shape)
            pairs = sparse.csr_array(pairs + one.multiply(self.added))
        step = max(1, STRIP // max(1, int(np.diff(pairs.indptr).max(initial=0))))
        for start in range(0, pairs.shape[0], step):
            rows = np.arange(start, min(start + step, pairs.shape[0]))
            mentor, gain = padded(pairs, rows)
            yield Strip(rows, gain, None, np.maximum(mentor, 0))


def best_columns(gain: Floats, width: int) -> tuple[Ints, Ints]:
    """Return row and column of the `width` largest finite entries of each row."""
    width = min(width, gain.shape[1])
    if width < gain.shape[1]:
        column = np.argpartition(-gain, width - 1, axis=1)[:, :width]
    else:
        column = np.broadcast_to(np.arange(width), gain.shape)
    row = np.repeat(np.arange(len(gain)), width)
    column = column.ravel()
    known = np.isfinite(gain[row, column])
    return row[known], column[known].astype(np.int64)
