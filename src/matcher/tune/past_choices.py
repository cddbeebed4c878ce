"""Last year's choices: for each pair that people made, the mentors who were free then."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Positions
from matcher.cohort.cohort import Cohort, RowCount
from matcher.config import Config
from matcher.errors import Finding, InputError
from matcher.features.base import Block
from matcher.problem.stated_amounts import LoadRule, stated_capacity
from matcher.scoring.allowed_pairs import find_candidates
from matcher.scoring.approaches import NOT_ALLOWED
from matcher.text import listed
from matcher.tune import weight_model
from matcher.tune.evidence import CrossValidated, Evidence, Predicted
from matcher.tune.gain import WithinMentees
from matcher.vocabulary import Status

MOST_ALTERNATIVES = 100
"""Alternatives kept a choice, drawn at random: the conditional logit stays consistent under uniform
sampling of alternatives (McFadden 1978)."""

NOT_CHOSEN = frozenset({Status.PROPOSED.value, Status.DECLINED.value})
"""Statuses of pairs that nobody agreed to, so that they are no choice of a person."""


@dataclass(frozen=True)
class Choices(Evidence):
    """Chosen mentors among those who were free: p choices.

    The pairs of features of a choice lie together, that of the mentor chosen first.
    """

    noun = "choice"
    each = "a choice"
    is_within = True  # a choice is made by one mentee
    caution = ("what people chose is not what turned out well: learn from outcomes where you can",)
    why_dropped = "nobody else was free"
    leak = (
        "missing answers alone tell whom people chose (AUC {area:.2f}): who fills in profiles, not "
        "who fits"
    )

    start: Positions
    """(p,) first pair of features of each choice."""

    @property
    def hit(self) -> Bools:
        """(q,) which were chosen."""
        chosen = np.zeros(len(self.table.values), dtype=bool)
        chosen[self.start] = True
        return chosen

    def likelihood(self, some: Positions, weight: Positions) -> weight_model.ConditionalLogit:
        """Return the likelihood of the choices."""
        rows, start = self.rows_of(some)
        return weight_model.ConditionalLogit(self.table.design().take(rows), start, weight)

    def predict(
        self, weights: Floats | None, train: Positions, test: Positions, into: Predicted
    ) -> None:
        """Enter the probability of each alternative, and how many the chosen is ahead of."""
        (known, begin), (rows, start) = self.rows_of(train), self.rows_of(test)
        if weights is None:
            flags = (~self.table.answered).astype(np.float64)
            order = eta = flags[rows] @ _flag_weights(flags[known], begin)
        else:
            score = self.table.score(weights)
            order = score[rows]
            eta = _best_scale(score[known], begin) * order
        into.chance[rows], log_share = weight_model.choice_shares(eta, start)
        into.loss[test] = -log_share[start]
        into.score[test] = rank_shares(order, start)

    def area(self, score: Floats, at: Bools) -> float | None:
        """Return the AUC within choices."""
        return float(score[at].mean())

    def within(
        self, seen: CrossValidated, mentee: Positions, seed: int, draws: int
    ) -> WithinMentees | None:
        """Return None: every comparison is within a mentee already."""
        return None

    def counts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return how many alternatives a choice has."""
        return {}, {"alternatives": len(self.table.values) / len(self)}

    def columns(self, seen: CrossValidated) -> dict[str, Any]:
        """Return losses and ranks."""
        return {
            "default_log_loss": seen.default.loss,
            "tuned_log_loss": seen.tuned.loss,
            "default_rank": seen.default.score,
            "tuned_rank": seen.tuned.score,
        }

    def rows_of(self, choices: Positions) -> tuple[Positions, Positions]:
        """Return the rows of some choices one after the other, and where each choice starts."""
        ends = np.append(self.start, len(self.table.values))
        size = (ends[1:] - ends[:-1])[choices]
        start = np.cumsum(size) - size
        rows = np.arange(int(size.sum())) - np.repeat(start, size)
        return rows + np.repeat(self.start[choices], size), start


def read_choices(cohort: Cohort, config: Config, *, seed: int = 0) -> Choices:
    """Return the human pairs of the table `engagements` with who else was free.

    A mentor is free for a pair if the pairs that were under way on its first day leave a place, if
    today's rules permit the two, and if the mentor had not declined. Pairs without a start all
    count as made at once, and a pair without an end as still under way. Every pair that came about
    is a choice, however it ended.

    Raises
    ------
    InputError
        E_NO_ROWS if no pair can be used.
    """
    table = cohort.engagements
    made = table[~table["status"].isin(sorted(NOT_CHOSEN))]
    made = made.sort_values(["start", "mentee_id", "mentor_id"], kind="stable", na_position="first")
    made = made.drop_duplicates(["mentee_id", "mentor_id"])
    i, j, known = weight_model.positions_of(cohort, made)
    made, i, j = made[known], i[known], j[known]
    if not len(made):
        raise InputError(_nothing(cohort))
    free = _with_a_place(cohort, config, i, j, made) & _permitted(cohort, config, i)
    free[np.arange(len(i)), j] = True
    rows, begin, used = _alternatives(free, j, seed)
    if not len(begin):
        message = "no pair with a choice: nobody but the mentor chosen was free and permitted"
        remedy = "give start and end of the pairs, and all mentors of last year"
        raise InputError(Finding("E_NO_ROWS", message, remedy, "engagements", column="start"))
    person = np.repeat(i[used], np.diff(np.append(begin, len(rows))))
    return Choices(
        table=weight_model.feature_table(cohort, config, person, rows),
        mentee=tuple(cohort.mentee_index.ids[k] for k in i[used]),
        mentor=tuple(cohort.mentor_index.ids[k] for k in j[used]),
        dropped=len(made) - len(begin),
        rows=cohort.rows.get("engagements", RowCount(len(table), len(table))),
        start=begin,
    )


def _nothing(cohort: Cohort) -> Finding:
    """Say why there is no pair to imitate."""
    table = cohort.engagements
    read = cohort.rows["engagements"].read if "engagements" in cohort.rows else len(table)
    message, column = "there is no table of engagements, or it is empty", ""
    remedy = "give a table with mentee_id, mentor_id, status, start and end of last year's pairs"
    if len(table):
        message, column = "no pair of people of this cohort came about", "status"
        remedy = f"give last year's pairs; {listed(sorted(NOT_CHOSEN))} are no choices"
    elif read:
        message, column = "no pair whose people are in the cohort", "mentee_id"
        remedy = "give the mentees and mentors that the table names, under the same ids"
    return Finding("E_NO_ROWS", message, remedy, "engagements", column=column)


def _with_a_place(
    cohort: Cohort, config: Config, i: Positions, j: Positions, made: pd.DataFrame
) -> Bools:
    """Return which mentors had a place left on the first day of each pair: (c, m)."""
    start, end = (pd.to_datetime(made[name]).to_numpy() for name in ("start", "end"))
    capacity, load = stated_capacity(cohort, config), LoadRule.of(cohort, config)
    asked = load.of_pairs(Block(i, len(capacity)))
    taken = asked[np.arange(len(i)), j]
    under_way = (start[:, None] > start[None, :]) & ~(end[None, :] < start[:, None])
    used = np.zeros((len(i), len(capacity)))
    np.add.at(used.T, j, np.where(under_way, taken, 0.0).T)
    return np.asarray(used + asked <= capacity + 1e-9)


def _permitted(cohort: Cohort, config: Config, i: Positions) -> Bools:
    """Return which mentors the rules permit each mentee, past pairs aside: (c, m)."""
    past = cohort.engagements
    candidates = find_candidates(replace(cohort, engagements=past.iloc[:0]), config)
    people, of_pair = np.unique(i, return_inverse=True)
    allowed = candidates.block(people) != NOT_ALLOWED
    both = candidates.reciprocal
    for mentee, mentor in ((both.mentee_a, both.mentor_b), (both.mentee_b, both.mentor_a)):
        _mark(allowed, people, mentee, mentor, value=True)
    said_no = past[past["status"] == Status.DECLINED.value]
    mentee, mentor, known = weight_model.positions_of(cohort, said_no)
    _mark(allowed, people, mentee[known], mentor[known], value=False)
    return np.asarray(allowed[of_pair])


def _mark(
    allowed: Bools, people: Positions, mentee: Positions, mentor: Positions, *, value: bool
) -> None:
    """Set `value` for each pair whose mentee is among `people`, which are sorted."""
    row = np.minimum(np.searchsorted(people, mentee), len(people) - 1)
    here = people[row] == mentee
    allowed[row[here], mentor[here]] = value


def _alternatives(
    free: Bools, chosen: Positions, seed: int
) -> tuple[Positions, Positions, Positions]:
    """Return alternatives with the chosen first, the start of each choice, and which were used."""
    rng = np.random.default_rng([seed, 2])
    parts, used = [], []
    for row, pick in enumerate(chosen.tolist()):
        others = np.flatnonzero(free[row])
        others = others[others != pick]
        if len(others) > MOST_ALTERNATIVES - 1:
            others = np.sort(rng.choice(others, MOST_ALTERNATIVES - 1, replace=False))
        if len(others):
            parts.append(np.append(pick, others))
            used.append(row)
    size = np.array([len(part) for part in parts], dtype=np.int64)
    rows = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    return rows, np.cumsum(size) - size, np.array(used, dtype=np.int64)


def rank_shares(eta: Floats, start: Positions) -> Floats:
    """Return the share of alternatives that each chosen mentor is ahead of, ties half: (c,).

    Its mean is the AUC within choices: chosen against free mentors of the same mentee.
    """
    size = np.diff(np.append(start, len(eta)))
    ahead = np.repeat(eta[start], size) - eta
    score = (ahead > 0) + 0.5 * (ahead == 0)
    return np.asarray((np.add.reduceat(score, start) - 0.5) / (size - 1))


def _flag_weights(flags: Floats, start: Positions) -> Floats:
    """Fit a conditional logit of which features a pair left open, with a unit ridge."""
    from scipy.optimize import minimize

    model = weight_model.ConditionalLogit(weight_model.Design(flags), start, np.ones(len(start)))

    def penalised(b: Floats) -> tuple[float, Floats]:
        value, gradient = model.loss(b)
        return value + 0.5 * float(b @ b), gradient + b

    found: Any = minimize(penalised, np.zeros(flags.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x)


def _best_scale(score: Floats, start: Positions) -> float:
    """Return the scale >= 0 at which the choices are most likely."""
    from scipy.optimize import minimize

    model = weight_model.ConditionalLogit(
        weight_model.Design(score[:, None]), start, np.ones(len(start))
    )
    bounds = [(0.0, weight_model.MOST_SCALE)]
    first = np.array([weight_model.LEAST_SCALE])
    return float(minimize(model.loss, first, jac=True, bounds=bounds, method="L-BFGS-B").x[0])
