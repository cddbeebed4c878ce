"""A cohort under pseudonyms: keyed hashes for ids, and nothing that names or quotes a person.

The key never enters a run folder. Who holds it and the cohort can compute every pseudonym again, so
nothing else needs to be kept to join a run back to people.
"""

import contextlib
import hashlib
import os
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.questions import NO, YES, AskedQuestion, told_questions
from matcher.cohort.tables import ID_COLUMNS, ID_LISTS, MANAGERS, SIGNUPS, TABLES
from matcher.config import Config
from matcher.errors import ASKED_ONE_BY_ONE, Finding, InputError, StorageError, unreadable
from matcher.intake.assembly import sorted_links
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.run_tables import RUN_TABLES, Holds
from matcher.storage import write_bytes
from matcher.text import count_of, shown_id

PATTERN = re.compile(r"\bx-[0-9a-f]{16}\b")
"""What a pseudonym looks like: a collision among a million people has odds of 1 in 37 million."""

UNTOLD = "…"
"""In place of a number that may tell who it is."""
_WORD = re.compile(r"\w+")
_ROWS = re.compile(rf"\b(rows?) (?:\d+|{UNTOLD})(?:(?:, | and )(?:\d+|{UNTOLD}))*")

CHASE = RUN_TABLES["chase"]
KEY_NAME = "pseudonyms.key"
_KEY_BYTES = 32
_ID_COLUMNS = (*ID_COLUMNS, *MANAGERS)
_HARMLESS = ("wish_same", "shared_for_matching", "sees_me_as")
"""Private columns that hold words of a list, not a person's own."""
_NEEDED_TO_MATCH = (*_HARMLESS, "goals", "bio")
"""Private columns that the match reads; no file may quote the last two: see :func:`hide_text`."""
_TELLING = ("expertise", "organisation", "department", "site", "location", "sponsor_organisations")
"""Columns of people's own words or of where they work, which the match reads and no file quotes."""


def pseudonym(person: str, key: bytes) -> str:
    """Return the pseudonym of an id: ``x-`` and a keyed BLAKE2b hash of 64 bits."""
    return f"x-{hashlib.blake2b(person.encode(), key=key, digest_size=8).hexdigest()}"


def default_key_path(source: str) -> Path:
    """Return where the key of a cohort lies: in its folder, else beside its file, else here."""
    path = Path(source)
    if path.is_dir():
        return path / KEY_NAME
    return path.with_suffix(f".{KEY_NAME}") if path.is_file() else Path(KEY_NAME)


def make_or_read_key(path: Path) -> bytes:
    """Return the key in `path`; make one, readable by its owner only, where there is none.

    Raises
    ------
    StorageError
        E_WRITE, E_READ, or E_KEY where the file holds no key.
    """
    if path.exists():
        return read_key(path)
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        write_bytes(path, f"{key.hex()}\n".encode())
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except OSError as error:
        finding = Finding("E_WRITE", "the key file cannot be written", "choose another --key")
        raise StorageError(finding) from error
    return key


def read_key(path: Path) -> bytes:
    """Return the key in `path`.

    Raises
    ------
    StorageError
        E_NOT_FOUND, E_READ, or E_KEY where the file holds no key of ours.
    """
    no_key = Finding("E_KEY", f"{path.name} holds no key", "name the key file of this cohort")
    if path.exists() and not path.is_file():
        raise StorageError(no_key)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        finding = Finding("E_NOT_FOUND", f"there is no key file {path.name}", "name it with --key")
        raise StorageError(finding) from error
    except OSError as error:
        raise unreadable(path) from error
    except ValueError as error:
        raise StorageError(no_key) from error
    if len(key) != _KEY_BYTES:
        raise StorageError(no_key)
    return key


def pseudonymise(cohort: Cohort, key: bytes) -> Cohort:
    """Return `cohort` with every id hashed and names, addresses, reasons and notes removed.

    Free text that the match compares (goals, bio) stays in memory; give writers of files the
    cohort that :func:`hide_text` returns.
    """

    def hashed(person: str) -> str:
        return pseudonym(person, key)

    hide = _hidden_from(pseudonyms_of(cohort, key))

    def asked(question: AskedQuestion) -> AskedQuestion:
        """Return a question whose answer is told by who is meant, as when it is read again."""
        told = question.renamed(lambda text: hashed(cohort.people.find(text) or text))
        is_yes = bool(told.likely) and told.answer == ", ".join(told.likely)
        likely = tuple(sorted(told.likely))
        # Why two may be one, as that their names are equal, is a word about people.
        message = f"{told.message.partition('?')[0]}?" if told.is_of_ids else told.message
        told = replace(told, message=hide(message), likely=likely, row=0, rows=())
        return replace(told, answer=YES if is_yes else told.answer)

    def told(findings: Iterable[Finding]) -> list[Finding]:
        return [_hash_finding(finding, hide, hashed) for finding in findings]

    tables: dict[str, Any] = {
        name: _hash_table(getattr(cohort, name), name, hashed) for name in _tables()
    }
    tables["chase"] = _hash_chase(cohort.chase, hashed)
    for side in ("mentees", "mentors"):
        tables[side] = tables[side].sort_values("person_id").reset_index(drop=True)
    # As they are read again from a run, which names people by pseudonyms.
    tables["engagements"] = sorted_links(tables["engagements"], TABLES["engagements"])
    questions = tuple(sorted(map(asked, cohort.questions), key=lambda question: question.key))
    others = told(f for f in cohort.findings if f.code not in ASKED_ONE_BY_ONE)
    aside = zip([p for p, _ in cohort.set_aside], told(f for _, f in cohort.set_aside), strict=True)
    return replace(
        cohort,
        **tables,
        either=frozenset(hashed(person) for person in cohort.either),
        findings=(*told_questions(questions), *others),
        questions=questions,
        known=cohort.people.renamed(hashed),
        set_aside=tuple(sorted(((hashed(p), f) for p, f in aside), key=lambda one: one[0])),
    )


def hide_text(cohort: Cohort) -> Cohort:
    """Return `cohort` without any column that quotes, names or places a person, for files."""
    tables: dict[str, Any] = {
        name: _blank(getattr(cohort, name), name, keep=_HARMLESS, also=_TELLING)
        for name in _tables()
    }
    return replace(cohort, **tables)


def pseudonyms_of(cohort: Cohort, key: bytes) -> dict[str, str]:
    """Return pseudonyms by id, for everybody whom a table of the cohort names."""
    people = {*cohort.mentees["person_id"], *cohort.mentors["person_id"]}
    for name in _tables():
        frame = getattr(cohort, name)
        for column in _ID_COLUMNS:
            if column in frame.columns:
                people.update(frame[column].dropna())
    people.update(person for person, _ in cohort.set_aside)
    return {str(person): pseudonym(str(person), key) for person in sorted(people)}


def revealed(text: str, people: dict[str, str]) -> str:
    """Return `text` with each known pseudonym replaced; `people` maps pseudonyms to ids."""
    return PATTERN.sub(lambda found: people.get(found[0], found[0]), text)


@contextlib.contextmanager
def untold_faults(*, hidden: bool) -> Iterator[None]:
    """Let errors of what is read say under pseudonyms where they are alone: they quote tables.

    Parameters
    ----------
    hidden
        Whether it is under pseudonyms.
    """
    try:
        yield
    except InputError as error:
        if not hidden:
            raise
        places = Counter(map(_place_alone, error.findings))
        told = [
            replace(place, message=f"{UNTOLD_FAULT}: {count_of(count, 'fault')}")
            for place, count in places.items()
        ]
        raise InputError(told) from None


UNTOLD_FAULT = "under pseudonyms nothing that tables say is told"
"""What a finding says whose words are people's own."""
_TITLED = frozenset({"W_TABLE_FILE", "W_UNUSED_TABLE"})
"""Codes of warnings that say how somebody called a file or a sheet."""


def _place_alone(finding: Finding) -> Finding:
    """Return a finding that says its table and column, where they are ours, and nothing else."""
    known = {SIGNUPS.name: SIGNUPS, **TABLES}
    table = finding.table if finding.table in (*known, CORRECTIONS) else ""
    spec = known.get(table)
    column = finding.column if spec and spec.find(finding.column) else ""
    remedy = "whoever may read the tables is told by matcher check"
    return Finding(finding.code, UNTOLD_FAULT, remedy, table, column=column)


def hide_answers(config: Config, cohort: Cohort, key: bytes) -> Config:
    """Return a config for the run: ``[resolve]`` under pseudonyms, and nobody to write to.

    Parameters
    ----------
    config
        As the programme wrote it.
    cohort
        Under pseudonyms; it still knows whom ids, addresses and names mean.
    key
        Of the pseudonyms.
    """
    programme = config.programme.model_copy(update={"contact": ""})
    config = config.model_copy(update={"programme": programme})
    return _answers_under(config, lambda text: cohort.people.find(text) or pseudonym(text, key))


def reveal_answers(config: Config, cohort: Cohort, key: bytes) -> Config:
    """Return a config with the answers that `hide_answers` was given.

    Parameters
    ----------
    config
        Of a run under pseudonyms.
    cohort
        Its people and questions, read without the answers.
    key
        Of the pseudonyms.
    """
    known = {*cohort.people.ids, *(question.key for question in cohort.questions)}
    real = {pseudonym(text, key): text for text in sorted(known)}
    return _answers_under(config, lambda text: real.get(text, text))


def _answers_under(config: Config, new: Callable[[str], str]) -> Config:
    said = {
        new(question): answer
        if answer in (YES, NO)
        else tuple(
            one if one == NO else new(one)
            for one in ([answer] if isinstance(answer, str) else answer)
        )
        for question, answer in config.resolve.items()
    }
    return config.model_copy(update={"resolve": said})


def _tables() -> Iterable[str]:
    return (name for name in TABLES if name in Cohort.__dataclass_fields__)


def _hash_chase(chase: pd.DataFrame, hashed: Callable[[str], str]) -> pd.DataFrame:
    """Return whom to ask again by pseudonym alone."""
    if not len(chase):
        return chase
    told = [c.name for c in CHASE.in_file if c.holds in (Holds.NAME, Holds.ADDRESS)]
    return chase.assign(person_id=chase["person_id"].map(hashed), **dict.fromkeys(told, ""))


def _hash_table(frame: pd.DataFrame, name: str, hashed: Callable[[str], str]) -> pd.DataFrame:
    out = _blank(frame, name, keep=_NEEDED_TO_MATCH).drop(columns="source_row", errors="ignore")
    for column in _ID_COLUMNS:
        if column in out.columns:
            ids = frame[column]
            out[column] = ids.map(hashed, na_action="ignore").astype(ids.dtype)
    for column in ID_LISTS:
        if column in out.columns:
            out[column] = frame[column].map(lambda items: tuple(hashed(item) for item in items))
    return out


def _blank(
    frame: pd.DataFrame, name: str, keep: tuple[str, ...], also: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return a copy without private columns and those of `also`, but ids and those in `keep`."""
    out = frame.copy()
    kept = {*keep, *_ID_COLUMNS, *ID_LISTS}
    for spec in TABLES[name].columns:
        is_told = spec.name in kept or not (spec.private or spec.name in also)
        if is_told or spec.name not in out.columns:
            continue
        if spec.is_list:
            out[spec.name] = pd.Series([()] * len(out), index=out.index, dtype=object)
        else:
            out[spec.name] = out[spec.name].mask(np.ones(len(out), dtype=bool))
    return out


def _hidden_from(aliases: Mapping[str, str]) -> Callable[[str], str]:
    """Return what puts a text of findings under pseudonyms: its ids, also as they are shown.

    Nothing tells an id without a letter from a count, and nobody is to try: neither stays. A row
    would tell who knows the order of the sign-ups whose a pseudonym beside it is.
    """
    by_first: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for person, alias in aliases.items():
        for text in {person, shown_id(person)}:
            if word := _WORD.search(text):
                told = alias if any(map(str.isalpha, text)) else UNTOLD
                by_first[word[0]].append((text[word.start() :], told))
    for known in by_first.values():
        known.sort(key=lambda one: -len(one[0]))

    def hide(text: str) -> str:
        parts, at = [], 0
        for word in _WORD.finditer(text):
            for known, told in by_first.get(word[0], ()) if word.start() >= at else ():
                end = word.start() + len(known)
                if text.startswith(known, word.start()) and not _WORD.match(text, end):
                    parts += [text[at : word.start()], told]
                    at = end
                    break
        return _ROWS.sub(rf"\1 {UNTOLD}", "".join([*parts, text[at:]]))

    return hide


def _hash_finding(
    finding: Finding, hide: Callable[[str], str], hashed: Callable[[str], str]
) -> Finding:
    if finding.code in _TITLED:
        return _place_alone(finding)
    message, remedy, record = map(hide, (finding.message, finding.remedy, finding.record))
    pair = None if finding.pair is None else (hashed(finding.pair[0]), hashed(finding.pair[1]))
    told = replace(finding, message=message, remedy=remedy, record=record, row=None)
    return replace(told, answer="", pair=pair)
