"""The pairs of an earlier run: what they were, and which of them hold in the next one."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.cohort.cells import restore_frame
from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.decisions.in_force import of_run
from matcher.errors import Finding, MatcherError, StorageError
from matcher.intake.members import Departed, chain_of
from matcher.run_tables import RunFile, read_table, typed
from matcher.scoring.allowed_pairs import Candidates
from matcher.scoring.approaches import CODES
from matcher.text import parse_json
from matcher.vocabulary import ENDED, Approach

READ_COLUMNS = ("mentee_id", "mentor_id", "approach", "reciprocal")


@dataclass(frozen=True)
class Previous:
    """Matched pairs of an earlier run, by id: columns ``mentee_id, mentor_id, reciprocal``."""

    matches: pd.DataFrame
    decisions: pd.DataFrame | None = None
    """What was decided for that run or about it."""
    worth: float = 0.0
    """Welfare of that run."""
    departed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By column of a pair: who took part in that run or in one before it."""
    waiting: Mapping[str, date] = field(default_factory=dict)
    """By id of who had no mentor in that run: the day of the first run that left them out, of
    those that left them out in a row until that one."""

    @classmethod
    def read(cls, run: Path) -> Self:
        """Read the matches of a run folder.

        Raises
        ------
        StorageError
            E_NOT_FOUND or E_FORMAT where the folder is no finished run.
        """
        path = Path(run) / "matches.csv"
        try:
            frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
        except (OSError, ValueError, csv.Error) as error:
            code = "E_FORMAT" if path.is_file() else "E_NOT_FOUND"
            raise StorageError(_no_run(code, run)) from error
        if missing := [column for column in READ_COLUMNS if column not in frame.columns]:
            raise StorageError(_no_run("E_FORMAT", run, f"has no column {missing[0]}"))
        before = Departed.of_run(run)
        people = {"mentee_id": before.mentees, "mentor_id": before.mentors}
        table = typed("matches", restore_frame(frame[list(READ_COLUMNS)]))
        return cls(table, of_run(Path(run)), _worth_of(Path(run)), people, _waiting_since(run))

    def known_as(self, people: People) -> Self:
        """Return the same pairs under the ids that their people have now."""
        ids = {name: people.resolved(self.matches[name]) for name in READ_COLUMNS[:2]}
        waiting = {people.find(person) or person: day for person, day in self.waiting.items()}
        return replace(self, matches=self.matches.assign(**ids), waiting=waiting)


def with_waiting(cohort: Cohort, previous: Previous) -> Cohort:
    """Return a cohort in which who had no mentor in an earlier run has waited since then.

    They come before those who are new. Whom that run gave a mentor stands beside the first of them
    while no such pair has ended: the same round made again takes nobody's place. What a table
    states goes before it.
    """
    previous = previous.known_as(cohort.people)
    served = dict.fromkeys(_served(cohort, previous), min(previous.waiting.values(), default=None))
    carried = pd.to_datetime(cohort.mentees["person_id"].map({**served, **previous.waiting}))
    since = pd.to_datetime(cohort.mentees["waiting_since"]).fillna(carried)
    return replace(cohort, mentees=cohort.mentees.assign(waiting_since=since))


def _served(cohort: Cohort, previous: Previous) -> set[str]:
    """Return whom an earlier run gave a mentor, without those of whom such a pair has ended.

    It has, too, where the mentor does not take part any more.
    """
    pairs, there = cohort.engagements, {*cohort.mentor_index.ids}
    over = pairs[pairs["status"].isin(ENDED)]
    ended = set(zip(over["mentee_id"], over["mentor_id"], strict=True))
    made = previous.matches[["mentee_id", "mentor_id"]].itertuples(index=False, name=None)
    by_end = {pair: pair in ended or pair[1] not in there for pair in made}
    return {m for m, _ in by_end} - {m for (m, _), is_over in by_end.items() if is_over}


@dataclass(frozen=True)
class Carried:
    """Pairs of an earlier run whose people are still there, by position."""

    pairs: Ints
    """(k, 2) that are still possible, one way or as a side of a reciprocal pair."""
    one_way: Ints
    """(k, 2) that were one-way items and can be so again."""
    reciprocal: Ints
    """(k,) numbers of the reciprocal pairs that can be so again."""
    before: Ints
    """(n,) mentors that each mentee had, whether those are still there or not."""
    is_fixed: bool
    """Whether all of them stay, so that only free places are given."""
    gone: tuple[tuple[str, str], ...]
    """Ids of the pairs of which somebody dropped out or that are no longer possible."""

    @property
    def lost(self) -> int:
        """How many those are."""
        return len(self.gone)


def carry_over(
    previous: Previous,
    candidates: Candidates,
    mentees: pd.Index[str],
    mentors: pd.Index[str],
    *,
    is_fixed: bool = False,
) -> Carried:
    """Find the pairs of an earlier run among today's candidates."""
    frame = previous.matches
    i = mentees.get_indexer(pd.Index(frame["mentee_id"])).astype(np.int64)
    j = mentors.get_indexer(pd.Index(frame["mentor_id"])).astype(np.int64)
    both_ways = frame["reciprocal"].to_numpy(dtype=bool)
    there = (i >= 0) & (j >= 0)
    before = np.bincount(i[i >= 0], minlength=len(mentees)).astype(np.int64)
    pairs, both_ways = np.column_stack([i[there], j[there]]), both_ways[there]
    code = candidates.listed(pairs[:, 0], pairs[:, 1])
    one_way = code >= 0
    number = candidates.reciprocal.number_of(pairs[:, 0], pairs[:, 1])
    stays = one_way | (number >= 0)
    is_gone = ~there
    is_gone[there] = ~stays
    ended = frame.loc[is_gone, ["mentee_id", "mentor_id"]].itertuples(index=False, name=None)
    possible = pairs[stays]
    return Carried(
        np.unique(possible, axis=0),
        pairs[one_way & (~both_ways | (code == CODES[Approach.RECIPROCAL]))],
        np.unique(number[both_ways & (number >= 0)]),
        before,
        is_fixed=is_fixed,
        gone=tuple(ended),
    )


def _waiting_since(run: Path) -> dict[str, date]:
    """Return since when they wait whom a run left out; nobody where it does not tell."""
    since: dict[str, date] = {}
    waiting: set[str] | None = None
    for earlier in chain_of(run):
        try:
            day, left = _day_of(earlier), read_table(earlier, "waiting_list")["person_id"]
        except (OSError, ValueError, KeyError, TypeError, MatcherError):
            break
        waiting = {*left} if waiting is None else waiting & {*left}
        since |= dict.fromkeys(waiting, day)
    return since


def _day_of(run: Path) -> date:
    """Return the day of a run: that of `[programme] as_of`, else the one on which it was made.

    The newest day in its tables is none: it may lie long before.
    """
    text = (run / RunFile.CONFIG).read_text(encoding="utf-8")
    stated = tomllib.loads(text).get("programme", {}).get("as_of")
    made = parse_json((run / RunFile.MANIFEST).read_text(encoding="utf-8"))["created"]
    return date.fromisoformat(str(stated or made)[:10])


def _worth_of(run: Path) -> float:
    """Return the welfare that a run tells, 0 where it tells none."""
    try:
        told = parse_json((run / RunFile.SUMMARY).read_text(encoding="utf-8")).get("objective")
    except (OSError, ValueError, AttributeError) as error:
        raise StorageError(_no_run("E_FORMAT", run, "stands beside no summary")) from error
    return float(told or 0.0)


def _no_run(code: str, run: Path, why: str = "cannot be read") -> Finding:
    return Finding(code, f"matches.csv of {Path(run).name} {why}", "name a finished run folder")
