"""Rounding: the linear master, the dive from it, and neighbourhoods that are chosen again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver.instances import random_problem
from tests.solver.test_portfolio_method import everything

from matcher.observe import Observer, Progress
from matcher.solver.columns.generation import Generation
from matcher.solver.columns.left_over import ResidualPricing
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding import to_integers
from matcher.solver.rounding.integer_master import Dive, IntegerMaster, spare_within
from matcher.solver.rounding.to_integers import Neighbourhoods, Rounding
from matcher.solver.settings import SolverSettings, SolveRun

SEEDS = range(25)


def case(seed: int, *, reciprocal: bool = False) -> tuple[ColumnPool, Rows]:
    """Return all columns of a small random problem with every term, and its rows."""
    return everything(replace(random_problem(seed, 6, 5, reciprocal=reciprocal), tiers=None))


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_linear_master_bounds_the_integer_one(seed: int, reciprocal: bool) -> None:
    """Shares keep every row, sum to one a mentee, and are worth no less than the best choice."""
    pool, rows = case(seed, reciprocal=reciprocal)
    every = np.arange(len(pool))
    share = IntegerMaster(pool, rows).linear(every, rows.rhs, seconds=10.0)[0]
    choice = IntegerMaster(pool, rows).choose(every, gap=0.0)
    assert share is not None
    assert choice is not None
    assert np.bincount(pool.mentee, weights=share) == pytest.approx(1.0)
    assert rows.keeps(np.asarray(pool.use.T @ share), tolerance=1e-5)
    if not rows.penalty.any():
        assert share @ pool.worth >= IntegerMaster(pool, rows).worth(choice.columns) - 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_dive_ends_with_whole_portfolios_that_fit(seed: int, reciprocal: bool) -> None:
    """One column a mentee, within every row, near the best; or nothing, never a broken answer."""
    pool, rows = case(seed, reciprocal=reciprocal)
    every = np.arange(len(pool))
    open_ = np.full(rows.problem.n_mentees, -1, dtype=np.int64)
    columns = Dive(IntegerMaster(pool, rows), Clock(), 10.0).run(every, open_)
    assert columns is not None or reciprocal  # half a pair may be left without its other half
    if columns is None:
        return
    assert pool.mentee[columns].tolist() == list(range(rows.problem.n_mentees))
    assert IntegerMaster(pool, rows).keeps_rows(columns)
    master = IntegerMaster(pool, rows)
    best = master.choose(every, gap=0.0)
    assert best is not None
    assert master.worth(columns) <= master.worth(best.columns) + 1e-6


def test_a_dive_keeps_what_is_held_already() -> None:
    """Mentees who hold a column keep it, and the others fit around it."""
    pool, rows = case(3)
    full = Dive(IntegerMaster(pool, rows), Clock(), 10.0).run(np.arange(len(pool)), np.full(6, -1))
    assert full is not None
    held = np.where(np.arange(6) < 2, full, -1)
    columns = Dive(IntegerMaster(pool, rows), Clock(), 10.0).run(np.arange(len(pool)), held)
    assert columns is not None
    assert columns[:2].tolist() == full[:2].tolist()


def test_a_dive_without_time_returns_nothing() -> None:
    """Where the clock has run out there is no answer, rather than part of one."""
    pool, rows = case(0)
    dive = Dive(IntegerMaster(pool, rows), Clock(0.0), 1.0)
    assert dive.run(np.arange(len(pool)), np.full(6, -1)) is None


@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_is_priced_anew(seed: int, reciprocal: bool) -> None:
    """From one mentor each alone, those who are open find portfolios, and what results fits."""
    pool, rows = case(seed, reciprocal=reciprocal)
    problem = rows.problem
    scanner = Scanner(problem, threads=1, block_pairs=10_000)
    generated = Generation(rows, scanner, SolveRun(SolverSettings(gap=1e-9))).generate()
    few = np.flatnonzero((pool.members >= 0).sum(axis=1) <= 1)
    small = pool.take(few)
    every = np.arange(len(small))
    plain = Dive(IntegerMaster(small, rows), Clock(), 10.0).run(every, np.full(6, -1))
    if plain is None:
        pytest.skip("forced pairs leave somebody no portfolio of one")
    held = np.where(np.arange(6) % 2 == 0, plain, -1)
    pricing = ResidualPricing(generated, rows, scanner)
    dive = Dive(IntegerMaster(small, rows), Clock(), 10.0, pricing)
    found = dive.run(every, held)
    assert found is not None or reciprocal
    if found is None:
        return
    wider = dive.master.pool
    added = np.setdiff1d(wider.key, small.key)
    is_open = held < 0
    assert is_open[wider.mentee[wider.places_of(added)]].all()
    assert np.isin(small.key, wider.key).all()
    assert wider.key[found[~is_open]].tolist() == small.key[held[~is_open]].tolist()
    assert dive.master.keeps_rows(found)
    worth = dive.master.worth(found)
    best = IntegerMaster(pool, rows).choose(np.arange(len(pool)), gap=0.0)
    assert best is not None
    assert worth <= IntegerMaster(pool, rows).worth(best.columns) + 1e-6


def test_a_dive_ends_early_where_it_cannot_reach_what_is_known() -> None:
    """A floor above every choice of the columns ends the dive; one below changes nothing."""
    pool, rows = case(3)
    every, open_ = np.arange(len(pool)), np.full(6, -1)
    master = IntegerMaster(pool, rows)
    free = Dive(master, Clock(), 10.0).run(every, open_)
    assert free is not None
    worth = master.worth(free)
    assert Dive(master, Clock(), 10.0, floor=worth + 100.0).run(every, open_) is None
    below = Dive(master, Clock(), 10.0, floor=worth - 1.0).run(every, open_)
    assert below is not None
    assert below.tolist() == free.tolist()


@pytest.mark.slow
def test_time_that_is_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a limit improving ends by its patience, with one it goes on until time is out."""
    monkeypatch.setattr(to_integers, "PATIENCE", 2)
    monkeypatch.setattr(to_integers, "NEIGHBOURHOOD", 4)
    monkeypatch.setattr(to_integers, "DIVED", 4)
    monkeypatch.setattr(to_integers, "GROWTH", 0)
    problem = replace(random_problem(5, 40, 12), tiers=None)
    rows = Rows(problem, problem.max_size)
    run = SolveRun(SolverSettings())
    generated = Generation(rows, Scanner(problem, threads=1), run).generate()
    steps: list[float] = []

    class Steps(Observer):
        def on_progress(self, progress: Progress) -> None:
            steps.append(progress.objective)
            if len(steps) == 40:
                run.clock.interrupt()

    run = replace(run, observer=Steps())
    far = Rounding(replace(generated, bound=generated.bound + 100.0), rows, run)
    best = far.first(None)
    assert best is not None
    after = far.improve(best)
    hasty = len(steps)
    assert 2 <= hasty < 40
    last = far.improve(after, patient=True)
    assert len(steps) == 40
    assert last.objective >= after.objective


def test_a_neighbourhood_grows_along_who_holds_what_is_wanted() -> None:
    """From one mentee on, only holders of a place that somebody inside wants come in."""
    problem = replace(random_problem(5, 40, 12), tiers=None)
    rows = Rows(problem, 3)
    pricer = Scanner(problem, threads=1, block_pairs=10_000)
    generated = Generation(rows, pricer, SolveRun(SolverSettings(gap=1e-4))).generate()
    rounding = Rounding(generated, rows, SolveRun())
    found = rounding.first(None)
    assert found is not None
    pool, near = rounding.pool, rounding.near
    places = Neighbourhoods(rounding)
    use = pool.use_of(found.columns)
    capacity = np.arange(problem.n_mentors)
    wants = np.zeros((40, problem.n_mentors), dtype=bool)
    for column in near.tolist():
        wants[pool.mentee[column]] |= pool.use[[column]].toarray()[0, capacity] > 0
    holds = pool.use[found.columns].toarray()[:, capacity] > 0
    for _ in range(20):
        inside = places.draw(found.columns, use, 10)
        assert 1 <= len(inside) <= 10
        assert np.all(np.diff(inside) > 0)
        if len(inside) > 1:
            linked = (holds[inside] @ wants[inside].T.astype(int)) > 0
            others = linked & ~np.eye(len(inside), dtype=bool)
            assert np.all(others.any(axis=1) | others.any(axis=0))


@pytest.mark.parametrize("seed", range(8))
def test_improving_only_ever_improves(seed: int) -> None:
    """Rounding from a known solution never returns a worse one, and keeps every row."""
    pool, rows = case(seed)
    empty = np.flatnonzero((pool.members < 0).all(axis=1))
    if len(empty) < rows.problem.n_mentees:
        pytest.skip("somebody must have a mentor")
    problem = rows.problem
    pricer = Scanner(problem, threads=1, block_pairs=10_000)
    generation = Generation(rows, pricer, SolveRun(SolverSettings(gap=1e-9)))
    generated = generation.generate()
    rounding = Rounding(generated, rows, SolveRun(SolverSettings(gap=1e-9)))
    start = rounding.empty
    first = rounding.first(start)
    assert first is not None
    found = rounding.improve(first)
    assert found.objective >= rounding.master.worth(start)
    assert rounding.master.keeps_rows(found.columns)


@pytest.mark.parametrize("seed", range(6))
def test_a_choice_among_all_of_little_regret(seed: int) -> None:
    """Everything within a regret is listed, known or not; a choice among it loses nothing.

    Nor does what a solution that near the bound may leave of each row rule the best one out.
    """
    pool, rows = case(seed)
    scanner = Scanner(rows.problem, threads=1, block_pairs=10_000)
    run = SolveRun(SolverSettings(gap=1e-9))
    generated = Generation(rows, scanner, run).generate()
    pricing = ResidualPricing(generated, rows, scanner)
    slack = 0.05 * generated.unit
    few = generated.pool.take(np.flatnonzero(generated.pool.is_empty))
    listed = pricing.within(few, slack)
    assert listed is not None
    near = generated.best[pool.mentee] - pool.reduced(generated.y) < slack - 1e-9
    assert np.isin(pool.key[near], listed.key).all()
    rounding = Rounding(generated, rows, run, pricing)
    first = rounding.first(None)
    assert first is not None
    every, master = np.arange(len(pool)), IntegerMaster(pool, rows)
    best = master.choose(every, gap=0.0)
    spare = spare_within(generated.bound - first.objective + 1e-9, generated.y)
    bounded = master.choose(every, spare=spare, gap=0.0)
    assert best is not None
    assert bounded is not None
    assert master.worth(bounded.columns) == pytest.approx(master.worth(best.columns), abs=1e-6)
    found = rounding.among_all(first)
    assert found.objective >= first.objective
    assert rounding.master.keeps_rows(found.columns)
