"""Explanations say what the published run holds, and their costs are certified."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matcher.errors import ConfigError, StorageError
from matcher.explain import explain_pair, explain_portfolio
from matcher.explain.opened_run import OpenedRun
from matcher.explain.why_not_pair import cost_exactly
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.run import run_match


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a small cohort that is matched and published once."""
    home = tmp_path_factory.mktemp("explained")
    tables = make_cohort("small", 2)
    first = tables["mentees"]["person_id"].iloc[0], tables["mentors"]["person_id"].iloc[0]
    ban = {"mentee_id": first[0], "mentor_id": first[1], "rule": "never", "reason": "a secret"}
    tables["rules"] = pd.DataFrame([ban])
    write_cohort(tables, home / "cohort")
    return run_match(home / "cohort", output=home / "run")


@pytest.fixture(scope="module")
def case(run):
    """Return the same run, opened once."""
    return OpenedRun.open(run)


@pytest.mark.slow
def test_every_portfolio_is_explained_by_its_own_figures(case):
    """Terms, scores and contributions are those of the files; parts sum to the whole."""
    published = pd.read_csv(case.files.folder / "portfolios.csv").set_index("mentee_id")
    for mentee in case.cohort.mentee_index.ids:
        told = explain_portfolio(case, mentee)
        assert told.value == pytest.approx(published.loc[mentee, "value"])
        assert len(told.places) == published.loc[mentee, "n_mentors"]
        for place in told.places:
            total = sum(one.contribution for one in place.contributions)
            assert total == pytest.approx(place.score, abs=1e-12)
        assert sum(facet.need for facet in told.facets) == pytest.approx(1.0)
        assert bool(told.places) != bool(told.left_out)
        assert json.loads(json.dumps(told.as_dict()))["mentee_id"] == mentee
        assert mentee in told.text()


@pytest.mark.slow
def test_what_a_mentor_adds_is_the_loss_without_them(case):
    """For a portfolio of one, that is its whole value."""
    told = [explain_portfolio(case, mentee) for mentee in case.cohort.mentee_index.ids]
    singles = [one for one in told if len(one.places) == 1]
    assert singles
    for one in singles:
        assert one.places[0].adds == pytest.approx(one.value)


@pytest.mark.slow
def test_confidential_rules_read_not_permitted(case):
    """The reason of a rule, and that there is a rule, stay hidden."""
    rule = case.cohort.rules.iloc[0]
    told = explain_pair(case, rule["mentee_id"], rule["mentor_id"])
    assert not told.permitted
    assert told.reasons == ("not permitted",)
    assert "kept confidential" in told.text()
    assert "secret" not in told.text() + json.dumps(told.as_dict())
    assert told.score is None
    assert told.cost_at_least is None


def test_holders_are_those_who_have_the_mentor(case):
    """Who holds the place is read from the matches."""
    matches = case.matches
    mentor = matches["mentor_id"].iloc[0]
    mentee = case.cohort.mentee_index.ids[-1]
    told = explain_pair(case, mentee, mentor)
    assert set(told.holders) == set(matches.loc[matches["mentor_id"] == mentor, "mentee_id"])
    assert told.used <= told.capacity


@pytest.mark.slow
def test_certified_cost_is_never_above_the_exact_one(case):
    """The bound from the duals holds against solving again, up to the published gap."""
    ids = case.cohort.mentee_index.ids, case.cohort.mentor_index.ids
    rng, checked = np.random.default_rng(0), 0
    gap = float(case.files.summary["bound"]) - float(case.files.summary["objective"])
    for i, j in rng.permutation(len(ids[0]) * len(ids[1]))[:40][:, None] // [len(ids[1]), 1]:
        told = explain_pair(case, ids[0][i], ids[1][j % len(ids[1])])
        if told.cost_at_least is None or checked >= 6:
            continue
        exact = cost_exactly(case, i, j % len(ids[1]), -1)
        checked += 1
        if not exact.tiers:
            assert told.cost_at_least <= exact.cost + gap + 1e-6
    assert checked >= 3


def test_a_matched_pair_costs_nothing_more(case):
    """For a pair that is there, no cost is told."""
    row = case.matches.iloc[0]
    told = explain_pair(case, row["mentee_id"], row["mentor_id"], exact=True)
    assert told.matched
    assert told.cost_at_least is None
    assert told.exact is None
    assert told.score == pytest.approx(row["score"])


@pytest.mark.parametrize("question", ["portfolio", "mentee", "mentor"])
def test_unknown_people_are_met_with_near_ids(case, question):
    """A misspelt id is a usage error that names the nearest ones."""
    mentee, mentor = case.cohort.mentee_index.ids[3], case.cohort.mentor_index.ids[3]
    ask = {
        "portfolio": lambda: explain_portfolio(case, mentee + "x"),
        "mentee": lambda: explain_pair(case, mentee + "x", mentor),
        "mentor": lambda: explain_pair(case, mentee, mentor + "x"),
    }
    with pytest.raises(ConfigError) as raised:
        ask[question]()
    finding = raised.value.findings[0]
    assert finding.code == "E_UNKNOWN_PERSON"
    assert (mentor if question == "mentor" else mentee) in finding.remedy


@pytest.mark.slow
def test_pairs_against_required_ones_are_said_to_conflict(case):
    """Where required pairs fill a portfolio, another pair is told to be impossible."""
    pair = case.assignment.pairs[0]
    problem = case.instance.problem
    tight = replace(
        problem,
        required=pair[None, :],
        limit=np.where(np.arange(problem.n_mentees) == pair[0], 1, problem.limit),
    )
    narrow = OpenedRun(case.files, replace(case.instance, problem=tight))
    mentee = case.cohort.mentee_index.ids[pair[0]]
    told = [
        explain_pair(narrow, mentee, mentor)
        for k, mentor in enumerate(case.cohort.mentor_index.ids)
        if k != pair[1]
    ]
    permitted = [one for one in told if one.permitted]
    assert permitted
    assert all(one.conflict and one.cost_at_least is None for one in permitted)
    assert "is held by pairs that are required" in permitted[0].text()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    """What cannot be read is an error with findings."""
    with pytest.raises(StorageError) as raised:
        explain_portfolio(tmp_path, "P1")
    assert {finding.code for finding in raised.value.findings} == {"C_FILES"}


@pytest.mark.slow
def test_a_mentor_whose_places_are_all_required_cannot_be_had(tmp_path):
    """No cost is named for what is impossible, and no price for a place nobody competes for."""
    tables = make_cohort("small", 2)
    mentee, other = tables["mentees"]["person_id"].iloc[:2]
    mentors = tables["mentors"]
    mentor = mentors["person_id"].iloc[0]
    mentors["capacity"] = mentors["capacity"].mask(mentors["person_id"] == mentor, "1")
    for side, people in (("mentees", [mentee, other]), ("mentors", [mentor])):
        mine = tables[side]["person_id"].isin(people)
        tables[side]["approaches"] = tables[side]["approaches"].mask(mine, "developmental")
        tables[side]["career_years"] = tables[side]["career_years"].mask(
            mine, "30" if side == "mentors" else "3"
        )
    must = {"mentee_id": mentee, "mentor_id": mentor, "rule": "must", "reason": ""}
    tables["rules"] = pd.DataFrame([must])
    for name in ("preferences", "engagements"):
        del tables[name]
    write_cohort(tables, tmp_path / "cohort")
    told = explain_pair(run_match(tmp_path / "cohort", output=tmp_path / "run"), other, mentor)
    assert told.permitted
    assert told.conflict
    assert told.cost_at_least is None
    assert told.price is None
    assert f"every place of {mentor} is held by pairs that are required" in told.text()


@pytest.mark.slow
def test_why_an_approach_was_chosen(tmp_path):
    """By the mentee's order, by score, by a limit on sponsorships, or since no other is common."""
    rows = {
        "mentees": [
            ("A", "sponsorship;developmental", ""),
            ("B", "sponsorship;developmental", ""),
            ("C", "developmental", ""),
            ("D", "developmental;sponsorship", ""),
        ],
        "mentors": [
            ("S", "sponsorship;developmental", "North"),
            ("T", "developmental", ""),
            ("U", "developmental;sponsorship", "North"),
        ],
    }
    for table, people in rows.items():
        frame = pd.DataFrame(people, columns=["person_id", "approaches", "sponsor_organisations"])
        frame["organisation"] = "North" if table == "mentees" else "South"
        frame["knowing"], frame["capacity"], frame["max_sponsorship"] = "whom", 2, 1
        columns = [] if table == "mentors" else ["capacity", *frame.columns[[2]], "max_sponsorship"]
        frame.drop(columns=columns).to_csv(tmp_path / f"{table}.csv", index=False)
    rules = [("A", "S", "must"), ("B", "S", "must"), ("C", "T", "must"), ("D", "U", "must")]
    pd.DataFrame(rules, columns=["mentee_id", "mentor_id", "rule"]).to_csv(
        tmp_path / "rules.csv", index=False
    )
    told = {}
    for ordered in ("[]", '["approaches"]'):
        overrides = ["portfolio.limit=1", f"input.ordered={ordered}"]
        case = OpenedRun.open(
            run_match(tmp_path, output=tmp_path / f"run{ordered}", overrides=overrides)
        )
        places = [explain_portfolio(case, mentee).places[0] for mentee in "ABCD"]
        told[ordered] = {(one.approach, one.why_approach) for one in places}
        assert explain_pair(case, "C", "T").why_approach == places[2].why_approach
    limit = "sponsorship would come first; a limit on sponsorships or a seat asks for this one"
    only = ("developmental", "the only one that both accept and that fits their experience")
    assert told["[]"] >= {("developmental", limit), only}
    assert any(a == "sponsorship" and "more than as developmental" in w for a, w in told["[]"])
    own = "in the mentee's own order"
    assert told['["approaches"]'] >= {
        ("sponsorship", f"before developmental {own}"),
        ("developmental", f"before sponsorship {own}"),
        ("developmental", limit),
    }
