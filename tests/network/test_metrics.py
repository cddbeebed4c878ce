"""Metrics against hand-made cases, networkx, and whole networks from the literature."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.network.ego_metrics import (
    connectivity,
    constraint,
    density,
    dynamism,
    effective_size,
    efficiency,
    ei_index,
    multiplexity,
    purpose_balance,
    recency,
    weak_tie_share,
)


def ego_network(
    n: int, ties: list[tuple[int, int]], slots: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Return `ties` and `named` of one person with contacts numbered from 1."""
    slots = 10
    named = np.zeros((1, slots), dtype=bool)
    named[0, :n] = True
    matrix = np.zeros((1, slots, slots), dtype=bool)
    for a, b in ties:
        matrix[0, a - 1, b - 1] = True
    return matrix, named


CLIQUE = list(combinations(range(1, 6), 2))
SMALL = {
    "single": (1, [], None, 1, 1),
    "open pair": (2, [], 0, 2, Fraction(1, 2)),
    "tied pair": (2, [(1, 2)], 1, 1, Fraction(9, 8)),
    "triangle": (3, [(1, 2), (1, 3), (2, 3)], 1, 1, Fraction(25, 27)),
    "path": (4, [(1, 2), (2, 3)], Fraction(1, 3), 3, Fraction(77, 144)),
    "two pairs": (4, [(1, 2), (3, 4)], Fraction(1, 3), 3, Fraction(9, 16)),
    "clique": (5, CLIQUE, 1, 1, Fraction(81, 125)),
    "star": (10, [], 0, 10, Fraction(1, 10)),
}


@pytest.mark.parametrize("case", SMALL)
def test_small_networks(case: str) -> None:
    """Density, effective size and constraint of the small cases are exact."""
    n, ties, expected_density, expected_size, expected_constraint = SMALL[case]
    matrix, named = ego_network(n, ties)
    found = density(matrix, named)
    if expected_density is None:
        assert np.isnan(found.value[0])
        assert found.reason[0] == "TOO_FEW_CONTACTS"
    else:
        assert found.value[0] == pytest.approx(float(expected_density), abs=1e-15)
    assert effective_size(matrix, named).value[0] == pytest.approx(expected_size, abs=1e-15)
    assert constraint(matrix, named).value[0] == pytest.approx(
        float(expected_constraint), abs=1e-15
    )


def test_loops_and_repeats_change_nothing() -> None:
    """A tie given both ways and a loop leave the open pair's constraint at one half."""
    matrix, named = ego_network(2, [(1, 1), (2, 2)])
    assert constraint(matrix, named).value[0] == 0.5
    twice, named = ego_network(3, [(1, 2), (2, 1)])
    once, _ = ego_network(3, [(1, 2)])
    assert constraint(twice, named).value[0] == constraint(once, named).value[0]


@pytest.mark.slow
@given(
    n=st.integers(1, 10),
    picks=st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), max_size=45),
)
def test_structure_agrees_with_networkx(n: int, picks: list[tuple[int, int]]) -> None:
    """On random ego networks networkx gives the same density, effective size and constraint."""
    ties = [(a, b) for a, b in picks if a <= n and b <= n]
    matrix, named = ego_network(n, ties)
    graph = nx.Graph([(0, k) for k in range(1, n + 1)])
    graph.add_edges_from((a, b) for a, b in ties if a != b)
    assert constraint(matrix, named).value[0] == pytest.approx(nx.constraint(graph, [0])[0])
    assert effective_size(matrix, named).value[0] == pytest.approx(nx.effective_size(graph, [0])[0])
    alters = graph.subgraph(range(1, n + 1))
    if n > 1:
        assert density(matrix, named).value[0] == pytest.approx(nx.density(alters))


@pytest.mark.slow
@given(st.integers(2, 10), st.data())
def test_connectivity_ends(n: int, data: st.DataObject) -> None:
    """Connectivity is 1 without ties, 0 in a clique, and never leaves [0, 1]."""
    all_ties = list(combinations(range(1, n + 1), 2))
    free, named = ego_network(n, [])
    full, _ = ego_network(n, all_ties)
    some, _ = ego_network(n, data.draw(st.lists(st.sampled_from(all_ties))))
    assert connectivity(free, named).value[0] == pytest.approx(1.0)
    assert connectivity(full, named).value[0] == pytest.approx(0.0, abs=1e-12)
    assert 0.0 <= connectivity(some, named).value[0] <= 1.0


def test_hub_is_clipped() -> None:
    """One hub tied to all of eight or more contacts exceeds the clique's constraint."""
    for n in (8, 10):
        matrix, named = ego_network(n, [(1, k) for k in range(2, n + 1)])
        assert constraint(matrix, named).value[0] > (2 * n - 1) ** 2 / n**3
        assert connectivity(matrix, named).value[0] == 0.0


def test_people_do_not_touch_each_other() -> None:
    """The metrics of a person are the same alone and in a batch of different sizes."""
    sizes = [1, 3, 10, 0]
    parts = [ego_network(n, [(1, 2)] if n > 1 else []) for n in sizes]
    batch = constraint(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
    alone = [constraint(*part).value[0] for part in parts]
    np.testing.assert_array_equal(batch.value, alone)
    assert list(batch.reason) == ["", "", "", "EMPTY_NETWORK"]
    assert list(batch.n_valid) == sizes


def test_ei_index_ends_and_unknowns() -> None:
    """All inside is -1, all outside +1, unknown contacts are left out, none known has a reason."""
    internal = np.array([[1, 1, 1], [0, 0, 0], [1, 0, np.nan], [np.nan] * 3])
    found = ei_index(internal, np.ones((4, 3), dtype=bool))
    np.testing.assert_array_equal(found.value, [-1, 1, 0, np.nan])
    assert list(found.n_valid) == [3, 3, 2, 0]
    assert found.reason[3] == "NOT_ANSWERED"


def test_recency_half_life() -> None:
    """Recency is 1 today, one half after 180 days and a quarter after 360."""
    found = recency(np.array([[0.0], [180.0], [360.0]]), np.ones((3, 1), dtype=bool))
    np.testing.assert_allclose(found.value, [1.0, 0.5, 0.25])


def test_purposes_one_even_and_none() -> None:
    """One purpose gives balance 0, all three alike 1, and untagged contacts none at all."""
    purposes = np.zeros((3, 3, 3), dtype=bool)
    purposes[0, :, 0] = True
    purposes[1] = np.eye(3, dtype=bool)
    named = np.ones((3, 3), dtype=bool)
    np.testing.assert_allclose(purpose_balance(purposes, named).value, [0, 1, np.nan], atol=1e-12)
    np.testing.assert_allclose(multiplexity(purposes, named).value, [0, 0, np.nan])
    alone = multiplexity(purposes[:, :, :1], named)
    assert set(alone.reason) == {"ONE_CATEGORY"}


def test_weak_ties_are_all_but_often() -> None:
    """Occasional and rare ties are weak; unanswered ones do not count."""
    found = weak_tie_share(np.array([[0, 1, 2, -1]]), np.ones((1, 4), dtype=bool))
    assert found.value[0] == pytest.approx(2 / 3)
    assert found.n_valid[0] == 3


def test_dynamism_of_the_specification() -> None:
    """{1,2,3,4} then {3,4,5} changes by .6; one audit alone has nothing to compare with."""
    ego = np.array([0] * 7 + [1])
    contact = np.array([*list("1234345"), "1"])
    wave = np.array([1.0] * 4 + [2.0] * 3 + [1.0])
    found = dynamism(3, ego, contact, wave)
    assert found.value[0] == pytest.approx(0.6)
    assert list(found.reason) == ["", "NO_SECOND_AUDIT", "EMPTY_NETWORK"]


def test_only_the_last_two_audits_are_compared() -> None:
    """An audit before the last two does not change dynamism."""
    found = dynamism(
        1, np.zeros(5, dtype=int), np.array(list("9abab")), np.array([1.0, 2.0, 2.0, 3.0, 3.0])
    )
    assert found.value[0] == 0.0


def whole_network(arcs: pd.DataFrame, n: int) -> tuple[float, float]:
    """Return the density and arc reciprocity of a directed network."""
    matrix = np.zeros((n, n), dtype=bool)
    matrix[arcs["from"] - 1, arcs["to"] - 1] = True
    np.fill_diagonal(matrix, val=False)
    return matrix.sum() / (n * (n - 1)), (matrix & matrix.T).sum() / matrix.sum()


def test_krackhardt_managers(shared_data: Path) -> None:
    """Advice among 21 managers: known density and reciprocity, and every ego as networkx has it."""
    arcs = pd.read_csv(shared_data / "krackhardt/ht_advice.csv")
    found_density, reciprocity = whole_network(arcs, 21)
    assert round(found_density, 4) == 0.4524
    assert round(reciprocity, 3) == 0.474
    asked = np.zeros((21, 21), dtype=bool)
    asked[arcs["from"] - 1, arcs["to"] - 1] = True
    np.fill_diagonal(asked, val=False)
    ties = np.broadcast_to(asked | asked.T, (21, 21, 21))
    assert (asked.sum(axis=1) > 10).sum() == 10
    burt, size, share = (
        constraint(ties, asked),
        effective_size(ties, asked),
        efficiency(ties, asked),
    )
    for ego in range(21):
        graph = nx.Graph((asked | asked.T)[np.ix_(asked[ego], asked[ego])])
        graph.add_edges_from(("ego", node) for node in list(graph))
        assert burt.value[ego] == pytest.approx(nx.constraint(graph, ["ego"])["ego"])
        assert size.value[ego] == pytest.approx(nx.effective_size(graph, ["ego"])["ego"])
        assert share.value[ego] == pytest.approx(size.value[ego] / asked[ego].sum())


def test_eies_researchers_at_two_waves(shared_data: Path) -> None:
    """Change of acquaintance among 32 researchers equals the sets compared one by one."""
    relations = pd.read_csv(shared_data / "eies/eies_relations.csv")
    waves = [relations.dropna(subset=f"rank_{k}").assign(wave=float(k)) for k in (1, 2)]
    arcs = pd.concat(waves)
    found = dynamism(
        32, arcs["from"].to_numpy() - 1, arcs["to"].to_numpy(), arcs["wave"].to_numpy()
    )
    for ego in range(32):
        first, second = (set(wave.loc[wave["from"] == ego + 1, "to"]) for wave in waves)
        if first and second:
            changed = 1 - Fraction(len(first & second), len(first | second))
            assert found.value[ego] == pytest.approx(float(changed))
        else:
            assert np.isnan(found.value[ego])
    assert np.nanmean(found.value) > 0
