"""A start icon on the desktop, so that coming back needs no terminal."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from matcher.errors import Finding, StorageError
from matcher.storage import write_file


@dataclass(frozen=True)
class StartIcon:
    """A file that starts the app over a folder when it is double-clicked."""

    name: str
    content: str


def start_icon(folder: Path, system: str = sys.platform, python: str = sys.executable) -> StartIcon:
    """Return the icon for a folder on a system: a launcher, a command file or a batch file."""
    called = f"matcher {folder.name}"
    if system == "win32":
        return StartIcon(f"{called}.bat", f'@echo off\r\n"{python}" -m matcher app "{folder}"\r\n')
    line = f"{quote(python)} -m matcher app {quote(str(folder))}"
    if system == "darwin":
        return StartIcon(f"{called}.command", f"#!/bin/sh\nexec {line}\n")
    told = f'"{python}" -m matcher app "{folder}"'.replace("%", "%%").replace("\\", "\\\\")
    entry = f"[Desktop Entry]\nType=Application\nName={called}\nExec={told}\nTerminal=true\n"
    return StartIcon(f"{called}.desktop", entry)


def desktop() -> Path | None:
    """Return the folder of the desktop, None where there is none."""
    found = Path.home() / "Desktop"
    if sys.platform not in ("win32", "darwin"):
        try:
            told = subprocess.run(
                ["xdg-user-dir", "DESKTOP"], capture_output=True, text=True, check=False, timeout=5
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            told = ""
        found = Path(told) if told and Path(told) != Path.home() else found
    return found if found.is_dir() and os.access(found, os.W_OK) else None


def put_icon(folder: Path) -> Path:
    """Put the start icon of a folder on the desktop.

    Raises
    ------
    StorageError
        E_WRITE where there is no desktop, or it cannot be written.
    """
    place, icon = desktop(), start_icon(folder)
    if place is None:
        what = "there is no desktop here on which an icon could lie"
        raise StorageError(Finding("E_WRITE", what, "start the app as before"))
    path = place / icon.name
    try:
        write_file(path, icon.content.encode())
        path.chmod(0o700)
    except OSError as error:
        finding = Finding("E_WRITE", "the desktop cannot be written", "start the app as before")
        raise StorageError(finding) from error
    return path
