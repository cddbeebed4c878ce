"""Cells of a column taken apart into the items that people ticked."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from matcher.text import fold


def items_in(texts: Mapping[str, int], separator: str) -> Counter[str]:
    """Return the items of cells; halves of an option that holds the separator are one item."""
    cells = {t: [" ".join(p.split()) for p in t.split(separator) if p.strip()] for t in texts}
    joints = _joints(cells, texts) if separator == "," else frozenset[tuple[str, str]]()
    items: Counter[str] = Counter()
    for text, parts in cells.items():
        start = 0
        for k in range(len(parts)):
            if k + 1 == len(parts) or (parts[k], parts[k + 1]) not in joints:
                items[f"{separator} ".join(parts[start : k + 1])] += texts[text]
                start = k + 1
    return items


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


def are_codes(
    texts: Iterable[str], known: Collection[str] = (), *, may_be_names: bool = False
) -> bool:
    """Whether the words of a column's cells are options of which a blank parts one from the next.

    Each is written as tools write the names of options, and most stand in several cells that
    differ. Words that stand between others alone (`and`) make sentences, and so does a small letter
    behind a capital one.

    Parameters
    ----------
    texts
        The cells.
    known
        Folded options that the config names.
    may_be_names
        Whether a plain word may be half of somebody's name: then none is an option.
    """
    cells = [text.split() for text in dict.fromkeys(texts) if text.strip()]
    counts = Counter(fold(word) for words in cells for word in {*words})
    ends = {fold(words[k]) for words in cells for k in (0, -1)}
    own = {word: n for word, n in counts.items() if word not in known}
    sure = sum(n > 1 or bool(_SIGN_OF_CODE.search(word)) for word, n in own.items())
    is_said = any(words[0][0].isupper() and words[-1][0].islower() for words in cells)
    is_said |= any(
        not _OPTION.fullmatch(word) or (n > 1 and word not in ends) for word, n in own.items()
    )
    is_named = may_be_names and not all(map(_SIGN_OF_CODE.search, own))
    is_twice = any(len({*words}) < len(words) for words in cells)
    return not (is_said or is_named or is_twice) and 2 * sure >= len(own)


_OPTION = re.compile(r"[\w@](?:[\w@.+-]*\w)?")
_SIGN_OF_CODE = re.compile(r"[\d_@]")
