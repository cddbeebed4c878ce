"""The match in view as its pages show it: facts of every mentee, what wants a look, and why."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from matcher.app.desk import ProgrammeFolder
from matcher.app.filled_in import Sheets, sheets_of
from matcher.app.kept_apart import open_apart
from matcher.app.names_shown import names_shown
from matcher.app.read_so_far import MODES, mode_named, times_of
from matcher.app.said_plainly import refused
from matcher.app.since_matched import BrokenPair, broken_pairs, outrun_by
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.clocks import hours_ahead
from matcher.cohort.cohort import Cohort
from matcher.cohort.languages import as_answered, languages_of
from matcher.cohort.tables import SIGNUPS, table_spec
from matcher.config import Config
from matcher.features.stated_wishes import WELCOME
from matcher.features.weeks import free_together
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.meanings import MISSING
from matcher.intake.proposals.proposal import Proposal
from matcher.intake.proposals.reasons import Why
from matcher.intake.proposals.single_texts import is_nothing
from matcher.plans.plan_words import listing
from matcher.report.run_data import RunData, ShownNames, named_rows
from matcher.text import fold, printable
from matcher.vocabulary import IGNORE, Role, facet_label, is_protected

LEAST_WELL = 0.1
"""Share of mentees that are among the least well matched."""
MOST_WORTH_A_LOOK = 200
THANKS = ("thank", "dank", "merci", "graci", "obrigad", "graz", "bedank", "tack", "dzi\u0119k")
MOST_POLITE = 6
"""Words of a remark that is nothing but thanks."""
REMARKS = (Why.REMARKS, Why.WRITTEN_BESIDE)
"""Why questions are left out whose answers a person must read."""


@dataclass(frozen=True)
class PersonFacts:
    """What somebody wrote, as a card shows it."""

    key: str
    name: str
    work: str
    is_mentor: bool
    is_known: bool = True
    """Whether it is known what they wrote: not under pseudonyms, nor without their file."""
    quote: str = ""
    topics: tuple[str, ...] = ()
    own_topic: str = ""
    """What they asked for, or offer, in their own words beside the options: nothing reads it."""
    fields: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    """When in the week they are free, as codes."""
    days: tuple[str, ...] = ()
    """The same in words."""
    unread: str = ""
    """What they wrote about days of which nothing was read."""
    asks_days: bool = True
    """Whether the form asked for days at all."""
    zone: str = ""
    """Time zone, that of the programme for who names none."""
    ahead: float = math.nan
    """Hours that its clock is ahead of UTC, NaN where not known."""
    modes: frozenset[str] = frozenset()
    """Ways in which they would meet, as codes."""
    meeting: str = ""
    """The same in words."""
    languages: tuple[str, ...] = ()
    """As they wrote them."""
    remark: str = ""
    wishes: tuple[str, ...] = ()
    """Keys of those they wish for by name."""
    places: int = 0
    used: int = 0
    with_: tuple[str, ...] = ()
    """Keys of those they are matched with."""


@dataclass(frozen=True)
class MenteeFacts:
    """One mentee in the list: who, with whom, and why to look."""

    person: PersonFacts
    mentors: tuple[PersonFacts, ...]
    met: tuple[str, ...]
    open: tuple[str, ...]
    looks: tuple[str, ...]
    rank: int
    """Place of the worst reason to look."""
    is_for_remark: bool = False
    """Whether what somebody wrote, which the list quotes, is all there is to look at."""

    @property
    def key(self) -> str:
        """Id of the mentee."""
        return self.person.key

    @cached_property
    def is_at_work_with_mentor(self) -> bool:
        """Whether a mentor works at the same place."""
        own = fold(self.person.work)
        return bool(own) and any(fold(mentor.work) == own for mentor in self.mentors)

    def holds(self, text: str) -> bool:
        """Whether a search text is in a name, workplace or topic."""
        return fold(text) in self._searched

    @cached_property
    def _searched(self) -> str:
        people = (self.person, *self.mentors)
        told = [t for p in people for t in (p.name, p.work)]
        return fold(" ".join([*told, *self.met, *self.open]))


@dataclass(frozen=True)
class RunView:
    """A match with everybody in it."""

    run: Path
    data: RunData
    mentees: tuple[MenteeFacts, ...]
    mentors: Mapping[str, PersonFacts]
    names: ShownNames
    broken: tuple[BrokenPair, ...] = ()
    """Pairs that an answer or a setting given since does not allow."""

    def labels(self, facets: Sequence[str]) -> tuple[str, ...]:
        """Return topics as the form writes them."""
        return topics_worded(facets, self.data.facet_labels)

    def mentee(self, key: str) -> MenteeFacts:
        """Return a mentee; :class:`InputError` where there is none of that id."""
        found = next((mentee for mentee in self.mentees if mentee.key == key), None)
        if found is None:
            raise refused("E_NOT_FOUND", "no_person")
        return found


def view_of(programme: ProgrammeFolder, run: Path | None = None) -> RunView:
    """Return a match, by default the one in view, read once.

    Raises
    ------
    InputError
        E_NOT_FOUND where there is none yet.
    """
    shown = run or programme.run()
    if shown is None:
        raise refused("E_NOT_FOUND", "no_match")
    also = outrun_by(programme, shown)
    return programme.kept(f"view of {shown.name}", lambda: _view(programme, shown), also)


def _view(programme: ProgrammeFolder, run: Path) -> RunView:
    data, cohort = RunData.read(run), programme.cohort_of_match(run)
    names = names_shown(programme, cohort)
    mentors_of: dict[str, list[str]] = defaultdict(list)
    mentees_of: dict[str, list[str]] = defaultdict(list)
    covers: dict[str, list[str]] = defaultdict(list)
    for row in named_rows(data["matches"]):
        mentors_of[row.mentee_id].append(row.mentor_id)
        mentees_of[row.mentor_id].append(row.mentee_id)
        covers[row.mentee_id] += row.covers
    sheets = sheets_of(programme) if cohort else Sheets({}, {})
    remarks = remark_titles(programme) if cohort else set()
    apart = {one.person: one.name for one in open_apart(programme)} if cohort else {}
    broken = broken_pairs(programme, run, data, cohort, names)
    config = programme.config()
    facts = _Facts(data, cohort, config, names, sheets, remarks=remarks, apart=apart, broken=broken)
    places = zip(*(data["mentors"][c] for c in ("mentor_id", "capacity", "used")), strict=True)
    mentors = {
        key: facts.mentor(key, int(capacity), int(used), tuple(mentees_of[key]))
        for key, capacity, used in places
    }
    weak = float(data["portfolios"]["value"].quantile(LEAST_WELL))
    rows = named_rows(data["portfolios"])
    found = [
        facts.mentee(row, tuple(mentors_of[row.mentee_id]), covers[row.mentee_id], mentors, weak)
        for row in rows
    ]
    ordered = sorted(found, key=lambda mentee: (mentee.rank, mentee.person.name))
    return RunView(run, data, tuple(ordered), mentors, names, broken=broken)


LOOKS = (
    *("broken", "apart", "no_mentor", "no_language", "no_day", "no_way", "nobody_for"),
    *("own_topic", "wrote", "they_wrote", "no_topic", "weak"),
)
"""Why to look, worst first."""


def topics_worded(facets: Sequence[str], own: Mapping[str, str]) -> tuple[str, ...]:
    """Return topics as the form writes them, each once."""
    return tuple(dict.fromkeys(printable(own.get(name) or facet_worded(name)) for name in facets))


def facet_worded(name: str) -> str:
    """Return a topic of the standard ones in words."""
    key = f"facets.{name}"
    return worded(key) if key in for_pages(spoken().language).flat else facet_label(printable(name))


def remark_titles(programme: ProgrammeFolder) -> set[str]:
    """Return the questions whose answers nothing reads and somebody should.

    So are remarks, what was written beside options, and what somebody left out when asked, where
    people answer in their own words and most say nothing.
    """
    filled, stated = programme.as_filled_in(), programme.proposal()
    both = zip(_columns(filled), _columns(stated), strict=True)
    return {
        title
        for first, now in both
        if now.target == IGNORE and _is_remark(first)
        for title in now.titles
    }


def _columns(proposal: Proposal) -> list[ColumnProposal]:
    return [c for t in proposal.tables if table_spec(t.table).is_people for c in t.columns]


def _is_remark(column: ColumnProposal) -> bool:
    """Whether the answers to a question are remarks, by what the files alone say of it."""
    if column.target is not None:
        return column.why.code in REMARKS
    said = column.evidence
    is_own = not said.is_choice and not any(map(is_protected, (column.title, *column.titles)))
    return is_own and 2 * said.filled <= said.rows


@dataclass(frozen=True)
class _Facts:
    data: RunData
    cohort: Cohort | None
    config: Config
    names: ShownNames
    sheets: Sheets
    remarks: set[str]
    apart: Mapping[str, str]
    """Names of those of whom it is open whom they should not meet, by id."""
    broken: Sequence[BrokenPair]

    def mentee(
        self,
        row: Any,
        mentors: Sequence[str],
        covered: Sequence[str],
        known: Mapping[str, PersonFacts],
        weak: float,
    ) -> MenteeFacts:
        """Return one mentee with what is met, what is open, and why to look."""
        theirs = tuple(known[mentor] for mentor in mentors if mentor in known)
        own = self._row("mentees", row.mentee_id)
        person = self._person(row.mentee_id, own, is_mentor=False, with_=tuple(mentors))
        met, left = self._labels(covered), self._labels([*row.uncovered, *row.partly])
        asks = bool(person.topics) or not self._asks_topics
        looks = dict(_looks(person, theirs, left, asks=asks, is_weak=row.value <= weak))
        if open_ := [self.apart[p] for p in (person.key, *mentors) if p in self.apart]:
            looks = {"apart": worded("looks.apart", names=listing(open_))} | looks
        if broken := [one.names[1] for one in self.broken if one.mentee == person.key]:
            looks = {"broken": worded("looks.broken", names=listing(broken))} | looks
        rank = min(map(LOOKS.index, looks), default=len(LOOKS))
        told, remarks = tuple(looks.values()), bool(looks) and {*looks} <= {"wrote", "they_wrote"}
        return MenteeFacts(person, theirs, met, left, looks=told, rank=rank, is_for_remark=remarks)

    def mentor(self, key: str, places: int, used: int, with_: tuple[str, ...]) -> PersonFacts:
        """Return one mentor."""
        row = self._row("mentors", key)
        return self._person(key, row, is_mentor=True, places=places, used=used, with_=with_)

    @cached_property
    def _asks_days(self) -> bool:
        sides = (self.cohort.mentees, self.cohort.mentors) if self.cohort else ()
        said = any(any(map(len, side["availability"])) for side in sides)
        return said or bool(self.sheets.asked_as("availability"))

    @cached_property
    def _asks_topics(self) -> bool:
        return self.cohort is not None and any(map(len, self.cohort.mentees["contexts"]))

    @cached_property
    def _rows(self) -> dict[tuple[str, str], dict[Any, Any]]:
        """What everybody wrote, by side and id."""
        return {
            (side, str(row["person_id"])): row
            for side in ("mentees", "mentors")
            for row in (getattr(self.cohort, side).to_dict("records") if self.cohort else ())
        }

    def _row(self, side: str, key: str) -> Mapping[Any, Any]:
        return self._rows.get((side, key), {})

    def _person(
        self, key: str, row: Mapping[Any, Any], *, is_mentor: bool, **more: Any
    ) -> PersonFacts:
        quote = row.get("bio" if is_mentor else "goals")
        return PersonFacts(
            key=key,
            name=self.names.name(key),
            work=self.names.organisation(key),
            is_mentor=is_mentor,
            is_known=bool(row),
            quote=printable(quote) if isinstance(quote, str) else "",
            topics=tuple(row.get("contexts") or ()),
            own_topic=_own_words(row.get("contexts_text")),
            fields=tuple(row.get("expertise") or ()),
            slots=tuple(row.get("availability") or ()),
            days=times_of(row.get("availability") or ()),
            unread=self._unread("mentors" if is_mentor else "mentees", row),
            asks_days=self._asks_days,
            **self._clock(row),
            modes=frozenset(map(str, row.get("modes") or ())),
            meeting=listing(map(mode_named, row.get("modes") or ()), "or"),
            languages=tuple(row.get("languages") or ()),
            remark=self._remark(row),
            wishes=self._wishes.get((key, is_mentor), ()),
            **more,
        )

    def _clock(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """Return the time zone of somebody, and its hours ahead of UTC when they begin."""
        named = row.get("timezone")
        zone = named if isinstance(named, str) else self.config.programme.timezone
        if self.cohort is None or not zone:
            return {"zone": zone}
        day = self.cohort.clock_day(self.config.programme.clocks_of)
        return {"zone": zone, "ahead": hours_ahead(zone, day)}

    def _unread(self, side: str, row: Mapping[Any, Any]) -> str:
        """Return what somebody wrote about days of which nothing is read, and nobody said so."""
        table = side if side in self.sheets.grids else SIGNUPS.name
        if not row or row.get("availability"):
            return ""
        said = self.sheets.text(table, int(row["source_row"]), "availability")
        return said if says_something(said) and fold(said) not in self._for_nothing else ""

    @cached_property
    def _for_nothing(self) -> set[str]:
        """Answers about days of which somebody said that they count as none."""
        stated = self.config.answers.get("availability", {})
        return {fold(text) for text, meant in stated.items() if meant == MISSING}

    @cached_property
    def _wishes(self) -> Mapping[tuple[str, bool], tuple[str, ...]]:
        """Whom everybody names as a mentor they wish for, or, the flag set, as a mentee."""
        if self.cohort is None:
            return {}
        stated = self.cohort.preferences
        named = stated[stated["score"] >= WELCOME].sort_values("score", kind="stable")[::-1]
        found: dict[tuple[str, bool], tuple[str, ...]] = defaultdict(tuple)
        for person, other, role in named[["person_id", "other_id", "role"]].itertuples(index=False):
            found[person, role == Role.MENTOR] += (other,)
        return found

    def _remark(self, row: Mapping[Any, Any]) -> str:
        for table, grid in self.sheets.grids.items():
            at = row.get("source_row")
            if at is not None and (table == "signups" or table in ("mentees", "mentors")):
                said = self.sheets.under(table, int(at), self.remarks & set(grid.titles))
                if says_something(said):
                    return said
        return ""

    def _labels(self, facets: Sequence[str]) -> tuple[str, ...]:
        return topics_worded(facets, self.data.facet_labels)


def says_something(said: str) -> bool:
    """Whether a remark is more than thanks, a dash or a `none`."""
    return any(map(str.isalnum, said)) and not (_is_thanks(said) or is_nothing(said))


def _is_thanks(said: str) -> bool:
    """Whether a remark only thanks, or looks forward: nothing that bears on a match."""
    words = fold(said).split()
    return len(words) <= MOST_POLITE and any(word.startswith(THANKS) for word in words[:3])


def _looks(
    person: PersonFacts,
    mentors: Sequence[PersonFacts],
    left: Sequence[str],
    *,
    asks: bool,
    is_weak: bool,
) -> Iterator[tuple[str, str]]:
    """Yield why somebody should look at a mentee's match, by name and in words."""
    own, said = _unheard(person), [(m.name, _unheard(m)) for m in mentors]
    theirs = "; ".join(worded("looks.of_mentor", name=n, what=what) for n, what in said if what)
    ways = [(mentor.name, ways_to_meet(person, mentor)) for mentor in mentors]
    apart = {
        "no_language": [name for name, way in ways if way.can_talk is False],
        "no_day": [name for name, way in ways if way.days == ()],
        "no_way": [name for name, way in ways if way.modes == ()],
    }
    found: dict[str, object] = apart | {
        "nobody_for": left,
        "own_topic": person.own_topic,
        "wrote": own,
        "they_wrote": theirs,
        "no_topic": not (asks or person.own_topic),
        "weak": is_weak,
    }
    if not mentors:
        found = {"no_mentor": True}
    for why in (name for name, holds in found.items() if holds):
        some = apart.get(why, ())
        key = f"band.{why}" if len(some) < len(mentors) and some else f"looks.{why}"
        what = person.own_topic if why == "own_topic" else own
        told = {"topics": listing(left), "what": what, "theirs": theirs, "name": listing(some)}
        yield (why, worded(key, **told))


def _own_words(text: object) -> str:
    """Return what somebody wrote beside the options of a question, where it says anything."""
    return printable(text) if isinstance(text, str) and says_something(text) else ""


def _unheard(person: PersonFacts) -> str:
    """Return what somebody wrote that nothing reads."""
    return "; ".join(filter(None, (person.remark, person.unread)))[:80]


@dataclass(frozen=True)
class WaysToMeet:
    """When and how two can meet, from what both said."""

    days: tuple[str, ...] | None
    """When both are free, by the first one's clock; None where nobody knows, empty for never."""
    modes: tuple[str, ...] | None
    """Ways that suit both, as codes; likewise."""
    can_talk: bool | None = None
    """Whether both named a language in common; None where one named none that is known."""


def ways_to_meet(one: PersonFacts, other: PersonFacts) -> WaysToMeet:
    """Return when and how two can meet."""
    days = None
    if one.slots and other.slots:
        zones, ahead = (one.zone, other.zone), (one.ahead, other.ahead)
        both = free_together((one.slots, other.slots), zones, ahead)
        days = None if both is None else times_of([slot for slot, _ in both])
    ours, theirs = languages_of(one.languages), languages_of(other.languages)
    can_talk = bool({*ours} & {*theirs}) if ours and theirs else None
    if not one.modes or not other.modes:
        return WaysToMeet(days, None, can_talk)
    ways = {*as_answered("modes", (*one.modes,))} & {*as_answered("modes", (*other.modes,))}
    return WaysToMeet(days, tuple(mode for mode in MODES if mode in ways), can_talk)
