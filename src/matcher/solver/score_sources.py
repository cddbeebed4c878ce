"""Where the scores of `solve` come from: dense arrays, sparse ones, or objects read by block."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from scipy import sparse

from matcher.arrays import Advice
from matcher.errors import Finding, InputError
from matcher.problem.problem import Bools, Floats, Ints, ItemBlock


class Matrix(Protocol):
    """An (n, m) array that is read by blocks of rows."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    def block(self, rows: Ints) -> Floats:
        """Return rows `rows` (b,) as a new float64 array: (b, m)."""


FEW_PAIRS = 0.1
"""Share of all pairs up to which those that are allowed are looked at one by one."""


COMPARED, FACTORS_SLIP = 64, 1e-5
"""Rows of which the product of factors is compared with what `block` returns, and by how much of
the largest value the two may differ, as float32 is rounded."""


def listed_pairs(scores: Any) -> sparse.csr_array | None:
    """Return the score of every allowed pair (n, m), None where a source does not list them.

    Parameters
    ----------
    scores
        Where one-way items come from.
    """
    found: sparse.csr_array | None = getattr(scores, "listed", None)
    return found


def factors_of(scores: Any) -> tuple[Advice, Advice] | None:
    """Return matrices (n, d) and (m, d) whose product scores are, None where a source has none.

    Parameters
    ----------
    scores
        Where one-way items come from.
    """
    found: tuple[Advice, Advice] | None = getattr(scores, "factors", None)
    return found


def padded(pairs: sparse.csr_array, rows: Ints) -> tuple[Ints, Floats]:
    """Return columns (b, w), -1 for none, and values, -inf for none, of some rows of a list."""
    part = pairs[rows]
    count = np.diff(part.indptr)
    row = np.repeat(np.arange(len(rows)), count)
    slot = np.arange(part.nnz) - part.indptr[row]
    shape = (len(rows), max(1, int(count.max(initial=0))))
    column, value = np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf)
    column[row, slot], value[row, slot] = part.indices, part.data
    return column, value


@dataclass(frozen=True)
class SomeMentees:
    """Some mentees of something that is read by block of mentees."""

    source: Any
    rows: Ints
    """(k,) where each of these mentees stands in `source`."""

    @property
    def shape(self) -> tuple[int, int]:
        """These mentees and all mentors."""
        return len(self.rows), int(self.source.shape[1])

    def block(self, rows: Ints) -> Any:
        """Return what `source` says of mentees `rows` of these."""
        return self.source.block(self.rows[rows])

    @cached_property
    def listed(self) -> sparse.csr_array | None:
        """The pairs of these mentees, where those of all are listed."""
        pairs = listed_pairs(self.source)
        return None if pairs is None else sparse.csr_array(pairs[self.rows])


@dataclass(frozen=True)
class DenseMatrix:
    """All values in memory."""

    values: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    def block(self, rows: Ints) -> Floats:
        """Return rows as a copy."""
        return self.values[rows]


@dataclass(frozen=True)
class SparseMatrix:
    """Stored entries, explicit zeros included; every other entry is `absent`."""

    values: sparse.csr_array
    absent: float
    is_few: bool = True
    """Whether entries may be looked at one by one. Said of the whole: a part may be denser."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    def block(self, rows: Ints) -> Floats:
        """Return rows as a dense array."""
        out = np.full((len(rows), self.values.shape[1]), self.absent)
        row, column, value = entries_of_rows(self.values, rows)
        out[row, column] = value
        return out


@dataclass(frozen=True)
class ComputedMatrix:
    """Values that an object of the caller computes by block, whatever its dtype."""

    source: Any
    name: str
    low: float
    """Least value accepted; `+inf` and nan never are."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.source.shape[0]), int(self.source.shape[1])

    @cached_property
    def factors(self) -> tuple[Advice, Advice] | None:
        """The two matrices whose product the object says that its values are, in float32.

        Raises
        ------
        InputError
            If they do not fit together (E_SHAPE), hold nan or what is infinite (E_NOT_FINITE), or
            if some rows of the product are not what `block` returns (E_CONFLICT).
        """
        given = getattr(self.source, "factors", None)
        if given is None:
            return None
        left, right = (np.asarray(part, dtype=np.float32) for part in given)
        if (len(left), len(right)) != self.shape or left.shape[1:] != right.shape[1:]:
            found = f"{self.name}.factors have shapes {left.shape} and {right.shape}"
            remedy = "give two matrices, a row a mentee and a row a mentor, as wide as each other"
            raise InputError(Finding("E_SHAPE", found, remedy, "solve"))
        for part in (left, right):
            if not np.isfinite(part).all():
                found = f"{self.name}.factors hold nan or what is infinite"
                raise InputError(Finding("E_NOT_FINITE", found, "write finite numbers", "solve"))
        self._compare(left, right)
        return left, right

    def _compare(self, left: Advice, right: Advice) -> None:
        """See that some rows, of all parts of the mentees, are the product: bounds rest on it."""
        rows = np.unique(np.linspace(0, len(left) - 1, COMPARED).astype(np.int64))
        product, block = left[rows] @ right.T, self.block(rows)
        slip = FACTORS_SLIP * max(1.0, float(np.abs(product).max(initial=0.0)))
        wrong = np.argwhere(~(np.abs(product - block) <= slip))
        if len(wrong):
            row, column = int(rows[wrong[0, 0]]), int(wrong[0, 1])
            found = f"{self.name}.factors and {self.name}.block differ at ({row}, {column})"
            remedy = "give factors only where their product is what block returns for every pair"
            raise InputError(Finding("E_CONFLICT", found, remedy, "solve"))

    def block(self, rows: Ints) -> Floats:
        """Return rows in float64.

        Raises
        ------
        InputError
            If the object returns a block of another shape (E_SHAPE), a value that is nan or
            infinite (E_NOT_FINITE), or one below the least (E_RANGE).
        """
        given = self.source.block(rows)
        block = numbers_in(given, masked=-np.inf if self.low == -np.inf else None)
        if block is None:
            found = f"{self.name}.block(rows) is not an array of numbers"
            raise InputError(Finding("E_SHAPE", found, "return floats", "solve"))
        expected = (len(rows), self.shape[1])
        if block.shape != expected:
            found = f"{self.name}.block(rows) has shape {block.shape}, expected {expected}"
            raise InputError(Finding("E_SHAPE", found, "return one row a mentee", "solve"))
        cells = np.asarray(rows)[:, None], np.arange(self.shape[1])
        faults = check_values(block, self.name, self.low, cells)
        if faults:
            raise InputError(faults)
        return block


def numbers_in(value: Any, masked: float | None = None) -> Floats | None:
    """Return a new array of what a caller hands over, None where it is not all numbers.

    Parameters
    ----------
    value
        Anything. Texts are no numbers, though some could be read as such; None is nan.
    masked
        What stands for cells that are masked; None: there must be none.
    """
    if np.ma.isMaskedArray(value):
        if masked is None and np.ma.getmaskarray(value).any():
            return None
        value = value.filled(masked) if masked is not None else value.data
    try:
        found = np.asarray(value)
        if found.dtype.kind == "O" and any(isinstance(cell, str | bytes) for cell in found.flat):
            return None
        with np.errstate(over="ignore"):  # beyond a double is inf, which is told as such
            return np.array(found, dtype=np.float64) if found.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError):
        return None


def check_values(
    values: Floats, name: str, low: float, cells: tuple[Ints, ...] | None = None
) -> list[Finding]:
    """Return the first cell that is nan or +inf and the first below `low`, if any.

    Parameters
    ----------
    values
        Values of any shape.
    name
        Argument that they come from.
    low
        Least value allowed.
    cells
        Position of each value in the argument where it is not its own: see `bad_cells`.
    """
    if not values.size or (values.max() < np.inf and values.min() >= low):
        return []  # nan compares false, so that it never ends here
    bad = ~(values < np.inf), values < low
    return [
        *bad_cells(name, values, bad[0], "E_NOT_FINITE", "write a finite number", cells=cells),
        *bad_cells(name, values, bad[1], "E_RANGE", f"give at least {low:g}", cells=cells),
    ]


def bad_cells(
    name: str,
    values: Floats,
    bad: Bools,
    code: str,
    remedy: str,
    *,
    cells: tuple[Ints, ...] | None = None,
) -> list[Finding]:
    """Return a finding on the first bad cell and how many more there are, none if none is bad.

    Parameters
    ----------
    name
        Argument that the values come from.
    values, bad
        Values of any shape, and which of them are bad.
    code, remedy
        Those of the finding.
    cells
        Position of each value in the argument, axis by axis; these broadcast to its shape.
    """
    count = int(bad.sum())
    if count == 0:
        return []
    first = np.unravel_index(int(np.argmax(bad)), bad.shape)
    at = first if cells is None else [axis[first] for axis in np.broadcast_arrays(*cells)]
    where = ", ".join(str(int(position)) for position in at)
    more = "" if count == 1 else f", one of {count} such cells"
    message = f"{name}[{where}] is {values[first]:g}{more}"
    return [Finding(code, message, remedy, "solve", column=name)]


def entries_of_rows(matrix: sparse.csr_array, rows: Ints) -> tuple[Ints, Ints, Any]:
    """Return the position in `rows`, the column and the value of each entry stored in them."""
    found = matrix[rows].tocoo()
    row, column = (np.asarray(part, dtype=np.int64) for part in found.coords)
    return row, column, found.data


@dataclass(frozen=True)
class Bans:
    """Pairs that are not allowed."""

    pairs: sparse.csr_array
    """True at each pair."""

    @classmethod
    def of(cls, pairs: Ints, n: int) -> Self:
        """Sort pairs (k, 2) of n mentees."""
        there, width = np.ones(len(pairs), dtype=bool), int(pairs[:, 1].max(initial=0)) + 1
        return cls(sparse.csr_array((there, (pairs[:, 0], pairs[:, 1])), shape=(n, width)))

    def apply(self, score: Floats, rows: Ints) -> None:
        """Write -inf into a block (b, m) of mentees `rows`."""
        if self.pairs.nnz:
            row, mentor, _ = entries_of_rows(self.pairs, rows)
            score[row, mentor] = -np.inf


@dataclass(frozen=True)
class ArrayScores:
    """One-way items from matrices: what `solve` makes a `Problem` from."""

    scores: Matrix
    load: Matrix | None
    bans: Bans

    @classmethod
    def of_pairs(cls, pairs: sparse.csr_array) -> Self:
        """Return the items whose scores are listed (n, m), and no others."""
        nobody = np.empty((0, 2), dtype=np.int64)
        return cls(SparseMatrix(pairs, -np.inf), None, Bans.of(nobody, pairs.shape[0]))

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.scores.shape

    @property
    def factors(self) -> tuple[Advice, Advice] | None:
        """What scores are the product of, where all pairs are allowed and take one place."""
        plain = self.load is None and not self.bans.pairs.nnz
        return factors_of(self.scores) if plain else None

    @cached_property
    def listed(self) -> sparse.csr_array | None:
        """The score of every allowed pair, where few are and each takes one place; else None."""
        n, m = self.shape
        source = self.scores
        if self.load is not None or not isinstance(source, SparseMatrix):
            return None
        if np.isfinite(source.absent) or not source.is_few:
            return None
        pairs = source.values.tocoo()
        row, column = (np.asarray(part, dtype=np.int64) for part in pairs.coords)
        banned = self.bans.pairs.tocoo()
        kept = ~np.isin(row * m + column, banned.coords[0].astype(np.int64) * m + banned.coords[1])
        kept &= np.isfinite(pairs.data)
        return sparse.csr_array((pairs.data[kept], (row[kept], column[kept])), shape=(n, m))

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,) with every mentor."""
        rows = np.asarray(rows, dtype=np.int64)
        score = self.scores.block(rows)
        self.bans.apply(score, rows)
        return ItemBlock(score, None if self.load is None else self.load.block(rows))
