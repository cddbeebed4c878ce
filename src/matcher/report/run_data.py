"""The files of a run folder in memory, and names for its ids: what all that shows a run reads."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypedDict

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.ids import DERIVED_ID
from matcher.config.sections import OwnFacets
from matcher.errors import Finding, StorageError
from matcher.report.plain_words import clipped
from matcher.run_tables import SERVES_AS_MENTOR, RunFile, read_table, read_table_file
from matcher.text import parse_json, printable, shown_id

SHOWN_TABLES = (
    "matches",
    "portfolios",
    "contributions",
    "unmatched",
    "waiting_list",
    "alternates",
    "mentors",
    "recruitment",
    "possible_mentors",
    "groups",
    "sensitivity",
)
"""Tables that people are shown."""

REQUIRED = ("matches", "portfolios", "mentors")


def served_in_full(portfolios: pd.DataFrame) -> frozenset[str]:
    """Return the mentees of `portfolios.csv` of whose needs, which are known, all are met."""
    return frozenset(portfolios["mentee_id"][portfolios["needs_met"] >= 1 - 1e-9])


@dataclass(frozen=True)
class RunData:
    """What a run folder holds: frames by table name, the summary and the effective config."""

    summary: Mapping[str, Any]
    config: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    @classmethod
    def read(cls, run: Path) -> Self:
        """Return the contents of a run folder.

        Raises
        ------
        StorageError
            E_NOT_FOUND where a needed file is missing, E_FORMAT where one cannot be read.
        """
        if not run.is_dir():
            raise _fault("E_NOT_FOUND", f"there is no run folder {run.name}", "name a finished run")
        for name in (*(f"{table}.csv" for table in REQUIRED), RunFile.SUMMARY):
            if not (run / name).is_file():
                raise _fault("E_NOT_FOUND", f"the run has no {name}", "name a finished run")
        tables = {name: read_table(run, name) for name in SHOWN_TABLES}
        portfolios = tables["portfolios"]
        if "needs_met" not in portfolios:  # a run of before
            nothing = pd.Series([()] * len(portfolios), dtype=object)
            portfolios = portfolios.assign(needs_met=math.nan, partly=nothing)
        tables["portfolios"] = portfolios
        path = run / RunFile.CONFIG
        config = _parsed(path, tomllib.loads) if path.is_file() else {}
        return cls(_parsed(run / RunFile.SUMMARY, parse_json), config, tables)

    def with_sensitivity(self, path: Path) -> Self:
        """Return the run with the ``sensitivity.csv`` that ``matcher tune sensitivity`` wrote.

        Raises
        ------
        StorageError
            E_NOT_FOUND, E_FORMAT or E_MISSING_COLUMN.
        """
        if not path.is_file():
            raise _fault("E_NOT_FOUND", f"there is no {path.name}", "run matcher tune sensitivity")
        table = read_table_file(path, "sensitivity")
        return replace(self, tables={**self.tables, "sensitivity": table})

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def name(self) -> str:
        """The programme's name, empty where the config gives none."""
        return str(self.config.get("programme", {}).get("name") or "")

    @cached_property
    def facet_labels(self) -> dict[str, str]:
        """What a programme's own options are called in its form, by name of the facet."""
        groups = self.config.get("facets", {})
        found = {name: OwnFacets.model_validate(own) for name, own in groups.items()}
        return {
            f"{group}.{name}": option
            for group, own in found.items()
            for name, option in zip(own.names, own.options, strict=True)
        }

    @property
    def min_cell(self) -> int:
        """Smallest group that may be shown."""
        return int(self.config.get("report", {}).get("min_cell", 10))

    @cached_property
    def counted(self) -> dict[str, pd.DataFrame]:
        """`portfolios` and `mentors` without those in one role only who play the other one.

        Who serves as a mentor is no mentee of the match; who has a mentor has no place to give.
        """
        left, mentors = self["unmatched"], self["mentors"]
        serve = left.loc[left["reason"] == SERVES_AS_MENTOR, "person_id"]
        idle = set(left.loc[left["role"] == "mentor", "person_id"])
        are_mentees = (mentors["used"] == 0) & ~mentors["mentor_id"].isin(idle)
        are_mentees &= mentors["mentor_id"].isin(self["matches"]["mentee_id"])
        portfolios = self["portfolios"]
        return {
            "portfolios": portfolios[~portfolios["mentee_id"].isin(serve)],
            "mentors": mentors[~are_mentees],
        }

    @property
    def needs_known(self) -> tuple[int, int]:
        """Of how many mentees the needs are known, and of how many they are not."""
        known = int(self.counted["portfolios"]["needs_met"].notna().sum())
        return known, len(self.counted["portfolios"]) - known

    @property
    def served_in_full(self) -> frozenset[str]:
        """Mentees with somebody for all that they look for."""
        return served_in_full(self["portfolios"])

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics of the summary, empty where there are none."""
        metrics = self.summary.get("metrics")
        return metrics if isinstance(metrics, dict) else {}

    @cached_property
    def matched(self) -> frozenset[tuple[str, str]]:
        """The pairs of the match: mentee_id, mentor_id."""
        matches = self["matches"]
        return frozenset(zip(matches["mentee_id"], matches["mentor_id"], strict=True))

    @cached_property
    def pairs(self) -> dict[tuple[str, str], list[Any]]:
        """Rows of contributions, as :func:`named_rows` has them, by (mentee_id, mentor_id)."""
        found: dict[tuple[str, str], list[Any]] = {}
        for row in named_rows(self["contributions"]):
            found.setdefault((row.mentee_id, row.mentor_id), []).append(row)
        return found


class PersonFields(TypedDict):
    """How a person is shown on a page; `key` is the id as it stands in the files."""

    key: str
    id: str
    name: str
    organisation: str


@dataclass(frozen=True)
class ShownNames:
    """Names for ids, where a cohort is at hand and the run is not under pseudonyms."""

    names: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    """For the workbook alone: no page of the report shows them."""

    @classmethod
    def of(cls, cohort: Cohort | None) -> Self:
        """Return names, organisations and addresses of a cohort; empty without names."""
        if cohort is None:
            return cls()
        both = pd.concat([cohort.mentees, cohort.mentors], ignore_index=True)
        told = both.astype(object).fillna("")  # a column that nobody filled in is of floats
        names, organisations, addresses = (
            {
                person: shown
                for person, text in zip(both["person_id"], told[column], strict=True)
                if (shown := printable(text))
            }
            for column in ("name", "organisation", "email")
        )
        # Under pseudonyms nobody has a name, and an employer would narrow down who it is.
        return cls(names, organisations, addresses) if names else cls()

    def with_aside(self, everybody: Iterable[pd.DataFrame]) -> Self:
        """Return the names with those of people who were set aside, of whom it is said."""
        told = {
            person: f"{shown} \u2013 not in this match"
            for frame in everybody
            if "name" in frame
            for person, name in zip(frame["person_id"], frame["name"].fillna(""), strict=True)
            if person not in self.names and (shown := printable(name))
        }
        return replace(self, names={**told, **self.names})

    def name(self, person: str) -> str:
        """Return the person's name as it fits on a page, else the id."""
        return clipped(self.full_name(person))

    def full_name(self, person: str) -> str:
        """Return the person's whole name, else the id."""
        return self.names.get(person) or printable(person)

    def with_id(self, person: str) -> str:
        """Return the whole name, and the id behind it if it says something.

        An id that was made from an address says nothing to people, but of two with one name.
        """
        named = self.names.get(person)
        if named is None:
            return shown_id(person)
        is_known = DERIVED_ID.fullmatch(person) and self._bearers[named] == 1
        return named if is_known else f"{named} ({shown_id(person)})"

    def told_apart(self, person: str) -> str:
        """Return the whole name and the id; of two with one name the address and work as well."""
        named = self.full_name(person)
        beside = (self.addresses.get(person), self.organisations.get(person))
        more = filter(None, beside) if self._bearers[named] > 1 else ()
        return f"{named} ({', '.join([person, *more])})"

    @cached_property
    def _bearers(self) -> Counter[str]:
        """How many people have a name."""
        return Counter(self.names.values())

    def in_text(self, text: str) -> str:
        """Return a text in which ids that were made from addresses are names.

        An id that the programme gave stays as it is, and so does one behind a name.
        """

        def said(found: re.Match[str]) -> str:
            is_named = text.endswith(f"{self.full_name(found[0])} (", 0, found.start())
            return found[0] if is_named else self.with_id(found[0])

        return DERIVED_ID.sub(said, text)

    def organisation(self, person: str) -> str:
        """Return the person's organisation, else nothing."""
        return clipped(self.organisations.get(person, ""))

    def fields(self, person: str) -> PersonFields:
        """Return all that a page shows of a person."""
        return PersonFields(
            key=person,
            id=printable(person),
            name=self.name(person),
            organisation=self.organisation(person),
        )


def named_rows(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of `frame` as named tuples."""
    return list(frame.itertuples(index=False))


def _parsed(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _fault("E_FORMAT", f"{path.name} cannot be read", "run matcher verify") from error
    if not isinstance(content, dict):
        raise _fault("E_FORMAT", f"{path.name} is no object", "run matcher verify")
    return content


def _fault(code: str, message: str, remedy: str) -> StorageError:
    return StorageError(Finding(code, message, remedy))
