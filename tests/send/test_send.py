"""What is sent: one row a recipient, mails and invitations that open, nothing that runs."""

from __future__ import annotations

import email
import io
import json
import math
import stat
from datetime import date, datetime
from email.header import decode_header, make_header
from email.policy import default
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import icalendar
import pytest
from python_calamine import CalamineWorkbook
from tests.folders import Rows, write_cohort

from matcher import verify
from matcher.catalogue.catalogue import LANGUAGES, ours, speaking
from matcher.cli.main import run as matcher
from matcher.config import Config
from matcher.decisions.decisions import LOG_NAME, DecisionLog
from matcher.errors import InputError
from matcher.intake.config_columns import check_contact
from matcher.privacy.input_hashes import INPUT_KEY
from matcher.publish.after_run import read_after
from matcher.send import pdf
from matcher.send.first_meetings import first_meetings, pair_key
from matcher.send.folder import SENT_PARTS
from matcher.send.letters import Mail
from matcher.send.mails import eml
from matcher.send.pdf import PlanPrinter
from matcher.send.recipients import Addressee, Letter, Recipient
from matcher.send.sent_again import after_again
from matcher.send.sent_runs import refuse_followed

FAST = ["--set", "solver.method=greedy"]
AT = "2026-11-01T10:00:00+00:00"
HOSTILE = "=cmd|' /C calc'!A0\r\nBcc: all@example.org"
MENTEES: Rows = [
    {
        "person_id": "e1",
        "name": "Zita Quell",
        "email": "zita@example.org",
        "share_address": "yes",
        "purposes": "strategic",
        "availability": "mon-09",
        "timezone": "Europe/Berlin",
    },
    {"person_id": "e2", "name": HOSTILE, "email": "nobody", "purposes": "personal"},
    {"person_id": "e3", "name": "../../Ada; Rm", "email": "ada@example.org", "max_mentors": 0},
]
MENTORS: Rows = [
    {
        "person_id": "t1",
        "name": "Otto Brandt",
        "email": "otto@example.org",
        "share_address": "yes",
        "purposes": "strategic",
        "availability": "mon-09",
        "timezone": "Europe/Berlin",
        "bio": "BEGIN:VCALENDAR\n#eval(1) <script>alert(1)</script> {{ 7*7 }}",
    },
    {"person_id": "t2", "name": "Pia\tLang", "email": "pia@example.org", "purposes": "personal"},
    {"person_id": "t3", "name": "Uwe नीलिमा", "email": "uwe@example.org", "capacity": 0},
]


def cohort(folder: Path, programme: str = "", **tables: Rows) -> Path:
    """Write the cohort above with a programme."""
    write_cohort(folder, {"mentees": MENTEES, "mentors": MENTORS, **tables})
    (folder / "matcher.toml").write_text(f"[programme]\nname = 'Bridge'\n{programme}\n")
    return folder


def made(folder: Path, programme: str = "", *, approved: bool = True, **tables: Rows) -> Path:
    """Return a run of the cohort, approved or not."""
    run = folder / "run"
    source = cohort(folder / "cohort", programme, **tables)
    assert matcher(["match", str(source), "-o", str(run), *FAST]) == 0
    if approved:
        DecisionLog(run / LOG_NAME).append("approve", AT, by="Jo", reason="panel")
    return run


def rows(run: Path) -> list[dict[str, str]]:
    """Return the rows of ``send.xlsx`` by its English headings, whatever the language."""
    book = CalamineWorkbook.from_filelike(io.BytesIO((run / "after" / "send.xlsx").read_bytes()))
    head, *lines = book.get_sheet_by_index(0).to_python()
    assert head in [[*ours(one)["table"].values()] for one in LANGUAGES]
    return [dict(zip(ours("en")["table"].values(), map(str, line), strict=True)) for line in lines]


def sent_after(run: Path) -> Path:
    """Return the run with all that is sent for it now."""
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    return run


def mail_to(run: Path, name: str) -> email.message.EmailMessage:
    """Return the mail in the file that a row names."""
    file = next(row["Mail file"] for row in rows(run) if row["Name"] == name)
    found = email.message_from_bytes((run / "after" / file).read_bytes(), policy=default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def text_of(mail: email.message.EmailMessage) -> str:
    """Return the text that a reader sees first."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an approved run with all that is sent for it."""
    run = made(
        tmp_path_factory.mktemp("sent"),
        "start = 2027-03-01\ncontact = 'Bridge team <bridge@example.org>'",
    )
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    return run


@pytest.mark.slow
def test_one_row_a_recipient(sent: Path) -> None:
    """Everybody stands in the table once, with the files that are there for them."""
    found = rows(sent)
    assert len(found) == len(MENTEES) + len(MENTORS)
    by = {row["Id"]: row for row in found}
    assert by["e1"]["Mentors or mentees"] == "Otto Brandt"
    assert by["e1"]["Reply by"] == "Monday 22 February 2027"
    assert by["e2"]["Note"]
    assert by["e3"]["Letter to a"] == "mentee who waits"
    assert by["t3"]["Letter to a"] == "mentor without a mentee"
    files = [cell for row in found for k, cell in row.items() if k.endswith("file") and cell]
    named = [name for cell in files for name in cell.split("; ")]
    assert all((sent / "after" / name).is_file() for name in named)
    assert all(".." not in name for name in named)
    assert {row["State"] for row in found} == {"final"}


@pytest.mark.slow
def test_mails_open_as_drafts_of_ones_own(sent: Path) -> None:
    """To, From, text and page are there; the address is promised where both share it."""
    mail = mail_to(sent, "Zita Quell")
    assert mail["To"] == "Zita Quell <zita@example.org>"
    assert mail["From"] == "Bridge team <bridge@example.org>"
    assert mail["X-Unsent"] == "1"
    assert "sends you that of Otto Brandt once the match is settled" in text_of(mail)
    assert b"otto@" not in mail.as_bytes()
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        "Zita Quell.html",
        "Zita Quell.ics",
    ]
    other = text_of(mail_to(sent, "Pia Lang"))
    assert "nobody" not in other.split()
    assert "cannot be reached directly yet" in other


@pytest.mark.slow
def test_a_hostile_name_is_a_name(sent: Path) -> None:
    """No header is added, no cell runs, no markup lives, no path leaves the folder."""
    for path in (sent / "after" / "mails").rglob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=default)
        assert "Bcc" not in mail
        assert len(mail.get_all("Subject") or ()) == 1
    assert next((sent / "after" / "mails").glob("Uwe*")).name == "Uwe नीलिमा.eml", "marks are kept"
    page = next((sent / "after" / "pages").glob("Zita*.html")).read_text("utf-8")
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
    assert not any(row["Name"].startswith("=") for row in rows(sent))
    for path in sent.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


@pytest.mark.slow
def test_an_invitation_is_for_an_hour_that_both_are_free(sent: Path) -> None:
    """Monday the first at nine in Berlin; nobody is invited by it."""
    path = next((sent / "after" / "invitations").glob("Zita*"))
    events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert len(events) == 1
    assert events[0].decoded("dtstart").isoformat() == "2027-03-01T08:00:00+00:00"
    assert not {"ATTENDEE", "ORGANIZER"} & {*events[0]}
    again = next((sent / "after" / "invitations").glob("Otto*"))
    other = icalendar.Calendar.from_ical(again.read_bytes()).walk("VEVENT")
    assert other[0]["uid"] == events[0]["uid"]


@pytest.mark.slow
def test_who_has_two_roles_hears_of_each(tmp_path: Path) -> None:
    """Who mentors and waits is told both, and of the mentee who is lost once that is so."""
    two = {**MENTEES[0], "person_id": "b", "name": "Ib Dam", "email": "ib@example.org"}
    run = made(tmp_path, mentees=[MENTEES[0], two], mentors=[two])
    found = [row for row in rows(sent_after(run)) if row["Id"] == "b"]
    assert [row["Letter to a"] for row in found] == ["mentee who waits", "mentor"]
    assert {row["Send"] for row in found} == {"now"}
    table = tmp_path / "cohort" / "engagements.csv"
    table.write_text("mentee_id,mentor_id,status,recorded_at\ne1,b,declined,2026-11-15\n")
    (row,) = (row for row in rows(sent_after(run)) if row["Id"] == "b")
    assert (row["Letter to a"], row["Send"]) == ("mentee who waits", "now")
    text = text_of(mail_to(run, "Ib Dam"))
    assert "The match with Zita Quell did not come about." in text


def test_nobody_is_at_two_places_at_once() -> None:
    """Two pairs of one mentor have different hours, one without an hour left has the day."""
    monday = date(2027, 3, 1)

    def pair(mentee: str, mentor: str, *slots: str, agreed: bool = False) -> Any:
        return SimpleNamespace(
            mentee_id=mentee,
            mentor_id=mentor,
            times=SimpleNamespace(
                first_time=monday,
                clocks=(math.nan, math.nan),
                zones=("", ""),
                shared_slots=slots,
            ),
            needs_yes=not agreed,
        )

    slots = ("mon-09", "mon-10")
    pairs = [pair(who, "r", *slots, agreed=who == "z") for who in "abz"]
    found = first_meetings([*pairs, pair("c", "s", *slots)])
    when = {p.mentee_id: found[pair_key(p)][0] for p in pairs}
    assert when["z"] == datetime(2027, 3, 1, 9), "who agreed already keeps the hour"
    others = sorted((when["a"], when["b"]), key=str)
    assert others == [monday, datetime(2027, 3, 1, 10)]
    assert found[pair_key(pair("c", "s"))][0] == datetime(2027, 3, 1, 9)


def test_a_name_beyond_ascii_is_an_encoded_word() -> None:
    """Of addresses in plain letters nothing in the header is raw UTF-8, and it reads back."""
    who = Addressee("p", "Åse Ødegård", "Åse", "ase@example.org")
    raw = eml(Mail("Hei", "Hei\n"), Recipient(Letter.SPARE, who), "Bjørn på loftet <b@x.org>")
    assert raw.partition(b"\r\n\r\n")[0].isascii()
    mail = email.message_from_bytes(raw, policy=default)
    assert mail["To"].addresses[0].display_name == "Åse Ødegård"
    assert mail["From"].addresses[0].display_name == "Bjørn på loftet"
    for nobody in ("Ida\r\nCc: e@x.org <b@x.org>", "The office", "Ida <b@x.org> and e@x.org"):
        assert b"\nFrom:" not in eml(Mail("Hei", "Hei\n"), Recipient(Letter.SPARE, who), nobody)
        config = Config.model_validate({"programme": {"contact": nobody}})
        assert [finding.code for finding in check_contact(config)] == ["W_CONTACT"]


@pytest.mark.slow
def test_no_published_file_changes(sent: Path) -> None:
    """The run is as it was; what is in `after/` is held by a manifest of its own."""
    assert verify(sent).ok
    manifest = json.loads((sent / "after" / "manifest.json").read_text("utf-8"))
    assert manifest["approval"].startswith("Approved by Jo")
    assert manifest["words"]["language"] == "en"
    target, stranger = next((sent / "after" / "pages").iterdir()), sent / "after" / "stranger.txt"
    before = target.read_bytes()
    target.write_bytes(before + b" ")
    stranger.write_text("x")
    try:
        problems = verify(sent).problems
        assert {one.code for one in problems} == {"C_HASH", "W_FOREIGN"}
        assert not any(target.stem.split()[0] in one.line() for one in problems)
    finally:
        target.write_bytes(before)
        stranger.unlink()


@pytest.mark.slow
def test_what_is_sent_is_made_again_or_stated(sent: Path) -> None:
    """Letters with hashes in order are compared; of other sources they are told to be stated."""
    after = sent / "after"
    pages = [min((after / part).iterdir()) for part in SENT_PARTS[1:]]

    def told(manifest: dict[str, Any]) -> tuple[list[str], str]:
        found, stated = after_again(sent, manifest, "", pages=True)
        return [one.message for one in found], " ".join(stated)

    kept = read_after(sent)
    assert told(kept) == ([], "the day on which after/ was made")
    for path in (after / "send.xlsx", *pages):
        path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
    messages, _ = told(kept)
    assert messages[0].startswith("4 files of after/ (invitations, mails, pages and send.xlsx)")
    assert told(kept | {"news": []})[0][1].startswith("news in the manifest")
    assert told(kept | {"eve": 1})[0][1].startswith("eve in the manifest")
    assert "made from other record than" in told(kept | {"record": "0"})[1]
    key = (sent.parent / "cohort" / INPUT_KEY).rename(sent.parent / "key")
    assert "made from other people and known than" in told(kept)[1], "nobody guesses without it"
    key.rename(sent.parent / "cohort" / INPUT_KEY)
    assert matcher(["send", str(sent), "--no-pdf"]) == 0


@pytest.mark.slow
def test_drafts_say_so_and_what_was_final_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A draft is replaced; what was sent before is kept under `earlier`."""
    run = made(tmp_path, approved=False)
    capsys.readouterr()
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    said = capsys.readouterr()
    assert "W_DRAFT" in said.err
    assert "Zita" not in said.out + said.err
    assert mail_to(run, "Zita Quell")["Subject"].startswith("[Draft]")
    assert text_of(mail_to(run, "Zita Quell")).startswith("DRAFT")
    DecisionLog(run / LOG_NAME).append("approve", AT, by="Jo", reason="panel")
    for _ in range(2):
        assert matcher(["send", str(run), "--no-pdf"]) == 0
    assert not mail_to(run, "Zita Quell")["Subject"].startswith("[Draft]")
    earlier = run / "after" / "earlier"
    assert [path.name for path in earlier.iterdir()] == ["1"]
    assert (earlier / "1" / "send.xlsx").is_file()
    assert verify(run).ok


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ask", "to_mentee", "to_mentor"),
    [
        ("mentor first", "once Otto Brandt agreed", "now"),
        ("mentee first", "now", "once Zita Quell agreed"),
        ("both", "now", "now"),
        ("none", "now", "now"),
    ],
)
def test_the_order_of_asking(tmp_path: Path, ask: str, to_mentee: str, to_mentor: str) -> None:
    """Who is asked first gets the letter now; the other's lies apart until then."""
    run = made(tmp_path, f"ask = '{ask}'")
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    by = {row["Id"]: row for row in rows(run)}
    assert (by["e1"]["Send"], by["t1"]["Send"]) == (to_mentee, to_mentor)
    for key, when in (("e1", to_mentee), ("t1", to_mentor)):
        assert by[key]["Mail file"].startswith("mails/later/") is (when != "now")
    assert bool(by["e1"]["Reply by"]) is (ask != "none")
    # Who is asked has no address before both have agreed, whoever is asked first.
    given = {
        "e1": "otto@" in text_of(mail_to(run, "Zita Quell")),
        "t1": "zita@" in text_of(mail_to(run, "Otto Brandt")),
    }
    assert set(given.values()) == {ask == "none"}


@pytest.mark.slow
def test_who_was_asked_or_declined_gets_no_new_letter(tmp_path: Path) -> None:
    """What was recorded since the run counts: nobody is asked twice."""
    run = made(tmp_path)
    table = tmp_path / "cohort" / "engagements.csv"
    table.write_text("mentee_id,mentor_id,status\ne1,t1,sent\ne2,t2,declined\n")
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    by = {row["Id"]: row for row in rows(run)}
    assert by["e1"]["Send"] == "not: no news"
    assert not by["e1"]["Mail file"]
    assert by["e2"]["Letter to a"] == "mentee who waits"
    assert by["e2"]["Why"].startswith("The match with Pia Lang did not come about.")
    assert by["t2"]["Letter to a"] == "mentor without a mentee"


@pytest.mark.slow
def test_templates_are_the_programmes_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the tables they are taken; a preview shows them; a fault names file and line."""
    run = made(tmp_path)
    letters = tmp_path / "cohort" / "letters"
    assert matcher(["send", str(run), "--edit", str(letters)]) == 0
    own = letters / "mentee.txt"
    own.write_text("Subject: Hello\nDear {{ me.short }}: {{ mentors[0].name }}.\n")
    capsys.readouterr()
    assert matcher(["send", str(run), "--to", "Zita Quell"]) == 0
    assert "Dear Zita Quell: Otto Brandt." in capsys.readouterr().out
    assert not (run / "after").exists()
    for text, line in (
        ("Subject: x\n{{ me.__class__.__mro__ }}", None),
        ("Subject: x\n{{ nothing }}", None),
        ("Subject: x\n\n{% if %}", 3),
        ("no subject", 1),
        ("Subject: x\n{% for k in range(10**9) %}x{% endfor %}", None),
    ):
        own.write_text(text)
        assert matcher(["send", str(run), "--preview"]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"ERROR E_TEMPLATE letters/mentee.txt:{line or ''}")
        assert "Zita" not in said


@pytest.mark.slow
def test_a_run_under_pseudonyms_has_nobody_to_write_to(tmp_path: Path) -> None:
    """Names and addresses are in none of its files, and none are made."""
    source = cohort(tmp_path / "cohort")
    run = tmp_path / "run"
    assert matcher(["match", str(source), "-o", str(run), *FAST, "--pseudonymise"]) == 0
    assert matcher(["send", str(run)]) == 2
    assert not (run / "after").exists()


@pytest.mark.slow
def test_plans_are_printed_where_the_extra_is(tmp_path: Path) -> None:
    """A PDF of two pages at most goes with the mail; what people wrote is no markup in it."""
    pytest.importorskip("typst")
    run = made(tmp_path)
    assert matcher(["send", str(run)]) == 0
    pdfs = sorted((run / "after" / "pages").glob("*.pdf"))
    assert len(pdfs) == len(MENTEES)
    assert all(path.read_bytes().startswith(b"%PDF-") for path in pdfs)


def test_a_letter_that_no_font_has_is_never_a_box() -> None:
    """A plan is printed whole or not at all: a code without a letter is in no font."""
    pytest.importorskip("typst")
    printer = PlanPrinter(b"#let plan = json(bytes(sys.inputs.plan))\n#plan.title")
    page: Any = SimpleNamespace(
        **dict.fromkeys(pdf._AS_THEY_ARE, ""), matches=(), gap=None, circle=()
    )
    page.drawing = page.timeline = SimpleNamespace(svg="", text="", legend="")
    with speaking("en", {}, {}):
        page.title = "A plan for Ж Đặng"
        assert (printer._printed(page, 0) or b"").startswith(b"%PDF")
        page.title = "A plan for \u0378"
        assert printer._printed(page, 0) is None


@pytest.mark.parametrize("name", ["王 伟", "Hannah Weiß", "=?utf-8?q?a?= b", "plain"])
def test_a_subject_is_read_as_it_was_written(name: str) -> None:
    """However long and wherever it is folded: no blank is lost or doubled."""
    for words in range(1, 30):
        subject = " ".join(f"{name} and" for _ in range(words))[:200].strip()
        who = Addressee("p", "Ada", "Ada", "ada@example.org")
        content = eml(Mail(subject, "text"), Recipient(Letter.WAITING, who), "")
        assert email.message_from_bytes(content, policy=default)["Subject"] == subject
        assert max(map(len, content.split(b"\r\n"))) < 79


@pytest.mark.parametrize(
    "name", ["Xavier" + "x" * 300, "Ж" * 160, '(a) "b"\\,' * 30, "V " * 90 + "d"]
)
def test_an_endless_name_ends_no_header(name: str) -> None:
    """The mail keeps its recipient and all that stands below: an empty line would end its head."""
    who = Addressee("p", name, "Ada", "ada@example.org")
    content = eml(Mail(f"To {name} and Bo", "text"), Recipient(Letter.WAITING, who), name)
    mail = email.message_from_bytes(content, policy=default)
    assert (mail["To"].addresses[0].addr_spec, mail["X-Unsent"]) == ("ada@example.org", "1")
    assert mail["Subject"] == f"To {name} and Bo"
    plain = email.message_from_bytes(content)["To"]
    assert str(make_header(decode_header(plain))).startswith(name)
    assert max(map(len, content.split(b"\r\n"))) < 79


@pytest.mark.slow
def test_letters_in_another_language(tmp_path: Path) -> None:
    """All letters, subjects and invitations are German; what people wrote stays theirs."""
    run = made(tmp_path, "language = 'de'\nstart = 2027-03-01")
    assert matcher(["send", str(run), "--no-pdf"]) == 0
    mail = mail_to(run, "Zita Quell")
    assert mail["Subject"] == "Bridge: Wer Sie begleitet: Otto Brandt"
    text = text_of(mail)
    table = {row["Name"]: (row["Letter to a"], row["State"], row["Send"]) for row in rows(run)}
    assert table["Zita Quell"] == ("Mentee", "endgültig", "jetzt")
    assert "bis Montag, 22. Februar 2027" in text
    assert not {"the", "you", "and"} & set(text.lower().split())
    days = [path.read_text("utf-8") for path in (run / "after" / "invitations").iterdir()]
    assert all("erste halbe Stunde" in day for day in days)


TODAY = ["--today", "2026-11-20"]


def recorded(run: Path, status: str, day: str = "2026-11-15") -> None:
    """Record of Zita and Otto where their pair stands."""
    source = run.parent / "cohort"
    assert matcher(["record", str(source), "e1", "t1", status, "--today", day]) == 0


def sent_on(run: Path, *options: str) -> dict[str, dict[str, str]]:
    """Write all that is sent; return the rows by id."""
    assert matcher(["send", str(run), "--no-pdf", *(options or TODAY)]) == 0
    return {row["Id"]: row for row in rows(run)}


def texts_of(run: Path, capsys: pytest.CaptureFixture[str], person: str) -> str:
    """Return the letters to somebody as they are shown."""
    capsys.readouterr()
    assert matcher(["send", str(run), "--to", person, *TODAY]) == 0
    return capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("ask", ["both", "none"])
def test_nobody_is_asked_for_a_day_gone_by(tmp_path: Path, ask: str) -> None:
    """Letters, pages and invitations of a day after the start name no day before it."""
    dated = "start = 2026-03-02\nperiods = 2\nperiod_starts = [2026-03-02, 2026-06-01]"
    run = made(tmp_path, f"{dated}\nask = '{ask}'")
    by = sent_on(run, "--today", "2026-11-20")
    assert not any(row["Invitation file"] for row in by.values())
    assert by["t1"]["Reply by"] == ("" if ask == "none" else "within two weeks")
    after = run / "after"
    said = [text_of(mail_to(run, row["Name"])) for row in by.values() if row["Mail file"]]
    said += [path.read_text("utf-8") for path in (after / "pages").glob("*.html")]
    said += [path.read_text("utf-8") for path in (run / "plans").rglob("*.html")]
    assert len(said) > 8
    assert not [text for text in said if "March 2026" in text or "June 2026" in text]
    assert any("ithin two weeks" in text for text in said)


@pytest.mark.slow
def test_mentor_first_then_mentee_then_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each yes is recorded, asks the next one and in the end brings the promised address."""
    run = made(tmp_path, "ask = 'mentor first'\nstart = 2027-03-01")
    by = sent_on(run)
    assert (by["t1"]["Send"], by["e1"]["Send"]) == ("now", "once Otto Brandt agreed")
    assert by["t1"]["Reply by"] == "Monday 22 February 2027"
    assert by["e1"]["Reply by"] == "Friday 26 February 2027"
    recorded(run, "sent")
    by = sent_on(run)
    assert (by["t1"]["Send"], by["e1"]["Send"]) == ("not: no news", "once Otto Brandt agreed")
    asked = texts_of(run, capsys, "Zita Quell")
    assert "asked you about" not in asked
    assert "tell the programme by friday" in asked.lower()
    recorded(run, "accepted_mentor")
    by = sent_on(run)
    assert (by["t1"]["Send"], by["e1"]["Send"]) == ("not: no news", "now")
    assert "later" not in by["e1"]["Mail file"]
    recorded(run, "accepted-mentee")
    by = sent_on(run)
    assert (by["t1"]["Send"], by["e1"]["Send"]) == ("now", "now")
    assert "otto@example.org" in text_of(mail_to(run, "Zita Quell"))
    assert "zita@example.org" in text_of(mail_to(run, "Otto Brandt"))
    recorded(run, "active")
    by = sent_on(run)
    assert (by["t1"]["Send"], by["e1"]["Send"]) == ("not: no news", "not: no news")


@pytest.mark.slow
@pytest.mark.parametrize("ask", ["mentor first", "mentee first", "both"])
def test_two_who_mentor_each_other_are_asked_together(tmp_path: Path, ask: str) -> None:
    """One letter each, now, which says so; nobody is told of a yes that nobody gave."""
    two = [
        {"person_id": f"b{k}", "name": f"Una Both{k}", "approaches": "reciprocal"} for k in (1, 2)
    ]
    run = made(tmp_path, f"ask = '{ask}'", mentees=two, mentors=two)
    mine = [row for row in rows_sent(run) if row["Name"] == "Una Both1"]
    assert [(row["Letter to a"], row["Send"]) for row in mine] == [("mentee and mentor", "now")]
    assert mine[0]["Mentors or mentees"] == "Una Both2"
    text = " ".join(text_of(mail_to(run, "Una Both1")).split())
    assert text.count("would like to work with Una Both2") == 1, "one answer for both roles"
    assert text.count("Una Both2") < 7
    assert "you and Una Both2 mentor each other. Would you like that? Una Both2 is asked at" in text
    assert not {"glad", "hears"} & set(text.split())


def rows_sent(run: Path) -> list[dict[str, str]]:
    """Write all that is sent; return the rows."""
    assert matcher(["send", str(run), "--no-pdf", *TODAY]) == 0
    return rows(run)


@pytest.mark.slow
def test_no_mail_lies_there_that_the_table_does_not_name(tmp_path: Path) -> None:
    """What an earlier call wrote is kept apart, whole; unchanged news is not told again."""
    run = made(tmp_path)
    first = sent_on(run)
    recorded(run, "sent")
    by = sent_on(run)
    named = {row["Mail file"] for row in by.values()} - {""}
    mails = {p.relative_to(run / "after").as_posix() for p in (run / "after/mails").rglob("*.eml")}
    assert mails == named
    kept = run / "after" / "earlier" / "1"
    assert all((kept / row["Mail file"]).is_file() for row in first.values() if row["Mail file"])
    assert by["e3"]["Send"] == by["t3"]["Send"] == "not: no news"
    assert first["e3"]["Send"] == "now"
    again = tmp_path / "again"
    words = ["match", str(tmp_path / "cohort"), "--previous", str(run), "--add", "-o", str(again)]
    assert matcher([*words, *FAST]) == 0
    DecisionLog(again / LOG_NAME).append("approve", AT, by="Jo", reason="panel")
    by = sent_on(again)
    assert by["e3"]["Send"] == by["t3"]["Send"] == by["e1"]["Send"] == "not: no news"
    with pytest.raises(InputError, match="again was made from this one and is approved"):
        refuse_followed(run)


LOST = {
    "declined": ("did not come about", "did not come about"),
    "mismatch": ("has ended", "has ended"),
    "withdrew_mentee": ("", "Zita Quell has withdrawn"),
}
"""What is said of a pair by how it ended, to the mentee and to the mentor."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "statuses", [["mismatch", "withdrew_mentee"], ["declined"]], ids=["same run", "next run"]
)
def test_what_became_of_a_pair_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], statuses: list[str]
) -> None:
    """Both hear of it, but for who left: they get no letter about a place in line."""
    run = made(tmp_path)
    sent_on(run)
    recorded(run, "accepted", "2026-11-14")
    for status in statuses:
        recorded(run, status)
        if len(statuses) == 1:
            words = ["match", str(tmp_path / "cohort"), "--previous", str(run), "--add", "-o"]
            run = tmp_path / "added"
            assert matcher([*words, str(run), *FAST]) == 0
            DecisionLog(run / LOG_NAME).append("approve", AT, by="Jo", reason="panel")
        by = sent_on(run)
        people = (("e1", "Zita Quell"), ("t1", "Otto Brandt"))
        for (key, person), told in zip(people, LOST[status], strict=True):
            assert (key in by) is bool(told), (status, key)
            if told:
                assert by[key]["Send"] == "now"
                text = texts_of(run, capsys, person)
                assert told in text
                assert "in place for you yet" not in text
                assert "what you said about" not in text


@pytest.mark.slow
@pytest.mark.parametrize("ask", ["none", "mentor first"])
def test_a_mail_points_at_nothing_that_it_does_not_hold(tmp_path: Path, ask: str) -> None:
    """The message stands in the plan, and who is out of reach is not to be written to."""
    run = made(tmp_path, f"ask = '{ask}'\nstart = 2027-03-01")
    sent_on(run)
    if ask != "none":
        recorded(run, "accepted")
    by = sent_on(run)
    said = [text_of(mail_to(run, row["Name"])) for row in by.values() if row["Mail file"]]
    assert len(said) > 3
    assert not [text for text in said if " below" in text or "form at the end with" in text]
    assert "Write to Otto Brandt this week" in text_of(mail_to(run, "Zita Quell"))
    if ask == "none":
        other = text_of(mail_to(run, by["e2"]["Name"]))
        assert "as soon as the programme has put you in touch" in other


@pytest.mark.slow
def test_letters_beyond_ascii_in_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The header is whole in UTF-8, a host name is plain, and check and table say what may fail."""
    odd = [{**MENTEES[0], "email": "zoë.ståhl@exämple.org"}, *MENTEES[1:]]
    run = made(tmp_path, mentees=odd)
    assert "W_EMAIL" in capsys.readouterr().err
    by = sent_on(run)
    assert "another" in by["e1"]["Note"]
    assert not by["t1"]["Note"]
    raw = (run / "after" / by["e1"]["Mail file"]).read_bytes()
    assert "To: Zita Quell <zoë.ståhl@xn--exmple-cua.org>".encode() in raw
    assert b"=?" not in raw.partition(b"\r\n\r\n")[0]


@pytest.mark.slow
def test_a_slip_is_told_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that is included is named itself, with line and word; no value is."""
    run = made(tmp_path)
    letters = tmp_path / "cohort" / "letters"
    letters.mkdir()
    capsys.readouterr()
    for text, word in (("\n{{ me.naem }}", "naem"), ("\n{{ me[me.name] }}", "something")):
        (letters / "_end.txt").write_text(text)
        assert matcher(["send", str(run), "--preview"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("ERROR E_TEMPLATE letters/_end.txt:2")
        assert word in said
        assert "Zita" not in said


@pytest.mark.slow
def test_an_hour_has_the_programmes_zone(tmp_path: Path) -> None:
    """Who names no zone lives by the programme's; an hour without any zone is the reader's own."""
    people = [{**row, "timezone": ""} for row in (*MENTEES, *MENTORS)]
    mentees, mentors = people[: len(MENTEES)], people[len(MENTEES) :]
    run = made(
        tmp_path,
        "start = 2027-03-01\ntimezone = 'Europe/Berlin'",
        mentees=mentees,
        mentors=[{**mentors[0], "timezone": "Europe/Berlin"}, *mentors[1:]],
    )
    by = sent_on(run)
    calendar = (run / "after" / by["e1"]["Invitation file"]).read_bytes()
    event = icalendar.Calendar.from_ical(calendar).walk("VEVENT")[0]
    assert event.decoded("dtstart").isoformat() == "2027-03-01T08:00:00+00:00"


@pytest.mark.slow
def test_german_letters_to_a_mentor_of_several(tmp_path: Path) -> None:
    """Every paragraph begins with a capital, and nothing is said of a kind of match twice."""
    mentees = [{"person_id": f"m{k}", "name": f"Ute Berg{k}", "goals": "x"} for k in range(3)]
    run = made(
        tmp_path,
        "language = 'de'",
        mentees=mentees,
        mentors=[{"person_id": "r", "name": "Jan Fuchs", "email": "j@x.org", "capacity": 3}],
    )
    sent_on(run)
    text = text_of(mail_to(run, "Jan Fuchs"))
    assert text.count("Ute Berg") > 5
    assert all(not part[0].islower() for part in text.strip().split("\n\n"))
    assert "Sie haben beide Zeit: am" not in text
    page = next((run / "after" / "pages").glob("Jan*.html")).read_text("utf-8")
    assert page.count("Sie denken gemeinsam nach") == 1


@pytest.mark.slow
def test_what_ended_before_the_run_is_no_news(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pair of an earlier time, with the reason that a run does not keep, is told to nobody."""
    row = {"status": "mismatch", "start": "2026-01-05", "end": "2026-02-01", "reason_code": "far"}
    run = made(tmp_path, engagements=[{"mentee_id": "e1", "mentor_id": "t1", **row}])
    capsys.readouterr()
    assert matcher(["send", str(run), "--preview", *TODAY]) == 0
    assert "has ended" not in capsys.readouterr().out


@pytest.mark.slow
def test_who_is_gone_is_told_of_once_and_who_has_finished_gets_no_letter(tmp_path: Path) -> None:
    """A pair whose other one withdrew consent has ended; one that was completed is no news."""
    run = made(tmp_path)
    source = str(run.parent / "cohort")
    for pair in (("e1", "t1"), ("e2", "t2")):
        assert matcher(["record", source, *pair, "accepted", "--today", "2026-11-14"]) == 0
    assert matcher(["record", source, "t1", "--no-consent", *TODAY]) == 0
    by = sent_on(run)
    assert (by["e1"]["Send"], "t1" in by) == ("now", False)
    told = text_of(mail_to(run, "Zita Quell"))
    assert "cannot take part any more" in told
    assert "in place for you yet" not in told
    assert "Otto" not in told
    assert matcher(["record", source, "e2", "t2", "completed", "--today", "2026-11-16"]) == 0
    by = sent_on(run)
    assert by["e1"]["Send"] == "not: no news"
    assert not by.keys() & {"e2", "t2"}


@pytest.mark.slow
def test_who_is_asked_second_is_asked_once_and_hears_of_nothing_before(tmp_path: Path) -> None:
    """A pair that the first one left stays unknown to the second, until that one was asked."""
    run = made(tmp_path, "ask = 'mentor first'")
    recorded(run, "sent")
    recorded(run, "withdrew_mentor")
    assert "Otto" not in sent_on(run)["e1"]["Why"]
    recorded(run, "proposed")
    recorded(run, "accepted_mentor")
    assert sent_on(run)["e1"]["Send"] == "now"
    source = str(run.parent / "cohort")
    assert matcher(["record", source, "e2", "t2", "sent", "--today", "2026-11-16"]) == 0
    assert sent_on(run)["e1"]["Send"] == "not: no news"
    recorded(run, "withdrew_mentor", "2026-11-17")
    by = sent_on(run)
    assert (by["e1"]["Send"], "t1" in by) == ("now", False)
    assert by["e1"]["Why"].startswith("Otto Brandt has withdrawn")
