"""One finding a row, with the record's id, made from a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.errors import Finding
from matcher.text import shown_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import ArrayLike, NDArray


def is_among(texts: pd.Series, known: Collection[str]) -> NDArray[np.bool_]:
    """Return which texts are in `known`; missing ones are not: shape (rows,)."""
    labels = pd.Index(np.fromiter(known, dtype=object, count=len(known)), dtype=object)
    return np.asarray(labels.get_indexer(texts.to_numpy(dtype=object)) >= 0)


def at_rows(
    frame: pd.DataFrame,
    mask: ArrayLike,
    place: tuple[str, str],
    code: str,
    message: str,
    remedy: str,
    record: str = "person_id",
) -> list[Finding]:
    """Return a finding for each row of `mask`.

    Parameters
    ----------
    frame
        Typed table with `source_row`.
    mask
        Rows concerned: shape (rows,).
    place
        Table and column.
    code, message, remedy
        As in :class:`~matcher.errors.Finding`; the record's id is added to the message.
    record
        Column that holds the record's id.
    """
    table, column = place
    chosen = frame.loc[np.asarray(mask, dtype=bool), [record, "source_row"]]
    return [
        Finding(code, f"{message}{_of(person)}", remedy, table, int(row), column)
        for person, row in zip(chosen[record], chosen["source_row"], strict=True)
    ]


def _of(person: object) -> str:
    return f" (record {shown_id(person)})" if isinstance(person, str) else ""
