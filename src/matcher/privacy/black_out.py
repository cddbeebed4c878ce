"""A copy of a cohort without a person, on request with every mention of them blacked out.

The original is never touched: the copy appears whole or not at all. A hash of what a file was would
confirm a guess at who was in it, so manifests of the copy hold hashes of what files are now, and of
none that somebody edited before; a log in each run names the files that were blacked out.
"""

import contextlib
import hashlib
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import compress
from pathlib import Path, PurePosixPath

from markupsafe import escape

from matcher.cohort.cells import restore
from matcher.cohort.ids import key_of_pair
from matcher.cohort.tables import ID_COLUMNS
from matcher.config import Config
from matcher.config.edited import flat_values, with_keys
from matcher.config.load import COHORT_CONFIG
from matcher.errors import InputError
from matcher.intake.corrections import row_name
from matcher.intake.files.sql_source import array_columns, is_database_url
from matcher.observe import SILENT, Observer
from matcher.privacy.disguises import NOT_SURE, REMOVED
from matcher.privacy.held_files import RUNS, Change, HeldFile, Table, database_tables, held_file
from matcher.privacy.input_hashes import OF_PEOPLE
from matcher.privacy.markup import Cleaner
from matcher.privacy.person import (
    OWN_COLUMNS,
    Mention,
    Person,
    files_of,
    mentions_in,
    mentions_in_lines,
    observed,
    side_by_side,
)
from matcher.privacy.statements import STATEMENTS, statements
from matcher.privacy.those_who_stay import ThoseWhoStay, with_whose
from matcher.run_tables import AFTER, RunFile
from matcher.storage import file_stem, new_run_folder, refuse_within, write_bytes
from matcher.text import fold, parse_json
from matcher.whereabouts import home_of, origins_outside

BLACKED_OUT = "blacked_out.jsonl"
"""Log inside a run: which of its files were blacked out, and when."""

_NAMED = (*OWN_COLUMNS, *ID_COLUMNS)
"""Columns that name a person; without the name the row says nothing."""
_CONTACT = ("programme", "contact")
_OF_WHAT_WAS = ("sha256", "result_sha256", *OF_PEOPLE)
"""Keys of a manifest that hold hashes of what is no more: a hash confirms a guess at it."""
_TOLD_BY = {".pdf": ".html", ".ics": ".ics"}
"""What says whom a file names that cannot be cleaned: a page as it is printed, a key of two ids."""
_OTHERS = frozenset(("contact_id", "other_contact_id", "co_reviewer"))
"""Columns in which a row of a person names people of theirs, whom their pages tell of."""


@dataclass
class Forgotten:
    """What is left of a person in a copy and in the runs that are not in it."""

    mentions: list[Mention] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Files that are no table and no text, or hold copies of cells: nobody searched them."""
    emptied: list[str] = field(default_factory=list)
    """Tables that were about the person alone and are gone: a header alone is no table."""
    elsewhere: list[Path] = field(default_factory=list)
    """What the cohort or its runs came from that lies outside its folder: nobody searched it."""
    keys: list[str] = field(default_factory=list)
    """Files beside the tables that are not copied, since they tell who is behind a pseudonym."""
    perhaps_one: list[str] = field(default_factory=list)
    """Ids of people of whom nobody has said whether they are the person."""
    plain: Sequence[str] = ()
    """Parts of the names that are words too: as words they are not listed."""
    day: date | None = None
    """Day of measuring that the copy states, since what it came from is gone."""
    has_no_contact: bool = False
    """Whether the person was whom people write to."""
    statements: int = 0
    """How many change a database, in the file `STATEMENTS` of the copy."""

    @property
    def runs(self) -> list[str]:
        """Runs in which the person is left."""
        parts = [mention.file.split("/") for mention in self.mentions]
        return sorted({"/".join(part[:2]) for part in parts if part[0] == RUNS})


def copy_without(
    person: Person,
    source: str,
    target: Path,
    config: Config,
    *,
    black_out: bool = False,
    observer: Observer = SILENT,
) -> Forgotten:
    """Write a copy of a cohort without a person and tell what mentions are left.

    Rows that name the person go; where somebody else's row mentions them by id in passing (a line
    manager, somebody to avoid), the mention goes. The original stays as it is. A database is not
    copied: the copy holds the statements that change it.

    Parameters
    ----------
    person, source, target, config
        Who, from where, into which new folder, and how tables are read.
    black_out
        Whether runs are copied too, and every sure mention is blacked out.
    observer
        Told which file is searched and written.

    Raises
    ------
    InputError
        E_UNKNOWN_PERSON, E_FORMAT where a table cannot be read.
    StorageError
        E_EXISTS, E_LOCKED, E_WITHIN or E_WRITE.
    """
    refuse_within(target, source)
    observer.on_phase("reading")
    files = with_whose([*files_of(source, config)])
    elsewhere = origins_outside(home_of(source))
    is_database = is_database_url(source)
    tables = database_tables(source, config) if is_database else []
    searched = observed(files, "searching", observer)
    held = [*(m for f in searched for m in _mentions(f, person)), *_in_tables("", tables, person)]
    if not any(mention.is_sure for mention in held):
        raise InputError(person.unknown(elsewhere))
    keys = sorted(path.name for path in home_of(source).glob("*.key"))
    left_over = Forgotten(elsewhere=elsewhere, keys=keys, plain=sorted(person.known.plain))
    own = [*tables, *(table for file in files if not file.is_of_run for table in file.tables)]
    theirs = re.compile("|".join(_contacts_of(person, own)) or "(?!)")
    known = _with_questions(person, files)
    stay = ThoseWhoStay.of(person.own, person.people, source, config)
    left_over.perhaps_one += stay.perhaps_one
    eraser = _Eraser(known, stay, config, files, theirs=theirs, black_out=black_out)
    changes = {table.title: eraser.change_of(table) for table in tables}
    with new_run_folder(target.absolute()) as new:
        for file in observed(sorted(files, key=_after_what_it_lists), "writing", observer):
            left_over.emptied += eraser.used_up(file)
            left = file if file.is_of_run and not black_out else eraser.write(file, new)
            if left is not None:
                left_over.mentions += _mentions(left, person)
                left_over.unread += left.not_searched
        if is_database:
            is_untyped = str(source).startswith("sqlite")
            lines = [*statements(tables, changes, array_columns(source), is_untyped=is_untyped)]
            write_bytes(new / STATEMENTS, "".join(f"{line}\n" for line in lines).encode())
            left_over.statements = len(lines) - 2
            after = [table.after(changes[table.title]) for table in tables]
            left_over.mentions += _in_tables("", after, person)
        eraser.write_logs(new)
        if Path(source).is_dir():
            left_over.day = stay.keep_the_day(new, config)
        left_over.has_no_contact = eraser.has_no_contact
    return left_over


def _mentions(file: HeldFile, person: Person) -> Iterator[Mention]:
    yield from _in_tables(file.name, file.tables, person)
    yield from mentions_in_lines(file, person)


def _in_tables(file: str, tables: Sequence[Table], person: Person) -> Iterator[Mention]:
    for table in tables:
        yield from mentions_in(file, table, person)


def _with_questions(person: Person, files: Sequence[HeldFile]) -> Person:
    """Return the person, also known by hashes: of who is asked, and of two ids in invitations."""
    keys = {
        dict(table.titled(row)).get("key", "")
        for table in (table for file in files if file.is_of_run for table in file.tables)
        for row in table.rows
        if "key" in table.names and any(person.met(cell, at) for at, cell in table.titled(row))
    }
    about = (file.about.strip("|").split("|") for file in files if file.about)
    met = {(one, other) for one, *others in about for other in others}
    keys |= {key_of_pair(*pair) for pair in met if any(map(person.is_meant, pair))}
    return replace(person, known=replace(person.known, ids=person.known.ids | keys - {""}))


def _contacts_of(person: Person, tables: Sequence[Table]) -> Iterator[str]:
    """Yield patterns of the people whom somebody named as theirs, as pages write them."""
    names = {
        restore(cell).strip()
        for table in tables
        for row in table.rows
        if person.is_own(table, row)
        for column, cell in table.titled(row)
        if column in _OTHERS
    }
    for name in sorted(names - {""}, key=lambda name: (-len(name), name)):
        written = {re.escape(text) for text in (name, str(escape(name)))}
        yield rf"(?<!\w)(?:{'|'.join(sorted(written))})(?!\w)"


def _after_what_it_lists(file: HeldFile) -> tuple[bool, bool, int]:
    """Return the order of files: a manifest after those that it lists, or names by a hash."""
    parts = PurePosixPath(file.name).parts
    is_manifest = file.is_of_run and parts[-1] == RunFile.MANIFEST
    return is_manifest, AFTER in parts, -len(parts) if is_manifest else 0


def blacked_out(folder: Path) -> set[str]:
    """Return which files of a run were blacked out; lines that are none of ours are left out."""
    names: set[str] = set()
    try:
        lines = (folder / BLACKED_OUT).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return names
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            names.update(map(str, parse_json(line)["files"]))
    return names


class _Eraser:
    """Writes files without a person."""

    def __init__(
        self,
        person: Person,
        stay: ThoseWhoStay,
        config: Config,
        files: Sequence[HeldFile],
        *,
        theirs: re.Pattern[str],
        black_out: bool,
    ) -> None:
        self._theirs = theirs
        """People whom the person named as theirs: where they are gone, these go with them."""
        self._person, self._config, self._black_out = person, config, black_out
        self._stay = stay
        self.has_no_contact = False
        self._files = {file.name: file for file in files}
        self._token = f"removed-{secrets.token_hex(4)}"
        """What stands for the id in runs, so that a person's rows still belong together."""
        self._log: dict[str, set[str]] = defaultdict(set)
        self._became: dict[str, tuple[str, str | None]] = {}
        """Hashes of the files of runs by name, before and now; None where a file is gone."""
        known = person.known
        self._is_recorded = False
        """Whether pairs of the person were recorded, of which the digest of all pairs tells."""
        self._stems = {file_stem(one) for one in known.ids | known.addresses}
        self._calls = {fold(name) for name in known.first_names | known.names}

    def write(self, file: HeldFile, folder: Path) -> HeldFile | None:
        """Write a file into a folder and return it as written; None where it is left out."""
        content = self._content(file)
        name = self._renamed(file.name) if file.is_of_run else file.name
        is_theirs = file.is_of_run and self._goes(PurePosixPath(file.name))
        if file.is_of_run:
            before, after = (hashlib.sha256(each).hexdigest() for each in (file.content, content))
            self._became[file.name] = before, None if is_theirs else after
            if is_theirs or name != file.name or before != after:
                parts, depth = PurePosixPath(name).parts, self._run_of(file.name).count("/") + 1
                self._log["/".join(parts[:depth])].add("/".join(parts[depth:]))
        if is_theirs or file.name in self.used_up(file):
            return None
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
        is_same = (name, content) == (file.name, file.content)
        new = held_file(content, PurePosixPath(name), self._config)
        return file if is_same else replace(new, about=file.about)

    def _run_of(self, name: str) -> str:
        """Return the folder of the run that a file is of: the first on its way with a manifest."""
        ways = [str(way) for way in PurePosixPath(name).parents][-3::-1] or [RUNS]
        return next((way for way in ways if f"{way}/{RunFile.MANIFEST}" in self._files), ways[0])

    def _goes(self, path: PurePosixPath) -> bool:
        """Return whether a file of a run is about the person, or prints a page that names them."""
        owner = self._files[str(path)].about[1:].partition("|")[0]
        if path.stem in self._stems or self._person.is_meant(owner, "person_id"):
            return True
        if AFTER not in path.parts:
            return False
        namesake = str(path.with_stem(f"{path.stem} 2"))  # whose letters they are nobody can tell
        is_theirs = not owner and self._person.disguises.without(path.stem, REMOVED) == REMOVED
        page = self._files.get(str(path.with_suffix(_TOLD_BY.get(path.suffix, ""))))
        names = page is not None and any(m.is_sure for m in _mentions(page, self._person))
        return names or (is_theirs and namesake not in self._files)

    def used_up(self, file: HeldFile) -> list[str]:
        """Return the tables, by file and sheet, that were about the person alone."""
        if file.is_of_run:
            return []
        gone = [table.title for table in file.tables if self._is_theirs_alone(table)]
        is_whole = len(file.tables) == 1 and not file.asides
        return [file.name if is_whole else f"{file.name} {title}" for title in gone]

    def _is_theirs_alone(self, table: Table) -> bool:
        theirs = [
            self._person.is_own(table, row, _NAMED)
            for row in table.rows
            if any(map(str.strip, row))
        ]
        return bool(theirs) and all(theirs)

    def write_logs(self, folder: Path) -> None:
        """Say in each run which of its files were blacked out, after those of earlier times."""
        for run, files in self._log.items():
            path = folder / run / BLACKED_OUT
            before = path.read_bytes() if path.exists() else b""
            day = datetime.now(tz=UTC).date().isoformat()
            entry = json.dumps({"on": day, "files": sorted(files)})
            path.unlink(missing_ok=True)
            write_bytes(path, before + entry.encode() + b"\n")

    def _renamed(self, name: str) -> str:
        """Return the name of a file of a run without the id that may be in it."""
        path = PurePosixPath(name)
        if path.stem in self._stems:
            path = path.with_name(self._token + path.suffix)
        near = self._person.among(self._files[name].about if name in self._files else "")
        return near.disguises.without(str(path), self._token)

    def _within(self, place: PurePosixPath, name: str) -> str:
        """Return what a file of a folder of a run is called in that folder now."""
        new = PurePosixPath(self._renamed(f"{place}/{name}"))
        return str(PurePosixPath(*new.parts[len(place.parts) :]))

    def _content(self, file: HeldFile) -> bytes:
        clean = self._cleaner(file)
        if file.is_of_run and PurePosixPath(file.name).name == RunFile.MANIFEST:
            return self._manifest(file, clean)
        if file.name == COHORT_CONFIG or (file.is_of_run and file.name.endswith(RunFile.CONFIG)):
            file = replace(file, content=self._config_text(file).encode(file.encoding))
        change = self._change_of_run if file.is_of_run else self._change
        return file.changed({table.title: change(table, clean) for table in file.tables}, clean)

    def change_of(self, table: Table) -> Change:
        """Return what becomes of a table of a database."""
        clean = partial(self._person.disguises.without, token=self._token)
        return self._change(table, clean if self._black_out else str)

    def _config_text(self, file: HeldFile) -> str:
        """Return a config in which no answer, and with black-out no contact, is who leaves."""
        text = file.content.decode(file.encoding)
        try:
            text = self._stay.config_text(text)
            contact = str(flat_values(text).get(_CONTACT, ""))
            if self._black_out and self._person.met(contact) not in ("", *NOT_SURE):
                self.has_no_contact |= not file.is_of_run
                text = with_keys(text, {_CONTACT: ""})
        except ValueError:  # a run's that somebody has broken
            pass
        return text

    def _cleaner(self, file: HeldFile) -> Cleaner:
        if not self._black_out:
            return str
        without, gone = self._person.among(file.about).disguises.without, self._theirs
        # A page about one or two people: a first name alone means them.
        if file.about and any(mention.is_sure for mention in _mentions(file, self._person)):
            return lambda t: gone.sub(REMOVED, without(t, self._token, also_possible=True))
        return lambda text: without(text, self._token)

    def _manifest(self, file: HeldFile, clean: Cleaner) -> bytes:
        """Return a manifest of what is there now; a file edited before has no hash that fits."""
        try:
            told = parse_json(file.content)
            place = PurePosixPath(file.name).parent
            files = [
                (name, at, *self._became.get(f"{place / name}", ("", "")))
                for name, at in told.pop("files").items()
            ]
            plain = {key: said for key, said in told.items() if key not in _OF_WHAT_WAS}
            told = parse_json(clean(json.dumps(plain, ensure_ascii=False)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return clean(file.content.decode("utf-8", "replace")).encode()
        told["files"] = {
            self._within(place, name): now if at == before else ""
            for name, at, before, now in files
            if now is not None
        }
        if "run_sha256" in told:
            own = f"{self._run_of(file.name)}/{RunFile.MANIFEST}"
            before, now = self._became.get(own, ("", ""))
            told["run_sha256"] = now if told["run_sha256"] == before else ""
        if self._is_recorded:
            told.pop("record", None)  # another one than that of all pairs is as good as none
        return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()

    def _cleaner_beside(self, row: Sequence[str], clean: Cleaner) -> Cleaner:
        """Return what cleans the cells of a row: names stay where it tells of a namesake."""
        near = self._person.among(side_by_side(row))
        is_nameless = near is not self._person and self._black_out
        return partial(near.disguises.without, token=self._token) if is_nameless else clean

    def _change(self, table: Table, to_clean: Cleaner) -> Change:
        """Return what becomes of a table of the cohort: their rows go, ids in lists too."""
        change = Change(is_emptied=self._is_theirs_alone(table))
        for k, row in enumerate(table.rows):
            clean = self._cleaner_beside(row, to_clean)
            cells = [(name, self._row_now(name, cell)) for name, cell in table.titled(row)]
            if self._person.is_own(table, row, _NAMED) or ("person", "") in cells:
                change.dropped.add(k)
            else:
                titles = [*table.header, *("" for _ in cells)]
                whose, stay = table.whose(row) or dict(cells).get("person", ""), self._stay.answer
                is_of_another = self._person.is_of_another(table, row)
                new = [
                    kept
                    if (kept := stay(whose, (name, title), cell, clean)) is not None
                    else cell
                    if is_of_another and self._person.is_their_own(cell, name)
                    else self._without_mentions(cell, name, clean)
                    for title, (name, cell) in zip(titles, cells, strict=False)
                ]  # what a row says of its own person is theirs, be it like what the gone one had
                change.note(k, row, new)
        self._is_recorded |= table.title == "engagements" and bool(change.dropped or change.texts)
        return change

    def _row_now(self, column: str, cell: str) -> str:
        """Return what stands for somebody known by a row: another where rows go; "" if theirs."""
        title, _, at = cell.rpartition(" row ") if column == "person" else ("", "", "")
        for file in self._files.values() if title and at.isdecimal() else ():
            for table in file.tables:
                if table.title == title and not file.is_of_run:
                    own = (self._person.is_own(table, row, _NAMED) for row in table.rows)
                    gone = list(compress(table.numbers, own))
                    before = 0 if file.leaves_gaps else sum(number < int(at) for number in gone)
                    return "" if int(at) in gone else row_name(title, int(at) - before)
        return cell

    def _without_mentions(self, cell: str, column: str, clean: Cleaner) -> str:
        """Return a cell without the person; what may mean somebody else of that name stays."""
        is_another = self._person.is_another
        items = [cell] if is_another(cell, column) else cell.split(";")
        if not any(is_another(item, column) for item in items):
            return clean(self._unlisted(cell, column))
        left = (item for item in items if not self._person.is_meant(item, column))
        return ";".join(item if is_another(item, column) else clean(item) for item in left)

    def _unlisted(self, cell: str, column: str) -> str:
        if not self._person.is_listed(cell, column):
            return cell
        mark = ";" if ";" in cell else ","
        items = [] if self._person.is_meant(cell, column) else cell.split(mark)
        return mark.join(item for item in items if not self._person.is_meant(item, column))

    def _change_of_run(self, table: Table, to_clean: Cleaner) -> Change:
        """Return what becomes of a table of a run: its rows stay, under a token."""
        change = Change()
        for k, row in enumerate(table.rows):
            own, clean = self._person.is_own(table, row), self._cleaner_beside(row, to_clean)
            cells = table.titled(row)
            new = [clean(self._under_token(cell, name, own=own)) for name, cell in cells]
            new = [self._theirs.sub(REMOVED, cell) for cell in new] if own else new
            change.note(k, row, new)
        return change

    def _under_token(self, cell: str, column: str, *, own: bool) -> str:
        if self._person.is_listed(cell, column):
            mark = ";" if ";" in cell else ","
            items = cell.split(mark)
            return mark.join(self._token if self._person.is_meant(i) else i for i in items)
        return REMOVED if own and fold(restore(cell)) in self._calls else cell
