"""What was decided survives working out again, going back, undoing and a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from tests.app.conftest import FollowDecisions, open_run

from matcher.app.acts import done_at_once, newest_act, standing_events
from matcher.app.approve_page import approve_match
from matcher.app.decisions_made import decide, decision_of, seen_now, standing_decisions, take_back
from matcher.app.desk import ProgrammeFolder
from matcher.app.history import Settings, Told
from matcher.app.run_view import view_of
from matcher.app.year_view import held_rows
from matcher.catalogue.catalogue import worded
from matcher.decisions.decisions import decision_table, read_decisions
from matcher.errors import InputError
from matcher.programme import ledger
from matcher.report.run_data import RunData

AT = "2026-01-01T00:00:00Z"


def _first_pair(run: Path) -> tuple[str, str]:
    row = RunData.read(run)["matches"].iloc[0]
    return str(row["mentee_id"]), str(row["mentor_id"])


def _decide(opened: ProgrammeFolder, pair: tuple[str, str], word: str, note: str = "") -> None:
    decide(opened, view_of(opened), decision_of(*pair, word), note)


def _again(opened: ProgrammeFolder) -> Path:
    opened.match()
    assert opened.job is not None
    assert opened.job.thread is not None
    opened.job.thread.join()
    run = opened.run()
    assert run is not None
    return run


@pytest.mark.slow
def test_a_ban_waits_for_the_next_match_and_is_then_followed(
    run: Path, opened: ProgrammeFolder
) -> None:
    """The pair goes, the decision stays, and nothing is pending any more."""
    pair = _first_pair(run)
    _decide(opened, pair, "ban", "too close")
    assert [e["decision"] for e in ledger.pending(run, RunData.read(run))] == ["ban"]
    new = _again(opened)
    assert new != run
    assert pair not in set(
        RunData.read(new)["matches"][["mentee_id", "mentor_id"]].itertuples(index=False, name=None)
    )
    assert ledger.pending(new, RunData.read(new)) == []
    assert ledger.standing(new)["decision"].tolist() == ["ban"]


@pytest.mark.slow
def test_a_lock_of_a_proposed_pair_needs_no_new_match(run: Path, opened: ProgrammeFolder) -> None:
    """What is already so is not pending."""
    _decide(opened, _first_pair(run), "lock")
    assert ledger.pending(run, RunData.read(run)) == []


@pytest.mark.slow
def test_undo_after_a_new_match_is_pending_until_the_next(
    run: Path, opened: ProgrammeFolder
) -> None:
    """Taking a decision back changes nothing before the match is made anew."""
    _decide(opened, _first_pair(run), "ban")
    new = _again(opened)
    (made,) = standing_decisions(view_of(opened))
    take_back(opened, view_of(opened), made.number)
    assert ledger.standing(new).empty
    assert [e["event"] for e in ledger.pending(new, RunData.read(new))] == ["undo"]
    newer = _again(opened)
    assert ledger.pending(newer, RunData.read(newer)) == []


@pytest.mark.slow
def test_another_process_finds_the_same_state(
    run: Path, opened: ProgrammeFolder, matcher: FollowDecisions
) -> None:
    """All state is on the disk: a killed server loses nothing."""
    _decide(opened, _first_pair(run), "ban", "note")
    new = _again(opened)
    approve_match(opened, "Jo", "looked at every pair")
    again = open_run(run, matcher)
    assert again.run() == new
    told = ledger.Approval("Jo", "looked at every pair", "2026-01-02T03:04:05Z")
    assert ledger.approval(new) == told
    pd.testing.assert_frame_equal(ledger.standing(view_of(again).run), ledger.standing(new))


def test_a_new_match_that_was_killed_leaves_the_old_one(
    run: Path, matcher: FollowDecisions
) -> None:
    """A folder that was never made is not taken up."""
    ledger.log_of(run).append("rerun", AT, to="run-never-made")
    assert open_run(run, matcher).run() == run


@pytest.mark.slow
def test_going_back_to_any_match_and_forth_again(run: Path, opened: ProgrammeFolder) -> None:
    """The later match is kept; the way back is one line of the history, undone like any other."""
    _decide(opened, _first_pair(run), "ban")
    new = _again(opened)
    opened.go_to(run)
    assert opened.run() == run
    assert new.is_dir()
    assert open_run(run).run() == run
    (back,) = (act for act in opened.settings.acts() if act.can_undo)
    opened.settings.undo(back.number)
    assert opened.run() == new
    opened.go_to(run)
    newer = _again(opened)
    assert newer not in (run, new)
    assert opened.run() == newer
    assert opened.matches()[-1] == run


def test_decisions_taken_during_a_match_are_not_lost(run: Path) -> None:
    """What came after it had begun stays pending in the new one."""
    pair = _first_pair(run)
    new = run.with_name("run2")
    new.mkdir()
    log = ledger.log_of(run)
    log.append("decision", AT, mentee_id="e0", mentor_id="r0", decision="ban", by="", note="")
    log.append("decision", AT, mentee_id=pair[0], mentor_id=pair[1], decision="ban", by="", note="")
    log.append("undo", AT, of=1, by="")
    ledger.carry_decisions(run, new, AT, seen=1)
    events = ledger.pending(new, RunData.read(run))
    assert [(e["event"], e.get("mentee_id")) for e in events] == [
        ("undo", None),
        ("decision", pair[0]),
    ]


def test_an_approval_ends_with_the_next_decision(run: Path, opened: ProgrammeFolder) -> None:
    """Who approved did not approve what came later; with that taken back it holds again."""
    _decide(opened, _first_pair(run), "note", "read")
    approve_match(opened, "Jo", "fine")
    assert ledger.approval(run) is not None
    _decide(opened, _first_pair(run), "note", "see her")
    assert ledger.approval(run) is None
    log = ledger.log_of(run)
    log.append("undo", AT, of=log.decisions()[-1]["n"], by="")
    assert ledger.approval(run) is not None
    log.append("undo", AT, of=log.decisions()[0]["n"], by="")
    assert ledger.approval(run) is None


@pytest.mark.parametrize(("by", "reason"), [("", "fine"), ("Jo", " ")])
def test_an_approval_needs_a_name_and_a_reason(
    opened: ProgrammeFolder, by: str, reason: str
) -> None:
    """A decision without a person who answers for it is none."""
    with pytest.raises(InputError, match="E_APPROVAL"):
        approve_match(opened, by, reason)


def test_an_approval_needs_a_match_that_follows_the_decisions(
    run: Path, opened: ProgrammeFolder
) -> None:
    """What is approved is what will be sent."""
    _decide(opened, _first_pair(run), "ban")
    with pytest.raises(InputError, match="E_APPROVAL"):
        approve_match(opened, "Jo", "fine")


def test_who_is_chosen_instead_of_somebody_parts_the_two(
    run: Path, opened: ProgrammeFolder
) -> None:
    """One line, one way back; whoever is chosen or kept next keeps the first one away as well."""
    view, (mentee, first) = view_of(opened), _first_pair(run)
    second, third, *_ = (key for key in view.mentors if key != first)
    log = ledger.log_of(run)

    def now() -> set[tuple[str, str]]:
        told = read_decisions(run) if log.decisions() else decision_table()
        return set(zip(told["mentor_id"], told["decision"], strict=True))

    _decide(opened, (mentee, first), "lock")
    decide(opened, view, decision_of(mentee, second, "assign", first))
    assert now() == {(first, "hold"), (second, "assign")}
    assert len(ledger.pending(run, view.data)) == len(standing_decisions(view)) == 1
    decide(opened, view, decision_of(mentee, third, "assign", second))
    assert now() == {(first, "hold"), (second, "hold"), (third, "assign")}
    take_back(opened, view, log.decisions()[-1]["n"])
    assert now() == {(first, "hold"), (second, "assign")}
    _decide(opened, (mentee, second), "lock")
    assert now() == {(first, "hold"), (second, "lock")}
    _decide(opened, (mentee, first), "assign")
    assert now() == {(first, "assign")}


def test_a_failed_match_changes_nothing(
    run: Path, opened: ProgrammeFolder, matcher: FollowDecisions
) -> None:
    """The problems are told, the old match stays."""
    matcher.fails = True
    assert _again(opened) == run
    assert opened.job is not None
    assert [fault.code for fault in opened.job.problems] == ["I_CONTRADICTION"]


@pytest.mark.parametrize(
    ("mentee", "mentor", "decision"),
    [("e0000", "r9999", "ban"), ("../../x", "r0001", "ban"), ("e0000", "", "lock"), ("", "", "x")],
)
def test_a_decision_about_nobody_is_not_written(
    run: Path, opened: ProgrammeFolder, mentee: str, mentor: str, decision: str
) -> None:
    """Only people of this match and words of the vocabulary reach the log."""
    with pytest.raises(InputError):
        _decide(opened, (mentee, mentor), decision)
    assert not ledger.log_of(run).path.exists()


def test_a_log_that_names_a_path_is_not_followed(run: Path, tmp_path: Path) -> None:
    """A rerun event opens a sibling folder and nothing else."""
    (tmp_path / "x").mkdir()
    ledger.log_of(run).append("rerun", AT, to="../x")
    assert ledger.latest_run(run) == run


def test_who_is_held_back_is_not_forgotten_in_the_year(opened: ProgrammeFolder) -> None:
    """With the reason and the days since; whom the match gave a mentor all the same is no case."""
    view = view_of(opened)
    alone, matched, *_ = view.mentees
    view = replace(view, mentees=(replace(alone, mentors=()), matched))
    for mentee in (alone, matched):
        _decide(opened, (mentee.key, ""), "hold", "asked to wait")
    day = date.fromisoformat(opened.now()[:10]) + timedelta(days=5)
    (row,) = held_rows(view, day)
    assert (row.name, row.days) == (view.names.full_name(alone.key), 5)
    assert "asked to wait" in row.why


def test_every_line_of_the_history_has_a_way_back(tmp_path: Path) -> None:
    """Also an answer that left a value as it was: it is asked again; and what is only a line."""
    settings, key = Settings(tmp_path, lambda: AT), ("answers", "status", "finished")
    line = '[answers.status]\nfinished = "completed"'
    settings.begin(f"{line} # QUESTION 1: what does it mean?\n", "started")
    settings.take(f"{line}\n", "finished: done", asked=[key])
    settings.undo(settings.acts()[0].number)
    assert "# QUESTION" in settings.text
    settings.undo(settings.acts()[0].number)
    assert "# QUESTION" not in settings.text
    assert [act.number for act in newest_act(settings.acts())] == [2], "done again"
    settings.undo(settings.acts()[0].number)
    assert [act.kind for act in newest_act(settings.acts())] == ["begin"], "an undo is no act"
    assert settings.acts()[0].what == "Undone: finished: done"
    assert settings.acts()[1].what == "Done again: finished: done"
    settings.note("goes_on", "goes on elsewhere", to="there")
    settings.undo(settings.acts()[0].number)
    assert not standing_events(settings.log, "goes_on")
    fixed = [act.kind for act in settings.acts() if not act.can_undo and not act.is_undone]
    assert [worded(f"history.fixed_{kind}") for kind in fixed]


def test_answers_of_one_press_are_taken_back_at_once_or_singly(tmp_path: Path) -> None:
    """What follows from one of them goes with it, and not with the others."""
    settings = Settings(tmp_path, lambda: AT)
    settings.begin("[input]\n", "started")
    before = settings.config()
    role, day = (("columns", "signups", title) for title in ("Side", "Free"))
    text = '[columns.signups]\nSide = "role"\nFree = "availability"\n[answers.role]\nA = "mentee"\n'
    acts = [Told("side", (role,), {role}, {"role"}), Told("free", (day,), {day}, {"availability"})]
    settings.take_each(text, acts)
    first = settings.acts()[1]
    settings.undo(first.number)
    stated = settings.config()
    assert not stated.answers
    assert stated.columns["signups"] == {"Free": "availability"}
    settings.undo(settings.acts()[0].number)
    whole = settings.config()
    for expected in (before, whole):
        last = next(of for of in done_at_once(settings.acts()).values() if len(of) == 2)
        settings.undo_each([act.number for act in last])
        assert settings.config() == expected


def test_an_act_that_others_go_on_from_is_not_taken_back_alone(tmp_path: Path) -> None:
    """A place that was given anew, and the programme that goes on elsewhere, stand on it."""
    settings = Settings(tmp_path, lambda: AT)
    no, sent = ((("engagements", who, "m"), *told) for who, *told in _TOLD)
    for what, key in (("no", no), ("sent", sent)):
        settings.note("record", what, keys=[key])
    assert [act.standing_on for act in settings.acts()] == [(), ("sent",)]
    settings.note("goes_on", "elsewhere", to="there")
    assert [act.standing_on for act in settings.acts()] == [
        (),
        ("elsewhere",),
        ("sent", "elsewhere"),
    ]


_TOLD = (("a", "sent", "declined"), ("b", None, "sent"))


def test_those_who_look_right_by_one_press_are_one_line(opened: ProgrammeFolder) -> None:
    """Each counts with the mentors of then, and one Undo takes the press back."""
    view = view_of(opened)
    each = [(m.key, [mentor.key for mentor in m.mentors]) for m in view.mentees[:3]]
    opened.settings.note("seen", "they look right", each=[*each[:2], (each[2][0], ["another"])])
    assert seen_now(opened, view) == {key for key, _ in each[:2]}
    opened.settings.undo(1)
    assert not seen_now(opened, view)
