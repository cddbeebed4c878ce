"""How numbers, facets and codes read in plain words."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from matcher.catalogue.catalogue import spoken
from matcher.text import capital, count_of, plural, printable, words_beside
from matcher.vocabulary import facet_label

PLAIN_WORDS: dict[str, dict[str, Any]] = words_beside(__file__, "words.toml")
"""What codes read as, by what they are codes of."""

NONE = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"


def clipped(text: str, most: int = 80) -> str:
    """Return `text`, cut where it would push everything else off a page."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def facet_labels(names: Iterable[str]) -> list[str]:
    """Return facets in words, in the order given."""
    labels = spoken().labels
    return [labels.get(name) or facet_label(printable(name)) for name in names]


def facet_named(name: str) -> str:
    """Return a facet in words; a programme's own option as it stands in its form."""
    return facet_labels((name,))[0]


def feature(name: str) -> str:
    """Return a feature's name in words."""
    return str(PLAIN_WORDS["features"].get(name, sentence(name)))


def approach(name: str) -> str:
    """Return an approach in words."""
    return str(PLAIN_WORDS["approaches"].get(name, printable(name.replace("_", " "))))


def without_language(summary: Mapping[str, Any]) -> str:
    """Return how many matched pairs named no language in common, empty where all did or none."""
    found = summary.get("languages") or {}
    if not (none := found.get("none", 0)):
        return ""
    pairs = count_of(found["known"], "pair")
    return (
        f"{none} of {pairs} who both named languages {plural(none, 'has', 'have')} none in common."
    )


def sentence(code: str) -> str:
    """Return a code such as ``no_place`` with spaces and a capital."""
    return capital(printable(code.replace("_", " ")))


def share(value: float, digits: int = 0) -> str:
    """Return a share in [0, 1] as a percentage; an unknown one as a dash."""
    return NONE if not math.isfinite(value) else f"{100 * value:.{digits}f}%"


def number(value: float, digits: int = 2) -> str:
    """Return a number with `digits` decimals; an unknown one as a dash."""
    if not math.isfinite(value):
        return NONE
    text = f"{value:.{digits}f}"
    return text.replace("-", _MINUS) if float(text) else text.replace("-", "")


def at_least(value: float) -> str:
    """Return a number no less than this, rounded down to two decimals; an unknown one as a dash."""
    if not math.isfinite(value):
        return NONE
    return "under 0.01" if 0 < value < 0.01 else number(math.floor(value * 100) / 100)


def count(value: float) -> str:
    """Return a count without decimals where it has none."""
    return number(value, 0 if float(value).is_integer() else 2)


def proven(gap: float) -> str:
    """Return a gap as a percentage that is not smaller than the gap, of four decimals at most."""
    if gap <= 0:
        return "0%"
    digits = min(4, max(0, 1 - math.floor(math.log10(100 * gap))))
    scale = 10.0**digits
    return f"{max(1, math.ceil(100 * gap * scale - 1e-9)) / scale:.{digits}f}%"


def slug(text: str) -> str:
    """Return `text` as an id for an element of a page."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
