"""Matching and matching again, from within a review."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.report.rebuild import manifest_of
from matcher.run import run_match

if TYPE_CHECKING:
    from matcher.observe import Observer


def rerun(
    *,
    cohort: str,
    config: Path | None,
    previous: Path | None,
    decisions: Path | None,
    observer: Observer,
) -> Path:
    """Match `cohort` as the run `previous` was matched, with decisions; return the new run.

    The new run lies beside the earlier one, so that the log of one can name the other.
    """
    options = {} if previous is None else manifest_of(previous).get("options", {})
    return run_match(
        cohort,
        config,
        None if previous is None else next_to(previous),
        previous=previous,
        decisions=decisions,
        set_aside=bool(options.get("set_aside")),
        pseudonymise=bool(options.get("pseudonymise")),
        observer=observer,
    )


def next_to(run: Path) -> Path:
    """Return the first free name for a rerun beside `run`: ``NAME-r2``, ``NAME-r3``, ..."""
    stem = re.sub(r"-r[0-9]+$", "", run.name)
    number = 2
    while (run.parent / f"{stem}-r{number}").exists():
        number += 1
    return run.parent / f"{stem}-r{number}"
