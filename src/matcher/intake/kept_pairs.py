"""The pairs past and present: a run keeps what it was made from, whatever was recorded since."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.intake.assembly import sorted_links
from matcher.intake.checks.row_checks import newest_past_date, today_anywhere
from matcher.intake.files.recorded import plainly, recorded_grid
from matcher.intake.mapping import map_headings
from matcher.intake.presets import preset_of
from matcher.intake.typed_table import type_table

PAIRS = "engagements"
"""Table of the pairs past and present, of which a run keeps what it was made from."""


def reading_options(run: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run read its cohort, as keywords of `read_cohort`, from its manifest.

    The pairs are those that it keeps, not those recorded since; under pseudonyms nobody's: whoever
    gives the cohort its pseudonyms puts them in.
    """
    kept = run / f"{PAIRS}.csv"
    return {
        "set_aside": bool(options.get("set_aside")),
        "previous": options.get("previous") or None,
        "engagements": _kept(kept, options) if kept.is_file() else None,
    }


def _kept(path: Path, options: Mapping[str, Any]) -> bytes:
    content = path.read_bytes()
    return b"" if options.get("pseudonymise") or content.count(b"\n") < 2 else content


def with_kept_pairs(cohort: Cohort, run: Path, config: Config) -> Cohort:
    """Return a cohort with the pairs that a run keeps, whose people it calls as the cohort does.

    A run that keeps none, being older, leaves the cohort as it is.
    """
    kept = run / f"{PAIRS}.csv"
    if not kept.is_file():
        return cohort
    grid, plain = recorded_grid(PAIRS, kept.read_bytes()), plainly(config)
    table = type_table(grid, map_headings(grid, preset_of(grid, plain), plain), plain)
    frame = sorted_links(table.frame, table.spec)
    newest = newest_past_date({PAIRS: frame}, today_anywhere())
    as_of = config.programme.as_of or max(cohort.as_of, newest)
    return replace(cohort, engagements=frame, as_of=as_of)
