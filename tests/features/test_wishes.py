"""Wishes: only what the mentee asked for and the mentor volunteered."""

from __future__ import annotations

import pytest
from tests.features.helpers import block, value

WISHES = block("wishes")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wished", "shared", "expected"),
    [
        (("gender=woman",), ("Gender=Woman",), 1.0),
        (("gender=woman",), ("gender=man",), 0.0),
        (("gender=woman",), ("first generation",), None),
        (("gender=woman",), (), None),
        ((), ("gender=woman",), None),
        (("gender=woman", "carer"), ("gender=woman", "veteran"), 0.5),
        (("gender=woman", "carer"), ("gender=woman",), 1.0),
        (("carer",), ("carer", "veteran"), 1.0),
    ],
)
def test_share_of_wishes_met(wished, shared, expected):
    """Wishes on attributes that the mentor did not volunteer leave the share."""
    found = value(WISHES, {"wish_same": wished}, {"shared_for_matching": shared})
    assert found == expected


@pytest.mark.slow
def test_names_of_columns_stand_for_the_persons_own_answer():
    """A wish for the same language is met by a mentor who volunteered theirs."""
    mentee = {"wish_same": ("languages",), "languages": ("en", "fr")}
    assert value(WISHES, mentee, {"shared_for_matching": ("languages",), "languages": ("fr",)}) == 1
    assert value(WISHES, mentee, {"shared_for_matching": ("languages",), "languages": ("de",)}) == 0
    assert value(WISHES, mentee, {"shared_for_matching": ("languages=en",)}) == 1


def test_nothing_is_inferred():
    """An equal column that the mentor did not volunteer counts for nothing."""
    mentee = {"wish_same": ("languages",), "languages": ("fr",)}
    assert value(WISHES, mentee, {"languages": ("fr",)}) is None


def test_protected_attributes_are_never_read():
    """The table of groups changes no wish."""
    groups = [{"person_id": "e0", "gender": "woman"}, {"person_id": "m0", "gender": "woman"}]
    mentee, mentor = {"wish_same": ("gender",)}, {"shared_for_matching": ("gender=woman",)}
    assert value(WISHES, mentee, mentor, groups=groups) is None
