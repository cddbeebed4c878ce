"""The independent checker: re-reads, recomputes and re-proves; trusts no solver."""

from matcher.verify.report import VerifyReport
from matcher.verify.run import verify
from matcher.verify.solution import verify_solution

__all__ = ["VerifyReport", "verify", "verify_solution"]
