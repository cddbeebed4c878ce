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
class ShareOfItems(BothStated):
    """``min(1, multiplier * |A & B| / |A|)`` of the mentee's items A and the mentor's B.

    It is the Jaccard index with those of the mentor's items that are in A: what somebody knows
    beside what is asked for costs nothing.
    """

    sets: Sets
    multiplier: float

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the sets of both sides."""
        answered = self.both(pairs)
        shared = self.sets.shared(pairs)
        listed = np.broadcast_to(pairs.mentee(self.sets.sizes[0]), pairs.shape)
        value = np.divide(shared, listed, out=np.zeros(pairs.shape), where=listed > 0)
        value *= self.multiplier
        return where_answered(np.minimum(value, 1.0), answered)


@dataclass(frozen=True)
class Overlap(BothStated):
    """The better of shared items and alike texts.

    Where both sides ticked and wrote, the larger counts: writing a bio in other words than a mentee
    used must not lower what their ticked fields show.
    """

    ticked: ShareOfItems
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
    meaning="Share of the mentee's items that the mentor lists too, times `multiplier`, at most 1; "
    "free-text columns are compared as text.",
    mentee=("expertise", "goals"),
    mentor=("expertise", "bio"),
    neutral=0.18,
)
def _overlap(answers: BlockAnswers) -> Overlap:
    """Make kind `overlap`; free-text columns are compared as text, beside the ticked words."""
    ours, theirs = answers.ticked(
        *([c for c in side if c not in FREE_TEXT] for side in answers.block.columns)
    )
    multiplier = answers.block.multiplier
    ticked = ShareOfItems(stated(ours), stated(theirs), code_sets(ours, theirs), multiplier)
    written = _written(answers)
    parts: list[BothStated] = [ticked] if written is None else [ticked, written]
    return Overlap(
        np.logical_or.reduce([part.mentee_stated for part in parts]),
        np.logical_or.reduce([part.mentor_stated for part in parts]),
        ticked,
        written,
    )


def _written(answers: BlockAnswers) -> TextFit | None:
    """Compare what both sides wrote in free text; what they ticked is compared by itself."""
    columns = [[c for c in side if c in FREE_TEXT] for side in answers.block.columns]
    if not all(columns):
        return None
    mentees, mentors = answers.texts(*columns)
    method = answers.config.text.method
    return text_fit(mentees, mentors, stated(mentees), stated(mentors), method)
