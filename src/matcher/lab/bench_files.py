"""Write the files of a benchmark into a folder, whole or not at all."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from matcher.errors import Finding, StorageError


def check_vacant(folder: Path) -> None:
    """Refuse a folder that holds anything, or a file of that name: StorageError E_EXISTS."""
    try:
        vacant = not any(folder.iterdir()) if folder.is_dir() else not folder.exists()
    except (OSError, ValueError) as error:
        raise _unwritable(error) from error
    if not vacant:
        raise StorageError(
            Finding("E_EXISTS", "the output folder exists and is not empty", "name another one")
        )


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by file name into a new or empty folder, with one rename.

    Raises
    ------
    StorageError
        E_EXISTS or E_WRITE; nothing is left behind then.
    """
    check_vacant(folder)
    try:
        target = folder.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            for name, text in files.items():
                (made / name).write_text(text, encoding="utf-8", newline="\n")
            made.chmod(0o755)
            if target.exists():
                target.rmdir()
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except (OSError, ValueError) as error:
        raise _unwritable(error) from error


def _unwritable(error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or "the path is not valid"
    return StorageError(Finding("E_WRITE", f"cannot write the files: {reason}", "choose a folder"))
