"""Make an environment for each rival: ``python benchmarks/rivals/make_environments.py``.

Two of them import under the same name (`matching`), so each has its own, under ``.rivals/`` beside
this repository's other files; pip fetches them from the index that this machine is set to.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HOME = Path(__file__).parents[2] / ".rivals"
PACKAGES = {
    "mentor-match": ("mentor-match==7.0.1", "numpy"),
    "matching": ("matching==1.4.3", "numpy"),
    "algmatch": ("algmatch==1.5.2", "numpy"),
}


def python_of(rival: str) -> Path:
    """Return the interpreter of a rival's environment."""
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return HOME / rival / folder / "python"


def main() -> int:
    """Make the environments that are missing; return 1 if one could not be made."""
    failed = []
    for rival, packages in PACKAGES.items():
        if not python_of(rival).exists():
            venv.create(HOME / rival, with_pip=True)
        command = [str(python_of(rival)), "-m", "pip", "install", "-qq", *packages]
        if subprocess.run(command, check=False).returncode:
            failed.append(rival)
    for rival in failed:
        print(f"could not install {rival}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
