"""Whether a match serves groups of people alike: gaps with intervals, small cells hidden.

The frame follows fairlearn's MetricFrame (Bird et al. 2020): overall, by group, difference, ratio.
Intervals are percentile bootstraps over people (Efron & Tibshirani 1993). Cells under `min_cell`
are hidden, and so is the next smallest where a hidden cell could be worked out from the others
(complementary suppression; Hundepool et al. 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NOT_STATED = "(not stated)"
COLUMNS = ("attribute", "metric", "statistic", "group", "n", "value", "low", "high", "note")
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
    names = list(metrics)
    table = np.column_stack([np.asarray(metrics[name], dtype=np.float64) for name in names])
    rows: list[dict[str, object]] = []
    for attribute in groups.columns:
        rows += _attribute_rows(
            str(attribute), groups[attribute], names, table, min_cell, bootstrap
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _attribute_rows(
    attribute: str,
    column: pd.Series,
    names: list[str],
    table: Floats,
    min_cell: int,
    bootstrap: Bootstrap,
) -> list[dict[str, object]]:
    labels = column.astype(object).where(column.notna(), NOT_STATED).astype(str)
    codes, cells = pd.factorize(labels, sort=True)
    sizes = np.bincount(codes, minlength=len(cells))
    shown = shown_cells(sizes, min_cell)
    means = _means(table, codes, len(cells), np.ones((1, len(codes))))[0]
    drawn = _replicates(table, codes, len(cells), bootstrap)
    compared = shown & (np.asarray(cells) != NOT_STATED)
    rows = []
    for k, name in enumerate(names):
        base = {"attribute": attribute, "metric": name}
        whole = (float(table[:, k].mean()), drawn.overall[:, k]) if len(table) else (np.nan, None)
        rows.append(base | _overall(len(codes), whole, min_cell, bootstrap))
        for g, cell in enumerate(cells):
            rows.append(
                base
                | {
                    "statistic": "by_group",
                    "group": str(cell),
                    "n": _size(sizes[g], shown[g], min_cell),
                }
                | _estimate(
                    means[g, k], drawn.by_group[:, g, k], bootstrap, is_shown=bool(shown[g])
                )
            )
        rows += [
            base | row for row in _gaps(means[:, k], drawn.by_group[:, :, k], compared, bootstrap)
        ]
    return rows


def shown_cells(sizes: Ints, min_cell: int) -> NDArray[np.bool_]:
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


@dataclass(frozen=True)
class _Drawn:
    overall: Floats
    by_group: Floats


def _replicates(table: Floats, codes: Ints, cells: int, bootstrap: Bootstrap) -> _Drawn:
    """Resample people: means (b, metrics) overall and (b, cells, metrics) by group."""
    n = len(codes)
    if n == 0:
        return _Drawn(np.empty((0, table.shape[1])), np.empty((0, cells, table.shape[1])))
    rng = np.random.default_rng(bootstrap.seed)
    step = max(1, _REPLICATE_CELLS // n)
    overall, by_group = [], []
    for start in range(0, bootstrap.samples, step):
        size = min(step, bootstrap.samples - start)
        weight = rng.multinomial(n, np.full(n, 1 / n), size).astype(np.float64)
        overall.append(weight @ table / n)
        by_group.append(_means(table, codes, cells, weight))
    return _Drawn(np.concatenate(overall), np.concatenate(by_group))


def _means(table: Floats, codes: Ints, cells: int, weight: Floats) -> Floats:
    """Return weighted means by cell: (b, cells, metrics), nan where a sample has nobody of it."""
    member = codes[:, None] == np.arange(cells)
    count = weight @ member
    total = np.stack([weight @ (member * table[:, k, None]) for k in range(table.shape[1])], axis=2)
    mean = np.full(total.shape, np.nan)
    np.divide(total, count[:, :, None], out=mean, where=count[:, :, None] > 0)
    return mean


def _overall(
    n: int, whole: tuple[float, Floats | None], min_cell: int, bootstrap: Bootstrap
) -> dict[str, object]:
    value, drawn = whole
    is_shown = n >= min_cell and drawn is not None
    samples = np.empty(0) if drawn is None else drawn
    row: dict[str, object] = {
        "statistic": "overall",
        "group": "",
        "n": _size(n, is_shown, min_cell),
    }
    return row | _estimate(value, samples, bootstrap, is_shown=is_shown)


def _estimate(
    value: float, drawn: Floats, bootstrap: Bootstrap, *, is_shown: bool
) -> dict[str, object]:
    if not is_shown:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "note": "too few people to show"}
    tail = (1.0 - bootstrap.level) / 2
    known = drawn[~np.isnan(drawn)]
    low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
    return {"value": float(value), "low": float(low), "high": float(high), "note": ""}


def _size(n: int, is_shown: bool, min_cell: int) -> str:
    if is_shown:
        return str(n)
    return f"<{min_cell}" if n < min_cell else "hidden"


def _gaps(
    means: Floats, drawn: Floats, compared: NDArray[np.bool_], bootstrap: Bootstrap
) -> list[dict[str, object]]:
    """Return difference and ratio of the extreme groups; the intervals keep these two groups."""
    base: dict[str, object] = {"group": "", "n": ""}
    nothing = {"value": np.nan, "low": np.nan, "high": np.nan}
    places = np.flatnonzero(compared)
    if len(places) < 2:
        note = "fewer than two groups can be shown"
        return [base | {"statistic": s} | nothing | {"note": note} for s in ("difference", "ratio")]
    top, bottom = places[np.argmax(means[places])], places[np.argmin(means[places])]
    difference = _estimate(
        means[top] - means[bottom], drawn[:, top] - drawn[:, bottom], bootstrap, is_shown=True
    )
    rows = [base | {"statistic": "difference"} | difference]
    if means[bottom] < 0 or means[top] <= 0:
        return [*rows, base | {"statistic": "ratio"} | nothing | {"note": "not positive"}]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = drawn[:, bottom] / drawn[:, top]
    shares = np.where(np.isfinite(shares), shares, np.nan)
    ratio = _estimate(means[bottom] / means[top], shares, bootstrap, is_shown=True)
    return [*rows, base | {"statistic": "ratio"} | ratio]
