"""Rows of frames as plain records: missing cells as None, texts without hidden characters.

Made by column, not by row: a cohort has some forty columns a person, and only a column knows what
its cells are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from matcher.cohort.languages import as_answered
from matcher.cohort.names import given_first
from matcher.intake.cells.form_words import says_nothing
from matcher.text import fold, printable

Record = dict[str, Any]


def records(people: pd.DataFrame) -> dict[str, Record]:
    """Return rows by `person_id`; a text of people's own that says nothing counts as not given."""
    found = {str(row["person_id"]): row for row in rows_of(people)}
    for row in found.values():
        for column in ("goals", "bio"):
            if row.get(column) and says_nothing(str(row[column])):
                row[column] = None
    return found


def grouped(frame: pd.DataFrame, key: str) -> dict[str, list[Record]]:
    """Return rows by a column, in the order of the frame."""
    found: dict[str, list[Record]] = defaultdict(list)
    for row in rows_of(frame):
        found[str(row[key])].append(row)
    return found


def grouped_pairs(frame: pd.DataFrame) -> dict[tuple[str, str], list[Record]]:
    """Return rows by mentee and mentor, in the order of the frame."""
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for row in rows_of(frame):
        found[(str(row["mentee_id"]), str(row["mentor_id"]))].append(row)
    return dict(found)


def rows_of(frame: pd.DataFrame) -> list[Record]:
    """Return each row as a record."""
    names = [str(name) for name in frame.columns]
    columns = [_cells(name, frame[name]) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cells(name: str, column: pd.Series[Any]) -> list[Any]:
    values, missing = column.tolist(), column.isna().tolist()
    clean = _printable_or_key(name, "".join(value for value in values if isinstance(value, str)))
    return [
        None if is_missing else clean(value) if isinstance(value, str) else _items(value)
        for value, is_missing in zip(values, missing, strict=True)
    ]


def _printable_or_key(name: str, everything: str) -> Callable[[str], str]:
    """Return what cleans a text of a column, given all its texts in a row."""
    if everything.isascii() and everything.isprintable():
        return str.strip
    # Ids of people are keys: they must stay what the other tables call them.
    return _key if name.endswith("_id") and name != "contact_id" else printable


def _key(text: str) -> str:
    return text.strip() if text.isascii() and text.isprintable() else text


def _items(value: Any) -> Any:
    return tuple(map(printable, value)) if isinstance(value, tuple) else value


def display_name(person: Record, person_id: str) -> str:
    """Return how a person is called: the preferred name, else the name, else the id."""
    return str(person.get("preferred_name") or full_name(person, person_id))


def full_name(person: Record, person_id: str) -> str:
    """Return the full name, else the id."""
    return given_first(str(person["name"])) if person.get("name") else printable(person_id)


def told_apart(people: Mapping[str, Record], reader: str) -> dict[str, str]:
    """Return what each of some people is called to one of them, no two alike as far as known."""
    found = {key: display_name(person, key) for key, person in people.items()}
    for way in (full_name, _with_place):
        alike = Counter(map(fold, found.values()))
        found |= {
            key: way(people[key], key)
            for key, name in found.items()
            if alike[fold(name)] > 1 and key != reader
        }
    return found


def _with_place(person: Record, person_id: str) -> str:
    place = workplace(person)
    return f"{full_name(person, person_id)} ({place})" if place else full_name(person, person_id)


_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+")
LONGEST_ADDRESS = 254
"""Signs of an address, as RFC 5321 has it."""


def address_of(person: Record) -> str:
    """Return the address of a person as mails take it, empty where there is none that they do."""
    text = str(person.get("email") or "").strip()
    return text if len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) else ""


def address_in_ascii(address: str) -> bool:
    """Whether what stands before the @ of an address has letters that every mail server takes."""
    return address.rpartition("@")[0].isascii()


def workplace(person: Record) -> str:
    """Return department and organisation, as far as known."""
    return ", ".join(str(person[c]) for c in ("department", "organisation") if person.get(c))


def say_the_same(one: object, other: object) -> bool:
    """Whether two texts are given and say the same."""
    return bool(one and other) and fold(str(one)) == fold(str(other))


def common(one: Record, other: Record, column: str) -> list[str]:
    """Return the items that both lists hold, in the order of the first."""
    ours, theirs = ([*map(str, each.get(column) or ())] for each in (one, other))
    if column == "modes":
        ours, theirs = ([*as_answered(column, (*each,))] for each in (ours, theirs))
    known = {*map(fold, theirs)}
    return [item for item in ours if fold(item) in known]
