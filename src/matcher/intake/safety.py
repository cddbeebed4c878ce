"""Answers about whom somebody must not meet: resolved to people, or asked; never passed over.

`avoid`, line managers and second supervisors may be ids, addresses, full names, or words. What is
not the id, address or name of one person becomes a question, and whoever may be meant stays apart
from the person until it is answered: a part of a name, a slip, a nickname, a name inside a
sentence, the people of a department that the words speak of.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from matcher.cohort.names import name_parts
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion, key_of
from matcher.cohort.tables import MANAGERS
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.form_words import SAFETY_WORDS
from matcher.intake.config_columns import is_wish
from matcher.intake.identity import with_answer
from matcher.intake.members import Members
from matcher.intake.named_within import WARNINGS, NamedSpan, SpokenText
from matcher.intake.typed_table import TypedTable
from matcher.intake.whom_words_mean import (
    AVOID,
    GROUP_WORDS,
    SafetyAnswer,
    WordsReader,
    safety_answers,
)
from matcher.text import shown_title, snake

MOST_CANDIDATES = 1_000_000
"""People whom all answers together may mean: more than that, nobody can say whom, and each two
would have to be kept apart."""


@dataclass(frozen=True)
class Safety:
    """What the tables of people say about who must not meet, and what is asked about it."""

    tables: Mapping[str, TypedTable]
    """`avoid`, `line_manager` and `second_supervisor` hold ids alone."""
    questions: tuple[AskedQuestion, ...]
    findings: tuple[Finding, ...]
    heard: frozenset[str] = frozenset()
    """Keys of answers about what counts no more: nothing is asked under them."""


def read_safety(
    tables: Mapping[str, TypedTable],
    members: Members,
    config: Config,
    stated: Mapping[tuple[str, int], str],
    superseded: Mapping[str, TypedTable] | None = None,
) -> Safety:
    """Resolve the answers of everybody about whom they must not meet.

    Parameters
    ----------
    tables
        Typed tables of people, with one id a person.
    members
        Who may be meant, and who can meet whom.
    config
        With the answers to questions.
    stated
        By table and row the id that the row itself gives, which keys of questions are made of.
    superseded
        Rows of people who answered again: whom they name, and no answer that counts speaks of, is
        asked.
    """
    reader = WordsReader(tables, members, config.answers)
    asked = _Asked(config, members.people, stated)
    named: dict[str, _Named] = {}
    spoken: set[tuple[str, str]] = set()
    for name, table in tables.items():
        named[name] = {c: {} for c in (AVOID, *MANAGERS)}
        for answer in safety_answers(name, table.frame):
            spoken.add((answer.person, answer.column))
            sure, likely, message = reader.read(answer)
            chosen = asked.about(answer, likely, message) if message else ()
            named[name][answer.column][answer.at] = (*sure, *chosen)
    also: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name, table in (superseded or {}).items():
        for answer in safety_answers(name, table.frame):
            sure, likely, _ = reader.read(answer)
            whom = (*sure, *(asked.said_before(answer) or likely))
            if whom and (answer.person, answer.column) not in spoken:
                under = answer.column.replace("_", " ")
                message = f"an answer that counts no more named somebody under {under}: still true?"
                also[answer.person] += asked.about(answer, whom, message, is_yes_no=True)
    remarks = RemarksReader(reader)
    for name, table in tables.items():
        for answer, likely in remarks.remarks(table):
            spoken.add((answer.person, answer.column))
            apart = {*named[name][AVOID].get(answer.at, ()), *also[answer.person]}
            if not {*likely} <= apart:
                message = f"whom does what stands under {shown_title(answer.column)!r} keep apart?"
                also[answer.person] += asked.about(answer, likely, message)
    for table in (superseded or {}).values():
        for answer, likely in remarks.remarks(table):
            if (answer.person, answer.column) not in spoken:
                under = shown_title(answer.column)
                message = f"does an answer under {under!r} that counts no more keep apart still?"
                whom = asked.said_before(answer) or likely
                also[answer.person] += asked.about(answer, whom, message, is_yes_no=True)
    kept = {n: t.with_frame(_with_named(t.frame, named[n], also)) for n, t in tables.items()}
    questions, heard = tuple(asked.questions.values()), frozenset(asked.heard)
    return Safety(kept, questions, (*asked.findings, *asked.without_end()), heard)


_Named = dict[str, dict[int, tuple[str, ...]]]
"""By column and position in a table the ids of who is named."""


def _with_named(
    frame: pd.DataFrame, named: _Named, also: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    """Return the frame with ids for answers; several under one manager are people to avoid."""
    people = frame["person_id"].tolist()
    avoid = [(*named[AVOID].get(at, ()), *also.get(person, ())) for at, person in enumerate(people)]
    columns = {}
    for column in MANAGERS:
        ids = np.full(len(frame), None, dtype=object)
        for at, persons in named[column].items():
            if len(persons) == 1:
                ids[at] = persons[0]
            avoid[at] = (*avoid[at], *(persons if len(persons) > 1 else ()))
        columns[column] = pd.array(ids, dtype="str")
    return frame.assign(**columns, **{AVOID: pd.Series(avoid, frame.index, dtype=object)})


@dataclass
class _Asked:
    """Collects what is asked, each question once, and what is wrong with answers to it."""

    config: Config
    people: People
    stated: Mapping[tuple[str, int], str]
    questions: dict[str, AskedQuestion] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    """Keys of answers about what people wrote before they answered again."""
    candidates: int = 0
    """How many people all questions together may mean."""
    last: SafetyAnswer | None = None
    """The answer with which these are too many."""

    def without_end(self) -> Iterator[Finding]:
        """Yield what stops the run where answers may mean more people than can be kept apart."""
        if self.last:
            message = f"up to here, answers may mean {MOST_CANDIDATES:,} people whom to keep apart"
            remedy = "name people by id or address, or map the column to what it asks for"
            finding = Finding("E_FORMAT", message, remedy)
            yield finding.at(self.last.table, self.last.row, self.last.column)

    def said_before(self, answer: SafetyAnswer) -> tuple[str, ...]:
        """Return whom people have said that an answer meant which counts no more."""
        place = answer.table, answer.row, answer.column
        key = key_of(answer.column, self.stated[place[:2]], *answer.items)
        self.heard.add(key)
        question = AskedQuestion(key, *place, answer.person, (), "")
        return with_answer(question, self.config, self.people)[1]

    def about(
        self, answer: SafetyAnswer, likely: Sequence[str], message: str, *, is_yes_no: bool = False
    ) -> tuple[str, ...]:
        """Ask whom an answer means; return the ids that people have said."""
        place = answer.table, answer.row, answer.column
        again = ("superseded",) if is_yes_no else ()
        key = key_of(*again, answer.column, self.stated[place[:2]], *answer.items)
        before = self.questions[key].likely if key in self.questions else ()
        everybody = tuple(sorted({*before, *likely} - {answer.person}))
        self.candidates += len(everybody) - len(before)
        if self.candidates > MOST_CANDIDATES:  # the run stops: nothing more is kept of them
            self.last, everybody = self.last or answer, ()
        own, said = answer.person, "; ".join(answer.items)
        question = AskedQuestion(
            key, *place, own, everybody, message, is_yes_no=is_yes_no, written=said
        )
        question, chosen, wrong = with_answer(question, self.config, self.people)
        self.questions[key] = question
        self.findings += wrong
        return chosen


_TEXTS = ("goals", "bio")
"""Columns of people's own words about themselves: who is named there is mostly no warning."""
_FILLERS = frozenset(SAFETY_WORDS["fillers"])
_PLAIN = {k: None if chr(k) == "'" else " " for k in range(128) if not chr(k).isalnum()}
MOST_NAMES = 0.5
"""Share of answers that are names alone from which a question asks for one: what it is was said
when the form was mapped."""


@dataclass(frozen=True)
class RemarksReader:
    """Finds whom remarks may ask to keep apart."""

    words: WordsReader

    def remarks(self, table: TypedTable) -> Iterator[tuple[SafetyAnswer, tuple[str, ...]]]:
        """Yield what people of a table wrote that names somebody whom they could meet, and whom."""
        frame = table.frame
        beside = frame[["person_id", *GROUP_WORDS, *MANAGERS]].astype(object).to_dict("records")
        places = {row: at for at, row in enumerate(frame["source_row"].tolist())}
        texts = [c for c in frame if str(c).rpartition(".")[2] in _TEXTS]
        texts_of = {str(c): pd.Series(frame[c].to_numpy(), frame["source_row"]) for c in texts}
        names = _names_of_rows(frame)
        for column, cells in (dict(table.remarks) | texts_of).items():
            said = cells[[isinstance(text, str) and " " in text for text in cells]]
            is_of_wish = is_wish(column)
            every = {
                str(text): SpokenText(str(text), self.words.people)
                for text in said.unique()
                if is_of_wish or self._may_matter(str(text))
            }
            spoken = {
                t: one for t, one in every.items() if one.named or one.has_warning or is_of_wish
            }
            warning = {text: one for text, one in spoken.items() if one.has_warning}
            if len(warning) < len(spoken) and _are_own_names(cells, names):
                spoken = warning
            bare = sum(bool(self.words.people.meant(text)) for text in said if text in every)
            is_open = snake(column) in table.unused  # nobody has said what it asks for
            options = {*said[said.duplicated()]}
            if bare > MOST_NAMES * len(said) and not is_of_wish and not is_open:
                continue
            for row, text in zip(said.index.tolist(), said, strict=True):
                if text in spoken and row in places:
                    at, name = places[row], table.spec.name
                    own, person = beside[at], str(beside[at]["person_id"])
                    answer = SafetyAnswer(
                        name, at, int(row), column, person, items=(text,), beside=own
                    )
                    if found := self._likely(spoken[text], answer, is_option=text in options):
                        yield answer, found

    @cached_property
    def _telling(self) -> frozenset[str]:
        ids = (word for person in self.words.people.ids for word in _plain_words(person))
        figures = {word for word in ids if any(map(str.isdigit, word))}
        return self.words.people.parts | WARNINGS | figures

    def _may_matter(self, text: str) -> bool:
        """Whether a text may name or warn of somebody: a quick look before every word is read."""
        if not text.isascii() or "@" in text:
            return True
        return not self._telling.isdisjoint(_plain_words(text))

    def _likely(
        self, spoken: SpokenText, answer: SafetyAnswer, *, is_option: bool
    ) -> tuple[str, ...]:
        """Return whom a text may ask to keep apart, of those whom the person could meet."""
        found = {
            p for span in spoken.named if self._counts(spoken, span, answer) for p in span.people
        }
        is_bare = is_wish(answer.column) and bool(self.words.people.meant(spoken.text))
        if not is_bare and answer.column.rpartition(".")[2] not in _TEXTS:
            found |= {*self._in_part(spoken, is_a_wish=is_wish(answer.column))}
            found |= {*self._of_places(spoken, answer, is_option=is_option)}
        members = self.words.members
        could_meet = {p for p in found if members.can_meet(answer.person, p) and p != answer.person}
        return tuple(sorted(could_meet))

    def _counts(self, spoken: SpokenText, span: NamedSpan, answer: SafetyAnswer) -> bool:
        """Whether a full name may be that of somebody to keep apart: in a remark, any may."""
        if is_wish(answer.column):
            return spoken.is_barred(span) and not self.words.people.meant(spoken.text)
        is_text = answer.column.rpartition(".")[2] in _TEXTS
        return not is_text or spoken.warns_of(span)

    def _in_part(self, spoken: SpokenText, *, is_a_wish: bool) -> Iterator[str]:
        """Yield who has a part of a name that stands beside a warning, or that a wish bars."""
        for at, word in spoken.capitals():
            parts = name_parts(word)
            is_first = spoken.is_first(at) and _FILLERS.issuperset(parts)
            bars = spoken.is_barred if is_a_wish else spoken.warns_of
            if not is_first and bars(NamedSpan(at, at + 1, ())):
                for part in parts:
                    yield from self.words.names.alone(part, is_exact=True)

    def _of_places(
        self, spoken: SpokenText, answer: SafetyAnswer, *, is_option: bool
    ) -> Iterator[str]:
        """Yield who works where a clause that says no speaks of: `nobody from my team`.

        An option, `No faith`, speaks of nobody who chose the same, or another one, of its question.
        """
        for clause in spoken.barring():
            is_option |= clause == spoken.text.strip(" .!")
            yield from self.words.of_groups(clause, answer, but=answer.column if is_option else "")


def _plain_words(text: str) -> list[str]:
    return [word.lstrip("0") for word in text.lower().translate(_PLAIN).split()]


def _names_of_rows(frame: pd.DataFrame) -> dict[int, set[str]]:
    """Return the parts of everybody's own names, by row."""
    names = [frame[c].tolist() for c in ("name", "preferred_name") if c in frame]
    own = (
        {p for name in of_one for p in name_parts(str(name))} for of_one in zip(*names, strict=True)
    )
    return dict(zip(frame["source_row"].tolist(), own, strict=True))


def _are_own_names(cells: pd.Series, names: Mapping[Any, set[str]]) -> bool:
    """Whether most people's cells are nothing but their own names: they name nobody else."""
    said = cells.dropna()
    if len(said) <= MOST_NAMES * len(names):
        return False
    parts = ((row, {*name_parts(str(text))}) for row, text in said.items())
    return sum(bool(own) and own <= names.get(row, set()) for row, own in parts) > MOST_NAMES * len(
        names
    )
