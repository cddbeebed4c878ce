"""How long the program takes to start: each figure the least of several fresh processes."""

from __future__ import annotations

import subprocess
import sys
import time

REPEATS = 5
COMMANDS = {
    "import matcher": [sys.executable, "-c", "import matcher"],
    "matcher --help": [sys.executable, "-m", "matcher", "--help"],
    "python itself": [sys.executable, "-c", ""],
}


def start_up_seconds(repeats: int = REPEATS) -> dict[str, float]:
    """Return the least wall time of each command."""
    return {name: min(_once(command) for _ in range(repeats)) for name, command in COMMANDS.items()}


def _once(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
