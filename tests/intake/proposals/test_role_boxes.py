"""Two ticked boxes of the role are both roles, in one cell or in two columns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from matcher.config import Config
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.read import read_cohort


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (("apprend", "guide", "apprend,guide"), ("mentee", "mentor", "both")),
        (("apprend;", "guide;", "guide;apprend;"), ("mentee", "mentor", "both")),
    ],
)
def test_who_ticks_both_boxes_of_the_role_plays_both(
    tmp_path: Path, said: tuple[str, ...], taken: tuple[str, ...]
) -> None:
    """The box that is known by itself says nothing of the two together."""
    rows = [[f"p{k}@quai.example", f"Ada Bo{k}", said[k % 3]] for k in range(9)]
    lines = [["Email", "Nom", "Role"], *rows]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    words = {"apprend": "mentee", "guide": "mentor", "apprend;": "mentee", "guide;": "mentor"}
    settled = {("answers", "role", word): role for word, role in words.items()}
    proposal = propose(tmp_path, settled=settled)
    asked = [q.path[2] for q in propose(tmp_path).questions if q.path[:2] == ("answers", "role")]
    assert not [text for text in asked if "guide" in text and "apprend" in text]
    cohort = read_cohort(tmp_path, config_of(proposal))
    counts = Counter(taken[k % 3] for k in range(9))
    both = counts["both"]
    assert (len(cohort.mentees), len(cohort.mentors)) == (
        counts["mentee"] + both,
        counts["mentor"] + both,
    )


@pytest.mark.parametrize("tick", ["", "x"])
def test_two_columns_of_boxes_for_the_role_may_both_be_ticked(tmp_path: Path, tick: str) -> None:
    """Two roles in two columns are both roles; two answers to one question would be a conflict."""
    boxes = [("", "Gives"), ("Takes", ""), ("Takes", "Gives"), ("Takes", ""), ("", "Gives")]
    head = ["Email", "Name", "I am one who [Takes]", "I am one who [Gives]"]
    rows = [
        [f"p{k}@quai.example", f"Ada Bo{k}", *(tick or b if b else "" for b in row)]
        for k, row in enumerate(boxes)
    ]
    text = "\n".join(",".join(line) for line in [head, *rows])
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    stated = {
        "input": {"id": "email"},
        "columns": {"I am one who": "role"},
        "answers": {"role": {"Takes": "mentee", "Gives": "mentor"}},
    }
    cohort = read_cohort(tmp_path, Config.model_validate(stated))
    assert (len(cohort.mentees), len(cohort.mentors)) == (3, 3)


def test_a_box_beside_a_known_one_is_asked_about(tmp_path: Path) -> None:
    """Nobody ticked it alone: that the other one is known does not say what the two are."""
    said = ("Mentee", "Mentor", "Mentee,Boss")
    lines = ["Email,Name,Role", *(f'p{k}@quai.example,Ada Bo{k},"{said[k % 3]}"' for k in range(9))]
    (tmp_path / "form.csv").write_text("\n".join(lines), encoding="utf-8")
    asked = [q.path for q in propose(tmp_path).questions]
    assert ("answers", "role", "Mentee,Boss") in asked


@pytest.mark.parametrize(
    "titles",
    [
        ("Do you want a mentor?", "Could you mentor somebody?"),
        ("Wünschst du dir einen Mentor?", "Möchtest du selbst Mentorin sein?"),
        ("Szukasz mentora?", "Czy chcesz być mentorem?"),
    ],
)
def test_a_yes_to_each_of_two_roles_is_both(tmp_path: Path, titles: tuple[str, str]) -> None:
    """Two questions by yes and no, one a role: no answer of either is lost."""
    said = [("Yes", "No"), ("No", "Yes"), ("Yes", "Yes")]
    rows = [[f"p{k}@quai.example", f"Ada Bo{k}", *said[k % 3]] for k in range(9)]
    lines = [["Email", "Name", *titles], *rows]
    (tmp_path / "form.csv").write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    proposal = propose(tmp_path)
    assert not proposal.questions
    cohort = read_cohort(tmp_path, config_of(proposal))
    assert (len(cohort.mentees), len(cohort.mentors)) == (6, 6)


def test_a_wish_of_who_has_another_question_for_the_role_is_none(tmp_path: Path) -> None:
    """Where nearly half say no to both, or a question says mentee and mentor, they are no roles."""
    rows = [
        [f"p{k}@quai.example", f"Ada Bo{k}", *("No", "No" if k % 2 else "Yes"), "mentee"]
        for k in range(9)
    ]
    rows[0][-1] = "mentor"
    head = ["Email", "Name", "Do you want a mentor?", "Could you mentor somebody?", "Role"]
    lines = "\n".join(map(",".join, [head, *rows]))
    (tmp_path / "form.csv").write_text(lines, encoding="utf-8")
    taken = {c.title: c.target for t in propose(tmp_path).tables for c in t.columns}
    assert taken["Role"] == "role" != taken["Could you mentor somebody?"]
