"""Cohorts in databases: SQLite in process, and a real PostgreSQL where the machine has one."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from matcher.cohort import Cohort
from matcher.config import Config
from matcher.errors import InputError, StorageError
from matcher.intake import read_cohort
from matcher.intake.files.sql_source import hidden_password, is_database_url

sqlalchemy = pytest.importorskip("sqlalchemy", reason="the extra [sql] is not installed")

TODAY = date(2026, 6, 1)


def make_sqlite(path: Path) -> str:
    """Create a small cohort and return its URL."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            """
            CREATE TABLE mentees (person_id TEXT PRIMARY KEY, need_why REAL, consent_date DATE);
            INSERT INTO mentees VALUES ('007', 3, '2026-05-01'), ('e2', NULL, NULL);
            CREATE TABLE mentors (person_id TEXT, capacity INTEGER, contexts TEXT);
            INSERT INTO mentors VALUES ('r1', 2, 'confidence;managing_change');
            CREATE TABLE preferences (person_id TEXT, other_id TEXT, veto BOOLEAN);
            INSERT INTO preferences VALUES ('007', 'r1', 1);
            CREATE TABLE unrelated (secret TEXT);
            """
        )
    return f"sqlite:///{path}"


def assert_small_cohort(cohort: Cohort) -> None:
    """Hold a cohort to what the small tables say."""
    assert cohort.mentees["person_id"].tolist() == ["007", "e2"]
    assert cohort.mentees["need_why"].tolist()[0] == 3.0
    assert cohort.mentors["capacity"].tolist() == [2.0]
    assert cohort.mentors["contexts"].tolist() == [("confidence", "managing_change")]
    assert cohort.preferences["veto"].tolist() == [True]
    assert cohort.as_of == date(2026, 5, 1)
    assert sorted(cohort.hashes) == ["mentees", "mentors", "preferences"]


def test_sqlite(tmp_path: Path) -> None:
    """Tables of an SQLite file read like CSV; others are left alone."""
    assert_small_cohort(read_cohort(make_sqlite(tmp_path / "a.db"), Config(), today=TODAY))


def test_bad_values_in_a_database_are_findings(tmp_path: Path) -> None:
    """A column that holds what its type does not promise is told like any bad cell."""
    url = make_sqlite(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("UPDATE mentees SET consent_date = '03/04/2024' WHERE person_id = 'e2'")
        connection.execute("UPDATE mentors SET capacity = 'plenty'")
    with pytest.raises(InputError) as caught:
        read_cohort(url, Config(), today=TODAY)
    codes = {finding.code for finding in caught.value.findings}
    assert codes == {"E_DATE_AMBIGUOUS", "E_CAPACITY"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///absent/nowhere.db", "E_NOT_FOUND"),
        ("sqlite://", "E_NOT_FOUND"),
        ("oracle+nothing://x", "E_FORMAT"),
        ("postgresql://user:secret@127.0.0.1:notaport/x", "E_FORMAT"),
    ],
)
def test_urls_that_lead_nowhere(url: str, code: str) -> None:
    """A wrong URL is an input error and no file is made by looking."""
    with pytest.raises(InputError) as caught:
        read_cohort(url, Config())
    assert [finding.code for finding in caught.value.findings] == [code]
    assert "secret" not in str(caught.value)
    assert not Path("absent").exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A text file behind an SQLite URL is refused."""
    (tmp_path / "a.db").write_text("person_id\n")
    with pytest.raises(InputError, match="E_FORMAT"):
        read_cohort(f"sqlite:///{tmp_path / 'a.db'}", Config())


def test_a_damaged_database_is_a_storage_error(tmp_path: Path) -> None:
    """Damage inside the file ends in E_READ."""
    url = make_sqlite(tmp_path / "a.db")
    content = (tmp_path / "a.db").read_bytes()
    (tmp_path / "a.db").write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises((StorageError, InputError)):
        read_cohort(url, Config())


def test_no_server(tmp_path: Path) -> None:
    """A server that does not answer is E_READ, without the password."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    with pytest.raises(StorageError) as caught:
        read_cohort("postgresql://me:secret@127.0.0.1:1/x", Config())
    assert "E_READ" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_passwords_are_hidden() -> None:
    """What is published about the source holds no password."""
    shown = hidden_password("postgresql://me:s3cr:et@host/base?password=x")
    assert shown == "postgresql://me:***@host/base"
    assert is_database_url(shown)
    assert not is_database_url("cohort/folder")


def server_tools() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL of our own on a socket in a temporary folder; yield its URL."""
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    tools = server_tools()
    if tools is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    as_user: dict[str, object] = {}
    folder = Path(tempfile.mkdtemp(prefix="matcher-pg-"))
    if os.geteuid() == 0:
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL refuses to run as root and there is no user postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(folder)}
    options = {"check": True, "capture_output": True, "cwd": folder, "env": environment}
    subprocess.run(
        [tools / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"],
        **options,
        **as_user,
    )
    settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    start = [tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start"]
    quiet = {**options, "capture_output": False, "stdout": subprocess.DEVNULL}
    subprocess.run(start, **quiet, **as_user)
    try:
        yield f"postgresql://tester@/postgres?host={folder}"
    finally:
        stop = [tools / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, **options, **as_user)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.database
def test_postgresql(postgres: str) -> None:
    """Typed columns of a real server read like CSV; the plain URL takes psycopg 3."""
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute(
            """
            CREATE TABLE mentees (person_id text, need_why numeric(4, 2), consent_date date);
            INSERT INTO mentees VALUES ('007', 3.00, '2026-05-01'), ('e2', NULL, NULL);
            CREATE TABLE mentors (person_id text, capacity int, contexts text[]);
            INSERT INTO mentors VALUES ('r1', 2, ARRAY['confidence', 'managing_change']);
            CREATE TABLE preferences (person_id text, other_id text, veto boolean);
            INSERT INTO preferences VALUES ('007', 'r1', true);
            """
        )
    cohort = read_cohort(postgres, Config(), today=TODAY)
    assert_small_cohort(cohort)
    assert cohort.source == "postgresql://tester@/postgres"


@pytest.mark.slow
@pytest.mark.database
def test_postgresql_without_rights(postgres: str) -> None:
    """A table that may not be read ends in E_READ, not in a traceback."""
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute(
            """
            DROP TABLE IF EXISTS mentees, mentors, preferences;
            CREATE TABLE mentees (person_id text);
            CREATE TABLE mentors (person_id text);
            DROP ROLE IF EXISTS stranger;
            CREATE ROLE stranger LOGIN;
            REVOKE ALL ON mentees FROM PUBLIC;
            """
        )
    with pytest.raises(StorageError, match="E_READ"):
        read_cohort(postgres.replace("tester@", "stranger@"), Config())
