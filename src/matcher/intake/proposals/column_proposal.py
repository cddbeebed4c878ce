"""What one question of a form is taken for."""

from dataclasses import dataclass

from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import Sureness

SAMPLES = 3


@dataclass(frozen=True)
class ColumnProposal:
    """What one question of a form is taken for."""

    title: str
    """The question, without the option where a grid gives each option a column."""
    target: str | None
    """Canonical column, ``groups.x``, ``ignore`` or ``submitted``; None where it is asked."""
    sureness: Sureness
    why: Said
    samples: tuple[str, ...]
    """Its most frequent answers. They may be private: for a screen, not for a file."""
    evidence: CellEvidence
    titles: tuple[str, ...]
    """Titles as the table has them: one, or one an option."""
    perhaps: str = ""
    """Where it is asked: what it may be."""
    side: str = ""
    """`mentees` or `mentors` where only they answer it."""
    is_bare: bool = False
    """Whether its titles are its options, and the question itself stands nowhere."""

    @property
    def name(self) -> str:
        """Canonical column without its side, empty where the question is asked."""
        return (self.target or "").rpartition(".")[2]

    @property
    def is_each_asked(self) -> bool:
        """Whether the question stands in no title alone, so that each column is named."""
        return self.is_bare or self.evidence.is_in_order

    @property
    def keys(self) -> tuple[str, ...]:
        """Titles by which the config names it: the question alone where no title marks options."""
        is_grid = len(self.titles) > 1 and not self.is_each_asked
        is_marked = all(
            title.rstrip().endswith(("]", ")")) or "___" in title for title in self.titles
        )
        return (self.title,) if is_grid and not is_marked else self.titles


def unjudged(question: FormQuestion) -> ColumnProposal:
    """Return a question before anything is said of it."""
    column = question.evidence
    samples = tuple(text for text, _ in column.items.most_common(SAMPLES))
    return ColumnProposal(
        title=question.title,
        target=None,
        sureness=Sureness.ASKED,
        why=Said(Why.UNJUDGED),
        samples=samples,
        evidence=column,
        titles=question.titles,
        side=question.side,
        is_bare=question.is_bare,
    )
