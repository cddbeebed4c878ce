"""Free text of synthetic people, composed by topic of interest and by what they need or offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.lab.synthetic import word_lists as words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.lab.synthetic.families import Family
    from matcher.lab.synthetic.latent import People


def _topic_tags(family: Family) -> tuple[list[str], list[tuple[str, ...]]]:
    bank = words.TOPICS[family.topics]
    return list(bank), list(bank.values())


def expertise(
    family: Family, people: People, rows: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Two or three fields of the two topics that interest a person most."""
    _, tags = _topic_tags(family)
    best = np.argsort(-people.interest[rows], axis=1)[:, :2]
    picks = rng.integers(0, 4, (len(rows), 3))
    cells = []
    for (first, second), (a, b, c) in zip(best, picks, strict=True):
        chosen = {tags[first][a]: 0, tags[first][b]: 0, tags[second][c]: 0}
        cells.append(";".join(chosen))
    return np.array(cells, dtype=object)


def goals(
    family: Family,
    people: People,
    rows: NDArray[np.int64],
    contexts: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """One sentence for each of the first two contexts ticked."""
    topics, tags = _topic_tags(family)
    best = np.argsort(-people.interest[rows], axis=1)[:, :2]
    draws = rng.integers(0, 12, (len(rows), 2))
    cells = []
    for cell, own, draw in zip(contexts, best, draws, strict=True):
        sentences = [
            words.GOALS[context][turn % 3].format(topic=topics[t], tag=tags[t][turn % 4])
            for context, t, turn in zip(str(cell).split(";"), own, draw, strict=False)
        ]
        cells.append(" ".join(sentences))
    return np.array(cells, dtype=object)


def bios(
    family: Family,
    people: People,
    rows: NDArray[np.int64],
    contexts: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """One sentence about the mentor's field and one about what they offer first."""
    topics, tags = _topic_tags(family)
    best = np.argsort(-people.interest[rows], axis=1)[:, :2]
    draws = rng.integers(0, 12, len(rows))
    cells = []
    for row, cell, (t, u), turn in zip(rows, contexts, best, draws, strict=True):
        filled = {
            "topic": topics[t],
            "other": topics[u],
            "tag": tags[t][turn % 4],
            "years": max(2, int(people.years[row] * 0.7)),
        }
        about = words.BIOS[turn % len(words.BIOS)].format(**filled)
        cells.append(f"{about} {words.OFFERS[str(cell).split(';')[0]][turn % 2].format(**filled)}")
    return np.array(cells, dtype=object)
