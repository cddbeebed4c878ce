"""`matcher bench`: every method on the same problem, judged by the same objective."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matcher.checker.figures import gap_of
from matcher.cli.main import run as run_command
from matcher.errors import ConfigError, Finding, StorageError
from matcher.evaluate import DEFINITIONS
from matcher.lab import COMPARED_METHODS, Plan, compare_methods, run_bench
from matcher.lab.bench_report import BENCH_DEFINITIONS
from matcher.lab.judge import Judge, Verdict, open_bench_source
from matcher.lab.method_comparison import LEADING
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.pipeline import Instance, build, solve_instance
from matcher.problem.problem import Assignment
from matcher.problem.value import welfare
from matcher.solver.solution import Reason, Solution, Termination

QUICK = tuple(method for method in COMPARED_METHODS if method != "cp-sat")
TINY = Plan(sources=("family:small",), methods=QUICK, time_limit=300.0)
"""All but CP-SAT, which takes as long as it is given."""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return the methods that end by themselves on the small family."""
    return compare_methods(TINY).table


@pytest.mark.slow
def test_every_method_has_a_row_in_the_contract_columns(table: pd.DataFrame) -> None:
    """One row a method, the contract's columns first."""
    assert table["method"].tolist() == list(QUICK)
    assert tuple(table.columns[: len(LEADING)]) == LEADING


@pytest.mark.slow
def test_every_column_is_defined(table: pd.DataFrame) -> None:
    """Each number of the table stands in the definitions, with a source."""
    known = {**BENCH_DEFINITIONS, **DEFINITIONS}
    open_names = tuple(name.split("<")[0] for name in known if "<" in name)
    columns = set(table) - {"cohort", "method", "seed", "note"}
    assert not [c for c in columns if c not in known and not c.startswith(open_names)]


@pytest.mark.slow
def test_auto_is_what_match_takes(tmp_path: Path) -> None:
    """Where welfare is a sum over pairs it is the flow, with the same answer and a proof."""
    # Nobody sponsors, so that no sponsor's limit couples pairs.
    plain = ("portfolio.coverage=0", 'programme.approaches=["developmental"]')
    plain = (*plain, "portfolio.redundancy=0", "portfolio.min_gain=0")
    plan = Plan(sources=("family:small",), methods=("auto", "flow"), overrides=plain)
    auto, flow = compare_methods(plan).table.itertuples()
    assert auto.objective == flow.objective
    assert auto.bound == flow.bound


@pytest.mark.slow
def test_broken_cohort_is_named_before_any_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several cohorts the wrong one is told, and no method has run by then."""
    for name in ("good", "bad"):
        write_cohort(make_cohort("small", 0), tmp_path / name)
    mentors = pd.read_csv(tmp_path / "bad" / "mentors.csv", dtype=str)
    mentors.loc[0, "capacity"] = "lots"
    mentors.to_csv(tmp_path / "bad" / "mentors.csv", index=False)
    ran: list[str] = []
    monkeypatch.setattr(Judge, "run", lambda _, method: ran.append(method))
    sources = [str(tmp_path / "good"), str(tmp_path / "bad")]
    assert run_command(["bench", *sources, "-o", str(tmp_path / "out")]) == 3
    line = capsys.readouterr().err
    assert "E_CAPACITY mentors:2:capacity" in line
    assert f"{tmp_path / 'bad'}: " in line
    assert not ran


@pytest.mark.slow
def test_cp_sat_answers_or_says_why_not() -> None:
    """Within a second it has an answer that the checker takes, or a note."""
    plan = Plan(sources=("family:small",), methods=("cp-sat",), time_limit=1.0)
    found = compare_methods(plan)
    row = found.table.iloc[0]
    assert not found.faults
    assert np.isfinite(row["objective"]) != bool(row["note"])


@pytest.mark.slow
def test_certified_method_is_best_and_within_its_bound(table: pd.DataFrame) -> None:
    """At equal tiers nothing beats the portfolio solver by more than its gap."""
    rows = table.set_index("method")
    best = rows.loc["portfolio"]
    assert best["bound"] >= best["objective"] - 1e-9
    same = rows[rows["tier"] == best["tier"]]
    assert (same["objective"] <= best["bound"] + 1e-9).all()


def test_flow_maximises_what_is_a_sum(table: pd.DataFrame) -> None:
    """The flow answers although there is coverage, and its bound is not passed off as one."""
    row = table.set_index("method").loc["flow"]
    assert row["note"] == ""
    assert np.isnan(row["bound"])
    assert row["gap"] >= 0


def test_answers_are_valid(table: pd.DataFrame) -> None:
    """No method overloads a mentor, and all reach somebody."""
    ran = table[table["note"] == ""]
    assert (ran["overload"] == 0).all()
    assert (ran["matched_share"] > 0).all()


def test_truth_judges_the_families(table: pd.DataFrame) -> None:
    """Realised outcome is there, and better for the portfolio than for random pairs."""
    outcome = table.set_index("method")["realised_mean"]
    assert np.isfinite(outcome["portfolio"])
    assert outcome["portfolio"] > outcome["random"]


@pytest.mark.slow
def test_files_are_written_once(tmp_path: Path) -> None:
    """Four files appear together, and a folder that holds them is refused."""
    plan = Plan(sources=("family:small",), methods=("greedy", "random"), seeds=(0, 1))
    run_bench(plan, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "bench.csv",
        "bench.md",
        "bench.svg",
        "bench_groups.csv",
    ]
    assert len(pd.read_csv(tmp_path / "out" / "bench.csv")) == 4
    with pytest.raises(StorageError, match="E_EXISTS"):
        run_bench(plan, tmp_path / "out")


def test_unknown_method_lists_the_choices() -> None:
    """A misspelt method is a config error before anything is read."""
    with pytest.raises(ConfigError, match="sequential"):
        compare_methods(Plan(sources=("nowhere",), methods=("gredy",)))


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Return a judge of the small family."""
    source = open_bench_source("family:small", seed=0)
    return Judge(source, build(source.cohort, source.config), 0, 300.0)


@pytest.mark.slow
def test_answer_that_breaks_a_rule_is_no_answer(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overloaded mentor is found by the independent checker; the row says so, no figures."""
    full = judge.instance.problem.capacity.argmin()
    rows = np.flatnonzero(judge.instance.problem.scores.block(np.arange(30)).score[:, full] >= 0)
    chosen = rows[: int(judge.instance.problem.capacity[full]) + 1]
    pairs = np.column_stack([chosen, np.full(len(chosen), full)])

    def overload(instance: Instance, **_: object) -> Solution:
        found = solve_instance(instance, method="greedy")
        answer = Assignment.of(pairs)
        return replace(
            found,
            pairs=answer.pairs,
            reciprocal=answer.reciprocal,
            objective=welfare(instance.problem, answer),
            tiers=(),
        )

    monkeypatch.setattr("matcher.lab.judge.solve_instance", overload)
    verdict = judge.run("greedy")
    assert "refused by the checker: C_CAPACITY" in str(verdict.row["note"])
    assert "objective" not in verdict.row
    assert "C_CAPACITY" in {fault.code for fault in verdict.faults}


@pytest.mark.slow
def test_fault_of_a_method_ends_with_code_6(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files are written, and the command says which answer was refused."""
    fault = Finding("C_CAPACITY", "mentor 3 has 2 of 1 places")

    def refuse(self: Judge, method: str) -> Verdict:
        row = {"cohort": "x", "method": method, "seed": 0, "note": "refused"}
        return Verdict(row, faults=(fault,))

    monkeypatch.setattr(Judge, "run", refuse)
    command = ["bench", "family:small", "--methods", "random", "-o", str(tmp_path / "out")]
    assert run_command(command) == 6
    assert "ERROR C_CAPACITY" in capsys.readouterr().err
    assert (tmp_path / "out" / "bench.csv").exists()


@pytest.mark.slow
def test_interrupted_method_ends_the_comparison(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during one method is not taken for its answer."""

    def interrupted(instance: Instance, **_: object) -> Solution:
        found = solve_instance(instance, method="greedy")
        return replace(found, termination=Termination(Reason.FEASIBLE, "interrupt"))

    monkeypatch.setattr("matcher.lab.judge.solve_instance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge.run("greedy")


@pytest.mark.slow
def test_fairness_has_a_price_and_its_own_gap() -> None:
    """With fairness the portfolio gives up value against the plain sum; gaps are of equivalents."""
    plan = Plan(
        sources=("family:small",),
        methods=("portfolio", "greedy"),
        overrides=("objective.fairness=2",),
        time_limit=300.0,
    )
    rows = compare_methods(plan).table.set_index("method")
    assert rows.loc["portfolio", "price_of_fairness"] > 0
    row = rows.loc["portfolio"]
    assert row["gap"] == pytest.approx(gap_of(row["objective"], row["bound"], 2.0, 30), abs=1e-9)


@pytest.mark.slow
def test_least_value_is_a_tier_of_max_min() -> None:
    """Under max-min the tiers end with the least value, by which answers are told apart."""
    plan = Plan(
        sources=("family:small",), methods=("greedy",), overrides=('objective.fairness="max-min"',)
    )
    found = compare_methods(plan)
    assert found.tiers["family:small"][-1] == "least"
    least = float(found.table.loc[0, "tier"].split(";")[-1])
    assert np.isfinite(least)
