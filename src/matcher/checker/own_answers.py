"""What the people of single pairs said, as the checker reads it: words, numbers, needs and offers.

Deliberately plain and apart from ``matcher.features``, which it serves to check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.cohort.languages import as_answered
from matcher.config import Config
from matcher.text import fold
from matcher.vocabulary import FACETS, KNOWING_FACETS, Knowing

FACETS_OF = {
    form: [f"knowing.{form}.{facet}" for facet in facets] for form, facets in KNOWING_FACETS.items()
}
GROUP_OF = {"purposes": "purpose", "benefits": "benefit", "contexts": "context"}
GROUP_OF |= {"knowing": "knowing"}
WordRow = tuple[str, ...]
Levels = dict[str, float]


@dataclass(frozen=True)
class OwnSide:
    """One side of p pairs, in their order."""

    name: str
    """``mentees`` or ``mentors``."""
    cohort: Cohort
    config: Config
    at: Ints
    """(p,) whose row it is."""

    @property
    def frame(self) -> pd.DataFrame:
        """The side's table."""
        frame: pd.DataFrame = getattr(self.cohort, self.name)
        return frame

    def asked(self, columns: WordRow) -> bool:
        """Return whether the side was asked any of the columns."""
        return self.cohort.asks(self.name, columns)

    def cells(self, column: str) -> list[object]:
        """Return a cell a pair, None throughout where there is no such column."""
        if column not in self.frame:
            return [None] * len(self.at)
        cells = self.frame[column].to_numpy(object)
        return [cells[k] for k in self.at.tolist()]

    def words(self, column: str, separator: str = "") -> list[WordRow]:
        """Return what each lists, folded, each word once."""
        sign = separator or self.config.input.separator or ";"
        cells = [tuple(c) if isinstance(c, list) else c for c in self.cells(column)]
        known = {cell: as_answered(column, _words(cell, sign)) for cell in set(cells)}
        return [known[cell] for cell in cells]

    def word(self, column: str) -> list[str]:
        """Return one folded answer each, "" where there is none."""
        return [" ".join(row) for row in self.words(column, "\n")]

    def numbers(self, column: str) -> Floats:
        """Return a number each, NaN where none is stated: (p,)."""
        cells = pd.Series(self.cells(column), dtype=object)
        numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan)
        return np.where(np.isinf(numbers), np.nan, numbers)

    def texts(self, columns: WordRow) -> list[str]:
        """Return what each wrote in some columns."""
        parts = [map(_text, self.cells(column)) for column in columns if column in self.frame]
        return [".\n".join(filter(None, row)) for row in zip(*parts, strict=True)]

    def matching(self, patterns: WordRow) -> Iterator[str]:
        """Yield the columns that patterns mean, values_2 before values_10."""
        for pattern in patterns:
            found = [c for c in map(str, self.frame.columns) if fnmatchcase(c, pattern)]
            yield from sorted(found or [pattern], key=lambda c: (len(c), c))

    @cached_property
    def facet_of(self) -> dict[str, dict[str, str]]:
        """By list column what facet each word names."""
        taken = {column for own in self.config.facets.values() for column in own.columns}
        found = {
            column: {f.split(".")[-1]: f for f in FACETS if f.startswith(f"{group}.")}
            for column, group in GROUP_OF.items()
            if column not in taken
        }
        for name, own in self.config.facets.items():
            column = own.columns[0 if self.name == "mentees" else -1]
            names = zip(own.options, own.names, strict=True)
            found[column] = {fold(option): f"{name}.{value}" for option, value in names}
        return found

    @property
    def grades(self) -> dict[str, Knowing]:
        """By numeric column the form of knowing that it asks about."""
        start = "need" if self.name == "mentees" else "offer"
        return {f"{start}_{form}": form for form in FACETS_OF}

    @cached_property
    def _stated(self) -> tuple[dict[str, int], Floats]:
        """Places of facets, and (p, 2, f + 1) their levels and what they count, 0 at the end."""
        lists = {column: self.words(column) for column in self.facet_of}
        numbers = {form: self.numbers(column) / 5 for column, form in self.grades.items()}
        _, first, person = np.unique(self.at, return_index=True, return_inverse=True)
        said = [
            self._said(
                {column: rows[k] for column, rows in lists.items()},
                {form: float(number[k]) for form, number in numbers.items()},
            )
            for k in first.tolist()
        ]
        places = {facet: at for at, facet in enumerate(dict.fromkeys(chain(*chain(*said))))}
        rows = [[[part.get(f, 0.0) for f in places] + [0.0] for part in one] for one in said]
        return places, np.array(rows, float).reshape(len(said), 2, len(places) + 1)[person]

    def facets(self, names: list[str]) -> tuple[Floats, Floats]:
        """Return levels, and what they count as needs: (p, f) each."""
        places, table = self._stated
        at = [places.get(name, -1) for name in names]
        return table[:, 0, at], table[:, 1, at]

    def told(self, columns: WordRow = ()) -> Bools:
        """Return who answered any of the columns about facets, all if none is named: (p,)."""
        said = np.zeros(len(self.at), dtype=bool)
        for column in columns or (*self.facet_of, *self.grades):
            if column in self.grades:
                said |= ~np.isnan(self.numbers(column))
            elif column in self.facet_of:
                said |= has_words(self.words(column))
        return said

    def _said(self, ticks: dict[str, WordRow], number: Levels) -> tuple[Levels, Levels]:
        """Return levels and weights of what one person ticked and rated."""
        level, whole = (dict.fromkeys(FACETS, 0.0), dict.fromkeys(map(str, FACETS_OF), 0.0))
        for column, words in ticks.items():
            ranked = self.name == "mentees" and column in self.config.input.ordered
            for rank, word in enumerate(words):
                much = 1 - rank / len(words) if ranked else 1.0
                if facet := self.facet_of[column].get(word):
                    level[facet] = max(level.get(facet, 0.0), much)
                elif column == "knowing" and word in whole:
                    whole[word] = much
        weight = dict(level)
        for form, facets in FACETS_OF.items():
            rated = min(max(number[form], 0.0), 1.0) if number[form] == number[form] else 0.0
            ticked = max(level[facet] for facet in facets)
            each = self._of_whole(whole[form], rated, ticked)
            level |= {facet: max(level[facet], each) for facet in facets}
            need, total = max(ticked, whole[form], rated), sum(level[facet] for facet in facets)
            weight |= {facet: level[facet] * need / (total or 1.0) for facet in facets}
        return level, weight

    def _of_whole(self, whole: float, rated: float, ticked: float) -> float:
        """Return what a form named as a whole, or a facet's siblings, say of each facet."""
        scoring = self.config.scoring
        if self.name == "mentors":
            return max(scoring.whole_form * max(whole, rated), scoring.sibling_facet * ticked)
        return scoring.whole_form * (whole if ticked else max(whole, rated))


def has_words(lists: list[WordRow]) -> Bools:
    """Return who listed anything: (p,)."""
    return np.array([bool(row) for row in lists], dtype=bool)


def _words(cell: object, separator: str) -> WordRow:
    if not isinstance(cell, tuple):
        cell = _text(cell).split(separator)
    return tuple(dict.fromkeys(filter(None, (fold(str(word)) for word in cell))))


def _text(cell: object) -> str:
    if isinstance(cell, tuple | list):
        return "; ".join(map(str, cell))
    return "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()
