"""Needs and offers by facet, read from ticks, stated levels and audits."""

from __future__ import annotations

import numpy as np
import pytest
from tests.features.helpers import gaps_of
from tests.support import make_cohort

from matcher.config import Config
from matcher.features import facet_names, read_facets
from matcher.features.stated_answers import counted_facets
from matcher.vocabulary import FACETS


def needs(row, findings=None, **sections):
    """Return the needs of one mentee by facet, zeros left out."""
    config = Config.model_validate(sections)
    cohort = make_cohort([{"person_id": "e", **row}])
    matrix = read_facets(cohort, config, findings).needs[:, counted_facets(config)]
    named = zip(facet_names(config), matrix[0].tolist(), strict=True)
    return {facet: need for facet, need in named if need}


def offers(row):
    """Return the offers of one mentor by facet, zeros left out."""
    matrix = read_facets(make_cohort([], [{"person_id": "m", **row}]), Config()).offers
    return {facet: offer for facet, offer in zip(FACETS, matrix[0].tolist(), strict=True) if offer}


def test_ticks_are_a_set():
    """The order of ticks means nothing unless the config says so."""
    ticked = {"contexts": ("confidence", "sector_knowledge")}
    assert needs(ticked) == {"context.confidence": 1.0, "context.sector_knowledge": 1.0}


def test_declared_order_is_a_ranking():
    """In an ordered column later ticks weigh less."""
    ranked = {"purposes": ("strategic", "personal")}
    assert needs(ranked, input={"ordered": ("purposes",)}) == {
        "purpose.strategic": 1.0,
        "purpose.personal": 0.5,
    }


def test_finer_facets_count_for_their_form_of_knowing():
    """A tick of a finer facet is a tick of why, how or whom."""
    assert needs({"knowing": ("reputation", "skills", "visibility")}) == {
        "knowing.how": 1.0,
        "knowing.whom": 1.0,
    }


@pytest.mark.parametrize(("level", "expected"), [(5, 1.0), (2, 0.4), (0, None), (None, None)])
def test_levels_are_relative_to_five(level, expected):
    """A need of 5 is 1; 0 and no answer add nothing."""
    assert needs({"need_why": level}).get("knowing.why") == expected


def test_the_larger_of_tick_and_level_counts():
    """A ticked form of knowing keeps its 1 beside a lower level."""
    assert needs({"knowing": ("how",), "need_how": 2}) == {"knowing.how": 1.0}


def test_gaps_of_the_audit_add_need():
    """Half of each gap is added by default, nothing where the audit may not feed the match."""
    audit = gaps_of({"purpose.strategic": 0.8, "context.confidence": 0.4})
    row = {"contexts": ("confidence",)}
    assert needs(row, audit) == pytest.approx({"purpose.strategic": 0.4, "context.confidence": 1.2})
    assert needs(row, audit, audit={"feed_match": False}) == {"context.confidence": 1.0}


def test_offers_come_from_ticks_and_levels():
    """Mentors' offers read like needs, on their own columns."""
    assert offers({"benefits": ("career",), "offer_whom": 3, "knowing": ("skills",)}) == {
        "benefit.career": 1.0,
        "knowing.how": 1.0,
        "knowing.whom": 0.6,
    }


def test_facet_groups_narrow_the_arrays():
    """Only the config's groups count, in the vocabulary's order whatever theirs."""
    config = Config.model_validate({"portfolio": {"facet_groups": ("knowing", "purpose")}})
    names = facet_names(config)
    assert names == tuple(f for f in FACETS if f.startswith(("purpose", "knowing")))
    cohort = make_cohort([{"person_id": "e", "contexts": ("confidence",)}])
    counted = read_facets(cohort, config).needs[:, counted_facets(config)]
    assert counted.shape == (1, len(names))
    assert not counted.any()


def test_inputs_stay_as_they_were():
    """Reading needs changes neither the audit nor the tables."""
    audit = gaps_of({"purpose.strategic": 0.8})
    before = audit.gaps.copy()
    needs({"purposes": ("strategic",)}, audit)
    np.testing.assert_array_equal(audit.gaps, before)
