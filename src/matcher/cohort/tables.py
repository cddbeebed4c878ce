"""Every input table and its columns: how they are declared, and what ``tables.toml`` declares."""

import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib import resources
from typing import Any

from matcher import vocabulary
from matcher.text import heading


class Kind(StrEnum):
    """What the cells of a column hold after reading."""

    ID = "id"
    """Identifier, kept as text: `007` stays `007`."""
    TEXT = "text"
    """Free text or a name; missing is NaN."""
    CHOICE = "choice"
    """One word of `choices`; missing is NaN."""
    LIST = "list"
    """Tuple of str, `()` where unanswered; every item is one of `choices` if there are any."""
    SLOTS = "slots"
    """Tuple of weekly slots such as `mon-am`, `()` where unanswered."""
    NUMBER = "number"
    """float64 within `low` and `high`; missing is NaN."""
    DATE = "date"
    """datetime64; missing is NaT."""
    YES_NO = "yes_no"
    """Nullable boolean; missing is NA."""


@dataclass(frozen=True)
class ColumnSpec:
    """One canonical column.

    Parameters
    ----------
    name, kind
        What it is called and what its cells hold.
    description
        One plain sentence for the data dictionary.
    choices
        The words allowed in it; empty where anything is.
    low, high
        Range of a number, both ends allowed; None where open.
    whole
        Whether a number must be whole.
    required
        Whether the column and each of its cells must be there.
    refers
        Whom of the cohort an id names: `mentee`, `mentor`, or `member` for either; empty for none.
    private
        Whether it identifies a person beyond the id or is told in confidence.
    past
        Whether its date is an event that has happened.
    coarse
        Whether a date may be a year or a year and month.
    default
        What stands in an empty cell after reading; None leaves it missing.
    not_before
        Columns of dates that must not come after this one.
    a_month
        How often a month the amounts come that the title of its answers asks for.
    hints
        Words of a form's question that suggest this column to `matcher map`, beside those that
        ``questions.toml`` has in several languages.
    """

    name: str
    kind: Kind
    description: str
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    required: bool = False
    refers: str = ""
    private: bool = False
    past: bool = False
    coarse: bool = False
    default: str | float | bool | None = None
    not_before: tuple[str, ...] = ()
    a_month: float = 1.0
    hints: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several items."""
        return self.kind in (Kind.LIST, Kind.SLOTS)

    @property
    def answers_heading(self) -> str:
        """Where the settings say what answers mean in it."""
        return heading("answers", self.name)

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words, for messages and the data dictionary."""
        if self.choices:
            return ", ".join(self.choices)
        if self.kind is Kind.SLOTS:
            return "slots such as mon-am, tue-pm, wed-eve, thu-09"
        if self.kind is Kind.NUMBER:
            return _range_in_words(self)
        if self.kind is Kind.YES_NO:
            return "yes, no"
        return {Kind.DATE: "a date, YYYY-MM-DD", Kind.ID: "an id"}.get(self.kind, "text")


def _range_in_words(spec: ColumnSpec) -> str:
    noun = "a whole number" if spec.whole else "a number"
    if spec.low is not None and spec.high is not None:
        return f"{noun} from {spec.low:g} to {spec.high:g}"
    if spec.low is not None:
        return f"{noun}, {spec.low:g} or more"
    return noun


@dataclass(frozen=True)
class TableSpec:
    """One input table: its columns in order, and what it is for."""

    name: str
    description: str
    columns: tuple[ColumnSpec, ...]
    patterns: tuple[ColumnSpec, ...] = ()
    """Columns of which a form has as many as it likes: their names end with ``*``."""
    is_open: bool = False
    """Whether any further column is kept, as text."""
    is_people: bool = False
    """Whether a row is a person who signed up."""
    is_audit: bool = False
    """Whether it is part of the network audit."""
    any_of: tuple[str, ...] = ()
    """Columns of which at least one must be there."""

    @cached_property
    def by_name(self) -> dict[str, ColumnSpec]:
        """Specs by column name."""
        return {column.name: column for column in self.columns}

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def key(self) -> str:
        """The column whose id tells a reader which record is meant."""
        return self.columns[0].name

    @property
    def references(self) -> dict[str, str]:
        """Columns that name people of the cohort, each with whom: mentee, mentor or member."""
        return {column.name: column.refers for column in self.columns if column.refers}

    def find(self, name: str) -> ColumnSpec | None:
        """Return the spec of a column, those of patterns (`values_1`) included, or None."""
        if name in self.by_name:
            return self.by_name[name]
        for pattern in self.patterns:
            start = pattern.name.rstrip("*")
            if name.startswith(start) and name != start:
                return replace(pattern, name=name)
        return None


PAIRS = "engagements"
"""Table of the pairs past and present, of which a run keeps what it was made from."""

MANAGERS = ("line_manager", "second_supervisor")
"""Columns that name whom somebody reports to; a further level is the first one's of that person."""

MAX_CONTACTS = 10
"""Most contacts of one audit (source text, step 1)."""

MAX_NOTES = 3
"""Most strengths and most weaknesses of one audit (source text, step 2)."""

DECLARATIONS = resources.files("matcher.cohort").joinpath("tables.toml").read_text("utf-8")


def declared_tables(text: str) -> dict[str, TableSpec]:
    """Return the tables that a text like ``tables.toml`` declares, by name.

    Parameters
    ----------
    text
        TOML: a table for each input table and its columns, and `people` for what sides share.

    Raises
    ------
    tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError
        Where the text is no TOML, or a key, a kind or an enumeration does not exist.
    """
    parts = tomllib.loads(text)
    people = parts.pop("people")
    return {name: _table(name, part, people) for name, part in parts.items()}


def _table(name: str, part: dict[str, Any], people: dict[str, Any]) -> TableSpec:
    own = {key: value for key, value in part.items() if isinstance(value, dict)}
    about = {key: value for key, value in part.items() if key not in own}
    if about.get("is_people"):
        own = {key: value for key, value in people.items() if _is_of(name, value.get("of"))}
    columns = [_column(key, value) for key, value in own.items()]
    return TableSpec(
        name,
        columns=tuple(column for column in columns if "*" not in column.name),
        patterns=tuple(column for column in columns if "*" in column.name),
        any_of=tuple(about.pop("any_of", ())),
        **about,
    )


def _is_of(table: str, side: str | None) -> bool:
    return side in (None, table) or table == "signups"


def _column(name: str, declared: dict[str, Any]) -> ColumnSpec:
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in declared.items()
    }
    values.pop("of", None)
    choices = values.pop("choices", ())
    if isinstance(choices, str):
        choices = tuple(getattr(vocabulary, choices))
    return ColumnSpec(name, Kind(values.pop("kind")), choices=choices, **values)


TABLES = declared_tables(DECLARATIONS)
"""Every table that a cohort may hold, by name; `mentees` and `mentors` are needed."""

SIGNUPS = TABLES.pop("signups")
"""The table that replaces `mentees` and `mentors`; ``mentees.contexts`` and ``mentors.contexts``
name one side's answer where the form asks both."""

ID_COLUMNS = tuple(
    sorted({c.name for t in TABLES.values() for c in t.columns if c.kind is Kind.ID})
)
"""Columns that are an id; `MANAGERS` and `ID_LISTS` may hold some."""

ID_LISTS = ("knows", "avoid")
"""Columns that list ids."""


def table_spec(table: str) -> TableSpec:
    """Return the declaration of a table, `signups` included."""
    return SIGNUPS if table == SIGNUPS.name else TABLES[table]
