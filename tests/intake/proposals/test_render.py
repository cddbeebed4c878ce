"""What a config leaves open, and how its text looks once a question is answered."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from matcher.intake.proposals.proposal import AS_ABOVE, Asked, Draft, Entry, Proposal
from matcher.intake.proposals.render import (
    numbered_after,
    open_words,
    rendered,
    still_asked,
    without_question,
)

ASKED = Asked(1, ("answers", "mood_2", "So so"), "what do such answers mean?", example="fine")


@pytest.mark.parametrize(
    "stated",
    [
        '[answers.mood_2]\n"so  so" = "fine"',
        '[scales.mood_2]\n"So so" = 3',
        '[scales."mood_*"]\n"So so" = 3',
        f'[answers.mood_2]\n"So so" = "fine" # {AS_ABOVE}',
        '[numbers.mood_2]\n"So so" = 1 # QUESTION 1: what?',
    ],
)
def test_what_is_stated_is_not_asked(stated: str) -> None:
    """As a word or a number, for the column or all called like it, whatever its comment asks."""
    assert still_asked(Proposal(questions=(ASKED,)), stated) == ()
    assert open_words(stated) == {}


@pytest.mark.parametrize(
    "stated",
    [
        "",
        '[answers.other]\n"So so" = 3',
        '[answers.mood_2]\n"So so" = "missing" # QUESTION 1: what?',
        '[answers.mood_2]\n"So so" = "So so" # QUESTION 1: what?',
    ],
)
def test_what_waits_for_an_answer_is_asked(stated: str) -> None:
    """Nothing said, said of another column, or filled in until somebody answers."""
    assert still_asked(Proposal(questions=(ASKED,)), stated) == (ASKED,)


def test_what_stands_below_is_asked_next() -> None:
    """One question a column; each answer waits for its own meaning, `missing` being one."""
    paths = [("answers", "availability", word) for word in ("by ferry", "on call")]
    asked = Asked(1, paths[0], "what do they mean?", also=(paths[1],))
    open_ = [Entry(paths[0], "missing", "QUESTION 1: what?"), Entry(paths[1], "missing", AS_ABOVE)]
    text, _ = rendered(Proposal(entries=tuple(open_), questions=(asked,)), "")
    assert still_asked(Proposal(questions=(asked,)), text) == (asked,)
    said = text.replace("QUESTION 1: what?", "chosen")
    (left,) = still_asked(Proposal(questions=(asked,)), said)
    assert (left.path, left.also) == (paths[1], ())
    assert still_asked(Proposal(questions=(asked,)), said.replace(AS_ABOVE, "chosen")) == ()


@pytest.mark.parametrize(
    ("path", "said", "value"),
    [
        (("answers", "availability", "by ferry"), "Wed to Fri; Mon evenings", "as said"),
        (("answers", "availability", "by ferry"), "when it sails", None),
        (("answers", "availability", "by ferry"), "Missing", "missing"),
        (("numbers", "capacity", "none, alas"), "0", 0),
        (("numbers", "capacity", "a pair"), "two", 2),
        (("numbers", "max_mentors", "a pair"), "1.5", None),
        (("numbers", "capacity", "a pair"), "some", None),
        (("scales", "need_why", "so so"), "2.5", 2.5),
        (("scales", "need_why", "so so"), "9", None),
    ],
)
def test_a_meaning_is_taken_if_its_column_can_hold_it(
    path: tuple[str, ...], said: str, value: str | float | None
) -> None:
    """Numbers in figures or words and times in plain words are; what nobody can read is not."""
    assert Asked(1, path, "?").value_of(said) == (said if value == "as said" else value)


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


SEAT = ("columns", "signups", "Which seat?")
WORDS = [("answers", "role", word) for word in ("front", "back")]
LEVELS = [("answers", "contexts", word) for word in ("a bit", "loads")]


def drawn() -> Proposal:
    """Return a column that is asked, its answers if it is what it may be, and steps of a scale."""
    draft = Draft({})
    draft.ask(SEAT, "is it the role?", choices=("role", "ignore"), example="role")
    draft.ask_too(draft.questions[0], ("columns", "mentors", "Which seat?"), ("role", "ignore"))
    draft.ask_if(draft.questions[0], WORDS, "and what do they mean?", ("mentee", "mentor"))
    draft.ask_together(LEVELS, "do they count?", choices=("ticked", "missing"), meanwhile="missing")
    return Proposal(entries=tuple(draft.entries.values()), questions=tuple(draft.questions))


def test_all_that_a_column_needs_is_one_question() -> None:
    """Its answers stand below it, its steps under one number, and each line says what to write."""
    text, _ = rendered(drawn(), "")
    assert "2 questions left" in text
    assert text.count("# QUESTION 1: ") == 2
    assert text.count('# "Which seat?" = "role"') == text.count("as QUESTION 1: ") + 1 == 2
    assert 'loads = "missing" # as above' in text
    assert "(write ticked or missing)" in text
    assert open_words(text) == {"contexts": ["a bit", "loads"]}
    said = without_question(text, drawn().questions[0])
    assert "front" not in said
    assert "1 question left" in said


def test_what_is_new_is_numbered_after_what_a_file_asks() -> None:
    """And what it asks already keeps its number."""
    text, _ = rendered(drawn(), "")
    later = Asked(1, ("columns", "signups", "Whom?"), "is it whom to avoid?", ("avoid",))
    proposal = Proposal(
        questions=(later, *(replace(q, number=q.number + 1) for q in drawn().questions))
    )
    assert [asked.number for asked in numbered_after(proposal, text).questions] == [3, 1, 2]
    text = text.replace('# "Which seat?" = "role"', '"Which seat?" = "role"', 1)
    assert [asked.number for asked in numbered_after(proposal, text).questions] == [3, 1, 2]


def test_what_is_new_stands_whole_beside_what_is_there() -> None:
    """A word in which another ends is another; the count follows, and blank lines stay at ends."""
    first = Draft({})
    first.ask_together([("answers", "role", "Northern")], "is it a role?", choices=("mentee",))
    first.add(("numbers", "capacity", "a pair"), 2)
    questions = (ASKED, *first.questions)
    text, _ = rendered(Proposal(entries=tuple(first.entries.values()), questions=questions), "")
    assert "2 questions left" in text
    later = Draft({})
    later.ask_together([("answers", "role", "ern")], "is it one?", choices=("mentor",))
    text, added = rendered(
        Proposal(entries=tuple(later.entries.values()), questions=tuple(later.questions)), text
    )
    assert "1 question left" in text
    assert added == ["answers.role.ern"]
    assert '"\n# QUESTION 3: is it one? (write mentor)\n# ern = ""\n\n[numbers' in text


def test_a_table_that_a_file_writes_in_two_places_is_gone_on_with() -> None:
    """As `map` itself wrote it: what is new goes where the table begins."""
    text = "[tables.signups]\nseparator = ','\n\n[input]\nid = 'email'\n\n"
    text += "[tables.signups.separators]\nmodes = ';'\n"
    path = ("tables", "signups", "date_format")
    written, added = rendered(Proposal(entries=(Entry(path, "%d/%m/%Y", "why"),)), text)
    assert len(added) == 1
    assert tomllib.loads(written)["tables"]["signups"] == {
        "separator": ",", "separators": {"modes": ";"}, "date_format": "%d/%m/%Y",
    }  # fmt: skip
