"""Why this mentor: sentences that the two people's own answers, and the audit, give."""

from collections.abc import Iterator

from matcher.plans.plan_source import PlannedMatch
from matcher.plans.plan_words import PURPOSE_PHRASES, facets
from matcher.plans.records import say_the_same
from matcher.text import listed, plural, spelt
from matcher.vocabulary import FACETS, Approach, Purpose

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
