"""Tables of a database to grids, through SQLAlchemy (extra `[sql]`)."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from matcher.errors import Finding, InputError, MatcherError, StorageError
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts

_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+_.-]*://")
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def is_database_url(source: str) -> bool:
    """Whether `source` is written like a SQLAlchemy URL."""
    return bool(_URL.match(source))


def hidden_password(source: str) -> str:
    """Return a database URL without its password and query, fit to be shown and published."""
    plain = re.sub(r"//([^/@:]*):[^/]*@", r"//\1:***@", source)
    return plain.partition("?")[0]


def read_database(source: str, wanted: Collection[str]) -> tuple[list[Grid], list[Finding]]:
    """Read every wanted table of a database.

    Parameters
    ----------
    source
        SQLAlchemy URL; ``postgresql://`` takes psycopg 3.
    wanted
        Table names; tables of other names are left alone.

    Returns
    -------
    tuple of list
        Grids by table, the first record counting as row 1, and what was wrong with single tables.

    Raises
    ------
    InputError
        E_NOT_FOUND (no such SQLite file), E_EXTRA (SQLAlchemy or a driver is missing), E_FORMAT.
    StorageError
        E_READ where the server cannot be reached or refuses.
    """
    with _connection(source) as (connection, sqlalchemy):
        names = sorted(set(sqlalchemy.inspect(connection).get_table_names()) & set(wanted))
        names += sorted(
            (set(sqlalchemy.inspect(connection).get_view_names()) & set(wanted)) - set(names)
        )
        grids: list[Grid] = []
        faults: list[Finding] = []
        for name in names:
            try:
                grids.append(_read_table(connection, sqlalchemy, name))
            except MatcherError as error:
                faults.extend(error.findings)
    return grids, faults


def array_columns(source: str) -> set[tuple[str, str]]:
    """Return table and name of every column that holds arrays.

    Parameters
    ----------
    source
        As for `read_database`, with its errors.
    """
    with _connection(source) as (connection, sqlalchemy):
        inspector = sqlalchemy.inspect(connection)
        return {
            (table, column["name"])
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
            if isinstance(column["type"], sqlalchemy.types.ARRAY)
        }


def _read_table(connection: Any, sqlalchemy: Any, name: str) -> Grid:
    table = sqlalchemy.Table(name, sqlalchemy.MetaData(), autoload_with=connection)
    columns = list(table.columns)
    # raw column values: a text that no date type accepts must reach our checks, not raise there
    select = sqlalchemy.select(
        *[sqlalchemy.type_coerce(c, sqlalchemy.types.NullType()) for c in columns]
    )
    keys = list(table.primary_key.columns)
    records = connection.execute(select.order_by(*keys) if keys else select).fetchall()
    try:
        cells = [
            share_texts([cell_text(record[k]) for record in records]) for k in range(len(columns))
        ]
    except UnicodeDecodeError:
        message = "a column holds bytes that are not UTF-8 text"
        raise InputError(Finding("E_ENCODING", message, "store it as text", name)) from None
    rows = np.arange(1, len(records) + 1, dtype=np.int64)
    return make_grid(name, name, [column.name for column in columns], cells, rows)


@contextmanager
def _connection(source: str) -> Iterator[tuple[Any, Any]]:
    try:
        import sqlalchemy
    except ImportError:
        raise InputError(_extra("database URLs need the extra [sql]")) from None
    _check_sqlite_file(source)
    scheme, _, rest = source.partition("://")
    url = f"{_DRIVERS.get(scheme, scheme)}://{rest}"
    try:
        # a server whose own encoding is SQL_ASCII would hand out bytes
        arguments = {"client_encoding": "utf8"} if url.startswith("postgresql+psycopg:") else {}
        engine = sqlalchemy.create_engine(url, connect_args=arguments)
    except ImportError:
        raise InputError(_extra("the driver of this database is not installed")) from None
    except (sqlalchemy.exc.SQLAlchemyError, ValueError, TypeError):
        remedy = "write for instance sqlite:///cohort.db or postgresql://user@host/base"
        message = "the database URL is not understood"
        raise InputError(Finding("E_FORMAT", message, remedy)) from None
    try:
        with engine.connect() as connection:
            yield connection, sqlalchemy
    except MatcherError:
        raise
    except Exception as error:  # drivers raise far more than SQLAlchemy wraps
        kind = type(getattr(error, "orig", None) or error).__name__
        message = f"the database cannot be read ({kind})"
        remedy = "check the address, that the server runs, and your rights on the tables"
        raise StorageError(Finding("E_READ", message, remedy)) from None
    finally:
        engine.dispose()


def _check_sqlite_file(source: str) -> None:
    """Refuse a missing or foreign file: SQLite would create the one and choke on the other."""
    if not source.startswith("sqlite"):
        return
    name = source.partition("://")[2].partition("?")[0].removeprefix("/")
    if name in ("", ":memory:"):
        message = "an SQLite URL needs a file"
        raise InputError(Finding("E_NOT_FOUND", message, "write sqlite:///cohort.db"))
    path = Path(name)
    if not path.is_file():
        message = "there is no such database file"
        raise InputError(Finding("E_NOT_FOUND", message, "check the path in the URL"))
    with path.open("rb") as file:
        if not file.read(16).startswith(b"SQLite format 3"):
            message = "the file is no SQLite database"
            raise InputError(Finding("E_FORMAT", message, "check the path in the URL"))


def _extra(message: str) -> Finding:
    remedy = "pip install 'mentor-matcher[sql]' and the driver of your database"
    return Finding("E_EXTRA", message, remedy)
