"""What the app's pages cost: ``python benchmarks/app.py [--people 1000] [--requests 2000]``.

Writes sign-ups of that many people, matches and approves them, then asks for every page in this
process: at first, again, and after each kind of change (a setting, a decision, a reply, a word of
the letters); then for what is waited for while deciding (find boxes, a slider, an effect). Prints
CPU seconds of the request and kilobytes of the page; with `--requests` also what the process holds
before and after that many. `--folder` keeps what was made, for next time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from matcher.app.desk import Desk
from matcher.app.gate import SessionGate, signed_address
from matcher.app.site import create_site
from matcher.cli.main import run
from matcher.programme.ledger import approve
from matcher.report.run_data import RunData
from sign_ups import write_sign_ups

HOST = "127.0.0.1:8000"
PAGES = (
    *("", "/files", "/questions", "/people", "/priorities", "/match", "/review", "/review?q=ba"),
    *("/mentee/{mentee}", "/letters", "/letters?q=ba", "/letters/{mentee}"),
    *("/letters/{mentee}/plan", "/approve", "/history", "/year", "/year?show=waiting"),
    *("/year?mentee={mentee}&mentor={mentor}", "/survey/mid", "/board", "/board/page"),
)


def main() -> int:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = (asked.folder or Path(temporary)) / f"programme-{asked.people}"
        made(home, asked.people)
        browser = Browser(home)
        told = browser.told()
        for title, change in {"at first": None, "again": None, **browser.changes()}.items():
            if change is not None:
                print(f"{title}: the change itself {browser.cost(change)[0]:.2f}")
            costs = {page: browser.page(page, told) for page in PAGES}
            worst = max(costs, key=lambda page: costs[page][0])
            print(f"{title}: worst {costs[worst][0]:.2f} CPU s ({worst or 'start'})")
            for page, (seconds, size) in costs.items():
                print(f"  {page or '(next step)':40} {seconds:6.2f} CPU s {size / 1024:7.0f} KB")
        browser.print_acts(told)
        if asked.requests:
            before = resident()
            for k in range(asked.requests):
                browser.page(PAGES[k % len(PAGES)], told)
            print(f"{asked.requests} requests: {before:.0f} MB before, {resident():.0f} MB after")
    return 0


def made(home: Path, people: int) -> None:
    """Write, map, match and approve a programme, unless it is there."""
    if home.is_dir():
        return
    write_sign_ups(home, people)
    run(["map", str(home)])
    run(["match", str(home), "--set-aside", "-o", str(home / "runs" / "first")])
    at = "2026-11-02T09:00:00+00:00"
    folder = home / "runs" / "first"
    approve(folder, RunData.read(folder), "A. Reader", "read by two", at)


class Browser:
    """Asks for pages of one programme."""

    def __init__(self, home: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from fastapi.testclient import TestClient

        self.home, self.base = home, f"/p/{home.name}"
        app = create_site(Desk(home.parent), SessionGate(frozenset({HOST}), "t"))
        headers = {"origin": f"http://{HOST}"}
        self.client = TestClient(
            app, base_url=f"http://{HOST}", headers=headers, follow_redirects=False
        )
        self.client.get(f"/enter?key={signed_address('t')}")

    def told(self) -> dict[str, str]:
        """Return a pair of the match."""
        row = RunData.read(self.home / "runs" / "first")["matches"].iloc[0]
        return {"mentee": row["mentee_id"], "mentor": row["mentor_id"]}

    def page(self, page: str, told: dict[str, str]) -> tuple[float, int]:
        """Ask for a page; return CPU seconds and bytes."""
        return self.cost(lambda: self.client.get(self.base + page.format(**told)))

    def print_acts(self, told: dict[str, str]) -> None:
        """Print what somebody waits for while they decide: find boxes, sliders, effects."""
        wanted = RunData.read(self.home / "runs" / "first")["alternates"]
        mentee, mentor = wanted.iloc[0][["mentee_id", "mentor_id"]]
        for title, page in {
            "find on Review": "/review?q=bac",
            "find on Letters": "/letters?q=bac",
            "find on Year": "/year?q=bac",
            "find a mentor by name": f"/mentee/{mentee}?who=Nobody+Here",
            "a slider moved": "/priorities?coverage=0&way=few",
            "a slider moved, anew": "/priorities?coverage=0&way=anew",
            "effect of an alternate": f"/mentee/{mentee}?attempt={mentor}",
            "effect, anew": f"/mentee/{mentee}?attempt={mentor}&way=anew",
        }.items():
            self.page(page, told) if title.startswith("find") else None
            print(f"  {title:40} {self.page(page, told)[0]:6.2f} CPU s")

    def cost(self, ask: Callable[[], object]) -> tuple[float, int]:
        """Return CPU seconds of a request, and bytes of the answer."""
        before = sum(os.times()[:2])
        answer = ask()
        status = answer.status_code  # type: ignore[attr-defined]
        if status not in (200, 303):
            raise SystemExit(f"{self.base}: {status}")
        return sum(os.times()[:2]) - before, len(answer.content)  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Callable[[], object]]:
        """Return what somebody changes, by name."""
        pair, base = self.told(), self.base
        words = {
            "greeting": f"Hello {{name}}, {time.time()}", "contact": "", "ask": "both",
            "reply_before": "7", "language": "en",
        }  # fmt: skip
        said = {"verb": "record", **pair, "status": "accepted"}
        post = self.client.post
        question = {"verb": "take", "at": "signups.40", "target": "groups.further"}
        return {
            "after a question": lambda: post(f"{base}/questions", data=question),
            "after a word of the letters": lambda: post(f"{base}/words", data=words),
            "after a date": lambda: post(f"{base}/words", data=words | {"start": "2027-03-01"}),
            "after a look": lambda: post(f"{base}/mentee/{pair['mentee']}", data={"verb": "seen"}),
            "after a reply": lambda: post(f"{base}/year", data=said),
            "after a decision": lambda: post(
                f"{base}/mentee/{pair['mentee']}", data={"verb": "lock", "mentor": pair["mentor"]}
            ),
        }


def resident() -> float:
    """Return megabytes that this process holds."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    raise SystemExit(main())
