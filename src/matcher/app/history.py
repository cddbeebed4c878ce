"""What was done to a programme: one line an act, each with what undoes it; settings with comments.

The log is ``history.jsonl`` in the programme's folder, on disk before the page answers. A line that
changed ``matcher.toml`` holds each key before and after; what stands there otherwise was changed
outside, and is told.
"""

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from matcher.app.acts import ALONE, Act, acts_in, paths_of, taken_back_worded
from matcher.app.said_plainly import Refused, refused
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import PAIRS
from matcher.config import Config, load_config
from matcher.config.edited import KeyOf, flat_values, with_keys
from matcher.config.load import COHORT_CONFIG
from matcher.decisions.decisions import DecisionLog, Event
from matcher.intake.corrections import Correction, append_correction
from matcher.programme.pair_record import Pair, PairUpdate, Recorded, Stamp, record
from matcher.programme.pair_survey import take_out
from matcher.send.letters import FOLDER as LETTERS
from matcher.storage import write_file
from matcher.vocabulary import ENDED, Status

HISTORY = "history.jsonl"
REPLACED = ".replaced"
"""Folder of files that were taken away, or that newer ones took the place of: none is lost."""


@lru_cache(maxsize=8)
def _loaded(path: Path, _: str) -> Config:
    """Return what the settings come to, read once for what they say."""
    return load_config(path)


class ChangedMeanwhile(Refused):
    """Another tab has changed the same thing since the page was drawn."""

    def __init__(self, event: Event) -> None:
        self.event = event
        places = {"at": event["at"][11:16], "what": event["what"]}
        super().__init__(refused("E_CHANGED", "changed", **places).findings)


@dataclass(frozen=True)
class Told:
    """One act that changes settings: its line, and which keys are its own."""

    what: str
    asked: Sequence[KeyOf] = ()
    """Keys that answer an open question, which is asked again where this is taken back."""
    paths: Collection[KeyOf] = ()
    """Keys that it states."""
    values: Collection[str] = ()
    """What it states: keys about that follow from it."""


@dataclass
class Settings:
    """The settings file of a programme and the log of what was done to it."""

    folder: Path
    now: Callable[[], str]
    lock: threading.RLock = field(default_factory=threading.RLock)
    place: str = ""
    """The people, as commands name them; empty for the folder."""

    @property
    def path(self) -> Path:
        """The settings file, which need not be there."""
        return self.folder / COHORT_CONFIG

    @property
    def text(self) -> str:
        """What it says, empty where there is none."""
        return self.path.read_text("utf-8") if self.path.is_file() else ""

    @property
    def log(self) -> DecisionLog:
        """The log."""
        return DecisionLog(self.folder / HISTORY)

    def config(self) -> Config:
        """Return what the settings come to; :class:`ConfigError` where they do not load."""
        if not self.path.is_file():
            return Config()
        text = self.text
        return load_config(self.path) if "extends" in text else _loaded(self.path, text)

    def loaded(self, text: str) -> Config:
        """Return what a text would come to as the settings of this folder.

        Raises
        ------
        ConfigError
            Where it does not load.
        """
        trial = self.path.with_name(f".{COHORT_CONFIG}.trial")
        with self.lock:
            write_file(trial, text.encode())
            try:
                return load_config(trial)
            finally:
                trial.unlink(missing_ok=True)

    def seen(self) -> int:
        """Return how many lines the log has: what a page knows of."""
        return len(self.log.events())

    def begin(self, text: str, what: str) -> None:
        """Write the first settings of a programme: there is nothing before them to go back to."""
        self._write(text)
        self._append("begin", what, "", now=_hash(text))

    def take(
        self,
        text: str,
        what: str,
        by: str = "",
        seen: int | None = None,
        asked: Collection[KeyOf] = (),
        **more: object,
    ) -> None:
        """Make `text` the settings, if it loads, and log what it changes.

        Parameters
        ----------
        text
            The whole file.
        what
            The act as a sentence.
        by
            Who did it.
        seen
            Lines of the log that the page knew of; None asks nothing.
        asked
            Keys that answer an open question, which is asked again where this is taken back.
        more
            What the line holds beside: `moved`, files by name with what was kept of them.

        Raises
        ------
        ConfigError
            Where the text is no config; then nothing is changed.
        ChangedMeanwhile
            Where a later line changed the same keys.
        """
        self.take_each(text, [Told(what, tuple(asked))], by, seen, **more)

    def take_each(
        self, text: str, acts: Sequence[Told], by: str = "", seen: int | None = None, **more: object
    ) -> None:
        """Make `text` the settings as :meth:`take` does, each act a line that is undone by itself.

        What none of them states is of the act that it follows from.
        """
        with self.lock:
            before = self.text
            keys = _changes(before, text, {path for act in acts for path in act.asked})
            if seen is not None:
                self.check_untouched(seen, {path for path, *_ in keys})
            if before == text:
                return
            self._tell_outside(before)
            self._write(text)
            more |= {"batch": self.seen() + 1} if len(acts) > 1 else {}
            for k, act in enumerate(acts):
                own = [key for key in keys if _whose(key[0], acts) == k]
                told = more | ({"asked": [*act.asked]} if act.asked else {})
                self._append("settings", act.what, by, keys=own, now=_hash(text), **told)

    def undo_each(self, numbers: Collection[int], by: str = "") -> None:
        """Take back what one press did, as :meth:`undo` does, the last first."""
        with self.lock:
            batch = self.seen() + 1 if len(numbers) > 1 else 0
            for number in sorted(numbers, reverse=True):
                self.undo(number, by, batch)

    def come_back(self, numbers: Iterable[int]) -> list[Pair]:
        """Return the pairs that ended by acts and stand again where these are taken back."""
        events = self.log.events()
        keys = (key for n in numbers for key in events[n - 1].get("keys", ()))
        pairs = ((path, before) for path, before, now in keys if path[0] == PAIRS and now in ENDED)
        ended = (path for path, before in pairs if before not in ENDED)
        return [(mentee, mentor) for _, mentee, mentor in ended]

    def undo(self, number: int, by: str = "", batch: int = 0) -> None:
        """Take one act back, however old, unless later ones stand on it.

        `batch` is the first line of those that are written with this one.

        Raises
        ------
        InputError
            E_NOT_FOUND for no such act; E_CHANGED where later ones changed the same.
        """
        with self.lock:
            act = next((a for a in self.acts() if a.number == number and a.can_undo), None)
            if act is None:
                raise refused("E_NOT_FOUND", "not_undone")
            if act.standing_on:
                raise refused("E_CHANGED", "stands", what=act.standing_on[-1])
            events = self.log.events()
            event = events[number - 1]
            what = taken_back_worded(event, events)
            if event["event"] == "survey":
                take_out(self.place or str(self.folder), event["stamp"])
            if event["event"] in ALONE:
                self._append("looked_back", what, by, of=number)
                return
            if event["event"] == "correction":
                for (_, person, column), old, new in event["keys"]:
                    right = Correction(person, column, new, old, who=by, when=self.now())
                    self.correct(right, what, number)
                return
            if event["event"] == "words":
                ((_, name), old, _), *_ = event["keys"]
                self.say(name, old, what, by, of=number)
                return
            if event["event"] == "chosen":
                turned = [(path, new, old) for path, old, new in event["keys"]]
                self._append("chosen", what, by, keys=turned, of=number, start=event["start"])
                return
            if event["event"] == "record":
                back_to = [_taken_back(key) for key in event["keys"]]
                if not self.record(back_to, what, by, number, as_it_was=True).entries:
                    raise refused("E_CHANGED", "not_undone")
                return
            more: dict[str, Any] = {"batch": batch} if batch else {}
            if event.get("moved"):
                more["moved"] = self._move_back(event["moved"])
            if event["event"] == "files":
                self._append("files", what, by, of=number, **more)
                return
            back: dict[KeyOf, Any] = {tuple(path): old for path, old, _ in event["keys"]}
            text = with_keys(self.text, back, f"taken back on the page, {self.now()[:10]}")
            asked = [tuple(path) for path in event.get("asked", ())]
            again = {path: v for path, v in back.items() if path in asked and v is not None}
            text = with_keys(text, again, "QUESTION again: its answer was taken back")
            self._write(text)
            turned = [(path, new, old) for path, old, new in event["keys"]]
            self._append("settings", what, by, keys=turned, of=number, now=_hash(text), **more)

    def _move_back(self, moved: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
        """Put files back as they were before an act; return what puts them here again."""
        turned = []
        for name, kept in moved:
            path = self.folder / name
            turned.append((name, put_by(path) if path.is_file() else ""))
            if kept:
                (self.folder / REPLACED / kept).replace(path)
        return turned

    def choose_match(self, words: str, *, start: str, before: str, after: str, by: str) -> None:
        """Log that another match is in view until a newer `start` is there."""
        with self.lock:
            keys = [(["match"], before, after)]
            self._append("chosen", words, by, keys=keys, start=start)

    def chosen_match(self, start: str) -> str:
        """Return which match is in view, empty where nobody chose since `start` was made."""
        found = [e for e in self.log.events() if e["event"] == "chosen"][-1:]
        return next((e["keys"][0][2] for e in found if e["start"] == start), "")

    def note(self, event: str, what: str, by: str = "", **fields: object) -> None:
        """Log what changed no setting."""
        with self.lock:
            self._append(event, what, by, **fields)

    def correct(self, correction: Correction, what: str, of: int = 0) -> None:
        """Put a cell right beside the files, and log it as an act that can be taken back.

        Raises
        ------
        ChangedMeanwhile
            Where the cell was put right since the page was drawn.
        """
        with self.lock:
            path = ["corrections", correction.person, correction.column]
            events = (e for e in self.log.events() if e["event"] == "correction")
            fixed = [event for event in events if event["keys"][0][0] == path]
            is_older = any(correction.before == event["keys"][0][1] for event in fixed)
            if is_older and fixed[-1]["keys"][0][2] != correction.before:
                raise ChangedMeanwhile(fixed[-1])
            append_correction(str(self.folder), correction)
            keys = [(path, correction.before, correction.after)]
            self._append("correction", what, correction.who, keys=keys, of=of)

    def say(self, name: str, text: str | None, what: str, by: str = "", of: int = 0) -> None:
        """Make a text the programme's own template of a letter, None for ours; log the act."""
        path = self.folder / LETTERS / name
        with self.lock:
            before = path.read_text("utf-8") if path.is_file() else None
            if before == text:
                return
            if text is None:
                path.unlink()
            else:
                write_file(path, text.encode())
            self._append("words", what, by, keys=[((LETTERS, name), before, text)], of=of)

    def record(
        self,
        changes: Sequence[PairUpdate],
        what: str | Callable[[int], str],
        by: str = "",
        of: int = 0,
        *,
        only_forward: bool = False,
        as_it_was: bool = False,
        people: Cohort | None = None,
        who: str = "",
    ) -> Recorded:
        """Write what became of pairs behind what is known of them; log the act.

        `what` may follow from how many pairs were written; `who` is the side that said no, where
        somebody told.

        Raises
        ------
        InputError, StorageError
            As :func:`matcher.programme.pair_record.record`; then nothing is written.
        """
        with self.lock:
            at = self.now()
            stamp = Stamp(by, at, date.fromisoformat(at[:10]))
            made = record(
                self.place or self.folder,
                self.config(),
                changes,
                stamp,
                only_forward=only_forward,
                as_it_was=as_it_was,
                people=people,
            )
            keys = [((PAIRS, *e.pair), e.before, str(e.status)) for e in made.entries]
            if keys:
                told = what(len(keys)) if callable(what) else what
                self._append("record", told, by, keys=keys, of=of, **({"who": who} if who else {}))
            return made

    def acts(self) -> list[Act]:
        """Return what was done, the newest first."""
        return acts_in(self.log.events())

    def check_untouched(self, seen: int, keys: set[KeyOf]) -> None:
        """Raise :class:`ChangedMeanwhile` where a line after the first `seen` changed a key."""
        if later := [event for event in self.log.events()[seen:] if paths_of(event) & keys]:
            raise ChangedMeanwhile(later[-1])

    def _tell_outside(self, text: str) -> None:
        """Log where the file is not as the last line left it."""
        stated = [event["now"] for event in self.log.events() if event.get("now")]
        if stated and stated[-1] != _hash(text):
            self._append("outside", worded("did.outside"), "", now=_hash(text))

    def _write(self, text: str) -> None:
        """Write the settings once they are known to load."""
        self.loaded(text)
        write_file(self.path, text.encode())

    def _append(self, event: str, what: str, by: str, **fields: object) -> None:
        self.log.append(event, self.now(), what=what, by=by, **fields)


def put_by(path: Path) -> str:
    """Move a file of sign-ups away, to where none is lost; return what it is called there."""
    there = path.parent / REPLACED
    there.mkdir(mode=0o700, exist_ok=True)
    names = (f"{n} {path.name}" for n in count(1))
    kept = next(name for name in names if not (there / name).exists())
    path.replace(there / kept)
    return kept


def _taken_back(key: Any) -> PairUpdate:
    """Return what is said of a pair where what was recorded of it is taken back."""
    (_, mentee, mentor), before, after = key
    return PairUpdate(mentee, mentor, before or Status.PROPOSED, stood=after)


def _changes(
    before: str, after: str, asked: Collection[KeyOf] = ()
) -> list[tuple[KeyOf, Any, Any]]:
    """Return keys with what they held before and after: those that changed, or were asked about."""
    old, new = _plain(before), _plain(after)
    paths = [*old, *(path for path in new if path not in old)]
    found = [path for path in paths if path in asked or old.get(path) != new.get(path)]
    return [(path, old.get(path), new.get(path)) for path in found]


def _whose(path: KeyOf, acts: Sequence[Told]) -> int:
    """Return which act a key is of: that states it, or from whose values it follows."""
    own = (k for k, act in enumerate(acts) if path in {*act.paths, *act.asked})
    led_to = (k for k, act in enumerate(acts) if {*path} & {*act.values})
    return next(own, next(led_to, len(acts) - 1))


def _plain(text: str) -> Mapping[KeyOf, Any]:
    return {path: _jsonable(value) for path, value in flat_values(text).items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return value if isinstance(value, str | int | float | bool) else str(value)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
