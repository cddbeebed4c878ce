"""Where a run's cohort and earlier files lie, as its manifest says: seen from the run folder.

An absolute path tells who ran the match and on what machine. Where the way from the run to it
would tell whose home folder it is in, it is named alone, as though it lay beside the run; readers
then ask for it.
"""

import os
import re
from pathlib import Path

from matcher.text import parse_json

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


def origins_outside(home: Path) -> list[Path]:
    """Return what a cohort's runs, its joining or links in it come from outside its own folder.

    A run that another one goes on from stands for the folder of its cohort.

    Parameters
    ----------
    home
        The folder of the cohort.
    """
    stated = intakes_of(home)
    for manifest in sorted(home.glob(f"runs/*/{_MANIFEST}")):
        options = _part(manifest, "options")
        told = [_part(manifest, "cohort").get("source"), options.get("decisions")]
        stated += [place_of(manifest.parent, str(one)) for one in told if one]
        if options.get("previous"):
            stated.append(_source_of_run(Path(place_of(manifest.parent, str(options["previous"])))))
    own = home.resolve()
    stated += [str(link) for link in home.rglob("*") if link.is_symlink()]
    # A link that leads to itself leads nowhere, and is no error here.
    found = {Path(os.path.realpath(one)) for one in stated if one and "://" not in one}
    return sorted(path for path in found if own not in (path, *path.parents))


def intakes_of(home: Path) -> list[str]:
    """Return where the intakes lie that a cohort was joined of, the first one first."""
    return [place_of(home, str(told)) for told in _stated(home / INTAKES).values()]


INTAKES = "told/intakes.json"
"""File of a joined cohort that says where the two lie that were joined."""
_MANIFEST = "manifest.json"


def _source_of_run(run: Path) -> str:
    """Return the folder of a run's cohort; the run itself where that is not known."""
    source = str(_part(run / _MANIFEST, "cohort").get("source") or "")
    return str(home_of(place_of(run, source))) if source else str(run)


def _part(manifest: Path, name: str) -> dict[str, object]:
    part = _stated(manifest).get(name)
    return part if isinstance(part, dict) else {}


def _stated(path: Path) -> dict[str, object]:
    """Return the content of a JSON file, empty where there is none that can be read."""
    try:
        content = parse_json(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
