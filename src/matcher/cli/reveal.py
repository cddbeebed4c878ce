"""``matcher reveal RUN``: join a run under pseudonyms back to people."""

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.options import RunArgument, RunsCohortOption
from matcher.errors import ConfigError, Finding
from matcher.intake.read import read_cohort
from matcher.intake.so_far import reading_options
from matcher.privacy.pseudonyms import default_key_path, read_key
from matcher.publish.published_run import read_manifest, write_revealed
from matcher.run_tables import RunFile


def reveal_command(
    run: RunArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder to write; new.")],
    cohort: RunsCohortOption = None,
    key: Annotated[
        Path | None, typer.Option("--key", help="The key file; the one beside the cohort if unset.")
    ] = None,
) -> None:
    """Write a run's tables, report and workbook with people instead of pseudonyms."""
    manifest = read_manifest(run)
    source = cohort or str(manifest.get("cohort", {}).get("source", ""))
    if not source or ("://" not in source and not Path(source).exists()):
        raise ConfigError(
            Finding("E_USAGE", "the cohort of the run is not found", "give --cohort PATH")
        )
    secret = read_key(key or default_key_path(source))
    config = run / RunFile.CONFIG
    options = reading_options(run, manifest.get("options", {}))
    people = read_cohort(source, config if config.is_file() else None, **options)
    files = write_revealed(run, people, secret, output)
    typer.echo(f"{len(files)} files written to {output}. Keep it where the key is kept.")
