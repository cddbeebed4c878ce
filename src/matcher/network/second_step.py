"""Whom a person's contacts know, as `contacts.knows` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.text import fold_column

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.network.ego_networks import EgoNetworks


def second_step(cohort: Cohort, networks: EgoNetworks) -> pd.DataFrame:
    """Return one row a contact and person known: `ego`, `row` (of the contacts), `slot`, `person`.

    Ego and ego's own contacts are one step away at most, so they are left out; `person` is folded.
    """
    rows = networks.rows
    lengths = rows["knows"].map(len).to_numpy(dtype=np.int64)
    source = np.repeat(np.arange(len(rows)), lengths)
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
