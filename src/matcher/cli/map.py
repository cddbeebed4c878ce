"""``matcher map COHORT``: read any files, propose what they mean, write matcher.toml."""

from pathlib import Path
from typing import Annotated, Any

import typer

from matcher.cli.options import CohortArgument
from matcher.config import Config, load_config
from matcher.config.load import place_of_config
from matcher.features.title_likeness import judge_of_titles
from matcher.intake.proposals.proposal import Asked, Path_, Proposal
from matcher.intake.proposals.propose import propose, summary
from matcher.intake.proposals.render import numbered_after, rendered, still_asked
from matcher.storage import write_file
from matcher.text import count_of, fold


def map_command(
    cohort: CohortArgument,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="File to write; by default matcher.toml of the folder."),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask the open questions here.")
    ] = False,
) -> None:
    """Propose tables, columns, answers and numbers of any export, and write them as a config."""
    target = out or place_of_config(cohort)
    existing = target.read_text("utf-8") if target.is_file() else ""
    stated = load_config(target) if existing else Config()
    proposal = propose(cohort, stated, alike=judge_of_titles())
    if interactive:
        proposal = _answered(cohort, stated, proposal)
    text, added = rendered(proposal, existing)
    _told(proposal)
    if text != existing:
        write_file(target, text.encode())
    if existing and not added:
        typer.echo(f"{target} has it all: nothing was added.")
    else:
        lines = count_of(text.count("\n") - existing.count("\n"), "line")
        typer.echo(f"{target}: {lines} added." if existing else f"{target}: {lines} written.")
    open_ = still_asked(numbered_after(proposal, existing), text)
    for question in open_:
        typer.echo(f"  QUESTION {question.number}: {_about(question)}{question.text}")
    again = next((q for q in open_ if q.path[0] == "tables" and q.path[-1] in WHICH_TABLE), None)
    if again is not None:  # what its file holds is read, and asked about, by another map alone
        typer.echo(
            f"Answer QUESTION {again.number}, then: matcher map {cohort}, which reads its file"
        )
    typer.echo(f"Read it, then: matcher check {cohort}")


WHICH_TABLE = ("file", "sheet", "read")
"""What is said of a table that is read, and whose columns are known, only once it is said."""


def _told(proposal: Proposal) -> None:
    for line in summary(proposal):
        typer.echo(line)


def _about(question: Asked) -> str:
    return f"{question.path[-1].strip()!r}: " if question.path[0] not in ("input", "tables") else ""


def _answered(cohort: str, stated: Config, proposal: Proposal) -> Proposal:
    """Ask every question once; an empty answer leaves it open, for the file."""
    settled: dict[Path_, Any] = {}
    passed: set[Path_] = set()
    while open_ := [q for q in proposal.questions if q.path not in settled.keys() | passed]:
        question = open_[0]
        typer.echo(f"{_about(question)}{question.text}")
        for sample in question.samples:
            typer.echo(f"    {sample}")
        reply = _reply(question)
        if reply is None:
            left = count_of(len(open_), "question")
            typer.echo(f"The input has ended: {left} not asked stay in the file.")
            break
        if reply != "":
            settled[question.path] = reply
            proposal = propose(cohort, stated, settled=settled, alike=judge_of_titles())
        else:
            passed.add(question.path)
    return proposal


def _reply(question: Asked) -> str | float | None:
    """Ask until the answer is one that the config takes; "" leaves it open, None is the end."""
    hint = f" [{'/'.join(question.choices)}]" if question.choices else ""
    asks = f"  answer{hint}, empty to leave it open"
    while True:
        try:
            said = typer.prompt(asks, default="", show_default=False).strip()
        except typer.Abort as end:
            if isinstance(end.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from end
            typer.echo()
            return None
        said = next((str(c) for c in question.choices if fold(str(c)) == fold(said)), said)
        value = question.value_of(said) if said not in ("", "?") else None
        if value is not None or not said:
            return said if value is None else value
        typer.echo(f"  Write {question.allowed}, or nothing to leave it open.")
