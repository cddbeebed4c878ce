"""The network audit: whom a mentee turns to, what that network gives and what it lacks."""

from matcher.network.audit_form import write_audit_form
from matcher.network.cohort_audit import CohortAudit, audit, audit_cohort

__all__ = ["CohortAudit", "audit", "audit_cohort", "write_audit_form"]
