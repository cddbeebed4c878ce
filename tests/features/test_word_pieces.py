"""The word list and its rules give the numbers that the model was trained with."""

from __future__ import annotations

import pytest

from matcher.features.sentence_models import PIECES_FILE, piece_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("I study malaria.", [1045, 2817, 19132, 1012]),
        (
            "Grant-writing, peer review & e-mail: 50%!",
            [3946, 1011, 3015, 1010, 8152, 3319, 1004, 1041, 1011, 5653, 1024, 2753, 1003, 999],
        ),
        ("Żółć café naïve", [1062, 2080, 18818, 2278, 7668, 15743]),
        (
            "unaffordability of antidisestablishmentarianism",
            [14477, 4246, 8551, 8010, 1997, 3424, 10521, 4355, 7875, 13602, 3672, 12199, 2964],
        ),
        ("王小明 teaches", [1909, 1829, 1865, 12011]),
        (
            "it's\u200b 3\u00d74 \u2014 \u201cok\u201d \U0001f30d",
            [2009, 1005, 1055, 1017, 26306, 2549, 1517, 1523, 7929, 1524, 100],
        ),
        ("x" * 101, [100]),
        ("", []),
    ],
)
def test_numbers_of_the_reference(text: str, numbers: list[int]) -> None:
    """As the `tokenizers` of the model's authors give them, once computed."""
    assert piece_numbers(text, 128) == [101, *numbers, 102]


def test_long_texts_end_where_the_model_does() -> None:
    """Start and end are among the pieces."""
    numbers = piece_numbers("word " * 400, 128)
    assert len(numbers) == 128
    assert numbers[-1] == 102


def test_words_are_no_commands() -> None:
    """A text that spells a special piece gets no special number."""
    assert not {101, 102, 103} & set(piece_numbers("[CLS] [SEP] [MASK]", 128)[1:-1])


def test_the_list_is_whole() -> None:
    """30,522 pieces, none twice."""
    pieces = PIECES_FILE.read_text("utf-8").split("\n")[:-1]
    assert len(pieces) == len(set(pieces)) == 30_522
