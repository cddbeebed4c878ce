"""A scatter plot as SVG, for the Pareto front and for documents: no plotting library is needed."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 560, 360, 56


def scatter(
    x: Sequence[float],
    y: Sequence[float],
    classes: Sequence[str],
    *,
    title: str,
    labels: tuple[str, str],
    colours: dict[str, str],
    ticks: Mapping[float, str] | None = None,
) -> str:
    """Return points by class as an SVG drawing.

    Parameters
    ----------
    x, y
        Positions of the points.
    classes
        Class of each point; later classes of `colours` are drawn above earlier ones.
    title, labels
        What the plot shows; what the axes are.
    colours
        Colour of each class; the order is that of the legend.
    ticks
        Where to mark the axis across, and how; None: at round numbers.
    """
    across, along = _axis(x), _axis(y)
    marks = _round_numbers(*across) if ticks is None else ticks
    points = [
        f'<circle cx="{_at(px, across, MARGIN, WIDTH - 16):.1f}" '
        f'cy="{_at(py, along, HEIGHT - MARGIN, 40):.1f}" r="4" fill="{colours[name]}"/>'
        for wanted in colours
        for px, py, name in zip(x, y, classes, strict=True)
        if name == wanted
    ]
    legend = [
        f'<circle cx="{MARGIN + 110 * k}" cy="32" r="4" fill="{colour}"/>'
        f'<text x="{MARGIN + 8 + 110 * k}" y="36">{escape(name)}</text>'
        for k, (name, colour) in enumerate(colours.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            f'<text x="{MARGIN}" y="18" font-size="13">{escape(title)}</text>',
            *legend,
            *_frame(across, along, labels, marks),
            *points,
            "</svg>\n",
        ]
    )


def _axis(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    pad = 0.05 * (high - low) or 0.5
    return low - pad, high + pad


def _at(value: float, axis: tuple[float, float], start: float, stop: float) -> float:
    return start + (value - axis[0]) / (axis[1] - axis[0]) * (stop - start)


def _frame(
    across: tuple[float, float],
    along: tuple[float, float],
    labels: tuple[str, str],
    marks: Mapping[float, str],
) -> list[str]:
    bottom, right = HEIGHT - MARGIN, WIDTH - 16
    lines = [
        f'<path d="M{MARGIN} 40V{bottom}H{right}" fill="none" stroke="#555"/>',
        f'<text x="{(MARGIN + right) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{escape(labels[0])}</text>",
        f'<text transform="translate(14 {bottom / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(labels[1])}</text>",
    ]
    lines += [
        f'<text x="{_at(value, across, MARGIN, right):.1f}" y="{bottom + 16}" '
        f'text-anchor="middle">{escape(word)}</text>'
        for value, word in marks.items()
    ]
    lines += [
        f'<text x="{MARGIN - 6}" y="{_at(value, along, bottom, 40) + 4:.1f}" '
        f'text-anchor="end">{word}</text>'
        for value, word in _round_numbers(*along).items()
    ]
    return lines


def _round_numbers(low: float, high: float) -> dict[float, str]:
    """Return two to six round numbers within an axis, with what to write there."""
    power = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(m * power for m in (1, 2, 5, 10, 20) if (high - low) / (m * power) <= 5)
    first, last = math.ceil(low / step), math.floor(high / step)
    return {k * step: f"{k * step:.6g}" for k in range(first, last + 1)}
