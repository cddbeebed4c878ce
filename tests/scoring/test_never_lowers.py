"""What somebody adds in favour of a pair never lowers it, whatever else was answered.

Everybody stands in a cohort as they were and as they are then: no score depends on who else is
there, so that one cohort tells of many pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.features.random_cohorts import FIELDS, people
from tests.support import make_cohort

from matcher.config import Config
from matcher.features import build_features
from matcher.scoring.approaches import CODES
from matcher.scoring.pair_scores import PairScores
from matcher.vocabulary import KNOWING, Approach, Context, Purpose

PARTS = ("am", "pm", "eve", "09")
SLOTS = tuple(f"{day}-{part}" for day in ("mon", "wed", "fri") for part in PARTS)
Row = dict[str, Any]
Scores = NDArray[np.float64]

EACH = 4
"""People of a side."""
TOPICS = ("Data", "Law", "Stage design")
ZONES = ("Australia/Sydney", "Europe/London", "America/New_York", "where I live", None)
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
SEEDS = st.integers(0, 10_000)
APPROACHES = st.sampled_from(tuple(Approach))


def scores_of(mentees: list[Row], mentors: list[Row], approach: Approach, *said: Row) -> Scores:
    """Return the scores of all pairs by the default features: (n, m)."""
    cohort = make_cohort(mentees, mentors, preferences=said)
    config = CONFIGS["topics" in mentees[0]]
    scores = PairScores(build_features(cohort, config), None, config)  # type: ignore[arg-type]
    i, j = (at.ravel() for at in np.indices((len(mentees), len(mentors))))
    return scores.directional(i, j, CODES[approach]).reshape(len(mentees), -1)


def drawn(seed: int) -> tuple[list[Row], list[Row]]:
    """Draw both sides, half of the time of a programme with its own question and time zones."""
    rng = np.random.default_rng(seed)
    sides = people(rng, EACH, "e"), people(rng, EACH, "m")
    for row in (*sides[0], *sides[1]) if seed % 2 else ():
        row["topics"] = tuple(rng.choice(TOPICS, rng.integers(0, 3), replace=False).tolist())
        row["timezone"] = ZONES[rng.integers(len(ZONES))]
    return sides


def then(rows: list[Row], **answers: Any) -> list[Row]:
    """Return people as they are then, under ids that follow those of before."""
    return [{**row, "person_id": f"{row['person_id']}z", **answers} for row in rows]


def with_item(rows: list[Row], column: str, item: str) -> list[Row]:
    """Return the same people with one item more in a list column."""
    return [{**row, column: tuple(dict.fromkeys((*(row.get(column) or ()), item)))} for row in rows]


def before_and_after(scores: Scores, mentors: int = EACH) -> tuple[Scores, Scores]:
    """Return the scores with mentors as they were and as they are then: ids alternate."""
    assert scores.shape[1] == 2 * mentors
    return scores[:, ::2], scores[:, 1::2]


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.sets(st.integers(0, EACH - 1), min_size=1))
def test_no_score_depends_on_the_pool(seed, approach, kept):
    """Whoever else signs up, or stays away, a pair scores the same to the bit."""
    mentees, mentors = drawn(seed)
    some = np.ix_(sorted(kept), sorted(kept))
    fewer = [[side[k] for k in sorted(kept)] for side in (mentees, mentors)]
    said = {"person_id": "m0", "other_id": "e0", "role": "mentor", "score": 4.0}
    every = scores_of(mentees, mentors, approach, said)
    assert scores_of(*fewer, approach, said).tolist() == every[some].tolist()


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.sampled_from(("mentee", "mentor")), st.data())
def test_a_higher_preference(seed, approach, role, data):
    """Raising what either says of the other, or saying 3 or more at all, never lowers the pair."""
    mentees, mentors = drawn(seed)
    low, high = sorted(data.draw(st.tuples(st.integers(0, 5), st.integers(0, 5))))
    versions = {f"z{level}": level for level in dict.fromkeys((low, high))}
    said = []
    for mentee in mentees:
        for mentor in mentors:
            for name, level in versions.items():
                two = [mentee["person_id"], f"{mentor['person_id']}{name}"]
                who, whom = two if role == "mentee" else two[::-1]
                said.append({"person_id": who, "other_id": whom, "role": role, "score": level})
    every = [
        {**row, "person_id": f"{row['person_id']}{name}"}
        for row in mentors
        for name in ("", *versions)
    ]
    found = scores_of(mentees, every, approach, *said).reshape(EACH, EACH, -1)
    lower, higher = found[..., 1], found[..., -1]
    assert (higher >= lower).all()
    if high >= 3:
        assert (higher >= found[..., 0]).all()


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.data())
def test_a_place_among_the_options(seed, approach, data):
    """Whoever is said to be more welcome stands no lower among all mentors than before."""
    rng = np.random.default_rng(seed)
    (mentee, *_), mentors = drawn(seed)
    said = [
        {"person_id": mentee["person_id"], "other_id": one["person_id"], "role": "mentee"}
        | {"score": float(rng.integers(6))}
        for one in mentors
    ]
    k = data.draw(st.integers(0, EACH - 1))
    more = [*said[:k], said[k] | {"score": data.draw(st.integers(int(said[k]["score"]), 5))}]
    later = then([mentee])
    more = [one | {"person_id": later[0]["person_id"]} for one in (*more, *said[k + 1 :])]
    before, after = scores_of([mentee, *later], mentors, approach, *said, *more)
    assert np.delete(after, k).tolist() == np.delete(before, k).tolist()
    assert after[k] >= before[k]


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.sampled_from(SLOTS), st.tuples(*[st.sampled_from(ZONES)] * 2))
def test_a_slot_more(seed, approach, slot, zones):
    """A slot that one gains or both do never lowers who named slots, shared or not, in any zone.

    A first slot that both have for the whole of it never lowers who named none.
    """
    sides = [
        [
            {**row, "timezone": zone, "availability": row["availability"] or ("thu-am",)}
            for row in side
        ]
        for side, zone in zip(drawn(seed), zones, strict=True)
    ]
    more = [with_item(then(side), "availability", slot) for side in sides]
    found = scores_of(sides[0] + more[0], sides[1] + more[1], approach)
    before, one = before_and_after(found[::2])
    _, both = before_and_after(found[1::2])
    assert (one >= before).all()
    assert (both >= one).all()
    blank, first = (
        [{**row, "timezone": zones[0], "availability": slots} for row in side]
        for slots, side in (((), sides[1]), ((slot,), then(sides[1])))
    )
    none, some = before_and_after(
        scores_of(with_item(sides[0], "availability", slot), blank + first, approach)
    )
    assert (some >= none).all() or zones[0] != zones[1]


OFFERS = st.one_of(
    st.tuples(st.just("contexts"), st.sampled_from(tuple(map(str, Context)))),
    st.tuples(st.just("purposes"), st.sampled_from(tuple(map(str, Purpose)))),
    st.tuples(st.just("knowing"), st.sampled_from(tuple(map(str, KNOWING)))),
    st.tuples(st.just("expertise"), st.sampled_from((*FIELDS, "theatre"))),
    st.tuples(st.just("topics"), st.sampled_from(TOPICS)),
)
LEVELS = st.tuples(
    st.sampled_from(("offer_why", "offer_how", "offer_whom", "hours_per_month")),
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(sorted),
)


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.one_of(OFFERS, LEVELS))
def test_an_offer_or_an_hour_more(seed, approach, more):
    """Whether anybody needs it or not, more never lowers who offers something already."""
    mentees, mentors = drawn(seed)
    column, change = more
    if column == "topics" and "topics" not in mentees[0]:
        mentees, mentors = (
            [{**row, "topics": (topic,)} for row in side]
            for side, topic in zip((mentees, mentors), TOPICS, strict=False)
        )
    mentors = with_item(with_item(mentors, "benefits", "career"), "expertise", FIELDS[0])
    if isinstance(change, list):
        mentors = [{**row, column: float(change[0]), "knowing": ()} for row in mentors]
        after = then(mentors, **{column: float(change[1])})
    else:
        after = with_item(then(mentors), column, change)
    fewer, many = before_and_after(scores_of(mentees, mentors + after, approach))
    assert (many >= fewer).all()


@pytest.mark.slow
@given(SEEDS, APPROACHES, st.sampled_from(("Home", "Away", "Far")))
def test_reach(seed, approach, organisation):
    """Reach, wherever, never lowers the pair; into the mentee's organisation it raises it."""
    mentees, mentors = (
        [{**row, "organisation": home} for row in side]
        for side, home in zip(drawn(seed), ("Home", "Elsewhere"), strict=True)
    )
    more = with_item(then(mentors), "sponsor_organisations", organisation)
    before, after = before_and_after(scores_of(mentees, mentors + more, approach))
    assert (after >= before).all()
    counts = organisation == "Home" and approach is Approach.SPONSORSHIP
    assert ((after > before) == counts).all()
