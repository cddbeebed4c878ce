"""The words of a column, and list cells: split into items, joined from grids, read as slots."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from matcher.cohort.tables import ColumnSpec, Kind
from matcher.config import Config
from matcher.errors import Finding
from matcher.text import MISSING_WORDS, did_you_mean, fold, fold_plain, nearest, tidy

PART = "\x1f"
"""Between the cells of several raw columns that make one list."""
LABEL = "\x1e"
"""Between a grid's row label and the cell."""


Parser = Callable[[str], Any]
"""Cell text that is not empty -> value, None where it means no answer, or a finding, which has no
place yet."""


@dataclass(frozen=True)
class AnswerWords:
    """What the config says about the words of one column."""

    answers: Mapping[str, str]
    """Folded form's word -> vocabulary's words."""
    numbers: Mapping[str, float | None]
    """Folded word -> number, None for missing."""
    separator: str
    is_ordered: bool
    decimal: str = ""
    """Decimal sign, where one is stated."""
    ticks: frozenset[str] = frozenset()
    """Folded words of a ticked box that the config adds."""
    unticked: frozenset[str] = frozenset()
    """Folded words of a box that is not ticked that the config adds."""


def answer_words(name: str, config: Config, separator: str, decimal: str = "") -> AnswerWords:
    """Collect the config's words for a canonical column; one-sided names share the plain one's."""
    plain = name.partition(".")[2] or name
    answers: dict[str, str] = {}
    numbers: dict[str, float | None] = {}
    for key in dict.fromkeys((_pattern(plain), plain, name)):
        answers |= {fold(word): value for word, value in config.answers.get(key, {}).items()}
        for part in (config.scales, config.numbers):
            for word, value in part.get(key, {}).items():
                numbers[fold(word)] = None if value == "missing" else float(value)
    return AnswerWords(
        answers,
        numbers,
        separator,
        is_ordered=plain in config.input.ordered,
        decimal=decimal,
        ticks=frozenset(map(fold_plain, config.input.ticks)),
        unticked=frozenset(map(fold_plain, config.input.unticked)),
    )


def _pattern(name: str) -> str:
    return name.partition("_")[0] + "_*"


def choice_table(choices: tuple[str, ...]) -> dict[str, Any]:
    """Return folded spellings of each choice: `both roles` and `both-roles` are `both_roles`."""
    table: dict[str, Any] = {}
    for choice in choices:
        plain = str(choice)
        for spelling in (plain, plain.replace("_", " "), plain.replace("_", "-")):
            table[fold(spelling)] = plain
    return table


WORDS: dict[str, Any] = tomllib.loads(
    resources.files("matcher.intake").joinpath("words.toml").read_text("utf-8")
)
"""What ``words.toml`` says of words that forms use whatever the question asks."""


def meanings(part: str) -> dict[str, str]:
    """Return what each word of a part of ``words.toml`` means."""
    return {word: meaning for meaning, words in WORDS[part].items() for word in words}


_DAYS, _PARTS = meanings("days"), meanings("day_parts")
_SLOT = re.compile(r"([a-z]+)[\s,:_-]+(?:([a-z]+)|([01]?[0-9]|2[0-3])(?::?00)?)")


def slot_of(text: str) -> str | None:
    """Return the canonical weekly slot of `Monday morning`, `mon-am` or `Mon 9:00`, or None."""
    match = _SLOT.fullmatch(fold(text))
    if match is None or match.group(1) not in _DAYS:
        return None
    day = _DAYS[match.group(1)]
    if match.group(3) is not None:
        return f"{day}-{int(match.group(3)):02d}"
    part = _PARTS.get(match.group(2))
    return f"{day}-{part}" if part else None


def list_parser(spec: ColumnSpec, words: AnswerWords) -> Parser:
    """Return the parser of a list column."""
    table = choice_table(spec.choices)
    known = {*table, *words.answers}
    order = {choice: rank for rank, choice in enumerate(map(str, spec.choices))}

    def parse(text: str) -> Any:
        items: dict[str, None] = {}
        for part in text.split(PART):
            label, _, cell = part.rpartition(LABEL)
            for piece in split_items(cell, words.separator, known):
                values = _item_values(piece, label, spec, words.answers, table)
                if isinstance(values, Finding):
                    return values
                items.update(dict.fromkeys(values))
        if words.is_ordered:
            return tuple(items)
        return tuple(sorted(items, key=lambda item: (order.get(item, len(order)), item)))

    return parse


def split_items(cell: str, separator: str, known: Mapping[str, Any] | set[str]) -> list[str]:
    """Split a list cell; options that hold the separator themselves are kept whole if known.

    The longest run of pieces that makes a known answer wins (Google Forms joins options by commas
    and quotes nothing).
    """
    pieces = cell.split(separator)
    items, start = [], 0
    while start < len(pieces):
        end = start + 1
        for stop in range(len(pieces), start + 1, -1):
            if fold(separator.join(pieces[start:stop])) in known:
                end = stop
                break
        item = tidy(separator.join(pieces[start:end]))
        if item and fold(item) not in MISSING_WORDS:
            items.append(item)
        start = end
    return items


def is_tick(text: str) -> bool:
    """Whether a cell says yes, however the form writes it."""
    return fold(text) in WORDS["ticks"]


def _item_values(
    piece: str, label: str, spec: ColumnSpec, answers: Mapping[str, str], table: Mapping[str, Any]
) -> list[str] | Finding:
    """Return the vocabulary's words for one ticked item; a grid's row label may be part of it."""
    tries = [piece]
    if label:
        tries = [f"{label}: {piece}", piece, *([label] if is_tick(piece) else [])]
        if fold(piece) in WORDS["no_ticks"]:
            return []
    for text in tries:
        stated = answers.get(fold(text))
        if stated is not None:
            return _stated_items(stated, spec, table)
        item = _one_item(text, spec, table)
        if item and (spec.choices or spec.kind is Kind.SLOTS or text == tries[-1]):
            return [item]
    return _bad_item(spec, piece, answers)


def _stated_items(stated: str, spec: ColumnSpec, table: Mapping[str, Any]) -> list[str] | Finding:
    """Return the words that the config gives for an answer: several with `;`, none if missing."""
    parts = [part.strip() for part in stated.split(";") if part.strip() not in ("", "missing")]
    found = [_one_item(part, spec, table) for part in parts]
    return [item for item in found if item] if all(found) else _bad_item(spec, stated, {})


def _one_item(text: str, spec: ColumnSpec, table: Mapping[str, Any]) -> str | None:
    if spec.kind is Kind.SLOTS:
        return slot_of(text)
    if not spec.choices:
        return " ".join(tidy(text).split())
    found = table.get(fold(text))
    return str(found) if found is not None else None


def _bad_item(spec: ColumnSpec, piece: str, answers: Mapping[str, str]) -> Finding:
    hint = did_you_mean(nearest(piece, {*spec.choices, *answers}))
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in [answers.{spec.name}]"
    message = "an item of the list is not one of the valid ones"
    return Finding("E_ENUM", message, remedy, answer=piece)
