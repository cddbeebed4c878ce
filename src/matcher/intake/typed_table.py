"""From a grid and its mapping to a typed frame, with every cell that could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.cohort.columns import ColumnSpec, Kind, TableSpec
from matcher.cohort.ids import parse_id, parse_reference
from matcher.errors import Finding
from matcher.intake.cells.answer_words import LABEL, PART, Parser, answer_words
from matcher.intake.cells.answers import parser_for
from matcher.intake.consent import only_if_agreed
from matcher.text import fold, shown_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.config import Config
    from matcher.intake.files.grid import Cells, Grid
    from matcher.intake.headings import Mapping
    from matcher.intake.presets import Preset

_ROW_LABEL = re.compile(r"(?:\[([^\[\]]+)\]| - ([^-]+))\s*$")


@dataclass
class Typed:
    """A table whose cells are values, before the checks that look across rows."""

    spec: TableSpec
    frame: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)
    read: int = 0
    """Records in the source."""
    rejected: int = 0
    """Records that do not count: superseded answers, tests of the form, exact repetitions."""


def merged_cells(
    grid: Grid, positions: tuple[int, ...], spec: ColumnSpec, preset: Preset
) -> tuple[Cells, NDArray[np.bool_]]:
    """Return one text a row from the columns that make a canonical one, and where they clash.

    Columns of a list are joined (a grid question gives a column a row); of others the first that
    is filled counts.
    """
    columns = [_without_blanks(grid.columns[k], preset) for k in positions]
    clash = np.zeros(len(grid.rows), dtype=bool)
    if len(columns) == 1:
        return columns[0], clash
    if spec.is_list:
        labelled = [_labelled(c, grid, k) for c, k in zip(columns, positions, strict=True)]
        joined = np.array(
            [PART.join(filter(None, parts)) for parts in zip(*labelled, strict=True)], dtype=object
        )
        return joined, clash
    merged = columns[0].copy()
    for column in columns[1:]:
        clash |= (merged != "") & (column != "") & (merged != column)
        merged = np.where(merged == "", column, merged)
    return merged, clash


def _without_blanks(column: Cells, preset: Preset) -> Cells:
    if not preset.blanks:
        return column
    codes, uniques = pd.factorize(column)
    table = np.array(["" if fold(str(u)) in preset.blanks else u for u in uniques], dtype=object)
    return table[codes] if len(table) else column


def _labelled(column: Cells, grid: Grid, position: int) -> Cells:
    """Put the grid's row label before each filled cell."""
    title = grid.questions[position] if grid.questions else grid.titles[position]
    match = _ROW_LABEL.search(title)
    if match is None:
        return column
    label = (match.group(1) or match.group(2)).strip()
    return np.array([f"{label}{LABEL}{c}" if c else "" for c in column], dtype=object)


def type_table(
    grid: Grid,
    mapping: Mapping,
    spec: TableSpec,
    config: Config,
    preset: Preset,
    ids: Callable[[str], Any] | None = None,
) -> Typed:
    """Turn a grid into a frame with all canonical columns and `source_row`.

    Parameters
    ----------
    ids
        Parser of `person_id` in people tables, where the plain one is not meant.
    """
    typed = Typed(spec, pd.DataFrame(), read=len(grid.rows))
    values: dict[str, Any] = {}
    separator = config.input.separator or preset.separator
    by_address = config.input.id == "email"
    for column in _wanted(spec, mapping):
        if column.name not in mapping.columns:
            cells: Cells = np.full(len(grid.rows), "", dtype=object)
        else:
            positions = mapping.columns[column.name]
            cells, clash = merged_cells(grid, positions, column, preset)
            cells, absent = only_if_agreed(cells, grid, column.name, config)
            typed.findings += absent
            if column.name in mapping.contested:
                typed.findings += _clash_findings(grid, clash, column)
        parse: Parser
        if column.kind is Kind.ID:
            is_own = ids is not None and column.name == "person_id"
            parse = ids if ids and is_own else (parse_reference if by_address else parse_id)
        else:
            words = answer_words(column.name, config, separator)
            parse = parser_for(column, words, config.input.date_format)
        is_needed = column.required and column.name in mapping.columns
        values[column.name], bad = convert(cells, parse, column, is_needed=is_needed)
        typed.findings += _cell_findings(grid, bad, column)
    values["source_row"] = grid.rows
    typed.frame = pd.DataFrame(values, index=pd.RangeIndex(len(grid.rows)))
    typed.findings = _named(typed, grid.table)
    return typed


def _wanted(spec: TableSpec, mapping: Mapping) -> Iterable[ColumnSpec]:
    """Yield the canonical columns, then those found beyond them in order of name."""
    for column in spec.columns:
        yield mapping.specs.get(column.name, column)
    for name in sorted(set(mapping.specs) - set(spec.by_name)):
        yield mapping.specs[name]


def convert(
    cells: Cells, parse: Parser, spec: ColumnSpec, *, is_needed: bool
) -> tuple[Any, list[tuple[int, Finding]]]:
    """Parse each distinct text once.

    Returns
    -------
    values
        Array of the column's dtype: shape (rows,).
    bad
        Position of each cell that could not be read, with the reason.
    """
    codes, uniques = pd.factorize(cells)
    parsed = [_parsed(str(text), parse) for text in uniques]
    if is_needed:
        missing = Finding("E_MISSING_VALUE", "the answer is needed", f"write {spec.allowed}")
        parsed = [missing if value is None else value for value in parsed]
    is_bad = np.array([isinstance(value, Finding) for value in parsed], dtype=bool)
    bad = []
    if is_bad.any():
        bad = [(int(k), parsed[codes[k]]) for k in np.flatnonzero(is_bad[codes])]
    kept = [
        spec.default if value is None or isinstance(value, Finding) else value for value in parsed
    ]
    return _array(kept, codes, spec.kind), bad


_SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


def _parsed(text: str, parse: Parser) -> Any:
    if not text:
        return None
    if text[0] == "#" and text.strip() in _SPREADSHEET_ERRORS:
        remedy = "correct the formula in the spreadsheet and export again"
        return Finding(
            "E_CELL_ERROR", "the cell holds a spreadsheet's error, not an answer", remedy
        )
    return parse(text)


def _array(values: list[Any], codes: NDArray[np.int64], kind: Kind) -> Any:
    """Return the values of the distinct texts at the places of the codes, in the kind's dtype."""
    if kind is Kind.NUMBER:
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        return numbers[codes]
    if kind is Kind.DATE:
        days = [np.datetime64("NaT" if v is None else v.isoformat(), "ns") for v in values]
        return np.array(days, dtype="datetime64[ns]")[codes]
    if kind is Kind.YES_NO:
        return pd.array(values or [None], dtype="boolean").take(codes)
    if kind in (Kind.LIST, Kind.SLOTS):
        lists = np.empty(len(values), dtype=object)
        for k, value in enumerate(values):
            lists[k] = () if value is None else value
        return lists[codes]
    texts = np.empty(len(values), dtype=object)
    texts[:] = [np.nan if value is None else value for value in values]
    return pd.array(texts[codes], dtype="str")


def _clash_findings(grid: Grid, clash: NDArray[np.bool_], column: ColumnSpec) -> list[Finding]:
    message = "two columns of the form answer this differently"
    remedy = "correct one of them, or map only one in [columns]"
    return [
        Finding("E_CONFLICT", message, remedy, grid.table, int(row), column.name)
        for row in grid.rows[clash]
    ]


def _cell_findings(grid: Grid, bad: list[tuple[int, Finding]], column: ColumnSpec) -> list[Finding]:
    return [
        Finding(b.code, b.message, b.remedy, grid.table, int(grid.rows[k]), column.name)
        for k, b in bad
    ]


def _named(typed: Typed, table: str) -> list[Finding]:
    """Put the record's id into the message of each finding on a row."""
    key = next((c.name for c in typed.spec.columns if c.kind is Kind.ID), None)
    if key is None or not typed.findings:
        return typed.findings
    by_row = dict(zip(typed.frame["source_row"].tolist(), typed.frame[key].tolist(), strict=True))
    return [_with_record(finding, by_row.get(finding.row)) for finding in typed.findings]


def _with_record(finding: Finding, record: object) -> Finding:
    if not isinstance(record, str):
        return finding
    message = f"{finding.message} (record {shown_id(record)})"
    return Finding(
        finding.code, message, finding.remedy, finding.table, finding.row, finding.column
    )
