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
        """Everybody of the cohort, mentees first; a person in two roles once where both are asked.

        Where one side is asked first, the letters of the two roles go out at different times.
        """
        source = self.source
        found = [self._recipient(person, as_mentee=True) for person in source.mentees]
        mentors = [self._recipient(person, as_mentee=False) for person in source.mentors]
        by_id = {one.who.person_id: at for at, one in enumerate(found) if one is not None}
        for mentor in mentors:
            at = by_id.get(mentor.who.person_id) if mentor is not None else None
            if mentor is None or at is None:
                found.append(mentor)
                continue
            mentee = found[at]
            if mentee is not None:
                found[at], rest = self._joined(mentee, mentor)
                found.append(rest)
        return [one for one in found if one is not None]

    def _joined(self, mentee: Recipient, mentor: Recipient) -> tuple[Recipient, Recipient | None]:
        """Return the letters of a person in two roles: one, or two at different times."""
        if not mentor.mentees:
            return mentee, None
        if not mentee.mentors:
            return mentor, None
        if self.pairs.ask not in ("both", "none"):
            return mentee, mentor
        together = Recipient(
            letter=Letter.BOTH,
            who=mentee.who if mentee.who.address else mentor.who,
            mentors=mentee.mentors,
            mentees=mentor.mentees,
            reason=" ".join(filter(None, (mentee.reason, mentor.reason))),
            first_step=mentee.first_step,
            plan=mentee.plan,
            page=mentor.page,
        )
        return together, None

    def _recipient(self, person_id: str, *, as_mentee: bool) -> Recipient | None:
        source = self.source
        people = source.mentees if as_mentee else source.mentors
        matches = (source.matches_of if as_mentee else source.matches_with).get(person_id, ())
        about = people[person_id]
        who = Addressee(
            person_id,
            full_name(about, person_id),
            display_name(about, person_id),
            address_of(about),
        )
        if not matches:
            return self._without(person_id, who, as_mentee=as_mentee)
        if as_mentee:
            return self._mentee(who, matches)
        return self._mentor(who, matches)

    def _without(self, person_id: str, who: Addressee, *, as_mentee: bool) -> Recipient | None:
        reasons = self.source.reason_of if as_mentee else self.source.mentor_reason_of
        reason = reasons.get(person_id)
        if reason in NO_LETTER:
            return None
        if as_mentee:
            plan = plan_page(self.source, person_id)
            return Recipient(
                Letter.WAITING,
                who=who,
                why=plan.nobody,
                reason=" ".join(plan.nobody[1:2]),
                first_step=plan.next_step,
                plan=plan,
            )
        told = spoken()["spare"]
        why = (told["head"], *filter(None, [told["why"].get(reason)]), told["next"])
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


def _why_mentor(part: MatchPart) -> str:
    """Return in a sentence or two why this mentor."""
    return next(_why(part), "")


def _why(part: MatchPart) -> Iterator[str]:
    if part.standing:
        yield part.standing
    if part.because:
        yield part.because
    yield from part.reasons
