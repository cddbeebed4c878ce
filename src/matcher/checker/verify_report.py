"""What the checker found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matcher.errors import Finding


@dataclass(frozen=True)
class VerifyReport:
    """Verdict of the independent checker on one answer."""

    problems: tuple[Finding, ...]
    """Every fault that was found; warnings do not count against the verdict."""
    objective: float = np.nan
    """Welfare as recomputed, in units of the objective."""
    bound: float = np.inf
    """Upper bound as recomputed from the published duals; inf where none can be proved."""
    tiers: tuple[tuple[str, float], ...] = ()
    """Achieved value of each tier as recomputed, most important first."""
    checked: tuple[str, ...] = ()
    """What was checked, in order, in words."""

    @property
    def ok(self) -> bool:
        """Whether no fault was found."""
        return all(finding.is_warning for finding in self.problems)

    @property
    def gap(self) -> float:
        """``(bound - objective) / max(|bound|, |objective|)``; inf without a bound."""
        if self.bound == self.objective:
            return 0.0
        scale = max(abs(self.bound), abs(self.objective))
        return float((self.bound - self.objective) / scale) if np.isfinite(scale) else np.inf

    def lines(self) -> Iterator[str]:
        """Yield one line a finding, then the verdict."""
        yield from (finding.line() for finding in self.problems)
        yield (
            f"{'OK' if self.ok else 'FAILED'}: objective {self.objective:.6g}, "
            f"re-proved bound {self.bound:.6g}, gap {round(self.gap, 8) + 0.0:.4%}"
        )
