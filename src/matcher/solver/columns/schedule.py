"""The schedule of column generation: how prices cool down, and what is kept on the way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Temperatures of the smoothed dual, in units of the mean worth of a mentee's portfolio."""

    first: float = 0.05
    last: float = 2e-5
    tight: float = 4.0
    """Multiple of `last` that is low enough once the bound is tight."""
    factor: float = 0.3
    settled: float = 0.3
    """The temperature falls once fewer new columns than this share of the mentees come,"""
    still: float = 0.1
    """or once a round moves the dual value by less than this share of a temperature a mentee."""
    roughly: float = 1e-6
    """Share that a step of the fit must gain before the exact rounds."""
    warm_rounds: int = 24
    inner_rounds: int = 3
    """Further pricing rounds among the same candidates while many new columns come."""
    exact_rounds: int = 40
    sampled: int = 2000
    """Mentees from which a sample is solved first."""
    sample: float = 0.125
    """Share of the mentees that a sample holds."""
    sample_last: float = 0.01
    """Temperature at which a sample ends."""
    after_sample: float = 0.015
    """Temperature at which the full problem starts after one."""
    steps: int = 6
    """Subgradient steps that tighten the multipliers of the screen in a round."""
    first_steps: int = 30
    """The same before the first exact scan, whose cost hangs on them."""
    keep: float = 4.0
    """Columns within this many temperatures of the best are kept,"""
    most: int = 12
    """and of those of one round so many a mentee."""
