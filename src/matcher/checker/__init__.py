"""The independent checker: re-reads, recomputes and re-proves; trusts no solver."""

from matcher.checker.check_run import verify
from matcher.checker.check_solution import verify_solution
from matcher.checker.verify_report import VerifyReport

__all__ = ["VerifyReport", "verify", "verify_solution"]
