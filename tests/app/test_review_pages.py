"""Looking at pairs, deciding with the effect in view, undoing any of it, approving, the folder."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import NAMES, TOPICS, started
from tests.app.test_site import NEVER_SHOWN, matched, shown_text

from matcher.app.decisions_made import standing_decisions
from matcher.app.desk import ProgrammeFolder
from matcher.app.effects import bound_in_words, cost_step
from matcher.app.run_view import view_of
from matcher.catalogue.catalogue import worded
from matcher.cli.main import run
from matcher.config.edited import with_keys
from matcher.programme import ledger
from matcher.run_tables import read_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, str, Path]:
    """Return a browser at a programme that is matched."""
    client, base, home = started(tmp_path_factory.mktemp("review"))
    matched(client, base)
    return client, base, home


def _run(home: Path) -> Path:
    return max((home / "runs").iterdir(), key=lambda path: path.name)


def _mentors(home: Path) -> dict[str, set[str]]:
    groups = read_table(_run(home), "matches").groupby("mentee_id")["mentor_id"]
    return {str(mentee): set(found) for mentee, found in groups}


def _names(home: Path) -> dict[str, str]:
    from matcher.intake.read import read_cohort

    people = read_cohort(home, set_aside=True)
    return {
        p: n
        for f in (people.mentees, people.mentors)
        for p, n in zip(f["person_id"], f["name"], strict=True)
    }


def test_what_is_shown_is_what_is_published(walked: tuple[TestClient, str, Path]) -> None:
    """Who gets whom instead is told by name before the choice, and comes out so, pair by pair.

    Of somebody with one mentor another takes the place; that it is left open is one press away.
    """
    client, base, home = walked
    before, names = _mentors(home), _names(home)
    mentee = next(mentee for mentee, mentors in before.items() if len(mentors) == 1)
    (parted,) = before[mentee]
    page = client.get(f"{base}/mentee/{mentee}").text
    attempt = re.search(r"\?attempt=([^#\"]+)#h-effect", page)
    assert attempt
    effect = client.get(f"{base}/mentee/{mentee}?attempt={attempt[1]}").text
    moves = re.findall(
        r'class="mv"><b>([^<]+)</b><span class="old">([^<]+)</span>.*?class="new">([^<]+)<', effect
    )
    assert moves
    assert f"Choose {names[attempt[1]]} instead of {names[parted]}" in effect
    assert f"Leave open whether {names[parted]} stays" in effect
    assert _mentors(home) == before
    data = {"verb": "assign", "mentor": attempt[1], "note": "both asked", "instead": parted}
    page = client.post(f"{base}/mentee/{mentee}", data=data).text
    assert f"{names[attempt[1]]} chosen for {names[mentee]} instead of {names[parted]}" in page
    assert "both asked" in page
    matched(client, base)
    after = _mentors(home)
    told = {(name, new) for name, _, new in moves}
    came = {
        (names[m], " and ".join(sorted(names[k] for k in after.get(m, ()))) or "nobody")
        for m in {*before, *after}
        if before.get(m) != after.get(m)
    }
    assert came == told
    assert attempt[1] in after[mentee]
    assert parted not in after[mentee]


def test_topics_that_are_lost_or_gained_are_told_by_name(
    walked: tuple[TestClient, str, Path],
) -> None:
    """In the words of the form, of one topic as of two."""
    client, base, home = walked
    told: list[str] = []
    for mentee, mentors in list(_mentors(home).items()):
        mentor = min(mentors)
        page = client.get(f"{base}/mentee/{mentee}?say=ban&attempt={mentor}&way=anew").text
        told += re.findall(r"omebody for ([^<;]+)[<;]", page)
        if told:
            break
    assert told
    for part in re.split(r", | and (?=[A-Z])", told[0]):
        assert part in TOPICS


def test_any_decision_is_undone_by_itself(walked: tuple[TestClient, str, Path]) -> None:
    """Not only the last: the first of two goes, the second stays."""
    client, base, home = walked
    first, second = list(_mentors(home))[:2]
    for mentee in (first, second):
        mentor = next(iter(_mentors(home)[mentee]))
        client.post(f"{base}/mentee/{mentee}", data={"verb": "ban", "mentor": mentor})
    log = ledger.log_of(_run(home))
    number = next(
        e["n"] for e in log.decisions() if e["mentee_id"] == first and e["decision"] == "ban"
    )
    seen = f"{base}/meanwhile?seen=999&decided={len(log.events())}"
    assert client.get(seen).text == ""
    client.post(f"{base}/history", data={"number": number, "decision": "true"})
    assert client.get(seen).text.startswith("Undone: Never ")  # told to a page that lies open
    assert len(re.findall(r'class="gone">Never ', client.get(f"{base}/history").text)) == 1
    left = [e["mentee_id"] for e in log.decisions() if e["decision"] == "ban"]
    assert left == [second]
    undo = next(
        e["n"] for e in log.decisions() if e["mentee_id"] == second and e["decision"] == "ban"
    )
    client.post(f"{base}/mentee/{second}", data={"verb": "undo", "number": undo})
    assert all(e["decision"] != "ban" for e in log.decisions())


def test_who_was_looked_at_is_not_asked_for_again(walked: tuple[TestClient, str, Path]) -> None:
    """And comes back once the mentors are others."""
    client, base, _ = walked
    page = client.get(f"{base}/review").text
    many = re.search(r"Worth a look <span>(\d+)", page)
    mentee = re.search(r'class="item" href="[^"]*/mentee/([^"]+)"', page)
    assert many
    assert mentee
    page = client.get(f"{base}/mentee/{mentee[1]}").text
    mentor = re.search(
        r'name="verb" value="lock"><input type="hidden" name="mentor" value="(.+?)"', page
    )
    assert mentor
    keep = {"verb": "lock", "mentor": mentor[1]}
    page = client.post(f"{base}/mentee/{mentee[1]}", data=keep).text
    assert "Look at the next" in page, "what is decided leads on in the review"
    undo = re.search(r'value="undo"><input type="hidden" name="number" value="(\d+)"', page)
    assert undo
    client.post(f"{base}/mentee/{mentee[1]}", data={"verb": "undo", "number": undo[1]})
    client.post(f"{base}/mentee/{mentee[1]}", data={"verb": "seen"})
    fewer = re.search(r"Worth a look <span>(\d+)", client.get(f"{base}/review").text)
    assert fewer
    assert int(fewer[1]) == int(many[1]) - 1
    assert "Looks right" in client.get(f"{base}/review?view=all").text


def test_the_list_finds_and_hides(walked: tuple[TestClient, str, Path]) -> None:
    """By name; what finds nobody says so; no word of the code is shown."""
    client, base, _ = walked
    page = client.get(f"{base}/review", params={"view": "all", "q": NAMES[0]}).text
    assert "1 mentee found" in page
    assert "Nobody here" in client.get(f"{base}/review", params={"view": "all", "q": "zzz"}).text
    pages = (page, client.get(f"{base}/approve").text, client.get(f"{base}/history").text)
    for shown in pages:
        assert [
            w for w in NEVER_SHOWN if re.search(rf"\b{re.escape(w)}\b", shown_text(shown))
        ] == []


def test_what_is_no_decision_is_refused(walked: tuple[TestClient, str, Path]) -> None:
    """Nobody else's id, no other word, nothing without a mentor: the log stays as it was."""
    client, base, home = walked
    mentee = next(iter(_mentors(home)))
    before = len(ledger.log_of(_run(home)).events())
    for data in ({"verb": "sack"}, {"verb": "ban"}, {"verb": "ban", "mentor": "x"}):
        assert client.post(f"{base}/mentee/{mentee}", data=data).status_code == 422
    assert client.get(f"{base}/mentee/nobody").status_code == 422
    assert len(ledger.log_of(_run(home)).events()) == before


def test_approve_then_make_the_folder(walked: tuple[TestClient, str, Path]) -> None:
    """Not without name and reason, not with decisions waiting; nothing is sent from here."""
    client, base, home = walked
    wrong = client.post(f"{base}/approve", data={"verb": "folder"})
    assert wrong.status_code == 422
    assert client.post(f"{base}/approve", data={"verb": "approve", "by": "Jo"}).status_code == 422
    data = {"verb": "approve", "by": "Jo Panel", "reason": "read by two of us"}
    settings = (home / "matcher.toml").read_text()
    changed = with_keys(settings, {("capacity", "max_matches"): 5}, "changed after the match")
    (home / "matcher.toml").write_text(changed)
    stale = client.post(f"{base}/approve", data=data)
    assert stale.status_code == 422
    assert stale.status_code == 422
    assert "changed after this match" in stale.text
    assert ">Work out again<" in stale.text
    assert ledger.approval(_run(home)) is None
    (home / "matcher.toml").write_text(settings)
    page = client.post(f"{base}/approve", data=data).text
    assert "Approved by Jo Panel" in page
    assert "Nobody is named whom people can ask" in page
    assert shown_text(page).count("answered, and did not say yes") == 0  # the blank was left blank
    client.post(f"{base}/approve", data={"verb": "folder"})
    while "HX-Redirect" not in client.get(f"{base}/progress").headers:
        time.sleep(0.05)
    page = client.get(f"{base}/approve").text
    assert "Nothing has been sent" in page
    assert (_run(home) / "after" / "send.xlsx").is_file()
    assert run(["verify", str(_run(home)), "--cohort", str(home)]) == 0
    mentee = next(iter(_mentors(home)))
    assert "A decision ends that" in client.get(f"{base}/mentee/{mentee}").text
    client.post(f"{base}/mentee/{mentee}", data={"verb": "hold"})
    assert ledger.approval(_run(home)) is None
    number = ledger.log_of(_run(home)).decisions()[-1]["n"]
    client.post(f"{base}/mentee/{mentee}", data={"verb": "undo", "number": number})
    assert ledger.approval(_run(home)) is not None


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (0.0, "nobody loses"),
        (0.02, "next to nothing"),
        (0.09, "a little worse"),
        (0.2, "worse, by about a fifth of one typical match"),
        (0.5, "much worse"),
    ],
)
def test_a_cost_in_words(cost: float, words: str) -> None:
    """As a share of one typical match, whatever that is worth; a bound says at least."""
    assert cost_step(cost * 7, 7.0) == cost_step(cost, 1.0)
    assert words in worded(f"costs.together_{cost_step(cost * 7, 7.0)}")
    is_little = cost < 0.05
    least = words.replace("by about", "by at least about")
    bound = least if least != words else f"{'perhaps' if is_little else 'at least'} {words}"
    assert bound_in_words(cost, 1.0) == bound


def test_a_mentor_s_page_and_what_cannot_be(walked: tuple[TestClient, str, Path]) -> None:
    """Their mentees and whom they come next for; a pair that cannot be is told by name."""
    client, base, home = walked
    mentee, mentors = next(iter(_mentors(home).items()))
    names, mentor = _names(home), min(mentors)
    page = client.get(f"{base}/mentor/{mentor}").text
    assert names[mentor] in page
    assert names[mentee] in page
    assert client.get(f"{base}/mentor/nobody").status_code == 422
    client.post(f"{base}/mentee/{mentee}", data={"verb": "ban", "mentor": mentor})
    page = client.get(f"{base}/mentee/{mentee}?attempt={mentor}").text
    for who in (mentee, mentor):
        assert who not in shown_text(page)
    number = standing_decisions(view_of(ProgrammeFolder("x", home)))[-1].number
    client.post(f"{base}/mentee/{mentee}", data={"verb": "undo", "number": number})
    kept = client.get(f"{base}/mentee/{mentee}?say=ban&attempt={mentor}&way=anew").text
    assert "are never paired" in kept
    assert "Change as few people as possible" in kept
