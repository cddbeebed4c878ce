"""A fixed piece of work of the kinds that matcher does, to compare machines and days by."""

from __future__ import annotations

import statistics
import time

import numpy as np

REPEATS = 5


def kernel() -> float:
    """Multiply, partition, sort and accumulate a fixed set of numbers; return a check sum."""
    rng = np.random.default_rng(0)
    left, right = rng.random((600, 300)), rng.random((300, 900))
    product = left @ right
    best = np.partition(product, -3, axis=1)[:, -3:].sum()
    order = np.argsort(rng.random(300_000))
    total = np.bincount(order % 977, weights=rng.random(300_000)).max()
    text = sum(len(str(number)) for number in range(60_000))
    return float(best + total + text)


def calibrate() -> float:
    """Return the median of the seconds that the kernel takes in a few runs."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        kernel()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)
