"""``matcher explain RUN MENTEE [MENTOR]``: why this portfolio, or why not that mentor."""

from json import dumps
from math import isfinite
from typing import Annotated, Any

import typer

from matcher.cli.options import CohortOption, KeyOption, RunArgument
from matcher.explain import PairExplanation, PortfolioExplanation, explain_pair, explain_portfolio
from matcher.explain.opened_run import opened
from matcher.report.run_data import ShownNames


def explain_command(
    run: RunArgument,
    mentee: Annotated[str, typer.Argument(metavar="MENTEE", help="Id, address or full name.")],
    mentor: Annotated[
        str | None, typer.Argument(metavar="[MENTOR]", help="A mentor, likewise: why not this one?")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Re-solve with the pair forced for its exact cost.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    cohort: CohortOption = None,
    key: KeyOption = None,
) -> None:
    """Say what each mentor is there for, what stays uncovered, and what another pair would cost."""
    told: PortfolioExplanation | PairExplanation
    answer = opened(run, cohort, key)
    if mentor is None:
        told = explain_portfolio(answer, mentee)
    else:
        told = explain_pair(answer, mentee, mentor, exact=exact)
    names = ShownNames.of(answer.cohort)
    typer.echo(_as_json(told.as_dict()) if json else names.in_text(told.text(names.with_id)))


def _as_json(content: object) -> str:
    """Return readable JSON; numbers that are not finite become null."""
    return dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False, default=str)


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(name): _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not isfinite(content) else content
