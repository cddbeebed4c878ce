"""Where a run's cohort and earlier files lie, as its manifest says: seen from the run folder.

An absolute path tells who ran the match and on what machine. Where the way from the run to it
would tell whose home folder it is in, it is named alone, as though it lay beside the run; readers
then ask for it.
"""

import os
import re
from pathlib import Path

_SQLITE = re.compile(r"^(sqlite[^:/]*:///)([^?]+)")
_LOGIN = re.compile(r"(?<=://)[^/]*@")


def place_from(run: Path, path: str | Path) -> str:
    """Return where a file, folder or database lies, for the manifest of a run; "" for nowhere.

    Parameters
    ----------
    run
        The run folder; it need not exist.
    path
        A path, or a database URL: of that, login and query are left out.
    """
    if sqlite := _SQLITE.match(str(path)):
        return sqlite[1] + _seen_from(run, sqlite[2])
    if "://" in str(path):
        return _LOGIN.sub("", str(path).partition("?")[0])
    return _seen_from(run, path) if str(path) else ""


def place_of(run: Path, stated: str) -> str:
    """Return the path or URL that a manifest states; manifests of 0.1 state absolute paths."""
    if sqlite := _SQLITE.match(stated):
        return sqlite[1] + place_of(run, sqlite[2])
    return stated if not stated or "://" in stated else str((run / stated).resolve())


def _seen_from(run: Path, path: str | Path) -> str:
    around, there = run.absolute().parent.resolve(), Path(path).resolve()
    alone = f"../{there.name}"
    try:
        seen = Path(os.path.relpath(there, around / run.name))
    except ValueError:  # on another drive
        return alone
    return alone if Path.home().name in seen.parts else seen.as_posix()


def home_of(source: str | Path) -> Path:
    """Return the folder in which what belongs to a cohort lies: its runs, its record of the year.

    Parameters
    ----------
    source
        A folder is its own; a file's is the one around it, that of SQLite too; other databases have
        none, so it is the current one.
    """
    if sqlite := _SQLITE.match(str(source)):
        return Path(sqlite[2]).parent
    if "://" in str(source):
        return Path()
    path = Path(source)
    return path if path.is_dir() else path.parent
