"""Two intakes joined and written as one cohort: tables, config, answers, words of letters."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.cells import neutralise_frame
from matcher.cohort.questions import NO, YES, AskedQuestion
from matcher.cohort.tables import table_spec
from matcher.config import Config, dump_config
from matcher.config.load import COHORT_CONFIG
from matcher.intake.checks.consent import NO_ANSWER
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.corrections import written
from matcher.intake.presets import SUBMITTED
from matcher.intake.proposals.meanings import MISSING
from matcher.intake.read import Stated, read_stated
from matcher.programme.same_form import further_options, in_words_of
from matcher.programme.second_intake import (
    AS_WRITTEN,
    FIRST_WAVE,
    INTAKE,
    ORIGIN,
    SECOND,
    SIDES,
    WISHES,
    Answer,
    Joined,
    join,
    joined_rows,
)
from matcher.run_tables import csv_bytes
from matcher.send.letters import FOLDER as LETTERS
from matcher.storage import new_run_folder, refuse_within, write_bytes
from matcher.text import fold
from matcher.vocabulary import IGNORE
from matcher.whereabouts import INTAKES, home_of, place_from

YEARS = "career_years"


def joined_config(first: Config, second: Config, joined: Joined) -> Config:
    """Return the first intake's config for tables that are canonical, with both sides' answers."""
    people = {n: table for n, table in joined.tables.items() if table_spec(n).is_people}
    known = {c: c for n, table in people.items() for c in table if c in table_spec(n).by_name}
    sided = {c: c for t in people.values() for c in t if str(c).partition(".")[0] in SIDES}
    sided |= {c: IGNORE for c in sided if str(c).endswith("_text")}  # no side has such a column
    plain = Config()
    read = ("tables", "columns", "scales")
    own = {"duplicates": "latest", "consent": first.input.consent, "ordered": first.input.ordered}
    update: dict[str, Any] = {key: getattr(plain, key) for key in read}
    if any(SUBMITTED in table for table in people.values()):
        sided[SUBMITTED] = SUBMITTED
    # All is stated, so that nothing is asked again whatever its answers look like.
    update["columns"] = known | sided | dict.fromkeys(joined.remarks, IGNORE)
    update["answers"] = {
        column: dict.fromkeys(sorted(texts), MISSING)
        for column, texts in joined.unheard.items()
        if texts
    }
    # That years were asked for in ranges and bounds still holds; no cell says them any more.
    years = first.numbers.get(YEARS, {}) | second.numbers.get(YEARS, {})
    ranges = {f"{word}{AS_WRITTEN}": number for word, number in years.items()}
    update["numbers"] = {YEARS: ranges} if ranges else {}
    update["input"] = plain.input.model_copy(update=own)
    update["resolve"] = {**second.resolve, **first.resolve}
    update["facets"] = {}
    for name, group in first.facets.items():
        named = (t[c] for t in people.values() for c in t if _base(c) in group.columns)
        said = {fold(item) for cells in named for cell in cells for item in str(cell).split(";")}
        options = (*group.options, *further_options(group, second, said))
        update["facets"][name] = group.model_copy(update={"options": options})
    return first.model_copy(update=update)


def _base(column: object) -> str:
    return str(column).rpartition(".")[2]


@dataclass(frozen=True)
class WrittenJoin:
    """What joining two intakes wrote."""

    told: pd.DataFrame
    """What became of every row of people: columns as `merged.csv`."""
    left_out: int
    """People who are left out by hand, and stay so."""
    unread: int
    """People who are left out because an answer of theirs cannot be read."""
    answers: int
    """Answers to questions that hold on."""
    unsaid: int
    """People of the second intake who did not say that they agree, as the first one requires."""

    @property
    def again(self) -> int:
        """How many people of the first intake signed up in the second as well."""
        whose = self.told.groupby(INTAKE)["person_id"].agg(set)
        return len(set.intersection(*whose)) if len(whose) > 1 else 0


def write_joined(
    places: tuple[str | Path, str | Path],
    configs: tuple[Config, Config],
    output: Path,
    *,
    faulty: bool = False,
) -> WrittenJoin:
    """Join the intakes at two places and write them as one cohort, whole or not at all.

    Who was left out by hand, what was answered, and the first intake's own words of letters stay.

    Parameters
    ----------
    places, configs
        The intakes, and how each is read.
    output
        The new folder.
    faulty
        Whether people with faulty rows are left out, as by hand, instead of stopping.

    Raises
    ------
    MatcherError
        What is wrong with either; E_EXISTS, E_WITHIN, E_WRITE.
    """
    refuse_within(output, *places)
    configs = configs[0], in_words_of(*configs)
    first, second = (
        read_stated(place, config, faulty=faulty)
        for place, config in zip(places, configs, strict=True)
    )
    joined = join(first, second)
    with new_run_folder(output.absolute()) as folder:
        for name, table in joined.tables.items():
            write_bytes(folder / f"{name}.csv", csv_text(table))
        if joined.left_out:
            lines = b"".join(map(written, joined.left_out.values()))
            write_bytes(folder / CORRECTIONS, lines)
        config = joined_config(*configs, joined)
        read = read_stated(folder, config, is_judged=False)
        answers = _answers_kept((first, second), read, joined, config.resolve)
        config = config.model_copy(update={"resolve": answers})
        write_bytes(folder / COHORT_CONFIG, dump_config(config).encode())
        (folder / "told").mkdir(mode=0o700)
        told = joined.told(read)
        write_bytes(folder / "told" / "merged.csv", csv_bytes("merged", told))
        here = {n: place_from(output, p) for n, p in zip((FIRST_WAVE, SECOND), places, strict=True)}
        write_bytes(folder / INTAKES, f"{json.dumps(here, ensure_ascii=False)}\n".encode())
        words = home_of(str(places[0])) / LETTERS
        if words.is_dir():
            shutil.copytree(words, folder / LETTERS)
    left = [line for who, line in joined.left_out.items() if who not in read.refused]
    by_hand = sum(not line.before for line in left)
    later = {*told.loc[told[INTAKE] == SECOND, "person_id"]}
    unsaid = sum(why == NO_ANSWER for who, why in read.refused.items() if who in later)
    return WrittenJoin(told, by_hand, len(left) - by_hand, len(answers), unsaid)


def _answers_kept(
    intakes: Sequence[Stated], read: Stated, joined: Joined, said: Mapping[str, Answer]
) -> dict[str, Answer]:
    """Return the answers to questions of the joined tables: those that hold on, of the same cell.

    That nobody here is meant is asked again of those alone who may be and were not there before.
    """
    new = {FIRST_WAVE: joined.ids.of_first, SECOND: joined.ids.of_second}
    asked = {
        (intake, q.table, q.row, *_what(q)): q.of_people(new[intake])
        for intake, stated in zip((FIRST_WAVE, SECOND), intakes, strict=True)
        for q in stated.questions
    }
    places = {
        (name, row): tuple(frame[ORIGIN].iloc[at])
        for name, frame in joined.origins.items()
        for at, row in enumerate(joined_rows(read, name))
        if at < len(frame)
    }
    kept, keys = dict(said), {question.key for question in read.questions}
    for question in read.questions:
        before = asked.get((*places.get((question.table, question.row), ()), *_what(question)))
        if before is None or before.is_open or question.is_of_ids:
            continue
        if before.key not in keys:  # it stands under another key from now on
            kept.pop(before.key, None)
        is_plain = before.answer in (YES, NO)
        kept[question.key] = before.answer if is_plain else (*before.answer.split(", "),)
        if before.answer == NO and {*question.likely} - {*before.likely}:
            kept[question.key] = (NO, *before.likely)
    return kept


def _what(question: AskedQuestion) -> tuple[str, bool, bool]:
    column = question.column
    if column.endswith(AS_WRITTEN):
        column = column.removesuffix(AS_WRITTEN).replace(WISHES[1], WISHES[0])
    return column, question.is_yes_no, question.is_wish


def csv_text(table: pd.DataFrame) -> bytes:
    """Return a canonical table as plain CSV; columns that nobody filled in stay."""
    return str(neutralise_frame(table).to_csv(index=False, lineterminator="\n")).encode()
