"""The year in the app: replies, free places, new sign-ups, surveys, board, on shared files."""

from __future__ import annotations

import csv
import io
import re
import shutil
import time
from pathlib import Path

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import AVOID, FILE, NAMES, TOPICS, export, rows, site, started
from tests.app.test_site import NEVER_SHOWN, matched, shown_text

from matcher.app.desk import Desk
from matcher.app.start_page import begin
from matcher.catalogue.catalogue import for_pages
from matcher.cli.main import run
from matcher.decisions.decisions import LOG_NAME, DecisionLog
from matcher.intake.read import read_cohort
from matcher.report.run_data import ShownNames
from matcher.send.pdf import PlanPrinter
from matcher.vocabulary import Status

pytestmark = pytest.mark.slow
Programme = tuple[TestClient, str, Path]


def waited(client: TestClient, base: str) -> str:
    """Wait for what goes on in the background, and return the page that it leads to."""
    for _ in range(400):
        answer = client.get(f"{base}/progress")
        if "HX-Redirect" in answer.headers:
            return client.get(answer.headers["HX-Redirect"]).text
        time.sleep(0.1)
    raise AssertionError("it did not end")


def fewer_places(answers: list[dict[str, str]]) -> None:
    """Leave so few places that somebody waits."""
    for answer in answers:
        if answer["How many mentees could you take on?"]:
            answer["How many mentees could you take on?"] = "1"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an approved programme whose letters were sent."""
    client, base, home = started(tmp_path_factory.mktemp("once"), export(fewer_places))
    matched(client, base)
    (run_made,) = (path.parent for path in home.glob("runs/*/matches.csv"))
    with (run_made / "matches.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    pair = {name: first[name] for name in ("mentee_id", "mentor_id")}
    DecisionLog(run_made / LOG_NAME).append("decision", EARLY, **pair, decision="lock", note="")
    data = {"verb": "approve", "by": "Jo Panel", "reason": "read by two"}
    client.post(f"{base}/approve", data=data)
    with pytest.MonkeyPatch.context() as patch:  # plans are not printed here: that is slow
        patch.setattr(PlanPrinter, "ready", classmethod(lambda _: None))
        client.post(f"{base}/approve", data={"verb": "folder"})
        assert "The folder to send" in waited(client, base)
    page = client.get(base).text
    assert "I have sent them" in page
    client.post(f"{base}/year", data={"verb": "sent"})
    return home


@pytest.fixture
def programme(once: Path, tmp_path: Path) -> Programme:
    """Return a browser, the programme's address, and its folder."""
    shutil.copytree(once, tmp_path / once.name)
    return site(tmp_path), f"/p/{once.name}", tmp_path / once.name


def recorded(home: Path) -> dict[tuple[str, str], str]:
    """Return the last word about each pair, from the file of the command line."""
    with (home / "engagements.csv").open(encoding="utf-8") as file:
        return {(r["mentee_id"], r["mentor_id"]): r["status"] for r in csv.DictReader(file)}


def _plain(page: str) -> None:
    found = [w for w in NEVER_SHOWN if re.search(rf"\b{re.escape(w)}\b", shown_text(page))]
    assert found == []


def test_a_decline_is_offered_to_the_next_and_nobody_else_moves(programme: Programme) -> None:
    """Shown by name before it is done; what is published is what was shown, to be approved."""
    client, base, home = programme
    sent = recorded(home)
    assert set(sent.values()) == {"sent"}
    (mentee, mentor), *others = sent
    pair = {"mentee": mentee, "mentor": mentor}
    client.post(
        f"{base}/year", data=pair | {"verb": "record", "status": "no_mentee", "reason": "no time"}
    )
    assert recorded(home)[mentee, mentor] == "declined"
    for _ in range(200):
        page = client.get(f"{base}/year/next").text
        if "Working out" not in page:
            break
        time.sleep(0.1)
    shown = re.findall(r"<b>([^<]+)</b> with <b>([^<]+)</b>", page)
    assert shown, page
    assert "<p>For: t, " not in page
    assert ("<p>For: " in page) is not ("is offered here" in page), "what the place is for, or that"
    assert {t for told in re.findall("<p>For: ([^<]+)", page) for t in told.split(", ")} <= {
        *TOPICS
    }
    assert "Nobody else" in page
    _plain(client.get(f"{base}/year").text)
    client.post(f"{base}/year", data={"verb": "offer"})
    assert "Approve this" in waited(client, base)
    name = ShownNames.of(read_cohort(home, set_aside=True)).names
    newest = max(home.glob("runs/*/matches.csv"), key=lambda path: path.stat().st_mtime)
    with newest.open(encoding="utf-8") as file:
        pairs = {(r["mentee_id"], r["mentor_id"]) for r in csv.DictReader(file)}
    assert set(others) <= pairs
    assert {(name[a], name[b]) for a, b in pairs - set(others)} == set(shown)
    assert "Approve" in client.get(f"{base}/approve").text
    asked = shown_text(client.get(f"{base}/approve").text)
    assert f"letters were sent: {len(sent)}. {len(shown)} pair" in asked
    signed = {"verb": "approve", "by": "Jo", "reason": "a kept pair that said no is over"}
    assert client.post(f"{base}/approve", data=signed).is_success
    assert f"Match approved: {signed['reason']}" in client.get(f"{base}/history").text
    assert run(["verify", str(newest.parent), "--cohort", str(home)]) == 0


def test_what_was_recorded_is_taken_back_by_itself(programme: Programme) -> None:
    """Each reply is an act of the history with its own Undo; the file keeps every line."""
    client, base, home = programme
    one, two = list(recorded(home))[:2]
    for pair, status in ((one, "no_mentor"), (two, "accepted")):
        data = {"verb": "record", "mentee": pair[0], "mentor": pair[1], "status": status}
        client.post(f"{base}/year", data=data)
    history = client.get(f"{base}/history").text
    act = re.search(r'id="act-(\d+)"[^§]{0,60}: the mentor said no', history)
    assert act
    page = client.post(f"{base}/history", data={"number": act[1]}).text
    assert "Undone: " in page
    assert "Undone: " not in client.get(f"{base}/year").text, "it is said once"
    assert recorded(home)[one] == "sent"
    assert recorded(home)[two] == "accepted"


def test_one_yes_and_then_the_other(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says yes first, the page says who; both together said yes, and are to be told."""
    monkeypatch.setattr(PlanPrinter, "ready", classmethod(lambda _: None))
    client, base, home = programme
    pair = next(iter(recorded(home)))
    data = {"verb": "record", "mentee": pair[0], "mentor": pair[1]}
    client.post(f"{base}/year", data=data | {"status": "accepted_mentor"})
    page = client.get(f"{base}/year?show=one_yes").text
    assert "The mentor said yes" in shown_text(page)
    assert client.get(f"{base}/year", params={"mentee": pair[0], "mentor": pair[1]}).is_success
    client.post(f"{base}/year", data=data | {"status": "accepted_mentee"})
    assert recorded(home)[pair] == "accepted"
    foot = "1 pair has agreed: make the folder again"
    assert foot in client.get(f"{base}/year").text
    client.post(f"{base}/approve", data={"verb": "folder"})
    assert foot not in waited(client, base)


def test_every_state_of_a_pair_has_words() -> None:
    """A state that the record knows is never one that the page does not."""
    assert {*for_pages("en")["states"]} == {*map(str, Status)}


def test_a_sheet_of_many_replies_counts_or_is_told_row_by_row(programme: Programme) -> None:
    """In the words that people use: what is clear is taken, the rest told by row and name."""
    client, base, home = programme
    sheet = client.get(f"{base}/pairs.csv").content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(sheet)))
    assert {"Reply", "Stands"} <= {*table[0]}
    written = ("Yes please", "No, sorry", "had first meeting", "maybe, ask me next week")
    for row, said in zip(table, written, strict=False):
        row["Reply"], row["Who"] = said, "both"

    def filled() -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
        return text.getvalue().encode()

    answer = client.post(f"{base}/replies", files=[("files", ("replies.csv", filled()))])
    told = shown_text(answer.text)
    whose = f"{table[3]['Mentee']} and {table[3]['Mentor']}"
    assert f"Row 5, {whose}: “maybe, ask me next week”" in told
    assert "3 replies were taken" in told
    assert "3 replies from replies.csv" in told, "untouched rows are no replies"
    found = recorded(home)
    ids = [(row["mentee_id"], row["mentor_id"]) for row in table]
    assert [found[pair] for pair in ids[:4]] == ["accepted", "declined", "active", "sent"]
    assert {found[pair] for pair in ids[4:]} == {"sent"}
    _plain(answer.text)
    for row, said in zip(table, ("yes", "no", "meeting", "perhaps"), strict=False):
        row["Reply"] = said
    answer = client.post(f"{base}/replies", files=[("files", ("again.csv", filled()))])
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    stay = next(row for row in table[4:] if row["Mentor"] != table[1]["Mentor"])
    for row in table:
        row["Reply"] = ""
    table[1]["Reply"], stay["mentor_id"], stay["Reply"] = "", ids[1][1], "both yes"
    answer = client.post(f"{base}/replies", files=[("files", ("given.csv", filled()))])
    assert answer.is_success, shown_text(answer.text)
    stay["Reply"], table[1]["Reply"] = "", "both yes, gladly"
    answer = client.post(f"{base}/replies", files=[("files", ("late.csv", filled()))])
    assert "has no free place" in shown_text(answer.text)
    assert recorded(home)[ids[1]] == "declined"
    turned = f"Mentee,Mentor,Reply\n{table[4]['Mentor']},{table[4]['Mentee']},both yes\n"
    turned += f"{table[5]['Mentee']}x,{table[5]['Mentor']},yes\n"
    answer = client.post(f"{base}/replies", files=[("files", ("turned.csv", turned.encode()))])
    assert f"Did you mean {table[5]['Mentee']}?" in shown_text(answer.text)
    assert [recorded(home)[pair] for pair in ids[4:6]] == ["accepted", "sent"]
    answer = client.post(f"{base}/replies", files=[("files", ("other.csv", b"a,b\n1,2\n"))])
    assert "There are no columns for mentee, mentor and reply in other.csv" in shown_text(
        answer.text
    )


def test_a_sheet_that_is_given_in_twice_is_told_once(programme: Programme) -> None:
    """With an order of asking, a yes that was taken is no complaint a row when it comes again."""
    client, base, home = programme
    settings = home / "matcher.toml"
    asked = settings.read_text("utf-8").replace("[programme]", '[programme]\nask = "mentor first"')
    settings.write_text(asked, "utf-8")
    pairs = [*recorded(home)][:3]
    sheet = "\n".join(["Mentorin,Mentee,Antwort", *(f"{b},{a},Zusage" for a, b in pairs)]).encode()
    for taken in (True, False):
        answer = client.post(f"{base}/replies", files=[("files", ("sheet.csv", sheet))])
        assert {recorded(home)[pair] for pair in pairs} == {"accepted_mentor"}
        assert ("Rows 2, 3, 4: it is not told" in shown_text(answer.text)) is not taken


def test_a_mentor_who_said_no_is_not_offered_again(programme: Programme) -> None:
    """Who said no is asked before a place is offered; without time now, it is offered to nobody."""
    client, base, home = programme
    mentee, mentor = next(iter(recorded(home)))
    pair = {"verb": "record", "mentee": mentee, "mentor": mentor}
    client.post(f"{base}/year", data=pair | {"status": "declined"})
    page = client.get(f"{base}/year").text
    assert "1 pair said no: who of the two?" in page
    assert client.post(f"{base}/year", data={"verb": "offer"}).status_code == 422
    client.post(f"{base}/year", data=pair | {"status": "no_mentor_now"})
    assert recorded(home)[mentee, mentor] == "withdrew_mentor"
    total = len(recorded(home))
    with (home / "engagements.csv").open(encoding="utf-8") as file:
        titles = next(csv.reader(file))
    other = next(n for n in NAMES[1:20:2] if (mentee, id_of(home, n)) not in recorded(home))
    of_before = {"mentee_id": mentee, "mentor_id": id_of(home, other), "status": "completed"}
    with (home / "engagements.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(of_before.get(title, "") for title in titles) + "\n")
    assert f"The year: {total} pairs" in client.get(f"{base}/year").text  # none of earlier years
    page = client.get(f"{base}/year?show=ended").text
    assert "The mentor said no, and does not take part now</span>" in page
    assert "The mentor left</span>" not in page
    assert "who of the two?" not in client.get(f"{base}/year").text
    for _ in range(200):
        page = client.get(f"{base}/year/next").text
        if "Working out" not in page:
            break
        time.sleep(0.1)
    name = ShownNames.of(read_cohort(home, set_aside=True)).names
    assert f"with <b>{name[mentor]}</b>" not in page


EARLY, NOW = "2026-10-01T08:30:00+00:00", "2026-10-01T09:30:00+00:00"


def id_of(home: Path, name: str) -> str:
    """Return the id of somebody."""
    return read_cohort(home, set_aside=True).people.find(name) or ""


def test_another_form_knows_the_topics_of_its_programme(tmp_path: Path) -> None:
    """A question that is answered by them asks for topics, whatever it is called."""
    (tmp_path / "first").mkdir()
    topics = 'columns = ["contexts"]\noptions = ["Piers", "Quays", "Tugs"]\n'
    stated = f'[columns.signups]\n"What for?" = "contexts"\n\n[facets.topic]\n{topics}'
    (tmp_path / "first" / "matcher.toml").write_text(stated, encoding="utf-8")
    late = b"Name,Email,Role,Alfa\nAda Late,a@x.org,mentee,Quays\nBo Late,b@x.org,mentor,Tugs\n"
    config = begin(Desk(tmp_path), [("late.csv", late)], "first").settings.config()
    assert config.facets["topic"].options == ("Piers", "Quays", "Tugs")
    assert config.columns["signups"]["Alfa"] == "contexts"


def test_a_second_intake_is_understood_then_joined(programme: Programme) -> None:
    """Another file becomes one with the first; who is matched stays, who is new gets a place."""
    client, base, home = programme

    def late(answers: list[dict[str, str]]) -> None:
        for answer in answers:
            answer["Your name"] = answer["Your name"].replace("Ferry", "Late")
            answer["Email Address"] = answer["Email Address"].replace("ferry", "late")
        answers[7]["Your name"] = "Rut Late"  # so that `Hal Ferry` is nobody of theirs
        del answers[8:]

    client.post(f"{base}/people", data={"verb": "leave", "said": NAMES[21], "after": "moved away"})
    client.post(f"{base}/mentee/{id_of(home, NAMES[2])}", data={"verb": "seen"})
    (run_made,) = (path.parent for path in home.glob("runs/*/matches.csv"))
    mentee, pairs = id_of(home, NAMES[0]), recorded(home)
    other = next(n for n in NAMES[1:20:2] if (mentee, id_of(home, n)) not in pairs)
    never = {"mentee_id": mentee, "mentor_id": id_of(home, other)}
    DecisionLog(run_made / LOG_NAME).append("decision", NOW, **never, decision="ban", note="no")
    files = [("files", (f"Late {FILE}", export(late)))]
    page = client.post(f"{base}/intake", files=files)
    second = re.search(r"/p/[^/]+", str(page.url))
    assert second
    assert 'name="verb" value="answer"' not in page.text  # the form is known: nothing is asked
    page = client.get(f"{second[0]}/people?cause=others").text  # of the first: no question here
    assert f"{NAMES[7]}." in page[page.index("Somebody of the programme") :]
    assert "Eli Late" not in client.get(f"{second[0]}/people?cause=nobody").text
    page = client.get(f"{second[0]}/people").text
    for _ in range(5):
        asked = re.search(r'name="question" value="(q-[0-9a-f]+)"', page)
        if asked is None:
            break
        data = {"verb": "answer", "cause": "nobody", "question": asked[1], "said": "no"}
        page = client.post(f"{second[0]}/people", data=data).text
    assert "join these sign-ups to the others" in page
    page = client.get(second[0])  # as Start leads on
    assert "join these sign-ups to the others" in page.text
    answer = client.post(f"{second[0]}/join", data={"verb": "join"})
    both = re.search(r"/p/[^/]+", str(answer.url))
    assert both
    page = waited(client, both[0])
    assert "Approve this" in page
    folder = home.parent / both[0].rpartition("/")[2]
    cohort = read_cohort(folder, set_aside=True)
    assert id_of(home, NAMES[21]) in {person for person, _ in cohort.set_aside}
    avoids = dict(zip(cohort.mentees["name"], cohort.mentees["avoid"], strict=True))
    assert id_of(home, NAMES[7]) in avoids["Eli Late"]
    page = shown_text(client.get(f"{both[0]}/approve").text)
    assert f"Never {NAMES[0]} and {other}" in page
    assert re.search(r"Looked at\s+3 of ", page)  # one in the first programme, two decided about
    assert f"{AVOID} is taken as" in client.get(f"{both[0]}/questions").text
    assert "Ada Late" in ShownNames.of(cohort).names.values()
    (table,) = folder.glob("runs/*/matches.csv")
    with table.open(encoding="utf-8") as file:
        pairs = {(r["mentee_id"], r["mentor_id"]) for r in csv.DictReader(file)}
    gone = id_of(home, NAMES[21])
    assert {pair for pair in recorded(home) if gone not in pair} <= pairs
    assert "where both intakes are one" in client.get(f"{base}/year").text
    titles = re.findall(r'<h2><a href="[^"]*">([^<]*)</a>', client.get("/").text)
    assert len(titles) == len({*titles}) == 3


def test_a_survey_of_any_form_comes_back_and_the_board_counts_it(programme: Programme) -> None:
    """Our own table first, then a form that nobody has mapped; what nobody knows is not 0."""
    client, base, home = programme
    assert "Not known yet" in client.get(f"{base}/board").text
    for mentee, mentor in list(recorded(home))[:6]:
        data = {"verb": "record", "mentee": mentee, "mentor": mentor, "status": "active"}
        client.post(f"{base}/year", data=data)
    page = client.get(f"{base}/survey/mid").text
    assert "0 of 6" in page
    _plain(page)
    sheet = client.get(f"{base}/survey/mid/survey.csv").content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(sheet)))
    for k, row in enumerate(table[:5]):
        is_over = "yes" if k == 0 else "no"
        met = "twice" if k == 4 else "3"  # nobody can tell that from a number
        for column, said in zip(list(row)[-4:], (met, "4", "2", is_over), strict=True):
            row[column] = said
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    back = ("back.csv", text.getvalue().encode())
    answer = client.post(f"{base}/survey/mid", files=[("files", back)]).text
    assert "Row 6: the answer to “How often they met” cannot be read." in answer
    assert len(read_cohort(home, set_aside=True).outcomes) == 4
    addresses = {row["Your name"]: row["Email Address"] for row in rows()}
    names = ShownNames.of(read_cohort(home, set_aside=True)).names
    left = next(names[one["mentee_id"]] for one in table[4:] if one["rater"] == "mentee")
    own = (
        f"Mail,How often have you met?,How helpful is it (0-5)?,Colour\n{addresses[left]},2,5,red\n"
    )
    answer = client.post(f"{base}/survey/mid", files=[("files", ("tool.csv", own.encode()))])
    assert "What does each question ask?" in answer.text
    assert '<button class="btn main" form="asks">' in answer.text, "what is next is done by Next"
    data = {
        "file": "1-tool.csv", "Mail": "respondent", "How often have you met?": "meetings",
        "How helpful is it (0-5)?": "rating", "Colour": "ignore",
    }  # fmt: skip
    client.post(f"{base}/survey/mid/questions", data=data)
    assert len(read_cohort(home, set_aside=True).outcomes) == 5
    board = client.get(f"{base}/board").text
    assert "Not known yet" not in board
    assert "0 have ended" in board  # on Year, where nobody has recorded it; the board's number is 1
    assert "A survey says" in client.get(f"{base}/year?show=late").text
    assert not [name for name in NAMES if name in client.get(f"{base}/board/page").text]
    client.post(f"{base}/board")
    assert list(home.glob("runs/*/after/board.html"))
