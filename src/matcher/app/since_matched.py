"""What was said since a match was made: whether it is older, and which of its pairs that breaks."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matcher.app.desk import ProgrammeFolder
from matcher.app.said_plainly import why_not
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.programme.pair_record import Pair
from matcher.report.run_data import RunData, ShownNames
from matcher.run_tables import RunFile
from matcher.scoring.allowed_pairs import Candidates, find_candidates
from matcher.send.letters_now import OF_LETTERS


@dataclass(frozen=True)
class BrokenPair:
    """A pair of a match that could not be made any more."""

    mentee: str
    mentor: str
    names: tuple[str, str]
    why: str


def is_older(programme: ProgrammeFolder, run: Path) -> bool:
    """Whether anything that a match is made from was changed after it; letters' words are not."""
    made = (run / RunFile.SUMMARY).stat().st_mtime
    paths = [*programme.sign_ups(), programme.folder / CORRECTIONS]
    if any(path.is_file() and path.stat().st_mtime > made for path in paths):
        return True
    return programme.kept(
        "same settings",
        lambda: _of_pairs(load_config(run / RunFile.CONFIG)) != _of_pairs(programme.config()),
        (run.name, programme.settings.text),
    )


def _of_pairs(config: Config) -> str:
    """Return what a config says of the match: not of letters' words."""
    left_out: Any = {"words": True, "text": {"method"}, "programme": {*OF_LETTERS}}
    return config.model_dump_json(exclude=left_out)


def outrun_by(programme: ProgrammeFolder, run: Path) -> Hashable:
    """Return what has outrun a match: the same for the same settings; empty where nothing has."""
    return _of_pairs(programme.config()) if is_older(programme, run) else ""


def candidates_now(programme: ProgrammeFolder, cohort: Cohort) -> Candidates:
    """Return which pairs could be made by the answers and settings as they are, without decisions.

    Parameters
    ----------
    programme, cohort
        The programme, and its people as they are read now.
    """
    state = _of_pairs(programme.config()), programme.said()
    return programme.kept("candidates", lambda: find_candidates(cohort, programme.config()), state)


def why_no_pair(
    programme: ProgrammeFolder, cohort: Cohort, names: ShownNames, mentee: str, mentor: str
) -> str:
    """Return in sentences why two cannot be a pair now, empty where they can."""
    possible = candidates_now(programme, cohort)
    return next(iter(_forbidden(possible, cohort, names, [(mentee, mentor)]).values()), "")


def _forbidden(
    possible: Candidates, cohort: Cohort, names: ShownNames, pairs: Sequence[Pair]
) -> dict[Pair, str]:
    """Return which of some pairs cannot be made, and why in sentences."""
    sides = list(zip(*pairs, strict=True)) or [(), ()]
    i = cohort.mentee_index.positions(sides[0])
    j = cohort.mentor_index.positions(sides[1])
    here = np.flatnonzero((i >= 0) & (j >= 0))
    is_possible = np.zeros(len(i), dtype=bool)
    is_possible[here] = possible.listed(i[here], j[here]) >= 0
    is_possible[here] |= possible.reciprocal.number_of(i[here], j[here]) >= 0
    found = {}
    for k in np.flatnonzero(~is_possible).tolist():
        at, called = (int(i[k]), int(j[k])), tuple(map(names.name, pairs[k]))
        gone = [name for name, place in zip(called, at, strict=True) if place < 0]
        why = worded("cannot.not_in", name=gone[0]) if gone else ""
        found[pairs[k]] = why or why_not(possible.why_not(*at), called[0], called[1])
    return found


def broken_pairs(
    programme: ProgrammeFolder, run: Path, data: RunData, cohort: Cohort | None, names: ShownNames
) -> tuple[BrokenPair, ...]:
    """Return the pairs of a match that an answer or a setting given since does not allow."""
    if cohort is None or not is_older(programme, run):
        return ()
    possible = candidates_now(programme, cohort)
    found = (
        BrokenPair(*pair, (names.name(pair[0]), names.name(pair[1])), why)
        for pair, why in _forbidden(possible, cohort, names, sorted(data.matched)).items()
    )
    return tuple(sorted(found, key=lambda one: one.names))
