"""Cohorts drawn from a seed, with every column that a default feature reads and many blanks."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.features.helpers import Findings
from tests.support import make_cohort

from matcher.cohort.cohort import Cohort
from matcher.vocabulary import Approach, Benefit, Context, Mode, Purpose

Row = dict[str, Any]
FIELDS = ("genomics", "statistics", "policy", "nursing", "law")
WORDS = ("malaria", "bridges", "hospital", "vaccine", "museum", "career", "budget", "software")


def people(rng: np.random.Generator, count: int, prefix: str) -> list[Row]:
    """Draw people who fill in either side's form."""
    return [_person(rng, f"{prefix}{k:03d}") for k in range(count)]


def cohort_of(rng: np.random.Generator, mentees: list[Row], mentors: list[Row]) -> Cohort:
    """Return a cohort of drawn people with some preferences."""
    preferences = [
        {
            "person_id": mentee["person_id"],
            "other_id": mentors[0]["person_id"],
            "role": "mentee",
            "score": float(rng.integers(6)),
        }
        for mentee in mentees[::2]
    ]
    return make_cohort(mentees, mentors, preferences=preferences)


def findings(rng: np.random.Generator, count: int) -> Findings:
    """Draw the gaps of some mentees' audits."""
    has_audit = rng.random(count) < 0.6
    gaps = rng.random((count, 27)) * (rng.random((count, 27)) < 0.4) * has_audit[:, None]
    return Findings(gaps, has_audit)


def _person(rng: np.random.Generator, person_id: str) -> Row:
    row: Row = {
        "person_id": person_id,
        "purposes": _some(rng, tuple(Purpose)),
        "benefits": _some(rng, tuple(Benefit)),
        "contexts": _some(rng, tuple(Context)),
        "knowing": _some(rng, ("why", "how", "whom", "skills", "reputation", "beliefs")),
        "approaches": _some(rng, tuple(Approach)),
        "modes": _some(rng, tuple(Mode)),
        "availability": _some(rng, ("mon-am", "tue-pm", "thu-09")),
        "expertise": _some(rng, FIELDS),
        "career_years": _maybe(rng, float(rng.integers(40))),
        "hours_per_month": _maybe(rng, float(rng.integers(1, 5))),
        "cadence": _maybe(rng, str(rng.choice(["weekly", "monthly"]))),
        "site": _maybe(rng, str(rng.choice(["x", "y"]))),
        "horizon": _maybe(rng, str(rng.choice(["short", "long"]))),
        "ready": _maybe(rng, str(rng.choice(["no", "partly", "yes"]))),
        "goals": _maybe(rng, " ".join(rng.choice(WORDS, 4))),
        "bio": _maybe(rng, " ".join(rng.choice(WORDS, 4))),
        "wish_same": _some(rng, ("carer", "veteran")),
        "shared_for_matching": _some(rng, ("carer", "veteran")),
    }
    for form in ("why", "how", "whom"):
        for side in ("need", "offer"):
            row[f"{side}_{form}"] = _maybe(rng, float(rng.integers(6)))
    for item in range(1, 4):
        row[f"values_{item}"] = _maybe(rng, float(rng.integers(1, 6)))
    return row


def _some(rng: np.random.Generator, words: tuple[str, ...]) -> tuple[str, ...]:
    count = rng.integers(0, len(words) + 1)
    return tuple(str(word) for word in rng.choice(words, count, replace=False))


def _maybe(rng: np.random.Generator, answer: Any) -> Any:
    return None if rng.random() < 0.3 else answer
