"""What somebody adds in favour of a pair never lowers it, whatever else was answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.random_cohorts import people
from tests.support import make_cohort

from matcher.config import Config
from matcher.features import build_features
from matcher.scoring.approaches import CODES
from matcher.scoring.pair_scores import PairScores
from matcher.vocabulary import KNOWING, Approach, Context, Purpose

SLOTS = tuple(f"{day}-{part}" for day in ("mon", "wed", "fri") for part in ("am", "pm", "eve"))
Row = dict[str, Any]


def score(mentee: Row, mentor: Row, approach: Approach, *said: Row) -> float:
    """Return the score of one pair by the default features."""
    cohort, config = make_cohort([mentee], [mentor], preferences=said), Config()
    scores = PairScores(build_features(cohort, config), None, config)  # type: ignore[arg-type]
    return float(scores.directional(np.array([0]), np.array([0]), CODES[approach])[0])


def with_item(row: Row, column: str, item: str) -> Row:
    """Return a person whose list column holds one item more."""
    return {**row, column: tuple(dict.fromkeys((*(row.get(column) or ()), item)))}


PAIRS = (
    st.integers(0, 10_000)
    .map(lambda seed: np.random.default_rng(seed))
    .map(lambda rng: (people(rng, 1, "e")[0], people(rng, 1, "m")[0]))
)
APPROACHES = st.sampled_from(tuple(Approach))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(PAIRS, APPROACHES, st.sampled_from(("mentee", "mentor")), st.data())
def test_a_higher_preference(pair, approach, role, data):
    """Raising what either says of the other, or saying 3 or more at all, never lowers the pair."""
    mentee, mentor = pair
    who = (mentee["person_id"], mentor["person_id"])[:: 1 if role == "mentee" else -1]
    low, high = sorted(data.draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
    said = {"person_id": who[0], "other_id": who[1], "role": role}
    lower = score(mentee, mentor, approach, said | {"score": low})
    higher = score(mentee, mentor, approach, said | {"score": high})
    assert higher >= lower
    if high >= 3:
        assert higher >= score(mentee, mentor, approach)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(PAIRS, APPROACHES, st.sampled_from(SLOTS))
def test_a_shared_slot(pair, approach, slot):
    """A slot that both gain, or that one gains and the other has, never lowers the pair."""
    mentee, mentor = (
        with_item({**row, "availability": row["availability"] or ("thu-am",)}, "languages", "en")
        for row in pair
    )
    before = score(mentee, mentor, approach)
    one = with_item(mentor, "availability", slot)
    both = score(with_item(mentee, "availability", slot), one, approach)
    assert both >= before - 1e-12
    assert both >= score(mentee, one, approach) - 1e-12


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    PAIRS,
    APPROACHES,
    st.one_of(
        st.tuples(st.just("contexts"), st.sampled_from(tuple(map(str, Context)))),
        st.tuples(st.just("purposes"), st.sampled_from(tuple(map(str, Purpose)))),
        st.tuples(st.just("knowing"), st.sampled_from(tuple(map(str, KNOWING)))),
    ),
)
def test_an_offer_more(pair, approach, offer):
    """Whether anybody needs it or not, an offer more never lowers who offers something already."""
    mentee, mentor = pair
    mentor = with_item(mentor, "benefits", "career")
    assert score(mentee, with_item(mentor, *offer), approach) >= score(mentee, mentor, approach)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(PAIRS, APPROACHES, st.sampled_from(("Home", "Away", "Far")))
def test_reach(pair, approach, organisation):
    """Reach, wherever, never lowers the pair; into the mentee's organisation it raises it."""
    mentee, mentor = {**pair[0], "organisation": "Home"}, {**pair[1], "organisation": "Elsewhere"}
    before = score(mentee, mentor, approach)
    after = score(mentee, with_item(mentor, "sponsor_organisations", organisation), approach)
    assert after >= before
    assert (after > before) == (organisation == "Home" and approach is Approach.SPONSORSHIP)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(PAIRS, APPROACHES, st.integers(0, 6), st.integers(0, 6))
def test_an_hour_more(pair, approach, hours, more):
    """A mentor who offers more hours suits no mentee less."""
    mentee, mentor = pair
    fewer = score(mentee, {**mentor, "hours_per_month": hours}, approach)
    assert score(mentee, {**mentor, "hours_per_month": hours + more}, approach) >= fewer
