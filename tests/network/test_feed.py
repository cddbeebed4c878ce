"""What the audit feeds into the match, and that it can be switched off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.support import make_cohort

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.network import audit_cohort
from matcher.pipeline import build
from matcher.vocabulary import FACETS


def cohort() -> Cohort:
    """Return a mentee with five contacts, all internal and for today's work, and two mentors."""
    contacts = [
        {
            "person_id": "m",
            "contact_id": f"c{k}",
            "internal": "yes",
            "frequency": "often" if k else "rarely",
            "purposes": ("operational",),
        }
        for k in range(5)
    ]
    mentees = [
        {"person_id": "m", "purposes": ("strategic", "operational"), "need_whom": 4.0},
        {"person_id": "n", "purposes": ("strategic", "operational"), "need_whom": 4.0},
    ]
    mentors = [
        {"person_id": "s", "purposes": ("strategic",), "offer_whom": 5.0},
        {"person_id": "t", "purposes": ("operational",), "offer_how": 5.0},
    ]
    return make_cohort(mentees, mentors, contacts=contacts)


def contributions(*, feed: bool) -> pd.DataFrame:
    """Return the contributions of all four pairs by mentee, mentor and feature."""
    instance = build(cohort(), Config.model_validate({"audit": {"feed_match": feed}}))
    scores = instance.pair_scores
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    approach = instance.candidates.listed(rows, columns)
    frame = scores.contributions(rows, columns, approach)
    return frame.set_index(["mentee_id", "mentor_id", "feature"])


@pytest.mark.slow
def test_gaps_show_in_the_contributions() -> None:
    """The mentor who closes the gap gets network_gain; the one who adds the same does not."""
    found = contributions(feed=True)
    strategic = found.loc[("m", "s", "network_gain")]
    operational = found.loc[("m", "t", "network_gain")]
    assert bool(strategic["answered"])
    assert strategic["value"] > operational["value"] == 0.0
    assert not bool(found.loc[("n", "s", "network_gain"), "answered"])


@pytest.mark.slow
def test_gaps_shift_the_need_towards_what_is_missing() -> None:
    """Beside the other mentor, the one who closes the gap fits better where the audit shows it."""
    fit = contributions(feed=True)["value"].xs("need_fit", level="feature")
    assert fit["m", "s"] / fit["m", "t"] > fit["n", "s"] / fit["n", "t"]


@pytest.mark.slow
def test_switched_off_nothing_of_the_audit_is_left() -> None:
    """Without the feed both mentees, alike but for the audit, have equal contributions."""
    found = contributions(feed=False)
    assert not bool(found.loc[("m", "s", "network_gain"), "answered"])
    for mentor in ("s", "t"):
        one, other = found.loc[("m", mentor)], found.loc[("n", mentor)]
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.slow
def test_organic_ties_count_as_cover() -> None:
    """Ties that serve a facet already hold cover on it, less where they are rarely used."""
    held = audit_cohort(cohort())
    best = dict(zip(FACETS, held.held_best[0], strict=True))
    second = dict(zip(FACETS, held.held_second[0], strict=True))
    assert best["purpose.operational"] == second["purpose.operational"]
    assert best["knowing.how.skills"] == best["purpose.operational"]
    assert best["purpose.strategic"] == 0.0
    instance = build(cohort(), Config())
    assert instance.problem.held_best is not None
    assert instance.problem.held_best[0].max() == best["purpose.operational"]
    assert instance.problem.held_best[1].max() == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(("cap", "covered"), [(0.5, 0.5), (0.7, 0.7), (1.0, 0.78), (0.0, 0.0)])
def test_organic_ties_cover_no_more_than_they_may(cap: float, covered: float) -> None:
    """However many ties serve a facet, `[audit] organic_cover` is the most they cover in all."""
    config = Config.model_validate({"audit": {"organic_cover": cap}})
    held = audit_cohort(cohort(), config)
    at = FACETS.index("purpose.operational")
    assert held.held_best[0, at] + 0.3 * held.held_second[0, at] == pytest.approx(covered)


@pytest.mark.slow
def test_one_rare_tie_holds_half() -> None:
    """A contact rarely seen holds half of the organic offer, and there is no second."""
    one = make_cohort(
        [{"person_id": "m"}],
        [{"person_id": "s"}],
        contacts=[
            {
                "person_id": "m",
                "contact_id": "c",
                "purposes": ("personal",),
                "frequency": "rarely",
            }
        ],
    )
    held = audit_cohort(one)
    assert held.held_best[0, FACETS.index("purpose.personal")] == 0.3
    assert held.held_second.max() == 0.0
