"""Past pairs as evidence on weights, and how well weights predict pairs not learned from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from matcher.arrays import Bools, Floats, Positions
from matcher.cohort.cohort import RowCount
from matcher.config import Config
from matcher.tune.folds import Folds
from matcher.tune.gain import WithinMentees
from matcher.tune.pair_features import FeatureTable
from matcher.tune.weight_model import Likelihood, fit_weights, told_about


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
    def nothing(cls, p: int, q: int) -> Predicted:
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

    table: FeatureTable
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
    def likelihood(self, some: Positions, weight: Positions) -> Likelihood:
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
        return fit_weights(model, self.table.default, config.tune.prior_strength)

    def silent(self) -> list[str]:
        """Return the features that are on but of which the data do not tell."""
        everything = np.arange(len(self))
        told = told_about(self.likelihood(everything, np.ones_like(everything)), self.table.default)
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
