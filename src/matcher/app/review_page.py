"""Review: the pairs that need a person's judgement first; a mentee beside mentors and others."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import Response

from matcher.app.decisions_made import (
    decide,
    knows_of,
    said_elsewhere,
    seen_now,
    standing_decisions,
    take_back,
    to_look_at,
    would_go,
)
from matcher.app.desk import ANEW, Desk, ProgrammeFolder
from matcher.app.effects import Effect, HeldPlaces, bound_in_words, effect_of, typical_match
from matcher.app.frame import ON_A_PAGE, ShortText, around, goto, show
from matcher.app.kept_apart import open_about, open_apart
from matcher.app.read_so_far import mode_named
from matcher.app.run_view import MenteeFacts, PersonFacts, RunView, view_of, ways_to_meet
from matcher.app.said_plainly import in_a_sentence, in_sentences, refused
from matcher.app.since_matched import why_no_pair
from matcher.app.year_view import year_facts
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.errors import MatcherError
from matcher.plans.plan_words import first_of, listing
from matcher.programme import ledger
from matcher.report.plain_words import PLAIN_WORDS, feature
from matcher.report.views import Step, Waterfall, waterfall_of
from matcher.text import fold
from matcher.vocabulary import Decision

ALTERNATES = 3
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
class Other:
    """A mentor beside those of the match, line by line."""

    person: PersonFacts
    place: str
    for_others: str
    topics: str = ""
    has_topics: bool = True
    meeting: str = ""
    can_meet: bool = True
    is_wished: bool = False
    """Whether the mentee wished for them by name."""
    why_not: str = ""
    """Why they cannot be the mentor; empty where they can."""


@dataclass(frozen=True)
class Attempt:
    """What somebody thinks of doing about a mentee."""

    mentor: str
    who: str
    """A mentor's full name instead."""
    say: str
    way: str
    """How the match would be worked out: `few` or `anew`."""


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
    ) -> Response:
        how, act = "anew" if way == "anew" else "few", say if say in ACTS else "assign"
        asked = Attempt(attempt, who, act, how)
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
        knows: ShortText = "",
    ) -> Response:
        programme = desk.find(key)
        view = view_of(programme)
        if knows and verb != "note" and (told := said_elsewhere(view, person, knows)):
            asked = Attempt("", "", "assign", "few")
            return _mentee_page(programme, person, asked, told)
        here = f"/p/{key}/mentee/{quote(person)}"
        if verb == "seen":
            _look_at(programme, view.mentee(person))
            left = (m.key for m in to_look_at(programme, view))
            following = next((one for one in left if one != person), "")
            return goto(f"/p/{key}/mentee/{quote(following)}" if following else f"/p/{key}/review")
        if verb == "undo":
            programme.told = take_back(programme, view, number)
        else:
            decide(programme, view, person, mentor=mentor, word=verb, note=note)
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
        mentees=found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        count=len(found),
        page=page,
        pages=-(-len(found) // ON_A_PAGE),
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
    approved = ledger.approval(view.run) is not None
    chosen = view.mentors.get(asked.mentor)
    is_asked = chosen is not None or asked.say == "hold"
    whom = "" if asked.say == "hold" else asked.mentor
    try:
        effect = _effect(programme, view, mentee, asked) if is_asked else None
    except MatcherError as error:
        effect, problems = None, in_sentences(error)
    whose = {"mentee": mentee.person.name, "mentor": chosen.name if chosen else ""}
    title, button = (worded(f"acts.{asked.say}{part}", **whose) for part in ("", "_button"))
    return show(
        "mentee_page.html.j2",
        around(programme, "review"),
        409 if told else 200,
        knows=knows_of(view),
        mentee=mentee,
        mentors=mentee.mentors,
        band=_band(mentee),
        others=[*_wished(programme, view, mentee, held), *_others(programme, view, mentee, held)],
        now=[_other(view, mentee, mentor, "") for mentor in mentee.mentors],
        decided=[one for one in standing_decisions(view) if one.mentee == key],
        kept={(one.mentor, one.decision) for one in standing_decisions(view) if one.mentee == key},
        goes_on={mentor for who, mentor in held.going_on if who == key},
        approved=approved,
        is_looking=not approved and not year_facts(programme, view).is_added,
        goes=would_go(view, key, whom, asked.say) if is_asked else [],
        apart=open_about({key, *(m.key for m in mentee.mentors)}, open_apart(programme)),
        apart_then=open_about({key, asked.mentor}, open_apart(programme)) if is_asked else [],
        seen=key in seen_now(programme, view),
        position=looks.index(key) + 1 if key in looks else 0,
        looks=len(looks),
        following=_after(looks, key),
        preceding=looks[looks.index(key) - 1] if key in looks[1:] else "",
        worked_out=_worked_out(view, mentee),
        chosen=chosen,
        asked=asked if is_asked else None,
        effect_title=title,
        effect_button=button,
        effect=effect,
        mentor_names=sorted({m.name for m in view.mentors.values()})
        if len(view.mentors) <= FEW
        else (),
        problems=problems,
        names=view.names.name,
    )


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


def _after(looks: list[str], key: str) -> str:
    """Return who comes after a mentee among those that want a look."""
    at = looks.index(key) + 1 if key in looks else 0
    return looks[at] if at < len(looks) else ""


def _effect(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, asked: Attempt
) -> Effect | None:
    said, mentor = Decision(asked.say), "" if asked.say == "hold" else asked.mentor
    what = f"effect {asked.say} {asked.way} {mentee.key} {mentor}"
    return programme.kept(
        f"{what} {len(ledger.log_of(view.run).events())} {view.run.name}",
        lambda: effect_of(programme, view, mentee.key, mentor, said, anew=asked.way == "anew"),
        (programme.settings.text, programme.said()),
    )


def _band(mentee: MenteeFacts) -> tuple[bool, str, list[tuple[bool, str]]]:
    """Return whether all is well, that in a sentence, and line by line."""
    asked = len(mentee.met) + len(mentee.open)
    lines = []
    if asked:
        lines.append((not mentee.open, worded("band.topics", asked, met=len(mentee.met))))
    for mentor in mentee.mentors:
        if mentee.person.is_known and mentor.is_known:
            lines.append(_meeting(mentee.person, mentor))
    well = bool(mentee.mentors) and not mentee.open and all(good for good, _ in lines)
    if not mentee.mentors:
        return False, worded("band.nobody"), []
    if mentee.open:
        return False, worded("band.open", topics=listing(mentee.open)), lines
    if own := mentee.person.own_topic:
        return False, worded("band.own_topic", what=own), lines
    topics = "all" if asked else "none"
    if not mentee.person.is_known:
        return True, worded("band.all" if asked else "band.unknown"), lines
    return well, worded(f"band.{topics}_{'meet' if well else 'perhaps'}"), lines


def _meeting(person: PersonFacts, mentor: PersonFacts) -> tuple[bool, str]:
    """Return whether two can meet, and when and how."""
    ways = ways_to_meet(person, mentor)
    if ways.can_talk is False:
        return False, worded("band.no_language", name=mentor.name)
    if ways.days == ():
        return False, worded("band.no_day", name=mentor.name)
    if ways.modes == ():
        return False, worded("band.no_way", name=mentor.name)
    known = () if "hybrid" in (ways.modes or ()) else ways.modes or ()
    how = listing([in_a_sentence(mode_named(mode)) for mode in known], "or")
    days = listing(ways.days or ()) or _days_open(person, mentor)
    return bool(ways.days), worded("band.days_how", days=days, how=how) if how else days


def _days_open(person: PersonFacts, mentor: PersonFacts) -> str:
    """Return why nobody knows on which days two can meet."""
    silent = next((one for one in (person, mentor) if not one.slots), None)
    if silent is None:
        return worded("band.no_clock", name=mentor.name)
    return worded("band.unread_days" if silent.unread else "band.no_days", name=silent.name)


def _other(view: RunView, mentee: MenteeFacts, mentor: PersonFacts, for_others: str) -> Other:
    if not mentor.is_known:
        return Other(person=mentor, place=_places_of(view, mentee, mentor), for_others=for_others)
    wanted, own = mentee.person.topics, mentee.person.own_topic
    shared = [topic for topic in wanted if topic in mentor.topics]
    has = len(shared) == len(wanted)
    topics = listing(shared) if shared else worded("band.none_of_them")
    topics = worded("filters.all") if wanted and has else topics
    can, meeting = _meeting(mentee.person, mentor)
    return Other(
        person=mentor,
        topics=topics if wanted else worded(f"band.{'own_alone' if own else 'no_topic'}"),
        has_topics=has,
        meeting=meeting,
        can_meet=can,
        place=_places_of(view, mentee, mentor),
        for_others=for_others,
    )


def _places_of(view: RunView, mentee: MenteeFacts, mentor: PersonFacts) -> str:
    """Return how many places of a mentor are taken; where all are, by whom beside the mentee."""
    holders = [view.names.name(key) for key in mentor.with_ if key != mentee.key]
    is_full = mentor.is_known and bool(holders) and mentor.used >= mentor.places
    key = "band.taken_by" if is_full else "person.taken"
    return worded(key, used=mentor.used, places=mentor.places, names=listing(holders))


def _others(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, held: HeldPlaces
) -> list[Other]:
    """Return the mentors who come next, with what each would be for everybody at least.

    A match that only gave free places knows none: then those with a place left come next. Whose
    places are all held comes for nobody.
    """
    free = {r.key for r in view.mentors.values() if not held.no_room(mentee.key, r)}
    costs = {key: cost for key, cost in _costs(view, mentee).items() if key in free}
    costs = costs or dict.fromkeys(_with_places(programme, view, mentee, free), "")
    return [
        _other(view, mentee, view.mentors[key], cost)
        for key, cost in list(costs.items())[:ALTERNATES]
        if key not in mentee.person.wishes
    ]


def _with_places(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, free: Collection[str]
) -> list[str]:
    """Return the mentors with a place left whom a mentee may have, most shared topics first."""
    cohort, wanted = programme.cohort_of_match(), {*mentee.person.topics}
    given = {mentor.key for mentor in mentee.mentors}
    have = [view.mentors[key] for key in free if key not in given]
    left = [mentor for mentor in have if mentor.used < mentor.places]
    left.sort(key=lambda mentor: (-len(wanted & {*mentor.topics}), mentor.name))
    can = (
        mentor.key
        for mentor in left
        if cohort is None or not why_no_pair(programme, cohort, view.names, mentee.key, mentor.key)
    )
    return list(islice(can, ALTERNATES))


def _costs(view: RunView, mentee: MenteeFacts) -> dict[str, str]:
    """Return what each of the mentors who come next would be for everybody at least, by id."""
    rows = view.data["alternates"]
    rows, typical = rows[rows["mentee_id"] == mentee.key], typical_match(view)
    return {
        str(key): bound_in_words(float(cost), typical)
        for key, cost in zip(rows["mentor_id"], rows["cost_to_cohort"], strict=True)
    }


def _wished(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, held: HeldPlaces
) -> Iterator[Other]:
    """Yield the mentors whom a mentee wished for and was not given, each with what speaks for it.

    Who can be the mentor has their effect one press away; of who cannot, the rule is told.
    """
    cohort, costs = programme.cohort_of_match(), _costs(view, mentee)
    given = {mentor.key for mentor in mentee.mentors}
    for key in (key for key in mentee.person.wishes if key not in given):
        name = view.names.name(key)
        nobody = PersonFacts(
            key, name, view.names.organisation(key), is_mentor=True, is_known=False
        )
        why = worded("cannot.not_in", name=name)
        if key in view.mentors and cohort is not None:
            why = why_no_pair(programme, cohort, view.names, mentee.key, key)
            why = why or held.no_room(mentee.key, view.mentors[key])
        found = _other(view, mentee, view.mentors.get(key, nobody), costs.get(key, ""))
        yield replace(found, is_wished=True, why_not=why)


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
