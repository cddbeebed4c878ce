"""Rows of earlier pairs that name nobody for sure: asked where somebody may be meant, else told."""

from __future__ import annotations

import json

import pytest

from matcher.scoring.named_pairs import unsettled_pairs

PAIRS = "mentee_id,mentor_id,status\n"
ADA, CAS = "Ada Invented", "Cas Invented"


def test_a_list_that_is_to_be_read_and_is_not_filled_in_stops_the_run(folder) -> None:
    """A yes is a yes: what was made last year is not made again because nobody ran map twice."""
    tables = {"engagements": {"read": "yes"}}
    assert folder.codes(tables=tables) == {"E_NOT_FOUND"}


@pytest.mark.parametrize("written", ["Ada Inventet", "A. Invented (left?)", "ada.invented@old.org"])
def test_whom_a_row_may_mean_is_asked(folder, written: str) -> None:
    """The two stay apart until somebody says who it is, and are an earlier pair then."""
    folder.write("engagements", f"{PAIRS}{written},{CAS},completed\n")
    cohort = folder.read()
    (asked,) = cohort.questions
    assert (asked.table, asked.row, asked.column) == ("engagements", 2, "mentee_id")
    assert (asked.person, asked.likely) == ("r1", ("e1",))
    assert unsettled_pairs(cohort).tolist() == [[0, 0]]
    assert "Invent" not in "".join(finding.line() for finding in cohort.findings)
    settled = folder.read(resolve={asked.key: "yes"})
    assert settled.engagements["mentee_id"].tolist() == ["e1"]
    refused = folder.read(resolve={asked.key: "no"})
    assert [f.code for f in refused.findings] == ["W_UNKNOWN_PERSON"]
    assert not len(unsettled_pairs(refused))


def test_both_sides_are_asked_and_all_who_may_be_meant_stay_apart(folder) -> None:
    """What is said of one side narrows the other."""
    folder.write("mentors", "person_id,name\nr1,Cas Invented\nr2,Carl Invented\n")
    folder.write("engagements", f"{PAIRS}Ada Inventet,C. Invented,mismatch\n")
    cohort = folder.read()
    mentee, mentor = cohort.questions
    assert [*mentor.likely] == [mentee.person, *mentee.also] == ["r1", "r2"]
    assert unsettled_pairs(cohort).tolist() == [[0, 0], [0, 1]]
    assert '"yes"' not in mentor.finding.remedy
    narrowed = folder.read(resolve={mentor.key: "r2"})
    assert unsettled_pairs(narrowed).tolist() == [[0, 1]]
    both = folder.read(resolve={mentor.key: "r2", mentee.key: "e1"})
    assert both.engagements["mentor_id"].tolist() == ["r2"]
    assert folder.codes(resolve={mentor.key: ["r1", "r2"]}) == {"E_RESOLVE", "W_QUESTION"}


def test_each_row_of_somebody_who_is_not_here_is_told(folder) -> None:
    """Also of somebody who is here on the other side."""
    rows = f"Zoe Elsewhere,{CAS},completed\n{ADA},Zoe Elsewhere,completed\nr2,r1,completed\n"
    folder.write("engagements", PAIRS + rows)
    told = [f for f in folder.read().findings if f.code == "W_UNKNOWN_PERSON"]
    places = [(f.row, f.column) for f in told]
    assert places == [(2, "mentee_id"), (3, "mentor_id"), (4, "mentee_id")]
    assert "is here, and is no mentee" in told[2].message


def test_a_pair_that_goes_on_stops_until_it_is_known_whose_it_is(folder) -> None:
    """It holds a place, so it is no question that can wait."""
    folder.write("engagements", f"{PAIRS}Ada Inventet,{CAS},active\n")
    (fault,) = folder.only("E_UNKNOWN_PERSON")
    key = fault.remedy.partition("[resolve]: ")[2].split()[0]
    assert folder.read(resolve={key: "yes"}).engagements["mentee_id"].tolist() == ["e1"]


SIGN_UPS = (
    "email,name,role,Home,contexts\n"
    "ada@new.org,Ada Invented,mentee,snowdrop@home.org,confidence\n"
    "cas@x.org,Cas Invented,mentor,,confidence\n"
)


@pytest.mark.parametrize("written", ["ada.invented@old.org", "snowdrop@home.org", "typo@new.org"])
def test_another_address_of_somebody_is_asked_where_addresses_are_ids(folder, written: str) -> None:
    """One that spells a name, one of a column that nothing maps, one that was corrected by hand."""
    for table in ("mentees", "mentors"):
        (folder.path / f"{table}.csv").unlink()
    folder.write("signups", SIGN_UPS.replace("ada@new.org", "typo@new.org"))
    about = {"person": "typo@new.org", "column": "email", "who": "Kim", "when": "2026-05-01"}
    line = json.dumps(about | {"before": "typo@new.org", "after": "ada@new.org"})
    folder.write("corrections", line + "\n", ".jsonl")
    folder.write("engagements", f"{PAIRS}{written},cas@x.org,completed\n")
    config = {"input": {"id": "email"}, "columns": {"Home": "ignore"}}
    cohort = folder.read(**config)
    (asked,) = cohort.questions
    (ada,) = cohort.mentees["person_id"]
    assert (asked.likely, asked.written) == ((ada,), written)
    assert ada in cohort.people.unresolved(written, "mentee", cohort.mentee_index.ids).remedy
    settled = folder.read(**config, resolve={asked.key: "yes"})
    assert settled.engagements["mentee_id"].tolist() == [ada]
