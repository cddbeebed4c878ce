"""One row of a certificate with its ids resolved to positions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A linking row as published: only its dual is believed."""

    kind: str
    id: str
    rhs: float
    dual: float
    position: int | None = None
    """Mentor, pool or reciprocal pair that the row belongs to; None where the id says none."""
    items: tuple[tuple[int, int], ...] = ()
    """One-way items (mentee, mentor) of a row of kind `opposite`."""
