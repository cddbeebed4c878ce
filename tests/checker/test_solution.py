"""Each injected corruption of an answer is caught, and a false dual proves nothing false."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_problems import DenseScores, assignment_of, portfolios, random_problem

from matcher.checker import VerifyReport, verify_solution
from matcher.checker.figures import check_asked, claim_of
from matcher.checker.rules import PeopleNames, broken_rules
from matcher.checker.values import look_up, portfolio_terms, total_welfare
from matcher.problem.problem import (
    Assignment,
    Problem,
    ReciprocalPairs,
    Tiers,
)
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.value import tier_values, welfare
from matcher.solver.solution import Bounds, DualRow, Reason, Solution, Termination, Tier

N, M = 4, 5


def full_problem():
    """Mentees 0 and 1 are mentors 3 and 4; every kind of constraint is present and binds."""
    score = np.array(
        [
            [0.5, 0.4, 0.3, -np.inf, 0.2],
            [0.4, 0.5, 0.2, 0.3, -np.inf],
            [0.3, 0.2, 0.6, 0.1, 0.1],
            [0.2, 0.3, 0.1, -np.inf, 0.4],
        ]
    )
    sponsored = np.zeros((N, M), dtype=bool)
    sponsored[:, 0] = True
    one = np.array([0.25])
    return Problem(
        DenseScores(score, np.ones((N, M)), sponsored),
        capacity=np.array([2.0, 2.0, 1.0, 1.0, 1.0]),
        limit=np.array([2, 2, 2, 1]),
        needs=np.full((N, 2), 0.2),
        offers=np.array([[1, 0], [0, 1], [0.5, 0.5], [1, 1], [0, 0.2]], dtype=float),
        second_cover=0.3,
        like=np.array([0, 0, 1, 1, 2]),
        redundancy=0.05,
        min_gain=0.02,
        required=np.array([[0, 0]]),
        reciprocal=ReciprocalPairs(
            *(np.array([k]) for k in (0, 4, 1, 3)), one, one, one * 4, one * 4
        ),
        rules=(
            Pools(np.array([3.0]), np.array([0, 0, -1, -1, -1])),
            SponsorshipLimit(np.full(M, 1.0)),
            MaxMatches(np.array([6.0]), M),
            SeatRule.external(1, np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0, 0])),
            SeatRule.alike(np.array([0, 0, 1, -1, -1]), 1, N),
        ),
        person_mentor=np.array([3, 4, -1, -1]),
        tiers=Tiers(np.array([1, 1, 2, 2]), np.array([5, 0, 3, 0]), np.ones(N, dtype=np.int64)),
    )


GOOD = [(0, 0, -1), (0, 2, -1), (1, 1, -1), (3, 1, -1)]


def answer(problem, triples, **changes):
    """Return a solution with true figures for the given items, then the changes."""
    array, chosen = np.array(triples, dtype=np.int64).reshape(-1, 3), answered(triples)
    exists = bool(((array[:, :2] >= 0) & (array[:, :2] < (N, M))).all() and (array[:, 2] < 1).all())
    objective = welfare(problem, chosen) if exists else 0.0
    achieved = tier_values(problem, chosen) if exists else ()
    tiers = tuple(Tier(name, value, value) for name, value in achieved)
    solution = Solution(
        chosen.pairs,
        chosen.reciprocal,
        objective,
        Bounds(objective, np.inf),
        Termination(Reason.FEASIBLE),
        np.zeros(problem.n_mentors),
        tiers=tiers,
    )
    return replace(solution, **changes)


def answered(triples):
    """Return items as an assignment."""
    array = np.array(triples, dtype=np.int64).reshape(-1, 3)
    return Assignment.of(array[:, :2], array[:, 2])


def codes(problem, triples, **changes):
    """Return the codes of all findings on an answer."""
    report = verify_solution(problem, answer(problem, triples, **changes))
    assert report.ok == (not report.problems)
    return {finding.code for finding in report.problems}


def test_a_true_answer_passes():
    """An answer that keeps every rule has no findings."""
    assert codes(full_problem(), GOOD) == set()
    assert codes(full_problem(), [(0, 0, -1), (0, 2, -1), (1, 1, -1)]) == set()


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([*GOOD, (0, 3, -1)], "C_FORBIDDEN"),
        ([*GOOD, (2, 2, -1)], "C_CAPACITY"),
        ([*GOOD, (2, 0, -1)], "C_CAPACITY"),
        ([*GOOD, (1, 2, -1)], "C_CAPACITY"),
        ([*GOOD, (3, 4, -1)], "C_RULE"),
        ([(0, 2, -1), (1, 1, -1)], "C_RULE"),
        ([(0, 0, -1), (1, 1, -1)], "C_RULE"),
        ([(0, 0, -1), (0, 1, -1)], "C_RULE"),
        ([*GOOD, GOOD[0]], "C_RULE"),
        ([*GOOD[:2], (0, 4, 0)], "C_RECIPROCAL"),
        ([*GOOD, (2, 4, 0)], "C_FORBIDDEN"),
        ([(0, 0, -1), (0, 4, -1), (1, 1, -1), (1, 3, -1)], "C_RECIPROCAL"),
        ([*GOOD, (9, 0, -1)], "C_FORBIDDEN"),
        ([*GOOD, (0, -1, -1)], "C_FORBIDDEN"),
        ([*GOOD, (2, 2, 7)], "C_FORBIDDEN"),
    ],
)
def test_each_broken_rule_is_named(items, code):
    """Every hard constraint has a finding of its own code."""
    assert code in codes(full_problem(), items)


def test_programme_limit_and_pool_are_checked():
    """`max_matches` and pooled capacity bind on their own."""
    for limit in (
        MaxMatches(np.array([3.0]), M),
        Pools(np.array([2.0]), np.array([0, 0, -1, -1, -1])),
    ):
        assert codes(replace(full_problem(), rules=(limit,)), GOOD) == {"C_CAPACITY"}


def test_people_in_one_role_only_are_checked():
    """An 'either' person with a portfolio must not be anybody's mentor."""
    problem = replace(full_problem(), rules=(OneRole(np.array([3, 4, -1, -1])),))
    assert codes(problem, GOOD) == set()
    assert codes(problem, [*GOOD[:3], (3, 4, -1)]) == {"C_RULE"}


def test_wrong_figures_are_caught():
    """A claimed objective or tier that the pairs do not give is a finding."""
    problem = full_problem()
    assert codes(problem, GOOD, objective=99.0) == {"C_OBJECTIVE"}
    assert codes(problem, GOOD, tiers=(Tier("reached:1", 3.0, 3.0),)) == {"C_TIER"}
    assert codes(problem, GOOD, tiers=(Tier("reached:7", 0.0, 0.0),)) == {"C_TIER"}
    assert codes(problem, GOOD, objective=float("nan")) == {"C_OBJECTIVE"}


@pytest.mark.parametrize(
    "row",
    [
        DualRow("capacity", "0", 2.0, -0.1),
        DualRow("capacity", "99", 2.0, 0.1),
        DualRow("capacity", "x", 2.0, 0.1),
        DualRow("capacity", "0", 2.0, float("nan")),
        DualRow("capacity", "0", 2.0, float("inf")),
        DualRow("tier", "reached:1", 2.0, 0.1),
        DualRow("tier", "reached:1", 4.0, -0.1),
        DualRow("tier", "nonsense", 1.0, -0.1),
        DualRow("cut", "a", 0.0, 0.5),
        DualRow("opposite", "0|2", 1.0, 0.1),
        DualRow("mentor_minimum", "0", 1.0, -0.1),
        DualRow("reciprocal", "5", 0.0, 0.1),
        DualRow("reciprocal", "x", 0.0, 0.1),
        DualRow("pool", "1", 3.0, 0.1),
        DualRow("pool", "x", 3.0, 0.1),
        DualRow("sponsorship", "5", 1.0, 0.1),
        DualRow("opposite", "0|1|2", 1.0, 0.1),
        DualRow("opposite", "0|x", 1.0, 0.1),
        DualRow("odd", "0|1|2", 2.0, 0.1),
        DualRow("odd", "0|1|3", 2.0, -0.1),
        DualRow("odd", "0|1|1", 2.0, 0.1),
        DualRow("odd", "0|1|9", 2.0, 0.1),
    ],
)
def test_rows_that_cannot_be_part_of_a_proof_are_refused(row):
    """A dual of wrong sign, or of a row that is unknown or above what is achieved, is a finding."""
    assert codes(full_problem(), GOOD, duals=(row,), dual_bound=1e6) & {"C_BOUND", "C_TIER"}


def test_a_row_counts_once():
    """The second time it is told; rows without a price are no matter, whatever they say."""
    row = DualRow("capacity", "0", 2.0, 0.1)
    assert codes(full_problem(), GOOD, duals=(row, row), dual_bound=1e6) == {"C_BOUND"}
    idle = (DualRow("cut", "a", np.inf, 0.0), DualRow("cut", "b", 0.0, 0.0))
    assert codes(full_problem(), GOOD, duals=idle, dual_bound=1e6) == set()


def test_a_price_without_a_limit_proves_nothing():
    """What nobody limits cannot pay for a bound."""
    pools = Pools(np.array([np.inf]), np.array([0, 0, -1, -1, -1]))
    problem = replace(full_problem(), rules=(pools,))
    row = DualRow("pool", "0", np.inf, 0.1)
    assert codes(problem, GOOD, duals=(row,), dual_bound=1e6) == {"C_BOUND"}


def test_pairs_without_their_numbers_are_no_answer():
    """Nothing else is said of an answer that cannot be read."""
    given = replace(answer(full_problem(), GOOD), reciprocal=np.array([-1]))
    assert [finding.code for finding in verify_solution(full_problem(), given).problems] == [
        "C_FILES"
    ]


def test_parts_of_people_are_no_answer():
    """Positions that are no whole numbers are refused, never cut to some that are."""
    given = replace(answer(full_problem(), GOOD), pairs=np.array(GOOD)[:, :2] + 0.4)
    assert {finding.code for finding in verify_solution(full_problem(), given).problems} == {
        "C_FORBIDDEN"
    }


def test_an_optimum_by_a_wide_gap_is_told():
    """What may be called optimal is what was asked for; the cohort's own config decides, if any."""

    def codes(gap, tolerance, own, status="OPTIMAL"):
        summary = {"status": status, "gap": gap}
        return [finding.code for finding in check_asked(summary, tolerance, own)]

    assert codes(4e-4, 0.9, 5e-4) == []
    assert codes(0.02, 0.05, None) == ["W_GAP"]
    assert codes(0.02, 0.05, 0.05, "CLAIMED") == ["W_GAP"]
    assert codes(0.02, 0.05, 5e-4) == ["C_BOUND"]
    assert codes(0.02, 0.05, 5e-4, "FEASIBLE") == []
    said = claim_of({"status": "OPTIMAL", "bound": 12.5}, 0.05, 12.25)
    assert said == "OPTIMAL, where a gap of 5.00% was asked for, and states a bound of 12.5"


def test_the_verdict_in_lines():
    """Faults come first, then the verdict with its gap, then what nothing proves."""
    report = verify_solution(full_problem(), answer(full_problem(), GOOD, objective=99.0))
    first, verdict, *rest = report.lines()
    assert first.startswith("ERROR C_OBJECTIVE")
    assert verdict.startswith("FAILED: objective ")
    assert all(line.startswith("Tiers that nothing proves") for line in rest)
    assert VerifyReport((), 4.0, 5.0).gap == 0.2
    assert VerifyReport((), 1.0, 1.0).gap == 0.0
    assert VerifyReport((), 1.0).gap == np.inf
    told = VerifyReport((), 1.0, 1.0, unproved=("waited:1",), stated=("clock",), absent=("plans",))
    assert [*told.lines()] == [
        "OK: objective 1, re-proved bound 1, gap 0.0000%",
        "Tiers that nothing proves to be best: waited:1",
        "Left out where the time was over: plans",
        "Stated by the run, derived from nothing: clock",
    ]
    (told,) = VerifyReport((), checked=("files",)).lines()
    assert told == "IN PART: the files alone were checked"


def test_the_least_value_of_nobody_is_no_claim():
    """Under max-min the least value is checked; with nobody matched none may be claimed."""
    problem = replace(full_problem(), fairness="max-min", required=np.empty((0, 2), np.int64))
    least = portfolio_terms(problem, look_up(problem, answered(GOOD))).value
    tiers = answer(problem, GOOD).tiers
    right = Tier("least", float(least[[0, 1, 3]].min()), 1.0)
    assert codes(problem, GOOD, tiers=(*tiers, right)) == set()
    assert codes(problem, GOOD, tiers=(*tiers, replace(right, value=0.0))) == {"C_TIER"}
    assert codes(problem, [], tiers=(right,)) == {"C_TIER"}


def test_false_bound_is_caught():
    """A claimed bound below what the duals prove is a finding, a looser one is not."""
    problem = full_problem()
    rows = tuple(DualRow("capacity", str(j), problem.capacity[j], 0.1) for j in range(M))
    proved = verify_solution(problem, answer(problem, GOOD, duals=rows, dual_bound=1e6)).bound
    assert np.isfinite(proved)
    assert codes(problem, GOOD, duals=rows, dual_bound=proved) == set()
    assert codes(problem, GOOD, duals=rows, dual_bound=0.99 * proved) == {"C_BOUND"}
    claimed = verify_solution(problem, answer(problem, GOOD, dual_bound=2.0))
    assert claimed.bound >= 2.0


@pytest.mark.parametrize("stated", [-50.0, 1.0, 3.0])
def test_published_right_hand_sides_are_not_believed(stated):
    """A right-hand side that is not the problem's own is a fault, and nothing is proved with it."""
    problem = full_problem()
    honest = (DualRow("capacity", "0", 2.0, 0.3),)
    forged = (DualRow("capacity", "0", stated, 0.3),)
    true, false = (
        verify_solution(problem, answer(problem, GOOD, duals=rows, dual_bound=1e6))
        for rows in (honest, forged)
    )
    assert np.isfinite(true.bound)
    assert false.bound == np.inf
    assert any("states" in finding.message for finding in false.problems)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
def test_no_duals_prove_less_than_a_feasible_answer(chunk):
    """Whatever the duals, an answer that keeps all rules is not above the proved bound."""
    from test_bound import random_rows

    from matcher.checker.bound import charges_of, dual_bound

    checked = 0
    for seed in range(400 * chunk, 400 * (chunk + 1)):
        rng = np.random.default_rng(50_000 + seed)
        problem = random_problem(rng)
        sets = [list(portfolios(problem, i)) for i in range(problem.n_mentees)]
        if not all(sets):
            continue
        parts = [assignment_of(i, s[rng.integers(len(s))]) for i, s in enumerate(sets)]
        chosen = Assignment.of(
            np.vstack([part.pairs for part in parts]), np.concatenate([p.reciprocal for p in parts])
        )
        items = look_up(problem, chosen)
        if broken_rules(problem, items, PeopleNames.by_position(problem)):
            continue
        achieved = tier_values(problem, chosen)
        rows = [row for row in random_rows(rng, problem) if row.kind != "tier"]
        rows += [
            replace(rows[0], kind="tier", id=name, rhs=value, dual=-0.05 * rng.random())
            for name, value in achieved
        ]
        charges, findings = charges_of(problem, rows, achieved)
        assert not findings
        objective = total_welfare(problem, items, portfolio_terms(problem, items).value)
        assert objective == pytest.approx(welfare(problem, chosen), abs=1e-9)
        assert dual_bound(problem, charges) >= objective - 1e-8, seed
        checked += 1
    assert checked > 10
