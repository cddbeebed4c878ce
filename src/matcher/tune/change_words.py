"""What tuning and comparing say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.text import count_of, shortened

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import RowCount
    from matcher.features.base import Bools
    from matcher.tune.outcome_pairs import Table

NAMED = 5
"""Pairs and people that the terminal names of each kind; the tables hold all."""


def row_warnings(rows: RowCount) -> list[str]:
    """Return what was left out when the table was read."""
    why = "people who are not in the cohort, or repetitions"
    left = {why: rows.rejected, "set aside for what is wrong with them": rows.set_aside}
    return [
        f"{count_of(number, 'row')} of {rows.read} left out: {reason}"
        for reason, number in left.items()
        if number
    ]


def silent(table: Table, told: Bools, noun: str) -> list[str]:
    """Return a warning about features that are on but of which the data do not tell."""
    known = told | (table.default == 0.0)
    names = [name for name, is_known in zip(table.names, known, strict=True) if not is_known]
    warning = f"open or the same in every {noun}, so the share stays: {', '.join(names)}"
    return [warning] if names else []


def changes(name: str, pairs: pd.DataFrame, people: pd.DataFrame) -> list[str]:
    """Return what changed from the first match to one, largest changes of value first."""
    gained, lost = (
        [f"{one.mentee_id} with {one.mentor_id}" for one in part.itertuples()]
        for part in (pairs[pairs["change"] == change] for change in ("gained", "lost"))
    )
    better, worse = (
        [f"{one.mentee_id} {one.change:+.4g}" for one in part.itertuples()]
        for part in (people[people["change"] > 0].iloc[::-1], people[people["change"] < 0])
    )
    head = (
        f"{name}: {count_of(len(gained), 'pair')} gained, {len(lost)} lost; "
        f"{count_of(len(better), 'mentee')} better off, {len(worse)} worse off"
    )
    groups = {"gained": gained, "lost": lost, "better off": better, "worse off": worse}
    told = {title: shortened(those, NAMED) for title, those in groups.items() if those}
    return [head, *(f"  {title}: {names}" for title, names in told.items())]
