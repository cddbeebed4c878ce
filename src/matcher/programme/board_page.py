"""The page for the board: how many signed up, have a mentor, met, rated and ended; no names.

Figures of classes and groups are those of :mod:`matcher.evaluate.groups`: small ones hidden, means
in coarse steps (docs/decisions/0016).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.catalogue.catalogue import Catalogue, spoken
from matcher.cohort.cohort import Cohort
from matcher.evaluate.groups import NOT_STATED, group_gaps
from matcher.intake.members import chain_of
from matcher.plans.plan_words import day
from matcher.privacy.input_hashes import noise_secret
from matcher.problem.stated_amounts import priority_classes
from matcher.programme.ledger import Approval, approval
from matcher.programme.pair_record import Pair, standing_pairs
from matcher.programme.pair_survey import WAVES, responses
from matcher.programme.standing import Waiting
from matcher.publish.after_run import write_after
from matcher.publish.published_run import read_manifest
from matcher.report.page import strict_environment
from matcher.report.run_data import RunData
from matcher.run_tables import csv_bytes, frame_of, read_table
from matcher.text import capital, fold, plural
from matcher.vocabulary import ENDED, Role, Status

SAID_IN_SURVEYS = ("met", "rated")
"""Stages that nobody knows of before somebody has answered a survey."""
STAGES = ("matched", "met", "rated", "ended")
MET = frozenset({Status.ACTIVE, Status.COMPLETED})
"""What is recorded of a pair that has met, where no survey says whether it has."""
OVER = frozenset(ENDED) - {Status.DECLINED}
"""What may be recorded of a pair that has begun and is over."""
CLASS = "priority"
"""Attribute under which priority classes are told."""


@dataclass(frozen=True)
class Board:
    """What a board is told of a run on a day."""

    figures: pd.DataFrame
    """Columns as `board.csv`."""
    counts: Mapping[str, int]
    """Mentees by stage, `applied` first."""
    rating: float | None
    """Mean of what mentees said last of each pair, None where there are too few."""
    answered: tuple[int, int]
    """Answers to the latest survey that brought any, and people asked."""
    waiting: int
    again: int
    """Of these, who was given a mentor before."""
    approval: Approval | None
    set_aside: int = 0
    """People whose sign-up was set aside before the match."""
    unknown: frozenset[str] = frozenset()
    """Stages of which nobody has said anything yet."""


def board_of(run: Path, data: RunData, cohort: Cohort | None, line: Sequence[Waiting]) -> Board:
    """Return what a board is told.

    Parameters
    ----------
    run, data
        The run folder and what it holds.
    cohort
        As it is today; None where nobody can be named: then no more than the match is known.
    line
        Who waits today; where nobody can be named, whom the match left out.
    """
    left = data["waiting_list"]["person_id"]
    waits = {*left} if cohort is None else {one.person_id for one in line}
    pairs = pairs_of_round(run, data, cohort)
    mentees = data.counted["portfolios"]["mentee_id"].tolist()
    flags, ratings = stages_reached(mentees, cohort, pairs), _ratings(pairs, cohort)
    table = group_gaps(
        {stage: flags[stage].to_numpy() for stage in STAGES},
        _groups(mentees, cohort),
        min_cell=data.min_cell,
        secret=b"" if cohort is None else noise_secret(cohort),
    )
    has_answers = bool(flags["met"].any() or flags["rated"].any() or len(ratings))
    unknown = frozenset() if has_answers else frozenset(SAID_IN_SURVEYS)
    aside = read_table(run, "problems")["person_id"]
    return Board(
        figures=_figures(flags, table, data.min_cell, unknown),
        counts={"applied": len(mentees)} | {stage: int(flags[stage].sum()) for stage in STAGES},
        rating=float(np.mean(ratings)) if len(ratings) >= data.min_cell else None,
        answered=_answered(cohort),
        waiting=len(waits),
        again=len(waits & {*flags.index[flags["matched"] > 0]}),
        approval=approval(run),
        set_aside=int(aside[aside != ""].nunique()),
        unknown=unknown,
    )


def stages_reached(mentees: Sequence[str], cohort: Cohort | None, pairs: set[Pair]) -> pd.DataFrame:
    """Return which mentees of a run came how far: a row each by id, 0.0 or 1.0 by stage.

    Parameters
    ----------
    mentees
        Who is a mentee of the run.
    cohort
        As for `board_of`.
    pairs
        As `pairs_of_round` returns them.
    """
    found: dict[str, set[str]] = {stage: set() for stage in STAGES}
    found["matched"] = {mentee for mentee, _ in pairs}
    if cohort is not None:
        answers, status = _answers(pairs, cohort), _status(pairs, cohort)
        noes = {pair for pair, row in status.items() if row["status"] == Status.DECLINED}
        found["matched"] = {mentee for mentee, _ in pairs - noes}  # a no is no mentor
        own = answers["rater"].fillna(Role.MENTEE.value).astype(str).map(fold) == Role.MENTEE.value
        said = _pairs_in(answers[answers["meetings"].notna()])
        begun = {pair for pair, row in status.items() if row["status"] in MET or _had_begun(row)}
        met = _pairs_in(answers[answers["meetings"] > 0]) | (begun - said)
        found["met"] = {mentee for mentee, _ in met}
        found["rated"] = {*answers.loc[own & answers["rating"].notna(), "mentee_id"]}
        early = answers["ended_early"].fillna(value=False).astype(bool)
        said_over = _pairs_in(answers[early])
        over = said_over | {pair for pair, row in status.items() if row["status"] in ENDED}
        # Ended is what had begun, of who has nobody now: a new mentor is a new beginning.
        going_on = {mentee for mentee, _ in pairs - over}
        found["ended"] = {mentee for mentee, _ in over & (met | begun | said_over)} - going_on
    stages = {stage: [float(m in who) for m in mentees] for stage, who in found.items()}
    return pd.DataFrame(stages, index=pd.Index([*mentees], dtype=object))


def pairs_of_round(run: Path, data: RunData, cohort: Cohort | None) -> set[Pair]:
    """Return the pairs of a run, and those recorded of the runs to which it gave free places.

    Who dropped out is in no later run, and was given a mentor all the same.

    Parameters
    ----------
    run, data, cohort
        As for `board_of`.
    """
    pairs = _pairs_in(data["matches"])
    known = set() if cohort is None else {*standing_pairs(cohort.engagements)}
    for later, earlier in pairwise(chain_of(run)):
        if not read_manifest(later).get("options", {}).get("add"):
            break
        pairs |= _pairs_in(read_table(earlier, "matches")) & known
    return pairs


def _pairs_in(matches: pd.DataFrame) -> set[Pair]:
    return {*zip(matches["mentee_id"], matches["mentor_id"], strict=True)}


def _had_begun(row: Mapping[str, str]) -> bool:
    """Whether a pair that is over was recorded to have begun."""
    return row["status"] in OVER and bool(row["start"])


def _status(pairs: set[Pair], cohort: Cohort) -> dict[Pair, Mapping[str, str]]:
    """Return the last word about each pair that the record speaks of."""
    record = standing_pairs(cohort.engagements)
    return {pair: record[pair] for pair in pairs if pair in record}


def _answers(pairs: set[Pair], cohort: Cohort) -> pd.DataFrame:
    """Return the answers about pairs of a run."""
    table = cohort.outcomes
    own = [pair in pairs for pair in zip(table["mentee_id"], table["mentor_id"], strict=True)]
    return table[np.array(own, dtype=bool)]


def _ratings(pairs: set[Pair], cohort: Cohort | None) -> list[float]:
    """Return what mentees said last of each pair, as those are counted who have rated it."""
    if cohort is None:
        return []
    own = _answers(pairs, cohort).dropna(subset=["rating"]).sort_values("wave", kind="stable")
    own = own[own["rater"].fillna(Role.MENTEE.value).astype(str).map(fold) == Role.MENTEE.value]
    return own.drop_duplicates(["mentee_id", "mentor_id"], keep="last")["rating"].tolist()


def _groups(mentees: list[str], cohort: Cohort | None) -> pd.DataFrame:
    """Return class and groups of each mentee, in their order; nothing where nobody is known."""
    index = pd.Index(mentees, dtype=object)
    if cohort is None:
        return pd.DataFrame(index=index)
    stated = cohort.groups.drop(columns=["source_row"], errors="ignore").set_index("person_id")
    groups = stated.reindex(index)
    if cohort.mentees["priority"].notna().any():
        level = pd.Series(priority_classes(cohort), index=cohort.mentee_index.ids)
        # Who has left the cohort since is in no class any more.
        words = level.reindex(index).map(lambda k: None if pd.isna(k) else str(int(k)))
        groups.insert(0, CLASS, words.astype(object))
    return groups


def _figures(
    flags: pd.DataFrame, table: pd.DataFrame, min_cell: int, unknown: frozenset[str]
) -> pd.DataFrame:
    n = len(flags)
    size = str(n) if n >= min_cell else f"<{min_cell}"
    shares = flags.mean().round(3)
    if n < min_cell:
        shares[:] = np.nan
    shares[[*unknown]] = np.nan
    rows: list[tuple[object, ...]] = [("", "", stage, size, x, x, x) for stage, x in shares.items()]
    groups = table[(table["statistic"] == "by_group") & ~table["metric"].isin(unknown)]
    ends = groups[["low", "high"]].clip(0.0, 1.0)
    columns = ["attribute", "group", "metric", "n", "value", "low", "high"]
    rows += groups.assign(**ends)[columns].itertuples(index=False, name=None)
    return frame_of("board", rows)


def _answered(cohort: Cohort | None) -> tuple[int, int]:
    """Return answers and people asked of the latest survey that brought any."""
    found = (0, 0)
    if cohort is None:
        return found
    for wave in WAVES.values():
        one = responses(cohort, wave)
        if one.answered:
            found = len(one.answered), len(one.asked)
    return found


def written_board(run: Path, board: Board, page: bytes, words: Catalogue) -> Path:
    """Write page and figures into ``after/`` of the run; return the folder.

    Raises
    ------
    StorageError
        E_WRITE or E_LOCKED.
    """
    files = {"board.html": page, "board.csv": csv_bytes("board", board.figures)}
    made = {"words": {"language": words.language, "sha256": words.sha256}}
    return write_after(run, files, made)


def _named(attribute: str) -> str:
    known: Mapping[str, str] = spoken()["attributes"]
    return known.get(attribute, capital(attribute.replace("_", " ")))


def board_page(board: Board, programme: str, today: date, min_cell: int) -> bytes:
    """Return the page, in the words that are spoken."""
    words = spoken()
    pages = strict_environment("matcher.programme")
    b = words["board"]
    n = board.counts["applied"]
    is_part = board.figures["attribute"] != ""
    parts, everybody = board.figures[is_part], _shares(board.figures[~is_part])
    tables = [
        (
            b["by_class"]
            if attribute == CLASS
            else b["by_group"].format(attribute=_named(str(attribute))),
            [_row(group, part, everybody, b) for group, part in own.groupby("group", sort=False)],
        )
        for attribute, own in parts.groupby("attribute", sort=False)
    ]
    page = pages.get_template("board.html.j2").render(
        b=b,
        language=words.language,
        title=b["title"].format(programme=programme or words["send"]["programme"]),
        as_of=b["as_of"].format(day=day(today), few=min_cell),
        stages=[
            (b[k], None if k in board.unknown else count, count / n if n else 0.0)
            for k, count in board.counts.items()
        ],
        heads=[b[stage] for stage in STAGES],
        tables=tables,
        rating=board.rating and f"{board.rating:.1f}".replace(".", words["numbers"]["point"]),
        notes=[*_notes(board, b)],
    )
    return page.encode()


def _shares(part: pd.DataFrame) -> pd.DataFrame:
    """Return the share that reached each stage and its ends, NaN where it is not told."""
    return part.set_index("stage")[["share", "low", "high"]].astype(float).reindex(STAGES)


def _row(
    group: object, part: pd.DataFrame, everybody: pd.DataFrame, b: Mapping[str, str]
) -> tuple[str, str, list[str]]:
    """Return name, size and figures of a group as they are shown.

    A step is no share that anybody counted: shown are the ends between which it lies. The figure
    of everybody under a group's name would be read as that group's own: it says that the group
    does not differ from chance.
    """
    told = _shares(part).mul(100).round()
    as_all = told["share"] == everybody["share"].mul(100).round()
    cells = [
        "" if np.isnan(low) else b["as_all"] if same else b["between"].format(low=low, high=high)
        for same, low, high in zip(as_all, told["low"], told["high"], strict=True)
    ]
    size = b["about"].format(n=part["n"].iloc[0]) if any(cells) else b["hidden"]
    return b["not_stated"] if group == NOT_STATED else str(group), size, cells


def _notes(board: Board, b: Mapping[str, Any]) -> list[str]:
    """Return what else is told, a sentence each."""
    notes = [b["not_approved"]]
    if told := board.approval:
        notes = [b["approved"].format(day=day(date.fromisoformat(told.day)))]
    if board.set_aside:
        notes.append(plural(board.set_aside, **b["set_aside"]).format(n=board.set_aside))
    if board.waiting:
        notes.append(plural(board.waiting, **b["waits"]).format(n=board.waiting))
    if board.again:
        notes[-1] += f" {plural(board.again, **b['again']).format(n=board.again)}"
    answered, asked = board.answered
    if asked:
        notes.append(b["responses"].format(answered=answered, asked=asked))
    return notes
