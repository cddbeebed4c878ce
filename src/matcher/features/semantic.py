"""Texts as vectors of what they say, by a model of sentences where its extra is installed.

Every sentence is embedded by itself, since a quantised model picks its activation scales by batch
and a batch would let other people's sentences change a vector. Vectors are cached in memory by the
hash of the sentence and never written to disk.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from matcher.arrays import Bools, Floats
from matcher.features.base import UNIT
from matcher.features.sentence_models import ENGLISH, SentenceModel
from matcher.features.terms import COMMON_IDF, DATA, idf, is_of_others, stems_of, understood

FORM_FILE = DATA / "form_sentences.txt"
"""Sentences of sign-up forms on all their topics; what they share tells nobody apart."""

STOCK_FILE = DATA / "stock_sentences.txt"
"""Sentences that many write and that tell nobody apart."""

RARE_IDF = 6.0
"""Idf past which a word adds no more to its sentence: names are rare and say little."""

COHERENCE = 0.25
"""Power of a text's coherence, which lowers its cosines: with it those of unrelated texts are as
wide apart at any length (`tools/measure_text.py`)."""

_cache: dict[tuple[str, str], Floats] = {}


def encode(texts: Sequence[str], model: SentenceModel = ENGLISH) -> Floats:
    """Return a unit vector for each text in whole multiples of 1/UNIT: shape (p, d).

    The vector of a text is the mean of its sentences' vectors without what all sign-up forms share,
    weighted by how rare their words are and how far they are from stock sentences. Texts without
    any telling sentence are rows of zeros.
    """
    return _whole_vectors(_means(texts, model)[0])


def vectors_of_both(
    mentees: Sequence[str], mentors: Sequence[str], models: Sequence[SentenceModel]
) -> tuple[Floats, Floats]:
    """Return vectors whose dot products are scaled cosines past those of unrelated texts.

    Two texts in English are compared by the first model, all others by the last. So vectors are
    in three parts: all in English by the first model; by the last, mentees beside mentors who write
    in another language, and mentees who do beside mentors in English. Of any pair one part meets.

    Parameters
    ----------
    mentees, mentors
        Texts: n and m.
    models
        One or two of `sentence_models.MODELS`.

    Returns
    -------
    tuple[Floats, Floats]
        Whole multiples of 1/UNIT: shapes (n, v) and (m, v); zeros where a text says nothing.
    """
    first, *more = models
    ours, theirs = (
        np.array([not (more and is_of_others(text)) for text in texts], dtype=bool)
        for texts in (mentees, mentors)
    )
    parts = [_compared(_only(mentees, ours), _only(mentors, theirs), first)]
    if not (ours.all() and theirs.all()):
        # Of a text in English that the first model finds empty the last is told nothing either.
        mentee_says, mentor_says = (np.asarray(part.any(axis=1)) for part in parts[0])
        parts += [
            _compared(_only(mentees, mentee_says | ~ours), _only(mentors, ~theirs), more[0]),
            _compared(_only(mentees, ~ours), _only(mentors, mentor_says), more[0]),
        ]
    left, right = zip(*parts, strict=True)
    return np.hstack(left), np.hstack(right)


def rarity(sentence: str) -> float:
    """Return the weight of a sentence: the sum of its words' rarity above that of common words."""
    words = sorted(set(stems_of(sentence)))
    return float(sum(max(0.0, min(idf(word), RARE_IDF) - COMMON_IDF) for word in words))


def embed(sentence: str, model: SentenceModel) -> Floats:
    """Return the unit vector of one sentence as the model gives it: shape (d,)."""
    key = model.name, hashlib.sha256(sentence.encode()).hexdigest()
    if key not in _cache:
        _cache[key] = model.embed(sentence)
    return _cache[key]


def _whole_vectors(vectors: Floats, lengths: Floats | float = 1.0) -> Floats:
    """Give rows their lengths, in whole multiples of 1/UNIT; zero rows stay zero."""
    before = np.sqrt(np.square(vectors).sum(axis=1))
    factors = np.divide(lengths, before, out=np.zeros(len(vectors)), where=before > 0)
    return np.asarray(np.rint(vectors * (factors * UNIT)[:, None]))


def _only(texts: Sequence[str], some: Bools) -> list[str]:
    """Return some of the texts, the others empty."""
    return [text if asked else "" for text, asked in zip(texts, some, strict=True)]


def _compared(
    mentees: Sequence[str], mentors: Sequence[str], model: SentenceModel
) -> tuple[Floats, Floats]:
    """Return `encode` of both sides with one more column, so that long texts are not more alike.

    The mean of many sentences is short, since they differ, and what little any two sentences share
    then looms large: cosines of unrelated texts rise with their length, and spread. The last column
    takes off of a pair's dot product the cosine that unrelated sentences would give texts of these
    lengths; vectors are the shorter the less the sentences of a text cohere.
    """
    ours, theirs = (_scaled(*_means(texts, model), model) for texts in (mentees, mentors))
    theirs[:, -1] *= -1
    return ours, theirs


def _scaled(means: Floats, coherence: Floats, model: SentenceModel) -> Floats:
    """Return vectors and the column whose products are the cosines of unrelated texts."""
    lengths = model.scale**0.5 * coherence**COHERENCE
    before = np.sqrt(np.square(means).sum(axis=1))
    unrelated = model.unrelated**0.5 * lengths
    shares = np.divide(unrelated, before, out=np.zeros(len(means)), where=before > 0)
    return np.column_stack((_whole_vectors(means, lengths), np.rint(shares * UNIT)))


def _means(texts: Sequence[str], model: SentenceModel) -> tuple[Floats, Floats]:
    """Return the weighted mean of each text's sentences: shape (p, d), and its coherence: (p,).

    That is the length of the mean over the mean length: 1 where all sentences say one thing.
    """
    parts = [understood(text, in_english=model.english) for text in texts]
    _embed_all(sorted({sentence for part in parts for sentence in part}), model)
    made = [_mean_of(part, model) for part in parts]
    means = np.array([mean for mean, _ in made], dtype=np.float64)
    return means.reshape(len(texts), model.dimensions), np.array([each for _, each in made])


def _embed_all(sentences: Sequence[str], model: SentenceModel) -> Floats:
    """Return sentences' vectors: (s, d); the model runs outside Python's lock, one a thread."""
    if not sentences:
        return np.zeros((0, model.dimensions))
    embed(sentences[0], model)  # loads the model before the threads do
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.array(list(pool.map(lambda sentence: embed(sentence, model), sentences)))


def _mean_of(sentences: Sequence[str], model: SentenceModel) -> tuple[Floats, float]:
    total, weights, lengths = np.zeros(model.dimensions), 0.0, 0.0
    shared = _shared(model) if sentences else total
    for sentence in sentences:
        vector = embed(sentence, model)
        # A text of nothing but common words still says something: it keeps a small weight.
        weight = (rarity(sentence) + 0.01) * _news(vector, model)
        said = weight * (vector - (vector @ shared) * shared)
        total += said
        weights += weight
        lengths += float(np.sqrt(np.square(said).sum()))
    if not lengths:
        return total, 1.0
    return total / weights, min(1.0, float(np.sqrt(np.square(total).sum())) / lengths)


def _news(vector: Floats, model: SentenceModel) -> float:
    """Return what a sentence says beyond the nearest stock sentence: 1 all, 0 nothing."""
    start, end = model.stock_near
    return float(np.clip((end - (_stock(model) @ vector).max()) / (end - start), 0.0, 1.0))


@cache
def _shared(model: SentenceModel) -> Floats:
    """Return the direction that all sentences of sign-up forms share: shape (d,)."""
    mean = _embed_all(_lines(FORM_FILE), model).mean(axis=0)
    return np.asarray(mean / np.sqrt(np.square(mean).sum()))


@cache
def _stock(model: SentenceModel) -> Floats:
    """Return the vectors of the stock sentences: shape (s, d)."""
    return _embed_all(_lines(STOCK_FILE), model)


def _lines(path: Path) -> list[str]:
    return [x for x in path.read_text(encoding="ascii").splitlines() if not x.startswith("#")]
