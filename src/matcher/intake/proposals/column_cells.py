"""What the cells of a column look like: dates, addresses, people, ticks, numbers, options, text."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from typing import Self

from rapidfuzz import fuzz, process

from matcher.cohort.ids import plain_address
from matcher.cohort.names import name_parts
from matcher.intake.cells.dates import named_date
from matcher.intake.cells.form_words import FORM_WORDS, SAFETY_WORDS, names_nobody
from matcher.intake.cells.marks import is_no_tick, is_tick
from matcher.intake.cells.slots import slots_of
from matcher.intake.proposals.phrases import heaviest, phrase_of, words_of
from matcher.text import fold, fold_plain, is_no_answer, words_beside

ANSWERS = words_beside(__file__, "answers.toml")
"""What forms' answers mean, by column, then by meaning."""

_NONE = frozenset(ANSWERS["none"]["whole"])
_NONE_STARTS = tuple(ANSWERS["none"]["starts"])
_NUMBERS = frozenset(FORM_WORDS["numbers"]) | {
    w for words in FORM_WORDS["other_numbers"] for w in words
}

MOST_OPTIONS = 40
"""Distinct answers up to which a question may be one of options."""
MOST_WORDS_OF_OPTION = 8
MANY = 20
"""Answers from which an option is one only if several people gave it."""
MOST_LOOKED_AT = 150
"""Distinct texts of a column that are looked at, the most frequent first."""
MOST_WORDS_OF_YES = 2
"""Words of an answer that may be a mere yes or no: `not my boss` means somebody."""
LEAST_SHARED = 0.3
"""Share of the items of split cells that must stand in several different cells."""
SEPARATORS = (";#", ";", ",", "|", "\n", " / ", "\u250b", "\u3001", "\uff0c")

_DATE = re.compile(
    r"\d{4}[-/]\d{1,2}([-/]\d{1,2})?|\d{4}\u5e74\d{1,2}\u6708\d{1,2}\u65e5|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(19|20)\d{2}"
    r"|(\d{1,2}\.? )?[^\W\d]{3,10}\.? (\d{1,2},? )?(19|20)\d{2}"
)
_CLOCK = re.compile(
    r"[ tT]\d{1,2}[:.]\d{2}([:.]\d{2})?(\.\d+)?( ?[aApP][mM])?( ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
)
LONGEST_DATE = 60
"""Signs of a date in words, with its weekday and time zone."""
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_DIGITS = re.compile(r"\d")
_PERSON = re.compile(
    r"(?:(?:dr|prof|mr|mrs|ms|mx|herr|frau|m|mme|sr|sra)\.? )?"
    r"[^\W\d_][\w.'\u2019-]*(?: (?:[a-z]{1,4} ){0,2}[^\W\d_][\w.'\u2019-]*){1,3}",
    re.IGNORECASE | re.UNICODE,
)
_SIGN = r"[\u3040-\u30ff\u3005\u3400-\u9fff\uac00-\ud7af]"
_PERSON_IN_SIGNS = re.compile(rf"{_SIGN}{{1,4}}[ \u3000]?{_SIGN}{{1,5}}")
_CAPITAL = re.compile(r"\b[A-ZÀ-ÞĀ-ŽΑ-ΩА-Я]")


@cache
def meaning_of(answer: str, column: str) -> str | None:
    """Return the first meaning of a column whose phrases stand in the answer, or None."""
    words = words_of(answer)
    parts = ANSWERS[column].items()
    return next((meaning for meaning, phrases in parts if heaviest(phrases, words)), None)


_HEAD = re.compile(r"\s*[(:,;\u2013\u2014]|\s-\s")


@cache
def role_of(answer: str) -> str | None:
    """Return the role that an answer gives its author, None where that is not clear.

    Two ticked boxes in one cell, each a role, are both roles. What stands before a bracket or a
    colon counts first: `Mentor (for a mentee)`. An answer that names mentors and mentees without
    saying how the two belong together says nothing, nor does one that only speaks of either:
    `paired with a mentor`.
    """
    ticked = [part for part in _TICKED.split(answer) if part.strip()]
    roles = {_role_said(part) for part in ticked} if len(ticked) > 1 else set()
    return "both" if {"mentee", "mentor"} <= roles and None not in roles else _role_said(answer)


_TICKED = re.compile(r"[;,|\n\u250b\u3001\uff0c\uff1b]")
"""What stands between the boxes that somebody ticked, where each may be a role."""


def _role_said(answer: str) -> str | None:
    plain = answer.replace("&", " and ").replace("+", " and ")
    for text in (_HEAD.split(plain)[0], plain):
        words = words_of(text)
        found = {
            meaning for meaning, phrases in ANSWERS["role"].items() if heaviest(phrases, words)
        }
        if found & {"both", "either"}:
            return "both" if "both" in found else "either"
        is_alone = _says_no_more(words)
        seeks, gives = "seeks" in found, "mentor" in found
        is_mentee = seeks or "mentee" in found
        if is_mentee and (gives or (not seeks and "mentor_alone" in found)):
            return None
        if seeks or (is_mentee and is_alone):
            return "mentee"
        if gives or ("mentor_alone" in found and is_alone and not is_mentee):
            return "mentor"
        if found:
            return None
    return None


_BESIDE_ROLE = frozenset(ANSWERS["beside_role"]["words"])


def _says_no_more(words: str) -> bool:
    """Whether an answer is the one word for a role, but for what says nothing beside it."""
    rest = words
    for phrase in (*ANSWERS["role"]["mentee"], *ANSWERS["role"]["mentor_alone"]):
        for pattern in phrase_of(phrase).needed:
            rest = pattern.sub(" ", rest)
    return all(word in _BESIDE_ROLE for word in rest.replace(";", " ").split())


def is_nothing(text: str) -> bool:
    """Whether an answer says that there is none: `n/a`, `prefer not to say`, `-`."""
    bare = words_of(text).rpartition(";")[2].strip()
    is_none = not bare or bare in _NONE or bare.startswith(_NONE_STARTS)
    return is_no_answer(text) or is_none or (not bare.isascii() and names_nobody(text))


def is_date(text: str) -> bool:
    """Whether a text is a day, a month or a year, with or without a time."""
    if _DATE.fullmatch(_CLOCK.sub("", text.strip()).strip()):
        return True
    return len(text) <= LONGEST_DATE and isinstance(
        named_date(fold_plain(text), is_coarse=True), date
    )


def is_number(text: str) -> bool:
    """Whether a text says how many: `3`, `2-5 years`, `three or more`."""
    folded = fold(text)
    if plain_address(text) or len(folded.split()) > 6 or (is_date(text) and "-" in text[3:]):
        return False
    return bool(_DIGITS.search(folded)) or not _NUMBERS.isdisjoint(fold_plain(text).split())


def is_person(text: str, people: Collection[str]) -> bool:
    """Whether a text names somebody: a known name or address, or what is written like a name."""
    if fold(text) in people or plain_address(text):
        return True
    if _PERSON_IN_SIGNS.fullmatch(text.strip()):
        return True
    last, comma, first = text.partition(", ")
    text = f"{first} {last}" if comma and "," not in first else text
    return (
        _PERSON.fullmatch(text.strip()) is not None
        and len(_CAPITAL.findall(text)) >= 2
        and not _DIGITS.search(text)
    )


def names_somebody(text: str, people: Collection[str]) -> bool:
    """Whether an answer is the name or address of somebody who is known, but for a slip."""
    if fold(text) in people or plain_address(text):
        return True
    if not is_person(text, people) or len(people) > MOST_COMPARED:
        return False
    return process.extractOne(fold(text), people, scorer=fuzz.ratio, score_cutoff=88) is not None


def warns_of_somebody(text: str) -> bool:
    """Whether an answer says whom not to meet without a name: `not my boss`, `nobody from HR`."""
    parts = set(name_parts(text))
    speaks = not parts.isdisjoint(_OF_WORK) and not parts.isdisjoint(SAFETY_WORDS["no"])
    return speaks and len(parts) <= MOST_WORDS_OF_WARNING


MOST_COMPARED = 5000
"""Names up to which each is compared with an answer, letter by letter."""
MOST_WORDS_OF_WARNING = 8
_OF_WORK = frozenset(SAFETY_WORDS["manager"]).union(*SAFETY_WORDS["groups"].values())


def is_yes_no(text: str) -> bool:
    """Whether a text is a yes or a no in a few words."""
    folded = fold(text)
    known = is_no_tick(text) or is_tick(text)
    said = meaning_of(text.split(",")[0], "consent") if len(folded.split()) <= 5 else None
    return known or (said is not None and "-" not in folded)


_LUNCH = re.compile(
    r"\b(?:(?:over|at|during|around) )?(?:lunch(?: ?time)?s?|midday|mittags?(?:pause)?|midi"
    r"|pausa pranzo|lunchpauze|mediod[ií]a|meio[- ]dia)\b",
    re.IGNORECASE,
)
"""Words for the time about noon; the vocabulary of slots has none."""
_WHOLE_DAY = re.compile(
    r"\b(?:all day|(?:the )?whole day|any ?time|ganzt[aä]g\w*|(?:den )?ganzen tag|jederzeit"
    r"|toute la journ[eé]e|todo el d[ií]a|o dia todo|tutto il giorno|(?:de )?hele dag|hela dagen"
    r"|hele dagen|ca[lł]y dzie[nń]|終日|全天)\b",
    re.IGNORECASE,
)


_BARE_HOURS = re.compile(
    r"(?<![\w:.])(\d{1,2}) ?([-\u2013]|to|bis|tot|till|until) ?(\d{1,2})(?![\w:.])(?! ?[ap]\.?m)"
)


def _by_day(match: re.Match[str]) -> str:
    """Return hours such as `9-12` or `2-4` on the clock of a working day; others as they are."""
    start, end = int(match[1]), int(match[3])
    if start < 6 and start < end < 8:
        start, end = start + 12, end + 12
    elif end < 8 <= start <= 12:
        end += 12
    is_clear = (9 <= start < end) or (8 <= start < end == 12)
    return f"{start}:00-{end}:00" if is_clear else match[0]


@cache
def slots_in(text: str) -> str | None:
    """Return the weekly slots that an answer names, as the config writes them, or None.

    A day alone is its morning and its afternoon, a part of the day alone that of every weekday.
    """
    text = _BARE_HOURS.sub(_by_day, _WHOLE_DAY.sub("", _LUNCH.sub("12:00-14:00", text)))
    if any(char.isdigit() for char in text):
        return ";".join(slots_of(text) or ()) or None
    halves = [slots_of(f"{text} {part}") or () for part in ("am", "pm")]
    found = (
        slots_of(text) or tuple(sorted({*halves[0], *halves[1]})) or slots_of(f"weekdays {text}")
    )
    return ";".join(found) if found else None


def filled_counts(texts: Iterable[object]) -> Counter[str]:
    """Return how often each text stands in some cells, blank ones left out."""
    counts = Counter(map(str, texts))
    for blank in [text for text in counts if not text.strip()]:
        del counts[blank]
    return counts


@dataclass(frozen=True)
class CellEvidence:
    """The answers of one column, or of the columns of one grid question."""

    counts: Counter[str]
    """Distinct answers and how often each was given; blank cells are left out."""
    rows: int
    people: Collection[str] = ()
    """Folded names and addresses of the cohort."""
    ticked: Counter[str] = field(default_factory=Counter)
    """Of a grid: its options and how often each was ticked."""
    levels: Counter[str] = field(default_factory=Counter)
    """Of a grid: answers that say how much an option counts, and how often each was given."""

    @classmethod
    def of(cls, cells: Iterable[object]) -> Self:
        """Return the evidence of the cells of one column."""
        texts = list(cells)
        return cls(filled_counts(texts), len(texts))

    @cached_property
    def filled(self) -> int:
        """Cells with an answer."""
        return self.counts.total()

    @cached_property
    def telling(self) -> Counter[str]:
        """The most frequent answers that say something."""
        common = self.counts.most_common(MOST_LOOKED_AT)
        return Counter({text: n for text, n in common if not is_nothing(text)})

    def share(self, test: Callable[[str], bool], texts: Counter[str] | None = None) -> float:
        """Return the share of answers for which `test` holds."""
        looked_at = self.telling if texts is None else texts
        total = looked_at.total()
        return sum(n for text, n in looked_at.items() if test(text)) / total if total else 0.0

    @cached_property
    def separator(self) -> str:
        """What separates the items of a list cell, empty where cells hold one answer."""
        if self.ticked:
            return ""
        return max(SEPARATORS, key=self._gain) if any(map(self._gain, SEPARATORS)) else ""

    @property
    def commonest_mark(self) -> str:
        """The sign that more than half of the distinct answers hold, empty where none is."""
        texts = dict.fromkeys(self.telling, 1)
        return next((s for s in SEPARATORS if 2 * sum(s in t for t in texts) > len(texts) > 1), "")

    def holds(self, separator: str) -> bool:
        """Whether any answer holds a separator."""
        return any(separator in text for text in self.counts)

    def _gain(self, separator: str) -> float:
        """Return how much sense the items make: how many stand in several different cells."""
        holding = self.share(lambda text: separator in text.rstrip(separator + " "))
        closing = self.share(lambda text: text.rstrip().endswith(separator))
        if not holding:
            return float(separator == ";" and closing == 1.0)
        items = _items(dict.fromkeys(self.telling, 1), separator)
        shared = sum(n > 1 for n in items.values()) / len(items)
        fewer = 1 - len(items) / len(self.telling)
        gain = max(fewer, shared if shared >= LEAST_SHARED else 0.0)
        return max(0.0, gain) + float(separator == ";" and closing == 1.0)

    @cached_property
    def items(self) -> Counter[str]:
        """Items of the cells and how often each stands there."""
        if self.ticked:
            return self.ticked
        return _items(self.telling, self.separator) if self.separator else self.telling

    @cached_property
    def every_item(self) -> Counter[str]:
        """Items of all cells, those included that say that there is none."""
        if self.ticked:
            return self.ticked
        return _items(self.counts, self.separator) if self.separator else self.counts

    @cached_property
    def words(self) -> float:
        """Mean number of words of an answer."""
        total = self.telling.total()
        return sum(len(t.split()) * n for t, n in self.telling.items()) / total if total else 0.0

    @cached_property
    def item_words(self) -> float:
        """Mean number of words of an item."""
        total = self.items.total()
        return sum(len(t.split()) * n for t, n in self.items.items()) / total if total else 0.0

    @property
    def is_choice(self) -> bool:
        """Whether the answers are options of the form: few items, most of them given again."""
        few = 0 < len(self.items) <= MOST_OPTIONS
        return few and (bool(self.ticked) or _again(self.items) >= 0.6)

    @property
    def options(self) -> list[str]:
        """The items that are options rather than somebody's own words: given more than once."""
        if self.ticked:
            return list(self.ticked)
        is_small = self.filled < MANY
        items = self.items.items()
        return [item for item, n in items if n > 1 or (is_small and self._is_short(item))]

    def _is_short(self, item: str) -> bool:
        if self.separator:  # what is ticked beside other boxes is one itself
            return len(item.split()) <= MOST_WORDS_OF_OPTION and len(self.items) <= MOST_OPTIONS
        return self.is_choice and len(item.split()) <= 4 and len(self.items) <= MOST_OPTIONS // 2

    @cached_property
    def initials(self) -> dict[str, str]:
        """What the answers mean where they are `S` and `N`, or the like of another language."""
        letters = {fold(text): text for text in self.counts}
        pairs = (pair.split() for pair in ANSWERS["initials"]["pairs"])
        yes, no = next((pair for pair in pairs if set(pair) == letters.keys()), ("", ""))
        return {letters[yes]: "yes", letters[no]: "no"} if yes else {}

    @property
    def offers_people(self) -> bool:
        """Whether the options of a grid are people of the cohort."""
        return any(fold(option) in self.people for option in self.ticked)

    @property
    def is_each_another(self) -> bool:
        """Whether everybody answered, and nearly nobody as another did."""
        return self.filled == self.rows > 2 and len(self.counts) >= 0.95 * self.filled

    def fits(self, kinds: Iterable[str]) -> float:
        """Return how well the answers fit the best of some kinds: 0 not at all, to 1."""
        return max(_FITS[kind](self) for kind in kinds)


def _again(items: Counter[str]) -> float:
    """Return the share of items that are given more than once."""
    return sum(n for n in items.values() if n > 1) / items.total() if items else 0.0


def _items(texts: Mapping[str, int], separator: str) -> Counter[str]:
    """Return the items of cells; halves of an option that holds the separator are one item."""
    cells = {text: [p for p in map(_tidy, text.split(separator)) if p] for text in texts}
    joints = _joints(cells, texts) if separator == "," else frozenset[tuple[str, str]]()
    items: Counter[str] = Counter()
    for text, parts in cells.items():
        start = 0
        for k in range(len(parts)):
            if k + 1 == len(parts) or (parts[k], parts[k + 1]) not in joints:
                items[f"{separator} ".join(parts[start : k + 1])] += texts[text]
                start = k + 1
    return items


def _tidy(text: str) -> str:
    return " ".join(text.split())


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


def _few(column: CellEvidence, test: Callable[[str], bool]) -> float:
    """Return the share of items for which `test` holds; of questions with too many, none."""
    is_free = len(column.items) > MOST_LOOKED_AT and not column.is_choice
    return 0.0 if is_free else column.share(test, column.items)


def _label(column: CellEvidence) -> float:
    if column.words > 6:
        return 0.2
    odd = column.share(lambda t: bool(plain_address(t)) or is_date(t) or _is_plain_number(t))
    return 1.0 - max(odd, column.share(is_yes_no))


def _is_no_name(text: str) -> bool:
    return (
        names_nobody(text)
        or (is_yes_no(text) and len(text.split()) <= MOST_WORDS_OF_YES)
        or is_date(text)
        or _is_plain_number(text)
        or slots_in(text) is not None
    )


def _person(column: CellEvidence) -> float:
    """Return the share of answers that name somebody, of those that do not say `nobody`."""
    return max(
        column.share(
            lambda text: is_person(text, column.people),
            Counter({text: n for text, n in texts.items() if not names_nobody(text)}),
        )
        for texts in (column.items, column.telling)
    )


def _names(column: CellEvidence) -> float:
    """Return the share of answers that may name somebody, of those that do not say `nobody`."""
    said = Counter({text: n for text, n in column.telling.items() if not names_nobody(text)})
    numbered = Counter({t: n for t, n in said.items() if not _ID_NUMBER.fullmatch(t.strip())})
    other = column.share(_is_no_name, numbered) * numbered.total() / max(1, said.total())
    return 1.0 - other if said else 0.0


_ID_NUMBER = re.compile(r"(?!(?:19|20)\d\d$)\w?\d{4,}")
"""Numbers of members of staff: people are named by them where a form is an HR system's."""


def _is_plain_number(text: str) -> bool:
    return all(_NUMBER.fullmatch(part.strip()) for part in text.split(", "))  # or a place on a map


def _text(column: CellEvidence) -> float:
    if (
        column.is_choice
        and column.item_words <= 5
        and (column.separator == ";" or column.words < 4)
    ):
        return 0.0
    return 1.0 if column.words >= 4 else 0.6 if column.words >= 2.5 else 0.1


def _choice(column: CellEvidence) -> float:
    if column.share(is_yes_no) > 0.5 and not column.ticked:
        return 0.0
    long = column.item_words > 5 and column.separator != ";"
    if column.is_choice:
        return 0.3 if long else 1.0
    return 0.0 if long or column.words > 12 else 0.4


def _statement(column: CellEvidence) -> float:
    """Return whether one sentence, ticked or not, is all that anybody answered."""
    few = 0 < len(column.counts) <= 2
    return float(few and all(meaning_of(text, "consent") for text in column.counts))


def _key(column: CellEvidence) -> float:
    unique = column.filled == len(column.counts) == column.rows
    return float(
        unique and column.words <= 1 and not column.share(lambda t: bool(_CLOCK.search(t)))
    )


def _has_clock(text: str) -> bool:
    """Whether a date has a time of day; midnight is what a spreadsheet adds."""
    clock = _CLOCK.search(text)
    return clock is not None and bool(re.search("[1-9]", clock[0])) and is_date(text)


_FITS: dict[str, Callable[[CellEvidence], float]] = {
    "any": lambda column: 0.5,
    "empty": lambda column: float(all(map(names_nobody, column.telling))),
    "names": _names,
    "address": lambda column: column.share(lambda t: plain_address(t) is not None),
    "date": lambda column: column.share(is_date),
    "datetime": lambda column: column.share(_has_clock),
    "plain date": lambda column: column.share(lambda t: is_date(t) and not _has_clock(t)),
    "number": lambda column: column.share(is_number),
    "yes_no": lambda column: float(bool(column.initials) or column.share(is_yes_no, column.counts)),
    "statement": _statement,
    "role": lambda column: _few(column, lambda text: role_of(text) is not None),
    "mode": lambda column: _few(
        column, lambda t: plain_address(t) is None and meaning_of(t, "modes") is not None
    ),
    "day": lambda column: _few(column, lambda text: slots_in(text) is not None),
    "person": _person,
    "key": _key,
    "label": _label,
    "text": _text,
    "choice": _choice,
}
"""How well a column's answers fit each kind that ``questions.toml`` names."""
