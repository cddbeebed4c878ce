"""The first part of a plan: who is there, why this person, and for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from matcher.report.plans_data import Record, display_name, full_name, items
from matcher.report.plans_words import (
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
    weekday_of,
)
from matcher.vocabulary import Approach, Formality, Horizon, Knowing, Mode, Scope

if TYPE_CHECKING:
    from matcher.report.plans_data import PlanSource

DAYS_TO_START = 14
"""Days from the plan's date to the first date it proposes."""
GAP_WORTH_TELLING = 0.5
NAMED_FACETS = 3


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


def same(one: object, other: object) -> bool:
    """Whether two texts are given and say the same."""
    return bool(one and other) and str(one).strip().casefold() == str(other).strip().casefold()


def common(one: Record, other: Record, column: str) -> list[str]:
    """Return the items that both lists hold, in the order of the first."""
    theirs = {str(item).casefold() for item in other.get(column) or ()}
    return [str(item) for item in one.get(column) or () if str(item).casefold() in theirs]


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
        topic=facets(covers[:2]),
        letter=letter(source, mentee_id, match, covers, first),
        first_date=first,
        period=int(match.get("period") or 1),
        horizon=str(mentee.get("horizon") or mentor.get("horizon") or Horizon.LONG),
        scope=str(mentee.get("scope") or mentor.get("scope") or Scope.BROAD),
        formality=str(mentee.get("formality") or Formality.FORMAL),
        is_draft=not is_agreed,
        short=display_name(mentor, mentor_id),
    )


def forms_of(covers: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return what a mentor is there for under why, how and whom."""
    told = [
        (FORM_TITLES[form], [facet(name) for name in covers if FORM_OF_FACET.get(name) is form])
        for form in Knowing
    ]
    return tuple((title, capital(listed(phrases))) for title, phrases in told if phrases)


def reasons(
    source: PlanSource, mentee_id: str, mentor_id: str, match: Record, covers: tuple[str, ...]
) -> list[str]:
    """Return why this mentor, in sentences that the two people's own answers give."""
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    name = display_name(mentor, mentor_id)
    found = [
        *_asked_and_offered(mentee, name, covers),
        *_closes_gap(source, mentee_id, name, covers),
        *_shared_field(mentee, mentor, name),
        *_workplace(mentee, mentor, name),
        *_experience(mentee, mentor, name, match),
        *_reach(mentee, mentor, name, match),
        *_goals(mentor, name, match),
        *_introduction(source, mentee_id, mentor_id, name),
    ]
    return found or [f"Neither you nor {name} has said much yet; half an hour will show more."]


def _asked_and_offered(mentee: Record, name: str, covers: tuple[str, ...]) -> list[str]:
    asked = stated_needs(mentee)
    met = [facet for facet in covers if facet in asked][:NAMED_FACETS]
    if not met:
        return []
    return [f"You asked for {facets(met)}, and {name} offers help with that."]


def stated_needs(mentee: Record) -> set[str]:
    """Return the facets that the mentee asked for in lists or by numbers."""
    columns = (("purpose", "purposes"), ("benefit", "benefits"), ("context", "contexts"))
    named = {f"{group}.{item}" for group, column in columns for item in mentee.get(column) or ()}
    named |= {f"knowing.{form}" for form in Knowing if form in (mentee.get("knowing") or ())}
    return named | {f"knowing.{form}" for form in Knowing if (mentee.get(f"need_{form}") or 0) > 0}


def _closes_gap(
    source: PlanSource, mentee_id: str, name: str, covers: tuple[str, ...]
) -> list[str]:
    from matcher.vocabulary import FACETS

    if source.audit is None:
        return []
    gaps = source.audit.gaps[source.position[mentee_id]]
    missing = [
        facet
        for facet in covers
        if facet.startswith("purpose.") and gaps[FACETS.index(facet)] >= GAP_WORTH_TELLING
    ]
    if not missing:
        return []
    return [f"Few of the people you named are there for {facets(missing)}; {name} can be."]


def _shared_field(mentee: Record, mentor: Record, name: str) -> list[str]:
    fields = common(mentee, mentor, "expertise")[:NAMED_FACETS]
    if fields:
        return [f"You both know about {listed(fields)}."]
    theirs = [str(field) for field in (mentor.get("expertise") or ())[:2]]
    if not theirs or not mentee.get("expertise"):
        return []
    return [f"{name} knows about {listed(theirs)}, which you did not name for yourself."]


def _workplace(mentee: Record, mentor: Record, name: str) -> list[str]:
    there = mentor.get("organisation")
    if not there or not mentee.get("organisation"):
        return []
    if not same(there, mentee["organisation"]):
        return [f"{name} works outside your organisation, at {there}."]
    department = mentor.get("department")
    if department and mentee.get("department") and not same(department, mentee["department"]):
        return [f"{name} knows {there} from another side: {department}."]
    return []


def _experience(mentee: Record, mentor: Record, name: str, match: Record) -> list[str]:
    own, theirs = mentee.get("career_years"), mentor.get("career_years")
    if own is None or theirs is None:
        return []
    years = round(abs(theirs - own))
    if match["approach"] == Approach.REVERSE and own > theirs and years:
        return [f"You have worked {_years(years)} longer; {name} sees things from where you began."]
    if theirs - own >= 1:
        return [f"{name} has worked {_years(years)} longer than you."]
    return []


def _reach(mentee: Record, mentor: Record, name: str, match: Record) -> list[str]:
    if match["approach"] != Approach.SPONSORSHIP:
        return []
    known = [
        o for o in mentor.get("sponsor_organisations") or () if same(o, mentee["organisation"])
    ]
    return [f"{name} can speak for you at {known[0]}, where people listen."] if known else []


def _years(years: int) -> str:
    return "a year" if years == 1 else f"{years} years"


def _goals(mentor: Record, name: str, match: Record) -> list[str]:
    two_way = match["approach"] in (Approach.DEVELOPMENTAL, Approach.RECIPROCAL)
    goals = mentor.get("goals")
    return (
        [f"{name} would like to get this out of it: {quoted(str(goals))}"]
        if two_way and goals
        else []
    )


def quoted(text: str, longest: int = 220) -> str:
    """Return a person's own words in quotation marks, cut at a word where they are long."""
    words = text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} ..."
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"


def _introduction(source: PlanSource, mentee_id: str, mentor_id: str, name: str) -> list[str]:
    ways = source.ways_of.get((mentee_id, mentor_id), [])
    if not ways:
        return []
    surest = ways[0]["how"]
    contacts = listed([str(w["contact_id"]) for w in ways if w["how"] == surest][:3], "or")
    if surest == "is":
        return [f"You named {name} among the people you turn to already."]
    if surest == "knows":
        return [f"{contacts} knows {name}: ask for a word of introduction before you meet."]
    return [f"{contacts} may know {name} from work: ask, and you will not start as strangers."]


def practical(match: Record, mentee: Record, mentor: Record, periods: int) -> str:
    """Return how much time, where and when."""
    amount = match.get("hours_per_month")
    parts = [f"about {hours(float(amount))} a month"] if amount else []
    modes = [mode for mode in common(mentee, mentor, "modes") if mode in MODES]
    if len(modes) == len(MODES):
        modes = [Mode.IN_PERSON, Mode.VIRTUAL]
    parts += [listed([MODES[mode] for mode in modes], "or")] if modes else []
    slots = [slot(code) for code in common(mentee, mentor, "availability")[:2]]
    parts += [f"you are both free on {listed(slots)}"] if slots else []
    if periods > 1:
        parts.append(f"starting in period {int(match.get('period') or 1)} of {periods}")
    return f"{capital(', '.join(parts))}." if parts else ""


def first_date(as_of: date, slots: list[str]) -> date:
    """Return the first shared weekday two weeks on; without shared slots the next working day."""
    begin = as_of + timedelta(days=DAYS_TO_START)
    days = {weekday_of(code) for code in slots} - {None} or {0, 1, 2, 3, 4}
    return next(moment for k in range(7) if (moment := begin + timedelta(days=k)).weekday() in days)


def letter(
    source: PlanSource, mentee_id: str, match: Record, covers: tuple[str, ...], first: date
) -> tuple[str, ...]:
    """Return a first message to somebody who has agreed to mentor: half an hour, and a way out."""
    mentor_id = str(match["mentor_id"])
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    back = match["approach"] == Approach.RECIPROCAL
    in_turn = " And I would like to hear what you would want from me." if back else ""
    programme = source.config.programme.name or "mentoring programme"
    subject = [facet(name, "me", "my") for name in covers[:2]]
    topic = f" I would like to talk about {listed(subject)}." if subject else ""
    fields = common(mentee, mentor, "expertise")[:1]
    bridge = f" I saw that you, too, know about {fields[0]}." if fields else ""
    return (
        f"Dear {display_name(mentor, mentor_id)},",
        f"the {programme} has brought us together.{topic}{bridge}{in_turn}",
        f"Could we take half an hour around {day(first)}, to see whether this suits us both? "
        "If it does not, for either of us, a line to the programme is enough, without a reason.",
        display_name(mentee, mentee_id),
    )
