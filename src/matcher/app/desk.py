"""The programmes of a folder: where each lies, what is read from it, what is known of it so far."""

import hashlib
import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from matcher.app.history import Settings
from matcher.app.rematch import Job, match_again
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding, InputError, MatcherError
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.files.recorded import RECORDED
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import still_asked
from matcher.intake.read import read_cohort
from matcher.programme import ledger
from matcher.run_tables import RunFile

SPREADSHEETS = (".csv", ".xlsx", ".parquet", ".tsv", ".txt")
"""Endings of files that may hold sign-ups."""
ANEW = "anew"
"""Event of the history that asks for a match without regard to the one before."""
MOST_KEPT = 12
"""Things that were read or worked out and are kept of a programme, the newest."""

_RECORDED = {f"{table}.csv" for table in RECORDED}

T = TypeVar("T")


def utc_now() -> str:
    """Return the time as logs write it."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class PeopleNow:
    """Everybody as they are read with the settings, or what stops the reading."""

    cohort: Cohort | None
    findings: tuple[Finding, ...]
    """Faults where there is no cohort, else its warnings."""


@dataclass
class ProgrammeFolder:
    """One programme: a folder, what lies in it, and what was read from it last."""

    key: str
    """Its name in addresses: neither a path nor anybody's name."""
    folder: Path
    now: Callable[[], str] = utc_now
    job: Job | None = None
    reviewer: str = ""
    _known: dict[str, tuple[Hashable, Any]] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def place(self) -> str:
        """The cohort, as commands name it."""
        return str(self.folder)

    @property
    def settings(self) -> Settings:
        """Its settings file and log."""
        return Settings(self.folder, self.now, self._lock)

    @property
    def name(self) -> str:
        """What it is called: in its settings, else the name of its folder."""
        try:
            return self.settings.config().programme.name or self.folder.name
        except MatcherError:
            return self.folder.name

    def files(self) -> list[Path]:
        """Return the files that may hold sign-ups, by name."""
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(p for p in there if is_table(p.name) and p.is_file())

    def sign_ups(self) -> list[Path]:
        """Return the files of people: not those in which commands write what became of pairs."""
        return [path for path in self.files() if path.name not in _RECORDED]

    def run(self) -> Path | None:
        """Return the run in view: the newest match, and where reruns of it have led to."""
        found = [p.parent for p in self.folder.glob(f"runs/*/{RunFile.SUMMARY}")]
        first = [run for run in found if not re.search(r"-r[0-9]+$", run.name)]
        newest = max(first, key=lambda run: (run / RunFile.SUMMARY).stat().st_mtime, default=None)
        return None if newest is None else ledger.latest_run(newest)

    def as_filled_in(self) -> Proposal:
        """Return what the files alone say: why each question is taken for what, and how sure."""
        return self._kept("files", self._files_now(), lambda: propose(self.place, self._layout()))

    def proposal(self) -> Proposal:
        """Return what the settings and the files say together, with what is still to be asked."""
        text = self.settings.text
        return self._kept("proposal", (self._files_now(), text), partial(self._proposed, text))

    def reading(self) -> PeopleNow:
        """Return everybody as they are read now; who cannot be read is set aside by name."""
        corrected = tuple(map(_stamp, (self.folder / CORRECTIONS,)))
        return self._kept("people", (self._files_now(), self.settings.text, corrected), self._read)

    def match(self) -> None:
        """Start a match with what is there; nothing happens while one goes on."""
        with self._lock:
            if self.job is not None and not self.job.done:
                return
            self.job = Job()
            self.job.start(self._matched)

    def _matched(self, observer: Any) -> Path:
        """Work the match out with what was decided about the one before, changing few people."""
        before = self.run()
        seen = 0 if before is None else len(ledger.log_of(before).events())
        made = match_again(
            cohort=self.place,
            config=None,
            previous=None if self._is_anew(before) else before,
            decisions=None if before is None else ledger.snapshot(before),
            observer=observer,
            set_aside=True,
        )
        if before is not None:
            ledger.carry_decisions(before, made, self.now(), seen)
        return made

    def remember(self, proposal: Proposal) -> None:
        """Keep a proposal that was made of the files and settings as they are now."""
        text = self.settings.text
        found = replace(proposal, questions=still_asked(proposal, text))
        self._kept("proposal", (self._files_now(), text), lambda: found)

    def _proposed(self, text: str) -> Proposal:
        found = propose(self.place, self.settings.config())
        return replace(found, questions=still_asked(found, text))

    def _is_anew(self, before: Path | None) -> bool:
        """Whether somebody asked since the last match that everybody is worked out anew."""
        asked = {e["run"] for e in self.settings.log.events() if e["event"] == ANEW}
        return before is not None and before.name in asked

    def _layout(self) -> Config:
        """Return what the settings say of where tables are: not what their questions are."""
        stated = self.settings.config()
        return Config(tables=stated.tables, input=stated.input)

    def _read(self) -> PeopleNow:
        try:
            cohort = read_cohort(self.place, self.settings.config(), set_aside=True)
        except MatcherError as error:
            return PeopleNow(None, tuple(error.findings))
        return PeopleNow(cohort, cohort.findings)

    def _files_now(self) -> tuple[Any, ...]:
        return tuple(map(_stamp, self.files()))

    def kept(self, what: str, make: Callable[[], T], also: Hashable = ()) -> T:
        """Return what was made before of the same files, settings and `also`, else make it."""
        return self._kept(what, (self._files_now(), self.settings.text, also), make)

    def _kept(self, what: str, state: Hashable, make: Callable[[], T]) -> T:
        """Return what was made before of the same state, else make it."""
        with self._lock:
            known = self._known.get(what)
            if known is None or known[0] != state:
                known = (state, make())
                self._known.pop(what, None)
                self._known[what] = known
                while len(self._known) > MOST_KEPT:
                    del self._known[next(iter(self._known))]
            return known[1]


def is_table(name: str) -> bool:
    """Whether a file of that name may hold sign-ups."""
    return name.lower().endswith(SPREADSHEETS) and not name.startswith((".", "~$"))


def _stamp(path: Path) -> tuple[str, int, int]:
    if not path.is_file():
        return path.name, 0, 0
    state = path.stat()
    return path.name, state.st_size, state.st_mtime_ns


@dataclass
class Desk:
    """The folder that the app was started with."""

    folder: Path
    now: Callable[[], str] = utc_now
    _programmes: dict[str, ProgrammeFolder] = field(default_factory=dict, repr=False)

    def programmes(self) -> list[ProgrammeFolder]:
        """Return the programmes of the folder, by name; the folder itself may be the only one."""
        homes = [self.folder] if is_programme(self.folder) else self._below()
        for home in homes:
            key = short_name(home.name)
            if key not in self._programmes or self._programmes[key].folder != home:
                self._programmes[key] = ProgrammeFolder(key, home, self.now)
        there = {short_name(home.name) for home in homes}
        return [p for k, p in sorted(self._programmes.items()) if k in there]

    def find(self, key: str) -> ProgrammeFolder:
        """Return a programme by its name in addresses.

        Raises
        ------
        InputError
            E_NOT_FOUND.
        """
        found = next((p for p in self.programmes() if p.key == key), None)
        if found is None:
            what = "there is no such programme here"
            raise InputError(Finding("E_NOT_FOUND", what, "choose one on the Start page"))
        return found

    @property
    def is_one(self) -> bool:
        """Whether the folder is itself a programme, so that none can be begun in it."""
        return is_programme(self.folder)

    def _below(self) -> list[Path]:
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(p for p in there if not p.name.startswith(".") and is_programme(p))


def is_programme(folder: Path) -> bool:
    """Whether a folder holds a programme: settings, or a file of sign-ups."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    if (folder / COHORT_CONFIG).is_file():
        return True
    return any(is_table(path.name) for path in folder.iterdir())


def short_name(name: str) -> str:
    """Return what a folder is called in addresses: its name where that is plain, else a hash."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", name):
        return name
    return f"p-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
