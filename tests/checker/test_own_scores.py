"""The checker's own formulas: they say what the features say, and find a fault in them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.features.random_cohorts import cohort_of, findings, people
from tests.support import make_cohort

from matcher.checker.figures import check_other_scores, check_scores, own_of
from matcher.checker.own_scores import own_scores
from matcher.config import Config
from matcher.features import build_features
from matcher.problem.instance import Instance, build
from matcher.problem.problem import Assignment
from matcher.scoring.pair_scores import PairScores
from matcher.vocabulary import Approach

TOPICS, GRADES = ("Data", "Law", "Stage design"), ("junior", "senior", "head")
MORE: tuple[dict[str, Any], ...] = (
    {"kind": "text"},
    {"kind": "same", "mentee": ["site", "horizon"]},
    {"kind": "different", "mentee": ["cadence"]},
    {"kind": "facets", "mentee": ["wish_same"], "mentor": ["expertise"]},
    {"kind": "facets", "mentee": ["values_1"], "mentor": ["values_2"], "scale": (1, 5)},
    {
        "kind": "facets",
        "mentee": ["contexts", "need_why"],
        "mentor": ["contexts", "offer_why"],
    },
    {"kind": "availability", "mentee": ["modes", "availability"]},
    {"kind": "overlap", "mentee": ["expertise"], "mentor": ["shared_for_matching"]},
    {"kind": "closeness", "mentee": ["values_1"], "mentor": ["values_2"], "scale": (1, 30)},
)
"""Every kind that the default config lacks, and blocks with columns of their own."""
OWN_QUESTIONS = {
    "facets": {"topic": {"columns": ["topics"], "options": TOPICS}},
    "programme": {"timezone": "Europe/London", "start": "2027-01-11", "grades": GRADES},
    "input": {"ordered": ("contexts", "knowing")},
}
"""A programme with a question of its own, grades, rankings and a clock."""


def config_of(sections: dict[str, Any]) -> Config:
    """Return a config with blocks of every kind, all of some weight."""
    blocks = [block.model_dump() | {"weight": 0.1} for block in Config().features]
    blocks += [block | {"name": f"more_{k}", "weight": 0.1} for k, block in enumerate(MORE)]
    return Config.model_validate({**sections, "features": blocks, "text": {"method": "tfidf"}})


def drawn(rng: np.random.Generator, zones: tuple[str | None, ...]) -> Any:
    """Draw people who say something on every question, or nothing."""
    sides = people(rng, 8, "e"), people(rng, 7, "m")
    wishes = ("carer", "site=x", "horizon", "veteran")
    for row in [*sides[0], *sides[1]]:
        row["topics"] = tuple(rng.choice(TOPICS, rng.integers(0, 3), replace=False).tolist())
        row["timezone"] = zones[rng.integers(len(zones))]
        row["organisation"] = (None, "A", "B; C")[rng.integers(3)]
        row["seniority"] = (None, "junior", "Senior", "Head")[rng.integers(4)]
        for column in ("wish_same", "shared_for_matching"):
            row[column] = tuple(rng.choice(wishes, rng.integers(0, 4), replace=False).tolist())
    for row in sides[1]:
        reach = rng.choice(("A", "B", "x"), rng.integers(0, 3), replace=False)
        row["sponsor_organisations"] = tuple(reach.tolist())
    return cohort_of(rng, *sides)


ZONES = ("Australia/Sydney", "Asia/Kathmandu", "America/New_York", "where I live", None)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "zones", "own"), [(0, ZONES, True), (1, (None,), False)])
def test_two_ways_to_one_score(seed, zones, own):
    """Every kind, answered or not, comes to the same by the checker's own formulas."""
    rng = np.random.default_rng(seed)
    cohort, config, audit = (
        drawn(rng, zones),
        config_of(OWN_QUESTIONS if own else {}),
        findings(rng, 8),
    )
    made = build_features(cohort, config, audit)
    i, j = np.divmod(np.arange(8 * 7), 7)
    code = rng.integers(0, len(Approach), len(i)).astype(np.int8)
    parts = SimpleNamespace(cohort=cohort, config=config, audit=audit, features=made)
    found: Any = own_scores(parts, i, j, code)  # type: ignore[arg-type]
    values, answered = made.pairs(i, j, code)
    assert found.names == made.names
    assert found.weight == pytest.approx(made.weights)
    for k, name in enumerate(made.names):
        assert found.value[k] == pytest.approx(values[k], abs=1e-9), name
        assert found.answered[k].tolist() == answered[k].tolist(), name
    scores = PairScores(made, None, config)  # type: ignore[arg-type]
    assert found.score == pytest.approx(scores.directional(i, j, code), abs=1e-9)


@cache
def instance_of_three() -> Instance:
    """Return a problem drawn from seed 3."""
    return build(drawn(np.random.default_rng(3), (None,)), Config())


@pytest.mark.slow
@pytest.mark.parametrize("what", ["nothing", "weights", "neutral", "values"])
def test_a_fault_in_scoring(what):
    """Weights, neutral values or values that are off by a thousandth are found in any pair."""
    instance = instance_of_three()
    made = instance.features
    wrong = {
        "nothing": {},
        "weights": {"weights": made.weights * np.where(np.arange(len(made.names)) == 1, 1.001, 1)},
        "neutral": {"neutral": made.neutral + 0.001},
        "values": {"features": made.features[::-1]},
    }
    faulty = replace(made, **wrong[what])
    scores = PairScores(faulty, instance.candidates, instance.config)
    found = [*check_other_scores(replace(instance, pair_scores=scores))]
    assert bool(found) == (what != "nothing")
    assert {fault.code for fault in found} <= {"C_VALUE"}


@pytest.mark.slow
@pytest.mark.parametrize("how", ["min", "geometric", "harmonic"])
@pytest.mark.parametrize("kind", ["both_roles", "exchange"])
def test_a_pair_that_plays_both_roles_is_scored_from_both_directions(how: str, kind: str) -> None:
    """Each side has what the config asks for, and another score is found."""
    both = [
        {"person_id": p, "approaches": ["reciprocal"], "purposes": q, "reciprocal_kind": kind}
        for p, q in (("a", ["personal", "strategic"]), ("b", ["personal"]))
    ]
    asked = Config.model_validate({"reciprocal": {"combine": how, "bonus": 0.03}})
    instance = build(make_cohort(both, both), asked)
    used, pairs = instance.reciprocal, instance.problem.reciprocal
    sides = [(pairs.mentee_a[0], pairs.mentor_b[0]), (pairs.mentee_b[0], pairs.mentor_a[0])]
    answer = Assignment.of(np.array(sides), np.zeros(2, dtype=np.int64))
    ids, own = np.array(instance.cohort.mentee_index.ids), own_of(instance, answer)
    scores = np.where(answer.pairs[:, 0] == sides[0][0], used.score_a[0], used.score_b[0])
    for slip, told in ((0.0, []), (1e-3, ["C_VALUE"])):
        matches = pd.DataFrame({"mentee_id": ids[answer.pairs[:, 0]], "score": scores})
        matches["mentor_id"] = ids[answer.pairs[:, 1]]
        matches.loc[1, "score"] += slip
        found = check_scores(matches, instance, answer, own)
        assert [finding.code for finding in found] == told
