"""Files beside the tables that are called nearly as the config or the corrections are."""

from pathlib import Path

from matcher.config import Config
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding
from matcher.intake.corrections import NAME
from matcher.intake.files.find_tables import NAMES
from matcher.intake.files.table_sources import Shelf
from matcher.intake.proposals.which_table import tables_at
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


def check_unread(place: str, config: Config) -> list[Finding]:
    """Ask, as `matcher map` does, about files that nothing reads and that name people's managers.

    Parameters
    ----------
    place
        Where the cohort lies, in which something is not read.
    config
        What says which files are tables.
    """
    return [
        Finding("W_QUESTION", it.text, f'[tables.{it.path[1]}] read = "no"')
        for it in tables_at(place, config.tables, Shelf()).open
        if it.path[1] not in NAMES
    ]


def _telling(name: str) -> set[str]:
    words = snake(name).split("_")
    return {word for word in words if word and not word.isdigit()} - _ADDED
