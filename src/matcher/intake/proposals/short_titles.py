"""What titles and targets are in whole words."""

import re
from functools import cache

from matcher.intake.proposals.reasons import BESIDE
from matcher.text import fold, words_beside


@cache
def spelled_out(title: str) -> str:
    """Return a title with what its words are short for, empty where none is known to be short."""
    words = re.findall(r"[^\W\d_]+|/", fold(_BRACKETS_ALONE.sub(" ", title)))
    whole = _SHORT["whole"].get("".join(words))
    said = [whole] if whole else [_SHORT["words"].get(word, word) for word in words]
    return " ".join(said) if said != words else ""


_SHORT = {
    part: {fold(short): long.replace("_", " ") for long, shorts in own.items() for short in shorts}
    for part, own in words_beside(__file__, "short_titles.toml").items()
}
_BRACKETS_ALONE = re.compile(r"[(\[].*?[)\]]")


@cache
def described(target: str) -> str:
    """Return what a target is in words, for questions."""
    return _WORDS.get(target, target.replace("groups.", "").replace("_", " "))


_WORDS: dict[str, str] = BESIDE["described"]
