"""A disk that is full, and kills at the last steps: each command ends whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.folders import write_cohort

from matcher.cli.main import run as main

COMMANDS = {
    "match": "match C -o C/new",
    "map": "map C",
    "record": "record C e0 r0 accepted --by Z --start 2026-06-01",
    "send": "send C/run",
    "report": "report C/run",
    "forget": "forget e0 C -o C-new --black-out",
    "export": "export e0 C -o C/e.json",
    "approve": "approve C/run --by Z --reason fine",
}
LOCKS = {".engagements.csv.lock"}
"""Left for the next writer, who waits at it."""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cohort with a run."""
    folder = write_cohort(tmp_path_factory.mktemp("disk") / "c")
    assert main(["match", str(folder), "-o", str(folder / "run")]) == 0
    return folder


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a disk of six megabytes; skip where none can be made."""
    place = tmp_path_factory.mktemp("mounted")
    words = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted: that takes root on Linux")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def held(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder but locks, and a decision log without an event."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in LOCKS)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if content}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_disk_that_is_full(
    cohort: Path, disk: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """7 and one line; every file is as it was, no folder is new, and with space it works."""
    place = disk / command
    shutil.copytree(cohort, place)
    before, folders = held(place), {path for path in place.rglob("*") if path.is_dir()}
    words = [
        word.replace("C", str(place), 1) if word[0] == "C" else word
        for word in COMMANDS[command].split()
    ]
    with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    assert main(words) == 7
    told = capsys.readouterr().err.splitlines()
    (line,) = (line for line in told if line.startswith("ERROR"))
    assert line.startswith("ERROR E_WRITE"), line
    assert held(place) == before
    assert {path for path in place.rglob("*") if path.is_dir()} == folders
    (disk / "filler").unlink()
    assert main(words) == 0
    shutil.rmtree(place)


KILLED_AT = """
import json, os, shutil, signal, sys
from pathlib import Path
import matcher.run, matcher.cli.match, matcher.cli.forget
from matcher.cli.main import run

STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
cohort, home = sys.argv[1], Path(sys.argv[2])

def ends(words, killed_before=0):
    # how a command ends that is killed before a step, and how many steps it went
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        steps = [0]
        def watch(event, _):
            steps[0] += event in STEPS
            if event in STEPS and steps[0] == killed_before:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(watch)
        code = run(words)
        os.write(write, str(steps[0]).encode())
        os._exit(code)
    os.close(write)
    steps = int(os.read(read, 9) or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), steps

def files(place):
    there = (p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file())
    return sorted(name for name in there if name[0] != ".")

told = []
for command in (["match", cohort], ["forget", "e0", cohort]):
    place = home / command[0]
    place.mkdir()
    code, steps = ends([*command, "-o", str(place / "new")])
    told.append([code, files(place), 0, 0, ["new"]])
    for step in (steps - 2, steps):
        place = home / f"{command[0]} {step}"
        place.mkdir()
        words = [*command, "-o", str(place / "new")]
        code, there = ends(words, step)[0], files(place)
        again = ends(words)[0]
        told.append([code, told[-1][1], there, again, sorted(p.name for p in place.iterdir())])
print(json.dumps(told))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a process is split in two")
def test_a_kill_before_the_last_steps(cohort: Path, tmp_path: Path) -> None:
    """The rename that publishes, and what is tidied up after it: before each, all or nothing.

    Whoever comes next is through, or is told that it is there already (`E_EXISTS`, 7).
    """
    own = write_cohort(tmp_path / "own")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(own), str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)
    assert [code for code, *_ in steps] == [0, -9, -9] * 2
    for code, whole, there, again, left in steps:
        assert [name for name in left if name != ".new.lock"] == ["new"]
        assert code == 0 or (there, again) in (([], 0), (whole, 7))
    assert {bool(there) for code, _, there, *_ in steps if code} == {True, False}
