"""What a scan is asked and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from matcher.problem.problem import Floats, Ints, Problem
from matcher.solver.model.candidate_items import CandidateItems
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.priced_portfolios import PricedPortfolios
from matcher.solver.pricing.modular_bound import Cuts


@dataclass(frozen=True)
class ScanQuestion:
    """What is asked of consecutive mentees: rows, their duals, and the state of each mentee."""

    rows: Rows
    y: Floats
    floor: Floats
    """(b,) value at `y` that a set must beat."""
    cuts: Cuts | None
    at: Floats
    """(b,) V at which U is linearised."""
    width: int = 0
    """Candidates a mentee that a scan returns."""
    slack: float = 0.0
    """How far below a mentee's best a set may be and still be returned."""
    search: bool = True
    """Whether sets are searched for, or candidates collected only."""
    first: int = 0
    """Mentee to whom the first entry of the arrays belongs."""

    def of_block(self, mentees: Ints) -> ScanQuestion:
        """Return what is asked of some of the mentees, consecutive ones; its arrays are new."""
        place = mentees - self.first
        cuts = None if self.cuts is None else self.cuts.take(place)
        first = int(mentees[0])
        return replace(self, floor=self.floor[place], cuts=cuts, at=self.at[place], first=first)


@dataclass(frozen=True)
class BlockAnswer:
    """What a scan of one block of mentees found."""

    sets: PricedPortfolios | None
    """None without a search."""
    candidates: CandidateItems
    survivors: float
    """Mean number of mentors a mentee that the screen left."""
    unsearched: Floats | None = None
    """(b,) upper bound for those for whom time was too short, -inf for others; None: searched."""


@dataclass(frozen=True)
class Scan:
    """What a pass over all pairs found."""

    best: Floats
    """(n,) maximum of ``U(V(S)) - sum_r a_r y_r`` over all S, the empty set included; for those
    who were not searched an upper bound on it."""
    sets: PricedPortfolios
    candidates: CandidateItems
    survivors: float
    """Mean number of mentors a mentee that the screen left."""
    searched: bool
    """Whether time sufficed to search for every mentee."""


class RemoteScanner(Protocol):
    """What scans blocks of mentees elsewhere, such as workers of a cluster."""

    def scan_blocks(
        self, problem: Problem, question: ScanQuestion, blocks: list[Ints]
    ) -> list[BlockAnswer]:
        """Return what was found in each block, in the order of the blocks."""
