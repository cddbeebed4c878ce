"""``matcher export PERSON [COHORT]``: everything held about a person, as JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import AlsoOption, ConfigOption, FolderArgument, PersonArgument
from matcher.cli.terminal import TerminalObserver
from matcher.config import load_config
from matcher.privacy.person import Person, everything_about
from matcher.storage import refuse_existing, write_file
from matcher.text import utf_8


def export_command(
    person: PersonArgument,
    cohort: FolderArgument = ".",
    config: ConfigOption = None,
    also: AlsoOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; else it is printed.")
    ] = None,
) -> None:
    """Give out every row of the tables and runs about a person, and where others mention them."""
    loaded = load_config(config, cohort=cohort)
    with TerminalObserver() as observer:
        somebody = Person.find(person, cohort, loaded, also or ())
        held = everything_about(somebody, cohort, loaded, observer)
    text = json.dumps(held, indent=2, ensure_ascii=False)
    if output is None:
        typer.echo(text)
        return
    refuse_existing(output)
    write_file(output, utf_8(f"{text}\n"))
    typer.echo(f"Written to {output}. Read it before giving it out: rules may be confidential.")
