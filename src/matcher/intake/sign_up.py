"""The rows of the tables of people as sign-ups: what says whose they are."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import pandas as pd

from matcher.cohort.ids import named_address, without_tag
from matcher.cohort.names import are_compatible, bare_name
from matcher.cohort.tables import SIGNUPS
from matcher.errors import Finding
from matcher.intake.typed_table import TypedTable
from matcher.vocabulary import Role

_TABLES = (SIGNUPS.name, "mentees", "mentors")
WORK_CELLS = (
    "organisation",
    "department",
    "site",
    "location",
    "seniority",
    "line_manager",
    "joined",
    "career_years",
)
"""Columns that say where somebody works, since when and as what."""
_SAID = (
    "goals",
    "bio",
    "contexts",
    "mentees.contexts",
    "mentors.contexts",
    "expertise",
    "capacity",
    "availability",
)
"""Columns of which several equal answers tell that two rows are one person's."""


@dataclass(frozen=True)
class SignUp:
    """One row of a table of people."""

    table: str
    at: int
    """Position in the table."""
    row: int
    """Row that a person sees in the file."""
    person: str
    name: str
    address: str
    """As addresses are compared; empty where there is none."""
    role: str
    """Folded word of the table or of its column `role`."""
    beside: tuple[object, ...] = ()
    """Other cells, those of `WORK_CELLS` first; None for nothing."""

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """Parts of the name in order of letters, without titles."""
        return bare_name(self.name)

    @property
    def box(self) -> str:
        """The mailbox: the address without a tag."""
        return without_tag(self.address) if self.address else ""

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among all sign-ups."""
        return _TABLES.index(self.table), self.row

    @property
    def in_words(self) -> str:
        """Where it stands, for messages."""
        return f"{self.table} row {self.row}"

    def finding(self, code: str, message: str, remedy: str, column: str) -> Finding:
        """Return a finding about a column of the row."""
        return Finding(code, message, remedy).at(self.table, self.row, column)

    def may_mentor(self, other: "SignUp") -> bool:
        """Whether this person could be a mentor and the other one a mentee."""
        return self.role != Role.MENTEE.value and other.role != Role.MENTOR.value


def sign_ups_of(tables: Mapping[str, TypedTable]) -> list[SignUp]:
    """Return everybody's rows, the tables in their order; rows without an id are left out."""
    found = []
    for name in _TABLES:
        if name in tables:
            frame = tables[name].frame
            texts = frame[["person_id", "name", "email"]].astype(object)
            texts = texts.where(texts.notna(), "")
            role = frame["role"] if "role" in frame else pd.Series(name[:-1], frame.index)
            cells = zip(*(texts[c] for c in texts), frame["source_row"], role, strict=True)
            others = frame.reindex(columns=[*WORK_CELLS, *_SAID]).astype(object)
            beside = [*others.where(others.notna(), None).itertuples(index=False, name=None)]
            found += [
                SignUp(
                    table=name,
                    at=at,
                    row=int(row),
                    person=person,
                    name=title,
                    address=named_address(address) or "",
                    role=str(side),
                    beside=beside[at],
                )
                for at, (person, title, address, row, side) in enumerate(cells)
                if person
            ]
    return found


def all_agree(people: Iterable[SignUp]) -> bool:
    """Whether all rows may be one person's by their names; without a name nothing says so."""
    named = list(people)
    return all(one.bare for one in named) and all(
        are_compatible(one.name, two.name) for one, two in combinations(named, 2)
    )


def several(
    rows: Iterable[SignUp], key: Callable[[SignUp], Hashable], value: Callable[[SignUp], Hashable]
) -> Iterator[list[SignUp]]:
    """Yield the rows that share a key, one for each value, where there are several values.

    Parameters
    ----------
    rows
        In the order of the tables.
    key, value
        What they share and what tells them apart; rows of which one is empty are left out.
    """
    groups: dict[Hashable, dict[Hashable, SignUp]] = defaultdict(dict)
    for row in rows:
        shared, own = key(row), value(row)
        if shared and own:
            groups[shared].setdefault(own, row)
    yield from (list(group.values()) for group in groups.values() if len(group) > 1)
