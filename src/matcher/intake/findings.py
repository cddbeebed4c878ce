"""What is found on the way from the files to the cohort, and how a check makes it from a mask."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matcher.cohort.people import A_NAME, shown_reference
from matcher.cohort.tables import SIGNUPS, TABLES, table_spec
from matcher.errors import Finding
from matcher.text import shown_id

STRUCTURAL = frozenset(
    {
        "E_CONSENT_WORDS",
        "E_CSV_QUOTE",
        "E_DUP_COLUMN",
        "E_ENCODING",
        "E_HEADER",
        "E_MISSING_COLUMN",
        "E_NUL",
        "E_PROTECTED_COLUMN",
        "E_RAGGED",
        "E_UNKNOWN_COLUMN",
    }
)
"""Codes of faults that concern a whole table though they name a row."""


@dataclass
class Findings:
    """Everything found so far, by what it stops."""

    structural: list[Finding] = field(default_factory=list)
    """Faults of files, titles and tables as a whole: no row can be set aside for them."""
    of_rows: list[Finding] = field(default_factory=list)
    """Faults of single rows."""
    warnings: list[Finding] = field(default_factory=list)

    def copied(self) -> Self:
        """Return the same findings, to which others can be added."""
        return replace(
            self, structural=[*self.structural], of_rows=[*self.of_rows], warnings=[*self.warnings]
        )

    def add(self, findings: Iterable[Finding]) -> None:
        """Sort findings into warnings, faults of rows, and faults of structure."""
        for finding in map(_naming_what_mends, findings):
            if finding.is_warning:
                self.warnings.append(finding)
            elif finding.row is None or finding.code in STRUCTURAL:
                self.structural.append(finding)
            else:
                self.of_rows.append(finding)

    def add_of_columns(self, faults: Collection[Finding]) -> None:
        """Add faults of columns in place of the warnings that these are left out."""
        places = {(fault.table, fault.column) for fault in faults}
        self.warnings = [
            warning
            for warning in self.warnings
            if warning.code != "W_UNUSED_COLUMN" or (warning.table, warning.column) not in places
        ]
        self.add(faults)

    def add_derived(self, findings: Iterable[Finding]) -> None:
        """Add findings, but nothing is called missing in a row that has a fault already."""
        faulty = {(fault.table, fault.row) for fault in self.of_rows}
        self.add(
            [
                finding
                for finding in findings
                if finding.code != "E_MISSING_VALUE" or (finding.table, finding.row) not in faulty
            ]
        )

    @property
    def faults(self) -> list[Finding]:
        """What stops the run, each table in order of its rows."""
        return in_order([*self.structural, *self.of_rows])


MAPPED_AWAY = frozenset(
    {
        "E_CAPACITY",
        "E_CONSENT_WORDS",
        "E_DATE",
        "E_DATE_AMBIGUOUS",
        "E_ENUM",
        "E_HEADER",
        "E_MISSING_COLUMN",
        "E_NUMBER",
        "E_OPTION",
        "E_PROTECTED_COLUMN",
        "E_UNKNOWN_COLUMN",
        "W_UNUSED_COLUMN",
    }
)
"""Codes of what a config can map, which `matcher map` proposes."""


OF_CELLS = frozenset({"E_CAPACITY", "E_DATE", "E_ENUM", "E_NUMBER", "E_OPTION"})
"""Those of single answers: mapped away only where the remedy names a table of the config."""

CORRECTED = frozenset(
    {"E_CELL_DATE", "E_DATE_FUTURE", "E_DATE_ORDER", "E_EMAIL", "E_ID_CHARS", "E_RANGE"}
)
"""Codes of cells that only people can mend, which they do beside an export, never in it."""


def _naming_what_mends(finding: Finding) -> Finding:
    """Return the finding; its remedy names the command, or the file, that mends it."""
    is_mapped = finding.code in MAPPED_AWAY or (finding.code == "E_NOT_FOUND" and finding.table)
    of_cell = finding.code in OF_CELLS and "[" not in finding.remedy
    is_cell = of_cell or finding.code in CORRECTED
    if is_cell and finding.table and table_spec(finding.table).is_people:
        beside = "a line of corrections.jsonl: person, column, before, after, who, when"
        first = f"{finding.remedy}, or " if finding.remedy else ""
        return replace(finding, remedy=f"{first}write {beside}")
    is_named = "matcher map" in finding.remedy
    if is_named or of_cell or not is_mapped or not finding.remedy:
        return finding
    return replace(finding, remedy=f"{finding.remedy} (matcher map proposes it)")


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by table in the order of `TABLES`, then by row."""
    tables = (SIGNUPS.name, *TABLES)
    ranks = {table: rank for rank, table in enumerate(tables)}
    return sorted(
        findings,
        key=lambda f: (ranks.get(f.table, -1), f.table, f.row or 0, f.column, f.code, f.message),
    )


def is_among(texts: pd.Series, known: Collection[str]) -> NDArray[np.bool_]:
    """Return which texts are in `known`; missing ones are not: shape (rows,)."""
    labels = pd.Index(np.fromiter(known, dtype=object, count=len(known)), dtype=object)
    return np.asarray(labels.get_indexer(texts.to_numpy(dtype=object)) >= 0)


def at_rows(
    frame: pd.DataFrame, mask: ArrayLike, place: tuple[str, str], finding: Finding
) -> list[Finding]:
    """Return a finding for each row of `mask`, with the record's id.

    Parameters
    ----------
    frame
        Typed table with `source_row`.
    mask
        Rows concerned: shape (rows,).
    place
        Table and column.
    finding
        What is wrong with each of the rows.
    """
    table, column = place
    key = table_spec(table).key
    chosen = frame.loc[np.asarray(mask, dtype=bool), [key, "source_row"]]
    return [
        about_record(finding.at(table, int(row), column), person)
        for person, row in zip(chosen[key], chosen["source_row"], strict=True)
    ]


def about_record(finding: Finding, record: object) -> Finding:
    """Return the finding with the record's id, as it is where there is none, or maybe a name."""
    is_link = finding.table in TABLES and not TABLES[finding.table].is_people
    if not isinstance(record, str) or (is_link and shown_reference(record) == A_NAME):
        return finding
    return replace(finding, record=shown_id(record))
