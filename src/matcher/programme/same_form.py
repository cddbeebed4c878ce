"""Whether a second file is of the form that a first one is of, and what holds of both."""

import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config, dump_config
from matcher.config.edited import KeyOf, flat_values, with_keys
from matcher.config.sections import OwnFacets
from matcher.intake.config_columns import CATCH_ALL
from matcher.intake.files.grid import Grid
from matcher.intake.files.source_files import Shelf
from matcher.intake.option_columns import OptionTitles
from matcher.intake.proposals.which_table import tables_at
from matcher.text import fold, fold_heading
from matcher.vocabulary import IGNORE


def said_otherwise(first: Config, place: str | Path) -> dict[KeyOf, str | None] | None:
    """Return what of a first intake's config does not hold of another file of its form.

    Parameters
    ----------
    first
        How the first intake is read.
    place
        The second one.

    Returns
    -------
    dict or None
        By path what is said in its place: the files of tables in a folder, else nothing: titles
        that are not there, tables of no people, answers to questions. None where it is another
        form, which lacks a question that the first one asked people.
    """
    text = dump_config(first)
    stated = {name: own.model_copy(update={"file": ""}) for name, own in first.tables.items()}
    tables = tables_at(place, stated, Shelf()).tables
    said = flat_values(text)
    questions = {fold_heading(path[-1]) for path in said if path[0] == "columns"}
    titles = {t for layout in tables.values() for t in _asked_in(layout.grid, questions)}
    links = {name for name, spec in TABLES.items() if not spec.is_people}
    of_links = [path for path in said if path[0] in ("columns", "tables") and path[1] in links]
    asked = {path: said[path] for path in said.keys() - {*of_links} if path[0] == "columns"}
    gone = [path for path in asked if fold_heading(path[-1]) not in titles]
    if not asked or any(asked[path] != IGNORE for path in gone):
        return None
    files: dict[KeyOf, str | None] = {("tables", name, "file"): None for name in first.tables}
    if Path(place).is_dir():
        files |= {("tables", n, "file"): it.spot.path.name for n, it in tables.items()}
    left_out = dict.fromkeys([*gone, *(("resolve", key) for key in first.resolve)])
    return {**files, **left_out, **dict.fromkeys(of_links)}


def _asked_in(grid: Grid, questions: Collection[str]) -> Iterator[str]:
    """Yield the titles of a table, folded, and of `questions` those whose options are columns."""
    yield from grid.folded_titles
    options = OptionTitles(grid)
    for position in range(len(grid.titles)):
        if found := options.under(position, questions):
            yield found[0]


def config_of_same_form(first: Config, place: str | Path) -> Config | None:
    """Return a first intake's config for another file of its form, None where it is none."""
    otherwise = said_otherwise(first, place)
    if otherwise is None:
        return None
    return Config.model_validate(tomllib.loads(with_keys(dump_config(first), otherwise)))


def further_options(own: OwnFacets, second: Config, said: Collection[str]) -> list[str]:
    """Return the options of a second form that a question of the first has not.

    Of those among `said`, folded: what people answered.
    """
    new = {*said} - {fold(option) for option in own.options}
    asked = (group for group in second.facets.values() if {*group.columns} & {*own.columns})
    return [option for group in asked for option in group.options if fold(option) in new]


def in_words_of(first: Config, second: Config) -> Config:
    """Return a second form's config with the options that the first one's questions have.

    An option is itself, whatever the second config took its words for; other words of the second
    form that were taken for the vocabulary's, and these, are options beside it. What a second form
    has options of its own for stays.
    """
    stated = {column for own in second.facets.values() for column in own.columns}
    facets = {
        name: own
        for name, own in first.facets.items()
        if name not in second.facets and stated.isdisjoint(own.columns)
    }
    answers = dict(second.answers)
    for name, own in facets.items():
        words = {fold(option): option for option in own.options}
        listed = (SIGNUPS.by_name[c].choices for c in own.columns if c in SIGNUPS.by_name)
        vocabulary = {str(choice): str(choice) for choices in listed for choice in choices}
        for column in (c for c in answers if c.rpartition(".")[2] in own.columns):
            said = answers[column]
            strange = [w for w, m in said.items() if m in vocabulary and fold(m) not in words]
            answers[column] = {word: said[word] for word in said if word not in strange}
            words |= {fold(w): w for w in strange if w != CATCH_ALL and fold(w) not in words}
        facets[name] = own.model_copy(update={"options": (*(vocabulary | words).values(),)})
    return second.model_copy(update={"facets": {**second.facets, **facets}, "answers": answers})
