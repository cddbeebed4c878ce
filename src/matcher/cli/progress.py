"""Progress on the terminal: drawn only there, and only for what takes longer than two seconds."""

from __future__ import annotations

import math
import sys
import threading
from typing import TYPE_CHECKING, Any

from matcher.observe import Observer, Progress

if TYPE_CHECKING:
    from types import TracebackType

DELAY = 2.0
"""Seconds of silence before anything is drawn."""


class TerminalObserver(Observer):
    """Shows phase, objective, bound and gap on stderr while its ``with`` block lasts."""

    def __init__(self) -> None:
        self._text = "starting"
        self._status: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> TerminalObserver:
        if sys.stderr.isatty():
            self._timer = threading.Timer(DELAY, self._start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._status is not None:
                self._status.stop()
                self._status = None

    def on_phase(self, name: str) -> None:
        """Show the phase."""
        self._show(name)

    def on_progress(self, progress: Progress) -> None:
        """Show where the solver stands."""
        self._show(describe(progress))

    def _start(self) -> None:
        from rich.console import Console

        with self._lock:
            if self._timer is not None:
                self._status = Console(stderr=True).status(self._text)
                self._status.start()

    def _show(self, text: str) -> None:
        with self._lock:
            self._text = text
            if self._status is not None:
                self._status.update(text)


def describe(progress: Progress) -> str:
    """Return one line: phase, objective, bound and gap as far as they are known, and seconds."""
    parts = [progress.phase]
    if math.isfinite(progress.objective):
        parts.append(f"objective {progress.objective:.6g}")
    if math.isfinite(progress.bound):
        parts.append(f"bound {progress.bound:.6g}")
    if math.isfinite(progress.gap):
        parts.append(f"gap {progress.gap:.3%}")
    parts.append(f"{progress.seconds:.0f} s")
    return ", ".join(parts)
