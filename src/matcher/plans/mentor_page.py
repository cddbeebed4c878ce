"""All that a mentor's page says of who comes to them, from the frames of a run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.claims import Claim, ClaimKind, SaidClaim, cells_of
from matcher.plans.getting_in_touch import how_to_reach
from matcher.plans.match_claims import END_GONE_BY, match_claims
from matcher.plans.people_part import practical, said, topics
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.plan_words import facets
from matcher.plans.records import full_name, workplace
from matcher.text import capital, fold
from matcher.vocabulary import TOLD_FACETS, ShareWith


@dataclass(frozen=True)
class Visit:
    """One mentee as the mentor's page tells of them."""

    name: str
    place: str
    purpose: tuple[str, ...]
    """What they come for, all of it or part."""
    approach: str
    goals: str
    practical: str
    reach: str
    ask: str
    """What to ask first; empty where the two work together already."""
    then_ask: str
    shared: str
    begin: str
    """How the two begin, or since when they work together."""
    hours: float | None
    """Hours a month, None where nobody said."""
    lasts: range
    """Periods in which the two meet."""
    continues: bool
    is_past: bool
    """Whether the last day of the two has gone by."""
    is_draft: bool
    claims: tuple[SaidClaim, ...]


@dataclass(frozen=True)
class MentorPage:
    """All that one mentor's page says."""

    title: str
    kicker: str
    draft: str
    either: tuple[str, ...]
    """That somebody took either role and this is theirs; empty for everybody else."""
    summary: str
    visits: tuple[Visit, ...]
    step_back: str
    """That either side can step back, once for all who begin; empty where nobody does."""

    @property
    def claims(self) -> list[SaidClaim]:
        """What the page claims."""
        return [claim for visit in self.visits for claim in visit.claims]


SEEN_BY_MENTOR = frozenset(
    {
        *(
            ClaimKind.CONTINUES,
            ClaimKind.WERE_MATCHED,
            ClaimKind.ASKED_AND_OFFERED,
            ClaimKind.OFFERED_IN_PART,
        ),
        *(ClaimKind.OFFERED_TOO, ClaimKind.BOTH_KNOW),
        *(ClaimKind.HOURS, ClaimKind.MODES, ClaimKind.SHARED_SLOTS, ClaimKind.CLOCKS_DIFFER),
        ClaimKind.SLOTS_APART,
        *(
            ClaimKind.PERIOD,
            ClaimKind.FIRST_DAY,
            ClaimKind.SHARES_ADDRESSES,
            ClaimKind.OUT_OF_REACH,
        ),
    }
)
"""Claims of a match that its mentor's page makes too; none tells of the mentee's network."""


def mentor_page(source: PlanSource, mentor_id: str) -> MentorPage:
    """Return the page of a mentor with at least one match."""
    visits = tuple(_each_once(map(_visit, source.matches_with[mentor_id])))
    told = spoken()["page"]
    is_either = source.reason_of.get(mentor_id) == "serves_as_mentor"
    is_new = is_either and not all(visit.continues for visit in visits)
    either = (spoken()["waiting"]["why"]["serves_as_mentor"],) if is_new else ()
    return MentorPage(
        title=told["mentor_title"].format(name=full_name(source.mentors[mentor_id], mentor_id)),
        kicker=words.kicker(source.config.programme),
        draft=told["draft"] if any(visit.is_draft for visit in visits) else "",
        either=either,
        summary=" ".join(
            (*either, *_summary(visits, source.mentors[mentor_id].get("hours_per_month")))
        ),
        visits=visits,
        step_back=""
        if all(visit.continues for visit in visits)
        else spoken()["visit"]["step_back"],
    )


def _each_once(visits: Iterable[Visit]) -> Iterator[Visit]:
    """Yield visits; what is said of a kind of match stands where it comes first."""
    told: dict[str, str] = {}
    for visit in visits:
        other = told.setdefault(visit.approach, visit.name)
        same = words.say("visit", "same", name=visit.name, other=other)
        yield visit if other == visit.name else replace(visit, approach=same)


def _summary(visits: tuple[Visit, ...], offered: float | None) -> Iterator[str]:
    for key, stand in (
        ("comes", (False, False)),
        ("goes_on", (True, False)),
        ("past", (True, True)),
    ):
        found = [visit for visit in visits if (visit.continues, visit.is_past) == stand]
        known = [(visit.hours, visit.lasts) for visit in found if visit.hours is not None]
        # A total of what only some have said would read as the whole; nobody is told to give more
        # than they offered.
        is_told = known and len(known) == len(found)
        is_told = is_told and (not offered or words.hours_of(known)[0] <= offered)
        time = _time(known) if is_told else ""
        names = words.listing(visit.name for visit in found)
        if found:
            who = words.people(len(found))
            told = words.say_many(len(found), "summary", key, people=who, time=time, names=names)
            yield capital(told)


def _time(known: Sequence[tuple[float, range]]) -> str:
    most, is_throughout = words.hours_of(known)
    key = ("one" if len(known) == 1 else "many") if is_throughout else "at_most"
    text = str(spoken()["summary"]["time"][key])
    return text.format(hours=words.hours(most)) if most else ""


def _visit(match: PlannedMatch) -> Visit:
    mentee, name, approach = match.mentee, match.mentee_name, str(match.row["approach"])
    claims = [claim for claim in match_claims(match) if claim.kind in SEEN_BY_MENTOR]
    by = {claim.kind: claim.codes for claim in claims}
    continues = ClaimKind.CONTINUES in by
    asked = () if continues or ClaimKind.WERE_MATCHED in by else _ask(match)
    questions = [spoken()["facets"][topic]["first_question"] for topic in asked]
    goals = str(mentee.get("goals") or "")
    if goals:
        claims.append(Claim(ClaimKind.GOALS, cells_of("mentees", mentee, ["goals"])))
    amount = by.get(ClaimKind.HOURS)
    return Visit(
        name=full_name(mentee, match.mentee_id),
        place=". ".join(filter(None, (workplace(mentee), match.seat))),
        purpose=tuple(_purpose(claims, name)),
        approach=spoken()["approaches"][approach]["mentor"].format(name=name),
        goals=words.say("page", "own_words", name=name, what=said(goals)) if goals else "",
        practical=practical(claims, match, to_mentor=True),
        reach=how_to_reach(match, to_mentor=True),
        ask=next(iter(questions), ""),
        then_ask=questions[1] if len(questions) > 1 else "",
        shared=_shared(match),
        begin=_begin(match, by.get(ClaimKind.CONTINUES)),
        hours=None if amount is None else float(amount[0]),
        lasts=match.lasts,
        continues=continues,
        is_past=continues and END_GONE_BY in by[ClaimKind.CONTINUES],
        is_draft=match.is_draft and not continues,
        claims=tuple(SaidClaim("mentor", match.mentor_id, match.mentee_id, c) for c in claims),
    )


def _purpose(claims: Sequence[Claim], name: str) -> Iterator[str]:
    """Yield what the mentee comes for, else what both know; what they wrote stands beside it."""
    by = {claim.kind: claim for claim in claims}
    if earlier := by.get(ClaimKind.WERE_MATCHED):
        days = words.span(*earlier.codes[:2])
        yield words.say("sentences", ClaimKind.WERE_MATCHED, name=name, days=days)
    offers = (ClaimKind.ASKED_AND_OFFERED, ClaimKind.OFFERED_IN_PART, ClaimKind.OFFERED_TOO)
    for kind in filter(by.__contains__, offers):
        yield words.say("visit", kind, name=name, what=facets(by[kind].codes, "them"))
    if by.keys() & {ClaimKind.CONTINUES, *offers}:
        return
    if both := by.get(ClaimKind.BOTH_KNOW):
        yield words.say("sentences", ClaimKind.BOTH_KNOW, what=words.listing(both.texts))
    elif ClaimKind.GOALS not in by:
        yield words.say("sentences", "little_said", name=name)


def _begin(match: PlannedMatch, continues: tuple[str, ...] | None) -> str:
    if continues is not None:
        days, key = words.span(*continues[:2]), "_".join(("continues", *continues[2:]))
        return words.say("visit", key, name=match.mentee_name, days=days)
    key = "once_agreed" if match.needs_yes else "agreed"
    when = words.when(match.times.first_time, "around", period=match.begins_in)
    key = key if match.shares_addresses else f"{key}_through"
    return words.say("visit", key, name=match.mentee_name, when=when)


def _ask(match: PlannedMatch) -> list[str]:
    """Return the two facets to begin with: covered and asked for, then asked for."""
    asked = match.source.asked_facets.by(match.mentee_id)
    order = [*topics(match), *(n for n in TOLD_FACETS if n in asked and n not in match.covers)]
    found = [name for name in order if name in spoken()["facets"]][:2]
    # Whoever wrote what they are after has answered what would be asked else.
    return found or ([] if match.mentee.get("goals") else ["purpose.personal"])


def _shared(match: PlannedMatch) -> str:
    """Return what the audit may say to a mentor: only contacts that the mentee shares."""
    name, network = match.mentee_name, match.source.network(match.mentee_id)
    if network is None:
        return words.say("visit", "no_network", name=name)
    may_see = (ShareWith.MENTOR, ShareWith.PROGRAMME)
    shown = [contact for contact in network.contacts if contact.share_with in may_see]
    own = fold(match.mentor_id)
    names = [contact.name for contact in shown if contact.member != own]
    is_there = len(names) < len(shown)
    if not shown:
        return words.say("visit", "network_kept", name=name)
    told = [words.say("visit", "you_are_in", name=name)] if is_there else []
    if names:
        contacts = words.listing(names)
        told.append(words.say_many(len(names), "visit", "shared", contacts=contacts, name=name))
    return " ".join(told)
