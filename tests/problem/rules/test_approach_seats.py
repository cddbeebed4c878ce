"""Seats that ask for an approach: a sponsor and a mentor for skills in one portfolio."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.config import Config
from matcher.errors import InfeasibleError
from matcher.pipeline import build, solve_instance
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment
from matcher.scoring.approaches import CODES
from matcher.vocabulary import Approach

BOTH = ("developmental", "sponsorship")
SPONSOR = {"name": "sponsor", "approach": "sponsorship", "min": 1, "max": 1}
SKILL = {"name": "skill", "approach": "developmental", "min": 1}


def settings(*seats: dict[str, object], **changes: object) -> Config:
    """Return a config with both approaches, two mentors each and some seats."""
    nothing = {"coverage": 0.0, "redundancy": 0.0, "min_gain": 0.0}
    portfolio = {"max_size": 2, "seats": seats, **nothing}
    return Config.model_validate(
        {"programme": {"approaches": BOTH}, "portfolio": portfolio, **changes}
    )


def drawn(seed: int, config: Config) -> Instance:
    """Draw two mentees and four mentors who accept one approach or both, and score differently."""
    rng = np.random.default_rng(seed)
    lists = [BOTH, BOTH, BOTH[:1], BOTH[1:]]

    def person(name: str, organisation: str) -> dict[str, object]:
        knows = tuple(rng.choice(["why", "how", "whom"], 2, replace=False))
        return {"person_id": name, "organisation": organisation, "knowing": knows}

    mentees = [
        {**person(f"e{k}", f"Org{k}"), "approaches": BOTH, "career_years": 2.0} for k in range(2)
    ]
    mentors = [
        {
            **person(f"m{k}", "Elsewhere"),
            "approaches": lists[rng.integers(4)],
            "career_years": float(rng.integers(3, 40)),
            "sponsor_organisations": ("Org0",)[: rng.integers(2)],
            "capacity": float(rng.integers(1, 3)),
            "max_sponsorship": 1.0,
        }
        for k in range(4)
    ]
    return build(make_cohort(mentees, mentors), config)


def most_worth(instance: Instance, fits: tuple[str, ...]) -> float:
    """Return the most that two portfolios are worth, by trying all whose approaches fit."""
    cohort, scores, may = instance.cohort, instance.pair_scores, instance.candidates.approaches
    sets: list[list[tuple[tuple[int, str], ...]]] = []
    worth: dict[tuple[int, int, str], float] = {}
    n, m = len(cohort.mentees), len(cohort.mentors)
    for i, j, name in itertools.product(range(n), range(m), BOTH):
        at, code = (np.array([i]), np.array([j])), CODES[Approach(name)]
        column = list(Approach).index(Approach(name))
        if may.mentee[i, column] and may.mentor[j, column]:
            worth[i, j, name] = float(scores.directional(*at, code)[0]) / 2
    for i in range(n):
        items = [(j, name) for k, j, name in worth if k == i]
        some = [c for size in (1, 2) for c in itertools.combinations(items, size)]
        apart = [c for c in some if len({j for j, _ in c}) == len(c)]
        kept = [c for c in apart if "".join(sorted(name[0] for _, name in c)) in fits]
        sets.append([(), *kept])
    best = (-1, 0.0)
    for chosen in itertools.product(*sets):
        used = [j for one in chosen for j, _ in one]
        sponsored = [j for one in chosen for j, name in one if name == "sponsorship"]
        room = np.bincount(used, minlength=m) <= instance.problem.capacity
        if room.all() and len(set(sponsored)) == len(sponsored):
            total = sum(worth[i, j, name] for i, c in enumerate(chosen) for j, name in c)
            best = max(best, (sum(map(bool, chosen)), total))
    return best[1]


@pytest.mark.parametrize("seed", range(4))
def test_the_best_of_all_approaches(seed: int) -> None:
    """A pair takes the approach that its portfolio needs, within limits on sponsorships."""
    seats = [{**seat, "fill": seed == 1} for seat in (SPONSOR, {**SKILL, "max": 1})]
    config = settings(*seats) if seed < 3 else settings({**SPONSOR, "min": 0})
    instance = drawn(seed, config)
    solution = solve_instance(instance)
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    sponsored = instance.approach_of(chosen) == CODES[Approach.SPONSORSHIP]
    count = np.bincount(chosen.pairs[:, 0], sponsored, minlength=2)
    assert (count <= 1).all()
    expected = most_worth(instance, ("ds",) if seed < 3 else ("d", "s", "dd", "ds"))
    assert solution.bounds.primal == pytest.approx(expected, abs=1e-4)


def test_forced_pairs_that_leave_no_room_for_the_seat() -> None:
    """Two pairs that can only be mentoring are told to be in the way of the sponsor."""
    people = [
        {"person_id": name, "organisation": name, "knowing": ("why",), "approaches": BOTH}
        for name in ("e", "a", "b", "s")
    ]
    mentors = [{**row, "approaches": BOTH[: 1 + (row["person_id"] == "s")]} for row in people[1:]]
    must = [{"mentee_id": "e", "mentor_id": name, "rule": "must"} for name in "ab"]
    with pytest.raises(InfeasibleError, match="each needs 1 in seat sponsor"):
        build(make_cohort(people[:1], mentors, rules=must), settings(SPONSOR))
