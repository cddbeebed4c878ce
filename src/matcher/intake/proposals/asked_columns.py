"""Which columns of a table are one question: grids with a column an option, in all their shapes."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.intake.cells.marks import (
    is_mark,
    is_other,
    is_tick,
    rank_of,
    repeats_option,
    step_of,
    without_rank,
)
from matcher.intake.cells.slots import is_day, slots_meant
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import (
    OptionTitles,
    are_steps,
    bare_option,
    joined_parts,
    marked_parts,
    shared_start,
)
from matcher.intake.proposals.column_cells import CellEvidence, filled_counts
from matcher.intake.proposals.option_kinds import option_kind, parted
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.single_texts import is_yes_no, meaning_of
from matcher.intake.proposals.title_guesses import (
    IDENTITY,
    IN_OUR_WORDS,
    OF_ONE_SIDE,
    Sureness,
    guesses,
    is_safety,
    role_asked,
)
from matcher.text import fold, fold_heading, fold_plain
from matcher.vocabulary import is_protected

MOST_LEVELS = 7
"""Distinct answers of a grid that may say how much an option counts."""
LEAST_OF_TICKS = 3
"""Cells of a column of ticks for each one that slipped into it."""
LONGEST_OPTION = 8
"""Words of a title that may be an option and nothing else."""
_WRITTEN = re.compile(r"\b[Tt]ext\W*$|\w_(?:other|autre|otro|outro|altro|andere|sonstiges)$")
"""End of the title below which people write beside an option."""
_RATING = re.compile(r"(?:[0-9]|10)(?: ?[-(=:\u2013] ?\D{1,40})?")
"""How much an option counts, in figures: `3`, `1 (not at all)`."""
MOST_WORDS_OF_OTHER = 5
"""Words of an option `Other (please specify)`; a longer one is a question that starts so."""

_Parts = tuple[str, str]
"""Question and option of a title."""


@dataclass(frozen=True)
class AskedColumns:
    """Columns that are one question of a form."""

    title: str
    """Without the option where a grid gives each option a column."""
    positions: tuple[int, ...]
    options: tuple[str, ...] = ()
    """What each column stands for; none where one column is the question."""
    is_bare: bool = False
    """Whether the titles are the options alone, and the question stands nowhere."""
    part: str = ""
    """What a title says beyond what others start with too: `Contact: phone`, `Contact: name`."""


def asked_columns(grid: Grid) -> list[AskedColumns]:
    """Return the questions of a table in order of their first columns."""
    titles = asked_titles(grid)
    parts = _parts(grid, titles)
    found: dict[int, AskedColumns] = {}
    for stem in dict.fromkeys(fold_heading(question) for question, _ in filter(None, parts)):
        of_stem = [k for k, part in enumerate(parts) if part and fold_heading(part[0]) == stem]
        members = _ticking(grid, of_stem, parts)
        asked = [k for k in of_stem if not _is_written(_option(parts, k))]
        is_mixed = len(members) < len(asked)
        members = _without_decisions(grid, members, parts, is_mixed=is_mixed)
        if len(members) >= max(2, len(asked) / 2):
            options = tuple(_option(parts, k) for k in members)
            stem = _stem(parts, members[0])
            end = stem.rpartition("/")[2]  # of a path
            found[members[0]] = AskedColumns(stem, tuple(members), options, part=end)
    taken = {k for asked in found.values() for k in asked.positions}
    for run in _bare_runs(grid, [k for k in range(len(titles)) if k not in taken]):
        for part in _questions_in(run, titles):
            start = shared_start([titles[k].strip() for k in part])
            options = tuple(titles[k].strip().removeprefix(start) for k in part)
            title = start.strip("_") or ", ".join(options[:3])
            found[part[0]] = AskedColumns(title, tuple(part), options, is_bare=True)
            taken |= set(part)
    if pair := _role_by_role(grid, [k for k in range(len(titles)) if k not in taken]):
        options = tuple(titles[k].strip() for k in pair)
        found[pair[0]] = AskedColumns(" / ".join(options), pair, options, is_bare=True)
        taken |= {*pair}
    alone = [k for k in range(len(titles)) if k not in taken]
    found |= {k: AskedColumns(titles[k], (k,), part=_option(parts, k)) for k in alone}
    return [found[k] for k in sorted(found)]


def asked_titles(grid: Grid) -> tuple[str, ...]:
    """Return the titles in which questions stand: in full, where a tool writes them below."""
    return grid.titles if grid.options else grid.questions or grid.titles


def _option(parts: Sequence[_Parts | None], position: int) -> str:
    part = parts[position]
    return part[1] if part else ""


def _stem(parts: Sequence[_Parts | None], position: int) -> str:
    part = parts[position]
    return part[0] if part else ""


def _parts(grid: Grid, titles: Sequence[str]) -> list[_Parts | None]:
    """Return question and option of each title, None where it is a question by itself.

    Where a title has several joints, the first parts question and option (the last of a path with
    slashes), unless what stands between them is a question of its own: then each has the same
    options, as tables of a form that ask two things side by side.
    """
    explained = OptionTitles(grid)
    readings = [list(_readings(grid, k, title, explained)) for k, title in enumerate(titles)]
    shared = Counter(fold_heading(q) for several in readings for q, _ in several)
    known = [
        [part for part in several if shared[fold_heading(part[0])] > 1] for several in readings
    ]
    outer = [several[-1] if several else None for several in known]
    inner = [several[0] if several else None for several in known]
    beside = _side_by_side(outer, inner)
    chosen = [i if k in beside else o for k, (o, i) in enumerate(zip(outer, inner, strict=True))]
    return [(part[0].strip(), bare_option(part[1])) if part else None for part in chosen]


def _readings(grid: Grid, position: int, title: str, titles: OptionTitles) -> Iterator[_Parts]:
    """Yield every reading of a title as question and option, the longest question first."""
    if grid.options:
        if grid.options[position]:
            yield grid.questions[position], grid.options[position]
        return
    plain = " ".join(title.split())
    if marked := marked_parts(plain) or titles.explained(position):
        yield marked
        return
    marks = [plain[len(question)] for question, _ in joined_parts(plain)]
    for k, reading in enumerate(joined_parts(plain)):
        is_path = marks[k] == "/" and "/" in marks[:k]  # what stands before names a group
        if marks[k] != "." and not is_path:
            yield reading


def _side_by_side(outer: Sequence[_Parts | None], inner: Sequence[_Parts | None]) -> frozenset[int]:
    """Return the positions of titles whose longer question has the options of another one."""
    options: dict[tuple[str, str], list[str]] = {}
    places: dict[tuple[str, str], list[int]] = {}
    for k, (whole, part) in enumerate(zip(outer, inner, strict=True)):
        if whole and part and whole != part:
            key = (fold_heading(whole[0]), fold_heading(part[0]))
            options.setdefault(key, []).append(fold(part[1]))
            places.setdefault(key, []).append(k)
    alike = Counter((stem, tuple(sorted(found))) for (stem, _), found in options.items())
    return frozenset(
        k
        for key, found in options.items()
        if len(found) > 1 and alike[key[0], tuple(sorted(found))] > 1
        for k in places[key]
    )


def is_write_in(title: str) -> bool:
    """Whether below a title people write what they miss among the options of a question."""
    marked = marked_parts(title)
    parts = [marked] if marked else joined_parts(title)
    return _WRITTEN.search(title) is not None or any(_is_written(option) for _, option in parts)


def _is_written(option: str) -> bool:
    """Whether below an option people write an answer of their own."""
    is_short = len(option.split()) <= MOST_WORDS_OF_OTHER
    return (is_short and is_other(option)) or _WRITTEN.search(option) is not None


def _texts(column: Cells) -> list[str]:
    return [str(text) for text in pd.unique(column) if text]


def _ticking(grid: Grid, positions: Sequence[int], parts: Sequence[_Parts | None]) -> list[int]:
    """Return those columns of a stem whose cells say only whether, how much or when.

    A cell that slipped into a column of ticks, such as another option, makes no question of it.
    """
    positions = [
        k
        for k in positions
        if not (_is_written(_option(parts, k)) or _holds_choice(grid, k, _option(parts, k)))
    ]
    named = {fold(_option(parts, k)) for k in positions}
    said = {k: _beyond_ticks(grid.columns[k], _option(parts, k)) - named for k in positions}
    shared = Counter(text for texts in said.values() for text in texts)
    recurring = {text for text, n in shared.items() if n > 1}
    is_scale = len(shared) <= MOST_LEVELS and 2 * len(recurring) >= len(shared)
    levels = set(shared) if is_scale else recurring if len(recurring) <= MOST_LEVELS else set()
    is_rated = all(_RATING.fullmatch(text) for text in shared)
    levels |= {text for text in shared if is_rated or step_of(text) is not None}
    others = {k for k in positions if _is_own_question(grid, k, _option(parts, k))}
    ticked = [k for k in positions if said[k] <= levels and k not in others]
    slipped = {k for k in positions if k not in others and _is_mostly_ticked(grid, k, said[k])}
    is_grid = len(ticked) >= max(2, len(slipped - {*ticked}) + 1)
    return [
        k
        for k in positions
        if is_day(_option(parts, k))
        or (slots_meant(_option(parts, k)) and all(map(slots_meant, _texts(grid.columns[k]))))
        or k in ticked
        or (is_grid and k in slipped)
    ]


def _is_mostly_ticked(grid: Grid, position: int, beyond: Set[str]) -> bool:
    """Whether most cells of a column that holds any are ticks, and a few beside say more."""
    cells = filled_counts(grid.columns[position])
    slips = sum(n for text, n in cells.items() if fold(text) in beyond)
    return LEAST_OF_TICKS * slips < cells.total()


def _holds_choice(grid: Grid, position: int, option: str) -> bool:
    """Whether what looks like an option is a place in a ranking, and the cells hold the options."""
    return rank_of(option) is not None and not all(map(is_mark, _texts(grid.columns[position])))


MOST_WORDS_OF_TOPIC = 3
"""Words of an option that is answered by yes and no; a longer one may be a question itself."""


def _without_decisions(
    grid: Grid, members: list[int], parts: Sequence[_Parts | None], *, is_mixed: bool
) -> list[int]:
    """Return the options of a stem without those that are questions of yes and no by themselves.

    Under the title of a group that holds other questions too each is one, else a sentence and what
    may bear on safety; none where the title asks for a list, or another one has the same options.
    """
    decided = [k for k in members if _is_yes_and_no(grid.columns[k])]
    shared = Counter(fold(part[1]) for part in parts if part)
    if all(shared[fold(_option(parts, k))] > 1 or option_kind(_option(parts, k)) for k in decided):
        return members
    ticked = Counter(_option(parts, k) for k in members)
    asked_for = guesses(
        _stem(parts, members[0]), CellEvidence(ticked, len(grid.rows), ticked=ticked)
    )
    if any(guess.target in LISTS for guess in asked_for):
        return members
    own = [k for k in decided if is_mixed or _may_decide(grid, k, _option(parts, k))]
    return [k for k in members if k not in own]


LISTS = OF_ONE_SIDE | IN_OUR_WORDS | {"languages"}


def _is_yes_and_no(column: Cells) -> bool:
    """Whether the cells of a column are a yes and a no, each in a word."""
    return {meaning_of(text, "consent") for text in _texts(column)} == {"yes", "no"}


def _may_decide(grid: Grid, position: int, option: str) -> bool:
    known = guesses(option, CellEvidence.of(grid.columns[position]))
    is_sentence = len(option.split()) > MOST_WORDS_OF_TOPIC or option.endswith("?")
    return is_sentence or any(is_safety(guess.target) for guess in known)


def _beyond_ticks(column: Cells, option: str) -> set[str]:
    """Return the answers of a column that are neither marks nor its option."""
    said = [t for t in _texts(column) if not is_mark(t)]
    return {fold(text) for text in said if not repeats_option(bare_option(text), option)}


def _is_own_question(grid: Grid, position: int, option: str) -> bool:
    """Whether what looks like an option is a question on people by itself: `contact/role`."""
    if marked_parts(asked_titles(grid)[position]) and not grid.options:
        return False
    found = guesses(option, CellEvidence.of(grid.columns[position]))[:1]
    return any(
        guess.sureness is not Sureness.ASKED
        and (guess.target in IDENTITY or is_safety(guess.target))
        for guess in found
    )


def _role_by_role(grid: Grid, positions: Sequence[int]) -> tuple[int, ...]:
    """Return the two questions that ask of each role, by yes and no, whether somebody takes it.

    Nearly everybody takes one, and nobody is asked in another way which.
    """
    asked = {k: role for k in positions if (role := role_asked(grid.titles[k]))}
    said = {k: filled_counts(grid.columns[k]) for k in asked}
    pair = tuple(k for k in asked if said[k] and all(map(is_yes_no, said[k])))
    if sorted(asked[k] for k in pair) != ["mentee", "mentor"]:
        return ()
    takes = np.array([[is_tick(text) for text in grid.columns[k]] for k in pair])
    texts = (filled_counts(grid.columns[k]) for k in positions)
    is_elsewhere = any(len({*map(role_of, each)} - {None}) > 1 for each in texts)
    return () if is_elsewhere or takes.any(axis=0).mean() < LEAST_TAKING else pair


LEAST_TAKING = 0.9
"""Share of people who take a role where two questions tell both."""


def _bare_runs(grid: Grid, positions: Sequence[int]) -> Iterator[list[int]]:
    """Yield neighbours whose titles are options: days, what stands in their cells, or ticked."""
    kinds = _with_unanswered(grid, {k: _bare_kind(grid, k) for k in positions})
    runs = groupby(positions, key=lambda k: (kinds[k], k - positions.index(k)) if kinds[k] else k)
    for _, run in runs:
        members = list(run)
        least = LEAST_IN_RUN.get(kinds[members[0]], len(grid.titles))
        are_kinds = all(option_kind(grid.titles[k].strip()) for k in members)
        if len(members) >= least - (least < len(grid.titles) and are_kinds):
            yield members
    yield from _step_runs(grid, [k for k in positions if not kinds[k]])


def _with_unanswered(grid: Grid, kinds: Mapping[int, str]) -> dict[int, str]:
    """Return the kinds of columns; what nobody ticked is an option as those beside it are.

    Of both sides, or of one whose title is a day, a language or a way of meeting as its own is.
    """
    found, answered = dict(kinds), [k for k in kinds if np.any(grid.columns[k] != "")]
    for k in kinds.keys() - {*answered}:
        before, after = [n for n in answered if n < k], [n for n in answered if n > k]
        beside = (*before[-1:], *after[:1])
        own = option_kind(grid.titles[k])
        alike = [kinds[n] for n in beside if own and option_kind(grid.titles[n]) == own]
        is_between = len({kinds[n] for n in beside}) == 1 < len(beside)
        is_option = is_between and _may_be_option(grid.titles[k]) and _is_unknown(grid, k)
        found[k] = next(filter(None, alike), kinds[beside[0]] if is_option else "")
    return found


LEAST_IN_RUN = {"day": 2, "own": 2, "tick": 3}
"""Neighbours from which titles are options; one less where all are days, languages, ways."""


def _questions_in(run: Sequence[int], titles: Sequence[str]) -> Iterator[list[int]]:
    """Yield the questions in a run of options: by how their names start, else by what they are."""
    names = [titles[k].strip() for k in run]
    starts = [name.partition("_")[0] if "_" in name else "" for name in names]
    named = [[*part] for _, part in groupby(range(len(run)), lambda n: starts[n])]
    if min(map(len, named)) < LEAST_OPTIONS_NAMED:
        named = [[*range(len(run))]]
    for part in named:
        start = shared_start([names[n] for n in part])
        for places in parted([names[n].removeprefix(start) for n in part]):
            yield [run[part[n]] for n in places]


LEAST_OPTIONS_NAMED = 2
"""Neighbours whose names start alike from which they are a question: `NEED_LAW`, `NEED_TAX`."""
LEAST_STEPPED = 3
"""Neighbours with the steps of one scale from which their titles are options."""
ALIKE = 0.6
"""Share of those who answer a column or those before it who answer both: some skip a few."""


def _step_runs(grid: Grid, positions: Sequence[int]) -> Iterator[list[int]]:
    """Yield neighbours in which the same people give one step of a scale to each title."""
    runs: list[list[int]] = []
    for k in positions:
        if not _may_be_stepped(grid, k):
            continue
        if not (runs and runs[-1][-1] == k - 1 and _goes_on(grid, runs[-1], k)):
            runs.append([])
        runs[-1].append(k)
    for run in runs:
        columns = [grid.columns[k] for k in run]
        if len(run) >= LEAST_STEPPED and (are_steps(columns) or _share_words(columns)):
            yield run


def _may_be_stepped(grid: Grid, position: int) -> bool:
    """Whether a title may be an option, and its cells hold a few words that are no figures."""
    title = grid.titles[position].strip()
    texts = _texts(grid.columns[position]) if _may_be_option(title) else []
    return (
        0 < len(texts) <= MOST_LEVELS
        and without_rank(title) is None
        and not any(is_tick(text) or _RATING.fullmatch(text) for text in texts)
        and not _is_own_question(grid, position, title)
    )


def _goes_on(grid: Grid, run: Sequence[int], position: int) -> bool:
    """Whether a column stands in one block with those before it: its steps, its people."""
    steps = _words_in([grid.columns[position]])
    before = _words_in([grid.columns[k] for k in run])
    ours = grid.columns[position] != ""
    theirs = np.any([grid.columns[k] != "" for k in run], axis=0)
    is_new = fold(grid.titles[position]) not in {fold(grid.titles[k]) for k in run}
    is_alike = np.count_nonzero(ours & theirs) >= ALIKE * np.count_nonzero(ours | theirs)
    is_same = _are_few(steps | before) and len(steps & before) > 1  # each fills in a few of many
    return bool(is_new and (is_alike or is_same)) and 2 * len(steps & before) >= len(steps)


MOST_OF_ONE = 4
"""Words up to which columns that share them are one question: `seek`, `offer`, `both`."""


def _share_words(columns: Sequence[Cells]) -> bool:
    """Whether the same two words and hardly another stand in each of several columns."""
    common = set.intersection(*({*_words_in([column])} for column in columns))
    return _are_few(_words_in(columns)) and len(common) > 1


def _are_few(words: Collection[str]) -> bool:
    return len(words) <= MOST_OF_ONE and not any(map(is_yes_no, words))


def _words_in(columns: Iterable[Cells]) -> set[str]:
    return {fold(text) for column in columns for text in _texts(column)}


def _may_be_option(title: str) -> bool:
    return len(title.split()) <= LONGEST_OPTION and not title.endswith("?")


def _bare_kind(grid: Grid, position: int) -> str:
    title, texts = grid.titles[position].strip(), _texts(grid.columns[position])
    if is_day(title) and (  # `Sex` is Friday in Portuguese
        not is_protected(title) or all(is_mark(text) or slots_meant(text) for text in texts)
    ):
        return "day"
    texts = texts if _may_be_option(title) else []
    if not texts:
        return ""
    if all(fold_plain(text) == fold_plain(title) for text in texts):
        return "own"
    is_ticked = all(is_mark(text) for text in texts) and not is_other(title)
    return "tick" if is_ticked and _is_unknown(grid, position) else ""


def _is_unknown(grid: Grid, position: int) -> bool:
    """Whether nothing says what the title of a column asks for, nor that it may bear on safety."""
    known = guesses(grid.titles[position], CellEvidence.of(grid.columns[position]))
    return all(g.sureness is Sureness.ASKED and not is_safety(g.target) for g in known)
