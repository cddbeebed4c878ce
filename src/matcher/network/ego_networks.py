"""The named contacts of every person as padded arrays, so that the cohort is audited at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.text import fold_column
from matcher.vocabulary import Era, Frequency, Purpose

LONG_KNOWN_YEARS = 5
"""Years from which a contact counts as long known."""


@dataclass(frozen=True)
class EgoNetworks:
    """Ego networks of n mentees with at most c contacts each.

    Only ego and the contacts of the latest audit are in it. Slots are ordered by `contact_id`; a
    slot past a person's last contact is empty. A code of -1 and a NaN mean not answered.
    """

    rows: pd.DataFrame
    """Contacts of the latest audit, k rows in the order of ego and slot."""
    ego: Ints
    """Shape (k,), position of the mentee of each row."""
    slot: Ints
    """Shape (k,), slot of each row."""
    named: Bools
    """Shape (n, c), whether the slot holds a contact."""
    ties: Bools
    """Shape (n, c, c), symmetric ties between contacts, without loops."""
    internal: Floats
    """Shape (n, c), 1 inside ego's organisation, 0 outside."""
    purposes: Bools
    """Shape (n, c, 3), in the order of :class:`Purpose`."""
    frequency: Ints
    """Shape (n, c), code in the order of :class:`Frequency`."""
    era: Ints
    """Shape (n, c), code in the order of :class:`Era`."""
    sees_change: Floats
    """Shape (n, c), 1 could see ego doing something different, 0 could not."""
    years_known: Floats
    """Shape (n, c), whole years since the two met, by the calendar."""
    days_since: Floats
    """Shape (n, c), days since the last contact."""

    @property
    def size(self) -> Ints:
        """Contacts of each person, shape (n,)."""
        return np.asarray(self.named.sum(axis=1), dtype=np.int64)

    def spread(self, values: NDArray[Any], empty: Any) -> NDArray[Any]:
        """Lay values of the rows, shape (k, ...), out in slots: shape (n, c, ...)."""
        return spread(values, self.ego, self.slot, self.named.shape, empty)


def spread(
    values: NDArray[Any], ego: Ints, slot: Ints, shape: tuple[int, ...], empty: Any
) -> NDArray[Any]:
    """Lay values of rows, shape (k, ...), out in an array of `shape` + (...), else `empty`."""
    laid = np.full((*shape, *values.shape[1:]), empty, dtype=values.dtype)
    laid[ego, slot] = values
    return laid


def wave_rank(contacts: pd.DataFrame) -> pd.Series[Any]:
    """Return a number that grows with the audit of a row; a row without one is the first."""
    numbers = pd.to_numeric(contacts["wave"], errors="coerce")
    if numbers.isna().sum() == contacts["wave"].isna().sum():
        return numbers.astype("float64").fillna(1.0)
    return fold_column(contacts["wave"]).rank(method="dense").astype("float64").fillna(0.0)


def own_contacts(cohort: Cohort) -> pd.DataFrame:
    """Return the contacts that mentees named, with ego's position, the wave's rank and a folded id.

    Rows of unknown people, a person who names themself, and repeats within one audit are left out.
    """
    contacts = cohort.contacts
    frame = contacts.assign(
        ego=cohort.mentee_index.positions(contacts["person_id"]),
        wave_rank=wave_rank(contacts),
        contact_key=fold_column(contacts["contact_id"]),
    )
    itself = frame["contact_key"] == fold_column(frame["person_id"])
    frame = frame[(frame["ego"] >= 0) & ~itself.fillna(value=True).astype(bool)]
    frame = frame.sort_values(["ego", "wave_rank", "contact_key", "contact_id"], kind="stable")
    return frame.drop_duplicates(["ego", "wave_rank", "contact_key"]).reset_index(drop=True)


def build_networks(cohort: Cohort) -> EgoNetworks:
    """Lay the latest audit of each mentee out in padded arrays.

    Parameters
    ----------
    cohort
        Its `contacts` and `contact_ties` are read; dates are measured from its `as_of`.
    """
    frame = own_contacts(cohort)
    latest = frame.groupby("ego")["wave_rank"].transform("max")
    rows = frame[frame["wave_rank"] == latest].reset_index(drop=True)
    ego: Ints = rows["ego"].to_numpy(dtype=np.int64)
    slot: Ints = np.asarray(rows.groupby("ego").cumcount(), dtype=np.int64)
    shape = (len(cohort.mentees), int(slot.max()) + 1 if len(slot) else 0)

    def lay(values: NDArray[Any], empty: Any) -> NDArray[Any]:
        return spread(values, ego, slot, shape, empty)

    as_of = pd.Timestamp(cohort.as_of)
    return EgoNetworks(
        rows=rows,
        ego=ego,
        slot=slot,
        named=lay(np.ones(len(rows), dtype=bool), empty=False),
        ties=_ties(cohort, rows, slot, shape),
        internal=lay(_internal(cohort, rows), np.nan),
        purposes=lay(_purposes(rows["purposes"]), empty=False),
        frequency=lay(_codes(rows["frequency"], list(Frequency)), -1),
        era=lay(_codes(rows["era"], list(Era)), -1),
        sees_change=lay(yes_no(rows["sees_me_as"]), np.nan),
        years_known=lay(_whole_years_before(rows["known_since"], as_of), np.nan),
        days_since=lay(_days_before(rows["last_contact"], as_of), np.nan),
    )


def _ties(cohort: Cohort, rows: pd.DataFrame, slot: Ints, shape: tuple[int, int]) -> Bools:
    """Return the symmetric ties between current contacts; ties to anybody else are not of it."""
    listed = cohort.contact_ties
    ends = pd.DataFrame(
        {
            "ego": cohort.mentee_index.positions(listed["person_id"]),
            "one": fold_column(listed["contact_id"]),
            "other": fold_column(listed["other_contact_id"]),
        }
    )
    places = pd.DataFrame({"ego": rows["ego"], "key": rows["contact_key"], "slot": slot})
    for end in ("one", "other"):
        named = places.rename(columns={"key": end, "slot": f"slot_{end}"})
        ends = ends.merge(named, on=["ego", end], how="inner")
    ego, one, other = (
        ends[column].to_numpy(dtype=np.int64) for column in ("ego", "slot_one", "slot_other")
    )
    ties = np.zeros((*shape, shape[1]), dtype=bool)
    ties[ego, one, other] = True
    ties |= ties.transpose(0, 2, 1)
    ties[:, np.arange(shape[1]), np.arange(shape[1])] = False
    return ties


def _internal(cohort: Cohort, rows: pd.DataFrame) -> Floats:
    """Return 1 inside, 0 outside, NaN unknown; where not said, the organisations are compared."""
    stated = yes_no(rows["internal"])
    own = (
        fold_column(cohort.mentees["organisation"])
        .iloc[rows["ego"].to_numpy()]
        .reset_index(drop=True)
    )
    theirs = fold_column(rows["organisation"])
    known = (own.notna() & theirs.notna()).to_numpy(dtype=bool)
    same = (own == theirs).fillna(value=False).to_numpy(dtype=np.float64)
    return np.where(np.isnan(stated), np.where(known, same, np.nan), stated)


def _purposes(column: pd.Series[Any]) -> Bools:
    """Return which purposes each row is tagged with, shape (k, 3)."""
    names = [str(purpose) for purpose in Purpose]
    tags = [[name in given for name in names] for given in column.tolist()]
    return np.array(tags, dtype=bool).reshape(len(column), len(Purpose))


def _codes(column: pd.Series[Any], values: list[Any]) -> Ints:
    """Return the position of each value in a vocabulary, -1 where it is empty."""
    return np.asarray(
        pd.Index([str(value) for value in values]).get_indexer(pd.Index(column)), dtype=np.int64
    )


def yes_no(column: pd.Series[Any]) -> Floats:
    """Return 1 for yes, 0 for no, NaN for everything else."""
    words = fold_column(column)
    yes = words.isin(["yes", "true", "1", "1.0"]).to_numpy(dtype=bool)
    no = words.isin(["no", "false", "0", "0.0"]).to_numpy(dtype=bool)
    return np.where(yes, 1.0, np.where(no, 0.0, np.nan))


def _days_before(column: pd.Series[Any], as_of: pd.Timestamp) -> Floats:
    """Return the days from each date to `as_of`, NaN where there is none."""
    days = (as_of - pd.to_datetime(column)) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def _whole_years_before(column: pd.Series[Any], as_of: pd.Timestamp) -> Floats:
    """Return the anniversaries from each date to `as_of`, NaN where there is none.

    Not days over 365.25: most spans of five years hold one leap day only and would fall short.
    """
    dates = pd.to_datetime(column).dt
    before_day = (dates.month > as_of.month) | (
        (dates.month == as_of.month) & (dates.day > as_of.day)
    )
    return np.asarray(as_of.year - dates.year - before_day, dtype=np.float64)


def second_step(cohort: Cohort, networks: EgoNetworks) -> pd.DataFrame:
    """Return one row a contact and person known: `ego`, `row` (of the contacts), `slot`, `person`.

    Ego and ego's own contacts are one step away at most, so they are left out; `person` is folded.
    """
    rows = networks.rows
    source = np.repeat(np.arange(len(rows)), rows["knows"].map(len).to_numpy(dtype=np.int64))
    people = pd.Series([person for known in rows["knows"] for person in known], dtype="string")
    listed = pd.DataFrame(
        {
            "ego": networks.ego[source],
            "row": source,
            "slot": networks.slot[source],
            "person": fold_column(people),
        }
    )
    near = pd.concat(
        [
            pd.DataFrame({"ego": networks.ego, "person": rows["contact_key"].astype("string")}),
            pd.DataFrame(
                {
                    "ego": range(len(cohort.mentees)),
                    "person": fold_column(cohort.mentees["person_id"]),
                }
            ),
        ]
    )
    pairs = pd.MultiIndex.from_frame(listed[["ego", "person"]])
    is_near = pairs.isin(pd.MultiIndex.from_frame(near.drop_duplicates()))
    kept = listed[~is_near & listed["person"].notna() & (listed["person"] != "")]
    return kept.reset_index(drop=True)
