"""How easily two people can meet, by the checker's own formulas: kind `availability`."""

import re
from collections.abc import Callable

import numpy as np

from matcher.arrays import Bools, Floats
from matcher.checker.own_answers import WordRow, has_words
from matcher.checker.own_pairs import OwnPairs, shared_items, with_neutral
from matcher.cohort.clocks import hours_ahead
from matcher.config import FeatureConfig
from matcher.features.kinds.availability import PER_MONTH

ASKED_BY = {"site": ("site", "location", "modes", "timezone")}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PARTS_OF_DAY = {"am": range(8, 12), "pm": range(12, 17), "eve": range(17, 21)}


def availability(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    """Return the mean of the parts that were asked, NaN where a pair answered none: (p,)."""
    parts: dict[str, Callable[[OwnPairs], Floats]] = {
        "availability": _slots,
        "hours_per_month": _hours,
        "cadence": _cadence,
        "modes": _modes,
        "site": lambda pairs: _place(pairs, block.neutral),
    }
    named, sides = block.mentee or (*parts,), (pairs.mentees, pairs.mentors)
    asked = [part for part in named if all(s.asked(ASKED_BY.get(part, (part,))) for s in sides)]
    return with_neutral([parts[part](pairs) for part in asked or named], block)


def _slots(pairs: OwnPairs) -> Floats:
    """.8 for a shared hour of a week, 1 for six; in quarters of hours, by which zones differ."""
    clocks, lists = _clocks(pairs), pairs.words("availability")
    one_clock = np.isfinite(clocks[0] - clocks[1])
    rows = [
        [*zip(side, clock, strict=True)]
        for side, clock in zip(lists, np.where(one_clock, clocks, 0.0).tolist(), strict=True)
    ]
    known = {row: _quarters(*row) for row in {*rows[0], *rows[1]}}
    sides = [[known[row] for row in side] for side in rows]
    told = has_words(lists[0]) & has_words(lists[1]) & (one_clock | _zoneless(pairs))
    value = np.interp(shared_items(*sides) / 4, (0.0, 1.0, 6.0), (0.0, 0.8, 1.0))
    return np.where(told, value, np.nan)


def _quarters(slots: WordRow, offset: float) -> tuple[int, ...]:
    hours = [
        24 * DAYS.index(day) + hour - offset
        for day, _, part in (slot.partition("-") for slot in slots)
        for hour in PARTS_OF_DAY.get(part) or [int(*re.findall(r"^\d{1,2}", part))]
    ]
    return tuple({(round(4 * hour) + part) % (4 * 24 * 7) for hour in hours for part in range(4)})


def _zones(pairs: OwnPairs) -> list[list[str]]:
    """Return the time zone that each names, or that of the programme; "" for none."""
    home = pairs.config.programme.timezone
    return [
        [str(cell).strip() if isinstance(cell, str) else home for cell in side.cells("timezone")]
        for side in (pairs.mentees, pairs.mentors)
    ]


def _zoneless(pairs: OwnPairs) -> Bools:
    return np.array([not (a or b) for a, b in zip(*_zones(pairs), strict=True)], dtype=bool)


def _clocks(pairs: OwnPairs) -> Floats:
    """Return the hours ahead of UTC of each, NaN where not known: (2, p)."""
    day, zones = pairs.cohort.clock_day(pairs.config.programme.clocks_of), _zones(pairs)
    known = {name: hours_ahead(name, day) for side in zones for name in side}
    return np.array([[known[name] for name in side] for side in zones], dtype=float)


def _hours(pairs: OwnPairs) -> Floats:
    wanted, given = pairs.numbers("hours_per_month")
    ratio = np.minimum(1.0, given / np.where(wanted > 0, wanted, 1.0))
    return np.where(np.isnan(wanted + given), np.nan, np.where(wanted > 0, ratio, 1.0))


def _cadence(pairs: OwnPairs) -> Floats:
    sides = [
        np.array([PER_MONTH.get(word, np.nan) for word in side.word("cadence")], dtype=float)
        for side in (pairs.mentees, pairs.mentors)
    ]
    return np.asarray(np.minimum(*sides) / np.maximum(*sides))


def _modes(pairs: OwnPairs) -> Floats:
    ours, theirs = pairs.words("modes")
    either = ["hybrid" in (*one, *other) for one, other in zip(ours, theirs, strict=True)]
    value = np.where(shared_items(ours, theirs) > 0, 1.0, np.where(either, 0.5, 0.0))
    return np.where(has_words(ours) & has_words(theirs), value, np.nan)


def _place(pairs: OwnPairs, neutral: float) -> Floats:
    """Return the better of two ways: near clocks online, one site or location in person: (p,)."""
    here, clocks = np.full(len(pairs.i), np.nan), _clocks(pairs)
    for column in ("site", "location"):
        ours, theirs = pairs.words(column)
        alike = np.where(
            has_words(ours) & has_words(theirs), shared_items(ours, theirs) > 0, np.nan
        )
        here = np.fmax(here, alike)
    apart = abs(clocks[0] - clocks[1]) % 24
    near = np.clip((10 - np.minimum(apart, 24 - apart)) / 8, 0.0, 1.0)
    near = np.where(_zoneless(pairs), 1.0, near)
    modes = [*zip(*pairs.words("modes"), strict=True)]
    online = [all({"virtual", "hybrid"} & {*row} for row in rows) for rows in modes]
    there = [all(not row or {"in_person", "hybrid"} & {*row} for row in rows) for rows in modes]
    ways, can = np.array([near, here]), np.array([online, there], dtype=bool)
    worth = np.where(can, np.where(np.isnan(ways), neutral, ways), -1.0)
    best = worth.max(axis=0)
    is_open = ((worth == best) & np.isnan(ways) & can).any(axis=0)
    return np.where(is_open, np.nan, np.maximum(best, 0.0))
