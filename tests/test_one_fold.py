"""Words are folded in one way, so that two spellings are one organisation everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import make_cohort

from matcher.cohort.cohort import Cohort
from matcher.config import Config, FeatureConfig
from matcher.evaluate.instance_metrics import organisation_codes
from matcher.features import build_features
from matcher.features.feature_columns import like_labels
from matcher.network.ego_networks import build_networks
from matcher.pipeline import build
from matcher.problem.rules.seats import SeatRule
from matcher.text import fold, fold_column, fold_each
from matcher.vocabulary import Approach

STRAIGHT, CURLY = "St John's", "St  John\N{RIGHT SINGLE QUOTATION MARK}s "


def test_case_quotes_dashes_width_and_spaces_are_made_alike() -> None:
    """What typing and word processors change is no difference; letters are."""
    assert fold(STRAIGHT) == fold(CURLY) == "st john's"
    assert fold("A\N{EN DASH}B") == fold("\N{FULLWIDTH LATIN CAPITAL LETTER A}-b") == "a-b"
    assert fold("caf\N{LATIN SMALL LETTER E WITH ACUTE}") != fold("cafe")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    """A folded text is compared with folded texts, whoever folds it again."""
    assert fold(fold(text)) == fold(text)


def test_a_column_folds_as_its_cells_do() -> None:
    """Cells without a text are empty in a list and missing in a column."""
    cells = [STRAIGHT, None, "  ", CURLY, 3]
    assert fold_each(cells) == ["st john's", "", "", "st john's", ""]
    folded = fold_column(pd.Series(cells[:4], index=[4, 5, 6, 7], dtype="str"))
    assert folded.index.tolist() == [4, 5, 6, 7]
    assert folded.isna().tolist() == [False, True, True, False]
    assert fold_column(pd.Series([], dtype="str")).tolist() == []


@pytest.fixture
def two_spellings() -> Cohort:
    """Return a cohort of one organisation in two spellings, and of another one."""
    return make_cohort(
        [{"person_id": "e1", "organisation": STRAIGHT}],
        [
            {"person_id": "m1", "organisation": CURLY},
            {"person_id": "m2", "organisation": STRAIGHT},
            {"person_id": "m3", "organisation": "Elsewhere"},
        ],
        contacts=[{"person_id": "e1", "contact_id": "AB", "organisation": CURLY}],
    )


@pytest.mark.slow
def test_eligibility_and_groupings_see_one_organisation(two_spellings: Cohort) -> None:
    """`different`, likeness, external mentors and `max_same` go by the folded name."""
    config = Config.model_validate(
        {
            "eligibility": {"different": ["organisation"]},
            "portfolio": {
                "seats": [
                    {"name": "apart", "each": "organisation", "max": 1},
                    {"name": "outside", "external": True, "min": 1},
                ]
            },
        }
    )
    problem = build(two_spellings, config).problem
    scores = problem.scores.block(np.array([0])).score
    assert np.isfinite(scores).tolist() == [[False, False, True]]
    labels = like_labels(two_spellings, ["organisation"])
    assert labels is not None
    assert labels[0] == labels[1] != labels[2]
    external, same = sorted(problem.rules_of(SeatRule), key=lambda rule: -rule.least)
    assert external.mentor_home[:2].tolist() == [external.mentee_home[0]] * 2
    assert same.away[0] == same.away[1] != same.away[2]


def test_features_audit_and_evaluation_see_one_organisation(two_spellings: Cohort) -> None:
    """A feature `same`, an internal contact and the metrics go by the folded name."""
    feature = FeatureConfig(name="one", kind="same", weight=1.0, mentee=("organisation",))
    config = Config.model_validate({"features": (feature,)})
    approach = np.full((1, 3), list(Approach).index(Approach.DEVELOPMENTAL))
    values, _ = build_features(two_spellings, config).block(np.array([0]), approach)
    assert values[0, 0].tolist() == [1.0, 1.0, 0.0]
    assert build_networks(two_spellings).internal.tolist() == [[1.0]]
    mentee, mentor = organisation_codes(two_spellings)
    assert mentor[:2].tolist() == [mentee[0]] * 2
    assert mentor[2] != mentee[0]


def test_nobody_else_folds(root: Path) -> None:
    """Case is folded and Unicode forms are joined in `text.py` alone."""
    others = [p for p in (root / "src/matcher").rglob("*.py") if p.name != "text.py"]
    texts = {path.name: path.read_text(encoding="utf-8") for path in others}
    assert [n for n, text in texts.items() if "casefold(" in text or "NFKC" in text] == []
