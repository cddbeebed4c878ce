"""One method on one cohort or built-in family: run, measured, checked, and what it is worth."""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.checker.check_solution import verify_solution
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.errors import Finding, MatcherError
from matcher.evaluate import churn, instance_group_gaps, instance_metrics
from matcher.intake import read_cohort
from matcher.lab import synthetic
from matcher.lab.synthetic.latent import family_named
from matcher.pipeline import Instance, solve_instance
from matcher.problem.problem import Assignment, Problem
from matcher.problem.rules.rule import SoftRule
from matcher.problem.value import evaluate, tier_values, welfare
from matcher.solver.flow.singles import sum_over_pairs
from matcher.solver.solution import Bounds, Reason, Solution

_STATM = Path("/proc/self/statm")
_INTERVAL = 0.005


@dataclass
class Usage:
    """What a call took."""

    seconds: float = 0.0
    peak_mb: float = 0.0
    """Largest resident memory of the process while it ran, in megabytes of 10**6 bytes."""


@contextlib.contextmanager
def measured() -> Iterator[Usage]:
    """Measure wall time and peak resident memory of the body.

    Memory is sampled every five milliseconds where Linux tells it; elsewhere it is the process's
    peak since its start, which never falls between calls.
    """
    usage = Usage()
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(usage, done), daemon=True)
    sampler.start()
    start = time.perf_counter()
    try:
        yield usage
    finally:
        usage.seconds = time.perf_counter() - start
        done.set()
        sampler.join()
        usage.peak_mb = max(usage.peak_mb, resident_mb())


def resident_mb() -> float:
    """Return the resident memory of this process now, or its peak where only that is known."""
    if _STATM.exists():
        import resource

        return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 1e6
    return peak_mb()


def peak_mb() -> float:
    """Return the peak resident memory of this process since its start; 0 where it is not told."""
    try:
        import resource
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(used) * (1e-6 if sys.platform == "darwin" else 1.024e-3)


def _sample(usage: Usage, done: threading.Event) -> None:
    while not done.wait(_INTERVAL):
        usage.peak_mb = max(usage.peak_mb, resident_mb())


PREFIX = "family:"
"""Start of the name of a built-in family where a cohort is asked for, such as `family:nihr`."""


@dataclass(frozen=True)
class BenchSource:
    """One cohort to compare methods on."""

    name: str
    cohort: Cohort
    config: Config
    truth: synthetic.SyntheticCohort | None = None
    """The latent side, for built-in families."""


def is_family(source: str) -> bool:
    """Tell whether a source names a built-in family."""
    return source.startswith(PREFIX)


def open_bench_source(
    source: str,
    *,
    seed: int,
    config: str | Path | None = None,
    overrides: Sequence[str] = (),
    previous: Path | None = None,
) -> BenchSource:
    """Read a cohort, or draw a family with `seed`; `previous` as for `read_cohort`.

    Raises
    ------
    ConfigError
        For an unknown family, with the choices, or a config that is wrong.
    InputError
        With everything that is wrong with the cohort.
    """
    if not is_family(source):
        settings = load_config(config, overrides=overrides, cohort=source)
        cohort = read_cohort(source, settings, previous=previous)
        return BenchSource(cohort.source or source, cohort, settings)
    name = source.removeprefix(PREFIX)
    family_named(name)
    settings = load_config(config, overrides=overrides)
    truth = synthetic.draw_cohort(name, seed)
    with tempfile.TemporaryDirectory() as folder:
        cohort = read_cohort(synthetic.write_cohort(truth.tables, folder), settings)
    return BenchSource(source, cohort, settings, truth)


def families() -> list[str]:
    """Return the built-in families as sources, sorted."""
    return [f"{PREFIX}{name}" for name in sorted(synthetic.FAMILIES)]


@dataclass(frozen=True)
class Verdict:
    """What one method's answer came to."""

    row: dict[str, object]
    """Its row of ``bench.csv``."""
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    """The fairness audit of the answer; empty without one."""
    faults: tuple[Finding, ...] = ()
    """Why the checker refuses the answer."""


@dataclass(frozen=True)
class Judge:
    """A cohort and a seed, on which methods are run under the same limit."""

    source: BenchSource
    instance: Instance
    seed: int
    time_limit: float
    before: set[tuple[str, str]] | None = None
    """Pairs of ids of an earlier run."""

    @property
    def tier_names(self) -> tuple[str, ...]:
        """Names of the tiers, in the order in which `tier` lists their values."""
        return tuple(name for name, _ in achieved(self.instance.problem, Assignment.empty()))

    def run(self, method: str) -> Verdict:
        """Run a method; an answer that breaks a rule or its own bound is no answer.

        Checking is not part of the time.
        """
        base: dict[str, object] = {"cohort": self.source.name, "method": method, "seed": self.seed}
        try:
            with measured() as usage:
                solution = self._solve(method)
        except MatcherError as error:
            return Verdict(base | _nothing(error.findings[0].message))
        if solution.termination.limit == "interrupt":
            raise KeyboardInterrupt
        if solution.termination.reason not in (Reason.OPTIMAL, Reason.CLAIMED, Reason.FEASIBLE):
            detail = solution.termination.detail or str(solution.termination.reason)
            return Verdict(base | _nothing(detail))
        faults = verify_solution(self.instance.problem, solution).problems
        if faults:
            note = f"refused by the checker: {faults[0].code}, {faults[0].message}"
            name = f"{self.source.name}, seed {self.seed}, {method}"
            told = tuple(replace(each, message=f"{name}: {each.message}") for each in faults)
            return Verdict(base | _nothing(note), faults=told)
        return self._judged(base, solution, usage)

    def _solve(self, method: str) -> Solution:
        """Solve by a method; `flow` sees only the part of welfare that is a sum over pairs."""
        settings: dict[str, Any] = {
            "method": method,
            "seed": self.seed,
            "time_limit": self.time_limit,
        }
        problem = self.instance.problem
        if method != "flow" or sum_over_pairs(problem) is not None:
            return solve_instance(self.instance, **settings)
        part = replace(self.instance, problem=_separable_part(problem))
        solution = solve_instance(part, **settings)
        worth = welfare(problem, Assignment.of(solution.pairs, solution.reciprocal))
        # What the flow proved holds for its part, not for the whole.
        return replace(
            solution,
            objective=worth,
            bounds=Bounds(worth, np.inf),
            duals=(),
            dual_bound=np.inf,
            gap=np.inf,
        )

    def _judged(self, base: dict[str, object], solution: Solution, usage: Usage) -> Verdict:
        answer = Assignment.of(solution.pairs, solution.reciprocal)
        figures = _figures(self.instance, solution, answer, usage)
        mentee = self.source.cohort.mentees["person_id"].to_numpy()[answer.pairs[:, 0]]
        mentor = self.source.cohort.mentors["person_id"].to_numpy()[answer.pairs[:, 1]]
        ids = pd.DataFrame({"mentee_id": mentee, "mentor_id": mentor})
        figures |= _realised(self.source, ids) | _churn(ids, self.before) | {"note": ""}
        audit = instance_group_gaps(self.instance, answer)
        labels = pd.DataFrame([base] * len(audit), index=audit.index)
        return Verdict(base | figures, pd.concat([labels, audit], axis=1))


def _separable_part(problem: Problem) -> Problem:
    """Return the problem without coverage, redundancy, fairness, minimum loads and fallbacks."""
    return replace(
        problem,
        fallback=None,
        needs=None,
        offers=None,
        held_best=None,
        held_second=None,
        second_cover=0.0,
        like=None,
        redundancy=0.0,
        fairness=0.0,
        rules=tuple(rule for rule in problem.rules if not isinstance(rule, SoftRule)),
    )


def achieved(problem: Problem, answer: Assignment) -> tuple[tuple[str, float], ...]:
    """Return name and value of each tier; under max-min the least value is the last."""
    tiers = tier_values(problem, answer)
    if problem.fairness != "max-min":
        return tiers
    values = evaluate(problem, answer)
    some = values.value[values.size > 0]
    return (*tiers, ("least", float(some.min()) if len(some) else np.nan))


def _nothing(note: str) -> dict[str, object]:
    return {"note": note, "gap": np.nan, "bound": np.nan}


def _figures(
    instance: Instance, solution: Solution, answer: Assignment, usage: Usage
) -> dict[str, object]:
    problem = instance.problem
    bound = solution.bounds.dual if np.isfinite(solution.bounds.dual) else np.nan
    found: dict[str, object] = {
        "tier": ";".join(f"{value:.12g}" for _, value in achieved(problem, answer)),
        "objective": welfare(problem, answer),
        "bound": bound,
        "gap": solution.gap if np.isfinite(bound) else np.nan,
        "seconds": usage.seconds,
        "peak_mb": usage.peak_mb,
    }
    return found | instance_metrics(instance, answer)


def _realised(source: BenchSource, pairs: pd.DataFrame) -> dict[str, float]:
    """Judge a built-in family's match by its truth: expected outcome, without luck."""
    if source.truth is None:
        return {}
    result = synthetic.expected_outcome(source.truth.people, pairs)
    expected = np.sort(result["expected"].to_numpy())
    return {
        "realised_mean": float(expected.mean()),
        "realised_worst_decile": float(expected[: int(np.ceil(len(expected) / 10))].mean()),
        "realised_relation": float(result["relation"].mean()),
        "realised_coverage": float(result["coverage"].mean()),
    }


def _churn(pairs: pd.DataFrame, before: set[tuple[str, str]] | None) -> dict[str, float]:
    """Compare with the pairs of an earlier run, where one was named."""
    if before is None:
        return {}
    return {
        f"previous_{name}" if name != "churn" else name: value
        for name, value in churn(pairs.itertuples(index=False, name=None), before).items()
    }
