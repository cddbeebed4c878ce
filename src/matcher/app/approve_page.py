"""Approve: everything to be answered for on one page, name and reason, and the folder to send."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from fastapi import FastAPI
from fastapi.responses import Response

from matcher.app.causes import Cause, causes_of
from matcher.app.decisions_made import (
    Decided,
    letters_opened,
    letters_read,
    seen_now,
    standing_decisions,
)
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.files_page import what_it_is
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.match_page import proof_words
from matcher.app.run_view import RunView, view_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.since_matched import is_older
from matcher.app.year_view import day_report, post_now, reason_worded, year_facts
from matcher.catalogue.catalogue import worded
from matcher.errors import MatcherError
from matcher.plans.plan_words import listing
from matcher.programme import ledger
from matcher.programme.ledger import Approval
from matcher.publish.after_run import read_after, write_after
from matcher.run_tables import AFTER, read_table
from matcher.send.folder import LATER_MAILS, MAILED, MAILS, send, templates_of
from matcher.vocabulary import Role, Status


@dataclass(frozen=True)
class ApprovalView:
    """What somebody puts their name to."""

    reached: str
    proof: str
    looked_at: str
    letters: str
    contact: str
    """Whom the letters name to ask, empty for nobody."""
    left_out: tuple[tuple[str, str], ...]
    """Who was left out before the match, and why."""
    unsafe: tuple[str, ...]
    """Who wrote whom they avoid, and nobody is kept apart until somebody says who is meant."""
    asked: int
    """Open questions about people that bear on who must not meet."""
    without: tuple[tuple[str, str], ...]
    """Mentees without a mentor, and why."""
    decisions: tuple[Decided, ...]
    pending: int
    is_added: bool
    """Whether the match only gave free places: nobody else moves."""
    given: tuple[tuple[str, str, str], ...]
    """Who got one of these: the mentee's key, the pair, and what they share or want a look for."""
    approval: Approval | None
    heard: int
    """Pairs of the year whose letters somebody said were sent, or of which more is known."""
    new: int
    """Pairs of the match of which nothing is."""
    folder: str
    mails: tuple[int, int, int]
    """How many mails lie in the folder, to how many people, and how many of them wait."""
    files: tuple[tuple[str, int, str], ...]
    """What lies in the folder to send, with how many files, and what that is."""


def approve_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/approve")
    def approve(key: str) -> Response:
        return _page(desk.find(key))

    @app.post("/p/{key}/approve")
    def act(key: str, verb: ShortText, by: ShortText = "", reason: ShortText = "") -> Response:
        programme = desk.find(key)
        try:
            if verb == "approve":
                approve_match(programme, by, reason)
                desk.call(by)
            elif verb == "show":
                show_folder(programme)
            elif verb == "folder":
                require_approved(programme)
                programme.work(
                    lambda _: make_folder(programme), "approve", worded("approve.making")
                )
                return goto(f"/p/{key}/match")
        except MatcherError as error:
            return _page(programme, in_sentences(error), by, reason)
        return goto(f"/p/{key}/approve")


def _page(
    programme: ProgrammeFolder, problems: list[str] | None = None, by: str = "", reason: str = ""
) -> Response:
    view = approval_view(programme)
    shown = view_of(programme)
    is_stale = bool(shown.broken) or (view.approval is None and is_older(programme, shown.run))
    told = problems or (in_sentences(refused("E_APPROVAL", "older")) if is_stale else [])
    context = {"view": view, "problems": told, "by": by or programme.reviewer}
    context |= {"broken": shown.broken, "is_stale": is_stale}
    frame = around(programme, "approve")
    return show("approve.html.j2", frame, 422 if problems else 200, reason=reason, **context)


def approval_view(programme: ProgrammeFolder) -> ApprovalView:
    """Return the summary of a match."""
    view = view_of(programme)
    causes = causes_of(programme) if programme.cohort_of_match() else ()
    left = [cause for cause in causes if cause.key.startswith("left-")]
    reached = sum(bool(mentee.mentors) for mentee in view.mentees)
    looked = len(seen_now(programme, view) | {one.mentee for one in standing_decisions(view)})
    after, facts = view.run / AFTER, year_facts(programme, view)
    opened = len(letters_opened(programme, view.run.name))
    report = day_report(programme, view)
    stand = Counter(() if report is None else (pair.status for pair in report.pairs))
    return ApprovalView(
        reached=worded("approve.of", len(view.mentees), of=reached),
        proof=worded("proof.before")
        if is_older(programme, view.run)
        else proof_words(view.data.summary),
        letters=worded("approve.new_alone")
        if stand.total() > stand[Status.PROPOSED] and not opened
        else worded("approve.letters", opened, read=len(letters_read(programme, view.run.name))),
        contact=programme.settings.config().programme.contact.strip(),
        looked_at=worded("approve.of", len(view.mentees), of=looked),
        left_out=tuple(_once_each(left)),
        unsafe=tuple(i.who.name for cause in causes if cause.key == "nobody" for i in cause.items),
        asked=sum(len(cause.items) for cause in causes if cause.asks and cause.key != "wish"),
        without=tuple(_without(view)),
        decisions=tuple(standing_decisions(view)),
        pending=len(ledger.pending(view.run, view.data)),
        is_added=facts.is_added,
        given=tuple(_given(view)) if facts.is_added else (),
        approval=ledger.approval(view.run),
        heard=stand.total() - stand[Status.PROPOSED],
        new=stand[Status.PROPOSED],
        mails=read_after(view.run).get(MAILED, (0, 0, 0)),
        folder=str(after) if after.is_dir() else "",
        files=tuple(_lies_in(after)) if after.is_dir() else (),
    )


def _once_each(left: Sequence[Cause]) -> Iterator[tuple[str, str]]:
    """Yield who is left out, by name, each once with all that keeps them out."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for cause in left:
        for item in cause.items:
            is_no = item.note and cause.key == "left-consent"
            why = worded("approve.said_no") if is_no else cause.title
            found.setdefault((item.who.id, item.who.name), {})[why] = None
    for (_, name), whys in found.items():
        yield name, "; ".join(whys)


def _without(view: RunView) -> Iterator[tuple[str, str]]:
    """Yield the names of mentees without a mentor, each with the reason."""
    table = view.data["unmatched"]
    table = table[table["role"] == Role.MENTEE]  # whoever is a mentor too has a row as one
    why = dict(zip(table["person_id"], table["reason"], strict=True))
    for mentee in (one for one in view.mentees if not one.mentors):
        yield mentee.person.name, reason_worded(str(why.get(mentee.key, "")))


def _given(view: RunView) -> Iterator[tuple[str, str, str]]:
    """Yield the pairs that a match which only gave free places has added."""
    known, table = {mentee.key: mentee for mentee in view.mentees}, read_table(view.run, "added")
    for key, mentor in zip(table["mentee_id"], table["mentor_id"], strict=True):
        if isinstance(key, str) and key in known and mentor in view.mentors:
            mentee, name = known[key], view.mentors[mentor].name
            told = "; ".join(mentee.looks) or worded("approve.covers", topics=listing(mentee.met))
            yield key, worded("mentee.pair", one=mentee.person.name, other=name), told


def _lies_in(folder: Path) -> Iterator[tuple[str, int, str]]:
    """Yield what a folder holds: files, folders with how many files, and what waits by itself."""
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        files = [file for file in path.rglob("*") if file.is_file()]
        waits = sum(LATER_MAILS in file.relative_to(path).parts for file in files)
        yield path.name, len(files) - waits if path.is_dir() else 1, what_it_is(path)
        if waits:
            yield f"{path.name}/{LATER_MAILS}", waits, worded("approve.later")


def approve_match(programme: ProgrammeFolder, by: str, reason: str) -> None:
    """Write who answers for the match in view, and why.

    Raises
    ------
    InputError
        E_APPROVAL where name or reason is missing, or the match knows not all decisions, answers
        and settings yet.
    """
    view = view_of(programme)
    if not by.strip() or not reason.strip():
        raise refused("E_APPROVAL", "sign")
    if ledger.pending(view.run, view.data):
        raise refused("E_APPROVAL", "pending")
    if is_older(programme, view.run):
        raise refused("E_APPROVAL", "older")
    ledger.approve(view.run, view.data, by, reason, programme.now())
    programme.reviewer = by.strip()
    programme.settings.note("approved", worded("did.approved", reason=reason.strip()), by.strip())


def require_approved(programme: ProgrammeFolder) -> None:
    """Raise where nobody approved the match, or answers since then forbid a pair of it.

    Raises
    ------
    InputError
        E_APPROVAL.
    """
    view = view_of(programme)
    if ledger.approval(view.run) is None:
        raise refused("E_APPROVAL", "not_approved")
    if view.broken:
        raise refused("E_APPROVAL", "older")


def show_folder(programme: ProgrammeFolder) -> None:
    """Open the folder to send in the file manager of this computer; its way stands on the page."""
    folder = view_of(programme).run / AFTER
    if folder.is_dir():
        typer.launch(str(folder))


def make_folder(programme: ProgrammeFolder) -> Path:
    """Write letters, mails, invitations and the table of who gets what; nothing is sent.

    Raises
    ------
    InputError
        E_APPROVAL where nobody approved the match.
    """
    require_approved(programme)
    run, post = view_of(programme).run, post_now(programme)
    made = send(run, post, templates_of(run, post, None)).folder
    programme.settings.note("folder", worded("did.folder"), programme.reviewer)
    for earlier in {*programme.matches(), *filter(None, [programme.joined_to()])} - {run}:
        _say_where_it_waits(earlier, made)
    return made


def _say_where_it_waits(earlier: Path, made: Path) -> None:
    """Say in the folder of an earlier match, mail by mail, what became of those that wait there."""
    waiting = sorted((earlier / AFTER / MAILS / LATER_MAILS).glob("*.eml"))
    if not waiting:
        return
    here = {path.name: path.relative_to(made).as_posix() for path in (made / MAILS).rglob("*.eml")}
    lines = [worded("moved.head", folder=str(made)), ""]
    for path in waiting:
        key = "to" if path.name in here else "none"
        lines.append(worded(f"moved.{key}", name=path.name, place=here.get(path.name, "")))
    note = {f"{worded('moved.file')}.txt": "\n".join(lines).encode()}
    write_after(earlier, note, {})
