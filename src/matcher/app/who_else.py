"""A mentee beside mentors: what they have in common, and who else could be the mentor."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from matcher.app.desk import ProgrammeFolder
from matcher.app.effects import HeldPlaces, bound_in_words, typical_match
from matcher.app.read_so_far import mode_named
from matcher.app.run_view import MenteeFacts, PersonFacts, RunView, ways_to_meet
from matcher.app.said_plainly import in_a_sentence
from matcher.app.since_matched import why_no_pair
from matcher.catalogue.catalogue import worded
from matcher.plans.plan_words import listing

ALTERNATES = 3


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


def band_of(mentee: MenteeFacts) -> tuple[bool, str, list[tuple[bool, str]]]:
    """Return whether all is well, that in a sentence, and line by line."""
    asked = len(mentee.met) + len(mentee.open)
    lines = []
    if asked:
        lines.append((not mentee.open, worded("band.topics", asked, met=len(mentee.met))))
    for mentor in mentee.mentors:
        if mentee.person.is_known and mentor.is_known:
            lines.append(meeting_of(mentee.person, mentor))
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
    if well and not mentee.person.asks_days:
        return True, worded("band.all" if asked else "band.no_topic"), lines
    return well, worded(f"band.{topics}_{'meet' if well else 'perhaps'}"), lines


def meeting_of(person: PersonFacts, mentor: PersonFacts) -> tuple[bool, str]:
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
    told = worded("band.days_how", days=days, how=how) if how else days
    return bool(ways.days) or not person.asks_days, told


def _days_open(person: PersonFacts, mentor: PersonFacts) -> str:
    """Return why nobody knows on which days two can meet."""
    if not person.asks_days:
        return worded("band.days_unasked")
    silent = next((one for one in (person, mentor) if not one.slots), None)
    if silent is None:
        return worded("band.no_clock", name=mentor.name)
    return worded("band.unread_days" if silent.unread else "band.no_days", name=silent.name)


def held_beside(
    view: RunView, mentee: MenteeFacts, mentor: PersonFacts, for_others: str = ""
) -> Other:
    """Return a mentor beside what a mentee looks for, with what that is `for_others`."""
    if not mentor.is_known:
        return Other(person=mentor, place=_places_of(view, mentee, mentor), for_others=for_others)
    wanted, own = mentee.person.topics, mentee.person.own_topic
    shared = [topic for topic in wanted if topic in mentor.topics]
    has = len(shared) == len(wanted)
    topics = listing(shared) if shared else worded("band.none_of_them")
    topics = worded("filters.all") if wanted and has else topics
    can, meeting = meeting_of(mentee.person, mentor)
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


def next_for(
    programme: ProgrammeFolder, view: RunView, mentee: MenteeFacts, held: HeldPlaces
) -> list[Other]:
    """Return the mentors who come next, with what each would be for everybody at least.

    A match that only gave free places knows none: then those with a place left come next. Whose
    places are all held comes for nobody.
    """
    now = [mentor.key for mentor in mentee.mentors]
    free = {r.key for r in view.mentors.values() if not held.no_room(mentee.key, r, now)}
    costs = {key: cost for key, cost in _costs(view, mentee).items() if key in free}
    costs = costs or dict.fromkeys(_with_places(programme, view, mentee, free), "")
    return [
        held_beside(view, mentee, view.mentors[key], cost)
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


def wished_for(
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
            why = why or held.no_room(mentee.key, view.mentors[key], given)
        found = held_beside(view, mentee, view.mentors.get(key, nobody), costs.get(key, ""))
        yield replace(found, is_wished=True, why_not=why)
