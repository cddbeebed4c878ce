"""Write what tuning found: the config first to match with, then the evidence."""

import json
from pathlib import Path

import pandas as pd

from matcher.cohort.cells import neutralise_frame
from matcher.config import dump_config
from matcher.errors import Finding, StorageError
from matcher.storage import write_file
from matcher.tune.learn import Tuned

MANIFEST = "manifest.json"
"""File by which a folder is known as a published run."""


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
    return [write_file(folder / name, text.encode()) for name, text in texts.items()]


def refuse_run(folder: Path) -> None:
    """Raise a StorageError where `folder` is a published run or a link."""
    if (folder / MANIFEST).exists():
        message = f"{folder.name} is a published run"
        raise StorageError(Finding("E_EXISTS", message, "choose another folder with -o"))
    if folder.is_symlink():
        message = "the output folder is a link"
        raise StorageError(Finding("E_WRITE", message, "name the folder itself with -o"))
