"""``matcher tune learn|imitate|sensitivity|explore COHORT -o DIR``: weights and what they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.cli.options import CohortArgument, ConfigOption, SetAsideOption, SetOption
from matcher.cli.progress import TerminalObserver
from matcher.text import capital, count_of, plural

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.tune.learn import Tuned

OutputOption = Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, help="Seed; by default solver.seed of the config.")
]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Learn, imitate, vary or explore the weights.",
)


@app.command()
def learn(
    cohort: CohortArgument,
    output: OutputOption,
    config: ConfigOption = None,
    settings: SetOption = None,
    seed: SeedOption = None,
    set_aside: SetAsideOption = False,
) -> None:
    """Learn weights from the table `outcomes`; keep the config's where that is no better."""
    from matcher.tune.learn import learn as learn_from

    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside)
    found = learn_from(people, chosen, seed=_seed(chosen, seed))
    _write(found, output, "outcomes", _aside(people))


@app.command()
def imitate(
    cohort: CohortArgument,
    output: OutputOption,
    config: ConfigOption = None,
    settings: SetOption = None,
    seed: SeedOption = None,
    set_aside: SetAsideOption = False,
) -> None:
    """Learn weights from last year's pairs in the table `engagements`."""
    from matcher.tune.learn import imitate as imitate_choices

    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside)
    found = imitate_choices(people, chosen, seed=_seed(chosen, seed))
    _write(found, output, "human choices", _aside(people))


@app.command()
def sensitivity(
    cohort: CohortArgument,
    output: OutputOption,
    config: ConfigOption = None,
    settings: SetOption = None,
    set_aside: SetAsideOption = False,
) -> None:
    """Re-solve with each weight changed: what moves, and which pairs are fragile."""
    from matcher.pipeline import build
    from matcher.tune.sensitivity import sensitivity as vary_each
    from matcher.tune.tuned_files import frame_text, write_texts

    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside)
    with TerminalObserver() as observer:
        found = vary_each(build(people, chosen), observer=observer)
    texts = {
        "sensitivity.csv": frame_text(found.table),
        "fragile.csv": frame_text(found.fragile),
        **_aside(people),
    }
    write_texts(texts, output)
    robust, total = int(found.fragile["robust"].sum()), len(found.fragile)
    pairs = f"{count_of(total, 'pair')} {plural(robust, 'survives', 'survive')}"
    typer.echo(f"{robust} of {pairs} every change of a single value by a quarter")
    _told(output, texts)


@app.command()
def explore(
    cohort: CohortArgument,
    output: OutputOption,
    config: ConfigOption = None,
    settings: SetOption = None,
    seed: SeedOption = None,
    set_aside: SetAsideOption = False,
) -> None:
    """Search the ranges of [[tune.explore]]: Pareto front, plot, and the chosen config."""
    from matcher.pipeline import build
    from matcher.tune.explore import explore as search
    from matcher.tune.plot import scatter
    from matcher.tune.tuned_files import frame_text, write_texts

    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside)
    with TerminalObserver() as observer:
        found = search(build(people, chosen), seed=_seed(chosen, seed), observer=observer)
    trials = found.trials
    kinds = [
        "chosen" if best else "front" if front else "dominated"
        for best, front in zip(trials["chosen"], trials["on_front"], strict=True)
    ]
    plot = scatter(
        trials["mean_value"].tolist(),
        trials["worst_decile_value"].tolist(),
        kinds,
        title="Trials: mean value against the worst decile; the front is that of all five goals",
        labels=("mean value of a portfolio", "mean value of the worst tenth"),
        colours={"dominated": "#b8b8b8", "front": "#1f6f8b", "chosen": "#c8501e"},
    )
    texts = {
        "pareto.csv": frame_text(found.front),
        "trials.csv": frame_text(trials),
        "pareto.svg": plot,
        "chosen.toml": found.toml,
        **_aside(people),
    }
    write_texts(texts, output)
    typer.echo(found.reason)
    _told(output, texts)


def _open(
    source: str, path: str | None, settings: list[str] | None, output: Path, *, set_aside: bool
) -> tuple[Cohort, Config]:
    from matcher.cli.main import print_findings
    from matcher.config import load_config
    from matcher.intake.read import read_cohort
    from matcher.tune.tuned_files import refuse_run

    refuse_run(output)
    config = load_config(path, overrides=tuple(settings or ()), cohort=source)
    people = read_cohort(source, config, set_aside=set_aside)
    print_findings(people.findings)
    return people, config


def _seed(config: Config, seed: int | None) -> int:
    return config.solver.seed if seed is None else seed


def _aside(people: Cohort) -> dict[str, str]:
    """Return the tables of who was set aside, as texts by file name."""
    from matcher.publish.chase import aside_tables
    from matcher.run_tables import csv_bytes

    tables = aside_tables(people)
    return {f"{name}.csv": csv_bytes(name, table).decode() for name, table in tables.items()}


def _write(found: Tuned, output: Path, what: str, aside: dict[str, str]) -> None:
    from matcher.tune.tuned_files import write_texts, write_tuned

    paths = [*write_tuned(found, output, what=what), *write_texts(aside, output)]
    typer.echo(f"{capital(found.reason)}.")
    for warning in found.warnings:
        typer.echo(f"Note: {warning}.")
    _told(output, {path.name: "" for path in paths})


def _told(output: Path, names: dict[str, str]) -> None:
    typer.echo(f"Written to {output}: {', '.join(names)}")
