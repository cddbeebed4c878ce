"""The app in a real browser: from the raw workbook to an approved match and its folder."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.app.browsing import opened
from tests.app.sign_ups import DAYS, FILE, export
from tests.report.chromium import chromium

from matcher.app import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
FORMS = ROOT.parent / "shared" / "cases" / "forms"
AXE = "axe-core@4.10.2"
PATIENTLY = """
from matcher.app import patience
from matcher.cli.main import main
patience.PATIENCE = 60.0  # a loaded machine: what is tested is the page itself
main()
"""
CSS = resources.files("matcher.app").joinpath("static/app.css").read_text("utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for all tests of this module."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the source of axe-core, which is fetched here and never shipped."""
    place = tmp_path_factory.mktemp("axe")
    try:
        command = ["npm", "pack", AXE, "--silent"]
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"axe-core cannot be fetched through npm: {type(error).__name__}")
    with tarfile.open(next(place.glob("*.tgz"))) as packed:
        source = packed.extractfile("package/axe.min.js")
        assert source is not None
        return source.read().decode()


@contextmanager
def _app(folder: Path) -> Iterator[str]:
    """Give the address of the app over a folder, killed without warning at the end."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PATIENTLY, "app", str(folder), "--no-open"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def _fits(tab: Page) -> None:
    """Nothing sticks out sideways, at three widths; the next step is in view."""
    for width in (400, 800, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, (tab.url, width)


def _serious(tab: Page, axe: str) -> None:
    """Nothing serious is found by axe-core."""
    tab.wait_for_load_state()  # before its script has run a page is another one
    tab.evaluate(axe)
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    worst = [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert worst == [], tab.url


def _go_on(tab: Page) -> None:
    with tab.expect_navigation():
        tab.locator("#next .btn.main").click()


def test_from_the_raw_workbook_to_the_board(browser: Browser, axe: str, tmp_path: Path) -> None:
    """The whole way without a terminal: file, answers, match, letters, three declines, board."""
    if not FORMS.is_dir():
        pytest.skip("the example sign-ups do not lie beside the repository")
    (workbook,) = FORMS.glob("*.xlsx")
    with _app(tmp_path) as address, opened(browser, address) as tab:
        tab.set_input_files("#files", workbook)
        tab.wait_for_url("**/files")
        assert "100 people." in tab.locator("main").inner_text()
        with tab.expect_navigation():
            tab.get_by_role("link", name="Questions").first.click()
        assert "27 of 27 are understood" in tab.locator("h1").inner_text()
        assert "94" in tab.locator(".side .big").inner_text()
        _fits(tab)
        _serious(tab, axe)
        assert "put the grades in order" in tab.locator("#next").inner_text()
        _go_on(tab)
        _go_on(tab)
        assert "4 questions about people" in tab.locator("h1").inner_text()
        with tab.expect_navigation():
            tab.get_by_role("button", name="Everybody at").first.click()
        assert "3 questions about people" in tab.locator("h1").inner_text()
        _fits(tab)
        _serious(tab, axe)
        _go_on(tab)
        tab.wait_for_url("**/priorities")
        _go_on(tab)
        tab.locator(".counts").wait_for(timeout=120_000)
        assert re.match(r"\d+ of \d+ ", tab.locator("h1").inner_text())
        _fits(tab)
        _serious(tab, axe)
        tab.goto(tab.url.replace("/match", "/priorities"))
        with tab.expect_navigation():
            tab.get_by_label("Meeting", exact=True).fill("4")
        assert "mentees" in tab.locator(".side").inner_text()
        tab.locator("#next", has_text="keep this change").wait_for()
        _fits(tab)
        _serious(tab, axe)
        tab.get_by_role("link", name="Put it back").click()
        _go_on(tab)
        _fits(tab)
        _serious(tab, axe)
        tab.locator(".item").first.click()
        tab.locator(".others a").first.click()
        tab.locator(".what").wait_for()
        tab.locator("#h-effect:focus").wait_for()
        _fits(tab)
        _serious(tab, axe)
        _go_on(tab)
        assert "chosen for" in tab.locator(".flag.ok").inner_text()
        tab.locator("#next", has_text="with 1 decision").wait_for()
        with tab.expect_navigation():
            tab.keyboard.press("Control+z")
        assert tab.locator("#next", has_text="with 1 decision").count() == 0
        base = re.sub(r"(/p/[^/]+).*", r"\1", tab.url)
        tab.goto(f"{base}/letters")
        _fits(tab)
        _serious(tab, axe)
        tab.locator(".item").first.click()
        tab.frame_locator("#f-plan, #f-mentor").locator("h1").first.wait_for()
        tab.get_by_label("Greeting").fill("Hello {name},")
        with tab.expect_navigation():
            tab.get_by_role("button", name="Change these words").click()
        assert "Hello " in tab.locator(".mail").first.inner_text()
        _fits(tab)
        _serious(tab, axe)
        tab.goto(f"{base}/approve")
        _fits(tab)
        _serious(tab, axe)
        _approved_and_sent(tab, "read by two of us")
        assert list(tmp_path.glob("*/runs/*/after/send.xlsx"))
    with _app(tmp_path) as address, opened(browser, address, color_scheme="dark") as tab:
        tab.get_by_role("link", name="Go on").click()
        assert "The year: " in tab.locator("h1").inner_text()
        _serious(tab, axe)
        no = "The mentee said no, and would like another mentor"
        for reply in (no, no, no, "Said yes"):
            tab.goto(f"{base}/year?show=asked".replace(base.split("/p/")[0], _site(address)))
            tab.get_by_role("link", name="Record").first.click()
            tab.locator("#h-record:focus").wait_for()
            with tab.expect_navigation():
                tab.get_by_role("button", name=reply, exact=True).click()
            assert reply.lower() in tab.locator(".flag.ok").inner_text()
        tab.locator(".next-one").first.wait_for(timeout=60_000)
        tab.locator("#in-line", has_text="Nobody else moves").wait_for()
        tab.reload()
        _fits(tab)
        _serious(tab, axe)
        _go_on(tab)
        tab.get_by_label("Why is this match right").wait_for(timeout=60_000)
        _approved_and_sent(tab, "the next in line")
        assert "0 Overdue" not in tab.locator(".facets").inner_text()
        tab.get_by_role("link", name="Page for the board").first.click()
        tab.locator(".counts .big").first.wait_for()
        people = tab.locator(".counts .big").all_inner_texts()
        tab.frame_locator("#f-board").locator("table").first.wait_for()
        _fits(tab)
        _serious(tab, axe)
        table = next(tmp_path.glob("*/engagements.csv")).read_text("utf-8")
    assert people[0] == people[1]
    assert table.count(",declined,") == 3
    assert table.count(",accepted,") == 1


def _site(address: str) -> str:
    return address.split("/enter")[0]


def _approved_and_sent(tab: Page, reason: str) -> None:
    """Approve with name and reason, make the folder, say that its letters were sent."""
    tab.locator("#approve [name=by]").fill("Jo Panel")
    tab.get_by_label("Why is this match right").fill(reason)
    _go_on(tab)
    assert "Jo Panel" in tab.locator(".lead").inner_text()
    _go_on(tab)
    tab.get_by_role("heading", name="The folder to send").wait_for(timeout=60_000)
    _go_on(tab)
    assert "Letters sent" in tab.locator(".flag.ok").inner_text()


def test_keys_alone_answer_and_change(browser: Browser, axe: str, tmp_path: Path) -> None:
    """A question is taken as something else without a pointer, and the page says where it is."""
    with _app(tmp_path) as address, opened(browser, address) as tab:
        _serious(tab, axe)
        _fits(tab)
        files = [{"name": FILE, "mimeType": "text/csv", "buffer": export()}]
        tab.set_input_files("#files", files)
        tab.wait_for_url("**/files")
        tab.goto(tab.url.replace("/files", "/questions"))
        tab.get_by_text("Show all").first.click()
        select = tab.get_by_label(f"{DAYS} is taken as")
        select.focus()
        with tab.expect_navigation():
            select.select_option("ignore")
        again = tab.get_by_label(f"{DAYS} is taken as")
        assert again.input_value() == "ignore"
        assert again.evaluate("field => field === document.activeElement")


def test_starting_again_opens_the_app_that_runs(tmp_path: Path) -> None:
    """The second start tells an address of the first; a killed one leaves nothing in the way."""
    with _app(tmp_path) as first:
        port = first.split("/")[2]
        assert (tmp_path / serving.PLACE).stat().st_mode & 0o077 == 0
        assert (serving.open_elsewhere(tmp_path) or "").split("/")[2] == port
    assert serving.open_elsewhere(tmp_path) is None


def test_who_asks_for_nothing_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a request does not stay open."""
    import threading

    from fastapi import FastAPI

    monkeypatch.setattr(serving, "IDLE", 0.5)
    told: list[str] = []
    work = threading.Thread(
        target=serving.serve_app, args=(lambda _: FastAPI(), 0, told.append, tmp_path), daemon=True
    )
    work.start()
    while not told:
        time.sleep(0.05)
    port = int(told[0].split("/")[2].split(":")[1])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as idle:
        assert idle.recv(1) == b""


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})", block))


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
def test_colours_can_be_told_apart(theme: int) -> None:
    """Text has a contrast of 4.5, edges and focus of 3, in light and dark."""
    colours = _colours(re.findall(r":root\{(.*?)\}", CSS, flags=re.S)[theme])

    def contrast(one: str, other: str) -> float:
        high, low = sorted((_light(colours[one]), _light(colours[other])), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for name in ("ink", "soft", "accent", "mentor", "ok", "look", "stop"):
        assert contrast(name, "surface") >= 4.5, name
    for role in ("ok", "look", "stop", "mentor", "accent"):
        assert contrast(role, f"{role}-wash") >= 4.5, role
    assert contrast("accent-ink", "accent") >= 4.5
    for name in ("edge", "focus"):
        assert contrast(name, "surface") >= 3, name
