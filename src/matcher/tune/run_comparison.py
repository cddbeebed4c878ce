"""Runs, configs and last year's human matching side by side, all judged by one config."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config, packaged_names
from matcher.errors import ConfigError, Finding
from matcher.evaluate import DEFINITIONS, churn, instance_metrics
from matcher.features.base import Listed
from matcher.finished_run import TableColumns, read_files, reopen_cohort
from matcher.intake.read import read_cohort
from matcher.pipeline import build, solve_instance
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Scores
from matcher.problem.value import evaluate, welfare
from matcher.run_tables import typed
from matcher.scoring.approaches import CODES, NOT_ALLOWED
from matcher.solver.solution import Reason
from matcher.text import count_of, shortened
from matcher.tune.past_choices import NOT_CHOSEN
from matcher.vocabulary import Approach

HUMAN = "engagements"
"""Word that stands for the pairs in the cohort's table of engagements."""
READ = {"matches": TableColumns(("mentee_id", "mentor_id", "reciprocal", "approach"))}
PEOPLE_NAMED = 5
"""Pairs and people that the terminal names of each kind; the tables hold all."""
OWN_METRICS = {
    "objective": "welfare: the sum of what each mentee's portfolio is worth, by the config judging",
    "n_matches": "matches in all; a reciprocal pair counts twice",
    "churn": "share of the pairs of either match that the other does not have",
}
"""What is compared beside the metrics of every match."""
SAME = 1e-9
"""Difference of values below which nobody is better or worse off."""


@dataclass(frozen=True)
class Matched:
    """One match: pairs of ids, some of them both ways."""

    name: str
    pairs: pd.DataFrame
    """``mentee_id, mentor_id, reciprocal``, and ``approach`` where it is known."""
    config: Config | None = None
    """By which it was made, None for pairs that people made."""
    gap: float = float("nan")
    """Share of the objective of its own config that its proof leaves open, nan where unknown."""
    is_claimed: bool = False
    """Whether a solver says so, and nothing proves it."""
    why: str = ""
    """What the comment at the head of its config says."""


@dataclass(frozen=True)
class Comparison:
    """Matches against the first of them."""

    matches: tuple[Matched, ...]
    judge: Config
    """By which all are judged."""
    n_mentees: int

    metrics: pd.DataFrame
    """One row a metric, one column a match; every match is judged by the same config."""
    pairs: pd.DataFrame
    """``match, change, mentee_id, mentor_id``: pairs gained and lost against the first match."""
    people: pd.DataFrame
    """``match, mentee_id, before, after, change``: mentees whose value differs from the first."""
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the comparison for a terminal."""
        lines = [self.metrics.to_string(float_format="{:.4g}".format, na_rep="-"), ""]
        meant = dict(map(definition_of, map(str, self.metrics.index)))
        lines += [f"  {name}: {meaning}" for name, meaning in meant.items()]
        lines.append("")
        for name in self.metrics.columns[1:]:
            lines += _changes_told(
                name,
                self.pairs[self.pairs["match"] == name],
                self.people[self.people["match"] == name],
            )
        return "\n".join([*lines, *self.notes])


def definition_of(metric: str) -> tuple[str, str]:
    """Return the name under which a metric of a comparison is defined, and what it means.

    Parameters
    ----------
    metric
        Its name; ``coverage_knowing.why`` is one of ``coverage_<facet>``.
    """
    meant = OWN_METRICS | {name: one.meaning for name, one in DEFINITIONS.items()}
    kin = (name for name in meant if "<" in name and metric.startswith(name.partition("<")[0]))
    name = metric if metric in meant else next(kin, metric)
    return name, meant.get(name, "")


def _changes_told(name: str, pairs: pd.DataFrame, people: pd.DataFrame) -> list[str]:
    """Return what changed from the first match to one, largest changes of value first."""
    gained, lost = (
        [f"{one.mentee_id} with {one.mentor_id}" for one in part.itertuples()]
        for part in (pairs[pairs["change"] == change] for change in ("gained", "lost"))
    )
    better, worse = (
        [f"{one.mentee_id} {one.change:+.4g}" for one in part.itertuples()]
        for part in (people[people["change"] > 0].iloc[::-1], people[people["change"] < 0])
    )
    head = (
        f"{name}: {count_of(len(gained), 'pair')} gained, {len(lost)} lost; "
        f"{count_of(len(better), 'mentee')} better off, {len(worse)} worse off"
    )
    groups = {"gained": gained, "lost": lost, "better off": better, "worse off": worse}
    told = {title: shortened(those, PEOPLE_NAMED) for title, those in groups.items() if those}
    return [head, *(f"  {title}: {names}" for title, names in told.items())]


def compare(
    sources: Sequence[str],
    *,
    cohort: str | None = None,
    config: str | None = None,
    key: Path | None = None,
) -> Comparison:
    """Compare two or more matches.

    Parameters
    ----------
    sources
        Run folders, configs (a ``.toml`` file or the name of a packaged one, matched now), or the
        word ``engagements``.
    cohort
        Where the people are; None: where the first run's manifest says.
    config
        Config by which all are judged; None: the first run's, else the cohort's own.
    key
        Key file of runs under pseudonyms; None: the one beside the cohort.

    Raises
    ------
    ConfigError
        E_USAGE where fewer than two are given, nothing says where the people are, or only some of
        the runs are under pseudonyms.
    MatcherError
        Where a run, the config or the cohort cannot be read.
    """
    if len(sources) < 2:
        raise ConfigError(Finding("E_USAGE", "comparing takes two matches or more", "see --help"))
    _refuse_mixed(sources)
    people, judge = _yardstick(sources, cohort, config, key)
    instance = build(people, judge)
    names = _names(sources)
    matches = [_read(source, name, instance) for source, name in zip(sources, names, strict=True)]
    return compare_matches(instance, matches)


def _refuse_mixed(sources: Sequence[str]) -> None:
    """Refuse runs under pseudonyms beside others: their people would all seem to be gone."""
    runs = [source for source in sources if Path(source).is_dir()]
    hidden = {run: bool(read_files(Path(run), READ).options.get("pseudonymise")) for run in runs}
    if any(hidden.values()) and not all(hidden.values()):
        first = next(run for run in runs if hidden[run])
        message = f"{Path(first).name} is under pseudonyms and not all others are"
        remedy = "compare runs of one kind; `matcher reveal` joins pseudonyms back to people"
        raise ConfigError(Finding("E_USAGE", message, remedy))


def _yardstick(
    sources: Sequence[str], cohort: str | None, config: str | None, key: Path | None
) -> tuple[Cohort, Config]:
    first = next((source for source in sources if Path(source).is_dir()), None)
    run = None if first is None else read_files(Path(first), READ)
    of_run = None if run is None else run.whole()
    if config is not None or of_run is None:
        judge = load_config(config, cohort=cohort if config is None else None)
    else:
        judge = of_run
    if run is not None:
        return reopen_cohort(run, judge, cohort, key)[0], judge
    if cohort is None:
        remedy = "say where they are with --cohort"
        raise ConfigError(Finding("E_USAGE", "nothing says where the people are", remedy))
    return read_cohort(cohort, judge), judge


def _names(sources: Sequence[str]) -> list[str]:
    """Return a short name for each source, numbered where two would be the same."""
    short = [Path(source).name or source for source in sources]
    return [f"{name} ({k + 1})" if short.count(name) > 1 else name for k, name in enumerate(short)]


def _read(source: str, name: str, instance: Instance) -> Matched:
    path = Path(source)
    if source == HUMAN and not path.exists():
        table = instance.cohort.engagements
        made = table[~table["status"].isin(sorted(NOT_CHOSEN))]
        pairs = made[["mentee_id", "mentor_id"]].drop_duplicates().assign(reciprocal=False)
        return Matched(name, pairs.reset_index(drop=True))
    if path.suffix == ".toml" or (not path.exists() and source in packaged_names()):
        return _match_now(source, name, instance.cohort)
    if not path.exists():
        remedy = f"give a run, a config file, {HUMAN}, or one of {', '.join(packaged_names())}"
        raise ConfigError(Finding("E_NOT_FOUND", f"there is no run or config {source}", remedy))
    run = read_files(path, READ)
    made_by = run.whole()
    rows = typed("matches", run.tables["matches"])
    gap = run.summary.get("gap")
    left_open = float(gap) if isinstance(gap, int | float) else float("nan")
    pairs = rows[["mentee_id", "mentor_id", "reciprocal", "approach"]]
    claimed = run.summary.get("status") == Reason.CLAIMED.value.upper()
    return Matched(name, pairs, made_by, left_open, is_claimed=claimed)


def _match_now(config: str, name: str, cohort: Cohort) -> Matched:
    made = build(cohort, load_config(config))
    found = solve_instance(made)
    ids = made.cohort.mentee_index.ids, made.cohort.mentor_index.ids
    approach = made.approach_of(Assignment(found.pairs, found.reciprocal))
    pairs = pd.DataFrame(
        {
            "mentee_id": [ids[0][i] for i in found.pairs[:, 0].tolist()],
            "mentor_id": [ids[1][j] for j in found.pairs[:, 1].tolist()],
            "reciprocal": found.reciprocal >= 0,
            "approach": [[*Approach][code].value for code in approach.tolist()],
        }
    )
    claimed = found.termination.reason is Reason.CLAIMED
    why = _head_of(config)
    return Matched(name, pairs, made.config, found.gap, is_claimed=claimed, why=why)


def _head_of(config: str) -> str:
    """Return the comment at the head of a config file, where `explore` and `learn` say why."""
    lines = Path(config).read_text("utf-8-sig").splitlines() if Path(config).is_file() else []
    head = takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(line.lstrip("# ").rstrip() for line in head)


def compare_matches(instance: Instance, matches: Sequence[Matched]) -> Comparison:
    """Compare matches of one cohort, judged by the instance's config."""
    judged = [_judge(instance, match) for match in matches]
    first, base = matches[0], judged[0]
    metrics, pairs, people, notes = {}, [], [], []
    for match, found in zip(matches, judged, strict=True):
        turned = churn(_keys(match), _keys(first))["churn"]
        metrics[match.name] = {**found.metrics, "churn": turned}
        if found.left_out:
            gone = count_of(found.left_out, "pair")
            notes.append(f"{match.name}: {gone} of people who are not there now")
        if found.beyond_rules:
            apart = count_of(found.beyond_rules, "pair")
            notes.append(f"{match.name}: {apart} not permitted by today's rules")
        if match is not first:
            pairs.append(_changes(match, first))
            people.append(_differences(match.name, instance, base.value, found.value))
    return Comparison(
        matches=tuple(matches),
        judge=instance.config,
        n_mentees=len(instance.cohort.mentees),
        metrics=pd.DataFrame(metrics),
        pairs=pd.concat(pairs, ignore_index=True),
        people=pd.concat(people, ignore_index=True),
        notes=tuple(notes),
    )


def _keys(match: Matched) -> list[tuple[str, str]]:
    return list(zip(match.pairs["mentee_id"], match.pairs["mentor_id"], strict=True))


def _changes(match: Matched, first: Matched) -> pd.DataFrame:
    new, old = set(_keys(match)), set(_keys(first))
    rows = [("gained", *pair) for pair in sorted(new - old)]
    rows += [("lost", *pair) for pair in sorted(old - new)]
    frame = pd.DataFrame(rows, columns=["change", "mentee_id", "mentor_id"])
    frame.insert(0, "match", match.name)
    return frame


def _differences(name: str, instance: Instance, before: Floats, after: Floats) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "match": name,
            "mentee_id": list(instance.cohort.mentee_index.ids),
            "before": before,
            "after": after,
            "change": after - before,
        }
    )
    frame = frame[frame["change"].abs() > SAME]
    return frame.sort_values(["change", "mentee_id"], kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class _Judged:
    metrics: dict[str, float]
    value: Floats
    left_out: int
    beyond_rules: int


def _judge(instance: Instance, match: Matched) -> _Judged:
    """Value a match as it is, even where today's rules would not permit a pair of it."""
    chosen = instance.assignment_of(match.pairs)
    scores = PermittedToo.of(instance, chosen)
    lenient = replace(instance, problem=replace(instance.problem, scores=scores))
    value = evaluate(lenient.problem, chosen).value
    metrics = {
        "objective": welfare(lenient.problem, chosen),
        "n_matches": float(len(chosen)),
        **instance_metrics(lenient, chosen),
    }
    return _Judged(metrics, value, len(match.pairs) - len(chosen), len(scores.mentee))


@dataclass(frozen=True)
class PermittedToo:
    """Items of a problem, with some pairs scored that are not permitted now."""

    base: Scores
    mentee: Ints
    mentor: Ints
    score: Floats

    @classmethod
    def of(cls, instance: Instance, chosen: Assignment) -> Self:
        """Score every one-way pair of a match that is not permitted."""
        one_way = chosen.pairs[chosen.reciprocal < 0]
        i, j = one_way[:, 0], one_way[:, 1]
        barred = instance.candidates.listed(i, j) == NOT_ALLOWED
        i, j = i[barred], j[barred]
        approach = instance.candidates.approaches.choose(Listed(i, j))
        usual = CODES[Approach.DEVELOPMENTAL]
        approach = np.where(approach == NOT_ALLOWED, usual, approach).astype(np.int8)
        score = instance.factor * instance.pair_scores.directional(i, j, approach)
        return cls(instance.problem.scores, i, j, score)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return self.base.shape

    def block(self, rows: Ints) -> ItemBlock:
        """Return the one-way items of mentees `rows` with every mentor."""
        block = self.base.block(rows)
        at = np.searchsorted(rows, self.mentee)
        here = (at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == self.mentee)
        score = block.score.copy()
        score[at[here], self.mentor[here]] = self.score[here]
        return replace(block, score=score)
