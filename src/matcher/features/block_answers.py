"""What a kind of feature is given: the block of the config, and what both sides answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from matcher.arrays import Floats
from matcher.cohort.cohort import Cohort
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import Option, kind_of
from matcher.errors import Finding
from matcher.features.feature_columns import (
    Items,
    is_pattern,
    items_of,
    numbers_of,
    separator_of,
    texts_of,
)
from matcher.features.needs import AuditFindings, FacetAnswers
from matcher.text import nearest


@dataclass(frozen=True)
class BlockAnswers:
    """One feature of the config over a cohort of n mentees and m mentors.

    Parameters
    ----------
    block
        The feature's block.
    cohort, config
        Who is compared, and the whole config.
    facets
        Needs and offers by facet, read once for all features.
    audit
        Network audit of the mentees, if there is one.
    """

    block: FeatureConfig
    cohort: Cohort
    config: Config
    facets: FacetAnswers
    audit: AuditFindings | None = None

    @property
    def options(self) -> Mapping[str, Option]:
        """Options of the kind: those of the block over the defaults."""
        return {**kind_of(self.block.kind).options, **self.block.options}

    def items(self, mentee: str, mentor: str = "") -> tuple[list[Items], list[Items]]:
        """Return the items of a column, folded, of each mentee (n) and of each mentor (m)."""
        columns = mentee, mentor or mentee
        separator = separator_of(self.config)
        ours, theirs = (
            items_of(frame, column, separator)
            for frame, column in zip(self._frames, columns, strict=True)
        )
        return ours, theirs

    def numbers(self, mentee: str, mentor: str = "") -> tuple[Floats, Floats]:
        """Return a column as numbers with NaN where missing: shapes (n,) and (m,)."""
        ours, theirs = self._frames
        return numbers_of(ours, mentee), numbers_of(theirs, mentor or mentee)

    def texts(self, mentee: Sequence[str], mentor: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return each person's columns as one text, empty where unanswered."""
        ours, theirs = self._frames
        return texts_of(ours, mentee), texts_of(theirs, mentor)

    @property
    def _frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.cohort.mentees, self.cohort.mentors


def check_blocks_fit(config: Config) -> Iterator[Finding]:
    """Yield a finding for each block whose columns its kind would not read."""
    for block in config.features:
        if fault := _column_fault(block):
            message, remedy = f"feature {block.name}: {fault[0]}", fault[1]
            yield Finding("E_CONFIG", message, remedy, column=f"features.{block.name}")


def check_columns(
    config: Config, mentees: pd.DataFrame, mentors: pd.DataFrame
) -> Iterator[Finding]:
    """Yield a finding for each column that a feature names and its table lacks."""
    for block in config.features:
        left, right = block.columns
        for table, frame, columns in (("mentees", mentees, left), ("mentors", mentors, right)):
            for column in columns:
                if not is_pattern(column) and column not in frame.columns:
                    yield _lacking(block.name, table, column, frame)


def _column_fault(block: FeatureConfig) -> tuple[str, str] | None:
    """Return what is wrong with a block's columns, and what to do."""
    kind = kind_of(block.kind)
    counts = {len(block.mentee), len(block.mentor)}
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


def _lacking(feature: str, table: str, column: str, frame: pd.DataFrame) -> Finding:
    near = nearest(column, map(str, frame.columns))
    hint = f"did you mean {near}?" if near else "add the column or change the feature's block"
    message = f"feature {feature} compares column {column}, which is not there"
    return Finding("E_MISSING_COLUMN", message, hint, table=table, column=column)
