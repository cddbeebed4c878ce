"""Whether a second file is of the form that a first one is of, and what holds of both."""

import tomllib
from pathlib import Path

from matcher.config import Config, dump_config
from matcher.config.edited import KeyOf, flat_values, with_keys
from matcher.config.sections import OwnFacets
from matcher.intake.files.table_sources import Shelf
from matcher.intake.proposals.which_table import tables_at
from matcher.text import fold, fold_heading
from matcher.vocabulary import IGNORE


def left_to_say(first: Config, place: str | Path) -> list[KeyOf] | None:
    """Return what a first intake's config says that does not hold of another file of its form.

    Parameters
    ----------
    first
        How the first intake is read.
    place
        The second one.

    Returns
    -------
    list or None
        Paths to leave out: files, titles that are not there, answers to questions; None where it
        is another form, which lacks a question that the first one asked.
    """
    text = dump_config(first)
    stated = {name: own.model_copy(update={"file": ""}) for name, own in first.tables.items()}
    tables = tables_at(place, stated, Shelf()).tables
    titles = {title for layout in tables.values() for title in layout.grid.folded_titles}
    asked = {path: value for path, value in flat_values(text).items() if path[0] == "columns"}
    gone = [path for path in asked if fold_heading(path[-1]) not in titles]
    if not asked or any(asked[path] != IGNORE for path in gone):
        return None
    files = [("tables", name, "file") for name in first.tables]
    return [*gone, *files, *(("resolve", key) for key in first.resolve)]


def config_of_same_form(first: Config, place: str | Path) -> Config | None:
    """Return a first intake's config for another file of its form, None where it is none."""
    gone = left_to_say(first, place)
    if gone is None:
        return None
    text = with_keys(dump_config(first), dict.fromkeys(gone))
    return Config.model_validate(tomllib.loads(text))


def further_options(own: OwnFacets, second: Config) -> list[str]:
    """Return the options of a second form that a question of the first has not."""
    known = {fold(option) for option in own.options}
    asked = (group for group in second.facets.values() if {*group.columns} & {*own.columns})
    return [option for group in asked for option in group.options if fold(option) not in known]
