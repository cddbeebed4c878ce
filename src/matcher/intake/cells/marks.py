"""Marks in a cell that say only that an option counts, and how much: ticks, ranks, strengths."""

import re
from functools import cache

from matcher.intake.cells.form_words import FORM_WORDS
from matcher.text import fold_plain

_TICKS = frozenset(map(fold_plain, FORM_WORDS["ticks"]))
_NO_TICKS = frozenset(map(fold_plain, FORM_WORDS["no_ticks"]))
_NEGATIONS = frozenset(map(fold_plain, FORM_WORDS["negations"]))
_OTHERS = tuple(map(fold_plain, FORM_WORDS["others"]))
_RANKS = {
    fold_plain(word): k for k, words in enumerate(FORM_WORDS["ordinals"], 1) for word in words
}
_RANKED = frozenset(map(fold_plain, FORM_WORDS["ranked"]))
_RANK = re.compile(r"(?:no|nr|nummer|number|#)?\s*(\d)(?:st|nd|rd|th|er|ere|eme|e|a|o|\.)?")


@cache
def is_tick(text: str) -> bool:
    """Whether a cell says yes, however the form writes it."""
    return fold_plain(text) in _TICKS


@cache
def is_no_tick(text: str) -> bool:
    """Whether the cell of an option says that it does not count, as `No` or `not ticked` do."""
    plain = fold_plain(text)
    negation, _, rest = plain.partition(" ")
    return plain in _NO_TICKS or (negation in _NEGATIONS and rest in _TICKS)


def affirmed(text: str) -> str:
    """Return an answer as words without those that deny it: `not signed off` as `signed off`."""
    return " ".join(word for word in fold_plain(text).split() if word not in _NEGATIONS)


@cache
def is_other(option: str) -> bool:
    """Whether an option is the one below which people write an answer of their own."""
    plain = re.split(r"[^\w]", fold_plain(option), maxsplit=1)[0]
    return plain in _OTHERS or fold_plain(option) in _OTHERS


@cache
def rank_of(text: str) -> int | None:
    """Return the place that `First choice`, `2. Wahl` or `choix 3` names, None for other text."""
    plain = fold_plain(text)
    if plain in _RANKS and not plain[0].isdigit():
        return _RANKS[plain]
    words = re.split(r"[\s:_-]+", plain)
    if len(words) != 2 or _RANKED.isdisjoint(words):
        return _RANKS.get(plain)
    place = words[1] if words[0] in _RANKED else words[0]
    match = _RANK.fullmatch(place)
    return int(match[1]) if match else _RANKS.get(place)


@cache
def without_rank(title: str) -> tuple[str, int] | None:
    """Return a title without the place in a ranking that it names, and the place.

    `Topic: first choice`, `Erstes Thema`, `Priorité 2`: what is left may be empty. None where it
    names no place, or several.
    """
    title = _ORDINAL.sub(r"\1", title)
    words = list(_WORD.finditer(title))
    plain = [fold_plain(word[0]) for word in words]
    beside = [
        [n for n in (k - 1, k + 1) if 0 <= n < len(plain) and plain[n] in _RANKED]
        for k in range(len(plain))
    ]
    places = [
        _RANKS.get(word, int(word) if near and word in _PLACES else 0)
        for word, near in zip(plain, beside, strict=True)
    ]
    if sum(map(bool, places)) != 1:
        return None
    named = next(k for k, place in enumerate(places) if place)
    gone = [words[k] for k in sorted((named, *beside[named]))]
    before, after = title[: gone[0].start()], title[gone[-1].end() :]
    return f"{before.rstrip(_JOINTS)} {after.lstrip(_JOINTS)}".strip(), places[named]


_WORD, _ORDINAL = re.compile(r"\w+"), re.compile(r"(\d)\.?[\u00ba\u00aa]")
_PLACES = frozenset("123456789")
_JOINTS = " :;,.-\u2013\u2014/|>#([)]\u00ba\u00aa"
"""Signs between a title and the place that it names."""


@cache
def step_of(text: str) -> int | None:
    """Return the step of a common scale that a text is, 0 for the lowest, None for no step."""
    plain = fold_plain(text)
    if signs := _SIGNS.fullmatch(text.strip()):
        return len(signs[0])
    return next((k for k, step in enumerate(_SCALE) if plain in step), None)


_SIGNS = re.compile(r"([+*\u2605\u25cf])\1{0,3}")
"""As many signs as the step is high: `+`, `++`."""
_SCALE = [frozenset(map(fold_plain, step)) for step in FORM_WORDS["scale"]]


def is_mark(text: str) -> bool:
    """Whether a text names no option, but says only that one counts or does not."""
    return is_tick(text) or is_no_tick(text) or rank_of(text) is not None


def repeats_option(text: str, option: str) -> bool:
    """Whether a cell says again what its column stands for: all of it, or how its title ends.

    A matrix writes `Morning` under `Monday - Morning`.
    """
    plain, own = fold_plain(text), fold_plain(option)
    return bool(plain) and f" {own}".endswith(f" {plain}")


BETWEEN_BOXES = re.compile(r"[;,|\n\u250b\u3001\uff0c\uff1b]")
"""What stands between the boxes that somebody ticked, where each may be an answer by itself."""


def boxes_in(answer: str) -> list[str]:
    """Return the boxes that an answer ticks: the answer itself where it is one."""
    return [part.strip() for part in BETWEEN_BOXES.split(answer) if part.strip()]
