"""Names asked in two columns: `Your name (First)`, `LineManager_Last`, `Prénom du responsable`."""

from collections.abc import Iterator, Mapping, Sequence

from matcher.cohort.names import name_parts
from matcher.cohort.tables import MANAGERS
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.phrases import words_of
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses
from matcher.text import shown_title

_HALVES = [frozenset(ANSWERS["halves"][half][0].split("|")) for half in ("first", "last")]


def name_halves(grid: Grid, asked: Sequence[FormQuestion]) -> dict[int, list[Guess]]:
    """Return, by the position of a question, which half of whose name it is.

    Two titles that differ only by the word for the half are one question; what they ask is judged
    by both halves together.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    """
    stems: dict[tuple[str, ...], dict[int, int]] = {}
    for k, question in enumerate(asked):
        for stem, half in _halves_in(question):
            stems.setdefault(stem, {})[half] = k
    found: dict[int, list[Guess]] = {}
    for stem, places in stems.items():
        if stem and len(places) == len(_HALVES):
            found |= _whole(grid, asked, " ".join(stem), [places[half] for half in sorted(places)])
    return found


def _halves_in(question: FormQuestion) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield what a title asks without the word for a half of a name, and which half it is."""
    words = words_of(question.title).rpartition(";")[2].split()
    for half, known in enumerate(_HALVES, 1):
        if len(question.titles) == 1 and not known.isdisjoint(words):
            yield tuple(word for word in words if word not in known), half


def _whole(
    grid: Grid, asked: Sequence[FormQuestion], title: str, places: Sequence[int]
) -> dict[int, list[Guess]]:
    columns = [grid.columns[asked[place].positions[0]] for place in places]
    texts = [" ".join(filter(None, parts)) for parts in zip(*columns, strict=True)]
    people = asked[places[0]].evidence.people
    evidence = CellEvidence(CellEvidence.of(texts).counts, len(texts), people)
    best = next(iter(guesses(title, evidence)), None)
    if best is None or best.sureness is not Sureness.SURE or best.target not in _WHOLE:
        return {}
    return {
        place: [Guess(f"{best.target}.{half}", best.score, best.sureness, best.why)]
        for half, place in enumerate(places, 1)
    }


def with_other_half(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be; `Name` beside `Surname` or `Vorname` is the other half.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    known
        What each question may be, by position, the likeliest first.
    """
    first = {guesses[0].target: k for k, guesses in known.items() if guesses}
    halves = [half for half in ("name.1", "name.2") if half in first]
    if len(halves) != 1 or "name" not in first:
        return dict(known)
    names, parts = (grid.columns[asked[first[t]].positions[0]] for t in ("name", halves[0]))
    pairs = [(set(name_parts(n)), set(name_parts(p))) for n, p in zip(names, parts, strict=True)]
    if 2 * sum(part <= name for name, part in pairs) >= len(pairs):
        return dict(known)  # the whole name, and a part of it once more
    why = f"the other half of the name stands in {shown_title(asked[first[halves[0]]].title)}"
    other = "name.2" if halves == ["name.1"] else "name.1"
    return {**known, first["name"]: [Guess(other, 1e4, Sureness.SURE, why)]}


_WHOLE = frozenset({"name", *MANAGERS})
"""What may be asked in two halves."""
