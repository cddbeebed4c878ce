"""What pages call the meanings of questions, and why each was chosen, in our own words."""

from collections.abc import Iterator

from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.intake.proposals.column_proposal import ColumnProposal
from matcher.intake.proposals.proposal import OF_WORDS, Asked
from matcher.intake.proposals.reasons import Said, Why
from matcher.intake.proposals.short_titles import described
from matcher.intake.proposals.single_texts import mentions_somebody, names_somebody
from matcher.intake.proposals.title_guesses import is_safety
from matcher.text import capital, fold, printable, snake, words_beside
from matcher.vocabulary import IGNORE

TAKEN_AS: dict[str, list[str]] = words_beside(__file__, "taken_as.toml")
"""What a question of a form can be, in the groups of the chooser."""

Options = list[tuple[str, list[tuple[str, str]]]]
"""Groups of a chooser, each with (value, words)."""


def called(target: str) -> str:
    """Return what a target is called on pages."""
    name = "groups.*" if target.startswith("groups.") else target
    if any(name in group for group in TAKEN_AS.values()):
        return worded(f"taken.{name}")
    return capital(described(target.partition(".")[2] or target))


def because(why: Said) -> str:
    """Return why a question was taken for something, as a sentence."""
    if why.code is Why.TOOL:
        return worded("whys.tool", tool=why.about[0])
    english = capital(str(why))
    told = english + ("" if english.endswith((".", "?", "!")) else ".")
    return worded(f"whys.{_key(why)}" if has_own_words(why) else "whys.else", english=told)


def has_own_words(why: Said | None) -> bool:
    """Whether pages say a reason in words of their own."""
    return why is not None and f"whys.{_key(why)}" in for_pages(spoken().language).flat


def _key(why: Said) -> str:
    return why.code.name.lower()


def why_asked(question: Asked, column: ColumnProposal | None, asks: str) -> tuple[str, ...]:
    """Return why a question is asked: what hangs on each answer to it, and what the cells hold.

    Parameters
    ----------
    question
        What is asked.
    column
        The question of the form that it is about, if any.
    asks
        What kind of question it is, as the catalogue calls it.
    """
    seen = () if column is None else _seen_in(question, column)
    if question.path[0] in OF_WORDS:
        return (_hangs(question.path[1].rpartition(".")[2], called(question.path[1])), *seen)
    if question.path[0] != "columns" or asks != "columns":
        return (_hangs(asks), *seen)
    told: dict[str, str] = {}
    by_harm = sorted(question.choices, key=lambda t: (t != question.example, not is_safety(t)))
    for target in (one for one in by_harm if one != IGNORE):
        so = _hangs(_kind_of(target), called(target))
        told.setdefault(so, worded("hangs.if", what=called(target), so=so))
    return (*[*told.values()][:MOST_TOLD], *seen)


def _seen_in(question: Asked, column: ColumnProposal) -> tuple[str, ...]:
    """Return what the cells hold that a question is about."""
    counts, people = column.evidence.counts, column.evidence.people
    if question.path[0] in OF_WORDS:
        word = fold(question.word)
        n = sum(count for text, count in counts.items() if word in fold(text))
        return (worded("hangs.word", n, what=printable(question.word)),) if n else ()
    if len(column.titles) > 1:
        return (worded("hangs.grid", len(counts), filled=counts.total(), all=len(column.titles)),)
    seen = worded("hangs.seen", len(counts), filled=counts.total(), all=column.evidence.rows)
    tests = (mentions_somebody, names_somebody)
    named = sum(n for text, n in counts.items() if any(test(text, people) for test in tests))
    return (seen, worded("hangs.named", named)) if named else (seen,)


MOST_TOLD = 3
"""Answers to a question of which is said what hangs on them, what harms first."""


def _kind_of(target: str) -> str:
    """Return a target without its side or number."""
    if target.startswith("groups."):
        return "groups"
    return target.removeprefix("mentees.").removeprefix("mentors.").partition(".")[0]


def _hangs(kind: str, what: str = "") -> str:
    known = f"hangs.{kind}" in for_pages(spoken().language).flat
    return worded(f"hangs.{kind if known else 'else'}", what=what)


def choices(title: str, target: str) -> Options:
    """Return what a question can be taken as, in groups; what it is now is always among them."""
    groups = [(worded(f"taken_groups.{name}"), list(_of(name, title, target))) for name in TAKEN_AS]
    if all(value != target for _, options in groups for value, _ in options):
        groups.insert(0, (worded("taken_groups.now"), [(target, called(target))]))
    return groups


def every_choice() -> Options:
    """Return all that any question can be taken as, in groups."""
    return choices("", "")[1:]


def own_group(title: str, target: str) -> str:
    """Return the target of a question as one of its own about groups of people."""
    return target if target.startswith("groups.") else f"groups.{snake(title)[:40] or 'other'}"


def _of(group: str, title: str, target: str) -> Iterator[tuple[str, str]]:
    for value in TAKEN_AS[group]:
        taken = own_group(title, target) if value == "groups.*" else value
        yield taken, worded(f"taken.{value}")
