"""Whether pairs would leave the match together, and how much a new match changes an old one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from matcher.arrays import Bools, Floats, Ints

BLOCK_PAIRS = 4_000_000
ROUNDING = 1e-9
"""Load by which a sum of floats may pass a capacity."""


class ScoreBlocks(Protocol):
    """Scores by block of mentees, as the solver takes them."""

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and of mentors."""

    def block(self, rows: Ints) -> Any:
        """Return scores of the mentees at `rows`: (b, m), -inf where a pair is not allowed.

        Either the array, or an object that holds it as ``score`` (items of a problem, pair scores).
        """


@dataclass(frozen=True)
class Stability:
    """Pairwise stability of a match with respect to scores."""

    blocking: int
    """Pairs that would both rather have each other."""
    candidates: int
    """Allowed pairs that are not matched."""

    @property
    def rate(self) -> float:
        """Share of candidate pairs that do not block; 1 where there is none."""
        return 1.0 - self.blocking / self.candidates if self.candidates else 1.0


def pairwise_stability(
    scores: Floats | ScoreBlocks,
    pairs: Ints,
    capacity: Floats,
    limit: Ints,
    *,
    mentor_scores: Floats | None = None,
    own_scores: Floats | None = None,
    loads: Floats | None = None,
) -> Stability:
    """Count blocking pairs of a many-to-many match (pairwise stability; Roth & Sotomayor 1990).

    An allowed pair that is not matched blocks if the mentee has a free place or prefers the mentor
    to the worst of its own, and the mentor has room for the mentee beside those whom it likes at
    least as much. Mentees compare by `scores`; mentors by `mentor_scores` (n, m), by default by the
    same scores, so that blocking means: both would gain by the pair score. Preferences over sets
    are taken as responsive; coverage and redundancy are not looked at, nor are reciprocal pairs
    that could be formed.

    Parameters
    ----------
    scores
        (n, m), or blocks of them; a block with an attribute ``load`` says what each pair would use
        of the mentor's capacity, else 1.
    pairs
        (k, 2) matched positions of mentee and mentor.
    capacity
        (m,) places, or the budget of loads.
    limit
        (n,) most mentors.
    mentor_scores
        (n, m) how mentors see pairs.
    own_scores
        (k,) what the matched pairs score as they are, such as one side of a reciprocal pair; by
        default `scores`. Nobody gives up a match whose score is -inf.
    loads
        (k,) what each match uses of its mentor's capacity; 1 by default.

    Returns
    -------
    Stability
        Memory is bounded by a block of about four million pairs.
    """
    own = pair_scores(scores, pairs) if own_scores is None else own_scores
    theirs = own if mentor_scores is None else mentor_scores[pairs[:, 0], pairs[:, 1]]
    mentee_bar = _thresholds(pairs[:, 0], own, limit.astype(float), scores.shape[0])
    shelf = _Shelf.of(pairs[:, 1], theirs, loads, capacity)
    blocking = candidates = 0
    for rows, score, load in _blocks(scores):
        free = score > -np.inf
        here = np.isin(pairs[:, 0], rows)
        free[pairs[here, 0] - rows[0], pairs[here, 1]] = False
        candidates += int(free.sum())
        view = score if mentor_scores is None else mentor_scores[rows]
        wish = free & (score > mentee_bar[rows, None])
        blocking += int((wish & shelf.has_room(view, load)).sum())
    return Stability(blocking, candidates)


def pair_scores(scores: Floats | ScoreBlocks, pairs: Ints) -> Floats:
    """Return the score of each pair without ever holding all n x m: (k,)."""
    found = np.empty(len(pairs))
    for rows, score, _ in _blocks(scores):
        here = np.flatnonzero(np.isin(pairs[:, 0], rows))
        found[here] = score[pairs[here, 0] - rows[0], pairs[here, 1]]
    return found


def _blocks(scores: Floats | ScoreBlocks) -> Iterator[tuple[Ints, Floats, Floats | None]]:
    """Yield some mentees with their scores (b, m), and the loads where they are not 1."""
    n, m = scores.shape
    step = max(1, BLOCK_PAIRS // max(1, m))
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        block = scores[rows] if isinstance(scores, np.ndarray) else scores.block(rows)
        score = np.asarray(getattr(block, "score", block), dtype=np.float64)
        yield rows, score, getattr(block, "load", None)


def churn(now: Iterable[tuple[str, str]], before: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Compare two matches by their pairs of ids.

    Parameters
    ----------
    now, before
        Pairs of ids of a mentee and a mentor.

    Returns
    -------
    dict
        `kept`, `dropped` and `added` pairs, and `churn` = 1 - Jaccard of the two sets (Jaccard
        1901): 0 the same pairs, 1 none in common; nan if both are empty.
    """
    new, old = set(now), set(before)
    kept, union = len(new & old), len(new | old)
    return {
        "kept": float(kept),
        "dropped": float(len(old - new)),
        "added": float(len(new - old)),
        "churn": 1.0 - kept / union if union else np.nan,
    }


@dataclass(frozen=True)
class _Shelf:
    """What mentors hold: scores and loads of their matches, (h, m) with blanks for fewer."""

    score: Floats
    load: Floats
    capacity: Floats
    bar: Floats | None
    """(m,) score to beat where every match uses one place."""

    @classmethod
    def of(cls, mentor: Ints, score: Floats, loads: Floats | None, capacity: Floats) -> Self:
        """Return the shelf of matches: mentor, score and load of each, (k,)."""
        m = len(capacity)
        used = np.ones(len(mentor)) if loads is None else loads
        bar = _thresholds(mentor, score, capacity, m) if np.all(used == 1.0) else None
        order = np.argsort(mentor, kind="stable")
        turn = np.arange(len(order)) - np.searchsorted(mentor[order], mentor[order])
        height = int(turn.max(initial=-1)) + 1
        held, load = np.full((height, m), -np.inf), np.zeros((height, m))
        held[turn, mentor[order]] = np.where(score > -np.inf, score, np.inf)[order]
        load[turn, mentor[order]] = used[order]
        return cls(held, load, capacity, bar)

    def has_room(self, view: Floats, load: Floats | None) -> Bools:
        """Tell whether pairs fit beside the matches that the mentor likes as much: (b, m)."""
        if self.bar is not None and load is None:
            return np.asarray(view > self.bar)
        kept = np.zeros(view.shape)
        for score, used in zip(self.score, self.load, strict=True):
            kept += np.where(score >= view, used, 0.0)
        return np.asarray(kept + (1.0 if load is None else load) <= self.capacity + ROUNDING)


def _thresholds(side: Ints, score: Floats, places: Floats, size: int) -> Floats:
    """Return the score that a newcomer has to beat: -inf with a free place, inf with no place."""
    worst = np.full(size, np.inf)
    np.minimum.at(worst, side, np.where(score > -np.inf, score, np.inf))
    used = np.bincount(side, minlength=size)
    return np.where(places < 1, np.inf, np.where(used + 1 <= places, -np.inf, worst))
