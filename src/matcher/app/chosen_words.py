"""What pages call the meanings of questions, and why each was chosen, in our own words."""

import tomllib
from collections.abc import Iterator
from importlib import resources

from matcher.intake.proposals.title_guesses import described
from matcher.text import capital, snake

GROUPS: dict[str, dict[str, str]] = tomllib.loads(
    resources.files("matcher.app").joinpath("words.toml").read_text("utf-8")
)
_CALLED = {
    key: words for group in GROUPS.values() for key, words in group.items() if key != "title"
}
_OWN_WHY = {
    "the name of one of our columns": "Its title is exactly this.",
    "its title says so": "Its title says so, and the answers agree.",
    "stated": "Chosen by you.",
}

Options = list[tuple[str, list[tuple[str, str]]]]
"""Groups of a chooser, each with (value, words)."""


def called(target: str) -> str:
    """Return what a target is called on pages."""
    if target.startswith("groups."):
        return _CALLED["groups.*"]
    return _CALLED.get(target) or capital(described(target.partition(".")[2] or target))


def because(why: str) -> str:
    """Return why a question was taken for something, as a sentence."""
    if why in _OWN_WHY:
        return _OWN_WHY[why]
    if why.endswith("'s own column"):
        return f"{why.removesuffix(chr(39) + 's own column')} makes this itself."
    return capital(why) + ("" if why.endswith((".", "?", "!")) else ".")


def choices(title: str, target: str) -> Options:
    """Return what a question can be taken as, in groups; what it is now is always among them."""
    groups = [(group["title"], list(_of(group, title, target))) for group in GROUPS.values()]
    if all(value != target for _, options in groups for value, _ in options):
        groups.insert(0, ("Now", [(target, called(target))]))
    return groups


def every_choice() -> Options:
    """Return all that any question can be taken as, in groups."""
    return choices("", "")[1:]


def own_group(title: str, target: str) -> str:
    """Return the target of a question as one of its own about groups of people."""
    return target if target.startswith("groups.") else f"groups.{snake(title)[:40] or 'other'}"


def _of(group: dict[str, str], title: str, target: str) -> Iterator[tuple[str, str]]:
    for value, words in group.items():
        if value == "groups.*":
            yield own_group(title, target), words
        elif value != "title":
            yield value, words
