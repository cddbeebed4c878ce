"""Benchmarks of match quality: methods side by side on cohorts, families and classic instances."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from matcher.errors import Finding, StorageError
from matcher.lab.bench_report import as_markdown, as_svg
from matcher.lab.method_comparison import (
    COMPARED_METHODS,
    BenchResult,
    Plan,
    check_methods,
    compare_methods,
)
from matcher.observe import SILENT, Observer

__all__ = [
    "COMPARED_METHODS",
    "BenchResult",
    "Plan",
    "check_methods",
    "compare_methods",
    "run_bench",
]


def run_bench(plan: Plan, folder: Path, observer: Observer = SILENT) -> BenchResult:
    """Compare methods and write the files of a benchmark into `folder`.

    ``bench.csv`` has all figures, ``bench.md`` is to be read, ``bench.svg`` is the chart, and
    ``bench_groups.csv`` the fairness audit of every answer.

    Parameters
    ----------
    plan
        What to run.
    folder
        New or empty folder for the files.
    observer
        Told before each method, cohort and seed.

    Returns
    -------
    BenchResult
        The figures that were written.

    Raises
    ------
    ConfigError, InputError
        Where a method, family, config or cohort is wrong.
    StorageError
        Where the folder holds anything or cannot be written.
    """
    check_methods(plan.methods)
    _check_vacant(folder)
    found = compare_methods(plan, observer)
    files = {
        "bench.csv": found.table.to_csv(index=False, lineterminator="\n"),
        "bench.md": as_markdown(found.table, time_limit=plan.time_limit, tiers=found.tiers),
        "bench.svg": as_svg(found.table),
        "bench_groups.csv": found.groups.to_csv(index=False, lineterminator="\n"),
    }
    _write_files(folder, files)
    return found


def _check_vacant(folder: Path) -> None:
    """Refuse a folder that holds anything, or a file of that name: StorageError E_EXISTS."""
    try:
        vacant = not any(folder.iterdir()) if folder.is_dir() else not folder.exists()
    except (OSError, ValueError) as error:
        raise _unwritable(error) from error
    if not vacant:
        raise StorageError(
            Finding("E_EXISTS", "the output folder exists and is not empty", "name another one")
        )


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by file name into a new or empty folder, with one rename.

    Raises
    ------
    StorageError
        E_EXISTS or E_WRITE; nothing is left behind then.
    """
    _check_vacant(folder)
    try:
        target = folder.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            for name, text in files.items():
                (made / name).write_text(text, encoding="utf-8", newline="\n")
            if target.exists():
                target.rmdir()
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except (OSError, ValueError) as error:
        raise _unwritable(error) from error


def _unwritable(error: Exception) -> StorageError:
    reason = getattr(error, "strerror", None) or "the path is not valid"
    return StorageError(Finding("E_WRITE", f"cannot write the files: {reason}", "choose a folder"))
