"""History: what was done to a programme, and the way back from each act."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, Request
from fastapi.responses import PlainTextResponse, Response

from matcher.app.acts import done_at_once
from matcher.app.decisions_made import LETTER_OPENED, decided_since, every_decision, take_back
from matcher.app.desk import Desk
from matcher.app.effects import HeldPlaces
from matcher.app.frame import around, goto, show
from matcher.app.run_view import view_of
from matcher.catalogue.catalogue import worded
from matcher.text import printable
from matcher.vocabulary import LIVE

_OF_SOMEBODY = re.compile(r"/p/[\w-]+/(mentee|mentor|letters)/[\w%.~-]+")
"""Pages of one person, to which it goes back from what was taken back there."""


def history_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/history")
    def history(key: str) -> Response:
        programme = desk.find(key)
        made = every_decision(view_of(programme)) if programme.run() else []
        every = programme.settings.acts()
        return show(
            "history.html.j2",
            around(programme, "history"),
            acts=[act for act in every if act.kind != LETTER_OPENED],
            at_once=done_at_once(every),
            decisions=made[::-1],
        )

    @app.get("/p/{key}/meanwhile")
    def meanwhile(key: str, seen: int = 0, decided: int = 0) -> Response:
        """Tell a page that lies open what was done elsewhere since it was drawn."""
        programme = desk.find(key)
        events = programme.settings.log.events()[max(0, seen) :]
        later = [event for event in events if event["event"] != LETTER_OPENED]
        said = str(later[-1]["what"]) if later else ""
        if not said and programme.run():
            said = decided_since(view_of(programme), max(0, decided))
        what = worded("history.elsewhere", what=printable(said)) if said else ""
        return PlainTextResponse(what)

    @app.post("/p/{key}/history")
    def undo(
        request: Request,
        key: str,
        number: Annotated[list[int], Form()],
        back: Annotated[str, Form(max_length=20)] = "history",
        decision: Annotated[bool, Form()] = False,
    ) -> Response:
        programme = desk.find(key)
        if decision:
            programme.told = take_back(programme, view_of(programme), number[0])
        else:
            known = programme.settings.seen()
            if pairs := programme.settings.come_back(n for n in number if n <= known):
                HeldPlaces.of(programme, view_of(programme), LIVE).check_room(pairs)
            programme.settings.undo_each(number, programme.reviewer)
            programme.tell(known)
        page = urlsplit(request.headers.get("referer", "")).path
        if back != "history" and _OF_SOMEBODY.fullmatch(page):
            return goto(page)
        return goto(f"/p/{programme.key}/{back if back.isalpha() else 'history'}")
