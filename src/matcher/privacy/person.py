"""One person in a cohort and its runs: who they are, what is held about them, who mentions them."""

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Self

import pandas as pd

from matcher.cohort.cells import restore
from matcher.cohort.names import bare_name, name_keys, name_parts
from matcher.cohort.people import People
from matcher.cohort.tables import ID_COLUMNS, ID_LISTS, MANAGERS, TABLES, Kind
from matcher.config import Config
from matcher.errors import Finding, InputError, MatcherError
from matcher.intake.corrections import corrections_beside
from matcher.intake.files.recorded import RECORDED
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.read import read_people
from matcher.observe import SILENT, Observer
from matcher.privacy.disguises import LIKE_ID, NAMESAKE, NOT_SURE, Disguises, Known, is_plain
from matcher.privacy.held_files import (
    OWN_NUMBER,
    RUNS,
    HeldFile,
    Table,
    database_tables,
    held_files,
)
from matcher.privacy.names_as_words import plain_words
from matcher.privacy.pseudonyms import UNTOLD, default_key_path, pseudonym, read_key
from matcher.run_tables import AFTER, RUN_TABLES, Holds
from matcher.text import fold, listed, shortened, shown_id
from matcher.whereabouts import home_of, origins_outside, place_from

OWN_COLUMNS = ("person_id", "person", "email", "mentee_id", "mentor_id", OWN_NUMBER)
"""Columns whose row is about the person."""

_FACTS = ("person_id", "email", "name", "preferred_name")
"""What a row of somebody says of who they are."""
_CALLED_BY = {"name", "email", OWN_NUMBER}
"""What tells beside an id who somebody is."""
_WRITTEN = (25, 3)
"""Letters and blanks from which a cell of one's own row is one's writing, no choice from a list."""
_FREE = frozenset(
    spec.name
    for spec in (*TABLES["mentees"].columns, *TABLES["mentors"].columns)
    if spec.private and spec.kind is Kind.TEXT and spec.name not in (*_FACTS, *MANAGERS)
)
_SAID = (12, 2)
"""The same of a question that asks for words."""
_ITEMS = re.compile(r"[;,]")
_OF_RUNS = [
    (name, column.holds)
    for table in RUN_TABLES.values()
    for column in table.columns.values()
    for name in (column.name, column.heading)
]
_NAMING = {name for name, holds in _OF_RUNS if holds not in (Holds.NOBODY, Holds.WORDS)}
_REFERENCES = {*OWN_COLUMNS, *ID_COLUMNS, *MANAGERS, *ID_LISTS}
"""Columns in which a full name is as good as an id."""
_PEOPLE = {*_REFERENCES, *_NAMING}
"""Columns whose cells may be ids; in any other a number or a word is what it says."""
_OTHER = {*(name for table in TABLES.values() for name in table.by_name), *dict(_OF_RUNS)} - _PEOPLE

RowCells = dict[str, str]


@dataclass(frozen=True)
class Mention:
    """A cell, or a line of a page, that names a person."""

    file: str
    table: str
    row: int
    column: str
    by: str
    """Id, name, address, own words; those of `NOT_SURE` may mean somebody else."""

    @property
    def is_sure(self) -> bool:
        """Whether nobody else is likely to be meant."""
        return self.by not in NOT_SURE

    def place(self) -> str:
        """Return file, sheet and column, for people."""
        sheet = "" if self.table in ("", Path(self.file).stem) else f" {self.table}"
        return f"{self.file}{sheet}{f', {self.column}' if self.column else ''} ({self.by})"


@dataclass(frozen=True)
class Person:
    """Somebody by every word under which tables and texts may know them."""

    given: str
    """What the command was given."""
    known: Known
    people: People = field(default_factory=People)
    """Everybody, by all that tables may call them where they refer to people."""
    own: frozenset[str] = frozenset()
    """The ids, of these, that are the person's."""
    like: Known = field(default_factory=Known)
    """Ids and addresses of others who have the very name."""

    @classmethod
    def find(cls, person: str, source: str, config: Config, also: Sequence[str] = ()) -> Self:
        """Return a person by id, address or full name, with all that tables know them by.

        Parameters
        ----------
        person, source, config
            Who, and where the cohort lies and how it is read.
        also
            Further names that the person goes by.

        Raises
        ------
        InputError
            E_UNKNOWN_PERSON where several people have that name.
        """
        typed, raw = _typed(source, config), [*_raw(source, config)]
        frames = [*typed, *raw]
        facts: dict[str, set[str]] = {column: set() for column in _FACTS}
        facts["name"].update(also)
        wanted = _wanted(person, typed, frames)
        people = People.of(typed or raw)
        whose = [frame["person_id"].map(lambda p: _means(p, people, wanted)) for frame in frames]
        mine = [frame[own.astype(bool)] for frame, own in zip(frames, whose, strict=True)]
        # A raw form knows people by their address alone.
        own = wanted.union(*(frame["email"].dropna() for frame in mine))
        theirs = [frame[["person_id", "email"]].isin(own).any(axis=1) for frame in frames]
        others = [frame[~is_mine] for frame, is_mine in zip(frames, theirs, strict=True)]
        for column, words in facts.items():
            words.update(str(word) for frame in mine for word in frame[column].dropna())
        numbered = [frame[OWN_NUMBER].dropna() for frame in mine if OWN_NUMBER in frame]
        facts["person_id"].update(*numbered)
        facts["email" if "@" in person else "person_id"].add(person)
        facts = {column: words - {""} for column, words in facts.items()}
        key = default_key_path(source)
        if key.is_file():
            secret = read_key(key)
            facts["person_id"] |= {pseudonym(word, secret) for word in facts["person_id"]}
        # What others wrote too is nobody's own.
        writings = frozenset(_written(mine)) - frozenset(_written(others))
        ids, addresses, names, first_names = map(frozenset, facts.values())
        near = frozenset(_like_theirs(others, names | first_names, addresses))
        told = (cell for frame in frames for column in frame for cell in frame[column].dropna())
        plain = plain_words(names | first_names, map(str, told))
        known = Known(ids, addresses, names, first_names, writings, others=near, plain=plain)
        called = set(map(bare_name, names))
        alike = [f[f["name"].fillna("").map(bare_name).isin(called)] for f in others]
        like = (frozenset(o for f in alike for o in f[c].dropna()) for c in ("person_id", "email"))
        return cls(person, known, people, frozenset(wanted), Known(*like))

    @cached_property
    def words(self) -> frozenset[str]:
        """What a cell holds that means the person and nobody else, folded."""
        return frozenset(map(fold, (*self.known.ids, *self.known.addresses)))

    @cached_property
    def disguises(self) -> Disguises:
        """What finds the person in running text."""
        return Disguises(self.known)

    def among(self, *told: str) -> "Person":
        """Return the person, nameless where what stands beside tells that a namesake is meant.

        Parameters
        ----------
        told
            What may hold ids and addresses, the nearest first: the cells of a row parted by ``|``.
        """
        for text in told if self.like.ids else ():
            if any(place.how in ("id", "address") for place in self.disguises.find(text)):
                return self
            if self._alike.find(text):
                return self._nameless
        return self

    @cached_property
    def _alike(self) -> Disguises:
        return Disguises(self.like)

    @cached_property
    def _nameless(self) -> "Person":
        known = replace(self.known, names=frozenset(), first_names=frozenset())
        return replace(self, known=known)

    def is_meant(self, cell: str, column: str = "") -> bool:
        """Return whether a cell is one of the person's words, or names them where people are."""
        text = restore(cell).strip()
        return fold(text) in self.words or (column in _REFERENCES and self._refers(text))

    def _refers(self, text: str) -> bool:
        return _means(text, self.people, self.own)

    def may_be_another(self, text: str) -> bool:
        """Return whether the whole of a text may mean somebody else."""
        return not self.own.issuperset(self.people.meant(restore(text).strip()))

    def is_another(self, cell: str, column: str) -> bool:
        """Return whether a cell that refers to people may mean somebody else by the whole of it."""
        return column in _REFERENCES and self.may_be_another(cell)

    def is_listed(self, cell: str, column: str = "") -> bool:
        """Return whether an item of a list cell is, where its column may hold an id like that."""
        key = cell, column in _REFERENCES, column in _PEOPLE
        if key not in self._listed:
            words = self.words if column in _PEOPLE else self.words - self.plain
            items = [restore(item).strip() for item in _ITEMS.split(cell)]
            is_named = column in _REFERENCES and any(map(self._refers, (restore(cell), *items)))
            self._listed[key] = is_named or not words.isdisjoint(map(fold, items))
        return self._listed[key]

    @cached_property
    def plain(self) -> frozenset[str]:
        """Ids that are plain numbers or words, folded: most cells that say so do not mean them."""
        return frozenset(map(fold, filter(is_plain, self.known.ids)))

    @cached_property
    def _listed(self) -> dict[tuple[str, bool, bool], bool]:
        """What was said of cells: the same ones stand in many files of a run."""
        return {}

    def is_own(
        self, table: Table, row: Sequence[str], columns: Sequence[str] = OWN_COLUMNS
    ) -> bool:
        """Return whether one of some columns of a row names the person."""
        cells, whose = table.titled(row), table.whose(row)
        # People may share an address, an id is one's own.
        names = {*columns} - {"email" if whose else ""}
        about = [(name, cell) for name, cell in (("person_id", whose), *cells) if name in names]
        return any(self.is_meant(cell, name) for name, cell in about if cell)

    def is_of_another(self, table: Table, row: Sequence[str]) -> bool:
        """Return whether a row that is not the person's is somebody else's whom tables know."""
        boxes = (cell for name, cell in table.titled(row) if name == "email")
        whose = any(map(self.may_be_another, (table.whose(row), *boxes)))
        return whose and not self.is_own(table, row)

    def is_their_own(self, cell: str, column: str) -> bool:
        """Return whether a cell of somebody else's row says who they are, or who may be another."""
        return column in _FACTS or self.may_be_another(cell)

    def or_namesake(self, by: str, text: str, column: str | None = None) -> str:
        """Return by what a text names somebody: a namesake where the person is nameless here."""
        is_doubted = not self.known.names and by not in ("", *NOT_SURE)
        return NAMESAKE if is_doubted and self.met(text, column) in ("", *NOT_SURE) else by

    def unknown(self, elsewhere: Sequence[Path] = ()) -> Finding:
        """Return the finding for somebody of whom nothing is held but, maybe, elsewhere."""
        message = f"nothing is held about {self.given}"
        also = ", or look where the cohort came from: " if elsewhere else ""
        remedy = f"check the id, address or full name{also}{listed(map(str, elsewhere))}"
        return Finding("E_UNKNOWN_PERSON", message, remedy)

    def met(self, text: str, column: str | None = None) -> str:
        """Return by what a text names the person, the surest; "" where it does not.

        Parameters
        ----------
        text, column
            A text, or the cell of a column.
        """
        if self.is_listed(text, column or ""):
            is_named = not any(map(self.is_meant, _ITEMS.split(text)))
            return "name" if is_named else "id" if "@" not in text else "address"
        found = sorted(self.disguises.find(text), key=lambda place: not place.is_sure)
        items = text, *text.split(";")
        is_sure = any(place.is_sure for place in found)
        if is_sure and column and any(self.is_another(item, column) for item in items):
            return NAMESAKE
        if column is None or fold(text) not in self.plain:
            return found[0].how if found else ""
        return "" if column in _OTHER else LIKE_ID


def _typed(source: str, config: Config) -> list[pd.DataFrame]:
    """Return the people of a cohort as they are read, whatever is wrong with their rows."""
    with contextlib.suppress(MatcherError):
        frames = [frame for frame in read_people(source, config) if "person_id" in frame]
        return [frame.reindex(columns=list(dict.fromkeys((*_FACTS, *frame)))) for frame in frames]
    return []


def _raw(source: str, config: Config) -> Iterator[pd.DataFrame]:
    """Yield the people of a cohort as its tables stand, be they faulty."""
    tables = database_tables(source, config) if is_database_url(source) else []
    tables += [table for file in files_of(source, config, runs=False) for table in file.tables]
    for table in tables:
        if "person_id" in table.names and not _CALLED_BY.isdisjoint(table.names):
            rows = [
                dict(zip(table.names, map(restore, row), strict=False))
                | {"person_id": restore(table.whose(row))}
                for row in table.rows
            ]
            yield pd.DataFrame(rows, dtype=object).reindex(
                columns=list(dict.fromkeys((*_FACTS, *table.names)))
            )


def _like_theirs(
    others: Sequence[pd.DataFrame], names: Collection[str], addresses: Collection[str]
) -> Iterator[str]:
    """Yield names and addresses of other people in which something of the person's stands."""
    calls = set().union(*map(name_parts, names))
    for name in {str(name) for frame in others for name in frame["name"].dropna().unique()}:
        if name not in names and not calls.isdisjoint(name_parts(name)):
            yield name
    boxes = {address.partition("@")[0] for address in map(fold, addresses)}
    known = [call for call in (*calls, *boxes) if len(call) > len("ab")]
    for text in {str(text) for frame in others for text in frame["email"].dropna().unique()}:
        if fold(text) not in map(fold, addresses) and any(call in fold(text) for call in known):
            yield text


def _means(text: object, people: People, own: Collection[str]) -> bool:
    """Return whether a text means somebody of whom these are ids, and nobody else."""
    meant = people.meant(text) if isinstance(text, str) and text else ()
    return text in own or (bool(meant) and set(meant) <= set(own))


def _wanted(person: str, typed: Sequence[pd.DataFrame], frames: Sequence[pd.DataFrame]) -> set[str]:
    """Return the ids that a word given to a command means: an id, else an address, else a name.

    Ids with one address and one name are one person's, as when somebody stands on both sides; so
    are those of two sign-ups of which somebody has said so.
    """
    people = People.of(frames)
    stated = {
        own: who for f in typed for own, who in zip(f["stated_id"], f["person_id"], strict=True)
    }
    # A raw table may know somebody by an address of which the reader made an id.
    tries = (People.of(some).meant(person) for some in (typed, frames) if some)
    found = next(filter(None, tries), (person,))
    found = tuple(dict.fromkeys(stated.get(one, one) for one in found))
    twins = set(found[:1])
    for ids in people.addresses.values():
        if found[0] in ids:
            twins |= {one for one in ids if len(_names_of((found[0], one), frames)) < 2}
    if not twins.issuperset(found):
        message = f"{len(found)} people have that name: {shortened(sorted(map(shown_id, found)))}"
        raise InputError(Finding("E_UNKNOWN_PERSON", message, "name the person by id"))
    return twins | {own for own, who in stated.items() if own and who in twins}


def _names_of(ids: Sequence[str], frames: Sequence[pd.DataFrame]) -> set[tuple[str, ...]]:
    """Return the names, as they are compared, that stand beside some ids."""
    names = (frame.loc[frame["person_id"].isin(ids), "name"].dropna() for frame in frames)
    return {name_keys(str(name))[-1] for column in names for name in column if name}


def _written(frames: Sequence[pd.DataFrame]) -> Iterator[str]:
    """Yield every cell that is somebody's own writing."""
    for frame in frames:
        for column in frame:
            letters, blanks = _SAID if str(column).rpartition(".")[2] in _FREE else _WRITTEN
            for cell in frame[column]:
                if isinstance(cell, str) and len(cell) >= letters and cell.count(" ") >= blanks:
                    yield cell


def files_of(source: str, config: Config, *, runs: bool = True) -> Iterator[HeldFile]:
    """Yield every file of a cohort and, unless they are not asked for, of its runs.

    Beside a workbook, an export or a database only what commands wrote there belongs to it.
    """
    path, home = Path(source), home_of(source)
    own = {path.name, corrections_beside(source).name, *(f"{table}.csv" for table in RECORDED)}

    def wanted(name: Path) -> bool:
        return runs if name.parts[0] == RUNS else path.is_dir() or str(name) in own

    return held_files(home, config, wanted)


def observed(files: Sequence[HeldFile], doing: str, observer: Observer) -> Iterator[HeldFile]:
    """Yield files one by one, and tell an observer which of how many it is."""
    for k, file in enumerate(files, start=1):
        observer.on_phase(f"{doing}, file {k} of {len(files)}")
        yield file


def everything_about(
    person: Person, source: str, config: Config, observer: Observer = SILENT
) -> dict[str, Any]:
    """Return all rows about a person, and where others mention them, as plain values.

    What others said in their own rows is theirs: only file, table, row and column are told.

    Raises
    ------
    InputError
        E_UNKNOWN_PERSON where nothing is held; E_FORMAT where a table cannot be read.
    """
    tables: dict[str, list[RowCells]] = {}
    runs: dict[str, dict[str, list[RowCells]]] = {}
    mentions: list[Mention] = []
    unread: list[str] = []
    home = home_of(source)
    elsewhere = origins_outside(home)
    if is_database_url(source):
        for table in database_tables(source, config):
            _collect("", table, person, tables, mentions)
    observer.on_phase("reading")
    for file in observed([*files_of(source, config)], "searching", observer):
        own = runs.setdefault(file.name.split("/")[1], {}) if file.is_of_run else tables
        for table in file.tables:
            _collect(file.name, table, person, own, mentions)
        mentions += mentions_in_lines(file, person)
        unread += file.not_searched
    runs = {name: found for name, found in runs.items() if found}
    if not tables and not runs and not any(mention.is_sure for mention in mentions):
        raise InputError(person.unknown(elsewhere))
    return {
        "person": person.given,
        "tables": tables,
        "runs": runs,
        "mentions": [vars(m) | {"file": _unnamed(m.file, person)} for m in mentions],
        "plain_words": sorted(person.known.plain),
        "not_searched": [
            *dict.fromkeys(_unnamed(name, person) for name in unread),
            *(place_from(home, place) for place in elsewhere),
        ],
    }


def _unnamed(name: str, person: Person) -> str:
    """Return a file's name for the person; what is called after somebody else by its folder."""
    path = PurePosixPath(name)
    is_own = person.met(path.stem) not in ("", *NOT_SURE)
    return name if is_own or AFTER not in path.parts[:-2] else f"{path.parent}/{UNTOLD}"


def _collect(
    file: str,
    table: Table,
    person: Person,
    tables: dict[str, list[RowCells]],
    mentions: list[Mention],
) -> None:
    """Note the rows about the person, and mentions in others."""
    path = Path(file)
    is_alone = not file or table.title == path.stem
    name = table.title if is_alone else f"{path.name}:{table.title}"
    for row in table.rows:
        if person.is_own(table, row):
            cells = zip(table.header, map(restore, row), strict=False)
            tables.setdefault(name, []).append({title: cell for title, cell in cells if cell})
    mentions += mentions_in(file, table, person, but=OWN_COLUMNS)


def side_by_side(cells: Iterable[str]) -> str:
    """Return cells so that each stands by itself, as ids that are plain numbers have to."""
    return f"|{'|'.join(cells)}|"


def mentions_in(
    file: str, table: Table, person: Person, but: Sequence[str] = ()
) -> Iterator[Mention]:
    """Yield the cells that name a person, without rows of which one of some columns does."""
    titles = list(table.header)
    for title in titles:
        if by := person.met(title):
            yield Mention(file, table.title, 1, title, by)
    for number, row in zip(table.numbers, table.rows, strict=False):
        if but and person.is_own(table, row, but):
            continue
        theirs, near = person.is_of_another(table, row), person.among(side_by_side(row))
        for k, (name, cell) in enumerate(table.titled(row)):
            if cell and (by := person.met(cell, name)):
                is_theirs = theirs and by not in NOT_SURE and person.is_their_own(cell, name)
                by = NAMESAKE if is_theirs else near.or_namesake(by, cell, name)
                title = titles[k] if k < len(titles) else str(k + 1)
                yield Mention(file, table.title, number, title, by)


def mentions_in_lines(file: HeldFile, person: Person) -> Iterator[Mention]:
    """Yield the lines of a page, log or note that name a person, what surrounds cells, its name."""
    path, near = PurePosixPath(file.name), person.among(file.about)
    if by := person.met(path.name) or person.met(path.stem, OWN_COLUMNS[0]):
        yield Mention(file.name, "file name", 1, "", near.or_namesake(by, path.name))
    for part, text in file.asides.items():
        if by := person.met(text):
            yield Mention(file.name, part, 1, "", by)
    for number, line in enumerate(file.lines, start=1):
        if by := person.met(line):
            near = person.among(line, file.about, "\n".join(file.lines) if file.is_of_run else "")
            yield Mention(file.name, "", number, "", near.or_namesake(by, line))
