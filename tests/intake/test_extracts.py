"""A file beside the sign-up that says more about its people: proposed, joined, told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from matcher.cohort import Cohort
from matcher.config import Config
from matcher.intake import check_cohort, read_cohort
from matcher.intake.proposals.propose import config_of, propose

SIGNED_UP = {
    "Ane Aske": "mentee",
    "Bo Birk": "mentee",
    "Cay Cold": "mentee",
    "Dan Dorn": "mentor",
    "Eva Eske": "mentor",
    "Fia Falk": "both",
}
OTHERS = ("Gro Gade", "Hal Holm", "Ida Iversen")
HERE = {"Ane Aske": "Dan Dorn", "Bo Birk": "Fia Falk", "Fia Falk": "Eva Eske"}
BOSS = HERE | {"Cay Cold": "Gro Gade"}


def mail(name: str) -> str:
    """Return somebody's address."""
    return f"{name.lower().replace(' ', '.')}@havn.example"


def turned(name: str) -> str:
    """Return a name as lists sort it."""
    return ", ".join(reversed(name.split()))


def sign_up(titles: Sequence[str], roles: Mapping[str, str], topics: Sequence[str]) -> list[Any]:
    """Return the rows of a sign-up: name, address, role and a topic each."""
    people = enumerate(SIGNED_UP.items())
    return [titles, *([n, mail(n), roles[r], topics[k % len(topics)]] for k, (n, r) in people)]


def write(path: Path, rows: Sequence[Sequence[object]], sign: str = ";") -> None:
    """Write rows as a text that Excel saves in Europe."""
    text = "\n".join(sign.join(map(str, row)) for row in rows)
    path.write_bytes(text.encode("cp1252"))


def german(folder: Path) -> None:
    """Write a list by address, managers with the surname first."""
    titles = ["Name", "E-Mail", "Meine Rolle", "Thema"]
    roles = {"mentee": "Mentee", "mentor": "Mentor", "both": "beides"}
    write(folder / "Rueckmeldungen.csv", sign_up(titles, roles, ["Führung", "Recht"]))
    people = enumerate((*OTHERS, *SIGNED_UP), 4711)
    rows = [
        [k, *turned(n).split(", "), mail(n).upper(), "Bau", turned(BOSS.get(n, "Udo Ur"))]
        for k, n in people
    ]
    titles = ["Nr.", "Nachname", "Vorname", "Mailadresse", "Abteilung", "Vorgesetzte/r"]
    write(folder / "Personal 10-2026.csv", [titles, *rows])


def french(folder: Path) -> None:
    """Write a second sheet of one workbook, managers by address."""
    titles = ["Nom et prénom", "Adresse électronique", "Votre rôle", "Thème"]
    roles = {"mentee": "mentoré", "mentor": "mentor", "both": "les deux"}
    rows = [[n, mail(n), "Nantes", mail(BOSS.get(n, "Une Autre"))] for n in (*SIGNED_UP, *OTHERS)]
    sheets = {
        "Inscriptions": sign_up(titles, roles, ["Gestion", "Droit"]),
        "RH": [["Agent", "Courriel", "Service", "Responsable"], *rows],
    }
    with xlsxwriter.Workbook(folder / "tandem.xlsx") as book:
        for title, lines in sheets.items():
            sheet = book.add_worksheet(title)
            for k, line in enumerate(lines):
                sheet.write_row(k, 0, line)


def english(folder: Path) -> None:
    """Write a list that names its own people by number."""
    titles = ["Full name", "Work email", "I am joining as", "Topic"]
    roles = {"mentee": "Mentee", "mentor": "Mentor", "both": "Both"}
    write(folder / "replies.csv", sign_up(titles, roles, ["Law", "Money"]), ",")
    people = (*SIGNED_UP, *OTHERS)
    number = {name: f"E{k:05d}" for k, name in enumerate(people)}
    rows = [
        [number[n], mail(n), n.split()[0], "Docks", number[BOSS.get(n, "Hal Holm")]] for n in people
    ]
    titles = ["Employee ID", "Business mail", "Goes by", "Department", "Manager ID"]
    write(folder / "HRIS export.csv", [titles, *rows], ",")


def managers(cohort: Cohort) -> dict[str, str]:
    """Return whose manager is whom, by name, of those who can be mentees."""
    names = dict(zip(cohort.mentors["person_id"], cohort.mentors["name"], strict=True))
    frame = cohort.mentees[["name", "line_manager"]].dropna()
    return {name: names[boss] for name, boss in frame.itertuples(index=False)}


@pytest.mark.parametrize("shape", [german, french, english])
def test_an_extract_is_joined_to_the_people_of_the_sign_up(shape: Any, tmp_path: Path) -> None:
    """Unasked by address, in whatever words; whoever never signed up is counted and not used."""
    shape(tmp_path)
    proposal = propose(tmp_path)
    assert not [q.text for q in proposal.questions if q.path[0] in ("tables", "columns")]
    config = config_of(proposal)
    cohort = read_cohort(tmp_path, config)
    assert managers(cohort) == HERE
    assert cohort.mentees["department"].notna().all()
    (name,) = [table for table, how in config.tables.items() if how.join]
    count = cohort.rows[name]
    assert (count.read, count.used, count.rejected) == (9, 6, 3)
    assert len(cohort.hashes) == len([*tmp_path.iterdir()])


def test_a_file_is_joined_by_numbers_or_names_once_somebody_says_so(tmp_path: Path) -> None:
    """Nobody takes it for pairs of earlier years, and until the answer check asks too."""
    roles = {"mentee": "Mentee", "mentor": "Mentor", "both": "Both"}
    rows = sign_up(["Name", "Personnel no.", "Role", "Topic"], roles, ["Law", "Money"])
    number = {n: str(70110 + 3 * k) for k, n in enumerate((*SIGNED_UP, *OTHERS))}
    write(tmp_path / "form.csv", [rows[0], *([r[0], number[r[0]], *r[2:]] for r in rows[1:])], ",")
    lines = [[number[n], number.get(BOSS.get(n, ""), "70001"), 100] for n in number]
    write(tmp_path / "org.csv", [["Personnel no.", "Reports to", "Cost centre"], *lines], ",")
    (asked,) = [q for q in propose(tmp_path).questions if q.path[0] == "tables"]
    assert (asked.path, asked.choices) == (("tables", "org", "read"), ("yes", "no"))
    form = Config.model_validate({"tables": {"signups": {"file": "form.csv"}}})
    told = check_cohort(tmp_path, form)
    assert any("tables.org" in finding.remedy for finding in told)
    left_out = propose(tmp_path, settled={asked.path: "no"})
    assert not [q for q in left_out.questions if q.path[0] == "tables"]
    proposal = propose(tmp_path, settled={asked.path: "yes"})
    assert proposal.values["tables"]["org"]["join"] == ["Personnel no."]
    settled = {q.path: q.example for q in proposal.questions}
    config = config_of(propose(tmp_path, settled={asked.path: "yes"} | settled))
    assert managers(read_cohort(tmp_path, config)) == HERE


TWICE = "Kim Koch"
FORM = [
    "name,email,role,department,line_manager",
    "Ane Aske,a@x.org,mentee,Bau,",
    "Bo Birk,b@x.org,mentee,,Dan Dorn",
    "Dan Dorn,d@x.org,mentor,Bau,",
    "Eva Eske,e@x.org,mentor,,",
    f"{TWICE},k@x.org,mentor,,",
]
STAFF = [
    "Mail;department;Chef",
    "A@X.ORG;Recht;Dan Dorn",
    "b@x.org;Recht;Eva Eske",
    "k@x.org;Hafen;Eva Eske",
    "k@x.org;Lager;Dan Dorn",
    "z@x.org;Lager;Dan Dorn",
]
STATED: dict[str, Any] = {
    "input": {"id": "email"},
    "tables": {
        "signups": {"file": "form.csv"},
        "staff": {"file": "staff.csv", "delimiter": ";", "join": ["Mail"]},
    },
    "columns": {"Chef": "line_manager", "department (staff)": "department"},
}


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    """Return a folder with a sign-up and an extract that says some of it otherwise."""
    (tmp_path / "form.csv").write_text("\n".join(FORM), "utf-8")
    (tmp_path / "staff.csv").write_text("\n".join(STAFF), "utf-8")
    return tmp_path


def test_what_people_said_counts_and_both_managers_are_kept_apart(stated: Path) -> None:
    """What they said otherwise is told by row, and so is who stands there twice, or nowhere."""
    cohort = read_cohort(stated, Config.model_validate(STATED))
    mentees, mentors = (f.set_index("name") for f in (cohort.mentees, cohort.mentors))
    assert mentees["department"].to_dict() == {"Ane Aske": "Bau", "Bo Birk": "Recht"}
    both = {*mentors.loc[["Dan Dorn", "Eva Eske"], "person_id"]}
    assert {*mentees.loc["Bo Birk", "avoid"]} == both
    assert {*mentors.loc[TWICE, "avoid"]} == both
    assert mentors["department"].dropna().to_dict() == {"Dan Dorn": "Bau"}
    told = [f for f in cohort.findings if f.code == "W_EXTRACT"]
    assert [(f.table, f.column) for f in told] == [
        ("staff", ""), ("staff", ""), ("signups", "department"),
    ]  # fmt: skip
    assert "(4, 5)" in told[1].message
    assert "(rows 2)" in told[2].message


@pytest.mark.parametrize(
    ("join", "code"), [(["Mial"], "E_MISSING_COLUMN"), (["department"], "E_NOT_FOUND")]
)
def test_an_extract_that_is_joined_to_nobody_stops_the_run(
    stated: Path, join: list[str], code: str
) -> None:
    """Its managers would be lost in silence."""
    tables = STATED["tables"] | {"staff": STATED["tables"]["staff"] | {"join": join}}
    found = check_cohort(stated, Config.model_validate(STATED | {"tables": tables}))
    assert code in {f.code for f in found if f.table == "staff"}


SECOND = ("Name", "E-mail", "Your manager", "Department")


@pytest.mark.parametrize("beside", ["a round", "the other side", "a form of the same people"])
def test_a_form_is_never_taken_for_an_extract(tmp_path: Path, beside: str) -> None:
    """Nor is an extract for a form: more sign-ups are asked about as they were."""
    titles = ["Name", "E-mail", "Your manager", "Department", "What would you like to talk about?"]
    people = {"a round": SIGNED_UP, "the other side": OTHERS}.get(beside, SIGNED_UP)
    for name, who in (("one.csv", SIGNED_UP), ("two.csv", people)):
        rows = [[n, mail(n), BOSS.get(n, ""), "Docks", "Law; Money"] for n in who]
        asked = [*titles[:4], "When can you meet?"] if beside.startswith("a form") else titles
        write(tmp_path / name, [asked if name == "two.csv" else titles, *rows], ",")
    assert not any("join" in how for how in propose(tmp_path).values.get("tables", {}).values())
