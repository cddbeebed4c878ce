"""Columns as codes of groups, and which mentors are alike."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.problem.market import Ints
from matcher.text import fold_each


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
