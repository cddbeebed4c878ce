"""One person in running text, whatever the disguise: accents, order, initials, links, addresses.

A text is made legible first (escapes decoded, case, accents and width folded, invisible characters
gone), with the place of each character in the original, so that what is found can be taken out.
Sure are the id where it is no plain number or word, the address with any tag, and first and last
name in any order or spelling; a surname or a first name alone is only possibly the person.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from urllib.parse import unquote

from matcher.privacy.names_as_words import is_another_word
from matcher.text import LOOKALIKES, bare_letters

REMOVED = "[removed]"
"""What stands where somebody was named: ASCII, so that every encoding can hold it."""

NAMESAKE, AS_WORDS, LIKE_ID = "namesake", "plain words", "like the id"
_HALVES = ("surname", "first name")
NOT_SURE = (NAMESAKE, AS_WORDS, *_HALVES, LIKE_ID)
"""Ways by which somebody else may be meant, or nobody; a namesake has that name or address."""

_ESCAPE = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]+);|\\u[0-9A-Fa-f]{4}"
)
_ODD = re.compile(rf"{_ESCAPE.pattern}|[^\x00-\x7f]")
"""What is not as it reads; all between is ASCII, and folded at once."""
_SPELT = {"ä": "(?:ae?)", "ö": "(?:oe?)", "ø": "(?:oe?)", "ü": "(?:ue?)", "å": "(?:aa?)"}
_SPELT |= {"ß": "(?:ss|sz|s)", "æ": "(?:ae|a|e)", "œ": "(?:oe|o)", "þ": "(?:th|t)"}
_TITLES = frozenset(
    ("dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "herr", "frau", "phd", "md")
)
_PARTICLES = frozenset(
    ("van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "do", "du", "la")
) | {"le", "ter", "ten", "zu", "bin", "ibn", "al", "el"}
_PAUSE = r"(?:(?![.!?;:]\s)[\W_]|<[^<>]{0,80}>){1,4}"
"""What may stand between two parts of a name, tags of a page among it; no end of a sentence."""
_BACK = rf"(?:(?!\n|<\/?(?:li|tr|p|div|br|h\d)\b){_PAUSE.removesuffix('{1,4}')}){{1,4}}"
"""The same where the surname comes first: within a line, as others of the family may end one."""
_LONG = 8
"""Letters from which two parts may be written as one word."""
_HYPHENS = "\\-\u2010-\u2015"
_WITHOUT_CASE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that write names, and what follows them, as one word."""
_APART = re.compile(rf"[\s'\u2019\u02bc{_HYPHENS}]+")
"""What joins the halves of a surname."""
_LONG_NUMBER = 6
"""Figures from which a number is no other number."""
_SOLE = 5
"""Letters from which the one name of somebody who has no other means them where it is a name."""
_HALF = 3
"""Letters from which a half of a surname stands for the whole."""
_CLOSELY = r"[\s._-]{1,3}"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|[\r\n;]+")


@dataclass(frozen=True)
class Known:
    """What is known of a person, as their tables write it."""

    ids: frozenset[str] = frozenset()
    """Ids and pseudonyms."""
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Full names, and any other that somebody says they go by."""
    first_names: frozenset[str] = frozenset()
    """Preferred names."""
    writings: frozenset[str] = frozenset()
    """What the person wrote themselves: their free text."""
    others: frozenset[str] = frozenset()
    """Full names and addresses of other people that hold something of the person's."""
    plain: frozenset[str] = frozenset()
    """Parts of the names that are words too, as they are then written."""


@dataclass(frozen=True)
class Found:
    """A place in a text that names the person."""

    start: int
    end: int
    how: str
    """By what: id, address, name, own words; what `NOT_SURE` lists is not sure."""

    @property
    def is_sure(self) -> bool:
        """Whether nobody else is likely to be meant."""
        return self.how not in NOT_SURE


class Disguises:
    """Finds a person in texts."""

    def __init__(self, known: Known) -> None:
        self.known = known
        patterns = [(how, each) for how, each in _patterns(known) if each]
        self._ways = [(how, re.compile(each)) for how, each in patterns]
        self._known: dict[str, list[Found]] = {}
        """What was found in texts: the same cells stand in many files of a run."""
        self._of_others = re.compile("(?!)")
        near = [name for name in sorted(known.others) if self._search(name)]
        self._of_others = re.compile(_any(map(_another, near)) or "(?!)")

    def find(self, text: str) -> list[Found]:
        """Return every place, in order; where places overlap, the first way that found one."""
        if text not in self._known:
            self._known[text] = self._search(text)
        return self._known[text]

    def _search(self, text: str) -> list[Found]:
        legible, starts, ends = _legible(text)
        taken: list[Found] = []
        for how, pattern in self._ways:
            for match in pattern.finditer(legible):
                start, end = match.span()
                if how == _UNKNOWN_MIDDLE and not _is_titled(text[starts[start] : ends[end - 1]]):
                    continue
                while start < end and legible[start].isspace():
                    start += 1
                place = Found(starts[start], ends[end - 1], how.strip())
                at = bisect_left(taken, place.start, key=_start_of)
                is_after = not at or taken[at - 1].end <= place.start
                if is_after and (at == len(taken) or place.end <= taken[at].start):
                    taken.insert(at, place)
        theirs = [(starts[m.start()], ends[m.end() - 1]) for m in self._of_others.finditer(legible)]
        taken = [
            replace(place, how=NAMESAKE)
            if any(a <= place.start and place.end <= b for a, b in theirs)
            else place
            for place in taken
        ]  # `Anna Meier` is another's whole name, be it a part of `Anna Schmidt-Meier`
        return [*self._weighed(text, taken)] if self.known.plain else taken

    def _weighed(self, text: str, places: Iterable[Found]) -> Iterator[Found]:
        """Yield places without those of plain words; where they may be either they are told."""
        for place in places:
            is_name = place.how in ("name", *_HALVES)
            is_word = is_name and is_another_word(text, place.start, place.end, self.known.plain)
            if not is_word:
                yield place if is_word is False else replace(place, how=AS_WORDS)

    def without(self, text: str, token: str, *, also_possible: bool = False) -> str:
        """Return a text with every sure place blacked out: ids become `token`, tags stay."""
        out, at = [], 0
        for place in self.find(text):
            if place.is_sure or (also_possible and place.how in _HALVES):
                tags = "".join(re.findall(r"<[^<>]*>", text[place.start : place.end]))
                out += [text[at : place.start], token if place.how == "id" else REMOVED, tags]
                at = place.end
        return "".join([*out, text[at:]])


_start_of = attrgetter("start")
_UNKNOWN_MIDDLE = "name "
"""Way by which a name holds words that nobody told: they are names where they are written so."""


def _is_titled(name: str) -> bool:
    """Return whether every word is written as a name, or several are joined as in a link."""
    words = [word for word in re.split(r"[\W\d_]+", name) if word]
    is_joined = " " not in name and len(words) > 1
    return is_joined or all(word[:1].isupper() for word in words)


def _plain(text: str) -> str:
    """Return bare letters, those that look Latin as Latin: names and texts are read alike."""
    return text.lower() if text.isascii() else bare_letters(text).translate(LOOKALIKES)


def _legible(text: str) -> tuple[str, list[int], list[int]]:
    """Return a folded text, and where each of its characters starts and ends in the original."""
    if text.isascii() and not _ESCAPE.search(text):
        places = range(len(text) + 1)
        return text.lower(), list(places[:-1]), list(places[1:])
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for odd in (*_ODD.finditer(text), None):
        here = odd.start() if odd else len(text)
        letters.append(text[at:here].lower())
        starts.extend(range(at, here))
        ends.extend(range(at + 1, here + 1))
        if odd:
            at = odd.end()
            plain = _plain(odd[0] if len(odd[0]) == 1 else _decoded(odd[0]))
            if not plain and ends:
                ends[-1] = at  # an accent or something invisible belongs to its letter
            letters.append(plain)
            starts.extend([here] * len(plain))
            ends.extend([at] * len(plain))
    return "".join(letters), starts, ends


def _decoded(escape: str) -> str:
    if escape.startswith("%"):
        return unquote(escape, errors="replace")
    return html.unescape(escape) if escape.startswith("&") else chr(int(escape[2:], 16))


def _patterns(known: Known) -> Iterator[tuple[str, str]]:
    """Yield how and by what a person is found, the surest first."""
    others = [_parts(name) for name in sorted(known.first_names)]
    names = [_parts(name) for name in sorted(known.names)]
    called = tuple(_plain_word(other[0])[:_HALF] for other in others if other)
    names += [name[::-1] for name in names if name and _given_last(name, called)]
    halves = {half for name in names if len(name) > 1 for half in _halves(name[-1])}
    surnames = sorted(halves, key=lambda half: (-len(half), half))  # of two that fit, the longer
    yield "own words", _any(_writing(text) for text in sorted(known.writings))
    yield "address", _any(_address(each, surnames) for each in sorted(known.addresses))
    yield "id", _any(_id(each) for each in sorted(known.ids))
    pairs = [(other[0], last) for other in others if other for last in surnames]
    full = [(name[0], half) for name in names if len(name) > 1 for half in _halves(name[-1])]
    named = [_tokens([name]) for name in sorted(known.names) if len(name.split()) > len("ab")]
    whole = [(name[0], " ".join(name[1:])) for name in names if len(name) > len("ab")]
    named += [pattern(*pair) for pair in whole for pattern in (_together, _initialled)]
    named += [_together(*pair, between=name[1:-1]) for name in names for pair in _pairs(name)]
    named += [_together(*pair) for pair in (*full, *pairs)]
    named += [_letter_by_letter(*pair) for pair in (*full, *pairs)]
    named += [_part(name[0]) for name in names if len(name) == 1 and _WITHOUT_CASE.search(name[0])]
    yield "name", _any(map(_whole, named))
    named = [_initialled(*pair) for pair in full]
    named += [_initialled(last, first, least=len("Zs")) for first, last in full]
    yield "name", _any(map(_whole, named))
    theirs = {_plain_word(word) for other in known.others for word in other.split()}
    alone = [name[0] for name in names if len(name) == 1 and _plain_word(name[0]) not in theirs]
    yield _UNKNOWN_MIDDLE, _any(_whole(_part(one)) for one in alone if len(one) >= _SOLE)
    yield _UNKNOWN_MIDDLE, _any(_whole(_around_others(*pair)) for pair in (*full, *pairs))
    yield "name", _any(map(_cut_short, sorted(known.names)))
    yield "surname", _alone_any(surnames)
    yield "first name", _alone_any(sorted({name[0] for name in (*names, *others) if name}))
    yield LIKE_ID, _any(_like_id(each) for each in sorted(known.ids))


def _any(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{each})" for each in dict.fromkeys(patterns) if each)


def _given_last(name: list[str], called: tuple[str, ...]) -> bool:
    """Return whether the last part of a name is what somebody is called: `Kovács Zsófia`, Zsófi."""
    first, last = (_plain_word(name[at]).startswith(called) for at in (0, -1))
    return last and not first


def _alone_any(parts: Iterable[str]) -> str:
    """Return a pattern of any of some parts of names but initials."""
    return _any(_whole(_part(part)) for part in parts if len(_plain_word(part)) > 1)


def _parts(name: str) -> list[str]:
    """Return the parts of a name, first names first: titles gone, `van der` with its surname."""
    last, comma, first = name.partition(",")
    words = (f"{first} {last}" if comma else name).split()
    words = [word for word in words if _plain_word(word) and _plain_word(word) not in _TITLES]
    parts: list[str] = []
    held = ""
    for k, word in enumerate(words):
        if k and k < len(words) - 1 and _plain_word(word) in _PARTICLES:
            held += f"{word} "
        else:
            parts.append(held + word)
            held = ""
    return parts


def _plain_word(word: str) -> str:
    return re.sub(r"[\W_]+", "", _plain(word))


def _pairs(name: list[str]) -> Iterator[tuple[str, str]]:
    """Yield which two parts of a full name mean the person, both sides of a hyphen too."""
    first, rest = name[0], name[1:]
    for other in rest if len(rest) < 3 else rest[-2:]:
        yield first, other
    for middle in rest[:-1]:
        yield middle, rest[-1]


def _halves(surname: str) -> list[str]:
    """Return a surname and each of its halves that tells: of `Németh-O'Brien` and `Wan Aziz`."""
    halves = [half for half in _APART.split(surname) if len(_plain_word(half)) >= _HALF]
    return [surname, *(half for half in halves if _plain_word(half) not in _PARTICLES)]


def _part(part: str) -> str:
    """Return a pattern of one part: accents written out or not, hyphens or blanks inside."""
    words = part.split()
    while len(words) > 1 and _plain_word(words[0]) in _PARTICLES:
        words = words[1:]
    return _tokens(words)


def _tokens(words: Iterable[str]) -> str:
    tokens = [token for word in words for token in re.findall(r"[^\W_]+", word.lower())]
    return r"[\W_]{0,2}".join(map(_spelt, tokens))


def _spelt(token: str) -> str:
    letters = [_SPELT.get(letter) or re.escape(_plain(letter)) for letter in _composed(token)]
    return re.sub(r"(?<![(?:])([aou])e(?![?)|])", r"\1e?", "".join(letters))


def _composed(token: str) -> str:
    return unicodedata.normalize("NFC", token)


def _together(first: str, last: str, between: Sequence[str] = ()) -> str:
    """Return two parts in either order, with what stands between them or as one word."""
    one, two = _part(first), _part(last)
    if not one or not two:
        return ""
    glue = len(_plain_word(first)) + len(_plain_word(last)) >= _LONG
    pause, back = (f"(?:{each})?" if glue else each for each in (_PAUSE, _BACK))
    if _WITHOUT_CASE.search(one):
        return rf"{one}[\W_]{{0,3}}{two}|{two}[\W_]{{0,3}}{one}"
    middle = "|".join([r"[^\W\d_]\b\.?", *sorted(_PARTICLES), *map(_part, between)])
    small = f"(?:{'|'.join(sorted(_PARTICLES))})" if " " in last else "(?!)"
    turned = rf"(?:{small}\s){{0,3}}{two}{back}{one}(?:\s{small}\b){{0,3}}"
    return f"{one}{pause}(?:(?:{middle}){_PAUSE}){{0,3}}{two}|{turned}"


def _letter_by_letter(first: str, last: str) -> str:
    """Return both parts, in either order, one or both with something between any two letters."""
    plain = _part(first), _part(last)
    spelt = [_CLOSELY.join(map(_spelt, _composed(_plain_word(p)))) for p in (first, last)]
    if not all((*plain, *spelt)):
        return ""
    pairs = (spelt, (plain[0], spelt[1]), (spelt[0], plain[1]))
    return "|".join(rf"{a}[\W_]{{1,6}}{b}|{b}[\W_]{{1,6}}{a}" for a, b in pairs)


def _around_others(first: str, last: str) -> str:
    """Return both parts in either order with one or two words between that nobody told."""
    one, two = _part(first), _part(last)
    between = r"(?:[\s._-][^\W\d_]{2,30}){1,2}[\s._-]"
    return rf"{one}{between}{two}|{two}{between}{one}" if one and two else ""


def _initialled(first_name: str, surname: str, least: int = 1) -> str:
    """Return `A. Okafor`, `a_okafor`, `aokafor`, `Okafor, A.`: initials tied to the surname.

    An initial with a full stop may be of several letters: `Zs.`, `Chr.`; of at least two where
    nobody knows which part is the surname: `Jan B.` may be another Jan.
    """
    plain, last = re.escape(_plain_word(first_name)[:3]), _part(surname)
    first = plain[:1]
    if least > 1:
        stopped = rf"{plain[:2]}(?:{plain[2:3]})?\."
        return rf"{last}\s{stopped}|{stopped}\s{last}" if len(plain) > least else ""
    stopped = f"{first}(?:{plain[1:2]}(?:{plain[2:3]})?)?" if len(plain) > 2 else first
    middle = (
        rf"(?:[^\W\d_][._-]{{1,2}}\s?){{0,2}}(?:(?:{'|'.join(sorted(_PARTICLES))})[\W_]){{0,2}}"
    )
    tied = r"[._-]" if len(_plain_word(surname)) < _LONG - 3 else r"[._-]?"
    return rf"(?:{stopped}\.\s?|{first}{tied}){middle}{last}|{last}(?:,\s?|\s){stopped}\."


def _cut_short(name: str) -> str:
    """Return the beginnings of a name that a narrow column ends with an ellipsis."""
    plain = " ".join(_plain(part) for part in _parts(name))
    starts = (re.escape(plain[:end]) for end in range(len(plain) - 1, _LONG - 2, -1))
    return rf"(?<![^\W\d_])(?:{'|'.join(starts)})\s?(?:\.\.\.)" if len(plain) >= _LONG else ""


def _another(called: str) -> str:
    """Return a pattern of another's whole name or address."""
    if "@" in called:
        return rf"(?<![^\W_]){re.escape(_plain(called))}(?![^\W_])"
    return _whole(_part(called))


def _whole(pattern: str) -> str:
    """Return a pattern that ends where words end, a possessive included, in scripts that do."""
    if not pattern or _WITHOUT_CASE.search(pattern):
        return pattern
    return rf"(?<![^\W\d_])(?:{pattern})(?:'?s)?(?![^\W\d_])"


def is_plain(person: str) -> bool:
    """Return whether an id is a word or a short number, as texts and figures are full of."""
    letters, digits = re.search(r"[^\W\d_]", person), re.search(r"\d", person)
    is_number = bool(digits) and not letters
    return "@" not in person and (len(person.strip()) < _LONG_NUMBER if is_number else not digits)


def _id(person: str) -> str:
    """Return an id that running text can name; a plain one as a whole value or part of a page."""
    plain = _plain(person.strip())
    if "@" in plain or not plain:
        return ""
    if is_plain(plain):
        one = re.escape(plain)
        told = rf'(?<=[\s\[:,]"){one}(?=["|])|(?<=\|){one}(?=["|])'
        return rf"{told}|(?<=<[bi]>){one}(?=</[bi]>)|(?<==row>){one}(?=<)"
    dash = f"[{_HYPHENS}\u2212]"
    return _alone(dash.join(map(re.escape, re.split(dash, plain))))


def _like_id(person: str) -> str:
    """Return an id with other signs, or none, between its letters and numbers.

    One of a letter and a figure only with signs: `a 1` is in every other text. A plain number of
    some figures may be the id.
    """
    if person.isdecimal() and _HALF <= len(person) < _LONG_NUMBER:
        return rf"(?<![\w.,]){person}(?![\w]|[.,]\d)"
    runs = re.findall(r"[^\W\d_]+|\d+", _plain(person)) if _id(person) else []
    between = r"[\W_]{0,2}" if sum(map(len, runs)) >= _HALF else r"(?:[^\w\s]|_){0,2}"
    return _alone(between.join(runs)) if len(runs) > 1 else ""


def _alone(pattern: str) -> str:
    return rf"(?<![\w]){pattern}(?![\w])"


def _address(address: str, surnames: Iterable[str]) -> str:
    local, _, domain = _plain(address.strip()).rpartition("@")
    local = local.partition("+")[0]
    if not local:
        return ""
    dots, at = r"(?:\s?\.\s?|[\W_]{1,3}dot[\W_]{1,3})", r"(?:\s?@\s?|[\W_]{1,3}at[\W_]{1,3})"
    before, behind = (dots.join(map(re.escape, part.split("."))) for part in (local, domain))
    written = rf"{before}(?:\+[^\s@<>\"',;]*)?{at}{behind}"
    bare = _plain_word(local)
    tells = any(len(w) > 3 and w in bare != w for w in map(_plain_word, surnames))
    tells |= len(bare) > 4 and any(c.isdigit() for c in bare) and not bare.isdigit()
    alone = rf"|{re.escape(local)}" if tells else ""
    return rf"(?<![^\W_])(?:{written}{alone})(?![^\W_])"


def _writing(text: str) -> str:
    """Return the telling sentences of a text as they stand."""
    sentences = (_plain(part).split() for part in _SENTENCE.split(text))
    return _any(r"\s+".join(map(re.escape, words)) for words in sentences if len(words) > 3)
