"""Weights that reproduce what people chose last year, claimed only if they predict it better."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.text import count_of
from matcher.tune.apply import with_weights
from matcher.tune.change_words import row_warnings, silent
from matcher.tune.choices import Choices, rank_shares, read_choices
from matcher.tune.design import Design
from matcher.tune.folds import Folds, make_folds, people_codes, resample
from matcher.tune.prior import LEAST_SCALE
from matcher.tune.result import Tuned
from matcher.tune.verdict import Gain, calibration, compare_losses, finite, interval, leaks
from matcher.tune.weight_model import (
    MOST_SCALE,
    Choice,
    choice_shares,
    fit_weights,
    told_about,
)

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.features.base import Floats, Positions

FEWEST = 10
"""Choices below which nothing is learned."""


@dataclass(frozen=True)
class Ranked:
    """Predictions by models that never saw the people of a choice; NaN where there is none."""

    loss: Floats
    """(c,) minus the log probability of the mentor chosen."""
    rank: Floats
    """(c,) share of the free mentors that the chosen one is ahead of."""
    chance: Floats
    """(q,) probability of every alternative."""

    @classmethod
    def nothing(cls, choices: Choices) -> Ranked:
        """Return one that is still to be filled."""
        c, q = len(choices), len(choices.table.values)
        return cls(np.full(c, np.nan), np.full(c, np.nan), np.full(q, np.nan))

    def fill(self, choices: Choices, test: Positions, eta: Floats, order: Floats) -> None:
        """Enter the predictor `eta` of the alternatives of some choices, ranked by `order`."""
        rows, start = choices.rows_of(test)
        share, log_share = choice_shares(eta, start)
        self.loss[test] = -log_share[start]
        self.rank[test] = rank_shares(order, start)
        self.chance[rows] = share


@dataclass(frozen=True)
class Seen:
    """All that was predicted."""

    default: Ranked
    tuned: Ranked
    missing: Ranked
    """By missing answers alone."""
    fold: Positions
    """(c,) fold in which the choice was predicted, -1 for none."""


def imitate(cohort: Cohort, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from last year's pairs in the table `engagements`.

    Conditional logit of the chosen mentor among those who were free, with the prior and the
    honesty of ``matcher.tune.learn``. What people chose is not what is good: this says how they
    weighed, not whether they were right.

    Raises
    ------
    InputError
        E_NO_ROWS if no pair can be used.
    """
    return imitate_choices(read_choices(cohort, config, seed=seed), config, seed=seed)


def imitate_choices(choices: Choices, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from choices whose features are known."""
    with threadpool_limits(limits=1, user_api="blas"):  # small matrices: threads only cost
        return _imitate(choices, config, seed)


def _imitate(choices: Choices, config: Config, seed: int) -> Tuned:
    left, right, n_people = people_codes(choices.mentee, choices.mentor)
    rng = np.random.default_rng([seed, 1])
    draws = range(config.tune.bootstrap)
    counts = np.array([resample(left, right, n_people, rng) for _ in draws])
    everyone = np.ones(len(choices), dtype=np.int64)
    estimate = fit_choices(choices, everyone, config)
    low, high = interval(np.array([fit_choices(choices, row, config) for row in counts]))
    folds = make_folds(choices.mentee, choices.mentor, config.tune.folds, seed)
    seen = cross_validate(choices, folds, config)
    figures, gain = _figures(choices, seen, counts)
    figures |= {"folds": len(folds), "split": folds.how, "seed": seed}
    claimed, reason = _verdict(choices, figures, gain)
    names = choices.table.names
    return Tuned(
        with_weights(config, names, estimate, len(choices), "choices") if claimed else config,
        claimed,
        reason,
        names,
        choices.table.default,
        estimate if claimed else choices.table.default,
        estimate,
        low,
        high,
        figures,
        _predictions(choices, seen),
        _warnings(choices, figures),
    )


def fit_choices(choices: Choices, counts: Positions, config: Config) -> Floats:
    """Return the weights that fit some choices, the prior's where there are none."""
    used = np.flatnonzero(counts > 0)
    if not len(used):
        return choices.table.default
    rows, start = choices.rows_of(used)
    model = Choice(choices.table.design().take(rows), start, counts[used])
    return fit_weights(model, choices.table.default, config.tune.prior_strength)


def cross_validate(choices: Choices, folds: Folds, config: Config) -> Seen:
    """Predict every choice from models that were trained without its people.

    The score under each weighting is scaled on the training choices, so that default and tuned
    weights are treated alike.
    """
    default, tuned, missing = (Ranked.nothing(choices) for _ in range(3))
    fold = np.full(len(choices), -1, dtype=np.int64)
    for number, (train, test) in enumerate(folds):
        counts = np.zeros(len(choices), dtype=np.int64)
        counts[train] = 1
        weights = fit_choices(choices, counts, config)
        for weight, out in ((choices.table.default, default), (weights, tuned)):
            _predict(choices, weight, train, test, out)
        _predict_by_flags(choices, train, test, missing)
        fold[test] = number
    return Seen(default, tuned, missing, fold)


def _predict(
    choices: Choices, weight: Floats, train: Positions, test: Positions, out: Ranked
) -> None:
    score = choices.table.score(weight)
    rows, start = choices.rows_of(train)
    scale = _best_scale(score[rows], start)
    rows, _ = choices.rows_of(test)
    out.fill(choices, test, scale * score[rows], score[rows])


def _predict_by_flags(choices: Choices, train: Positions, test: Positions, out: Ranked) -> None:
    """Predict by a conditional logit of which features a pair left open, with a unit ridge."""
    from scipy.optimize import minimize

    flags = (~choices.table.answered).astype(np.float64)
    rows, start = choices.rows_of(train)
    model = Choice(Design(flags[rows]), start, np.ones(len(start)))

    def penalised(b: Floats) -> tuple[float, Floats]:
        value, gradient = model.loss(b)
        return value + 0.5 * float(b @ b), gradient + b

    found: Any = minimize(penalised, np.zeros(flags.shape[1]), jac=True, method="L-BFGS-B")
    rows, _ = choices.rows_of(test)
    eta = flags[rows] @ found.x
    out.fill(choices, test, eta, eta)


def _best_scale(score: Floats, start: Positions) -> float:
    """Return the scale >= 0 at which the choices are most likely."""
    from scipy.optimize import minimize

    model = Choice(Design(score[:, None]), start, np.ones(len(start)))
    bounds = [(0.0, MOST_SCALE)]
    first = np.array([LEAST_SCALE])
    return float(minimize(model.loss, first, jac=True, bounds=bounds, method="L-BFGS-B").x[0])


def _figures(choices: Choices, seen: Seen, counts: Positions) -> tuple[dict[str, Any], Gain | None]:
    at = seen.fold >= 0
    figures: dict[str, Any] = {
        "n": len(choices),
        "n_predicted": int(at.sum()),
        "n_people": len({*choices.mentee, *choices.mentor}),
        "alternatives": len(choices.table.values) / len(choices),
        "rows": {**asdict(choices.rows), "pairs_dropped": choices.dropped},
        "auc": {},
        "log_loss": {},
    }
    if not at.any():
        return figures, None
    methods = {"default": seen.default, "tuned": seen.tuned}
    areas = {name: float(found.rank[at].mean()) for name, found in methods.items()}
    missing = float(seen.missing.rank[at].mean())
    # A choice is made by one mentee: every comparison is within a mentee.
    figures["auc"] = {**areas, "missing_flags": missing, "within_mentee": areas}
    figures["log_loss"] = {name: float(found.loss[at].mean()) for name, found in methods.items()}
    figures["calibration"] = {name: _curve(choices, found) for name, found in methods.items()}
    losses = [found.loss[at] for found in methods.values()]
    gain = compare_losses(losses[0], losses[1], counts[:, at], areas["tuned"] - areas["default"])
    saved = {"mean": gain.log_loss, "low": gain.low, "high": gain.high}
    figures["log_loss"]["saved"] = {key: finite(value) for key, value in saved.items()}
    return figures, gain


def _curve(choices: Choices, found: Ranked) -> list[dict[str, float]]:
    """Compare the probability of alternatives with how often they were chosen."""
    chosen = np.zeros(len(found.chance), dtype=bool)
    chosen[choices.start] = True
    known = np.isfinite(found.chance)
    return calibration(chosen[known], found.chance[known])


def _verdict(choices: Choices, figures: dict[str, Any], gain: Gain | None) -> tuple[bool, str]:
    kept = "the config's weights are kept"
    if len(choices) < FEWEST:
        return False, f"{count_of(len(choices), 'choice')}, too few to learn from; {kept}"
    if gain is None:
        why = "every choice shares a person with the others, so that none can be predicted fairly"
        return False, f"{why}; {kept}"
    saved = f"log loss {gain.log_loss:+.4f} a choice (95 % {gain.low:+.4f} to {gain.high:+.4f})"
    areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
    if not gain.is_real:
        return False, f"tuned weights save {saved}, {areas}: not better beyond noise; {kept}"
    if figures["auc"]["tuned"] <= 0.5:
        return False, f"tuned weights rank choices no better than chance; {kept}"
    return True, f"tuned weights save {saved}, {areas}, on people that were not trained on"


def _warnings(choices: Choices, figures: dict[str, Any]) -> tuple[str, ...]:
    found = ["what people chose is not what turned out well: learn from outcomes where you can"]
    found += [*row_warnings(choices.rows), *_silent(choices)]
    if choices.dropped:
        found.append(f"{count_of(choices.dropped, 'pair')} left out: nobody else was free")
    missing = figures["auc"].get("missing_flags")
    if leaks(missing, len(choices), len(choices.table.values) - len(choices)):
        found.append(
            f"missing answers alone tell whom people chose (AUC {missing:.2f}): who fills in "
            "profiles, not who fits"
        )
    if left := figures["n"] - figures["n_predicted"]:
        why = "shared people with every training set, and not predicted"
        found.append(f"{count_of(left, 'choice')} {why}")
    return tuple(found)


def _silent(choices: Choices) -> list[str]:
    table, once = choices.table, np.ones(len(choices))
    told = told_about(Choice(table.design(), choices.start, once), table.default)
    return silent(table, told, "choice")


def _predictions(choices: Choices, seen: Seen) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mentee_id": choices.mentee,
            "mentor_id": choices.mentor,
            "fold": seen.fold,
            "default_log_loss": seen.default.loss,
            "tuned_log_loss": seen.tuned.loss,
            "default_rank": seen.default.rank,
            "tuned_rank": seen.tuned.rank,
        }
    )
