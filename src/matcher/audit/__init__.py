"""The network audit: whom a mentee turns to, what that network gives and what it lacks."""

from matcher.audit.assemble import Audit, audit, audit_cohort
from matcher.audit.form import write_audit_form

__all__ = ["Audit", "audit", "audit_cohort", "write_audit_form"]
