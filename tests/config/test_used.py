import re
from pathlib import Path

from matcher.config import Config, FeatureConfig
from matcher.config.sections import Section


def test_no_key_is_dead(root: Path) -> None:
    """A key that nothing reads would be a promise that nobody keeps."""
    package = root / "src" / "matcher"
    # A section may compute with its own keys; the rest of the config only checks them.
    checks = {path for path in (package / "config").glob("*.py") if path.stem != "sections"}
    readers = (path for path in package.rglob("*.py") if path not in checks)
    source = "\n".join(path.read_text("utf-8") for path in readers)
    keys = [
        (name, key)
        for name, field in [*Config.model_fields.items()]
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        for key in field.annotation.model_fields
    ]
    keys += [("features", key) for key in FeatureConfig.model_fields]
    dead = [f"{name}.{key}" for name, key in keys if not re.search(rf"\.{key}\b", source)]
    assert dead == []
