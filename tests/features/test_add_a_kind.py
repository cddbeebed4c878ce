"""A kind of feature from outside: declared once, usable everywhere, and watched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.features.helpers import block, features_of
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.config import Config, feature_kinds, load_config
from matcher.errors import ConfigError
from matcher.features import register
from matcher.finished_run import read_files
from matcher.privacy.statement import statement

INITIAL = """\
from dataclasses import dataclass

import numpy as np

from matcher.features import BlockAnswers, BothStated, register, where_answered


@dataclass(frozen=True)
class Initial(BothStated):
    by_mentee = ("mentee_stated", "mentee")
    mentee: np.ndarray
    mentor: np.ndarray

    def compare(self, pairs, approach):
        alike = pairs.mentee(self.mentee) == pairs.mentor(self.mentor)
        return where_answered(alike.astype(float), self.both(pairs))


@register("initial", words="whether the towns begin alike", meaning="1 for one first letter.",
          mentee=("town",), columns="one", options={"letters": 1})
def initial(answers: BlockAnswers) -> Initial:
    n = int(answers.options["letters"])
    sides = [[row[0][:n] if row else "" for row in side]
             for side in answers.items(*(side[0] for side in answers.block.columns))]
    mentee, mentor = (np.array(side) for side in sides)
    return Initial(mentee != "", mentor != "", mentee, mentor)
"""
CONFIG = """\
[[features]]
name = "near_home"
kind = "initial"
weight = 1.0
options = { letters = 2 }
"""


def install(folder: Path, code: str = INITIAL, name: str = "town-kinds") -> Path:
    """Put a distribution with one kind into a folder, as an installer would."""
    module = name.replace("-", "_")
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[matcher.features]\ninitial = {module}\n")
    return folder


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of packages that are found; what they register is forgotten again."""
    folder = tmp_path / "site"
    monkeypatch.syspath_prepend(str(folder))
    known = {kind.name: kind for kind in feature_kinds.built_in_kinds()}
    feature_kinds._entry_points.cache_clear()
    yield folder
    for module in ("town_kinds", "other_kinds"):
        sys.modules.pop(module, None)
    feature_kinds._kinds.clear()
    feature_kinds._kinds.update(known)
    feature_kinds._entry_points.cache_clear()


def towns(folder: Path) -> Path:
    """Write a cohort that asks for towns, and a config that compares them."""
    names = ["Leeds", "Leicester", "York", "London", "Bath", ""]
    mentees = [{**row, "town": town} for row, town in zip(MENTEES, names, strict=True)]
    mentors = [{**row, "town": town} for row, town in zip(MENTORS, names[:4], strict=True)]
    write_cohort(folder, {"mentees": mentees, "mentors": mentors})
    (folder / "matcher.toml").write_text(CONFIG)
    return folder


@pytest.mark.slow
def test_a_kind_of_another_distribution_goes_all_the_way(site: Path, tmp_path: Path) -> None:
    """Match, explain, transparency and report know it; the manifest says where it comes from."""
    install(site)
    cohort, run = towns(tmp_path / "cohort"), tmp_path / "run"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def matcher(*arguments: object) -> str:
        command = [sys.executable, "-m", "matcher", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    matcher("match", cohort, "-o", run)
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert manifest["versions"]["initial"] == "town-kinds 1.2"
    assert manifest["checker"]["ok"]
    assert "near_home,true,1.0" in (run / "contributions.csv").read_text("utf-8")
    assert "near_home" in matcher("explain", run, "e0")
    said = matcher("transparency", cohort)
    assert "near home, that is whether the towns begin alike (answers: town)" in said
    matcher("report", run)
    assert "Near home" in (run / "report.html").read_text("utf-8")


def test_a_program_registers_a_kind(site: Path) -> None:
    """A decorated function is enough; the kind's own columns and options are its defaults."""
    exec(INITIAL, {"__name__": "town_kinds"})  # noqa: S102 our own page
    made = features_of(block("initial"), [{"town": "Leeds"}], [{"town": "Leeds"}, {"town": "Bath"}])
    values, answered = made.block(np.array([0]), np.zeros((1, 2), dtype=np.int8))
    assert (values.tolist(), answered.all()) == ([[[1.0, 0.0]]], True)
    assert "begin alike" in statement(Config(features=(block("initial"),)))
    assert feature_kinds.foreign_sources(["initial", "gap"]) == {"initial": "town_kinds"}


def test_an_unknown_kind_names_the_choices(tmp_path: Path) -> None:
    """The line, all kinds, and the near one."""
    (tmp_path / "c.toml").write_text('[[features]]\nname = "a"\nkind = "overlop"\nweight = 1\n')
    said = r"'availability', .*'wishes'; did you mean overlap"
    with pytest.raises(ConfigError, match=said) as no:
        load_config(tmp_path / "c.toml")
    assert no.value.findings[0].row == 3
    with pytest.raises(ConfigError, match="no feature kind overlop; choose from availability"):
        feature_kinds.kind_of("overlop")


def test_options_are_those_of_the_kind(site: Path, tmp_path: Path) -> None:
    """An option that the kind does not have, or of another type, is found with its key."""
    install(site)
    for options, said in (("{ words = 2 }", "has: letters"), ('{ letters = "2" }', "is not like")):
        (tmp_path / "c.toml").write_text(CONFIG.replace("{ letters = 2 }", options))
        with pytest.raises(ConfigError, match=f"features.near_home.options.*{said}"):
            load_config(tmp_path / "c.toml")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nowhere_to_be_found", "town-kinds fails on import: ModuleNotFoundError"),
        ("x = 1", "town-kinds does not register it"),
    ],
)
def test_a_kind_that_cannot_be_loaded_is_a_finding(site: Path, code: str, said: str) -> None:
    """The distribution is named."""
    install(site, code)
    with pytest.raises(ConfigError, match=f"E_CONFIG ::features: kind initial: {said}"):
        feature_kinds.kind_of("initial")


def test_two_distributions_with_one_kind_are_a_finding(site: Path) -> None:
    """Which of the two would count is for nobody to guess."""
    install(site)
    install(site, name="other-kinds")
    with pytest.raises(ConfigError, match="declared by other-kinds, town-kinds"):
        feature_kinds.kind_of("initial")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("astype(float)", "astype(float) * 2"), r"returns values outside \[0, 1\]"),
        (("alike.astype(float),", "alike.astype(float)[:0],"), "fails with|returns shape"),
        (("pairs.mentee(self.mentee)", "self.nothing"), "fails with AttributeError in compare"),
        (('row[0][:n] if row else ""', 'row["x"]'), "fails with TypeError"),
        (("return Initial(", "return len("), "fails with TypeError|without compare"),
        (("alike.astype(float),", "np.where(alike, np.nan, 1.0),"), r"values outside \[0, 1\]"),
        (("return where_answered(", "return print("), "returns NoneType where Compared"),
        (('mentee != "",', "len(mentee) > 0,"), r"shape \(\) from stated_by_mentee.*shape \(1,\)"),
        (('mentor != "",', "mentor,"), "from stated_by_mentor, where bool"),
    ],
)
def test_a_kind_that_fails_is_a_finding(site: Path, change: tuple[str, str], said: str) -> None:
    """The feature, the kind, and no word of what people wrote."""
    exec(INITIAL.replace(*change), {"__name__": "town_kinds"})  # noqa: S102 our own page
    with pytest.raises(ConfigError, match=f"feature one: kind initial of town_kinds .*({said})"):
        features_of(
            block("initial"), [{"town": "Leeds"}], [{"town": "Leeds"}, {"town": "Bath"}]
        ).block(np.array([0]), np.zeros((1, 2), dtype=np.int8))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Near home"}, "kind Near home: name: .* pattern"),
        ({"words": ""}, "kind near: words: "),
        ({"mentee": "town"}, "kind near: mentee: .* tuple"),
        ({"neutral": float("nan")}, "kind near: neutral: "),
        ({"neutral": 1.5}, "kind near: neutral: "),
        ({"colums": "one"}, "kind near: colums: there is no such field; choose from name, words"),
        ({"columns": "two"}, "kind near: columns: .*'paired'"),
        ({"options": {"reach": float("inf")}}, "kind near: options.reach: a default is"),
        ({"options": {"reach": [1]}}, "kind near: options.reach: a default is"),
        ({"by_approach": ("reverse", "buddy")}, "kind near: by_approach.1: choose from dev"),
        ({"check": 1}, "kind near: check: .*callable"),
    ],
)
def test_a_kind_that_is_declared_wrongly_is_a_finding(change: dict[str, Any], said: str) -> None:
    """Each field has its type and range; nothing is registered."""
    declared = {"name": "near", "words": "a", "meaning": "b"} | change
    with pytest.raises(ConfigError, match=f"E_CONFIG ::features: {said}"):
        register(**declared)(lambda answers: None)
    assert not feature_kinds.is_known("near")


def test_all_that_is_wrong_with_a_declaration_is_told_at_once() -> None:
    """One line a field; what is no function makes no feature."""
    with pytest.raises(ConfigError) as no:
        register("near", words="", meaning="", neutral=-1.0)(7)  # type: ignore[type-var]
    assert len(no.value.findings) == 4


def test_a_name_is_taken_once(site: Path) -> None:
    """A second function of the same name does not replace the first in silence."""

    def near(answers: object) -> None:
        pass

    def also_near(answers: object) -> None:
        pass

    register("near", words="a", meaning="b")(near)
    register("near", words="a", meaning="b")(near)
    with pytest.raises(ConfigError, match=r"kind near is registered already, by .*near"):
        register("near", words="a", meaning="b")(also_near)


def test_a_check_that_fails_and_a_table_that_is_none_are_findings(
    site: Path, tmp_path: Path
) -> None:
    """The kind is named, whether it fails over the config or over the cohort."""
    exec(INITIAL.replace('columns="one"', "check=len"), {"__name__": "town_kinds"})  # noqa: S102
    (tmp_path / "c.toml").write_text(CONFIG)
    with pytest.raises(ConfigError, match="check of kind initial fails with TypeError"):
        load_config(tmp_path / "c.toml")
    exec(  # noqa: S102
        INITIAL.replace('columns="one"', 'table="towns"'), {"__name__": "town_kinds"}
    )
    with pytest.raises(ConfigError, match="feature one: kind initial reads table towns"):
        features_of(block("initial"), [{"town": "Leeds"}], [{"town": "Leeds"}])


def test_a_run_whose_kind_is_not_installed_is_told_in_one_line(tmp_path: Path) -> None:
    """It is no forgery: the kind and the distribution that the run used are named."""
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "manifest.json").write_text('{"versions": {"initial": "town-kinds 1.2"}}')
    (tmp_path / "summary.json").write_text("{}")
    (finding,) = read_files(tmp_path, {}).findings
    assert finding.code == "C_KIND"
    assert "initial (town-kinds 1.2)" in finding.message


def test_nobody_takes_the_name_of_a_known_kind() -> None:
    """A kind of matcher, or of another module, keeps its name."""
    with pytest.raises(ConfigError, match="gap is registered already, by matcher"):
        register("gap", words="a", meaning="b")(lambda answers: None)
