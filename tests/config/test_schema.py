from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from matcher.config import Config, FeatureConfig
from matcher.config.config import default_features
from matcher.config.sections import Section


def sections(model: type[Section]) -> Iterator[type[Section]]:
    """Yield a model and all sections in it."""
    yield model
    for field in model.model_fields.values():
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, Section):
                yield from sections(inner)


def test_every_key_says_what_it_does() -> None:
    """The docstrings are the schema, the default config and the reference, so none may lack."""
    silent = [
        f"{model.__name__}.{key}"
        for model in sections(Config)
        for key, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []


def test_only_none_means_unset() -> None:
    """Dumps leave out keys without a value, so such a key must default to None."""
    for model in sections(Config):
        for key, field in model.model_fields.items():
            if type(None) in getattr(field.annotation, "__args__", ()):
                assert field.default is None, f"{model.__name__}.{key}"


def test_sections_cannot_be_changed() -> None:
    """A config is shared by all layers of a run."""
    with pytest.raises(ValidationError, match="frozen"):
        Config().portfolio.limit = 1  # type: ignore[misc]


def test_default_weights_are_shares_with_a_reason() -> None:
    """Weights of the evidence table sum to one and none stands without its source."""
    features = default_features()
    everybody = [feature.weight for feature in features if feature.name != "sponsor_reach"]
    assert sum(everybody) == pytest.approx(1)
    assert all(len(feature.reason) > 20 for feature in features)


def test_the_constructor_checks_too() -> None:
    """Python users meet the same rules as files."""
    feature = FeatureConfig(name="a", kind="same", weight=1, mentee=("ethnicity",))
    with pytest.raises(ValidationError, match="protected attribute"):
        Config(features=(feature,))
    assert issubclass(Config, BaseModel)
