"""Past pairs as evidence on weights: their outcomes, and how well weights predict them.

Pairs are predicted by weights that were not learned from them or from anybody in them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Positions
from matcher.cohort.cohort import Cohort, RowCount
from matcher.config import Config
from matcher.errors import Finding, InputError
from matcher.tune import weight_model
from matcher.tune.gain import Folds, WithinMentees, auc, log_losses, within_mentees


@dataclass(frozen=True)
class Predicted:
    """Predictions by models that never saw the people of a past pair; NaN where there is none."""

    score: Floats
    """(p,) what pairs are ranked by."""
    loss: Floats
    """(p,) minus the log likelihood of what happened."""
    chance: Floats
    """(q,) probability of success, or of being chosen."""

    @classmethod
    def nothing(cls, p: int, q: int) -> Self:
        """Return one that is still to be filled."""
        return cls(np.full(p, np.nan), np.full(p, np.nan), np.full(q, np.nan))


@dataclass(frozen=True)
class CrossValidated:
    """All that was predicted, fold by fold."""

    default: Predicted
    """By the config's weights."""
    tuned: Predicted
    """By the weights of the fold."""
    missing: Predicted
    """By missing answers alone."""
    fold: Positions
    """(p,) fold in which the pair was predicted, -1 for none."""

    @property
    def at(self) -> Bools:
        """(p,) which pairs were predicted."""
        return np.asarray(self.fold >= 0)


@dataclass(frozen=True)
class Evidence(ABC):
    """What weights are learned from: p outcomes or choices, described by q pairs of features."""

    noun: ClassVar[str]
    each: ClassVar[str]
    """The noun with its article."""
    is_within: ClassVar[bool]
    """Whether every comparison is within one mentee."""
    caution: ClassVar[tuple[str, ...]] = ()
    """What must be said whatever is found."""
    why_dropped: ClassVar[str]
    leak: ClassVar[str]
    """What it means if missing answers alone predict, with the place of their ``{area}``."""

    table: weight_model.FeatureTable
    mentee: tuple[str, ...]
    """(p,)"""
    mentor: tuple[str, ...]
    """(p,)"""
    dropped: int
    """Past pairs that say nothing."""
    rows: RowCount
    """What became of the rows of the table that was read."""

    def __len__(self) -> int:
        return len(self.mentee)

    @property
    @abstractmethod
    def hit(self) -> Bools:
        """(q,) which pairs of features succeeded, or were chosen."""

    @property
    def is_mixed(self) -> bool:
        """Whether there are both hits and others, so that anything can be learned."""
        return bool(self.hit.any() and not self.hit.all())

    @abstractmethod
    def likelihood(self, some: Positions, weight: Positions) -> weight_model.Likelihood:
        """Return the likelihood of some of the p, each of which counts so often."""

    @abstractmethod
    def predict(
        self, weights: Floats | None, train: Positions, test: Positions, into: Predicted
    ) -> None:
        """Enter predictions of `test` by the score under `weights`, scaled on `train`.

        None stands for a model of which features a pair left open, fitted on `train`.
        """

    @abstractmethod
    def area(self, score: Floats, at: Bools) -> float | None:
        """Return the AUC of a score among those predicted, None where it says nothing."""

    @abstractmethod
    def within(
        self, seen: CrossValidated, mentee: Positions, seed: int, draws: int
    ) -> WithinMentees | None:
        """Compare default and tuned scores within mentees, None where that says nothing more."""

    @abstractmethod
    def counts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return figures of its own, first those that stand before the number predicted."""

    @abstractmethod
    def columns(self, seen: CrossValidated) -> dict[str, Any]:
        """Return the columns of ``predictions.csv`` beside ids and fold."""

    def fit(self, counts: Positions, config: Config) -> Floats:
        """Return the weights that fit what counts so often, (p,); the prior's if nothing does."""
        used = np.flatnonzero(counts > 0)
        if not len(used):
            return self.table.default
        model = self.likelihood(used, counts[used])
        return weight_model.fit_weights(model, self.table.default, config.tune.prior_strength)

    def silent(self) -> list[str]:
        """Return the features that are on but of which the data do not tell."""
        everything = np.arange(len(self))
        told = weight_model.told_about(
            self.likelihood(everything, np.ones_like(everything)), self.table.default
        )
        unknown = ~told & (self.table.default > 0.0)
        return [name for name, is_open in zip(self.table.names, unknown, strict=True) if is_open]

    def cross_validate(self, folds: Folds, config: Config) -> CrossValidated:
        """Predict everything from models that were trained without its people.

        Default and tuned weights are treated alike: the score under each is scaled on the training
        pairs.
        """
        p, q = len(self), len(self.table.values)
        default, tuned, missing = (Predicted.nothing(p, q) for _ in range(3))
        fold = np.full(p, -1, dtype=np.int64)
        for number, (train, test) in enumerate(folds):
            counts = np.zeros(p, dtype=np.int64)
            counts[train] = 1
            self.predict(self.table.default, train, test, default)
            self.predict(self.fit(counts, config), train, test, tuned)
            self.predict(None, train, test, missing)
            fold[test] = number
        return CrossValidated(default, tuned, missing, fold)


@dataclass(frozen=True)
class Outcomes(Evidence):
    """Past pairs with known outcome, sorted by mentee and mentor: one pair of features each."""

    noun = "outcome"
    each = "an outcome"
    is_within = False
    why_dropped = "neither success nor rating, or unknown people"
    leak = (
        "missing answers alone predict the outcome (AUC {area:.2f}): who answers, not who fits; "
        "compare the AUC within mentees"
    )

    success: Bools
    """(p,)"""

    @property
    def hit(self) -> Bools:
        """(p,) which succeeded."""
        return self.success

    def likelihood(self, some: Positions, weight: Positions) -> weight_model.Logistic:
        """Return the likelihood of success."""
        return weight_model.Logistic(self.table.design().take(some), self.success[some], weight)

    def predict(
        self, weights: Floats | None, train: Positions, test: Positions, into: Predicted
    ) -> None:
        """Enter scores, and the probability by a logistic curve through the training pairs.

        Ranking is judged by the scores: calibrated probabilities of different folds are shifted
        against each other, which pulls a pooled AUC down.
        """
        if weights is None:
            flags = (~self.table.answered).astype(np.float64)
            into.score[test] = _flag_model(flags[train], self.success[train], flags[test])
            return
        score = self.table.score(weights)
        into.score[test] = score[test]
        into.chance[test] = _calibrated(score[train], self.success[train], score[test])
        into.loss[test] = log_losses(self.success[test], into.chance[test])

    def area(self, score: Floats, at: Bools) -> float | None:
        """Return the AUC over all pairs."""
        return auc(self.success[at], score[at])

    def within(
        self, seen: CrossValidated, mentee: Positions, seed: int, draws: int
    ) -> WithinMentees | None:
        """Compare within mentees: the pooled AUC also rewards telling easy mentees from hard."""
        at, rng = seen.at, np.random.default_rng([seed, 3])
        scores = seen.default.score[at], seen.tuned.score[at]
        return within_mentees(mentee[at], self.success[at], scores, rng=rng, draws=draws)

    def counts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return how many succeeded."""
        return {"n_success": int(self.success.sum())}, {}

    def columns(self, seen: CrossValidated) -> dict[str, Any]:
        """Return the outcome, scores and probabilities."""
        return {
            "success": self.success.astype(np.int64),
            "default_score": seen.default.score,
            "tuned_score": seen.tuned.score,
            "default_chance": seen.default.chance,
            "tuned_chance": seen.tuned.chance,
            "missing_score": seen.missing.score,
        }


def read_outcomes(cohort: Cohort, config: Config) -> Outcomes:
    """Return the pairs of the table `outcomes`, one a pair however many rows it has.

    A pair is a success if most of its rows say so; where no row states `success`, if its mean
    rating reaches ``tune.success_rating``.

    Raises
    ------
    InputError
        E_NO_ROWS if there is nothing to learn from.
    """
    rows = cohort.outcomes
    judged = _judge(rows, config.tune.success_rating)
    i, j, there = weight_model.positions_of(cohort, judged)
    known = there & judged["success"].notna().to_numpy(dtype=bool)
    if not known.any():
        raise InputError(_nothing(cohort, is_there=bool(there.any())))
    judged = judged[known]
    return Outcomes(
        table=weight_model.feature_table(cohort, config, i[known], j[known]),
        mentee=tuple(judged["mentee_id"]),
        mentor=tuple(judged["mentor_id"]),
        dropped=int((~known).sum()),
        rows=cohort.rows.get("outcomes", RowCount(len(rows), len(rows))),
        success=judged["success"].to_numpy(dtype=bool),
    )


def _nothing(cohort: Cohort, *, is_there: bool) -> Finding:
    """Say why there is no outcome to learn from."""
    remedy = "give a table with mentee_id, mentor_id and rating or success of past pairs"
    read = cohort.rows["outcomes"].read if "outcomes" in cohort.rows else len(cohort.outcomes)
    message, column = "there is no table of outcomes, or it is empty", ""
    if is_there:
        message, column = "no outcome says how a pair went", "rating"
        remedy = "fill in rating or success"
    elif read:
        message, column = "no outcome of a pair whose people are in the cohort", "mentee_id"
        remedy = "give the mentees and mentors that the table names, under the same ids"
    return Finding("E_NO_ROWS", message, remedy, "outcomes", column=column)


def _judge(rows: pd.DataFrame, least: float) -> pd.DataFrame:
    """Return one row a pair with `success` as True, False or missing, sorted by ids."""
    frame = pd.DataFrame(
        {
            "mentee_id": rows["mentee_id"],
            "mentor_id": rows["mentor_id"],
            "said": rows["success"].astype("boolean").astype("Float64"),
            "rating": rows["rating"].astype("float64"),
        }
    )
    mean = frame.groupby(["mentee_id", "mentor_id"], sort=True).mean().reset_index()
    by_word = (mean["said"] > 0.5).astype("boolean").where(mean["said"].notna())
    by_rating = (mean["rating"] >= least).astype("boolean").where(mean["rating"].notna())
    return mean.assign(success=by_word.fillna(by_rating))[["mentee_id", "mentor_id", "success"]]


def _calibrated(score: Floats, success: Bools, new: Floats) -> Floats:
    """Return the probability of success at new scores; never falling with the score.

    Few outcomes can be told apart without a mistake, and would be predicted with certainty: the
    targets are smoothed as by Platt (1999).
    """
    from scipy.optimize import minimize

    good = int(success.sum())
    sure, unlikely = (good + 1) / (good + 2), 1 / (len(success) - good + 2)
    targets = np.where(success, sure, unlikely)
    model = weight_model.Logistic(weight_model.Design(score[:, None]), targets, np.ones(len(score)))
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
