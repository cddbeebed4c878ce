"""Make the fixed idf table that ships with matcher from counts of words in books.

Source: ``frequency_dictionary_en_82_765.txt`` of the package symspellpy (MIT), which is Google
Books Ngram data (CC BY 3.0) restricted to words of SCOWL. Counts become the chance that a text of
`TEXT_WORDS` words holds a word at least once; its negative logarithm is the idf. Inflected and
British or American forms share one entry. Words of `DOMAIN` stand in most sign-up forms, however
rare they are in books, and get at most `DOMAIN_IDF`.

Run ``pip install symspellpy==6.10.1 && python tools/make_idf.py``; the file of counts is checked
against its SHA-256, and the same input gives the same table to the byte.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from matcher.features.terms import IDF_FILE, STOP_WORDS, stem  # noqa: E402

COUNTS = "frequency_dictionary_en_82_765.txt"
SHA256 = "68e9dc81c7e73bd7310b57e516ecaea0d8b6387ff71344a57c04174650a407a7"
TEXT_WORDS = 100
"""Words of a typical statement of goals or biography."""
LARGEST = 8.5
"""Idf of words that are not in the table: one text in about 4,900."""
STEP = 0.1
DOMAIN_IDF = 1.5
DOMAIN = (ROOT / "tools" / "common_in_forms.txt").read_text(encoding="ascii").split()


def main() -> None:
    """Write the table beside the code that reads it."""
    counts = stem_counts(read_counts())
    total = sum(counts.values())
    table = {word: idf(count / total) for word, count in counts.items()}
    for word in DOMAIN:
        table[stem(word)] = min(table.get(stem(word), LARGEST), DOMAIN_IDF)
    IDF_FILE.write_text(render(table), encoding="ascii", newline="\n")
    sys.stdout.write(f"{IDF_FILE}: {IDF_FILE.stat().st_size} bytes\n")


def read_counts() -> dict[str, int]:
    """Read the counts of the installed package, if they are the expected ones."""
    spec = find_spec("symspellpy")
    if spec is None or spec.origin is None:
        sys.exit("symspellpy is not installed: pip install symspellpy==6.10.1")
    data = Path(spec.origin).with_name(COUNTS).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit(f"{COUNTS} differs from that of symspellpy 6.10.1")
    pairs = (line.split() for line in data.decode("utf-8-sig").splitlines())
    return {word: int(count) for word, count in pairs}


def stem_counts(counts: dict[str, int]) -> dict[str, int]:
    """Add up the forms of a word; stop words stay out but count in the total elsewhere."""
    merged: defaultdict[str, int] = defaultdict(int)
    for word, count in counts.items():
        if word.isascii() and word.isalpha() and len(word) > 1:
            merged[stem(word)] += count
    return dict(merged)


def idf(share: float) -> float:
    """Return -log of the chance that a text of TEXT_WORDS holds a word of this share."""
    return -math.log(-math.expm1(TEXT_WORDS * math.log1p(-share)))


def render(table: dict[str, float]) -> str:
    """Write one line a step of idf: the value, then its words in alphabetical order."""
    lines: defaultdict[float, list[str]] = defaultdict(list)
    stop = {stem(word) for word in STOP_WORDS}
    for word, value in table.items():
        rounded = round(round(value / STEP) * STEP, 1)
        if rounded < LARGEST and word not in stop:
            lines[rounded].append(word)
    rows = (f"{value} {' '.join(sorted(words))}" for value, words in sorted(lines.items()))
    header = "# Made by tools/make_idf.py from Google Books Ngram data (CC BY 3.0); see there."
    return "\n".join((header, f"{LARGEST} *", *rows, ""))


if __name__ == "__main__":
    main()
