"""In words: on which values of the config pairs hang, and which change nothing, and why."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matcher.features.base import Block
from matcher.problem.instance import Instance
from matcher.text import listed, shortened

VALUES_NAMED = 6
"""Values that the terminal names of each kind; the table holds all."""
ROWS = 200
"""Mentees whose pairs are compared at a time."""

STAYS = "the best match stays the same"
_ONE_SIDE = {
    (False, False): "nobody answered",
    (True, False): "no mentor answered",
    (False, True): "no mentee answered",
    (True, True): "no pair of a mentee and a mentor both answered",
}


def what_matters(instance: Instance, table: pd.DataFrame) -> list[str]:
    """Return what a sensitivity found, a line for what pairs hang on and one a reason for the rest.

    Parameters
    ----------
    instance
        Cohort and config as given.
    table
        The table of a `Sensitivity`: one row a value and factor.
    """
    most = table.groupby("feature", sort=False)["share_pairs_changed"].max()
    moving = most[most > 0].sort_values(ascending=False, kind="stable")
    told = [f"{name} (up to {share:.0%} change)" for name, share in moving.items()]
    low, high = table["factor"].min(), table["factor"].max()
    by_itself = f"each by itself times {low:g} to {high:g}"
    hang = f"Pairs hang on {shortened(told, VALUES_NAMED)}" if told else "No pair hangs on a value"
    still = dict(_still(instance, [str(name) for name in most[most == 0].index]))
    reasons = dict.fromkeys(still.values())
    silent = {why: [name for name, its in still.items() if its == why] for why in reasons}
    return [
        f"{hang}, {by_itself}.",
        *(f"Changes nothing: {listed(names)} ({why})." for why, names in silent.items()),
    ]


def _still(instance: Instance, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield why each value changes no pair."""
    features, config = instance.features, instance.config
    weights = {block.name: block.weight for block in config.features}
    alone = sum(weight > 0 for weight in weights.values()) == 1
    for name in names:
        if name not in weights:
            value = getattr(config.portfolio, name, config.objective.fairness)
            yield name, STAYS if value else "set to 0"
        elif name in features.not_asked:
            yield name, "nobody was asked"
        elif weights[name] == 0:
            yield name, "no weight"
        else:
            why = _unmoved(instance, features.names.index(name))
            yield name, why or ("no other has weight" if alone else STAYS)


def _unmoved(instance: Instance, feature: int) -> str:
    """Return why a feature with weight tells no pairs apart, empty where it does."""
    features, (n, m) = instance.features, instance.features.shape
    low, high, answered = np.inf, -np.inf, False
    for start in range(0, n, ROWS):
        rows = np.arange(start, min(start + ROWS, n))
        approach = instance.candidates.block(rows)
        found = features.compare(feature, Block(rows, m), approach)
        value, known = found.values, found.answered  # noqa: PD011 no frame
        allowed = approach >= 0
        answered |= bool((known & allowed).any())
        low = min(low, value[allowed].min(initial=np.inf))
        high = max(high, value[allowed].max(initial=-np.inf))
    if not answered:
        sides = [bool(features.stated(side)[feature].any()) for side in ("mentee", "mentor")]
        return _ONE_SIDE[sides[0], sides[1]]
    return "" if high > low else "the same for every pair"
