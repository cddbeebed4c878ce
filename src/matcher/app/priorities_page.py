"""Priorities: what makes a good pair, in plain words, and whom a change would touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from matcher.app.desk import ANEW, Desk, ProgrammeFolder
from matcher.app.frame import around, goto, show
from matcher.app.match_page import ready
from matcher.app.run_view import RunView, view_of
from matcher.app.said_plainly import in_a_sentence, in_sentences, refused
from matcher.app.what_changes import WhatChanges, at_first, what_changes
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.languages import COMMON_LANGUAGE, LANGUAGE_COLUMN, USUAL_WEIGHT, are_asked
from matcher.config import Config, load_config
from matcher.config.edited import KeyOf, with_keys
from matcher.errors import MatcherError
from matcher.features.feature_set import is_asked
from matcher.features.stated_answers import read_facets
from matcher.plans.plan_words import listing
from matcher.text import words_beside

WEIGHED = (
    "need_fit", "contact_feasibility", "experience_context", "seniority_gap", "mutual_preference",
    "deep_similarity", "network_gain", "form_fit", "sponsor_reach", "readiness",
    "common_language", "surface_similarity",
)  # fmt: skip
"""The parts of a good pair, in the order in which they are shown."""
TIMES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""What each notch makes of the usual weight."""
COVERAGE = (0.1, 0.3, 0.5, 0.7, 0.9)
MENTORS = (1, 2, 3)
KINDS = {
    "one-to-one": "one_to_one",
    "": "team",
    "sponsorship": "sponsorship",
    "reciprocal": "reciprocal",
}
"""Kinds of programme: the config that each extends, and its name in the catalogue."""
BY_HAND = -1
CHOICES: dict[str, dict[str, Any]] = words_beside(__file__, "priority_choices.toml")
"""What is asked beside the sliders: key of the settings, and what each option keeps there."""
APPROACHES = ("developmental", "sponsorship", "reverse", "reciprocal")
"""Ways of mentoring that a match may use."""


@dataclass(frozen=True)
class Slider:
    """One part of a good pair and how much it counts."""

    name: str
    title: str
    about: str
    now: int
    """Notch as it is shown; -1 where the weight was set by hand."""
    was: int
    """Notch as it is kept."""
    weight: float


def priority_pages(app: FastAPI, desk: Desk) -> None:
    """Add the pages."""

    @app.get("/p/{key}/priorities")
    def priorities(key: str, request: Request) -> Response:
        return _page(desk.find(key), _moved(request.query_params))

    @app.post("/p/{key}/priorities")
    async def use(key: str, request: Request) -> Response:
        programme = desk.find(key)
        form = {str(name): str(value) for name, value in (await request.form()).items()}
        use_priorities(programme, form)
        return goto(f"/p/{key}/priorities")


def _moved(params: QueryParams) -> dict[str, str]:
    """Return what was moved; ways of mentoring are ticked one by one, and kept as one answer."""
    moved = {name: params[name] for name in params if name != "approach"}
    if "ways" in moved:
        moved["approaches"] = ",".join(sorted(params.getlist("approach")))
    return moved


def _page(programme: ProgrammeFolder, moved: Mapping[str, str]) -> Response:
    config = programme.settings.config()
    view = view_of(programme) if programme.run() else None
    sliders = sliders_of(programme, config, moved)
    changed, problems, seen = changes_asked(programme, moved), [], None
    if changed and view is not None:
        try:
            seen = _preview(programme, view, changed, anew=moved.get("way") != "few")
        except MatcherError as error:
            problems = in_sentences(error)
    elif changed:
        seen = _at_first(programme, changed)
    asked = {slider.name for slider in sliders}
    left = [worded(f"parts.{name}") for name in WEIGHED if name not in asked]
    return show(
        "priorities.html.j2",
        around(programme, "priorities"),
        422 if problems else 200,
        sliders=sliders,
        notches=notches(),
        left=listing(left),
        coverage=_notch_of(moved, "coverage", _nearest(config.portfolio.coverage, COVERAGE)),
        mentors=_notch_of(moved, "mentors", config.portfolio.limit),
        kind=moved.get("kind", programme_kind(programme)),
        kinds=KINDS,
        changed=bool(changed),
        moved={name: value for name, value in moved.items() if name in _fields(sliders)},
        choices=_choices(programme, config),
        chosen={name: _chosen(config, moved, name) for name in CHOICES},
        approaches=APPROACHES,
        ticked=moved.get("approaches", ",".join(config.programme.approaches)).split(","),
        rules=ready(programme),
        has_match=view is not None,
        way="few" if moved.get("way") == "few" else "anew",
        seen=seen,
        problems=problems,
    )


def _fields(sliders: tuple[Slider, ...]) -> set[str]:
    names = (slider.name for slider in sliders)
    return {*names, *CHOICES, "coverage", "mentors", "kind", "way", "approaches"}


def _choices(programme: ProgrammeFolder, config: Config) -> dict[str, dict[str, Any]]:
    """Return what can be chosen: languages where both sides were asked for them and no more."""
    cohort, other = programme.reading().cohort, {*config.eligibility.same} - {LANGUAGE_COLUMN}
    if cohort is not None and not other and are_asked(cohort):
        return CHOICES
    return {name: choice for name, choice in CHOICES.items() if name != LANGUAGE_COLUMN}


def _chosen(config: Config, moved: Mapping[str, str], name: str) -> str:
    """Return which option stands, empty where the settings say something between."""
    section, key = CHOICES[name]["key"]
    held = getattr(getattr(config, section), key)
    kept = list(held) if isinstance(held, tuple) else held
    now = next((value for value, held in CHOICES[name]["options"].items() if held == kept), "")
    return moved.get(name, now)


def programme_kind(programme: ProgrammeFolder) -> str:
    """Return which kind of programme the settings extend."""
    text = programme.settings.text
    return str(tomlkit.parse(text).get("extends", "")) if text else ""


def usual_weights(kind: str) -> dict[str, float]:
    """Return the weights that a kind of programme starts with."""
    base = load_config(kind) if kind else Config()
    weights = {feature.name: feature.weight for feature in base.features}
    return weights | {COMMON_LANGUAGE: USUAL_WEIGHT}


def sliders_of(
    programme: ProgrammeFolder, config: Config, moved: Mapping[str, str]
) -> tuple[Slider, ...]:
    """Return the parts that the form asks for, told as a match tells it."""
    usual = usual_weights(programme_kind(programme))
    weights = {feature.name: feature.weight for feature in config.features}
    there = weights.keys() - _not_asked(programme, config)
    found = []
    for name in WEIGHED:
        if name in there and usual.get(name):
            was = _notch(weights[name], usual[name])
            now = _notch_of(moved, name, was)
            title, about = worded(f"parts.{name}"), worded(f"parts.{name}_about")
            found.append(Slider(name, title, about, now=now, was=was, weight=weights[name]))
    return tuple(found)


def _not_asked(programme: ProgrammeFolder, config: Config) -> set[str]:
    """Return the parts that nobody was asked about, none where nobody can be read."""
    cohort = programme.reading().cohort
    if cohort is None:
        return set()

    def found() -> set[str]:
        facets = read_facets(cohort, config)
        return {b.name for b in config.features if not is_asked(b, cohort, config, facets)}

    return programme.kept("not asked", found, (programme.settings.text, programme.said()))


def _notch(weight: float, usual: float) -> int:
    """Return the notch of a weight, -1 where it lies between."""
    found = [n for n, times in enumerate(TIMES) if abs(weight - times * usual) < 1e-9]
    return found[0] if found else BY_HAND


def _nearest(value: float, among: tuple[float, ...]) -> int:
    return min(range(len(among)), key=lambda n: abs(among[n] - value))


def _notch_of(moved: Mapping[str, str], name: str, now: int) -> int:
    text = moved.get(name, "")
    return int(text) if text.isdigit() and int(text) < 10 else now


def changes_asked(programme: ProgrammeFolder, moved: Mapping[str, str]) -> dict[KeyOf, Any]:
    """Return the keys of the settings that a move changes; what stays as it is stands not there.

    Raises
    ------
    InputError
        E_ENUM for what no control says.
    """
    config, kind = programme.settings.config(), programme_kind(programme)
    wanted = moved.get("kind", kind)
    if wanted not in KINDS:
        raise refused("E_ENUM", "no_kind")
    changed: dict[KeyOf, Any] = {}
    if wanted != kind:
        changed["extends",] = wanted or None
    weights = {feature.name: feature.weight for feature in config.features}
    usual = usual_weights(wanted)
    for name in WEIGHED:
        notch = _notch_of(moved, name, BY_HAND)
        if name in moved and 0 <= notch < len(TIMES) and name in usual:
            weight = round(TIMES[notch] * usual[name], 6)
            if abs(weight - weights.get(name, 0.0)) > 1e-9:
                changed["features", name, "weight"] = weight
    notch = _notch_of(moved, "coverage", BY_HAND)
    if 0 <= notch < len(COVERAGE) and notch != _nearest(config.portfolio.coverage, COVERAGE):
        changed["portfolio", "coverage"] = COVERAGE[notch]
    for name, choice in CHOICES.items():
        held = choice["options"]
        if moved.get(name) in held and moved[name] != _chosen(config, {}, name):
            changed[tuple(choice["key"])] = held[moved[name]]
    ways = tuple(way for way in moved.get("approaches", "").split(",") if way in APPROACHES)
    if ways and set(ways) != set(config.programme.approaches):
        # In the order in which they are preferred.
        changed["programme", "approaches"] = [w for w in Config().programme.approaches if w in ways]
    most = _notch_of(moved, "mentors", 0)
    if most in MENTORS and most != config.portfolio.limit:
        changed["portfolio", "limit"] = most
        if most > config.portfolio.max_size:
            changed["portfolio", "max_size"] = most
    return changed


def _preview(
    programme: ProgrammeFolder, view: RunView, changed: Mapping[KeyOf, Any], *, anew: bool
) -> WhatChanges | None:
    config = programme.settings.loaded(with_keys(programme.settings.text, changed))
    kept = f"priorities {sorted(map(str, changed.items()))} {view.run.name} {anew}"
    also = (programme.settings.text, programme.said())
    return programme.kept(kept, lambda: what_changes(programme, view, config, anew=anew), also)


def _at_first(programme: ProgrammeFolder, changed: Mapping[KeyOf, Any]) -> WhatChanges | None:
    """Return what a first match would be like with what is changed, beside what it would be now."""
    text = with_keys(programme.settings.text, dict(changed))
    return programme.kept(
        "at first",
        lambda: at_first(programme, programme.settings.loaded(text)),
        (text, programme.settings.text),
    )


def use_priorities(programme: ProgrammeFolder, moved: Mapping[str, str]) -> None:
    """Write what was moved into the settings, with its words beside it.

    Raises
    ------
    InputError, ConfigError
        Where the settings would not load.
    """
    changed = changes_asked(programme, moved)
    text = programme.settings.text
    for path, value in changed.items():
        text = with_keys(text, {path: value}, _in_words(path, moved))
    said = list(dict.fromkeys(_said(path, moved) for path in changed))
    seen = int(moved["seen"]) if moved.get("seen", "").isdigit() else None
    programme.settings.take(
        text, worded("did.priorities", what=listing(said)), programme.reviewer, seen
    )
    run = programme.run()
    if changed and run is not None and moved.get("way") != "few":
        programme.settings.note(ANEW, worded("did.anew"), programme.reviewer, run=run.name)


def notches() -> list[str]:
    """Return what the five notches of a slider are called."""
    return list(for_pages(spoken().language)["priorities"]["notches"])


def _in_words(path: KeyOf, moved: Mapping[str, str]) -> str:
    return notches()[int(moved[path[1]])] if path[0] == "features" else ""


def _said(path: KeyOf, moved: Mapping[str, str]) -> str:
    if path[0] == "features":
        notch = in_a_sentence(_in_words(path, moved))
        return worded("did.weighed", what=worded(f"parts.{path[1]}"), notch=notch)
    if path[0] == "extends":
        return worded(f"kinds.{KINDS[moved['kind']]}")
    if path[-1] in ("limit", "max_size"):
        return worded("did.most", int(moved["mentors"]))
    asked = {choice["key"][-1]: f"choices.{name}" for name, choice in CHOICES.items()}
    words = {"coverage": "did.coverage", "approaches": "did.ways", **asked}
    return worded(words[path[-1]])
