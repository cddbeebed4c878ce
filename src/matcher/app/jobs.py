"""One piece of work in the background, watched while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import MatcherError
from matcher.observe import Observer, Progress, logger

USUAL_PHASES = 8
"""Phases that a run usually goes through: the scale of the progress bar."""


@dataclass
class Job(Observer):
    """A run in a thread of its own; an observer of the run it starts."""

    phases: list[str] = field(default_factory=list)
    latest: Progress | None = None
    result: Path | None = None
    problems: tuple[str, ...] = ()
    done: bool = False

    def on_phase(self, name: str) -> None:
        """Note the phase."""
        self.phases.append(name)

    def on_progress(self, progress: Progress) -> None:
        """Note where the solver is."""
        self.latest = progress

    @property
    def share(self) -> float:
        """Return about how much is done, never quite all before it is."""
        return 1.0 if self.done else min(0.95, len(self.phases) / USUAL_PHASES)

    def start(self, work: Callable[[Observer], Path]) -> None:
        """Run `work` in the background; its errors end up in `problems`."""
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Callable[[Observer], Path]) -> None:
        try:
            self.result = work(self)
        except MatcherError as error:
            self.problems = tuple(error.lines())
        except Exception:
            logger.exception("a run in the background failed")
            self.problems = ("ERROR E_INTERNAL: the run failed; see the terminal",)
        finally:
            self.done = True
