"""Time and peak memory of a call."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STATM = Path("/proc/self/statm")
_INTERVAL = 0.005


@dataclass
class Usage:
    """What a call took."""

    seconds: float = 0.0
    peak_mb: float = 0.0
    """Largest resident memory of the process while it ran, in megabytes of 10**6 bytes."""


@contextlib.contextmanager
def measured() -> Iterator[Usage]:
    """Measure wall time and peak resident memory of the body.

    Memory is sampled every five milliseconds where Linux tells it; elsewhere it is the process's
    peak since its start, which never falls between calls.
    """
    usage = Usage()
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(usage, done), daemon=True)
    sampler.start()
    start = time.perf_counter()
    try:
        yield usage
    finally:
        usage.seconds = time.perf_counter() - start
        done.set()
        sampler.join()
        usage.peak_mb = max(usage.peak_mb, resident_mb())


def resident_mb() -> float:
    """Return the resident memory of this process now, or its peak where only that is known."""
    if _STATM.exists():
        import resource

        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 1e6
    return peak_mb()


def peak_mb() -> float:
    """Return the peak resident memory of this process since its start; 0 where it is not told."""
    try:
        import resource
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(used) * (1e-6 if sys.platform == "darwin" else 1.024e-3)


def _sample(usage: Usage, done: threading.Event) -> None:
    while not done.wait(_INTERVAL):
        usage.peak_mb = max(usage.peak_mb, resident_mb())
