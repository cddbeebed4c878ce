"""Reading a cohort: the one entrance, and the way from raw files to checked tables.

What is wrong is collected in one `Findings` on the way, which ``stations.py`` goes, and is told
together::

    files     Grid        the text of every cell                          files/
    titles    Grid        header rows taken into the titles               headers.py, presets.py
    mapping   Mapping     which column is which                           mapping.py
    values    TypedTable  words have become values                        typed_table.py, cells/
    by hand   TypedTable  with what people have corrected since           corrections.py
    identity  TypedTable  one id and one answer a person    identity.py, resubmissions.py
    checks    Findings    of people, dates, audits and the config         checks/
    links     TypedTable  references are ids, strangers are told or gone  safety.py, links.py
    aside     TypedTable  on request, faulty rows set aside               assembly.py
    assembly  Cohort      two sides, sorted                               assembly.py
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion
from matcher.cohort.tables import PAIRS
from matcher.config import Config, load_config
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding, InputError, MatcherError, StorageError, raise_if_any
from matcher.intake import stations
from matcher.intake.checks.consent import check_consent
from matcher.intake.checks.row_checks import today_anywhere
from matcher.intake.config_columns import check_config_targets
from matcher.intake.corrections import LEFT_OUT, Correction, owners, read_corrections
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.files.grid import Grid
from matcher.intake.files.recorded import CONSENTS, MARK, recorded_grid
from matcher.intake.files.source_files import Shelf
from matcher.intake.files.sql_source import is_database_url
from matcher.intake.files.table_sources import Source, open_source
from matcher.intake.findings import Findings
from matcher.intake.members import Departed
from matcher.intake.proposals.which_table import tables_known
from matcher.intake.typed_table import TypedTable
from matcher.whereabouts import home_of


def read_cohort(
    source: str | Path,
    config: Config | str | Path | None = None,
    *,
    set_aside: bool = False,
    today: date | None = None,
    previous: str | Path | None = None,
    engagements: bytes | None = None,
    until: str = "",
    warnings: bool = False,
    shelf: Shelf | None = None,
) -> Cohort:
    """Read and check a cohort.

    Parameters
    ----------
    source
        Folder, XLSX workbook, single form export, or SQLAlchemy URL.
    config
        Config, or the path of one; None takes the cohort's own `matcher.toml` or the default.
    set_aside
        Whether people (or only their audits) with faulty rows are set aside instead of stopping.
        Faults of files, titles, rules and engagements stop either way.
    today
        Day after which no past event can lie where `[programme] as_of` is not set; None asks the
        clock.
    previous
        Run folder of the same programme. Rows that name people who took part in it and are gone
        are left out with a warning; without it they are faults.
    engagements
        Bytes of the pairs as they stood at some time, as a run keeps them; None takes those that
        lie there now, no bytes stand for no pairs.
    until
        Moment (ISO 8601, UTC) up to which recorded consents count; "" for all of them.
    warnings
        Whether what is raised tells the warnings and questions beside the faults.
    shelf
        What was read of its files before; None reads them.

    Returns
    -------
    Cohort
        With its warnings, row counts, hashes of the sources, and what was set aside.

    Raises
    ------
    InputError
        All faults of the input together.
    StorageError
        E_READ where a file or server cannot be read.
    ConfigError
        Where the config itself is wrong.
    """
    settings, day = _settings(source, config), today or today_anywhere()
    if shelf is not None and previous is None and engagements is None and not until:
        reading = _from_shelf(str(source), settings, day, shelf)
    else:
        tables = _opened(str(source), settings, engagements, shelf)
        tables.recorded = list(_known(tables.recorded, until))
        departed = Departed.of_run(previous)
        reading = stations.read_tables(
            stations.read_sheets(tables, settings), settings, day, departed
        )
    aside = stations.take_aside(reading, settings, faulty=set_aside)
    faults = reading.found.faults
    if faults:
        only_reading = all(fault.code == "E_READ" for fault in faults)
        told = reading.told() if warnings else []
        raise (StorageError if only_reading else InputError)([*faults, *told])
    return reading.cohort(aside, settings, day)


def read_people(source: str | Path, config: Config) -> list[pd.DataFrame]:
    """Return everybody whom the tables hold: also who is set aside, refused or answered twice.

    Parameters
    ----------
    source, config
        As in :func:`read_cohort`.

    Returns
    -------
    list of DataFrame
        Typed tables of people, of one side or both. `stated_id` is the id that a row itself gives,
        where two rows are one person's.

    Raises
    ------
    InputError, StorageError, ConfigError
        Where nothing can be read.
    """
    reading = _from_shelf(str(source), config, today_anywhere(), Shelf())
    before = {name: table.frame for name, table in reading.identity.superseded.items()}
    stated = reading.identity.stated
    return [
        frame.assign(stated_id=[stated.get((name, row), "") for row in frame["source_row"]])
        for frames in (reading.frames(people=True), before)
        for name, frame in frames.items()
    ]


def check_cohort(
    source: str | Path,
    config: Config | str | Path | None = None,
    *,
    today: date | None = None,
    shelf: Shelf | None = None,
) -> list[Finding]:
    """Return everything wrong with a cohort, faults first, then warnings; nothing is raised.

    Parameters
    ----------
    source, config, today
        As in :func:`read_cohort`.
    shelf
        What was read of its files before; None reads them.

    Returns
    -------
    list[Finding]
        An empty list where all is well.
    """
    try:
        settings, day = _settings(source, config), today or today_anywhere()
        reading = _from_shelf(str(source), settings, day, shelf or Shelf())
        aside = stations.take_aside(reading, settings, faulty=False)
        faults = reading.found.faults
        if not faults:
            return list(reading.cohort(aside, settings, day).findings)
    except MatcherError as error:
        return list(error.findings)
    return faults + reading.told()


def faulty_answers(
    source: str | Path, config: Config, codes: Collection[str], shelf: Shelf
) -> list[Finding]:
    """Return the faults of some codes that single answers of people have.

    Whom answers name is not looked for, and whose they are only where an answer has a fault.

    Parameters
    ----------
    source, config, shelf
        As in :func:`check_cohort`.
    codes
        Those of faults that are wanted.
    """
    try:
        check_config_targets(config)
        sheets = _sheets(str(source), config, shelf)
    except MatcherError:
        return []
    if not sheets.has_faults(codes, config):
        return []
    reading, _ = stations.identified_answers(sheets, config)
    stations.take_aside(reading, config, faulty=False)
    return [fault for fault in reading.found.faults if fault.row and fault.code in codes]


def _from_shelf(place: str, config: Config, day: date, shelf: Shelf) -> stations.CohortSoFar:
    """Return the tables of a place, read once as long as nothing that is read has changed."""

    def whole() -> stations.CohortSoFar:
        known = tables_known(place, config.tables, shelf)
        return stations.read_tables(_sheets(place, config, shelf), config, day, Departed(), known)

    if is_database_url(place):
        return whole()
    state = ("read", place, config.model_dump_json(), day, _beside(place))
    return shelf.kept(state, whole).copied()


def _sheets(place: str, config: Config, shelf: Shelf) -> stations.SheetsRead:
    """Return the tables of a place answer by answer, read as rarely."""

    def read() -> stations.SheetsRead:
        return stations.read_sheets(_opened(place, config, shelf=shelf), config)

    if is_database_url(place):
        return read()
    return shelf.kept(("sheets", place, config.model_dump_json(), _beside(place)), read)


def _beside(place: str) -> frozenset[tuple[str, int, int]]:
    """Return the state of everything at a place that may be read, and the names of the rest."""
    home = home_of(place)
    there = home.iterdir() if home.is_dir() else ()
    found = {path: path.stat() for path in there if path.exists() and path.name[0] != "."}
    is_read = {path: path.suffix != ".jsonl" or path.name == CORRECTIONS for path in found}
    return frozenset(
        (path.name, at.st_size, at.st_mtime_ns) if is_read[path] else (path.name, 0, 0)
        for path, at in found.items()
        if path.name != COHORT_CONFIG
    )


def _opened(
    place: str, config: Config, engagements: bytes | None = None, shelf: Shelf | None = None
) -> Source:
    """Return the tables at a place, with other engagements where they are given."""
    source = open_source(place, config, shelf)
    if engagements is not None:
        own = source.grids.pop(PAIRS, None)
        recorded = [grid for grid in source.recorded if grid.table == PAIRS]
        source.replaced = [*([own] if own else []), *recorded]
        source.failed.discard(PAIRS)
        source.findings = [finding for finding in source.findings if finding.table != PAIRS]
        source.recorded = [grid for grid in source.recorded if grid.table != PAIRS]
    if engagements:
        source.recorded.append(recorded_grid(PAIRS, engagements))
    return source


def _known(grids: Iterable[Grid], until: str) -> Iterator[Grid]:
    """Yield recorded consents without those of later, where any are left; other tables as are."""
    for grid in grids:
        moments = grid.column(MARK)
        if grid.table != CONSENTS or not until or moments is None:
            yield grid
            continue
        is_known = np.array([moment < until for moment in moments], dtype=bool)
        columns = tuple(column[is_known] for column in grid.columns)
        if is_known.any() or not len(grid.rows):
            yield replace(grid, columns=columns, rows=grid.rows[is_known])


def _settings(source: str | Path, config: Config | str | Path | None) -> Config:
    if not isinstance(config, Config):
        config = load_config(None if config is None else Path(str(config)), cohort=source)
    check_config_targets(config)
    return config


@dataclass(frozen=True)
class Stated:
    """What a cohort says, understood but not yet held against itself."""

    people: Mapping[str, TypedTable]
    """The tables of people, one row an answer that counts; whom they name is as they wrote it."""
    superseded: Mapping[str, TypedTable]
    """Answers of the same people that count no more."""
    links: Mapping[str, TypedTable]
    """The other tables, with ids."""
    questions: tuple[AskedQuestion, ...]
    """What is asked about them, with the answers that were given."""
    left_out: Mapping[str, Correction]
    """By id of whoever is left out by hand, what was said; `before` is the column of an answer that
    cannot be read, where nobody left them out but that."""
    refused: Mapping[str, str]
    """By id of those who did not agree, the code of why that is so."""


def read_stated(
    source: str | Path, config: Config, *, faulty: bool = False, is_judged: bool = True
) -> Stated:
    """Read a cohort as far as it can be joined with another one.

    Parameters
    ----------
    source, config
        As in :func:`read_cohort`.
    faulty
        Whether people with faulty rows are left out, as by hand, instead of stopping.
    is_judged
        Whether faults stop it at all.

    Raises
    ------
    InputError, StorageError
        As :func:`read_cohort`.
    """
    place = str(source)
    reading = _from_shelf(place, config, today_anywhere(), Shelf())
    links = {n: table for n, table in reading.tables.items() if not table.spec.is_people}
    links |= {PAIRS: reading.pairs} if reading.pairs else {}
    identity = reading.identity
    left_out = _said_left_out(place, identity.people)
    faults = [f for f in reading.found.faults if (f.table, f.row) not in reading.left_out]
    whose = {(n, row): who for n, t in identity.tables.items() for row, who in owners(t).items()}
    if faulty:
        faults = stations.without_write_ins(faults, reading.found)
        of_people = [f for f in faults if (f.table, f.row) in whose]
        faults = [fault for fault in faults if fault not in of_people]
        unread = {whose[f.table, f.row or 0]: f for f in of_people}
        left_out |= {
            who: Correction(
                who, LEFT_OUT, before=fault.column, after=fault.message, who="", when=""
            )
            for who, fault in unread.items()
        }
    raise_if_any(faults if is_judged else (), InputError)
    questions = (*reading.questions, *identity.questions)
    unsaid = (f for f in check_consent(reading.tables, config) if not f.is_warning)
    refused = {whose[f.table, f.row or 0]: f.code for f in unsaid}
    people, before = identity.tables, identity.superseded
    return Stated(people, before, links, questions, left_out=left_out, refused=refused)


def _said_left_out(place: str, people: People) -> dict[str, Correction]:
    """Return who is left out by hand, by id, with the last word about each."""
    lines = read_corrections(place, {}, Findings()).values()
    said = [(people.find(one.person), one) for one in lines if one.column == LEFT_OUT]
    last = {person: one for person, one in said if person}
    return {person: one for person, one in last.items() if one.after.strip()}
