"""Priorities: what a slider would do is told by fact and name, kept only when used, and undone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import NAMES, ROLE, export, started
from tests.app.test_site import NEVER_SHOWN, matched, shown_text

from matcher.config import load_config
from matcher.config.edited import flat_values
from matcher.run_tables import read_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, str, Path]:
    """Return a browser at a programme that is matched."""
    client, base, home = started(tmp_path_factory.mktemp("priorities"))
    matched(client, base)
    return client, base, home


def _pairs(home: Path) -> dict[str, set[str]]:
    run = max((home / "runs").iterdir(), key=lambda path: path.name)
    groups = read_table(run, "matches").groupby("mentee_id")["mentor_id"]
    return {str(mentee): set(found) for mentee, found in groups}


def _told(page: str) -> int:
    if "Nobody</b> would have another mentor" in page:
        return 0
    found = re.search(r"<b>(\d+) of \d+ mentees</b> would have other mentors", page)
    assert found
    return int(found[1])


def test_before_a_match_the_page_says_so(tmp_path: Path) -> None:
    """What is moved counts when the match is worked out; nothing is held against nothing."""
    client, base, home = started(tmp_path)
    page = client.get(f"{base}/priorities", params={"need_fit": "0"}).text
    assert "no match yet" in page
    client.post(f"{base}/priorities", data={"need_fit": "0"})
    assert flat_values((home / "matcher.toml").read_text())["features", "need_fit", "weight"] == 0.0


@pytest.mark.parametrize(
    ("moved", "way"),
    [({"contact_feasibility": "4", "need_fit": "0"}, "few"), ({"mentors": "1"}, "anew")],
)
def test_what_is_shown_comes_out(tmp_path: Path, moved: dict[str, str], way: str) -> None:
    """As many mentees have other mentors as the page said, both ways."""
    client, base, home = started(tmp_path)
    matched(client, base)
    before = _pairs(home)
    config = (home / "matcher.toml").read_bytes()
    page = client.get(f"{base}/priorities", params=moved | {"way": way}).text
    assert (home / "matcher.toml").read_bytes() == config
    client.post(f"{base}/priorities", data=moved | {"way": way})
    matched(client, base)
    after = _pairs(home)
    assert len({m for m in {*before, *after} if before.get(m) != after.get(m)}) == _told(page)


def test_words_stand_beside_the_weight_and_undo_takes_it_out(
    walked: tuple[TestClient, str, Path],
) -> None:
    """A notch is a share of the usual weight; what was set by hand stays until it is moved."""
    client, base, home = walked
    config = home / "matcher.toml"
    before = flat_values(config.read_text("utf-8"))
    usual = {f.name: f.weight for f in load_config().features}
    client.post(f"{base}/priorities", data={"need_fit": "3", "coverage": "4"})
    assert load_config(config).portfolio.coverage == 0.9
    kept = {f.name: f.weight for f in load_config(config).features}
    assert kept["need_fit"] == pytest.approx(2 * usual["need_fit"])
    assert "# A lot" in config.read_text("utf-8")
    assert "Topics a lot and pair or topics" in client.get(f"{base}/history").text
    undo = re.search(r'name="number" value="(\d+)"', client.get(f"{base}/priorities").text)
    assert undo
    client.post(f"{base}/history", data={"number": undo[1]})
    assert flat_values(config.read_text("utf-8")) == before
    by_hand = config.read_text("utf-8") + "\n[features.need_fit]\nweight = 0.13\n"
    config.write_text(by_hand, "utf-8")
    assert "set by hand: 0.13" in client.get(f"{base}/priorities").text
    client.post(f"{base}/priorities", data={"mentors": "1"})
    assert {f.name: f.weight for f in load_config(config).features}["need_fit"] == 0.13


def test_a_kind_of_programme_is_chosen(tmp_path: Path) -> None:
    """The settings extend it, above all tables; what is no kind is refused."""
    client, base, home = started(tmp_path)
    client.post(f"{base}/priorities", data={"kind": "one-to-one"})
    assert load_config(home / "matcher.toml").portfolio.limit == 1
    assert client.post(f"{base}/priorities", data={"kind": "/etc/passwd"}).status_code == 422
    client.post(f"{base}/priorities", data={"kind": ""})
    assert "extends" not in (home / "matcher.toml").read_text("utf-8")


def test_no_word_of_the_code_is_shown(walked: tuple[TestClient, str, Path]) -> None:
    """Nor with a change in view."""
    client, base, _ = walked
    for params in ({}, {"contact_feasibility": "4"}, {"kind": "one-to-one"}):
        text = shown_text(client.get(f"{base}/priorities", params=params).text)
        assert [w for w in NEVER_SHOWN if re.search(rf"\b{re.escape(w)}\b", text)] == []


@pytest.mark.parametrize(
    ("moved", "path", "kept"),
    [
        ({"first": "no"}, ("objective", "first_mentor"), False),
        ({"waiting": "no"}, ("objective", "waiting"), False),
        ({"fairness": "strongly"}, ("objective", "fairness"), "max-min"),
        ({"second": "much"}, ("portfolio", "min_gain"), 0.1),
        ({"approaches": "developmental,reverse"}, ("programme", "approaches"), None),
    ],
)
def test_who_comes_first_and_ways_of_mentoring(
    tmp_path: Path, moved: dict[str, str], path: tuple[str, str], kept: object
) -> None:
    """Each is asked in words and kept where commands read it; what is not offered is ignored."""
    client, base, home = started(tmp_path)
    page = client.get(f"{base}/priorities", params=moved).text
    assert "keep this" in page
    client.post(f"{base}/priorities", data=moved)
    stated = flat_values((home / "matcher.toml").read_text("utf-8"))[path]
    assert stated == (kept if kept is not None else ["developmental", "reverse"])
    client.post(f"{base}/priorities", data={next(iter(moved)): "no such thing"})
    assert flat_values((home / "matcher.toml").read_text("utf-8"))[path] == stated


def test_whom_somebody_wished_for_is_seen_and_may_come_first(tmp_path: Path) -> None:
    """On the person's page, among what came of the match, and as a choice of its own."""

    def wishing(rows: list[dict[str, str]]) -> None:
        for row in rows:
            wanted = NAMES[1] if row[ROLE] == "Mentee" else ""
            row["Is there a mentor whom you would love to have?"] = wanted

    client, base, home = started(tmp_path, export(wishing))
    page = matched(client, base)
    given = re.search(r"(\d+) of (\d+)</span><span>mentors who were wished for", page)
    assert given
    assert int(given[1]) < int(given[2])
    mentee = next(iter(_pairs(home)))
    shown = client.get(f"{base}/mentee/{mentee}").text
    wish = re.search(r"<dt>Wishes for</dt><dd>([^<]+)</dd>", shown)
    assert wish
    assert wish[1] == NAMES[1]
    seen = client.get(f"{base}/priorities", params={"wishes": "yes", "way": "anew"}).text
    assert "Have somebody they wished for" in seen
    client.post(f"{base}/priorities", data={"wishes": "yes", "way": "anew"})
    assert flat_values((home / "matcher.toml").read_text())["objective", "choices"] is True
