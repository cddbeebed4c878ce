"""`matcher map`: the file it writes loads at once, stands beside the export, and loses nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from matcher.cli.main import run
from matcher.intake.proposals.proposal import Asked

EXPORT = """Email,Full name,I sign up as,Who is your line manager?,Which days suit you?
ann@example.org,Ann Able,Mentee,Di Dunn,Monday
bo@example.org,Bo Best,Mentor,,Monday;Tuesday
cy@example.org,Cy Cole,Mentee,Bo Best,Tuesday
di@example.org,Di Dunn,Mentor,,Tuesday;Friday
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a cohort folder with one export under a name of its own."""
    place = tmp_path / "spring"
    place.mkdir()
    (place / "Sign up (Responses).csv").write_text(EXPORT)
    return place


@pytest.mark.slow
def test_map_then_check_then_match(folder: Path, capsys, tmp_path: Path) -> None:
    """A raw export goes through in three commands; nobody is paired with their manager."""
    assert run(["map", str(folder)]) == 0
    told = capsys.readouterr().out
    assert f"matcher check {folder}" in told
    assert (folder / "matcher.toml").read_text().startswith("# Written by `matcher map`")
    assert run(["check", str(folder)]) == 0
    assert run(["match", str(folder), "-o", str(tmp_path / "run")]) == 0


@pytest.mark.slow
def test_a_second_time_nothing_is_added(folder: Path, capsys) -> None:
    """The file stays as it is, byte for byte."""
    run(["map", str(folder)])
    before = (folder / "matcher.toml").read_bytes()
    assert run(["map", str(folder)]) == 0
    assert "nothing was added" in capsys.readouterr().out
    assert (folder / "matcher.toml").read_bytes() == before


@pytest.mark.slow
def test_check_suggest_prints_what_map_writes(folder: Path, capsys) -> None:
    """The two agree, and `--suggest` writes nothing."""
    assert run(["check", str(folder), "--suggest"]) == 0
    printed = capsys.readouterr().out
    assert not (folder / "matcher.toml").exists()
    run(["map", str(folder)])
    assert (folder / "matcher.toml").read_text() == printed


@pytest.mark.slow
def test_questions_are_asked_in_the_terminal(folder: Path, capsys, monkeypatch) -> None:
    """An answer settles a question, an empty one leaves it in the file as a comment."""
    text = EXPORT.replace(",Mentee,", ",Mentor / Mentee,")
    text = text.replace("Which days suit you?", "Hm").replace("Monday", "Ann Able")
    (folder / "Sign up (Responses).csv").write_text(text)
    monkeypatch.setattr("typer.prompt", lambda text, **_: "mentee" if "both" in text else "")
    assert run(["map", str(folder), "--interactive"]) == 0
    written = (folder / "matcher.toml").read_text()
    assert '"Mentor / Mentee" = "mentee" # as answered' in written
    assert "# QUESTION 1" in written
    assert "QUESTION 2" not in written


UNSURE = EXPORT.replace(",Mentee,", ",Mentor / Mentee,").replace("Which days suit you?", "Hm")


@pytest.mark.slow
def test_what_is_no_answer_is_asked_again(folder: Path, capsys, monkeypatch) -> None:
    """`?` lists what may be written; no word gets into the file that check then refuses."""
    (folder / "Sign up (Responses).csv").write_text(UNSURE)
    replies = iter(["?", "xyz", "mentee"])
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(replies, ""))
    assert run(["map", str(folder), "--interactive"]) == 0
    assert capsys.readouterr().out.count("or nothing to leave it open") == 2
    written = (folder / "matcher.toml").read_text()
    assert '"Mentor / Mentee" = "mentee" # as answered' in written
    assert "xyz" not in written


@pytest.mark.slow
@pytest.mark.parametrize("said", ["", "ignore\n"])
def test_the_end_of_input_keeps_what_was_answered(folder: Path, said: str) -> None:
    """Fewer lines than questions: the file is written and what is open stays a question."""
    text = UNSURE.replace("Monday", "Ann Able")
    (folder / "Sign up (Responses).csv").write_text(text)
    command = [sys.executable, "-m", "matcher", "map", str(folder), "--interactive"]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The input has ended" in done.stdout
    written = (folder / "matcher.toml").read_text()
    assert ("as answered" in written) is bool(said)
    assert "# QUESTION 1" in written


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [("goals", True), ("groups.gender", True), ("preferences.2", True), ("boss", False)],
)
def test_a_title_may_be_any_column_there_is(answer: str, is_taken: bool) -> None:
    """Choices are the likely ones; the others are taken by their names."""
    asked = Asked(1, ("columns", "signups", "Hm"), "what is it?", ("avoid", "ignore"))
    assert asked.value_of(answer) == (answer if is_taken else None)


def test_a_single_file_and_a_database_say_where_the_config_goes(folder: Path, capsys) -> None:
    """A file's config lies beside it; a database needs -o."""
    assert run(["map", str(folder / "Sign up (Responses).csv")]) == 0
    assert (folder / "matcher.toml").is_file()
    assert run(["map", "sqlite:///nowhere.db"]) == 3
    assert "-o" in capsys.readouterr().err


def test_errors_end_as_everywhere(tmp_path: Path, capsys) -> None:
    """No folder, and a folder without people: exit 3 and one line."""
    assert run(["map", str(tmp_path / "none")]) == 3
    (tmp_path / "notes.csv").write_text("Item,Cost\nTea,3\n")
    assert run(["map", str(tmp_path)]) == 3
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith("ERROR E_NOT_FOUND") for line in told)
