"""Checks of the arguments of `solve`, seats too: all problems together, with the shape expected."""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from matcher.errors import ConfigError, Finding, InputError
from matcher.problem.problem import Bools, Fairness, Floats, Ints
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.solver import score_sources
from matcher.solver.score_sources import ComputedMatrix, DenseMatrix, Matrix, SparseMatrix

LARGEST_FAIRNESS = 3.0
"""Past it U overflows differences; ``max-min`` is its limit."""
OF_MENTEES = ("limit", "minimum", "needs", "load")
"""Arrays with a row for each mentee; others have one for each mentor."""


class Arguments:
    """Parses arguments and remembers what is wrong with them; a fault yields a harmless value."""

    def __init__(self) -> None:
        self.settings: list[Finding] = []
        self.inputs: list[Finding] = []

    def raise_if_any(self) -> None:
        """Raise all faults found: InputError if an array is wrong, else ConfigError."""
        if self.inputs:
            raise InputError([*self.inputs, *self.settings])
        if self.settings:
            raise ConfigError(self.settings)

    def fault(self, code: str, name: str, message: str, remedy: str = "") -> None:
        """Remember a problem with an array."""
        self.inputs.append(Finding(code, message, remedy, "solve", column=name))

    def _is_set(self, name: str, value: object, expected: str, is_fine: bool) -> bool:
        """Remember a setting that is not as expected; return whether it is."""
        if not is_fine:
            message = f"{name} is {value!r}, expected {expected}"
            self.settings.append(Finding("E_CONFIG", message).at("solve", column=name))
        return is_fine

    def number(self, name: str, value: Any, low: float, high: float = math.inf) -> float:
        """Return a finite number in [low, high]."""
        upper = "" if math.isinf(high) else f" and at most {high:g}"
        expected = f"a number of at least {low:g}{upper}"
        is_fine = _is_number(value) and low <= value <= high and math.isfinite(value)
        return float(value) if self._is_set(name, value, expected, is_fine) else low

    def whole(self, name: str, value: Any, low: int) -> int:
        """Return a whole number >= low."""
        expected = f"a whole number of at least {low}"
        is_fine = _is_number(value) and math.isfinite(value) and value >= low
        is_fine = is_fine and int(value) == value
        return int(value) if self._is_set(name, value, expected, is_fine) else low

    def seconds(self, name: str, value: Any) -> float | None:
        """Return a time limit > 0, or None."""
        is_fine = value is None or (_is_number(value) and value > 0)
        self._is_set(name, value, "None or seconds above 0", is_fine)
        return None if value is None or not is_fine or math.isinf(value) else float(value)

    def of_kind(self, name: str, value: Any, kind: type | tuple[type, ...], expected: str) -> Any:
        """Return what is of a kind."""
        self._is_set(name, value, expected, isinstance(value, kind))
        return value

    def choice(self, name: str, value: Any, choices: Sequence[str]) -> str:
        """Return one of the choices."""
        is_fine = isinstance(value, str) and value in choices
        self._is_set(name, value, f"one of {', '.join(choices)}", is_fine)
        return str(value)

    def fairness(self, value: Any) -> Fairness:
        """Return the degree of fairness, or ``max-min``."""
        if isinstance(value, str):
            self._is_set("fairness", value, "a number or 'max-min'", value == "max-min")
            return "max-min"
        if _is_number(value) and value > LARGEST_FAIRNESS:
            most = f"at most {LARGEST_FAIRNESS:g}, or 'max-min'"
            self._is_set("fairness", value, most, value == math.inf)
            return "max-min"
        return self.number("fairness", value, 0.0)

    def array(
        self,
        name: str,
        value: Any,
        shape: tuple[int, ...],
        *,
        high: float = math.inf,
        code: str = "E_RANGE",
        whole: bool = False,
        spread: bool = False,
    ) -> Floats:
        """Return an array of finite numbers in [0, high]; a scalar is spread where allowed."""
        found = self._numbers(name, value)
        if found is not None and spread and found.ndim == 0:
            found = np.full(shape, found[()])
        if found is None or not self._has_shape(name, found.shape, shape):
            return np.zeros(shape)
        faults = len(self.inputs)
        self._check(name, found, ~np.isfinite(found), "E_NOT_FINITE", "write a finite number")
        outside = (found < 0) | ((found > high) & np.isfinite(found))
        upper = "" if math.isinf(high) else f" and {high:g}"
        limits = f"give numbers between 0{upper}" if upper else "give numbers of at least 0"
        self._check(name, found, outside, code, limits)
        if whole:
            broken = np.isfinite(found) & (found != np.floor(found))
            self._check(name, found, broken, code, "give whole numbers")
        return found if len(self.inputs) == faults else np.zeros(shape)

    def _numbers(self, name: str, value: Any, masked: float | None = None) -> Floats | None:
        found = score_sources.numbers_in(value, masked)
        if found is None:
            remedy = "give numbers, none as text, in rows of one length; no cell may be masked"
            self.fault("E_SHAPE", name, f"{name} is not an array of numbers", remedy)
        return found

    def columns(self, name: str, value: Any) -> int | None:
        """Return how many columns an array has, None where it is no array of numbers."""
        found = self._numbers(name, value)
        if found is None:
            return None
        return found.shape[1] if found.ndim == 2 else 1

    def _has_shape(self, name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> bool:
        if found != expected:
            self.fault("E_SHAPE", name, f"{name} has shape {found}, expected {expected}")
        return found == expected

    def _check(self, name: str, values: Floats, bad: Bools, code: str, remedy: str) -> None:
        self.inputs.extend(score_sources.bad_cells(name, values, bad, code, remedy))

    def matrix(
        self, name: str, value: Any, shape: tuple[int, int] | None, *, low: float, absent: float
    ) -> Matrix:
        """Return an (n, m) matrix: dense, sparse, or an object with ``shape`` and ``block``."""
        matrix = self._matrix(name, value, low, absent)
        if matrix is None or not (shape is None or self._has_shape(name, matrix.shape, shape)):
            return DenseMatrix(np.zeros(shape or (0, 0)))
        return matrix

    def _matrix(self, name: str, value: Any, low: float, absent: float) -> Matrix | None:
        if sparse.issparse(value):
            return self._sparse(name, value, low, absent)
        if callable(getattr(value, "block", None)):
            return self._computed(name, value, low)
        found = self._numbers(name, value, masked=absent if absent == -np.inf else None)
        if found is None:
            return None
        if found.ndim != 2:
            self.fault("E_SHAPE", name, f"{name} has shape {found.shape}, expected (n, m)")
            return None
        self.inputs.extend(score_sources.check_values(found, name, low))
        return DenseMatrix(found)

    def _sparse(self, name: str, value: Any, low: float, absent: float) -> Matrix | None:
        if value.dtype.kind not in "biuf" or value.ndim != 2:
            self.fault("E_SHAPE", name, f"{name} is not a sparse (n, m) array of numbers")
            return None
        found = sparse.csr_array(value, dtype=np.float64, copy=True)
        found.sum_duplicates()
        row = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
        cells = row, np.asarray(found.indices, dtype=np.int64)
        self.inputs.extend(score_sources.check_values(found.data, name, low, cells))
        few = found.nnz <= score_sources.FEW_PAIRS * found.shape[0] * found.shape[1]
        return SparseMatrix(found, absent, is_few=few)

    def _computed(self, name: str, value: Any, low: float) -> Matrix | None:
        try:
            n, m = value.shape
            return ComputedMatrix(value, name, low) if n >= 0 and m >= 0 else None
        except (AttributeError, TypeError, ValueError):
            self.fault("E_SHAPE", name, f"{name}.shape is not a pair of numbers (n, m)")
            return None

    def same_order(self, scores: Any, **others: Any) -> None:
        """Refuse what pandas labels as it labels `scores`, but not quite: positions count."""
        for name, value in others.items():
            sides = {"index": "index" if name in OF_MENTEES else "columns"}
            for axis, side in (sides | ({"columns": "columns"} if name == "load" else {})).items():
                order, found = _labels(scores, side), _labels(value, axis)
                shared = {*(order or ())} & {*(found or ())}
                # Numbers are what pandas counts rows by, and what is left of them after a choice.
                is_meant = len(shared) == len(order or ()) or any(
                    not isinstance(label, int) for label in shared
                )
                if shared and found != order and is_meant:
                    message = f"{name} is labelled as scores is, in part or in another order"
                    self.fault("E_CONFLICT", name, message, f"reindex {name} like scores")

    def positions(self, name: str, value: Any, below: tuple[int, ...]) -> Ints:
        """Return rows of positions, column c in [0, below[c]): (k, len(below))."""
        nothing = np.empty((0, len(below)), dtype=np.int64)
        if value is None:
            return nothing
        found = self._numbers(name, value)
        if found is None or found.size == 0:
            return nothing
        if np.asarray(value).dtype.kind == "b":
            remedy = "give positions, such as np.argwhere(mask)"
            self.fault("E_SHAPE", name, f"{name} holds true and false, not positions", remedy)
            return nothing
        if found.ndim != 2 or found.shape[1] != len(below):
            message = f"{name} has shape {found.shape}, expected (k, {len(below)})"
            self.fault("E_SHAPE", name, message)
            return nothing
        bad = ~((found >= 0) & (found < np.array(below)) & (found == np.floor(found)))
        self._check(name, found, bad, "E_POSITION", "positions count from 0 and are whole numbers")
        return nothing if bad.any() else found.astype(np.int64)

    def like(self, value: Any, m: int) -> Ints | Bools | None:
        """Return labels as codes (m,), or a symmetric (m, m) matrix without its diagonal."""
        if value is None:
            return None
        if not (_is_nested(value) or getattr(value, "ndim", 1) == 2):
            return self.labels("like", value, m)[0]
        found = self._numbers("like", value)
        if found is None or not self._has_shape("like", found.shape, (m, m)):
            return None
        self._check("like", found, (found != 0) & (found != 1), "E_RANGE", "give true or false")
        alike: Bools = np.asarray(found == 1)
        if (alike != alike.T).any():
            self.fault("E_CONFLICT", "like", "like is not symmetric", "give like | like.T")
        alike[np.arange(m), np.arange(m)] = False
        return alike

    def labels(self, name: str, value: Any, m: int) -> tuple[Ints, list[Hashable]]:
        """Return codes (m,) and the labels; None, nan, '' and numbers < 0 are no label."""
        nothing = np.full(m, -1, dtype=np.int64), list[Any]()
        items = value.tolist() if hasattr(value, "tolist") else value
        if isinstance(items, str) or not isinstance(items, Sequence):
            self.fault("E_SHAPE", name, f"{name} is not a list of labels, expected ({m},)")
            return nothing
        if not self._has_shape(name, (len(items),), (m,)):
            return nothing
        if not all(isinstance(item, Hashable) for item in items):
            self.fault("E_SHAPE", name, f"{name} holds values that are no labels, expected ({m},)")
            return nothing
        number: dict[Hashable, int] = {}
        codes = [-1 if _no_label(item) else number.setdefault(item, len(number)) for item in items]
        return np.array(codes, dtype=np.int64), list(number)

    def pools(
        self, pool: Any, places: Mapping[Hashable, float] | None, m: int
    ) -> tuple[Pools, ...]:
        """Return the pools of the mentors (m,), if there are any."""
        if pool is None and places is None:
            return ()
        if pool is None or places is None:
            absent = "pool" if pool is None else "pool_capacity"
            self.fault("E_MISSING_VALUE", absent, "pool and pool_capacity go together")
            return ()
        if not isinstance(places, Mapping):
            self.fault("E_SHAPE", "pool_capacity", "pool_capacity is not {label: places}")
            return ()
        codes, labels = self.labels("pool", pool, m)
        if not labels:
            return ()
        for label in labels:
            if label not in places:
                message = f"pool {label!r} has no places stated"
                self.fault("E_MISSING_VALUE", "pool_capacity", message)
        stated = [places.get(label, 0.0) for label in labels]
        shared = self.array("pool_capacity", stated, (len(labels),), code="E_CAPACITY")
        return (Pools(shared, codes),)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Sequence) and len(value) > 0 and isinstance(value[0], list)


def _no_label(item: Any) -> bool:
    return bool(pd.isna(item)) or item == "" or (_is_number(item) and item < 0)


def _labels(value: Any, axis: str) -> tuple[Hashable, ...] | None:
    """Return the labels that pandas gives an axis, ``index`` or ``columns``."""
    labels = getattr(value, axis, None)
    return tuple(labels.tolist()) if isinstance(labels, pd.Index) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not math.isnan(value)


KEYS = ("name", "fits", "each", "home", "min", "max", "fill")


def seat_rules(check: Arguments, seats: Any, n: int, m: int) -> tuple[SeatRule, ...]:
    """Return what is asked of every portfolio that is not empty.

    Parameters
    ----------
    check
        Collects what is wrong.
    seats
        None, or mappings with some of `KEYS`: `fits` (m,) bool, who counts; or `each` (m,) labels,
        of which each is a seat; `home`, labels (n,) and (m,), where only mentors of another label
        than the mentee's count; `min` and `max` how many of them; `fill`, whether a mentor takes
        this seat and no other.
    n, m
        Number of mentees and mentors.
    """
    if seats is None:
        return ()
    if not isinstance(seats, Sequence) or not all(isinstance(seat, Mapping) for seat in seats):
        check.fault("E_SHAPE", "seats", "seats is no list of mappings", f"keys: {', '.join(KEYS)}")
        return ()
    rules = [_rule(check, dict(seat), f"seats[{k}]", n, m) for k, seat in enumerate(seats)]
    filled = [bool(seat.get("fill", False)) for seat in seats]
    if check.inputs or check.settings:
        return ()
    return tuple(SeatRule.together(rules, filled))


def _rule(check: Arguments, seat: dict[str, Any], name: str, n: int, m: int) -> SeatRule:
    for message in _faults(seat):
        check.fault("E_SHAPE", name, message, f"keys: {', '.join(KEYS)}")
    least = check.whole(f"{name}.min", seat.get("min", 0), 0)
    most = seat.get("max")
    most = np.inf if most is None else float(check.whole(f"{name}.max", most, least))
    if "each" in seat:
        code, _ = check.labels(f"{name}.each", seat["each"], m)
    else:
        code = np.where(
            check.array(f"{name}.fits", seat.get("fits", 1.0), (m,), spread=True), 0, -1
        )
    mentees, mentors = np.full(n, -1), np.full(m, -1)
    if "home" in seat:
        sides = [list(side) for side in seat["home"]]
        codes, _ = check.labels(f"{name}.home", [*sides[0], *sides[1]], n + m)
        mentees, mentors = codes[:n], codes[n:]
    at_home = np.full(m, -1) if "home" in seat else code
    who = f"in seat {seat.get('name', name)}"
    return SeatRule(who, least, most, mentees, mentors, away=code, at_home=at_home)


def _faults(seat: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the keys of a seat."""
    if unknown := [str(key) for key in seat if key not in KEYS]:
        yield f"unknown keys {', '.join(unknown)}"
    if "each" in seat and (seat.get("min") or seat.get("fill") or "fits" in seat):
        yield "each label is a seat of its own, with a max alone"
