"""Whatever the bytes are: a cohort loads, or the error is one of ours."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.cohort import Cohort
from matcher.cohort.cells import restore
from matcher.config import Config
from matcher.errors import InputError, MatcherError, StorageError
from matcher.intake import check_cohort, read_cohort

RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

CONFIGS = [
    Config(),
    Config(input={"id": "email"}),
    Config(input={"preset": "google-forms", "id": "email"}),
    Config(input={"preset": "ms-forms"}),
    Config(input={"preset": "qualtrics"}),
    Config(input={"encoding": "latin-1", "date_format": "%d/%m/%Y"}),
    Config(input={"encoding": "utf-16"}),
]


def attempt(
    path: Path, config: Config, *, aside: bool
) -> tuple[Cohort | None, MatcherError | None]:
    """Return the cohort, or our own error; any other error comes through."""
    try:
        return read_cohort(path, config, set_aside=aside), None
    except MatcherError as error:
        return None, error


def survives(path: Path, config: Config) -> None:
    """Read in every way; only our own errors may come out, and no e-mail address in them."""
    findings = check_cohort(path, config)
    for aside in (False, True):
        cohort, caught = attempt(path, config, aside=aside)
        if cohort is None:
            assert isinstance(caught, InputError | StorageError)
            assert not any("@" in line for line in caught.lines())
            continue
        assert cohort.mentees["person_id"].is_monotonic_increasing
        if not aside:
            assert all(finding.is_warning for finding in findings)
        for count in cohort.rows.values():
            assert count.read == count.used + count.set_aside + count.rejected


@pytest.mark.slow
@RELAXED
@given(st.binary(max_size=400), st.sampled_from(CONFIGS))
def test_random_bytes(folder, content: bytes, config: Config) -> None:
    """Random bytes in place of a table."""
    folder.write("mentees", content)
    survives(folder.path, config)


VALID = (
    "person_id,email,name,contexts,need_why,consent_date,line_manager,values_1,availability\n"
    "e1,ada@x.org,Ada,confidence;managing_change,3,2026-05-01,r1,2,mon-am\n"
    "e2,ben@x.org,=Ben,,,,,,\n"
    'e3,cas@x.org,"Cas, A.",confidence,5,2026-05-02,dee@x.org,5,tue-pm;wed-eve\n'
)
TRICKY = st.sampled_from(
    [",", ";", '"', "\n", "\r", "\t", "\0", "\ufeff", "\u200b", "\u202e", "=", "'", "@", "-1",
     "1e999", "nan", "\ud7ff", "e1", "0", "/", "\x1e", "\x1f", "{}", "%", "\U0001f600"]
)  # fmt: skip


@pytest.mark.slow
@RELAXED
@given(
    st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 4), TRICKY), max_size=4),
    st.sampled_from(CONFIGS),
)
def test_mutations_of_a_valid_table(folder, edits, config: Config) -> None:
    """Characters put in, taken out or replaced."""
    text = VALID
    for place, length, piece in edits:
        text = text[:place] + piece + text[place + length :]
    folder.write("mentees", text)
    survives(folder.path, config)


LINKS = {
    "preferences": "person_id,other_id,role,score,veto\ne1,r1,mentee,3,\nr1,e2,mentor,,yes\n",
    "engagements": "mentee_id,mentor_id,status,start,end\ne1,r1,completed,2025-01-01,2025-06-01\n",
    "contacts": "person_id,contact_id,known_since,purposes,knows\ne1,AB,2019,personal,x;y\n",
    "contact_ties": "person_id,contact_id,other_contact_id\ne1,AB,AB\n",
    "audit_notes": "person_id,kind,text\ne1,strength,x\n",
    "outcomes": "mentee_id,mentor_id,rating,date\ne1,r1,4,2025-06-01\n",
    "groups": "person_id,gender\ne1,w\n",
    "rules": "mentee_id,mentor_id,rule\ne1,r2,never\n",
    "signups": "person_id,role,contexts\na,both,confidence\nb,either,\nc,mentee,\n",
}


@pytest.mark.slow
@RELAXED
@given(st.sampled_from(sorted(LINKS)), st.data())
def test_mutations_of_other_tables(folder, table: str, data: st.DataObject) -> None:
    """The same for every other table, one at a time."""
    for name in LINKS:
        (folder.path / f"{name}.csv").unlink(missing_ok=True)
    text = LINKS[table]
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(TRICKY) + text[place + data.draw(st.integers(0, 3)) :]
    folder.write(table, text)
    survives(folder.path, Config())


def workbook_parts() -> dict[str, bytes]:
    """Return the parts of a small valid workbook."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name in ("mentees", "mentors"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["person_id", "career_years"])
            sheet.write_row(1, 0, [name[:4], 3])
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PARTS = workbook_parts()


@pytest.mark.slow
@RELAXED
@given(st.sampled_from(sorted(PARTS)), st.integers(0, 3000), st.binary(max_size=6))
def test_mutations_of_a_workbook(tmp_path: Path, part: str, place: int, piece: bytes) -> None:
    """Bytes replaced inside any part of an XLSX."""
    path = tmp_path / "cohort.xlsx"
    content = PARTS[part]
    place = place % (len(content) + 1)
    changed = content[:place] + piece + content[place + len(piece) :]
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in PARTS.items():
            archive.writestr(name, changed if name == part else body)
    survives(path, Config())


@pytest.mark.slow
@RELAXED
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_text_survives_as_a_name(folder, name: str) -> None:
    """A name of any characters is read as it stands, but for the space around it."""
    quoted = name.replace('"', '""')
    folder.write("mentees", f'person_id,name\ne1,"{quoted}"\ne2,x\n')
    if "\0" in name:
        return
    read = folder.read().mentees["name"].iloc[0]
    if isinstance(read, str):
        import unicodedata

        expected = unicodedata.normalize("NFC", restore(name).replace("\u00a0", " ")).strip()
        assert read == expected
