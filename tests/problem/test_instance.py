"""A cohort as a problem: units, limits, loads, tiers, groups, reciprocal items, earlier pairs."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.support import make_cohort

from matcher.config import Config
from matcher.errors import InfeasibleError, StorageError
from matcher.problem.build_warnings import languages_not_read
from matcher.problem.instance import build
from matcher.problem.previous import Previous
from matcher.problem.problem import Assignment
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.value import welfare

PLAIN = [{"person_id": "a"}, {"person_id": "b"}], [{"person_id": "x"}, {"person_id": "y"}]

EXTERNAL = {"name": "outside", "external": True, "min": 1}
ONE_EACH = {"name": "apart", "each": "organisation", "max": 1}


def config(**sections) -> Config:
    """Return the default config with some sections changed."""
    return Config.model_validate(sections)


def made(mentees=PLAIN[0], mentors=PLAIN[1], settings=None, **tables):
    """Build an instance of the rows given."""
    either = tables.pop("either", ())
    cohort = make_cohort(mentees, mentors, **tables)
    object.__setattr__(cohort, "either", frozenset(either))
    return build(cohort, settings or config())


def earlier(*pairs: tuple[str, str], reciprocal: bool = False) -> Previous:
    """Return an earlier run of the given pairs."""
    frame = pd.DataFrame(pairs, columns=["mentee_id", "mentor_id"])
    return Previous(frame.assign(approach="developmental", reciprocal=reciprocal))


def codes(error) -> list[str]:
    """Return the sorted codes of an error."""
    return sorted(finding.code for finding in error.value.findings)


@pytest.mark.slow
def test_scores_are_in_units_of_the_value():
    """A pair score counts (1 - g) / K, whatever a mentee's own limit is."""
    one = made(settings=config(portfolio={"coverage": 0.4, "max_size": 2}))
    rows = np.arange(2)
    pairs, items = one.pair_scores.block(rows), one.problem.scores.block(rows)
    assert np.allclose(items.score, 0.3 * pairs.score)
    assert one.factor == pytest.approx(0.3)


@pytest.mark.slow
def test_pure_coverage_keeps_bans():
    """With g = 1 a score is worth nothing, and a banned pair stays banned."""
    never = {"mentee_id": "a", "mentor_id": "x", "rule": "never"}
    one = made(settings=config(portfolio={"coverage": 1.0}), rules=[never])
    assert one.problem.scores.block(np.arange(2)).score.tolist() == [[-np.inf, 0.0], [0.0, 0.0]]


@pytest.mark.slow
def test_needs_sum_to_one_and_are_uniform_where_none_is_stated():
    """Nobody's needs count for more than another's."""
    mentees = [{"person_id": "a", "purposes": ["personal", "strategic"]}, {"person_id": "b"}]
    one = made(mentees)
    assert one.needs.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert sorted(set(np.round(one.needs[0], 9))) == [0.0, 0.5]
    assert len(set(one.needs[1])) == 1
    assert one.needs_stated == (True, False)
    assert np.allclose(one.problem.needs, 0.5 * one.needs)


@pytest.mark.slow
def test_limits():
    """What people ask for counts up to K; who does not say gets the default."""
    asked = [{"person_id": p, "max_mentors": k} for p, k in (("a", 1), ("b", 7), ("c", None))]
    assert made(asked).problem.limit.tolist() == [1, 3, 2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reserve", "left"), [(0.0, [1.0, 4.0]), (0.5, [1.0, 2.0]), (1.0, [0.0, 0.0])]
)
def test_the_reserve_is_rounded_down_in_places(reserve, left):
    """Half of one place is no place."""
    mentors = [{"person_id": "x"}, {"person_id": "y", "capacity": 4}]
    one = made(mentors=mentors, settings=config(capacity={"reserve": reserve}))
    assert one.problem.capacity.tolist() == left


@pytest.mark.slow
def test_the_reserve_gives_way_to_pairs_under_way():
    """Who is engaged already keeps the place."""
    active = {"mentee_id": "a", "mentor_id": "x", "status": "active"}
    one = made(settings=config(capacity={"reserve": 1.0}), engagements=[active])
    assert one.problem.capacity.tolist() == [1.0, 0.0]


@pytest.mark.slow
def test_hours():
    """In hours a match takes what the mentee wants and the mentor offers, else the programme's."""
    mentees = [{"person_id": "a", "hours_per_month": 3}, {"person_id": "b"}]
    mentors = [{"person_id": "x", "capacity": 8, "hours_per_month": 2}, {"person_id": "y"}]
    one = made(mentees, mentors, config(capacity={"unit": "hours"}))
    assert one.problem.scores.block(np.arange(2)).load.tolist() == [[2.0, 3.0], [2.0, 1.5]]


@pytest.mark.slow
def test_periods():
    """A short, narrow match takes one of N periods of a place."""
    brief = {"person_id": "a", "horizon": "short", "scope": "narrow"}
    one = made([brief, PLAIN[0][1]], settings=config(programme={"periods": 4}))
    assert one.problem.scores.block(np.arange(2)).load[:, 0].tolist() == [0.25, 1.0]


@pytest.mark.slow
def test_one_place_each_needs_no_loads():
    """Plain problems stay plain, so that a flow can solve them."""
    one = made(settings=config(portfolio={"coverage": 0.0, "redundancy": 0.0}))
    assert one.problem.scores.block(np.arange(2)).load is None
    assert one.problem.is_separable


@pytest.mark.slow
def test_pools_and_sponsorship():
    """Pools go by name whatever the case; limits of sponsorship fall back on the config's."""
    mentors = [
        {"person_id": "x", "pool": "North", "max_sponsorship": 0},
        {"person_id": "y", "pool": "south"},
        {"person_id": "z", "pool": "elsewhere"},
    ]
    limits = {"pools": {"south": 2, "north": 1}, "max_sponsorship": 5}
    problem = made(mentors=mentors, settings=config(capacity=limits)).problem
    (pools,), (sponsors,) = problem.rules_of(Pools), problem.rules_of(SponsorshipLimit)
    assert pools.pool.tolist() == [0, 1, -1]
    assert pools.most.tolist() == [1.0, 2.0]
    assert pools.names == ("north", "south")
    assert sponsors.most.tolist() == [0.0, 5.0, 5.0]


@pytest.mark.slow
def test_tiers():
    """Classes, days and minima come from the answers; no answer means the last class."""
    mentees = [
        {"person_id": "a", "priority": 2, "waiting_since": "2026-06-20", "min_mentors": 2},
        {"person_id": "b", "priority": 1},
        {"person_id": "c"},
    ]
    tiers = made(mentees).problem.tiers
    assert tiers.priority.tolist() == [2, 1, 3]
    assert tiers.waiting.tolist() == [10, 0, 0]
    assert tiers.minimum.tolist() == [2, 1, 1]
    off = config(objective={"waiting": False, "minimum": False})
    assert made(mentees, settings=off).problem.tiers.waiting is None
    assert made(mentees, settings=config(objective={"first_mentor": False})).problem.tiers is None


@pytest.mark.slow
def test_like_mentors_and_portfolio_rules():
    """Mentors are alike where all named columns are known and equal."""
    mentors = [
        {"person_id": p, "organisation": o} for p, o in (("x", "One"), ("y", "one "), ("z", None))
    ]
    rules = {"seats": [EXTERNAL, ONE_EACH]}
    problem = made(mentors=mentors, settings=config(portfolio=rules)).problem
    assert problem.like[0] == problem.like[1] != -1
    assert problem.like[2] == -1
    external, same = sorted(problem.rules_of(SeatRule), key=lambda rule: -rule.least)
    assert external.mentee_home.tolist() == [-1, -1]
    assert same.most == 1
    assert same.away.tolist() == problem.like.tolist()


@pytest.mark.slow
def test_redundancy_is_a_share_of_all_pairs():
    """D is what is taken off where all K(K-1)/2 pairs are alike; at K = 1 there are none."""
    assert made().problem.redundancy == pytest.approx(0.05 / 3)
    single = made(settings=config(portfolio={"max_size": 1, "limit": 1})).problem
    assert single.redundancy == 0.0
    assert single.like is None


def both_roles(**answers):
    """Return two people in both roles who opt in; b helps a less than a helps b."""
    asked = (("a", ["personal", "strategic"]), ("b", ["personal"]))
    return [
        {"person_id": p, "approaches": ["reciprocal"], "purposes": q, **answers} for p, q in asked
    ]


@pytest.mark.slow
def test_a_both_roles_pair_has_the_lower_score_on_both_sides():
    """One score from two directions, and the bonus, times (1 - g) / K."""
    people = both_roles()
    one = made(people, people)
    pairs, two = one.problem.reciprocal, one.reciprocal
    low = np.minimum(two.a_own, two.b_own) + 0.05
    assert np.allclose(two.score_a, low, atol=1e-12)
    assert np.allclose(two.score_b, low, atol=1e-12)
    assert np.allclose(pairs.score_a, low * one.factor)
    assert pairs.load_a.tolist() == pairs.load_b.tolist() == [1.0]


@pytest.mark.slow
def test_an_exchange_has_a_light_side():
    """The weaker direction takes half a load; each side keeps its own score."""
    people = both_roles(reciprocal_kind="exchange")
    one = made(people, people)
    two, pairs = one.reciprocal, one.problem.reciprocal
    assert two.a_own[0] < two.b_own[0]
    assert two.score_a[0] == pytest.approx(two.a_own[0] + 0.05)
    assert two.score_b[0] == pytest.approx(two.b_own[0] + 0.05)
    assert (pairs.load_a[0], pairs.load_b[0]) == (0.5, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["geometric", "harmonic"])
def test_means_lie_between_the_directions(how):
    """Other ways to combine stay between the two."""
    people = both_roles()
    two = made(people, people, config(reciprocal={"combine": how, "bonus": 0})).reciprocal
    low, high = min(two.a_own[0], two.b_own[0]), max(two.a_own[0], two.b_own[0])
    assert low < two.score_a[0] < high


@pytest.mark.slow
def test_kept_pairs_earn_the_bonus():
    """Pairs of an earlier run that are possible today are kept pairs; lost ones are counted."""
    cohort = make_cohort(*PLAIN)
    before = earlier(("a", "x"), ("gone", "y"))
    one = build(cohort, config(objective={"stickiness": 0.1}), previous=before)
    assert one.problem.kept_pairs.tolist() == [[0, 0]]
    assert one.problem.kept_bonus == 0.1
    assert one.carried.lost == 1


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [True, False])
def test_both_sides_of_a_reciprocal_pair_are_kept(reciprocal):
    """Both matches earn the bonus as sides of the pair, whatever they were in the earlier run."""
    people = both_roles()
    cohort = make_cohort(people, people)
    (a, b), settings = [p["person_id"] for p in people], config(objective={"stickiness": 0.1})
    before = earlier((a, b), (b, a), reciprocal=reciprocal)
    one = build(cohort, settings, previous=before)
    pairs = one.problem.reciprocal
    sides = sorted(zip(pairs.sides[0].tolist(), pairs.sides[1].tolist(), strict=True))
    assert one.problem.kept_pairs.tolist() == [list(side) for side in sides]
    assert one.carried.lost == 0
    both = Assignment.of(np.array(sides), np.zeros(2, dtype=np.int64))
    without = build(cohort, config()).problem
    assert welfare(one.problem, both) == pytest.approx(welfare(without, both) + 0.2)


@pytest.mark.slow
def test_add_fixes_the_earlier_pairs():
    """Who had a mentor keeps them and gets no more; who lost theirs waits anew."""
    mentees = [*PLAIN[0], {"person_id": "c"}, {"person_id": "d"}]
    cohort = make_cohort(mentees, PLAIN[1])
    before = earlier(("a", "x"), ("b", "gone"), ("c", "y"), ("c", "gone"))
    one = build(cohort, config(), previous=before, add=True)
    assert one.problem.required.tolist() == [[0, 0], [2, 1]]
    assert one.problem.limit.tolist() == [1, 2, 2, 2]


@pytest.mark.slow
def test_no_capacity_and_forced_pairs_are_told_together():
    """Both findings come at once, with the smallest set that does not fit."""
    must = [{"mentee_id": p, "mentor_id": "x", "rule": "must"} for p in "ab"]
    closed = [{"person_id": p, "capacity": 0} for p in "xy"]
    with pytest.raises(InfeasibleError) as error:
        made(mentors=closed, rules=must)
    assert codes(error) == ["I_FORCED_CAPACITY", "I_NO_CAPACITY"]
    named = next(f.message for f in error.value.findings if f.code == "I_FORCED_CAPACITY")
    assert "a with x" in named
    assert "b with x" not in named


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "mentees"),
    [
        (config(), [{"person_id": "a", "max_mentors": 1}]),
        (config(capacity={"max_matches": 1}), [{"person_id": "a"}]),
        (config(capacity={"pools": {"p": 1}}), [{"person_id": "a"}]),
    ],
)
def test_forced_pairs_over_any_limit(settings, mentees):
    """Limits of mentees, pools and the programme hold for forced pairs too."""
    mentors = [{"person_id": p, "pool": "p"} for p in "xy"]
    must = [{"mentee_id": "a", "mentor_id": p, "rule": "must"} for p in "xy"]
    with pytest.raises(InfeasibleError) as error:
        made(mentees, mentors, settings, rules=must)
    assert codes(error) == ["I_FORCED_CAPACITY"]
    assert "a with x (must), a with y (must)" in error.value.findings[0].message
    assert "by 1, or withdraw 1 of the 2 forced pairs" in error.value.findings[0].remedy


@pytest.mark.slow
def test_forced_pairs_over_a_capacity_name_the_fewest_and_say_what_helps():
    """Of four pairs on two places three are a smallest set; two have to go, or two places come."""
    mentees = [{"person_id": p} for p in "abcd"]
    must = [{"mentee_id": p, "mentor_id": "x", "rule": "must"} for p in "abc"]
    active = [{"mentee_id": "d", "mentor_id": "x", "status": "active"}]
    mentors = [{"person_id": "x", "capacity": 2}, {"person_id": "y"}]
    with pytest.raises(InfeasibleError) as error:
        made(mentees, mentors, rules=must, engagements=active)
    (finding,) = error.value.findings
    assert finding.message.count(" with x") == 3
    assert "raise the capacity of x by 2, or withdraw 2 of the 4 forced pairs" in finding.remedy


HOMES = [{"person_id": p, "organisation": "One"} for p in "ab"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pairs", "settings", "named"),
    [
        (
            ["ax", "ay", "bx"],
            {"seats": [ONE_EACH]},
            "a with x (must) and a with y (must)",
        ),
        (["ax", "by"], {"seats": [EXTERNAL]}, "a with x (must) and b with y (must)"),
        (["ax", "bw"], {"seats": [EXTERNAL]}, "w (0, b with w (must))"),
        (["ax", "ay"], {"seats": [EXTERNAL], "limit": 2}, "a takes at most 2"),
    ],
)
def test_forced_pairs_against_rules_on_portfolios(pairs, settings, named):
    """Forced pairs that no portfolio within the rules can hold are told with their people."""
    mentors = [
        {"person_id": p, "organisation": o, "capacity": c}
        for p, o, c in (("w", "Two", 1), ("x", "One", 2), ("y", "One", 2))
    ]
    must = [{"mentee_id": i, "mentor_id": j, "rule": "must"} for i, j in pairs]
    with pytest.raises(InfeasibleError) as error:
        made(HOMES, mentors, config(portfolio=settings), rules=must)
    assert codes(error) == ["I_CONTRADICTION"]
    message = error.value.findings[0].message
    assert named in message
    assert ("b with" in message) == ("b with" in named)


@pytest.mark.slow
@pytest.mark.parametrize("capacity", [1, 0])
def test_nobody_from_outside_is_told(capacity):
    """A forced portfolio without anybody from outside in reach is a contradiction, not a crash."""
    mentors = [{"person_id": "w", "organisation": "Two", "capacity": capacity}]
    mentors.append({"person_id": "x", "organisation": "One"})
    rules = [{"mentee_id": "a", "mentor_id": "x", "rule": "must"}]
    if capacity:
        rules.append({"mentee_id": "a", "mentor_id": "w", "rule": "never"})
    with pytest.raises(InfeasibleError) as error:
        made(HOMES, mentors, config(portfolio={"seats": [EXTERNAL]}), rules=rules)
    assert codes(error) == ["I_CONTRADICTION"]
    told = (
        "too little left: w (0)"
        if capacity == 0
        else "nobody from outside the organisation (seat outside) is eligible"
    )
    assert told in error.value.findings[0].message


@pytest.mark.slow
@pytest.mark.parametrize("pool", [1, 2])
def test_who_took_the_place_outside_is_named(pool):
    """The place in the pool of the only one from outside is taken by a forced pair, or is not."""
    mentors = [
        {"person_id": "w", "organisation": "Two", "capacity": 2, "pool": "north"},
        {"person_id": "x", "organisation": "One"},
    ]
    must = [{"mentee_id": i, "mentor_id": j, "rule": "must"} for i, j in ("ax", "bw")]
    homes = [{"person_id": p, "organisation": "One", "max_mentors": 2} for p in "ab"]
    settings = config(portfolio={"seats": [EXTERNAL]}, capacity={"pools": {"north": pool}})
    if pool == 2:
        assert len(made(homes, mentors, settings, rules=must).problem.required) == 2
        return
    with pytest.raises(InfeasibleError) as error:
        made(homes, mentors, settings, rules=must)
    assert codes(error) == ["I_CONTRADICTION"]
    told = "eligible mentors have too little left: w (0, b with w (must))"
    assert error.value.findings[0].message.endswith(told)


@pytest.mark.slow
@pytest.mark.parametrize("most", [2, 3, 4])
def test_somebody_from_outside_is_a_match_of_the_programme(most):
    """Two forced pairs within and somebody from outside beside each are four matches."""
    mentors = [
        {"person_id": p, "organisation": o, "capacity": 2} for p, o in (("w", "Two"), ("x", "One"))
    ]
    must = [{"mentee_id": p, "mentor_id": "x", "rule": "must"} for p in "ab"]
    settings = config(portfolio={"seats": [EXTERNAL]}, capacity={"max_matches": most})
    homes = [{"person_id": p, "organisation": "One", "max_mentors": 2} for p in "ab"]
    if most == 4:
        assert len(made(homes, mentors, settings, rules=must).problem.required) == 2
        return
    with pytest.raises(InfeasibleError) as error:
        made(homes, mentors, settings, rules=must)
    assert codes(error) == ["I_CONTRADICTION"]
    finding = error.value.findings[0]
    assert finding.message.endswith(f"the programme makes at most {most} matches")
    assert finding.remedy.startswith("raise capacity.max_matches, ")


@pytest.mark.slow
def test_light_matches_leave_room_for_somebody_from_outside():
    """Two matches of half an hour fit into one hour: no contradiction is claimed."""
    mentees = [{**home, "hours_per_month": 0.5} for home in HOMES]
    mentors = [{"person_id": p, "organisation": o} for p, o in (("w", "Two"), ("x", "One"))]
    must = [{"mentee_id": p, "mentor_id": "x", "rule": "must"} for p in "ab"]
    settings = config(portfolio={"seats": [EXTERNAL]}, capacity={"unit": "hours"})
    assert len(made(mentees, mentors, settings, rules=must).problem.required) == 2


@pytest.mark.slow
def test_somebody_from_outside_may_be_matched_both_ways():
    """The only one from outside takes part both ways only, and that is enough."""
    both = {"approaches": ["reciprocal"]}
    people = [{"person_id": "a", "organisation": "One"}, {"person_id": "w", "organisation": "Two"}]
    mentees = [{**people[0], "approaches": ["reciprocal", "developmental"]}, {**people[1], **both}]
    mentors = [{**person, **both} for person in people]
    mentors.append({"person_id": "x", "organisation": "One", "approaches": ["developmental"]})
    must = [{"mentee_id": "a", "mentor_id": "x", "rule": "must"}]
    one = made(mentees, mentors, config(portfolio={"seats": [EXTERNAL]}), rules=must)
    assert one.problem.required.tolist() == [[0, 2]]
    assert len(one.problem.reciprocal) == 1


@pytest.mark.slow
def test_one_role_forced_into_both_is_a_contradiction():
    """Somebody who signed up as either cannot be forced to be both."""
    mentees, mentors = [{"person_id": p} for p in "abc"], [{"person_id": p} for p in "ax"]
    must = [
        {"mentee_id": "a", "mentor_id": "x", "rule": "must"},
        {"mentee_id": "b", "mentor_id": "a", "rule": "must"},
    ]
    with pytest.raises(InfeasibleError) as error:
        made(mentees, mentors, rules=must, either=["a"])
    assert codes(error) == ["I_CONTRADICTION"]


@pytest.mark.slow
def test_row_order_changes_nothing():
    """Positions go by id, so two orders give the same arrays."""
    first = made(*(list(reversed(rows)) for rows in PLAIN)).problem
    second = made().problem
    rows = np.arange(2)
    assert np.array_equal(first.scores.block(rows).score, second.scores.block(rows).score)


def test_previous_reads_only_runs(tmp_path):
    """A folder without matches is no run."""
    with pytest.raises(StorageError) as error:
        Previous.read(tmp_path)
    assert codes(error) == ["E_NOT_FOUND"]
    (tmp_path / "matches.csv").write_text("mentee_id\n")
    with pytest.raises(StorageError) as error:
        Previous.read(tmp_path)
    assert codes(error) == ["E_FORMAT"]


def test_the_day_that_ages_are_measured_from():
    """Cohorts carry their own day; nothing here reads a clock."""
    assert make_cohort(*PLAIN).as_of == date(2026, 6, 30)


@pytest.mark.slow
def test_texts_in_other_languages_are_told_by_column(monkeypatch):
    """What is left out is told in one line a column; it names the first person and no text."""
    mentees = [
        {"person_id": "a", "goals": "I study malaria."},
        {"person_id": "b", "goals": "Ich suche jemanden, der mir beim Berufseinstieg hilft."},
        {"person_id": "c", "goals": "I study bees. Quiero mejorar mis presentaciones en público."},
    ]
    mentors = [{"person_id": "x", "bio": "I advise on drugs for malaria."}, {"person_id": "y"}]
    words = config(text={"method": "tfidf"})
    told = [f for f in made(mentees, mentors, words).findings if f.code == "W_TEXT_LANGUAGE"]
    assert [(f.table, f.column) for f in told] == [("mentees", "goals")]
    assert "of 2 answers are left out, 1 of which counts as unanswered" in told[0].message
    assert told[0].message.endswith("the first is of b")
    cohort = make_cohort(mentees, mentors)
    monkeypatch.setattr("matcher.features.sentence_models.find_spec", lambda name: name)
    assert list(languages_not_read(cohort, config())) == [], "the model of many reads them"
    mentors[1]["bio"] = "Neuvon nuoria tutkijoita rahoituksen hakemisessa."
    (left,) = languages_not_read(make_cohort(mentees, mentors), config())
    assert (left.table, left.column) == ("mentors", "bio")
    assert "English and 15 other languages" in left.message
