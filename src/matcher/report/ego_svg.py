"""A drawing of one person's network: who, inside or outside, what for, and how close."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np

from matcher.report.plans_words import listed, people
from matcher.vocabulary import Frequency, Purpose

if TYPE_CHECKING:
    from matcher.report.plans_network import Network

WIDTH, HEIGHT = 640, 330
CENTRE = (WIDTH / 2, HEIGHT / 2 + 2)
RADIUS = (170, 118)
SPREAD = 0.84 * pi
LONGEST_LABEL = 14
MARKS = {Purpose.OPERATIONAL: "W", Purpose.PERSONAL: "G", Purpose.STRATEGIC: "F"}
"""Letters in the drawing: work, growth, future."""
KEY = "W today's work, G your own growth, F the wider picture and the future"
CLOSENESS = {0: "often", 1: "sometimes", 2: "rarely", -1: "unknown"}


@dataclass(frozen=True)
class Node:
    """A contact in the drawing, in pixels."""

    x: float
    y: float
    label: str
    label_x: float
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
    key: str = KEY
    width: int = WIDTH
    height: int = HEIGHT
    centre: tuple[float, float] = CENTRE


def draw(network: Network) -> Drawing:
    """Lay a network out: inside on the left, outside on the right, unknown above."""
    networks = network.facts.audit.networks
    sides = {
        "inside": np.flatnonzero(network.inside),
        "outside": np.flatnonzero(network.outside),
        "unknown": np.flatnonzero(~network.inside & ~network.outside & networks.named[network.row]),
    }
    nodes = {
        int(slot): _node(network, int(slot), side, at, len(slots))
        for side, slots in sides.items()
        for at, slot in enumerate(slots)
    }
    tied = np.argwhere(np.triu(networks.ties[network.row]))
    return Drawing(
        nodes=tuple(nodes[slot] for slot in sorted(nodes)),
        ties=tuple((nodes[a].x, nodes[a].y, nodes[b].x, nodes[b].y) for a, b in tied.tolist()),
        text=in_words(network, {name: slots.tolist() for name, slots in sides.items()}),
    )


def _node(network: Network, slot: int, side: str, at: int, of: int) -> Node:
    middle = {"inside": pi, "outside": 0.0, "unknown": -pi / 2}[side]
    spread = min(SPREAD, 0.32 * pi * (of - 1)) if side != "unknown" else 0.5
    angle = middle + (0.0 if of == 1 else spread * (at / (of - 1) - 0.5))
    x, y = CENTRE[0] + RADIUS[0] * cos(angle), CENTRE[1] + RADIUS[1] * sin(angle)
    towards = {"inside": -1, "outside": 1, "unknown": 1}[side]
    return Node(
        x=round(x, 1),
        y=round(y, 1),
        label=shorten(network.names[slot]),
        label_x=round(x + towards * 18, 1),
        anchor="end" if towards < 0 else "start",
        shape=side,
        line=CLOSENESS[int(network.facts.audit.networks.frequency[network.row, slot])],
        marks=_marks(network, slot),
    )


def _marks(network: Network, slot: int) -> str:
    return "".join(MARKS[p] for p in Purpose if network.tagged(p)[slot])


def shorten(label: str) -> str:
    """Return a label that fits beside its node."""
    if len(label) <= LONGEST_LABEL:
        return label
    return f"{label[: LONGEST_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"


def in_words(network: Network, sides: dict[str, list[int]]) -> str:
    """Return all that the drawing shows as sentences, for those who do not see it."""
    names = network.names
    where = {
        "inside": "inside your organisation",
        "outside": "outside it",
        "unknown": "not said where",
    }
    parts = [
        f"{listed(names[slot] for slot in slots)} {where[side]}"
        for side, slots in sides.items()
        if slots
    ]
    sentences = [f"You and {people(network.size)}: {'; '.join(parts)}."]
    for at, word in enumerate(Frequency):
        mask = network.facts.audit.networks.frequency[network.row] == at
        met = network.where(mask)
        sentences += [f"You talk {word} with {listed(met)}."] if met else []
    for purpose, phrase in _PURPOSES.items():
        tagged = network.where(network.tagged(purpose))
        sentences += [f"For {phrase}: {listed(tagged)}."] if tagged else []
    ties = np.argwhere(np.triu(network.facts.audit.networks.ties[network.row])).tolist()
    pairs = "; ".join(f"{names[a]} and {names[b]}" for a, b in ties)
    sentences += [f"They know each other: {pairs}."] if ties else []
    return " ".join(sentences)


_PURPOSES = {
    Purpose.OPERATIONAL: "today's work",
    Purpose.PERSONAL: "your own growth",
    Purpose.STRATEGIC: "the wider picture and what comes next",
}
