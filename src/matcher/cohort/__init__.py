"""What a cohort is: its tables and columns, ids, and the tables in memory."""

from matcher.cohort.cohort import Cohort, Index, RowCount
from matcher.cohort.tables import SIGNUPS, TABLES

__all__ = ["SIGNUPS", "TABLES", "Cohort", "Index", "RowCount"]
