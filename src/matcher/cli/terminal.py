"""What goes to the terminal: lines that cannot steer it, and progress where it takes long."""

import contextlib
import math
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from matcher.errors import Finding, MatcherError
from matcher.observe import Observer, Progress

DELAY = 2.0
"""Seconds of silence before progress is drawn."""


def print_findings(findings: Sequence[Finding]) -> None:
    """Print findings to stderr, one a line, the first 50 and then the count."""
    if findings:
        print_errors(MatcherError(findings).lines())


def print_errors(lines: Sequence[str]) -> None:
    """Print lines to stderr, as far as anybody can read it."""
    for line in lines:
        sys.stderr.write(f"{visible(line)}\n")
    sys.stderr.flush()


def visible(line: str) -> str:
    """Return a line in which nothing can steer a terminal or start another line."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line)


class StandardStream:
    """A standard stream that never stops the work: what got lost is told when it is done.

    A reader that leaves, as `head` does, has read what it wants: that is no loss.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.loss = ""
        """Why something that was written is lost; empty where nothing is."""
        self._closed = stream is None
        self._stream = stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        if hasattr(self._stream, "reconfigure"):
            self._stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write text; never fail."""
        if self._closed and text:
            self.loss = "it is closed"
        with self._never_failing():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is held back; never fail."""
        with self._never_failing():
            self._stream.flush()

    @contextlib.contextmanager
    def _never_failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.loss = error.strerror or "writing failed"
            # What is held back would be tried again at the end, and fail again.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def standard_streams() -> Iterator[StandardStream]:
    """Put both output streams behind a `StandardStream`; yield that of stdout."""
    before = sys.stdout, sys.stderr
    streams = StandardStream(sys.stdout), StandardStream(sys.stderr)
    sys.stdout, sys.stderr = streams
    try:
        yield streams[0]
    finally:
        for stream in streams:
            stream.flush()
        sys.stdout, sys.stderr = before


class TerminalObserver(Observer):
    """Shows phase, objective, bound and gap on stderr while its ``with`` block lasts."""

    def __init__(self) -> None:
        self._text = "starting"
        self._status: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._timer = threading.Timer(DELAY, self._start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
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
    known = {
        f"objective {progress.objective:.6g}": progress.objective,
        f"bound {progress.bound:.6g}": progress.bound,
        f"gap {progress.gap:.3%}": progress.gap,
    }
    parts = [text for text, value in known.items() if math.isfinite(value)]
    return ", ".join([progress.phase, *parts, f"{progress.seconds:.0f} s"])
