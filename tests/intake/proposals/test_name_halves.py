"""Names asked in more than two columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from matcher.config import Config
from matcher.errors import InputError
from matcher.intake import read_cohort
from matcher.intake.proposals.propose import propose


@pytest.mark.parametrize(
    ("titles", "parts", "name"),
    [
        (("Voornaam", "Tussenvoegsel", "Achternaam"), ("Sander", "van den", "Berg"), (1, 2, 3)),
        (("Nombre", "Apellidos", "Segundo apellido"), ("Ana", "Ruiz", "Soto"), (1, 2, 3)),
        (("Prenom", "Particule", "NomDeFamille"), ("Luc", "Le", "Goff"), (1, 2, 3)),
        (("Nachname", "Vorname", "Präfix"), ("Berg", "Uta", "von der"), (3, 1, 2)),
        (("Last name", "First name", "Middle name"), ("Cole", "Ann", "May"), (3, 1, 2)),
        (("Rufname", "Namenszusatz", "Nachname"), ("Uli", "von", "Berg"), (1, 2, 3)),
    ],
)
def test_a_name_in_three_columns_is_whole(
    tmp_path: Path, titles: Sequence[str], parts: Sequence[str], name: Sequence[int]
) -> None:
    """What stands between or after the two halves is a part of the name, in its place."""
    rows = [f"p{k}@x.org,Mentee,{parts[0]},{parts[1]},{parts[2]}" for k in range(4)]
    (tmp_path / "f.csv").write_text("\n".join([f"Email,Role,{','.join(titles)}", *rows]) + "\n")
    found = {c.title: c.target for c in propose(tmp_path).tables[0].columns}
    assert [found[title] for title in titles] == [f"name.{k}" for k in name]


def test_one_letter_each_is_no_part_of_a_name(tmp_path: Path) -> None:
    """Beside two halves of a name, `S` and `N` answer a question, which is asked."""
    rows = [f"p{k}@x.org,Mentee,Soto,Ana,{'NS'[k % 2]}" for k in range(6)]
    (tmp_path / "f.csv").write_text("\n".join(["Email,Role,Apellidos,Nombre,KQ", *rows]) + "\n")
    found = {c.title: c for c in propose(tmp_path).tables[0].columns}
    assert (found["KQ"].target, found["KQ"].perhaps) == (None, "groups.kq")


def test_an_ordinal_is_no_half_of_a_name(tmp_path: Path) -> None:
    """`Pick two - First` beside a name in one column asks for a choice, and the name is whole."""
    lists = ["Law", "Tax", "Law", "Health"] * 3
    people = ["Ann Lee", "Bo Ray", "Cy Dunn", "Di Fox", "Ed Gray", "Flo Hill"] * 2
    rows = [
        f"p{k}@x.org,{'Mentee,' if k % 3 else 'Mentor,'}{name} {k},{one},{two}"
        for k, (name, one, two) in enumerate(zip(people, lists, lists[1:] + lists[:1], strict=True))
    ]
    choices = [f"Pick two topics to learn about - {place}" for place in ("First", "Second")]
    head = ",".join(["Email,Role,Full name", *choices])
    (tmp_path / "f.csv").write_text("\n".join([head, *rows]) + "\n")
    found = {c.title: c.target for c in propose(tmp_path).tables[0].columns}
    assert found["Full name"] == "name"


def test_a_part_of_a_name_in_two_columns_counts_once(tmp_path: Path) -> None:
    """A form that asks a first name on two of its pages: the one that is filled, or an error."""
    head = "Email,Role,Your first name,Their first name,Surname\n"
    stated = {"Your first name": "name.1", "Their first name": "name.1", "Surname": "name.2"}
    config = Config.model_validate({"columns": stated, "input": {"id": "email"}})
    (tmp_path / "f.csv").write_text(head + "a@x.org,Mentee,Ann,,Lee\nb@x.org,Mentor,,Bo,Ray\n")
    cohort = read_cohort(tmp_path, config)
    assert [cohort.mentees.name[0], cohort.mentors.name[0]] == ["Ann Lee", "Bo Ray"]
    (tmp_path / "f.csv").write_text(head + "a@x.org,Mentee,Ann,Cy,Lee\nb@x.org,Mentor,,Bo,Ray\n")
    with pytest.raises(InputError, match="E_CONFLICT signups:2:name"):
        read_cohort(tmp_path, config)
