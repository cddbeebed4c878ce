"""Mentees who could mentor somebody themselves: those whose plan proposes to offer support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.run_tables import frame_of

if TYPE_CHECKING:
    import pandas as pd

    from matcher.plans.plan_page import PlanWriter


def possible_mentors(writer: PlanWriter, only: str | None = None) -> pd.DataFrame:
    """Return whom the programme may ask to mentor, in the order of the cohort.

    Parameters
    ----------
    writer
        Of the plans that say so.
    only
        One mentee's id; everybody if None.

    Returns
    -------
    pandas.DataFrame
        `person_id, newer_in_field`: the second counts the other mentees who named the person's
        first field and have worked fewer years. Nobody who is a mentor already, and nobody without
        an audit.
    """
    ids = writer.source.mentees if only is None else (only,)
    newer = {person: writer.newer_in_field(person) for person in ids}
    rows = [(person, count) for person, count in newer.items() if count is not None]
    return frame_of("possible_mentors", rows).astype({"newer_in_field": "int64"})
