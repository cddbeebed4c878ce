"""Whether tuned weights predict better than the default beyond noise, and what to be wary of."""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Floats, Positions

CLIP = 1e-6
"""Probabilities are kept this far from 0 and 1 in the log loss."""
LEAK = 0.6
"""AUC of missing answers alone from which it is warned about."""
FAR = 0.1
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
