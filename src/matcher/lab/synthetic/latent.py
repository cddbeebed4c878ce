"""Kinds of synthetic programme, and the hidden side of a cohort: who people are before any form.

Model, for person p in department d of organisation o:

- organisations have sizes by a Zipf law; departments and sites are uniform within them;
- interests over topics: ``softmax(1.5 (1.2 mu_d + e))``, values ``.6 mu'_o + e``, with mu and e
  standard normal, so people of one place resemble each other (homophily);
- experience in years: Gamma by role; a manager tree of span 5 by experience in each department;
- stage: ``tanh((years - 8) / 6)`` on the facets of juniors (operational help, skills, knowing how),
  minus that on those of seniors (strategic help, politics, knowing whom), else 0;
- true need on the 17 facets: ``softmax(1.3 (e + lean mu'' - .5 stage))``, so that juniors need the
  first and seniors the second kind;
- true offer: ``sigmoid(1.1 e + .35 skill - .3 stage - .6)``, skill standard normal;
- fame (what preferences follow beside fit) and care (how completely forms are filled in).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Ints
from matcher.errors import ConfigError, Finding
from matcher.text import words_beside
from matcher.vocabulary import TOLD_FACETS

LATENT_WORDS: dict[str, Any] = words_beside(__file__, "words.toml")
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
        return list(LATENT_WORDS["topics"][self.topics])

    @property
    def fields(self) -> list[list[str]]:
        """Fields of expertise of each topic of the bank."""
        return list(LATENT_WORDS["topics"][self.topics].values())


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}


_TABLES = words_beside(__file__, "families.toml")
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


"""Answers as text."""

VALUE_ITEMS = 5
SLOTS = tuple(
    f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm")
)
SPAN = 5
"""LatentPeople that one line manager has."""

JUNIOR_NEEDS = ("purpose.operational", "context.skills_development", "knowing.how")
SENIOR_NEEDS = ("purpose.strategic", "context.political_environment", "knowing.whom")


@dataclass(frozen=True)
class LatentPeople:
    """Latent attributes of everybody: arrays of N people, facets F = 17, topics T, values V."""

    ids: NDArray[np.str_]
    organisation: Ints
    department: Ints
    """Department within the whole cohort: organisation * departments + number."""
    site: Ints
    years: Floats
    interest: Floats
    """Shares over topics: (N, T), rows sum to 1."""
    personal_values: Floats
    """Personal values: (N, V), variance about 1.36."""
    need: Floats
    """True need: (N, F), rows sum to 1."""
    offer: Floats
    """True offer: (N, F) in [0, 1]."""
    skill: Floats
    fame: Floats
    care: Floats
    """Multiplier of the share of blank answers, mean 1."""
    free: Bools
    """Half-days on which a person can meet: (N, 10)."""
    manager: Ints
    """Position of the line manager, -1 at the top."""
    mentees: Ints
    """Positions of those who are mentees, ascending."""
    mentors: Ints
    """Positions of those who are mentors, ascending."""


def draw_people(family: Family, rng: np.random.Generator) -> LatentPeople:
    """Draw everybody of a cohort: mentees first, then people in both roles, then mentors."""
    only = family.mentees - family.both
    total = family.mentees + family.mentors - family.both
    place = np.arange(total)
    is_mentee, is_mentor = place < family.mentees, place >= only
    organisation = rng.choice(family.organisations, total, p=_sizes(family.organisations))
    department = organisation * family.departments + rng.integers(0, family.departments, total)
    years = _years(rng, is_mentee, is_mentor)
    skill = rng.standard_normal(total)
    return LatentPeople(
        ids=np.char.add("P", np.char.zfill((1 + place).astype(str), 4)),
        organisation=organisation,
        department=department,
        site=rng.integers(0, 4, total),
        years=years,
        interest=_interests(rng, family, department),
        personal_values=_values(rng, family, organisation),
        need=_needs(rng, years, family.lean),
        offer=_offers(rng, years, skill),
        skill=skill,
        fame=family.popularity * rng.standard_normal(total),
        care=rng.gamma(2.0, 0.5, total),
        free=rng.random((total, len(SLOTS))) < rng.beta(2.0, 3.0, (total, 1)),
        manager=managers(department, years),
        mentees=place[is_mentee],
        mentors=place[is_mentor],
    )


def managers(department: Ints, years: Floats) -> Ints:
    """Return each person's line manager by experience within the department, -1 at its top."""
    order = np.lexsort((-years, department))
    first = np.searchsorted(department[order], department[order])
    rank = np.arange(len(order)) - first
    above = np.where(rank > 0, order[first + (rank - 1) // SPAN], -1)
    result = np.empty(len(order), dtype=np.int64)
    result[order] = above
    return result


def _sizes(count: int) -> Floats:
    weight = 1 / np.arange(1, count + 1) ** 0.7
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _years(rng: np.random.Generator, is_mentee: Bools, is_mentor: Bools) -> Floats:
    junior = 0.5 + rng.gamma(2.0, 2.5, len(is_mentee))
    senior = 7.0 + rng.gamma(3.0, 3.5, len(is_mentee))
    middle = 4.0 + rng.gamma(3.0, 2.5, len(is_mentee))
    years = np.where(is_mentee & is_mentor, middle, np.where(is_mentor, senior, junior))
    return np.asarray(np.round(np.minimum(years, 42.0), 1), dtype=np.float64)


def _interests(rng: np.random.Generator, family: Family, department: Ints) -> Floats:
    topics = len(family.topic_names)
    centre = rng.standard_normal((family.organisations * family.departments, topics))
    own = rng.standard_normal((len(department), topics))
    return softmax(1.5 * (1.2 * centre[department] + own))


def _values(rng: np.random.Generator, family: Family, organisation: Ints) -> Floats:
    centre = rng.standard_normal((family.organisations, VALUE_ITEMS))
    own = rng.standard_normal((len(organisation), VALUE_ITEMS))
    return np.asarray(0.6 * centre[organisation] + own, dtype=np.float64)


def _needs(rng: np.random.Generator, years: Floats, lean: float) -> Floats:
    own = rng.standard_normal((len(years), len(TOLD_FACETS)))
    shared = lean * rng.standard_normal(len(TOLD_FACETS))
    return softmax(1.3 * (own + shared - 0.5 * _stage(years)))


def _offers(rng: np.random.Generator, years: Floats, skill: Floats) -> Floats:
    own = rng.standard_normal((len(years), len(TOLD_FACETS)))
    logit = 1.1 * own + 0.35 * skill[:, None] - 0.3 * _stage(years) - 0.6
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)


def _stage(years: Floats) -> Floats:
    """Return how junior-like each facet is for each person: (N, F), positive on junior facets."""
    side = np.zeros(len(TOLD_FACETS))
    side[[TOLD_FACETS.index(facet) for facet in JUNIOR_NEEDS]] = 1.0
    side[[TOLD_FACETS.index(facet) for facet in SENIOR_NEEDS]] = -1.0
    return np.asarray(np.tanh((years[:, None] - 8.0) / 6.0) * side, dtype=np.float64)


def softmax(logits: Floats) -> Floats:
    """Return shares that sum to 1 in each row."""
    power = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(power / power.sum(axis=1, keepdims=True), dtype=np.float64)
