"""What travels between the master and workers, and what a worker does with it.

Out go prices, the same for all blocks, and the state of each block's mentees. Back come the sets
and candidates of a block. All is said as shortly as it can be without loss: arrays that hold one
value everywhere travel as that value, positions in 32 bits, and nothing is said of padding.
"""

import pickle
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from matcher.errors import ConfigError, Finding, MatcherError
from matcher.problem.problem import Floats, Ints, Problem
from matcher.problem.rules.held_tiers import TierAmount
from matcher.solver.dask.partitions import Partition, read_partition
from matcher.solver.model.linking_rows import PairRow, Rows, TierRow
from matcher.solver.model.portfolio_tables import NO_ITEM, CandidateItems, PricedPortfolios
from matcher.solver.pricing.modular_bound import Cuts
from matcher.solver.pricing.pricer import BlockAnswer, ScanQuestion
from matcher.solver.pricing.scan import Scanner

OPPOSITE = "opposite"
"""Kind of row that is of single people: each block is told of its own."""

PADDING = {name: value for name, value in NO_ITEM.items() if name != "code"}
"""What is left out where there is no item, and put back."""


@dataclass(frozen=True)
class Packed:
    """An array, or the one value that it holds everywhere."""

    values: Any
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, array: Any) -> Self:
        """Pack an array."""
        shape, dtype = array.shape, array.dtype
        # Bits are compared, so that 0 and -0 stay apart and nan is like itself.
        flat = np.ascontiguousarray(array).view(np.uint8).reshape(array.size, dtype.itemsize)
        if len(flat) and (flat == flat[0]).all():
            return cls(array.flat[0], shape, dtype)
        small = np.int32 if dtype == np.int64 and abs(array).max(initial=0) < 2**31 else dtype
        return cls(array.astype(small), shape, dtype)

    def array(self) -> Any:
        """Return the array."""
        if isinstance(self.values, np.ndarray):
            return self.values.astype(self.dtype, copy=False)
        return np.full(self.shape, self.values, dtype=self.dtype)


@dataclass(frozen=True)
class ScanPrices:
    """What every block of a scan needs: duals by kind of row, and what is asked."""

    duals: dict[str, Packed]
    tiers: tuple[tuple[str, float], ...]
    """Names and targets."""
    max_size: int
    width: int
    slack: float
    search: bool

    @classmethod
    def of(cls, question: ScanQuestion) -> Self:
        """Pack the part of a question that is the same for all blocks."""
        rows, ask = question.rows, question
        duals = {
            kind: Packed.of(rows.part(question.y, kind)) for kind in rows.spans if kind != OPPOSITE
        }
        tiers = tuple((tier.name, tier.target) for tier in rows.tiers)
        return cls(duals, tiers, rows.max_size, width=ask.width, slack=ask.slack, search=ask.search)


@dataclass(frozen=True)
class PartitionState:
    """What a scan asks of one partition: the state of each of its mentees."""

    part: Partition
    floor: Packed
    at: Packed
    cuts: tuple[Packed, ...]
    opposite: tuple[tuple[float, Ints, Ints], ...]
    """Dual, mentees and mentors of each opposite row that touches the partition."""

    @classmethod
    def of(cls, question: ScanQuestion, part: Partition) -> Self:
        """Pack what concerns the mentees of a partition."""
        mine = question.of_block(part.mentees)
        cuts = () if mine.cuts is None else (mine.cuts.first, mine.cuts.pair, mine.cuts.share)
        return cls(
            part,
            Packed.of(mine.floor),
            Packed.of(mine.at),
            tuple(Packed.of(array) for array in cuts),
            _opposite(question.rows, question.y, part),
        )

    def question(self, problem: Problem, prices: ScanPrices) -> ScanQuestion:
        """Return what is asked of the partition's own problem, on the worker."""
        opposite = tuple(PairRow(mentee, mentor, "") for _, mentee, mentor in self.opposite)
        rows = Rows(problem, prices.max_size, _tiers(problem, prices), opposite)
        duals = {kind: packed.array() for kind, packed in prices.duals.items()}
        duals[OPPOSITE] = np.array([dual for dual, _, _ in self.opposite])
        y = np.concatenate([duals[kind] for kind in rows.spans])
        cuts = Cuts(*(packed.array() for packed in self.cuts)) if self.cuts else None
        return ScanQuestion(
            rows,
            y,
            floor=self.floor.array(),
            cuts=cuts,
            at=self.at.array(),
            width=prices.width,
            slack=prices.slack,
            search=prices.search,
        )


def _opposite(rows: Rows, y: Floats, part: Partition) -> tuple[tuple[float, Ints, Ints], ...]:
    found = []
    for row, dual in zip(rows.opposite, rows.part(y, OPPOSITE), strict=True):
        here = (row.mentee >= part.first) & (row.mentee < part.first + part.count)
        if here.any():
            found.append((float(dual), row.mentee[here] - part.first, row.mentor[here]))
    return tuple(found)


def _tiers(problem: Problem, prices: ScanPrices) -> tuple[TierRow, ...]:
    """Return the tiers' rows; those of classes that nobody here is in count nothing."""
    if not prices.tiers or problem.tiers is None:
        return ()
    amounts = {one.name: one for one in problem.tiers.amounts(prices.max_size)}
    nothing = np.zeros((problem.n_mentees, prices.max_size + 1))
    return tuple(
        TierRow(amounts.get(name, TierAmount(name, nothing)), target)
        for name, target in prices.tiers
    )


@dataclass(frozen=True)
class PackedAnswer:
    """What a block's scan found, packed."""

    sets: dict[str, Packed] | None
    candidates: dict[str, Packed]
    survivors: float

    @classmethod
    def of(cls, looked: BlockAnswer) -> Self:
        """Pack what `Scanner.scan_block` returns."""
        sets, candidates = looked.sets, looked.candidates
        packed = None if sets is None else _pack(sets, sets.members >= 0)
        return cls(packed, _pack(candidates, candidates.code >= 0), looked.survivors)

    def unpacked(self, first: int) -> BlockAnswer:
        """Unpack; positions of mentees are moved by `first`, to those of the cohort."""
        sets = None
        if self.sets is not None:
            sets = PricedPortfolios(**_unpack(self.sets, "members"))
            sets = replace(sets, mentee=sets.mentee + first)
        candidates = CandidateItems(**_unpack(self.candidates, "code"))
        candidates = replace(candidates, mentee=candidates.mentee + first)
        return BlockAnswer(sets, candidates, self.survivors)


def _pack(found: PricedPortfolios | CandidateItems, there: Any) -> dict[str, Packed]:
    arrays = {name: getattr(found, name) for name in found.__dataclass_fields__}
    return {
        name: Packed.of(array[there] if name in PADDING else array)
        for name, array in arrays.items()
    }


def _unpack(packed: dict[str, Packed], code: str) -> dict[str, Any]:
    arrays = {name: part.array() for name, part in packed.items()}
    there = arrays[code] >= 0
    for name, padding in PADDING.items():
        full = np.full(there.shape, padding)
        full[there] = arrays[name]
        arrays[name] = full
    return arrays


class _Counter:
    """A file that keeps nothing but the number of bytes written to it."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.count += size
        return size


def size_of(message: object) -> int:
    """Return how many bytes a message takes to say, without saying it."""
    counter = _Counter()
    pickle.Pickler(counter, protocol=5).dump(message)
    return counter.count


@dataclass(frozen=True)
class Failed:
    """An error that is the user's to mend; returned, since what is raised may be asked again."""

    error: MatcherError


def scan_partition(
    mentor_side: Problem, prices: ScanPrices, state: PartitionState
) -> list[PackedAnswer] | Failed:
    """Scan the blocks of one partition with one thread; results in order."""
    try:
        problem = read_partition(mentor_side, state.part)
    except ImportError:
        remedy = "pip install 'mentor-matcher[dask]' on every worker"
        return Failed(ConfigError(Finding("E_EXTRA", "a worker has no pyarrow", remedy)))
    except (OSError, ValueError) as error:
        reason = "they are not there" if isinstance(error, FileNotFoundError) else _words(error)
        message = f"a worker cannot read the partitions of mentees: {reason}"
        remedy = "set solver.partitions to a folder that all machines share"
        return Failed(ConfigError(Finding("E_PARTITIONS", message, remedy)))
    question = state.question(problem, prices)
    scanner = Scanner(problem, threads=1, block_pairs=1)
    scanner.max_size = prices.max_size  # that of the cohort: nobody here may ask for as many
    answers = (scanner.scan_block(question, block) for block in state.part.blocks)
    return [PackedAnswer.of(answer) for answer in answers]


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0]
