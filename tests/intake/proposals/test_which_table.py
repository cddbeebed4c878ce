"""A form a side, as files or sheets in whatever words: found, or asked with lines to paste."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter

from matcher.config import Config
from matcher.intake import check_cohort
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.propose import config_of, propose

LEARN = ("Aino Laine", "Eero Niemi", "Helmi Salo", "Onni Koski", "Saara Lehto", "Toivo Maki")
GUIDE = ("Elina Rinne", "Kalle Vuori", "Leena Oja", "Mikko Aalto")
ASKED = {
    "Mista syntyy vastaus?": ("Satama", "Talous"),
    "Kenen kanssa ei?": ("Elina Rinne", "ei kukaan", "Mikko Aalto", "en tieda"),
    "Saako arpoa?": ("Joo", "Joo", "Mieluummin en"),
    "Mista puhutaan?": ("raha, aika", "aika, arki", "raha, arki"),
}


def form(path: Path, people: Sequence[str], asked: Mapping[str, Sequence[str]] = ASKED) -> None:
    """Write what some people answered, in words that nothing here knows."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["Kuka?", "Minne?", *asked])
        for k, name in enumerate(people):
            lines.writerow([name, address(name), *(said[k % len(said)] for said in asked.values())])


def targets(proposal: Proposal) -> dict[str, dict[str, str | None]]:
    """Return target by question by table, None where it is asked."""
    return {t.table: {c.title: c.target for c in t.columns} for t in proposal.tables}


def test_it_is_asked_whose_form_is_whose(tmp_path: Path) -> None:
    """The answer tells the other side as well; before it nothing is taken for anything."""
    form(tmp_path / "c" / "lomake 1.csv", GUIDE)
    form(tmp_path / "c" / "lomake 2.csv", LEARN)
    before = propose(tmp_path / "c")
    assert not before.tables
    (asked,) = before.questions
    assert (asked.path, asked.example) == (("tables", "mentees", "file"), "lomake 2.csv")
    assert {*asked.choices} == {"lomake 1.csv", "lomake 2.csv"}
    after = propose(tmp_path / "c", settled={asked.path: "lomake 2.csv"})
    assert [(t.table, t.rows) for t in after.tables] == [("mentees", 6), ("mentors", 4)]


def test_what_both_sides_are_asked_is_no_topic_for_that(tmp_path: Path) -> None:
    """Whom to avoid and whether one agrees are never left out, in either; a place is no topic."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    found = targets(propose(tmp_path / "c"))
    assert found.keys() == {"mentees", "mentors"}
    for side in found.values():
        assert side["Kuka?"] == "name"
        assert side["Kenen kanssa ei?"] in ("avoid", None)
        assert side["Saako arpoa?"] in ("consent", None)
        assert side["Mista syntyy vastaus?"] in ("ignore", None)
        assert side["Mista puhutaan?"] in ("contexts", None)


def test_two_waves_of_one_form_are_not_its_two_sides(tmp_path: Path) -> None:
    """The same people answer both: then it is asked which one counts."""
    form(tmp_path / "c" / "aalto 1.csv", LEARN)
    form(tmp_path / "c" / "aalto 2.csv", LEARN)
    assert [q.path for q in propose(tmp_path / "c").questions] == [("tables", "signups", "file")]


@pytest.mark.parametrize("says_how", [True, False])
def test_a_list_of_earlier_pairs_is_asked_about_and_then_read(
    tmp_path: Path, says_how: bool
) -> None:
    """Nobody has to name its columns; what became of a pair is asked where no word says it."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    pairs = zip(LEARN, GUIDE, ("Loppui", "Riita", "Riita", "Completed"), strict=False)
    lines = [f"{a},{b},2025-10-01" + f",{c}" * says_how for a, b, c in pairs]
    lines = ["Kuka,Kenen kanssa,Alku" + ",Miten kavi" * says_how, *lines]
    (tmp_path / "c" / "viime vuosi.csv").write_text("\n".join(lines), encoding="utf-8")
    before = propose(tmp_path / "c")
    (asked,) = [q for q in before.questions if q.path[0] == "tables"]
    assert (asked.path[1:], asked.about) == (("engagements", "read"), "the file viime vuosi.csv")
    assert LEARN[0] in asked.samples[0]
    after = propose(tmp_path / "c", settled={asked.path: "yes"})
    found = [p[-1] for q in after.questions for p in (q.path, *q.also) if "status" in p]
    assert found == (["Loppui", "Riita"] if says_how else ["status"])
    open_ = {q.path[2]: "ignore" for q in after.questions if q.path[0] == "columns"}
    stated = after.values
    columns = {t: open_ | told for t, told in stated["columns"].items()}
    config = Config.model_validate(stated | {"columns": columns})
    findings = check_cohort(tmp_path / "c", config)
    assert not [f for f in findings if f.table == "engagements" and not f.is_warning]


def test_what_one_side_counts_is_nothing_of_the_other(tmp_path: Path) -> None:
    """A number that both files have is taken for what both may have, and the file loads."""
    for side in ("mentees", "mentors"):
        rows = [f"{side}{k}@x.org,{side[:6]} {'ABCD'[k]}x,1" for k in range(4)]
        lines = ["Email,Name,Number of things", *rows]
        (tmp_path / f"{side}.csv").write_text("\n".join(lines), "utf-8")
    assert not [f for f in check_cohort(tmp_path, config_of(propose(tmp_path))) if not f.is_warning]


def address(name: str) -> str:
    """Return somebody's address, as `form` writes it."""
    return f"{name.lower().replace(' ', '.')}@satama.example"


def test_pairs_are_known_by_addresses_too(tmp_path: Path) -> None:
    """A name in one row, an address in the next."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    ends = [(LEARN[0], address(GUIDE[1])), (address(LEARN[1]), GUIDE[0]), (LEARN[2], GUIDE[2])]
    lines = ["A,B", *(f"{a},{b}" for a, b in ends)]
    (tmp_path / "c" / "parit.csv").write_text("\n".join(lines), encoding="utf-8")
    path = ("tables", "engagements", "read")
    assert [q.path for q in propose(tmp_path / "c").questions if q.path[0] == "tables"] == [path]
    found = propose(tmp_path / "c", settled={path: "yes"}).tables
    (columns,) = [t.columns for t in found if t.table == "engagements"]
    assert [c.target for c in columns] == ["mentee_id", "mentor_id"]


def test_pairs_by_address_beside_one_form_are_no_other_side(tmp_path: Path) -> None:
    """The form is the sign-up, whatever its role is called, and the pairs are asked about."""
    people = [
        (name, address(name), ("Ylös", "Alas")[k % 2], "Law; Tax") for k, name in enumerate(LEARN)
    ]
    rows = ["Name,Email,Kumpi?,What would you like to talk about?", *map(",".join, people)]
    (tmp_path / "form.csv").write_text("\n".join(rows), encoding="utf-8")
    pairs = [f"{address(a)},{address(b)},ok" for a, b in zip(LEARN[:3], LEARN[3:], strict=True)]
    (tmp_path / "2025.csv").write_text("\n".join(["Sai,Antoi,Miten?", *pairs]), encoding="utf-8")
    found = propose(tmp_path)
    assert [table.table for table in found.tables] == ["signups"]
    asked = [q.path for q in found.questions if q.path[0] == "tables"]
    assert asked == [("tables", "engagements", "read")]


def test_a_stated_file_of_several_sheets_is_the_sheet_of_its_name(tmp_path: Path) -> None:
    """That another sheet is read as pairs makes it no other table."""
    with xlsxwriter.Workbook(tmp_path / "kaikki.xlsx") as book:
        for title, people in (("mentees", LEARN), ("mentors", GUIDE)):
            sheet = book.add_worksheet(title)
            sheet.write_row(0, 0, ["Name", "Email", "Anyone to avoid?"])
            for k, name in enumerate(people, 1):
                sheet.write_row(k, 0, [name, address(name), ""])
        sheet = book.add_worksheet("Parit")
        for k, pair in enumerate([("A", "B"), *zip(LEARN, GUIDE, strict=False)]):
            sheet.write_row(k, 0, pair)
    tables = {"mentees": {"file": "kaikki.xlsx"}, "engagements": {"read": "yes"}}
    found = propose(tmp_path, Config.model_validate({"tables": tables})).tables
    assert {t.table: t.rows for t in found} == {"mentees": 6, "mentors": 4, "engagements": 4}


def test_a_list_that_is_no_pairs_is_not_asked_about_again(tmp_path: Path) -> None:
    """Whoever says no has said it once, and the file stays unread."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    lines = ["A,B", *(f"{a},{b}" for a, b in zip(LEARN, GUIDE, strict=False))]
    (tmp_path / "c" / "toiveet.csv").write_text("\n".join(lines), encoding="utf-8")
    stated = Config.model_validate({"tables": {"engagements": {"read": "no"}}})
    found = propose(tmp_path / "c", stated)
    assert "engagements" not in {t.table for t in found.tables}
    assert all(q.path[:2] != ("tables", "engagements") for q in found.questions)


def test_a_list_of_pairs_of_whom_most_have_left_is_known_by_its_titles(tmp_path: Path) -> None:
    """Titles that name both sides tell it, as long as anybody of it is here."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    gone = [f"Olli Poissa{k},Outi Poissa{k}" for k in "abc"]
    lines = ["Mentori,Mentee", f"{GUIDE[0]},Olli Poissa", *gone]
    (tmp_path / "c" / "vanhat.csv").write_text("\n".join(lines), encoding="utf-8")
    settled = {("tables", "engagements", "read"): "yes"}
    (found,) = [
        t for t in propose(tmp_path / "c", settled=settled).tables if t.table == "engagements"
    ]
    assert [c.target for c in found.columns] == ["mentor_id", "mentee_id"]


@pytest.mark.parametrize("boss", ["Responsable", "Xyz"])
def test_a_file_that_names_managers_and_is_not_read_is_asked_about(
    tmp_path: Path, boss: str
) -> None:
    """By map and by check, whatever its title says, until somebody says that it is left out.

    It lists too few of them to be joined.
    """
    people = (*LEARN, *GUIDE)
    mails = [f"{name.replace(' ', '.')}@x.org".lower() for name in people]
    roles = ["mentee"] * len(LEARN) + ["mentor"] * len(GUIDE)
    rows = zip(people, mails, roles, strict=True)
    lines = ["Name,Email,Role", *map(",".join, rows)]
    (tmp_path / "form.csv").write_text("\n".join(lines), encoding="utf-8")
    bosses = [", ".join(reversed(GUIDE[k % 3].split())) for k in range(len(people))]
    extract = [f"{a};{b};{c}" for a, b, c in [*zip(people, mails, bosses, strict=True)][:4]]
    lines = [f"Nombre;E-mail;{boss}", *extract, "Eva Otra;e.otra@x.org;Eva Jefa"]
    (tmp_path / "personal 26.csv").write_text("\n".join(lines), encoding="utf-8")
    found = propose(tmp_path)
    (asked,) = [q for q in found.questions if q.path[0] == "tables"]
    assert (asked.path[1:], asked.about) == (("personal_26", "read"), "the file personal 26.csv")
    assert boss in asked.text
    assert not found.unread
    how = {"signups": {"file": "form.csv"}}
    asks, says = ({"personal_26": said} for said in ({}, {"read": "no"}))  # asked by a comment
    for more, count in ((asks, 1), (says, 0)):
        config = Config.model_validate({"input": {"id": "email"}, "tables": how | more})
        told = [f.message for f in check_cohort(tmp_path, config)]
        assert sum(boss in message for message in told) == count
        assert sum("personal 26" in message for message in told) == 1 + count
    assert not [q for q in propose(tmp_path, config).questions if q.path[0] == "tables"]
