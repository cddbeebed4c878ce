"""A drawing of one person's network: who, inside or outside, what for, and how close."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import compress
from math import cos, pi, sin
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from matcher.plans.plan_words import PURPOSE_PHRASES, listed, people
from matcher.vocabulary import Frequency, Purpose

if TYPE_CHECKING:
    from markupsafe import Markup

    from matcher.plans.contact_facts import Contact
    from matcher.plans.network_part import Network

WIDTH, HEIGHT = 640, 330
BELOW = 76
"""What people whose workplace is not said add to the height."""
CENTRE = (WIDTH / 2, HEIGHT / 2 + 2)
RADIUS = (170, 118)
SPREAD = 0.84 * pi
LONGEST_LABEL = 14
MARKS = {Purpose.OPERATIONAL: "W", Purpose.PERSONAL: "G", Purpose.STRATEGIC: "F"}
"""Letters in the drawing: work, growth, future."""
LETTERS = tuple(MARKS[purpose] for purpose in Purpose)
KEY = "W today's work, G your own growth, F the wider picture and the future"
CLOSENESS = {0: "often", 1: "sometimes", 2: "rarely", -1: "unknown"}
THICK = {"often": 5.0, "sometimes": 2.6, "rarely": 1.1, "unknown": 1.1}
INSIDE, OUTSIDE, UNKNOWN = "inside", "outside", "unknown"
SIDES = {True: INSIDE, False: OUTSIDE, None: UNKNOWN}


class Node(NamedTuple):
    """A contact in the drawing, in pixels."""

    x: float
    y: float
    label: str
    label_x: float
    label_y: float
    anchor: str
    shape: str
    """Inside, outside or unknown."""
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
    key: str = KEY
    width: int = WIDTH

    @property
    def svg(self) -> Markup:
        """The drawing as an inline SVG element."""
        from matcher.plans.plan_figures import network_svg

        return network_svg(self)


def draw(network: Network) -> Drawing:
    """Lay a network out: inside on the left, outside on the right, unknown below."""
    sides: dict[str, list[int]] = {INSIDE: [], OUTSIDE: [], UNKNOWN: []}
    for slot, contact in enumerate(network.contacts):
        sides[SIDES[contact.is_inside]].append(slot)
    placed = [
        (slot, _node(network.contacts[slot], side, at, len(slots)))
        for side, slots in sides.items()
        for at, slot in enumerate(slots)
    ]
    nodes = [node for _, node in sorted(placed, key=itemgetter(0))]
    return Drawing(
        nodes=tuple(nodes),
        ties=tuple((nodes[a].x, nodes[a].y, nodes[b].x, nodes[b].y) for a, b in network.ties),
        text=in_words(network, sides),
        height=HEIGHT + (BELOW if sides[UNKNOWN] else 0),
    )


def _node(contact: Contact, side: str, at: int, of: int) -> Node:
    x, y, label_x, label_y, anchor = _place(side, at, of)
    return Node(
        x=x,
        y=y,
        label=shorten(contact.name),
        label_x=label_x,
        label_y=label_y,
        anchor=anchor,
        shape=side,
        line=CLOSENESS[contact.frequency],
        marks="".join(compress(LETTERS, contact.purposes)),
    )


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


def shorten(label: str, longest: int = LONGEST_LABEL) -> str:
    """Return a label that fits its place."""
    if len(label) <= longest:
        return label
    return f"{label[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def in_words(network: Network, sides: dict[str, list[int]]) -> str:
    """Return all that the drawing shows as sentences, for those who do not see it."""
    names = network.names
    where = {
        INSIDE: "Inside your organisation",
        OUTSIDE: "Outside your organisation",
        UNKNOWN: "Where they work is not said",
    }
    sentences = [f"You named {people(network.size)}."]
    sentences += [
        f"{where[side]}: {listed(names[slot] for slot in slots)}."
        for side, slots in sides.items()
        if slots
    ]
    for at, word in enumerate(Frequency):
        met = [contact.name for contact in network.contacts if contact.frequency == at]
        sentences += [f"You talk {word} with {listed(met)}."] if met else []
    for purpose, phrase in PURPOSE_PHRASES.items():
        named = network.by_purpose[purpose]
        sentences += [f"For {phrase}: {listed(named)}."] if named else []
    return " ".join([*sentences, *_who_knows_whom(network)])


def _who_knows_whom(network: Network) -> list[str]:
    names, size = network.names, network.size
    if size > 2 and 2 * len(network.ties) == size * (size - 1):
        return ["All of them know each other."]
    known: dict[str, list[str]] = {}
    for one, other in network.ties:
        known.setdefault(names[one], []).append(names[other])
    told = "; ".join(f"{one} with {listed(others)}" for one, others in known.items())
    return [f"Who knows whom: {told}."] if told else []
