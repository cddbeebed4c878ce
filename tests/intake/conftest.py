"""Small cohorts written to disk for the tests of reading."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from matcher.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake import check_cohort, read_cohort

TODAY = date(2026, 6, 1)
"""A fixed today, so that no test depends on the clock."""

VALID = {
    "mentees": "person_id,name,organisation,contexts,need_why\n"
    "e1,Ada Invented,North,confidence;career_development,3\n"
    "e2,Ben Invented,South,,\n",
    "mentors": "person_id,name,capacity,contexts\n"
    "r1,Cas Invented,2,confidence\n"
    "r2,Dee Invented,,managing_change\n",
}
"""A cohort without a fault."""


class Folder:
    """A cohort folder that starts valid; tests replace or add tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for table, text in VALID.items():
            self.write(table, text)

    def write(self, table: str, content: str | bytes, suffix: str = ".csv") -> Path:
        """Write one table; text is stored as UTF-8, byte for byte."""
        target = self.path / f"{table}{suffix}"
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def read(self, **config: object) -> Cohort:
        """Read with a config of the given sections."""
        return read_cohort(self.path, Config.model_validate(config), today=TODAY)

    def aside(self, **config: object) -> Cohort:
        """Read, setting people with faults aside."""
        settings = Config.model_validate(config)
        return read_cohort(self.path, settings, set_aside=True, today=TODAY)

    def check(self, **config: object) -> list[Finding]:
        """Return every finding."""
        return check_cohort(self.path, Config.model_validate(config), today=TODAY)

    def codes(self, **config: object) -> set[str]:
        """Return the codes of every finding."""
        return {finding.code for finding in self.check(**config)}

    def only(self, code: str, **config: object) -> list[Finding]:
        """Return the findings of one code."""
        return [finding for finding in self.check(**config) if finding.code == code]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a valid cohort folder."""
    return Folder(tmp_path)
