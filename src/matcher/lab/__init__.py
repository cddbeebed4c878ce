"""Benchmarks of match quality: methods side by side on cohorts, families and classic instances."""

from pathlib import Path

from matcher.lab.bench_files import check_vacant, write_files
from matcher.lab.bench_report import as_markdown, as_svg
from matcher.lab.method_comparison import METHODS, BenchResult, Plan, check_methods, compare_methods
from matcher.observe import SILENT, Observer

__all__ = ["METHODS", "BenchResult", "Plan", "check_methods", "compare_methods", "run_bench"]


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

    Raises
    ------
    ConfigError, InputError
        Where a method, family, config or cohort is wrong.
    StorageError
        Where the folder holds anything or cannot be written.
    """
    check_methods(plan.methods)
    check_vacant(folder)
    found = compare_methods(plan, observer)
    files = {
        "bench.csv": found.table.to_csv(index=False, lineterminator="\n"),
        "bench.md": as_markdown(found.table, time_limit=plan.time_limit, tiers=found.tiers),
        "bench.svg": as_svg(found.table),
        "bench_groups.csv": found.groups.to_csv(index=False, lineterminator="\n"),
    }
    write_files(folder, files)
    return found
