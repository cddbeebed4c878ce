"""XLSX workbooks to grids: sheets by name, the cells of each as a person sees them."""

from dataclasses import replace

from matcher.errors import Finding, InputError
from matcher.intake.files import sheet_cells, workbook_archive
from matcher.intake.files.grid import FORMULA_WITHOUT_RESULT, NO_RESULT, Grid, make_grid
from matcher.intake.files.number_formats import BUILT_IN, GENERAL, NumberFormat, number_format
from matcher.text import count_of, plural

MAX_SHEETS = 255
"""Sheets of a workbook: more than anybody fills, and each is looked at."""


class Workbook:
    """A workbook: its sheet names, and what stands in each on demand.

    Parameters
    ----------
    content
        Bytes of the file.
    table
        What faults of the workbook as a whole are said of.

    Raises
    ------
    InputError
        E_FORMAT (not XLSX, encrypted, old .xls, with macros, damaged), E_ARCHIVE_LIMIT (unfolds to
        too much) or E_XML_FORBIDDEN (DOCTYPE or entities); reading a sheet raises these too.
    """

    def __init__(self, content: bytes, table: str) -> None:
        with workbook_archive.about(table):
            self._archive = workbook_archive.Archive(content)
            self._archive.parse("[Content_Types].xml", _Types())
            book = _book_part(self._archive)
            outline = _Outline(self._archive.related(book))
            self._archive.parse(book, outline)
            self._hidden = outline.hidden
            self._from_1904 = outline.from_1904
            self._parts = outline.sheets
            if len({part.lower() for part in self._parts.values()}) < len(self._parts):
                workbook_archive.refuse_damaged()
            self._shared, self._formats = _Shared(), _Styles()
            for part, handler in ((outline.shared, self._shared), (outline.styles, self._formats)):
                if part in self._archive:
                    self._archive.parse(part, handler)
        self.sheets = tuple(self._parts)
        self._cells: dict[str, sheet_cells.SheetCells] = {}

    def cells(self, sheet: str, table: str) -> sheet_cells.SheetCells:
        """Return the cells of a sheet that hold anything; they are kept where there is room."""
        if sheet in self._cells:
            return self._cells[sheet]
        with workbook_archive.about(table):
            self._archive.work(len(self._shared.texts) // 2)  # each sheet takes them over
            handler = sheet_cells.SheetHandler(
                self._shared.texts, self._formats.by_style, from_1904=self._from_1904
            )
            self._archive.parse(self._parts[sheet], handler)
            cells = handler.cells()
        if cells.area + sum(kept.area for kept in self._cells.values()) <= sheet_cells.MAX_AREA:
            self._cells[sheet] = cells
        return cells

    def grid(self, sheet: str, table: str) -> Grid:
        """Return the sheet as a grid; its first row that is not blank holds the titles.

        Raises
        ------
        InputError
            E_EMPTY where the sheet holds nothing, E_CELL_ERROR where a title is a formula without
            a result, and the faults of the workbook.
        """
        cells = self.cells(sheet, table)
        if not len(cells.rows):
            remedy = "fill it in or delete the sheet"
            raise InputError(Finding("E_EMPTY", "the sheet is empty", remedy, table))
        titles = [column[0] for column in cells.columns]
        if NO_RESULT in titles:
            raise InputError(replace(FORMULA_WITHOUT_RESULT, table=table, row=int(cells.rows[0])))
        body = [column[1:] for column in cells.columns]
        grid = make_grid(table, sheet, titles, body, cells.rows[1:])
        findings = _hidden(cells, table, titles, is_sheet_hidden=sheet in self._hidden)
        return replace(grid, shown=cells.shown, findings=tuple(findings))


def _hidden(
    cells: sheet_cells.SheetCells, table: str, titles: list[str], *, is_sheet_hidden: bool
) -> list[Finding]:
    """Tell of what is read and cannot be seen: a sheet, rows, columns."""
    told: list[tuple[str, int | None]] = []
    if is_sheet_hidden:
        told.append(("the sheet is hidden", None))
    rows = sorted(cells.hidden_rows)
    if rows:
        be = plural(len(rows), "is", "are")
        told.append((f"{count_of(len(rows), 'row')} {be} hidden, row {rows[0]} first,", rows[0]))
    columns = [k for k in sorted(cells.hidden_columns) if k < len(titles) and titles[k]]
    if columns:
        be = plural(len(columns), "is", "are")
        first = f"column {columns[0] + 1} first"
        told.append((f"{count_of(len(columns), 'column')} {be} hidden, {first}", None))
    remedy = "unhide to check, or delete what should not count"
    return [
        Finding("W_HIDDEN", f"{what} and is read like all else", remedy, table, row)
        for what, row in told
    ]


def _book_part(archive: workbook_archive.Archive) -> str:
    """Return the name of the part that lists the sheets."""
    parts = [part for kind, part in archive.related("").values() if kind == "officeDocument"]
    return parts[0] if parts else "xl/workbook.xml"


class _Types(workbook_archive.XmlHandler):
    """Refuses workbooks that say of themselves that they hold macros."""

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if "macroEnabled" in kind or "vbaProject" in kind:
            workbook_archive.macros()


class _Outline(workbook_archive.XmlHandler):
    """The sheets of a workbook in order, and how it counts days."""

    def __init__(self, related: dict[str, tuple[str, str]]) -> None:
        super().__init__()
        self._related = related
        by_kind = dict(related.values())
        self.shared = by_kind.get("sharedStrings", "xl/sharedStrings.xml")
        self.styles = by_kind.get("styles", "xl/styles.xml")
        self.sheets: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.from_1904 = False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        if tag == "sheet":
            name = attributes.get("name", "")
            reference = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            kind, part = self._related.get(reference, ("", ""))
            if not kind or name in self.sheets:
                workbook_archive.refuse_damaged()
            if len(self.sheets) == MAX_SHEETS:
                workbook_archive.too_much()
            if kind == "worksheet":
                self.sheets[name] = part
            if attributes.get("state", "visible") != "visible":
                self.hidden.add(name)


class _Shared(workbook_archive.XmlHandler):
    """The texts that cells share, without the readings of Japanese ones."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_reading = False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "t" and not self._is_reading:
            self.capture()
        elif tag == "rPh":
            self._is_reading = True

    def close(self, tag: str) -> None:
        if tag == "t":
            self._parts.append(self.captured())
        elif tag == "si":
            self.texts.append(sheet_cells.unescaped("".join(self._parts)))
        elif tag == "rPh":
            self._is_reading = False


MAX_STYLES, MAX_FORMATS, MAX_CODE = 65_536, 5_000, 255
"""Styles of cells, number formats, and characters of a format; a spreadsheet takes no more."""


def _own_format(code: str) -> NumberFormat:
    if len(code) > MAX_CODE:
        workbook_archive.too_much()
    return number_format(code)


class _Styles(workbook_archive.XmlHandler):
    """The number format of each style that a cell may name."""

    def __init__(self) -> None:
        super().__init__()
        self.by_style: list[NumberFormat] = []
        self._own: dict[str, NumberFormat] = {}
        self._is_cells = False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._own[attributes["numFmtId"]] = _own_format(attributes["formatCode"])
            if len(self._own) > MAX_FORMATS:
                workbook_archive.too_much()
        elif tag == "cellXfs":
            self._is_cells = True
        elif tag == "xf" and self._is_cells:
            number = attributes.get("numFmtId", "0")
            built_in = BUILT_IN.get(int(number))
            form = number_format(built_in) if built_in else GENERAL
            self.by_style.append(self._own.get(number, form))
            if len(self.by_style) > MAX_STYLES:
                workbook_archive.too_much()

    def close(self, tag: str) -> None:
        if tag == "cellXfs":
            self._is_cells = False
