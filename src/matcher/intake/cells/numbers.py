"""Numbers as people write them: grouped, with a comma, in words, with their unit."""

import math
import re
from dataclasses import replace
from typing import Any

from matcher.cohort.tables import ColumnSpec
from matcher.errors import Finding
from matcher.intake.cells.answer_words import AnswerWords, Parser
from matcher.intake.cells.form_words import FORM_WORDS
from matcher.text import MISSING_WORDS, fold, fold_plain

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset({"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"})


def plain_number(text: str, decimal: str, *, is_typed: bool = False) -> str:
    """Return a folded number with a decimal point and no groups; other text as it is.

    Parameters
    ----------
    text
        Such as ``1 234``, ``1'234`` or, by the decimal sign, ``1.234,5``.
    decimal
        The decimal sign that the config states; empty: a point, and a comma means nothing.
    is_typed
        Whether the source holds numbers as numbers, which come with a point whatever is stated.
    """
    if is_typed and _PLAIN_NUMBER.fullmatch(text):
        return text
    group = {",": ".", ".": ","}.get(decimal, "")
    sign = re.escape(decimal or ".")
    grouped = rf"[+-]?[0-9]{{1,3}}(?:[ '{group}][0-9]{{3}})+(?:{sign}[0-9]+)?"
    if re.fullmatch(grouped, text):
        text = re.sub(rf"[ '{group}]", "", text)
    elif decimal == "," and "." in text:
        return "" if _PLAIN_NUMBER.fullmatch(text) else text
    return text.replace(",", ".") if decimal == "," else text


def number_parser(spec: ColumnSpec, words: AnswerWords) -> Parser:
    """Return the parser of a column of numbers."""

    def parse(text: str) -> Any:
        key = fold(text)
        if key in words.numbers:
            value = words.numbers[key]
            return None if value is None else _in_range(spec, value)
        if key in MISSING_WORDS:
            return None
        if key in _NOT_FINITE:
            return Finding("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        key = plain_number(key, words.decimal, is_typed=words.is_typed)
        value = float(key) if _PLAIN_NUMBER.fullmatch(key) else _in_words(text, spec, words.decimal)
        if value is None:
            code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_NUMBER"
            remedy = f"write {spec.allowed}, or map the words in [numbers.{spec.name}]"
            return Finding(code, "the answer is no number", remedy, answer=text)
        if not math.isfinite(value):
            return Finding("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        of_title = spec.a_month != 1.0 and times_a_month(text) is None
        return _in_range(spec, value * spec.a_month if of_title else value)

    return parse


def _in_range(spec: ColumnSpec, value: float) -> float | Finding:
    too_low = spec.low is not None and value < spec.low
    too_high = spec.high is not None and value > spec.high
    if too_low or too_high or (spec.whole and value != math.floor(value)):
        code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_RANGE"
        return Finding(code, "the number is out of range", f"write {spec.allowed}")
    return value


NUMBER_WORDS = {fold_plain(word): k for k, word in enumerate(FORM_WORDS["numbers"]) if k} | {
    fold_plain(word): k for k, words in enumerate(FORM_WORDS["other_numbers"]) for word in words
}
"""How many a word says, by the folded word."""
_TENS = {word: k * 10 for k, words in enumerate(FORM_WORDS["tens"], 2) for word in words}
_BELOW_TEN = "|".join(word for word, k in NUMBER_WORDS.items() if 0 < k < 10)
_JOINED = "|".join(word for word in NUMBER_WORDS if "-" in word)
_LARGE = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:(?:[ -]| et | y | e )({_BELOW_TEN}))?|({_JOINED}))\b"
)


def in_figures(plain: str) -> str:
    """Return a folded text with numbers such as `twenty-five` and `dix-sept` in figures."""

    def figure(match: re.Match[str]) -> str:
        joined = NUMBER_WORDS.get(match[3] or "")
        return str(joined or _TENS[match[1]] + NUMBER_WORDS.get(match[2] or "", 0))

    return _LARGE.sub(figure, plain)


_SAID = "|".join(map(re.escape, sorted(FORM_WORDS["about"], key=len, reverse=True)))
_ABOUT = re.compile(rf"(?:{_SAID})\.?\s+|[~≈]\s*")
_UNITS = {
    name: {fold_plain(word): float(size) for size, words in sizes.items() for word in words}
    for name, sizes in FORM_WORDS["units"].items()
}
_ALONE = frozenset(FORM_WORDS["alone"])
_ARTICLES = dict.fromkeys(FORM_WORDS["articles"], 1)


def amounts_of(plain: str, name: str) -> list[float]:
    """Return what numbers in words before a unit of a column say: `under a year`."""
    sizes, words = _UNITS.get(name, {}), NUMBER_WORDS | _ARTICLES
    if plain in _ALONE and plain in sizes:
        return [sizes[plain]]
    found = (pair.split() for pair in re.findall(r"(?=\b([^\W\d_]+ [^\W\d_]+)\b)", plain))
    return [words[w] * sizes[unit] for w, unit in found if w in words and unit in sizes]


MONTHLY = "hours_per_month"
_A_MONTH = {
    fold_plain(word): float(times)
    for times, words in FORM_WORDS["a_month"].items()
    for word in words
}
_OTHER = frozenset(FORM_WORDS["every_other"])


def times_a_month(text: str) -> tuple[float, str] | None:
    """Return how often a month a text says, and the text without it; None where it says no period.

    `1h a week` is four times, `2 hours every two weeks` twice; zero where it is not clear how
    often: `every other week`, `weekly or monthly`.
    """
    plain = in_figures(fold_plain(text)).replace("p/m", "month").replace("p/w", "week")
    words = [(m[0], *m.span()) for m in re.finditer(r"[^\W\d_]+|\d+(?:[.,]\d+)?", plain)]
    named = [k for k, (word, *_) in enumerate(words) if word in _A_MONTH]
    if not named:
        return None
    k = named[0]
    times, before = _A_MONTH[words[k][0]], words[k - 1] if k else ("", 0, 0)
    every = float(NUMBER_WORDS.get(before[0], before[0].isdecimal() and int(before[0])))
    is_clear = len({_A_MONTH[words[n][0]] for n in named}) == 1 and before[0] not in _OTHER
    rest = plain[: before[1] if every else words[k][1]] + plain[words[k][2] :]
    return (times / (every or 1.0) if is_clear else 0.0), rest


def is_of_no_clear_period(title: str) -> bool:
    """Whether a title asks for hours by several periods, or by one that is not known."""
    named = times_a_month(title)
    return named[0] == 0.0 if named else "/" in title


def as_asked(spec: ColumnSpec, title: str) -> ColumnSpec:
    """Return a column as its title asks for it: hours of a week come four times a month.

    Once where it names no period or several.
    """
    is_of_month = spec.name.rpartition(".")[2] == MONTHLY
    times, _ = times_a_month(title) or (1.0, "")
    return replace(spec, a_month=times or 1.0) if is_of_month else spec


def hours_in(text: str) -> float:
    """Return how many hours the unit of a text is, one where none is named, 0 for two at once."""
    sizes = _UNITS[MONTHLY]
    found = {sizes[word] for word in re.findall(r"[^\W\d_]+", text) if word in sizes}
    return 0.0 if len(found) > 1 else next(iter(found), 1.0)


def names_hours(text: str) -> bool:
    """Whether a folded text counts in hours: `half an hour`, no half a day."""
    sizes = _UNITS[MONTHLY]
    return any(sizes.get(word) == 1.0 for word in re.findall(r"[^\W\d_]+", text))


_COUNTS = ("capacity", "max_sponsorship", "max_mentors", "min_mentors", "min_mentees")
"""Columns that count people."""
_AMOUNT = re.compile(r"([0-9]+(?:[.,][0-9]+)?|[^\W\d_]+)\s*([^\W\d_][^\d]*)?")


def _in_words(text: str, spec: ColumnSpec, decimal: str) -> float | None:
    """Return what `three years`, `~8`, `1:3` or `2 years 6 months` say, None where it is unclear.

    A span, a share and an open end say no one number.
    """
    plain = in_figures(fold_plain(text))
    plain = _ABOUT.sub("", plain, count=1) if _ABOUT.match(plain) else plain
    units = _UNITS.get("people" if spec.name in _COUNTS else spec.name, {})
    if spec.name in _COUNTS and (ratio := re.fullmatch(r"1\s*:\s*([0-9]+)", plain)):
        return float(ratio[1])
    total, position = 0.0, 0
    for match in re.finditer(_AMOUNT, plain):
        amount = match[1]
        unit = re.sub(r"\W*(?:and|und|et|y|e|en|och|og|,)?\s*$", "", match[2] or "")
        number = plain_number(amount, decimal)
        value = float(number) if _PLAIN_NUMBER.fullmatch(number) else NUMBER_WORDS.get(amount)
        size = units.get(unit) if unit else 1.0
        if value is None or size is None or plain[position : match.start()].strip():
            return None
        total, position = total + value * size, match.end()
    return total if position == len(plain) and plain else None
