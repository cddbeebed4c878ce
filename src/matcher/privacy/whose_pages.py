"""Whose each page and letter of a run is, and of whom it tells: names alone may be two people's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from matcher.privacy.held_files import HeldFile
from matcher.privacy.person import side_by_side
from matcher.run_tables import RUN_TABLES

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
    for run, told in ((PurePosixPath(f.name).parts[:_OF_A_RUN], f) for f in files if f.is_of_run):
        for row in (row for table in told.tables for row in table.rows):
            if told.name.endswith(_SENT):
                cells = dict(zip(_SEND_COLUMNS, row, strict=False))
                for column in ("mail", "plan", "invitation"):
                    owners[*run, PurePosixPath(cells.get(column, "")).stem] = cells.get(
                        "person_id", ""
                    )
            elif told.name.endswith(_PAIRED) and len(row) > 1:
                partners[*run, row[0]].add(row[1])
                partners[*run, row[1]].add(row[0])
    out = []
    for file in files:
        path, run = PurePosixPath(file.name), PurePosixPath(file.name).parts[:_OF_A_RUN]
        owner = path.stem if file.is_of_run and "plans" in path.parts else ""
        owner = owners.get((*run, path.stem), owner)
        about = side_by_side((owner, *sorted(partners[*run, owner]))) if owner else ""
        out.append(replace(file, about=about))
    return out
