"""What the answers of a column mean for the config: words, numbers, options, grades and dates."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from matcher.cohort.tables import SIGNUPS, ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.answer_words import AnswerWords, Partly
from matcher.intake.cells.answers import parser_for
from matcher.intake.cells.form_words import FORM_WORDS, patterns_in, refers_above
from matcher.intake.cells.marks import boxes_in, is_no_tick, is_other, is_tick, step_of
from matcher.intake.cells.numbers import (
    NUMBER_WORDS,
    amounts_of,
    hours_in,
    in_figures,
    names_hours,
    times_a_month,
)
from matcher.intake.cells.slots import may_be_shown, slots_meant
from matcher.intake.config_columns import DIRECTIONS
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.roles_said import is_one_sided, role_of
from matcher.intake.proposals.single_texts import ANSWERS, consent_of, is_nothing, meaning_of
from matcher.intake.proposals.title_guesses import OBJECTED, objects
from matcher.text import fold, fold_plain, nearest

Value = str | float
"""What a form's answer is mapped to."""

MISSING, AS_TEXT = "missing", "text"
"""An answer that says nothing, and one that is kept as somebody's own words."""
TOPICS = "contexts"
"""Column of the options that a programme asks for, in the vocabulary's words or in its own."""
SIDES_OF_TOPICS = (f"mentees.{TOPICS}", f"mentors.{TOPICS}")
ANYTHING_ELSE = "*"
"""Key of `[answers.X]` for whatever is not listed."""


@dataclass(frozen=True)
class Meanings:
    """What the answers of one column mean."""

    section: str
    """``answers``, ``numbers`` or ``scales``."""
    words: Mapping[str, Value] = field(default_factory=dict)
    """Of the answers that are not read as they stand."""
    unknown: tuple[str, ...] = ()
    """Options of the form without a meaning."""
    known_share: float = 1.0
    """Share of answers that are read or have a meaning."""


def meanings(spec: ColumnSpec, column: CellEvidence, year: int | None = None) -> Meanings:
    """Return what the answers of a column mean, each that is not read as it stands.

    Parameters
    ----------
    spec
        The canonical column.
    column
        Its answers; of free texts and of what only one person wrote none is repeated, but when
        somebody can meet.
    year
        In which people answered, where that is known: `since 2019` is counted to it.
    """
    parse = parser_for(spec, AnswerWords({}, {}, "\0", is_ordered=False), "")
    answers = column.every_item if spec.is_list else column.counts
    if spec.name == "role":
        answers = _single_boxes(column)
    strange = {a: n for a, n in answers.items() if isinstance(parse(a), Finding)}
    meant = {answer: meaning(answer, spec, year) for answer in strange}
    if spec.name == "role":
        unclear = answers if is_one_sided(answers) else _half_known(answers)
        meant |= dict.fromkeys(unclear, None)
    if spec.kind is Kind.YES_NO:
        meant |= {answer: said for answer, said in column.initials.items() if answer in meant}
    options = {a for a in strange if not spec.is_list or is_nothing(a)} | set(column.options)
    if spec.kind is Kind.SLOTS:
        options |= {a for a, value in meant.items() if value is not None or may_be_shown(a)}
    options |= {a for a, v in meant.items() if v is not None and _is_plain(a, spec)}
    words = {a: v for a, v in meant.items() if v is not None and a in options}
    unknown = tuple(a for a, v in meant.items() if v is None and a in options)
    if spec.is_list and len(options & set(strange)) < len(strange):
        words |= {ANYTHING_ELSE: AS_TEXT if spec.name.rpartition(".")[2] == TOPICS else MISSING}
    lost = sum(n for answer, n in strange.items() if meant[answer] is None)
    share = 1 - lost / max(1, answers.total())
    return Meanings(section_of(spec), words, unknown, known_share=share)


def _half_known(answers: Mapping[str, int]) -> list[str]:
    """Return answers of several boxes, one of them a whole answer of others and one not known."""
    alone = {fold(text) for text in answers if len(boxes_in(text)) == 1}
    return [
        text
        for text in answers
        if len(boxes := boxes_in(text)) > 1
        and not alone.isdisjoint(map(fold, boxes))
        and None in map(role_of, boxes)
    ]


def _single_boxes(column: CellEvidence) -> Counter[str]:
    """Return the answers about the role, without those that tick boxes which others tick alone."""
    are_ticks = bool(column.ticked) and all(map(is_tick, column.counts))
    counts = column.ticked if are_ticks else column.counts
    alone = {fold(text) for text in counts if len(boxes_in(text)) == 1}
    return Counter(
        {
            text: n
            for text, n in counts.items()
            if len(boxes_in(text)) < 2 or not alone.issuperset(map(fold, boxes_in(text)))
        }
    )


_AT_ANY_TIME = frozenset(ANSWERS["none"]["any_time"])
_NEVER = frozenset(ANSWERS["none"]["never"])
_DAY = tuple(FORM_WORDS["day_parts"])
MOST_WORDS_OF_PLAIN = 3
"""Words of an answer that is no more than a word of the vocabulary, however few gave it."""


def _is_plain(answer: str, spec: ColumnSpec) -> bool:
    return bool(spec.choices) and len(answer.split()) <= MOST_WORDS_OF_PLAIN


def section_of(spec: ColumnSpec) -> str:
    """Return the part of the config that maps the answers of a column."""
    if spec.kind is not Kind.NUMBER:
        return "answers"
    return "numbers" if spec.whole or spec.high is None or spec.high > 5 else "scales"


def words_named(spec: ColumnSpec, table: str) -> str:
    """Return under which name the config maps the words of a column.

    Words of one side alone where its title asks by another period than the month.
    """
    side, _, name = spec.name.rpartition(".")
    side = side or (table if table in DIRECTIONS.values() else "")
    return f"{side}.{name}" if side and spec.a_month != 1.0 else name


def meaning(answer: str, spec: ColumnSpec, year: int | None = None) -> Value | None:
    """Return what an answer means, None where nothing says so."""
    if spec.kind is Kind.NUMBER and spec.name == "career_years" and _SINCE.fullmatch(fold(answer)):
        return _years_since(answer, year)
    if spec.name.rpartition(".")[2] == "hours_per_month":
        return _hours_a_month(answer, spec)
    if spec.kind is Kind.NUMBER:
        return _number(answer, spec)
    if spec.is_list and is_other(answer):
        return MISSING
    if spec.kind is Kind.SLOTS:
        of_row, _, when = answer.partition(": ")
        slots = slots_meant(answer) or slots_meant(f"{when} {of_row}")  # `Lunch: Wed`
        if not slots and words_of(answer).rpartition(";")[2].strip() in _AT_ANY_TIME:
            slots = tuple(s for part in _DAY for s in slots_meant(f"weekdays {part}") or ())
        is_any = words_of(answer).rpartition(";")[2].strip() in ANSWERS["none"]["whichever"]
        is_never = is_nothing(answer) or step_of(when) == 0 or fold_plain(when) in _NEVER
        return ";".join(slots) if slots else MISSING if is_never and not is_any else None
    name = spec.name.rpartition(".")[2]
    if name == "role":
        return role_of(answer)
    if spec.kind is Kind.YES_NO and name != "consent" and (said := _ticked(answer)):
        return said
    if name in OBJECTED and name not in ANSWERS:
        return consent_of(answer) or (MISSING if is_nothing(answer) else None)
    if name in ANSWERS:
        found = consent_of(answer) if name == "consent" else meaning_of(answer, name)
        is_valid = not spec.choices or found in spec.choices  # a programme may have its own
        if (found and is_valid) or name == "consent":
            return found
    near = nearest(answer, spec.choices, 0.8) if spec.choices else None
    return near or (MISSING if is_nothing(answer) and name != "role" else None)


def stated_meaning(spec: ColumnSpec, word: str, said: str, section: str) -> Value | None:
    """Return what the config says of a word as somebody put it, None where nothing can be read.

    Parameters
    ----------
    spec
        The canonical column.
    word
        The answer of the form.
    said
        What it means in plain words: `Tuesday to Friday`, `two`, `missing`.
    section
        Part of the config that says so.
    """
    if fold(said) == MISSING:
        return MISSING
    said_of = {} if section in ("numbers", "scales") else {fold(word): said}
    parse = parser_for(spec, AnswerWords(said_of, {}, "\0", is_ordered=False), "")
    read = parse(word if said_of else said)
    if read is None or read == () or isinstance(read, Finding | Partly):
        return None
    return said if said_of else int(read) if read == int(read) else float(read)


_SAID = patterns_in("parts")
_SINCE = re.compile(
    rf"(?:{_SAID['since']}) ?(?:[^\W\d]{{3,10}}\.? |the |l'|el |o )?((?:19|20)\d\d)"
)


def _years_since(answer: str, year: int | None) -> Value | None:
    """Return the years from the year of an answer to that in which it was given."""
    match = _SINCE.fullmatch(fold(answer))
    if match is None or year is None or int(match[1]) > year:
        return None
    return float(year - int(match[1]))


_DIGITS = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)?(?![\w.,]\w|[A-Fa-f]*x)")


_SIGNS = re.compile(
    "[\u5e74\u540d\u4eba\u7ea6\u7d04]|\u6642\u9593|\u65f6\u95f4|\u5c0f\u65f6|\ub144|\uba85"
)
"""Units behind a number in Chinese, Japanese and Korean: years, people, hours."""
_HALVES = re.compile(
    rf"\b(?:({_SAID['one_and_half']})|(zwei|drei|vier|funf|\d+)(?:einhalb| 1/2)"
    rf"|(\w+)(?: \w+)?,? (?:{_SAID['and_half']}))"
)
_HALF = re.compile(rf"\b(?:{_SAID['half']})\b")


def _with_half(match: re.Match[str]) -> str:
    """Return `anderthalb`, `two years and a half` or `zweieinhalb` in figures."""
    word = "1" if match[1] else match[2] or match[3]
    number = NUMBER_WORDS.get(word) or word
    return f"{number}.5" if str(number).isdigit() else match[0]


_ONE_HALF, _ABOUT_SO = re.compile(r"\b(halv|mezz)'?(tim\w*|ora)\b"), re.compile(r"(?<=\d)ish\b")
"""Half an hour in one word, and about so many."""
_PARTS = re.compile(r"(\d*) ?([¼½¾])")


def _in_decimals(match: re.Match[str]) -> str:
    """Return a number with a part of one as decimals: `1½`."""
    return str(int(match[1] or 0) + unicodedata.numeric(match[2]))


def _with_bounds(answer: str) -> str:
    """Return a folded answer with signs of more and less in words, and no signs of units."""
    plain = fold_plain(_PARTS.sub(_in_decimals, answer))
    folded = _SIGNS.sub(" ", plain.replace("\u4ee5\u4e0a", " or more "))
    folded = folded.replace("\u672a\u6e80", " less than ").replace("un'", "una ")
    folded = _ABOUT_SO.sub("", _ONE_HALF.sub(r"\1 \2", folded))
    return folded.replace("<", "less than ").replace(">", "more than ").replace("+", " or more ")


def _hours_a_month(answer: str, spec: ColumnSpec) -> Value | None:
    """Return the hours of a month that an answer says: `1h a week` is four, `30 min` a half."""
    times, said = times_a_month(answer) or (spec.a_month, answer)
    folded = _with_bounds(said)
    in_hours = not _DIGITS.search(folded) and len(amounts_of(folded, spec.name)) == 1
    size = times * (1.0 if in_hours else hours_in(folded))
    several = any(NUMBER_WORDS.get(word, 1) > 1 for word in _WORD.findall(folded))  # `dozen`
    is_half = _HALF.search(folded) and not (several or _HALVES.search(folded))
    is_half = is_half and not _DIGITS.search(folded)
    value = 0.5 if is_half and names_hours(folded) else _number(said, spec)
    if not isinstance(value, float):
        return value if size else None
    return round(value * size, 2) if size and value * size <= (spec.high or math.inf) else None


def _number(answer: str, spec: ColumnSpec) -> Value | None:
    """Return the number that words say: `2-5 years`, `three or more`, `a great deal`."""
    is_whole = spec.whole or spec.name == "capacity"
    if is_whole and spec.name != "max_mentors" and _says_none(answer):
        return 0.0
    folded = _HALVES.sub(_with_half, in_figures(_with_bounds(answer)))
    if "%" in folded or _HALF.search(folded) or ("1/2" in folded and not is_whole):
        return None  # a share of what, and a half of which?
    found = [float(part.replace(",", ".")) for part in _DIGITS.findall(folded)]
    said = NUMBER_WORDS if is_whole else {w: n for n, w in enumerate(FORM_WORDS["numbers"]) if n}
    found = found or amounts_of(folded, spec.name)
    found = found or [float(said[word]) for word in _WORD.findall(folded) if word in said]
    if not found:
        step = step_of(answer)
        if step is not None and spec.high is not None and spec.high <= 5:
            low = spec.low or 0.0
            return round(low + (spec.high - low) * step / (len(FORM_WORDS["scale"]) - 1), 1)
        if is_whole and heaviest(ANSWERS["numbers"]["none"], words_of(answer)):
            return None
        return MISSING if is_nothing(answer) else None
    words = words_of(folded)
    value = _count(found, words) if is_whole else sum(found[:2]) / len(found[:2])
    if value is None:
        return None
    low, high = spec.low or 0.0, spec.high if spec.high is not None else value
    is_sound = low <= value <= high and not (is_whole and value != int(value))
    return value if is_sound and not any(map(_is_year, found)) else None


def _says_none(answer: str) -> bool:
    """Whether one word says that there is no place at all."""
    return len(answer.split()) == 1 and bool(heaviest(ANSWERS["numbers"]["none"], words_of(answer)))


_WORD = re.compile(r"[^\W\d_]+")


def _is_year(value: float) -> bool:
    return 1900 <= value <= 2100 and value == int(value)


def _count(found: list[float], words: str) -> float | None:
    """Return how many people an answer allows: of a range its lower end, None where it says more.

    `No more than two` is two, `under three` two; `two, but not before May` is asked.
    """
    said = ANSWERS["numbers"]
    if heaviest(said["unsure"], words):
        return None
    is_less, is_more = bool(heaviest(said["less"], words)), bool(heaviest(said["beyond"], words))
    if heaviest(said["denied"], words):
        is_compared = is_less or is_more or heaviest(said["more"], words)
        return min(found) if is_compared else None
    if len(found) > 1 or not (is_less or is_more):
        return min(found[:2])
    return max(found[0] - 1, 0.0) if is_less else found[0] + 1


def assumed(answer: str, a_month: float = 1.0) -> str:
    """Return what the number of an answer rests on, empty where it says one itself."""
    times, said = times_a_month(answer) or (a_month, answer)
    why = [f"counted as {times:.2g} times a month"] if times != 1 else []
    if len(_DIGITS.findall(said)) > 1:
        why.append("a range: counted as its middle")
    elif _open_end(said) and not why:
        why.append("a bound: counted as the number itself")
    return "; ".join(why)


def _open_end(answer: str) -> str:
    """Return whether an answer means `less` or `more` than its number, empty where it does not."""
    folded, said = _with_bounds(answer), ANSWERS["numbers"]
    until = {*map(fold_plain, FORM_WORDS["until"])}
    before = takewhile(lambda w: w not in NUMBER_WORDS, _WORD.findall(_DIGITS.split(folded)[0]))
    if heaviest(said["less"], words_of(folded)) or not until.isdisjoint(before):
        return "less"
    return "more" if heaviest(said["more"], words_of(folded)) else ""


def span_of(answer: str, value: float) -> tuple[float, float]:
    """Return the least and the most that an answer may mean which counts as a number.

    Of `6-10 years` six and ten, of `less than two` zero and two; of words without a number
    anything, and one that is said is both.
    """
    said = [float(part.replace(",", ".")) for part in _DIGITS.findall(in_figures(answer))]
    said = said or [float(NUMBER_WORDS[w]) for w in _WORD.findall(answer) if w in NUMBER_WORDS]
    end = _open_end(answer) if len(said) < 2 else ""
    low = 0.0 if end == "less" or not said else value
    high = math.inf if end == "more" or not said else value
    return (low, high) if len(said) < 2 else (min(*said, value), max(*said, value))


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
        split = column.every_item if column.separator else column.counts  # each by its own sign
        written.update(split if not column.ticked else {})
    options = [option for column in found for option in column.options]
    options += CellEvidence(written, written.total()).options
    named = [option for option in options if not is_nothing(option) and not is_other(option)]
    return sorted({fold(option): option for option in named if fold(option)}.values(), key=fold)


def consent_meanings(column: CellEvidence, objected: str = "") -> Meanings:
    """Return which answers agree; to be matched an empty box does where one ticks to object.

    Where answers are codes from 1 on, none says whether it is the yes.

    Parameters
    ----------
    column
        The answers.
    objected
        The column that a yes denies, where the question is who objects.
    """
    answers = {text: consent_of(text) for text in column.counts if text.strip()}
    if {text.strip() for text in answers} >= {"1", "2"}:
        return Meanings("answers", unknown=tuple(answers))
    if objected:
        turned = {text: _turned(text, said) for text, said in answers.items()}
        is_box = "yes" not in turned.values() and column.filled < column.rows
        is_box &= objected == "consent"  # nobody agrees to pass on an address by a blank
        words = {"": "yes"} if is_box else {}
        unclear = tuple(text for text, value in turned.items() if not value)
        return Meanings("answers", words | {t: v for t, v in turned.items() if v}, unclear)
    own = {text: said for text, said in answers.items() if isinstance(_YES_NO(text), Finding)}
    said_by = column.initials
    meant = {text: said_by.get(text) or said or _ticked(text) for text, said in own.items()}
    known = {text: value for text, value in meant.items() if value}
    return Meanings("answers", known, tuple(text for text in meant if text not in known))


def _turned(text: str, said: str | None) -> str:
    """Return what an answer says of consent where the question is who objects."""
    if is_no_tick(text):
        return "yes"
    is_unclear = is_no_tick(text.partition(",")[0])  # `No, I do not mind` denies twice
    objected = is_tick(text) or said == "yes" or bool(objects(words_of(text)))
    return "no" if objected and not is_unclear else ""


_YES_NO = parser_for(SIGNUPS.by_name["consent"], AnswerWords({}, {}, "\0", is_ordered=False), "")
"""What the reader takes for a yes or a no as it stands."""


def _ticked(text: str) -> str | None:
    """Return what the box beside a statement says: ticked, not ticked, or nothing."""
    if is_no_tick(text):
        return "no"
    says_nothing = is_nothing(text) and not refers_above(text)
    return "yes" if is_tick(text) else MISSING if says_nothing else None


_FIGURE = re.compile(r"\d{1,2}(?!\w)")


def one_counts_most(column: CellEvidence, title: str) -> bool | None:
    """Return whether 1 is the best place of a rating; None where nothing says so.

    Its title does, or answers that are places in an order.
    """
    if said := _ONE_IS.search(title):
        words = words_of(said[1])
        ends = [bool(heaviest(ANSWERS["ranks"][end], words)) for end in ("best", "worst")]
        if any(ends) and not all(ends):
            return ends[0]
    return column.is_ranking or bool(heaviest(ANSWERS["ranks"]["words"], words_of(title))) or None


_ONE_IS = re.compile(r"\b1\s*[=:\u2013\u2014-]\s*([^\d,;)]+)")
"""What a title says of the first place: `1 = strongest`."""


def level_numbers(column: CellEvidence, title: str = "") -> dict[str, int] | None:
    """Return how much each level of a grid counts, 0 for not at all; None where it is unclear.

    Of places in an order, as the title has it, all count, and the first the most.
    """
    levels = list(column.levels)
    figures = {level: int(match[0]) for level in levels if (match := _FIGURE.match(level))}
    if len(figures) == len(levels) and one_counts_most(column, title):
        return {level: 1 + max(figures.values()) - figure for level, figure in figures.items()}
    if len(figures) == len(levels):
        least = int(0 not in figures.values())
        return {level: figure - least for level, figure in figures.items()}
    steps = {level: step for level in levels if (step := step_of(level)) is not None}
    if len(steps) < len(levels):
        return None
    least, is_whole = min(steps.values()), len(set(column.ticked.values())) == 1
    # Where everybody says something of each option the lowest step says that it does not count.
    return {level: 0 if is_whole and step == least else step for level, step in steps.items()}
