"""What a mentee who ticked nothing may need, by a sentence of the own goals: asked, never used."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from matcher.arrays import Floats
from matcher.config.sections import TextMethod
from matcher.features.base import UNIT
from matcher.features.kinds.text_fit import chosen_method
from matcher.features.semantic import encode
from matcher.features.sentence_models import MODELS, SentenceModel
from matcher.features.terms import DATA, is_of_others, understood
from matcher.vocabulary import Context

SENTENCES_FILE = DATA / "need_sentences.toml"
"""How people say what they need, by context."""

AHEAD = 0.05
"""By how much it must be nearer to that context than to any other."""


@dataclass(frozen=True)
class SuggestedNeed:
    """A context that a sentence of somebody's goals speaks of, to be confirmed by that person."""

    context: Context
    sentence: str


def suggested_needs(goals: Sequence[str], method: TextMethod) -> list[SuggestedNeed | None]:
    """Return what each text of goals speaks of most clearly, None where that is not clear.

    Parameters
    ----------
    goals
        What mentees wrote.
    method
        The config's ``text.method``, so that a run is the same wherever it is made again.

    Returns
    -------
    list
        One a text; all None where texts are not compared by a model of sentences.
    """
    models = MODELS.get(chosen_method(method))
    if not models:
        return [None] * len(goals)
    return [_suggested(text, models[-1 if is_of_others(text) else 0]) for text in goals]


def _suggested(text: str, model: SentenceModel) -> SuggestedNeed | None:
    best, found = model.need_like, None
    sentences = understood(text, in_english=model.english)
    for sentence, vector in zip(sentences, encode(sentences, model) / UNIT, strict=True):
        likeness = np.array([(bank @ vector).max() for bank in _banks(model)])
        first = int(likeness.argmax())
        if likeness[first] >= max(best, np.delete(likeness, first).max() + AHEAD):
            best, found = float(likeness[first]), SuggestedNeed(tuple(Context)[first], sentence)
    return found


@cache
def _banks(model: SentenceModel) -> tuple[Floats, ...]:
    """Return the vectors of each context's sentences, in the vocabulary's order."""
    sentences = tomllib.loads(SENTENCES_FILE.read_text(encoding="utf-8"))
    return tuple(encode(sentences[context], model) / UNIT for context in Context)
