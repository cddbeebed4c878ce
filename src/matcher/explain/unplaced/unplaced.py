"""Everybody who is left out with the conflict they are in and the cheapest ways out of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import Bools, Floats, Positions, present
from matcher.explain.unplaced import obstacles, smallest
from matcher.explain.unplaced.placing import PROGRAM_PAIRS as PLACED_AT_MOST
from matcher.explain.unplaced.placing import Placing
from matcher.explain.unplaced.residual import REMEDIES, Climb, Nodes, Residual, remedies_of
from matcher.observe import go_on
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment
from matcher.problem.value import gather_items
from matcher.solver.flow.flow_method import is_flow

CONFLICTS = 12
"""Conflicts that are worked out one by one where no flow tells; people beyond get the network's."""


@dataclass(frozen=True)
class Unplaced:
    """Somebody left out: why, and what would help."""

    conflict: obstacles.Conflict | None
    """None where a place could be had as things are, so that nothing but worth speaks against."""
    remedies: tuple[obstacles.Remedy, ...]
    proved: bool
    """Whether the remedies were found by all that binds; else by places alone."""
    in_place_of: int = -1
    """The mentee in `conflict` in whose place the person is in the same conflict, -1 for none."""

    def mentees_told(self, person: int) -> list[int]:
        """Return the mentees in the conflict of a person, in order.

        Parameters
        ----------
        person
            Position of the mentee who is told.

        Returns
        -------
        list[int]
            Positions, the person's own among them.
        """
        held = present(self.conflict).mentees.tolist()
        return sorted(person if i == self.in_place_of else i for i in held)


def explain_unplaced(
    instance: Instance, assignment: Assignment, fixed: Bools, prices: Floats, people: Sequence[int]
) -> dict[int, Unplaced]:
    """Explain why some mentees have no mentor.

    Parameters
    ----------
    instance
        The cohort as a problem; nothing is explained beyond `PROGRAM_PAIRS` pairs.
    assignment
        The matches, k of them.
    fixed
        (k,) which of them are made whatever happens.
    prices
        (m,) price of a place with each mentor.
    people
        Positions of mentees who take part and have no mentor, first in line first.

    Returns
    -------
    dict[int, Unplaced]
        By position of the mentee the reason, the conflict and the remedies.
    """
    problem = instance.problem
    pairs = problem.n_mentees * problem.n_mentors
    if not len(people) or not 0 < pairs <= obstacles.PAIRS_AT_MOST:
        return {}
    return dict(_Case(instance, assignment, fixed, prices, people).explained())


class _Case:
    def __init__(
        self,
        instance: Instance,
        assignment: Assignment,
        fixed: Bools,
        prices: Floats,
        people: Sequence[int],
    ) -> None:
        self.instance, self.prices, self.people = instance, prices, people
        self.problem = problem = instance.problem
        self.pairs = problem.n_mentees * problem.n_mentors
        self.obstacles = obstacles.read_obstacles(instance)
        load = gather_items(problem, assignment).load
        held = fixed | (assignment.reciprocal >= 0)
        self.network = Residual.of(problem, self.obstacles, assignment.pairs, load, held)
        self.served = np.unique(assignment.pairs[:, 0])
        self.is_flow = is_flow(problem)
        self.known: list[Unplaced] = []
        self.first_known = np.full(problem.n_mentees, -1)
        self.by_reach: dict[bytes, tuple[int, Unplaced]] = {}

    def explained(self) -> Iterator[tuple[int, Unplaced]]:
        """Yield each person with the first conflict found that they are in."""
        climb = Climb(self.network, self.network.reaching_a_place())
        programs: tuple[Placing, Placing] | None = None
        if not self.is_flow and self.pairs <= PLACED_AT_MOST:
            count = float(self.problem.n_mentees)
            programs = (
                Placing(self.instance, self.obstacles, room=count),
                Placing(self.instance, self.obstacles, room=1.0),
            )
        reach = {i: self._reach(i) for i in self.people}
        union = np.any([nodes.mentee for nodes in reach.values()], axis=0)
        union[self.problem.required[:, 0]] = False
        for i in self.people:
            go_on()
            yield i, self._explained(i, reach[i], climb, np.flatnonzero(union), programs)

    def _reach(self, i: int) -> Nodes:
        go_on()
        return self.network.reached_from(i)

    def _explained(
        self,
        i: int,
        reached: Nodes,
        climb: Climb,
        union: Positions,
        programs: tuple[Placing, Placing] | None,
    ) -> Unplaced:
        first = int(self.first_known[i])
        if first >= 0:
            return self.known[first]
        alike = self.by_reach.get(reached.but(i))
        if alike is not None:
            return replace(alike[1], in_place_of=alike[0])
        found: Unplaced | None = None
        if programs is not None and len(self.known) < CONFLICTS:
            found = self._by_program(i, reached, *programs)
        if found is None:
            found = self._by_network(i, reached, climb, union)
        if found.conflict is not None:
            people = found.conflict.mentees
            self.first_known[people[self.first_known[people] < 0]] = len(self.known)
            self.known.append(found)
            if not self._is_own(i, found):
                self.by_reach[reached.but(i)] = i, found
        return found

    def _is_own(self, i: int, found: Unplaced) -> bool:
        """Return whether a conflict would be another with somebody else in the person's place."""
        conflict = present(found.conflict)
        kinds = conflict.positions.keys() - {obstacles.ElementKind.MENTEE}
        mine = any((conflict.part(kind)[:, 0] == i).any() for kind in kinds)
        changed = any(e.i == i for remedy in found.remedies for e in remedy.changes)
        return conflict.smallest or mine or changed or not self.is_flow

    def _by_network(self, i: int, reached: Nodes, climb: Climb, union: Positions) -> Unplaced:
        if climb.free.mentee[i]:
            # The network leaves loads, roles and rules out: they may be what stands against it.
            return Unplaced(None, (), proved=self.is_flow)
        conflict = None
        if self.is_flow and len(union) * self.problem.n_mentors <= smallest.PAIRS_EXACTLY:
            conflict = smallest.smallest_conflict(self.problem, self.network, union, i)
        conflict = conflict or smallest.reached_conflict(self.problem, self.network, reached)
        remedies = remedies_of(self.instance, climb, reached, self.prices)
        return Unplaced(conflict, tuple(remedies), self.is_flow)

    def _by_program(
        self, i: int, reached: Nodes, program: Placing, by_one: Placing
    ) -> Unplaced | None:
        people = [*self.served.tolist(), i]
        stay, might_go = self._in_force(program, people)
        start = [*stay, *(e for e in might_go if self._is_near(e, reached))]
        for elements in (start, [*stay, *might_go]):
            if program.can(elements) is False:
                near = [element for element in elements if element not in stay]
                kept = irreducible(lambda chosen: program.can([*stay, *chosen]) is False, near)
                if program.is_exhausted:
                    return None
                cheapest = by_one.cheapest(people, REMEDIES)
                remedies = tuple(
                    obstacles.Remedy(tuple(changes), cost) for cost, changes in cheapest
                )
                return Unplaced(obstacles.Conflict.made_of(kept), remedies, proved=True)
        if program.can([*stay, *might_go]):
            return Unplaced(None, (), proved=True)
        return None

    def _in_force(
        self, program: Placing, people: Iterable[int]
    ) -> tuple[list[obstacles.Element], list[obstacles.Element]]:
        """Return what people are like, which stays as it is, and what a conflict is made of."""
        ruled, wanted = self.obstacles.ruled, set(people)
        stay = [
            e
            for e in program.elements
            if e.kind is obstacles.ElementKind.PAIR and not ruled[e.i, e.j]
        ]
        staying = set(stay)
        might_go = [
            element
            for element in program.elements
            if element not in staying
            and (element.kind is not obstacles.ElementKind.MENTEE or element.i in wanted)
        ]
        return stay, might_go

    def _is_near(self, element: obstacles.Element, reached: Nodes) -> bool:
        if element.kind is obstacles.ElementKind.MENTEE:
            return bool(reached.mentee[element.i])
        if element.kind == self.problem.limits[0].noun:
            return bool(reached.mentor[element.j] or reached.sponsor[element.j])
        return element.kind is not obstacles.ElementKind.PAIR or bool(reached.mentee[element.i])


def irreducible(
    conflicts: Callable[[list[obstacles.Element]], bool], among: list[obstacles.Element]
) -> list[obstacles.Element]:
    """Return a part of `among` that conflicts, no part of which does (Junker's QuickXplain).

    Parameters
    ----------
    conflicts
        Says whether some elements cannot all hold.
    among
        Elements that cannot; earlier ones are rather kept.
    """
    return _divide(conflicts, [], among, added=False)


def _divide(
    conflicts: Callable[[list[obstacles.Element]], bool],
    held: list[obstacles.Element],
    among: list[obstacles.Element],
    *,
    added: bool,
) -> list[obstacles.Element]:
    if added and conflicts(held):
        return []
    if len(among) <= 1:
        return among
    half = len(among) // 2
    first, second = among[:half], among[half:]
    later = _divide(conflicts, [*held, *first], second, added=bool(first))
    earlier = _divide(conflicts, [*held, *later], first, added=bool(later))
    return [*earlier, *later]
