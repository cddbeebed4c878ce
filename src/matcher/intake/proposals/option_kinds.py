"""What options are, whatever is asked: times of the week, languages, ways of meeting, or topics."""

from collections.abc import Callable, Sequence
from itertools import groupby

from matcher.intake.cells.slots import slots_meant
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.single_texts import meaning_of, names_language
from matcher.intake.proposals.title_guesses import SUPPORTED, Guess, Sureness, role_asked
from matcher.text import fold_plain

_KINDS: dict[str, Callable[[str], object]] = {
    "availability": slots_meant,
    "languages": lambda option: names_language(option) or None,
    "modes": lambda option: meaning_of(option, "modes"),
}
"""Column -> what makes an option one of its own, None where it is none."""


def option_kind(option: str) -> str:
    """Return the column of whose kind an option is, empty where it may be a topic."""
    return next((kind for kind, meant in _KINDS.items() if meant(option) is not None), "")


def parted(options: Sequence[str]) -> list[list[int]]:
    """Return the places of options that stand side by side, parted where another question begins.

    What may be of a kind is a topic where all beside it are topics, unless several are of that
    kind; one alone that is of none belongs to what stands before it: `whenever` behind days.
    """
    runs = [
        (kind, [*run])
        for kind, run in groupby(range(len(options)), lambda k: option_kind(options[k]))
    ]
    parts: list[tuple[str, list[int]]] = []
    for n, (kind, places) in enumerate(runs):
        beside = {other for other, _ in (*runs[max(0, n - 1) : n], *runs[n + 1 : n + 2])}
        is_kind = beside != {""} or _are_of(kind, [options[k] for k in places])
        found = kind if is_kind else ""
        is_rest = not found and len(places) == 1
        if parts and not found and (is_rest or not parts[-1][0]):
            parts[-1][1].extend(places)
        else:
            parts.append((found, places))
    return [places for _, places in parts]


def _are_of(kind: str, options: Sequence[str]) -> bool:
    """Whether several options are of a kind, and of ways of meeting not all of the same one."""
    meant = {meaning_of(option, kind) for option in options} if kind == "modes" else options
    return len(meant) > 1


def by_options(column: CellEvidence) -> list[Guess]:
    """Return what the options of a question give away, whatever its title speaks of."""
    options = [option for option in column.ticked if column.ticked[option]] or list(column.ticked)
    kinds = [option_kind(option) for option in options]
    found = next((kind for kind in _KINDS if kinds.count(kind) >= SUPPORTED * len(kinds)), "")
    is_sure = found != "modes" or _are_of(found, options)
    why = Said(Why.BY_OPTIONS, found)
    return [Guess(found, 4.0, Sureness.LIKELY, why)] if found and is_sure else []


BY_LANGUAGES = Said(Why.BY_OPTIONS, "languages")
"""Why a question is taken for something that its title does not say."""


def options_alone(column: CellEvidence) -> list[Guess]:
    """Return what options may be of a question that stands nowhere, as some tools export them."""
    if sorted(map(str, map(role_asked, column.ticked))) == ["mentee", "mentor"]:
        return [Guess("role", 50.0, Sureness.SURE, Said(Why.ROLES))]
    if found := by_options(column):
        return found
    own = set(map(fold_plain, column.ticked))
    is_sure = all(fold_plain(text) in own for text in column.counts)
    why = Said(Why.BARE_OPTIONS)
    return [Guess("contexts", 4.0, Sureness.LIKELY if is_sure else Sureness.ASKED, why)]
