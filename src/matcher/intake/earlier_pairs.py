"""Pairs past and present whose rows name nobody for sure: who may be meant is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from matcher.cohort.ids import id_of_address, named_address
from matcher.cohort.people import People
from matcher.cohort.questions import NO, AskedQuestion, key_of
from matcher.cohort.tables import PAIRS
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.corrections import owners
from matcher.intake.files.grid import Grid
from matcher.intake.identity import Identity, with_answer
from matcher.intake.typed_table import TypedTable
from matcher.intake.valued_tables import ReadTable
from matcher.intake.whom_words_mean import WordsReader, whom_it_names
from matcher.vocabulary import LIVE

ENDS_OF_PAIR = ("mentee_id", "mentor_id")


@dataclass
class PairsAsked:
    """Reads tables of pairs, and asks whom their rows mean."""

    words: WordsReader
    config: Config
    addresses: dict[str, str] = field(default_factory=dict)
    """As they are written, by the ids that are derived from them."""
    questions: dict[str, AskedQuestion] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    whole: TypedTable | None = None
    """What was read first, with the answers, also the rows that are left out."""

    def read(self, table: TypedTable) -> TypedTable:
        """Return a table of pairs with the ids that people gave for what names nobody for sure.

        A row that may mean somebody on each side is left out until it is answered, and those two
        stay apart; where it holds a place today, it is a fault until then. A row that can mean
        nobody here stays as it is.
        """
        frame, here = table.frame, self.words.people
        known = [self.words.members.known(table.spec.references[side]) for side in ENDS_OF_PAIR]
        rows, status = frame["source_row"].tolist(), frame["status"].tolist()
        ids = [frame[side].to_numpy(dtype=object).copy() for side in ENDS_OF_PAIR]
        is_open = np.zeros(len(frame), dtype=bool)
        for at, written in enumerate(zip(*ids, strict=True)):
            sure = [text in side for text, side in zip(written, known, strict=True)]
            if all(sure) or any(pd.isna(text) for text in written):
                continue
            likely = [
                (text,) if is_sure else tuple(sorted(self._likely(text) & side))
                for text, is_sure, side in zip(written, sure, known, strict=True)
            ]
            asked = self._asked(rows[at], written, likely) if all(likely) else []
            for k, question in asked:
                ids[k][at] = next(iter(with_answer(question, self.config, here)[1]), written[k])
            is_open[at] = any(question.is_open for _, question in asked)
            if is_open[at] and status[at] in LIVE:
                self.findings += [_holds_a_place(question) for _, question in asked]
        cells = dict(zip(ENDS_OF_PAIR, ids, strict=True))
        answered = table.with_frame(frame.assign(**cells))
        self.whole = self.whole or answered
        return answered.without(is_open)

    def _likely(self, text: str) -> frozenset[str]:
        """Return who may be meant by what names nobody for sure."""
        written = self.addresses.get(text, text)
        besides = self.words.people.besides
        here = whom_it_names(written, self.words.people, self.words.names)
        return here | {*(besides.meant(written) if besides else ())}

    def _asked(
        self, row: int, written: Sequence[str], likely: Sequence[tuple[str, ...]]
    ) -> list[tuple[int, AskedQuestion]]:
        """Ask whom a row means on each side that is not sure, unless one side is nobody here."""
        found: list[tuple[int, AskedQuestion]] = []
        meant = list(likely)
        for k, side in enumerate(ENDS_OF_PAIR):
            if likely[k] == (written[k],):
                continue
            key = key_of(PAIRS, side, *written)
            text, about = self.addresses.get(written[k], written[k]), (key, PAIRS, row, side)
            question = AskedQuestion(*about, "", likely=likely[k], message="", written=text)
            question, chosen, wrong = with_answer(question, self.config, self.words.people)
            if len(chosen) > 1:
                wrong = [Finding("E_RESOLVE", _ONE, _NAME_ONE, "resolve", column=key)]
            self.findings += wrong
            found.append((k, question))
            meant[k] = chosen or likely[k]
        if any(question.answer == NO for _, question in found):
            found = [(k, question) for k, question in found if not question.is_open]
        found = [
            (k, replace(q, person=meant[1 - k][0], also=meant[1 - k][1:], message=_WHOM[k]))
            for k, q in found
        ]
        self.questions |= {question.key: question for _, question in found}
        return found


_WHOM = (
    "whom does an earlier pair with them mean by the mentee?",
    "whom does an earlier pair with them mean by the mentor?",
)
_ONE, _NAME_ONE = "a pair has one person on each side", "write the id of the one who is meant"


def _holds_a_place(question: AskedQuestion) -> Finding:
    """Return the fault of a pair that goes on, and of which nobody knows yet whose it is."""
    told = question.finding
    message = f"a pair that goes on names nobody for sure: {told.message}"
    return replace(told, code="E_UNKNOWN_PERSON", message=message)


def addresses_in(grids: Iterable[Grid]) -> dict[str, str]:
    """Return the addresses in tables of pairs, by the ids that are derived from them."""
    cells = {str(cell) for grid in grids for column in grid.columns for cell in column}
    found = map(named_address, (cell for cell in cells if "@" in cell))
    return {id_of_address(address): address for address in found if address}


def called_besides(
    sheets: Iterable[ReadTable], identity: Identity, before: Identity | None
) -> People:
    """Return people by what they are called beside what counts, which is good for a question.

    By what stood in their rows before it was corrected by hand, and by addresses in columns that
    nothing maps.

    Parameters
    ----------
    sheets
        Tables as they are written.
    identity, before
        Whose the rows are, and whose they were before corrections; None where there are none.
    """
    tables = (*identity.superseded.values(), *identity.tables.values())
    now = {(table.spec.name, row): own for table in tables for row, own in owners(table).items()}
    frames = [_second_addresses(sheet, now) for sheet in sheets if sheet.table.spec.is_people]
    for table in (*before.superseded.values(), *before.tables.values()) if before else ():
        owned = (now.get((table.spec.name, row)) for row in table.frame["source_row"])
        ids = pd.array([*owned], dtype="str")
        frames.append(table.frame.assign(person_id=ids))
    return People.of(frames) if frames else People()


def _second_addresses(sheet: ReadTable, owner: Mapping[tuple[str, int], str]) -> pd.DataFrame:
    """Return addresses in columns of a table that nothing maps, and whose rows they stand in."""
    rest = {*range(len(sheet.grid.titles))} - sheet.mapping.positions
    rows = [(sheet.table.spec.name, row) for row in sheet.grid.rows.tolist()]
    return pd.DataFrame(
        [
            (owner.get(row), cell)
            for k in rest
            for row, cell in zip(rows, sheet.grid.columns[k], strict=True)
            if "@" in str(cell)
        ],
        columns=["person_id", "email"],
    )
