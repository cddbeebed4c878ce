"""A review as it goes on: the run in view, decisions, reruns and approval; all state is on disk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from matcher.app.rematch import Changes, Job, changes_between
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding, InputError, MatcherError
from matcher.observe import Observer
from matcher.programme import ledger
from matcher.publish.published_run import read_manifest
from matcher.report.run_data import RunData, ShownNames
from matcher.report.views import PortfolioView, Waterfall, portfolio_views
from matcher.run_tables import RunFile
from matcher.vocabulary import Decision

Match = Callable[..., Path]
"""``(cohort, config, previous, decisions, observer) -> run folder``, all by keyword."""


@dataclass(frozen=True)
class Why:
    """What a pair that was not made would be: its waterfall and sentences about it."""

    sentences: tuple[str, ...]
    waterfall: Waterfall | None


Explain = Callable[[Path, str, str, ShownNames, bool], Why]
"""``(run, mentee, mentor, people, exact)`` to why that pair was not made."""


@dataclass(frozen=True)
class View:
    """A run in memory, as its pages show it."""

    run: Path
    data: RunData
    people: ShownNames
    cohort: Cohort | None
    portfolios: tuple[PortfolioView, ...]

    def portfolio(self, mentee: str) -> PortfolioView | None:
        """Return the portfolio of a mentee, None where there is none."""
        return next((p for p in self.portfolios if p.key == mentee), None)


@dataclass
class Review:
    """The review of a cohort: reads and writes beside its runs, nowhere else."""

    cohort: str | None
    start: Path | None
    match: Match
    now: Callable[[], str]
    read: Callable[[str, Path | None], Cohort]
    explain: Explain | None = None
    job: Job | None = None
    reviewer: str = ""
    _view: View | None = field(default=None, repr=False)

    @property
    def run(self) -> Path | None:
        """The run in view: where reruns of the first one have led to."""
        self._collect()
        return None if self.start is None else ledger.latest_run(self.start)

    def view(self) -> View:
        """Return the run in view; :class:`InputError` where there is none yet."""
        run = self.run
        if run is None:
            raise InputError(Finding("E_NOT_FOUND", "there is no run yet", "match first"))
        if self._view is None or self._view.run != run:
            data, cohort = RunData.read(run), self._cohort(run)
            people = ShownNames.of(cohort)
            self._view = View(run, data, people, cohort, tuple(portfolio_views(data, people)))
        return self._view

    def decide(self, mentee: str, mentor: str, decision: str, note: str) -> None:
        """Write one decision into the log.

        Raises
        ------
        InputError
            E_ENUM, E_DECISION_PERSON, E_UNKNOWN_PERSON or E_TEXT_LENGTH; nothing is written then.
        """
        view = self.view()
        self._check(view, mentee, mentor, decision)
        ledger.log_of(view.run).append(
            "decision",
            self.now(),
            mentee_id=mentee,
            mentor_id=mentor,
            decision=decision,
            note=ledger.at_most(ledger.LONGEST_TEXT, note),
            by=self.reviewer,
        )

    def set_reviewer(self, name: str) -> None:
        """Take down who decides from now on; :class:`InputError` where the name is too long."""
        self.reviewer = ledger.at_most(ledger.LONGEST_NAME, name)

    def undo(self) -> bool:
        """Take the newest standing decision back; False where there is none."""
        log = ledger.log_of(self.view().run)
        last = log.last_undoable()
        if last is not None:
            log.append("undo", self.now(), of=last["n"], by=self.reviewer)
        return last is not None

    def go_back(self) -> bool:
        """Return to the run before the last rerun; False where there was none."""
        before = ledger.run_before(self.start, self.run)
        if before is not None:
            ledger.log_of(before).append("back", self.now(), by=self.reviewer)
        return before is not None

    def approve(self, by: str, reason: str) -> None:
        """Write who approves the run and why.

        Raises
        ------
        InputError
            E_APPROVAL where a name or a reason is missing, or decisions are not in this run yet;
            E_TEXT_LENGTH.
        """
        view = self.view()
        ledger.approve(view.run, view.data, by, reason, self.now())

    def rerun(self) -> None:
        """Start a rerun with all standing decisions; nothing happens while one goes on."""
        if self.job is not None and not self.job.done:
            return
        run = self.run
        config = None if run is None else run / RunFile.CONFIG
        decisions = None if run is None else ledger.snapshot(run)
        self.job = Job()
        self.job.start(
            partial(
                self._work,
                run,
                config=config if config and config.is_file() else None,
                decisions=decisions,
            )
        )

    def changes(self) -> Changes | None:
        """Return what the last rerun changed, None where there was none."""
        view = self.view()
        before = ledger.run_before(self.start, view.run)
        if before is None:
            return None
        return changes_between(RunData.read(before), view.data, view.people)

    def why(self, mentee: str, mentor: str, *, exact: bool = False) -> Why:
        """Return why a pair was not made; with `exact`, the cohort is solved again with it.

        Raises
        ------
        InputError
            E_UNKNOWN_PERSON, or what the explanation itself finds.
        """
        view = self.view()
        self._check(view, mentee, mentor, Decision.NOTE)
        if self.explain is None:
            return Why((), None)
        return self.explain(view.run, mentee, mentor, view.people, exact)

    def _work(
        self, run: Path | None, observer: Observer, config: Path | None, decisions: Path | None
    ) -> Path:
        if self.cohort is None:
            raise _refused("E_NOT_FOUND", "the run's cohort is not known", "name it with --cohort")
        seen = 0 if run is None else len(ledger.log_of(run).events())
        made = self.match(
            cohort=self.cohort, config=config, previous=run, decisions=decisions, observer=observer
        )
        if run is not None:
            ledger.carry_decisions(run, made, self.now(), seen)
        return made

    def _collect(self) -> None:
        """Take the result of the first match as the run to start from."""
        if self.start is None and self.job is not None and self.job.result is not None:
            self.start = self.job.result

    def _cohort(self, run: Path) -> Cohort | None:
        """Return the cohort for names; None where it cannot be read or is under pseudonyms."""
        if self.cohort is None or read_manifest(run).get("options", {}).get("pseudonymise"):
            return None
        config = run / RunFile.CONFIG
        try:
            return self.read(self.cohort, config if config.is_file() else None)
        except MatcherError:
            return None

    def _check(self, view: View, mentee: str, mentor: str, decision: str) -> None:
        if decision not in {word.value for word in Decision}:
            raise InputError(Finding("E_ENUM", "that is no decision", "use the buttons"))
        pair_only = decision in (Decision.LOCK, Decision.ASSIGN, Decision.BAN)
        if not (mentee or mentor) or (pair_only and not (mentee and mentor)):
            raise InputError(Finding("E_DECISION_PERSON", "somebody is missing", "name both"))
        mentors = set(view.data["mentors"]["mentor_id"])
        if (mentor and mentor not in mentors) or (mentee and mentee not in known_mentees(view)):
            finding = Finding(
                "E_UNKNOWN_PERSON", "nobody in this run has that id", "choose from a list"
            )
            raise InputError(finding)


def known_mentees(view: View) -> set[str]:
    """Return the ids of all mentees of a run."""
    unmatched = view.data["unmatched"]
    left = unmatched.loc[unmatched["role"] != "mentor", "person_id"]
    return {*view.data["portfolios"]["mentee_id"], *left}


def _refused(code: str, what: str, remedy: str) -> InputError:
    return InputError(Finding(code, what, remedy))
