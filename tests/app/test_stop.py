"""Work in the background is stopped with the best that it has found."""

from __future__ import annotations

import time
from pathlib import Path

from matcher.app.rematch import Job
from matcher.observe import Observer
from matcher.solver.limits import Clock, interruptible


def test_stop_lets_the_work_end_with_its_best(tmp_path: Path) -> None:
    """The solve sees it at its next look at the clock; nothing else is stopped."""
    clock, other = Clock(), Clock()

    def work(_: Observer) -> Path:
        with interruptible(clock):
            while clock.within(1.0):
                time.sleep(0.001)
        return tmp_path

    job = Job()
    assert not job.stop()
    job.start(work)
    while not job.stop():
        time.sleep(0.001)
    assert job.thread is not None
    job.thread.join(timeout=10)
    assert job.result == tmp_path
    assert clock.limit_hit == "interrupt"
    assert other.within(1.0)
    assert not job.stop()
