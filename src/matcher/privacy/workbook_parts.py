"""A workbook taken apart and put together again with other cells: all else stays to the byte.

Rows and cells are found in the XML by where they start and end, so that formats, widths, formulas,
other sheets and whatever else a spreadsheet program keeps are not rewritten.
"""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from html import escape, unescape
from io import BytesIO

from matcher.errors import Finding, InputError
from matcher.intake.files.xlsx_source import Workbook
from matcher.privacy.markup import cleaned, readable

_CHAIN = "xl/calcChain.xml"
_LETTERS = re.compile(r"[A-Z]+")
_MARKUP = (".xml", ".rels", ".vml")
_OTHER_XML = re.compile(rb"<!\[CDATA\[|<\?xml[^>]*encoding=.(?!utf-8|us-ascii)", re.IGNORECASE)
"""Markup whose cells are not found by where they start and end."""
_CELLS = re.compile(rb"<((?:\w+:)?)sheetData\b.*</\1sheetData>", re.DOTALL)
_FORMULA = re.compile(rb"<((?:\w+:)?f)(?:\s[^>]*)?>[^<]*</\1>")
_SPOKEN = re.compile(rb"<((?:\w+:)?rPh)\b.*?</\1>", re.DOTALL)

Edit = tuple[int, int, bytes]


@dataclass
class CellAt:
    """A cell: its column, counted from 0, its text, and where it stands in its part."""

    column: int
    text: str
    start: int
    end: int
    opening: str
    """Its tag and attributes without the type, for another cell in its place."""
    shared: int = -1
    """Number of its shared string."""


@dataclass
class RowAt:
    """A row: its number as people see it, its cells, and where it stands."""

    number: int
    start: int
    end: int = 0
    cells: list[CellAt] = field(default_factory=list)


class WorkbookParts:
    """A guarded XLSX.

    Raises
    ------
    InputError
        E_FORMAT, E_ARCHIVE_LIMIT or E_XML_FORBIDDEN.
    """

    def __init__(self, content: bytes, name: str) -> None:
        guard = Workbook(content, name)
        for sheet in guard.sheets:  # what the reader takes has no more cells than fit
            guard.cells(sheet, name)
        self._name = name
        with zipfile.ZipFile(BytesIO(content)) as archive:
            self._parts = {info: archive.read(info) for info in archive.infolist()}
        self._of = {info.filename: info for info in self._parts}
        try:
            self._book = self._named("workbook.xml")
            self._strings_part = self._named("sharedstrings.xml")
            strings = self._elements_of(self._strings_part, "si")
            self._strings = [_text_of(raw) for _, _, raw in strings]
            self.sheets = {title: self._rows(part) for title, part in self._sheet_parts().items()}
            self._refuse_other_markup(guard.sheets)
        except (KeyError, ValueError, IndexError) as error:
            what = "the workbook can be read, but not rewritten as it is written"
            remedy = "save it as .xlsx again in a spreadsheet program, then forget"
            raise InputError(Finding("E_FORMAT", what, remedy, name)) from error

    def _refuse_other_markup(self, sheets: Sequence[str]) -> None:
        """Raise ValueError where the reader sees what is not found here."""
        markup = (part for info, part in self._parts.items() if info.filename.endswith(_MARKUP))
        if set(self.sheets) != set(sheets) or any(_is_other_xml(part) for part in markup):
            raise ValueError("cells that cannot be found by place")

    @property
    def asides(self) -> dict[str, str]:
        """What every part says but its cells: comments, properties, links, headers, formulas."""
        markup = {name: info for name, info in self._of.items() if name.endswith(_MARKUP)}
        rest = {name: self._beside_cells(name, self._parts[info]) for name, info in markup.items()}
        return {name: readable(_decoded(b"\n".join(pieces))) for name, pieces in rest.items()}

    def _beside_cells(self, name: str, content: bytes) -> list[bytes]:
        """Return the pieces of a part that are no values of cells."""
        if name == self._strings_part:
            return [found[0] for found in _SPOKEN.finditer(content)]
        cells = _CELLS.search(content) if name in self._sheet_parts().values() else None
        if cells is None:
            return [content]
        formulas = [found[0] for found in _FORMULA.finditer(cells[0])]
        return [content[: cells.start()], *formulas, content[cells.end() :]]

    def _cleaned(self, name: str, content: bytes, clean: Callable[[str], str]) -> bytes:
        """Return a part with everything cleaned that is no value of a cell."""

        def new(piece: bytes) -> bytes:
            return cleaned(_decoded(piece), clean).encode("utf-8", "surrogateescape")

        if name == self._strings_part:
            return _SPOKEN.sub(lambda found: new(found[0]), content)
        cells = _CELLS.search(content) if name in self._sheet_parts().values() else None
        if cells is None:
            return new(content)
        inside = _FORMULA.sub(lambda found: new(found[0]), cells[0])
        return new(content[: cells.start()]) + inside + new(content[cells.end() :])

    @property
    def unread(self) -> list[str]:
        """Parts that nobody searched: copies of rows in pivot tables, pictures, other files."""
        return [n for n in self._of if "pivotCacheRecords" in n or not n.endswith((*_MARKUP, "/"))]

    def changed(
        self,
        dropped: Mapping[str, Set[int]],
        texts: Mapping[str, Mapping[tuple[int, int], str]],
        clean: Callable[[str], str],
        emptied: Set[str] = frozenset(),
    ) -> bytes:
        """Return the workbook without some rows and with other texts.

        Parameters
        ----------
        dropped
            Numbers of the rows that go, by sheet; those below keep their numbers.
        texts
            New texts by sheet, row number and column.
        clean
            What becomes of the text of comments, properties, links and other parts.
        emptied
            Sheets that are no table any more: they get another title.
        """
        new = {info.filename: content for info, content in self._parts.items()}
        used: set[int] = set()
        for title, part in self._sheet_parts().items():
            gone, said = dropped.get(title, set()), texts.get(title, {})
            edits: list[Edit] = []
            for row in self.sheets[title]:
                if row.number in gone:
                    edits.append((row.start, row.end, b""))
                    continue
                for cell in row.cells:
                    if (row.number, cell.column) in said:
                        edits.append(_retold(cell, said[row.number, cell.column]))
                    elif cell.shared >= 0:
                        used.add(cell.shared)
            new[part] = _edited(new[part], edits)
            for name in self._comments_of(part):
                new[name] = _without_comments(new[name], gone)
        if self._strings_part:
            new[self._strings_part] = _edited(new[self._strings_part], self._unused(used))
        for name in filter(lambda name: name.endswith(_MARKUP), new):
            new[name] = self._cleaned(name, self._retitled(new[name], emptied), clean)
        if any(dropped.values()):
            _drop_chain(new)
        return self._zipped(new)

    def _retitled(self, content: bytes, titles: Set[str]) -> bytes:
        """Return a part with other titles of some sheets, also where formulas name them."""
        for k, title in enumerate(self.sheets, start=1):
            if title in titles:
                old, new = re.escape(escape(title).encode()), f"removed{k}".encode()
                content = re.sub(rb"(?<![\w'])'?" + old + rb"'?!", new + b"!", content)
                sheet = rb"(<(?:\w+:)?sheet\s[^>]*?\bname=[\"'])" + old + rb"(?=[\"'])"
                content = re.sub(sheet, rb"\g<1>" + new, content)
        return content

    def _zipped(self, new: Mapping[str, bytes]) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, info in self._of.items():
                if new.get(name):
                    archive.writestr(info, new[name], zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _sheet_parts(self) -> dict[str, str]:
        """Return the part of each sheet of cells by its title."""
        targets, book = self._targets(self._book), self._parts[self._of[self._book]]
        sheets: dict[str, str] = {}
        for tag in re.findall(rb"<(?:\w+:)?sheet\s[^>]*>", book):
            attributes = _attributes(tag)
            identity = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            part = targets.get(identity, "")
            if part in self._of:
                sheets[attributes.get("name", "")] = part
        return sheets

    def _targets(self, part: str) -> dict[str, str]:
        """Return what a part is related to, by relation id."""
        folder, _, name = part.rpartition("/")
        info = self._of.get(f"{folder}/_rels/{name}.rels")
        tags = re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", self._parts[info] if info else b"")
        told = [_attributes(tag) for tag in tags]
        return {each.get("Id", ""): _joined(folder, each.get("Target", "")) for each in told}

    def _comments_of(self, part: str) -> list[str]:
        return [p for p in self._targets(part).values() if "omment" in p and p in self._of]

    def _named(self, ending: str) -> str:
        return next((name for name in self._of if name.lower().endswith(ending)), "")

    def _elements_of(self, part: str, wanted: str) -> list[tuple[int, int, bytes]]:
        info = self._of.get(part)
        return [] if info is None else list(_elements(self._parts[info], wanted))

    def _unused(self, used: Set[int]) -> list[Edit]:
        strings = self._elements_of(self._strings_part, "si")
        return [(a, b, b"<si><t></t></si>") for k, (a, b, _) in enumerate(strings) if k not in used]

    def _rows(self, part: str) -> list[RowAt]:
        content = self._parts[self._of[part]]
        rows: list[RowAt] = []
        for start, end, raw in _elements(content, "row"):
            opening = raw[: raw.index(b">") + 1]
            number = int(_attributes(opening).get("r", rows[-1].number + 1 if rows else 1))
            row = RowAt(number, start, end)
            for at, to, cell in _elements(raw, "c"):
                row.cells.append(self._cell(cell, start + at, start + to, row))
            rows.append(row)
        return rows

    def _cell(self, raw: bytes, start: int, end: int, row: RowAt) -> CellAt:
        opening = raw[: raw.index(b">") + 1].rstrip(b"/>")
        attributes = _attributes(opening + b">")
        reference = _LETTERS.match(attributes.get("r", "").upper())
        after = row.cells[-1].column + 1 if row.cells else 0
        column = _number(reference[0]) if reference else after
        kind, shared = attributes.get("t", ""), -1
        value = re.search(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<", raw)
        text = unescape(value[1].decode("utf-8")) if value else ""
        if kind == "inlineStr":
            text = _text_of(raw)
        elif kind == "s" and text:
            shared = int(text)
            text = self._strings[shared]
        elif text.endswith(".0"):
            text = text[:-2]
        plain = re.sub(rb"""\st=(?:"[^"]*"|'[^']*')""", b"", opening).decode("utf-8")
        return CellAt(column, text, start, end, opening=plain, shared=shared)


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _is_other_xml(part: bytes) -> bool:
    return b"\0" in part or bool(_OTHER_XML.search(part))


def _elements(content: bytes, wanted: str) -> Iterator[tuple[int, int, bytes]]:
    """Yield start, end and bytes of every element of a local name; they do not nest."""
    name = re.compile(rb"<((?:\w+:)?" + wanted.encode() + rb")(?=[\s/>])")
    at = 0
    while found := name.search(content, at):
        close = content.index(b">", found.end())
        if content[close - 1 : close] == b"/":
            end = close + 1
        else:
            closing = b"</" + found[1] + b">"
            end = content.index(closing, close) + len(closing)
        yield found.start(), end, content[found.start() : end]
        at = end


def _attributes(tag: bytes) -> dict[str, str]:
    pairs = re.findall(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag.decode("utf-8"))
    return {name: unescape(double or single) for name, double, single in pairs}


def _text_of(raw: bytes) -> str:
    """Return the text of a string, its runs together; how it is pronounced is no part."""
    texts = re.findall(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<", _SPOKEN.sub(b"", raw))
    return unescape(b"".join(texts).decode("utf-8"))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    while target.startswith("../"):
        folder, target = folder.rpartition("/")[0], target[3:]
    return f"{folder}/{target}" if folder else target


def _retold(cell: CellAt, text: str) -> Edit:
    tag = cell.opening[1:].split()[0]
    if not text:
        return cell.start, cell.end, f"{cell.opening}/>".encode()
    prefix = tag.rpartition("c")[0]
    inner = f'<{prefix}t xml:space="preserve">{escape(text, quote=False)}</{prefix}t>'
    whole = f'{cell.opening} t="inlineStr"><{prefix}is>{inner}</{prefix}is></{tag}>'
    return cell.start, cell.end, whole.encode()


def _edited(content: bytes, edits: list[Edit]) -> bytes:
    for start, end, new in sorted(edits, reverse=True):
        content = content[:start] + new + content[end:]
    return content


def _without_comments(content: bytes, rows: Set[int]) -> bytes:
    """Empty the comments that stand at cells of some rows."""
    edits = []
    for wanted in ("comment", "threadedComment"):
        for start, end, raw in _elements(content, wanted):
            reference = _attributes(raw[: raw.index(b">") + 1]).get("ref", "")
            digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            if digits.isdigit() and int(digits) in rows:
                emptied = re.sub(rb"(<(?:\w+:)?(?:t|text)(?:\s[^>]*)?>)[^<]*(?=</)", rb"\1", raw)
                edits.append((start, end, emptied))
    return _edited(content, edits)


def _drop_chain(parts: dict[str, bytes]) -> None:
    """Take away the order in which formulas are computed: spreadsheet programs make it again."""
    if parts.pop(_CHAIN, None) is not None:
        for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
            entry = rb"<(?:\w+:)?(?:Override|Relationship)\s[^>]*calcChain[^>]*/>"
            parts[name] = re.sub(entry, b"", parts[name])
