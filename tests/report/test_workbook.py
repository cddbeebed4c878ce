"""The workbook says what the run says, runs nothing, and gives decisions back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from tests.folders import write_cohort

from matcher.catalogue.catalogue import LANGUAGES, for_pages, speaking
from matcher.cli.main import run as matcher
from matcher.decisions.decisions import read_decisions
from matcher.report.spreadsheet import Sheet, workbook_bytes
from matcher.report.workbook import EPOCH, build_workbook
from matcher.run_tables import RUN_TABLES

MakeRun = Callable[..., Path]


def _sheet(content: bytes, name: str) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _fill(content: bytes, path: Path, sheet: str, cells: dict[tuple[int, str], str]) -> Path:
    """Write a working copy of one sheet with `cells` (row, heading) filled in."""
    rows = _sheet(content, sheet)
    header = [str(name).lower() for name in rows[0]]
    for (row, heading), text in cells.items():
        rows[row][header.index(heading)] = text
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path


@pytest.mark.slow
def test_same_run_same_bytes(make_run: MakeRun) -> None:
    """Nothing of the clock or of memory gets into the file."""
    run = make_run()
    assert build_workbook(run) == build_workbook(run)


def test_rows_of_the_sheets_are_the_rows_of_the_run(make_run: MakeRun) -> None:
    """Every match and every mentor is there, once."""
    run = make_run()
    content = build_workbook(run)
    matches = (run / "matches.csv").read_text().splitlines()
    assert len(_sheet(content, "matches")) == len(matches)
    assert len(_sheet(content, "mentors")) == 41
    assert _sheet(content, "matches")[1][0] == matches[1].split(",")[0]


def test_headers_are_frozen_and_filtered_and_decisions_checked(make_run: MakeRun) -> None:
    """A coordinator can filter, scroll and only choose a known decision."""
    with zipfile.ZipFile(io.BytesIO(build_workbook(make_run()))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    assert '"lock,ban,assign,hold,release,note"' in sheet.replace("&quot;", '"')


def test_no_cell_is_a_formula_or_a_link(make_run: MakeRun) -> None:
    """An id such as =HYPERLINK is text in the file."""
    content = build_workbook(make_run(hostile='=HYPERLINK("http://x.example","y")'))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if "sheet" in name}
    assert all(b"<f>" not in part and b"<hyperlink" not in part for part in parts.values())


def test_titles_and_drop_downs_speak_the_programmes_language(
    make_run: MakeRun, tmp_path: Path
) -> None:
    """And are read back in it, as in English, of which the catalogue is a copy."""
    run = make_run()
    config = run / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace("[programme]", '[programme]\nlanguage = "de"')
    )
    content = build_workbook(run)
    header = _sheet(content, "Paare")[0]
    assert header[:2] == ["Mentee", "Adresse Mentee"]
    copy = _fill(content, tmp_path / "copy.xlsx", "Paare", {(1, "entscheidung"): "Nie"})
    kinds = {row[header.index("Art")] for row in _sheet(content, "Paare")[1:]}
    assert kinds <= {*for_pages("de")["approaches"].values()}
    without = _sheet(content, "Ohne Paar")
    reasons = {row[without[0].index("Grund")] for row in without[1:]}
    assert reasons <= {*for_pages("de")["without"].values()}
    assert not any("places" in cell for row in without[1:] for cell in row)
    (row,) = read_decisions(copy).itertuples()
    assert (row.decision, row.mentee_id) == ("ban", _sheet(content, "Paare")[1][-2])
    for name in ("matches", "portfolios", "unmatched", "mentors", "questions"):
        for language in LANGUAGES:
            with speaking(language):
                heads = [column.heading for column in RUN_TABLES[name].in_sheet]
            assert len({*heads}) == len(heads)
        assert {*heads} <= {*for_pages("de")["workbook"]["heads"].values()}
    german = for_pages("de")["workbook"]["heads"]
    assert len({*german.values()}) == len(german), "each is read back as one column"
    english = for_pages("en")["workbook"]
    assert all(key == word for part in ("heads", "sheets") for key, word in english[part].items())


def test_a_working_copy_reads_back(make_run: MakeRun, tmp_path: Path) -> None:
    """What is filled in beside a pair is a decision about that pair."""
    content = build_workbook(make_run(hostile="=1"))
    cells = {(1, "decision"): "lock", (2, "decision"): "ban", (2, "note"): "clash"}
    frame = read_decisions(_fill(content, tmp_path / "copy.xlsx", "matches", cells))
    rows = _sheet(content, "matches")
    assert frame["decision"].tolist() == ["lock", "ban"]
    assert frame["note"].tolist() == ["", "clash"]
    assert frame["mentor_id"].tolist() == [rows[1][-1], rows[2][-1]]


def test_hold_of_somebody_without_a_match_reads_back(make_run: MakeRun, tmp_path: Path) -> None:
    """The sheet of the unmatched names one person and leaves the other side empty."""
    content = build_workbook(make_run())
    frame = read_decisions(
        _fill(content, tmp_path / "copy.xlsx", "unmatched", {(1, "decision"): "hold"})
    )
    assert frame[["mentor_id", "decision"]].to_numpy().tolist() == [["", "hold"]]


def test_names_and_addresses_come_first_and_ids_last(make_run: MakeRun) -> None:
    """Headings read, figures have two decimals at most, and canonical names are read as well."""
    content = build_workbook(make_run())
    head = _sheet(content, "matches")[0]
    assert head[:4] == ["Mentee", "Mentee's address", "Mentor", "Mentor's address"]
    assert head[-2:] == ["Mentee's id", "Mentor's id"]
    assert not [title for title in head if "_" in str(title)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b'formatCode="0.000"' not in archive.read("xl/styles.xml")


def test_figures_of_a_column_are_written_alike() -> None:
    """Two decimals for all of them where one is no whole number, none where all are whole."""
    columns = RUN_TABLES["mentors"].in_sheet[2:4]
    content = workbook_bytes([Sheet("s", columns, [(1.0, 2), (1.5, 3)])], "t", EPOCH)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml")
    cells = re.findall(rb'<c r="\w[23]"( s="\d")?><v>', page)
    assert [*map(bool, cells)] == [True, False, True, False]


def test_a_copy_with_the_old_headings_is_read(tmp_path: Path) -> None:
    """Workbooks of earlier versions decide as before."""
    path = tmp_path / "old.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("matches")
        page.write_row(0, 0, ["mentee_id", "mentor_id", "decision", "note"])
        page.write_row(1, 0, ["a", "b", "ban", ""])
    assert read_decisions(path)[["mentee_id", "mentor_id"]].to_numpy().tolist() == [["a", "b"]]


def test_an_untouched_workbook_holds_no_decision(make_run: MakeRun, tmp_path: Path) -> None:
    """The published file itself decides nothing."""
    path = tmp_path / "matches.xlsx"
    path.write_bytes(build_workbook(make_run()))
    assert read_decisions(path).empty


@pytest.mark.slow
def test_own_options_stand_as_they_are_in_the_form(tmp_path: Path) -> None:
    """Report and workbook tell a programme's options with their capitals and signs."""
    option = "iOS & R/D"
    rows = [{"person_id": f"e{k}", "topics": option} for k in range(2)]
    cohort = write_cohort(
        tmp_path / "cohort",
        {"mentees": rows, "mentors": [row | {"person_id": f"t{row['person_id']}"} for row in rows]},
    )
    (cohort / "matcher.toml").write_text(
        f'[facets.topic]\ncolumns = ["topics"]\noptions = ["{option}", "Other"]\n'
    )
    assert matcher(["match", str(cohort), "-o", str(tmp_path / "run")]) == 0
    cells = _sheet((tmp_path / "run" / "matches.xlsx").read_bytes(), "matches")
    assert option in cells[1]
    assert "iOS &amp; R/D" in (tmp_path / "run" / "report.html").read_text("utf-8")
