"""Columns and answers of a form that nothing maps, and those that may bear on safety."""

from collections.abc import Collection, Iterator, Sequence, Set

from matcher.cohort.tables import MANAGERS
from matcher.config import Config
from matcher.config.load import COHORT_CONFIG, place_of_config
from matcher.errors import Finding
from matcher.intake.config_columns import stated_columns
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.proposals.allowed_words import allowed_words, may_bear_on_safety
from matcher.intake.proposals.asked_columns import asked_titles, is_write_in
from matcher.intake.proposals.asked_consent import TOLD_BY_CELLS
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.columns import proposed_columns
from matcher.intake.proposals.form_questions import FormQuestion, questions_of
from matcher.intake.proposals.own_names import people_in
from matcher.intake.proposals.own_numbers import numbered_by
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.render import left_out_unasked, open_words
from matcher.intake.proposals.single_texts import mentions_somebody, names_somebody
from matcher.intake.proposals.title_guesses import LEAST_NAMED
from matcher.intake.proposals.which_table import TablesFound
from matcher.intake.title_faults import unread_safety
from matcher.intake.typed_table import TypedTable
from matcher.intake.valued_tables import ReadTable
from matcher.text import count_of, fold, fold_heading, shortened, shown_title, snake
from matcher.vocabulary import IGNORE


def check_open_columns(
    sheets: Sequence[ReadTable], config: Config, place: str = "", known: TablesFound | None = None
) -> list[Finding]:
    """Report, as `matcher map` would ask about it, what nothing maps and may bear on safety.

    Left out with a mere warning, people would be matched against what they said there.

    Parameters
    ----------
    sheets
        The tables as they were written and with values.
    config
        What is stated of their columns.
    place
        Where the cohort lies: its own file says what nobody was asked about.
    known
        What was found out about the same files; None finds it out anew.

    Returns
    -------
    list of Finding
        E_UNKNOWN_COLUMN, one a column.
    """
    of_people = [sheet for sheet in sheets if sheet.mapping.spec.is_people]
    unasked = _left_out_unasked(place)
    if not unasked and not any(sheet.mapping.unused for sheet in of_people):
        return []
    if known is None or not all(known.is_of(sheet.grid) for sheet in of_people):
        asked = {sheet.grid.table: questions_of(sheet.grid) for sheet in of_people}
        grids = [(sheet.grid, asked[sheet.grid.table]) for sheet in of_people]
        numbered: Set[str] = numbered_by(grids)
        people = people_in(grids, numbered)
    else:
        asked, people = known.asked, known.people
        numbered = next(iter(known.tables.values())).numbered
    named = frozenset[str]().union(*(_named(sheet.table) for sheet in of_people))
    people = people if named <= people else people | named
    findings = []
    for sheet in of_people:
        for column in _open(sheet, asked[sheet.grid.table], people, numbered, config):
            name = sheet.mapping.spec.name
            title = next(t for t in column.titles if snake(t) in sheet.mapping.unused)
            choices = allowed_words(column, name)
            findings.append(unread_safety(name, title, str(column.why), choices))
        findings += _naming_somebody_now(sheet, people, unasked)
    return findings


def check_written_beside(sheets: Sequence[ReadTable]) -> list[Finding]:
    """Tell once a table what people wrote beside options, of which nothing is used: W_WRITE_IN."""
    findings = []
    for sheet in (sheet for sheet in sheets if sheet.mapping.spec.is_people):
        titles = zip(asked_titles(sheet.grid), sheet.grid.columns, strict=True)
        unread = (c for k, c in enumerate(titles) if k not in sheet.mapping.positions)
        texts = [(t, sum(map(bool, cells))) for t, cells in unread if is_write_in(t)]
        said = [(shown_title(title), n) for title, n in texts if n]
        if said:
            number = count_of(sum(n for _, n in said), "answer")
            message = f"what people wrote beside the options of a question is not used: {number}"
            message += f" ({shortened([title for title, _ in said])})"
            remedy = "look at it, and add what was meant to their answers"
            findings.append(Finding("W_WRITE_IN", message, remedy, sheet.mapping.spec.name))
    return findings


def _left_out_unasked(place: str) -> set[tuple[str, str]]:
    """Return the columns that `matcher map` left out without a question."""
    file = None if not place or is_database_url(place) else place_of_config(place)
    try:
        return left_out_unasked(file.read_text("utf-8")) if file and file.is_file() else set()
    except ValueError:  # not what is read with, which has been read
        return set()


def _naming_somebody_now(
    sheet: ReadTable, people: frozenset[str], unasked: Collection[tuple[str, str]]
) -> Iterator[Finding]:
    """Yield what nobody was asked about, as its answers said nothing, and names people by now."""
    table, grid = sheet.mapping.spec.name, sheet.grid
    for title, cells in zip(grid.titles, grid.columns, strict=True):
        if (table, fold_heading(title)) in unasked:
            said = CellEvidence.of(cells)
            named = said.share(
                lambda text: names_somebody(text, people) or mentions_somebody(text, people)
            )
            if named >= LEAST_NAMED:
                whom = ("avoid", *MANAGERS, "preferences.1", IGNORE)
                yield unread_safety(table, title, str(Said(Why.NAMES_PEOPLE)), whom)


def _open(
    sheet: ReadTable,
    asked: Sequence[FormQuestion],
    people: frozenset[str],
    numbered: Set[str],
    config: Config,
) -> list[ColumnProposal]:
    """Return the questions of a table that nothing maps and that may bear on safety."""
    unused, stated = sheet.mapping.unused, stated_columns(config, sheet.mapping.spec.name)
    if not unused:
        return []
    columns = proposed_columns(
        sheet.grid,
        sheet.mapping.preset,
        asked,
        people=people,
        numbered=numbered,
        settled=stated,
        role_words={fold(word): str(role) for word, role in config.answers.get("role", {}).items()},
    )
    return [
        column
        for column in columns
        if may_bear_on_safety(column)
        and any(snake(title) in unused for title in column.titles)
        and (stated or column.why.code not in TOLD_BY_CELLS)  # a table made by hand is no form
    ]


def _named(table: TypedTable) -> set[str]:
    """Return folded names and addresses of the people of a table."""
    columns = (table.frame[name].dropna() for name in ("name", "email") if name in table.frame)
    return {fold(text) for column in columns for text in column}


def check_open_words(place: str, config: Config) -> list[Finding]:
    """Tell whose answers count as nothing, or nearly, until somebody says what they mean.

    Parameters
    ----------
    place
        Where the cohort lies, whose own file may ask.
    config
        What is read with; of what another config says nothing is told.
    """
    file = None if is_database_url(place) else place_of_config(place)
    if file is None or not file.is_file():
        return []
    findings = []
    try:
        asked = open_words(file.read_text("utf-8"))
    except ValueError:  # not what is read with, which has been read
        return []
    for column, words in asked.items():
        stated = {**config.answers.get(column, {}), **config.numbers.get(column, {})}
        stated |= config.scales.get(column, {})
        open_ = [word for word in words if word in stated]
        if open_:
            shown = shortened([f"'{shown_title(word)}'" for word in open_])
            message = f"it is not said yet what some words mean as answers about {column}: {shown}"
            remedy = f"write it where {COHORT_CONFIG} asks: look for QUESTION"
            findings.append(Finding("W_QUESTION", message, remedy))
    return findings
