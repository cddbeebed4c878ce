"""A proposed config as data: tables, entries with why, and numbered questions. No terminal here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Self

from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.config import Config
from matcher.intake.cells.slots import is_day, slots_of
from matcher.intake.config_columns import find_spec
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.meanings import MISSING, stated_meaning
from matcher.intake.proposals.reasons import Said, Why
from matcher.text import count_of, fold, listed, shown_title
from matcher.vocabulary import IGNORE, Status

Path_ = tuple[str, ...]
"""Keys of an entry from the top of the config: ``("columns", "signups", "Your name")``."""


AS_ABOVE = "as above: write what it means"
"""Why of an answer that is asked about once the one above it has its meaning."""

OF_WORDS = ("answers", "numbers", "scales")
"""Parts of the config that say what people's words mean."""

MEANWHILE: dict[str, Any] = {"capacity": 0, "status": Status.COMPLETED.value}
"""By column what an answer that nobody has explained counts as until somebody does."""


@dataclass(frozen=True)
class Entry:
    """One line of the config."""

    path: Path_
    value: Any
    """None where it is asked: the line stands in the file as a comment."""
    why: str = ""
    example: Any = ""
    """Of a line that stands as a comment: what it may say."""
    ready: tuple[str, ...] = ()
    """The same where it may say one of several."""


def _without_day(path: Path_) -> tuple[str, str]:
    """Return the day of a grid that stands before a time, empty for none, and the answer."""
    day, mark, time = path[-1].partition(": ")
    is_of_day = bool(mark) and path[1:2] == ("availability",) and is_day(day)
    return (day, time) if is_of_day else ("", path[-1])


@dataclass(frozen=True)
class Asked:
    """One question about the config that only a person can answer."""

    number: int
    path: Path_
    """What an answer sets."""
    text: str
    choices: tuple[str, ...] = ()
    """Answers that make sense; empty where any text does."""
    example: str = ""
    """What the line would be if the likeliest answer is right; empty where none is proposed."""
    ready: tuple[str, ...] = ()
    """What else its line may say, each a line to be uncommented: that it is none of this too."""
    samples: tuple[str, ...] = ()
    """Three answers of the column. They may be private: for a screen, not for a file."""
    also: tuple[Path_, ...] = ()
    """What is asked in the same words once this is answered."""
    about: str = ""
    """The file, or the sheet of it, that is asked about."""

    @property
    def in_words(self) -> str:
        """The question with its number, and with what to write where that is said."""
        words = f" (write {self.allowed})" if self.choices else ""
        return f"QUESTION {self.number}: {self.text}{words}"

    @property
    def one_by_one(self) -> tuple[Self, ...]:
        """The question about each word by itself, where it is about several of one question.

        A time that a grid asks of each day, `Monday: after work`, is asked about once.
        """
        if self.path[0] not in OF_WORDS:
            return (self,)
        words: dict[str, list[Path_]] = {}
        for path in (self.path, *self.also):
            words.setdefault(_without_day(path)[1], []).append(path)
        return tuple(replace(self, path=first, also=tuple(more)) for first, *more in words.values())

    @property
    def word(self) -> str:
        """The word that it is about; of a time that is asked of several days, the time."""
        return _without_day(self.path)[1] if self.days else self.path[-1]

    @property
    def days(self) -> tuple[str, ...]:
        """The days of which a grid asks one time, where it is asked about at once."""
        days = tuple(_without_day(path)[0] for path in (self.path, *self.also))
        return days if all(days) else ()

    @property
    def allowed(self) -> str:
        """What an answer may be, in words."""
        others = ("the name of another column",) if self.path[0] == "columns" else ()
        spec = SIGNUPS.find(self.path[1]) if self.path[0] in OF_WORDS else None
        if spec is not None and not self.choices:
            return f"{spec.allowed}, or {MISSING}"
        return listed((*(self.choices or ("a word",)), *others), "or")

    def value_of(self, answer: str) -> str | float | None:
        """Return what the config says for an answer, None for one that it cannot take.

        A choice, of a title any column there is, and of a word what its column can hold.
        """
        spec = SIGNUPS.find(self.path[1]) if self.path[0] in OF_WORDS else None
        if spec is not None and not self.choices:
            return stated_meaning(spec, self.path[-1], answer, self.path[0])
        return answer if self._is_choice(answer) else None

    def values_of(self, answer: str) -> dict[Path_, str | float]:
        """Return what the config says for an answer, by path; nothing for one it cannot take."""
        if not self.days or answer == MISSING:
            paths = (self.path, *(self.also if self.days else ()))
            value = self.value_of(answer)
            return {} if value is None else dict.fromkeys(paths, value)
        if slots_of(answer) and self.also:
            return {}  # it names days, and is asked of several
        said = {
            path: answer if slots_of(answer) else f"{_without_day(path)[0]} {answer}"
            for path in (self.path, *self.also)
        }
        found = {path: replace(self, path=path).value_of(text) for path, text in said.items()}
        known = {path: value for path, value in found.items() if value is not None}
        return known if len(known) == len(found) else {}

    def _is_choice(self, answer: str) -> bool:
        if self.path[0] != "columns":
            return not self.choices or answer in self.choices
        is_group = re.fullmatch(r"groups\.\w+", answer) is not None
        known = find_spec(table_spec(self.path[1]), answer, Config())
        return answer in (*self.choices, IGNORE, SUBMITTED) or is_group or known is not None


@dataclass(frozen=True)
class TableProposal:
    """One table: where it is, which tool wrote it, and what its columns are taken for."""

    table: str
    origin: str
    preset: str
    rows: int
    columns: tuple[ColumnProposal, ...]


@dataclass(frozen=True)
class JoinedFile:
    """A file or sheet that says more about people who signed up."""

    origin: str
    rows: int
    people: int
    """Rows about people who signed up."""
    join: tuple[str, ...]
    """Titles that say whose a row is."""

    @property
    def in_words(self) -> str:
        """What becomes of it, in a line."""
        titles = listed([repr(shown_title(title)) for title in self.join])
        told = f"{self.people} joined to people who signed up by {titles}"
        return f"{self.origin}: {count_of(self.rows, 'row')}, {told}"


@dataclass(frozen=True)
class Proposal:
    """What the files of a cohort probably mean."""

    tables: tuple[TableProposal, ...] = ()
    entries: tuple[Entry, ...] = ()
    questions: tuple[Asked, ...] = ()
    unread: tuple[str, ...] = ()
    """Files and sheets that nothing reads, in words."""
    joined: tuple[JoinedFile, ...] = ()
    """Files and sheets that say more about the people of the tables."""

    @property
    def values(self) -> dict[str, Any]:
        """The entries as the config that they make, without what is asked."""
        values: dict[str, Any] = {}
        for entry in self.entries:
            if entry.value is not None:
                below = values
                for key in entry.path[:-1]:
                    below = below.setdefault(key, {})
                below[entry.path[-1]] = entry.value
        return values


@dataclass
class Draft:
    """A proposal in the making."""

    settled: Mapping[Path_, Any]
    """What somebody answered, by the path of the entry."""
    stated: Collection[tuple[str, str]] = ()
    """Column, or pattern of columns, and folded word whose meaning the config states already."""
    titles: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By table: folded titles of which the config states what they are."""
    entries: dict[Path_, Entry] = field(default_factory=dict)
    questions: list[Asked] = field(default_factory=list)

    def is_said(self, path: Path_) -> bool:
        """Whether somebody has said what a word means."""
        return path in self.settled or self._is_stated(path)

    def _is_stated(self, path: Path_) -> bool:
        """Whether the config says so already, in any part, by a pattern such as `need_*` too."""
        if path[0] not in OF_WORDS:
            return False
        columns = (column for column, word in self.stated if word == fold(path[-1]))
        return any(fnmatchcase(path[1], column) for column in columns)

    def add(self, path: Path_, value: Any, why: str = "") -> None:
        """Add an entry; the first of a path stands, and what somebody answered before all.

        What a config says of a word is not said again: it stands, wherever it is.
        """
        if path not in self.settled and self._is_stated(path):
            return
        if path in self.settled:
            value, why = self.settled[path], str(Said(Why.ANSWERED))
        self.entries.setdefault(path, Entry(path, value, why))

    def ask(
        self,
        path: Path_,
        text: str,
        *,
        choices: tuple[str, ...] = (),
        example: str = "",
        samples: tuple[str, ...] = (),
        about: str = "",
        meanwhile: Any = None,
        also: tuple[Path_, ...] = (),
        ready: tuple[str, ...] = (),
    ) -> None:
        """Add a question, unless it is answered; `meanwhile` stands in the file until then."""
        if path in self.settled:
            self.add(path, self.settled[path])
            return
        if any(path in (each.path, *each.also) for each in self.questions):
            return  # both sides give this answer
        number = len(self.questions) + 1
        asked = Asked(
            number, path, text, choices, example=example, ready=ready, samples=samples, also=also,
            about=about,
        )  # fmt: skip
        self.questions.append(asked)
        told = asked.in_words if meanwhile is not None else f"QUESTION {number}: {text}"
        self.entries.setdefault(path, Entry(path, meanwhile, told))

    def ask_too(self, asked: Asked, path: Path_, ready: tuple[str, ...]) -> None:
        """Add a further title to a question: what is asked there is the same."""
        at = self.questions.index(asked)
        self.questions[at] = replace(asked, also=(*asked.also, path))
        told = f"as QUESTION {asked.number}: the same is asked here"
        self.entries.setdefault(path, Entry(path, None, told, ready=ready))

    def ask_together(
        self,
        paths: Sequence[Path_],
        text: str,
        *,
        choices: tuple[str, ...] = (),
        meanwhile: Any = None,
    ) -> None:
        """Ask once about several answers of one question; what is said already is not asked."""
        for path in paths:
            if path in self.settled:
                self.add(path, self.settled[path])
        known = {path for each in self.questions for path in (each.path, *each.also)}
        open_ = [path for path in paths if not self.is_said(path) and path not in known]
        if not open_:
            return
        asks = (*open_[0][:2], text)
        other = [k for k, q in enumerate(self.questions) if (*q.path[:2], q.text) == asks]
        if other:  # what the other side answers to it
            asked = self.questions[other[0]]
            self.questions[other[0]] = replace(asked, also=(*asked.also, *open_))
        else:
            self.ask(open_[0], text, choices=choices, meanwhile=meanwhile, also=tuple(open_[1:]))
        for path in open_:
            why = AS_ABOVE if meanwhile is not None else "as above"
            self.entries.setdefault(path, Entry(path, meanwhile, why))

    def ask_if(
        self, asked: Asked, paths: Sequence[Path_], text: str, choices: tuple[str, ...]
    ) -> None:
        """Add lines for what a question asks beside if its likeliest answer is right."""
        paths = [path for path in paths if not self.is_said(path)]
        words = replace(asked, path=paths[0], text=text, choices=choices).in_words if paths else ""
        for k, path in enumerate(paths):
            self.entries.setdefault(path, Entry(path, None, "as above" if k else words))
