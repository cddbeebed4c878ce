"""Nothing leaves the machine: no command opens a connection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.folders import write_cohort

NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        family = getattr(arguments[0], "family", None) if arguments else None
        if family is None or family.name != "AF_UNIX":
            raise SystemExit(f"NETWORK {event} {arguments[1:]}")

sys.addaudithook(refuse)
from matcher.cli.main import main
main()
"""


def offline(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that ends as soon as anything touches the network."""
    command = [sys.executable, "-c", NO_NETWORK, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.slow
def test_no_command_opens_a_connection(tmp_path):
    """From the starter cohort to the statement; the review listens on this machine alone."""
    cohort = write_cohort(tmp_path / "cohort")
    for arguments in (
        ("init", tmp_path / "starter"),
        ("check", cohort),
        ("match", cohort, "-o", tmp_path / "run"),
        ("verify", tmp_path / "run"),
        ("explain", tmp_path / "run", "e0"),
        ("report", tmp_path / "run"),
        ("audit", cohort, "-o", tmp_path / "audit"),
        ("bench", cohort, "-o", tmp_path / "bench", "--methods", "greedy"),
        ("compare", tmp_path / "run", tmp_path / "run"),
        ("export", "e0", cohort),
        ("forget", "e0", cohort, "-o", tmp_path / "without"),
        ("transparency", cohort),
    ):
        told = offline(*arguments, cwd=tmp_path)
        assert told.returncode == 0, (arguments, told.stderr)
        assert "NETWORK" not in told.stdout + told.stderr


def test_the_guard_would_notice(tmp_path):
    """A connection ends the process: the test above can fail."""
    code = NO_NETWORK.replace(
        "from matcher.cli.main import main\nmain()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "NETWORK" in told.stderr
