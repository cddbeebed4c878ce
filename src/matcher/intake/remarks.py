"""Remarks that name whom somebody should not meet: asked about, wherever in a form they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from matcher.cohort.names import name_parts
from matcher.cohort.tables import MANAGERS
from matcher.intake.cells.form_words import SAFETY_WORDS
from matcher.intake.config_columns import is_wish
from matcher.intake.named_within import WARNINGS, NamedSpan, SpokenText
from matcher.intake.typed_table import TypedTable
from matcher.intake.whom_words_mean import GROUP_WORDS, SafetyAnswer, WordsReader
from matcher.text import snake

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
            if bare > MOST_NAMES * len(said) and not is_of_wish and not is_open:
                continue
            for row, text in zip(said.index.tolist(), said, strict=True):
                if text in spoken and row in places:
                    at, name = places[row], table.spec.name
                    own, person = beside[at], str(beside[at]["person_id"])
                    answer = SafetyAnswer(
                        name, at, int(row), column, person, items=(text,), beside=own
                    )
                    if found := self._likely(spoken[text], answer):
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

    def _likely(self, spoken: SpokenText, answer: SafetyAnswer) -> tuple[str, ...]:
        """Return whom a text may ask to keep apart, of those whom the person could meet."""
        found = {
            p for span in spoken.named if self._counts(spoken, span, answer) for p in span.people
        }
        is_bare = is_wish(answer.column) and bool(self.words.people.meant(spoken.text))
        if not is_bare and answer.column.rpartition(".")[2] not in _TEXTS:
            found |= {*self._in_part(spoken, is_a_wish=is_wish(answer.column))}
            found |= {*self._of_places(spoken, answer)}
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

    def _of_places(self, spoken: SpokenText, answer: SafetyAnswer) -> Iterator[str]:
        """Yield who works where a clause that says no speaks of: `nobody from my team`."""
        for clause in spoken.barring():
            yield from self.words.of_groups(clause, answer)


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
