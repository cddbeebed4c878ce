"""The network audit of a whole cohort."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matcher.arrays import Bools
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.network import ego_metrics as ego
from matcher.network.composition import Attribute, blau, build_attributes, coleman, iqv, yule
from matcher.network.detectors import Detected, detect
from matcher.network.ego_metrics import Measure
from matcher.network.ego_networks import EgoNetworks, build_networks, own_contacts, second_step
from matcher.network.introductions import find_introductions, introductions_table
from matcher.network.profile import MatchFeed, benefits_served, match_feed, profile_frame
from matcher.vocabulary import ShareWith


@dataclass(frozen=True)
class CohortAudit(MatchFeed):
    """Audits of n mentees; row i of every array belongs to row i of ``cohort.mentees``.

    `metrics`, `detectors` and `introductions` hold what the programme may read; `networks` holds
    the contacts themselves, for the mentee's own plan.
    """

    person_ids: tuple[str, ...]
    measures: Mapping[str, Measure]
    """By metric name, one value a person."""
    detected: tuple[Detected, ...]
    """The four categories."""
    networks: EgoNetworks
    attributes: tuple[Attribute, ...]
    serves: Bools
    """Shape (n, c, 7), which benefits each contact serves, in the order of NetworkBenefit."""
    profiles: pd.DataFrame
    """One row a mentee: `person_id, n_contacts, typology`, the axes, purposes and benefits."""
    own_introductions: pd.DataFrame
    """One row a mentee, mentor and contact, with the contact: for the mentee's own eyes."""

    @cached_property
    def audited(self) -> Bools:
        """Shape (n,): whether the person named anybody, whatever the match takes from it."""
        return np.asarray(self.networks.named.any(axis=1))

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Columns `person_id, metric, value, reason, n_valid`: every metric of every person."""
        width = len(self.measures)
        values = np.stack([m.value for m in self.measures.values()], axis=1)
        reasons = np.stack([m.reason for m in self.measures.values()], axis=1)
        counts = np.stack([m.n_valid for m in self.measures.values()], axis=1)
        return pd.DataFrame(
            {
                "person_id": np.repeat(np.array(self.person_ids, dtype=object), width),
                "metric": np.tile(
                    np.array(list(self.measures), dtype=object), len(self.person_ids)
                ),
                "value": values.ravel(),
                "reason": reasons.ravel(),
                "n_valid": counts.ravel(),
            }
        )

    @cached_property
    def detectors(self) -> pd.DataFrame:
        """Columns `person_id, category, score, level, contacts`; contacts as far as shared."""
        frames = [
            pd.DataFrame(
                {
                    "person_id": self.person_ids,
                    "category": str(found.category),
                    "score": found.score.value,
                    "level": found.level,
                    "contacts": self._shared_drivers(found),
                }
            )
            for found in self.detected
        ]
        joined = pd.concat(frames, ignore_index=True)
        order = np.arange(len(joined)).reshape(len(self.detected), -1).T.ravel()
        return joined.iloc[order].reset_index(drop=True)

    @cached_property
    def introductions(self) -> pd.DataFrame:
        """Columns `mentee_id, mentor_id, path, distance`; contacts as far as shared."""
        return introductions_table(self.own_introductions)

    def contacts_of(self, person: int) -> pd.DataFrame:
        """Return the contacts that a mentee, given by position, named in the latest audit.

        Parameters
        ----------
        person
            Position of the mentee.

        Returns
        -------
        pd.DataFrame
            Rows of `contacts`, empty without an audit.
        """
        start, stop = np.searchsorted(self.networks.ego, [person, person + 1])
        return self.networks.rows.iloc[start:stop]

    def _shared_drivers(self, found: Detected) -> list[str]:
        """Return per person the drivers that the programme may read, and how many others."""
        rows = self.networks.rows
        driving = found.drivers[self.networks.ego, self.networks.slot]
        driving &= ~np.isnan(found.score.value)[self.networks.ego]
        shared = (rows["share_with"] == ShareWith.PROGRAMME).to_numpy(dtype=bool)
        hidden = np.bincount(self.networks.ego[driving & ~shared], minlength=len(self.person_ids))
        named: list[list[str]] = [[] for _ in self.person_ids]
        open_rows = driving & shared
        names = rows["contact_id"][open_rows].tolist()
        for person, name in zip(self.networks.ego[open_rows].tolist(), names, strict=True):
            named[person].append(str(name))
        scored = ~np.isnan(found.score.value)
        return [
            _names_and_count(names, int(count)) if known else ""
            for names, count, known in zip(named, hidden, scored, strict=True)
        ]


def _names_and_count(names: list[str], hidden: int) -> str:
    """Return ``a;b``, ``3`` where nobody may be named, or ``a;+2`` where some may."""
    if not names:
        return str(hidden)
    return ";".join([*names, f"+{hidden}"] if hidden else names)


def audit_cohort(cohort: Cohort, config: Config | None = None) -> CohortAudit:
    """Audit every mentee's network at once.

    Parameters
    ----------
    cohort
        Contacts of the latest audit count; earlier ones only for dynamism.
    config
        Its `audit` section; the defaults if None.

    Returns
    -------
    CohortAudit
        Metrics, detectors, gaps and held cover of n mentees.
    """
    settings = config or Config()
    networks = build_networks(cohort)
    attributes = build_attributes(cohort, networks, settings)
    measures = {
        **_ego_measures(cohort, networks, settings),
        **_attribute_measures(attributes, networks),
    }
    values = {name: measured.value for name, measured in measures.items()}
    serves = benefits_served(networks)
    ids = cohort.mentees["person_id"]
    return CohortAudit(
        **vars(match_feed(networks, settings)),
        person_ids=cohort.mentee_index.ids,
        measures=measures,
        detected=detect(networks, attributes),
        networks=networks,
        attributes=attributes,
        serves=serves,
        profiles=profile_frame(ids, networks, attributes, values, serves),
        own_introductions=find_introductions(
            cohort, networks, may_know_limit=settings.audit.introductions
        ),
    )


def audit(cohort: Cohort, config: Config | None = None) -> pd.DataFrame:
    """Return the metrics frame of a cohort: one row a mentee and metric.

    Parameters
    ----------
    cohort
        Whose networks are audited; dates are measured from its `as_of`.
    config
        Its `audit` section; the defaults if None.

    Returns
    -------
    pandas.DataFrame
        Columns `person_id, metric, value, reason, n_valid`; `value` is NaN where undefined, and
        then `reason` says why.
    """
    return audit_cohort(cohort, config).metrics


def _ego_measures(cohort: Cohort, networks: EgoNetworks, config: Config) -> dict[str, Measure]:
    """Return every metric that needs no attribute, in the order of ``audit.csv``."""
    ties, named = networks.ties, networks.named
    listed = second_step(cohort, networks)
    fof_reach, fof_efficiency = ego.second_step_reach(
        listed["ego"].to_numpy(), listed["person"].to_numpy(), listed["slot"].to_numpy(), named
    )
    history = own_contacts(cohort)
    return {
        "ei_index": ego.ei_index(networks.internal, named),
        "density": ego.density(ties, named),
        "effective_size": ego.effective_size(ties, named),
        "efficiency": ego.efficiency(ties, named),
        "constraint": ego.constraint(ties, named),
        "connectivity": ego.connectivity(ties, named),
        "purpose_balance": ego.purpose_balance(networks.purposes, named),
        "multiplexity": ego.multiplexity(networks.purposes, named),
        "fof_reach": fof_reach,
        "fof_efficiency": fof_efficiency,
        "weak_tie_share": ego.weak_tie_share(networks.frequency, named),
        "recency": ego.recency(networks.days_since, named, config.audit.half_life_days),
        "dynamism": ego.dynamism(
            len(named),
            history["ego"].to_numpy(),
            history["contact_key"].to_numpy(),
            history["wave_rank"].to_numpy(),
        ),
    }


def _attribute_measures(
    attributes: tuple[Attribute, ...], networks: EgoNetworks
) -> dict[str, Measure]:
    """Return the four metrics of every attribute."""
    kinds = {"blau": blau, "iqv": iqv, "coleman": coleman, "yule": yule}
    return {
        f"{kind}_{attribute.name}": compute(attribute, networks.named)
        for attribute in attributes
        for kind, compute in kinds.items()
    }
