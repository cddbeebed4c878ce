"""What all tests share: repeatable hypothesis runs and the way to data from elsewhere."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A runner in the background ignores Ctrl-C, and children inherit that; tests of it would fail.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]

_SLOW_IS_FINE = [HealthCheck.too_slow]
settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=_SLOW_IS_FINE,
)
settings.register_profile(
    "full", deadline=None, max_examples=500, suppress_health_check=_SLOW_IS_FINE
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of data from elsewhere; skip where this machine has none."""
    folder = ROOT / "../shared/data"
    if not folder.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return folder
