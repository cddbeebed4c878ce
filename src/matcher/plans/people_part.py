"""The first part of a plan: the claims of each match put into words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.asked_facets import lacking_values
from matcher.plans.claims import Claim, ClaimKind
from matcher.plans.getting_in_touch import how_to_reach
from matcher.plans.match_claims import END_GONE_BY, FORM_COLUMNS, LONGEST_QUOTE, match_claims
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.plan_words import facets
from matcher.plans.records import full_name, workplace
from matcher.text import capital
from matcher.vocabulary import Approach, Knowing, Mode, Purpose

_MARKS = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')


_STOPS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}", "\u3002", "\uff01", "\uff1f")
"""Signs that end a sentence, full-width ones too."""


def quoted(text: str) -> str:
    """Return a person's own words in quotation marks, whole; inside others where they hold some."""
    key = "quoting" if _MARKS.search(text) else "quoted"
    return words.say("joins", key, what=text)


def said(text: str) -> str:
    """Return a person's own words as `quoted` does, with a full stop where they end without one."""
    return quoted(text) + ("" if text.rstrip().endswith(_STOPS) else ".")


_OFFERS = (ClaimKind.ASKED_AND_OFFERED, ClaimKind.OFFERED_IN_PART, ClaimKind.OFFERED_TOO)
By = Mapping[ClaimKind, Claim]
"""Claims of a match by kind; kinds that come several times are asked for one by one."""


FEW_SPANS = 2
"""Times of a week in which two are free that a page names."""


def reasons(claims: Iterable[Claim], name: str) -> list[str]:
    """Return why this mentor, in sentences that the two people's own answers give."""
    known = list(claims)
    by = {claim.kind: claim for claim in reversed(known)}
    found = [sentence for say in _REASONS for sentence in say(by, known, name)]
    if by.keys() & {ClaimKind.CONTINUES, ClaimKind.KNOWN_CONTACT, *_OFFERS}:
        return found
    quotes = [sentence for say in _QUOTES for sentence in say(by, known, name)]
    return found if len(found) > len(quotes) else [_sentence("little_said", name=name), *found]


def _standing(by: By, name: str) -> Iterator[str]:
    """Yield how the two know each other already."""
    for kind in (ClaimKind.CONTINUES, ClaimKind.WERE_MATCHED, ClaimKind.KNOWN_CONTACT):
        if kind in by:
            codes = by[kind].codes
            days = words.span(*codes[:2]) if codes else ""
            yield _sentence("_".join((kind, *codes[2:])), name=name, days=days)
    changed = (
        [code.split(" ") for code in by[ClaimKind.CHANGED].codes] if ClaimKind.CHANGED in by else []
    )
    for how in ("new", "gone"):
        if what := [facet for key, facet in changed if key == how]:
            yield _sentence(f"changed_{how}", name=name, what=facets(what))


def _few_serve(_: By, claims: list[Claim], name: str) -> Iterator[str]:
    told = [claim.codes for claim in claims if claim.kind is ClaimKind.FEW_SERVE]
    if told:
        what = words.listing(words.purpose_phrase(Purpose(purpose)) for purpose, _ in told)
        key = "few_serve" if any(served != "0" for _, served in told) else "none_serve"
        yield _sentence(key, name=name, what=what)


def _one(kind: ClaimKind) -> Callable[[By, list[Claim], str], Iterator[str]]:
    """Return what says a claim whose sentence needs its texts alone, joined."""

    def say(by: By, _: list[Claim], name: str) -> Iterator[str]:
        if kind in by:
            yield _sentence(kind, name=name, what=words.listing(by[kind].texts))

    return say


def _brings(by: By, _: list[Claim], name: str) -> Iterator[str]:
    """Yield in one sentence what is different about the mentor: place, years and fields."""
    parts = [
        _sentence(
            kind,
            years=words.years(int(by[kind].codes[0])) if by[kind].codes else "",
            what=words.listing(by[kind].texts),
        )
        for kind in (
            ClaimKind.WORKS_ELSEWHERE,
            ClaimKind.OTHER_DEPARTMENT,
            ClaimKind.WORKED_LONGER,
            ClaimKind.WORKED_LONGER_SOME,
            ClaimKind.STARTED_LATER,
            ClaimKind.KNOWS_FIELDS,
        )
        if kind in by
    ]
    if parts:
        yield _sentence("brings", name=name, what=words.listing(parts, "and_does"))


def _own_words(by: By, _: list[Claim], name: str) -> Iterator[str]:
    if ClaimKind.OWN_WORDS in by:
        yours, theirs = map(said, by[ClaimKind.OWN_WORDS].texts)
        yield _sentence(ClaimKind.OWN_WORDS, name=name, yours=yours, theirs=theirs)


def _quote(kind: ClaimKind) -> Callable[[By, list[Claim], str], Iterator[str]]:
    def say(by: By, _: list[Claim], name: str) -> Iterator[str]:
        if kind in by:
            yield _sentence(kind, name=name, what=said(by[kind].texts[0]))

    return say


def _introduction(by: By, _: list[Claim], name: str) -> Iterator[str]:
    if ClaimKind.INTRODUCTION in by:
        way = by[ClaimKind.INTRODUCTION]
        key = "knows" if way.codes == ("knows",) else "may_know"
        names = words.listing(way.texts)
        yield words.say_many(len(way.texts), "introductions", key, name=name, contacts=names)


def _too(by: By, _: list[Claim], name: str) -> Iterator[str]:
    if ClaimKind.OFFERED_TOO in by:
        what = facets(by[ClaimKind.OFFERED_TOO].codes)
        yield _sentence("because_offered_too", name=name, what=what)


def _you_offer(by: By, _: list[Claim], name: str) -> Iterator[str]:
    if ClaimKind.YOU_OFFER in by:
        what = facets(by[ClaimKind.YOU_OFFER].codes, "them")
        yield _sentence(ClaimKind.YOU_OFFER, name=name, what=what)


_QUOTES = (_quote(ClaimKind.BIO), _quote(ClaimKind.MENTOR_GOALS))
"""What is quoted of a person, and no reason by itself."""
_REASONS = (
    *(_too, _you_offer, _own_words, _few_serve, _one(ClaimKind.BOTH_KNOW), _brings),
    *(_one(ClaimKind.SPEAKS_FOR), *_QUOTES, _introduction),
)
"""In the order in which a plan tells them."""


@dataclass(frozen=True)
class MatchPart:
    """One match as the two will live it."""

    mentor_id: str
    name: str
    short: str
    """How the mentor is called."""
    place: str
    approach: str
    again: str
    """The approach where the plan has told of one such mentor before."""
    head: str
    """Place, approach and whether it is a draft, once the plan knows what it told before."""
    then: str
    """How to begin, where no message is drafted for this one."""
    reach: str
    """How to get in touch."""
    standing: str
    """How the two know each other already; empty where they do not."""
    reasons: tuple[str, ...]
    because: str
    """Why this mentor in a sentence; empty where nothing was asked and offered."""
    lead: str
    """What leads to `forms`; empty where they are."""
    forms: tuple[tuple[str, str], ...]
    """Why, How, Whom with what the mentor is there for, and what in part; those that apply."""
    lacking: str
    """What is missing of what the mentor is there for in part."""
    practical: str
    topic: str
    letter: tuple[str, ...]
    """A first message; empty where the two work together or know each other already."""
    is_known: bool
    continues: str
    """Since when and until when the two work together; empty where they begin now."""
    is_past: bool
    """Whether the last day of the two has gone by."""
    first_time: date | words.Week | None
    """None where the programme named no day."""
    period: int
    begins_in: int
    """Period with which the two begin: another one where theirs has begun."""
    lasts: range
    """Periods in which the two meet."""
    horizon: str
    scope: str
    formality: str
    """As agreed or as one side said, empty where nobody did."""
    shape: str
    """The three in words, with whose they are."""
    is_draft: bool
    needs_yes: bool
    """Whether somebody has to agree before the two begin."""
    is_in_reach: bool
    """Whether each gets the other's address, or the mentee knows the mentor."""
    claims: tuple[Claim, ...]

    @property
    def when(self) -> str:
        """When the two first meet, in words."""
        return words.when(self.first_time, "around", period=self.begins_in)


def match_part(match: PlannedMatch) -> MatchPart:
    """Return what a plan says of one match."""
    approach = spoken()["approaches"].get(str(match.row["approach"]), {})
    claims = match_claims(match)
    by = {claim.kind: claim for claim in claims}
    begins = ClaimKind.CONTINUES not in by
    return MatchPart(
        mentor_id=match.mentor_id,
        name=full_name(match.mentor, match.mentor_id),
        short=match.mentor_name,
        place=". ".join(filter(None, (match.seat, workplace(match.mentor)))),
        approach=capital(approach.get("mentee", "")),
        again=capital(approach.get("again", "")),
        head="",
        then="",
        reach=how_to_reach(match),
        standing=" ".join(_standing(by, match.mentor_name)),
        reasons=tuple(reasons(claims, match.mentor_name)),
        because=_because(by, match.mentor_name),
        lead=_lead(by, match.mentor_name),
        forms=tuple(_forms_of(by)),
        lacking=_lacking(match, by),
        practical=practical(claims, match),
        topic=words.facets(topics(match)),
        letter=_letter(match) if begins and ClaimKind.KNOWN_CONTACT not in by else (),
        is_known=ClaimKind.KNOWN_CONTACT in by,
        continues="" if begins else words.span(*by[ClaimKind.CONTINUES].codes[:2]),
        is_past=not begins and END_GONE_BY in by[ClaimKind.CONTINUES].codes,
        first_time=match.times.first_time if begins else None,
        period=match.period,
        begins_in=match.begins_in,
        lasts=match.lasts,
        **{column: _form(match, column) for column in FORM_COLUMNS},
        shape=_shape(claims, match.mentor_name),
        is_draft=match.is_draft and begins,
        needs_yes=match.needs_yes and begins,
        is_in_reach=match.shares_addresses or match.is_known,
        claims=tuple(claims),
    )


def _because(by: By, name: str) -> str:
    for kind in _OFFERS:
        if kind in by:
            return _sentence(f"because_{kind}", name=name, what=facets(by[kind].codes))
    return ""


def _lead(by: By, name: str) -> str:
    if ClaimKind.ASKED_AND_OFFERED in by:
        return _sentence("lead", name=name)
    return _sentence("lead_in_part", name=name) if ClaimKind.OFFERED_IN_PART in by else ""


def _sentence(key: str, **places: object) -> str:
    return words.say("sentences", key, **places)


def _forms_of(by: By) -> Iterator[tuple[str, str]]:
    """Yield what a mentor is there for under why, how, whom and the programme's own questions."""
    full, part = (by[kind].codes if kind in by else () for kind in _OFFERS[:2])
    groups: dict[str, list[str]] = {form: [] for form in Knowing}
    for facet in full:
        groups.setdefault(words.FORM_OF_FACET.get(facet, "own"), []).append(facet)
    for group, told in groups.items():
        if told:
            yield spoken()["forms"][group], _begun(told)
    if part:
        yield spoken()["forms"]["in_part"], _begun(part)


def _begun(names: Sequence[str]) -> str:
    """Return facets with a capital at the start; a programme's own option stays as it is."""
    is_own = names[0] in spoken().labels
    return facets(names) if is_own else capital(facets(names))


def _lacking(match: PlannedMatch, by: By) -> str:
    """Return what is missing where the mentor is there for something in part."""
    if ClaimKind.OFFERED_IN_PART not in by:
        return ""
    mentors = (m.mentor for m in match.source.matches_of[match.mentee_id])
    missing = lacking_values(match.mentee, mentors, by[ClaimKind.OFFERED_IN_PART].codes)
    key = "lacking_facets" if missing else "lacking"
    what = words.listing(spoken()["knowing"][value] for value in missing)
    return _sentence(key, name=match.mentor_name, what=what)


def _form(match: PlannedMatch, column: str) -> str:
    """Return horizon, scope or formality: the mentee's answer, else the mentor's, else nothing.

    With several periods the mentee's alone, as that is what a match takes of a place.
    """
    asked = match.mentee.get(column)
    if match.source.config.programme.periods == 1:
        asked = asked or match.mentor.get(column)
    return str(asked or "")


def _shape(claims: Iterable[Claim], name: str) -> str:
    """Return horizon, scope and formality in words; what one side said is told as theirs."""
    told: dict[str, list[str]] = {}
    for claim in claims:
        if claim.kind in FORM_COLUMNS.values():
            own, other = claim.codes
            if own == other:
                told.setdefault("both", []).append(own)
            else:
                for code, who in ((own, "yours"), (other, "theirs")):
                    told.setdefault(who, []).extend([code] if code else [])
    return "; ".join(
        words.say("shape", who, name=name, what=words.listing(_shape_words(codes)))
        for who, codes in told.items()
        if codes
    )


def _shape_words(codes: Iterable[str]) -> Iterator[str]:
    return (spoken()["shape"]["words"].get(code, code) for code in codes)


def topics(match: PlannedMatch) -> list[str]:
    """Return the two asked things to begin with, unlike each other; empty where nothing is."""
    order = list(match.asked or match.offered_too)
    form = words.FORM_OF_FACET.get(order[0]) if order else None
    others = [name for name in order[1:] if words.FORM_OF_FACET.get(name) != form]
    return order[:1] + (others or order[1:])[:1]


def practical(claims: Iterable[Claim], match: PlannedMatch, *, to_mentor: bool = False) -> str:
    """Return how much time, where and when, as far as somebody said it."""
    known = list(claims)
    by = {claim.kind: claim.codes for claim in known}
    parts = []
    if hours := by.get(ClaimKind.HOURS):
        parts.append(words.say("practical", "hours", hours=words.hours(float(hours[0]))))
    modes = [mode for mode in by.get(ClaimKind.MODES, ()) if mode in spoken()["modes"]]
    if Mode.HYBRID in modes or {Mode.IN_PERSON, Mode.VIRTUAL} <= {*modes}:  # it is both
        modes = [Mode.HYBRID]
    parts += [words.listing([spoken()["modes"][mode] for mode in modes], "or")] if modes else []
    if ClaimKind.PERIOD in by:
        periods = match.source.config.programme.periods
        number, *start = by[ClaimKind.PERIOD]
        key = "period_from" if start else "period"
        day = words.day(date.fromisoformat(start[0])) if start else ""
        parts.append(words.say("practical", key, n=number, of=periods, day=day))
    told = [f"{capital(', '.join(parts))}."] if parts else []
    other = match.mentee_name if to_mentor else match.mentor_name
    apart = "apart_by_clock" if ClaimKind.CLOCKS_DIFFER in by else "apart"
    told += [said for claim in known for said in _hours(claim, other, apart, to_mentor=to_mentor)]
    if ClaimKind.SLOTS_APART in by and ClaimKind.CLOCKS_DIFFER not in by:
        told.append(words.say("practical", "agree"))
    return " ".join(told)


def _hours(claim: Claim, name: str, apart: str, *, to_mentor: bool) -> Iterator[str]:
    """Yield when both are free by the reader's own clock, and how far the two are apart."""
    if claim.kind is ClaimKind.SHARED_SLOTS:
        slots = claim.texts[2:] if to_mentor and claim.texts else claim.codes
        spans = words.slots_together(slots)
        named = [code for span in spans[:FEW_SPANS] for code in span]
        key = "free" if len(spans) <= FEW_SPANS else "free_too"
        yield words.say("practical", key, slots=words.slots(named), name=name)
    if claim.kind is ClaimKind.SLOTS_APART:
        sides = (claim.texts, claim.codes) if to_mentor else (claim.codes, claim.texts)
        own, theirs = map(words.some_slots, _apart_in(*sides))
        yield words.say("practical", apart, own=own, theirs=theirs, name=name)
    clocks, key = (claim.texts[:2], "by_your_clock")
    if claim.kind is ClaimKind.CLOCKS_DIFFER:
        clocks, key = claim.codes, "clocks"
    elif claim.kind is not ClaimKind.SHARED_SLOTS:
        return
    if clocks:
        own, theirs = reversed(clocks) if to_mentor else clocks
        yield words.say("practical", key, own=own, theirs=theirs, name=name)


def _apart_in(own: Sequence[str], theirs: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return what tells two sets of slots apart: their days alone where they share no day."""
    days = [tuple(dict.fromkeys(c.partition("-")[0] for c in codes)) for codes in (own, theirs)]
    return (own, theirs) if {*days[0]} & {*days[1]} else (days[0], days[1])


def _letter(match: PlannedMatch) -> tuple[str, ...]:
    """Return a first message to somebody who has agreed to mentor: half an hour, and a way out."""
    programme = match.source.config.programme.name or spoken()["send"]["programme"]
    key = "together" if match.earlier is None else "together_again"
    middle = [_line(key, programme=capital(programme))]
    if subject := topics(match):
        middle.append(_line("topics", what=facets(subject, "me")))
    goals = str(match.mentee.get("goals") or "")
    if goals and len(goals) <= LONGEST_QUOTE:
        middle.append(_line("goals", what=said(goals)))
    if fields := match.common("expertise"):
        middle.append(_line("field", what=fields[0]))
    if match.row["approach"] == Approach.RECIPROCAL:
        middle.append(_line("partner" if len(middle) > 1 else "partner_first"))
    return (
        _line("dear", name=match.mentor_name),
        " ".join(middle),
        _line(
            "ask",
            when=words.when(
                match.times.first_time, "around", "within_next", period=match.begins_in
            ),
        ),
        match.mentee_name,
    )


def _line(key: str, **places: object) -> str:
    return words.say("letter", key, **places)
