"""How methods stand on one cohort: means over seeds, and who is best at the best tiers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

Goals = tuple[float, ...]

ROUNDING = 1e-9
"""Share by which floats may differ: objectives as close are one."""


@dataclass(frozen=True)
class Standing:
    """Methods that answered on a cohort, in the order of the table."""

    means: pd.DataFrame
    """Numbers by method, means over seeds."""
    goals: dict[str, Goals]
    """Mean of each tier by method."""
    missed: dict[str, int]
    """Seeds on which a method has no answer."""
    gap_on_some_only: frozenset[str]
    """Methods whose gap is known on some of their seeds, not on all."""

    @property
    def best_goals(self) -> Goals:
        """What the best method achieves of the tiers, the first counting most."""
        return max((self.goals[name] for name in self.steady), default=())

    @property
    def steady(self) -> list[str]:
        """Methods that answered on most seeds: means over others cannot be compared with theirs."""
        least = min((self.missed[name] for name in self.goals), default=0)
        return [name for name in self.goals if self.missed[name] == least]

    @property
    def best(self) -> str:
        """The method with the largest objective among those with the best tiers."""
        at_best = [name for name in self.steady if self.goals[name] == self.best_goals]
        objective = self.means["objective"]
        return max(at_best, key=lambda name: float(objective[name]), default="")

    @property
    def leaders(self) -> list[str]:
        """Methods that reach the objective of the best one at the best tiers, itself included."""
        objective = self.means["objective"]
        at_best = [name for name in self.steady if self.goals[name] == self.best_goals]
        if not at_best:
            return []
        least = float(objective[self.best]) - ROUNDING * abs(float(objective[self.best]))
        return [name for name in at_best if float(objective[name]) >= least]

    @property
    def shares(self) -> dict[str, float]:
        """Objective of each method as a share of the best one's; 0 where that is not positive."""
        if not self.best:
            return {}
        top = float(self.means["objective"][self.best])
        return {
            str(name): float(value) / top if top > 0 else 0.0
            for name, value in self.means["objective"].items()
        }


def standing_of(rows: pd.DataFrame) -> Standing:
    """Return the standing of the methods in the rows of one cohort."""
    ran = rows[rows["objective"].notna()]
    numbers = ran.drop(columns=["cohort", "tier", "note"], errors="ignore")
    goals = {
        str(method): tuple(np.mean([_tiers_in(tier) for tier in group], axis=0).tolist())
        for method, group in ran.groupby("method", sort=False)["tier"]
    }
    seeds = rows["seed"].nunique()
    answered = ran.groupby("method", sort=False)["seed"].nunique()
    missed = {
        str(method): int(seeds - answered.get(method, 0)) for method in rows["method"].unique()
    }
    gaps = ran["gap"].notna().groupby(ran["method"])
    some = gaps.any() & ~gaps.all()
    return Standing(
        numbers.groupby("method", sort=False).mean(),
        goals,
        missed,
        frozenset(str(method) for method in some.index[some]),
    )


def _tiers_in(tier: object) -> list[float]:
    """Return the numbers of a cell of the column `tier`."""
    return [float(part) for part in str(tier).split(";") if part not in ("", "nan")]
