"""Weights from outcomes of past pairs, claimed only if they predict better than the config's."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.tune.apply import with_weights
from matcher.tune.design import Design
from matcher.tune.folds import Folds, make_folds, people_codes, resample
from matcher.tune.model import Logistic, fit_weights, told_about
from matcher.tune.pairs import Outcomes, Table, read_outcomes
from matcher.tune.result import Tuned
from matcher.tune.verdict import (
    Gain,
    auc,
    calibration,
    compare_losses,
    finite,
    interval,
    leaks,
    log_losses,
    within_auc,
)
from matcher.tune.words import count, row_warnings, silent

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config.schema import Config
    from matcher.features.base import Bools, Floats, Positions

FEWEST = 10
"""Outcomes below which nothing is learned."""


@dataclass(frozen=True)
class Predicted:
    """Predictions for each outcome by models that never saw its people; NaN where there is none."""

    default: Floats
    """Pair score under the config's weights."""
    tuned: Floats
    """Pair score under the weights of the fold."""
    default_chance: Floats
    """Probability of success that follows from the score."""
    tuned_chance: Floats
    missing: Floats
    """Score that follows from missing answers alone."""
    fold: Positions
    """(p,) fold in which the outcome was predicted, -1 for none."""


def learn(cohort: Cohort, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from the table `outcomes`.

    Parameters
    ----------
    cohort
        With outcomes of past pairs and the profiles of their people.
    config
        Whose weights are the prior; section ``[tune]`` says how strong.
    seed
        Of folds and bootstrap.

    Returns
    -------
    Tuned
        The tuned config where tuning is better beyond noise, else the config unchanged.

    Raises
    ------
    InputError
        E_NO_ROWS if there is no usable outcome.
    """
    return learn_weights(read_outcomes(cohort, config), config, seed=seed)


def learn_weights(outcomes: Outcomes, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from pairs whose features are known."""
    with threadpool_limits(limits=1, user_api="blas"):  # small matrices: threads only cost
        return _learn(outcomes, config, seed)


def _learn(outcomes: Outcomes, config: Config, seed: int) -> Tuned:
    table, success = outcomes.table, outcomes.success
    left, right, n_people = people_codes(outcomes.mentee, outcomes.mentor)
    counts = _draws(left, right, n_people, config.tune.bootstrap, seed)
    everyone = np.ones(len(outcomes), dtype=np.int64)
    estimate = fit_outcomes(table, success, everyone, config)
    fitted = [fit_outcomes(table, success, row, config) for row in counts]
    low, high = interval(np.array(fitted))
    folds = make_folds(outcomes.mentee, outcomes.mentor, config.tune.folds, seed)
    seen = cross_validate(table, success, folds, config)
    figures, gain = _figures(outcomes, seen, counts, left)
    figures |= {"folds": len(folds), "split": folds.how, "seed": seed}
    claimed, reason = _verdict(outcomes, figures, gain)
    tuned = with_weights(config, table.names, estimate, len(outcomes)) if claimed else config
    warnings = _warnings(outcomes, figures)
    return Tuned(
        tuned,
        claimed,
        reason,
        table.names,
        table.default,
        estimate if claimed else table.default,
        estimate,
        low,
        high,
        figures,
        _predictions(outcomes, seen),
        warnings,
    )


def fit_outcomes(table: Table, success: Bools, counts: Positions, config: Config) -> Floats:
    """Return the weights that fit some outcomes, the prior's where there are none."""
    used = counts > 0
    if not used.any():
        return table.default
    model = Logistic(table.design().take(used), success[used], counts[used])
    return fit_weights(model, table.default, config.tune.prior_strength)


def cross_validate(table: Table, success: Bools, folds: Folds, config: Config) -> Predicted:
    """Predict every outcome from models that were trained without its people.

    Default and tuned weights are treated alike: the pair score under each, and the probability by
    a logistic curve through the training pairs. Ranking is judged by the scores: calibrated
    probabilities of different folds are shifted against each other, which pulls a pooled AUC down.
    """
    p = len(success)
    scores, chances, flags_only = (
        np.full((2, p), np.nan),
        np.full((2, p), np.nan),
        np.full(p, np.nan),
    )
    fold_of = np.full(p, -1, dtype=np.int64)
    seen = Predicted(scores[0], scores[1], chances[0], chances[1], flags_only, fold_of)
    for number, (train, test) in enumerate(folds):
        some = table.take(train)
        everyone = np.ones(len(train), dtype=np.int64)
        weights = fit_outcomes(some, success[train], everyone, config)
        for weight, score, chance in (
            (table.default, seen.default, seen.default_chance),
            (weights, seen.tuned, seen.tuned_chance),
        ):
            of_all = table.score(weight)
            score[test] = of_all[test]
            chance[test] = _calibrated(of_all[train], success[train], of_all[test])
        flags = (~table.answered).astype(np.float64)
        seen.missing[test] = _flag_model(flags[train], success[train], flags[test])
        seen.fold[test] = number
    return seen


def _calibrated(score: Floats, success: Bools, new: Floats) -> Floats:
    """Return the probability of success at new scores; never falling with the score.

    Few outcomes can be told apart without a mistake, and would be predicted with certainty: the
    targets are smoothed as by Platt (1999).
    """
    from scipy.optimize import minimize

    good = int(success.sum())
    sure, unlikely = (good + 1) / (good + 2), 1 / (len(success) - good + 2)
    targets = np.where(success, sure, unlikely)
    model = Logistic(Design(score[:, None]), targets, np.ones(len(score)))
    bounds = [(None, None), (0.0, 100.0)]
    found = minimize(model.loss, np.array([0.0, 1.0]), jac=True, bounds=bounds, method="L-BFGS-B")
    intercept, slope = found.x
    return np.asarray(1.0 / (1.0 + np.exp(-(intercept + slope * new))))


def _flag_model(flags: Floats, success: Bools, new: Floats) -> Floats:
    """Return what missing answers add up to, without the intercept, which differs by fold."""
    from sklearn.linear_model import LogisticRegression

    if success.all() or not success.any():
        return np.zeros(len(new))
    model = LogisticRegression(C=1.0, max_iter=1000).fit(flags, success)
    return np.asarray(new @ model.coef_[0])


def _draws(left: Positions, right: Positions, n_people: int, draws: int, seed: int) -> Positions:
    rng = np.random.default_rng([seed, 1])
    return np.array([resample(left, right, n_people, rng) for _ in range(draws)])


def _figures(
    outcomes: Outcomes, seen: Predicted, counts: Positions, left: Positions
) -> tuple[dict[str, Any], Gain | None]:
    """Return the figures of the pairs that were predicted, and the gain of tuning."""
    at = seen.fold >= 0
    success = outcomes.success[at]
    figures: dict[str, Any] = {
        "n": len(outcomes),
        "n_success": int(outcomes.success.sum()),
        "n_predicted": int(at.sum()),
        "n_people": len({*outcomes.mentee, *outcomes.mentor}),
        "rows": {**asdict(outcomes.rows), "pairs_dropped": outcomes.dropped},
    }
    if not at.any():
        return figures | {"auc": {}, "log_loss": {}}, None
    scores = {"default": seen.default[at], "tuned": seen.tuned[at]}
    chances = {"default": seen.default_chance[at], "tuned": seen.tuned_chance[at]}
    losses = {name: log_losses(success, chance) for name, chance in chances.items()}
    areas = {name: auc(success, score) for name, score in scores.items()}
    figures["auc"] = {
        **areas,
        "missing_flags": auc(success, seen.missing[at]),
        "within_mentee": {
            name: within_auc(left[at], success, score) for name, score in scores.items()
        },
    }
    figures["log_loss"] = {name: float(loss.mean()) for name, loss in losses.items()}
    figures["calibration"] = {
        name: calibration(success, chance) for name, chance in chances.items()
    }
    if areas["default"] is None or areas["tuned"] is None:
        return figures, None
    ahead = areas["tuned"] - areas["default"]
    gain = compare_losses(losses["default"], losses["tuned"], counts[:, at], ahead)
    saved = {"mean": gain.log_loss, "low": gain.low, "high": gain.high}
    figures["log_loss"]["saved"] = {key: finite(value) for key, value in saved.items()}
    return figures, gain


def _verdict(outcomes: Outcomes, figures: dict[str, Any], gain: Gain | None) -> tuple[bool, str]:
    kept = "the config's weights are kept"
    if len(outcomes) < FEWEST:
        return False, f"{count(len(outcomes), 'outcome')}, too few to learn from; {kept}"
    if outcomes.success.all() or not outcomes.success.any():
        return False, f"outcomes of both kinds are needed to learn from; {kept}"
    if not figures["n_predicted"]:
        why = "every outcome shares a person with the others, so that none can be predicted fairly"
        return False, f"{why}; {kept}"
    if gain is None:
        return False, f"outcomes of both kinds are needed among those predicted; {kept}"
    saved = f"log loss {gain.log_loss:+.4f} an outcome (95 % {gain.low:+.4f} to {gain.high:+.4f})"
    if not gain.is_real:
        areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
        return False, f"tuned weights save {saved}, {areas}: not better beyond noise; {kept}"
    if figures["auc"]["tuned"] <= 0.5:
        return False, f"tuned weights rank outcomes no better than chance; {kept}"
    areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
    return True, f"tuned weights save {saved}, {areas}, on people that were not trained on"


def _warnings(outcomes: Outcomes, figures: dict[str, Any]) -> tuple[str, ...]:
    found = [*row_warnings(outcomes.rows), *_silent(outcomes)]
    if outcomes.dropped:
        why = "neither success nor rating, or unknown people"
        found.append(f"{count(outcomes.dropped, 'pair')} left out: {why}")
    areas = figures["auc"]
    missing, within = areas.get("missing_flags"), areas.get("within_mentee", {}).get("tuned")
    good = figures["n_success"]
    if leaks(missing, good, len(outcomes) - good):
        found.append(
            f"missing answers alone predict the outcome (AUC {missing:.2f}): who answers, not who "
            "fits; compare the AUC within mentees"
        )
    if within is not None and areas.get("tuned") is not None and within < areas["tuned"] - 0.1:
        found.append(
            f"within one mentee the AUC is {within:.2f}, pooled {areas['tuned']:.2f}: the weights "
            "tell easy mentees from hard ones more than good mentors from bad"
        )
    if figures["n"] and figures["n_predicted"] < figures["n"]:
        left = figures["n"] - figures["n_predicted"]
        why = "shared people with every training set, and not predicted"
        found.append(f"{count(left, 'outcome')} {why}")
    return tuple(found)


def _silent(outcomes: Outcomes) -> list[str]:
    table, once = outcomes.table, np.ones(len(outcomes))
    told = told_about(Logistic(table.design(), outcomes.success, once), table.default)
    return silent(table, told, "outcome")


def _predictions(outcomes: Outcomes, seen: Predicted) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mentee_id": outcomes.mentee,
            "mentor_id": outcomes.mentor,
            "fold": seen.fold,
            "success": outcomes.success.astype(np.int64),
            "default_score": seen.default,
            "tuned_score": seen.tuned,
            "default_chance": seen.default_chance,
            "tuned_chance": seen.tuned_chance,
            "missing_score": seen.missing,
        }
    )
