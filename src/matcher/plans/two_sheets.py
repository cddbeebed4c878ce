"""How a plan stays within two printed sheets: how densely it is set, and what is for the screen."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from matcher.plans.people_part import MatchPart
from matcher.plans.plan_page import PlanPage

LONGEST_PRINTED = 1_000
"""Signs of a sentence with somebody's own words; what is longer is shown on the screen alone."""
_ROOM = ((4_000, ""), (5_700, "dense"))
"""Signs up to which a plan fits as it is set by default, and set densely; then in two columns."""
_FIGURE = 600
"""Signs that would stand where a figure does."""
_NOT_PRINTED = frozenset({"claims", "drawing", "timeline", "head", "because", "topic", "again"})


def print_class(page: PlanPage) -> str:
    """Return how a plan is set: empty, ``dense``, or ``full`` for small print in two columns."""
    signs = sum(map(len, _texts(without_long(page))))
    signs += _FIGURE * sum(figure is not None for figure in (page.drawing, page.timeline))
    return next((name for room, name in _ROOM if signs <= room), "full")


def without_long(page: PlanPage) -> PlanPage:
    """Return a plan without the long texts of people, which are whole or not there at all."""
    matches = tuple(replace(m, reasons=tuple(filter(_is_short, m.reasons))) for m in page.matches)
    return replace(page, goals=page.goals if _is_short(page.goals) else "", matches=matches)


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_PRINTED


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _texts(item)
    elif isinstance(part, PlanPage | MatchPart):
        for name, item in vars(part).items():
            if name not in _NOT_PRINTED:
                yield from _texts(item)
