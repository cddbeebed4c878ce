"""Files: the sign-ups as they came, what to add or replace, and every file made of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, File, UploadFile
from fastapi.responses import FileResponse, Response

from matcher.app.desk import Desk, ProgrammeFolder, time_of_match
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.read_so_far import people_read
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.sign_up_files import (
    CameFile,
    add_files,
    came_files,
    joined_files,
    remove_file,
    replace_file,
)
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.config.edited import with_keys
from matcher.errors import MatcherError
from matcher.programme.ledger import LONGEST_NAME
from matcher.run_tables import AFTER
from matcher.text import printable

MOST_SHOWN = 100
"""Files of one kind that the page lists: the folder has them all."""


@dataclass(frozen=True)
class MadeFile:
    """One file that was made of a match, or a folder of many."""

    path: str
    """Below the run, with slashes."""
    name: str
    what: str
    size: int


@dataclass(frozen=True)
class FileGroup:
    """Files of one kind, under one heading."""

    title: str
    about: str
    files: tuple[MadeFile, ...]


def file_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/files")
    def files(key: str) -> Response:
        return _page(desk.find(key))

    @app.post("/p/{key}/files")
    def add(
        key: str,
        files: Annotated[list[UploadFile] | None, File()] = None,
        verb: ShortText = "add",
        at: ShortText = "",
        name: ShortText = "",
    ) -> Response:
        programme = desk.find(key)
        known = programme.settings.seen()
        given = [(file.filename or "", file.file.read()) for file in files or ()]
        given = [(name, content) for name, content in given if name]
        try:
            if verb == "name":
                call_programme(programme, name)
            elif verb == "replace":
                replace_file(programme, at, given)
            elif verb == "remove":
                remove_file(programme, at)
            else:
                add_files(programme, given)
        except MatcherError as error:
            return _page(programme, in_sentences(error))
        programme.tell(known)
        return goto(f"/p/{key}/files")

    @app.get("/p/{key}/file/{path:path}")
    def download(key: str, path: str) -> Response:
        run = desk.find(key).run()
        listed = {one.path for shelf in shelves_of(run) for one in shelf.files} if run else set()
        if run is None or path not in listed:
            raise refused("E_NOT_FOUND", "no_file")
        return FileResponse(run / path, filename=Path(path).name)


def call_programme(programme: ProgrammeFolder, name: str) -> None:
    """Say what a programme is called on pages and in all that it sends; empty changes nothing."""
    called, settings = printable(" ".join(name.split()))[:LONGEST_NAME], programme.settings
    if called:
        text = with_keys(settings.text, {("programme", "name"): called})
        settings.take(text, worded("did.named", name=called), programme.reviewer)


def _page(programme: ProgrammeFolder, problems: list[str] | None = None) -> Response:
    run, reading = programme.run(), programme.reading() if programme.files() else None
    came: tuple[CameFile, ...] = came_files(programme)
    cohort = reading.cohort if reading else None
    return show(
        "files.html.j2",
        around(programme, "files"),
        422 if problems else 200,
        came=came,
        names=[path.name for path in programme.sign_ups()] if programme.source == "" else [],
        joined=joined_files(programme),
        unread=programme.proposal().unread if programme.files() else (),
        takes_files=programme.source == "",
        shelves=shelves_of(run) if run else (),
        made=time_of_match(run) if run else "",
        people=people_read(reading) if reading else None,
        twice=sum(f.code == "W_RESUBMISSION" for f in cohort.findings) if cohort else 0,
        folder=str(run or ""),
        most=MOST_SHOWN,
        problems=problems or [],
    )


def shelves_of(run: Path) -> tuple[FileGroup, ...]:
    """Return every file of a match and of what was made after it, with what each is."""
    found = sorted(_files(run), key=lambda path: path.as_posix())
    made = [MadeFile(p.as_posix(), p.name, what_it_is(p), (run / p).stat().st_size) for p in found]
    shelves = {one.path: _shelf(Path(one.path)) for one in made}
    names = ("read", "send", "plans", "programs")
    kinds = {name: tuple(one for one in made if shelves[one.path] == name) for name in names}
    return tuple(
        FileGroup(worded(f"shelves.{key}"), worded(f"shelves.{key}_about"), found)
        for key, found in kinds.items()
        if found
    )


def _shelf(path: Path) -> str:
    """Return for whom a file is, by its way from the run."""
    of_folder = {"plans": "plans", AFTER: "send"}.get(path.parts[0], "programs")
    is_page = len(path.parts) == 1 and path.suffix in (".html", ".xlsx")
    return "read" if is_page else of_folder


def _files(run: Path) -> Iterator[Path]:
    """Yield the files of a run by their way from it; what a link leads to is none of it."""
    for path in run.rglob("*"):
        below = path.relative_to(run)
        if path.is_file() and not path.is_symlink() and not below.name.startswith("."):
            yield below


def what_it_is(path: Path) -> str:
    """Return what a file is, by its name, else by that of its folder or its ending."""
    known = for_pages(spoken().language)["made"]
    table = path.stem if path.suffix == ".csv" else ""
    names = (path.name, table, path.parent.name, path.suffix, path.stem.partition("-")[0])
    return next((str(known[name]) for name in names if name in known), "")
