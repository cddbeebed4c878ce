"""Recording what became of pairs: beside any source, by any name, nothing lost."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest
from tests.folders import MENTEES, MENTORS, write_cohort, write_table

from matcher.catalogue.catalogue import LANGUAGES, for_pages
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake.read import read_cohort
from matcher.programme.pair_record import PairUpdate, Stamp, record, record_consent
from matcher.programme.replies import read_changes
from matcher.programme.reply_words import status_said
from matcher.vocabulary import Status, comes_further

CLOCK = Stamp("Ada", "2026-06-01T10:00:00+00:00", date(2026, 6, 1))
NAMED = {
    "mentees": [
        {**row, "name": f"Zoë O'Test{k}", "email": f"e{k}@example.org"}
        for k, row in enumerate(MENTEES)
    ],
    "mentors": [{**row, "name": f"Dr. Björn Probe{k}"} for k, row in enumerate(MENTORS)],
}


@pytest.fixture
def place(tmp_path):
    """Return a folder of CSV tables whose people have names."""
    return write_cohort(tmp_path / "c", NAMED)


def kept(place) -> pd.DataFrame:
    """Return what stands in the record."""
    path = place / "engagements.csv" if place.is_dir() else place.parent / "engagements.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def say(place, *changes: tuple[str, ...], clock: Stamp = CLOCK, **options):
    """Record changes."""
    return record(
        str(place), Config(), [PairUpdate(*change) for change in changes], clock, **options
    )


@pytest.mark.slow
def test_by_name_address_or_id_and_the_last_row_counts(place) -> None:
    """All names of one person mean the same pair, whose last row is what the next run reads."""
    say(place, ("e0", "r0", "sent"))
    say(place, ("E0@example.org", "probe0 björn", "accepted"))
    say(place, ("O\u2019Test0, Zoe", "r0", "declined", "no time"))
    table = kept(place)
    assert table["status"].tolist() == ["sent", "accepted", "declined"]
    assert set(zip(table["mentee_id"], table["mentor_id"], strict=True)) == {("e0", "r0")}
    assert table["recorded_by"].tolist() == ["Ada"] * 3
    assert table["end"].tolist() == ["", "", "2026-06-01"]
    (row,) = read_cohort(place).engagements.to_dict("records")
    assert (row["status"], row["reason_code"]) == ("declined", "no time")


@pytest.mark.slow
def test_a_table_kept_by_hand_goes_on_as_it_was(place) -> None:
    """Own columns, order and words stay; the rows of a recorded pair give way to the record."""
    rows = [
        {
            "mentor_id": "r0",
            "mentee_id": "e0",
            "status": "active",
            "start": "2026-01-05",
            "x": "=1",
        },
        {"mentor_id": "r1", "mentee_id": "e1", "status": "active", "start": "2026-02-05", "x": "b"},
    ]
    write_table(place, "engagements", rows)
    say(place, ("e0", "r0", "completed"))
    table = kept(place)
    assert table["x"].tolist() == ["'=1", "b", ""]
    assert table["start"].tolist() == ["2026-01-05", "2026-02-05", "2026-01-05"]
    frame = read_cohort(place).engagements
    assert dict(zip(frame["mentee_id"], frame["status"], strict=True)) == {
        "e0": "completed",
        "e1": "active",
    }


@pytest.mark.slow
def test_a_spreadsheet_may_save_it_and_a_line_by_hand_counts(place) -> None:
    """Saved with semicolons and a mark, and with a row typed in at the end, it says the same."""
    say(place, ("e0", "r0", "sent"))
    path = place / "engagements.csv"
    text = path.read_text("utf-8").replace(",", ";") + "e0;r0;declined;;;;;\n"
    path.write_bytes(text.encode("utf-8-sig"))
    assert read_cohort(place).engagements["status"].tolist() == ["declined"]
    say(place, ("e1", "r1", "sent"))
    assert kept(place)["status"].tolist() == ["sent", "declined", "sent"]


@pytest.mark.slow
def test_beside_a_workbook_and_a_database(tmp_path) -> None:
    """A source that is one file gets its record beside it, behind the pairs it holds itself."""
    book = tmp_path / "book" / "Sign up (1-10).xlsx"
    book.parent.mkdir()
    pairs = [{"mentee_id": "e1", "mentor_id": "r1", "status": "active"}]
    with pd.ExcelWriter(book, engine="xlsxwriter") as writer:
        for name, rows in {**NAMED, "engagements": pairs}.items():
            pd.DataFrame(rows).to_excel(writer, sheet_name=name, index=False)
    file = tmp_path / "base" / "people.db"
    file.parent.mkdir()
    with sqlite3.connect(file) as base:
        for name, rows in {**NAMED, "engagements": pairs}.items():
            pd.DataFrame(rows).astype(str).replace("nan", None).to_sql(name, base, index=False)
    for source, folder in ((str(book), book.parent), (f"sqlite:///{file}", file.parent)):
        say_at = record(source, Config(), [PairUpdate("e1", "r1", "paused")], CLOCK)
        assert say_at.path == folder / "engagements.csv"
        assert say_at.entries[0].before == "active"
        assert read_cohort(source).engagements["status"].tolist() == ["paused"]


@pytest.mark.slow
def test_a_file_of_that_name_that_is_nobodys_is_left_alone(tmp_path) -> None:
    """Beside a workbook an unknown engagements.csv is neither read nor written over."""
    book = tmp_path / "people.xlsx"
    with pd.ExcelWriter(book, engine="xlsxwriter") as writer:
        for name, rows in NAMED.items():
            pd.DataFrame(rows).to_excel(writer, sheet_name=name, index=False)
    other = tmp_path / "engagements.csv"
    other.write_text("mentee_id,mentor_id,status\nghost,r1,active\n")
    assert len(read_cohort(book).engagements) == 0
    with pytest.raises(InputError, match="E_EXISTS"):
        say(book, ("e0", "r0", "sent"))
    assert other.read_text().startswith("mentee_id,mentor_id,status\nghost")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("Zoë Nobody", "r0", "sent"), "E_UNKNOWN_PERSON"),
        (("e0", "e1", "sent"), "E_UNKNOWN_PERSON"),
        (("r0", "e0", "sent"), "E_ROLE"),
        (("e0", "e0", "sent"), "E_SELF_PAIR"),
        (("e0", "r0", "acepted"), "E_ENUM"),
        (("e0", "r0", "sent", "so " * 700), "E_TEXT_LENGTH"),
        (("e0", "r0", "active", "", "2999-01-01"), "E_DATE"),
        (("e0", "r0", "active", "", "2150-01-01"), "E_DATE_FUTURE"),
        (("e0", "r0", "completed", "", "", "2150-01-01"), "E_DATE_FUTURE"),
        (("e0", "r0", "accepted", "", "2150-02-01", "2150-01-01"), "E_DATE_ORDER"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(place, change, code) -> None:
    """All or nothing, and no name in the message."""
    with pytest.raises(InputError) as error:
        say(place, ("e1", "r1", "sent"), change)
    assert [finding.code for finding in error.value.findings] == [code]
    assert "Nobody" not in str(error.value)
    assert not (place / "engagements.csv").exists()


@pytest.mark.slow
def test_many_at_once_from_a_file(place, tmp_path) -> None:
    """Replies in a file of other titles are read; one pair said twice otherwise is refused."""
    replies = tmp_path / "Replies.csv"
    replies.write_text("Mentee;Mentor;Reply;Note\nZoë O'Test0;r0;Accepted;\ne1;r1;;\n", "utf-8")
    changes = read_changes(replies)
    assert [(c.mentee, c.status, c.place) for c in changes] == [
        ("Zoë O'Test0", "Accepted", ("Replies.csv", 2))
    ]
    record(str(place), Config(), changes, CLOCK)
    assert kept(place)["status"].tolist() == ["accepted"]
    twice = [PairUpdate("e0", "r0", "active"), PairUpdate("e0@example.org", "r0", "declined")]
    with pytest.raises(InputError, match="E_DUP_ROW"):
        record(str(place), Config(), twice, CLOCK)


@pytest.mark.parametrize(
    ("titles", "who"),
    [
        ("Mentorin oder Mentor;Mentorandin/Mentorand;Rückmeldung;Bemerkung", ""),
        ("Name mentora;Nombre mentee;Respuesta;Comentario", ""),
        ("Mentor:in;Mentee;Antwort Mentor:in;Grund", "mentor"),
        ("Наставник;Менти;Ответ;Причина", ""),
    ],
)
def test_a_sheet_of_replies_may_have_the_titles_of_any_language(tmp_path, titles, who) -> None:
    """In any order of columns; a title that says whose the reply is is heard."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"{titles};Telefon\nUm, Cai;Ada Öl;ja;gern;12\n;;;;\n", "utf-8")
    (one,) = read_changes(sheet)
    assert (one.mentee, one.mentor) == ("Ada Öl", "Um, Cai")
    assert (one.status, one.reason, one.who) == ("ja", "gern", who)


def test_people_and_replies_under_titles_of_ones_own_are_known_by_their_cells(place) -> None:
    """Mentees stand in one column, mentors in another, and a yes or no in a third."""
    sheet = place / "Replies.csv"
    sheet.write_text(
        "Nr,Guide,Learner,Will you?,Else\n1,r0,e0,Yes please,x\n2,r1,e1,No,y\n", "utf-8"
    )
    changes = read_changes(sheet, cohort=read_cohort(place))
    assert [(c.mentee, c.mentor, c.status) for c in changes] == [
        ("e0", "r0", "Yes please"),
        ("e1", "r1", "No"),
    ]
    with pytest.raises(InputError, match="it needs mentee, mentor, reply"):
        read_changes(sheet)


def test_our_own_sheet_of_replies_is_read_in_each_language(tmp_path) -> None:
    """The titles of the app's sheet are known; of two columns of replies none is left unread."""
    for language in LANGUAGES:
        words = for_pages(language)["year"]
        parts = ("mentee", "mentor", "stands", "reply", "who", "reason")
        titles = [*(words[f"column_{part}"] for part in parts), "mentee_id", "mentor_id"]
        sheet = tmp_path / f"{language}.csv"
        sheet.write_text(f"{','.join(titles)}\nA,B,asked,yes,mentor,gladly,e0,r0\n", "utf-8")
        (one,) = read_changes(sheet)
        assert (one.mentee, one.mentor, one.status) == ("e0", "r0", "yes")
        assert (one.reason, one.stood, one.who) == ("gladly", "asked", "mentor")
    two = tmp_path / "two.csv"
    two.write_text("Mentee,Mentor,Antwort Mentee,Antwort Mentor\nA,B,ja,nein\n", "utf-8")
    with pytest.raises(InputError, match="E_DUP_COLUMN"):
        read_changes(two)


@pytest.mark.slow
def test_only_forward_leaves_who_has_come_further(place) -> None:
    """Sent for all pairs of a run takes back no acceptance and no decline."""
    say(place, ("e0", "r0", "accepted"), ("e1", "r1", "declined"))
    all_of_them = [(f"e{k}", f"r{k}", "sent") for k in range(3)]
    written = say(place, *all_of_them, only_forward=True)
    assert [entry.pair for entry in written.entries] == [("e2", "r2")]
    assert written.unchanged == {("e0", "r0"): "accepted", ("e1", "r1"): "declined"}
    begun = say(place, *((a, b, "active") for a, b, _ in all_of_them), only_forward=True)
    assert {entry.pair for entry in begun.entries} == {("e0", "r0"), ("e2", "r2")}
    say(place, ("e0", "r0", "active", "", "2026-01-01", "2026-05-29"))
    over = say(place, *((a, b, "completed") for a, b, _ in all_of_them), only_forward=True)
    assert [entry.end for entry in over.entries] == ["2026-05-29", "2026-06-01"], "as was planned"
    run = place / "run"
    run.mkdir()
    (run / "manifest.json").write_text("{}")
    kept(place).tail(1).to_csv(run / "engagements.csv", index=False)  # r2 alone
    (run / "matches.csv").write_text("mentee_id,mentor_id\ne0,r0\ne2,r2\n")
    anew = read_changes(run / "matches.csv", "active")
    written = record(str(place), Config(), anew, CLOCK, only_forward=True)
    assert [entry.pair for entry in written.entries] == [("e2", "r2")], "the run knew of its end"
    assert list(written.unchanged) == [("e0", "r0")], "ended since the run"


@pytest.mark.slow
def test_both_have_agreed_once_each_of_them_has(place) -> None:
    """One yes is kept as one; the other makes it both, and neither takes back who is further."""
    assert say(place, ("e0", "r0", "accepted mentor")).entries[0].status == "accepted_mentor"
    assert not say(place, ("e0", "r0", "accepted_mentor")).entries
    assert say(place, ("e0", "r0", "accepted-mentee")).entries[0].status == "accepted"
    assert not say(place, ("e0", "r0", "accepted_mentor")).entries
    assert read_cohort(str(place)).engagements["status"].tolist()[-1] == "accepted"


@pytest.mark.slow
def test_what_was_a_slip_stands_again_as_it_did(place) -> None:
    """With its days and its reason, also where no word leads back; never over what came later."""
    paused = ("e0", "r0", "paused", "on leave", "2026-01-01", "2026-07-01")
    say(place, paused, ("e1", "r1", "accepted_mentor"))
    say(place, ("e0", "r0", "mismatch", "a slip"), ("e1", "r1", "accepted"))
    slips = [
        PairUpdate("e0", "r0", "paused", stood="mismatch"),
        PairUpdate("e1", "r1", "accepted_mentor", stood="accepted"),
    ]
    made = record(str(place), Config(), slips, CLOCK, as_it_was=True)
    assert not made.findings
    assert [entry.status for entry in made.entries] == ["paused", "accepted_mentor"]
    assert kept(place)[["start", "end", "reason_code"]].iloc[-2].tolist() == [
        *paused[4:],
        paused[3],
    ]
    with pytest.raises(InputError, match="E_CHANGED"):
        record(str(place), Config(), slips, CLOCK, as_it_was=True)


FIRST = Config.model_validate({"programme": {"ask": "mentor first"}})


@pytest.mark.slow
def test_a_mere_yes_in_turn_is_of_who_was_asked(place, tmp_path) -> None:
    """Never of both; the same sheet given again changes nothing, and the next yes says whose."""

    def sheet(*rows: str) -> list[PairUpdate]:
        path = tmp_path / "replies.csv"
        path.write_text("\n".join(("mentee,mentor,status,who", *rows)) + "\n")
        return read_changes(path)

    def now(changes: list[PairUpdate]) -> list[tuple[str, str]]:
        made = record(str(place), FIRST, changes, CLOCK).entries
        return [(entry.status.value, entry.reason_code) for entry in made]

    say(place, *((f"e{k}", "r0", "sent") for k in range(4)))
    replies = sheet("e0,r0,Yes please,", 'e1,r0,"no, sorry",', "e2,r0,ja,")
    yes = ("accepted_mentor", "")
    assert now(replies) == [yes, ("declined", "no_mentor"), yes]
    with pytest.raises(InputError) as error:
        now(replies)
    assert [(f.code, f.row) for f in error.value.findings] == [("E_WHOSE", 2), ("E_WHOSE", 4)]
    second = sheet("e0,r0,yes,mentee", "e2,r0,the mentee said no,")
    assert now(second) == [("accepted", ""), ("declined", "no_mentee")]
    both = PairUpdate("e3", "r0", "no", "far"), PairUpdate("e0", "r0", "keeps others", "full")
    assert now([*both]) == [
        ("declined", "no_mentor: far"),
        ("withdrew_mentor", "keeps_others: full"),
    ]


def test_the_day_given_as_today_counts_and_a_wrong_day_is_told_at_its_row(place, tmp_path) -> None:
    """A day to come that somebody takes for today is none of the future; rows are the sheet's."""
    later = Stamp("Ada", "2199-06-01", date(2199, 6, 1))
    say(place, ("e0", "r0", "declined"), clock=later)
    assert read_cohort(str(place)).engagements["status"].tolist() == ["declined"]
    path = tmp_path / "replies.csv"
    path.write_text("mentee,mentor,status,start\ne1,r0,accepted,\ne2,r0,met,2199-07-01\n")
    with pytest.raises(InputError) as error:
        record(str(place), Config(), read_changes(path), later)
    (fault,) = error.value.findings
    assert (fault.code, fault.table, fault.row) == ("E_DATE_FUTURE", "replies.csv", 3)


@pytest.mark.slow
def test_going_on_after_the_end_is_told(place) -> None:
    """Somebody may have slipped, so a pair that comes back to life is told."""
    say(place, ("e0", "r0", "declined"))
    assert [f.code for f in say(place, ("e0", "r0", "sent")).findings] == ["W_STATUS"]


@pytest.mark.slow
def test_a_pair_that_nobody_proposed_and_people_who_were_taken_out_are_told(place) -> None:
    """A slip in a sheet of replies is no pair without a word; a blacked-out id stops nothing."""
    assert not say(place, ("e0", "r0", "sent")).findings
    (new,) = say(place, ("e0", "r1", "accepted")).findings
    assert "nothing was known of e0 and r1" in new.message
    done = say(place, ("e0", "r0", "accepted"), ("removed-0a1b2c3d", "r1", "accepted"))
    assert [(w.code, w.message[-1]) for w in done.findings] == [("W_DEPARTED", "1")]
    assert [entry.pair for entry in done.entries] == [("e0", "r0")]


def test_a_pair_that_mentors_each_other_ends_both_ways(tmp_path) -> None:
    """One decline of a reciprocal pair frees both rows of it."""
    both = [{"person_id": p} for p in ("a", "b")]
    place = write_cohort(tmp_path / "c", {"mentees": both, "mentors": both})
    say(place, ("a", "b", "sent"), ("b", "a", "sent"))
    say(place, ("a", "b", "declined"))
    assert set(read_cohort(place).engagements["status"]) == {"declined"}


@pytest.mark.slow
def test_who_has_left_can_still_be_recorded(place) -> None:
    """A pair of the record whose mentee has gone from the sign-ups can be ended."""
    say(place, ("e0", "r0", "active"))
    write_table(place, "mentees", NAMED["mentees"][1:])
    say(place, ("e0", "r0", "withdrew_mentee"))
    assert kept(place)["status"].tolist() == ["active", "withdrew_mentee"]


@pytest.mark.slow
def test_racing_records_lose_nothing(place) -> None:
    """Many who write at once all stand in the file."""
    pairs = [(f"e{k % 6}", f"r{k % 4}") for k in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: say(place, (*pair, "sent")), pairs))
    table = kept(place)
    assert set(zip(table["mentee_id"], table["mentor_id"], strict=True)) == set(pairs)


@pytest.mark.slow
def test_a_kill_leaves_old_or_new(place) -> None:
    """Killed at any moment, the record is whole: rows of before, or those and the new ones."""
    say(place, ("e0", "r0", "sent"))
    for wait in (0.6, 0.9, 1.2, 1.5):
        before = kept(place)
        words = ["record", str(place), "e1", "r1", "paused", "--reason", str(wait)]
        child = subprocess.Popen([sys.executable, "-m", "matcher", *words])
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        after = kept(place)
        assert after.iloc[: len(before)].equals(before)
        assert len(after) - len(before) in (0, 1)
        read_cohort(place)


@pytest.mark.slow
def test_consent_that_was_withdrawn_is_respected(place) -> None:
    """Whoever withdrew is set aside with their pairs, until they agree again."""
    say(place, ("e0", "r0", "active"))
    record_consent(place, Config(), "Zoë O'Test0", CLOCK, is_given=False)
    cohort = read_cohort(place)
    assert "e0" not in cohort.mentee_index.ids
    assert len(cohort.engagements) == 0
    assert [(person, f.code) for person, f in cohort.set_aside] == [("e0", "E_CONSENT")]
    record_consent(place, Config(), "e0", CLOCK, is_given=True)
    assert "e0" in read_cohort(place).mentee_index.ids
    with pytest.raises(InputError, match="E_UNKNOWN_PERSON"):
        record_consent(place, Config(), "nobody", CLOCK, is_given=False)


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        ("Yes please|ja, gerne|Ja, sehr gern!|Sí, con mucho gusto|承諾します", Status.ACCEPTED),
        (
            "No, sorry!|nein, leider|No, sorry, too much on|Absage: Elternzeit ab März",
            Status.DECLINED,
        ),
        ("não, obrigada|nej tak|non : un autre projet", Status.DECLINED),
        ("No, but ask me next year|nein, noch nicht|no reply yet|no problem", None),
        ("ja, aber erst im Mai|yes, but not before May|yes?|maybe|yes or no", None),
        ("oui, si possible en mars|nie, może później|have not met|", None),
        ("We have had our first meeting|already met", Status.ACTIVE),
    ],
)
def test_own_words_count_where_every_word_is_sure(texts: str, status: Status | None) -> None:
    """A yes or no with thanks; whatever else is written may turn it round."""
    for text in texts.split("|"):
        assert status_said(text) is status


def test_a_yes_of_one_is_never_that_of_both_where_both_were_asked(place) -> None:
    """Whose it is is asked; a no of which nobody tells counts, and is told to be looked after."""
    say(place, *((f"e{k}", "r0", "sent") for k in range(4)))
    for text in ("Yes please", "ja"):
        with pytest.raises(InputError, match="E_WHOSE"):
            say(place, ("e0", "r0", text))
    replies = [
        PairUpdate("e0", "r0", "both yes"),
        PairUpdate("e1", "r0", "sí", who="Mentorin"),
        PairUpdate("e2", "r0", "nein", "keine Zeit"),
        PairUpdate("e3", "r0", "no", who="e3"),
    ]
    made = record(str(place), Config(), replies, CLOCK)
    now = [(entry.status.value, entry.reason_code) for entry in made.entries]
    assert now[:2] == [("accepted", ""), ("accepted_mentor", "")]
    assert now[2:] == [("declined", "keine Zeit"), ("declined", "no_mentee")]
    (unsaid,) = made.findings
    assert unsaid.code == "W_WHOSE"
    assert "e2 and r0" in unsaid.message
    assert "e3" not in unsaid.message
    told = Config.model_validate({"programme": {"ask": "none"}})
    assert not record(str(place), told, [PairUpdate("e0", "r0", "yes")], CLOCK).entries


@pytest.mark.parametrize(
    ("cases", "moves"),
    [
        (">completed >mismatch sent>declined accepted>completed sent>withdrew_mentee", True),
        ("sent>completed active>declined completed>declined declined>completed", False),
    ],
)
def test_an_end_said_of_many_is_one_where_it_may_be(cases, moves) -> None:
    """Also of pairs of which nothing was recorded; what stays is named by its status."""
    for before, _, status in (case.partition(">") for case in cases.split()):
        assert comes_further(before, Status(status)) is moves
