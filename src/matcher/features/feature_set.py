"""From the config's feature blocks to a `FeatureSet` that compares pairs.

Of kinds from outside matcher, what they raise is a finding and what they return is checked. A
finding names the type and the place of an error, never its text, which may hold a person's words.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from traceback import extract_tb
from typing import Literal, Self

import numpy as np

from matcher.arrays import Bools, Codes, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import TABLES
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import FeatureKind, kind_of
from matcher.errors import ConfigError, Finding, InputError, MatcherError, raise_if_any
from matcher.features.base import Block, Compared, Feature, Listed, Selection, where_answered
from matcher.features.feature_columns import is_pattern
from matcher.features.stated_answers import AuditFindings, BlockAnswers, FacetAnswers, read_facets
from matcher.text import nearest
from matcher.vocabulary import Approach


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
    neutral
        Value of each feature where a side left its question open: shape (k,).
    mentee_ids, mentor_ids
        Labels of the positions.
    by_approach
        Of each feature the approaches that it reads in a way of its own.
    not_asked
        Names of the config's features whose question this programme did not ask: they are left out
        for everybody.
    """

    names: tuple[str, ...]
    weights: Floats
    features: tuple[Feature, ...]
    neutral: Floats
    mentee_ids: tuple[str, ...]
    mentor_ids: tuple[str, ...]
    by_approach: tuple[tuple[str, ...], ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return len(self.mentee_ids), len(self.mentor_ids)

    @property
    def nameless(self) -> Self:
        """The same without anybody's label, to be sent elsewhere; mentees are not counted in it."""
        return replace(self, mentee_ids=(), mentor_ids=("",) * len(self.mentor_ids))

    def reweighted(self, config: Config) -> Self:
        """Return the same features with the weights of another config.

        Parameters
        ----------
        config
            One with blocks of the same names.

        Returns
        -------
        Self
            A copy, its weights summing to 1.
        """
        blocks = {block.name: block for block in config.features}
        return replace(self, weights=_normal_weights([blocks[name] for name in self.names]))

    def compare(self, feature: int, pairs: Selection, approach: Codes) -> Compared:
        """Compare the pairs of a selection on one feature, neutral where it is unanswered.

        Parameters
        ----------
        feature
            Position in `names`.
        pairs
            The selection.
        approach
            Codes of its shape, as in `Feature.compare`.

        Returns
        -------
        Compared
            Values in [0, 1] and which pairs answered, of its shape.
        """
        compared = self.features[feature].compare(pairs, approach)
        filled = np.where(compared.answered, compared.values, self.neutral[feature])
        return Compared(filled, compared.answered)

    def worth_of_approaches(
        self, pairs: Selection, possible: Mapping[Approach, Bools]
    ) -> dict[Approach, Floats]:
        """Return what each approach adds to the pairs' scores, up to what is the same under all.

        Parameters
        ----------
        pairs
            The selection.
        possible
            By approach which pairs can take it, in the selection's shape.

        Returns
        -------
        dict[Approach, Floats]
            By approach an array of the selection's shape, in units of scores.
        """
        worth = {approach: np.zeros(pairs.shape) for approach in possible}
        for k, own in enumerate(self.by_approach):
            if own and self.weights[k] > 0 and _may_differ(possible, own):
                usual = next(approach for approach in Approach if approach not in own)
                plain = self._worth(k, pairs, usual)
                for approach, total in worth.items():
                    total += self._worth(k, pairs, approach) if approach in own else plain
        return worth

    def _worth(self, feature: int, pairs: Selection, approach: Approach) -> Floats:
        code = np.broadcast_to(np.int8(tuple(Approach).index(approach)), pairs.shape)
        return np.asarray(self.weights[feature] * self.compare(feature, pairs, code).values)

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
            Values in [0, 1], neutral where unanswered, and whether they are answered: (k, b, m)
            each.
        """
        return self._stack(Block(np.asarray(rows, dtype=np.int64), self.shape[1]), approach)

    def pairs(self, i: Positions, j: Positions, approach: Codes) -> tuple[Floats, Bools]:
        """Compare single pairs on every feature: (k, p) each, with the very bits of `block`.

        Parameters
        ----------
        i, j
            Positions of mentees and mentors: (p,).
        approach
            Code of each pair's approach: int8, (p,).

        Returns
        -------
        tuple[Floats, Bools]
            Values in [0, 1] and whether they are answered: (k, p) each.
        """
        chosen = Listed(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        return self._stack(chosen, approach)

    def stated(self, side: Literal["mentee", "mentor"]) -> Bools:
        """Return who of a side gave what each feature needs of them: shape (k, people).

        Parameters
        ----------
        side
            Whose answers.

        Returns
        -------
        Bools
            Shape (k, n) or (k, m).
        """
        size = self.shape[0 if side == "mentee" else 1]
        given = [
            feature.stated_by_mentee() if side == "mentee" else feature.stated_by_mentor()
            for feature in self.features
        ]
        return np.array(given, dtype=bool).reshape(len(self.features), size)

    def stated_share(self, side: Literal["mentee", "mentor"]) -> Floats:
        """Return the share of the total weight that each person answered: shape (people,).

        Parameters
        ----------
        side
            Whose answers.

        Returns
        -------
        Floats
            In [0, 1]: shape (n,) or (m,).
        """
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

    Returns
    -------
    FeatureSet
        What compares any pairs of the cohort.

    Raises
    ------
    InputError
        Where a feature names a column that the cohort lacks.
    ConfigError
        Where a block does not pair its columns, or a kind from outside fails.
    """
    raise_if_any(_unfit_blocks(config), ConfigError)
    raise_if_any(_missing_columns(config, cohort), InputError)
    read = read_facets(cohort, config, audit) if facets is None else facets
    asked = [block for block in config.features if is_asked(block, cohort, config, read)]
    # Where nothing that weighs was asked, all pairs are alike: each feature is neutral.
    blocks = asked if any(block.weight > 0 for block in asked) else list(config.features)
    return FeatureSet(
        names=tuple(block.name for block in blocks),
        weights=_normal_weights(blocks),
        features=tuple(_made(BlockAnswers(block, cohort, config, read, audit)) for block in blocks),
        neutral=np.array([block.neutral for block in blocks], dtype=np.float64),
        mentee_ids=cohort.mentee_index.ids,
        mentor_ids=cohort.mentor_index.ids,
        by_approach=tuple(kind_of(block.kind).by_approach for block in blocks),
        not_asked=tuple(block.name for block in config.features if block not in asked),
    )


def is_asked(block: FeatureConfig, cohort: Cohort, config: Config, facets: FacetAnswers) -> bool:
    """Return whether a programme asked what a feature compares: both sides, or its table.

    An empty column or table counts as asked.
    """
    kind, (left, right) = kind_of(block.kind), block.columns
    if kind.approach and kind.approach not in config.programme.approaches:
        return False
    if kind.table:
        return cohort.is_asked(kind.table)
    if kind.name == "facets" and not left:
        return len(facets.counted) > 0
    pairs = zip(left, right, strict=True) if kind.columns == "paired" else [(left, right)]
    return not left or any(_both_asked(cohort, *pair) for pair in pairs)


def _both_asked(cohort: Cohort, left: str | Sequence[str], right: str | Sequence[str]) -> bool:
    ours, theirs = ([side] if isinstance(side, str) else side for side in (left, right))
    return cohort.asks("mentees", ours) and cohort.asks("mentors", theirs)


def _may_differ(possible: Mapping[Approach, Bools], own: tuple[str, ...]) -> bool:
    """Return whether some pair can take an approach of `own` and another approach."""
    special = sum(able.astype(np.int8) for approach, able in possible.items() if approach in own)
    others = sum(able.astype(np.int8) for approach, able in possible.items() if approach not in own)
    return bool(np.any((special > 1) | ((special > 0) & (others > 0))))


def _normal_weights(blocks: Sequence[FeatureConfig]) -> Floats:
    """Return weights divided by their sum, 0 where none of the features has any: shape (k,)."""
    weights = np.array([block.weight for block in blocks], dtype=np.float64)
    return np.asarray(weights / (weights.sum() or 1.0))


def _made(answers: BlockAnswers) -> Feature:
    kind = kind_of(answers.block.kind)
    feature: Feature = kind.make(answers) if kind.is_built_in else _made_outside(kind, answers)
    return feature


def _unfit_blocks(config: Config) -> Iterator[Finding]:
    """Yield a finding for each block whose columns its kind would not read."""
    for block in config.features:
        if fault := _column_fault(block):
            message, remedy = f"feature {block.name}: {fault[0]}", fault[1]
            yield Finding("E_CONFIG", message, remedy, column=f"features.{block.name}")


def _missing_columns(config: Config, cohort: Cohort) -> Iterator[Finding]:
    """Yield a finding for each column that a feature names and its table lacks."""
    for block in config.features:
        left, right = block.columns
        for table, frame, columns in (
            ("mentees", cohort.mentees, left),
            ("mentors", cohort.mentors, right),
        ):
            for column in columns:
                if not is_pattern(column) and column not in frame.columns:
                    yield _lacking(block.name, table, column, [*map(str, frame.columns)])


def _column_fault(block: FeatureConfig) -> tuple[str, str] | None:
    """Return what is wrong with a block's columns, and what to do."""
    kind = kind_of(block.kind)
    counts = {len(block.mentee), len(block.mentor)}
    if kind.table and kind.table not in TABLES:
        return f"kind {kind.name} reads table {kind.table}", f"choose from {', '.join(TABLES)}"
    if kind.columns == "none" and max(counts):
        return f"kind {kind.name} reads no columns", "leave mentee and mentor out"
    if kind.columns == "one" and max(counts) > 1:
        return f"kind {kind.name} compares one column", "make a block for each further column"
    unknown = [c for c in (*block.mentee, *block.mentor) if kind.choices and c not in kind.choices]
    if unknown:
        choices = ", ".join(kind.choices)
        return f"{unknown[0]} is no part of kind {kind.name}", f"choose from {choices}"
    if kind.columns == "paired" and len(counts - {0}) > 1:
        return "columns are paired one by one", "name as many mentor as mentee columns"
    return None


def _lacking(feature: str, table: str, column: str, there: list[str]) -> Finding:
    near = nearest(column, there)
    hint = f"did you mean {near}?" if near else "add the column or change the feature's block"
    message = f"feature {feature} compares column {column}, which is not there"
    return Finding("E_MISSING_COLUMN", message, hint, table=table, column=column)


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
        if not isinstance(found, Compared):
            raise self.origin.fault(f"returns {type(found).__name__} where Compared is asked for")
        with self.origin.watched():
            values = np.asarray(found.values, dtype=np.float64)
            answered = np.asarray(found.answered)
        if answered.dtype != bool:
            raise self.origin.fault("says who answered in other than booleans")
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
            return np.asarray(self.inner.stated_by_mentee())

    def stated_by_mentor(self) -> Bools:
        """Return who of the mentors gave what this feature needs: shape (m,)."""
        with self.origin.watched():
            return np.asarray(self.inner.stated_by_mentor())


def _made_outside(kind: FeatureKind, answers: BlockAnswers) -> ForeignFeature:
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
    feature, cohort = ForeignFeature(origin, inner), answers.cohort
    for part, given, people in (
        ("stated_by_mentee", feature.stated_by_mentee(), len(cohort.mentees)),
        ("stated_by_mentor", feature.stated_by_mentor(), len(cohort.mentors)),
    ):
        if given.dtype != bool or given.shape != (people,):
            what = f"returns {given.dtype} of shape {given.shape} from {part}"
            raise origin.fault(f"{what}, where bool of shape ({people},) is asked for")
    return feature
