"""The independent checker: re-reads, recomputes and re-proves; trusts no solver."""

from matcher.checker.check_run import verify_answer
from matcher.checker.check_solution import VerifyReport, verify_solution

__all__ = ["VerifyReport", "verify_answer", "verify_solution"]
