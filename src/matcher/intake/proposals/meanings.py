"""What the answers of a column mean for the config: words, numbers, options, grades and dates."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.cohort.tables import ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.answers import parser_for
from matcher.intake.cells.form_words import FORM_WORDS
from matcher.intake.cells.lists import AnswerWords
from matcher.intake.cells.marks import is_other
from matcher.intake.proposals.column_cells import (
    ANSWERS,
    CellEvidence,
    is_nothing,
    is_yes_no,
    meaning_of,
    role_of,
    slots_in,
)
from matcher.intake.proposals.phrases import declared, heaviest, words_of
from matcher.text import fold, fold_plain, nearest

Value = str | float
"""What a form's answer is mapped to."""

MISSING = "missing"
ANYTHING_ELSE = "*"
"""Key of `[answers.X]` for whatever is not listed."""

_LADDERS: list[list[str]] = declared("grades.toml")["ladders"]


@dataclass(frozen=True)
class Meanings:
    """What the answers of one column mean."""

    section: str
    """``answers``, ``numbers`` or ``scales``."""
    words: Mapping[str, Value] = field(default_factory=dict)
    """Of the answers that are not read as they stand."""
    unknown: tuple[str, ...] = ()
    """Options of the form without a meaning."""


def meanings(spec: ColumnSpec, column: CellEvidence) -> Meanings:
    """Return what the answers of a column mean, each that is not read as it stands.

    Parameters
    ----------
    spec
        The canonical column.
    column
        Its answers; of free texts and of what only one person wrote none is repeated.
    """
    parse = parser_for(spec, AnswerWords({}, {}, "\0", is_ordered=False), "")
    answers = column.every_item if spec.is_list else column.counts
    strange = {a for a in answers if isinstance(parse(a), Finding)}
    meant = {answer: meaning(answer, spec) for answer in strange}
    options = {a for a in strange if not spec.is_list or is_nothing(a)} | set(column.options)
    words = {a: v for a, v in meant.items() if v is not None and a in options}
    unknown = tuple(a for a, v in meant.items() if v is None and a in options)
    if spec.is_list and len(options & strange) < len(strange):
        words |= {ANYTHING_ELSE: MISSING}
    return Meanings(section_of(spec), words, unknown)


def section_of(spec: ColumnSpec) -> str:
    """Return the part of the config that maps the answers of a column."""
    if spec.kind is not Kind.NUMBER:
        return "answers"
    return "numbers" if spec.whole or spec.high is None or spec.high > 5 else "scales"


def is_missing(value: Value) -> bool:
    """Whether an answer means that there is none."""
    return value == MISSING


def meaning(answer: str, spec: ColumnSpec) -> Value | None:
    """Return what an answer means, None where nothing says so."""
    if spec.kind is Kind.NUMBER:
        return _number(answer, spec)
    if spec.is_list and is_other(answer):
        return MISSING
    if spec.kind is Kind.SLOTS:
        return slots_in(answer) or (MISSING if is_nothing(answer) else None)
    name = spec.name.rpartition(".")[2]
    if name == "role":
        return role_of(answer)
    if name in ANSWERS:
        found = meaning_of(answer, name)
        if found or name == "consent":
            return found
    near = nearest(answer, spec.choices, 0.8) if spec.choices else None
    return near or (MISSING if is_nothing(answer) and name != "role" else None)


_DIGITS = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w.,]\w|[A-Fa-f]*x)")


_HALF = re.compile(r"\b(?:half|halb\w*|anderthalb\w*|demi\w*|medi[oa]|mei[oa]|mezz[oa]|halve?)\b")


def _number(answer: str, spec: ColumnSpec) -> Value | None:
    """Return the number that words say: `2-5 years`, `three or more`, `a great deal`."""
    folded = fold(answer)
    if "%" in folded or _HALF.search(folded):
        return None  # a share of what, and a half of which?
    folded = folded.replace("<", "less than ").replace(">", "more than ")
    found = [float(part.replace(",", ".")) for part in _DIGITS.findall(folded)]
    found = found or [
        float(n) for n, word in enumerate(FORM_WORDS["numbers"]) if n and word in folded.split()
    ]
    if not found:
        step = next((k for k, words in enumerate(FORM_WORDS["scale"]) if folded in words), None)
        if step is not None and spec.high is not None and spec.high <= 5:
            low = spec.low or 0.0
            return round(low + (spec.high - low) * step / (len(FORM_WORDS["scale"]) - 1), 1)
        return MISSING if is_nothing(answer) else None
    is_whole = spec.whole or spec.name == "capacity"
    value = _within(found, words_of(folded), is_whole=is_whole)
    low, high = spec.low or 0.0, spec.high if spec.high is not None else value
    is_sound = low <= value <= high and not (is_whole and value != int(value))
    return value if is_sound and not any(map(_is_year, found)) else None


def _is_year(value: float) -> bool:
    return 1900 <= value <= 2100 and value == int(value)


def _within(found: list[float], words: str, *, is_whole: bool) -> float:
    """Return one number for a range: its middle, or its lower end where places are counted."""
    if len(found) > 1:
        low, high = min(found[:2]), max(found[:2])
        return low if is_whole else (low + high) / 2
    if heaviest(ANSWERS["numbers"]["less"], words):
        return max(found[0] - 1, 0.0) if is_whole else found[0] / 2
    if heaviest(ANSWERS["numbers"]["more"], words) and not is_whole:
        return found[0] * 1.25
    return found[0]


def is_rendering(option: str, choices: Iterable[str]) -> bool:
    """Whether an option says one of the vocabulary's words plainly: `Building confidence`."""
    stems = {word[:6] for word in fold(option).split()}
    said = any({part[:6] for part in choice.split("_")} <= stems for choice in choices)
    return said or nearest(option, choices, 0.75) is not None


def own_options(columns: Iterable[CellEvidence]) -> list[str]:
    """Return the options of questions that mentees and mentors answered, as the form writes them.

    Options are what several people ticked; the programme adds those that nobody did.
    """
    found = list(columns)
    written = Counter[str]()
    for column in found:
        written.update(column.counts if not column.ticked else {})
    options = [option for column in found if column.ticked for option in column.ticked]
    options += CellEvidence(written, written.total()).options
    named = [option for option in options if not is_nothing(option) and not is_other(option)]
    kept = {fold_plain(option): option for option in named}
    return sorted(kept.values(), key=fold)


def grades_in_order(column: CellEvidence) -> list[str] | None:
    """Return the grades of a column, lowest first, where one known ladder holds them all."""
    grades = [text for text in column.counts if not is_nothing(text)]
    for ladder in _LADDERS:
        rungs = {grade: _rung(grade, ladder) for grade in grades}
        if grades and None not in rungs.values():
            steps = [rung for rung in rungs.values() if rung is not None]
            if len(set(steps)) == len(steps):
                return sorted(grades, key=lambda grade: rungs[grade] or 0)
    return None


def _rung(grade: str, ladder: list[str]) -> int | None:
    words = words_of(grade)
    weights = [heaviest([rung], words) for rung in ladder]
    return weights.index(max(weights)) if max(weights) else None


def consent_words(column: CellEvidence) -> dict[str, Value]:
    """Return which answers agree to be matched; an empty cell does not."""
    answers = {text: meaning_of(text, "consent") for text in column.counts}
    return {text: said for text, said in answers.items() if said and not _is_plain(text)}


def _is_plain(text: str) -> bool:
    return is_yes_no(text) and fold(text) in ("yes", "no", "true", "false", "y", "n", "1", "0")
