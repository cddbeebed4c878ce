"""Write every file that is made from config models or results, or check that they are up to date.

    python tools/generate.py            writes the files
    python tools/generate.py --check    exits 1 and names the files that differ

Made here: the packaged default.toml, its copy and those of the ready configs in configs/,
docs/config.schema.json and docs/config.md, docs/run-folder.md from the declared tables, and in the
pages of ``figures.PAGES`` every figure that the latest files of benchmarks/results/ hold, with
their charts; the picture and the table of rooms in docs/architecture.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from architecture import picture, table  # noqa: E402
from config_reference import reference_page  # noqa: E402
from config_schema import schema_text  # noqa: E402
from figures import filled_pages  # noqa: E402
from matcher.config import Config, dump_config, packaged_names, packaged_text  # noqa: E402
from results import TITLES, Results  # noqa: E402
from run_folder_page import run_folder_page  # noqa: E402

PACKAGED = ROOT / "src" / "matcher" / "config" / "ready"
HEADER = """\
# Every key of matcher's config with its default, its meaning and what it accepts.
# Made from the models by tools/generate.py; the same text is in docs/config.md.
# Copy the keys that you change into a file of your own that starts with: extends = "default"

"""


def generated() -> dict[Path, str]:
    """Return the text of every generated file, by its place in the repository."""
    default = HEADER + dump_config(Config(), comments=True)
    ready = {name: packaged_text(name) for name in packaged_names() if name != "default"}
    ready = {"default": default} | ready
    return {
        PACKAGED / "default.toml": default,
        **{ROOT / "configs" / f"{name}.toml": text for name, text in ready.items()},
        ROOT / "docs" / "config.schema.json": schema_text(ready),
        ROOT / "docs" / "config.md": reference_page(ready),
        ROOT / "docs" / "run-folder.md": run_folder_page(),
        ROOT / "docs" / "images" / "architecture.svg": picture(),
        ROOT / "docs" / "architecture.md": with_rooms(ROOT / "docs" / "architecture.md"),
        **images(),
        **filled_pages(ROOT),
    }


def with_rooms(page: Path) -> str:
    """Return the architecture page with its table of rooms drawn anew."""
    before, mark, rest = page.read_text("utf-8").partition("<!-- rooms -->\n")
    _, end, after = rest.partition("<!-- end of rooms -->")
    return before + mark + table() + end + after


def images() -> dict[Path, str]:
    """Return the charts of the latest results, which the pages show, by their place in docs/."""
    results = Results(ROOT / "benchmarks" / "results")
    return {
        ROOT / "docs" / "images" / f"{kind}.svg": results.latest(kind, "svg").read_text("utf-8")
        for kind in TITLES
    }


def stale(files: dict[Path, str]) -> list[Path]:
    """Return the files that are missing, differ, or stand in configs/ without a source."""
    wrong = [
        path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    strays = set((ROOT / "configs").glob("*.toml")) - set(files)
    return sorted([*wrong, *strays])


def main(arguments: list[str]) -> int:
    """Write or check, and return the exit code."""
    files = generated()
    wrong = stale(files)
    if "--check" in arguments:
        for path in wrong:
            print(f"out of date: {path.relative_to(ROOT)}; run python tools/generate.py")
        return 1 if wrong else 0
    for path in wrong:
        if path in files:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], "utf-8")
        print(f"{'wrote' if path in files else 'has no source:'} {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
