"""The second part of a plan: one person's network, who gives what, and what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcher.plans.observations import Seen, stands_out
from matcher.plans.plan_words import (
    BENEFIT_PHRASES,
    PURPOSE_PHRASES,
    capital,
    do,
    first_of,
    listed,
    people,
    some_of,
)
from matcher.vocabulary import NetworkBenefit, Purpose

if TYPE_CHECKING:
    from matcher.plans.contact_facts import Contact, NetworkFacts
    from matcher.plans.records import Record


@dataclass(frozen=True)
class Network:
    """One person's audit, for their own eyes."""

    facts: NetworkFacts
    row: int
    mentee: Record

    @cached_property
    def contacts(self) -> list[Contact]:
        """Contacts by slot."""
        return self.facts.contacts_of(self.row)

    @cached_property
    def size(self) -> int:
        """Contacts named."""
        return len(self.contacts)

    @cached_property
    def names(self) -> list[str]:
        """Names of the contacts by slot."""
        return [contact.name for contact in self.contacts]

    @cached_property
    def inside(self) -> list[str]:
        """Contacts in the person's organisation."""
        return [c.name for c in self.contacts if c.is_inside is True]

    @cached_property
    def outside(self) -> list[str]:
        """Contacts elsewhere."""
        return [c.name for c in self.contacts if c.is_inside is False]

    @cached_property
    def ties(self) -> list[tuple[int, int]]:
        """Slots of contacts who know each other."""
        return self.facts.ties.get(self.row, [])

    @cached_property
    def by_purpose(self) -> dict[Purpose, list[str]]:
        """Contacts by what they are there for."""
        return {
            purpose: [c.name for c in self.contacts if c.purposes[at]]
            for at, purpose in enumerate(Purpose)
        }

    @cached_property
    def tags(self) -> int:
        """Purposes of all contacts together."""
        return sum(len(names) for names in self.by_purpose.values())

    def lacking(self, purpose: Purpose) -> float:
        """Return how far a purpose is missing: 1 wholly, 0 where a third of the tags are its."""
        if not self.tags:
            return 0.0
        return max(0.0, 1.0 - len(Purpose) * len(self.by_purpose[purpose]) / self.tags)

    def of_era(self, era: int) -> list[str]:
        """Return the contacts of a part of working life, by its position in :class:`Era`."""
        return [c.name for c in self.contacts if c.era == era]

    @cached_property
    def benefits(self) -> list[tuple[str, str]]:
        """The seven things that a network gives, each with who gives it to this person."""
        return [
            (
                capital(BENEFIT_PHRASES[benefit]),
                first_of(c.name for c in self.contacts if c.serves[at]) or "nobody yet",
            )
            for at, benefit in enumerate(NetworkBenefit)
        ]

    @cached_property
    def aim(self) -> Purpose:
        """The weakest purpose that the person wants (any, if none was named)."""
        wanted = [p for p in Purpose if p in (self.mentee.get("purposes") or ())] or list(Purpose)
        return min(wanted, key=lambda purpose: len(self.by_purpose[purpose]))

    @cached_property
    def gap(self) -> Seen | None:
        """What stands out most, or None where nothing does."""
        return stands_out(self)

    @cached_property
    def strength(self) -> str:
        """What this network does well, in a sentence of counts."""
        most = max(Purpose, key=lambda purpose: len(self.by_purpose[purpose]))
        count = len(self.by_purpose[most])
        if count == 0:
            return f"You named {people(self.size)}: {listed(self.names)}."
        who = some_of(count, self.size)
        return f"{who} {do(count, 'is', 'are')} there for {PURPOSE_PHRASES[most]}."

    @cached_property
    def bridge(self) -> str:
        """Who links the person with elsewhere, or nothing."""
        if not self.outside or (self.gap is not None and self.gap.key == "outward"):
            return ""
        verb = "links" if len(self.outside) == 1 else "link"
        return f"{first_of(self.outside)} {verb} you with people outside your organisation."
