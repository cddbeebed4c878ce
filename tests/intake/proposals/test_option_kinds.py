"""What options are decides what is asked, before the words of a title do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.config import Config
from matcher.intake import read_cohort
from matcher.intake.files.grid import Grid
from matcher.intake.proposals.asked_columns import asked_columns
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.reasons import Why
from matcher.vocabulary import IGNORE

from .test_by_sentences import judge


def options_of(titles: list[str], mark: str) -> list[tuple[str, ...]]:
    """Return the questions of a table whose columns are options, each by its options."""
    cells = [np.array([mark or title, "", mark or title], dtype=object) for title in titles]
    grid = Grid("signups", "form", tuple(titles), tuple(cells), np.arange(2, 5))
    return [each.options for each in asked_columns(grid)]


@pytest.mark.parametrize("mark", ["", "x"])
@pytest.mark.parametrize(
    "questions",
    [
        [("Bilancio", "Vendite"), ("lunedì mattina", "martedì sera"), ("Italiano", "Tedesco")],
        [("Wednesday evening", "Friday noon", "Whenever"), ("Polish", "Irish"), ("Law", "Tax")],
        [("Négocier", "Online teaching", "Conflits"), ("En visio", "En personne")],
        [("Law", "Finnish", "Tax")],
    ],
)
def test_options_in_columns_of_their_own_are_parted_by_what_they_are(
    questions: list[tuple[str, ...]], mark: str
) -> None:
    """Days, languages and ways of meeting are no topics; one of a kind among topics is one."""
    assert options_of([title for options in questions for title in options], mark) == questions


def test_names_of_columns_part_questions_by_how_they_start() -> None:
    """Of names alone, as a database has them."""
    names = ["need_law", "need_tax", "give_law", "give_tax", "lang_en", "lang_fi"]
    assert options_of(names, "1") == [("law", "tax"), ("law", "tax"), ("en", "fi")]
    assert options_of(["law", "family_law", "tax"], "1") == [("law", "family_law", "tax")]


def test_options_that_are_languages_ask_for_languages(tmp_path: Path) -> None:
    """Whatever the title; a second question of languages is asked, what one learns is another."""
    asks, learns = "Worüber könnt ihr reden und womit helfen?", "Welche möchtest du lernen?"
    titles = [f"{title} [{name}]" for title in (asks, learns) for name in ("Deutsch", "Türkisch")]
    lines = ["Email,Name,Role," + ",".join(titles)]
    lines += ["a@x.org,Ann Able,mentee,x,,,x", "b@x.org,Bo Best,mentor,x,x,x,"]
    (tmp_path / "form.csv").write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(tmp_path)
    found = {column.title: column for column in proposal.tables[0].columns}
    assert found[asks].target == "languages"
    assert found[learns].target is None
    assert found[learns].perhaps == "languages"
    cohort = read_cohort(tmp_path, config_of(proposal))
    assert list(cohort.mentors["languages"]) == [("Deutsch", "Türkisch")]


@pytest.mark.parametrize("sign", [": ", " - ", " > "])
def test_a_question_behind_its_options_is_one_question(tmp_path: Path, sign: str) -> None:
    """Its steps say how much; what another question offers is the other side of the same topics."""
    topics, need, offer = ("Recht", "Steuern", "Vor Leuten reden"), "wie dringend", "Was gibst du?"
    titles = [f"{topic}{sign}{need}" for topic in topics] + [f"{offer} [{t}]" for t in topics]
    lines = ["Email,Name,Role," + ",".join(titles)]
    for k, role in enumerate(("mentee", "mentor", "mentee", "mentor")):
        steps = ["sehr,gar nicht,sehr", "gar nicht,sehr,gar nicht"][k // 2]
        cells = f"{steps},,," if role == "mentee" else ",,,x,,x"
        lines.append(f"p{k}@x.org,Person {'ABCD'[k]},{role},{cells}")
    (tmp_path / "form.csv").write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(tmp_path)
    found = {column.title: column.target for column in proposal.tables[0].columns}
    assert (found[need], found[offer]) == ("mentees.contexts", "mentors.contexts")
    cohort = read_cohort(tmp_path, config_of(proposal))
    assert list(cohort.mentees["contexts"]) == [("Recht", "Vor Leuten reden"), ("Steuern",)]


@pytest.mark.parametrize("shape", ["{} - {}", "{} [{}]", "{}: {}", "rows"])
def test_half_days_under_their_days_are_these_half_days(tmp_path: Path, shape: str) -> None:
    """A part of the day under a day is no part of every day, whatever joins the two."""
    whos, halves = ["E-mail", "Name", "Rolle"], ["vormittags", "nachmittags"]
    titles = [*whos, *(shape.format(day, half) for day in ("Mi", "Fr") for half in halves)]
    lines = [titles, ["a@x.org", "Ann Able", "mentee", *"x..x"]]
    lines += [["b@x.org", "Bo Best", "mentor", *"xx.."]]
    if shape == "rows":
        lines[:1] = [["Wer", "", "", "Mi", "", "Fr", ""], [*whos, *halves, *halves]]
    text = "\n".join(",".join(line) for line in lines)
    (tmp_path / "form.csv").write_text(text.replace(",.", ","), encoding="utf-8")
    cohort = read_cohort(tmp_path, config_of(propose(tmp_path)))
    assert list(cohort.mentees["availability"]) == [("fri-pm", "wed-am")]
    assert list(cohort.mentors["availability"]) == [("wed-am", "wed-pm")]


def form_of(folder: Path, titles: list[str], rows: list[list[str]]) -> Proposal:
    """Return what is proposed for a form of people in two roles, the first of them mentees."""
    lines = [["Email", "Name", "Role", *titles]]
    for k, row in enumerate(rows):
        role = "mentee" if 2 * k < len(rows) else "mentor"
        lines.append([f"p{k}@x.org", f"Person {'ABCDEFGHIJKL'[k]}", role, *row])
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    (folder / "form.csv").write_text(text, encoding="utf-8")
    return propose(folder)


@pytest.mark.parametrize("need", ["What would you like to get better at?", "Waar wil je naartoe?"])
def test_few_answers_of_one_side_are_the_topics_of_the_other(tmp_path: Path, need: str) -> None:
    """Also what one person alone ticked is an option, however many ticks there are in all."""
    needs = ["Vergaderen, Begroten", "Schrijven, Coachen", "Plannen, Begroten", "Rekenen, Filmen"]
    offers = ["Begroten, Schrijven, Vergaderen, Plannen", "Schrijven, Rekenen, Lassen, Vergaderen"]
    needs, offers = [*needs, "Plannen, Vergaderen", "Filmen, Rekenen"], [*offers, "", "", "", ""]
    titles = [need, "Which of these could you pass on to somebody?"]
    rows = [[each, ""] for each in needs] + [["", each] for each in offers]
    proposal = form_of(tmp_path, titles, rows)
    found = {column.title: column.target for column in proposal.tables[0].columns}
    assert [found[title] for title in titles] == ["mentees.contexts", "mentors.contexts"]
    assert "Lassen" in proposal.values["facets"]["topic"]["options"]


def test_options_of_the_side_that_is_asked_about_are_topics_too(tmp_path: Path) -> None:
    """Else the answer that is proposed could not be read."""
    titles = ["What would you like help with?", "Law", "Tax", "Chairing", "Nets"]
    rows = [["Law; Tax", *["x"] * 4], ["Tax; Chairing", "", "x", "x", "x"], ["Law; Chairing"]]
    rows = [[*row, "", "", "", ""][:5] for row in (*rows, *rows)]
    proposal = form_of(tmp_path, titles, rows)
    asked = next(c for c in proposal.tables[0].columns if c.is_bare)
    assert asked.perhaps == "mentors.contexts"
    assert "Nets" in proposal.values["facets"]["topic"]["options"]


def questions_of(groups: dict[str, dict[str, str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return title and options of the questions of a table of two header rows and three people."""
    titles = [f"{group} [{title}]" for group, asked in groups.items() for title in asked]
    cells = [cell.split("/") for asked in groups.values() for cell in asked.values()]
    columns = tuple(np.array(column, dtype=object) for column in cells)
    grid = Grid("signups", "form", tuple(titles), columns, np.arange(2, 5))
    return [(each.title, each.options) for each in asked_columns(grid)]


def test_yes_and_no_under_the_title_of_a_group_are_questions_of_their_own() -> None:
    """Beside other questions, and where they are sentences; topics of yes and no are none."""
    mixed = {"Kommt": "holen/geben/holen", "Foto": "ja/nein/ja", "Daten": "ja/ja/nein"}
    alone = {"Usar mis datos para formar parejas": "sí/no/sí", "Mi foto en la web": "no/sí/sí"}
    topics = {"Recht": "ja/nein/ja", "Steuern": "nein/ja/ja"}
    further = {"Recht": "ja/nein/nein", "Steuern": "nein/ja/ja", "Sonst": "Pferde, Hunde/so/alt"}
    assert questions_of({"Anderes": mixed, "Varios": alone}) == [
        *((f"Anderes [{title}]", ()) for title in mixed),
        *((f"Varios [{title}]", ()) for title in alone),
    ]
    asked = questions_of(
        {"Holt sich": topics, "Gibt": further, "Andere": {"Law": "yes/no/yes", "Tax": "no/yes/no"}}
    )
    assert asked[0] == ("Holt sich", ("Recht", "Steuern"))
    assert asked[1] == ("Gibt", ("Recht", "Steuern"))
    assert asked[-1] == ("Andere", ("Law", "Tax"))


def test_what_has_the_options_of_what_mentees_need_is_what_mentors_offer(tmp_path: Path) -> None:
    """However it is known what one of the two is: else both would be need and offer at once."""
    need, offer = "Zqx wkl", "Helping with topics: how does it feel?"
    titles = [f"{title} [{name}]" for title in (need, offer) for name in ("Law", "Tax", "Nets")]
    form_of(
        tmp_path,
        titles,
        [["x", "", "x", "good", "bad", "good"], ["", "x", "", "bad"] + [""] * 2] * 2,
    )
    settled = {("columns", "signups", need): "mentees.contexts"}
    found = {c.title: c.target for c in propose(tmp_path, settled=settled).tables[0].columns}
    assert found[offer] == "mentors.contexts"


def test_the_options_of_the_other_side_say_more_than_a_model_of_sentences(tmp_path: Path) -> None:
    """What it finds like other things than matching has the topics of the other side."""
    titles = [f"{title} [{name}]" for title in ("Zqx", "Wkl") for name in ("Law", "Tax", "Nets")]
    form_of(tmp_path, titles, [["x", "", "x", "", "", ""]] * 2 + [["", "", "", "", "x", "x"]] * 2)
    columns = propose(tmp_path, alike=judge({IGNORE: 0.9})).tables[0].columns
    found = {column.title: column.target for column in columns}
    assert (found["Zqx"], found["Wkl"]) == ("mentees.contexts", "mentors.contexts")


@pytest.mark.parametrize("title", ["I have read the privacy notice", "I object to being matched"])
def test_a_model_of_sentences_makes_no_consent_of_what_is_none(tmp_path: Path, title: str) -> None:
    """To have read something, or to object, is known by its words."""
    form_of(tmp_path, [title], [["Yes"], ["No"], ["Yes"], ["No"]])
    columns = propose(tmp_path, alike=judge({"consent": 0.9})).tables[0].columns
    assert columns[-1].why.code in (Why.NOTICE, Why.OBJECTS)


def test_a_cell_that_repeats_how_its_title_ends_is_a_tick(tmp_path: Path) -> None:
    """A matrix of days and parts of the day writes the part in the cell."""
    titles = [f"Wann? [{day} - {part}]" for day in ("Di", "Do") for part in ("früh", "abends")]
    titles += [f"Wobei willst du Hilfe? [Recht: {name}]" for name in ("Erben", "Miete")]
    rows = [["früh", "", "", "abends", "Erben", ""], ["", "", "früh", "", "", "Miete"]]
    proposal = form_of(tmp_path, titles, rows)
    assert not proposal.questions
    mentee = read_cohort(tmp_path, config_of(proposal)).mentees.iloc[0]
    assert mentee["availability"] == ("thu-eve", "tue-am")
    assert mentee["contexts"] == ("Recht: Erben",)


def test_options_of_the_programmes_own_say_what_a_question_is(tmp_path: Path) -> None:
    """Whatever its title; whose they are is who answers it, asked where nothing says who does."""
    options = ["Law", "Tax", "Hiring"]
    sheet = "Name,Mail,Side,Alfa,Beta\nAnn Able,a@x.org,{0},'Law, Tax',\n"
    sheet += "Bo Best,b@x.org,{1},,Hiring\nCy Cole,c@x.org,{0},Tax,\n"
    sheet += "Di Dean,d@x.org,{1},,'Tax, Law'\n"
    stated = Config(facets={"topic": {"columns": ["contexts"], "options": options}})
    for words, expected in (
        (("mentee", "mentor"), ["mentees.contexts", "mentors.contexts"]),
        (("", ""), [None, None]),
    ):
        text = sheet.replace("'", '"').format(*words)
        (tmp_path / "late.csv").write_text(text, encoding="utf-8")
        proposal = propose(tmp_path, stated)
        found = {column.title: column for column in proposal.tables[0].columns}
        assert [found[title].target for title in ("Alfa", "Beta")] == expected
        assert [found[t].perhaps or found[t].target for t in ("Alfa", "Beta")] == [
            "mentees.contexts",
            "mentors.contexts",
        ]
        parted = proposal.values.get("tables", {}).get("signups", {}).get("separators", {})
        assert parted.get("mentees.contexts") == ("," if expected[0] else None)


def test_options_with_commas_are_parted_by_what_stands_between_them(tmp_path: Path) -> None:
    """A form tool that writes commas between options is no reason to part these."""
    ways = ["Somebody, older, guides me", "We guide each other, as equals"]
    said = [ways[0], ";".join(ways), ways[1], ";".join(reversed(ways))] * 2
    rows = [f'p{k}@x.org,P{k},mentee,"{text}"' for k, text in enumerate(said)]
    text = "\n".join(
        ["Timestamp,Email Address,Name,Role,Which way?", *(f"1/2/2026,{r}" for r in rows)]
    )
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    proposal = propose(tmp_path)
    assert proposal.values["tables"]["signups"]["separators"] == {"approaches": ";"}
    assert "Which way?" not in [question.path[-1] for question in proposal.questions]
