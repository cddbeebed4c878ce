"""Compare: any two matches, told by name and fact, and the way back to either."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import Response

from matcher.app.desk import Desk, ProgrammeFolder, time_of_match
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.match_page import proof_words
from matcher.app.run_view import view_of
from matcher.app.said_plainly import refused
from matcher.app.what_changes import between
from matcher.catalogue.catalogue import worded


@dataclass(frozen=True)
class MadeMatch:
    """One match in the lists of the page."""

    name: str
    words: str
    in_view: bool


def compare_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/compare")
    def compare(key: str, a: str = "", b: str = "") -> Response:
        return _page(desk.find(key), a, b)

    @app.post("/p/{key}/compare")
    def back(key: str, match: ShortText) -> Response:
        programme = desk.find(key)
        found = next((run for run in programme.matches() if run.name == match), None)
        if found is None:
            raise refused("E_NOT_FOUND", "no_such_match")
        programme.go_to(found)
        return goto(f"/p/{key}/match")


def matches_made(programme: ProgrammeFolder) -> list[MadeMatch]:
    """Return all matches in words, the newest first."""
    runs, now = programme.matches(), programme.run()
    found = []
    for at, run in enumerate(runs):
        key = "compare.this" if run == now else "compare.match"
        words = worded(key, number=len(runs) - at, at=time_of_match(run))
        found.append(MadeMatch(run.name, words, run == now))
    return found


def _page(programme: ProgrammeFolder, first: str, second: str) -> Response:
    runs = {run.name: run for run in programme.matches()}
    now = programme.run()
    names = list(runs)
    new = second if second in runs else now.name if now else ""
    older = [name for name in names[names.index(new) + 1 :] or names if name != new] if new else []
    old = first if first in runs else next(iter(older), new)
    views = [view_of(programme, runs[name]) for name in (old, new)] if old else []
    return show(
        "compare.html.j2",
        around(programme, "compare"),
        matches=matches_made(programme),
        old=old,
        new=new,
        seen=between(*views) if len(runs) > 1 and old != new else None,
        proofs=[proof_words(view.data.summary) for view in views],
    )
