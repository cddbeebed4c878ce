"""What each metric means and where it comes from, for pages and for people.

Names with ``<...>`` stand for several columns. The maths is where the metric is computed:
`quality`, `stability`, `groups`.
"""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """One metric."""

    meaning: str
    source: str


OWN = "own definition"

DEFINITIONS: dict[str, Definition] = {
    "matched_share": Definition(
        "share of mentees with at least one mentor", "cardinality; Manlove 2013"
    ),
    "mentors_per_mentee": Definition("matches for each mentee, unmatched ones included", OWN),
    "mean_value": Definition("mean of V, 0 for the unmatched", "utilitarian welfare"),
    "min_value": Definition("least V of a mentee", "egalitarian welfare; Rawls 1971"),
    "worst_decile_value": Definition(
        "mean V of the worst-off tenth, rounded up to people",
        "lower tail mean; Rockafellar & Uryasev 2000",
    ),
    "gini_value": Definition(
        "Gini coefficient of V (negative V as 0): 0 equal, 1 all with one", "Gini 1912; Sen 1973"
    ),
    "welfare_alpha_<a>": Definition(
        "sum of U(V) at alpha 1 (Nash) and 2, with the offset of the objective",
        "Mo & Walrand 2000; Atkinson 1970",
    ),
    "coverage": Definition(
        "mean share of a mentee's need that the set covers, ties of the audit included",
        "de Janasz & Sullivan 2004 (needs); objective, second cover counts less",
    ),
    "unmet_need": Definition("1 - coverage", OWN),
    "coverage_<facet>": Definition("share of all need on a facet that is covered", OWN),
    "load_max": Definition("largest load of a mentor: matches, or hours", OWN),
    "load_gini": Definition(
        "Gini coefficient of load / capacity of mentors with a place", "Gini 1912"
    ),
    "overload": Definition("load beyond capacity, summed; 0 in every valid match", OWN),
    "mean_pair_score": Definition("mean score of the matches, as in matches.csv", OWN),
    "blocking_pairs": Definition(
        "allowed pairs not matched, both of whom would gain by the pair score",
        "pairwise stability; Roth & Sotomayor 1990",
    ),
    "stability_rate": Definition("share of allowed, unmatched pairs that do not block", OWN),
    "reciprocal_rate": Definition(
        "share of matches that are one way of a reciprocal pair",
        "arc reciprocity; Wasserman & Faust 1994",
    ),
    "external_share": Definition(
        "share of matched mentees with a mentor of another organisation, where both are known",
        "external ties; Krackhardt & Stern 1988",
    ),
    "redundancy_rate": Definition(
        "share of two mentors of one portfolio who are alike", "redundant contacts; Burt 1992"
    ),
    "first_choice_share": Definition(
        "share of those who named mentors that got a first choice",
        "rank profile; Irving et al. 2006",
    ),
    "stated_choice_share": Definition(
        "share of those who named mentors that got one they named", OWN
    ),
    "rank_<k>": Definition(
        "matches that are a mentee's k-th stated choice, k up to 3; ties share the better rank",
        "rank profile; Irving et al. 2006",
    ),
}
"""Metrics of `match_metrics`, by name."""

BENCH_DEFINITIONS: dict[str, Definition] = {
    "tier": Definition(
        "what counts before welfare, in the order of priorities, joined by ;", "[objective]"
    ),
    "seconds": Definition("wall time of the method; reading and checking are not in it", OWN),
    "peak_mb": Definition(
        "largest memory of the process while it ran, in 10^6 bytes; it keeps what ran before", OWN
    ),
    "objective": Definition("welfare of the answer by the config", "objective of the solver"),
    "bound": Definition("what the method proved to be the most", "duals; empty without a proof"),
    "gap": Definition(
        "(bound - objective) / the larger of both; with fairness of equivalents",
        "objective of the solver",
    ),
    "price_of_fairness": Definition(
        "share of the largest known sum of V that the answer gives up",
        "Bertsimas, Farias & Trichakis 2011",
    ),
    "realised_<...>": Definition(
        "expected outcome of a built-in family's mentees by its truth: mean, worst decile, parts",
        "matcher.lab.synthetic.outcome",
    ),
    "churn": Definition(
        "1 - Jaccard index with the pairs of --previous; kept, dropped and added beside it",
        "Jaccard 1901",
    ),
    "bench_groups.csv": Definition(
        "value, matched, mentors and coverage by group: overall, by_group, difference, ratio, each "
        "with a 95 % bootstrap interval",
        "Bird et al. 2020; Efron & Tibshirani 1993",
    ),
}
"""What `matcher bench` adds."""
