"""Whether tuned weights predict better than the default beyond noise, on pairs kept apart.

Folds share no person with their training pairs, on either side. Pairs of repeated people are not
independent: a mentor who is good with everybody would be learned in training and met again in the
test. Where the pairs fall apart into many small connected components, whole components go to one
fold (``GroupKFold``). Where they do not, mentees and mentors are dealt into groups, every block of
groups is tested once, and training leaves out all people of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.arrays import Bools, Floats, Positions

LARGEST_COMPONENT = 0.4
"""Share of the pairs from which one component is too large to go to a single fold."""


@dataclass(frozen=True)
class Folds:
    """Test and training pairs, and how they were made."""

    parts: tuple[tuple[Positions, Positions], ...]
    """Training and test positions of each fold."""
    how: str

    def __iter__(self) -> Iterator[tuple[Positions, Positions]]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


def people_codes(mentee: Sequence[str], mentor: Sequence[str]) -> tuple[Positions, Positions, int]:
    """Return a number for each person, the same in both roles, and how many people there are."""
    people, codes = np.unique(np.array([*mentee, *mentor], dtype=object), return_inverse=True)
    codes = codes.astype(np.int64)
    return codes[: len(mentee)], codes[len(mentee) :], len(people)


def make_folds(mentee: Sequence[str], mentor: Sequence[str], count: int, seed: int) -> Folds:
    """Return at most `count` folds by component, or ``count ** 2`` blocks of two-way groups.

    Parameters
    ----------
    mentee, mentor
        Ids of the people of each pair.
    count
        Folds wanted.
    seed
        Of the deal of people to groups.
    """
    left, right, n_people = people_codes(mentee, mentor)
    links = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(n_people, n_people))
    _, label = sparse.csgraph.connected_components(links, directed=False)
    component = label[left].astype(np.int64)
    largest = np.bincount(component).max() / len(component)
    if largest <= LARGEST_COMPONENT and len(np.unique(component)) >= count:
        return _by_component(component, count)
    return _two_way(left, right, n_people, count, seed)


def _by_component(component: Positions, count: int) -> Folds:
    from sklearn.model_selection import GroupKFold

    parts = GroupKFold(count).split(np.zeros((len(component), 1)), groups=component)
    return Folds(tuple(parts), f"{count} folds of connected components of people")


def _two_way(left: Positions, right: Positions, n_people: int, count: int, seed: int) -> Folds:
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.arange(n_people) % count)
    parts = []
    for a in range(count):
        for b in range(count):
            test = np.flatnonzero((group[left] == a) & (group[right] == b))
            train = np.flatnonzero(~_touches(left, right, test))
            if len(test) and len(train):
                parts.append((train, test))
    how = f"{count} x {count} blocks of mentees and mentors; no person of a block is trained on"
    return Folds(tuple(parts), how)


def _touches(left: Positions, right: Positions, test: Positions) -> Bools:
    """Return which pairs hold a person of the test pairs in any role."""
    people = np.unique(np.concatenate([left[test], right[test]]))
    return np.isin(left, people) | np.isin(right, people)


def resample(
    left: Positions, right: Positions, n_people: int, rng: np.random.Generator
) -> Positions:
    """Return how often each pair counts in one two-way bootstrap sample of people: (p,).

    Both people of a pair are drawn, so that intervals allow for people who stand in many pairs
    (the pigeonhole bootstrap, Owen 2007).
    """
    drawn = np.bincount(rng.integers(0, n_people, n_people), minlength=n_people)
    return np.asarray(drawn[left] * drawn[right], dtype=np.int64)


CLIP = 1e-6
"""Probabilities are kept this far from 0 and 1 in the log loss."""
LEAK = 0.6
"""AUC of missing answers alone from which it is warned about."""
FAR_FROM_EVEN = 0.1
"""What the AUC within mentees may lie below the pooled one before that is warned about."""
ENOUGH = 50
"""Comparisons within mentees from which they can refute what is gained pooled."""


@dataclass(frozen=True)
class Gain:
    """Improvement of the tuned weights over the default on pairs that were not trained on."""

    log_loss: float
    """Mean log loss saved an outcome."""
    low: float
    high: float
    """95 % interval by the two-way bootstrap of people."""
    auc: float

    @property
    def is_real(self) -> bool:
        """Whether the interval lies above 0 and the ranking is better."""
        return self.low > 0.0 and self.auc > 0.0


def log_losses(success: Bools, probability: Floats) -> Floats:
    """Return minus the log likelihood of each outcome: (p,)."""
    sure = np.clip(probability, CLIP, 1.0 - CLIP)
    return -np.where(success, np.log(sure), np.log1p(-sure))


def auc(success: Bools, score: Floats) -> float | None:
    """Return the area under the ROC curve, None where only one outcome occurs."""
    from sklearn.metrics import roc_auc_score

    if success.all() or not success.any():
        return None
    return float(roc_auc_score(success, score))


def leaks(area: float | None, good: int, bad: int) -> bool:
    """Return whether missing answers alone tell good from bad, beyond the noise of few outcomes.

    Without a leak the AUC of independent outcomes has the variance of Mann and Whitney (1947).
    """
    if area is None or not good or not bad:
        return False
    noise = ((good + bad + 1) / (12.0 * good * bad)) ** 0.5
    return area >= LEAK and area > 0.5 + 2.0 * noise


def or_none(value: float) -> float | None:
    """Return the value, None where JSON has no word for it."""
    return value if np.isfinite(value) else None


def calibration(success: Bools, probability: Floats) -> list[dict[str, float]]:
    """Return the calibration curve in up to ten bins of equal numbers."""
    from sklearn.calibration import calibration_curve

    bins = int(np.clip(len(success) // 20, 2, 10))
    if len(np.unique(probability)) < 2:
        return []
    share, mean = calibration_curve(success, probability, n_bins=bins, strategy="quantile")
    return [{"predicted": float(p), "observed": float(o)} for p, o in zip(mean, share, strict=True)]


def interval(draws: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the percentile interval of bootstrap draws along axis 0."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=0)
    return low, high


def compare_losses(default: Floats, tuned: Floats, counts: Positions, auc_gain: float) -> Gain:
    """Compare losses of the same outcomes.

    Parameters
    ----------
    default, tuned
        (p,) losses of each outcome.
    counts
        (b, p) how often each outcome counts in each bootstrap sample.
    auc_gain
        Difference in AUC, which must be positive too.
    """
    saved = default - tuned
    size = counts.sum(axis=1)
    draws = (counts @ saved)[size > 0] / size[size > 0]
    low, high = interval(draws) if len(draws) else (np.array(-np.inf), np.array(np.inf))
    return Gain(float(saved.mean()), float(low), float(high), auc_gain)


@dataclass(frozen=True)
class WithinMentees:
    """Two scores within mentees.

    Pooled AUC also rewards telling easy mentees from hard ones, which helps nobody choose.
    """

    default: float
    """Share of (success, failure) pairs of one mentee that are ranked right; ties count half."""
    tuned: float
    comparisons: int
    """Pairs of a success and a failure of one mentee."""
    tuned_low: float
    """95 % interval of `tuned`, by a bootstrap of mentees."""
    tuned_high: float
    gain_low: float
    """95 % interval of what tuning adds."""
    gain_high: float

    @property
    def is_told(self) -> bool:
        """Whether there are enough comparisons to say anything."""
        return self.comparisons >= ENOUGH


def within_mentees(
    mentee: Positions,
    success: Bools,
    scores: tuple[Floats, Floats],
    *,
    rng: np.random.Generator,
    draws: int,
) -> WithinMentees | None:
    """Compare two scores within mentees, None where no mentee has both outcomes.

    Parameters
    ----------
    mentee, success
        (p,) whose pair it was, and how it went.
    scores
        (p,) each: default and tuned.
    rng, draws
        Of the bootstrap of mentees.
    """
    (before, total), (after, _) = (_ranked_right(mentee, success, score) for score in scores)
    if not len(total):
        return None
    drawn = rng.integers(0, len(total), (draws, len(total)))
    sizes = total[drawn].sum(axis=1)
    bounds = [interval(part[drawn].sum(axis=1) / sizes) for part in (after, after - before)]
    n = float(total.sum())
    shares = float(before.sum()) / n, float(after.sum()) / n
    return WithinMentees(*shares, int(n), *(float(end) for ends in bounds for end in ends))


def _ranked_right(group: Positions, success: Bools, score: Floats) -> tuple[Floats, Floats]:
    """Return for each group with both outcomes how many pairs are ranked right, and how many."""
    found = []
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    for rows in np.split(order, cuts):
        good, bad = score[rows[success[rows]]], score[rows[~success[rows]]]
        ahead = good[:, None] - bad[None, :]
        if ahead.size:
            right = float((ahead > 0).sum() + 0.5 * (ahead == 0).sum())
            found.append((right, float(ahead.size)))
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
