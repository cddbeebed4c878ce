"""Seats that are freed and filled again: never worse, all seats filled, listed pairs only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

import matcher
from matcher.arrays import present
from matcher.observe import Observer, Progress
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import gather_items, welfare
from matcher.solver import portfolio_method
from matcher.solver.api import problem_of
from matcher.solver.flow.seated import seated
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import keeps_rows
from matcher.solver.model.linking_rows import Rows
from matcher.solver.rounding import to_integers
from matcher.solver.rounding.seat_swaps import SeatSwaps, seats_filled
from matcher.solver.settings import SolveRun


def arguments(seed: int, n: int = 40, m: int = 36) -> dict[str, Any]:
    """Sparse scores, three facets, one mentor of the first kind and two of the second."""
    rng = np.random.default_rng(seed)
    kind = np.arange(m) % 3 == 0
    there = rng.random((n, m)) < 0.5
    there[:, :6] = True
    scores = sparse.csr_array(np.where(there, 0.1 + 0.2 * rng.random((n, m)), 0.0))
    return {
        "scores": scores,
        "capacity": rng.integers(5, 9, m),
        "limit": 3,
        "minimum": 3,
        "needs": rng.dirichlet(np.ones(3), n),
        "offers": rng.random((m, 3)),
        "seats": [
            {"name": "lead", "fits": kind, "min": 1, "max": 1, "fill": True},
            {"name": "peer", "fits": ~kind, "min": 2, "max": 2, "fill": True},
        ],
    }


def problem(seed: int) -> Problem:
    """Return the same as a problem, whose pairs are listed whatever share of all they are."""
    found = arguments(seed)
    return problem_of(found.pop("scores"), found.pop("capacity"), found.pop("limit"), **found)


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.solver.score_sources.FEW_PAIRS", 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_swaps_gain_and_keep_every_rule(seed: int) -> None:
    """From the flow that says nothing of coverage, welfare rises and every seat stays filled."""
    drawn = problem(seed)
    start = present(seated(drawn, SolveRun()))
    swaps = present(SeatSwaps.of(drawn))
    found = swaps.improved(start, np.inf, Clock(), 0)
    assert welfare(drawn, found) > welfare(drawn, start)
    assert keeps_rows(drawn, Rows(drawn, drawn.max_size), found)
    assert np.isfinite(gather_items(drawn, found).score).all()
    again = swaps.improved(start, np.inf, Clock(), 0)
    assert np.array_equal(again.pairs, found.pairs)
    assert swaps.improved(start, 0.0, Clock(), 0).pairs.tolist() == start.pairs.tolist()


def test_open_seats_are_filled_beside_the_others() -> None:
    """Some mentees get all their seats within what the others leave, or nothing where too few."""
    drawn = problem(5)
    whole = present(seated(drawn, SolveRun()))
    some = np.array([1, 4, 30])
    others = whole.pairs[~np.isin(whole.pairs[:, 0], some)]
    left = drawn.capacity - np.bincount(others[:, 1], minlength=drawn.n_mentors)
    found = present(seats_filled(drawn, some, left, Clock()))
    assert np.array_equal(np.unique(found.pairs[:, 0]), some)
    assert len(found.pairs) == 9
    assert (np.bincount(found.pairs[:, 1], minlength=drawn.n_mentors) <= left).all()
    assert seats_filled(drawn, some, np.zeros(drawn.n_mentors), Clock()) is None


def test_a_solve_is_within_its_gap() -> None:
    """The whole solve of such a problem proves its answer, with every seat filled."""
    solution = matcher.solve(**arguments(7), gap=2e-3)
    assert solution.termination.is_closed
    assert np.bincount(solution.pairs[:, 0]).tolist() == [3] * 40


def test_listed_scores_are_looked_up_as_blocks_tell_them() -> None:
    """Listed pairs, pairs that are not, and explicit zeros: as in the block of their mentee."""
    values = np.array([[0.5, 0.0, 0.3], [0.0, 0.2, 0.0]])
    row, column = np.array([0, 0, 1, 1]), np.array([2, 0, 1, 2])
    listed = sparse.coo_array((values[row, column], (row, column)), values.shape).tocsr()
    drawn = problem_of(listed, np.ones(3), 2)
    pairs = np.array([[0, 0], [0, 1], [1, 1], [1, 2]])
    found = gather_items(drawn, Assignment.of(pairs)).score
    rows = np.array([0, 1])
    assert found.tolist() == drawn.scores.block(rows).score[pairs[:, 0], pairs[:, 1]].tolist()
    assert found.tolist() == [0.5, -np.inf, 0.2, 0.0]


class Told(Observer):
    """What a solve says of itself."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.phases: list[str] = []

    def on_progress(self, progress: Progress) -> None:
        """Note the phase."""
        self.phases.append(progress.phase)


@pytest.mark.parametrize("seed", range(2))
def test_a_large_one_ends_though_its_gap_is_not_met(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two turns of everybody and no more steps; who is open is told, falling to few."""
    monkeypatch.setattr(to_integers, "LARGE", 20)
    monkeypatch.setattr(to_integers, "SEATED_SHARE", 4)
    monkeypatch.setattr(to_integers, "PATIENCE", 10_000)
    monkeypatch.setattr(portfolio_method, "CLOSE_MENTEES", 0)
    monkeypatch.setattr("matcher.solver.columns.generation.SEATED", 20)
    told, drawn = Told(), arguments(seed, 60, 45) | {"capacity": np.full(45, 4)}
    found = matcher.solve(**drawn, gap=0.0, observer=told)
    steps = sum(phase == "improve" for phase in told.phases)
    assert steps <= to_integers.TURNS * 4
    dived = [int(phase.split()[1]) for phase in told.phases if phase.startswith("portfolios")]
    assert max(dived) <= 60
    assert steps
    assert all("of 60 open" in phase for phase in told.phases if phase.startswith("portfolios"))
    assert found.bounds.gap < 0.02
    kind = np.arange(45)[found.pairs[:, 1]] % 3 == 0
    assert (np.bincount(found.pairs[kind, 0], minlength=60) == 1).all()
    assert (np.bincount(found.pairs[~kind, 0], minlength=60) == 2).all()
    assert (np.bincount(found.pairs[:, 1], minlength=45) <= drawn["capacity"]).all()
