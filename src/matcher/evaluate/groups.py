"""Whether a match serves groups of people alike, told so that nobody's group can be worked out.

The frame follows fairlearn's MetricFrame (Bird et al. 2020): overall, by group, difference, ratio.
Every person's own value stands in ``portfolios.csv``, so an exact mean of a group is an equation
about who is in it. Therefore (docs/decisions/0016):

- Groups under `min_cell` are hidden, and so is the next smallest where a hidden one could be worked
  out from the others (complementary suppression; Hundepool et al. 2012).
- Sizes are rounded at random to a multiple of `ROUNDING`, without bias; with the same chance a
  group just above `min_cell` is hidden and one of three or four is not listed, as fewer never are,
  so that nobody who comes or goes shows in what is listed.
- A mean is told in steps from everybody's. A step is as wide as the middle 95 % of all groups of
  that size, and as what two people can move. Steps end where a fifth of the group could no longer
  be anybody. So very many memberships fit every figure.
- For means each person counts in a group drawn at random with chance `ELSEWHERE`, the same one on
  every page and in every run (randomised response, Warner 1965; made once as by Erlingsson, Pihur &
  Korolova 2014). However much is told over a year, it tells no more than these groups.
- Where a step ends is blurred by noise that membership and values fix (the cell key method;
  Thompson, Broadfoot & Elazar 2013): the same again tells nothing new.
- All this is drawn under the key of the cohort, so that nobody without it can draw it again, be it
  who holds the tables and knows the groups of all others.
- Everything else (intervals, differences, digits) follows from what is told and from figures of
  all people together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Ints

Estimate = tuple[float, float, float, str]
"""Value, ends of its interval, note."""

NOT_STATED = "(not stated)"
GAP_COLUMNS = ("attribute", "metric", "statistic", "group", "n", "value", "low", "high", "note")
HIDDEN: Estimate = (np.nan, np.nan, np.nan, "too few people to show")
FEW: Estimate = (np.nan, np.nan, np.nan, "fewer than two groups can be shown")
OUTERMOST = "or further from everybody's"
NOTHING = "too few people to tell from everybody"
NORMAL = 1.96
"""Standard errors on each side of the middle 95 %."""
ROUNDING = 5
"""Sizes of groups are told as multiples of this."""
NOT_LISTED, SURELY_LISTED = 2, 5
"""Up to how many people a group is not listed, and from how many for certain; between by chance."""
ELSEWHERE = 0.25
"""Chance of a person to count in a group that is drawn by the sizes of all groups."""
BLUR = 0.25
"""Where a step ends, in steps, is uncertain by this much on each side."""
OTHERS = 0.2
"""Share of a group (or of the rest, if smaller) that may be anybody in every step told."""


def group_gaps(
    metrics: Mapping[str, Floats], groups: pd.DataFrame, *, min_cell: int = 10, secret: bytes = b""
) -> pd.DataFrame:
    """Compare the mean of each metric between the groups of each attribute, in steps.

    Parameters
    ----------
    metrics
        By name, one number a person, such as value, matched (0 or 1) or number of mentors: (n,).
    groups
        One row a person in the same order, ids as its index, one column an attribute; missing is
        not stated.
    min_cell
        Smallest group that is shown.
    secret
        What noise is drawn with, unknown to readers: see `privacy.input_hashes.noise_secret`.

    Returns
    -------
    DataFrame
        `attribute, metric, statistic, group, n, value, low, high, note`. `statistic` is overall,
        by_group, difference (largest minus smallest shown group mean) or ratio (smallest over
        largest). `n` is text: rounded, ``<10`` where a cell is small and ``hidden`` where it would
        give a small one away; their values are missing. Differences and ratios need two shown
        groups, of those who said; else they are missing with a note. Intervals hold 95 %, of
        sampling and of rounding.
    """
    table = {name: np.asarray(values, dtype=np.float64) for name, values in metrics.items()}
    rows = [
        (str(attribute), *row)
        for attribute in groups.columns
        for row in _of_attribute(_grouping(groups[attribute], min_cell, secret), table)
    ]
    return pd.DataFrame(rows, columns=list(GAP_COLUMNS))


@dataclass(frozen=True)
class Steps:
    """In which steps the mean of a group of one size is told: nothing here knows who is in it."""

    centre: float
    """Everybody's mean, which is step 0."""
    width: float
    """From one step to the next; 0 where everybody has the same."""
    error: float
    """Standard error of the mean of so many people."""
    furthest: tuple[int, int]
    """Least and largest step that is told."""
    reach: tuple[float, float]
    """Least and largest mean that so many people can have."""

    @classmethod
    def of(cls, ordered: Floats, size: int) -> Steps:
        """Return the steps of a group of `size` (1 to n) among people of `ordered` values (n,)."""
        # A mean of equal values may be none of them by its last digit.
        n, centre = len(ordered), float(np.clip(ordered.mean(), ordered[0], ordered[-1]))
        error = float((ordered - centre).std()) / np.sqrt(size)
        by_chance = NORMAL * error * np.sqrt((n - size) / max(1, n - 1))
        by_one = max(centre - ordered[0], ordered[-1] - centre) / size
        width = float(2 * max(by_chance, by_one))
        least, most = 0, 0
        if width > 0:
            low, high = _undecided(ordered, size), -_undecided(-ordered[::-1], size)
            least = min(0, int(np.ceil((low - centre) / width - 0.5)))
            most = max(0, int(np.floor((high - centre) / width + 0.5)))
        reach = float(ordered[:size].mean()), float(ordered[-size:].mean())
        return cls(centre, width, error, (least, most), reach)

    @property
    def decimals(self) -> int:
        """Decimals that tell steps to a tenth of their width."""
        return max(0, 1 + int(np.ceil(-np.log10(self.width)))) if self.width > 0 else 3

    def step(self, mean: float, blur: float) -> int:
        """Return the step of a mean, with the ends of steps moved by `blur` steps."""
        exact = (mean - self.centre) / self.width + blur if self.width > 0 else 0.0
        return int(np.clip(np.rint(exact), *self.furthest))

    def told(self, step: int) -> Estimate:
        """Return value, interval and note of a step."""
        value = self.centre + step * self.width
        drawn = 2 * ELSEWHERE / (1 - ELSEWHERE) ** 2
        blur = self.width**2 * (1 + (2 * BLUR) ** 2) / 12
        half = NORMAL * np.sqrt(self.error**2 * (1 + drawn) + blur)
        low, high = value - half, value + half
        if step == self.furthest[0]:
            low = min(low, self.reach[0])
        if step == self.furthest[1]:
            high = max(high, self.reach[1])
        if self.width > 0 and self.furthest == (0, 0):
            return value, low, high, NOTHING
        return value, low, high, OUTERMOST if step != 0 and step in self.furthest else ""


def _undecided(ordered: Floats, size: int) -> float:
    """Return the least mean up to which neither the lowest nor the highest people must be told.

    Groups of `size` have a mean this low without the lowest few, and with the highest few in them.
    """
    few = int(np.ceil(OTHERS * min(size, len(ordered) - size)))
    without = ordered[few : few + size].mean()
    beside = np.concatenate([ordered[: size - few], ordered[len(ordered) - few :]]).mean()
    return float(max(without, beside))


@dataclass(frozen=True)
class _Grouping:
    """The groups of one attribute: who is in them, and what is told of their sizes."""

    cells: tuple[str, ...]
    member: Bools
    """(n, cells) in which people count."""
    n: tuple[str, ...]
    """The size of each cell as it is told."""
    shown: Bools
    """(cells,)"""
    sizes: Ints
    """(cells,) rounded."""
    key: bytes
    """What membership and secret fix all noise by."""
    least: int
    """Smallest group that is shown."""


def _grouping(column: pd.Series[Any], min_cell: int, secret: bytes) -> _Grouping:
    labels = column.astype(object).where(column.notna(), NOT_STATED).astype(str)
    key = secret + "\0".join(labels).encode()
    noise = _noise(key)
    codes, cells = pd.factorize(labels, sort=True)
    sizes = np.bincount(codes, minlength=len(cells))
    never = min(NOT_LISTED, max(0, min_cell - 1))
    chance = noise.integers(min(SURELY_LISTED - never, min_cell), size=len(cells))
    listed = sizes - never > chance
    member = (_counted(column, codes, secret)[:, None] == np.arange(len(cells)))[:, listed]
    n, sizes = len(codes), sizes[listed]
    rounded = ROUNDING * np.floor(sizes / ROUNDING + noise.random(len(sizes))).astype(np.int64)
    rounded = np.clip(rounded, min(ROUNDING, n), n)
    few = sizes < min_cell + noise.integers(min(ROUNDING, min_cell), size=len(sizes))
    shown = shown_cells(np.where(few, np.minimum(sizes, min_cell - 1), sizes), min_cell)
    hidden = np.where(few, f"<{min_cell}", "hidden")
    return _Grouping(
        cells=tuple(map(str, cells[listed])),
        member=member,
        n=tuple(np.where(shown, rounded.astype(str), hidden).tolist()),
        shown=shown,
        sizes=rounded,
        key=key,
        least=min_cell,
    )


def _counted(column: pd.Series[Any], codes: Ints, secret: bytes) -> Ints:
    """Return in which group each person counts for means: their own, or one that is drawn."""
    own = (secret + f"{column.name}\0{person}".encode() for person in column.index)
    words = b"".join(sha256(word).digest()[:8] for word in own)
    chance, place = np.frombuffer(words, "<u4").reshape(-1, 2).T / 2**32
    return np.where(chance < ELSEWHERE, np.sort(codes)[(place * len(codes)).astype(int)], codes)


def _noise(key: bytes) -> np.random.Generator:
    return np.random.default_rng(list(sha256(key).digest()))


def _of_attribute(grouping: _Grouping, table: Mapping[str, Floats]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one attribute, without its name."""
    for metric, values in table.items():
        told = _told(values, grouping)
        sizes = (_size(values, grouping.least), *grouping.n, "", "")
        kinds = ["overall", *["by_group"] * len(grouping.cells), "difference", "ratio"]
        names = ("", *grouping.cells, "", "")
        yield from (
            (metric, kind, name, size, *estimate)
            for kind, name, size, estimate in zip(kinds, names, sizes, told, strict=True)
        )


def _told(values: Floats, grouping: _Grouping) -> list[Estimate]:
    """Return what is told of everybody, of each group, and of the extreme groups compared."""
    values = values.round(9) + 0.0
    blur = _noise(grouping.key + values.tobytes()).uniform(-BLUR, BLUR, len(grouping.cells))
    n, ordered = len(values), np.sort(values)
    steps = {g: Steps.of(ordered, int(grouping.sizes[g])) for g in np.flatnonzero(grouping.shown)}
    by_group = [HIDDEN] * len(grouping.cells)
    for g, told in steps.items():
        own = values[grouping.member[:, g]]
        apart = (float(own.mean()) - told.centre) / (1 - ELSEWHERE) if len(own) else 0.0
        by_group[g] = told.told(told.step(told.centre + apart, blur[g]))
    mean, half = (float(ordered.mean()), float(ordered.std()) / np.sqrt(n)) if n else (np.nan,) * 2
    overall = (mean, mean - NORMAL * half, mean + NORMAL * half, "")
    if n < grouping.least:
        overall = HIDDEN
    said = [by_group[g] for g in steps if grouping.cells[g] != NOT_STATED]
    decimals = max((each.decimals for each in steps.values()), default=3)
    return [_in_digits(each, decimals) for each in (overall, *by_group, *_gaps(said))]


def _in_digits(told: Estimate, decimals: int) -> Estimate:
    value, low, high, note = told
    return round(value, decimals), round(low, decimals), round(high, decimals), note


def _size(values: Floats, min_cell: int) -> str:
    return str(len(values)) if len(values) >= max(1, min_cell) else f"<{min_cell}"


def shown_cells(sizes: Ints, min_cell: int) -> Bools:
    """Tell which cells may be shown: none under `min_cell`, and none that gives such a one away.

    The total is known, so hidden cells must be two or more and hold `min_cell` people together;
    until they do, the smallest shown cell is hidden too.
    """
    shown = sizes >= min_cell
    for cell in np.argsort(sizes, kind="stable"):
        hidden = ~shown
        if not hidden.any() or (hidden.sum() >= 2 and sizes[hidden].sum() >= min_cell):
            break
        shown[cell] = False
    return np.asarray(shown, dtype=bool)


def _gaps(said: list[Estimate]) -> tuple[Estimate, Estimate]:
    """Return difference and ratio of the extreme groups, from what is told of them alone."""
    if len(said) < 2:
        return FEW, FEW
    lowest, highest = min(said), max(said)
    bottom, top = lowest[0], highest[0]
    halves = [max(value - low, high - value) for value, low, high, _ in (lowest, highest)]
    half = float(np.hypot(halves[0], halves[1]))
    apart = (top - bottom, top - bottom - half, top - bottom + half, "")
    if bottom < 0 or top <= 0:
        return apart, (np.nan, np.nan, np.nan, "not positive")
    ratio = bottom / top
    spread = float(np.hypot(halves[0], ratio * halves[1])) / top
    return apart, (ratio, max(0.0, ratio - spread), ratio + spread, "")
