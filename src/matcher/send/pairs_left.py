"""What plans say once some pairs of a run are none, or are not to be told of yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from matcher.plans.plan_source import PlanSource
from matcher.publish.need_cover import NeedCover
from matcher.vocabulary import NeedState


def pairs_left(source: PlanSource, kept: Sequence[bool]) -> PlanSource:
    """Return the source with some of its matches alone, who is there for what said anew.

    What a pair that is gone was there for goes to whoever of those left offers it, or to contacts
    who hold it, or stays open: as in a run with these pairs. Whoever lost no pair keeps what the
    run said.

    Parameters
    ----------
    source
        With all matches. Pairs of people who are not in the tables any more are gone as well.
    kept
        Which of its matches are left, by row.
    """
    stay = np.asarray(kept, dtype=bool)
    matches = source.matches[stay]
    gone = {*source.matches["mentee_id"][~stay], *(mentee for mentee, _ in source.parted)}
    changed = gone & {*source.mentees}
    if not changed:
        return source if stay.all() else source.with_matches(matches)
    sides = source.cohort.mentee_index, source.cohort.mentor_index
    columns = (matches["mentee_id"], matches["mentor_id"])
    at = [index.positions(tuple(ids)) for index, ids in zip(sides, columns, strict=True)]
    pairs, rows = np.stack(at, axis=1), np.lexsort((at[1], at[0]))
    cover = NeedCover.of_people(source.cohort, source.config, source.audit, pairs[rows])
    by_row = dict(zip(rows.tolist(), cover.covers, strict=True))
    covers = [
        by_row[k] if mentee in changed else was
        for k, (mentee, was) in enumerate(zip(columns[0], matches["covers"], strict=True))
    ]
    return replace(
        source,
        matches=matches.assign(covers=pd.Series(covers, index=matches.index, dtype=object)),
        portfolios=_portfolios(source, cover, changed),
    )


def _portfolios(source: PlanSource, cover: NeedCover, changed: set[str]) -> pd.DataFrame:
    table, position = source.portfolios, source.cohort.mentee_index.position

    def of(column: str, state: NeedState) -> pd.Series[Any]:
        now, was = cover.needs_in(state), table[column]
        cells = [
            now[position[mentee]] if mentee in changed else facets
            for mentee, facets in zip(table["mentee_id"], was, strict=True)
        ]
        return pd.Series(cells, index=table.index, dtype=object)

    return table.assign(
        partly=of("partly", NeedState.PARTLY), uncovered=of("uncovered", NeedState.OPEN)
    )
