"""What to do next: two of seven activities, those that fit what the audit shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.network.profile import WEAK_TIE_TARGET
from matcher.plans.plan_words import (
    PURPOSE_PHRASES,
    capital,
    do,
    facets,
    listed,
    number,
    people,
)
from matcher.vocabulary import Activity, AuditCategory, Frequency, Purpose

if TYPE_CHECKING:
    from matcher.plans.network_part import Network
    from matcher.plans.records import Record

ACTIVITIES = 2
"""Activities that a plan proposes."""
OFTEN = list(Frequency).index(Frequency.OFTEN)


@dataclass(frozen=True)
class Situation:
    """What the suggestions for one mentee depend on."""

    mentee: Record
    network: Network | None
    """None without an audit."""
    uncovered: tuple[str, ...]
    n_mentors: int
    is_mentor: bool
    known_by: tuple[tuple[str, str], ...] = ()
    """Contacts who may introduce the person, each with somebody they know, by name."""
    newer: int = 0
    """Mentees of the cohort who are newer to the person's field."""

    @property
    def field(self) -> str:
        """The person's first field, or a word for it."""
        return str(next(iter(self.mentee.get("expertise") or ()), "your field"))

    @property
    def in_field(self) -> str:
        """Where a group or an event is of the person's first field: ``on trials``."""
        return f"on {self.field}" if self.mentee.get("expertise") else "in your field"

    @property
    def home(self) -> str:
        """The person's organisation by name, if known."""
        return str(self.mentee.get("organisation") or "your organisation")


def fitting(situation: Situation) -> list[Activity]:
    """Return the two activities that fit the audit best, none without an audit."""
    if situation.network is None:
        return []
    fits = activity_fits(situation, situation.network)
    return sorted(Activity, key=lambda activity: -fits[activity])[:ACTIVITIES]


def activities(situation: Situation) -> list[str]:
    """Return the two activities that fit the audit best, each with what it would do here."""
    network = situation.network
    if network is None:
        return []
    return [_ACTIVITY_TEXT[activity](situation, network) for activity in fitting(situation)]


def activity_fits(situation: Situation, network: Network) -> dict[Activity, float]:
    """Return how well each of the seven activities answers what the audit shows, in [0, 1]."""
    facts, row = network.facts, network.row
    inside, outside = len(network.inside), len(network.outside)
    lopsided = abs(outside - inside) / max(1, outside + inside)
    weak = facts.value("weak_tie_share", row)
    strategic, personal = (
        network.lacking(purpose) for purpose in (Purpose.STRATEGIC, Purpose.PERSONAL)
    )
    likeness = [homophily[row] for *_, homophily in facts.open_attributes]
    alike = max(likeness, default=0.0)
    seen_one_way = facts.score(AuditCategory.PIGEONHOLING, row)
    few_weak = max(0.0, WEAK_TIE_TARGET[0] - weak) / WEAK_TIE_TARGET[0] if weak == weak else 0.0
    years = float(situation.mentee.get("career_years") or 0.0)
    return {
        Activity.INTERNAL_AND_EXTERNAL: lopsided if network.size > 1 else 0.3,
        Activity.BE_ACTIVE: 0.9 * strategic,
        Activity.SOCIAL_MEDIA: max(0.75 * few_weak, facts.score(AuditCategory.ECHO_CHAMBER, row)),
        Activity.OWN_COMMUNITY: 0.85 * personal,
        Activity.EXTRACURRICULAR: max(0.8 * alike, 0.95 * seen_one_way),
        Activity.MULTIPLE_MENTORS: min(0.7, 0.25 * len(situation.uncovered))
        if situation.n_mentors < 2
        else 0.0,
        Activity.OFFER_SUPPORT: 0.0
        if situation.is_mentor
        else 0.15 + min(0.35, 0.03 * years) + 0.15 * (situation.newer > 0),
    }


def _inside_and_outside(situation: Situation, network: Network) -> str:
    aim = PURPOSE_PHRASES[network.aim]
    asked = [c for c in network.contacts if c.may_be_asked]
    if len(network.inside) > len(network.outside):
        outside = [c.name for c in asked if c.is_inside is False]
        first = f"; {outside[0]} may know whom to ask" if outside else ""
        return f"Meet one person a month from outside {situation.home} to talk about {aim}{first}."
    inside = [c.name for c in asked if c.is_inside is True]
    first = f" {inside[0]} may know whom to ask." if inside else ""
    where = f"another part of {situation.home}" if network.inside else situation.home
    return f"Meet somebody from {where} to talk about {aim}.{first}"


def _be_active(situation: Situation, network: Network) -> str:
    return (
        f"At the next event {situation.in_field}, help to run a session or speak for five minutes "
        f"instead of listening only: it is where people who think about "
        f"{PURPOSE_PHRASES[Purpose.STRATEGIC]} will notice you."
    )


def _social_media(situation: Situation, network: Network) -> str:
    often = sum(contact.frequency == OFTEN for contact in network.contacts)
    known = f"the {number(often)} you see often" if often > 1 else "those you see often"
    return (
        f"Write a short post a month on what you learn about {situation.field}: it reaches people "
        f"whom {known} do not know."
    )


def _own_community(situation: Situation, network: Network) -> str:
    ready = network.by_purpose[Purpose.PERSONAL] or network.names
    return (
        f"Invite a few people who care about {situation.field} to meet every other month; "
        f"{ready[0]} could be the first you ask."
    )


def _extracurricular(situation: Situation, network: Network) -> str:
    sees = [c.name for c in network.contacts if c.sees_change]
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
    newer = situation.newer
    who = f"{capital(people(newer))} in this programme {do(newer, 'is', 'are')}. " if newer else ""
    return (
        f"Offer an hour a month, at {situation.home} or elsewhere, to somebody newer to "
        f"{situation.field}. {who}{since.strip()} something to give, and the programme will gladly "
        "list you as a mentor."
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
