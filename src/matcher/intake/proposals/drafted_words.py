"""Entries and questions about what the answers to a question mean: words, levels, numbers."""

import re
from collections.abc import Sequence

from matcher.cohort.tables import SIGNUPS, ColumnSpec, Kind, table_spec
from matcher.config import Config
from matcher.intake.cells.marks import step_of
from matcher.intake.cells.numbers import MONTHLY, as_asked
from matcher.intake.config_columns import DIRECTIONS, find_spec
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.meanings import (
    AS_TEXT,
    MISSING,
    TOPICS,
    Meanings,
    assumed,
    consent_meanings,
    level_numbers,
    meanings,
    one_counts_most,
    own_options,
    words_named,
)
from matcher.intake.proposals.phrases import words_of
from matcher.intake.proposals.proposal import MEANWHILE, Draft, TableProposal
from matcher.intake.proposals.reasons import BESIDE, Said, Why
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.title_guesses import OBJECTED, OF_ONE_SIDE, is_safety, objects
from matcher.vocabulary import ENDED, IGNORE, UNDER_WAY

MOSTLY_KNOWN = 0.9
"""Share of numbers that are read from which the rest is not asked about."""


def add_words(
    draft: Draft, table: TableProposal, column: ColumnProposal, topics: Sequence[ColumnProposal]
) -> None:
    """Add what the answers of a question mean: words and numbers."""
    target = column.target or IGNORE
    spec = find_spec(table_spec(table.table), target, Config())
    spec = spec and as_asked(spec, column.title)
    name = target.rpartition(".")[2]
    agreed = target if target in OBJECTED else column.perhaps
    is_objection = agreed in OBJECTED and objects(words_of(column.title)) == agreed
    is_given = any(other.target == agreed and other is not column for other in table.columns)
    if column.evidence.levels and spec is not None and spec.is_list:
        _add_levels(draft, name, column, table)
    if column in topics:
        options = tuple(own_options(topic.evidence for topic in topics))
        found = meanings(ColumnSpec(TOPICS, Kind.LIST, "own options", options), column.evidence)
        others = {word: v for word, v in found.words.items() if v in (MISSING, AS_TEXT)}
        _add_meanings(draft, TOPICS, Meanings("answers", others))
    elif target == "consent" or (is_objection and not is_given):
        found = consent_meanings(column.evidence, agreed if is_objection else "")
        _add_meanings(draft, agreed, found, str(Said(Why.OBJECTS)) if is_objection else "")
    elif spec is not None and name != "seniority" and spec.kind is not Kind.DATE:
        found = meanings(spec, column.evidence, _year_of_answers(table))
        _add_meanings(draft, words_named(spec, table.table), found, a_month=spec.a_month)
    else:
        _if_so(draft, column)


def _year_of_answers(table: TableProposal) -> int | None:
    """Return the year in which the last answer was handed in, None where that is not known."""
    texts = [t for c in table.columns if c.target == SUBMITTED for t in c.evidence.counts]
    years = [int(year) for text in texts for year in _YEAR.findall(text)]
    return max(years, default=None)


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def add_status(draft: Draft, table: TableProposal) -> None:
    """Ask once what became of all pairs of a list that does not say it of each."""
    if all(column.target != "status" for column in table.columns):
        path = ("tables", table.table, "constants", "status")
        choices = _valid_words("status")
        draft.ask(path, _MEANS["status"], choices=choices, meanwhile=MEANWHILE["status"])


def _add_levels(draft: Draft, name: str, column: ColumnProposal, table: TableProposal) -> None:
    """Add how much each level of a grid counts, or ask for it.

    Where a level is a tick in another question of the same column, each option says so itself.
    """
    numbers, first = level_numbers(column.evidence, column.title), _first_counts_most(column)
    why = "1 counts most" if first else "above 0 its option counts, and more goes first"
    why += "; the other way round if 1 is the best" if first is None and is_rated(column) else ""
    others = [
        other.evidence for other in table.columns if other is not column and other.name == name
    ]
    is_tick_there = any(not o.levels and {*o.counts} & {*column.evidence.levels} for o in others)
    for level, number in (numbers or {}).items():
        if not is_tick_there:
            draft.add(("scales", name, level), number, why)
        for option in column.evidence.ticked if is_tick_there else ():
            meant = option if number else MISSING
            draft.add(("answers", name, f"{option}: {level}"), meant, "a tick means more elsewhere")
    open_ = []
    for level in column.evidence.levels if numbers is None else ():
        path, step = ("answers", name, level), step_of(level)
        if step is not None:
            meant = "ticked" if step else MISSING
            draft.add(path, meant, "a step of a scale whose others are asked")
        else:
            open_.append(path)
    ways = tuple(DIRECTIONS) if name.rpartition(".")[2] in OF_ONE_SIDE else ()
    text = f"{STEPS}; {WAYS}" if ways else STEPS
    draft.ask_together(open_, text, choices=("ticked", *ways, MISSING), meanwhile=MISSING)


STEPS, WAYS = str(BESIDE["steps"]), str(BESIDE["ways"])


def _if_so(draft: Draft, column: ColumnProposal) -> None:
    """Add the answers of a question that is asked, to be explained if it is what it may be."""
    target = column.perhaps
    asked = next((q for q in draft.questions if q.path[-1] in column.keys), None)
    if column.target is not None or target not in ("role", "consent", "withdrew") or asked is None:
        return
    found = (
        consent_meanings(column.evidence)
        if target == "consent"
        else meanings(SIGNUPS.by_name[target], column.evidence)
    )
    for answer, value in found.words.items():  # what is known is said, so that the rest is enough
        draft.add((found.section, target, answer), value, "if so")
    draft.ask_if(
        asked,
        [(found.section, target, answer) for answer in found.unknown],
        f"and what does each answer mean, if it is {described(target)}?",
        _valid_words(target),
    )


def _add_meanings(
    draft: Draft, target: str, found: Meanings, why: str = "", a_month: float = 1.0
) -> None:
    """Add what the answers of a question mean, and ask once about all that are not known."""
    name = target.rpartition(".")[2]
    for answer, value in found.words.items():
        plain = int(value) if isinstance(value, float) and value == int(value) else value
        rests_on = assumed(answer, a_month) if name in _AMOUNTS else ""
        draft.add((found.section, target, answer), plain, why or rests_on)
    paths = [(found.section, target, answer) for answer in found.unknown]
    is_rare = found.section != "answers" and found.known_share >= MOSTLY_KNOWN
    if is_rare and target not in MEANWHILE:
        for path in paths:
            draft.add(path, MISSING, "no number: write the one that is meant, if there is one")
        return
    choices = _valid_words(target) if found.section == "answers" else ()
    if is_safety(target):
        text = f"what does this answer mean for {described(name)}"
        text += ", and what do the others of its question?" if len(paths) > 1 else "?"
        draft.ask_together(paths, text, choices=choices)
        return
    text = f"what do {described(name)} answers such as this one mean? until then they are missing"
    draft.ask_together(
        paths, _MEANS.get(target, text), choices=choices, meanwhile=MEANWHILE.get(target, MISSING)
    )


_AMOUNTS = ("career_years", MONTHLY)
"""Numbers of something that has parts: of a range and a bound one that stands for it."""


def _valid_words(target: str) -> tuple[str, ...]:
    """Return the words of the vocabulary that an answer may mean, none where any text may."""
    if target in _ONLY:
        return _ONLY[target]
    spec = SIGNUPS.find(target)
    words = tuple(map(str, spec.choices)) if spec else ()
    words = words or (("yes", "no") if spec and spec.kind is Kind.YES_NO else ())
    return (*words, MISSING) if words and not is_safety(target) else words


_ONLY = {"consent": ("yes", "no"), "status": (*map(str, ENDED), *map(str, UNDER_WAY))}


_MEANS: dict[str, str] = BESIDE["means"]


def is_rated(column: ColumnProposal) -> bool:
    """Whether a grid rates its options by bare numbers, and no title says which is the best."""
    levels = column.evidence.levels
    is_list = column.target not in (None, IGNORE) and bool(column.evidence.ticked)
    is_bare = bool(levels) and all(level.strip().isdigit() for level in levels)
    return is_list and is_bare and _first_counts_most(column) is None


def _first_counts_most(column: ColumnProposal) -> bool | None:
    return one_counts_most(column.evidence, column.title)
