"""Matching again from a page: in the background, watched, stopped with the best."""

import re
import threading
import traceback
from collections.abc import Callable, Hashable
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path

from matcher.catalogue.catalogue import worded
from matcher.errors import Finding, MatcherError, by_cause
from matcher.observe import INTERRUPTS, Observer, Progress, logger
from matcher.privacy.pseudonyms import default_key_path, read_key
from matcher.publish.published_run import read_manifest
from matcher.run import run_match

USUAL_PHASES = 8
"""Phases that a run usually goes through: the scale of the progress bar."""


@dataclass
class Job(Observer):
    """A run in a thread of its own; an observer of the run it starts."""

    page: str = "match"
    """Page of the programme that shows what came of it."""
    words: str = ""
    """What is being done, where it is no match."""
    about: Hashable = None
    """What had been done when it began: later acts make its problems past ones."""
    phases: list[str] = field(default_factory=list)
    latest: Progress | None = None
    result: Path | None = None
    problems: tuple[Finding, ...] = ()
    """Why it did not finish."""
    done: bool = False
    thread: threading.Thread | None = None

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
        """Run `work` in the background; its faults end up in `problems`."""
        self.thread = threading.Thread(
            target=copy_context().run, args=(self._run, work), daemon=True
        )
        self.thread.start()

    def stop(self) -> bool:
        """End the solve with the best found so far; False where none is at work just now."""
        end = INTERRUPTS.stops.get(self.thread.ident or 0) if self.thread else None
        if end is not None:
            end()
        return end is not None

    def _run(self, work: Callable[[Observer], Path]) -> None:
        try:
            self.result = work(self)
        except MatcherError as error:
            self.problems = tuple(by_cause(error.findings))
        except Exception:
            logger.exception("a run in the background failed")
            traceback.print_exc()
            self.problems = (Finding("E_INTERNAL", worded("match.internal")),)
        finally:
            self.done = True


def match_again(
    *,
    cohort: str,
    config: Path | None,
    beside: Path | None,
    previous: Path | None = None,
    decisions: Path | None,
    observer: Observer,
    anew: bool = False,
    key: Path | None = None,
    set_aside: bool = False,
    add: bool = False,
) -> Path:
    """Match a cohort, or match it again as it was; return the run folder.

    Parameters
    ----------
    cohort, config, decisions, observer
        As in :func:`matcher.run.run_match`.
    beside
        The run before, beside which the new one lies so that the log of one can name the other;
        None: the cohort's own folder of runs takes it.
    previous
        A match of an earlier intake that this one goes on from, wherever it lies.
    anew
        Whether everybody is worked out without regard to the run before.
    key
        Key file of an earlier run under pseudonyms; None: the one beside the cohort.
    set_aside
        Whether a first match leaves people with faulty rows out; later ones do as the first did.
    add
        Whether only who is new or waits is given a place, and nobody else moves.
    """
    options = {} if beside is None else read_manifest(beside).get("options", {})
    hidden = bool(options.get("pseudonymise"))
    return run_match(
        cohort,
        config,
        None if beside is None else _next_to(beside),
        previous=previous or (None if anew else beside),
        add=add,
        decisions=decisions,
        set_aside=set_aside if beside is None else bool(options.get("set_aside")),
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
