"""Needs and offers by facet, read from ticks, stated levels and audits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.features.helpers import gaps_of
from tests.support import make_cohort

from matcher.config import Config
from matcher.features import read_facets
from matcher.problem.told_facets import ToldFacets
from matcher.vocabulary import FACETS


def needs(row, findings=None, **sections):
    """Return what each need of one mentee counts, zeros left out."""
    read = read_facets(make_cohort([{"person_id": "e", **row}]), Config(**sections), findings)
    named = zip(read.names, read.needs[0].tolist(), strict=True)
    return {facet: need for facet, need in named if need}


def forms(row, **sections):
    """Return what each form of knowing counts for one mentee."""
    told = ToldFacets.of(FACETS)
    read = read_facets(make_cohort([{"person_id": "e", **row}]), Config(**sections))
    total = dict(zip(told.names, told.total(read.needs)[0].tolist(), strict=True))
    return {form: total[f"knowing.{form}"] for form in ("why", "how", "whom")}


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


def test_facets_of_knowing_stay_apart_and_a_form_weighs_as_one():
    """Ticked facets of one form share what a form weighs."""
    assert needs({"knowing": ("reputation", "skills", "visibility")}) == {
        "knowing.how.skills": 1.0,
        "knowing.whom.reputation": 0.5,
        "knowing.whom.visibility": 0.5,
    }


def test_a_whole_form_is_each_of_its_facets():
    """Who ticks how asks for knowledge and skills."""
    found = needs({"knowing": ("how",)})
    assert found == pytest.approx({"knowing.how.knowledge": 0.5, "knowing.how.skills": 0.5})


def test_a_number_says_how_much_of_the_ticked_facets():
    """A need of knowing how beside a tick of skills is a need of skills."""
    assert needs({"knowing": ("skills",), "need_how": 5}) == {"knowing.how.skills": 1.0}


@pytest.mark.parametrize(("level", "expected"), [(5, 1.0), (2, 0.4), (0, 0.0), (None, 0.0)])
def test_levels_are_relative_to_five(level, expected):
    """A need of 5 is 1; 0 and no answer add nothing."""
    assert forms({"need_why": level})["why"] == pytest.approx(expected)


def test_the_larger_of_tick_and_level_counts():
    """A ticked form of knowing keeps its 1 beside a lower level."""
    found = forms({"knowing": ("how",), "need_how": 2})
    assert found == pytest.approx({"why": 0.0, "how": 1.0, "whom": 0.0})


def test_gaps_of_the_audit_add_need():
    """Half of each gap is added by default, nothing where the audit may not feed the match."""
    audit = gaps_of({"purpose.strategic": 0.8, "context.confidence": 0.4})
    row = {"contexts": ("confidence",)}
    assert needs(row, audit) == pytest.approx({"purpose.strategic": 0.4, "context.confidence": 1.2})
    assert needs(row, audit, audit={"feed_match": False}) == {"context.confidence": 1.0}


def test_offers_come_from_ticks_and_levels():
    """A form counts a little less than a facet that is named, a sibling of that one little."""
    found = offers({"benefits": ("career",), "offer_whom": 3, "knowing": ("skills",)})
    assert found == pytest.approx(
        {
            "benefit.career": 1.0,
            "knowing.how.skills": 1.0,
            "knowing.how.knowledge": 0.3,
            **{name: 0.6 * 0.95 for name in FACETS if name.startswith("knowing.whom.")},
        }
    )


OWN = {"facets": {"topic": {"columns": ("wants", "gives"), "options": ("Grant writing", "R & D")}}}


def test_own_facets_follow_those_of_the_vocabulary():
    """A programme's options are facets, whoever ticks them, and each side has its column."""
    cohort = make_cohort(
        [{"person_id": "e", "wants": "r & d"}], [{"person_id": "m", "gives": "Grant writing"}]
    )
    read = read_facets(cohort, Config(**OWN))
    assert read.names == (*FACETS, "topic.grant_writing", "topic.r_d")
    assert read.needs[0, -2:].tolist() == [0.0, 1.0]
    assert read.offers[0, -2:].tolist() == [1.0, 0.0]
    assert read.counted_names == read.names


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "groups"),
    [
        ({"mentees": {"contexts"}, "mentors": {"contexts"}}, {"context"}),
        ({"mentees": {"contexts", "purposes"}, "mentors": {"purposes"}}, {"purpose"}),
        ({"mentees": {"need_why"}, "mentors": {"knowing"}}, {"knowing"}),
        ({"mentees": {"wants"}, "mentors": {"gives", "contexts"}}, {"topic"}),
        ({"mentees": set(), "mentors": {"contexts"}, "contacts": {"person_id"}}, {"context"}),
        ({"mentees": set(), "mentors": set()}, set()),
    ],
)
def test_a_group_that_a_side_was_not_asked_about_counts_nowhere(asked, groups):
    """Columns that are there count, be they empty; an audit asks mentees too."""
    people = [{"person_id": "e", "wants": None}], [{"person_id": "m", "gives": None}]
    asked = {table: frozenset(columns) for table, columns in asked.items()}
    cohort = replace(make_cohort(*people), asked=asked)
    read = read_facets(cohort, Config(**OWN), gaps_of({}))
    assert {name.split(".")[0] for name in read.counted_names} == groups


def test_facet_groups_narrow_the_arrays():
    """Only the config's groups count, in the vocabulary's order whatever theirs."""
    config = Config.model_validate({"portfolio": {"facet_groups": ("knowing", "purpose")}})
    read = read_facets(make_cohort([{"person_id": "e", "contexts": ("confidence",)}]), config)
    names = tuple(f for f in FACETS if f.startswith(("purpose", "knowing")))
    assert read.counted_names == names
    assert not read.needs[:, list(read.counted)].any()


def test_inputs_stay_as_they_were():
    """Reading needs changes neither the audit nor the tables."""
    audit = gaps_of({"purpose.strategic": 0.8})
    before = audit.gaps.copy()
    needs({"purposes": ("strategic",)}, audit)
    np.testing.assert_array_equal(audit.gaps, before)
