"""Kinds of feature from outside matcher: what they raise is a finding, what they return is checked.

A finding names the type and the place of an error, never its text, which may hold a person's words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import extract_tb

import numpy as np

from matcher.arrays import Bools, Codes
from matcher.config.feature_kinds import FeatureKind
from matcher.errors import ConfigError, Finding, MatcherError
from matcher.features.base import Compared, Feature, Selection, where_answered
from matcher.features.block_answers import BlockAnswers


@dataclass(frozen=True)
class Origin:
    """Which feature it is, and whose kind."""

    feature: str
    kind: str
    source: str

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn what foreign code raises into a finding."""
        try:
            yield
        except MatcherError:
            raise
        except Exception as error:
            at = extract_tb(error.__traceback__)[-1]
            what = f"fails with {type(error).__name__} in {at.name}, line {at.lineno}"
            raise self.fault(what) from error

    def fault(self, what: str) -> ConfigError:
        """Return the finding that the kind did something wrong."""
        message = f"feature {self.feature}: kind {self.kind} of {self.source} {what}"
        remedy = "tell its makers, or take the feature out"
        return ConfigError(Finding("E_CONFIG", message, remedy, column=f"features.{self.feature}"))


@dataclass(frozen=True)
class ForeignFeature:
    """A feature of a kind from outside, watched."""

    origin: Origin
    inner: Feature

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the pairs and see that values are shares and of the selection's shape."""
        with self.origin.watched():
            found = self.inner.compare(pairs, approach)
            answered = np.asarray(found.answered, dtype=bool)
            values = np.asarray(found.values, dtype=np.float64)
        if not values.shape == answered.shape == pairs.shape:
            what = f"returns shape {values.shape} where {pairs.shape} is asked for"
            raise self.origin.fault(what)
        checked = where_answered(values, answered)
        if not ((checked.values >= 0) & (checked.values <= 1)).all():
            raise self.origin.fault("returns values outside [0, 1]")
        return checked

    def stated_by_mentee(self) -> Bools:
        """Return who of the mentees gave what this feature needs: shape (n,)."""
        with self.origin.watched():
            return np.asarray(self.inner.stated_by_mentee(), dtype=bool)

    def stated_by_mentor(self) -> Bools:
        """Return who of the mentors gave what this feature needs: shape (m,)."""
        with self.origin.watched():
            return np.asarray(self.inner.stated_by_mentor(), dtype=bool)


def made_outside(kind: FeatureKind, answers: BlockAnswers) -> ForeignFeature:
    """Return a feature of a kind from outside.

    Raises
    ------
    ConfigError
        E_CONFIG where the kind fails, or what it makes is no feature.
    """
    origin = Origin(answers.block.name, kind.name, kind.source)
    with origin.watched():
        inner = kind.make(answers)
    wanted = ("compare", "stated_by_mentee", "stated_by_mentor")
    lacking = [part for part in wanted if not hasattr(inner, part)]
    if lacking:
        raise origin.fault(f"makes something without {', '.join(lacking)}")
    return ForeignFeature(origin, inner)
