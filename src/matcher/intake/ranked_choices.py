"""Ranked choices of people in a sign-up form, as rows of the table `preferences`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from matcher.cohort.names import name_parts
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion, key_of
from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.answers import convert
from matcher.intake.cells.form_words import SAFETY_WORDS, names_nobody
from matcher.intake.config_columns import PREFERENCES, SIDE_PREFIXES, base_and_number, is_wish
from matcher.intake.identity import with_answer
from matcher.intake.members import Members
from matcher.intake.name_index import PARTICLES, NameIndex
from matcher.intake.named_within import SpokenText
from matcher.intake.typed_table import TypedTable
from matcher.text import MISSING_WORDS, fold

BEST, LEAST = 5.0, 3.0
"""Scores of the first and the last choice; those between lie evenly."""
MANY = 20
"""People above whom a part of a name says nothing."""
MOST_WORDS_BESIDE = 3
"""Words of what may be a further name beside a full one, and is no aside."""
LEAST_OF_NO_NAME = 3
"""Words from which an answer is no name without two capitals in a row: `same as last year`."""
_EITHER = re.compile(rf"[,;/&()]|\b(?:{'|'.join(SAFETY_WORDS['or'])})\b")
_FILLERS = frozenset(SAFETY_WORDS["fillers"])


def with_choices(
    tables: Mapping[str, TypedTable], members: Members, config: Config
) -> tuple[dict[str, TypedTable], list[Finding], list[AskedQuestion]]:
    """Return tables in which the choices of forms are rows of `preferences`.

    A wish may have words around it, and name several: `Ann Lee, I heard her talk`. Each full name
    counts, in the order of the text; whom a part of a name means is asked.

    Parameters
    ----------
    tables
        Typed tables by name; those of people may have columns such as ``preferences.1``.
    members
        Who is meant by what people wrote, and who can be a pair.
    config
        What separates the people of a list, and the answers to questions.

    Returns
    -------
    tables
        Those of people without these columns; a row of `preferences` goes before a choice.
    findings
        W_CHOICE for each choice of nobody who is known here, or who cannot be a pair with the
        person: it does not count.
    questions
        Whom wishes mean that name somebody only in part.
    """
    changed = dict(tables)
    wishes = _Wishes(members, config, [t.frame for t in tables.values() if t.spec.is_people])
    for name, table in tables.items():
        columns = [str(column) for column in table.frame if is_wish(str(column))]
        if not table.spec.is_people or not columns:
            continue
        for cell in _cells(table.frame, columns, config.table_input(name).separator or ";"):
            wishes.read(name, cell)
        changed[name] = table.with_frame(table.frame.drop(columns=columns))
    if stated := wishes.choices():
        changed[PREFERENCES] = _with_rows(tables.get(PREFERENCES), stated)
    return changed, wishes.findings, wishes.questions


@dataclass(frozen=True)
class _Choice:
    """One choice of one person."""

    person: str
    other: str
    role: str | None
    score: float
    row: int


@dataclass(frozen=True)
class _Cell:
    """What somebody wrote as one choice."""

    person: str
    text: str
    column: str
    row: int
    rank: int
    """Place of the choice, from 1."""


def _cells(frame: pd.DataFrame, columns: list[str], separator: str) -> Iterator[_Cell]:
    """Yield what people wrote, in columns by rank or in one column that lists them in order."""
    found = []
    for column in columns:
        _, number = base_and_number(column)
        rows = frame[["person_id", column, "source_row"]].dropna()
        for person, text, row in rows.itertuples(index=False):
            texts = [text] if number else text.split(separator)
            texts = [part.strip() for part in texts if part.strip()]
            for k, part in enumerate(texts):
                found.append(_Cell(person, part, column, int(row), number + k + (not number)))
    yield from sorted(found, key=lambda cell: cell.rank)


@dataclass
class _Wishes:
    """Collects whom people wish for, and what is asked and told about it."""

    members: Members
    config: Config
    frames: list[pd.DataFrame]
    found: list[tuple[str, float, _Cell, str]] = field(default_factory=list)
    """Table, place of the choice, the cell and the id of who is named."""
    last: dict[str, float] = field(default_factory=dict)
    """The last place that a form offers, by its column without the number."""
    findings: list[Finding] = field(default_factory=list)
    questions: list[AskedQuestion] = field(default_factory=list)

    @property
    def people(self) -> People:
        """By what everybody may be called."""
        return self.members.people

    @cached_property
    def names(self) -> NameIndex:
        """Everybody by the parts of their names."""
        return NameIndex.of(self.frames)

    def read(self, table: str, cell: _Cell) -> None:
        """Take in what somebody wrote as one choice."""
        base = base_and_number(cell.column)[0]
        self.last[base] = max(self.last.get(base, 1.0), cell.rank)
        if names_nobody(cell.text) or fold(cell.text) in MISSING_WORDS:
            return
        whole = self.people.meant(cell.text)
        spoken = SpokenText(cell.text, self.people)
        barred = [] if whole else [span for span in spoken.named if spoken.is_barred(span)]
        named = [whole] if whole else [s.people for s in spoken.named if s not in barred]
        sure = [people[0] for people in named if len(people) == 1 and people != (cell.person,)]
        likely = {p for people in named if len(people) > 1 for p in people}
        if not whole:
            likely |= self._in_part(cell.text, spoken, has_names=bool(named or barred))
        likely = {p for p in likely if self._can_meet(table, cell, p)} - {*sure}
        if likely:
            sure += self._asked(table, cell, tuple(sorted(likely)))
        elif not (sure or barred or spoken.says_no):
            told = _told(self.people, cell.text, cell.person if whole == (cell.person,) else None)
            self.findings.append(told.at(table, cell.row, cell.column))
        met = [p for p in dict.fromkeys(sure) if self._can_meet(table, cell, p)]
        if len(met) < len({*sure}):
            self.findings.append(_NO_PAIR.at(table, cell.row, cell.column))
        self.found += [(table, cell.rank + k / len(met), cell, p) for k, p in enumerate(met)]

    def _can_meet(self, table: str, cell: _Cell, other: str) -> bool:
        """Whether somebody can be given whom they wish for; nobody knows without roles."""
        is_known = bool(self.members.on_a_side)
        role = _role(table, cell.column)
        return not is_known or self.members.can_meet(cell.person, other, role)

    def _in_part(self, text: str, spoken: SpokenText, *, has_names: bool) -> set[str]:
        """Return who may be meant by parts of names: beside full names only by what `or` joins."""
        found: set[str] = set()
        for part in _EITHER.split(text):
            words = part.split()
            inner = SpokenText(part, self.people)
            if inner.named or (has_names and len(words) > MOST_WORDS_BESIDE):
                continue
            parts = [
                part
                for _, word in inner.capitals()
                if not spoken.is_word_barred(word)
                for part in name_parts(word)
                if part not in _FILLERS
            ]
            found |= self.names.together(parts) if len(parts) > 1 else frozenset()
            if not found:
                found |= {p for part in parts for p in self.names.alone(part)}
        return found if len(found) <= MANY else set()

    def _asked(self, table: str, cell: _Cell, likely: tuple[str, ...]) -> list[str]:
        """Ask whom a wish means; return whom people have said."""
        key = key_of(cell.column, cell.person, cell.text)
        place = table, cell.row, cell.column
        asked = "whom does this wish mean?"
        question = AskedQuestion(
            key, *place, cell.person, likely, asked, is_wish=True, written=cell.text
        )
        question, chosen, wrong = with_answer(question, self.config, self.people)
        self.questions.append(question)
        self.findings += wrong
        return list(chosen)

    def choices(self) -> list[_Choice]:
        """Return the choices with their scores: the last place of each column is worth least."""
        last = dict(self.last)
        for _, rank, cell, _ in self.found:
            base = base_and_number(cell.column)[0]
            last[base] = max(last[base], rank)
        return [
            _Choice(
                cell.person,
                person,
                role=_role(table, cell.column),
                score=_score(rank, last[base_and_number(cell.column)[0]]),
                row=cell.row,
            )
            for table, rank, cell, person in self.found
        ]


_NO_PAIR = Finding(
    "W_CHOICE",
    "somebody is wished for who cannot be a pair with the person",
    "the choice does not count; correct the roles if it should",
)


def _score(rank: float, last: float) -> float:
    return BEST - (BEST - LEAST) * (rank - 1) / max(last - 1, 1)


def _role(table: str, base: str) -> str | None:
    """Return the role in which a choice is made, None where the form does not say."""
    side = next((side for side in SIDE_PREFIXES if base.startswith(side)), f"{table}.")
    return {"mentees.": "mentee", "mentors.": "mentor"}.get(side)


def _told(people: People, text: str, other: str | None) -> Finding:
    if other is not None:
        return Finding("W_CHOICE", "somebody chose themselves", "the choice does not count")
    words = [word for word in text.split() if fold(word) not in PARTICLES]
    is_named = any(one[0].isupper() and two[0].isupper() for one, two in pairwise(words))
    if len(words) >= LEAST_OF_NO_NAME and not (is_named or any(people.near(text))):
        remedy = "the choice does not count; write the name if somebody is meant"
        return Finding("W_CHOICE", "what is wished for holds no name", remedy)
    found = people.unresolved(text, "member")
    return Finding("W_CHOICE", found.message, f"the choice does not count; {found.remedy}")


def _with_rows(table: TypedTable | None, stated: list[_Choice]) -> TypedTable:
    """Return the table `preferences` with choices below its rows, one about each other person."""
    spec = TABLES[PREFERENCES]
    known = (
        set()
        if table is None
        else set(zip(table.frame["person_id"], table.frame["other_id"], strict=True))
    )
    new = {(c.person, c.other): c for c in reversed(stated) if (c.person, c.other) not in known}
    rows = sorted(new.values(), key=lambda choice: (choice.row, -choice.score))
    nothing = np.full(len(rows), "", dtype=object)
    values = {column.name: convert(nothing, str, column)[0] for column in spec.columns}
    values |= {
        "person_id": pd.array([choice.person for choice in rows], dtype="str"),
        "other_id": pd.array([choice.other for choice in rows], dtype="str"),
        "role": pd.array([choice.role for choice in rows], dtype="str"),
        "score": np.array([choice.score for choice in rows], dtype=float),
        "source_row": np.array([choice.row for choice in rows], dtype=np.int64),
    }
    frame = pd.DataFrame(values)
    if table is None:
        return TypedTable(spec, frame, read=len(rows))
    whole = pd.concat([table.frame, frame], ignore_index=True)
    return replace(table, frame=whole, read=table.read + len(rows))
