"""The one way that words are folded, counted, listed, made plural, shown, and read from JSON."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:  # the command line shows words without waiting for pandas
    import pandas as pd

_STRAIGHT = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
    }
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_SPACES = re.compile(r"\s+")
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])\s*[-'.,/]\s*(?=[^\W\d_]|$)")
_SAINT = re.compile(r"\bst(e?)\b(?= \w)")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_HIDING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\ufffc\U00016fe4\U0001bca0-\U0001bca3\U0001d159"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What shows nothing: the property Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode
16), with the blank Braille pattern, the Khitan filler, the null notehead and the place of an object
that is not there, which are drawn as nothing too."""

LOOKALIKES = str.maketrans(
    "авекмнорстухѕіјһԁԛԝӏαβεζηικμνορτυχɑɡ", "abekmhopctyxsijhdqwlabezhikmnoptyxag"
)
"""Small letters of other scripts that are drawn as Latin ones, in either case."""

ID_PADDING = " \t\r\n\u00a0\u3000"
"""What may stand around an id and is taken off; anything invisible inside it is an error."""

MISSING_WORDS = frozenset(
    {"prefer not to say", "prefer not to answer", "rather not say", "i prefer not to say"}
)
"""Answers that mean no answer, whatever the question, folded."""


def words_beside(file: str, name: str) -> dict[str, Any]:
    """Return what a TOML file says that lies beside a module, whose own file is `file`."""
    return tomllib.loads((Path(file).parent / name).read_text("utf-8"))


def parse_json(text: str | bytes) -> Any:
    """Return what a JSON text from outside holds.

    Raises
    ------
    ValueError
        Where it is none, is no UTF-8, is nested too deeply, says a key twice, or holds half a
        character that stands for no byte: of paths and words that are no UTF-8 we write these so.
    """
    plain = text if isinstance(text, str) else text.decode("utf-8-sig")
    try:
        held = json.loads(plain, object_pairs_hook=_each_key_once)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if "\\u" in plain:  # an escape may write what no file can hold
        json.dumps(held, ensure_ascii=False).encode(errors="surrogateescape")
    return held


def _each_key_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a key that stands twice, readers take the one or the other."""
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key stands twice")
    return held


def fold(text: str) -> str:
    """Return `text` as it is compared: case, quotes, dashes, width and spaces made alike."""
    if text.isascii():
        return " ".join(text.split()).casefold()
    plain = unicodedata.normalize("NFKC", text).translate(_STRAIGHT)
    plain = _without(INVISIBLE.sub("", plain), lambda c: unicodedata.category(c) == "Cf")
    return _SPACES.sub(" ", plain).strip().casefold()


def fold_each(cells: Iterable[object]) -> list[str]:
    """Return each text folded, "" where a cell holds no text; answers repeat and fold once."""
    texts = [cell if isinstance(cell, str) else "" for cell in cells]
    folded = {text: fold(text) for text in set(texts)}
    return [folded[text] for text in texts]


def fold_column(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as folded texts, missing where a cell is missing or blank."""
    texts = values.astype("string")
    folded = {text: fold(text) or None for text in texts.dropna().unique()}
    return texts.map(folded).astype("string")


def fold_heading(text: str) -> str:
    """Return a column title as it is compared: folded, without tags or a closing colon."""
    plain = _TAG.sub("", text) if "<" in text else text
    return fold(plain).rstrip(" :*")


def fold_plain(text: str) -> str:
    """Return a text as words of forms in many languages are compared: folded, without accents.

    Strokes go too, and a closing colon, asterisk or dot.
    """
    return plain_letters(fold(text).rstrip(" :*."))


def fold_place(text: str) -> str:
    """Return where somebody works as it is compared: signs between letters and accents aside.

    >>> fold_place("ST-ÉTIENNE") == fold_place("Saint Etienne")
    True
    """
    return _SAINT.sub(r"saint\1", _BETWEEN_LETTERS.sub(" ", fold_plain(text)))


def plain_letters(text: str) -> str:
    """Return folded text whose letters stand without accents and strokes."""
    return text if text.isascii() else without_accents(text).translate(STROKES)


def without_accents(text: str) -> str:
    """Return a text whose letters stand without the marks that Unicode can take off them."""
    if text.isascii():
        return text
    return _without(unicodedata.normalize("NFKD", text), unicodedata.combining)


def _without(text: str, is_gone: Callable[[str], object]) -> str:
    """Return a text without some characters, each kind of which is looked at once."""
    gone = {ord(c): None for c in set(text) if is_gone(c)}
    return text.translate(gone) if gone else text


STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe"}
    | {"\u0131": "i", "ħ": "h"}
)
"""Small letters that Unicode does not take apart, for `str.translate`."""


def bare_letters(text: str) -> str:
    """Return a text of small letters without accents and invisible marks; nothing else is cut."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = _without(apart, lambda c: unicodedata.category(c) in ("Mn", "Cf", "Me"))
    return kept.translate(STROKES)


def snake(text: str) -> str:
    """Return a title in the form of canonical names: `Person ID` becomes `person_id`."""
    return _NOT_WORD.sub("_", fold(text)).strip("_")


def tidy(text: str) -> str:
    """Return a text answer in NFC, with plain spaces and nothing around it."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text.replace("\u00a0", " ")).strip()


def on_one_line(text: str) -> str:
    """Return an answer as pages show it: what stands on lines of its own with semicolons."""
    return tidy("; ".join(filter(None, map(str.strip, text.splitlines()))))


def heading(section: str, name: str) -> str:
    """Return the heading of a part of the settings; a name with a dot in it stands in quotes."""
    return f'[{section}."{name}"]' if "." in name else f"[{section}.{name}]"


def shown_id(text: object) -> str:
    """Return an id fit for a message: printable ASCII, short, and never an e-mail address."""
    plain = str(text).strip()
    if "@" in plain:
        return "(an e-mail address)"
    printable = plain.encode("ascii", "backslashreplace").decode("ascii")
    printable = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in printable)
    return printable if len(printable) <= 40 else printable[:37] + "..."


def printable(text: object) -> str:
    """Return `text` without characters that turn or hide what follows, nor control characters."""
    given = "" if text is None else str(text)
    if given.isascii() and given.isprintable():
        return given.strip()
    cleaned = _HIDING.sub("", given)
    return "".join(c if c.isprintable() else " " for c in cleaned).strip()


def capital(text: str) -> str:
    """Return `text` with a capital at its start."""
    return text[:1].upper() + text[1:]


def plural(n: float, one: str, many: str = "") -> str:
    """Return the form of a word for `n` of a thing: ``mentor`` or ``mentors``, ``is`` or ``are``.

    `many` is needed where it is not `one` with an s.
    """
    return one if n == 1 else many or f"{one}s"


def count_of(n: float, one: str, many: str = "") -> str:
    """Return ``1 mentor`` or ``2 mentors``.

    Parameters
    ----------
    n
        How many; what is no whole number is shown as short as it reads back.
    one, many
        The word for one and for all else, as in :func:`plural`.
    """
    number = f"{n:g}" if isinstance(n, float) else f"{n}"
    return f"{number} {plural(n, one, many)}"


def spelt(n: int) -> str:
    """Return a small count as a word: ``two``; larger ones as digits."""
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else str(n)


def listed(items: Iterable[str], last: str = "and", apart: str = "") -> str:
    """Return ``a, b and c``; with a comma before the last where an item itself holds the word.

    Not for the sake of an item that ends with a mark, as a quotation does.

    Parameters
    ----------
    items
        Texts without line feeds, in the order in which they are read.
    last
        The word before the last of them.
    apart
        What stands in place of that word and a comma before it.
    """
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    # Not over the items one by one: a plan lists some forty times. No item holds a line feed.
    word, before = f" {last} ", f" {last}"
    if word in "\n".join(words) and any(word in w and w[-1].isalnum() for w in words):
        before = apart or f", {last}"
    return f"{', '.join(words[:-1])}{before} {words[-1]}"


def shortened(items: Sequence[str], most: int = 4) -> str:
    """Return a list for a cell or brackets: the first items with commas, then how many more.

    Parameters
    ----------
    items
        Texts, the most important first.
    most
        How many are named.
    """
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def is_no_answer(text: str) -> bool:
    """Whether a cell says that the person would rather not answer."""
    lowered = text.casefold()
    return ("prefer" in lowered or "rather" in lowered) and fold(text) in MISSING_WORDS


def shown_title(text: str) -> str:
    """Return a title fit for a message: one line, printable, short, without e-mail addresses."""
    words = ("(an e-mail address)" if "@" in word else word for word in text.split())
    plain = " ".join(words)
    plain = "".join(c if c.isprintable() else "?" for c in plain)
    return plain if len(plain) <= 80 else plain[:77] + "..."


def misspelt(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that `word` is most likely a slip for, or None.

    Strict on purpose: one slip from five letters on, two from eight on, so that other real words
    (`area` and `era`, `state` and `start`) pass.
    """
    best: tuple[int, str] | None = None
    for name in sorted(known):
        allowed = 2 if min(len(name), len(word)) >= 8 else int(len(name) >= 5 and len(word) >= 4)
        if len(name) == 4 and len(word) >= 4 and _swap_or_plural(word, name):
            allowed = 1
        if abs(len(name) - len(word)) > allowed:
            continue
        distance = OSA.distance(word, name)
        is_slip = 0 < distance <= allowed and not _are_opposite(word, name)
        if is_slip and (best is None or distance < best[0]):
            best = (distance, name)
    return best[1] if best else None


_OPPOSITES = (("max", "min"), ("mentee", "mentor"), ("mentees", "mentors"))


def _are_opposite(word: str, name: str) -> bool:
    """Whether two names differ by a word that turns the meaning: `max_mentees`, `min_mentees`."""
    apart = set(word.split("_")) ^ set(name.split("_"))
    return any(apart >= set(pair) for pair in _OPPOSITES)


def _swap_or_plural(word: str, name: str) -> bool:
    return sorted(word) == sorted(name) or word == name + "s"


def did_you_mean(near: str | None) -> str:
    """Return ``did you mean near? ``, empty where nothing is near."""
    return f"did you mean {near}? " if near else ""


def nearest(text: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """Return the known answer most like `text`, or None where none is alike enough.

    `least` is the share of letters in common, from 0 to 1, from which two count as alike.
    """
    found = process.extractOne(
        text, sorted(set(known)), scorer=fuzz.ratio, processor=_spaced, score_cutoff=100 * least
    )
    return found[0] if found else None


def _spaced(name: str) -> str:
    return fold(name).replace("_", " ")


def utf_8(text: str) -> bytes:
    """Return a text in UTF-8.

    A byte of a path or of a word typed that is no UTF-8 is a lone surrogate in Python; it is
    written as the escape of it, from which JSON finds the path again.
    """
    return text.encode("utf-8", "backslashreplace")
