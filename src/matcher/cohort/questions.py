"""What only people can say: questions, and who stays apart until they are answered."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from matcher.cohort.tables import MANAGERS, PAIRS
from matcher.errors import Finding
from matcher.text import shortened, shown_id

YES, NO = "yes", "no"


@dataclass(frozen=True)
class AskedQuestion:
    """Something in a row that may bear on who must not meet, and that nobody guesses.

    Parameters
    ----------
    key
        Under which it is answered in ``[resolve]``; it changes when the row's answer changes.
    table, row, column
        Where it stands; the row is 0 under pseudonyms, which it would undo.
    person
        Whose answer it is.
    likely
        Ids of those who may be meant; unless it is a wish, each of them stays apart from the person
        while it is open.
    message
        What is asked, without a word of what the person wrote.
    answer
        What ``[resolve]`` says: ``yes``, ``no`` or ids with commas; empty while it is open.
    """

    key: str
    table: str
    row: int
    column: str
    person: str
    likely: tuple[str, ...]
    message: str
    answer: str = ""
    is_yes_no: bool = False
    """Whether it asks for no id."""
    is_wish: bool = False
    """Whether it asks whom somebody wishes for, and nobody has to stay apart."""
    written: str = field(default="", repr=False)
    """What the person wrote, for whoever answers it alone: no finding and no run holds it."""
    also: tuple[str, ...] = ()
    """Ids of who else may be the person: a row of pairs may be unsure on both sides."""
    ruled_out: tuple[str, ...] = ()
    """Ids of whom somebody said before that they are not meant: it is asked of the others."""
    rows: tuple[str, ...] = ()
    """Where each of the likely people stands: `mentors row 7`; empty where that is not known."""

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return not self.answer

    @property
    def is_of_ids(self) -> bool:
        """Whether it asks if two ids are one person's."""
        return self.column == "person_id"

    @property
    def is_of_pair(self) -> bool:
        """Whether it asks whom a row of pairs means."""
        return self.table == PAIRS

    @property
    def is_of_cell(self) -> bool:
        """Whether it asks if a correction still holds of a cell that has changed."""
        return self.is_yes_no and not self.likely

    @property
    def kind(self) -> str:
        """What it asks, as a key of the words of pages."""
        if self.is_of_ids:
            return "same"
        if self.is_of_pair:
            return "pairs"
        if self.is_yes_no:
            return "changed" if self.is_of_cell else "stale"
        if self.column in MANAGERS:
            return "line" if self.likely else "managers"
        if self.is_wish:
            return "wish"
        if self.column != "avoid":
            return "remark"
        return "meant" if self.likely else "nobody"

    @property
    def bears_on_safety(self) -> bool:
        """Whether it asks about whom somebody must not meet."""
        is_other = self.is_of_cell and self.column not in ("avoid", *MANAGERS)
        return not (self.is_of_ids or self.is_wish or self.is_of_pair or is_other)

    @property
    def apart(self) -> tuple[str, ...]:
        """Ids of those who stay apart from the person until it is answered."""
        return self.likely if self.is_open and not self.is_wish else ()

    @property
    def pairs_apart(self) -> list[tuple[str, str]]:
        """Ids of each two who stay apart until it is answered."""
        return [(one, other) for one in (self.person, *self.also) for other in self.apart]

    @property
    def finding(self) -> Finding:
        """The question as one line of a check."""
        ids = [shown_id(p) for p in self.likely]
        ids = [f"{p} of {row}" for p, row in zip(ids, self.rows, strict=True)] if self.rows else ids
        who = f" ({shortened(ids)})" if ids else ""
        apart = "; they stay apart until it is answered" if self.apart else ""
        apart = "; until it is answered it does not count" if self.is_wish else apart
        apart = "; they count as two, and apart, until it is answered" if self.is_of_ids else apart
        has_yes = self.is_yes_no or len(self.likely) == 1 or (self.likely and not self.is_of_pair)
        yes = f'"{YES}", ' if has_yes else ""
        other = "" if self.is_yes_no else " or the id of who is meant"
        remedy = f'answer it in [resolve]: {self.key} = {yes}"{NO}"{other}'
        message = f"{shown_id(self.person)}: {self.message}{who}{apart}"
        return Finding("W_QUESTION", message, remedy).at(self.table, self.row or None, self.column)

    @property
    def is_idle(self) -> bool:
        """Whether it asks for a manager who is nobody here, as most managers of a programme are."""
        return self.column in MANAGERS and not self.likely

    def renamed(self, new: Callable[[str], str]) -> Self:
        """Return the question under other ids and another key, without what the person wrote."""
        return replace(self.of_people(new), key=new(self.key), written="")

    def of_people(self, new: Callable[[str], str]) -> Self:
        """Return the question with other ids of people."""
        return replace(
            self,
            person=new(self.person),
            likely=tuple(map(new, self.likely)),
            also=tuple(map(new, self.also)),
            answer=self.answer
            if self.answer in ("", YES, NO)
            else ", ".join(map(new, self.answer.split(", "))),
        )


def key_of(*about: str) -> str:
    """Return the key of a question: the same as long as what it is about stays the same."""
    digest = hashlib.blake2b("\x1f".join(about).encode(), digest_size=5)
    return f"q-{digest.hexdigest()}"


def told_questions(questions: Iterable[AskedQuestion]) -> list[Finding]:
    """Return the open questions as lines of a check: whom to avoid first, then likely people.

    Managers who are nobody here are one line a column, with how many there are and the first.
    """
    ranks = {"avoid": 0} | dict.fromkeys(MANAGERS, 1)
    asked = sorted(
        (q for q in questions if q.is_open),
        key=lambda q: (
            ranks.get(q.column, 2 - q.bears_on_safety),
            q.is_idle,
            not q.likely,
            q.table,
            q.row,
        ),
    )
    causes: dict[tuple[str, ...], list[AskedQuestion]] = defaultdict(list)
    for question in asked:
        own = () if question.is_idle else (question.key,)
        causes[question.table, question.column, *own].append(question)
    return [_told_once(same) for same in causes.values()]


def _told_once(same: list[AskedQuestion]) -> Finding:
    first = same[0]
    if len(same) == 1:
        return first.finding
    message = (
        f"{len(same)} answers under {first.column.replace('_', ' ')} name nobody known here, "
        f"so nobody is kept apart for them; the first is of {shown_id(first.person)}"
    )
    remedy = (
        f"if one of them is here, answer it in [resolve]: {first.key} = the id of who is meant "
        "(questions.csv of a run holds the key of each)"
    )
    return Finding("W_QUESTION", message, remedy).at(first.table, first.row or None, first.column)
