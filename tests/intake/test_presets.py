"""The form tools that are declared, and what a table of one looks like."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from matcher.cohort.tables import SIGNUPS
from matcher.config import Config
from matcher.config.input_sections import PresetName
from matcher.intake.files.grid import Grid
from matcher.intake.presets import PRESETS, SUBMITTED, preset_of, tool_of
from matcher.text import fold_plain
from matcher.vocabulary import IGNORE


def grid_of(*titles: str) -> Grid:
    """Return an empty table of these titles."""
    nothing = np.empty(0, dtype=object)
    rows = np.empty(0, dtype=np.int64)
    return Grid("signups", "a.csv", titles, tuple(nothing for _ in titles), rows)


def test_the_config_offers_what_is_declared() -> None:
    """Every preset of the config is a declared one, and the other way round."""
    assert set(get_args(PresetName)) == set(PRESETS)


def stating(preset: str) -> Config:
    """Return a config that states a preset."""
    return Config.model_validate({"input": {"preset": preset}})


TOOLS = {
    "ms-forms": "Heure de fin",
    "google-forms": "Zeitstempel",
    "qualtrics": "ResponseId",
    "surveymonkey": "Collector ID",
    "redcap": "Skills (choice=Law)",
    "kobo": "_uuid",
    "limesurvey": "submitdate. Date submitted",
    "typeform": "Submit Date (UTC)",
}
"""By form tool: a title that only its exports have."""


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_known_by_its_own_columns(name: str) -> None:
    """Its signature gives it away, also in other languages; without it the table is a plain one."""
    preset = PRESETS[name]
    assert preset_of(grid_of("role", TOOLS[name].upper()), stating(name)) is preset
    assert tool_of([grid_of("role"), grid_of(TOOLS[name])]) == name
    assert preset_of(grid_of("role"), stating(name)) is PRESETS["plain"]
    assert tool_of([grid_of("role")]) == ""


def test_every_tool_has_a_signature_but_a_hand_made_table() -> None:
    """A stated tool can be held against the titles."""
    assert {name for name, preset in PRESETS.items() if preset.signature} == set(TOOLS)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_own_columns_are_folded_and_mean_something(preset) -> None:
    """Titles are compared folded, and every target is one that a table has."""
    for title, target in preset.own.items():
        assert title == fold_plain(title)
        assert target in (IGNORE, SUBMITTED) or SIGNUPS.find(target) is not None
