"""The tables about matches and portfolios, with the columns of DESIGN section 7."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.explain.row_names import RowNames
from matcher.publish.roles import covers, roles, uncovered
from matcher.scoring.pair_scores import COLUMNS as CONTRIBUTION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.problem.problem import Bools, Floats
    from matcher.publish.answer import Answer

LOWERED = "reciprocal"
"""Contribution by which combining the two directions changes the score of a reciprocal pair."""

BONUS = "reciprocal_bonus"
"""Contribution of ``[reciprocal] bonus``."""


def matches_table(answer: Answer) -> pd.DataFrame:
    """Return one row a match, a reciprocal pair two, sorted by mentee and mentor."""
    covered = covers(answer)
    return pd.DataFrame(
        {
            "mentee_id": labels(answer.instance.cohort.mentee_index.ids, answer.mentee),
            "mentor_id": labels(answer.instance.cohort.mentor_index.ids, answer.mentor),
            "approach": answer.approach_names,
            "reciprocal": flags(answer.is_reciprocal),
            "score": answer.score,
            "role": roles(answer, covered),
            "covers": joined(covered),
            "hours_per_month": answer.hours,
            "period": answer.start_period,
            "locked": flags(answer.is_forced),
            "previous": _previous(answer),
            "robust": answer.sensitivity[1],
        }
    )


def _previous(answer: Answer) -> list[str]:
    """Return whether each match was one of the earlier run; empty texts without one."""
    carried = answer.instance.carried
    if carried is None:
        return [""] * len(answer.mentee)
    m = max(1, answer.instance.problem.n_mentors)
    return flags(np.isin(answer.mentee * m + answer.mentor, carried.pairs @ [m, 1]))


def portfolios_table(answer: Answer) -> pd.DataFrame:
    """Return one row a mentee, matched or not, with the terms of V and cover by facet group.

    ``value = relation + coverage - redundancy - min_gain * max(0, n_mentors - 1)``, all in units of
    V. A facet group holds the share of that group's need that is covered, organic ties included.
    """
    terms = answer.terms
    table = pd.DataFrame(
        {
            "mentee_id": list(answer.instance.cohort.mentee_index.ids),
            "n_mentors": terms.size,
            "value": terms.value,
            "relation": terms.relation,
            "coverage": terms.coverage,
            "redundancy": terms.redundancy,
            "uncovered": joined(uncovered(answer)),
        }
    )
    for group in answer.instance.config.portfolio.facet_groups:
        table[group] = group_cover(answer, group)
    return table


def group_cover(answer: Answer, group: str) -> Floats:
    """Return the share of each mentee's need in a facet group that is covered, NaN without need."""
    inside = [k for k, name in enumerate(answer.instance.facets) if name.startswith(f"{group}.")]
    needs, cover = answer.instance.needs[:, inside], answer.cover[1][:, inside]
    total = needs.sum(axis=1)
    met = (needs * cover).sum(axis=1)
    share = np.full(len(total), np.nan)
    np.divide(met, total, out=share, where=total > 0)
    return share


def contributions_table(answer: Answer) -> pd.DataFrame:
    """Return what each feature adds to the score of each match, in the order of the matches."""
    scores = answer.instance.pair_scores
    frame = scores.contributions(answer.mentee, answer.mentor, answer.approach)
    width = len(frame) // max(1, len(answer.mentee))
    frame["match"] = np.repeat(np.arange(len(answer.mentee)), width)
    extra = pd.concat([_lowered(answer), _bonus(answer)])
    if len(extra):
        frame = pd.concat([frame, extra.astype(frame.dtypes.to_dict())])
    frame = frame.sort_values("match", kind="stable").drop(columns="match")
    frame["answered"] = flags(frame["answered"].to_numpy(dtype=bool))
    return frame.reset_index(drop=True)


def _lowered(answer: Answer) -> pd.DataFrame:
    amount = answer.combined_score - answer.own_score
    return _extra(answer, LOWERED, amount, answer.is_reciprocal & (amount != 0))


def _bonus(answer: Answer) -> pd.DataFrame:
    amount = np.full(len(answer.mentee), answer.instance.reciprocal.bonus)
    return _extra(answer, BONUS, amount, answer.is_reciprocal & (amount != 0))


def _extra(answer: Answer, name: str, amount: Floats, where: Bools) -> pd.DataFrame:
    at = np.flatnonzero(where)
    frame = pd.DataFrame(
        {
            "mentee_id": labels(answer.instance.cohort.mentee_index.ids, answer.mentee[at]),
            "mentor_id": labels(answer.instance.cohort.mentor_index.ids, answer.mentor[at]),
            "feature": [name] * len(at),
            "answered": np.zeros(len(at), dtype=bool),
            "value": np.full(len(at), np.nan),
            "weight": np.zeros(len(at)),
            "contribution": amount[at],
        },
        columns=list(CONTRIBUTION_COLUMNS),
    )
    return frame.assign(match=at)


def mentors_table(answer: Answer) -> pd.DataFrame:
    """Return what each mentor can give this round, what is used, and the price of a place."""
    return pd.DataFrame(
        {
            "mentor_id": list(answer.instance.cohort.mentor_index.ids),
            "capacity": answer.instance.problem.capacity,
            # Thirds of a place add up to whole ones, not to 1.9999999999999998.
            "used": np.round(answer.used, 9),
            "price": np.asarray(answer.solution.prices, dtype=np.float64),
        }
    )


def certificate_table(answer: Answer) -> pd.DataFrame:
    """Return every row of the dual bound, with ids of people instead of positions."""
    names = RowNames(answer.instance)
    rows = [
        (row.kind, names.name(row), float(row.rhs), float(row.dual))
        for row in answer.solution.duals
    ]
    return pd.DataFrame(rows, columns=["kind", "id", "rhs", "dual"])


def labels(ids: tuple[str, ...], at: np.ndarray) -> list[str]:
    """Return the ids at some positions."""
    return [ids[k] for k in at.tolist()]


def flags(values: Bools) -> list[str]:
    """Return booleans as `true` and `false`."""
    return ["true" if value else "false" for value in values.tolist()]


def joined(lists: Iterable[tuple[str, ...]]) -> list[str]:
    """Return lists as cells, items separated by ``;``."""
    return [";".join(items) for items in lists]
