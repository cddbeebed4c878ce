"""``matcher forget PERSON [COHORT] -o DIR``: a copy of a cohort without a person."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import AlsoOption, ConfigOption, FolderArgument, PersonArgument
from matcher.cli.terminal import TerminalObserver
from matcher.config import load_config
from matcher.config.load import COHORT_CONFIG
from matcher.privacy.black_out import Forgotten, copy_without
from matcher.privacy.person import Mention, Person
from matcher.privacy.statements import STATEMENTS
from matcher.text import listed, plural, shown_id


def forget_command(
    person: PersonArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder for the copy.")],
    cohort: FolderArgument = ".",
    config: ConfigOption = None,
    also: AlsoOption = None,
    black_out: Annotated[
        bool,
        typer.Option(
            "--black-out",
            help="Take the person out of others' texts and of a copy of the runs too.",
        ),
    ] = False,
) -> None:
    """Write a copy of a cohort without a person; tell every place that still names them."""
    loaded = load_config(config, cohort=cohort)
    with TerminalObserver() as observer:
        somebody = Person.find(person, cohort, loaded, also or ())
        left = copy_without(
            somebody, cohort, output, loaded, black_out=black_out, observer=observer
        )
    typer.echo(f"The tables without this person are in {output}. The original is as it was:")
    typer.echo("put the copy in its place once you have looked at it.")
    for line in _lines(left, black_out=black_out):
        typer.echo(line)


def _lines(left: Forgotten, *, black_out: bool) -> Iterator[str]:
    """Yield what still names the person, by place, and what could not be searched."""
    if left.statements:
        count = plural(left.statements, "statement")
        yield f"The database is as it was: {count} in {STATEMENTS} there, one transaction, take the"
        yield "person out of it. Read them, run them (psql -f) and delete the file, which names the"
        yield "person; matcher export then tells whether anything is left."
    told = "These tables were about the person alone; the copy has them no more:"
    yield from _under(told, left.emptied)
    if left.perhaps_one:
        yield f"Nobody has said whether {listed(map(shown_id, left.perhaps_one), 'and')} and this"
        yield "person are one, and whoever was kept apart for that is so no more. If they are one,"
        yield "forget them too; if not, a rule (never) keeps apart whoever must not meet."
    if left.day:
        yield f"People are still measured on {left.day}, which only rows of this person said: it is"
        yield f"as_of in {COHORT_CONFIG} there. Take it out once something newer is recorded."
    if left.has_no_contact:
        yield f"Whom people write to was this person: write another contact into {COHORT_CONFIG}."
    told = "These places still name the person" + ("" if black_out else " (see --black-out)") + ":"
    yield from _under(told, _places(mention for mention in left.mentions if mention.is_sure))
    told = "These runs are not in the copy; black them out, delete them or keep them apart:"
    yield from _under(told, [] if black_out else left.runs)
    told = "These places may name the person or somebody else; read them:"
    yield from _under(told, _places(mention for mention in left.mentions if not mention.is_sure))
    if left.plain:
        yield f"Words as well as names, not listed where they are words: {', '.join(left.plain)}"
    yield from _under("These files could not be searched whole; look yourself:", left.unread)
    told = """These are not in the copy. Without them no run under pseudonyms can be revealed, and
verify cannot tell whether tables are those of a run; move them over if need be:"""
    yield from _under(told, left.keys)
    told = "What came before was not searched; take the person out there too, or delete it:"
    yield from _under(told, left.elsewhere)


def _under(told: str, found: Iterable[object]) -> Iterator[str]:
    """Yield what is told of things that were found, and each; nothing where there are none."""
    lines = [f"  {one}" for one in found]
    yield from (told, *lines) if lines else ()


def _places(mentions: Iterable[Mention]) -> Iterator[str]:
    """Yield each file, column and way, with every row."""
    for place, found in groupby(sorted(mentions, key=Mention.place), key=Mention.place):
        rows = sorted({mention.row for mention in found})
        yield f"{place}: {plural(len(rows), 'row')} {', '.join(map(str, rows))}"
