"""What was said since a match was made: whether it is older, and which of its pairs that breaks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.app.desk import ProgrammeFolder
from matcher.app.said_plainly import why_not
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.config import load_config
from matcher.intake.corrections import NAME as CORRECTIONS
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
        "same settings", lambda: _differs(programme, run), (run.name, programme.settings.text)
    )


def _differs(programme: ProgrammeFolder, run: Path) -> bool:
    both = (load_config(run / RunFile.CONFIG), programme.config())
    one, other = (
        config.model_dump(exclude={"words": True, "text": {"method"}, "programme": {*OF_LETTERS}})
        for config in both
    )
    return one != other


def candidates_now(programme: ProgrammeFolder, cohort: Cohort) -> Candidates:
    """Return which pairs could be made by the answers and settings as they are, without decisions.

    Parameters
    ----------
    programme, cohort
        The programme, and its people as they are read now.
    """
    state = programme.settings.text, programme.said()
    return programme.kept("candidates", lambda: find_candidates(cohort, programme.config()), state)


def why_no_pair(
    programme: ProgrammeFolder, cohort: Cohort, names: ShownNames, mentee: str, mentor: str
) -> str:
    """Return in sentences why two cannot be a pair now, empty where they can."""
    index = cohort.mentee_index.positions([mentee])[0], cohort.mentor_index.positions([mentor])[0]
    called = names.name(mentee), names.name(mentor)
    gone = [name for name, at in zip(called, index, strict=True) if at < 0]
    if gone:
        return worded("cannot.not_in", name=gone[0])
    possible, (i, j) = candidates_now(programme, cohort), map(int, index)
    if possible.reciprocal.number_of(np.array([i]), np.array([j]))[0] >= 0:
        return ""
    return why_not(possible.why_not(i, j), *called)


def broken_pairs(
    programme: ProgrammeFolder, run: Path, data: RunData, cohort: Cohort | None, names: ShownNames
) -> tuple[BrokenPair, ...]:
    """Return the pairs of a match that an answer or a setting given since does not allow."""
    if cohort is None or not is_older(programme, run):
        return ()
    found = (
        BrokenPair(*pair, (names.name(pair[0]), names.name(pair[1])), why)
        for pair in sorted(data.matched)
        if (why := why_no_pair(programme, cohort, names, *pair))
    )
    return tuple(sorted(found, key=lambda one: one.names))
