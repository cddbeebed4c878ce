"""Put learned weights into a config."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matcher.config import Config
    from matcher.features.base import Floats

DIGITS = 4
"""Decimals of a written weight: more would claim a precision that no outcome table has."""


def with_weights(
    config: Config, names: Sequence[str], weights: Floats, count: int, what: str = "outcomes"
) -> Config:
    """Return the config with new weights, each with the reason for it.

    Parameters
    ----------
    config
        Stays as it is.
    names, weights
        Features and their shares of the total weight.
    count, what
        How many of what they were learned from.
    """
    total = sum(feature.weight for feature in config.features)
    new = dict(zip(names, weights.tolist(), strict=True))
    features = tuple(
        feature.model_copy(
            update={
                "weight": round(new[feature.name], DIGITS),
                "reason": f"Learned from {count} {what}; before {feature.weight / total:.4g}. "
                f"{feature.reason}".strip(),
            }
        )
        if feature.weight > 0
        else feature
        for feature in config.features
    )
    return config.model_copy(update={"features": features})
