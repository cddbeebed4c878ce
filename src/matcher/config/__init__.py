"""The config: frozen models, and how files and overrides become one."""

from matcher.config.config import Config
from matcher.config.dump import dump_config
from matcher.config.layers import packaged_names, packaged_text
from matcher.config.load import load_config
from matcher.config.sections import FeatureConfig

__all__ = [
    "Config",
    "FeatureConfig",
    "dump_config",
    "load_config",
    "packaged_names",
    "packaged_text",
]
