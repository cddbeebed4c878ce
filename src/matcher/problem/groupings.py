"""Which mentors are alike, who is from outside, and of whom a portfolio may hold only so many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.problem import PortfolioRules
from matcher.text import fold_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.problem.problem import Ints


def like_labels(cohort: Cohort, columns: Sequence[str]) -> Ints | None:
    """Return one label a mentor, equal where all columns are; -1 where one is unknown: (m,)."""
    if not columns:
        return None
    rows = list(zip(*(_words(cohort.mentors, column) for column in columns), strict=True))
    known = [None if any(word is None for word in row) else "\x1f".join(row) for row in rows]
    return _codes(known)


def portfolio_rules(cohort: Cohort, config: Config) -> PortfolioRules | None:
    """Return the rules on whole portfolios, None where the config has none."""
    settings = config.portfolio
    if not settings.min_external and not settings.max_same:
        return None
    mentees, mentors = (_words(f, "organisation") for f in (cohort.mentees, cohort.mentors))
    homes = _codes(mentees + mentors)
    return PortfolioRules(
        min_external=settings.min_external,
        mentee_home=homes[: len(mentees)],
        mentor_home=homes[len(mentees) :],
        max_same=tuple(
            (_codes(_words(cohort.mentors, column)), most)
            for column, most in sorted(settings.max_same.items())
        ),
    )


def _words(frame: pd.DataFrame, column: str) -> list[str | None]:
    if column not in frame.columns:
        return [None] * len(frame)
    return [word or None for word in fold_each(frame[column])]


def _codes(words: Sequence[str | None]) -> Ints:
    """Return codes in sorted order of the words, -1 for None, whatever the order of people."""
    place = {word: k for k, word in enumerate(sorted({w for w in words if w is not None}))}
    return np.array([-1 if w is None else place[w] for w in words], dtype=np.int64)
