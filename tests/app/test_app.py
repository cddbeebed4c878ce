"""A single run in the app: decide, undo, work out again, approve; strangers get nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.app.client import TestClient
from tests.app.conftest import FollowDecisions, browser_of, open_run
from tests.app.sign_ups import HOST, ONE_DECISION, site, started
from tests.workbooks import parts_of, sheet_xml, zipped

from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.gate import HEADERS, SessionGate, signed_address
from matcher.app.site import create_site
from matcher.programme import ledger
from matcher.report.run_data import RunData

MakeClient = Callable[[ProgrammeFolder], TestClient]
BASE = "/p/run"


def _pair(run: Path) -> tuple[str, str]:
    row = RunData.read(run)["matches"].iloc[0]
    return f"{BASE}/mentee/{row['mentee_id']}", str(row["mentor_id"])


def _gated(opened: ProgrammeFolder) -> TestClient:
    desk = Desk(opened.folder, only=opened)
    return TestClient(
        create_site(desk, SessionGate(frozenset({HOST}), "t")), base_url=f"http://{HOST}"
    )


def _again(client: TestClient, opened: ProgrammeFolder) -> str:
    client.post(f"{BASE}/match", data={"verb": "work"})
    assert opened.job is not None
    assert opened.job.thread is not None
    opened.job.thread.join()
    return client.get(f"{BASE}/match").text


@pytest.mark.slow
def test_the_token_works_once(opened: ProgrammeFolder) -> None:
    """Without the cookie only the first use of the right token gets in."""
    client = _gated(opened)
    assert client.get("/").status_code == 403
    assert client.get(f"/enter?key={signed_address('wrong')}").status_code == 403
    once = f"/enter?key={signed_address('t')}"
    assert client.get(once).status_code == 200
    client.cookies.clear()
    assert client.get(once).status_code == 403
    assert client.get(f"/enter?key={signed_address('t')}").status_code == 200
    client.cookies.clear()
    assert client.get(f"/enter?key={signed_address('t', 1_000.0)}").status_code == 403


def test_the_cookie_is_strict(opened: ProgrammeFolder) -> None:
    """No script reads it and no other site sends it."""
    answer = _gated(opened).get(f"/enter?key={signed_address('t')}", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert cookie.startswith(f"matcher_app_{HOST.rpartition(':')[2]}="), (
        "each app of a machine has its own"
    )
    assert "token" not in answer.headers["location"]


@pytest.mark.slow
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8001", ""])
def test_another_host_name_is_refused(
    opened: ProgrammeFolder, make_client: MakeClient, host: str
) -> None:
    """A name that was made to point here does not get in, cookie or not."""
    assert make_client(opened).get("/", headers={"host": host}).status_code == 421


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", f"https://{HOST}"])
def test_changes_from_elsewhere_are_refused(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient, origin: str
) -> None:
    """Every form must come from our own pages."""
    page, mentor = _pair(run)
    answer = make_client(opened).post(
        page, data={"verb": "ban", "mentor": mentor}, headers={"origin": origin}
    )
    assert answer.status_code == 403
    assert not ledger.log_of(run).path.exists()


@pytest.mark.slow
def test_every_answer_carries_the_policy(opened: ProgrammeFolder, make_client: MakeClient) -> None:
    """Refusals and pages alike allow nothing from elsewhere, no inline script and no frame."""
    client = make_client(opened)
    for path in ("/", "/nowhere", "/static/app.css"):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    page = client.get("/").text
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e%2fapp.py",
        "/static/..%5capp.py",
        "/static/README.md",
        "/etc/passwd",
        f"{BASE}/file/../config.toml",
        f"{BASE}/file/%2e%2e%2fpeople",
        f"{BASE}/file/.hidden",
        f"{BASE}/file/link.csv",
    ],
)
def test_no_other_file_can_be_read(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient, path: str
) -> None:
    """Only the named files of the pages and those of the match are served."""
    (run / ".hidden").write_text("x")
    (run / "link.csv").symlink_to("/etc/passwd")
    assert make_client(opened).get(path).status_code in (404, 422)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["app.css", "app.js", "htmx.min.js", "icon.svg"])
def test_the_pages_own_files_are_served(
    opened: ProgrammeFolder, make_client: MakeClient, name: str
) -> None:
    """What the pages load is there."""
    assert make_client(opened).get(f"/static/{name}").status_code == 200


@pytest.mark.slow
def test_decide_undo_and_see_it(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient
) -> None:
    """A decision shows on the page and is gone after undo."""
    client = make_client(opened)
    mentee, mentor = _pair(run)
    page = client.post(mentee, data={"verb": "ban", "mentor": mentor, "note": "<b>x</b>"})
    assert ONE_DECISION in page.text
    assert "&lt;b&gt;x" in page.text
    assert "<b>x</b>" not in page.text
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number
    page = client.post(mentee, data={"verb": "undo", "number": number[1]})
    assert ONE_DECISION not in page.text


@pytest.mark.slow
@pytest.mark.parametrize("word", ["lock", "ban", "hold", "release", "note"])
def test_every_word_about_a_pair_or_a_person(run: Path, opened: ProgrammeFolder, word: str) -> None:
    """Each has its button, and stands in the log as the command line reads it."""
    client = browser_of(opened)
    mentee, mentor = _pair(run)
    page = client.get(mentee).text
    assert re.search(rf'value="{word}"|say={word}\b', page)
    client.post(mentee, data={"verb": word, "mentor": mentor, "note": "because"})
    (row,) = ledger.log_of(run).decisions()
    assert (row["decision"], row["mentor_id"], row["note"]) == (word, mentor, "because")
    assert "because" in client.get(f"{BASE}/history").text


@pytest.mark.slow
def test_working_out_again_shows_what_changed(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient, matcher: FollowDecisions
) -> None:
    """It gets decisions, settings and the earlier match; Compare tells the change by name."""
    client = make_client(opened)
    page, mentor = _pair(run)
    client.post(page, data={"verb": "ban", "mentor": mentor})
    _again(client, opened)
    assert client.get(f"{BASE}/progress").headers["HX-Redirect"] == f"{BASE}/match"
    asked = matcher.calls[0]
    assert asked["beside"] == run
    assert asked["config"] == run / "config.toml"
    assert asked["decisions"] == run / "decisions-1.jsonl"
    told = client.get(f"{BASE}/compare").text
    assert "1 mentee has other mentors" in told
    assert "Go back to this match" in told
    page = client.post(f"{BASE}/compare", data={"match": run.name}).text
    assert opened.run() == run
    assert client.post(f"{BASE}/compare", data={"match": "../x"}).status_code == 422


@pytest.mark.slow
def test_approve_with_name_and_reason(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient
) -> None:
    """A proposal becomes approved, kept with the run and told in the report for others."""
    client = make_client(opened)
    assert "Approve this match" in client.get(f"{BASE}/approve").text
    data = {"verb": "approve", "by": "Jo", "reason": "panel of 3 May"}
    page = client.post(f"{BASE}/approve", data=data).text
    assert "This match is approved" in page
    assert "panel of 3 May" in page
    (event,) = ledger.log_of(run).events()
    assert (event["event"], event["by"], event["overrides"]) == ("approve", "Jo", 0)
    approval = ledger.approval(run)
    assert approval is not None
    assert approval.sentence() in client.get(f"{BASE}/report.html").text


@pytest.mark.slow
def test_an_unknown_person_is_told(opened: ProgrammeFolder, make_client: MakeClient) -> None:
    """No traceback and no echo as markup."""
    client = make_client(opened)
    answer = client.get(f"{BASE}/mentee/<script>")
    assert answer.status_code == 422
    assert "<script>" not in answer.text.replace("<script src", "")
    answer = client.post(f"{BASE}/mentee/x", data={"verb": "ban", "mentor": "y"})
    assert answer.status_code == 422


@pytest.mark.slow
def test_files_come_as_they_are(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient
) -> None:
    """Report and workbook, and every file of the match with what it is."""
    client = make_client(opened)
    assert client.get(f"{BASE}/report.html").content.startswith(b"<!doctype html>")
    assert client.get(f"{BASE}/matches.xlsx").content[:2] == b"PK"
    page = client.get(f"{BASE}/files").text
    listed = re.findall(rf'href="{BASE}/file/([^"]+)" download', page)
    assert set(listed) == {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    for path in listed:
        assert client.get(f"{BASE}/file/{path}").content == (run / path).read_bytes()
    assert "one row a pair" in page


def test_hostile_ids_stay_text(tmp_path: Path, make_client: MakeClient) -> None:
    """Markup in an id is shown, not run, and its page can be opened."""
    from tests.report.fake_run import write_fake_run

    hostile = '"><script>alert(1)</script>'
    run = write_fake_run(tmp_path / "bad", 10, 8, hostile=hostile)
    client = make_client(open_run(run))
    page = client.get(f"{BASE}/review?view=all").text
    assert "<script>alert" not in page
    answer = client.get(f"{BASE}/mentee/{quote(f'e0000{hostile}')}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.slow
@pytest.mark.parametrize("place", ["A99999999999", "XFD1048576", "a1"])
def test_a_hostile_workbook_is_refused_and_survived(tmp_path: Path, place: str) -> None:
    """It gets no name; where it lies there already, the page says so and the server goes on."""
    cells = f'<row r="1"><c r="{place}"><v>1</v></c></row>'
    hostile = zipped(parts_of({"mentees": sheet_xml(cells)}))
    client, base, home = started(tmp_path)
    before = sorted(path.name for path in home.iterdir())
    answer = client.post(f"{base}/files", files=[("files", ("people.xlsx", hostile))])
    assert answer.status_code == 422
    assert sorted(path.name for path in home.iterdir()) == before
    (home / "mentees.xlsx").write_bytes(hostile)
    assert site(tmp_path).get("/").status_code == 200


@pytest.mark.slow
def test_a_long_note_is_refused_never_cut(
    run: Path, opened: ProgrammeFolder, make_client: MakeClient
) -> None:
    """What does not fit is not saved at all."""
    client = make_client(opened)
    page, mentor = _pair(run)
    told = {"verb": "lock", "mentor": mentor, "note": "x" * 2_001}
    refused = client.post(page, data=told)
    assert refused.status_code == 422
    assert "2,000 letters at most" in refused.text
    long = {"verb": "approve", "by": "J" * 201, "reason": "ok"}
    assert client.post(f"{BASE}/approve", data=long).status_code == 422
    assert not ledger.log_of(run).path.exists()
    client.post(page, data=told | {"note": "x" * 2_000})
    assert ledger.standing(run)["note"].str.len().tolist() == [2_000]


def test_a_broken_log_is_told(run: Path, opened: ProgrammeFolder, make_client: MakeClient) -> None:
    """A log that somebody edited ends in a page that says so."""
    (run / "decisions.jsonl").write_text("no json\n{}\n")
    answer = make_client(opened).get(f"{BASE}/review")
    assert answer.status_code == 422
    assert "no event of a decision log" in answer.text
