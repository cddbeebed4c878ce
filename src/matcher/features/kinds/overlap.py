"""Kind `overlap`: what two people share of what they ticked and wrote."""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Codes
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import FREE_TEXT, Sets, code_sets, stated
from matcher.features.kinds.text_fit import TextFit, text_fit
from matcher.features.stated_answers import BlockAnswers


@dataclass(frozen=True)
class Jaccard(BothStated):
    """``min(1, multiplier * |A & B| / |A | B|)`` of two sets."""

    sets: Sets
    multiplier: float

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the sets of both sides."""
        answered = self.both(pairs)
        shared = self.sets.shared(pairs)
        ours, theirs = self.sets.sizes
        union = pairs.mentee(ours) + pairs.mentor(theirs) - shared
        value = np.divide(shared, union, out=np.zeros(pairs.shape), where=union > 0)
        value *= self.multiplier
        return where_answered(np.minimum(value, 1.0), answered)


@dataclass(frozen=True)
class Overlap(BothStated):
    """The better of shared items and alike texts.

    Where both sides ticked and wrote, the larger counts: writing a bio in other words than a mentee
    used must not lower what their ticked fields show.
    """

    ticked: Jaccard
    written: TextFit | None

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare sets and texts."""
        ticked = self.ticked.compare(pairs, approach)
        if self.written is None:
            return ticked
        written = self.written.compare(pairs, approach)
        return Compared(
            np.maximum(ticked.values, written.values), ticked.answered | written.answered
        )


@register(
    "overlap",
    words="what both list or write about",
    meaning="Shared items of two sets, Jaccard times `multiplier`, at most 1; free-text columns "
    "are compared as text.",
    mentee=("expertise", "goals"),
    mentor=("expertise", "bio"),
    neutral=0.2,
)
def _overlap(answers: BlockAnswers) -> Overlap:
    """Make kind `overlap`; free-text columns are compared as text, beside the ticked words."""
    ours, theirs = answers.ticked(
        *([c for c in side if c not in FREE_TEXT] for side in answers.block.columns)
    )
    multiplier = answers.block.multiplier
    ticked = Jaccard(stated(ours), stated(theirs), code_sets(ours, theirs), multiplier)
    written = _written(answers)
    parts: list[BothStated] = [ticked] if written is None else [ticked, written]
    return Overlap(
        np.logical_or.reduce([part.mentee_stated for part in parts]),
        np.logical_or.reduce([part.mentor_stated for part in parts]),
        ticked,
        written,
    )


def _written(answers: BlockAnswers) -> TextFit | None:
    """Compare all that people wrote, ticked words included, where both sides wrote free text."""
    ours, theirs = ([c for c in side if c in FREE_TEXT] for side in answers.block.columns)
    if not ours or not theirs:
        return None
    wrote = [stated(side) for side in answers.texts(ours, theirs)]
    mentees, mentors = answers.texts(*answers.block.columns)
    return text_fit(mentees, mentors, wrote[0], wrote[1], answers.config.text.method)
