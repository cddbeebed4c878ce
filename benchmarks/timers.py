"""Time that a solve spends in each of its phases, measured from outside.

``price`` finds portfolios at given prices and takes the bound, ``dual`` fits the prices, ``round``
chooses whole portfolios, ``tiers`` finds a first solution and settles what comes before welfare.
Time inside another phase counts there only, so the phases and ``other`` add up to the whole.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import clock

PLACES = {
    "price": (
        ("matcher.solver.pricing.scan", "Scanner.price"),
        ("matcher.solver.pricing.scan", "Scanner.scan"),
    ),
    "dual": (("matcher.solver.columns.smoothed_dual", "fit"),),
    "round": (("matcher.solver.rounding.to_integers", "Rounding.first"),),
    "tiers": (("matcher.solver.portfolio_method", "first_solution"),),
}
"""Where each phase happens; a name that is gone is an error, so that none is lost in silence."""


class Stopwatch:
    """Adds up seconds by phase; a phase inside another stops the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PLACES, 0.0)
        self._open: list[str] = []
        self._since = 0.0

    def timed(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time booked on a phase."""

        @functools.wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            self._turn()
            self._open.append(phase)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn()
                self._open.pop()

        return inner

    def _turn(self) -> None:
        now = clock.now()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Time the phases of every solve in the body, in this thread."""
    watch = Stopwatch()
    with ExitStack() as stack:
        for phase, places in PLACES.items():
            for module, path in places:
                owner: Any = importlib.import_module(module)
                *outer, name = path.split(".")
                for part in outer:
                    owner = getattr(owner, part)
                wrapped = watch.timed(phase, getattr(owner, name))
                stack.enter_context(mock.patch.object(owner, name, wrapped))
        yield watch
