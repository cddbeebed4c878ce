"""The chart of a benchmark: what each method achieves of the best, and how long it takes."""

from collections.abc import Callable, Iterator
from html import escape

import numpy as np
import pandas as pd

from matcher.lab.standing import Standing, standing_of

WIDTH, ROW, TOP = 860, 22, 84
QUALITY = (130, 440)
"""Where the axis of the objective begins and ends."""
TIME = (540, 770)
"""Where the axis of seconds begins and ends."""
INK, RULE, DOT = "#1b2733", "#d5d9de", "#1f5f8b"


def as_svg(table: pd.DataFrame) -> str:
    """Return a dot chart with a row a method: objective as a share of the best, and seconds.

    The best is the largest objective at the best tiers. A hollow dot is an answer that misses some
    of what counts first, whatever its objective.
    """
    groups = [
        (str(cohort), standing_of(rows)) for cohort, rows in table.groupby("cohort", sort=False)
    ]
    height = TOP + sum(ROW * (len(found.missed) + 2) for _, found in groups)
    parts = [*_frame(height)]
    quality, time = _quality_axis(groups), _time_axis(groups)
    y = TOP
    for cohort, found in groups:
        parts.append(f'<text x="12" y="{y}" font-weight="bold">{escape(cohort)}</text>')
        y += ROW
        for method in found.missed:
            parts += _row(found, method, y, quality, time)
            y += ROW
        y += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="sans-serif" font-size="12" '
        f'fill="{INK}">'
    )
    yield "<title>Objective of each method as a share of the best, and its seconds</title>"
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    yield (
        f'<text x="{QUALITY[0]}" y="24" font-size="14">Objective, share of the best at the best '
        "tiers</text>"
    )
    yield f'<text x="{TIME[0]}" y="24" font-size="14">Seconds, logarithmic</text>'
    yield f'<circle cx="{QUALITY[0] + 5}" cy="40" r="4.5" fill="none" stroke="{DOT}"/>'
    yield (
        f'<text x="{QUALITY[0] + 16}" y="44">misses some of the tiers, which count before the '
        "objective</text>"
    )


def _quality_axis(groups: list[tuple[str, Standing]]) -> Callable[[float], float]:
    top = max([1.0, *(share for _, found in groups for share in found.shares.values())])
    start, end = QUALITY

    def place(share: float) -> float:
        return start + (end - start) * max(0.0, share) / top

    return place


def _time_axis(groups: list[tuple[str, Standing]]) -> Callable[[float], float]:
    seconds = [value for _, found in groups for value in found.means["seconds"]]
    low = np.log10(max(1e-4, min(seconds, default=0.1)))
    span = max(1e-9, np.log10(max(1e-4, max(seconds, default=1.0))) - low)
    start, end = TIME

    def place(value: float) -> float:
        return float(start + (end - start) * (np.log10(max(1e-4, value)) - low) / span)

    return place


def _row(
    found: Standing,
    method: str,
    y: int,
    quality: Callable[[float], float],
    time: Callable[[float], float],
) -> Iterator[str]:
    yield f'<text x="24" y="{y}">{escape(method)}</text>'
    if method not in found.shares:
        yield f'<text x="{QUALITY[0]}" y="{y}" fill="#6b7682">no answer</text>'
        return
    share, seconds = found.shares[method], float(found.means["seconds"][method])
    some = " (some seeds)" if found.missed[method] else ""
    hollow = found.goals[method] != found.best_goals
    yield _rule(QUALITY, y)
    yield _dot(quality(share), y, hollow=hollow)
    yield f'<text x="{QUALITY[1] + 14}" y="{y}">{100 * share:.1f} %{some}</text>'
    yield _rule(TIME, y)
    yield _dot(time(seconds), y, hollow=False)
    yield f'<text x="{TIME[1] + 14}" y="{y}">{seconds:.3g} s</text>'


def _rule(span: tuple[int, int], y: int) -> str:
    return f'<line x1="{span[0]}" x2="{span[1]}" y1="{y - 4}" y2="{y - 4}" stroke="{RULE}"/>'


def _dot(x: float, y: int, *, hollow: bool) -> str:
    fill = "#ffffff" if hollow else DOT
    return f'<circle cx="{x:.1f}" cy="{y - 4}" r="5" fill="{fill}" stroke="{DOT}"/>'
