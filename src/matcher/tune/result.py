"""What tuning found, whether it is claimed or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from matcher.config import Config
    from matcher.features.base import Floats


@dataclass(frozen=True)
class Tuned:
    """Weights by feature, the evidence for them, and the config to match with."""

    config: Config
    """The config given, with the tuned weights if they are claimed and unchanged if not."""
    claimed: bool
    reason: str
    """One sentence that says why the weights changed or did not."""
    names: tuple[str, ...]
    default: Floats
    """(k,) shares of the total weight in the config given."""
    weight: Floats
    """(k,) shares in `config`."""
    estimate: Floats
    """(k,) shares as estimated, claimed or not."""
    low: Floats
    """(k,) 95 % bootstrap interval of the estimate."""
    high: Floats
    figures: dict[str, Any]
    """Keys of ``tuning.json``: auc, log_loss, n, folds, ... each cross-validated."""
    predictions: pd.DataFrame
    """One row a pair that was predicted without training on its people."""
    warnings: tuple[str, ...] = field(default_factory=tuple)
