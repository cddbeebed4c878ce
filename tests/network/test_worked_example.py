"""The worked example W6 of the audit's specification, in exact fractions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import log

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.network import CohortAudit, audit_cohort

AS_OF = date(2026, 6, 30)


def w6() -> Cohort:
    """Return ego and the six contacts of W6, with 20 other people, 8 of them in organisation A."""
    others = [
        {"person_id": f"p{k:02d}", "organisation": "A" if k < 8 else "B" if k < 14 else "C"}
        for k in range(20)
    ]
    purposes = [
        ("operational", "personal"),
        *[("operational",)] * 3,
        ("personal", "strategic"),
        ("strategic",),
    ]
    rows = []
    for k in range(6):
        rows.append(
            {
                "person_id": "ego",
                "contact_id": f"c{k + 1}",
                "organisation": "AAAABC"[k],
                "internal": "yes" if k < 4 else "no",
                "era": "past" if k < 4 else ("present", "future")[k - 4],
                "known_since": date(2015, 1, 1) if k < 4 else date(2025, 1, 1),
                "frequency": ["often"] * 3 + ["occasionally"] * 2 + ["rarely"],
                "purposes": purposes[k],
                "sees_me_as": ("no", "no", "no", "no", "yes", None)[k],
                "knows": {0: ("x",), 4: ("x", "y"), 5: ("y", "z")}.get(k, ()),
            }
        )
        rows[-1]["frequency"] = rows[-1]["frequency"][k]
    ties = [("c1", "c2"), ("c1", "c3"), ("c2", "c3"), ("c3", "c4")]
    return make_cohort(
        mentees=[{"person_id": "ego", "organisation": "A"}, *others[:10]],
        mentors=others[10:],
        contacts=rows,
        contact_ties=[
            {"person_id": "ego", "contact_id": a, "other_contact_id": b} for a, b in ties
        ],
        as_of=AS_OF,
    )


@pytest.fixture(scope="module")
def audited() -> CohortAudit:
    """Return the audit of W6."""
    return audit_cohort(w6())


BALANCE = -(0.5 * log(0.5) + 2 * 0.25 * log(0.25)) / log(3)
EXPECTED = {
    "ei_index": Fraction(-1, 3),
    "density": Fraction(4, 15),
    "effective_size": Fraction(14, 3),
    "efficiency": Fraction(7, 9),
    "constraint": Fraction(637, 1728),
    "connectivity": 1 - Fraction(349, 680),
    "blau_organisation": Fraction(1, 2),
    "iqv_organisation": Fraction(3, 4),
    "coleman_organisation": Fraction(4, 9),
    "yule_organisation": Fraction(2, 3),
    "multiplexity": Fraction(1, 6),
    "fof_reach": 3,
    "fof_efficiency": Fraction(3, 5),
    "weak_tie_share": Fraction(1, 2),
    "purpose_balance": BALANCE,
}


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "expected"), EXPECTED.items())
def test_metric_of_w6(audited: CohortAudit, metric: str, expected: Fraction) -> None:
    """Every metric of W6 has the value computed by hand in fractions."""
    frame = audited.metrics.set_index(["person_id", "metric"])
    assert frame.loc[("ego", metric), "value"] == pytest.approx(float(expected), abs=1e-12)
    assert frame.loc[("ego", metric), "reason"] == ""


def test_purpose_balance_as_printed(audited: CohortAudit) -> None:
    """The purpose balance of W6 rounds to the five digits of the specification."""
    assert round(float(audited.measures["purpose_balance"].value[0]), 5) == 0.94639


@pytest.mark.parametrize(
    ("category", "score", "level", "drivers"),
    [
        ("birds_of_a_feather", Fraction(4, 9), "some", ["c1", "c2", "c3", "c4"]),
        ("network_lag", Fraction(43, 60), "strong", ["c1", "c2", "c3", "c4"]),
        ("echo_chamber", Fraction(8, 45), "none", ["c1", "c2", "c3", "c4"]),
        ("pigeonholing", Fraction(4, 5), "strong", ["c1", "c2", "c3", "c4"]),
    ],
)
def test_detector_of_w6(
    audited: CohortAudit, category: str, score: Fraction, level: str, drivers: list[str]
) -> None:
    """Every detector of W6 has its score, its level and the contacts behind it."""
    row = audited.detectors.set_index(["person_id", "category"]).loc[("ego", category)]
    assert row["score"] == pytest.approx(float(score), abs=1e-12)
    assert row["level"] == level
    found = next(d for d in audited.detected if d.category == category)
    slots = np.flatnonzero(found.drivers[0])
    assert audited.contacts_of(0)["contact_id"].iloc[slots].tolist() == drivers


def test_contacts_are_counted_not_named_unless_shared(audited: CohortAudit) -> None:
    """What the programme reads holds a count of contacts where nothing was shared with it."""
    ego = audited.detectors[audited.detectors["person_id"] == "ego"]
    assert set(ego["contacts"]) == {"4"}


def test_typology_of_w6(audited: CohortAudit) -> None:
    """W6 is an entrepreneurial network: diverse, and half of the ties are strong."""
    assert audited.profiles.set_index("person_id").loc["ego", "typology"] == "entrepreneurial"


@pytest.mark.slow
def test_declared_categories_set_k() -> None:
    """A fourth declared category lowers the IQV of W6 from 3/4 to 2/3."""
    config = Config.model_validate(
        {"audit": {"population": {"organisation": {"A": 8, "B": 6, "C": 4, "D": 2}}}}
    )
    measures = audit_cohort(w6(), config).measures
    assert measures["iqv_organisation"].value[0] == pytest.approx(2 / 3, abs=1e-12)
    assert measures["coleman_organisation"].value[0] == pytest.approx(4 / 9, abs=1e-12)


def test_every_person_has_every_metric(audited: CohortAudit) -> None:
    """People without contacts have a row a metric too: no value, and the reason EMPTY_NETWORK."""
    counts = audited.metrics.groupby("person_id")["metric"].nunique()
    assert len(counts) == 11
    assert counts.nunique() == 1
    empty = audited.metrics[audited.metrics["person_id"] != "ego"]
    assert empty["value"].isna().all()
    assert set(empty["reason"]) == {"EMPTY_NETWORK"}


def test_gaps_and_cover_of_w6(audited: CohortAudit) -> None:
    """Two tags in eight leave a quarter of a gap; inward ties leave a third; organic ties cover."""
    from matcher.vocabulary import FACETS

    gaps = dict(zip(FACETS, audited.gaps[0], strict=True))
    assert gaps["purpose.operational"] == 0.0
    assert gaps["purpose.strategic"] == pytest.approx(0.25)
    assert gaps["knowing.whom.network"] == pytest.approx(1 / 3)
    best = dict(zip(FACETS, audited.held_best[0], strict=True))
    second = dict(zip(FACETS, audited.held_second[0], strict=True))
    held = best["purpose.strategic"], second["purpose.strategic"]
    assert held[0] == pytest.approx(2 * held[1])
    assert held[0] + 0.3 * held[1] == pytest.approx(0.5)
    assert np.count_nonzero(audited.gaps[1:]) == 0
    assert audited.has_audit.tolist() == [True] + [False] * 10


@pytest.mark.slow
def test_feed_can_be_switched_off() -> None:
    """With feed_match off the match sees no audit at all, while the audit itself stays."""
    off = audit_cohort(w6(), Config.model_validate({"audit": {"feed_match": False}}))
    assert not off.gaps.any()
    assert not off.held_best.any()
    assert not off.has_audit.any()
    assert off.audited[0]


@pytest.mark.slow
def test_protected_attributes_stay_out_of_the_match() -> None:
    """An attribute that only `groups` knows, or protected by name, is measured but never fed."""
    rows = [
        {"person_id": "ego", "contact_id": f"c{k}", "shoe_size": "9", "gender": "x"}
        for k in range(4)
    ]
    people = [{"person_id": "ego", "shoe_size": "9"}, {"person_id": "other", "shoe_size": "9"}]
    cohort = make_cohort(
        [{"person_id": person["person_id"]} for person in people],
        [{"person_id": "m"}],
        contacts=rows,
        groups=[*people, {"person_id": "m", "shoe_size": "8"}],
    )
    found = audit_cohort(cohort)
    assert found.measures["coleman_shoe_size"].value[0] == 1.0
    assert {a.name: a.protected for a in found.attributes} == {
        "organisation": False,
        "gender": True,
        "shoe_size": True,
    }
    assert not found.gaps.any()
    assert not found.held_best.any()
