"""The manifest of a run: what went in, what came out, with which versions, and the verdict."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from matcher._version import __version__
from matcher.checker import VerifyReport
from matcher.config.feature_kinds import foreign_sources
from matcher.publish.matching import Matching

MANIFEST = "manifest.json"
LIBRARIES = ("numpy", "scipy", "pandas", "ortools", "scikit-learn", "pydantic")


def new_manifest(
    folder: Path, matching: Matching, matches: pd.DataFrame, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the manifest of the files in `folder`, still without the checker's verdict.

    Everything but ``created`` and ``seconds`` is the same for the same input, config and versions.
    """
    cohort, config = matching.instance.cohort, matching.instance.config
    solution = matching.solution
    return {
        "format": 1,
        "created": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "versions": versions() | foreign_sources(block.kind for block in config.features),
        "cohort": {
            "source": shown_source(cohort.source),
            "sha256": dict(sorted(cohort.hashes.items())),
        },
        "as_of": cohort.as_of.isoformat(),
        "options": dict(options),
        "seed": config.solver.seed,
        "time_limit": config.solver.time_limit,
        "method": solution.method,
        "status": solution.termination.reason.name,
        "result_sha256": result_hash(matches),
        "rows": {table: asdict(count) for table, count in sorted(cohort.rows.items())},
        "files": file_hashes(folder),
    }


def read_manifest(run: Path) -> dict[str, Any]:
    """Return the manifest of a run, empty where there is none that can be read."""
    try:
        content = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def shown_source(source: str) -> str:
    """Return where a cohort lies, as an absolute path or a URL without its password."""
    if "://" in source:
        return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", source)
    return str(Path(source).absolute()) if source else ""


def with_verdict(manifest: Mapping[str, Any], report: VerifyReport) -> dict[str, Any]:
    """Return the manifest with what the checker said."""
    verdict = {"ok": report.ok, "checked": list(report.checked)}
    return {**manifest, "checker": verdict}


def result_hash(matches: pd.DataFrame) -> str:
    """Return the SHA-256 of ids, approach and role of every match, in the order of the ids."""
    columns = ["mentee_id", "mentor_id", "approach", "role"]
    rows = sorted(matches[columns].itertuples(index=False, name=None))
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below `folder` but the manifest, by name."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: _sha256(files[name])
        for name in sorted(files)
        if files[name].is_file() and name != MANIFEST
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that can change a result."""
    libraries = {library: metadata.version(library) for library in LIBRARIES}
    return {"matcher": __version__, "python": platform.python_version(), **libraries}


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return readable JSON, keys in the order given, floats as `repr`."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
