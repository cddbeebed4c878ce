"""docs/config.md: every key in a table, and which to touch first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, get_args

from matcher.config import Config, FeatureConfig
from matcher.config.dump import describe_values
from matcher.config.feature_kinds import built_in_kinds
from matcher.config.sections import Section

INTRODUCTION = """\
# Config

Made by `python tools/generate.py` from the models in `src/matcher/config/`.

A config is a TOML file. Whatever it leaves out keeps its default, so most files are short:

```toml
extends = "one-to-one"             # a packaged config, or a path relative to this file

[programme]
name = "Spring cohort"

[features.seniority_gap]           # change one inherited feature
weight = 0.1
```

Give it with `-c FILE`, or call it `matcher.toml` and put it into the cohort's folder.
`-c one-to-one` takes the packaged config of that name. A single key is overridden by
`--set portfolio.limit=1` or `--set features.need_fit.weight=0.4`; the value is TOML, and a bare
word is a text.

Order: packaged defaults, then what `extends` names, then the file, then `--set`. Tables are merged
key by key, other values replace, and `[[features]]` blocks replace the whole list. A key that may
be empty is unset by an empty text (`time_limit = ""`).

Unknown keys, wrong types, values out of range and double keys stop the run with exit code 2, the
file, the line and the choices. `config.schema.json` beside this page tells the same to editors.
"""

FIRST = (
    ("portfolio.limit", "How many mentors somebody gets who did not say."),
    ("capacity.default", "How many mentees a mentor takes who did not say."),
    ("programme.approaches", "Which kinds of mentoring the programme offers, preferred first."),
    ("programme.grades", "The order of your grades, if the tables hold grades instead of years."),
    ("features.NAME.weight", "What a good pair is. `matcher tune sensitivity` says which matter."),
    ("portfolio.coverage", "Quality of each pair against cover of the mentee's needs by the set."),
    ("portfolio.min_gain", "Raise it if second mentors add too little, lower it to spread more."),
    ("eligibility.different", "Hard rules such as another department; start without any."),
    ("objective.fairness", "Above 0 lifts those who would get the weakest portfolios."),
)
"""The keys that a programme touches first, in that order, each with why."""

TITLES = ("Key", "Default", "Accepts", "Effect")


def reference_page(ready: Mapping[str, str]) -> str:
    """Return docs/config.md."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Which to touch first",
            "",
            *_table(("Key", "Default", "Effect"), _first_rows()),
            "",
            "## Ready configs",
            "",
            *_table(("Name", "For"), _ready_rows(ready)),
            "",
            *_sections(),
            *_features(),
            "",
        ]
    )


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _first_rows() -> Iterator[tuple[str, ...]]:
    for key, effect in FIRST:
        section, _, inner = key.partition(".")
        value = "see below" if section == "features" else _code(_default(section, inner))
        yield f"`{key}`", value, effect


def _default(section: str, key: str) -> Any:
    return getattr(getattr(Config(), section), key)


def _ready_rows(ready: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield each packaged config with the sentence that opens it."""
    for name, text in ready.items():
        opening = takewhile(lambda line: line.startswith("#"), text.splitlines())
        sentence = " ".join(line.lstrip("# ") for line in opening).partition(". ")[0]
        yield f"`{name}`", sentence.rstrip(".") + "."


def _sections() -> list[str]:
    lines: list[str] = []
    for name, field in Config.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, Section):
            lines += [f"## [{name}]", "", field.description or "", ""]
            lines += [*_table(TITLES, _rows(model)), ""]
            for key, block in _blocks(model):
                lines += [f"Each block `[[{name}.{key}]]`:", "", *_table(TITLES, _rows(block)), ""]
        elif name != "features":
            lines += [f"## [{name}]", "", f"{_flat(field.description)} Default: empty.", ""]
            for inner in _sections_in(model):
                lines += [f"Each table `[{name}.NAME]`:", "", *_table(TITLES, _rows(inner)), ""]
    return lines


def _blocks(model: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """Yield each key of a section that holds blocks, with the model of a block."""
    for key, field in model.model_fields.items():
        yield from ((key, kind) for kind in _sections_in(field.annotation))


def _sections_in(annotation: Any) -> Iterator[type[Section]]:
    """Yield the models that a list or a table of models holds."""
    for kind in get_args(annotation):
        if isinstance(kind, type) and issubclass(kind, Section):
            yield kind


def _rows(model: type[Section]) -> Iterator[tuple[str, ...]]:
    needs = any(field.is_required() for field in model.model_fields.values())
    default = None if needs else model()
    for key, field in model.model_fields.items():
        value = field.default if default is None else getattr(default, key)
        shown = "needed" if field.is_required() else _code(value)
        yield f"`{key}`", shown, describe_values(model, key), _flat(field.description)


def _features() -> list[str]:
    weights = (
        (f"`{feature.name}`", feature.kind, f"{feature.weight:g}", feature.reason)
        for feature in Config().features
    )
    kinds = ((f"`{kind.name}`", kind.meaning) for kind in built_in_kinds())
    return [
        "## [[features]]",
        "",
        _flat(Config.model_fields["features"].description),
        "",
        *_table(TITLES, _rows(FeatureConfig)),
        "",
        "Each kind maps a pair to [0, 1] by fixed rules; nothing is scaled by who else takes part.",
        "",
        *_table(("Kind", "Value"), kinds),
        "",
        "The default weights are a judgement with a source for each: no study validates a whole",
        "weight vector. `matcher tune learn` replaces them by a programme's own outcomes.",
        "",
        *_table(("Feature", "Kind", "Weight", "Reason"), weights),
    ]


def _code(value: object) -> str:
    """Return a default as it would stand in TOML; what is not set is shown as empty."""
    if value in (None, "", (), {}):
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{', '.join(map(str, value))}`"
    return f"`{value}`"


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())
