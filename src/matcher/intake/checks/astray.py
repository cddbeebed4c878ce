"""Files beside the tables that are called nearly as the config or the corrections are."""

from pathlib import Path

from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding
from matcher.intake.corrections import NAME
from matcher.text import shown_title, snake

_ADDED = frozenset({"copy", "of", "txt", "json", "jsonl"})
"""What copies, downloads and editors add to a name, and endings that are taken for one another."""


def check_astray(place: str) -> list[Finding]:
    """Tell of `matcher.toml.txt`, `Corrections (1).json` and the like where the right name lacks.

    Left unread in silence, what they say of consent, managers and answers would be gone.

    Parameters
    ----------
    place
        Where the cohort lies; only a folder can hold such files.
    """
    folder = Path(place)
    if not folder.is_dir():
        return []
    wanted = [name for name in (COHORT_CONFIG, NAME) if not (folder / name).exists()]
    return [
        Finding(
            "W_UNUSED_TABLE",
            f"the file {shown_title(path.name)} is called nearly like {name} and is not read",
            f"rename it {name}; ignore this if it is meant so",
        )
        for path in sorted(folder.iterdir())
        for name in wanted
        if _telling(path.name) == _telling(name)
    ]


def _telling(name: str) -> set[str]:
    words = snake(name).split("_")
    return {word for word in words if word and not word.isdigit()} - _ADDED
