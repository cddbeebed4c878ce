"""One round after another: who waited comes first, and what forced a pair that ended is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import write_cohort, write_table
from tests.support import make_cohort

from matcher import verify
from matcher.cli.main import run
from matcher.config import Config
from matcher.decisions.decisions import decision_table
from matcher.problem.instance import build
from matcher.scoring.eligibility import mentee_gate, mentor_gate, takes_nobody_else

HOST = {"person_id": "host", "name": "Hanna Host", "purposes": "personal"}


def guests(*names: str) -> list[dict[str, str]]:
    """Return mentees who ask for the same thing."""
    return [{"person_id": n, "name": f"{n.title()} Guest", "purposes": "personal"} for n in names]


def matched(folder: Path) -> set[tuple[str, str]]:
    """Return the pairs of a run, which has to verify."""
    assert verify(folder).ok
    frame = pd.read_csv(folder / "matches.csv", dtype=str)
    return {*zip(frame["mentee_id"], frame["mentor_id"], strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("extra", [(), ("--add",)])
def test_who_waited_since_the_last_round_comes_before_who_is_new(
    tmp_path: Path, extra: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of equals the first id is served; in the next round who was left out then goes before."""
    folder = write_cohort(tmp_path / "c", {"mentees": guests("bea", "dan"), "mentors": [HOST]})
    first, second = folder / "runs" / "first", folder / "runs" / "second"
    assert run(["match", str(folder), "-o", str(first)]) == 0
    ((served, _),) = matched(first)
    (left,) = {"bea", "dan"} - {served}
    assert run(["record", str(folder), served, "host", "declined"]) == 0
    write_cohort(folder, {"mentees": guests("ann", "bea", "cal", "dan", "eve"), "mentors": [HOST]})
    more = ["--previous", str(first), *extra]
    assert run(["match", str(folder), "-o", str(second), *more]) == 0
    assert matched(second) == {(left, "host")}
    capsys.readouterr()
    assert run(["status", str(folder)]) == 0
    assert f"{left.title()} Guest" not in capsys.readouterr().out, "nobody who has a mentor waits"


@pytest.mark.slow
def test_the_same_round_made_again_takes_nobodys_place(tmp_path: Path) -> None:
    """Who was left out goes before who is new, never before whom the run being changed serves."""
    people = guests("ann", "bea", "cal", "dan")
    mentors = [HOST, {"person_id": "other", "name": "Ottilie Other", "purposes": "personal"}]
    folder = write_cohort(tmp_path / "c", {"mentees": people, "mentors": mentors})
    first, again = tmp_path / "first", tmp_path / "again"
    assert run(["match", str(folder), "-o", str(first)]) == 0
    served = matched(first)
    assert len({mentee for mentee, _ in served}) == 2
    write_cohort(folder, {"mentees": [*people, *guests("aaron")], "mentors": mentors})
    assert run(["match", str(folder), "--previous", str(first), "-o", str(again)]) == 0
    assert matched(again) == served


@pytest.mark.slow
def test_a_rule_of_last_year_stops_nothing(tmp_path: Path, capsys) -> None:
    """A pair that was forced, made and has ended rests; forced anew it is made again."""
    other = {"person_id": "other", "name": "Ottilie Other", "purposes": "personal"}
    folder = write_cohort(tmp_path / "c", {"mentees": guests("ann"), "mentors": [HOST, other]})
    write_table(folder, "rules", [{"mentee_id": "ann", "mentor_id": "host", "rule": "must"}])
    run_of = {name: tmp_path / name for name in ("first", "next", "anew")}
    assert run(["match", str(folder), "-o", str(run_of["first"])]) == 0
    assert ("ann", "host") in matched(run_of["first"])
    assert run(["record", str(folder), "ann", "host", "completed"]) == 0
    capsys.readouterr()
    assert run(["match", str(folder), "-o", str(run_of["next"])]) == 0
    assert "W_RULE_UNUSED rules:2" in capsys.readouterr().err
    assert matched(run_of["next"]) == {("ann", "other")}
    assert run(["record", str(folder), "ann", "host", "proposed"]) == 0
    assert run(["match", str(folder), "-o", str(run_of["anew"])]) == 0
    assert ("ann", "host") in matched(run_of["anew"])


@pytest.mark.slow
def test_a_lock_of_the_last_round_is_done_when_its_pair_ended(tmp_path: Path, capsys) -> None:
    """What the panel locked for one round does not stop the next."""
    other = {"person_id": "other", "name": "Ottilie Other", "purposes": "personal"}
    folder = write_cohort(tmp_path / "c", {"mentees": guests("ann"), "mentors": [HOST, other]})
    panel = tmp_path / "panel.csv"
    panel.write_text("mentee_id,mentor_id,decision\nann,host,lock\n", "utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(["match", str(folder), "--decisions", str(panel), "-o", str(first)]) == 0
    assert run(["record", str(folder), "ann", "host", "declined"]) == 0
    assert run(["match", str(folder), "--previous", str(first), "-o", str(second)]) == 0
    assert matched(second) == {("ann", "other")}
    capsys.readouterr()
    code = run(["match", str(folder), "--decisions", str(panel), "-o", str(tmp_path / "third")])
    assert code == 4, "a lock that is said now, of a pair that declined, is a contradiction"


@pytest.mark.slow
def test_who_withdrew_is_not_offered_the_next_place(tmp_path: Path, capsys) -> None:
    """A mentor who is ill gets nobody, a mentee who left no other mentor; both are told so."""
    other = {"person_id": "other", "name": "Ottilie Other", "purposes": "personal"}
    folder = write_cohort(
        tmp_path / "c", {"mentees": guests("ann", "bea", "cal"), "mentors": [HOST, other]}
    )
    first, second = folder / "runs" / "zz", folder / "runs" / "aa"
    assert run(["match", str(folder), "-o", str(first)]) == 0
    (mentee,) = (one for one, mentor in matched(first) if mentor == "host")
    (left,) = (one for one, mentor in matched(first) if mentor == "other")
    (waits,) = {"ann", "bea", "cal"} - {mentee, left}
    assert run(["record", str(folder), mentee, "host", "withdrew_mentor", "--reason", "ill"]) == 0
    assert run(["record", str(folder), left, "other", "withdrew_mentee"]) == 0
    capsys.readouterr()
    assert run(["status", str(folder), "-o", str(tmp_path / "told")]) == 0
    assert "(run zz)" in capsys.readouterr().out
    waiting = pd.read_csv(tmp_path / "told" / "waiting.csv", dtype=str)
    assert dict(zip(waiting["mentee_id"], waiting["reason"], strict=True)) == {
        waits: "no_place",
        mentee: "withdrew_mentor",
    }
    assert run(["match", str(folder), "--previous", str(first), "--add", "-o", str(second)]) == 0
    assert matched(second) == {(waits, "other")}
    assert "the mentor is resting after leaving" in capsys.readouterr().out
    unmatched = pd.read_csv(second / "unmatched.csv", dtype=str)
    reasons = dict(zip(unmatched["person_id"], unmatched["reason"], strict=True))
    assert reasons[left] == reasons["host"] == "withdrew"
    assert run(["status", str(folder)]) == 0
    assert "(run aa)" in capsys.readouterr().out, "the newest is the one that was made last"


def test_who_signs_up_again_takes_part_again() -> None:
    """A later sign-up ends the rest; without one it lasts for the cooldown."""
    row = {"mentee_id": "ann", "mentor_id": "host", "status": "withdrew_mentee"}
    row |= {"end": "2026-03-01", "recorded_at": "2026-03-01"}
    for signed_up, cooldown, rests in (
        ("2026-02-01", 365, True),
        ("2026-04-01", 365, False),
        ("2026-02-01", 30, False),
    ):
        people = [{"person_id": "ann"}], [{"person_id": "host"}]
        cohort = make_cohort(*people, engagements=[row])
        cohort = replace(cohort, mentees=cohort.mentees.assign(submitted=pd.Timestamp(signed_up)))
        config = Config.model_validate({"eligibility": {"cooldown_days": cooldown}})
        assert mentee_gate(cohort, config, decision_table()).is_open.tolist() == [not rests]
        assert mentor_gate(cohort, config, decision_table()).is_open.tolist() == [True]


@pytest.mark.parametrize(
    ("other", "is_open"),
    [
        ({"status": "active"}, True),
        ({"status": "completed", "end": "2026-04-01"}, True),
        ({"status": "completed", "end": "2026-02-01"}, False),
        ({"status": "declined"}, False),
    ],
)
def test_a_mentor_who_went_on_with_somebody_takes_nobody_else(
    other: dict[str, str], is_open: bool
) -> None:
    """Who left one of two and is there for the other stays for that one; else they rest whole."""
    pair = {"mentor_id": "host", "recorded_at": "2026-03-01"}
    rows = [{**pair, "mentee_id": "ann", "status": "withdrew_mentor", "end": "2026-03-01"}]
    rows.append({**pair, "mentee_id": "bea", "start": "2026-01-01", **other})
    people = [{"person_id": "ann"}, {"person_id": "bea"}], [{"person_id": "host", "capacity": 3.0}]
    cohort, config = make_cohort(*people, engagements=rows), Config()
    assert mentor_gate(cohort, config, decision_table()).is_open.tolist() == [is_open]
    assert takes_nobody_else(cohort, config).tolist() == [is_open]
    if is_open:
        assert build(cohort, config).problem.capacity.tolist() == [other["status"] == "active"]
