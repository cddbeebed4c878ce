"""A problem in two parts for workers elsewhere: the mentors' side, and mentees in Parquet files.

Every file holds some consecutive blocks of mentees, one row a mentee, a column for each array of
the mentee side. A worker puts the arrays of one file back into the mentors' side and has the
problem of those mentees alone; they are 0, 1, ... in it. Nobody's name is in a file.

What belongs to the mentee side, `sent_fields.toml` says of each class. From that alone follows how
it is cut to some mentees, what is left when nobody is in it, and how arrays read elsewhere are put
back. A class that declares nothing is taken as it is, whole.
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from matcher.errors import ConfigError, Finding, StorageError
from matcher.problem.problem import Ints, Problem
from matcher.solver.score_sources import ArrayScores, Bans, ComputedMatrix, SomeMentees
from matcher.text import words_beside

NO_PAIRS = np.empty((0, 2), dtype=np.int64)

PAIR_LISTS = ("required", "kept_pairs")
"""Fields of a problem with rows (mentee, mentor): they are cut to the mentees of a partition too,
as a column of lists each."""

SENT_FIELDS: dict[str, dict[str, list[str]]] = words_beside(__file__, "sent_fields.toml")
"""Of each class, by name, the fields with one entry a mentee, and those that go whole."""

ChangeOfOne = Callable[[Any, str], Any]
"""What becomes of an array with one entry a mentee, given its name."""


@dataclass(frozen=True)
class Partition:
    """Consecutive blocks of mentees in one file."""

    file: str
    first: int
    """The first mentee's position in the cohort."""
    count: int
    block: int
    """Mentees of each block; the last may have fewer."""

    @property
    def mentees(self) -> Ints:
        """Positions in the cohort."""
        return np.arange(self.first, self.first + self.count, dtype=np.int64)

    @property
    def blocks(self) -> list[Ints]:
        """Positions in the file, block by block."""
        starts = range(0, self.count, self.block)
        return [np.arange(s, min(s + self.block, self.count), dtype=np.int64) for s in starts]


class Partitions:
    """The two parts of a problem, the files among them; they are removed by `remove`.

    Parameters
    ----------
    problem
        What is cut.
    blocks
        Its blocks of mentees, of one size but for the last.
    most
        Most blocks in a file.
    folder
        Where the files go, in a new folder of their own; empty: a temporary one.

    Raises
    ------
    StorageError
        If the files cannot be written (E_WRITE).
    """

    def __init__(self, problem: Problem, blocks: list[Ints], most: int, folder: str) -> None:
        scores = lean(problem.scores)
        bare = replace(problem, scores=scores, required=NO_PAIRS, kept_pairs=NO_PAIRS)
        lists = {name: Bans.of(getattr(problem, name), problem.n_mentees) for name in PAIR_LISTS}
        self.mentor_side: Problem = changed(bare, lambda array, _: array[:0])
        """The problem without anybody on the mentees' side."""
        self.files: list[Partition] = []
        self.bytes = 0
        """Size of all files."""
        self._folder = Path()
        try:
            self._folder = _new_folder(folder)
            self._write(bare, lists, blocks, most)
        except OSError as error:
            self.remove()
            message = f"partitions of mentees cannot be written: {error.strerror or error}"
            finding = Finding("E_WRITE", message, "free space, or set solver.partitions")
            raise StorageError(finding) from error
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Remove the files and their folder."""
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(
        self, problem: Problem, lists: dict[str, Bans], blocks: list[Ints], most: int
    ) -> None:
        for number, start in enumerate(range(0, len(blocks), most)):
            chosen = blocks[start : start + most]
            first, stop = int(chosen[0][0]), int(chosen[-1][-1]) + 1
            file = str(self._folder / f"mentees-{number:05d}.parquet")
            self.files.append(Partition(file, first, stop - first, len(chosen[0])))
            _write_file(problem, lists, self.files[-1])
            self.bytes += Path(file).stat().st_size


def _new_folder(folder: str) -> Path:
    if not folder:
        return Path(tempfile.mkdtemp(prefix="matcher-"))
    # With the rights that the shared folder gives, so that workers of another account can read.
    made = Path(folder).resolve() / f"matcher-{uuid.uuid4().hex}"
    made.mkdir(parents=True)
    return made


def _write_file(problem: Problem, lists: dict[str, Bans], part: Partition) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = slice(part.first, part.first + part.count)
    columns: dict[str, Any] = {}

    def keep(array: Any, name: str) -> Any:
        columns.update(_columns(array[rows], name))
        return array

    changed(problem, keep)
    for name, pairs in lists.items():
        columns.update(_columns(pairs.pairs[rows], f".{name}"))
    parquet.write_table(pa.table(columns), part.file, use_dictionary=False)


def _columns(array: Any, name: str) -> dict[str, Any]:
    """Return the columns of an array, a sparse one or a tuple of words, one row a mentee."""
    import pyarrow as pa

    if isinstance(array, tuple):
        return {name: pa.array(array, pa.string())}
    if isinstance(array, sparse.csr_array):
        pointer = pa.array(np.asarray(array.indptr, dtype=np.int64))
        parts = {"at": array.indices, "value": array.data}
        return {
            f"{name}.{key}": pa.LargeListArray.from_arrays(pointer, pa.array(part))
            for key, part in parts.items()
        }
    if array.ndim == 1:
        return {name: pa.array(array)}
    flat = pa.array(np.ascontiguousarray(array).ravel())
    width = array.shape[1]
    return {name: pa.FixedSizeListArray.from_arrays(flat, width)} if width else {}


def read_partition(mentor_side: Problem, part: Partition) -> Problem:
    """Return the problem of the mentees of one file.

    Reciprocal pairs and fallbacks keep their places; who is outside the file is -1.
    """
    from pyarrow import parquet

    table = parquet.read_table(part.file)
    problem: Problem = changed(mentor_side, lambda empty, name: _array(table, name, empty))
    pairs = problem.reciprocal
    if pairs is not None:
        mentee_a, mentee_b = _here(pairs.mentee_a, part), _here(pairs.mentee_b, part)
        pairs = replace(pairs, mentee_a=mentee_a, mentee_b=mentee_b)
    others = problem.fallback
    if others is not None:
        others = replace(others, mentee=_here(others.mentee, part))
    return replace(
        problem,
        scores=placed(problem.scores, part.first, part.count),
        reciprocal=pairs,
        fallback=others,
        required=_pairs(table, ".required"),
        kept_pairs=_pairs(table, ".kept_pairs"),
    )


def _array(table: Any, name: str, empty: Any) -> Any:
    """Return an array from its columns, of the kind that `empty` is with nobody in it."""
    if isinstance(empty, tuple):
        return tuple(table[name].to_pylist())
    if isinstance(empty, sparse.csr_array):
        pointer, at = _lists(table, f"{name}.at")
        _, value = _lists(table, f"{name}.value")
        shape = (table.num_rows, empty.shape[1])
        return sparse.csr_array((value.astype(empty.dtype), at, pointer), shape=shape)
    if empty.ndim == 2 and empty.shape[1] == 0:
        return np.empty((table.num_rows, 0), dtype=empty.dtype)
    column = table[name].combine_chunks()
    flat = column if empty.ndim == 1 else column.flatten()
    values = flat.to_numpy(zero_copy_only=False).astype(empty.dtype, copy=False)
    return values.reshape(table.num_rows, *empty.shape[1:])


def _lists(table: Any, name: str) -> tuple[Ints, Any]:
    """Return a column of lists as (rows + 1,) where each begins, and all their entries."""
    from pyarrow import compute

    column = table[name].combine_chunks()
    length = compute.list_value_length(column).to_numpy(zero_copy_only=False)
    entries = column.flatten().to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(length)]).astype(np.int64), entries


def _pairs(table: Any, name: str) -> Ints:
    pointer, mentor = _lists(table, f"{name}.at")
    mentee = np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))
    return np.column_stack([mentee, mentor]).astype(np.int64)


def _here(mentee: Ints, part: Partition) -> Ints:
    place = mentee - part.first
    return np.where((place >= 0) & (place < part.count), place, -1)


@dataclass(frozen=True)
class _Placed:
    """A source that holds only mentees from `first` on, asked by their place in the whole."""

    source: Any
    shape: tuple[int, int]
    first: int

    def block(self, rows: Ints) -> Any:
        """Return what `source` says of mentees `rows` of the whole."""
        return self.source.block(rows - self.first)


def _mentee_fields(kind: type) -> tuple[str, ...] | None:
    """Return the paths to what has one entry a mentee; None where a class declares nothing.

    Parameters
    ----------
    kind
        A class of `SENT_FIELDS`, one made from such a class without further fields, or one with
        ``by_mentee``.
    """
    own = [base.__name__ for base in kind.__mro__ if base.__module__.startswith("matcher.")]
    listed = [SENT_FIELDS[name] for name in own if name in SENT_FIELDS]
    if not hasattr(kind, "by_mentee"):
        said = {path.split(".")[0] for entry in listed for path in chain(*entry.values())}
        # A class made from a listed one says nothing of the fields that it adds.
        if not listed or {field.name for field in fields(kind)} - said:
            return None
    of_mentees = chain.from_iterable(entry["mentee"] for entry in listed)
    return tuple(dict.fromkeys([*of_mentees, *getattr(kind, "by_mentee", ())]))


def is_declared(value: object) -> bool:
    """Whether of the class of `value` it is said what in it belongs to single mentees."""
    return is_dataclass(value) and _mentee_fields(type(value)) is not None


def changed(value: Any, change: ChangeOfOne, name: str = "") -> Any:
    """Return `value` with `change` applied to every array that has one entry a mentee.

    Raises
    ------
    ConfigError
        For a feature of a kind that does not say what in it belongs to mentees (E_CONFIG).
    """
    if isinstance(value, tuple):
        if set(map(type, value)) == {str}:  # labels: many, and nothing in them
            return value
        parts = [changed(part, change, f"{name}.{k}") for k, part in enumerate(value)]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else tuple(parts)
    paths = _mentee_fields(type(value))
    if paths is None or not is_dataclass(value) or isinstance(value, type):
        if hasattr(value, "stated_by_mentee"):
            message = f"features of {type(value).__name__} cannot be sent to workers"
            remedy = "name its fields with one entry a mentee in by_mentee, or leave Dask"
            raise ConfigError(Finding("E_CONFIG", message, remedy))
        return value
    old = {field.name: getattr(value, field.name) for field in fields(value)}
    new = {key: changed(part, change, f"{name}.{key}") for key, part in old.items()}
    for path in paths:
        head, *rest = path.split(".")
        new[head] = _changed_at(new[head], rest, change, f"{name}.{head}")
    new = {key: part for key, part in new.items() if part is not old[key]}
    return replace(value, **new) if new else value


def _changed_at(value: Any, path: list[str], change: ChangeOfOne, name: str) -> Any:
    """Apply `change` where a declared path ends."""
    if value is None:
        return None
    if not path:
        return change(value, name)
    head, *rest = path
    if not isinstance(value, tuple):
        part = _changed_at(getattr(value, head), rest, change, f"{name}.{head}")
        return replace(value, **{head: part})
    return tuple(
        _changed_at(part, rest, change, f"{name}.{k}") if head in ("*", str(k)) else part
        for k, part in enumerate(value)
    )


def lean(scores: Any) -> Any:
    """Return a source with what its blocks need and nobody's label, where it knows how."""
    return getattr(scores, "nameless", scores)


def placed(scores: Any, first: int, count: int) -> Any:
    """Return a source for `count` mentees from `first` on: 0, 1, ... in what is returned.

    Parameters
    ----------
    scores
        Cut to these mentees as far as it is declared, else whole.
    """
    here = np.arange(count, dtype=np.int64)
    if isinstance(scores, ArrayScores):
        load = None if scores.load is None else placed(scores.load, first, count)
        return replace(scores, scores=placed(scores.scores, first, count), load=load)
    if isinstance(scores, ComputedMatrix):
        # The matrix names rows of the caller in what it finds wrong with them.
        if is_declared(scores.source):
            shape = (first + count, scores.shape[1])
            scores = replace(scores, source=_Placed(scores.source, shape, first))
        return SomeMentees(scores, here + first)
    return SomeMentees(scores, here if is_declared(scores) else here + first)
