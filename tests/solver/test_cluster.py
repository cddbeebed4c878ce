"""The scan on a real Dask cluster of two worker processes gives the answer of one machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.features.random_cohorts import cohort_of, people
from tests.solver.instances import random_problem

from matcher.config import Config
from matcher.errors import ConfigError, NoSolutionError
from matcher.pipeline import build, solve_instance
from matcher.problem.problem import Problem
from matcher.solver.dispatch import solve_problem
from matcher.solver.portfolio_method import solve_portfolios
from matcher.solver.score_sources import ArrayScores, Bans, DenseMatrix
from matcher.solver.settings import SolverSettings, SolveRun

distributed = pytest.importorskip("distributed")
pytest.importorskip("pyarrow")
from matcher.solver.dask import cluster as module  # noqa: E402
from matcher.solver.dask.cluster import Cluster  # noqa: E402

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


def problem(seed: int = 3) -> Problem:
    """Draw a problem with coverage that needs several blocks."""
    rng = np.random.default_rng(seed)
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


@pytest.mark.slow
def test_same_answer_as_one_machine(cluster: object, tmp_path: Path) -> None:
    """Pairs and bound equal those of threads, traffic is counted, and no file stays."""
    alone = solve_problem(problem(), SolverSettings(block_pairs=300))
    apart = solve_problem(
        problem(),
        SolverSettings(
            block_pairs=300,
            executor="dask",
            scheduler=cluster.scheduler_address,
            partitions=str(tmp_path / "shared"),
        ),
    )
    np.testing.assert_array_equal(apart.pairs, alone.pairs)
    assert apart.bounds.dual == alone.bounds.dual
    assert list((tmp_path / "shared").iterdir()) == []
    assert apart.statistics["scans"] > 1
    for kind in ("partition_mb", "scattered_mb", "sent_mb", "received_mb"):
        assert 0 < apart.statistics[kind] < 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_same_answer_with_every_term(cluster: object, seed: int) -> None:
    """Reciprocal pairs, tiers, pools, 'either' people, kept pairs and fairness included."""
    drawn = random_problem(seed, 12, 8, reciprocal=True)
    alone = solve_problem(drawn, SolverSettings(method="portfolio", block_pairs=32))
    apart = solve_problem(
        drawn,
        SolverSettings(
            method="portfolio", block_pairs=32, executor="dask", scheduler=cluster.scheduler_address
        ),
    )
    np.testing.assert_array_equal(apart.pairs, alone.pairs)
    np.testing.assert_array_equal(apart.reciprocal, alone.reciprocal)
    assert apart.bounds.dual == alone.bounds.dual


@pytest.mark.slow
@pytest.mark.parametrize("held", [True, False])
def test_same_answer_for_a_cohort(
    cluster: object, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scores held as arrays, and scores that workers compute from people's answers."""
    if not held:
        monkeypatch.setattr("matcher.scoring.pair_scores.PAIRS_IN_MEMORY", 0)
    rng = np.random.default_rng(8)
    cohort = cohort_of(rng, people(rng, 40, "e"), people(rng, 25, "m"))
    instance = build(cohort, Config(solver={"block_pairs": 1000}))
    alone = solve_instance(instance)
    address = cluster.scheduler_address
    apart = solve_instance(instance, executor="dask", scheduler=address)
    np.testing.assert_array_equal(apart.pairs, alone.pairs)
    assert apart.bounds.dual == alone.bounds.dual


@pytest.mark.slow
def test_max_min_runs_there_too(cluster: object) -> None:
    """The method for the least value scans on the cluster as well."""
    drawn = random_problem(1, 12, 8)
    drawn = Problem(drawn.scores, np.full(8, 2.0), drawn.limit, fairness="max-min")
    alone = solve_problem(drawn, SolverSettings(block_pairs=32))
    apart = solve_problem(
        drawn, SolverSettings(block_pairs=32, executor="dask", scheduler=cluster.scheduler_address)
    )
    np.testing.assert_array_equal(apart.pairs, alone.pairs)
    assert apart.statistics["scans"] > 0


@pytest.mark.slow
def test_a_killed_worker_is_survived(cluster: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker dies while a scan is out on both; nothing changes but the time."""
    alone = solve_problem(problem(), SolverSettings(block_pairs=300))
    killed: list[int] = []
    wait = Cluster._wait

    def wait_after_killing(self: Cluster, futures: list[object]) -> None:
        if self.scans == 1 and not killed:
            pids = self.client.run(os.getpid)
            killed.append(min(pids.values()))
            os.kill(killed[0], signal.SIGKILL)
        wait(self, futures)

    monkeypatch.setattr(Cluster, "_wait", wait_after_killing)
    with Cluster(cluster.scheduler_address) as connection:
        settings = SolverSettings(threads=1, block_pairs=300)
        answer = solve_portfolios(problem(), SolveRun(settings, cluster=connection))
        survivors = set(connection.client.run(os.getpid).values())
    assert killed
    assert killed[0] not in survivors
    np.testing.assert_array_equal(answer.assignment.pairs, alone.pairs)
    assert answer.bound == pytest.approx(alone.bounds.dual, rel=1e-12)


@pytest.mark.slow
def test_workers_without_the_folder_are_told(
    cluster: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that workers do not share is one line with what to set, not a lost worker."""
    write = module.Partitions._write

    def write_elsewhere(self: module.Partitions, *arguments: object) -> None:
        write(self, *arguments)
        for part in self.files:
            Path(part.file).rename(f"{part.file}.elsewhere")

    monkeypatch.setattr(module.Partitions, "_write", write_elsewhere)
    with pytest.raises(ConfigError, match=r"E_PARTITIONS.*solver\.partitions"):
        solve_problem(
            problem(),
            SolverSettings(
                executor="dask", scheduler=cluster.scheduler_address, partitions=str(tmp_path)
            ),
        )
    assert list(tmp_path.iterdir()) == []


def test_another_version_is_told(cluster: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers with another matcher could give another answer."""
    monkeypatch.setattr("matcher._version.__version__", "9.9.9")
    with pytest.raises(ConfigError, match=r"no matcher 9\.9\.9"):
        Cluster(cluster.scheduler_address)


@pytest.fixture
def lonely() -> Iterator[str]:
    """Start a scheduler without any worker."""
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as started:
        yield started.scheduler_address


@pytest.mark.slow
def test_no_workers_are_told(lonely: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler with nobody behind it is an error in words."""
    monkeypatch.setattr(module, "FIRST_WORKER", 1.0)
    with pytest.raises(ConfigError, match="no workers"):
        Cluster(lonely)


@pytest.mark.slow
def test_workers_that_never_come_back_are_told(
    lonely: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last worker is gone for good, the solve ends instead of waiting for ever."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    command = [sys.executable, "-m", "distributed.cli.dask_worker", lonely, "--no-nanny"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait = Cluster._wait

    def wait_after_killing(self: Cluster, futures: list[object]) -> None:
        worker.kill()
        wait(self, futures)

    monkeypatch.setattr(Cluster, "_wait", wait_after_killing)
    monkeypatch.setattr(module, "FIRST_WORKER", 60.0)
    try:
        with pytest.raises(NoSolutionError, match="S_NO_SOLUTION"):
            solve_problem(problem(), SolverSettings(executor="dask", scheduler=lonely))
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.slow
def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers is an error in words."""
    monkeypatch.setattr(module, "START", 1.0)
    with pytest.raises(ConfigError, match="scheduler"):
        Cluster("tcp://127.0.0.1:9")
