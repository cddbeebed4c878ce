"""What plans claim about people, before it is put into words: claims with the cells behind them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import NamedTuple

import pandas as pd

from matcher.plans.records import Record
from matcher.run_tables import frame_of


class Cell(NamedTuple):
    """Where a claim comes from: an answer in the cohort, a cell of the run, or of the config."""

    table: str
    row: str
    """Id of the person; of both, joined by a blank, in a table of pairs; empty in the config."""
    column: str


class ClaimKind(StrEnum):
    """Everything that a page may say about people."""

    CONTINUES = auto()
    WERE_MATCHED = auto()
    ASKED_AND_OFFERED = auto()
    OFFERED_IN_PART = auto()
    OFFERED_TOO = auto()
    YOU_OFFER = auto()
    FEW_SERVE = auto()
    BOTH_KNOW = auto()
    WORKS_ELSEWHERE = auto()
    OTHER_DEPARTMENT = auto()
    WORKED_LONGER = auto()
    STARTED_LATER = auto()
    KNOWS_FIELDS = auto()
    SPEAKS_FOR = auto()
    CHANGED = auto()
    WORKED_LONGER_SOME = auto()
    OWN_WORDS = auto()
    BIO = auto()
    MENTOR_GOALS = auto()
    KNOWN_CONTACT = auto()
    INTRODUCTION = auto()
    HOURS = auto()
    MODES = auto()
    SHARED_SLOTS = auto()
    SLOTS_APART = auto()
    CLOCKS_DIFFER = auto()
    FIRST_DAY = auto()
    PERIOD = auto()
    HORIZON = auto()
    SCOPE = auto()
    FORMALITY = auto()
    GOALS = auto()
    OPEN_NEED = auto()
    LITTLE_IN_NETWORK = auto()
    HELD = auto()
    HELD_IN_PART = auto()
    NOT_ASKED_OF_MENTORS = auto()
    WAITS = auto()
    SHARES_ADDRESSES = auto()
    OUT_OF_REACH = auto()
    PAIR_LOST = auto()
    HAD_MENTOR = auto()
    AUDIT_COUNTED = auto()
    NETWORK_CHANGED = auto()
    NETWORK = auto()
    NOTES = auto()


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing said of people."""

    kind: ClaimKind
    cells: tuple[Cell, ...]
    codes: tuple[str, ...] = ()
    """Facets, days and other codes: what may be listed in a table."""
    texts: tuple[str, ...] = ()
    """Names and words of people, for the page alone."""


class SaidClaim(NamedTuple):
    """A claim on a page."""

    page: str
    """`mentee` or `mentor`: whose page it is."""
    person_id: str
    other_id: str
    """Whom the claim is about besides; empty: nobody."""
    claim: Claim


def cells_of(table: str, person: Record, columns: Iterable[str]) -> tuple[Cell, ...]:
    """Return the cells of some columns that a person filled in."""
    row = str(person["person_id"])
    return tuple(Cell(table, row, c) for c in columns if person.get(c) not in (None, ()))


def claims_table(said: Iterable[SaidClaim]) -> pd.DataFrame:
    """Return ``claims.csv``: one row a claim and cell, references only."""
    return frame_of("claims", _rows(said))


def _rows(said: Iterable[SaidClaim]) -> Iterator[tuple[object, ...]]:
    for page, person, other, claim in said:
        # Whether a mentor is a contact, or is known to one, is for the mentee alone to know.
        is_own = claim.kind in (ClaimKind.KNOWN_CONTACT, ClaimKind.INTRODUCTION)
        kind, codes = (ClaimKind.INTRODUCTION, ()) if is_own else (claim.kind, claim.codes)
        for cell in claim.cells[:1] if is_own else claim.cells:
            yield page, person, other, kind.value, codes, *cell
