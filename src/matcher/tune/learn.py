"""Weights from outcomes of past pairs, claimed only if they predict better than the config's."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.text import count_of
from matcher.tune.apply import with_weights
from matcher.tune.change_words import row_warnings, silent
from matcher.tune.folds import make_folds, people_codes, resample
from matcher.tune.outcome_pairs import Outcomes, read_outcomes
from matcher.tune.predict import Predicted, cross_validate, fit_outcomes
from matcher.tune.ranking import Within, within_mentees
from matcher.tune.result import Tuned
from matcher.tune.verdict import (
    FAR,
    Gain,
    auc,
    calibration,
    compare_losses,
    finite,
    interval,
    leaks,
    log_losses,
)
from matcher.tune.weight_model import Logistic, told_about

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.features.base import Positions

FEWEST = 10
"""Outcomes below which nothing is learned."""


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
    within = _within(outcomes, seen, left, config, seed)
    figures, gain = _figures(outcomes, seen, counts, within)
    figures |= {"folds": len(folds), "split": folds.how, "seed": seed}
    claimed, reason = _verdict(outcomes, figures, gain, within)
    tuned = with_weights(config, table.names, estimate, len(outcomes)) if claimed else config
    warnings = _warnings(outcomes, figures, within)
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


def _draws(left: Positions, right: Positions, n_people: int, draws: int, seed: int) -> Positions:
    rng = np.random.default_rng([seed, 1])
    return np.array([resample(left, right, n_people, rng) for _ in range(draws)])


def _within(
    outcomes: Outcomes, seen: Predicted, left: Positions, config: Config, seed: int
) -> Within | None:
    at = seen.fold >= 0
    rng = np.random.default_rng([seed, 3])
    scores = seen.default[at], seen.tuned[at]
    return within_mentees(left[at], outcomes.success[at], *scores, rng, config.tune.bootstrap)


def _figures(
    outcomes: Outcomes, seen: Predicted, counts: Positions, within: Within | None
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
        "within_mentee": asdict(within) if within else {"default": None, "tuned": None},
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


def _verdict(
    outcomes: Outcomes, figures: dict[str, Any], gain: Gain | None, within: Within | None
) -> tuple[bool, str]:
    kept = "the config's weights are kept"
    if len(outcomes) < FEWEST:
        return False, f"{count_of(len(outcomes), 'outcome')}, too few to learn from; {kept}"
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
    if within and within.is_told and not _helps_to_choose(within, figures["auc"], outcomes):
        found = f"AUC {within.default:.3f} to {within.tuned:.3f} within one mentee"
        return False, f"tuned weights do not help to choose between mentors, {found}; {kept}"
    areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
    return True, f"tuned weights save {saved}, {areas}, on people that were not trained on"


def _helps_to_choose(within: Within, areas: dict[str, Any], outcomes: Outcomes) -> bool:
    """Return whether mentors of one mentee are ranked better, beyond noise where that is in doubt.

    In doubt are gains that missing answers or the differences between mentees may explain.
    """
    good = int(outcomes.success.sum())
    in_doubt = within.tuned < areas["tuned"] - FAR
    if in_doubt or leaks(areas["missing_flags"], good, len(outcomes) - good):
        return within.gain_low > 0.0 and within.tuned_low > 0.5
    return within.tuned > max(within.default, 0.5)


def _warnings(
    outcomes: Outcomes, figures: dict[str, Any], within: Within | None
) -> tuple[str, ...]:
    found = [*row_warnings(outcomes.rows), *_silent(outcomes)]
    if outcomes.dropped:
        why = "neither success nor rating, or unknown people"
        found.append(f"{count_of(outcomes.dropped, 'pair')} left out: {why}")
    areas = figures["auc"]
    missing = areas.get("missing_flags")
    good = figures["n_success"]
    if leaks(missing, good, len(outcomes) - good):
        found.append(
            f"missing answers alone predict the outcome (AUC {missing:.2f}): who answers, not who "
            "fits; compare the AUC within mentees"
        )
    if within and within.is_told and within.tuned < areas["tuned"] - FAR:
        found.append(
            f"within one mentee the AUC is {within.tuned:.2f}, pooled {areas['tuned']:.2f}: the "
            "weights tell easy mentees from hard ones more than good mentors from bad"
        )
    if figures["n"] and figures["n_predicted"] < figures["n"]:
        left = figures["n"] - figures["n_predicted"]
        why = "shared people with every training set, and not predicted"
        found.append(f"{count_of(left, 'outcome')} {why}")
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
