"""The first part of a plan: who is there, why this person, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from matcher.plans.plan_source import display_name, full_name, items
from matcher.plans.plan_words import (
    APPROACH_PHRASES,
    FORM_OF_FACET,
    FORM_TITLES,
    MODES,
    capital,
    day,
    facet,
    facets,
    hours,
    listed,
    slot,
    slot_order,
    weekday_of,
)
from matcher.plans.reasons import common, reasons, said, stated_needs
from matcher.vocabulary import Approach, Formality, Horizon, Knowing, Mode, Scope

if TYPE_CHECKING:
    from matcher.plans.plan_source import PlanSource
    from matcher.plans.records import Record

DAYS_TO_START = 14
"""Days from the plan's date to the first date it proposes."""
WORKING_DAYS = frozenset(range(5))


@dataclass(frozen=True)
class Together:
    """One match as the two will live it."""

    mentor_id: str
    name: str
    place: str
    approach: str
    reasons: tuple[str, ...]
    forms: tuple[tuple[str, str], ...]
    """Why, How, Whom with what the mentor is there for, those that apply."""
    practical: str
    topic: str
    letter: tuple[str, ...]
    first_date: date
    period: int
    horizon: str
    scope: str
    formality: str
    is_draft: bool
    short: str
    """How the mentor is called."""

    @property
    def day(self) -> str:
        """The first date in words."""
        return day(self.first_date)


def workplace(person: Record) -> str:
    """Return department and organisation, as far as known."""
    return ", ".join(str(person[c]) for c in ("department", "organisation") if person.get(c))


def together(source: PlanSource, mentee_id: str, match: Record) -> Together:
    """Return what a plan says of one match."""
    mentor_id = str(match["mentor_id"])
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    covers = items(match.get("covers"))
    is_agreed = source.is_agreed(mentee_id, mentor_id)
    first = first_date(source.cohort.as_of, common(mentee, mentor, "availability"))
    return Together(
        mentor_id=mentor_id,
        name=full_name(mentor, mentor_id),
        place=workplace(mentor),
        approach=capital(APPROACH_PHRASES.get(str(match["approach"]), "")),
        reasons=tuple(reasons(source, mentee_id, mentor_id, match, covers)),
        forms=forms_of(covers),
        practical=practical(match, mentee, mentor, source.config.programme.periods),
        topic=facets(topics(mentee, covers)),
        letter=letter(source, mentee_id, match, covers, first),
        first_date=first,
        period=int(match.get("period") or 1),
        horizon=_form(source, mentee, mentor, "horizon", Horizon.LONG),
        scope=_form(source, mentee, mentor, "scope", Scope.BROAD),
        formality=str(mentee.get("formality") or Formality.FORMAL),
        is_draft=not is_agreed,
        short=display_name(mentor, mentor_id),
    )


def _form(source: PlanSource, mentee: Record, mentor: Record, column: str, otherwise: str) -> str:
    """Return horizon or scope: the mentee's answer, else the mentor's.

    With several periods the mentee's alone, as that is what a match takes of a place.
    """
    asked = mentee.get(column)
    if source.config.programme.periods == 1:
        asked = asked or mentor.get(column)
    return str(asked or otherwise)


def topics(mentee: Record, covers: tuple[str, ...]) -> list[str]:
    """Return the two things to begin with: asked for rather than not, and unlike each other."""
    asked = stated_needs(mentee)
    order = sorted(covers, key=lambda name: name not in asked)
    first = order[:1]
    forms = [FORM_OF_FACET.get(name) for name in first]
    others = [name for name in order[1:] if FORM_OF_FACET.get(name) not in forms]
    return first + (others or order[1:])[:1]


def forms_of(covers: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return what a mentor is there for under why, how and whom."""
    told = [
        (FORM_TITLES[form], [facet(name) for name in covers if FORM_OF_FACET.get(name) is form])
        for form in Knowing
    ]
    return tuple((title, capital(listed(phrases))) for title, phrases in told if phrases)


def practical(match: Record, mentee: Record, mentor: Record, periods: int) -> str:
    """Return how much time, where and when."""
    amount = match.get("hours_per_month")
    parts = [f"about {hours(float(amount))} a month"] if amount else []
    modes = [mode for mode in common(mentee, mentor, "modes") if mode in MODES]
    if len(modes) == len(MODES):
        modes = [Mode.IN_PERSON, Mode.VIRTUAL]
    parts += [listed([MODES[mode] for mode in modes], "or")] if modes else []
    if periods > 1:
        parts.append(f"starting in period {int(match.get('period') or 1)} of {periods}")
    shared = sorted(common(mentee, mentor, "availability"), key=slot_order)
    free = f"You are both free on {listed(slot(code) for code in shared[:2])}." if shared else ""
    return " ".join(filter(None, (f"{capital(', '.join(parts))}." if parts else "", free)))


def first_date(as_of: date, slots: list[str]) -> date:
    """Return the first shared weekday two weeks on; without shared slots the next working day."""
    days = frozenset(weekday for code in slots if (weekday := weekday_of(code)) is not None)
    return _first_on(as_of, days or WORKING_DAYS)


@lru_cache(maxsize=256)
def _first_on(as_of: date, days: frozenset[int]) -> date:
    begin = as_of + timedelta(days=DAYS_TO_START)
    return next(moment for k in range(7) if (moment := begin + timedelta(days=k)).weekday() in days)


def letter(
    source: PlanSource, mentee_id: str, match: Record, covers: tuple[str, ...], first: date
) -> tuple[str, ...]:
    """Return a first message to somebody who has agreed to mentor: half an hour, and a way out."""
    mentor_id = str(match["mentor_id"])
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    goals = str(mentee.get("goals") or "")
    back = match["approach"] == Approach.RECIPROCAL
    in_turn = " And I would like to hear what you would want from me." if back else ""
    programme = source.config.programme.name or "the mentoring programme"
    subject = [facet(name, "me", "my") for name in topics(mentee, covers)]
    topic = f" I would like to talk about {listed(subject)}." if subject else ""
    fields = common(mentee, mentor, "expertise")[:1]
    bridge = f" I saw that you, too, know about {fields[0]}." if fields else ""
    aim = f" What I am after, as I wrote it: {said(goals, 160)}" if goals else ""
    opening = f"{capital(programme)} has brought us together."
    return (
        f"Dear {display_name(mentor, mentor_id)},",
        f"{opening}{topic}{aim}{bridge}{in_turn}",
        f"Could we take half an hour around {day(first)}, to see whether this suits us both? "
        "If it does not, for either of us, a line to the programme is enough, without a reason.",
        display_name(mentee, mentee_id),
    )
