"""Whom mentees named, and what became of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support import make_cohort

import matcher
from matcher.config import Config, load_config
from matcher.errors import ConfigError
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import family_named
from matcher.run import run_match


def wish(mentee: str, mentor: str, score: float, **more: object) -> dict[str, object]:
    """Return a stated preference of a mentee."""
    return {"person_id": mentee, "other_id": mentor, "role": "mentee", "score": score, **more}


def choices_of(preferences, **sections):
    """Return the summary's choices of three mentees and two mentors of one place each."""
    people = [{"person_id": p, "purposes": ("strategic",)} for p in "abc"]
    mentors = [{"person_id": p, "purposes": ("strategic",), "capacity": 1} for p in "xy"]
    cohort = make_cohort(people, mentors, preferences=preferences, **sections)
    return matcher.match(cohort, config=Config()).summary["choices"]


@pytest.mark.slow
def test_wishes_are_counted_with_why_not():
    """Two want x, who has one place; one wish is barred by a rule; a 2 names nobody."""
    wishes = [wish("a", "x", 5), wish("b", "x", 4), wish("c", "y", 5), wish("b", "y", 2)]
    found = choices_of(wishes)
    assert found == {"named": 3, "possible": 3, "given": 2, "no_place": 1, "cost": 0}
    never = [{"mentee_id": "c", "mentor_id": "y", "rule": "never"}]
    barred = choices_of(wishes, rules=never)
    assert (barred["named"], barred["possible"]) == (3, 2)


@pytest.mark.slow
def test_nobody_named_is_said_as_nothing():
    """Without wishes there is nothing to honour."""
    assert choices_of([]) is None


@pytest.mark.slow
@pytest.mark.parametrize("score", [3, 3.5, 4, 5])
@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_naming_somebody_never_lowers_the_pair(score, role):
    """Of two mentors who differ in nothing, the one named at 3 or more is given, whoever names."""
    mentors = [{"person_id": p, "purposes": ("strategic",)} for p in "xy"]
    who = ("a", "y") if role == "mentee" else ("y", "a")
    said = [{"person_id": who[0], "other_id": who[1], "role": role, "score": score}]
    mentees = [{"person_id": "a", "purposes": ("strategic",), "max_mentors": 1}]
    cohort = make_cohort(mentees, mentors, preferences=said)
    result = matcher.match(cohort, config=Config())
    assert result.matches["mentor_id"].tolist() == ["y"]
    assert np.isfinite(result.matches["score"]).all()


TIER = Config.model_validate({"objective": {"choices": True}})


@pytest.mark.slow
def test_choices_come_before_what_a_portfolio_is_worth():
    """Who named the mentor that covers nothing is given that mentor, and nobody is left out."""
    mentees = [{"person_id": p, "purposes": ("strategic",), "max_mentors": 1} for p in "ab"]
    mentors = [
        {"person_id": "x", "purposes": ("operational",), "capacity": 1},
        {"person_id": "y", "purposes": ("strategic",), "capacity": 2},
    ]
    cohort = make_cohort(mentees, mentors, preferences=[wish("a", "x", 3), wish("b", "x", 5)])
    plain = matcher.match(cohort, config=Config())
    assert plain.summary["choices"]["given"] == 0
    first = matcher.match(cohort, config=TIER)
    pairs = first.matches[["mentee_id", "mentor_id"]].itertuples(index=False, name=None)
    assert set(pairs) == {("a", "y"), ("b", "x")}
    tiers = {tier["name"]: tier["value"] for tier in first.summary["tiers"]}
    assert tiers == {"reached:1": 2.0, "choices:1": 50.0}


@pytest.mark.slow
def test_reaching_somebody_comes_before_a_choice():
    """The only mentor whom c can have is not given to a, who named that mentor."""
    people = [{"person_id": p, "purposes": ("strategic",), "max_mentors": 1} for p in "ac"]
    mentors = [{"person_id": p, "purposes": ("strategic",), "capacity": 1} for p in "xy"]
    never = [{"mentee_id": "c", "mentor_id": "y", "rule": "never"}]
    cohort = make_cohort(people, mentors, preferences=[wish("a", "x", 5)], rules=never)
    found = matcher.match(cohort, config=TIER)
    assert found.matches.set_index("mentee_id")["mentor_id"].to_dict() == {"a": "y", "c": "x"}


@pytest.mark.slow
@pytest.mark.parametrize("coverage", [0.0, 0.5])
def test_a_run_by_choices_is_proved_and_a_forged_tier_found(tmp_path, coverage):
    """On the example more wishes come true, the checker agrees, and a lower claim is refused."""
    folder = write_cohort(draw_cohort(family_named("small"), 5).tables, tmp_path / "cohort")
    given = {}
    for choices in ("false", "true"):
        run = tmp_path / f"choices-{choices}"
        settings = (f"portfolio.coverage={coverage}", f"objective.choices={choices}")
        run_match(folder, output=run, overrides=settings)
        found = json.loads((run / "summary.json").read_text("utf-8"))
        given[choices] = found["choices"]["given"], found["n_matched_mentees"]
        assert matcher.verify(run, cohort=folder).ok
    assert given["true"][0] > given["false"][0]
    assert given["true"][1] == given["false"][1]
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    at = next(k for k, tier in enumerate(summary["tiers"]) if tier["name"].startswith("choices"))
    summary["tiers"][at]["value"] += 10.0
    (run / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    assert any(fault.code == "C_TIER" for fault in matcher.verify(run, cohort=folder).problems)


def test_choices_have_something_to_come_after():
    """Switched on alone they would do nothing, which is said."""
    with pytest.raises(ConfigError, match="first_mentor"):
        load_config(None, overrides=("objective.choices=true", "objective.first_mentor=false"))
