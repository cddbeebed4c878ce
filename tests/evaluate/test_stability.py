"""Stability and churn against definitions written out pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate import stability as module
from matcher.evaluate.stability import churn, pair_scores, pairwise_stability


def count_by_hand(
    scores: np.ndarray,
    views: np.ndarray,
    pairs: np.ndarray,
    capacity: np.ndarray,
    limit: np.ndarray,
) -> tuple[int, int]:
    """Count blocking and candidate pairs by the definition."""
    matched = set(map(tuple, pairs.tolist()))
    blocking = candidates = 0
    for i, j in np.argwhere(scores > -np.inf).tolist():
        if (i, j) in matched:
            continue
        candidates += 1
        own = [scores[a, b] for a, b in matched if a == i]
        theirs = [views[a, b] for a, b in matched if b == j]
        mentee_would = limit[i] > 0 and (len(own) < limit[i] or scores[i, j] > min(own))
        mentor_would = capacity[j] > 0 and (len(theirs) < capacity[j] or views[i, j] > min(theirs))
        blocking += mentee_would and mentor_would
    return blocking, candidates


@pytest.mark.slow
@given(st.integers(1, 6), st.integers(1, 6), st.booleans(), st.integers(0, 2**32 - 1))
def test_blocking_pairs_equal_the_definition(n: int, m: int, own_view: bool, seed: int) -> None:
    """Vectorised counts equal the count pair by pair, with and without mentors' own scores."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (n, m)).astype(float)
    scores[rng.random((n, m)) < 0.2] = -np.inf
    views = rng.random((n, m)) if own_view else scores
    limit, capacity = rng.integers(0, 3, n), rng.integers(0, 3, m).astype(float)
    pairs = []
    for i, j in rng.permutation(np.argwhere(scores > -np.inf)).tolist():
        mine, theirs = [p for p in pairs if p[0] == i], [p for p in pairs if p[1] == j]
        if len(mine) < limit[i] and len(theirs) < capacity[j] and rng.random() < 0.7:
            pairs.append((i, j))
    chosen = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    found = pairwise_stability(
        scores, chosen, capacity, limit, mentor_scores=views if own_view else None
    )
    assert (found.blocking, found.candidates) == count_by_hand(
        scores, views, chosen, capacity, limit
    )


@dataclass(frozen=True)
class Loaded:
    """Scores with the load of each pair, as a problem gives them."""

    score: np.ndarray
    load: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and of mentors."""
        return self.score.shape

    def block(self, rows: np.ndarray) -> Loaded:
        """Return the block of some mentees."""
        return Loaded(self.score[rows], self.load[rows])


@pytest.mark.slow
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_loads_and_own_scores_count(n: int, m: int, seed: int) -> None:
    """A mentor has room, in hours, beside those it likes as much; own scores are the bars."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (n, m)).astype(float)
    load = rng.choice([0.5, 1.0, 2.5], (n, m))
    limit, capacity = rng.integers(1, 3, n), rng.choice([0.5, 2.0, 4.0], m)
    pairs, own, used = [], {}, np.zeros(m)
    for i, j in rng.permutation(np.argwhere(scores >= 0)).tolist():
        if sum(p[0] == i for p in pairs) < limit[i] and used[j] + load[i, j] <= capacity[j]:
            pairs.append((i, j))
            own[i, j] = float(rng.integers(0, 6))
            used[j] += load[i, j]
    expected = 0
    for i in range(n):
        for j in range(m):
            if (i, j) in own:
                continue
            mine = [own[p] for p in own if p[0] == i]
            kept = sum(load[p] for p in own if p[1] == j and own[p] >= scores[i, j])
            wants = len(mine) < limit[i] or scores[i, j] > min(mine)
            expected += wants and kept + load[i, j] <= capacity[j]
    chosen = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    found = pairwise_stability(
        Loaded(scores, load),
        chosen,
        capacity,
        limit,
        own_scores=np.array([own[p] for p in pairs]),
        loads=load[chosen[:, 0], chosen[:, 1]],
    )
    assert found.blocking == expected


def test_greedy_by_score_is_stable() -> None:
    """With one common score, taking pairs from the best down leaves none that blocks."""
    rng = np.random.default_rng(3)
    scores = rng.random((12, 8))
    capacity, limit = np.full(8, 2.0), np.full(12, 2)
    pairs: list[tuple[int, int]] = []
    for k in np.argsort(-scores, axis=None):
        i, j = divmod(int(k), 8)
        if sum(p[0] == i for p in pairs) < 2 and sum(p[1] == j for p in pairs) < 2:
            pairs.append((i, j))
    found = pairwise_stability(scores, np.array(pairs), capacity, limit)
    assert found.blocking == 0
    assert found.rate == 1.0


def test_blocks_do_not_change_the_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going by small blocks finds the same pairs as all at once."""
    rng = np.random.default_rng(5)
    scores = rng.random((40, 7))
    pairs = np.column_stack([np.arange(40), rng.integers(0, 7, 40)])
    whole = pairwise_stability(scores, pairs, np.full(7, 9.0), np.ones(40, dtype=int))
    drawn = pair_scores(scores, pairs)
    monkeypatch.setattr(module, "BLOCK_PAIRS", 21)
    assert pairwise_stability(scores, pairs, np.full(7, 9.0), np.ones(40, dtype=int)) == whole
    np.testing.assert_array_equal(pair_scores(scores, pairs), drawn)
    np.testing.assert_array_equal(drawn, scores[pairs[:, 0], pairs[:, 1]])


def test_churn_between_two_matches() -> None:
    """One of three pairs kept: one dropped, one added, churn 2/3; nothing at all is undefined."""
    found = churn([("a", "x"), ("b", "y")], [("a", "x"), ("c", "z")])
    assert found == pytest.approx({"kept": 1, "dropped": 1, "added": 1, "churn": 2 / 3})
    assert np.isnan(churn([], [])["churn"])
    assert churn([], [("a", "x")])["churn"] == 1
