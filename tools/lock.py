"""Write .ci/constraints.txt: the exact version of everything that CI installs.

    python tools/lock.py            # with the oldest Python that is supported
    python tools/lock.py --check    # is every package that CI would install in the list?

A fresh environment gets the package with every extra, and what pip resolves there is the list. It
names versions and no host; newer Pythons install from the same list.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / ".ci" / "constraints.txt"
BUILD_TOOLS = ("hatchling",)
HEADER = """\
# The exact version of everything that CI installs: renew it with `python tools/lock.py`.
# Resolved on the oldest Python that is supported. For instance: PIP_CONSTRAINT=.ci/constraints.txt
"""


def main(arguments: list[str]) -> int:
    """Write the list, or with --check tell which packages that we name are not in it."""
    if "--check" not in arguments:
        LIST.write_text(HEADER + resolved(), encoding="utf-8")
        return 0
    missing = sorted(named() - locked().keys())
    for name in missing:
        print(f"{name} is not in {LIST.relative_to(ROOT)}: run python tools/lock.py")
    return int(bool(missing))


def resolved() -> str:
    """Return what pip installs into a fresh environment, one `name==version` a line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"]
    if f">={sys.version_info.major}.{sys.version_info.minor}" != oldest:
        raise SystemExit(f"run this with Python {oldest}: later ones take versions it cannot")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        extras = f"{ROOT}[all,dev,release]"
        subprocess.run([*pip, "install", "-q", extras, *BUILD_TOOLS], check=True)
        freeze = [*pip, "freeze", "--exclude", "mentor-matcher"]
        told = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
    return "".join(f"{line}\n" for line in sorted(told.splitlines(), key=str.lower) if "==" in line)


def locked() -> dict[str, str]:
    """Return versions by normal name."""
    lines = LIST.read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): version for name, version in pairs}


def named() -> set[str]:
    """Return every package that pyproject.toml or a release names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    return {normal(one) for one in wanted} - {"mentor-matcher"}


def normal(requirement: str) -> str:
    """Return the name of a requirement as indexes compare names."""
    name = requirement
    for sign in "[<>=!~; ":
        name = name.partition(sign)[0]
    return name.strip().lower().replace("_", "-").replace(".", "-")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
