"""What a decision would do: the match with it, as it would be published, told by name."""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import RunView
from matcher.app.what_changes import MOST_MENTEES, WhatChanges, told_of
from matcher.catalogue.catalogue import worded
from matcher.decisions.decisions import LOG_NAME, read_decisions
from matcher.errors import MatcherError
from matcher.programme import ledger
from matcher.run import match
from matcher.vocabulary import Decision


@dataclass(frozen=True)
class Effect:
    """Who would get whom instead, and what that is for everyone together."""

    changes: WhatChanges
    together: str = ""
    problems: tuple[str, ...] = ()
    """Why it cannot be done, in sentences; empty where it can."""

    @property
    def others(self) -> int:
        """Mentees who keep theirs."""
        return self.changes.total - self.changes.moved


COST_STEPS = {
    "nobody": 0.005,
    "nothing": 0.03,
    "little": 0.10,
    "tenth": 0.15,
    "fifth": 0.225,
    "quarter": 0.30,
}
"""Share of one typical match under which a cost is called so in the catalogue."""


def cost_step(cost: float, typical: float) -> str:
    """Return how large a cost is beside one typical match, by its name in the catalogue."""
    share = cost / typical if typical > 0 else 0.0
    return next((name for name, most in COST_STEPS.items() if share < most), "much")


def effect_of(
    programme: ProgrammeFolder,
    view: RunView,
    mentee: str,
    mentor: str,
    decision: Decision,
    *,
    anew: bool,
) -> Effect | None:
    """Return what a decision would do, None where that takes too long to show at once.

    Parameters
    ----------
    programme, view
        The match that stands.
    mentee, mentor, decision
        As in the log; of a mentee alone without `mentor`.
    anew
        Whether everybody is worked out anew; else pairs stay that nothing forces to move.
    """
    cohort = programme.cohort_of_match()
    if cohort is None or len(cohort.mentees) > MOST_MENTEES:
        return None
    try:
        found = match(
            cohort,
            programme.config(),
            previous=None if anew else view.run,
            decisions=_with(view.run, mentee, mentor, decision, programme.now()),
        )
    except MatcherError as error:
        nobody = WhatChanges(len(view.mentees))
        said = (_plainly(view, f.message, mentee, mentor) for f in error.findings[:3])
        return Effect(nobody, problems=tuple(said))
    changes = told_of(view, found)
    # What pairs are worth: the objective also holds what keeping earlier pairs is worth.
    cost = float(view.data["portfolios"]["value"].sum() - found.portfolios["value"].sum())
    step = cost_step(cost, typical_match(view))
    return Effect(changes, worded(f"costs.together_{step}"))


def _plainly(view: RunView, message: str, *people: str) -> str:
    """Return why something cannot be done, with names for ids."""
    for person in {*filter(None, people), *re.findall(r"\bp-[0-9a-f]{12}\b", message)}:
        whole = rf"(?<![\w-]){re.escape(person)}(?![\w-])"
        message = re.sub(whole, view.names.name(person).replace("\\", ""), message)
    return re.sub(
        r" are forced, but the pair is not possible \((.*)\)$", r" cannot be a pair: \1", message
    )


def typical_match(view: RunView) -> float:
    """Return the mean value of the matched mentees of a match."""
    values = view.data["portfolios"]["value"]
    return float(values[values > 0].mean()) if (values > 0).any() else 0.0


def bound_in_words(cost: float, typical: float) -> str:
    """Return what is lost at least, in words."""
    return worded(f"costs.at_least_{cost_step(cost, typical)}")


def _with(run: Path, mentee: str, mentor: str, decision: Decision, at: str) -> pd.DataFrame:
    """Return the decisions about a run with one more, as the log would hold them."""
    log = ledger.log_of(run)
    line = {
        "event": "decision", "at": at, "by": "", "note": "",
        "mentee_id": mentee, "mentor_id": mentor, "decision": str(decision),
    }  # fmt: skip
    before = log.path.read_bytes() if log.path.is_file() else b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LOG_NAME
        path.write_bytes(before + json.dumps(line).encode() + b"\n")
        return read_decisions(path)
