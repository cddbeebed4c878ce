"""How the dates of a column are written: which of day and month comes first."""

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime

from matcher.cohort.tables import Kind, table_spec
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.proposal import Draft, TableProposal
from matcher.text import shown_title
from matcher.vocabulary import IGNORE

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"

_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})\b")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?([aApP])[mM])?")
_DOTTED = re.compile(r" \d{1,2}\.\d\d\.\d\d$")
_STATED = re.compile(r"\b(dd|d|tt|t|jj|j|gg|g|mm|m)\W(?:dd|d|tt|t|jj|j|gg|g|mm|m)\W", re.IGNORECASE)


def date_format(title: str, column: CellEvidence) -> str | None:
    """Return the format of a column's dates: "" where none is needed, None where it is unsure.

    A day above 12 tells; else the title that says `dd/mm`, full stops, or an order in which the
    dates of submissions never go back.
    """
    found = [match for text in column.counts if (match := _SLASHED.match(text.strip()))]
    if not found:
        return ""
    sign = Counter(match[2] for match in found).most_common(1)[0][0]
    year = "%Y" if max(len(match[4]) for match in found) == 4 else "%y"
    may_be = {
        "%d": all(int(match[3]) <= 12 for match in found),
        "%m": all(int(match[1]) <= 12 for match in found),
    }
    first = next((first for first, is_so in may_be.items() if is_so), None)
    if all(may_be.values()):
        first = _first(title, sign, found)
    return sign.join((first, "%m" if first == "%d" else "%d", year)) if first else None


def _first(title: str, sign: str, found: list[re.Match[str]]) -> str | None:
    """Return what comes first where the days do not tell, None where nothing else does."""
    if stated := _STATED.search(title):
        return "%m" if stated[1].lower().startswith("m") else "%d"
    if sign == "." or any(_DOTTED.search(match.string) for match in found):
        return "%d"  # nobody who writes full stops in days or times has the month first
    spans = {first: _span(found, is_day_first=first == "%d") for first in ("%d", "%m")}
    rising = {first: span for first, span in spans.items() if span is not None}
    # Answers come in within weeks: of two readings that rise the shorter one is meant.
    return min(rising, key=lambda first: rising[first]) if rising else None


def _span(found: list[re.Match[str]], *, is_day_first: bool) -> float | None:
    """Return the days from first to last where times of submission rise all along, else None."""
    moments = [_moment(match, is_day_first=is_day_first) for match in found]
    if len(moments) < 3 or None in moments or moments != sorted(moments):  # type: ignore[type-var]
        return None
    return (moments[-1] - moments[0]).total_seconds()  # type: ignore[operator]


def _moment(match: re.Match[str], *, is_day_first: bool) -> datetime | None:
    """Return the day and time of an answer; None without a time: it is no time of submission."""
    clock = _TIME.search(match.string, match.end())
    if clock is None:
        return None
    first, second = int(match[1]), int(match[3])
    day, month = (first, second) if is_day_first else (second, first)
    hour = int(clock[1]) % 12 + (12 if clock[4] in ("p", "P") else 0) if clock[4] else int(clock[1])
    year = int(match[4]) + (2000 if len(match[4]) == 2 else 0)
    return datetime(year, month, day, hour % 24, int(clock[2]), int(clock[3] or 0))


def add_dates(draft: Draft, table: TableProposal) -> None:
    """Add the format of a table's dates; those that can be read two ways are left out and asked."""
    spec = table_spec(table.table)
    dated = [
        column
        for column in table.columns
        if column.target == SUBMITTED
        or ((found := spec.find(column.target or "")) and found.kind is Kind.DATE)
    ]
    formats = {column.title: date_format(column.title, column.evidence) for column in dated}
    sure = {c.target or "": written for c in dated if (written := formats[c.title])}
    path = ("tables", table.table, "date_format")
    if len(set(sure.values())) > 1:
        for target, written in sure.items():
            why = "one table, two ways to write dates"
            draft.add(("tables", table.table, "date_formats", target), written, why)
        return
    if sure:
        titles = [shown_title(c.title) for c in dated if formats[c.title]]
        draft.add(path, next(iter(sure.values())), f"as {titles[0]!r} is written")
        return
    for column in dated:
        if formats[column.title] is not None:
            continue
        if ("tables", table.table, "decimal") in draft.entries:
            draft.add(path, DAY_FIRST, "where the decimal sign is a comma the day comes first")
            return
        text = f"does the day or the month come first in {shown_title(column.title)!r}?"
        draft.ask(path, text, choices=(DAY_FIRST, MONTH_FIRST), example=DAY_FIRST)
        line = ("columns", table.table, column.keys[0])
        if path not in draft.settled and line in draft.entries and column.target != SUBMITTED:
            n = len(draft.questions)
            why = f"left out until question {n} is answered: then {column.target}"
            draft.entries[line] = replace(draft.entries[line], value=IGNORE, why=why)
