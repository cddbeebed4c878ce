"""Matching again from within a review: in the background, watched, and what it changed."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import MatcherError
from matcher.observe import INTERRUPTS, Observer, Progress, logger
from matcher.privacy.pseudonyms import default_key_path, read_key
from matcher.publish.published_run import read_manifest
from matcher.report import plain_words as words
from matcher.report.run_data import RunData, ShownNames
from matcher.run import run_match
from matcher.text import count_of, plural


@dataclass(frozen=True)
class MenteeChange:
    """One mentee whose mentors changed."""

    key: str
    name: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    before: float
    after: float


@dataclass(frozen=True)
class Changes:
    """The difference between two runs."""

    mentees: tuple[MenteeChange, ...]
    before: float
    after: float
    reached_before: int
    reached_after: int

    @property
    def cost(self) -> float:
        """Worth of the whole match that was given up; negative where it was gained."""
        return self.before - self.after

    def sentence(self) -> str:
        """Return what changed and what it cost, to be quoted."""
        who = count_of(len(self.mentees), "mentee")
        verb = plural(len(self.mentees), "has", "have")
        share = abs(self.cost) / self.before if self.before else 0.0
        sign = "costs" if self.cost > 0 else "adds"
        worth = f"it {sign} {words.number(abs(self.cost), 4)} of the whole match's worth"
        if abs(self.cost) < 1e-9:
            worth, share = "the whole match is worth the same", 0.0
        part = f" ({words.share(share, 2)})" if share else ""
        reach = self.reached_after - self.reached_before
        side = "more" if reach > 0 else "fewer"
        more = f", and {count_of(abs(reach), 'mentee')} {side} have a mentor"
        return f"{who} {verb} other mentors; {worth}{part}{more if reach else ''}."


def changes_between(old: RunData, new: RunData, people: ShownNames) -> Changes:
    """Return who has other mentors in `new` than in `old`, and the change of the objective."""
    before, after = _mentors(old), _mentors(new)
    values = [
        dict(zip(d["portfolios"]["mentee_id"], d["portfolios"]["value"], strict=True))
        for d in (old, new)
    ]
    rows = []
    for mentee in sorted({*before, *after}):
        was, now = before.get(mentee, set()), after.get(mentee, set())
        if was != now:
            rows.append(
                MenteeChange(
                    key=mentee,
                    name=people.name(mentee),
                    gained=tuple(people.name(m) for m in sorted(now - was)),
                    lost=tuple(people.name(m) for m in sorted(was - now)),
                    before=values[0].get(mentee, 0.0),
                    after=values[1].get(mentee, 0.0),
                )
            )
    return Changes(tuple(rows), _worth(old), _worth(new), len(before), len(after))


def _mentors(data: RunData) -> dict[str, set[str]]:
    groups = data["matches"].groupby("mentee_id")["mentor_id"]
    return {str(mentee): set(mentors) for mentee, mentors in groups}


def _worth(data: RunData) -> float:
    value = data.summary.get("objective")
    return float(value) if isinstance(value, int | float) else 0.0


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
        """Run `work` in the background; its errors end up in `problems`."""
        self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)
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
    set_aside: bool = False,
) -> Path:
    """Match a cohort, or match it again as it was; return the run folder.

    Parameters
    ----------
    cohort, config, previous, decisions, observer
        As in :func:`matcher.run.run_match`; without an earlier run the cohort's own folder of runs
        takes the new one.
    key
        Key file of an earlier run under pseudonyms; None: the one beside the cohort.
    set_aside
        Whether a first match leaves people with faulty rows out; later ones do as the first did.
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
        set_aside=set_aside if previous is None else bool(options.get("set_aside")),
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
