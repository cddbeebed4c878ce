"""Install matcher into a fresh environment and tell what each package weighs on disk.

    python tools/install_size.py [EXTRA...]

The table is printed; without extras it also goes into ``benchmarks/results/install_size.md``.
Sizes are of site-packages, compiled files included; a package's bundled libraries count with it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "install_size.md"
SHOWN = 5
TOOLS_OF_VENV = {"pip", "setuptools", "pkg_resources", "_distutils_hack"}


def main(extras: list[str]) -> int:
    """Write a table of the largest packages, the rest, the sum and the wheel."""
    wanted = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        venv.create(place, with_pip=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", wanted], check=True)
        subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)], check=True)
        sizes = package_sizes(next(place.glob("lib/python*/site-packages")))
        wheel = next(place.glob("*.whl")).stat().st_size
    largest = sizes.most_common(SHOWN)
    rest = sizes.total() - sum(size for _, size in largest)
    lines = ["| Package | On disk |", "|---|---:|"]
    for name, size in [*largest, ("all others", rest), ("sum", sizes.total())]:
        lines.append(f"| {name} | {size / 1e6:.0f} MB |")
    lines.append(f"| matcher's own wheel | {wheel / 1e6:.2f} MB |")
    table = "\n".join(lines) + "\n"
    print(table, end="")
    if not extras:
        RESULT.write_text(table, encoding="utf-8")
    return 0


def package_sizes(site_packages: Path) -> Counter[str]:
    """Return bytes by top-level package, `numpy.libs` counted with `numpy`."""
    sizes: Counter[str] = Counter()
    for entry in site_packages.iterdir():
        name = entry.name.removesuffix(".libs").partition("-")[0]
        if name not in TOOLS_OF_VENV:
            files = entry.rglob("*") if entry.is_dir() else [entry]
            sizes[name] += sum(file.stat().st_size for file in files if file.is_file())
    return sizes


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
