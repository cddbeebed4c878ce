"""Tables that commands write beside a cohort of any kind: plain CSV, whatever its forms are like.

They are tables of the cohort with a column `recorded_at`. Where the cohort has such a table of its
own, their rows stand behind those.
"""

from collections.abc import Iterator
from pathlib import Path

from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.errors import unreadable
from matcher.intake.config_columns import known_titles
from matcher.intake.files.csv_source import CsvFormat, parse_csv
from matcher.intake.files.grid import Grid
from matcher.whereabouts import home_of

MARK = "recorded_at"
"""Column by which a table is known as recorded."""

CONSENTS = "consents"
"""Table of who withdrew consent, or gave it, since."""

RECORDED = tuple(name for name, spec in TABLES.items() if MARK in spec.by_name)


def recorded_file(place: str | Path, table: str) -> Path:
    """Return where the recorded rows of a table lie: in the cohort's folder, or beside its file."""
    return home_of(place) / f"{table}.csv"


def plainly(config: Config) -> Config:
    """Return how recorded tables are read: nothing of the forms' own holds for them."""
    return Config.model_validate({"input": {"id": config.input.id, "encoding": "auto"}})


def recorded_grid(table: str, content: bytes) -> Grid:
    """Return the rows of a recorded table; a spreadsheet program may have saved it since.

    Raises
    ------
    InputError
        As :func:`parse_csv`.
    """
    return parse_csv(content, table, f"{table}.csv", CsvFormat("auto", known_titles(Config())))


def recorded_contents(place: str | Path) -> Iterator[tuple[str, bytes]]:
    """Yield table and bytes of every recorded file beside a cohort.

    Raises
    ------
    StorageError
        E_READ.
    """
    for table in RECORDED:
        path = recorded_file(place, table)
        if not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise unreadable(path, table) from error
        if MARK.encode() in content.partition(b"\n")[0].replace(b"\0", b""):
            yield table, content
