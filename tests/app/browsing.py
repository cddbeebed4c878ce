"""A page in a real browser that may not complain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def opened(browser: Browser, address: str, **more: Any) -> Iterator[Page]:
    """Open an address in a context of its own; a complaint of its console fails the test."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **more})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(address)
    yield tab
    assert complaints == []
    context.close()
