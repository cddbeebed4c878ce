"""What stands in a person's way, one by one: people, places, limits, rules and fixed pairs."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class ElementKind(StrEnum):
    """What an element of a conflict is beside rules; most can be relaxed, and mean that then."""

    MENTEE = "mentee"
    """Somebody who needs a mentor."""
    CLOSED = "closed"
    """A mentor who takes no part; relaxed: who does."""
    PAIR = "pair"
    """Two people who may not be matched; relaxed: who may."""
    FIXED = "fixed"
    """A pair that is made whatever happens; relaxed: released."""


@dataclass(frozen=True, order=True)
class Element:
    """One thing by position: a mentee `i`, a mentor or a rule's row `j`, or a pair."""

    kind: str
    """An `ElementKind`, or the noun of a rule."""
    i: int = -1
    j: int = -1

    @property
    def at(self) -> int:
        """The row or mentee of a rule's element."""
        return self.j if self.i < 0 else self.i


@dataclass(frozen=True)
class Conflict:
    """People and rules that cannot all hold; without any one of them the others can."""

    elements: frozenset[Element]
    smallest: bool
    """Whether no conflict with fewer elements concerns the person; else only none inside it."""

    def of(self, kind: str) -> list[Element]:
        """Return the elements of a kind in order of positions."""
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> dict[str, list[Element]]:
        """Elements of each kind: one conflict of thousands is told to hundreds of people."""
        found: dict[str, list[Element]] = {}
        for element in sorted(self.elements, key=lambda element: (element.i, element.j)):
            found.setdefault(element.kind, []).append(element)
        return found


@dataclass(frozen=True)
class Remedy:
    """Changes that together let one more person have a mentor, with everybody else keeping one."""

    changes: tuple[Element, ...]
    cost: float
    """One for a place, more for what somebody has to be asked or somebody decided."""
