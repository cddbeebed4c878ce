"""Whether the match serves groups of people alike: `groups.csv`, for the fairness audit only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.evaluate import Bootstrap, group_gaps

if TYPE_CHECKING:
    from matcher.publish.answer import Answer


def groups_table(answer: Answer) -> pd.DataFrame:
    """Return what mentees of each group get, with intervals; small cells are hidden.

    Empty where the programme holds no groups. Who is in no row of `groups` did not state any.
    """
    cohort, config = answer.instance.cohort, answer.instance.config
    ids = pd.Index(cohort.mentee_index.ids)
    known = cohort.groups.drop_duplicates("person_id").set_index("person_id").reindex(ids)
    attributes = known.drop(columns=["source_row"], errors="ignore")
    covered = (answer.instance.needs * answer.cover[1]).sum(axis=1)
    metrics = {
        "value": np.asarray(answer.terms.value, dtype=np.float64),
        "matched": (answer.size > 0).astype(np.float64),
        "mentors": answer.size.astype(np.float64),
        "coverage": np.asarray(covered, dtype=np.float64),
    }
    return group_gaps(
        metrics,
        attributes.reset_index(drop=True),
        min_cell=config.report.min_cell,
        bootstrap=Bootstrap(seed=config.solver.seed),
    )
