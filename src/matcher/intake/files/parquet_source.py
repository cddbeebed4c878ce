"""Parquet files to grids (extra `[parquet]`)."""

from io import BytesIO

import numpy as np

from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts


def parse_parquet(content: bytes, table: str, origin: str) -> Grid:
    """Parse the bytes of a Parquet file; the first record counts as row 1.

    Raises
    ------
    InputError
        E_EMPTY, E_FORMAT (damaged, or no Parquet) or E_EXTRA (pyarrow is not installed).
    """
    if not content:
        raise InputError(Finding("E_EMPTY", "the file is empty", "export it again", table))
    try:
        import pyarrow.parquet as pq
    except ImportError:
        remedy = "pip install 'mentor-matcher[parquet]', or export CSV"
        message = "Parquet files need the extra [parquet]"
        raise InputError(Finding("E_EXTRA", message, remedy, table)) from None
    try:
        frame = pq.read_table(BytesIO(content))
        columns = [
            share_texts([cell_text(value) for value in column.to_pylist()])
            for column in frame.columns
        ]
    except Exception:
        message = "the file cannot be read as Parquet"
        raise InputError(Finding("E_FORMAT", message, "export it again", table)) from None
    rows = np.arange(1, frame.num_rows + 1, dtype=np.int64)
    return make_grid(table, origin, list(frame.column_names), columns, rows)
