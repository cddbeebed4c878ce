"""The model of sentences by which titles of forms are understood, where an extra installs one."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from matcher.arrays import Floats
from matcher.features.sentence_models import ENGLISH, MULTILINGUAL
from matcher.intake.proposals.by_sentences import Alike, likeness_by


@cache
def judge_of_titles() -> Alike | None:
    """Return what a question of a form is like; None without [multilingual] and [semantic].

    The first of them is taken where both are there: it reads 16 languages, English among them.
    """
    model = next((m for m in (MULTILINGUAL, ENGLISH) if not m.missing_parts), None)
    if model is None:
        return None

    def encode(texts: Sequence[str]) -> Floats:
        return np.array([model.embed(text) for text in texts])

    return likeness_by(encode)
