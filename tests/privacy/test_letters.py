"""`forget` takes a person out of what was sent: letters, pages as printed, invitations, names."""

from __future__ import annotations

import email
import json
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from matcher.cli.main import run
from matcher.privacy.input_hashes import OF_PEOPLE

TRACE = re.compile(r"dorota|lis.?wierzba|wierzba|T-7\b", re.IGNORECASE)
PDF = b"%PDF-1.7 a page as it is printed"
MENTORS = (
    "person_id,email,name,purposes,capacity\n"
    "T-7,dorota.lis-wierzba@uni.example,Dorota Lis-Wierzba,personal,1\n"
    "T-8,abel.okon@uni.example,Abel Okon,personal,1\n"
)
MENTEES = (
    "person_id,email,name,purposes,goals\n"
    "S-1,ruta.banik@uni.example,Ruta Banik,personal,learn\n"
    "S-2,ivo.sand@uni.example,Ivo Sand,personal,write\n"
)
RULES = "mentee_id,mentor_id,rule,reason\nS-2,T-8,never,Dorota Lis-Wierzba asked for it\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy, without the mentor T-7, of a cohort whose letters were sent."""
    home = tmp_path_factory.mktemp("letters")
    cohort, one = home / "cohort", home / "cohort" / "runs" / "one"
    cohort.mkdir()
    for name, text in (("mentors", MENTORS), ("mentees", MENTEES), ("rules", RULES)):
        (cohort / f"{name}.csv").write_text(text, "utf-8")
    assert run(["match", str(cohort), "-o", str(one)]) == 0
    assert run(["send", str(one), "--cohort", str(cohort)]) == 0
    for page in (one / "after" / "pages").glob("*.html"):
        page.with_suffix(".pdf").write_bytes(PDF)
    for path in (one / "after" / "mails").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=default)
        mail.add_attachment(PDF, "application", "pdf", filename=f"{path.stem}.pdf")
        path.write_bytes(mail.as_bytes())
    assert run(["forget", "T-7", str(cohort), "-o", str(home / "copy"), "--black-out"]) == 0
    return home / "copy"


@pytest.mark.slow
def test_own_letters_and_what_prints_a_page_of_theirs_go(copy: Path) -> None:
    """Files named after the person go, and so do PDFs of pages that name them; others stay."""
    after = copy / "runs" / "one" / "after"
    names = sorted(path.name for path in after.rglob("*") if path.is_file())
    assert not [name for name in names if "removed" in name or TRACE.search(name)]
    for page in (after / "pages").glob("*.html"):
        is_named = "removed" in page.read_text("utf-8")
        assert page.with_suffix(".pdf").exists() != is_named
    assert json.loads((after / "manifest.json").read_text("utf-8")).keys().isdisjoint(OF_PEOPLE)
    kept = {path.name for path in (after / "pages").glob("*.pdf")}
    assert kept
    assert len(kept) < len(list((after / "pages").glob("*.html")))


@pytest.mark.slow
def test_no_mail_names_the_person(copy: Path) -> None:
    """Printed pages leave the mails whose page named the person; attachments keep their names."""
    printed = 0
    for path in (copy / "runs" / "one" / "after" / "mails").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), EmailMessage, policy=default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        texts = [str(part.get_content()) for part in parts if part.get_content_maintype() == "text"]
        assert not any(TRACE.search(text) for text in texts), path.name
        is_named = any("[removed]" in text for text in texts)
        pdf = [part for part in parts if part.get_content_type() == "application/pdf"]
        assert bool(pdf) != is_named
        assert all(part.get_filename() for part in parts[1:])
        printed += len(pdf)
    assert printed


@pytest.mark.slow
def test_verify_follows_what_was_blacked_out(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The letters were made from this run, whose manifest no longer names the person."""
    run(["verify", str(copy / "runs" / "one")])
    told = capsys.readouterr().err
    assert "W_BLACKED_OUT" in told
    assert "was made from another run" not in told


@pytest.mark.slow
def test_a_double_surname_goes_whole(copy: Path) -> None:
    """Not its first half alone."""
    assert "[removed] asked for it" in (copy / "rules.csv").read_text("utf-8")
