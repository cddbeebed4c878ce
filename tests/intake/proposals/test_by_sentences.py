"""A model of sentences says what an unknown question is; what bears on safety is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from matcher.arrays import Floats
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.proposals.by_sentences import (
    SENTENCES,
    Alike,
    by_likeness,
    likeness_by,
    side_by_likeness,
    whom_by_likeness,
)
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses, if_barred

NAMES = ("Ann Able", "Bo Best", "Cy Cole", "Di Dunn")


def judge(like: Mapping[str, float]) -> Alike:
    """Return a judge that finds every title like some columns, and like others not at all."""
    targets = list(SENTENCES)
    of_text = {text: target for target, texts in SENTENCES.items() for text in texts}

    def encode(texts: Sequence[str]) -> Floats:
        rows = [{of_text[t]: 1.0} if t in of_text else like for t in texts]
        return np.array([[row.get(target, 0.0) for target in (*targets, "")] for row in rows])

    return likeness_by(encode)


def cells(*texts: str) -> CellEvidence:
    """Return the answers of six people, the given ones in turn."""
    found = CellEvidence.of([texts[k % len(texts)] for k in range(6)])
    return CellEvidence(found.counts, found.rows, people={name.casefold() for name in NAMES})


def test_the_model_fills_what_no_phrase_fits(tmp_path: Path) -> None:
    """An unknown question gets the column it is like, with the model named as the reason."""
    rows = ["a@x.org,Ann Able,Mentee,3", "b@x.org,Bo Best,Mentor,4"]
    text = "\n".join(["Email,Full name,Role,Zqx our wkl", *rows])
    (tmp_path / "form.csv").write_text(text + "\n")
    alike = judge({"hours_per_month": 0.9, "cadence": 0.2})
    found = {c.title: c for c in propose(tmp_path, alike=alike).tables[0].columns}
    assert found["Zqx our wkl"].target == "hours_per_month"
    assert found["Zqx our wkl"].why.is_by_model
    plain = {c.title: c.target for c in propose(tmp_path).tables[0].columns}
    assert plain["Zqx our wkl"] == "ignore"


@pytest.mark.parametrize(
    ("target", "answers"),
    [
        ("role", ["The first", "The second"]),
        ("consent", ["Go on", "Rather not"]),
        ("share_address", ["Go on", "Rather not"]),
        ("avoid", NAMES),
        ("line_manager", NAMES),
        ("groups.gender", ["female", "male"]),
    ],
)
def test_the_model_settles_nothing_that_harms_somebody(target: str, answers: list[str]) -> None:
    """However sure it is, it is asked; and where the next best would harm, that is asked."""
    [sure] = by_likeness(judge({target: 1.0})("Xyz"), cells(*answers))
    [near] = by_likeness(judge({"ignore": 0.72, target: 0.7})("Xyz"), cells(*answers)) or [sure]
    assert {sure.sureness, near.sureness} == {Sureness.ASKED}
    assert sure.target == near.target == target


def test_the_model_tells_no_wish_from_its_opposite() -> None:
    """However sure it is, both are asked about."""
    [found] = by_likeness(judge({"preferences": 1.0})("Xyz"), cells(*NAMES))
    assert found.why.code is Why.EITHER_WISH
    [manager] = by_likeness(judge({"line_manager": 0.72, "preferences": 0.7})("Xyz"), cells(*NAMES))
    assert (manager.target, manager.why) == ("line_manager", Said(Why.EITHER_WISH))


def test_what_is_unlike_or_as_much_like_another_is_left_open() -> None:
    """Too far from every question of the bank, or between two columns, nothing is said."""
    texts = cells("I want to grow in my job", "I hope for more time with my children")
    assert by_likeness(judge({"goals": 0.3, "": 1.0})("Xyz"), texts) == []
    assert by_likeness(judge({"goals": 0.7, "bio": 0.69})("Xyz"), texts) == []
    assert by_likeness(judge({"goals": 0.9, "bio": 0.5})("Xyz"), texts)[0].target == "goals"


def test_answers_speak_before_titles() -> None:
    """No column is one that its answers contradict, and nothing that names people is left out."""
    assert by_likeness(judge({"goals": 1.0})("Xyz"), cells("1", "2")) == []
    assert by_likeness(judge({"ignore": 1.0})("Xyz"), cells("tea", "coffee"))[0].target == "ignore"
    assert by_likeness(judge({"ignore": 1.0})("Xyz"), cells(*NAMES)) == []
    assert by_likeness(judge({"goals": 0.8, "ignore": 0.6})("Xyz"), cells("1", "2")) == []


def test_what_asks_for_the_opposite_is_asked() -> None:
    """`When can you not meet?` is no availability."""
    [guess] = by_likeness(judge({"not availability": 1.0})("Xyz"), cells("Monday", "Friday"))
    assert (guess.target, guess.sureness) == ("availability", Sureness.ASKED)


@pytest.mark.parametrize(
    ("title", "target", "answers"),
    [
        ("Combien de mentorés avez-vous eus, l'an dernier ?", "capacity", ("1", "2")),
        ("Hoeveel mentoren had je tot nu toe?", "max_mentors", ("1", "2")),
        ("Lingue che vorresti imparare", "languages", ("Dutch", "Greek")),
        ("Should your partner be older?", "groups.age", ("40", "50")),
    ],
)
def test_the_past_others_and_wishes_are_not_what_somebody_offers_now(
    title: str, target: str, answers: tuple[str, ...]
) -> None:
    """No phrase settles it, and what a model finds is asked."""
    settled = {g.target for g in guesses(title, cells(*answers)) if g.sureness != Sureness.ASKED}
    assert target not in settled
    found = Guess(target, 1.0, Sureness.LIKELY, "as a model finds")
    assert if_barred(found, title).sureness is Sureness.ASKED
    assert if_barred(found, "Zqx wkl") == found
    born = guesses("En quelle année êtes-vous né ?", cells("1970", "1981"))[0]
    assert born.target == "groups.age"


def test_the_side_of_topics_is_kept_where_both_answer() -> None:
    """What mentors can do is theirs; where only one side answers, the form has said so."""
    answers = cells("Budgets;Hiring", "Hiring", "Budgets")
    near = judge({"mentors.contexts": 1.0})("Xyz")
    assert by_likeness(near, answers)[0].target == "mentors.contexts"
    assert by_likeness(near, answers, "mentors")[0].target == "contexts"


OBLIQUE = [
    ("Wobei kannst du anderen unter die Arme greifen?", "Recht;Geld", "mentors.contexts"),
    ("Quel sera ton plus grand succès d'ici douze mois ?", "Je veux oser parler", "goals"),
    ("¿En qué momento de la semana te va mejor?", "lunes por la mañana", "availability"),
    ("Wil je onze maandelijkse brief?", "nee", "ignore"),
    ("Chi ti firma le ferie?", "Ann Able", "line_manager"),
]


@pytest.mark.parametrize(("question", "answer", "target"), OBLIQUE)
def test_the_real_model_understands_what_no_list_of_words_does(
    question: str, answer: str, target: str
) -> None:
    """In several languages, in words that nobody listed."""
    alike = judge_of_titles()
    pytest.importorskip("nanoranker", reason="the extra [multilingual] is not installed")
    assert alike is not None
    assert by_likeness(alike(question), cells(answer))[0].target == target


def test_ticked_options_that_name_nobody_are_no_people(tmp_path: Path) -> None:
    """A word of the title hints at people (`somebody`), the answers are topics: topics they are."""
    heads = "Email,Full name,Role,Where shall somebody hold your hand?,Where could you hold a hand?"
    rows = [
        f"p{k}@x.org,Ann{k} Able,{'Mentee' if k % 2 else 'Mentor'},{one},{one}"
        for k, one in enumerate(["Own Tax;Pay Law", "Pay Law", "Own Tax", "Pay Law;Own Tax"] * 2)
    ]
    (tmp_path / "form.csv").write_text("\n".join([heads, *rows]) + "\n")
    near = {"mentees.contexts": 0.7, "avoid": 0.68}
    columns = propose(tmp_path, alike=judge(near)).tables[0].columns
    assert "avoid" not in {name for c in columns for name in (c.target, c.perhaps)}


def test_whose_topics_a_title_means_is_said_where_both_answer() -> None:
    """What a phrase knows to be topics is one side's where the title is clearly like theirs."""
    assert side_by_likeness(judge({"mentors.contexts": 0.8, "mentees.contexts": 0.4})("X")) == (
        "mentors"
    )
    assert side_by_likeness(judge({"mentors.contexts": 0.7, "mentees.contexts": 0.68})("X")) == ""
    assert side_by_likeness(judge({"goals": 1.0})("X")) == ""


def test_each_sentence_of_a_title_counts() -> None:
    """What stands around a question does not hide it."""
    alike = judge_of_titles()
    pytest.importorskip("nanoranker", reason="the extra [multilingual] is not installed")
    assert alike is not None
    title = "Who should never be your partner? The two of us in room 7 alone will read it."
    assert by_likeness(alike(title), cells(*NAMES))[0].target == "avoid"


def test_no_consent_is_left_out_for_a_newsletter(tmp_path: Path) -> None:
    """Where no question is known to ask for consent, one of yes and no is asked about."""
    said = ["Yes", "Yes", "No", "Yes", "Yes", "Yes"]
    rows = [
        f"p{k}@x.org,Ann{k} Able,{'Mentee' if k % 2 else 'Mentor'},{one},red"
        for k, one in enumerate(said)
    ]
    text = "\n".join(["Email,Full name,Role,Zqx wkl,Colour of the day", *rows])
    (tmp_path / "form.csv").write_text(text + "\n")
    columns = propose(tmp_path, alike=judge({"ignore": 1.0})).tables[0].columns
    found = {c.title: (c.target, c.perhaps) for c in columns}
    assert found["Zqx wkl"] == (None, "consent")
    assert found["Colour of the day"][0] == "ignore"


@pytest.mark.parametrize(
    ("title", "wished", "unwanted", "target"),
    [
        ("Con chi ti piacerebbe lavorare?", 0.6, 0.5, "preferences"),
        ("Avec qui vaut-il mieux ne pas vous mettre ?", 0.4, 0.6, "avoid"),
        ("Con chi ti piacerebbe lavorare?", 0.6, 0.59, None),
        ("Avec qui vaut-il mieux ne pas vous mettre ?", 0.6, 0.5, None),
        ("Qui vous vient à l'esprit ?", 0.7, 0.4, None),
    ],
)
def test_whom_to_meet_or_not_is_settled_where_title_and_model_agree(
    title: str, wished: float, unwanted: float, target: str | None
) -> None:
    """A wish or a `not` in the title alone, or the model alone, is asked about."""
    near = judge({"preferences": wished, "avoid": unwanted})(title)
    (found,) = whom_by_likeness(near, by_likeness(near, cells(*NAMES)), title)
    assert (found.sureness is Sureness.ASKED) == (target is None)
    assert target in (found.target, None)


def test_a_model_turns_no_title_round_that_says_whose_list_it_is(tmp_path: Path) -> None:
    """Nor does it know of two or three words: what people want had become what they offer."""
    topics = ["Law;Tax", "Pay;Law", "Tax;Pay"]
    rows = [[f"p{k}@x.example", NAMES[k % 4], topics[k % 3], topics[(k + 1) % 3]] for k in range(9)]
    head = ["Email", "Name", "After help w/", "Can help w/"]
    (tmp_path / "f.csv").write_text("\n".join(map(",".join, [head, *rows])), encoding="utf-8")
    columns = propose(tmp_path, alike=judge({"mentees.contexts": 0.9})).tables[0].columns
    taken = {column.title: column.target or column.perhaps for column in columns}
    assert taken["Can help w/"] == "mentors.contexts"
