"""What pages call the meanings of questions, and why each was chosen, in our own words."""

from collections.abc import Iterator

from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.intake.proposals.title_guesses import described
from matcher.text import capital, snake, words_beside

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


def because(why: str) -> str:
    """Return why a question was taken for something, as a sentence."""
    own = why.removesuffix("'s own column")
    if own != why:
        return worded("whys.tool", tool=own)
    known = f"whys.{why}" in for_pages(spoken().language).flat
    told = capital(why) + ("" if why.endswith((".", "?", "!")) else ".")
    return worded(f"whys.{why}" if known else "whys.else", english=told)


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
