"""``matcher send RUN``: everything that is sent for a run, as files; nothing is sent from here."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import RunArgument, RunsCohortOption, TodayOption
from matcher.cli.terminal import print_findings
from matcher.errors import Finding
from matcher.publish.published_run import cohort_of
from matcher.send.folder import SEND_TABLE, Sent, post_of, previews, send, templates_of
from matcher.send.letters import write_templates
from matcher.text import count_of


def send_command(
    run: RunArgument,
    cohort: RunsCohortOption = None,
    letters: Annotated[
        Path | None,
        typer.Option("--letters", help="Folder of your templates; COHORT/letters if unset."),
    ] = None,
    edit: Annotated[
        Path | None,
        typer.Option("--edit", metavar="FOLDER", help="Write our templates there to edit; stop."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show a letter of each kind here; write nothing.")
    ] = False,
    to: Annotated[
        str | None, typer.Option("--to", metavar="PERSON", help="Whose letters to show.")
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf/--no-pdf", help="Print plans too, with [pdf].")
    ] = True,
    today: TodayOption = None,
) -> None:
    """Write letters, invitations, pages and one table of it all into RUN/after."""
    people = cohort_of(run, cohort, up_to_date=True)
    post = post_of(run, people, today.date() if today else None)
    if edit is not None:
        written = write_templates(post.source.config.programme.language, edit)
        typer.echo(f"{edit}: {count_of(len(written), 'template')} written")
        return
    templates = templates_of(run, post, letters)
    if preview or to is not None:
        for whom, mail in previews(post, templates, to):
            typer.echo(f"To: {whom}\nSubject: {mail.subject}\n\n{mail.text}\n" + "-" * 72)
        return
    _tell(send(run, post, templates, pdf=pdf), wants_pdf=pdf)


def _tell(sent: Sent, *, wants_pdf: bool) -> None:
    what = count_of(sent.recipients, "recipient")
    typer.echo(
        f"{sent.folder / SEND_TABLE}: {what}, {count_of(sent.mails, 'mail')}; nothing was sent"
    )
    findings = []
    if not sent.is_final:
        message = "nobody has approved the run, so all of it says draft"
        findings.append(Finding("W_DRAFT", message, "approve it with matcher approve, then send"))
    if sent.without_address:
        message = (
            f"{count_of(sent.without_address, 'recipient')} without an address that mails take"
        )
        findings.append(Finding("W_NO_ADDRESS", message, f"see the column Note of {SEND_TABLE}"))
    if wants_pdf and not sent.pdf:
        remedy = "pip install 'mentor-matcher[pdf]', or say --no-pdf"
        findings.append(Finding("W_NO_PDF", "plans were not printed as PDF", remedy))
    if sent.unprinted:
        message = f"no font here has every letter of {count_of(sent.unprinted, 'plan')}"
        remedy = f"they go as pages alone: see the column Note of {SEND_TABLE}, or install a font"
        findings.append(Finding("W_PDF_FONT", message, remedy))
    print_findings(findings)
