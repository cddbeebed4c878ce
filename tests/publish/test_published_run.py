"""A rebuilt file never replaces another one that the manifest vouches for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import make_cohort

from matcher.decisions.decisions import DecisionLog
from matcher.errors import StorageError
from matcher.publish.published_run import approval_sentence, cohort_of, write_again
from matcher.report.page import build_report
from matcher.report.run_data import read_table
from matcher.report.workbook import build_workbook
from matcher.storage import write_file
from matcher.vocabulary import Audience

MakeRun = Callable[..., Path]
AT = "2026-01-02T00:00:00Z"


def _publish(run: Path) -> Path:
    """Write report, workbook and a manifest that vouches for both."""
    contents = {"report.html": build_report(run), "matches.xlsx": build_workbook(run)}
    for name, content in contents.items():
        (run / name).write_bytes(content)
    files = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    (run / "manifest.json").write_text(json.dumps({"files": files}))
    return run


@pytest.mark.slow
def test_a_damaged_report_is_restored_in_place(make_run: MakeRun) -> None:
    """The bytes that come back are those that were published."""
    run = _publish(make_run())
    published = (run / "report.html").read_bytes()
    (run / "report.html").write_text("scribble")
    written = write_again(run)
    assert written == [run / "report.html", run / "matches.xlsx"]
    assert (run / "report.html").read_bytes() == published


@pytest.mark.slow
def test_other_bytes_go_beside(make_run: MakeRun) -> None:
    """Names that the published files do not show make other files, so these go elsewhere."""
    run = _publish(make_run())
    published = (run / "report.html").read_bytes()
    cohort = make_cohort([{"person_id": "e0000", "name": "Ada Otter"}], [{"person_id": "r0000"}])
    written = write_again(run, cohort=cohort)
    assert written == [run / "rebuilt" / "report.html", run / "rebuilt" / "matches.xlsx"]
    assert b"Ada Otter" in written[0].read_bytes()
    assert (run / "report.html").read_bytes() == published


@pytest.mark.slow
@pytest.mark.parametrize("audience", [Audience.PANEL, Audience.BOARD])
def test_other_audiences_get_a_file_of_their_own(make_run: MakeRun, audience: Audience) -> None:
    """Only the coordinator's file has the published name, and only it comes with a workbook."""
    run = _publish(make_run())
    (written,) = write_again(run, audience)
    assert written.name == f"report-{audience.value}.html"


@pytest.mark.slow
def test_an_approval_shows_in_files_for_people(make_run: MakeRun, tmp_path: Path) -> None:
    """A copy made after the approval says who approved; a later decision ends that."""
    run = _publish(make_run())
    log = DecisionLog(run / "decisions.jsonl")
    log.append("approve", AT, by="Jo", reason="panel")
    (page, _) = write_again(run, output=tmp_path / "copy")
    assert "Approved by Jo on 2026-01-02: panel" in page.read_text()
    log.append("decision", AT, mentee_id="e0000", mentor_id="r0001", decision="ban")
    assert approval_sentence(run) == ""


@pytest.mark.slow
def test_an_approved_run_gets_plans_that_are_no_drafts(make_run: MakeRun, tmp_path: Path) -> None:
    """Plans come with the report once the run is approved, and not before; who left has none."""
    run = _publish(make_run())
    pairs = read_table(run, "matches")[["mentee_id", "mentor_id"]]
    mentees = sorted(set(pairs["mentee_id"]))
    left = mentees[1:]
    cohort = make_cohort(
        [{"person_id": person} for person in left],
        [{"person_id": person} for person in sorted(set(pairs["mentor_id"]))],
    )
    assert not [p for p in write_again(run, cohort=cohort, output=tmp_path) if p.name == "plans"]
    DecisionLog(run / "decisions.jsonl").append("approve", AT, by="Jo", reason="panel")
    *_, plans = write_again(run, cohort=cohort, output=tmp_path)
    assert sorted(page.stem for page in plans.glob("*.md")) == left
    matched = (plans / f"{left[0]}.html").read_text()
    assert "Draft" not in matched
    assert 'class="person"' in matched


@pytest.mark.slow
def test_names_come_from_the_manifest_s_cohort(make_run: MakeRun, root: Path) -> None:
    """The cohort is found by what the manifest says; under pseudonyms it is not asked."""
    run = make_run()
    manifest = {"cohort": {"source": str(root / "examples" / "cohort")}, "options": {}}
    (run / "config.toml").unlink()
    (run / "manifest.json").write_text(json.dumps(manifest))
    cohort = cohort_of(run, None)
    assert cohort is not None
    manifest["options"] = {"pseudonymise": True}
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert cohort_of(run, None) is None


def test_a_cohort_that_is_gone_leaves_ids(make_run: MakeRun) -> None:
    """A report can still be built when the cohort has moved."""
    run = make_run()
    (run / "manifest.json").write_text(json.dumps({"cohort": {"source": "/no/where"}}))
    assert cohort_of(run, None) is None


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Writing through a link would change a file outside."""
    outside = tmp_path / "outside.txt"
    outside.write_text("safe")
    link = tmp_path / "report.html"
    link.symlink_to(outside)
    write_file(link, b"new")
    assert outside.read_text() == "safe"
    assert link.read_bytes() == b"new"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where a folder should be ends in E_WRITE and leaves nothing behind."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="E_WRITE"):
        write_file(tmp_path / "file" / "report.html", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
