"""The tables of a run: who is there for what, who is left out and why, whom to ask again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.cohort.cells import restore
from matcher.config import Config
from matcher.privacy.statement import statement
from matcher.problem.instance import build
from matcher.problem.rules.rule import as_one
from matcher.publish.matched_pairs import MatchedPairs
from matcher.publish.pair_tables import (
    certificate_table,
    contributions_table,
    matches_table,
    mentors_table,
    portfolios_table,
)
from matcher.publish.people_tables import (
    chase_table,
    problems_table,
    unmatched_table,
    unplaced_people,
    waiting_list_table,
)
from matcher.publish.write_run import result_hash
from matcher.run_tables import csv_bytes
from matcher.solver.solution import Bounds, DualRow, Reason, Solution, Termination

MENTEES = [
    {"person_id": "a", "purposes": ["personal", "strategic"], "waiting_since": "2026-06-01"},
    {"person_id": "b", "purposes": ["operational"], "waiting_since": "2026-01-01"},
    {"person_id": "c", "approaches": ["sponsorship"], "organisation": "Far"},
    {"person_id": "d", "max_mentors": 0, "email": "d@example.org", "preferred_name": "Dee"},
]
MENTORS = [
    {"person_id": "w", "purposes": ["personal"], "approaches": ["developmental"]},
    {"person_id": "x", "purposes": ["personal", "strategic"], "approaches": ["developmental"]},
    {"person_id": "y", "approaches": ["sponsorship"], "sponsor_organisations": ["Near"]},
    {"person_id": "z", "capacity": 0, "approaches": ["developmental"]},
]


def pairs_of(*pairs, duals=(), settings=None, **tables) -> MatchedPairs:
    """Return an answer with the given pairs of positions, as a solver would give it."""
    instance = build(make_cohort(MENTEES, MENTORS, **tables), settings or Config())
    chosen = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return MatchedPairs.of(
        instance,
        Solution(
            pairs=chosen,
            reciprocal=np.full(len(chosen), -1, dtype=np.int64),
            objective=0.0,
            bounds=Bounds(0.0, np.inf),
            termination=Termination(Reason.FEASIBLE),
            prices=np.zeros(4),
            duals=tuple(duals),
        ),
    )


def unmatched(pairs: MatchedPairs):
    """Return the table of those left out."""
    return unmatched_table(pairs, unplaced_people(pairs))


@pytest.mark.slow
def test_each_mentor_covers_what_nobody_offers_better():
    """Of equal offers the first by id counts; the other is there for what is left."""
    table = matches_table(pairs_of((0, 0), (0, 1)))
    assert table["covers"].tolist() == [("purpose.personal",), ("purpose.strategic",)]
    assert table["role"].tolist() == ["mentor for personal", "mentor for strategic"]


@pytest.mark.slow
def test_uncovered_needs_are_listed():
    """What stays under half covered stands with the portfolio; cover goes by group."""
    table = portfolios_table(pairs_of((0, 0), (1, 1))).set_index("mentee_id")
    assert table.loc["a", "uncovered"] == ("purpose.strategic",)
    assert table.loc["a", "purpose"] == pytest.approx(0.5)
    assert table.loc["b", "uncovered"] == ("purpose.operational",)
    assert np.isnan(table.loc["a", "context"])
    assert table.loc["c", "uncovered"] == ()


@pytest.mark.slow
def test_contributions_stand_in_the_order_of_the_matches():
    """Long form, one block a match."""
    table = contributions_table(pairs_of((0, 1), (1, 0)))
    assert table["mentee_id"].drop_duplicates().tolist() == ["a", "b"]
    assert table["answered"].dtype == bool


@pytest.mark.slow
def test_reasons_of_those_left_out():
    """Everybody without a match is listed once, with a reason that fits."""
    table = unmatched(pairs_of((0, 0))).set_index("person_id")
    assert table["reason"].to_dict() == {
        "b": "no_gain",
        "c": "no_gain",
        "d": "asks_for_none",
        "x": "not_needed",
        "y": "not_needed",
        "z": "no_capacity",
    }
    assert table.loc["d", "detail"] == "the person asks for no mentor"
    full = unmatched(pairs_of((0, 0), (0, 1), (2, 2))).set_index("person_id")
    assert full.loc["b", "reason"] == "no_place"


@pytest.mark.slow
def test_nobody_eligible():
    """Who has no fitting mentor at all is told what stands against it, never why a rule does."""
    never = [{"mentee_id": "c", "mentor_id": "y", "rule": "never", "reason": "secret"}]
    table = unmatched(pairs_of(rules=never)).set_index("person_id")
    assert table.loc["c", "reason"] == "no_eligible_mentor"
    told = "1 mentee (c) asks for 2 places; none of 4 mentors is eligible; c with y not permitted; "
    assert table.loc["c", "detail"].startswith(told)
    assert "secret" not in table.loc["c", "detail"]


@pytest.mark.slow
def test_the_waiting_list_is_in_the_order_of_the_objective():
    """Longest waiting first; who asks for nobody does not wait."""
    pairs = pairs_of()
    table = waiting_list_table(pairs, unplaced_people(pairs))
    assert table["person_id"].tolist() == ["b", "a", "c"]
    assert table["detail"].iloc[0].startswith("number 1 in line: priority class 1, waiting")


@pytest.mark.slow
def test_mentors_and_certificate_name_people():
    """Positions stay inside; the tables speak of ids."""
    duals = [DualRow("capacity", "1", 1.0, 0.5), DualRow("tier", "reached:1", 3.0, -2.0)]
    pairs = pairs_of((0, 1), duals=duals)
    assert certificate_table(pairs)["id"].tolist() == ["x", "reached:1"]
    assert mentors_table(pairs)["used"].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert as_one("a|b", "50%") == "a%7Cb|50%25"


@pytest.mark.slow
def test_sponsors_without_reach_are_warned_about():
    """A sponsor who names no reach into the mentee's organisation is a warning."""
    (finding,) = (f for f in pairs_of((2, 2)).findings if f.code == "W_SPONSOR_REACH")
    assert "y sponsors c" in finding.message


@pytest.mark.slow
def test_whom_to_ask_again():
    """People without stated needs or with too few answers, by address where there is one."""
    instance = pairs_of().instance
    table = chase_table(instance).set_index("email")
    assert table.loc["d@example.org", "preferred_name"] == "Dee"
    assert "c" in table.index
    asked = dict.fromkeys(("mentees", "mentors"), frozenset(("knowing", "need_why", "offer_why")))
    few = replace(instance, cohort=replace(instance.cohort, asked=asked))
    for one, columns in ((instance, ("purposes", "contexts")), (few, ("knowing", "need_why"))):
        told = chase_table(one).set_index("email").loc["d@example.org", "missing_questions"]
        assert set(columns) <= set(told)
    assert "purposes" not in told, "nobody is asked again what the programme never asked"


@pytest.mark.slow
def test_warnings_stand_among_the_problems():
    """Whatever was warned about is in the run."""
    pairs = pairs_of((2, 2))
    table = problems_table(pairs.instance.cohort, pairs.findings)
    assert "W_SPONSOR_REACH" in set(table["code"])


@pytest.mark.slow
def test_cells_are_inert_and_floats_exact():
    """What a spreadsheet would run is neutralised, and numbers read back to the bit."""
    table = matches_table(pairs_of((0, 1)))
    table["role"] = "=HYPERLINK(1)"
    text = csv_bytes("matches", table).decode()
    assert ",'=HYPERLINK(1)," in text
    assert restore("'=HYPERLINK(1)") == "=HYPERLINK(1)"
    assert repr(float(table["score"].iloc[0])) in text
    assert "\r" not in text


@pytest.mark.slow
def test_the_result_hash_is_of_ids_approach_and_role():
    """Scores and figures do not change it, people do."""
    table = matches_table(pairs_of((0, 1), (1, 0)))
    same = table.iloc[::-1].assign(score=0.0)
    assert result_hash(table) == result_hash(same)
    assert result_hash(table) != result_hash(table.assign(mentor_id="x"))


def test_the_statement_follows_the_config():
    """Weights, limits and bans are those of the config."""
    strict = Config.model_validate(
        {
            "programme": {"name": "Example", "approaches": ["developmental"]},
            "eligibility": {"different": ["department"], "manager_levels": 0},
        }
    )
    told = statement(strict)
    assert "# How Example proposes mentors" in told
    assert "the same department" in told
    assert "line managers" not in told
    assert "sponsorship" not in told
