"""The review in a real browser: lock, ban, rerun, approve, reload, with the server killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.app.browsing import opened
from tests.report.chromium import chromium
from tests.report.fake_run import write_fake_run

from matcher.report.run_data import RunData

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for all tests of this module."""
    with chromium() as found:
        yield found


@contextmanager
def _server(run: Path) -> Iterator[str]:
    """Give the address of a server that is killed without warning at the end."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.app.server", str(run)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _open_pair(tab: Page, mentee: str, mentor: str) -> None:
    tab.get_by_role("link", name=mentee).first.click()
    assert tab.locator(".card", has_text=mentor).count() == 1


@pytest.mark.slow
def test_decide_rerun_and_approve_across_a_kill(browser: Browser, tmp_path: Path) -> None:
    """What was locked, banned, rerun and approved is still there when a new server opens it."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    matches = RunData.read(run)["matches"]
    kept, banned = (
        tuple(matches.loc[k, ["mentee_id", "mentor_id"]]) for k in (0, len(matches) - 1)
    )
    with _server(run) as address, opened(browser, address) as tab:
        assert "PROPOSED" in tab.locator("#status").inner_text()
        _open_pair(tab, *kept)
        card = tab.locator(".card", has_text=kept[1])
        card.get_by_label("Note").fill("works well")
        card.get_by_role("button", name="Keep").click()
        card.get_by_text("Decided: keep").wait_for()
        tab.get_by_role("link", name="All portfolios").click()
        _open_pair(tab, *banned)
        tab.locator(".card", has_text=banned[1]).get_by_role("button", name="Never").click()
        tab.locator("#bar button.main").wait_for()
    with _server(run) as address, opened(browser, address) as tab:
        assert tab.locator("#bar button.main").count() == 1
        assert tab.get_by_role("button", name="Approve this run").is_disabled()
        tab.get_by_role("button", name="Rerun with decisions").click()
        tab.get_by_text("1 mentee has other mentors").wait_for()
        tab.get_by_role("link", name="All portfolios").click()
        tab.locator("#approve").get_by_label("Name").fill("Jo Panel")
        tab.locator("#approve").get_by_label("Reason").fill("met on 3 May")
        tab.get_by_role("button", name="Approve this run").click()
        tab.get_by_text("APPROVED.").wait_for()
    with _server(run) as address, opened(browser, address) as tab:
        tab.reload()
        assert "Jo Panel" in tab.locator("#status").inner_text()
        standing = tab.locator("#decisions tbody").inner_text()
        assert "works well" in standing
        assert banned[1] in standing
        tab.get_by_role("button", name="Undo last decision").click()
        tab.get_by_text("PROPOSED").wait_for()


@pytest.mark.slow
def test_search_works_in_the_review(browser: Browser, tmp_path: Path) -> None:
    """The report's own script serves the review's table."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    with _server(run) as address, opened(browser, address) as tab:
        tab.fill("input[data-table=t-portfolios]", "e0003")
        assert tab.locator("#t-portfolios > tbody:visible").count() == 1


@pytest.mark.slow
def test_another_site_can_do_nothing(browser: Browser, tmp_path: Path) -> None:
    """A page from elsewhere that posts a form or asks for data is refused, cookie or not."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    evil = tmp_path / "evil.html"
    with _server(run) as address:
        base = address.split("/enter")[0]
        form = '<form method="post" action="{}/undo"><button id="go">x</button></form>'
        evil.write_text(form.format(base))
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(address)
        assert tab.locator("#status").count() == 1
        tab.goto(evil.as_uri())
        tab.click("#go")
        tab.get_by_text("Refused").wait_for()
        context.close()
    assert not (run / "decisions.jsonl").exists()


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1000, 1600])
def test_pages_fit_every_width(browser: Browser, tmp_path: Path, width: int) -> None:
    """Neither the list nor a mentee's page sticks out sideways."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    with _server(run) as address, opened(browser, address) as tab:
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.locator("#t-portfolios a").first.click()
        tab.locator(".card").first.wait_for()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
