"""Periods as loads: the same answers as solving period by period, and start periods that fit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import table

from matcher.portfolio.periods import assign_periods, is_brief, period_load, start_periods

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
    matches = pd.DataFrame(
        {
            "mentee_id": ["a", "b", "c"],
            "mentor_id": ["x", "x", "y"],
            "locked": ["false", "true", "false"],
        }
    )
    mentors = pd.DataFrame({"mentor_id": ["x", "y"], "capacity": [1.0, 1.0]})
    assert assign_periods(matches, mentors, mentees, 2).tolist() == [2, 1, 1]
