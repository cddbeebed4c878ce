"""What a programme says of its letters now, and in its own words: neither needs a new match."""

import re
from collections.abc import Mapping
from pathlib import Path

from matcher.config import Config, load_config
from matcher.config.load import COHORT_CONFIG
from matcher.publish.published_run import read_manifest
from matcher.send.letters import FOLDER, our_templates
from matcher.whereabouts import home_of

OF_LETTERS = (
    *("name", "start", "language", "ask", "reply_before"),
    *("contact", "share_addresses"),
)
"""Keys of `[programme]` that say how letters read and who gets which, and move no pair."""


def letters_now(run: Path, config: Config) -> Config:
    """Return the config of a run with what its cohort's own settings say of letters by now.

    Parameters
    ----------
    run
        A published run. One made with `-c` or `--set` keeps what it was made with.
    config
        What it was made with.

    Raises
    ------
    ConfigError
        Where the settings do not load.
    """
    manifest = read_manifest(run)
    source = str(manifest.get("cohort", {}).get("source", ""))
    path = home_of(source) / COHORT_CONFIG
    if not (source and manifest.get("options", {}).get("own_config") and path.is_file()):
        return config
    now = load_config(path)
    told = {key: getattr(now.programme, key) for key in OF_LETTERS}
    programme = config.programme.model_copy(update=told)
    return config.model_copy(update={"programme": programme, "words": now.words})


OWN_TEXTS = {"greeting": "_greeting.txt", "opening": "_opening.txt", "closing": "_closing.txt"}
"""Template of each text."""
STANDS_FOR = {"name": "me.short", "programme": "programme", "contact": "contact"}
"""What a template writes for the names that a plain text may hold in braces."""
_PLACE = re.compile(r"\{(" + "|".join(STANDS_FOR) + r")\}")
_WRITTEN = {f"{{{{ {code} }}}}": f"{{{name}}}" for name, code in STANDS_FOR.items()}
_BRACE = "{{ '{' }}"


def own_texts(folder: Path, language: str) -> Mapping[str, str | None]:
    """Return the texts of a programme by what they are; None for one that only a template says.

    Parameters
    ----------
    folder
        Of the programme's tables.
    language
        Of our own ones, which stand for those that are not there.
    """
    ours = our_templates(language)
    found: dict[str, str | None] = {}
    for what, name in OWN_TEXTS.items():
        path = folder / FOLDER / name
        template = path.read_text("utf-8-sig") if path.is_file() else ours[name]
        found[what] = as_plain(template)
    return found


def as_plain(template: str) -> str | None:
    """Return a template as plain text, None where it says more than a plain text can."""
    text = template.strip().replace(_BRACE, "\0")
    for written, place in _WRITTEN.items():
        text = text.replace(written, place)
    return None if re.search(r"\{[{%#]", text) else text.replace("\0", "{")


def as_template(text: str) -> str:
    """Return a plain text as a template that says just that, whatever stands in it."""
    parts = _PLACE.split(text.strip())
    made = [
        f"{{{{ {STANDS_FOR[part]} }}}}" if at % 2 else part.replace("{", _BRACE)
        for at, part in enumerate(parts)
    ]
    return "".join(made) + "\n" if text.strip() else ""
