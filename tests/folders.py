"""Cohort folders of CSV tables, for tests that go the whole way from tables to a run."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

Rows = list[dict[str, object]]

MENTEES: Rows = [
    {"person_id": f"e{k}", "purposes": purpose, "career_years": 3 + k, "organisation": f"o{k % 2}"}
    for k, purpose in enumerate(
        ["personal", "strategic", "operational;personal", "strategic", "personal;strategic", ""]
    )
]
MENTORS: Rows = [
    {"person_id": f"r{k}", "purposes": purpose, "career_years": 20, "capacity": places}
    for k, (purpose, places) in enumerate(
        [("personal", 2), ("strategic", 2), ("operational", 1), ("personal;strategic", 1)]
    )
]


def write_table(folder: Path, name: str, rows: Rows) -> None:
    """Write one table; cells that a row lacks are empty."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_cohort(folder: Path, tables: Mapping[str, Rows] | None = None) -> Path:
    """Write a cohort of six mentees and four mentors; `tables` replaces or adds some."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"mentees": MENTEES, "mentors": MENTORS, **(tables or {})}.items():
        write_table(folder, name, rows)
    return folder
