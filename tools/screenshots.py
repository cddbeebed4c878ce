"""Take the screenshots of the docs: the example cohort's report and review, in Debian's chromium.

    python tools/screenshots.py [--set KEY=VALUE ...]

Matches ``examples/cohort`` into a temporary folder, then writes ``docs/images/report-*.png`` and
``docs/images/review-*.png``. Needs chromium and the extras ``[dev]``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from matcher.arrays import present
from matcher.run import run_match

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDTHS = {400: 860, 1000: 900, 1600: 1000}
"""Widths at which the report is looked at, each with the height of its picture."""


def main(overrides: list[str]) -> None:
    """Write all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = run_match(
            ROOT / "examples" / "cohort", None, Path(folder) / "run", overrides=overrides
        )
        with sync_playwright() as driver:
            path = shutil.which("chromium")
            browser = driver.chromium.launch(executable_path=path, args=FLAGS)
            report_pictures(browser, run / "report.html")
            review_pictures(browser, run)
            browser.close()


def report_pictures(browser: Browser, report: Path) -> None:
    """Take the top of the report at three widths, a waterfall and the fairness section."""
    for width, height in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(report.as_uri())
        page.screenshot(path=IMAGES / f"report-{width}.png")
        page.close()
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(report.as_uri())
    row = page.locator("#t-portfolios > tbody").nth(1)
    row.locator("summary").click()
    row.screenshot(path=IMAGES / "report-waterfall.png")
    page.locator("#mentors").screenshot(path=IMAGES / "report-mentors.png")
    page.close()


def review_pictures(browser: Browser, run: Path) -> None:
    """Take a mentee's page in the review."""
    command = [sys.executable, "-u", "-m", "matcher", "review", str(run), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = present(server.stdout).readline().split()[1]
            page = browser.new_page(viewport={"width": 1000, "height": 900})
            page.goto(address)
            open_mentee(page)
            page.screenshot(path=IMAGES / "review-mentee.png")
            page.close()
        finally:
            server.terminate()


def open_mentee(page: Page) -> None:
    """Open the second mentee of the list."""
    page.locator(".item").nth(1).click()
    page.locator(".pair").first.wait_for()


if __name__ == "__main__":
    main([text for text in sys.argv[1:] if text != "--set"])
