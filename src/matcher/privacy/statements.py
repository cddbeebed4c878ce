"""What takes a person out of a database, as statements that its owner reads and runs."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby
from operator import itemgetter

from matcher.cohort.tables import ID_COLUMNS
from matcher.intake.files.find_tables import PEOPLE
from matcher.privacy.held_files import Change, Table

STATEMENTS = "forget.sql"
"""Name of the file beside what is copied."""


def statements(
    tables: Sequence[Table],
    changes: Mapping[str, Change],
    arrays: Set[tuple[str, str]],
    *,
    is_untyped: bool,
) -> Iterator[str]:
    """Yield one transaction: rows of links first, since they may refer to those of people.

    Parameters
    ----------
    tables, changes
        Of the database, and what becomes of each by its title.
    arrays
        Table and name of the columns that hold arrays.
    is_untyped
        Whether a number may stand as itself or as its text in any column, as in SQLite.
    """
    yield "BEGIN;"
    for table in sorted(tables, key=lambda one: one.title in PEOPLE):
        change = changes[table.title]
        rows = [_where(table, row, is_untyped=is_untyped) for row in table.rows]
        name, often = _quoted(table.title), Counter(rows)
        for where in dict.fromkeys(rows[k] for k in sorted(change.dropped)):
            yield f"DELETE FROM {name} WHERE {where};"  # noqa: S608 told, not run; all is quoted
        for k, cells in groupby(sorted(change.texts), key=itemgetter(0)):
            sets, where = [], rows[k]
            for _, column in cells:
                cell = _quoted(table.header[column])
                is_array = (table.title, table.header[column]) in arrays
                new = _literal(change.texts[k, column])
                sets.append(f"{cell} = " + (f"string_to_array({new}, ';')" if is_array else new))
                if often[rows[k]] > 1:
                    held = f"array_to_string({cell}, ';')" if is_array else cell
                    where += f" AND {held} = {_literal(table.rows[k][column])}"
            yield f"UPDATE {name} SET {', '.join(sets)} WHERE {where};"  # noqa: S608 as above
    yield "COMMIT;"


def _where(table: Table, row: Sequence[str], *, is_untyped: bool) -> str:
    """Return what finds a row: its ids, or where it has none every cell."""
    cells = list(zip(table.header, table.names, row, strict=False))
    keys = [(title, cell) for title, name, cell in cells if name in ID_COLUMNS and cell]
    keys = keys or [(title, cell) for title, _, cell in cells if cell]
    return " AND ".join(
        f"{_quoted(title)} IN ({_literal(cell)}, {cell})"
        if is_untyped and _NUMBER.fullmatch(cell)
        else f"{_quoted(title)} = {_literal(cell)}"
        for title, cell in keys
    )


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""How a number that is held as one is read."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else "NULL"
