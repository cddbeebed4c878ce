"""A text as the numbers that a BERT model reads: words, cut into pieces of a fixed list.

The list is that of BERT-base uncased, which all-MiniLM-L6-v2 was trained with (see NOTICE); the
rules are those of its authors' `tokenization.py`. Words of a text that spell a special piece
(``[SEP]``) are words like any other.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PIECES_FILE = Path(__file__).parent / "data" / "word_pieces.txt"
"""One piece a line; the number of a piece is its line, from 0."""

_START, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_LONGEST_WORD = 100
_IDEOGRAPHS = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)


def piece_numbers(text: str, most: int) -> list[int]:
    """Return the numbers of a text's pieces between those of start and end, `most` in all."""
    numbers = _numbers()
    pieces = [piece for word in _words(text) for piece in _pieces(word)]
    return [numbers[piece] for piece in (_START, *pieces[: most - 2], _END)]


@cache
def _numbers() -> dict[str, int]:
    pieces = PIECES_FILE.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return {piece: number for number, piece in enumerate(pieces)}


def _words(text: str) -> Iterator[str]:
    """Yield bare words in small letters, every sign of punctuation and ideograph by itself."""
    spaced = "".join(_spaced(letter) for letter in text)
    apart = unicodedata.normalize("NFD", spaced)
    plain = "".join(c for c in apart if unicodedata.category(c) != "Mn").lower()
    return iter("".join(f" {c} " if _is_mark(c) else c for c in plain).split())


def _spaced(letter: str) -> str:
    if letter.isspace():
        return " "
    if letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return f" {letter} " if any(a <= ord(letter) <= b for a, b in _IDEOGRAPHS) else letter


def _is_mark(letter: str) -> bool:
    is_ascii_mark = letter.isascii() and letter.isprintable() and not letter.isalnum()
    return letter != " " and (is_ascii_mark or unicodedata.category(letter).startswith("P"))


def _pieces(word: str) -> Iterator[str]:
    """Yield the longest pieces from left to right; a word that cannot be cut so is unknown."""
    numbers, found, at = _numbers(), [], 0
    while at < len(word) <= _LONGEST_WORD:
        ends = range(len(word), at, -1)
        starts = (("##" if at else "") + word[at:end] for end in ends)
        piece = next((each for each in starts if each in numbers), None)
        if piece is None:
            break
        found.append(piece)
        at += len(piece) - (2 if at else 0)
    return iter(found if at == len(word) else [_UNKNOWN])
