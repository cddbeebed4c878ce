"""Where a cohort lies is told without telling of the machine, and files are their owner's alone."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from tests.folders import write_cohort

from matcher import run as api
from matcher.cli.main import run
from matcher.whereabouts import INTAKES, origins_outside, place_from, place_of


@pytest.mark.parametrize(
    ("run", "path", "stated"),
    [
        ("home/ida/prog/runs/one", "home/ida/prog", "../.."),
        ("home/ida/prog/runs/two", "home/ida/prog/runs/one", "../one"),
        ("home/ida/out", "home/ida/prog/signups.xlsx", "../prog/signups.xlsx"),
        ("srv/out", "home/ida/prog", "../prog"),
        ("srv/out", "data/prog", "../../data/prog"),
        ("home/bo/out", "home/ida/prog", "../prog"),
        ("srv/out", "srv/ida/prog", "../prog"),
        ("srv/out", "", ""),
    ],
)
def test_a_place_is_seen_from_the_run(tmp_path, monkeypatch, run, path, stated):
    """Nothing above or beside the home folder is named, nor whose it is."""
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "ida"))
    here = tmp_path / run
    assert place_from(here, tmp_path / path if path else "") == stated
    known = stated != f"../{Path(path).name}" or (here / stated).resolve() == tmp_path / path
    assert not path or not known or place_of(here, stated) == str((tmp_path / path).resolve())


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("postgresql://me:se@cr/et@host/db?password=x", "postgresql://et@host/db"),
        ("postgresql://me@host:5432/db", "postgresql://host:5432/db"),
        ("mysql+pymysql://me:s@host/db", "mysql+pymysql://host/db"),
    ],
)
def test_a_database_is_named_without_login(tmp_path, url, stated):
    """Neither user, password nor query of a URL is published."""
    told = place_from(tmp_path / "run", url)
    assert told.endswith(stated.partition("@")[2] or stated)
    assert "me" not in told
    assert "=" not in told


def test_what_a_cohort_came_from_is_known(tmp_path):
    """The intakes that were joined, the cohort of the run before, decisions; not itself."""
    told = {
        "both/runs/a": {
            "cohort": {"source": "../.."},
            "options": {"previous": "../../../old/out/r"},
        },
        "both/runs/b": {"options": {"previous": "../a", "decisions": "../../../panel.xlsx"}},
        "old/out/r": {"cohort": {"source": "../../ours"}},
    }
    for folder, manifest in told.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "old" / "ours").mkdir()
    joined = tmp_path / "both" / INTAKES
    joined.parent.mkdir()
    joined.write_text('{"first": "../old/ours", "second": "../late", "x": "postgresql://h/d"}')
    for name, there in (("in", "../scans"), ("itself", "itself"), ("own", "runs")):
        (tmp_path / "both" / name).symlink_to(there)  # links lead out of the folder too
    found = [place.relative_to(tmp_path).as_posix() for place in origins_outside(tmp_path / "both")]
    assert found == ["late", "old/ours", "panel.xlsx", "scans"]


def test_a_sqlite_file_is_a_path_too(tmp_path):
    """It is seen from the run, and found again."""
    url = f"sqlite:///{tmp_path / 'c.db'}"
    stated = place_from(tmp_path / "runs" / "one", url)
    assert stated == "sqlite:///../../c.db"
    assert place_of(tmp_path / "runs" / "one", stated) == url


def _command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    words, before = list(map(str, arguments)), os.umask(0)
    try:
        with (
            contextlib.chdir(cwd),
            redirect_stdout(StringIO()) as out,
            redirect_stderr(StringIO()) as err,
        ):
            code = run(words)
    finally:
        os.umask(before)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def _open_to_others(folder: Path) -> list[Path]:
    paths = [folder, *folder.rglob("*")]
    return [p for p in paths if stat.S_IMODE(p.stat().st_mode) & 0o077]


@pytest.mark.slow
def test_what_commands_write_is_their_owners_alone(tmp_path):
    """Whatever the umask says: runs, audits, exports, rebuilt pages, comparisons."""
    cohort = write_cohort(tmp_path / "cohort")
    made = tmp_path / "made"
    made.mkdir()
    for arguments in (
        ("match", cohort, "-o", made / "run"),
        ("report", made / "run", "-o", made / "again"),
        ("audit", cohort, "-o", made / "audit"),
        ("export", "e0", cohort, "-o", made / "e0.json"),
        ("forget", "e0", cohort, "-o", made / "without"),
        ("bench", cohort, "-o", made / "bench", "--methods", "greedy"),
        ("tune", "sensitivity", cohort, "-o", made / "tuned"),
        ("compare", made / "run", made / "run", "-o", made / "compared"),
    ):
        told = _command(*arguments, cwd=tmp_path)
        assert told.returncode == 0, (arguments, told.stderr)
    assert len(list(made.iterdir())) == 8
    made.chmod(0o700)
    assert _open_to_others(made) == []


@pytest.mark.slow
def test_the_library_keeps_runs_private_too(tmp_path):
    """It does not change the umask of whoever calls it."""
    before = os.umask(0)
    try:
        run = api.run_match(write_cohort(tmp_path / "cohort"), output=tmp_path / "run")
        assert _open_to_others(run) == []
        assert os.umask(0) == 0
    finally:
        os.umask(before)


@pytest.mark.slow
def test_no_file_of_a_run_tells_of_the_machine(tmp_path, monkeypatch):
    """Cohort, earlier run and decisions are found again; too far away, they are asked for."""
    cohort, runs = write_cohort(tmp_path / "prog"), tmp_path / "prog" / "runs"
    assert _command("match", cohort, "-o", runs / "a", cwd=tmp_path).returncode == 0
    made = _command("match", cohort, "-o", runs / "b", "--previous", runs / "a", cwd=tmp_path)
    assert made.returncode == 0
    place = str(tmp_path).encode()
    assert not [p for p in runs.rglob("*") if p.is_file() and place in p.read_bytes()]
    manifest = json.loads((runs / "b" / "manifest.json").read_text())
    assert manifest["cohort"]["source"] == "../.."
    assert manifest["options"]["previous"] == "../a"
    moved = tmp_path / "elsewhere"
    (tmp_path / "prog").rename(moved)
    assert _command("verify", moved / "runs" / "b", cwd=moved / "runs").returncode == 0
    monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
    (moved / "runs" / "a").rename(tmp_path / "out")
    alone = _command("verify", tmp_path / "out", cwd=tmp_path)
    assert alone.returncode == 6
    assert "--cohort" in alone.stderr
    assert str(tmp_path) not in alone.stderr
    assert _command("verify", tmp_path / "out", "--cohort", moved, cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_a_manifest_of_format_1_opens(tmp_path):
    """It states absolute paths."""
    cohort = write_cohort(tmp_path / "cohort")
    run = tmp_path / "run"
    assert _command("match", cohort, "-o", run, cwd=tmp_path).returncode == 0
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["format"], manifest["cohort"]["source"] = 1, str(cohort)
    manifest["versions"]["matcher"] = "0.0.1"
    (run / "manifest.json").write_text(json.dumps(manifest))
    run.rename(tmp_path / "elsewhere")
    assert _command("verify", tmp_path / "elsewhere", cwd=tmp_path).returncode == 0
