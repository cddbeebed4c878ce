"""A sponsor's limit leaves nobody out who may be mentored otherwise: the solve chooses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support import make_cohort

import matcher
from matcher.config import Config
from matcher.errors import InfeasibleError
from matcher.pipeline import build, solve_instance
from matcher.problem.market import FALLBACK
from matcher.publish.matching import Matching
from matcher.run import publish_match
from matcher.tune.run_comparison import Matched, compare_matches

BOTH = ("sponsorship", "developmental")


def mentees(count: int, approaches: tuple[str, ...] = BOTH) -> list[dict[str, object]]:
    """Return mentees of one organisation who take one mentor each."""
    return [
        {
            "person_id": f"e{k}",
            "organisation": "North",
            "approaches": approaches,
            "knowing": ("whom",),
            "career_years": 3.0,
            "max_mentors": 1.0,
        }
        for k in range(count)
    ]


def sponsor(name: str = "s", **answers: object) -> dict[str, object]:
    """Return a sponsor with reach to the mentees, three places and one sponsorship."""
    usual = {"organisation": "South", "approaches": BOTH, "knowing": ("whom",), "capacity": 3.0}
    reach = {"sponsor_organisations": ("North",), "max_sponsorship": 1.0, "career_years": 20.0}
    return {"person_id": name, **usual, **reach, **answers}


def settings(**changes: object) -> Config:
    """Return a config that offers both approaches."""
    return Config.model_validate({"programme": {"approaches": BOTH}, **changes})


def approaches(people: list[dict[str, object]], config: Config, **tables: object) -> pd.Series:
    """Return the approach of each mentee's match."""
    instance = build(make_cohort(people, [sponsor()], **tables), config)  # type: ignore[arg-type]
    matches = Matching(instance, solve_instance(instance)).matches
    return matches.set_index("mentee_id")["approach"]


@pytest.mark.slow
@pytest.mark.parametrize("fairness", [0.0, 1.0, "max-min"])
def test_as_many_sponsorships_as_the_limit_allows(fairness: object) -> None:
    """Three places, one sponsorship: all three are placed, one of them sponsored."""
    found = approaches(mentees(3), settings(objective={"fairness": fairness}))
    assert found.value_counts().to_dict() == {"developmental": 2, "sponsorship": 1}


@pytest.mark.slow
def test_who_takes_sponsorship_alone_gets_it() -> None:
    """The one who accepts nothing else is sponsored, the others step back."""
    people = [*mentees(2), {**mentees(1, ("sponsorship",))[0], "person_id": "only"}]
    assert approaches(people, settings())["only"] == "sponsorship"
    assert len(approaches(people, settings())) == 3


@pytest.mark.slow
def test_forced_pairs_step_back_too() -> None:
    """Two forced pairs are one sponsorship; where neither can be anything else it is told."""
    must = [{"mentee_id": f"e{k}", "mentor_id": "s", "rule": "must"} for k in range(2)]
    found = approaches(mentees(2), settings(), rules=must)
    assert sorted(found) == ["developmental", "sponsorship"]
    with pytest.raises(InfeasibleError, match="sponsors at most 1"):
        approaches(mentees(2, ("sponsorship",)), settings(), rules=must)


@pytest.mark.slow
def test_an_order_stands_until_the_limit_binds() -> None:
    """Who puts sponsorship first is sponsored though it scores less; a next approach is no gain."""
    config = settings(input={"ordered": ["approaches"]})
    people = mentees(2)
    cohort = make_cohort(people, [sponsor(sponsor_organisations=(), max_sponsorship=2.0)])
    assert build(cohort, config).problem.fallback is None
    cohort = make_cohort(people, [sponsor(sponsor_organisations=())])
    instance = build(cohort, config)
    solution = solve_instance(instance)
    matching = Matching(instance, solution)
    assert (solution.reciprocal == FALLBACK).sum() == 1
    score = matching.matches["score"]
    assert score.iloc[0] == score.iloc[1]
    total = matching.contributions.groupby(["mentee_id", "mentor_id"])["contribution"].sum()
    np.testing.assert_array_equal(total.to_numpy(), score.to_numpy())


@pytest.mark.slow
def test_the_command_proves_it_and_finds_a_forged_approach(tmp_path: Path) -> None:
    """A published run verifies, is added to as it is, and a changed approach is found."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    columns = "person_id,organisation,career_years,approaches,knowing"
    people = "".join(f"e{k},North,3,sponsorship;developmental,whom,1\n" for k in range(4))
    (folder / "mentees.csv").write_text(f"{columns},max_mentors\n{people}")
    offers = "".join(f"s{k},South,20,sponsorship;developmental,whom,2,1,North\n" for k in range(2))
    title = f"{columns},capacity,max_sponsorship,sponsor_organisations"
    (folder / "mentors.csv").write_text(f"{title}\n{offers}")
    run = publish_match(folder, None, tmp_path / "run").folder
    first = pd.read_csv(run / "matches.csv")
    assert first["approach"].value_counts().to_dict() == {"sponsorship": 2, "developmental": 2}
    assert matcher.verify(run).ok
    again = publish_match(folder, None, tmp_path / "again", previous=run, add=True).folder
    assert pd.read_csv(again / "matches.csv")["approach"].tolist() == first["approach"].tolist()
    text = (run / "matches.csv").read_text()
    (run / "matches.csv").write_text(text.replace("developmental", "sponsorship", 1))
    told = [finding.code for finding in matcher.verify(run, check_hashes=False).problems]
    assert "C_CAPACITY" in told


@pytest.mark.slow
def test_compared_as_it_was_made() -> None:
    """A match in which sponsorships give way is worth to a comparison what it is worth."""
    instance = build(make_cohort(mentees(3), [sponsor()]), settings())
    matching = Matching(instance, solve_instance(instance))
    made = matching.matches[["mentee_id", "mentor_id", "approach"]].assign(reciprocal=False)
    found = compare_matches(instance, [Matched("a", made), Matched("b", made)])
    assert found.metrics["a"]["objective"] == pytest.approx(matching.solution.objective)
    bare = made.drop(columns="approach")
    unknown = compare_matches(instance, [Matched("a", bare), Matched("b", bare)])
    assert unknown.metrics["a"]["objective"] > matching.solution.objective + 1e-6
