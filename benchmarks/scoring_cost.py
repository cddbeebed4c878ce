"""Features and scores of all pairs at 5000 x 2500, beside an earlier commit, in one run.

    git worktree add --detach ../before 38243c0
    python benchmarks/scoring_cost.py ../before

CPU seconds of the default config, as without extras, on one civil service cohort, which each tree
draws, writes and reads by its own code; processes take turns, and the least of each counts.
``features`` is needs, offers and whatever is prepared of one person (the audit and the import of
libraries are counted apart), ``score`` every pair's approach and score. 38243c0 is the last commit
at which blanks were averaged over.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
TARGET = HERE / "results" / "scoring_cost.csv"
CHILD = """
import json, sys, tempfile, time
import numpy as np
from matcher.config import load_config
from matcher.features import build_features
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.network import audit_cohort
from matcher.scoring.allowed_pairs import find_candidates
from matcher.scoring.pair_scores import PairScores

took, config = {}, load_config(None, overrides=('text.method="tfidf"',))
def timed(phase, work):
    start = time.process_time()
    answer = work()
    took[phase] = time.process_time() - start
    return answer
def scored():
    scores = PairScores(features, candidates, config)
    for start in range(0, scores.shape[0], 400):
        scores.block(np.arange(start, min(start + 400, scores.shape[0])))
with tempfile.TemporaryDirectory() as folder:
    write_cohort(make_cohort(sys.argv[1], 0), folder)
    cohort = read_cohort(folder, config)
import_module = __import__("importlib").import_module
timed("imports", lambda: import_module("sklearn.feature_extraction.text"))
audit = timed("audit", lambda: audit_cohort(cohort, config))
features = timed("features", lambda: build_features(cohort, config, audit))
candidates = timed("candidates", lambda: find_candidates(cohort, config))
if hasattr(candidates, "weighed_by"):
    candidates = candidates.weighed_by(features)
timed("score", scored)
print(json.dumps(took | {"pairs": len(cohort.mentees) * len(cohort.mentors)}))
"""


def main() -> None:
    """Measure both trees and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, help="checkout of the earlier commit")
    parser.add_argument("--family", default="civil_service")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    trees = {"before": asked.before, "now": HERE.parent}
    runs = [
        {"tree": name, **_measured(tree, asked.family)}
        for _ in range(asked.times)
        for name, tree in trees.items()
    ]
    least = pd.DataFrame(runs).groupby("tree").min().round(2)
    least["both"] = least["features"] + least["score"]
    least.to_csv(TARGET, lineterminator="\n")
    print(least.to_string())


def _measured(tree: Path, family: str) -> dict[str, float]:
    """Return the CPU seconds of each phase in a process of its own."""
    path = str(tree.resolve() / "src")
    answer = subprocess.run(
        [sys.executable, "-c", CHILD, family],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    main()
