"""What only people can say: questions, and who stays apart until they are answered."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

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
        Where it stands.
    person
        Whose answer it is.
    likely
        Ids of those who may be meant; each of them stays apart from the person while it is open.
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

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return not self.answer

    @property
    def finding(self) -> Finding:
        """The question as one line of a check."""
        who = f" ({shortened([shown_id(p) for p in self.likely])})" if self.likely else ""
        apart = "; they stay apart until it is answered" if self.likely else ""
        yes = f'"{YES}", ' if self.likely or self.is_yes_no else ""
        other = "" if self.is_yes_no else " or the id of who is meant"
        remedy = f'answer it in [resolve]: {self.key} = {yes}"{NO}"{other}'
        message = f"{shown_id(self.person)}: {self.message}{who}{apart}"
        return Finding("W_QUESTION", message, remedy).at(self.table, self.row, self.column)

    def renamed(self, new: Callable[[str], str]) -> Self:
        """Return the question under other ids and another key."""
        return replace(
            self,
            key=new(self.key),
            person=new(self.person),
            likely=tuple(map(new, self.likely)),
            answer=self.answer
            if self.answer in ("", YES, NO)
            else ", ".join(map(new, self.answer.split(", "))),
        )


def key_of(*about: str) -> str:
    """Return the key of a question: the same as long as what it is about stays the same."""
    digest = hashlib.blake2b("\x1f".join(about).encode(), digest_size=5)
    return f"q-{digest.hexdigest()}"
