"""Charts as small SVG drawings beside the rows of their own table.

A plot is one SVG, stretched over as many equal table rows as it has marks, so that the chart and
the table behind it are one thing: nothing is drawn that cannot be read as text, and labels stay
text at any width. Coordinates: x in 0..1000 over the axis, y in 0..10 a row.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

WIDTH = 1000
ROW = 10


@dataclass(frozen=True)
class Plot:
    """One SVG: its title, the rows it spans, and a path for each mark class."""

    title: str
    rows: int
    paths: tuple[tuple[str, str], ...]
    ticks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A titled table whose last column is drawn."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plot: Plot
    axis: tuple[str, str]
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""
    texts: int = 1
    """Leading columns that hold words, not numbers."""


def bar_chart(
    key: str,
    title: str,
    headings: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    values: Sequence[float],
    *,
    shown: Callable[[float], str],
    most: float = math.inf,
    zero: str = "0",
    note: str = "",
    texts: int = 1,
) -> Chart:
    """Return a table with a bar a row, on an axis from `zero` to a round number, `most` at most.

    `shown` writes the number at the end of the axis; the rest is as in `Chart`.
    """
    limit = min(most, axis_limit(values))
    plot, axis = bars(title, values, limit), (zero, shown(limit))
    return Chart(key, title, headings, tuple(rows), plot, axis=axis, note=note, texts=texts)


def bars(title: str, values: Sequence[float], limit: float, *, marks: Sequence[float] = ()) -> Plot:
    """Return horizontal bars from 0 to `limit`, with an upright mark for each of `marks`."""
    drawn = "".join(_bar(row, 0, _x(v, 0, limit)) for row, v in _known(values))
    upright = "".join(_mark(row, _x(v, 0, limit)) for row, v in _known(marks))
    paths = (("a", drawn), ("m", upright)) if marks else (("a", drawn),)
    return Plot(title, len(values), paths, (0, 250, 500, 750, 1000))


def intervals(
    title: str, rows: Sequence[tuple[float, float, float]], low: float, high: float
) -> Plot:
    """Return an interval (low, high) with its middle marked for each row (value, low, high)."""
    spans, middles = [], []
    for row, (value, start, end) in enumerate(rows):
        if math.isfinite(start) and math.isfinite(end):
            spans.append(_bar(row, _x(start, low, high), _x(end, low, high), inset=4))
        if math.isfinite(value):
            middles.append(_mark(row, _x(value, low, high)))
    ticks = (_x(0, low, high),) if low <= 0 <= high else ()
    return Plot(title, len(rows), (("i", "".join(spans)), ("m", "".join(middles))), ticks)


def waterfall(title: str, parts: Sequence[int], limit: int) -> Plot:
    """Return steps that add up from 0, then the total; `parts` and `limit` in equal units."""
    gains: list[str] = []
    losses: list[str] = []
    at = 0
    for row, part in enumerate(parts):
        start, at = at, at + part
        target = gains if part >= 0 else losses
        target.append(_bar(row, _x(min(start, at), 0, limit), _x(max(start, at), 0, limit)))
    total = _bar(len(parts), 0, _x(at, 0, limit))
    paths = (("a", "".join(gains)), ("b", "".join(losses)), ("t", total))
    return Plot(title, len(parts) + 1, tuple(path for path in paths if path[1]))


def round_parts(parts: Sequence[float], unit: float = 0.001) -> list[int]:
    """Return `parts` in whole units that add up to the rounded total (largest remainders)."""
    exact = [part / unit for part in parts]
    floors = [math.floor(value) for value in exact]
    short = round(math.fsum(exact)) - sum(floors)
    order = sorted(range(len(parts)), key=lambda k: (floors[k] - exact[k], k))
    for k in order[:short]:
        floors[k] += 1
    return floors


def histogram(values: Sequence[float], bins: int, low: float, high: float) -> list[int]:
    """Return how many of `values` fall in each of `bins` equal bins; the ends take the rest."""
    known = [value for value in values if math.isfinite(value)]
    places = (int((value - low) / (high - low) * bins) for value in known)
    counts = Counter(min(bins - 1, max(0, place)) for place in places)
    return [counts[place] for place in range(bins)]


def axis_limit(values: Sequence[float]) -> float:
    """Return a round number not below any of `values`: a short multiple of a power of ten."""
    largest = max((v for v in values if math.isfinite(v)), default=0.0)
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    steps = (step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10))
    return next((step for step in steps if step >= largest * (1 - 1e-9)), largest)


def _known(values: Sequence[float]) -> Iterator[tuple[int, float]]:
    return ((row, value) for row, value in enumerate(values) if math.isfinite(value))


def _x(value: float, low: float, high: float) -> int:
    place = (value - low) / (high - low) if high > low else 0.0
    return round(WIDTH * min(1.0, max(0.0, place)))


def _bar(row: int, start: int, end: int, inset: int = 2) -> str:
    if end <= start:
        return ""
    width = max(end - start, 2)
    top, height = row * ROW + inset, ROW - 2 * inset
    return f"M{start} {top}h{width}v{height}h-{width}z"


def _mark(row: int, at: int) -> str:
    left = min(max(at - 3, 0), WIDTH - 6)
    return f"M{left} {row * ROW + 1}h6v8h-6z"
