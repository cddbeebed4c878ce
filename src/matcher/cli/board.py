"""``matcher board RUN``: one page without names, how far the programme has come."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from matcher.catalogue.catalogue import speaking
from matcher.cli.options import RunArgument, RunsCohortOption, TodayOption, source_of
from matcher.config import load_config
from matcher.intake.read import read_cohort
from matcher.programme.board_page import board_of, board_page
from matcher.publish.after_run import read_after, write_after
from matcher.publish.published_run import is_pseudonymised
from matcher.report.run_data import RunData
from matcher.run_tables import RunFile, csv_bytes
from matcher.storage import write_file


def board_command(
    run: RunArgument,
    cohort: RunsCohortOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder; by default after/ in the run.")
    ] = None,
    today: TodayOption = None,
) -> None:
    """Tell a board who signed up, has a mentor, met, rated and ended, by class and group."""
    data, config = RunData.read(run), load_config(run / RunFile.CONFIG)
    source = cohort or source_of(run)
    people = None
    if source and not is_pseudonymised(run):
        people = read_cohort(source, config, set_aside=True)
    board = board_of(run, data, people)
    day = today.date() if today else date.today()
    with speaking(config.programme.language, config.words) as words:
        page = board_page(board, data.name, day, data.min_cell)
    files = {"board.html": page, "board.csv": csv_bytes("board", board.figures)}
    if output is None:
        made = {"words": {"language": words.language, "sha256": words.sha256}}
        output = write_after(run, files, _kept(read_after(run)) | made)
    else:
        for name, content in files.items():
            write_file(output / name, content)
    for stage, count in board.counts.items():
        typer.echo(f"{stage}: {count} of {board.counts['applied']} mentees")
    typer.echo(f"Written: {', '.join(str(output / name) for name in files)}")


OWN = ("format", "run_sha256", "approval", "files")
"""Keys of the manifest of ``after/`` that are made anew each time."""


def _kept(manifest: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in manifest.items() if key not in OWN}
