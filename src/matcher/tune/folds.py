"""Folds that share no person with their training pairs, on either side.

Pairs of repeated people are not independent: a mentor who is good with everybody would be learned
in training and met again in the test. Where the pairs fall apart into many small connected
components, whole components go to one fold (``GroupKFold``). Where they do not, mentees and
mentors are dealt
into groups, every block of groups is tested once, and training leaves out all people of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.arrays import Bools, Positions

LARGEST_COMPONENT = 0.4
"""Share of the pairs from which one component is too large to go to a single fold."""


@dataclass(frozen=True)
class Folds:
    """Test and training pairs, and how they were made."""

    parts: tuple[tuple[Positions, Positions], ...]
    """Training and test positions of each fold."""
    how: str

    def __iter__(self) -> Iterator[tuple[Positions, Positions]]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


def people_codes(mentee: Sequence[str], mentor: Sequence[str]) -> tuple[Positions, Positions, int]:
    """Return a number for each person, the same in both roles, and how many people there are."""
    people, codes = np.unique(np.array([*mentee, *mentor], dtype=object), return_inverse=True)
    codes = codes.astype(np.int64)
    return codes[: len(mentee)], codes[len(mentee) :], len(people)


def make_folds(mentee: Sequence[str], mentor: Sequence[str], count: int, seed: int) -> Folds:
    """Return at most `count` folds by component, or ``count ** 2`` blocks of two-way groups.

    Parameters
    ----------
    mentee, mentor
        Ids of the people of each pair.
    count
        Folds wanted.
    seed
        Of the deal of people to groups.
    """
    left, right, n_people = people_codes(mentee, mentor)
    links = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(n_people, n_people))
    _, label = sparse.csgraph.connected_components(links, directed=False)
    component = label[left].astype(np.int64)
    largest = np.bincount(component).max() / len(component)
    if largest <= LARGEST_COMPONENT and len(np.unique(component)) >= count:
        return _by_component(component, count)
    return _two_way(left, right, n_people, count, seed)


def _by_component(component: Positions, count: int) -> Folds:
    from sklearn.model_selection import GroupKFold

    nothing = np.zeros((len(component), 1))
    parts = GroupKFold(count).split(nothing, groups=component)
    return Folds(tuple(parts), f"{count} folds of connected components of people")


def _two_way(left: Positions, right: Positions, n_people: int, count: int, seed: int) -> Folds:
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.arange(n_people) % count)
    parts = []
    for a in range(count):
        for b in range(count):
            test = np.flatnonzero((group[left] == a) & (group[right] == b))
            train = np.flatnonzero(~_touches(left, right, test))
            if len(test) and len(train):
                parts.append((train, test))
    how = f"{count} x {count} blocks of mentees and mentors; no person of a block is trained on"
    return Folds(tuple(parts), how)


def _touches(left: Positions, right: Positions, test: Positions) -> Bools:
    """Return which pairs hold a person of the test pairs in any role."""
    people = np.unique(np.concatenate([left[test], right[test]]))
    return np.isin(left, people) | np.isin(right, people)


def resample(
    left: Positions, right: Positions, n_people: int, rng: np.random.Generator
) -> Positions:
    """Return how often each pair counts in one two-way bootstrap sample of people: (p,).

    Both people of a pair are drawn, so that intervals allow for people who stand in many pairs
    (the pigeonhole bootstrap, Owen 2007).
    """
    drawn = np.bincount(rng.integers(0, n_people, n_people), minlength=n_people)
    return np.asarray(drawn[left] * drawn[right], dtype=np.int64)
