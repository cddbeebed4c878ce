"""Weights that reproduce what people chose last year, claimed only if they predict it better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.tune.apply import with_weights
from matcher.tune.choices import Choices, rank_shares, read_choices
from matcher.tune.design import Design
from matcher.tune.folds import Folds, make_folds, people_codes, resample
from matcher.tune.model import LEAST_SCALE, MOST_SCALE, Choice, choice_shares, fit_weights
from matcher.tune.result import Tuned
from matcher.tune.verdict import Gain, compare_losses, interval

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config.schema import Config
    from matcher.features.base import Floats, Positions

FEWEST = 10
"""Choices below which nothing is learned."""


@dataclass(frozen=True)
class Ranked:
    """For each choice, by models that never saw its people; NaN where there is none."""

    loss: Floats
    """Minus the log probability of the mentor chosen."""
    rank: Floats
    """Share of the free mentors that the chosen one is ahead of."""


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
    default, tuned, fold = cross_validate(choices, folds, config)
    figures, gain = _figures(choices, default, tuned, counts)
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
        _predictions(choices, fold, default, tuned),
        _warnings(choices),
    )


def fit_choices(choices: Choices, counts: Positions, config: Config) -> Floats:
    """Return the weights that fit some choices, the prior's where there are none."""
    used = np.flatnonzero(counts > 0)
    if not len(used):
        return choices.table.default
    rows, start = choices.rows_of(used)
    model = Choice(choices.table.design().take(rows), start, counts[used])
    return fit_weights(model, choices.table.default, config.tune.prior_strength)


def cross_validate(
    choices: Choices, folds: Folds, config: Config
) -> tuple[Ranked, Ranked, Positions]:
    """Predict every choice from models that were trained without its people.

    The score under each weighting is scaled on the training choices, so that default and tuned
    weights are treated alike.
    """
    c = len(choices)
    default, tuned = (Ranked(np.full(c, np.nan), np.full(c, np.nan)) for _ in range(2))
    fold = np.full(c, -1, dtype=np.int64)
    for number, (train, test) in enumerate(folds):
        counts = np.zeros(c, dtype=np.int64)
        counts[train] = 1
        weights = fit_choices(choices, counts, config)
        for weight, out in ((choices.table.default, default), (weights, tuned)):
            _predict(choices, weight, train, test, out)
        fold[test] = number
    return default, tuned, fold


def _predict(
    choices: Choices, weight: Floats, train: Positions, test: Positions, out: Ranked
) -> None:
    score = choices.table.score(weight)
    rows, start = choices.rows_of(train)
    scale = _best_scale(score[rows], start)
    rows, start = choices.rows_of(test)
    eta = scale * score[rows]
    out.loss[test] = -choice_shares(eta, start)[1][start]
    out.rank[test] = rank_shares(eta if scale > 0 else score[rows], start)


def _best_scale(score: Floats, start: Positions) -> float:
    """Return the scale >= 0 at which the choices are most likely."""
    from scipy.optimize import minimize

    model = Choice(Design(score[:, None]), start, np.ones(len(start)))
    bounds = [(0.0, MOST_SCALE)]
    first = np.array([LEAST_SCALE])
    return float(minimize(model.loss, first, jac=True, bounds=bounds, method="L-BFGS-B").x[0])


def _figures(
    choices: Choices, default: Ranked, tuned: Ranked, counts: Positions
) -> tuple[dict[str, Any], Gain | None]:
    at = np.isfinite(default.loss)
    figures: dict[str, Any] = {
        "n": len(choices),
        "n_predicted": int(at.sum()),
        "n_people": len({*choices.mentee, *choices.mentor}),
        "alternatives": len(choices.table.values) / len(choices),
        "rows": {"read": choices.rows, "pairs_dropped": choices.dropped},
        "auc": {},
        "log_loss": {},
    }
    if not at.any():
        return figures, None
    methods = {"default": default, "tuned": tuned}
    figures["auc"] = {name: float(found.rank[at].mean()) for name, found in methods.items()}
    figures["log_loss"] = {name: float(found.loss[at].mean()) for name, found in methods.items()}
    ahead = figures["auc"]["tuned"] - figures["auc"]["default"]
    gain = compare_losses(default.loss[at], tuned.loss[at], counts[:, at], ahead)
    figures["log_loss"]["saved"] = {"mean": gain.log_loss, "low": gain.low, "high": gain.high}
    return figures, gain


def _verdict(choices: Choices, figures: dict[str, Any], gain: Gain | None) -> tuple[bool, str]:
    kept = "the config's weights are kept"
    if len(choices) < FEWEST or gain is None:
        return False, f"{len(choices)} choices are too few to learn from; {kept}"
    saved = f"log loss {gain.log_loss:+.4f} a choice (95 % {gain.low:+.4f} to {gain.high:+.4f})"
    if not gain.is_real or figures["auc"]["tuned"] <= 0.5:
        return False, f"tuned weights save {saved}: not better beyond noise; {kept}"
    areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
    return True, f"tuned weights save {saved}, {areas}, on people that were not trained on"


def _warnings(choices: Choices) -> tuple[str, ...]:
    found = ["what people chose is not what turned out well: learn from outcomes where you can"]
    if choices.dropped:
        found.append(f"{choices.dropped} pairs left out: unknown people, or nobody else was free")
    return tuple(found)


def _predictions(choices: Choices, fold: Positions, default: Ranked, tuned: Ranked) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mentee_id": choices.mentee,
            "mentor_id": choices.mentor,
            "fold": fold,
            "default_log_loss": default.loss,
            "tuned_log_loss": tuned.loss,
            "default_rank": default.rank,
            "tuned_rank": tuned.rank,
        }
    )
