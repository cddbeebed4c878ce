"""Who the people of a form are: which column holds their own names, as their addresses tell."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.names import name_parts
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.title_guesses import AS_NAMES, IDENTITY, Guess, Sureness
from matcher.text import fold

LEAST_LIKE = 0.3
"""Share of rows in which a part of the name stands in the address, for it to be their own."""
LEAST_SPELLED = 0.7
"""The same, for a question to be the name whatever its title says."""
LEAST_FULL = 0.8
"""Share of answers of two words and more from which they may be full names."""
SPELLED = "its answers are spelled in the addresses beside it"
SHORTEST_ID = 4
"""Signs from which an id is taken for one wherever it stands."""
SHORTEST_PART = 3
"""Letters of a part of a name that is looked for in an address."""


_TELLING_APART = ("name", "email", "person_id")


def people_in(forms: Iterable[tuple[Grid, Sequence[FormQuestion]]]) -> frozenset[str]:
    """Return folded names, addresses and ids of the people whom tables list."""
    found: set[str] = set()
    for grid, asked in forms:
        halves: dict[str, Cells] = {}
        own = spelled_name(grid, asked)
        for k, question in enumerate(asked):
            target = question.likeliest.target if question.likeliest else ""
            is_named = target in _TELLING_APART and not question.evidence.ticked
            if k == own or (is_named and (own is None or target != "name")):
                texts = [t for t in question.evidence.counts if len(t) >= SHORTEST_ID]
                found |= {fold(form) for text in texts for form in (text, _turned(text))}
            elif target in ("name.1", "name.2"):
                halves[target] = grid.columns[question.positions[0]]
        first, last = (halves.get(f"name.{half}", ()) for half in (1, 2))
        found |= {fold(f"{a} {b}") for a, b in zip(first, last, strict=False) if a and b}
    return frozenset(found)


def _turned(text: str) -> str:
    """Return `Stone, Bob` as `Bob Stone`."""
    last, comma, first = text.partition(", ")
    return f"{first} {last}" if comma else text


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
    known = _with_spelled(grid, asked, known)
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


def spelled_name(grid: Grid, asked: Sequence[FormQuestion]) -> int | None:
    """Return the question whose answers are the full names that addresses beside it spell.

    Parameters
    ----------
    grid, asked
        The table and its questions.

    Returns
    -------
    int or None
        Position of the question; None where none or several are so.
    """
    singles = {k: grid.columns[q.positions[0]] for k, q in enumerate(asked) if len(q.titles) == 1}
    mails = [column for k, column in singles.items() if _is_everybodys_address(asked[k])]
    full = [k for k in singles if _are_full_names(asked[k])] if mails else []
    likes = {k: max(_likeness(singles[k], mail) for mail in mails) for k in full}
    found = [k for k, like in likes.items() if like >= LEAST_SPELLED]
    return found[0] if len(found) == 1 else None


def _is_everybodys_address(question: FormQuestion) -> bool:
    cells = question.evidence
    are_own = 2 * len(cells.counts) > cells.filled > cells.rows / 2
    return are_own and cells.fits(["address"]) >= LEAST_SPELLED


def _are_full_names(question: FormQuestion) -> bool:
    cells = question.evidence
    is_full = 2 * len(cells.counts) > cells.filled > cells.rows / 2
    return (
        is_full
        and cells.share(lambda text: len(name_parts(text)) > 1) >= LEAST_FULL
        and cells.fits(["person"]) >= LEAST_FULL
        and cells.fits(["address"]) < 1 - LEAST_FULL
    )


def _with_spelled(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> Mapping[int, list[Guess]]:
    """Return what questions may be; where addresses spell no name that a title says, by them."""
    own = spelled_name(grid, asked)
    titled = {k for k, g in known.items() if g and g[0].target in ("name", "name.1", "name.2")}
    stated = [k for k, g in known.items() if g and g[0].sureness is Sureness.STATED]
    mails = [grid.columns[q.positions[0]] for q in asked if _is_everybodys_address(q)]
    fitting = {
        k
        for k in titled
        if any(_likeness(grid.columns[asked[k].positions[0]], m) >= LEAST_LIKE for m in mails)
    }
    if own is None or fitting or own in stated:
        return known
    ours = [Guess("name", 90.0, Sureness.LIKELY, SPELLED)]
    others = {k: [g for g in guesses if g.target != "name"] for k, guesses in known.items()}
    return others | {own: ours}


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
