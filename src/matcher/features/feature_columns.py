"""From the cohort's columns to arrays: sets, numbers and texts, whatever a programme asked."""

import re
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.cohort.languages import as_answered
from matcher.config import Config
from matcher.features.base import Selection
from matcher.text import fold, fold_each

FREE_TEXT = ("goals", "bio")
"""Columns in people's own words; every other text is a list of short answers."""

PACKED_WORDS = 512
"""Up to this many words a set is held as bits, past it as a sparse row of 0 and 1."""

Items = tuple[str, ...]
Bits = NDArray[np.uint64]


@dataclass(frozen=True)
class Sets:
    """One set a person over the words of both sides: a bit a word, 64 to a number, or sparse."""

    mentee: Bits | sparse.csr_array
    mentor: Bits | sparse.csr_array

    @cached_property
    def sizes(self) -> tuple[Floats, Floats]:
        """Number of items of each mentee (n,) and each mentor (m,)."""
        return _row_sums(self.mentee), _row_sums(self.mentor)

    def shared(self, pairs: Selection) -> Floats:
        """Return the number of items that both have, in the selection's shape."""
        if isinstance(self.mentee, sparse.csr_array) and isinstance(self.mentor, sparse.csr_array):
            return pairs.dot(self.mentee, self.mentor)
        count = np.zeros(pairs.shape, dtype=np.uint16)
        for ours, theirs in zip(self.mentee.T, self.mentor.T, strict=True):
            count += np.bitwise_count(pairs.mentee(ours) & pairs.mentor(theirs))
        return count.astype(np.float64)

    def meet(self, pairs: Selection) -> Bools:
        """Return which pairs have an item in common, in the selection's shape."""
        if isinstance(self.mentee, sparse.csr_array):
            return self.shared(pairs) > 0
        found = np.zeros(pairs.shape, dtype=bool)
        for ours, theirs in zip(self.mentee.T, np.asarray(self.mentor).T, strict=True):
            found |= (pairs.mentee(ours) & pairs.mentor(theirs)) != 0
        return found


def items_of(frame: pd.DataFrame, column: str, separator: str = ";") -> list[Items]:
    """Return each person's items of a column, folded, in their order; ``()`` where unanswered.

    A language is the same in whatever words.
    """
    if column not in frame.columns:
        return [()] * len(frame)
    cells = [tuple(cell) if isinstance(cell, list) else cell for cell in frame[column]]
    each = set(cells)  # answers repeat
    known = {cell: as_answered(column, _items(cell, separator)) for cell in each}
    return [known[cell] for cell in cells]


def union_of(frame: pd.DataFrame, columns: Iterable[str], separator: str) -> list[Items]:
    """Return each person's items of several list columns together, sorted."""
    parts = [items_of(frame, column, separator) for column in columns]
    if not parts:
        return [()] * len(frame)
    return [
        tuple(sorted({item for part in row for item in part})) for row in zip(*parts, strict=True)
    ]


def numbers_of(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as float64, NaN where it is missing or no finite number: shape (p,)."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def texts_of(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return each person's columns as one text; lists are joined; empty where unanswered."""
    parts = [[_text(cell) for cell in frame[c]] for c in columns if c in frame.columns]
    if not parts:
        return [""] * len(frame)
    return [".\n".join(part for part in row if part) for row in zip(*parts, strict=True)]


def code_sets(mentees: Sequence[Iterable[str]], mentors: Sequence[Iterable[str]]) -> Sets:
    """Code two sides' sets over their common words; only counts of shared words are ever used."""
    return Sets(*map(_packed, multi_hot(mentees, mentors)))


def multi_hot(*sides: Sequence[Iterable[str]]) -> list[sparse.csr_array]:
    """Return a row of 0 and 1 a person over the words of all sides: (people, words) a side."""
    words = sorted({word for side in sides for row in side for word in row})
    place = {word: k for k, word in enumerate(words)}
    return [_rows(side, place) for side in sides]


def stated(rows: Sequence[Sized]) -> Bools:
    """Return who answered: shape (p,)."""
    return np.array([bool(row) for row in rows], dtype=bool)


def expand(patterns: Sequence[str], frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns that patterns such as ``values_*`` mean, values_2 before values_10."""
    found: list[str] = []
    for pattern in patterns:
        if is_pattern(pattern):
            matching = [c for c in frame.columns if fnmatchcase(str(c), pattern)]
            found.extend(sorted(matching, key=_natural))
        else:
            found.append(pattern)
    return tuple(dict.fromkeys(found))


def is_pattern(column: str) -> bool:
    """Return whether a name stands for several columns."""
    return any(sign in column for sign in "*?[")


def separator_of(config: Config) -> str:
    """Return what separates items in a cell that was read as text."""
    return config.input.separator or ";"


def _items(cell: object, separator: str) -> Items:
    if isinstance(cell, (tuple, list)):
        parts: Iterable[object] = cell
    elif _is_missing(cell):
        return ()
    else:
        parts = str(cell).split(separator)
    return tuple(dict.fromkeys(word for word in map(fold, map(str, parts)) if word))


def _text(cell: object) -> str:
    if isinstance(cell, (tuple, list)):
        return "; ".join(str(item) for item in cell)
    return "" if _is_missing(cell) else str(cell).strip()


def _is_missing(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell


def _natural(name: object) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", str(name))
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _rows(rows: Sequence[Iterable[str]], place: dict[str, int]) -> sparse.csr_array:
    pairs = [(r, place[word]) for r, row in enumerate(rows) for word in set(row)]
    where = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    ones = np.ones(len(where))
    coded = sparse.csr_array((ones, (where[:, 0], where[:, 1])), shape=(len(rows), len(place)))
    coded.sort_indices()
    return coded


def _packed(coded: sparse.csr_array) -> Bits | sparse.csr_array:
    people, words = coded.shape
    if words > PACKED_WORDS:
        return coded
    flags = np.zeros((people, -(-words // 64) * 64), dtype=bool)
    flags[:, :words] = coded.toarray()
    return np.asfortranarray(np.packbits(flags, axis=1).view(np.uint64))


def _row_sums(coded: Bits | sparse.csr_array) -> Floats:
    counts = coded if sparse.issparse(coded) else np.bitwise_count(coded)
    return np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()


def like_labels(cohort: Cohort, columns: Sequence[str]) -> Ints | None:
    """Return one label a mentor, equal where all columns are; -1 where one is unknown: (m,)."""
    if not columns:
        return None
    rows = list(zip(*(folded_words(cohort.mentors, column) for column in columns), strict=True))
    known = [None if any(word is None for word in row) else "\x1f".join(row) for row in rows]
    return codes_of(known)


def folded_words(frame: pd.DataFrame, column: str) -> list[str | None]:
    """Return a column's words as they are compared, None where there is none: n or m of them."""
    if column not in frame.columns:
        return [None] * len(frame)
    return [word or None for word in fold_each(frame[column])]


def codes_of(words: Sequence[str | None]) -> Ints:
    """Return codes in sorted order of the words, -1 for None, whatever the order of people."""
    place = {word: k for k, word in enumerate(sorted({w for w in words if w is not None}))}
    return np.array([-1 if w is None else place[w] for w in words], dtype=np.int64)
