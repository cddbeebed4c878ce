"""Reviewers for the papers of a conference, with seats, without coverage and with it.

    python benchmarks/conference.py [--papers 22495] [--reviewers 24854] [--coverage]

Drawn from a seed: sparse similarities and bids, conflicts of interest, load limits, and in each
paper's seats one senior, one reciprocal and two ordinary reviewers. Writes CPU seconds, wall
seconds, peak memory, the gap that is proved, and whether seats, loads and conflicts were kept.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

import matcher
from instances import DIMENSIONS, FACETS
from matcher.lab.judge import measured
from scale import Log

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAPERS, REVIEWERS = 22_495, 24_854
SEATS = {"senior": 1, "reciprocal": 1, "ordinary": 2}
SHARE = (0.2, 0.35, 0.45)
"""Of all reviewers, in the order of the seats."""
LOADS = ((5, 8), (3, 5), (4, 7))
"""Least and most papers that a reviewer of each kind takes."""
LISTED = (42, 73, 94)
"""Reviewers of each kind whose similarity to a paper is listed, the nearest."""
COVERED = 0.4
"""Share of a paper's worth that coverage of its topics makes up, where it counts."""
TARGET = Path(__file__).parent / "results" / "conference.json"


@dataclass(frozen=True)
class Conference:
    """Papers, reviewers and what each pair is worth."""

    scores: sparse.csr_array
    """(n, m) similarity raised by bids; conflicts and what is far apart are absent."""
    kind: NDArray[np.int64]
    """(m,) seat that each reviewer takes."""
    load: NDArray[np.int64]
    topics: NDArray[np.float64]
    """(n, f), summing to 1."""
    expertise: NDArray[np.float64]
    """(m, f)"""

    def arguments(self, *, coverage: bool) -> dict[str, Any]:
        """Return the keyword arguments of ``matcher.solve``."""
        n, size = len(self.topics), sum(SEATS.values())
        seats = [
            {"name": name, "fits": self.kind == number, "min": count, "max": count, "fill": True}
            for number, (name, count) in enumerate(SEATS.items())
        ]
        found: dict[str, Any] = {"capacity": self.load, "limit": np.full(n, size), "seats": seats}
        share = (1 - COVERED if coverage else 1.0) / size
        found["scores"] = self.scores * share
        if coverage:
            found |= {"needs": COVERED * self.topics, "offers": self.expertise, "minimum": size}
        return found | {"minimum": size}


def conference(papers: int, reviewers: int, seed: int = 0) -> Conference:
    """Draw a conference: fields of research that attract papers and reviewers unevenly."""
    rng = np.random.default_rng(seed)
    fields = rng.standard_normal((40, DIMENSIONS))
    liked = rng.dirichlet(np.full(40, 2.0))
    paper = _near(rng, fields, rng.choice(40, papers, p=liked))
    reviewer = _near(rng, fields, rng.choice(40, reviewers, p=liked))
    kind = rng.permutation(np.repeat(np.arange(3), _parts(reviewers)))
    low, high = np.array(LOADS)[kind].T
    topics = rng.dirichlet(np.full(FACETS, 0.35), papers)
    expertise = rng.beta(1.0, 3.0, (reviewers, FACETS))
    scores = _listed(rng, paper, reviewer, kind)
    return Conference(scores, kind, rng.integers(low, high + 1), topics, expertise)


def _parts(count: int) -> list[int]:
    first = [round(share * count) for share in SHARE[:-1]]
    return [*first, count - sum(first)]


def _near(
    rng: np.random.Generator, fields: NDArray[np.float64], at: NDArray[np.int64]
) -> NDArray[np.float32]:
    found = fields[at] + rng.standard_normal((len(at), DIMENSIONS))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def _listed(
    rng: np.random.Generator,
    paper: NDArray[np.float32],
    reviewer: NDArray[np.float32],
    kind: NDArray[np.int64],
) -> sparse.csr_array:
    """Return the scores of the nearest reviewers of each kind, less conflicts, raised by bids."""
    parts = []
    for number, width in enumerate(LISTED):
        here = np.flatnonzero(kind == number)
        width = min(width, len(here))
        for start in range(0, len(paper), 512):
            similar = paper[start : start + 512] @ reviewer[here].T
            near = np.argpartition(-similar, width - 1, axis=1)[:, :width]
            row = np.repeat(np.arange(start, start + len(similar)), width)
            value = np.take_along_axis(similar, near, axis=1).ravel()
            parts.append((row, here[near.ravel()], value))
    row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    worth = 0.5 + 0.5 * np.maximum(value, 0.0).astype(np.float64)
    bid = rng.choice([1.0, 0.9, 0.75, 0.4], len(worth), p=[0.06, 0.08, 0.8, 0.06])
    # Bids raise a similarity by a power, as many conferences do; near ones conflict more often.
    kept = rng.random(len(worth)) > 0.06 * worth
    entries = worth[kept] ** (1.0 / (0.5 + bid[kept])), (row[kept], column[kept])
    return sparse.csr_array(entries, shape=(len(paper), len(reviewer)))


def main() -> None:
    """Measure one size and add it to the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=PAPERS)
    parser.add_argument("--reviewers", type=int, default=REVIEWERS)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gap", type=float, default=5e-4)
    options = parser.parse_args()
    drawn = conference(options.papers, options.reviewers, options.seed)
    arguments = drawn.arguments(coverage=options.coverage)
    before = time.process_time()
    with measured() as usage:
        solution = matcher.solve(**arguments, gap=options.gap, observer=Log(spent=None))
    record = {
        "papers": options.papers,
        "reviewers": options.reviewers,
        "seed": options.seed,
        "pairs": int(drawn.scores.nnz),
        "coverage": options.coverage,
        "cpu_seconds": round(time.process_time() - before, 2),
        "wall_seconds": round(usage.seconds, 2),
        "peak_mb": round(usage.peak_mb),
        "method": solution.method,
        "reason": str(solution.termination.reason),
        "objective": solution.objective,
        "bound": solution.bounds.dual,
        "gap": solution.bounds.gap,
        **_kept(drawn, solution.pairs),
    }
    print(json.dumps(record, indent=1))
    known = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else []
    same = ("papers", "reviewers", "seed", "coverage")
    known = [row for row in known if any(row[key] != record[key] for key in same)]
    rows = sorted([*known, record], key=lambda row: [row[key] for key in same])
    TARGET.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _kept(drawn: Conference, pairs: NDArray[np.int64]) -> dict[str, Any]:
    """Count again, from the pairs alone, that everything was kept."""
    n, m = drawn.scores.shape
    seat = np.zeros((n, len(SEATS)), dtype=np.int64)
    np.add.at(seat, (pairs[:, 0], drawn.kind[pairs[:, 1]]), 1)
    full = (seat == list(SEATS.values())).all(axis=1)
    listed = sparse.csr_array((np.ones(len(pairs)), pairs.T), drawn.scores.shape)
    return {
        "papers_seated": int(full.sum()),
        "papers_empty": int((seat.sum(axis=1) == 0).sum()),
        "loads_kept": bool((np.bincount(pairs[:, 1], minlength=m) <= drawn.load).all()),
        "conflicts_kept": int((listed > 0).multiply(drawn.scores > 0).nnz) == len(pairs),
    }


if __name__ == "__main__":
    main()
