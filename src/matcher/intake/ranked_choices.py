"""Ranked choices of people in a sign-up form, as rows of the table `preferences`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from matcher.cohort.people import People
from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.answers import convert
from matcher.intake.cells.form_words import names_nobody
from matcher.intake.config_columns import PREFERENCES, SIDE_PREFIXES, base_and_number
from matcher.intake.typed_table import TypedTable
from matcher.text import MISSING_WORDS, fold

BEST, LEAST = 5.0, 3.0
"""Scores of the first and the last choice; those between lie evenly."""


def with_choices(
    tables: Mapping[str, TypedTable], people: People, config: Config
) -> tuple[dict[str, TypedTable], list[Finding]]:
    """Return tables in which the choices of forms are rows of `preferences`.

    Parameters
    ----------
    tables
        Typed tables by name; those of people may have columns such as ``preferences.1``.
    people
        Who is meant by what people wrote.
    config
        What separates the people of a list.

    Returns
    -------
    tables
        Those of people without these columns; a row of `preferences` goes before a choice.
    findings
        W_CHOICE for each choice that names nobody, or several people: it does not count.
    """
    changed = dict(tables)
    findings: list[Finding] = []
    stated: list[_Choice] = []
    for name, table in tables.items():
        columns = [str(column) for column in table.frame if is_wish(str(column))]
        if not table.spec.is_people or not columns:
            continue
        for ranked in _ranked(table.frame, columns, config.table_input(name).separator or ";"):
            found = _judged(name, ranked, people)
            (stated.append if isinstance(found, _Choice) else findings.append)(found)  # type: ignore[arg-type]
        changed[name] = table.with_frame(table.frame.drop(columns=columns))
    if stated:
        changed[PREFERENCES] = _with_rows(tables.get(PREFERENCES), stated)
    return changed, findings


@dataclass(frozen=True)
class _Choice:
    """One choice of one person."""

    person: str
    other: str
    role: str | None
    score: float
    row: int


@dataclass(frozen=True)
class _Ranked:
    """What somebody wrote as one choice."""

    person: str
    text: str
    column: str
    row: int
    rank: int
    """Place of the choice, from 1."""
    last: int
    """The last place that the form offers."""


def is_wish(column: str) -> bool:
    """Whether a column holds whom somebody wishes for: `preferences.1`, `mentees.preferences`."""
    return base_and_number(column)[0].rpartition(".")[2] == PREFERENCES


def _ranked(frame: pd.DataFrame, columns: list[str], separator: str) -> Iterator[_Ranked]:
    """Yield what people wrote, in columns by rank or in one column that lists them in order."""
    last: Counter[str] = Counter()
    found: list[tuple[str, int, str, str, str, int]] = []
    for column in columns:
        base, number = base_and_number(column)
        rows = frame[["person_id", column, "source_row"]].dropna()
        for person, text, row in rows.itertuples(index=False):
            texts = [text] if number else text.split(separator)
            texts = [part.strip() for part in texts if part.strip()]
            for k, part in enumerate(texts):
                found.append((base, number + k + (not number), person, part, column, int(row)))
        last[base] = max([last[base], number, *(f[1] for f in found if f[0] == base)])
    for base, rank, person, text, column, row in sorted(found, key=lambda item: item[1]):
        if not names_nobody(text) and fold(text) not in MISSING_WORDS:
            yield _Ranked(person, text, column, row, rank, last=last[base])


def _judged(table: str, ranked: _Ranked, people: People) -> _Choice | Finding:
    """Return a choice, or that it names nobody for sure."""
    other = people.find(ranked.text)
    if other is None or other == ranked.person:
        return _told(people, ranked.text, other).at(table, ranked.row, ranked.column)
    score = BEST - (BEST - LEAST) * (ranked.rank - 1) / max(ranked.last - 1, 1)
    role = _role(table, ranked.column)
    return _Choice(ranked.person, other, role=role, score=score, row=ranked.row)


def _role(table: str, base: str) -> str | None:
    """Return the role in which a choice is made, None where the form does not say."""
    side = next((side for side in SIDE_PREFIXES if base.startswith(side)), f"{table}.")
    return {"mentees.": "mentee", "mentors.": "mentor"}.get(side)


def _told(people: People, text: str, other: str | None) -> Finding:
    if other is not None:
        return Finding("W_CHOICE", "somebody chose themselves", "the choice does not count")
    found = people.unresolved(text, "member")
    return Finding("W_CHOICE", found.message, f"the choice does not count; {found.remedy}")


def _with_rows(table: TypedTable | None, stated: list[_Choice]) -> TypedTable:
    """Return the table `preferences` with choices below its rows, one about each other person."""
    spec = TABLES[PREFERENCES]
    known = (
        set()
        if table is None
        else set(zip(table.frame["person_id"], table.frame["other_id"], strict=True))
    )
    new = {(c.person, c.other): c for c in reversed(stated) if (c.person, c.other) not in known}
    rows = sorted(new.values(), key=lambda choice: (choice.row, -choice.score))
    nothing = np.full(len(rows), "", dtype=object)
    values = {column.name: convert(nothing, str, column)[0] for column in spec.columns}
    values |= {
        "person_id": pd.array([choice.person for choice in rows], dtype="str"),
        "other_id": pd.array([choice.other for choice in rows], dtype="str"),
        "role": pd.array([choice.role for choice in rows], dtype="str"),
        "score": np.array([choice.score for choice in rows], dtype=float),
        "source_row": np.array([choice.row for choice in rows], dtype=np.int64),
    }
    frame = pd.DataFrame(values)
    if table is None:
        return TypedTable(spec, frame, read=len(rows))
    whole = pd.concat([table.frame, frame], ignore_index=True)
    return replace(table, frame=whole, read=table.read + len(rows))
