"""Answers that their tool calls broken off: told, and never before a finished one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matcher.config import Config
from matcher.intake import check_cohort, read_cohort

TOOLS = {
    "typeform": ("Submit Date (UTC),Response Type", "2026-09-0{k} 10:00,completed", ",partial"),
    "limesurvey": ("Date submitted,Last page", "2026-09-0{k} 10:00,4", ",2"),
    "redcap": ("Record ID,Complete?", "{k},Complete", "{k},Incomplete"),
    "surveymonkey": ("Respondent ID,Response Status", "{k},completed", "{k},partial"),
}


def export(folder: Path, tool: str) -> dict[str, Any]:
    """Write three finished answers and two that broke off, one of them of somebody again."""
    own, whole, part = TOOLS[tool]
    said = ["Ann A,a@x.org,mentee,yes", "Bo B,b@x.org,mentor,yes", "Cy C,c@x.org,mentor,yes"]
    said += ["Ann A,a@x.org,mentee,", "Di D,d@x.org,mentee,yes"]
    rows = [f"{(part if k > 3 else whole).format(k=k)},{one}" for k, one in enumerate(said, 1)]
    (folder / "form.csv").write_text("\n".join([f"{own},Name,Mail,Role,OK", *rows]), "utf-8")
    columns = {"Name": "name", "Mail": "email", "Role": "role", "OK": "consent"}
    more = {"Record ID": "ignore"} if tool == "redcap" else {}
    return {
        "input": {"id": "email", "consent": "required"},
        "tables": {"signups": {"preset": tool}},
        "columns": columns | more,
    }


@pytest.mark.parametrize("tool", TOOLS)
def test_an_unfinished_answer_is_told_and_never_outranks_a_finished_one(
    tmp_path: Path, tool: str
) -> None:
    """Whoever agreed in the finished one has agreed; who has no other counts as far as it goes."""
    cohort = read_cohort(tmp_path, Config.model_validate(export(tmp_path, tool)))
    assert sorted(cohort.mentees["name"]) == ["Ann A", "Di D"]
    told = {finding.code: finding.message for finding in cohort.findings}
    assert "1 row (6)" in told["W_UNFINISHED"]
    assert "the finished answer counts, row 2" in told["W_RESUBMISSION"]


def test_a_later_answer_that_stops_before_the_consent_does_not_count(tmp_path: Path) -> None:
    """No column says that it broke off; a no counts, be it later or not."""
    rows = ["a@x.org,Ann A,mentee,yes", "b@x.org,Bo B,mentor,yes", "c@x.org,Cy C,mentee,yes"]
    rows += ["a@x.org,Ann A,mentee,", "c@x.org,Cy C,mentee,no"]
    (tmp_path / "form.csv").write_text("\n".join(["email,name,role,consent", *rows]), "utf-8")
    stated = {"id": "email", "duplicates": "latest", "consent": "required"}
    cohort = read_cohort(tmp_path, Config.model_validate({"input": stated}))
    assert [*cohort.mentees["name"]] == ["Ann A"]


def test_unfinished_answers_are_left_out_by_config(tmp_path: Path) -> None:
    """Each is told by its row, and the rest is read as it is."""
    stated = export(tmp_path, "typeform")
    stated["input"]["unfinished"] = "set aside"
    found = check_cohort(tmp_path, Config.model_validate(stated))
    assert [f.row for f in found if f.code == "W_UNFINISHED"] == [5, 6]
