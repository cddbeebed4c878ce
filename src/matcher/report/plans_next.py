"""What to do next: activities that fit the gap, and where to look for what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.audit.profile import WEAK_TIE_TARGET
from matcher.report.plans_words import PURPOSE_PHRASES, facets, hours, listed, number
from matcher.report.words import plain
from matcher.vocabulary import (
    FACET_GROUPS,
    Activity,
    AuditCategory,
    Era,
    Knowing,
    MentorSource,
    Mode,
    Purpose,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.report.plans_data import Record
    from matcher.report.plans_network import Network

ACTIVITIES = 2
"""Activities that a plan proposes."""
PURPOSE_OF_FORM = {
    Knowing.WHY: Purpose.PERSONAL,
    Knowing.HOW: Purpose.OPERATIONAL,
    Knowing.WHOM: Purpose.STRATEGIC,
}


@dataclass(frozen=True)
class Situation:
    """What the suggestions for one mentee depend on."""

    mentee: Record
    network: Network | None
    """None without an audit."""
    uncovered: tuple[str, ...]
    n_mentors: int
    is_mentor: bool
    names: Mapping[str, str]
    """People of the cohort: what they are called, by folded id."""

    @property
    def field(self) -> str:
        """The person's first field, or the work they do."""
        return str(next(iter(self.mentee.get("expertise") or ()), "what you do"))

    @property
    def home(self) -> str:
        """The person's organisation by name, if known."""
        return str(self.mentee.get("organisation") or "your organisation")


def activities(situation: Situation) -> list[str]:
    """Return the two activities that fit the audit best, each with what it would do here."""
    if situation.network is None:
        return []
    fits = activity_fits(situation, situation.network)
    best = sorted(Activity, key=lambda activity: -fits[activity])[:ACTIVITIES]
    return [_ACTIVITY_TEXT[activity](situation, situation.network) for activity in best]


def activity_fits(situation: Situation, network: Network) -> dict[Activity, float]:
    """Return how well each of the seven activities answers what the audit shows, in [0, 1]."""
    facts, row = network.facts, network.row
    ei = np.nan_to_num(facts.value("ei_index", row))
    weak = facts.value("weak_tie_share", row)
    strategic, personal = (_gap(network, p) for p in (Purpose.STRATEGIC, Purpose.PERSONAL))
    likeness = [float(np.nan_to_num(homophily[row])) for _, homophily in facts.open_attributes]
    alike = max(likeness, default=0.0)
    seen_one_way = facts.score(AuditCategory.PIGEONHOLING, row)
    few_weak = max(0.0, WEAK_TIE_TARGET[0] - weak) / WEAK_TIE_TARGET[0] if weak == weak else 0.0
    years = float(situation.mentee.get("career_years") or 0.0)
    return {
        Activity.INTERNAL_AND_EXTERNAL: abs(float(ei)) if network.size > 1 else 0.3,
        Activity.BE_ACTIVE: 0.9 * strategic,
        Activity.SOCIAL_MEDIA: max(0.75 * few_weak, facts.score(AuditCategory.ECHO_CHAMBER, row)),
        Activity.OWN_COMMUNITY: 0.85 * personal,
        Activity.EXTRACURRICULAR: max(0.8 * alike, 0.95 * seen_one_way),
        Activity.MULTIPLE_MENTORS: min(0.7, 0.25 * len(situation.uncovered))
        if situation.n_mentors < 2
        else 0.0,
        Activity.OFFER_SUPPORT: 0.0 if situation.is_mentor else 0.3 + min(0.35, 0.03 * years),
    }


def _gap(network: Network, purpose: Purpose) -> float:
    tags = network.facts.audit.networks.purposes[network.row].sum(axis=0)
    at = list(Purpose).index(purpose)
    total = int(tags.sum())
    return max(0.0, 1.0 - len(Purpose) * int(tags[at]) / total) if total else 0.0


def _inside_and_outside(situation: Situation, network: Network) -> str:
    aim = PURPOSE_PHRASES[network.aim]
    if network.inside.sum() > network.outside.sum():
        outside = network.where(network.outside)
        first = f"; {outside[0]} may know whom to ask" if outside else ""
        return f"Meet one person a month from outside {situation.home} to talk about {aim}{first}."
    inside = network.where(network.inside)
    first = f" {inside[0]} may know whom to ask." if inside else ""
    return f"Meet somebody from another part of {situation.home} to talk about {aim}.{first}"


def _be_active(situation: Situation, network: Network) -> str:
    return (
        f"At the next event on {situation.field}, help to run a session or speak for five minutes "
        f"instead of listening only: it is where people who think about "
        f"{PURPOSE_PHRASES[Purpose.STRATEGIC]} will notice you."
    )


def _social_media(situation: Situation, network: Network) -> str:
    often = int((network.facts.audit.networks.frequency[network.row] == 0).sum())
    known = f"the {number(often)} you see often" if often > 1 else "those you see often"
    return (
        f"Write a short post a month on what you learn about {situation.field}: it reaches people "
        f"whom {known} do not know."
    )


def _own_community(situation: Situation, network: Network) -> str:
    ready = network.where(network.tagged(Purpose.PERSONAL)) or network.names
    return (
        f"Invite a few people who care about {situation.field} to meet every other month; "
        f"{ready[0]} could be the first you ask."
    )


def _extracurricular(situation: Situation, network: Network) -> str:
    views = network.facts.audit.networks.sees_change[network.row]
    sees = network.where(views == 1.0)
    ally = f" {listed(sees[:2])} can picture you in it already." if sees else ""
    return (
        f"Take something up outside work and away from {situation.field}, where people meet you "
        f"without knowing your role.{ally}"
    )


def _multiple_mentors(situation: Situation, network: Network) -> str:
    wanted = facets(situation.uncovered[:2]) or PURPOSE_PHRASES[network.aim]
    one_more = "one more mentor" if situation.n_mentors else "more than one mentor"
    return f"Look for {one_more}, for {wanted}; no single person has to give you everything."


def _offer_support(situation: Situation, network: Network) -> str:
    years = situation.mentee.get("career_years")
    since = f" After {round(years)} years you have" if years and years >= 2 else " You have"
    return (
        f"Offer an hour a month to somebody newer to {situation.field}.{since} something to give, "
        "and the programme will gladly list you as a mentor."
    )


_ACTIVITY_TEXT = {
    Activity.INTERNAL_AND_EXTERNAL: _inside_and_outside,
    Activity.BE_ACTIVE: _be_active,
    Activity.SOCIAL_MEDIA: _social_media,
    Activity.OWN_COMMUNITY: _own_community,
    Activity.EXTRACURRICULAR: _extracurricular,
    Activity.MULTIPLE_MENTORS: _multiple_mentors,
    Activity.OFFER_SUPPORT: _offer_support,
}


def own_circle(situation: Situation) -> list[tuple[str, str]]:
    """Return for why, how and whom who of the contacts helps, and who may know somebody."""
    network = situation.network
    if network is None:
        return []
    forms = [form for form in Knowing if f"knowing.{form}" in _forms_missing(situation)]
    return [(f"knowing {form}", _helpers(network, PURPOSE_OF_FORM[form])) for form in forms]


def _forms_missing(situation: Situation) -> set[str]:
    from matcher.report.plans_words import FORM_OF_FACET

    return {f"knowing.{FORM_OF_FACET[f]}" for f in situation.uncovered if f in FORM_OF_FACET}


def _helpers(network: Network, purpose: Purpose) -> str:
    known = network.where(network.tagged(purpose))[:3]
    asks = [
        contact.name
        for contact in network.facts.contacts_of(network.row)
        if (contact.knows or contact.may_introduce) and contact.name not in known
    ][:3]
    parts = [f"you named {listed(known)} for this already"] if known else []
    parts += [f"{listed(asks, 'or')} may know somebody"] if asks else []
    return "; ".join(parts) or "nobody you named yet"


def sources(situation: Situation) -> list[tuple[str, str]]:
    """Return the five places to look for a mentor, each as it fits this person; best fit first.

    Empty where nothing is missing.
    """
    if not situation.uncovered and situation.n_mentors:
        return []
    fits = _source_fits(situation)
    order = sorted(MentorSource, key=lambda source: -fits[source])
    return [(SOURCE_TITLES[source], _SOURCE_TEXT[source](situation)) for source in order]


SOURCE_TITLES = {
    MentorSource.IMMEDIATE_CIRCLE: "People you worked with",
    MentorSource.PROFESSIONAL_BODY: "A professional body",
    MentorSource.FRIENDS_OF_FRIENDS: "Friends of friends",
    MentorSource.ACCREDITED_PROGRAMME: "Mentors in training",
    MentorSource.ONLINE_PLATFORM: "Online networks",
}


def _source_fits(situation: Situation) -> dict[MentorSource, float]:
    groups = {facet.partition(".")[0] for facet in situation.uncovered}
    forms = _forms_missing(situation)
    online = Mode.VIRTUAL in (situation.mentee.get("modes") or ())
    return {
        MentorSource.IMMEDIATE_CIRCLE: 0.5 + 0.2 * bool(_past(situation)),
        MentorSource.PROFESSIONAL_BODY: 0.4 + 0.2 * ("knowing.how" in forms),
        MentorSource.FRIENDS_OF_FRIENDS: 0.9 if _second_step(situation) else 0.2,
        MentorSource.ACCREDITED_PROGRAMME: 0.3 + 0.3 * ("knowing.why" in forms),
        MentorSource.ONLINE_PLATFORM: 0.3 + 0.3 * online + 0.1 * (len(groups) > 2),
    }


def _past(situation: Situation) -> list[str]:
    network = situation.network
    if network is None:
        return []
    era = network.facts.audit.networks.era[network.row]
    return network.where(era == list(Era).index(Era.PAST))


def _second_step(situation: Situation) -> list[tuple[str, str]]:
    network = situation.network
    if network is None:
        return []
    return [
        (contact.name, situation.names.get(contact.knows[0].casefold(), plain(contact.knows[0])))
        for contact in network.facts.contacts_of(network.row)
        if contact.knows
    ]


def _topic(situation: Situation) -> str:
    return facets(situation.uncovered[:1]) or "what you are looking for"


def _immediate(situation: Situation) -> str:
    past = _past(situation)
    who = f"such as {listed(past[:2], 'or')}" if past else "such as a former boss or teacher"
    return f"Somebody from before, {who}, or from another department of {situation.home}."


def _professional(situation: Situation) -> str:
    return f"Bodies whose members work on {situation.field} often keep a register of mentors."


def _friends(situation: Situation) -> str:
    steps = _second_step(situation)
    if steps:
        contact, known = steps[0]
        return f"{contact} knows {known}: ask {contact} whether the two of you should talk."
    return f"Ask two people you trust whom they would turn to for {_topic(situation)}."


def _accredited(situation: Situation) -> str:
    return (
        "Universities that train mentors look for people to practise with; "
        f"{_topic(situation)} is a good subject for that."
    )


def _online(situation: Situation) -> str:
    return f"Search for people who write about {situation.field}, and read them before you write."


_SOURCE_TEXT = {
    MentorSource.IMMEDIATE_CIRCLE: _immediate,
    MentorSource.PROFESSIONAL_BODY: _professional,
    MentorSource.FRIENDS_OF_FRIENDS: _friends,
    MentorSource.ACCREDITED_PROGRAMME: _accredited,
    MentorSource.ONLINE_PLATFORM: _online,
}


def approach_out_there(situation: Situation) -> str:
    """Return how to approach somebody who has not agreed to anything: a conversation first."""
    if not situation.uncovered and situation.n_mentors:
        return ""
    steps = _second_step(situation)
    online = Mode.VIRTUAL in (situation.mentee.get("modes") or ())
    channel = (
        f"Let {steps[0][0]} connect you"
        if steps
        else "Write a message on the platform where you found them"
        if online
        else "Write a short e-mail"
    )
    theirs = facets(situation.uncovered[:1], "them", "their") or "such questions"
    return (
        f"{channel}, and ask for twenty minutes only: about their role, whether they have mentored "
        f"or been mentored, and what helped them with {theirs}. Whether they would like "
        "to go on with you is a question for later."
    )


def readiness(mentee: Record, uncovered: tuple[str, ...]) -> list[str]:
    """Return what the person has not said yet and will be asked by any mentor."""
    contexts = [str(value).replace("_", " ") for value in FACET_GROUPS["context"]]
    checks = [
        (mentee.get("purposes"), "what you want mentoring for: work, yourself, or where it leads"),
        (mentee.get("contexts"), f"the setting: {listed(contexts, 'or')}"),
        (mentee.get("goals"), "what you would like to have reached a year from now"),
        (_any_need(mentee), "what you look for in a mentor: knowing why, how or whom"),
        (mentee.get("availability"), "when you can meet"),
    ]
    return [text for answer, text in checks if not answer]


def _any_need(mentee: Record) -> bool:
    return bool(mentee.get("knowing")) or any(
        mentee.get(f"need_{form}") is not None for form in Knowing
    )


def good_mentee(mentee: Record, n_mentors: int) -> list[str]:
    """Return what makes a mentee effective, as far as it is for this person to do."""
    offered = mentee.get("hours_per_month")
    time = f"Keep free what you offered, {hours(offered)} a month" if offered else "Keep time free"
    whom = ("whoever you meet", "your mentor", "each of your mentors")[min(n_mentors, 2)]
    return [
        f"Come with one question for {whom} and say what you have tried.",
        f"{time}, and move a meeting rather than cancel it.",
        "Say what helped and what did not; agree what stays between you.",
        "Tell what became of the last piece of advice.",
    ]


def reflection(situation: Situation, first_action: str) -> list[str]:
    """Return the seven questions for reflection, in our words; the last gives the first action."""
    missing = facets(situation.uncovered[:2])
    network = situation.network
    known = f" You named {number(network.size)}." if network is not None else ""
    return [
        "How would you draw the circle of people around your work today?",
        "Where could that circle grow with little effort?",
        f"Who in it could help with {missing or PURPOSE_PHRASES[Purpose.STRATEGIC]}?{known}",
        f"How would you come across somebody outside {situation.home} who could be a mentor?",
        "Which people near you, and which groups further away, could lead you to one?",
        f"Which new group on {situation.field} would be worth joining for that?",
        f"What will you do first, for yourself or for a colleague? {first_action}",
    ]
