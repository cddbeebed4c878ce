"""CSV text to a grid: strict about quotes and row lengths, nothing dropped, nothing guessed."""

import codecs
import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from matcher.arrays import Cells
from matcher.errors import ConfigError, Finding, InputError
from matcher.intake.files.grid import (
    LEAST_BESIDE,
    MOST_OF_NOTE,
    Grid,
    check_titles,
    is_visible,
    make_grid,
    share_texts,
)
from matcher.text import count_of, fold_heading, shown_title, snake

CHUNK = 20_000
"""Rows that are held as lists at once, before equal texts are shared."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

_SIGNATURES = (
    (b"PK\x03\x04", "a workbook or ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
)


@dataclass(frozen=True)
class CsvFormat:
    """How CSV files are written."""

    encoding: str = "utf-8"
    """Text encoding; `auto`: by the byte order mark, else UTF-8, else cp1252."""
    known: Collection[str] = ()
    """Folded titles that mean something; they tell a comma from a semicolon as delimiter."""
    delimiter: str = ""
    """Between cells; empty: told from the titles."""
    skip_rows: int = 0
    """Rows above the header row."""


def parse_csv(content: bytes, table: str, origin: str, written: CsvFormat) -> Grid:
    """Parse the bytes of a CSV file.

    Parameters
    ----------
    content, table, origin
        The bytes, the table they hold, and the file as a person calls it.
    written
        How the file is written.

    Raises
    ------
    InputError
        E_EMPTY, E_FORMAT, E_ENCODING, E_NUL, E_CSV_QUOTE or E_RAGGED, each with its row.
    """
    written, told = told_format(content, table, written)
    text, skipped, _ = _separator_line(decode(content, table, written.encoding))
    records = _records(text, written.delimiter, table, skipped)
    header = next((record for record in records if record[0] > written.skip_rows), None)
    if header is None:
        raise InputError(_empty(table))
    titles, numbers, columns = header[1], [], []
    check_titles(table, titles)
    pending: list[list[str]] = []
    ragged: list[Finding] = []
    whole: list[Finding] = []
    short: list[tuple[int, list[str]]] = []
    swallowed: list[Finding] = []
    for number, record in records:
        if len(record) != len(titles) and not any(map(is_visible, record)):
            continue
        if len(record) != len(titles):
            fault = _ragged(table, number, len(record), len(titles))
            record = _rejoined(record, len(titles), written.delimiter)
            if len(record) != len(titles):
                ragged.append(fault)
                short.append((number, record))
                continue
            whole.append(fault)
        has_lines = "\n" in "".join(record)
        if has_lines and any(_holds_a_row(it, written.delimiter, len(titles)) for it in record):
            swallowed.append(_swallowed(table, number))
        numbers.append(number)
        pending.append(record)
        if len(pending) == CHUNK:
            columns.append(_transpose(pending, len(titles)))
            pending = []
    if notes := _notes_below(short, numbers, len(titles)):
        ragged = ragged[: len(ragged) - len(notes)]
        numbers += [number for number, _ in notes]
        pending += [[*record, *[""] * (len(titles) - len(record))] for _, record in notes]
    columns.append(_transpose(pending, len(titles)))
    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)]
    if whole and any(str(text).startswith(" ") for column in joined for text in column):
        ragged += whole  # here a blank behind the delimiter says nothing
    if ragged:
        raise InputError(sorted(ragged, key=lambda fault: fault.row or 0))
    told = (*told, *map(_read_whole, whole), *swallowed)
    grid = make_grid(table, origin, titles, joined, np.asarray(numbers, dtype=np.int64))
    return replace(grid, findings=told)


TELLING_WIDTH = 3
"""Columns from which a line with as many cells is no sentence with a comma."""


def _holds_a_row(cell: str, delimiter: str, width: int) -> bool:
    """Tell whether a further line of a text has as many cells as a row of a table."""
    _, *below = cell.splitlines() if "\n" in cell and width >= TELLING_WIDTH else [""]
    return any(line.count(delimiter) == width - 1 for line in below)


def _swallowed(table: str, number: int) -> Finding:
    message = "a quoted text of this row goes on over a line that looks like a row of the table"
    remedy = "look whether a stray quote swallowed that row, which then counts as text"
    return Finding("W_RAGGED", message, remedy, table, number)


def told_format(
    content: bytes, table: str, written: CsvFormat
) -> tuple[CsvFormat, tuple[Finding, ...]]:
    """Return how a file is written with nothing left open, and what was guessed for that.

    Parameters
    ----------
    content, table, written
        As in :func:`parse_csv`, which raises the same.
    """
    encoding = _told_encoding(content) if written.encoding == "auto" else written.encoding
    told = _guessed_encoding(table, encoding) if written.encoding == "auto" else []
    delimiter = written.delimiter
    if not delimiter:
        text, _, stated = _separator_line(decode(content, table, encoding))
        delimiter, is_sure = (stated, True) if stated else _delimiter(text, written)
        told += [] if is_sure else [_guessed_delimiter(table, delimiter)]
    return CsvFormat(encoding, (), delimiter, written.skip_rows), tuple(told)


def _read_whole(fault: Finding) -> Finding:
    """Tell of a row whose text with a comma was read whole."""
    message = (
        "the row has more cells than the header; a text that goes on behind `, ` is read whole"
    )
    remedy = "look whether its answers stand under the right titles; export it again with quotes"
    return replace(fault, code="W_RAGGED", message=message, remedy=remedy)


def _notes_below(
    short: list[tuple[int, list[str]]], numbers: list[int], width: int
) -> list[tuple[int, list[str]]]:
    """Return the rows of one or two cells that a report writes below its table: totals, remarks.

    A blank row parts them from it; what is dropped later is told by row.
    """
    last = numbers[-1] if numbers else 0
    below = [(number, record) for number, record in short if number > last]
    is_parted = bool(below) and below[0][0] > last + 1 and width >= LEAST_BESIDE
    return below if is_parted and all(len(r) <= MOST_OF_NOTE for _, r in below) else []


def _rejoined(record: list[str], width: int, delimiter: str) -> list[str]:
    """Return a row whose text with a comma and a blank in it stood without quotes, if it is one.

    Nobody writes an answer that starts with a blank: where as many cells do as are too many, each
    goes on with what stands before it.
    """
    going_on = [k for k, cell in enumerate(record) if k and cell[:1] == " " and cell.strip()]
    if delimiter != "," or len(record) - width != len(going_on):
        return record
    whole: list[str] = []
    for k, cell in enumerate(record):
        if k in going_on:
            whole[-1] += delimiter + cell
        else:
            whole.append(cell)
    return whole


def _told_encoding(content: bytes) -> str:
    """Return the encoding that the bytes themselves tell: a mark, or that they are UTF-8."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _guessed_encoding(table: str, encoding: str) -> list[Finding]:
    """Tell that a file without a mark is read in the encoding of old European programs."""
    if encoding != "cp1252":
        return []
    message = "the file is not UTF-8, and is read as cp1252"
    remedy = f'look at letters with accents, or set [tables.{table}] encoding = "cp1252"'
    return [Finding("W_ENCODING", message, remedy, table)]


def _transpose(records: list[list[str]], width: int) -> list[Cells]:
    if not records:
        return [np.empty(0, dtype=object) for _ in range(width)]
    return [share_texts(column) for column in zip(*records, strict=True)]


def decode(content: bytes, table: str, encoding: str) -> str:
    """Return the text of `content`; a byte order mark of UTF-8 is accepted."""
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputError(_empty(table))
    for signature, what in _SIGNATURES:
        if content.startswith(signature):
            raise InputError(_not_csv(table, what))
    if content[:500].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
        raise InputError(_not_csv(table, "a web page, perhaps a sign-in page"))
    text = _decode_as(content, table, encoding)
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            Finding("E_NUL", "the file holds a NUL byte", "save it as CSV UTF-8 again", table, row)
        )
    return text


def _decode_as(content: bytes, table: str, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        remedy = 'write for instance "utf-8" or "cp1252"'
        message = f"{shown_title(encoding)!r} is not a known text encoding"
        raise ConfigError(Finding("E_CONFIG", message, remedy)) from None
    looks_utf16 = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if name == "utf-8" and (looks_utf16 or _every_other_is_nul(content[:2000])):
        raise InputError(_wrong_encoding(table, 1, "it looks like UTF-16", "utf-16"))
    try:
        text = content.decode("utf-8-sig" if name == "utf-8" else name)
        text.encode("utf-8")  # lone surrogates pass some decoders and break everything after
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise InputError(_wrong_encoding(table, row, f"it is not {name}", "cp1252")) from None
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        raise InputError(_wrong_encoding(table, 1, f"it is not {name}", "utf-8")) from None
    return text


def _every_other_is_nul(head: bytes) -> bool:
    if len(head) < 8:
        return False
    return max(head[::2].count(0), head[1::2].count(0)) > len(head) // 4


def _wrong_encoding(table: str, row: int, what: str, likely: str) -> Finding:
    where = f"[tables.{table}]" if table else "[input]"
    remedy = f'save it as "CSV UTF-8", or set {where} encoding (perhaps "{likely}")'
    return Finding("E_ENCODING", f"the text cannot be decoded: {what}", remedy, table, row)


def _empty(table: str) -> Finding:
    remedy = "export it again, with a header row"
    return Finding("E_EMPTY", "the file is empty", remedy, table)


def _not_csv(table: str, what: str) -> Finding:
    remedy = "export it as CSV, or give the file the ending of its real format"
    return Finding("E_FORMAT", f"the file is no CSV text but {what}", remedy, table)


def _ragged(table: str, row: int, found: int, wanted: int) -> Finding:
    return Finding(
        "E_RAGGED",
        f"the row has {count_of(found, 'cell')}, the header has {wanted}",
        "put cells that hold the delimiter in double quotes, export the file again, or set "
        f"[tables.{table}] skip_rows where titles stand further down",
        table,
        row,
    )


def _separator_line(text: str) -> tuple[str, int, str]:
    """Take off the `sep=;` line that Excel writes; return text, rows skipped, delimiter."""
    first, _, rest = text.partition("\n")
    stated = first.strip().strip('"')
    if len(stated) == 5 and stated.lower().startswith("sep=") and stated[4] in ",;\t|":
        return rest, 1, stated[4]
    return text, 0, ""


def _delimiter(text: str, written: CsvFormat) -> tuple[str, bool]:
    """Return the delimiter under which most titles mean something, and whether any does.

    Where none does, the one counts that gives rows of one width, then the one with most columns.
    """
    scores = {mark: _score(text, mark, written) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark])
    rivals = [mark for mark, (_, _, width) in scores.items() if width > 1]
    return best, scores[best][0] > 0 or rivals in ([], [","])


def _score(text: str, mark: str, written: CsvFormat) -> tuple[int, bool, int]:
    """Return how many titles mean something, whether rows are of one width, and the width."""
    rows: list[list[str]] = []
    try:
        reader = csv.reader(_lines(text), delimiter=mark)
        rows = [row for row in islice(reader, written.skip_rows, written.skip_rows + 50) if row]
    except csv.Error:
        pass
    titles = rows[0] if rows else []
    meant = sum(
        fold_heading(title) in written.known or snake(title) in written.known for title in titles
    )
    return meant, len({*map(len, rows)}) == 1 < len(titles), len(titles) if not meant else 0


def _guessed_delimiter(table: str, delimiter: str) -> Finding:
    message = f"no title is known; cells are taken as separated by {DELIMITERS[delimiter]}"
    remedy = f"if that is wrong, set [tables.{table}] delimiter"
    return Finding("W_DELIMITER", message, remedy, table)


_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text with their ends, none of which is copied before it is needed."""
    return (match[0] for match in _LINE.finditer(text))


def _records(
    text: str, delimiter: str, table: str, skipped: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells of every line that is not blank."""
    number = skipped
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            number += 1
            if record:
                yield number, record
    except csv.Error as error:
        # what else a strict reader stops at comes from a quote: never closed, or inside a cell
        remedy = "close the quote; a double quote inside a quoted cell is written twice"
        message = "a double quote that opens in this row is not closed properly"
        if "field limit" in str(error):
            most = csv.field_size_limit()
            message = f"a cell has over {most} characters, or a double quote here is not closed"
        raise InputError(Finding("E_CSV_QUOTE", message, remedy, table, number + 1)) from None
