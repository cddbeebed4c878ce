"""What somebody's leaving must not change for those who stay, and whose each page of a run is.

An answer may name somebody who leaves and somebody of their name who stays. What was said of it, or
what is open, was said of the words as they stand: where they cannot stay, ids of those who were
meant and are still here stand in their place.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Self

from matcher.cohort.cells import restore
from matcher.cohort.people import People
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.cohort.tables import ID_LISTS, MANAGERS
from matcher.config import Config
from matcher.config.edited import flat_values, with_keys
from matcher.config.load import COHORT_CONFIG
from matcher.errors import MatcherError
from matcher.intake.read import read_cohort
from matcher.privacy.held_files import HeldFile
from matcher.privacy.person import side_by_side
from matcher.run_tables import RUN_TABLES
from matcher.storage import write_bytes
from matcher.text import fold


@dataclass(frozen=True)
class ThoseWhoStay:
    """What a cohort asks, and has been told, about people of whom one leaves."""

    gone: frozenset[str] = frozenset()
    """Ids of who leaves."""
    people: People = field(default_factory=People)
    questions: tuple[AskedQuestion, ...] = ()
    day: date | None = None
    """On which the cohort is measured; None where it cannot be read."""

    @classmethod
    def of(cls, gone: frozenset[str], people: People, source: str, config: Config) -> Self:
        """Return what a cohort asks; nothing where it cannot be read.

        Parameters
        ----------
        gone, people
            Ids of who leaves, and everybody.
        source, config
            The cohort, and how it is read.
        """
        try:
            cohort = read_cohort(source, config, set_aside=True)
        except MatcherError:
            return cls(gone, people)
        return cls(gone, people, cohort.questions, cohort.as_of)

    @property
    def perhaps_one(self) -> Iterator[str]:
        """Ids of whom nobody has said yet whether they are who leaves."""
        for question in self.questions:
            ids = {question.person, *question.likely}
            if question.is_of_ids and question.is_open and ids & self.gone:
                yield from sorted(ids - self.gone)

    def answer(
        self, whose: str, names: Sequence[str], cell: str, clean: Callable[[str], str]
    ) -> str | None:
        """Return what a cell holds once somebody has left; None where nothing is asked of it.

        Parameters
        ----------
        whose, names
            Whose answer it is, and what its column is and is called.
        cell, clean
            As it stands, and what takes who leaves out of a text.
        """
        person = self.people.find(restore(whose))
        asked = dict.fromkeys(q for n in names for q in self._by_place.get((person, fold(n)), ()))
        if not asked:
            return None
        is_same = clean(cell) == cell
        new = [self._after(question, cell, is_same=is_same) for question in asked]
        told = [text for text in new if text is not None]
        return cell if cell in told else min(told, key=len, default=None)

    @cached_property
    def _by_place(self) -> Mapping[tuple[str | None, str], list[AskedQuestion]]:
        found: dict[tuple[str | None, str], list[AskedQuestion]] = defaultdict(list)
        for question in self.questions:
            if question.bears_on_safety and not question.is_of_cell:
                found[question.person, fold(question.column)].append(question)
        return found

    @cached_property
    def _like_gone(self) -> frozenset[str]:
        """Ids of all who share a part of a name with who leaves, themselves too."""
        names = self.people.names.items()
        parts = {part for key, ids in names if self.gone & {*ids} for part in key}
        return frozenset(one for key, ids in names if parts & {*key} for one in ids) | self.gone

    def _meant(self, question: AskedQuestion) -> tuple[str, ...]:
        if question.answer in (NO, YES, ""):
            return question.likely if question.answer != NO else ()
        return tuple(question.answer.split(", "))

    def _after(self, question: AskedQuestion, cell: str, *, is_same: bool) -> str | None:
        """Return what a cell holds; `is_same` where it would stay as it is without the question."""
        meant = self._meant(question)
        stay = [person for person in meant if person not in self.gone]
        may_be = not self._like_gone.isdisjoint((*question.likely, *meant))
        if question.is_open:
            return cell if stay and may_be else None
        if question.column not in (*ID_LISTS, *MANAGERS):
            return cell if stay or (not meant and may_be and is_same) else None
        if (is_same and len(stay) == len(meant) > 0) or not (stay or may_be):
            return None
        found = [(item, self.people.find(restore(item).strip())) for item in cell.split(";")]
        sure = [item.strip() for item, one in found if one and one not in self.gone]
        return ";".join(dict.fromkeys((*sure, *stay)))

    def config_text(self, text: str) -> str:
        """Return the text of a config whose answers name nobody who left: ``no`` for them alone.

        Parameters
        ----------
        text
            TOML as it stands.
        """
        new: dict[tuple[str, ...], str | list[str]] = {}
        for path, value in flat_values(text).items():
            if path[0] == "resolve" and value not in (YES, NO):
                meant = value if isinstance(value, list) else [value]
                left = [one for one in meant if self.people.find(str(one)) not in self.gone]
                if len(left) < len(meant):
                    new[path] = left or NO
        return with_keys(text, new) if new else text

    def keep_the_day(self, folder: Path, config: Config) -> date | None:
        """State the day of measuring in a copy that would have another; return it if so.

        Parameters
        ----------
        folder
            The copy.
        config
            How it is read.
        """
        if self.day is None or config.programme.as_of is not None:
            return None
        try:
            now = read_cohort(folder, config.model_copy(update={"resolve": {}}), set_aside=True)
        except MatcherError:
            return None
        if now.as_of == self.day:
            return None
        path = folder / COHORT_CONFIG
        text = path.read_text("utf-8") if path.exists() else ""
        path.unlink(missing_ok=True)
        write_bytes(path, with_keys(text, {("programme", "as_of"): self.day}).encode())
        return self.day


_SENT, _PAIRED = "send.xlsx", "matches.csv"
_SEND_COLUMNS = [column.name for column in RUN_TABLES["send"].in_sheet]
_OF_A_RUN = 2
"""Parts of the way to a run."""


def with_whose(files: Sequence[HeldFile]) -> list[HeldFile]:
    """Return files; those of runs that are one person's with the ids of who that is and is met.

    Parameters
    ----------
    files
        All of a cohort.
    """
    owners: dict[tuple[str, ...], str] = {}
    partners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for run, told in ((PurePosixPath(f.name).parts[:_OF_A_RUN], f) for f in files if f.is_of_run):
        for row in (row for table in told.tables for row in table.rows):
            if told.name.endswith(_SENT):
                cells = dict(zip(_SEND_COLUMNS, row, strict=False))
                for column in ("mail", "plan", "invitation"):
                    owners[*run, PurePosixPath(cells.get(column, "")).stem] = cells.get(
                        "person_id", ""
                    )
            elif told.name.endswith(_PAIRED) and len(row) > 1:
                partners[*run, row[0]].add(row[1])
                partners[*run, row[1]].add(row[0])
    out = []
    for file in files:
        path, run = PurePosixPath(file.name), PurePosixPath(file.name).parts[:_OF_A_RUN]
        owner = path.stem if file.is_of_run and "plans" in path.parts else ""
        owner = owners.get((*run, path.stem), owner)
        about = side_by_side((owner, *sorted(partners[*run, owner]))) if owner else ""
        out.append(replace(file, about=about))
    return out
