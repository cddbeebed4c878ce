"""How the library tells of its progress: an observer with no-op hooks, never a print.

The command line passes an observer that draws; a library user passes none and pays nothing.
"""

import contextlib
import ctypes
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

logger = logging.getLogger("matcher")
logger.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Progress:
    """Where a solve stands: objective and bound in units of welfare, gap as a share."""

    phase: str
    iteration: int
    objective: float
    bound: float
    gap: float
    seconds: float


class Observer:
    """Hooks that a caller may override; each does nothing by default."""

    def on_phase(self, name: str) -> None:
        """Be told that phase `name` starts."""

    def on_progress(self, progress: Progress) -> None:
        """Be told how far the solver is."""


SILENT = Observer()


@dataclass
class Interrupts:
    """Ctrl-C as it was seen: an exception that some library swallowed is not forgotten.

    Python raises KeyboardInterrupt wherever it happens to be; in a finaliser or a callback of an
    extension module it is printed and lost. Long work asks here before it starts.
    """

    seen: bool = False
    heard: bool = False
    """Whether there was one that let the work at hand come to its own end."""

    stops: dict[int, Callable[[], None]] = field(default_factory=dict)
    """By thread, for those that no signal reaches: what ends the work at hand with its best."""

    @contextlib.contextmanager
    def stoppable(self, stop: Callable[[], None]) -> Iterator[None]:
        """Let another thread end the work of this one by calling `stop`."""
        here = threading.get_ident()
        self.stops[here] = stop
        try:
            yield
        finally:
            self.stops.pop(here, None)

    def raise_if_seen(self) -> None:
        """Raise KeyboardInterrupt if there was a Ctrl-C that ended nothing."""
        if self.seen:
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()

_OVER: ContextVar[float] = ContextVar("over", default=math.inf)


class OutOfTimeError(Exception):
    """The time for what may be left out is over; whoever gave it goes on without."""


@contextlib.contextmanager
def until(moment: float) -> Iterator[None]:
    """Let `go_on` end what runs inside the block once ``time.perf_counter()`` is past `moment`."""
    before = _OVER.set(min(moment, _OVER.get()))
    try:
        yield
    finally:
        _OVER.reset(before)


def over_at() -> float:
    """Return the moment at which the time of what runs here is over, inf where none is set."""
    return _OVER.get()


def go_on() -> None:
    """Raise OutOfTimeError where the time of what runs here is over: long loops ask each time."""
    if time.perf_counter() > _OVER.get():
        raise OutOfTimeError


PUBLISHED: list[str] = []
"""Folders and files that this process has published: what a last line can say."""


def what_is_published() -> str:
    """Say what this process has published, for whoever lost its other words."""
    return (
        f"published: {', '.join(dict.fromkeys(PUBLISHED))}"
        if PUBLISHED
        else "nothing was published"
    )


def give_back() -> None:
    """Return freed memory to the system, where the C library keeps it (glibc does) and can."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
