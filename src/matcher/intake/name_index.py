"""Whom a few words may name when they are no full name of anybody: nearly, in part, by nickname."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import pandas as pd

from matcher.cohort.names import WORDS, name_parts
from matcher.intake.likeness import NearWords
from matcher.text import fold

_NICKNAMES: Mapping[str, frozenset[str]] = {
    name: frozenset(other for group in WORDS["nicknames"] if name in group for other in group)
    for group in WORDS["nicknames"]
    for name in group
}
_PREFIX = 3
"""Letters from which the start of a name may stand for it, beside another part that fits."""

Ids = frozenset[str]
_NOBODY: Ids = frozenset()


@dataclass(frozen=True)
class NameIndex:
    """Ids of people by the parts of their names."""

    of_part: Mapping[str, Ids]

    @classmethod
    def of(cls, frames: Iterable[pd.DataFrame]) -> Self:
        """Return the index of everybody in some tables, under names and preferred names."""
        found: dict[str, set[str]] = defaultdict(set)
        for frame in frames:
            for column in ("name", "preferred_name"):
                known = frame[["person_id", column]].dropna()
                for person, name in known.itertuples(index=False):
                    for part in {*name_parts(name), *fold(name).split()}:
                        found[part].add(person)
        return cls({part: frozenset(people) for part, people in found.items()})

    @cached_property
    def _near(self) -> NearWords:
        return NearWords.of(self.of_part)

    @cached_property
    def _by_start(self) -> Mapping[str, Ids]:
        found: dict[str, set[str]] = defaultdict(set)
        for part, people in self.of_part.items():
            for length in range(1, len(part)):
                if length == 1 or length >= _PREFIX:
                    found[part[:length]] |= people
        return {start: frozenset(people) for start, people in found.items()}

    def alone(self, word: str) -> Ids:
        """Return who may be meant by one part of a name: nearly, where nobody has it exactly."""
        if len(word) < 2:
            return _NOBODY
        names = {word, *_NICKNAMES.get(word, ())} & self.of_part.keys()
        return self._having(names or self._near.like(word))

    def _having(self, parts: Iterable[str]) -> Ids:
        return _NOBODY.union(*(self.of_part.get(part, _NOBODY) for part in parts))

    def _in_company(self, word: str) -> Ids:
        """Return who may be meant by a part that stands beside others: also by its start."""
        if len(word) < 2:
            return self._by_start.get(word, _NOBODY)
        spelt = self._having({word, *_NICKNAMES.get(word, ()), *self._near.like(word)})
        started = self._by_start.get(word, _NOBODY) if len(word) >= _PREFIX else _NOBODY
        return spelt | started

    def together(self, words: Sequence[str]) -> Ids:
        """Return who fits two or more of some words, each with a part of the name."""
        counts = Counter(p for word in dict.fromkeys(words) for p in self._in_company(word))
        most = max(counts.values(), default=0)
        long = {p for word in words if len(word) > 1 for p in self._in_company(word)}
        return frozenset(p for p, n in counts.items() if n == most > 1 and p in long)
