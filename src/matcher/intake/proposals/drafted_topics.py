"""Entries and questions about the options of topics that are a programme's own."""

from collections.abc import Sequence

from matcher.cohort.tables import SIGNUPS
from matcher.config import Config
from matcher.intake.cells.lists import is_code
from matcher.intake.cells.marks import is_mark
from matcher.intake.option_columns import marked_parts
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.meanings import SIDES_OF_TOPICS, TOPICS, is_rendering, own_options
from matcher.intake.proposals.proposal import Draft, TableProposal
from matcher.intake.proposals.reasons import BESIDE
from matcher.text import fold


def has_words_of_topics(stated: Config) -> bool:
    """Whether a config says which of the vocabulary's topics the form's options are."""
    choices = SIGNUPS.by_name[TOPICS].choices
    said = any(word in choices for word in stated.answers.get(TOPICS, {}).values())
    return said and "topic" not in stated.facets


def own_topics(proposed: Sequence[TableProposal], stated: Config) -> list[ColumnProposal]:
    """Return the questions whose options are more than the vocabulary's words in plain English.

    Where a config has options of its own in place of these words, all questions about topics.
    """
    asked = [column for table in proposed for column in table.columns if column.name == TOPICS]
    if _stated_topics(stated)[1]:
        return asked
    choices = SIGNUPS.by_name[TOPICS].choices
    return [] if all(is_rendering(option, choices) for option in _options_of(asked)) else asked


def _options_of(columns: Sequence[ColumnProposal]) -> list[str]:
    """Return the options of questions, and the titles that are one each: their cells only tick."""
    levels = {fold(level) for column in columns for level in column.evidence.levels}
    ticking = [
        marked[1] if (marked := marked_parts(c.title)) else c.title.strip()
        for c in columns
        if c.evidence.counts and not c.evidence.ticked
        if all(is_mark(text) or fold(text) in levels for text in c.evidence.counts)
    ]
    named = [o for o in own_options(c.evidence for c in columns) if fold(o) not in levels]
    return [*(option for option in named if not is_mark(option)), *ticking]


def _stated_topics(stated: Config) -> tuple[str, tuple[str, ...]]:
    """Return the part of the facets that holds the programme's own topics, and its options."""
    own = {name: own.options for name, own in stated.facets.items() if TOPICS in own.columns}
    return next(iter(own.items()), ("topic", ()))


def add_topics(
    draft: Draft, topics: Sequence[ColumnProposal], tables: Sequence[TableProposal], stated: Config
) -> None:
    """Add the options of topics, those of the other side included that is still asked about.

    Behind the options that are stated come those that they lack, unless their meaning is stated.
    """
    if not topics:
        return
    name, known = _stated_topics(stated)
    columns = (column for table in tables for column in table.columns)
    asked = [column for column in columns if column.perhaps in SIDES_OF_TOPICS]
    options = _options_of((*topics, *asked))
    codes = [option for option in options if is_code(option)]
    _ask_in_common(draft, topics)
    why = "its options are compared as they are, since they say more than the vocabulary's words"
    draft.add(("facets", name, "columns"), [TOPICS], why)
    path = ("facets", name, "options")
    if codes and len(codes) == len(options):
        draft.ask(("answers", TOPICS, codes[0]), BARE_CODES, meanwhile=codes[0])
        for code in codes[1:]:
            draft.add(("answers", TOPICS, code), code, "as above")
    there = {*map(fold, known)}
    new = [o for o in options if fold(o) not in there and not draft.is_said(("answers", TOPICS, o))]
    why = "the options that were ticked: complete them by those that nobody ticked"
    draft.add(path, [*known, *(new if known else options)], why)


def _ask_in_common(draft: Draft, topics: Sequence[ColumnProposal]) -> None:
    """Ask what the options of one side are called on the other, where none has the same name."""
    sided = {
        side: [c.evidence for c in topics if c.side == side] for side in ("mentees", "mentors")
    }
    ours, theirs = (own_options(own) for own in sided.values())
    if not ours or not theirs or {*map(fold, ours)} & {*map(fold, theirs)}:
        return
    text = (
        "no option of mentees is one of mentors, so no topic can be met: which of theirs is this?"
    )
    for option in ours:
        path = ("answers", TOPICS, option)
        draft.ask(path, text, choices=tuple(theirs), meanwhile=option)


BARE_CODES = str(BESIDE["bare_codes"])
