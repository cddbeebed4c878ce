"""The solver: portfolios for everybody at once, with a proof of how close to the best they are."""

from typing import Any

from matcher.solver.api import solve

__all__ = ["solve"]


def __getattr__(name: str) -> Any:
    """Load `solve` when it is first used: it brings in scipy."""
    if name != "solve":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from matcher.solver.api import solve

    globals()["solve"] = solve
    return solve
