from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.config import Config, FeatureConfig, dump_config, load_config
from matcher.config.changes import dump_changes
from matcher.config.input_sections import Input
from matcher.config.sections import Capacity, Portfolio, Programme, SeatConfig, Solver
from matcher.tune.sensitivity import with_values

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SHARE = st.floats(0, 1)
WEIGHT = st.floats(1e-9, 1e9)
TABLE = st.dictionaries(TEXT, TEXT, max_size=3)
FEATURES = st.lists(
    st.builds(
        FeatureConfig,
        name=st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
        kind=st.sampled_from(["facets", "overlap", "text"]),
        weight=WEIGHT,
        missing=st.one_of(st.none(), SHARE),
        reason=TEXT,
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda feature: feature.name,
).map(tuple)
LEAD = SeatConfig(name="lead", where={"work grade": ("1", "2")}, min=1, max=1, fill=True)
CONFIGS = st.builds(
    Config,
    programme=st.builds(
        Programme,
        name=TEXT,
        as_of=st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        grades=st.lists(TEXT, unique=True, max_size=3).map(tuple),
        periods=st.integers(1, 12),
    ),
    input=st.builds(Input, date_format=TEXT, duplicates=st.sampled_from([None, "latest"])),
    answers=st.dictionaries(TEXT, TABLE, max_size=2),
    scales=st.dictionaries(
        TEXT,
        st.dictionaries(TEXT, st.floats(-1e9, 1e9) | st.just("missing"), max_size=2),
        max_size=2,
    ),
    portfolio=st.builds(
        Portfolio,
        coverage=SHARE,
        seats=st.just(()) | st.just((SeatConfig(name="a", each="work site", max=1), LEAD)),
    ),
    capacity=st.builds(Capacity, pools=st.dictionaries(TEXT, st.floats(0, 1e6), max_size=2)),
    solver=st.builds(Solver, time_limit=st.none() | st.floats(1e-3, 1e6), seed=st.integers(0, 9)),
    features=FEATURES,
)


@pytest.mark.slow
@given(config=CONFIGS, comments=st.booleans())
def test_a_written_config_loads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, config: Config, comments: bool
) -> None:
    """Whatever the texts, keys and numbers are, nothing is lost or rounded."""
    path: Path = tmp_path_factory.getbasetemp() / "dumped.toml"
    path.write_text(dump_config(config, comments=comments), "utf-8")
    assert load_config(path) == config


@pytest.mark.slow
@given(config=CONFIGS)
def test_what_differs_is_enough(tmp_path_factory: pytest.TempPathFactory, config: Config) -> None:
    """A file of the changed keys alone, over what they were changed of, loads as the same."""
    path: Path = tmp_path_factory.getbasetemp() / "changes.toml"
    path.write_text(dump_changes(Config(), config, "default"), "utf-8")
    assert load_config(path) == config


def test_only_what_differs_is_written() -> None:
    """One weight and one key: two keys and what is extended, each with what it was."""
    given = Config()
    changed = with_values(given, {"portfolio.coverage": 0.75, "features.form_fit.weight": 0.125})
    text = dump_changes(given, changed, "../own.toml")
    was = given.portfolio.coverage
    assert tomllib.loads(text) == {
        "extends": "../own.toml",
        "portfolio": {"coverage": 0.75},
        "features": {"form_fit": {"weight": 0.125}},
    }
    assert f"coverage = 0.75 # was {was}" in text
    assert tomllib.loads(dump_changes(given, given, "default")) == {"extends": "default"}


def test_every_key_is_written() -> None:
    """The file of a run is the full config: only keys without a value are left out."""
    written = tomllib.loads(dump_config(Config()))
    effective: dict[str, Any] = Config().model_dump(mode="json", exclude_none=True)
    del written["features"], effective["features"]
    assert written == effective


def test_comments_name_the_keys_that_are_not_set() -> None:
    """A reader of the default config sees what could be set, and what it takes."""
    text = dump_config(Config(), comments=True)
    assert "# time_limit =" in text
    assert "(0 to 1)" in text
    assert "# time_limit" not in dump_config(Config())
