"""Every column of a table taken for something, with why, how sure, and three of its answers."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.cohort.ids import plain_address
from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.files.grid import Grid
from matcher.intake.presets import IGNORE, SUBMITTED, Preset
from matcher.intake.proposals.evidence import CellEvidence, is_yes_no, meaning_of
from matcher.intake.proposals.likeness import (
    QUESTIONS,
    Guess,
    Sureness,
    described,
    guesses,
    is_safety,
)
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.text import fold, fold_heading, shown_title

OF_ONE_SIDE = frozenset({"contexts", "purposes", "benefits", "knowing", "expertise"})
"""Lists that say what is needed where mentees answer and what is offered where mentors do."""
SHARED = frozenset({"avoid", "expertise", "languages", "modes", "availability", "contexts"})
"""Lists that several questions may fill together."""
SAMPLES = 3

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


@dataclass(frozen=True)
class _Question:
    """Columns of the grid that are one question."""

    title: str
    positions: tuple[int, ...]
    options: tuple[str, ...] = ()


def proposed_columns(
    grid: Grid,
    preset: Preset,
    *,
    people: Collection[str] = (),
    settled: Mapping[str, str] | None = None,
    alike: Alike | None = None,
) -> list[ColumnProposal]:
    """Return what every column of a table of people is taken for.

    Parameters
    ----------
    grid, preset
        The raw table and the form tool that it comes from.
    people
        Folded names and addresses of the whole cohort.
    settled
        Targets by folded title that somebody stated or answered; they stand.
    alike
        A model of sentences, for questions that no phrase fits.
    """
    questions = list(_questions(grid))
    evidence = [_evidence(grid, question, people) for question in questions]
    sides = _sides(grid, questions, evidence)
    judged = [
        _judged(question, column, side, grid, preset=preset, settled=settled or {}, alike=alike)
        for question, column, side in zip(questions, evidence, sides, strict=True)
    ]
    return _assigned(judged, grid.table)


def people_in(grids: Sequence[Grid]) -> frozenset[str]:
    """Return folded names and addresses of the people whom tables list."""
    found: set[str] = set()
    for grid in grids:
        for question in _questions(grid):
            column = _evidence(grid, question, ())
            best = next(iter(guesses(question.title, column)), None)
            if best and best.target in ("name", "email") and not question.options:
                found |= {fold(text) for text in column.counts}
    return frozenset(found)


_OPTION = (
    re.compile(r"^(?P<stem>.*?)\s*\[(?P<option>[^\[\]]+)\]$"),
    re.compile(r"^(?P<stem>.*?)\s*\(choice=(?P<option>.+)\)$"),
    re.compile(r"^(?P<stem>.+?)___(?P<option>\w+)$"),
    re.compile(r"^(?P<stem>.+?\S)/(?P<option>[^/]+)$"),
    re.compile(r"^(?P<stem>.+?)\s+[-\u2013\u2014:>|]\s+(?P<option>.+)$"),
)
"""How form tools write the option of a question into a title."""


def _questions(grid: Grid) -> Iterator[_Question]:
    """Yield the questions of a table; a grid's columns, one an option, are one question."""
    asked = grid.questions or grid.titles
    split = [_split(title) for title in asked]
    seen: set[str] = set()
    for position, (title, (stem, _)) in enumerate(zip(asked, split, strict=True)):
        members = tuple(k for k, (other, _) in enumerate(split) if other == stem)
        is_ticked = all(_is_option(grid, k, split[k][1]) for k in members)
        if not stem or len(members) < 2 or not is_ticked:
            yield _Question(title, (position,))
        elif stem not in seen:
            seen.add(stem)
            yield _Question(stem, members, tuple(split[k][1] for k in members))


def _split(title: str) -> tuple[str, str]:
    """Return stem and option of a title, "" for a title without an option."""
    plain = " ".join(title.split())
    found = next((m for pattern in _OPTION if (m := pattern.fullmatch(plain))), None)
    return (found["stem"], found["option"]) if found else ("", plain)


def _is_option(grid: Grid, position: int, option: str) -> bool:
    """Whether the cells of a column only tick its option."""
    texts = {str(text) for text in grid.columns[position] if text}
    return all(fold(text) == fold(option) or is_yes_no(text) or len(text) <= 14 for text in texts)


def _evidence(grid: Grid, question: _Question, people: Collection[str]) -> CellEvidence:
    if not question.options:
        texts = Counter(str(text) for text in grid.columns[question.positions[0]] if text.strip())
        return CellEvidence(texts, len(grid.rows), people)
    ticked = Counter[str]()
    counts = Counter[str]()
    for position, option in zip(question.positions, question.options, strict=True):
        cells = [str(text) for text in grid.columns[position] if text]
        ticked[option] = sum(meaning_of(text, "consent") != "no" and text != "0" for text in cells)
        counts.update(cells)
    return CellEvidence(counts, len(grid.rows), people, ticked)


def _sides(
    grid: Grid, questions: Sequence[_Question], evidence: Sequence[CellEvidence]
) -> list[str]:
    """Return for each question who alone answers it: mentees, mentors, or "" for both."""
    if grid.table != SIGNUPS.name:
        return [grid.table if table_spec(grid.table).is_people else ""] * len(questions)
    roles = _roles(grid, questions, evidence)
    if roles is None:
        return [""] * len(questions)
    return [_side(grid, question, *roles) for question in questions]


def _roles(
    grid: Grid, questions: Sequence[_Question], evidence: Sequence[CellEvidence]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return who is only a mentee and who only a mentor, None where no column says so."""
    for question, column in zip(questions, evidence, strict=True):
        best = next(iter(guesses(question.title, column)), None)
        if best and best.target == "role" and best.sureness is not Sureness.ASKED:
            meant = {text: meaning_of(text, "role") for text in column.counts}
            roles = [meant.get(str(text)) for text in grid.columns[question.positions[0]]]
            found = np.array(roles, dtype=object)
            return found == "mentee", found == "mentor"
    return None


def _side(
    grid: Grid, question: _Question, mentees: NDArray[np.bool_], mentors: NDArray[np.bool_]
) -> str:
    filled = np.zeros(len(grid.rows), dtype=bool)
    for position in question.positions:
        filled |= grid.columns[position] != ""
    shares = [float(filled[who].mean()) if who.any() else 0.0 for who in (mentees, mentors)]
    if max(shares) < 0.1 or min(shares) > 0.1 * max(shares):
        return ""
    return "mentees" if shares[0] > shares[1] else "mentors"


def _judged(
    question: _Question,
    column: CellEvidence,
    side: str,
    grid: Grid,
    *,
    preset: Preset,
    settled: Mapping[str, str],
    alike: Alike | None,
) -> tuple[ColumnProposal, list[Guess]]:
    """Return a question without a target yet, and what it may be."""
    titles = tuple(grid.titles[position] for position in question.positions)
    samples = tuple(text for text, _ in column.items.most_common(SAMPLES))
    proposal = ColumnProposal(
        question.title, None, Sureness.ASKED, "", samples, column, titles, side=side
    )
    stated = next((settled[fold_heading(t)] for t in titles if fold_heading(t) in settled), None)
    if stated is not None:
        return proposal, [Guess(stated, 1e6, Sureness.STATED, "stated")]
    own = preset.own_target(titles[0])
    known = guesses(question.title, column)
    if own and (own in (IGNORE, SUBMITTED) or column.counts):
        better = [guess for guess in known if guess.target in ("name.1", "name.2")]
        why = f"{preset.label or preset.name}'s own column"
        return proposal, [*better, Guess(own, 1e5, Sureness.STATED, why)]
    if not known and alike is not None and column.telling:
        near = alike(question.title)
        return proposal, [near] if near and _may_be(near.target, column) else []
    return proposal, known


def _may_be(target: str, column: CellEvidence) -> bool:
    return not is_safety(target) and column.fits(QUESTIONS[target]["cells"]) >= 0.5


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
        possible = [g for g in known if _is_of(g.target, spec.name)]
        done[k] = _given(proposal, possible, taken)
        target = done[k].target
        if target:
            taken.setdefault(_slot(target, proposal.side), done[k])
    return _sided([done[k] for k in range(len(judged))], table)


def _best_score(known: Sequence[Guess]) -> float:
    return known[0].score if known else 0.0


def _is_of(target: str, table: str) -> bool:
    """Whether a table can have a target: capacity is nothing that mentees are asked."""
    special = (IGNORE, SUBMITTED, "wish", "name.1", "name.2", "consent")
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
        rival = taken.get(_slot(guess.target, proposal.side))
        free = guess.target in (IGNORE, *SHARED) or guess.target.startswith("preferences")
        if rival is None or free or guess.sureness is Sureness.STATED:
            return replace(proposal, target=guess.target, sureness=guess.sureness, why=guess.why)
        if is_safety(guess.target):
            why = f"{shown_title(rival.title)} is taken for {described(guess.target)} already"
            return replace(proposal, why=why, perhaps=guess.target)
    first = known[0].target
    rival = taken[_slot(first, proposal.side)]
    why = f"{described(first)} is read from {shown_title(rival.title)}"
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=why)


def _unknown(proposal: ColumnProposal) -> ColumnProposal:
    """Return a question that no phrase fits: asked where it may bear on safety, else left out."""
    column = proposal.evidence
    names = column.share(lambda text: fold(text) in column.people or bool(plain_address(text)))
    if names >= 0.3 or _speaks_of_safety(proposal.title):
        why = "its answers name people" if names >= 0.3 else "its title may bear on safety"
        return replace(proposal, why=why)
    why = "nothing in its title or answers says what it is"
    return replace(proposal, target=IGNORE, sureness=Sureness.LIKELY, why=why)


def _speaks_of_safety(title: str) -> bool:
    words = words_of(title)
    hints = [*QUESTIONS["avoid"]["perhaps"], *QUESTIONS["line_manager"]["sure"]]
    return bool(heaviest(hints, words))


def _sided(columns: list[ColumnProposal], table: str) -> list[ColumnProposal]:
    """Name the side of lists of which one form asks each side its own question."""
    if table != SIGNUPS.name:
        return columns
    return [
        replace(column, target=f"{column.side}.{column.target}")
        if column.target in OF_ONE_SIDE and column.side
        else column
        for column in columns
    ]
