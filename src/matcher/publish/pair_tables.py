"""The tables about matches, portfolios and mentors, and who is there for what."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.languages import are_asked, spoken_by
from matcher.explain.opened_run import RowNames
from matcher.features.base import Listed
from matcher.problem.periods import is_brief, start_periods
from matcher.problem.rules.seats import SeatRule
from matcher.publish.matched_pairs import MatchedPairs, by_side
from matcher.run_tables import RUN_TABLES, frame_of
from matcher.scoring.approaches import CODES
from matcher.vocabulary import Approach, Decision, NeedState, facet_label

LOWERED = "reciprocal"
"""Contribution by which combining the two directions changes the score of a reciprocal pair."""

ORDER = "approach_order"
"""Contribution that takes the next approach of a pair down to the one that the mentee put first."""

LIGHT = "; the exchange back is light and takes no place"
"""What is said of the mentor's role in an exchange of two people in one role each."""

BONUS = "reciprocal_bonus"
"""Contribution of ``[reciprocal] bonus``."""

FACETS_NAMED = 3
"""Facets named in a role."""

MENTOR_TITLES = {
    Approach.DEVELOPMENTAL.value: "mentor",
    Approach.SPONSORSHIP.value: "sponsor",
    Approach.REVERSE.value: "reverse mentor",
    Approach.RECIPROCAL.value: "co-mentor",
}


def matches_table(pairs: MatchedPairs, robust: Bools | None = None) -> pd.DataFrame:
    """Return one row a match, a reciprocal pair two, sorted by mentee and mentor.

    `robust`, shape (k,), says which matches survive every change of a weight; None: nobody asked.
    """
    instance, k = pairs.instance, len(pairs.mentee)
    covered = pairs.need_cover.covers
    bonus = np.where(pairs.is_reciprocal, instance.reciprocal.bonus, 0.0)
    seats = seats_of(pairs)
    table = pd.DataFrame(
        {
            "mentee_id": _labels(instance.cohort.mentee_index.ids, pairs.mentee),
            "mentor_id": _labels(instance.cohort.mentor_index.ids, pairs.mentor),
            "approach": _approach_names(pairs),
            "reciprocal": pairs.approach == CODES[Approach.RECIPROCAL],
            "score": pairs.combined_score + bonus,
            "role": _roles(pairs, covered, seats),
            "covers": covered,
            "hours_per_month": _hours(pairs),
            "period": _start_periods(pairs),
            "locked": pairs.is_forced,
            "previous": _previous(pairs),
            "robust": [None] * k if robust is None else robust.tolist(),
        }
    )
    return table if seats is None else table.assign(seat=pd.Series(seats, dtype=object))


def _hours(pairs: MatchedPairs) -> Floats:
    """Return the hours a month of each match; the light side of an exchange takes its share."""
    instance, both = pairs.instance, pairs.instance.reciprocal
    full = np.ones(len(pairs.mentee))
    light = by_side(instance, pairs.assignment, both.a_light, both.b_light, full)
    return light * instance.hours.of_pairs(Listed(pairs.mentee, pairs.mentor))


def _start_periods(pairs: MatchedPairs) -> Ints:
    """Return the period in which each match starts, 1 where the programme has one."""
    instance = pairs.instance
    places = instance.problem.capacity
    if instance.config.capacity.unit == "hours":
        places = places / max(instance.hours.default, 1e-9)
    number = pairs.assignment.reciprocal
    sides = np.flatnonzero(number >= 0)
    return start_periods(
        pairs.mentor,
        is_brief(instance.cohort.mentees)[pairs.mentee],
        places,
        instance.config.programme.periods,
        first=pairs.is_forced,
        pairs=sides[np.argsort(number[sides], kind="stable")].reshape(-1, 2),
    )


def _previous(pairs: MatchedPairs) -> list[bool] | list[None]:
    """Return whether each match was one of the earlier run; nothing without one."""
    carried = pairs.instance.carried
    if carried is None:
        return [None] * len(pairs.mentee)
    m = max(1, pairs.instance.problem.n_mentors)
    kept = np.isin(pairs.assignment.pairs @ [m, 1], carried.pairs @ [m, 1])
    return [bool(one) for one in kept]


def portfolios_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return one row a mentee, matched or not, with the terms of V and cover by facet group.

    ``value = relation + coverage - redundancy - min_gain * max(0, n_mentors - 1)``, all in units of
    V. A facet group holds the share of that group's need that is covered, organic ties included.
    """
    terms = pairs.terms
    table = pd.DataFrame(
        {
            "mentee_id": list(pairs.instance.cohort.mentee_index.ids),
            "n_mentors": terms.size,
            "value": terms.value,
            "relation": terms.relation,
            "coverage": terms.coverage,
            "redundancy": terms.redundancy,
            "needs_met": np.where(
                pairs.is_known, (pairs.instance.needs * pairs.cover[1]).sum(axis=1), np.nan
            ),
            "partly": pairs.need_cover.needs_in(NeedState.PARTLY),
            "uncovered": pairs.need_cover.needs_in(NeedState.OPEN),
        }
    )
    for group in dict.fromkeys(name.split(".")[0] for name in pairs.instance.facets):
        table[group] = _group_cover(pairs, group)
    return table


def _group_cover(pairs: MatchedPairs, group: str) -> Floats:
    """Return the share of each mentee's need in a facet group that is covered, NaN without need."""
    inside = [k for k, name in enumerate(pairs.instance.facets) if name.startswith(f"{group}.")]
    needs, cover = pairs.instance.needs[:, inside], pairs.cover[1][:, inside]
    total = needs.sum(axis=1)
    met = (needs * cover).sum(axis=1)
    share = np.full(len(total), np.nan)
    np.divide(met, total, out=share, where=total > 0)
    return share


def contributions_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return what each feature adds to the score of each match, in the order of the matches."""
    frame = pairs.instance.pair_scores.contributions(pairs.mentee, pairs.mentor, pairs.approach)
    width = len(frame) // max(1, len(pairs.mentee))
    frame["match"] = np.repeat(np.arange(len(pairs.mentee)), width)
    extra = _of_both_directions(pairs)
    if len(extra):
        frame = pd.concat([frame, extra.astype(frame.dtypes.to_dict())])
    frame = frame.sort_values("match", kind="stable").drop(columns="match")
    return frame.reset_index(drop=True)


def _of_both_directions(pairs: MatchedPairs) -> pd.DataFrame:
    """Return what makes the published score of a match out of its own direction's."""
    cohort = pairs.instance.cohort
    both, lowered = pairs.is_reciprocal, pairs.combined_score - pairs.own_score
    bonus = np.where(both, pairs.instance.reciprocal.bonus, 0.0)
    amounts = (
        (LOWERED, np.where(both, lowered, 0.0)),
        (BONUS, bonus),
        (ORDER, np.where(both, 0.0, lowered)),
    )
    parts = []
    for name, amount in amounts:
        at = np.flatnonzero(amount)
        part = {
            "mentee_id": _labels(cohort.mentee_index.ids, pairs.mentee[at]),
            "mentor_id": _labels(cohort.mentor_index.ids, pairs.mentor[at]),
            "feature": name,
            "answered": False,
            "value": np.nan,
            "weight": 0.0,
            "contribution": amount[at],
            "match": at,
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts)


def mentors_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return what each mentor can give this round, what is used, and the price of a place."""
    return pd.DataFrame(
        {
            "mentor_id": list(pairs.instance.cohort.mentor_index.ids),
            "capacity": pairs.instance.problem.capacity,
            # Thirds of a place add up to whole ones, not to 1.9999999999999998.
            "used": np.round(pairs.used, 9),
            "price": np.asarray(pairs.solution.prices, dtype=np.float64),
        }
    )


def certificate_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return every row of the dual bound, with ids of people instead of positions."""
    names = RowNames(pairs.instance)
    return frame_of(
        "certificate",
        (
            (row.kind, names.name(row), float(row.rhs), float(row.dual))
            for row in pairs.solution.duals
        ),
    )


def _labels(ids: tuple[str, ...], at: np.ndarray) -> list[str]:
    """Return the ids at some positions."""
    return [ids[k] for k in at.tolist()]


def _approach_names(pairs: MatchedPairs) -> list[str]:
    """Return the approach of each match in words."""
    names = [approach.value for approach in Approach]
    return [names[code] for code in pairs.approach.tolist()]


def _roles(
    pairs: MatchedPairs, covered: list[tuple[str, ...]], seats: list[tuple[str, ...]] | None
) -> list[str]:
    """Return each match's role in words, such as ``lead: sponsor for whom, sector knowledge``."""
    names, own = seats or [()] * len(covered), pairs.instance.config.facet_labels
    before = [f"{', '.join(seat)}: " if seat else "" for seat in names]
    roles = [
        f"{MENTOR_TITLES[approach]} for "
        f"{', '.join(own.get(f) or facet_label(f) for f in facets[:FACETS_NAMED])}"
        if facets
        else MENTOR_TITLES[approach]
        for approach, facets in zip(_approach_names(pairs), covered, strict=True)
    ]
    light = (pairs.approach == CODES[Approach.RECIPROCAL]) & ~pairs.is_reciprocal
    roles = [f"{role}{LIGHT * one}" for role, one in zip(roles, light.tolist(), strict=True)]
    return [seat + role for seat, role in zip(before, roles, strict=True)]


def decisions_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return the decisions that the run obeyed, in their order; notes are none."""
    table = pairs.instance.decisions
    table = table[table["decision"] != Decision.NOTE.value]
    return table[[column.name for column in RUN_TABLES["decisions"].in_file]].reset_index(drop=True)


def seats_of(pairs: MatchedPairs) -> list[tuple[str, ...]] | None:
    """Return the names of the seats of each match; None where the programme has no seats.

    A mentor takes one of the seats that are filled: the first that leaves one for everybody, those
    with the highest scores first. Of other seats a mentor takes all that it counts for.
    """
    stated = [seat for seat in pairs.instance.config.portfolio.seats if not seat.each]
    if not stated:
        return None
    cohort, config = pairs.instance.cohort, pairs.instance.config
    rules = [SeatRule.of_seat(cohort, config, seat) for seat in stated]
    fits = np.array([rule.code(pairs.mentee, pairs.mentor) >= 0 for rule in rules])
    for seat, may in zip(stated, fits, strict=True):
        may &= pairs.approach == CODES[seat.approach] if seat.approach else True
    filled = np.array([seat.fill for seat in stated])
    if filled.any():
        filling = [rule for rule, fill in zip(rules, filled.tolist(), strict=True) if fill]
        fits[filled] = _one_each(pairs, filling, fits[filled])
    names = [seat.name for seat in stated]
    return [
        tuple(name for name, sits in zip(names, column, strict=True) if sits)
        for column in fits.T.tolist()
    ]


def _one_each(pairs: MatchedPairs, seats: Sequence[SeatRule], fits: Bools) -> Bools:
    """Return which one of the seats each match takes: (seats, k)."""
    sits = np.zeros_like(fits)
    order = np.lexsort((-pairs.combined_score, pairs.mentee))
    for matches in np.split(order, np.flatnonzero(np.diff(pairs.mentee[order])) + 1):
        found = _seated(fits[:, matches].T, [rule.least for rule in seats], seats)
        if found is not None:
            sits[found, matches] = True
    return sits


def _seated(fits: Bools, lacks: list[int], seats: Sequence[SeatRule]) -> list[int] | None:
    """Return a seat for each of some mentors (r, seats) in turn; None where there is no way.

    `lacks` is how many each seat still has to get; below 0 are those beyond its least.
    """
    if sum(max(0, lack) for lack in lacks) > len(fits):
        return None
    if not len(fits):
        return []
    for seat in np.flatnonzero(fits[0]).tolist():
        if seats[seat].least - lacks[seat] < seats[seat].most:
            after = [lack - (at == seat) for at, lack in enumerate(lacks)]
            rest = _seated(fits[1:], after, seats)
            if rest is not None:
                return [seat, *rest]
    return None


def common_languages(pairs: MatchedPairs) -> dict[str, int] | None:
    """Return of how many pairs both languages are ``known``, and how many of those share ``none``.

    None where one side was not asked.
    """
    cohort = pairs.instance.cohort
    if not are_asked(cohort):
        return None
    ours, theirs = spoken_by(cohort.mentees), spoken_by(cohort.mentors)
    matched = zip(pairs.mentee.tolist(), pairs.mentor.tolist(), strict=True)
    both = [({*ours[i]}, {*theirs[j]}) for i, j in matched if ours[i] and theirs[j]]
    return {"known": len(both), "none": sum(one.isdisjoint(other) for one, other in both)}
