from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.config import Config, FeatureConfig, load_config, packaged_names, packaged_text
from matcher.config.config import default_features
from matcher.config.sections import Portfolio, SeatConfig
from matcher.errors import ConfigError, Finding

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a config file and gives its path."""

    def write_file(content: str | bytes, name: str = "own.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def findings(path: str | Path | None, *overrides: str) -> tuple[Finding, ...]:
    """Return what is wrong with a config."""
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides=overrides)
    assert caught.value.exit_code == 2
    return caught.value.findings


def only(path: str | Path | None, *overrides: str) -> Finding:
    """Return the one thing that is wrong."""
    (finding,) = findings(path, *overrides)
    return finding


def test_an_empty_config_is_the_default(write: Write) -> None:
    """Nothing said means the defaults of the models."""
    assert load_config(write("")) == load_config() == Config()


def test_a_full_config_equals_the_constructor(write: Write) -> None:
    """A file says what the constructor says, for values of every kind."""
    path = write(
        """
        [programme]
        name = "Spring"
        as_of = 2026-03-31
        approaches = ["reverse", "developmental"]
        grades = ["A", "B"]
        [input]
        duplicates = "latest"
        [columns]
        "What?" = "contexts"
        [columns.mentees]
        "Who?" = "name"
        [scales.need_why]
        "Not at all" = 0
        "Prefer not to say" = "missing"
        [portfolio]
        limit = 1
        coverage = 1
        [[portfolio.seats]]
        name = "apart"
        each = "organisation"
        max = 1
        [objective]
        fairness = "max-min"
        [[features]]
        name = "gap"
        kind = "gap"
        weight = 2
        missing = 0.25
        shape = [[0, 0], [5, 1]]
        """
    )
    assert load_config(path) == Config.model_validate(
        {
            "programme": {
                "name": "Spring",
                "as_of": "2026-03-31",
                "approaches": ("reverse", "developmental"),
                "grades": ("A", "B"),
            },
            "input": {"duplicates": "latest"},
            "columns": {"What?": "contexts", "mentees": {"Who?": "name"}},
            "scales": {"need_why": {"Not at all": 0.0, "Prefer not to say": "missing"}},
            "portfolio": Portfolio(
                limit=1,
                coverage=1.0,
                seats=(SeatConfig(name="apart", each="organisation", max=1),),
            ),
            "objective": {"fairness": "max-min"},
            "features": (
                FeatureConfig(
                    name="gap",
                    kind="gap",
                    weight=2.0,
                    missing=0.25,
                    shape=((0.0, 0.0), (5.0, 1.0)),
                ),
            ),
        }
    )


def test_windows_files_load(write: Write) -> None:
    """A byte order mark and CRLF line ends are accepted."""
    path = write("\ufeff[portfolio]\r\nlimit = 1\r\n")
    assert load_config(path).portfolio.limit == 1


def test_extends_merges_tables_and_replaces_lists(write: Write) -> None:
    """Files further down the chain win key by key; a list is taken whole."""
    write('[portfolio]\nlimit = 1\nalike = ["site", "pool"]\n[columns]\na = "name"', "base.toml")
    path = write('extends = "base.toml"\n[portfolio]\nalike = ["site"]\n[columns]\nb = "email"')
    config = load_config(path)
    assert config.portfolio == Portfolio(limit=1, alike=("site",))
    assert config.columns == {"a": "name", "b": "email"}


def test_extends_is_relative_to_the_file(write: Write, tmp_path: Path) -> None:
    """Not to the folder that the command was called from."""
    (tmp_path / "deeper").mkdir()
    write("[portfolio]\nlimit = 3", "base.toml")
    path = write('extends = "../base.toml"', "deeper/own.toml")
    assert load_config(path).portfolio.limit == 3


def test_feature_blocks_replace_and_feature_tables_change(write: Write) -> None:
    """A block list is the questionnaire; a table by name changes one inherited feature."""
    table = load_config(write('extends = "default"\n[features.need_fit]\nweight = 0.5'))
    assert [feature.name for feature in table.features] == [f.name for f in default_features()]
    assert table.features[0].weight == 0.5
    assert table.features[1:] == default_features()[1:]
    block = load_config(write('[[features]]\nname = "a"\nkind = "facets"\nweight = 1'))
    assert [feature.name for feature in block.features] == ["a"]


def test_overrides_win_over_files(write: Write) -> None:
    """Values are TOML, bare words are texts, and features are addressed by name."""
    config = load_config(
        write("[portfolio]\nlimit = 1"),
        overrides=[
            "portfolio.limit=3",
            "programme.name = Spring = cohort",
            "features.need_fit.weight=0.4",
            "solver.time_limit=2.5",
            'columns."a = b"=name',
        ],
    )
    assert config.portfolio.limit == 3
    assert config.programme.name == "Spring = cohort"
    assert config.features[0].weight == 0.4
    assert config.solver.time_limit == 2.5
    assert config.columns == {"a = b": "name"}


def test_an_empty_text_unsets_what_may_be_unset(write: Write) -> None:
    """TOML has no null, so this is how a child takes back a limit of its parent."""
    write("[solver]\ntime_limit = 5\n[programme]\nas_of = 2026-01-01", "base.toml")
    path = write('extends = "base.toml"\n[solver]\ntime_limit = ""\n[programme]\nas_of = ""')
    assert load_config(path) == Config()


def test_the_cohort_brings_its_own_config(tmp_path: Path) -> None:
    """A matcher.toml in the folder counts only where no config is named."""
    assert load_config(cohort=tmp_path) == Config()
    (tmp_path / "matcher.toml").write_text("[portfolio]\nlimit = 1")
    assert load_config(cohort=tmp_path).portfolio.limit == 1
    assert load_config("default", cohort=tmp_path).portfolio.limit == 2
    assert load_config(cohort="sqlite:///cohort.db") == Config()


@pytest.mark.parametrize("name", packaged_names())
def test_ready_configs_load_by_name(name: str) -> None:
    """Each packaged config is valid and its weights are shares of one.

    The reach of sponsors comes on top: it counts only where sponsors are asked for it.
    """
    config = load_config(name)
    weights = {feature.name: feature.weight for feature in config.features}
    assert sum(weights.values()) - weights.get("sponsor_reach", 0.0) == pytest.approx(1)
    assert all(feature.reason for feature in config.features)


@pytest.mark.parametrize(
    ("text", "row", "column", "said"),
    [
        ("[portfolio]\n\nlimt = 2", 3, "portfolio.limt", "did you mean limit?"),
        ("x = 1", 1, "x", "choose from extends, answers,"),
        ("limit = 2", 1, "limit", "did you mean portfolio.limit?"),
        ('[portfolio]\nlimit = "2"', 2, "portfolio.limit", "must be a whole number"),
        ("[portfolio]\nlimit = true", 2, "portfolio.limit", "must be a whole number"),
        ("[portfolio]\ncoverage = 2", 2, "portfolio.coverage", "must be at most 1"),
        ("[portfolio]\nalike = 1", 2, "portfolio.alike", "must be a list"),
        ("[portfolio]\nalike = ['a', 1]", 2, "portfolio.alike.1", "must be a text"),
        ("portfolio = 3", 1, "portfolio", "must be a table"),
        ("[solver]\nmethod = 'portfollio'", 2, "solver.method", "did you mean portfolio?"),
        ("[solver]\nmethod = 'x'", 2, "solver.method", "'flow', 'cp-sat'"),
        ("[objective]\nfairness = 4", 2, "objective.fairness", "'max-min' or at most 3"),
        ("[programme]\nas_of = 'May'", 2, "programme.as_of", "a date such as"),
        ("[programme]\ngrades = ['a', 'b', 'a']", 2, "programme.grades", "a stands in"),
        ("[columns.mentees]\n\nWho = 4", 3, "columns.mentees.Who", "must be a text"),
        ("[tune]\n[[tune.explore]]\nkey = 'a'\nlow = 2\nhigh = 1", 2, "tune.explore.0", "under"),
        ("a = 1\na = 2", 2, "", "given twice"),
        ("[portfolio]\n[portfolio]", 2, "", "given twice"),
        ("a = [", 1, "", "not valid TOML"),
        ("a = 'x", 1, "", "not valid TOML"),
        ("extends = 3", 1, "extends", "must be a text"),
        ("features = 3", 1, "features", "must be a list"),
        ("[features]\nneed_fit = 3", 2, "features.need_fit", "must be a table"),
        ("[features.nedd_fit]\nweight = 3", 1, "features.nedd_fit", "did you mean need_fit?"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    write: Write, text: str, row: int, column: str, said: str
) -> None:
    """File, line, key, and what to write instead."""
    path = write(text)
    finding = only(path)
    assert (finding.code, finding.table, finding.row) == ("E_CONFIG", str(path), row)
    assert finding.column == column
    assert said in finding.line()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[facets.knowing]\ncolumns = ["a"]\noptions = ["b"]', "cannot name a group"),
        ('[facets.topic]\ncolumns = ["a"]\noptions = ["B c", "b  C"]', "twice"),
        ('[facets.topic]\ncolumns = ["a"]\noptions = [" "]', "no word"),
        ('[facets.topic]\ncolumns = ["religion"]\noptions = ["b"]', "protected attribute"),
    ],
)
def test_own_facets_have_names_apart(write: Write, text: str, said: str) -> None:
    """A group or option that could be mistaken for another is refused."""
    with pytest.raises(ConfigError, match=said):
        load_config(write(text))


@pytest.mark.parametrize(
    ("block", "code", "column"),
    [
        ("kind = 'facets'\nweight = -1", "E_WEIGHTS", "features.a.weight"),
        ("kind = 'facets'\nweight = 0", "E_WEIGHTS", "features"),
        ("kind = 'facets'\nweight = nan", "E_NOT_FINITE", "features.a.weight"),
        ("kind = 'facets'\nweight = inf", "E_NOT_FINITE", "features.a.weight"),
        (f"kind = 'facets'\nweight = 0x{'e' * 4_000}", "E_NOT_FINITE", "features.a.weight"),
        ("kind = 'facet'\nweight = 1", "E_CONFIG", "features.a.kind"),
        ("kind = 'facets'", "E_CONFIG", "features.a.weight"),
        ("kind = 'gap'\nweight = 1", "E_CONFIG", "features.a.shape"),
        ("kind = 'gap'\nweight = 1\nshape = [[1, 0], [0, 1]]", "E_CONFIG", "features.a.shape"),
        ("kind = 'closeness'\nweight = 1", "E_CONFIG", "features.a.scale"),
        ("kind = 'closeness'\nweight = 1\nscale = [5, 1]", "E_CONFIG", "features.a.scale"),
        ("kind = 'same'\nweight = 1\nmentee = ['Sex']", "E_PROTECTED_COLUMN", "features.a.mentee"),
        (
            "kind = 'same'\nweight = 1\nmentor = ['groups.x']",
            "E_PROTECTED_COLUMN",
            "features.a.mentor",
        ),
    ],
)
def test_a_wrong_feature_is_told_by_its_name(
    write: Write, block: str, code: str, column: str
) -> None:
    """Each fault of a feature has the code that the list of errors gives it."""
    finding = only(write(f"[[features]]\nname = 'a'\n{block}"))
    assert (finding.code, finding.column) == (code, column)


def test_two_features_of_one_name_are_refused(write: Write) -> None:
    """Contributions and --set could not tell them apart."""
    block = "[[features]]\nname = 'a'\nkind = 'facets'\nweight = 1\n"
    finding = only(write(block * 2))
    assert (finding.code, finding.column) == ("E_CONFIG", "features.a.name")


@pytest.mark.parametrize(
    "text",
    [
        "[portfolio]\nalike = ['Religion or belief']",
        "[portfolio]\nmax_same = { Ethnicity = 1 }",
        "[eligibility]\ndifferent = ['sexual_orientation']",
        "[columns]\nEthnicity = 'expertise'",
        "[columns.mentees]\n'Date of birth' = 'career_years'",
    ],
)
def test_protected_attributes_decide_nothing(write: Write, text: str) -> None:
    """Neither a rule nor a mapping makes a protected attribute part of a match."""
    assert only(write(text)).code == "E_PROTECTED_COLUMN"


def test_protected_attributes_may_be_audited_volunteered_or_left_out(write: Write) -> None:
    """The ways that remain: the table of groups, a person's own wish, and nothing at all."""
    text = "[columns]\nEthnicity = 'groups.ethnicity'\nGender = 'wish_same'\nReligion = 'ignore'"
    assert load_config(write(text)).columns["Gender"] == "wish_same"


def test_all_problems_of_a_pass_come_together(write: Write) -> None:
    """One round is enough to see everything, files and overrides alike."""
    path = write("x = 1\n[portfolio]\nlimit = 'a'\ncoverage = nan\n[features.nope]\nweight = 1")
    found = findings(path, "solver.gap=-1", "features.need_fit.weight=x")
    places = {(finding.table, finding.column) for finding in found}
    assert places == {
        (str(path), "x"),
        (str(path), "portfolio.limit"),
        (str(path), "portfolio.coverage"),
        (str(path), "features.nope"),
        ("--set", "solver.gap"),
        ("--set", "features.need_fit.weight"),
    }


def test_a_mistake_is_looked_for_in_the_file_that_makes_it(write: Write) -> None:
    """Not in the child that only extends it."""
    base = write("\n[portfolio]\nlimit = 'a'", "base.toml")
    finding = only(write("extends = 'base.toml'\n[portfolio]\ncoverage = 0.1"))
    assert (finding.table, finding.row) == (str(base), 3)


@pytest.mark.parametrize("text", ["novalue", "=3", "a..b=1", "", "a b=1", "words.ask=\udcff"])
def test_malformed_overrides_are_refused(text: str) -> None:
    """With what to write instead."""
    finding = only(None, text)
    assert finding.table == "--set"
    assert "key=value" in finding.remedy


def test_overrides_cannot_extend() -> None:
    """A parent belongs to a file, below which it is merged."""
    assert "file" in only(None, "extends=default").remedy


def test_configs_that_extend_themselves_are_refused(write: Write) -> None:
    """However long the circle is."""
    write("extends = 'c.toml'", "b.toml")
    write("extends = 'a.toml'", "c.toml")
    assert "extends itself" in only(write("extends = 'b.toml'", "a.toml")).message


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfea\x00",
        b"name = 'caf\xe9'",
        b"a = '\x00'",
        b"a = " + b"[" * 50_000,
        b"a" + b".a" * 50_000 + b" = 1",
        b"a = " + b"{a=" * 5_000,
        b"a = " + b"9" * 5_000,
        b"#" * 600_000,
        b"\x00" * 10,
        b"= 1",
        b"PK\x03\x04",
    ],
)
def test_files_that_are_no_config_end_in_a_finding(write: Write, content: bytes) -> None:
    """Whatever the bytes are, the answer is E_CONFIG and never a traceback."""
    path = write(content)
    finding = only(path)
    assert (finding.code, finding.table) == ("E_CONFIG", str(path))


def test_paths_that_are_no_file_end_in_a_finding(tmp_path: Path, write: Write) -> None:
    """Missing ones are not found; folders, devices and impossible names are told as such."""
    assert only(tmp_path / "none.toml").code == "E_NOT_FOUND"
    assert "one-to-one" in only("one-to-on").remedy
    for wrong in (tmp_path, "/dev/zero", "a\0b", "x" * 5_000, ""):
        assert only(wrong).code == "E_CONFIG"
    child = write("extends = 'none.toml'")
    assert (only(child).code, only(child).table) == ("E_NOT_FOUND", str(child))


DEFAULT_LINES = packaged_text("default").splitlines()
ODD_VALUES = ["1", "-1", "1e400", "nan", "true", '""', "[]", "{}", "[1, 'a']", "[[1, 2], [3]]"]
ODD_VALUES += ["[{}]", "{a = {b = 1}}", "2024-01-01", "10:00:00", "'x'", "9" * 4_000, r'"\u0000"']
ODD_LINES = ["[features]", "[[programme]]", "[columns.mentees.x]", "[numbers]", "key = 1", '"']


@pytest.mark.slow
@given(data=st.data())
def test_any_edit_of_a_config_loads_or_ends_in_findings(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Edits nobody thought of end in one-line findings, and never in a traceback."""
    lines = list(DEFAULT_LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(lines) - 1))
        key = lines[row].partition("=")[0]
        edit = st.sampled_from(ODD_VALUES).map(lambda value, key=key: f"{key} = {value}")
        lines[row] = data.draw(edit | st.sampled_from(ODD_LINES) | st.text(max_size=9))
    path = tmp_path_factory.getbasetemp() / "edited.toml"
    path.write_text("\n".join(lines), "utf-8", errors="replace")
    findings: tuple[Finding, ...] = ()
    try:
        load_config(path)
    except ConfigError as error:
        findings = error.findings or (Finding("E_NONE", "an error\nwithout findings"),)
    assert all("\n" not in finding.line() for finding in findings)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_ends_in_a_finding(write: Write) -> None:
    """A refusal of the system is told, not raised."""
    path = write("")
    path.chmod(0)
    assert only(path).code == "E_CONFIG"


def test_old_keys_are_read_in_their_new_form_and_told(write: Write) -> None:
    """A config of 0.1 loads: a blank is neutral, and each old key is told once."""
    text = (
        'extends = "v0.1"\n[scoring]\nneutral = 0.4\n'
        '[features.need_fit]\nmissing = "skip"\n[features.form_fit]\nmissing = "skip"'
    )
    config = load_config(write(text))
    assert [finding.code for finding in config.notices] == ["W_OLD_KEY", "W_OLD_KEY"]
    assert 0 < config.features[0].neutral < 1
    assert load_config(write('extends = "v0.1"')).notices == ()
    old = load_config(write("[portfolio]\nmin_external = 2\nmax_same = { site = 1, grade = 2 }"))
    told = "; ".join(one.remedy.split("in its place ")[1] for one in old.notices)
    new = told.replace("]] ", "]]\n").replace(", ", "\n").replace("; ", "\n")
    assert load_config(write(new)).portfolio == old.portfolio, "what is told keeps the rule"


def test_the_weights_of_0_1_are_kept() -> None:
    """What 0.1 weighed is written out, whatever the default becomes."""
    kept = load_config("v0.1")
    weights = [0.3, 0.2, 0.15, 0.1, 0.1, 0.08, 0.05, 0.02, 0.0, 0.0, 0.0, 0.0]
    assert [feature.weight for feature in kept.features] == weights
    new = next(f for f in default_features() if f.name == "common_language")
    assert new.weight == 0, "scores stay as they were until somebody gives it a weight"
    assert (kept.portfolio.coverage, kept.portfolio.max_size, kept.reciprocal.combine) == (
        0.5,
        3,
        "min",
    )
