"""A page that takes long: told at once, made once, and there when it is asked for again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from matcher.app import patience

BROWSER = [(b"sec-fetch-dest", b"document")]


class Slow:
    """An application whose pages wait until they are let go."""

    def __init__(self) -> None:
        self.go, self.made = asyncio.Event(), 0
        routes = [Route("/{rest:path}", self.page, methods=["GET", "POST"])]
        self.site = patience.Patient(Starlette(routes=routes))
        self.site.seconds = 0.05

    async def page(self, request: Request) -> PlainTextResponse:
        """Answer with how many pages were made."""
        if request.method == "GET":
            self.made += 1
            await self.go.wait()
        return PlainTextResponse(f"page {self.made}")

    async def ask(self, path: str, method: str = "GET", headers: Any = BROWSER) -> str:
        """Return what is answered."""
        told: list[bytes] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            told.append(message.get("body", b""))

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": headers,
        }
        await self.site(scope, receive, send)
        return b"".join(told).decode()


def test_a_slow_page_is_told_of_and_made_once() -> None:
    """Whoever waits is told what takes so long; asking again gets the page that was begun."""

    async def told() -> list[str]:
        slow = Slow()
        first = await slow.ask("/p/one/review")
        second = await slow.ask("/p/one/review")
        slow.go.set()
        return [first, second, await slow.ask("/p/one/review"), await slow.ask("/p/one/review")]

    first, second, third, fourth = asyncio.run(told())
    assert "One moment" in first
    assert "opens by itself" in second
    assert (third, fourth) == ("page 1", "page 2")


def test_what_was_changed_meanwhile_is_on_the_page() -> None:
    """A page that was begun before a change is not shown after it."""

    async def told() -> list[str]:
        slow = Slow()
        await slow.ask("/p/one/review")
        await slow.ask("/p/one/review", "POST")
        slow.go.set()
        return [await slow.ask("/p/one/review"), await slow.ask("/", headers=[])]

    assert asyncio.run(told()) == ["page 2", "page 3"]


@pytest.mark.parametrize(
    "path",
    ["/p/one/report.html", "/p/one/file/a.csv", "/p/one/board/page", "/p/one/letters/e1/plan"],
)
def test_what_is_kept_or_loaded_is_waited_for(path: str) -> None:
    """A download or a part of a page is never the page that says to wait."""

    async def told() -> str:
        slow = Slow()
        asyncio.get_running_loop().call_later(0.2, slow.go.set)
        return await slow.ask(path)

    assert asyncio.run(told()) == "page 1"
