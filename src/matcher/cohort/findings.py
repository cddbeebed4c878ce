"""One finding a row, with the record's id, made from a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.cohort.text import shown_id
from matcher.errors import Finding

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


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
