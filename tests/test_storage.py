"""A run folder appears whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher import storage
from matcher.errors import StorageError
from matcher.storage import folder_anew, new_run_folder, refuse_within, write_bytes, write_files

WRITER = """
    import sys, time
    from pathlib import Path
    from matcher.storage import new_run_folder, write_bytes
    with new_run_folder(Path(sys.argv[1])) as folder:
        write_bytes(folder / "a.csv", b"half")
        print("writing", flush=True)
        time.sleep(60)
"""


def start_writer(target: Path) -> subprocess.Popen[str]:
    """Start a process that is in the middle of writing `target`."""
    code = textwrap.dedent(WRITER)
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    return writer


def attempt(target: Path, inside: Callable[[Path], object]) -> None:
    """Publish a folder that `inside` fills."""
    with new_run_folder(target) as folder:
        inside(folder)


def code_of(error: pytest.ExceptionInfo[StorageError]) -> str:
    """Return the code of the one finding."""
    (finding,) = error.value.findings
    return finding.code


def test_the_folder_appears_with_its_files(tmp_path):
    """After the block the target holds what was written, and nothing else is beside it."""
    with new_run_folder(tmp_path / "deep" / "run") as folder:
        write_bytes(folder / "a.csv", b"whole")
        assert not (tmp_path / "deep" / "run").exists()
    assert (tmp_path / "deep" / "run" / "a.csv").read_bytes() == b"whole"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["run"]


def test_an_error_leaves_nothing(tmp_path):
    """Neither temporary files nor folders made on the way stay behind."""

    def fail(folder: Path) -> None:
        write_bytes(folder / "a.csv", b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        attempt(tmp_path / "deep" / "run", fail)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path):
    """Ctrl-C in the middle of writing tidies up."""
    writer = start_writer(tmp_path / "run")
    writer.send_signal(signal.SIGINT)
    writer.communicate()
    assert writer.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_no_run_and_the_next_one_is_clean(tmp_path):
    """What SIGKILL leaves is hidden, does not lock anybody out and goes with the next run."""
    writer = start_writer(tmp_path / "run")
    writer.kill()
    writer.communicate()
    assert not (tmp_path / "run").exists()
    with new_run_folder(tmp_path / "run") as folder:
        write_bytes(folder / "a.csv", b"whole")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_what_a_kill_leaves_of_a_file_goes_with_the_next_one(tmp_path):
    """A part of a process that is gone is taken away, that of one still writing is not."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    name = "who [all].csv"
    theirs = tmp_path / f".{name}.{os.getppid()}.ab12.part"
    for path in (theirs, tmp_path / f".{name}.{gone.pid}.ab12.part"):
        path.write_text("half")
    storage.write_file(tmp_path / name, b"whole")
    assert {p.name for p in tmp_path.iterdir()} == {name, theirs.name}


def test_a_kill_between_the_old_folder_and_the_new_one(tmp_path):
    """Whoever was killed while a new folder took the old one's place has the old one again."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    before = tmp_path / f".after [1].{gone.pid}.old"
    before.mkdir()
    (before / "letter").write_text("sent")
    (tmp_path / ".after [1].4711.partial").mkdir()
    with pytest.raises(ZeroDivisionError), folder_anew(tmp_path / "after [1]"):
        _ = 1 / len(list(tmp_path.glob("after [[]1]/no letter")))
    assert (tmp_path / "after [1]" / "letter").read_text() == "sent"
    assert [p.name for p in tmp_path.iterdir()] == ["after [1]"]


def test_an_interrupt_while_the_lock_is_taken(tmp_path, monkeypatch):
    """A Ctrl-C just as the lock was taken ends the work, and leaves no lock."""
    import filelock

    taken = filelock.FileLock._acquire

    def interrupted(lock):
        taken(lock)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(filelock.FileLock, "_acquire", interrupted)
    monkeypatch.setattr(storage.INTERRUPTS, "heard", False)
    with pytest.raises(KeyboardInterrupt), new_run_folder(tmp_path / "run"):
        pytest.fail("the work went on")
    assert list(tmp_path.iterdir()) == []


def test_two_runs_at_once(tmp_path):
    """The second run into one folder is refused while the first is writing."""
    writer = start_writer(tmp_path / "run")
    with pytest.raises(StorageError) as error, new_run_folder(tmp_path / "run"):
        pytest.fail("the lock was not held")
    writer.kill()
    writer.communicate()
    assert code_of(error) == "E_LOCKED"


def test_a_lock_file_without_a_holder_is_stale(tmp_path):
    """A lock file of a process that is gone locks nobody out."""
    (tmp_path / ".run.lock").write_text("999999\n")
    with new_run_folder(tmp_path / "run"):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("what", ["", "1\n", "\0" * 64])
def test_a_full_disk_leaves_a_lock_that_locks_nobody_out(tmp_path, monkeypatch, what):
    """Whatever a full disk left of the lock and of the run, the next one into the folder works."""
    target = tmp_path / "run"
    (tmp_path / ".run.lock").write_text(what)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(storage.os, "fsync", full)
        broken.setattr(Path, "unlink", full)
        with pytest.raises(StorageError, match=r"E_WRITE.*disk is full"), new_run_folder(target):
            pass
    assert not target.exists()
    with new_run_folder(target) as folder:
        write_bytes(folder / "a", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_held_lock_file_is_not_taken(tmp_path):
    """The lock is the kernel's, whatever stands in the file."""
    with (tmp_path / ".run.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(StorageError) as error, new_run_folder(tmp_path / "run"):
            pytest.fail("the lock was not held")
    assert code_of(error) == "E_LOCKED"


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda p: p.symlink_to("nowhere")])
def test_what_exists_is_never_overwritten(tmp_path, make):
    """A folder, a file and even a dangling link are refused."""
    make(tmp_path / "run")
    with pytest.raises(StorageError) as error, new_run_folder(tmp_path / "run"):
        pytest.fail("it was not refused")
    assert code_of(error) == "E_EXISTS"


def test_no_copy_is_made_inside_what_it_copies(tmp_path):
    """However the way there is written; beside it, and beside a file, there is room."""
    (tmp_path / "c" / "runs").mkdir(parents=True)
    refuse_within(tmp_path / "d", tmp_path / "c", tmp_path / "people.xlsx", "sqlite:///x.db")
    for target in (tmp_path / "c" / "new", tmp_path / "d" / ".." / "c" / "runs" / "x"):
        with pytest.raises(StorageError) as error:
            refuse_within(target, tmp_path / "e", tmp_path / "c")
        assert code_of(error) == "E_WITHIN"


def test_a_link_in_the_way_of_a_file_is_not_followed(tmp_path):
    """A file is created new or not at all, so that nothing outside is written."""
    outside = tmp_path / "outside"

    def write(folder: Path) -> None:
        (folder / "a.csv").symlink_to(outside)
        write_bytes(folder / "a.csv", b"x")

    with pytest.raises(StorageError):
        attempt(tmp_path / "run", write)
    assert not outside.exists()
    assert not (tmp_path / "run").exists()


def test_a_full_disk(tmp_path, monkeypatch):
    """ENOSPC while writing is one finding and leaves nothing."""

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as error:
        attempt(tmp_path / "run", lambda folder: write_bytes(folder / "a.csv", b"x"))
    assert code_of(error) == "E_WRITE"
    assert "full" in error.value.findings[0].message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "x"), KeyboardInterrupt()])
def test_files_that_belong_together(tmp_path, monkeypatch, error):
    """All of them or none: what fails at the second leaves no first, no folder, no temporary."""
    (tmp_path / "kept.csv").write_bytes(b"old")
    files = {tmp_path / "kept.csv": b"new", tmp_path / "new" / "deep" / "other.csv": b"1"}
    calls = iter((None, error, None, error))

    def fails(handle: int) -> None:
        if (one := next(calls)) is not None:
            raise one

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises((StorageError, KeyboardInterrupt)) as raised:
            write_files(files)
    if isinstance(error, OSError):
        told = "other.csv cannot be written: the disk is full; free some space"
        assert str(raised.value).endswith(told)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("kept.csv", b"old")]
    assert write_files(files) == list(files)
    assert [path.read_bytes() for path in files] == [b"new", b"1"]


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "disk is full"), (errno.EFBIG, "larger than is allowed")]
)
def test_many_copies_that_fail_tell_why(tmp_path, number, told):
    """The library tells reasons of many files in words alone; they are told as any other."""
    with pytest.raises(StorageError, match=told), folder_anew(tmp_path / "after"):
        raise shutil.Error([("a", "b", f"[Errno {number}] {os.strerror(number)}: 'b'")])
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_is_a_file(tmp_path):
    """A path through a file cannot be written and says so."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError) as error, new_run_folder(tmp_path / "file" / "run"):
        pytest.fail("it was not refused")
    assert code_of(error) == "E_WRITE"


def test_runs_beside_each_other_do_not_wait(tmp_path):
    """The lock is for one target only."""
    writer = start_writer(tmp_path / "one")
    with new_run_folder(tmp_path / "two"):
        pass
    assert writer.poll() is None
    writer.kill()
    writer.communicate()
    assert (tmp_path / "two").is_dir()
