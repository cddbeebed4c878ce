"""Benchmarks of match quality: methods side by side on cohorts, families and classic instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.bench.compare import METHODS, Plan, check_methods, compare_methods
from matcher.bench.publish import check_vacant, write_files
from matcher.bench.report import as_markdown, as_svg
from matcher.observe import SILENT, Observer

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["METHODS", "Plan", "check_methods", "compare_methods", "run_bench"]


def run_bench(plan: Plan, folder: Path, observer: Observer = SILENT) -> pd.DataFrame:
    """Compare methods and write ``bench.csv``, ``bench.md`` and ``bench.svg`` into `folder`.

    Returns
    -------
    DataFrame
        As `compare_methods`.

    Raises
    ------
    ConfigError, InputError
        Where a method, family, config or cohort is wrong.
    StorageError
        Where the folder holds anything or cannot be written.
    """
    check_methods(plan.methods)
    check_vacant(folder)
    table = compare_methods(plan, observer)
    files = {
        "bench.csv": table.to_csv(index=False, lineterminator="\n"),
        "bench.md": as_markdown(table, time_limit=plan.time_limit),
        "bench.svg": as_svg(table),
    }
    write_files(folder, files)
    return table
