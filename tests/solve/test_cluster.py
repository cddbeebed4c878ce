"""The scan on a real Dask cluster of two worker processes gives the answer of one machine."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from matcher.errors import ConfigError
from matcher.portfolio.problem import Problem
from matcher.solve.cluster import Cluster
from matcher.solve.dispatch import solve_problem
from matcher.solve.limits import Clock
from matcher.solve.portfolio_method import solve_portfolios
from matcher.solve.sources import ArrayScores, Bans, DenseMatrix

distributed = pytest.importorskip("distributed")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    """Start two worker processes on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as started:
            yield started


def problem() -> Problem:
    """Draw a problem with coverage that needs several blocks."""
    rng = np.random.default_rng(3)
    n, m, f = 60, 30, 5
    bans = Bans.of(np.empty((0, 2), dtype=np.int64), n)
    return Problem(
        ArrayScores(DenseMatrix(rng.random((n, m)) * 0.15), None, bans),
        np.full(m, 2.0),
        rng.integers(1, 4, n),
        needs=rng.dirichlet(np.full(f, 0.4), n) * 0.6,
        offers=rng.beta(1, 3, (m, f)),
        second_cover=0.3,
    )


def test_same_answer_as_one_machine(cluster: object) -> None:
    """Pairs and bound on the cluster equal those of threads."""
    alone = solve_problem(problem(), block_pairs=300)
    apart = solve_problem(
        problem(), block_pairs=300, executor="dask", scheduler=cluster.scheduler_address
    )
    np.testing.assert_array_equal(apart.pairs, alone.pairs)
    assert apart.bounds.dual == pytest.approx(alone.bounds.dual, abs=1e-9)


def test_a_killed_worker_is_survived(cluster: object) -> None:
    """Killing a worker in the middle changes nothing but the time."""
    alone = solve_problem(problem(), block_pairs=300)
    with Cluster(cluster.scheduler_address) as connection:
        pids = connection.client.run(os.getpid)
        victim = min(pids.values())

        def kill() -> None:
            time.sleep(0.3)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        from matcher.observe import SILENT

        answer = solve_portfolios(
            problem(),
            gap=1e-4,
            clock=Clock(),
            seed=0,
            threads=1,
            block_pairs=300,
            observer=SILENT,
            cluster=connection,
        )
        killer.join()
        assert connection.sent_bytes > 0
        assert connection.received_bytes > 0
    np.testing.assert_array_equal(answer.assignment.pairs, alone.pairs)


def test_no_scheduler_is_told() -> None:
    """An address where nobody answers is an error in words."""
    with pytest.raises(ConfigError, match="scheduler"):
        Cluster("tcp://127.0.0.1:9")
