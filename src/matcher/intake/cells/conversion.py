"""From the texts of a column to its values, each distinct text parsed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.errors import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.intake.cells.answer_words import Parser
    from matcher.intake.files.grid import Cells

_SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


def convert(
    cells: Cells, parse: Parser, spec: ColumnSpec, *, is_needed: bool = False
) -> tuple[Any, list[tuple[int, Finding]]]:
    """Parse the cells of a column.

    Parameters
    ----------
    cells
        Texts: shape (rows,).
    parse, spec
        Parser of a text that is not empty, and the kind and default of the column.
    is_needed
        Whether a missing answer is a fault.

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
    kept = [spec.default if v is None or isinstance(v, Finding) else v for v in parsed]
    return _array(kept, codes, spec.kind), bad


def _parsed(text: str, parse: Parser) -> Any:
    if not text:
        return None
    if text[0] == "#" and text.strip() in _SPREADSHEET_ERRORS:
        message = "the cell holds a spreadsheet's error, not an answer"
        remedy = "correct the formula in the spreadsheet and export again"
        return Finding("E_CELL_ERROR", message, remedy)
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
    distinct = np.empty(len(values), dtype=object)
    missing = () if kind in (Kind.LIST, Kind.SLOTS) else np.nan
    for k, value in enumerate(values):
        distinct[k] = missing if value is None else value
    if kind in (Kind.LIST, Kind.SLOTS):
        return distinct[codes]
    return pd.array(distinct[codes], dtype="str")
