"""Review: the pairs that need a person's judgement first; a mentee beside mentors and others."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import Response

from matcher.app.decisions_made import (
    decide,
    decision_of,
    knows_of,
    said_elsewhere,
    seen_now,
    standing_decisions,
    take_back,
    to_look_at,
    would_go,
)
from matcher.app.desk import ANEW, Desk, ProgrammeFolder
from matcher.app.effects import Effect, HeldPlaces, effect_of
from matcher.app.frame import Paged, ShortText, around, goto, show
from matcher.app.kept_apart import open_about, open_apart
from matcher.app.run_view import MenteeFacts, PersonFacts, RunView, view_of
from matcher.app.said_plainly import in_sentences, refused
from matcher.app.who_else import band_of, held_beside, next_for, wished_for
from matcher.app.year_view import year_facts
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.decisions.decisions import Event
from matcher.errors import MatcherError
from matcher.plans.plan_words import first_of, listing
from matcher.programme import ledger
from matcher.report.plain_words import PLAIN_WORDS, feature
from matcher.report.views import Step, Waterfall, waterfall_of
from matcher.text import fold

MOST_WAIT = 12
"""Mentees for whom a mentor comes next that their page shows."""
MOST_CHOICES = 60
"""Workplaces or topics that can be chosen to narrow the list down."""
FEW = 300
"""Mentors up to which their names are offered while one is written."""


@dataclass(frozen=True)
class Filter:
    """One way to narrow the list down."""

    key: str
    words: str
    count: int


@dataclass(frozen=True)
class Attempt:
    """What somebody thinks of doing about a mentee."""

    mentor: str
    who: str
    """A mentor's full name instead."""
    say: str
    way: str
    """How the match would be worked out: `few` or `anew`."""
    instead: str = ""
    """Key of the mentor whose place another would take: empty where not said, else `AS_WELL`."""


AS_WELL = "-"


ACTS = ("assign", "ban", "hold")
"""What is shown before it is done: as a title, and as the button that does it."""


def review_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/review")
    def review(
        key: str, view: str = "", q: str = "", place: str = "", topic: str = "", page: int = 1
    ) -> Response:
        return _list_page(desk.find(key), view, Narrowed(q, place, topic), max(1, page))

    @app.post("/p/{key}/review")
    def all_right(key: str, mentee: Annotated[list[str], Form()]) -> Response:
        programme, view = desk.find(key), view_of(desk.find(key))
        wanted, known = {*mentee}, programme.settings.seen()
        each = [m for m in to_look_at(programme, view) if m.key in wanted and m.is_for_remark]
        if each:
            names = first_of([m.person.name for m in each], 4)
            pairs = [(m.key, [mentor.key for mentor in m.mentors]) for m in each]
            said = worded("did.looks_right", name=names)
            programme.settings.note("seen", said, programme.reviewer, each=pairs)
        programme.tell(known)
        return goto(f"/p/{key}/review")

    @app.get("/p/{key}/mentee/{person:path}")
    def mentee(
        key: str,
        person: str,
        attempt: str = "",
        who: str = "",
        say: str = "assign",
        way: str = "few",
        instead: str = "",
    ) -> Response:
        how, act = "anew" if way == "anew" else "few", say if say in ACTS else "assign"
        asked = Attempt(attempt, who, act, how, instead)
        return _mentee_page(desk.find(key), person, asked)

    @app.get("/p/{key}/mentor/{person:path}")
    def mentor(key: str, person: str) -> Response:
        return _mentor_page(desk.find(key), person)

    @app.post("/p/{key}/mentee/{person:path}")
    def act(
        key: str,
        person: str,
        verb: ShortText,
        mentor: ShortText = "",
        note: ShortText = "",
        number: Annotated[int, Form()] = 0,
        way: ShortText = "few",
        instead: ShortText = "",
        knows: ShortText = "",
    ) -> Response:
        programme = desk.find(key)
        view = view_of(programme)
        if knows and verb != "note" and (told := said_elsewhere(view, person, knows)):
            return _mentee_page(programme, person, Attempt("", "", "assign", "few"), told)
        here = f"/p/{key}/mentee/{quote(person)}"
        if verb == "seen":
            _look_at(programme, view.mentee(person))
            left = (m.key for m in to_look_at(programme, view))
            following = next((one for one in left if one != person), "")
            return goto(f"/p/{key}/mentee/{quote(following)}" if following else f"/p/{key}/review")
        if verb == "undo":
            programme.told = take_back(programme, view, number)
        else:
            decide(programme, view, decision_of(person, mentor, verb, instead), note)
            if way == "anew":
                programme.settings.note(
                    ANEW, worded("did.anew"), programme.reviewer, run=view.run.name
                )
        return goto(here)


def _look_at(programme: ProgrammeFolder, mentee: MenteeFacts) -> None:
    mentors = [mentor.key for mentor in mentee.mentors]
    said = worded("did.looks_right", name=mentee.person.name)
    programme.settings.note("seen", said, programme.reviewer, mentee=mentee.key, mentors=mentors)


def _filters(
    programme: ProgrammeFolder, view: RunView
) -> list[tuple[Filter, Callable[[MenteeFacts], bool]]]:
    look = {m.key for m in to_look_at(programme, view)}
    about = {one.mentee for one in standing_decisions(view)}
    rules: dict[str, Callable[[MenteeFacts], bool]] = {
        "look": lambda m: m.key in look,
        "remark": lambda m: m.key in look and m.is_for_remark,
        "all": lambda _: True,
        "two": lambda m: len(m.mentors) > 1,
        "same": lambda m: m.is_at_work_with_mentor,
        "decided": lambda m: m.key in about,
        "none": lambda m: not m.mentors,
    }
    return [
        (Filter(key, worded(f"filters.{key}"), sum(map(rule, view.mentees))), rule)
        for key, rule in rules.items()
    ]


@dataclass(frozen=True)
class Narrowed:
    """What the list is narrowed down to, beside a filter."""

    q: str = ""
    place: str = ""
    topic: str = ""

    def holds(self, mentee: MenteeFacts) -> bool:
        """Whether a mentee is among them."""
        return (
            (not self.q or mentee.holds(self.q))
            and (not self.place or fold(mentee.person.work) == fold(self.place))
            and (not self.topic or self.topic in (*mentee.met, *mentee.open))
        )

    @property
    def words(self) -> str:
        """What was asked for, to be quoted."""
        return ", ".join(filter(None, (self.q, self.place, self.topic)))


def _counted(found: Iterable[str]) -> list[tuple[str, int]]:
    """Return texts with how often each stands, the most frequent first."""
    spelt: dict[str, str] = {}
    counts = Counter(spelt.setdefault(fold(text), text) for text in found if text)
    return counts.most_common(MOST_CHOICES)


def _list_page(programme: ProgrammeFolder, shown: str, narrowed: Narrowed, page: int) -> Response:
    view = view_of(programme)
    filters = _filters(programme, view)
    shown = shown or ("look" if filters[0][0].count and not narrowed.words else "all")
    rule = next((rule for one, rule in filters if one.key == shown), filters[1][1])
    found = [m for m in view.mentees if rule(m) and narrowed.holds(m)]
    return show(
        "review.html.j2",
        around(programme, "review"),
        found=Paged.of(found, page),
        filters=[one for one, _ in filters if one.count or one.key in ("look", "all", shown)],
        shown=shown,
        narrowed=narrowed,
        places=_counted(m.person.work for m in view.mentees),
        topics=_counted(t for m in view.mentees for t in (*m.met, *m.open)),
        total=len(view.mentees),
        first=next(iter(to_look_at(programme, view)), None),
        marks=_marks(programme, view),
    )


def _marks(programme: ProgrammeFolder, view: RunView) -> dict[str, str]:
    """Return what was said of mentees: decided, or looked at."""
    said = dict.fromkeys(seen_now(programme, view), worded("frame.looks_right"))
    return said | {one.mentee: one.said for one in standing_decisions(view)}


def _mentee_page(
    programme: ProgrammeFolder, key: str, asked: Attempt, told: Sequence[str] = ()
) -> Response:
    """Return a mentee's page; `told` is why what was just asked for is not done."""
    view = view_of(programme)
    mentee = view.mentee(key)
    problems = [*told]
    if asked.who:
        found = _named(view, asked.who)
        asked = replace(asked, mentor=found[0].key if len(found) == 1 else "")
        told_apart = "; ".join(m.name for m in found)
        problems += [worded("mentee.no_such", name=asked.who)] if not found else []
        problems += [worded("mentee.several", names=told_apart)] if len(found) > 1 else []
    looks, held = [m.key for m in to_look_at(programme, view)], HeldPlaces.of(programme, view)
    at, every = looks.index(key) + 1 if key in looks else 0, view.mentors.values()
    approved = ledger.approval(view.run) is not None
    others = [*wished_for(programme, view, mentee, held), *next_for(programme, view, mentee, held)]
    try:
        attempted = _attempted(programme, view, mentee, asked, held)
    except MatcherError as error:
        attempted, problems = {"asked": None, "chosen": None}, in_sentences(error)
    return show(
        "mentee_page.html.j2",
        around(programme, "review"),
        409 if told else 200,
        knows=knows_of(view),
        mentee=mentee,
        mentors=mentee.mentors,
        band=band_of(mentee),
        others=others,
        now=[held_beside(view, mentee, mentor) for mentor in mentee.mentors],
        decided=[one for one in standing_decisions(view) if one.mentee == key],
        kept={(one.mentor, one.decision) for one in standing_decisions(view) if one.mentee == key},
        goes_on={mentor for who, mentor in held.going_on if who == key},
        approved=approved,
        is_looking=not approved and not year_facts(programme, view).is_added,
        apart=open_about({key, *(m.key for m in mentee.mentors)}, open_apart(programme)),
        seen=key in seen_now(programme, view),
        position=at,
        looks=len(looks),
        following=next(iter(looks[at:]), ""),
        preceding=looks[at - 2] if at > 1 else "",
        worked_out=_worked_out(view, mentee),
        mentor_names=sorted({m.name for m in every}) if len(every) <= FEW else (),
        problems=problems,
        names=view.names.name,
        **attempted,
    )


def _attempted(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, asked: Attempt, held: HeldPlaces
) -> dict[str, Any]:
    """Return what a page shows of something that is thought of, before it is done."""
    chosen = view.mentors.get(asked.mentor) if asked.say != "hold" else None
    if chosen is None and asked.say != "hold":
        return {"asked": None, "chosen": None}
    places = _whose_place(mentee, asked, held)
    first = next(iter(places)) if len(mentee.mentors) == 1 else ""
    wanted = {"": first, AS_WELL: ""}.get(asked.instead, asked.instead)
    asked = replace(asked, instead=wanted if wanted in places else first)
    new = decision_of(mentee.key, chosen.key if chosen else "", asked.say, asked.instead)
    names = {"mentee": mentee.person.name, "mentor": chosen.name if chosen else ""}
    names["before"] = view.names.name(asked.instead) if asked.instead else ""
    act = f"acts.{asked.say}{'_instead' if asked.instead else ''}"
    return {
        "asked": asked,
        "chosen": chosen,
        "places": places,
        "as_well": AS_WELL,
        "goes": would_go(view, new),
        "apart_then": open_about({mentee.key, asked.mentor}, open_apart(programme)),
        "effect": _effect(programme, view, new, asked.way),
        "effect_title": worded(act, **names),
        "effect_button": worded(f"{act}_button", **names),
    }


def _named(view: RunView, text: str) -> list[PersonFacts]:
    """Return the mentors of a name: one where it says who of two is meant."""
    wanted, known = fold(text), list(view.mentors.values())
    exact = [mentor for mentor in known if fold(mentor.name) == wanted]
    return exact or [mentor for mentor in known if fold(mentor.name).startswith(f"{wanted} (")]


def _mentor_page(programme: ProgrammeFolder, key: str) -> Response:
    """Return a mentor's page: who they are, their mentees, and for whom they come next."""
    view = view_of(programme)
    mentor = view.mentors.get(key)
    if mentor is None:
        raise refused("E_NOT_FOUND", "no_mentor")
    rows = view.data["alternates"]
    waits = set(rows.loc[rows["mentor_id"] == key, "mentee_id"])
    return show(
        "mentor_page.html.j2",
        around(programme, "review"),
        mentor=mentor,
        mentees=[m for m in view.mentees if m.key in mentor.with_],
        waits=[m for m in view.mentees if m.key in waits][:MOST_WAIT],
        marks=_marks(programme, view),
    )


def _whose_place(mentee: MenteeFacts, asked: Attempt, held: HeldPlaces) -> dict[str, str]:
    """Return whose place a mentor can take, in words: by key, empty for whoever it may be."""
    now = [mentor for mentor in mentee.mentors if mentor.key != asked.mentor]
    if asked.say != "assign" or len(now) < len(mentee.mentors):
        return {"": ""}
    stays = {mentor for who, mentor in held.going_on if who == mentee.key}
    found = {m.key: worded("places.instead", name=m.name) for m in now if m.key not in stays}
    if not found or held.most.get(mentee.key, 2) > 1:
        names = listing([mentor.name for mentor in now])
        found[""] = worded("places.open", len(now), names=names)
    return found


def _effect(programme: ProgrammeFolder, view: RunView, new: Event, way: str) -> Effect | None:
    return programme.kept(
        f"effect {way} {new} {len(ledger.log_of(view.run).events())} {view.run.name}",
        lambda: effect_of(programme, view, new, anew=way == "anew"),
        (programme.settings.text, programme.said()),
    )


def _worked_out(view: RunView, mentee: MenteeFacts) -> list[tuple[str, Waterfall]]:
    """Return how each pair was worked out, with the parts and numbers as pages say them."""
    named = {feature(name): worded(f"parts.{name}") for name in PLAIN_WORDS["features"]}
    point = str.maketrans(".", for_pages(spoken().language)["numbers"]["point"])
    found = []
    for mentor in mentee.mentors:
        part = view.data.pairs.get((mentee.key, mentor.key))
        if part is not None:
            told = waterfall_of(part)
            steps = tuple(
                Step(named.get(s.feature, s.feature), *(t.translate(point) for t in astuple(s)[1:]))
                for s in told.steps
            )
            left = tuple(named.get(name, name) for name in told.unanswered)
            score = told.score.translate(point)
            found.append((mentor.name, replace(told, steps=steps, score=score, unanswered=left)))
    return found
