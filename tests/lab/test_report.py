"""The page and the chart of a benchmark say what the table says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from matcher.checker.figures import gap_of
from matcher.lab.bench_report import as_markdown, as_svg, standing_of
from matcher.lab.method_comparison import ordered, with_prices, with_shared_gaps


def rows() -> pd.DataFrame:
    """Return a table of two methods, one without a bound, and one that could not run."""
    return pd.DataFrame(
        {
            "cohort": "<b>x</b>",
            "method": ["portfolio", "greedy", "flow"],
            "seed": 0,
            "tier": ["10", "10", np.nan],
            "objective": [9.9, 8.0, np.nan],
            "bound": [10.0, np.nan, np.nan],
            "gap": [0.01, np.nan, np.nan],
            "seconds": [1.0, 0.1, np.nan],
            "peak_mb": [100.0, 90.0, np.nan],
            "coverage": [0.5, 0.4, np.nan],
            "note": ["", "", "cannot express it"],
        }
    )


def test_method_without_a_bound_gets_that_of_another() -> None:
    """The greedy answer is compared with the bound that was proven for the same tiers."""
    assert with_shared_gaps(rows(), 0.0, 10)["gap"].tolist()[:2] == [0.01, 0.2]


def test_bound_of_other_tiers_is_not_used() -> None:
    """A bound at another level of the tiers says nothing about an answer."""
    table = rows()
    table.loc[1, "tier"] = "9"
    assert np.isnan(with_shared_gaps(table, 0.0, 10)["gap"][1])


def test_columns_stand_in_the_order_of_the_contract() -> None:
    """First the contract's columns, then metrics, the note last."""
    table = ordered(rows()[["note", "coverage", "method", "cohort"]])
    assert list(table)[:2] == ["cohort", "method"]
    assert list(table)[-2:] == ["coverage", "note"]
    assert "peak_mb" in table


def test_page_holds_figures_and_notes() -> None:
    """Each method has a row, a share is shown in percent, and why one could not run is said."""
    text = as_markdown(rows(), time_limit=5)
    assert "| portfolio | 10 | **9.9** | 1 % |" in text
    assert "- flow: cannot express it" in text


def test_every_method_that_reaches_the_best_is_in_bold() -> None:
    """A tie is shown as one, at equal tiers only, and dust of the floats is no gap."""
    table = rows().assign(objective=[9.9, 9.9 + 1e-14, np.nan], gap=[1e-14, 2e-3, np.nan])
    text = as_markdown(table, time_limit=5)
    assert "| portfolio | 10 | **9.9** | 0 % |" in text
    assert "| greedy | 10 | **9.9** | 0.2 % |" in text
    assert "| greedy | 9 | 9.9 |" in as_markdown(
        table.assign(tier=["10", "9", np.nan]), time_limit=5
    )


def test_gap_with_fairness_is_of_equally_distributed_equivalents() -> None:
    """With fairness welfare is in units of U, so the gap is that of the summary."""
    table = rows().assign(objective=[29.0, 20.0, np.nan], bound=[30.0, np.nan, np.nan])
    gap = with_shared_gaps(table, 1.0, 10)["gap"][1]
    assert gap == gap_of(20.0, 30.0, 1.0, 10)
    assert gap != pytest.approx(1 / 3)


def test_objective_above_a_bound_is_not_passed_over() -> None:
    """An answer better than what another method proved to be the most shows as a gap below 0."""
    table = rows().assign(objective=[9.9, 11.0, np.nan])
    assert with_shared_gaps(table, 0.0, 10)["gap"][1] < 0


def test_price_of_fairness_is_to_the_answer_without_fairness() -> None:
    """The largest known mean counts, that of the reference or that of a row."""
    table = rows().assign(mean_value=[0.6, 0.8, np.nan])
    assert with_prices(table)["price_of_fairness"].tolist()[:2] == pytest.approx([0.25, 0.0])
    assert with_prices(table, 1.0)["price_of_fairness"].tolist()[:2] == pytest.approx([0.4, 0.2])


def two_seeds() -> pd.DataFrame:
    """Return three methods on two seeds: the one with most welfare misses a tier on one of them."""
    return pd.DataFrame(
        {
            "cohort": "x",
            "method": ["portfolio", "sequential", "stable"] * 2,
            "seed": [0, 0, 0, 1, 1, 1],
            "tier": ["10;5", "10;5", "9;5", "8;4", "8;3", np.nan],
            "objective": [9.0, 8.0, 7.0, 6.0, 8.0, np.nan],
            "gap": [0.0, 0.1, np.nan, 0.0, np.nan, np.nan],
            "seconds": [1.0, 0.1, 0.1, 1.0, 0.1, np.nan],
            "note": ["", "", "", "", "", "no time"],
        }
    )


def test_best_is_the_best_at_the_best_tiers() -> None:
    """A larger objective at lower tiers does not win; tiers are means over seeds."""
    found = standing_of(two_seeds())
    assert found.goals["sequential"] == (9.0, 4.0)
    assert found.best == "portfolio"
    assert found.shares["sequential"] == pytest.approx(8 / 7.5)
    assert found.missed == {"portfolio": 0, "sequential": 0, "stable": 1}


def test_gap_of_some_seeds_is_not_shown_as_that_of_all() -> None:
    """A mean gap needs a gap on every seed; notes say on which seed there is no answer."""
    text = as_markdown(two_seeds(), time_limit=5, tiers={"x": ("reached:1", "waited:1")})
    assert "| portfolio | 9;4.5 | **7.5** | 0 % |" in text
    assert "| sequential | 9;4 | 8 |  |" in text
    assert "Tiers: reached:1, waited:1." in text
    assert "- stable: no time (seed 1)" in text


def test_chart_is_well_formed_and_inert() -> None:
    """The chart parses as XML with a title, and a hostile cohort name is text."""
    root = ET.fromstring(as_svg(rows()))  # noqa: S314 our own figure
    assert root[0].tag.endswith("title")
    assert not [element for element in root.iter() if element.tag.endswith("}b")]
    dots = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(dots) == 1 + 2 * 2  # the key, then objective and seconds of two methods
    assert "no answer" in "".join(root.itertext())


def test_chart_tells_who_misses_a_tier() -> None:
    """An answer at lower tiers is a hollow dot, even where its objective is larger."""
    root = ET.fromstring(as_svg(two_seeds()))  # noqa: S314 our own figure
    fills = [e.get("fill") for e in root.iter() if e.tag.endswith("circle")]
    assert fills.count("#ffffff") == 2  # sequential and stable
