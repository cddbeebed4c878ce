"""Where to look for what the programme could not give, and how to approach somebody there."""

from matcher.plans.ego_network import EgoNetwork
from matcher.plans.next_steps import Situation
from matcher.plans.plan_words import FORM_OF_FACET, PHRASES, PURPOSE_PHRASES, facets
from matcher.text import listed
from matcher.vocabulary import Era, Knowing, MentorSource, Mode, Purpose

FORMS = {
    Purpose.OPERATIONAL: Knowing.HOW,
    Purpose.PERSONAL: Knowing.WHY,
    Purpose.STRATEGIC: Knowing.WHOM,
}
"""The form of knowing that contacts of a purpose are close to."""
NAMED = 3
"""People named for one thing."""


def own_circle(situation: Situation) -> list[tuple[str, str]]:
    """Return for what is missing who of the contacts is close to it, and who may know somebody.

    Facets that the same kind of contact serves stand together.
    """
    network = situation.network
    if network is None:
        return []
    missing = {
        purpose: facets(name for name in situation.uncovered if FORM_OF_FACET.get(name) is form)
        for purpose, form in FORMS.items()
    }
    return [(names, _helpers(network, purpose)) for purpose, names in missing.items() if names]


def _helpers(network: EgoNetwork, purpose: Purpose) -> str:
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


def is_served(situation: Situation) -> bool:
    """Whether nothing is missing, so that there is no need to look further."""
    return not situation.uncovered and situation.n_mentors > 0


def sources(situation: Situation) -> list[tuple[str, str]]:
    """Return the five places to look for a mentor, each as it fits this person; best fit first.

    Empty where nothing is missing.
    """
    if is_served(situation):
        return []
    network, introduced = situation.network, situation.known_by
    past = [] if network is None else network.of_era(Era.PAST)
    contact, known = introduced[0] if introduced else ("", "")
    words = {
        "before": listed(past[:2], "or") or "a former boss or teacher",
        "home": situation.home,
        "field": situation.field,
        "topic": facets(situation.uncovered[:1]) or "what you are looking for",
        "contact": contact,
        "known": known,
    }
    fits = _source_fits(situation, has_past=bool(past))
    found = [PHRASES["sources"][source] for source in sorted(fits, key=lambda one: -fits[one])]
    # The way over a contact who may introduce is told instead of the usual one.
    texts = [(introduced and place.get("introduced")) or place["text"] for place in found]
    return [
        (place["title"], text.format(**words)) for place, text in zip(found, texts, strict=True)
    ]


def _source_fits(situation: Situation, *, has_past: bool) -> dict[MentorSource, float]:
    groups = {name.partition(".")[0] for name in situation.uncovered}
    forms = {FORM_OF_FACET.get(name) for name in situation.uncovered}
    online = Mode.VIRTUAL in (situation.mentee.get("modes") or ())
    return {
        MentorSource.IMMEDIATE_CIRCLE: 0.5 + 0.2 * has_past,
        MentorSource.PROFESSIONAL_BODY: 0.4 + 0.2 * (Knowing.HOW in forms),
        MentorSource.FRIENDS_OF_FRIENDS: 0.9 if situation.known_by else 0.2,
        MentorSource.ACCREDITED_PROGRAMME: 0.3 + 0.3 * (Knowing.WHY in forms),
        MentorSource.ONLINE_PLATFORM: 0.3 + 0.3 * online + 0.1 * (len(groups) > 2),
    }


def approach_out_there(situation: Situation) -> str:
    """Return how to approach somebody who has not agreed to anything: a conversation first."""
    if is_served(situation):
        return ""
    theirs = facets(situation.uncovered[:1], "them", "their") or "such questions"
    return (
        f"{_channels(situation)} Ask for twenty minutes only: about their role, whether they have "
        f"mentored or been mentored, and what helped them with {theirs}. Whether they would like "
        "to go on with you is a question for later."
    )


def _channels(situation: Situation) -> str:
    """Return the ways to write to somebody, the one that suits this person first."""
    on_platform = "a message on the platform where you found them"
    if situation.known_by:
        contact = situation.known_by[0][0]
        return f"Let {contact} connect you; where nobody can, write an e-mail or {on_platform}."
    ways = ["a short e-mail", on_platform]
    if Mode.VIRTUAL in (situation.mentee.get("modes") or ()):
        ways.reverse()
    return f"Write {listed(ways, 'or')}, unless a colleague can connect you."
