"""Tests of ``matcher.solver.score_sources``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from matcher.errors import InputError
from matcher.solver.score_sources import (
    ArrayScores,
    Bans,
    ComputedMatrix,
    DenseMatrix,
    SparseMatrix,
    entries_of_rows,
)


class Halves:
    """Computes single-precision scores."""

    shape = (3, 2)

    def block(self, rows: np.ndarray) -> np.ndarray:
        return np.repeat(rows[:, None] / 2, 2, axis=1).astype(np.float32)


def test_entries_of_rows() -> None:
    """Rows come in the order asked for, empty ones give nothing, repeated ones repeat."""
    pairs = [0, 0, 2, 2, 2], [1, 3, 0, 2, 3]
    matrix = sparse.csr_array((np.arange(5.0), pairs), shape=(3, 4))
    row, column, value = entries_of_rows(matrix, np.array([2, 1, 0, 2]))
    assert row.tolist() == [0, 0, 0, 2, 2, 3, 3, 3]
    assert column.tolist() == [0, 2, 3, 1, 3, 0, 2, 3]
    assert value.tolist() == [2.0, 3.0, 4.0, 0.0, 1.0, 2.0, 3.0, 4.0]


def test_sparse_blocks_equal_dense_ones() -> None:
    """Explicit zeros are entries; all others are the absent value."""
    values = sparse.csr_array(([0.0, 2.0], ([0, 2], [1, 0])), shape=(3, 2))
    block = SparseMatrix(values, -np.inf).block(np.array([2, 0]))
    np.testing.assert_array_equal(block, [[2.0, -np.inf], [-np.inf, 0.0]])


def test_computed_blocks_are_float64() -> None:
    """What an object computes in single precision is used in double."""
    block = ComputedMatrix(Halves(), "scores", -np.inf).block(np.array([1, 2]))
    assert block.dtype == np.float64
    np.testing.assert_array_equal(block, [[0.5, 0.5], [1.0, 1.0]])


def test_computed_blocks_below_the_least_are_refused() -> None:
    """The cell is named by its row in the whole matrix."""
    with pytest.raises(InputError, match=r"load\[1, 0\] is 0.5"):
        ComputedMatrix(Halves(), "load", 0.75).block(np.array([2, 1]))


def test_bans_leave_the_values_alone() -> None:
    """Banned pairs are -inf in every block and the matrix stays as it was."""
    values = np.ones((3, 2))
    scores = ArrayScores(DenseMatrix(values), None, Bans.of(np.array([[2, 0], [0, 1]]), 3))
    block = scores.block(np.array([2, 0])).score
    np.testing.assert_array_equal(block, [[-np.inf, 1.0], [1.0, -np.inf]])
    assert (values == 1).all()
