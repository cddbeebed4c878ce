"""The cohort: who takes part, read from tables, checked, and kept in memory."""

from __future__ import annotations

from matcher.cohort.cohort import Cohort, Index, RowCount
from matcher.cohort.read import check_cohort, read_cohort
from matcher.cohort.tables import SIGNUPS, TABLES

__all__ = ["SIGNUPS", "TABLES", "Cohort", "Index", "RowCount", "check_cohort", "read_cohort"]
