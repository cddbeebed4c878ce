"""The first part of a plan: who is there, why this person, and for what."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from matcher.plans import plan_words as words
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.reasons import reasons, said
from matcher.plans.records import full_name, workplace
from matcher.text import capital, listed
from matcher.vocabulary import Approach, Formality, Horizon, Knowing, Scope

DAYS_TO_START = 14
"""Days from the plan's date to the first date it proposes."""
WORKING_DAYS = frozenset(range(5))


@dataclass(frozen=True)
class MatchPart:
    """One match as the two will live it."""

    mentor_id: str
    name: str
    short: str
    """How the mentor is called."""
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

    @property
    def day(self) -> str:
        """The first date in words."""
        return words.day(self.first_date)


def match_part(match: PlannedMatch) -> MatchPart:
    """Return what a plan says of one match."""
    approach = words.PHRASES["approaches"].get(str(match.row["approach"]), {})
    return MatchPart(
        mentor_id=match.mentor_id,
        name=full_name(match.mentor, match.mentor_id),
        short=match.mentor_name,
        place=workplace(match.mentor),
        approach=capital(approach.get("mentee", "")),
        reasons=tuple(reasons(match)),
        forms=_forms_of(match.covers),
        practical=practical(match),
        topic=words.facets(_topics(match)),
        letter=_letter(match),
        first_date=first_date(match),
        period=match.period,
        horizon=_form(match, "horizon", Horizon.LONG),
        scope=_form(match, "scope", Scope.BROAD),
        formality=str(match.mentee.get("formality") or Formality.FORMAL),
        is_draft=match.is_draft,
    )


def _form(match: PlannedMatch, column: str, otherwise: str) -> str:
    """Return horizon or scope: the mentee's answer, else the mentor's.

    With several periods the mentee's alone, as that is what a match takes of a place.
    """
    asked = match.mentee.get(column)
    if match.source.config.programme.periods == 1:
        asked = asked or match.mentor.get(column)
    return str(asked or otherwise)


def _topics(match: PlannedMatch) -> list[str]:
    """Return the two things to begin with: asked for rather than not, and unlike each other."""
    asked = match.source.asked_by(match.mentee_id)
    order = sorted(match.covers, key=lambda name: name not in asked)
    form = words.FORM_OF_FACET.get(order[0]) if order else None
    others = [name for name in order[1:] if words.FORM_OF_FACET.get(name) != form]
    return order[:1] + (others or order[1:])[:1]


def _forms_of(covers: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return what a mentor is there for under why, how and whom."""
    told = {
        form: words.facets(name for name in covers if words.FORM_OF_FACET.get(name) is form)
        for form in Knowing
    }
    return tuple((capital(form), capital(phrases)) for form, phrases in told.items() if phrases)


def practical(match: PlannedMatch) -> str:
    """Return how much time, where and when."""
    amount, periods = match.row.get("hours_per_month"), match.source.config.programme.periods
    parts = [f"about {words.hours(float(amount))} a month"] if amount else []
    modes = [mode for mode in match.common("modes") if mode in words.MODES]
    if len(modes) == len(words.MODES):
        modes = ["in_person", "virtual"]
    parts += [listed([words.MODES[mode] for mode in modes], "or")] if modes else []
    if periods > 1:
        parts.append(f"starting in period {match.period} of {periods}")
    told = [f"{capital(', '.join(parts))}."] if parts else []
    if shared := sorted(match.common("availability"), key=words.slot_order):
        told.append(f"You are both free on {listed(words.slot(code) for code in shared[:2])}.")
    return " ".join(told)


def first_date(match: PlannedMatch) -> date:
    """Return the first shared weekday two weeks on; without shared slots the next working day."""
    days = {words.weekday_of(code) for code in match.common("availability")} - {None}
    return date_from(match.source.cohort.as_of, frozenset(days) or WORKING_DAYS)


@lru_cache(maxsize=256)
def date_from(as_of: date, days: frozenset[int | None] = WORKING_DAYS) -> date:
    """Return the first of some weekdays two weeks on."""
    begin = as_of + timedelta(days=DAYS_TO_START)
    return next(moment for k in range(7) if (moment := begin + timedelta(days=k)).weekday() in days)


def _letter(match: PlannedMatch) -> tuple[str, ...]:
    """Return a first message to somebody who has agreed to mentor: half an hour, and a way out."""
    programme = match.source.config.programme.name or "the mentoring programme"
    middle = [f"{capital(programme)} has brought us together."]
    if subject := _topics(match):
        middle.append(f"I would like to talk about {words.facets(subject, 'me', 'my')}.")
    if goals := match.mentee.get("goals"):
        middle.append(f"What I am after, as I wrote it: {said(str(goals), 160)}")
    if fields := match.common("expertise"):
        middle.append(f"I saw that you, too, know about {fields[0]}.")
    if match.row["approach"] == Approach.RECIPROCAL:
        middle.append("And I would like to hear what you would want from me.")
    when = words.day(first_date(match))
    return (
        f"Dear {match.mentor_name},",
        " ".join(middle),
        f"Could we take half an hour around {when}, to see whether this suits us both? "
        "If it does not, for either of us, a line to the programme is enough, without a reason.",
        match.mentee_name,
    )
