"""``matcher merge COHORT SECOND -o NEW``: join a second intake to a first one."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import CohortArgument, ConfigOption
from matcher.cli.terminal import print_findings
from matcher.config import load_config
from matcher.config.load import place_of_config
from matcher.intake.read import check_cohort
from matcher.programme.joined_folder import write_joined
from matcher.programme.same_form import config_of_same_form
from matcher.programme.second_intake import FIRST_WAVE
from matcher.text import count_of, heading, listed


def merge_command(
    cohort: CohortArgument,
    second: Annotated[
        str, typer.Argument(metavar="SECOND", help="The second intake: folder, file or database.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder for both as one.")],
    config: ConfigOption = None,
    second_config: Annotated[
        str | None,
        typer.Option("--second-config", help="Config of SECOND; by default its own matcher.toml."),
    ] = None,
) -> None:
    """Join a second intake: one id a person, the later answer counts, every row is told."""
    first_config = load_config(config, cohort=cohort)
    has_own = second_config or place_of_config(second).is_file()
    same = None if has_own else config_of_same_form(first_config, second)
    if same is not None:
        typer.echo("It is the form of the first intake, and is read as that one is.")
    configs = first_config, same or load_config(second_config, cohort=second)
    joined = write_joined((cohort, second), configs, output)
    rows, where = joined.told, output / "told" / "merged.csv"
    first = int((rows["intake"] == FIRST_WAVE).sum())
    who = count_of(joined.again, "person", "people")
    typer.echo(f"{first} + {len(rows) - first} rows of people: {who} of the first signed up again.")
    if joined.left_out or joined.answers:
        out = count_of(joined.left_out, "person", "people")
        answers = count_of(joined.answers, "answer to a question", "answers to questions")
        typer.echo(f"What was said before holds on: {out} left out by hand, {answers}.")
    if joined.unsaid:
        who = count_of(joined.unsaid, "person", "people")
        how = f"matcher record {output} PERSON --consent"
        typer.echo(f"Left out, as they did not say that they agree: {who} of the second; {how}")
    typer.echo(f"Every row is told in {where}.")
    for name, both in load_config(None, cohort=output).facets.items():
        own = first_config.facets[name]
        if new := both.options[len(own.options) :]:
            told = listed(f"'{option}'" for option in new)
            typer.echo(f"Options that nobody of the first form could name: {told};")
            there = f"{output / 'matcher.toml'}, {heading('answers', own.columns[0])}"
            typer.echo(f'  where one means the same, say so in {there}: "{new[0]}" = "..."')
    found = check_cohort(output)
    print_findings([f for f in found if not f.is_warning or f.code == "W_QUESTION"])
    typer.echo(f"Both intakes as one: {output}")
