"""Where tables come from, and files that are not what they say."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from matcher.config import Config
from matcher.errors import InputError, StorageError
from matcher.intake import read_cohort
from matcher.intake.files.grid import check_titles


def codes_of(error: InputError | StorageError) -> list[str]:
    """Return the codes of all findings of an error."""
    return [finding.code for finding in error.findings]


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    """Return the bytes of an XLSX with the given sheets."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return stream.getvalue()


SHEETS: dict[str, list[list[object]]] = {
    "mentees": [["person_id", "need_why"], ["007", 3], [12, 2.5]],
    "mentors": [["person_id", "capacity"], ["r1", 2]],
}


def test_rows_are_those_a_person_sees(folder) -> None:
    """Blank lines and cells with line ends count as a spreadsheet counts them."""
    folder.write("mentees", 'person_id,goals\ne1,"two\nlines"\n\ne2,one\ne3,x\n')
    assert folder.read().mentees["source_row"].tolist() == [2, 4, 5]


def test_leading_zeros_stay(folder) -> None:
    """An id is text: 007 is neither 7 nor 7.0."""
    folder.write("mentees", "person_id\n007\n1e5\n")
    assert folder.read().mentees["person_id"].tolist() == ["007", "1e5"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        "\ufeffperson_id,name\r\ne1,Ada\r\n".encode(),
        b"person_id,name\re1,Ada\r",
        b"person_id;name\ne1;Ada\n",
        b"sep=;\nperson_id;name\ne1;Ada\n",
        b"person_id\tname\ne1\tAda\n",
        b'"person_id","name"\n"e1","Ada"',
        b"person_id,name,,\ne1,Ada,,\n,,,\n",
    ],
    ids=["bom-crlf", "cr", "semicolon", "sep-line", "tab", "quoted", "empty-columns"],
)
def test_dialects_of_spreadsheets_read_alike(folder, content: bytes) -> None:
    """What spreadsheet programs save as CSV reads the same."""
    folder.write("mentees", content)
    mentees = folder.read().mentees
    assert mentees[["person_id", "name"]].to_numpy().tolist() == [["e1", "Ada"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        (b"", "E_EMPTY", None),
        (b" \n\n", "E_EMPTY", None),
        (b"person_id,name\n", "E_NO_ROWS", None),
        (b"person_id,name\ne1,Ada\ne2\n", "E_RAGGED", 3),
        (b"person_id,name\ne1,Ada,x\n", "E_RAGGED", 2),
        (b'person_id,name\ne1,Ada\ne2,"Ben\ne3,Cas\n', "E_CSV_QUOTE", 3),
        (b'person_id,name\ne1,"Ada"x\n', "E_CSV_QUOTE", 2),
        (b'person_id,name\ne1,"' + b"x" * 200_000 + b"\n", "E_CSV_QUOTE", 2),
        (b"person_id,name\ne1,A\0da\n", "E_NUL", 2),
        ("person_id,name\ne1,Ada\n".encode("utf-16"), "E_ENCODING", 1),
        ("person_id,name\ne1,Ada\n".encode("utf-16-le"), "E_ENCODING", 1),
        ("person_id,name\ne1,Ada\ne2,Zo\u00eb\n".encode("latin-1"), "E_ENCODING", 3),
        (b"PK\x03\x04whatever", "E_FORMAT", None),
        (b"<!DOCTYPE html><html>sign in</html>", "E_FORMAT", None),
        (b"person_id,\ne1,answer\n", "E_HEADER", 2),
    ],
)
def test_broken_files_say_what_and_where(
    folder, content: bytes, code: str, row: int | None
) -> None:
    """Each broken CSV has its own code and the row at which it breaks."""
    folder.write("mentees", content)
    found = folder.only(code)
    assert [finding.row for finding in found] == [row]
    with pytest.raises(InputError):
        folder.read()


def test_one_broken_file_does_not_hide_another(folder) -> None:
    """All problems of one pass are told together."""
    folder.write("mentees", b"")
    folder.write("mentors", b"person_id\nr1,2\n")
    folder.write("rules", b"mentee_id,mentor_id\ne1,r1\n")
    assert folder.codes() >= {"E_EMPTY", "E_RAGGED", "E_MISSING_COLUMN"}


def test_a_stated_encoding_is_used(folder) -> None:
    """Latin-1 text loads once the config says so."""
    folder.write("mentees", "person_id,name\ne1,Zo\u00eb\n".encode("cp1252"))
    assert folder.read(input={"encoding": "cp1252"}).mentees["name"].tolist() == ["Zo\u00eb"]


def test_missing_places(tmp_path: Path) -> None:
    """A path that does not exist, or holds no people, is E_NOT_FOUND."""
    for place in (tmp_path / "absent", tmp_path, "", "\0"):
        with pytest.raises(InputError) as caught:
            read_cohort(place, Config())
        assert "E_NOT_FOUND" in codes_of(caught.value)


def test_directory_in_place_of_a_file(folder) -> None:
    """A folder called mentees.csv is a finding, not a traceback."""
    (folder.path / "mentees.csv").unlink()
    (folder.path / "mentees.csv").mkdir()
    assert "E_FORMAT" in folder.codes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipes_do_not_hang(folder) -> None:
    """A named pipe in place of a table is refused without being opened."""
    (folder.path / "mentees.csv").unlink()
    os.mkfifo(folder.path / "mentees.csv")
    assert "E_FORMAT" in folder.codes()


def test_unreadable_file_is_a_storage_error(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read ends in E_READ and exit code 7."""

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(StorageError) as caught:
        folder.read()
    assert set(codes_of(caught.value)) == {"E_READ"}


def test_table_names_that_are_slips(folder) -> None:
    """A misspelt file name is an error; a foreign file is a warning."""
    folder.write("preference", "person_id,other_id,score\n")
    folder.write("minutes of the board", "a,b\n")
    assert [finding.code for finding in folder.check()] == ["E_UNKNOWN_TABLE", "W_UNUSED_TABLE"]


def test_the_same_table_twice(folder) -> None:
    """Two files for one table are refused, whichever is the newer."""
    folder.write("mentees", workbook({"mentees": SHEETS["mentees"]}), ".xlsx")
    assert "E_DUP_TABLE" in folder.codes()


def test_signups_beside_mentees(folder) -> None:
    """One form for both sides and separate tables exclude each other."""
    folder.write("signups", "person_id,role\na,both\n")
    assert "E_DUP_TABLE" in folder.codes()


def test_workbook(tmp_path: Path) -> None:
    """Sheets are tables; whole numbers lose the .0 of the spreadsheet, texts keep their zeros."""
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(workbook(SHEETS))
    cohort = read_cohort(path, Config())
    assert cohort.mentees["person_id"].tolist() == ["007", "12"]
    assert cohort.mentees["need_why"].tolist() == [3.0, 2.5]
    assert list(cohort.hashes) == ["cohort.xlsx"]


def test_workbook_inside_a_folder(folder) -> None:
    """A table of a folder may be a workbook of one sheet, whatever the sheet is called."""
    (folder.path / "mentees.csv").unlink()
    folder.write("mentees", workbook({"Sheet1": SHEETS["mentees"]}), ".xlsx")
    assert folder.read().mentees["person_id"].tolist() == ["007", "12"]


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """Return a workbook with parts replaced or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, part in change.items():
            new.writestr(name, part)
    return stream.getvalue()


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
FAR_CELL = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row>'
    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (repacked(workbook(SHEETS), {"xl/media/a.bin": bytes(50_000_000)}), "E_ARCHIVE_LIMIT"),
        (repacked(workbook(SHEETS), {"xl/worksheets/sheet1.xml": FAR_CELL}), "E_ARCHIVE_LIMIT"),
        (repacked(workbook(SHEETS), {"xl/worksheets/sheet1.xml": DOCTYPE}), "E_XML_FORBIDDEN"),
        (
            repacked(
                workbook(SHEETS),
                {"xl/worksheets/sheet1.xml": DOCTYPE.decode().encode("utf-16")},
            ),
            "E_XML_FORBIDDEN",
        ),
        (repacked(workbook(SHEETS), {"xl/vbaProject.bin": b"macro"}), "E_FORMAT"),
        (repacked(workbook(SHEETS), {"xl/macroSheets/sheet1.xml": b"<x/>"}), "E_FORMAT"),
        (repacked(workbook(SHEETS), {"xl/workbook.xml": b"<not-closed"}), "E_FORMAT"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "E_FORMAT"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "E_FORMAT",
        ),
        (b"person_id,name\ne1,Ada\n", "E_FORMAT"),
        (b"", "E_EMPTY"),
        (workbook(SHEETS)[:-40], "E_FORMAT"),
        (b"PK\x03\x04" + bytes(100), "E_FORMAT"),
    ],
    ids=[
        "bomb",
        "far-cell",
        "doctype",
        "doctype-utf16",
        "macro",
        "macro-sheet",
        "broken-xml",
        "xls",
        "encrypted",
        "csv",
        "zero-bytes",
        "cut-off",
        "no-zip",
    ],
)
def test_workbooks_that_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    """Bombs, entities, macros, encryption, old formats and disguises are refused by code."""
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_cohort(path, Config())
    assert codes_of(caught.value) == [code]


def test_macro_workbook_by_name(tmp_path: Path) -> None:
    """A workbook that says it is macro-enabled is refused even without macros inside."""
    types = zipfile.ZipFile(io.BytesIO(workbook(SHEETS))).read("[Content_Types].xml")
    marked = types.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    path = tmp_path / "cohort.xlsm"
    path.write_bytes(repacked(workbook(SHEETS), {"[Content_Types].xml": marked}))
    with pytest.raises(InputError, match="E_FORMAT"):
        read_cohort(path, Config())


@pytest.mark.slow
def test_parquet(folder) -> None:
    """Parquet tables read like CSV; a NaN is no missing value but an error."""
    pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    (folder.path / "mentors.csv").unlink()
    frame = pd.DataFrame({"person_id": ["r1", "r2"], "capacity": [2, 1]})
    frame.to_parquet(folder.path / "mentors.parquet")
    assert folder.read().mentors["capacity"].tolist() == [2.0, 1.0]
    import pyarrow as pa
    import pyarrow.parquet as pq

    broken = pa.table({"person_id": ["r1", "r2"], "capacity": pa.array([np.nan, 1.0])})
    pq.write_table(broken, folder.path / "mentors.parquet")
    assert folder.codes() == {"E_NOT_FINITE"}


def test_damaged_parquet(folder) -> None:
    """Bytes that are no Parquet are a finding."""
    pytest.importorskip("pyarrow", reason="the extra [parquet] is not installed")
    (folder.path / "mentors.csv").unlink()
    folder.write("mentors", b"PAR1 nonsense PAR1", ".parquet")
    assert "E_FORMAT" in folder.codes()


@pytest.mark.parametrize("package", ["pyarrow.parquet", "sqlalchemy"])
def test_extras_that_are_not_installed(
    folder, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """Without the extra the remedy names it."""
    monkeypatch.setitem(sys.modules, package, None)
    source: str | Path = "sqlite:///a.db"
    if package == "pyarrow.parquet":
        (folder.path / "mentors.csv").unlink()
        folder.write("mentors", b"PAR1", ".parquet")
        source = folder.path
    with pytest.raises(InputError, match="E_EXTRA") as caught:
        read_cohort(source, Config())
    assert "pip install" in str(caught.value)


def test_hashes_cover_every_file(folder) -> None:
    """The manifest can name each input file with its SHA-256."""
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,r1,never\n")
    assert sorted(folder.read().hashes) == ["mentees.csv", "mentors.csv", "rules.csv"]


@pytest.mark.slow
def test_long_tables_are_not_cut(folder) -> None:
    """Nothing is truncated at any size a spreadsheet program would stop at."""
    count = 70_000
    rows = "".join(f"e{k},{k % 6}\n" for k in range(count))
    folder.write("mentees", "person_id,need_why\n" + rows)
    cohort = folder.read()
    assert len(cohort.mentees) == count
    assert cohort.rows["mentees"].read == count


@pytest.mark.slow
def test_a_table_that_ends_where_spreadsheets_cut(folder) -> None:
    """A table of exactly as many rows as the old Excel format holds was perhaps cut."""
    rows = "".join(f"e{k}\n" for k in range(65_535))
    folder.write("mentees", "person_id\n" + rows)
    assert [finding.code for finding in folder.check()] == ["W_ROW_LIMIT"]


def test_a_text_with_a_comma_without_quotes_is_read_whole_and_told(folder) -> None:
    """The blank says where the text was cut, but where other cells start with one."""
    folder.write(
        "mentees", "person_id,name,goals,site\ne1,Ada,learn, grow, and rest,Leeds\ne2,Bo,x,York\n"
    )
    folder.write("mentors", "person_id\nr1\n")
    assert folder.codes() == {"W_RAGGED"}


def test_a_stray_quote_that_swallows_a_rule_is_told(folder) -> None:
    """Two quotes too many make one row of two; a text over several lines is no such thing."""
    folder.write("mentees", 'person_id,name,goals\ne1,Ai,"one, or\ntwo"\n')
    folder.write("rules", 'mentee_id,mentor_id,rule,reason\ne1,m1,never,"x\ne2,m2,never,y"\n')
    folder.write("mentors", "person_id\nm1\n")
    assert [f.table for f in folder.only("W_RAGGED")] == ["rules"]
    folder.write("mentees", "person_id,name,goals,site\ne1,Ada,learn, grow,Leeds\ne2, Bo,x,York\n")
    assert "E_RAGGED" in folder.codes()


def test_titles_of_more_letters_than_any_form_are_refused(folder) -> None:
    """Before any is understood, in a file as in a sheet; a title that stands again counts once."""
    long = [f"Warum {k}? {'ü' * 3_000}" for k in range(32)]
    check_titles("mentees", [*long, *long])
    with pytest.raises(InputError, match="letters in all"):
        check_titles("mentees", [*long, "Pourquoi ? " * 500])
    with pytest.raises(InputError, match="in one"):
        check_titles("mentees", ["person_id", "Pourquoi ? " * 1_000])
    folder.write("mentees", ",".join(["person_id", *long, "Pourquoi ? " * 500]) + "\ne1\n")
    folder.write("mentors", "person_id\nm1\n")
    assert "E_FORMAT" in folder.codes()
