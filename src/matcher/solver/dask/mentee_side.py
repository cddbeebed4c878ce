"""The mentee side of a problem: every array that has one entry a mentee, found by declaration.

`sent_fields` says of each class which of its fields have one entry a mentee. From that alone
follows how it is cut to some mentees, what is left when nobody is in it, and how arrays read
elsewhere are put back. A class that declares nothing is taken as it is, whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.errors import ConfigError, Finding
from matcher.solver.dask.sent_fields import mentee_fields
from matcher.solver.score_sources import ArrayScores, ComputedMatrix, SomeMentees

if TYPE_CHECKING:
    from matcher.problem.problem import Ints

Change = Callable[[Any, str], Any]
"""What becomes of an array with one entry a mentee, given its name."""


@dataclass(frozen=True)
class _Placed:
    """A source that holds only mentees from `first` on, asked by their place in the whole."""

    source: Any
    shape: tuple[int, int]
    first: int

    def block(self, rows: Ints) -> Any:
        """Return what `source` says of mentees `rows` of the whole."""
        return self.source.block(rows - self.first)


def is_declared(value: object) -> bool:
    """Whether of the class of `value` it is said what in it belongs to single mentees."""
    return is_dataclass(value) and mentee_fields(type(value)) is not None


def changed(value: Any, change: Change, name: str = "") -> Any:
    """Return `value` with `change` applied to every array that has one entry a mentee.

    Raises
    ------
    ConfigError
        For a feature of a kind that does not say what in it belongs to mentees (E_CONFIG).
    """
    if isinstance(value, tuple):
        if set(map(type, value)) == {str}:  # labels: many, and nothing in them
            return value
        parts = [changed(part, change, f"{name}.{k}") for k, part in enumerate(value)]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else tuple(parts)
    paths = mentee_fields(type(value))
    if paths is None or not is_dataclass(value) or isinstance(value, type):
        if hasattr(value, "stated_by_mentee"):
            message = f"features of {type(value).__name__} cannot be sent to workers"
            remedy = "name its fields with one entry a mentee in by_mentee, or leave Dask"
            raise ConfigError(Finding("E_CONFIG", message, remedy))
        return value
    old = {field.name: getattr(value, field.name) for field in fields(value)}
    new = {key: changed(part, change, f"{name}.{key}") for key, part in old.items()}
    for path in paths:
        head, *rest = path.split(".")
        new[head] = _changed_at(new[head], rest, change, f"{name}.{head}")
    new = {key: part for key, part in new.items() if part is not old[key]}
    return replace(value, **new) if new else value


def _changed_at(value: Any, path: list[str], change: Change, name: str) -> Any:
    """Apply `change` where a declared path ends."""
    if value is None:
        return None
    if not path:
        return change(value, name)
    head, *rest = path
    if not isinstance(value, tuple):
        part = _changed_at(getattr(value, head), rest, change, f"{name}.{head}")
        return replace(value, **{head: part})
    return tuple(
        _changed_at(part, rest, change, f"{name}.{k}") if head in ("*", str(k)) else part
        for k, part in enumerate(value)
    )


def lean(scores: Any) -> Any:
    """Return a source with what its blocks need and nobody's label, where it knows how."""
    return getattr(scores, "nameless", scores)


def placed(scores: Any, first: int, count: int) -> Any:
    """Return a source for `count` mentees from `first` on: 0, 1, ... in what is returned.

    Parameters
    ----------
    scores
        Cut to these mentees as far as it is declared, else whole.
    """
    here = np.arange(count, dtype=np.int64)
    if isinstance(scores, ArrayScores):
        load = None if scores.load is None else placed(scores.load, first, count)
        return replace(scores, scores=placed(scores.scores, first, count), load=load)
    if isinstance(scores, ComputedMatrix):
        # The matrix names rows of the caller in what it finds wrong with them.
        if is_declared(scores.source):
            shape = (first + count, scores.shape[1])
            scores = replace(scores, source=_Placed(scores.source, shape, first))
        return SomeMentees(scores, here + first)
    return SomeMentees(scores, here if is_declared(scores) else here + first)
