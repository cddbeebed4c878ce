"""A table as a form: its questions, the answers of each, and which side answers it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Cells, Floats
from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.intake.cells.lists import literal_items
from matcher.intake.cells.marks import boxes_in, is_mark, is_no_tick, is_tick, repeats_option
from matcher.intake.cells.slots import is_day, slots_meant
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import bare_option
from matcher.intake.proposals.asked_columns import AskedColumns, asked_columns
from matcher.intake.proposals.column_cells import CellEvidence, filled_counts
from matcher.intake.proposals.option_kinds import by_options, options_alone
from matcher.intake.proposals.roles_said import role_of, side_in
from matcher.intake.proposals.title_guesses import OF_ONE_SIDE, Guess, Sureness, guesses, is_safety
from matcher.text import fold, fold_heading, fold_plain
from matcher.vocabulary import IGNORE


@dataclass(frozen=True)
class FormQuestion:
    """Columns of a table that are one question of the form."""

    title: str
    """Without the option where a grid gives each option a column."""
    titles: tuple[str, ...]
    """As the table has them: one, or one an option."""
    positions: tuple[int, ...]
    evidence: CellEvidence
    side: str = ""
    """`mentees` or `mentors` where only they answer it."""
    is_bare: bool = False
    """Whether its titles are its options, and the question itself stands nowhere."""
    part: str = ""
    """What its title says beyond what others start with too."""

    def knowing(self, people: Collection[str], options: Collection[str] = ()) -> Self:
        """Return the question with what is known of people and topics; itself if it has that."""
        evidence = self.evidence.knowing(people, options)
        return self if evidence is self.evidence else replace(self, evidence=evidence)

    @cached_property
    def guesses(self) -> list[Guess]:
        """What it may be, the likeliest first.

        In a block of questions under one heading the part of each says more than the heading,
        unless heading and part together ask about safety.
        """
        if self.is_bare:
            return options_alone(self.evidence)
        whole = guesses(self.title, self.evidence)
        if self.evidence.ticked:
            return _of_options(whole or guesses(self.part, self.evidence), self.evidence)
        if not self.part or any(is_safety(guess.target) for guess in whole[:1]):
            return whole
        parts = [g for g in guesses(self.part, self.evidence) if g.sureness is not Sureness.ASKED]
        said = [g for g in parts[:1] if not whole or g.target != whole[0].target]
        return [*(replace(guess, score=guess.score * BY_PART) for guess in said), *whole]

    @property
    def likeliest(self) -> Guess | None:
        """What it most likely is."""
        return next(iter(self.guesses), None)


def of_lists(known: list[Guess], column: CellEvidence) -> list[Guess]:
    """Return the guesses that ticked options can be: a list, of people where options are people."""
    specs = {g.target: SIGNUPS.find(g.target.rpartition(".")[2]) for g in known}
    lists = [g for g in known if g.target == IGNORE or ((spec := specs[g.target]) and spec.is_list)]
    return [guess for guess in lists if column.offers_people or not is_safety(guess.target)]


def _of_options(known: list[Guess], column: CellEvidence) -> list[Guess]:
    """Return the guesses that ticked options can be; they say more than the words of a title."""
    lists, given = of_lists(known, column), by_options(column)
    said = [guess for guess in lists if guess.target in {each.target for each in given}]
    return [*said, *given, *lists]


@dataclass(frozen=True)
class RoleSaid:
    """Which question the role is, and what its answers mean, where somebody has said so."""

    titles: Collection[str] = ()
    """Folded."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Folded answer -> role."""

    def role(self, answer: str) -> str | None:
        """Return the role of an answer, None where nothing says so; two ticked boxes are both."""
        boxes = {self.words.get(fold(box)) or role_of(box) for box in boxes_in(answer)}
        are_both = {"mentee", "mentor"} <= boxes
        return self.words.get(fold(answer)) or ("both" if are_both else role_of(answer))


ROLES = ("mentee", "mentor")
LEAST_OF_A_SIDE = 2
"""People from which those who gave one answer may be a side."""
MOSTLY_SHARED = 0.8
"""Share of people who gave an answer that others gave as well, where the answers may be roles."""
NEARLY_EVERYBODY = 0.95
"""Share of people who answer what everybody is asked: a few skip even the role."""
MOST_DIVIDED, LEAST_DIVIDED = 4, 2
"""Distinct answers that may be roles, and questions of one side that show that they are."""
BY_PART = 0.9
"""What a reading of a part counts beside one of a whole title."""


def questions_of(grid: Grid) -> list[FormQuestion]:
    """Return the questions of a table, whoever answers them."""
    return [_question(grid, columns) for columns in asked_columns(grid)]


def with_sides(
    grid: Grid,
    asked: Sequence[FormQuestion],
    people: Collection[str],
    said: RoleSaid,
    topics: Collection[str] = (),
) -> list[FormQuestion]:
    """Return questions with who answers them, and with what is known of people.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    people
        Folded names, addresses and ids of the whole cohort.
    said
        What somebody has said of its roles.
    topics
        Folded options of the programme's own topics.
    """
    asked = [each.knowing(people, topics) for each in asked]
    sides = _sides(grid, asked, said)
    return [
        each if each.side == side else replace(each, side=side)
        for each, side in zip(asked, sides, strict=True)
    ]


def _question(grid: Grid, asked: AskedColumns) -> FormQuestion:
    titles = tuple(grid.titles[position] for position in asked.positions)
    options = asked.options
    answers = [_answers(grid, position, options) for position in asked.positions]
    counts = filled_counts(text for texts in answers for text in texts)
    ticked = Counter({o: sum(map(bool, t)) for o, t in zip(options, answers, strict=False)})
    levels = _levels(answers, options)
    said = {text for texts in answers for text in texts if text}
    are_times = bool(said) and all(map(slots_meant, said.union(options)))
    if options and (are_times or all(map(is_day, options))):  # the time of a day: `Mon: at lunch`
        counts, ticked, levels = _times_of_days(grid, asked), Counter(), Counter()
    evidence = CellEvidence(counts, len(grid.rows), ticked=ticked, levels=levels)
    evidence = replace(evidence, is_ranking=len(answers) > 1 and _is_ranking(answers))
    return FormQuestion(
        asked.title, titles, asked.positions, evidence, is_bare=asked.is_bare, part=asked.part
    )


LEAST_OF_RANKERS = 5
"""People who numbered several options from whom it is no chance that no two numbers are one."""


def _is_ranking(answers: Sequence[Sequence[str]]) -> bool:
    """Whether all who number options of a grid give each a place of its own, from the first."""
    rows = ([text.strip() for text in row if text.strip()] for row in zip(*answers, strict=True))
    several = [row for row in rows if len(row) > 1]
    return len(several) >= LEAST_OF_RANKERS and all(
        "1" in row and len({*row}) == len(row) and all(map(str.isdigit, row)) for row in several
    )


def _levels(answers: Sequence[Sequence[str]], options: Sequence[str]) -> Counter[str]:
    """Return the answers of a grid that say how much an option counts, and how often each.

    What is another of its options, in the wrong column by a slip, is that one and no level.
    """
    found, named = Counter[str](), {*map(fold_plain, options)}
    for option, texts in zip(options, answers, strict=False):
        said = (t for t in texts if t and not repeats_option(bare_option(t), option))
        found.update(t for t in said if fold_plain(bare_option(t)) not in named)
    is_scale = any(text.isdigit() and text not in ("0", "1") for text in found)
    return Counter({t: n for t, n in found.items() if (is_scale and t.isdigit()) or not is_mark(t)})


def _times_of_days(grid: Grid, asked: AskedColumns) -> Counter[str]:
    """Return when on each day people are free; a tick means the day, as its own name does."""
    found = Counter[str]()
    for position, day in zip(asked.positions, asked.options, strict=True):
        for text, n in filled_counts(grid.columns[position]).items():
            is_whole = is_tick(text) or fold_plain(text) == fold_plain(day)
            for part in [day] if is_whole else _SEPARATED.split(text):
                if not is_no_tick(part) and part.strip():
                    found[day if is_whole else f"{day}: {part.strip()}"] += n
    return found


_SEPARATED = re.compile(r"[;,\n]")


def _answers(grid: Grid, position: int, options: tuple[str, ...]) -> list[str]:
    """Return the cells of a column; of a grid those that are no tick are empty."""
    texts = grid.columns[position].tolist()
    if lists := {text: _as_list(text) for text in {*texts} if text[:1] in ("[", "{")}:
        texts = [lists.get(text, text) for text in texts]
    return ["" if is_no_tick(text) else text for text in texts] if options else texts


def _as_list(text: str) -> str:
    """Return a list as a program writes it, `["a", "b"]`, as `a;b`; any other cell as it is."""
    found = literal_items(text)
    return text if found is None else ";".join(found)


def _sides(grid: Grid, asked: Sequence[FormQuestion], said: RoleSaid) -> list[str]:
    """Return for each question who alone answers it: mentees, mentors, or "" for both."""
    if grid.table != SIGNUPS.name:
        return [grid.table if table_spec(grid.table).is_people else ""] * len(asked)
    roles = _roles(grid, asked, said)
    return [_side(grid, question, roles) for question in asked]


def _roles(grid: Grid, asked: Sequence[FormQuestion], said: RoleSaid) -> NDArray[np.object_]:
    """Return the role of each row, None where no column says so: shape (rows,)."""
    stated = [q for q in asked if fold_heading(q.title) in said.titles]
    guessed = [
        question
        for question in asked
        if (best := question.likeliest)
        and best.target == "role"
        and best.sureness is not Sureness.ASKED
    ]
    for question in [*stated, *guessed][:1]:
        cells = _said(grid, question)
        meant = {text: said.role(text) for text in dict.fromkeys(map(str, cells))}
        return np.array([meant.get(str(text)) for text in cells], dtype=object)
    return _roles_by_answers(grid, asked)


def _roles_by_answers(grid: Grid, asked: Sequence[FormQuestion]) -> NDArray[np.object_]:
    """Return the role of each row by who answers what surely asks one side: shape (rows,).

    None for all where no question divides people so, or where two such titles do not agree.
    """
    surely = _asking_one_side(asked)
    for k in _dividing(grid, asked) if surely else ():
        cells, roles = _said(grid, asked[k]), np.full(len(grid.rows), None, dtype=object)
        groups = {text: cells == text for text in groups_by(Counter(cells.tolist()))}
        shares = {
            text: np.array([_filled(grid, question)[rows].mean() for question in asked])
            for text, rows in groups.items()
        }
        found = [_of_groups(shares, position) for position in surely.values()]
        meant = [
            own if role == ROLES[0] else own[::-1] for role, own in zip(surely, found, strict=True)
        ]
        if all(meant) and len(set(meant)) == 1:
            for role, text in zip(ROLES, meant[0], strict=True):
                roles[groups[text]] = role
            return roles
    return np.full(len(grid.rows), None, dtype=object)


def _of_groups(shares: Mapping[str, Floats], position: int) -> tuple[str, ...]:
    """Return who answers a question, and no other side's, and who never does; () if unclear.

    Parameters
    ----------
    shares
        By group of people the share of them that answers each question: shape (questions,).
    position
        Of the question.
    """
    most = max(share[position] for share in shares.values())
    ours = [text for text, share in shares.items() if share[position] >= MOSTLY_ANSWERED]
    theirs = [text for text, share in shares.items() if share[position] <= HARDLY_ANSWERED * most]
    if len(theirs) != 1:
        return ()
    asked = shares[theirs[0]]
    whole = asked >= NEARLY_WHOLE  # few of those of both sides may leave out what is optional
    pure = [text for text in ours if (whole & (shares[text] <= HARDLY_ANSWERED * asked)).any()]
    return (*pure, *theirs) if len(pure) == 1 else ()


MOSTLY_ANSWERED, NEARLY_WHOLE, HARDLY_ANSWERED = 0.5, 0.9, 0.1
"""Share of one side that answers what only it is asked, and what it has to answer; the other side's
comes to so much of it."""


def _asking_one_side(asked: Sequence[FormQuestion]) -> dict[str, int]:
    """Return by role the position of a question whose title surely asks that side alone."""
    found: dict[str, int] = {}
    for target, role in (("capacity", "mentor"), ("max_mentors", "mentee")):
        sure = [k for k, q in enumerate(asked) if _is_surely(q, frozenset({target}))]
        if len(sure) == 1:
            found[role] = sure[0]
    lists = [k for k, question in enumerate(asked) if _is_surely(question, OF_ONE_SIDE)]
    for k in sorted(lists, key=lambda k: asked[k].evidence.filled):
        if side := side_in(asked[k].title):
            found[side.removesuffix("s")] = k  # what most answer counts
    return found


def _is_surely(question: FormQuestion, targets: frozenset[str]) -> bool:
    best = question.likeliest
    return best is not None and best.target in targets and best.sureness is Sureness.SURE


def dividing(
    grid: Grid,
    asked: Sequence[FormQuestion],
    among: Collection[int] | None = None,
    least: int = LEAST_DIVIDED,
) -> int | None:
    """Return which question divides people into two who answer different questions, or None.

    Its answers are probably the roles, in words or codes that nothing here knows.

    Parameters
    ----------
    grid, asked
        The table and its questions.
    among
        Positions of the questions that come into question; None for all.
    least
        Questions of one side that show that what divides people is their role.

    Returns
    -------
    int or None
        Position of the question.
    """
    return next(iter(_dividing(grid, asked, among, least)), None)


def _dividing(
    grid: Grid,
    asked: Sequence[FormQuestion],
    among: Collection[int] | None = None,
    least: int = LEAST_DIVIDED,
) -> list[int]:
    """Return the questions that divide people, as :func:`dividing` does, the clearest first."""
    filled = [_filled(grid, question) for question in asked]
    found: list[tuple[int, int]] = []
    for k, question in enumerate(asked):
        if (among is not None and k not in among) or filled[k].mean() < NEARLY_EVERYBODY:
            continue
        cells = _said(grid, question)
        said = groups_by(Counter(cells.tolist()))[: len(ROLES)]
        if len(said) < len(ROLES):
            continue
        groups = [cells == text for text in said]
        ours, theirs = ([float(f[those].mean()) for f in filled] for those in groups)
        sides = [
            sum(
                b >= MOSTLY_ANSWERED and a <= HARDLY_ANSWERED * b for a, b in zip(x, y, strict=True)
            )
            for x, y in ((ours, theirs), (theirs, ours))
        ]
        if sum(sides) >= least:
            found.append((-sum(sides), k))
    return [k for _, k in sorted(found)]


def groups_by(counts: Counter[str]) -> list[str]:
    """Return the few answers that may be roles, the commonest first, none where there are many.

    What one person wrote is none: `mentor?` beside `mentor`.
    """
    shared = [text for text, n in counts.most_common() if n >= LEAST_OF_A_SIDE]
    are_most = sum(counts[text] for text in shared) >= MOSTLY_SHARED * counts.total()
    return shared if are_most and len(shared) <= MOST_DIVIDED else []


def _said(grid: Grid, question: FormQuestion) -> Cells:
    """Return what each row answers to a question, the ticked options of a grid: (rows,)."""
    if not question.evidence.ticked:
        return grid.columns[question.positions[0]]
    options = tuple(question.evidence.ticked)
    ticked = [_answers(grid, position, options) for position in question.positions]
    rows = zip(*ticked, strict=True)
    said = [";".join(o for o, text in zip(options, row, strict=False) if text) for row in rows]
    return np.array(said, dtype=object)


def _filled(grid: Grid, question: FormQuestion) -> NDArray[np.bool_]:
    """Return which rows have an answer to a question: shape (rows,)."""
    options = tuple(question.evidence.ticked)
    filled = np.zeros(len(grid.rows), dtype=bool)
    for position in question.positions:
        cells = grid.columns[position]
        filled |= (np.array(_answers(grid, position, options), object) if options else cells) != ""
    return filled


def _side(grid: Grid, question: FormQuestion, roles: NDArray[np.object_]) -> str:
    filled = _filled(grid, question)
    who = [roles == role for role in ROLES]
    if not all(those.any() for those in who):
        return ""
    shares = [float(filled[those].mean()) for those in who]
    if max(shares) < 0.1 or min(shares) > 0.1 * max(shares):
        return ""
    return f"{ROLES[shares.index(max(shares))]}s"
