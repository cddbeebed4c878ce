"""A cohort without an answer: the people, the rules and a remedy are named, nothing needless."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.folders import write_cohort
from tests.support import make_cohort

from matcher.cli.main import run
from matcher.config import Config
from matcher.errors import InfeasibleError
from matcher.explain.no_answer import raise_without_answer
from matcher.pipeline import build, solve_instance
from matcher.run import match

SEATS = [
    {"name": "outside", "external": True, "min": 1},
    {"name": "apart", "each": "site", "max": 1},
]
TWO_RULES = {"portfolio": {"seats": SEATS, "limit": 2}}


def person(name: str, organisation: str, site: str, **more: object) -> dict[str, object]:
    """Return somebody of an organisation at a site."""
    return {
        "person_id": name,
        "organisation": organisation,
        "site": site,
        "contexts": ("confidence",),
        **more,
    }


def must(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    """Return rules that force pairs."""
    return [{"mentee_id": a, "mentor_id": b, "rule": "must"} for a, b in pairs]


ADA, BEN = person("ada", "North", "Leeds"), person("ben", "North", "York")
MIA = person("mia", "North", "Leeds", capacity=2.0)
NED = person("ned", "South", "Leeds", capacity=2.0)
OLA = person("ola", "East", "Hull", capacity=1.0)
PIA = person("pia", "North", "York", capacity=2.0)


def said(mentees: list[dict[str, object]], mentors: list[dict[str, object]], **more: object) -> str:
    """Return the lines of a match that has no answer."""
    tables = {name: more.pop(name) for name in list(more) if name == "rules"}
    cohort = make_cohort(mentees, mentors, **tables)  # type: ignore[arg-type]
    with pytest.raises(InfeasibleError) as no:
        match(cohort, Config.model_validate({**TWO_RULES, **more}))
    return "\n".join(no.value.lines())


@pytest.mark.slow
def test_rules_that_clash_together_only_are_both_named() -> None:
    """Each rule alone can be kept beside the forced pair; other people and pairs are not named."""
    line = said([ADA, BEN], [MIA, NED, PIA], rules=must(("ada", "mia")))
    assert "I_INFEASIBLE: ada with mia (must)" in line
    assert "at most 1 of one site (seat apart)" in line
    assert "from outside the organisation (seat outside)" in line
    assert "withdraw a forced pair" in line
    assert not {"ben", "ned", "capacity"} & set(line.replace(",", " ").split())


@pytest.mark.slow
def test_people_who_share_too_few_places_are_named_together() -> None:
    """Both need the one mentor who fits beside theirs; who can have another one is left out."""
    dov, cyn = person("dov", "North", "Leeds"), person("cyn", "South", "York")
    rules = must(("ada", "mia"), ("dov", "mia"), ("cyn", "pia"))
    line = said([ADA, dov, cyn], [MIA, NED, OLA, PIA], rules=rules)
    assert "ada with mia (must), dov with mia (must)" in line
    assert "mentor ola can give 1" in line
    assert "raise the capacity of ola" in line
    assert "cyn" not in line
    assert "pia" not in line


@pytest.mark.slow
def test_several_contradictions_are_told_together() -> None:
    """One line a contradiction: who mends the first sees the second as well."""
    rules = must(("ada", "mia"), ("dov", "mia"))
    lines = said([ADA, person("dov", "North", "Leeds")], [MIA, NED], rules=rules)
    assert lines.count("I_INFEASIBLE") == 2


HOMES, SITES = st.sampled_from(["North", "South"]), st.sampled_from(["Leeds", "York"])


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(HOMES, SITES), min_size=4, max_size=4),
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=4),
)
def test_what_is_named_is_enough_and_needed(
    mentors: list[tuple[str, str]], forced: set[tuple[int, int]]
) -> None:
    """The pairs of the first line cannot hold by themselves; without any one the others can."""
    mentees = [person(f"a{i}", "North", "Leeds") for i in range(3)]
    others = [person(f"m{j}", *home, capacity=1.0) for j, home in enumerate(mentors)]
    pairs = [(f"a{i}", f"m{j}") for i, j in sorted(forced)]

    def first(some: list[tuple[str, str]]) -> str:
        cohort = make_cohort(mentees, others, rules=must(*some))
        try:
            instance = build(cohort, Config.model_validate(TWO_RULES))
            raise_without_answer(instance, solve_instance(instance), "")
        except InfeasibleError as no:
            return no.lines()[0]
        return ""

    line = first(pairs)
    if "I_INFEASIBLE" in line:
        named = [pair for pair in pairs if " with ".join(pair) in line]
        assert first(named)
        assert not any(first([p for p in named if p != left]) for left in named)


@pytest.mark.slow
def test_the_command_ends_with_4_and_names_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Positions are for arrays; people read ids."""
    write_cohort(
        tmp_path,
        {
            "mentees": [{"person_id": "ada", "organisation": "North", "site": "Leeds"}],
            "mentors": [
                {"person_id": "mia", "organisation": "North", "site": "Leeds"},
                {"person_id": "ned", "organisation": "South", "site": "Leeds"},
            ],
            "rules": [{"mentee_id": "ada", "mentor_id": "mia", "rule": "must"}],
        },
    )
    (tmp_path / "matcher.toml").write_text(
        "[portfolio]\nmin_external = 1\nmax_same = { site = 1 }\n"
    )
    assert run(["match", str(tmp_path), "-o", str(tmp_path / "run")]) == 4
    assert "ERROR I_INFEASIBLE: ada with mia (must)" in capsys.readouterr().err
