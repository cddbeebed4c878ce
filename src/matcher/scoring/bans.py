"""Single pairs that must not be made, each with its reasons: sparse, looked up in blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from matcher.arrays import Bools, Positions
from matcher.features.base import PairTable, Selection


class Ban(IntFlag):
    """Why a pair must not be made; several reasons may hold."""

    SELF = 1
    VETO = 2
    NEVER = 4
    DECISION = 8
    AVOID = 16
    MANAGER = 32
    FAILED = 64
    COOLDOWN = 128


BAN_WORDS: dict[Ban, str] = {
    Ban.SELF: "people are not matched with themselves",
    Ban.VETO: "not permitted",
    Ban.NEVER: "not permitted",
    Ban.DECISION: "banned by a decision after an earlier run",
    Ban.AVOID: "not permitted",
    Ban.MANAGER: "one is in the other's line of management",
    Ban.FAILED: "an earlier engagement of the two was declined or a mismatch",
    Ban.COOLDOWN: "an earlier engagement of the two ended within the cooldown",
}
"""Reasons in words; vetoes and rules are confidential, so they read alike."""

DECREED = Ban.SELF | Ban.VETO | Ban.NEVER | Ban.DECISION
"""Bans that somebody laid on this very pair: they contradict a lock, other bans give way to it."""


@dataclass(frozen=True)
class PairBans:
    """Banned pairs with their reasons."""

    table: PairTable

    @classmethod
    def build(cls, shape: tuple[int, int], parts: Iterable[tuple[Ban, Positions]]) -> PairBans:
        """Merge lists of (k, 2) pairs, each banned for one reason."""
        given = [(ban, pairs) for ban, pairs in parts if len(pairs)]
        pairs = np.concatenate([pairs for _, pairs in given] or [np.empty((0, 2), dtype=np.int64)])
        flags = np.repeat([int(ban) for ban, _ in given], [len(p) for _, p in given])
        flags = flags.astype(np.int64)
        code = pairs[:, 0] * max(1, shape[1]) + pairs[:, 1]
        order = np.argsort(code, kind="stable")
        distinct, start = np.unique(code[order], return_index=True)
        merged = np.bitwise_or.reduceat(flags[order], start) if len(start) else flags
        i, j = np.divmod(distinct, max(1, shape[1]))
        return cls(PairTable.build(i, j, merged.astype(np.float64), shape))

    def banned(self, pairs: Selection) -> Bools:
        """Return which of the pairs are banned, in the selection's shape."""
        return pairs.scatter(self.table).answered

    def flags(self, pairs: Selection) -> Positions:
        """Return the reasons of each pair as `Ban` flags, 0 where there is none."""
        return pairs.scatter(self.table).values.astype(np.int64)


def ban_words(flags: int) -> list[str]:
    """Return the reasons in words, each once."""
    return list(dict.fromkeys(words for ban, words in BAN_WORDS.items() if flags & ban))
