"""What to do next: activities that fit the audit, and where to look for what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from matcher import vocabulary
from matcher.catalogue.catalogue import spoken
from matcher.network.profile import WEAK_TIE_TARGET
from matcher.plans.ego_network import EgoNetwork
from matcher.plans.plan_source import PlanSource
from matcher.plans.plan_words import (
    FORM_OF_FACET,
    facets,
    in_words,
    listing,
    people,
    purpose_phrase,
    say,
    say_many,
)
from matcher.plans.records import Record
from matcher.text import capital, fold, printable

ACTIVITIES = 2
"""Activities that a plan proposes."""


@dataclass(frozen=True)
class Situation:
    """What the suggestions for one mentee depend on."""

    mentee: Record
    network: EgoNetwork | None
    """None without an audit."""
    uncovered: tuple[str, ...]
    """What was asked for and is open, then what an audit alone shows lacking."""
    n_mentors: int
    is_mentor: bool
    known_by: tuple[tuple[str, str], ...] = ()
    """Contacts who may introduce the person, each with somebody they know, by name."""
    newer: int = 0
    """Mentees of the cohort who are newer to the person's field."""
    years: float | None = None
    """Years of work, where the person said a number of them."""
    n_asked: int = 0
    """How many of what is open were asked for."""

    @property
    def open_asked(self) -> tuple[str, ...]:
        """What was asked for and is open."""
        return self.uncovered[: self.n_asked]

    @property
    def field(self) -> str:
        """The person's first field, or a word for it."""
        return str(next(iter(self.mentee.get("expertise") or ()), spoken()["defaults"]["field"]))

    @property
    def in_field(self) -> str:
        """Where a group or an event is of the person's first field: ``on trials``."""
        key = "on_field" if self.mentee.get("expertise") else "in_field"
        return say("defaults", key, field=self.field)

    @property
    def home(self) -> str:
        """The person's organisation by name, if known."""
        return str(self.mentee.get("organisation") or spoken()["defaults"]["home"])


def situation_of(source: PlanSource, mentee_id: str) -> Situation:
    """Return what the suggestions of a mentee's plan depend on."""
    mentee, network = source.mentees[mentee_id], source.network(mentee_id)
    uncovered = source.uncovered_of.get(mentee_id)
    if uncovered is None:  # not matched yet: all that was asked for is open
        needs = source.asked_facets.by(mentee_id)
        uncovered = tuple(name for name in vocabulary.TOLD_FACETS if name in needs)
    asked = [name for name in uncovered if name in source.asked_facets.by(mentee_id)]
    years = source.career_years.of("mentees", mentee)
    return Situation(
        mentee=mentee,
        network=network,
        uncovered=tuple(dict.fromkeys((*asked, *uncovered))),
        n_asked=len(asked),
        n_mentors=len(source.matches_of.get(mentee_id, ())),
        is_mentor=mentee_id in source.mentors,
        known_by=tuple(_known_by(source, mentee_id, network)) if network else (),
        newer=source.career_years.newer_than(mentee),
        years=years[0] if years and years[0] == years[1] else None,
    )


def _known_by(source: PlanSource, mentee_id: str, network: EgoNetwork) -> Iterator[tuple[str, str]]:
    """Yield contacts who may introduce the mentee, each with somebody whom they know.

    Not the mentee's own mentors, contacts, or anybody whom a rule or veto keeps apart from them.
    """
    near = {fold(mentee_id), *map(fold, network.names)}
    own = {match.mentor_id for match in source.matches_of.get(mentee_id, ())}
    for contact in network.contacts:
        for known in contact.knows if contact.may_introduce else ():
            key = fold(known)
            mentor = source.mentor_of.get(key)  # be it by the address: a page says the name
            name = source.called.get(fold(mentor or known)) or printable(known)
            is_open = mentor is None or (mentee_id, mentor) in source.known_ways
            if is_open and mentor not in own and near.isdisjoint((key, fold(name))):
                yield contact.name, name


def fitting(situation: Situation) -> list[vocabulary.Activity]:
    """Return the two activities that fit the audit best, none without an audit."""
    if situation.network is None:
        return []
    fits = activity_fits(situation, situation.network)
    return sorted(vocabulary.Activity, key=lambda activity: -fits[activity])[:ACTIVITIES]


def activities(situation: Situation) -> list[str]:
    """Return the two activities that fit the audit best, each with what it would do here."""
    if situation.network is None:
        return []
    words = _activity_words(situation, situation.network)
    return [say("activities", activity, **words) for activity in fitting(situation)]


def activity_fits(situation: Situation, network: EgoNetwork) -> dict[vocabulary.Activity, float]:
    """Return how well each of the seven activities answers what the audit shows, in [0, 1]."""
    inside, outside = len(network.inside), len(network.outside)
    lopsided = abs(outside - inside) / max(1, outside + inside)
    weak, enough = network.value("weak_tie_share"), WEAK_TIE_TARGET[0]
    few_weak = max(0.0, enough - weak) / enough if weak == weak else 0.0
    alike = max((homophily for *_, homophily in network.likeness), default=0.0)
    seen_one_way = network.score(vocabulary.AuditCategory.PIGEONHOLING)
    open_needs = min(0.7, 0.25 * len(situation.uncovered)) if situation.n_mentors < 2 else 0.0
    years = float(situation.mentee.get("career_years") or 0.0)
    has_given = 0.15 + min(0.35, 0.03 * years) + 0.15 * (situation.newer > 0)
    return {
        vocabulary.Activity.INTERNAL_AND_EXTERNAL: lopsided if network.size > 1 else 0.3,
        vocabulary.Activity.BE_ACTIVE: 0.9 * network.lacking(vocabulary.Purpose.STRATEGIC),
        vocabulary.Activity.SOCIAL_MEDIA: max(
            0.75 * few_weak, network.score(vocabulary.AuditCategory.ECHO_CHAMBER)
        ),
        vocabulary.Activity.OWN_COMMUNITY: 0.85 * network.lacking(vocabulary.Purpose.PERSONAL),
        vocabulary.Activity.EXTRACURRICULAR: max(0.8 * alike, 0.95 * seen_one_way),
        vocabulary.Activity.MULTIPLE_MENTORS: open_needs,
        vocabulary.Activity.OFFER_SUPPORT: 0.0 if situation.is_mentor else has_given,
    }


def _activity_words(situation: Situation, network: EgoNetwork) -> dict[str, str]:
    """Return what the places in the texts of activities hold for this person."""
    often = sum(contact.frequency == _OFTEN for contact in network.contacts)
    sees = [contact.name for contact in network.contacts if contact.sees_change]
    whom, guide = _across(situation, network)
    years, newer = situation.years or 0, situation.newer
    told = spoken()["activity_places"]
    personal = network.by_purpose[vocabulary.Purpose.PERSONAL]
    return {
        "field": situation.field,
        "in_field": situation.in_field,
        "home": situation.home,
        "aim": purpose_phrase(network.aim),
        "whom": whom,
        "guide": guide,
        "strategic": purpose_phrase(vocabulary.Purpose.STRATEGIC),
        "often": told["often"].format(n=in_words(often)) if often > 1 else told["often_one"],
        "ready": next(iter(personal or network.names), ""),
        "ally": told["ally"].format(who=listing(sees[:2])) if sees else "",
        "wanted": facets(situation.uncovered[:2]) or purpose_phrase(network.aim),
        "one_more": told["one_more" if situation.n_mentors else "more_than_one"],
        "newer": _newer(newer),
        "since": told["since"].format(n=round(years)) if years >= 2 else told["since_unsaid"],
    }


def _newer(number_of: int) -> str:
    if not number_of:
        return ""
    return capital(say_many(number_of, "activity_places", "newer", people=people(number_of)))


def _across(situation: Situation, network: EgoNetwork) -> tuple[str, str]:
    """Return whom to meet on the side where few contacts are, and who may know somebody there."""
    is_inward = len(network.inside) > len(network.outside)
    there = [
        contact.name
        for contact in network.contacts
        if contact.may_be_asked and contact.is_inside is (not is_inward)
    ]
    told = spoken()["activity_places"]
    if is_inward:
        key, guided = "outside", "guide_outside"
    else:
        key = "other_part" if network.inside else "inside"
        guided = "guide_inside"
    guide = told[guided].format(name=there[0]) if there else told["no_guide"]
    return told[key].format(home=situation.home), guide


_OFTEN = list(vocabulary.Frequency).index(vocabulary.Frequency.OFTEN)


FORMS = {
    vocabulary.Purpose.OPERATIONAL: vocabulary.Knowing.HOW,
    vocabulary.Purpose.PERSONAL: vocabulary.Knowing.WHY,
    vocabulary.Purpose.STRATEGIC: vocabulary.Knowing.WHOM,
}
"""The form of knowing that contacts of a purpose are close to."""
CONTACTS_NAMED = 3
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


def _helpers(network: EgoNetwork, purpose: vocabulary.Purpose) -> str:
    known = network.by_purpose[purpose][:CONTACTS_NAMED]
    asks = [
        contact.name
        for contact in network.contacts
        if contact.may_be_asked
        and (contact.knows or contact.may_introduce)
        and contact.name not in known
    ][:CONTACTS_NAMED]
    told, what = spoken()["circle"], purpose_phrase(purpose)
    parts = [told["named"].format(who=listing(known), what=what)] if known else []
    parts += [told["may_know"].format(who=listing(asks, "or"))] if asks else []
    return "; ".join(parts) or told["nobody"]


def _is_served(situation: Situation) -> bool:
    """Whether nothing is missing, so that there is no need to look further."""
    return not situation.uncovered and situation.n_mentors > 0


def sources(situation: Situation) -> list[tuple[str, str]]:
    """Return the five places to look for a mentor, each as it fits this person; best fit first.

    Empty where nothing is missing.
    """
    if _is_served(situation):
        return []
    network, introduced = situation.network, situation.known_by
    past = [] if network is None else network.of_era(vocabulary.Era.PAST)
    contact, known = introduced[0] if introduced else ("", "")
    words = {
        "before": listing(past[:2], "or") or spoken()["defaults"]["before"],
        "home": situation.home,
        "field": situation.field,
        "topic": facets(situation.uncovered[:1]) or spoken()["defaults"]["topic"],
        "contact": contact,
        "known": known,
    }
    fits = _source_fits(situation, has_past=bool(past))
    found = [spoken()["sources"][source] for source in sorted(fits, key=lambda one: -fits[one])]
    # The way over a contact who may introduce is told instead of the usual one.
    texts = [(introduced and place.get("introduced")) or place["text"] for place in found]
    return [
        (place["title"], text.format(**words)) for place, text in zip(found, texts, strict=True)
    ]


def _source_fits(situation: Situation, *, has_past: bool) -> dict[vocabulary.MentorSource, float]:
    groups = {name.partition(".")[0] for name in situation.uncovered}
    forms = {FORM_OF_FACET.get(name) for name in situation.uncovered}
    online = vocabulary.Mode.VIRTUAL in (situation.mentee.get("modes") or ())
    return {
        vocabulary.MentorSource.IMMEDIATE_CIRCLE: 0.5 + 0.2 * has_past,
        vocabulary.MentorSource.PROFESSIONAL_BODY: 0.4 + 0.2 * (vocabulary.Knowing.HOW in forms),
        vocabulary.MentorSource.FRIENDS_OF_FRIENDS: 0.9 if situation.known_by else 0.2,
        vocabulary.MentorSource.ACCREDITED_PROGRAMME: 0.3 + 0.3 * (vocabulary.Knowing.WHY in forms),
        vocabulary.MentorSource.ONLINE_PLATFORM: 0.3 + 0.3 * online + 0.1 * (len(groups) > 2),
    }


def approach_out_there(situation: Situation) -> str:
    """Return how to approach somebody who has not agreed to anything: a conversation first."""
    if _is_served(situation):
        return ""
    theirs = facets(situation.uncovered[:1], "them") or spoken()["defaults"]["such"]
    return say("approach", "ask", channels=_channels(situation), theirs=theirs)


def _channels(situation: Situation) -> str:
    """Return the ways to write to somebody, the one that suits this person first."""
    if situation.known_by:
        return say("approach", "connect", contact=situation.known_by[0][0])
    ways = [spoken()["approach"]["mail"], spoken()["approach"]["platform"]]
    if vocabulary.Mode.VIRTUAL in (situation.mentee.get("modes") or ()):
        ways.reverse()
    return say("approach", "write", ways=listing(ways, "or"))
