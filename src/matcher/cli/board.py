"""``matcher board RUN``: one page without names, how far the programme has come."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from matcher.catalogue.catalogue import ours, speaking
from matcher.cli.options import RunArgument, RunsCohortOption, TodayOption, source_of
from matcher.config import load_config
from matcher.intake.read import read_cohort
from matcher.programme.board_page import board_of, board_page, written_board
from matcher.programme.standing import standing_on
from matcher.publish.published_run import is_pseudonymised
from matcher.report.run_data import RunData
from matcher.run_tables import RunFile, csv_bytes
from matcher.storage import write_files


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
    day = today.date() if today else date.today()
    waiting = () if people is None else standing_on(people, config, run, day).waiting
    board = board_of(run, data, people, waiting)
    with speaking(config.programme.language, config.words) as words:
        page = board_page(board, data.name, day, data.min_cell)
    if output is None:
        output = written_board(run, board, page, words)
    else:
        figures = csv_bytes("board", board.figures)
        write_files({output / "board.html": page, output / "board.csv": figures})
    for stage, count in board.counts.items():
        known = stage not in board.unknown
        many = f"{count} of {board.counts['applied']} mentees" if known else "not known yet"
        typer.echo(f"{ours('en')['board'][stage]}: {many}")
    typer.echo(f"Written: {output / 'board.html'}, {output / 'board.csv'}")
