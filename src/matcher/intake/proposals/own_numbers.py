"""Numbers of people by which other columns name them, as the extract of an HR system does."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from matcher.arrays import Cells
from matcher.cohort.ids import plain_address
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.single_texts import has_clock, is_date
from matcher.intake.proposals.title_guesses import is_safety
from matcher.text import fold, fold_heading

NEARLY_ALL = 0.95
"""Share of rows that have a number of their own, and of numbers that no other row has."""
SHORTEST_NUMBER = 4
"""Signs from which a number that stands elsewhere is hardly there by chance."""
LEAST_NAMING = 2
"""Answers that name others by their number from which a column may do so."""
LEAST_SHARE = 0.1
"""Share of the answers of such a column that do so."""
_FIGURE = re.compile(r"\d")
_OF_A_NETWORK = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}")
"""Whose machine it was: several people share one, and one has several."""
_BETWEEN = re.compile(r"[\s;,|/]+")

_Form = tuple[Grid, Sequence[FormQuestion]]


def numbered_by(forms: Iterable[_Form]) -> frozenset[str]:
    """Return the folded titles of the columns by whose numbers other columns name people.

    Parameters
    ----------
    forms
        The tables of people, each with its questions. One may name the people of another.

    Returns
    -------
    frozenset of str
        At most one title a table.
    """
    forms = list(forms)
    found = set()
    for form in forms:
        naming = Counter(
            {
                k: sum(_names(form, k, other, q) for other in forms for q in other[1])
                for k in _candidates(form)
            }
        )
        found |= {fold_heading(form[1][k].title) for k, n in naming.most_common(1) if n}
    return frozenset(found)


def _candidates(form: _Form) -> Iterator[int]:
    """Yield the questions that may hold everybody's number."""
    for k, question in enumerate(form[1]):
        if len(question.titles) == 1 and are_numbers(question.evidence):
            yield k


def are_numbers(cells: CellEvidence) -> bool:
    """Whether nearly everybody has a word with a figure of their own."""
    is_own = min(cells.filled, len(cells.counts)) >= NEARLY_ALL * cells.rows > LEAST_NAMING
    return is_own and cells.share(_is_number) >= NEARLY_ALL


def _is_number(text: str) -> bool:
    """Whether a text may be somebody's number: one word with a figure, no date and no address."""
    has_figure = _FIGURE.search(text) is not None and not re.search(r"\s", text.strip())
    is_address = plain_address(text) is not None or _OF_A_NETWORK.fullmatch(text.strip())
    return has_figure and not (is_address or is_date(text) or has_clock(text))


def _names(form: _Form, k: int, other: _Form, question: FormQuestion) -> bool:
    """Whether a question names people by the numbers that the question `k` of a form holds."""
    own, cells = (
        each[0].columns[q.positions[0]] for each, q in ((form, form[1][k]), (other, question))
    )
    is_same = other is not form and fold_heading(question.title) == fold_heading(form[1][k].title)
    if is_same or len(question.titles) > 1:
        return False  # who stands in a column of both tables is not named by the other
    if not any(map(_FIGURE.search, question.evidence.telling)):
        return False  # of the most frequent answers none has a figure
    best = question.likeliest
    shortest = 1 if best and is_safety(best.target) else SHORTEST_NUMBER
    naming = answers_naming(own, cells, shortest, is_same=other is form)
    return naming >= max(LEAST_NAMING, LEAST_SHARE * question.evidence.filled)


def answers_naming(own: Cells, cells: Cells, shortest: int, *, is_same: bool) -> int:
    """Return how many answers hold somebody else's number.

    Parameters
    ----------
    own
        The number of each row.
    cells
        Answers; of the same rows where `is_same`: one's own number names nobody else.
    shortest
        Signs that a number has at least.
    """
    mine = [fold(str(text)).strip() for text in own]
    numbers = {text for text in mine if len(text) >= shortest}
    owners = mine if is_same else [""] * len(cells)
    named = {text: numbers.intersection(_BETWEEN.split(fold(text))) for text in map(str, {*cells})}
    return sum(bool(named[str(text)] - {me}) for text, me in zip(cells, owners, strict=True))
