"""Files and folders that appear whole or not at all: written beside, fsynced, renamed once.

A folder is made under a lock. Whoever is killed leaves at most a hidden temporary folder, which the
next one into the same target removes, and a lock file without a holder, which the kernel has freed.
"""

import contextlib
import errno
import glob
import hashlib
import os
import re
import secrets
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matcher.errors import Finding, StorageError, out_of_resources
from matcher.observe import INTERRUPTS, PUBLISHED

WAITS_AT_ONCE = 32
"""Files whose way to the disk is waited for together."""

PARTIAL = ".partial"
"""Suffix of temporary folders: ``.NAME.PID.partial``."""

OLD = ".old"
"""Suffix of a folder whose place a new one takes: ``.NAME.PID.old``."""

UNFINISHED = ".part"
"""Suffix of files that are written beside: ``.NAME.PID.TOKEN.part``."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")
_HASHED = re.compile(r".*-[0-9a-f]{12}")
_OTHER = re.compile(r"[^A-Za-z0-9_-]+")


@contextlib.contextmanager
def new_run_folder(target: Path) -> Iterator[Path]:
    """Give a temporary folder that becomes `target` when the block ends without an error.

    Parameters
    ----------
    target
        Folder to publish; it must not exist.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    StorageError
        E_EXISTS where the target exists, E_LOCKED where another run is writing it, E_WRITE where
        the disk or the permissions refuse. Nothing of the new run is left behind.
    """
    try:
        with _parents(target.parent), _locked(target):
            refuse_existing(target)
            _remove_leftovers(target)
            folder = target.parent / f".{target.name}.{os.getpid()}{PARTIAL}"
            folder.mkdir(mode=0o700)
            try:
                yield folder
                _sync_tree(folder)
                refuse_existing(target)
                with uninterrupted():
                    folder.rename(target)
                    PUBLISHED.append(str(target))
                _sync(target.parent)
            finally:
                with uninterrupted():
                    shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise StorageError(_cannot_write(error)) from error


@contextlib.contextmanager
def folder_anew(target: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the place of `target` when the block ends without error.

    Parameters
    ----------
    target
        Folder to write; what it holds now is gone afterwards, so whoever wants to keep some of it
        puts it into the new one.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    StorageError
        As `new_run_folder`; then `target` is as it was.
    """
    beside = target.parent / f".{target.name}.{os.getpid()}"
    fresh, old = (beside.with_name(f"{beside.name}{end}") for end in (PARTIAL, OLD))
    try:
        with _locked(target):
            _remove_leftovers(put_back(target))
            fresh.mkdir(mode=0o700)
            try:
                yield fresh
                _sync_tree(fresh)
                with uninterrupted():
                    if os.path.lexists(target):
                        target.rename(old)
                    fresh.rename(target)
                    PUBLISHED.append(str(target))
                _sync(target.parent)
            finally:
                with uninterrupted():
                    if os.path.lexists(old) and not os.path.lexists(target):
                        old.rename(target)
                    for path in (fresh, old):
                        shutil.rmtree(path, ignore_errors=True)
    except OSError as error:
        raise StorageError(_cannot_write(error)) from error


def refuse_existing(target: Path) -> None:
    """Raise E_EXISTS where there is anything of that name, be it a dangling link."""
    if "\0" in str(target):
        raise StorageError(Finding("E_WRITE", "a name holds a NUL byte", "name another folder"))
    if os.path.lexists(target):
        raise StorageError(
            Finding("E_EXISTS", f"{target.name} exists already", "name a folder that does not")
        )


def refuse_within(target: Path, *sources: str | Path) -> None:
    """Raise E_WITHIN where a folder would be made inside a cohort's own: it could not be read then.

    Parameters
    ----------
    target
        What is to be made.
    sources
        Cohorts; only those that are folders hold something.
    """
    for source in sources:
        if Path(source).is_dir() and Path(source).resolve() in target.resolve().parents:
            what = f"{target.name} would lie inside the cohort"
            raise StorageError(Finding("E_WITHIN", what, "name a folder beside it"))


def refuse_devices(folder: Path) -> Path:
    """Return a run folder from elsewhere; to read a pipe or a device in it might never end.

    Raises
    ------
    StorageError
        E_READ with the first name that is neither a file nor a folder.
    """
    for path in sorted((*folder.glob("*"), *folder.glob("after/*"))):
        if path.exists() and not (path.is_file() or path.is_dir()):
            what, remedy = f"{path.name} is a pipe or a device, not a file", "take it away"
            raise StorageError(Finding("E_READ", what, remedy, folder.name))
    return folder


def write_bytes(path: Path, content: bytes) -> None:
    """Write a new file for its owner alone; links are not followed, the disk is not waited for."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def file_stem(person_id: str) -> str:
    """Return a file name without ending that is safe everywhere and different for different ids.

    Ids of letters, digits, ``-`` and ``_`` stand for themselves. Any other id, one that a system
    reserves (such as ``CON``), and one that looks like a name made here keeps what is harmless of
    it and gets the start of its SHA-256.
    """
    plain = _PLAIN.fullmatch(person_id) and not _RESERVED.fullmatch(person_id)
    if plain and not _HASHED.fullmatch(person_id):
        return person_id
    kept = _OTHER.sub("-", person_id)[:40].strip("-_") or "person"
    digest = hashlib.sha256(person_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kept}-{digest[:12]}"


def write_file(path: Path, content: bytes) -> Path:
    """Write or replace a file whole or not at all, never through a link; return its path.

    Raises
    ------
    StorageError
        E_WRITE.
    """
    return write_files({path: content})[0]


def write_files(contents: Mapping[Path, bytes]) -> list[Path]:
    """Write or replace files that belong together, all of them or none, as `write_file` does.

    Raises
    ------
    StorageError
        E_WRITE; then no file, and no folder on the way to one, is left of it.
    """
    ours = f"{os.getpid()}.{secrets.token_hex(4)}{UNFINISHED}"
    parts = {path: path.with_name(f".{path.name}.{ours}") for path in contents}
    path = next(iter(contents), Path())
    try:
        with contextlib.ExitStack() as made, _taken_away(parts.values()):
            for path, part in parts.items():
                made.enter_context(_parents(path.parent))
                _remove_parts(path)
                write_bytes(part, contents[path])
                _sync(part)
            with uninterrupted():
                for path, part in parts.items():
                    part.replace(path)
                    PUBLISHED.append(str(path))
    except OSError as error:
        raise StorageError(_cannot_write(error, path.name, "place")) from error
    return list(contents)


@contextlib.contextmanager
def _taken_away(parts: Iterable[Path]) -> Iterator[None]:
    """Take away what is left of files that were written beside, however the block ends."""
    try:
        yield
    finally:
        with uninterrupted():
            for part in parts:
                with contextlib.suppress(OSError):
                    part.unlink()


def _sync_tree(folder: Path) -> None:
    """Give every file and folder below `folder` to its owner alone, and wait until the disk has it.

    Many waits at once share the journal's commits: plans are a file or two a person.
    """
    paths = [folder, *sorted(folder.rglob("*"))]
    shares = [paths[start::WAITS_AT_ONCE] for start in range(WAITS_AT_ONCE)]
    try:
        with ThreadPoolExecutor(WAITS_AT_ONCE) as pool:
            list(pool.map(_sync_all, shares))
    except RuntimeError:  # no thread is to be had: one wait after the other
        _sync_all(paths)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a Ctrl-C wait until the block has tidied up, and the process end by itself then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number: int, frame: object) -> None:
        INTERRUPTS.heard = True

    before = {one: signal.signal(one, note) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, signal.SIG_DFL if handler is None else handler)


@contextlib.contextmanager
def _parents(parent: Path) -> Iterator[None]:
    """Make the parent folders, for their owner alone, and take new ones away if the block fails."""
    missing = [path for path in (parent, *parent.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    try:
        yield
    except BaseException:
        with uninterrupted():
            for path in missing:
                with contextlib.suppress(OSError):
                    path.rmdir()
        raise


PATIENCE = 60.0
"""Seconds that one writer of a file waits for another."""


@contextlib.contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Keep other writers of a file out while the block lasts; whoever comes later waits.

    Raises
    ------
    StorageError
        E_LOCKED where another writer does not end, E_WRITE where the folder takes no lock.
    """
    from filelock import FileLock, Timeout  # here: it takes longer to import than to use

    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        what = f"something else is writing {path.name}"
        raise StorageError(Finding("E_LOCKED", what, "try again when it has ended")) from error
    except OSError as error:
        raise StorageError(_cannot_write(error)) from error
    with lock:
        yield


@contextlib.contextmanager
def _locked(target: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout  # here: it takes longer to import than to use

    path = target.parent / f".{target.name}.lock"
    lock = FileLock(path)
    try:
        try:
            with uninterrupted():
                lock.acquire(blocking=False)
        except Timeout as error:
            what = f"another run is writing {target.name}"
            remedy = "wait until it has finished, or name another folder"
            raise StorageError(Finding("E_LOCKED", what, remedy)) from error
        if INTERRUPTS.heard:
            raise KeyboardInterrupt
        yield
    finally:
        # Removed while it is held: who opened it meanwhile finds it unlinked, and is refused.
        with uninterrupted():
            if lock.is_locked:
                with contextlib.suppress(OSError):
                    path.unlink()
                lock.release()


def _remove_leftovers(target: Path) -> None:
    """Remove temporary folders of killed runs: we hold the lock, so nobody else writes."""
    for end in (PARTIAL, OLD):
        for path in target.parent.glob(f".{glob.escape(target.name)}.*{end}"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)


def put_back(target: Path) -> Path:
    """Return a folder; whoever was killed as a new one took its place has the old one again."""
    if not os.path.lexists(target):
        for path in target.parent.glob(f".{glob.escape(target.name)}.*{OLD}"):
            if _is_abandoned(path.name.split(".")[-2]):
                with contextlib.suppress(OSError):
                    path.rename(target)
    return target


def _remove_parts(target: Path) -> None:
    """Remove what a killed process left of a file that it was writing beside."""
    for path in target.parent.glob(f".{glob.escape(target.name)}.*{UNFINISHED}"):
        if _is_abandoned(path.name.split(".")[-3]):
            with contextlib.suppress(OSError):
                path.unlink()


def _is_abandoned(process: str) -> bool:
    """Whether a process is gone; where systems do not say so harmlessly, it may be there."""
    if os.name == "nt" or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def sha256_of(path: Path) -> str:
    """Return the hash of a file as manifests hold it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder but its manifest, by name."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    names = sorted(name for name in files if name != "manifest.json" and files[name].is_file())
    return {name: sha256_of(files[name]) for name in names}


def _sync_all(paths: Sequence[Path]) -> None:
    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(error: OSError, what: str = "the folder", where: str = "folder") -> Finding:
    if (ran_out := out_of_resources(error)) is not None:
        return ran_out
    reasons = {
        errno.ENOSPC: ("the disk is full", "free some space"),
        errno.EDQUOT: ("the disk quota is used up", "free some space"),
        errno.EROFS: ("the file system is read-only", f"name a {where} that can be written"),
        errno.EACCES: ("permission is denied", f"name a {where} that can be written"),
        errno.EPERM: ("permission is denied", f"name a {where} that can be written"),
        errno.EFBIG: ("a file would be larger than is allowed", "allow more (ulimit -f)"),
        errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    }
    unknown = (error.strerror or "writing failed", f"name another {where}")
    # Of many files copied at once the library tells the reasons in words alone.
    told = (number for number in reasons if os.strerror(number) in str(error))
    why, remedy = reasons.get(error.errno or next(told, 0), unknown)
    return Finding("E_WRITE", f"{what} cannot be written: {why}", remedy)
