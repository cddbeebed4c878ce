"""Families of synthetic cohorts: what differs between one kind of programme and another."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.errors import ConfigError, Finding

HERE = Path(__file__).parent
WORDS: dict[str, Any] = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
"""Invented names, topics, goals and bios; the file says what each list is."""


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

    @property
    def topic_names(self) -> list[str]:
        """Topics of the bank."""
        return list(WORDS["topics"][self.topics])

    @property
    def fields(self) -> list[list[str]]:
        """Fields of expertise of each topic of the bank."""
        return list(WORDS["topics"][self.topics].values())


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}


_TABLES = tomllib.loads((HERE / "families.toml").read_text("utf-8"))
FAMILIES: dict[str, Family] = {name: Family(**_frozen(table)) for name, table in _TABLES.items()}
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
