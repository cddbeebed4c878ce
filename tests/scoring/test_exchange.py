"""An exchange between people in one role each: one mentors, the way back is light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support import make_cohort

import matcher
from matcher.config import Config
from matcher.run import publish_match
from matcher.scoring.allowed_pairs import find_candidates
from matcher.scoring.approaches import CODES
from matcher.vocabulary import Approach

RECIPROCAL = CODES[Approach.RECIPROCAL]


def approach(mentee: dict[str, object], mentor: dict[str, object], **config: object) -> int:
    """Return the one-way approach of two people in one role each, -1 for none."""
    cohort = make_cohort([{"person_id": "e", **mentee}], [{"person_id": "r", **mentor}])
    found = find_candidates(cohort, Config.model_validate(config))
    return int(found.listed(np.array([0]), np.array([0]))[0])


ASKS = {"approaches": ("reciprocal",)}
EXCHANGE = {**ASKS, "reciprocal_kind": "exchange"}
BOTH_ROLES = {**ASKS, "reciprocal_kind": "both_roles"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (EXCHANGE, EXCHANGE, RECIPROCAL),
        (EXCHANGE, ASKS, RECIPROCAL),
        (ASKS, EXCHANGE, RECIPROCAL),
        (ASKS, ASKS, -1),
        (EXCHANGE, BOTH_ROLES, -1),
        (EXCHANGE, {"approaches": ("sponsorship",)}, -1),
        ({**EXCHANGE, "career_years": 30.0}, {**EXCHANGE, "career_years": 2.0}, RECIPROCAL),
    ],
)
def test_who_asks_for_an_exchange_by_name(
    mentee: dict[str, object], mentor: dict[str, object], expected: int
) -> None:
    """Both list it, one at least says exchange and nobody another kind; seniority is no matter."""
    assert approach(mentee, mentor) == expected


@pytest.mark.slow
def test_silence_asks_for_no_exchange() -> None:
    """Whoever answered nothing is mentored as usual, though the programme offers it."""
    assert approach({}, EXCHANGE) == -1
    assert approach({}, {}) not in (-1, RECIPROCAL)


@pytest.mark.slow
def test_the_programme_may_mean_an_exchange_or_not_offer_it() -> None:
    """Without a stated kind the programme's counts; off the menu nothing is made."""
    assert approach(ASKS, ASKS, reciprocal={"kind": "exchange"}) == RECIPROCAL
    menu = {"approaches": ("developmental",)}
    assert approach(EXCHANGE, EXCHANGE, programme=menu) == -1


def test_people_in_both_roles_are_a_pair_of_both() -> None:
    """Who signed up in both roles is paired both ways, not one way."""
    people = [{"person_id": name, **EXCHANGE} for name in "ab"]
    found = find_candidates(make_cohort(people, people), Config())
    assert len(found.reciprocal) == 1
    assert (found.block(np.arange(2)) == -1).all()


@pytest.mark.slow
def test_the_command_makes_verifies_and_keeps_an_exchange(tmp_path: Path) -> None:
    """It takes one place and one slot, is called reciprocal, verifies, and is added to."""
    folder = tmp_path / "cohort"
    folder.mkdir()
    title = "person_id,organisation,approaches,reciprocal_kind,knowing"
    (folder / "mentees.csv").write_text(
        f"{title},max_mentors\nana,Lab,reciprocal;developmental,exchange,why,1\n"
        "bo,Lab,reciprocal,exchange,how,1\n"
    )
    (folder / "mentors.csv").write_text(
        f"{title},capacity\numa,Lab,reciprocal,exchange,why;how,1\nvic,Lab,developmental,,why,1\n"
    )
    run = publish_match(folder, None, tmp_path / "run").folder
    matches = pd.read_csv(run / "matches.csv").set_index("mentee_id")
    assert matches["mentor_id"].to_dict() == {"ana": "vic", "bo": "uma"}
    assert matches["approach"].to_dict() == {"ana": "developmental", "bo": "reciprocal"}
    assert matches["reciprocal"].tolist() == [False, True]
    assert "light" in matches["role"]["bo"]
    assert pd.read_csv(run / "mentors.csv").set_index("mentor_id")["used"]["uma"] == 1.0
    assert matcher.verify(run).ok
    again = publish_match(folder, None, tmp_path / "again", previous=run, add=True).folder
    assert pd.read_csv(again / "matches.csv")["locked"].all()
