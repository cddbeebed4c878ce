"""How a problem is to be solved, and what every method is handed beside the problem."""

import os
from dataclasses import dataclass, field
from typing import get_args

from matcher.config.sections import BaselineMethod, SolverMethod
from matcher.observe import SILENT, Observer
from matcher.solver.dask.cluster import Cluster
from matcher.solver.limits import Clock
from matcher.solver.model.mentor_types import MentorTypes
from matcher.solver.pricing.kept_passes import KeptPasses
from matcher.solver.solution import Solution

BASELINES = get_args(BaselineMethod)
METHODS = get_args(SolverMethod)


@dataclass(frozen=True)
class SolverSettings:
    """How a problem is solved; the same keys and defaults as the config's section ``[solver]``."""

    method: str = "auto"
    """One of `METHODS`."""
    gap: float = 5e-4
    """Relative gap at which the answer counts as optimal."""
    time_limit: float | None = None
    """Seconds after which the best answer so far is returned with its bound."""
    seed: int = 0
    """Seed of everything that draws."""
    threads: int | None = None
    """Threads of the maps over blocks; None: one a core."""
    block_pairs: int = 4_000_000
    """Pairs that a block holds at once."""
    resume: str = ""
    """Folder in which a long solve keeps the parts of its passes over all pairs, so that the same
    solve picks up where it was cut; empty: nothing is kept."""
    executor: str = "threads"
    """``dask`` runs the scans of the portfolio method on a cluster."""
    scheduler: str = ""
    """Address of the cluster."""
    partitions: str = ""
    """Folder shared with the workers, where mentees are written for them to read."""


@dataclass(frozen=True)
class SolveRun:
    """One solve under way."""

    settings: SolverSettings = SolverSettings()
    clock: Clock = field(default_factory=Clock)
    observer: Observer = SILENT
    cluster: Cluster | None = None
    """Where scans run, None for threads of this process."""
    kept: KeptPasses | None = None
    """Parts of passes over all pairs that are kept, None where no folder is named."""
    types: MentorTypes | None = None
    """Mentors of one kind, who have one price, where the problem was made smaller by them."""
    known: Solution | None = None
    """Solution of a problem of the same shape that differs a little, to start from."""

    @property
    def threads(self) -> int:
        """Threads of the maps over blocks."""
        return self.settings.threads or os.cpu_count() or 1
