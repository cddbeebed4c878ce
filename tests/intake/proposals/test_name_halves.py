"""Names asked in more than two columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

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
