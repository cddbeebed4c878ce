"""What is still free: places, pools, slots and rules, for methods that add one match at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.feasible import forced_assignment
from matcher.problem.problem import Assignment
from matcher.problem.value import gather_items

if TYPE_CHECKING:
    from matcher.problem.problem import Bools, Floats, Ints, Problem

SLACK = 1e-9
"""What sums of loads may be off."""


class Ledger:
    """An assignment under construction that never breaks a hard constraint of its problem.

    Attributes
    ----------
    size
        (n,) mentors that each mentee has so far.
    members, number
        (n, K) mentor in each slot and the reciprocal pair it belongs to, -1 for none.
    places
        (m,) capacity left.
    """

    def __init__(self, problem: Problem, assignment: Assignment | None = None) -> None:
        n, m = problem.n_mentees, problem.n_mentors
        self.problem = problem
        self.size = np.zeros(n, dtype=np.int64)
        shape = (n, problem.max_size)
        self.members = np.full(shape, -1, dtype=np.int64)
        self.number = np.full(shape, -1, dtype=np.int64)
        self.places = np.array(problem.capacity, dtype=np.float64)
        self.used = np.zeros(m)
        self.pool_places = None if problem.pool_capacity is None else problem.pool_capacity.copy()
        limit = problem.sponsorship_limit
        self.sponsorships = None if limit is None else np.array(limit, dtype=np.float64)
        self.matches = float(problem.max_matches)
        self.external = np.zeros(n, dtype=np.int64)
        self._longest = 0
        self._own, self._person = _persons(problem)
        self._add_all(forced_assignment(problem) if assignment is None else assignment)

    def _add_all(self, assignment: Assignment) -> None:
        items = gather_items(self.problem, assignment)
        for k, (i, j) in enumerate(assignment.pairs.tolist()):
            number = int(assignment.reciprocal[k])
            self._put(i, j, float(items.load[k]), bool(items.sponsored[k]), number)

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
    ) -> Bools:
        """Return whether each one-way item can be added alone; arguments broadcast."""
        return self._has_room(mentee, mentor, load, sponsored) & ~self._is_opposite(mentee, mentor)

    def takes(self, mentee: int, mentor: int, load: float, sponsored: bool) -> bool:
        """Whether one one-way item can be added."""
        return bool(self.fits(np.array(mentee), np.array(mentor), load, sponsored))

    def fits_reciprocal(self, numbers: Ints) -> Bools:
        """Return whether both sides of each reciprocal pair can be added together: (k,)."""
        pairs = self.problem.reciprocal
        assert pairs is not None
        a, b = pairs.mentee_a[numbers], pairs.mentee_b[numbers]
        to_a, to_b = pairs.mentor_b[numbers], pairs.mentor_a[numbers]
        load_a, load_b = pairs.load_a[numbers], pairs.load_b[numbers]
        room = self._has_room(a, to_a, load_a, False) & self._has_room(b, to_b, load_b, False)
        room &= self.matches >= 2
        room &= ~self._loses_own(a, to_b, load_b) & ~self._loses_own(b, to_a, load_a)
        if self.problem.pool is not None and self.pool_places is not None:
            pool_a, pool_b = self.problem.pool[to_a], self.problem.pool[to_b]
            together = (pool_a == pool_b) & (pool_a >= 0)
            room &= ~together | (load_a + load_b <= self.pool_places[pool_a] + SLACK)
        return room

    def add(self, mentee: int, mentor: int, load: float, sponsored: bool) -> None:
        """Add a one-way item that fits."""
        self._put(mentee, mentor, load, sponsored, -1)

    def add_reciprocal(self, number: int) -> None:
        """Add both sides of a reciprocal pair that fits."""
        pairs = self.problem.reciprocal
        assert pairs is not None
        a, b = int(pairs.mentee_a[number]), int(pairs.mentee_b[number])
        self._put(a, int(pairs.mentor_b[number]), float(pairs.load_a[number]), False, number)
        self._put(b, int(pairs.mentor_a[number]), float(pairs.load_b[number]), False, number)

    def _put(self, mentee: int, mentor: int, load: float, sponsored: bool, number: int) -> None:
        if self.size[mentee] == 0 and self._is_either(mentee):
            self.places[self._own[mentee]] -= self.problem.capacity[self._own[mentee]]
        slot = self.size[mentee]
        self.members[mentee, slot], self.number[mentee, slot] = mentor, number
        self.size[mentee] += 1
        self._longest = max(self._longest, int(self.size[mentee]))
        self.places[mentor] -= load
        self.used[mentor] += load
        self.matches -= 1
        if self.sponsorships is not None:
            self.sponsorships[mentor] -= sponsored
        if self.problem.pool is not None and self.pool_places is not None:
            pool = self.problem.pool[mentor]
            if pool >= 0:
                self.pool_places[pool] -= load
        self.external[mentee] += bool(self._is_external(np.array(mentee), np.array(mentor)))

    def _is_either(self, mentee: int) -> bool:
        either = self.problem.either
        return either is not None and bool(either[mentee]) and self._own[mentee] >= 0

    def _has_room(
        self, mentee: Ints, mentor: Ints, load: Floats | float, sponsored: Bools | bool
    ) -> Bools:
        room = (self.size < self.problem.limit)[mentee] & (self.matches >= 1)
        room = room & (load <= self.places[mentor] + SLACK)
        if self.problem.pool is not None and self.pool_places is not None:
            pool = self.problem.pool[mentor]
            room &= (pool < 0) | (load <= self.pool_places[pool] + SLACK)
        if self.sponsorships is not None:
            room &= ~(sponsored & (self.sponsorships[mentor] < 1 - SLACK))
        for slot in range(self._longest):
            room &= self.members[mentee, slot] != mentor
        return room & self._may_start(mentee) & self._obeys_rules(mentee, mentor)

    def _may_start(self, mentee: Ints) -> Bools:
        """Whether people in one role only have not been given that of a mentor."""
        either = self.problem.either
        if either is None:
            return np.ones(np.shape(mentee), dtype=bool)
        own = self._own[mentee]
        engaged = either[mentee] & (own >= 0) & (self.size[mentee] == 0)
        return np.asarray(~engaged | (self.used[own] <= SLACK) | (self.problem.capacity[own] == 0))

    def _loses_own(self, mentee: Ints, own_mentor: Ints, load: Floats) -> Bools:
        """Whether a side would give a one-role person both roles."""
        either = self.problem.either
        if either is None:
            return np.zeros(len(mentee), dtype=bool)
        return np.asarray(either[mentee] & (self._own[mentee] == own_mentor) & (load > 0))

    def _is_opposite(self, mentee: Ints, mentor: Ints) -> Bools:
        """Whether the mentor is already matched one way to the mentee as a mentor."""
        if self._person is None:
            return np.zeros((), dtype=bool)
        own, person = self._own[mentee], self._person[mentor]
        found = np.zeros(np.broadcast_shapes(own.shape, person.shape), dtype=bool)
        for slot in range(self._longest):
            one_way = self.number[person, slot] < 0
            found |= (self.members[person, slot] == own) & one_way & (own >= 0) & (person >= 0)
        return found

    def _is_external(self, mentee: Ints, mentor: Ints) -> Bools:
        rules = self.problem.rules
        if rules is None or rules.mentee_home is None or rules.mentor_home is None:
            return np.ones(np.broadcast_shapes(mentee.shape, mentor.shape), dtype=bool)
        home, other = rules.mentee_home[mentee], rules.mentor_home[mentor]
        return np.asarray((home != other) | (home < 0) | (other < 0))

    def _obeys_rules(self, mentee: Ints, mentor: Ints) -> Bools:
        """Whether the portfolio keeps to its rules; those who must be external come first."""
        rules = self.problem.rules
        shape = np.broadcast_shapes(mentee.shape, mentor.shape)
        obeys = np.ones(shape, dtype=bool)
        if rules is None:
            return obeys
        if rules.min_external:
            enough = self.external[mentee] >= rules.min_external
            able = self.problem.limit[mentee] >= rules.min_external
            obeys &= able & (enough | self._is_external(mentee, mentor))
        for code, most in rules.max_same:
            same = np.zeros(shape, dtype=np.int64)
            for slot in range(self._longest):
                held = self.members[mentee, slot]
                same += (held >= 0) & (code[held] == code[mentor])
            obeys &= (code[mentor] < 0) | (same < most)
        return obeys

    def missing_external(self) -> Ints:
        """Return the mentees whose portfolios still need somebody from outside."""
        rules = self.problem.rules
        if rules is None:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero((self.size > 0) & (self.external < rules.min_external))

    def without_unfinished(self) -> Ledger:
        """Return a ledger without the portfolios that lack outsiders, forced items apart."""
        bad = self.missing_external()
        if not len(bad):
            return self
        held, forced = self.assignment(), forced_assignment(self.problem)
        m = self.problem.n_mentors
        is_forced = np.isin(held.pairs @ [m, 1], forced.pairs @ [m, 1])
        gone = np.isin(held.pairs[:, 0], bad) & ~is_forced
        # The other side of a reciprocal pair goes with it.
        gone |= (held.reciprocal >= 0) & np.isin(held.reciprocal, held.reciprocal[gone])
        smaller = Ledger(self.problem, Assignment.of(held.pairs[~gone], held.reciprocal[~gone]))
        left = smaller.missing_external()
        return smaller if np.isin(left, bad).all() else smaller.without_unfinished()


def _persons(problem: Problem) -> tuple[Ints, Ints | None]:
    """Return each mentee's position among the mentors (n,) and each mentor's among the mentees."""
    own = problem.person_mentor
    if own is None:
        return np.full(problem.n_mentees, -1, dtype=np.int64), None
    person = np.full(problem.n_mentors, -1, dtype=np.int64)
    both = np.flatnonzero(own >= 0)
    person[own[both]] = both
    return own, person
