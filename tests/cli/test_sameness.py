"""The same input gives the same result, whoever runs it, where and with which extras."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.checker.forger import reseal
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.cli.main import run
from matcher.features import sentence_models


def result_of(folder: Path, **environment: str) -> str:
    """Return the result hash of a match in a process of its own."""
    target = folder / "runs" / f"{len(list(folder.glob('runs/*')))}"
    command = [sys.executable, "-m", "matcher", "match", str(folder), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return str(json.loads((target / "manifest.json").read_text())["result_sha256"])


@pytest.mark.slow
def test_order_hash_seed_zone_and_language_change_nothing(tmp_path):
    """Rows shuffled, PYTHONHASHSEED, TZ and LANG varied: one result hash."""
    mentees, mentors = [dict(row) for row in MENTEES], [dict(row) for row in MENTORS]
    first = result_of(write_cohort(tmp_path / "a"), PYTHONHASHSEED="0", TZ="UTC", LANG="C")
    draw = random.Random(5)  # noqa: S311 a seed is wanted
    draw.shuffle(mentees)
    draw.shuffle(mentors)
    shuffled = write_cohort(tmp_path / "b", {"mentees": mentees, "mentors": mentors})
    for seed, zone, words in (
        ("1", "Pacific/Kiritimati", "tr_TR.UTF-8"),
        ("99", "America/Adak", "C"),
    ):
        around = {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": words, "LC_ALL": words}
        assert result_of(shuffled, **around) == first


@pytest.mark.slow
def test_a_run_says_how_texts_were_compared(tmp_path, monkeypatch, capsys):
    """`auto` is settled once: verified elsewhere, a run is right, or the missing extra is named."""
    tables = {
        "mentees": [row | {"goals": "I study malaria."} for row in MENTEES],
        "mentors": [row | {"bio": "Parasites and bees."} for row in MENTORS],
    }
    cohort = write_cohort(tmp_path / "cohort", tables)
    monkeypatch.setattr(sentence_models, "find_spec", lambda name: None)
    assert run(["match", str(cohort), "-o", str(tmp_path / "run")]) == 0
    config = tmp_path / "run" / "config.toml"
    text = config.read_text()
    assert text.count('method = "tfidf"') == 1
    monkeypatch.setattr(sentence_models, "find_spec", lambda name: name)
    assert run(["verify", str(tmp_path / "run")]) == 0
    # The run of a machine that has the extra, verified on one that has not.
    config.write_text(text.replace('method = "tfidf"', 'method = "semantic"'))
    reseal(tmp_path / "run")
    monkeypatch.setattr(sentence_models, "find_spec", lambda name: None)
    capsys.readouterr()
    assert run(["verify", str(tmp_path / "run")]) == 0
    told = "".join(capsys.readouterr())
    (line,) = [line for line in told.splitlines() if "W_TEXT_MODEL" in line]
    assert "mentor-matcher[semantic]" in line


@pytest.mark.slow
def test_a_run_names_what_compared_its_texts(tmp_path):
    """Manifest and summary hold the name, whichever it is."""
    cohort = write_cohort(tmp_path / "cohort")
    assert (
        run(["match", str(cohort), "-o", str(tmp_path / "run"), "--set", "text.method=tfidf"]) == 0
    )
    named = [
        json.loads((tmp_path / "run" / f"{name}.json").read_text())
        for name in ("manifest", "summary")
    ]
    assert named[0]["text_model"]["name"] == named[1]["text_model"]
    assert "TF-IDF" in named[1]["text_model"]
