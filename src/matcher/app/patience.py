"""A page that takes longer than a moment says so at once, and opens by itself when it is there."""

import asyncio
import re
import time
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.app.frame import show

PATIENCE = 1.0
"""Seconds after which whoever waits for a page is told what takes so long."""
FORGOTTEN = 5.0
"""Seconds after which nobody is expected to come back for a page that is there."""
_PAGE = re.compile(r"/(p/[^/]+(/(?!file/|board/page$)[a-z]+(/[^/]+)?)?)?")
"""Addresses of whole pages: neither files to keep nor parts that a page loads."""


@dataclass
class _Asked:
    """One page in the making."""

    answer: "asyncio.Task[list[Message]]"
    since: float = field(default_factory=time.monotonic)


class Patient:
    """Answers in time, the same page but once: who asks again for it waits for the first."""

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.seconds = app, PATIENCE
        self._asked: dict[str, _Asked] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _is_of_browser(scope):
            await self.app(scope, receive, send)
            if scope.get("method") == "POST":
                self._asked.clear()  # what was changed is not on the pages in the making
            return
        address = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        asked = self._asked.get(address) or _Asked(asyncio.create_task(self._answer(scope)))
        self._asked[address] = asked
        await asyncio.wait({asked.answer}, timeout=self.seconds)
        if asked.answer.done():
            self._forget(address, asked)
            for message in asked.answer.result():
                await send(message)
        else:
            forget = asyncio.get_running_loop().call_later
            asked.answer.add_done_callback(
                lambda _: forget(FORGOTTEN, self._forget, address, asked)
            )
            waited = round(time.monotonic() - asked.since)
            await show("being_made.html.j2", None, waited=waited)(scope, receive, send)

    def _forget(self, address: str, asked: _Asked) -> None:
        if self._asked.get(address) is asked:
            del self._asked[address]

    async def _answer(self, scope: Scope) -> list[Message]:
        """Return what the application answers, whoever still waits for it."""
        told: list[Message] = []
        is_read = False

        async def receive() -> Message:
            nonlocal is_read
            if is_read:
                await asyncio.Event().wait()
            is_read = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            told.append(message)

        await self.app(dict(scope), receive, send)
        return told


def _is_of_browser(scope: Scope) -> bool:
    """Whether somebody's browser opens a page; older ones do not say so, and wait."""
    if scope["type"] != "http" or scope["method"] != "GET" or not _PAGE.fullmatch(scope["path"]):
        return False
    return (b"sec-fetch-dest", b"document") in scope["headers"]
