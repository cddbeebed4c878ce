"""Who gets a letter, and what is said to each: from the run's plans, no words of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from matcher.catalogue.catalogue import spoken
from matcher.plans import plan_words as words
from matcher.plans.getting_in_touch import how_to_reach, may_have_address
from matcher.plans.mentor_page import MentorPage, mentor_page
from matcher.plans.people_part import MatchPart
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.records import Record, address_of, display_name, full_name, workplace
from matcher.send.pairs import LetterState, PairStates


class Letter(StrEnum):
    """Kinds of letters; each has a template."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    BOTH = "both"
    """To somebody who has mentors and mentees."""
    WAITING = "waiting"
    SPARE = "spare"
    """To a mentor without a mentee."""


TO_MENTORS = (Letter.MENTOR, Letter.SPARE)
NO_LETTER = frozenset({"serves_as_mentor"})
"""Reasons of `unmatched.csv` that leave nothing to tell: the person has a match in another role."""


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
    is_second: bool
    """Whether the other one is asked before the reader."""


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
    why: tuple[str, ...] = ()
    """Why there is nobody, and what happens next."""
    plan: PlanPage | None = None
    page: MentorPage | None = None

    @property
    def partners(self) -> tuple[Partner, ...]:
        """Everybody the letter is about."""
        return self.mentors + self.mentees

    @property
    def waits_for(self) -> tuple[Partner, ...]:
        """The partners whose answer comes before this letter goes out."""
        return tuple(p for p in self.partners if p.is_second and p.state is LetterState.NEW)

    @property
    def needs_letter(self) -> bool:
        """Whether there is news: who was asked or goes on already knows."""
        return not self.partners or any(p.state is LetterState.NEW for p in self.partners)

    @property
    def is_asked(self) -> bool:
        """Whether an answer is wanted."""
        return any(p.state is LetterState.NEW for p in self.partners)


@dataclass(frozen=True)
class Post:
    """All letters of a run."""

    pairs: PairStates

    @property
    def source(self) -> PlanSource:
        """The run's people and matches as they stand now."""
        return self.pairs.standing

    @cached_property
    def reply_by(self) -> date | None:
        """The working day by which people answer; None where the programme named no start."""
        return self.source.config.programme.reply_by

    @cached_property
    def recipients(self) -> list[Recipient]:
        """All letters: those to mentees first, a person in two roles once where both are asked.

        Where one side is asked first, the letters of the two roles go out at different times.
        """
        people = dict.fromkeys((*self.source.mentees, *self.source.mentors))
        kinds = [(kind, person) for person in people for kind in self.kinds(person)]
        kinds.sort(key=lambda one: one[0] in TO_MENTORS)
        return [self._letter(person, kind) for kind, person in kinds]

    def letters_to(self, person: str) -> list[Recipient]:
        """Return the letters to one person: mostly one, none where there is nothing to tell."""
        return [self._letter(person, kind) for kind in self.kinds(person)]

    def kinds(self, person: str) -> tuple[Letter, ...]:
        """Return which letters somebody gets."""
        source = self.source
        with_mentor = person in source.matches_of
        with_mentee = person in source.matches_with
        if with_mentor and with_mentee:
            together = self.pairs.ask in ("both", "none")
            return (Letter.BOTH,) if together else (Letter.MENTEE, Letter.MENTOR)
        if with_mentor or with_mentee:
            return (Letter.MENTEE if with_mentor else Letter.MENTOR,)
        is_mentee = person in source.mentees
        if is_mentee and source.reason_of.get(person) not in NO_LETTER:
            return (Letter.WAITING,)
        told_already = source.mentor_reason_of.get(person) in NO_LETTER
        return (Letter.SPARE,) if person in source.mentors and not told_already else ()

    def _letter(self, person: str, kind: Letter) -> Recipient:
        source = self.source
        as_mentee, as_mentor = (
            source.matches_of.get(person, ()),
            source.matches_with.get(person, ()),
        )
        if kind is Letter.MENTEE:
            return self._mentee(_addressee(person, source.mentees[person]), as_mentee)
        if kind is Letter.MENTOR:
            return self._mentor(_addressee(person, source.mentors[person]), as_mentor)
        if kind is Letter.BOTH:
            return _joined(self._letter(person, Letter.MENTEE), self._letter(person, Letter.MENTOR))
        return self._waiting(person) if kind is Letter.WAITING else self._spare(person)

    def _waiting(self, person: str) -> Recipient:
        plan = plan_page(self.source, person)
        return Recipient(
            Letter.WAITING,
            who=_addressee(person, self.source.mentees[person]),
            why=plan.nobody,
            reason=" ".join(plan.nobody[1:2]),
            first_step=plan.next_step,
            plan=plan,
        )

    def _spare(self, person: str) -> Recipient:
        told, reason = spoken()["spare"], self.source.mentor_reason_of.get(person)
        why = (told["head"], *filter(None, [told["why"].get(reason)]), told["next"])
        who = _addressee(person, self.source.mentors[person])
        return Recipient(Letter.SPARE, who=who, why=why, reason=" ".join(why[1:-1]))

    def _mentee(self, who: Addressee, matches: Iterable[PlannedMatch]) -> Recipient:
        plan = plan_page(self.source, who.person_id)
        parts = {part.mentor_id: part for part in plan.matches}
        mentors = tuple(
            self._partner(match, _why_mentor(parts[match.mentor_id]), to_mentor=False)
            for match in sorted(matches, key=lambda m: list(parts).index(m.mentor_id))
        )
        reason = " ".join(partner.reason for partner in mentors)
        step = self._first_step(mentors, plan.next_step)
        return Recipient(
            Letter.MENTEE, who=who, mentors=mentors, reason=reason, first_step=step, plan=plan
        )

    def _mentor(self, who: Addressee, matches: Iterable[PlannedMatch]) -> Recipient:
        page = mentor_page(self.source, who.person_id)
        mentees = tuple(
            self._partner(match, " ".join(visit.purpose) or visit.approach, to_mentor=True)
            for match, visit in zip(matches, page.visits, strict=True)
        )
        reason = " ".join(partner.reason for partner in mentees)
        step = self._first_step(mentees, page.visits[0].begin)
        return Recipient(
            Letter.MENTOR, who=who, mentees=mentees, reason=reason, first_step=step, page=page
        )

    def _first_step(self, partners: tuple[Partner, ...], after: str) -> str:
        """Return what the reader does first: to answer, where an answer is wanted."""
        asked = any(p.state is LetterState.NEW for p in partners) and self.pairs.ask != "none"
        return words.say("send", "answer", when=words.when(self.reply_by, "by")) if asked else after

    def _partner(self, match: PlannedMatch, reason: str, *, to_mentor: bool) -> Partner:
        person: Record = match.mentee if to_mentor else match.mentor
        key = match.mentee_id if to_mentor else match.mentor_id
        told = spoken()["approaches"].get(str(match.row["approach"]), {})
        return Partner(
            match=match,
            name=full_name(person, key),
            short=display_name(person, key),
            place=workplace(person),
            approach=told.get("mentor" if to_mentor else "mentee", "").format(
                name=display_name(person, key)
            ),
            reason=reason,
            reach=how_to_reach(match, to_mentor=to_mentor),
            address=address_of(person) if may_have_address(match, to_mentor=to_mentor) else "",
            state=self.pairs.state(match),
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
        first_step=mentee.first_step,
        plan=mentee.plan,
        page=mentor.page,
    )


def _why_mentor(part: MatchPart) -> str:
    """Return in a sentence or two why this mentor."""
    return next(_why(part), "")


def _why(part: MatchPart) -> Iterator[str]:
    if part.standing:
        yield part.standing
    if part.because:
        yield part.because
    yield from part.reasons
