"""How long the program takes to start: each figure the least of several fresh processes."""

from __future__ import annotations

import subprocess
import sys

import clock

REPEATS = 5
COMMANDS = {
    "import matcher": [sys.executable, "-c", "import matcher"],
    "matcher --help": [sys.executable, "-m", "matcher", "--help"],
    "python itself": [sys.executable, "-c", ""],
}


def start_up_seconds(repeats: int = REPEATS) -> dict[str, float]:
    """Return the least processor time of each command."""
    return {name: min(_once(command) for _ in range(repeats)) for name, command in COMMANDS.items()}


def _once(command: list[str]) -> float:
    start = clock.now()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return clock.now() - start
