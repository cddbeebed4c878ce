"""Which file or sheet is which table of people, and what is asked where that is not said."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from matcher.cohort.tables import MANAGERS, PAIRS, SIGNUPS, TABLES
from matcher.config.input_sections import TableInput
from matcher.errors import Finding
from matcher.intake.files.find_tables import NAMES, PEOPLE, is_at
from matcher.intake.files.grid import Grid
from matcher.intake.files.source_files import Shelf
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion, dividing
from matcher.intake.proposals.found_extracts import FoundExtract, found_extracts, is_form
from matcher.intake.proposals.layouts import MAYBE_ROLE, Layout, found_layouts, titled_columns
from matcher.intake.proposals.own_names import turned
from matcher.intake.proposals.own_numbers import numbered_by
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.reasons import BESIDE
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.intake.proposals.title_guesses import IDENTITY
from matcher.text import fold, listed, shown_title, snake

SIDE_TABLES = ("mentees", "mentors")
_APART = ("avoid", *MANAGERS)
MOSTLY_NAMED = 0.5
"""Share of answers of a column that name people of the cohort, for a file to list pairs."""
ALIKE = 0.5
"""Share of the titles of a form that another one has, which may be that of the other side."""
MOST_SHOWN_PAIRS = 3
_TEXTS: dict[str, str] = BESIDE["tables"]
NO_TABLE, ALSO_PEOPLE = _TEXTS["none"], _TEXTS["also_people"]
"""What is told of a file that may be a copy of the one that is read, or its first wave."""


@dataclass(frozen=True)
class OpenTable:
    """A table of people of which nothing says where it is."""

    path: tuple[str, ...]
    text: str
    choices: tuple[str, ...]
    """Names of the files or sheets that may be it, or yes and no."""
    about: str = ""
    """The file, or the sheet of it, that is asked about."""
    samples: tuple[str, ...] = ()
    """Its first rows."""


@dataclass(frozen=True)
class TablesFound:
    """Which layout is which table."""

    tables: dict[str, Layout]
    """By table name: one form for both sides, or one a side, and link tables by their names."""
    unread: tuple[str, ...] = ()
    """What each other file or sheet is, in words."""
    open: tuple[OpenTable, ...] = ()
    extracts: tuple[FoundExtract, ...] = ()
    """What says more about the people of the tables."""
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Of a list of earlier pairs: what its titles are in the table of engagements."""

    def is_of(self, grid: Grid) -> bool:
        """Whether a table of people is one of these, row by row."""
        own = self.tables[grid.table].grid if grid.table in self.tables else None
        return own is not None and own.titles == grid.titles and np.array_equal(own.rows, grid.rows)

    @cached_property
    def people(self) -> frozenset[str]:
        """Folded names, addresses and ids of everybody whom the tables list."""
        return frozenset(o for it in self.tables.values() for each in it.called for o in each)

    @cached_property
    def asked(self) -> dict[str, list[FormQuestion]]:
        """The questions of each table, with what is known of people."""
        return {
            name: [question.knowing(self.people) for question in layout.questions]
            for name, layout in self.tables.items()
        }


def tables_at(place: str | Path, stated: Mapping[str, TableInput], shelf: Shelf) -> TablesFound:
    """Return which table is which at a place, found out once.

    Parameters
    ----------
    place, stated, shelf
        As in :func:`found_layouts`.
    """
    return shelf.kept(_state(place, stated), lambda: _tables_at(place, stated, shelf))


def tables_known(
    place: str | Path, stated: Mapping[str, TableInput], shelf: Shelf
) -> TablesFound | None:
    """Return what :func:`tables_at` has found out already, None for nothing."""
    found: TablesFound | None = shelf.made.get(_state(place, stated))
    return found


def _state(place: str | Path, stated: Mapping[str, TableInput]) -> Hashable:
    return ("tables", str(place), *((name, how.model_dump_json()) for name, how in stated.items()))


def _tables_at(place: str | Path, stated: Mapping[str, TableInput], shelf: Shelf) -> TablesFound:
    layouts, broken = found_layouts(place, stated, shelf)
    numbered = numbered_by((layout.grid, layout.questions) for layout in layouts)
    for layout in layouts:
        layout.numbered.update(numbered)
    found = named_tables(layouts, stated)
    called = {
        name: it if it.grid.table == name else replace(it, grid=replace(it.grid, table=name))
        for name, it in found.tables.items()
    }
    return replace(found, tables=called, unread=(*found.unread, *broken))


def named_tables(layouts: Sequence[Layout], stated: Mapping[str, TableInput]) -> TablesFound:
    """Say which layout is which table, and why the others are none.

    Parameters
    ----------
    layouts
        Every table of a place.
    stated
        Where the config says that tables are.
    """
    tables = _by_name(layouts, stated)
    left = [layout for layout in layouts if not _is_one_of(layout, tables.values())]
    people = _of_people(left)
    forms = [*(tables[side] for side in tables if side in PEOPLE), *filter(is_form, people)]
    others = [layout for layout in left if not _is_one_of(layout, forms)]
    here = _who_is(forms) if others else {}
    beside = found_extracts(others, forms, stated, lambda layout: bool(_pairs_of(layout, here)))
    left, people = (
        [it for it in each if not _is_one_of(it, [extract.layout for extract in beside])]
        for each in (left, people)
    )
    if len(people) == 1 and not tables.keys() & {*_SIDES}:
        tables[SIGNUPS.name] = people[0]  # whoever signed up, there is no other table
    for table, fits in _SIDES.items():
        is_open = table not in tables and SIGNUPS.name not in tables
        fitting = [layout for layout in people if is_open and fits(layout)]
        if fitting and (table != SIGNUPS.name or not {*SIDE_TABLES} & tables.keys()):
            tables[table] = fitting[-1]  # of several waves the last by name
    unsure = [layout for layout in people if MAYBE_ROLE in layout.found]
    if unsure and not tables.keys() & {*_SIDES}:
        tables[SIGNUPS.name] = unsure[-1]
    rest = [layout for layout in people if not _is_one_of(layout, tables.values())]
    tables |= _other_side(tables, rest)
    rest = [layout for layout in rest if not _is_one_of(layout, tables.values())]
    open_ = tuple(_open(tables, rest))
    placed = (*tables.values(), *(rest if open_ else ()))
    left = [it for it in left if not _is_one_of(it, placed)]
    is_for_pairs = bool(left) or PAIRS in tables
    listed = (*rest, *tables.values()) if is_for_pairs else ()
    who = _who_is(listed)
    asked = [it for it in left if _pairs_of(it, who)] if PAIRS not in tables else []
    how = stated.get(PAIRS, TableInput())
    if asked and not how.read:
        open_ += (_are_pairs(asked[-1]),)
    elif asked and how.read == "yes":
        tables[PAIRS] = asked[-1]
    others = [it for it in left if not _is_one_of(it, asked)]
    naming = [(it, named) for it in others if (named := _naming_others(it, tables, stated))]
    open_ += tuple(named for _, named in naming)
    unread = tuple(
        f"{it.spot.shown}: {ALSO_PEOPLE if it in people or it in asked else NO_TABLE}"
        for it in left
        if not _is_one_of(it, (*asked[-1:], *(one for one, _ in naming)))
    )
    joined = tuple(it for it in beside if it.is_sure)
    open_ += tuple(map(_are_joined, (it for it in beside if not it.is_sure)))
    ordered = {name: tables[name] for name in (SIGNUPS.name, *TABLES) if name in tables}
    return TablesFound(
        ordered, unread, open_, joined, _pairs_of(tables[PAIRS], who) if PAIRS in tables else {}
    )


def _are_pairs(layout: Layout) -> OpenTable:
    """Return what is asked of a file whose rows name two people each."""
    rows = zip(*(column[:MOST_SHOWN_PAIRS] for column in layout.grid.columns), strict=True)
    shown = tuple(", ".join(filter(None, map(str, row))) for row in rows)
    file = layout.spot.shown
    text = _TEXTS["are_pairs"].format(file)
    return OpenTable(("tables", PAIRS, "read"), text, ("yes", "no"), file, shown)


def _are_joined(extract: FoundExtract) -> OpenTable:
    """Return what is asked of a file that may say more about the people of the sign-up."""
    shown, titles = extract.layout.spot.shown, listed(map(repr, map(shown_title, extract.join)))
    text = _TEXTS["are_joined"].format(shown, titles)
    return OpenTable(("tables", extract.name, "read"), text, ("yes", "no"), shown)


def _naming_others(
    layout: Layout, tables: Mapping[str, Layout], stated: Mapping[str, TableInput]
) -> OpenTable | None:
    """Return what is asked of a file that is not read and names others of the form's people.

    Managers as a rule, below a title that the form itself does not have.
    """
    name = layout.name
    known = {fold(title) for table in tables.values() for title in table.grid.titles}
    who, own = _who_is(tables.values()), layout.called
    is_free = name not in NAMES and stated.get(name, TableInput()).read != "no"
    for one in layout.questions if is_free and not who.keys().isdisjoint(set().union(*own)) else ():
        named = (fold(turned(str(text))) for text in layout.grid.columns[one.positions[0]])
        others = sum(n in who and n not in mine for n, mine in zip(named, own, strict=True))
        is_whom = one.likeliest is not None and one.likeliest.target in _APART
        if fold(one.title) not in known and (is_whom or others > 1):
            shown = layout.spot.shown
            text = _TEXTS["names_others"].format(shown, repr(shown_title(one.title)))
            return OpenTable(("tables", name, "read"), text, ("no",), shown)
    return None


def check_unread(place: str, stated: Mapping[str, TableInput]) -> list[Finding]:
    """Ask, as `matcher map` does, about files that nothing reads and that name people's managers.

    Parameters
    ----------
    place, stated
        As in :func:`tables_at`.
    """
    found = tables_at(place, stated, Shelf())
    open_ = [it for it in found.open if it.path[1] not in NAMES]
    told = [Finding("W_QUESTION", it.text, f'[tables.{it.path[1]}] read = "no"') for it in open_]
    for extract in found.extracts:
        if not extract.is_stated:
            what = _TEXTS["says_more"].format(extract.layout.spot.shown)
            remedy = f"matcher map joins it; or set [tables.{extract.name}] file, join"
            told.append(Finding("W_QUESTION", what, f'{remedy}, or read = "no"'))
    return told


def _is_one_of(layout: Layout, others: Collection[Layout]) -> bool:
    return any(layout is other for other in others)


def _by_name(layouts: Sequence[Layout], stated: Mapping[str, TableInput]) -> dict[str, Layout]:
    """Return the tables that the config names, and those that are called like tables."""
    tables: dict[str, Layout] = {}
    for table, how in stated.items():
        said = [layout for layout in layouts if is_at(layout.spot, how) and table in NAMES]
        called = [layout for layout in said if snake(layout.spot.sheet) == table]
        if said:
            tables[table] = (called or said)[-1]
    for layout in layouts:
        name = snake(layout.spot.sheet) if layout.spot.sheet else fold(layout.spot.path.stem)
        is_free = name in NAMES and name not in tables
        if is_free and not _is_one_of(layout, tables.values()):
            tables[name] = layout
    return tables


def _of_people(layouts: Sequence[Layout]) -> list[Layout]:
    """Return the layouts that list people, without those that list pairs of others."""
    people = [layout for layout in layouts if layout.found & IDENTITY]
    most = max((len(layout.found) for layout in people), default=0)
    people = [it for it in people if "email" in it.found or len(it.found) > most / 2]
    kept = []
    for layout in people:
        others = [it for it in people if it is not layout] if not is_form(layout) else []
        if not (others and _pairs_of(layout, _who_is(others))):
            kept.append(layout)
    return kept


def _other_side(tables: Mapping[str, Layout], rest: Sequence[Layout]) -> dict[str, Layout]:
    """Return the one form beside that of one side which is like it and answered by others."""
    absent = [side for side in SIDE_TABLES if side not in tables]
    if len(absent) != 1 or len(rest) != 1 or SIGNUPS.name in tables:
        return {}
    known = next(tables[side] for side in SIDE_TABLES if side in tables)
    return {absent[0]: rest[0]} if _may_be_sides(known, rest[0]) else {}


def _may_be_sides(one: Layout, other: Layout) -> bool:
    """Whether two forms ask alike, other people answer each, and none asks for a role."""
    asked = [{fold(title) for title in layout.grid.titles} for layout in (one, other)]
    who, others = (set().union(*it.called) for it in (one, other))
    is_like = len(asked[0] & asked[1]) >= ALIKE * min(map(len, asked))
    are_others = 2 * len(who & others) < min(len(who), len(others))
    return is_like and are_others and not any(map(_asks_for_role, (one, other)))


def _asks_for_role(layout: Layout) -> bool:
    is_said = bool(layout.found & {"role", MAYBE_ROLE})
    return is_said or dividing(layout.grid, layout.questions) is not None


def _open(tables: Mapping[str, Layout], rest: Sequence[Layout]) -> Iterator[OpenTable]:
    """Yield the tables of people that nothing places, where something may be it."""
    if not rest or SIGNUPS.name in tables or {*SIDE_TABLES} <= tables.keys():
        return
    absent = [side for side in SIDE_TABLES if side not in tables]
    rest = sorted(rest, key=lambda layout: -len(layout.grid.rows))  # more mentees than mentors
    spots = [layout.spot for layout in rest]
    in_one_book = all(spot.sheet for spot in spots) and len({spot.path for spot in spots}) == 1
    key = "sheet" if in_one_book else "file"
    choices = tuple(spot.sheet if in_one_book else spot.path.name for spot in spots)
    are_sides = any(_may_be_sides(a, b) for a in rest for b in rest if a is not b)
    if len(absent) == 1 or are_sides:
        for side in absent[:1]:  # the other one is told by it
            yield OpenTable(("tables", side, key), f"which {key} holds the {side}?", choices)
    else:
        text = f"each {key} lists people: which one is the form to be matched?"
        yield OpenTable(("tables", SIGNUPS.name, key), text, choices)


def _who_is(layouts: Iterable[Layout]) -> dict[str, tuple[int, int]]:
    """Return by name, address and id whose it is: a table, and a row of it."""
    own = enumerate(it.called for it in layouts)
    return {f: (n, k) for n, rows in own for k, mine in enumerate(rows) for f in mine}


def _pairs_of(layout: Layout, people: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    """Return what the titles of a file are whose rows name two people each, empty for another.

    Of a person's name and address beside each other the first says who it is. Where titles speak of
    one name and address, or of who works where, each row is about one, and names a manager.
    """
    columns = list(titled_columns(layout.grid))
    meant = [[people.get(fold(turned(str(text)))) for text in column] for _, column in columns]
    said = [sum(str(text) != "" for text in column) for _, column in columns]
    shares = [
        sum(one is not None for one in own) / max(1, many)
        for own, many in zip(meant, said, strict=True)
    ]
    naming = [k for k, share in enumerate(shares) if share >= MOSTLY_NAMED]
    named = [
        columns[k][0]
        for n, k in enumerate(naming)
        if not any(_are_alike(meant[k], meant[j]) for j in naming[:n])
    ]
    is_called = layout.found & (IDENTITY - {"email"}) and "email" in layout.found
    if layout.found & _OF_STAFF or is_called:
        return {}
    sides = {role_of(title): title for title, _ in reversed(columns)}
    if any(shares) and {"mentee", "mentor"} <= sides.keys():  # most of that year may be gone
        named = [sides["mentee"], sides["mentor"]]
    if len(named) != len(_ENDS):
        return {}
    is_turned = role_of(named[0]) == "mentor" or role_of(named[1]) == "mentee"
    ends = dict(zip(reversed(named) if is_turned else named, _ENDS, strict=True))
    return ends | _of_pairs(layout, ends)


_OF_STAFF = frozenset({"department", "organisation", "seniority", *MANAGERS})


def _are_alike(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether two columns name the same people row by row."""
    both = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return bool(both) and 2 * sum(a == b for a, b in both) > len(both)


def _of_pairs(layout: Layout, ends: Collection[str]) -> dict[str, str]:
    """Return what else a list of pairs says of each: since when, until when, what became of it."""
    others = {t: CellEvidence.of(c) for t, c in titled_columns(layout.grid) if t not in ends}
    dated = [title for title, cells in others.items() if cells.fits(["date"]) >= MOSTLY_SAID]
    said = {
        title: len(cells.counts)
        for title, cells in others.items()
        if title not in dated and cells.filled >= MOSTLY_SAID * cells.rows and cells.words <= SHORT
    }
    status = {min(said, key=lambda title: said[title]): "status"} if said else {}
    return dict(zip(dated, ("start", "end"), strict=False)) | status


MOSTLY_SAID, SHORT = 0.8, 5
"""Share of rows that say how a pair ended, and words of such an answer in the mean."""
_ENDS = ("mentee_id", "mentor_id")


def _named(side: str) -> Callable[[Layout], bool]:
    """Return whether a layout is named after one side, and no column of it tells roles."""
    other = "mentors" if side == "mentees" else "mentees"

    def fits(layout: Layout) -> bool:
        name = words_of(f"{layout.spot.path.stem} {layout.spot.sheet}".strip())
        sheet = words_of(layout.spot.sheet)
        is_sheet = bool(heaviest(ANSWERS["tables"][side], sheet))
        is_named = bool(heaviest(ANSWERS["tables"][side], name))
        is_other = bool(heaviest(ANSWERS["tables"][other], sheet if is_sheet else name))
        asks = _ASKS[side] & layout.found
        is_asked = bool(asks) and not _ASKS[other] & layout.found
        return "role" not in layout.found and ((is_named and not is_other) or is_asked)

    return fits


_ASKS = {"mentees": {"max_mentors"}, "mentors": {"capacity", "min_mentees"}}
"""What only one side is asked."""

_SIDES: dict[str, Callable[[Layout], bool]] = {
    SIGNUPS.name: lambda layout: "role" in layout.found,
    "mentees": _named("mentees"),
    "mentors": _named("mentors"),
}
