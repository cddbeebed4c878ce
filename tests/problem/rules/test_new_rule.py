"""A rule is one file, and one class in the checker: nothing else has to know it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.solver.instances import random_problem, without

import matcher
from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.problem.rules import RULES
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import evaluate, utility
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings


@dataclass(frozen=True)
class Lead(PortfolioRule):
    """Exactly one member of every portfolio is of some kind."""

    place = 95
    by_mentor = (("is_lead", 0),)

    is_lead: Ints
    """(m,) 1 for who can lead, else 0."""

    def _count(self, members: Ints) -> Ints:
        return np.where(members >= 0, self.is_lead[members], 0).sum(axis=-1)

    def blocks(self, mentee: Ints, members: Ints, mentor: Ints) -> Bools:
        return (self._count(members) >= 1) & (self.is_lead[mentor] == 1)

    def holds(self, mentee: Ints, members: Ints) -> Bools:
        return self._count(members) == 1

    def within(self, mentee: int, mentor: Ints) -> Iterator[tuple[Floats, float, float]]:
        yield self.is_lead[mentor].astype(float), -np.inf, 1.0


@dataclass(frozen=True)
class FewMatches(Limit):
    """Groups of mentors take at most so many matches, whatever their loads."""

    place = 45
    kind = "few_matches"
    unit = Unit.MATCH
    noun = "group"
    team: Ints

    @property
    def group(self) -> Ints:
        return self.team

    def fits_flow(self, market: object) -> bool:
        return False


def best(problem: Problem, lead: Lead, mentee: int) -> float:
    """Return the most that one mentee's portfolio can be worth, by trying all."""
    score = problem.scores.block(np.array([mentee])).score[0]
    found = 0.0
    for size in range(1, int(problem.limit[mentee]) + 1):
        for chosen in combinations(np.flatnonzero(np.isfinite(score)).tolist(), size):
            if lead.is_lead[list(chosen)].sum() == 1:
                value = evaluate(problem, Assignment.of([(mentee, j) for j in chosen])).value
                found = max(found, float(utility(value, problem.fairness)[mentee]))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("method", ["portfolio", "cp-sat", "greedy"])
def test_a_rule_on_portfolios(seed: int, method: str) -> None:
    """With places for all everybody has the best portfolio that keeps the rule."""
    rng = np.random.default_rng(seed)
    lead = Lead(rng.integers(0, 2, 4))
    problem = replace(random_problem(seed), tiers=None, kept_bonus=0.0, capacity=np.full(4, 99.0))
    problem = replace(problem, rules=(lead,))
    solution = solve_problem(problem, SolverSettings(method=method, threads=1))
    members = Assignment.of(solution.pairs).in_slots(solution.pairs[:, 1], problem.n_mentees)
    some = (members >= 0).any(axis=1)
    assert lead.holds(np.flatnonzero(some), members[some]).all()
    total = sum(best(problem, lead, i) for i in range(problem.n_mentees))
    assert solution.objective <= total + 1e-9
    if method != "greedy":
        assert solution.objective == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("method", ["greedy", "random", "stable", "sequential"])
def test_a_limit_on_groups(seed: int, method: str) -> None:
    """Methods that add one match at a time keep a limit that they have never heard of."""
    rng = np.random.default_rng(seed)
    limit = FewMatches(np.array([1.0, 2.0]), rng.integers(-1, 2, 6))
    problem = without(replace(random_problem(seed, 8, 6), capacity=np.full(6, 9.0)), PortfolioRule)
    problem = replace(problem, rules=(*problem.rules, limit))
    solution = solve_problem(problem, SolverSettings(method=method, threads=1))
    team = limit.team[solution.pairs[:, 1]]
    assert (np.bincount(team[team >= 0], minlength=2) <= limit.most).all()


def test_every_rule_has_a_place_of_its_own() -> None:
    """The order of rows in a certificate hangs on it."""
    places = [kind.place for kind in RULES]
    assert places == sorted(set(places))


SITE_MATCHES = '''
"""The most matches with the mentors of one site: ``[capacity] site_matches``."""

from dataclasses import dataclass

import numpy as np

from matcher.problem.rules.limit import Limit, Unit


@dataclass(frozen=True)
class SiteMatches(Limit):
    """The mentors of a site take at most so many matches together."""

    place = 45
    kind = "site_matches"
    unit = Unit.MATCH
    noun = "site"
    by_mentor = (("site", -1),)
    gives = holds = "site {who} takes at most {matches}"
    setting = "capacity.site_matches"
    eased = "1 more match at site {who}"

    site: np.ndarray
    names: tuple

    @classmethod
    def of(cls, cohort, config):
        if config.capacity.site_matches is not None:
            names, site = np.unique(cohort.mentors["site"].to_numpy(str), return_inverse=True)
            most = np.full(len(names), float(config.capacity.site_matches))
            yield cls(most, site.astype(np.int64), tuple(names.tolist()))

    @property
    def group(self):
        return self.site

    def label(self, row, names):
        return self.names[int(row)]

    def fits_flow(self, market):
        return False
'''

DEPARTMENT_LIMIT = '''
"""The most matched mentees of one department: ``[capacity] department_limit``."""

from dataclasses import dataclass

import numpy as np

from matcher.problem.rules.rule import ProgrammeRule


@dataclass(frozen=True)
class DepartmentLimit(ProgrammeRule):
    """At most so many portfolios of a department's mentees hold anybody."""

    place = 47
    kind = "department_limit"
    by_mentee = ("code",)
    in_proportion = ("most",)

    most: np.ndarray
    code: np.ndarray
    names: tuple

    @classmethod
    def of(cls, cohort, config):
        if config.capacity.department_limit is not None:
            names, code = np.unique(cohort.mentees["department"].to_numpy(str), return_inverse=True)
            most = np.full(len(names), float(config.capacity.department_limit))
            yield cls(most, code.astype(np.int64), tuple(names.tolist()))

    def rhs(self, market):
        return self.most

    def label(self, row, names):
        return self.names[int(row)]

    def portfolio_use(self, market, mentee, size):
        some = np.flatnonzero(size > 0)
        yield self.kind, (some, self.code[mentee[some]], np.ones(len(some)))

    def admits(self, taken, mentee, mentor):
        used = np.bincount(self.code[taken.size > 0], minlength=len(self.most))
        code = self.code[mentee]
        return (used[code] < self.most[code]) | (taken.size[mentee] > 0)
'''

CHECKED = '''
class _SiteMatches(CheckedRule):
    """The matches with the mentors of a site."""

    kind = "site_matches"

    def faults(self, problem, items, names):
        for rule in problem.rules_of(SiteMatches):
            use = np.bincount(rule.site[items.mentor], minlength=len(rule.most))
            for k in _over(use, rule.most):
                yield fault("C_CAPACITY", f"site {rule.names[k]} has {use[k]} matches")

    def charge(self, ledger, row):
        for rule in ledger.rules(row, SiteMatches):
            at = ledger.position(row, ledger.ids.among(row.id, rule.names), len(rule.most))
            if at is not None:
                ledger.match_price[rule.site == at] += ledger.charge(row, float(rule.most[at])) or 0


class _DepartmentLimit(CheckedRule):
    """The matched mentees of a department."""

    kind = "department_limit"

    def faults(self, problem, items, names):
        for rule in problem.rules_of(DepartmentLimit):
            use = np.bincount(rule.code[np.unique(items.mentee)], minlength=len(rule.most))
            for k in _over(use, rule.most):
                yield fault("C_CAPACITY", f"{rule.names[k]} has {use[k]} matched mentees")

    def charge(self, ledger, row):
        for rule in ledger.rules(row, DepartmentLimit):
            at = ledger.position(row, ledger.ids.among(row.id, rule.names), len(rule.most))
            if at is not None:
                dual = ledger.charge(row, float(rule.most[at])) or 0.0
                ledger.size_bonus[rule.code == at, 1:] -= dual


'''

ADDED = (
    ("checker/rules.py", "class _Allowed(", CHECKED.lstrip()),
    (
        "checker/rules.py",
        "from matcher.text",
        "from matcher.problem.rules.department_limit import DepartmentLimit\n"
        "from matcher.problem.rules.site_matches import SiteMatches\n",
    ),
    (
        "config/sections.py",
        "    unit: Literal[",
        "    site_matches: int | None = None\n    department_limit: int | None = None\n",
    ),
)
"""What stands in files that are there, and before what."""

Command = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run the command of a copy of the package with two more rules.

    Each is a file, a class in the checker and a key of the config.
    """
    folder = tmp_path_factory.mktemp("copy")
    package, ignored = folder / "matcher", shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(matcher.__file__).parent, package, ignore=ignored)
    (package / "problem/rules/site_matches.py").write_text(SITE_MATCHES)
    (package / "problem/rules/department_limit.py").write_text(DEPARTMENT_LIMIT)
    for name, before, new in ADDED:
        head, found, tail = (package / name).read_text("utf-8").partition(before)
        assert found, f"{name} has changed: {before!r} is gone"
        (package / name).write_text(f"{head}{new}{found}{tail}", "utf-8")

    def run(*words: object) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "matcher", *map(str, words)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def write_cohort(folder: Path, settings: str) -> None:
    """Write six mentees of two departments who all want the mentors of one site of two."""
    folder.mkdir()
    wants = "".join(
        f"e{k},{'Lab' if k < 4 else 'Office'},career_development;confidence\n" for k in range(6)
    )
    (folder / "mentees.csv").write_text(f"person_id,department,contexts\n{wants}")
    offers = "".join(f"r{k},North,career_development;confidence,2\n" for k in range(3))
    offers += "".join(f"s{k},South,political_environment,2\n" for k in range(2))
    (folder / "mentors.csv").write_text(f"person_id,site,contexts,capacity\n{offers}")
    (folder / "matcher.toml").write_text(f"[capacity]\n{settings}\n[portfolio]\nmax_size = 1\n")


def duals_of(run: Path, kind: str) -> pd.Series:
    """Return the published duals of one kind of row, by id."""
    rows = pd.read_csv(run / "certificate.csv").query(f"kind == '{kind}'")
    return rows.set_index("id")["dual"]


@pytest.mark.slow
def test_a_new_rule_with_rows_of_its_own_is_certified(command: Command, tmp_path: Path) -> None:
    """The command matches under it, proves the bound by its rows, and explains with its words."""
    cohort, run = tmp_path / "cohort", tmp_path / "run"
    write_cohort(cohort, "site_matches = 2")
    code, told = command("match", cohort, "-o", run)
    assert code == 0, told
    code, told = command("verify", run)
    assert (code, "OK" in told) == (0, True), told
    matches = pd.read_csv(run / "matches.csv")
    assert matches["mentor_id"].str[0].value_counts().to_dict() == {"r": 2, "s": 2}
    duals = duals_of(run, "site_matches")
    assert duals.index.tolist() == ["North", "South"]
    assert (duals > 0).any()
    assert "site North takes at most 2 matches" in (run / "unmatched.csv").read_text()

    # Without its prices the same bound is not proved.
    certificate = run / "certificate.csv"
    kept = [line for line in certificate.read_text().splitlines() if "North" not in line]
    certificate.write_text("\n".join(kept) + "\n")
    code, told = command("verify", run)
    assert (code, "the published duals prove" in told) == (6, True), told


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "greedy", "cp-sat"])
def test_a_new_rule_that_couples_mentees(command: Command, tmp_path: Path, method: str) -> None:
    """Its rows count portfolios, whatever is in them: every method keeps it, duals prove it."""
    cohort, run = tmp_path / "cohort", tmp_path / "run"
    write_cohort(cohort, "department_limit = 1")
    code, told = command("match", cohort, "-o", run, "--set", f"solver.method={method}")
    assert code == 0, told
    code, told = command("verify", run)
    assert (code, "OK" in told) == (0, True), told
    assert len(pd.read_csv(run / "matches.csv")) == 2
    if method == "auto":
        assert duals_of(run, "department_limit").index.tolist() == ["Lab", "Office"]
        assert duals_of(run, "department_limit").max() > 0
