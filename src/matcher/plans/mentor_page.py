"""A mentor's page: who comes, what for, how many hours, what to ask first."""

from dataclasses import dataclass

from matcher.plans.people_part import TWO_WAY, first_date, practical, said
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.plan_words import PHRASES, day, facets, hours, people
from matcher.plans.records import full_name, workplace
from matcher.text import capital, fold, listed, plural
from matcher.vocabulary import FACETS, ShareWith


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


def mentor_page(source: PlanSource, mentor_id: str) -> MentorPage:
    """Return the page of a mentor with at least one match."""
    found = source.matches_with[mentor_id]
    visits = tuple(map(_visit, found))
    total = sum(float(match.row.get("hours_per_month") or 0.0) for match in found)
    who = f"{capital(people(len(visits)))} {plural(len(visits), 'comes', 'come')} to you"
    time = f", for about {hours(round(total, 2))} a month in all" if total else ""
    return MentorPage(
        name=full_name(source.mentors[mentor_id], mentor_id),
        programme=source.config.programme.name,
        prepared=day(source.cohort.as_of),
        summary=f"{who}{time}: {listed(visit.name for visit in visits)}.",
        visits=visits,
        is_draft=any(visit.is_draft for visit in visits),
    )


def _visit(match: PlannedMatch) -> Visit:
    mentee, name, approach = match.mentee, match.mentee_name, str(match.row["approach"])
    wanted = facets(match.covers[:4], "them", "their")
    questions = [PHRASES["facets"][topic]["first_question"] for topic in _topics(match)[:2]]
    return Visit(
        name=full_name(mentee, match.mentee_id),
        place=workplace(mentee),
        purpose=f"{name} comes for help with {wanted}." if wanted else "",
        approach=PHRASES["approaches"][approach]["mentor"].format(name=name),
        goals=said(str(mentee["goals"])) if approach in TWO_WAY and mentee.get("goals") else "",
        practical=practical(match),
        ask=questions[0],
        then_ask=questions[1] if len(questions) > 1 else "",
        shared=_shared(match),
        begin=_begin(match),
        is_draft=match.is_draft,
    )


def _begin(match: PlannedMatch) -> str:
    agreed = "They have been asked to write"
    who = "Once the match is agreed, they write" if match.is_draft else agreed
    return (
        f"{who} to you for a first half hour around {day(first_date(match))}; either of you can "
        "step back without giving a reason."
    )


def _topics(match: PlannedMatch) -> list[str]:
    """Return the facets to begin with: covered and asked for, then covered, then asked for."""
    asked = match.source.asked_by(match.mentee_id)
    order = [
        *sorted(match.covers, key=lambda name: name not in asked),
        *(name for name in FACETS if name in asked and name not in match.covers),
    ]
    return [name for name in order if name in PHRASES["facets"]] or ["purpose.personal"]


def _shared(match: PlannedMatch) -> str:
    """Return what the audit may say to a mentor: only contacts that the mentee shares."""
    name, network = match.mentee_name, match.source.network(match.mentee_id)
    if network is None:
        return f"{name} has not drawn a network yet; the form with their plan is made for two."
    may_see = (ShareWith.MENTOR, ShareWith.PROGRAMME)
    shown = [contact for contact in network.contacts if contact.share_with in may_see]
    own = fold(match.mentor_id)
    others = [contact.name for contact in shown if contact.member != own]
    names = ["You yourself", *others] if any(c.member == own for c in shown) else others
    if not names:
        return f"{name} has drawn a network; ask whether they would like to look at it with you."
    verb = "are people" if len(names) > 1 else "is one person" if others else "are one person"
    return f"{listed(names)} {verb} in the network that {name} shares with you."
