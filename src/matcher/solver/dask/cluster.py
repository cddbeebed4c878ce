"""The scan on a Dask cluster: the same map over blocks, elsewhere.

The mentors' side of the problem goes to every worker once; workers read mentees from Parquet
partitions. In a scan, prices go to every worker and the state of its mentees with each partition;
sets and candidates come back. A worker that dies costs its unfinished partitions, which the
scheduler gives to another. See docs/scale.md.
"""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from types import TracebackType
from typing import Any

from matcher.errors import ConfigError, Finding, NoSolutionError
from matcher.problem.problem import Ints, Problem
from matcher.solver.dask import messages
from matcher.solver.dask.partitions import Partitions
from matcher.solver.pricing.pricer import BlockAnswer, ScanQuestion

ATTEMPTS = 5
"""Times that a scan is asked again after workers were lost."""

PATIENCE = 60.0
"""Seconds that a scan waits while there is no worker at all."""

START = 10.0
"""Seconds in which the scheduler must answer."""

FIRST_WORKER = 30.0
"""Seconds in which a first worker must be there."""

PER_THREAD = 4
"""Partitions for each thread of the cluster, so that a lost worker costs a quarter of its share."""

MOST_BLOCKS = 64
"""Most blocks in a partition, so that no task is long."""

MEGABYTE = 1e6


class Cluster:
    """A connection to a Dask scheduler.

    Parameters
    ----------
    scheduler
        Address, such as ``tcp://host:8786``.
    partitions
        Folder that master and workers share, where mentees are written for workers to read; empty:
        a temporary folder, which only workers of this machine can read.

    Raises
    ------
    ConfigError
        Without the extra ``[dask]``, if nobody answers at the address, or if workers cannot work.
    """

    def __init__(self, scheduler: str, partitions: str = "") -> None:
        try:
            import distributed
            import pyarrow  # noqa: F401
        except ImportError as error:
            message = "the executor dask needs the extra [dask]"
            remedy = "pip install 'mentor-matcher[dask]'"
            raise ConfigError(Finding("E_EXTRA", message, remedy)) from error
        if not scheduler:
            message = "the executor dask needs the address of a scheduler"
            raise ConfigError(Finding("E_CONFIG", message, "set solver.scheduler"))
        try:
            self.client: Any = distributed.Client(scheduler, timeout=START, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            message = "no Dask scheduler answers at solver.scheduler"
            raise ConfigError(Finding("E_CONFIG", message, "start one, or correct it")) from error
        self.folder = partitions
        self.scans = 0
        self.scan_seconds = 0.0
        self.bytes = dict.fromkeys(("partition", "scattered", "sent", "received"), 0)
        """So far, of mentees written for workers; of mentors' sides sent, every worker's copy
        counted; of prices and mentees' states sent; of sets and candidates that came back."""
        self._cut: _Cut | None = None
        try:
            self._check_workers()
        except BaseException:
            self.client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forget()
        self.client.close()

    @property
    def statistics(self) -> dict[str, float]:
        """Scans so far and their traffic, for the solution."""
        return {
            "scans": float(self.scans),
            "scan_seconds": self.scan_seconds,
            **{f"{kind}_mb": count / MEGABYTE for kind, count in self.bytes.items()},
        }

    def scan_blocks(
        self, problem: Problem, question: ScanQuestion, blocks: list[Ints]
    ) -> list[BlockAnswer]:
        """Scan all blocks on the workers; results in the order of the blocks.

        A worker's death may take the only copy of the mentors' side with it, since the scheduler
        keeps no more copies than it must: it is then sent again, and the blocks asked again.

        Raises
        ------
        NoSolutionError
            If the cluster loses its workers `ATTEMPTS` times in a row, or for good.
        ConfigError
            If a worker cannot read its partition (E_PARTITIONS).
        """
        from distributed.scheduler import KilledWorker

        start = time.monotonic()
        cut = self._cut_apart(problem, blocks)
        prices = messages.ScanPrices.of(question)
        states = [messages.PartitionState.of(question, part) for part in cut.partitions.files]
        for _ in range(ATTEMPTS):
            try:
                found = self._ask(cut, prices, states)
            except (CancelledError, KilledWorker, OSError):
                cut.scattered = None
                self._await_worker()
                continue
            looked = [
                one.unpacked(state.part.first)
                for state, several in zip(states, found, strict=True)
                for one in several
            ]
            self.scans += 1
            self.scan_seconds += time.monotonic() - start
            return looked
        message = f"the Dask cluster lost its workers {ATTEMPTS} times"
        raise NoSolutionError(Finding("S_NO_SOLUTION", message, "start more workers"))

    def _cut_apart(self, problem: Problem, blocks: list[Ints]) -> _Cut:
        """Write the partitions of a problem, unless it is the one before."""
        if self._cut is None or not self._cut.holds(problem, blocks):
            self._forget()
            share = -(-len(blocks) // (PER_THREAD * self._threads()))
            most = max(1, min(MOST_BLOCKS, share))
            self._cut = _Cut(problem, blocks, Partitions(problem, blocks, most, self.folder))
            self.bytes["partition"] += self._cut.partitions.bytes
        return self._cut

    def _ask(
        self, cut: _Cut, prices: messages.ScanPrices, states: list[messages.PartitionState]
    ) -> list[list[messages.PackedAnswer]]:
        workers = max(1, len(self.client.nthreads()))
        if cut.scattered is None:
            mentor_side = cut.partitions.mentor_side
            cut.scattered = self.client.scatter(mentor_side, broadcast=True, hash=False)
            self.bytes["scattered"] += workers * messages.size_of(mentor_side)
        shared = self.client.scatter(prices, broadcast=True, hash=False)
        self.bytes["sent"] += workers * messages.size_of(prices) + sum(
            map(messages.size_of, states)
        )
        futures = [
            self.client.submit(
                messages.scan_partition, cut.scattered, shared, state, pure=False, retries=3
            )
            for state in states
        ]
        self._wait(futures)
        found: list[list[messages.PackedAnswer]] = []
        for answer in self.client.gather(futures):
            if isinstance(answer, messages.Failed):
                raise answer.error
            found.append(answer)
        self.bytes["received"] += messages.size_of(found)
        return found

    def _wait(self, futures: list[Any]) -> None:
        """Wait for all answers, as long as there is somebody who could give them."""
        from distributed import wait

        seen = time.monotonic()
        while True:
            try:
                with self.client.as_current():
                    wait(futures, timeout=5)
            except TimeoutError:
                if self.client.nthreads():
                    seen = time.monotonic()
                elif time.monotonic() - seen > PATIENCE:
                    raise _no_workers() from None
            else:
                return

    def _await_worker(self) -> None:
        """Wait for a first worker to come back."""
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except (TimeoutError, OSError) as error:
            raise _no_workers() from error

    def _threads(self) -> int:
        return max(1, sum(map(int, self.client.nthreads().values())))

    def _check_workers(self) -> None:
        """Make sure that somebody can work, with the same matcher."""
        from matcher._version import __version__

        def version() -> str:
            # Within a method, so that it travels by value: a worker may have no matcher at all.
            from matcher._version import __version__
            from matcher.solver.dask.messages import scan_partition  # noqa: F401

            return __version__

        try:
            self.client.wait_for_workers(1, timeout=FIRST_WORKER)
            versions = set(self.client.run(version).values())
        except TimeoutError as error:
            message = "the Dask scheduler at solver.scheduler has no workers"
            raise ConfigError(Finding("E_CONFIG", message, "start some")) from error
        except ImportError as error:
            versions = {str(error)}
        if versions != {__version__}:
            message = f"a worker of the Dask cluster has no matcher {__version__}"
            raise ConfigError(Finding("E_CONFIG", message, "install the same version everywhere"))

    def _forget(self) -> None:
        if self._cut is not None:
            self._cut.partitions.remove()
        self._cut = None


def _no_workers() -> NoSolutionError:
    message = f"the Dask cluster has had no worker for {PATIENCE:.0f} s"
    return NoSolutionError(Finding("S_NO_SOLUTION", message, "start workers that stay"))


class _Cut:
    """The problem that a cluster works on, cut apart."""

    def __init__(self, problem: Problem, blocks: list[Ints], partitions: Partitions) -> None:
        self.problem, self.blocks, self.partitions = problem, len(blocks), partitions
        self.scattered: Any = None
        """The mentors' side on the workers, None before it was sent."""

    def holds(self, problem: Problem, blocks: list[Ints]) -> bool:
        """Whether this is that problem in these blocks."""
        return self.problem is problem and self.blocks == len(blocks)
