"""What synthetic people answer on the sign-up form: the tables `mentees`, `mentors` and `groups`.

Answers are noisy readings of the latent state: a need is ticked where it is, with noise, among the
person's highest, an offer where it is above a half; values are rounded to 1-5; optional answers are
left blank with a share that differs between people. Free text is
composed by topic of interest and by what people need or offer.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Cells, Floats, Ints
from matcher.lab.synthetic.latent import LATENT_WORDS, SLOTS, VALUE_ITEMS, Family, LatentPeople
from matcher.vocabulary import FACET_GROUPS, TOLD_FACETS, Approach, Knowing, Mode


def expertise(family: Family, people: LatentPeople, rows: Ints, rng: np.random.Generator) -> Cells:
    """Two or three fields of the two topics that interest a person most."""
    tags = family.fields
    picks = rng.integers(0, 4, (len(rows), 3))
    cells = []
    for (first, second), (a, b, c) in zip(_favourites(people, rows), picks, strict=True):
        chosen = {tags[first][a]: 0, tags[first][b]: 0, tags[second][c]: 0}
        cells.append(";".join(chosen))
    return np.array(cells, dtype=object)


def goals(
    family: Family, people: LatentPeople, rows: Ints, contexts: Cells, rng: np.random.Generator
) -> Cells:
    """One sentence for each of the first two contexts ticked."""
    topics, tags = family.topic_names, family.fields
    draws = rng.integers(0, 12, (len(rows), 2))
    cells = []
    for cell, own, draw in zip(contexts, _favourites(people, rows), draws, strict=True):
        sentences = [
            LATENT_WORDS["goals"][context][turn % 3].format(topic=topics[t], tag=tags[t][turn % 4])
            for context, t, turn in zip(str(cell).split(";"), own, draw, strict=False)
        ]
        cells.append(" ".join(sentences))
    return np.array(cells, dtype=object)


def bios(
    family: Family, people: LatentPeople, rows: Ints, contexts: Cells, rng: np.random.Generator
) -> Cells:
    """One sentence about the mentor's field and one about what they offer first."""
    topics, tags = family.topic_names, family.fields
    draws = rng.integers(0, 12, len(rows))
    cells = []
    for row, cell, (t, u), turn in zip(
        rows, contexts, _favourites(people, rows), draws, strict=True
    ):
        about = LATENT_WORDS["bios"][turn % len(LATENT_WORDS["bios"])]
        offer = LATENT_WORDS["offers"][str(cell).split(";")[0]][turn % 2]
        years = max(2, int(people.years[row] * 0.7))
        sentences = f"{about} {offer}"
        cells.append(
            sentences.format(topic=topics[t], other=topics[u], tag=tags[t][turn % 4], years=years)
        )
    return np.array(cells, dtype=object)


def _favourites(people: LatentPeople, rows: Ints) -> Ints:
    """Return the two topics that interest each person most: shape (rows, 2)."""
    return np.argsort(-people.interest[rows], axis=1)[:, :2]


AS_OF = date(2026, 6, 30)
"""The day on which synthetic cohorts are taken: no past event is later."""

COLUMN_OF_GROUP = {"purpose": "purposes", "benefit": "benefits", "context": "contexts"}
GROUP_SHARES: dict[str, dict[str, float]] = {
    "gender": {"woman": 0.55, "man": 0.42, "another": 0.03},
    "ethnicity": {"group A": 0.68, "group B": 0.2, "group C": 0.12},
    "disability": {"no": 0.85, "yes": 0.15},
}
"""Protected attributes and their shares; neutral labels, so that no finding is about anyone."""

KEPT = frozenset({"person_id", "name", "preferred_name", "email", "organisation", "capacity"})
"""Columns that are never blank."""


def mentee_table(
    family: Family, people: LatentPeople, common: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the mentees' answers as text, one row a mentee."""
    rows = people.mentees
    table = _of(common, rows)
    table |= _need_answers(people.need[rows], rng)
    form = table.pop("knowing")
    numbers = rng.random(len(rows)) < 0.5
    table["knowing"] = np.where(numbers, "", form)
    table |= _need_numbers(people.need[rows], numbers)
    table["max_mentors"] = _counts(rng, family.wanted, len(rows))
    table["goals"] = goals(family, people, rows, table["contexts"], rng)
    waiting = rng.random(len(rows)) < 0.15
    table["waiting_since"] = np.where(waiting, days_before(rng.integers(20, 300, len(rows))), "")
    return _blanked(table, people.care[rows], family.missing, rng)


def mentor_table(
    family: Family, people: LatentPeople, common: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the mentors' answers as text, one row a mentor."""
    rows = people.mentors
    table = _of(common, rows)
    table |= _offer_answers(people.offer[rows], rng)
    table["capacity"] = _counts(rng, family.capacity, len(rows))
    sponsor = rng.random(len(rows)) < family.sponsors
    own = organisation_names(family)[people.organisation[rows]]
    other = organisation_names(family)[rng.integers(0, family.organisations, len(rows))]
    both = [a if a == b else f"{a};{b}" for a, b in zip(own, other, strict=True)]
    table["sponsor_organisations"] = np.where(sponsor, np.array(both, dtype=object), "")
    table["max_sponsorship"] = np.where(sponsor, _counts(rng, (0.5, 0.5), len(rows)), "")
    table["bio"] = bios(family, people, rows, table["contexts"], rng)
    return _blanked(table, people.care[rows], family.missing, rng)


def drawn_groups(people: LatentPeople, rng: np.random.Generator) -> pd.DataFrame:
    """Return protected attributes; one in twelve people declines to say."""
    drawn = {
        name: rng.choice(list(shares), len(people.ids), p=list(shares.values()))
        for name, shares in GROUP_SHARES.items()
    }
    said = rng.random(len(people.ids)) > 1 / 12
    return pd.DataFrame({"person_id": people.ids, **drawn})[said].reset_index(drop=True)


def organisation_names(family: Family) -> Cells:
    """Return the name of each organisation."""
    known = LATENT_WORDS["organisations"][family.topics]
    names = [
        known[k] if k < len(known) else f"Example Organisation {k + 1}"
        for k in range(family.organisations)
    ]
    return np.array(names, dtype=object)


def days_before(days: Ints) -> Cells:
    """Return ISO dates that many days before `AS_OF`."""
    return np.array([(AS_OF - timedelta(days=int(k))).isoformat() for k in days], dtype=object)


def common_answers(family: Family, people: LatentPeople, rng: np.random.Generator) -> pd.DataFrame:
    """Return the answers that both tables hold, one row a person, so that roles agree."""
    rows = np.arange(len(people.ids))
    departments = np.array(LATENT_WORDS["departments"][family.topics], dtype=object)
    number = people.department[rows] % family.departments % len(departments)
    first, last = _names(rows)
    given = [f"{a.lower()}.{b.lower()}.{r + 1}" for a, b, r in zip(first, last, rows, strict=True)]
    table: dict[str, Cells] = {
        "person_id": people.ids[rows].astype(object),
        "name": first + " Example-" + last,
        "preferred_name": first,
        "email": np.array([f"{name}@example.org" for name in given], dtype=object),
        "organisation": organisation_names(family)[people.organisation[rows]],
        "department": departments[number],
        "site": np.array(LATENT_WORDS["sites"], dtype=object)[people.site[rows]],
        "line_manager": _ids_or_blank(people, people.manager[rows]),
        "languages": _languages(rows),
        "career_years": np.char.mod("%.1f", people.years[rows]).astype(object),
        "joined": _joined_dates(people, rows),
        "approaches": _ticked(
            rng, list(Approach), [family.approaches.get(a, 0) for a in Approach], rows
        ),
        "modes": _ticked(rng, list(Mode), [0.5, 0.6, 0.6], rows),
        "cadence": rng.choice(["weekly", "fortnightly", "monthly"], len(rows), p=[0.1, 0.3, 0.6]),
        "hours_per_month": rng.choice(["1", "1.5", "2", "3"], len(rows), p=[0.4, 0.3, 0.2, 0.1]),
        "availability": _listed(np.array(SLOTS, dtype=object), people.free[rows]),
        "horizon": rng.choice(["short", "long"], len(rows), p=[0.35, 0.65]),
        "scope": rng.choice(["narrow", "broad"], len(rows), p=[0.35, 0.65]),
        "formality": rng.choice(["formal", "informal"], len(rows)),
        "ready": rng.choice(["no", "partly", "yes"], len(rows), p=[0.08, 0.3, 0.62]),
        "expertise": expertise(family, people, rows, rng),
    }
    for item, answers in enumerate(_value_answers(people, rng).T):
        table[f"values_{item + 1}"] = answers
    return pd.DataFrame(table)


def _of(common: pd.DataFrame, rows: Ints) -> dict[str, Cells]:
    taken = common.iloc[rows]
    return {str(name): taken[name].to_numpy(dtype=object) for name in taken}


def _value_answers(people: LatentPeople, rng: np.random.Generator) -> Cells:
    """Round noisy values to answers of 1 to 5: (N, V)."""
    noise = rng.standard_normal((len(people.ids), VALUE_ITEMS))
    noisy = 3 + 0.9 * people.personal_values + 0.4 * noise
    return np.clip(np.rint(noisy), 1, 5).astype(int).astype(str).astype(object)


def _names(rows: Ints) -> tuple[Cells, Cells]:
    first = np.array(LATENT_WORDS["first_names"], dtype=object)
    last = np.array(LATENT_WORDS["animals"], dtype=object)
    return first[rows % len(first)], last[(rows * 7 + rows // len(first)) % len(last)]


def _ids_or_blank(people: LatentPeople, positions: Ints) -> Cells:
    ids = people.ids[np.maximum(positions, 0)].astype(object)
    return np.where(positions >= 0, ids, "").astype(object)


def _languages(rows: Ints) -> Cells:
    further = np.array(LATENT_WORDS["languages"], dtype=object)
    second = rows * 13 % 41
    return np.array(
        [f"English;{further[k]}" if 0 < k < len(further) else "English" for k in second],
        dtype=object,
    )


def _joined_dates(people: LatentPeople, rows: Ints) -> Cells:
    """Place joining within the career: juniors can have joined before their seniors."""
    share = 0.15 + 0.5 * ((rows * 29) % 97) / 97
    return days_before((people.years[rows] * share * 365).astype(np.int64) + 30)


def _ticked(
    rng: np.random.Generator, items: Sequence[str], shares: Sequence[float], rows: Ints
) -> Cells:
    """Tick each item with its share; nobody who ticks none is left blank: the first is taken."""
    ticks = rng.random((len(rows), len(items))) < np.asarray(shares)
    ticks[~ticks.any(axis=1), int(np.argmax(shares))] = True
    return _listed(np.array([str(item) for item in items], dtype=object), ticks)


def _listed(items: Cells, ticks: Bools) -> Cells:
    return np.array([";".join(items[row]) for row in ticks], dtype=object)


def _need_answers(need: Floats, rng: np.random.Generator) -> dict[str, Cells]:
    """Tick in each facet group the one to three needs that are highest in the noisy truth."""
    noisy = np.log(need + 1e-6) + 0.5 * rng.standard_normal(need.shape)
    most = rng.choice([1, 2, 3], (len(need), len(FACET_GROUPS)), p=[0.35, 0.45, 0.2])
    ranks = [_ranks(noisy[:, _places(group)]) for group in FACET_GROUPS]
    return _facet_lists([rank < most[:, [k]] for k, rank in enumerate(ranks)])


def _offer_answers(offer: Floats, rng: np.random.Generator) -> dict[str, Cells]:
    """Tick what the noisy truth puts above a half, and the best of each group; half give numbers.

    Unlike needs, offers are told on an absolute scale: a good mentor ticks more.
    """
    noisy = offer + 0.12 * rng.standard_normal(offer.shape)
    parts = [noisy[:, _places(group)] for group in FACET_GROUPS]
    table = _facet_lists([(part > 0.5) | (_ranks(part) == 0) for part in parts])
    numbers = rng.random((len(offer), 1)) < 0.5
    scaled = np.rint(5 * np.clip(noisy[:, _places("knowing")], 0, 1)).astype(int).astype(str)
    told = np.where(numbers, scaled, "").astype(object)
    table["knowing"] = np.where(numbers[:, 0], "", table["knowing"])
    return table | {f"offer_{form}": told[:, k] for k, form in enumerate(Knowing)}


def _places(group: str) -> list[int]:
    return [k for k, name in enumerate(TOLD_FACETS) if name.startswith(f"{group}.")]


def _ranks(amounts: Floats) -> Ints:
    """Return ranks within each row, 0 for the largest."""
    return np.asarray((-amounts).argsort(axis=1).argsort(axis=1), dtype=np.int64)


def _facet_lists(ticks: Sequence[Bools]) -> dict[str, Cells]:
    """Return one list column a facet group from the ticks of its members."""
    return {
        COLUMN_OF_GROUP.get(group, group): _listed(
            np.array([TOLD_FACETS[k].partition(".")[2] for k in _places(group)], dtype=object),
            ticked,
        )
        for group, ticked in zip(FACET_GROUPS, ticks, strict=True)
    }


def _need_numbers(need: Floats, numbers: Bools) -> dict[str, Cells]:
    """Say need of knowing why, how and whom as 0-5, 5 for the largest of the three."""
    columns = _places("knowing")
    scaled = np.rint(5 * need[:, columns] / need[:, columns].max(axis=1, keepdims=True))
    said = np.where(numbers[:, None], scaled.astype(int).astype(str), "").astype(object)
    return {f"need_{form}": said[:, k] for k, form in enumerate(Knowing)}


def _counts(rng: np.random.Generator, shares: Sequence[float], size: int) -> Cells:
    return (1 + rng.choice(len(shares), size, p=shares)).astype(str).astype(object)


def _blanked(
    table: dict[str, Cells], care: Floats, missing: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Leave optional answers blank with probability `missing` times the person's carelessness."""
    blank = rng.random((len(care), len(table))) < np.minimum(missing * care, 0.6)[:, None]
    blank[:, [column in KEPT for column in table]] = False
    return pd.DataFrame(table).astype(object).mask(blank, "")
