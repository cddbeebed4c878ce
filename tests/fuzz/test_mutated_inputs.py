"""A bounded run of the fuzzers; ``python -m tests.fuzz`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz.invariant import KINDS, broken, write_input
from tests.fuzz.mutated_tables import TABLES
from tests.fuzz.mutated_workbooks import valid_parts
from tests.workbooks import zipped

RUNS = 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_input_the_contract_holds(tmp_path: Path, kind: str) -> None:
    """Codes, lines, counts of rows and the folder are as promised, whatever was handed in."""
    for number in range(RUNS):
        place = tmp_path / str(number)
        place.mkdir()
        assert broken(write_input(kind, 14, number, place), number) == [], f"{kind} {number}"


@pytest.mark.slow
def test_the_inputs_start_from_valid_ones(tmp_path: Path) -> None:
    """What is mutated would match as it stands, so that faults are those put in."""
    from matcher.cli.main import run

    (tmp_path / "cohort.xlsx").write_bytes(zipped(valid_parts()))
    assert run(["check", str(tmp_path / "cohort.xlsx")]) == 0
    place = tmp_path / "tables"
    place.mkdir()
    for name in ("mentees", "mentors", "rules", "preferences", "engagements", "groups"):
        (place / f"{name}.csv").write_text(TABLES[name], encoding="utf-8")
    assert run(["check", str(place)]) == 0
