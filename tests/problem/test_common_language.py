"""Languages that two have in common: told where nothing compares them, counted where matched."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.config import Config
from matcher.problem.build_warnings import languages_not_compared
from matcher.publish.pair_tables import common_languages

SPOKEN = (("English", "cymraeg"), ("Anglais", "fr"), ("English",))


@pytest.mark.parametrize(
    ("theirs", "sections", "told", "apart"),
    [
        ("french;welsh", {}, "33%", 1),
        ("french;welsh", {"eligibility": {"same": ["languages"]}}, "", 1),
        ("english", {}, "", 0),
    ],
)
def test_languages_that_nothing_compares_are_told(theirs, sections, told, apart):
    """Only where some could not talk, and neither a rule nor a weight compares them."""
    mentees = [{"person_id": k, "languages": said} for k, said in zip("abc", SPOKEN, strict=True)]
    cohort = make_cohort(mentees, [{"person_id": "x", "languages": tuple(theirs.split(";"))}])
    found = list(languages_not_compared(cohort, Config.model_validate(sections)))
    assert [told in finding.message for finding in found] == ([True] if told else [])
    pairs = SimpleNamespace(instance=SimpleNamespace(cohort=cohort), mentee=np.arange(3))
    pairs.mentor = np.zeros(3, dtype=int)
    assert common_languages(pairs) == {"known": 3, "none": apart}
