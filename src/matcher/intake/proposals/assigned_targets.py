"""Every target goes to the question that fits it best; of the others it is said why not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matcher.cohort.tables import table_spec
from matcher.intake.cells.slots import says_when
from matcher.intake.config_columns import base_and_number
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.option_kinds import BY_LANGUAGES
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.roles_said import side_in
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.single_texts import ANSWERS, warns_of_somebody
from matcher.intake.proposals.title_guesses import (
    IDENTITY,
    LEAST_NAMED,
    OF_ONE_SIDE,
    POSSIBLE,
    QUESTIONS,
    Guess,
    Sureness,
    is_safety,
    may_be_role,
    speaks_against,
)
from matcher.intake.proposals.two_sides import PAST_PAIRS, may_have, offer_the_same_items
from matcher.text import shown_title
from matcher.vocabulary import IGNORE

SHARED = frozenset({"avoid", "expertise", "languages", "modes", "availability", "contexts"})
"""Lists that several questions may fill together."""
SAID_ONCE = frozenset({"languages", "modes", "availability"})
"""Of these, those that a form asks people for once: a second question may be about other things."""


def _is_once(why: Said) -> bool:
    """Whether a list is no other's as well: people may learn the other languages."""
    return why.code is Why.BY_CELLS or why == BY_LANGUAGES


NEVER_NAMES = frozenset({"organisation", "department", "site", "location", "bio", "goals"})
"""Places and texts: whatever a title says, few people name somebody of the file there."""
OWN_NAMES = IDENTITY | {"preferred_name"}
FEW_NAMED_WITHIN = 0.1
"""Share of answers naming people from which a question may bear on safety, and is asked."""


def assigned_targets(
    judged: Sequence[tuple[ColumnProposal, list[Guess]]], table: str
) -> list[ColumnProposal]:
    """Give every target to the question that fits it best, and say of the others why not."""
    spec = table_spec(table)
    judged = _sides_of_one(judged)
    order = sorted(range(len(judged)), key=lambda k: _precedence(*judged[k]))
    taken: dict[str, ColumnProposal] = {}
    done: dict[int, ColumnProposal] = {}
    for k in order:
        proposal, known = judged[k]
        counted = [_counted_by(guess, proposal.side) for guess in known]
        possible = [g for g in counted if may_have(proposal.side or spec.name, g.target)]
        done[k] = _given(proposal, possible, taken)
        target = done[k].target
        if target:
            taken.setdefault(_slot(target, proposal.side), done[k])
    return [done[k] for k in range(len(judged))]


def _sides_of_one(
    judged: Sequence[tuple[ColumnProposal, list[Guess]]],
) -> list[tuple[ColumnProposal, list[Guess]]]:
    """Take for lists what asks one side for help and the other to help, in the same words.

    Few answers of several items each look like texts: what one wants to learn from it all.
    """
    asked = {
        k: side
        for k, (column, known) in enumerate(judged)
        if (side := column.side or side_in(column.title))
        and side_in(column.title) in ("", side)
        and any(guess.target in OF_ONE_SIDE for guess in known)
    }
    twins = {
        k
        for k, side in asked.items()
        for j, other in asked.items()
        if other != side and offer_the_same_items(judged[k][0], judged[j][0])
    }
    return [
        (column, [g for g in known if g.target in OF_ONE_SIDE] if k in twins else known)
        for k, (column, known) in enumerate(judged)
    ]


def _precedence(proposal: ColumnProposal, known: Sequence[Guess]) -> tuple[bool, float]:
    """Return where a question comes in: a grid is what is asked, whatever titles hint at.

    So is a question of which people give several answers: the best day is no other's place.
    """
    is_first = _is_list(proposal) and bool(known) and known[0].target in SAID_ONCE
    return not is_first, -(known[0].score if known else 0.0)


def _slot(target: str, side: str) -> str:
    """Return what only one question may be: a side's need and offer are two."""
    return f"{side}.{target}" if target in OF_ONE_SIDE else target


def _given(
    proposal: ColumnProposal, known: Sequence[Guess], taken: Mapping[str, ColumnProposal]
) -> ColumnProposal:
    """Return the proposal with its target, a question, or left out with the reason."""
    if not known:
        return _unknown(proposal)
    for guess in known:
        if guess.target == "wish":
            return replace(proposal, why=Said(Why.WISH), perhaps="wish_same")
        if guess.target == PAST_PAIRS:
            return _of_earlier_pairs(proposal)
        rival = _rival(guess.target, proposal.side, taken)
        is_one = guess.target in SAID_ONCE and guess.why.code is not Why.DENIED
        if rival is not None and is_one and _is_one_of(proposal, rival):
            return _read_from(rival, guess.target, proposal)
        if guess.sureness is Sureness.ASKED:
            return _asked(proposal, guess, rival)
        is_none = guess.target in NEVER_NAMES and guess.sureness is not Sureness.STATED
        if is_none and guess.sureness is Sureness.LIKELY and asks_who(proposal.title):
            return replace(proposal, why=Said(Why.ASKS_WHO))
        if is_none and _named_within(proposal.evidence) >= FEW_NAMED_WITHIN:
            return replace(proposal, why=Said(Why.NAMES_PEOPLE))
        is_shared = guess.target in SHARED and not _is_once(guess.why)
        free = is_shared or guess.target == IGNORE or guess.target.startswith("preferences")
        is_second = (
            rival is not None
            and guess.target in SAID_ONCE
            and not (_are_parts(proposal, rival) or _of_other_side(proposal, rival))
        )
        if rival is None or (free and not is_second) or guess.sureness is Sureness.STATED:
            return replace(proposal, target=guess.target, sureness=guess.sureness, why=guess.why)
        if not proposal.evidence.counts and not is_safety(guess.target):
            return _unknown(proposal)
        if is_second or is_safety(guess.target) or _is_once(guess.why):
            perhaps = _IF_TAKEN.get(guess.target, guess.target)
            return replace(proposal, why=_is_taken(rival, guess.target), perhaps=perhaps)
    return _without_place(proposal, known[0], taken)


_IF_TAKEN = {"consent": "", "line_manager": "second_supervisor"}
"""What a question may be whose likeliest target another one is: nobody has two line managers."""


def _asked(proposal: ColumnProposal, guess: Guess, rival: ColumnProposal | None) -> ColumnProposal:
    """Return a question that is asked: the role not once it is known, consent without a guess."""
    if rival is not None and guess.target == "role" and rival.sureness in _SURELY:
        return _read_from(rival, guess.target, proposal)
    if rival is not None and guess.why.code is Why.BARRED and not is_safety(guess.target):
        return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=Said(Why.BARRED))
    if rival is not None and guess.target == "consent" and guess.why.code is not Why.NOTICE:
        why = Said(
            Why.TAKEN_BESIDE, str(guess.why), shown_title(rival.title), described(guess.target)
        )
        return replace(proposal, why=why, perhaps="")
    return replace(proposal, why=guess.why, perhaps=guess.target)


def _is_taken(rival: ColumnProposal, target: str) -> Said:
    return Said(Why.TAKEN, shown_title(rival.title), described(target))


def _are_parts(*columns: ColumnProposal) -> bool:
    """Whether questions are rows of one grid or options of one list: a day each, or ticks."""
    return all(c.evidence.ticked or c.is_bare or says_when(c.title) for c in columns)


def _of_other_side(*columns: ColumnProposal) -> bool:
    """Whether a form asks one side here, and the other side there."""
    return {column.side for column in columns} == {"mentees", "mentors"}


def _is_one_of(column: ColumnProposal, rival: ColumnProposal) -> bool:
    """Whether people name one thing here who list several in another question: the best day."""
    answered = sum(min(each.evidence.filled, each.evidence.rows) for each in (column, rival))
    are_both = answered >= MOSTLY_BOTH * column.evidence.rows
    return are_both and _is_list(rival) and not _is_list(column)


def _is_list(column: ColumnProposal) -> bool:
    return bool(len(column.titles) > 1 or column.evidence.separator)


MOSTLY_BOTH = 1.4
"""Answers to two questions, by people, from which most have answered both."""


def _without_place(
    proposal: ColumnProposal, first: Guess, taken: Mapping[str, ColumnProposal]
) -> ColumnProposal:
    """Return a question whose likeliest target another one has: left out, or asked about.

    Whatever else it may be: a manager, whom to avoid, the role, or how many the other side counts.
    """
    cells, target = proposal.evidence, first.target
    is_hint = first.sureness is not Sureness.SURE or (
        target == "name" and first.why.code is Why.AS_NAMES
    )
    is_own = target in OWN_NAMES and 2 * cells.filled > cells.rows
    names = _named_within(cells) >= FEW_NAMED_WITHIN and not is_own
    if is_hint or names or not cells.counts or (target in OWN_NAMES and asks_who(proposal.title)):
        return _unknown(proposal)
    rival = _rival(target, proposal.side, taken) or proposal
    is_copy = cells.is_each_another or cells.counts == rival.evidence.counts
    if target in _NAMES and cells.counts and not is_copy:
        return replace(proposal, why=Said(Why.OTHER_NAMES))
    other = _COUNTS.get(target, "")
    if other and other not in taken:
        if _COUNTED_BY.get(proposal.side) == other and asks_how_many(proposal.title):
            return taken_by_side(proposal, other)
        return replace(proposal, why=_is_taken(rival, target), perhaps=other)
    return _read_from(rival, target, proposal)


def _read_from(rival: ColumnProposal, target: str, proposal: ColumnProposal) -> ColumnProposal:
    """Return a question that is left out, since another one surely is what it may be."""
    why = Said(Why.READ_FROM, described(target), shown_title(rival.title))
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=why)


_SURELY = (Sureness.SURE, Sureness.STATED)
_NAMES = frozenset({"name", "name.1", "name.2"})
_COUNTS = {"capacity": "max_mentors", "max_mentors": "capacity"}
"""What a question on how many counts if another one is the one."""
_COUNTED_BY = {"mentees": "max_mentors", "mentors": "capacity"}


def _counted_by(guess: Guess, side: str) -> Guess:
    """Return a guess; how many the other side counts is how many the side that answers does."""
    own = _COUNTED_BY.get(side)
    is_other = own is not None and _COUNTS.get(guess.target) == own
    return replace(guess, target=own or guess.target) if is_other else guess


def asks_how_many(title: str) -> bool:
    """Whether a title asks for a number, of people as far as it says."""
    return bool(heaviest(ANSWERS["how_many"]["words"], words_of(title)))


def taken_by_side(proposal: ColumnProposal, target: str) -> ColumnProposal:
    """Return a question on how many, taken for what the side that answers it counts."""
    why = Said(Why.BY_SIDE, proposal.side)
    return replace(proposal, target=target, sureness=Sureness.LIKELY, why=why, perhaps="")


def _of_earlier_pairs(proposal: ColumnProposal) -> ColumnProposal:
    """Return a question about earlier years: asked where its answers name people, else left out."""
    column = proposal.evidence
    why = Said(Why.PAST)
    if column.named >= LEAST_NAMED:
        return replace(proposal, why=why, perhaps="avoid")
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=why)


def _rival(target: str, side: str, taken: Mapping[str, ColumnProposal]) -> ColumnProposal | None:
    """Return the question that is what another one may be; a name is asked whole or in halves."""
    base, number = base_and_number(target)
    halves = [taken.get(f"{target}.{half}") for half in (1, 2)]
    whole = taken.get(base) if number and base != "preferences" else None
    return taken.get(_slot(target, side)) or whole or (halves[0] if all(halves) else None)


def _named_within(column: CellEvidence) -> float:
    """Return the share of answers within which people of the cohort are named, 0 for one alone."""
    share = column.named_within
    return share if share * column.telling.total() > 1.5 else 0.0


def _unknown(proposal: ColumnProposal) -> ColumnProposal:
    """Return a question that no phrase fits: asked where it may bear on safety, else left out.

    What nobody has answered is not left out for good: next week somebody may.
    """
    column = proposal.evidence
    if not column.counts:
        perhaps = _spoken_of(proposal.title)
        return replace(proposal, why=Said(Why.UNANSWERED), perhaps=perhaps)
    names = max(column.named, _named_within(column))
    if column.fits(["role"]) >= POSSIBLE:
        return replace(proposal, why=Said(Why.SOME_ROLES), perhaps="role")
    if may_be_role(proposal.title, column):
        return replace(proposal, why=Said(Why.NAMES_ROLE), perhaps="role")
    is_grid = bool(column.ticked) and not column.offers_people
    spoken = "" if is_grid else _spoken_of(proposal.title)
    if names >= LEAST_NAMED or spoken:
        is_named = names >= LEAST_NAMED
        spoken = spoken or ("avoid" if is_named and speaks_against(proposal.title) else "")
        why = Said(Why.NAMES_PEOPLE) if is_named else Said(Why.BEARS_ON_SAFETY)
        return replace(
            proposal, why=why, perhaps="" if column.decisions or column.are_steps else spoken
        )
    if any(map(warns_of_somebody, column.telling)):
        return replace(proposal, why=Said(Why.WARNS))
    if asks_who(proposal.title) and not is_grid:
        return replace(proposal, why=Said(Why.ASKS_WHO))
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=Said(Why.TOLD_BY_NOTHING))


def asks_who(title: str) -> bool:
    """Whether a title begins as questions do that are answered by naming somebody."""
    first = " ".join(words_of(title).split()[:2])
    return bool(heaviest(ANSWERS["who"]["starts"], f" {first} "))


def _spoken_of(title: str) -> str:
    """Return what of safety a title may speak of, empty for nothing."""
    words = words_of(title)
    avoid = QUESTIONS["avoid"]
    hints = {
        "line_manager": QUESTIONS["line_manager"]["sure"],
        "avoid": (*avoid["perhaps"], *avoid["against"]),
    }
    return next((t for t, phrases in hints.items() if heaviest(phrases, words)), "")
