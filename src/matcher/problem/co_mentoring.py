"""Reciprocal pairs as items: one score from two directions, the bonus, the load of each side."""

from dataclasses import dataclass

import numpy as np

from matcher.config import Config
from matcher.features.base import Listed
from matcher.problem.problem import Bools, Floats, Ints, ReciprocalPairs
from matcher.problem.stated_amounts import LoadRule
from matcher.scoring.approaches import CODES
from matcher.scoring.pair_scores import HeldScores, PairScores, on_grain
from matcher.scoring.reciprocity import ReciprocalCandidates
from matcher.vocabulary import Approach


@dataclass(frozen=True)
class CoMentoring:
    """Scores of the possible reciprocal pairs, in units of pair scores; each array (r,).

    Side a is person a as the mentee of person b. ``*_own`` is the score of that direction alone,
    ``score_*`` the value used: the combined one for both_roles pairs, the own one for exchange
    pairs, and the bonus.
    """

    candidates: ReciprocalCandidates
    a_own: Floats
    b_own: Floats
    a_used: Floats
    b_used: Floats
    bonus: float
    a_light: Floats
    """Share of a full match that side a takes: 1, or less for the light side of an exchange."""
    b_light: Floats
    a_load: Floats
    b_load: Floats

    @property
    def score_a(self) -> Floats:
        """Published score of side a."""
        return self.a_used + self.bonus

    @property
    def score_b(self) -> Floats:
        """Published score of side b."""
        return self.b_used + self.bonus

    def items(self, factor: float) -> ReciprocalPairs | None:
        """Return the pairs as items of a problem, scores times `factor`; None without pairs."""
        pairs = self.candidates
        if not len(pairs):
            return None
        return ReciprocalPairs(
            mentee_a=pairs.mentee_a,
            mentor_b=pairs.mentor_b,
            mentee_b=pairs.mentee_b,
            mentor_a=pairs.mentor_a,
            score_a=factor * self.score_a,
            score_b=factor * self.score_b,
            load_a=self.a_load,
            load_b=self.b_load,
        )


def co_mentoring(
    candidates: ReciprocalCandidates,
    scores: PairScores | HeldScores,
    loads: LoadRule,
    config: Config,
) -> CoMentoring:
    """Score every possible reciprocal pair in both directions.

    The direction with the higher score is the primary one of an exchange pair, person a's at equal
    scores; the other takes only ``reciprocal.exchange_load`` of a load.
    """
    code = CODES[Approach.RECIPROCAL]
    forth = candidates.mentee_a, candidates.mentor_b
    back = candidates.mentee_b, candidates.mentor_a
    a_own, b_own = scores.directional(*forth, code), scores.directional(*back, code)
    combined = on_grain(combine(a_own, b_own, config.reciprocal.combine))
    exchange, a_first = candidates.exchange, a_own >= b_own
    light = config.reciprocal.exchange_load
    a_light = np.where(exchange & ~a_first, light, 1.0)
    b_light = np.where(exchange & a_first, light, 1.0)
    return CoMentoring(
        candidates=candidates,
        a_own=a_own,
        b_own=b_own,
        a_used=np.where(exchange, a_own, combined),
        b_used=np.where(exchange, b_own, combined),
        bonus=float(on_grain(np.array(config.reciprocal.bonus))),
        a_light=a_light,
        b_light=b_light,
        a_load=a_light * loads.of_pairs(Listed(*forth)),
        b_load=b_light * loads.of_pairs(Listed(*back)),
    )


def combine(first: Floats, second: Floats, how: str) -> Floats:
    """Return one score in [0, 1] from two directions: minimum, geometric or harmonic mean."""
    if how == "min":
        return np.minimum(first, second)
    if how == "geometric":
        return np.sqrt(first * second)
    total = first + second
    return np.divide(2 * first * second, total, out=np.zeros_like(total), where=total > 0)


def side_of(pairs: ReciprocalCandidates, number: Ints, mentee: Ints) -> Bools:
    """Return whether each item (a pair's number and its mentee) is side a of the pair."""
    return np.asarray(pairs.mentee_a[number] == mentee)
