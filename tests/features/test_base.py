"""Selections of pairs: a block and a list of the same pairs give the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from tests.support import table

from matcher.features.base import Block, Compared, Listed, PairTable, mean_of_answered
from matcher.features.feature_columns import PACKED_WORDS, code_sets, expand, items_of, numbers_of


@pytest.fixture
def grid():
    """Return a block of three mentees by four mentors and the same pairs as a list."""
    rows = np.array([2, 0, 1])
    i, j = np.repeat(rows, 4), np.tile(np.arange(4), 3)
    return Block(rows, 4), Listed(i, j)


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array])
def test_dot_products_agree(grid, wrap):
    """Dense and sparse rows of whole numbers give one answer for blocks and lists."""
    rng = np.random.default_rng(1)
    left, right = (wrap(rng.integers(-9, 9, (n, 5)).astype(float)) for n in (3, 4))
    block, listed = grid
    np.testing.assert_array_equal(block.dot(left, right).ravel(), listed.dot(left, right))


def test_stated_pairs_agree(grid):
    """A table of stated pairs is read alike by blocks and lists."""
    stated = PairTable.build(np.array([0, 2]), np.array([3, 1]), np.array([0.0, 0.7]), (3, 4))
    block, listed = (selection.scatter(stated) for selection in grid)
    np.testing.assert_array_equal(block.values.ravel(), listed.values)
    np.testing.assert_array_equal(block.answered.ravel(), listed.answered)
    assert np.argwhere(block.answered).tolist() == [[0, 1], [1, 3]]


def test_mean_leaves_out_what_is_unanswered():
    """Only answered parts count; with none the mean is unanswered."""
    first = Compared(np.array([1.0, 0.0, 0.0]), np.array([True, False, False]))
    second = Compared(np.array([0.5, 0.5, 0.0]), np.array([True, True, False]))
    mean = mean_of_answered([first, second])
    assert mean.values.tolist() == [0.75, 0.5, 0.0]
    assert mean.answered.tolist() == [True, True, False]


def test_many_words_are_coded_sparsely():
    """Both codings count shared words alike."""
    words = [str(k) for k in range(PACKED_WORDS + 1)]
    pairs = Listed(np.array([0, 1]), np.array([0, 0]))
    assert not sparse.issparse(code_sets([words[:3], ["0"]], [words[1:9]]).mentee)
    many = code_sets([words, ["0"]], [words[1:9]])
    assert sparse.issparse(many.mentee)
    assert many.shared(pairs).tolist() == [8.0, 0.0]


def test_columns_of_any_kind_become_items_and_numbers():
    """Text is split, lists are taken as they are, what is no number is missing."""
    frame = table("mentees", [{"person_id": "a", "own": " X; y;;x"}, {"person_id": "b"}])
    assert items_of(frame, "own") == [("x", "y"), ()]
    assert items_of(frame, "expertise") == [(), ()]
    assert np.isnan(numbers_of(frame, "own")).all()


def test_patterns_expand_in_natural_order():
    """values_2 comes before values_10."""
    frame = table("mentees", [{"person_id": "a", "values_10": 1, "values_2": 1, "values_1": 1}])
    assert expand(("values_*", "site"), frame) == ("values_1", "values_2", "values_10", "site")
