"""What a column is: its title and its answers judged together, the likeliest first.

What bears on safety (role, whom to avoid, managers, consent, protected attributes) must be said by
the title and not be contradicted by the answers; all else may be likely.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache, partial
from typing import Any

from matcher.cohort.tables import MANAGERS, TABLES, ColumnSpec, Kind
from matcher.intake.cells.lists import is_code
from matcher.intake.cells.numbers import MONTHLY, hours_in, names_hours, times_a_month
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.phrases import heaviest, phrase_of, words_of
from matcher.intake.proposals.protected_hints import are_genders, protected_hint
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.roles_said import role_of
from matcher.intake.proposals.short_titles import spelled_out
from matcher.intake.proposals.single_texts import denies, is_yes_no, meaning_of
from matcher.text import fold, fold_plain, nearest, snake, words_beside
from matcher.vocabulary import IGNORE, is_protected

SAFETY = frozenset({"role", "avoid", *MANAGERS, "consent", "withdrew", "wish"})
"""Targets of which a wrong guess harms somebody; protected attributes are others."""
IDENTITY = frozenset({"person_id", "email", "name", "name.1", "name.2"})
"""Targets that say who somebody is."""
QUESTIONS: dict[str, dict[str, Any]] = words_beside(__file__, "questions.toml")
"""What forms ask, by the column that it is."""
FITTING, FITTING_SAFELY, POSSIBLE, SUPPORTED = 0.5, 0.6, 0.25, 0.7
"""Shares of answers that fit: for a sure title, the same where safety hangs on it, least worth
asking about, and needed where the title only hints."""
LEAST_NAMED = 0.1
"""Share of answers that name people from which a question is not left out unasked."""
IN_OUR_WORDS = frozenset({"approaches", "availability", "modes"})
"""Lists whose options have a meaning of their own: where none is known, all are asked about."""
MOST_ANSWERS = 4
"""Distinct answers up to which a question may be one of consent in words that are not known."""
CERTAIN = 0.95
"""Share of answers that are roles from which a hint in the title is enough."""
MOST_ROLES = 12
"""Distinct answers to which of the roles somebody plays."""
RIVAL = 0.85
"""Share of the best score from which another reading of a safety question makes it unsure."""


class Sureness(StrEnum):
    """How sure a proposal is."""

    STATED = "stated"
    """The config or the form tool says so."""
    SURE = "sure"
    """Title and answers agree."""
    LIKELY = "likely"
    """One of the two says so and the other does not speak against it."""
    ASKED = "asked"
    """Not sure enough: it is a question."""


@dataclass(frozen=True)
class Guess:
    """One thing that a column may be."""

    target: str
    score: float
    sureness: Sureness
    why: Said


def is_safety(target: str) -> bool:
    """Whether a wrong guess of a target harms somebody."""
    return target in SAFETY or target.startswith("groups.")


def guesses(title: str, column: CellEvidence) -> list[Guess]:
    """Return what a column may be, the likeliest first.

    Parameters
    ----------
    title
        The question as the form asks it.
    column
        Its answers.
    """
    found, spelled = _guesses(title, column), spelled_out(title)
    if not spelled or any(guess.sureness is not Sureness.ASKED for guess in found):
        return found
    said = [guess for guess in _guesses(spelled, column) if guess.why.code is Why.TITLE]
    harms = {g.target for g in said if is_safety(g.target)} - {*MANAGERS}
    sureness = {g.target: Sureness.ASKED if g.target in harms else g.sureness for g in said}
    why = Said(Why.SHORT_FOR, spelled)
    return [*(replace(g, why=why, sureness=sureness[g.target]) for g in said), *found]


def _guesses(title: str, column: CellEvidence) -> list[Guess]:
    """Return what a column may be by its title as it is written, and by its answers."""
    words = words_of(title)
    found = [guess for name in QUESTIONS for guess in _guess(name, words, column)]
    found += _hinted(words, column)
    if is_protected(title):
        group = next((g.target for g in found if g.target.startswith("groups.")), None)
        why = Said(Why.PLAIN_PROTECTED)
        found.append(Guess(group or f"groups.{snake(title)}", 100.0, Sureness.SURE, why))
    elif not any(guess.target.startswith("groups.") for guess in found):
        found += _by_hint(title, column, is_known=bool(found))
    found += _by_cells(title, column, is_known=bool(found))
    if _is_status(column) and not any(is_safety(guess.target) for guess in found):
        found.append(Guess("withdrew", 100.0, Sureness.ASKED, Said(Why.SAYS_WITHDRAWN)))
    found = [_if_denied(guess, title) for guess in found]
    ranked = _narrower(sorted(found, key=lambda guess: -guess.score))
    return _with_rivals([_of_manager(guess, words) for guess in ranked])


def _by_hint(title: str, column: CellEvidence, *, is_known: bool) -> Iterator[Guess]:
    """Yield the protected attribute that a question may ask for."""
    hint = protected_hint(title, column, is_known=is_known)
    if hint is not None:
        attribute, why = hint
        groups = (name for name in QUESTIONS if name.startswith("groups."))
        spoken = (name for name in groups if _spoken(name, words_of(attribute))[0])
        plain = snake(_BRACKETS.sub(" ", title))
        yield Guess(next(spoken, f"groups.{plain}"), 90.0, Sureness.ASKED, why)


_BRACKETS = re.compile(r"\(.*?\)|/.*")
"""What a title says beside the attribute, or in another language."""


def _narrower(ranked: list[Guess]) -> list[Guess]:
    """Return the guesses; a title that names a part of an organisation does not ask which one.

    What a title only hints at is no place where it names another.
    """
    sure = [g for g in ranked if g.sureness is Sureness.SURE and g.target in _PLACES]
    part = next((guess for guess in sure if guess.target == "department"), None)
    is_hint = ranked[:1] and ranked[0].target in _PLACES and ranked[0] not in sure
    first = part or (sure[0] if sure else None)
    if first is None or not (is_hint or (part and ranked[0].target == "organisation")):
        return ranked
    return [first, *(guess for guess in ranked if guess is not first)]


_PLACES = ("department", "organisation", "site", "location")


def _of_manager(guess: Guess, words: str) -> Guess:
    """Return the guess; where the title speaks of a manager, it is they whom not to meet."""
    is_hinted = guess.target == "avoid" and guess.sureness is Sureness.ASKED
    if not is_hinted or not _spoken("line_manager", words)[0]:
        return guess
    return replace(guess, target="line_manager", why=Said(Why.HARDLY))


def _with_rivals(ranked: list[Guess]) -> list[Guess]:
    """Return the guesses; the first is asked where another safety reading comes near it."""
    if len(ranked) < 2 or ranked[0].sureness is Sureness.ASKED:
        return ranked
    first, second = ranked[:2]
    near = second.score >= RIVAL * first.score and second.sureness is not Sureness.ASKED
    if near and (first.target in SAFETY or second.target in SAFETY):
        is_either = {"avoid", "preferences"} == {first.target, second.target}
        why = Said(Why.EITHER_WISH) if is_either else Said(Why.RIVALS, first.target, second.target)
        likely = first.target if first.target in SAFETY else second.target
        return [Guess(likely, first.score, Sureness.ASKED, why), *ranked[1:]]
    return ranked


def _guess(name: str, words: str, column: CellEvidence) -> Iterator[Guess]:
    """Yield the guess that a question of the file stands for, if the title speaks of it."""
    about = QUESTIONS[name]
    may_object = not column.counts or _is_yes_or_no(column) or _is_said_again(words, column)
    if name in OBJECTED and may_object and objects(words) == name:
        yield Guess(name, 100.0, Sureness.ASKED, Said(Why.OBJECTS))
        return
    by_title, by_hint = _spoken(name, words)
    if name in OBJECTED and (passed := passed_on(words)):
        if name == passed and may_object:
            yield Guess(name, 90.0, Sureness.SURE if by_title else Sureness.ASKED, Said(Why.PASSED))
        return
    if name == "consent" and (by_title or by_hint) and _is_notice(words):
        yield Guess(name, by_title or by_hint, Sureness.ASKED, Said(Why.NOTICE))
        return
    if not (by_title or by_hint) or (name in IDENTITY and _is_nobodys_own(words, column)):
        return
    is_hinted = by_hint and name in ("avoid", *MANAGERS)
    if column.are_steps and name in ("avoid", *MANAGERS):
        return  # `a lot` and `a little` name nobody
    if column.decisions and (is_hinted or not (is_safety(name) or _DECIDED & {*about["cells"]})):
        return  # `Go ahead` and `Rather not` name nobody, and neither a day nor a topic
    fit = column.fits(about["cells"]) if column.telling or column.ticked else _empty_fit(about)
    fit = 1.0 if name == "groups.gender" and are_genders(column) else fit  # `F` is no mere no
    score = (by_title or by_hint) * (0.5 + fit)
    if name in IDENTITY and column.counts:  # everybody has one, and hardly two the same
        score *= len(column.counts) / column.rows
    target = IGNORE if name.startswith("ignore.") else name
    # An answer that is no role is asked about by itself.
    needed = FITTING_SAFELY if is_safety(name) and name != "role" else FITTING
    if name in OF_ONE_SIDE and _are_counts(column):
        yield Guess(target, score / 10, Sureness.ASKED, Said(Why.COUNTED))
    elif by_title and fit >= needed:
        yield Guess(target, score, Sureness.SURE, _why(name, Said(Why.TITLE)))
    elif name == "role" and by_hint and fit >= CERTAIN and len(column.counts) <= MOST_ROLES:
        yield Guess(target, score, Sureness.SURE, Said(Why.ROLE_BY_ANSWERS))
    elif name == "role" and by_title and _is_coded(column):
        yield Guess(target, score, Sureness.SURE, Said(Why.ROLE_CODED))
    elif by_hint and fit >= SUPPORTED:
        sureness = Sureness.ASKED if is_safety(name) else Sureness.LIKELY
        yield Guess(target, score, sureness, _why(name, Said(Why.HINTED)))
    elif by_title and name == "consent" and len(column.counts) <= MOST_ANSWERS:
        yield Guess(target, score, Sureness.ASKED, Said(Why.UNKNOWN_ANSWERS))
    elif by_title and name in IN_OUR_WORDS and fit < POSSIBLE and _are_options(column):
        yield Guess(target, score, Sureness.ASKED, Said(Why.HARDLY))
    elif by_title and (
        fit >= POSSIBLE or name in ("avoid", *MANAGERS) or may_be_own_words(name, column)
    ):
        sureness = Sureness.ASKED if is_safety(name) else Sureness.LIKELY
        yield Guess(target, score, sureness, _why(name, Said(Why.HARDLY)))


_DECIDED = {"any", "statement", "yes_no"}
"""Kinds of answers of what a yes or a no answers."""
LEAST_WORDS = 2
"""Mean number of words of answers from which they may be somebody's own: `To sleep better.`"""


def kinds_of_answers(target: str) -> frozenset[str]:
    """Return the kinds of answers that a target has, of one side or of both."""
    about = QUESTIONS.get(target) or QUESTIONS.get(target.rpartition(".")[2], {})
    return frozenset(about.get("cells", ()))


def may_be_own_words(target: str, column: CellEvidence) -> bool:
    """Whether a target is a text and the answers may be some, though several people wrote one.

    Of two answers alone one is chosen, as a role is, and so are several of a form's options.
    """
    is_text = "text" in kinds_of_answers(target)
    is_chosen = len(column.counts) == 2 or (bool(column.separator) and column.is_choice)
    return is_text and column.words >= LEAST_WORDS and not (is_chosen or column.decisions)


OF_ONE_SIDE = frozenset({"contexts", "purposes", "benefits", "knowing", "expertise"})
"""Lists that say what is needed where mentees answer and what is offered where mentors do."""


def _are_counts(column: CellEvidence) -> bool:
    """Whether each answer is one number and no list of them."""
    is_one = not (column.ticked or column.separator)
    return is_one and column.share(str.isdigit) >= CERTAIN


def _are_options(column: CellEvidence) -> bool:
    """Whether answers are options of the form, and name nobody."""
    return column.is_choice and column.fits(["person"]) < FITTING


def _is_nobodys_own(words: str, column: CellEvidence) -> bool:
    """Whether a column says not who its rows are: nobody filled it, or it names their managers."""
    return not column.counts or bool(_spoken("line_manager", words)[0])


def _is_coded(column: CellEvidence) -> bool:
    """Whether all answers are codes, of few options, and everybody has one."""
    is_whole = column.filled == column.rows and 2 <= len(column.counts) <= MOST_ANSWERS
    return is_whole and all(map(is_code, column.counts))


@lru_cache(maxsize=1 << 14)
def _spoken(name: str, words: str) -> tuple[float, float]:
    """Return how surely, and how likely, a title speaks of a question; zeros where it does not."""
    about = QUESTIONS[name]
    if words in _whole_titles(name):
        return float(len(words)), 0.0
    by_title = heaviest(about.get("sure", ()), words)
    hints = (*about.get("perhaps", ()), *about.get("against", ()))
    by_hint = 0.0 if by_title else heaviest(hints, words) / 2
    is_other = (by_title or by_hint) and heaviest(about.get("unless", ()), words)
    return (0.0, 0.0) if is_other else (by_title, by_hint)


@cache
def _whole_titles(name: str) -> frozenset[str]:
    return frozenset(map(words_of, QUESTIONS[name].get("titles", ())))


def _is_yes_or_no(column: CellEvidence) -> bool:
    """Whether nothing but yes, no and the statement itself is answered."""
    is_said = bool(column.counts) and all(map(is_yes_no, column.counts))
    return is_said or column.fits(["statement"]) == 1.0


def _is_said_again(words: str, column: CellEvidence) -> bool:
    """Whether the one box of a question says what its title says."""
    return len(column.counts) == 1 and all(words_of(text) == words for text in column.counts)


OBJECTED = ("share_address", "consent")
"""What a title may ask for by who does not agree."""


@cache
def objects(words: str) -> str:
    """Return what a title asks who does not agree to, empty where it does not ask so.

    Parameters
    ----------
    words
        The title as `phrases.words_of` returns it.
    """
    for name in OBJECTED:
        about = QUESTIONS[name]
        is_other = heaviest(about["unless"], words)
        is_denied = denies(words) and heaviest(about.get("used", about["sure"]), words)
        if not is_other and (is_denied or heaviest(about["objects"], words)):
            return name
    return ""


@cache
def passed_on(words: str) -> str:
    """Return what of reaching somebody a title passes on: `share_address`, `phone`, "" for nothing.

    Beside what is said of answers that are used it may be either, and counts for nothing.
    """
    about = QUESTIONS["share_address"]
    others = words  # `contact details` are no details that are used
    for phrase in (*about["reach"], *about["passed"]):
        others = phrase_of(phrase).without(others)
    if heaviest(about["unless"][:1], words) or heaviest(QUESTIONS["consent"]["used"], others):
        return ""
    if heaviest(about["reach"], words):
        return "share_address" if heaviest(about["passed"], words) else ""
    return "phone" if heaviest(QUESTIONS[f"ignore.{PHONE}"]["sure"], words) else ""


PHONE = "phone"
"""What asks how to reach somebody beyond the e-mail address: nothing that is read."""


def _is_notice(words: str) -> bool:
    """Whether a title asks who has read something, and for no agreement."""
    about = QUESTIONS["consent"]
    return bool(heaviest(about["read"], words)) and not heaviest(about["agrees"], words)


_CLAUSE = re.compile(r"[.;:?!()/\n\u2013\u2014]")
DENIABLE = frozenset({"availability", "modes", "languages", "expertise", "approaches", "contexts"})
"""Lists of which a title with a `not` asks for the opposite."""


def _if_denied(guess: Guess, title: str) -> Guess:
    """Return the guess; asked where only a part of the title that denies speaks of it."""
    if guess.target not in DENIABLE or not _is_denied(title, guess.target):
        return guess
    others = (part for part in _CLAUSE.split(title) if not _is_denied(part, guess.target))
    if _spoken(guess.target, words_of(" . ".join(others)))[0]:
        return guess
    return replace(guess, sureness=Sureness.ASKED, why=Said(Why.DENIED))


def if_barred(guess: Guess, title: str) -> Guess:
    """Return what a model finds; asked where a word of the title rules it out for phrases."""
    about = QUESTIONS.get(guess.target) or QUESTIONS.get(guess.target.rpartition(".")[2], {})
    if guess.sureness is Sureness.ASKED or not heaviest(about.get("unless", ()), words_of(title)):
        return guess
    return replace(guess, sureness=Sureness.ASKED, why=Said(Why.BARRED))


def _is_denied(text: str, target: str) -> bool:
    words = words_of(text)
    return denies(words) or bool(heaviest(QUESTIONS[target].get("denied", ()), words))


def _hinted(words: str, column: CellEvidence) -> Iterator[Guess]:
    """Yield the columns whose declaration has a hint that the title holds."""
    declared_columns = (*TABLES["mentees"].columns, *TABLES["mentors"].columns)
    specs = {spec.name: spec for spec in declared_columns if spec.name not in QUESTIONS}
    for spec in specs.values():
        weight = heaviest(spec.hints, words)
        fit = 0.0
        if weight and spec.choices:
            fit = column.share(partial(_is_choice, spec), column.items)
        elif weight:
            fit = column.fits(_CELLS_OF.get(spec.kind, ("label", "text")))
        if weight and fit >= FITTING:
            yield Guess(spec.name, weight * (0.5 + fit), Sureness.SURE, Said(Why.TITLE))


_CELLS_OF = {
    Kind.NUMBER: ("number",),
    Kind.DATE: ("date",),
    Kind.YES_NO: ("yes_no",),
    Kind.LIST: ("choice", "label"),
}


def _is_choice(spec: ColumnSpec, text: str) -> bool:
    return nearest(text, spec.choices, 0.8) is not None


def _empty_fit(about: dict[str, Any]) -> float:
    return 1.0 if "empty" in about["cells"] else FITTING


def _why(name: str, reason: Said) -> Said:
    """Return the reason, or what is asked for other purposes than matching."""
    _, _, about = name.partition("ignore.")
    return Said(Why[about.upper()]) if about else reason


_CELLS_ALONE = {
    "email": ("address",),
    "availability": ("day",),
    "modes": ("mode",),
    "timezone": ("zone",),
    "languages": ("language",),
}


def _give_away(target: str, column: CellEvidence) -> bool:
    """Whether answers differ as those of a column do: codes are no days, `Web link` is no way."""
    if target in ("modes", "approaches"):
        return len({meaning_of(item, target) for item in column.items} - {None}) > 1
    are_codes = target == "availability" and all(len(item) == 1 for item in column.items)
    return bool(column.telling) and not are_codes


def _by_cells(title: str, column: CellEvidence, *, is_known: bool) -> Iterator[Guess]:
    """Yield what the answers alone give away; only roles and ways of mentoring of a known title."""
    words = words_of(title)
    if _is_role(words, column):
        yield Guess("role", 50.0, Sureness.SURE, Said(Why.ROLES))
    if column.fits(["approach"]) >= CERTAIN and _give_away("approaches", column):
        yield Guess("approaches", 45.0, Sureness.LIKELY, Said(Why.BY_CELLS, "approaches"))
    if is_known:
        return
    for target, kinds in _CELLS_ALONE.items():
        barred = heaviest(QUESTIONS[target].get("unless", ()), words)
        is_said = _give_away(target, column)
        names = any(fold(item) in column.people for item in column.items)
        least = LEAST_OF_TIMES if target == "availability" and not names else 0.95
        if is_said and not barred and column.fits(kinds) >= least:
            # Of two languages one may be what somebody learns, or where they come from.
            sureness = Sureness.ASKED if target == "languages" else Sureness.LIKELY
            yield Guess(target, 4.0, sureness, Said(Why.BY_CELLS, target))
    if column.share(_is_of_hours) >= SUPPORTED:
        is_given = column.share(lambda text: times_a_month(text) is not None) >= POSSIBLE
        sureness = Sureness.LIKELY if is_given else Sureness.ASKED  # what takes an hour else
        yield Guess(MONTHLY, 4.0, sureness, Said(Why.BY_CELLS, MONTHLY.replace("_", " ")))
    if column.is_each_another and column.fits(["person"]) >= 0.95:
        yield Guess("name", 3.0, Sureness.LIKELY, Said(Why.AS_NAMES))
    elif column.share(lambda text: fold(text) in column.people) >= SUPPORTED:
        yield whom_asked(title, Said(Why.NAMES_OTHERS))


def _is_of_hours(text: str) -> bool:
    plain = fold_plain(text)
    return names_hours(plain) or hours_in(plain) < 1.0


def _is_status(column: CellEvidence) -> bool:
    """Whether a short answer says that somebody takes part no more, whatever the title asks."""
    short = (text for text in column.counts if len(text.split()) <= MOST_WORDS_OF_STATUS)
    is_one = len(column.counts) <= MOST_ROLES and not (column.ticked or column.separator)
    return is_one and any(meaning_of(text, "withdrew") == "yes" for text in short)


MOST_WORDS_OF_STATUS = 4
"""Words of an answer that says what became of a sign-up."""


def speaks_against(title: str) -> bool:
    """Whether a title denies something or speaks of keeping apart, but for what is in brackets."""
    plain = words_of(_BRACKETS.sub(" ", title))
    return denies(plain) or bool(heaviest(QUESTIONS["avoid"]["against"], plain))


def speaks_of_wish(title: str) -> bool:
    """Whether a title speaks of what one wishes, and against nothing."""
    plain = words_of(_BRACKETS.sub(" ", title))
    is_wish = heaviest(QUESTIONS["preferences"]["wishes"], plain)
    return bool(is_wish) and not speaks_against(title)


def whom_asked(title: str, why: Said) -> Guess:
    """Return what a question may be that people answer by naming others: asked, a wish or not."""
    plain = words_of(_BRACKETS.sub(" ", title))
    if _spoken("line_manager", plain)[0]:
        return Guess("line_manager", 3.0, Sureness.ASKED, why)
    target = "preferences.1" if speaks_of_wish(title) else "avoid"
    return Guess(target, 3.0, Sureness.ASKED, why)


LEAST_OF_TIMES = 0.6
"""Share of answers that are times of the week: `after work` is read by nobody."""


def _is_role(words: str, column: CellEvidence) -> bool:
    """Whether every answer is a role and both roles are there, and nothing speaks of the past."""
    if len(column.counts) > MOST_ROLES or column.filled < column.rows:
        return False
    meant = {role_of(text) for text in column.counts}
    is_whole = {"mentee", "mentor"} <= meant
    return is_whole and None not in meant and not heaviest(QUESTIONS["role"]["unless"], words)


def role_asked(title: str) -> str | None:
    """Return the role that a title asks whether somebody takes; None for others, and the past."""
    said, is_past = role_of(title), heaviest(QUESTIONS["role"]["unless"], words_of(title))
    return None if is_past or said not in ("mentee", "mentor") else said


def may_be_role(title: str, column: CellEvidence) -> bool:
    """Whether a title names a role and few answers are given to it, in whatever words."""
    hints = QUESTIONS["role"]["perhaps"][:1]
    return bool(heaviest(hints, words_of(title))) and 2 <= len(column.counts) <= MOST_ROLES
