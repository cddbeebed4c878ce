"""Free text of synthetic people, composed by topic of interest and by what they need or offer."""

import numpy as np

from matcher.lab.synthetic.families import WORDS, Family
from matcher.lab.synthetic.latent import Cells, Ints, LatentPeople


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
            WORDS["goals"][context][turn % 3].format(topic=topics[t], tag=tags[t][turn % 4])
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
        about = WORDS["bios"][turn % len(WORDS["bios"])]
        offer = WORDS["offers"][str(cell).split(";")[0]][turn % 2]
        years = max(2, int(people.years[row] * 0.7))
        sentences = f"{about} {offer}"
        cells.append(
            sentences.format(topic=topics[t], other=topics[u], tag=tags[t][turn % 4], years=years)
        )
    return np.array(cells, dtype=object)


def _favourites(people: LatentPeople, rows: Ints) -> Ints:
    """Return the two topics that interest each person most: shape (rows, 2)."""
    return np.argsort(-people.interest[rows], axis=1)[:, :2]
