"""Where to look for what the programme could not give, and how to approach somebody there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.plans.plan_words import FORM_OF_FACET, PURPOSE_PHRASES, facets, listed
from matcher.vocabulary import Era, Knowing, MentorSource, Mode, Purpose

if TYPE_CHECKING:
    from matcher.plans.network_part import Network
    from matcher.plans.next_steps import Situation

PURPOSE_OF_FORM = {
    Knowing.WHY: Purpose.PERSONAL,
    Knowing.HOW: Purpose.OPERATIONAL,
    Knowing.WHOM: Purpose.STRATEGIC,
}
PAST = list(Era).index(Era.PAST)
NAMED = 3
"""People named for one thing."""


def own_circle(situation: Situation) -> list[tuple[str, str]]:
    """Return for what is missing who of the contacts is close to it, and who may know somebody.

    Facets that the same kind of contact serves stand together.
    """
    network = situation.network
    if network is None:
        return []
    missing: dict[Purpose, list[str]] = {purpose: [] for purpose in Purpose}
    for name in situation.uncovered:
        if name in FORM_OF_FACET:
            missing[PURPOSE_OF_FORM[FORM_OF_FACET[name]]].append(name)
    return [(facets(names), _helpers(network, at)) for at, names in missing.items() if names]


def _helpers(network: Network, purpose: Purpose) -> str:
    known = network.by_purpose[purpose][:NAMED]
    asks = [
        contact.name
        for contact in network.contacts
        if contact.may_be_asked
        and (contact.knows or contact.may_introduce)
        and contact.name not in known
    ][:NAMED]
    parts = [f"you named {listed(known)} for {PURPOSE_PHRASES[purpose]}"] if known else []
    parts += [f"{listed(asks, 'or')} may know somebody"] if asks else []
    return "; ".join(parts) or "nobody you named yet"


def _forms_missing(situation: Situation) -> set[Knowing]:
    return {FORM_OF_FACET[facet] for facet in situation.uncovered if facet in FORM_OF_FACET}


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
        MentorSource.PROFESSIONAL_BODY: 0.4 + 0.2 * (Knowing.HOW in forms),
        MentorSource.FRIENDS_OF_FRIENDS: 0.9 if situation.known_by else 0.2,
        MentorSource.ACCREDITED_PROGRAMME: 0.3 + 0.3 * (Knowing.WHY in forms),
        MentorSource.ONLINE_PLATFORM: 0.3 + 0.3 * online + 0.1 * (len(groups) > 2),
    }


def _past(situation: Situation) -> list[str]:
    return [] if situation.network is None else situation.network.of_era(PAST)


def _topic(situation: Situation) -> str:
    return facets(situation.uncovered[:1]) or "what you are looking for"


def _immediate(situation: Situation) -> str:
    past = _past(situation)
    who = f"such as {listed(past[:2], 'or')}" if past else "such as a former boss or teacher"
    return f"Somebody from before, {who}, or from another department of {situation.home}."


def _professional(situation: Situation) -> str:
    return f"Bodies for {situation.field} often keep a register of mentors."


def _friends(situation: Situation) -> str:
    if situation.known_by:
        contact, known = situation.known_by[0]
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
    theirs = facets(situation.uncovered[:1], "them", "their") or "such questions"
    return (
        f"{_channels(situation)} Ask for twenty minutes only: about their role, whether they have "
        f"mentored or been mentored, and what helped them with {theirs}. Whether they would like "
        "to go on with you is a question for later."
    )


def _channels(situation: Situation) -> str:
    """Return the ways to write to somebody, the one that suits this person first."""
    if situation.known_by:
        contact = situation.known_by[0][0]
        return (
            f"Let {contact} connect you; where nobody can, write an e-mail or a message on the "
            "platform where you found them."
        )
    on_platform = "a message on the platform where you found them"
    ways = ["a short e-mail", on_platform]
    if Mode.VIRTUAL in (situation.mentee.get("modes") or ()):
        ways.reverse()
    return f"Write {listed(ways, 'or')}, unless a colleague can connect you."
