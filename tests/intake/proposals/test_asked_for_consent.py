"""Consent asked for in titles not known: by its answers, and never by what asks for an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.title_guesses import guesses

from .test_shapes import found, written


@pytest.mark.parametrize(
    ("title", "yes", "no"),
    [
        ("Zullen we hiermee een maatje voor je zoeken?", "Ja, doe maar", "Liever niet"),
        ("Ti va che peschiamo da qui chi incontrerai?", "Sì, fate pure", "Meglio di no"),
        ("Shall we bring you and other people together?", "You should", "You should not"),
        ("Legger vi svarene dine i bunken?", "Kjør på", "La være"),
    ],
)
def test_a_yes_and_no_in_the_forms_words_may_be_consent(
    tmp_path: Path, title: str, yes: str, no: str
) -> None:
    """It is asked, and consent is what is proposed: not a box beside it, nor whom to avoid."""
    rows = [yes, "Nuts"], [yes, ""], [no, "Nuts"], [yes, ""]
    asked = propose(written(tmp_path, [title, "Lunch"], *rows)).questions
    (question,) = (asked for asked in asked if asked.path[-1] == title)
    assert question.example == question.choices[0] == "consent"
    assert [q.path[-1] for q in asked if q.example == "consent"] == [title]


@pytest.mark.parametrize(
    ("address", "pairs"),
    [
        ("Votre binôme peut-il voir votre courriel ?", "On vous cherche quelqu'un ?"),
        ("Mag je maatje je e-mailadres weten?", "Zullen we iemand voor je zoeken?"),
    ],
)
def test_who_may_have_an_address_is_no_consent(tmp_path: Path, address: str, pairs: str) -> None:
    """What speaks of an address and of having it is that; the question beside it is asked."""
    rows = (["oui", "oui"], ["non", "oui"], ["oui", "oui"], ["non", "oui"])
    of_form = found(written(tmp_path, [address, pairs], *rows))
    assert (of_form[address], of_form[pairs]) == ("share_address", None)


@pytest.mark.parametrize(
    "title",
    [
        "Darf deine Rufnummer an die Mentorin gehen?",
        "Acceptes-tu qu'on partage ton portable avec ton binôme ?",
        "I am happy for you to give my mentor my number",
        "Får mentoren ringe deg?",
    ],
)
def test_who_may_call_is_no_consent_and_no_address(title: str) -> None:
    """A number that is passed on means nothing that is read, whatever the title agrees to."""
    (said,) = {guess.target for guess in guesses(title, CellEvidence.of(["ja", "ja", "nein"]))}
    assert said == "ignore"


@pytest.mark.parametrize(
    ("title", "example"),
    [
        ("J'accepte que mes coordonnées soient données à mon binôme", "share_address"),
        ("Happy for us to use your data?", "ignore"),
    ],
)
def test_a_second_agreement_is_not_proposed_as_the_consent(
    tmp_path: Path, title: str, example: str
) -> None:
    """It is asked: as what it speaks of, or with what is taken for the consent already."""
    sure = "I agree that my answers are used for matching"
    rows = (["yes", "yes"], ["no", "yes"], ["yes", "yes"], ["yes", "no"])
    (asked,) = propose(written(tmp_path, [title, sure], *rows)).questions
    assert (asked.path[-1], asked.example) == (title, example)
    assert sure in asked.text or example != "ignore"


@pytest.mark.parametrize("title", ["Conflicts with colleagues", "Quién te aprueba: conflictos"])
def test_steps_of_a_scale_are_nobody_to_avoid(tmp_path: Path, title: str) -> None:
    """Whatever the title hints at, a line that is ready names nobody's manager either."""
    rows = (["A lot"], ["Not at all"], ["A little"], ["A lot"])
    asked = propose(written(tmp_path, [title], *rows)).questions
    assert not {question.example for question in asked} & {"avoid", "line_manager"}


def test_a_box_that_may_be_consent_counts_once_it_is_said_to_be(tmp_path: Path) -> None:
    """The line that sets aside who did not tick it stands there before anybody has answered."""
    titles = ["Zqx wkl", "Souhlasím"]
    folder = written(tmp_path, titles, ["checked", "ano"], ["", "ne"], ["checked", "ano"], ["", ""])
    proposal = propose(folder)
    assert {c.title: c.target for c in proposal.tables[0].columns}["Souhlasím"] == "consent"
    alone = written(tmp_path, titles[:1], ["checked"], [""], ["checked"], [""])
    proposal = propose(alone)
    (question,) = proposal.questions
    assert "consent" in question.choices
    assert proposal.values["input"]["consent"] == "where asked"


def test_what_people_have_read_is_left_out_beside_what_they_agree_to(tmp_path: Path) -> None:
    """A notice is no consent, and costs no question where the consent is known."""
    titles = ["I agree that my answers are used for matching", "I have read the privacy notice"]
    form = found(written(tmp_path, titles, *[["yes", "yes"]] * 4))
    assert [form[title] for title in titles] == ["consent", "ignore"]


@pytest.mark.parametrize(
    ("title", "said", "expected"),
    [
        ("Dropped out?", ("Yes", "No", "No", "No"), "withdrew"),
        ("Teilnahme abgesagt", ("x", "", "", ""), "withdrew"),
        ("Désistement", ("Non", "Non", "Oui", "Non"), "withdrew"),
        ("Stato", ("Attiva", "Attivo", "Ritirata", "Attivo"), None),
        ("Have you ever withdrawn from a programme?", ("No", "No", "Yes", "No"), "ignore"),
        ("State", ("Active", "Texas", "Ohio", "Ohio"), "location"),
    ],
)
def test_who_withdrew_is_read_or_asked(tmp_path: Path, title, said, expected) -> None:
    """A title that says so is enough; a status is asked about where an answer does."""
    rows = [
        f"p{k}@x.org,P{k} Q,{('mentee', 'mentor')[k % 2]},{text}" for k, text in enumerate(said)
    ]
    text = "\n".join([f"Email,Full name,Role,{title}", *rows])
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    proposal = propose(tmp_path)
    (column,) = [c for table in proposal.tables for c in table.columns if c.title == title]
    assert column.target == expected
    assert column.perhaps == ("withdrew" if expected is None else "")
