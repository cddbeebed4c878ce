import json
import re
from pathlib import Path

from matcher.config import Config, FeatureConfig, load_config


def test_the_packaged_default_is_the_default(root: Path) -> None:
    """File, copy and models say the same."""
    assert load_config("default") == load_config(root / "configs" / "default.toml") == Config()


def test_the_reference_names_every_key_and_kind(root: Path) -> None:
    """Nothing that can be set is undocumented."""
    page = (root / "docs" / "config.md").read_text("utf-8")
    for name in Config.model_fields:
        assert f"[{name}]" in page
    schema = json.loads((root / "docs" / "config.schema.json").read_text("utf-8"))
    keys = {key for model in schema["$defs"].values() for key in model.get("properties", {})}
    documented = set(re.findall(r"^\| `([a-z_0-9]+)` \|", page, re.MULTILINE))
    assert keys <= documented
    kinds = schema["$defs"][FeatureConfig.__name__]["properties"]["kind"]["enum"]
    assert set(kinds) <= documented


def test_every_key_of_the_reference_has_default_range_and_effect(root: Path) -> None:
    """No cell of a table of keys is left empty."""
    page = (root / "docs" / "config.md").read_text("utf-8")
    tables = page.split("| Key | Default | Accepts | Effect |")[1:]
    rows = [line for table in tables for line in table.partition("\n\n")[0].splitlines()]
    rows = [line for line in rows if line.startswith("| `")]
    assert len(rows) > 60
    for row in rows:
        assert all(cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]), row


def test_the_schema_accepts_what_files_may_hold(root: Path) -> None:
    """Editors must know `extends` and `[features.NAME]`, which the models do not hold."""
    schema = json.loads((root / "docs" / "config.schema.json").read_text("utf-8"))
    assert schema["properties"]["extends"]["type"] == "string"
    by_name = schema["properties"]["features"]["anyOf"][1]
    assert by_name["additionalProperties"]["properties"]["weight"]
    assert schema["additionalProperties"] is False
