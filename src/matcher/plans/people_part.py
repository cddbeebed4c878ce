"""The first part of a plan: who is there, why this person, and for what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from matcher.plans import plan_words as words
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.plan_words import PURPOSE_PHRASES, facets
from matcher.plans.records import full_name, say_the_same, workplace
from matcher.text import capital, listed, plural, spelt
from matcher.vocabulary import FACETS, Approach, Formality, Horizon, Knowing, Purpose, Scope

GAP_WORTH_TELLING = 0.5
NAMED = 3
"""Facets or people named in one sentence."""
TWO_WAY = frozenset({Approach.DEVELOPMENTAL, Approach.RECIPROCAL})
"""Approaches in which the mentor gets something out of it."""


def reasons(match: PlannedMatch) -> list[str]:
    """Return why this mentor, in sentences that the two people's own answers give."""
    name = match.mentor_name
    found = [sentence for reason in _REASONS for sentence in reason(match, name)]
    return found or [f"Neither you nor {name} has said much yet; half an hour will show more."]


def quoted(text: str, longest: int = 220) -> str:
    """Return a person's own words in quotation marks, cut at a word where they are long."""
    words = text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} ..."
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"


def said(text: str, longest: int = 220) -> str:
    """Return a person's own words as `quoted` does, with a full stop where they end without one."""
    ended = text.rstrip().endswith((".", "!", "?", "\N{HORIZONTAL ELLIPSIS}"))
    return quoted(text, longest) + ("" if ended or len(text) > longest else ".")


def _asked_and_offered(match: PlannedMatch, name: str) -> Iterator[str]:
    asked = match.source.asked_by(match.mentee_id)
    if met := [facet for facet in match.covers if facet in asked][:NAMED]:
        yield f"You asked for help with {facets(met)}, and {name} offers it."


def _closes_gap(match: PlannedMatch, name: str) -> Iterator[str]:
    """Yield which purposes few of the mentee's own contacts serve and this mentor does."""
    audit = match.source.audit
    if audit is None:
        return
    row = match.source.position[match.mentee_id]
    missing = {
        purpose: int(audit.networks.purposes[row, :, at].sum())
        for at, purpose in enumerate(Purpose)
        if (facet := f"purpose.{purpose}") in match.covers
        and audit.gaps[row][FACETS.index(facet)] >= GAP_WORTH_TELLING
    }
    if missing:
        served = any(missing.values())
        who = "Few of the people you named are" if served else "Nobody you named is"
        what = listed(PURPOSE_PHRASES[purpose] for purpose in missing)
        yield f"{who} there for {what} yet; {name} can be."


def _both_know(match: PlannedMatch, name: str) -> Iterator[str]:
    if fields := match.common("expertise")[:NAMED]:
        yield f"You both know about {listed(fields)}."


def _brings(match: PlannedMatch, name: str) -> Iterator[str]:
    """Yield in one sentence what is different about the mentor: place, years and fields."""
    if parts := [*_workplace(match), *_experience(match), *_other_fields(match)]:
        yield f"{name} {listed(parts)}."


def _workplace(match: PlannedMatch) -> Iterator[str]:
    (here, inside), (there, department) = (
        (person.get("organisation"), person.get("department"))
        for person in (match.mentee, match.mentor)
    )
    if not here or not there:
        return
    if not say_the_same(here, there):
        yield f"works outside your organisation (at {there})"
    elif inside and department and not say_the_same(inside, department):
        yield f"sees {there} from another side ({department})"


def _experience(match: PlannedMatch) -> Iterator[str]:
    own, theirs = match.mentee.get("career_years"), match.mentor.get("career_years")
    if own is None or theirs is None:
        return
    number = round(abs(theirs - own))
    years = "a year" if number == 1 else f"{spelt(number)} years"
    if match.row["approach"] == Approach.REVERSE and own > theirs and number:
        yield f"started work {years} after you and sees things from there"
    elif theirs - own >= 1:
        yield f"has worked {years} longer than you"


def _other_fields(match: PlannedMatch) -> Iterator[str]:
    theirs = [str(field) for field in (match.mentor.get("expertise") or ())[:2]]
    if theirs and match.mentee.get("expertise") and not match.common("expertise"):
        which = plural(len(theirs), "a field", "fields")
        yield f"knows about {listed(theirs)}, {which} that you did not name"


def _reach(match: PlannedMatch, name: str) -> Iterator[str]:
    if match.row["approach"] == Approach.SPONSORSHIP:
        home = match.mentee["organisation"]
        known = match.mentor.get("sponsor_organisations") or ()
        for organisation in [place for place in known if say_the_same(place, home)][:1]:
            yield f"{name} can speak for you at {organisation}, where people listen."


def _goals(match: PlannedMatch, name: str) -> Iterator[str]:
    goals = match.mentor.get("goals")
    if goals and match.row["approach"] in TWO_WAY:
        yield f"What {name} would like to get out of it: {said(str(goals), 140)}"


def _introduction(match: PlannedMatch, name: str) -> Iterator[str]:
    ways = match.source.ways_of.get((match.mentee_id, match.mentor_id))
    if not ways:
        return
    surest = ways[0]["how"]
    names = [match.source.contact_name(way) for way in ways if way["how"] == surest]
    contacts = listed(names[:NAMED], "or")
    if surest == "is":
        yield f"You named {name} among the people you turn to already."
    elif surest == "knows":
        yield f"{contacts} knows {name}: ask for a word of introduction before you meet."
    else:
        yield f"{contacts} may know {name} from work: ask, and you will not start as strangers."


_REASONS = (_asked_and_offered, _closes_gap, _both_know, _brings, _reach, _goals, _introduction)
"""In the order in which a plan tells them."""


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
