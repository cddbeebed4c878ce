"""The decisions that a run obeys: those of the earlier run, then those given, about its people."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.decisions import decisions
from matcher.decisions.working_copy import TableRow
from matcher.errors import Finding, InputError, raise_if_any
from matcher.run_tables import read_table
from matcher.text import count_of
from matcher.vocabulary import Decision

SIDE_OF_COLUMN = {"mentee_id": "mentee", "mentor_id": "mentor"}
TABLE = "decisions"
"""Name of the table of a run that holds them."""


@dataclass(frozen=True)
class InForce:
    """Decisions about people of a cohort, by id, and what is told about them."""

    table: pd.DataFrame
    """Columns of `decision_table`, and `earlier`: whether it was taken before the earlier run."""
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        given: pd.DataFrame | None,
        earlier: pd.DataFrame | None = None,
        departed: Mapping[str, Collection[str]] | None = None,
    ) -> Self:
        """Say which decisions hold in a cohort.

        Parameters
        ----------
        cohort
            Whose people may be named by id, address or full name.
        given
            What was decided for this run, as `read_decisions` returns it.
        earlier
            What held in the run before or was decided about it: `of_run`.
        departed
            By column the ids of those who took part in earlier runs: to have left is no fault.

        Raises
        ------
        InputError
            E_UNKNOWN_PERSON, E_DECISION_CONFLICT: a decision that cannot be obeyed stops the run.
        """
        gone = {column: {*(departed or {}).get(column, ())} for column in SIDE_OF_COLUMN}
        aside = {person for person, _ in cohort.set_aside}
        stated = [] if given is None else given.to_dict("records")
        held_before = [] if earlier is None else earlier.to_dict("records")
        known = [
            TableRow(**_place(row, number), **{c: row[c] for c in _TEXTS})
            for number, row in enumerate(stated, start=2)
        ]
        before = [TableRow("", 0, **{c: row[c] for c in _TEXTS}) for row in held_before]
        reader = _Reader(cohort, gone, aside)
        held = dict.fromkeys(found for row in before for found in reader.settled(row))
        kept = [row for row in held if not _is_done(row, cohort)]
        done = [row for row in held if _is_done(row, cohort)]
        given_now = [found for row in known for found in reader.settled(row)]
        # A log holds what was decided before the year went on; who writes a table knows of that.
        over = [row for row in given_now if row.table.endswith(".jsonl") and _is_done(row, cohort)]
        own = [row for row in given_now if row not in over]
        faults = [finding for finding in reader.findings if not finding.is_warning]
        tables = [row for row in own if not row.table.endswith(".jsonl")]
        raise_if_any([*faults, *decisions.check_conflicts(tables)], InputError)
        table = decisions.decision_table([*kept, *own]).assign(
            earlier=[True] * len(kept) + [False] * len(own)
        )
        carried = (
            *_told(kept, "holds on", "take one back with release in --decisions"),
            *_told(
                [*done, *over], "is done with, as the pair has ended", "record one as proposed anew"
            ),
        )
        return cls(_last_words(table), (*reader.findings, *carried))


def _last_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return what holds of each pair or person: the last word, so that a run obeys no other."""
    words = table[table["decision"] != Decision.NOTE.value]
    return words[~words.duplicated([*SIDE_OF_COLUMN], keep="last")].reset_index(drop=True)


def _is_done(row: TableRow, cohort: Cohort) -> bool:
    """Whether a decision forced a pair that has ended since."""
    forces = row.decision in (Decision.LOCK, Decision.ASSIGN)
    return forces and (row.mentee_id, row.mentor_id) in cohort.over


_TEXTS = ("mentee_id", "mentor_id", "decision", "note", "by", "at")


def _place(row: Mapping[Any, Any], number: int) -> dict[str, Any]:
    return {"table": row.get("table") or TABLE, "row": int(row.get("row") or number)}


@dataclass
class _Reader:
    """Turns whom decisions name into ids."""

    cohort: Cohort
    gone: Mapping[str, Collection[str]]
    aside: Collection[str]

    def __post_init__(self) -> None:
        ids = self.cohort.mentee_index.ids, self.cohort.mentor_index.ids
        self.sides = dict(zip(SIDE_OF_COLUMN, map(frozenset, ids), strict=True))
        self.findings: list[Finding] = []

    def settled(self, row: TableRow) -> list[TableRow]:
        """Return a decision with ids; none, and a finding, where it cannot be obeyed.

        What is decided of one person holds in both roles of theirs.
        """
        ids: dict[str, str] = {}
        for column, noun in SIDE_OF_COLUMN.items():
            text = getattr(row, column)
            person = self.cohort.people.find(text) or text
            if text and person not in self.sides[column] and row.decision != Decision.NOTE:
                finding = self._missing(row, text, column, noun)
                self.findings.append(finding.at(row.table, row.row or None, column))
                return []
            ids[column] = person
        if all(ids.values()) or row.decision == Decision.NOTE:
            return [TableRow(**{**vars(row), **ids})]
        (person,) = filter(None, ids.values())
        roles = {"mentee_id": (person, ""), "mentor_id": ("", person)}
        return [
            replace(row, mentee_id=mentee, mentor_id=mentor)
            for column, (mentee, mentor) in roles.items()
            if person in self.sides[column]
        ]

    def _missing(self, row: TableRow, text: str, column: str, noun: str) -> Finding:
        person = self.cohort.people.find(text) or text
        if not row.table or {text, person} & {*self.gone[column], *self.aside}:
            what = f"the decision {row.decision} names a {noun} who does not take part any more"
            return Finding("W_DECISION_UNKNOWN", what, "it is left out")
        return self.cohort.people.unresolved(text, noun, self.sides[column])


def _told(rows: list[TableRow], what: str, remedy: str) -> Iterator[Finding]:
    """Tell what becomes of decisions of the earlier run, and of how many of which kinds."""
    words = [word.value for word in Decision if word is not Decision.NOTE]
    told = {(row.decision, frozenset((row.mentee_id, row.mentor_id))) for row in rows}
    counts = {word: sum(decision == word for decision, _ in told) for word in words}
    named = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    if named:
        decided = count_of(sum(counts.values()), "decision")
        yield Finding("W_CARRIED", f"of the earlier run {what}: {decided}, {named}", remedy, TABLE)


def of_run(run: Path, log: Path | None = None) -> pd.DataFrame:
    """Return the decisions that a run obeyed or that were taken about it since.

    What its log says about a pair, even if it was undone, goes before what the run obeyed. To hold
    a pair is for one run: those that the run obeyed itself are over. A person who is held stays so
    until somebody releases them. `log` stands for its own log, as if it said more.
    """
    path = log or run / decisions.LOG_NAME
    obeyed = read_table(run, TABLE).assign(note="", by="", at="")
    events = [e for e in decisions.DecisionLog(path).events() if e["event"] == "decision"]
    spoken = {(str(e.get("mentee_id") or ""), str(e.get("mentor_id") or "")) for e in events}
    rows = zip(obeyed["mentee_id"], obeyed["mentor_id"], obeyed["decision"], strict=True)
    is_over = Decision.HOLD.value
    stays = [(i, j) not in spoken and not (i and j and word == is_over) for i, j, word in rows]
    parts = [obeyed.loc[stays, list(_TEXTS)]]
    if events:
        parts.append(decisions.read_decisions(path)[list(_TEXTS)])
    table: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return table[table["decision"] != Decision.NOTE.value].reset_index(drop=True)
