"""The four detectors at their edges."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.network import CohortAudit, audit_cohort
from matcher.network.detectors import grade
from matcher.vocabulary import AuditCategory


def detect(contacts: list[dict[str, object]], **tables: list[dict[str, object]]) -> CohortAudit:
    """Return the audit of one person of organisation A with these contacts."""
    rows = [
        {"person_id": "ego", "contact_id": f"c{k:02d}", **row} for k, row in enumerate(contacts)
    ]
    return audit_cohort(
        make_cohort(
            mentees=[{"person_id": "ego", "organisation": "A"}],
            mentors=[{"person_id": f"m{k}", "organisation": "AB"[k % 2]} for k in range(4)],
            contacts=rows,
            **tables,
        )
    )


def score(found: CohortAudit, category: AuditCategory) -> tuple[float, str, str]:
    """Return score, level and reason of the one person."""
    detected = next(d for d in found.detected if d.category is category)
    return float(detected.score.value[0]), detected.level[0], detected.score.reason[0]


@pytest.mark.parametrize(
    ("value", "level", "echo"),
    [
        (0.0, "none", "none"),
        (0.2499, "none", "none"),
        (0.25, "none", "some"),
        (0.33, "some", "some"),
        (0.5, "some", "strong"),
        (0.66, "some", "strong"),
        (0.6601, "strong", "strong"),
        (1.0, "strong", "strong"),
        (np.nan, "", ""),
    ],
)
def test_levels(value: float, level: str, echo: str) -> None:
    """Levels change at .33 and above .66, for echo chambers at .25 and .50."""
    assert grade(AuditCategory.NETWORK_LAG, np.array([value]))[0] == level
    assert grade(AuditCategory.ECHO_CHAMBER, np.array([value]))[0] == echo


@pytest.mark.slow
def test_all_internal_clique_is_an_echo_chamber() -> None:
    """Five internal contacts who all know each other: E-I -1, echo 1."""
    ties = [
        {"person_id": "ego", "contact_id": f"c{a:02d}", "other_contact_id": f"c{b:02d}"}
        for a in range(5)
        for b in range(a)
    ]
    found = detect([{"internal": "yes"}] * 5, contact_ties=ties)
    assert found.measures["ei_index"].value[0] == -1
    assert score(found, AuditCategory.ECHO_CHAMBER) == (1.0, "strong", "")


@pytest.mark.slow
def test_all_external_star_is_none() -> None:
    """Ten external contacts who do not know each other: E-I +1, echo 0."""
    found = detect([{"internal": "no"}] * 10)
    assert found.measures["ei_index"].value[0] == 1
    assert score(found, AuditCategory.ECHO_CHAMBER) == (0.0, "none", "")


@pytest.mark.slow
def test_three_contacts_are_too_few() -> None:
    """Below four contacts no detector speaks."""
    found = detect(
        [{"internal": "yes", "sees_me_as": "no", "era": "past", "organisation": "A"}] * 3
    )
    assert {score(found, category)[2] for category in AuditCategory} == {"TOO_FEW_CONTACTS"}
    assert set(found.detectors["contacts"]) == {""}


@pytest.mark.slow
def test_pigeonholing_needs_three_opinions() -> None:
    """Unknown answers are left out, and two known ones are not enough."""
    two = detect([{"sees_me_as": "no"}] * 2 + [{}] * 3)
    three = detect([{"sees_me_as": "no"}] * 2 + [{"sees_me_as": "yes"}] + [{}] * 3)
    assert score(two, AuditCategory.PIGEONHOLING)[2] == "NOT_ANSWERED"
    assert score(three, AuditCategory.PIGEONHOLING)[0] == pytest.approx(2 / 3)


@pytest.mark.slow
def test_birds_without_population_use_iqv() -> None:
    """An attribute that only contacts have is compared among them: all alike gives 1."""
    same = detect([{"profession": "nurse"}] * 3 + [{"profession": "Nurse "}])
    mixed = detect([{"profession": job} for job in ("nurse", "nurse", "smith", "smith")])
    assert np.isnan(score(same, AuditCategory.BIRDS_OF_A_FEATHER)[0])
    assert same.measures["iqv_profession"].reason[0] == "ONE_CATEGORY"
    assert score(mixed, AuditCategory.BIRDS_OF_A_FEATHER)[0] == pytest.approx(0.0)


@pytest.mark.slow
def test_shared_contacts_are_named_and_others_counted() -> None:
    """The programme reads the names that were shared with it and how many others there are."""
    rows = [{"sees_me_as": "no", "share_with": share} for share in ("programme", "me", "mentor")]
    found = detect([*rows, {"sees_me_as": "yes"}])
    table = found.detectors.set_index("category")["contacts"]
    assert table["pigeonholing"] == "c00;+2"


@pytest.mark.slow
def test_row_order_does_not_matter() -> None:
    """Contacts in another order give the same metrics, detectors and feed."""
    rows = [
        {"internal": "yes" if k % 2 else "no", "purposes": ("personal",), "frequency": "often"}
        for k in range(6)
    ]
    named = [{"contact_id": f"x{k}", "person_id": "ego", **row} for k, row in enumerate(rows)]
    people = {"mentees": [{"person_id": "ego"}], "mentors": [{"person_id": "m"}]}
    one = audit_cohort(make_cohort(**people, contacts=named))
    other = audit_cohort(make_cohort(**people, contacts=named[::-1]))
    assert one.metrics.equals(other.metrics)
    assert one.detectors.equals(other.detectors)
    np.testing.assert_array_equal(one.held_second, other.held_second)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("since", "as_of", "is_long"),
    [
        ("2021-06-30", "2026-06-30", True),
        ("2021-07-01", "2026-06-30", False),
        ("2019-03-01", "2024-02-29", False),
        ("2016-02-29", "2021-02-28", False),
        ("2016-02-29", "2021-03-01", True),
        ("2021-01-01", "2026-01-01", True),
    ],
)
def test_five_years_are_five_anniversaries(since: str, as_of: str, is_long: bool) -> None:
    """A contact is long known from the fifth anniversary on, however many leap days lie between."""
    contacts = [
        {"person_id": "ego", "contact_id": f"c{k}", "era": "future", "known_since": since}
        for k in range(4)
    ]
    today = date.fromisoformat(as_of)
    cohort = make_cohort(mentees=[{"person_id": "ego"}], as_of=today, contacts=contacts)
    assert score(audit_cohort(cohort), AuditCategory.NETWORK_LAG)[0] == 0.2 * is_long


@pytest.mark.slow
def test_a_score_on_the_step_is_graded_by_its_fraction() -> None:
    """.3 (1 - 3/10) + .2 * 3/5 is .33, so 'some', though floats sum to a little less."""
    contacts = [
        {
            "era": "future" if k < 3 else "present",
            "known_since": None if k >= 5 else "2010-01-01" if k < 3 else "2026-01-01",
        }
        for k in range(10)
    ]
    value, level, _ = score(detect(contacts), AuditCategory.NETWORK_LAG)
    assert value == pytest.approx(0.33, abs=1e-12)
    assert level == "some"
