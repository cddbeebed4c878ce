"""Tables that name people: references become ids, repetitions are dropped, roles filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.cohort.columns import Kind, TableSpec
from matcher.cohort.ids import plain_address
from matcher.errors import Finding
from matcher.intake.checks.findings import is_among
from matcher.intake.typed_table import Typed
from matcher.text import shown_id
from matcher.vocabulary import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANAGERS = ("line_manager", "second_supervisor")


def resolve_addresses(frame: pd.DataFrame, spec: TableSpec, book: dict[str, str]) -> pd.DataFrame:
    """Return the frame with e-mail addresses in id columns replaced by the people's ids."""
    out = frame.copy()
    for column in spec.columns:
        if column.kind is Kind.ID:
            out[column.name] = _resolved(out[column.name], book)
    return out


def _resolved(texts: pd.Series, book: dict[str, str]) -> pd.Series:
    has_at = texts.str.contains("@", regex=False).fillna(False).to_numpy(dtype=bool)
    if not has_at.any():
        return texts
    out = texts.copy()
    found = [book.get(plain_address(text) or "", text) for text in texts[has_at]]
    out[has_at] = found
    return out


def resolve_people(
    frame: pd.DataFrame, table: str, everyone: set[str], book: dict[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Turn line managers, second supervisors and people to avoid into ids where they are known.

    Somebody who is nobody's mentor here may well be a manager, so an unresolved one is a warning
    that names the record; free text in `avoid` is kept as it is.
    """
    out = frame.copy()
    findings: list[Finding] = []
    for column in MANAGERS:
        resolved = _resolved(out[column], book)
        is_open = resolved.notna().to_numpy(dtype=bool) & ~is_among(resolved, everyone)
        out[column] = resolved
        findings += [
            _unresolved(table, column, person, int(row))
            for person, row in zip(
                out.loc[is_open, "person_id"], out.loc[is_open, "source_row"], strict=True
            )
        ]
    if "avoid" in out:
        out["avoid"] = _resolve_avoid(out["avoid"], book)
    return out, findings


def _unresolved(table: str, column: str, person: object, row: int) -> Finding:
    message = f"{column} of {shown_id(person)} is nobody in the cohort"
    remedy = "write an id or e-mail address of the cohort if the person is in it"
    return Finding("W_MANAGER_UNRESOLVED", message, remedy, table, row, column)


def _resolve_avoid(avoid: pd.Series, book: dict[str, str]) -> pd.Series:
    """Return the lists with known addresses as ids; free text stays, for people to read."""
    lists = np.empty(len(avoid), dtype=object)
    for k, items in enumerate(avoid):
        lists[k] = tuple(book.get(plain_address(item) or "", item) for item in items)
    return pd.Series(lists, index=avoid.index)


def drop_repetitions(typed: Typed, keys: tuple[str, ...] = ()) -> Typed:
    """Drop rows that say exactly what an earlier row says; the same keys otherwise are an error.

    ``typed.rejected`` grows by the rows dropped. Without `keys` nothing is an error.
    """
    frame = typed.frame
    texts = frame.drop(columns="source_row").astype(str)
    is_same = texts.duplicated().to_numpy()
    kept = frame[~is_same].reset_index(drop=True)
    findings = list(typed.findings)
    if is_same.any():
        message = f"rows that say what another row says: {int(is_same.sum())}"
        findings.append(Finding("W_DUP_ROW", message, "they count once", typed.spec.name))
    if keys:
        findings += _clashing_rows(kept, list(keys), typed.spec.name)
    rejected = typed.rejected + int(is_same.sum())
    return Typed(typed.spec, kept, findings, typed.read, rejected)


def _clashing_rows(frame: pd.DataFrame, keys: list[str], table: str) -> list[Finding]:
    is_clash = frame.duplicated(keys).to_numpy()
    first = frame.groupby(keys, dropna=False)["source_row"].transform("min")
    code, what = ("E_DUP_ID", "person") if len(keys) == 1 else ("E_DUP_ROW", "pair")
    remedy = "keep the one that is right"
    return [
        Finding(
            code,
            f"rows {earlier} and {row} are about the same {what} and differ",
            remedy,
            table,
            int(row),
            keys[0],
        )
        for row, earlier in zip(frame.loc[is_clash, "source_row"], first[is_clash], strict=True)
    ]


def drop_rows(typed: Typed, mask: NDArray[np.bool_], finding: Finding | None) -> Typed:
    """Drop the rows of `mask` as rejected, with one finding for all of them."""
    if not mask.any():
        return typed
    frame = typed.frame[~mask].reset_index(drop=True)
    findings = typed.findings + ([finding] if finding else [])
    return Typed(typed.spec, frame, findings, typed.read, typed.rejected + int(mask.sum()))


def fill_roles(typed: Typed, mentees: set[str], mentors: set[str]) -> Typed:
    """Fill the role in which a preference is stated where only one is possible.

    Where both people play both roles and none is stated, the row is an error.
    """
    frame = typed.frame.copy()
    is_open = frame["role"].isna()
    person, other = frame["person_id"], frame["other_id"]
    as_mentee = is_among(person, mentees) & is_among(other, mentors)
    as_mentor = is_among(person, mentors) & is_among(other, mentees)
    frame.loc[is_open & as_mentee & ~as_mentor, "role"] = Role.MENTEE.value
    frame.loc[is_open & as_mentor & ~as_mentee, "role"] = Role.MENTOR.value
    findings = list(typed.findings)
    for row in frame.loc[is_open & as_mentee & as_mentor, "source_row"]:
        message = "both people play both roles, so the role must be stated"
        remedy = "write mentee or mentor: the role of person_id in this pair"
        findings.append(
            Finding("E_MISSING_VALUE", message, remedy, "preferences", int(row), "role")
        )
    return Typed(typed.spec, frame, findings, typed.read, typed.rejected)


def sorted_links(frame: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """Return the rows in an order that does not depend on the order of the file."""
    names = [column.name for column in spec.columns]
    keys = frame[names].astype(str)
    order = keys.sort_values(names, kind="stable").index
    return frame.loc[order].reset_index(drop=True)
