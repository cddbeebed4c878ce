"""A form a side, as files or sheets in whatever words: found, or asked with lines to paste."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from matcher.config import Config
from matcher.intake import check_cohort
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.propose import propose
from matcher.intake.proposals.render import rendered

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
            mail = f"{name.lower().replace(' ', '.')}@satama.example"
            lines.writerow([name, mail, *(said[k % len(said)] for said in asked.values())])


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


def test_a_list_of_last_years_pairs_comes_with_lines_that_read_it(tmp_path: Path) -> None:
    """Pasted as told they stand; then each word of what became of a pair is asked with choices."""
    form(tmp_path / "c" / "oppijat.csv", LEARN)
    form(tmp_path / "c" / "ohjaajat.csv", GUIDE)
    pairs = zip(LEARN, GUIDE, ("Loppui", "Jatkuu", "Riita", "Loppui"), strict=False)
    lines = ["Kuka,Kenen kanssa,Alku,Miten kavi", *(f"{a},{b},2025-10-01,{c}" for a, b, c in pairs)]
    (tmp_path / "c" / "viime vuosi.csv").write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(tmp_path / "c")
    (told,) = [text for text in proposal.unread if "viime vuosi" in text]
    added = tomllib.loads(told.partition("\n")[2])
    assert added["columns"]["engagements"]["Miten kavi"] == "status"
    text, _ = rendered(proposal)
    stated = tomllib.loads(text)
    tables, columns = (stated[part] | added[part] for part in ("tables", "columns"))
    open_ = {q.path[2]: "ignore" for q in proposal.questions if q.path[0] == "columns"}
    columns |= {side: open_ | columns[side] for side in ("mentees", "mentors")}
    config = Config.model_validate(stated | {"tables": tables, "columns": columns})
    asked = [f for f in check_cohort(tmp_path / "c", config) if f.table == "engagements"]
    assert [f.code for f in asked if not f.is_warning] == ["E_ENUM"] * 4
    assert any('[answers.status] "Riita" = "..."' in f.remedy for f in asked)
