"""Which column of names, where no title says so, holds everybody's own: their addresses tell."""

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.names import name_parts
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.title_guesses import AS_NAMES, IDENTITY, Guess, Sureness

LEAST_LIKE = 0.3
"""Share of rows in which a part of the name stands in the address, for it to be their own."""
SHORTEST_PART = 3
"""Letters of a part of a name that is looked for in an address."""


def without_other_names(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be, without the name where the names are somebody else's.

    Who signs up and whom they name, a manager or whom to avoid, look the same.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    known
        What each question may be, by position, the likeliest first.
    """
    named = [k for k, g in known.items() if g and (g[0].target, g[0].why) == ("name", AS_NAMES)]
    if not any(g[0].target in IDENTITY - {"email", "person_id"} for g in known.values() if g):
        unsure = [k for k, g in known.items() if not g or g[0].sureness is Sureness.ASKED]
        named += [k for k in unsure if _may_be_own(asked[k])]  # whatever its title hints at
    mails = [k for k, guesses in known.items() if guesses and guesses[0].target == "email"]
    addresses = grid.columns[asked[mails[0]].positions[0]] if mails else None
    likes = {k: _likeness(grid.columns[asked[k].positions[0]], addresses) for k in named}
    are_told = max(likes.values(), default=0.0) >= LEAST_LIKE
    if len(named) < 2 and not are_told:
        return dict(known)
    theirs = {k for k in named if likes[k] < LEAST_LIKE}
    ours = [Guess("name", 3.0, Sureness.LIKELY, AS_NAMES)]
    return {
        k: [g for g in guesses if g.target != "name"]
        if k in theirs
        else ours
        if k in named
        else guesses
        for k, guesses in known.items()
    }


def _may_be_own(question: FormQuestion) -> bool:
    """Whether everybody wrote another name."""
    cells = question.evidence
    return len(question.titles) == 1 and cells.is_each_another and cells.fits(["person"]) >= 0.95


def _likeness(names: Cells, addresses: Cells | None) -> float:
    """Return the share of rows in which a part of the name stands in the address."""
    if addresses is None:
        return 0.0
    pairs = [(name_parts(str(n)), str(a).lower()) for n, a in zip(names, addresses, strict=True)]
    are_like = [
        any(len(part) >= SHORTEST_PART and part in address for part in parts)
        for parts, address in pairs
    ]
    return float(np.mean(are_like)) if are_like else 0.0
