"""From the config's feature blocks to a `FeatureSet` that compares pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from matcher.arrays import Bools, Codes, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.feature_kinds import kind_of
from matcher.errors import ConfigError, InputError, raise_if_any
from matcher.features.base import Block, Compared, Feature, Listed, Selection
from matcher.features.block_answers import BlockAnswers, check_blocks_fit, check_columns
from matcher.features.foreign import made_outside
from matcher.features.needs import AuditFindings, FacetAnswers, read_facets


@dataclass(frozen=True)
class FeatureSet:
    """All features of a config over one cohort.

    Parameters
    ----------
    names
        Names of the features, in the config's order: k of them.
    weights
        Weights that sum to 1: shape (k,).
    features
        What compares the pairs.
    stand_in
        For each feature the value that stands in for a missing answer, None where it is skipped.
    mentee_ids, mentor_ids
        Labels of the positions.
    """

    names: tuple[str, ...]
    weights: Floats
    features: tuple[Feature, ...]
    stand_in: tuple[float | None, ...]
    mentee_ids: tuple[str, ...]
    mentor_ids: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return len(self.mentee_ids), len(self.mentor_ids)

    @property
    def nameless(self) -> FeatureSet:
        """The same without anybody's label, to be sent elsewhere; mentees are not counted in it."""
        return replace(self, mentee_ids=(), mentor_ids=("",) * len(self.mentor_ids))

    def compare(self, feature: int, pairs: Selection, approach: Codes) -> Compared:
        """Compare the pairs of a selection on one feature, by its position."""
        compared = self.features[feature].compare(pairs, approach)
        value = self.stand_in[feature]
        if value is None:
            return compared
        filled = np.where(compared.answered, compared.values, value)
        return Compared(filled, np.ones(filled.shape, dtype=bool))

    def block(self, rows: Positions, approach: Codes) -> tuple[Floats, Bools]:
        """Compare some mentees with all mentors on every feature.

        Parameters
        ----------
        rows
            Positions of mentees: shape (b,).
        approach
            Code of each pair's approach, -1 where not allowed: int8, shape (b, m).

        Returns
        -------
        tuple
            Values in [0, 1], 0 where unanswered, and whether they are answered: (k, b, m) each.
        """
        return self._stack(Block(np.asarray(rows, dtype=np.int64), self.shape[1]), approach)

    def pairs(self, i: Positions, j: Positions, approach: Codes) -> tuple[Floats, Bools]:
        """Compare single pairs on every feature: (k, p) each, with the very bits of `block`."""
        chosen = Listed(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        return self._stack(chosen, approach)

    def stated(self, side: Literal["mentee", "mentor"]) -> Bools:
        """Return who of a side gave what each feature needs of them: shape (k, people)."""
        if side == "mentee":
            return np.array([feature.stated_by_mentee() for feature in self.features])
        return np.array([feature.stated_by_mentor() for feature in self.features])

    def stated_share(self, side: Literal["mentee", "mentor"]) -> Floats:
        """Return the share of the total weight that each person answered: shape (people,)."""
        given = self.stated(side)
        total = np.zeros(given.shape[1])
        for weight, row in zip(self.weights, given, strict=True):
            total += weight * row
        return total

    def _stack(self, pairs: Selection, approach: Codes) -> tuple[Floats, Bools]:
        values = np.empty((len(self.names), *pairs.shape))
        answered = np.empty(values.shape, dtype=bool)
        for k in range(len(self.names)):
            compared = self.compare(k, pairs, approach)
            values[k], answered[k] = compared.values, compared.answered
        return values, answered


def build_features(
    cohort: Cohort,
    config: Config,
    audit: AuditFindings | None = None,
    *,
    facets: FacetAnswers | None = None,
) -> FeatureSet:
    """Prepare every feature of the config for a cohort.

    Parameters
    ----------
    cohort, config
        Who is compared, and how.
    audit
        Network audit of the same cohort, with ``gaps`` and ``has_audit`` by mentee.
    facets
        Needs and offers of the same cohort and audit, where they have been read already.

    Raises
    ------
    InputError
        Where a feature names a column that the cohort lacks.
    ConfigError
        Where a block does not pair its columns, or a kind from outside fails.
    """
    raise_if_any(check_blocks_fit(config), ConfigError)
    raise_if_any(check_columns(config, cohort.mentees, cohort.mentors), InputError)
    read = read_facets(cohort, config, audit) if facets is None else facets
    blocks = config.features
    return FeatureSet(
        tuple(block.name for block in blocks),
        _normal_weights(config),
        tuple(_made(BlockAnswers(block, cohort, config, read, audit)) for block in blocks),
        tuple(None if block.missing == "skip" else float(block.missing) for block in blocks),
        cohort.mentee_index.ids,
        cohort.mentor_index.ids,
    )


def _normal_weights(config: Config) -> Floats:
    """Return the config's weights divided by their sum: shape (k,)."""
    weights = np.array([block.weight for block in config.features], dtype=np.float64)
    return np.asarray(weights / weights.sum())


def _made(answers: BlockAnswers) -> Feature:
    kind = kind_of(answers.block.kind)
    feature: Feature = kind.make(answers) if kind.is_built_in else made_outside(kind, answers)
    return feature
