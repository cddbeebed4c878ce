"""Where pairs stand on a day: who is overdue, whose end has passed, who waits."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import MENTEES, write_cohort
from tests.support import make_cohort

from matcher.cli.main import run
from matcher.config import Config
from matcher.config.sections import Programme
from matcher.intake.corrections import LEFT_OUT, Correction, append_correction
from matcher.intake.read import read_cohort
from matcher.programme.pair_record import standing_pairs
from matcher.programme.standing import (
    AGAINST,
    ENDED_UNSAID,
    ONE_LEFT,
    OVERDUE,
    SAID_OVER,
    DayReport,
    newest_run,
    standing_on,
)
from matcher.run import run_match

PEOPLE = [{"person_id": f"p{k}"} for k in range(6)]
OTHERS = [{"person_id": f"q{k}"} for k in range(6)]


def pair(k: int, status: str, **more: str) -> dict[str, str]:
    """Return the row of one pair."""
    return {"mentee_id": f"p{k}", "mentor_id": f"q{k}", "status": status, **more}


def test_what_somebody_should_look_after() -> None:
    """Sent long ago without a reply, and a planned end in the past, are told; nothing else."""
    rows = [
        pair(0, "sent", recorded_at="2026-03-01T08:00:00+00:00"),
        pair(1, "sent", recorded_at="2026-03-30"),
        pair(2, "sent"),
        pair(3, "active", start="2026-01-01", end="2026-03-31"),
        pair(4, "paused", start="2026-01-01", end="2026-04-01"),
        pair(5, "completed", start="2025-01-01", end="2025-12-01"),
    ]
    cohort = make_cohort(PEOPLE, OTHERS, engagements=rows)
    report = standing_on(cohort, Config(), None, date(2026, 4, 1))
    assert [p.mentee_id for p in report.to_do(OVERDUE)] == ["p0"]
    assert [p.mentee_id for p in report.to_do(ENDED_UNSAID)] == ["p3"]
    assert report.counts == {"sent": 3, "active": 1, "paused": 1, "completed": 1}
    assert not report.past_retention


KEPT = "keeps_others: one is enough"


def test_who_must_not_meet_and_who_has_left_are_looked_after_first() -> None:
    """What was said since a pair was asked, and a pair of somebody who takes no part any more.

    That of q4 was asked after q4 left one, and q4 keeps it when leaving another.
    """
    rows = [
        pair(0, "sent", recorded_at="2026-03-30"),
        pair(1, "active", start="2026-01-01"),
        {**pair(2, "withdrew_mentee", end="2026-03-31"), "mentor_id": "q5"},
        pair(2, "sent", recorded_at="2026-03-20"),
        {**pair(3, "withdrew_mentor", end="2026-03-01"), "mentor_id": "q4"},
        pair(4, "sent", recorded_at="2026-03-30"),
        {**pair(1, "withdrew_mentor", end="2026-03-31"), "mentor_id": "q4", "reason_code": KEPT},
    ]
    people = [{**PEOPLE[0], "avoid": ("q0",)}, *PEOPLE[1:]]
    others = [OTHERS[0], {**OTHERS[1], "line_manager": "p1"}, *OTHERS[2:]]
    cohort = make_cohort(people, others, engagements=rows)
    report = standing_on(cohort, Config(), None, date(2026, 4, 1))
    assert [p.mentee_id for p in report.to_do(AGAINST)] == ["p0", "p1"]
    assert [p.mentee_id for p in report.to_do(ONE_LEFT)] == ["p2"]


def test_who_says_in_a_survey_that_a_pair_is_over_is_heard() -> None:
    """Until somebody records what became of it; what was said before the pair began is no word."""
    rows = [pair(k, "active", start="2026-02-01") for k in range(3)]
    rows.append(pair(3, "completed", start="2026-02-01", end="2026-03-01"))
    said = ((0, "2026-03-05", "yes"), (1, "2026-03-05", "no"), (2, "2026-01-05", "yes"))
    told = [
        {"mentee_id": f"p{k}", "mentor_id": f"q{k}", "date": day, "ended_early": early}
        for k, day, early in (*said, (3, "2026-03-05", "yes"))
    ]
    cohort = make_cohort(PEOPLE, OTHERS, engagements=rows, outcomes=told)
    report = standing_on(cohort, Config(), None, date(2026, 4, 1))
    assert [p.mentee_id for p in report.to_do(SAID_OVER)] == ["p0"]


def test_a_pair_of_somebody_who_is_left_out_is_not_lost(tmp_path: Path) -> None:
    """Whoever is left out, or does not agree any more, the other one waits for word."""
    said = [("e0", "r0", "active"), ("e1", "r1", "accepted"), ("e2", "r2", "completed")]
    rows = [
        {"mentee_id": a, "mentor_id": b, "status": c, "recorded_at": "2026-01-01"}
        for a, b, c in said
    ]
    place = write_cohort(tmp_path / "c", {"engagements": rows})
    for who in ("r0", "e1", "e2"):
        said_out = Correction(who, LEFT_OUT, "", "ill", who="", when="2026-01-02")
        append_correction(str(place), said_out)
    cohort = read_cohort(place, Config(), set_aside=True)
    report = standing_on(cohort, Config(), None, date(2026, 1, 3))
    assert {p.pair for p in report.to_do(ONE_LEFT)} == {("e0", "r0"), ("e1", "r1")}


def test_the_row_that_goes_on_stands_for_a_pair_with_a_past() -> None:
    """Of rows that no command wrote, the live one says where the pair stands."""
    rows = [pair(0, "active", start="2026-01-01"), pair(0, "completed", start="2024-01-01")]
    cohort = make_cohort(PEOPLE, OTHERS, engagements=rows)
    assert standing_pairs(cohort.engagements)["p0", "q0"]["status"] == "active"


@pytest.mark.slow
def test_an_old_pair_takes_nobody_off_the_list(tmp_path: Path, capsys) -> None:
    """Who completed a pair of another year waits on; who completed one of the run does not."""
    old = {"status": "completed", "start": "2024-01-01", "end": "2025-01-01", "mentor_id": "r3"}
    left_out = [{"person_id": f"w{k}"} for k in range(3)]
    tables = {
        "mentees": [*MENTEES, *left_out],
        "engagements": [{"mentee_id": person, **old} for person in ("e0", "e1", "w0")],
    }
    place = write_cohort(tmp_path / "c", tables)
    made = run_match(place)
    with (made / "matches.csv").open(encoding="utf-8") as file:
        mentor = {row["mentee_id"]: row["mentor_id"] for row in csv.DictReader(file)}
    waiting = pd.read_csv(made / "waiting_list.csv")["person_id"].tolist()
    first, second = [person for person in ("e0", "e1", "e2", "e3") if person in mentor][:2]
    words = ["record", str(place), first, mentor[first], "declined"]
    assert run([*words, "--today", "2026-02-01"]) == 0
    words = ["record", str(place), second, mentor[second]]
    assert run([*words, "active", "--start", "2026-01-01", "--today", "2026-02-01"]) == 0
    report = status_of(place, made)
    assert {w.person_id for w in report.waiting} == {*waiting, first}
    assert {p.since for p in report.pairs if p.status == "active"} == {"2026-01-01"}
    assert run([*words, "completed", "--today", "2026-02-02"]) == 0
    assert {w.person_id for w in status_of(place, made).waiting} == {*waiting, first}


def status_of(place: Path, made: Path) -> DayReport:
    """Return where everything stands on a day."""
    return standing_on(read_cohort(place, Config()), Config(), made, date(2026, 3, 1))


def test_retention_ends_on_its_day() -> None:
    """The last day itself is still within it."""
    config = Config.model_validate({"programme": {"retain_until": "2026-06-30"}})
    cohort = make_cohort(PEOPLE, OTHERS)
    days = (date(2026, 6, 30), date(2026, 7, 1))
    assert [standing_on(cohort, config, None, day).past_retention for day in days] == [False, True]


@pytest.mark.slow
def test_status_of_a_cohort_and_of_a_run(tmp_path: Path, capsys) -> None:
    """The command names people, counts who waits, and writes both tables."""
    people = [*MENTEES, *({"person_id": f"w{k}", "waiting_since": "2026-01-01"} for k in range(3))]
    named = [{**row, "name": f"Ada Test{k}"} for k, row in enumerate(people)]
    place = write_cohort(tmp_path / "c", {"mentees": named})
    made = run_match(place)
    assert newest_run(place) == made
    assert run(["record", str(place), "e0", "r0", "sent", "--today", "2026-02-01"]) == 0
    capsys.readouterr()
    out = tmp_path / "out"
    assert run(["status", str(place), "--today", "2026-05-01", "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert "Ada Test0 (e0) and r0: sent since 2026-02-01, reply by 2026-02-15" in told
    assert "waiting" in told or "wait for a mentor" in told
    assert (
        "Ada Test0,r0,sent,2026-02-01,2026-02-15,,no reply,e0,r0" in (out / "pairs.csv").read_text()
    )
    assert (out / "waiting.csv").read_text().startswith("place,mentee,priority,days,reason")
    assert run(["status", str(made), "--today", "2026-05-01"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == told.splitlines()[0]


@pytest.mark.parametrize("start", ["2027-03-01", "2027-03-06", "2027-01-01"])
@pytest.mark.parametrize("before", [0, 1, 7, 60])
def test_nobody_is_to_answer_before_they_are_asked(start: str, before: int) -> None:
    """Each day to answer is after the asking, by the start, the second later than the first."""
    programme = Programme(start=start, reply_before=before)
    for asked in (date(2026, 12, 1), date(2027, 2, 21), date(2027, 2, 28), date(2027, 5, 1)):
        first, second = (programme.reply_day(asked, is_second=late) for late in (False, True))
        for day in (first, second):
            assert day is None or asked < day <= programme.start
        assert first is None or second is None or first < second or first == programme.start
    assert Programme().reply_day(date(2027, 1, 1)) is None
