"""Somebody's leaving changes nothing for those who stay: whom they are kept apart from, the day."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.cli.main import run
from matcher.cohort import Cohort
from matcher.intake import read_cohort

TITLES = "person_id,name,email,avoid,line_manager,bio\n"
WRITTEN = (
    ("Lund Jo", "", ""),
    ("nicht mit Jo Lund aus Haus 3", "", ""),
    ("", "Jo Lund", ""),
    ("Ann Bee; Jo Lund", "", ""),
    ("", "", "I must never meet Jo Lund again"),
    ("the tall friend of Jo Lund", "", ""),
)
NAMES = [
    a + b
    for a in ("Dok", "Quim", "Vazt", "Weg", "Zyb")
    for b in ("ar", "oes", "und", "ilk", "eo", "yx")
]
ANSWERS = (None, '"E1"', '"M1"', '["E1", "M1"]', '"no"')


def apart(cohort: Cohort) -> set[tuple[str, str]]:
    """Return who must not meet, as tables say and as long as questions are open."""
    said = {pair for question in cohort.questions for pair in question.pairs_apart}
    for side in (cohort.mentees, cohort.mentors):
        for row in side.itertuples():
            said |= {(row.person_id, other) for other in (*row.avoid, row.line_manager)}
    return {pair for pair in said if isinstance(pair[1], str)}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Return one in which two are called Jo Lund, and answers may mean one, the other or both."""
    folder = tmp_path_factory.mktemp("namesakes") / "cohort"
    folder.mkdir()
    rows = ["E1,Jo Lund,jo1@x.example,,,", "E0,Al Moe,al@x.example,,,"]
    said = [(*cells, answer) for cells in WRITTEN for answer in ANSWERS]
    for k, (avoid, manager, remark, _) in enumerate(said):
        rows.append(f"P{k},{NAMES[k]} Pip,p{k}@x.example,{avoid},{manager},{remark}")
    (folder / "mentees.csv").write_text(TITLES.replace("bio", "goals") + "\n".join(rows) + "\n")
    mentors = ["M1,Jo Lund,jo2@x.example,E0,,", "M2,Ann Bee,ann@x.example,,,"]
    (folder / "mentors.csv").write_text(TITLES + "\n".join(mentors) + "\n")
    pairs = ["E0,M2,completed,2023-01-02,2023-12-01", "E1,M2,completed,2025-03-01,2025-09-30"]
    (folder / "engagements.csv").write_text(
        "mentee_id,mentor_id,status,start,end\n" + "\n".join(pairs) + "\n"
    )
    keys = {q.person: q.key for q in read_cohort(folder).questions if q.person.startswith("P")}
    assert len(keys) == len(said)
    lines = [f"{keys[f'P{k}']} = {one[-1]}" for k, one in enumerate(said) if one[-1]]
    contact = 'contact = "Jo Lund <jo1@x.example>"'
    (folder / "matcher.toml").write_text("\n".join(["[programme]", contact, "[resolve]", *lines]))
    return folder


@pytest.mark.parametrize("how", [pytest.param((), marks=pytest.mark.slow), ("--black-out",)])
def test_who_was_kept_apart_and_stays_is_so_still(cohort, tmp_path, capsys, how):
    """Whether the namesake who stays was meant, may be, or was not; the copy loads and is dated."""
    before = read_cohort(cohort)
    assert run(["forget", "E1", str(cohort), "-o", str(tmp_path / "copy"), *how]) == 0
    told = capsys.readouterr().out
    after = read_cohort(tmp_path / "copy")
    assert apart(after) == {pair for pair in apart(before) if "E1" not in pair}
    assert re.search(r"said whether M1 and this\s+person are one", told)
    assert (before.as_of, "measured on 2025-09-30" in told) == (after.as_of, True)
    config = (tmp_path / "copy" / "matcher.toml").read_text()
    assert ('contact = ""' in config) == bool(how) == ("write another contact" in told)
