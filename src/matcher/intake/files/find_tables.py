"""Which file or sheet is which table: by the config, by its name, or as the only one there is."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config.input_sections import TableInput
from matcher.errors import Finding
from matcher.text import fold, listed, misspelt, nearest, shortened, shown_title, snake

NAMES = (*TABLES, SIGNUPS.name)
"""Every table name that a source may hold."""

PEOPLE = (SIGNUPS.name, "mentees", "mentors")


@dataclass(frozen=True)
class Spot:
    """A place that may hold a table: a file, or a sheet of a workbook."""

    path: Path
    sheet: str = ""
    """Empty where the file is no workbook, or one that cannot be opened."""

    @property
    def shown(self) -> str:
        """The place as a person calls it."""
        name = shown_title(self.path.name)
        return (
            f"the sheet {shown_title(self.sheet)} of {name}" if self.sheet else f"the file {name}"
        )


@dataclass
class Places:
    """Which spot is which table, and what is wrong with that."""

    tables: dict[str, Spot] = field(default_factory=dict)
    left: list[Spot] = field(default_factory=list)
    """What nothing reads."""
    failed: set[str] = field(default_factory=set)
    """Tables that are meant to be there and are not, or are there twice."""
    findings: list[Finding] = field(default_factory=list)


def find_tables(spots: Sequence[Spot], stated: Mapping[str, TableInput]) -> Places:
    """Say which of the spots of a folder, or of one workbook, is which table.

    Parameters
    ----------
    spots
        All files and sheets, sorted by name.
    stated
        What the config says of tables by name.

    Returns
    -------
    Places
        With E_NOT_FOUND, E_DUP_TABLE, E_UNKNOWN_TABLE, W_TABLE_FILE and W_UNUSED_TABLE.
    """
    places = Places()
    left_out = {
        spot for how in stated.values() if how.read == "no" for spot in spots if is_at(spot, how)
    }
    spots = [spot for spot in spots if spot not in left_out]
    for table, how in stated.items():
        if how.read != "no" and (how.file or how.sheet):
            _place_stated(places, table, how, spots)
    taken = set(places.tables.values())
    by_name: dict[str, list[Spot]] = {}
    for spot in spots:
        if spot not in taken and (name := _own_name(spot, spots)) in NAMES:
            by_name.setdefault(name, []).append(spot)
        elif spot not in taken:
            places.left.append(spot)
    for table, found in by_name.items():
        _place_named(places, table, found)
    present = set(places.tables) | places.failed
    if present.isdisjoint(PEOPLE) and len(places.left) == 1:
        places.tables[SIGNUPS.name] = places.left.pop()
    places.findings += _strangers(places)
    open_ = (name for name, how in stated.items() if how.read == "yes" and name not in present)
    places.findings += (Finding("E_NOT_FOUND", NOT_FILLED_IN, MAP_AGAIN, name) for name in open_)
    return places


NOT_FILLED_IN = 'read = "yes", and neither its file nor what its columns are is written yet'
MAP_AGAIN = (
    "run matcher map again, which fills in the other lines; until then nothing of it is read"
)


def without_questions(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots but for workbooks of questions that we wrote, if anything else lies there.

    `matcher check --answers` takes their answers; they are no tables.
    """
    sheets = Counter(spot.path for spot in spots)
    kept = [
        spot
        for spot in spots
        if sheets[spot.path] > 1 or snake(spot.sheet or spot.path.stem) != ASKED_IN
    ]
    return kept or list(spots)


ASKED_IN = "questions"
"""Name of the sheet, or of the file of a run, in which people answer what is asked."""


def _own_name(spot: Spot, spots: Iterable[Spot]) -> str:
    """Return the table that a spot is called like: its sheet, else its file where no sheet is."""
    stem = fold(spot.path.stem)
    if not spot.sheet or snake(spot.sheet) in NAMES:
        return snake(spot.sheet) or stem
    sheets = [other.sheet for other in spots if other.path == spot.path]
    is_first = spot.sheet == sheets[0] and not any(snake(sheet) == stem for sheet in sheets)
    return stem if is_first else ""


def _place_stated(places: Places, table: str, how: TableInput, spots: Sequence[Spot]) -> None:
    """Place the table where the config says that it is."""
    key = f"[tables.{table}]"
    files = list(dict.fromkeys(s.path for s in spots if not how.file or _is_like(s, how.file)))
    sheets = [s for s in spots if s.path in files and (not how.sheet or _is_sheet(s, how.sheet))]
    if not files or not sheets:
        what = f"file {how.file!r}" if not files else f"sheet {how.sheet!r}"
        near = nearest(
            how.file or how.sheet, [s.path.name if not files else s.sheet for s in spots]
        )
        remedy = f"did you mean {near!r}?" if near else f"there are {_names(spots)}"
        finding = Finding("E_NOT_FOUND", f"{key} {what} is not there", remedy, table)
        places.findings.append(finding)
        places.failed.add(table)
        return
    if len(files) > 1:
        chosen = max(files, key=lambda path: fold(path.name))
        message = f"{key} file fits {len(files)} files; {shown_title(chosen.name)} is read"
        remedy = "name one file if another is meant"
        places.findings.append(Finding("W_TABLE_FILE", message, remedy, table))
        sheets = [s for s in sheets if s.path == chosen] or sheets[-1:]
    named = [s for s in sheets if snake(s.sheet) == table]
    if len(sheets) > 1 and not named:
        message = f"{shown_title(sheets[0].path.name)} has several sheets"
        remedy = f"set {key} sheet to one of {listed([repr(s.sheet) for s in sheets], 'or')}"
        places.findings.append(Finding("E_NOT_FOUND", message, remedy, table))
        places.failed.add(table)
        return
    places.tables[table] = (named or sheets)[0]


def is_at(spot: Spot, how: TableInput) -> bool:
    """Whether the config names a spot by its file and sheet."""
    is_file = not how.file or _is_like(spot, how.file)
    return bool(how.file or how.sheet) and is_file and (not how.sheet or _is_sheet(spot, how.sheet))


def _is_like(spot: Spot, pattern: str) -> bool:
    """Whether a file has a name that may be a pattern; its own brackets are no pattern."""
    name, wanted = fold(spot.path.name), fold(pattern)
    return name == wanted or fnmatchcase(name, wanted.replace("[", "[[]"))


def _is_sheet(spot: Spot, wanted: str) -> bool:
    return fold(spot.sheet) == fold(wanted)


def _place_named(places: Places, table: str, found: list[Spot]) -> None:
    """Place a table that is called by its own name, unless it is there twice."""
    if table in places.tables or table in places.failed:
        places.left += found
    elif len(found) > 1:
        message = f"{listed(spot.shown for spot in found)} hold the same table"
        remedy = f'keep one of them, or set [tables.{table}] file = "{found[0].path.name}"'
        places.findings.append(Finding("E_DUP_TABLE", message, remedy, table))
        places.failed.add(table)
    else:
        places.tables[table] = found[0]


_NO_SLIPS = ("references", "reference", "referees")
"""Names of sheets that are nearly those of tables, and words of their own."""


def _strangers(places: Places) -> Iterable[Finding]:
    """Yield what nothing reads: an error where it looks like a slip, else a warning."""
    absent = set(NAMES) - set(places.tables) - places.failed
    for spot in places.left:
        name = snake(spot.sheet or spot.path.stem)
        near = ("" if name in _NO_SLIPS else misspelt(name, absent)) or _binding(name, absent)
        if near:
            message = f"no table is called {shown_title(spot.sheet or spot.path.stem)}"
            noun = "sheet" if spot.sheet else "file"
            remedy = f"rename the {noun} {near}, or name it in [tables.{near}]"
            message += f"; it looks like {near}"
            yield Finding("E_UNKNOWN_TABLE", message, remedy, near)
        else:
            message = f"{spot.shown} is no table and is not read"
            remedy = "ignore this if it is meant so, or say which table it is in [tables]"
            yield Finding("W_UNUSED_TABLE", message, remedy)


_BINDING = ("rules", "engagements", "consents")
"""Tables that must not be left out unnoticed: bans, forced pairs, pairs that hold, who withdrew."""


def _binding(name: str, absent: Collection[str]) -> str:
    """Return the absent table of rules or of pairs that a name speaks of, "" for none."""
    return next((t for t in _BINDING if t in absent and t in name.split("_")), "")


def _names(spots: Iterable[Spot]) -> str:
    names = [repr(spot.sheet or spot.path.name) for spot in spots]
    return shortened(names) or "no tables"


def check_people_found(places: Places) -> list[Finding]:
    """Return what is wrong with the set of tables: the needed ones absent, or two ways at once."""
    present = set(places.tables) | places.failed
    if SIGNUPS.name in present:
        both = sorted(present & {"mentees", "mentors"})
        if not both:
            return []
        message = f"signups stands beside {' and '.join(both)}"
        remedy = "keep signups alone, or mentees and mentors"
        return [Finding("E_DUP_TABLE", message, remedy, SIGNUPS.name)]
    return [_missing(table, places.left) for table in PEOPLE[1:] if table not in present]


def _missing(table: str, left: Sequence[Spot]) -> Finding:
    """Return that a table of people is absent, with the file that may be it."""
    likely = [s for s in left if table.removesuffix("s") in fold(s.sheet or s.path.stem)]
    remedy = f"add {table}.csv, or one signups.csv with a role"
    for spot in likely[:1] or left[:1]:
        part = f' sheet = "{spot.sheet}"' if spot.sheet else ""
        file = f'file = "{spot.path.name}"{part}'
        remedy += f", or say which file it is: [tables.{table}] {file}"
        if len(left) > 1:  # another file has come beside the one that held everybody
            remedy += f"; where one file holds everybody: [tables.signups] {file}"
    return Finding("E_NOT_FOUND", "the table is missing", remedy, table)
