"""Group gaps: means, intervals and hidden cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate.groups import Bootstrap, group_gaps, shown_cells

FEW = Bootstrap(samples=200)


def frame_of(sizes: dict[str | None, int]) -> pd.DataFrame:
    """Return one attribute with groups of the given sizes."""
    return pd.DataFrame({"kind": [name for name, size in sizes.items() for _ in range(size)]})


def values_of(table: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """Return the rows of one statistic by group."""
    return table[table["statistic"] == statistic].set_index("group")


def test_means_difference_and_ratio_equal_pandas() -> None:
    """Overall and group means are those of groupby; the gap is between the extremes."""
    groups = frame_of({"a": 30, "b": 20, "c": 50})
    value = np.random.default_rng(1).random(100) + np.repeat([0.0, 0.5, 0.2], [30, 20, 50])
    table = group_gaps({"value": value}, groups, bootstrap=FEW)
    means = pd.Series(value).groupby(groups["kind"]).mean()
    shown = values_of(table, "by_group")["value"]
    pd.testing.assert_series_equal(shown, means, check_names=False)
    assert values_of(table, "overall")["value"].item() == pytest.approx(value.mean())
    assert values_of(table, "difference")["value"].item() == pytest.approx(means["b"] - means["a"])
    assert values_of(table, "ratio")["value"].item() == pytest.approx(means["a"] / means["b"])


def test_intervals_hold_the_mean_and_follow_the_normal_theory() -> None:
    """A bootstrap interval of a mean is close to 1.96 standard errors on each side."""
    value = np.random.default_rng(2).standard_normal(400)
    table = group_gaps({"v": value}, frame_of({"a": 200, "b": 200}))
    row = values_of(table, "by_group").loc["a"]
    error = 1.96 * value[:200].std() / np.sqrt(200)
    assert row["low"] == pytest.approx(value[:200].mean() - error, abs=0.2 * error)
    assert row["high"] == pytest.approx(value[:200].mean() + error, abs=0.2 * error)


def test_same_seed_same_frame() -> None:
    """Intervals follow from the seed alone, and rows from nothing else."""
    groups, value = frame_of({"a": 15, "b": 15}), np.arange(30.0)
    first, again, other = (
        group_gaps({"v": value}, groups, bootstrap=Bootstrap(100, seed=seed)) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first, again)
    assert not first["low"].equals(other["low"])


def test_small_cell_and_its_complement_are_hidden() -> None:
    """With one small group the next smallest is hidden too, so that neither can be worked out."""
    table = group_gaps({"v": np.arange(64.0)}, frame_of({"a": 4, "b": 20, "c": 40}), bootstrap=FEW)
    cells = values_of(table, "by_group")
    assert cells["n"].to_dict() == {"a": "<10", "b": "hidden", "c": "40"}
    assert cells["value"].isna().to_dict() == {"a": True, "b": True, "c": False}
    assert values_of(table, "difference")["value"].isna().all()
    assert "fewer than two" in values_of(table, "difference")["note"].item()


def test_those_who_did_not_say_are_a_cell_but_not_compared() -> None:
    """Missing attributes are shown as not stated and never the extreme of a gap."""
    value = np.concatenate([np.zeros(20), np.ones(20), np.full(20, 9.0)])
    table = group_gaps({"v": value}, frame_of({"a": 20, "b": 20, None: 20}), bootstrap=FEW)
    assert values_of(table, "by_group")["value"].to_dict() == {"(not stated)": 9.0, "a": 0, "b": 1}
    assert values_of(table, "difference")["value"].item() == 1.0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7), st.integers(1, 15))
def test_hidden_cells_cannot_be_worked_out(sizes: list[int], least: int) -> None:
    """No small cell is shown, and hidden ones are none, all, or several of enough people."""
    counts = np.array(sizes)
    shown = shown_cells(counts, least)
    assert (counts[shown] >= least).all()
    hidden = counts[~shown]
    assert len(hidden) == 0 or not shown.any() or (len(hidden) >= 2 and hidden.sum() >= least)


def test_nobody_and_nothing() -> None:
    """Empty metrics or people give an empty frame or missing values, not an error."""
    assert group_gaps({}, frame_of({"a": 3})).empty
    table = group_gaps({"v": np.empty(0)}, frame_of({}))
    assert table["value"].isna().all()


def test_negative_means_have_no_ratio() -> None:
    """A ratio of means is only told where both are positive."""
    value = np.repeat([-1.0, 1.0], 20)
    table = group_gaps({"v": value}, frame_of({"a": 20, "b": 20}), bootstrap=FEW)
    assert values_of(table, "ratio")["value"].isna().all()
    assert values_of(table, "difference")["value"].item() == 2.0
