"""Kind `wishes`: whether a mentor volunteered what the mentee wished to share.

A wish or a volunteered item is ``attribute=value``, the name of a column both tables have (then it
stands for the person's own answer there), or a free word. Nothing is inferred: an attribute that
the mentor did not volunteer leaves the wish out, and the table `groups` is never read.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Codes
from matcher.cohort.languages import as_answered
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import Sets, code_sets, items_of, separator_of, stated
from matcher.features.stated_answers import BlockAnswers
from matcher.text import fold

FREE = "any word"
"""Attribute of items that name none."""


class _Item(NamedTuple):
    attribute: str
    answers: tuple[str, ...]
    """Any of which fulfils the wish."""


@dataclass(frozen=True)
class Wishes(BothStated):
    """Share of the mentee's wishes met, of those on attributes that the mentor volunteered."""

    asked: tuple[Sets, ...]
    """The k-th wish of each mentee against the attributes of mentors, one coding a wish."""
    met: tuple[Sets, ...]
    """The same for values."""

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Count wishes met and wishes that can be told."""
        told, met = np.zeros(pairs.shape), np.zeros(pairs.shape)
        for attribute, value in zip(self.asked, self.met, strict=True):
            told += attribute.meet(pairs)
            met += value.meet(pairs)
        return where_answered(met / np.maximum(told, 1.0), told > 0)


@register(
    "wishes",
    words="attributes that the mentee wishes to share and the mentor volunteered",
    meaning="Attributes that the mentee wishes to share and the mentor volunteered.",
    mentee=("wish_same",),
    mentor=("shared_for_matching",),
    columns="one",
)
def _wishes(answers: BlockAnswers) -> Wishes:
    """Make kind `wishes`."""
    (left,), (right,) = answers.block.columns
    mentees, mentors = answers.cohort.mentees, answers.cohort.mentors
    common = frozenset(mentees.columns) & frozenset(mentors.columns)
    separator = separator_of(answers.config)
    wished = _items(mentees, left, common, separator)
    shared = _items(mentors, right, common, separator)
    ranks = range(max(map(len, wished), default=0))
    return Wishes(
        stated(wished),
        stated(shared),
        tuple(code_sets(_attributes(wished, k), _attributes(shared)) for k in ranks),
        tuple(code_sets(_values(wished, k), _values(shared)) for k in ranks),
    )


def _items(
    frame: pd.DataFrame, column: str, common: frozenset[str], separator: str
) -> list[list[_Item]]:
    cells = items_of(frame, column, separator)
    named = {word.partition("=")[0].strip() for row in cells for word in row}
    own = {c: items_of(frame, c, separator) for c in sorted(named & common)}
    return [[_item(word, person, own) for word in row] for person, row in enumerate(cells)]


def _item(word: str, person: int, own: dict[str, list[tuple[str, ...]]]) -> _Item:
    attribute, sign, value = (part.strip() for part in word.partition("="))
    if sign:
        return _Item(attribute, as_answered(attribute, (value,)))
    if attribute in own:
        return _Item(attribute, own[attribute][person])
    return _Item(FREE, (fold(word),))


def _attributes(rows: list[list[_Item]], rank: int | None = None) -> list[list[str]]:
    return [[item.attribute for item in _at(row, rank)] for row in rows]


def _values(rows: list[list[_Item]], rank: int | None = None) -> list[list[str]]:
    return [
        [f"{item.attribute}={value}" for item in _at(row, rank) for value in item.answers]
        for row in rows
    ]


def _at(row: list[_Item], rank: int | None) -> list[_Item]:
    return row if rank is None else row[rank : rank + 1]
