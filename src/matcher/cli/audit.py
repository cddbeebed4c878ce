"""``matcher audit COHORT [PERSON]``: the networks of a cohort, or of one person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from matcher.cli import options
from matcher.cli.terminal import print_findings
from matcher.network import CohortAudit, audit_cohort
from matcher.network.profile import AXES, against_target
from matcher.plans.plan_files import write_audit
from matcher.storage import new_run_folder
from matcher.text import count_of
from matcher.vocabulary import NetworkBenefit


def audit_command(
    cohort: options.CohortArgument,
    person: Annotated[
        str | None, typer.Argument(metavar="PERSON", help="One mentee; everybody if left out.")
    ] = None,
    config: options.ConfigOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="New folder for tables and plans."),
    ] = None,
    settings: options.SetOption = None,
    set_aside: options.SetAsideOption = False,
) -> None:
    """Audit the networks that mentees named: metrics, detectors, introductions and plans."""
    people, loaded = options.cohort_and_config(cohort, config, settings, set_aside=set_aside)
    found = audit_cohort(people, loaded)
    if person is not None:
        person = people.people.named(person, "mentee", found.person_ids)
    if output is not None:
        with new_run_folder(output) as folder:
            write_audit(folder, people, loaded, found, only=person)
    print_findings(people.findings)
    for line in _cohort_lines(found) if person is None else _person_lines(found, person):
        typer.echo(line)
    if output is not None:
        typer.echo(f"Written to {output}")


def _cohort_lines(found: CohortAudit) -> Iterator[str]:
    """Yield what a cohort's audits show together, without saying whose."""
    audited = int(found.audited.sum())
    yield f"{audited} of {count_of(len(found.person_ids), 'mentee')} named their contacts."
    for detected in found.detected:
        levels = [int((detected.level == level).sum()) for level in ("strong", "some", "none")]
        name = detected.category.replace("_", " ")
        yield f"  {name}: {levels[0]} strong, {levels[1]} some, {levels[2]} none"
    yield f"  {count_of(len(found.introductions), 'possible introduction')}"


def _person_lines(found: CohortAudit, person: str) -> Iterator[str]:
    """Yield every figure of one person, with the reason where there is none."""
    metrics = found.metrics[found.metrics["person_id"] == person]
    for row in metrics.to_dict("records"):
        value = row["reason"] or f"{row['value']:.4f}"
        remark = against_target(row["metric"], row["value"])
        contacts = count_of(row["n_valid"], "contact")
        yield f"  {row['metric']}: {value} ({contacts}){f': {remark}' if remark else ''}"
    detectors = found.detectors[found.detectors["person_id"] == person]
    for row in detectors.to_dict("records"):
        level = f"{row['level']}, {row['score']:.4f}" if row["level"] else "too little is known"
        yield f"  {row['category'].replace('_', ' ')}: {level}"
    profile = found.profiles[found.profiles["person_id"] == person].iloc[0]
    yield f"  typology: {profile['typology'] or 'not defined'}"
    for axis, figures in AXES.items():
        headline = profile[f"axis_{axis}"]
        value = f"{headline:.4f}" if headline == headline else "not defined"
        yield f"  axis {axis.replace('_', ' ')}: {value} ({figures[0]})"
    for benefit in NetworkBenefit if profile["n_contacts"] else ():
        served = int(profile[f"benefit_{benefit}"])
        who = count_of(served, "contact") if served else "a gap, nobody"
        yield f"  benefit {benefit.replace('_', ' ')}: {who}"
