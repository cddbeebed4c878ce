"""Words that are nearly the same, found among many without comparing each with each."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters from which a word may hold a slip: shorter ones turn into other words by one."""
LONG, VERY_LONG, LONGEST_WITH_SLIPS = 7, 24, 48
"""Letters from which it may hold two, up to which two, and up to which one: what is longer is no
word, and what is left of it without two letters would fill the memory."""


def slips_in(word: str) -> int:
    """Return how many slips a word of this length may hold."""
    return int(SHORTEST <= len(word) <= LONGEST_WITH_SLIPS) + int(LONG <= len(word) <= VERY_LONG)


def is_slip(word: str, other: str, most: int = 2) -> bool:
    """Whether two words differ by few enough slips of the keyboard to be meant as one.

    Words that both hold a number, and not the same, were numbered to be told apart.
    """
    allowed = min(slips_in(min(word, other, key=len)), most)
    if OSA.distance(word, other, score_cutoff=allowed) > allowed:
        return False
    number, others = _NUMBERS.findall(word), _NUMBERS.findall(other)
    return not (number and others) or number == others


_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class NearWords:
    """Words by what is left of them without one or two letters (Garbe's symmetric deletes).

    Two words a slip apart share such a rest, so only words that share one are compared.
    """

    words: tuple[str, ...]
    rests: NDArray[np.void]
    """Hash of each rest and the word that it is of, in order of hashes."""

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """Return the index of distinct words."""
        known = tuple(sorted(set(words)))
        rests = ((hash(rest), at) for at, word in enumerate(known) for rest in _rests(word))
        found = np.fromiter(rests, dtype=[("rest", np.int64), ("word", np.int32)])
        return cls(known, np.sort(found, order="rest"))

    def like(self, word: str) -> set[str]:
        """Return the words that `word` may be a slip for, itself among them where it is one."""
        own = np.array([hash(rest) for rest in _rests(word)])
        first, last = (np.searchsorted(self.rests["rest"], own, side) for side in _SIDES)
        held = (self.rests["word"][a:b] for a, b in zip(first, last, strict=True) if a < b)
        near = {self.words[at] for some in held for at in some}
        return {other for other in near if is_slip(word, other)}


_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def _rests(word: str) -> set[str]:
    found = {word}
    for _ in range(slips_in(word)):
        found |= {rest[:k] + rest[k + 1 :] for rest in found for k in range(len(rest))}
    return found


def one_letter_apart(words: Iterable[str]) -> list[tuple[str, str]]:
    """Return, in order, each two words that share what is left without one letter, or the whole.

    By hashes of the rests, so that once in very many two words that share none are among them.
    """
    distinct = sorted({*words} - {""}, key=len)
    of_length = [list(group) for _, group in groupby(distinct, key=len)]
    codes = [_rest_codes(group) for group in of_length]
    if not codes:
        return []
    at = np.repeat(np.arange(len(distinct)), [len(word) + 1 for word in distinct])
    rests = pd.DataFrame({"rest": np.concatenate(codes), "at": at}).drop_duplicates()
    shared = rests[rests["rest"].duplicated(keep=False)].groupby("rest")["at"]
    found = {pair for _, group in shared for pair in combinations(group.tolist(), 2)}
    one, two = ([distinct[pair[end]] for pair in found] for end in (0, 1))
    return sorted(zip(map(min, one, two), map(max, one, two), strict=True))


_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Of the hashes, which are polynomials modulo 2 ** 64; odd, so that every letter counts."""


def _rest_codes(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hashes of words of one length, each without each of its letters, then whole."""
    shape = len(words), len(words[0])
    letters = np.array(words).view(np.uint32).reshape(shape).astype(np.uint64)
    powers = np.cumprod(np.full(shape[1] + 1, _BASE))
    none = np.zeros((shape[0], 1), dtype=np.uint64)
    before = np.cumsum(letters * powers[1:], axis=1)
    moved = letters * powers[:-1]  # letters behind the one that is gone move down by one place
    behind = np.cumsum(moved[:, ::-1], axis=1)[:, ::-1]
    return np.ravel(np.hstack([none, before]) + np.hstack([behind[:, 1:], none, none]))
