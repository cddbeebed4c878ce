"""The exact search among the survivors of a screen, mentees of like counts together."""

from dataclasses import dataclass

import numpy as np

from matcher.problem.problem import Bools, Floats
from matcher.solver.model.candidate_items import CandidateItems
from matcher.solver.model.priced_portfolios import PricedPortfolios, best_rows
from matcher.solver.model.scan_question import ScanQuestion
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.modular_bound import Cuts
from matcher.solver.pricing.pricer import STARTS, Pricer, to_codes
from matcher.solver.pricing.set_search import PricingTask, Search

GROUP = 128
"""Mentees searched together; those with similar numbers of survivors meet."""

WIDEST_SEARCH = 24
"""Survivors a mentee past which the multipliers are tightened again before the search."""


@dataclass(frozen=True)
class SurvivorSearch:
    """What is searched for: the question of one scan, put to a pricer."""

    pricer: Pricer
    question: ScanQuestion

    def run(
        self, floor: Floats, left: CandidateItems, cuts: Cuts | None
    ) -> tuple[PricedPortfolios, Bools]:
        """Return every set among the survivors `left` above the floor (b,) less slack.

        Beside it stands for whom time sufficed: (b,).
        """
        count = (left.code >= 0).sum(axis=1)
        order = np.argsort(count, kind="stable")
        ranked = count[order]
        found, start = [PricedPortfolios.none(self.pricer.max_size)], 0
        searched = np.zeros(len(order), dtype=bool)
        while start < len(order):
            most = max(WIDEST_SEARCH, 2 * int(ranked[start]))
            stop = min(start + GROUP, int(np.searchsorted(ranked, most, side="right")))
            group, start = order[start:stop], stop
            if self.pricer.is_hurried:
                break
            part = left.take(group).compact()
            cut = None if cuts is None else cuts.take(group)
            found.append(self._group(floor[group], part, cut))
            searched[group] = True
        return PricedPortfolios.join(found), searched

    def _group(self, low: Floats, part: CandidateItems, cuts: Cuts | None) -> PricedPortfolios:
        problem, slack = self.pricer.problem, self.question.slack
        found = []
        # The search grows with a power of the width: bounds are tightened first, where that helps.
        for steps in (0, 15, 30):
            task = self.pricer.task(self.question, part)
            if part.width > WIDEST_SEARCH:
                greedy = Search(problem, task, low).spread(STARTS)
                found.append(to_codes(greedy, part).take(best_rows(greedy.row, greedy.reduced)))
                low = low.copy()
                np.maximum.at(low, greedy.row, greedy.reduced)
            if steps:
                cuts = modular_bound.tighten(problem, task, cuts, low - slack, steps)
            before = part.width
            part = self._drop_hopeless(task, cuts, low - slack)
            stuck = steps > 0 and part.width > 0.7 * before
            if cuts is None or stuck or part.width <= WIDEST_SEARCH:
                break
        task = self.pricer.task(self.question, part)
        found.append(to_codes(Search(problem, task, low, slack).run(), part))
        return PricedPortfolios.join(found)

    def _drop_hopeless(self, task: PricingTask, cuts: Cuts | None, low: Floats) -> CandidateItems:
        """Return the candidates whose bound can reach `low`, best first (float64)."""
        problem, mentees = self.pricer.problem, task.candidates.mentee
        limit = np.minimum(problem.limit[mentees], self.pricer.max_size)
        bound = modular_bound.modular_terms(problem, task, cuts)
        order = np.argsort(-bound, axis=1, kind="stable")
        ranked = np.take_along_axis(bound, order, axis=1)
        k = min(int(limit.max(initial=1)), ranked.shape[1])
        bonus = modular_bound.modular_bonus(problem, task.bonus, task.slope)
        fixed = modular_bound.constant(problem, mentees, cuts) * task.slope + task.shift
        others = np.hstack([np.zeros((len(mentees), 1)), np.cumsum(ranked[:, :k], axis=1)])[:, :k]
        sizes = np.arange(1, k + 1)
        rest = np.where(sizes <= limit[:, None], others + bonus[:, 1 : k + 1], -np.inf).max(axis=1)
        keep = ranked + (fixed + rest)[:, None] >= low[:, None] - 1e-12
        keep |= np.asarray(task.required.any(axis=1))[:, None]
        return task.candidates.reorder(order).only(keep).compact()
