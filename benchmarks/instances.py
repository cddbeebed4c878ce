"""The instance family of the solver's targets: arrays from a seed, or scores by block.

Needs are Dirichlet(.35) on 12 facets, offers Beta(1, 3), relations the cosine of unit vectors of 32
dimensions mapped to [0, 1]; coverage g = .6, limits 1 to 3, K = 3. Everything is in the units that
``matcher.solve`` takes: scores already times (1 - g)/K, needs already times g.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACETS = 12
DIMENSIONS = 32
COVERAGE = 0.6
LARGEST = 3

Places = Literal["scarce", "middling", "plentiful", "contested"]
PLACES_PER_MENTEE: dict[Places, float] = {
    "scarce": 1.0,
    "middling": 1.6,
    "plentiful": 3.0,
    "contested": 1.0,
}
POPULARITY = {"contested": 1.5}
"""How strongly all mentees' interests lean towards one direction, which makes mentors contested."""


@dataclass(frozen=True)
class BlockScores:
    """Relation scores computed where they are needed: nothing of size n x m is held."""

    by_mentee: ClassVar[tuple[str, ...]] = ("mentees",)
    """On a cluster, what each partition of mentees holds of its own."""

    mentees: NDArray[np.float32]
    mentors: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and of mentors."""
        return len(self.mentees), len(self.mentors)

    @property
    def factors(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Two matrices whose product the scores are."""
        weight = np.float32((1 - COVERAGE) / LARGEST / 2)
        ones = [np.ones((count, 1), dtype=np.float32) for count in self.shape]
        left = np.hstack([weight * self.mentees, weight * ones[0]])
        return left, np.hstack([self.mentors, ones[1]])

    def block(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return scores of the mentees at `rows` against all mentors: shape (b, m)."""
        weight = np.float32((1 - COVERAGE) / LARGEST / 2)
        similar = self.mentees[rows] @ self.mentors.T
        similar += np.float32(1)
        similar *= weight
        return similar


@dataclass(frozen=True)
class Instance:
    """One problem as arrays for ``matcher.solve``."""

    name: str
    relations: BlockScores | DenseScores
    needs: NDArray[np.float64]
    offers: NDArray[np.float64]
    capacity: NDArray[np.int64]
    limit: NDArray[np.int64]

    @property
    def scores(self) -> NDArray[np.float64]:
        """Dense scores: shape (n, m); only for sizes that fit in memory."""
        return self.relations.block(np.arange(len(self.needs))).astype(np.float64)

    def arguments(self, *, dense: bool = True) -> dict[str, Any]:
        """Return the keyword arguments of ``matcher.solve``; without `dense`, scores by block."""
        cover = {"needs": self.needs, "offers": self.offers} if self.needs.shape[1] else {}
        return {
            "scores": self.scores if dense else self.relations,
            "capacity": self.capacity,
            "limit": self.limit,
            **cover,
        }


def family(n: int, m: int, seed: int = 0, places: Places = "scarce") -> Instance:
    """Draw an instance of `n` mentees and `m` mentors.

    ``scarce`` has about one place a mentee, ``middling`` 1.6, ``plentiful`` three, ``contested``
    one, with interests and needs that lean the same way for everybody, so that all want the same
    mentors.
    """
    rng = np.random.default_rng(seed)
    lean = rng.standard_normal(DIMENSIONS) * POPULARITY.get(places, 0.0)
    mentees = _unit(rng.standard_normal((n, DIMENSIONS)) + lean)
    mentors = _unit(rng.standard_normal((m, DIMENSIONS)))
    needs = rng.dirichlet(np.full(FACETS, 0.35), n)
    if places == "contested":
        needs = 0.5 * needs + 0.5 * rng.dirichlet(np.full(FACETS, 0.35))
    offers = rng.beta(1.0, 3.0, (m, FACETS))
    limit = rng.integers(1, LARGEST + 1, n)
    capacity = _places(rng, n, m, PLACES_PER_MENTEE[places])
    name = f"{places}-{n}x{m}-s{seed}"
    return Instance(name, BlockScores(mentees, mentors), COVERAGE * needs, offers, capacity, limit)


def separable(n: int, m: int, seed: int = 0, places: Places = "scarce") -> Instance:
    """Draw an instance without coverage: an ordinary assignment with capacities and limits."""
    drawn = family(n, m, seed, places)
    name = f"separable-{drawn.name}"
    nothing = np.zeros((n, 0)), np.zeros((m, 0))
    return Instance(name, drawn.relations, *nothing, drawn.capacity, drawn.limit)


@dataclass(frozen=True)
class DenseScores:
    """Relation scores in memory."""

    values: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and of mentors."""
        return self.values.shape[0], self.values.shape[1]

    def block(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return scores of the mentees at `rows` against all mentors: shape (b, m)."""
        return self.values[rows]


def typed(n: int, m: int, kinds: int, seed: int = 0) -> Instance:
    """Draw mentors of whom many are equal, `kinds` different ones; two mentors a mentee."""
    drawn = family(n, m, seed)
    kind = np.random.default_rng(seed).integers(0, kinds, m)
    scores = DenseScores(drawn.scores[:, kind])
    limit = np.full(n, 2)
    name = f"typed{kinds}-{n}x{m}-s{seed}"
    return Instance(name, scores, drawn.needs, drawn.offers[kind], drawn.capacity, limit)


def ticks(
    n: int, m: int, seed: int = 0, per_mentee: float = 1.6, *, noise: float = 0.0
) -> Instance:
    """Draw answers by ticks: few values, many ties, `per_mentee` places a mentee.

    With `noise`, added to relations at most, ties are near ones.

    Each of the facets is ticked by a quarter of the mentees and offered in full by three tenths of
    the mentors; relations compare three choices among three, four and six options.
    """
    rng = np.random.default_rng(seed)
    wants = rng.random((n, FACETS)) < 0.25
    wants[np.arange(n), rng.integers(0, FACETS, n)] = True
    offers = (rng.random((m, FACETS)) < 0.3).astype(np.float64)
    same = [rng.integers(0, k, (n, 1)) == rng.integers(0, k, (1, m)) for k in (3, 4, 6)]
    relation = np.tensordot([0.4, 0.3, 0.3], np.array(same, dtype=np.float64), axes=1)
    relation += noise * np.random.default_rng(seed + 1).random((n, m))
    limit = rng.integers(1, LARGEST + 1, n)
    capacity = rng.multinomial(round(per_mentee * n), np.full(m, 1 / m)).astype(np.int64)
    scores = DenseScores((1 - COVERAGE) / LARGEST * relation)
    needs = COVERAGE * wants / wants.sum(axis=1, keepdims=True)
    name = "near-ties" if noise else "ticks"
    return Instance(f"{name}-{n}x{m}-s{seed}", scores, needs, offers, capacity, limit)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / length).astype(np.float32)


def _places(rng: np.random.Generator, n: int, m: int, per_mentee: float) -> NDArray[np.int64]:
    """Deal round(n * per_mentee) places: one each as far as they go, the rest at random."""
    total = round(n * per_mentee)
    if total <= m:
        return rng.permutation(np.arange(m) < total).astype(np.int64)
    return 1 + rng.multinomial(total - m, np.full(m, 1 / m)).astype(np.int64)
