"""Portfolios of those whom people chose: what the tier of choices is decided among.

Whoever is nobody's choice adds nothing to the numbers reached, the days waited and the choices
beyond a first mentor, and can be left out of a portfolio that holds a choice. So those tiers are
decided by single mentors and by sets of chosen ones, unless rules ask for certain mentors beside.
Both sides of a reciprocal pair count as chosen where one of them is: neither goes without the
other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import forced_assignment, gather_items

Item = tuple[int, int]
"""Mentor, and the number that an assignment gives the item."""

MOST_EACH = 200
"""Sets of one mentee up to which all are listed."""


@dataclass(frozen=True)
class ChosenPortfolios:
    """Sets of chosen mentors, one a mentee in each assignment."""

    rounds: tuple[Assignment, ...]
    complete: bool
    """Whether nobody has more sets than are listed."""


def chosen_portfolios(problem: Problem) -> ChosenPortfolios:
    """Return the sets of chosen mentors, with what is forced in each.

    Parameters
    ----------
    problem
        The instance; without a tier of choices there are none.
    """
    forced = forced_assignment(problem)
    held = _by_mentee(forced.pairs.tolist(), forced.reciprocal.tolist())
    sets = {
        i: list(_sets(items, held.get(i, []), int(problem.limit[i])))
        for i, items in _items(problem).items()
    }
    count = min(MOST_EACH, max(map(len, sets.values()), default=0))
    rounds = tuple(
        _assignment({i: mine[k] for i, mine in sets.items() if k < len(mine)}) for k in range(count)
    )
    return ChosenPortfolios(rounds, all(len(mine) <= MOST_EACH for mine in sets.values()))


def _items(problem: Problem) -> dict[int, list[Item]]:
    """Return every allowed item with a chosen mentor, and the other side of each such pair."""
    choices = None if problem.tiers is None else problem.tiers.choices
    if choices is None:
        return {}
    mentee, mentor = (at.astype(np.int64) for at in choices.nonzero())
    keys = mentee * problem.n_mentors + mentor
    pairs, number = [np.column_stack([mentee, mentor])], [np.full(len(mentee), -1)]
    if problem.fallback is not None:
        other = problem.fallback.find(mentee, mentor) >= 0
        pairs.append(pairs[0][other])
        number.append(np.full(int(other.sum()), FALLBACK))
    if problem.reciprocal is not None:
        own, partner, _, _, of_pair = problem.reciprocal.sides
        chosen = np.unique(of_pair[np.isin(own * problem.n_mentors + partner, keys)])
        here = np.isin(of_pair, chosen)
        pairs.append(np.column_stack([own, partner])[here])
        number.append(of_pair[here])
    every = Assignment.of(np.concatenate(pairs), np.concatenate(number))
    allowed = np.isfinite(gather_items(problem, every).score)
    return _by_mentee(every.pairs[allowed].tolist(), every.reciprocal[allowed].tolist())


def _by_mentee(pairs: list[list[int]], numbers: list[int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {}
    for (i, j), number in zip(pairs, numbers, strict=True):
        found.setdefault(i, []).append((j, number))
    return found


def _sets(items: list[Item], held: list[Item], limit: int) -> Iterator[list[Item]]:
    """Yield what is held with any other items beside it, one a mentor."""
    free = [item for item in items if item not in held]
    for size in range(1, limit - len(held) + 1):
        for some in combinations(free, size):
            both = [*held, *some]
            if len({mentor for mentor, _ in both}) == len(both):
                yield both


def _assignment(sets: dict[int, list[Item]]) -> Assignment:
    rows = [(i, mentor, number) for i, mine in sets.items() for mentor, number in mine]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Assignment.of(table[:, :2], table[:, 2])
