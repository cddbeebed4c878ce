"""Which question may be that of consent where no title says so: asked by what people answer."""

from collections import Counter
from dataclasses import replace

from matcher.intake.cells.marks import is_tick
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import Sureness
from matcher.vocabulary import IGNORE

MOSTLY_YES, SOME_YES = 0.8, 0.5
"""Share of people who say yes from which a question may be that of consent: alone, and beside
another one that asks who has read something."""


def with_consent(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Ask, where no title speaks of consent, about what people agree to.

    That is what nearly everybody says yes to, and what is answered in more than a yes and a no.
    """
    asked = {column.why for column in columns if "consent" in (column.target, column.perhaps)}
    if any(column.target == "consent" for column in columns):
        return [_left_out(c) if c.why.code is Why.NOTICE else c for c in columns]
    if asked - {Said(Why.NOTICE)}:
        return columns
    told, columns = columns, [_box(_unsaid(column)) for column in columns]
    least = SOME_YES if asked else MOSTLY_YES
    why = Said(Why.BESIDE_NOTICE if asked else Why.NEARLY_ALL_AGREE)
    columns = [_perhaps_consent(column, least, why) for column in columns]
    if all(column.perhaps != "consent" for column in columns):
        columns = [
            replace(c, perhaps="consent")
            if c.why.code is Why.DECIDED and _share_of_yes(c) >= SOME_YES
            else c
            for c in columns
        ]
    found = zip(told, _with_either(columns), strict=True)
    return [before if now.target == IGNORE else now for before, now in found]


def _unsaid(column: ColumnProposal) -> ColumnProposal:
    """Return a question without what a model says it is for, if that is nothing of matching.

    No consent is left out because a model took it for a newsletter.
    """
    is_other = column.target == IGNORE and column.why.is_by_model
    return replace(column, why=Said(Why.TOLD_BY_NOTHING)) if is_other else column


MOST_EITHER, LEAST_MORE, LEAST_ANSWERING = 3, 0.6, 0.5
"""Distinct answers of such a question, the share of the commonest one, and the share of people who
answer."""
MOST_WORDS_OF_EITHER = 4
"""Words of the shorter one of such answers: sentences of one's own agree to nothing."""


def _with_either(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Ask about what most people answer in one way and the rest in another, whatever the words.

    It is proposed as consent only where one question alone may be it.
    """
    either = [k for k, column in enumerate(columns) if _is_either(column)]
    is_one = len(either) == 1 and all(column.perhaps != "consent" for column in columns)
    return [
        replace(column, target=None, why=Said(Why.EITHER), perhaps="consent" if is_one else "")
        if k in either
        else column
        for k, column in enumerate(columns)
    ]


def _is_either(column: ColumnProposal) -> bool:
    """Whether a question of which nothing is known is answered as one of agreement is."""
    cells = column.evidence
    said = Counter({text: n for text, n in cells.counts.items() if not text.strip().isdigit()})
    is_one = len(column.titles) == 1 and not cells.ticked
    if column.why.code not in (Why.TOLD_BY_NOTHING, Why.FOREIGN) or not is_one:
        return False
    is_few = 2 <= len(said) == len(cells.counts) <= MOST_EITHER
    is_few &= min((len(text.split()) for text in said), default=0) <= MOST_WORDS_OF_EITHER
    if cells.fits(["yes_no"]) >= MOSTLY_YES and _share_of_yes(column) < SOME_YES:
        return False
    most = max(said.values(), default=0)
    return (
        is_few
        and most >= LEAST_MORE * cells.filled
        and cells.filled >= LEAST_ANSWERING * cells.rows
    )


def _perhaps_consent(column: ColumnProposal, least: float, why: Said) -> ColumnProposal:
    """Return a question of which nothing is known, asked where a share of people say yes to it."""
    decides = bool(column.evidence.decisions)
    is_open = column.why.code in (Why.TOLD_BY_NOTHING, Why.FOREIGN) or (
        decides and column.why.code is Why.BEARS_ON_SAFETY
    )
    if not is_open or len(column.titles) != 1:
        return column
    if _share_of_yes(column) >= least:
        return replace(column, target=None, why=why, perhaps="consent")
    return replace(column, target=None, why=Said(Why.DECIDED), perhaps="") if decides else column


def _share_of_yes(column: ColumnProposal) -> float:
    return _said_yes(column.evidence) / column.evidence.rows


def _left_out(column: ColumnProposal) -> ColumnProposal:
    return replace(column, target=IGNORE, sureness=Sureness.LIKELY, perhaps="")


TOLD_BY_CELLS = frozenset(
    {Why.FOREIGN, Why.NEARLY_ALL_AGREE, Why.DECIDED, Why.BESIDE_NOTICE, Why.BOX, Why.EITHER}
)
"""Why questions are asked of which only the answers say that they may bear on safety."""


def _box(column: ColumnProposal) -> ColumnProposal:
    """Return a box that only some ticked, and of which nothing is known, as a question."""
    cells = column.evidence
    is_box = len(cells.counts) == 1 and 1 < cells.filled < cells.rows and len(column.titles) == 1
    if column.why.code is not Why.TOLD_BY_NOTHING or not is_box:
        return column
    return replace(column, target=None, why=Said(Why.BOX))


def _said_yes(cells: CellEvidence) -> int:
    """Return how many said yes, or what others say with a `not` before it; 0 where more is said."""
    if cells.decisions:
        return sum(cells.counts[text] for text, said in cells.decisions.items() if said == "yes")
    if cells.fits(["yes_no"]) >= MOSTLY_YES:
        return sum(n for text, n in cells.counts.items() if is_tick(text))
    return sum(cells.counts[text] for text in cells.denied) if len(cells.counts) == 2 else 0
