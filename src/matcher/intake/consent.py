"""Answers that count only where the person agreed to their use in a question of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding
from matcher.intake.cells.lists import is_tick
from matcher.text import fold_heading

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.intake.files.grid import Cells, Grid


def only_if_agreed(
    cells: Cells, grid: Grid, column: str, config: Config
) -> tuple[Cells, list[Finding]]:
    """Return the cells of a column, empty where ``[input] only_if`` asks for a yes and has none.

    Without the question itself nobody has agreed, so its absence is a fault.
    """
    title = config.input.only_if.get(column)
    if title is None:
        return cells, []
    folded = [fold_heading(heading) for heading in grid.titles]
    if fold_heading(title) not in folded:
        message = f"[input] only_if asks for it before {column} may be used"
        finding = Finding("E_MISSING_COLUMN", message, "add the column", grid.table, 1, title)
        return np.full(len(cells), "", dtype=object), [finding]
    answers = grid.columns[folded.index(fold_heading(title))]
    agreed = np.array([is_tick(str(answer)) for answer in answers], dtype=bool)
    return np.where(agreed, cells, ""), []
