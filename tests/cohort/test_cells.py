"""Cells that a spreadsheet would run are neutralised, and every text comes back as it was."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cohort.cells import (
    FORMULA_STARTS,
    neutralise,
    neutralise_frame,
    restore,
    restore_frame,
)


@pytest.mark.parametrize("start", list(FORMULA_STARTS))
def test_every_active_start_is_neutralised(start: str) -> None:
    """No written cell starts with a sign that opens a formula."""
    assert neutralise(f'{start}HYPERLINK("x")')[0] == "'"


@pytest.mark.slow
@given(st.text(alphabet="'=+-@\t\r\n＝＋－＠ab1 ", max_size=6))  # noqa: RUF001
def test_restore_undoes_neutralise(text: str) -> None:
    """Reading back gives the very text that was written."""
    assert restore(neutralise(text)) == text
    assert neutralise(text)[:1] not in set(FORMULA_STARTS)


def test_frames_keep_numbers_and_missing_cells() -> None:
    """Only text cells change, and the frame that was given does not."""
    frame = pd.DataFrame({"a": ["=1", None, "x"], "b": [-1.0, 2.0, 3.0]})
    written = neutralise_frame(frame)
    assert list(written["a"].fillna("")) == ["'=1", "", "x"]
    assert list(frame["a"].fillna("")) == ["=1", "", "x"]
    pd.testing.assert_frame_equal(restore_frame(written), frame)
