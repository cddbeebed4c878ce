"""Exports of further tools and languages: each kind of finding of the third walk."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter

from matcher.config import Config
from matcher.intake import check_cohort, read_cohort
from matcher.intake.proposals.propose import config_of, propose
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.render import rendered
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.submission_times import possible_times
from matcher.vocabulary import IGNORE

from .test_shapes import PEOPLE, found, people, written

KEY = ("columns", "signups")


def form(folder: Path, titles: list[str], *rows: list[str]) -> Path:
    """Write a form whose cells may hold anything."""
    folder.mkdir(exist_ok=True)
    with (folder / "form.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([titles, *rows])
    return folder


@pytest.mark.parametrize(
    "answer",
    [
        "Mentee,Mentor",
        "mentor; mentee;",
        "Be mentored\nMentor someone",
        "学员┋导师",
        "Obojí",
        "둘 다",
    ],
)
def test_two_ticked_roles_are_both(answer: str) -> None:
    """Two boxes in one cell are two roles, in whatever order and sign between them."""
    assert role_of(answer) == "both"


@pytest.mark.parametrize("answer", ["Mentor, not a mentee", "Mentee, please", "Mentor; in Rome"])
def test_what_follows_a_role_is_no_second_one(answer: str) -> None:
    """Remarks behind the role do not add the other one."""
    assert role_of(answer) in ("mentor", "mentee")


AVOIDING = [
    "À éviter",
    "Wykluczenia",
    "Who can't you be put together with?",
    "People to stay away from",
    "NotWith",
    "Mit welchen Personen möchten Sie keinesfalls zusammenarbeiten?",
    "Avec qui ne souhaitez-vous pas être en binôme ?",
    "¿Con quién no quieres coincidir?",
    "Met wie wil je niet gekoppeld worden?",
    "S kým nechcete spolupracovat?",
    "Kiminle eşleşmek istemezsiniz?",
    "مع من لا تريد العمل؟",
    "您不愿意与谁配对",
    "매칭을 원하지 않는 사람이 있나요?",
    "Cu cine nu doriți să lucrați?",
]


@pytest.mark.parametrize("title", AVOIDING)
@pytest.mark.parametrize("answer", ["", "not my boss please", "Bo Best"])
def test_whom_to_avoid_is_read_in_many_words(tmp_path: Path, title: str, answer: str) -> None:
    """Whatever somebody answers, and where nobody has answered yet, the title is enough."""
    folder = written(tmp_path, [title], [answer], [""], ["-"], [""])
    targets = found(folder)
    assert targets[title] == "avoid" or (targets[title] is None and not answer)


def test_an_unknown_question_that_speaks_of_the_boss_is_asked(tmp_path: Path) -> None:
    """What is not understood is left out only where no answer means somebody at work."""
    folder = written(tmp_path, ["Wibble", "Wobble"], ["not my boss", "blue"], *[["", ""]] * 3)
    assert found(folder) == found(folder) | {"Wibble": None, "Wobble": "ignore"}


def test_an_unknown_question_with_a_misspelt_name_is_asked(tmp_path: Path) -> None:
    """A slip does not hide that somebody is named."""
    folder = written(tmp_path, ["Wibble"], ["Di Dunnn"], [""], [""], [""])
    assert found(folder)["Wibble"] is None


def test_what_nobody_has_answered_is_not_left_out_for_good(tmp_path: Path) -> None:
    """The line stays open without a question, of which another is answered too; then it is told."""
    answered = [["", "Thai", ""]] * 4
    folder = written(tmp_path, ["Wibble", "Idiomas que hablas", "Lengua"], *answered)
    proposal = propose(folder)
    for title in ("Wibble", "Lengua"):
        entry = next(e for e in proposal.entries if e.path == (*KEY, title))
        assert (entry.value, entry.why) == (None, str(Said(Why.UNANSWERED)))
    assert not proposal.questions
    config = config_of(proposal)
    written(tmp_path, ["Wibble"], ["Bo Best"], [""], [""], [""])
    codes = [f.code for f in check_cohort(folder, config) if f.column == "Wibble"]
    assert codes == ["E_UNKNOWN_COLUMN", "W_QUESTION"]  # who is named stays apart till then
    assert [asked.path for asked in propose(folder, config).questions] == [(*KEY, "Wibble")]


def test_an_empty_question_whom_to_avoid_changes_no_consent(tmp_path: Path) -> None:
    """Nobody agrees by leaving the box empty because another question says `not`."""
    titles = ["do_not_match", "I agree to my data being used"]
    folder = written(tmp_path, titles, ["", "Ticked"], ["", "ticked"], ["", ""], ["", "Unticked"])
    config = config_of(propose(folder))
    assert "" not in config.answers.get("consent", {})
    assert not [f for f in check_cohort(folder, config) if f.code == "E_ENUM"]
    gone = [(code.code, code.row) for _, code in read_cohort(folder, config).set_aside]
    assert sorted(gone) == [("E_CONSENT", 5), ("E_CONSENT_UNSAID", 4)]


BOTH_SIDES = [
    ("Topics you'd like to learn", "Topics you can teach"),
    ("Wobei brauchen Sie Hilfe?", "Wobei können Sie anderen helfen?"),
    ("Temas que quieres aprender", "Temas que puedes enseñar"),
    ("S čím potřebujete pomoci?", "S čím můžete pomoci?"),
    ("希望得到哪些方面的帮助", "可以在哪些方面帮助他人"),
]


@pytest.mark.parametrize(("need", "offer"), BOTH_SIDES)
def test_need_and_offer_that_everybody_answers_are_two(
    tmp_path: Path, need: str, offer: str
) -> None:
    """Without a branch in the form the titles say which is which."""
    rows = [
        ["Alpha; Beta", "Gamma"],
        ["Beta", "Alpha; Gamma"],
        ["Gamma", "Beta"],
        ["Beta", "Alpha"],
    ]
    folder = written(tmp_path, [need, offer], *rows)
    targets = found(folder)
    assert (targets[need], targets[offer]) == ("mentees.contexts", "mentors.contexts")
    cohort = people(folder)
    assert cohort.mentees.loc[cohort.mentees["email"] == "an@example.org", "contexts"].item()


def test_two_questions_of_one_kind_that_say_no_side_are_asked(tmp_path: Path) -> None:
    """What mentees need never becomes what they offer."""
    rows = [["Law; Tax", "Tax"], ["Tax", "Law"], ["Law", "Tax; Law"], ["Tax; Law", "Law"]]
    folder = written(tmp_path, ["Topics (mentoring) A", "Topics (mentoring) B"], *rows)
    assert [found(folder)[f"Topics (mentoring) {part}"] for part in "AB"] == [None, None]


def test_halves_of_a_managers_name_are_one(tmp_path: Path) -> None:
    """`Manager_First` and `Manager_Last` together name the manager, who stays apart."""
    titles = ["YourManager_First", "YourManager_Last"]
    folder = written(
        tmp_path, titles, ["Bo", "Best"], ["", ""], ["Di", "Dunn"], ["Tim", "Elsewhere"]
    )
    targets = found(folder)
    assert [targets[title] for title in titles] == ["line_manager.1", "line_manager.2"]
    frame = people(folder).mentees.set_index("name")
    assert frame.loc["Ann Able", "line_manager"] == "bo@example.org" or frame.loc[
        "Ann Able", "line_manager"
    ].startswith("p-")


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ("Oct 9, 2026 10:00 AM", "Oct 9, 2026 01:30 PM"),
        ("09-Oct-2026 08:00:00", "09-Oct-2026 23:59:59"),
        ("9. Oktober 2026 um 10:00:00 Mitteleuropäische Zeit", "9. Oktober 2026 um 11:00:00 MEZ"),
        ("2026/10/9 8:01:02", "2026/10/10 7:00:00"),
        ("2026年10月9日 08:00", "2026年10月9日 09:00"),
        ("09.10.2026 8.15.00", "09.10.2026 17.00.00"),
        ("2026-10-09T08:00:00.000+0000", "2026-10-09T09:00:00.000+0000"),
    ],
)
def test_times_of_submission_are_read_as_tools_write_them(early: str, late: str) -> None:
    """The later of two answers counts, whatever the month and the clock look like."""
    for times in possible_times(np.array([early, late], dtype=object), ""):
        assert times[0] < times[1]


def test_a_column_of_times_is_the_submission(tmp_path: Path) -> None:
    """In whatever words its title is; the start of the answer is not."""
    times = [[f"2026-10-0{k} 08:0{k}:00", f"2026-10-0{k} 09:0{k}:00"] for k in range(1, 5)]
    targets = found(written(tmp_path, ["Start of it", "Xyzzy"], *times))
    assert targets["Xyzzy"] == "submitted"
    assert targets["Start of it"] != "submitted"


@pytest.mark.parametrize(
    "title",
    ["Q2_Need->{}", "topics[SQ00{n}]. Which topics do you need help with? [{}]"],
)
def test_options_in_the_titles_of_further_tools(tmp_path: Path, title: str) -> None:
    """Arrows, and codes with their question, part question and option."""
    titles = [title.format(option, n=n) for n, option in enumerate(["Law", "Tax", "Art"], 1)]
    if "Need" in title:
        titles = [t.replace("Need", "HelpWith") for t in titles]
    folder = written(tmp_path, titles, ["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"], ["1"] * 3)
    table = propose(folder).tables[0]
    grids = [c for c in table.columns if len(c.titles) == 3]
    assert len(grids) == 1
    assert (grids[0].target or "").endswith("contexts")
    assert sorted(map(str.lower, grids[0].evidence.ticked)) == ["art", "law", "tax"]


def test_consent_where_only_one_form_asks(tmp_path: Path) -> None:
    """Who said no is set aside; the side that was not asked is read."""
    (tmp_path / "mentees.csv").write_text(
        "Email,Full name,I agree to my data being used\na@x.org,Ann Able,Yes\nb@x.org,Bo Best,No\n"
    )
    (tmp_path / "mentors.csv").write_text("Email,Full name\nc@x.org,Cy Cole\nd@x.org,Di Dunn\n")
    config = config_of(propose(tmp_path))
    assert config.input.consent == "where asked"
    cohort = read_cohort(tmp_path, config)
    assert [(finding.code, finding.row) for _, finding in cohort.set_aside] == [("E_CONSENT", 3)]
    assert (len(cohort.mentees), len(cohort.mentors)) == (1, 2)


@pytest.mark.parametrize(
    ("answer", "places"),
    [("mehr als 2", 3), ("more than 3", 4), ("plus de 2", 3), ("3 or more", 3), ("2 oder mehr", 2)],
)
def test_more_than_is_one_more(tmp_path: Path, answer: str, places: int) -> None:
    """`more than two` begins at three, `two or more` at two."""
    title = "How many mentees could you take?"
    folder = written(tmp_path, [title], [""], ["1"], [""], [answer])
    numbers: Any = propose(folder).values["numbers"]
    assert numbers["capacity"][answer] == places


def test_a_remark_and_a_blank_row_above_titles_are_no_groups(tmp_path: Path) -> None:
    """Only the row right above names groups of columns."""
    book = xlsxwriter.Workbook(str(tmp_path / "report.xlsx"))
    sheet = book.add_worksheet("Report")
    head = ["Worker", "Work Email", "Program Role", "Manager"]
    rows = [
        ["People report"],
        ["Run by", "somebody"],
        [],
        head,
        *(
            [name, f"{k}@example.org", role, "Ola Nordmann"]
            for k, (name, role) in enumerate(
                [("Ann Able", "Mentee"), ("Bo Best", "Mentor"), ("Cy Cole", "Mentee")]
            )
        ),
    ]
    for k, row in enumerate(rows):
        sheet.write_row(k, 0, row)
    book.close()
    proposal = propose(tmp_path)
    assert [c.title for c in proposal.tables[0].columns] == head
    assert "header_rows" not in proposal.values["tables"]["signups"]
    assert "Run by" not in rendered(proposal)


def test_options_in_brackets_beside_their_question(tmp_path: Path) -> None:
    """Ticks count once; what bears on safety is read from the one column that says it all."""
    said = ["Someone to find a mentor", "Someone who mentors"]
    head = ["Email", "Full name", "You are", *(f"You are ({role})" for role in said)]
    head += [
        "Areas you need help with",
        *(f"Areas you need help with ({o})" for o in ("Law", "Tax")),
    ]
    rows = [
        ["a@x.org", "Ann Able", "I want a mentor", "true", "false", "Law, Tax", "true", "true"],
        ["b@x.org", "Bo Best", "I mentor others", "false", "true", "", "", ""],
        [
            "c@x.org",
            "Cy Cole",
            "I want a mentor, I mentor others",
            *["true"] * 2,
            "Tax",
            "false",
            "true",
        ],
        ["d@x.org", "Di Dunn", "I mentor others", "false", "true", "", "", ""],
    ]
    folder = form(tmp_path, head, *rows)
    cohort = read_cohort(folder, config_of(propose(folder)))
    mentees = cohort.mentees.set_index("email")["contexts"]
    assert {k: set(v) for k, v in mentees.items()} == {
        "a@x.org": {"Law", "Tax"},
        "c@x.org": {"Tax"},
    }
    assert set(cohort.mentors["email"]) == {"b@x.org", "c@x.org", "d@x.org"}


def test_lists_as_programs_write_them_are_options(tmp_path: Path) -> None:
    """`["Law", "Tax"]` is two options; `[]` is none."""
    title = "Topics you want help with"
    rows = [['["Law", "Tax"]', "mentee"], ["[]", "mentor"], ['["Tax"]', "mentee"], ["[]", "mentor"]]
    lines = [[f"{k}@x.org", f"Ann Able{k}", role, cell] for k, (cell, role) in enumerate(rows)]
    folder = form(tmp_path, ["Email", "Full name", "Role", title], *lines)
    assert propose(folder).values["facets"]["topic"]["options"] == ["Law", "Tax"]


def test_a_utf16_export_loads_with_what_is_proposed(tmp_path: Path) -> None:
    """Excel's Unicode text says itself what it is; the config says it, too."""
    text = "Email;Full name;Role\na@x.org;Ann Able;mentee\nb@x.org;Bo Best;mentor\n"
    (tmp_path / "export.csv").write_bytes(text.encode("utf-16"))
    config = config_of(propose(tmp_path))
    assert not [f for f in check_cohort(tmp_path, config) if not f.is_warning]


def test_when_an_answer_was_begun_is_no_date_of_joining(tmp_path: Path) -> None:
    """A day with a time is the form's own, and the only one stands for the submission."""
    times = [[f"0{k}.06.2026 09:1{k}"] for k in range(1, 5)]
    assert found(written(tmp_path, ["Start"], *times))["Start"] == "submitted"


def test_a_manager_who_is_named_the_other_way_round_is_known(tmp_path: Path) -> None:
    """`Best, Bo` signed up; an unknown question that names `Bo Best` is asked."""
    rows = [["a@x.org", "Able, Ann", "mentee", "Bo Best"], ["b@x.org", "Best, Bo", "mentor", ""]]
    rows += [["c@x.org", "Cole, Cy", "mentee", ""], ["d@x.org", "Dunn, Di", "mentor", ""]]
    assert found(form(tmp_path, ["Email", "Full name", "Role", "Wibble"], *rows))["Wibble"] is None


def test_a_workbook_of_questions_is_no_table(tmp_path: Path) -> None:
    """Beside the one export it neither hides it nor is told as unread; alone it is what it is."""
    folder = written(tmp_path, ["Topics you want help with"], ["Law"], ["Tax"], ["Law"], ["Tax"])
    config = config_of(propose(folder))
    book = xlsxwriter.Workbook(str(folder / "questions (1).xlsx"))
    book.add_worksheet("questions").write_row(0, 0, ["Who", "Question", "Answer"])
    book.close()
    codes = {f.code for f in check_cohort(folder, config)}
    assert not codes & {"W_UNUSED_TABLE", "E_NOT_FOUND"}
    assert not propose(folder).unread


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["Law;#Tax", "Tax;#Art", "Law;#Art", "Tax"], ["Art", "Law", "Tax"]),
        (["Law", "law", "Law", "law"], ["law"]),
        (["领导力", "القيادة", "领导力", "القيادة"], ["القيادة", "领导力"]),
    ],
)
def test_options_are_what_the_form_wrote(
    tmp_path: Path, cells: list[str], options: list[str]
) -> None:
    """SharePoint parts items by `;#`; what differs by case alone is one option."""
    folder = written(tmp_path, ["Topics you want help with"], *([cell] for cell in cells))
    assert propose(folder).values["facets"]["topic"]["options"] == options


SIGNS = ["C", "C++", "C#", ".NET", "NET", "+1", "1st job", "R&D", "R D", "Ä", "A", "B/C", "B-C"]


def test_options_that_differ_by_a_sign_stay_apart(tmp_path: Path) -> None:
    """Each is an option of its own in what map writes, in names of facets and in what is read."""
    titles = ["Email", "Full name", "Role", "Topics you want help with"]
    rows = [
        [
            f"p{k}@example.org",
            f"Person {chr(65 + k)}son",
            "mentor" if k % 2 else "mentee",
            f"{one};{SIGNS[k - 1]}",
        ]
        for k, one in enumerate(SIGNS)
    ]
    folder = form(tmp_path, titles, *rows)
    config = config_of(propose(folder))
    topic = config.facets["topic"]
    assert sorted(topic.options) == sorted(SIGNS)
    assert len(set(topic.names)) == len(SIGNS)
    assert dict(zip(topic.options, topic.names, strict=True))["C++"] == "c_plus_plus"
    cohort = read_cohort(folder, config)
    seen = {
        item for side in (cohort.mentees, cohort.mentors) for row in side.contexts for item in row
    }
    assert seen == set(SIGNS)


def test_an_unknown_option_is_not_led_to_words_that_the_form_has_not(tmp_path: Path) -> None:
    """Where a programme has options of its own, none of the vocabulary is suggested."""
    cells = ["Law", "Tax", "Leadership skills", "Leadership skills"]
    folder = written(tmp_path, ["Topics you want help with"], *([cell] for cell in cells))
    own = {"columns": ["contexts"], "options": ["Law", "Tax"]}
    stated = {"facets": {"topic": own}, "input": {"id": "email"}}
    columns = {"Topics you want help with": "contexts", "Full name": "name"}
    faults = check_cohort(folder, Config.model_validate(stated | {"columns": columns}))
    told = next(f for f in faults if f.code == "E_ENUM")
    assert "skills_development" not in f"{told.message} {told.remedy}"
    assert "Law, Tax" in told.remedy


@pytest.mark.parametrize(
    ("title", "answers", "meant"),
    [
        ("¿Autoriza el uso de sus datos?", "SNSS", {"S": "yes"}),
        ("J'accepte le traitement de mes données", "ONON", {"O": "yes"}),
        ("Acconsento al trattamento dei dati", "SSSS", None),
        ("I consent to being matched", "ABAB", None),
    ],
)
def test_first_letters_of_yes_and_no_are_read_beside_each_other(
    tmp_path: Path, title: str, answers: str, meant: dict[str, str] | None
) -> None:
    """S and N in one column are sí and no; a letter alone, or others, are asked about."""
    proposal = propose(written(tmp_path, [title], *([letter] for letter in answers)))
    assert proposal.values.get("answers", {}).get("consent") == meant
    assert bool(proposal.questions) == (meant is None)


@pytest.mark.parametrize(
    "title",
    [
        "Vor- und Nachname",
        "För- och efternamn",
        "Nachname (bitte vollständig)",
        "Vorname, Nachname",
    ],
)
def test_a_name_is_read_once(tmp_path: Path, title: str) -> None:
    """Where a tool's own column has the whole name, no half of another one is put behind it."""
    titles = ["Completion time", "Email", "Name", "I am signing up as", title]
    rows = [
        [f"2026-10-0{k + 1} 09:00", f"{name[:2].strip()}@x.org", name, role, name]
        for k, (name, role) in enumerate(PEOPLE)
    ]
    folder = form(tmp_path, titles, *rows)
    cohort = read_cohort(folder, config_of(propose(folder)))
    assert {*cohort.mentees["name"], *cohort.mentors["name"]} == {name for name, _ in PEOPLE}


@pytest.mark.parametrize(("title", "lacking"), [("Your full name", 1), ("Vollständiger Name", 2)])
def test_the_name_that_everybody_wrote_is_taken(tmp_path: Path, title: str, lacking: int) -> None:
    """A tool knows the names of its own accounts alone; a guest has none there."""
    titles = ["Completion time", "Email", "Name", "I am signing up as", title]
    rows = [
        [f"2026-10-0{k + 1} 09:00", f"p{k}@x.org", name if k >= lacking else "", role, name]
        for k, (name, role) in enumerate(PEOPLE)
    ]
    taken = found(form(tmp_path, titles, *rows))
    assert (taken["Name"], taken[title]) == (IGNORE, "name")


@pytest.mark.parametrize("titles", [("Fname", "Sn."), ("Q", "Surname"), ("Vorname", "Zn")])
def test_one_half_of_the_name_tells_the_other(tmp_path: Path, titles: tuple[str, str]) -> None:
    """Of which the title says nothing: together they stand in the addresses."""
    names = ["Ida Holm", "Per Bakke", "Siw Lund", "Ola Moe"]
    rows = [
        [*name.split(), f"{name.replace(' ', '.').lower()}@x.org", role, "Oslo"]
        for name, role in zip(names, ["mentee", "mentor"] * 2, strict=True)
    ]
    taken = found(form(tmp_path, [*titles, "Mail", "Role", "Base"], *rows))
    assert (taken[titles[0]], taken[titles[1]]) == ("name.1", "name.2")


def test_a_column_of_managers_is_not_the_name(tmp_path: Path) -> None:
    """Titles that say nothing: the addresses tell whose names are whose, else it is asked."""
    names = ["Ida Holm", "Per Bakke", "Siw Lund", "Ola Moe"]
    rows = [[names[k - 1], n, f"{n.split()[0]}@x.org", "mentor"] for k, n in enumerate(names)]
    rows[0][3] = rows[1][3] = "mentee"
    titles = ["V1", "V2", "V3", "V4"]
    taken = found(form(tmp_path / "a", titles, *rows))
    assert (taken["V1"], taken["V2"]) == (None, "name")
    for k, row in enumerate(rows):
        row[2] = f"u{k}@x.org"
    taken = found(form(tmp_path / "b", titles, *rows))
    assert (taken["V1"], taken["V2"]) == (None, None)


def test_few_answers_are_split_as_the_other_side_s(tmp_path: Path) -> None:
    """One mentor who ticked what mentees ticked offers it, though the title says nothing."""
    titles = ["Email", "Full name", "Role", "Topics you want help with", "Zzz", "Klinikum"]
    rows = [
        ["a@x.org", "Ann Able", "Mentee", "Clinical teaching,Leading a team of many", "", "Nord"],
        ["b@x.org", "Bo Best", "Mentor", "", "Clinical teaching,Leading a team of many", "Süd"],
        ["c@x.org", "Cy Cole", "Mentee", "Clinical teaching", "", "Nord"],
    ]
    folder = form(tmp_path, titles, *rows)
    assert found(folder)["Klinikum"] == "organisation"
    cohort = read_cohort(folder, config_of(propose(folder)))
    assert cohort.mentors["contexts"].tolist() == [("Clinical teaching", "Leading a team of many")]


def test_a_topic_of_somebody_s_own_is_kept(tmp_path: Path) -> None:
    """What is written beside the options of a long list of answers is text, not nothing."""
    titles = ["Email", "Full name", "Role", "Topics you want help with"]
    rows = [
        [
            f"p{k}@x.org",
            f"Per{chr(97 + k)} Son{chr(97 + k)}",
            "mentor" if k % 2 else "mentee",
            "Law;" if k % 3 else "Tax;",
        ]
        for k in range(24)
    ]
    rows[5][3] = "Law;care on an island by boat;"
    proposal = propose(form(tmp_path, titles, *rows))
    assert proposal.values["answers"]["contexts"]["*"] == "text"


@pytest.mark.parametrize(
    "title",
    [
        "May the person you are matched with get your e-mail address?",
        "Can your match see your email?",
        "Darf Ihre Mentorin Ihre E-Mail-Adresse erhalten?",
    ],
)
def test_who_may_get_an_address_is_seen(tmp_path: Path, title: str) -> None:
    """The question is about the address, not about whom to avoid."""
    folder = written(tmp_path, [title], ["Yes"], ["No"], ["Yes"], ["Yes"])
    assert found(folder)[title] == "share_address"


@pytest.mark.parametrize(
    ("title", "cells", "target"),
    [
        ("Opt-in", ["checked", "", "checked", "checked"], "consent"),
        ("Ich willige in die Nutzung meiner Angaben ein", ["Ja", "Ja", "Nein", "Ja"], "consent"),
        ("Samtycke", ["ja", "ja", "nej", "ja"], "consent"),
        ("Anyone off-limits for you?", ["", "Bo Best", "", ""], "avoid"),
        ("Liever niet gekoppeld aan", ["", "Bo Best", "", ""], "avoid"),
        ("Créé par", ["Ann Able", "Bo Best", "Cy Cole", "Di Dunn"], IGNORE),
        ("Seats available", ["", "2", "", "1"], "capacity"),
        ("Unità organizzativa", ["HR", "IT", "HR", "IT"], "department"),
        ("Waar werk je? (afdeling)", ["HR", "IT", "HR", "IT"], "department"),
        ("Where do you work?", ["HR", "IT", "HR", "IT"], "organisation"),
        ("Jaren in het vak", ["3", "12", "7", "3"], "career_years"),
        ("Service number", ["F-12", "F-7", "F-301", "F-44"], IGNORE),
    ],
)
def test_titles_of_the_fourth_walk(
    tmp_path: Path, title: str, cells: list[str], target: str
) -> None:
    """What tools write themselves, consent, places and whom to avoid, in more words."""
    assert found(written(tmp_path, [title], *([cell] for cell in cells)))[title] == target


def test_what_nearly_everybody_says_yes_to_may_be_consent(tmp_path: Path) -> None:
    """Where no title speaks of consent it is asked, never left out without a word."""
    rows = [["Yes", "Yes"], ["Yes", "No"], ["Yes", "No"], ["Yes", "No"]]
    proposal = propose(written(tmp_path, ["Zub", "Wibble"], *rows))
    assert [asked.path[-1] for asked in proposal.questions] == ["Zub"]
    assert proposal.questions[0].example == "consent"


def test_the_match_may_see_a_form_is_no_consent_to_match(tmp_path: Path) -> None:
    """Another permission never takes the place of the consent that stands beside it."""
    titles = ["Do you give permission for us to share your form with your match?", "Data consent"]
    rows = [["Yes", "Yes, I consent"], ["No", "No"], ["Yes", "Yes, I consent"], ["Yes", "No"]]
    taken = found(written(tmp_path, titles, *rows))
    assert taken["Data consent"] == "consent"
    assert taken[titles[0]] != "consent"


def test_a_column_that_another_tool_has_too_makes_no_preset(tmp_path: Path) -> None:
    """`Response Id` without Qualtrics's header rows is some other tool's; the form is read."""
    titles = ["Response Id", "Q1. Full name", "Q2. E-mail", "Q3. Mentor or mentee?"]
    rows = [[f"{k}", name, f"p{k}@x.org", role] for k, (name, role) in enumerate(PEOPLE)]
    proposal = propose(form(tmp_path, titles, *rows))
    assert proposal.tables[0].preset == "plain"
    assert not proposal.questions


def test_an_empty_column_tells_nobody_apart(tmp_path: Path) -> None:
    """`User ID` that the tool left blank is not the id: the addresses are."""
    titles = ["User ID", "Your work email", "Your name", "Mentor or mentee?"]
    rows = [["", f"p{k}@x.org", name, role] for k, (name, role) in enumerate(PEOPLE)]
    values = propose(form(tmp_path, titles, *rows)).values
    assert values["input"]["id"] == "email"
    assert "User ID" not in values["columns"]["signups"]


def test_sections_above_the_titles_are_no_questions(tmp_path: Path) -> None:
    """Typed up from paper: merged cells above sort the columns, each of which has its title."""
    book = xlsxwriter.Workbook(str(tmp_path / "Pärm.xlsx"))
    sheet = book.add_worksheet("Blad1")
    sheet.merge_range(0, 0, 0, 4, "Mentorprogrammet, inskrivet av Ulla")
    sheet.merge_range(2, 0, 2, 2, "Personen")
    sheet.merge_range(2, 3, 2, 4, "Önskemål")
    sheet.write_row(3, 0, ["Namn", "E-post", "Roll", "Vill ha hjälp med", "Inte ihop med"])
    for k, (name, role) in enumerate(PEOPLE):
        part = "adept" if role == "mentee" else "Mentor "
        sheet.write_row(4 + k, 0, [name, f"p{k}@x.org", part, "ledarskap, stress", ""])
    sheet.write(9, 0, "Totalt: 4")
    book.close()
    proposal = propose(tmp_path)
    assert not proposal.questions
    taken = {c.title: c.target for c in proposal.tables[0].columns}
    assert (taken["Roll"], taken["Namn"], taken["Inte ihop med"]) == ("role", "name", "avoid")
    cohort = read_cohort(tmp_path, config_of(proposal))
    assert (len(cohort.mentees), len(cohort.mentors)) == (2, 2)


@pytest.mark.parametrize(
    ("encoding", "titles"),
    [
        ("cp1250", ["Imię i nazwisko", "Bezpośredni przełożony", "Z kim nie łączyć"]),
        ("cp1251", ["Фамилия и имя", "Ваш руководитель", "С кем не хотите работать"]),  # noqa: RUF001
        (
            "cp1252",
            ["Vor- und Nachname", "Führungskraft", "Mit wem möchten Sie nicht gematcht werden"],
        ),
    ],
)
def test_old_letters_are_told_by_the_titles(
    tmp_path: Path, encoding: str, titles: list[str]
) -> None:
    """A text that is no UTF-8 is read in the encoding in which most titles are known."""
    rows = [[f"p{k}@x.org", name, role, "Zoe Zett", ""] for k, (name, role) in enumerate(PEOPLE)]
    lines = [["Email", titles[0], "Role", *titles[1:]], *rows]
    text = "\n".join(";".join(line) for line in lines)
    (tmp_path / "form.csv").write_bytes(text.encode(encoding))
    proposal = propose(tmp_path)
    assert proposal.values["tables"]["signups"]["encoding"] == encoding
    taken = {c.title: c.target for c in proposal.tables[0].columns}
    assert [taken[title] for title in titles] == ["name", "line_manager", "avoid"]


@pytest.mark.parametrize(
    ("word", "beside", "encoding"),
    [
        ("początek", "", "cp1250"),
        ("dolů, učň", "", "cp1252"),
        ("Kostroń", "Bezpośredni przełożony", "cp1250"),
        ("Ibáñez", "Führungskraft", "cp1252"),
    ],
)
def test_old_letters_are_told_by_cells_and_other_files(
    tmp_path: Path, word: str, beside: str, encoding: str
) -> None:
    """No sign stands within a word; where few letters tell, it is as the file beside it."""
    written_as = "cp1252" if word == "Ibáñez" else "cp1250"
    tables = {"mentors": ("Remarks", word), **({"mentees": (beside, "Zoé")} if beside else {})}
    for side, (title, said) in tables.items():
        rows = [f"{side}{k}@x.org;{name};{said}" for k, (name, _) in enumerate(PEOPLE)]
        text = "\n".join([f"Email;Full name;{title}", *rows])
        (tmp_path / f"{side}.csv").write_bytes(text.encode(written_as))
    assert propose(tmp_path).values["tables"]["mentors"]["encoding"] == encoding


def test_a_sheet_of_references_is_no_slip(tmp_path: Path) -> None:
    """A word of its own is not taken for a table's name with an error in it."""
    book = xlsxwriter.Workbook(str(tmp_path / "Match.xlsx"))
    sheet = book.add_worksheet("Entries")
    sheet.write_row(0, 0, ["Email", "Full name", "Role"])
    for k, (name, role) in enumerate(PEOPLE):
        sheet.write_row(1 + k, 0, [f"p{k}@x.org", name, role])
    book.add_worksheet("References").write_column(0, 0, ["Who", "Somebody"])
    book.close()
    codes = {f.code for f in check_cohort(tmp_path, config_of(propose(tmp_path)))}
    assert "E_UNKNOWN_TABLE" not in codes


@pytest.mark.parametrize("title", ["Who is your line manager?", "Your manager (name)"])
def test_a_manager_by_surname_is_asked_about_as_a_manager(tmp_path: Path, title: str) -> None:
    """Answers that hardly say who is meant never make another question of it."""
    surname = PEOPLE[0][0].split()[-1]
    folder = written(tmp_path / "c", [title], [""], [""], [""], [surname])
    (proposal,) = (c for c in propose(folder).tables[0].columns if c.title == title)
    assert "line_manager" in (proposal.target, proposal.perhaps)
