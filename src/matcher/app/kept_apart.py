"""Answers about whom to keep apart that nobody has settled: told wherever pairs are looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import Sheets, sheets_of
from matcher.app.names_shown import names_shown
from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion
from matcher.cohort.tables import MANAGERS
from matcher.errors import MatcherError
from matcher.intake.name_index import NameIndex
from matcher.intake.whom_words_mean import says_mine, whom_it_mentions
from matcher.report.run_data import ShownNames
from matcher.text import fold, printable


@dataclass(frozen=True)
class OpenApart:
    """One answer of somebody that is open."""

    person: str
    name: str
    written: str
    likely: tuple[str, ...]
    """Names of those who stay apart from them until it is answered; empty: nobody does."""


def open_apart(programme: ProgrammeFolder) -> tuple[OpenApart, ...]:
    """Return the open answers about whom to keep apart, those that keep nobody apart first."""
    if not programme.files():
        return ()
    try:
        cohort = programme.reading().cohort
    except MatcherError:
        return ()
    if cohort is None:
        return ()
    return programme.kept("open apart", lambda: _open(programme, cohort))


def asked_apart(cohort: Cohort) -> list[AskedQuestion]:
    """Return the open questions about whom people should not meet.

    Who may be somebody's manager stays apart as well, and is asked about under People alone.
    """
    asked = (q for q in cohort.questions if q.is_open and q.bears_on_safety)
    return [q for q in asked if q.column not in MANAGERS]


@dataclass(frozen=True)
class OtherPeople:
    """The people of the programme that sign-ups are to be joined to."""

    programme: str
    people: People
    index: NameIndex
    names: ShownNames

    def named_in(self, text: str) -> list[str]:
        """Return the names of those whom an answer names, by its whole or by a part of it."""
        return sorted(map(self.names.full_name, whom_it_mentions(text, self.people, self.index)))


def other_people(programme: ProgrammeFolder) -> OtherPeople | None:
    """Return the people of the programme that a later intake is to be joined to, read once."""
    if not (state := _state_of_other(programme)):
        return None

    def made() -> OtherPeople | None:
        other = ProgrammeFolder(programme.joins, programme.folder.parent / programme.joins)
        if (cohort := other.reading().cohort) is None:
            return None
        index = NameIndex.of((cohort.mentees, cohort.mentors))
        return OtherPeople(other.name, cohort.people, index, names_shown(other, cohort))

    return programme.kept("other people", made, state)


def _state_of_other(programme: ProgrammeFolder) -> tuple[tuple[str, int], ...]:
    """Return what tells whether the programme to join has changed; empty where there is none."""
    home = programme.folder.parent / programme.joins
    if not programme.joins or not home.is_dir():
        return ()
    files = (path for path in home.iterdir() if path.is_file())
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


def names_others(question: AskedQuestion, sheets: Sheets, others: OtherPeople | None) -> bool:
    """Whether an answer that names nobody here names somebody of the other programme."""
    if others is None or question.likely or question.is_yes_no:
        return False
    text = sheets.text(question.table, question.row, question.column)
    return bool(others.named_in(text))


def answered_alike(question: AskedQuestion, sheets: Sheets) -> tuple[object, ...]:
    """Return what questions share that one answer settles: the same text, and who may be meant.

    Empty where the answer is about one person alone, as `anyone in my own department` is.
    """
    if question.is_of_ids or question.is_yes_no:
        return ()
    text = sheets.text(question.table, question.row, question.column)
    if not question.likely and says_mine(text):
        return ()
    return question.column, fold(text), question.likely


@dataclass(frozen=True)
class OpenCards:
    """How many questions about people are open; what one answer settles counts once."""

    all: int = 0
    unsafe: int = 0
    """Those that keep nobody apart until somebody says who is meant."""
    apart: int = 0
    """Those of which whoever may be meant stays apart until then."""


def open_cards(programme: ProgrammeFolder, cohort: Cohort) -> OpenCards:
    """Return how many questions about people are open."""
    sheets, others = sheets_of(programme), other_people(programme)

    def counted(asked: Iterable[AskedQuestion]) -> int:
        return len({answered_alike(q, sheets) or q.key for q in asked})

    def made() -> OpenCards:
        open_ = [q for q in cohort.questions if q.is_open and not names_others(q, sheets, others)]
        keys = {q.key for q in open_}
        whom = [q for q in asked_apart(cohort) if q.key in keys]
        return OpenCards(
            counted(q for q in open_ if not q.is_idle),
            counted(q for q in whom if not q.likely),
            counted(q for q in whom if q.likely),
        )

    return programme.kept("cards", made, _state_of_other(programme))


def _open(programme: ProgrammeFolder, cohort: Cohort) -> tuple[OpenApart, ...]:
    sheets, names = sheets_of(programme), names_shown(programme, cohort)
    found = [
        OpenApart(
            person=q.person,
            name=sheets.name(q.table, q.row),
            written=printable(sheets.text(q.table, q.row, q.column)),
            likely=tuple(map(names.full_name, q.likely)),
        )
        for q in asked_apart(cohort)
    ]
    return tuple(sorted(found, key=lambda one: (bool(one.likely), one.name)))


def open_about(people: Iterable[str], open_: Iterable[OpenApart]) -> list[OpenApart]:
    """Return what is open of some people."""
    wanted = {*people}
    return [one for one in open_ if one.person in wanted]
