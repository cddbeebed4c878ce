"""Reports and what tools add of their own, around the questions: each kind of the fifth walk."""

# ruff: noqa: RUF001 -- forms in other letters

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from matcher.intake import check_cohort, read_cohort
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.roles_said import role_of
from matcher.vocabulary import IGNORE

from .test_shapes import PEOPLE, found, people, written


def form(folder: Path, titles: list[str], *rows: list[str], name: str = "form.csv") -> Path:
    """Write a form whose rows may be of any length."""
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([titles, *rows])
    return folder


def test_a_report_with_rows_around_its_table(tmp_path: Path) -> None:
    """Lines of one cell above the titles and below a blank row: the table is what lies between."""
    head = ["Contact: Full name", "Contact: Email", "Programme role", "Reports to: Full name"]
    rows = [[n, f"{n[0]}@x.org".lower(), role, "Bo Best"] for n, role in PEOPLE]
    below = [[], ["Grand totals (4)"], ["Copyright", "all rights reserved"]]
    folder = form(tmp_path, ["Mentoring report"], ["As of today"], [], head, *rows, *below)
    proposal = propose(folder)
    config = config_of(proposal)
    assert not proposal.questions
    assert config.tables["signups"].skip_rows == 2  # blank rows count for nothing
    told = check_cohort(folder, config)
    assert [f.row for f in told if f.code == "W_NOTE"] == [10, 11]
    assert not [f for f in told if not f.is_warning]
    cohort = read_cohort(folder, config)
    assert (len(cohort.mentees), len(cohort.mentors)) == (2, 2)
    assert cohort.mentees["line_manager"].notna().all()


@pytest.mark.parametrize("below", [[["Sum", "4", "5"]], [["a"], [], ["Ed East", "e@x.org"]]])
def test_a_short_row_is_no_note_where_it_may_be_somebody(
    tmp_path: Path, below: list[list[str]]
) -> None:
    """Right below the table, or longer than a remark: the row is told, never dropped."""
    rows = [[n, f"{n[0]}@x.org".lower(), role, ""] for n, role in PEOPLE]
    folder = form(tmp_path, ["Full name", "Email", "Role", "Team"], *rows, *below)
    assert "E_RAGGED" in {f.code for f in check_cohort(folder)}


def test_a_question_about_earlier_mentors_is_asked_and_keeps_them_apart(tmp_path: Path) -> None:
    """Once that is said, each of them is kept apart, or asked about where nobody has the name."""
    earlier = [PEOPLE[1][0], "Somebody Gone", "", *[""] * len(PEOPLE)]
    rows = [[n, f"{n[0]}@x.org".lower(), role, earlier[k]] for k, (n, role) in enumerate(PEOPLE)]
    folder = form(tmp_path, ["Full name", "Email", "Role", "Who was your mentor last year?"], *rows)
    (asked,) = [q for q in propose(folder).questions if q.path[0] == "columns"]
    assert (asked.path[-1], asked.choices[0]) == ("Who was your mentor last year?", "avoid")


@pytest.mark.parametrize("own", ["", "guest user"])
def test_blank_columns_of_the_tool_hide_no_question(tmp_path: Path, own: str) -> None:
    """`Name` and `Email` that say the same of all are not who people are: what they answered is."""
    titles = ["Name", "Email", "Q1. First name", "Q1. Last name", "Q2. Work email", "Q3. Role"]
    rows = [[own, own, *n.split(), f"{n[0]}@x.org".lower(), role] for n, role in PEOPLE]
    cohort = people(form(tmp_path, titles, *rows))
    assert {*cohort.mentees["name"], *cohort.mentors["name"]} == {n for n, _ in PEOPLE}
    assert cohort.mentees["email"].notna().all()


@pytest.mark.parametrize(
    ("titles", "is_first"),
    [
        (["Name", "Surname"], True),
        (["Vorname", "Name"], True),
        (["Ονομα", "Επώνυμο"], True),
        (["Sukunimi", "Etunimi"], False),
        (["Soyadınız", "Adınız"], False),
    ],
)
def test_a_name_beside_its_other_half_is_a_half(
    tmp_path: Path, titles: list[str], is_first: bool
) -> None:
    """`Name` is the whole name only where no other column has the rest of it."""
    halves = [n.split() if is_first else n.split()[::-1] for n, _ in PEOPLE]
    rows = [[f"{k}@x.org", role, *halves[k]] for k, (_, role) in enumerate(PEOPLE)]
    cohort = people(form(tmp_path, ["Email", "Role", *titles], *rows))
    assert {*cohort.mentees["name"], *cohort.mentors["name"]} == {n for n, _ in PEOPLE}


def test_the_name_of_a_manager_is_never_ones_own(tmp_path: Path) -> None:
    """`N+1 (nom et prénom)` says more of a whole name than the halves: it is somebody else's."""
    titles = ["Nom", "Prénom", "Votre N+1 (nom et prénom)", "Courriel", "Rôle"]
    rows = [[*n.split()[::-1], "Bo Best", f"{n[0]}@x.org", role] for n, role in PEOPLE]
    assert list(found(form(tmp_path, titles, *rows)).values()) == [
        "name.2",
        "name.1",
        "line_manager",
        "email",
        "role",
    ]


@pytest.mark.parametrize("title", ["Where could you use help?", "هل تريد المساعدة؟"])
def test_options_right_behind_the_question_mark(tmp_path: Path, title: str) -> None:
    """`Question? Option` is a column for each option where several titles share the question."""
    titles = [f"{title} {option}" for option in ("Law", "Tax", "Art")]
    folder = written(
        tmp_path, titles, *[["Law", "", ""], ["", "Tax", ""], ["", "", "Art"]], [""] * 3
    )
    (asked,) = (c for c in propose(folder).tables[0].columns if len(c.titles) == 3)
    assert (asked.title, [*asked.evidence.ticked]) == (title, ["Law", "Tax", "Art"])


@pytest.mark.parametrize("title", ["What do you need? Please tick", "Any remarks? Write them here"])
def test_what_stands_behind_a_question_alone_is_no_option(tmp_path: Path, title: str) -> None:
    """One title goes on behind its question mark: it is one question."""
    folder = written(tmp_path, [title], ["Law"], ["Tax"], ["Law"], ["Tax"])
    assert title in found(folder)


def test_a_page_behind_a_name_is_no_part_of_it(tmp_path: Path) -> None:
    """What a database writes for a link to a person is that person, who stays apart."""
    boss = "Bo Best (https://www.example.org/0123abc?v=1)"
    folder = written(tmp_path, ["Supervisor"], [boss], [""], [boss], [""])
    assert found(folder)["Supervisor"] == "line_manager"
    cohort = people(folder)
    best = cohort.mentors.set_index("name").loc["Bo Best", "person_id"]
    assert set(cohort.mentees["line_manager"]) == {best}


def test_numbers_of_answers_are_no_ids_of_people(tmp_path: Path) -> None:
    """Where everybody has an address, whoever answers twice is one person all the same."""
    titles = ["Form_Id", "Email", "Full name", "Role", "Submitted"]
    rows = [
        [f"{k}", f"{n[0]}@x.org", n, role, f"2026-10-0{k + 1} 09:00"]
        for k, (n, role) in enumerate(PEOPLE)
    ]
    rows.append(["9", *rows[0][1:4], "2026-10-09 10:00"])
    folder = form(tmp_path, titles, *rows)
    assert found(folder)["Form_Id"] == IGNORE
    assert len(people(folder).mentees) == 2


def test_what_all_rows_say_is_no_way_of_meeting(tmp_path: Path) -> None:
    """`Web link` in a column of the tool's is no wish to meet online."""
    assert found(written(tmp_path, ["Channel"], *[["Web link"]] * 4))["Channel"] == IGNORE


def test_columns_of_a_tool_make_no_form_in_unknown_words(tmp_path: Path) -> None:
    """Where what bears on safety is understood, what a ticket shop adds is left out unasked."""
    titles = [f"Xx{k}" for k in range(9)] + ["Your line manager", "I agree to my data being used"]
    rows = [[*["Plain", "0.00", "EUR"] * 3, boss, "yes"] for boss in ("Bo Best", "", "Di Dunn", "")]
    assert not propose(written(tmp_path, titles, *rows)).questions


def test_a_date_with_a_dash_before_the_clock_is_the_submission(tmp_path: Path) -> None:
    """`05/10/2026 - 09:00`, as some tools write it."""
    times = [[f"{k + 13}/10/2026 - 09:0{k}"] for k in range(4)]
    assert found(written(tmp_path, ["Reçu"], *times))["Reçu"] == "submitted"


def test_another_table_of_people_is_told_as_one(tmp_path: Path) -> None:
    """A copy or an earlier wave beside the one that is read is not called something else."""
    rows = [[f"{k}@x.org", n, role] for k, (n, role) in enumerate(PEOPLE)]
    form(tmp_path, ["Email", "Full name", "Role"], *rows, name="a.csv")
    form(tmp_path, ["Email", "Full name", "Role"], *rows, name="b.csv")
    (unread,) = propose(tmp_path).unread
    assert "a.csv: it lists people too" in unread


FORMS = {
    "he": ("שם מלא|אימייל|תפקיד בתוכנית|הממונה שלך|עם מי לא תרצו לעבוד?|אני מאשר שימוש במידע"
           "|מגדר|במה תרצו עזרה?|במה תוכלו לעזור?", "חניכה|מנטור|כן|אישה"),
    "el": ("Ονοματεπώνυμο|Email|Ρόλος στο πρόγραμμα|Ο προϊστάμενός σας"
           "|Με ποιον δεν θέλετε να είστε;"
           "|Συμφωνώ με τη χρήση των δεδομένων μου|Φύλο|Ποια θέματα χρειάζεστε για υποστήριξη;"
           "|Σε ποια θέματα μπορείτε να βοηθήσετε;", "Καθοδηγούμενη|Μέντορας|ναι|γυναίκα"),
    "hr": ("Ime i prezime|E-pošta|Uloga u programu|Vaš nadređeni|S kim ne želite biti u paru?"
           "|Suglasna sam s obradom podataka|Spol|U kojim temama trebate pomoć?"
           "|U kojim temama možete pomoći?", "mentorirana|mentor|da|žena"),
    "fi": ("Koko nimi|Sähköposti|Roolisi ohjelmassa|Esihenkilösi|Kenen kanssa et halua pariksi?"
           "|Annan suostumuksen tietojen käyttöön|Sukupuoli|Missä aiheissa haluat tukea?"
           "|Missä aiheissa voit auttaa?", "aktori|mentori|kyllä|nainen"),
}  # fmt: skip


@pytest.mark.parametrize("language", FORMS)
def test_forms_in_more_languages(tmp_path: Path, language: str) -> None:
    """Who somebody is, the sides, and all that bears on safety."""
    titles, words = (text.split("|") for text in FORMS[language])
    mentee, mentor, yes, woman = words
    topics = ["Alpha; Beta", "Beta", "Gamma; Alpha", "Gamma"]
    rows = [
        [
            name,
            f"{k}@x.org",
            mentee if role == "mentee" else mentor,
            "Bo Best" if k else "",
            "",
            yes,
            woman,
        ]
        + ([topics[k], ""] if role == "mentee" else ["", topics[k]])
        for k, (name, role) in enumerate(PEOPLE)
    ]
    rows[2][4] = "Di Dunn"
    targets = ["name", "email", "role", "line_manager", "avoid", "consent", "groups.gender"]
    targets += ["mentees.contexts", "mentors.contexts"]
    assert list(found(form(tmp_path, titles, *rows)).values()) == targets


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ("Mentor i podopieczny", "both"),
        ("Ticket: mentee", "mentee"),
        ("Inscripción mentor", "mentor"),
        ("I am a mentor to a mentee", None),
        ("Και τα δύο", "both"),
    ],
)
def test_roles_in_more_words(answer: str, role: str | None) -> None:
    """Both roles with the word between them, and words of a form beside one."""
    assert role_of(answer) == role


@pytest.mark.parametrize("titles", [("Mentee", "Mentor"), ("Learner", "Guide")])
def test_a_file_of_earlier_pairs_is_read_once_somebody_says_so(
    tmp_path: Path, titles: tuple[str, str]
) -> None:
    """Whoever names two people of the cohort in each row lists pairs, whatever it is called."""
    form(
        tmp_path,
        ["Email", "Full name", "Role"],
        *([f"{k}@x.org", *p] for k, p in enumerate(PEOPLE)),
    )
    pairs = [["Ann Able", "Bo Best", "completed"], ["Cy Cole", "Di Dunn", "declined"]]
    form(tmp_path, [*titles, "status"], *pairs, name="Our last round.csv")
    (asked,) = propose(tmp_path).questions
    proposal = propose(tmp_path, settled={asked.path: "yes"})
    assert proposal.values["columns"]["engagements"][titles[0]] == "mentee_id"
    assert len(read_cohort(tmp_path, config_of(proposal)).engagements) == 2
