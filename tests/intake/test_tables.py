"""Files of any name are tables, each read in its own way, and none makes another vanish."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from matcher.config import Config
from matcher.errors import ConfigError, InputError
from matcher.intake import check_cohort, read_cohort
from matcher.starter import STARTER


def book(**sheets: list[list[object]]) -> bytes:
    """Return a workbook of these sheets."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for k, row in enumerate(rows):
                sheet.write_row(k, 0, row)
    return stream.getvalue()


def renamed(folder, **names: str) -> None:
    """Call the files of tables otherwise."""
    for table, name in names.items():
        (folder.path / f"{table}.csv").rename(folder.path / name)


PEOPLE = [["person_id", "role"], ["e1", "mentee"], ["r1", "mentor"]]


def test_a_file_of_any_name_is_the_table_that_the_config_says(folder) -> None:
    """Spaces, brackets, capitals and composed letters are no matter."""
    renamed(
        folder, mentees="Anfragen (Antworten) [2026].CSV", mentors="Cafe\u0301-Mentor*innen.csv"
    )
    tables = {
        "mentees": {"file": "anfragen (antworten) [2026].csv"},
        "mentors": {"file": "Caf\u00e9-Mentor*innen.csv"},
    }
    assert len(folder.read(tables=tables).mentees) == 2
    missing = folder.only("E_NOT_FOUND", tables=tables | {"mentees": {"file": "Anfrage.csv"}})
    assert [fault.table for fault in missing] == ["mentees"]
    assert "Anfragen" in missing[0].remedy


@pytest.mark.slow
def test_a_pattern_takes_the_last_file_by_name_and_says_so(folder) -> None:
    """The newest export of a form that numbers them counts; the others are told."""
    renamed(folder, mentees="sign-up 2026-01.csv")
    folder.write("sign-up 2026-03", "person_id\ne7\n")
    folder.write("sign-up 2026-02", "person_id\ne8\n")
    config = {"tables": {"mentees": {"file": "Sign-up *.csv"}}}
    assert folder.read(**config).mentees["person_id"].tolist() == ["e7"]
    told = folder.only("W_TABLE_FILE", **config)
    assert ["sign-up 2026-03.csv" in finding.message for finding in told] == [True]
    assert len(folder.only("W_UNUSED_TABLE", **config)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Anmeldung.xlsx", "signups.xlsx"])
def test_a_second_table_never_makes_the_first_vanish(folder, name: str) -> None:
    """A workbook of any name is the sign-up, with and without rules beside it."""
    for table in ("mentees", "mentors"):
        (folder.path / f"{table}.csv").unlink()
    (folder.path / name).write_bytes(book(Antworten=PEOPLE))
    assert len(folder.read().mentees) == 1
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,r1,never\n")
    cohort = folder.read()
    assert (len(cohort.mentees), len(cohort.rules)) == (1, 1)


@pytest.mark.slow
def test_a_sheet_beside_another_does_not_vanish(tmp_path: Path) -> None:
    """The form's sheet is read although another is called like a table; blank ones are none."""
    rules = [["mentee_id", "mentor_id", "rule"], ["e1", "r1", "never"]]
    path = tmp_path / "all.xlsx"
    path.write_bytes(book(Form1=PEOPLE, rules=rules))
    assert len(read_cohort(path).rules) == 1
    path.write_bytes(book(Form1=PEOPLE, Sheet2=[], Sheet3=[]))
    assert len(read_cohort(path).mentees) == 1
    path.write_bytes(book(Form1=PEOPLE, Notes=[["what"], ["x"]]))
    found = check_cohort(path)
    assert {finding.code for finding in found} >= {"E_NOT_FOUND"}
    tables = {"signups": {"sheet": "form1"}}
    cohort = read_cohort(path, Config.model_validate({"tables": tables}))
    assert [f.code for f in cohort.findings] == ["W_UNUSED_TABLE"]
    assert "Notes" in cohort.findings[0].message


@pytest.mark.slow
def test_tables_of_a_workbook_and_of_files_stand_together(folder) -> None:
    """What both hold is a fault that names both; the config can say which one counts."""
    sheets = {
        "mentees": [["person_id"], ["e9"]],
        "preferences": [["person_id", "other_id", "score"], ["e1", "r1", 5]],
    }
    (folder.path / "extra.xlsx").write_bytes(book(preferences=sheets["preferences"]))
    assert len(folder.read().preferences) == 1
    (folder.path / "extra.xlsx").write_bytes(book(**sheets))
    (fault,) = folder.only("E_DUP_TABLE")
    assert "mentees.csv" in fault.message
    assert "extra.xlsx" in fault.message
    stated = {"tables": {"mentees": {"file": "mentees.csv"}}}
    assert len(folder.read(**stated).mentees) == 2
    assert any("extra.xlsx" in f.message for f in folder.only("W_UNUSED_TABLE", **stated))


def test_absent_tables_are_asked_for_with_the_lines_to_paste(folder) -> None:
    """The file that is called nearly so is proposed, and not taken."""
    renamed(folder, mentees="Mentee Sign Up (Responses).csv", mentors="Mentor Sign Up.csv")
    faults = folder.only("E_NOT_FOUND")
    assert [fault.table for fault in faults] == ["mentees", "mentors"]
    assert '[tables.mentees] file = "Mentee Sign Up (Responses).csv"' in faults[0].remedy
    assert '[tables.mentors] file = "Mentor Sign Up.csv"' in faults[1].remedy


def test_files_that_nothing_reads_are_told_by_name(folder) -> None:
    """Also those of programs whose files are not read."""
    folder.write("budget", "a\n1\n")
    folder.write("old", b"\xd0\xcf\x11\xe0", ".xls")
    folder.write("damaged", b"PK nothing", ".xlsx")
    told = " ".join(f.message for f in folder.only("W_UNUSED_TABLE"))
    assert all(name in told for name in ("budget.csv", "old.xls", "damaged.xlsx"))


@pytest.mark.slow
def test_rules_under_another_name_are_never_left_out_unnoticed(folder) -> None:
    """A ban that nobody reads would be a pair; once the config names the file it counts."""
    folder.write("Rules 2026", "mentee_id,mentor_id,rule\ne1,r1,never\n")
    (fault,) = folder.only("E_UNKNOWN_TABLE")
    assert "[tables.rules]" in fault.remedy
    assert len(folder.read(tables={"rules": {"file": "rules*.csv"}}).rules) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        {"header_rows": 3},
        {"header_rows": 2},
        {"header_rows": 0},
        {"skip_rows": 1},
        {"skip_rows": 99},
        {"skip_columns": ["A:ZZZ"]},
        {"skip_columns": ["ZZ"]},
        {"rows": "answers"},
        {"rows": "answers", "question": "name", "answer": "organisation"},
        {"delimiter": "|"},
        {"sheet": "x"},
    ],
)
@pytest.mark.parametrize("content", ["person_id,name,organisation\ne1,A,B\n", "person_id\n", "a\n"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_the_config_says_of_a_table_never_breaks_the_reader(
    folder, how: dict[str, object], content: str, suffix: str
) -> None:
    """Whatever does not fit is a finding."""
    (folder.path / "mentees.csv").unlink()
    rows: list[list[object]] = [list(line.split(",")) for line in content.split()]
    folder.write("mentees", content if suffix == ".csv" else book(mentees=rows), suffix)
    assert "E_INTERNAL" not in folder.codes(tables={"mentees": how})


def test_each_table_has_its_own_encoding_delimiter_and_decimal_sign(folder) -> None:
    """UTF-16 with semicolons beside Windows text with bars."""
    folder.write("mentees", "person_id;name;hours_per_month\ne1;Zo\u00eb;1,5\n".encode("utf-16"))
    folder.write("mentors", "person_id|name|hours_per_month\nr1|Ren\u00e9|1.5\n".encode("cp1252"))
    tables = {
        "mentees": {"encoding": "utf-16", "delimiter": ";", "decimal": ","},
        "mentors": {"encoding": "cp1252", "delimiter": "|"},
    }
    cohort = folder.read(tables=tables)
    assert cohort.mentees["name"].tolist() == ["Zo\u00eb"]
    assert cohort.mentors["name"].tolist() == ["Ren\u00e9"]
    assert cohort.mentees["hours_per_month"].tolist() == [1.5]
    assert cohort.mentors["hours_per_month"].tolist() == [1.5]


def test_excel_of_the_decimal_comma_reads_what_it_saves(folder) -> None:
    """One preset: byte order marks, old encodings (told), semicolons and decimal commas."""
    folder.write("mentees", "sep=;\r\nperson_id;need_why\r\ne1;4,0\r\n".encode("utf-16"))
    folder.write("mentors", "person_id;name;career_years\nr1;J\u00fcrgen;12,5\n".encode("cp1252"))
    cohort = folder.read(input={"preset": "european-excel"})
    assert cohort.mentees["need_why"].tolist() == [4]
    assert cohort.mentors["name"].tolist() == ["J\u00fcrgen"]
    assert cohort.mentors["career_years"].tolist() == [12.5]
    assert [(f.code, f.table) for f in cohort.findings] == [("W_ENCODING", "mentors")]


@pytest.mark.slow
def test_a_guessed_delimiter_is_told(folder) -> None:
    """Where no title is known the rows themselves tell, and the guess is said."""
    folder.write("mentees", "Kennung;Was, wenn nicht das, wollen Sie?\ne1;Recht\ne2;Kunst, Musik\n")
    columns = {"mentees": {"Kennung": "person_id"}}
    assert folder.read(columns=columns).mentees["person_id"].tolist() == ["e1", "e2"]
    (told,) = folder.only("W_DELIMITER")
    assert "semicolons" in told.message
    assert folder.only("W_DELIMITER", columns=columns) == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_rows_above_the_titles_and_columns_are_skipped(folder, suffix: str) -> None:
    """A banner above the titles, untitled columns and whole spans of letters."""
    rows = [
        ["Mentoring 2026"],
        [],
        ["person_id", "a", "b", "expertise", ""],
        ["e1", 1, 2, "law", "?"],
    ]
    text = "Mentoring 2026\n\n" + "\n".join(",".join(map(str, row)) for row in rows[2:]) + "\n"
    (folder.path / "mentees.csv").unlink()
    folder.write("mentees", text if suffix == ".csv" else book(mentees=rows), suffix)
    how = {"skip_rows": 2, "skip_columns": ["B:C", "e"]}
    cohort = folder.read(tables={"mentees": how})
    assert cohort.mentees["expertise"].tolist() == [("law",)]
    assert cohort.mentees["source_row"].tolist() == [4]
    assert cohort.findings == ()
    with pytest.raises(ConfigError, match="no column"):
        folder.read(tables={"mentees": how | {"skip_columns": ["3"]}})


def test_untitled_columns_stop_with_their_letter_and_can_be_ignored(folder) -> None:
    """By letter, or all of them by an empty title."""
    folder.write("mentees", "person_id,expertise,,\ne1,law,stray,\ne2,art,,.\n")
    (fault,) = folder.only("E_HEADER")
    assert 'skip_columns = ["C:D"]' in fault.remedy
    assert "2 columns hold answers but have no title: C, D" in fault.message
    assert len(folder.read(columns={"": "ignore"}).mentees) == 2


def test_a_table_without_titles_is_read_by_letters(folder) -> None:
    """The first row is a person, not lost."""
    folder.write("mentees", "e1,law\ne2,art\n")
    columns = {"mentees": {"A": "person_id", "B": "expertise"}}
    cohort = folder.read(tables={"mentees": {"header_rows": 0}}, columns=columns)
    assert cohort.mentees["expertise"].tolist() == [("law",), ("art",)]
    assert cohort.mentees["source_row"].tolist() == [1, 2]


BLANKS = ["", " ", "\u00a0", "\u200b", "\ufeff ", "\u3000\t"]


@pytest.mark.slow
@pytest.mark.parametrize("blank", BLANKS)
def test_rows_that_show_nothing_are_no_records(folder, blank: str) -> None:
    """Blanks of any kind, in every cell or in a line of one cell; a blank number is no answer."""
    line = f'"{blank}","{blank}","{blank}"\n'
    folder.write("mentors", f'person_id,capacity,values_1\n{line}r1,1,"{blank}\n"\n{line}{blank}\n')
    cohort = folder.read()
    assert cohort.mentors["person_id"].tolist() == ["r1"]
    assert cohort.mentors["values_1"].isna().all()
    assert cohort.rows["mentors"].read == 1


@pytest.mark.slow
def test_a_stated_preset_must_fit(folder) -> None:
    """It is said what was looked for; a table by hand beside an export is plain."""
    (fault,) = folder.only("E_PRESET", input={"preset": "limesurvey"})
    assert "LimeSurvey" in fault.message
    assert "date submitted" in fault.message
    (fault,) = folder.only("E_PRESET", tables={"mentors": {"preset": "redcap"}})
    assert fault.table == "mentors"
    with pytest.raises(InputError):
        folder.read(tables={"mentors": {"preset": "redcap"}})
    folder.write("mentees", "Timestamp,person_id\n2026-01-01,e1\n")
    assert len(folder.read(input={"preset": "google-forms"}).mentees) == 1


def test_a_table_that_does_not_exist_cannot_be_described(folder) -> None:
    """A slip in the name of a table is not an idle part of the config."""
    with pytest.raises(ConfigError, match="did you mean mentees"):
        folder.read(tables={"mentes": {"file": "a.csv"}})


@pytest.mark.slow
@pytest.mark.parametrize("table", ["rules", "engagements", "preferences", "contacts"])
@pytest.mark.parametrize(
    "name",
    [
        "{}.csv.txt",
        "{}.csv.gz",
        "{}.csv.bak",
        "{}.json",
        "{}",
        "{}-2026.zip",
        "{}.docx",
        "sub/{}.csv",
    ],
)
def test_a_table_in_a_place_or_format_that_is_not_read(folder, table: str, name: str) -> None:
    """Who must never meet is not left out in silence; of other tables it is told."""
    path = folder.path / name.format(table.capitalize())
    path.parent.mkdir(exist_ok=True)
    path.write_text("a,b\n1,2\n")
    is_binding = table != "contacts"
    if not is_binding and "/" in name:
        assert folder.check() == []
        return
    (found,) = folder.only("E_FORMAT" if is_binding else "W_UNUSED_TABLE")
    assert path.name in found.message
    assert found.table == (table if is_binding else "")


@pytest.mark.parametrize(
    "name", ["rulesofthumb.pdf", "photo.jpg", "sub/notes.csv", ".rules.csv.swp"]
)
def test_files_that_are_called_like_no_table(folder, name: str) -> None:
    """What lies beside the tables is nobody's business."""
    path = folder.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x")
    assert folder.check() == []


def test_a_copy_beside_the_table_that_is_read(folder) -> None:
    """An older copy of a table that is there is a warning, and in a folder of its own nothing."""
    folder.write("rules", "mentee_id,mentor_id,rule\n")
    folder.write("rules", "x", ".csv.bak")
    (folder.path / "2025").mkdir()
    (folder.path / "2025" / "rules.csv").write_text("x")
    assert len(folder.only("W_UNUSED_TABLE")) == 1


def test_a_run_folder_beside_sign_ups(folder) -> None:
    """People are read; tables of them in a folder of the folder are none of the cohort's."""
    (folder.path / "mentees.csv").unlink()
    (folder.path / "mentors.csv").rename(folder.path / "signups.csv")
    (folder.path / "run").mkdir()
    (folder.path / "run" / "mentors.csv").write_text("x")
    assert not [f for f in folder.check() if f.code in ("W_UNUSED_TABLE", "E_FORMAT")]


def test_templates_that_somebody_fills_in_where_they_lie(folder) -> None:
    """What `matcher init` wrote is no ban; what stands in it since is."""
    template = folder.path / "templates" / "rules.csv"
    template.parent.mkdir()
    template.write_text(STARTER["templates"]["rules"])
    assert folder.check() == []
    template.write_text(STARTER["templates"]["rules"] + "e1,r1,never,\n")
    assert [finding.code for finding in folder.check()] == ["E_FORMAT"]


@pytest.mark.slow
def test_the_tables_of_a_run_in_the_folder_are_no_tables_of_the_cohort(folder) -> None:
    """A run published inside the cohort's folder binds nobody; a plain folder's rules would."""
    inside = folder.path / "first"
    inside.mkdir()
    (inside / "engagements.csv").write_text("mentee_id,mentor_id,status\ne1,r1,active\n")
    assert folder.codes() == {"E_FORMAT"}
    (inside / "manifest.json").write_text("{}")
    assert len(folder.read().mentees) == 2
