"""Matching and matching again from within a review, in the background, watched while it goes on."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import MatcherError
from matcher.observe import Observer, Progress, logger
from matcher.privacy.pseudonyms import default_key_path, read_key
from matcher.publish.manifest import read_manifest
from matcher.run import run_match

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


def match_again(
    *,
    cohort: str,
    config: Path | None,
    previous: Path | None,
    decisions: Path | None,
    observer: Observer,
    key: Path | None = None,
) -> Path:
    """Match a cohort, or match it again as it was; return the run folder.

    Parameters
    ----------
    cohort, config, previous, decisions, observer
        As in :func:`matcher.run.run_match`; without an earlier run the cohort's own folder of runs
        takes the new one.
    key
        Key file of an earlier run under pseudonyms; None: the one beside the cohort.
    """
    options = {} if previous is None else read_manifest(previous).get("options", {})
    hidden = bool(options.get("pseudonymise"))
    return run_match(
        cohort,
        config,
        # Beside the earlier one, so that the log of one can name the other.
        None if previous is None else _next_to(previous),
        previous=previous,
        decisions=decisions,
        set_aside=bool(options.get("set_aside")),
        pseudonymise=hidden,
        key=_known_key(cohort, key) if hidden else None,
        observer=observer,
    )


def _known_key(cohort: str, key: Path | None) -> Path:
    """Return the key of the earlier run: a new one would give everybody another pseudonym."""
    path = key or default_key_path(cohort)
    read_key(path)
    return path


def _next_to(run: Path) -> Path:
    """Return the first free name for a rerun beside `run`: ``NAME-r2``, ``NAME-r3``, ..."""
    stem = re.sub(r"-r[0-9]+$", "", run.name)
    number = 2
    while (run.parent / f"{stem}-r{number}").exists():
        number += 1
    return run.parent / f"{stem}-r{number}"
