"""Start: the programmes of a folder, and a new one from a file of any name."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, UploadFile
from fastapi.responses import Response

from matcher.app.desk import JOINS, SPREADSHEETS, Desk, ProgrammeFolder
from matcher.app.frame import ShortText, goto, show
from matcher.app.history import Settings
from matcher.app.next_step import NextStep, facts_of, next_step
from matcher.app.said_plainly import refused
from matcher.app.start_icon import desktop, put_icon, start_icon
from matcher.catalogue.catalogue import LANGUAGES, spoken, worded
from matcher.config import Config
from matcher.config.edited import flat_values, with_keys
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.files.xlsx_source import Workbook
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered
from matcher.programme.same_form import said_otherwise
from matcher.starter import write_starter
from matcher.storage import new_run_folder, write_bytes
from matcher.text import fold, fold_plain, tidy

EXAMPLE = "example"
MOST_FILES = 20
LONGEST_STEM = 100
"""Bytes of a name, without its ending."""
MOST_LINES, LONGEST_LINE = 200_000, 1_000_000
"""Of a file of text, the latter in bytes: both far beyond any export of sign-ups."""
_KINDS = {
    **dict.fromkeys(("docx", "doc"), "text"),
    **dict.fromkeys(("xls", "xlsm", "xlsb"), "excel"),
    **{kind: kind for kind in ("pdf", "ods", "numbers", "zip")},
}
"""What is often dropped instead of a spreadsheet."""


@dataclass(frozen=True)
class Card:
    """A programme on the Start page."""

    key: str
    name: str
    title: str
    """What it is called here, where no two are called the same."""
    next: NextStep
    last: str = ""
    """Day of the last act, as logs write it; empty for none."""
    people: int = 0


def start_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/")
    def start() -> Response:
        programmes = desk.programmes()
        if desk.is_one:
            opened = "/review" if programmes[0].opened else ""
            return goto(f"/p/{programmes[0].key}{opened}")
        in_order = sorted(programmes, key=lambda programme: bool(programme.goes_on))
        context = {"cards": list(with_own_titles(map(card, in_order))), "icon": offers_icon(desk)}
        return show("home.html.j2", None, problems=(), **context)

    @app.post("/icon")
    def icon() -> Response:
        put_icon(desk.folder)
        return goto("/")

    @app.post("/you")
    def you(request: Request, name: ShortText = "", back: ShortText = "/") -> Response:
        desk.call(name)
        page = urlsplit(request.headers.get("referer", ""))
        if re.fullmatch(r"/p/[\w-]+/[\w/%.~-]+", page.path):
            return goto(f"{page.path}?{page.query}" if page.query else page.path)
        return goto(back if re.fullmatch(r"/p/[\w-]+/[a-z]+", back) else "/")

    @app.post("/")
    def new(files: list[UploadFile]) -> Response:
        given = [(file.filename or "", file.file.read()) for file in files]
        programme = begin(desk, [(name, content) for name, content in given if name])
        return goto(f"/p/{programme.key}/files")

    @app.post("/example")
    def example() -> Response:
        folder = desk.folder / EXAMPLE
        if not folder.exists():
            write_starter(folder)
        return goto(f"/p/{EXAMPLE}")

    @app.get("/p/{key}")
    def programme(key: str) -> Response:
        step = next_step(facts_of(desk.find(key)))
        return goto(f"/p/{key}/{step.page}")


def offers_icon(desk: Desk) -> bool:
    """Whether there is a desktop on which no start icon of the folder lies yet."""
    place = desktop()
    return place is not None and not (place / start_icon(desk.folder).name).exists()


def card(programme: ProgrammeFolder) -> Card:
    """Return a programme as the Start page shows it."""
    facts, acts = facts_of(programme), programme.settings.log.events()
    last = str(acts[-1]["at"])[:10] if acts else ""
    step, people = next_step(facts), facts.people
    return Card(programme.key, programme.name, programme.title, step, last=last, people=people)


def with_own_titles(cards: Iterable[Card]) -> Iterator[Card]:
    """Yield cards of which no two have one title: the second is numbered."""
    count: Counter[str] = Counter()
    for one in cards:
        count[fold(one.title)] += 1
        n = count[fold(one.title)]
        yield replace(one, title=f"{one.title} ({n})") if n > 1 else one


def begin(desk: Desk, files: Sequence[tuple[str, bytes]], joins: str = "") -> ProgrammeFolder:
    """Make a programme from dropped files: its folder appears whole or not at all.

    Parameters
    ----------
    desk
        Where it goes.
    files
        Names and contents.
    joins
        The programme that these sign-ups are joined to once they are understood.

    Raises
    ------
    InputError
        E_FORMAT for what is no spreadsheet, with the way on; what the reading of files finds.
    StorageError
        E_WRITE.
    """
    if desk.is_one:
        raise refused("E_EXISTS", "one_programme")
    if not files:
        raise refused("E_FORMAT", "none_chosen")
    if len(files) > MOST_FILES:
        raise refused("E_FORMAT", "too_many_files", n=len(files), most=MOST_FILES)
    checked = named_apart([(kept_name(name), content) for name, content in files])
    title = readable_name(Path(checked[0][0]).stem)
    folder = free_folder(desk.folder, title)
    with new_run_folder(folder) as made:
        for name, content in checked:
            check_content(name, content)
            write_bytes(made / name, content)
        own = Settings(made, desk.now)
        before = _said_of_the_form(desk.find(joins), made) if joins else ""
        stated = own.loaded(before) if before else Config()
        text = rendered(propose(str(made), stated, alike=judge_of_titles()), before)[0]
        text = with_keys(text, {("programme", "name"): title})
        if spoken().language != LANGUAGES[0]:
            text = with_keys(text, {("programme", "language"): spoken().language})
        own.begin(text, worded("did.started", name=checked[0][0]))
        if joins:
            own.note(JOINS, worded("did.joins", name=desk.find(joins).name), to=joins)
    return desk.find(folder.name)


_STAMP = re.compile(
    r"[\s_.-]*(\(\d+(-\d+)?\)|(?<=[\s_.-])20\d\d[-_. ]?\d\d[-_. ]?\d\d"
    r"([T\s_.,-]*\d\d?[-_.:h ]?\d\d([-_.: ]?\d\d)?(\s?[ap]m)?)?)\s*$",
    re.IGNORECASE,
)
"""What form tools put behind the name of a form: when, and which copy."""


def readable_name(stem: str) -> str:
    """Return what a programme is called after the name of its file: without stamps and signs."""
    name, before = stem, ""
    while name != before:
        name, before = _STAMP.sub("", name), name
    return tidy(name.replace("_", " ")) or stem


def _said_of_the_form(first: ProgrammeFolder, made: Path) -> str:
    """Return what was said of a form for another file of it, for another form its own topics."""
    otherwise, text = said_otherwise(first.settings.config(), made), first.settings.text
    if otherwise is not None:
        return with_keys(text, otherwise)
    return with_keys("", {p: value for p, value in flat_values(text).items() if p[0] == "facets"})


def named_apart(files: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
    """Return files of which no two have one name, however it is written.

    Raises
    ------
    InputError
        E_EXISTS.
    """
    if len({fold(name) for name, _ in files}) < len(files):
        raise refused("E_EXISTS", "same_name")
    return files


def kept_name(name: str) -> str:
    """Return the name under which a dropped file is kept: its own, without any way to elsewhere.

    Raises
    ------
    InputError
        E_FORMAT for a kind of file that is no spreadsheet.
    """
    plain = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in unicodedata.normalize("NFC", plain) if c.isprintable())
    plain = re.sub(r'[<>:"|?*]', " ", plain).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    ending = f"{dot}{suffix}".lower()
    if ending not in SPREADSHEETS or not stem.strip(" ."):
        raise refused("E_FORMAT", f"kind_{_KINDS.get(suffix.lower(), 'other')}")
    if re.match(r"(?i)(con|conin\$|conout\$|prn|aux|nul|com\d|lpt\d)\s*(\.|$)", stem):
        stem = f"file {stem}"
    short = stem.strip(" .").encode()[:LONGEST_STEM].decode(errors="ignore")
    return f"{short.strip(' .')}{ending}"


def check_content(name: str, content: bytes) -> None:
    """Hold a file to its limits before it is kept: a workbook is read, text is measured.

    Raises
    ------
    InputError
        E_ARCHIVE_LIMIT and what else reading a workbook finds.
    """
    if name.endswith(".xlsx"):
        book = Workbook(content, "upload")
        for sheet in book.sheets:
            book.cells(sheet, "upload")
    elif content.count(b"\n") > MOST_LINES or max(map(len, content.split(b"\n"))) > LONGEST_LINE:
        raise refused("E_ARCHIVE_LIMIT", "too_long")


def free_folder(home: Path, title: str) -> Path:
    """Return a folder that is not there, named after a title in plain letters."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold_plain(title)).strip("-")[:50] or "programme"
    number, name = 1, plain
    while (home / name).exists():
        number += 1
        name = f"{plain}-{number}"
    return home / name
