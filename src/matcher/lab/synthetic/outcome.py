"""What a relation is truly worth: the yardstick that no matching method maximises.

The outcome of a mentee is measured in standard deviations of development against not being
mentored. For a portfolio S with pair qualities q sorted downwards, w = (1, .5, .25, ...):

``Y_i = sum_k w_k (base + relation q_(k)) + coverage C_i(S) - overhead (|S| - 1) + noise e_i``

with ``C_i = sum_f need_if min(1, best + second_cover * second)`` over *true* needs and offers. The
quality of a pair is standard normal in the population of random pairs: a sum of standardised
predictors with the correlations of :class:`Effects`, and chemistry that nobody can foresee. Effect
sizes are those of meta-analyses where there are any, the others are assumptions and marked so;
vary them to see which conclusions depend on them. Nothing here reads a config, a weight or a score
of the matcher.

Sources: Eby et al. 2013 (deep-level similarity, interaction frequency, social capital); Raposa et
al. 2019 (g = .21); Van Dam et al. 2018 (quality r = .208); Christensen et al. 2020 (targeted
against non-specific); Kendall & Smith-Jentsch 2015 (choice); Tuma & Dolan 2024 (rank: none).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from matcher.arrays import Floats, Ints
from matcher.lab.synthetic.latent import LatentPeople


@dataclass(frozen=True)
class Effects:
    """Effect sizes of the outcome model; the first six are correlations with pair quality."""

    similarity: float = 0.30
    """Deep-level similarity: rho .38-.59 when perceived, less for actual similarity (Eby 2013)."""
    need_fit: float = 0.25
    """True offer on the true need (Christensen 2020: targeted more than twice non-specific)."""
    contact: float = 0.20
    """Shared free half-days, standing in for frequency of interaction, rho .25 (Eby 2013)."""
    bridging: float = 0.15
    """A mentor from another organisation, for social capital, rho .35 (Eby 2013), discounted."""
    interest: float = 0.10
    """Common interests (assumption)."""
    skill: float = 0.20
    """What the mentor brings to any pair, as quality's r = .208 (Van Dam 2018)."""
    base: float = 0.21
    """Effect of an average relation (Raposa 2019)."""
    relation: float = 0.21
    """Effect of one standard deviation of pair quality (Van Dam 2018)."""
    coverage: float = 0.25
    """Effect of all needs met against none, beyond the pairs (assumption: about `base` again)."""
    second_cover: float = 0.3
    """What a second mentor on one need is worth, as a share (assumption)."""
    further: float = 0.5
    """Worth of each further relation against the one before (assumption: time is shared)."""
    overhead: float = 0.02
    """Cost of each further relation (assumption)."""
    noise: float = 0.8
    """Standard deviation of everything else in a mentee's life."""


DEFAULT_EFFECTS = Effects()

CHEMISTRIES = 20
"""Draws of chemistry that an expected outcome is the mean of."""


def realised_outcome(
    people: LatentPeople, pairs: pd.DataFrame, *, effects: Effects = DEFAULT_EFFECTS, seed: int = 0
) -> pd.DataFrame:
    """Return what each mentee of a synthetic cohort gets out of a match.

    Parameters
    ----------
    people
        The latent side of the cohort.
    pairs
        Columns `mentee_id` and `mentor_id`, one row a match. Ids that are not of the cohort raise
        a KeyError.
    effects
        Effect sizes.
    seed
        Seed of chemistry and noise. The same seed gives a pair the same chemistry whatever else is
        matched, so methods are compared on common random numbers.

    Returns
    -------
    DataFrame
        `mentee_id`, `n_mentors`, `relation`, `coverage`, `expected` (without noise) and `outcome`,
        one row a mentee, unmatched ones included; in standard deviations.
    """
    mentee = _positions(people, people.mentees, pairs["mentee_id"])
    mentor = _positions(people, people.mentors, pairs["mentor_id"])
    n = len(people.mentees)
    quality = pair_quality(people, people.mentees[mentee], people.mentors[mentor], effects, seed)
    relation = _relation(mentee, quality, n, effects)
    cover = _cover(people, mentee, mentor, effects)
    count = np.bincount(mentee, minlength=n)
    expected = relation + effects.coverage * cover
    expected -= effects.overhead * np.maximum(count - 1, 0)
    luck = hashed_normal(people.mentees, np.full(n, -1), seed)
    return pd.DataFrame(
        {
            "mentee_id": people.ids[people.mentees],
            "n_mentors": count,
            "relation": relation,
            "coverage": cover,
            "expected": expected,
            "outcome": expected + effects.noise * luck,
        }
    )


def expected_outcome(
    people: LatentPeople,
    pairs: pd.DataFrame,
    *,
    effects: Effects = DEFAULT_EFFECTS,
    draws: int = CHEMISTRIES,
) -> pd.DataFrame:
    """Return `realised_outcome` without what nobody can foresee: means over draws of chemistry.

    Columns `mentee_id, n_mentors, relation, coverage, expected`. The draws are the same for every
    match, so methods are compared on common random numbers.

    Parameters
    ----------
    people
        The latent side of the cohort.
    pairs
        Columns `mentee_id` and `mentor_id`, one row a match.
    effects
        Effect sizes.
    draws
        Number of draws of chemistry that the means are over.

    Returns
    -------
    pd.DataFrame
        One row a mentee of `people`, in units of standard deviations of development.
    """
    judged = [realised_outcome(people, pairs, effects=effects, seed=k) for k in range(draws)]
    means = {
        name: np.mean([each[name].to_numpy() for each in judged], axis=0)
        for name in ("relation", "expected")
    }
    return judged[0].drop(columns="outcome").assign(**means)


def pair_quality(
    people: LatentPeople,
    mentee: Ints,
    mentor: Ints,
    effects: Effects = DEFAULT_EFFECTS,
    seed: int = 0,
) -> Floats:
    """Return the true quality of each pair, about standard normal over random pairs: shape (k,).

    `mentee` and `mentor` are positions in `people`. Predictors are standardised by constants of the
    generative model, not by the pool.

    Parameters
    ----------
    people
        The latent side of the cohort.
    mentee, mentor
        Positions in `people`: shape (k,).
    effects
        Effect sizes.
    seed
        Seed of the chemistry between two people.

    Returns
    -------
    Floats
        Shape (k,), in standard deviations.
    """
    parts = (
        (effects.similarity, _similarity(people, mentee, mentor)),
        (effects.need_fit, _need_fit(people, mentee, mentor)),
        (effects.contact, _contact(people, mentee, mentor)),
        (effects.bridging, _bridging(people, mentee, mentor)),
        (effects.interest, _common_interest(people, mentee, mentor)),
        (effects.skill, people.skill[mentor]),
    )
    unexplained = np.sqrt(max(0.0, 1.0 - sum(weight**2 for weight, _ in parts)))
    chemistry = unexplained * hashed_normal(mentee, mentor, seed)
    return np.asarray(sum((w * part for w, part in parts), start=chemistry), dtype=np.float64)


def hashed_normal(first: Ints, second: Ints, seed: int) -> Floats:
    """Return a standard normal number that depends on (first, second, seed) alone: shape (k,).

    SplitMix64's finaliser (Steele, Lea & Flood 2014) over the combined key, then the normal
    quantile; so a pair keeps its draw whichever pairs it is asked together with.
    """
    key = np.asarray(first, dtype=np.int64).astype(np.uint64) << np.uint64(32)
    key = key ^ np.asarray(second, dtype=np.int64).astype(np.uint64)
    key = _mixed(key + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64))
    uniform = ((_mixed(key) >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(ndtri(uniform), dtype=np.float64)


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


def _similarity(people: LatentPeople, mentee: Ints, mentor: Ints) -> Floats:
    """Standardised closeness of values: half-normal distances of variance 2 (.36 + 1) an item."""
    distance = np.abs(people.personal_values[mentee] - people.personal_values[mentor]).mean(axis=1)
    spread = np.sqrt(2 * 1.36)
    mean = spread * np.sqrt(2 / np.pi)
    deviation = spread * np.sqrt((1 - 2 / np.pi) / people.personal_values.shape[1])
    return np.asarray((mean - distance) / deviation, dtype=np.float64)


def _need_fit(people: LatentPeople, mentee: Ints, mentor: Ints) -> Floats:
    fit = (people.need[mentee] * people.offer[mentor]).sum(axis=1)
    return np.asarray((fit - 0.37) / 0.10, dtype=np.float64)


def _contact(people: LatentPeople, mentee: Ints, mentor: Ints) -> Floats:
    shared = (people.free[mentee] & people.free[mentor]).sum(axis=1)
    return np.asarray((np.minimum(shared, 4) - 1.55) / 1.3, dtype=np.float64)


def _bridging(people: LatentPeople, mentee: Ints, mentor: Ints) -> Floats:
    outside = people.organisation[mentee] != people.organisation[mentor]
    return np.asarray((outside - 0.7) / 0.46, dtype=np.float64)


def _common_interest(people: LatentPeople, mentee: Ints, mentor: Ints) -> Floats:
    overlap = np.minimum(people.interest[mentee], people.interest[mentor]).sum(axis=1)
    return np.asarray((overlap - 0.25) / 0.16, dtype=np.float64)


def _relation(mentee: Ints, quality: Floats, n: int, effects: Effects) -> Floats:
    """Sum the effects of each mentee's relations, the best first, each later one worth less."""
    order = np.lexsort((-quality, mentee))
    owner = mentee[order]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    worth = effects.further**rank * (effects.base + effects.relation * quality[order])
    return np.bincount(owner, weights=worth, minlength=n).astype(np.float64)


def _cover(people: LatentPeople, mentee: Ints, mentor: Ints, effects: Effects) -> Floats:
    """Return the share of true need met by each mentee's set, second-best offers counting less."""
    n, facets = len(people.mentees), people.need.shape[1]
    best, second = np.zeros((n, facets)), np.zeros((n, facets))
    offers = people.offer[people.mentors[mentor]]
    order = np.argsort(mentee, kind="stable")
    owner = mentee[order]
    turn = np.arange(len(owner)) - np.searchsorted(owner, owner)
    for k in range(int(turn.max(initial=-1)) + 1):
        rows, offer = owner[turn == k], offers[order][turn == k]
        second[rows] = np.maximum(second[rows], np.minimum(best[rows], offer))
        best[rows] = np.maximum(best[rows], offer)
    held = np.minimum(1.0, best + effects.second_cover * second)
    return np.asarray((people.need[people.mentees] * held).sum(axis=1), dtype=np.float64)


def _positions(people: LatentPeople, members: Ints, ids: pd.Series) -> Ints:
    found = pd.Index(people.ids[members]).get_indexer(pd.Index(ids.astype(str)))
    if (found < 0).any():
        raise KeyError(ids[found < 0].iloc[0])
    return np.asarray(found, dtype=np.int64)
