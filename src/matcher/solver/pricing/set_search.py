"""Best portfolios among candidates, exactly: branch and bound for many mentees at once.

V is submodular (coverage is a weighted matroid rank capped at 1, like pairs are a penalty), so
what a further mentor adds never grows with the set. A node's bound is therefore its value plus
the best marginals given the node: the bound from the *residual* need. Nodes of a whole block of
mentees are expanded together, level by level, as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import are_alike, held_cover, is_concave, utility
from matcher.solver.model.portfolio_tables import ArrayTable, CandidateItems, keys_of_codes
from matcher.solver.model.seat_classes import largest

CHUNK = 3_000_000
"""Numbers in the largest temporary array of one expansion."""

STARTS, SECONDS = 5, 2
"""First members from which greedy sets are built, and how many second ones beside each."""


@dataclass(frozen=True)
class PricingTask:
    """What is maximised: ``U(V(S)) - price(S) + bonus(|S|)`` for each mentee of a block.

    ``slope`` and ``shift`` are a tangent of U: ``U(V) <= shift + slope * V`` for V >= 0.
    """

    candidates: CandidateItems
    mentor: Ints
    """(b, P) of each candidate, 0 for padding."""
    price: Floats
    """(b, P) of each candidate."""
    bonus: Floats
    """(b, K + 1) by size of portfolio."""
    slope: Floats
    """(b,)"""
    shift: Floats
    """(b,)"""
    required: Bools
    """(b, P) candidates that every set holds."""
    seats: SeatPlaces | None = None
    """Where every place of a portfolio is some seat's."""

    def best_columns(self, bound: Floats, width: int) -> Ints:
        """Return the columns of the `width` largest of each row of bounds (b, P): (b, <= width).

        With seats every class has its share of them.
        """
        if width >= bound.shape[1]:
            return np.broadcast_to(np.arange(bound.shape[1]), bound.shape)
        if self.seats is None:
            return np.argpartition(-bound, width - 1, axis=1)[:, :width]
        share = (self.seats.asked + 1) * width // (self.seats.size + len(self.seats.asked))
        return replace(self.seats, asked=np.maximum(share, 1)).chosen(bound)


@dataclass(frozen=True)
class SeatPlaces:
    """Seats of which a set fills every place: as many members of each class, or nobody."""

    kind: Ints
    """(b, P) class of each candidate, -1 for padding."""
    asked: Ints
    """(c,) members of each class."""

    @property
    def size(self) -> int:
        """Members of every set."""
        return int(self.asked.sum())

    def chosen(self, values: Floats) -> Ints:
        """Return the positions of a set of the largest values (b, P): (b, size)."""
        parts = []
        for number, asked in enumerate(self.asked.tolist()):
            mine = np.where(self.kind == number, -values, np.inf)
            width = min(asked, mine.shape[1])
            parts.append(np.argpartition(mine, width - 1, axis=1)[:, :width])
        return np.concatenate(parts, axis=1)

    def beside(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the largest sum of a set's other members beside each, and of all: (b, P), (b,).

        Parameters
        ----------
        values
            (b, P); -inf for none.
        """
        tops = [
            largest(np.where(self.kind == number, values, -np.inf), asked)
            for number, asked in enumerate(self.asked.tolist())
        ]
        rest = np.full(values.shape, -np.inf)
        for number, top in enumerate(tops):
            others = sum(one.sum(axis=1) for k, one in enumerate(tops) if k != number)
            own = others + top[:, :-1].sum(axis=1)
            rest = np.where(self.kind == number, np.reshape(own, (-1, 1)), rest)
        return rest, np.asarray(sum(top.sum(axis=1) for top in tops))


@dataclass(frozen=True)
class FoundSets(ArrayTable):
    """Portfolios of some mentees, one a row."""

    row: Ints
    """(q,) row of the block."""
    position: Ints
    """(q, K) candidate positions, -1 for none."""
    value: Floats
    """(q,) V of the set."""
    reduced: Floats
    """(q,) U(V) - price + bonus."""


@dataclass(frozen=True)
class _Nodes(ArrayTable):
    """Partial sets: the search frontier."""

    row: Ints
    position: Ints
    last: Ints
    value: Floats
    price: Floats
    best: Floats
    second: Floats

    def __len__(self) -> int:
        return len(self.row)

    @property
    def size(self) -> Ints:
        """(N,) members of each set."""
        return np.asarray((self.position >= 0).sum(axis=1))


class Search:
    """Branch and bound over candidates of one block."""

    def __init__(
        self, problem: Problem, task: PricingTask, floor: Floats, slack: float = 0.0
    ) -> None:
        """Prepare the search.

        Parameters
        ----------
        problem
            The instance.
        task
            What is maximised over which candidates.
        floor
            (b,) values known to be attained; only sets above ``floor - slack`` are looked for.
        slack
            How far below the best a set may be and still be returned.
        """
        self.problem, self.task, self.slack = problem, task, slack
        self.best = floor.copy()
        self.max_size = task.bonus.shape[1] - 1
        mentees = task.candidates.mentee
        self.limit = np.minimum(problem.limit[mentees], self.max_size)
        self.mentor = task.mentor
        self.valid = task.candidates.code >= 0
        self.needs = None if problem.needs is None else problem.needs[mentees]
        self.found: list[FoundSets] = []

    @cached_property
    def keys(self) -> Ints:
        """What rules that hang on approaches read of the candidates: (b, P)."""
        return np.maximum(keys_of_codes(self.problem, self.task.candidates.code), 0)

    def _read_by(self, rule: PortfolioRule) -> Ints:
        return self.keys if rule.by_approach else self.mentor

    @cached_property
    def offers(self) -> Floats:
        """Offers of the candidates by facet, which every node of a mentee shares: (f, b, P)."""
        return np.ascontiguousarray(present(self.problem.offers).T)[:, self.mentor]

    def run(self) -> FoundSets:
        """Return every set found above the floor (less slack), best included; may be empty."""
        nodes = self._root()
        self._record(nodes)
        stack = [nodes]
        while stack:
            nodes = stack.pop()
            size = self._chunk()
            if len(nodes) > size:
                stack.append(nodes.take(np.arange(size, len(nodes))))
                nodes = nodes.take(np.arange(size))
            children = self._expand(nodes)
            if len(children):
                stack.append(children)
        sets = self._found_sets()
        return sets.take(np.flatnonzero(sets.reduced >= self.best[sets.row] - self.slack))

    def spread(self, liked: Floats) -> FoundSets:
        """Return greedy sets from several first members: many, good, not all.

        Each first member is joined by the best few beside it, and these sets are extended by their
        best marginal until the limit; every step is returned.

        Parameters
        ----------
        liked
            (b, P) what candidates are chosen by as first members. By the modular bound, which
            tells what each is worth beside others, five lead to better sets than eight of those
            who are worth most alone.
        """
        size = self._chunk()
        root = self._root()
        step = max(1, size // (STARTS * SECONDS))
        for begin in range(0, len(root), step):
            nodes = root.take(np.arange(begin, min(begin + step, len(root))))
            self._record(nodes, all_of_them=True)
            self._spread_from(nodes, liked)
        return self._found_sets()

    def singles(self) -> FoundSets:
        """Return every portfolio of one further candidate beside the required ones."""
        nodes = self._root()
        self._record(nodes, all_of_them=True)
        nodes = self._open(nodes)
        gain = self._gains(nodes)
        node, slot = np.nonzero(np.isfinite(gain))
        self._record(self._child(nodes, node, slot, gain), all_of_them=True)
        return self._found_sets()

    def _spread_from(self, nodes: _Nodes, liked: Floats) -> None:
        for step in range(self.max_size):
            nodes = self._open(nodes)
            if not len(nodes):
                return
            gain = self._gains(nodes)
            row = nodes.row
            if step == 0:
                worth, count = np.where(np.isfinite(gain), liked[row], -np.inf), STARTS
            else:
                worth = self.task.slope[row, None] * gain - self.task.price[row]
                count = SECONDS if step == 1 else 1
            count = min(count, gain.shape[1])
            if count == 1:
                slot = worth.argmax(axis=1)[:, None]
            else:
                slot = np.argpartition(-worth, count - 1, axis=1)[:, :count]
            node = np.repeat(np.arange(len(nodes)), count)
            slot = slot.ravel()
            real = np.flatnonzero(np.isfinite(gain[node, slot]))
            nodes = self._child(nodes, node[real], slot[real], gain)
            self._record(nodes, all_of_them=True)

    def _found_sets(self) -> FoundSets:
        nobody, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        none = FoundSets(nobody, np.empty((0, self.max_size), dtype=np.int64), nothing, nothing)
        return FoundSets.join([none, *self.found])

    def _chunk(self) -> int:
        facets = 1 if self.needs is None else max(1, self.needs.shape[1])
        return max(16, CHUNK // (max(1, self.task.candidates.width) * facets))

    def _root(self) -> _Nodes:
        mentees = self.task.candidates.mentee
        b = len(mentees)
        best = second = np.empty((b, 0))
        if self.needs is not None:
            best, second = held_cover(self.problem, mentees)
        nodes = _Nodes(
            row=np.arange(b),
            position=np.full((b, self.max_size), -1, dtype=np.int64),
            last=np.full(b, -1, dtype=np.int64),
            value=np.zeros(b),
            price=np.zeros(b),
            best=best,
            second=second,
        )
        return self._with_required(nodes)

    def _with_required(self, nodes: _Nodes) -> _Nodes:
        """Put the required candidates of each mentee into its root node."""
        required = self.task.required & self.valid
        for rank in range(int(required.sum(axis=1).max(initial=0))):
            order = np.argsort(~required, axis=1, kind="stable")[:, rank]
            rows = np.flatnonzero(required.sum(axis=1) > rank)
            gain = self._gains(nodes.take(rows))
            added = self._child(nodes.take(rows), np.arange(len(rows)), order[rows], gain)
            nodes = nodes.put(rows, added)
        return replace(nodes, last=np.full(len(nodes), -1, dtype=np.int64))

    def _gains(self, nodes: _Nodes) -> Floats:
        """Return what each candidate adds to V at each node: (N, P), -inf where not possible."""
        task, row = self.task, nodes.row
        gain = task.candidates.score[row].copy()
        if self.needs is not None and self.problem.offers is not None and self.needs.shape[1]:
            gain += self._coverage_gains(nodes)
        gain[nodes.size > 0] -= self.problem.min_gain
        mentor = self.mentor[row]
        blocked = ~self.valid[row]
        for slot in range(self.max_size):
            held = np.flatnonzero(nodes.position[:, slot] >= 0)
            if not len(held):
                break
            member = self.mentor[row[held], nodes.position[held, slot]][:, None]
            blocked[held] |= mentor[held] == member
            if self.problem.redundancy and self.problem.like is not None:
                alike = are_alike(self.problem.like, mentor[held], member)
                gain[held] -= self.problem.redundancy * alike
        if task.seats is not None:
            blocked |= self._is_full(nodes, task.seats)
        else:
            mentee = task.candidates.mentee[row][:, None]
            for rule in self.problem.portfolio_rules:
                read = self._read_by(rule)
                members = self._members(nodes, read)[:, None, :]
                blocked |= rule.blocks(mentee, members, read[row])
        gain[blocked] = -np.inf
        return gain

    def _lacking(self, nodes: _Nodes, seats: SeatPlaces) -> Ints:
        """Return how many of each class the nodes lack: (N, c)."""
        held = np.take_along_axis(seats.kind[nodes.row], np.maximum(nodes.position, 0), axis=1)
        held = np.where(nodes.position >= 0, held, -1)
        count = (held[:, :, None] == np.arange(len(seats.asked))).sum(axis=1)
        return np.asarray(seats.asked - count)

    def _is_full(self, nodes: _Nodes, seats: SeatPlaces) -> Bools:
        """Return which candidates are of a class that is full at each node: (N, P)."""
        full = np.hstack([self._lacking(nodes, seats) <= 0, np.ones((len(nodes), 1), dtype=bool)])
        return np.asarray(np.take_along_axis(full, seats.kind[nodes.row], axis=1))

    def _coverage_gains(self, nodes: _Nodes) -> Floats:
        needs = present(self.needs)[nodes.row]
        r = self.problem.second_cover
        before = np.minimum(1.0, nodes.best + r * nodes.second)
        total = np.zeros((len(nodes), self.mentor.shape[1]))
        for facet in range(needs.shape[1]):
            cover = self.offers[facet][nodes.row]
            best = nodes.best[:, facet, None]
            if r:
                lower = np.minimum(cover, best)
                np.maximum(cover, best, out=cover)
                cover += r * np.maximum(nodes.second[:, facet, None], lower)
                np.minimum(cover, 1.0, out=cover)
            else:
                np.maximum(cover, best, out=cover)
            cover -= before[:, facet, None]
            cover *= needs[:, facet, None]
            total += cover
        return total

    def _members(self, nodes: _Nodes, read: Ints) -> Ints:
        """Return what is read (b, P) of those in each node's slots, -1 for none: (N, K)."""
        held = read[nodes.row[:, None], np.maximum(nodes.position, 0)]
        return np.where(nodes.position >= 0, held, -1)

    def _expand(self, nodes: _Nodes) -> _Nodes:
        """Record the children of `nodes` that beat the best known; return those worth expanding."""
        nodes = self._open(nodes)
        if not len(nodes):
            return nodes
        size = nodes.size
        gain = self._gains(nodes)
        later = np.arange(gain.shape[1])[None, :] > nodes.last[:, None]
        gain[~later] = -np.inf
        task, row = self.task, nodes.row
        worth, value = gain, nodes.value
        if is_concave(self.problem):
            worth = np.where(np.isfinite(gain), np.maximum(gain, 0.0), -np.inf)
            value = np.maximum(value, 0.0)
        modular = task.slope[row, None] * worth - task.price[row]
        base = task.slope[row] * value - nodes.price + task.shift[row]
        linear = base[:, None] + modular
        own = linear + task.bonus[row, np.minimum(size + 1, self.max_size)][:, None]
        if task.seats is None:
            further = linear + self._further(modular, size, row)
        else:
            further = linear + self._filled(modular, nodes, task.seats)
            own[size + 1 < task.seats.size] = -np.inf
        floor = (self.best[row] - self.slack)[:, None]
        keep_node, keep_slot = np.nonzero((np.maximum(own, further) >= floor) & np.isfinite(gain))
        children = self._child(nodes, keep_node, keep_slot, gain)
        self._record(children)
        floor = self.best[children.row] - self.slack
        return children.take(np.flatnonzero(further[keep_node, keep_slot] > floor + 1e-12))

    def _open(self, nodes: _Nodes) -> _Nodes:
        return nodes.take(np.flatnonzero(nodes.size < self.limit[nodes.row]))

    def _further(self, modular: Floats, size: Ints, row: Ints) -> Floats:
        """Bound what a child can gain by one or more further members, with the bonus: (N, P)."""
        left = int((self.limit[row] - size).max()) - 1
        bound = np.full(modular.shape, -np.inf)
        if left <= 0:
            return bound
        width = modular.shape[1]
        top = min(left + 1, width)
        highest = -np.sort(-modular, axis=1)[:, :top] if top > 1 else modular.max(1, keepdims=True)
        for extra in range(1, left + 1):
            allowed = size + 1 + extra <= self.limit[row]
            if not allowed.any() or extra >= width:
                break
            if extra == 1:
                # Later candidates only: each set is built once, in the order of its positions.
                rest = np.full(modular.shape, -np.inf)
                rest[:, :-1] = np.maximum.accumulate(modular[:, :0:-1], axis=1)[:, ::-1]
            else:
                rest = np.broadcast_to(highest[:, :extra].sum(axis=1)[:, None], modular.shape)
            level = np.minimum(size + 1 + extra, self.max_size)
            total = rest + self.task.bonus[row, level][:, None]
            # Marginals at an empty node are those of a first member, who pays no min_gain.
            paid = extra * self.problem.min_gain * self.task.slope[row]
            total -= np.where(size == 0, paid, 0.0)[:, None]
            total = np.where(allowed[:, None], total, -np.inf)
            np.maximum(bound, total, out=bound)
        return bound

    def _filled(self, modular: Floats, nodes: _Nodes, seats: SeatPlaces) -> Floats:
        """Bound what a child gains where all its seats are filled, with the bonus: (N, P).

        -inf where the child is the last member. Only later candidates come beside it.
        """
        lacking, kind = self._lacking(nodes, seats), seats.kind[nodes.row]
        tops, sums = [], []
        for number, asked in enumerate(seats.asked.tolist()):
            top = largest(np.where(kind == number, modular, -np.inf), asked)
            tops.append(np.hstack([np.zeros((len(top), 1)), np.cumsum(top, axis=1)]))
            sums.append(np.take_along_axis(tops[-1], lacking[:, number, None], axis=1)[:, 0])
        bound = np.full(modular.shape, -np.inf)
        for number, top in enumerate(tops):
            others = sum((one for k, one in enumerate(sums) if k != number), np.zeros(len(top)))
            beside = np.maximum(lacking[:, number, None] - 1, 0)
            rest = others[:, None] + np.take_along_axis(top, beside, axis=1)
            bound = np.where(kind == number, rest, bound)
        bound += self.task.bonus[nodes.row, min(seats.size, self.max_size), None]
        # Marginals at an empty node are those of a first member, who pays no min_gain.
        first = nodes.size == 0
        paid = (seats.size - 1) * self.problem.min_gain * self.task.slope[nodes.row]
        bound[first] -= paid[first, None]
        bound[nodes.size + 1 >= seats.size] = -np.inf
        return bound

    def _child(self, nodes: _Nodes, node: Ints, slot: Ints, gain: Floats) -> _Nodes:
        """Return the nodes that add candidate `slot` to node `node`, pairwise."""
        row = nodes.row[node]
        position = nodes.position[node]
        position[np.arange(len(node)), nodes.size[node]] = slot
        best, second = nodes.best[node], nodes.second[node]
        if self.problem.offers is not None and best.shape[1]:
            offer = self.problem.offers[self.mentor[row, slot]]
            second = np.maximum(second, np.minimum(best, offer))
            best = np.maximum(best, offer)
        return _Nodes(
            row=row,
            position=position,
            last=slot,
            value=nodes.value[node] + gain[node, slot],
            price=nodes.price[node] + self.task.price[row, slot],
            best=best,
            second=second,
        )

    def _record(self, nodes: _Nodes, *, all_of_them: bool = False) -> None:
        """Keep the nodes that are portfolios above the floor, or all that are portfolios."""
        size = nodes.size
        fair = utility(nodes.value, self.problem.fairness)
        reduced = fair - nodes.price + self.task.bonus[nodes.row, size]
        allowed = np.isfinite(nodes.value)
        if not all_of_them:
            allowed &= reduced >= self.best[nodes.row] - self.slack
        if self.task.seats is not None:
            allowed &= (size == 0) | (size == self.task.seats.size)
        else:
            for rule in self.problem.portfolio_rules:
                mentee = self.task.candidates.mentee[nodes.row]
                members = self._members(nodes, self._read_by(rule))
                allowed &= rule.holds(mentee, members) | (size == 0)
        kept = np.flatnonzero(allowed)
        if len(kept):
            np.maximum.at(self.best, nodes.row[kept], reduced[kept])
            sets = FoundSets(nodes.row, nodes.position, nodes.value, reduced)
            self.found.append(sets.take(kept))
