"""The careful forger: changes one thing in a run folder and all that hangs on it, hashes too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.checker.seal import sealed
from matcher.run_tables import CellKind, RunColumn

Frame = pd.DataFrame
Forgery = Callable[[Path], None]


def reseal(run: Path) -> None:
    """Put the hashes of all files, of the result and of the manifest itself in order."""
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        if (run / name).is_file():
            content = (run / name).read_bytes()
            manifest["files"][name] = hashlib.sha256(content).hexdigest()
    rows = read(run, "matches")
    keys = ["mentee_id", "mentor_id", "approach", "role"]
    listed = sorted(rows[keys].itertuples(index=False, name=None))
    digest = hashlib.sha256(json.dumps(listed, ensure_ascii=False).encode()).hexdigest()
    path.write_text(json.dumps(sealed(manifest | {"result_sha256": digest}), indent=2))


def read(run: Path, name: str) -> Frame:
    """Return a table as texts."""
    return pd.read_csv(run / f"{name}.csv", dtype=str, keep_default_na=False)


def change(run: Path, name: str, edit: Callable[[Frame], Any], *, forged: bool = True) -> None:
    """Edit a table in place, or put another in its place."""
    frame = read(run, name)
    made = edit(frame)
    (frame if made is None else made).to_csv(run / f"{name}.csv", index=False)
    if forged:
        reseal(run)


def change_json(run: Path, name: str, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Edit the summary or the manifest in place."""
    content = json.loads((run / name).read_text())
    edit(content)
    (run / name).write_text(json.dumps(content, indent=2))
    reseal(run)


def other(cell: str, column: RunColumn) -> str:
    """Return another cell of the same kind."""
    if column.kind in (CellKind.NUMBER, CellKind.COUNT):
        return repr(float(cell or 0) + 0.25) if column.kind is CellKind.NUMBER else f"{cell}1"
    if column.kind in (CellKind.FLAG, CellKind.MAYBE):
        return "false" if cell == "true" else "true"
    return f"{cell};forged" if column.kind is CellKind.LIST else f"{cell}forged"


def price_of_a_place(run: Path) -> None:
    """Make a mentor dear wherever prices stand."""
    who = read(run, "mentors").loc[0, "mentor_id"]
    change(run, "mentors", lambda frame: frame.__setitem__("price", ["9.5", *frame["price"][1:]]))
    change_json(run, "summary.json", lambda s: s.update(prices={who: 9.5} | s["prices"]))


def better_metrics(run: Path) -> None:
    """Let the match cover more than it does."""
    change_json(run, "summary.json", lambda s: s["metrics"].update(coverage_after=0.99))


def weaker_bound(run: Path) -> None:
    """State more than the duals prove, with the gap that this gives."""

    def weaken(summary: dict[str, Any]) -> None:
        bound = summary["objective"] * 1.5
        summary.update(bound=bound, dual_bound=bound, gap=1 / 3, status="FEASIBLE")

    change_json(run, "summary.json", weaken)
    change_json(run, "manifest.json", lambda m: m.update(status="FEASIBLE"))


def cheaper_alternate(run: Path) -> None:
    """Let another mentor cost the cohort nothing."""
    change(run, "alternates", lambda frame: frame.assign(cost_to_cohort="0.0"))


def other_reason(run: Path) -> None:
    """Say of somebody that they are not ready."""

    def edit(frame: Frame) -> None:
        frame.loc[0, ["reason", "detail"]] = ["not_ready", "the person is not ready"]

    change(run, "unmatched", edit)


def jumped_queue(run: Path) -> None:
    """Let the last who waits be first in line."""

    def edit(frame: Frame) -> Frame:
        people = frame["person_id"].tolist()
        return frame.assign(person_id=[*people[-1:], *people[:-1]])

    change(run, "waiting_list", edit)


def one_more_row(run: Path, name: str) -> None:
    """Add a row of made-up cells to a table."""

    def edit(frame: Frame) -> Frame:
        return pd.concat([frame, pd.DataFrame([dict.fromkeys(frame.columns, "forged")])])

    change(run, name, edit)


def invented_warning(run: Path) -> None:
    """Warn of what nobody found."""
    one_more_row(run, "problems")


def invented_question(run: Path) -> None:
    """Ask again somebody who has answered."""
    one_more_row(run, "chase")


def invented_way(run: Path) -> None:
    """Let a contact introduce people who do not know each other."""
    one_more_row(run, "introductions")


def other_role(run: Path) -> None:
    """Say something else of what a mentor is there for, everywhere."""
    change(run, "matches", lambda frame: frame.assign(role="friend"))
    report = run / "report.html"
    report.write_text(report.read_text().replace("mentor for", "friend for"))
    reseal(run)


def more_hours(run: Path) -> None:
    """Let a pair meet longer."""
    change(run, "matches", lambda frame: frame.assign(hours_per_month="40.0"))


def other_cover(run: Path) -> None:
    """Let needs be met that are open."""
    change(run, "portfolios", lambda frame: frame.assign(uncovered="", needs_met="1.0"))


def moved_contribution(run: Path) -> None:
    """Move what one feature adds to another; the sum stays."""

    def edit(frame: Frame) -> None:
        first, second = (float(frame.loc[k, "contribution"]) for k in (0, 1))
        frame.loc[[0, 1], "contribution"] = [repr(first + 0.01), repr(second - 0.01)]

    change(run, "contributions", edit)


def kept_from_before(run: Path) -> None:
    """Take an earlier pair out of what the run was made from."""
    change(run, "engagements", lambda frame: frame.iloc[1:])


def recruited(run: Path) -> None:
    """Ask for other mentors than those who would add most."""
    change(run, "recruitment", lambda frame: frame.assign(facets="purpose.personal"))


def kinder_groups(run: Path) -> None:
    """Let all groups fare alike."""
    change(run, "groups", lambda frame: frame.assign(value="0.5", low="0.4", high="0.6"))


def other_seed(run: Path) -> None:
    """Say that the run was made with another seed."""
    change_json(run, "manifest.json", lambda manifest: manifest.update(seed=77))


def other_verdict(run: Path) -> None:
    """Let the checker have looked at less than it did."""
    change_json(run, "manifest.json", lambda m: m["checker"]["checked"].remove("bound"))


def blessed(run: Path) -> None:
    """Let the manifest say more than one does."""
    change_json(run, "manifest.json", lambda manifest: manifest.update(audited_by="an auditor"))


def more_rows_read(run: Path) -> None:
    """Say that more was read than was."""
    change_json(run, "manifest.json", lambda m: m["rows"]["mentees"].update(read=10_000))


def lost_alternates(run: Path) -> None:
    """Take a table away, and out of the manifest."""
    (run / "alternates.csv").unlink()
    change_json(run, "manifest.json", lambda manifest: manifest["files"].pop("alternates.csv"))


def swapped_people(run: Path) -> None:
    """Give two mentees each other's mentors in every table."""
    matches = read(run, "matches")
    a, b = matches["mentee_id"].iloc[0], matches["mentee_id"].iloc[-1]
    for name in ("matches", "portfolios", "contributions", "unmatched", "alternates"):

        def edit(frame: Frame) -> Frame:
            column = "mentee_id" if "mentee_id" in frame else "person_id"
            return frame.assign(**{column: frame[column].replace({a: b, b: a})})

        change(run, name, edit)


def lower_format(run: Path) -> None:
    """Call the run one of an earlier form, of which less is compared."""
    change_json(run, "manifest.json", lambda m: m.update(format=m["format"] - 1))


FORGERIES: dict[str, Forgery] = {
    made.__name__: made
    for made in (
        better_metrics,
        blessed,
        cheaper_alternate,
        invented_question,
        invented_warning,
        invented_way,
        jumped_queue,
        kept_from_before,
        kinder_groups,
        lost_alternates,
        lower_format,
        more_hours,
        more_rows_read,
        moved_contribution,
        other_cover,
        other_reason,
        other_role,
        other_seed,
        other_verdict,
        price_of_a_place,
        recruited,
        swapped_people,
        weaker_bound,
    )
}
"""Consistent forgeries by name: hashes are in order, and nothing else in the folder contradicts."""


def forged_report(run: Path) -> None:
    """Write another sentence into the report."""
    path = run / "report.html"
    path.write_text(path.read_text().replace("</body>", "<p>All is well.</p></body>"))
    reseal(run)


def forged_plan(run: Path) -> None:
    """Write another sentence into somebody's plan."""
    path = next((run / "plans").glob("*.md"))
    path.write_text(path.read_text() + "\nAsk for a rise.\n")
    reseal(run)


def forged_claims(run: Path) -> None:
    """Let a page claim something of another row."""
    path = run / "plans" / "claims.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.assign(table="config").to_csv(path, index=False)
    reseal(run)


PAGE_FORGERIES: dict[str, Forgery] = {
    made.__name__: made for made in (forged_report, forged_plan, forged_claims)
}
"""What is found with ``--pages``."""
