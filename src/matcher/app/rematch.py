"""Matching and matching again, from within a review."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.publish.manifest import read_manifest
from matcher.run import run_match

if TYPE_CHECKING:
    from matcher.app.session import Match
    from matcher.observe import Observer

    pass
from matcher.privacy.pseudonyms import default_key_path, read_key


def matcher(key: Path | None = None) -> Match:
    """Return the function that matches a cohort, or matches it again; `key` as for pseudonyms."""

    def rerun(
        *,
        cohort: str,
        config: Path | None,
        previous: Path | None,
        decisions: Path | None,
        observer: Observer,
    ) -> Path:
        # The new run lies beside the earlier one, so that the log of one can name the other.
        options = {} if previous is None else read_manifest(previous).get("options", {})
        hidden = bool(options.get("pseudonymise"))
        return run_match(
            cohort,
            config,
            None if previous is None else next_to(previous),
            previous=previous,
            decisions=decisions,
            set_aside=bool(options.get("set_aside")),
            pseudonymise=hidden,
            key=_known_key(cohort, key) if hidden else None,
            observer=observer,
        )

    return rerun


def _known_key(cohort: str, key: Path | None) -> Path:
    """Return the key of the earlier run: a new one would give everybody another pseudonym."""
    path = key or default_key_path(cohort)
    read_key(path)
    return path


def next_to(run: Path) -> Path:
    """Return the first free name for a rerun beside `run`: ``NAME-r2``, ``NAME-r3``, ..."""
    stem = re.sub(r"-r[0-9]+$", "", run.name)
    number = 2
    while (run.parent / f"{stem}-r{number}").exists():
        number += 1
    return run.parent / f"{stem}-r{number}"
