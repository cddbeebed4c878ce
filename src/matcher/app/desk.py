"""The programmes of a folder: where each lies, what is read from it, what is known of it so far."""

import hashlib
import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from matcher.app.acts import standing_events
from matcher.app.history import Settings
from matcher.app.rematch import Job, match_again
from matcher.app.said_plainly import clock_time, refused, short_day
from matcher.catalogue.catalogue import LANGUAGES, browser_language, spoken, worded
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.config.edited import flat_values
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding, MatcherError
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.files.code_book_sources import STRUCTURES
from matcher.intake.files.recorded import RECORDED
from matcher.intake.files.source_files import Shelf
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import still_asked
from matcher.intake.read import read_cohort
from matcher.observe import Observer
from matcher.programme import ledger
from matcher.publish.published_run import is_pseudonymised
from matcher.run_tables import RunFile
from matcher.send.letters_now import OF_LETTERS
from matcher.storage import write_file
from matcher.text import printable
from matcher.whereabouts import home_of

SPREADSHEETS = (".csv", ".xlsx", ".parquet", ".tsv", ".txt")
"""Endings of files that may hold sign-ups."""
ANEW = "anew"
"""Event of the history that asks for a match without regard to the one before."""
JOINS, GOES_ON = "joins", "goes_on"
"""Events of the history that name another programme: a later intake's, and where both go on."""
JOINED = "joined"
"""Event of the history of a programme that two intakes were joined into."""
WHO = ".matcher-app-name"
"""File of a folder with the name of who works there."""
NOT_OF_PEOPLE: dict[str, Any] = {
    **dict.fromkeys(("words", "objective", "solver", "report", "tune", "text", "reciprocal"), True),
    "programme": {*OF_LETTERS},
    "features": {"__all__": {"weight"}},
}
"""What settings say of matching and of letters: nobody is read otherwise for it."""
MOST_KEPT = 24
"""Things that were read or worked out and are kept of a programme, those last asked for."""

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
    source: str | None = ""
    """Workbook or database with its people, empty for its folder; None where it is not known."""
    opened: Path | None = None
    """The match that it was opened at; None: its newest."""
    key_file: Path | None = None
    """Key of a match under pseudonyms, where it does not lie beside the people."""
    matcher: Callable[..., Path] = match_again
    job: Job | None = None
    reviewer: str = ""
    began: str = ""
    """When the program began to show it, as logs write it."""
    told: str = ""
    """What was just done, for the page that is drawn next."""
    _known: dict[str, tuple[Hashable, Any]] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.began = self.now()

    @property
    def place(self) -> str:
        """The cohort, as commands name it."""
        return self.source or str(self.folder)

    @property
    def settings(self) -> Settings:
        """Its settings file and log."""
        return Settings(self.folder, self.now, self._lock, self.place)

    @property
    def joins(self) -> str:
        """The programme that these sign-ups are to be joined to, by key; empty for none."""
        return self._told(JOINS)

    @property
    def goes_on(self) -> str:
        """The programme in which this one goes on, by key; empty where it does here."""
        return self._told(GOES_ON)

    def _told(self, event: str) -> str:
        told = [e["to"] for e in standing_events(self.settings.log, event)]
        return str(told[-1]) if told else ""

    @property
    def name(self) -> str:
        """What it is called: in its settings, else the name of its folder."""
        try:
            return self.settings.config().programme.name or self.folder.name
        except MatcherError:
            return self.folder.name

    @property
    def title(self) -> str:
        """What pages call it: its name, and until when it was where it goes on in another."""
        went = standing_events(self.settings.log, GOES_ON)[-1:]
        return next(
            (worded("home.until", name=self.name, day=short_day(e["at"][:10])) for e in went),
            self.name,
        )

    @property
    def goes_on_in(self) -> str:
        """What the programme is called in which this one goes on; empty where it does here."""
        folder = self.folder.parent / self.goes_on
        return ProgrammeFolder(self.goes_on, folder).name if self.goes_on else ""

    @property
    def language(self) -> str:
        """In which its pages are: that of its letters. Read without waiting for other readers."""
        try:
            path = self._config_file()
            text = "" if path is None else path.read_text("utf-8")
        except (MatcherError, OSError):
            text = ""  # the page says what is wrong
        return _language_in(text)

    def files(self) -> list[Path]:
        """Return the files that may hold sign-ups, by name."""
        if self.source != "":
            return [path for path in (Path(self.source or "."),) if path.is_file()]
        there = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(p for p in there if is_table(p.name) and p.is_file())

    def sign_ups(self) -> list[Path]:
        """Return the files of people: not those in which commands write what became of pairs."""
        return [path for path in self.files() if path.name not in _RECORDED]

    def matches(self) -> list[Path]:
        """Return all matches that were made, the newest first."""
        found = {p.parent for p in self.folder.glob(f"runs/*/{RunFile.SUMMARY}")}
        if self.opened is not None:
            beside = self.opened.parent.glob(f"*/{RunFile.SUMMARY}")
            found |= {p.parent for p in beside if _first_name(p.parent) == self.opened.name}
            found.add(self.opened)
        return sorted(found, key=_made, reverse=True)

    def run(self) -> Path | None:
        """Return the match in view: the newest, or one gone back to, and where it has led to."""
        found = self.matches()
        start = self._start(found)
        chosen = "" if start is None else self.settings.chosen_match(start.name)
        start = next((run for run in found if run.name == chosen), start)
        return None if start is None else ledger.latest_run(start)

    def _start(self, found: list[Path] | None = None) -> Path | None:
        """Return the match that others were worked out from: the one opened, else the newest."""
        first = (run for run in found or self.matches() if _first_name(run) == run.name)
        return self.opened or next(first, None)

    def go_to(self, run: Path) -> None:
        """Make another match the one in view; the way back stands in the history."""
        with self._lock:
            start, now = self._start(), self.run()
            if start is None or now is None or now == run:
                return
            if ledger.latest_run(run) != run:
                ledger.log_of(run).append("back", self.now(), by=self.reviewer)
            self.settings.choose_match(
                worded("did.back", at=time_of_match(run)),
                start=start.name,
                before=now.name,
                after=run.name,
                by=self.reviewer,
            )

    def as_filled_in(self) -> Proposal:
        """Return what the files alone say: why each question is taken for what, and how sure."""
        stated = self.settings.config()
        layout = Config(tables=stated.tables, input=stated.input)  # not what its questions are
        state = (self._files_now(), layout.model_dump_json())
        return self._kept("files", state, partial(self.proposed, layout))

    def proposal(self) -> Proposal:
        """Return what the settings and the files say together, with what is still to be asked."""
        text, state = self.settings.text, (self._files_now(), self._meaning())
        found = self._kept("proposed", state, self.proposed)
        asked = partial(still_asked, found, text)
        return replace(found, questions=self._kept("still asked", (state, text), asked))

    def open_questions(self) -> int:
        """Return how many questions of the form only a person can answer."""
        asked = self.proposal().questions if self.files() else ()
        return sum(len(question.one_by_one) for question in asked)

    def reading(self) -> PeopleNow:
        """Return everybody as they are read now; who cannot be read is set aside by name."""
        corrected = _stamp(self.folder / CORRECTIONS)
        state = (self._files_now(), self._meaning(), self.said(), corrected)
        return self._kept("people", state, self._read)

    def match(self, *, add: bool = False) -> None:
        """Start a match with what is there; nothing happens while one goes on.

        Parameters
        ----------
        add
            Whether only free places are given, to who is new or waits, and nobody else moves.
        """
        self.work(partial(self._matched, add=add), "approve" if add else "match")

    def work(self, what: Callable[[Observer], Path], page: str = "match", words: str = "") -> None:
        """Start something that takes its time, whose end a page waits for."""
        with self._lock:
            if self.job is not None and not self.job.done:
                return
            self.job = Job(page=page, words=words, about=self._acts())
            self.job.start(what)

    def tell(self, seen: int) -> None:
        """Let the page that is drawn next say what was done since the log had `seen` lines."""
        done = self.settings.acts()[: self.settings.seen() - seen]
        self.told = "; ".join(act.what for act in done[::-1])

    def failed(self) -> tuple[Finding, ...]:
        """Return why what was begun last did not finish, until somebody does something about it."""
        job = self.job
        return job.problems if job is not None and job.done and job.about == self._acts() else ()

    def _acts(self) -> tuple[int, int]:
        """Return how much was done: in the programme, and about the match in view."""
        run = self.run()
        return self.settings.seen(), 0 if run is None else len(ledger.log_of(run).events())

    def _matched(self, observer: Observer, *, add: bool = False) -> Path:
        """Work the match out with what was decided about the one before, changing few people."""
        if self.source is None:
            raise refused("E_NOT_FOUND", "unknown_people")
        before = self.run()
        earlier = self.joined_to() if before is None else None
        seen = 0 if before is None else len(ledger.log_of(before).events())
        made = self.matcher(
            cohort=self.place,
            config=self._config_file(),
            beside=before,
            previous=earlier,
            anew=not add and self._is_anew(before),
            decisions=None if before is None else ledger.snapshot(before),
            observer=observer,
            key=self.key_file,
            set_aside=True,
            add=add or earlier is not None,
        )
        if before is not None:
            ledger.carry_decisions(before, made, self.now(), seen)
        elif earlier is not None:
            ledger.copy_decisions(earlier, made, self.now())
        return made

    def remember(self, proposal: Proposal) -> None:
        """Keep a proposal that was made of the files and settings as they are now."""
        self._kept("proposed", (self._files_now(), self._meaning()), lambda: proposal)

    def config(self) -> Config:
        """Return what a match is made with: the settings, or those of a match that is newer."""
        path = self._config_file()
        return Config() if path is None else load_config(path)

    def _config_file(self) -> Path | None:
        """Return the file that a match is made with: what was changed here counts from then on."""
        run, own = self.run() if self.opened else None, self.settings.path
        made = None if run is None else run / RunFile.CONFIG
        if made is not None and made.is_file():
            is_changed = own.is_file() and own.stat().st_mtime > made.stat().st_mtime
            return own if is_changed else made
        return own if own.is_file() else None

    def cohort_of_match(self, run: Path | None = None) -> Cohort | None:
        """Return the people of a match, by default of the one in view; None under pseudonyms."""
        shown = run or self.run()
        return None if shown is None or is_pseudonymised(shown) else self.reading().cohort

    def proposed(self, config: Config | None = None) -> Proposal:
        """Return what the files mean beside a config, by default that of the settings."""
        stated = config or self.settings.config()
        return propose(self.place, stated, alike=judge_of_titles(), shelf=self.shelf())

    def joined_to(self) -> Path | None:
        """Return the match of an earlier intake that this programme goes on from."""
        told = [e["run"] for e in self.settings.log.events() if e["event"] == JOINED]
        return (self.folder / told[-1]).resolve() if told else None

    def _is_anew(self, before: Path | None) -> bool:
        """Whether somebody asked since the last match that everybody is worked out anew."""
        asked = {e["run"] for e in standing_events(self.settings.log, ANEW)}
        return before is not None and before.name in asked

    def _read(self) -> PeopleNow:
        if self.source is None:
            return PeopleNow(None, tuple(refused("E_NOT_FOUND", "unknown_people").findings))
        try:
            cohort = read_cohort(self.place, self.config(), set_aside=True, shelf=self.shelf())
        except MatcherError as error:
            return PeopleNow(None, tuple(error.findings))
        return PeopleNow(cohort, cohort.findings)

    def _files_now(self) -> tuple[Any, ...]:
        there = sorted(self.folder.iterdir()) if self.source == "" and self.folder.is_dir() else ()
        books = [path for path in there if path.suffix.lower() in STRUCTURES]
        return tuple(map(_stamp, (*self.sign_ups(), *books)))

    def said(self) -> Hashable:
        """Return what changes when somebody records what became of pairs."""
        return tuple(map(_stamp, (p for p in self.files() if p.name in _RECORDED)))

    def _meaning(self) -> Hashable:
        """Return what the settings say of people: not how they are matched, nor of letters."""
        text, path = self.settings.text, self._config_file()
        state = (text, None if path is None else _stamp(path))
        return self._kept("meaning", state, self._meaning_now)

    def _meaning_now(self) -> Hashable:
        try:
            both = (self.config(), self.settings.config()) if self.opened else (self.config(),)
        except MatcherError:
            return self.settings.text
        return tuple(config.model_dump_json(exclude=NOT_OF_PEOPLE) for config in both)

    def shelf(self) -> Shelf:
        """Return what was read of the sign-up files; what commands write is read anew."""
        shelf = self._kept("shelf", self._files_now(), Shelf)
        own = {*self.sign_ups()}
        for kept in (shelf.contents, shelf.books):
            for path in kept.keys() - own:
                del kept[path]
        for key in [key for key in shelf.grids if key[0] not in own]:
            del shelf.grids[key]
        return shelf

    def kept(self, what: str, make: Callable[[], T], also: Hashable = ()) -> T:
        """Return what was made before of the same people and `also`, else make it.

        What is made holds words, so that each language has its own.
        """
        corrected, what = _stamp(self.folder / CORRECTIONS), f"{what} {spoken().language}"
        return self._kept(what, (self._files_now(), self._meaning(), corrected, also), make)

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
            else:
                self._known[what] = self._known.pop(what)
            return known[1]


@lru_cache(maxsize=8)
def _language_in(text: str) -> str:
    """Return the language that settings name; what cannot be read is told on the page."""
    try:
        told = str(flat_values(text).get(("programme", "language")))
    except (ValueError, MatcherError):
        told = ""
    return told if told in LANGUAGES else LANGUAGES[0]


def _made(run: Path) -> float:
    return (run / RunFile.SUMMARY).stat().st_mtime


def time_of_match(run: Path) -> str:
    """Return when a match was made, as the clock on the wall says."""
    return clock_time(datetime.fromtimestamp(_made(run)))


def _first_name(run: Path) -> str:
    """Return what the match is called that a match was worked out from."""
    return re.sub(r"-r[0-9]+$", "", run.name)


def is_table(name: str) -> bool:
    """Whether a file of that name may hold sign-ups."""
    return name.lower().endswith(SPREADSHEETS) and not name.startswith((".", "~$"))


def _stamp(path: Path) -> tuple[str, int, int]:
    if not path.is_file():
        return path.name, 0, 0
    state = path.stat()
    return path.name, state.st_size, state.st_mtime_ns


def opened_at(run: Path | None, source: str, key: Path | None = None) -> ProgrammeFolder:
    """Return the programme of one run, or of one workbook or database, wherever they lie.

    Parameters
    ----------
    run
        None: the newest of the cohort.
    source
        The cohort, empty where it is not known: then the run can be looked at and decided about.
    key
        Key file of a run under pseudonyms.
    """
    folder = home_of(source) if source else run or Path()
    is_folder = Path(source).is_dir() and "://" not in source
    return ProgrammeFolder(
        short_name(folder.resolve().name),
        folder.resolve(),
        source=None if not source else "" if is_folder else source,
        opened=run,
        key_file=key,
    )


@dataclass
class Desk:
    """The folder that the app was started with."""

    folder: Path
    now: Callable[[], str] = utc_now
    only: ProgrammeFolder | None = None
    """The programme that the app was started with, where it was one match or one workbook."""
    _programmes: dict[str, ProgrammeFolder] = field(default_factory=dict, repr=False)

    def programmes(self) -> list[ProgrammeFolder]:
        """Return the programmes of the folder, by name; the folder itself may be the only one."""
        if self.only is not None:
            return [self.only]
        homes = [self.folder] if is_programme(self.folder) else self._below()
        for home in homes:
            key = short_name(home.name)
            if key not in self._programmes or self._programmes[key].folder != home:
                self._programmes[key] = ProgrammeFolder(key, home, self.now)
        there = {short_name(home.name) for home in homes}
        return [p for k, p in sorted(self._programmes.items()) if k in there]

    def call(self, name: str) -> None:
        """Take down who works here from now on; kept on this machine.

        Raises
        ------
        InputError
            E_TEXT_LENGTH.
        """
        plain = ledger.at_most(ledger.LONGEST_NAME, printable(name))
        write_file(self.folder / WHO, plain.encode())
        for programme in self.programmes():
            programme.reviewer = plain

    @property
    def who(self) -> str:
        """Who works here, empty where nobody has said."""
        path = self.folder / WHO
        return path.read_text("utf-8").strip() if path.is_file() else ""

    def find(self, key: str) -> ProgrammeFolder:
        """Return a programme by its name in addresses.

        Raises
        ------
        InputError
            E_NOT_FOUND.
        """
        found = next((p for p in self.programmes() if p.key == key), None)
        if found is None:
            raise refused("E_NOT_FOUND", "no_programme")
        found.reviewer = found.reviewer or self.who
        return found

    def language(self, path: str, accepted: str) -> str:
        """Return in which language the page of an address is, and that of the browser outside."""
        home, _, key = path[1:].partition("/")
        names = {programme.key: programme for programme in self.programmes()} if home == "p" else {}
        found = names.get(key.partition("/")[0])
        return browser_language(accepted) if found is None else found.language

    @property
    def is_one(self) -> bool:
        """Whether the folder is itself a programme, so that none can be begun in it."""
        return self.only is not None or is_programme(self.folder)

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
