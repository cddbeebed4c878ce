"""The clock of the benchmarks: processor seconds, which other programs beside do not change much.

Those of all threads count, and of processes that were started and have ended.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

from matcher.lab.judge import Usage
from matcher.lab.judge import measured as measured_by_the_wall

NAME = "processor"
"""What result files call it; those of before, without a name, were taken by the wall."""


def now() -> float:
    """Return the processor seconds of this process so far, and of those it started."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + spent.ru_utime + spent.ru_stime


@contextmanager
def measured() -> Iterator[Usage]:
    """Measure processor seconds and peak resident memory of the body."""
    start = now()
    with measured_by_the_wall() as usage:
        yield usage
    usage.seconds = now() - start
