"""Whom words may mean: an id or address inside them, parts of names, the people of a department."""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from matcher.cohort.ids import named_address
from matcher.cohort.names import TITLES, bare_name, given_first, name_parts
from matcher.cohort.people import People
from matcher.cohort.tables import MANAGERS
from matcher.intake.cells.form_words import SAFETY_WORDS, names_nobody
from matcher.intake.members import Members
from matcher.intake.name_index import PARTICLES, NameIndex
from matcher.intake.named_within import SpokenText, pieces_in_signs
from matcher.intake.typed_table import TypedTable
from matcher.text import fold, fold_place

AVOID = "avoid"
_FILLERS, _MANAGER, _OTHERS, _CROWD, _MINE, _EVERYBODY, _FAMILY = (
    frozenset(SAFETY_WORDS[part])
    for part in ("fillers", "manager", "others", "crowd", "mine", "everybody", "family")
)
_ABOUT = _FILLERS | _FAMILY | frozenset(SAFETY_WORDS["kin"])
_NO_NAMES = _FILLERS | _MANAGER | TITLES
GROUP_WORDS: Mapping[str, frozenset[str]] = {
    column: frozenset(words) for column, words in SAFETY_WORDS["groups"].items()
}
"""Words for where one works or is based, by the column that holds it."""

_WORD = re.compile("[^\\W_]+(?:['\u2019\u02bc-][^\\W_]+)*")
_APOSTROPHE = re.compile("['\u2019\u02bc]")
_JOINT = re.compile("[\\s.'\u2019-]*")
"""What may stand between the parts of one name."""
_INITIALS = re.compile(r"(?<![^\W_])[A-Z]\.? ?[A-Z]\.?(?: ?[A-Z]\.?)?(?![^\W_])")
MOST_BESIDE_INITIALS = 4
"""Words of an answer in which two or three capitals may be somebody's initials: `not FK`."""
LEAST_OF_PLACE = 5
"""Letters of a word that may stand for the name of a place by itself: `the Ferryhill lot`."""
_ELIDED = re.compile(r"\b(?i:[cdjlmnst]|qu|dell|nell|all|un)['\u2019](?=[a-z\u00df-\u00ff])")
"""What stands before a word that begins with a vowel: `c'est`, `n'est`, `l'équipe`."""
_LISTED = re.compile(
    rf"\s*[,;&+\n]\s*|\s+(?:{'|'.join(map(re.escape, SAFETY_WORDS['or']))})\s+", re.IGNORECASE
)
"""What stands between people in a list of them."""
_ASIDE = re.compile(r"\([^)]*\)")
_ADDRESS = re.compile(r"(?<![^\s,;<>()])[^\s,;<>()]+@[^\s,;<>()]+")
VAGUE = 1000
"""People above whom a name that fits them all says nothing by itself."""
_LONGEST = 8
"""Words of the longest value of a column that is looked for in a text."""
_BETWEEN_PARTS = re.compile(r"\s*[/|;,()\[\]]\s*|\s+[-\u2013\u2014]\s+")
"""What stands between two names of one place."""
_SHORT = 3
"""Letters up to which a value that is a plain word too must be written as its column has it: the
department IT is not meant by `it`."""
_SHORT_WORD = 4
"""Letters up to which a word such as `with` is no misspelt name, capital or not."""


def parts_of_place(text: str) -> tuple[str, ...]:
    """Return what a place may be called: as it is written, and each of its parts.

    >>> parts_of_place("ICU / Soins intensifs")
    ('ICU / Soins intensifs', 'ICU', 'Soins intensifs')
    """
    return tuple(filter(None, dict.fromkeys([text, *_BETWEEN_PARTS.split(text)])))


def says_mine(text: str) -> bool:
    """Whether whom an answer means hangs on who wrote it: `my boss`, `anyone in the department`."""
    return not _MINE.union(*GROUP_WORDS.values()).isdisjoint(name_parts(text))


def means_own_place(text: str) -> bool:
    """Whether an answer may mean everybody where its writer works: `anyone from my own pier`."""
    everybody = _EVERYBODY.union(_CROWD, *GROUP_WORDS.values())
    return says_mine(text) and not everybody.isdisjoint(name_parts(text))


def whom_it_names(text: str, people: People, names: NameIndex) -> frozenset[str]:
    """Return whom the whole of a text may name: by id, by address or by name, each nearly."""
    boxes = [name_parts(found.partition("@")[0]) for found in _ADDRESS.findall(text)]
    name = bare_name(_ASIDE.sub(" ", _ADDRESS.sub(" ", text)))
    found = {*people.meant(text), *people.looking_alike(text)}
    for parts in (name, *boxes):
        found |= names.together(parts) if len(parts) > 1 else names.alone("".join(parts))
    return frozenset(found)


def whom_it_mentions(text: str, people: People, names: NameIndex) -> frozenset[str]:
    """Return whom a text may name, by its whole, by a full name within it, or by a part of one."""
    spans = [frozenset(span.people) for span in SpokenText(text, people).named]
    capitals = (word for word in text.split() if word[:1].isupper())
    parts = {part for word in capitals for part in name_parts(word) if not spans}
    spans += [names.alone(part, is_exact=True) for part in parts]
    return whom_it_names(text, people, names).union(*spans)


@dataclass(frozen=True)
class SafetyAnswer:
    """What somebody wrote about whom they must not meet."""

    table: str
    at: int
    """Position in the table."""
    row: int
    column: str
    person: str
    items: tuple[str, ...]
    beside: Mapping[Hashable, object]
    """The cells of the row: what the person is called, where they work, to whom they report."""


def safety_answers(table: str, frame: pd.DataFrame) -> Iterator[SafetyAnswer]:
    """Yield everything that people wrote about whom they must not meet."""
    names = ["person_id", "name", *GROUP_WORDS, *MANAGERS]
    records = frame[names].astype(object).to_dict("records")
    rows = frame["source_row"].tolist()
    for column in (AVOID, *MANAGERS):
        for at, (cell, own) in enumerate(zip(frame[column], records, strict=True)):
            items, person = _items(cell), own["person_id"]
            if items and isinstance(person, str):
                yield SafetyAnswer(table, at, rows[at], column, person, items=items, beside=own)


def _items(cell: object) -> tuple[str, ...]:
    """Return the parts of an answer: a list has them, and so have the managers of two files."""
    parts = cell.split(";") if isinstance(cell, str) else cell if isinstance(cell, tuple) else ()
    return tuple(filter(None, map(str.strip, parts)))


@dataclass(frozen=True)
class WordsReader:
    """Everything that says whom words may mean."""

    tables: Mapping[str, TypedTable]
    members: Members
    form_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By column the form's words and the values that they stand for: `[answers]`."""
    _read: dict[tuple[str, bool], frozenset[str]] = field(default_factory=dict, repr=False)
    """Whom texts may name, for those that come again."""
    _same: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False)
    """Each crowd once, however many texts may name it."""

    @property
    def people(self) -> People:
        """By what everybody may be called."""
        return self.members.people

    @cached_property
    def names(self) -> NameIndex:
        """Everybody by the parts of their names."""
        return NameIndex.of(table.frame for table in self.tables.values())

    @cached_property
    def _places(self) -> Mapping[str, pd.DataFrame]:
        """By column `person_id` and `place`: where people work, and what nothing reads and may be.

        A question of a form that is left out still says who works where: `nobody from Dispatch`.
        """
        found: dict[str, list[pd.DataFrame]] = defaultdict(list)
        for table in self.tables.values():
            frame = table.frame.set_index("source_row")
            cells = {title: own for title, own in table.remarks.items() if _may_be_places(own)}
            for column, own in ({name: frame[name] for name in GROUP_WORDS} | cells).items():
                people = frame["person_id"].to_frame().assign(place=own.replace("", None))
                found[column].append(people.dropna())
        return {column: pd.concat(frames) for column, frames in found.items()}

    @cached_property
    def _holders(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Ids by column of a place and by its value as it is compared."""
        held: dict[str, dict[str, dict[str, None]]] = {c: defaultdict(dict) for c in self._places}
        for column, known in self._places.items():
            for person, place in zip(known["person_id"], known["place"], strict=True):
                held[column][fold_place(place)][person] = None
        return {c: {v: tuple(ids) for v, ids in values.items()} for c, values in held.items()}

    @cached_property
    def _values(self) -> Mapping[str, list[tuple[str, str]]]:
        """By column of a place each value as it is written and folded, in the form's words too.

        A value of several parts is meant by each: `ICU / Soins intensifs`.
        """
        found: dict[str, list[tuple[str, str]]] = {}
        for column, known in self._places.items():
            values = known["place"].unique().tolist()
            said = [*zip(values, values, strict=True), *self.form_words.get(column, {}).items()]
            found[column] = [
                (part, fold_place(value))
                for text, value in said
                if fold_place(value) in self._holders[column]
                for part in parts_of_place(text)
            ]
        return found

    @cached_property
    def _written(self) -> Mapping[tuple[str, ...], list[tuple[str, str, str]]]:
        """By its folded words each value of a group: as it is written, its column, folded."""
        found: dict[tuple[str, ...], list[tuple[str, str, str]]] = defaultdict(list)
        for column, values in self._values.items():
            for text, key in values:
                if words := _WORD.findall(text):
                    found[tuple(map(fold, words))].append((" ".join(words), column, key))
        return found

    @cached_property
    def _part_of_value(self) -> Mapping[str, list[tuple[str, str]]]:
        """By a word of a name of a place that half the places do not have: its column, the value.

        One with a capital, or in capitals alone: `Ferryhill`, `ICU`.
        """
        found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for column, values in self._values.items():
            for text, key in values:
                for word in text.split() if " " in text else ():
                    is_short_form = word.isupper() and len(word) > 1 and not text.isupper()
                    is_long = len(word) >= LEAST_OF_PLACE and fold(word) not in _NO_NAMES
                    if is_short_form or (is_long and word[0].isupper()):
                        found[word][column, key] = None
        most = max(1, max(map(len, self._holders.values())) // 2)
        return {
            word: [*places]
            for word, places in found.items()
            if len(places) <= most and not self.names.alone(fold(word), is_exact=True)
        }

    @cached_property
    def _by_initials(self) -> Mapping[str, frozenset[str]]:
        """Ids by the first letters of a name, of all its parts and of the first and the last."""
        found: dict[str, set[str]] = defaultdict(set)
        for table in self.tables.values():
            known = table.frame[["person_id", "name"]].dropna()
            for person, name in known.itertuples(index=False):
                letters = "".join(part[0] for part in name_parts(given_first(name)))
                for initials in {letters, letters[:1] + letters[-1:]}:
                    found[initials].add(person)
        return {initials: frozenset(people) for initials, people in found.items()}

    def read(self, answer: SafetyAnswer) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """Return who is named for sure, who may be meant, and what to ask, empty for nothing."""
        sure: dict[str, None] = {}
        likely: set[str] = set()
        open_texts = []
        for text in dict.fromkeys(self._joined(answer.items)):  # said twice is said once
            meant = self.people.meant(text)
            says_no = self._says_no(text, answer.items[0])
            if answer.column == AVOID and not _MANAGER.isdisjoint(name_parts(text)):
                says_no = False  # `not the line manager` is no `no`
            named = meant if len(meant) == 1 else self._listed(text)
            if named and answer.person not in named and not says_no:
                sure.update(dict.fromkeys(named))
            elif meant:
                likely.update(meant)
                open_texts.append(text)
            elif not says_no and not (sure and self._is_aside(text)):
                open_texts.append(text)
                likely |= self._likely(text, answer)
        likely -= {answer.person, *sure}
        if not open_texts or _is_manager_alone(open_texts, answer):
            return tuple(sure), (), ""
        message = f"whom does the answer under {answer.column.replace('_', ' ')} mean?"
        if not likely and sure:
            message += " nobody here is known to be meant but who is named, and stays apart"
        elif not likely:
            message += " nobody here is known to be meant, so nobody is kept apart"
        return tuple(sure), tuple(sorted(likely)), message

    def _listed(self, text: str) -> tuple[str, ...]:
        """Return who is named by a text that lists people and says no more: `Ann Lee, 4711`."""
        named = [self.people.meant(part) for part in _LISTED.split(text)]
        return tuple(each[0] for each in named) if all(len(each) == 1 for each in named) else ()

    def _says_no(self, text: str, first: str) -> bool:
        """Whether an item names nobody, behind a first one that is a no as well."""
        says_no = names_nobody(text) or (names_nobody(first) and names_nobody(f"no {text}"))
        return says_no and not self._names_somebody(text)

    def _is_aside(self, text: str) -> bool:
        """Whether an item only says of who is named before it who that is: `my ex-husband`."""
        words = {part for word in _WORD.findall(text) for part in name_parts(self._bare(word))}
        others = _MANAGER.union(_CROWD, *GROUP_WORDS.values())
        return words <= _ABOUT - others and not any(
            word[:1].isupper() for run in self._runs(text) for word in run
        )

    def _names_somebody(self, text: str) -> bool:
        """Whether a word of an answer that seems to say no is a name here: `not Van`, `No Le`."""
        _, *words = _WORD.findall(text) or [""]
        return any(
            (word[:1].isupper() or len(words) == 1) and part in self.names.of_part
            for word in words
            for part in name_parts(word)
        )

    def _joined(self, items: Sequence[str]) -> Iterator[str]:
        """Yield the items, two that were one name turned round (`Stone, Bob`) as one."""
        k = 0
        while k < len(items):
            pair = " ".join(items[k : k + 2])
            is_name = len(items) > k + 1 and self.people.find(pair) is not None
            is_name &= not any(self.people.find(item) for item in items[k : k + 2])
            yield pair if is_name else items[k]
            k += 1 + is_name

    def _likely(self, text: str, answer: SafetyAnswer) -> frozenset[str]:
        """Return the ids of whoever may be meant by a text that is nobody's id, address or name.

        A name that fits a crowd is narrowed down to those who work where the person does.
        """
        is_avoid = answer.column == AVOID
        if (text, is_avoid) not in self._read:
            found = frozenset().union(*self._named(text, is_whole=not is_avoid))
            self._read[text, is_avoid] = self._same.setdefault(found, found)
        named = self._read[text, is_avoid]
        if len(named) > VAGUE:
            held = ((self._holders[c], answer.beside[c]) for c in GROUP_WORDS)
            near = [h.get(fold_place(own), ()) for h, own in held if isinstance(own, str)]
            named = named & frozenset().union(*near)
        found = named if len(named) <= VAGUE else frozenset()
        if is_avoid:
            rest = _ADDRESS.sub(" ; ", text)
            found = found.union(self.of_groups(rest, answer, named=named))
            if not found and not _FAMILY.isdisjoint(name_parts(text)):
                found = found.union(self._of_surname(answer))
        return found

    def _of_surname(self, answer: SafetyAnswer) -> Iterator[str]:
        """Yield who has the surname of the writer, and could be in a pair with them."""
        name = answer.beside.get("name")
        own = given_first(name).split()[-1:] if isinstance(name, str) else ()
        parts = (part for word in own for part in name_parts(word))
        near = {person for part in parts for person in self.names.of_part.get(part, ())}
        yield from self._met_by(answer.person, sorted(near))

    def _named(self, text: str, *, is_whole: bool) -> Iterator[Collection[str]]:
        """Yield whom a text may name, by id, address or name."""
        yield self.people.looking_alike(text)
        for found in _ADDRESS.findall(text):
            address = named_address(found.strip(".'\"")) or ""
            yield self.people.addresses.get(address, ())
            yield self.names.together(name_parts(address.partition("@")[0]))
        words = _ADDRESS.sub(" ; ", text)
        yield from self.people.numbered(words)
        for letters in _INITIALS.findall(text) if len(text.split()) <= MOST_BESIDE_INITIALS else ():
            bare = "".join(char for char in fold(letters) if char.isalpha())
            yield self._by_initials.get(bare, ())
        # Where capitals are written, a short word without one is no slip for a name: `ring me`.
        short = _SHORT_WORD if words != words.lower() else 0
        for run in self._runs(words):
            yield from (self.people.ids.get(word, ()) for word in run)
            yield from self._of_run(run, is_whole=is_whole, short=short)
        yield from (self.names.of_part.get(piece, ()) for piece in pieces_in_signs(words))

    def _of_run(
        self, run: Sequence[str], *, is_whole: bool, short: int
    ) -> Iterator[Collection[str]]:
        """Yield whom words that stand together may name.

        A manager's full name that nobody has is mostly somebody's who is not here: it may be a
        pet name of those alone who have the surname and the initial. Whom to avoid is few people's
        answer, so it means whoever has any part of it.
        """
        parts = [part for word in run for part in name_parts(word)]
        together = self.names.together(parts) if len(parts) > 1 else frozenset()
        is_name = sum(len(word) > 1 for word in run) > 1 and all(w[:1].isupper() for w in run)
        if together:
            yield together
        elif is_name and is_whole:
            yield self.names.with_initial(parts)
        else:
            yield self.names.alone("".join(parts)) if len(parts) == len("ab") else ()
            for word in run:
                for part in name_parts(word):
                    is_exact = word.islower() and len(part) <= short
                    yield self.names.alone(part, is_exact=is_exact)

    def of_groups(
        self, text: str, answer: SafetyAnswer, *, named: Collection[str] = (), but: str = ""
    ) -> Iterator[str]:
        """Yield who works where the words speak of: `my department`, or its name.

        The station of a `Station Manager Pryce` who is here says what Pryce is; the team beside a
        name, without a `my`, is that of who is named. `but` is a column whose places are not meant.
        """
        apart = _APOSTROPHE.sub(" ", text)  # `dell'Ufficio`
        parts = name_parts(apart)
        pairs = zip(parts, (*parts[1:], ""), strict=False)  # of no words, none
        words = {part for part, after in pairs if not (named and after in _MANAGER)}
        is_own = not named or not _MINE.isdisjoint(parts)
        for column in GROUP_WORDS:
            holders, own = self._holders[column], answer.beside[column]
            if words & GROUP_WORDS[column] and is_own and isinstance(own, str):
                yield from self._met_by(answer.person, holders.get(fold_place(own), ()))
            elif words & GROUP_WORDS[column] and not is_own:
                theirs = (ids for ids in holders.values() if not {*named}.isdisjoint(ids))
                yield from self._met_by(answer.person, [p for ids in theirs for p in ids])
        for said in dict.fromkeys((text, apart)):
            for column, key in self._places_in(_WORD.findall(said)):
                if column != but:
                    yield from self._met_by(answer.person, self._holders[column][key])

    def _places_in(self, written: Sequence[str]) -> list[tuple[str, str]]:
        """Return the departments, organisations and sites that words name: column, folded value.

        The words of a place that is named whole are no part of another: `North Station`.
        """
        folded = tuple(map(fold, written))
        whole: set[int] = set()
        places = []
        runs = (
            (start, start + size)
            for size in range(min(len(folded), _LONGEST), 0, -1)
            for start in range(len(folded) - size + 1)
        )
        for start, stop in runs:
            if not whole.isdisjoint(range(start, stop)):
                continue
            for value, column, key in self._written.get(folded[start:stop], ()):
                is_word = len(value) <= _SHORT and fold(value) in _NO_NAMES
                if not is_word or value == " ".join(written[start:stop]):
                    places.append((column, key))
                    whole |= {*range(start, stop)}
        for k, word in enumerate(written):
            places += self._part_of_value.get(word, ()) if k not in whole else ()
        places += [
            (column, key)
            for text in written
            for piece in pieces_in_signs(text)
            for _, column, key in self._written.get((piece,), ())
        ]
        return places

    def _met_by(self, person: str, others: Sequence[str]) -> Iterator[str]:
        """Yield those of others who could be in a pair with somebody."""
        mentees, mentors = self.members.mentees, self.members.mentors
        met = (mentors if person in mentees else frozenset()) | (
            mentees if person in mentors else frozenset()
        )
        yield from (other for other in others if other in met)

    def _runs(self, text: str) -> Iterator[list[str]]:
        """Yield the words of a text that stand together and may be names."""
        run: list[str] = []
        end = 0
        for found in _WORD.finditer(text):
            is_apart = not _JOINT.fullmatch(text, end, found.start())
            if run and not is_apart and found[0] in PARTICLES:
                end = found.end()
                continue
            word = self._bare(found[0])
            is_name = self._may_be_name(word)
            if run and (is_apart or not is_name):
                yield run
                run = []
            if is_name:
                run.append(word)
            end = found.end()
        if run:
            yield run

    def _bare(self, word: str) -> str:
        """Return a word without what is elided before it, unless it is somebody's name so."""
        tail = _ELIDED.sub("", word)
        is_name = not self.names.of_part.keys().isdisjoint(name_parts(word))
        return word if is_name and fold(tail) not in _FILLERS else tail

    def _may_be_name(self, word: str) -> bool:
        """Whether a word is none of those around names, or has a capital and is somebody's name."""
        parts = name_parts(word)
        if not _NO_NAMES.issuperset(parts):
            return True
        return word[:1].isupper() and any(
            part in self.names.of_part or (len(part) > _SHORT_WORD and self.names.alone(part))
            for part in parts
        )


def _may_be_places(cells: "pd.Series[Any]") -> bool:
    """Whether the answers to a question may be where people work: few words that come again."""
    said = cells[cells.map(bool)].astype(str)
    values = said.unique()
    is_name = [len(text) > _SHORT or text.isupper() for text in values]
    is_few = 1 < len(values) <= len(said) / 2 and all(len(t.split()) <= _LONGEST for t in values)
    return is_few and all(is_name) and not any(map(names_nobody, values))


def _is_manager_alone(texts: Sequence[str], answer: SafetyAnswer) -> bool:
    """Whether texts only say `my manager`, whom another column of the row names, or asks about."""
    words = {part for text in texts for part in name_parts(text)}
    if answer.column != AVOID or not words & _MANAGER or words - _MANAGER - (_FILLERS - _OTHERS):
        return False
    named = [answer.beside[name] for name in MANAGERS]
    return any(isinstance(text, str) and not names_nobody(text) for text in named)
