"""What somebody adds in favour of a pair never lowers it, whatever else was answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
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


TOPICS = ("Data", "Law", "Stage design")
CONFIGS = {
    False: Config(),
    True: Config.model_validate(
        {
            "facets": {"topic": {"columns": ["topics"], "options": TOPICS}},
            "programme": {"timezone": "Europe/London", "start": "2027-01-11"},
        }
    ),
}
"""By whether somebody was asked a question of the programme's own."""


def scores_of(
    mentee: Row, mentors: list[Row], approach: Approach, *said: Row, config: Config | None = None
) -> list[float]:
    """Return the score of one mentee with each mentor by the default features."""
    cohort = make_cohort([mentee], mentors, preferences=said)
    config = config or CONFIGS["topics" in mentee]
    scores = PairScores(build_features(cohort, config), None, config)  # type: ignore[arg-type]
    every = np.arange(len(mentors))
    return scores.directional(np.zeros_like(every), every, CODES[approach]).tolist()


def score(mentee: Row, mentor: Row, approach: Approach, *said: Row) -> float:
    """Return the score of one pair."""
    return scores_of(mentee, [mentor], approach, *said)[0]


def draw_pair(seed: int) -> tuple[Row, Row]:
    """Draw two people, half of them in a programme with a question of its own and time zones."""
    rng = np.random.default_rng(seed)
    pair = people(rng, 1, "e")[0], people(rng, 1, "m")[0]
    if seed % 2:
        return pair
    zones = ("Australia/Sydney", "Europe/London", "America/New_York", "where I live", None)
    for row in pair:
        row["topics"] = tuple(rng.choice(TOPICS, rng.integers(0, 3), replace=False).tolist())
        row["timezone"] = zones[rng.integers(len(zones))]
    return pair


def with_item(row: Row, column: str, item: str) -> Row:
    """Return a person whose list column holds one item more."""
    return {**row, column: tuple(dict.fromkeys((*(row.get(column) or ()), item)))}


PAIRS = st.integers(0, 10_000).map(draw_pair)
APPROACHES = st.sampled_from(tuple(Approach))


@pytest.mark.slow
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
@given(st.integers(0, 10_000), APPROACHES, st.data())
def test_a_place_among_the_options(seed, approach, data):
    """Whoever is said to be more welcome stands no lower among all mentors than before."""
    rng = np.random.default_rng(seed)
    mentee, mentors = people(rng, 1, "e")[0], people(rng, 5, "m")
    said = [
        {"person_id": mentee["person_id"], "other_id": one["person_id"], "role": "mentee"}
        | {"score": float(rng.integers(6))}
        for one in mentors
    ]
    k = data.draw(st.integers(0, 4))
    more = [*said[:k], said[k] | {"score": data.draw(st.integers(int(said[k]["score"]), 5))}]
    before = scores_of(mentee, mentors, approach, *said)
    after = scores_of(mentee, mentors, approach, *more, *said[k + 1 :])
    assert after[:k] + after[k + 1 :] == before[:k] + before[k + 1 :]
    assert after[k] >= before[k]


@pytest.mark.slow
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
@given(
    PAIRS,
    APPROACHES,
    st.one_of(
        st.tuples(st.just("contexts"), st.sampled_from(tuple(map(str, Context)))),
        st.tuples(st.just("purposes"), st.sampled_from(tuple(map(str, Purpose)))),
        st.tuples(st.just("knowing"), st.sampled_from(tuple(map(str, KNOWING)))),
        st.tuples(st.just("topics"), st.sampled_from(TOPICS)),
    ),
)
def test_an_offer_more(pair, approach, offer):
    """Whether anybody needs it or not, an offer more never lowers who offers something already."""
    mentee, mentor = pair
    if offer[0] == "topics" and "topics" not in mentee:
        mentee, mentor = {**mentee, "topics": TOPICS[:1]}, {**mentor, "topics": TOPICS[1:2]}
    mentor = with_item(mentor, "benefits", "career")
    assert score(mentee, with_item(mentor, *offer), approach) >= score(mentee, mentor, approach)


@pytest.mark.slow
@given(PAIRS, APPROACHES, st.sampled_from(("Home", "Away", "Far")))
def test_reach(pair, approach, organisation):
    """Reach, wherever, never lowers the pair; into the mentee's organisation it raises it."""
    mentee, mentor = {**pair[0], "organisation": "Home"}, {**pair[1], "organisation": "Elsewhere"}
    before = score(mentee, mentor, approach)
    after = score(mentee, with_item(mentor, "sponsor_organisations", organisation), approach)
    assert after >= before
    assert (after > before) == (organisation == "Home" and approach is Approach.SPONSORSHIP)


@pytest.mark.slow
@given(PAIRS, APPROACHES, st.integers(0, 6), st.integers(0, 6))
def test_an_hour_more(pair, approach, hours, more):
    """A mentor who offers more hours suits no mentee less."""
    mentee, mentor = pair
    fewer = score(mentee, {**mentor, "hours_per_month": hours}, approach)
    assert score(mentee, {**mentor, "hours_per_month": hours + more}, approach) >= fewer
