"""Words that are nearly the same, found among many without comparing each with each."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Self

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters from which a word may hold a slip: shorter ones turn into other words by one."""
LONG = 7
"""Letters from which it may hold two."""


def slips_in(word: str) -> int:
    """Return how many slips a word of this length may hold."""
    return int(len(word) >= SHORTEST) + int(len(word) >= LONG)


def is_slip(word: str, other: str, most: int = 2) -> bool:
    """Whether two words differ by few enough slips of the keyboard to be meant as one.

    Words that both hold a number, and not the same, were numbered to be told apart.
    """
    numbers = [re.findall(r"\d+", each) for each in (word, other)]
    if all(numbers) and numbers[0] != numbers[1]:
        return False
    allowed = min(slips_in(min(word, other, key=len)), most)
    return OSA.distance(word, other, score_cutoff=allowed) <= allowed


@dataclass(frozen=True)
class NearWords:
    """Words by what is left of them without one or two letters (Garbe's symmetric deletes).

    Two words a slip apart share such a rest, so only words that share one are compared.
    """

    most: int = 2
    """Slips that a word may hold at most."""
    rests: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, words: Iterable[str], most: int = 2) -> Self:
        """Return the index of distinct words."""
        index = cls(most)
        for word in sorted(set(words)):
            for rest in _rests(word, most):
                index.rests[rest].append(word)
        return index

    def like(self, word: str) -> set[str]:
        """Return the words that `word` may be a slip for, itself among them where it is one."""
        held = self.rests
        near = set().union(*(held[rest] for rest in _rests(word, self.most) if rest in held))
        return {other for other in near if is_slip(word, other, self.most)}

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each two words that may be slips for one another."""
        found = {pair for words in self.rests.values() for pair in combinations(words, 2)}
        yield from (pair for pair in sorted(found) if is_slip(*pair, self.most))


def _rests(word: str, most: int) -> set[str]:
    found = {word}
    for _ in range(min(most, slips_in(word))):
        found |= {rest[:k] + rest[k + 1 :] for rest in found for k in range(len(rest))}
    return found
