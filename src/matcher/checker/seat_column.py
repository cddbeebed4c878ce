"""The seats that a run states: each mentor sits where the config lets it, and every seat is kept.

A sitting proves itself, so nothing is searched for here.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matcher.checker.certificate import fault
from matcher.checker.rules import seat_codes
from matcher.errors import Finding
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools
from matcher.problem.rules.seats import SeatRule


def check_seats(
    matches: pd.DataFrame, instance: Instance, assignment: Assignment
) -> Iterator[Finding]:
    """Check column ``seat`` of the matches, in the order of the assignment."""
    seats = [seat for seat in instance.config.portfolio.seats if not seat.each]
    stated = matches.get("seat", pd.Series([""] * len(matches))).astype(str)
    taken = [[seat.name in cell.split(";") for seat in seats] for cell in stated]
    sits = np.array(taken, dtype=bool).reshape(len(matches), len(seats)).T
    for seat, column in zip(seats, sits, strict=True):
        rule = SeatRule.of_seat(instance.cohort, instance.config, seat)
        counts = seat_codes(rule, *assignment.pairs.T) >= 0
        if seat.approach:
            counts &= matches["approach"].to_numpy(dtype=object) == seat.approach.value
        wrong = column & ~counts if seat.fill else column != counts
        mentee = assignment.pairs[:, 0]
        count = np.bincount(mentee[column], minlength=instance.problem.n_mentees)[mentee]
        wrong |= np.asarray((count < rule.least) | (count > rule.most))
        yield from _told(matches, wrong, seat.name)
    filled = np.array([seat.fill for seat in seats], dtype=bool)
    if filled.any():
        yield from _told(matches, sits[filled].sum(axis=0) != 1, "that is filled")


def _told(matches: pd.DataFrame, wrong: Bools, seat: str) -> Iterator[Finding]:
    for k in np.flatnonzero(wrong)[:1].tolist():
        people = f"{matches['mentee_id'].iloc[k]} and {matches['mentor_id'].iloc[k]}"
        yield fault("C_RULE", f"the seat {seat} is not as stated for {people}")
