"""Cells that a spreadsheet turned into dates: of `1-2` it shows 1-Feb and keeps 2026-02-01."""

from collections.abc import Container, Mapping

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.errors import Finding

Faults = list[tuple[int, Finding]]


def dates_told(
    faults: Faults, cells: Cells, spec: ColumnSpec, shown: Mapping[str, str], mapped: Container[str]
) -> Faults:
    """Return the faults of a column, and where a date stands in place of an answer, that it does.

    Parameters
    ----------
    faults
        Position of each cell that could not be read, with the reason.
    cells, spec
        Texts of the column, shape (rows,), and what it should hold.
    shown
        What the spreadsheet shows, by text, for cells that it holds as dates.
    mapped
        Texts that the config gives a meaning.

    Returns
    -------
    Faults
        With E_CELL_DATE in place of what was wrong with a date, and of ids and items that are
        dates which show no year or no day; W_CELL_DATE of such texts.
    """
    if not shown or spec.kind is Kind.DATE:
        return faults
    told = [(k, _finding("E_", shown[cells[k]], cells[k]) if cells[k] in shown else f)
            for k, f in faults]  # fmt: skip
    if spec.kind in (Kind.NUMBER, Kind.YES_NO, Kind.CHOICE):
        return told
    partial = {text for text, seen in shown.items() if text != seen and text not in mapped}
    faulty = {k for k, _ in faults}
    is_partial = np.array([text in partial for text in cells], dtype=bool)
    start = "W_" if spec.kind is Kind.TEXT else "E_"
    more = [int(k) for k in np.flatnonzero(is_partial) if k not in faulty]
    return told + [(k, _finding(start, shown[cells[k]], cells[k])) for k in more]


def _finding(start: str, seen: str, text: str) -> Finding:
    """Return the finding for a date; a whole one is not repeated, it may be somebody's birthday."""
    as_seen = "" if seen == text else f", which the spreadsheet shows as {seen}"
    remedy = "format the column as text and type the answer again"
    return Finding(f"{start}CELL_DATE", f"the cell is a date{as_seen}, not an answer", remedy)
