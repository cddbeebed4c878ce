"""A problem cut into files of mentees and put together again says the same, to the bit."""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import pkgutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from tests.features.random_cohorts import cohort_of, findings, people
from tests.solver.instances import random_problem
from tests.solver.tiny import anything

import matcher
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import built_in_kinds
from matcher.errors import ConfigError, Finding, InputError, StorageError
from matcher.features import build_features
from matcher.features.base import BothStated
from matcher.pipeline import build
from matcher.problem.problem import Ints, Problem
from matcher.scoring.allowed_pairs import find_candidates
from matcher.scoring.pair_scores import PairScores
from matcher.solver.dask.messages import (
    Failed,
    PackedAnswer,
    PartitionState,
    ScanPrices,
    scan_partition,
)
from matcher.solver.dask.partitions import PAIR_LISTS, SENT_FIELDS, changed, is_declared
from matcher.solver.model.linking_rows import PairRow, Rows, tier_rows
from matcher.solver.model.portfolio_tables import PricedPortfolios, SideTable
from matcher.solver.pricing.modular_bound import additive_cuts
from matcher.solver.pricing.pricer import ScanQuestion
from matcher.solver.pricing.scan import Scanner
from matcher.solver.score_sources import (
    ArrayScores,
    Bans,
    ComputedMatrix,
    DenseMatrix,
    SparseMatrix,
)

pytest.importorskip("pyarrow")
from matcher.solver.dask.partitions import Partitions, read_partition

EMPTY = np.empty((0, 2), dtype=np.int64)


def cut(problem: Problem, folder: Path, size: int = 3, most: int = 1) -> Partitions:
    """Cut a problem into blocks of `size` mentees, `most` of them in a file."""
    starts = range(0, problem.n_mentees, size)
    blocks = [np.arange(s, min(s + size, problem.n_mentees)) for s in starts]
    return Partitions(problem, blocks, most, str(folder))


def assert_same_items(problem: Problem, parts: Partitions) -> None:
    """Every block of every file holds the very bits of the whole problem's."""
    seen = 0
    for part in parts.files:
        mine = read_partition(parts.mentor_side, part)
        assert mine.scores.shape == (part.count, problem.n_mentors)
        for rows in part.blocks:
            here, there = mine.scores.block(rows), problem.scores.block(rows + part.first)
            for name in ("score", "load", "sponsored"):
                np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
            seen += len(rows)
    assert seen == problem.n_mentees


def mentee_arrays(value: object) -> dict[str, object]:
    """Return all arrays of the mentee side, by name."""
    found = {}
    changed(value, lambda array, name: found.setdefault(name, array))
    return found


def draw_question(problem: Problem, rng: np.random.Generator) -> tuple[ScanQuestion, Scanner]:
    """Draw duals and floors for a scan."""
    size = max(1, int(problem.limit.max(initial=1)))
    amounts = () if problem.tiers is None else problem.tiers.amounts(size)
    tiers = tier_rows(problem, size, {one.name: 1.0 for one in amounts})
    n, m = problem.n_mentees, problem.n_mentors
    across = PairRow(np.array([0, n - 1]), np.array([m - 1, 0]), "x")
    rows = Rows(problem, size, tiers, (across, PairRow(np.array([0]), np.array([0]), "y")))
    y = np.clip(rng.normal(0.05, 0.05, rows.count), rows.low, rows.high)
    cuts = additive_cuts(problem, np.arange(n))
    question = ScanQuestion(
        rows, y, rng.normal(0.0, 0.1, n), cuts, rng.random(n) * 0.3, 3, 0.02, search=True
    )
    return question, Scanner(problem, threads=1, block_pairs=1)


def assert_same_scan(problem: Problem, parts: Partitions, seed: int) -> None:
    """Compare what a worker finds in each file with what the master finds itself."""
    question, scanner = draw_question(problem, np.random.default_rng(seed))
    prices = ScanPrices.of(question)
    for part in parts.files:
        found = scan_partition(parts.mentor_side, prices, PartitionState.of(question, part))
        assert not isinstance(found, Failed)
        for block, one in zip(part.blocks, found, strict=True):
            looked = one.unpacked(part.first)
            whole_look = scanner.scan_block(question, block + part.first)
            sets, candidates = looked.sets, looked.candidates
            own_sets, own = whole_look.sets, whole_look.candidates
            assert looked.survivors == whole_look.survivors
            assert looked.unsearched is whole_look.unsearched is None
            assert isinstance(sets, PricedPortfolios)
            for name in PricedPortfolios.__dataclass_fields__:
                np.testing.assert_array_equal(getattr(sets, name), getattr(own_sets, name))
            # Sides of reciprocal pairs are padded to the most that anybody has in the file.
            width = candidates.width
            for name in ("mentee", "code", "score", "load", "sponsored"):
                mine, whole = getattr(candidates, name), getattr(own, name)
                np.testing.assert_array_equal(mine, whole[:, :width] if whole.ndim > 1 else whole)
            assert (own.code[:, width:] < 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_scan_of_a_file_is_that_of_the_whole(seed: int, tmp_path: Path) -> None:
    """With every term, rule, tier, reciprocal pair and required item that a problem can have."""
    rng = np.random.default_rng(seed)
    draw = random_problem(seed, 8, 5, reciprocal=seed % 2 == 0) if seed % 3 else anything(seed)
    n, most = draw.n_mentees, int(rng.integers(1, 3))
    finite = np.argwhere(np.isfinite(draw.scores.block(np.arange(n)).score))
    chosen = finite[rng.permutation(len(finite))[: rng.integers(0, 4)]]
    required = np.empty(0, dtype=np.int64)
    if draw.reciprocal is not None and rng.random() < 0.5:
        required = np.array([len(draw.reciprocal) - 1])
    free = draw.limit.copy()
    np.maximum.at(free, chosen[:, 0], np.bincount(chosen[:, 0], minlength=n)[chosen[:, 0]])
    problem = replace(draw, required=chosen, required_reciprocal=required, limit=free)
    parts = cut(problem, tmp_path, size=int(rng.integers(1, 4)), most=most)
    assert_same_items(problem, parts)
    assert_same_scan(problem, parts, seed)


def test_mentor_side_holds_nobody(tmp_path: Path) -> None:
    """What is scattered has no row of any mentee, and each file has all of its own."""
    problem = array_problem(tmp_path)
    parts = cut(problem, tmp_path)
    for array in mentee_arrays(parts.mentor_side).values():
        assert (array.shape[0] if sparse.issparse(array) else len(array)) == 0
    for name in PAIR_LISTS:
        assert len(getattr(parts.mentor_side, name)) == 0
    whole = mentee_arrays(problem)
    for part in parts.files:
        mine = read_partition(parts.mentor_side, part)
        for name, array in mentee_arrays(replace(mine, scores=problem.scores)).items():
            if not name.startswith(".scores"):
                np.testing.assert_array_equal(array, whole[name][part.mentees])


def array_problem(_: Path, **changes: object) -> Problem:
    """Return a problem of sparse scores, dense loads and bans, as many mentees as mentors."""
    rng = np.random.default_rng(1)
    n = m = 7
    scores = sparse.csr_array(rng.random((n, m)) * (rng.random((n, m)) < 0.6))
    bans = Bans.of(np.array([[6, 0], [2, 3], [2, 1]]), n)
    source = ArrayScores(SparseMatrix(scores, -np.inf), DenseMatrix(rng.random((n, m))), bans)
    settings = {
        "needs": rng.dirichlet(np.ones(4), n),
        "offers": rng.random((m, 4)),
        "kept_pairs": np.array([[4, 1], [0, 2], [4, 1]]),
        "kept_bonus": 0.1,
        "required": np.array([[5, int(np.flatnonzero(scores.toarray()[5])[0])]]),
    }
    return Problem(source, np.full(m, 2.0), rng.integers(1, 4, n), **{**settings, **changes})


def test_arrays_of_every_kind(tmp_path: Path) -> None:
    """Sparse, dense and banned entries, where rows and columns are as many."""
    problem = array_problem(tmp_path)
    parts = cut(problem, tmp_path, size=2, most=2)
    assert_same_items(problem, parts)
    assert_same_scan(problem, parts, 0)


@dataclass(frozen=True)
class Vectors:
    """A caller's own source that declares nothing."""

    mentees: np.ndarray
    mentors: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.mentees), len(self.mentors)

    def block(self, rows: Ints) -> np.ndarray:
        return (self.mentees[rows][:, None, :] * self.mentors[None]).sum(axis=2)


@dataclass(frozen=True)
class DeclaredVectors(Vectors):
    """The same, which says what belongs to mentees."""

    by_mentee = ("mentees",)


@pytest.mark.parametrize("kind", [Vectors, DeclaredVectors])
def test_a_source_of_the_callers_own(kind: type[Vectors], tmp_path: Path) -> None:
    """It is cut if it is declared, goes whole if not, and names the caller's rows in errors."""
    rng = np.random.default_rng(2)
    vectors = kind(rng.random((7, 3)), rng.random((5, 3)))
    bans = Bans.of(EMPTY, 7)
    source = ArrayScores(ComputedMatrix(vectors, "scores", -np.inf), None, bans)
    problem = Problem(source, np.full(5, 2.0), np.full(7, 2))
    parts = cut(problem, tmp_path)
    assert_same_items(problem, parts)
    assert_same_scan(problem, parts, 1)
    left = parts.mentor_side.scores.scores.source.mentees
    assert len(left) == (0 if kind is DeclaredVectors else 7)
    vectors.mentees[5] = np.nan
    parts = cut(problem, tmp_path)
    mine = read_partition(parts.mentor_side, parts.files[1])
    with pytest.raises(InputError, match=r"scores\[5, 0\]"):
        mine.scores.block(np.arange(3))


def every_kind() -> tuple[FeatureConfig, ...]:
    """Return one feature of each kind."""
    own = {
        "closeness": {"mentee": ("career_years",), "scale": (0, 40)},
        "facets": {"mentee": ("purposes",), "mentor": ("purposes",)},
        "gap": {"shape": ((-5, 0), (5, 1))},
    }
    kinds = [kind.name for kind in built_in_kinds()]
    return tuple(FeatureConfig(name=k, kind=k, weight=1, **own.get(k, {})) for k in kinds)


@pytest.mark.slow
def test_every_kind_of_feature_is_cut(tmp_path: Path) -> None:
    """Scores computed from features, of all kinds and under all gates, come out to the bit."""
    rng = np.random.default_rng(3)
    mentees = people(rng, 9, "e")
    for person in mentees[::3]:
        person |= {"available_until": "2000-01-01", "wish_same": ("site", "chess")}
    cohort = cohort_of(rng, mentees, people(rng, 9, "m"))
    banned = {"availability": "ban", "mode": "ban", "different": ("site",)}
    config = Config(features=every_kind(), eligibility=banned, capacity={"unit": "hours"})
    features = build_features(cohort, config, findings(rng, 9))
    made = build(cohort, config)
    computed = PairScores(features, find_candidates(cohort, config), config)
    held = made.problem.scores
    for pair_scores in (computed, held.pair_scores):
        problem = replace(made.problem, scores=replace(held, pair_scores=pair_scores))
        parts = cut(problem, tmp_path, size=2, most=2)
        assert_same_items(problem, parts)
        assert_same_scan(problem, parts, 4)
        for label in (*cohort.mentee_index.ids, *cohort.mentor_index.ids):
            for part in parts.files:
                assert label.encode() not in Path(part.file).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", SENT_FIELDS)
def test_every_field_that_is_sent_is_declared(name: str) -> None:
    """A field that is added or renamed is cut or goes whole, but not by oversight."""
    (kind,) = {
        value
        for module in pkgutil.walk_packages(matcher.__path__, "matcher.")
        if module.name != "matcher.__main__"
        for value in [getattr(importlib.import_module(module.name), name, None)]
        if isinstance(value, type) and value.__module__.startswith("matcher.")
    }
    inherited = {
        f.name
        for base in kind.__bases__
        if dataclasses.is_dataclass(base)
        for f in dataclasses.fields(base)
    }
    own = {field.name for field in dataclasses.fields(kind)} - inherited
    declared = [path.partition(".")[0] for path in SENT_FIELDS[name]["mentee"]]
    declared += SENT_FIELDS[name]["whole"]
    assert sorted(declared) == sorted(own)


def test_a_feature_that_declares_nothing_is_refused(tmp_path: Path) -> None:
    """It could only be sent whole, and would be read at the wrong mentees."""

    @dataclass(frozen=True)
    class Undeclared:
        mentee: np.ndarray

        def stated_by_mentee(self) -> np.ndarray:
            return self.mentee

    with pytest.raises(ConfigError, match="Undeclared cannot be sent"):
        changed(Undeclared(np.zeros(3)), lambda array, _: array)


def test_a_feature_that_adds_fields_to_a_declared_one_says_so_itself() -> None:
    """What its base declares says nothing of the fields that it adds: they were sent whole."""

    @dataclass(frozen=True)
    class Silent(BothStated):
        mentee: np.ndarray

    @dataclass(frozen=True)
    class Telling(Silent):
        by_mentee = ("mentee",)

    stated = np.ones(3, dtype=bool)
    with pytest.raises(ConfigError, match="Silent cannot be sent"):
        changed(Silent(stated, stated, np.zeros(3)), lambda array, _: array[:1])
    cut = changed(Telling(stated, stated, np.zeros(3)), lambda array, _: array[:1])
    assert [len(cut.mentee), len(cut.mentee_stated), len(cut.mentor_stated)] == [1, 1, 3]


@pytest.mark.slow
def test_every_class_that_holds_mentees_is_declared() -> None:
    """Whatever a computed score is made of says what of it belongs to mentees."""
    rng = np.random.default_rng(5)
    cohort = cohort_of(rng, people(rng, 8, "e"), people(rng, 3, "m"))
    config = Config(features=every_kind())
    scores = PairScores(
        build_features(cohort, config, findings(rng, 8)), find_candidates(cohort, config), config
    ).nameless
    left = []

    def walk(value: object) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            assert is_declared(value) or not hasattr(value, "block"), type(value)
            for field in dataclasses.fields(value):
                walk(getattr(value, field.name))
        elif isinstance(value, tuple):
            left.extend([value] if len(value) == 8 else [])
            for part in value:
                walk(part)
        elif isinstance(value, np.ndarray) or sparse.issparse(value):
            left.extend([value] if value.shape[0] == 8 else [])

    walk(changed(scores, lambda array, _: array[:0]))
    shapes = [getattr(value, "shape", len(value)) for value in left]
    assert not shapes, f"left with all mentees: {shapes}"


def test_partners_outside_are_nobody(tmp_path: Path) -> None:
    """A side of a reciprocal pair is only where its mentee is; numbers stay those of the cohort."""
    problem = random_problem(0, 8, 8, reciprocal=True)
    whole = SideTable.of(problem).side
    for part in cut(problem, tmp_path).files:
        mine = read_partition(cut(problem, tmp_path).mentor_side, part)
        side = SideTable.of(mine).side
        np.testing.assert_array_equal(side, whole[part.mentees][:, : side.shape[1]])
        assert (whole[part.mentees][:, side.shape[1] :] < 0).all()


def test_files_are_removed(tmp_path: Path) -> None:
    """Nothing stays in the shared folder."""
    parts = cut(array_problem(tmp_path), tmp_path)
    assert parts.bytes > 0
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    parts.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """It is told in a line, and nothing is left behind."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="E_WRITE"):
        cut(array_problem(tmp_path), tmp_path / "file")


def test_a_file_that_a_worker_cannot_read(tmp_path: Path) -> None:
    """Gone or damaged, it is told what to set."""
    problem = array_problem(tmp_path)
    parts = cut(problem, tmp_path)
    question, _ = draw_question(problem, np.random.default_rng(0))
    state = PartitionState.of(question, parts.files[0])
    Path(parts.files[0].file).write_bytes(b"no parquet")
    damaged = scan_partition(parts.mentor_side, ScanPrices.of(question), state)
    parts.remove()
    gone = scan_partition(parts.mentor_side, ScanPrices.of(question), state)
    for failed in (damaged, gone):
        assert isinstance(failed, Failed)
        assert failed.error.findings[0].code == "E_PARTITIONS"
        assert "solver.partitions" in failed.error.findings[0].remedy


def test_answers_of_one_value_travel_as_one_value() -> None:
    """An answer says no load of 1 and no sponsorship of nobody for every candidate."""
    problem = random_problem(5, 8, 5)
    question, scanner = draw_question(problem, np.random.default_rng(0))
    found = PackedAnswer.of(scanner.scan_block(question, np.arange(8)))
    if problem.scores.load is None:
        assert not isinstance(found.candidates["load"].values, np.ndarray)
    assert found.candidates["code"].values.dtype == np.int32


def test_findings_travel_with_their_error() -> None:
    """An error that a worker hands over is the same error here."""
    finding = Finding("E_RANGE", "too low", "raise it", "solve", None, "scores")
    failed = pickle.loads(pickle.dumps(Failed(InputError(finding))))  # noqa: S301 pickled two lines above
    assert isinstance(failed.error, InputError)
    assert failed.error.findings == (finding,)
