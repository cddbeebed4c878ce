"""The report in a real browser: offline, searched, sorted, opened, on a telephone and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.report.chromium import chromium
from tests.report.fake_run import write_fake_run

from matcher.report.page import build_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
BODY = "#t-portfolios > tbody"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for all tests of this module."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a run of a thousand mentees."""
    folder = tmp_path_factory.mktemp("big")
    run = write_fake_run(folder / "run", 1000, 500)
    path = folder / "report.html"
    path.write_bytes(build_report(run))
    return path


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """Return the report open in a tab that may load nothing else, with its complaints."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 900})
    tab = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(report.as_uri(), wait_until="load")
    yield tab
    assert asked == [report.as_uri()]
    assert complaints == []
    context.close()


def _column(page: Page, number: int) -> list[str]:
    cells = f"{BODY} > tr:first-child > :nth-child({number})"
    values: list[str] = page.eval_on_selector_all(cells, "all => all.map(c => c.dataset.v || '')")
    return values


@pytest.mark.slow
def test_a_thousand_mentees_are_interactive(page: Page) -> None:
    """The script has run once the page has loaded, and every mentee is in the table."""
    assert page.get_attribute("html", "data-ready") == "yes"
    assert page.locator(BODY).count() == 980
    timing: dict[str, Any] = page.evaluate(
        "() => performance.getEntriesByType('navigation')[0].toJSON()"
    )
    assert 0 < timing["domInteractive"] <= timing["domComplete"]


@pytest.mark.slow
def test_search_leaves_what_was_asked_for(page: Page) -> None:
    """Rows that do not hold the text are hidden, and the number left is told."""
    page.fill("input[data-table=t-portfolios]", "E0042")
    assert page.locator(f"{BODY}:visible").count() == 1
    assert page.locator("[data-count=t-portfolios]").inner_text() == "1 of 980 shown"
    page.fill("input[data-table=t-portfolios]", "")
    assert page.locator(f"{BODY}:visible").count() == 980


@pytest.mark.slow
def test_sort_by_value_both_ways_with_the_keyboard(page: Page) -> None:
    """A heading is a button: Enter sorts up, Enter again sorts down, and it says so."""
    heading = page.locator("#t-portfolios > thead th", has_text="Value")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    up = [float(value) for value in _column(page, 4)]
    assert up == sorted(up)
    assert heading.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert [float(value) for value in _column(page, 4)] == sorted(up, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"


@pytest.mark.slow
def test_a_waterfall_opens_and_its_bars_add_up(page: Page) -> None:
    """The bars of a pair follow each other up to the total, which is the score shown."""
    row = page.locator(BODY).first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    table = row.locator("table.w").first
    assert table.is_visible()
    shown = float(table.locator("tr.t td").nth(2).inner_text())
    parts = [float(t) for t in table.locator("tbody tr:not(.t) td:nth-child(4)").all_inner_texts()]
    assert round(sum(parts), 3) == shown
    total = table.locator("path.t").get_attribute("d") or ""
    assert int(total.split("h")[1].split("v")[0]) == round(1000 * shown)


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1000, 1600])
def test_nothing_sticks_out_sideways(page: Page, width: int) -> None:
    """At every width the page is as wide as the window, with rows open too."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((d, i) => { d.open = i < 3; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_it_reads_without_a_script(browser: Browser, report: Path) -> None:
    """Rows open and hold their waterfalls where scripts are off; dead controls are not shown."""
    context = browser.new_context(java_script_enabled=False, offline=True)
    tab = context.new_page()
    tab.goto(report.as_uri())
    tab.locator(f"{BODY} summary").first.click()
    assert tab.locator("table.w").first.is_visible()
    assert tab.locator("input[type=search]").first.is_hidden()
    context.close()


@pytest.mark.slow
def test_it_prints_on_pages(browser: Browser, tmp_path: Path) -> None:
    """Paper gets the result and the tables, not the navigation."""
    run = write_fake_run(tmp_path / "run", 30, 20)
    (tmp_path / "r.html").write_bytes(build_report(run))
    tab = browser.new_page()
    tab.goto((tmp_path / "r.html").as_uri())
    tab.emulate_media(media="print")
    assert tab.locator("nav").is_hidden()
    assert tab.locator(".lead").is_visible()
    assert tab.pdf().startswith(b"%PDF")
    tab.close()


@pytest.mark.slow
def test_hostile_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    """Scripts and handlers in ids and reasons stay words."""
    hostile = '"><img src=x onerror=window.hit=1><script>window.hit=1</script>'
    run = write_fake_run(tmp_path / "run", 30, 20, hostile=hostile)
    (tmp_path / "r.html").write_bytes(build_report(run))
    tab = browser.new_page()
    tab.goto((tmp_path / "r.html").as_uri())
    assert tab.evaluate("window.hit") is None
    assert tab.locator("img").count() == 0
    assert "onerror" in tab.locator(BODY).first.inner_text()
    tab.close()
