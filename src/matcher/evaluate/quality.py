"""The maths of the metrics: how good a match is, on plain arrays.

`pairs` is (k, 2) of positions (mentee, mentor), `values` (n,) what each mentee's portfolio is worth
(0 if empty), `needs` (n, f) shares that sum to 1 a row (or 0 where nothing is needed). What is
undefined for the input is nan.
"""

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints

WORST_SHARE = 0.1
"""Share of mentees that counts as the worst off."""


def matched_share(pairs: Ints, n: int) -> float:
    """Return the share of the `n` mentees with at least one mentor; nan without mentees."""
    return len(np.unique(pairs[:, 0])) / n if n else np.nan


def worst_decile(values: Floats) -> float:
    """Return the mean value of the worst-off tenth, at least one person; nan without mentees."""
    if len(values) == 0:
        return np.nan
    count = int(np.ceil(WORST_SHARE * len(values) - 1e-9))
    return float(np.partition(values, count - 1)[:count].mean())


def gini(amounts: Floats) -> float:
    """Return the Gini coefficient of amounts >= 0: 0 all equal, near 1 all with one.

    ``sum_i (2 i - n - 1) x_(i) / (n sum x)`` over sorted amounts (Gini 1912; Sen 1973). Negative
    amounts count as 0; nan without people, 0 where nobody has anything.
    """
    if len(amounts) == 0:
        return np.nan
    ordered = np.sort(np.maximum(amounts, 0.0))
    total = ordered.sum()
    if total <= 0:
        return 0.0
    n = len(ordered)
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * total))


def price_of_fairness(best_sum: float, values: Floats) -> float:
    """Return the share of the largest possible sum that a fair answer gives up.

    ``(best_sum - sum V) / best_sum`` (Bertsimas, Farias & Trichakis 2011); nan if nothing can be
    gained. Pass the optimum, or an upper bound on it, of the same instance at fairness 0.
    """
    return float((best_sum - values.sum()) / best_sum) if best_sum > 0 else np.nan


def coverage_by_facet(needs: Floats, cover: Floats) -> Floats:
    """Return the share of all stated need that is covered, a facet: (f,); nan where none is."""
    total = needs.sum(axis=0)
    met = (needs * cover).sum(axis=0)
    share = np.full(len(total), np.nan)
    np.divide(met, total, out=share, where=total > 0)
    return share


def unmet_need(needs: Floats, cover: Floats) -> float:
    """Return the mean need left uncovered of those who need anything, in [0, 1]."""
    total = needs.sum(axis=1)
    some = total > 0
    if not some.any():
        return np.nan
    return float(((needs * (1.0 - cover)).sum(axis=1)[some] / total[some]).mean())


def mentor_loads(pairs: Ints, m: int, loads: Floats | None = None) -> Floats:
    """Return what each of the `m` mentors carries: number of matches, or the sum of `loads`."""
    return np.bincount(pairs[:, 1], weights=loads, minlength=m).astype(np.float64)


def overload(load: Floats, capacity: Floats) -> float:
    """Return the sum of load beyond capacity; 0 in every valid match."""
    return float(np.maximum(load - capacity, 0.0).sum())


def load_gini(load: Floats, capacity: Floats) -> float:
    """Return the Gini coefficient of utilisation (load / capacity) of mentors with a place."""
    able = capacity > 0
    return gini(load[able] / capacity[able])


def external_share(pairs: Ints, mentee_place: Ints, mentor_place: Ints) -> float:
    """Return the share of matched mentees with at least one mentor from elsewhere.

    Places are codes of organisations, negative where unknown; mentees without a single mentor for
    whom it can be told are left out. nan if nobody is left.
    """
    own, other = mentee_place[pairs[:, 0]], mentor_place[pairs[:, 1]]
    known = (own >= 0) & (other >= 0)
    told = np.unique(pairs[known, 0])
    outside = np.unique(pairs[known & (own != other), 0])
    return len(outside) / len(told) if len(told) else np.nan


def redundancy_rate(pairs: Ints, label: Ints) -> float:
    """Return the share of pairs of mentors within portfolios that are alike.

    `label` (m,) is equal for like mentors, negative where unknown (alike to nobody). nan where no
    portfolio has two mentors.
    """
    ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    alike = together = 0
    for step in range(1, int(np.bincount(ordered[:, 0]).max(initial=0)) if len(ordered) else 0):
        first, second = ordered[:-step], ordered[step:]
        same = first[:, 0] == second[:, 0]
        a, b = label[first[same, 1]], label[second[same, 1]]
        together += int(same.sum())
        alike += int(((a == b) & (a >= 0)).sum())
    return alike / together if together else np.nan


def stated_ranks(sayer: Ints, score: Floats) -> Ints:
    """Return the rank of each stated preference within its sayer, 1 the highest score: (p,).

    Equal scores share the better rank (competition ranking).
    """
    ranks = pd.Series(score).groupby(sayer).rank(method="min", ascending=False)
    return ranks.to_numpy().astype(np.int64)


def rank_profile(pairs: Ints, sayer: Ints, other: Ints, rank: Ints, m: int) -> Ints:
    """Return how many matches are somebody's first, second, ... stated choice: (largest rank,).

    Profiles as in Irving, Kavitha, Mehlhorn, Michail & Paluch (2006). `sayer`, `other` and `rank`
    are the stated preferences by position; `m` is the number of mentors.
    """
    got = rank[np.isin(sayer * m + other, pairs[:, 0] * m + pairs[:, 1])]
    return np.bincount(got, minlength=int(rank.max(initial=0)) + 1)[1:]
