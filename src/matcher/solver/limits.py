"""What a solve may use: time, until the clock or somebody ends it, and threads of BLAS."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

from matcher.observe import INTERRUPTS


@dataclass
class Clock:
    """Seconds since the start, and whether a limit has been reached."""

    time_limit: float | None = None
    started: float = field(default_factory=time.perf_counter)
    interrupted: bool = False

    def interrupt(self) -> None:
        """End the solve with the best that it has found."""
        self.interrupted = True

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    @property
    def left(self) -> float:
        """Seconds left, inf without a limit, never below 0."""
        if self.time_limit is None:
            return float("inf")
        return max(0.0, self.time_limit - self.seconds)

    def within(self, share: float) -> bool:
        """Whether less than this share of the time limit is gone and nobody interrupted."""
        if self.interrupted:
            return False
        return self.time_limit is None or self.seconds < share * self.time_limit

    @property
    def limit_hit(self) -> str:
        """Name of the limit that was reached, empty if none."""
        if self.interrupted:
            return "interrupt"
        return "time" if self.left == 0.0 else ""


@contextmanager
def interruptible(clock: Clock) -> Iterator[None]:
    """Let a first Ctrl-C end the solve with its best solution; a second one aborts.

    Signals reach the main thread alone: a solve in another thread ends by `INTERRUPTS.stops`.

    Parameters
    ----------
    clock
        Clock that is told of the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        with INTERRUPTS.stoppable(clock.interrupt):
            yield
        return
    INTERRUPTS.raise_if_seen()

    def note(number: int, frame: object) -> None:
        if clock.interrupted:
            raise KeyboardInterrupt
        clock.interrupted = INTERRUPTS.heard = True

    before = signal.getsignal(signal.SIGINT)
    if before is None or not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread inside a ``with`` block."""
    return _blas().limit(limits=1, user_api="blas")  # type: ignore[no-any-return]


@cache
def _blas() -> ThreadpoolController:
    """Find the BLAS libraries of this process, once: looking takes as long as a small scan."""
    return ThreadpoolController()
