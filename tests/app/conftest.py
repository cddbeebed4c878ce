"""A review over run folders made in code, with a stand-in for the solver that follows decisions."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.app.client import TestClient
from tests.report.fake_run import write_fake_run

from matcher.app.gate import SessionGate, signed_address
from matcher.app.routes import create_app
from matcher.app.session import Review
from matcher.app.uploads import Uploads
from matcher.decisions.decisions import LOG_NAME, current_decisions, read_decisions
from matcher.errors import Finding, InfeasibleError

HOST = "127.0.0.1:8000"


class FollowDecisions:
    """Copies the earlier run without banned pairs: enough to see that decisions arrive."""

    def __init__(self, fresh: Path) -> None:
        self.fresh = fresh
        self.calls: list[dict[str, Any]] = []
        self.fails = False

    def __call__(self, **asked: Any) -> Path:
        """Stand in for `run_match`."""
        self.calls.append(asked)
        asked["observer"].on_phase("solver")
        if self.fails:
            raise InfeasibleError(Finding("I_CONTRADICTION", "a pair is forced and banned"))
        old = asked["previous"]
        if old is None:
            return write_fake_run(self.fresh, 20, 15)
        new = old.with_name(f"{old.name}+")
        shutil.copytree(old, new, ignore=shutil.ignore_patterns(LOG_NAME))
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


def _no_names(source: str, config: Path | None) -> Any:
    raise InfeasibleError(Finding("E_NOT_FOUND", "no cohort here"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run folder."""
    return write_fake_run(tmp_path / "run", 20, 15)


@pytest.fixture
def matcher(tmp_path: Path) -> FollowDecisions:
    """Return the stand-in for the solver."""
    return FollowDecisions(tmp_path / "fresh")


@pytest.fixture
def review(run: Path, matcher: FollowDecisions) -> Review:
    """Return a review of the run."""
    return open_review(run, matcher)


def open_review(run: Path | None, matcher: FollowDecisions) -> Review:
    """Return a review as a new process would open it."""
    return Review("cohort", run, matcher, lambda: "2026-01-02T03:04:05Z", _no_names)


@pytest.fixture
def make_client(tmp_path: Path) -> Callable[[Review], TestClient]:
    """Return a function that lets a browser into a review."""

    def make(review: Review) -> TestClient:
        gate = SessionGate(frozenset({HOST}), "t")
        app = create_app(review, Uploads(str(tmp_path / "cohort"), lambda _: []), gate)
        client = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
        client.get(f"/enter?key={signed_address('t')}")
        return client

    return make
