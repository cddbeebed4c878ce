"""A small export of a form, invented here, with what pages must be able to ask about."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from tests.app.client import TestClient

from matcher.app.desk import Desk
from matcher.app.gate import SessionGate, signed_address
from matcher.app.site import create_site

HOST = "127.0.0.1:8000"
TITLE = "Harbour mentoring"
FILE = f"{TITLE}(1-24).csv"
TOPICS = ("Writing a business case", "Presenting", "Finding a sponsor", "Time off and back")
ROLE, AVOID, DAYS = "I take part as", "Who should we not pair you with?", "Which days suit you?"
OWN_PIER = "anybody from my own pier"
NOT_FINISHED, ONE_DECISION, NOBODY_APART = (
    "did not finish",
    "with 1 decision",
    "nobody is kept apart",
)
"""What pages say that several files of tests look for."""
NAMES = [
    f"{first} {last}"
    for last in ("Ferry", "Quay", "Beacon")
    for first in ("Ada", "Bo", "Cleo", "Dov", "Eli", "Fay", "Gus", "Hal")
]


def mail(name: str) -> str:
    """Return somebody's address."""
    return f"{name.lower().replace(' ', '.')}@harbour.example"


def rows() -> list[dict[str, str]]:
    """Return 24 answers: mentees and mentors by turns."""
    found = []
    for k, name in enumerate(NAMES):
        is_mentee = k % 2 == 0
        topics = f"{TOPICS[k % 4]}, {TOPICS[(k // 2 + 1) % 4]}"
        found.append(
            {
                "Timestamp": f"2026-09-{k + 1:02d} 09:00:00",
                "Email Address": mail(name),
                "Your name": name,
                ROLE: "Mentee" if is_mentee else "Mentor",
                "Where do you work?": ("North pier", "South pier", "Lighthouse")[k % 3],
                "What would you like help with?": topics if is_mentee else "",
                "What could you help with?": "" if is_mentee else topics,
                "How many mentees could you take on?": "" if is_mentee else str(1 + k % 2),
                DAYS: "Monday, Friday" if k % 5 else "",
                AVOID: {2: OWN_PIER, 4: NAMES[7]}.get(k, ""),
                "I agree to be matched on my answers": "" if k == 23 else "Yes",
                "How do you feel today?": ("fine", "so so", "great")[k % 3],
            }
        )
    return found


def export(changed: Callable[[list[dict[str, str]]], object] | None = None) -> bytes:
    """Return the export as CSV, after `changed` had its way with the rows."""
    answers = rows()
    if changed:
        changed(answers)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(answers[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(answers)
    return text.getvalue().encode()


def site(folder: Path) -> TestClient:
    """Return a browser that was let into the app over a folder."""
    desk = Desk(folder, lambda: "2026-10-01T09:00:00+00:00")
    app = create_site(desk, SessionGate(frozenset({HOST}), "t"))
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    client.get(f"/enter?key={signed_address('t')}")
    return client


def started(folder: Path, content: bytes | None = None) -> tuple[TestClient, str, Path]:
    """Return a browser, the address of a programme begun with the export, and its folder."""
    client = site(folder)
    answer = client.post("/", files=[("files", (FILE, content or export()))])
    assert answer.status_code == 200, answer.text
    home = next(path for path in folder.iterdir() if path.is_dir())
    return client, f"/p/{home.name}", home
