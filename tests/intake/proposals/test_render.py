"""What a config leaves open, and how its text looks once a question is answered."""

from __future__ import annotations

import pytest

from matcher.intake.proposals.proposal import Asked, Entry, Proposal
from matcher.intake.proposals.render import rendered, still_asked, without_question

ASKED = Asked(1, ("answers", "mood_2", "So so"), "what do such answers mean?", example="fine")


@pytest.mark.parametrize(
    "stated",
    [
        '[answers.mood_2]\n"so  so" = "fine"',
        '[scales.mood_2]\n"So so" = 3',
        '[scales."mood_*"]\n"So so" = 3',
    ],
)
def test_what_is_stated_is_not_asked(stated: str) -> None:
    """As a word or a number, for the column or for all that are called like it."""
    assert still_asked(Proposal(questions=(ASKED,)), stated) == ()


@pytest.mark.parametrize(
    "stated",
    [
        "",
        '[answers.other]\n"So so" = 3',
        '[answers.mood_2]\n"So so" = "missing" # QUESTION 1: what?',
    ],
)
def test_what_waits_for_an_answer_is_asked(stated: str) -> None:
    """Nothing said, said of another column, or filled in until somebody answers."""
    assert still_asked(Proposal(questions=(ASKED,)), stated) == (ASKED,)


def test_an_answered_question_leaves_the_text() -> None:
    """Its two comment lines go, the count at the top follows, all else stays."""
    title = Asked(2, ("columns", "signups", "Whom?"), "is it whom to avoid?", ("avoid", "ignore"))
    entries = [Entry(asked.path, None) for asked in (ASKED, title)]
    text, _ = rendered(Proposal(entries=tuple(entries), questions=(ASKED, title)), "")
    text = f"# mine\n{text}"
    one = without_question(text, title)
    assert "whom to avoid" not in one
    assert "1 question left" in one
    none = without_question(one, ASKED)
    assert "QUESTION" not in none
    assert "No question left. Then" in none
    assert none.startswith("# mine\n")
