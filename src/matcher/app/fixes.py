"""What was put right by hand beside the files, and who was left out."""

from collections.abc import Iterable, Mapping

from matcher.app.desk import ProgrammeFolder
from matcher.errors import Finding
from matcher.intake.corrections import LEFT_OUT, Correction, read_corrections
from matcher.intake.findings import Findings

Fixes = Mapping[tuple[str, str], tuple[str, Correction]]
"""By person and column: what stood in the cell at first, and the last correction of it."""


def standing_corrections(programme: ProgrammeFolder) -> Fixes:
    """Return what was put right by hand and not taken back."""
    standing: dict[tuple[str, str], tuple[str, Correction]] = {}
    for line in read_corrections(programme.place, {}, Findings()).values():
        first = standing.get((line.person, line.column), (line.before, line))[0]
        standing[line.person, line.column] = (first, line)
    of_cells = ((key, both) for key, both in standing.items() if key[1] != LEFT_OUT)
    return {key: (first, line) for key, (first, line) in of_cells if first != line.after}


def unused_corrections(
    programme: ProgrammeFolder, found: Iterable[Finding]
) -> set[tuple[str, str]]:
    """Return person and column of corrections that have no effect now, as findings tell."""
    lines = read_corrections(programme.place, {}, Findings())
    unused = (lines.get(f.row or 0) for f in found if f.code == "W_CORRECTION_UNUSED")
    return {(line.person, line.column) for line in unused if line is not None}


def reasons_left_out(programme: ProgrammeFolder) -> dict[str, Correction]:
    """Return who is left out by hand, or where intakes were joined, by id, with the reason."""
    lines = read_corrections(programme.place, {}, Findings()).values()
    said = {line.person: line for line in lines if line.column == LEFT_OUT}
    return {person: line for person, line in said.items() if line.after}
