"""The parts of the config that say how tables are read: ids, files, columns and signs."""

from typing import Annotated, Literal

from pydantic import Field

from matcher.config.sections import Section

PresetName = Literal[
    "plain",
    "european-excel",
    "ms-forms",
    "google-forms",
    "qualtrics",
    "surveymonkey",
    "redcap",
    "kobo",
    "limesurvey",
    "typeform",
]
DecimalSign = Literal[".", ","]
Delimiter = Literal[",", ";", "\t", "|"]


class Input(Section):
    """How raw tables are read; what [tables.NAME] says of one table goes before."""

    preset: PresetName = "plain"
    """Form tool that exported the tables: its header rows, separators and own columns."""
    duplicates: Literal["latest", "first", "error"] | None = None
    """Which of several answers of one person counts; empty: error for plain, latest for forms."""
    unfinished: Literal["count", "set aside"] = "count"
    """Answers that their tool calls broken off (Qualtrics' Finished, a submit date that is blank):
    where the person has no finished one they count and are told, or are left out."""
    date_format: str = ""
    """Format of dates such as %d/%m/%Y; empty: ISO dates, and such as can be read one way only."""
    encoding: str = "utf-8"
    """Text encoding of CSV files; auto: by the byte order mark, else UTF-8, else cp1252."""
    delimiter: Delimiter | None = None
    """Between the cells of a CSV row; empty: told from the titles."""
    decimal: DecimalSign | None = None
    """Decimal sign; the other one may then group thousands. Empty: a point and no groups."""
    id: str = "person_id"
    """Column that identifies people; `email` derives a keyed id from the address."""
    separator: str = ""
    """What separates items in a list cell; empty: the preset's own (; for plain)."""
    ordered: tuple[str, ...] = ()
    """List columns in which the order of ticks is a ranking."""
    ticks: tuple[str, ...] = ()
    """Words of a ticked box beyond those that are known, where each option has a column."""
    unticked: tuple[str, ...] = ()
    """Words of a box that is not ticked beyond those that are known."""
    consent: Literal["", "required", "where asked"] = ""
    """`required` sets aside, by row in problems.csv, who did not say yes under `consent`; `where
    asked` does so with those whose own form asks for it, where the other side's does not."""
    only_if: dict[str, str] = Field({})
    """By canonical column: title of a yes-or-no question; without its yes the column is left
    empty, such as wish_same = "May we use this?"."""


class TableInput(Section):
    """Where one table is and how it is read; what is empty is as [input] says."""

    file: str = ""
    """File in the cohort's folder, whatever it is called; * and ? stand for any letters, and of
    several files that fit the last by name counts. Empty: the table's own name."""
    sheet: str = ""
    """Sheet of the workbook, or table of the database; empty: by the table's name, else the only
    one."""
    preset: PresetName | None = None
    """Form tool that exported the table; one that does not fit stops the run."""
    skip_rows: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Rows above the header row."""
    header_rows: Annotated[int, Field(ge=0, le=3)] | None = None
    """Rows of titles: 0 none (columns are then called A, B, C), 2 where options stand below their
    question; empty: as the form tool writes them."""
    skip_columns: tuple[str, ...] = ()
    """Columns that are left out, by letter, such as "C" or "F:H"; also those without a title."""
    encoding: str = ""
    """Text encoding of the CSV file."""
    delimiter: Delimiter | None = None
    """Between the cells of a CSV row."""
    decimal: DecimalSign | None = None
    """Decimal sign of its numbers."""
    date_format: str = ""
    """Format of its dates."""
    date_formats: dict[str, str] = Field({})
    """By column (`joined`, `submitted`), where one table writes its dates in different ways."""
    separator: str = ""
    """What separates items in its list cells."""
    separators: dict[str, str] = Field({})
    """By column, where the list cells of one table are separated by different signs."""
    rows: Literal["people", "answers"] = "people"
    """What a row is: a person, or one answer of a person, who then has several rows; their lists
    are joined."""
    code_book: str = ""
    """File in the folder that says what the codes in titles and cells stand for: REDCap's data
    dictionary, an XLSForm, a LimeSurvey or Qualtrics structure (.lss, .txt, .qsf), or an own list
    of variable, code and label."""
    question: str = ""
    """Where a row is an answer: title of the column that says which question it answers."""
    answer: str = ""
    """Title of the column with the answer to that question."""
    constants: dict[str, str] = Field({})
    """By column what holds in each row of a table without it, such as `status` of pairs that are
    all over."""
    read: Literal["", "yes", "no"] = ""
    """`no` leaves out a file that looks like the table and is none; it is not asked about again, or
    one of another name that names people and is not to be read.
    `yes` reads a file that seems to list pairs of earlier years; empty: that is asked."""

    join: tuple[str, ...] = ()
    """Of a file that says more about people who signed up, such as an extract of an HR system:
    titles of its columns that together name whom a row is about, by address, id or full name. Its
    other columns are read as if the sign-up had them."""

    def date_format_of(self, column: str) -> str:
        """Return how the dates of a column are written, empty where nothing says so."""
        return self.date_formats.get(column) or self.date_format
