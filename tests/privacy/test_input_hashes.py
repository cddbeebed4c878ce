"""Hashes of the input: whoever lacks the key confirms no guess, whoever has it sees a change."""

import hashlib
import shutil
from datetime import date
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import write_cohort

import matcher
from matcher.cohort.cohort import Cohort
from matcher.privacy.input_hashes import INPUT_KEY, before_and_now, noise_secret, told_hashes
from matcher.run import run_match

PLAIN = {"preferences.csv": "ab", "groups.csv": "cd"}


def test_a_digest_is_the_cohorts_own(tmp_path: Path) -> None:
    """The same table hashes alike beside one key, and to something else under each other."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    told = told_hashes(PLAIN, str(here))
    assert told == told_hashes(PLAIN, str(here))
    assert (here / INPUT_KEY).stat().st_mode & 0o777 == 0o600
    other = told_hashes(PLAIN, str(there))
    values = [str(v) for side in (told, other) for v in side["hmac_sha256"].values()]
    assert len(set(values)) == 4


def test_a_change_is_seen_where_the_key_is(tmp_path: Path) -> None:
    """Another key, or none, says nothing; the run's own says which table is another."""
    told = told_hashes(PLAIN, str(tmp_path))
    both = before_and_now(told, PLAIN | {"groups.csv": "ef"}, str(tmp_path))
    assert both is not None
    assert [name for name in both[0] if both[0][name] != both[1][name]] == ["groups.csv"]
    cohort = Cohort(*[pd.DataFrame()] * 10, date(2026, 1, 1), source=str(tmp_path), secret=b"x")
    drawn = noise_secret(cohort)
    (tmp_path / INPUT_KEY).write_text("00" * 32)
    assert len({drawn, noise_secret(cohort), b"x"}) == 3, "who has the tables lacks the noise"
    assert before_and_now(told, PLAIN, str(tmp_path)) is None
    (tmp_path / INPUT_KEY).unlink()
    assert before_and_now(told, PLAIN, str(tmp_path)) is None
    # Where no key can be written or kept, nobody can compare.
    assert told_hashes(PLAIN, str(tmp_path / "no" / "folder"))["of_key"] != told["of_key"]


@pytest.mark.slow
def test_a_run_confirms_no_guess_at_its_tables(tmp_path: Path) -> None:
    """Who has all tables but one can write each that there may be, and must not see it hit."""
    wish: dict[str, object] = {"person_id": "e1", "other_id": "r0", "role": "mentee", "veto": "yes"}
    source = write_cohort(tmp_path / "cohort", {"preferences": [wish]})
    run = run_match(source, output=tmp_path / "run")
    tables = [path.read_bytes() for path in sorted(source.glob("*.csv"))]
    joined = (b"".join(some) for n in (1, 2, 3) for some in permutations(tables, n))
    secret = {hashlib.sha256(guess).hexdigest() for guess in joined}
    secret.add((source / INPUT_KEY).read_text().strip())
    said = "".join(p.read_text("utf-8", "replace") for p in run.rglob("*") if p.is_file())
    assert "preferences.csv" in said
    assert not [word for word in secret if word in said]
    copy = shutil.copytree(source, tmp_path / "copy", ignore=shutil.ignore_patterns("*.key"))
    assert [f.code for f in matcher.verify(run, cohort=copy).problems] == ["W_INPUT_KEY"]
