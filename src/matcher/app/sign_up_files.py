"""The files of sign-ups of a programme: what each is, one more, a newer one in place of an old."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.history import REPLACED, put_by
from matcher.app.said_plainly import refused
from matcher.app.start_page import check_content, kept_name, named_apart
from matcher.catalogue.catalogue import worded
from matcher.cohort.tables import PAIRS
from matcher.config.edited import flat_values, with_keys
from matcher.errors import MatcherError
from matcher.intake.files.grid import Grid
from matcher.intake.presets import PRESETS
from matcher.intake.proposals.render import rendered
from matcher.plans.plan_words import listing
from matcher.storage import write_file
from matcher.text import printable, tidy

FIRST_ROWS = 3


@dataclass(frozen=True)
class CameFile:
    """One table of sign-ups as it came."""

    name: str
    kind: str
    """Which tool made it; empty for none that is known."""
    rows: int
    questions: int
    titles: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    """The first rows as they are seen."""


def came_files(programme: ProgrammeFolder) -> tuple[CameFile, ...]:
    """Return the tables of the files, with their first rows."""
    if not programme.files():
        return ()
    grids = sheets_of(programme).grids
    return tuple(
        CameFile(
            name=where_from(table.origin),
            kind=PRESETS[table.preset].label,
            rows=table.rows,
            questions=len(table.columns),
            titles=tuple(printable(" ".join(c.title.split())) for c in table.columns),
            first=_first_rows(grids, table.table),
        )
        for table in programme.proposal().tables
    )


def joined_files(programme: ProgrammeFolder) -> list[str]:
    """Return in a line each which files say more about people who signed up."""
    lines = []
    for file in programme.proposal().joined if programme.files() else ():
        line = worded("files.joined", file.people, name=where_from(file.origin))
        others = file.rows - file.people
        lines.append(f"{line} {worded('files.joined_not', others)}" if others else line)
    return lines


def where_from(origin: str) -> str:
    """Return the file, or the sheet of it, that a table was read from."""
    sheet, _, name = origin.removeprefix("the sheet ").partition(" of ")
    if sheet == origin or not name:
        return printable(origin.removeprefix("the file "))
    return worded("files.sheet", sheet=printable(sheet), name=printable(name))


def _first_rows(grids: Mapping[str, Grid], table: str) -> tuple[tuple[str, ...], ...]:
    grid = grids.get(table)
    if grid is None:
        return ()
    rows = zip(*(column[:FIRST_ROWS] for column in grid.columns), strict=True)
    return tuple(tuple(printable(tidy(str(cell)))[:60] for cell in row) for row in rows)


def add_files(programme: ProgrammeFolder, files: Sequence[tuple[str, bytes]]) -> None:
    """Put more files beside those of a programme, all or none, and fill in what they say.

    Raises
    ------
    InputError
        E_FORMAT for what is no spreadsheet; E_EXISTS for a name that is taken.
    StorageError
        E_WRITE.
    """
    _refuse_elsewhere(programme)
    if not files:
        raise refused("E_FORMAT", "none_chosen")
    checked = named_apart([(kept_name(name), content) for name, content in files])
    for name, content in checked:
        if (programme.folder / name).exists():
            raise refused("E_EXISTS", "file_there", name=printable(name))
        check_content(name, content)
    for name, content in checked:
        write_file(programme.folder / name, content)
    names = [name for name, _ in checked]
    try:
        _fill_in(programme, worded("did.added", names=listing(names)), [(n, "") for n in names])
    except MatcherError:
        for name in names:
            (programme.folder / name).unlink(missing_ok=True)
        raise


def replace_file(programme: ProgrammeFolder, at: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Put a newer file in the place of one; the older is kept, and answers stay.

    Raises
    ------
    InputError
        E_NOT_FOUND for no such file; E_FORMAT for no spreadsheet or another kind of one.
    """
    _refuse_elsewhere(programme)
    old = next((path for path in programme.sign_ups() if path.name == at), None)
    if old is None or len(files) != 1:
        raise refused("E_NOT_FOUND", "file_gone")
    name, content = kept_name(files[0][0]), files[0][1]
    if Path(name).suffix != old.suffix:
        raise refused("E_FORMAT", "other_kind", new=Path(name).suffix, old=old.suffix)
    check_content(name, content)
    before = _people(programme)
    kept = put_by(old)
    write_file(old, content)
    try:
        counts = what_is_new(before, _people(programme))
        _fill_in(programme, worded("did.replaced", name=old.name, **counts), [(old.name, kept)])
    except MatcherError:
        (old.parent / REPLACED / kept).replace(old)
        raise


def remove_file(programme: ProgrammeFolder, at: str) -> None:
    """Take a file of sign-ups away, with what the settings say of it; all of it comes back by Undo.

    Raises
    ------
    InputError
        E_NOT_FOUND for no such file, and where nobody would be left.
    """
    _refuse_elsewhere(programme)
    old = next((path for path in programme.sign_ups() if path.name == at), None)
    if old is None:
        raise refused("E_NOT_FOUND", "file_gone")
    settings = programme.settings
    stated = flat_values(settings.text)
    its = {
        path[1] for path, said in stated.items() if path[::2] == ("tables", "file") and said == at
    }
    gone = [path for path in stated if path[0] in ("tables", "columns") and path[1] in its]
    text = with_keys(settings.text, dict.fromkeys(gone))
    people = {t.origin for t in programme.proposal().tables if t.table != PAIRS}
    kept = put_by(old)
    try:
        left = programme.proposed(settings.loaded(text))
        if people.isdisjoint(table.origin for table in left.tables):
            raise refused("E_NOT_FOUND", "only_file", name=printable(at))
        _log(programme, text, worded("did.removed", name=at), [(at, kept)])
    except MatcherError:
        (old.parent / REPLACED / kept).replace(old)
        raise refused("E_NOT_FOUND", "only_file", name=printable(at)) from None


def what_is_new(before: dict[str, str], after: dict[str, str]) -> dict[str, int]:
    """Return how many sign-ups are new, changed and gone."""
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    changed = [who for who in after.keys() & before.keys() if after[who] != before[who]]
    return {"new": len(new), "changed": len(changed), "gone": len(gone)}


def _people(programme: ProgrammeFolder) -> dict[str, str]:
    """Return what each sign-up says, by whose it is; who signed up twice has both under one."""
    found: dict[str, str] = {}
    sheets = sheets_of(programme)
    people = {name: grid for name, grid in sheets.grids.items() if name != PAIRS}
    for table, grid in people.items():
        for at, row in enumerate(grid.rows.tolist()):
            who = sheets.text(table, row, "email") or sheets.name(table, row)
            said = "\0".join(str(column[at]) for column in grid.columns)
            found[who] = found.get(who, "") + said
    return found


def _refuse_elsewhere(programme: ProgrammeFolder) -> None:
    if programme.source != "":
        raise refused("E_FORMAT", "elsewhere")


def _fill_in(programme: ProgrammeFolder, what: str, moved: list[tuple[str, str]]) -> None:
    """Write into the settings what new files say; `moved` is what the act is taken back by."""
    _log(programme, rendered(programme.proposed(), programme.settings.text)[0], what, moved)


def _log(programme: ProgrammeFolder, text: str, what: str, moved: list[tuple[str, str]]) -> None:
    """Make a text the settings, and log which files came and went with it."""
    settings = programme.settings
    if text == settings.text:
        settings.note("files", what, programme.reviewer, moved=moved)
    else:
        settings.take(text, what, programme.reviewer, moved=moved)
