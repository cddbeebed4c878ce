"""Compare two result files: ``python benchmarks/compare.py NEW [BASELINE]``.

Without a baseline it is the latest committed one of the same kind. A phase is flagged where its
time, as a ratio to the calibration kernel of its own run, is more than 20 % above the baseline's
and by more than five milliseconds, where its gap is worse, or where the new run lacks it. What is
slower by less than that is marked, and no more. A phase that a run measures several times counts
with its median. Exit code 1 if anything is flagged, 2 if a file is no result or of another clock.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
KIND = re.compile(r"(?P<prefix>(large-|huge-)?)\d{4}-\d\d-\d\d\.json")
SLOWER = 1.2
NOISE_SECONDS = 0.005
"""Differences below this are noise of the clock, whatever their ratio."""
WORSE_GAP = 1e-6


@dataclass(frozen=True)
class Phase:
    """One phase in one file."""

    seconds: float
    gap: float | None
    calibration: float
    """Seconds of the calibration kernel beside it."""


@dataclass(frozen=True)
class Change:
    """One phase in both files."""

    instance: str
    phase: str
    before: float
    after: float
    """Seconds, scaled to the baseline's calibration."""
    gap_before: float | None
    gap_after: float | None

    @property
    def is_slower(self) -> bool:
        """Whether the phase takes notably longer."""
        return self._is_above and self.after - self.before > NOISE_SECONDS

    @property
    def _is_above(self) -> bool:
        return self.after > SLOWER * self.before

    @property
    def is_worse(self) -> bool:
        """Whether the proven gap grew."""
        if self.gap_before is None or self.gap_after is None:
            return False
        return self.gap_after > self.gap_before + WORSE_GAP

    def line(self) -> str:
        """Return the change in one line, flagged where it is for the worse."""
        flags = ["SLOWER"] * self.is_slower + ["WORSE GAP"] * self.is_worse
        ratio = self.after / self.before if self.before > 0 else float("inf")
        told = " ".join(flags) or ("within ms" if self._is_above else "ok")
        return f"{told:10} {ratio:6.2f} x  {self.instance}, {self.phase}"


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return every phase that both files have, start-up times included."""
    old, new = _phases(before), _phases(after)
    return [_change(key, old[key], new[key]) for key in old if key in new]


def _change(key: tuple[str, str], before: Phase, after: Phase) -> Change:
    scale = before.calibration / after.calibration
    return Change(*key, before.seconds, after.seconds * scale, before.gap, after.gap)


def missing(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    """Return instance and phase of what only the baseline has: a failed run is no fast one."""
    new = _phases(after)
    return [key for key in _phases(before) if key not in new]


def baseline_of(new: Path, folder: Path = RESULTS) -> Path | None:
    """Return the latest result file of the same kind (usual, large, huge) other than `new`."""
    kind = KIND.match(new.name)
    prefix = kind["prefix"] if kind else ""
    found = [
        path
        for path in sorted(folder.glob("*.json"))
        if (match := KIND.fullmatch(path.name))
        and match["prefix"] == prefix
        and path.resolve() != new.resolve()
    ]
    return found[-1] if found else None


def _phases(results: dict[str, Any]) -> dict[tuple[str, str], Phase]:
    """Return each phase; where an instance has no kernel beside it, that of the run counts."""
    whole = results["calibration_seconds"]
    several: dict[tuple[str, str], list[Phase]] = {}
    for record in results["records"]:
        kernel = record.get("calibration_seconds", whole)
        phase = Phase(record["seconds"], record["figures"].get("gap"), kernel)
        several.setdefault((record["instance"], record["phase"]), []).append(phase)
    found = {key: _typical(phases) for key, phases in several.items()}
    for name, seconds in results["start_up_seconds"].items():
        found["start-up", name] = Phase(seconds, None, whole)
    return found


def _typical(phases: list[Phase]) -> Phase:
    """Return the phase of median ratio to its kernel, with the worst gap: cold starts are many."""
    gaps = [phase.gap for phase in phases if phase.gap is not None]
    middle = statistics.median_low([phase.seconds / phase.calibration for phase in phases])
    typical = next(p for p in phases if p.seconds / p.calibration == middle)
    return Phase(typical.seconds, max(gaps, default=None), typical.calibration)


def _read(path: Path) -> dict[str, Any]:
    """Return a result file; ValueError where it is none."""
    try:
        results = json.loads(path.read_text("utf-8"))
        _phases(results)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path} is no file that benchmarks/run.py wrote"
        raise ValueError(message) from error
    return dict(results)


def main() -> int:
    """Print every change and return 1 if one is flagged."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("new", type=Path)
    parser.add_argument("baseline", type=Path, nargs="?")
    options = parser.parse_args()
    baseline = options.baseline or baseline_of(options.new)
    if baseline is None:
        parser.error("there is no committed baseline of this kind; name one")
    try:
        before, after = _read(baseline), _read(options.new)
    except ValueError as error:
        parser.error(str(error))
    if before.get("clock") != after.get("clock"):
        parser.error("one was taken by the wall, the other by the processor")
    found = changes(before, after)
    lost = missing(before, after)
    print(f"against {baseline}")
    for change in found:
        print(change.line())
    for instance, phase in lost:
        print(f"{'MISSING':10} {'':8}  {instance}, {phase}")
    flagged = [change for change in found if change.is_slower or change.is_worse]
    print(f"{len(found)} phases compared, {len(flagged)} flagged, {len(lost)} missing")
    return 1 if flagged or lost else 0


if __name__ == "__main__":
    sys.exit(main())
