"""The two drawings of a plan, as SVG and in words for those who do not see them.

One shows a person's network: who, inside or outside, what for, and how close. The other shows the
portfolio over time: who is there for how long, how broadly, and arranged by whom. Texts are escaped
here, all the rest is numbers and words. Contacts stand in few places, so what a place looks like is
put into words once a process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import compress
from math import cos, pi, sin
from operator import itemgetter
from typing import NamedTuple

from markupsafe import Markup, escape

from matcher.catalogue.catalogue import spoken
from matcher.plans.ego_network import Contact, EgoNetwork
from matcher.plans.people_part import MatchPart
from matcher.plans.plan_words import listing, people, purpose_phrase, say
from matcher.text import fold
from matcher.vocabulary import Era, Formality, Frequency, Horizon, Purpose, Scope

INK, SOFT, LINE, PAPER = "#1b2429", "#55626b", "#d5dce0", "#fff"
HOME, AWAY, CALM = "#1d6177", "#b4632a", "#f1f6f8"
WIDTH, HEIGHT = 640, 330
BELOW = 76
"""What people whose workplace is not said add to the height."""
CENTRE = (WIDTH / 2, HEIGHT / 2 + 2)
RADIUS = (170, 118)
SPREAD = 0.84 * pi
LONGEST_LABEL = 14
CLOSENESS = {0: "often", 1: "sometimes", 2: "rarely", -1: "unknown"}
THICK = {"often": 5.0, "sometimes": 2.6, "rarely": 1.1, "unknown": 1.1}
INSIDE, OUTSIDE, UNKNOWN = "inside", "outside", "unknown"
SIDE_OF_CONTACT = {True: INSIDE, False: OUTSIDE, None: UNKNOWN}

LEFT, ROW = 170, 24
SPAN = WIDTH - LEFT - 10
ORGANIC_ROWS = 4
"""People of one's own on the timeline; the closest first."""
SHORT_SHARE = 0.34
UNSAID, OWN_CONTACT = "not said", "own"
"""Kinds of bars beside formal and informal ones."""
ERAS = {
    Era.PAST: (0.0, 0.15),
    Era.PRESENT: (0.0, 1.0),
    Era.FUTURE: (SHORT_SHARE, 1.0 - SHORT_SHARE),
}
"""Where contacts of a part of working life begin on the timeline, and how long they last."""


class Node(NamedTuple):
    """A contact in the drawing, in pixels."""

    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    label: str
    side: str
    line: str
    """How often the two talk."""
    marks: str


@dataclass(frozen=True)
class Drawing:
    """The ego network as shapes, with the same in words."""

    nodes: tuple[Node, ...]
    ties: tuple[tuple[float, float, float, float], ...]
    text: str
    height: int

    @property
    def key(self) -> str:
        """What the letters in the drawing stand for."""
        return str(spoken()["drawing"]["key"])

    @property
    def svg(self) -> Markup:
        """The person in the middle, lines by how often they talk."""
        x, y = CENTRE
        told = spoken()["drawing"]
        parts = [
            _head(self.height, told["title"], self.text),
            f'<rect x="0" y="0" width="{WIDTH // 2}" height="{2 * y:g}" fill="{CALM}"/>',
            _text((10, 18), 12, SOFT, "start", told["inside"]),
            _text((WIDTH - 10, 18), 12, SOFT, "end", told["outside"]),
        ]
        if any(node.side == UNKNOWN for node in self.nodes):
            parts.append(_text((10, self.height - 4), 12, SOFT, "start", told["unsaid"]))
        parts += [_tie(*ends) for ends in self.ties]
        parts += [_line(node.x, node.y, node.line) for node in self.nodes]
        parts += [
            _shape(node.x, node.y, node.side, node.marks)
            + _text((node.label_x, node.label_y), 13, INK, node.anchor, node.label)
            for node in self.nodes
        ]
        parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="19" fill="{INK}"/>')
        return Markup(  # noqa: S704 every label is escaped by `_text`
            "\n".join([*parts, _text((x, y + 4.5), 13, PAPER, "middle", told["you"]), "</svg>"])
        )


def ego_drawing(network: EgoNetwork) -> Drawing:
    """Lay a network out: inside on the left, outside on the right, unknown below."""
    sides: dict[str, list[int]] = {INSIDE: [], OUTSIDE: [], UNKNOWN: []}
    for slot, contact in enumerate(network.contacts):
        sides[SIDE_OF_CONTACT[contact.is_inside]].append(slot)
    placed = [
        (slot, _node(network.contacts[slot], side, at, len(slots)))
        for side, slots in sides.items()
        for at, slot in enumerate(slots)
    ]
    nodes = [node for _, node in sorted(placed, key=itemgetter(0))]
    return Drawing(
        nodes=tuple(nodes),
        ties=tuple((nodes[a].x, nodes[a].y, nodes[b].x, nodes[b].y) for a, b in network.ties),
        text=" ".join(_in_words(network, sides)),
        height=HEIGHT + (BELOW if sides[UNKNOWN] else 0),
    )


def _node(contact: Contact, side: str, at: int, of: int) -> Node:
    marks = "".join(compress(spoken()["drawing"]["letters"], contact.purposes))
    label = _shorten(contact.name, LONGEST_LABEL)
    return Node(*_place(side, at, of), label, side, CLOSENESS[contact.frequency], marks)


@cache
def _place(side: str, at: int, of: int) -> tuple[float, float, float, float, str]:
    """Return where a contact and their label stand, and how the label is anchored."""
    x, y = _below(at, of) if side == UNKNOWN else _beside(side, at, of)
    towards, anchor = {INSIDE: (-18, "end"), OUTSIDE: (18, "start"), UNKNOWN: (0, "middle")}[side]
    # Neighbours below would run into each other, so their labels stand in two rows.
    drop = 4.5 if side != UNKNOWN else 26 + 15 * (at % 2)
    return round(x, 1), round(y, 1), round(x + towards, 1), round(y + drop, 1), anchor


def _beside(side: str, at: int, of: int) -> tuple[float, float]:
    middle = pi if side == INSIDE else 0.0
    spread = min(SPREAD, 0.32 * pi * (of - 1))
    angle = middle + (0.0 if of == 1 else spread * (at / (of - 1) - 0.5))
    return CENTRE[0] + RADIUS[0] * cos(angle), CENTRE[1] + RADIUS[1] * sin(angle)


def _below(at: int, of: int) -> tuple[float, float]:
    return WIDTH * (at + 1) / (of + 1), HEIGHT + 18


def _shorten(label: str, longest: int) -> str:
    """Return a label that fits its place."""
    short = f"{label[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"
    return label if len(label) <= longest else short


def _in_words(network: EgoNetwork, sides: dict[str, list[int]]) -> Iterable[str]:
    """Yield all that the drawing shows as sentences."""
    names = network.names
    yield say("observe", "named", people=people(network.size))
    for side, slots in sides.items():
        yield from _told(f"where_{side}", [names[slot] for slot in slots])
    for at, often in enumerate(Frequency):
        met = [contact.name for contact in network.contacts if contact.frequency == at]
        yield from _told(f"talk_{often}", met)
    for purpose in Purpose:
        named = network.by_purpose[purpose]
        yield from _told("for_purpose", named, what=purpose_phrase(purpose))
    if network.size > 2 and 2 * len(network.ties) == network.size * (network.size - 1):
        yield say("observe", "all_know")
        return
    known: dict[str, list[str]] = {}
    for one, other in network.ties:
        known.setdefault(names[one], []).append(names[other])
    if known:
        told = "; ".join(
            say("drawing", "one_knows", one=one, others=listing(others))
            for one, others in known.items()
        )
        yield say("drawing", "who_knows", what=told)


def _told(key: str, names: list[str], **places: str) -> list[str]:
    return [say("drawing", key, who=listing(names), **places)] if names else []


@dataclass(frozen=True)
class Bar:
    """One person on the timeline, in pixels."""

    label: str
    x: float
    y: float
    width: float
    thick: int
    kind: str
    """Formal, informal, not said, or from one's own network."""
    words: str


@dataclass(frozen=True)
class Timeline:
    """Bars with the same in words; `ticks` are x positions with their labels."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """The bars in words."""
        return " ".join(f"{bar.label}: {bar.words}." for bar in self.bars)

    @property
    def legend(self) -> str:
        """What the bars mean, as far as they differ from the usual one."""
        told, kinds = spoken()["timeline"], {bar.kind for bar in self.bars}
        parts = {
            "legend": True,
            "by_scope": any(bar.thick != _thick("") for bar in self.bars),
            "by_formality": Formality.INFORMAL in kinds,
            "by_source": OWN_CONTACT in kinds,
        }
        return " ".join(told[key] for key, is_there in parts.items() if is_there)

    @property
    def svg(self) -> Markup:
        """One bar a person."""
        height = 36 + ROW * len(self.bars)
        parts = [_head(height, spoken()["timeline"]["title"], self.text)]
        for x, label in self.ticks:
            parts.append(f'<path d="M{x:.1f} 6V{height}" stroke="{LINE}"/>')
            parts.append(_text((round(x + 5, 1), 16), 12, SOFT, "start", label))
        # Every label is escaped by `_text`.
        return Markup("\n".join([*parts, *map(_bar, self.bars), "</svg>"]))  # noqa: S704


def timeline(
    matches: Iterable[MatchPart], network: EgoNetwork | None, periods: int
) -> Timeline | None:
    """Return mentors first, then the closest people of one's own; None where there is nobody.

    A mentor who is one of those people stands there once.
    """
    mentors = list(matches)
    rows = [_mentor_row(match, periods) for match in mentors]
    rows += _organic_rows(network, mentors) if network is not None else []
    says = any(match.shape for match in mentors) or len(rows) > len(mentors)
    if not rows or not (says or periods > 1):
        return None
    bars = tuple(
        Bar(label, LEFT + SPAN * x, 30 + ROW * at, SPAN * wide, thick=thick, kind=kind, words=words)
        for at, (label, x, wide, thick, kind, words) in enumerate(rows)
    )
    return Timeline(bars, _ticks(periods))


BarRow = tuple[str, float, float, int, str, str]


def _ticks(periods: int) -> tuple[tuple[float, str], ...]:
    if periods == 1:
        told = spoken()["timeline"]
        return ((LEFT, told["first"]), (LEFT + SPAN * SHORT_SHARE, told["later"]))
    return tuple(
        (LEFT + SPAN * k / periods, say("timeline", "period", n=k + 1)) for k in range(periods)
    )


def _mentor_row(match: MatchPart, periods: int) -> BarRow:
    is_short = match.horizon == Horizon.SHORT
    brief = is_short and match.scope == Scope.NARROW
    begin = (match.period - 1) / periods
    length = (1 / periods if periods > 1 and brief else SHORT_SHARE) if is_short else 1.0 - begin
    told = spoken()["timeline"]
    parts = [match.shape, say("timeline", "from", n=match.period) if periods > 1 else ""]
    if match.continues:
        parts[1] = told["past" if match.is_past else "under_way"]
    words = "; ".join(filter(None, parts)) or told["yours_to_agree"]
    kind = match.formality or UNSAID
    return (match.name, begin, min(length, 1.0 - begin), _thick(match.scope), kind, words)


def _organic_rows(network: EgoNetwork, mentors: list[MatchPart]) -> list[BarRow]:
    rows, told = [], spoken()["timeline"]
    eras = dict(enumerate(ERAS.items()))
    ids, names = ({fold(text) for text in side} for side in zip(*_called(mentors), strict=True))
    others = [c for c in network.contacts if c.member not in ids and fold(c.name) not in names]
    for contact in sorted(others, key=lambda c: c.frequency % 4)[:ORGANIC_ROWS]:
        era, (begin, length) = eras.get(contact.era, (None, (0.0, 1.0)))
        words = ", ".join(filter(None, (told["own"], told["eras"][era] if era else "")))
        rows.append((contact.name, begin, length, _thick(""), OWN_CONTACT, words))
    return rows


def _called(mentors: list[MatchPart]) -> list[tuple[str, str]]:
    return [(match.mentor_id, match.name) for match in mentors] or [("", "")]


def _thick(scope: str) -> int:
    """Return how thick a bar is: broad, narrow, or between where nobody said which."""
    return 12 if scope == Scope.BROAD else 5 if scope == Scope.NARROW else 8


def _head(height: int, title: str, text: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}"><title>{title}</title>'
        f"<desc>{escape(text)}</desc>"
    )


def _text(at: tuple[float, float], size: float, fill: str, anchor: str, text: str) -> str:
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size:g}" fill="{fill}" '
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


@cache
def _shape(x: float, y: float, side: str, marks: str) -> str:
    if side == OUTSIDE:
        place = f'x="{x - 11:g}" y="{y - 11:g}"'
        shape = f'<rect {place} width="22" height="22" rx="3" fill="{AWAY}"/>'
    elif side == INSIDE:
        shape = f'<circle cx="{x}" cy="{y}" r="12" fill="{HOME}"/>'
    else:
        shape = f'<circle cx="{x}" cy="{y}" r="12" fill="{PAPER}" stroke="{SOFT}"/>'
    ink = INK if side == UNKNOWN else PAPER
    return shape + _text((x, y + 3.6), 8 if len(marks) > 2 else 10, ink, "middle", marks)


def _bar(bar: Bar) -> str:
    fill = f'fill="{AWAY if bar.kind == OWN_CONTACT else HOME}"'
    if bar.kind == Formality.INFORMAL:
        fill = f'fill="{CALM}" stroke="{HOME}" stroke-dasharray="5 3"'
    return _text((LEFT - 12, bar.y + 12), 13, INK, "end", _shorten(bar.label, 20)) + (
        f'<rect x="{bar.x + 1:.1f}" y="{bar.y + 8 - bar.thick / 2:g}" '
        f'width="{bar.width - 2:.1f}" height="{bar.thick}" rx="2" {fill}/>'
    )
