"""The starter cohort as a folder: written whole or not at all."""

import shutil
import tempfile
from pathlib import Path

from matcher.errors import Finding, StorageError
from matcher.network import write_audit_form
from matcher.observe import PUBLISHED
from matcher.starter import starter_documents


def write_starter(directory: Path) -> list[str]:
    """Write the starter folder and return its files, relative to it, sorted.

    Raises
    ------
    StorageError
        E_EXISTS where `directory` is a file or holds anything; E_WRITE where it cannot be written.
        In both cases nothing is left behind.
    """
    target = Path(directory)
    try:
        _refuse_filled(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.resolve().parent))
        try:
            _fill(made)
            files = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
            _publish(made, target)
            PUBLISHED.append(str(target))
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        finding = Finding("E_WRITE", f"cannot write the folder: {reason}", "choose another folder")
        raise StorageError(finding) from error
    return files


def _refuse_filled(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        message = "the folder exists and is not empty" if target.is_dir() else "that is a file"
        raise StorageError(Finding("E_EXISTS", message, "name a new or an empty folder"))


def _fill(folder: Path) -> None:
    for name, text in starter_documents().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    write_audit_form(folder / "audit-form")
    folder.chmod(0o755)


def _publish(made: Path, target: Path) -> None:
    """Rename the finished folder, or move its entries into an empty one that stays in place."""
    if not target.exists():
        made.rename(target)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(made.iterdir()):
            moved.append(entry.rename(target.resolve() / entry.name))
    except OSError:
        for entry in moved:
            entry.rename(made / entry.name)
        raise
