"""Whether a match serves groups of people alike: gaps with intervals, small cells hidden.

The frame follows fairlearn's MetricFrame (Bird et al. 2020): overall, by group, difference, ratio.
Intervals are percentile bootstraps over people (Efron & Tibshirani 1993). Cells under `min_cell`
are hidden, and so is the next smallest where a hidden cell could be worked out from the others
(complementary suppression; Hundepool et al. 2012).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Ints

Estimate = tuple[float, float, float, str]

NOT_STATED = "(not stated)"
COLUMNS = ("attribute", "metric", "statistic", "group", "n", "value", "low", "high", "note")
HIDDEN = (np.nan, np.nan, np.nan, "too few people to show")
"""Value, ends of the interval and note of a cell that is not shown."""
_REPLICATE_CELLS = 2_000_000


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn: two-sided, from percentiles of resampled people."""

    samples: int = 1000
    level: float = 0.95
    seed: int = 0


DEFAULT_BOOTSTRAP = Bootstrap()


def group_gaps(
    metrics: Mapping[str, Floats],
    groups: pd.DataFrame,
    *,
    min_cell: int = 10,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
) -> pd.DataFrame:
    """Compare the mean of each metric between the groups of each attribute.

    Parameters
    ----------
    metrics
        By name, one number a person, such as value, matched (0 or 1) or number of mentors: (n,).
    groups
        One row a person in the same order, one column an attribute; missing is not stated.
    min_cell
        Smallest group that is shown.
    bootstrap
        Samples, level and seed of the intervals.

    Returns
    -------
    DataFrame
        `attribute, metric, statistic, group, n, value, low, high, note`. `statistic` is overall,
        by_group, difference (largest minus smallest shown group mean) or ratio (smallest over
        largest). `n` is text, as ``<10`` where a cell is small and ``hidden`` where it would give
        a small one away; their values are missing. Differences and ratios need two shown groups,
        of those who said; else they are missing with a note.
    """
    if not metrics:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(metrics, dtype=np.float64)
    rows = [
        (str(attribute), *row)
        for attribute in groups.columns
        for row in _of_attribute(groups[attribute], table, min_cell, bootstrap)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_attribute(
    column: pd.Series[Any], metrics: pd.DataFrame, min_cell: int, bootstrap: Bootstrap
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one attribute, without its name."""
    labels = column.astype(object).where(column.notna(), NOT_STATED).astype(str)
    codes, cells = pd.factorize(labels, sort=True)
    member = codes[:, None] == np.arange(len(cells))
    sizes, n, table = member.sum(axis=0), len(codes), np.ascontiguousarray(metrics.to_numpy())
    shown = shown_cells(sizes, min_cell)
    means = _means(table, member, np.ones((1, n)))[0]
    whole, drawn = _resampled(table, member, bootstrap)
    compared = np.flatnonzero(shown & (np.asarray(cells) != NOT_STATED))
    for k, name in enumerate(metrics.columns):
        is_shown = n >= min_cell and n > 0
        mean = float(table[:, k].mean()) if n else np.nan
        told = _estimate(mean, whole[:, k], bootstrap) if is_shown else HIDDEN
        yield name, "overall", "", _size(n, min_cell, is_shown=is_shown), *told
        for g, cell in enumerate(cells):
            told = _estimate(means[g, k], drawn[:, g, k], bootstrap) if shown[g] else HIDDEN
            size = _size(sizes[g], min_cell, is_shown=bool(shown[g]))
            yield name, "by_group", str(cell), size, *told
        gaps = _gaps(means[:, k], drawn[:, :, k], compared, bootstrap)
        for statistic, told in zip(("difference", "ratio"), gaps, strict=True):
            yield name, statistic, "", "", *told


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


def _resampled(table: Floats, member: Bools, bootstrap: Bootstrap) -> tuple[Floats, Floats]:
    """Resample people: means (b, metrics) overall and (b, cells, metrics) by group."""
    n = len(table)
    if n == 0:
        return np.empty((0, table.shape[1])), np.empty((0, member.shape[1], table.shape[1]))
    rng = np.random.default_rng(bootstrap.seed)
    step = max(1, _REPLICATE_CELLS // n)
    overall, by_group = [], []
    for start in range(0, bootstrap.samples, step):
        size = min(step, bootstrap.samples - start)
        weight = rng.multinomial(n, np.full(n, 1 / n), size).astype(np.float64)
        overall.append(weight @ table / n)
        by_group.append(_means(table, member, weight))
    return np.concatenate(overall), np.concatenate(by_group)


def _means(table: Floats, member: Bools, weight: Floats) -> Floats:
    """Return weighted means by cell: (b, cells, metrics), nan where a sample has nobody of it."""
    count = weight @ member
    total = np.stack([weight @ (member * column[:, None]) for column in table.T], axis=2)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count[:, :, None], out=mean, where=count[:, :, None] > 0)
    return mean


def _estimate(value: float, drawn: Floats, bootstrap: Bootstrap) -> Estimate:
    """Return the value with its interval and no note."""
    tail = (1.0 - bootstrap.level) / 2
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    return float(value), float(low), float(high), ""


def _size(n: int, min_cell: int, *, is_shown: bool) -> str:
    if is_shown:
        return str(n)
    return f"<{min_cell}" if n < min_cell else "hidden"


def _gaps(
    means: Floats, drawn: Floats, compared: Ints, bootstrap: Bootstrap
) -> tuple[Estimate, Estimate]:
    """Return difference and ratio of the extreme groups; the intervals keep these two groups."""
    if len(compared) < 2:
        few = (np.nan, np.nan, np.nan, "fewer than two groups can be shown")
        return few, few
    top, bottom = compared[np.argmax(means[compared])], compared[np.argmin(means[compared])]
    apart = _estimate(means[top] - means[bottom], drawn[:, top] - drawn[:, bottom], bootstrap)
    if means[bottom] < 0 or means[top] <= 0:
        return apart, (np.nan, np.nan, np.nan, "not positive")
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = drawn[:, bottom] / drawn[:, top]
    return apart, _estimate(means[bottom] / means[top], shares, bootstrap)
