"""Names asked in two columns: `Your name (First)`, `LineManager_Last`, `Prénom du responsable`."""

from collections.abc import Iterator, Sequence

from matcher.cohort.tables import MANAGERS
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.phrases import words_of
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses

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


_WHOLE = frozenset({"name", *MANAGERS})
"""What may be asked in two halves."""
