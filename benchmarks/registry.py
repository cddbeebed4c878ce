"""What is measured: instances, and the phases that each goes through."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clock import measured
from instances import Instance, family, separable, ticks, typed
from known_instances import (
    KnownInstance,
    load_bids,
    load_kidney_pairs,
    load_newcomb,
    load_student_project,
)
from matcher.lab.judge import Usage
from timers import Stopwatch, stopwatch

if TYPE_CHECKING:
    from matcher.solver.solution import Solution

LONGEST = 2400.0
"""Seconds after which a solve hands over what it has, with its bound."""
TARGET_GAPS = {200: 5e-4, 1000: 2e-4, 5000: 5e-4, 20000: 1e-3}
"""Gap to be proved by number of mentees; beyond, half a per cent."""
ROWS = 1000
"""Mentees in a block of the scoring phase."""
SESSIONS = ("07_08", "08_09", "09_10", "10_11", "11_12")
WEEKS = tuple(range(1, 9))
POOLS = ("00000001", "00000021", "00000041", "00000060")
"""Kidney-exchange pools from the smallest to the largest."""
DATA = Path(__file__).parents[1] / "../shared/data"
"""Where copies of the classic data lie; instances that need them are left out where it is not."""


@dataclass(frozen=True)
class Record:
    """One phase of one instance."""

    instance: str
    phase: str
    seconds: float
    peak_mb: float
    figures: dict[str, Any] = field(default_factory=dict)
    """Objective, bound, gap and whatever else the phase achieved."""


Phases = Callable[[], Iterator[Record]]


Size = Literal["usual", "large", "huge"]


@dataclass(frozen=True)
class Entry:
    """One instance of the registry."""

    name: str
    phases: Phases
    smoke: bool = False
    """Whether it is part of the smallest run, for CI."""
    size: Size = "usual"
    """``large`` takes minutes, ``huge`` hours: each is a run of its own."""


def array_phases(made: Callable[[], Instance], *, dense: bool, gap: float) -> Phases:
    """Return the phases of an array instance: cold start, drawing, scoring, solving, checking.

    Scores by block are for sizes that the checker, which looks at one mentee at a time, is not.
    """

    def run() -> Iterator[Record]:
        yield _cold_start()
        with measured() as usage:
            instance = made()
        yield Record(instance.name, "draw", usage.seconds, usage.peak_mb)
        with measured() as usage:
            _score_all(instance)
        yield Record(instance.name, "score", usage.seconds, usage.peak_mb)
        arguments = instance.arguments(dense=dense)
        # With a limit a solve uses all of it where a gap is left; what is small ends by itself.
        limit = None if dense else LONGEST
        solution = yield from _solve(instance.name, arguments, {"gap": gap, "time_limit": limit})
        if dense:
            yield _verified(instance.name, arguments, solution)

    return run


def _verified(name: str, arguments: dict[str, Any], solution: Solution) -> Record:
    """Have the checker go over an answer, its own pricing of the bound included."""
    from matcher.checker.check_solution import verify_solution
    from matcher.solver.api import problem_of

    with measured() as usage:
        report = verify_solution(problem_of(**arguments), solution)
    return Record(name, "verify", usage.seconds, usage.peak_mb, {"agrees": report.ok})


def _score_all(instance: Instance) -> None:
    n, m = instance.relations.shape
    step = max(1, 4_000_000 // m)
    for start in range(0, n, step):
        instance.relations.block(np.arange(start, min(start + step, n)))


def _cold_start() -> Record:
    """Solve a tiny instance first: imports and whatever is prepared once fall here."""
    import matcher

    with measured() as usage:
        matcher.solve(**family(20, 10, 0).arguments())
    return Record("tiny", "cold start", usage.seconds, usage.peak_mb)


def _solve(
    name: str, arguments: dict[str, Any], settings: dict[str, Any]
) -> Generator[Record, None, Solution]:
    import matcher

    with measured() as usage, stopwatch() as watch:
        solution = matcher.solve(**arguments, **settings)
    figures = {
        "objective": solution.objective,
        "bound": solution.bounds.dual,
        "gap": solution.bounds.gap,
        "matches": len(solution.pairs),
        "method": solution.method,
        "iterations": solution.iterations,
        "reason": str(solution.termination.reason),
    }
    yield Record(name, "solve", usage.seconds, usage.peak_mb, figures)
    yield from _within(name, usage, watch)
    return solution


def _within(name: str, usage: Usage, watch: Stopwatch) -> Iterator[Record]:
    """Yield what a solve by portfolios spent in each of its phases."""
    if not any(watch.seconds.values()):
        return
    other = usage.seconds - sum(watch.seconds.values())
    for phase, seconds in {**watch.seconds, "other": other}.items():
        yield Record(name, f"solve: {phase}", seconds, usage.peak_mb)


def known_phases(load: Callable[[], KnownInstance]) -> Phases:
    """Return the phases of a classic instance: reading, solving; figures beside known values."""

    def run() -> Iterator[Record]:
        import matcher

        with measured() as usage:
            known = load()
        yield Record(known.name, "read", usage.seconds, usage.peak_mb)
        with measured() as usage:
            solution = matcher.solve(**known.arguments)
        reached = known.measures(solution.pairs)
        figures = {
            **reached,
            **{f"known_{name}": value for name, value in known.known.items()},
            "gap": solution.bounds.gap,
            "proved": solution.termination.reason.value == "optimal",
        }
        if known.known:
            figures["agrees"] = all(reached[name] == value for name, value in known.known.items())
        yield Record(known.name, "solve", usage.seconds, usage.peak_mb, figures)

    return run


def cohort_phases(family_name: str, seed: int = 0) -> Phases:
    """Return the phases of a synthetic cohort, from reading to the report."""

    def run() -> Iterator[Record]:
        from matcher.lab.synthetic import make_cohort, write_cohort

        with tempfile.TemporaryDirectory() as work:
            folder = Path(work) / family_name
            write_cohort(make_cohort(family_name, seed), folder)
            yield from _through_the_layers(family_name, folder)
            yield from _through_the_run(family_name, folder, Path(work) / "run")

    return run


def audit_phases(mentees: int, mentors: int) -> Phases:
    """Return the phases of an audit of mentees with ten contacts each, alone and as a command."""

    def run() -> Iterator[Record]:
        from matcher.config import load_config
        from matcher.intake import read_cohort
        from matcher.lab.synthetic import Family, draw_cohort, write_cohort
        from matcher.network import audit_cohort

        name = f"audit-{mentees}"
        family = Family(mentees, mentors, organisations=20, departments=8, audited=1.0, contacts=10)
        with tempfile.TemporaryDirectory() as work:
            folder = write_cohort(draw_cohort(family, 0).tables, Path(work) / name)
            config = load_config()
            with measured() as usage:
                cohort = read_cohort(folder, config)
            yield Record(name, "read", usage.seconds, usage.peak_mb)
            with measured() as usage:
                found = audit_cohort(cohort, config)
            figures = {"contacts": len(found.networks.rows)}
            yield Record(name, "audit", usage.seconds, usage.peak_mb, figures)
            yield _command(name, "audit, end to end", "audit", folder, "-o", Path(work) / "audit")

    return run


def sign_up_phases(rows: int) -> Phases:
    """Return the phases of a raw export of 60 columns: proposed, then read, mapped and checked."""

    def run() -> Iterator[Record]:
        from matcher.intake.proposals.propose import config_of, propose
        from matcher.intake.read import check_cohort
        from sign_ups import write_sign_ups

        name = f"sign-ups-{rows}"
        with tempfile.TemporaryDirectory() as work:
            folder = write_sign_ups(Path(work) / name, rows)
            with measured() as usage:
                proposal = propose(folder)
            figures: dict[str, Any] = {"questions": len(proposal.questions)}
            yield Record(name, "propose", usage.seconds, usage.peak_mb, figures)
            config = config_of(proposal)
            with measured() as usage:
                found = check_cohort(folder, config)
            figures = {"faults": sum(not finding.is_warning for finding in found)}
            yield Record(name, "read, map, check", usage.seconds, usage.peak_mb, figures)

    return run


def _through_the_layers(name: str, folder: Path) -> Iterator[Record]:
    from matcher.config import load_config
    from matcher.features import build_features
    from matcher.intake import read_cohort
    from matcher.network import audit_cohort
    from matcher.pipeline import build, solve_instance
    from matcher.scoring.allowed_pairs import find_candidates
    from matcher.scoring.pair_scores import PairScores

    config = load_config()
    with measured() as usage:
        cohort = read_cohort(folder, config)
    yield Record(name, "read", usage.seconds, usage.peak_mb)
    with measured() as usage:
        features = build_features(cohort, config, audit_cohort(cohort, config))
    yield Record(name, "features", usage.seconds, usage.peak_mb)
    with measured() as usage:
        candidates = find_candidates(cohort, config)
    yield Record(name, "candidates", usage.seconds, usage.peak_mb)
    with measured() as usage:
        scores = PairScores(features, candidates.weighed_by(features), config)
        for start in range(0, scores.shape[0], ROWS):
            scores.block(np.arange(start, min(start + ROWS, scores.shape[0])))
    yield Record(name, "score", usage.seconds, usage.peak_mb)
    with measured() as usage:
        instance = build(cohort, config)
    yield Record(name, "problem", usage.seconds, usage.peak_mb)
    with measured() as usage, stopwatch() as watch:
        solution = solve_instance(instance)
    figures = {
        "objective": solution.objective,
        "bound": solution.bounds.dual,
        "gap": solution.gap,
        "matches": len(solution.pairs),
    }
    yield Record(name, "solve", usage.seconds, usage.peak_mb, figures)
    yield from _within(name, usage, watch)


def _through_the_run(name: str, folder: Path, run: Path) -> Iterator[Record]:
    """Go through the command line, as a user does: the whole match, then the checker alone."""
    yield _command(name, "match, end to end", "match", folder, "-o", run)
    yield _command(name, "verify", "verify", run)
    yield _command(name, "report", "report", run)


def _command(name: str, phase: str, *arguments: str | Path) -> Record:
    from matcher.cli.main import run as run_command

    with measured() as usage:
        code = run_command([str(argument) for argument in arguments])
    return Record(name, phase, usage.seconds, usage.peak_mb, {"exit_code": code})


def entries() -> list[Entry]:
    """Return the registry: synthetic arrays, synthetic cohorts, and classic data where present."""
    found = [
        _array("smoke", 60, 30, smoke=True),
        _array("target", 200, 100),
        _array("target", 1000, 500),
        _array("target", 5000, 2500),
        _array("target", 20000, 10000, dense=False, size="large"),
        _array("target", 100000, 40000, dense=False, size="huge"),
        *(
            _array(places, n, m, places=places, size="large" if n > 1000 else "usual")
            for places in ("plentiful", "contested")
            for n, m in ((200, 100), (1000, 500), (5000, 2500))
        ),
        Entry("ticks-420x260", array_phases(lambda: ticks(420, 260), dense=True, gap=2e-4)),
        Entry(
            "near-ties-420x260",
            array_phases(lambda: ticks(420, 260, noise=0.01), dense=True, gap=2e-4),
        ),
        _array("middling", 420, 260, places="middling"),
        Entry("equal-1000x500", array_phases(lambda: typed(1000, 500, 1), dense=True, gap=5e-4)),
        Entry("typed-1000x500", array_phases(lambda: typed(1000, 500, 20), dense=True, gap=5e-4)),
        Entry("separable-60x30", array_phases(lambda: separable(60, 30), dense=True, gap=0), True),
        Entry("separable-1000x500", array_phases(lambda: separable(1000, 500), dense=True, gap=0)),
        Entry(
            "separable-5000x2500", array_phases(lambda: separable(5000, 2500), dense=True, gap=0)
        ),
        Entry("cohort-small", cohort_phases("small"), smoke=True),
        *(Entry(f"cohort-{name}", cohort_phases(name)) for name in ("example", "university")),
        Entry("cohort-civil_service", cohort_phases("civil_service"), size="large"),
        Entry("sign-ups-200", sign_up_phases(200), smoke=True),
        Entry("sign-ups-20000", sign_up_phases(20_000)),
        Entry("audit-10000", audit_phases(10_000, 4_000), size="large"),
    ]
    return found + _classics()


def _target_gap(n: int) -> float:
    """Return the gap that the solver is to prove at a size, as a share."""
    for size, gap in TARGET_GAPS.items():
        if n <= size:
            return gap
    return 5e-3


def _array(
    label: str,
    n: int,
    m: int,
    *,
    places: Any = "scarce",
    dense: bool = True,
    smoke: bool = False,
    size: Size = "usual",
) -> Entry:
    made = array_phases(lambda: family(n, m, 0, places), dense=dense, gap=_target_gap(n))
    return Entry(f"{label}-{n}x{m}", made, smoke, size)


def _classics() -> list[Entry]:
    if not DATA.is_dir():
        return []
    projects, bids = DATA / "student_project", DATA / "aamas_bids" / "aamas2015.npz"
    return [
        *(
            Entry(
                f"student_project-{session}",
                known_phases(lambda session=session: load_student_project(projects, session)),
            )
            for session in SESSIONS
        ),
        *(
            Entry(
                f"newcomb-{week}",
                known_phases(lambda week=week: load_newcomb(DATA / "newcomb", week)),
            )
            for week in WEEKS
        ),
        *(
            Entry(
                f"kidney_pairs-{number}",
                known_phases(
                    lambda number=number: load_kidney_pairs(DATA / "kidney_pairs", number)
                ),
            )
            for number in POOLS
        ),
        Entry("bids-aamas2015", known_phases(lambda: load_bids(bids))),
    ]
