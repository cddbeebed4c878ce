"""Workbooks: what a person sees in a cell is what is read, and none can do harm."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from time import process_time

import pytest
from tests.workbooks import MAIN, PEOPLE, cell, parts_of, rows_xml, sheet_xml, styles_xml, zipped

from matcher.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding, InputError
from matcher.intake import check_cohort, read_cohort
from matcher.intake.files.number_formats import number_format
from matcher.intake.files.sheet_cells import unescaped
from matcher.intake.files.xlsx_source import Workbook


def saved(folder: Path, parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a workbook into `folder`."""
    path = folder / "cohort.xlsx"
    path.write_bytes(zipped(parts, method))
    return path


def findings(folder: Path, parts: dict[str, str | bytes]) -> list[Finding]:
    """Return what a check says of a workbook."""
    return check_cohort(saved(folder, parts), Config())


def read(folder: Path, parts: dict[str, str | bytes]) -> Cohort:
    """Return the cohort of a workbook."""
    return read_cohort(saved(folder, parts), Config())


def with_cells(table: str, cells: str, **how: object) -> dict[str, str | bytes]:
    """Return a cohort whose table holds a third person with more cells in row 4."""
    rows = rows_xml(PEOPLE[table]) + f'<row r="4">{cell("A4", "x9")}{cells}</row>'
    return parts_of({table: sheet_xml(rows)}, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("00000", 123, "00123"),
        ("00000", 1234567, "1234567"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ('"ID-"000', 7, "ID-007"),
        ('"P"0', 7, "P7"),
        ("\\Q00", 7, "Q07"),
        ("[$-409]000;[Red]-000", 7, "007"),
        ("0", 7, "7"),
        ("General", 7, "7"),
        ("@", 7, "7"),
        ("#,##0", 1234, "1234"),
        ("0.00", 7, "7"),
        ("0.00", 7.25, "7.25"),
        ("0%", 0.5, "0.5"),
        ('0" years"', 7, "7"),
        ('"£"0', 7, "7"),
        ("00000", -7, "-7"),
        ("00000", 1.5, "1.5"),
        ("0.00E+00", 12000, "12000"),
        ("yyyy-mm-dd", 46054, "2026-02-01"),
        ("d-mmm", 46054, "2026-02-01"),
        ("[$-809]dd\\ mmmm\\ yyyy;@", 46054, "2026-02-01"),
        ("dd/mm/yyyy hh:mm", 46054.75, "2026-02-01 18:00:00"),
        ("hh:mm", 0.75, "18:00"),
        ("h:mm:ss AM/PM", 0.5 + 1 / 86400, "12:00:01"),
        ("[h]:mm", 1.5, "36:00"),
        ("yyyy-mm-dd", -3, "-3"),
        ("yyyy-mm-dd", 1e12, "1000000000000"),
        ("yyyy-mm-dd", 1, "1900-01-01"),
        ("yyyy-mm-dd", 59, "1900-02-28"),
        ("yyyy-mm-dd", 61, "1900-03-01"),
    ],
)
def test_a_number_reads_as_it_is_shown(code: str, value: float, text: str) -> None:
    """Padded ids keep their zeros, dates are ISO, amounts stay amounts."""
    assert number_format(code).text(value) == text


@pytest.mark.parametrize(
    ("code", "shown"),
    [("d-mmm", "1-Feb"), ("mmm-yy", "Feb-26"), ("ddd d.m.", "Sun 1.2."), ("mmmm", "Feb")],
)
def test_what_a_spreadsheet_shows_of_a_date(code: str, shown: str) -> None:
    """Formats that hide a part of the day are those of answers that became dates."""
    assert number_format(code).shown(46054) == shown


def test_padded_ids_find_each_other(tmp_path: Path) -> None:
    """An id that one sheet pads and another writes as text is one id, whatever is stored."""
    rows = rows_xml([["person_id"], [123], [45]], {"A2": 1, "A3": 1})
    rules = rows_xml([["mentee_id", "mentor_id", "rule"], ["00123", "r1", "never"]])
    sheets = {"mentees": sheet_xml(rows), "rules": sheet_xml(rules)}
    cohort = read(tmp_path, parts_of(sheets, styles=styles_xml(["00000"])))
    assert cohort.mentees["person_id"].tolist() == ["00045", "00123"]
    assert cohort.rules["mentee_id"].tolist() == ["00123"]


def test_days_counted_from_1904(tmp_path: Path) -> None:
    """Workbooks of old Macs count their days from another one."""
    rows = rows_xml([["person_id", "joined"], ["e1", 44592]], {"B2": 1})
    parts = parts_of(
        {"mentees": sheet_xml(rows)}, styles=styles_xml(["d/m/yyyy"]), properties=' date1904="1"'
    )
    assert read(tmp_path, parts).mentees["joined"].dt.date.astype(str).tolist() == ["2026-02-01"]


@pytest.mark.parametrize("saved_result", ["", "<v/>", "<v></v>"])
def test_a_formula_without_its_result(tmp_path: Path, saved_result: str) -> None:
    """A program that computes nothing leaves formulas without results, which are no blanks."""
    parts = with_cells("mentors", f'<c r="B4"><f>1+2</f>{saved_result}</c>')
    told = findings(tmp_path, parts)
    assert [(f.code, f.table, f.row, f.column) for f in told] == [
        ("E_CELL_ERROR", "mentors", 4, "capacity")
    ]
    assert "formula" in told[0].message


@pytest.mark.slow
def test_a_formula_with_its_result(tmp_path: Path) -> None:
    """A saved result is an answer, an empty text too."""
    parts = with_cells("mentors", '<c r="B4"><f>1+2</f><v>3</v></c>')
    assert read(tmp_path, parts).mentors["capacity"].tolist() == [2.0, 1.0, 3.0]
    parts = with_cells("mentors", '<c r="B4" t="str"><f>""</f><v></v></c>')
    assert read(tmp_path, parts).mentors["capacity"].isna().tolist() == [False, False, True]


def test_a_formula_in_a_column_that_nobody_reads(tmp_path: Path) -> None:
    """What is left out cannot be misread."""
    rows = rows_xml([["person_id", "remark of the office"]])
    rows += f'<row r="2">{cell("A2", "e1")}<c r="B2"><f>A1</f></c></row>'
    parts = parts_of({"mentees": sheet_xml(rows)})
    assert [f.code for f in findings(tmp_path, parts)] == ["W_UNUSED_COLUMN"]


def test_a_title_that_is_a_formula_without_result(tmp_path: Path) -> None:
    """A column whose title nobody knows is not dropped in silence."""
    rows = '<row r="1"><c r="A1"><f>B1</f></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    told = findings(tmp_path, parts_of({"mentees": sheet_xml(rows)}))
    assert [(f.code, f.row) for f in told] == [("E_CELL_ERROR", 1)]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("capacity", "E_CELL_DATE"),
        ("contexts", "E_CELL_DATE"),
        ("expertise", "E_CELL_DATE"),
        ("availability", "E_CELL_DATE"),
        ("reciprocal_kind", "E_CELL_DATE"),
        ("location", "W_CELL_DATE"),
    ],
)
def test_an_answer_that_became_a_date(tmp_path: Path, column: str, code: str) -> None:
    """1-2 became 1 February in a column of any kind: told with what the spreadsheet shows."""
    rows = rows_xml([["person_id", column], ["r1", 46054]], {"B2": 1})
    parts = parts_of({"mentors": sheet_xml(rows)}, styles=styles_xml(["d-mmm"]))
    told = findings(tmp_path, parts)
    assert [(f.code, f.row, f.column) for f in told] == [(code, 2, column)]
    assert "1-Feb" in told[0].message


def test_a_birthday_is_not_repeated(tmp_path: Path) -> None:
    """A whole date in a column of numbers is told without the date."""
    rows = rows_xml([["person_id", "capacity"], ["r1", 30000]], {"B2": 1})
    parts = parts_of({"mentors": sheet_xml(rows)}, styles=styles_xml(["yyyy-mm-dd"]))
    told = findings(tmp_path, parts)
    assert [f.code for f in told] == ["E_CELL_DATE"]
    assert "1982" not in told[0].line()


def test_a_date_where_one_belongs(tmp_path: Path) -> None:
    """However short a date is shown, a column of dates takes it."""
    rows = rows_xml([["person_id", "joined"], ["e1", 46054]], {"B2": 1})
    parts = parts_of({"mentees": sheet_xml(rows)}, styles=styles_xml(["d-mmm"]))
    assert findings(tmp_path, parts) == []


@pytest.mark.slow
def test_hidden_rows_columns_and_sheets_are_told(tmp_path: Path) -> None:
    """What the eye does not see is read, and said: also filtered rows; blank ones are no matter."""
    rows = rows_xml(PEOPLE["mentees"]).replace('<row r="3">', '<row r="3" hidden="true">')
    rows += '<row r="9" hidden="1"/>'
    columns = '<cols><col min="2" max="9" hidden="1"/></cols>'
    rules = rows_xml([["mentee_id", "mentor_id", "rule"], ["e1", "r1", "never"]])
    sheets = {"mentees": sheet_xml(rows, columns), "rules": sheet_xml(rules)}
    parts = parts_of(sheets, states={"rules": "veryHidden"})
    told = findings(tmp_path, parts)
    assert [(f.code, f.table, f.row) for f in told] == [
        ("W_HIDDEN", "mentees", None),
        ("W_HIDDEN", "mentees", 3),
        ("W_HIDDEN", "rules", None),
    ]
    assert "1 row is hidden" in told[1].message
    cohort = read(tmp_path, parts)
    assert (len(cohort.mentees), len(cohort.rules)) == (2, 1)


def test_other_programs_write_other_xml(tmp_path: Path) -> None:
    """Prefixes, missing references, shared rich texts, escapes: valid, and read like Excel's."""
    plain = sheet_xml(rows_xml(PEOPLE["mentees"]))
    prefixed = plain.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    bare = "<row><c t='s'><v>0</v></c></row><row><c t='s'><v>1</v></c></row>"
    shared = (
        f'<sst xmlns="{MAIN}"><si><r><t>person</t></r><r><t>_id</t></r></si>'
        "<si><t>漢_x0041_</t><rPh sb='0' eb='1'><t>カン</t></rPh></si></sst>"
    )
    parts = parts_of({"mentees": prefixed, "mentors": sheet_xml(bare)}, folder="odd/place")
    parts["xl/sharedStrings.xml"] = shared
    cohort = read(tmp_path, parts)
    assert cohort.mentees["person_id"].tolist() == ["e1", "e2"]
    assert cohort.mentors["person_id"].tolist() == ["漢A"]


def test_utf_16(tmp_path: Path) -> None:
    """The other encoding that the standard allows."""
    xml = sheet_xml(rows_xml(PEOPLE["mentees"])).replace("UTF-8", "UTF-16")
    parts = parts_of() | {"xl/worksheets/s1.xml": xml.encode("utf-16")}
    assert len(read(tmp_path, parts).mentees) == 2


def row_of(cells: str, number: int = 4) -> str:
    """Return the mentees' sheet with one more row."""
    return sheet_xml(rows_xml(PEOPLE["mentees"]) + f'<row r="{number}">{cells}</row>')


FAULTS = {
    "nine digits": row_of('<c r="A999999999"><v>1</v></c>'),
    "blanks around": row_of('<c  r = "A99999999999" ><v>1</v></c>'),
    "single quotes": row_of("<c r='B4294967296'><v>1</v></c>"),
    "lower case": row_of('<c r="a4"><v>1</v></c>'),
    "five letters": row_of('<c r="AAAAA4"><v>1</v></c>'),
    "character references": row_of('<c r="&#65;999999999999"><v>1</v></c>'),
    "row zero": row_of('<c r="A0"><v>1</v></c>', 0),
    "row beyond the sheet": row_of('<c r="A1048577"><v>1</v></c>', 1048577),
    "column beyond the sheet": row_of('<c r="XFE4"><v>1</v></c>'),
    "digits that int takes": row_of('<c r="A٤"><v>1</v></c>'),
    "one place twice": row_of('<c r="A4"><v>1</v></c><c r="A4"><v>2</v></c>'),
    "cell in a cell": row_of('<c r="A4"><c r="B4"><v>1</v></c></c>'),
    "row in a row": row_of('<row r="5"><c r="A5"><v>1</v></c></row>'),
    "no such shared text": row_of('<c r="A4" t="s"><v>7</v></c>'),
    "shared text below zero": row_of('<c r="A4" t="s"><v>-1</v></c>'),
    "no such style": row_of('<c r="A4" s="99"><v>1</v></c>'),
    "no number": row_of('<c r="A4"><v>1_000</v></c>'),
    "endless number": row_of('<c r="A4"><v>1e999</v></c>'),
    "no such type": row_of('<c r="A4" t="zz"><v>1</v></c>'),
    "far corner": row_of('<c r="XFD1048576"><v>1</v></c>', 1048576),
    "long text": row_of(cell("A4", "x" * 40_000)),
    "deep tags": row_of("<c>" + "<is>" * 5000 + "</is>" * 5000 + "</c>"),
    "deep foreign tags": sheet_xml("", "<a>" * 500_000 + "</a>" * 500_000),
    "long tag": sheet_xml("", f'<a b="{"x" * 9_000_000}"/>'),
    "more rows than anybody fills": sheet_xml("<row><c><v>1</v></c></row>" * 65_600),
    "half a sheet": row_of("")[:-20],
    "names without end": sheet_xml("".join(f"<e{k}/>" for k in range(300_000))),
    "attributes without end": sheet_xml("".join(f'<e a{k}="1"/>' for k in range(300_000))),
    "declared as UTF-7": row_of(cell("A4", "e3")).replace("UTF-8", "UTF-7"),
    "declared as a cipher": row_of(cell("A4", "e3")).replace("UTF-8", "rot13"),
    "declared as Latin": row_of(cell("A4", "e3")).replace("UTF-8", "ISO-8859-1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_workbooks_that_lie_are_refused(tmp_path: Path, fault: str) -> None:
    """References, types and texts that no spreadsheet writes: one finding, no guess."""
    parts = parts_of({"mentees": FAULTS[fault]}, styles=styles_xml([]))
    for wanted in (parts, parts_of({"mentees": FAULTS[fault]}, styles=styles_xml([]), folder="x")):
        with pytest.raises(InputError) as caught:
            read(tmp_path, wanted)
        (finding,) = caught.value.findings
        assert finding.code in ("E_FORMAT", "E_ARCHIVE_LIMIT")


def test_a_shared_text_repeated_without_end(tmp_path: Path) -> None:
    """A long text that many cells share counts at each of them."""
    cells = "".join(f'<row r="{k}"><c r="A{k}" t="s"><v>0</v></c></row>' for k in range(1, 5000))
    parts = parts_of({"mentees": sheet_xml(cells)})
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_000}</t></si></sst>'
    with pytest.raises(InputError, match="E_ARCHIVE_LIMIT"):
        read(tmp_path, parts)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "cp037", "UTF-7"])
def test_a_document_type_in_any_disguise(tmp_path: Path, encoding: str) -> None:
    """No entity is ever expanded: a document type is refused, or the XML is not understood."""
    head = f"<?xml version='1.0' encoding='{encoding}'?>"
    body = '<!DOCTYPE x [<!ENTITY a "person_id">]><worksheet>&a;</worksheet>'
    content = head.encode() + body.encode(encoding)
    if encoding == "UTF-16":
        content = (head + body).encode(encoding)
    with pytest.raises(InputError, match=r"E_XML_FORBIDDEN|E_FORMAT"):
        read(tmp_path, parts_of() | {"xl/worksheets/s1.xml": content})


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(tmp_path: Path, method: int) -> None:
    """No spreadsheet packs like that, and unpacking may take any memory."""
    with pytest.raises(InputError, match="E_FORMAT"):
        read_cohort(saved(tmp_path, parts_of(), method), Config())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_part_twice(tmp_path: Path) -> None:
    """Which of two parts of a name counts is for nobody to guess."""
    path = saved(tmp_path, parts_of())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("XL/worksheets/s1.xml", sheet_xml(""))
    with pytest.raises(InputError, match="E_FORMAT"):
        read_cohort(path, Config())


def with_sheets(more: str, related: str = "") -> dict[str, str | bytes]:
    """Return a cohort with more sheets or more relations in its outline."""
    parts = parts_of()
    book, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    parts[book] = str(parts[book]).replace("</sheets>", f"{more}</sheets>")
    parts[relations] = str(parts[relations]).replace("</Rel", f"{related}</Rel")
    return parts


@pytest.mark.parametrize("count", [300, 20_000])
def test_sheets_without_end(tmp_path: Path, count: int) -> None:
    """A list of sheets that all lead to one part costs one finding, and no reading."""
    more = "".join(f'<sheet name="s{k}" sheetId="{k}" r:id="r1"/>' for k in range(9, count))
    assert [f.code for f in findings(tmp_path, with_sheets(more))] == ["E_ARCHIVE_LIMIT"]
    assert [f.code for f in check_cohort(tmp_path, Config())] == ["E_ARCHIVE_LIMIT"]


def test_one_part_under_two_sheet_names(tmp_path: Path) -> None:
    """No program writes it; mentees must not be read as rules too."""
    more = '<sheet name="rules" sheetId="9" r:id="r1"/>'
    assert [f.code for f in findings(tmp_path, with_sheets(more))] == ["E_FORMAT"]


def test_relations_without_end(tmp_path: Path) -> None:
    """A part refers to no more parts than an archive may hold."""
    related = "".join(f'<Relationship Id="z{k}" Type="x" Target="y"/>' for k in range(6_000))
    assert [f.code for f in findings(tmp_path, with_sheets("", related))] == ["E_ARCHIVE_LIMIT"]


@pytest.mark.parametrize("hidden", ["_x200B_", "_x0007_", "_xFFFC_", "_x00ad_", "\ufffc"])
def test_an_id_with_a_hidden_character(tmp_path: Path, hidden: str) -> None:
    """Written as it is or as an escape: an id that looks like another is refused."""
    rows: list[list[object]] = [["person_id"], ["e1"], [f"e1{hidden}"]]
    found = findings(tmp_path, parts_of({"mentees": sheet_xml(rows_xml(rows))}))
    assert "E_ID_CHARS" in {f.code for f in found}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a_x000D_b", "a\rb"),
        ("_x00E9_t_x00e9_", "été"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_", "_xD83D_"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x12_", "_x12_"),
    ],
)
def test_escapes_are_what_a_spreadsheet_shows(written: str, meant: str) -> None:
    """Every character of two bytes, and of four where both halves are there."""
    assert unescaped(written) == meant


@pytest.mark.slow
def test_shared_texts_count_for_every_sheet(tmp_path: Path) -> None:
    """Many small sheets over many shared texts are as much work as one large sheet."""
    row = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    )
    parts = parts_of({f"s{k}": sheet_xml(row) for k in range(250)})
    book = "xl/workbook.xml"
    parts[book] = str(parts[book]).replace('"mentees"', '"x1"').replace('"mentors"', '"s250"')
    texts = "".join(f"<si><t>t{k}</t></si>" for k in range(60_000))
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{texts}</sst>'
    workbook = Workbook(saved(tmp_path, parts).read_bytes(), "")
    with pytest.raises(InputError, match="E_ARCHIVE_LIMIT"):
        _ = [workbook.cells(sheet, "") for sheet in workbook.sheets]


@pytest.mark.slow
def test_a_part_that_unfolds_to_more_than_it_declares(tmp_path: Path) -> None:
    """No byte is unfolded past the declared size, wherever the archive lies about it."""
    sheet = sheet_xml(rows_xml(PEOPLE["mentees"]) + " " * 300_000_000)
    content = zipped(parts_of({"mentees": sheet}))
    size = len(sheet.encode()).to_bytes(4, "little")
    assert content.count(size) >= 2
    path = tmp_path / "cohort.xlsx"
    path.write_bytes(content.replace(size, (3000).to_bytes(4, "little")))
    del sheet
    tracemalloc.start()
    with pytest.raises(InputError, match="E_FORMAT"):
        read_cohort(path, Config())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.parametrize("name", ["m" * 500_000, "@" * 200_000, "a " * 100_000])
def test_long_names_of_sheets(tmp_path: Path, name: str) -> None:
    """A name of any length is told in short, and at once."""
    started = process_time()
    told = findings(tmp_path, parts_of({name: sheet_xml(rows_xml(PEOPLE["mentees"]))}))
    assert process_time() - started < 3
    assert all(len(finding.line()) < 1000 for finding in told)


def test_more_titles_than_any_form_has(folder) -> None:
    """Each title is compared with all that forms ask; a table is not read for minutes."""
    titles = ",".join(["person_id", *(f"Q{k}" for k in range(5000))])
    folder.write("mentees", f"{titles}\ne1{',' * 5000}\n")
    (told,) = [f for f in folder.check() if f.code == "E_FORMAT"]
    assert "5001 columns" in told.message


def test_an_empty_file(tmp_path: Path) -> None:
    """Nothing at all is no damaged workbook."""
    (tmp_path / "cohort.xlsx").write_bytes(b"")
    assert [f.code for f in check_cohort(tmp_path, Config())] == ["E_EMPTY"]


def test_a_text_in_pieces(tmp_path: Path) -> None:
    """A rich text is one text, and its reading is none of it."""
    runs = "<is><r><t>1</t></r><r><t>7</t></r><rPh sb='0' eb='1'><t>x</t></rPh></is>"
    parts = with_cells("mentees", f'<c r="B4" t="inlineStr">{runs}</c>')
    years = read(tmp_path, parts).mentees.set_index("person_id")["career_years"]
    assert years["x9"] == 17
