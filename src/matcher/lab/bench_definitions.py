"""What `matcher bench` reports beside the metrics of a match."""

from matcher.evaluate import Definition

BENCH_DEFINITIONS: dict[str, Definition] = {
    "tier": Definition(
        "what counts before welfare, in the order of priorities, joined by ;", "[objective]"
    ),
    "seconds": Definition("wall time of the method; reading and checking are not in it"),
    "peak_mb": Definition(
        "largest memory of the process while it ran, in 10^6 bytes; it keeps what ran before"
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
