"""The page and the chart of a benchmark say what the table says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd

from matcher.bench.compare import ordered, with_shared_gaps
from matcher.bench.report import as_markdown, as_svg


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
    assert with_shared_gaps(rows())["gap"].tolist()[:2] == [0.01, 0.2]


def test_bound_of_other_tiers_is_not_used() -> None:
    """A bound at another level of the tiers says nothing about an answer."""
    table = rows()
    table.loc[1, "tier"] = "9"
    assert np.isnan(with_shared_gaps(table)["gap"][1])


def test_columns_stand_in_the_order_of_the_contract() -> None:
    """First the contract's columns, then metrics, the note last."""
    table = ordered(rows()[["note", "coverage", "method", "cohort"]])
    assert list(table)[:2] == ["cohort", "method"]
    assert list(table)[-2:] == ["coverage", "note"]
    assert "peak_mb" in table


def test_page_holds_figures_and_notes() -> None:
    """Each method has a row, a share is shown in percent, and why one could not run is said."""
    text = as_markdown(rows(), time_limit=5)
    assert "| portfolio | 10 | 9.9 | 1 % |" in text
    assert "- flow: cannot express it" in text


def test_chart_is_well_formed_and_inert() -> None:
    """The chart parses as XML with a title, and a hostile cohort name is text."""
    root = ET.fromstring(as_svg(rows()))
    assert root[0].tag.endswith("title")
    assert not [element for element in root.iter() if element.tag.endswith("}b")]
    assert len([element for element in root.iter() if element.tag.endswith("circle")]) == 2
