"""Questions that ask mentees what they need and mentors what they offer, and whose is whose."""

import re
from collections.abc import Sequence
from dataclasses import replace

from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.cells.lists import is_code
from matcher.intake.config_columns import base_and_number
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.column_cells import MANY_ANSWERS
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.meanings import TOPICS
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.roles_said import side_in
from matcher.intake.proposals.title_guesses import (
    IDENTITY,
    IN_OUR_WORDS,
    OF_ONE_SIDE,
    Sureness,
    is_safety,
)
from matcher.text import fold, fold_heading, shown_title
from matcher.vocabulary import IGNORE

MOST_OF_YES_AND_NO = 3
"""Options of a question that may be answered by yes, no or perhaps."""
LEAST_SHARED_OPTIONS = 2
"""Options in common from which two questions may be the two sides of one."""
ALIKE_OPTIONS, WITHIN = 0.6, 0.8
"""Share of options in common from which two questions offer the same ones: of all, and of those
of the one with fewer."""


def of_two_forms(columns: Sequence[ColumnProposal]) -> list[ColumnProposal]:
    """Say what the questions of a form a side are, each beside those of the other form.

    One that both forms ask is the same in both: asked where it is in either, whatever its title
    says of something else, and else what either knows it to be. That both ask it says nothing of
    what it is; only boxes of which people tick several may be topics.
    """
    by_title: dict[str, list[ColumnProposal]] = {}
    for column in columns:
        by_title.setdefault(fold_heading(column.title), []).append(column)
    found = [_as_in_other(column, by_title[fold_heading(column.title)]) for column in columns]
    shared = {id(c) for c in found if len(by_title[fold_heading(c.title)]) > 1 or not _is_list(c)}
    own = iter(with_twins([column for column in found if id(column) not in shared]))
    return [_perhaps_topics(c) if id(c) in shared else next(own) for c in found]


PAST_PAIRS = "past"
"""What asks for whom somebody was matched with before."""


def may_have(table: str, target: str) -> bool:
    """Whether a table can have a target: capacity is nothing that mentees are asked."""
    target, _ = base_and_number(target)
    special = (IGNORE, SUBMITTED, PAST_PAIRS, "wish", "name", "consent")
    if target in special or target.startswith(("groups.", "preferences")):
        return True
    side, _, rest = target.partition(".")
    known = table_spec(table).find(target) is not None
    return known or (side in ("mentees", "mentors") and table_spec(side).find(rest) is not None)


def _is_list(column: ColumnProposal) -> bool:
    return bool(column.evidence.ticked or column.evidence.separator)


def _as_in_other(column: ColumnProposal, same: Sequence[ColumnProposal]) -> ColumnProposal:
    """Return a question as the form of the other side explains it, where that is safer."""
    other = next((each for each in same if each is not column), column)
    is_open = column.target is not None and column.sureness is not Sureness.STATED
    is_sure = column.sureness is Sureness.SURE and is_safety(column.target or "")
    if not is_open or is_sure or other.why.code is Why.UNANSWERED:
        return column
    is_asked = other.target is None and column.target not in IDENTITY | {SUBMITTED}
    is_told = bool(other.target and may_have(column.side or SIGNUPS.name, other.target))
    is_told &= other.target != IGNORE and is_guessed(column)
    if not is_asked and not (is_told and other.sureness is not Sureness.STATED):
        return column
    said = {name: getattr(other, name) for name in ("target", "sureness", "why", "perhaps")}
    return replace(column, **said)


def _perhaps_topics(column: ColumnProposal) -> ColumnProposal:
    if column.why.code not in (Why.TOLD_BY_NOTHING, Why.FOREIGN) or not _is_list(column):
        return column
    return replace(column, target=None, why=Said(Why.PERHAPS_TOPICS), perhaps=TOPICS)


def with_twins(columns: Sequence[ColumnProposal]) -> list[ColumnProposal]:
    """Say what a question is that offers one side the options of a question of the other side.

    Of two that no title explains, both are the topics, and so are what one side knows and its twin.
    """
    found = list(columns)
    has_role = any(column.target == "role" for column in columns)
    for k, column in enumerate(columns):
        for j, other in enumerate(columns):
            sides = {column.side, other.side}
            is_known = not has_role or not is_guessed(other)
            are_lists = is_known and all(map(_may_be_list, (column, other)))
            side, _, target = (other.target or "").rpartition(".")
            is_pair = sides == {"mentees", "mentors"} or (sides == {""} and are_lists)
            is_pair |= side in OTHER_SIDE and OTHER_SIDE[side] == column.side
            if other is not column and is_pair and _are_twins(column, other):
                is_open = not target or is_guessed(other) or _gives_way(other, column)
                target = TOPICS if is_open else target
                why = Said(Why.OPTIONS_OF, shown_title(other.title))
                if column.perhaps.startswith("groups."):  # either side may say who it is by a list
                    perhaps = f"{column.side}.{target}".lstrip(".")
                    found[k] = replace(column, target=None, why=why, perhaps=perhaps)
                    break
                if target == "expertise":  # what one side knows and the other asks for
                    target = TOPICS
                    found[j] = replace(other, target=target)
                if side in OTHER_SIDE and not column.side:
                    target = f"{OTHER_SIDE[side]}.{target}"
                found[k] = replace(column, target=target, why=why, perhaps="")
                break
    return found


def by_structure(columns: Sequence[ColumnProposal]) -> list[ColumnProposal]:
    """Say what questions are of which only their place in the form tells.

    One side's question with the options of the other side's is its counterpart; what only mentees
    write at length are goals, what only mentors do is their introduction.
    """
    columns = with_twins(columns)
    taken = {column.target for column in columns}
    found = []
    for column in columns:
        text = {"mentees": "goals", "mentors": "bio"}.get(column.side)
        is_text = column.why.code is Why.TOLD_BY_NOTHING and column.evidence.fits(["text"]) == 1.0
        if text and is_text and text not in taken:
            why = Said(Why.IN_OWN_WORDS, column.side)
            found.append(replace(column, target=text, why=why))
            taken.add(text)
        else:
            found.append(column)
    return found


_GUESSED = (Why.TOLD_BY_NOTHING, Why.FOREIGN, Why.PERHAPS_TOPICS, Why.IN_OWN_WORDS)
"""Why a question was left out, or taken for a text: nothing that its title says."""


def is_guessed(column: ColumnProposal) -> bool:
    """Whether no title says what a question is: a model that finds it like others is none."""
    return column.why.code in _GUESSED or (column.target == IGNORE and column.why.is_by_model)


def _may_be_list(column: ColumnProposal) -> bool:
    """Whether answers have several items, or there are more options than of yes and no."""
    evidence = column.evidence
    is_list = bool(evidence.separator or evidence.ticked)
    return is_list or len(evidence.options) > MOST_OF_YES_AND_NO


def _are_twins(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether two questions offer mentees and mentors the same options, and one is not known."""
    names = [each.name for each in (column, other)]
    pairs = ((column, other), (other, column))
    guessed = [is_guessed(each) or _gives_way(each, twin) for each, twin in pairs]
    hinted = [each.target is None and each.why.code is Why.HINTED for each in (column, other)]
    is_known = guessed[1] or names[1] in OF_ONE_SIDE
    is_open = guessed[0] or (hinted[0] and is_known) or names == ["expertise", TOPICS]
    are_open = is_open and (is_known or (hinted[1] and guessed[0]))
    return are_open and _offer_the_same(column, other)


def _gives_way(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether what a question is taken for says less than that it has the options of another list.

    Boxes that mentees tick under one title and mentors under another are topics, be they called
    goals or departments; a question that is asked of both by one title is what its title says.
    """
    target, told = column.target or column.perhaps, column.why.is_by_model
    is_same = fold_heading(column.title) == fold_heading(other.title)
    if is_same or column.sureness is Sureness.STATED or not (_is_list(column) and _is_list(other)):
        return False
    if is_safety(target):
        return told and not column.evidence.offers_people
    name = target.rpartition(".")[2]
    return name not in {*IDENTITY, *OF_ONE_SIDE, *IN_OUR_WORDS, "languages", "preferences", ""}


def _offer_the_same(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether two questions have nearly the same options."""
    ours, theirs = (
        {fold(option) for option in each.evidence.options if not is_code(option)}
        for each in (column, other)
    )
    if len(column.evidence.counts) < MANY_ANSWERS and other.evidence.separator:
        parts = (t.split(other.evidence.separator) for t in column.evidence.counts)
        ours |= {fold(part) for split in parts for part in split if fold(part) in theirs}
    shared, fewer = len(ours & theirs), min(len(ours), len(theirs))
    is_within = shared > LEAST_SHARED_OPTIONS and shared >= WITHIN * fewer  # few have answered yet
    are_alike = shared >= ALIKE_OPTIONS * len(ours | theirs)
    return shared >= LEAST_SHARED_OPTIONS and (is_within or are_alike)


def offer_the_same_items(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether an answer to one of two questions has two items that an answer to the other has.

    Where either separates items by a comma or a semicolon, as lists in forms are.
    """
    ours, theirs = (
        {fold(item) for text in each.evidence.counts for item in re.split("[,;]", text)}
        for each in (column, other)
    )
    return len((ours & theirs) - {""}) >= LEAST_SHARED_OPTIONS


def sided(columns: list[ColumnProposal], table: str) -> list[ColumnProposal]:
    """Name the side of lists that one form asks each side, and the rank of people wished for."""
    wishes = [column for column in columns if column.target == "preferences"]
    ranked = {id(column): f"preferences.{rank}" for rank, column in enumerate(wishes, 1)}
    named = [replace(column, target=ranked.get(id(column), column.target)) for column in columns]
    if table != SIGNUPS.name:
        return named
    named = [_with_options_of(column, named) for column in named]
    return [_of_a_side(column, named) for column in named]


def _with_options_of(column: ColumnProposal, columns: Sequence[ColumnProposal]) -> ColumnProposal:
    """Ask about ticks of which nothing is known for sure and that are the options of a list.

    What people need stands beside a grid of what they can do, whatever its title speaks of.
    """
    is_known = column.sureness in (Sureness.STATED, Sureness.SURE)
    is_taken = column.target not in (None, IGNORE) or is_safety(column.perhaps)
    if is_known or is_taken or not _is_list(column):
        return column
    for other in columns:
        side, _, target = (other.target or other.perhaps).rpartition(".")
        is_same_side = column.side and column.side == other.side
        if other is column or target not in OF_ONE_SIDE or is_same_side:
            continue
        if _offer_the_same(column, other):
            perhaps = f"{OTHER_SIDE[side]}.{target}" if side in OTHER_SIDE else target
            why = Said(Why.OPTIONS_OF, shown_title(other.title))
            asked = Sureness.ASKED
            return replace(column, target=None, sureness=asked, why=why, perhaps=perhaps)
    return column


OTHER_SIDE = {"mentees": "mentors", "mentors": "mentees"}


def _of_a_side(column: ColumnProposal, columns: Sequence[ColumnProposal]) -> ColumnProposal:
    """Return a list with its side: who alone answers it, else what two titles of one list say.

    Two questions with the same options are never one: then what mentees need would be what they
    offer as well.
    """
    target = column.target or column.perhaps
    if target not in OF_ONE_SIDE or column.sureness is Sureness.STATED:
        return column
    said = {id(c): (c.target or c.perhaps).rpartition(".") for c in columns if c is not column}
    others = [c for c in columns if id(c) in said and said[id(c)][2] == target]
    theirs = {said[id(c)][0] or c.side or side_in(c.title) for c in others}
    has_own = column.evidence.has_known
    twins = [c for c in others if _offer_the_same(column, c) or (has_own and c.evidence.has_known)]
    opposite = OTHER_SIDE.get("".join(theirs), "")
    side = column.side or (side_in(column.title) if others else "")
    side = side or (opposite if twins else "")
    if twins and not column.side and (not side or side in theirs):
        first = next(each for each in columns if each is column or each in twins)
        perhaps = f"{'mentees' if first is column else 'mentors'}.{target}"  # most forms ask so
        return replace(column, target=None, why=Said(Why.ONE_SIDE), perhaps=perhaps)
    if not side or (column.target is None and not twins):
        return column
    if column.target is None:
        return replace(column, perhaps=f"{side}.{target}")
    return replace(column, target=f"{side}.{target}")
