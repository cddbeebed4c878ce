"""``matches.xlsx``: the run for people who work in a spreadsheet, with a column to decide in.

No cell is ever a formula or a link: texts are written as texts, and those that a spreadsheet would
run carry an apostrophe (they are restored when a working copy is read back).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.cohort.cells import neutralise
from matcher.report import plain_words as words
from matcher.report.portfolio_views import coverage_weight
from matcher.report.run_data import RunData, read_run, rows_of
from matcher.report.shown_names import People, people_of
from matcher.text import printable
from matcher.vocabulary import Decision

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort

EPOCH = datetime(2000, 1, 1)
"""Creation date where the run has no `as_of`: the clock is never asked."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_NOTES = {
    "matches": "lock keeps the pair, ban never makes it, hold leaves it out of the next run, "
    "release takes earlier decisions back, note changes nothing. Add rows to assign a pair.",
    "unmatched": "assign needs both ids: fill in the missing one. hold leaves the person out.",
    "mentors": "hold leaves the mentor out of the next run.",
}


@dataclass(frozen=True)
class Sheet:
    """One sheet: name, headings, rows, the words allowed in `decision`, and freely filled ids."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    choices: tuple[Decision, ...] = ()


def build_workbook(run: Path, *, cohort: Cohort | None = None) -> bytes:
    """Return ``matches.xlsx`` of a run folder; the same files give the same bytes.

    Sheets ``matches``, ``portfolios``, ``unmatched`` and ``mentors``; the first, third and fourth
    have a ``decision`` and a ``note`` column for `read_decisions`.

    Raises
    ------
    StorageError
        E_NOT_FOUND or E_FORMAT where the run folder cannot be read.
    """
    import xlsxwriter

    data, people = read_run(run), people_of(cohort)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": printable(data.name), "created": _created(data)})
        formats = {
            "head": book.add_format(
                {"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"}
            ),
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "number": book.add_format({"num_format": "0.000", "valign": "top"}),
            "input": book.add_format({"num_format": "@", "bg_color": "#FFF8E5", "valign": "top"}),
        }
        for sheet in sheets(data, people):
            _write(book, sheet, formats)
    return buffer.getvalue()


def sheets(data: RunData, people: People) -> list[Sheet]:
    """Return the sheets of the workbook."""
    return [
        _matches(data, people),
        _portfolios(data, people),
        _unmatched(data, people),
        _mentors(data, people),
    ]


def _matches(data: RunData, people: People) -> Sheet:
    rows = [
        (
            r.mentee_id,
            people.full_name(r.mentee_id),
            r.mentor_id,
            people.full_name(r.mentor_id),
            words.approach(r.approach),
            "yes" if r.reciprocal == "true" else "no",
            r.score,
            printable(r.role),
            ", ".join(words.facet_labels(r.covers)),
            r.hours_per_month,
            r.period,
            "yes" if r.locked == "true" else "no",
            "",
            "",
        )
        for r in rows_of(data["matches"])
    ]
    headings = (
        "mentee_id",
        "mentee",
        "mentor_id",
        "mentor",
        "approach",
        "reciprocal",
        "score",
        "role",
        "covers",
        "hours_per_month",
        "period",
        "locked",
        "decision",
        "note",
    )
    return Sheet("matches", headings, rows, tuple(Decision))


def _portfolios(data: RunData, people: People) -> Sheet:
    mentors: dict[str, list[str]] = {}
    for r in rows_of(data["matches"]):
        mentors.setdefault(r.mentee_id, []).append(people.full_name(r.mentor_id))
    factor = coverage_weight(data)
    rows = [
        (
            r.mentee_id,
            people.full_name(r.mentee_id),
            r.n_mentors,
            ", ".join(mentors.get(r.mentee_id, [])),
            r.value,
            r.coverage / factor if factor else math.nan,
            ", ".join(words.facet_labels(r.uncovered)),
        )
        for r in rows_of(data["portfolios"])
    ]
    headings = ("mentee_id", "mentee", "n_mentors", "mentors", "value", "needs_met", "uncovered")
    return Sheet("portfolios", headings, rows)


def _unmatched(data: RunData, people: People) -> Sheet:
    rows = []
    for r in rows_of(data["unmatched"]):
        ids = ("", r.person_id) if r.role == "mentor" else (r.person_id, "")
        rows.append(
            (
                people.full_name(r.person_id),
                r.role,
                words.sentence(r.reason),
                printable(r.detail),
                *ids,
                "",
                "",
            )
        )
    headings = ("person", "role", "reason", "detail", "mentee_id", "mentor_id", "decision", "note")
    choices = (Decision.ASSIGN, Decision.HOLD, Decision.RELEASE, Decision.NOTE)
    return Sheet("unmatched", headings, rows, choices)


def _mentors(data: RunData, people: People) -> Sheet:
    rows = [
        ("", r.mentor_id, people.full_name(r.mentor_id), r.capacity, r.used, r.price, "", "")
        for r in rows_of(data["mentors"])
    ]
    headings = ("mentee_id", "mentor_id", "mentor", "capacity", "used", "price", "decision", "note")
    return Sheet(
        "mentors", headings, rows, (Decision.HOLD, Decision.ASSIGN, Decision.RELEASE, Decision.NOTE)
    )


def _write(book: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(sheet.name)
    page.write_row(0, 0, sheet.headings, formats["head"])
    inputs = {sheet.headings.index(name) for name in ("decision", "note") if name in sheet.headings}
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _cell(page, number, column, cell, formats, filled=column in inputs)
    last = max(len(sheet.rows), 1)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last, len(sheet.headings) - 1)
    for column, name in enumerate(sheet.headings):
        page.set_column(column, column, _width(name, sheet.rows, column))
    if sheet.choices:
        _validate(page, sheet, last)


def _cell(
    page: Any, row: int, column: int, cell: object, formats: dict[str, Any], *, filled: bool
) -> None:
    if isinstance(cell, int | float):
        if math.isfinite(cell):
            whole = float(cell).is_integer()
            page.write_number(row, column, cell, None if whole else formats["number"])
    elif filled or not cell:
        page.write_blank(row, column, None, formats["input" if filled else "text"])
    else:
        page.write_string(row, column, neutralise(str(cell))[:32_000], formats["text"])


def _validate(page: Any, sheet: Sheet, last: int) -> None:
    column = sheet.headings.index("decision")
    page.data_validation(
        1,
        column,
        last + 500,
        column,
        {
            "validate": "list",
            "source": [choice.value for choice in sheet.choices],
            "error_title": "Unknown decision",
            "error_message": "Choose one of: " + ", ".join(c.value for c in sheet.choices),
            "input_title": "Decision",
            "input_message": _NOTES[sheet.name][:250],
        },
    )


def _width(name: str, rows: Sequence[tuple[object, ...]], column: int) -> int:
    longest = max((len(str(row[column])) for row in rows[:200]), default=0)
    if rows and isinstance(rows[0][column], float):
        longest = 8
    return min(max(longest, len(name)) + 3, 44)


def _created(data: RunData) -> datetime:
    stated = data.summary.get("as_of") or data.config.get("programme", {}).get("as_of")
    try:
        day = date.fromisoformat(str(stated))
    except ValueError:
        return EPOCH
    return datetime(day.year, day.month, day.day)
