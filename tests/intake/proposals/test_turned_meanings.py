"""Titles whose yes is a no: objections, denials and notices are asked about, never turned round."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.config import Config
from matcher.intake import check_cohort
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.meanings import consent_meanings
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.title_guesses import Guess, Sureness, guesses

from .test_own_words import form


def likeliest(title: str, *answers: str) -> Guess:
    """Return what a question with some answers most likely is."""
    return guesses(title, CellEvidence.of([*answers, *answers]))[0]


@pytest.mark.parametrize(
    ("title", "answers", "target", "why"),
    [
        ("Which days can't you do?", ("Monday", "Friday"), "availability", Said(Why.DENIED)),
        ("Wann passt es dir gar nicht?", ("Montag", "Freitag"), "availability", Said(Why.DENIED)),
        ("Sprachen, die ich nicht spreche", ("Englisch", "Dänisch"), "languages", Said(Why.DENIED)),
        ("Busy on", ("Monday", "Friday"), "availability", Said(Why.DENIED)),
        ("Which days can you not meet?", ("Wibble", "Wobble"), "availability", Said(Why.DENIED)),
        ("I have read the privacy notice", ("Yes", "No"), "consent", Said(Why.NOTICE)),
        ("Hast du die Datenschutzhinweise gelesen?", ("Ja", "Nein"), "consent", Said(Why.NOTICE)),
        ("Jag vill inte att min e-postadress delas", ("X", ""), "share_address", Said(Why.OBJECTS)),
        ("I object to my data being used", ("Yes", "No"), "consent", Said(Why.OBJECTS)),
        (
            "Nie chcę, by moje dane były użyte do dopasowania",
            ("X", ""),
            "consent",
            Said(Why.OBJECTS),
        ),
        ("DSGVO_Widerspruch", ("x", ""), "consent", Said(Why.OBJECTS)),
        ("Count me out", ("Count me out", ""), "consent", Said(Why.OBJECTS)),
        (
            "Je ne souhaite plus participer, pas cette année",
            ("Oui", "Non"),
            "consent",
            Said(Why.OBJECTS),
        ),
    ],
)
def test_a_title_that_turns_its_answers_round_is_asked_about(
    title: str, answers: tuple[str, ...], target: str, why: str
) -> None:
    """What is asked about is named, so that the answer can say so."""
    best = likeliest(title, *answers)
    assert (best.target, best.sureness, best.why) == (target, Sureness.ASKED, why)


@pytest.mark.parametrize(
    ("title", "answers", "target"),
    [
        (
            "When are you free? (do not guess)",
            ("Monday", "Friday"),
            "availability",
        ),
        ("I have read the notice and agree to my data being used", ("Yes", "No"), "consent"),
        ("May we pass your e-mail address on?", ("Yes", "No"), "share_address"),
        ("May we give your e-mail address to your partner?", ("Yes", "No"), "share_address"),
        ("Who signs your timesheets?", ("Ada Nox", "Bo Best"), "line_manager"),
        ("Wer genehmigt deinen Urlaub?", ("Ada Nox", "Bo Best"), "line_manager"),
        ("Nome del tuo responsabile", ("Ada Nox", "Bo Best"), "line_manager"),
    ],
)
def test_a_title_that_only_sounds_so_is_taken_as_it_is(
    title: str, answers: tuple[str, ...], target: str
) -> None:
    """A `not` beside the question, a notice that is agreed to, and who approves of leave."""
    best = likeliest(title, *answers)
    assert (best.target, best.sureness) == (target, Sureness.SURE)


@pytest.mark.parametrize(
    ("title", "answers", "target"),
    [
        ("FAM_STAND", ("1", "2", "3"), "groups.marital_status"),
        ("GEND_CD", ("M", "F"), "groups.gender"),
        ("Feld 7", ("W", "M", "D"), "groups.gender"),
        ("Champ 7", ("Mme", "M."), "groups.gender"),
        ("Carer (for equality monitoring only)", ("Yes", "No"), "groups.carer"),
        ("Schulabschluss (nur für die Statistik)", ("Abitur", "Lehre"), "groups.schulabschluss"),
    ],
)
def test_what_hints_at_a_protected_attribute_is_asked_about(
    title: str, answers: tuple[str, ...], target: str
) -> None:
    """Codes of extracts are no days of the week, and what is for statistics is never left out."""
    best = likeliest(title, *answers)
    assert (best.target, best.sureness) == (target, Sureness.ASKED)


def test_few_long_options_are_no_texts() -> None:
    """A role that is asked as `Tell us which` is not what people write about themselves."""
    options = ("I would like a mentor this year", "I would rather be a mentor this year")
    assert likeliest("Tell us about yourself", *options * 6).target == "role"


def test_ways_to_meet_need_two_ways() -> None:
    """`One person` is not in person, and kinds of mentoring in unknown words are asked about."""
    kinds = ("One person at a time", "A circle of people")
    assert not guesses("What suits you?", CellEvidence.of(kinds * 3))
    best = likeliest("Which kinds of mentoring suit you?", *kinds)
    assert (best.target, best.sureness) == ("approaches", Sureness.ASKED)


@pytest.mark.parametrize(
    ("objected", "words"),
    [
        ("consent", {"": "yes", "Do not use my data": "no"}),
        ("share_address", {"Do not use my data": "no"}),
    ],
)
def test_a_blank_agrees_to_be_matched_alone(objected: str, words: dict[str, str]) -> None:
    """Where one ticks to object, a blank is a yes; nobody's address goes out for a blank."""
    column = CellEvidence.of(["", "Do not use my data", ""])
    assert consent_meanings(column, objected).words == words


def test_a_box_may_be_the_consent(tmp_path: Path) -> None:
    """Asked in unknown words, one box can be answered to be the consent or who objects to it."""
    blanks = [""] * 4
    folder = form(tmp_path, "Role", "mentee", "mentor", **{"Zub zub": ["zub", "zub", *blanks]})
    (asked,) = propose(folder).questions
    assert (asked.path[-1], "consent" in asked.choices) == ("Zub zub", True)


def test_two_questions_on_how_to_meet_are_asked_about(tmp_path: Path) -> None:
    """What only its answers give away is no second question for what a title says."""
    ways = ["Online", "In person"] * 3
    more = {"How would you like to meet?": ways, "Zub": ways}
    (table,) = propose(form(tmp_path, "Role", "mentee", "mentor", **more)).tables
    assert [(c.target, c.perhaps) for c in table.columns if c.title == "Zub"] == [(None, "modes")]


@pytest.mark.parametrize(
    ("title", "perhaps"),
    [
        ("Full names of relatives here", ""),
        ("Droom-match (geen belofte)", "preferences.1"),
        ("Haben Sie schon jemanden als Mentorin im Sinn?", "preferences.1"),
        ("Ya tiene a alguien en mente como mentora?", "preferences.1"),
        ("Zub", "avoid"),
        ("Mentor of last year (we won't repeat)", "avoid"),
    ],
)
def test_names_of_others_are_asked_about(tmp_path: Path, title: str, perhaps: str) -> None:
    """Whatever the title says of a name, with what it may be: whom one wishes for, or avoids."""
    names = ["Jan Kovalc", "", "Jan Kovala", "Jan Kovala", "", ""]
    (table,) = propose(form(tmp_path, "Role", "mentee", "mentor", **{title: names})).tables
    column = table.columns[-1]
    assert (column.target, column.perhaps) == (None, perhaps)


def test_a_second_question_on_how_many_is_asked_about(tmp_path: Path) -> None:
    """Whoever counts on the other side: the number is not lost."""
    counts = {"How many mentees?": list("121212"), "How many people do you want?": list("111222")}
    (table,) = propose(form(tmp_path, "Role", "mentee", "mentor", **counts)).tables
    asked = [c.perhaps for c in table.columns if c.target is None]
    assert asked == ["max_mentors"]


def test_beside_the_consent_a_notice_is_left_out(tmp_path: Path) -> None:
    """Alone it is asked about, and so is whatever most people say yes to."""
    notice = {"Hai letto? Ho letto l'informativa": ["Sì"] * 6}
    folder = form(tmp_path / "a", "Role", "mentee", "mentor", **notice, Zub=["Yes", "No"] * 3)
    assert {q.choices[0] for q in propose(folder).questions} == {"consent"}
    both = notice | {"Acconsenti all'uso dei dati?": ["Sì", "No"] * 3}
    assert not propose(form(tmp_path / "b", "Role", "mentee", "mentor", **both)).questions


def test_a_box_that_nobody_ticked_says_who_objects(tmp_path: Path) -> None:
    """Next week somebody may tick it; until then all agree."""
    folder = form(tmp_path, "Role", "mentee", "mentor", **{"Opt out of matching": [""] * 6})
    proposal = propose(folder)
    assert [q.choices[0] for q in proposal.questions] == ["consent"]
    assert proposal.values["answers"]["consent"] == {"": "yes"}


def test_what_is_left_open_parts_people_or_stops(tmp_path: Path) -> None:
    """A second consent is no mere warning, and names below an open title keep people apart."""
    more = {
        "Do you agree to your data being used?": ["Yes"] * 6,
        "Do you consent to the use of your answers?": ["No"] * 6,
        "Zub": ["", "Jan Kovala", "", "Jan Kovala", "", ""],
    }
    folder = form(tmp_path, "Role", "mentee", "mentor", **more)
    first, second, _ = more
    titles = {"Full name": "name", first: "consent"}
    stated = {"columns": titles, "input": {"preset": "plain", "id": "email"}}
    found = check_cohort(folder, Config.model_validate(stated))
    assert (second, "E_UNKNOWN_COLUMN") in {(finding.column, finding.code) for finding in found}
    titles[second] = "ignore"
    found = check_cohort(folder, Config.model_validate(stated))
    assert "W_QUESTION" in {finding.code for finding in found}


@pytest.mark.parametrize(
    ("title", "answers", "target", "sureness"),
    [
        ("Kap.", ["1", "2"], "capacity", Sureness.SURE),
        ("Godz./tyg.", ["1", "2"], "hours_per_month", Sureness.SURE),
        ("Spr. (Kürzel)", ["Deutsch", "Tschechisch"], "languages", Sureness.SURE),
        ("Einw.", ["ja", "nein"], "consent", Sureness.ASKED),
        ("SB", ["J", "N"], "groups.disability", Sureness.ASKED),
        ("F/M", ["F", "M"], "groups.gender", Sureness.SURE),
        ("Melde mich an als", ["Mentor", "Mentee"], "role", Sureness.SURE),
        ("Millä kielillä puhut?", ["suomi;ruotsi", "suomi"], "languages", Sureness.SURE),
        ("In welchem Bereich bist du meistens tätig?", ["Ulm", "Gera"], "department", None),
        ("Gdzie najczęściej pracujesz?", ["Ulm", "Gera"], "site", Sureness.SURE),
        ("I vilket land är du född?", ["Iran", "Norge"], "groups.nationality", Sureness.SURE),
        ("Geburtsjahr", ["1980", "1991"], "groups.age", Sureness.SURE),
        ("Premier de la famille à l'université ?", ["Oui", "Non"], "groups.first_generation", None),
    ],
)
def test_short_titles_and_places(
    title: str, answers: list[str], target: str, sureness: Sureness | None
) -> None:
    """Known short forms are as good as their words, but ask what may harm; birth is no place."""
    found = likeliest(title, *answers)
    assert found.target == target
    assert sureness in (None, found.sureness)
