"""Who gets a letter, and what is said to each: from the run's plans, no words of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.getting_in_touch import how_to_reach, may_have_address
from matcher.plans.lost_pairs import is_done, lost_claims, lost_news, lost_words, news
from matcher.plans.match_claims import LONGEST_QUOTE
from matcher.plans.mentor_page import MentorPage, Visit, mentor_page
from matcher.plans.people_part import MatchPart
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.records import Record, address_of, display_name, full_name, workplace
from matcher.send.first_meetings import Span, first_meetings
from matcher.send.pairs import LetterState, PairStates
from matcher.text import capital


class Letter(StrEnum):
    """Kinds of letters; each has a template."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    BOTH = "both"
    """To somebody who has mentors and mentees."""
    WAITING = "waiting"
    SPARE = "spare"
    """To a mentor without a mentee."""
    ENDED = "ended"
    """What became of a pair, told now where what comes next has to wait for somebody's yes."""


_OF_PAIRS = (Letter.BOTH, Letter.MENTEE, Letter.MENTOR)
TO_MENTORS = (Letter.MENTOR, Letter.SPARE)
NO_LETTER = frozenset({"serves_as_mentor", "withdrew"})
"""Reasons of `unmatched.csv` that leave nothing to tell: a match in another role, or none wanted by
who knows it."""


@dataclass(frozen=True)
class Partner:
    """One person of the other side, as a letter tells of them."""

    match: PlannedMatch
    name: str
    short: str
    place: str
    approach: str
    reason: str
    reach: str
    """How to get in touch."""
    address: str
    """Empty unless both agreed that it is given on."""
    state: LetterState
    has_news: bool
    """Whether the reader does not know yet how it stands."""
    waits: bool
    """Whether the other one's yes comes before this letter."""
    is_second: bool
    """Whether the other one is asked before the reader."""

    @property
    def is_open(self) -> bool:
        """Whether the reader has yet to answer."""
        return self.state in (LetterState.NEW, LetterState.ASKED)


@dataclass(frozen=True)
class Addressee:
    """To whom a letter is."""

    person_id: str
    name: str
    short: str
    address: str
    """Empty where none is known that mails take."""


@dataclass(frozen=True)
class Recipient:
    """One person and all that the letter to them says."""

    letter: Letter
    who: Addressee
    mentors: tuple[Partner, ...] = ()
    mentees: tuple[Partner, ...] = ()
    reason: str = ""
    first_step: str = ""
    lost: tuple[str, ...] = ()
    """What became of pairs that are none any more."""
    why: tuple[str, ...] = ()
    """Why there is nobody, and what happens next."""
    news: tuple[str, ...] = ()
    """What the letter tells of pairs, as `news` tells pieces apart."""
    nobody: str = ""
    """What it tells who has nobody, likewise; empty for who has somebody."""
    is_told: bool = False
    """Whether a letter that was sent says that."""
    plan: PlanPage | None = None
    page: MentorPage | None = None

    @property
    def partners(self) -> tuple[Partner, ...]:
        """Everybody the letter is about."""
        return self.mentors + self.mentees

    @property
    def waits_for(self) -> tuple[Partner, ...]:
        """The partners whose answer comes before this letter goes out."""
        return tuple(p for p in self.partners if p.waits)

    @property
    def needs_letter(self) -> bool:
        """Whether there is news: who was asked or goes on already knows."""
        return bool(self.news or (self.nobody and not self.is_told))

    @property
    def is_asked(self) -> bool:
        """Whether an answer is wanted."""
        return any(p.is_open for p in self.partners) and self.needs_letter


@dataclass(frozen=True)
class Post:
    """All letters of a run."""

    pairs: PairStates

    @property
    def source(self) -> PlanSource:
        """The run's people and matches as they stand now."""
        return self.pairs.standing

    @property
    def reply_by(self) -> date | None:
        """The day by which who is asked now or first answers; None: within two weeks."""
        return self.source.config.programme.reply_day(self.source.day)

    def reply_day(self, recipient: Recipient) -> date | None:
        """Return the day by which somebody answers: who is asked second has later days."""
        is_second = any(p.is_second and p.is_open for p in recipient.partners)
        return self._reply_day(is_second=is_second)

    def _reply_day(self, *, is_second: bool) -> date | None:
        return self.source.config.programme.reply_day(self.source.day, is_second=is_second)

    @cached_property
    def meetings(self) -> dict[str, Span]:
        """When pairs first meet, by `pair_key`; without those of whom no day is known."""
        return first_meetings(chain.from_iterable(self.source.matches_of.values()))

    @cached_property
    def recipients(self) -> list[Recipient]:
        """All letters: those to mentees first, a person in two roles once where both are asked.

        Where one side is asked first, the letters of the two roles go out at different times.
        """
        people = dict.fromkeys((*self.source.mentees, *self.source.mentors))
        kinds = [(kind, person) for person in people for kind in self.kinds(person)]
        kinds.sort(key=lambda one: one[0] in TO_MENTORS)
        return [letter for kind, person in kinds for letter in self._letters(person, kind)]

    def due(self, told: Collection[str]) -> Iterator[tuple[str, str, LetterState]]:
        """Yield the pairs of which one of the two is to hear now how they stand, with how.

        Whose letter waits for somebody's yes hears of none of their pairs before.

        Parameters
        ----------
        told
            News that letters hold which were made already.
        """
        for to_mentor in (False, True):
            side = self.source.matches_with if to_mentor else self.source.matches_of
            for matches in side.values():
                waits = any(self.pairs.waits(match, to_mentor=to_mentor) for match in matches)
                for match in matches:
                    is_new = (match.is_mutual or not waits) and self.pairs.has_news(
                        match, to_mentor=to_mentor
                    )
                    if is_new and self.pairs.news(match, to_mentor=to_mentor) not in told:
                        state = self.pairs.state(match, to_mentor=to_mentor)
                        yield match.mentee_id, match.mentor_id, state

    def gets_mail(self, person: str) -> bool:
        """Whether somebody is written to: who goes on, or was told, has their page alone."""
        source = self.source
        if any(self._news(person, as_mentor=as_mentor) for as_mentor in (False, True)):
            return True
        nobody = {
            Letter.WAITING: (source.reason_of, False),
            Letter.SPARE: (source.mentor_reason_of, True),
        }
        return any(
            not self._nobody(person, reasons.get(person, ""), as_mentor=as_mentor)["is_told"]
            for kind in self.kinds(person)
            for reasons, as_mentor in filter(None, [nobody.get(kind)])
        )

    def letters_to(self, person: str) -> list[Recipient]:
        """Return the letters to one person: mostly one, none where there is nothing to tell."""
        return [letter for kind in self.kinds(person) for letter in self._letters(person, kind)]

    def _letters(self, person: str, kind: Letter) -> Iterator[Recipient]:
        """Yield a letter, before one that waits for somebody's yes what need not wait with it."""
        made, source = self._letter(person, kind), self.source
        if not (made.lost and made.waits_for):
            yield made
            return
        sides = (lost_news(source, person, as_mentor=as_mentor) for as_mentor in (False, True))
        ended = {*chain.from_iterable(sides)}
        yield Recipient(
            Letter.ENDED,
            who=made.who,
            lost=made.lost,
            why=(*made.lost, words.say("send", "asks_another")),
            reason=" ".join(made.lost),
            news=tuple(piece for piece in made.news if piece in ended),
        )
        left = tuple(piece for piece in made.news if piece not in ended)
        yield replace(made, lost=(), news=left)

    def kinds(self, person: str) -> tuple[Letter, ...]:
        """Return which letters somebody gets."""
        source = self.source
        with_mentor = person in source.matches_of
        with_mentee = person in source.matches_with
        found: tuple[Letter, ...] = ()
        if with_mentor and with_mentee:
            found = tuple(kind for kind in _OF_PAIRS if any(self._about(person, kind)))
        elif with_mentor or with_mentee:
            found = (Letter.MENTEE if with_mentor else Letter.MENTOR,)
        waits = person in source.mentees and not with_mentor
        if waits:
            found += self._of_nobody(person, as_mentor=False)
        if found or person not in source.mentors:
            return found
        return self._of_nobody(person, as_mentor=True)

    def _about(self, person: str, kind: Letter) -> tuple[list[PlannedMatch], list[PlannedMatch]]:
        """Return whose mentee and whose mentor somebody is, as one of their letters tells of it.

        Where one side is asked first, the two roles have letters of their own; two who mentor each
        other are asked together.
        """
        source = self.source
        found = source.matches_of.get(person, []), source.matches_with.get(person, [])
        if not all(found) or self.pairs.ask in ("both", "none"):
            return found if kind is Letter.BOTH or not all(found) else ([], [])
        is_both = kind is Letter.BOTH
        mine, theirs = ([m for m in side if m.is_mutual is is_both] for side in found)
        return (
            mine if kind is not Letter.MENTOR else [],
            theirs if kind is not Letter.MENTEE else [],
        )

    def _of_nobody(self, person: str, *, as_mentor: bool) -> tuple[Letter, ...]:
        """Return which letter somebody gets who has nobody, if any.

        Who waits for nobody, such as after a pair that ended well, hears of a pair that was lost
        alone.
        """
        source = self.source
        reasons = source.mentor_reason_of if as_mentor else source.reason_of
        is_lost = any(lost_claims(source, person, as_mentor=as_mentor))
        if is_done(source, person, as_mentor=as_mentor):
            return (Letter.ENDED,) if is_lost else ()
        is_told = reasons.get(person) in NO_LETTER
        return (Letter.SPARE if as_mentor else Letter.WAITING,) if is_lost or not is_told else ()

    def _lost(self, person: str, *, as_mentor: bool) -> tuple[str, ...]:
        return tuple(map(lost_words, lost_claims(self.source, person, as_mentor=as_mentor)))

    def _news(self, person: str, *, as_mentor: bool) -> tuple[str, ...]:
        """Return what somebody does not know yet of their pairs, in one of their roles."""
        source = self.source
        matches = (source.matches_with if as_mentor else source.matches_of).get(person, ())
        stand = (
            self.pairs.news(match, to_mentor=as_mentor)
            for match in matches
            if self.pairs.has_news(match, to_mentor=as_mentor)
        )
        return (*lost_news(source, person, as_mentor=as_mentor), *stand)

    def _nobody(self, person: str, reason: str, *, as_mentor: bool) -> dict[str, Any]:
        """Return, as parts of a letter, that somebody has nobody and why, and if they know it.

        Who was told that they have nobody any more is told no further reason.
        """
        side = "mentor" if as_mentor else "mentee"
        pieces = [news("nobody", side, person, why) for why in ("", reason)]
        told = [piece for piece in pieces if piece in self.source.told]
        return {"nobody": (*told, pieces[1])[0], "is_told": bool(told)}

    def _letter(self, person: str, kind: Letter) -> Recipient:
        """Return a letter; the first to who has no letter as a mentor tells that role's losses."""
        kinds = self.kinds(person)
        made = self._of_kind(person, kind)
        if kind is not kinds[0] or {*kinds} & {Letter.BOTH, Letter.ENDED, *TO_MENTORS}:
            return made
        lost = self._lost(person, as_mentor=True)
        return replace(
            made,
            lost=(*made.lost, *lost),
            why=(*lost, *made.why) if made.why else (),
            news=(*made.news, *self._news(person, as_mentor=True)),
        )

    def _of_kind(self, person: str, kind: Letter) -> Recipient:
        source = self.source
        as_mentee, as_mentor = self._about(person, kind)
        if kind is Letter.MENTEE:
            return self._mentee(_addressee(person, source.mentees[person]), as_mentee)
        if kind is Letter.MENTOR:
            return self._mentor(_addressee(person, source.mentors[person]), as_mentor)
        if kind is Letter.BOTH:
            mentee = self._mentee(_addressee(person, source.mentees[person]), as_mentee)
            return _joined(
                mentee, self._mentor(_addressee(person, source.mentors[person]), as_mentor)
            )
        if kind is Letter.ENDED:
            return self._ended(person)
        return self._waiting(person) if kind is Letter.WAITING else self._spare(person)

    def _ended(self, person: str) -> Recipient:
        """Return what became of pairs to who waits for nobody, in both roles but a told one."""
        source = self.source
        has_page = person in source.matches_with  # whose letter tells what a mentor lost
        sides = [side for side in (False, True) if not (side and has_page)]
        lost = tuple(chain.from_iterable(self._lost(person, as_mentor=side) for side in sides))
        pieces = chain.from_iterable(lost_news(source, person, as_mentor=side) for side in sides)
        return Recipient(
            Letter.ENDED,
            who=_addressee(person, source.mentees.get(person) or source.mentors[person]),
            lost=lost,
            why=lost,
            reason=" ".join(lost),
            news=tuple(pieces),
        )

    def _waiting(self, person: str) -> Recipient:
        plan = plan_page(self.source, person)
        return Recipient(
            Letter.WAITING,
            who=_addressee(person, self.source.mentees[person]),
            lost=self._lost(person, as_mentor=False),
            why=plan.nobody,
            reason=" ".join(plan.nobody[:-1]),
            first_step=plan.next_step,
            plan=plan,
            news=self._news(person, as_mentor=False),
            **self._nobody(person, self.source.reason_of.get(person, ""), as_mentor=False),
        )

    def _spare(self, person: str) -> Recipient:
        told, reason = spoken()["spare"], self.source.mentor_reason_of.get(person, "")
        lost = self._lost(person, as_mentor=True)
        head = told["head_after" if lost else "head"]
        stays = told["stays"].get(reason, told["next"])
        why = (*lost, head, *filter(None, [told["why"].get(reason)]), stays)
        return Recipient(
            Letter.SPARE,
            who=_addressee(person, self.source.mentors[person]),
            lost=lost,
            why=why,
            reason=" ".join(why[:-1]),
            news=self._news(person, as_mentor=True),
            **self._nobody(person, reason, as_mentor=True),
        )

    def _mentee(self, who: Addressee, matches: Sequence[PlannedMatch]) -> Recipient:
        waits = any(self.pairs.waits(match, to_mentor=False) for match in matches)
        plan = plan_page(self.source if waits else self.pairs.as_mentees_know, who.person_id)
        parts = {part.mentor_id: part for part in plan.matches}
        mentors = tuple(
            self._partner(match, next(_why(parts[match.mentor_id]), ""), to_mentor=False)
            for match in sorted(matches, key=lambda m: list(parts).index(m.mentor_id))
        )
        reason = " ".join(partner.reason for partner in mentors)
        begun = [(partner, _begin(partner, parts[partner.match.mentor_id])) for partner in mentors]
        return Recipient(
            letter=Letter.MENTEE,
            who=who,
            mentors=mentors,
            reason=reason,
            first_step=self._first_step(begun),
            lost=self._lost(who.person_id, as_mentor=False),
            news=self._news(who.person_id, as_mentor=False),
            plan=plan,
        )

    def _mentor(self, who: Addressee, matches: Sequence[PlannedMatch]) -> Recipient:
        waits = any(self.pairs.waits(match, to_mentor=True) for match in matches)
        known = self.source if waits else self.pairs.as_mentors_know
        page, told = mentor_page(known, who.person_id), [match.mentee_id for match in matches]
        pairs = zip(known.matches_with[who.person_id], page.visits, strict=True)
        visits = [(match, visit) for match, visit in pairs if match.mentee_id in told]
        mentees = tuple(
            self._partner(match, _why_mentee(visit), to_mentor=True) for match, visit in visits
        )
        begun = [
            (one, "" if match.is_mutual else visit.begin)  # as mentees both of them begin
            for one, (match, visit) in zip(mentees, visits, strict=True)
        ]
        return Recipient(
            letter=Letter.MENTOR,
            who=who,
            mentees=mentees,
            reason=" ".join(filter(None, (partner.reason for partner in mentees))),
            why=page.either,
            first_step=self._first_step(begun, page.step_back),
            lost=self._lost(who.person_id, as_mentor=True),
            news=self._news(who.person_id, as_mentor=True),
            page=page,
        )

    def _first_step(self, begun: Iterable[tuple[Partner, str]], closing: str = "") -> str:
        """Return what the reader does first: to answer, where an answer is wanted, and to begin.

        Nothing that stands on the attached pages alone is pointed at.
        """
        told = list(begun)
        asked = [partner for partner, _ in told if self.pairs.ask != "none" and partner.is_open]
        news = (how for one, how in told if one.has_news and one not in asked)
        begin = dict.fromkeys(filter(None, news))
        begin |= {closing: None} if begin and closing else {}
        if not asked:
            return " ".join(begin)
        day = self._reply_day(is_second=any(partner.is_second for partner in asked))
        when, names = words.when(day, "by"), words.listing(one.name for one in asked)
        return " ".join((words.say("send", "answer", when=when, names=names), *begin))

    def _partner(self, match: PlannedMatch, reason: str, *, to_mentor: bool) -> Partner:
        person: Record = match.mentee if to_mentor else match.mentor
        key = match.mentee_id if to_mentor else match.mentor_id
        told = spoken()["approaches"].get(str(match.row["approach"]), {})
        name = match.mentee_name if to_mentor else match.mentor_name
        how = told.get("mentor" if to_mentor else "mentee", "").format(name=name)
        if unusual := told.get("to_mentor" if to_mentor else "to_mentee"):
            reason = f"{unusual.format(name=name)} {reason}".rstrip()
        return Partner(
            match=match,
            name=full_name(person, key),
            short=name,
            place=workplace(person),
            approach=how,
            reason=reason,
            reach=how_to_reach(match, to_mentor=to_mentor),
            address=address_of(person) if may_have_address(match) else "",
            state=self.pairs.state(match, to_mentor=to_mentor),
            has_news=self.pairs.has_news(match, to_mentor=to_mentor),
            waits=self.pairs.waits(match, to_mentor=to_mentor),
            is_second=self.pairs.is_second(match, to_mentor=to_mentor),
        )


def _addressee(person: str, about: Record) -> Addressee:
    return Addressee(
        person, full_name(about, person), display_name(about, person), address_of(about)
    )


def _joined(mentee: Recipient, mentor: Recipient) -> Recipient:
    """Return the one letter to a person in two roles."""
    return Recipient(
        letter=Letter.BOTH,
        who=mentee.who if mentee.who.address else mentor.who,
        mentors=mentee.mentors,
        mentees=mentor.mentees,
        reason=" ".join(filter(None, (mentee.reason, mentor.reason))),
        first_step=" ".join(dict.fromkeys(filter(None, (mentee.first_step, mentor.first_step)))),
        lost=mentee.lost + mentor.lost,
        news=mentee.news + mentor.news,
        plan=mentee.plan,
        page=mentor.page,
    )


def _begin(partner: Partner, part: MatchPart) -> str:
    """Return how a mentee begins with somebody, told apart from their plan."""
    own = "write_now" if part.letter else "get_in_touch"
    key = own if partner.address or part.is_known else "once_in_touch"
    when = words.when(part.first_time, period=part.begins_in)
    soon = words.how_soon(part.begins_in)
    return words.say("steps", key, when=capital(when), name=part.name, soon=soon)


def _why_mentee(visit: Visit) -> str:
    """Return in a sentence or two what somebody comes to a mentor for."""
    wish = "" if visit.continues or len(visit.goals) > LONGEST_QUOTE else visit.goals
    return " ".join(visit.purpose) or wish


def _why(part: MatchPart) -> Iterator[str]:
    if part.standing:
        yield part.standing
    if part.because:
        yield part.because
    yield from part.reasons
