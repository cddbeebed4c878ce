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
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from matcher.cli.options import source_of
from matcher.config import load_config
from matcher.evaluate.groups import (
    BLUR,
    ELSEWHERE,
    NOT_LISTED,
    ROUNDING,
    SURELY_LISTED,
    Steps,
)
from matcher.intake.read import read_cohort
from matcher.programme.board_page import pairs_of_round, stages_reached
from matcher.report.run_data import RunData

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int64]
    Member = list[list[cp_model.IntVar]]

LEAST = 10
"""Smallest group that is shown."""
SCALE = 1_000_000
"""Whole numbers a unit, for CP-SAT: constraints are rounded outwards."""


def own_values(portfolios: pd.DataFrame) -> pd.DataFrame:
    """Return each mentee's own figures by metric of the audit, from ``portfolios.csv``.

    The share of one's need that is covered stands there for groups of facets alone, rounded by
    nothing but not as the audit takes it; the test hands it to the attack.
    """
    count = portfolios["n_mentors"].astype(float)
    return portfolios[["value"]].assign(matched=(count > 0).astype(float), mentors=count)


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
    people: tuple[str, ...]
    sizes: dict[str, tuple[int, int]]
    """By group that is listed: least and largest size that it can have."""
    size: dict[str, int]
    """The rounded size; 0 where it is hidden."""
    steps: dict[str, tuple[tuple[Steps, int], ...]]
    """By metric: the steps, and which one is told; empty where hidden."""

    @classmethod
    def read(cls, own: pd.DataFrame, rows: pd.DataFrame) -> Told:
        """Read the rows of one attribute of ``groups.csv``; `own` has people as its index."""
        n, sizes, size, steps = len(own), {}, {}, {}
        cells = rows[rows["statistic"] == "by_group"]
        own = own[[metric for metric in own if metric in set(cells["metric"])]]
        for group, part in cells.groupby("group", sort=False):
            name, text = str(group), str(part["n"].iloc[0])
            told = int(text) if text.isdigit() else 0
            size[name], sizes[name] = told, _possible(text, told, n)
            metrics = part.set_index("metric")["value"]
            steps[name] = (
                tuple(_step(own[m].to_numpy(), told, metrics[m]) for m in own) if told else ()
            )
        return cls(own.to_numpy(), tuple(map(str, own.index)), sizes, size, steps)

    def bounds(self, group: str) -> list[tuple[float, float]]:
        """Return by metric between which means that of those counted in a group is for certain."""
        ends = []
        for steps, step in self.steps.get(group, ()):
            width = steps.width * (1 - ELSEWHERE)
            low, high = ((step + side * (0.5 + BLUR)) * width for side in (-1, 1))
            low = -np.inf if step == steps.furthest[0] else low
            high = np.inf if step == steps.furthest[1] else high
            ends.append((steps.centre + low - 1e-9, steps.centre + high + 1e-9))
        return ends

    def of_sizes(self, label: Labels, groups: tuple[str, ...]) -> Floats:
        """Return how likely the sizes told are where people are: (chains, n) places in `groups`."""
        chance = np.ones(len(label))
        for g, group in enumerate(groups):
            size = (label == g).sum(axis=1)
            listed = np.clip((size - NOT_LISTED) / (SURELY_LISTED - NOT_LISTED), 0, 1)
            chance *= listed if group in self.sizes else 1 - listed
            if group not in self.sizes:
                continue
            low, high = self.sizes[group]
            chance *= (size >= low) & (size <= high)
            by_chance = np.clip((size - LEAST + 1) / ROUNDING, 0, 1)
            if self.size[group]:
                chance *= by_chance
                if self.size[group] < len(self.own):
                    chance *= np.maximum(0.0, 1 - np.abs(size - self.size[group]) / ROUNDING)
            elif low < LEAST:
                chance *= 1 - by_chance
        return chance

    def of_means(self, counted: Labels, groups: tuple[str, ...]) -> Floats:
        """Return how likely the steps told are where people count."""
        chance = np.ones(len(counted))
        for g, group in enumerate(groups):
            inside = counted == g
            mean = inside @ self.own / np.maximum(inside.sum(axis=1), 1)[:, None]
            for m, (steps, step) in enumerate(self.steps.get(group, ())):
                chance *= _chance(mean[:, m], steps, step)
        return chance


def _possible(text: str, told: int, n: int) -> tuple[int, int]:
    if told:
        return max(LEAST, told - ROUNDING + 1), min(n, told + ROUNDING - 1)
    return (NOT_LISTED + 1, LEAST + ROUNDING - 2) if text.startswith("<") else (LEAST, n)


def _step(own: Floats, size: int, value: float) -> tuple[Steps, int]:
    steps = Steps.of(np.sort(own), size)
    known = range(steps.furthest[0], steps.furthest[1] + 1)
    return steps, min(known, key=lambda step: abs(steps.told(step)[0] - value))


def _chance(mean: Floats, steps: Steps, step: int) -> Floats:
    if steps.width == 0:
        return np.ones(len(mean))
    at = (mean - steps.centre) / steps.width / (1 - ELSEWHERE)
    below = np.clip((step - 0.5 - at + BLUR) / (2 * BLUR), 0, 1)
    above = np.clip((step + 0.5 - at + BLUR) / (2 * BLUR), 0, 1)
    below = np.zeros(len(mean)) if step == steps.furthest[0] else below
    above = np.ones(len(mean)) if step == steps.furthest[1] else above
    return np.asarray(above - below)


UNLISTED = "(not listed)"
"""Where somebody can be whose group is too small to be named."""


_MOVED = (slice(0, 2), slice(0, 1), slice(1, 2))
"""Of a person: where they are and count, where they are, where they count."""


@dataclass(frozen=True)
class Year:
    """All that was told of an attribute, one page after the other, of people who come and go."""

    pages: tuple[Told, ...]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Everybody who was there at any time."""
        return tuple(dict.fromkeys(person for told in self.pages for person in told.people))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Every group that was ever listed, and the one of those who are in none."""
        return (*dict.fromkeys(name for told in self.pages for name in told.sizes), UNLISTED)

    @cached_property
    def _there(self) -> list[NDArray[np.int64]]:
        at = pd.Index(self.people)
        return [at.get_indexer(list(told.people)) for told in self.pages]

    def likelihood(self, label: Labels, counted: Labels) -> Floats:
        """Return how likely all pages are: (chains, people) who is, and who counts, where.

        The same people are told in the same sizes on every page, which tells nothing twice.
        """
        chance, known = np.ones(len(label)), set()
        for told, there in zip(self.pages, self._there, strict=True):
            if told.people not in known:
                chance *= told.of_sizes(label[:, there], self.groups)
                known.add(told.people)
            chance *= told.of_means(counted[:, there], self.groups)
        return chance

    def settled(self) -> list[tuple[str, str, bool]]:
        """Return each (person, group, answer) of those who count that nothing else fits."""
        model, _, counted = self._model()
        seen: set[tuple[int, int, bool]] = set()
        alone = []
        for i, person in enumerate(self.people):
            for g, group in enumerate(self.groups):
                for answer in (True, False):
                    if (i, g, answer) in seen:
                        continue
                    model.clear_assumptions()
                    model.add_assumptions([counted[i][g] if answer else ~counted[i][g]])
                    if (found := _solved(model, counted)) is None:
                        alone.append((person, group, not answer))
                    else:
                        seen |= {(*at, bool(is_in)) for at, is_in in np.ndenumerate(found[0])}
        return alone

    def chances(self, *, chains: int = 400, moves: int = 4000, seed: int = 0) -> Floats:
        """Return (people, groups) how likely each person is in each group, given all figures told.

        A Metropolis walk of many chains from memberships that fit: two people change places, or
        one is in, counts in, or both, another group. Before anything is told, every membership
        is as likely as another.

        Parameters
        ----------
        chains, moves, seed
            Size of the walk; its first half is not counted.
        """
        rng = np.random.default_rng(seed)
        model, member, counted = self._model()
        for own, other in zip(member, counted, strict=True):
            for cell, same in zip(own, other, strict=True):
                model.add(cell == same)
        start = _solved(model, member, counted) or _solved(*self._model())
        if start is None:
            message = "no membership fits these figures"
            raise ValueError(message)
        state = np.stack([np.tile(one.argmax(axis=1), (chains, 1)) for one in start])
        row, n, groups = np.arange(chains), state.shape[2], len(self.groups)
        weight, total = self._weight(state), np.zeros((n, groups))
        for move in range(moves):
            a, b = rng.integers(n, size=(2, chains))
            new = state.copy()
            kind = move % 4
            if kind == 0:
                new[:, row, a], new[:, row, b] = state[:, row, b], state[:, row, a]
            else:
                new[_MOVED[kind - 1], row, a] = rng.integers(groups, size=chains)
            likely = self._weight(new)
            taken = (likely > 0) & (rng.random(chains) * weight <= likely)
            state[:, taken], weight[taken] = new[:, taken], likely[taken]
            if move >= moves // 2:
                total += (state[0][:, :, None] == np.arange(groups)).sum(axis=0)
        return np.asarray(total / total.sum(axis=1, keepdims=True))

    def _weight(self, state: Labels) -> Floats:
        """Return how likely (2, chains, people) places, own and counted, are with all pages."""
        label, counted = state
        sizes = (label[:, :, None] == np.arange(len(self.groups))).mean(axis=1)
        drawn = ELSEWHERE * np.take_along_axis(sizes + 1e-3, counted, axis=1)
        prior = np.prod((1 - ELSEWHERE) * (label == counted) + drawn, axis=1)
        return self.likelihood(label, counted) * prior

    def _model(self) -> tuple[cp_model.CpModel, Member, Member]:
        """Return who is, and who counts, in which group: whoever is in one may count in any."""
        model = cp_model.CpModel()
        member, counted = (
            [[model.new_bool_var("") for _ in self.groups] for _ in self.people] for _ in range(2)
        )
        for row in (*member, *counted):
            model.add_exactly_one(row)
        for told, there in zip(self.pages, self._there, strict=True):
            for g, group in enumerate(self.groups):
                people = [member[i][g] for i in there]
                model.add_linear_constraint(
                    sum(people), *told.sizes.get(group, (0, SURELY_LISTED - 1))
                )
                people = [counted[i][g] for i in there]
                for m, (low, high) in enumerate(told.bounds(group)):
                    own = told.own[:, m]
                    if np.isfinite(low):  # sum of (own - low) over the group >= 0, rounded outwards
                        weight = np.ceil((own - low) * SCALE).astype(int).tolist()
                        model.add(cp_model.LinearExpr.weighted_sum(people, weight) >= 0)
                    if np.isfinite(high):
                        weight = np.floor((own - high) * SCALE).astype(int).tolist()
                        model.add(cp_model.LinearExpr.weighted_sum(people, weight) <= 0)
        return model, member, counted


def _solved(model: cp_model.CpModel, *cells: Member) -> list[NDArray[np.bool_]] | None:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 20
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [np.array([[solver.boolean_value(c) for c in row] for row in one]) for one in cells]


def told_of(run: Path) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return own figures and told ones of a run, then of its page for a board if there is one.

    How far each mentee has come is what the cohort's record says now.
    """
    portfolios = pd.read_csv(run / "portfolios.csv").set_index("mentee_id")
    found = [(own_values(portfolios), pd.read_csv(run / "groups.csv"))]
    page = run / "after" / "board.csv"
    if page.is_file():
        data, source = RunData.read(run), source_of(run)
        people = read_cohort(source, load_config(run / "config.toml"), set_aside=True)
        mentees = data.counted["portfolios"]["mentee_id"].tolist()
        stages = stages_reached(mentees, people, pairs_of_round(run, data, people))
        found.append((stages, board_rows(pd.read_csv(page))))
    return found


def board_rows(page: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of groups of ``board.csv`` under the titles of ``groups.csv``."""
    rows = page[page["attribute"].notna()]
    named = {"stage": "metric", "share": "value"}
    return rows.rename(columns=named).assign(statistic="by_group")


def main(folders: list[str]) -> int:
    """Print what the figures of runs and of their pages for a board tell of each attribute."""
    anybody = False
    pages = [page for folder in folders for page in told_of(Path(folder))]
    for attribute in dict.fromkeys(name for _, rows in pages for name in rows["attribute"]):
        told = [(own, rows[rows["attribute"] == attribute]) for own, rows in pages]
        year = Year(tuple(Told.read(own, rows) for own, rows in told if len(rows)))
        alone, likely = year.settled(), year.chances()
        anybody |= bool(alone)
        for g, group in enumerate(year.groups):
            who = [person for person, name, _ in alone if name == group]
            between = f"{likely[:, g].min():.2f} to {likely[:, g].max():.2f}"
            print(
                f"{attribute} {group}: {len(who)} of {len(likely)} people settled; "
                f"chances between {between}"
            )
    return int(anybody)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
