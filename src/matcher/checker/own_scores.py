"""Scores and contributions of single pairs, summed by the checker from its own values of features.

A fault in ``matcher.features`` or ``matcher.scoring`` so shows as a score that is not what it
should be. Of kinds from outside matcher the value that they give is taken as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Codes, Floats, Ints
from matcher.checker.own_kinds import OWN_VALUE
from matcher.checker.own_pairs import OwnPairs
from matcher.config import FeatureConfig
from matcher.config.feature_kinds import kind_of
from matcher.problem.instance import Instance


@dataclass(frozen=True)
class OwnScores:
    """Features of p pairs: k of those whose question was asked."""

    names: tuple[str, ...]
    value: Floats
    """(k, p) the neutral one where unanswered."""
    answered: Bools
    """(k, p)."""
    weight: Floats
    """(k,) of sum 1."""

    @property
    def contribution(self) -> Floats:
        """What each feature adds: (k, p)."""
        return self.weight[:, None] * self.value

    @property
    def score(self) -> Floats:
        """(p,)."""
        return np.asarray(self.contribution.sum(axis=0))


def own_scores(instance: Instance, i: Ints, j: Ints, approach: Codes) -> OwnScores:
    """Score pairs under their approaches.

    Parameters
    ----------
    instance
        Whose tables, config, audit and sentence vectors count.
    i, j, approach
        Mentees, mentors and codes of approaches: (p,) each.

    Returns
    -------
    OwnScores
        Every feature that was asked.
    """
    cohort, config = instance.cohort, instance.config
    pairs = OwnPairs(cohort, config, instance.audit, instance.features, i=i, j=j, approach=approach)
    asked = [block for block in config.features if _is_asked(block, pairs)]
    blocks = asked if any(block.weight > 0 for block in asked) else [*config.features]
    said = np.array([_value(block, pairs) for block in blocks]).reshape(len(blocks), len(i))
    neutral = np.array([[block.neutral] for block in blocks])
    weight = np.array([block.weight for block in blocks])
    return OwnScores(
        names=tuple(block.name for block in blocks),
        value=np.where(np.isnan(said), neutral, said),
        answered=~np.isnan(said),
        weight=weight / (weight.sum() or 1.0),
    )


def _value(block: FeatureConfig, pairs: OwnPairs) -> Floats:
    if block.kind in OWN_VALUE:
        return OWN_VALUE[block.kind](block, pairs)
    given = pairs.features
    values, answered = given.pairs(pairs.i, pairs.j, pairs.approach)
    at = given.names.index(block.name)
    return np.where(answered[at], values[at], np.nan)


def taken_as_stated(instance: Instance) -> Iterator[str]:
    """Yield of which features the checker has no formula, as a reader may be told."""
    for block in instance.config.features:
        if block.kind not in OWN_VALUE and block.name in instance.features.names:
            yield f"feature {block.name} (kind {block.kind} of {kind_of(block.kind).source})"


def _is_asked(block: FeatureConfig, pairs: OwnPairs) -> bool:
    """Return whether both sides were asked, or the table is there that the kind reads."""
    kind, (left, right) = kind_of(block.kind), block.columns
    if kind.approach and kind.approach not in pairs.config.programme.approaches:
        return False
    if kind.table:
        return pairs.cohort.is_asked(kind.table)
    if not left:
        return bool(pairs.counted) or block.kind != "facets"
    ours, theirs = pairs.mentees, pairs.mentors
    if kind.columns == "paired":
        both = zip(left, right, strict=True)
        return any(ours.asked((one,)) and theirs.asked((other,)) for one, other in both)
    return ours.asked(left) and theirs.asked(right)
