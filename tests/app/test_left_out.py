"""Who is left out and put back, the start icon, and who is at work: all of it in plain files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest
from tests.app.sign_ups import FILE, NAMES, export, mail, site, started

from matcher.app import start_page
from matcher.app.approve_page import _without
from matcher.app.run_view import RunView
from matcher.app.start_icon import put_icon, start_icon
from matcher.app.year_view import reason_worded
from matcher.cli.main import run
from matcher.intake.read import read_cohort

pytestmark = pytest.mark.slow


def _out(home: Path) -> list[str]:
    return [f.code for _, f in read_cohort(home).set_aside]


def test_who_has_two_roles_is_without_a_mentor_for_their_own_reason() -> None:
    """Not for that of their row as a mentor without a mentee."""
    rows = [("m", "mentee", "no_place"), ("m", "mentor", "spare")]
    table = pd.DataFrame(rows, columns=["person_id", "role", "reason"])
    mentee = SimpleNamespace(key="m", mentors=(), person=SimpleNamespace(name="Mo"))
    view = cast(RunView, SimpleNamespace(data={"unmatched": table}, mentees=[mentee]))
    assert [*_without(view)] == [("Mo", reason_worded("no_place"))]


def test_somebody_is_left_out_and_put_back(tmp_path: Path) -> None:
    """By name and with a reason; commands read it, the file stays, each act is undone."""
    client, base, home = started(tmp_path)
    before = (home / "Harbour mentoring(1-24).csv").read_bytes()
    leave = {"verb": "leave", "said": NAMES[1], "after": "moves away in May"}
    page = client.post(f"{base}/people", data=leave).text
    assert "Left out by you" in page
    assert "moves away in May" in page
    assert _out(home).count("E_LEFT_OUT") == 1
    assert NAMES[1] not in set(read_cohort(home).mentors["name"])
    assert "answer cannot be read" not in client.get(f"{base}/questions").text
    assert run(["check", str(home)]) == 0
    (line,) = map(json.loads, (home / "corrections.jsonl").read_text().splitlines())
    assert line["column"] == "left_out"
    person = line["person"]
    assert "is left out: moves away in May" in client.get(f"{base}/history").text
    client.post(f"{base}/people", data={"verb": "back", "person": person})
    assert "E_LEFT_OUT" not in _out(home)
    number = client.get(f"{base}/people").text.split('name="number" value="')[1].split('"')[0]
    client.post(f"{base}/history", data={"number": number})
    assert _out(home).count("E_LEFT_OUT") == 1
    assert (home / "Harbour mentoring(1-24).csv").read_bytes() == before


@pytest.mark.parametrize("wrong", [{"said": "Nobody Atall", "after": "x"}, {"said": NAMES[1]}])
def test_nobody_is_left_out_by_mistake(tmp_path: Path, wrong: dict[str, str]) -> None:
    """Nobody of that name, or no reason: nothing is written."""
    client, base, home = started(tmp_path)
    assert client.post(f"{base}/people", data={"verb": "leave", **wrong}).status_code == 422
    assert not (home / "corrections.jsonl").exists()


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_start_icon_names_program_and_folder(system: str) -> None:
    """Blanks, quotes and percents in a path do no harm."""
    folder = Path("/home/jo/our 100% 'own' mentoring")
    icon = start_icon(folder, system, "/opt/py thon/bin/python")
    assert "-m matcher app" in icon.content
    assert icon.name.startswith("matcher our 100% 'own' mentoring.")
    if system == "darwin":
        words = icon.content.splitlines()[1].removeprefix("exec ")
        told = subprocess.run(["sh", "-c", f"printf '%s|' {words}"], capture_output=True, text=True)
        assert told.stdout.split("|")[-2] == str(folder)


def test_the_icon_is_offered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies on the desktop, can be started, and is not offered again; without one neither."""
    home, folder = tmp_path / "home", tmp_path / "folder"
    (home / "Desktop").mkdir(parents=True)
    folder.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("PATH", "")
    client = site(folder)
    assert "start icon on the desktop" in client.get("/").text
    assert "start icon on the desktop" not in client.post("/icon").text
    (icon,) = (home / "Desktop").iterdir()
    assert icon.stat().st_mode & 0o100
    assert sys.executable in icon.read_text()
    assert put_icon(folder) == icon
    monkeypatch.setattr(start_page, "desktop", lambda: None)
    assert "start icon" not in client.get("/").text


def test_who_is_at_work_is_asked_once(tmp_path: Path) -> None:
    """At the first act that can be taken back; kept beside the programmes, and in History."""
    client, base, home = started(tmp_path)
    assert "Asked once" not in client.get(f"{base}/people").text
    data = {"verb": "leave", "said": NAMES[1], "after": "x"}
    assert "Asked once" in client.post(f"{base}/people", data=data).text
    page = client.post("/you", data={"name": "Jo Panel", "back": f"{base}/people"}).text
    assert "Asked once" not in page
    assert "You are Jo Panel" in page
    client.post(f"{base}/people", data=data | {"said": NAMES[3]})
    assert "Jo Panel" in site(tmp_path).get(f"{base}/history").text
    assert "You are Jo Panel" in site(tmp_path).get(f"{base}/people").text
    assert client.post("/you", data={"name": "x" * 201}).status_code == 422
    answer = client.post("/you", data={"name": "x", "back": "//evil.example"})
    assert answer.url.host == "127.0.0.1"
    assert home.is_dir()


def test_a_newer_file_takes_the_place_of_an_older(tmp_path: Path) -> None:
    """Who is new, changed and gone is told, answers stay, the older file is kept."""
    client, base, home = started(tmp_path)
    client.post(f"{base}/people", data={"verb": "leave", "said": NAMES[1], "after": "x"})

    def newer(answers: list[dict[str, str]]) -> None:
        answers[0]["How do you feel today?"] = "splendid"
        answers[3]["Email Address"] = "new.one@harbour.example"
        answers.append(
            {**answers[2], "Email Address": "late@harbour.example", "Your name": "Late Comer"}
        )

    files = [("files", ("again.csv", export(newer)))]
    page = client.post(f"{base}/files", data={"verb": "replace", "at": FILE}, files=files).text
    assert "2 new, 1 changed, 1 gone; your answers are kept" in page
    assert (home / FILE).read_bytes() == export(newer)
    assert [path.read_bytes() for path in (home / ".replaced").iterdir()] == [export()]
    assert _out(home).count("E_LEFT_OUT") == 1
    for name, content in (("x.pdf", b"%PDF"), ("broken.xlsx", b"PK"), ("other.xlsx", export())):
        wrong = [("files", (name, content))]
        for verb in ("replace", "add"):
            data = {"verb": verb, "at": FILE}
            assert client.post(f"{base}/files", data=data, files=wrong).status_code == 422
    assert (home / FILE).read_bytes() == export(newer)
    assert client.post(f"{base}/files", files=[("files", (FILE, b"a,b\n1,2\n"))]).status_code == 422
    assert sorted(p.name for p in home.glob("*.*") if p.suffix != ".toml")[-1:] == ["history.jsonl"]
    menu = [("files", ("menu.csv", b"Soup,Price\nLeek,4\nPea,3\n"))]
    page = client.post(f"{base}/files", files=menu).text
    for words, is_there in (("Undone: Added", False), ("Done again: Added", True)):
        undo = re.search(r'name="number" value="(\d+)"', page)
        assert undo, "what was done last is what Undo takes back, and it says so"
        page = client.post(f"{base}/history", data={"number": undo[1], "back": "people"}).text
        assert (
            f"{words} menu.csv" in page.partition("</main>")[0].partition('role="status"')[2][:80]
        )
        assert (home / "menu.csv").is_file() == is_there
        page = client.get(f"{base}/history").text.partition("</h1>")[2]
    for name, words in (
        ("menu.csv", "Taken out: menu.csv"),
        (FILE, "Put a newer one in its place"),
    ):
        assert words in client.post(f"{base}/files", data={"verb": "remove", "at": name}).text
        assert (home / name).is_file() == (name == FILE)
    newest = re.search(r'id="act-(\d+)"><div><b>[^<]*2 new', client.get(f"{base}/history").text)
    assert newest
    client.post(f"{base}/history", data={"number": newest[1]})
    assert (home / FILE).read_bytes() == export()


def test_a_file_about_the_same_people_is_joined_on_upload(tmp_path: Path) -> None:
    """Files tells how many of it signed up, Questions what its columns are taken for."""
    client, base, _ = started(tmp_path)
    staff = ["Mail;Line manager", *(f"{mail(name)};{NAMES[1]}" for name in (*NAMES, "Out Sider"))]
    page = client.post(f"{base}/files", files=[("files", ("staff.csv", "\n".join(staff).encode()))])
    assert "24 rows are joined" in page.text
    assert "1 row is of somebody who did not" in page.text
    assert "Line manager is taken as" in client.get(f"{base}/questions").text
