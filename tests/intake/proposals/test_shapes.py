"""Exports in shapes and words that `matcher map` meets: each kind of finding of the walks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.cohort.tables import SIGNUPS
from matcher.config import Config, load_config
from matcher.intake import check_cohort, read_cohort
from matcher.intake.cells.slots import slots_meant
from matcher.intake.files.grid import Grid
from matcher.intake.presets import drop_notes
from matcher.intake.proposals.asked_columns import asked_columns
from matcher.intake.proposals.meanings import assumed, meaning
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.render import rendered
from matcher.intake.proposals.roles_said import role_of
from matcher.vocabulary import IGNORE

PEOPLE = [
    ("Ann Able", "mentee"),
    ("Bo Best", "mentor"),
    ("Cy Cole", "mentee"),
    ("Di Dunn", "mentor"),
]


def written(folder: Path, titles: list[str], *rows: list[str]) -> Path:
    """Write a sign-up form of four people with further questions and return its folder."""
    folder.mkdir(exist_ok=True)
    head = ["Email", "Full name", "Role", *titles]
    lines = [
        [f"{name[:2].strip().lower()}@example.org", name, role, *rest]
        for (name, role), rest in zip(PEOPLE, rows, strict=True)
    ]
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in [head, *lines])
    (folder / "form.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def found(folder: Path) -> dict[str, str | None]:
    """Return target by question, None where it is asked."""
    return {c.title: c.target for table in propose(folder).tables for c in table.columns}


def people(folder: Path, settled: dict[Any, Any] | None = None) -> Any:
    """Return the cohort as it is read with what is proposed."""
    return read_cohort(folder, config_of(propose(folder, settled=settled)))


def grid_of(titles: list[str], *rows: list[str]) -> Grid:
    """Return a table of texts."""
    columns = tuple(np.array(column, dtype=object) for column in zip(*rows, strict=True))
    return Grid("signups", "form", tuple(titles), columns, np.arange(2, len(rows) + 2))


def test_two_questions_side_by_side_are_two() -> None:
    """The options recur under each of the two; a prefix of the tool is no question."""
    titles = [f"For each - {side} - {area}" for side in ("I need", "I offer") for area in "AB"]
    titles += ["Topics - Selected Choice - Law", "Topics - Selected Choice - Tax"]
    rows = [["a lot", "", "a little", "", "Law", ""], ["", "a lot", "", "a little", "", "Tax"]]
    asked = {each.title: each.options for each in asked_columns(grid_of(titles, *rows))}
    assert asked == {
        "For each - I need": ("A", "B"),
        "For each - I offer": ("A", "B"),
        "Topics": ("Law", "Tax"),
    }


def test_a_block_of_personal_questions_is_no_grid(tmp_path: Path) -> None:
    """Below one heading each part is a question; whom to avoid is never taken for a name."""
    titles = ["Contact [Town]", "Contact [Phone]", "Whom to avoid? [Name]", "Whom to avoid? [Why]"]
    rows = [["Bonn", "1", "Di Dunn", "work"], ["Ulm", "2", "", ""], ["Bonn", "3", "", ""]]
    taken = found(written(tmp_path / "c", titles, *rows, ["Kiel", "4", "Ann Able", "kin"]))
    assert taken["Contact [Town]"] == "location"
    assert taken["Whom to avoid? [Name]"] in (None, "avoid")
    assert "name" not in (taken["Whom to avoid? [Name]"], taken["Whom to avoid? [Why]"])


@pytest.mark.slow
def test_options_whose_question_stands_nowhere_are_read(tmp_path: Path) -> None:
    """A column a choice, titled with the choice alone, as some tools export."""
    titles = ["Setting prices", "Office politics", "Other"]
    rows = [["Setting prices", "", ""], ["Setting prices", "Office politics", ""]]
    folder = written(tmp_path / "c", titles, *rows, ["", "Office politics", "dogs"], ["", "", ""])
    cohort = people(folder)
    assert dict(zip(cohort.mentees["name"], cohort.mentees["contexts"], strict=True)) == {
        "Ann Able": ("Setting prices",),
        "Cy Cole": ("Office politics",),
    }


@pytest.mark.slow
def test_days_with_times_in_their_cells_are_slots(tmp_path: Path) -> None:
    """Ticks, times, noon and whole days; bare titles and titles below a question alike."""
    for stem in ("Availability: ", "When are you free? [", ""):
        end = "]" if "[" in stem else ""
        titles = [f"{stem}{day}{end}" for day in ("Monday", "Friday")]
        rows = [["6-7pm", "x"], ["9-12", "over lunch"], ["", "all day"], ["n/a", "2pm - 4pm"]]
        cohort = people(written(tmp_path / f"c{len(stem)}", titles, *rows))
        free = dict(zip(cohort.mentees["name"], cohort.mentees["availability"], strict=True))
        free |= dict(zip(cohort.mentors["name"], cohort.mentors["availability"], strict=True))
        assert free == {
            "Ann Able": ("fri-am", "fri-pm", "mon-18"),
            "Bo Best": ("fri-12", "fri-13", "mon-09", "mon-10", "mon-11"),
            "Cy Cole": ("fri-am", "fri-pm"),
            "Di Dunn": ("fri-14", "fri-15"),
        }, stem


@pytest.mark.slow
def test_titles_stand_below_those_of_their_groups(tmp_path: Path) -> None:
    """A title line, groups of columns, their titles; a total and a legend below the table."""
    lines = [
        "Sign-ups 2026,,,,,,",
        ",,,,,,",
        "Person,,Role,Wants help with,,Can help with,",
        "Name,Email,,Law,Tax,Law,Tax",
        "Ann Able,a@example.org,Mentee,x,,,",
        "Bo Best,b@example.org,Mentor,,,x,x",
        "Cy Cole,c@example.org,Mentee,,x,,",
        ",,,,,,",
        "* call again,,,,,,",
        "Total,3,,,,,",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    cohort = people(tmp_path)
    assert list(cohort.mentees["contexts"]) == [("Law",), ("Tax",)]
    assert list(cohort.mentors["contexts"]) == [("Law", "Tax")]
    assert [f.row for f in cohort.findings if f.code == "W_NOTE"] == [9, 10]
    assert cohort.rows["signups"].rejected == 2


def test_a_person_below_a_blank_row_is_no_note() -> None:
    """Who has an address, or answered more than two questions, is somebody."""
    rows = [["a@x.org", "Ann", "1", "2", "3", "4"]] * 3
    grid = grid_of(list("ABCDEF"), *rows, ["d@x.org", "", "", "", "", ""])
    gapped = Grid("signups", "", grid.titles, grid.columns, np.array([2, 3, 4, 6]))
    kept, told = drop_notes(gapped)
    assert (len(kept.rows), told) == (4, [])


@pytest.mark.parametrize(
    "last",
    [
        ["Summe", "", "3"],
        ["Total", "3 people", "#NO RESULT"],
        ["n = 3", "", ""],
        ["", "Łącznie: 3", ""],
        ["Somme", "3 %", "3 gens"],
    ],
)
def test_a_last_row_of_totals_is_nobody(last: list[str]) -> None:
    """It stands right below the people; who is called so has an address beside it."""
    rows = [["Ann", "a@x.org", "1"], ["Bo", "b@x.org", "2"]]
    kept, told = drop_notes(grid_of(list("ABC"), *rows, last))
    assert (len(kept.rows), [f.row for f in told]) == (2, [4])
    kept, told = drop_notes(grid_of(list("ABC"), *rows, ["Summe", "s@x.org", "1"]))
    assert (len(kept.rows), told) == (3, [])


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("an author who wants a mentor", "mentee"),
        ("hoping for a mentor", "mentee"),
        ("Mentorin gesucht", "mentee"),
        ("je veux un mentor", "mentee"),
        ("an experienced baker who could mentor", "mentor"),
        ("Peer mentor", "mentor"),
        ("Mentoré(e)", "mentee"),
        ("paired with a mentor last year", None),
        ("Junior (mit Mentor)", None),
        ("take on a mentee", None),
        ("my mentor is ill", None),
    ],
)
def test_who_only_speaks_of_a_mentor_is_none(answer: str, role: str | None) -> None:
    """A role is read where the answer says so; a mention of the word is asked about."""
    assert role_of(answer) == role


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "answers"),
    [
        ("I object to the use of my answers for matching", ["Yes", "No", "No", "No"]),
        ("Ich widerspreche der Verarbeitung meiner Daten", ["Ja", "Nein", "Nein", "Nein"]),
        ("Je m'oppose à l'utilisation de mes réponses", ["Oui", "Non", "Non", "Non"]),
        ("Please tick if you do NOT want your data used", ["x", "", "", ""]),
    ],
)
def test_a_yes_to_an_objection_is_no_consent(
    tmp_path: Path, title: str, answers: list[str]
) -> None:
    """It is asked; the answer sets the objector aside, and pasted alone it stops the run."""
    folder = written(tmp_path / "c", [title], *([answer] for answer in answers))
    proposal = propose(folder)
    assert [question.path[-1] for question in proposal.questions] == [title]
    cohort = people(folder, {proposal.questions[0].path: "consent"})
    assert sorted([*cohort.mentees["name"], *cohort.mentors["name"]]) == [
        "Bo Best",
        "Cy Cole",
        "Di Dunn",
    ]
    pasted = {"input": {"id": "email"}, "columns": {title: "consent", "Full name": "name"}}
    codes = {finding.code for finding in check_cohort(folder, Config.model_validate(pasted))}
    assert "E_CONSENT_WORDS" in codes


def test_codes_of_consent_and_role_are_asked(tmp_path: Path) -> None:
    """Nobody knows whether 1 or 2 is the yes, nor which is the mentee: one question a column."""
    titles = ["role", "I consent to matching", "What help do you want? [Law]", "Tax help offered"]
    rows = [["1", "1", "1", ""], ["2", "2", "", "yes"], ["1", "1", "1", ""], ["2", "1", "", "no"]]
    folder = tmp_path / "c"
    folder.mkdir()
    lines = [["Email", *titles], *([f"{k}@example.org", *row] for k, row in enumerate(rows))]
    (folder / "form.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    proposal = propose(folder)
    open_ = [("role", "1"), ("role", "2"), ("consent", "1"), ("consent", "2")]
    unsaid = {entry.path[1:] for entry in proposal.entries if entry.value is None}
    assert unsaid >= set(open_)
    asked = {question.path[1:] for question in proposal.questions}
    assert asked & set(open_) == {("role", "1"), ("consent", "1")}
    text, _ = rendered(proposal)
    assert all(f"# {code} = " in text for code in "12")
    first = propose(folder, settled={("answers", "role", "1"): "mentor"})
    assert ("role", "2") in {question.path[1:] for question in first.questions}


@pytest.mark.parametrize("titles", ["Q1,Help wanted,Why,Help offered,About you", "Who,,,,Chairs"])
def test_what_divides_people_is_probably_the_role(tmp_path: Path, titles: str) -> None:
    """In words that nothing knows, each kind of people answers other questions; one skipped it.

    Some answer in words of their own; one question of one side alone is enough to ask.
    """
    lines, own = [f"Email,{titles}"], {3: "", 5: "either end", 6: "green?", 9: "blue (was green)"}
    for k in range(24):
        kind = own.get(k, "the green one" if k % 2 else "blue")
        rest = "Law,to learn a lot more,," if k % 2 else ",,Tax,a baker for twenty years"
        lines.append(f"p{k}@example.org,{kind},{rest}")
    (tmp_path / "form.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    question = next(q for q in propose(tmp_path).questions if q.path[-1] == titles.split(",")[0])
    assert question.example == "role"


def test_what_nobody_was_asked_about_is_asked_once_it_names_people(tmp_path: Path) -> None:
    """A later export names somebody there; what somebody left out by hand stays so."""
    folder = written(tmp_path, ["Zqx", "Wkl"], *[["blue", "red"]] * 4)
    text = rendered(propose(folder))[0].replace('Wkl = "ignore" #', 'Wkl = "ignore" # by hand:')
    written(folder, ["Zqx", "Wkl"], ["Mr Bo Best", "Bo Best"], *[["blue", "Di Dunn"]] * 3)
    (folder / "matcher.toml").write_text(text, "utf-8")
    found = check_cohort(folder, load_config(folder / "matcher.toml"))
    assert [f.column for f in found if f.code == "E_UNKNOWN_COLUMN"] == ["Zqx"]


@pytest.mark.parametrize("title", ["PersonneAEviter", "NePasApparier", "Blacklist"])
def test_titles_written_in_one_word_are_read(tmp_path: Path, title: str) -> None:
    """Each capital begins a word; whom to avoid is never left out unasked."""
    folder = written(tmp_path, [title], *[["Bo Best"], [""], [""], ["Cy Cole"]])
    assert found(folder)[title] == "avoid"


def test_what_people_write_beside_options_is_told_once(tmp_path: Path) -> None:
    """It is no option and nothing reads it, so that somebody should."""
    titles = ["Help with [Law]", "Help with [Tax]", "Help with - Other - Text"]
    folder = written(tmp_path, titles, ["x", "", "Visas"], ["", "x", ""], *[["x", "x", ""]] * 2)
    proposal = propose(folder)
    told = [f for f in check_cohort(folder, config_of(proposal)) if f.code == "W_WRITE_IN"]
    assert ["1 answer" in finding.message for finding in told] == [True]


def test_how_many_mentors_only_say_is_what_they_offer(tmp_path: Path) -> None:
    """Titles below those of groups: `mentors only` asks for no number of mentors."""
    titles = ["Can help with", "How many [(mentors only)]"]
    rows = (["", ""], ["Law;Tax", "3"], ["", ""], ["Tax;Pay", "1"])
    assert found(written(tmp_path, titles, *rows))[titles[1]] == "capacity"


def test_who_answers_what_says_which_side_a_question_asks(tmp_path: Path) -> None:
    """Counts and topics of the other side need no question; a favourite day is no free day."""
    lines = ["Email,Du bist,Wie viele Mentees höchstens?,Wie viele wünschst du dir?,Was fehlt,"
             "Was ich zeige,Wann hast du Zeit?,Welcher Tag ist der schönste?"]  # fmt: skip
    topics = ("Recht;Steuern", "Steuern;Bau", "Bau;Recht", "Recht;Bau")
    for k in range(24):
        own = topics[k % 4]
        rest = (f"grün,{k % 3 + 1},,,{own}", f"blau,,{k % 2 + 1},{own},")[k % 2]
        rest = f"bunt,2,1,{own},{own}" if k > 21 else rest
        days = ("Montag;Freitag", "Dienstag;Montag", "Freitag;Dienstag")[k % 3]
        lines.append(f"p{k}@example.org,{rest},{days},{('Freitag', 'Montag')[k % 2]}")
    (tmp_path / "form.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    proposal = propose(tmp_path)
    columns = {c.title: c.target for c in proposal.tables[0].columns}
    assert columns["Wie viele wünschst du dir?"] == "max_mentors"
    assert (columns["Was fehlt"], columns["Was ich zeige"]) == (
        "mentees.contexts", "mentors.contexts",
    )  # fmt: skip
    assert columns["Welcher Tag ist der schönste?"] == IGNORE
    assert [question.example for question in proposal.questions] == ["role"]


@pytest.mark.parametrize(
    ("titles", "rows"),
    [
        (
            ["Imię i nazwisko", "Adres e-mail", "Rola w programie", "Przełożony", "Zgoda na "
             "przetwarzanie danych", "Z kim nie chcesz być w parze?", "Płeć"],
            ["Podopieczny", "Mentor", "Tak", "kobieta"],
        ),
        (
            ["氏名", "メールアドレス", "参加区分", "上司の氏名", "マッチングへの利用に同意しますか",
             "避けたい相手", "性別"],
            ["メンティー", "メンター", "同意する", "女性"],
        ),
        (
            ["För- och efternamn", "E-post", "Jag vill delta som", "Närmaste chef", "Jag samtycker "
             "till att mina uppgifter behandlas", "Någon du inte vill matchas med?", "Kön"],
            ["Adept", "Mentor", "Ja", "kvinna"],
        ),
    ],
)  # fmt: skip
def test_further_languages_are_understood(
    tmp_path: Path, titles: list[str], rows: list[str]
) -> None:
    """Who somebody is, the role and all that bears on safety, in Polish, Japanese and Swedish."""
    mentee, mentor, agreed, gender = rows
    lines = [titles]
    for k in range(6):
        boss = "Ewa Nowak" if k < 2 else ""
        role = mentee if k % 2 else mentor
        lines.append([f"Jan Kowal{'abcdef'[k]}", f"{k}@x.org", role, boss, agreed, "", gender])
    lines[6][5] = "Jan Kowala"
    (tmp_path / "form.csv").write_text(
        "\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8"
    )
    targets = ["name", "email", "role", "line_manager", "consent", "avoid", "groups.gender"]
    assert list(found(tmp_path).values()) == targets


@pytest.mark.slow
def test_a_form_in_unknown_words_is_asked_about(tmp_path: Path) -> None:
    """Nothing that may bear on safety is left out in silence where no title is understood."""
    titles = ["Jina kamili", "Barua", "Nafasi", "Kiongozi", "Ridhaa", "Usimpatanishe na"]
    lines = [titles]
    for k in range(8):
        boss = "Juma Otieno h" if k < 3 else ""
        kind = "a" if k % 2 else "b"
        lines.append(
            [f"Juma Otieno {'abcdefgh'[k]}", f"{k}@x.org", kind, boss, "N" if k else "H", ""]
        )
    lines[4][5] = "Juma Otieno b"
    (tmp_path / "form.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    asked = {question.path[-1] for question in propose(tmp_path).questions}
    assert {"Nafasi", "Kiongozi", "Ridhaa", "Usimpatanishe na"} <= asked
    assert found(tmp_path)["Jina kamili"] == "name"


@pytest.mark.parametrize(
    ("answer", "years"),
    [("since 2019", 7), ("seit 2010", 16), ("desde marzo 2024", 2), ("od 2015", 11)],
)
def test_years_since_are_counted_to_the_answer(answer: str, years: int | None) -> None:
    """To the year in which people answered; where that is not known, it is asked."""
    spec = SIGNUPS.by_name["career_years"]
    assert meaning(answer, spec, 2026) == years
    assert meaning(answer, spec) is None


def test_halves_are_numbers_and_a_bound_is_its_number() -> None:
    """One and a half in words, in the languages of forms; of ranges the middle, and said so."""
    spec = SIGNUPS.by_name["career_years"]
    for answer in (
        "anderthalb",
        "one and a half",
        "un an et demi",
        "un anno e mezzo",
        "1 1/2",
        "1½",
    ):
        assert meaning(answer, spec) == 1.5, answer
    assert meaning("half", spec) is None
    assert meaning("half a dozen hours", SIGNUPS.by_name["hours_per_month"]) is None
    for answer in ("über 12", "under 12", "12+", "plus de 12", "<12 years", "12年以上", "bis 12"):
        assert (meaning(answer, spec), assumed(answer)[:7]) == (12, "a bound"), answer
    assert (meaning("12-14", spec), assumed("12-14")[:7]) == (13, "a range")
    assert not assumed("seit 2014")


@pytest.mark.parametrize(
    ("answer", "hours"),
    [
        ("1 Std./Woche", 4),
        ("2-3 hours a week", 10),
        ("une heure toutes les deux semaines", 2),
        ("30 min i veckan", 2),
        ("1h every other week", None),
        ("media hora", 0.5),
        ("mezz'ora", 0.5),
        ("½ h", 0.5),
        ("1/2 h", None),
        ("en halvtimme i veckan", 2),
        ("40 minut", 0.67),
        ("fifteen minutes", 0.25),
        ("3ish", 3),
        ("2 hrs p/w", 8),
        ("ein Dutzend Stunden", 12),
        ("una hora al mes", 1),
        ("3 hours a month", 3),
    ],
)
def test_hours_are_those_of_a_month(answer: str, hours: float | None) -> None:
    """A week comes four times a month; what is not clear is asked, and no `a month` is a bound."""
    assert meaning(answer, SIGNUPS.by_name["hours_per_month"]) == hours
    assert "bound" not in assumed(answer)


def test_a_title_that_asks_for_a_week_is_heard(tmp_path: Path) -> None:
    """Its numbers count four times, before `map`, after it and in the line that check writes."""
    said = {"2": 8, "eine Stunde": 4, "1-2": 6, "5 im Monat": 5}
    titles = ["Stunden pro Woche, die Sie geben können"]
    folder = written(tmp_path / "c", titles, *([text] for text in said))
    config = config_of(propose(folder))
    stated = config.model_copy(update={"numbers": {}})
    told = [f.remedy for f in check_cohort(folder, stated) if f.code == "E_NUMBER"]
    assert any('"1-2" = 6' in remedy for remedy in told)
    sides = read_cohort(folder, config)
    hours = [*sides.mentees["hours_per_month"], *sides.mentors["hours_per_month"]]
    assert {*hours} == {*said.values()}


def test_parts_of_the_day_in_columns_hold_days(tmp_path: Path) -> None:
    """One question, whatever stands in which cell: a day in the column of the evening."""
    titles = [f"Quando sei libero? [{part}]" for part in ("Mattina", "Pausa pranzo", "Sera")]
    rows = (["lunedì", "", "giovedì"], ["", "mercoledì", ""], ["", "", "lunedì"], ["", "", ""])
    cohort = people(written(tmp_path / "c", titles, *rows))
    slots = {
        s for side in (cohort.mentees, cohort.mentors) for own in side["availability"] for s in own
    }
    assert slots == {"mon-am", "thu-eve", "mon-eve", "wed-12", "wed-13"}


@pytest.mark.parametrize("title", ["Std./Sprint", "Hours (per week or per month)"])
def test_a_period_that_is_not_clear_is_asked_about(tmp_path: Path, title: str) -> None:
    """Nothing that may be hours of a week passes as hours of a month unasked."""
    folder = written(tmp_path / "c", [title], ["2"], ["1"], ["3"], ["2"])
    (asked,) = [q for q in propose(folder).questions if q.path[0] == "columns"]
    assert (asked.path[-1], asked.example) == (title, "hours_per_month")


def test_each_side_is_asked_by_its_own_period(tmp_path: Path) -> None:
    """An answer counts as its own title asks for it: no two a month become two a week."""
    asked = {"mentees": "Hours a month you want", "mentors": "Hours a week you can give"}
    for side, title in asked.items():
        rows = [f"{side}{n}@post.example,{hours}" for n, hours in enumerate(("1", "2", "3-4"))]
        (tmp_path / f"{side}.csv").write_text("\n".join([f"Email,{title}", *rows]), "utf-8")
    cohort = read_cohort(tmp_path, config_of(propose(tmp_path)))
    assert {*cohort.mentees["hours_per_month"]} == {1, 2, 3.5}
    assert {*cohort.mentors["hours_per_month"]} == {4, 8, 14}


@pytest.mark.slow
def test_levels_of_a_grid_count_as_they_say(tmp_path: Path) -> None:
    """Words of a scale are numbers, `not at all` is none; bare figures are asked about."""
    titles = [f"How much help do you want with: [{area}]" for area in ("Wills", "Leases")]
    rows = [["A lot", "Not at all"], ["", ""], ["A little", "A lot"], ["", ""]]
    cohort = people(written(tmp_path / "words", titles, *rows))
    assert list(cohort.mentees["contexts"]) == [("Wills",), ("Leases", "Wills")]
    rows = [["5", "1"], ["", ""], ["2", "4"], ["", ""]]
    folder = written(tmp_path / "figures", titles, *rows)
    (question,) = propose(folder).questions
    assert "rated 1 to 5" in question.text
    cohort = people(folder, {question.path: "contexts"})
    assert list(cohort.mentees["contexts"]) == [("Wills",), ("Leases", "Wills")]


@pytest.mark.slow
def test_one_table_may_write_dates_in_two_ways(tmp_path: Path) -> None:
    """The tool's own times by month, people's answers by day: each column by its own format."""
    titles = ["Timestamp", "When did you join the company?"]
    rows = [["9/13/2026 8:00:00", "25/03/2019"], ["9/14/2026 9:00:00", "01/04/2021"]]
    rows += [["9/15/2026 9:00:00", "13/01/2020"], ["9/16/2026 9:00:00", "02/05/2018"]]
    cohort = people(written(tmp_path / "c", titles, *rows))
    assert [str(day.date()) for day in cohort.mentees["joined"]] == ["2019-03-25", "2020-01-13"]
    assert str(cohort.mentees["submitted"].iloc[0].date()) == "2026-09-13"


def test_what_both_sides_choose_from_is_one_question(tmp_path: Path) -> None:
    """Fields of competence and of development with the same options are offer and need."""
    titles = ["Topics you want help with", "Areas of expertise"]
    rows = [["Law; Tax", ""], ["", "Law; Tax"], ["Law", ""], ["", "Tax"]]
    assert list(found(written(tmp_path / "c", titles, *rows)).values())[3:] == [
        "mentees.contexts",
        "mentors.contexts",
    ]


def test_bare_hours_are_those_of_a_working_day() -> None:
    """`9-12` is a morning; what may be evening or morning is asked."""
    assert slots_meant("Monday: 9-12") == ("mon-09", "mon-10", "mon-11")
    assert slots_meant("Fri: 2-4") == ("fri-14", "fri-15")
    assert slots_meant("Friday: 6-7") is None


@pytest.mark.slow
def test_a_second_sheet_or_file_does_not_hide_the_form(tmp_path: Path) -> None:
    """What is no sign-up lies beside it: the form is named, the rest is told."""
    folder = written(tmp_path / "c", [], [], [], [], [])
    (folder / "phones.csv").write_text("Desk,Phone\nHall,12\nBar,13\n", encoding="utf-8")
    proposal = propose(folder)
    assert proposal.values["tables"]["signups"]["file"] == "form.csv"
    assert "phones.csv" in proposal.unread[0]
    assert len(people(folder).mentees) == 2


@pytest.mark.slow
def test_ticked_options_are_no_people_and_no_department(tmp_path: Path) -> None:
    """A grid is a list; its options say which, whatever words its title shares with others."""
    titles = [f"Which formats work for you? [{way}]" for way in ("In person", "Video", "Phone")]
    titles += [f"With whom could you talk about it? [{topic}]" for topic in ("Law", "Tax")]
    rows = [["In person", "", "", "", ""], ["", "Video", "Phone", "Law", "Tax"]]
    rows += [["", "Video", "", "", ""], ["In person", "", "", "Law", ""]]
    folder = written(tmp_path / "c", titles, *rows)
    assert found(folder)["Which formats work for you?"] == "modes"
    assert "avoid" not in found(folder).values()
    (asked,) = propose(folder).questions
    assert asked.choices[0] == "contexts"
    assert "avoid" not in asked.choices


def test_questions_of_two_files_share_their_options(tmp_path: Path) -> None:
    """What no title of one side explains is what the other side's is that offers the same."""
    head = "Email,Full name,"
    mentees = ["a@x.org,Ann Able,Law; Tax", "c@x.org,Cy Cole,Tax", "e@x.org,Ed East,Law"]
    mentors = ["b@x.org,Bo Best,Law; Tax", "d@x.org,Di Dunn,Tax", "f@x.org,Flo Fox,Law"]
    texts = {"mentees.csv": [f"{head}I wonder about", *mentees]}
    texts["mentors.csv"] = [f"{head}Topics you can help with", *mentors]
    for name, lines in texts.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert found(tmp_path)["I wonder about"] == "contexts"


def test_a_name_that_no_title_speaks_of_is_found_by_its_cells(tmp_path: Path) -> None:
    """Each row another name: no remark, whatever word the title shares with remarks."""
    lines = ["Comment faut-il vous saluer ?,Adresse e-mail,Rôle"]
    lines += [f"{name},{k}@x.org,{role}" for k, (name, role) in enumerate(PEOPLE)]
    (tmp_path / "form.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert found(tmp_path)["Comment faut-il vous saluer ?"] == "name"


@pytest.mark.slow
def test_ratings_with_words_say_what_they_count(tmp_path: Path) -> None:
    """`1 (not at all)` to `5 (very much)` are figures whose ends are words."""
    titles = [f"How much help do you want with: [{area}]" for area in ("Wills", "Leases")]
    rows = [["5 (very much)", "1 (not at all)"], ["", ""], ["1 (not at all)", "3"], ["", ""]]
    cohort = people(written(tmp_path / "c", titles, *rows))
    assert list(cohort.mentees["contexts"]) == [("Wills",), ("Leases",)]


def test_answers_that_name_nobody_do_not_hide_a_manager(tmp_path: Path) -> None:
    """Most write that they have none: the title says it and the names left say it too."""
    rows = [["Di Dunn"], ["no aplica"], ["no aplica"], ["ninguno"]]
    folder = written(tmp_path / "c", ["Nombre de tu jefe o jefa"], *rows)
    assert found(folder)["Nombre de tu jefe o jefa"] == "line_manager"


@pytest.mark.parametrize(("twice", "rows"), [(1, None), (4, "answers")])
def test_one_who_signed_up_twice_makes_no_table_of_answers(tmp_path, twice, rows) -> None:
    """A row is an answer where most people have several; else the later sign-up counts."""
    titles = ["Areas you want help with"]
    folder = written(tmp_path / "c", titles, ["law; art"], ["art"], ["law"], ["music"])
    form = folder / "form.csv"
    lines = form.read_text("utf-8").splitlines()
    again = [
        line.replace("law", "music").replace('"art"', '"law"') for line in lines[1 : twice + 1]
    ]
    form.write_text("\n".join([*lines, *again]) + "\n", encoding="utf-8")
    stated = config_of(propose(folder)).tables.get("signups")
    assert (stated.rows if stated and "rows" in stated.model_fields_set else None) == rows


def test_what_one_side_asks_and_the_other_offers_are_lists_of_few_answers_too(
    tmp_path: Path,
) -> None:
    """Four answers of several items look like texts; nobody is said to want what they offer."""
    titles = ["Start time", "I need help with", "I can help with", "My aim"]
    lists = ("Planning a career, Confidence", "Confidence, Writing, Planning a career")
    rows = (
        ["2026-12-05 09:10", lists[0], "", "The next step, and a bolder one."],
        ["2026-12-05 09:12", "", lists[1], ""],
        ["2026-12-06 10:00", "Writing", "", "To know more people in the other house."],
        ["2026-12-06 11:00", "", "Writing, Changing field", ""],
    )
    assert found(written(tmp_path / "a", titles, *rows)) == {
        "Email": "email",
        "Full name": "name",
        "Role": "role",
        "Start time": "submitted",
        "I need help with": "mentees.contexts",
        "I can help with": "mentors.contexts",
        "My aim": "goals",
    }


def test_a_question_about_people_is_no_workplace_and_a_wish_is_not_to_avoid(tmp_path: Path) -> None:
    """Whatever else its title speaks of; nobody is kept from whom they hope for."""
    titles = [
        "Is there anybody, or any corner of the company, we should steer you clear of?",
        "Is there somebody you are hoping for?",
        "Who signs off your leave?",
        "How many people could you take under your wing?",
    ]
    rows = (
        ["Di Dunn, we are related", "Bo Best", "Di Dunn", ""],
        ["nobody", "", "", "2"],
        ["Bo Best", "", "Bo Best", ""],
        ["", "", "", "1"],
    )
    targets = found(written(tmp_path / "a", titles, *rows))
    assert targets[titles[0]] in ("avoid", None)
    told = ["preferences.1", "line_manager", "capacity"]
    assert [targets[title] for title in titles[1:]] == told


def test_what_is_settled_of_a_form_in_unknown_words_settles_nothing_else(tmp_path: Path) -> None:
    """Its questions that may bear on safety are asked until somebody answers them."""
    unknown = [f"{word} mor quim?" for word in ("Zub", "Plek", "Ator", "Frell", "Drin", "Kesh")]
    titles = ["Department", "Organisation", "Oom pid?", "Voss dan?", *unknown]
    rows = [
        ["Ops", "Harbour", ("mor", "tel")[k % 2], ("ul", "em")[k // 2]]
        + [str(k or "") for _ in unknown]
        for k in range(len(PEOPLE))
    ]
    folder = written(tmp_path / "a", titles, *rows)
    before = found(folder)
    assert [before[title] for title in titles] == [
        "department",
        "organisation",
        None,
        None,
        *["ignore"] * 6,
    ]
    settled = {("columns", "signups", title): target for title, target in before.items() if target}
    after = {c.title: c.target for t in propose(folder, settled=settled).tables for c in t.columns}
    assert after == before


@pytest.mark.parametrize(
    "title",
    [
        "Whose email would make your heart sink?",
        "Is there a department that would be awkward for you?",
        "Any corner of the company to leave out?",
        "Who would make these topics hard to talk about?",
        "Whose name is on your appraisal?",
    ],
)
def test_a_question_whose_answers_name_people_is_asked_whatever_its_title(
    tmp_path: Path, title: str
) -> None:
    """Also where the names stand within sentences; nothing that may bear on safety is left out."""
    rows = (
        ["Di Dunn, he is my uncle", "Ops"],
        ["nobody", "Sales"],
        ["Not Bo Best (grievance still open)", "Ops"],
        ["", "Sales"],
    )
    targets = found(written(tmp_path / "a", [title, "Department"], *rows))
    assert targets[title] in (None, "avoid", "line_manager")
    assert targets["Department"] == "department"
    assert targets["Full name"] == "name"


@pytest.mark.parametrize("title", ["Wunsch 1", "Pick (1.ª escolha)"])
def test_wishes_in_order_are_one_question(tmp_path: Path, title: str) -> None:
    """Each line says its own place, whatever else the cells of one of them may mean."""
    titles = [title, title.replace("1", "2")]
    rows = ["Bo Best", "Ed Ek"], ["", ""], ["Di Dunn", "Bo Best"], ["Di Dunn", ""]
    made = propose(written(tmp_path / "a", titles, *rows))
    (asked,) = [q for q in made.questions if q.path[-1] in titles]
    assert [path[-1] for path in (asked.path, *asked.also)] == titles
    (second,) = [line.ready for line in made.entries if line.path[-1] == titles[1]]
    assert ("preferences.1" in asked.ready, "preferences.2" in second) == (True, True)


def test_a_line_across_a_table_is_nobody() -> None:
    """One cell, drawn as a line or longer than a name; who wrote only their name is somebody."""
    people = [[name, f"{name[:1]}@x.org", *"pqrst"] for name in ("Ann Able", "Bo Best")]
    lines = ["--- second wave ---", "late answers by word of the office", "Cy Cole"]
    rows = [*people, *([line, *[""] * 6] for line in lines), *people]
    kept, told = drop_notes(grid_of(["Name", "Email", *"abcde"], *rows))
    assert [finding.row for finding in told] == [4, 5]
    assert "Cy Cole" in kept.columns[0]


def test_what_a_form_asks_for_once_is_asked_where_a_second_question_speaks_of_it(
    tmp_path: Path,
) -> None:
    """Another day or language is no time to meet and no language to talk in, until it is said.

    Rows of one grid are one question; a second one that may be the role is told from which it is.
    """
    titles = ["Wann haben Sie Zeit?", "Welcher Tag ist der schlimmste?", "Mittwoch", "Sprachen"]
    titles += ["In welcher Sprache fluchen Sie?"]
    day = ["Montag Nachmittag", "Freitag", "morgens", "Deutsch;Polnisch", "Polnisch"]
    form = found(written(tmp_path / "form", titles, day, day, day, day))
    assert (form["Wann haben Sie Zeit?"], form["Sprachen"]) == ("availability", "languages")
    assert form["Welcher Tag ist der schlimmste?"] is None
    assert form["In welcher Sprache fluchen Sie?"] is None
    grid = written(tmp_path / "grid", ["Montag", "Dienstag"], *[["morgens", "abends"]] * 4)
    assert found(grid)["Montag, Dienstag"] == "availability"


def test_where_no_role_is_read_nobody_is_called_left_out(tmp_path: Path) -> None:
    """The role is missing, and that alone is told: wishes name people of neither side yet."""
    wishes = [["Bo Best"], [""], ["Di Dunn"], [""]]
    folder = written(tmp_path / "form", ["Wished for"], *wishes)
    columns = {"Email": "email", "Full name": "name", "Role": "ignore"}
    columns["Wished for"] = "preferences.1"
    said = {"input": {"id": "email"}, "columns": {"signups": columns}}
    config = Config.model_validate(said)
    codes = {finding.code for finding in check_cohort(folder, config)}
    assert "E_MISSING_COLUMN" in codes
    assert "E_UNKNOWN_PERSON" not in codes


def test_columns_that_share_two_words_are_one_question_however_few_fill_them_in(
    tmp_path: Path,
) -> None:
    """Of many topics each fills in a few: `suche` or `biete`; yes and no are questions apart."""
    titles = ["Vorträge", "Steuern", "Gremien", "Newsletter", "Foto erlaubt", "Kaffee"]
    rows = [
        ["suche", "", "biete", "ja", "nein", "ja"],
        ["biete", "suche", "", "nein", "ja", "ja"],
        ["", "biete", "suche", "ja", "ja", "nein"],
        ["", "", "beides", "nein", "nein", "nein"],
    ]
    form = found(written(tmp_path / "form", titles, *rows))
    assert "Vorträge, Steuern, Gremien" in form
    assert {"Newsletter", "Foto erlaubt", "Kaffee"} <= form.keys()


def test_what_is_ticked_comes_before_what_a_title_hints_at(tmp_path: Path) -> None:
    """A grid of days is when people can; their favourite day is none of it."""
    titles = [f"When can you usually meet? [{day}]" for day in ("Monday", "Tuesday", "Friday")]
    row = ["yes", "", "yes", "Friday"]
    form = found(written(tmp_path / "form", [*titles, "Which day do you like best?"], *[row] * 4))
    assert form["When can you usually meet?"] == "availability"
    assert form["Which day do you like best?"] == IGNORE


@pytest.mark.parametrize(("tick", "slip"), [("Ja", "Recht"), ("", "Recht"), ("", "irgendwann")])
def test_a_cell_that_slipped_turns_no_grid_round(tmp_path: Path, tick: str, slip: str) -> None:
    """A grid has one meaning, be another option or any word in one of its cells."""
    asked = [f"Wobei wünschst du dir Hilfe? [{o}]" for o in ("Recht", "Geld", "Chor")]
    offered = [f"Wobei kannst du helfen? [{o}]" for o in ("Recht", "Geld", "Chor")]
    head = ["Email", "Full name", "Role", *asked, *offered]
    lines = [head]
    for k in range(10):
        on = [tick or o if (k + n) % 2 else "" for n, o in enumerate(("Recht", "Geld", "Chor"))]
        on[1] = slip if k == 4 else on[1]
        cells = [*on, "", "", ""] if k % 2 == 0 else ["", "", "", *on]
        lines.append([f"p{k}@x.org", f"P{k} Alt", ("mentee", "mentor")[k % 2], *cells])
    text = "\n".join(",".join(line) for line in lines)
    (tmp_path / "form.csv").write_text(text, encoding="utf-8")
    targets = found(tmp_path)
    assert targets["Wobei wünschst du dir Hilfe?"] == "mentees.contexts"
    assert targets["Wobei kannst du helfen?"] == "mentors.contexts"
    assert len(targets) == 5
    if slip == "Recht":
        read = people(tmp_path).mentees.set_index("name")["contexts"]
        assert read["P4 Alt"] == ("Recht",)


def test_cells_that_point_at_others_are_no_options_and_told(tmp_path: Path) -> None:
    """`Dito` is nobody's topic or place; whom to avoid and who agrees is asked."""
    titles = ["Topics you want help with", "Site", "I agree that my data are used for matching"]
    rows = [
        ["Law; Taxes", "Ghent", "yes"],
        ["", "Dito", "yes"],
        ["Same as above", "〃", "yes"],
        ["", "Mons", "ditto"],
    ]
    folder = written(tmp_path, titles, *rows)
    proposal = propose(folder)
    assert "above" not in rendered(proposal)[0].partition("[facets")[2]
    assert ("answers", "consent") in [asked.path[:2] for asked in proposal.questions]
    told = [f for f in check_cohort(folder, config_of(proposal)) if f.code == "W_AS_ABOVE"]
    assert {f.column for f in told} == {"site", "mentees.contexts"}
