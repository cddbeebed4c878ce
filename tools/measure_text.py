"""Measure how free text is told apart, the ground for the fixed curves in `features/text.py`.

Twenty goals with a biography that answers each, written for this purpose: half of the pairs share
telling words, half say the same in other words. Printed are quantiles of the cosines of matched
pairs and of all others, and how often the answering biography is the nearest, without and with a
polite sentence that everybody writes.

Run ``python tools/measure_text.py > benchmarks/results/measure_text.txt`` (with the extra
[semantic] for both methods).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from matcher.features.base import UNIT  # noqa: E402
from matcher.features.kinds.text_fit import chosen_method  # noqa: E402
from matcher.features.terms import encode_both  # noqa: E402

POLITE = "I am looking forward to meeting you and learning together. "
PAIRS = Path(__file__).with_name("text_pairs.txt")


def main() -> None:
    """Print one line a method and kind of text."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    goals, bios = lines[::3], lines[1::3]
    for prefix in ("", POLITE):
        ours, theirs = ([prefix + text for text in side] for side in (goals, bios))
        left, right = encode_both(ours, theirs)
        report("tfidf", prefix, (left @ right.T).toarray() / UNIT**2)
        if chosen_method("auto") == "semantic":
            from matcher.features.semantic import encode

            report("semantic", prefix, encode(ours) @ encode(theirs).T / UNIT**2)


def report(method: str, prefix: str, cosine: np.ndarray) -> None:
    """Write quantiles of matched and other pairs, and accuracy at 1."""
    matched = np.diag(cosine)
    others = cosine[~np.eye(len(cosine), dtype=bool)]
    nearest = (cosine.argmax(axis=1) == np.arange(len(cosine))) & (matched > 0)
    sys.stdout.write(
        f"{method:9} {'polite' if prefix else 'plain':7}"
        f" matched .25 .5 .75 .9: {np.quantile(matched, [0.25, 0.5, 0.75, 0.9]).round(3)}"
        f" others .5 .9 .99: {np.quantile(others, [0.5, 0.9, 0.99]).round(3)}"
        f" accuracy at 1: {nearest.mean():.2f}\n"
    )


if __name__ == "__main__":
    main()
