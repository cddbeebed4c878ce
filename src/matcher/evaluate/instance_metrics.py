"""A solved instance as the plain arrays that metrics take."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.evaluate.groups import group_gaps
from matcher.evaluate.metrics import MatchData, match_metrics
from matcher.features.feature_columns import like_labels
from matcher.features.stated_wishes import stated_wishes
from matcher.privacy.input_hashes import noise_secret
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, ItemBlock
from matcher.problem.value import evaluate, gather_items, in_other_role
from matcher.text import fold_column
from matcher.vocabulary import Role


def instance_metrics(instance: Instance, assignment: Assignment) -> dict[str, float]:
    """Return every metric of an assignment of a cohort; undefined ones are nan.

    Parameters
    ----------
    instance
        The cohort and its problem.
    assignment
        Who is matched with whom.

    Returns
    -------
    dict[str, float]
        Value by name; shares in [0, 1], values in units of V.
    """
    return match_metrics(match_data(instance, assignment))


def instance_group_gaps(instance: Instance, assignment: Assignment) -> pd.DataFrame:
    """Return the fairness audit of mentees: columns as `group_gaps`, empty without attributes.

    Metrics are `value`, `matched` (0 or 1), `mentors` (how many) and `coverage` (share of one's own
    need that is covered, where everybody's is known). The smallest cell is the config's.

    Parameters
    ----------
    instance, assignment
        As for `instance_metrics`.

    Returns
    -------
    pd.DataFrame
        One row an attribute, metric, statistic and group.
    """
    attributes = instance.cohort.groups.drop(columns="source_row", errors="ignore")
    attributes = attributes.drop_duplicates("person_id").set_index("person_id")
    attributes = attributes.reindex(instance.cohort.mentee_index.ids).sort_index(axis=1)
    values = evaluate(instance.problem, assignment)
    counted = ~in_other_role(instance.problem, assignment)[0]
    metrics = {
        "value": values.value[counted],
        "matched": (values.size[counted] > 0).astype(np.float64),
        "mentors": values.size[counted].astype(np.float64),
    }
    # Of some people alone it would be a second partition, from which memberships could be told.
    if values.facet_cover.shape[1] and all(instance.needs_stated):
        metrics["coverage"] = (instance.needs * values.facet_cover).sum(axis=1)[counted]
    min_cell, secret = instance.config.report.min_cell, noise_secret(instance.cohort)
    return group_gaps(metrics, attributes[counted], min_cell=min_cell, secret=secret)


def match_data(instance: Instance, assignment: Assignment) -> MatchData:
    """Collect what the metrics need of a cohort, its problem and an assignment.

    Parameters
    ----------
    instance, assignment
        As for `instance_metrics`.

    Returns
    -------
    MatchData
        Arrays by position of n mentees and m mentors; who took either role and serves as a mentor
        is no mentee of the match, and who has a mentor has no places.
    """
    cohort, problem = instance.cohort, instance.problem
    as_mentor, as_mentee = in_other_role(problem, assignment)
    counted = np.flatnonzero(~as_mentor)
    place = np.cumsum(~as_mentor) - 1
    sayer, named, score = mentee_preferences(cohort)
    is_said = ~as_mentor[sayer]
    known = np.array(instance.needs_stated, dtype=bool)[:, None]
    mentee_place, mentor_place = organisation_codes(cohort)
    return MatchData(
        pairs=np.column_stack([place[assignment.pairs[:, 0]], assignment.pairs[:, 1]]),
        values=evaluate(problem, assignment).value[counted],
        capacity=np.where(as_mentee, 0.0, problem.capacity),
        limit=problem.limit[counted],
        scores=_PairBlocks(instance, counted),
        own_scores=instance.pair_scores_of(assignment),
        loads=gather_items(problem, assignment).load,
        needs=(instance.needs * known)[counted],
        offers=instance.offers,
        held_best=_of(problem.held_best, counted),
        held_second=_of(problem.held_second, counted),
        second_cover=problem.second_cover,
        facets=instance.facets,
        reciprocal=assignment.reciprocal >= 0,
        mentee_place=mentee_place[counted],
        mentor_place=mentor_place,
        mentor_label=like_labels(cohort, instance.config.portfolio.alike),
        preferences=(place[sayer[is_said]], named[is_said], score[is_said]),
    )


def _of(held: Floats | None, counted: Ints) -> Floats | None:
    return None if held is None else held[counted]


@dataclass(frozen=True)
class _PairBlocks:
    """Pair scores as they are published, with the loads of the problem where they are not 1."""

    instance: Instance
    counted: Ints
    """Positions of the mentees."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.counted), self.instance.pair_scores.shape[1]

    def block(self, rows: Ints) -> ItemBlock:
        score = self.instance.pair_scores.block(self.counted[rows]).score
        return ItemBlock(score, self._loads(rows) if self._has_loads else None)

    def _loads(self, rows: Ints) -> Floats | None:
        return self.instance.problem.scores.block(self.counted[rows]).load

    @cached_property
    def _has_loads(self) -> bool:
        return self.shape[0] > 0 and self._loads(np.arange(1)) is not None


def organisation_codes(cohort: Cohort) -> tuple[Ints, Ints]:
    """Return codes of organisations of mentees (n,) and mentors (m,), -1 where unknown."""
    stacked = pd.concat([cohort.mentees["organisation"], cohort.mentors["organisation"]])
    codes = pd.factorize(fold_column(stacked), sort=True)[0].astype(np.int64)
    return codes[: len(cohort.mentees)], codes[len(cohort.mentees) :]


def mentee_preferences(cohort: Cohort) -> tuple[Ints, Ints, Floats]:
    """Return mentees' scored preferences: positions of mentee and mentor, and scores."""
    stated = stated_wishes(cohort, Role.MENTEE)
    i, j = (stated.index.get_level_values(level).to_numpy(np.int64) for level in (0, 1))
    return i, j, stated.to_numpy(np.float64)
