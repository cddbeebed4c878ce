"""Who is in which group? An attack on the fairness audit of a run, with everything it publishes.

``python benchmarks/group_attack.py RUN`` reads what anybody reads who is given the run: each
person's own value and number of mentors (``portfolios.csv``), and what is told of groups
(``groups.csv``). It says how many people's groups these figures settle. Two attacks:

- `memberships` lists every subset of a size whose means fit, meeting in the middle: 2^20 halves for
  40 people. Exact means leave one subset, a second's work.
- `Told` takes rounded figures with all that is known of how they are made. `settled` asks CP-SAT
  of each person and group whether both answers fit all figures of an attribute together; `chances`
  walks through memberships that fit, each as often as its figures would be told of it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from matcher.evaluate.groups import BLUR, ROUNDING, Steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCALE = 1_000_000
"""Whole numbers a unit, for CP-SAT: constraints are rounded outwards."""


def own_values(portfolios: pd.DataFrame) -> pd.DataFrame:
    """Return each mentee's own figures by metric of the audit, from ``portfolios.csv``.

    The share of one's need that is covered stands there for groups of facets alone, rounded by
    nothing but not as the audit takes it; the test hands it to the attack.
    """
    count = portfolios["n_mentors"].astype(float)
    return pd.DataFrame(
        {"value": portfolios["value"], "matched": (count > 0).astype(float), "mentors": count}
    )


def memberships(own: Floats, size: int, low: Floats, high: Floats, most: int = 5_000_000) -> Floats:
    """Return every subset of `size` people whose means lie between two ends, as (k, n) bools.

    Parameters
    ----------
    own
        (n, metrics) of each person.
    size
        People in the group.
    low, high
        (metrics,) ends of what is told of the means; the first metric should be the finest.
    most
        Where more subsets than this fit the first metric, a ValueError says how many.
    """
    n, half = len(own), len(own) // 2
    left, right = _subsets(own[:half]), _subsets(own[half:])
    found, fitting = [], 0
    for count in range(max(0, size - (n - half)), min(half, size) + 1):
        a, b = left[count], right[size - count]
        order = np.argsort(b.sums[:, 0])
        sums = b.sums[order, 0]
        first = np.searchsorted(sums, low[0] * size - a.sums[:, 0], "left")
        last = np.searchsorted(sums, high[0] * size - a.sums[:, 0], "right")
        hits = last - first
        fitting += int(hits.sum())
        if fitting > most:
            continue
        i = np.repeat(np.arange(len(hits)), hits)
        j = order[
            np.repeat(first, hits) + np.arange(len(i)) - np.repeat(hits.cumsum() - hits, hits)
        ]
        mean = (a.sums[i] + b.sums[j]) / size
        fits = ((mean >= low) & (mean <= high)).all(axis=1)
        found.append(np.hstack([a.people(half)[i[fits]], b.people(n - half)[j[fits]]]))
    if fitting > most:
        message = f"{fitting} subsets fit"
        raise ValueError(message)
    return np.concatenate(found)


@dataclass(frozen=True)
class _Subsets:
    """Subsets of one size of half of the people: a bit a person, and the sums of their figures."""

    bits: NDArray[np.int64]
    sums: Floats

    def people(self, n: int) -> NDArray[np.bool_]:
        return (self.bits[:, None] >> np.arange(n)) & 1 == 1


def _subsets(own: Floats) -> list[_Subsets]:
    sums, count = np.zeros((1, own.shape[1])), np.zeros(1, dtype=np.int64)
    for person in own:
        sums, count = np.concatenate([sums, sums + person]), np.concatenate([count, count + 1])
    bits = np.arange(len(sums))
    return [_Subsets(bits[count == k], sums[count == k]) for k in range(len(own) + 1)]


@dataclass(frozen=True)
class Told:
    """What one attribute's rows tell, for an attacker who knows how they are made."""

    own: Floats
    """(n, metrics)"""
    groups: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    """Least and largest size that each group can have."""
    size: tuple[int, ...]
    """The rounded size; 0 where it is hidden."""
    steps: tuple[tuple[tuple[Steps, int], ...], ...]
    """By group and metric: the steps, and which one is told; empty where hidden."""

    @classmethod
    def read(cls, own: pd.DataFrame, rows: pd.DataFrame) -> Told:
        """Read the rows of one attribute of ``groups.csv``."""
        n, groups, sizes, size, steps = len(own), [], [], [], []
        cells = rows[rows["statistic"] == "by_group"]
        for group, part in cells.groupby("group", sort=False):
            groups.append(str(group))
            text = str(part["n"].iloc[0])
            told = int(text) if text.isdigit() else 0
            size.append(told)
            sizes.append(_possible(text, told, n))
            metrics = part.set_index("metric")["value"]
            steps.append(
                tuple(_step(own[m].to_numpy(), told, metrics[m]) for m in own) if told else ()
            )
        return cls(own.to_numpy(), tuple(groups), tuple(sizes), tuple(size), tuple(steps))

    def bounds(self, group: int) -> list[tuple[float, float]]:
        """Return by metric between which means the group's lies for certain."""
        ends = []
        for steps, step in self.steps[group]:
            low, high = ((step + side * (0.5 + BLUR)) * steps.width for side in (-1, 1))
            low = -np.inf if step == steps.furthest[0] else low
            high = np.inf if step == steps.furthest[1] else high
            ends.append((steps.centre + low - 1e-9, steps.centre + high + 1e-9))
        return ends

    def likelihood(self, label: NDArray[np.int64]) -> Floats:
        """Return how likely each membership (chains, n) makes the figures told."""
        chance = np.ones(len(label))
        for g in range(len(self.groups)):
            inside = label == g
            count = inside.sum(axis=1)
            low, high = self.sizes[g]
            chance *= (count >= low) & (count <= high)
            if not self.size[g]:
                continue
            if self.size[g] < len(self.own):
                chance *= np.maximum(0.0, 1 - np.abs(count - self.size[g]) / ROUNDING)
            mean = inside @ self.own / np.maximum(count, 1)[:, None]
            for m, (steps, step) in enumerate(self.steps[g]):
                chance *= _chance(mean[:, m], steps, step)
        return chance


def _possible(text: str, told: int, n: int) -> tuple[int, int]:
    if told:
        return max(1, told - ROUNDING + 1), min(n, told + ROUNDING - 1)
    return (0, int(text[1:]) - 1) if text.startswith("<") else (1, n)


def _step(own: Floats, size: int, value: float) -> tuple[Steps, int]:
    steps = Steps.of(np.sort(own), size)
    known = range(steps.furthest[0], steps.furthest[1] + 1)
    return steps, min(known, key=lambda step: abs(steps.told(step)[0] - value))


def _chance(mean: Floats, steps: Steps, step: int) -> Floats:
    if steps.width == 0:
        return np.ones(len(mean))
    at = (mean - steps.centre) / steps.width
    below = np.clip((step - 0.5 - at + BLUR) / (2 * BLUR), 0, 1)
    above = np.clip((step + 0.5 - at + BLUR) / (2 * BLUR), 0, 1)
    below = np.zeros(len(mean)) if step == steps.furthest[0] else below
    above = np.ones(len(mean)) if step == steps.furthest[1] else above
    return np.asarray(above - below)


def settled(told: Told, runs: tuple[Told, ...] = ()) -> list[tuple[int, str, bool]]:
    """Return each (person, group, answer) that all figures together leave no choice about.

    Parameters
    ----------
    told
        The figures of one attribute of a run.
    runs
        The same people and attribute in further runs.
    """
    model, member = _model((told, *runs))
    seen: set[tuple[int, int, bool]] = set()
    alone = []
    for i in range(len(told.own)):
        for g, group in enumerate(told.groups):
            for answer in (True, False):
                if (i, g, answer) in seen:
                    continue
                model.clear_assumptions()
                model.add_assumptions([member[i][g] if answer else ~member[i][g]])
                solver = cp_model.CpSolver()
                solver.parameters.num_workers = 1
                solver.parameters.max_time_in_seconds = 20
                if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                    seen |= {
                        (a, b, solver.boolean_value(cell))
                        for a, row in enumerate(member)
                        for b, cell in enumerate(row)
                    }
                else:
                    alone.append((i, group, not answer))
    return alone


def _model(runs: tuple[Told, ...]) -> tuple[cp_model.CpModel, list[list[cp_model.IntVar]]]:
    model, first = cp_model.CpModel(), runs[0]
    member = [
        [model.new_bool_var(f"{i}:{g}") for g in range(len(first.groups))]
        for i in range(len(first.own))
    ]
    for row in member:
        model.add_exactly_one(row)
    for told in runs:
        for g in range(len(told.groups)):
            people = [row[g] for row in member]
            model.add_linear_constraint(sum(people), *told.sizes[g])
            for m, (low, high) in enumerate(told.bounds(g) if told.size[g] else ()):
                own = told.own[:, m]
                if np.isfinite(low):  # sum of (own - low) over the group >= 0, rounded outwards
                    weight = np.ceil((own - low) * SCALE).astype(int).tolist()
                    model.add(cp_model.LinearExpr.weighted_sum(people, weight) >= 0)
                if np.isfinite(high):
                    weight = np.floor((own - high) * SCALE).astype(int).tolist()
                    model.add(cp_model.LinearExpr.weighted_sum(people, weight) <= 0)
    return model, member


def chances(
    told: Told, runs: tuple[Told, ...] = (), *, chains: int = 400, moves: int = 4000, seed: int = 0
) -> Floats:
    """Return (n, groups) how likely each person is in each group, given all figures told.

    A Metropolis walk of many chains from memberships that fit: two people change places, or one
    moves to another group. Before anything is told, every membership is as likely as another.

    Parameters
    ----------
    told, runs
        As for `settled`.
    chains, moves, seed
        Size of the walk; its first half is not counted.
    """
    rng = np.random.default_rng(seed)
    every = (told, *runs)
    label = np.tile(_fitting(every), (chains, 1))
    row, n, groups = np.arange(chains), label.shape[1], len(told.groups)
    weight = np.prod([each.likelihood(label) for each in every], axis=0)
    total = np.zeros((n, groups))
    for move in range(moves):
        a, b = rng.integers(n, size=(2, chains))
        new = label.copy()
        if move % 2:
            new[row, a], new[row, b] = label[row, b], label[row, a]
        else:
            new[row, a] = rng.integers(groups, size=chains)
        likely = np.prod([each.likelihood(new) for each in every], axis=0)
        taken = (likely > 0) & (rng.random(chains) * weight <= likely)
        label[taken], weight[taken] = new[taken], likely[taken]
        if move >= moves // 2:
            total += (label[:, :, None] == np.arange(groups)).sum(axis=0)
    return np.asarray(total / total.sum(axis=1, keepdims=True))


def _fitting(runs: tuple[Told, ...]) -> NDArray[np.int64]:
    """Return a membership that fits."""
    model, member = _model(runs)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        message = "no membership fits these figures"
        raise ValueError(message)
    return np.array([[solver.boolean_value(cell) for cell in row] for row in member]).argmax(axis=1)


def main(folders: list[str]) -> int:
    """Print what the figures of a run, or of several of the same people, tell of each attribute."""
    anybody = False
    runs = [Path(folder) for folder in folders]
    own = [own_values(pd.read_csv(run / "portfolios.csv")) for run in runs]
    rows = [pd.read_csv(run / "groups.csv") for run in runs]
    for attribute in rows[0]["attribute"].unique():
        told = tuple(
            Told.read(mine, each[each["attribute"] == attribute])
            for mine, each in zip(own, rows, strict=True)
        )
        alone, likely = settled(told[0], told[1:]), chances(told[0], told[1:])
        anybody |= bool(alone)
        for g, group in enumerate(told[0].groups):
            who = [person for person, name, _ in alone if name == group]
            between = f"{likely[:, g].min():.2f} to {likely[:, g].max():.2f}"
            print(
                f"{attribute} {group}: {len(who)} of {len(likely)} people settled; "
                f"chances between {between}"
            )
    return int(anybody)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
