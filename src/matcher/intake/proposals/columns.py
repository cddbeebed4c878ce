"""Every column of a table taken for something, with why, how sure, and three of its answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.cells.lists import is_code
from matcher.intake.cells.marks import is_tick
from matcher.intake.config_columns import base_and_number
from matcher.intake.files.grid import Grid
from matcher.intake.presets import SUBMITTED, Preset
from matcher.intake.proposals.asked_columns import is_write_in
from matcher.intake.proposals.column_cells import (
    ANSWERS,
    MANY,
    CellEvidence,
    names_somebody,
    warns_of_somebody,
)
from matcher.intake.proposals.form_questions import (
    MOST_DIVIDED,
    FormQuestion,
    RoleSaid,
    dividing,
    with_sides,
)
from matcher.intake.proposals.meanings import TOPICS
from matcher.intake.proposals.name_halves import name_halves
from matcher.intake.proposals.own_names import without_other_names
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.title_guesses import (
    AS_NAMES,
    FITTING,
    POSSIBLE,
    QUESTIONS,
    Guess,
    Sureness,
    described,
    is_safety,
    may_be_role,
)
from matcher.text import fold, fold_heading, shown_title, snake
from matcher.vocabulary import IGNORE

OF_ONE_SIDE = frozenset({"contexts", "purposes", "benefits", "knowing", "expertise"})
"""Lists that say what is needed where mentees answer and what is offered where mentors do."""
SHARED = frozenset({"avoid", "expertise", "languages", "modes", "availability", "contexts"})
"""Lists that several questions may fill together."""
IN_OPTIONS = "its options have columns of their own"
UNANSWERED = "nobody has answered it yet"
UNKNOWN = "nothing in its title or answers says what it is"
FOREIGN = "the form is in words that are not known here, and this may bear on safety"
FOREIGN_OPTIONS = "its options are ticked, and what is asked is in words that are not known here"
LEAST_ASKED = 5
"""Questions from which a form may be called one in unknown words."""
SAMPLES = 3
TABLE_NAMES = frozenset(SIGNUPS.by_name)
"""Names that titles of a table kept for us have."""
LEAST_SHARED_OPTIONS = 2
"""Options in common from which two questions may be the two sides of one."""
ALIKE_OPTIONS = 0.6
"""Share of options in common from which two questions offer the same ones."""

Alike = Callable[[str], Guess | None]
"""A model of sentences: what a question that no phrase fits is most like, or None."""


@dataclass(frozen=True)
class ColumnProposal:
    """What one question of a form is taken for."""

    title: str
    """The question, without the option where a grid gives each option a column."""
    target: str | None
    """Canonical column, ``groups.x``, ``ignore`` or ``submitted``; None where it is asked."""
    sureness: Sureness
    why: str
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
    def keys(self) -> tuple[str, ...]:
        """Titles by which the config names it: the question alone where no title marks options."""
        is_grid = len(self.titles) > 1 and not self.is_bare
        is_marked = all(
            title.rstrip().endswith(("]", ")")) or "___" in title for title in self.titles
        )
        return (self.title,) if is_grid and not is_marked else self.titles


def proposed_columns(
    grid: Grid,
    preset: Preset,
    asked: Sequence[FormQuestion],
    *,
    people: Collection[str] = (),
    settled: Mapping[str, str] | None = None,
    role_words: Mapping[str, str] | None = None,
    alike: Alike | None = None,
) -> list[ColumnProposal]:
    """Return what every column of a table of people is taken for.

    Parameters
    ----------
    grid, preset, asked
        The raw table, the form tool that it comes from, and its questions.
    people
        Folded names and addresses of the whole cohort.
    settled
        Targets by folded title that somebody stated or answered; they stand.
    role_words
        Roles by folded answer that somebody stated or answered.
    alike
        A model of sentences, for questions that no phrase fits.
    """
    roles = [title for title, target in (settled or {}).items() if target == "role"]
    asked = with_sides(grid, asked, people, RoleSaid(roles, role_words or {}))
    halves = {best.target for each in asked if (best := each.likeliest)}
    has_halves = {"name.1", "name.2"} <= halves
    grids = {fold_heading(each.title) for each in asked if len(each.titles) > 1}
    in_one = {fold_heading(e.title) for e in asked if len(e.titles) == 1 and _is_safe(e)}

    def is_beside(each: FormQuestion) -> bool:
        """Whether its answers stand in other columns as well: what bears on safety, in one."""
        title = fold_heading(each.title)
        return title in grids and (title in in_one) == (len(each.titles) > 1)

    in_halves = name_halves(grid, asked)
    known = {
        k: [Guess(IGNORE, 1e6, Sureness.STATED, IN_OPTIONS)]
        if is_beside(each)
        else _possible(each, preset, settled or {}, alike, in_halves.get(k), has_halves=has_halves)
        for k, each in enumerate(asked)
    }
    known = without_other_names(grid, asked, known)
    judged = [(_unjudged(each), known[k]) for k, each in enumerate(asked)]
    found = _assigned(judged, grid.table)
    if _is_foreign(judged):
        found = [_asked_if_foreign(column) for column in found]
    if grid.table == SIGNUPS.name and not any("role" in (c.target, c.perhaps) for c in found):
        among = {k for k, column in enumerate(found) if column.why in (UNKNOWN, FOREIGN)}
        divided = dividing(grid, asked, among)
        if divided is not None:
            why = "people answer other questions by what they say here"
            found[divided] = replace(found[divided], target=None, why=why, perhaps="role")
    return _sided(_by_structure(_with_time(_with_name(found))), grid.table)


def _with_name(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take for the name, where no title says which it is, what is written as everybody's own."""
    if {"name", "name.1", "name.2"} & {column.target or column.perhaps for column in columns}:
        return columns
    likely = (
        k
        for k, column in enumerate(columns)
        if column.target == IGNORE
        and column.sureness is not Sureness.STATED
        and column.evidence.is_each_another
        and column.evidence.fits(["person"]) >= 0.95
    )
    found = next(likely, None)
    return [
        replace(c, target="name", why=AS_NAMES) if k == found else c for k, c in enumerate(columns)
    ]


def _is_safe(question: FormQuestion) -> bool:
    """Whether a question bears on safety for sure."""
    best = question.likeliest
    return best is not None and is_safety(best.target) and best.sureness is not Sureness.ASKED


def _with_time(columns: list[ColumnProposal]) -> list[ColumnProposal]:
    """Take for the time of submission, where no title says which it is, the first times of all."""
    if SUBMITTED in {column.target for column in columns}:
        return columns
    likely = (
        k
        for k, column in enumerate(columns)
        if column.target == IGNORE
        and column.why == UNKNOWN
        and column.evidence.filled == column.evidence.rows
        and column.evidence.fits(["datetime"]) >= 0.95
    )
    barred = QUESTIONS[SUBMITTED]["unless"]  # better than none: when an answer was begun
    by_title = {k: heaviest(barred, words_of(columns[k].title)) for k in likely}
    found = min(by_title, key=lambda k: bool(by_title[k]), default=None)
    why = "its answers are times of day and year, one for everybody"
    return [
        replace(c, target=SUBMITTED, why=why) if k == found else c for k, c in enumerate(columns)
    ]


def _is_foreign(judged: Sequence[tuple[ColumnProposal, list[Guess]]]) -> bool:
    """Whether most titles of a form are in words that are not known here."""
    asked = [known for _, known in judged if not any(g.target in _OF_TOOLS for g in known)]
    unknown = sum(not any(map(_is_by_title, known)) for known in asked)
    return len(asked) >= LEAST_ASKED and unknown > len(asked) / 2


def _is_by_title(guess: Guess) -> bool:
    return guess.sureness in (Sureness.SURE, Sureness.STATED) or "title" in guess.why


_OF_TOOLS = (IGNORE, SUBMITTED, "email")


def _asked_if_foreign(column: ColumnProposal) -> ColumnProposal:
    """Return an unknown question of a form in unknown words; asked if it may bear on safety."""
    counts = column.evidence.counts
    if column.evidence.ticked and not column.evidence.offers_people and column.why == UNKNOWN:
        return replace(column, target=None, why=FOREIGN_OPTIONS, perhaps=TOPICS)
    is_whole = column.evidence.filled == column.evidence.rows or all(map(is_tick, counts))
    may_bear = bool(counts) and (len(counts) <= MOST_DIVIDED or len(column.evidence.telling) <= 3)
    may_bear &= is_whole or not all(map(str.isdigit, counts))  # all say who they are, and agree
    if column.why != UNKNOWN or not may_bear:
        return column
    return replace(column, target=None, why=FOREIGN)


def _unjudged(question: FormQuestion) -> ColumnProposal:
    column = question.evidence
    samples = tuple(text for text, _ in column.items.most_common(SAMPLES))
    return ColumnProposal(
        title=question.title,
        target=None,
        sureness=Sureness.ASKED,
        why="",
        samples=samples,
        evidence=column,
        titles=question.titles,
        side=question.side,
        is_bare=question.is_bare,
    )


def _possible(
    question: FormQuestion,
    preset: Preset,
    settled: Mapping[str, str],
    alike: Alike | None,
    half: list[Guess] | None,
    *,
    has_halves: bool,
) -> list[Guess]:
    """Return what a question may be, the likeliest first; names may come in two halves."""
    folded = map(fold_heading, (*question.titles, question.title))
    stated = next((settled[title] for title in folded if title in settled), None)
    if stated is not None:
        return [Guess(stated, 1e6, Sureness.STATED, "stated")]
    if half or question.is_bare:
        return half or question.guesses
    if len(question.titles) == 1 and is_write_in(question.title):
        return [Guess(IGNORE, 1e5, Sureness.LIKELY, "what people wrote beside the options")]
    name = snake((preset.has_stems and question.part) or question.title)  # of a path, its end
    is_coded = name == "role" and len(question.evidence.counts) <= MOST_DIVIDED
    if name in TABLE_NAMES and ("_" in name or is_coded or _may_be(name, question.evidence)):
        return [Guess(name, 1e4, Sureness.STATED, "the name of one of our columns")]
    own, column = preset.own_target(question.titles[0]), question.evidence
    if own and (own in (IGNORE, SUBMITTED) or column.counts):
        halves = [g for g in question.guesses if g.target in ("name.1", "name.2") and has_halves]
        why = f"{preset.label or preset.name}'s own column"
        return [*halves, Guess(own, 1e5, Sureness.STATED, why)]
    if not question.guesses and alike is not None and column.telling:
        near = alike(question.title)
        fits = near is not None and not is_safety(near.target) and _may_be(near.target, column)
        return [near] if near is not None and fits else []
    return question.guesses


def _may_be(target: str, column: CellEvidence) -> bool:
    """Whether the answers of a column do not speak against a target."""
    if target not in QUESTIONS or not column.telling:
        return True
    return column.fits(QUESTIONS[target]["cells"]) >= FITTING


def _assigned(
    judged: Sequence[tuple[ColumnProposal, list[Guess]]], table: str
) -> list[ColumnProposal]:
    """Give every target to the question that fits it best, and say of the others why not."""
    spec = table_spec(table)
    order = sorted(range(len(judged)), key=lambda k: -_best_score(judged[k][1]))
    taken: dict[str, ColumnProposal] = {}
    done: dict[int, ColumnProposal] = {}
    for k in order:
        proposal, known = judged[k]
        possible = [g for g in known if _is_of(g.target, proposal.side or spec.name)]
        done[k] = _given(proposal, possible, taken)
        target = done[k].target
        if target:
            taken.setdefault(_slot(target, proposal.side), done[k])
    return [done[k] for k in range(len(judged))]


def with_twins(columns: Sequence[ColumnProposal]) -> list[ColumnProposal]:
    """Say what a question is that offers one side the options of a question of the other side.

    Of two that no title explains, both are the topics.
    """
    found = list(columns)
    has_role = any(column.target == "role" for column in columns)
    for k, column in enumerate(columns):
        for other in columns:
            sides = {column.side, other.side}
            is_known = not has_role or other.why not in _GUESSED
            is_pair = sides == {"mentees", "mentors"} or (sides == {""} and is_known)
            if other is not column and is_pair and _are_twins(column, other):
                target = (
                    TOPICS if other.why in _GUESSED else (other.target or "").rpartition(".")[2]
                )
                why = f"it has the options of {shown_title(other.title)}"
                found[k] = replace(column, target=target, why=why, perhaps="")
                break
    return found


def _by_structure(columns: Sequence[ColumnProposal]) -> list[ColumnProposal]:
    """Say what questions are of which only their place in the form tells.

    One side's question with the options of the other side's is its counterpart; what only mentees
    write at length are goals, what only mentors do is their introduction.
    """
    columns = with_twins(columns)
    taken = {column.target for column in columns}
    found = []
    for column in columns:
        text = {"mentees": "goals", "mentors": "bio"}.get(column.side)
        is_text = column.why == UNKNOWN and column.evidence.fits(["text"]) == 1.0
        if text and is_text and text not in taken:
            why = f"only {column.side} {IN_OWN_WORDS}"
            found.append(replace(column, target=text, why=why))
            taken.add(text)
        else:
            found.append(column)
    return found


IN_OWN_WORDS = "answer it, in their own words"
_GUESSED = (UNKNOWN, FOREIGN, *(f"only {side} {IN_OWN_WORDS}" for side in ("mentees", "mentors")))
"""Why a question was left out, or taken for a text: nothing that its title says."""


def _are_twins(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether two questions offer mentees and mentors the same options, and one is not known."""
    names = [(each.target or "").rpartition(".")[2] for each in (column, other)]
    is_open = column.why in _GUESSED or names == ["expertise", TOPICS]
    is_known = other.why in _GUESSED or names[1] in OF_ONE_SIDE
    if not (is_open and is_known):
        return False
    return _offer_the_same(column, other)


def _offer_the_same(column: ColumnProposal, other: ColumnProposal) -> bool:
    """Whether two questions have nearly the same options."""
    ours, theirs = (
        {fold(option) for option in each.evidence.options if not is_code(option)}
        for each in (column, other)
    )
    if len(column.evidence.counts) < MANY and other.evidence.separator:
        parts = (t.split(other.evidence.separator) for t in column.evidence.counts)
        ours |= {fold(part) for split in parts for part in split if fold(part) in theirs}
    are_many = len(ours & theirs) >= LEAST_SHARED_OPTIONS
    return are_many and len(ours & theirs) >= ALIKE_OPTIONS * max(1, len(ours | theirs))


def _best_score(known: Sequence[Guess]) -> float:
    return known[0].score if known else 0.0


def _is_of(target: str, table: str) -> bool:
    """Whether a table can have a target: capacity is nothing that mentees are asked."""
    target, _ = base_and_number(target)
    special = (IGNORE, SUBMITTED, "wish", "name", "consent")
    if target in special or target.startswith(("groups.", "preferences")):
        return True
    side, _, rest = target.partition(".")
    known = table_spec(table).find(target) is not None
    return known or (side in ("mentees", "mentors") and table_spec(side).find(rest) is not None)


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
            why = "a wish about the mentor's own attributes is never mapped unasked"
            return replace(proposal, why=why, perhaps="wish_same")
        if guess.sureness is Sureness.ASKED:
            return replace(proposal, why=guess.why, perhaps=guess.target)
        rival = _rival(guess.target, proposal.side, taken)
        free = guess.target in (IGNORE, *SHARED) or guess.target.startswith("preferences")
        if rival is None or free or guess.sureness is Sureness.STATED:
            return replace(proposal, target=guess.target, sureness=guess.sureness, why=guess.why)
        if is_safety(guess.target):
            why = f"{shown_title(rival.title)} is taken for {described(guess.target)} already"
            return replace(proposal, why=why, perhaps=guess.target)
    first = known[0].target
    if first == "name" and known[0].why == AS_NAMES:
        return _unknown(proposal)  # whoever is named there: a manager, or whom to avoid
    rival = _rival(first, proposal.side, taken) or proposal
    why = f"{described(first)} is read from {shown_title(rival.title)}"
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=why)


def _rival(target: str, side: str, taken: Mapping[str, ColumnProposal]) -> ColumnProposal | None:
    """Return the question that is what another one may be; a name is asked whole or in halves."""
    base, number = base_and_number(target)
    halves = [taken.get(f"{target}.{half}") for half in (1, 2)]
    whole = taken.get(base) if number and base != "preferences" else None
    return taken.get(_slot(target, side)) or whole or (halves[0] if all(halves) else None)


def _unknown(proposal: ColumnProposal) -> ColumnProposal:
    """Return a question that no phrase fits: asked where it may bear on safety, else left out.

    What nobody has answered is not left out for good: next week somebody may.
    """
    column = proposal.evidence
    if not column.counts:
        perhaps = _spoken_of(proposal.title)
        return replace(proposal, why=UNANSWERED, perhaps=perhaps)
    names = column.share(lambda text: names_somebody(text, column.people))
    names = max(names, float(any(map(warns_of_somebody, column.telling))))
    if column.fits(["role"]) >= POSSIBLE:
        return replace(proposal, why="some of its answers are roles", perhaps="role")
    if may_be_role(proposal.title, column):
        return replace(proposal, why="its title names a role", perhaps="role")
    is_grid = bool(column.ticked) and not column.offers_people
    spoken = "" if is_grid else _spoken_of(proposal.title)
    if names >= 0.1 or spoken:
        why = "its answers name people" if names >= 0.1 else "its title may bear on safety"
        return replace(proposal, why=why, perhaps=spoken)
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=UNKNOWN)


def _spoken_of(title: str) -> str:
    """Return what of safety a title may speak of, empty for nothing."""
    words = words_of(title)
    hints = {"line_manager": "sure", "avoid": "perhaps"}
    return next((t for t, key in hints.items() if heaviest(QUESTIONS[t][key], words)), "")


def _sided(columns: list[ColumnProposal], table: str) -> list[ColumnProposal]:
    """Name the side of lists that one form asks each side, and the rank of people wished for."""
    wishes = [column for column in columns if column.target == "preferences"]
    ranked = {id(column): f"preferences.{rank}" for rank, column in enumerate(wishes, 1)}
    named = [replace(column, target=ranked.get(id(column), column.target)) for column in columns]
    if table != SIGNUPS.name:
        return named
    return [_of_a_side(column, named) for column in named]


def _of_a_side(column: ColumnProposal, columns: Sequence[ColumnProposal]) -> ColumnProposal:
    """Return a list with its side: who alone answers it, else what two titles of one list say.

    Two questions with the same options are never one: then what mentees need would be what they
    offer as well.
    """
    if column.target not in OF_ONE_SIDE or column.sureness is Sureness.STATED:
        return column
    others = [c for c in columns if c is not column and c.target == column.target]
    theirs = {other.side or _side_in(other.title) for other in others}
    twins = [other for other in others if _offer_the_same(column, other)]
    opposite = {"mentees": "mentors", "mentors": "mentees"}.get("".join(theirs), "")
    side = column.side or (_side_in(column.title) if others else "")
    side = side or (opposite if twins else "")
    if twins and not column.side and (not side or side in theirs):
        return replace(column, target=None, why=ONE_SIDE, perhaps=f"mentees.{column.target}")
    return replace(column, target=f"{side}.{column.target}") if side else column


ONE_SIDE = "another question has its options, and which of the two says what mentees need is open"


def _side_in(title: str) -> str:
    """Return the side that a title speaks to, empty where it says neither or both."""
    words = words_of(title)
    found = [side for side, phrases in ANSWERS["sides"].items() if heaviest(phrases, words)]
    return found[0] if len(found) == 1 else ""
