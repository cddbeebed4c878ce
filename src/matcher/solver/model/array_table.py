"""Tables of arrays: dataclasses whose arrays have one row for each of the same things."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Ints


class ArrayTable:
    """Base of a dataclass of arrays (or sparse arrays) with the same rows."""

    def _map(self, change: Any) -> Self:
        names = self.__dataclass_fields__  # type: ignore[attr-defined]
        return type(self)(*(change(getattr(self, name)) for name in names))

    def take(self, rows: Ints | Bools) -> Self:
        """Return some rows, by position (k,) or mask."""
        return self._map(lambda array: array[rows])

    def put(self, rows: Ints, other: Self) -> Self:
        """Return the table with the rows at positions `rows` (k,) replaced by those of `other`."""
        table = self._map(np.copy)
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]
            getattr(table, name)[rows] = getattr(other, name)
        return table

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Stack the rows of one table or more."""
        names = cls.__dataclass_fields__  # type: ignore[attr-defined]
        return cls(*(_stacked([getattr(part, name) for part in parts]) for name in names))


def _stacked(arrays: list[Any]) -> Any:
    if sparse.issparse(arrays[0]):
        return sparse.csr_array(sparse.vstack(arrays, format="csr"))
    return np.concatenate(arrays)
