"""The second part of a plan: what the audit shows, as counts one can check and a question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from matcher.audit.composition import Attribute, coleman
from matcher.audit.detectors import ECHO_SOME_FROM, LEAST_CONTACTS, SOME_FROM
from matcher.audit.feed import inward
from matcher.audit.profile import benefits_served
from matcher.report.plans_words import (
    BENEFIT_PHRASES,
    PURPOSE_PHRASES,
    capital,
    do,
    listed,
    number,
    people,
    some_of,
)
from matcher.report.words import plain
from matcher.vocabulary import AuditCategory, Era, NetworkBenefit, Purpose

if TYPE_CHECKING:
    from matcher.audit import Audit
    from matcher.audit.measure import BoolArray, FloatArray, IntArray
    from matcher.report.plans_data import Record

HALF_YEAR = 180
PAST = list(Era).index(Era.PAST)
FUTURE = list(Era).index(Era.FUTURE)
QUESTIONS = {
    Purpose.OPERATIONAL: "Who makes today's work easier, and would one more such person help?",
    Purpose.PERSONAL: "With whom could you talk about where you yourself are going?",
    Purpose.STRATEGIC: "Who could show you what is coming, before it is there?",
}


@dataclass(frozen=True)
class Seen:
    """One observation: how strongly it stands out, a sentence of counts, and a question."""

    key: str
    weight: float
    sentence: str
    question: str


@dataclass(frozen=True)
class Contact:
    """One contact as plans name them."""

    name: str
    knows: tuple[str, ...]
    may_introduce: bool
    share_with: str


@dataclass(frozen=True)
class NetworkFacts:
    """Arrays of the whole cohort that plans read, computed once."""

    audit: Audit

    @cached_property
    def served(self) -> BoolArray:
        """Shape (n, c, 7): benefits that each contact serves."""
        return np.asarray(
            benefits_served(self.audit.networks) & self.audit.networks.named[:, :, None]
        )

    @cached_property
    def inward(self) -> FloatArray:
        """Shape (n,): how far inside contacts outnumber outside ones."""
        return inward(self.audit.networks)

    @cached_property
    def contacts(self) -> list[Contact]:
        """Contacts of everybody, in the order of the audit's rows."""
        rows = self.audit.networks.rows
        may = rows["may_introduce"].fillna(value=False).to_numpy(dtype=bool)
        cells = zip(rows["contact_id"], rows["knows"], may, rows["share_with"], strict=True)
        return [
            Contact(plain(name), tuple(known), bool(asks), str(share))
            for name, known, asks, share in cells
        ]

    @cached_property
    def starts(self) -> IntArray:
        """Shape (n + 1,): where each person's contacts start in `contacts`."""
        everybody = np.arange(len(self.audit.person_ids) + 1)
        return np.searchsorted(self.audit.networks.ego, everybody)

    def contacts_of(self, row: int) -> list[Contact]:
        """Return the contacts of the person in a row, by slot."""
        return self.contacts[self.starts[row] : self.starts[row + 1]]

    @cached_property
    def open_attributes(self) -> list[tuple[Attribute, FloatArray]]:
        """Attributes that a plan may speak of, with homophily: not organisation, not protected."""
        return [
            (attribute, coleman(attribute, self.audit.networks.named).value)
            for attribute in self.audit.attributes
            if not attribute.protected and attribute.name != "organisation"
        ]

    def score(self, category: AuditCategory, row: int) -> float:
        """Return a detector's score of a person, 0 where there is none."""
        found = next(d for d in self.audit.detected if d.category is category)
        return float(np.nan_to_num(found.score.value[row]))

    def value(self, metric: str, row: int) -> float:
        """Return a metric of a person, NaN where undefined."""
        return float(self.audit.measures[metric].value[row])


@dataclass(frozen=True)
class Network:
    """One person's audit, for their own eyes."""

    facts: NetworkFacts
    row: int
    mentee: Record

    @cached_property
    def size(self) -> int:
        """Contacts named."""
        return int(self.facts.audit.networks.size[self.row])

    @cached_property
    def names(self) -> list[str]:
        """Contacts by slot."""
        return [contact.name for contact in self.facts.contacts_of(self.row)]

    def where(self, mask: BoolArray) -> list[str]:
        """Return the contacts of the slots in `mask`, shape (c,)."""
        return [self.names[slot] for slot in np.flatnonzero(mask) if slot < self.size]

    @cached_property
    def inside(self) -> BoolArray:
        """Slots of contacts in the person's organisation, shape (c,)."""
        return np.asarray(self.facts.audit.networks.internal[self.row] == 1.0)

    @cached_property
    def outside(self) -> BoolArray:
        """Slots of contacts elsewhere, shape (c,)."""
        return np.asarray(self.facts.audit.networks.internal[self.row] == 0.0)

    def tagged(self, purpose: Purpose) -> BoolArray:
        """Slots of contacts with a purpose, shape (c,)."""
        at = list(Purpose).index(purpose)
        return np.asarray(self.facts.audit.networks.purposes[self.row, :, at])

    @cached_property
    def benefits(self) -> list[tuple[str, str]]:
        """The seven things that a network gives, each with who gives it to this person."""
        served = self.facts.served[self.row]
        return [
            (capital(BENEFIT_PHRASES[benefit]), listed(self.where(served[:, at])) or "nobody yet")
            for at, benefit in enumerate(NetworkBenefit)
        ]

    @cached_property
    def aim(self) -> Purpose:
        """The weakest purpose that the person wants (any, if none was named)."""
        wanted = [p for p in Purpose if p in (self.mentee.get("purposes") or ())] or list(Purpose)
        return min(wanted, key=lambda purpose: int(self.tagged(purpose).sum()))

    @cached_property
    def gap(self) -> Seen | None:
        """What stands out most, or None where nothing does."""
        seen = [found for found in _observations(self) if found.weight > 0]
        return max(seen, key=lambda found: found.weight, default=None)

    @cached_property
    def strength(self) -> str:
        """What this network does well, in a sentence of counts."""
        most = max(Purpose, key=lambda purpose: int(self.tagged(purpose).sum()))
        count = int(self.tagged(most).sum())
        if count == 0:
            return f"You named {people(self.size)}: {listed(self.names)}."
        who = some_of(count, self.size)
        return f"{who} {do(count, 'is', 'are')} there for {PURPOSE_PHRASES[most]}."

    @cached_property
    def bridge(self) -> str:
        """Who links the person with elsewhere, or nothing."""
        outside = self.where(self.outside)
        if not outside or (self.gap is not None and self.gap.key == "outward"):
            return ""
        verb = "links" if len(outside) == 1 else "link"
        return f"{listed(outside)} {verb} you with people outside your organisation."


def _observations(network: Network) -> list[Seen]:
    return [
        _few(network),
        _purpose(network),
        _inward(network),
        _lag(network),
        _echo(network),
        _pigeonhole(network),
        *_alike(network),
        _outward(network),
        _quiet(network),
        _unchanged(network),
    ]


def _few(network: Network) -> Seen:
    weight = 0.85 if network.size < LEAST_CONTACTS else 0.0
    return Seen(
        "few",
        weight,
        f"You named {people(network.size)}.",
        "Who else did you turn to in the last few months, if only once?",
    )


def _purpose(network: Network) -> Seen:
    aim = network.aim
    tags = network.facts.audit.networks.purposes[network.row].sum(axis=0)
    if tags.sum() == 0:
        return Seen("purpose", 0.0, "", "")
    count = int(network.tagged(aim).sum())
    lacking = max(0.0, 1.0 - len(Purpose) * count / int(tags.sum()))
    asked = aim in (network.mentee.get("purposes") or ())
    sentence = f"{some_of(count, network.size)} is there for {PURPOSE_PHRASES[aim]}."
    if count > 1:
        sentence = f"{some_of(count, network.size)} are there for {PURPOSE_PHRASES[aim]}."
    if asked:
        sentence += " You asked for help with just that."
    weight = lacking + 0.2 * asked if lacking > SOME_FROM else 0.0
    return Seen("purpose", weight, sentence, QUESTIONS[aim])


def _inward(network: Network) -> Seen:
    count = int(network.inside.sum())
    weight = float(network.facts.inward[network.row])
    return Seen(
        "inward",
        weight if weight > SOME_FROM else 0.0,
        f"{some_of(count, network.size)} {do(count, 'works', 'work')} where you work.",
        "Does that suit what you want next?",
    )


def _outward(network: Network) -> Seen:
    known = int(network.inside.sum() + network.outside.sum())
    alone = known >= LEAST_CONTACTS and not network.inside.any()
    return Seen(
        "outward",
        0.6 if alone else 0.0,
        f"{some_of(0, network.size)} works where you work.",
        "Who there could speak for you when you are not in the room?",
    )


def _lag(network: Network) -> Seen:
    past = int((network.facts.audit.networks.era[network.row] == PAST).sum())
    future = network.where(network.facts.audit.networks.era[network.row] == FUTURE)
    score = network.facts.score(AuditCategory.NETWORK_LAG, network.row)
    if 2 * past >= network.size:
        verb = do(past, "belongs", "belong")
        sentence = f"{some_of(past, network.size)} {verb} to what you did before."
    else:
        verb = do(len(future), "belongs", "belong")
        sentence = f"{some_of(len(future), network.size)} {verb} to what you want to do next."
    question = "Who already does what you would like to do next?"
    return Seen("lag", score if score >= SOME_FROM else 0.0, sentence, question)


def _echo(network: Network) -> Seen:
    networks = network.facts.audit.networks
    ties, n = int(networks.ties[network.row].sum()) // 2, network.size
    score = network.facts.score(AuditCategory.ECHO_CHAMBER, network.row)
    pairs = n * (n - 1) // 2
    know = (
        "All of them know each other"
        if ties == pairs
        else (f"Of the {pairs} pairs among the people you named, {ties} know each other")
    )
    inside = int(network.inside.sum())
    return Seen(
        "echo",
        score if score >= ECHO_SOME_FROM else 0.0,
        f"{some_of(inside, n)} {do(inside, 'works', 'work')} where you work. {know}.",
        "From whom would you hear something that the others do not know yet?",
    )


def _pigeonhole(network: Network) -> Seen:
    views = network.facts.audit.networks.sees_change[network.row]
    known, cannot = int((~np.isnan(views)).sum()), int((views == 0.0).sum())
    score = network.facts.score(AuditCategory.PIGEONHOLING, network.row)
    who = f"{capital(number(cannot))} of the {number(known)} whose view you noted"
    if cannot == known:
        who = f"All {number(known)} whose view you noted"
    return Seen(
        "pigeonhole",
        score if score >= SOME_FROM and cannot else 0.0,
        f"{who} could not picture you doing something different.",
        "Who has not yet seen that side of you, and how could they?",
    )


def _alike(network: Network) -> list[Seen]:
    found = []
    for attribute, homophily in network.facts.open_attributes:
        score = float(np.nan_to_num(homophily[network.row]))
        count = int(attribute.alike[network.row].sum())
        what = attribute.name.replace("_", " ")
        enough = network.size >= LEAST_CONTACTS and score >= SOME_FROM
        found.append(
            Seen(
                f"alike {attribute.name}",
                0.9 * score if enough else 0.0,
                f"{some_of(count, network.size)} {do(count, 'has', 'have')} your {what}.",
                "Who sees the same things quite differently, and could be worth an hour?",
            )
        )
    return found


def _quiet(network: Network) -> Seen:
    days = network.facts.audit.networks.days_since[network.row]
    long_ago = network.where(np.nan_to_num(days) > HALF_YEAR)
    known = int((~np.isnan(days)).sum())
    share = len(long_ago) / known if known else 0.0
    return Seen(
        "quiet",
        0.5 * share if share > 0.5 else 0.0,
        f"You last spoke with {listed(long_ago)} more than half a year ago.",
        "Whom of them would you like to hear from again?",
    )


def _unchanged(network: Network) -> Seen:
    change = network.facts.value("dynamism", network.row)
    return Seen(
        "unchanged",
        0.45 if change == 0.0 else 0.0,
        "You named the same people as in your audit before.",
        "Who joined your working life since then?",
    )
