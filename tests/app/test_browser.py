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
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for all tests of this module."""
    with chromium() as found:
        yield found


@contextmanager
def server_of(run: Path) -> Iterator[str]:
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


@pytest.mark.slow
def test_decide_work_out_and_approve_across_a_kill(browser: Browser, tmp_path: Path) -> None:
    """What was kept, forbidden, worked out and approved is there when a new server opens it."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    matches = RunData.read(run)["matches"]
    kept, banned = (
        tuple(matches.loc[k, ["mentee_id", "mentor_id"]]) for k in (0, len(matches) - 1)
    )
    with server_of(run) as address, opened(browser, address) as tab:
        base = tab.url.removesuffix("/review")
        tab.goto(f"{base}/mentee/{kept[0]}")
        tab.locator(".p.m", has_text=kept[1]).get_by_text("Keep this pair").click()
        tab.get_by_text(f"{kept[0]} keeps {kept[1]}").first.wait_for()
        tab.goto(f"{base}/mentee/{banned[0]}")
        tab.locator(".p.m", has_text=banned[1]).get_by_text("Never this pair").click()
        tab.locator("#next").get_by_text("Never pair them").click()
        tab.get_by_text("with 1 decision").wait_for()
    with server_of(run) as address, opened(browser, address) as tab:
        base = tab.url.removesuffix("/review")
        tab.goto(f"{base}/match")
        tab.get_by_text("with 1 decision").wait_for()
        tab.locator("#next .btn.main").click()
        tab.locator(".counts").wait_for()
        tab.goto(f"{base}/compare")
        tab.locator(".lead", has_text="1 mentee has other mentors").wait_for()
        tab.goto(f"{base}/approve")
        tab.get_by_label("Your name").fill("Jo Panel")
        tab.get_by_label("Why is this match right").fill("met on 3 May")
        tab.locator("#next .btn.main").click()
        tab.get_by_text("This match is approved").wait_for()
    with server_of(run) as address, opened(browser, address) as tab:
        base = tab.url.removesuffix("/review")
        tab.goto(f"{base}/approve")
        assert "Jo Panel" in tab.locator(".lead").inner_text()
        assert f"Never {banned[0]} and {banned[1]}" in tab.locator(".answers").inner_text()
        tab.goto(f"{base}/history")
        tab.get_by_role("button", name=f"Undo: {kept[0]} keeps {kept[1]}").click()
        tab.wait_for_load_state()
        tab.goto(f"{base}/approve")
        tab.get_by_text("Work it out again first").wait_for()


@pytest.mark.slow
def test_another_site_can_do_nothing(browser: Browser, tmp_path: Path) -> None:
    """A page from elsewhere that posts a form or asks for data is refused, cookie or not."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    evil = tmp_path / "evil.html"
    with server_of(run) as address:
        base = address.split("/enter")[0]
        form = (
            '<form method="post" action="{}/p/run/history"><input name="number" value="1">'
            '<button id="go">x</button></form>'
        )
        evil.write_text(form.format(base))
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(address)
        assert tab.locator("#next").count() == 1
        tab.goto(evil.as_uri())
        tab.click("#go")
        tab.get_by_text("Refused").wait_for()
        context.close()
    assert not (run / "decisions.jsonl").exists()


@pytest.mark.slow
def test_pages_fit_every_width(browser: Browser, tmp_path: Path) -> None:
    """Neither the list, nor a mentee's page, files or comparison sticks out sideways."""
    run = write_fake_run(tmp_path / "run", 20, 15)
    with server_of(run) as address, opened(browser, address) as tab:
        base = tab.url.removesuffix("/review")
        for page in ("review", "mentee/e0003", "files", "compare", "history"):
            for width in (400, 1000, 1600):
                tab.set_viewport_size({"width": width, "height": 900})
                tab.goto(f"{base}/{page}")
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
