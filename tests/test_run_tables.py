"""What a run folder holds is what is declared, and it reads back as it was."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from matcher.errors import StorageError
from matcher.privacy.pseudonyms import PATTERN
from matcher.run import run_match
from matcher.run_tables import (
    RUN_TABLES,
    SUMMARY,
    Holds,
    as_written,
    check_declared,
    csv_bytes,
    frame_of,
    may_see,
    read_table,
)
from matcher.vocabulary import FACET_GROUPS, Audience, AuditAxis, NetworkBenefit, Purpose

MATCH = ("a", "x", "reverse", True, 0.5, "mentor", ("context.confidence",), 2.0, 1, False)


def test_a_table_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Flags, lists, empty answers and floats come back typed."""
    cells = [(*MATCH, None, True, ("lead",)), ("=b", *MATCH[1:], False, None, ())]
    frame = frame_of("matches", cells)
    (tmp_path / "matches.csv").write_bytes(csv_bytes("matches", frame))
    again = read_table(tmp_path, "matches")
    pd.testing.assert_frame_equal(again, frame, check_dtype=False)
    assert again["locked"].dtype == bool


def test_a_table_that_is_not_there_has_its_columns(tmp_path: Path) -> None:
    """Nobody asks whether a file exists before asking what is in it."""
    frame = read_table(tmp_path, "mentors")
    declared = RUN_TABLES["mentors"].columns
    assert list(frame.columns) == [name for name, column in declared.items() if column.file]
    assert {"mentor_id", "capacity", "used", "price"} <= set(frame.columns)
    assert math.isclose(frame["price"].sum(), 0.0)


def test_a_lost_column_is_told(tmp_path: Path) -> None:
    """A file that somebody cut is not read as if it were empty."""
    (tmp_path / "mentors.csv").write_text("mentor_id,capacity,used\nx,1,1\n")
    with pytest.raises(StorageError, match="E_MISSING_COLUMN"):
        read_table(tmp_path, "mentors")


def _one_mentor() -> pd.DataFrame:
    columns = [name for name, column in RUN_TABLES["mentors"].columns.items() if column.file]
    return pd.DataFrame([dict.fromkeys(columns, 0.0) | {"mentor_id": "x"}])


def test_a_column_declared_but_not_made_fails() -> None:
    """Whoever declares a column has to compute it."""
    frame = _one_mentor()
    with pytest.raises(ValueError, match=r"declared but not made \['price'\]"):
        csv_bytes("mentors", frame.drop(columns="price"))


def test_a_column_made_but_not_declared_fails() -> None:
    """Nothing is written that the data dictionary does not explain."""
    frame = _one_mentor().assign(charm=1)
    with pytest.raises(ValueError, match=r"not declared \['charm'\]"):
        as_written("mentors", frame)
    with pytest.raises(ValueError, match="summary"):
        check_declared(SUMMARY, ["charm"])


def test_every_audience_sees_less_than_the_one_before() -> None:
    """Prices are the coordinator's, people are not the board's."""
    assert may_see(Audience.COORDINATOR, "mentors", "price")
    assert not may_see(Audience.PANEL, "mentors", "price")
    assert may_see(Audience.PANEL, "matches", "mentor_id")
    assert not may_see(Audience.BOARD, "matches", "mentor_id")
    assert may_see(Audience.BOARD, "groups", "value")


def test_columns_that_follow_the_vocabulary_are_declared() -> None:
    """A new facet group, axis, purpose or benefit needs its column."""
    assert set(FACET_GROUPS) <= set(RUN_TABLES["portfolios"].columns)
    wanted = {f"axis_{axis}" for axis in AuditAxis} | {f"purpose_{one}" for one in Purpose}
    wanted |= {f"benefit_{benefit}" for benefit in NetworkBenefit}
    assert wanted <= set(RUN_TABLES["profiles"].columns)


@pytest.mark.slow
def test_a_run_under_pseudonyms_names_people_only_where_declared(
    root: Path, tmp_path: Path
) -> None:
    """Every table written is declared; ids stand in columns that say so, names nowhere."""
    run = run_match(root / "examples" / "cohort", output=tmp_path / "run", pseudonymise=True,
                    key=tmp_path / "key")  # fmt: skip
    for path in run.glob("*.csv"):
        frame = pd.read_csv(path, dtype="str", keep_default_na=False)
        for name, column in RUN_TABLES[path.stem].columns.items():
            if not column.file or name not in frame.columns:
                continue
            cells = frame[name]
            if column.holds is Holds.NOBODY:
                assert not cells.str.contains(PATTERN).any(), (path.stem, name)
            if column.holds in (Holds.PERSON, Holds.ADDRESS):
                assert cells[cells != ""].str.fullmatch(PATTERN.pattern).all(), (path.stem, name)
            if column.holds is Holds.NAME:
                assert (cells == "").all(), (path.stem, name)
