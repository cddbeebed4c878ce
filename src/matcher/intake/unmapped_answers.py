"""Cells that the config could map: the form's own word is told, with the line that maps it.

A message shows an answer only where it is an option of the form: one that the vocabulary's words
give away, or one among few that recur in the column. Free texts and names are never repeated.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from matcher.arrays import Cells
from matcher.cohort.tables import SIGNUPS, ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.meanings import MISSING, Value, meaning, section_of, words_named
from matcher.intake.proposals.roles_said import is_one_sided
from matcher.intake.proposals.single_texts import is_person
from matcher.text import fold, shown_title

Bad = Sequence[tuple[int, Finding]]
"""Positions of cells that could not be read, with the reason."""


def told_as_written(
    bad: Bad, cells: Cells, spec: ColumnSpec, table: str
) -> list[tuple[int, Finding]]:
    """Return the findings; each whose answer is an option of the form names it and its line.

    Parameters
    ----------
    bad
        What the parsers found, each with the answer that it is about where there is one.
    cells
        Texts of the column: shape (rows,).
    spec, table
        The column, and the table that it is of.
    """
    if not any(finding.answer for _, finding in bad):
        return list(bad)
    column = CellEvidence.of(cells)
    count = Counter(fold(finding.answer) for _, finding in bad)
    told = {
        answer: _told(answer, spec, count[fold(answer)], column, table)
        for answer in {finding.answer for _, finding in bad if finding.answer}
    }
    return [(k, _as_written(finding, told.get(finding.answer))) for k, finding in bad]


def _told(
    answer: str, spec: ColumnSpec, count: int, column: CellEvidence, table: str
) -> tuple[str, str] | None:
    """Return what is wrong with an option and the line that maps it; None for somebody's words."""
    is_open = spec.name == "role" and is_one_sided(column.counts)
    meant = None if is_open else meaning(answer, spec)
    is_known = meant not in (None, MISSING) and len(answer.split()) <= 6
    is_of_pairs = spec.name == "status" and not is_person(answer, ())  # of a coordinator's own list
    is_short = not spec.is_list and len(answer.split()) <= 4 and not is_person(answer, ())
    # Perhaps what somebody wrote beside the options, or where everybody else gave a number.
    is_time = is_known and spec.kind is Kind.SLOTS
    is_own = (
        count == 1 and not is_time and (spec.is_list or (spec.kind is Kind.NUMBER and not is_known))
    )
    if is_own or not (is_known or is_of_pairs or (column.is_choice and (count > 1 or is_short))):
        return None
    shown = shown_title(answer)
    name = words_named(spec, table)
    section = f"[{section_of(spec)}.{_toml(name) if '.' in name else name}]"
    line = f"add {section} {_toml(shown)} = {_toml(meant) if meant is not None else _choose(spec)}"
    usual = SIGNUPS.find(spec.name)
    if spec.is_list and spec.choices and (usual is None or usual.choices != spec.choices):
        line = f"add it to the options in [facets], or {line}"
    return f"'{shown}' is not mapped", line


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{value:g}"


def _choose(spec: ColumnSpec) -> str:
    return f'"..." ({spec.allowed}, or missing)'


def _as_written(finding: Finding, told: tuple[str, str] | None) -> Finding:
    if told is None:
        return replace(finding, answer="")
    message, line = told
    if finding.code == "E_OPTION" and '"..."' not in line:
        return replace(finding, message=message, remedy=line, answer="")
    if finding.code == "E_OPTION":
        return replace(finding, message=f"{message}: {finding.message}", answer="")
    valid = re.split("[;,] or map ", finding.remedy)[0]
    return replace(finding, message=message, remedy=f"{line}; {valid}", answer="")
