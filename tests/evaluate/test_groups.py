"""Group gaps: means, intervals and hidden cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate.groups import Steps, group_gaps, shown_cells


def frame_of(sizes: dict[str | None, int]) -> pd.DataFrame:
    """Return one attribute with groups of the given sizes."""
    return pd.DataFrame({"kind": [name for name, size in sizes.items() for _ in range(size)]})


def values_of(table: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """Return the rows of one statistic by group."""
    return table[table["statistic"] == statistic].set_index("group")


def test_large_groups_differ_as_they_do_and_gaps_follow() -> None:
    """Means are those of groupby to a step and a half; the gap is between the extremes."""
    groups = frame_of({"a": 300, "b": 200, "c": 500})
    value = np.random.default_rng(1).random(1000) + np.repeat([0.0, 0.5, 0.2], [300, 200, 500])
    table = group_gaps({"value": value}, groups)
    means = pd.Series(value).groupby(groups["kind"]).mean()
    shown = values_of(table, "by_group")["value"]
    for name, size in (("a", 300), ("b", 200), ("c", 500)):
        width = Steps.of(np.sort(value), size).width
        assert width < 0.1
        assert abs(shown[name] - means[name]) <= 1.5 * width + 0.005
    assert values_of(table, "overall")["value"].item() == pytest.approx(value.mean(), abs=0.01)
    gap = values_of(table, "difference").iloc[0]
    assert gap["value"] == pytest.approx(shown["b"] - shown["a"], abs=0.011)
    assert gap["low"] > 0
    ratio = values_of(table, "ratio").iloc[0]
    assert ratio["value"] == pytest.approx(shown["a"] / shown["b"], abs=0.011)
    assert ratio["low"] < ratio["value"] < ratio["high"] < 1


@pytest.mark.slow
def test_groups_that_do_not_stand_out_have_everybodys_mean() -> None:
    """Of groups drawn by chance most are told as everybody, and hardly any beyond one step."""
    rng, told = np.random.default_rng(3), []
    for _ in range(100):
        groups = frame_of({"a": 15, "b": 25})
        value = rng.permutation(rng.beta(5, 3, 40))
        rows = values_of(group_gaps({"v": value}, groups), "by_group")
        told.append(len(set(rows["value"])) == 1)
    assert np.mean(told) > 0.7


@pytest.mark.slow
def test_intervals_hold_the_mean_of_most_samples() -> None:
    """Of groups with a true mean of their own about 95 % of the intervals hold it."""
    rng, held = np.random.default_rng(2), []
    for _ in range(300):
        value = np.concatenate([rng.normal(0.0, 1, 60), rng.normal(0.8, 1, 90)])
        rows = values_of(group_gaps({"v": value}, frame_of({"a": 60, "b": 90})), "by_group")
        held += [rows["low"]["a"] <= 0.0 <= rows["high"]["a"]]
        held += [rows["low"]["b"] <= 0.8 <= rows["high"]["b"]]
    assert 0.9 < np.mean(held) <= 1


def test_rows_follow_from_people_alone() -> None:
    """The same people in the same groups are told alike."""
    groups, value = frame_of({"a": 15, "b": 15}), np.arange(30.0)
    first, again = (group_gaps({"v": value}, groups) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_figures_have_few_digits() -> None:
    """No figure is written finer than a tenth of the steps in which means move."""
    value = np.random.default_rng(4).random(60)
    table = group_gaps({"v": value}, frame_of({"a": 25, "b": 35}))
    for cell in table[["value", "low", "high"]].to_numpy().ravel():
        assert len(repr(float(cell)).partition(".")[2]) <= 3


def test_a_group_too_small_for_any_step_says_so() -> None:
    """A few people who hold all that differs are told as everybody, with a note, no false end."""
    value = np.where(np.arange(200) < 2, 0.0, 1.0)
    rows = values_of(group_gaps({"v": value}, frame_of({"a": 15, "b": 185})), "by_group")
    assert rows["note"]["a"] == "too few people to tell from everybody"
    assert rows["low"]["a"] <= value[:15].mean() + 5e-4 <= rows["high"]["a"]


def test_those_who_all_have_the_same_are_told_exactly() -> None:
    """Where everybody is matched there is nothing to hide."""
    for value in (1.0, 0.26 / 3):  # what is no sum of halves leaves rounding in a mean
        table = group_gaps({"v": np.full(40, value)}, frame_of({"a": 23, "b": 17}))
        rows = values_of(table, "by_group")
        assert rows[["value", "low", "high"]].eq(round(value, 3)).all(axis=None)
        assert rows["note"].eq("").all()
        assert values_of(table, "difference")["value"].item() == 0


def test_small_cell_and_its_complement_are_hidden() -> None:
    """With one small group the next smallest is hidden too, so that neither can be worked out."""
    table = group_gaps({"v": np.arange(64.0)}, frame_of({"a": 4, "b": 20, "c": 40}))
    cells = values_of(table, "by_group")
    assert cells["n"].to_dict() == {"a": "<10", "b": "hidden", "c": "40"}
    assert cells["value"].isna().to_dict() == {"a": True, "b": True, "c": False}
    assert values_of(table, "difference")["value"].isna().all()
    assert "fewer than two" in values_of(table, "difference")["note"].item()


def test_a_newcomer_shows_in_no_list_of_groups() -> None:
    """Whatever is told before and after somebody comes, it may be told of who went elsewhere."""

    def told(size: int) -> set[str]:
        groups = frame_of({"a": size, "b": 60 - size})
        drawn = [group_gaps({"v": np.zeros(60)}, groups, secret=bytes([k])) for k in range(8)]
        return {values_of(table, "by_group")["n"].to_dict().get("a", "") for table in drawn}

    texts = [told(size) for size in range(17)]
    assert texts[:3] == [{""}] * 3, "that there is one or two of a kind is not told"
    assert texts[5:10] == [{"<10"}] * 5, "few, and listed for certain"
    assert all("<10" not in text for text in texts[14:])
    came = {(a, b) for k in range(16) for a in texts[k] for b in texts[k + 1]}
    elsewhere = {(a, b) for text in texts for a in text for b in text}
    assert came <= elsewhere


def test_one_person_who_comes_further_moves_no_step_for_certain() -> None:
    """The step of a group rises and falls also where the one who came further is not in it."""
    groups = frame_of({"a": 18, "b": 22})
    met = np.array([1.0] * 12 + [0.0] * 6 + [1.0] * 4 + [0.0] * 18)
    moved = set()
    for person in range(22, 40):
        after = met.copy()
        after[person] = 1.0
        rows = values_of(group_gaps({"met": after}, groups), "by_group")
        moved.add(np.sign(round(rows["value"]["a"] - after.mean(), 2)))
    assert len(moved) > 1


def test_those_who_did_not_say_are_a_cell_but_not_compared() -> None:
    """Missing attributes are shown as not stated and never the extreme of a gap."""
    value = np.concatenate([np.zeros(20), np.ones(20), np.full(20, 9.0)])
    table = group_gaps({"v": value}, frame_of({"a": 20, "b": 20, None: 20}))
    shown = values_of(table, "by_group")["value"]
    assert shown["(not stated)"] > 5 > shown["a"]
    gap = values_of(table, "difference")["value"].item()
    assert gap == pytest.approx(abs(shown["a"] - shown["b"]))


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
    table = group_gaps({"v": value}, frame_of({"a": 20, "b": 20}))
    assert values_of(table, "ratio")["value"].isna().all()
    assert values_of(table, "difference")["value"].item() > 1.0
