"""Do everything of a release but the upload, and leave the files in dist/.

    python tools/release.py                              # with this Python
    python tools/release.py --python PATH --python PATH  # in bare environments of these, too

Builds source and wheel, checks their metadata and what is in them, installs the wheel alone into a
bare environment of each Python, and there runs the main job on the starter cohort that it brings.
Needs the extra [release].
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from matcher._version import __version__

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
NEEDED = (
    "matcher/py.typed",
    "matcher/features/data/word_pieces.txt",
    "matcher/starter/starter.toml",
    "dist-info/licenses/LICENSE",
    "dist-info/licenses/NOTICE",
)
JOB = (
    ("--version",),
    ("init", "cohort"),
    ("check", "cohort"),
    ("match", "cohort", "-o", "run"),
    ("verify", "run"),
)


def main() -> int:
    """Do the steps one after the other; return how many faults there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", metavar="PATH", default=[])
    pythons = parser.parse_args().python or [sys.executable]
    faults = [*said_alike(), *cited()]
    wheel = built()
    faults += packed(wheel)
    for python in pythons:
        faults += works_alone(python, wheel)
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{wheel.name}: {'not ready' if faults else 'ready'}, {len(faults)} faults")
    return len(faults)


def said_alike() -> list[str]:
    """Return where another version or day is told than that of the package and its changes."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    day = re.search(rf"^## \[{re.escape(__version__)}\] - (\S+)$", changes, re.MULTILINE)
    if day is None:
        return [f"CHANGELOG.md has no heading for {__version__}"]
    told = dict(re.findall(r"^(version|date-released): ['\"]?([^'\"\n]+)", citation, re.MULTILINE))
    wanted = {"version": __version__, "date-released": day[1]}
    return [
        f"CITATION.cff: {key} is {told.get(key)}, not {value}"
        for key, value in wanted.items()
        if told.get(key) != value
    ]


def cited() -> list[str]:
    """Return whether CITATION.cff breaks the schema of its format."""
    command = [str(Path(sys.executable).with_name("cffconvert")), "--validate"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [f"CITATION.cff: {done.stderr.strip()[-200:]}"] if done.returncode else []


def built() -> Path:
    """Build source and wheel into dist/ and let twine read their metadata; return the wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "-o", str(DIST), str(ROOT)], check=True)
    files = [str(path) for path in sorted(DIST.iterdir())]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], check=True)
    return next(DIST.glob("*.whl"))


def packed(wheel: Path) -> list[str]:
    """Return what a wheel lacks, and what in it tells of the machine that built it."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        lacking = [one for one in NEEDED if not any(name.endswith(one) for name in names)]
        place = str(ROOT).encode()
        telling = [name for name in names if place in archive.read(name)]
    return [f"{wheel.name} lacks {one}" for one in lacking] + [
        f"{name} holds a path of this machine" for name in telling
    ]


def works_alone(python: str, wheel: Path) -> list[str]:
    """Return what fails where nothing but the wheel and what it needs is installed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", f"{folder}/venv"], check=True)
        bare = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        bare["PIP_CONSTRAINT"] = str(ROOT / ".ci" / "constraints.txt")
        own = f"{folder}/venv/bin/python"
        subprocess.run([own, "-m", "pip", "install", "-q", str(wheel)], check=True, env=bare)
        faults = [
            f"{python}: matcher {' '.join(words)} ended with {code}"
            for words in JOB
            if (code := _run(folder, words, bare))
        ]
    print(f"{python}: {'fails' if faults else 'installs and matches'}")
    return faults


def _run(folder: str, words: Sequence[str], environment: dict[str, str]) -> int:
    command = [f"{folder}/venv/bin/matcher", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
