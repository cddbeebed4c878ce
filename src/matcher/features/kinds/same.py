"""Kinds `same`, `different` and `form`: on how many questions two people agree, or differ."""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Codes
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, MeanOfParts, Selection, where_answered
from matcher.features.feature_columns import Sets, code_sets, stated
from matcher.features.stated_answers import BlockAnswers


@dataclass(frozen=True)
class Equality(BothStated):
    """1 where the two sides have a common answer (or none, for `different`), else 0."""

    sets: Sets
    differ: bool

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the answers to one question."""
        alike = self.sets.meet(pairs)
        hit = ~alike if self.differ else alike
        return where_answered(hit.astype(np.float64), self.both(pairs))


@register(
    "same",
    words="whether both answers are the same",
    meaning="1 where the columns agree, else 0.",
    mentee=("organisation",),
    columns="paired",
    neutral=0.26,
)
def _same(answers: BlockAnswers) -> MeanOfParts:
    """Make kind `same`: the share of columns that agree."""
    return _equality(answers, differ=False)


@register(
    "different",
    words="whether the answers differ",
    meaning="1 where the columns differ, else 0.",
    mentee=("organisation",),
    columns="paired",
    neutral=0.74,
)
def _different(answers: BlockAnswers) -> MeanOfParts:
    """Make kind `different`: the share of columns that differ."""
    return _equality(answers, differ=True)


@register(
    "form",
    words="whether both want the same kind of relation",
    meaning="Agreement on horizon, scope, formality and approach.",
    mentee=("horizon", "scope", "formality", "approaches"),
    columns="paired",
    neutral=0.63,
)
def _form(answers: BlockAnswers) -> MeanOfParts:
    """Make kind `form`: the share of horizon, scope, formality and approaches that agree."""
    return _equality(answers, differ=False)


def _equality(answers: BlockAnswers, *, differ: bool) -> MeanOfParts:
    """Compare the mentee's columns with the mentor's, one by one; lists agree if they meet."""
    parts = []
    paired = [*zip(*answers.block.columns, strict=False)]
    for columns in [one for one in paired if answers.asked(one[:1], one[1:])] or paired:
        wanted, given = answers.items(*columns)
        parts.append(Equality(stated(wanted), stated(given), code_sets(wanted, given), differ))
    return MeanOfParts.of(answers.block.neutral, *parts)
