"""The commands that show a run: rebuild, review, reveal; every fault is one line and a code."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from matcher import verify
from matcher.cli.main import run as matcher
from matcher.cli.review import open_review
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


def test_unknown_audience_and_missing_run(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Usage ends with 2, a folder that is no run with 7, each in one line."""
    assert matcher(["report", str(published), "--audience", "press"]) == 2
    assert matcher(["report", str(tmp_path / "none")]) == 7
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["E_USAGE:", "E_NOT_FOUND:"]


def _review_hidden(run: Path, key: Path) -> None:
    """Rerun in a review with the run's own key, and be refused without it."""
    before = RunData.read(run)["matches"]
    free = before[~before["locked"] & ~before["reciprocal"]].iloc[0]
    for given in (None, key):
        session, _ = open_review(str(run), None, given)
        if given is None:
            session.decide(free["mentee_id"], free["mentor_id"], "ban", "")
        session.rerun()
        assert session.job is not None
        while not session.job.done:
            pass
        problems = session.job.problems
        assert ("E_NOT_FOUND" in problems[0]) if given is None else problems == ()
    assert session.run is not None
    after = RunData.read(session.run)["matches"]
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
def test_review_opens_a_run_or_a_cohort(published: Path, example: str) -> None:
    """A run brings its cohort along; a cohort starts with its check."""
    session, intake = open_review(str(published), None)
    assert session.run == published.resolve()
    assert session.cohort == example
    assert session.view().people.name("P0001").endswith("Example-Otter")
    session, intake = open_review(example, None)
    assert session.run is None
    assert "mentees.csv" in intake.state().files


@pytest.mark.slow
def test_review_explains_and_reruns_a_real_run(published: Path) -> None:
    """A ban leads to a new run beside the old one, which says what it cost and verifies."""
    session, _ = open_review(str(published), None)
    view = session.view()
    portfolio = next(p for p in view.portfolios if not any("locked" in m.marks for m in p.pairs))
    other = portfolio.alternates[0].key
    assert session.why(portfolio.key, other).waterfall is not None
    banned = portfolio.pairs[0].key
    session.decide(portfolio.key, banned, "ban", "")
    session.rerun()
    assert session.job is not None
    while not session.job.done:
        pass
    assert session.job.problems == ()
    new = session.run
    assert new is not None
    assert new.name == "run-r2"
    after = session.view().portfolio(portfolio.key)
    assert after is None or banned not in [pair.key for pair in after.pairs]
    changes = session.changes()
    assert changes is not None
    assert portfolio.key in [change.key for change in changes.mentees]
    assert verify(new).ok
