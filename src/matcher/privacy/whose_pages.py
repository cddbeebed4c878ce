"""Whose each page and letter of a run is, and of whom it tells: names alone may be two people's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from matcher.privacy.held_files import HeldFile
from matcher.privacy.person import side_by_side
from matcher.run_tables import AFTER, RUN_TABLES

_SENT, _PAIRED = "send.xlsx", "matches.csv"
_SEND_COLUMNS = [column.name for column in RUN_TABLES["send"].in_sheet]
_OF_A_RUN = 2
"""Parts of the way to a run."""


def with_whose(files: Sequence[HeldFile]) -> list[HeldFile]:
    """Return files; those of runs that are one person's with the ids of who that is and is met.

    Parameters
    ----------
    files
        All of a cohort.
    """
    owners: dict[tuple[str, ...], str] = {}
    partners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for way, cells in _rows(files):
        if way[-1] == _PAIRED:
            pair = cells.get("mentee_id", ""), cells.get("mentor_id", "")
            for one, other in (pair, pair[::-1]):
                partners[*way[:_OF_A_RUN], one].add(other)
        for column in ("mail", "plan", "invitation") if way[-1] == _SENT else ():
            stem = PurePosixPath(cells.get(column, "")).stem
            owners[*way[:_OF_A_RUN], stem] = cells.get("person_id", "")
    out = []
    for file in files:
        path, run = PurePosixPath(file.name), PurePosixPath(file.name).parts[:_OF_A_RUN]
        owner = owners.get((*run, path.stem), "") if AFTER in path.parts else path.stem
        is_ones = file.is_of_run and not {AFTER, "plans"}.isdisjoint(path.parts) and bool(owner)
        about = side_by_side((owner, *sorted(partners[*run, owner]))) if is_ones else ""
        out.append(replace(file, about=about))
    return out


def _rows(files: Iterable[HeldFile]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield the rows that say whose a file is, and who is paired, with the way to their file."""
    for file in files:
        way = PurePosixPath(file.name).parts
        if file.is_of_run and way[-1] in (_SENT, _PAIRED):
            for table in file.tables:
                names = _SEND_COLUMNS if way[-1] == _SENT else table.names
                yield from ((way, dict(zip(names, row, strict=False))) for row in table.rows)
