"""One feature over a small cohort made of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.support import Rows, make_cohort

from matcher.config import Config, FeatureConfig
from matcher.features import FeatureSet, build_features
from matcher.vocabulary import FACETS, Approach, told_facet


@dataclass(frozen=True)
class Findings:
    """What an audit found, as features read it."""

    gaps: np.ndarray
    has_audit: np.ndarray


def gaps_of(*people: dict[str, float]) -> Findings:
    """Return an audit with the named gaps of each mentee; no gap at all means no audit.

    A form of knowing stands for all its facets.
    """
    rows = [
        [person.get(facet, person.get(told_facet(facet), 0.0)) for facet in FACETS]
        for person in people
    ]
    return Findings(np.array(rows), np.array([bool(person) for person in people]))


def block(kind: str, **settings: Any) -> FeatureConfig:
    """Return one feature block of weight 1."""
    return FeatureConfig(name="one", kind=kind, weight=1.0, **settings)


def features_of(
    feature: FeatureConfig,
    mentees: Rows,
    mentors: Rows,
    *,
    audit: Findings | None = None,
    sections: dict[str, Any] | None = None,
    **tables: Rows,
) -> FeatureSet:
    """Build the one feature; ids follow the order of the rows."""
    cohort = make_cohort(
        [{"person_id": f"e{k}", **row} for k, row in enumerate(mentees)],
        [{"person_id": f"m{k}", **row} for k, row in enumerate(mentors)],
        **tables,
    )
    config = Config.model_validate({**(sections or {}), "features": (feature,)})
    return build_features(cohort, config, audit)


def value(
    feature: FeatureConfig,
    mentee: dict[str, Any],
    mentor: dict[str, Any],
    approach: Approach = Approach.DEVELOPMENTAL,
    **more: Any,
) -> float | None:
    """Return the value of one pair, None where unanswered."""
    built = features_of(feature, [mentee], [mentor], **more)
    values, answered = built.block(np.array([0]), codes((1, 1), approach))
    listed, also = built.pairs(np.array([0]), np.array([0]), codes((1,), approach))
    assert listed[0, 0] == values[0, 0, 0]
    assert also[0, 0] == answered[0, 0, 0]
    return float(values[0, 0, 0]) if answered[0, 0, 0] else None


def codes(shape: tuple[int, ...], approach: Approach) -> np.ndarray:
    """Return approach codes of a shape."""
    return np.full(shape, tuple(Approach).index(approach), dtype=np.int8)
