"""The pages decide, undo, rerun and approve; strangers and other sites get nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.app.client import TestClient
from tests.app.conftest import HOST, FollowDecisions, open_review
from tests.workbooks import parts_of, sheet_xml, zipped

from matcher.app.gate import HEADERS, SessionGate, signed_address
from matcher.app.rematch import match_again
from matcher.app.routes import create_app
from matcher.app.session import Review
from matcher.app.uploads import Uploads
from matcher.config import Config
from matcher.intake.read import check_cohort, read_cohort
from matcher.programme import ledger
from matcher.report.run_data import RunData

MakeClient = Callable[[Review], TestClient]


def _pair(run: Path) -> dict[str, str]:
    row = RunData.read(run)["matches"].iloc[0]
    return {"mentee": str(row["mentee_id"]), "mentor": str(row["mentor_id"])}


def _gated(review: Review, tmp_path: Path) -> TestClient:
    app = create_app(
        review, Uploads(str(tmp_path), lambda _: []), SessionGate(frozenset({HOST}), "t")
    )
    return TestClient(app, base_url=f"http://{HOST}")


@pytest.mark.slow
def test_the_token_works_once(review: Review, tmp_path: Path) -> None:
    """Without the cookie only the first use of the right token gets in."""
    client = _gated(review, tmp_path)
    assert client.get("/").status_code == 403
    assert client.get(f"/enter?key={signed_address('wrong')}").status_code == 403
    once = f"/enter?key={signed_address('t')}"
    assert client.get(once).status_code == 200
    client.cookies.clear()
    assert client.get(once).status_code == 403
    assert client.get(f"/enter?key={signed_address('t')}").status_code == 200
    client.cookies.clear()
    assert client.get(f"/enter?key={signed_address('t', 1_000.0)}").status_code == 403


def test_the_cookie_is_strict(review: Review, tmp_path: Path) -> None:
    """No script reads it and no other site sends it."""
    answer = _gated(review, tmp_path).get(
        f"/enter?key={signed_address('t')}", follow_redirects=False
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "token" not in answer.headers["location"]


@pytest.mark.slow
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8001", ""])
def test_another_host_name_is_refused(review: Review, make_client: MakeClient, host: str) -> None:
    """A name that was made to point here does not get in, cookie or not."""
    assert make_client(review).get("/", headers={"host": host}).status_code == 421


@pytest.mark.slow
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", f"https://{HOST}"])
def test_changes_from_elsewhere_are_refused(
    run: Path, review: Review, make_client: MakeClient, origin: str
) -> None:
    """Every form must come from our own pages."""
    answer = make_client(review).post(
        "/decide", data={**_pair(run), "decision": "ban"}, headers={"origin": origin}
    )
    assert answer.status_code == 403
    assert not ledger.log_of(run).path.exists()


@pytest.mark.slow
def test_every_answer_carries_the_policy(review: Review, make_client: MakeClient) -> None:
    """Refusals and pages alike allow nothing from elsewhere, no inline script and no frame."""
    client = make_client(review)
    for path in ("/", "/nowhere", "/static/review.css"):
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
    ],
)
def test_no_other_file_can_be_read(review: Review, make_client: MakeClient, path: str) -> None:
    """Only the named files of the pages are served."""
    assert make_client(review).get(path).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("name", ["report.css", "report.js", "review.css", "htmx.min.js"])
def test_the_pages_own_files_are_served(review: Review, make_client: MakeClient, name: str) -> None:
    """What the pages load is there."""
    assert make_client(review).get(f"/static/{name}").status_code == 200


@pytest.mark.slow
def test_decide_undo_and_see_it(run: Path, review: Review, make_client: MakeClient) -> None:
    """A decision shows on the first page and is gone after undo."""
    client = make_client(review)
    page = client.post("/decide", data={**_pair(run), "decision": "ban", "note": "<b>x</b>"})
    assert "1 decision not in this run yet" in page.text
    assert "&lt;b&gt;x" in page.text
    assert "<b>x</b>" not in page.text
    assert "None yet." in client.post("/undo").text


@pytest.mark.slow
def test_rerun_shows_what_changed(
    run: Path, review: Review, make_client: MakeClient, matcher: FollowDecisions
) -> None:
    """The rerun gets the decisions, the config and the earlier run; the change is told."""
    client = make_client(review)
    client.post("/decide", data={**_pair(run), "decision": "ban"})
    client.post("/rerun")
    assert review.job is not None
    while not review.job.done:
        pass
    progress = client.get("/progress")
    assert progress.headers["HX-Redirect"] == "/changes"
    asked = matcher.calls[0]
    assert asked["previous"] == run
    assert asked["config"] == run / "config.toml"
    assert asked["decisions"] == run / "decisions-1.jsonl"
    assert "1 mentee has other mentors" in client.get("/changes").text
    # A rerun that ended before its page was drawn leads on as well: nothing would poll any more.
    assert "1 mentee has other mentors" in client.get("/running").text


@pytest.mark.slow
def test_approve_with_name_and_reason(run: Path, review: Review, make_client: MakeClient) -> None:
    """PROPOSED becomes APPROVED, kept with the run."""
    client = make_client(review)
    assert "PROPOSED" in client.get("/").text
    page = client.post("/approve", data={"by": "Jo", "reason": "panel of 3 May"}).text
    assert "APPROVED" in page
    assert "panel of 3 May" in page
    (event,) = ledger.log_of(run).events()
    assert (event["event"], event["by"], event["overrides"]) == ("approve", "Jo", 0)


@pytest.mark.slow
def test_an_unknown_person_is_told(review: Review, make_client: MakeClient) -> None:
    """No traceback and no echo as markup."""
    client = make_client(review)
    assert client.get("/mentee", params={"id": "<script>"}).status_code == 404
    answer = client.post("/decide", data={"mentee": "x", "mentor": "y", "decision": "ban"})
    assert answer.status_code == 422
    assert "E_UNKNOWN_PERSON" in answer.text


@pytest.mark.slow
def test_a_mentee_page_shows_pairs_and_alternates(
    run: Path, review: Review, make_client: MakeClient
) -> None:
    """Waterfalls, decisions and alternates of one mentee are on one page."""
    page = make_client(review).get("/mentee", params={"id": _pair(run)["mentee"]}).text
    assert "adds up" in page
    assert 'value="lock"' in page
    assert "Side by side" in page


@pytest.mark.slow
def test_compare_puts_two_mentors_side_by_side(
    run: Path, review: Review, make_client: MakeClient
) -> None:
    """The mentee's own mentors stand beside the one asked about."""
    query = {"mentee": _pair(run)["mentee"], "mentor": "r0014"}
    page = make_client(review).get("/compare", params=query).text
    assert "In this run" in page
    assert "Instead" in page


@pytest.mark.slow
def test_downloads_are_the_run_s_own(review: Review, make_client: MakeClient) -> None:
    """Report and workbook come as files."""
    client = make_client(review)
    assert client.get("/report.html").content.startswith(b"<!doctype html>")
    assert client.get("/matches.xlsx").content[:2] == b"PK"


def test_hostile_ids_stay_text(tmp_path: Path, make_client: MakeClient) -> None:
    """Markup in an id is shown, not run, and its page can be opened."""
    from tests.report.fake_run import write_fake_run

    hostile = '"><script>alert(1)</script>'
    run = write_fake_run(tmp_path / "bad", 10, 8, hostile=hostile)
    client = make_client(open_review(run, FollowDecisions(tmp_path / "f")))
    page = client.get("/").text
    assert "<script>alert" not in page
    answer = client.get("/mentee", params={"id": f"e0000{hostile}"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.slow
def test_start_from_an_upload(tmp_path: Path, matcher: FollowDecisions) -> None:
    """Files are taken by their known names, checked in place, and matched."""
    review = open_review(None, matcher)
    folder = tmp_path / "new"
    seen: list[str] = []
    intake = Uploads(str(folder), lambda source: seen.append(source) or [])
    app = create_app(review, intake, SessionGate(frozenset({HOST}), "t"))
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    assert "The cohort" in client.get(f"/enter?key={signed_address('t')}").text
    files = [
        ("files", ("..\\..\\Mentees.csv", b"person_id\na\n")),
        ("files", ("mentors.csv", b"x")),
    ]
    page = client.post("/upload", files=files).text
    assert sorted(path.name for path in folder.iterdir()) == ["mentees.csv", "mentors.csv"]
    assert "No problem found" in page
    assert seen
    client.post("/rerun")
    assert review.job is not None
    while not review.job.done:
        pass
    assert "Portfolios" in client.get("/").text


@pytest.mark.parametrize("name", ["../evil.sh", "passwd", ".xlsx", "mentees.csv.exe", "CON"])
def test_other_uploads_are_refused(tmp_path: Path, matcher: FollowDecisions, name: str) -> None:
    """A name that is none of a cohort's is written nowhere."""
    folder = tmp_path / "new"
    review = open_review(None, matcher)
    app = create_app(
        review, Uploads(str(folder), lambda _: []), SessionGate(frozenset({HOST}), "t")
    )
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    client.get(f"/enter?key={signed_address('t')}")
    assert client.post("/upload", files=[("files", (name, b"x"))]).status_code == 422
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["A99999999999", "XFD1048576", "a1"])
def test_a_hostile_workbook_is_refused_and_survived(
    tmp_path: Path, matcher: FollowDecisions, place: str
) -> None:
    """It gets no name; where it lies there already, the page says so and the server goes on."""
    folder = tmp_path / "new"
    intake = Uploads(str(folder), lambda source: check_cohort(source, Config()))
    app = create_app(open_review(None, matcher), intake, SessionGate(frozenset({HOST}), "t"))
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    client.get(f"/enter?key={signed_address('t')}")
    cells = f'<row r="1"><c r="{place}"><v>1</v></c></row>'
    hostile = zipped(parts_of({"mentees": sheet_xml(cells)}))
    answer = client.post("/upload", files=[("files", ("people.xlsx", hostile))])
    assert answer.status_code == 422
    assert "E_FORMAT" in answer.text
    assert not folder.exists()
    folder.mkdir()
    (folder / "mentees.xlsx").write_bytes(hostile)
    page = client.get("/")
    assert page.status_code == 200
    assert "E_FORMAT" in page.text


@pytest.mark.slow
def test_a_long_note_is_refused_never_cut(
    run: Path, review: Review, make_client: MakeClient
) -> None:
    """What does not fit is not saved at all, and the limit is named."""
    client = make_client(review)
    told = {**_pair(run), "decision": "lock", "note": "x" * 2_001}
    answer = client.post("/decide", data=told)
    assert (answer.status_code, "E_TEXT_LENGTH" in answer.text) == (422, True)
    assert "2,000" in answer.text
    assert client.post("/approve", data={"by": "J" * 201, "reason": "ok"}).status_code == 422
    assert client.post("/reviewer", data={"name": "J" * 201}).status_code == 422
    assert not ledger.log_of(run).path.exists()
    client.post("/decide", data=told | {"note": "x" * 2_000})
    assert ledger.standing(run)["note"].str.len().tolist() == [2_000]


def test_a_broken_log_is_told(run: Path, review: Review, make_client: MakeClient) -> None:
    """A log that somebody edited ends in a page that says so."""
    (run / "decisions.jsonl").write_text("no json\n{}\n")
    answer = make_client(review).get("/")
    assert answer.status_code == 422
    assert "E_FORMAT decisions.jsonl:1" in answer.text


@pytest.mark.slow
def test_the_downloaded_report_says_who_approved(review: Review, make_client: MakeClient) -> None:
    """Once approved, the copy for others reads as approved."""
    client = make_client(review)
    client.post("/approve", data={"by": "Jo", "reason": "panel"})
    approval = ledger.approval(review.view().run)
    assert approval is not None
    assert approval.sentence() in client.get("/report.html").text


@pytest.mark.slow
def test_from_faulty_upload_to_a_match(root: Path, tmp_path: Path) -> None:
    """The check's problems show in place; mended, the cohort is matched and can be opened again."""
    folder = tmp_path / "cohort"
    review = Review(str(folder), None, match_again, lambda: "2026-01-02T03:04:05Z", read_cohort)
    intake = Uploads(str(folder), check_cohort)
    app = create_app(review, intake, SessionGate(frozenset({HOST}), "t"))
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    client.get(f"/enter?key={signed_address('t')}")
    example = root / "examples" / "cohort"
    mentors = (example / "mentors.csv").read_bytes()
    files = [("files", (path.name, path.read_bytes())) for path in sorted(example.glob("*.csv"))]
    files.append(("files", ("matcher.toml", b'[solver]\nmethod = "greedy"\n')))
    client.post("/upload", files=files)
    header, first, rest = mentors.split(b"\n", 2)
    column = header.decode().strip().split(",").index("person_id")
    cells = first.split(b",")
    cells[column] = b""
    broken = b"\n".join([header, b",".join(cells), rest])
    page = client.post("/upload", files=[("files", ("mentors.csv", broken))]).text
    assert "E_MISSING_VALUE" in page
    assert client.post("/rerun").status_code == 422
    page = client.post("/upload", files=[("files", ("mentors.csv", mentors))]).text
    assert "E_MISSING_VALUE" not in page
    client.post("/rerun")
    assert review.job is not None
    while not review.job.done:
        pass
    assert review.job.problems == ()
    assert "Example-Otter" in client.get("/").text
    assert [run.parent for run in folder.glob("runs/*/manifest.json")] == [review.run]
    again = Review(str(folder), None, match_again, lambda: "2026-01-02T03:04:05Z", read_cohort)
    app = create_app(again, intake, SessionGate(frozenset({HOST}), "t"))
    client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    assert "Runs of this cohort" in client.get(f"/enter?key={signed_address('t')}").text
    assert client.post("/open", data={"name": "../x"}).status_code == 422
    assert review.run is not None
    assert "Portfolios" in client.post("/open", data={"name": review.run.name}).text
