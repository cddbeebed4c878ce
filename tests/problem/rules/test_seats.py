"""`[[portfolio.seats]]`: what portfolios hold, against trying every way to sit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import matcher
from matcher.cli.main import run
from matcher.config import load_config
from matcher.errors import ConfigError, InputError


def can_sit(fits: np.ndarray, least: list[int], most: list[int]) -> bool:
    """Whether some mentors (k, seats) can take one seat each, by trying all ways."""
    for taken in product(range(fits.shape[1]), repeat=len(fits)):
        count = [taken.count(seat) for seat in range(fits.shape[1])]
        if all(fits[a, seat] for a, seat in enumerate(taken)) and all(
            low <= c <= high for low, c, high in zip(least, count, most, strict=True)
        ):
            return True
    return not len(fits)


def best(score: np.ndarray, capacity: list[int], limit: list[int], sits) -> float:
    """Return the most that portfolios with a sitting are worth together, by trying all."""
    n, m = score.shape
    sets = [
        [s for k in range(limit[i] + 1) for s in combinations(range(m), k) if sits(s)]
        for i in range(n)
    ]
    found = -np.inf
    for chosen in product(*sets):
        use = np.bincount([j for one in chosen for j in one], minlength=m)
        if (use <= capacity).all():
            found = max(found, sum(score[i, j] for i, one in enumerate(chosen) for j in one))
    return found


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["portfolio", "cp-sat", "greedy"]))
def test_filled_seats_are_those_that_somebody_can_sit_in(seed: int, method: str) -> None:
    """Exact methods reach the best of all portfolios in which everybody has one seat."""
    rng = np.random.default_rng(seed)
    count, m = int(rng.integers(1, 4)), 4
    score, fits = rng.random((3, m)), rng.random((m, count)) < 0.6
    least = rng.integers(0, 2, count).tolist()
    most = [max(1, low + int(rng.integers(0, 2))) for low in least]
    seats = [
        {"fits": fits[:, s], "min": least[s], "max": most[s], "fill": True} for s in range(count)
    ]
    capacity, limit = rng.integers(0, 3, m).tolist(), rng.integers(0, 4, 3).tolist()
    solution = matcher.solve(score, capacity, limit, seats=seats, method=method, threads=1)
    for i in range(3):
        held = solution.pairs[solution.pairs[:, 0] == i, 1]
        assert can_sit(fits[held], least, most)
    if method != "greedy":
        total = best(score, capacity, limit, lambda s: can_sit(fits[list(s)], least, most))
        assert solution.objective == pytest.approx(total, rel=1e-4)


def test_seats_that_count_may_share_a_mentor() -> None:
    """One mentor may count for two seats; of labels each is a seat; only another home counts."""
    score, places = np.array([[0.9, 0.8, 0.1]]), [1, 1, 1]
    both = [{"fits": [0, 0, 1], "min": 1}, {"fits": [0, 0, 1], "min": 1}]
    assert matcher.solve(score, places, 2, seats=both).pairs[:, 1].tolist() == [0, 2]
    apart = [{"each": ["a", "a", "b"], "max": 1}]
    assert matcher.solve(score, places, 2, seats=apart).pairs[:, 1].tolist() == [0, 2]
    away = [{"home": (["x"], ["x", "x", "y"]), "min": 1}]
    assert matcher.solve(score, places, 2, seats=away).pairs[:, 1].tolist() == [0, 2]
    with pytest.raises(InputError, match="unknown keys"):
        matcher.solve(score, places, 2, seats=[{"least": 1}])


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command and return its code and all that it said."""

    def do(*words: object) -> tuple[int, str]:
        code, said = run([str(word) for word in words]), capsys.readouterr()
        return code, said.out + said.err

    return do


LEVELS = ("Senior", "Staff", "Junior")


def write_cohort(folder: Path, config: str) -> None:
    """Write ten mentees and nine mentors of three organisations and three levels."""
    folder.mkdir()
    asks, knows = ("strategic", "personal", "operational"), ("why", "how", "whom")
    rows = [f"e{k},Org{k % 3},{asks[k % 3]},{knows[k % 2]},2" for k in range(10)]
    title = "person_id,organisation,purposes,knowing"
    (folder / "mentees.csv").write_text("\n".join([f"{title},max_mentors", *rows]) + "\n")
    rows = [
        f"r{k},Org{k * 2 % 3},{asks[k * 5 % 3]},{knows[k % 3]},{1 + k % 3},{LEVELS[k % 3]}"
        for k in range(9)
    ]
    (folder / "mentors.csv").write_text("\n".join([f"{title},capacity,level", *rows]) + "\n")
    (folder / "matcher.toml").write_text(config)


LEAD_AND_SECOND = """
[[portfolio.seats]]
name = "lead"
where = { level = ["senior", "Principal"] }
min = 1
max = 1
fill = true
[[portfolio.seats]]
name = "second"
approach = "sponsorship"
max = 1
fill = true
"""


@pytest.mark.slow
def test_a_lead_and_a_second_mentor(tmp_path: Path, command: Command) -> None:
    """Each portfolio has its lead; tables, explanation and plan name the seat; a forgery shows."""
    write_cohort(tmp_path / "c", LEAD_AND_SECOND)
    assert command("match", tmp_path / "c", "-o", tmp_path / "run")[0] == 0
    assert command("verify", tmp_path / "run")[0] == 0
    matches = pd.read_csv(tmp_path / "run/matches.csv")
    level = pd.read_csv(tmp_path / "c/mentors.csv").set_index("person_id")["level"]
    leads = matches[matches["seat"] == "lead"]
    assert sorted(leads["mentee_id"]) == sorted(matches["mentee_id"].unique())
    assert set(level[leads["mentor_id"]]) == {"Senior"}
    assert matches.groupby("mentee_id").size().max() == 2
    assert set(matches["seat"]) == {"lead", "second"}
    assert set(matches["approach"][matches["seat"] == "second"]) == {"sponsorship"}
    first = matches.iloc[0]
    _, told = command("explain", tmp_path / "run", first["mentee_id"])
    assert f"{first['seat']}: " in told
    page = (tmp_path / "run/plans" / f"{first['mentee_id']}.html").read_text()
    assert f"Seat: {first['seat']}" in page
    text = (tmp_path / "run/matches.csv").read_text()
    (tmp_path / "run/matches.csv").write_text(text.replace(",second\n", ",lead\n"))
    report = matcher.verify(tmp_path / "run", check_hashes=False)
    assert any("seat lead" in finding.message for finding in report.problems)


@pytest.mark.slow
def test_old_keys_are_seats(tmp_path: Path, command: Command) -> None:
    """`min_external` and `max_same` are told once and match as the seats that they are."""
    old = "[portfolio]\nmin_external = 1\nmax_same = { level = 1 }\n"
    new = (
        '[[portfolio.seats]]\nname = "external"\nexternal = true\nmin = 1\n'
        '[[portfolio.seats]]\nname = "apart"\neach = "level"\nmax = 1\n'
    )
    tables = []
    for name, config in (("old", old), ("new", new)):
        write_cohort(tmp_path / name, config)
        code, told = command("match", tmp_path / name, "-o", tmp_path / f"{name}-run")
        assert (code, told.count("W_OLD_KEY")) == (0, 2 * (name == "old"))
        assert matcher.verify(tmp_path / f"{name}-run", cohort=tmp_path / name).problems == ()
        tables.append(pd.read_csv(tmp_path / f"{name}-run/matches.csv"))
    assert tables[0].equals(tables[1])
    people = pd.concat(
        [pd.read_csv(tmp_path / f"old/{side}.csv") for side in ("mentees", "mentors")]
    )
    people = people.set_index("person_id")
    home = people["organisation"]
    for mentee, portfolio in tables[0].groupby("mentee_id"):
        assert (home[portfolio["mentor_id"]] != home[mentee]).any()
        assert people["level"][portfolio["mentor_id"]].is_unique


@pytest.mark.parametrize(
    ("seat", "told"),
    [
        ('name = ""', "seats need names"),
        ('name = "a"\nmin = 2\nmax = 1', "is below min"),
        ('name = "a"\nmin = 9', "more than max_size"),
        ('name = "a"\neach = "level"\nmin = 1', "a seat of its own"),
        ('name = "a"\napproach = "reverse"\n[programme]\napproaches = []', "has no reverse"),
        ('name = "a"\nwhere = { ethnicity = ["x"] }', "protected"),
    ],
)
def test_seats_that_no_portfolio_can_hold(tmp_path: Path, seat: str, told: str) -> None:
    """What cannot be meant is refused with its place."""
    (tmp_path / "c.toml").write_text(f"[[portfolio.seats]]\n{seat}\n")
    with pytest.raises(ConfigError, match=told):
        load_config(tmp_path / "c.toml")


@pytest.mark.slow
def test_a_seat_that_nobody_can_take_is_told(tmp_path: Path, command: Command) -> None:
    """Nobody is matched, and why is a warning of its own."""
    write_cohort(tmp_path / "c", LEAD_AND_SECOND.replace("senior", "Director"))
    code, told = command("match", tmp_path / "c", "-o", tmp_path / "run")
    assert code == 0
    assert "W_SEAT_EMPTY" in told
