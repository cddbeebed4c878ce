"""A kind of feature from outside: declared once, usable everywhere, and watched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.features.helpers import block, features_of
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.config import Config, feature_kinds, load_config
from matcher.errors import ConfigError
from matcher.features import register
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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("astype(float)", "astype(float) * 2"), r"returns values outside \[0, 1\]"),
        (("alike.astype(float),", "alike.astype(float)[:0],"), "fails with|returns shape"),
        (("pairs.mentee(self.mentee)", "self.nothing"), "fails with AttributeError in compare"),
        (('row[0][:n] if row else ""', 'row["x"]'), "fails with TypeError"),
        (("return Initial(", "return len("), "fails with TypeError|without compare"),
    ],
)
def test_a_kind_that_fails_is_a_finding(site: Path, change: tuple[str, str], said: str) -> None:
    """The feature, the kind, and no word of what people wrote."""
    exec(INITIAL.replace(*change), {"__name__": "town_kinds"})  # noqa: S102 our own page
    with pytest.raises(ConfigError, match=f"feature one: kind initial of town_kinds .*({said})"):
        features_of(
            block("initial"), [{"town": "Leeds"}], [{"town": "Leeds"}, {"town": "Bath"}]
        ).block(np.array([0]), np.zeros((1, 2), dtype=np.int8))


def test_nobody_takes_the_name_of_a_known_kind() -> None:
    """A kind of matcher, or of another module, keeps its name."""
    with pytest.raises(ValueError, match="gap is registered already, by matcher"):
        register("gap", words="", meaning="")(lambda answers: None)
