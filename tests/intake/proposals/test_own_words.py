"""Answers in words of people's own: each is asked with what it may mean, none once for all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from matcher.app.history import Settings
from matcher.config import Config
from matcher.config.edited import with_keys
from matcher.intake import check_cohort
from matcher.intake.proposals.proposal import Asked
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.render import rendered, still_asked
from matcher.intake.proposals.roles_said import role_of
from matcher.vocabulary import IGNORE, Approach, Mode

from .test_shapes import found, people, written

KEY = ("columns", "signups")


def form(folder: Path, role: str, *words: str, **more: list[str]) -> Path:
    """Write a form of six people whose role is in words of its own."""
    folder.mkdir(exist_ok=True)
    lines = [["Email", "Full name", role, *more]]
    for k in range(6):
        cells = [answers[k] for answers in more.values()]
        lines.append([f"{k}@x.org", f"Jan Koval{'abcdef'[k]}", words[k % len(words)], *cells])
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (folder / "form.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def test_every_word_for_a_role_is_asked_in_turn(tmp_path: Path) -> None:
    """An answer in the settings asks about the next one, through to the last; none is forgotten."""
    folder = form(tmp_path, "My role", "Blue", "Green", "Teal mentor mentee")
    stated = {"columns": {"signups": {"My role": "role"}}, "answers": {"role": {}}}
    asked = []
    for _ in range(3):
        proposal = propose(folder, Config.model_validate(stated))
        (question,) = [q for q in proposal.questions if q.path[:2] == ("answers", "role")]
        assert question.choices == ("mentee", "mentor", "both", "either")
        asked.append(question.path[-1])
        stated["answers"]["role"][question.path[-1]] = "mentor"  # type: ignore[assignment]
    assert sorted(asked) == ["Blue", "Green", "Teal mentor mentee"]
    proposal = propose(folder, Config.model_validate(stated))
    assert not [q for q in proposal.questions if q.path[0] == "answers"]


def test_words_of_the_vocabulary_are_asked_with_their_choices(tmp_path: Path) -> None:
    """The words for ways of meeting are one question; an answer that is none of them is refused."""
    ways = ["By pigeon", "At the pub", "At the pub", "By pigeon", "Online", "Online"]
    folder = form(tmp_path, "Role", "mentee", "mentor", **{"How would you like to meet?": ways})
    proposal = propose(folder)
    (question,) = proposal.questions
    assert [path[-1] for path in (question.path, *question.also)] == ["By pigeon", "At the pub"]
    assert set(question.choices) == {*Mode, "missing"}
    assert question.value_of("by video") is None
    text, _ = rendered(proposal)
    answered = re.sub('"By pigeon" = "missing".*', '"By pigeon" = "virtual"', text)
    left = still_asked(propose(folder, Config.model_validate(tomllib.loads(answered))), answered)
    assert [question.path[-1] for question in left] == ["At the pub"]


def test_days_in_words_of_ones_own_are_never_dropped_unasked(tmp_path: Path) -> None:
    """Whatever says when in a few words is asked; a text that says why too is told by its row."""
    own = ["sauf le jeudi", "egal", "om de week", "no preference"]
    why = "my sister needs me at home so that only the odd hour is left"
    form(tmp_path, "Role", "mentee", "mentor", **{"Which days suit you?": [*own, "Monday", why]})
    proposal = propose(tmp_path)
    (question,) = proposal.questions
    assert [path[-1] for path in (question.path, *question.also)] == own
    assert question.value_of("Monday to Wednesday") == "Monday to Wednesday"
    told = [f for f in check_cohort(tmp_path, config_of(proposal)) if f.code == "W_WRITE_IN"]
    assert ["1 row (7)" in f.message and why not in f.message for f in told] == [True]
    stated = config_of(proposal).model_dump()
    stated["answers"]["availability"] = {"Monday": "Monday", "*": "missing"}
    (told,) = (
        f for f in check_cohort(tmp_path, Config.model_validate(stated)) if "WRITE" in f.code
    )
    assert "5 rows (2 sauf le jeudi, 3 egal, 4 om de week and 2 more)" in told.message


@pytest.mark.parametrize("answers", [["checked", "", "checked", ""], ["x", "", "", "x"]])
def test_ticks_answer_a_yes_or_no(tmp_path: Path, answers: list[str]) -> None:
    """Whether an address may be given is no question where the box is ticked."""
    folder = written(tmp_path, ["May your match get your e-mail address?"], *([a] for a in answers))
    proposal = propose(folder)
    assert not proposal.questions
    assert config_of(proposal).answers.get("share_address", {"x": "yes"}).popitem()[1] == "yes"


@pytest.mark.parametrize(
    ("title", "cells", "meant"),
    [
        ("Kinds of mentoring you are open to", "Reverse mentoring", Approach.REVERSE),
        ("Art des Mentorings", "Klassisch", Approach.DEVELOPMENTAL),
        ("Type de mentorat", "Parrainage", Approach.SPONSORSHIP),
        ("Soort mentoring", "Wederzijds", Approach.RECIPROCAL),
        ("Quelle forme vous tente ?", "Une collègue accompagne l'autre", Approach.DEVELOPMENTAL),
        ("Xyz", "Jüngere zeigen Älteren etwas", Approach.REVERSE),
        ("¿Qué tipo prefiere?", "Alguien me abre puertas", Approach.SPONSORSHIP),
        ("¿En qué forma quieres ayuda?", "Una persona acompaña a la otra", Approach.DEVELOPMENTAL),
    ],
)
def test_kinds_of_mentoring_are_read(
    tmp_path: Path, title: str, cells: str, meant: Approach
) -> None:
    """By the title or by the options alone, what people are open to is never left out unsaid."""
    folder = written(tmp_path, [title], [cells], ["Sponsorship"], [cells], ["Peer mentoring"])
    assert found(folder)[title] == "approaches"
    assert people(folder).mentees["approaches"].tolist() == [(meant,), (meant,)]


def test_a_rare_answer_that_says_it_plainly_counts(tmp_path: Path) -> None:
    """One of thirty who wrote `Vor Ort` meets in person, though nobody else wrote so."""
    folder = tmp_path / "c"
    folder.mkdir()
    lines = ["Email,Full name,Role,Wie möchten Sie sich treffen?"]
    for k in range(30):
        way = "Vor Ort" if k == 4 else "Video"
        name = f"Jan Koval{chr(97 + k % 26)}{'x' * (k // 26)}"
        lines.append(f"p{k}@x.org,{name},{'mentee' if k % 2 else 'mentor'},{way}")
    (folder / "form.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    cohort = people(folder)
    assert cohort.mentors["modes"].tolist().count((Mode.IN_PERSON,)) == 1


@pytest.mark.parametrize(
    "title",
    [
        "Have you been paired with a mentor by us earlier? With whom?",
        "Frühere Mentorin oder früherer Mentor",
        "Votre précédent mentor",
    ],
)
def test_an_earlier_mentor_is_nobody_to_avoid(tmp_path: Path, title: str) -> None:
    """It is asked, and that the two be kept apart is suggested; a yes or no is left out."""
    folder = written(tmp_path / "names", [title], ["Bo Best"], [""], ["Di Dunn"], [""])
    (question,) = propose(folder).questions
    assert (question.path[-1], question.example) == (title, "avoid")
    assert IGNORE in question.choices
    folder = written(tmp_path / "yes", [title], ["Yes"], ["No"], ["No"], ["No"])
    assert found(folder)[title] == IGNORE


def test_how_people_heard_is_no_remark(tmp_path: Path) -> None:
    """What nobody has to read does not stand among the remarks that somebody should."""
    title = "How did you hear about the scheme?"
    folder = written(tmp_path, [title], ["Newsletter"], ["A friend"], ["Poster"], ["Newsletter"])
    (column,) = (c for c in propose(folder).tables[0].columns if c.title == title)
    assert (column.target, column.why.code) == (IGNORE, Why.HEARD)


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("I am looking for someone to learn from", "mentee"),
        ("I am happy to share what I know", "mentor"),
        ("Ich möchte mein Wissen weitergeben", "mentor"),
        ("Ich möchte von jemandem lernen", "mentee"),
        ("I want to share what I know and learn from others", None),
    ],
)
def test_who_learns_and_who_shares(answer: str, role: str | None) -> None:
    """Words without mentor or mentee; both at once is asked."""
    assert role_of(answer) in (role, "both" if role is None else role)


@pytest.mark.parametrize("title", ["Respondent ID", "Submitted at"])
def test_a_title_that_several_tools_write_gives_none_away(tmp_path: Path, title: str) -> None:
    """`Respondent ID` alone makes no export of SurveyMonkey."""
    folder = written(tmp_path, [title], *([f"2026-10-0{k} 10:00"] for k in range(1, 5)))
    assert propose(folder).tables[0].preset == "plain"


def test_a_question_comes_back_whose_answer_is_taken_back(tmp_path: Path) -> None:
    """The line says `missing` again, and its comment asks again."""
    ways = ["By pigeon", "Online", "Online", "By pigeon", "Online", "Online"]
    folder = form(tmp_path, "Role", "mentee", "mentor", **{"How would you like to meet?": ways})
    settings = Settings(folder, now=lambda: "2026-11-01T10:00:00")
    text, _ = rendered(propose(folder))
    settings.begin(text, "begun")
    path = ("answers", "modes", "By pigeon")
    said = with_keys(text, {path: "virtual"}, "chosen on the page")
    settings.take(said, "By pigeon: Virtual", asked=[path])
    assert not still_asked(propose(folder, settings.config()), settings.text)
    settings.undo(len(settings.log.events()))
    (again,) = still_asked(propose(folder, settings.config()), settings.text)
    assert again.path == path


@pytest.mark.parametrize("ways", [["Either", "In the hall", "By post"], ["Both", "Ring", "Walk"]])
def test_either_alone_makes_no_role(tmp_path: Path, ways: list[str]) -> None:
    """How to meet is never asked as the role for an `either` among its answers."""
    folder = form(tmp_path, "Blurb", "Alpha wish", "Beta wish", Zub=[*ways, *ways])
    asked = [q.path[-1] for q in propose(folder).questions if q.example == "role"]
    assert asked == ["Blurb"]


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("Quiero que me orienten", "mentee"),
        ("Me gustaría orientar", "mentor"),
        ("Ambas cosas", "both"),
        ("Cerco una guida", "mentee"),
        ("Vorrei fare da guida", "mentor"),
        ("Tutti e due", "both"),
        ("Jeg vil gjerne ha en fadder", "mentee"),
        ("Jeg kan være fadder", "mentor"),
        ("Znaleźć opiekuna", "mentee"),
        ("Gostaria de ser orientado", "mentee"),
        ("Ich lasse mich beraten", "mentee"),
        ("Je voudrais me faire épauler", "mentee"),
        ("Jeg vil gerne vejledes", "mentee"),
        ("I would like someone to guide me", "mentee"),
        ("Rehberlik almak istiyorum", "mentee"),
        ("Rehberlik yapmak istiyorum", "mentor"),
        ("Épauler un collègue", "mentor"),
        ("Ik wil geen mentor zijn", None),
        ("Mentor, but not before June", None),
        ("Je veux un mentor plutôt que devenir mentor", "mentee"),
    ],
)
def test_who_is_guided_and_who_guides(answer: str, role: str | None) -> None:
    """One verb, said actively, passively or of oneself; what is denied is no role."""
    assert role_of(answer) == role


@pytest.mark.parametrize("others", [["I mentor others"], ["Both", "I mentor others"]])
def test_two_words_for_one_role_and_none_for_the_other_are_asked(
    tmp_path: Path, others: list[str]
) -> None:
    """One of the two is misread, and half of the people would lose their side in silence."""
    words = ["I can be a mentor", *others]
    entries = propose(form(tmp_path, "Role", *words)).entries
    open_ = {e.path[-1] for e in entries if e.path[:2] == ("answers", "role") and e.value is None}
    assert open_ >= {"I can be a mentor", "I mentor others"}


def test_how_many_somebody_takes_is_asked_in_any_words(tmp_path: Path) -> None:
    """A column of counts that one side alone answers is asked about, and what is no number too."""
    seats = ["", "", "2", "one or two", "fully booked", "3"]
    folder = form(
        tmp_path, "My role", *["Mentee"] * 2, *["Mentor"] * 4, **{"Chairs at your hearth": seats}
    )
    (asked,) = [q for q in propose(folder).questions if q.path[-1] == "Chairs at your hearth"]
    assert asked.choices[0] == "capacity"
    said = propose(folder, settled={asked.path: "capacity"})
    (open_,) = [q for q in said.questions if q.path[0] == "numbers"]
    assert open_.path == ("numbers", "capacity", "fully booked")
    assert said.values["numbers"]["capacity"] == {"one or two": 1, "fully booked": 0}
    stated = config_of(said)
    assert open_.path in [q.path for q in propose(folder, stated).questions]


@pytest.mark.parametrize(
    ("cells", "first", "proposed"),
    [
        (["Finnish", "Dutch", "Finnish"], ("languages",), "languages"),
        (["1", "2", ""], ("capacity", "max_mentors", "career_years"), ""),  # of either side
        (["Nee", "Ja", "Ja"], ("consent", "groups.zub"), ""),  # no code of a language
    ],
)
def test_the_first_choices_are_what_the_cells_allow(
    tmp_path: Path, cells: list[str], first: tuple[str, ...], proposed: str
) -> None:
    """Whatever is in words that are not known, what it is stands among the choices, or may."""
    folder = form(tmp_path, "Role", "mentee", "mentor", Zub=cells * 2)
    (asked,) = propose(folder).questions
    assert asked.choices[: len(first)] == first
    assert asked.example == proposed
    assert asked.in_words.endswith("ignore or the name of another column)")


def test_a_title_about_whom_to_avoid_is_asked_whatever_the_answers_look_like(
    tmp_path: Path,
) -> None:
    """Initials that some language writes for an afternoon are no times to meet."""
    title = "Qui préférez-vous éviter ?"
    shunned = ["", "", "E.M.", "", "", ""]
    folder = form(tmp_path, "My role", "Mentee", "Mentor", **{title: shunned})
    columns = {c.title: c for table in propose(folder).tables for c in table.columns}
    column = columns[title]
    assert "avoid" in (column.target, column.perhaps)


def test_a_time_that_a_grid_asks_of_each_day_is_asked_once() -> None:
    """One answer stands for each day; one that names days itself is none for several."""
    at = [("answers", "availability", f"{day}: Nach dem Dienst") for day in ("Montag", "Dienstag")]
    alone = ("answers", "availability", "nach Absprache")
    asked = Asked(1, at[0], "what does it mean?", also=(at[1], alone))
    grid, other = asked.one_by_one
    assert (grid.word, grid.days, other.word) == (
        "Nach dem Dienst",
        ("Montag", "Dienstag"),
        alone[2],
    )
    assert grid.values_of("17-18h") == {at[0]: "Montag 17-18h", at[1]: "Dienstag 17-18h"}
    assert grid.values_of("missing") == dict.fromkeys(at, "missing")
    assert not grid.values_of("Freitag 17-18h")
    assert other.values_of("Freitag 17-18h") == {alone: "Freitag 17-18h"}
