"""Why this mentor: sentences that the two people's own answers, and the audit, give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.plans.plan_source import display_name
from matcher.plans.plan_words import PURPOSE_PHRASES, facets, listed, number
from matcher.text import fold
from matcher.vocabulary import FACETS, Approach, Knowing, Purpose

if TYPE_CHECKING:
    from matcher.plans.plan_source import PlanSource
    from matcher.plans.records import Record

GAP_WORTH_TELLING = 0.5
NAMED = 3
"""Facets or people named in one sentence."""


def reasons(
    source: PlanSource, mentee_id: str, mentor_id: str, match: Record, covers: tuple[str, ...]
) -> list[str]:
    """Return why this mentor, in sentences that the two people's own answers give."""
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    name = display_name(mentor, mentor_id)
    found = [
        *_asked_and_offered(mentee, name, covers),
        *_closes_gap(source, mentee_id, name, covers),
        *_both_know(mentee, mentor),
        *_brings(mentee, mentor, name, match),
        *_reach(mentee, mentor, name, match),
        *_goals(mentor, name, match),
        *_introduction(source, mentee_id, mentor_id, name),
    ]
    return found or [f"Neither you nor {name} has said much yet; half an hour will show more."]


def same(one: object, other: object) -> bool:
    """Whether two texts are given and say the same."""
    return bool(one and other) and fold(str(one)) == fold(str(other))


def common(one: Record, other: Record, column: str) -> list[str]:
    """Return the items that both lists hold, in the order of the first."""
    theirs = {fold(item) for item in other.get(column) or ()}
    return [str(item) for item in one.get(column) or () if fold(item) in theirs]


def stated_needs(mentee: Record) -> set[str]:
    """Return the facets that the mentee asked for in lists or by numbers."""
    columns = (("purpose", "purposes"), ("benefit", "benefits"), ("context", "contexts"))
    named = {f"{group}.{item}" for group, column in columns for item in mentee.get(column) or ()}
    named |= {f"knowing.{form}" for form in Knowing if form in (mentee.get("knowing") or ())}
    return named | {f"knowing.{form}" for form in Knowing if (mentee.get(f"need_{form}") or 0) > 0}


def quoted(text: str, longest: int = 220) -> str:
    """Return a person's own words in quotation marks, cut at a word where they are long."""
    words = text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} ..."
    return f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"


def said(text: str, longest: int = 220) -> str:
    """Return a person's own words as `quoted` does, with a full stop where they end without one."""
    ended = text.rstrip().endswith((".", "!", "?", "\N{HORIZONTAL ELLIPSIS}"))
    return quoted(text, longest) + ("" if ended or len(text) > longest else ".")


def _asked_and_offered(mentee: Record, name: str, covers: tuple[str, ...]) -> list[str]:
    asked = stated_needs(mentee)
    met = [facet for facet in covers if facet in asked][:NAMED]
    if not met:
        return []
    return [f"You asked for help with {facets(met)}, and {name} offers it."]


def _closes_gap(
    source: PlanSource, mentee_id: str, name: str, covers: tuple[str, ...]
) -> list[str]:
    """Return which purposes few of the mentee's own contacts serve and this mentor does."""
    if source.audit is None:
        return []
    row = source.position[mentee_id]
    gaps, networks = source.audit.gaps[row], source.audit.networks
    missing = [
        (at, purpose)
        for at, purpose in enumerate(Purpose)
        if f"purpose.{purpose}" in covers
        and gaps[FACETS.index(f"purpose.{purpose}")] >= GAP_WORTH_TELLING
    ]
    if not missing:
        return []
    served = max(int(networks.purposes[row, :, at].sum()) for at, _ in missing)
    what = listed(PURPOSE_PHRASES[purpose] for _, purpose in missing)
    who = "Nobody you named is" if not served else "Few of the people you named are"
    return [f"{who} there for {what} yet; {name} can be."]


def _both_know(mentee: Record, mentor: Record) -> list[str]:
    fields = common(mentee, mentor, "expertise")[:NAMED]
    return [f"You both know about {listed(fields)}."] if fields else []


def _brings(mentee: Record, mentor: Record, name: str, match: Record) -> list[str]:
    """Return in one sentence what is different about the mentor: place, years and fields."""
    parts = [
        *_workplace(mentee, mentor),
        *_experience(mentee, mentor, match),
        *_other_fields(mentee, mentor),
    ]
    return [f"{name} {listed(parts)}."] if parts else []


def _workplace(mentee: Record, mentor: Record) -> list[str]:
    there = mentor.get("organisation")
    if not there or not mentee.get("organisation"):
        return []
    if not same(there, mentee["organisation"]):
        return [f"works outside your organisation (at {there})"]
    department = mentor.get("department")
    if department and mentee.get("department") and not same(department, mentee["department"]):
        return [f"sees {there} from another side ({department})"]
    return []


def _experience(mentee: Record, mentor: Record, match: Record) -> list[str]:
    own, theirs = mentee.get("career_years"), mentor.get("career_years")
    if own is None or theirs is None:
        return []
    years = round(abs(theirs - own))
    if match["approach"] == Approach.REVERSE and own > theirs and years:
        return [f"started work {_years(years)} after you and sees things from there"]
    return [f"has worked {_years(years)} longer than you"] if theirs - own >= 1 else []


def _years(years: int) -> str:
    return "a year" if years == 1 else f"{number(years)} years"


def _other_fields(mentee: Record, mentor: Record) -> list[str]:
    if not mentee.get("expertise") or common(mentee, mentor, "expertise"):
        return []
    theirs = [str(field) for field in (mentor.get("expertise") or ())[:2]]
    which = "a field" if len(theirs) == 1 else "fields"
    return [f"knows about {listed(theirs)}, {which} that you did not name"] if theirs else []


def _reach(mentee: Record, mentor: Record, name: str, match: Record) -> list[str]:
    if match["approach"] != Approach.SPONSORSHIP:
        return []
    known = [
        o for o in mentor.get("sponsor_organisations") or () if same(o, mentee["organisation"])
    ]
    return [f"{name} can speak for you at {known[0]}, where people listen."] if known else []


def _goals(mentor: Record, name: str, match: Record) -> list[str]:
    two_way = match["approach"] in (Approach.DEVELOPMENTAL, Approach.RECIPROCAL)
    goals = mentor.get("goals")
    told = f"What {name} would like to get out of it: "
    return [f"{told}{said(str(goals), 140)}"] if two_way and goals else []


def _introduction(source: PlanSource, mentee_id: str, mentor_id: str, name: str) -> list[str]:
    ways = source.ways_of.get((mentee_id, mentor_id), [])
    if not ways:
        return []
    surest = ways[0]["how"]
    contacts = listed([source.contact_name(w) for w in ways if w["how"] == surest][:NAMED], "or")
    if surest == "is":
        return [f"You named {name} among the people you turn to already."]
    if surest == "knows":
        return [f"{contacts} knows {name}: ask for a word of introduction before you meet."]
    return [f"{contacts} may know {name} from work: ask, and you will not start as strangers."]
