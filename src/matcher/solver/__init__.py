"""The solver: portfolios for everybody at once, with a proof of how close to the best they are."""

from matcher.solver.api import solve

__all__ = ["solve"]
