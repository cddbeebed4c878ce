"""Weights learned from past pairs, claimed only if they predict better than the config's.

Written are the config first to match with, then the evidence.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from matcher.arrays import Floats, Positions, present
from matcher.cohort.cells import neutralise_frame
from matcher.cohort.cohort import Cohort, RowCount
from matcher.config import Config, dump_config
from matcher.errors import Finding, StorageError
from matcher.run_tables import RunFile
from matcher.storage import write_files
from matcher.text import count_of
from matcher.tune import gain as gains
from matcher.tune.evidence import CrossValidated, Evidence, read_outcomes
from matcher.tune.past_choices import read_choices

FEWEST = 10
"""Outcomes or choices below which nothing is learned."""
DIGITS = 4
"""Decimals of a written weight: more would claim a precision that no outcome table has."""


@dataclass(frozen=True)
class Tuned:
    """Weights by feature, the evidence for them, and the config to match with."""

    config: Config
    """The config given, with the tuned weights if they are claimed and unchanged if not."""
    claimed: bool
    reason: str
    """One sentence that says why the weights changed or did not."""
    names: tuple[str, ...]
    default: Floats
    """(k,) shares of the total weight in the config given."""
    weight: Floats
    """(k,) shares in `config`."""
    estimate: Floats
    """(k,) shares as estimated, claimed or not."""
    low: Floats
    """(k,) 95 % bootstrap interval of the estimate."""
    high: Floats
    figures: dict[str, Any]
    """Keys of ``tuning.json``: auc, log_loss, n, folds, ... each cross-validated."""
    predictions: pd.DataFrame
    """One row a pair that was predicted without training on its people."""
    warnings: tuple[str, ...] = field(default_factory=tuple)


def learn(cohort: Cohort, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from the table `outcomes`.

    Parameters
    ----------
    cohort
        With outcomes of past pairs and the profiles of their people.
    config
        Whose weights are the prior; section ``[tune]`` says how strong.
    seed
        Of folds and bootstrap.

    Returns
    -------
    Tuned
        The tuned config where tuning is better beyond noise, else the config unchanged.

    Raises
    ------
    InputError
        E_NO_ROWS if there is no usable outcome.
    """
    return learn_from(read_outcomes(cohort, config), config, seed=seed)


def imitate(cohort: Cohort, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from last year's pairs in the table `engagements`; arguments as for `learn`.

    Conditional logit of the chosen mentor among those who were free. What people chose is not what
    is good: this says how they weighed, not whether they were right.

    Raises
    ------
    InputError
        E_NO_ROWS if no pair can be used.
    """
    return learn_from(read_choices(cohort, config, seed=seed), config, seed=seed)


def learn_from(evidence: Evidence, config: Config, *, seed: int = 0) -> Tuned:
    """Learn weights from past pairs whose features are known."""
    with threadpool_limits(limits=1, user_api="blas"):  # small matrices: threads only cost
        return _learn(evidence, config, seed)


def _learn(evidence: Evidence, config: Config, seed: int) -> Tuned:
    left, right, n_people = gains.people_codes(evidence.mentee, evidence.mentor)
    rng, table = np.random.default_rng([seed, 1]), evidence.table
    draws = range(config.tune.bootstrap)
    counts = np.array([gains.resample(left, right, n_people, rng) for _ in draws])
    estimate = evidence.fit(np.ones(len(evidence), dtype=np.int64), config)
    low, high = gains.interval(np.array([evidence.fit(row, config) for row in counts]))
    folds = gains.make_folds(evidence.mentee, evidence.mentor, config.tune.folds, seed)
    seen = evidence.cross_validate(folds, config)
    within = evidence.within(seen, left, seed, config.tune.bootstrap)
    figures, gain = _figures(evidence, seen, counts, within)
    figures |= {"folds": len(folds), "split": folds.how, "seed": seed}
    objection = _objection(evidence, figures, gain, within)
    claimed = not objection
    return Tuned(
        config=_with_weights(config, evidence, estimate) if claimed else config,
        claimed=claimed,
        reason=f"{objection}; the config's weights are kept"
        if objection
        else f"tuned weights {_saved(evidence, figures, gain)}, on people that were not trained on",
        names=table.names,
        default=table.default,
        weight=estimate if claimed else table.default,
        estimate=estimate,
        low=low,
        high=high,
        figures=figures,
        predictions=pd.DataFrame(
            {
                "mentee_id": evidence.mentee,
                "mentor_id": evidence.mentor,
                "fold": seen.fold,
                **evidence.columns(seen),
            }
        ),
        warnings=tuple(_warnings(evidence, figures, within)),
    )


def _with_weights(config: Config, evidence: Evidence, weights: Floats) -> Config:
    """Return the config with new weights, each with the reason for it."""
    total = sum(feature.weight for feature in config.features)
    asked = sum(f.weight for f in config.features if f.name in evidence.table.names) / total
    new = dict(zip(evidence.table.names, (asked * weights).tolist(), strict=True))
    learned = f"Learned from {len(evidence)} {evidence.noun}s"
    features = tuple(
        feature.model_copy(
            update={
                "weight": round(new[feature.name], DIGITS),
                "reason": f"{learned}; before {feature.weight / total:.4g}. "
                f"{feature.reason}".strip(),
            }
        )
        if feature.weight > 0 and feature.name in new
        else feature
        for feature in config.features
    )
    return config.model_copy(update={"features": features})


def _figures(
    evidence: Evidence, seen: CrossValidated, counts: Positions, within: gains.WithinMentees | None
) -> tuple[dict[str, Any], gains.Gain | None]:
    """Return the figures of what was predicted, and the gain of tuning."""
    at, (first, more) = seen.at, evidence.counts()
    figures: dict[str, Any] = {
        "n": len(evidence),
        **first,
        "n_predicted": int(at.sum()),
        "n_people": len({*evidence.mentee, *evidence.mentor}),
        **more,
        "rows": {**asdict(evidence.rows), "pairs_dropped": evidence.dropped},
        "auc": {},
        "log_loss": {},
    }
    if not at.any():
        return figures, None
    methods = {"default": seen.default, "tuned": seen.tuned}
    areas = {name: evidence.area(found.score, at) for name, found in methods.items()}
    inside = areas if evidence.is_within else dict.fromkeys(areas)
    figures["auc"] = {
        **areas,
        "missing_flags": evidence.area(seen.missing.score, at),
        "within_mentee": asdict(within) if within else inside,
    }
    figures["log_loss"] = {name: float(found.loss[at].mean()) for name, found in methods.items()}
    known = np.isfinite(seen.default.chance)
    figures["calibration"] = {
        name: gains.calibration(evidence.hit[known], found.chance[known])
        for name, found in methods.items()
    }
    if areas["default"] is None or areas["tuned"] is None:
        return figures, None
    losses = seen.default.loss[at], seen.tuned.loss[at]
    gain = gains.compare_losses(*losses, counts[:, at], areas["tuned"] - areas["default"])
    saved = {"mean": gain.log_loss, "low": gain.low, "high": gain.high}
    figures["log_loss"]["saved"] = {key: gains.or_none(value) for key, value in saved.items()}
    return figures, gain


def _objection(
    evidence: Evidence,
    figures: dict[str, Any],
    gain: gains.Gain | None,
    within: gains.WithinMentees | None,
) -> str:
    """Return why tuned weights are not claimed, empty where they are."""
    noun, areas = evidence.noun, figures["auc"]
    if len(evidence) < FEWEST:
        return f"{count_of(len(evidence), noun)}, too few to learn from"
    if not evidence.is_mixed:
        return f"{noun}s of both kinds are needed to learn from"
    if not figures["n_predicted"]:
        why = "shares a person with the others, so that none can be predicted fairly"
        return f"every {noun} {why}"
    if gain is None:
        return f"{noun}s of both kinds are needed among those predicted"
    if not gain.is_real:
        return f"tuned weights {_saved(evidence, figures, gain)}: not better beyond noise"
    if areas["tuned"] <= 0.5:
        return f"tuned weights rank {noun}s no better than chance"
    if within and within.is_told and not _helps_to_choose(within, figures, evidence):
        found = f"AUC {within.default:.3f} to {within.tuned:.3f} within one mentee"
        return f"tuned weights do not help to choose between mentors, {found}"
    return ""


def _saved(evidence: Evidence, figures: dict[str, Any], gain: gains.Gain | None) -> str:
    gain = present(gain)
    interval_of = f"95 % {gain.low:+.4f} to {gain.high:+.4f}"
    areas = f"AUC {figures['auc']['default']:.3f} to {figures['auc']['tuned']:.3f}"
    return f"save log loss {gain.log_loss:+.4f} {evidence.each} ({interval_of}), {areas}"


def _helps_to_choose(
    within: gains.WithinMentees, figures: dict[str, Any], evidence: Evidence
) -> bool:
    """Return whether mentors of one mentee are ranked better, beyond noise where that is in doubt.

    In doubt are gains that missing answers or the differences between mentees may explain.
    """
    in_doubt = within.tuned < figures["auc"]["tuned"] - gains.FAR_FROM_EVEN
    if in_doubt or _leaks(figures, evidence):
        return within.gain_low > 0.0 and within.tuned_low > 0.5
    return within.tuned > max(within.default, 0.5)


def _leaks(figures: dict[str, Any], evidence: Evidence) -> bool:
    good = int(evidence.hit.sum())
    return gains.leaks(figures["auc"].get("missing_flags"), good, len(evidence.hit) - good)


def _warnings(
    evidence: Evidence, figures: dict[str, Any], within: gains.WithinMentees | None
) -> Iterator[str]:
    noun, areas = evidence.noun, figures["auc"]
    yield from evidence.caution
    yield from _left_out(evidence.rows)
    if silent := evidence.silent():
        yield f"open or the same in every {noun}, so the share stays: {', '.join(silent)}"
    if evidence.dropped:
        yield f"{count_of(evidence.dropped, 'pair')} left out: {evidence.why_dropped}"
    if _leaks(figures, evidence):
        yield evidence.leak.format(area=areas["missing_flags"])
    if within and within.is_told and within.tuned < areas["tuned"] - gains.FAR_FROM_EVEN:
        yield (
            f"within one mentee the AUC is {within.tuned:.2f}, pooled {areas['tuned']:.2f}: the "
            "weights tell easy mentees from hard ones more than good mentors from bad"
        )
    if left := figures["n"] - figures["n_predicted"]:
        why = "shared people with every training set, and not predicted"
        yield f"{count_of(left, noun)} {why}"


def _left_out(rows: RowCount) -> Iterator[str]:
    why = "people who are not in the cohort, or repetitions"
    left = {why: rows.rejected, "set aside for what is wrong with them": rows.set_aside}
    for reason, number in left.items():
        if number:
            yield f"{count_of(number, 'row')} of {rows.read} left out: {reason}"


def tuned_texts(result: Tuned, what: str = "outcomes") -> dict[str, str]:
    """Return ``tuned.toml``, ``learned.csv``, ``tuning.json`` and ``predictions.csv``.

    Parameters
    ----------
    result
        What was learned.
    what
        What the weights were learned from, in words.
    """
    learned = pd.DataFrame(
        {
            "feature": result.names,
            "default_weight": result.default,
            "weight": result.weight,
            "low": result.low,
            "high": result.high,
        }
    )
    estimate = dict(zip(result.names, result.estimate.tolist(), strict=True))
    figures = {
        "claimed": result.claimed,
        "reason": result.reason,
        **result.figures,
        "estimate": estimate,
        "warnings": list(result.warnings),
    }
    done = "tuned" if result.claimed else "not tuned"
    head = f"# Weights {done} on {what}: {result.reason}.\n"
    return {
        "tuned.toml": head + dump_config(result.config),
        "learned.csv": frame_text(learned),
        "tuning.json": json.dumps(figures, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        "predictions.csv": frame_text(result.predictions),
    }


def frame_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV whose numbers round-trip and whose texts no spreadsheet runs.

    Truth is written as in the tables of a run: ``true`` and ``false``.
    """
    truths = frame.select_dtypes("bool").columns
    words = {name: frame[name].map({True: "true", False: "false"}) for name in truths}
    return neutralise_frame(frame.assign(**words)).to_csv(index=False, lineterminator="\n")


def write_texts(texts: dict[str, str], folder: Path) -> list[Path]:
    """Write files into a folder that is made if needed; each appears whole or not at all.

    Raises
    ------
    StorageError
        E_EXISTS where the folder is a published run, which nothing edits; E_WRITE where it is a
        link or cannot be written.
    """
    refuse_run(folder)
    return write_files({folder / name: text.encode() for name, text in texts.items()})


def refuse_run(folder: Path) -> None:
    """Raise a StorageError where `folder` is a published run or a link."""
    if (folder / RunFile.MANIFEST).exists():
        message = f"{folder.name} is a published run"
        raise StorageError(Finding("E_EXISTS", message, "choose another folder with -o"))
    if folder.is_symlink():
        message = "the output folder is a link"
        raise StorageError(Finding("E_WRITE", message, "name the folder itself with -o"))
