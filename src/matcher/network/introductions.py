"""Warm introductions: a mentee's own contact who may introduce them to a mentor.

No other person's audit is used: a path leads from the mentee over one of their own contacts marked
`may_introduce` to the mentor, who is that contact, is known by them, or works where they do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import MANAGERS
from matcher.network.ego_networks import EgoNetworks, second_step, yes_no
from matcher.text import count_of, fold_column
from matcher.vocabulary import ShareWith

IS, KNOWS, MAY_KNOW = "is", "knows", "may know"
DISTANCE = {IS: 1, KNOWS: 2, MAY_KNOW: 2}
"""Steps from the mentee to the mentor."""
WAYS = (IS, KNOWS, MAY_KNOW)
"""The surest way first."""

ENDS = ("mentee_id", "mentor_id")
INTRODUCTION_COLUMNS = ["mentee_id", "mentor_id", "contact_id", "how", "distance", "share_with"]


def find_introductions(
    cohort: Cohort, networks: EgoNetworks, *, may_know_limit: int = 20
) -> pd.DataFrame:
    """Return every way in which a mentee's contact could introduce them to a mentor of the cohort.

    Parameters
    ----------
    cohort
        Pairs that a rule or a veto forbids, one's own line manager and second supervisor, and
        oneself are left out.
    networks
        Its rows are the contacts.
    may_know_limit
        Most mentors a mentee to whom a path is only likely (same department or organisation);
        those of the same department come first.

    Returns
    -------
    pandas.DataFrame
        One row a mentee, mentor and contact, the surest way only: `mentee_id, mentor_id,
        contact_id, how` (is, knows, may know), `distance, share_with`. For the mentee's own
        eyes; see `introductions_table` for what others may read.
    """
    willing = networks.rows.assign(row=range(len(networks.rows)))
    willing = willing[yes_no(willing["may_introduce"]) == 1.0]
    paths = pd.concat(
        [
            _contact_is(cohort, willing),
            _contact_knows(cohort, networks, willing),
            _contact_may_know(cohort, willing, may_know_limit),
        ],
        ignore_index=True,
    )
    paths = paths.sort_values(["ego", "mentor", "rank", "row"], kind="stable")
    paths = paths.drop_duplicates(["ego", "mentor", "row"])
    paths = paths[~_forbidden(cohort, paths)]
    return _with_names(cohort, networks, paths)


def _contact_is(cohort: Cohort, willing: pd.DataFrame) -> pd.DataFrame:
    """Return paths where the contact is in the cohort under the id given."""
    mentors = pd.DataFrame(
        {
            "contact_key": fold_column(cohort.mentors["person_id"]),
            "mentor": range(len(cohort.mentors)),
        }
    )
    marked: pd.DataFrame = willing[yes_no(willing["is_person_id"]) == 1.0]
    found = marked[["ego", "row", "contact_key"]].merge(mentors, on="contact_key")
    return found.assign(how=IS, rank=0)[["ego", "mentor", "row", "how", "rank"]]


def _contact_knows(cohort: Cohort, networks: EgoNetworks, willing: pd.DataFrame) -> pd.DataFrame:
    """Return paths where the contact lists the mentor by id, or by a name that is theirs alone."""
    known = second_step(cohort, networks)
    known = known[known["row"].isin(willing["row"])]
    found = known.merge(_mentor_keys(cohort), on="person")
    return found.assign(how=KNOWS, rank=1)[["ego", "mentor", "row", "how", "rank"]]


def _mentor_keys(cohort: Cohort) -> pd.DataFrame:
    keys = pd.concat(
        [
            pd.DataFrame(
                {
                    "person": fold_column(cohort.mentors[column]),
                    "mentor": range(len(cohort.mentors)),
                }
            )
            for column in ("person_id", "name", "email")
        ]
    ).dropna()
    keys = keys[keys["person"] != ""].drop_duplicates()
    return keys[~keys["person"].duplicated(keep=False)]


def _contact_may_know(cohort: Cohort, willing: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Return the likeliest paths where contact and mentor share organisation or department."""
    department = willing["department"] if "department" in willing else willing["organisation"][:0]
    contacts = willing[["ego", "row"]].assign(
        organisation=fold_column(willing["organisation"]),
        department=fold_column(department.reindex(willing.index)),
    )
    mentors = pd.DataFrame(
        {
            "mentor": range(len(cohort.mentors)),
            "organisation": fold_column(cohort.mentors["organisation"]),
            "their_department": fold_column(cohort.mentors["department"]),
        }
    ).dropna(subset="organisation")
    found = pd.concat(
        [_same_department(contacts, mentors), _same_organisation(contacts, mentors, limit)],
        ignore_index=True,
    ).sort_values(["ego", "rank", "mentor", "row"], kind="stable")
    order = found.drop_duplicates(["ego", "mentor"]).groupby("ego").cumcount()
    chosen = found.loc[order[order < limit].index, ["ego", "mentor"]]
    return found.merge(chosen, on=["ego", "mentor"]).assign(how=MAY_KNOW)[
        ["ego", "mentor", "row", "how", "rank"]
    ]


def _same_department(contacts: pd.DataFrame, mentors: pd.DataFrame) -> pd.DataFrame:
    """Return contacts and mentors of one department of one organisation."""
    found = contacts.dropna(subset=["organisation", "department"]).merge(
        mentors.dropna(subset="their_department").rename(
            columns={"their_department": "department"}
        ),
        on=["organisation", "department"],
    )
    return found.assign(rank=2)[["ego", "mentor", "row", "rank"]]


def _same_organisation(contacts: pd.DataFrame, mentors: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Return contacts with the first mentors of their organisation.

    Per contact only the first `limit` + 1 mentors are taken, since ego may be one of them.
    """
    first = mentors[mentors.groupby("organisation").cumcount() <= limit]
    found = contacts.dropna(subset="organisation").merge(first, on="organisation")
    return found.assign(rank=3)[["ego", "mentor", "row", "rank"]]


def _forbidden(cohort: Cohort, paths: pd.DataFrame) -> Bools:
    """Return which paths lead to oneself, to one's managers, or across a veto or a never rule."""
    never = cohort.rules[cohort.rules["rule"] == "never"]
    vetoes = cohort.preferences[cohort.preferences["veto"].fillna(value=False).astype(bool)]
    by_mentor = vetoes["role"] == "mentor"
    by_mentee, no_role = vetoes["role"] != "mentor", vetoes["role"].isna()
    people = cohort.mentees["person_id"]
    barred = (
        (people, people),
        *((people, cohort.mentees[column]) for column in MANAGERS),
        (never["mentee_id"], never["mentor_id"]),
        (vetoes["person_id"][by_mentee], vetoes["other_id"][by_mentee]),
        (vetoes["other_id"][by_mentor], vetoes["person_id"][by_mentor]),
        # A veto without a role counts as if the other person had been the mentee too.
        (vetoes["other_id"][no_role], vetoes["person_id"][no_role]),
    )
    pairs = np.concatenate([_pair_codes(cohort, *pair) for pair in barred])
    width = len(cohort.mentors)
    own = paths["ego"].to_numpy(dtype=np.int64) * width + paths["mentor"].to_numpy(dtype=np.int64)
    return np.isin(own, pairs)


def _pair_codes(cohort: Cohort, mentees: pd.Series[Any], mentors: pd.Series[Any]) -> Ints:
    """Return one number a pair of known people."""
    rows = cohort.mentee_index.positions(mentees)
    columns = cohort.mentor_index.positions(mentors)
    known = (rows >= 0) & (columns >= 0)
    return rows[known] * len(cohort.mentors) + columns[known]


def _with_names(cohort: Cohort, networks: EgoNetworks, paths: pd.DataFrame) -> pd.DataFrame:
    rows = paths["row"].to_numpy(dtype=np.int64)
    contacts = networks.rows[["contact_id", "share_with"]].iloc[rows]
    ego, mentor = (paths[side].to_numpy(dtype=np.int64) for side in ("ego", "mentor"))
    frame = pd.DataFrame(
        {
            "mentee_id": cohort.mentees["person_id"].to_numpy()[ego],
            "mentor_id": cohort.mentors["person_id"].to_numpy()[mentor],
            "contact_id": contacts["contact_id"].to_numpy(),
            "how": paths["how"].to_numpy(),
            "distance": paths["how"].map(DISTANCE).to_numpy(dtype=np.int64),
            "share_with": contacts["share_with"].to_numpy(),
        },
        columns=INTRODUCTION_COLUMNS,
    )
    return frame.reset_index(drop=True)


def introductions_table(introductions: pd.DataFrame) -> pd.DataFrame:
    """Return what the programme may read: `mentee_id, mentor_id, path, distance`.

    One row a mentee and mentor, the surest way. Contacts are named in `path` only where the mentee
    shares them with the programme, and counted otherwise.

    A contact who is the mentor and is not shared with the programme counts like one who knows the
    mentor, at distance 2: that the mentee turns to this very person is theirs to say.
    """
    shared = (introductions["share_with"] == ShareWith.PROGRAMME).to_numpy(dtype=bool)
    way = pd.Index(WAYS).get_indexer(pd.Index(introductions["how"]))
    way = np.where(shared, way, np.maximum(way, WAYS.index(KNOWS)))
    starts, group = _runs(*(introductions[side].tolist() for side in ENDS))
    surest = np.full(len(starts), len(WAYS), dtype=np.int64)
    np.minimum.at(surest, group, way)
    chosen = way == surest[group]
    hidden = np.bincount(group[chosen & ~shared], minlength=len(starts))
    named = _named(introductions["contact_id"].tolist(), group, np.flatnonzero(chosen & shared))
    ways = [WAYS[code] for code in surest.tolist()]
    ends = introductions[list(ENDS)].iloc[starts].reset_index(drop=True)
    told = zip(*(ends[side].tolist() for side in ENDS), ways, hidden.tolist(), strict=True)
    table = ends.assign(
        path=[
            _path(mentee, mentor, named.get(at, []), count, how)
            for at, (mentee, mentor, how, count) in enumerate(told)
        ],
        distance=[DISTANCE[how] for how in ways],
    )
    return table.astype({"distance": "int64"})


def _runs(mentees: list[Any], mentors: list[Any]) -> tuple[Ints, Ints]:
    """Return where each run of equal pairs starts, and the run of each row."""
    is_first = np.ones(len(mentees), dtype=bool)
    is_first[1:] = [
        mentee != before or mentor != last
        for mentee, before, mentor, last in zip(
            mentees[1:], mentees, mentors[1:], mentors, strict=False
        )
    ]
    return np.flatnonzero(is_first), np.cumsum(is_first) - 1


def _named(contacts: list[Any], group: Ints, rows: Ints) -> dict[int, list[str]]:
    """Return the contacts of the rows by run."""
    found: dict[int, list[str]] = {}
    for row, run in zip(rows.tolist(), group[rows].tolist(), strict=True):
        found.setdefault(run, []).append(str(contacts[row]))
    return found


def _path(mentee: str, mentor: str, names: list[str], hidden: int, how: str) -> str:
    """Return a path such as ``M1 > AB, 2 contacts (may know) > T7``."""
    if how == IS:
        return f"{mentee} > {mentor}"
    counted = [count_of(hidden, "contact")] if hidden else []
    likely = f" ({how})" if how == MAY_KNOW else ""
    return f"{mentee} > {', '.join([*names, *counted])}{likely} > {mentor}"
