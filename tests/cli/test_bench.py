"""`matcher bench` on the command line: files, exit codes, one line an error."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from matcher.cli.main import run
from matcher.lab.method_comparison import LEADING


@pytest.mark.slow
def test_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A family and two methods give two rows with the contract's columns."""
    out = tmp_path / "out"
    assert run(["bench", "family:small", "-o", str(out), "--methods", "greedy,random"]) == 0
    table = pd.read_csv(out / "bench.csv")
    assert tuple(table.columns[: len(LEADING)]) == LEADING
    assert table["method"].tolist() == ["greedy", "random"]
    assert "bench.md" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["family:smal"], 2, "E_CONFIG"),
        (["family:small", "--methods", "gredy"], 2, "choose from portfolio"),
        (["family:small", "--time-limit", "0"], 2, "--time-limit"),
        (["family:small", "--time-limit", "nan"], 2, "--time-limit"),
        (["family:small", "--seeds", "0"], 2, "E_USAGE"),
        (["nowhere"], 3, "E_NOT_FOUND"),
        (["family:small", "--previous", "nowhere"], 7, "E_READ"),
        (["family:small", "-c", "nowhere.toml"], 2, "E_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    """Each mistake ends with its exit code, says what to do and leaves nothing behind."""
    assert run(["bench", *words, "-o", str(tmp_path / "out")]) == code
    lines = capsys.readouterr().err.splitlines()
    assert any(said in line and line.startswith("ERROR") for line in lines)
    assert not (tmp_path / "out").exists()
