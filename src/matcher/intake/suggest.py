"""A first draft of the config for a raw export: what `matcher check --suggest` prints.

The draft is a guess from titles and from answers that recur; whatever is not sure stands in it as a
comment, so that the text is valid TOML and nothing wrong is mapped in silence.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from matcher.cohort.tables import ColumnSpec, Kind, table_spec
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake.cells.form_words import WORDS
from matcher.intake.cells.lists import split_items
from matcher.intake.files.grid import Grid
from matcher.intake.files.table_sources import open_source
from matcher.intake.headers import with_titles
from matcher.intake.mapping import map_headings
from matcher.intake.presets import PRESETS, Preset, preset_of, tool_of
from matcher.text import fold, nearest, snake
from matcher.vocabulary import is_protected

MOST_ANSWERS = 15
"""Distinct answers up to which a column counts as multiple choice; more is free text, and free
text is never repeated here."""

_NUMBERS = {
    word: number
    for number, plain in enumerate(WORDS["numbers"])
    for word in (plain, f"only {plain}", f"up to {plain}")
}
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}")


@dataclass
class _Suggestion:
    """Lines of the suggested config by part."""

    preset: str = "plain"
    id_is_email: bool = False
    date_format: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)


def suggest_config(source: str | Path, config: Config | None = None) -> str:
    """Return the text of a config that maps what the tables at `source` leave unmapped.

    Parameters
    ----------
    source
        As in :func:`matcher.read_cohort`.
    config
        What is mapped already; None for nothing.

    Raises
    ------
    InputError, StorageError
        Where no table can be read.
    """
    settings = config or Config()
    found = open_source(source, settings)
    if not found.grids:
        raise InputError(found.findings)
    draft = _Suggestion(tool_of(found.grids.values()) or settings.input.preset)
    settings = settings.model_copy(
        update={"input": settings.input.model_copy(update={"preset": draft.preset})}
    )
    for grid in found.grids.values():
        _suggest_table(draft, grid, settings)
    return _text(draft)


def _suggest_table(draft: _Suggestion, grid: Grid, config: Config) -> None:
    grid = with_titles(grid, config)
    preset, spec = preset_of(grid, config), table_spec(grid.table)
    mapping = map_headings(grid, preset, config)
    taken = set(mapping.columns)
    lines = draft.columns.setdefault(grid.table, [])
    for position, title in enumerate(grid.titles):
        asked = grid.questions[position] if grid.questions else title
        if position in mapping.positions or preset.own_target(title):
            continue
        target = _guess(asked, [c for c in spec.columns if c.name not in taken])
        if target is None or _quoted(asked) in {line.partition(" = ")[0] for line in lines}:
            lines.append(f'# {_quoted(asked)} = ""  # a column, groups.x, or ignore')
            continue
        lines.append(f"{_quoted(asked)} = {_quoted(target)}")
        column = spec.find(target)
        if column is None or not (column.is_list and asked.rstrip().endswith("]")):
            taken.add(target)  # the rows of a grid question may share one list column
        if column is not None:
            _suggest_words(draft, column, grid, position, preset)
    for name, positions in mapping.columns.items():
        column = spec.find(name)
        if column is not None:
            _suggest_words(draft, column, grid, positions[0], preset)
    if spec.is_people and "person_id" not in taken and "email" in taken:
        draft.id_is_email = True


def _guess(title: str, columns: list[ColumnSpec]) -> str | None:
    """Return the column that a question most likely asks for: the longest hint within it."""
    folded = f" {snake(title).replace('_', ' ')} "
    protected = [word for word in folded.split() if is_protected(word)]
    if is_protected(title) or protected:
        return f"groups.{(protected or [snake(title)])[0]}"
    scored = [
        (len(hint), column.name)
        for column in columns
        for hint in (*column.hints, column.name.replace("_", " "))
        if all(f" {word} " in folded or f" {word}s " in folded for word in hint.split())
    ]
    return max(scored)[1] if scored else None


def _suggest_words(
    draft: _Suggestion, column: ColumnSpec, grid: Grid, position: int, preset: Preset
) -> None:
    """Suggest what the form's words for one column mean, where they recur enough to be a choice."""
    texts = [str(text) for text in grid.columns[position] if text]
    if column.kind is Kind.DATE:
        draft.date_format = draft.date_format or _date_format(texts)
        return
    if not (column.choices or column.kind is Kind.NUMBER):
        return
    known = {fold(choice) for choice in column.choices}
    separator = preset.separator if column.is_list else "\0"
    counts = Counter(item for text in texts for item in split_items(text, separator, known))
    answers = [answer for answer in sorted(counts) if not _is_plain(answer, column)]
    if not answers or len(counts) > MOST_ANSWERS:
        return
    part = _part(column)
    lines = draft.words.setdefault(part, {})
    for answer in answers:
        meant = _meaning(answer, column)
        line = f"{_quoted(answer)} = {meant}" if meant else f"# {_quoted(answer)} ="
        lines.setdefault(answer, line)


def _part(column: ColumnSpec) -> str:
    if column.kind is not Kind.NUMBER:
        return f"answers.{column.name}"
    return (
        f"numbers.{column.name}"
        if column.whole or column.high is None
        else (f"scales.{column.name}")
    )


def _is_plain(answer: str, column: ColumnSpec) -> bool:
    """Whether an answer is read without any mapping."""
    if column.kind is Kind.NUMBER:
        return re.fullmatch(r"[+-]?[0-9.]+", answer) is not None
    return fold(answer).replace(" ", "_").replace("-", "_") in {fold(c) for c in column.choices}


def _meaning(answer: str, column: ColumnSpec) -> str | None:
    """Return what an answer probably means, as TOML, or None."""
    plain = fold(answer)
    if column.kind is not Kind.NUMBER:
        if column.name == "role":
            roles = WORDS["roles"].items()
            near = next((role for role, words in roles if re.search(words, plain)), None)
        else:
            near = _within(plain, column) or nearest(answer, column.choices, 0.75)
        return _quoted(near) if near else None
    first = re.match(r"(\d+)", plain)
    if first or column.whole or column.high is None:
        number = int(first.group(1)) if first else _NUMBERS.get(plain)
        return None if number is None else str(number)
    for step, words in enumerate(WORDS["scale"]):
        if plain in words:
            low, high = column.low or 0.0, column.high
            return f"{round(low + (high - low) * step / (len(WORDS['scale']) - 1))}"
    return None


def _within(answer: str, column: ColumnSpec) -> str | None:
    """Return the only choice of which a long word stands in the answer: `politics`, `political`."""
    found = [
        str(choice)
        for choice in column.choices
        if any(len(word) >= 6 and word[:6] in answer for word in str(choice).split("_"))
    ]
    return found[0] if len(found) == 1 else None


def _date_format(texts: list[str]) -> str:
    """Return the only format that fits all slashed dates, or nothing where both or none do."""
    pairs = [match.groups() for text in texts if (match := _DAY_FIRST.match(text))]
    if not pairs:
        return ""
    day_first = all(int(second) <= 12 for _, second in pairs)
    month_first = all(int(first) <= 12 for first, _ in pairs)
    if day_first == month_first:
        return ""
    return "%d/%m/%Y" if day_first else "%m/%d/%Y"


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(" ".join(text.split())).as_string()


def _text(draft: _Suggestion) -> str:
    lines = [
        "# Suggested by `matcher check --suggest` from titles and recurring answers.",
        "# Read every line: a guess may be wrong, and what is not sure is a comment.",
        "",
        "[input]",
        f'preset = "{draft.preset}"',
    ]
    if draft.id_is_email:
        lines.append('id = "email"')
    lines.append(
        f'date_format = "{draft.date_format}"'
        if draft.date_format
        else '# date_format = "%d/%m/%Y"  # needed if dates are not YYYY-MM-DD'
    )
    for table, columns in draft.columns.items():
        if columns:
            lines += ["", f"[columns.{table}]", *columns]
    if PRESETS[draft.preset].separator == "," and draft.words:
        lines += ["", "# An option that holds a comma itself must be written whole below."]
    for part, words in sorted(draft.words.items()):
        lines += ["", f"[{part}]", *words.values()]
    return "\n".join(lines) + "\n"
