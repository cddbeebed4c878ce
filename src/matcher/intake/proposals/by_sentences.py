"""Questions that no phrase fits, judged by a model of sentences: the extra [semantic]."""

from collections.abc import Callable, Sequence

import numpy as np

from matcher.arrays import Floats
from matcher.cohort.tables import SIGNUPS
from matcher.intake.proposals.columns import Alike
from matcher.intake.proposals.title_guesses import QUESTIONS, Guess, Sureness, is_safety

LEAST = 0.45
"""Cosine from which a question is like the description of a column."""

Encode = Callable[[Sequence[str]], Floats]
"""Texts -> vectors, one a row."""


def likeness_by(encode: Encode) -> Alike:
    """Return a judge that compares a question with what our columns are for.

    Nothing that bears on safety is ever judged so.
    """
    targets = [c.name for c in SIGNUPS.columns if c.name in QUESTIONS and not is_safety(c.name)]
    described = [spec.description for name in targets if (spec := SIGNUPS.find(name))]
    bank = _unit(encode(described))

    def alike(question: str) -> Guess | None:
        values = bank @ _unit(encode([question]))[0]
        best = int(values.argmax())
        if values[best] < LEAST:
            return None
        why = f"the sentence model finds it like {targets[best]}"
        return Guess(targets[best], float(values[best]), Sureness.LIKELY, why)

    return alike


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    return np.asarray(vectors / np.maximum(lengths, 1e-12))
