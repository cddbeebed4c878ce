"""Periods as loads: the same answers as solving period by period, and start periods that fit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import table

from matcher.problem.periods import is_brief, period_load, start_periods

Choice = tuple[int | None, ...]


def fits_by_load(choice: Choice, brief: list[bool], capacity: list[int], periods: int) -> bool:
    """Whether loads of 1 or N in units of 1/N keep within every mentor's places."""
    load = period_load(np.array(brief), periods)
    return all(
        sum(int(load[i]) for i, mentor in enumerate(choice) if mentor == j) <= places * periods
        for j, places in enumerate(capacity)
    )


def fits_by_period(choice: Choice, brief: list[bool], capacity: list[int], periods: int) -> bool:
    """Whether some start of every short match keeps every period within every mentor's places."""
    matched = [i for i, mentor in enumerate(choice) if mentor is not None]
    short = [i for i in matched if brief[i]]
    for starts in product(range(periods), repeat=len(short)):
        begins = dict(zip(short, starts, strict=True))
        busy = np.zeros((len(capacity), periods), dtype=int)
        for i in matched:
            busy[choice[i], begins[i] if i in begins else slice(None)] += 1
        if (busy <= np.array(capacity)[:, None]).all():
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("periods", [2, 3, 4])
def test_loads_are_equivalent_to_solving_by_period(periods: int) -> None:
    """For N = 2 to 4, every choice that fits by loads fits period by period, and no other."""
    rng = np.random.default_rng(periods)
    for capacity in ([1, 1], [2, 0], [2, 1]):
        for brief in product([True, False], repeat=4):
            value = rng.random((4, 2))
            best = {"load": -1.0, "period": -1.0}
            for choice in product([None, 0, 1], repeat=4):
                by_load = fits_by_load(choice, list(brief), capacity, periods)
                by_period = fits_by_period(choice, list(brief), capacity, periods)
                assert by_load == by_period
                worth = sum(value[i, j] for i, j in enumerate(choice) if j is not None)
                best["load"] = max(best["load"], worth if by_load else -1.0)
                best["period"] = max(best["period"], worth if by_period else -1.0)
            assert best["load"] == best["period"]


@pytest.mark.slow
@given(
    periods=st.integers(1, 4),
    capacity=st.lists(st.integers(0, 4), min_size=1, max_size=3),
    data=st.data(),
)
def test_start_periods_keep_within_places(
    periods: int, capacity: list[int], data: st.DataObject
) -> None:
    """Whatever fits by loads gets start periods in which no mentor is over capacity."""
    mentor, brief = [], []
    for j, places in enumerate(capacity):
        long_ones = data.draw(st.integers(0, places))
        short = data.draw(st.integers(0, (places - long_ones) * periods))
        mentor += [j] * (long_ones + short)
        brief += [False] * long_ones + [True] * short
    order = data.draw(st.permutations(range(len(mentor))))
    mentor_at = np.array(mentor, dtype=np.int64)[order]
    brief_at = np.array(brief, dtype=bool)[order]
    start = start_periods(mentor_at, brief_at, np.array(capacity, dtype=float), periods)
    busy = np.zeros((len(capacity), periods), dtype=int)
    for j, short_one, begin in zip(mentor_at, brief_at, start, strict=True):
        busy[j, begin - 1 if short_one else slice(None)] += 1
    assert (busy <= np.array(capacity)[:, None]).all()


def test_one_period_changes_nothing() -> None:
    """With N = 1 every match takes one place and starts in period 1."""
    brief = np.array([True, False, True])
    assert period_load(brief, 1).tolist() == [1, 1, 1]
    assert start_periods(np.array([0, 0, 1]), brief, np.array([2.0, 1.0]), 1).tolist() == [1, 1, 1]


def test_two_short_matches_follow_one_another_on_one_place() -> None:
    """One place and two periods: the match that is under way comes first, the other after it."""
    people = [{"person_id": p, "horizon": "short", "scope": "narrow"} for p in ("a", "b")]
    people.append({"person_id": "c", "horizon": "short", "scope": "broad"})
    mentees = table("mentees", people)
    assert is_brief(mentees).tolist() == [True, True, False]
    mentor, under_way = np.array([0, 0, 1]), np.array([False, True, False])
    places = np.array([1.0, 1.0])
    assert start_periods(mentor, is_brief(mentees), places, 2, under_way).tolist() == [2, 1, 1]


@pytest.mark.slow
@given(periods=st.integers(2, 4), people=st.integers(2, 7), data=st.data())
def test_sides_of_a_pair_start_together(periods: int, people: int, data: st.DataObject) -> None:
    """Short pairs that form no circle start in one period on both sides, and all keep to places."""
    capacity = data.draw(st.lists(st.integers(1, 2), min_size=people, max_size=people))
    room = [places * periods for places in capacity]
    ends = [(data.draw(st.integers(0, b - 1)), b) for b in range(1, people)]
    kept = [edge for edge in ends if data.draw(st.booleans())]
    mentor, pairs = [], []
    for a, b in kept:
        if room[a] and room[b]:
            room[a], room[b] = room[a] - 1, room[b] - 1
            pairs.append((len(mentor), len(mentor) + 1))
            mentor += [b, a]
    for j in range(people):
        mentor += [j] * data.draw(st.integers(0, room[j]))
    order = data.draw(st.permutations(range(len(mentor))))
    place = np.argsort(np.array(order, dtype=np.int64))
    mentor_at = np.array(mentor, dtype=np.int64)[order]
    rows = place[np.array(pairs, dtype=np.int64).reshape(-1, 2)]
    start = start_periods(
        mentor_at,
        np.ones(len(mentor), dtype=bool),
        np.array(capacity, dtype=float),
        periods,
        pairs=rows,
    )
    assert (start[rows[:, 0]] == start[rows[:, 1]]).all()
    busy = np.zeros((people, periods), dtype=int)
    np.add.at(busy, (mentor_at, start - 1), 1)
    assert (busy <= np.array(capacity)[:, None]).all()


def test_pairs_in_a_circle_keep_to_places() -> None:
    """Three who mentor each other in two periods: two pairs together, the third cannot be."""
    mentor = np.array([1, 0, 2, 0, 2, 1])
    pairs = np.array([[0, 1], [2, 3], [4, 5]])
    start = start_periods(mentor, np.ones(6, dtype=bool), np.ones(3), 2, pairs=pairs)
    assert (start[pairs[:, 0]] == start[pairs[:, 1]]).tolist() == [True, True, False]
    assert sorted(zip(mentor.tolist(), start.tolist(), strict=True)) == [
        (person, period) for person in range(3) for period in (1, 2)
    ]


def test_the_short_side_of_a_pair_starts_with_its_long_side() -> None:
    """Where one side lasts all periods, the other starts in the first, before other short ones."""
    mentor, brief = np.array([0, 0, 1]), np.array([True, True, False])
    start = start_periods(mentor, brief, np.ones(2), 2, pairs=np.array([[1, 2]]))
    assert start.tolist() == [2, 1, 1]
