"""Kind `text`: how alike two people's own words are, on a scale that no pool changes.

A text becomes a vector of length 1; the cosine of two vectors goes through a fixed curve, since raw
cosines of either method are no shares of anything (docs/decisions/0004-free-text.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Codes, Floats
from matcher.config.feature_kinds import register
from matcher.config.sections import TextMethod
from matcher.errors import ConfigError, Finding
from matcher.features.base import UNIT, BothStated, Coded, Compared, Selection, where_answered
from matcher.features.feature_columns import stated
from matcher.features.semantic import vectors_of_both
from matcher.features.sentence_models import MODELS, SENTENCE_CURVE, Curve, lacking_for
from matcher.features.stated_answers import BlockAnswers
from matcher.features.terms import encode_both

TFIDF_CURVE: Curve = ((0.005, 0.0), (0.03, 0.4), (0.1, 0.7), (0.3, 1.0))
"""Cosine of TF-IDF vectors to a value."""


@dataclass(frozen=True)
class TextFit(BothStated):
    """Cosine of two texts' vectors through a fixed curve.

    Parameters
    ----------
    mentee, mentor
        Unit vectors in whole multiples of 1/UNIT: shapes (n, v) and (m, v).
    curve
        Points (cosine, value), cosines rising.
    """

    mentee: Coded
    mentor: Coded
    curve: Curve

    def cosine(self, pairs: Selection) -> Floats:
        """Return the cosine of each pair's vectors, of the selection's shape."""
        cosine = pairs.dot(self.mentee, self.mentor)
        cosine *= UNIT**-2
        return cosine

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the texts of both sides."""
        cosine = self.cosine(pairs)
        places, heights = zip(*self.curve, strict=True)
        value = np.full(pairs.shape, heights[0])
        alike = cosine > places[0]  # few: most share no word
        value[alike] = np.interp(cosine[alike], places, heights)
        return where_answered(value, self.both(pairs))


@register(
    "text",
    words="what both write in their own words, compared by words",
    meaning="Similarity of free text (see `[text]`).",
    mentee=("goals",),
    mentor=("bio",),
    neutral=0.12,
)
def _text(answers: BlockAnswers) -> TextFit:
    """Make kind `text`."""
    ours, theirs = answers.texts(*answers.block.columns)
    return text_fit(ours, theirs, stated(ours), stated(theirs), answers.config.text.method)


def text_fit(
    mentees: Sequence[str],
    mentors: Sequence[str],
    mentee_stated: Bools,
    mentor_stated: Bools,
    method: TextMethod,
) -> TextFit:
    """Return the comparison of two sides' texts; a text without any telling word is unanswered."""
    ours: Coded
    theirs: Coded
    models = MODELS.get(chosen_method(method))
    if models:
        (ours, theirs), curve = vectors_of_both(mentees, mentors, models), SENTENCE_CURVE
    else:
        (ours, theirs), curve = encode_both(mentees, mentors), TFIDF_CURVE
    return TextFit(
        mentee_stated & _says_something(ours),
        mentor_stated & _says_something(theirs),
        ours,
        theirs,
        curve,
    )


def chosen_method(method: TextMethod) -> TextMethod:
    """Return the method that a config's `text.method` means on this machine: never `auto`.

    Raises
    ------
    ConfigError
        Where a model is asked for by name and its extra is not installed.
    """
    if method == "auto":
        return next((name for name in reversed(MODELS) if not lacking_for(name)), "tfidf")
    lacking = lacking_for(method)
    if lacking:
        message = f"text.method is {method}, but {', '.join(lacking)} is not installed"
        remedy = f"pip install 'mentor-matcher[{method}]', or set text.method to auto"
        raise ConfigError(Finding("E_EXTRA", message, remedy, column="text.method"))
    return method


def text_model(method: TextMethod) -> dict[str, str]:
    """Return by what a run compares free text: ``name``, and ``sha256`` where files hold it.

    Parameters
    ----------
    method
        The config's ``text.method``.
    """
    models = MODELS.get(chosen_method(method))
    if models:
        *first, last = [model.name for model in models]
        told = "".join(f"{name} where both write in English, else " for name in first) + last
        return {"name": told, "sha256": " ".join(model.sha256 for model in models)}
    return {"name": "words and word pairs, TF-IDF with the idf that comes with matcher"}


def _says_something(vectors: Coded) -> Bools:
    return np.asarray((vectors * vectors).sum(axis=1)).ravel() > 0
