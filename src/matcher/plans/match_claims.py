"""What can be claimed of one match, from the answers of the two and from the run; no words yet."""

from collections.abc import Callable, Iterator

from matcher.features.stated_answers import answer_columns
from matcher.features.terms import topics_of
from matcher.plans.claims import Cell, Claim, ClaimKind, cells_of
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.plan_words import Week, clock
from matcher.plans.records import say_the_same
from matcher.text import fold
from matcher.vocabulary import FACETS, Approach, Purpose, Status

GAP_WORTH_TELLING = 0.5
FEW_NAMED = 3
"""Fields or people named in one sentence."""
LONGEST_QUOTE = 400
"""Signs up to which a text is quoted beside others; a longer one is left out, never cut."""
TWO_WAY = frozenset({Approach.DEVELOPMENTAL, Approach.RECIPROCAL})
"""Approaches in which the mentor gets something out of it."""
FORM_COLUMNS = {
    "horizon": ClaimKind.HORIZON,
    "scope": ClaimKind.SCOPE,
    "formality": ClaimKind.FORMALITY,
}


def match_claims(match: PlannedMatch) -> list[Claim]:
    """Return all that a plan may say of a match, in the order in which it is told."""
    return [claim for part in _PARTS for claim in part(match)]


END_GONE_BY = "past"
"""Said of a pair that goes on: the day on which it was to end has gone by."""


def _both(match: PlannedMatch, column: str) -> tuple[Cell, ...]:
    return (
        *cells_of("mentees", match.mentee, [column]),
        *cells_of("mentors", match.mentor, [column]),
    )


def _standing(match: PlannedMatch) -> Iterator[Claim]:
    for kind, known in (
        (ClaimKind.CONTINUES, match.under_way),
        (ClaimKind.WERE_MATCHED, match.earlier),
    ):
        if known is not None:
            days = [known.get("start"), known.get("end")]
            codes = tuple("" if day is None else day.date().isoformat() for day in days)
            row = f"{match.mentee_id} {match.mentor_id}"
            columns = ["status", *(c for c in ("start", "end") if known.get(c) is not None)]
            if known["status"] == Status.PAUSED:
                codes += (Status.PAUSED.value,)
            elif kind is ClaimKind.CONTINUES and match.is_past:
                codes += (END_GONE_BY,)
            yield Claim(kind, tuple(Cell("engagements", row, c) for c in columns), codes)


def _changed(match: PlannedMatch) -> Iterator[Claim]:
    """Yield what a mentor who goes on is there for now and was not in the run before, and back."""
    before = match.source.covers_before.get((match.mentee_id, match.mentor_id))
    if match.under_way is None or before is None:
        return
    new = [f"new {facet}" for facet in match.asked if facet not in before]
    gone = [f"gone {facet}" for facet in before if facet not in match.covers]
    if new or gone:
        cell = Cell("matches", f"{match.mentee_id} {match.mentor_id}", "covers")
        yield Claim(ClaimKind.CHANGED, (cell,), (*new, *gone))


def _asked_and_offered(match: PlannedMatch) -> Iterator[Claim]:
    """Yield the asked facets that the mentor is there for, those met in full before others.

    Of a mentor beside one who is there for all of it, what both offer.
    """
    partly = match.source.partly_of.get(match.mentee_id, ())
    found = {
        ClaimKind.ASKED_AND_OFFERED: tuple(facet for facet in match.asked if facet not in partly),
        ClaimKind.OFFERED_IN_PART: tuple(facet for facet in match.asked if facet in partly),
        ClaimKind.OFFERED_TOO: match.offered_too,
    }
    for kind, met in found.items():
        if met:
            sides = (("need", "mentees", match.mentee), ("offer", "mentors", match.mentor))
            yield Claim(kind, tuple(c for side in sides for c in _answers(match, met, *side)), met)
    if match.is_mutual and not any(found.values()):
        source, (own, other) = match.source, (match.mentee_id, match.mentor_id)
        is_known = other in source.mentees and own in source.mentors
        if met := source.asked_facets.and_offered(other, own) if is_known else ():
            asks = _answers(match, met, "need", "mentees", source.mentees[other])
            offers = _answers(match, met, "offer", "mentors", source.mentors[own])
            yield Claim(ClaimKind.YOU_OFFER, (*asks, *offers), met)


def _answers(
    match: PlannedMatch, facets: tuple[str, ...], side: str, table: str, person: dict[str, object]
) -> tuple[Cell, ...]:
    groups = dict.fromkeys(facet.split(".")[0] for facet in facets)
    columns = (c for group in groups for c in answer_columns(group, side, match.source.config))
    return cells_of(table, person, columns)


def _few_serve(match: PlannedMatch) -> Iterator[Claim]:
    """Yield purposes that few of the mentee's own contacts serve and the mentor does, as told."""
    audit = match.source.audit
    if audit is None:
        return
    row = match.source.cohort.mentee_index.position[match.mentee_id]
    served = audit.networks.purposes[row].sum(axis=0)
    for at, purpose in enumerate(Purpose):
        facet = f"purpose.{purpose}"
        gap = audit.gaps[row][FACETS.index(facet)]
        is_told = facet in match.covers and facet not in match.asked
        if served.any() and is_told and gap >= GAP_WORTH_TELLING:
            cells = (
                Cell("contacts", match.mentee_id, "purposes"),
                *cells_of("mentors", match.mentor, ["purposes"]),
            )
            yield Claim(ClaimKind.FEW_SERVE, cells, (purpose, str(int(served[at]))))


def _fields(match: PlannedMatch) -> Iterator[Claim]:
    shared = match.common("expertise")[:FEW_NAMED]
    if shared:
        yield Claim(ClaimKind.BOTH_KNOW, _both(match, "expertise"), texts=tuple(shared))


def _brings(match: PlannedMatch) -> Iterator[Claim]:
    """Yield what is different about the mentor: place, years and fields."""
    here, there = match.mentee.get("organisation"), match.mentor.get("organisation")
    if here and there and not say_the_same(here, there):
        yield Claim(ClaimKind.WORKS_ELSEWHERE, _both(match, "organisation"))
    inside, theirs = match.mentee.get("department"), match.mentor.get("department")
    if say_the_same(here, there) and inside and theirs and not say_the_same(inside, theirs):
        cells = (*_both(match, "organisation"), *_both(match, "department"))
        yield Claim(ClaimKind.OTHER_DEPARTMENT, cells)
    yield from _years(match)
    others = tuple(map(str, match.mentor.get("expertise") or ()))[:2]
    if others and not match.common("expertise"):
        cells = cells_of("mentors", match.mentor, ["expertise"])
        yield Claim(ClaimKind.KNOWS_FIELDS, cells, texts=others)


def _years(match: PlannedMatch) -> Iterator[Claim]:
    """Yield who has worked longer, and by how much where both said a number of years."""
    own = match.source.career_years.of("mentees", match.mentee)
    theirs = match.source.career_years.of("mentors", match.mentor)
    if own is None or theirs is None:
        return
    cells, longer = _both(match, "career_years"), theirs[0] - own[1]
    if own[0] < own[1] or theirs[0] < theirs[1]:
        if longer >= 0:
            yield Claim(ClaimKind.WORKED_LONGER_SOME, cells)
    elif round(longer) >= 1:
        yield Claim(ClaimKind.WORKED_LONGER, cells, (str(round(longer)),))
    elif round(longer) <= -1 and match.row["approach"] == Approach.REVERSE:
        yield Claim(ClaimKind.STARTED_LATER, cells, (str(-round(longer)),))


def _reach(match: PlannedMatch) -> Iterator[Claim]:
    if match.row["approach"] != Approach.SPONSORSHIP:
        return
    home = match.mentee.get("organisation")
    for place in match.mentor.get("sponsor_organisations") or ():
        if say_the_same(place, home):
            cells = cells_of("mentees", match.mentee, ["organisation"])
            cells += cells_of("mentors", match.mentor, ["sponsor_organisations"])
            yield Claim(ClaimKind.SPEAKS_FOR, cells, texts=(str(place),))
            return


def _texts(match: PlannedMatch) -> Iterator[Claim]:
    """Yield what the two wrote: side by side where it is of one thing and no answer says why."""
    goals, bio = match.mentee.get("goals"), match.mentor.get("bio")
    about = cells_of("mentors", match.mentor, ["bio"])
    is_why = not (match.asked or match.offered_too)
    if is_why and goals and bio and topics_of(str(goals)) & topics_of(str(bio)):
        cells = (*cells_of("mentees", match.mentee, ["goals"]), *about)
        yield Claim(ClaimKind.OWN_WORDS, cells, texts=(str(goals), str(bio)))
    elif bio:
        yield Claim(ClaimKind.BIO, about, texts=(str(bio),))
    wish, learner = match.mentor.get("goals"), match.source.mentees.get(match.mentor_id, {})
    if wish == learner.get("goals"):
        return  # who is a mentee too said what they want as that
    if wish and len(str(wish)) <= LONGEST_QUOTE and match.row["approach"] in TWO_WAY:
        cells = cells_of("mentors", match.mentor, ["goals"])
        yield Claim(ClaimKind.MENTOR_GOALS, cells, texts=(str(wish),))


def _introduction(match: PlannedMatch) -> Iterator[Claim]:
    cell = Cell("contacts", match.mentee_id, "contact_id")
    if match.is_known:
        yield Claim(ClaimKind.KNOWN_CONTACT, (cell,))
        return
    ways = match.source.ways_of.get((match.mentee_id, match.mentor_id), ())
    if ways and match.under_way is None:
        surest = str(ways[0]["how"])
        names = [match.source.contact_name(way) for way in ways if way["how"] == surest]
        cells = (cell, cell._replace(column="knows" if surest == "knows" else "organisation"))
        yield Claim(ClaimKind.INTRODUCTION, cells, (surest,), tuple(names[:FEW_NAMED]))


def _practical(match: PlannedMatch) -> Iterator[Claim]:
    hours = _both(match, "hours_per_month")
    if hours and match.row.get("hours_per_month"):
        yield Claim(ClaimKind.HOURS, hours, (repr(float(match.row["hours_per_month"])),))
    if modes := match.common("modes"):
        yield Claim(ClaimKind.MODES, _both(match, "modes"), tuple(modes))
    is_ahead = match.under_way is None and not match.source.has_begun(match.period)
    if match.source.config.programme.periods > 1 and is_ahead:
        told: tuple[Cell, ...] = (
            Cell("matches", f"{match.mentee_id} {match.mentor_id}", "period"),
        )
        codes: tuple[str, ...] = (str(match.period),)
        if starts := match.source.config.programme.period_starts:
            told += (Cell("config", "", "programme.period_starts"),)
            codes += (starts[match.period - 1].isoformat(),)
        yield Claim(ClaimKind.PERIOD, told, codes)
    if match.times.shared_slots:
        cells = (*_both(match, "availability"), *_zones(match))
        there = match.times.shared_slots_there
        apart = (*map(clock, match.times.clocks), *there) if match.times.clocks_differ else ()
        yield Claim(ClaimKind.SHARED_SLOTS, cells, match.times.shared_slots, apart)
    if match.under_way is None:
        yield from _beginning(match)


def _beginning(match: PlannedMatch) -> Iterator[Claim]:
    """Yield when two first meet, and when each can where they named no time in common."""
    named = _both(match, "availability")
    if match.times.slots_apart:
        own, theirs = match.times.slots
        yield Claim(ClaimKind.SLOTS_APART, named, own, theirs)
    if match.times.clocks_differ and not match.times.shared_slots:
        yield Claim(ClaimKind.CLOCKS_DIFFER, _zones(match), tuple(map(clock, match.times.clocks)))
    if match.times.first_time is not None:
        cells = (Cell("config", "", "programme.start"), *named)
        if isinstance(match.times.first_time, Week):
            codes: tuple[str, ...] = (match.times.first_time.start.isoformat(), "week")
        else:
            codes = (match.times.first_time.isoformat(),)
        yield Claim(ClaimKind.FIRST_DAY, cells, codes)


def _zones(match: PlannedMatch) -> tuple[Cell, ...]:
    """Return where the two time zones come from, as far as they are known."""
    own = _both(match, "timezone")
    is_home = match.source.config.programme.timezone and len(own) < 2
    return (*own, Cell("config", "", "programme.timezone")) if is_home else own


def _in_touch(match: PlannedMatch) -> Iterator[Claim]:
    """Yield whether the two may have each other's address."""
    if not match.shares_addresses:
        yield Claim(ClaimKind.OUT_OF_REACH, (Cell("config", "", "programme.contact"),))
    elif match.source.config.programme.share_addresses:
        cell = Cell("config", "", "programme.share_addresses")
        yield Claim(ClaimKind.SHARES_ADDRESSES, (cell,))
    else:
        yield Claim(ClaimKind.SHARES_ADDRESSES, _both(match, "share_address"))


def _forms(match: PlannedMatch) -> Iterator[Claim]:
    """Yield horizon, scope and formality as each side said them: the mentee's, the mentor's."""
    for column, kind in FORM_COLUMNS.items():
        if cells := _both(match, column):
            codes = (str(match.mentee.get(column) or ""), str(match.mentor.get(column) or ""))
            yield Claim(kind, cells, tuple(map(fold, codes)))


_PARTS: tuple[Callable[[PlannedMatch], Iterator[Claim]], ...] = (
    *(_standing, _changed, _asked_and_offered, _few_serve, _fields, _brings, _reach, _texts),
    *(_introduction, _practical, _in_touch, _forms),
)
