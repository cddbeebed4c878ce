"""What was decided survives reruns, going back, undoing and a crash."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.app.conftest import FollowDecisions, open_review

from matcher.app.session import Review
from matcher.errors import InputError
from matcher.programme import ledger
from matcher.report.run_data import RunData

AT = "2026-01-01T00:00:00Z"


def _first_pair(run: Path) -> tuple[str, str]:
    row = RunData.read(run)["matches"].iloc[0]
    return str(row["mentee_id"]), str(row["mentor_id"])


def _wait(review: Review) -> None:
    assert review.job is not None
    while not review.job.done:
        pass


def _rerun(review: Review) -> Path:
    review.rerun()
    _wait(review)
    assert review.run is not None
    return review.run


@pytest.mark.slow
def test_a_ban_waits_for_a_rerun_and_is_then_followed(run: Path, review: Review) -> None:
    """The pair goes, the decision stays, and nothing is pending any more."""
    pair = _first_pair(run)
    review.decide(*pair, "ban", "too close")
    assert [e["decision"] for e in ledger.pending(run, RunData.read(run))] == ["ban"]
    new = _rerun(review)
    assert new != run
    assert pair not in set(
        RunData.read(new)["matches"][["mentee_id", "mentor_id"]].itertuples(index=False, name=None)
    )
    assert ledger.pending(new, RunData.read(new)) == []
    assert ledger.standing(new)["decision"].tolist() == ["ban"]


@pytest.mark.slow
def test_a_lock_of_a_proposed_pair_needs_no_rerun(run: Path, review: Review) -> None:
    """What is already so is not pending."""
    review.decide(*_first_pair(run), "lock", "")
    assert ledger.pending(run, RunData.read(run)) == []


@pytest.mark.slow
def test_undo_after_a_rerun_is_pending_until_the_next(run: Path, review: Review) -> None:
    """Taking a decision back changes nothing before the run is made anew."""
    review.decide(*_first_pair(run), "ban", "")
    new = _rerun(review)
    assert review.undo()
    assert ledger.standing(new).empty
    assert [e["event"] for e in ledger.pending(new, RunData.read(new))] == ["undo"]
    newer = _rerun(review)
    assert ledger.pending(newer, RunData.read(newer)) == []


@pytest.mark.slow
def test_another_process_finds_the_same_state(
    run: Path, review: Review, matcher: FollowDecisions
) -> None:
    """All state is on the disk: a killed server loses nothing."""
    review.decide(*_first_pair(run), "ban", "note")
    new = _rerun(review)
    review.approve("Jo", "looked at every pair")
    again = open_review(run, matcher)
    assert again.run == new
    assert ledger.approval(new) == ledger.Approval("Jo", "looked at every pair", AT_NOW)
    pd.testing.assert_frame_equal(ledger.standing(again.view().run), ledger.standing(new))


AT_NOW = "2026-01-02T03:04:05Z"


def test_a_rerun_that_was_killed_leaves_the_old_run(run: Path, matcher: FollowDecisions) -> None:
    """A new folder that no log names is not taken up."""
    log = ledger.log_of(run)
    log.append("rerun", AT, to="run-never-made")
    assert open_review(run, matcher).run == run


@pytest.mark.slow
def test_going_back_returns_to_the_run_before(run: Path, review: Review) -> None:
    """The rerun is left aside, its folder is kept."""
    review.decide(*_first_pair(run), "ban", "")
    new = _rerun(review)
    assert review.go_back()
    assert review.run == run
    assert new.is_dir()
    assert not review.go_back()


def test_decisions_taken_during_a_rerun_are_not_lost(run: Path) -> None:
    """What came after the rerun had begun stays pending in the new run."""
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


def test_an_approval_ends_with_the_next_decision(run: Path, review: Review) -> None:
    """Who approved did not approve what came later."""
    review.approve("Jo", "fine")
    assert ledger.approval(run) is not None
    review.decide(*_first_pair(run), "note", "see her")
    assert ledger.approval(run) is None


@pytest.mark.parametrize(("by", "reason"), [("", "fine"), ("Jo", " ")])
def test_an_approval_needs_a_name_and_a_reason(review: Review, by: str, reason: str) -> None:
    """A decision without a person who answers for it is none."""
    with pytest.raises(InputError, match="E_APPROVAL"):
        review.approve(by, reason)


def test_an_approval_needs_a_run_that_follows_the_decisions(run: Path, review: Review) -> None:
    """What is approved is what will be sent."""
    review.decide(*_first_pair(run), "ban", "")
    with pytest.raises(InputError, match="E_APPROVAL"):
        review.approve("Jo", "fine")


def test_a_failed_rerun_changes_nothing(
    run: Path, review: Review, matcher: FollowDecisions
) -> None:
    """The problems are told, the old run stays."""
    matcher.fails = True
    review.rerun()
    _wait(review)
    assert review.run == run
    assert review.job is not None
    assert "I_CONTRADICTION" in review.job.problems[0]


@pytest.mark.parametrize(
    ("mentee", "mentor", "decision"),
    [("e0000", "r9999", "ban"), ("../../x", "r0001", "ban"), ("e0000", "", "lock"), ("", "", "x")],
)
def test_a_decision_about_nobody_is_not_written(
    run: Path, review: Review, mentee: str, mentor: str, decision: str
) -> None:
    """Only people of this run and words of the vocabulary reach the log."""
    with pytest.raises(InputError):
        review.decide(mentee, mentor, decision, "")
    assert not ledger.log_of(run).path.exists()


def test_a_log_that_names_a_path_is_not_followed(run: Path, tmp_path: Path) -> None:
    """A rerun event opens a sibling folder and nothing else."""
    (tmp_path / "x").mkdir()
    ledger.log_of(run).append("rerun", AT, to="../x")
    assert ledger.latest_run(run) == run
