"""Measure how free text is told apart: the ground for the fixed curves of the kind `text`.

Fifty-two goals with a biography that answers each, twelve people on unrelated topics in eight
sentences each, and a dozen sentences that tell nothing: all written for this purpose, the last
after the stock sentences that ship with us and unlike them. Printed are, a method:

- how often the answering biography is the nearest, plain, with two empty sentences around the goal,
  and with two around both;
- the same for the last goals in German against the biographies in English;
- quantiles of the cosines of matched pairs and of all others, and the values they are given;
- the mean value of texts on unrelated topics, and of two parts of one topic, by their length.

Run ``python tools/measure_text.py > benchmarks/results/measure_text.txt`` (with the extras
[semantic] and [multilingual] for all methods).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from matcher.features.base import Listed  # noqa: E402
from matcher.features.kinds.text_fit import text_fit  # noqa: E402
from matcher.features.sentence_models import MODELS  # noqa: E402
from matcher.features.terms import sentences_of  # noqa: E402

HERE = Path(__file__).parent
SEEDS = range(5)
LENGTHS = (1, 2, 4, 8)
MATCHED = (0.1, 0.25, 0.5, 0.75, 0.9)
OTHERS = (0.5, 0.9, 0.99)

Values = Callable[[Sequence[str], Sequence[str]], np.ndarray]


def main() -> None:
    """Print one block a method."""
    methods = ["tfidf", *(name for name, model in MODELS.items() if not model.missing_parts)]
    for method in methods:
        for name in ("accuracy", "cosine", "length"):
            for line in globals()[name](method):
                sys.stdout.write(f"{method:9} {line}\n")


def compared(mentees: Sequence[str], mentors: Sequence[str], method: str) -> tuple[np.ndarray, ...]:
    """Return cosines and values of all pairs: two arrays of shape (n, m)."""
    n, m = len(mentees), len(mentors)
    fit = text_fit(mentees, mentors, np.ones(n, bool), np.ones(m, bool), method)
    pairs = Listed(np.repeat(np.arange(n), m), np.tile(np.arange(m), n))
    values = fit.compare(pairs, np.zeros(n * m, dtype=np.int8)).values
    return fit.cosine(pairs).reshape(n, m), values.reshape(n, m)


def accuracy(method: str):
    """Yield how often the answer is the nearest, by what stands around the texts."""
    goals, bios = _pairs()
    for name, ours, theirs in (
        ("plain", 0, 0),
        ("two fillers in the goal", 2, 0),
        ("two fillers in both", 2, 2),
    ):
        right = []
        for seed in SEEDS:
            cosine, _ = compared(
                _filled(goals, ours, seed), _filled(bios, theirs, seed + 100), method
            )
            best = cosine.argmax(axis=1) == np.arange(len(goals))
            right.append((best & (cosine.max(axis=1) > 0)).mean())
        yield f"accuracy at 1, {name}: {np.mean(right):.2f}"
    german = _lines("text_goals_de.txt")
    cosine, _ = compared(german, bios[-len(german) :], method)
    right = (cosine.argmax(axis=1) == np.arange(len(german))) & (cosine.max(axis=1) > 0)
    yield f"accuracy at 1, goals in German: {right.mean():.2f}"


def cosine(method: str):
    """Yield quantiles of the cosines and values of answers and of all other pairs."""
    for name, table in zip(("cosine", "value"), compared(*_pairs(), method), strict=True):
        matched, others = np.diag(table), table[~np.eye(len(table), dtype=bool)]
        yield f"{name} of answers at {MATCHED}: {np.quantile(matched, MATCHED).round(2)}"
        yield f"{name} of others at {OTHERS}: {np.quantile(others, OTHERS).round(2)}"


def length(method: str):
    """Yield the mean value of unrelated texts and of two parts of one topic, by their length."""
    topics = [sentences_of(line) for line in _lines("text_topics.txt")]
    for many in LENGTHS:
        unrelated, related = [], []
        for start in range(0, 8, 2):
            ours = [" ".join(np.roll(topic, -start)[:many]) for topic in topics]
            rest = [" ".join(np.roll(topic, -start - many)[:many]) for topic in topics]
            apart = ~np.eye(len(topics), dtype=bool)
            unrelated.append(compared(ours, ours, method)[1][apart].mean())
            related.append(np.diag(compared(ours, rest, method)[1]).mean())
        alike = "" if 2 * many > 8 else f", two parts of one topic {np.mean(related):.2f}"
        yield f"mean value at {many} sentences: unrelated {np.mean(unrelated):.3f}{alike}"


def _pairs() -> tuple[list[str], list[str]]:
    lines = _lines("text_pairs.txt")
    return lines[::2], lines[1::2]


def _filled(texts: Sequence[str], many: int, seed: int) -> list[str]:
    """Put empty sentences around each text."""
    draw, fillers = np.random.default_rng(seed), _lines("text_fillers.txt")
    around = [draw.choice(fillers, many, replace=False).tolist() for _ in texts]
    return [
        " ".join((*some[:1], text, *some[1:])) for some, text in zip(around, texts, strict=True)
    ]


def _lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line]


if __name__ == "__main__":
    main()
