"""A second intake joined to a first one: who is who, whose answer counts, nothing lost.

Everything is held as the texts of canonical tables. Who of the two intakes is one person is told by
the same code that tells it within one (:mod:`matcher.intake.identity`).
"""

import shutil
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from matcher.cohort.cells import neutralise_frame
from matcher.cohort.ids import named_address
from matcher.cohort.names import are_compatible
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.cohort.tables import MANAGERS, SIGNUPS, TABLES, Kind, table_spec
from matcher.config import Config, dump_config
from matcher.config.edited import KeyOf, flat_values, with_keys
from matcher.config.load import COHORT_CONFIG
from matcher.config.sections import OwnFacets
from matcher.intake.config_columns import is_wish
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.corrections import Correction, written
from matcher.intake.files.recorded import MARK
from matcher.intake.files.table_sources import Shelf
from matcher.intake.identity import identify
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.which_table import tables_at
from matcher.intake.read import Stated, read_stated
from matcher.intake.so_far import told
from matcher.intake.typed_table import TypedTable
from matcher.run_tables import csv_bytes, frame_of
from matcher.send.letters import FOLDER as LETTERS
from matcher.storage import new_run_folder, write_bytes
from matcher.text import fold, fold_heading, snake
from matcher.vocabulary import IGNORE, Role
from matcher.whereabouts import home_of

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

    def told(self, read: Stated) -> pd.DataFrame:
        """Return what became of every row of people, as the joined tables are read."""
        rows = []
        for name, frame in self.origins.items():
            kept = {*read.people[name].frame[ROW]}
            counts = [row in kept for row in _rows_of(read, name)]
            for at, own in enumerate(frame.to_dict("records")):
                story = _story(at, frame, counts, self)
                rows.append((own[INTAKE], name, int(own[ROW]), own["person_id"], story))
        return frame_of("merged", rows)


def join(first: Stated, second: Stated) -> Joined:
    """Join a second intake to a first one.

    Every answer is kept: reading the joined tables takes the latest of each person and asks about
    whom only an earlier one names. Ids of the first intake stay; one of the second that is somebody
    else's there becomes another.
    """
    people = [_people(stated, name) for stated, name in ((first, FIRST_WAVE), (second, SECOND))]
    if len({frozenset(tables) for tables in people}) > 1:
        people = [_as_signups(tables) for tables in people]
    ids = JoinedIds.of(people)
    parts = [
        {name: _with_ids(table, new) for name, table in tables.items()}
        for tables, new in zip(people, (ids.of_first, ids.of_second), strict=True)
    ]
    joined = {
        name: pd.concat([part[name] for part in parts], ignore_index=True).fillna("")
        for name in people[0]
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
    every = [t for s in (first, second) for t in (*s.people.values(), *s.superseded.values())]
    asked = {c for table in every for c in (*table.asked, *table.frame)}
    titles = {name for table in every for name in _remarks(table, _all_asked(first, second))}
    remarks = frozenset(titles - asked)
    return Joined(tables | _links(first, second, ids), origins, ids, left_out, remarks)


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


def _people(stated: Stated, intake: str) -> dict[str, pd.DataFrame]:
    """Return the tables of people as texts: answers that count no more, then those that do."""
    asked = _all_asked(stated)
    return {
        name: pd.concat(
            [
                _answers(part[name], intake, name, asked)
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
    table: TypedTable, intake: str, name: str, asked: Collection[tuple[str, int, str]]
) -> pd.DataFrame:
    frame = table.frame
    said = [c for c in frame if c in table.asked or c == SUBMITTED or str(c).endswith("_text")]
    kept = [c for c in said if not is_wish(str(c))]  # those are a table of their own by now
    texts = _texts(frame[list(dict.fromkeys(["person_id", *kept]))])
    texts = texts.assign(**_remarks(table, asked))
    texts[ROW], texts[INTAKE], texts[SOURCE_TABLE] = frame[ROW].to_numpy(), intake, name
    return texts


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    cells = {name: [told(cell) for cell in frame[name]] for name in frame}
    return pd.DataFrame(cells, dtype=object)


def _everybody(tables: Mapping[str, pd.DataFrame]) -> Mapping[str, Mapping[str, str]]:
    """Return by id the name and the address that somebody gave."""
    found: dict[str, dict[str, str]] = {}
    for table in tables.values():
        for row in (
            table.reindex(columns=["person_id", "name", "email"]).fillna("").to_dict("records")
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


def _rows_of(read: Stated, name: str) -> list[int]:
    """Return the rows of a joined table in its order, those that count no more among them."""
    parts = (part[name].frame[ROW] for part in (read.people, read.superseded) if name in part)
    return sorted(int(row) for part in parts for row in part)


def _story(at: int, rows: pd.DataFrame, counts: Sequence[bool], joined: Joined) -> str:
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
    return f"{what}; left out by hand, and stays so" if person in joined.left_out else what


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


def joined_config(first: Config, second: Config, joined: Joined) -> Config:
    """Return the first intake's config for tables that are canonical, with both sides' answers."""
    people = [table for name, table in joined.tables.items() if table_spec(name).is_people]
    sided = {c: c for table in people for c in table if str(c).partition(".")[0] in SIDES}
    sided |= {c: IGNORE for c in sided if str(c).endswith("_text")}  # no side has such a column
    plain = Config()
    read = ("tables", "columns", "answers", "scales", "numbers")
    own = {
        "duplicates": "latest",
        "consent": first.input.consent,
        "ordered": first.input.ordered,
    }
    update: dict[str, Any] = {key: getattr(plain, key) for key in read}
    if any(SUBMITTED in table for table in people):
        sided[SUBMITTED] = SUBMITTED
    update["columns"] = sided | dict.fromkeys(joined.remarks, IGNORE)
    update["input"] = plain.input.model_copy(update=own)
    update["resolve"] = {**second.resolve, **first.resolve}
    update["facets"] = {
        name: own.model_copy(update={"options": (*own.options, *further_options(own, second))})
        for name, own in first.facets.items()
    }
    return first.model_copy(update=update)


def left_to_say(first: Config, place: str | Path) -> list[KeyOf] | None:
    """Return what a first intake's config says that does not hold of another file of its form.

    Parameters
    ----------
    first
        How the first intake is read.
    place
        The second one.

    Returns
    -------
    list or None
        Paths to leave out: files, titles that are not there, answers to questions; None where it
        is another form, which lacks a question that the first one asked.
    """
    text = dump_config(first)
    stated = {name: own.model_copy(update={"file": ""}) for name, own in first.tables.items()}
    tables = tables_at(place, stated, Shelf()).tables
    titles = {title for layout in tables.values() for title in layout.grid.folded_titles}
    asked = {path: value for path, value in flat_values(text).items() if path[0] == "columns"}
    gone = [path for path in asked if fold_heading(path[-1]) not in titles]
    if not asked or any(asked[path] != IGNORE for path in gone):
        return None
    files = [("tables", name, "file") for name in first.tables]
    return [*gone, *files, *(("resolve", key) for key in first.resolve)]


def config_of_same_form(first: Config, place: str | Path) -> Config | None:
    """Return a first intake's config for another file of its form, None where it is none."""
    gone = left_to_say(first, place)
    if gone is None:
        return None
    text = with_keys(dump_config(first), dict.fromkeys(gone))
    return Config.model_validate(tomllib.loads(text))


def further_options(own: OwnFacets, second: Config) -> list[str]:
    """Return the options of a second form that a question of the first has not."""
    known = {fold(option) for option in own.options}
    asked = (group for group in second.facets.values() if {*group.columns} & {*own.columns})
    return [option for group in asked for option in group.options if fold(option) not in known]


@dataclass(frozen=True)
class WrittenJoin:
    """What joining two intakes wrote."""

    told: pd.DataFrame
    """What became of every row of people: columns as `merged.csv`."""
    left_out: int
    """People who are left out by hand, and stay so."""
    answers: int
    """Answers to questions that hold on."""

    @property
    def again(self) -> int:
        """How many people of the first intake signed up in the second as well."""
        whose = self.told.groupby(INTAKE)["person_id"].agg(set)
        return len(set.intersection(*whose)) if len(whose) > 1 else 0


def write_joined(
    places: tuple[str | Path, str | Path],
    configs: tuple[Config, Config],
    output: Path,
    *,
    faulty: bool = False,
) -> WrittenJoin:
    """Join the intakes at two places and write them as one cohort, whole or not at all.

    Who was left out by hand, what was answered, and the first intake's own words of letters stay.

    Parameters
    ----------
    places, configs
        The intakes, and how each is read.
    output
        The new folder.
    faulty
        Whether people with faulty rows are left out, as by hand, instead of stopping.

    Raises
    ------
    MatcherError
        What is wrong with either; E_EXISTS, E_WRITE.
    """
    first, second = (
        read_stated(place, config, faulty=faulty)
        for place, config in zip(places, configs, strict=True)
    )
    joined = join(first, second)
    with new_run_folder(output.absolute()) as folder:
        for name, table in joined.tables.items():
            write_bytes(folder / f"{name}.csv", csv_text(table))
        if joined.left_out:
            lines = b"".join(map(written, joined.left_out.values()))
            write_bytes(folder / CORRECTIONS, lines)
        config = joined_config(*configs, joined)
        read = read_stated(folder, config, is_judged=False)
        answers = _answers_kept((first, second), read, joined, config.resolve)
        config = config.model_copy(update={"resolve": answers})
        write_bytes(folder / COHORT_CONFIG, dump_config(config).encode())
        (folder / "told").mkdir(mode=0o700)
        told = joined.told(read)
        write_bytes(folder / "told" / "merged.csv", csv_bytes("merged", told))
        words = home_of(str(places[0])) / LETTERS
        if words.is_dir():
            shutil.copytree(words, folder / LETTERS)
    return WrittenJoin(told, len(joined.left_out), len(answers))


def _answers_kept(
    intakes: Sequence[Stated], read: Stated, joined: Joined, said: Mapping[str, Answer]
) -> dict[str, Answer]:
    """Return the answers to questions of the joined tables: those that hold on, of the same cell.

    That nobody here is meant holds no longer where somebody may be who was not there before.
    """
    new = {FIRST_WAVE: joined.ids.of_first, SECOND: joined.ids.of_second}
    asked = {
        (intake, q.table, q.row, *_what(q)): q.of_people(new[intake])
        for intake, stated in zip((FIRST_WAVE, SECOND), intakes, strict=True)
        for q in stated.questions
    }
    places = {
        (name, row): tuple(frame[ORIGIN].iloc[at])
        for name, frame in joined.origins.items()
        for at, row in enumerate(_rows_of(read, name))
        if at < len(frame)
    }
    kept, keys = dict(said), {question.key for question in read.questions}
    for question in read.questions:
        place = places.get((question.table, question.row), ())
        before = asked.get((*place, *_what(question)))
        if before is None or before.is_open or question.is_of_ids:
            continue
        if before.key not in keys:  # it stands under another key from now on
            kept.pop(before.key, None)
        is_plain = before.answer in (YES, NO)
        kept[question.key] = before.answer if is_plain else (*before.answer.split(", "),)
        if before.answer == NO and {*question.likely} - {*before.likely}:
            del kept[question.key]
    return kept


def _what(question: AskedQuestion) -> tuple[str, bool, bool]:
    column = question.column
    if column.endswith(AS_WRITTEN):
        column = column.removesuffix(AS_WRITTEN).replace(WISHES[1], WISHES[0])
    return column, question.is_yes_no, question.is_wish


def csv_text(table: pd.DataFrame) -> bytes:
    """Return a canonical table as plain CSV; columns that nobody filled in stay."""
    return str(neutralise_frame(table).to_csv(index=False, lineterminator="\n")).encode()
