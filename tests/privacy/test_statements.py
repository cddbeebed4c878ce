"""Statements that take a person out of a real PostgreSQL."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.intake.test_sql_source import postgres

from matcher.cli.main import run

__all__ = ["postgres"]

TABLES = """
    DROP TABLE IF EXISTS preferences, outcomes, mentees, mentors;
    CREATE TABLE mentees (person_id text PRIMARY KEY, name text, email text, joined date,
        need_why numeric(4, 2), avoid text[], goals text);
    INSERT INTO mentees VALUES
        ('A1', 'Ada Mockwell', 'ada@x.example', '2026-05-01', 3.00, ARRAY['M7', 'M2'],
         'It''s what Zora O''Brien-Test told me'),
        ('A2', 'Ben Oakes', NULL, NULL, NULL, NULL, 'a "plan" \\ and more');
    CREATE TABLE mentors (person_id text PRIMARY KEY, name text, email text, capacity int);
    INSERT INTO mentors VALUES ('M7', 'Zora O''Brien-Test', 'zora@x.example', 2),
        ('M2', 'Max Field', NULL, 1);
    CREATE TABLE preferences (person_id text REFERENCES mentees, other_id text REFERENCES mentors,
        score int);
    INSERT INTO preferences VALUES ('A1', 'M7', 3), ('A2', 'M2', 2);
    CREATE TABLE outcomes (mentee_id text, mentor_id text, date date, rating int, text text);
    INSERT INTO outcomes VALUES ('A1', 'M2', '2026-05-03', 4, 'better than Zora O''Brien-Test'),
        ('A1', 'M2', '2026-05-04', 5, 'good');
"""


@pytest.mark.slow
@pytest.mark.database
@pytest.mark.parametrize("black_out", [True, False])
def test_a_person_leaves_a_real_server(
    postgres: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, black_out: bool
) -> None:
    """What `forget` writes runs as it stands; afterwards nothing, or what was told, is left."""
    import psycopg

    with psycopg.connect(postgres, client_encoding="utf8") as connection:
        connection.execute(TABLES)
    more = ["--black-out"] if black_out else []
    copy = tmp_path / "copy"
    assert run(["forget", "M7", postgres, "-o", str(copy), *more]) == 0
    said = capsys.readouterr().out
    assert ("goals (name): row 1" in said) is not black_out
    assert not [path for path in copy.iterdir() if path.name != "forget.sql"]
    psql = ["psql", "-v", "ON_ERROR_STOP=1", "-q", "-d", postgres, "-f", str(copy / "forget.sql")]
    subprocess.run(psql, check=True, capture_output=True)
    with psycopg.connect(postgres, client_encoding="utf8") as connection:
        rows = connection.execute("SELECT * FROM mentees ORDER BY 1").fetchall()
        ids = connection.execute("SELECT person_id FROM mentors").fetchall()
        scores = connection.execute("SELECT score FROM preferences").fetchall()
        texts = connection.execute("SELECT text FROM outcomes ORDER BY date").fetchall()
    assert ids == [("M2",)]
    assert scores == [(2,)]
    assert rows[0][5] == ["M2"]
    assert rows[1][6] == 'a "plan" \\ and more'
    assert texts[1] == ("good",)
    left = run(["export", "M7", postgres, "--also", "Zora O'Brien-Test", "-o", str(tmp_path / "h")])
    assert left == (3 if black_out else 0)
    assert ("Zora" in rows[0][6] + texts[0][0]) is not black_out
