"""What is wrong with titles: twice, absent, protected, a slip, like a known column, or unused."""

from collections.abc import Collection, Container, Iterable, Iterator, Sequence

from matcher.cohort.tables import MANAGERS, SIGNUPS, TABLES, TableSpec, table_spec
from matcher.config import Config
from matcher.config.config import WISH_COLUMNS
from matcher.errors import Finding
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import joined_parts, marked_parts
from matcher.intake.presets import tool_of
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses
from matcher.text import count_of, fold_heading, heading, listed, misspelt, shown_title, snake
from matcher.vocabulary import IGNORE, is_protected

EVERY_NAME = frozenset(name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name) - {
    "text",
    "kind",
    "date",
    "end",
    "start",
    "wave",
}


NEVER_IN_SILENCE = frozenset({"avoid", *MANAGERS, "consent", "withdrew"})
"""What is never left out with a mere warning: people would be matched against what they said."""


SAID_TWICE = frozenset({"avoid", "consent"})
"""Of these a column is never left out with a warning because another one is read."""


def judged_title(
    title: str, cells: CellEvidence, absent: Collection[str], spec: TableSpec
) -> Finding:
    """Return what a title is that nothing maps.

    Parameters
    ----------
    title, cells
        The title and the answers below it.
    absent
        Columns of the table that no title stands for.
    spec
        The table.
    """
    name, shown = snake(title), shown_title(title)
    if spec.is_people and is_protected(title):
        return protected_title(spec.name, shown)
    best = _likeliest(title, cells, absent, spec)
    is_sure = best is not None and best.sureness is Sureness.SURE
    like = best.target if best is not None and is_sure else ""
    line = f'add [columns.{spec.name}] "{shown}" ='
    said = cells.counts if best and best.target == "consent" else cells.telling  # a no is one too
    if best is not None and best.target in NEVER_IN_SILENCE and said:
        looks = "looks like" if is_sure else "may be"
        message = f"nothing maps this column, and it {looks} {described(best.target)}"
        likely, other = (
            (best.target, "ignore") if best.why.code is not Why.NOTICE else ("ignore", best.target)
        )
        remedy = f'{line} "{likely}", or "{other}" if it is something else'
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(spec.name, 1, shown)
    near = None if name in EVERY_NAME else misspelt(name, absent)
    if near and like in ("", near):
        message = f"there is no such column; it looks like {near}"
        remedy = f"rename it {near}, or map it in [columns] (to ignore, if it is something else)"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(spec.name, 1, shown)
    message = "nothing maps this column, so it is left out"
    remedy = f'{line} "{like}" if it is' if like else "map it in [columns] if it matters"
    message += f"; it looks like {like}" if like else ""
    return Finding("W_UNUSED_COLUMN", message, remedy).at(spec.name, 1, shown)


def unread_safety(table: str, title: str, why: str, choices: Sequence[str]) -> Finding:
    """Return the finding for a column that nothing maps and that may bear on safety.

    Parameters
    ----------
    table, title
        Where it is.
    why
        What `matcher map` says of it.
    choices
        What it may be.
    """
    shown = shown_title(title)
    message = f"nothing maps this column, and it may bear on who must not meet: {why}"
    remedy = f'add [columns.{table}] "{shown}" = one of {listed(choices, "or")}'
    return Finding("E_UNKNOWN_COLUMN", message, remedy).at(table, 1, shown)


def _likeliest(
    title: str, cells: CellEvidence, absent: Collection[str], spec: TableSpec
) -> Guess | None:
    """Return the absent column that title and answers most likely are those of."""
    if not spec.is_people:
        return None
    best = next(iter(guesses(title, cells)), None)
    is_open = best is not None and (best.target in absent or best.target in SAID_TWICE)
    return best if is_open else None


def protected_title(table: str, title: str) -> Finding:
    """Return the finding for a protected attribute in a table of people."""
    message = "a protected attribute must not stand among the columns that are matched on"
    remedy = (
        "map it to groups.x in [columns] (fairness audit only), or ask for it as a wish"
        " (wish_same, shared_for_matching)"
    )
    return Finding("E_PROTECTED_COLUMN", message, remedy).at(table, 1, title)


def same_title(grid: Grid, first: int, second: int) -> Finding:
    """Return the finding for two columns (by position) of one title."""
    message = f"columns {first + 1} and {second + 1} have the same title"
    finding = Finding("E_DUP_COLUMN", message, "rename or delete one")
    return finding.at(grid.table, 1, shown_title(grid.titles[second]))


def unread_number(grid: Grid, position: int, count: int) -> Finding:
    """Return the finding for the numbers of people (by position) by which answers name others."""
    shown = shown_title(grid.titles[position])
    answers = count_of(count, "answer")
    message = (
        f'{answers} of other columns name people by it, and [input] id = "email" leaves it out'
    )
    remedy = f'write [input] id = "person_id" and [columns.{grid.table}] "{shown}" = "person_id"'
    return Finding("E_UNKNOWN_COLUMN", message, remedy).at(grid.table, 1, shown)


def repeated_title(grid: Grid, positions: list[int], target: str) -> Finding:
    """Return the finding for columns (by position) that are one canonical column."""
    numbers = listed(str(position + 1) for position in positions)
    titles = listed(shown_title(grid.titles[position]) for position in positions)
    message = f"columns {numbers} ({titles}) are the same one twice"
    return Finding("E_DUP_COLUMN", message, "keep one of them").at(grid.table, 1, target)


def no_header(table: str) -> Finding:
    """Return the finding for a table whose first row looks like answers."""
    message = "no title of the first row is known"
    remedy = "add the header row, or map the titles in [columns] (matcher check --suggest)"
    return Finding("E_HEADER", message, remedy, table, 1)


def objecting_title(table: str, title: str, target: str) -> Finding:
    """Return the finding for a question of agreement in which a yes seems to say no."""
    message = "the question seems to ask who objects, so that a yes says no"
    remedy = f'say what its answers mean in {heading("answers", target)}, such as "Yes" = "no"'
    return Finding("E_CONSENT_WORDS", message, remedy).at(table, 1, shown_title(title))


def check_needed(
    grid: Grid, mapped: Container[str], unmapped: Iterable[int], config: Config
) -> list[Finding]:
    """Report needed columns that no title stands for.

    Parameters
    ----------
    grid, config
        The raw table, and what says how people are identified.
    mapped
        Names of the columns that are there.
    unmapped
        Positions of titles that nothing maps, among which the needed one may be.
    """
    spec = table_spec(grid.table)
    titles = [grid.titles[position] for position in unmapped]
    preset = config.table_input(grid.table).preset or config.input.preset
    tool = tool_of([grid]) if preset == "plain" else ""
    by_address = spec.is_people and config.input.id == "email"
    needed = ["email" if by_address and n == "person_id" else n for n in spec.required]
    findings = [_missing(spec, name, titles, tool) for name in needed if name not in mapped]
    if spec.any_of and not any(name in mapped for name in spec.any_of):
        findings.append(_missing(spec, " or ".join(spec.any_of), [], ""))
    return findings


def _missing(spec: TableSpec, name: str, titles: list[str], tool: str) -> Finding:
    """Return the finding for a needed column, with the title that looks like it."""
    near = [title for title in titles if misspelt(snake(title), [name])]
    message = "a needed column is missing"
    if near:
        message += f"; {shown_title(near[0])} looks like it"
    remedy = f"add it, or map a column to {name} in [columns]"
    if name == "person_id":
        remedy += ', or set [input] id = "email"'
    if tool:
        remedy = f'it looks like an export of {tool}: set [input] preset = "{tool}"; {remedy}'
    return Finding("E_MISSING_COLUMN", message, remedy).at(spec.name, 1, name)


def check_stated_titles(
    grids: Iterable[Grid], config: Config, joined: Iterable[str] = ()
) -> list[Finding]:
    """Report titles of `[columns]` that no table has: an error where one is nearly the same.

    Those `joined` are had by each table of people.
    """
    grids = [*grids]
    beside = {fold_heading(title) for title in joined}
    by_table = {grid.table: _titles_of(grid, config) for grid in grids}
    by_table |= {n: own | beside for n, own in by_table.items() if table_spec(n).is_people}
    everywhere = set().union(*by_table.values()) if by_table else set()
    findings = []
    for title, target in config.columns.items():
        if isinstance(target, dict):
            own = by_table.get(title, set())
            judged = (_judge_stated(key, own, title, to) for key, to in target.items())
            findings += [finding for finding in judged if finding is not None]
        elif (finding := _judge_stated(title, everywhere, "", target)) is not None:
            findings.append(finding)
    people = (grid for grid in grids if table_spec(grid.table).is_people)
    return [*findings, *(each for grid in people for each in _protected_in(grid, config))]


def _protected_in(grid: Grid, config: Config) -> Iterator[Finding]:
    """Yield the columns that the config scores and that `matcher map` knows for protected."""
    parts = (config.columns, config.columns.get(grid.table, {}))
    stated = {
        fold_heading(title): to
        for part in parts
        if isinstance(part, dict)
        for title, to in part.items()
        if isinstance(to, str)
    }
    for k, title in enumerate(grid.titles):
        target = stated.get(fold_heading(title), IGNORE)
        if target == IGNORE or target.startswith("groups.") or target in WISH_COLUMNS:
            continue
        known = guesses(title, CellEvidence.of(grid.columns[k]))[:1]
        if any(g.target.startswith("groups.") and g.sureness is Sureness.SURE for g in known):
            yield protected_title(grid.table, shown_title(title))


def _titles_of(grid: Grid, config: Config) -> set[str]:
    """Return every folded title by which the config may name columns of a table."""
    asked = grid.column(config.table_input(grid.table).question)
    rows = [] if asked is None else [str(text) for text in set(asked)]
    texts = [*grid.titles, *grid.questions, *rows]
    texts += [part for title in texts for part in title.split(". ", 1)]
    texts += [title.rpartition("/")[2] for title in texts]
    marked = [parts for title in texts if (parts := marked_parts(title))]
    joined = [parts for title in texts for parts in joined_parts(title)]
    questions = [part for parts in (*marked, *joined) for part in parts]
    return {
        fold_heading(t) for t in (*texts, *questions, *(q.rpartition("/")[2] for q in questions))
    }


def _judge_stated(title: str, present: set[str], table: str, target: str) -> Finding | None:
    folded = fold_heading(title)
    if not present or folded in present or not folded:
        return None
    near = misspelt(folded, present)
    if near:
        message = f"[columns] names it, no table has it; {shown_title(near)} looks like it"
        remedy = "write the title as the table has it"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(table, None, shown_title(title))
    message = "[columns] names it, but no table has it"
    remedy = "check the title against the export"
    if target.rpartition(".")[2] in NEVER_IN_SILENCE:
        remedy += ", or take the line out if nobody was asked"
        return Finding("E_UNKNOWN_COLUMN", message, remedy).at(table, None, shown_title(title))
    return Finding("W_ABSENT_COLUMN", message, remedy).at(table, None, shown_title(title))
