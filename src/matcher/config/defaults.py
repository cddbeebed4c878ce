"""The default features: a versioned judgement, each weight with its reason.

No study validates a whole weight vector; a sensitivity report says how much each weight matters and
``matcher tune learn`` replaces them by a programme's own outcomes.
"""

from __future__ import annotations

from matcher.config.sections import FeatureConfig

DEVELOPMENTAL_GAP = ((0.0, 0.0), (5.0, 1.0), (15.0, 1.0), (30.0, 0.5))
"""Seniority gap in years to a value: 2.5 -> .5, 10 -> 1, 20 -> .8333, 30 and more -> .5."""

DEFAULT_FEATURES: tuple[FeatureConfig, ...] = (
    FeatureConfig(
        name="need_fit",
        kind="facets",
        weight=0.30,
        reason="Targeted mentoring has more than twice the effect of non-specific (Christensen "
        "2020, 48 studies); forms of knowing differ by mentor (de Janasz & Sullivan 2004).",
    ),
    FeatureConfig(
        name="deep_similarity",
        kind="closeness",
        weight=0.20,
        mentee=("values_*",),
        scale=(1.0, 5.0),
        reason="Deep-level similarity goes with quality, rho .38-.59 (Eby et al. 2013); "
        "discounted since the evidence is for perceived similarity.",
    ),
    FeatureConfig(
        name="mutual_preference",
        kind="preference",
        weight=0.15,
        reason="Input to the match relates to quality (Allen, Eby & Lentz 2006; Kendall & "
        "Smith-Jentsch 2015, RCT); Tuma & Dolan 2024 found no effect of the mechanism.",
    ),
    FeatureConfig(
        name="experience_context",
        kind="overlap",
        weight=0.10,
        mentee=("expertise", "goals"),
        mentor=("expertise", "bio"),
        multiplier=2.0,
        reason="Cognate or complementary fields (NIHR programme).",
    ),
    FeatureConfig(
        name="network_gain",
        kind="network",
        weight=0.10,
        reason="Social capital, rho .35-.54 (Eby et al. 2013); low constraint and bridges "
        "(Burt); balance of purposes (Ibarra 2015).",
    ),
    FeatureConfig(
        name="contact_feasibility",
        kind="availability",
        weight=0.08,
        reason="Frequency of interaction, rho .25 (Eby et al. 2013); soft, since one ticked slot "
        "must not exclude anyone.",
    ),
    FeatureConfig(
        name="seniority_gap",
        kind="gap",
        weight=0.05,
        shape=DEVELOPMENTAL_GAP,
        reason="Rank is not significant (Tuma & Dolan 2024), so low; mentors are typically five "
        "years or more ahead (NIHR programme).",
    ),
    FeatureConfig(
        name="form_fit",
        kind="form",
        weight=0.02,
        reason="A portfolio mixes short and long, narrow and broad relations (de Janasz & "
        "Sullivan 2004).",
    ),
    FeatureConfig(
        name="readiness",
        kind="readiness",
        weight=0.0,
        reason="A gate before release, not a score: scoring it gives scarce places to those "
        "already trained.",
    ),
    FeatureConfig(
        name="surface_similarity",
        kind="wishes",
        weight=0.0,
        reason="Only as a mentee's own stated wish, never inferred; demographic similarity has "
        "rho of about 0 (Eby et al. 2013), counter-evidence in Raposa 2018.",
    ),
)
