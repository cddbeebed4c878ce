"""People: what would pair people wrongly, by cause, with the rows in place; put right here."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Form
from fastapi.responses import Response

from matcher.app.answers_given import Given, meaning_in_words, settle
from matcher.app.causes import causes_of
from matcher.app.chosen_words import called
from matcher.app.desk import Desk, ProgrammeFolder
from matcher.app.fixes import reasons_left_out, standing_corrections
from matcher.app.frame import ShortText, around, goto, show
from matcher.app.names_shown import names_shown, places_named, places_spelt, workplaces
from matcher.app.said_plainly import in_sentences, refused
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.decisions.question_answers import FilledIn, settled_answers, with_answers
from matcher.errors import MatcherError
from matcher.intake.cells.form_words import SAFETY_WORDS
from matcher.intake.cells.slots import slots_meant, slots_of
from matcher.intake.checks.consent import CONSENT_CODES
from matcher.intake.corrections import LEFT_OUT, Correction
from matcher.plans.plan_words import first_of, listing
from matcher.report.run_data import ShownNames
from matcher.text import fold


def people_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/people")
    def people(key: str, cause: str = "") -> Response:
        return _page(desk.find(key), cause)

    @app.post("/p/{key}/people")
    def change(
        key: str,
        verb: ShortText,
        cause: ShortText = "",
        question: ShortText = "",
        said: ShortText = "",
        person: ShortText = "",
        column: ShortText = "",
        before: ShortText = "",
        after: ShortText = "",
        seen: Annotated[int, Form()] = 0,
        shown: Annotated[list[ShortText] | None, Form()] = None,
    ) -> Response:
        programme = desk.find(key)
        known = programme.settings.seen()
        try:
            if verb == "answer":
                answer_about(programme, {question: said}, seen)
            elif verb == "shown":
                pairs = (one.partition("=") for one in shown or ())
                answer_about(programme, {keys: who for keys, _, who in pairs}, seen)
            elif verb == "fix":
                put_right(programme, person, column, before, after)
            elif verb == "unfix":
                take_fix_back(programme, person, column)
            elif verb == "mean":
                give_meaning(programme, column, before, after, seen)
            elif verb == "leave":
                leave_out(programme, person or said, after)
            elif verb == "back":
                take_back_in(programme, person)
        except MatcherError as error:
            return _page(programme, cause, in_sentences(error))
        programme.tell(known)
        if verb == "fix" and _is_unread(programme, person, column):
            programme.told += f". {worded('people.not_understood', what=after)}"
        cause = f"left-{LEFT_OUT}" if verb == "leave" else cause
        return goto(f"/p/{key}/people?cause={quote(cause)}")


def _page(programme: ProgrammeFolder, cause: str, problems: list[str] | None = None) -> Response:
    causes, cohort = causes_of(programme), programme.reading().cohort
    frame = around(programme, "people")
    now = next((c for c in causes if c.key == cause), causes[0] if causes else None)
    out: dict[str, list[str]] = defaultdict(list)
    for one in causes:
        for item in one.items if one.key.startswith("left-") else ():
            out[item.who.id].append(one.title)
    return show(
        "people.html.j2",
        frame,
        422 if problems else 200,
        causes=causes,
        now=now,
        problems=problems or [],
        out=out,
        several=sum(len(titles) > 1 for titles in out.values()),
        can_leave=cohort is not None,
        is_early=cohort is None and not causes,
        places=places_spelt(cohort) if cohort else (),
    )


def _is_unread(programme: ProgrammeFolder, person: str, column: str) -> bool:
    """Whether somebody is left out because what stands in a cell is not understood."""
    cohort = programme.reading().cohort
    return cohort is not None and any(
        who == person and fault.column == column and fault.code not in CONSENT_CODES
        for who, fault in cohort.set_aside
    )


def give_meaning(
    programme: ProgrammeFolder, column: str, text: str, meaning: str, seen: int | None = None
) -> None:
    """Say what an answer means, for everybody who gave it.

    Raises
    ------
    InputError
        E_ENUM where it is no answer that keeps people out, or cannot mean that.
    """
    items = (one for cause in causes_of(programme) for one in cause.unmapped)
    found = next((one for one in items if (one.column, one.text) == (column, text)), None)
    if found is None or meaning not in [*dict(found.choices), "missing"]:
        raise refused("E_ENUM", "cannot_mean")
    said = worded("did.said", what=text, said=meaning_in_words(meaning))
    settle(programme, [Given({("answers", column, text): meaning}, said)], seen)


def answer_about(
    programme: ProgrammeFolder, answers: Mapping[str, str], seen: int | None = None
) -> None:
    """Answer questions about people: yes, no, ids, or the name of who is meant, each an act.

    Parameters
    ----------
    programme, answers
        Of what; by keys of questions that one answer settles, with blanks between them.
    seen
        Lines of the history that the page knew of.

    Raises
    ------
    InputError
        E_NOT_FOUND where one is no longer asked; E_RESOLVE where nobody is meant for sure.
    """
    cohort = programme.reading().cohort
    known = {q.key: q for q in (cohort.questions if cohort else ())}
    if cohort is None or not answers or not known.keys() >= {*" ".join(answers).split()}:
        raise refused("E_NOT_FOUND", "not_asked")
    for keys, said in answers.items():
        asked = [known[key] for key in keys.split()]
        _answer_alike(programme, cohort, asked, said.strip(), seen)


def _answer_alike(
    programme: ProgrammeFolder,
    cohort: Cohort,
    asked: Sequence[AskedQuestion],
    text: str,
    seen: int | None,
) -> None:
    """Write one answer to questions that it settles all."""
    names = names_shown(programme, cohort)
    if text not in (YES, NO):
        text = ";".join(_meant(cohort, asked[0].person, text))
    given = [FilledIn(one.table, one.row, one.key, text) for one in asked]
    settled, _ = settled_answers(given, cohort.questions, cohort.people)
    gone = {person for person, _ in cohort.set_aside}
    for one in asked:  # everybody who may be meant, and so whoever comes later
        if _is_everybody(settled[one.key], {*one.likely, *one.ruled_out} - gone):
            settled[one.key] = YES
    who = first_of([names.full_name(one.person) for one in asked], 4)
    name = worded(f"causes.{asked[0].kind}").rstrip("?")
    what = worded("did.answered", what=name, who=who, said=_said(asked[0], text, names))
    if asked[0].is_of_ids and text in (YES, NO):
        others = listing([names.full_name(person) for person in asked[0].likely])
        what = worded(f"did.same_{text}", one=names.full_name(asked[0].person), other=others)
    settings = programme.settings
    settings.take(with_answers(settings.text, settled), what, programme.reviewer, seen)


def _is_everybody(answer: str | list[str], likely: Set[str]) -> bool:
    """Whether an answer by ids names all who may be meant, so that it is a rule and no choice."""
    return isinstance(answer, list) and len(answer) > 1 and {*answer} == likely


def _said(question: AskedQuestion, text: str, names: ShownNames) -> str:
    """Return an answer as History tells it: with the names of those who are meant."""
    if text == YES and not (question.is_yes_no or question.is_of_ids):
        return listing([names.full_name(person) for person in question.likely])
    if text in (YES, NO):
        says_no = "no" if question.is_yes_no or question.is_of_ids else "nobody"
        return worded(f"did.said_{says_no if text == NO else 'yes'}")
    return listing([names.full_name(person) for person in text.split(";")])


def _near(cohort: Cohort, places: Mapping[str, tuple[str, ...]], part: str) -> tuple[str, ...]:
    """Return those whom a name, an address, an id or a place stands for."""
    place = fold(part)
    bare = " ".join(word for word in place.split() if word not in SAFETY_WORDS["fillers"])
    return tuple(cohort.people.meant(part)) or places.get(place, ()) or places.get(bare, ())


def _meant(cohort: Cohort, person: str, text: str) -> list[str]:
    """Return the ids of those whom a text names: people and places, with semicolons between them.

    Raises
    ------
    InputError
        E_RESOLVE where a part of it names nobody here.
    """
    places, found = places_named(cohort), dict[str, None]()
    own = workplaces(cohort).get(person, "")
    parts = [own] if text == "workplace" else list(filter(None, map(str.strip, text.split(";"))))
    parts = [
        one
        for part in parts
        for one in ([part] if _near(cohort, places, part) else re.split(r",|&| and | und ", part))
    ]
    for part in map(str.strip, parts or [""]):
        near = _near(cohort, places, part)
        if not near:
            raise refused("E_RESOLVE", "nobody" if part else "unnamed", name=part)
        found |= dict.fromkeys(one for one in near if one != person)
    return list(found)


def put_right(
    programme: ProgrammeFolder, person: str, column: str, before: str, after: str
) -> None:
    """Write what is right into the log of corrections; the file itself stays as it is.

    Raises
    ------
    InputError
        E_CORRECTION where nothing is changed, or the cell does not hold that any more; E_ENUM where
        no days and times can be read in it.
    """
    if before == after or not person or not column:
        raise refused("E_CORRECTION", "unchanged")
    if column == "availability" and after:
        known = programme.settings.config().answers.get(column, {})
        after = _as_times(after, {*map(fold, known)})
    _correct(programme, person, column, before, after)


def _correct(programme: ProgrammeFolder, person: str, column: str, before: str, after: str) -> None:
    settings = programme.settings
    by, at = programme.reviewer, settings.now()
    correction = Correction(person, column, before, after, who=by, when=at)
    there = (item for cause in causes_of(programme) for item in cause.items)
    found = next((i for i in there if (i.who.id, i.column) == (person, column)), None)
    whose = f"{found.who.name}, {found.title}" if found else called(column)
    nothing = worded("people.nothing")
    said = worded("did.corrected", what=whose, before=before or nothing, after=after or nothing)
    settings.correct(correction, said)


def take_fix_back(programme: ProgrammeFolder, person: str, column: str) -> None:
    """Let a cell hold again what it held before it was put right.

    Raises
    ------
    InputError
        E_CORRECTION where no correction of it stands.
    """
    first, line = standing_corrections(programme).get((person, column), ("", None))
    if line is None:
        raise refused("E_CORRECTION", "unchanged")
    _correct(programme, person, column, line.after, first)


def _as_times(said: str, known: Collection[str]) -> str:
    """Return days and times as a cell can hold them, of which a day alone is the day."""
    if fold(said) in known or slots_of(said):
        return said
    if not (slots := slots_meant(said)):
        raise refused("E_ENUM", "no_times")
    return ";".join(slots)


def leave_out(programme: ProgrammeFolder, who: str, why: str) -> None:
    """Leave somebody out of the match, with the reason; the file stays as it is.

    Raises
    ------
    InputError
        E_RESOLVE where it is not sure who is meant; E_CORRECTION without a reason.
    """
    cohort = programme.reading().cohort
    found = cohort.people.meant(who.strip()) if cohort else ()
    if cohort is None or not found:
        raise refused("E_RESOLVE", "nobody" if who.strip() else "unnamed", name=who.strip())
    names = names_shown(programme, cohort)
    if len(found) > 1:
        told = [f"{names.full_name(one)}: {names.addresses.get(one, one)}" for one in found]
        raise refused("E_RESOLVE", "several", name=who.strip(), n=len(found), who="; ".join(told))
    if not why.strip():
        raise refused("E_CORRECTION", "no_reason")
    _say_left_out(programme, found[0], names.full_name(found[0]), "", why.strip())


def take_back_in(programme: ProgrammeFolder, person: str) -> None:
    """Put somebody back whom a person left out.

    Raises
    ------
    InputError
        E_NOT_FOUND where they are not left out.
    """
    said = reasons_left_out(programme).get(person)
    if said is None:
        raise refused("E_NOT_FOUND", "not_left_out")
    found = (item for cause in causes_of(programme) for item in cause.items)
    name = next((item.who.name for item in found if item.who.id == person), person)
    _say_left_out(programme, person, name, said.after, "")


def _say_left_out(
    programme: ProgrammeFolder, person: str, name: str, before: str, after: str
) -> None:
    by, at = programme.reviewer, programme.settings.now()
    line = Correction(person, LEFT_OUT, before, after, who=by, when=at)
    what = worded("did.left_out" if after else "did.put_back", name=name, reason=after)
    programme.settings.correct(line, what)
