"""Match: work it out, watch it in words, and see what came of it and how good it is."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.responses import Response

from matcher.app.decisions_made import not_followed
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.frame import Frame, Paged, ShortText, around, download, goto, show, templates
from matcher.app.kept_apart import open_cards
from matcher.app.names_shown import names_shown
from matcher.app.rematch import Job
from matcher.app.run_view import facet_worded, view_of
from matcher.app.said_plainly import with_names
from matcher.app.since_matched import BrokenPair, is_older
from matcher.catalogue.catalogue import for_pages, numeral, spoken, worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.questions import NO, YES
from matcher.cohort.tables import MANAGERS
from matcher.errors import Finding, InfeasibleError
from matcher.publish.published_run import approval_sentence
from matcher.report.page import build_report, n_mentees
from matcher.report.plain_words import sentence
from matcher.report.run_charts import differs, fairness_parts
from matcher.report.run_data import RunData, ShownNames
from matcher.report.views import LeftOut, left_out
from matcher.report.workbook import build_workbook
from matcher.run_tables import RunFile
from matcher.text import capital, fold

PROVED = 1e-4
"""Gap up to which nothing better is possible, as far as anybody would notice."""
WORKBOOK_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class CountsReady:
    """What would be matched, as counts."""

    mentees: int
    mentors: int
    places: float
    apart: int
    """People whose answer about whom to avoid is followed."""
    open: int
    """Such answers that keep nobody apart until somebody says who is meant."""
    managers: int
    likely: int = 0
    """Open ones for which those who may be meant stay apart."""
    unsaid: int = 0
    """Mentors of whom no number of places is known: each counts as one."""

    @property
    def avoided(self) -> str:
        """How many answers about whom to avoid are followed, and how many are open."""
        told = [worded("priorities.followed", self.apart)]
        told += [worded("priorities.likely", self.likely)] if self.likely else []
        told += [worded("priorities.open", self.open)] if self.open else []
        return "; ".join(told)

    @property
    def offered(self) -> str:
        """How many mentors offer how many places, in words."""
        told = worded("match.with_places", self.places, mentors=self.mentors)
        rest = worded("match.places_unsaid", self.unsaid) if self.unsaid else ""
        return f"{told}{rest}"


@dataclass(frozen=True)
class Seat:
    """One mentor with their mentees, and the places that are left."""

    name: str
    organisation: str
    mentees: tuple[str, ...]
    open: int


@dataclass(frozen=True)
class SeatGroup:
    """The mentors of one workplace, or for one topic."""

    name: str
    seats: tuple[Seat, ...]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Mentors, their mentees, and places that are left."""
        mentees = sum(len(seat.mentees) for seat in self.seats)
        return len(self.seats), mentees, sum(max(0, seat.open) for seat in self.seats)


@dataclass(frozen=True)
class PictureAsked:
    """What the picture of the match shows: all of it stands in the address."""

    by: str = "place"
    """Whether by workplace, or by `topic`."""
    at: str = ""
    """The group that is looked at."""
    page: int = 1
    out: int = 1
    """Page of those without a match."""


MOST_CARDS = 300
"""Mentors up to which everybody has a card; of more, groups are lines."""


@dataclass(frozen=True)
class MatchView:
    """What came of a match."""

    headline: str
    proof: str
    counts: tuple[tuple[str, str], ...]
    without: Paged[LeftOut]
    groups: Paged[SeatGroup]
    """By workplace of the mentors, or by what they are there for."""
    opened: Paged[Seat] | None
    """Of many mentors, those of the group that is looked at; None for all groups, or for few."""
    asked: PictureAsked
    is_grid: bool
    """Whether groups are lines with counts, each of which opens its mentors."""
    uneven: tuple[str, ...]
    """Groups that fare differently beyond chance, a sentence each."""
    even: str
    """What was compared and does not differ; empty where no groups are known."""


def match_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/match")
    def match(key: str, by: str = "place", at: str = "", page: int = 1, out: int = 1) -> Response:
        programme = desk.find(key)
        return _page(programme, around(programme, "match"), PictureAsked(by, at, page, out))

    @app.post("/p/{key}/match")
    def act(key: str, verb: ShortText) -> Response:
        programme = desk.find(key)
        if verb == "work" and not programme.open_questions():
            programme.match()
        elif verb == "stop" and programme.job is not None:
            programme.job.stop()
        return goto(f"/p/{key}/match")

    @app.get("/p/{key}/progress")
    def progress(key: str) -> Response:
        programme = desk.find(key)
        job = programme.job
        done = job is None or job.done
        words, share = progress_words(programme, job), job.share if job else 1.0
        shown = templates().get_template("_progress_words.html.j2")
        text = shown.render(words=words, base=f"/p/{key}", share=share)
        page = "match" if job is None or job.problems else job.page
        headers = {"HX-Redirect": f"/p/{key}/{page}"} if done else {}
        return Response(text, media_type="text/html", headers=headers)

    @app.get("/p/{key}/report.html")
    def report(key: str) -> Response:
        run, cohort = _finished(desk.find(key))
        page = build_report(run, cohort=cohort, approval=approval_sentence(run))
        return download(page, RunFile.REPORT, "text/html")

    @app.get("/p/{key}/matches.xlsx")
    def workbook(key: str) -> Response:
        run, cohort = _finished(desk.find(key))
        return download(build_workbook(run, cohort=cohort), RunFile.WORKBOOK, WORKBOOK_KIND)


def _page(programme: ProgrammeFolder, frame: Frame, asked: PictureAsked) -> Response:
    job = programme.job
    if job is not None and not job.done:
        words = progress_words(programme, job)
        return show("matching.html.j2", frame, words=words, share=job.share, what=job.words)
    people, view = names_shown(programme, programme.cohort_of_match()), None
    run, broken = programme.run(), tuple[BrokenPair, ...]()
    if run is not None:
        shown = view_of(programme)
        view, broken = match_view(shown.data, people, asked), shown.broken
    failed = [_failed(programme, people, fault) for fault in programme.failed()]
    decided = not_followed(view_of(programme)) if failed and run is not None else []
    return show(
        "match.html.j2", frame, view=view, failed=failed, decided=decided, ready=ready(programme),
        broken=broken, is_old=run is not None and is_older(programme, run),
    )  # fmt: skip


@dataclass(frozen=True)
class WhatFailed:
    """Why a match did not finish, and of whom that speaks."""

    said: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    """Name and page of everybody who is named."""


def _failed(programme: ProgrammeFolder, people: ShownNames, fault: Finding) -> WhatFailed:
    """Return why a match did not finish in sentences, with names that lead to people."""
    view = None if programme.run() is None else view_of(programme)
    mentees = {} if view is None else {m.key: "mentee" for m in view.mentees}
    sides = mentees if view is None else dict.fromkeys(view.mentors, "mentor") | mentees
    named = [key for key in dict.fromkeys(re.findall(r"[\w@.-]*\w", fault.line())) if key in sides]
    links = tuple((people.name(key), f"{sides[key]}/{quote(key)}") for key in named)
    return WhatFailed(tuple(with_names(fault, people)), links)


def _finished(programme: ProgrammeFolder) -> tuple[Path, Any]:
    run = programme.run()
    if run is None:
        raise InfeasibleError([])
    return run, programme.cohort_of_match()


def ready(programme: ProgrammeFolder) -> CountsReady | None:
    """Return what would be matched; None where nobody can be read."""
    cohort = programme.reading().cohort
    if cohort is None:
        return None
    places = float(cohort.mentors["capacity"].fillna(1).sum())
    avoided, managers = _named_by(cohort)
    cards = open_cards(programme, cohort)
    return CountsReady(
        mentees=len(cohort.mentees),
        mentors=len(cohort.mentors),
        places=places,
        apart=avoided,
        open=cards.unsafe,
        managers=managers,
        likely=cards.apart,
        unsaid=int(cohort.mentors["capacity"].isna().sum()),
    )


def _named_by(cohort: Cohort) -> tuple[int, int]:
    """Return how many people said whom to avoid, and how many named a manager who takes part.

    Whom an answer about a manager means once somebody said so is kept apart as those to avoid are.
    """
    meant: dict[str, set[str]] = defaultdict(set)
    for q in cohort.questions:
        if q.column in MANAGERS and q.answer not in ("", NO):
            meant[q.person] |= {*(q.likely if q.answer == YES else q.answer.split(", "))}
    avoid, managed = set[str](), set[str]()
    for side in (cohort.mentees, cohort.mentors):
        for person, others in zip(side["person_id"], side["avoid"], strict=True):
            if {*others} - meant[person]:
                avoid.add(person)
        managed |= {*side.loc[side["line_manager"].notna(), "person_id"]}
        managed |= {person for person in side["person_id"] if meant[person]}
    return len(avoid), len(managed)


def progress_words(programme: ProgrammeFolder, job: Job | None) -> str:
    """Return where a match stands, in a sentence."""
    if job is None or job.done:
        return worded("progress.done")
    if job.words:
        return f"{job.words}."
    if job.latest is None:
        return worded("progress.comparing")
    gap = job.latest.gap
    if not math.isfinite(gap) or gap > 1:
        return worded("progress.looking")
    most = max(1, math.ceil(100 * gap))
    if gap <= PROVED:
        return worded("progress.found")
    return worded("progress.good", most=most)


def match_view(
    data: RunData, people: ShownNames, asked: PictureAsked = PictureAsked()
) -> MatchView:
    """Return what came of a match, in counts of people, places and topics."""
    matched = int(data.summary.get("n_matched_mentees", 0))
    total = n_mentees(data)
    mentors = data.counted["mentors"]
    several = int((data["portfolios"]["n_mentors"] >= 2).sum())
    used, places = mentors["used"].sum(), mentors["capacity"].sum()
    known, unknown = data.needs_known
    whole = len(data.served_in_full)
    counts = [
        (worded("survey.of", of=matched, all=total), worded("counts.have")),
        (worded("survey.of", of=whole, all=known), worded("counts.whole")),
        (numeral(several), worded("counts.several")),
        (worded("survey.of", of=float(used), all=float(places)), worded("counts.taken")),
    ]
    wishes = data.summary.get("choices") or {}
    if wishes.get("possible"):
        told = worded("survey.of", of=wishes["given"], all=wishes["possible"])
        counts.append((told, worded("counts.wishes", wishes["possible"])))
    if apart := (data.summary.get("languages") or {}).get("none", 0):
        counts.append((numeral(apart), worded("counts.languages", apart)))
    if unknown:
        counts.append((numeral(unknown), worded("counts.unknown", unknown)))
    alike = [worded("match.metric_by", **part) for part in _compared(data, uneven=False)]
    groups = _seats(data, people, asked.by)
    is_grid = len(mentors) > MOST_CARDS
    opened = next((group for group in groups if is_grid and group.name == asked.at), None)
    return MatchView(
        headline=worded("steps.have_mentor", reached=matched, all=total),
        proof=proof_words(data.summary),
        counts=tuple(counts),
        without=Paged.of([*map(_without, left_out(data, people))], asked.out),
        groups=Paged.of(groups, asked.page) if is_grid else Paged(groups, 1, 1, len(groups)),
        opened=Paged.of(opened.seats, asked.page) if opened else None,
        asked=asked,
        is_grid=is_grid,
        uneven=tuple(worded("match.uneven_by", **part) for part in _compared(data, uneven=True)),
        even=worded("match.even_by", what="; ".join(alike)) if alike else "",
    )


def _compared(data: RunData, *, uneven: bool) -> Iterator[dict[str, str]]:
    """Yield what was compared between groups: whether they differ beyond chance, or not."""
    for attribute, metric, part in fairness_parts(data):
        if differs(part) == uneven:
            yield {"group": sentence(attribute), "metric": worded(f"metrics.{metric}")}


def _without(one: LeftOut) -> LeftOut:
    """Return somebody without a match, with why and what would help in the words of pages."""
    known = f"without.{one.code}" in for_pages(spoken().language).flat
    why = worded(f"without.{one.code if known else 'else'}", english=one.detail or one.reason)
    help_ = worded(f"without.{one.code}_help") if known else ""
    return replace(one, detail=why, remedy=help_)


def proof_words(summary: Mapping[str, Any]) -> str:
    """Return how good a match is known to be."""
    gap = summary.get("gap")
    if not isinstance(gap, int | float) or not math.isfinite(gap):
        return worded("proof.unknown")
    if "claim" in str(summary.get("bound_source") or ""):
        return worded("proof.claimed")
    if gap <= PROVED:
        return worded("proof.proved")
    return worded("proof.most", most=max(1, math.ceil(100 * gap - 1e-9)))


def _there_for(data: RunData) -> dict[str, str]:
    """Return the topic that each mentor is there for most often, by id."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mentor, covers in zip(data["matches"]["mentor_id"], data["matches"]["covers"], strict=True):
        counts[mentor].update(covers[:1])
    names = sorted({topic for found in counts.values() for topic in found})
    plain = {name: facet_worded(name) for name in names} | data.facet_labels
    return {m: capital(plain[c.most_common(1)[0][0]]) for m, c in counts.items() if c}


def _seats(data: RunData, people: ShownNames, by: str) -> tuple[SeatGroup, ...]:
    """Return the mentors with their mentees by workplace or topic, the largest first."""
    topics = _there_for(data) if by == "topic" else {}
    mentees: dict[str, list[str]] = defaultdict(list)
    for mentee, mentor in data["matches"][["mentee_id", "mentor_id"]].itertuples(index=False):
        mentees[mentor].append(people.name(mentee))
    groups: dict[str, list[Seat]] = defaultdict(list)
    spelt: dict[str, str] = {}
    rows = zip(*(data["mentors"][c] for c in ("mentor_id", "capacity", "used")), strict=True)
    for mentor, capacity, used in rows:
        theirs = tuple(sorted(mentees[mentor]))
        seat = Seat(people.name(mentor), people.organisation(mentor), theirs, int(capacity - used))
        where = seat.organisation or worded("match.no_place")
        if by == "topic":
            where = topics.get(mentor, worded("match.no_topic"))
        groups[spelt.setdefault(fold(where), where)].append(seat)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(SeatGroup(w, tuple(sorted(seats, key=lambda s: s.name))) for w, seats in ordered)
