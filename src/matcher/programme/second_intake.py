"""A second intake joined to a first one: who is who, whose answer counts, nothing lost.

Everything is held as the texts of canonical tables. Who of the two intakes is one person is told by
the same code that tells it within one (:mod:`matcher.intake.identity`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from matcher.cohort.ids import named_address
from matcher.cohort.names import are_compatible
from matcher.cohort.tables import MANAGERS, SIGNUPS, TABLES, Kind, table_spec
from matcher.config import Config
from matcher.intake.checks.consent import NO_ANSWER
from matcher.intake.config_columns import is_wish
from matcher.intake.corrections import Correction
from matcher.intake.files.recorded import MARK
from matcher.intake.identity import identify
from matcher.intake.presets import SUBMITTED
from matcher.intake.read import Stated
from matcher.intake.so_far import told
from matcher.intake.typed_table import TypedTable
from matcher.run_tables import frame_of
from matcher.text import fold, snake
from matcher.vocabulary import Role

FIRST_WAVE, SECOND = "first", "second"
SIDES = {"mentees": Role.MENTEE, "mentors": Role.MENTOR}
PEOPLE_CELLS = (*MANAGERS, "avoid")
"""Columns of people in which ids of others may stand."""
ROW, INTAKE, SOURCE_TABLE = "source_row", "intake", "source_table"
ORIGIN = [INTAKE, SOURCE_TABLE, ROW]
Answer = str | tuple[str, ...]
"""What `[resolve]` says to a question."""


@dataclass(frozen=True)
class Joined:
    """Two intakes as one cohort."""

    tables: Mapping[str, pd.DataFrame]
    """Canonical tables, all text."""
    origins: Mapping[str, pd.DataFrame]
    """By table of people where each of its rows is from, and whose it is now."""
    ids: "JoinedIds"
    left_out: Mapping[str, Correction]
    """By id of whoever is left out by hand, what was said."""
    remarks: frozenset[str]
    """Titles of columns that stay for what remarks ask."""
    unheard: Mapping[str, Collection[str]]
    """By column the answers of which nothing is read: they stay to be told, and count as none."""

    def told(self, read: Stated) -> pd.DataFrame:
        """Return what became of every row of people, as the joined tables are read."""
        rows = []
        for name, frame in self.origins.items():
            kept = {*read.people[name].frame[ROW]}
            counts = [row in kept for row in joined_rows(read, name)]
            for at, own in enumerate(frame.to_dict("records")):
                story = _story(at, frame, counts, self, read.refused)
                rows.append((own[INTAKE], name, int(own[ROW]), own["person_id"], story))
        return frame_of("merged", rows)


def join(first: Stated, second: Stated) -> Joined:
    """Join a second intake to a first one.

    Every answer is kept: reading the joined tables takes the latest of each person, with what its
    form did not ask as they said it before, and asks about whom only an earlier one names. Ids of
    the first intake stay; one of the second that is somebody else's there becomes another.
    """
    every = [t for s in (first, second) for t in (*s.people.values(), *s.superseded.values())]
    unheard, apart = _unheard(every)
    people = [_people(s, name, apart) for s, name in ((first, FIRST_WAVE), (second, SECOND))]
    if len({frozenset(tables) for tables in people}) > 1:
        people = [_as_signups(tables) for tables in people]
    ids = JoinedIds.of(people)
    parts = [
        {name: _with_ids(table, new) for name, table in tables.items()}
        for tables, new in zip(people, (ids.of_first, ids.of_second), strict=True)
    ]
    said = {
        str(c)
        for tables in (first.people, first.superseded)
        for t in tables.values()
        for c in t.asked
    }
    joined = {
        name: pd.concat([one, _with_unasked(one, parts[1][name], said)], ignore_index=True).fillna(
            ""
        )
        for name, one in parts[0].items()
    }
    tables = {name: table.drop(columns=ORIGIN) for name, table in joined.items()}
    origins = {
        name: table.reindex(columns=["person_id", "role", *ORIGIN])
        for name, table in joined.items()
    }
    sides = (second, ids.of_second), (first, ids.of_first)
    left_out = {
        new(person): replace(said, person=new(person))
        for stated, new in sides
        for person, said in stated.left_out.items()
    }
    asked = {c for table in every for c in (*table.asked, *table.frame)}
    titles = {name for table in every for name in _remarks(table, _all_asked(first, second))}
    put_by = {str(c) for table in joined.values() for c in table if str(c).endswith(AS_WRITTEN)}
    remarks = frozenset(titles - asked | put_by)
    tables = tables | _links(first, second, ids)
    return Joined(tables, origins, ids, left_out, remarks=remarks, unheard=unheard)


@dataclass(frozen=True)
class JoinedIds:
    """Under which id everybody of two intakes is from now on."""

    taken: Mapping[str, str]
    """New ids of people of the second intake whose id is another person's in the first."""
    same: Mapping[str, str]
    """By every id the one that is used."""

    @classmethod
    def of(cls, people: Sequence[Mapping[str, pd.DataFrame]]) -> Self:
        """Find out who is who."""
        taken = _clashes(*map(_everybody, people))
        later = {n: _with_ids(t, lambda p: taken.get(p, p)) for n, t in people[1].items()}
        return cls(taken, _same_people([people[0], later]))

    def of_first(self, person: str) -> str:
        """Return the id of somebody of the first intake."""
        return self.same.get(person, person)

    def of_second(self, person: str) -> str:
        """Return the id of somebody of the second intake."""
        return self.of_first(self.taken.get(person, person))


def _people(
    stated: Stated, intake: str, apart: Mapping[str, Collection[str]]
) -> dict[str, pd.DataFrame]:
    """Return the tables of people as texts: answers that count no more, then those that do."""
    asked = _all_asked(stated)
    return {
        name: pd.concat(
            [
                _answers(part[name], intake, asked, apart)
                for part in (stated.superseded, stated.people)
                if name in part
            ],
            ignore_index=True,
        ).fillna("")
        for name in stated.people
    }


def _all_asked(*intakes: Stated) -> set[tuple[str, int, str]]:
    """Return table, row and column of what may ask to keep somebody apart."""
    asked = (q for stated in intakes for q in stated.questions if q.bears_on_safety)
    return {(q.table, q.row, q.column) for q in asked}


WISHES = "preferences.", "Wish "
AS_WRITTEN = " as written"
"""Ends the title of a column with wishes that ask to keep somebody apart."""


def _remarks(table: TypedTable, asked: Collection[tuple[str, int, str]]) -> dict[str, list[str]]:
    """Return what people wrote where no column holds it, by title: it may ask to keep apart.

    Of wishes, which are a table of their own, only what is asked about counts.
    """
    name, rows = table.spec.name, table.frame[ROW].tolist()
    found: dict[str, list[str]] = {}
    for title, cells in table.remarks.items():
        own = [told(cells.get(row, "")) for row in rows]
        if is_wish(title):
            own = [
                text if (name, row, title) in asked else ""
                for row, text in zip(rows, own, strict=True)
            ]
        is_taken = is_wish(title) or snake(title) in {*table.frame, *table.spec.by_name}
        if any(own):
            found[f"{title}{AS_WRITTEN}".replace(*WISHES) if is_taken else title] = own
    return found


def _answers(
    table: TypedTable,
    intake: str,
    asked: Collection[tuple[str, int, str]],
    apart: Mapping[str, Collection[str]],
) -> pd.DataFrame:
    frame, name = table.frame, table.spec.name
    said = [c for c in frame if c in table.asked or c == SUBMITTED or str(c).endswith("_text")]
    kept = [c for c in said if not is_wish(str(c))]  # those are a table of their own by now
    texts = _texts(frame[list(dict.fromkeys(["person_id", *kept]))])
    for column in map(str, texts.columns.intersection([*table.unheard])):
        own = pd.Series([table.unheard[column].get(row, "") for row in frame[ROW]], dtype=object)
        is_apart = own.isin(apart[column.rpartition(".")[2]])
        texts[column] = texts[column].where((own == "") | is_apart, own)
        if is_apart.any():
            texts[f"{column}{AS_WRITTEN}"] = own.where(is_apart, "")
    texts = texts.assign(**_remarks(table, asked))
    texts[ROW], texts[INTAKE], texts[SOURCE_TABLE] = frame[ROW].to_numpy(), intake, name
    return texts


def _with_unasked(first: pd.DataFrame, second: pd.DataFrame, said: Collection[str]) -> pd.DataFrame:
    """Return later rows with what their form did not ask, as the same people said it before.

    Columns of `said` alone; in another role somebody has a row of their own.
    """
    there = {str(c).rpartition(".")[2] for c in second}
    kept = [c for c in map(str, first) if c in said and c.rpartition(".")[2] not in there]
    keys = [c for c in ("person_id", "role") if c in first and c in second]
    before = first.drop_duplicates(keys, keep="last")[[*keys, *kept]]
    return second.merge(before, on=keys, how="left") if kept else second


def _unheard(tables: Collection[TypedTable]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return by column, without its side, the answers of which nothing is read.

    What these count as is said of words, so of everybody: those with words that somebody else
    says and means come second, to stand in a column of their own.
    """
    found: dict[str, set[str]] = {}
    heard: dict[str, set[str]] = {}
    for table in tables:
        for column, said in table.unheard.items():
            found.setdefault(column.rpartition(".")[2], set()).update(said.values())
            heard.setdefault(column.rpartition(".")[2], set()).update(
                *map(_items, _texts(table.frame[[column]])[column])
            )
    apart = {c: {t for t in texts if heard[c] & _items(t)} for c, texts in found.items()}
    return {c: texts - apart[c] for c, texts in found.items()}, apart


def _items(cell: str) -> set[str]:
    return {fold(item) for item in (cell, *cell.split(";")) if item}


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    cells = {name: [told(cell) for cell in frame[name]] for name in frame}
    return pd.DataFrame(cells, dtype=object)


def _everybody(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, Mapping[str, str]]:
    """Return by id the name and the address that somebody gave."""
    found: dict[str, dict[str, str]] = {}
    for table in tables.values():
        for row in table.reindex(columns=["person_id", "name", "email"], fill_value="").to_dict(
            "records"
        ):
            known = found.setdefault(row["person_id"], {"name": "", "email": ""})
            known |= {key: row[key] for key in known if row[key]}
    return found


def _clashes(
    first: Mapping[str, Mapping[str, str]], second: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Return new ids for those of the second intake that are another person's in the first."""
    new: dict[str, str] = {}
    for person in sorted(first.keys() & second.keys()):
        if not _may_be_one(first[person], second[person]):
            number = 2
            while f"{person}-{number}" in first.keys() | second.keys():
                number += 1
            new[person] = f"{person}-{number}"
    return new


def _may_be_one(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether an id in both intakes can be one person's: by name, without names by address."""
    if one["name"] and other["name"]:
        return are_compatible(one["name"], other["name"])
    boxes = [named_address(person["email"]) for person in (one, other)]
    return None in boxes or boxes[0] == boxes[1]


def _with_ids(table: pd.DataFrame, new: Callable[[str], str]) -> pd.DataFrame:
    """Return a table of people under other ids, also where they name each other by id."""

    def listed(cell: str) -> str:
        return ";".join(new(item) for item in cell.split(";"))

    named = {c: [listed(cell) for cell in table[c]] for c in PEOPLE_CELLS if c in table}
    return table.assign(person_id=[new(p) for p in table["person_id"]], **named)


def _same_people(people: Sequence[Mapping[str, pd.DataFrame]]) -> dict[str, str]:
    """Return by id the one that is used, where two ids are one person's: the first intake's."""
    tables = {}
    for name in people[0]:
        both = pd.concat([part[name] for part in people], ignore_index=True)
        frame = both.reindex(
            columns=["person_id", "name", "email", *(["role"] if "role" in both else [])]
        )
        frame = frame.where(frame != "").assign(**{ROW: range(2, len(both) + 2)})
        tables[name] = TypedTable(table_spec(name), frame)
    found = identify(tables, Config()).people
    used: dict[str, str] = {}
    for person in (known := [*_everybody(people[0]), *_everybody(people[1])]):
        used.setdefault(found.ids[person][0], person)
    return {person: used[found.ids[person][0]] for person in known}


def joined_rows(read: Stated, name: str) -> list[int]:
    """Return the rows of a joined table in its order, those that count no more among them."""
    parts = (part[name].frame[ROW] for part in (read.people, read.superseded) if name in part)
    return sorted(int(row) for part in parts for row in part)


def _story(
    at: int, rows: pd.DataFrame, counts: Sequence[bool], joined: Joined, refused: Mapping[str, str]
) -> str:
    """Return what became of a row, and what was found about whose it is."""
    row, ids = rows.iloc[at], joined.ids
    person, is_second = row["person_id"], row[INTAKE] == SECOND
    is_rival = rows["person_id"] == person
    if row["role"] in SIDES.values():
        is_rival &= (rows["role"] == row["role"]) | ~rows["role"].isin([*SIDES.values()])
    what = "joined" if is_second else "kept"
    if not counts[at]:
        what = "a later answer counts"
    elif not all(counts[k] for k in np.flatnonzero(is_rival).tolist()):
        what = "signed up again: this answer counts"
    back = {new: old for old, new in ids.taken.items()}
    if is_second and person in back:
        what += f"; was {back[person]}, which is somebody else in the first intake"
    aliases = sorted(old for old, new in ids.same.items() if new == person and old != person)
    if is_second and aliases:
        what += f"; one person with {', '.join(aliases)}: address and name agree"
    if person in refused:
        is_unsaid = refused[person] == NO_ANSWER
        what += f"; left out: did not {'say that they agree' if is_unsaid else 'agree'}"
    elif person in joined.left_out:
        is_unread = bool(joined.left_out[person].before)
        what += "; left out: " + ("an answer cannot be read" if is_unread else "by hand")
    return what


def _as_signups(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return tables of two sides as one of sign-ups; what one side was asked stays its own."""
    if SIGNUPS.name in tables:
        return dict(tables)
    parts = []
    for name, table in tables.items():
        others = {c for n, t in tables.items() if n != name for c in t}
        shared = set(TABLES["mentees"].by_name) & set(TABLES["mentors"].by_name) - others
        apart = shared - {"person_id", "name", "email", *PEOPLE_CELLS}
        own = {c: f"{name}.{c}" for c in table if c in apart}
        parts.append(table.rename(columns=own).assign(role=SIDES[name].value))
    return {SIGNUPS.name: pd.concat(parts, ignore_index=True).fillna("")}


def _links(first: Stated, second: Stated, ids: JoinedIds) -> dict[str, pd.DataFrame]:
    """Return the tables that name people, each row once, under the ids that are used."""
    out = {}
    for name in [n for n in TABLES if n in {**first.links, **second.links} or n == "groups"]:
        parts = [
            _renamed_links(_link_table(stated, name), name, new)
            for stated, new in ((first, ids.of_first), (second, ids.of_second))
        ]
        rows = pd.concat(parts, ignore_index=True).fillna("").drop_duplicates()
        if MARK in rows:  # what was recorded stands behind what the tables said
            rows = rows.loc[(rows[MARK] != "").sort_values(kind="stable").index]
        if name == "groups":
            rows = (
                rows.where(rows != "")
                .groupby("person_id", sort=True)
                .last()
                .reset_index()
                .fillna("")
            )
        if len(rows):
            out[name] = rows
    return out


def _link_table(stated: Stated, name: str) -> pd.DataFrame:
    """Return the texts of a table, of groups also those that the forms asked for."""
    parts = [stated.links[name].frame] if name in stated.links else []
    if name == "groups":
        forms = [table.groups for table in stated.people.values()]
        parts += [frame for frame in forms if len(frame.columns) > 2]
    tables = [_texts(part.drop(columns=ROW)) for part in parts]
    empty = pd.DataFrame(columns=[TABLES[name].key], dtype=object)
    return pd.concat([empty, *tables], ignore_index=True).fillna("")


def _renamed_links(table: pd.DataFrame, name: str, new: Callable[[str], str]) -> pd.DataFrame:
    ids = [c.name for c in TABLES[name].columns if c.kind is Kind.ID and c.name in table]
    return table.assign(**{c: [new(p) for p in table[c]] for c in ids})
