"""Whom a few words may name when they are no full name of anybody: nearly, in part, by nickname."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import pandas as pd

from matcher.cohort.names import NAME_WORDS, given_first, name_parts
from matcher.intake.likeness import LONGEST_WITH_SLIPS, NearWords
from matcher.text import fold

NICKNAMES: Mapping[str, frozenset[str]] = {
    name: frozenset(other for group in NAME_WORDS["nicknames"] if name in group for other in group)
    for group in NAME_WORDS["nicknames"]
    for name in group
}
"""By a first name all names that people use for it."""
PARTICLES = frozenset(NAME_WORDS["particles"])
"""Parts of surnames that are written small and say nothing by themselves."""
_PREFIX = 3
"""Letters from which the start of a name may stand for it, beside another part that fits."""

IdsNamed = frozenset[str]
_NOBODY: IdsNamed = frozenset()


def _spellings(name: str) -> set[str]:
    """Return the parts of a name as they may be spelt: `Müller`, `Mueller` and `Muller` are one."""
    folded = fold(name)
    plain = {*name_parts(name), *folded.split()}
    for spelt, letters in NAME_WORDS["spellings"].items():
        folded = folded.replace(letters, spelt)
    wide = {*plain, *name_parts(folded)}
    narrow = set(wide)
    for spelt in NAME_WORDS["spellings"]:
        narrow |= {part.replace(spelt, spelt[0]) for part in narrow}
    parts = name_parts(given_first(name))
    joined = {"".join(parts[k:]) for k in range(1, len(parts) - 1)}  # `Debacker` for `De Backer`
    return wide | narrow | joined


def _account_names(name: str, address: object) -> set[str]:
    """Return what people are called where they log in: `wdebacker`, `debackerw`, `wdb`.

    Of the address what stands before the `@`, where that is made of the name.
    """
    parts = name_parts(given_first(name))
    if len(parts) < 2:
        return set()
    first, initials = parts[0], "".join(part[0] for part in parts)
    made = {"".join(parts)}
    for start in range(1, len(parts)):
        last = "".join(parts[start:])
        made |= {first[0] + last, last + first[0]}
    box = address.partition("@")[0] if isinstance(address, str) else ""
    own = "".join(name_parts(box))
    is_made = own.rstrip("0123456789") == initials or any(
        len(part) >= _PREFIX and part in own for part in parts
    )
    return made | {own} if is_made else made


@dataclass(frozen=True)
class NameIndex:
    """IdsNamed of people by the parts of their names."""

    of_part: Mapping[str, IdsNamed]
    of_account: Mapping[str, IdsNamed] = field(default_factory=dict)
    """By the names of accounts that may be theirs, as they are written alone."""
    _met: dict[str, IdsNamed] = field(default_factory=dict, repr=False)
    """What was found for words so far: first names come again and again."""
    _fit: dict[tuple[str, ...], IdsNamed] = field(default_factory=dict, repr=False)
    """Who fits words that stand together, each of which is a part of somebody's name."""

    @classmethod
    def of(cls, frames: Iterable[pd.DataFrame]) -> Self:
        """Return the index of everybody in some tables, under names and preferred names."""
        found: dict[str, set[str]] = defaultdict(set)
        accounts: dict[str, set[str]] = defaultdict(set)
        for frame in frames:
            for column in ("name", "preferred_name"):
                known = frame.loc[frame[column].notna(), ["person_id", column, "email"]].dropna(
                    subset="person_id"
                )
                for person, name, address in known.itertuples(index=False):
                    for part in _spellings(name):
                        found[part].add(person)
                    for account in _account_names(name, address):
                        accounts[account].add(person)
        return cls(
            {part: frozenset(people) for part, people in found.items()},
            {account: frozenset(people) for account, people in accounts.items()},
        )

    @cached_property
    def _near(self) -> NearWords:
        return NearWords.of(self.of_part)

    @cached_property
    def _by_start(self) -> Mapping[str, IdsNamed]:
        found: dict[str, set[str]] = defaultdict(set)
        for part, people in self.of_part.items():
            for length in range(1, min(len(part), LONGEST_WITH_SLIPS)):
                if length == 1 or length >= _PREFIX:
                    found[part[:length]] |= people
        return {start: frozenset(people) for start, people in found.items()}

    def alone(self, word: str, *, is_exact: bool = False) -> IdsNamed:
        """Return who may be meant by one part of a name: nearly, where nobody has it exactly."""
        if len(word) < 2:
            return _NOBODY
        names = {word, *NICKNAMES.get(word, ())} & self.of_part.keys()
        if not names and word.endswith("s"):  # the two Toms
            names = {word[:-1], *NICKNAMES.get(word[:-1], ())} & self.of_part.keys()
        if not names and word in self.of_account:
            return self.of_account[word]
        return self._having(names or (() if is_exact else self._near.like(word)))

    def _having(self, parts: Iterable[str]) -> IdsNamed:
        return _NOBODY.union(*(self.of_part.get(part, _NOBODY) for part in parts))

    def _in_company(self, word: str) -> IdsNamed:
        """Return who may be meant by a part that stands beside others: also by its start."""
        if word not in self._met:
            spelt = {word, *NICKNAMES.get(word, ()), *self._near.like(word)}
            started = {1: word, 2: ""}.get(len(word), word)
            self._met[word] = self._having(spelt) | self._by_start.get(started, _NOBODY)
        return self._met[word]

    def with_initial(self, words: Sequence[str]) -> IdsNamed:
        """Return who may have one of some words and, beside it, the initial of another."""
        whole = [word for word in dict.fromkeys(words) if word not in PARTICLES]
        sets = [(self.alone(word), self._by_start.get(word[:1], _NOBODY)) for word in whole]
        started = Counter(person for _, people in sets for person in people)
        return frozenset(
            person
            for people, begun in sets
            for person in people
            if started[person] > (person in begun)
        )

    def together(self, words: Sequence[str]) -> IdsNamed:
        """Return who fits two or more of some words, and most of them: not by initials alone."""
        telling = tuple(word for word in dict.fromkeys(words) if self._in_company(word))
        if telling not in self._fit:
            self._fit[telling] = self._fitting(telling)
        return self._fit[telling]

    def _fitting(self, words: Sequence[str]) -> IdsNamed:
        sets = {word: self._in_company(word) for word in words}
        counts = Counter(person for people in sets.values() for person in people)
        by_word = _NOBODY.union(*(people for word, people in sets.items() if len(word) > 1))
        most = max((counts[person] for person in by_word), default=0)
        return frozenset(p for p in by_word if counts[p] == most) if most > 1 else _NOBODY
