"""Standard streams that are closed, full or left by their reader; Ctrl-C; memory that runs out."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from tests.folders import write_cohort

from matcher.cli import main as command_line
from matcher.cli import terminal
from matcher.lab.synthetic import make_cohort
from matcher.lab.synthetic import write_cohort as write_tables

COMMANDS = {
    "help": ("--help",),
    "check": ("check", "COHORT"),
    "match": ("match", "COHORT", "-o", "NEW"),
    "audit": ("audit", "COHORT", "-o", "NEW"),
    "verify": ("verify", "RUN"),
    "explain": ("explain", "RUN", "e0"),
    "report": ("report", "RUN", "-o", "NEW"),
    "compare": ("compare", "RUN", "RUN"),
    "bench": ("bench", "COHORT", "-o", "NEW", "--methods", "greedy", "--time-limit", "1"),
    "init": ("init", "NEW"),
    "status": ("status", "COHORT"),
    "preview": ("send", "RUN", "--preview"),
    "board": ("board", "RUN", "-o", "NEW"),
}
PUBLISHING = {"match", "audit", "report", "board", "init"}
pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell is needed to close a stream")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a cohort and a run of it."""
    home = tmp_path_factory.mktemp("streams")
    write_cohort(home / "cohort")
    assert shell("", "match", str(home / "cohort"), "-o", str(home / "run"))[0] == 0
    return home


def shell(redirection: str, *arguments: str) -> tuple[int, list[str]]:
    """Run the command by a shell that redirects its streams; return exit code and our lines."""
    script = f'"$@" {redirection}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", script, "bash", sys.executable, "-m", "matcher", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, [line for line in done.stderr.splitlines() if "WARNING" not in line]


def words(command: str, home: Path, tmp_path: Path) -> list[str]:
    """Return the words of a command."""
    places = {"COHORT": home / "cohort", "RUN": home / "run", "NEW": tmp_path / "new"}
    return [str(places.get(word, word)) for word in COMMANDS[command]]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_leaves_is_no_loss(folders: Path, tmp_path: Path, command: str) -> None:
    """Whoever leaves has read what they want: the work is done, 0, and nothing is said."""
    assert shell("| true", *words(command, folders, tmp_path)) == (0, [])
    if command in PUBLISHING | {"bench"}:
        assert any((tmp_path / "new").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "loss"),
    [(one, ">&-") for one in COMMANDS] + [(one, ">/dev/full") for one in ("help", "match", "init")],
)
def test_lost_output_is_told_with_what_is_published(
    folders: Path, tmp_path: Path, command: str, loss: str
) -> None:
    """Closed or full standard output: 7, one line, and where the result is."""
    code, lines = shell(loss, *words(command, folders, tmp_path))
    assert code == 7
    (line,) = lines
    assert line.startswith("ERROR E_WRITE: standard output cannot be written: ")
    if command in PUBLISHING:
        assert f"; published: {tmp_path / 'new'}" in line
        assert any((tmp_path / "new").iterdir())
    elif command != "bench":
        assert line.endswith("; nothing was published")


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["2>&-", "2>/dev/full", "2>&- >&- <&-"])
def test_without_stderr_codes_are_right(folders: Path, tmp_path: Path, loss: str) -> None:
    """What cannot be said is not said; the code of the command stays."""
    lost = 7 if ">&- <" in loss else 0
    assert shell(loss, *words("match", folders, tmp_path)) == (lost, [])
    assert (tmp_path / "new" / "manifest.json").is_file()
    assert shell(loss, "check", str(tmp_path / "nowhere")) == (3, [])
    assert shell(loss, "check") == (2, [])


def errors_of(told: str) -> str:
    """Return stderr without warnings."""
    return "".join(line for line in told.splitlines(keepends=True) if "WARNING" not in line)


def interrupted_when(
    ready: Callable[[IO[str]], bool], arguments: list[str], number: int = signal.SIGINT
) -> tuple[int, str]:
    """Send a signal once `ready` says so, which may read stdout; return code and errors."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "matcher", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while not ready(process.stdout) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(number)
        return process.wait(60), errors_of(process.stderr.read())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_after_publication_says_where(
    folders: Path, tmp_path: Path, number: int
) -> None:
    """The run is there, and so is the line that says so."""
    run = tmp_path / "run"
    words = ["match", str(folders / "cohort"), "-o", str(run)]
    code, told = interrupted_when(lambda _: run.exists(), words, number)
    assert (run / "manifest.json").is_file()
    assert (code, told) in (
        (130, f"ERROR E_INTERRUPTED: interrupted; published: {run}\n"),
        (0, ""),  # it was faster than we
    )


@pytest.mark.slow
def test_an_interrupt_ends_the_review_in_one_line(folders: Path) -> None:
    """Ctrl-C is how a review ends, as the app does: nothing to tell, no traceback."""
    pytest.importorskip("uvicorn")
    words = ["review", str(folders / "run"), "--no-open"]
    code, told = interrupted_when(lambda said: "works once" in said.readline(), words)
    assert (code, told) == (0, "")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("std::bad_alloc"),
        RuntimeError("can't start new thread"),
        RuntimeError("Resource temporarily unavailable"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError(errno.EAGAIN, "Resource temporarily unavailable"),
        ImportError("libx.so: failed to map segment from shared object"),
        ImportError("libx.so: cannot allocate memory in static TLS block"),
        OSError(errno.EMFILE, "Too many open files"),
    ],
    ids=repr,
)
def test_memory_threads_and_files_that_run_out(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a library raises for want of memory, threads or files is 7, with the remedy."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("typer.main.get_command", broken)
    assert command_line.run(["check", "x"]) == 7
    told = capsys.readouterr().err
    of_files = "ERROR E_WRITE: too many files are open; allow more"
    is_of_files = isinstance(error, OSError) and error.errno == errno.EMFILE
    assert told.startswith(of_files if is_of_files else RAN_OUT)
    assert told.count("\n") == 1


def test_numpys_own_memory_error_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An array larger than any memory ends in the same line."""
    monkeypatch.setattr("typer.main.get_command", lambda _: np.empty((2**40, 2**15)))
    assert command_line.run(["check", "x"]) == 7
    assert "E_MEMORY" in capsys.readouterr().err


def test_a_stream_never_fails(tmp_path: Path) -> None:
    """A stream that cannot be written remembers why, and takes what follows."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        stream = terminal.StandardStream(full)
        for _ in range(3):
            stream.write("x" * 100_000)
            stream.flush()
        assert stream.loss == "No space left on device"


RAN_OUT = "ERROR E_MEMORY: memory or threads ran out; "


def patched(patch: str, *arguments: str) -> tuple[int, str]:
    """Run the command in a process in which something is made to fail; return code and stderr."""
    script = (
        f"import ctypes, os, threading, typer.main\nfrom matcher.cli.main import main\n{patch}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{script}{patch}\nmain({list(arguments)!r})"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, errors_of(done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["exit(1)", "abort()"])
@pytest.mark.parametrize("place", ["", "threading.Thread(target=", "os.write(2, b'noise'), "])
def test_a_library_that_ends_the_process_has_our_line(end: str, place: str) -> None:
    """OpenBLAS prints and exits, C++ aborts: 7 and one line, from whichever thread."""
    call = f"ctypes.CDLL(None).{end}"
    if place.startswith("threading"):
        call = f"(lambda one: (one.start(), one.join()))({place}lambda: {call}))"
    else:
        call = f"({place}{call})"
    code, told = patched(f"typer.main.get_command = lambda _: {call}", "check", "x")
    assert code == 7
    assert told.startswith(RAN_OUT)
    assert told.count("\n") == 1


def without_threads(first: int) -> str:
    """Return what lets no thread be made after so many."""
    return (
        f"left, start = [{first}], threading.Thread.start\n"
        "def none(self):\n"
        "    left[0] -= 1\n"
        "    if left[0] < 0:\n"
        '        raise RuntimeError("can\'t start new thread")\n'
        "    start(self)\n"
        "threading.Thread.start = none"
    )


@pytest.mark.slow
def test_one_thread_is_enough_where_that_is_asked(folders: Path, tmp_path: Path) -> None:
    """What the message says helps: with `solver.threads=1` no other thread is needed."""
    words = ["match", str(folders / "cohort"), "-o", str(tmp_path / "run")]
    assert patched(without_threads(0), *words, "--set", "solver.threads=1") == (0, "")
    assert (tmp_path / "run" / "manifest.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1, 3])
def test_threads_that_cannot_be_made(folders: Path, tmp_path: Path, first: int) -> None:
    """A match without threads, or with too few, ends whole or with one line and nothing left."""
    patch = without_threads(first)
    run = tmp_path / "home" / "run"
    code, told = patched(patch, "match", str(folders / "cohort"), "-o", str(run))
    assert (code, run.exists()) in ((7, False), (0, True))
    if code:
        assert told.startswith(RAN_OUT)
        assert told.count("\n") == 1
        assert not run.parent.exists()


def limited(kilobytes: int, cohort: Path, run: Path) -> subprocess.CompletedProcess[str]:
    """Match with so much address space, as `ulimit -v` gives it."""
    script = f'ulimit -v {kilobytes}; exec "$@"'
    words = [sys.executable, "-m", "matcher", "match", str(cohort), "-o", str(run)]
    return subprocess.run(
        ["bash", "-c", script, "", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
@pytest.mark.parametrize("limit", [400_000, 900_000, 1_200_000])
def test_little_address_space(folders: Path, tmp_path: Path, limit: int) -> None:
    """`ulimit -v`: the match ends whole or with one line, and never hangs."""
    if sys.platform != "linux":
        pytest.skip("address space is not limited here")
    done = limited(limit, folders / "cohort", tmp_path / "run")
    whole = (tmp_path / "run" / "manifest.json").is_file()
    assert (done.returncode, whole) in ((7, False), (0, True)), done.stderr
    told = errors_of(done.stderr)
    assert told.count("\n") == (0 if whole else 1)
    assert whole or told.startswith(RAN_OUT)
    assert limit > 1_000_000 or not whole


@pytest.mark.slow
def test_hundreds_who_are_left_out_take_little(tmp_path: Path) -> None:
    """800 x 300 with one place a mentor ends whole in 1.2 GB: everybody's conflict is explained.

    5,000 x 2,500 takes 1.5 GB; too long to run here.
    """
    if sys.platform != "linux":
        pytest.skip("address space is not limited here")
    tables = make_cohort("university", 5)
    tables["mentors"]["capacity"] = "1"
    done = limited(1_200_000, write_tables(tables, tmp_path / "cohort"), tmp_path / "run")
    assert done.returncode == 0, done.stderr
    left = (tmp_path / "run" / "unmatched.csv").read_text("utf-8").count("mentee,no_place")
    assert left > 400


@pytest.mark.parametrize("handle", [1, 2])
def test_what_a_library_prints_is_not_shown(handle: int) -> None:
    """HiGHS prints debug lines to the handles themselves: only our own words leave the process."""
    noise = f"(os.write({handle}, b'tmpSolver.run();'), ctypes.CDLL(None).puts(b'noise'))"
    script = (
        "import ctypes, os, sys\nfrom matcher.cli import native_ends\nnative_ends.watch()\n"
        f"{noise}\nctypes.CDLL(None).fflush(None)\nprint('ours')\nsys.stdout.flush()\n"
        "print('told', file=sys.stderr)\nos._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("ours\n", "told\n")
