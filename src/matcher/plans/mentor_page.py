"""A mentor's page: who comes, what for, how many hours, what to ask first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.plans.people_part import first_date, practical, workplace
from matcher.plans.plan_source import display_name, full_name, items
from matcher.plans.plan_words import capital, day, facets, hours, listed, number
from matcher.plans.reasons import common, said, stated_needs
from matcher.text import fold
from matcher.vocabulary import FACETS, Approach, ShareWith

if TYPE_CHECKING:
    from matcher.plans.contact_facts import NetworkFacts
    from matcher.plans.plan_source import PlanSource
    from matcher.plans.records import Record

APPROACHES = {
    Approach.DEVELOPMENTAL: "You think things through together; expect to learn something too.",
    Approach.SPONSORSHIP: "You speak for them and help them to be seen.",
    Approach.REVERSE: "You show them how things look from where you are.",
    Approach.RECIPROCAL: "You mentor each other: {name} is there for you as well.",
}

FIRST_QUESTIONS: dict[str, str] = {
    "purpose.operational": "What in your work takes more effort than it should?",
    "purpose.personal": "What would you like to be better at a year from now?",
    "purpose.strategic": "What do you see coming, and where would you like to stand then?",
    "benefit.task_information": "What would you need to know to be at ease in your work?",
    "benefit.task_achievement": "Which task would you like to get off your desk first?",
    "benefit.career": "Which next step are you thinking of, and what speaks against it?",
    "benefit.development": "When did you last surprise yourself?",
    "benefit.mutual_support": "What would you like to hear how others deal with?",
    "context.career_development": "If nothing stood in the way, what would you do next?",
    "context.sector_knowledge": "Which part of the sector is still a closed book to you?",
    "context.political_environment": "Whose yes do you need, and what do you know of them?",
    "context.skills_development": "Which skill would change most for you?",
    "context.confidence": "When do you feel sure of yourself, and when not?",
    "context.managing_change": "What is changing around you, and what should stay?",
    "knowing.why": "What in your work matters to you most?",
    "knowing.how": "What do you want to be able to do?",
    "knowing.whom": "Whom would you like to know, and what keeps you apart?",
}
"""One open question a facet, for the first half hour."""


@dataclass(frozen=True)
class Visit:
    """One mentee as the mentor's page tells of them."""

    name: str
    place: str
    purpose: str
    approach: str
    goals: str
    practical: str
    ask: str
    then_ask: str
    shared: str
    begin: str
    """How the two begin."""
    is_draft: bool


@dataclass(frozen=True)
class MentorPage:
    """All that one mentor's page says."""

    name: str
    programme: str
    prepared: str
    summary: str
    visits: tuple[Visit, ...]
    is_draft: bool


def mentor_page(source: PlanSource, facts: NetworkFacts | None, mentor_id: str) -> MentorPage:
    """Return the page of a mentor with at least one match."""
    found = source.matches_with[mentor_id]
    visits = tuple(_visit(source, facts, mentor_id, match) for match in found)
    total = sum(float(match.get("hours_per_month") or 0.0) for match in found)
    who = "One person comes" if len(visits) == 1 else f"{capital(number(len(visits)))} people come"
    time = f", for about {hours(round(total, 2))} a month in all" if total else ""
    mentor = source.mentors[mentor_id]
    return MentorPage(
        name=full_name(mentor, mentor_id),
        programme=source.config.programme.name,
        prepared=day(source.cohort.as_of),
        summary=f"{who} to you{time}: {listed(visit.name for visit in visits)}.",
        visits=visits,
        is_draft=any(visit.is_draft for visit in visits),
    )


def _visit(source: PlanSource, facts: NetworkFacts | None, mentor_id: str, match: Record) -> Visit:
    mentee_id = str(match["mentee_id"])
    mentee, mentor = source.mentees[mentee_id], source.mentors[mentor_id]
    name = display_name(mentee, mentee_id)
    covers = items(match.get("covers"))
    asked = _topics(mentee, covers)
    two_way = match["approach"] in (Approach.DEVELOPMENTAL, Approach.RECIPROCAL)
    is_draft = not source.is_agreed(mentee_id, mentor_id)
    first = first_date(source.cohort.as_of, common(mentee, mentor, "availability"))
    return Visit(
        name=full_name(mentee, mentee_id),
        place=workplace(mentee),
        purpose=f"{name} comes for help with {facets(covers[:4], 'them', 'their')}."
        if covers
        else "",
        approach=APPROACHES.get(Approach(str(match["approach"])), "").format(name=name),
        goals=said(str(mentee["goals"])) if two_way and mentee.get("goals") else "",
        practical=practical(match, mentee, mentor, source.config.programme.periods),
        ask=FIRST_QUESTIONS[asked[0]],
        then_ask=FIRST_QUESTIONS[asked[1]] if len(asked) > 1 else "",
        shared=_shared(source, facts, mentee_id, mentor_id),
        begin=_begin(day(first), is_draft),
        is_draft=is_draft,
    )


def _begin(first: str, is_draft: bool) -> str:
    who = "Once the match is agreed, they write" if is_draft else "They have been asked to write"
    return (
        f"{who} to you for a first half hour around {first}; either of you can step back without "
        "giving a reason."
    )


def _topics(mentee: Record, covers: tuple[str, ...]) -> list[str]:
    """Return the facets to begin with: covered and asked for, then covered, then asked for."""
    asked = stated_needs(mentee)
    order = [f for f in covers if f in asked] + [f for f in covers if f not in asked]
    order += [f for f in FACETS if f in asked and f not in order]
    return [f for f in order if f in FIRST_QUESTIONS] or ["purpose.personal"]


def _shared(source: PlanSource, facts: NetworkFacts | None, mentee_id: str, mentor_id: str) -> str:
    """Return what the audit may say to a mentor: only contacts that the mentee shares."""
    name = display_name(source.mentees[mentee_id], mentee_id)
    if facts is None or not facts.audit.audited[source.position[mentee_id]]:
        return f"{name} has not drawn a network yet; the form with their plan is made for two."
    contacts = facts.contacts_of(source.position[mentee_id])
    shown = [c for c in contacts if c.share_with in (ShareWith.MENTOR, ShareWith.PROGRAMME)]
    own = fold(mentor_id)
    names = ["You yourself"] * any(c.member == own for c in shown)
    names += [c.name for c in shown if c.member != own]
    if not names:
        return f"{name} has drawn a network; ask whether they would like to look at it with you."
    verb = "is one person" if len(names) == 1 else "are people"
    if names == ["You yourself"]:
        verb = "are one person"
    return f"{listed(names)} {verb} in the network that {name} shares with you."
