"""A believable run folder in the layout of the contract, made from a seed and no solver."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.cohort.cells import neutralise_frame
from matcher.evaluate.groups import group_gaps
from matcher.vocabulary import FACET_GROUPS, FACETS

FEATURES = {
    "need_fit": 0.30,
    "deep_similarity": 0.20,
    "mutual_preference": 0.15,
    "experience_context": 0.10,
    "network_gain": 0.10,
    "contact_feasibility": 0.08,
    "seniority_gap": 0.05,
    "form_fit": 0.02,
}


def _write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    neutralise_frame(frame).to_csv(folder / name, index=False)


def _contributions(matches: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for match in matches.itertuples():
        answered = rng.random(len(FEATURES)) < 0.85
        values = np.where(answered, rng.beta(4, 2, len(FEATURES)), np.nan)
        total = sum(w for w, a in zip(FEATURES.values(), answered, strict=True) if a)
        for (name, weight), value in zip(FEATURES.items(), values, strict=True):
            known = bool(np.isfinite(value))
            part = weight * value / total if known else 0.0
            rows.append((match.mentee_id, match.mentor_id, name, known, value, weight, part))
    return pd.DataFrame(
        rows,
        columns=[
            "mentee_id",
            "mentor_id",
            "feature",
            "answered",
            "value",
            "weight",
            "contribution",
        ],
    )


def _matches(n: int, m: int, hostile: str, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for i in range(n - max(1, n // 50)):
        for j in sorted(rng.choice(m, size=int(rng.integers(1, 3)), replace=False)):
            covers = ";".join(sorted(rng.choice(FACETS, 3, replace=False)))
            approach = "sponsorship" if j % 9 == 0 else "developmental"
            rows.append(
                (f"e{i:04}{hostile}", f"r{j:04}", approach, "false", 0.0, "knows the sector")
            )
            rows[-1] += (covers, 1.5, 1, "true" if i % 40 == 0 else "false", "", "")
    columns = ["mentee_id", "mentor_id", "approach", "reciprocal", "score", "role", "covers"]
    columns += ["hours_per_month", "period", "locked", "previous", "robust"]
    return pd.DataFrame(rows, columns=columns)


def _portfolios(matches: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    counts = matches.groupby("mentee_id").size()
    frame = pd.DataFrame({"mentee_id": counts.index, "n_mentors": counts.to_numpy()})
    frame["relation"] = rng.beta(5, 3, len(frame)) / 2
    frame["coverage"] = rng.beta(5, 2, len(frame)) / 2
    frame["redundancy"] = 0.0
    frame["value"] = frame["relation"] + frame["coverage"]
    frame["uncovered"] = [";".join(sorted(rng.choice(FACETS, 2))) for _ in range(len(frame))]
    for group in FACET_GROUPS:
        frame[group] = rng.beta(4, 2, len(frame))
    return frame


def _mentors(matches: pd.DataFrame, m: int, rng: np.random.Generator) -> pd.DataFrame:
    ids = [f"r{j:04}" for j in range(m)]
    used = matches.groupby("mentor_id").size().reindex(ids, fill_value=0).to_numpy()
    price = np.where(rng.random(m) < 0.4, rng.exponential(0.05, m), 0.0)
    return pd.DataFrame(
        {"mentor_id": ids, "capacity": used + (price == 0), "used": used, "price": price}
    )


def _summary(matches: pd.DataFrame, n: int, m: int) -> dict[str, object]:
    return {
        "status": "OPTIMAL",
        "objective": 612.25,
        "bound": 612.3,
        "bound_source": "dual, re-proved by the checker",
        "dual_bound": 612.3,
        "gap": 8.2e-05,
        "tiers": [],
        "n_mentees": n,
        "n_mentors": m,
        "n_matched_mentees": int(matches["mentee_id"].nunique()),
        "n_matches": len(matches),
        "n_reciprocal_pairs": 0,
        "seconds": 3.2,
        "method": "portfolio",
        "metrics": {
            "coverage_by_facet": {
                facet: {"before": k / 60, "after": 0.4 + k / 40} for k, facet in enumerate(FACETS)
            }
        },
    }


def _groups(n: int, rng: np.random.Generator) -> pd.DataFrame:
    cycle = ["women", "men", "men", "women", "agender"]
    gender = pd.Series((cycle * (n // 5 + 1))[:n])
    gender[:4] = "other"
    matched = gender.ne("men").to_numpy(dtype=float)
    return group_gaps(
        {"value": rng.beta(5, 3, n), "matched": matched}, pd.DataFrame({"gender": gender})
    )


def write_fake_run(
    run: Path, n: int = 60, m: int = 40, *, hostile: str = "", seed: int = 1
) -> Path:
    """Write a run folder of `n` mentees and `m` mentors at `run`, and return it."""
    rng = np.random.default_rng(seed)
    run.mkdir()
    matches = _matches(n, m, hostile, rng)
    contributions = _contributions(matches, rng)
    keys = ["mentee_id", "mentor_id"]
    sums = contributions.groupby(keys)["contribution"].sum()
    matches["score"] = sums.reindex(pd.MultiIndex.from_frame(matches[keys])).to_numpy()
    left = sorted({f"e{i:04}{hostile}" for i in range(n)} - set(matches["mentee_id"]))
    unmatched = pd.DataFrame(
        {
            "person_id": left,
            "role": "mentee",
            "reason": "no_place",
            "detail": f"9 mentees ask for 27 places{hostile}",
        }
    )
    alternates = matches.assign(rank=1, cost_to_cohort=0.0123)
    _write(run, "matches.csv", matches)
    _write(run, "contributions.csv", contributions)
    _write(run, "portfolios.csv", _portfolios(matches, rng))
    _write(run, "mentors.csv", _mentors(matches, m, rng))
    _write(run, "unmatched.csv", unmatched)
    _write(run, "waiting_list.csv", unmatched)
    _write(run, "alternates.csv", alternates[[*keys, "rank", "score", "cost_to_cohort"]])
    _write(run, "groups.csv", _groups(n, rng))
    recruitment = pd.DataFrame(
        {
            "rank": [1, 2],
            "facets": ["purpose.strategic;knowing.whom", "context.confidence"],
            "approach": "developmental",
            "slots": ["thu-pm;wed-am", ""],
            "score": 0.6,
            "gain_bound": [2.1, 1.9],
            "gain": [0.35, float("nan")],
            "reached": [1.0, float("nan")],
        }
    )
    _write(run, "recruitment.csv", recruitment)
    sensitivity = pd.DataFrame(
        {
            "feature": ["need_fit", "need_fit", "form_fit"],
            "factor": [0.75, 1.25, 1.25],
            "share_pairs_changed": [0.12, 0.08, 0.0],
            "d_objective": [-0.4, 0.3, 0.0],
            "d_min_value": [0.0, -0.01, 0.0],
        }
    )
    _write(run, "sensitivity.csv", sensitivity)
    (run / "summary.json").write_text(json.dumps(_summary(matches, n, m)))
    (run / "config.toml").write_text('[programme]\nname = "Spring programme"\n')
    return run
