"""What the cells of a column look like: how many answers of which kind, options, text."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from matcher.cohort.ids import plain_address
from matcher.intake.cells.form_words import names_nobody
from matcher.intake.cells.marks import affirmed, is_no_tick, is_tick, step_of
from matcher.intake.cells.slots import slots_meant
from matcher.intake.cells.time_zones import zone_of
from matcher.intake.proposals.cell_items import items_in
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.single_texts import (
    ANSWERS,
    CLOCK,
    MOST_WORDS_OF_YES,
    has_clock,
    is_date,
    is_nothing,
    is_number,
    is_person,
    is_plain_number,
    is_yes_no,
    meaning_of,
    mentions_somebody,
    names_language,
    names_somebody,
)
from matcher.text import fold, fold_plain

MOST_OPTIONS = 40
"""Distinct answers up to which a question may be one of options."""
MOST_WORDS_OF_OPTION = 8
MANY_ANSWERS = 20
"""Answers from which an option is one only if several people gave it."""
MOST_LOOKED_AT = 150
"""Distinct texts of a column that are looked at, the most frequent first."""
MOST_SAID_AGAIN = 4
"""Distinct answers, each given again and again, that are options and no texts, however long."""
LEAST_SHARED = 0.3
"""Share of the items of split cells that must stand in several different cells."""
LEAST_KNOWN = 0.6
"""Share of answers that are options of the programme's own from which a question asks for these."""
FORM_SIGNS = (";#", ";", "|", "\n", "\u250b")
"""Those that stand between options and hardly in what people write themselves."""
SEPARATORS = (";#", ";", ",", "|", "\n", " / ", "\u250b", "\u3001", "\uff0c")


def filled_counts(texts: Iterable[object]) -> Counter[str]:
    """Return how often each text stands in some cells, blank ones left out."""
    counts = Counter(map(str, texts))
    return Counter({text: n for text, n in counts.items() if text.strip()})


@dataclass(frozen=True)
class CellEvidence:
    """The answers of one column, or of the columns of one grid question."""

    counts: Counter[str]
    """Distinct answers and how often each was given; blank cells are left out."""
    rows: int
    people: Collection[str] = ()
    """Folded names and addresses of the cohort."""
    known: Collection[str] = ()
    """Folded options of the programme's own topics, as another form or the settings have them."""
    ticked: Counter[str] = field(default_factory=Counter)
    """Of a grid: its options and how often each was ticked."""
    levels: Counter[str] = field(default_factory=Counter)
    """Of a grid: answers that say how much an option counts, and how often each was given."""
    is_ranking: bool = False
    """Of a grid: whether nobody gives two options the same number, as places in an order are."""
    is_in_order: bool = False
    """Whether the items of a cell stood in columns by their place: first choice, second choice."""

    fitting: dict[str, float] = field(default_factory=dict, init=False, repr=False, compare=False)
    """How well the answers fit kinds that were asked about."""

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

    def knowing(self, people: Collection[str], options: Collection[str]) -> Self:
        """Return the evidence of who knows the people and the options of topics.

        It is the same one, with all that was worked out of it, where that changes nothing.
        """
        said = [fold(text) for text in self.telling] if options else []
        known = options if any(option in text for text in said for option in options) else ()
        is_same = people is self.people and known == self.known
        if is_same:
            return self
        found = replace(self, people=people, known=known)
        fits = self.fitting.items() if known == self.known else ()
        found.fitting.update((kind, fit) for kind, fit in fits if kind != "person")
        return found

    def share(self, test: Callable[[str], bool], texts: Counter[str] | None = None) -> float:
        """Return the share of answers for which `test` holds."""
        looked_at = self.telling if texts is None else texts
        total = looked_at.total()
        return sum(n for text, n in looked_at.items() if test(text)) / total if total else 0.0

    @cached_property
    def named(self) -> float:
        """The share of answers that are the name of somebody who is known."""
        return self.share(lambda text: names_somebody(text, self.people))

    @cached_property
    def named_within(self) -> float:
        """The share of answers within which somebody who is known is named in full."""
        return self.share(lambda text: mentions_somebody(text, self.people))

    @cached_property
    def naming(self) -> float:
        """The share of answers that are the name of somebody, or within which one stands."""
        tests = (names_somebody, mentions_somebody)
        return self.share(lambda text: any(test(text, self.people) for test in tests))

    @cached_property
    def separator(self) -> str:
        """What separates the items of a list cell, empty where cells hold one answer."""
        if self.ticked:
            return ""
        held = [sign for sign in SEPARATORS if self.holds(sign)] if self.known else []
        if sign := next(filter(self._parts_known, held), ""):
            return sign
        return max(SEPARATORS, key=self._gain) if any(map(self._gain, SEPARATORS)) else ""

    @property
    def commonest_mark(self) -> str:
        """The sign that more than half of the distinct answers hold, empty where none is."""
        texts = dict.fromkeys(self.telling, 1)
        return next((s for s in SEPARATORS if 2 * sum(s in t for t in texts) > len(texts) > 1), "")

    def holds(self, separator: str) -> bool:
        """Whether any answer holds a separator."""
        return any(separator in text for text in self.counts)

    @property
    def has_known(self) -> bool:
        """Whether most answers are options of the programme's own topics and nothing else."""
        return bool(self.telling) and self._parts_known(self.separator)

    def _parts_known(self, sign: str) -> bool:
        """Whether a sign parts most answers into options of the programme's own topics."""

        def is_known(text: str) -> bool:
            items = {fold(item) for item in (text.split(sign) if sign else [text])} - {""}
            return bool(items) and items.issubset(self.known)

        return self.share(is_known) >= LEAST_KNOWN

    def _gain(self, separator: str) -> float:
        """Return how much sense the items make: how many stand in several different cells."""
        holding = self.share(lambda text: separator in text.rstrip(separator + " "))
        closing = self.share(lambda text: text.rstrip().endswith(separator))
        if not holding:
            return float(separator == ";" and closing == 1.0)
        items = items_in(dict.fromkeys(self.telling, 1), separator)
        shared = sum(n > 1 for n in items.values()) / len(items)
        fewer = 1 - len(items) / len(self.telling)
        gain = max(fewer, shared if shared >= LEAST_SHARED else 0.0)
        return max(0.0, gain) + float(separator == ";" and closing == 1.0)

    @cached_property
    def items(self) -> Counter[str]:
        """Items of the cells and how often each stands there."""
        if self.ticked:
            return self.ticked
        return items_in(self.telling, self.separator) if self.separator else self.telling

    @cached_property
    def every_item(self) -> Counter[str]:
        """Items of all cells, those included that say that there is none."""
        if self.ticked:
            return self.ticked
        return items_in(self.counts, self.separator) if self.separator else self.counts

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
    def is_ticked_list(self) -> bool:
        """Whether cells hold options as forms write several: by signs that no sentence has."""
        return self.separator in FORM_SIGNS and self.is_choice

    @property
    def options(self) -> list[str]:
        """The items that are options rather than somebody's own words: given more than once."""
        if self.ticked:
            return list(self.ticked)
        is_small = self.filled < MANY_ANSWERS
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
    def denied(self) -> list[str]:
        """Answers that another one denies: `Signed off` beside `Not signed off`."""
        bare = {affirmed(text) for text in self.counts if affirmed(text) != fold_plain(text)}
        return [text for text in self.counts if fold_plain(text) in bare]

    @cached_property
    def decisions(self) -> dict[str, str]:
        """What each answer says, yes or no, where the form wrote more than that: `Go on` too.

        Empty where an answer says neither, all say the same, or a bare yes and no is answered.
        """
        if not 2 <= len(self.counts) <= MOST_SAID_AGAIN or self.ticked:
            return {}
        if all(is_tick(text) or is_no_tick(text) for text in self.counts):
            return {}
        turned = dict.fromkeys(self.denied, "yes")
        said = {text: turned.get(text) or meaning_of(text, "consent") for text in self.counts}
        known = {text: value for text, value in said.items() if value}
        return known if len(known) == len(said) and {*known.values()} == {"yes", "no"} else {}

    @property
    def are_steps(self) -> bool:
        """Whether the answers say how much: several, and each a step of a common scale."""
        return len(self.counts) > 1 and None not in map(step_of, self.counts)

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
        return max(map(self._fit, kinds), default=0.0)

    def _fit(self, kind: str) -> float:
        """Return how well the answers fit one kind, worked out once."""
        if kind not in self.fitting:
            self.fitting[kind] = _FITS[kind](self)
        return self.fitting[kind]


def _again(items: Counter[str]) -> float:
    """Return the share of items that are given more than once."""
    return sum(n for n in items.values() if n > 1) / items.total() if items else 0.0


def _few(column: CellEvidence, test: Callable[[str], bool]) -> float:
    """Return the share of items for which `test` holds; of questions with too many, none."""
    is_free = len(column.items) > MOST_LOOKED_AT and not column.is_choice
    return 0.0 if is_free else column.share(test, column.items)


def _role(column: CellEvidence) -> float:
    """Return the share of roles; `both` and `either` are none where no answer names one of them."""
    is_named = any(role_of(item) in ("mentee", "mentor") for item in column.items)
    return _few(column, lambda text: role_of(text) is not None) if is_named else 0.0


def _label(column: CellEvidence) -> float:
    if column.words > 6:
        return 0.2
    if len(column.counts) == 2 and column.denied:
        return 0.0
    odd = column.share(lambda t: bool(plain_address(t)) or is_date(t) or is_plain_number(t))
    return 1.0 - max(odd, column.share(is_yes_no))


def _is_no_name(text: str) -> bool:
    return (
        names_nobody(text)
        or (is_yes_no(text) and len(text.split()) <= MOST_WORDS_OF_YES)
        or is_date(text)
        or is_plain_number(text)
        or slots_meant(text) is not None
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


def _zone(column: CellEvidence) -> float:
    """Return the share of time zones; cities alone are where people live."""
    is_named = any("/" in text or _ZONE_WORD.search(fold(text)) for text in column.telling)
    return column.share(lambda text: zone_of(text) is not None) if is_named else 0.0


_ZONE_WORD = re.compile(r"\b(?:utc|gmt|time|[cew]es?t)\b")


def _text(column: CellEvidence) -> float:
    if len(column.counts) <= MOST_SAID_AGAIN < column.filled / 2 and _again(column.counts) > 0.8:
        return 0.0
    if (
        column.is_choice
        and (column.item_words <= 5 or column.is_ticked_list)
        and (column.is_ticked_list or column.words < 4)
    ):
        return 0.0
    return 1.0 if column.words >= 4 else 0.6 if column.words >= 2.5 else 0.1


def _choice(column: CellEvidence) -> float:
    if column.share(is_yes_no) > 0.5 and not column.ticked:
        return 0.0
    long = column.item_words > 5 and not column.is_ticked_list
    if column.is_choice:
        return 0.3 if long else 1.0
    return 0.0 if long or column.words > 12 else 0.4


def _statement(column: CellEvidence) -> float:
    """Return whether one sentence, ticked or not, is all that anybody answered."""
    few = 0 < len(column.counts) <= 2
    return float(few and all(meaning_of(text, "consent") for text in column.counts))


def _key(column: CellEvidence) -> float:
    unique = column.filled == len(column.counts) == column.rows
    return float(unique and column.words <= 1 and not column.share(lambda t: bool(CLOCK.search(t))))


def _is_of_a_day(text: str) -> bool:
    """Whether an answer says when, or is one of a grid's row that is a day: `Mon: not at all`."""
    row, sign, _ = text.partition(": ")
    return slots_meant(text) is not None or bool(sign and slots_meant(row))


_FITS: dict[str, Callable[[CellEvidence], float]] = {
    "any": lambda column: 0.5,
    "empty": lambda column: float(all(map(names_nobody, column.telling))),
    "names": _names,
    "address": lambda column: column.share(lambda t: plain_address(t) is not None),
    "date": lambda column: column.share(is_date),
    "datetime": lambda column: column.share(has_clock),
    "plain date": lambda column: column.share(lambda t: is_date(t) and not has_clock(t)),
    "number": lambda column: column.share(is_number),
    "yes_no": lambda column: float(bool(column.initials) or column.share(is_yes_no, column.counts)),
    "statement": _statement,
    "role": _role,
    "mode": lambda column: _few(
        column, lambda t: plain_address(t) is None and meaning_of(t, "modes") is not None
    ),
    "approach": lambda column: _few(column, lambda t: meaning_of(t, "approaches") is not None),
    "language": lambda column: _few(column, names_language),
    "zone": _zone,
    "day": lambda column: _few(column, _is_of_a_day),
    "person": _person,
    "key": _key,
    "label": _label,
    "text": _text,
    "choice": _choice,
}
"""How well a column's answers fit each kind that ``questions.toml`` names."""
