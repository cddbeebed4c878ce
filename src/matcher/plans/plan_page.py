"""Plans: two pages a mentee and one a mentor, as HTML and Markdown, from the frames of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcher.plans.contact_facts import NetworkFacts
from matcher.plans.ego_figure import Drawing, draw
from matcher.plans.further_sheet import good_mentee, readiness, reflection
from matcher.plans.mentor_page import MentorPage, mentor_page
from matcher.plans.network_part import Network
from matcher.plans.next_steps import Situation, activities, fitting
from matcher.plans.people_part import Together, first_date, together
from matcher.plans.plan_source import PlanSource, full_name
from matcher.plans.plan_words import day, facet, listed
from matcher.plans.reasons import quoted, said, stated_needs
from matcher.plans.render import Pages
from matcher.plans.timeline import Timeline, timeline
from matcher.plans.where_to_look import approach_out_there, own_circle, sources
from matcher.text import fold, printable
from matcher.vocabulary import FACETS, Activity

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.network import Audit
    from matcher.plans.observations import Seen


@dataclass(frozen=True)
class PlanPage:
    """All that one mentee's plan says."""

    name: str
    programme: str
    prepared: str
    is_draft: bool
    matches: tuple[Together, ...]
    nobody: str
    goals: str
    uncovered: tuple[str, ...]
    next_step: str
    timeline: Timeline | None
    drawing: Drawing | None
    strength: str
    gap: Seen | None
    bridge: str
    benefits: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    invitation: str
    activities: tuple[str, ...]
    circle: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    approach: str
    missing: tuple[str, ...]
    good_mentee: tuple[str, ...]
    reflection: tuple[str, ...]


@dataclass(frozen=True)
class PlanWriter:
    """Makes the pages of a run's people from one source."""

    source: PlanSource

    @cached_property
    def pages(self) -> Pages:
        """The templates."""
        return Pages()

    @cached_property
    def facts(self) -> NetworkFacts | None:
        """Arrays of the audit, None where nobody was audited."""
        audit = self.source.audit
        return None if audit is None else NetworkFacts(audit, self.source.called)

    def network(self, mentee_id: str) -> Network | None:
        """Return the network of a mentee, None where they named nobody."""
        row = self.source.position[mentee_id]
        if self.facts is None or not self.facts.audit.audited[row]:
            return None
        return Network(self.facts, row, self.source.mentees[mentee_id])

    def situation(self, mentee_id: str) -> Situation:
        """Return what the suggestions of a mentee's plan depend on."""
        source, mentee = self.source, self.source.mentees[mentee_id]
        network = self.network(mentee_id)
        uncovered = source.uncovered_of.get(mentee_id)
        if uncovered is None:  # not matched yet: all that was asked for is open
            needs = stated_needs(mentee)
            uncovered = tuple(name for name in FACETS if name in needs)
        return Situation(
            mentee,
            network,
            uncovered,
            len(source.matches_of.get(mentee_id, ())),
            mentee_id in source.mentors,
            _known_by(source, mentee_id, network),
            source.newer_than(mentee),
        )

    @cached_property
    def newer(self) -> dict[str, int | None]:
        """What `newer_in_field` is, for those whose page is made: to ask twice takes as long."""
        return {}

    def newer_in_field(self, mentee_id: str) -> int | None:
        """Return how many are newer to the field of a mentee whose plan proposes to mentor.

        None for everybody else.
        """
        if mentee_id not in self.newer:
            self._note_newer(mentee_id, self.situation(mentee_id))
        return self.newer[mentee_id]

    def _note_newer(self, mentee_id: str, situation: Situation) -> None:
        offers = Activity.OFFER_SUPPORT in fitting(situation)
        self.newer[mentee_id] = situation.newer if offers else None

    def page(self, mentee_id: str) -> PlanPage:
        """Return what the plan of a mentee says."""
        source, mentee = self.source, self.source.mentees[mentee_id]
        found = source.matches_of.get(mentee_id, [])
        told = [together(source, mentee_id, match) for match in found]
        matches = tuple(sorted(told, key=lambda match: (match.period, match.first_date)))
        situation = self.situation(mentee_id)
        self._note_newer(mentee_id, situation)
        network, uncovered = situation.network, situation.uncovered
        step = _first_step(source, matches, network)
        return PlanPage(
            name=full_name(mentee, mentee_id),
            programme=source.config.programme.name,
            prepared=day(source.cohort.as_of),
            is_draft=not source.is_approved and not _all_agreed(matches),
            matches=matches,
            nobody="" if matches else _nobody(uncovered, mentee_id in source.uncovered_of),
            goals=said(str(mentee["goals"])) if mentee.get("goals") else "",
            uncovered=tuple(facet(name) for name in uncovered),
            next_step=step,
            timeline=timeline(list(matches), network, source.config.programme.periods),
            drawing=draw(network) if network else None,
            strength=network.strength if network else "",
            gap=network.gap if network else None,
            bridge=network.bridge if network else "",
            benefits=tuple(network.benefits) if network else (),
            notes=_notes(source, mentee_id),
            invitation="" if network else _invitation(matches),
            activities=tuple(activities(situation)),
            circle=tuple(own_circle(situation)),
            sources=tuple(sources(situation)),
            approach=approach_out_there(situation),
            missing=tuple(readiness(mentee, uncovered)),
            good_mentee=tuple(good_mentee(mentee, len(matches))),
            reflection=tuple(reflection(situation, _first_action(matches, network))),
        )

    def mentor(self, mentor_id: str) -> MentorPage:
        """Return what the page of a mentor says."""
        return mentor_page(self.source, self.facts, mentor_id)


def _all_agreed(matches: tuple[Together, ...]) -> bool:
    return bool(matches) and not any(match.is_draft for match in matches)


def _first_step(source: PlanSource, matches: tuple[Together, ...], network: Network | None) -> str:
    """Return the one date and the first action of a plan."""
    if matches:
        first = matches[0]
        when = "once the match is agreed" if first.is_draft else "this week"
        return f"{first.day}: half an hour with {first.name}. Send the message below {when}."
    when = day(first_date(source.cohort.as_of, []))
    return f"By {when}: {_first_action(matches, network)}"


def _first_action(matches: tuple[Together, ...], network: Network | None) -> str:
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


def _known_by(
    source: PlanSource, mentee_id: str, network: Network | None
) -> tuple[tuple[str, str], ...]:
    """Return contacts who may introduce the mentee, each with somebody whom they know.

    Not the mentee's own mentors, contacts, or anybody whom a rule or veto keeps apart from them.
    """
    if network is None:
        return ()
    near = {fold(mentee_id), *(fold(contact.name) for contact in network.contacts)}
    own = {str(match["mentor_id"]) for match in source.matches_of.get(mentee_id, [])}
    found = []
    for contact in network.contacts:
        for known in contact.knows if contact.may_introduce else ():
            key = fold(known)
            mentor, name = source.mentor_of.get(key), source.called.get(key) or printable(known)
            is_open = mentor is None or (mentee_id, mentor) in source.known_ways
            if is_open and mentor not in own and near.isdisjoint((key, fold(name))):
                found.append((contact.name, name))
    return tuple(found)


def _nobody(uncovered: tuple[str, ...], was_matched: bool) -> str:
    if not was_matched:
        return "Mentors have not been matched yet: this page starts from the people you have."
    waiting = "There is no mentor in place for you yet, and you stay on the waiting list."
    return f"{waiting} What you asked for is not forgotten." if uncovered else waiting


def _invitation(matches: tuple[Together, ...]) -> str:
    if not matches:
        return "You have not drawn your own network yet. The form at the end takes half an hour."
    first = matches[0].name
    return (
        "You have not drawn your own network yet. The form at the end takes half an hour; "
        f"{first} could go through it with you at one of your first meetings."
    )


def _notes(source: PlanSource, mentee_id: str) -> tuple[str, ...]:
    """Return the strengths and weaknesses that the person wrote down, with whom."""
    found: list[str] = []
    for kind in ("strength", "weakness"):
        written = source.notes_of.get(mentee_id, [])
        notes = [note for note in written if note["kind"] == kind and note["text"]]
        texts = [quoted(str(note["text"]).rstrip(" ."), 100) for note in notes]
        who = listed(dict.fromkeys(str(n["co_reviewer"]) for n in notes if n.get("co_reviewer")))
        plural = kind if len(texts) == 1 else {"strength": "strengths"}.get(kind, "weaknesses")
        if texts:
            found.append(
                f"Your notes, {plural}{f' (seen with: {who})' if who else ''}: {'; '.join(texts)}."
            )
    return tuple(found)


def plan_writer(
    *,
    cohort: Cohort,
    config: Config,
    audit: Audit | None,
    matches: pd.DataFrame,
    portfolios: pd.DataFrame,
    status: str = "PROPOSED",
) -> PlanWriter:
    """Return what makes the plans of a run; see `plans_files.write_plans`."""
    is_approved = status.upper() == "APPROVED"
    return PlanWriter(PlanSource(cohort, config, audit, matches, portfolios, is_approved))
