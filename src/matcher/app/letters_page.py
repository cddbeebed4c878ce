"""Letters: what will go out, read one by one, and the words and dates that all of them share."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse, Response

from matcher.app.decisions_made import (
    LETTER_OPENED,
    LETTER_READ,
    LETTERS_DRAWN,
    letters_opened,
    letters_read,
)
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.filled_in import sheets_of
from matcher.app.frame import Paged, ShortText, around, goto, show
from matcher.app.gate import POLICY
from matcher.app.kept_apart import open_about
from matcher.app.run_view import view_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.year_view import post_now
from matcher.catalogue.catalogue import spoken, worded
from matcher.config.edited import with_keys
from matcher.config.sections import Programme
from matcher.errors import MatcherError
from matcher.intake.cells.marks import is_no_tick
from matcher.plans.plan_files import mentor_html, plan_html
from matcher.plans.plan_words import listing
from matcher.plans.records import address_of
from matcher.send.folder import templates_of
from matcher.send.letters import Mail, our_templates
from matcher.send.letters_now import OWN_TEXTS, as_template, own_texts
from matcher.send.pdf import PlanPrinter
from matcher.send.recipients import Letter, Post, Recipient
from matcher.text import fold

LETTER_GROUPS = (
    ("mentee", (Letter.MENTEE, Letter.BOTH)),
    ("mentor", (Letter.MENTOR, Letter.BOTH)),
    ("waiting", (Letter.WAITING,)),
    ("spare", (Letter.SPARE,)),
)
"""Kinds of recipients as the page sorts them."""
CALLED = ("greeting", "opening", "closing")
LETTER = "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
"""Policy of a page that is sent to somebody: its own styles by their hash, and nothing else."""

FRAMES = f"{POLICY}; frame-src 'self'"
"""Policy of a page of ours with such a page in it."""


@dataclass(frozen=True)
class ListedLetter:
    """One recipient in the list."""

    key: str
    name: str
    kinds: tuple[Letter, ...]
    about: str
    has_address: bool
    is_read: bool
    is_opened: bool
    has_mail: bool
    """Whether there is a mail, not a page to print alone."""


@dataclass(frozen=True)
class ShownLetter:
    """A letter as its reader gets it."""

    mail: Mail | None
    """None where the programme's own template cannot be read."""
    kind: Letter
    when: str
    pages: tuple[str, ...]
    """Pages that go with it: `plan`, `mentor`."""


@dataclass(frozen=True)
class LeansOn:
    """An answer that a letter leans on, and where it stands."""

    who: str
    row: int
    title: str
    text: str


@dataclass(frozen=True)
class Wordings:
    """What all letters share."""

    texts: dict[str, str | None]
    told: Programme
    """Words, days and whom to ask, as the settings say."""
    reply_by: date | None
    reply_second: date | None
    """Day for who is asked second, where one side is."""


def letter_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/letters")
    def letters(key: str, show: str = "", q: str = "", page: int = 1) -> Response:
        return _list_page(desk.find(key), show, q, max(1, page))

    @app.post("/p/{key}/letters")
    def lot(key: str) -> Response:
        programme = desk.find(key)
        return goto(_at(programme, _next_unread(programme)))

    @app.get("/p/{key}/letters/{person}")
    def letter(key: str, person: str) -> Response:
        programme = desk.find(key)
        _say_of(programme, person, LETTER_OPENED)
        return _letter_page(programme, person)

    @app.post("/p/{key}/letters/{person}")
    def act(key: str, person: str) -> Response:
        programme = desk.find(key)
        _say_of(programme, person, LETTER_READ)
        to_go = _drawn_left(programme)
        return goto(_at(programme, _next_unread(programme) if to_go else ""))

    @app.post("/p/{key}/words")
    def words(
        key: str,
        greeting: ShortText = "",
        opening: ShortText = "",
        closing: ShortText = "",
        contact: ShortText = "",
        start: ShortText = "",
        reply_before: Annotated[int, Form(ge=0, le=60)] = 7,
        ask: ShortText = "both",
        language: ShortText = "en",
        share_addresses: Annotated[bool, Form()] = False,
        person: ShortText = "",
        name: ShortText = "",
    ) -> Response:
        programme = desk.find(key)
        texts = {"greeting": greeting, "opening": opening, "closing": closing}
        settings = {
            "name": name.strip() or programme.name,
            "contact": contact.strip(),
            "start": _day(start),
            "reply_before": reply_before,
            "ask": ask,
            "language": language,
            "share_addresses": share_addresses,
        }
        try:
            change_words(programme, texts, settings)
        except MatcherError as error:
            problems = in_sentences(error)
            if person:
                return _letter_page(programme, person, problems)
            return _list_page(programme, "", "", 1, problems)
        return goto(_at(programme, person) if person else f"/p/{key}/letters")

    @app.get("/p/{key}/letters/{person}/{which}")
    def page(key: str, person: str, which: str) -> Response:
        return _document(desk.find(key), person, which)


def _say_of(programme: ProgrammeFolder, person: str, event: str) -> None:
    """Log that a letter was opened or looked right, once for each match."""
    name, run = _recipients(programme, person)[0].who.name, view_of(programme).run.name
    if person not in letters_read(programme, run, event):
        told = worded(f"did.{event}", name=name)
        programme.settings.note(event, told, programme.reviewer, person=person, run=run)


def _at(programme: ProgrammeFolder, person: str) -> str:
    return f"/p/{programme.key}/letters" + (f"/{quote(person)}" if person else "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise refused("E_DATE", "no_date") from None


def _listed(programme: ProgrammeFolder) -> list[ListedLetter]:
    """Return everybody who gets a letter, by name, worked out once for the same letters."""
    post, run = post_now(programme), view_of(programme).run.name
    read, opened = letters_read(programme, run), letters_opened(programme, run)
    state = (id(post), frozenset(read), frozenset(opened), spoken().language)
    # The letters are kept with what is listed of them: no others can have the same `id` meanwhile.
    made = partial(_list_of, programme, post, read, opened)
    return programme.kept("listed", lambda: (post, made()), state)[1]


def _list_of(
    programme: ProgrammeFolder, post: Post, read: set[str], opened: set[str]
) -> list[ListedLetter]:
    source, name, found = post.source, view_of(programme).names.name, []
    sides = source.mentees, source.mentors
    for key in dict.fromkeys((*source.mentees, *source.mentors)):
        kinds = post.kinds(key)
        if kinds:
            others = [m.mentor_id for m in source.matches_of.get(key, ())]
            others += [m.mentee_id for m in source.matches_with.get(key, ())]
            about = listing([name(other) for other in dict.fromkeys(others)])
            box = any(address_of(side[key]) for side in sides if key in side)
            seen = {"is_read": key in read, "is_opened": key in opened}
            seen |= {"has_address": box, "has_mail": post.gets_mail(key)}
            found.append(ListedLetter(key, name(key), kinds, about, **seen))
    return sorted(found, key=lambda one: fold(one.name))


def _next_unread(programme: ProgrammeFolder) -> str:
    """Return whose letter is drawn next, one of each kind first; nobody when enough are read."""
    run = view_of(programme).run.name
    letters = _listed(programme)
    drawn = sorted(letters, key=lambda one: hashlib.sha256(f"{run} {one.key}".encode()).digest())
    seen = {kind for one in letters if one.is_read for kind in one.kinds}
    left = [one for one in drawn if not one.is_read]
    left.sort(key=lambda one: bool(seen & {*one.kinds}))
    return left[0].key if left else ""


def _drawn_left(programme: ProgrammeFolder) -> int:
    """Return how many of the letters drawn by lot are still to be read."""
    read = letters_read(programme, view_of(programme).run.name)
    return max(0, min(LETTERS_DRAWN, len(_listed(programme))) - len(read))


def _list_page(
    programme: ProgrammeFolder, shown: str, q: str, page: int, problems: Sequence[str] = ()
) -> Response:
    everybody = _listed(programme)
    groups = [
        (key, worded(f"letters.group_{key}"), [one for one in everybody if {*kinds} & {*one.kinds}])
        for key, kinds in LETTER_GROUPS
    ]
    found = next((part for key, _, part in groups if key == shown), everybody)
    wanted = fold(q)
    found = [one for one in found if not wanted or wanted in fold(f"{one.name} {one.about}")]
    return show(
        "letters.html.j2",
        around(programme, "letters"),
        422 if problems else 200,
        found=Paged.of(found, page),
        total=len(everybody),
        mailed=sum(one.has_mail for one in everybody),
        read=sum(one.is_read for one in everybody),
        groups=[(key, words, len(part)) for key, words, part in groups if part],
        shown=shown,
        q=q,
        no_address=[one.name for one in everybody if not one.has_address],
        words=wordings(programme),
        called=CALLED,
        problems=problems,
    )


def _recipients(programme: ProgrammeFolder, person: str) -> list[Recipient]:
    post = post_now(programme)
    with post.source.speaking():
        found = post.letters_to(person)
    if not found:
        raise refused("E_NOT_FOUND", "no_letter")
    return found


def _letter_page(programme: ProgrammeFolder, person: str, problems: Sequence[str] = ()) -> Response:
    recipients, told = _recipients(programme, person), list(problems)
    shown = []
    for one in recipients:
        try:
            shown.append(_shown(programme, one))
        except MatcherError as error:
            told += in_sentences(error)
            shown.append(ShownLetter(None, one.letter, "", ()))
    frame, left = around(programme, "letters"), _drawn_left(programme)
    drawn = min(LETTERS_DRAWN, len(_listed(programme)))
    answer = show(
        "letter.html.j2",
        frame,
        422 if told else 200,
        left=left,
        at=drawn - left + 1,
        drawn=drawn,
        who=recipients[0].who,
        name=view_of(programme).names.full_name(person),
        here=_at(programme, person),
        letters=shown,
        sources=list(_sources(programme, recipients)),
        apart=open_about({person, *_partners(programme, person)}, frame.apart),
        is_read=person in letters_read(programme, view_of(programme).run.name),
        words=wordings(programme),
        called=CALLED,
        prints=PlanPrinter.ready() is not None,
        problems=told,
    )
    answer.headers["Content-Security-Policy"] = FRAMES
    return answer


def _partners(programme: ProgrammeFolder, person: str) -> set[str]:
    """Return with whom somebody is matched."""
    matches = view_of(programme).data["matches"]
    pairs = set(zip(matches["mentee_id"], matches["mentor_id"], strict=True))
    return {one for pair in pairs if person in pair for one in pair} - {person}


def _shown(programme: ProgrammeFolder, one: Recipient) -> ShownLetter:
    post, run = post_now(programme), view_of(programme).run
    pages = [name for name, page in (("plan", one.plan), ("mentor", one.page)) if page is not None]
    with post.source.speaking():
        mail = templates_of(run, post, None).mail(post, one) if one.needs_letter else None
    first = listing([partner.name for partner in one.waits_for])
    when = worded("letter.once" if first else "letter.now", names=first)
    return ShownLetter(
        mail, one.letter, when if one.needs_letter else worded("letter.no_news"), tuple(pages)
    )


def _sources(programme: ProgrammeFolder, recipients: Sequence[Recipient]) -> Iterator[LeansOn]:
    """Yield the answers that the letters lean on, each once."""
    cohort, sheets = programme.reading().cohort, sheets_of(programme)
    name = view_of(programme).names.name
    if cohort is None:
        return
    seen = set()
    pages = [page for one in recipients for page in (one.plan, one.page) if page]
    sides = {"mentees": cohort.mentees, "mentors": cohort.mentors}
    at = {
        side: dict(zip(t["person_id"], t["source_row"], strict=True)) for side, t in sides.items()
    }
    for said in (claim for page in pages for claim in page.claims):
        for cell in said.claim.cells:
            row = int(at.get(cell.table, {}).get(cell.row, 0))
            for table in ("signups", cell.table) if row else ():
                for raw in sheets.cells(table, row, cell.column):
                    is_said = raw.text and not is_no_tick(raw.text)
                    if is_said and (cell.row, raw.title) not in seen:
                        seen.add((cell.row, raw.title))
                        yield LeansOn(name(cell.row), row, raw.title, raw.text)


def _document(programme: ProgrammeFolder, person: str, which: str) -> Response:
    """Return a page that goes with a letter, as it is sent."""
    post = post_now(programme)
    for one in _recipients(programme, person):
        with post.source.speaking():
            if which == "plan.pdf" and one.plan and (printer := PlanPrinter.ready()):
                headers = {"Content-Disposition": 'inline; filename="plan.pdf"'}
                if pdf := printer.printed(one.plan, post.source.day):
                    return Response(pdf, media_type="application/pdf", headers=headers)
            if which in ("plan", "plan.pdf") and one.plan:
                return own_page(plan_html(one.plan))
            if which == "mentor" and one.page:
                return own_page(mentor_html(one.page))
    raise refused("E_NOT_FOUND", "no_page")


def own_page(html: str) -> Response:
    """Return a page that our own page may show inside it."""
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    hashes = " ".join(
        f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in styles
    )
    headers = {
        "Content-Security-Policy": f"{LETTER}; style-src {hashes or chr(39) + 'none' + chr(39)}",
        "X-Frame-Options": "SAMEORIGIN",
    }
    return HTMLResponse(html, headers=headers)


def wordings(programme: ProgrammeFolder) -> Wordings:
    """Return what all letters share, as it is now."""
    post = post_now(programme)
    told = post.source.config.programme
    is_second = told.ask in ("mentor first", "mentee first")
    second = told.reply_day(post.source.day, is_second=True) if is_second else None
    texts = dict(own_texts(programme.folder, told.language))
    return Wordings(texts, told, post.reply_by, second)


def change_words(
    programme: ProgrammeFolder, texts: dict[str, str], settings: Mapping[str, object]
) -> None:
    """Make all letters say something else: each change is an act that can be taken back.

    Raises
    ------
    ConfigError
        Where a setting cannot be what it was set to; then nothing is changed.
    """
    now, own = wordings(programme), programme.settings
    before = programme.settings.config().programme
    changed = {key: value for key, value in settings.items() if getattr(before, key) != value}
    if changed:
        text = with_keys(own.text, {("programme", key): value for key, value in changed.items()})
        what = listing([worded(f"letters.of_{key}") for key in changed])
        own.take(text, worded("did.letters", what=what), programme.reviewer)
    ours = our_templates(str(settings["language"]))
    for what, name in OWN_TEXTS.items():
        text = texts[what].replace("\r\n", "\n").strip()
        if now.texts[what] is None or text == now.texts[what]:
            continue
        template = as_template(text)
        own.say(
            name, None if template == ours[name] else template,
            worded("did.letters", what=worded(f"letters.of_{what}")), programme.reviewer,
        )  # fmt: skip
