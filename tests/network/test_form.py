"""The form of the audit that `matcher init` writes."""

from __future__ import annotations

import csv
from pathlib import Path

from matcher.cohort.tables import TABLES
from matcher.network.audit_form import (
    DICTIONARY,
    FORM_TABLES,
    PAGE,
    printable_form,
    write_audit_form,
)


def test_form_holds_every_column_of_the_audit(tmp_path: Path) -> None:
    """The empty tables and the dictionary name exactly the columns that the reader knows."""
    files = {path.name for path in write_audit_form(tmp_path / "form")}
    assert files == {"contacts.csv", "contact_ties.csv", "audit_notes.csv", PAGE, DICTIONARY}
    dictionary = (tmp_path / "form" / DICTIONARY).read_text(encoding="utf-8")
    for name in FORM_TABLES:
        with (tmp_path / "form" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == [list(TABLES[name].by_name)]
        assert all(f"| `{column}` |" in dictionary for column in TABLES[name].by_name)


def test_page_is_inert_and_self_contained() -> None:
    """A hostile name stays text, and the page asks for nothing from anywhere."""
    page = printable_form("<script>alert(1)</script>")
    assert "<script" not in page
    assert "http:" not in page.replace("http-equiv", "")
    assert "src=" not in page
    assert page.count('<th scope="row">') == 20
