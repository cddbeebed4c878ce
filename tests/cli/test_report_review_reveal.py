"""The commands that show a run: rebuild, review, reveal; every fault is one line and a code."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from matcher import verify
from matcher.app.decisions_made import decide, decision_of
from matcher.app.desk import Desk, opened_at
from matcher.app.run_view import view_of
from matcher.app.what_changes import between
from matcher.cli.main import run as matcher
from matcher.cli.options import source_of
from matcher.privacy.pseudonyms import PATTERN
from matcher.report.run_data import RunData

FAST = ["--set", "solver.method=greedy"]


@pytest.fixture(scope="module")
def example(root: Path) -> str:
    """Return the example cohort."""
    return str(root / "examples" / "cohort")


@pytest.fixture(scope="module")
def published(example: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the example cohort."""
    run = tmp_path_factory.mktemp("runs") / "run"
    assert matcher(["match", example, "-o", str(run), *FAST]) == 0
    return run


def _text(path: Path) -> str:
    """Return the text of a file; of a workbook, that of all its parts."""
    if path.suffix != ".xlsx":
        return path.read_text()
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


@pytest.mark.slow
def test_a_rebuilt_report_is_the_published_one(published: Path) -> None:
    """Names come from the cohort again, the bytes are the same, and the run still verifies."""
    before = {name: (published / name).read_bytes() for name in ("report.html", "matches.xlsx")}
    (published / "report.html").unlink()
    assert matcher(["report", str(published)]) == 0
    assert {name: (published / name).read_bytes() for name in before} == before
    assert not (published / "rebuilt").exists()
    assert verify(published).ok


@pytest.mark.slow
def test_the_board_s_report_names_nobody(published: Path, example: str) -> None:
    """No name and no id of the cohort is in the file for the board."""
    assert matcher(["report", str(published), "--audience", "board"]) == 0
    text = (published / "report-board.html").read_text()
    assert "Example-" not in text
    assert "P00" not in text


@pytest.mark.slow
def test_unknown_audience_and_missing_run(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage ends with 2, a folder that is no run with 7, each in one line."""
    assert matcher(["report", str(published), "--audience", "press"]) == 2
    assert matcher(["report", str(tmp_path / "none")]) == 7
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["E_USAGE:", "E_NOT_FOUND:"]


def _review_hidden(run: Path, key: Path) -> None:
    """Match again in the app with the run's own key, and be refused without it."""
    before = RunData.read(run)["matches"]
    free = before[~before["locked"] & ~before["reciprocal"]].iloc[0]
    for given in (None, key):
        programme = opened_at(run, source_of(run), given)
        view = view_of(programme)
        assert all(PATTERN.fullmatch(mentee.person.name) for mentee in view.mentees)
        if given is None:
            mentor = free["mentor_id"]
            decide(programme, view, decision_of(free["mentee_id"], mentor, "ban"))
        programme.match()
        assert programme.job is not None
        assert programme.job.thread is not None
        programme.job.thread.join()
        problems = programme.job.problems
        assert (problems[0].code == "E_NOT_FOUND") if given is None else problems == ()
    made = programme.run()
    assert made is not None
    after = RunData.read(made)["matches"]
    assert set(after["mentor_id"]) <= set(RunData.read(run)["mentors"]["mentor_id"])
    gone = (after["mentee_id"] == free["mentee_id"]) & (after["mentor_id"] == free["mentor_id"])
    assert not gone.any()


@pytest.mark.slow
def test_a_run_under_pseudonyms_and_back(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in the run names anybody; with the key the tables name people again."""
    example, key, run = str(root / "examples" / "cohort"), tmp_path / "k.key", tmp_path / "run"
    ask = ["match", example, "-o", str(run), *FAST, "--pseudonymise", "--key", str(key)]
    assert matcher(ask) == 0
    for path in (path for path in run.rglob("*") if path.is_file()):
        text = _text(path)
        assert "Example-" not in text, path.name
        assert "example.org" not in text, path.name
    out = tmp_path / "revealed"
    assert matcher(["reveal", str(run), "--key", str(key), "-o", str(out)]) == 0
    assert not PATTERN.search((out / "matches.csv").read_text())
    assert "Example-" in (out / "report.html").read_text()
    _review_hidden(run, key)
    capsys.readouterr()
    other = tmp_path / "other.key"
    other.write_text("00" * 32)
    assert matcher(["reveal", str(run), "--key", str(other), "-o", str(tmp_path / "x")]) == 7
    assert "E_KEY" in capsys.readouterr().err


@pytest.mark.slow
def test_runs_under_pseudonyms_are_compared_with_their_key(
    example: str, published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two such runs compare by the key; beside a plain one nobody would be the same: refused."""
    key, run = str(tmp_path / "k.key"), str(tmp_path / "run")
    ask = ["match", example, "-o", run, *FAST, "--pseudonymise", "--key", key]
    assert matcher(ask) == 0
    capsys.readouterr()
    assert matcher(["compare", run, run, "--key", key]) == 0
    assert "0 pairs gained, 0 lost; 0 mentees better off" in capsys.readouterr().out
    assert matcher(["compare", run, run]) == 7
    assert "--key" in capsys.readouterr().err
    for mixed in ([str(published), run], [run, str(published)]):
        assert matcher(["compare", *mixed, "--key", key]) == 2
        assert "E_USAGE: run is under pseudonyms" in capsys.readouterr().err


@pytest.mark.slow
def test_decisions_of_a_working_copy_are_followed(
    root: Path, published: Path, tmp_path: Path
) -> None:
    """A pair that is banned in a table of decisions is gone from the next run."""
    matches = RunData.read(published)["matches"]
    free = matches[~matches["locked"] & ~matches["reciprocal"]]
    mentee, mentor = free[["mentee_id", "mentor_id"]].iloc[0]
    table = tmp_path / "decisions.csv"
    table.write_text(f"mentee_id,mentor_id,decision,note\n{mentee},{mentor},ban,no\n")
    run, example = tmp_path / "run", str(root / "examples" / "cohort")
    assert matcher(["match", example, "-o", str(run), *FAST, "--decisions", str(table)]) == 0
    after = RunData.read(run)["matches"]
    assert not ((after["mentee_id"] == mentee) & (after["mentor_id"] == mentor)).any()


@pytest.mark.slow
def test_review_of_a_run_brings_its_people_and_matches_again(published: Path, example: str) -> None:
    """A ban leads to a new run beside the old one, told by name, that verifies."""
    programme = opened_at(published.resolve(), source_of(published))
    view = view_of(programme)
    assert programme.place == example
    assert view.names.name("P0001").endswith("Example-Otter")
    matches = view.data["matches"]
    row = matches[~matches["locked"] & ~matches["reciprocal"]].iloc[0]
    decide(programme, view, decision_of(row["mentee_id"], row["mentor_id"], "ban"))
    programme.match()
    assert programme.job is not None
    assert programme.job.thread is not None
    programme.job.thread.join()
    assert programme.job.problems == ()
    new = programme.run()
    assert new is not None
    assert new.name == "run-r2"
    again = view_of(programme).mentee(row["mentee_id"])
    assert row["mentor_id"] not in {mentor.key for mentor in again.mentors}
    told = between(view, view_of(programme))
    names = {change.name for change in (*told.gain, *told.lose, *told.swap)}
    assert view.names.name(row["mentee_id"]) in names
    assert verify(new).ok


@pytest.mark.slow
@pytest.mark.parametrize("what", ["run", "run without its cohort", "workbook", "folder", "new"])
def test_review_opens_what_it_is_given(
    what: str, published: Path, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app opens at the run; a cohort is its own programme; a new folder asks for a file."""
    served: list[Desk] = []
    monkeypatch.setattr("matcher.cli.review.run_app", lambda desk, *_, **__: served.append(desk))
    alone, book, new = tmp_path / "alone", tmp_path / "people.xlsx", tmp_path / "new"
    shutil.copytree(published, alone)
    (alone / "manifest.json").unlink()
    book.write_bytes((published / "matches.xlsx").read_bytes())
    kept = shutil.copytree(published, tmp_path / "kept")  # no other match of it lies beside
    places = {"run": kept, "run without its cohort": alone, "workbook": book, "new": new}
    assert matcher(["review", str(places.get(what, example)), "--no-open"]) == 0
    (desk,) = served
    found = desk.programmes()
    assert len(found) == (0 if what == "new" else 1)
    assert [p.run() for p in found if p.opened] == [
        places[what].resolve() for _ in found if what.startswith("run")
    ]
    if what == "run without its cohort":
        assert found[0].reading().cohort is None
        assert view_of(found[0]).mentees
    if what == "workbook":
        assert found[0].files() == [book]
