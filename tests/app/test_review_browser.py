"""Review in a real browser: dragged, by keys alone, in two tabs, at three widths, as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.app.browsing import opened
from tests.app.test_browser import server_of
from tests.report.chromium import chromium
from tests.report.fake_run import write_fake_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a page at the list of a match."""
    run = write_fake_run(tmp_path_factory.mktemp("review") / "run", 20, 15)
    with chromium() as browser, server_of(run) as address, opened(browser, address) as found:
        yield found


def _at(tab: Page, page: str) -> None:
    tab.goto(f"{tab.url.split('/p/')[0]}/p/run/{page}")


def test_a_mentor_is_dragged_in_and_nothing_is_done(tab: Page) -> None:
    """The effect opens, as by its button."""
    _at(tab, "mentee/e0003")
    tab.locator(".others [data-drag]").first.drag_to(tab.locator("[data-onto]").first)
    tab.locator("#h-effect:focus").wait_for()
    assert "Nothing yet" in tab.request.get(tab.url.split("/mentee")[0] + "/history").text()


def test_keys_alone_look_decide_and_undo(tab: Page) -> None:
    """J and Enter open, 1 shows an effect, Tab and Enter choose, Ctrl+Z takes it back."""
    _at(tab, "review")
    tab.keyboard.press("j")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    with tab.expect_navigation():
        tab.keyboard.press("1")
    tab.locator("#h-effect:focus").wait_for()
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.matches('#next .btn.main')"):
            break
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert "chosen for" in tab.locator(".flag.ok").inner_text()
    with tab.expect_navigation():
        tab.keyboard.press("Control+z")
    assert tab.locator(".flag.ok:not([role]), .flag.ok form").count() == 0
    assert "Undone" in tab.locator(".flag.ok[role=status]:focus").inner_text()
    tab.keyboard.press("?")
    tab.get_by_label("Single keys are on").uncheck()
    tab.keyboard.press("Escape")
    before = tab.url
    tab.keyboard.press("j")
    assert tab.url == before
    tab.evaluate("localStorage.clear()")


def test_another_tab_s_work_is_told(tab: Page) -> None:
    """A page that lies open says what was done elsewhere."""
    _at(tab, "review")
    other = tab.context.new_page()
    other.goto(tab.url.replace("/review", "/mentee/e0005"))
    with other.expect_navigation():  # a page closed amid one may never say that it is
        other.get_by_role("button", name="Looks right").click()
    other.close()
    tab.locator(".meanwhile", has_text="Looks right: e0005").wait_for(timeout=20_000)


def test_a_printed_sheet_says_what_it_is(tab: Page) -> None:
    """Programme and match stand on it, the frame does not, nor what only a screen can use."""
    _at(tab, "review")
    tab.emulate_media(media="print")
    assert not tab.locator("main :is(input,select,button):visible").count()
    assert "match of" in tab.locator(".sheet").inner_text()
    assert not tab.locator("#next").is_visible()
    tab.emulate_media(media="screen")
