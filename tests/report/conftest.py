"""Run folders for the tests of what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.fake_run import write_fake_run


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a run folder of `n` mentees and `m` mentors."""

    def make(n: int = 60, m: int = 40, *, hostile: str = "", seed: int = 1) -> Path:
        return write_fake_run(tmp_path / f"run-{n}-{seed}", n, m, hostile=hostile, seed=seed)

    return make
