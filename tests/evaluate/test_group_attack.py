"""Whose group the fairness audit gives away: exact means everybody's, ours nobody's."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cli.main import run as main
from matcher.evaluate.groups import GAP_COLUMNS, ROUNDING, Steps, group_gaps
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import family_named

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not beside us")
PEOPLE = 40


@pytest.fixture(scope="module")
def attack() -> Any:
    """Return the script of the attack."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module("group_attack")
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cohort of 40 mentees; the colour of a person is drawn, the team follows the id."""
    family = replace(family_named("small"), mentees=PEOPLE, mentors=22)
    folder = write_cohort(draw_cohort(family, 11).tables, tmp_path_factory.mktemp("c") / "cohort")
    ids = pd.read_csv(folder / "mentees.csv", dtype=str)["person_id"]
    rng = np.random.default_rng(5)
    colour = rng.permutation(np.repeat(["green", "red", "blue"], [17, 12, 11]))
    team = np.where(np.arange(PEOPLE) < 20, "a", "b")
    pd.DataFrame({"person_id": ids, "colour": colour, "team": team}).to_csv(
        folder / "groups.csv", index=False
    )
    return folder


def run_of(cohort: Path, name: str, *arguments: str) -> Path:
    """Match a cohort under pseudonyms through the command; return the run folder."""
    run = cohort.parent / name
    assert main(["match", str(cohort), "-o", str(run), "--pseudonymise", *arguments]) == 0
    return run


@pytest.fixture(scope="module")
def runs(cohort: Path) -> list[Path]:
    """Return a run and reruns with other weights and sizes: each tells groups once more."""
    changes = ("portfolio.max_size=1", "features.need_fit.weight=0")
    reruns = [run_of(cohort, f"again {k}", "--set", one) for k, one in enumerate(changes)]
    return [run_of(cohort, "one"), *reruns]


def members(run: Path, cohort: Path, column: str) -> pd.Series[Any]:
    """Return the group of each mentee of a run, by the key that the attacker lacks."""
    shown = run.parent / f"{run.name}-revealed"
    if not shown.is_dir():
        assert main(["reveal", str(run), "--cohort", str(cohort), "-o", str(shown)]) == 0
    people = pd.read_csv(shown / "people.csv", dtype=str).set_index("pseudonym")["person_id"]
    groups = pd.read_csv(cohort / "groups.csv", dtype=str).set_index("person_id")[column]
    return pd.read_csv(run / "portfolios.csv")["mentee_id"].map(people).map(groups)


DRAWN = np.random.default_rng(8).gamma(4.0, 0.1, (PEOPLE, 2))
"""Values and covered shares of 40 people."""
RANK = DRAWN[:, 0].argsort().argsort()
PARTS = {
    "drawn": np.random.default_rng(9).permutation(PEOPLE) < 14,
    "lean": (RANK + np.random.default_rng(10).normal(0, 12, PEOPLE)).argsort().argsort() < 16,
    "the lowest": RANK < 15,
    "the highest": RANK >= PEOPLE - 15,
    "half": RANK % 2 == 0,
}


def figures(member: np.ndarray, alone: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return own figures, with `alone` people unmatched, and the audit of members and others."""
    own = pd.DataFrame(DRAWN, columns=["value", "coverage"])
    own["matched"] = 1.0
    own.loc[alone > RANK] = 0.0
    groups = pd.DataFrame({"kind": np.where(member, "in", "out")})
    return own, group_gaps({name: own[name].to_numpy() for name in own}, groups)


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_exact_means_settle_everybody(attack: Any, part: str) -> None:
    """With the digits of old the attack finds the one membership, a second's work."""
    own, _ = figures(PARTS[part], alone=0)
    table, member = own[["value", "coverage"]].to_numpy(), PARTS[part]
    mean = table[member].mean(axis=0)
    found = attack.memberships(table, int(member.sum()), mean - 1e-12, mean + 1e-12)
    assert found.tolist() == [member.tolist()]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["drawn", "the lowest", "half"])
def test_published_figures_settle_nobody(attack: Any, part: str) -> None:
    """All figures together leave both answers open for everybody, and neither nearly sure."""
    own, table = figures(PARTS[part])
    told = attack.Told.read(own, table)
    year = attack.Year((told,))
    assert year.groups[:2] == ("in", "out")
    assert year.settled() == []
    chance = year.chances(chains=150, moves=2000)[:, 0]
    assert chance.min() > 0.005
    assert chance.max() < 0.95
    low, high = np.transpose(told.bounds("in"))
    size = int(PARTS[part].sum())
    with pytest.raises(ValueError, match="subsets fit"):
        attack.memberships(told.own, size, low, high, most=100_000)


@pytest.mark.slow
def test_the_few_unmatched_are_not_given_away(attack: Any) -> None:
    """A group of ten that holds all three unmatched people does not tell who is in it."""
    member = np.isin(RANK, [0, 1, 2, 11, 15, 19, 23, 27, 31, 35])
    own, table = figures(member)
    year = attack.Year((attack.Told.read(own, table),))
    assert year.settled() == []
    assert year.chances(chains=150, moves=2000)[member, 0].max() < 0.9


@pytest.mark.slow
def test_a_run_and_its_reruns_settle_nobody(attack: Any, runs: list[Path]) -> None:
    """A pseudonymised run of 40 people and two reruns together give away nobody's group."""
    pages = [page for run in runs for page in attack.told_of(run)]
    assert all(not pages[0][0].equals(own) for own, _ in pages[1:])
    for column in ("colour", "team"):
        year = year_of(attack, pages, column)
        assert year.settled() == []
        assert year.chances(chains=100, moves=2000).max() < 0.95
    assert attack.main([str(runs[0])]) == 0


def year_of(attack: Any, pages: list[Any], column: str) -> Any:
    """Return what pages tell of one attribute."""
    told = [(own, rows[rows["attribute"] == column]) for own, rows in pages]
    return attack.Year(tuple(attack.Told.read(*page) for page in told))


@pytest.mark.slow
def test_a_year_of_pages_settles_nobody(attack: Any, cohort: Path, tmp_path: Path) -> None:
    """Somebody meets, somebody comes, somebody leaves: no difference says to which group."""
    home = shutil.copytree(cohort, tmp_path / "home")
    pages, first, added = [], home / "runs" / "first", home / "runs" / "added"

    def told(*arguments: object) -> None:
        assert main([str(argument) for argument in arguments]) == 0

    told("match", home, "-o", first)
    pairs = pd.read_csv(first / "matches.csv")[["mentee_id", "mentor_id"]]
    met = pairs.drop_duplicates("mentee_id").assign(meetings=3, rating=4, date="2026-01-01")
    for count in (14, 15):
        met.head(count).to_csv(home / "outcomes.csv", index=False)
        told("board", first, "--cohort", home)
        pages += attack.told_of(first)
    leaver = pairs["mentee_id"].iloc[-1]
    for name in ("mentees", "groups"):
        people = pd.read_csv(home / f"{name}.csv", dtype=str)
        newcomer = people.iloc[[0]].assign(person_id="newcomer")
        if name == "mentees":
            newcomer = newcomer.assign(name="Nora Newly", email="nora@newly.example")
        people = pd.concat([people[people["person_id"] != leaver], newcomer])
        people.to_csv(home / f"{name}.csv", index=False)
    told("match", home, "--previous", first, "--add", "-o", added)
    told("board", added, "--cohort", home)
    pages += attack.told_of(added)
    for column in ("colour", "team"):
        year = year_of(attack, pages, column)
        assert {leaver, "newcomer"} <= {*year.people}
        assert year.settled() == []
        assert year.chances(chains=60, moves=2000).max() < 0.95


@pytest.mark.slow
def test_no_file_of_a_run_holds_a_group_mean(runs: list[Path], cohort: Path) -> None:
    """Neither the exact mean of a group nor its first four digits stand anywhere else."""
    portfolios = pd.read_csv(runs[0] / "portfolios.csv")
    known = " ".join(map(str, portfolios["value"]))
    for column in ("colour", "team"):
        means = portfolios["value"].groupby(members(runs[0], cohort, column)).mean()
        for mean in means:
            digits = f"{mean:.9f}"[:6]
            if digits in known:
                continue
            files = [path for path in runs[0].rglob("*") if path.suffix in {".csv", ".json"}]
            told = json.loads((runs[0] / "summary.json").read_text())["metrics"]["groups"]
            assert digits not in json.dumps(told)
            assert not [path.name for path in files if f"{mean:.9f}" in path.read_text()]


@pytest.mark.slow
def test_the_summary_and_the_table_say_the_same(runs: list[Path]) -> None:
    """There is one set of figures, wherever it stands."""
    told = json.loads((runs[0] / "summary.json").read_text())["metrics"]["groups"]
    table = pd.read_csv(runs[0] / "groups.csv")[list(GAP_COLUMNS)]
    pd.testing.assert_frame_equal(pd.DataFrame(told)["value"].to_frame(), table[["value"]])


def test_one_flip_is_no_more_than_a_guess_to_who_lacks_the_key() -> None:
    """Who knows all groups but one draws both cohorts under keys of their own, and is as unsure."""
    kind = np.repeat(["a", "b"], [24, 18])
    flipped = np.where(np.arange(42) == 5, "b", kind)

    def told(groups: np.ndarray, key: int) -> tuple[str, ...]:
        frame, secret = pd.DataFrame({"kind": groups}), key.to_bytes(2, "big")
        rows = group_gaps({"v": DRAWN[:, 0][np.arange(42) % PEOPLE]}, frame, secret=secret)
        return tuple(map(str, rows.loc[rows["group"] != "", ["n", "value"]].to_numpy().ravel()))

    keys, own = range(60), range(60, 120)
    seen = [Counter(told(groups, key) for key in own) for groups in (kind, flipped)]
    right = [
        0.5
        if seen[0][figures] == seen[1][figures]
        else float(seen[k][figures] > seen[1 - k][figures])
        for k, groups in enumerate((kind, flipped))
        for figures in (told(groups, key) for key in keys)
    ]
    assert np.mean(right) < 0.7


@pytest.mark.slow
@given(
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=10, max_size=60),
    st.integers(1, 60),
)
def test_every_step_told_leaves_both_answers(values: list[float], size: int) -> None:
    """At the outermost steps a fifth of the group may be anybody: without any one, and with any."""
    ordered, size = np.sort(values), min(size, len(values) - 1)
    steps = Steps.of(ordered, size)
    if steps.width == 0:
        return
    few = int(np.ceil(0.2 * min(size, len(ordered) - size)))
    for side, sign in ((0, 1), (1, -1)):
        if steps.furthest[side] == 0:
            continue
        own = np.sort(sign * ordered)
        edge = sign * (steps.centre + (steps.furthest[side] + 0.5 * sign) * steps.width)
        assert own[few : few + size].mean() <= edge + 1e-9
        assert np.concatenate([own[: size - few], own[-few:]]).mean() <= edge + 1e-9


def test_a_newcomer_shows_in_no_size() -> None:
    """Whatever sizes are told before and after somebody comes, both answers can have made them."""

    def told(size: int) -> set[int]:
        down = size // ROUNDING * ROUNDING
        return {down} if down == size else {down, down + ROUNDING}

    sizes = range(10, 60)
    here = {(a, b) for size in sizes for a in told(size) for b in told(size + 1)}
    there = {(a, b) for size in sizes for a in told(size) for b in told(size)}
    assert {pair for pair in here ^ there if 10 < pair[0] < 55} == set()


def test_noise_of_sizes_is_of_the_membership_alone() -> None:
    """The same people in the same groups are told in the same sizes, whatever they are worth."""
    groups = pd.DataFrame({"kind": np.repeat(["a", "b"], [23, 24])})
    more = pd.concat([groups, pd.DataFrame({"kind": ["a"]})], ignore_index=True)
    sizes = [
        tuple(group_gaps({"v": values}, frame)["n"].iloc[1:3])
        for frame in (groups, more)
        for values in np.random.default_rng(0).random((6, len(frame)))
    ]
    assert len(set(sizes[:6])) == len(set(sizes[6:])) == 1
