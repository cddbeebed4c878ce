"""Questions whose answers name other people: whatever their titles say, they ask whom."""

from collections.abc import Collection, Mapping, Sequence

from matcher.cohort.tables import MANAGERS
from matcher.intake.config_columns import base_and_number
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.own_names import forms_of_each
from matcher.intake.proposals.single_texts import people_mentioned
from matcher.intake.proposals.title_guesses import Guess, Sureness

LEAST_NAMING = 2
"""Answers that name somebody else from which a question may ask whom."""
LEAST_OF_SAID = 0.3
"""Share of the answers that say something."""
MOST_WORDS_AROUND = 4
"""Words beside those of names in an answer that names people and says little else."""
_ASK_WHOM = frozenset({"avoid", *MANAGERS, "preferences", "past", "wish", "contact"})
"""What is answered by naming somebody."""


def only_if_of_others(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> dict[int, list[Guess]]:
    """Return what questions may be: one that names others is nobody's own name, topic or place.

    Parameters
    ----------
    grid, asked
        The table and its questions, with the people of the cohort.
    known
        What each question may be, by position, the likeliest first.
    """
    naming = _naming_others(grid, asked, known)
    return {k: list(filter(_asks_whom, g)) if k in naming else g for k, g in known.items()}


def _asks_whom(guess: Guess) -> bool:
    return base_and_number(guess.target)[0] in _ASK_WHOM


def _naming_others(
    grid: Grid, asked: Sequence[FormQuestion], known: Mapping[int, list[Guess]]
) -> frozenset[int]:
    """Return the questions of which many answers are names of people in other rows."""
    open_ = [k for k, guesses in known.items() if _may_ask_whom(asked[k], guesses)]
    own = forms_of_each(grid, asked) if open_ else []
    return frozenset(k for k in open_ if _names_others(grid, asked[k], own))


def _may_ask_whom(question: FormQuestion, known: Sequence[Guess]) -> bool:
    """Whether answers name people that are known, and nothing says yet that it is so."""
    best, cells = next(iter(known), None), question.evidence
    is_said = best is not None and (best.sureness is Sureness.STATED or _asks_whom(best))
    if is_said or len(question.titles) != 1:
        return False
    return cells.share(lambda text: bool(_named(text, cells.people))) >= LEAST_OF_SAID / 2


def _names_others(grid: Grid, question: FormQuestion, own: Sequence[Collection[str]]) -> bool:
    cells, people = question.evidence, question.evidence.people
    texts = grid.columns[question.positions[0]]
    said = sum(n for text, n in cells.counts.items() if text in cells.telling)
    others = sum(
        not _named(str(text), people) <= set(mine)
        for text, mine in zip(texts, own, strict=True)
        if text
    )
    return others >= max(LEAST_NAMING, LEAST_OF_SAID * said)


def _named(text: str, people: Collection[str]) -> set[str]:
    """Return who is named in an answer that says little else."""
    found = people_mentioned(text, people)
    around = len(text.split()) - sum(len(name.split()) for name in found)
    return set(found) if around <= MOST_WORDS_AROUND else set()
