"""Numbers by which other columns name people tell people apart; the numbers of answers do not."""

from __future__ import annotations

from pathlib import Path

from matcher.config import Config
from matcher.intake.proposals.propose import propose
from matcher.intake.read import check_cohort

from .test_oblique_words import MAILS, table
from .test_shapes import found

NUMBERS = tuple(f"k{40117 + 13 * k}" for k in range(len(MAILS)))
CHIEFS = ("k99999", *NUMBERS[6:9], "", NUMBERS[7], *[""] * 6)
ROLES = (*["lernt"] * 6, *["hilft"] * 6)


def extract(folder: Path, **more: tuple[str, ...]) -> Path:
    """Write what an HR system gives out, with the number of each answer beside."""
    counted = tuple(str(k) for k in range(1, 13))
    return table(folder, {"Lfd": counted, "Kürzel": NUMBERS, "Post": MAILS, "Rolle": ROLES, **more})


def test_people_are_told_apart_by_what_others_call_them(tmp_path: Path) -> None:
    """Whatever the title says of it, and though everybody has an address."""
    taken = found(extract(tmp_path / "c", **{"Chef": CHIEFS}))
    assert taken["Kürzel"] == "person_id"
    assert taken["Lfd"] == "ignore"


def test_pairs_and_whom_people_name_are_known_by_numbers_too(tmp_path: Path) -> None:
    """A list of pairs by staff number, whatever its titles, and a few numbers among others."""
    ends = ["Kto;Z kim", *(f"{a};{b}" for a, b in zip(NUMBERS[:4], NUMBERS[8:], strict=True))]
    folder = extract(
        tmp_path / "c", **{"Patron": CHIEFS, "Strefa": (*["k99998"] * 9, *NUMBERS[:3])}
    )
    (folder / "2024.csv").write_text("\n".join(ends), encoding="utf-8")
    asked = {q.path[1:] for q in propose(folder).questions}
    assert ("engagements", "read") in asked
    assert {("signups", "Patron"), ("signups", "Strefa")} <= asked


def test_numbers_that_nobody_is_called_by_are_numbers_of_answers(tmp_path: Path) -> None:
    """A few places are the numbers of answers by chance; who answers again has two of them."""
    folder = extract(tmp_path / "c", **{"Plätze": (*[""] * 6, *"121321")})
    assert found(folder)["Kürzel"] == found(folder)["Lfd"] == "ignore"


def test_a_config_that_leaves_such_numbers_out_is_refused(tmp_path: Path) -> None:
    """Else nobody would be kept from their own manager."""
    columns = {"Kürzel": "ignore", "Post": "email", "Rolle": "role", "Chef": "line_manager"}
    folder = extract(tmp_path / "c", **{"Chef": CHIEFS})
    stated = {
        "input": {"id": "email"},
        "columns": columns | {"Lfd": "ignore"},
        "answers": {"role": {"lernt": "mentee", "hilft": "mentor"}},
    }
    faults = check_cohort(folder, Config.model_validate(stated))
    assert [(f.code, f.column) for f in faults if not f.is_warning] == [
        ("E_UNKNOWN_COLUMN", "Kürzel")
    ]
    stated["input"] = {"id": "person_id"}
    stated["columns"] = columns | {"Lfd": "ignore", "Kürzel": "person_id"}
    assert not [f for f in check_cohort(folder, Config.model_validate(stated)) if not f.is_warning]


def test_a_column_that_two_tables_have_names_nobody_of_the_other(tmp_path: Path) -> None:
    """Who answered both forms has one number in both; a machine's address is nobody's at all."""
    for side in ("mentees", "mentors"):
        told = {"Beleg": NUMBERS, "Netz": tuple(f"10.1.{k}.{k + 7}" for k in range(12))}
        table(tmp_path / side, {"Post": MAILS, "Name": MAILS, **told})
        (path,) = (tmp_path / side).iterdir()
        path.rename(tmp_path / f"{side}.csv")
    taken = found(tmp_path)
    assert "person_id" not in (taken["Beleg"], taken["Netz"])
