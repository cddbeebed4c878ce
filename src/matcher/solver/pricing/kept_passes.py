"""Parts of passes over all pairs that are kept in a folder, so that a cut solve is picked up.

A solve without a time limit decides nothing by the clock: called again it asks the same, and what
was found already is read. A part is named by a hash of all that it was asked and of the whole
problem, what scores are computed from included, so that another cohort, other prices or another
setting never find it. Files hold plain arrays. Who can write to the folder can forge an answer, as
they could the cohort; `verify` proves the bound of a run again from its tables.
"""

import hashlib
import io
import pickle
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matcher._version import __version__
from matcher.arrays import Ints
from matcher.problem.problem import Problem
from matcher.solver.model.portfolio_tables import CandidateItems, PricedPortfolios, stack
from matcher.solver.pricing.pricer import BlockAnswer, ScanQuestion
from matcher.storage import write_file

Arrays = dict[str, Any]

KEPT_PARTS = 64
"""Parts of a pass that are kept one by one: what a kill loses is one of them."""

KEPT_TABLES = {"sets": PricedPortfolios, "candidates": CandidateItems}


@dataclass
class KeptPasses:
    """A folder of parts, of one problem."""

    folder: Path
    problem: Problem
    read: int = 0
    """Parts that were found there."""

    @cached_property
    def _base(self) -> bytes:
        """Hash of all that the problem says."""
        said = pickle.dumps(
            [(one.name, getattr(self.problem, one.name)) for one in fields(self.problem)],
            protocol=5,
        )
        return hashlib.sha256(__version__.encode() + said).digest()

    def arrays(self, name: str, asked: list[Any], make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a part: those in the folder, else made and written there.

        Parameters
        ----------
        name
            What the part is of.
        asked
            All that it hangs on, beside the problem: arrays, numbers and texts.
        make
            Makes it.
        """
        key = hashlib.sha256(self._base)
        for one in asked:
            _add(key, one)
        path = self.folder / f"{name}-{key.hexdigest()[:32]}.npz"
        if (found := _read(path)) is not None:
            self.read += 1
            return found
        found = make()
        buffer = io.BytesIO()
        np.savez(buffer, **found)
        write_file(path, buffer.getvalue())
        return found

    def scanned(
        self,
        question: ScanQuestion,
        blocks: list[Ints],
        scan: Callable[[list[Ints]], list[BlockAnswer]],
    ) -> list[BlockAnswer]:
        """Return the answers of a scan, each of one part of its blocks.

        Parameters
        ----------
        question
            What is asked of everybody.
        blocks
            Consecutive mentees each.
        scan
            Scans some blocks.
        """
        return [self._part(question, part, scan) for part in _parts(blocks)]

    def _part(
        self,
        question: ScanQuestion,
        blocks: list[Ints],
        scan: Callable[[list[Ints]], list[BlockAnswer]],
    ) -> BlockAnswer:
        rows = np.concatenate(blocks)
        asked: list[Any] = [question.y, rows, question.floor[rows], question.at[rows]]
        asked += [question.width, question.slack, question.search]
        if question.cuts is not None:
            cuts = question.cuts.take(rows)
            asked += [cuts.first, cuts.pair, cuts.share]
        cut_short: list[BlockAnswer] = []

        def make() -> Arrays:
            answers = scan(blocks)
            if any(one.unsearched is not None for one in answers):
                cut_short.extend(answers)
                raise _CutShort
            return _as_arrays(answers)

        try:
            return _as_answer(self.arrays("scan", asked, make))
        except _CutShort:
            return _joined(cut_short)


class _CutShort(Exception):
    """Time ended within a part, which is then no answer to keep."""


def _parts(blocks: list[Ints]) -> Iterator[list[Ints]]:
    size = max(1, -(-len(blocks) // KEPT_PARTS))
    return (blocks[first : first + size] for first in range(0, len(blocks), size))


def _add(hashed: Any, value: Any) -> None:
    """Hash an array with its shape and type, or the words for anything else."""
    if isinstance(value, np.ndarray):
        hashed.update(f"{value.shape}{value.dtype}".encode())
        hashed.update(np.ascontiguousarray(value).tobytes())
    else:
        hashed.update(repr(value).encode())


def _read(path: Path) -> Arrays | None:
    """Return the arrays of a file, None where there is none that is whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError):
        return None


def _joined(answers: list[BlockAnswer]) -> BlockAnswer:
    """Return the answers of several blocks as one."""
    sets = [one.sets for one in answers if one.sets is not None]
    left = [
        np.full(len(one.candidates.mentee), -np.inf) if one.unsearched is None else one.unsearched
        for one in answers
    ]
    late = any(one.unsearched is not None for one in answers)
    return BlockAnswer(
        PricedPortfolios.join(sets) if sets else None,
        stack([one.candidates for one in answers]),
        float(np.mean([one.survivors for one in answers])),
        np.concatenate(left) if late else None,
    )


def _as_arrays(answers: list[BlockAnswer]) -> Arrays:
    whole = _joined(answers)
    found: Arrays = {"survivors": np.array(whole.survivors)}
    for name, kind in KEPT_TABLES.items():
        table = getattr(whole, name)
        if table is not None:
            found |= {f"{name}.{one.name}": getattr(table, one.name) for one in fields(kind)}
    return found


def _as_answer(arrays: Arrays) -> BlockAnswer:
    tables = {
        name: kind(**{one.name: arrays[f"{name}.{one.name}"] for one in fields(kind)})
        for name, kind in KEPT_TABLES.items()
        if f"{name}.mentee" in arrays
    }
    return BlockAnswer(tables.get("sets"), tables["candidates"], float(arrays["survivors"]))
