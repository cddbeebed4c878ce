"""Who is in the cohort, and which of them a text means: an id or an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.cohort.columns import Kind
from matcher.cohort.ids import plain_address
from matcher.cohort.tables import SIGNUPS
from matcher.errors import Finding
from matcher.intake.findings import is_among
from matcher.intake.sides import split_signups
from matcher.text import fold_each, shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.intake.typed_table import TypedTable

MANAGERS = ("line_manager", "second_supervisor")


@dataclass(frozen=True)
class Members:
    """Everybody who signed up."""

    mentees: frozenset[str]
    """Ids of all who can be mentees."""
    mentors: frozenset[str]
    everyone: frozenset[str]
    """Ids of all who are in a table, those of whom no role is known as well."""
    addresses: Mapping[str, str]
    """Ids by folded e-mail address."""

    @classmethod
    def of(cls, people: Mapping[str, pd.DataFrame]) -> Members:
        """Return the people of the typed tables of people."""
        if SIGNUPS.name in people:
            mentees, mentors, _ = split_signups(people[SIGNUPS.name])
        else:
            mentees, mentors = people["mentees"], people["mentors"]
        addresses: dict[str, str] = {}
        for frame in people.values():
            known = frame[["email", "person_id"]].dropna()
            addresses |= dict(zip(fold_each(known["email"]), known["person_id"], strict=True))
        return cls(_ids(mentees), _ids(mentors), _ids(*people.values()), addresses)

    @property
    def on_a_side(self) -> frozenset[str]:
        """Ids of all who can be in a pair."""
        return self.mentees | self.mentors

    def known(self, noun: str) -> frozenset[str]:
        """Return the ids of all who are a `mentee`, a `mentor` or a `member`."""
        return {"mentee": self.mentees, "mentor": self.mentors, "member": self.everyone}[noun]

    def resolved(self, texts: pd.Series) -> pd.Series:
        """Return a column with the addresses of members replaced by their ids."""
        has_at = texts.str.contains("@", regex=False).fillna(False).to_numpy(dtype=bool)
        if not has_at.any():
            return texts
        out = texts.copy()
        out[has_at] = [self.id_of(text) for text in texts[has_at]]
        return out

    def id_of(self, text: str) -> str:
        """Return the id of the member whose address a text is, else the text."""
        return self.addresses.get(plain_address(text) or "", text)


def _ids(*frames: pd.DataFrame) -> frozenset[str]:
    return frozenset(pd.concat([frame["person_id"] for frame in frames]).dropna())


def resolve_references(table: TypedTable, members: Members) -> pd.DataFrame:
    """Return the frame of a table that names people, with ids in place of their addresses."""
    names = [column.name for column in table.spec.columns if column.kind is Kind.ID]
    return table.frame.assign(**{name: members.resolved(table.frame[name]) for name in names})


def resolve_people(
    frame: pd.DataFrame, table: str, members: Members
) -> tuple[pd.DataFrame, list[Finding]]:
    """Turn line managers, second supervisors and people to avoid into ids where they are known.

    Somebody who is nobody's mentor here may well be a manager, so an unresolved one is a warning
    that names the record; free text in `avoid` is kept as it is, for people to read.
    """
    out = frame.copy()
    findings: list[Finding] = []
    remedy = "write an id or e-mail address of the cohort if the person is in it"
    for column in MANAGERS:
        out[column] = members.resolved(out[column])
        is_open = out[column].notna().to_numpy(dtype=bool) & ~is_among(
            out[column], members.everyone
        )
        for person, row in out.loc[is_open, ["person_id", "source_row"]].itertuples(index=False):
            message = f"{column} of {shown_id(person)} is nobody in the cohort"
            finding = Finding("W_MANAGER_UNRESOLVED", message, remedy)
            findings.append(finding.at(table, int(row), column))
    if "avoid" in out:
        lists = np.empty(len(out), dtype=object)
        for k, items in enumerate(out["avoid"]):
            lists[k] = tuple(members.id_of(item) for item in items)
        out["avoid"] = lists
    return out, findings
