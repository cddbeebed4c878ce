"""How alike a person's contacts are, to each other and to the person, by attribute.

An attribute is `organisation` or any further column of the contacts. Its population is the one
that the config declares, else the other people of the cohort whose value is known (columns of
mentees and mentors first, then `groups`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.network.ego_metrics import Case, Measure, Undefined, divide, measure, no_contacts
from matcher.network.ego_networks import EgoNetworks
from matcher.text import fold, fold_column
from matcher.vocabulary import is_protected

NOT_ATTRIBUTES = {column.name for column in TABLES["contacts"].columns} | {
    *("source_row", "ego", "wave_rank", "contact_key"),
    *("name", "preferred_name", "email", "notes", "comment"),
}
"""Columns of the contacts that say who somebody is or are the audit itself."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of ego, contacts and population, as codes from 0; -1 is unknown."""

    name: str
    labels: tuple[str, ...]
    """Declared categories, folded: code c is ``labels[c]``."""
    own: Ints
    """Shape (n,), ego's category."""
    contacts: Ints
    """Shape (n, c)."""
    same: Floats
    """Shape (n,), people (or shares) of the population in ego's category; NaN: no population."""
    total: Floats
    """Shape (n,), people of the population (1 where shares are declared)."""
    protected: bool = False
    """Whether it is a protected attribute, by name or known from `groups` only: not for plans."""

    @property
    def declared(self) -> int:
        """How many categories there are."""
        return len(self.labels)

    @property
    def known(self) -> Bools:
        """Which slots hold a known category, shape (n, c)."""
        return np.asarray(self.contacts >= 0)

    @property
    def alike(self) -> Bools:
        """Which contacts share ego's category, shape (n, c)."""
        same: Bools = self.contacts == self.own[:, None]
        return same & self.known & (self.own >= 0)[:, None]


def _attribute_names(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the attributes of the contacts: `organisation` and further columns, sorted."""
    further = {str(column) for column in rows.columns} - NOT_ATTRIBUTES
    text = {name for name in further if not rows[name].map(lambda v: isinstance(v, tuple)).any()}
    return ("organisation", *sorted(text))


def build_attributes(
    cohort: Cohort, networks: EgoNetworks, config: Config
) -> tuple[Attribute, ...]:
    """Return every attribute of the contacts with its population."""
    return tuple(
        _attribute(name, cohort, networks, config) for name in _attribute_names(networks.rows)
    )


def _attribute(name: str, cohort: Cohort, networks: EgoNetworks, config: Config) -> Attribute:
    people, protected = _people(cohort, name)
    declared = {
        fold(label): amount for label, amount in config.audit.population.get(name, {}).items()
    }
    theirs = fold_column(networks.rows[name])
    labels = sorted({*declared, *people.dropna(), *theirs.dropna()})
    lookup = pd.Index(labels, dtype="object")
    own = _codes(lookup, people.reindex(cohort.mentees["person_id"]))
    if declared:
        amounts = np.array([declared.get(label, 0.0) for label in labels])
        same, total = _from_amounts(amounts, own)
    else:
        codes = _codes(lookup, people)
        same, total = _from_people(np.bincount(codes[codes >= 0], minlength=len(labels)), own)
    contacts = networks.spread(_codes(lookup, theirs), -1)
    hidden = protected or is_protected(name)
    return Attribute(name, tuple(labels), own, contacts, same=same, total=total, protected=hidden)


def _people(cohort: Cohort, name: str) -> tuple[pd.Series[Any], bool]:
    """Return everyone's folded value by id, and whether only `groups` knows it."""
    sides = [
        side.set_index("person_id")[name]
        for side in (cohort.mentees, cohort.mentors)
        if name in side.columns
    ]
    protected = not sides and name in cohort.groups.columns
    if protected:
        sides = [cohort.groups.set_index("person_id")[name]]
    if not sides:
        return pd.Series(dtype="string"), False
    values = fold_column(pd.concat(sides)).dropna()
    return values[~values.index.duplicated()], protected


def _codes(labels: pd.Index[Any], values: pd.Series[Any]) -> Ints:
    found = labels.get_indexer(pd.Index(values.astype("object").to_numpy()))
    return np.where(values.isna().to_numpy(dtype=bool), -1, found).astype(np.int64)


def _from_amounts(amounts: Floats, own: Ints) -> tuple[Floats, Floats]:
    """Return ego's category and the whole of a declared population, which holds no ego."""
    return np.where(own >= 0, amounts[own], np.nan), np.full(len(own), float(amounts.sum()))


def _from_people(counts: Ints, own: Ints) -> tuple[Floats, Floats]:
    """Return the same for the cohort's own people, ego not counted."""
    total = (counts.sum() - (own >= 0)).astype(np.float64)
    same = counts[own] - 1.0 if len(counts) else np.zeros(len(own))
    return np.where((own >= 0) & (total > 0), same, np.nan), total


def blau(attribute: Attribute, named: Bools) -> Measure:
    """Return 1 - sum of squared shares of the categories among contacts (Blau 1977)."""
    known = attribute.known & named
    total = known.sum(axis=1)
    pairs = attribute.contacts[:, :, None] == attribute.contacts[:, None, :]
    alike = (pairs & known[:, :, None] & known[:, None, :]).sum(axis=(1, 2))
    return measure(
        1.0 - divide(alike, total * total), total, no_contacts(named), _single(attribute)
    )


def iqv(attribute: Attribute, named: Bools) -> Measure:
    """Return Blau's index over its largest value, k/(k - 1) with k = declared categories."""
    spread = blau(attribute, named)
    k = attribute.declared
    value = spread.value * k / (k - 1) if k > 1 else spread.value
    return measure(value, spread.n_valid, no_contacts(named), _single(attribute))


def coleman(attribute: Attribute, named: Bools) -> Measure:
    """Return ego's homophily (Coleman 1958): -1 only others, 0 as in the population, 1 only alike.

    With s of n contacts in ego's category and its share p in the population: (s - np)/(n - np)
    where s >= np, else (s - np)/(np).
    """
    total = (attribute.known & named).sum(axis=1)
    alike = (attribute.alike & named).sum(axis=1)
    share = divide(attribute.same, attribute.total)
    with np.errstate(invalid="ignore"):
        excess = alike - total * share
        room = np.where(excess >= 0, total * (1.0 - share), total * share)
        uniform = (share <= 0.0) | (share >= 1.0)
    return measure(
        divide(excess, room),
        total,
        no_contacts(named),
        *_compared(attribute),
        (uniform, Undefined.POPULATION_UNIFORM),
    )


def yule(attribute: Attribute, named: Bools) -> Measure:
    """Return Yule's Q = (ad - bc)/(ad + bc) of being alike and being named.

    a and b are contacts alike and unlike ego, c and d the rest of the population; contacts are
    taken as members of the population, so it needs numbers of people, not shares.
    """
    total = (attribute.known & named).sum(axis=1)
    a = (attribute.alike & named).sum(axis=1).astype(np.float64)
    b = total - a
    c = attribute.same - a
    d = attribute.total - attribute.same - b
    with np.errstate(invalid="ignore"):
        too_small = (c < 0) | (d < 0)
    return measure(
        divide(a * d - b * c, a * d + b * c),
        total,
        no_contacts(named),
        *_compared(attribute),
        (too_small, Undefined.POPULATION_TOO_SMALL),
    )


def _single(attribute: Attribute) -> Case:
    return np.full(len(attribute.own), attribute.declared == 1), Undefined.ONE_CATEGORY


def _compared(attribute: Attribute) -> tuple[Case, Case]:
    """Return what a comparison with the population needs: ego's own category, and a population."""
    unknown = attribute.own < 0
    return (
        (unknown & (attribute.total > 0), Undefined.EGO_UNKNOWN),
        (~(attribute.total > 0), Undefined.NO_POPULATION),
    )
