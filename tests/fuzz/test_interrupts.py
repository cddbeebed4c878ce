"""Ctrl-C and kills at drawn moments of a match: the right code, one line, nothing in between.

Each moment is a share of the time that an undisturbed match takes. `MATCHER_FUZZ=50 pytest
tests/fuzz/test_interrupts.py` draws fifty times as many.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.folders import write_cohort

MOMENTS = 4 * int(os.environ.get("MATCHER_FUZZ", "1"))
SEED = int(os.environ.get("MATCHER_FUZZ_SEED", "0"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
]
START_UP = 0.08
"""Seconds in which Python itself starts, before any line of ours runs."""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cohort of a few dozen people."""
    mentees = [{"person_id": f"e{k}", "goals": "learn " * (k % 7)} for k in range(60)]
    mentors = [{"person_id": f"r{k}", "bio": "teach " * (k % 5)} for k in range(30)]
    return write_cohort(
        tmp_path_factory.mktemp("fuzz") / "cohort", {"mentees": mentees, "mentors": mentors}
    )


def started(cohort: Path, run: Path) -> subprocess.Popen[str]:
    """Start a match."""
    return subprocess.Popen(
        [sys.executable, "-m", "matcher", "match", str(cohort), "-o", str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def seconds(cohort: Path) -> float:
    """Return how long a match takes here."""
    begin = time.perf_counter()
    with started(cohort, cohort.parent / "first") as process:
        process.communicate()
    assert process.returncode == 0
    return time.perf_counter() - begin


def moments(seconds: float, stream: int) -> list[float]:
    """Return drawn moments of a match, in seconds from its start."""
    rng = np.random.default_rng([SEED, stream])
    return (START_UP + rng.random(MOMENTS) * seconds).tolist()


def test_interrupts(cohort: Path, seconds: float, tmp_path: Path) -> None:
    """130 and one line that says what is true, or the match was done; no temporary files."""
    for k, moment in enumerate(moments(seconds, 0)):
        run = tmp_path / str(k) / "run"
        with started(cohort, run) as process:
            time.sleep(moment)
            process.send_signal(signal.SIGINT if k % 4 else signal.SIGTERM)
            _, told = process.communicate(timeout=120)
        there = (run / "manifest.json").is_file()
        said = f"published: {run}" if there else "nothing was published"
        told = "".join(line for line in told.splitlines(True) if "WARNING" not in line)
        interrupted = (130, f"ERROR E_INTERRUPTED: interrupted; {said}\n")
        assert (process.returncode, told) in (interrupted, (0, "")), moment
        assert there or process.returncode == 130
        left = [path.name for path in run.parent.iterdir()] if run.parent.exists() else []
        assert left == (["run"] if there else []), moment


def test_kills(cohort: Path, seconds: float, tmp_path: Path) -> None:
    """A killed match leaves a whole run or none, and the next one into the same folder works."""
    run = tmp_path / "run"
    for moment in moments(seconds, 1):
        with started(cohort, run) as process:
            time.sleep(moment)
            process.kill()
            process.communicate(timeout=120)
        if run.exists():
            assert (run / "manifest.json").is_file()
            run.rename(tmp_path / f"whole at {moment}")
    with started(cohort, run) as process:
        _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert not list(tmp_path.glob(".run*"))
