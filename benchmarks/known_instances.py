"""Real and classic instances as arguments of ``matcher.solve``, from a user's own copy by path.

The files are not ours to ship; each loader says which layout it reads. Ranks become scores
``ceiling - rank``, so that a larger score is better and the sum of ranks can be read back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Ints
from matcher.errors import Finding, StorageError

PairArray = Ints

REVIEWERS_PER_PAPER = 3
BID_SCORES = {3: 1.0, 2: 0.6, 1: 0.2, -1: 0.2, 0: 0.0}
"""Worth of a bid of yes, maybe, none, not listed, no; a conflict (-2) is not allowed."""


@dataclass(frozen=True)
class KnownInstance:
    """An instance, what is known about its optimum, and how to read that off a solution."""

    name: str
    arguments: dict[str, Any]
    """Keyword arguments of ``matcher.solve``."""
    measures: Callable[[PairArray], dict[str, float]]
    """Figures of a solution's pairs, named as in `known`."""
    known: dict[str, float]
    """Values of an optimum from the source; empty where none is published."""


def load_student_project(folder: str | Path, session: str) -> KnownInstance:
    """Read one year of the Glasgow student-project-supervisor data (PrefLib 00038).

    `folder` holds ``prefs_<session>.csv`` (student, rank, project, supervisor),
    ``projects_<session>.csv``, ``supervisors_<session>.csv`` and ``optima.csv``. Students are
    mentees, projects mentors of one place, supervisors pools; everybody is to be placed at the
    least sum of ranks.
    """
    base = Path(folder)
    prefs = _table(base / f"prefs_{session}.csv")
    projects = _table(base / f"projects_{session}.csv").set_index("project")
    supervisors = _table(base / f"supervisors_{session}.csv")
    student = pd.Index(sorted(prefs["student"].unique()))
    project = pd.Index(sorted(projects.index))
    row, column = student.get_indexer(prefs["student"]), project.get_indexer(prefs["project"])
    rank = np.zeros((len(student), len(project)))
    rank[row, column] = prefs["rank"]
    ceiling = float(prefs["rank"].max()) + 1
    optima = _table(base / "optima.csv").set_index("session")

    def measures(pairs: PairArray) -> dict[str, float]:
        ranks = rank[pairs[:, 0], pairs[:, 1]]
        return {"placed": float(len(pairs)), "rank_sum": float(ranks.sum())}

    places = dict(zip(supervisors["supervisor"], supervisors["capacity"], strict=True))
    owner = projects["supervisor"].loc[project]
    arguments = {
        "scores": np.where(rank > 0, ceiling - rank, -np.inf),
        "capacity": projects["project_capacity"].loc[project].to_numpy(),
        "limit": 1,
        "minimum": 1,
        "pool": owner.to_numpy(),
        "pool_capacity": {label: places[label] for label in sorted(owner.unique())},
    }
    known = {
        "placed": _known(optima, session, "max_cardinality"),
        "rank_sum": _known(optima, session, "min_rank_sum_at_max_card"),
    }
    return KnownInstance(f"student_project/{session}", arguments, measures, known)


def load_newcomb(folder: str | Path, week: int) -> KnownInstance:
    """Read one week of Newcomb's fraternity: 17 men's full rankings, a roommates instance.

    `folder` holds ``fraternity_<week>.csv`` (from, to, rank) and ``optimal_pairings.csv``. Every
    man is mentee and mentor, matched both ways or not at all; eight pairs at least rank sum.
    """
    base = Path(folder)
    rows = _table(base / f"fraternity_{week}.csv")
    optima = _table(base / "optimal_pairings.csv").set_index("week_index")
    size = int(max(rows["from"].max(), rows["to"].max()))
    rank = np.zeros((size, size))
    rank[rows["from"] - 1, rows["to"] - 1] = rows["rank"]
    ceiling = 100.0
    a, b = np.triu_indices(size, 1)

    def measures(pairs: PairArray) -> dict[str, float]:
        both = float(rank[pairs[:, 0], pairs[:, 1]].sum())
        return {"pairs": len(pairs) / 2, "rank_sum": both}

    arguments = _both_ways(np.where(rank > 0, ceiling - rank, -np.inf), a, b)
    known = {"pairs": 8.0, "rank_sum": _known(optima, week, "min_rank_sum_8_pairs")}
    return KnownInstance(f"newcomb/{week}", arguments, measures, known)


def load_kidney_pairs(folder: str | Path, instance: str) -> KnownInstance:
    """Read one kidney-exchange pool (PrefLib 00036): most pairwise exchanges.

    `folder` holds ``edges.csv.gz`` (instance, source, target, weight; only weight 1 counts) and
    ``instances.csv``. Only mutual edges can be pairwise exchanges.
    """
    base = Path(folder)
    edges = _table(base / "edges.csv.gz", dtype={"instance": str})
    about = _table(base / "instances.csv", dtype={"instance": str}).set_index("instance")
    edges = edges[(edges["instance"] == instance) & (edges["weight"] == 1.0)]
    size = int(_known(about, instance, "n"))
    arc = np.zeros((size, size), dtype=bool)
    arc[edges["source"] - 1, edges["target"] - 1] = True
    a, b = np.nonzero(np.triu(arc & arc.T, 1))

    def measures(pairs: PairArray) -> dict[str, float]:
        return {"exchanges": len(pairs) / 2}

    arguments = _both_ways(np.where(arc & arc.T, 1.0, -np.inf), a, b)
    known = {"exchanges": _known(about, instance, "max_pairwise_exchanges")}
    return KnownInstance(f"kidney_pairs/{instance}", arguments, measures, known)


def load_bids(path: str | Path) -> KnownInstance:
    """Read the bids of a conference's reviewers (PrefLib 00037, as ``.npz`` with array `bids`).

    `bids` is (reviewers, papers): 3 yes, 2 maybe, 1 none, 0 no, -1 not listed, -2 conflict. Papers
    are mentees of three reviewers each; reviewers take an even share, rounded up.
    """
    file = Path(path)
    try:
        with np.load(file, allow_pickle=False) as archive:
            bids = archive["bids"].astype(np.int64)
    except (OSError, KeyError, ValueError) as error:
        raise _unreadable(file) from error
    scores = np.full(bids.shape, -np.inf)
    for bid, worth in BID_SCORES.items():
        scores[bids == bid] = worth
    reviewers, papers = bids.shape
    places = int(np.ceil(REVIEWERS_PER_PAPER * papers / reviewers))

    def measures(pairs: PairArray) -> dict[str, float]:
        given = bids[pairs[:, 1], pairs[:, 0]]
        return {"reviews": float(len(pairs)), "yes_or_maybe": float((given >= 2).sum())}

    arguments = {
        "scores": scores.T.copy(),
        "capacity": np.full(reviewers, places),
        "limit": REVIEWERS_PER_PAPER,
        "minimum": REVIEWERS_PER_PAPER,
    }
    return KnownInstance(f"bids/{file.stem}", arguments, measures, {})


def _both_ways(
    scores: NDArray[np.float64], a: NDArray[np.intp], b: NDArray[np.intp]
) -> dict[str, Any]:
    size = len(scores)
    return {
        "scores": scores,
        "capacity": np.ones(size),
        "limit": 1,
        "reciprocal": np.column_stack([a, b, b, a]),
    }


def _known(table: pd.DataFrame, row: object, column: str) -> float:
    """Return one figure of a table of known values; a row that is not there is a StorageError."""
    if row not in table.index:
        message = f"there is no instance {row!r}"
        remedy = f"choose one of: {', '.join(map(str, sorted(table.index)[:20]))}"
        raise StorageError(Finding("E_NOT_FOUND", message, remedy))
    return float(table[column].to_numpy()[table.index.get_loc(row)])


def _table(path: Path, **options: Any) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(path, **options)
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    return table


def _unreadable(path: Path) -> StorageError:
    message = f"{path.name} cannot be read"
    return StorageError(Finding("E_READ", message, "give the folder that holds the data"))
