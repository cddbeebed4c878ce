"""The two drawings of a plan as SVG; texts are escaped here, all the rest is numbers and words.

Contacts stand in few places, so what a place looks like is put into words once a process.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from matcher.plans.ego_figure import CENTRE, INSIDE, OUTSIDE, THICK, UNKNOWN, shorten

if TYPE_CHECKING:
    from matcher.plans.ego_figure import Drawing, Node
    from matcher.plans.timeline import Bar, Timeline

INK, SOFT, LINE, PAPER = "#1b2429", "#55626b", "#d5dce0", "#fff"
HOME, AWAY, CALM, WARM = "#1d6177", "#b4632a", "#f1f6f8", "#fbf4ee"


def network_svg(drawing: Drawing) -> Markup:
    """Return the ego network: the person in the middle, lines by how often they talk."""
    x, y = CENTRE
    half = drawing.width // 2
    parts = [
        _head(drawing.width, drawing.height, "Your network", drawing.text),
        f'<rect x="0" y="0" width="{half}" height="{2 * y:g}" fill="{CALM}"/>',
        _text(10, 18, 12, SOFT, "start", "inside your organisation"),
        _text(drawing.width - 10, 18, 12, SOFT, "end", "outside"),
    ]
    if any(node.shape == UNKNOWN for node in drawing.nodes):
        parts.append(_text(10, drawing.height - 4, 12, SOFT, "start", "not said where"))
    parts += [_tie(*ends) for ends in drawing.ties]
    parts += [_line(node.x, node.y, node.line) for node in drawing.nodes]
    parts += [_contact(node) for node in drawing.nodes]
    parts += [f'<circle cx="{x:g}" cy="{y:g}" r="19" fill="{INK}"/>']
    parts += [_text(x, y + 4.5, 13, PAPER, "middle", "you"), "</svg>"]
    return Markup("\n".join(parts))


def timeline_svg(timeline: Timeline) -> Markup:
    """Return the portfolio over time: one bar a person."""
    parts = [_head(timeline.width, timeline.height, "Your portfolio over time", timeline.text)]
    for x, label in timeline.ticks:
        parts.append(f'<path d="M{x:.1f} 6V{timeline.height}" stroke="{LINE}"/>')
        parts.append(_text(round(x + 5, 1), 16, 12, SOFT, "start", label))
    parts += [_bar(bar, timeline.left) for bar in timeline.bars]
    return Markup("\n".join([*parts, "</svg>"]))


def _head(width: int, height: int, title: str, text: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}"><title>{title}</title>'
        f"<desc>{escape(text)}</desc>"
    )


def _text(x: float, y: float, size: float, fill: str, anchor: str, text: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


@cache
def _tie(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<path d="M{x} {y}L{to_x} {to_y}" stroke="#b9c4ca" stroke-width="1.2"/>'


@cache
def _line(x: float, y: float, how_often: str) -> str:
    dashes = ' stroke-dasharray="3 4"' if how_often == "unknown" else ""
    return (
        f'<path d="M{CENTRE[0]:g} {CENTRE[1]:g}L{x} {y}" stroke="{HOME}" '
        f'stroke-width="{THICK[how_often]}"{dashes} opacity=".55"/>'
    )


def _contact(node: Node) -> str:
    label = _text(node.label_x, node.label_y, 13, INK, node.anchor, node.label)
    return _shape(node.x, node.y, node.shape, node.marks) + label


@cache
def _shape(x: float, y: float, kind: str, marks: str) -> str:
    if kind == OUTSIDE:
        place = f'x="{x - 11:g}" y="{y - 11:g}"'
        shape = f'<rect {place} width="22" height="22" rx="3" fill="{AWAY}"/>'
    elif kind == INSIDE:
        shape = f'<circle cx="{x}" cy="{y}" r="12" fill="{HOME}"/>'
    else:
        shape = f'<circle cx="{x}" cy="{y}" r="12" fill="{PAPER}" stroke="{SOFT}"/>'
    ink = INK if kind == UNKNOWN else PAPER
    return shape + _text(x, y + 3.6, 8 if len(marks) > 2 else 10, ink, "middle", marks)


def _bar(bar: Bar, left: int) -> str:
    fill = f'fill="{HOME}"'
    if bar.kind != "formal":
        fill = f'fill="{WARM}" stroke="{AWAY}" stroke-dasharray="5 3"'
    return _text(left - 12, bar.y + 12, 13, INK, "end", shorten(bar.label, 20)) + (
        f'<rect x="{bar.x + 1:.1f}" y="{bar.y + 8 - bar.thick / 2:g}" '
        f'width="{bar.width - 2:.1f}" height="{bar.thick}" rx="2" {fill}/>'
    )
