"""Who the people of a form are: which column holds their own names, as their addresses tell."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.names import name_parts
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.name_halves import halves_by_cells
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import IDENTITY, Guess, Sureness
from matcher.text import fold, fold_heading

LEAST_LIKE = 0.3
"""Share of rows in which a part of the name stands in the address, for it to be their own."""
LEAST_SPELLED = 0.7
"""The same, for a question to be the name whatever its title says."""
LEAST_FULL = 0.8
"""Share of answers of two words and more from which they may be full names."""
NEARLY = 0.95
"""Share of the names that most people give in a column from which another one may hold theirs."""
SHORTEST_ID = 4
"""Signs from which an id is taken for one wherever it stands."""
SHORTEST_PART = 3
"""Letters of a part of a name that is looked for in an address."""


_TELLING_APART = ("name", "email", "person_id")


def people_in(
    forms: Iterable[tuple[Grid, Sequence[FormQuestion]]], numbered: Collection[str] = ()
) -> frozenset[str]:
    """Return folded names, addresses and ids of the people whom tables list."""
    own = (mine for each in forms for mine in forms_of_each(*each, numbered))
    return frozenset(form for mine in own for form in mine)


def forms_of_each(
    grid: Grid, asked: Sequence[FormQuestion], numbered: Collection[str] = ()
) -> list[set[str]]:
    """Return for each row by what its own person may be named: name, address, id; folded.

    Ids stand below titles of ours, and below folded ones by whose numbers others name people.
    """
    own: list[set[str]] = [set() for _ in grid.rows]
    numbers = (k for k, q in enumerate(asked) if fold_heading(q.title) in numbered)
    for k in {*_own_columns(grid, asked), *numbers}:
        for forms, text in zip(own, map(str, grid.columns[asked[k].positions[0]]), strict=True):
            if len(text) >= SHORTEST_ID:
                forms.add(fold(text))
            if ", " in text:
                forms.add(fold(turned(text)))
    for forms, first, last in zip(own, *_halves(grid, asked), strict=False):
        if first and last:
            forms.add(fold(f"{first} {last}"))
    return own


def _own_columns(grid: Grid, asked: Sequence[FormQuestion]) -> Iterator[int]:
    """Yield the questions that hold everybody's own names, addresses and ids.

    Of several names what most people answer, each otherwise: a partner's is a name too.
    """
    spelled = spelled_name(grid, asked)
    for target in _TELLING_APART:
        found = [
            k
            for k, q in enumerate(asked)
            if q.likeliest and q.likeliest.target == target and not q.evidence.ticked
        ]
        if target == "name":
            most = max((len(asked[k].evidence.counts) for k in found), default=0)
            found = [k for k in found if len(asked[k].evidence.counts) >= NEARLY * most]
            found = found if spelled is None else [spelled]
        yield from found


def _halves(grid: Grid, asked: Sequence[FormQuestion]) -> list[Cells]:
    """Return first and last names of the rows, nothing where names are not asked in halves."""
    titled = {q.likeliest.target: k for k, q in enumerate(asked) if q.likeliest}
    places = [titled[half] for half in ("name.1", "name.2") if half in titled]
    places = places if len(places) == 2 else list(halves_by_cells(grid, asked))
    return [grid.columns[asked[k].positions[0]] for k in places] or [np.array([])] * 2


def turned(text: str) -> str:
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
    named = [
        k for k, g in known.items() if g and (g[0].target, g[0].why) == ("name", Said(Why.AS_NAMES))
    ]
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
    ours = [Guess("name", 3.0, Sureness.LIKELY, Said(Why.AS_NAMES))]
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
    ours = [Guess("name", 90.0, Sureness.LIKELY, Said(Why.SPELLED))]
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
