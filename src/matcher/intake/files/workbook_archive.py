"""The parts of an XLSX archive, given to handlers as they are parsed, within limits.

An XLSX is a ZIP of XML, and may be written to do harm. Nothing here believes it: only the parts
that are needed are unfolded, each no further than the directory declares, and their XML goes
through expat, which hands over tag by tag and is stopped at the first limit, document type or
entity. What a workbook says can neither fill the memory nor take long.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import NoReturn
from xml.parsers import expat

from matcher.errors import Finding, InputError

MAX_PARTS = 5_000
"""Files inside the archive."""
MAX_FILE = 60_000_000
"""Bytes of the file."""
MAX_BYTES = 120_000_000
"""Bytes of all parts that are read, unfolded."""
MAX_TAGS = 6_500_000
"""Tags that open or close in all parts that are read: what reading them takes in time. A sheet of
20,000 people and 60 columns has 4.9 million."""
MAX_RATIO = 250
"""Unfolded to stored size of one part, looked at from `RATIO_FROM` bytes on."""
RATIO_FROM = 10_000_000
MAX_TOKEN = 1 << 21
"""Bytes of one tag, with its attributes, or one comment."""
MAX_DEPTH = 64
"""Tags inside tags."""
MAX_NAMES = 5_000
"""Different names of tags and attributes in a part; spreadsheets use some 200."""
MAX_CELL = 32_767
"""Characters of a cell: a spreadsheet holds no more."""

_BLOCK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENTRY = b"PK\x01\x02"
_STORED_OR_DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii")
"""What a part may declare; bytes of any other would be read as other characters."""


class XmlHandler:
    """What takes the tags of a part; a subclass says in `open` and `close` what it looks for."""

    def __init__(self) -> None:
        self._plain = _PlainNames()
        self._depth = 0
        self._taken: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a tag that opens, as expat calls it."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            too_much()
        self.open(self._plain[tag], attributes)

    def end(self, tag: str) -> None:
        """Take a tag that closes, as expat calls it."""
        self._depth -= 1
        self.close(self._plain[tag])

    def text(self, text: str) -> None:
        """Take a piece of the text between tags if anybody asked for it."""
        if self._taken is not None:
            self._taken += text
            if len(self._taken) > MAX_CELL:
                too_much()

    def capture(self) -> None:
        """Begin to take text, of one tag at a time."""
        if self._taken is not None:
            refuse_damaged()
        self._taken = ""

    def captured(self) -> str:
        """Return the text since `capture`, and stop."""
        taken, self._taken = self._taken, None
        return taken or ""

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a tag that opens, by its name without prefix."""

    def close(self, tag: str) -> None:
        """Take a tag that closes, by its name without prefix."""


class Archive:
    """The parts of a workbook by their names in lower case.

    Raises
    ------
    InputError
        E_EMPTY, E_FORMAT (not XLSX, encrypted, old .xls, with macros, damaged) or E_ARCHIVE_LIMIT
        (unfolds to too much); reading a part raises these too, and E_XML_FORBIDDEN for a document
        type.
    """

    def __init__(self, content: bytes) -> None:
        _guard_start(content)
        self._archive = zipfile.ZipFile(BytesIO(content))
        entries = self._archive.infolist()
        self._entries = {_plain_name(entry.filename): entry for entry in entries}
        self._left_bytes, self._left_tags = MAX_BYTES, MAX_TAGS
        if len(self._entries) < len(entries):
            refuse_damaged()
        for entry in entries:
            _guard_entry(entry)
        if "[content_types].xml" not in self._entries:
            refuse("E_FORMAT", "the archive is no XLSX workbook", "save it as .xlsx")

    def __contains__(self, name: str) -> bool:
        return _plain_name(name) in self._entries

    def parse(self, name: str, handler: XmlHandler) -> None:
        """Parse a part; `handler` is given its tags."""
        entry = self._entries.get(_plain_name(name))
        if entry is None:
            refuse_damaged()
        self._left_bytes -= entry.file_size
        if self._left_bytes < 0:
            too_much()
        with self._archive.open(entry) as part:
            content = part.read(entry.file_size + 1)  # a bare read() unfolds what is not declared
        self.work(content.count(b"<") + content.count(b"/>"))
        _parse(content, handler)

    def work(self, count: int) -> None:
        """Count work that takes the time of `count` tags; E_ARCHIVE_LIMIT where it is too much."""
        self._left_tags -= count
        if self._left_tags < 0:
            too_much()

    def related(self, source: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to: kind and part by the reference's id."""
        folder, file = posixpath.split(source)
        name = posixpath.join(folder, "_rels", f"{file}.rels")
        relations = _Relations(folder)
        if name in self:
            self.parse(name, relations)
        return relations.found


class _Relations(XmlHandler):
    """What a part of relations says, by id: kind and part."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.found: dict[str, tuple[str, str]] = {}

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.join("/", self._folder, attributes.get("Target", ""))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = (kind, posixpath.normpath(target).lstrip("/"))
            if len(self.found) > MAX_PARTS:
                too_much()


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _guard_start(content: bytes) -> None:
    if content.startswith(_OLE):
        what = "encrypted" if _ENCRYPTED in content else "in the old .xls format or encrypted"
        refuse("E_FORMAT", f"the workbook is {what}", "save it as a plain .xlsx")
    if not content:
        refuse("E_EMPTY", "the file is empty", "export it again")
    if not content.startswith(b"PK"):
        what = "the file is no XLSX workbook, whatever its name says"
        refuse("E_FORMAT", what, "if it is CSV text, give it the ending .csv")
    if len(content) > MAX_FILE or content.count(_ENTRY) > MAX_PARTS:
        too_much()


def _guard_entry(entry: zipfile.ZipInfo) -> None:
    name = _plain_name(entry.filename)
    if name.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in name:
        macros()
    if entry.flag_bits & 1:
        refuse("E_FORMAT", "the workbook is encrypted", "save it as a plain .xlsx")
    if entry.compress_type not in _STORED_OR_DEFLATED:
        refuse_damaged()
    if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
        too_much()


def _parse(content: bytes, handler: XmlHandler) -> None:
    """Give the tags of an XML text to `handler`; it is Unicode, and may declare nothing else."""
    encoding = "UTF-16" if content.startswith(_BYTE_ORDERS) else "UTF-8"
    names: dict[str, str] = {}
    parser = expat.ParserCreate(encoding, intern=names)
    parser.XmlDeclHandler = _check_encoding
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _forbidden
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    for at in range(0, len(content), _BLOCK):
        parser.Parse(content[at : at + _BLOCK])
        if at + _BLOCK - parser.CurrentByteIndex > MAX_TOKEN or len(names) > MAX_NAMES:
            too_much()
    parser.Parse(b"", True)


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        refuse_damaged()


class _PlainNames(dict[str, str]):
    """Tags without the prefix of their namespace, each looked up once."""

    def __missing__(self, tag: str) -> str:
        plain = self[tag] = tag.rpartition(":")[2]
        return plain


def _forbidden(*_: object) -> NoReturn:
    what = "the workbook's XML defines a document type or entities"
    refuse("E_XML_FORBIDDEN", what, "save it again with a spreadsheet program")


def too_much() -> NoReturn:
    """Refuse a workbook for what it unfolds to."""
    what = "the workbook unfolds to more than is safe to read"
    remedy = "delete empty formatted rows and columns, or export the sheets as CSV"
    refuse("E_ARCHIVE_LIMIT", what, remedy)


def macros() -> NoReturn:
    """Refuse a workbook with macros."""
    refuse("E_FORMAT", "the workbook holds macros", "save it as .xlsx without macros")


def refuse_damaged() -> NoReturn:
    """Refuse a workbook that no spreadsheet program writes."""
    refuse("E_FORMAT", "the workbook is damaged", "open it and save it as .xlsx again")


def refuse(code: str, what: str, remedy: str) -> NoReturn:
    """Refuse a workbook."""
    raise InputError(Finding(code, what, remedy))


@contextmanager
def about(table: str) -> Iterator[None]:
    """Name the table in every fault of a workbook; what no check foresaw is a damaged one."""
    try:
        try:
            yield
        except _DAMAGE:
            refuse_damaged()
    except InputError as error:
        raise InputError(replace(f, table=f.table or table) for f in error.findings) from None


_DAMAGE = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    ValueError,
)
"""What broken archives, XML and numbers raise."""
