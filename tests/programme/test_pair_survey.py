"""Surveys: who is asked, what comes back from our own table or any form, who has not answered."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.cli.main import run
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake.read import read_cohort
from matcher.programme.pair_survey import read_survey, responses, take_out

PAIRS = [
    {"mentee_id": "e0", "mentor_id": "r0", "status": "active", "start": "2026-01-05"},
    {"mentee_id": "e0", "mentor_id": "r1", "status": "active", "start": "2026-01-05"},
    {"mentee_id": "e1", "mentor_id": "r1", "status": "accepted", "start": ""},
    {"mentee_id": "e2", "mentor_id": "r2", "status": "declined", "start": ""},
    {"mentee_id": "e3", "mentor_id": "r3", "status": "completed", "start": "2025-01-05"},
]
PEOPLE = {
    "mentees": [
        {**m, "name": f"Zoë <b>O'Ask{k}</b>", "email": f"e{k}@x.org"} for k, m in enumerate(MENTEES)
    ],
    "mentors": [{**m, "name": f"=Dr Bo Rate{k}"} for k, m in enumerate(MENTORS)],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a cohort with pairs of every kind."""
    return write_cohort(tmp_path / "c", {**PEOPLE, "engagements": PAIRS})


@pytest.mark.slow
def test_forms_are_filled_in_and_come_back(place: Path, tmp_path: Path, capsys) -> None:
    """Our own table goes out and comes back by itself; the page to print keeps texts inert."""
    out = tmp_path / "forms"
    assert run(["survey", str(place), "-o", str(out)]) == 0
    assert "0 of 6 have answered" in capsys.readouterr().out
    page = (out / "survey.html").read_text("utf-8")
    assert page.count("<section>") == 6
    assert "<b>" not in page
    with (out / "survey.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(not row["about"].startswith("=") for row in rows)
    for row in rows[:4]:
        row["How often have you met so far?"] = "3"
        row["How good is this relationship for you? (from 0 (not at all) to 5 (very))"] = "4"
    assert run(["survey", str(place), "--read", str(out / "survey.csv")]) == 3  # as it went out
    assert "E_NO_ROWS" in capsys.readouterr().err
    with (out / "filled.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    words = ["survey", str(place), "--read", str(out / "filled.csv"), "--today", "2026-06-01"]
    assert run(words) == 0
    assert "4 of 6 have answered (67%): mentees 2 of 3, mentors 2 of 3." in capsys.readouterr().out
    assert run(words) == 0  # once more: the same answers, not twice as many
    table = read_cohort(place).outcomes
    assert len(table) == 4
    assert set(table["meetings"]) == {3.0}
    assert set(table["wave"]) == {1.0}


@pytest.mark.slow
def test_a_raw_export_is_mapped_like_sign_ups(place: Path, tmp_path: Path, capsys) -> None:
    """Any form, by the config: own words for numbers, who answers by address, the other by name."""
    (place / "matcher.toml").write_text(
        """
[columns.outcomes]
"Wie läuft es?" = "rating"
"Treffen" = "meetings"
"Adresse" = "respondent"
"Mit wem?" = "partner"
[scales.rating]
"sehr gut" = 5
"geht so" = 2
[numbers.meetings]
"noch gar nicht" = 0
""",
        "utf-8",
    )
    file = tmp_path / "Umfrage (2).csv"
    file.write_text(
        "Adresse;Mit wem?;Wie läuft es?;Treffen;Uhrzeit\n"
        "E0@x.org;Rate1, Bo;sehr gut;4;x\ne1@x.org;;geht so;noch gar nicht;y\nr0;;geht so;1;\n",
        "utf-8",
    )
    assert run(["survey", str(place), "--read", str(file), "--today", "2026-06-01"]) == 0
    told = capsys.readouterr()
    assert "W_UNUSED_COLUMN" in told.err
    table = read_cohort(place).outcomes.sort_values("mentee_id")
    rows = table[["mentee_id", "mentor_id", "rater", "rating", "meetings"]].to_numpy().tolist()
    assert sorted(rows) == [
        ["e0", "r0", "mentor", 2.0, 1.0],
        ["e0", "r1", "mentee", 5.0, 4.0],
        ["e1", "r1", "mentee", 2.0, 0.0],
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    [
        "e0@x.org,,4",  # two mentors, none named
        "e2@x.org,,4",  # declined: not asked
        "Nemo Nobody,,4",
        "e1@x.org,Nemo Nobody,4",
    ],
)
def test_an_answer_of_no_known_pair_is_told_and_set_aside(place, tmp_path, capsys, row) -> None:
    """The rest of the file is taken, and no name is repeated; a file of strangers is refused."""
    file = tmp_path / "export.csv"
    file.write_text(f"Email,Mentor,rating\n{row}\n")
    assert run(["survey", str(place), "--read", str(file)]) == 3
    assert "E_UNKNOWN_PERSON export.csv:2" in capsys.readouterr().err
    file.write_text(f"Email,Mentor,rating\ne1@x.org,,3\n{row}\n")
    assert run(["survey", str(place), "--read", str(file)]) == 0
    told = capsys.readouterr().err
    assert "W_SURVEY_ROW export.csv:3" in told
    assert "Nemo" not in told
    assert read_cohort(place).outcomes["mentee_id"].tolist() == ["e1"]


@pytest.mark.parametrize(
    ("titles", "about", "taken"),
    [
        ("Your name,Your learner or guide", "=Dr Bo Rate1", ["r1"]),
        ("Email,Wer ist Ihr Gegenüber?", "=Dr Bo Rate2", []),  # of no pair with who answers
        ("Your name,about", "Nemo Nobody", []),
        ("Your name,Hoe vaak?", "maandelijks", ["r1"]),
    ],
)
def test_an_answer_is_never_one_about_somebody_else(place, tmp_path, titles, about, taken) -> None:
    """Whom it is about is read under any title; a row that names another person is set aside."""
    file = tmp_path / "export.csv"
    rows = [f"e1@x.org,{about},Zoë <b>O'Ask1</b>,3", "r0,,=Dr Bo Rate0,4"]
    file.write_text("\n".join([f"{titles},Name,rating", *rows]), "utf-8")
    cohort = read_cohort(place)
    found, warnings = read_survey(file, Config(), cohort, 1, date(2026, 6, 1))
    assert found["mentor_id"].tolist() == [*taken, "r0"]
    assert [w.code for w in warnings].count("W_SURVEY_ROW") == 1 - len(taken)


@pytest.mark.slow
def test_rows_with_a_cell_that_cannot_be_read_are_told_and_set_aside(place, tmp_path, capsys):
    """The other rows are taken; a file of which no row can be read stops, with each of them."""
    file = tmp_path / "export.csv"
    file.write_text("Email,Mentor,rating\ne1@x.org,,9\n")
    assert run(["survey", str(place), "--read", str(file)]) == 3
    assert "outcomes:2" in capsys.readouterr().err
    assert not (place / "outcomes.csv").exists()
    file.write_text("Email,Mentor,rating,date\ne1@x.org,,3,\nr1@x.org,,9,\nr0@x.org,,4,soon\n")
    assert run(["survey", str(place), "--read", str(file)]) == 0
    told = capsys.readouterr().err
    assert told.count("W_SURVEY_ROW outcomes") == 2
    assert "outcomes:4:date" in told
    assert read_cohort(place).outcomes["mentee_id"].tolist() == ["e1"]


@pytest.mark.slow
def test_at_the_end_those_who_ended_lately_are_asked_too(place: Path) -> None:
    """A pair recorded to have ended is asked at the end; one of years ago is not."""
    assert run(["record", str(place), "e1", "r1", "active", "--today", "2026-02-01"]) == 0
    assert run(["record", str(place), "e1", "r1", "completed", "--today", "2026-06-01"]) == 0
    cohort = read_cohort(place)
    asked = [{one.pair for one in responses(cohort, wave).asked} for wave in (1, 2)]
    assert asked[1] - asked[0] == {("e1", "r1")}
    assert isinstance(cohort.outcomes, pd.DataFrame)


@pytest.mark.slow
def test_what_nobody_mapped_is_proposed(place: Path, tmp_path: Path, capsys) -> None:
    """An export of other words stops with lines for the config; put there, they read it."""
    file = tmp_path / "export.csv"
    file.write_text(
        "Nr,Adresse électronique,Nom,Votre binôme,How often did you meet?,"
        '"Rate it, 1-5 ""stars""",Remarks,Horodateur,Fini avant la date prévue ?\n'
        "1,e1@x.org,e1,r1,3,4,fine,2026-05-20 10:00,oui\n",
        "utf-8",
    )
    words = ["survey", str(place), "--read", str(file), "--today", "2026-06-01"]
    assert run(words) == 3
    told = capsys.readouterr().out
    block = told[told.index("[columns.outcomes]") :]
    assert '"Rate it, 1-5 \\"stars\\"" = "rating"' in block
    assert '"Remarks" = "ignore"  # or one of goal_progress' in block
    (place / "matcher.toml").write_text(block, "utf-8")
    assert run(words) == 0
    (row,) = read_cohort(place).outcomes.to_dict("records")
    assert (row["mentee_id"], row["mentor_id"], row["rater"]) == ("e1", "r1", "mentee")
    assert (row["meetings"], row["rating"], row["ended_early"]) == (3.0, 4.0, True)
    assert str(row["date"])[:10] == "2026-05-20"


def test_an_answer_about_each_other_and_about_a_namesake(tmp_path: Path) -> None:
    """One answer speaks of both ways of a pair; a shared name is that of the one who was asked.

    An answer of a day to come is set aside: no later command would read the file.
    """
    both = [{"person_id": "u1", "name": "Ola Nord"}, {"person_id": "u2", "name": "Pim Zuid"}]
    same = [{"person_id": f"s{k}", "name": "Sam Same", "purposes": "personal"} for k in (1, 2)]
    mentees = [*both, {"person_id": "e9", "name": "Una Ein", "email": "una@x.org"}]
    pairs = (("u1", "u2"), ("u2", "u1"), ("e9", "s2"))
    tables = {
        "mentees": [{"purposes": "personal", **one} for one in mentees],
        "mentors": [*({"purposes": "personal", **one} for one in both), *same],
        "engagements": [{"mentee_id": i, "mentor_id": j, "status": "active"} for i, j in pairs],
    }
    cohort = read_cohort(write_cohort(tmp_path / "c", tables))
    file = tmp_path / "answers.csv"
    answers = "Ola Nord,Pim Zuid,4,\nuna@x.org,Sam Same,3,\nuna@x.org,Sam Same,5,2199-01-31\n"
    file.write_text(f"Email,Mentor,rating,date\n{answers}")
    rows, warnings = read_survey(file, Config(), cohort, 1, date(2026, 6, 1))
    assert [(f.code, f.row) for f in warnings] == [("W_SURVEY_ROW", 4)]
    assert rows["source_row"].nunique() == 2
    found = rows[["mentee_id", "mentor_id", "rater", "rating"]].to_numpy().tolist()
    assert [row[:3] for row in found] == [
        ["u1", "u2", "mentee"],
        ["u2", "u1", "mentor"],
        ["e9", "s2", "mentee"],
    ]
    assert [float(row[3]) for row in found] == [4.0, 4.0, 3.0]


def test_answers_are_taken_out_by_when_they_came(tmp_path: Path) -> None:
    """Those of another time stay as they are; what is not there any more is refused."""
    table = tmp_path / "outcomes.csv"
    table.write_text("mentee_id,rating,recorded_at\na,4,2027-01-01\nb,NA,2027-01-02\n")
    take_out(str(tmp_path), "2027-01-01")
    assert table.read_text() == "mentee_id,rating,recorded_at\nb,NA,2027-01-02\n"
    with pytest.raises(InputError, match="E_NOT_FOUND"):
        take_out(str(tmp_path), "2027-01-01")
