"""Folds: nobody who is tested was trained on, in either role."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.tune.gain import make_folds, people_codes, resample

PAIRS = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 25)).filter(lambda pair: pair[0] != pair[1]),
    min_size=2,
    max_size=60,
    unique=True,
)


@pytest.mark.slow
@given(PAIRS, st.integers(2, 5), st.integers(0, 3))
def test_no_person_is_on_both_sides_of_a_split(pairs, count, seed):
    """People are shared by neither side of any fold, and no pair is tested twice."""
    mentee, mentor = ([f"p{person:02d}" for person in side] for side in zip(*pairs, strict=True))
    tested = []
    for train, test in make_folds(mentee, mentor, count, seed):
        people = [{mentee[k] for k in part} | {mentor[k] for k in part} for part in (train, test)]
        assert not people[0] & people[1]
        tested.extend(test.tolist())
    assert len(tested) == len(set(tested))


def test_separate_pairs_are_split_by_component():
    """Where nobody stands in two pairs, every pair is tested in one of the folds asked for."""
    ids = [f"{k:02d}" for k in range(20)]
    folds = make_folds([f"e{k}" for k in ids], [f"o{k}" for k in ids], 5, 0)
    assert len(folds) == 5
    assert sorted(np.concatenate([test for _, test in folds]).tolist()) == list(range(20))


def test_one_person_in_both_roles_has_one_code():
    """The same id is the same person whichever side it stands on."""
    left, right, count = people_codes(["a", "b"], ["b", "c"])
    assert count == 3
    assert left[1] == right[0]


def test_resampling_draws_people_not_pairs():
    """Pairs of a person who is not drawn do not count; counts are products of two draws."""
    rng = np.random.default_rng(0)
    left, right = np.array([0, 0, 1]), np.array([2, 3, 3])
    draws = np.array([resample(left, right, 4, rng) for _ in range(4000)])
    assert draws.mean(axis=0) == pytest.approx([1 - 1 / 4] * 3, abs=0.06)
