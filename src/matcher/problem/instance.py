"""A cohort and a config as one problem, with everything that explains it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Codes
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.decisions.in_force import InForce
from matcher.errors import Finding, InfeasibleError, raise_if_any
from matcher.features import build_features, read_facets
from matcher.features.base import Block
from matcher.features.feature_columns import like_labels, numbers_of
from matcher.features.feature_set import FeatureSet
from matcher.features.stated_answers import FacetAnswers
from matcher.network import CohortAudit, audit_cohort
from matcher.problem import build_warnings, stated_amounts
from matcher.problem.co_mentoring import CoMentoring, co_mentoring, side_of
from matcher.problem.market import FALLBACK
from matcher.problem.next_approach import NextApproach, next_approaches, with_forced_fallbacks
from matcher.problem.previous import Carried, Previous, carry_over, with_waiting
from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem
from matcher.problem.rules import RULES
from matcher.problem.rules.approach_seats import ApproachSeat, PairApproaches
from matcher.problem.rules.rule import Names
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.told_facets import ToldFacets
from matcher.problem.value import check_feasible, forced_assignment, mentor_use
from matcher.scoring.allowed_pairs import Candidates, find_candidates
from matcher.scoring.approaches import CODES
from matcher.scoring.pair_scores import HeldRows, HeldScores, PairScores, hold_if_small
from matcher.vocabulary import FACETS, Approach


@dataclass(frozen=True)
class CohortScores:
    """One-way items of a cohort: pair scores in units of V, with loads and sponsorship."""

    pair_scores: PairScores | HeldScores | HeldRows
    factor: float
    """(1 - g) / K."""
    loads: stated_amounts.LoadRule

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return self.pair_scores.shape

    @property
    def nameless(self) -> Self:
        """The same with what `block` reads and nobody's label, to be sent elsewhere."""
        return replace(self, pair_scores=self.pair_scores.nameless)

    def block(self, rows: Ints) -> ItemBlock:
        """Return the one-way items of mentees `rows` with every mentor."""
        pairs = self.pair_scores.block(rows)
        # A factor of 0 must leave -inf as it is: 0 times inf is no number.
        score = np.where(pairs.approach >= 0, self.factor * np.maximum(pairs.score, 0.0), -np.inf)
        load = None if self.loads.is_one else self.loads.of_pairs(Block(rows, self.shape[1]))
        sponsored = pairs.approach == CODES[Approach.SPONSORSHIP]
        return ItemBlock(score, load, sponsored if sponsored.any() else None)


@dataclass(frozen=True)
class Instance:
    """Everything between the tables and the solver; n mentees, m mentors, f facets."""

    cohort: Cohort
    config: Config
    audit: CohortAudit
    features: FeatureSet
    candidates: Candidates
    pair_scores: PairScores | HeldScores
    reciprocal: CoMentoring
    needs: Floats
    """(n, f) needs scaled to sum 1, uniform where none is known."""
    offers: Floats
    """(m, f) in [0, 1]."""
    needs_stated: tuple[bool, ...]
    """(n,) whether any need is known."""
    facets: tuple[str, ...]
    """Names of the facets that count."""
    stated_capacity: Floats
    """(m,) capacity before the reserve."""
    hours: stated_amounts.Hours
    decisions: pd.DataFrame
    """What people decided, by id."""
    problem: Problem
    carried: Carried | None = None
    """Pairs of the previous run, where one was given."""
    findings: tuple[Finding, ...] = ()
    """Warnings."""
    next_approach: NextApproach = field(default_factory=NextApproach.none)
    """What pairs may be where a sponsor's limit binds."""

    @cached_property
    def told(self) -> ToldFacets:
        """The facets as reports tell them."""
        return ToldFacets.of(self.facets)

    @property
    def factor(self) -> float:
        """Units of V that a pair score of 1 is worth: (1 - g) / K."""
        return relation_factor(self.config)

    def assignment_of(self, pairs: pd.DataFrame) -> Assignment:
        """Return pairs of ids by position; those of people who are not there are left out.

        Parameters
        ----------
        pairs
            With ``mentee_id``, ``mentor_id``, ``reciprocal`` (bool), and ``approach`` where known.

        Returns
        -------
        Assignment
            Items sorted by mentee, then mentor.
        """
        i = self.cohort.mentee_index.positions(pairs["mentee_id"].astype(object))
        j = self.cohort.mentor_index.positions(pairs["mentor_id"].astype(object))
        known = (i >= 0) & (j >= 0)
        i, j, both_ways = i[known], j[known], pairs["reciprocal"].to_numpy(dtype=bool)[known]
        number = np.where(both_ways, self.reciprocal.candidates.number_of(i, j), -1)
        if "approach" in pairs:
            code = np.array([CODES[Approach(word)] for word in pairs["approach"][known]])
            other = self.next_approach.is_taken(i, j, code) & ~both_ways
            number[other & (self.candidates.listed(i, j) != code)] = FALLBACK
        return Assignment.of(np.column_stack([i, j]), number)

    def approach_of(self, assignment: Assignment) -> Codes:
        """Return the code of each item's approach: (k,).

        Parameters
        ----------
        assignment
            k items.

        Returns
        -------
        Codes
            Positions in ``tuple(Approach)``: (k,).
        """
        number, pairs = assignment.reciprocal, assignment.pairs
        one_way = np.maximum(self.candidates.listed(*pairs.T), 0)
        other = self.next_approach
        code = other.instead(number, pairs, other.approach.astype(np.float64), one_way)
        return np.where(number >= 0, CODES[Approach.RECIPROCAL], code).astype(np.int8)

    def pair_scores_of(self, assignment: Assignment) -> Floats:
        """Return each item's score: of its direction, or of its side of a reciprocal pair: (k,).

        Parameters
        ----------
        assignment
            k items.

        Returns
        -------
        Floats
            In [0, 1]: shape (k,).
        """
        i, j = assignment.pairs[:, 0], assignment.pairs[:, 1]
        score = self.pair_scores.directional(i, j, self.approach_of(assignment))
        other = self.next_approach
        score = other.instead(assignment.reciprocal, assignment.pairs, other.items.score, score)
        both = np.flatnonzero(assignment.reciprocal >= 0)
        number, pairs = assignment.reciprocal[both], self.reciprocal
        is_a = side_of(pairs.candidates, number, i[both])
        score[both] = np.where(is_a, pairs.score_a[number], pairs.score_b[number])
        return score


def without_earlier_run(instance: Instance) -> Instance:
    """Return the instance as if there had been no earlier run: nothing is kept or fixed for it."""
    problem = replace(
        instance.problem,
        kept_pairs=np.empty((0, 2), dtype=np.int64),
        kept_bonus=0.0,
        required=instance.candidates.required,
        required_reciprocal=instance.candidates.required_reciprocal,
        limit=limits(instance.cohort, instance.config),
    )
    return replace(instance, problem=problem, carried=None)


def relation_factor(config: Config) -> float:
    """Return (1 - g) / K."""
    return (1.0 - config.portfolio.coverage) / config.portfolio.max_size


def build(
    cohort: Cohort,
    config: Config,
    *,
    previous: Previous | None = None,
    decisions: pd.DataFrame | None = None,
    add: bool = False,
) -> Instance:
    """Turn a cohort into a problem.

    Parameters
    ----------
    cohort, config
        Who is matched, and how.
    previous
        An earlier run; its pairs earn the bonus ``objective.stickiness`` where they are kept, and
        whom it left out have waited since.
    decisions
        What people decided since, as ``matcher.decisions.decisions`` reads it.
    add
        Whether the pairs of `previous` are fixed, so that only new and waiting people are placed.

    Returns
    -------
    Instance
        The problem by position, with whom and what it stands for.

    Raises
    ------
    InputError, ConfigError
        Where features and tables do not fit each other.
    InfeasibleError
        With every contradiction and every forced pair that does not fit.
    """
    fixed = previous if add else None
    cohort = cohort if previous is None else with_waiting(cohort, previous)
    audit = audit_cohort(cohort, config)
    facets = read_facets(cohort, config, audit)
    features = build_features(cohort, config, audit, facets=facets)
    decided = InForce.of(
        cohort,
        decisions,
        None if previous is None else previous.decisions,
        None if previous is None else previous.departed,
    )
    candidates = find_candidates(cohort, config, decisions=decided.table, features=features)
    candidates = _with_room(candidates, PairScores(features, candidates, config), cohort, fixed)
    scores = hold_if_small(PairScores(features, candidates, config), config.solver)
    loads = stated_amounts.LoadRule.of(cohort, config)
    reciprocal = co_mentoring(candidates.reciprocal, scores, loads, config)
    counted = list(facets.counted)
    raw = facets.needs[:, counted]
    stated = stated_amounts.stated_capacity(cohort, config)
    draft = Instance(
        cohort=cohort,
        config=config,
        audit=audit,
        features=features,
        candidates=candidates,
        pair_scores=scores,
        reciprocal=reciprocal,
        needs=scaled_needs(raw),
        offers=facets.offers[:, counted],
        needs_stated=tuple((raw.sum(axis=1) > 0).tolist()),
        facets=facets.counted_names,
        decisions=decided.table,
        stated_capacity=stated,
        hours=stated_amounts.Hours.of(cohort, config),
        problem=Problem(
            scores=CohortScores(scores, relation_factor(config), loads),
            capacity=stated,
            limit=limits(cohort, config),
        ),
    )
    made = _with_previous(_with_problem(draft, facets), previous, add=add)
    faults = check_feasible(made.problem, stated, names_of(made))
    told = (
        *build_warnings.not_asked(features, facets, config),
        *build_warnings.languages_not_read(cohort, config),
        *build_warnings.languages_not_compared(cohort, config),
        *decided.findings,
        *candidates.findings,
        *build_warnings.empty_seats(made.problem),
        *faults,
    )
    return replace(made, findings=raise_if_any(told, InfeasibleError))


def _with_room(
    candidates: Candidates, scores: PairScores, cohort: Cohort, fixed: Previous | None
) -> Candidates:
    """Let forced pairs, and those of a run that is added to, keep the limits on sponsorships."""
    for rule in SponsorshipLimit.of(cohort, scores.config):
        forced, kept = candidates.required, np.zeros(len(candidates.required), dtype=bool)
        if fixed is not None:
            was = fixed.known_as(cohort.people)
            ids = pd.Index(cohort.mentee_index.ids), pd.Index(cohort.mentor_index.ids)
            sponsored = was.matches["approach"].astype(object) == Approach.SPONSORSHIP.value
            before = carry_over(replace(was, matches=was.matches[sponsored]), candidates, *ids)
            forced = np.concatenate([forced, carry_over(was, candidates, *ids).one_way])
            forced = np.unique(forced, axis=0)
            width = [candidates.shape[1], 1]
            kept = np.isin(forced @ width, before.one_way @ width)
        candidates = with_forced_fallbacks(candidates, scores, rule.most, forced, kept)
    return candidates


def with_fallbacks(instance: Instance, loads: stated_amounts.LoadRule) -> Instance:
    """Return the instance whose pairs may take their next approach where a rule hangs on it."""
    candidates, seated = instance.candidates, instance.config.portfolio.seated_approaches
    problem = replace(instance.problem, fallback=None)
    other = next_approaches(candidates, instance.pair_scores, loads, problem, seated)
    problem = replace(problem, fallback=other.of_problem(instance.factor))
    if seated:
        first = candidates.block(np.arange(problem.n_mentees))
        pairs = PairApproaches(first, other.items, other.approach)
        seats = ApproachSeat.of_pairs(instance.cohort, instance.config, pairs)
        rules = (rule for rule in problem.rules if not isinstance(rule, SeatRule))
        problem = replace(problem, rules=(*rules, *seats))
    return replace(instance, problem=problem, next_approach=other)


def names_of(made: Instance) -> Names:
    """Return what people are called, and why pairs are forced."""
    return Names(made.cohort.mentee_index.ids, made.cohort.mentor_index.ids, _why_forced(made))


def _why_forced(made: Instance) -> Callable[[int, int], str]:
    """Return what says in words why a mentee and a mentor are forced together."""
    m = max(1, made.problem.n_mentors)
    kept = made.candidates.must[:0] if made.carried is None else made.carried.pairs
    parts = (made.candidates.must, made.candidates.locked, kept)

    @cache
    def sets() -> list[set[int]]:
        return [set((pairs @ [m, 1]).tolist()) for pairs in parts]

    def why(i: int, j: int) -> str:
        must, locked, earlier = sets()
        if i * m + j in locked:
            return "under way"
        if i * m + j in must:
            return "must"
        return "kept from the earlier run" if i * m + j in earlier else "both ways"

    return why


def limits(cohort: Cohort, config: Config) -> Ints:
    """Return the most mentors of each mentee, at most K: shape (n,)."""
    wanted = numbers_of(cohort.mentees, "max_mentors")
    wanted = np.where(np.isnan(wanted), config.portfolio.limit, wanted)
    return np.minimum(wanted, config.portfolio.max_size).astype(np.int64)


def scaled_needs(raw: Floats) -> Floats:
    """Return needs that sum to 1 for each mentee; uniform where none is known: shape (n, f)."""
    facets = max(1, raw.shape[1])
    total = raw.sum(axis=1, keepdims=True)
    return np.where(total > 0, raw / np.where(total > 0, total, 1.0), 1.0 / facets)


def _with_problem(draft: Instance, facets: FacetAnswers) -> Instance:
    """Add coverage, limits and rules to the bare problem, and take the reserve off capacity."""
    cohort, config, settings = draft.cohort, draft.config, draft.config.portfolio
    size = settings.max_size
    covers = settings.coverage > 0 and draft.needs.shape[1] > 0
    held_best, held_second = held_by_contacts(draft.audit, facets, config) or (None, None)
    own = cohort.mentor_index.positions(cohort.mentee_index.ids)
    problem = replace(
        draft.problem,
        needs=settings.coverage * draft.needs if covers else None,
        offers=draft.offers if covers else None,
        held_best=held_best,
        held_second=held_second,
        second_cover=settings.second_cover,
        like=like_labels(cohort, settings.alike) if size > 1 and settings.redundancy > 0 else None,
        redundancy=2.0 * settings.redundancy / (size * (size - 1)) if size > 1 else 0.0,
        min_gain=settings.min_gain,
        required=draft.candidates.required,
        required_reciprocal=draft.candidates.required_reciprocal,
        reciprocal=draft.reciprocal.items(draft.factor),
        person_mentor=own if (own >= 0).any() else None,
        rules=tuple(rule for kind in RULES for rule in kind.of(cohort, config)),
        tiers=stated_amounts.tiers_of(cohort, config, draft.problem.limit),
        fairness=config.objective.fairness,
    )
    problem = replace(problem, capacity=_capacity(draft, problem))
    loads = stated_amounts.LoadRule.of(cohort, config)
    return with_fallbacks(replace(draft, problem=problem), loads)


def _capacity(draft: Instance, problem: Problem) -> Floats:
    """Return what this round may use of each mentor; locked pairs come before the reserve."""
    under_way = mentor_use(problem, forced_assignment(problem))
    typical = 1.0 if draft.config.capacity.unit == "places" else draft.hours.default
    elsewhere = typical * draft.candidates.places_elsewhere.astype(np.float64)
    rests = draft.candidates.takes_nobody_else & (draft.stated_capacity - elsewhere > under_way)
    elsewhere = np.where(rests, draft.stated_capacity - under_way, elsewhere)
    return stated_amounts.usable_capacity(draft.stated_capacity, under_way, elsewhere, draft.config)


def held_by_contacts(
    audit: CohortAudit | None, facets: FacetAnswers, config: Config
) -> tuple[Floats, Floats] | None:
    """Return best and second-best cover of the counted facets that contacts hold, (n, f) each.

    None where they hold nothing, or nothing that counts.
    """
    counted = list(facets.counted)
    if audit is None or not (config.audit.feed_match and config.portfolio.coverage > 0 and counted):
        return None
    own = ((0, 0), (0, len(facets.names) - len(FACETS)))
    best = np.pad(audit.held_best, own)[:, counted]
    return (best, np.pad(audit.held_second, own)[:, counted]) if best.any() else None


NEAR_TIE = 0.02
"""Share of what an earlier pair was worth that decides between keeping it and a new one."""


def _kept_bonus(config: Config, previous: Previous) -> float:
    """Return what a pair of the earlier run earns where it is kept."""
    stated = config.objective.stickiness
    if stated != "ties":
        return stated
    return NEAR_TIE * abs(previous.worth) / max(1, len(previous.matches))


def _with_previous(made: Instance, previous: Previous | None, *, add: bool) -> Instance:
    if previous is None:
        return made
    ids = (pd.Index(index.ids) for index in (made.cohort.mentee_index, made.cohort.mentor_index))
    known = previous.known_as(made.cohort.people)
    carried = carry_over(known, made.candidates, *ids, is_fixed=add)
    problem = replace(
        made.problem, kept_pairs=carried.pairs, kept_bonus=_kept_bonus(made.config, previous)
    )
    if add:
        problem = _fixed(problem, carried)
    return replace(made, problem=problem, carried=carried)


def _fixed(problem: Problem, carried: Carried) -> Problem:
    """Hold every pair of the earlier run; who had mentors gets no more than before.

    Somebody who lost a mentor may get another in that place; who lost all of them waits anew.
    """
    required = np.unique(np.concatenate([problem.required, carried.one_way]), axis=0)
    both_ways = np.union1d(problem.required_reciprocal, carried.reciprocal).astype(np.int64)
    had, holds = (
        _mentors_of(problem, *kept)
        for kept in ((carried.one_way, carried.reciprocal), (required, both_ways))
    )
    limit = np.where(had > 0, np.maximum(carried.before, holds), problem.limit)
    return replace(
        problem, limit=limit.astype(np.int64), required=required, required_reciprocal=both_ways
    )


def _mentors_of(problem: Problem, pairs: Ints, reciprocal: Ints) -> Ints:
    """Return how many mentors one-way pairs and reciprocal ones give to each mentee: shape (n,)."""
    count = np.bincount(pairs[:, 0], minlength=problem.n_mentees)
    for side in () if problem.reciprocal is None else ("mentee_a", "mentee_b"):
        people = getattr(problem.reciprocal, side)[reciprocal]
        count += np.bincount(people, minlength=problem.n_mentees)
    return count
