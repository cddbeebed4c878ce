"""The command line as a user meets it: exit codes, one line an error, no traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer.main
from tests.folders import MENTEES, write_cohort

from matcher.cli import main as command_line
from matcher.cli import terminal
from matcher.cli.commands import COMMANDS, LazyGroup
from matcher.errors import Finding, InputError


@pytest.fixture
def cohort(tmp_path):
    """Return a small cohort folder."""
    return write_cohort(tmp_path / "cohort")


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "matcher", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def ours(told: str) -> list[str]:
    """Return the lines of stderr, all of which must be ours."""
    lines = told.splitlines()
    assert all(line.startswith(("ERROR ", "WARNING ")) for line in lines), told
    return lines


def lines_of(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines that a process of its own wrote to stderr."""
    return ours(result.stderr)


def test_help_lists_every_command_without_loading_any():
    """The help needs neither numpy nor pandas nor any command's module."""
    code = (
        "import sys\nfrom matcher.cli.main import run\ncode = run(['--help'])\n"
        "heavy = {'numpy', 'pandas', 'ortools', 'matcher.run', 'matcher.cli.match'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)), code)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED [] 0" in told.stdout
    assert all(name in told.stdout for name in ("check", "match", "verify", "explain"))


def test_every_listed_command_can_be_loaded():
    """What the help lists exists and has a help of its own."""
    names = LazyGroup(name="matcher").list_commands(None)
    assert {"init", "check", "match", "verify", "explain"} <= set(names) <= set(COMMANDS)
    for name in names:
        assert command_line.run([name, "--help"]) == 0


@pytest.mark.slow
def test_match_verify_explain(cohort, tmp_path):
    """The way of the README: match, check the run, ask why."""
    made = run("match", cohort, "-o", tmp_path / "run")
    assert made.returncode == 0, made.stderr
    assert f"Run: {tmp_path / 'run'}" in made.stdout
    assert "6 mentees" in made.stdout
    lines_of(made)
    checked = run("verify", tmp_path / "run")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("OK")
    told = run("explain", tmp_path / "run", "e0")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("e0")


@pytest.mark.slow
def test_explain_answers_as_json(cohort, tmp_path):
    """A program can read the explanation of a pair."""
    import json

    run("match", cohort, "-o", tmp_path / "run")
    told = run("explain", tmp_path / "run", "e0", "r3", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["mentor_id"] == "r3"


@pytest.mark.slow
def test_check_says_what_it_read(cohort):
    """A clean cohort is summed up."""
    told = run("check", cohort)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("OK: 6 mentees, 4 mentors with 6 places")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tables", "code", "exit_code"),
    [
        ({"mentors": [{"person_id": "r0", "capacity": 1.5}]}, "E_CAPACITY", 3),
        ({"mentors": [{"person_id": "r0", "capacity": 0}]}, "I_NO_CAPACITY", 4),
        ({"rules": [{"mentee_id": "e0", "mentor_id": "zz", "rule": "must"}]}, "E_UNKNOWN", 3),
        ({"mentees": [MENTEES[0], MENTEES[0]]}, "E_DUP_ID", 3),
    ],
)
def test_faults_of_a_cohort(tmp_path, capsys, tables, code, exit_code):
    """Check and match end with the code of the contract and publish nothing."""
    bad = str(write_cohort(tmp_path / "bad", tables))
    for command in (["check", bad], ["match", bad, "-o", str(tmp_path / "run")]):
        assert command_line.run(command) == exit_code
        assert any(code in line for line in ours(capsys.readouterr().err))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["chekc"], 2),
        (["match"], 2),
        (["match", "COHORT", "--seed", "x"], 2),
        (["match", "COHORT", "--set", "portfolio.limt=2"], 2),
        (["match", "COHORT", "--set", "nothing"], 2),
        (["match", "COHORT", "--time-limit", "0"], 2),
        (["match", "COHORT", "--add"], 2),
        (["match", "COHORT", "-c", "nowhere.toml"], 2),
        (["match", "nowhere"], 3),
        (["match", "COHORT", "--previous", "nowhere"], 7),
        (["verify", "nowhere"], 6),
    ],
)
def test_usage_faults(cohort, capsys, arguments, exit_code):
    """A wrong call is told in lines of ours with its exit code."""
    words = [str(cohort) if word == "COHORT" else word for word in arguments]
    assert command_line.run(words) in {exit_code, 7 if exit_code == 6 else exit_code}
    assert ours(capsys.readouterr().err)


@pytest.mark.slow
def test_an_existing_run_is_refused(cohort, tmp_path):
    """Exit code 7 and the finding's code."""
    (tmp_path / "run").mkdir()
    result = run("match", cohort, "-o", tmp_path / "run")
    assert result.returncode == 7
    assert "E_EXISTS" in lines_of(result)[0]


@pytest.mark.slow
def test_an_interrupt_leaves_nothing(tmp_path):
    """SIGINT ends with 130 and no temporary files."""
    many = [{"person_id": f"e{k:04}", "goals": "learn " * 20} for k in range(3000)]
    others = [{"person_id": f"r{k:04}", "bio": "teach " * 20} for k in range(1500)]
    big = write_cohort(tmp_path / "big", {"mentees": many, "mentors": others})
    process = subprocess.Popen(
        [sys.executable, "-m", "matcher", "match", str(big)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not list(big.glob("runs/.*.partial")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert told.rpartition("ERROR ")[2].startswith("E_INTERRUPTED")
    assert sorted(path.name for path in big.iterdir()) == ["mentees.csv", "mentors.csv"]


def test_unexpected_errors_are_one_line_without_values(monkeypatch, capsys):
    """A fault of ours names its place, never what was in it."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of Ada Example")

    monkeypatch.setattr(typer.main, "get_command", broken)
    assert command_line.run(["check", "x"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("ERROR E_INTERNAL: ZeroDivisionError at matcher.cli.main:")
    assert "secret" not in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EISDIR, errno.ELOOP, errno.EIO])
def test_what_the_system_refuses_is_no_fault_of_ours(monkeypatch, capsys, number):
    """Whatever file or folder cannot be opened, in whichever command: its name, why, and 7."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/home/ada/cohort/run")

    monkeypatch.setattr(typer.main, "get_command", refused)
    assert command_line.run(["status", "x"]) == 7
    told = capsys.readouterr().err
    assert told.startswith(f"ERROR E_READ: run cannot be opened: {os.strerror(number)}; ")
    assert "ada" not in told


def test_lines_cannot_steer_the_terminal():
    """Control and direction characters are shown, not sent."""
    assert terminal.visible("a\x1b[31m\nb‮") == "a\\u001b[31m\\u000ab\\u202e"


def test_many_findings_are_counted(capsys):
    """The first fifty are listed, then how many more there are."""
    findings = [Finding("E_ENUM", f"number {k}") for k in range(60)]
    terminal.print_findings(findings)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 51
    assert lines[-1].startswith("ERROR E_MORE")
    assert "10 more problems, 60 in all" in lines[-1]
    terminal.print_findings([Finding("W_EMAIL", f"number {k}") for k in range(51)])
    assert "WARNING W_MORE: 1 more warning, 51 in all" in capsys.readouterr().err
    assert InputError(findings).exit_code == 3
