"""Families of synthetic cohorts: what differs between one kind of programme and another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher.errors import ConfigError, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Family:
    """Parameters of the generative model; shares are probabilities a person."""

    mentees: int
    mentors: int
    both: int = 0
    """People in both roles; they count in `mentees` and in `mentors`."""
    organisations: int = 4
    departments: int = 3
    """Departments of each organisation."""
    topics: str = "research"
    """Bank of topics that free text and expertise are composed of."""
    capacity: tuple[float, ...] = (0.55, 0.3, 0.15)
    """Probabilities of 1, 2, 3, ... places of a mentor."""
    wanted: tuple[float, ...] = (0.35, 0.45, 0.2)
    """Probabilities of asking for at most 1, 2, 3 mentors."""
    popularity: float = 0.5
    """Standard deviation of a mentor's fame in preferences; large: all name the same few."""
    lean: float = 0.0
    """Strength of a need that all mentees share, in standard deviations of individual need."""
    preferring: float = 0.4
    """Share of mentees that name mentors; mentors do so half as often."""
    audited: float = 0.33
    """Share of mentees with a network audit."""
    contacts: int = 3
    """Contacts that an audited mentee names at least; ten at most."""
    past: float = 0.25
    """Past engagements a mentee."""
    active: float = 0.03
    """Active engagements a mentee."""
    missing: float = 0.06
    """Mean share of blank optional answers."""
    approaches: Mapping[str, float] = field(
        default_factory=lambda: {
            "developmental": 0.95,
            "sponsorship": 0.15,
            "reverse": 0.1,
            "reciprocal": 0.15,
        }
    )
    """Probability that a person accepts each approach."""
    sponsors: float = 0.1
    """Share of mentors with reach into organisations named in `sponsor_organisations`."""


FAMILIES: dict[str, Family] = {
    "small": Family(mentees=30, mentors=20, organisations=2, departments=2),
    "nihr": Family(
        mentees=75,
        mentors=75,
        organisations=20,
        departments=1,
        capacity=(1.0,),
        wanted=(1.0,),
        audited=0.5,
    ),
    "university": Family(
        mentees=800, mentors=300, both=40, organisations=6, departments=8, capacity=(0.3, 0.3, 0.4)
    ),
    "civil_service": Family(
        mentees=5000,
        mentors=2500,
        both=300,
        organisations=24,
        departments=10,
        topics="public_service",
        audited=0.1,
        preferring=0.2,
    ),
    "scarce": Family(mentees=120, mentors=60, capacity=(0.7, 0.3), wanted=(0.2, 0.4, 0.4)),
    "contested": Family(
        mentees=120, mentors=90, popularity=2.5, lean=2.0, preferring=0.8, capacity=(0.7, 0.3)
    ),
    "plentiful": Family(mentees=100, mentors=120, capacity=(0.2, 0.3, 0.5), wanted=(0.1, 0.4, 0.5)),
    "reciprocal": Family(
        mentees=90,
        mentors=80,
        both=60,
        approaches={"developmental": 0.8, "reciprocal": 0.85, "reverse": 0.1},
    ),
    "sponsors": Family(
        mentees=100,
        mentors=40,
        organisations=5,
        capacity=(0.3, 0.3, 0.4),
        approaches={"developmental": 0.6, "sponsorship": 0.9},
        sponsors=0.8,
    ),
    "example": Family(
        mentees=80,
        mentors=45,
        both=10,
        organisations=4,
        departments=4,
        capacity=(0.15, 0.35, 0.35, 0.15),
        approaches={
            "developmental": 0.95,
            "sponsorship": 0.2,
            "reverse": 0.15,
            "reciprocal": 0.4,
        },
        past=0.3,
        active=0.05,
    ),
}
"""Built-in families by name; ``example`` is the one behind ``examples/cohort``."""


def family_named(name: str) -> Family:
    """Return a built-in family; an unknown name is a ConfigError that lists the choices."""
    if name not in FAMILIES:
        finding = Finding(
            "E_CONFIG",
            f"no family of synthetic cohorts is called {name!r}",
            f"choose one of: {', '.join(sorted(FAMILIES))}",
        )
        raise ConfigError(finding)
    return FAMILIES[name]
