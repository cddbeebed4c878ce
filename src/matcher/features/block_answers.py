"""What a kind of feature is given: the block of the config, and what both sides answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.config.feature_kinds import kind_of
from matcher.features.feature_columns import items_of, numbers_of, separator_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config, FeatureConfig
    from matcher.config.feature_kinds import Option
    from matcher.features.base import Floats
    from matcher.features.feature_columns import Items
    from matcher.features.needs import AuditFindings, FacetAnswers


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
