"""Synthetic cohorts: valid raw tables, reproducible, with a truth that behaves as documented."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cohort.tables import MAX_CONTACTS, MAX_NOTES, TABLES
from matcher.errors import ConfigError, StorageError
from matcher.intake import read_cohort
from matcher.lab.synthetic import (
    DEFAULT_EFFECTS,
    FAMILIES,
    draw_cohort,
    make_cohort,
    pair_quality,
    realised_outcome,
    write_cohort,
)
from matcher.lab.synthetic.latent import managers
from matcher.lab.synthetic.outcome import hashed_normal

SMALL = sorted(set(FAMILIES) - {"civil_service", "university"})


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_family_has_its_size_and_only_known_columns(name: str) -> None:
    """Every family has the people it promises and no column outside the declared tables."""
    tables = make_cohort(name, 3)
    assert len(tables["mentees"]) == FAMILIES[name].mentees
    assert len(tables["mentors"]) == FAMILIES[name].mentors
    for table, frame in tables.items():
        spec = TABLES[table]
        if table != "groups":
            assert [column for column in frame if spec.find(str(column)) is None] == []
        assert set(spec.required) <= set(frame)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_choices_are_of_the_vocabulary(name: str) -> None:
    """Every ticked word and every choice is one that the tables allow."""
    for table, frame in make_cohort(name, 5).items():
        for column in frame:
            spec = TABLES[table].find(str(column))
            if spec is None or not spec.choices:
                continue
            said = set(frame[column].str.split(";").explode()) - {""}
            assert said <= set(map(str, spec.choices)), (table, column)


def test_same_seed_same_tables_other_seed_others() -> None:
    """A cohort follows from family and seed alone."""
    first, again, other = (make_cohort("small", seed) for seed in (1, 1, 2))
    for table in first:
        pd.testing.assert_frame_equal(first[table], again[table])
    assert not first["mentees"].equals(other["mentees"])


def test_people_in_both_roles_are_one_person() -> None:
    """Somebody in both tables has the same name, address and place of work in each."""
    tables = make_cohort("reciprocal", 4)
    both = tables["mentees"].merge(tables["mentors"], on="person_id", suffixes=("", "_mentor"))
    assert len(both) == FAMILIES["reciprocal"].both
    for column in ("name", "email", "organisation"):
        assert (both[column] == both[f"{column}_mentor"]).all()


def test_audits_keep_their_limits() -> None:
    """No audit names more contacts or notes than the form takes, or ties of unlisted people."""
    tables = make_cohort("university", 2)
    contacts = tables["contacts"]
    assert contacts.groupby("person_id").size().max() <= MAX_CONTACTS
    assert not contacts.duplicated(["person_id", "contact_id"]).any()
    assert tables["audit_notes"].groupby(["person_id", "kind"]).size().max() <= MAX_NOTES
    named = set(zip(contacts["person_id"], contacts["contact_id"], strict=True))
    ties = tables["contact_ties"]
    for end in ("contact_id", "other_contact_id"):
        assert set(zip(ties["person_id"], ties[end], strict=True)) <= named


@pytest.mark.parametrize("name", SMALL)
def test_no_pair_is_spoken_of_twice(name: str) -> None:
    """Rules, engagements and vetoes never contradict each other or pair a person with themself."""
    tables = make_cohort(name, 6)
    veto = tables["preferences"].query("veto == 'yes'")
    said = [
        *tables["rules"][["mentee_id", "mentor_id"]].itertuples(index=False, name=None),
        *tables["engagements"][["mentee_id", "mentor_id"]].itertuples(index=False, name=None),
        *veto[["person_id", "other_id"]].itertuples(index=False, name=None),
    ]
    assert len(said) == len(set(said))
    assert all(a != b for a, b in said)


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 99))
def test_managers_form_a_forest_by_experience(people: int, places: int, seed: int) -> None:
    """Each department has one top, all others report upwards in experience."""
    rng = np.random.default_rng(seed)
    department, years = rng.integers(0, places, people), rng.integers(0, 9, people).astype(float)
    above = managers(department, years)
    led = above >= 0
    assert (~led).sum() == len(np.unique(department))
    assert (department[above[led]] == department[led]).all()
    assert (years[above[led]] >= years[led]).all()
    climb = np.arange(people)
    for _ in range(people):
        climb = np.where(climb >= 0, above[climb], -1)
    assert (climb == -1).all()


def test_hashed_normal_is_standard_normal_and_keeps_its_draw() -> None:
    """Chemistry is standard normal and depends on the pair and seed alone."""
    first, second = np.divmod(np.arange(200_000), 500)
    drawn = hashed_normal(first, second, 7)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01
    np.testing.assert_array_equal(hashed_normal(first[5:9], second[5:9], 7), drawn[5:9])
    assert not np.array_equal(hashed_normal(first, second, 8), drawn)


@pytest.mark.slow
def test_pair_quality_has_the_declared_correlation_with_similarity() -> None:
    """Across random pairs, quality goes with deep similarity as strongly as Effects says."""
    people = draw_cohort("civil_service", 1).people
    rng = np.random.default_rng(0)
    mentee, mentor = rng.choice(people.mentees, 40_000), rng.choice(people.mentors, 40_000)
    quality = pair_quality(people, mentee, mentor)
    distance = np.abs(people.personal_values[mentee] - people.personal_values[mentor]).mean(axis=1)
    assert np.corrcoef(quality, -distance)[0, 1] == pytest.approx(
        DEFAULT_EFFECTS.similarity, abs=0.04
    )


def test_outcome_without_a_match_is_only_luck() -> None:
    """An unmatched mentee expects nothing, and every mentee has a row."""
    people = draw_cohort("small", 1).people
    result = realised_outcome(people, pd.DataFrame({"mentee_id": [], "mentor_id": []}))
    assert len(result) == len(people.mentees)
    assert (result["expected"] == 0).all()
    assert result["outcome"].std() > 0


def test_outcome_of_one_portfolio_by_hand() -> None:
    """A portfolio of two is worth what the formula says, computed here facet by facet."""
    people = draw_cohort("small", 1).people
    ids = people.ids
    mentee, mentors = people.mentees[3], people.mentors[[1, 4]]
    pairs = pd.DataFrame({"mentee_id": ids[mentee], "mentor_id": ids[mentors]})
    effects = replace(DEFAULT_EFFECTS, noise=0.0)
    row = realised_outcome(people, pairs, effects=effects, seed=5).iloc[3]
    quality = sorted(pair_quality(people, np.repeat(mentee, 2), mentors, effects, 5), reverse=True)
    relation = sum(0.5**k * (effects.base + effects.relation * q) for k, q in enumerate(quality))
    high, low = people.offer[mentors].max(axis=0), people.offer[mentors].min(axis=0)
    held = [min(1.0, a + effects.second_cover * b) for a, b in zip(high, low, strict=True)]
    cover = sum(need * share for need, share in zip(people.need[mentee], held, strict=True))
    expected = relation + effects.coverage * cover - effects.overhead
    assert row["coverage"] == pytest.approx(cover)
    assert row["outcome"] == pytest.approx(expected)


def test_outcome_does_not_depend_on_the_order_of_pairs() -> None:
    """Shuffled rows of the same match give the same outcomes."""
    cohort = draw_cohort("plentiful", 2)
    ids = cohort.people.ids
    rng = np.random.default_rng(1)
    pairs = pd.DataFrame(
        {
            "mentee_id": ids[rng.choice(cohort.people.mentees, 150)],
            "mentor_id": ids[rng.choice(cohort.people.mentors, 150)],
        }
    ).drop_duplicates()
    straight = realised_outcome(cohort.people, pairs, seed=3)
    shuffled = realised_outcome(cohort.people, pairs.sample(frac=1, random_state=2), seed=3)
    pd.testing.assert_frame_equal(straight, shuffled)


def test_unknown_id_and_unknown_family_are_named() -> None:
    """A family or person that does not exist is an error that says so."""
    with pytest.raises(ConfigError, match="civil_service"):
        draw_cohort("civil", 1)
    pairs = pd.DataFrame({"mentee_id": ["nobody"], "mentor_id": ["P0001"]})
    with pytest.raises(KeyError, match="nobody"):
        realised_outcome(draw_cohort("small", 1).people, pairs)


def test_written_files_read_back_as_text(tmp_path: Path) -> None:
    """A written cohort holds the same cells, and a path that is a file is a storage error."""
    tables = make_cohort("small", 9)
    folder = write_cohort(tables, tmp_path / "cohort")
    back = pd.read_csv(folder / "mentees.csv", dtype=str, keep_default_na=False)
    assert (back == tables["mentees"].astype(str)).to_numpy().all()
    with pytest.raises(StorageError, match="E_WRITE"):
        write_cohort(tables, folder / "mentees.csv")


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_family_loads_without_a_finding(name: str, tmp_path: Path) -> None:
    """The reader takes every family as it is written: nothing rejected, only old contacts told."""
    cohort = read_cohort(write_cohort(make_cohort(name, 11), tmp_path))
    assert {finding.code for finding in cohort.findings} <= {"W_STALE_CONTACT"}
    assert all(count.read == count.used for count in cohort.rows.values())
