"""The board's page: counts that agree with the tables, small cells hidden, nobody named."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tests.folders import write_cohort

from matcher.cli.main import run
from matcher.intake.read import read_cohort
from matcher.programme.board_page import stages_reached
from matcher.run import run_match

N = 36


@pytest.mark.slow
def test_what_a_board_is_told(tmp_path: Path, capsys) -> None:
    """Stages follow the record and the answers; groups are told in steps, few people not at all."""
    mentees = [
        {
            "person_id": f"e{k}",
            "name": f"Ada Verynamed{k}",
            "email": f"e{k}@x.org",
            "purposes": "personal",
            "priority": 1 + (k >= 18),
        }
        for k in range(N)
    ]
    mentors = [
        {"person_id": f"r{k}", "name": f"Bo Alsonamed{k}", "purposes": "personal", "capacity": 2}
        for k in range(10)
    ]
    groups = [
        {
            "person_id": f"e{k}",
            "gender": "w" if k % 2 else "m",
            "disability": "yes" if k < 4 else "no",
        }
        for k in range(N)
    ]
    tables = {"mentees": mentees, "mentors": mentors, "groups": groups}
    place = write_cohort(tmp_path / "c", tables)
    (place / "inputs.key").write_text("0c" * 32, encoding="ascii")  # what noise is drawn with
    made = run_match(place, output=tmp_path / "run", overrides=["portfolio.limit=1"])
    with (made / "matches.csv").open(encoding="utf-8") as file:
        pairs = [(row["mentee_id"], row["mentor_id"]) for row in csv.DictReader(file)]
    assert len(pairs) == 20
    assert run(["board", str(made), "--today", "2026-01-01"]) == 0, "before any survey"
    words = ["--csv", str(made / "matches.csv"), "--status", "active", "--today", "2026-02-01"]
    assert run(["record", str(place), *words]) == 0
    answers = tmp_path / "answers.csv"
    lines = [
        f"{a},{b},mentee,{3 if k < 9 else 0},{4 if k < 12 else ''}"
        for k, (a, b) in enumerate(pairs)
    ]
    answers.write_text("\n".join(["mentee_id,mentor_id,rater,meetings,rating", *lines]) + "\n")
    assert run(["survey", str(place), "--read", str(answers), "--today", "2026-05-01"]) == 0
    assert run(["record", str(place), *pairs[0], "completed", "--today", "2026-05-02"]) == 0
    capsys.readouterr()
    assert run(["board", str(made), "--today", "2026-06-01"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:5] == [
        f"signed up and could be matched: {N} of {N} mentees",
        f"were given a mentor: 20 of {N} mentees",
        f"have met: 9 of {N} mentees",
        f"have rated it: 12 of {N} mentees",
        f"have ended, with nobody new since: 1 of {N} mentees",
    ]
    page = (made / "after" / "board.html").read_text("utf-8")
    of_all = {f"{share}%" for share in re.findall(r"(\d+) %</td>", page)}
    by_groups = page.split("<h2>", 1)[1]
    assert "as all" in by_groups  # never the share of everybody under the name of a group
    assert not of_all & {*re.findall(r"(\d+) %", by_groups)}
    assert "too few" not in by_groups, "a group of 13 may be hidden, and is not few"
    table = (made / "after" / "board.csv").read_text("utf-8")
    for text in (page, table):
        assert "named" not in text
        assert "@x.org" not in text
    with (made / "after" / "board.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_group = {(r["attribute"], r["group"], r["stage"]): r for r in rows}
    few = {
        key[1]: r["share"] for key, r in by_group.items() if key[::2] == ("disability", "matched")
    }
    assert few == {"yes": "", "no": ""}  # nor that of the many, by which the few could be told
    own = [by_group["gender", "w", stage] for stage in ("matched", "met", "rated", "ended")]
    assert all(0 <= float(r["low"]) <= float(r["share"]) <= float(r["high"]) <= 1 for r in own)
    assert by_group["priority", "1", "matched"]["share"] != ""
    assert "19 of 38 answered the survey" in page  # who has ended since is asked at the end
    assert "Nobody has approved this match yet." in page
    waits, before = re.search(r"(\d+) waits? for a mentor. ?(\d+)?", page).groups("0")
    assert int(waits) - int(before) == N - 20, "who waits was given nobody, or had somebody before"
    assert run(["verify", str(made)]) == 0


def test_ended_is_what_began_of_who_has_nobody_now(tmp_path: Path) -> None:
    """Who was left before the first meeting has ended nothing, nor has who goes on with another."""
    rows = [
        ("left before", "a", "withdrew_mentor", ""),
        ("left, and another", "a", "withdrew_mentor", "2026-01-01"),
        ("left, and another", "b", "accepted", ""),
        ("never came", "a", "no_show", ""),
        ("said no", "a", "declined", ""),
        ("over", "a", "completed", ""),
        ("over", "b", "declined", ""),
        ("left after", "a", "mismatch", "2026-01-01"),
        ("says so", "b", "active", "2026-01-01"),
    ]
    names = ("mentee_id", "mentor_id", "status", "start")
    tables = {
        "mentees": [{"person_id": one} for one in dict.fromkeys(row[0] for row in rows)],
        "mentors": [{"person_id": one} for one in "ab"],
        "engagements": [dict(zip(names, row, strict=True)) for row in rows],
        "outcomes": [{"mentee_id": "says so", "mentor_id": "b", "ended_early": "yes", "rating": 1}],
    }
    cohort = read_cohort(write_cohort(tmp_path, tables))
    mentees = cohort.mentees["person_id"].tolist()
    told = stages_reached(mentees, cohort, {row[:2] for row in rows})
    assert {*mentees} - {*told.index[told["matched"] == 1.0]} == {"said no"}
    assert {*told.index[told["ended"] == 1.0]} == {"over", "left after", "says so"}


@pytest.mark.slow
def test_a_board_before_any_answer(tmp_path: Path, capsys) -> None:
    """A cohort without a single outcome has a page: how many are matched, nobody met."""
    people = [{"person_id": f"e{k}", "purposes": "personal"} for k in range(3)]
    cohort = write_cohort(tmp_path / "c", {"mentees": people})
    made = run_match(cohort, output=cohort / "runs" / "one")
    assert run(["board", str(made), "-o", str(tmp_path / "board")]) == 0
    assert (tmp_path / "board" / "board.html").is_file()
