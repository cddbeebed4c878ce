"""What a programme says of its letters now: a date or a word changes without matching again."""

from pathlib import Path

from matcher.config import Config, load_config
from matcher.config.load import COHORT_CONFIG
from matcher.publish.published_run import read_manifest
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
