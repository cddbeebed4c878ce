"""``matches.xlsx``: the run for people who work in a spreadsheet, with a column to decide in."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.catalogue.catalogue import LANGUAGES, for_pages, speaking, spoken, worded
from matcher.cohort.cohort import Cohort
from matcher.observe import go_on
from matcher.report import plain_words as words
from matcher.report.run_data import RunData, ShownNames, named_rows
from matcher.report.spreadsheet import DropDown, Sheet, workbook_bytes
from matcher.run_tables import RUN_TABLES, CellKind, Holds, RunColumn
from matcher.text import printable

EPOCH = datetime(2000, 1, 1)
"""Creation date where the run has no `as_of`: the clock is never asked."""

_SHEETS = ("matches", "portfolios", "unmatched", "mentors")
_FILLED_IN: dict[str, object] = dict.fromkeys(("decision", "note", "mentee_id", "mentor_id"), "")
"""What people fill in: empty, unless a row itself says whom it is about."""

_ROLES = {"mentee": "Mentee", "mentor": "Mentor"}
"""By role the heading that names it."""


def build_workbook(run: Path, *, cohort: Cohort | None = None) -> bytes:
    """Return ``matches.xlsx`` of a run folder; the same files give the same bytes.

    Sheets ``matches``, ``portfolios``, ``unmatched`` and ``mentors``; the first, third and fourth
    have a ``decision`` and a ``note`` column for `read_decisions`. Tabs, titles and drop-downs are
    in the language of the programme.

    Raises
    ------
    StorageError
        E_NOT_FOUND or E_FORMAT where the run folder cannot be read.
    """
    data, people = RunData.read(run), ShownNames.of(cohort)
    language = str(data.config.get("programme", {}).get("language") or LANGUAGES[0])
    with speaking(language, labels=data.facet_labels):
        return workbook_bytes(sheets(data, people), printable(data.name), day_of(data))


def sheets(data: RunData, people: ShownNames) -> list[Sheet]:
    """Return the sheets of the workbook: the columns that `run_tables` declares for them."""
    mentors: dict[str, list[str]] = {}
    for row in named_rows(data["matches"]):
        mentors.setdefault(row.mentee_id, []).append(people.full_name(row.mentor_id))
    found = []
    for name in _SHEETS:
        table = data.counted.get(name, data[name])
        made, rows = table.columns, []
        columns = [c for c in RUN_TABLES[name].in_sheet if c.name in made or not c.optional]
        for row in named_rows(table):
            go_on()
            added = {**_FILLED_IN, **_names(row, people)}
            if name == "portfolios":
                added["mentors"] = ", ".join(mentors.get(row.mentee_id, []))
            cells = [_shown(c, row, people) if c.file else added[c.name] for c in columns]
            rows.append(tuple(cells))
        found.append(Sheet(_said("sheets", name), columns, rows, _fill_in(name)))
    return found


def build_questions(
    table: pd.DataFrame, cohort: Cohort, everybody: Iterable[pd.DataFrame] = ()
) -> bytes:
    """Return a workbook of questions to answer by drop-down or text: names, and what was written.

    It is the coordinator's alone: whom people avoid stands in it, so it is no sheet of
    ``matches.xlsx``.

    Parameters
    ----------
    table
        The questions, as :func:`~matcher.publish.people_tables.questions_table` returns them.
    cohort
        Whose questions they are.
    everybody
        Tables of people of which some were set aside: these are named as such.
    """
    people = ShownNames.of(cohort).with_aside(everybody)
    asked = {question.key: question for question in cohort.questions}
    columns, rows = RUN_TABLES["questions"].in_sheet, []
    for row in named_rows(table):
        likely = ", ".join(map(people.told_apart, row.likely))
        added = {"who": people.full_name(row.person_id), "likely_names": likely}
        added["written"] = printable(asked[row.key].written)
        about = (worded(f"causes.{asked[row.key].kind}{part}") for part in ("", "_about"))
        cells = {c.name: getattr(row, c.name) if c.file else added[c.name] for c in columns}
        rows.append(tuple((cells | {"message": " ".join(about)}).values()))
    sheet = Sheet(_said("sheets", "questions"), columns, rows, _fill_in("questions"))
    return workbook_bytes([sheet], "questions", EPOCH)


def _names(row: Any, people: ShownNames) -> dict[str, str]:
    """Return names and addresses by column; who has no match stands on their own side."""
    roles = [role for role in ("mentee", "mentor", "person") if hasattr(row, f"{role}_id")]
    found = {role: people.full_name(getattr(row, f"{role}_id")) for role in roles}
    for role in roles:
        address = people.addresses.get(getattr(row, f"{role}_id"), "")
        found["address" if role == "person" else f"{role}_address"] = address
    if "person" in roles:
        found["mentor_id" if row.role == "mentor" else "mentee_id"] = row.person_id
    return found


def _shown(column: RunColumn, row: Any, people: ShownNames) -> object:
    """Return a cell of a run's table as the workbook shows it, people by name."""
    cell = getattr(row, column.name)
    if column.kind in (CellKind.FLAG, CellKind.MAYBE):
        return "" if cell is None else _said("decisions", "yes" if cell else "no")
    if column.kind is CellKind.LIST:
        return ", ".join(words.facet_labels(cell))
    if column.kind in (CellKind.NUMBER, CellKind.COUNT) or column.holds is Holds.PERSON:
        return cell
    return people.in_text(_CODES[column.name](row) if column.name in _CODES else printable(cell))


def _why_none(row: Any) -> str:
    """Return why somebody has no match."""
    return worded(f"without.{row.reason}") if _is_known(row) else words.sentence(row.reason)


def _what_helps(row: Any) -> str:
    """Return what the run tells of the reason, which it does in English; else what would help."""
    if row.detail and spoken().language == LANGUAGES[0]:
        return printable(row.detail)
    return worded(f"without.{row.reason}_help") if _is_known(row) else ""


def _is_known(row: Any) -> bool:
    return f"without.{row.reason}" in for_pages(spoken().language).flat


_CODES: dict[str, Callable[[Any], str]] = {
    "approach": lambda row: worded(f"approaches.{row.approach}"),
    "role": lambda row: _said("heads", _ROLES.get(row.role, "Mentee")),
    "reason": _why_none,
    "detail": _what_helps,
}
"""How codes of a column read; others stand as they are."""


def _fill_in(name: str) -> dict[str, DropDown | None]:
    """Return what may be filled in on a sheet."""
    table = RUN_TABLES[name]
    if not table.decisions:
        return {}
    choices, hint = [_said("decisions", word) for word in table.decisions], _said("hints", name)
    if name == "questions":
        return {"answer": DropDown(choices, hint, or_text=True)}
    return {"decision": DropDown(choices, hint), "note": None}


def _said(part: str, key: str) -> str:
    """Return a word of workbooks in the language spoken."""
    return worded(f"workbook.{part}.{key}")


def day_of(data: RunData) -> datetime:
    """Return the day of a run as the date of its workbooks, one of old where it has none."""
    stated = data.summary.get("as_of") or data.config.get("programme", {}).get("as_of")
    try:
        day = date.fromisoformat(str(stated))
    except ValueError:
        return EPOCH
    return datetime(day.year, day.month, day.day)
