"""All that a mentee's plan and a mentor's page say, from the frames of a run."""

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.plans import next_steps
from matcher.plans import plan_words as words
from matcher.plans.ego_network import EgoNetwork
from matcher.plans.next_steps import Situation, fitting, situation_of
from matcher.plans.observations import Observation, bridge, stands_out, strength
from matcher.plans.people_part import (
    TWO_WAY,
    MatchPart,
    date_from,
    first_date,
    match_part,
    practical,
    quoted,
    said,
)
from matcher.plans.plan_figures import Drawing, Timeline, ego_drawing, timeline
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.plan_words import PHRASES, day, facets, hours, people
from matcher.plans.records import Record, full_name, workplace
from matcher.text import capital, fold, listed, plural, spelt
from matcher.vocabulary import FACET_GROUPS, TOLD_FACETS, Activity, Knowing, Purpose, ShareWith


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
        *(name for name in TOLD_FACETS if name in asked and name not in match.covers),
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


@dataclass(frozen=True)
class PlanPage:
    """All that one mentee's plan says."""

    name: str
    programme: str
    prepared: str
    is_draft: bool
    matches: tuple[MatchPart, ...]
    nobody: str
    goals: str
    uncovered: tuple[str, ...]
    next_step: str
    timeline: Timeline | None
    drawing: Drawing | None
    strength: str
    gap: Observation | None
    bridge: str
    benefits: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    invitation: str
    activities: tuple[str, ...]
    newer: int | None
    """Mentees newer to the field of whom the plan proposes to mentor; None for everybody else."""
    circle: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    approach: str
    missing: tuple[str, ...]
    good_mentee: tuple[str, ...]
    reflection: tuple[str, ...]


def plan_page(source: PlanSource, mentee_id: str) -> PlanPage:
    """Return what the plan of a mentee says."""
    mentee, programme = source.mentees[mentee_id], source.config.programme
    parts = map(match_part, source.matches_of.get(mentee_id, ()))
    matches = tuple(sorted(parts, key=lambda match: (match.period, match.first_date)))
    situation = situation_of(source, mentee_id)
    network, uncovered = situation.network, situation.uncovered
    gap = stands_out(network) if network else None
    is_agreed = bool(matches) and not any(match.is_draft for match in matches)
    return PlanPage(
        name=full_name(mentee, mentee_id),
        programme=programme.name,
        prepared=words.day(source.cohort.as_of),
        is_draft=not source.is_approved and not is_agreed,
        matches=matches,
        nobody="" if matches else _nobody(uncovered, mentee_id in source.uncovered_of),
        goals=said(str(mentee["goals"])) if mentee.get("goals") else "",
        uncovered=tuple(map(words.facet, uncovered)),
        next_step=_first_step(source, matches, network),
        timeline=timeline(matches, network, programme.periods),
        drawing=ego_drawing(network) if network else None,
        strength=strength(network) if network else "",
        gap=gap,
        bridge=bridge(network, gap) if network else "",
        benefits=tuple(_benefits(network)) if network else (),
        notes=tuple(_notes(source, mentee_id)),
        invitation="" if network else _invitation(matches),
        activities=tuple(next_steps.activities(situation)),
        newer=situation.newer if Activity.OFFER_SUPPORT in fitting(situation) else None,
        circle=tuple(next_steps.own_circle(situation)),
        sources=tuple(next_steps.sources(situation)),
        approach=next_steps.approach_out_there(situation),
        missing=tuple(_not_said_yet(mentee)),
        good_mentee=tuple(_good_mentee(mentee, len(matches))),
        reflection=tuple(_reflection(situation, _first_action(matches, network))),
    )


def _first_step(
    source: PlanSource, matches: tuple[MatchPart, ...], network: EgoNetwork | None
) -> str:
    """Return the one date and the first action of a plan."""
    if matches:
        first = matches[0]
        when = "once the match is agreed" if first.is_draft else "this week"
        return f"{first.day}: half an hour with {first.name}. Send the message below {when}."
    return f"By {words.day(date_from(source.cohort.as_of))}: {_first_action(matches, network)}"


def _first_action(matches: tuple[MatchPart, ...], network: EgoNetwork | None) -> str:
    """Return the first action of a plan as a sentence."""
    if matches:
        return f"Write to {matches[0].name}."
    if network is None:
        return "ask somebody you trust to go through the form at the end with you."
    near = network.by_purpose[network.aim]
    willing = [contact.name for contact in network.contacts if contact.may_be_asked]
    if not willing:
        return "note who else you turned to lately, if only once."
    ask = next((name for name in willing if name in near), willing[0])
    return f"ask {ask} whom they would turn to in your place."


def _nobody(uncovered: tuple[str, ...], was_matched: bool) -> str:
    if not was_matched:
        return "Mentors have not been matched yet: this page starts from the people you have."
    waiting = "There is no mentor in place for you yet, and you stay on the waiting list."
    return f"{waiting} What you asked for is not forgotten." if uncovered else waiting


def _invitation(matches: tuple[MatchPart, ...]) -> str:
    told = "You have not drawn your own network yet. The form at the end takes half an hour"
    if not matches:
        return f"{told}."
    first = matches[0].name
    return f"{told}; {first} could go through it with you at one of your first meetings."


def _benefits(network: EgoNetwork) -> Iterator[tuple[str, str]]:
    """Yield the seven things that a network gives, each with who gives it to this person."""
    for at, phrase in enumerate(words.BENEFIT_PHRASES.values()):
        givers = words.first_of(contact.name for contact in network.contacts if contact.serves[at])
        yield capital(phrase), givers or "nobody yet"


def _notes(source: PlanSource, mentee_id: str) -> Iterator[str]:
    """Yield the strengths and weaknesses that the person wrote down, with whom."""
    for kind, kinds in (("strength", "strengths"), ("weakness", "weaknesses")):
        written = source.notes_of.get(mentee_id, [])
        notes = [note for note in written if note["kind"] == kind and note["text"]]
        texts = [quoted(str(note["text"]).rstrip(" ."), 100) for note in notes]
        who = listed(dict.fromkeys(str(n["co_reviewer"]) for n in notes if n.get("co_reviewer")))
        seen = f" (seen with: {who})" if who else ""
        if texts:
            yield f"Your notes, {plural(len(texts), kind, kinds)}{seen}: {'; '.join(texts)}."


def _not_said_yet(mentee: Record) -> list[str]:
    """Return what the person has not said yet and will be asked by any mentor."""
    said_by = {
        **{column: mentee.get(column) for column in words.PHRASES["unsaid"]},
        "needs": mentee.get("knowing")
        or any(mentee.get(f"need_{form}") is not None for form in Knowing),
    }
    contexts = listed((str(value).replace("_", " ") for value in FACET_GROUPS["context"]), "or")
    unsaid: dict[str, str] = words.PHRASES["unsaid"]
    return [unsaid[what].format(contexts=contexts) for what in unsaid if not said_by[what]]


def _good_mentee(mentee: Record, n_mentors: int) -> list[str]:
    """Return what makes a mentee effective, as far as it is for this person to do."""
    offered = mentee.get("hours_per_month")
    time = f"free what you offered, {words.hours(offered)} a month" if offered else "time free"
    whom = ("whoever you meet", "your mentor", "each of your mentors")[min(n_mentors, 2)]
    return [line.format(whom=whom, time=time) for line in words.PHRASES["sheet"]["good_mentee"]]


def _reflection(situation: Situation, first_action: str) -> list[str]:
    """Return the seven questions for reflection, in our words; the last gives the first action."""
    network = situation.network
    places = {
        "missing": words.facets(situation.uncovered[:2])
        or words.PURPOSE_PHRASES[Purpose.STRATEGIC],
        "known": f" You named {spelt(network.size)}." if network is not None else "",
        "home": situation.home,
        "in_field": situation.in_field,
        "first_action": capital(first_action),
    }
    return [question.format(**places) for question in words.PHRASES["sheet"]["reflection"]]
