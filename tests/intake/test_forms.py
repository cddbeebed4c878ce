"""Raw exports of form tools load by config alone."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from matcher.cohort import Cohort
from matcher.cohort.ids import id_of_address
from matcher.config import Config
from matcher.intake import check_cohort, read_cohort

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 12, 1)


def by_address(frame: pd.DataFrame) -> pd.DataFrame:
    """Return people indexed by their address."""
    return frame.assign(email=frame["email"].str.casefold()).set_index("email")


def errors_of(place: Path, config: Config | None = None) -> set[str]:
    """Return the codes of all errors."""
    return {f.code for f in check_cohort(place, config, today=TODAY) if not f.is_warning}


def test_google_forms() -> None:
    """Commas inside options, a grid, two branches, a resubmission, addresses as ids."""
    cohort = read_cohort(DATA / "google-forms", today=TODAY)
    mentees, mentors = by_address(cohort.mentees), by_address(cohort.mentors)
    assert sorted(mentees.index) == ["ada@example.org", "ben@example.org", "dee@example.org"]
    assert sorted(mentors.index) == ["ben@example.org", "cas@example.org", "dee@example.org"]
    assert cohort.either == {id_of_address("ben@example.org")}
    ada = mentees.loc["ada@example.org"]
    assert ada["contexts"] == ("confidence",), "the later of two answers counts"
    assert (ada["need_why"], ada["need_whom"]) == (2.0, 5.0)
    cas = mentors.loc["cas@example.org"]
    assert set(cas["contexts"]) == {"confidence", "managing_change", "skills_development"}
    assert cas["organisation"] == "North Institute", "the second branch fills the first"
    assert cas["availability"] == ("mon-pm", "tue-am")
    assert cas["capacity"] == 2.0
    assert mentors.loc["ben@example.org", "capacity"] == 1.0
    groups = cohort.groups.set_index("person_id")["ethnicity"].dropna().to_dict()
    assert groups == {
        id_of_address("ada@example.org"): "Group A",
        id_of_address("ben@example.org"): "Group B",
    }
    count = cohort.rows["signups"]
    assert (count.read, count.used, count.rejected) == (5, 4, 1)


@pytest.mark.slow
def test_google_first_answer_on_demand(tmp_path: Path) -> None:
    """`duplicates` chooses which of two answers counts, or refuses both."""
    raw = (DATA / "google-forms" / "signups.csv").read_text()
    (tmp_path / "signups.csv").write_text(raw)
    config = (DATA / "google-forms" / "matcher.toml").read_text()
    for policy, expected in (("first", ("political_environment", "confidence")), ("error", None)):
        (tmp_path / "matcher.toml").write_text(
            config.replace("[input]", f'[input]\nduplicates = "{policy}"')
        )
        if expected is None:
            assert errors_of(tmp_path) == {"E_DUP_ID"}
        else:
            mentees = by_address(read_cohort(tmp_path, today=TODAY).mentees)
            assert mentees.loc["ada@example.org", "contexts"] == expected


def test_a_single_file_is_a_cohort() -> None:
    """The export alone, without a folder, is a cohort of signups."""
    config = DATA / "google-forms" / "matcher.toml"
    cohort = read_cohort(DATA / "google-forms" / "signups.csv", config, today=TODAY)
    assert len(cohort.mentees) == 3


def assert_ms_forms(cohort: Cohort) -> None:
    """Hold the cohort to what the export of Microsoft Forms says."""
    mentees, mentors = by_address(cohort.mentees), by_address(cohort.mentors)
    ada = mentees.loc["ada@example.org"]
    assert ada["contexts"] == ("confidence",)
    assert ada["max_mentors"] == 3.0
    assert ada["ready"] == "yes"
    assert ada["name"] == "Ada Invented"
    assert ada["joined"] == pd.Timestamp(2019, 2, 1)
    assert ada["line_manager"] == id_of_address("boss@example.org")
    assert pd.isna(mentees.loc["ben@example.org", "ready"])
    assert set(mentors.loc["boss@example.org", "contexts"]) == {"confidence", "managing_change"}
    assert mentors["capacity"].to_dict() == {"boss@example.org": 2.0, "dee@example.org": 1.0}
    assert mentors.loc["dee@example.org", "bio"] == '=HYPERLINK("http://x")'
    assert cohort.rows["mentees"].rejected == 1


def test_ms_forms_csv() -> None:
    """Semicolon files with a byte order mark, curly quotes, trailing `;`, words for numbers."""
    assert_ms_forms(read_cohort(DATA / "ms-forms", today=TODAY))


def ms_workbook(path: Path, source: Path) -> None:
    """Write a CSV export as the XLSX that Microsoft Forms makes: typed times, numbers as ids."""
    import csv

    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        when = book.add_format({"num_format": "m/d/yy h:mm:ss"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, rows[0])
        for number, row in enumerate(rows[1:], 1):
            for column, text in enumerate(row):
                if column == 0:
                    sheet.write_number(number, column, int(text))
                elif column in (1, 2):
                    time = datetime.strptime(text, "%d/%m/%Y %H:%M:%S")
                    sheet.write_datetime(number, column, time, when)
                elif rows[0][column] == "Start date" and text:
                    date_ = datetime.strptime(text, "%d/%m/%Y")
                    sheet.write_datetime(number, column, date_, day)
                else:
                    sheet.write_string(number, column, text)
    path.write_bytes(stream.getvalue())


def test_ms_forms_workbooks(tmp_path: Path) -> None:
    """The XLSX export, with real dates and numbers in its cells, gives the same cohort."""
    for table in ("mentees", "mentors"):
        ms_workbook(tmp_path / f"{table}.xlsx", DATA / "ms-forms" / f"{table}.csv")
    assert_ms_forms(read_cohort(tmp_path, DATA / "ms-forms" / "matcher.toml", today=TODAY))


def test_qualtrics() -> None:
    """Three header rows, a preview, titles or short names in the config, a matrix."""
    cohort = read_cohort(DATA / "qualtrics", today=TODAY)
    assert cohort.mentees["person_id"].tolist() == ["0007"]
    assert cohort.mentors["person_id"].tolist() == ["0008"]
    row = cohort.mentees.iloc[0]
    assert row["contexts"] == ("managing_change",)
    assert row["need_why"] == 1.0
    assert pd.isna(row["need_whom"])
    assert row["email"] == "ada@example.org"
    assert row["joined"] == pd.Timestamp(2020, 1, 1)
    assert row["source_row"] == 7, "three header rows, then the fourth answer"
    assert {f.code for f in cohort.findings} == {"W_TEST_ANSWER", "W_RESUBMISSION"}
    count = cohort.rows["signups"]
    assert (count.read, count.used, count.rejected) == (4, 2, 2)


def test_qualtrics_without_its_header_rows(tmp_path: Path) -> None:
    """An export whose second and third header row were deleted is refused with a remedy."""
    lines = (DATA / "qualtrics" / "signups.csv").read_text().splitlines(keepends=True)
    (tmp_path / "signups.csv").write_text(lines[0] + "".join(lines[4:]))
    config = DATA / "qualtrics" / "matcher.toml"
    found = check_cohort(tmp_path, config, today=TODAY)
    assert "E_FORMAT" in {finding.code for finding in found}


@pytest.mark.slow
def test_hand_made_tables_beside_an_export(tmp_path: Path) -> None:
    """Rules and preferences kept by hand are plain, whatever the form tool is."""
    for name in ("signups.csv", "matcher.toml"):
        (tmp_path / name).write_text((DATA / "google-forms" / name).read_text())
    (tmp_path / "rules.csv").write_text(
        "mentee_id,mentor_id,rule\nada@example.org,CAS@example.org,must\n"
    )
    (tmp_path / "contacts.csv").write_text(
        "person_id,contact_id,purposes\nada@example.org,AB,personal;strategic\n"
    )
    cohort = read_cohort(tmp_path, today=TODAY)
    assert cohort.rules["mentor_id"].tolist() == [id_of_address("cas@example.org")]
    assert cohort.contacts["purposes"].tolist() == [("personal", "strategic")]


@pytest.mark.slow
def test_ambiguous_times_of_resubmissions(tmp_path: Path) -> None:
    """Where day and month decide which answer came last, the config must say."""
    (tmp_path / "signups.csv").write_text(
        "Timestamp,Email Address,role,need_why\n"
        "03/04/2026 10:00:00,a@x.org,mentee,1\n"
        "02/05/2026 10:00:00,a@x.org,mentee,2\n"
        "02/05/2026 10:00:00,b@x.org,mentor,\n"
    )
    settings = {"preset": "google-forms", "id": "email"}
    assert errors_of(tmp_path, Config(input=settings)) == {"E_DATE_AMBIGUOUS"}
    for date_format, need in (("%d/%m/%Y", 2.0), ("%m/%d/%Y", 1.0)):
        config = Config(input={**settings, "date_format": date_format})
        assert read_cohort(tmp_path, config, today=TODAY).mentees["need_why"].tolist() == [need]


def test_an_answer_without_a_time_leaves_the_order_of_rows(tmp_path: Path) -> None:
    """A second intake of a form that keeps no times counts as later, not as first of all."""
    (tmp_path / "signups.csv").write_text(
        "Timestamp,Email Address,role,need_why\n"
        "2026-11-10 10:00:00,a@x.org,mentee,1\n"
        ",a@x.org,mentee,2\n"
        "2026-11-12 10:00:00,b@x.org,mentee,4\n"
        "2026-11-11 10:00:00,b@x.org,mentee,3\n"
        "2026-11-11 10:00:00,c@x.org,mentor,\n"
    )
    config = Config(input={"preset": "google-forms", "id": "email"})
    assert set(read_cohort(tmp_path, config, today=TODAY).mentees["need_why"]) == {2.0, 4.0}


def test_anonymous_answers_have_no_id(tmp_path: Path) -> None:
    """Microsoft Forms writes `anonymous`, which identifies nobody."""
    (tmp_path / "signups.csv").write_text(
        "ID,Start time,Completion time,Email,Name,role\n1,,2026-11-05 10:00,anonymous,,mentee\n"
    )
    config = Config(input={"preset": "ms-forms", "id": "email"})
    assert errors_of(tmp_path, config) >= {"E_MISSING_VALUE"}


def test_two_branches_that_disagree(tmp_path: Path) -> None:
    """A question asked in two branches must not be answered in two ways."""
    (tmp_path / "signups.csv").write_text(
        "Timestamp,Email Address,role,Unit,Unit\n"
        "2026/11/05 9:14:33 AM GMT,a@x.org,mentee,North,South\n"
        "2026/11/05 9:14:33 AM GMT,b@x.org,mentor,,South\n"
    )
    config = Config(input={"preset": "google-forms", "id": "email"}, columns={"Unit": "department"})
    assert errors_of(tmp_path, config) == {"E_CONFLICT"}


@pytest.mark.parametrize("tool", ["google-forms", "ms-forms", "qualtrics"])
def test_no_message_holds_an_address(tool: str) -> None:
    """Logs and errors hold no e-mail addresses and no names."""
    for finding in check_cohort(DATA / tool, today=TODAY):
        assert "@" not in finding.line()
        assert "Invented" not in finding.line()
