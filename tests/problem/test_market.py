"""Who is who on both sides, and how much there is of what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.solver import tiny

from matcher.problem.problem import ReciprocalPairs

PLAIN = tiny.problem_of(np.zeros((3, 4)), 1, [0, 2, 1])


def test_mentors_know_who_they_are_as_mentees() -> None:
    """The first person counts as any other; who is on one side only is nobody on the other."""
    assert PLAIN.mentor_person.tolist() == [-1] * 4
    both = replace(PLAIN, person_mentor=np.array([2, -1, 0]))
    assert both.mentor_person.tolist() == [2, -1, 0, -1]


def test_each_pair_has_two_sides() -> None:
    """Without pairs there are none; the widest portfolio has a slot at least."""
    sides = (np.array([k]) for k in (0, 2, 2, 0))
    assert PLAIN.n_sides == 0
    assert replace(PLAIN, reciprocal=ReciprocalPairs(*sides, *[np.ones(1)] * 4)).n_sides == 2
    assert PLAIN.max_size == 2
    assert replace(PLAIN, limit=np.zeros(3, dtype=np.int64)).max_size == 1


def test_blocks_hold_everybody_once() -> None:
    """However few pairs a block may have, it holds somebody."""
    for pairs, sizes in ((1, [1, 1, 1]), (8, [2, 1]), (11, [2, 1]), (12, [3])):
        blocks = [*PLAIN.blocks(pairs)]
        assert [len(block) for block in blocks] == sizes
        assert np.concatenate(blocks).tolist() == [0, 1, 2]
