"""The scan on a Dask cluster: the same map over blocks, elsewhere.

The problem goes to every worker once; a task carries the duals and the state of its own block, and
brings back the sets and candidates of that block. A worker that dies costs its unfinished blocks,
which the scheduler gives to another. See docs/scale.md.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from matcher.errors import ConfigError, Finding, NoSolutionError
from matcher.solve.rows import Rows

if TYPE_CHECKING:
    from types import TracebackType

    from matcher.portfolio.problem import Ints, Problem
    from matcher.solve.scan import Look, Looked

ATTEMPTS = 5
"""Times that a scan is asked again after workers were lost."""

_scanners: dict[str, Any] = {}
"""On a worker: the scanner and rows of the problem that it works on."""


class Cluster:
    """A connection to a Dask scheduler.

    Parameters
    ----------
    scheduler
        Address, such as ``tcp://host:8786``.

    Raises
    ------
    ConfigError
        Without the extra ``[dask]``, or if nobody answers at the address.
    """

    def __init__(self, scheduler: str) -> None:
        try:
            import distributed
        except ImportError as error:
            message = "the executor dask needs the extra [dask]"
            remedy = "pip install 'mentor-matcher[dask]'"
            raise ConfigError(Finding("E_EXTRA", message, remedy)) from error
        if not scheduler:
            message = "the executor dask needs the address of a scheduler"
            raise ConfigError(Finding("E_CONFIG", message, "set solver.scheduler"))
        try:
            self.client: Any = distributed.Client(scheduler, timeout="10s", set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            message = "no Dask scheduler answers at solver.scheduler"
            raise ConfigError(Finding("E_CONFIG", message, "start one, or correct it")) from error
        self.sent_bytes = 0
        """Bytes of problems and blocks' states sent so far."""
        self.received_bytes = 0
        self._problem: Problem | None = None
        self._scattered: Any = None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def look(self, problem: Problem, rows: Rows, look: Look, blocks: list[Ints]) -> list[Looked]:
        """Look at all blocks on the workers; results in the order of the blocks.

        A worker's death may take the only copy of the problem with it, since the scheduler keeps
        no more copies than it must: the problem is then sent again, and the blocks asked again.

        Raises
        ------
        NoSolutionError
            If the cluster loses its workers `ATTEMPTS` times in a row.
        """
        from distributed.client import FutureCancelledError

        looks = [look.of_block(block) for block in blocks]
        for _ in range(ATTEMPTS):
            try:
                return self._look_once(problem, rows, looks, blocks)
            except (FutureCancelledError, OSError, TimeoutError):
                self._problem = None
        message = f"the Dask cluster lost its workers {ATTEMPTS} times"
        raise NoSolutionError(Finding("S_NO_SOLUTION", message, "start more workers"))

    def _look_once(
        self, problem: Problem, rows: Rows, looks: list[Look], blocks: list[Ints]
    ) -> list[Looked]:
        scattered = self._scatter(problem)
        parts = {"max_size": rows.max_size, "tiers": rows.tiers, "opposite": rows.opposite}
        shared = self.client.scatter(parts, broadcast=True, hash=False)
        self.sent_bytes += sum(len(pickle.dumps(part)) for part in looks)
        futures = [
            self.client.submit(_look_at, scattered, shared, part, block, pure=False, retries=3)
            for part, block in zip(looks, blocks, strict=True)
        ]
        found: list[Looked] = list(self.client.gather(futures))
        self.received_bytes += sum(len(pickle.dumps(part)) for part in found)
        return found

    def _scatter(self, problem: Problem) -> Any:
        """Send the problem to every worker, once."""
        if self._problem is not problem:
            self._scattered = self.client.scatter(problem, broadcast=True, hash=False)
            self._problem = problem
            self.sent_bytes += len(pickle.dumps(problem))
        return self._scattered


def _look_at(problem: Problem, parts: dict[str, Any], look: Look, block: Ints) -> Looked:
    """Run on a worker: look at one block with one thread."""
    from matcher.solve.scan import Scanner

    rows = Rows(problem, parts["max_size"], parts["tiers"], parts["opposite"])
    scanner = _scanners.get("scanner")
    if scanner is None or scanner.problem is not problem:
        scanner = Scanner(problem, threads=1, block_pairs=1)
        _scanners["scanner"] = scanner
    return scanner.look(rows, look, block)
