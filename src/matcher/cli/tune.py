"""``matcher tune learn|imitate|sensitivity|explore COHORT -o DIR``: weights and what they do."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from matcher.cli import options
from matcher.cli.commands import PLAIN
from matcher.cli.terminal import TerminalObserver, print_findings
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config, packaged_names
from matcher.config.load import config_beside
from matcher.pipeline import build
from matcher.publish.people_tables import aside_tables
from matcher.run_tables import csv_bytes
from matcher.text import capital, count_of, plural
from matcher.tune.explore import GOALS, Exploration, explore, scatter
from matcher.tune.learn import (
    Tuned,
    frame_text,
    imitate,
    learn,
    refuse_run,
    tuned_texts,
    write_texts,
)
from matcher.tune.run_comparison import definition_of
from matcher.tune.sensitivity import sensitivity

OutputOption = Annotated[Path, typer.Option("-o", "--output", help="Folder to write.")]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, help="Seed; by default solver.seed of the config.")
]

app = typer.Typer(
    no_args_is_help=True, help="Learn, imitate, vary or explore the weights.", **PLAIN
)


def _learning(learned: Callable[..., Tuned], what: str) -> Callable[..., None]:
    """Return the command that learns weights by a function."""

    def command(
        cohort: options.CohortArgument,
        output: OutputOption,
        config: options.ConfigOption = None,
        settings: options.SetOption = None,
        seed: SeedOption = None,
        set_aside: options.SetAsideOption = False,
    ) -> None:
        people, chosen = _open(cohort, config, settings, output, set_aside=set_aside, seed=seed)
        found = learned(people, chosen, seed=chosen.solver.seed)
        notes = [f"Note: {warning}." for warning in found.warnings]
        _write(tuned_texts(found, what), output, people, f"{capital(found.reason)}.", *notes)

    return command


_LEARN = "Learn weights from the table `outcomes`; keep the config's where that is no better."
_IMITATE = "Learn weights from last year's pairs in the table `engagements`."
app.command("learn", help=_LEARN)(_learning(learn, "outcomes"))
app.command("imitate", help=_IMITATE)(_learning(imitate, "human choices"))


@app.command("sensitivity")
def sensitivity_command(
    cohort: options.CohortArgument,
    output: OutputOption,
    config: options.ConfigOption = None,
    settings: options.SetOption = None,
    set_aside: options.SetAsideOption = False,
) -> None:
    """Re-solve with each weight changed: what moves, and which pairs are fragile."""
    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside)
    with TerminalObserver() as observer:
        found = sensitivity(build(people, chosen), observer=observer)
    texts = {"sensitivity.csv": frame_text(found.table), "fragile.csv": frame_text(found.fragile)}
    robust, total = int(found.fragile["robust"].sum()), len(found.fragile)
    pairs = f"{count_of(total, 'pair')} {plural(robust, 'survives', 'survive')}"
    told = f"{robust} of {pairs} every change of a single value by a quarter"
    _write(texts, output, people, told, *found.told)


@app.command("explore")
def explore_command(
    cohort: options.CohortArgument,
    output: OutputOption,
    config: options.ConfigOption = None,
    settings: options.SetOption = None,
    seed: SeedOption = None,
    set_aside: options.SetAsideOption = False,
) -> None:
    """Search the ranges of [[tune.explore]]: Pareto front, plot, and the chosen config."""
    people, chosen = _open(cohort, config, settings, output, set_aside=set_aside, seed=seed)
    with TerminalObserver() as observer:
        found = explore(build(people, chosen), seed=chosen.solver.seed, observer=observer)
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
        "chosen.toml": _as_changes(found, cohort, config, output),
    }
    goals = [": ".join(definition_of(name)) for name in GOALS]
    _write(texts, output, people, found.reason, *goals)


def _as_changes(found: Exploration, cohort: str, path: str | None, output: Path) -> str:
    """Return the chosen config as what it changes of the file, or packaged config, given."""
    given = path or config_beside(cohort)
    extends = str(given or "default")
    if extends not in packaged_names():
        extends = Path(os.path.relpath(Path(extends).resolve(), output.resolve())).as_posix()
    return found.toml(load_config(given), extends)


def _open(
    source: str,
    path: str | None,
    settings: list[str] | None,
    output: Path,
    *,
    set_aside: bool,
    seed: int | None = None,
) -> tuple[Cohort, Config]:
    """Return the cohort and the config, of which a seed that is given is a setting."""
    refuse_run(output)
    settings = settings if seed is None else [*(settings or ()), f"solver.seed={seed}"]
    people, config = options.cohort_and_config(source, path, settings, set_aside=set_aside)
    print_findings(people.findings)
    return people, config


def _write(texts: dict[str, str], output: Path, people: Cohort, *told: str) -> None:
    """Write texts and the tables of who was set aside, and tell what was found and written."""
    tables = aside_tables(people).items()
    aside = {f"{name}.csv": csv_bytes(name, table).decode() for name, table in tables}
    paths = write_texts({**texts, **aside}, output)
    for line in (*told, f"Written to {output}: {', '.join(path.name for path in paths)}"):
        typer.echo(line)
