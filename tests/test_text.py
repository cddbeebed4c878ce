"""Words are counted, listed and shown in one way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.text import capital, count_of, listed, plural, printable, shortened, spelt


@given(st.text())
def test_printable_text_hides_nothing(text: str) -> None:
    """No control or direction-changing character is left."""
    assert printable(text).isprintable()


def test_one_is_one_and_all_else_is_many() -> None:
    """Counts agree with their nouns and verbs, whole or not."""
    assert count_of(1, "mentor") == "1 mentor"
    assert count_of(0, "mentor") == "0 mentors"
    assert count_of(2, "match", "matches") == "2 matches"
    assert count_of(1.0, "place") == "1 place"
    assert count_of(2.5, "place") == "2.5 places"
    assert plural(1, "is", "are") == "is"


def test_small_counts_are_words() -> None:
    """Up to ten a count is spelt, larger ones are digits."""
    assert [spelt(0), spelt(2), spelt(11)] == ["no", "two", "11"]
    assert capital(spelt(2)) == "Two"


def test_lists_read_as_a_sentence() -> None:
    """Two words are joined by the last word, and what holds it itself gets a comma."""
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert listed(["a und b", "c"], "und", " sowie") == "a und b sowie c"
    assert listed(["a and b", "c"]) == "a and b, and c"
    assert listed(['"a and b"', "c"]) == '"a and b" and c'


def test_long_lists_are_shortened() -> None:
    """The first are named, the rest is counted."""
    assert shortened(["a", "b"], most=2) == "a, b"
    assert shortened(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
