"""Make ``examples/cohort`` anew: ``python examples/make_cohort.py``; the same files every time."""

from __future__ import annotations

from pathlib import Path

from matcher.lab.synthetic import make_cohort, write_cohort

FAMILY = "example"
SEED = 20260630


def main() -> None:
    """Write the example cohort beside this script."""
    write_cohort(make_cohort(FAMILY, SEED), Path(__file__).parent / "cohort")


if __name__ == "__main__":
    main()
