"""How a cohort is read: raw tables in, typed and checked tables out."""

from matcher.intake.read import check_cohort, read_cohort

__all__ = ["check_cohort", "read_cohort"]
