"""From typed and checked tables to the cohort, without the people who are set aside."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from matcher.cohort.clocks import CLOCKS
from matcher.cohort.cohort import Cohort, RowCount
from matcher.cohort.names import given_first
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion, told_questions
from matcher.cohort.tables import SIGNUPS, TABLES, ColumnSpec, Kind, TableSpec
from matcher.config import Config
from matcher.errors import Finding, InputError
from matcher.intake.cells.answers import convert, text_parser
from matcher.intake.cells.time_zones import told_clocks
from matcher.intake.checks import row_checks
from matcher.intake.checks.consent import SAID_NO
from matcher.intake.config_columns import SIDE_PREFIXES, extra_columns
from matcher.intake.files.table_sources import Source
from matcher.intake.findings import in_order, is_among
from matcher.intake.members import split_signups
from matcher.intake.typed_table import TypedTable
from matcher.intake.whom_words_mean import GROUP_WORDS
from matcher.text import count_of, fold, fold_place, snake

ALWAYS_STOP = ("rules", "engagements")
"""Tables of which no bad row is ever dropped: the coordinator wrote them, and a lost rule or lock
changes the match of people who did nothing wrong."""

_ROWS_ONLY = ("outcomes", "groups")
"""Tables of which a bad row concerns nobody's match: the row alone is set aside."""

CHASE_COLUMNS = ["person_id", "email", "preferred_name", "missing_questions"]


@dataclass(frozen=True)
class SetAside:
    """What was set aside and why."""

    people: tuple[tuple[str, Finding], ...] = ()
    """Person id (empty where there is none) and reason, one for each fault."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows set aside by table."""
    chase: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHASE_COLUMNS))
    """Whom to ask again: `person_id, email, preferred_name, missing_questions`."""

    @property
    def warnings(self) -> list[Finding]:
        """One warning a table, with its rows."""
        remedy = "see problems.csv and chase.csv"
        return [
            Finding("W_SET_ASIDE", f"rows set aside: {count}", remedy, table)
            for table, count in self.counts.items()
            if count
        ]


def set_faulty_aside(
    tables: Mapping[str, TypedTable], faults: Iterable[Finding]
) -> tuple[dict[str, TypedTable], SetAside]:
    """Take people and audits with faults out of tables, and all rows that refer to those people.

    Parameters
    ----------
    tables
        Typed tables by name.
    faults
        Faults of single rows, none of them in a table of `ALWAYS_STOP`.

    Returns
    -------
    tables
        The same tables, without the rows that were set aside.
    aside
        Whom that concerns, why, and how many rows of each table.
    """
    owners = {name: _owners(table) for name, table in tables.items()}
    reasons = [(owners.get(f.table, {}).get(f.row or 0, ""), f) for f in faults]
    concerned = {
        name: {owner for owner, fault in reasons if owner and fault.table == name}
        for name in tables
    }
    specs = {name: table.spec for name, table in tables.items()}
    audits = set().union(*(concerned[name] for name in tables if specs[name].is_audit))
    gone = set().union(
        *(concerned[n] for n in tables if not specs[n].is_audit and n not in _ROWS_ONLY)
    )
    kept: dict[str, TypedTable] = {}
    counts: dict[str, int] = {}
    for name, table in sorted(tables.items()):
        leaving = table.frame["source_row"].isin([f.row for _, f in reasons if f.table == name])
        for column in table.spec.references:
            leaving |= is_among(table.frame[column], gone)
        if table.spec.is_audit:
            leaving |= is_among(table.frame["person_id"], audits)
        if name == "groups":  # of two rows that differ neither is known to be right
            leaving |= is_among(table.frame["person_id"], concerned[name])
        counts[name] = int(leaving.sum())
        groups = table.groups
        if table.spec.is_people:
            groups = groups[~groups["person_id"].isin(gone)]
        frame = table.frame[~leaving].reset_index(drop=True)
        kept[name] = replace(table, frame=frame, groups=groups)
    told_no = {person for person, fault in reasons if fault.code == SAID_NO}
    asked = _chase(tables, reasons, (gone | audits) - told_no)
    return kept, SetAside(tuple(reasons), counts, asked)


def _owners(table: TypedTable) -> dict[int, str]:
    """Return by row the id of the person whom the row is about; rows without one are left out."""
    if "person_id" not in table.frame:
        return {}
    known = table.frame[["source_row", "person_id"]].dropna()
    return dict(zip(known["source_row"].tolist(), known["person_id"].tolist(), strict=True))


def _chase(
    tables: Mapping[str, TypedTable], reasons: list[tuple[str, Finding]], concerned: set[str]
) -> pd.DataFrame:
    """Return whom to ask again, for their audit alone too, and about which columns."""
    asked: dict[str, set[str]] = {person: set() for person in concerned}
    for person, fault in reasons:
        if person in asked and fault.column:
            asked[person].add(fault.column)
    frames = [table.frame[CHASE_COLUMNS[:3]] for table in tables.values() if table.spec.is_people]
    if not frames or not concerned:
        return pd.DataFrame(columns=CHASE_COLUMNS)
    known = pd.concat(frames, ignore_index=True)
    chase = known[known["person_id"].isin(concerned)].groupby("person_id").first().reset_index()
    chase["missing_questions"] = [";".join(sorted(asked[p])) for p in chase["person_id"]]
    return chase


def assemble(
    source: Source,
    tables: Mapping[str, TypedTable],
    aside: SetAside,
    warnings: list[Finding],
    *,
    config: Config,
    today: date,
    people: People,
    questions: tuple[AskedQuestion, ...],
    joined: Mapping[str, RowCount],
) -> Cohort:
    """Return the cohort of typed tables that have no fault.

    Parameters
    ----------
    source, tables
        Where they came from, and the tables by name.
    aside, warnings
        What was set aside before, and what was told.
    config, today
        The day that ages are measured from is the config's, else the newest event until `today`.
    people, questions
        Who is meant by what, and what is asked.
    joined
        What became of the rows of files beside the sign-up.

    Raises
    ------
    InputError
        E_NO_ROWS where a side is empty.
    """
    mentees, mentors, either = _sides(tables)
    for side, frame in (("mentees", mentees), ("mentors", mentors)):
        if not len(frame):
            message = "nobody is left on this side" if aside.people else "nobody is on this side"
            raise InputError(Finding("E_NO_ROWS", message, "add people", side))
    (mentees, mentors), spelt = _spelt_alike([mentees, mentors])
    links = {name: _links(tables, name) for name, spec in TABLES.items() if not spec.is_people}
    dated = links | {n: table.frame for n, table in tables.items() if table.spec.is_people}
    as_of = config.programme.as_of or row_checks.newest_past_date(dated, today)
    stale = row_checks.check_stale_contacts(links["contacts"], as_of, config.audit.half_life_days)
    stale += row_checks.check_past_ends(links["engagements"], config.programme.as_of or today)
    if config.programme.clocks_of is None and as_of < CLOCKS:
        home = config.programme.timezone
        zones = pd.concat([mentees["timezone"], mentors["timezone"]])
        stale += told_clocks(zones.fillna(home).unique(), CLOCKS)
    return Cohort(
        mentees=_sorted_people(mentees, config),
        mentors=_sorted_people(mentors, config),
        **links,
        as_of=as_of,
        either=either,
        findings=(
            *told_questions(questions),
            *in_order([*warnings, *aside.warnings, *spelt, *stale]),
        ),
        rows={n: _row_count(table, aside) for n, table in sorted(tables.items())} | {**joined},
        set_aside=aside.people,
        questions=questions,
        known=people,
        chase=aside.chase,
        source=source.label,
        hashes=dict(sorted(source.hashes.items())),
        secret=_secret(mentees),
        asked=_asked(tables),
    )


def _secret(mentees: pd.DataFrame) -> bytes:
    """Return the least digest of a person's own words: newcomers hardly ever change it."""
    own = [spec.name for spec in TABLES["mentees"].columns if spec.private and spec.name in mentees]
    said = mentees[["person_id", *own]].astype(object)
    # What is not answered is written in another way by each version of pandas.
    rows = said.where(said.notna(), "").itertuples(index=False, name=None)
    return min(hashlib.sha256(repr(row).encode("utf-8", "replace")).digest() for row in rows)


def _asked(tables: Mapping[str, TypedTable]) -> dict[str, frozenset[str]]:
    """Return which columns each table had; a form for both roles asks each side its own."""
    asked = {name: table.asked for name, table in tables.items() if name != SIGNUPS.name}
    for name in tables[SIGNUPS.name].asked if SIGNUPS.name in tables else ():
        side, _, rest = name.rpartition(".")
        for table in (side,) if f"{side}." in SIDE_PREFIXES else ("mentees", "mentors"):
            asked[table] = asked.get(table, frozenset()) | {rest if side else name}
    return asked


def _sides(tables: Mapping[str, TypedTable]) -> tuple[pd.DataFrame, pd.DataFrame, frozenset[str]]:
    if SIGNUPS.name in tables:
        return split_signups(tables[SIGNUPS.name].frame)
    return tables["mentees"].frame, tables["mentors"].frame, frozenset()


def _spelt_alike(sides: Sequence[pd.DataFrame]) -> tuple[list[pd.DataFrame], list[Finding]]:
    """Return both sides with one spelling of each place where people work, and what was joined.

    The commonest, and of several in capitals and small letters.
    """
    found, told = list(sides), []
    for column in GROUP_WORDS:
        counts = Counter(text for side in sides for text in side[column].dropna())
        changed = _commonest(counts)
        other = sum(counts[text] for text, said in changed.items() if fold(text) != fold(said))
        if other:
            message = f"{count_of(other, 'answer')} spell a place otherwise than most who are there"
            message += ", and are read as they do"
            remedy = "where they are two places, give one another name in the file"
            told.append(Finding("W_SPELLING", message, remedy, column=column))
        for k, side in enumerate(found if changed else ()):
            texts = [changed.get(text, text) for text in side[column]]
            found[k] = side.assign(**{column: pd.Series(texts, side.index, side[column].dtype)})
    return found, told


def _commonest(counts: Counter[str]) -> dict[str, str]:
    """Return by text the one of its spellings that counts, where that is another."""
    spelt: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        spelt[fold_place(text)].append(text)
    best = {
        place: max(ways, key=lambda t: (counts[t], t not in (t.upper(), t.lower()), t))
        for place, ways in spelt.items()
    }
    return {text: best[p] for p, ways in spelt.items() for text in ways if text != best[p]}


def _links(tables: Mapping[str, TypedTable], name: str) -> pd.DataFrame:
    if name == "groups":
        return _groups(tables)
    if name not in tables:
        return empty_frame(name)
    return sorted_links(tables[name].frame, TABLES[name])


def _groups(tables: Mapping[str, TypedTable]) -> pd.DataFrame:
    """Return the protected attributes of the table and of the forms, one row a person."""
    people = [table.groups for _, table in sorted(tables.items()) if table.spec.is_people]
    own = [tables["groups"].frame] if "groups" in tables else []
    parts = [part for part in [*own, *people] if len(part) and len(part.columns) > 2]
    if not parts:
        return empty_frame("groups")
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    return everyone.groupby("person_id", sort=True).first().reset_index()


def _row_count(table: TypedTable, aside: SetAside) -> RowCount:
    return RowCount(
        read=table.read,
        used=len(table.frame),
        set_aside=aside.counts.get(table.spec.name, 0),
        rejected=table.rejected,
    )


def with_wished(people: Mapping[str, TypedTable]) -> dict[str, TypedTable]:
    """Return tables of people with the columns, as text, that wishes and offers to share name.

    They are no longer among the `unused` ones of their table.
    """
    wished = {
        snake(item.partition("=")[0])
        for table in people.values()
        for name in ("wish_same", "shared_for_matching")
        if name in table.frame
        for items in table.frame[name]
        for item in items
    }
    return {name: _with_wished(table, wished) for name, table in people.items()}


def _with_wished(table: TypedTable, wished: set[str]) -> TypedTable:
    kept = {}
    for name in sorted(wished & set(table.unused)):
        spec = ColumnSpec(name, Kind.TEXT, "An attribute that somebody wishes to share.")
        kept[name], _ = convert(table.unused[name], text_parser({}), spec)
    unused = {name: cells for name, cells in table.unused.items() if name not in kept}
    return replace(table, frame=table.frame.assign(**kept), unused=unused)


def _sorted_people(frame: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return people by id, with every extra column that the config names, empty where not asked.

    The index is a RangeIndex: a person's row is their position in every array.
    """
    absent = [name for name in sorted(extra_columns(config)) if name not in frame]
    empty = {name: pd.array([None] * len(frame), dtype="str") for name in absent}
    kept = frame.loc[:, [not str(name).startswith(SIDE_PREFIXES) for name in frame.columns]]
    said = kept["name"].map(given_first, na_action="ignore")
    return (
        kept.assign(name=said, **empty)
        .sort_values("person_id", kind="stable")
        .reset_index(drop=True)
    )


def sorted_links(frame: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """Return the rows in an order that does not depend on the order of the file."""
    names = [column.name for column in spec.columns]
    keys = frame[names].astype(str)
    return frame.loc[keys.sort_values(names, kind="stable").index].reset_index(drop=True)


def empty_frame(table: str) -> pd.DataFrame:
    """Return a table without rows but with every canonical column."""
    nothing = np.empty(0, dtype=object)
    columns = TABLES[table].columns
    values = {column.name: convert(nothing, str, column)[0] for column in columns}
    return pd.DataFrame(values | {"source_row": np.empty(0, dtype=np.int64)})
