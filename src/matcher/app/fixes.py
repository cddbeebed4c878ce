"""What was put right by hand beside the files, and who was left out."""

from collections.abc import Mapping

from matcher.app.desk import ProgrammeFolder
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
    return {
        key: (first, line)
        for key, (first, line) in standing.items()
        if key[1] != LEFT_OUT and first != line.after
    }


def reasons_left_out(programme: ProgrammeFolder) -> dict[str, Correction]:
    """Return who is left out by hand, or where intakes were joined, by id, with the reason."""
    lines = read_corrections(programme.place, {}, Findings()).values()
    said = {line.person: line for line in lines if line.column == LEFT_OUT}
    return {person: line for person, line in said.items() if line.after}
