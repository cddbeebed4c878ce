"""Decisions name people as anybody would, stop the run where they cannot be obeyed, and hold on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.folders import write_cohort, write_table
from tests.support import make_cohort

from matcher.decisions import in_force
from matcher.decisions.decisions import DecisionLog, decision_table
from matcher.decisions.in_force import InForce, of_run
from matcher.errors import InputError
from matcher.run import run_match

NAMED = {
    "mentees": [
        {"person_id": "e1", "name": "Zoë Ní Bhriain", "email": "zoe@x.org", "purposes": "personal"},
        {"person_id": "e2", "name": "Ola Nordmann", "email": "ola@x.org", "purposes": "personal"},
    ],
    "mentors": [
        {
            "person_id": "r1",
            "name": "Prof. Jan Kowalski",
            "email": "jan@x.org",
            "purposes": "personal",
        },
        {"person_id": "r2", "name": "Eva Kovács", "email": "eva@x.org", "purposes": "personal"},
    ],
}


def decided(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return decisions as if they had been read from a table."""
    frame = decision_table().reindex(range(len(rows)), fill_value="")
    columns = ["mentee_id", "mentor_id", "decision"]
    frame[columns] = [list(row) for row in rows]
    return frame.assign(table="d.csv", row=[str(k) for k in range(2, 2 + len(rows))])


def pairs(run: Path) -> set[tuple[str, str]]:
    """Return the matches of a run."""
    frame = pd.read_csv(run / "matches.csv", dtype=str)
    return set(zip(frame["mentee_id"], frame["mentor_id"], strict=True))


@pytest.fixture
def people():
    """Return a cohort of two and two with names and addresses."""
    return make_cohort(NAMED["mentees"], NAMED["mentors"])


@pytest.mark.parametrize(
    "named",
    [("zoe@x.org", "jan@x.org"), ("ZOE NI-BHRIAIN", "Kowalski, Jan"), ("e1", "Jan <JAN@X.org>")],
)
def test_people_are_named_by_address_and_name(people, named: tuple[str, str]) -> None:
    """An address and a full name, folded, do as well as an id."""
    table = InForce.of(people, decided((*named, "ban"))).table
    assert table[["mentee_id", "mentor_id"]].to_numpy().tolist() == [["e1", "r1"]]


@pytest.mark.parametrize(("text", "near"), [("Zoe Ni Brian", "e1"), ("zo@x.org", "e1")])
def test_who_cannot_be_found_stops_the_run(people, text: str, near: str) -> None:
    """A ban that reaches nobody would be lost in silence; the near match is offered."""
    with pytest.raises(InputError) as caught:
        InForce.of(people, decided(("e2", "r1", "lock"), (text, "r1", "ban")))
    (finding,) = caught.value.findings
    assert (finding.code, finding.row, finding.column) == ("E_UNKNOWN_PERSON", 3, "mentee_id")
    assert near in finding.remedy
    assert text not in finding.line()


def test_a_mentor_is_no_mentee(people) -> None:
    """Sides that were swapped are told, not passed over."""
    with pytest.raises(InputError, match="no mentee"):
        InForce.of(people, decided(("r1", "e1", "ban")))


def test_two_spellings_of_a_pair_contradict_each_other(people) -> None:
    """Ban and lock of one pair clash, whatever the two people are called."""
    with pytest.raises(InputError, match="lock here and ban"):
        InForce.of(people, decided(("e1", "r1", "ban"), ("zoe@x.org", "Jan Kowalski", "lock")))


def test_what_holds_on_is_counted_by_word() -> None:
    """So many of each kind; notes decide nothing, and nothing at all is not told."""
    words = ("ban", "note", "hold", "ban")
    rows = [
        SimpleNamespace(decision=word, mentee_id=f"e{k}", mentor_id="")
        for k, word in enumerate(words)
    ]
    (finding,) = in_force._told(rows, "holds on", "")
    assert finding.message.endswith(": 3 decisions, 2 ban, 1 hold")
    assert [*in_force._told(rows[1:2], "holds on", "")] == []


def test_a_lock_whose_pair_has_ended_is_told_as_done_with() -> None:
    """It is not left out in silence, and of the two only the ban holds on."""
    over = {"mentee_id": "e1", "mentor_id": "r1", "status": "completed"}
    over["recorded_at"] = "2026-05-01"
    people = make_cohort(NAMED["mentees"], NAMED["mentors"], engagements=[over])
    earlier = decided(("e1", "r1", "lock"), ("e2", "r1", "ban"))
    holding, done = InForce.of(people, None, earlier).findings
    assert holding.message.endswith("1 decision, 1 ban")
    assert done.message.endswith("1 decision, 1 lock")
    logged = InForce.of(people, earlier.assign(table="decisions.jsonl"))  # before it ended
    assert (logged.findings, [*logged.table["decision"]]) == ((done,), ["ban"])
    assert "lock" in {*InForce.of(people, earlier).table["decision"]}, "who writes a table knows"


@pytest.mark.parametrize("column", ["mentee_id", "mentor_id"])
def test_who_is_held_is_held_in_both_roles(column: str) -> None:
    """Nobody who is to be left out mentors others all the same; a release frees both roles."""
    people = make_cohort(NAMED["mentees"], [*NAMED["mentors"], NAMED["mentees"][0]])
    named = {"mentee_id": "", "mentor_id": "", column: "zoe@x.org"}.values()
    held = InForce.of(people, decided((*named, "hold"))).table
    told = {(row.mentee_id, row.mentor_id) for row in held.itertuples()}
    assert told == {("e1", ""), ("", "e1")}
    after = InForce.of(people, decided((*named, "release")), held)
    assert set(after.table["decision"]) == {"release"}
    assert "1 hold" in next(f for f in after.findings if f.code == "W_CARRIED").message


@pytest.mark.slow
def test_decisions_hold_on_through_later_runs(tmp_path: Path) -> None:
    """A ban of the log of one run holds in the next, and in the one after; told each time."""
    cohort = write_cohort(tmp_path / "cohort", NAMED)
    first = run_match(cohort, output=tmp_path / "r1")
    banned = sorted(pairs(first))[0]
    log = DecisionLog(first / "decisions.jsonl")
    log.append("decision", "t", mentee_id=banned[0], mentor_id=banned[1], decision="ban")
    held = sorted(pairs(first) - {banned})[0]
    log.append("decision", "t", mentee_id="", mentor_id=held[1], decision="hold")
    log.append("decision", "t", mentee_id=held[0], mentor_id=banned[1], decision="hold")
    second = run_match(cohort, output=tmp_path / "r2", previous=first)
    third = run_match(cohort, output=tmp_path / "r3", previous=second)
    for run in (second, third):
        assert banned not in pairs(run)
        assert held[1] not in {mentor for _, mentor in pairs(run)}, "until somebody releases them"
        assert "W_CARRIED" in (run / "problems.csv").read_text()
    log.append("decision", "t", mentee_id="e2", mentor_id="r2", decision="ban")
    assert json.loads((third / "manifest.json").read_text())["checker"]["ok"]
    assert of_run(third)["decision"].tolist() == ["ban", "hold"], "a pair is held for one run"


@pytest.mark.slow
def test_the_last_word_of_a_log_is_the_one_that_holds(tmp_path: Path) -> None:
    """Kept, then never: the run obeys the ban alone, and its own check can build it again."""
    cohort = write_cohort(tmp_path / "cohort", NAMED)
    first = run_match(cohort, output=tmp_path / "r1")
    mentee, mentor = sorted(pairs(first))[0]
    log = DecisionLog(first / "decisions.jsonl")
    for word in ("lock", "ban"):
        log.append("decision", "t", mentee_id=mentee, mentor_id=mentor, decision=word)
    second = run_match(cohort, output=tmp_path / "r2", previous=first, decisions=log.path)
    assert (mentee, mentor) not in pairs(second)
    assert of_run(second)["decision"].tolist() == ["ban"]
    assert json.loads((second / "manifest.json").read_text())["checker"]["ok"]


def test_what_was_undone_holds_no_more(tmp_path: Path) -> None:
    """The log of a run goes before what the run obeyed."""
    cohort = write_cohort(tmp_path / "cohort", NAMED)
    write_table(tmp_path, "d", [{"mentee_id": "e1", "mentor_id": "r1", "decision": "ban"}])
    run = run_match(cohort, output=tmp_path / "r1", decisions=tmp_path / "d.csv")
    assert of_run(run)["decision"].tolist() == ["ban"]
    log = DecisionLog(run / "decisions.jsonl")
    event = log.append("decision", "t", mentee_id="e1", mentor_id="r1", decision="ban")
    log.append("undo", "t", of=event["n"])
    assert of_run(run).empty


@pytest.mark.slow
def test_who_left_takes_the_decision_along(tmp_path: Path) -> None:
    """A decision of the earlier run about somebody who is gone is told and left out."""
    cohort = write_cohort(tmp_path / "cohort", NAMED)
    write_table(tmp_path, "d", [{"mentee_id": "e1", "mentor_id": "r1", "decision": "ban"}])
    run = run_match(cohort, output=tmp_path / "r1", decisions=tmp_path / "d.csv")
    write_table(cohort, "mentees", NAMED["mentees"][1:])
    later = run_match(cohort, output=tmp_path / "r2", previous=run)
    assert "W_DECISION_UNKNOWN" in (later / "problems.csv").read_text()
    assert pairs(later)


@pytest.mark.slow
def test_a_run_needs_no_other_file_to_be_built_again(tmp_path: Path) -> None:
    """The decisions lie in the run: the file that they came from may change or go."""
    from matcher.explain.opened_run import OpenedRun

    cohort = write_cohort(tmp_path / "cohort", NAMED)
    write_table(tmp_path, "d", [{"mentee_id": "e1", "mentor_id": "r1", "decision": "ban"}])
    run = run_match(cohort, output=tmp_path / "r1", decisions=tmp_path / "d.csv")
    (tmp_path / "d.csv").unlink()
    opened = OpenedRun.open(run, cohort=cohort)
    assert opened.instance.decisions["decision"].tolist() == ["ban"]
