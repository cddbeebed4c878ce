"""The cohort in memory: normalised tables, and the one place where ids meet positions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.errors import Finding
from matcher.text import ID_PADDING, fold

EMAIL_KEY = b"matcher e-mail id, version 1"
"""Key of the hash. It is public: a derived id hides an address from a reader's eye, it is no
secret (`--pseudonymise` is for that)."""

DIGITS = 12
"""Hexadecimal digits of a derived id: a collision among a million people has odds of 1 in 560."""

LONGEST = 200
"""Characters of an id; longer ones are answers in the wrong column or an open quote."""

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.?[^@\s,;<>]*")
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain_address(text: str) -> str | None:
    """Return an e-mail address as it is compared, or None where `text` is none."""
    address = fold(text).removeprefix("mailto:").strip("<> ")
    return address if _ADDRESS.fullmatch(address) else None


def id_of_address(address: str) -> str:
    """Return the id derived from an e-mail address: `p-` and a keyed BLAKE2b hash.

    The same address gives the same id in every table and every year, whatever its case.
    """
    digest = hashlib.blake2b(address.encode(), key=EMAIL_KEY, digest_size=DIGITS // 2)
    return f"p-{digest.hexdigest()}"


def parse_id(text: str) -> str | Finding | None:
    """Return an id without the padding around it, or what is wrong with its characters."""
    plain = text.strip(ID_PADDING)
    is_plain = plain.isascii() and plain.isprintable()
    if not is_plain and any(unicodedata.category(char) in _UNSAFE for char in plain):
        remedy = "type the id again by hand; it was probably pasted"
        return Finding("E_ID_CHARS", "the id holds invisible or control characters", remedy)
    if len(plain) > LONGEST:
        remedy = "check that the right column is read and every quote is closed"
        return Finding("E_ID_CHARS", f"the id is longer than {LONGEST} characters", remedy)
    return plain or None


def parse_address_id(text: str) -> str | Finding | None:
    """Return the id derived from the address in a cell."""
    if not text.strip():
        return None
    address = plain_address(text)
    if address is None:
        remedy = "correct it; it identifies the person"
        return Finding("E_EMAIL", "the answer is no e-mail address", remedy)
    return id_of_address(address)


def parse_reference(text: str) -> str | Finding | None:
    """Return the id that a table names, derived where it names an e-mail address."""
    address = plain_address(text) if "@" in text else None
    return id_of_address(address) if address else parse_id(text)


def id_key(text: str) -> str:
    """Return what two ids must not have in common: they would look the same to a person."""
    return "".join(fold(text).split())


@dataclass(frozen=True)
class RowCount:
    """What became of the rows of a table: read = used + set_aside + rejected."""

    read: int
    used: int
    set_aside: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Index:
    """Labels of one side; position k of every array of that side belongs to ``ids[k]``."""

    ids: tuple[str, ...]

    @cached_property
    def _labels(self) -> pd.Index[str]:
        return pd.Index(self.ids)

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, ids: object) -> NDArray[np.int64]:
        """Return the position of each id, -1 where it is unknown: shape (k,)."""
        return np.asarray(self._labels.get_indexer(pd.Index(ids)), dtype=np.int64)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Cohort:
    """Checked tables of one programme.

    Every table has all its canonical columns. Text is missing as NaN, numbers are float64 with
    NaN, dates datetime64 with NaT, booleans the nullable `boolean` dtype, lists tuples of str with
    ``()`` for unanswered. ``mentees`` and ``mentors`` are sorted by ``person_id`` and have a
    RangeIndex, so a person's row is their position in every array, whatever the row order of the
    file was.
    """

    mentees: pd.DataFrame
    mentors: pd.DataFrame
    preferences: pd.DataFrame
    rules: pd.DataFrame
    engagements: pd.DataFrame
    contacts: pd.DataFrame
    contact_ties: pd.DataFrame
    audit_notes: pd.DataFrame
    outcomes: pd.DataFrame
    groups: pd.DataFrame
    as_of: date
    either: frozenset[str] = frozenset()
    """People who signed up for one role only, whichever the solver chooses."""
    findings: tuple[Finding, ...] = ()
    """Warnings of the checks."""
    rows: Mapping[str, RowCount] = field(default_factory=dict)
    """By table: rows read, used, set aside, rejected."""
    set_aside: tuple[tuple[str, Finding], ...] = ()
    """Person ids that were set aside, each with the reason."""
    chase: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Whom that was set aside to ask again: `person_id, email, preferred_name,
    missing_questions` (columns joined by ``;``)."""
    source: str = ""
    """Where the tables came from, as the user wrote it."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each input file or table."""

    @cached_property
    def mentee_index(self) -> Index:
        """Labels of the rows of `mentees`."""
        return Index(tuple(self.mentees["person_id"]))

    @cached_property
    def mentor_index(self) -> Index:
        """Labels of the rows of `mentors`."""
        return Index(tuple(self.mentors["person_id"]))
