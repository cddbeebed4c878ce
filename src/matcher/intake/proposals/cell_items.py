"""Cells of a column taken apart into the items that people ticked."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise


def items_in(texts: Mapping[str, int], separator: str) -> Counter[str]:
    """Return the items of cells; halves of an option that holds the separator are one item."""
    cells = {text: [p for p in map(_tidy, text.split(separator)) if p] for text in texts}
    joints = _joints(cells, texts) if separator == "," else frozenset[tuple[str, str]]()
    items: Counter[str] = Counter()
    for text, parts in cells.items():
        start = 0
        for k in range(len(parts)):
            if k + 1 == len(parts) or (parts[k], parts[k + 1]) not in joints:
                items[f"{separator} ".join(parts[start : k + 1])] += texts[text]
                start = k + 1
    return items


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _joints(cells: Mapping[str, list[str]], texts: Mapping[str, int]) -> frozenset[tuple[str, str]]:
    """Return pairs of parts that never stand one without the other right behind it.

    Options of a form are ticked by different people in different company; what always comes as a
    pair, in the same order, is one option with a comma in it. Where few cells tell, a small letter
    at its start says that a part is no option of its own.
    """
    single = Counter[str]()
    double = Counter[tuple[str, str]]()
    for text, parts in cells.items():
        for part in parts:
            single[part] += texts[text]
        for pair in pairwise(parts):
            double[pair] += texts[text]
    company = Counter(part for parts in cells.values() for part in set(parts))
    return frozenset(
        pair
        for pair, n in double.items()
        if n == single[pair[0]] == single[pair[1]]
        and (company[pair[0]] > 2 or (pair[0][:1].isupper() and pair[1][:1].islower()))
    )
