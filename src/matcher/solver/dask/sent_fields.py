"""What of everything that is sent to workers belongs to single mentees: one list for all classes.

Fields with one entry a mentee are cut to the mentees of a partition; all else goes whole. A rule,
and a class of a caller's own (scores, a kind of feature), say it themselves in ``by_mentee``.
"""

from matcher.features.base import BothStated, MeanOfParts, PairTable
from matcher.features.feature_columns import Sets
from matcher.features.feature_set import FeatureSet, ForeignFeature
from matcher.features.kinds.availability import Modes, Place, Ratio, Slots
from matcher.features.kinds.closeness import Closeness
from matcher.features.kinds.facets import FacetFit
from matcher.features.kinds.gap import Gap
from matcher.features.kinds.overlap import Jaccard, Overlap
from matcher.features.kinds.preference import Preference
from matcher.features.kinds.readiness import Ready
from matcher.features.kinds.same import Equality
from matcher.features.kinds.text_fit import TextFit
from matcher.features.kinds.wishes import Wishes
from matcher.problem.instance import CohortScores
from matcher.problem.problem import Market, Problem, Tiers
from matcher.problem.stated_amounts import Hours, LoadRule
from matcher.scoring.allowed_pairs import Candidates
from matcher.scoring.approaches import ApproachChoice, Seniority
from matcher.scoring.eligibility import MustDiffer, PairBans, PairEligibility, SharedItems
from matcher.scoring.pair_scores import HeldRows, PairScores
from matcher.solver.score_sources import (
    ArrayScores,
    Bans,
    ComputedMatrix,
    DenseMatrix,
    SparseMatrix,
)

PAIR_LISTS = ("required", "kept_pairs")
"""Fields of a problem with rows (mentee, mentor): they are cut to the mentees of a partition too,
as a column of lists each."""

SENT_FIELDS: dict[type, tuple[str, str]] = {
    Market: ("limit person_mentor", "scores capacity required required_reciprocal reciprocal"),
    Problem: (
        "needs held_best held_second",
        "offers second_cover like redundancy min_gain rules tiers fairness kept_pairs kept_bonus",
    ),
    Tiers: ("priority waiting minimum", ""),
    ArrayScores: ("", "scores load bans"),
    ComputedMatrix: ("", "source name low"),
    DenseMatrix: ("values", ""),
    SparseMatrix: ("values", "absent"),
    Bans: ("pairs", ""),
    CohortScores: ("", "pair_scores factor loads"),
    HeldRows: ("score approach", ""),
    LoadRule: ("share", "hours"),
    Hours: ("mentee", "mentor default"),
    PairScores: ("", "features candidates config"),
    Candidates: (
        "",
        "shape eligibility approaches locked_approach reciprocal must locked required "
        "required_reciprocal places_elsewhere findings",
    ),
    PairEligibility: ("mentee_gate.reason", "mentor_gate bans different needed"),
    MustDiffer: ("mentee", "column mentor"),
    PairBans: ("", "table"),
    SharedItems: ("mentee_stated", "sets mentor_stated"),
    ApproachChoice: ("mentee rank", "menu mentor seniority min_gap_years"),
    Seniority: ("grade.0 career.0 joined.0", ""),
    FeatureSet: ("", "names weights features stand_in mentee_ids mentor_ids"),
    ForeignFeature: ("", "origin inner"),
    PairTable: ("lookup", "values"),
    Sets: ("mentee", "mentor"),
    MeanOfParts: ("", "parts"),
    BothStated: ("mentee_stated", "mentor_stated"),
    Slots: ("", "hours"),
    Ratio: ("mentee", "mentor symmetric"),
    Modes: ("mentee_hybrid", "modes mentor_hybrid"),
    Place: ("mentee_online mentee_clock sites.*.1", "mentor_online mentor_clock"),
    Closeness: ("mentee", "mentor span"),
    Gap: ("scales.*.0", "places heights"),
    FacetFit: ("needs factor", "offers"),
    Preference: ("", "table"),
    Ready: ("mentee", "mentor"),
    Overlap: ("", "ticked written"),
    Jaccard: ("", "sets multiplier"),
    Equality: ("", "sets differ"),
    TextFit: ("mentee", "mentor curve"),
    Wishes: ("", "asked met"),
}
"""Of each class the fields with one entry a mentee, and those that go whole or hold such classes.

``grade.0`` is the first of a tuple, ``sites.*.1`` the second of each tuple in one. What a class has
from another stands with that one."""


def mentee_fields(kind: type) -> tuple[str, ...] | None:
    """Return the paths to what has one entry a mentee; None where a class declares nothing.

    Parameters
    ----------
    kind
        A class of `SENT_FIELDS`, one made from such a class, or one with ``by_mentee``.
    """
    listed = [SENT_FIELDS[base][0] for base in kind.__mro__ if base in SENT_FIELDS]
    if not listed and not hasattr(kind, "by_mentee"):
        return None
    own: tuple[str, ...] = getattr(kind, "by_mentee", ())
    return tuple(dict.fromkeys([*" ".join(listed).split(), *own]))
