"""The app: from a dropped file to a match, on files that the command line reads too."""

from __future__ import annotations

import io
import re
import shutil
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import (
    AVOID,
    DAYS,
    FILE,
    NAMES,
    OWN_PIER,
    ROLE,
    TITLE,
    TOPICS,
    export,
    rows,
    site,
    started,
)
from tests.workbooks import parts_of, rows_xml, sheet_xml, zipped

from matcher.app import answers_given, questions_page
from matcher.app.chosen_words import TAKEN_AS
from matcher.app.desk import ProgrammeFolder
from matcher.app.gate import HEADERS, MAX_BODY
from matcher.app.start_page import kept_name, readable_name
from matcher.cli.main import run
from matcher.config.edited import flat_values, with_keys
from matcher.errors import InputError
from matcher.intake.proposals.render import rendered
from matcher.intake.proposals.title_guesses import QUESTIONS
from matcher.intake.read import read_cohort

pytestmark = pytest.mark.slow
NEVER_SHOWN = (
    "cohort", "mapping", "column", "facet", "vocabulary", "rerun", "portfolio", "objective",
    "welfare", "coverage", "optimal", "feasible", "infeasible", "lock", "ban", "constraint",
    "penalty", "resubmission", "stale", "matcher.toml", "None", "nan",
)  # fmt: skip
"""Words of the code that no page shows."""


def shown_text(page: str) -> str:
    """Return what somebody reads of a page: without tags, and without the settings file itself."""
    text = re.sub(
        r"<pre.*?</pre>|<(script|style).*?</\1>|<select.*?</select>", " ", page, flags=re.S
    )
    return re.sub(r"<[^>]+>", " ", text)


def _at(page: str, title: str) -> str:
    """Return how the page posts the row of a question."""
    found = re.search(
        rf'name="at" value="([^"]+)"[^§]{{0,200}}?{re.escape(title)} is taken as', page
    )
    assert found, title
    return found[1]


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def matched(client: TestClient, base: str) -> str:
    """Work the match out, wait for it, and return its page."""
    client.post(f"{base}/match", data={"verb": "work"})
    for _ in range(300):
        answer = client.get(f"{base}/progress")
        if "HX-Redirect" in answer.headers:
            return client.get(f"{base}/match").text
        time.sleep(0.1)
    raise AssertionError("the match did not end")


def test_an_empty_folder_asks_for_a_file(tmp_path: Path) -> None:
    """The first page says what to do and that nothing leaves the machine."""
    page = site(tmp_path).get("/").text
    assert "Drop your sign-up file here" in page
    assert "Everything stays on this computer" in page


def test_a_dropped_file_becomes_a_programme(tmp_path: Path) -> None:
    """Its own bytes and name are kept, and the settings are those of the command line."""
    client, base, home = started(tmp_path)
    assert (home / FILE).read_bytes() == export()
    assert home.name == "harbour-mentoring"
    beside = tmp_path.with_name(f"{tmp_path.name}-by-hand")
    beside.mkdir()
    (beside / FILE).write_bytes(export())
    assert run(["map", str(beside)]) == 0
    mapped = (beside / "matcher.toml").read_text("utf-8")
    by_page = (home / "matcher.toml").read_text("utf-8")
    assert by_page == with_keys(mapped, {("programme", "name"): TITLE})
    page = client.get(f"{base}/questions").text
    assert page.count('class="row"') == 12
    assert "11 of 12 are understood" in page  # how people feel, nothing says what it asks for
    agreed = [row for row in rows() if row["I agree to be matched on my answers"]]
    offered = sum(TOPICS[1] in row["What could you help with?"] for row in agreed)
    assert re.search(rf">{TOPICS[1]}</th>.*?</td>.*?<span>{offered}<", page)
    shutil.rmtree(beside)
    client.post(f"{base}/files", data={"verb": "name", "name": "Pier to pier"})
    assert "Pier to pier" in client.get("/").text


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Tandem_Nord_2027_2026-11-28_08_14_22", "Tandem Nord 2027"),
        ("Harbour mentoring(1-24)", "Harbour mentoring"),
        ("sign-ups_20261128T0814 (2)", "sign-ups"),
        ("Anmeldung 2026-27", "Anmeldung 2026-27"),
        ("2026-11-28", "2026-11-28"),
    ],
)
def test_a_programme_is_called_after_its_file_without_stamps(stem: str, name: str) -> None:
    """What the form tool puts behind the name of a form is no part of it; a year may be."""
    assert readable_name(stem) == name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\x\\Anmeldung.XLSX", "Anmeldung.xlsx"),
        ("con.csv", "file con.csv"),
        ("LPT9.x.csv", "file LPT9.x.csv"),
        ("名" * 200 + ".csv", "名" * 33 + ".csv"),
        ("a\u202ebc|d?.csv", "abc d.csv"),
        ("名前.csv", "名前.csv"),
        ("x" * 300 + ".csv", "x" * 100 + ".csv"),
    ],
)
def test_a_file_keeps_its_name_and_goes_nowhere_else(name: str, kept: str) -> None:
    """What would lead elsewhere, or mean something to a system, is taken out of a name."""
    assert kept_name(name).split() == kept.split()


@pytest.mark.parametrize("name", ["list.pdf", "evil.sh", ".csv", "matcher.toml", "book.xlsm", ""])
def test_no_spreadsheet_is_told_in_words(tmp_path: Path, name: str) -> None:
    """The way on is named, and nothing is written."""
    with pytest.raises(InputError):
        kept_name(name)
    answer = site(tmp_path).post("/", files=[("files", (name or "x", b"%PDF"))])
    assert answer.status_code == 422
    assert "E_" not in shown_text(answer.text)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_hostile_uploads_leave_nothing_behind(tmp_path: Path) -> None:
    """Limits hold before a file has its name: no folder, no file outside, and the app goes on."""
    home = tmp_path / "desk"
    home.mkdir()
    client = site(home)
    sheet = rows_xml([["Name", "Email"], ["Ada", "ada@x.example"]])
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts_of({"s": sheet_xml(sheet)}).items():
            archive.writestr(name, part)
        archive.writestr("xl/media/picture.bin", bytes(200_000_000))
    far = zipped(parts_of({"s": sheet_xml(sheet.replace('r="A2"', 'r="A99999999999"'))}))
    uploads = [
        [("../../a.xlsx", bomb.getvalue())],
        [("a.xlsx", far)],
        [("a.xlsx", export())],
        [("a.csv", b"Name,Email\n" * 300_000)],
        [("a.csv", b"Name,Email\n" + b"x" * 2_000_000)],
        [("a.csv", export()), ("A.CSV", export())],
        [(f"{k}.csv", export()) for k in range(21)],
    ]
    for files in uploads:
        answer = client.post("/", files=[("files", file) for file in files])
        assert answer.status_code == 422
        assert "E_" not in shown_text(answer.text)
        assert not [*home.iterdir()]
    assert client.get("/").status_code == 200
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]


def test_a_table_of_nobody_leaves_nothing_behind(tmp_path: Path) -> None:
    """A programme appears whole or not at all."""
    answer = site(tmp_path).post("/", files=[("files", ("x.csv", b""))])
    assert answer.status_code == 422
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []


def test_too_much_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """The stated length is enough to refuse."""
    headers = {"content-length": str(MAX_BODY + 1)}
    assert site(tmp_path).post("/", content=b"x", headers=headers).status_code == 413
    unsaid = site(tmp_path).post("/", content=iter([b"x"]))
    assert (unsaid.status_code, "64 MB" in unsaid.text) == (411, False)


def test_who_has_no_cookie_learns_nothing(tmp_path: Path) -> None:
    """The page says how to come back, and no programme, file or person."""
    client, base, _ = started(tmp_path)
    client.cookies.clear()
    for path in ("/", base, f"{base}/questions", f"{base}/people", f"{base}/matches.xlsx"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Double-click the start icon" in answer.text
        assert "Harbour" not in answer.text
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_question_is_taken_as_something_else_and_back(tmp_path: Path) -> None:
    """The settings say so, notes in them stay, and each act can be undone by itself."""
    client, base, home = started(tmp_path)
    config = home / "matcher.toml"
    config.write_text("# my own note\n" + config.read_text("utf-8"), "utf-8")
    page = client.get(f"{base}/questions").text
    days = {"verb": "take", "at": _at(page, DAYS), "target": "ignore", "seen": _seen(page)}
    feel = {"verb": "take", "at": _at(page, "How do you feel today?"), "target": "groups.mood"}
    before = flat_values(config.read_text("utf-8"))
    client.post(f"{base}/questions", data=days)
    page = client.post(f"{base}/questions", data=feel | {"seen": "99"}).text
    stated = flat_values(config.read_text("utf-8"))
    assert stated["columns", "signups", DAYS] == "ignore"
    assert stated["columns", "signups", "How do you feel today?"] == "groups.mood"
    assert "# my own note" in config.read_text("utf-8")
    assert "Chosen by you." in page
    acts = re.findall(r'id="act-(\d+)"[^§]*?<b>([^<]*)', client.get(f"{base}/history").text)
    first = next(number for number, what in acts if DAYS in what)
    client.post(f"{base}/history", data={"number": first})
    stated = flat_values(config.read_text("utf-8"))
    assert stated["columns", "signups", DAYS] == before["columns", "signups", DAYS]
    assert stated["columns", "signups", "How do you feel today?"] == "groups.mood"


def test_of_two_questions_taken_for_one_thing_somebody_says_which_counts(tmp_path: Path) -> None:
    """Both are named before anything changes; whose answers agree, or stand beside, are taken."""

    def with_teams(answers: list[dict[str, str]]) -> None:
        for k, answer in enumerate(answers):
            answer["Your crew"] = ("Cranes", "Tugs")[k % 2]
            answer["Your shift"] = ("Cranes", "Night")[k % 2] if k < 6 else ""
            answer["Your pier"], answer["Your dock"] = ("A", "B")[k % 2], "A" if k < 2 else ""

    client, base, home = started(tmp_path, export(with_teams))

    programme, table = ProgrammeFolder("x", home), "signups"
    titles = [column.title for column in programme.proposal().tables[0].columns]
    crew, shift = (f"{table}.{titles.index(f'Your {name}')}" for name in ("crew", "shift"))

    def stated() -> tuple[object, ...]:
        found = flat_values((home / "matcher.toml").read_text("utf-8"))
        return tuple(found["columns", table, f"Your {name}"] for name in ("crew", "shift"))

    answers_given.take(programme, crew, "department")
    before = stated()
    data = {"verb": "take", "at": shift, "target": "department", "seen": "99"}
    page = client.post(f"{base}/questions", data=data).text
    assert "and 3 people answer them differently" in page
    assert stated() == before
    for at, which, then in (
        (shift, "other", ("department", "ignore")),
        (shift, "this", ("ignore", "department")),
        (crew, "both", ("department", "department")),
    ):
        answers_given.take(programme, at, "department", which=which)
        assert stated() == then
    for name in ("pier", "dock"):
        at = f"{table}.{titles.index(f'Your {name}')}"
        answers_given.take(programme, at, "site", which="both")
    assert len({person for person, _ in programme.reading().cohort.set_aside}) == 4
    page = shown_text(client.get(f"{base}/people?cause=left-site").text)
    assert "4 people are left out; 1 of them stands under more than one cause" in page
    assert "They stand here as well: Left out: Department" in page


def test_what_a_question_cannot_be_is_refused(tmp_path: Path) -> None:
    """Whatever is posted, the settings stay as they were."""
    client, base, home = started(tmp_path)
    before = (home / "matcher.toml").read_bytes()
    for at, target in (("signups.3", "no such thing"), ("signups.99", "role"), ("x", "role")):
        data = {"verb": "take", "at": at, "target": target}
        assert client.post(f"{base}/questions", data=data).status_code == 422
    assert (home / "matcher.toml").read_bytes() == before


def test_each_answer_about_days_that_nobody_can_read_is_asked(tmp_path: Path) -> None:
    """On one page, in plain words; what cannot be read stands where it was written."""

    def reworded(answers: list[dict[str, str]]) -> None:
        for k, answer in enumerate(answers):
            answer[DAYS] = ("off shift", "by tide", "Mondays")[k % 3]

    client, base, home = started(tmp_path, export(reworded))
    said = {"off shift": "Tuesday to Thursday", "by tide": "missing"}
    page = client.get(f"{base}/questions").text
    fields = rf'<h3>{re.escape(DAYS)}: ([^<]*)<.*?name="(said.[0-9.]+)"'
    asked = re.findall(fields, page, flags=re.DOTALL)
    given = {field: said[word] for word, field in asked} | {"verb": "answer"}
    assert len(asked) == 2
    assert "8 people wrote “off shift”." in page
    assert client.post(f"{base}/questions", data={"verb": "answer"}).status_code == 422
    assert client.get(f"{base}/questions").text == page
    wrong = next(field for word, field in asked if word == "off shift")
    answer = client.post(f"{base}/questions", data=given | {wrong: "now and then"})
    assert answer.status_code == 422
    assert "1 answer is used." in answer.text
    left = re.findall(r'name="(said.[0-9.]+)"[^>]*value="now and then" aria-invalid', answer.text)
    data = {"verb": "answer", left[0]: said["off shift"]}
    page = client.post(f"{base}/questions", data=data).text
    assert "said." not in page
    told = client.get(f"{base}/history").text
    assert told.count("act-") > 2  # each by itself
    free = read_cohort(home, set_aside=True).mentees["availability"]
    assert {"tue-am", "wed-pm"} < {slot for slots in free for slot in slots}
    page = client.get(f"{base}/people?cause=unheard-availability").text
    person = re.search(r'name="person" value="([^"]+)"', page)
    assert person
    fix = {"verb": "fix", "person": person[1], "column": "availability", "before": "by tide"}
    assert client.post(f"{base}/people", data=fix | {"after": "at ebb"}).status_code == 422
    client.post(f"{base}/people", data=fix | {"after": "Sun to Mon"})
    frames = read_cohort(home, set_aside=True)
    of_whom = pd.concat([frames.mentees, frames.mentors]).set_index("person_id")
    assert "sun-pm" in of_whom.loc[person[1], "availability"]


def test_two_tabs_do_not_lose_each_other_s_work(tmp_path: Path) -> None:
    """Different questions: both are kept. The same one: the later tab is told, and nothing lost."""
    client, base, home = started(tmp_path)
    page = client.get(f"{base}/questions").text
    seen = _seen(page)
    days, feel = _at(page, DAYS), _at(page, "How do you feel today?")
    post = f"{base}/questions"
    client.post(post, data={"verb": "take", "at": days, "target": "ignore", "seen": seen})
    client.post(post, data={"verb": "take", "at": feel, "target": "groups.x", "seen": seen})
    late = client.post(post, data={"verb": "take", "at": days, "target": "modes", "seen": seen})
    assert late.status_code == 422
    assert "Changed in your other tab" in late.text
    stated = flat_values((home / "matcher.toml").read_text("utf-8"))
    assert stated["columns", "signups", DAYS] == "ignore"
    assert stated["columns", "signups", "How do you feel today?"] == "groups.x"


def test_what_safety_hangs_on_is_asked_and_answered(tmp_path: Path) -> None:
    """An answer that names a role in other words stops everything until somebody says."""

    def reworded(answers: list[dict[str, str]]) -> None:
        for answer in answers:
            answer[ROLE] = {"Mentor": "Old hand"}.get(answer[ROLE], answer[ROLE])

    client, base, home = started(tmp_path, export(reworded))
    early = shown_text(client.get(f"{base}/people").text)  # no row of the file is somebody yet
    assert "First the questions of the form" in early
    assert "to look at" not in early
    page = client.get(base).text
    for _ in range(4):
        asked = re.search(r'form="answer" name="(said.[0-9.]+)"', page)
        if asked is None:
            break
        assert client.post(f"{base}/match", data={"verb": "work"}).text.count("Work out") >= 0
        assert not (home / "runs").exists()
        value = "mentor" if 'value="mentor"' in page else "role"
        data = {"verb": "answer", asked[1]: value}
        page = client.post(f"{base}/questions", data=data).text
    assert "QUESTION" not in (home / "matcher.toml").read_text("utf-8")
    assert len(read_cohort(home, set_aside=True).mentors) == 11


def test_people_are_named_and_cells_put_right(tmp_path: Path) -> None:
    """Answers go into the settings, corrections beside the file, the file stays as it was."""
    client, base, home = started(tmp_path)
    page = client.get(f"{base}/people").text
    assert "Whom did they mean?" in page
    assert OWN_PIER in page
    key = re.search(r'name="question" value="(q-[0-9a-f]+)"', page)
    assert key
    answer = {"verb": "answer", "cause": "nobody", "question": key[1]}
    wrong = client.post(f"{base}/people", data=answer | {"said": "Nobody Atall"})
    assert wrong.status_code == 422
    assert "Nobody here is called Nobody Atall" in wrong.text
    client.post(f"{base}/people", data=answer | {"said": NAMES[9]})
    people = read_cohort(home, set_aside=True)
    apart = people.mentees.loc[people.mentees["name"] == NAMES[2], "avoid"].iloc[0]
    assert apart == (people.people.find(NAMES[9]),)
    page = client.get(f"{base}/people?cause=left-consent").text
    assert NAMES[23] in page
    person = re.search(r'name="person" value="([^"]+)"', page)
    assert person
    fix = {"verb": "fix", "cause": "left-consent", "person": person[1], "column": "consent"}
    page = client.post(f"{base}/people", data=fix | {"before": "", "after": "perhaps"}).text
    assert "is not understood" in page
    assert 'name="after" value="perhaps"' in page
    client.post(f"{base}/people", data=fix | {"before": "perhaps", "after": "Yes"})
    other = client.post(f"{base}/people", data=fix | {"before": "", "after": "No"})  # an older tab
    assert (other.status_code, "Changed in your other tab" in other.text) == (422, True)
    assert (home / FILE).read_bytes() == export()
    assert len(read_cohort(home, set_aside=True).set_aside) == 0
    assert "Put right by you" in client.get(f"{base}/people").text
    undo = re.search(r'name="number" value="(\d+)"', client.get(f"{base}/people").text)
    assert undo
    client.post(f"{base}/history", data={"number": undo[1], "back": "people"})
    assert len(read_cohort(home, set_aside=True).set_aside) == 1


def test_from_the_file_to_a_match_in_plain_words(tmp_path: Path) -> None:
    """No page on the way shows a word of the code, and the command line checks what came out."""
    client, base, home = started(tmp_path)
    pages = [client.get("/").text]
    pages += [client.get(f"{base}/{page}").text for page in ("questions", "people", "match")]
    pages += [matched(client, base), client.get(f"{base}/history").text]
    for page in pages:
        found = [w for w in NEVER_SHOWN if re.search(rf"\b{re.escape(w)}\b", shown_text(page))]
        assert found == []
        assert " style=" not in page
        assert "Next:" in page or "Your programmes" in page
    assert "12 of 12 have a mentor" in pages[-2]
    (made,) = (home / "runs").iterdir()
    assert run(["verify", str(made), "--cohort", str(home)]) == 0
    assert client.get(f"{base}/matches.xlsx").content[:2] == b"PK"


def test_the_example_is_one_click_away(tmp_path: Path) -> None:
    """And it can be matched."""
    client = site(tmp_path)
    page = client.post("/example").text
    assert "Next:" in page
    assert "have a mentor" in matched(client, "/p/example")


@pytest.mark.parametrize("path", ["/p/x", "/p/../x/questions", "/p/.hidden/people", "/p/%2e%2e"])
def test_only_programmes_of_the_folder_open(tmp_path: Path, path: str) -> None:
    """A name in an address is looked up, never joined to a path."""
    client, _, _ = started(tmp_path)
    assert client.get(path).status_code in (404, 422)


def test_a_change_outside_is_told(tmp_path: Path) -> None:
    """An editor's change is kept, and stands in the history as what it is."""
    client, base, home = started(tmp_path)
    config = home / "matcher.toml"
    config.write_text(config.read_text("utf-8") + "\n[portfolio]\nlimit = 1\n", "utf-8")
    page = client.get(f"{base}/questions").text
    client.post(
        f"{base}/questions",
        data={"verb": "take", "at": _at(page, AVOID), "target": "avoid", "seen": _seen(page)},
    )
    client.post(
        f"{base}/questions", data={"verb": "take", "at": _at(page, DAYS), "target": "ignore"}
    )
    assert "Changed outside this page" in client.get(f"{base}/history").text
    assert flat_values(config.read_text("utf-8"))["portfolio", "limit"] == 1


def test_with_many_mentors_each_group_is_a_line_that_opens_its_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts of a workplace first, its mentors and mentees on asking; lists go page by page."""
    from matcher.app import frame, match_page

    client, base, _ = started(tmp_path)
    matched(client, base)
    whole = client.get(f"{base}/match").text
    monkeypatch.setattr(match_page, "MOST_CARDS", 2)
    monkeypatch.setattr(frame, "ON_A_PAGE", 1)
    many = client.get(f"{base}/match").text
    assert 'class="seats"' in whole
    assert 'class="seats"' not in many
    place = re.findall(r'\?by=place&amp;at=([^"#]+)#seats', many)
    opened = client.get(f"{base}/match?by=place&at={place[0]}").text
    assert 'class="chip"' in opened
    assert opened.count('class="face m s"') == 1
    assert "Page 1 of" in opened


def test_a_question_can_be_chosen_without_a_script(tmp_path: Path) -> None:
    """What it can be stands on the page once; a link gives one row all of it."""
    client, base, _ = started(tmp_path)
    page = client.get(f"{base}/questions").text
    assert page.count(">Line manager: never paired<") == 1
    row = re.search(r'href="[^"]*\?at=(signups\.\d+)"', page)
    assert row
    chosen = client.get(f"{base}/questions?at={row[1]}").text
    form = re.search(rf'id="r-{row[1].replace(".", "-")}".*?</form>', chosen, re.S)
    assert form
    assert form[0].count("<option") > 20
    assert "selected" in form[0]


def test_earlier_pairs_are_asked_about_and_read_by_one_press(tmp_path: Path) -> None:
    """By the name of their file, with its first rows; History says so too."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / FILE).write_bytes(export())
    pairs = "\n".join(f"{NAMES[k]},{NAMES[k + 1]}" for k in range(0, 12, 2))
    (tmp_path / "p" / "tandems.csv").write_text(f"Learner,Guide\n{pairs}\n", "utf-8")
    programme = ProgrammeFolder("p", tmp_path / "p")
    programme.settings.begin(rendered(programme.proposal())[0], "begun")
    (asked,) = [one for one in questions_page.questions_view(programme).open if one.is_file]
    assert asked.title == "Tandems.csv"
    assert asked.bars[0][0] == f"{NAMES[0]}, {NAMES[1]}"
    answers_given.answer(programme, {asked.id: "yes"})
    assert programme.settings.acts()[0].what == "tandems.csv: Yes"
    titles = [one.title for one in questions_page.questions_view(programme).open]
    assert len(programme.reading().cohort.engagements) == 6
    assert titles


def test_whatever_a_question_may_be_has_a_name_on_pages_and_can_be_chosen() -> None:
    """None is called by its name in the settings, which is English everywhere."""
    chosen = {name for group in TAKEN_AS.values() for name in group}
    special = {
        "preferences",
        "wish",
        "past",
        *(q for q in QUESTIONS if q[:6] in ("groups", "ignore")),
    }
    assert set(QUESTIONS) - special <= chosen


def test_answers_that_are_dropped_are_not_called_understood(tmp_path: Path) -> None:
    """The question stands first among those to look over, and the page counts it as open."""
    role = ("mentor", "mentee")
    rows = [f"{k}@example.org,{role[k % 2]},Taxes;Law;{k}-ply,hull {k % 3}" for k in range(8)]
    (tmp_path / "form.csv").write_text("\n".join(["Email,Role,Contexts,Rig", *rows]), "utf-8")
    columns = '[columns.signups]\nEmail = "email"\nRole = "role"\nContexts = "contexts"\n'
    own = '[facets.topic]\ncolumns = ["contexts"]\noptions = ["Taxes", "Law"]\n'
    programme = ProgrammeFolder("p", tmp_path)
    programme.settings.begin(f'[input]\nid = "email"\n{columns}{own}', "begun")
    view = questions_page.questions_view(programme)
    assert (view.understood, view.in_part, view.count) == (2, 1, 4)
    assert {row.title for row in view.likely} == {"Contexts", "Rig"}
