"""What is still free: places, pools, slots and rules, for methods that add one match at a time."""

from __future__ import annotations

import numpy as np

from matcher.arrays import present
from matcher.problem.market import FALLBACK, ItemBlock, Market, item_keys
from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.problem.rules.limit import Unit
from matcher.problem.rules.rule import SLACK, PortfolioRule
from matcher.problem.value import forced_assignment, gather_items


class Ledger:
    """An assignment under construction that never breaks a hard constraint of its problem.

    Attributes
    ----------
    size
        (n,) mentors that each mentee has so far.
    members, number
        (n, K) mentor in each slot and the reciprocal pair it belongs to, -1 for none.
    longest
        Slots that anybody has filled.
    places, used
        (m,) capacity left, and load carried.
    left
        Every limit with its groups of mentors and what they have left, places first.
    """

    def __init__(self, problem: Problem, assignment: Assignment | None = None) -> None:
        n, m = problem.n_mentees, problem.n_mentors
        self.problem = problem
        self.market: Market = problem
        self.size = np.zeros(n, dtype=np.int64)
        shape = (n, problem.max_size)
        self.members = np.full(shape, -1, dtype=np.int64)
        self.number = np.full(shape, -1, dtype=np.int64)
        self.used = np.zeros(m)
        self.left = [(limit, limit.group, limit.most.copy()) for limit in problem.limits]
        self.places = self.left[0][2]
        self.longest = 0
        held = forced_assignment(problem) if assignment is None else assignment
        items = gather_items(problem, held)
        for k, (i, j) in enumerate(held.pairs.tolist()):
            number = int(held.reciprocal[k])
            self.add(i, j, float(items.load[k]), bool(items.sponsored[k]), number)

    def assignment(self) -> Assignment:
        """Return the matches so far."""
        mentee, slot = np.nonzero(self.members >= 0)
        pairs = np.column_stack([mentee, self.members[mentee, slot]])
        return Assignment.of(pairs, self.number[mentee, slot])

    def fits(
        self,
        mentee: Ints,
        mentor: Ints,
        load: Floats | float = 1.0,
        sponsored: Bools | bool = False,
        *,
        both_ways: bool = False,
    ) -> Bools:
        """Return whether each item can be added alone, one way or both; arguments broadcast."""
        room = np.ones((), dtype=bool)
        for limit, group, left in self.left:
            at = group[mentor]
            room = room & ((at < 0) | (limit.unit.amount(load, sponsored) <= left[at] + SLACK))
        for rule in self.problem.all_rules:
            if isinstance(rule, PortfolioRule) and rule.by_approach:
                keys = self._keys(mentee, mentor, sponsored, both_ways=both_ways)
                room = room & rule.admits(self, mentee, keys)
            else:
                room = room & rule.admits(self, mentee, mentor)
        return room

    def _keys(
        self, mentee: Ints, mentor: Ints, sponsored: Bools | bool, *, both_ways: bool
    ) -> Ints:
        """Return the keys of items that may be added."""
        others, number = self.problem.fallback, np.array(0 if both_ways else -1)
        if others is not None and not both_ways:
            number = np.where(others.are_meant(mentee, mentor, sponsored), FALLBACK, -1)
        return item_keys(mentor, number, self.problem.n_mentors)

    def as_open(self, rows: Ints, block: ItemBlock) -> ItemBlock:
        """Return a block of mentees `rows` with fallbacks where the first approach is shut.

        The sponsors have none left, or a seat that asks for an approach is full or still empty.
        """
        others, shut = self.problem.fallback, np.zeros(self.problem.n_mentors, dtype=bool)
        for limit, group, left in self.left:
            if limit.unit is Unit.SPONSORSHIP:
                shut |= (group >= 0) & (np.append(left, np.inf)[group] < 1.0 - SLACK)
        rules = [rule for rule in self.problem.portfolio_rules if rule.by_approach]
        if others is None or not (shut.any() or rules):
            return block
        place, row = others.of_mentees(rows)
        mentor, m = others.mentor[place], self.problem.n_mentors
        taken = shut[mentor] & ~others.sponsored[place]
        for rule in rules:
            first, next_ = (rule.admits(self, rows[row], keys) for keys in (mentor, mentor + m))
            taken |= next_ & np.logical_not(first)
        place, at = place[taken], (row[taken], others.mentor[place[taken]])
        score, load, sponsored = block.score.copy(), block.loads.copy(), block.sponsorships.copy()
        score[at], load[at] = others.score[place], others.load[place]
        sponsored[at] = others.sponsored[place]
        return ItemBlock(score, load, sponsored)

    def takes(self, mentee: int, mentor: int, load: float, sponsored: bool) -> bool:
        """Whether one one-way item can be added."""
        return bool(self.fits(np.array(mentee), np.array(mentor), load, sponsored))

    def fits_reciprocal(self, numbers: Ints) -> Bools:
        """Return whether both sides of each reciprocal pair can be added together: (k,)."""
        pairs = present(self.problem.reciprocal)
        to_a, to_b = pairs.mentor_b[numbers], pairs.mentor_a[numbers]
        load_a, load_b = pairs.load_a[numbers], pairs.load_b[numbers]
        room = self.fits(pairs.mentee_a[numbers], to_a, load_a, both_ways=True)
        room &= self.fits(pairs.mentee_b[numbers], to_b, load_b, both_ways=True)
        for limit, group, left in self.left:
            at, both = group[to_a], limit.unit.amount(load_a, 0.0) + limit.unit.amount(load_b, 0.0)
            room &= (at != group[to_b]) | (at < 0) | (both <= left[at] + SLACK)
        for rule in self.problem.all_rules:
            room &= rule.admits_pairs(self, numbers)
        return room

    def add_reciprocal(self, number: int) -> None:
        """Add both sides of a reciprocal pair that fits."""
        pairs = present(self.problem.reciprocal)
        a, b = int(pairs.mentee_a[number]), int(pairs.mentee_b[number])
        self.add(a, int(pairs.mentor_b[number]), float(pairs.load_a[number]), False, number)
        self.add(b, int(pairs.mentor_a[number]), float(pairs.load_b[number]), False, number)

    def add(self, mentee: int, mentor: int, load: float, sponsored: bool, number: int = -1) -> None:
        """Add an item that fits; `number` is the reciprocal pair it is a side of, -1 for none.

        A one-way item that is a sponsorship as its pair's fallback is, or is none as that, is it.
        """
        others = self.problem.fallback
        if others is not None and number == -1:
            is_it = others.are_meant(np.array(mentee), np.array(mentor), sponsored)
            number = FALLBACK if is_it else -1
        if self.size[mentee] == 0:
            self._start(np.array([mentee]))
        slot = self.size[mentee]
        self.members[mentee, slot], self.number[mentee, slot] = mentor, number
        self.size[mentee] += 1
        self.longest = max(self.longest, int(self.size[mentee]))
        self.used[mentor] += load
        for limit, group, left in self.left:
            if group[mentor] >= 0:
                left[group[mentor]] -= limit.unit.amount(load, sponsored)

    def _start(self, mentee: Ints) -> None:
        """Take what a portfolio uses of the limits by not being empty; other rules only admit."""
        left = {limit.kind: left for limit, _, left in self.left}
        one = np.ones_like(mentee)
        for rule in self.problem.all_rules:
            for kind, (_, row, amount) in rule.portfolio_use(self.problem, mentee, one):
                if kind in left:
                    left[kind][row] -= amount

    def unfinished(self) -> Ints:
        """Return the mentees whose portfolios are not yet as the rules ask."""
        some = np.flatnonzero(self.size > 0)
        lacks = np.zeros(len(some), dtype=bool)
        for rule in self.problem.portfolio_rules:
            lacks |= ~rule.holds(some, rule.held(self, some))
        return some[lacks]

    def without_unfinished(self) -> Ledger:
        """Return a ledger without the unfinished portfolios, forced items apart."""
        bad = self.unfinished()
        if not len(bad):
            return self
        held, forced = self.assignment(), forced_assignment(self.problem)
        m = self.problem.n_mentors
        is_forced = np.isin(held.pairs @ [m, 1], forced.pairs @ [m, 1])
        gone = np.isin(held.pairs[:, 0], bad) & ~is_forced
        # The other side of a reciprocal pair goes with it.
        gone |= (held.reciprocal >= 0) & np.isin(held.reciprocal, held.reciprocal[gone])
        smaller = Ledger(self.problem, Assignment.of(held.pairs[~gone], held.reciprocal[~gone]))
        left = smaller.unfinished()
        return smaller if np.isin(left, bad).all() else smaller.without_unfinished()
