"""What the config says of columns: those it adds, their ranges, and whether its targets exist."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import pandas as pd

from matcher.cohort.ids import named_address
from matcher.cohort.tables import SIGNUPS, TABLES, ColumnSpec, Kind, TableSpec, table_spec
from matcher.config import Config
from matcher.errors import ConfigError, Finding
from matcher.intake.presets import PRESETS, SUBMITTED
from matcher.text import did_you_mean, fold, fold_heading, misspelt, nearest, shown_title
from matcher.vocabulary import IGNORE

GROUPS_PREFIX = "groups."
"""Start of the target of a protected attribute: ``groups.ethnicity``."""

SIDE_PREFIXES = ("mentees.", "mentors.")
"""Starts of the targets of a question that a signup form asks once for each role."""


TICKED = "ticked"
"""What `[answers]` says of a word that means that the option of its column counts."""
DIRECTIONS = {"asked": "mentees", "offered": "mentors"}
"""What `[answers]` says of words of a grid that both asks for its options and offers them, such as
`Help!` beside `Ask me`, and whose options they then are."""
CATCH_ALL = "*"
"""The word of `[answers]` for every answer that nothing else maps: `missing` or `text`."""
PREFERENCES = "preferences"
"""Start of the targets of ranked choices of people: ``preferences.1`` is the first choice."""


def base_and_number(target: str) -> tuple[str, int]:
    """Return base and number of a target such as ``name.2``, 0 where it has none."""
    base, _, number = target.rpartition(".")
    is_numbered = base and number.isascii() and number.isdigit() and 0 < int(number) < 100
    return (base, int(number)) if is_numbered else (target, 0)


def is_directed(target: str, config: Config) -> bool:
    """Whether the words of a list say of each item whether somebody asks for it or offers it."""
    words = config.answers.get(target.rpartition(".")[2], {})
    return not DIRECTIONS.keys().isdisjoint(words.values())


def is_wish(column: str) -> bool:
    """Whether a column holds whom somebody wishes for: `preferences.1`, `mentees.preferences`."""
    return base_and_number(column)[0].rpartition(".")[2] == PREFERENCES


def extra_columns(config: Config) -> frozenset[str]:
    """Return the names of columns that the config uses and no table declares."""
    named = {name for feature in config.features for side in feature.columns for name in side}
    named |= _portfolio_columns(config)
    named |= {*config.eligibility.different, *config.eligibility.same, *_options(config)}
    return frozenset(
        name
        for name in named
        if "*" not in name and SIGNUPS.find(name.strip()) is None and name.strip()
    )


def _portfolio_columns(config: Config) -> set[str]:
    """Return the columns of mentors by which `[portfolio]` tells them apart."""
    seats = (name for seat in config.portfolio.seats for name in seat.columns)
    return {*config.portfolio.alike, *seats}


def stated_columns(config: Config, table: str) -> dict[str, str]:
    """Return targets by folded title that a config states for a table; its own part wins."""
    shared = {title: goal for title, goal in config.columns.items() if isinstance(goal, str)}
    own = config.columns.get(table)
    every = [*shared.items(), *(own.items() if isinstance(own, dict) else ())]
    return {fold_heading(title): target for title, target in every}


def find_spec(table: TableSpec, name: str, config: Config) -> ColumnSpec | None:
    """Return how the cells of a target are read, with the ranges of the config, or None."""
    base, number = base_and_number(name)
    is_sided = table.name == SIGNUPS.name and base.startswith(SIDE_PREFIXES)
    if table.is_people and base.partition(".")[2 if is_sided else 0] == PREFERENCES:
        return ColumnSpec(name, Kind.TEXT, "People whom somebody chose, by rank.", private=True)
    if number and table.is_people:
        whole = find_spec(table, base, config)
        return whole if whole is not None and whole.kind is Kind.TEXT else None
    side, _, rest = name.partition(".")
    if table.name == SIGNUPS.name and f"{side}." in SIDE_PREFIXES:
        found = TABLES[side].find(rest) if rest != "person_id" else None
        return replace(_fitted(found, config), name=name) if found else None
    found = table.find(name)
    if found is not None:
        return _fitted(found, config)
    is_kept = table.is_people and name in extra_columns(config)
    if is_kept and name in _options(config):
        choices = _options(config)[name]
        return ColumnSpec(name, Kind.LIST, "A question of the programme's own.", choices)
    if is_kept or (table.is_open and "." not in name):
        kind = Kind.NUMBER if name in config.scales or name in config.numbers else Kind.TEXT
        return ColumnSpec(name, kind, "A further column that the programme asks for.")
    return None


def _options(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the options of each column that holds facets of the programme's own."""
    return {name: own.options for own in config.facets.values() for name in own.columns}


def _fitted(spec: ColumnSpec, config: Config) -> ColumnSpec:
    """Return a declared column as the config has it; own facets may take the place of its words."""
    if spec.name in _options(config):
        return replace(spec, kind=Kind.LIST, choices=_options(config)[spec.name])
    if spec.name == "seniority" and config.programme.grades:
        return replace(spec, kind=Kind.CHOICE, choices=config.programme.grades)
    if spec.name == "capacity":
        is_whole = config.capacity.unit == "places"
        return replace(spec, high=config.capacity.largest, whole=is_whole)
    if spec.name.startswith("values_"):
        low, high = _values_range(config)
        return replace(spec, low=low, high=high)
    return spec


def _values_range(config: Config) -> tuple[float, float]:
    for feature in config.features:
        if feature.kind == "closeness" and feature.scale and "values_*" in feature.mentee:
            return feature.scale
    return 1.0, 5.0


def known_titles(config: Config) -> frozenset[str]:
    """Return every folded title that means something in some table under this config."""
    known = {name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name}
    presets = {config.input.preset, *(how.preset or "plain" for how in config.tables.values())}
    known |= {title for name in presets for title in PRESETS[name].own} | extra_columns(config)
    for title, target in config.columns.items():
        known |= {fold_heading(key) for key in target} if isinstance(target, dict) else set()
        known.add(fold_heading(title))
    known.add(fold_heading(config.input.id))
    return frozenset(known)


ALL_TABLES = (*TABLES.values(), SIGNUPS)


def check_feature_columns(frames: Mapping[str, pd.DataFrame], config: Config) -> list[Finding]:
    """Report columns that the config uses and the people's tables lack: they would do nothing."""
    findings = []
    for side, name, user in sorted(set(_used(config))):
        table = SIGNUPS.name if SIGNUPS.name in frames else side
        held = {column.removeprefix(f"{side}.") for column in frames[table].columns}
        if name in held or TABLES[side].find(name) is not None:
            continue
        near = misspelt(name, held)
        hint = f"; {near} looks like it" if near else ""
        message = f"{user} in the config uses a column that the table lacks{hint}"
        remedy = "add the column, map it in [columns], or correct the config"
        findings.append(Finding("E_MISSING_COLUMN", message, remedy).at(table, column=name))
    return findings


def _used(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield side, column and what uses it, for columns that no table declares."""
    extra = extra_columns(config)
    for feature in config.features:
        if feature.weight > 0:
            for side, names in zip(("mentees", "mentors"), feature.columns, strict=True):
                yield from ((side, n, f"features.{feature.name}") for n in names if n in extra)
    for name in _portfolio_columns(config) & extra:
        yield "mentors", name, "portfolio"
    for group, own in config.facets.items():
        yield "mentees", own.columns[0], f"facets.{group}"
        yield "mentors", own.columns[-1], f"facets.{group}"
    for key in ("different", "same"):
        for name in set(getattr(config.eligibility, key)) & extra:
            yield "mentees", name, f"eligibility.{key}"
            yield "mentors", name, f"eligibility.{key}"


def check_config_targets(config: Config) -> None:
    """Refuse a config that maps titles or words to what does not exist.

    Raises
    ------
    ConfigError
        E_CONFIG, everything wrong together, each with the near match.
    """
    findings = [*_check_targets(config), *_check_words(config), *_check_date_format(config)]
    if findings:
        raise ConfigError(findings)


def check_contact(config: Config) -> Iterator[Finding]:
    """Yield that whom people write to is nobody whom a mail can come from, where that is so."""
    if config.programme.contact and not named_address(config.programme.contact):
        what = "whom people write to is no address, so mails are from nobody"
        remedy = "write an address, or a name with the address in <>"
        yield Finding("W_CONTACT", what, remedy).at("config", column="programme.contact")


def _check_targets(config: Config) -> Iterator[Finding]:
    """Yield the tables of `[tables]`, and tables and targets of `[columns]`, that do not exist."""
    for name, how in config.tables.items():
        is_known = name in (*TABLES, SIGNUPS.name)
        if is_known and how.join:
            message = f"tables.{name}.join: it is a table by itself"
            yield Finding("E_CONFIG", message, "put a file that is joined under another name")
        elif not (is_known or how.join) and how.model_fields_set and how.read != "no":
            yield _no_table("tables", name)
    for title, target in config.columns.items():
        if not isinstance(target, dict):
            yield from _check_target(title, target, ALL_TABLES, config)
        elif title in (*TABLES, SIGNUPS.name):
            for key, goal in target.items():
                yield from _check_target(key, goal, (table_spec(title),), config)
        else:
            yield _no_table("columns", title)


def _no_table(part: str, name: str) -> Finding:
    names = (*TABLES, SIGNUPS.name)
    remedy = did_you_mean(misspelt(name, names)).strip() or f"choose from {', '.join(names)}"
    return Finding("E_CONFIG", f"{part}.{name} is no table", remedy)


def _check_target(
    title: str, target: str, tables: Collection[TableSpec], config: Config
) -> Iterator[Finding]:
    if _is_target(target, tables, config):
        return
    near = misspelt(target, {name for table in tables for name in table.by_name})
    remedy = did_you_mean(near).strip() or "write a canonical column, groups.x or ignore"
    message = f"columns maps {title!r} to {target!r}, which is no column"
    if target == "role" and len(tables) == 1:
        message += f" of {next(iter(tables)).name}"
        remedy = "where one file holds both sides, name it in [tables.signups] alone"
    yield Finding("E_CONFIG", message, remedy)


def _is_target(target: str, tables: Collection[TableSpec], config: Config) -> bool:
    if target in (IGNORE, SUBMITTED):
        return True
    if target.startswith(GROUPS_PREFIX):
        return len(target) > len(GROUPS_PREFIX)
    return any(
        find_spec(table, target, config) is not None
        and (table.find(target) is not None or not table.is_open or len(tables) == 1)
        for table in tables
    )


def _check_words(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with `[answers]`, `[scales]` and `[numbers]`: parts that map nothing."""
    for part in ("answers", "scales", "numbers"):
        for name in getattr(config, part):
            yield from _check_part(part, name, config)
    for name, words in config.answers.items():
        spec = _declared(name)
        choices = _fitted(spec, config).choices if spec else _options(config).get(name, ())
        special = {TICKED, *DIRECTIONS} if spec is None or spec.is_list else set()
        for word, meant in words.items() if choices else ():
            known = {*special, "text"} if word == CATCH_ALL else special
            if meant not in known:
                yield from _check_meaning(choices, name, word, meant)


def _check_part(part: str, name: str, config: Config) -> Iterator[Finding]:
    """Yield that a part is of no column, or of one whose cells it cannot map."""
    spec = _declared(name)
    if spec is None:
        known = {column for table in ALL_TABLES for column in table.by_name}
        near = None if name in extra_columns(config) else misspelt(name, known)
        if near:
            yield Finding("E_CONFIG", f"{part}.{name} is no column", f"did you mean {near}?")
    elif (spec.kind is Kind.NUMBER) == (part == "answers") and not spec.is_list:
        better = "scales or numbers" if part == "answers" else "answers"
        message = f"{part}.{name} does nothing: the column holds {spec.allowed}"
        yield Finding("E_CONFIG", message, f"move it to [{better}.{name}]")


def _declared(name: str) -> ColumnSpec | None:
    plain = name.partition(".")[2] or name
    found = (table.find(plain) for table in (SIGNUPS, *TABLES.values()))
    return next((spec for spec in found if spec is not None), None)


def _check_meaning(choices: tuple[str, ...], name: str, word: str, meant: str) -> Iterator[Finding]:
    """Yield words of the config that the vocabulary lacks."""
    known = {fold(one).replace(" ", "_") for one in choices}
    for part in meant.split(";"):
        if part.strip() not in ("", "missing") and fold(part).replace(" ", "_") not in known:
            message = f"answers.{name} maps {shown_title(word)!r} to a word that is not valid"
            hint = did_you_mean(nearest(part, choices))
            yield Finding("E_CONFIG", message, f"{hint}valid: {', '.join(choices)}")


def _check_date_format(config: Config) -> Iterator[Finding]:
    """Yield a finding for each date format of the config that cannot tell one day from another."""
    stated = {"input.date_format": config.input.date_format}
    for name, how in config.tables.items():
        stated[f"tables.{name}.date_format"] = how.date_format
        stated |= {f"tables.{name}.date_formats.{c}": f for c, f in how.date_formats.items()}
    for key, written in stated.items():
        if written and not _names_a_day(written):
            remedy = 'write day, month and year, such as "%d/%m/%Y"'
            yield Finding("E_CONFIG", f"{key} names no day", remedy)


def _names_a_day(written: str) -> bool:
    day = datetime(2024, 3, 25)
    try:
        return datetime.strptime(day.strftime(written), written) == day
    except (ValueError, re.error):  # a sign twice
        return False
