"""Run folders made in code, opened in the app, with a stand-in for the solver."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import HOST
from tests.report.fake_run import write_fake_run

from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.gate import SessionGate, signed_address
from matcher.app.site import create_site
from matcher.decisions.decisions import LOG_NAME, current_decisions, read_decisions
from matcher.errors import Finding, InfeasibleError


class FollowDecisions:
    """Copies the earlier run without banned pairs: enough to see that decisions arrive."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.fails = False

    def __call__(self, **asked: Any) -> Path:
        """Stand in for `match_again`."""
        self.calls.append(asked)
        asked["observer"].on_phase("solver")
        if self.fails:
            raise InfeasibleError(Finding("I_CONTRADICTION", "a pair is forced and banned"))
        old = asked["beside"]
        new: Path = old.with_name(f"{old.name.partition('-r')[0]}-r{len(self.calls) + 1}")
        shutil.copytree(old, new, ignore=shutil.ignore_patterns(LOG_NAME))
        (new / "summary.json").touch()
        if asked["decisions"]:
            _drop_banned(new, read_decisions(asked["decisions"]))
        return new


def _drop_banned(run: Path, decisions: pd.DataFrame) -> None:
    words = current_decisions(decisions)
    banned = set(
        words.loc[words["decision"] == "ban", ["mentee_id", "mentor_id"]].itertuples(
            index=False, name=None
        )
    )
    matches = pd.read_csv(run / "matches.csv", dtype=str, keep_default_na=False)
    pairs = zip(matches["mentee_id"], matches["mentor_id"], strict=True)
    matches[[pair not in banned for pair in pairs]].to_csv(run / "matches.csv", index=False)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run folder."""
    return write_fake_run(tmp_path / "run", 20, 15)


@pytest.fixture
def matcher() -> FollowDecisions:
    """Return the stand-in for the solver."""
    return FollowDecisions()


@pytest.fixture
def opened(run: Path, matcher: FollowDecisions) -> ProgrammeFolder:
    """Return the programme opened at the run."""
    return open_run(run, matcher)


def open_run(run: Path, matcher: FollowDecisions | None = None) -> ProgrammeFolder:
    """Return the programme of a run as a new process would open it; its people are not there."""
    more: dict[str, Any] = {} if matcher is None else {"matcher": matcher}
    folder = run.parent / "people"
    folder.mkdir(exist_ok=True)
    now = lambda: "2026-01-02T03:04:05Z"  # noqa: E731
    return ProgrammeFolder("run", folder, now, opened=run, **more)


@pytest.fixture
def make_client() -> Callable[[ProgrammeFolder], TestClient]:
    """Return a function that lets a browser into a programme."""
    return browser_of


def browser_of(programme: ProgrammeFolder) -> TestClient:
    """Return a browser that was let into the app over one programme."""
    site = create_site(Desk(programme.folder, only=programme), SessionGate(frozenset({HOST}), "t"))
    client = TestClient(site, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    client.get(f"/enter?key={signed_address('t')}")
    return client
