"""Tables in which a person has several rows, ranked choices, split names and time zones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.config import Config
from matcher.intake import check_cohort
from matcher.intake.cells.time_zones import zone_of
from matcher.intake.proposals.propose import config_of, propose

LONG = {"tables": {"mentees": {"rows": "answers"}}}


@pytest.mark.slow
def test_rows_of_one_person_are_joined(folder) -> None:
    """Lists keep every answer; a person is one record of the first row."""
    folder.write(
        "mentees", "person_id,name,expertise\ne1,Ann,law\ne1,,art\ne2,Bo,music\ne1 ,Ann,law\n"
    )
    assert 'rows = "answers"' in folder.only("E_DUP_ID")[0].remedy
    cohort = folder.read(**LONG)
    assert cohort.mentees["expertise"].tolist() == [("art", "law"), ("music",)]
    assert cohort.mentees["name"].tolist() == ["Ann", "Bo"]
    assert cohort.mentees["source_row"].tolist() == [2, 4]
    (told,) = [f for f in cohort.findings if f.code == "W_LONG_TABLE"]
    assert "4 rows are answers of 2 people" in told.message
    assert cohort.rows["mentees"].rejected == 0, "a joined row is used"


def test_rows_that_differ_in_what_has_one_answer_are_a_fault(folder) -> None:
    """Nothing is lost in silence."""
    folder.write("mentees", "person_id,site,expertise\ne1,North,law\ne1,South,art\n")
    (fault,) = folder.only("E_CONFLICT", **LONG)
    assert (fault.table, fault.row) == ("mentees", 2)


@pytest.mark.slow
def test_rows_of_question_and_answer(folder) -> None:
    """Each question becomes a column, mapped like any other; two answers make a list."""
    folder.write(
        "mentees",
        "Respondent,Item,Response\nm1,Topics,law\nm1,Topics,art\nm1,Years,3 years\n"
        "m2,Topics,music\n",
    )
    how = {"rows": "answers", "question": "Item", "answer": "Response"}
    columns = {"Respondent": "person_id", "Topics": "expertise", "Years": "career_years"}
    cohort = folder.read(tables={"mentees": how}, columns={"mentees": columns})
    assert cohort.mentees["expertise"].tolist() == [("art", "law"), ("music",)]
    assert cohort.mentees["career_years"].fillna(0).tolist() == [3, 0]
    wrong = {"mentees": how | {"question": "Frage"}}
    assert folder.codes(tables=wrong, columns={"mentees": columns}) >= {"E_MISSING_COLUMN"}


CHOICES = {"columns": {f"Choice {k}": f"preferences.{k}" for k in (1, 2, 3)}}


def test_ranked_choices_are_preferences(folder) -> None:
    """By name, address or id, 5 to 3; who cannot be told is named by row and does not count."""
    folder.write(
        "mentees",
        "person_id,Choice 1,Choice 2,Choice 3\n"
        "e1,Dee Invented,r1,none\n"
        "e2,somebody kind,Ms Cas INVENTED,e2\n",
    )
    cohort = folder.read(**CHOICES)
    found = cohort.preferences[["person_id", "other_id", "role", "score"]].to_numpy().tolist()
    assert found == [
        ["e1", "r1", "mentee", 4.0],
        ["e1", "r2", "mentee", 5.0],
        ["e2", "r1", "mentee", 4.0],
    ]
    assert "preferences.1" not in cohort.mentees
    told = [(f.table, f.row, f.column) for f in cohort.findings if f.code == "W_CHOICE"]
    assert told == [("mentees", 3, "preferences.1"), ("mentees", 3, "preferences.3")]
    assert not any("somebody kind" in f.line() for f in cohort.findings)


def test_a_row_of_preferences_goes_before_a_choice(folder) -> None:
    """The table that the programme keeps is not overruled by the form."""
    folder.write("mentees", "person_id,Choice 1,Choice 2\ne1,r1,r2\n")
    folder.write("preferences", "person_id,other_id,score\ne1,r1,1\n")
    cohort = folder.read(columns={f"Choice {k}": f"preferences.{k}" for k in (1, 2)})
    assert cohort.preferences["score"].tolist() == [1, 3]


def test_one_cell_may_rank_people_in_order(folder) -> None:
    """A ranking question writes its items from the first to the last."""
    folder.write("mentors", "person_id,Whom would you like?\nr1,e2;e1;\nr2,\n")
    cohort = folder.read(columns={"Whom would you like?": "preferences"})
    found = cohort.preferences[["person_id", "other_id", "role", "score"]].to_numpy().tolist()
    assert found == [["r1", "e1", "mentor", 3.0], ["r1", "e2", "mentor", 5.0]]


def test_choices_of_a_sign_up_say_for_which_side(folder) -> None:
    """`mentors.preferences.1` is what somebody wishes as a mentor."""
    for table in ("mentees", "mentors"):
        (folder.path / f"{table}.csv").unlink()
    folder.write("signups", "person_id,role,Whom\na,both,b\nb,both,\nc,mentor,a\n")
    cohort = folder.read(columns={"Whom": "mentors.preferences.1"})
    assert cohort.preferences["role"].tolist() == ["mentor", "mentor"]


def test_a_name_in_two_columns_is_one(folder) -> None:
    """In the order of their numbers, not of the columns."""
    folder.write("mentees", "person_id,Last,First\ne1,Lee,Ann\ne2,,Bo\n")
    cohort = folder.read(columns={"First": "name.1", "Last": "name.2"})
    assert cohort.mentees["name"].tolist() == ["Ann Lee", "Bo"]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Madrid", "Europe/Madrid"),
        ("(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Brussels"),
        ("(GMT-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("GMT+2", "Etc/GMT-2"),
        ("UTC\u221203:00", "Etc/GMT+3"),
        ("UTC +5:30", "Asia/Kolkata"),
        ("PST (Pacific Standard Time)", "America/Los_Angeles"),
        ("MEZ", "Europe/Berlin"),
        ("Nairobi", "Africa/Nairobi"),
        ("Berlin time", "Europe/Berlin"),
        ("IST", None),
        ("CST", None),
        ("5 hours behind London", None),
        ("anywhere", None),
        ("UTC+3 (New York)", "Etc/GMT-3"),
    ],
)
def test_time_zones_in_words(text: str, zone: str | None) -> None:
    """Cities, offsets and abbreviations; what may mean two zones is none."""
    assert zone_of(text) == zone


def test_a_time_zone_that_is_not_understood_is_told(folder) -> None:
    """It stays in the column, so that nobody takes it for not asked."""
    folder.write("mentees", "person_id,timezone\ne1,somewhere warm\ne2,Sydney\n")
    cohort = folder.read()
    assert cohort.mentees["timezone"].tolist() == ["somewhere warm", "Australia/Sydney"]
    assert [(f.code, f.row) for f in cohort.findings] == [("W_TIMEZONE", 2)]
    assert "somewhere warm" not in cohort.findings[0].line()
    assert folder.codes(answers={"timezone": {"somewhere warm": "Europe/Rome"}}) == {"W_CLOCKS"}


@pytest.mark.parametrize(
    ("written", "date_format", "day"),
    [
        ("2026-03-15 10:00:00", "", date(2026, 3, 15)),
        ("3/25/26 14:22:01", "", date(2026, 3, 25)),
        ("25.03.2026 14:22", "", date(2026, 3, 25)),
        ("03/04/2026 09:00", "%d/%m/%Y", date(2026, 4, 3)),
        ("2026/03/15 10:00:00 AM GMT+1", "", date(2026, 3, 15)),
    ],
)
def test_ages_are_measured_from_the_newest_submission(
    folder, written: str, date_format: str, day: date
) -> None:
    """Times of submission are days of events, as far as day and month can be told apart."""
    folder.write("mentees", f"Timestamp,person_id\n{written},e1\n")
    config = {"input": {"preset": "google-forms", "date_format": date_format}}
    assert folder.read(**config).as_of == day


def test_unclear_times_of_submission_date_nothing(folder) -> None:
    """3 April and 4 March are not guessed."""
    folder.write("mentees", "Timestamp,person_id\n03/04/2026 09:00,e1\n")
    assert folder.read(input={"preset": "google-forms"}).as_of.year != 2026


def test_answers_in_rows_are_found_by_what_recurs(tmp_path: Path) -> None:
    """Whatever the titles say: the questions are columns, and of two sign-ups the latest counts."""
    who = [("Ad Ek", "ad"), ("Bo By", "bo"), ("Cy Co", "cy"), ("Di Do", "di"), ("Ed En", "ed")]
    asked = {"Rolle": "lms", "Hvem ikke?": ("Bo By", "", "ingen"), "Emner": ("A", "B", "C")}
    lines = ["nr,tid,hvem,post,felt,verdi"]
    for n, (name, mail) in enumerate([*who, who[0]]):
        beside = f"{100 + n},2026-09-0{n + 1} 09:00,{name},{mail}@fjord.example"
        lines += [
            f"{beside},{title},{said[(n + n // 5) % 3]}"
            for title, said in asked.items()
            if said[(n + n // 5) % 3]
        ]
        lines.append(f"{beside},Emner,D")  # a list has a row an item
    (tmp_path / "svar.csv").write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(tmp_path)
    (table,) = proposal.tables
    assert {"Rolle", "Hvem ikke?", "Emner"} <= {column.title for column in table.columns}
    assert proposal.values["tables"]["signups"]["question"] == "felt"
    stated = proposal.values | {
        "columns": {"Rolle": "role", "Hvem ikke?": "avoid", "post": "email", "hvem": "name"}
        | {"tid": "submitted", "nr": "ignore", "Emner": "ignore"},
        "answers": {"role": {"l": "mentee", "m": "mentor", "s": "both"}},
    }
    faults = check_cohort(tmp_path, Config.model_validate(stated))
    assert not [fault for fault in faults if not fault.is_warning]
    assert "W_RESUBMISSION" in {fault.code for fault in faults}


def test_people_may_stand_in_the_answers_of_a_table_of_answers(tmp_path: Path) -> None:
    """Beside them only a number and a time, whose title a form tool has too."""
    names = ["Ad Ek", "Bo By", "Cy Co", "Di Do", "Ed En"]
    lines = ["Besvarelse,Timestamp,Spørgsmål,Svar"]
    for n, name in enumerate(names):
        said = {"Navn": name, "E-mail": f"{name[:2].lower()}@fjord.example", "Rolle": "lms"[n % 3]}
        said |= {"Afdeling": "AB"[n % 2]}
        lines += [f"{70 + n},2026-09-0{n + 1} 09:00,{title},{it}" for title, it in said.items()]
    (tmp_path / "svar.csv").write_text("\n".join(lines), encoding="utf-8")
    found = propose(tmp_path)
    how = found.values["tables"]["signups"]
    assert (how["question"], how["answer"], how.get("preset")) == ("Spørgsmål", "Svar", None)
    assert found.tables[0].rows == len(names)
    assert "W_LONG_TABLE" in {finding.code for finding in check_cohort(tmp_path, config_of(found))}
