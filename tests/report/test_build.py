"""The report is one inert, deterministic file that tells each audience what it may know."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from matcher.errors import StorageError
from matcher.report.page import build_report
from matcher.report.run_data import RunData, ShownNames
from matcher.report.views import waterfall_of

MakeRun = Callable[..., Path]
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "\u202egnp.exe",
]


class _Page(HTMLParser):
    """Collects tags, attributes and the text of titles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def _text(run: Path, audience: str = "coordinator") -> str:
    return build_report(run, audience).decode()


@pytest.mark.slow
def test_same_run_same_bytes(make_run: MakeRun) -> None:
    """Nothing of the clock, the path or memory gets into the page."""
    run = make_run()
    other = run.rename(run.with_name("elsewhere"))
    assert build_report(other) == build_report(other)


@pytest.mark.slow
def test_nothing_is_asked_of_the_network(make_run: MakeRun) -> None:
    """No attribute that loads or links leads anywhere but into the page itself."""
    page = _Page(_text(make_run()))
    links = [value for name, value in page.attributes if name in {"src", "href", "action"}]
    assert links
    assert all(value.startswith("#") for value in links)
    assert not {"img", "iframe", "object", "embed", "link", "form"} & set(page.tags)


@pytest.mark.slow
def test_the_policy_names_the_only_style_and_script(make_run: MakeRun) -> None:
    """The hashes in the policy are those of the two inline blocks; no inline handler is left."""
    text = _text(make_run())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    for tag in ("style", "script"):
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(blocks) == 1
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy[1]
    assert "default-src &#39;none&#39;" in policy[1]
    names = {name for name, _ in _Page(text).attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}


@pytest.mark.slow
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_ids_are_text(make_run: MakeRun, hostile: str) -> None:
    """Markup in an id or a reason makes no element, attribute or turned text."""
    clean = _Page(_text(make_run(seed=1)))
    text = _text(make_run(n=59, hostile=hostile))
    dirty = _Page(text)
    assert set(dirty.tags) == set(clean.tags)
    assert dirty.tags.count("script") == 1
    assert "\u202e" not in text
    assert not [value for name, value in dirty.attributes if name == "href" and value[0] != "#"]


@pytest.mark.slow
def test_waterfalls_sum_to_the_score_shown(make_run: MakeRun) -> None:
    """In each waterfall the parts shown add up to the score shown, which is that of the match."""
    run = make_run()
    tables = re.findall(r"How ([\d.]+) adds up</caption>.*?</table>", _text(run), re.S)
    blocks = re.findall(r"How [\d.]+ adds up</caption>(.*?)</table>", _text(run), re.S)
    scores = [line.split(",")[4] for line in (run / "matches.csv").read_text().splitlines()[1:]]
    assert len(blocks) == len(scores)
    for shown, block, score in zip(tables, blocks, scores, strict=True):
        rows = re.findall(r"<tr><th scope=row>[^<]*<td>[^<]*<td>[^<]*<td>(\d\.\d\d)", block)
        assert sum(round(100 * float(part)) for part in rows) == round(100 * float(shown))
        assert shown == f"{float(score):.2f}"


@pytest.mark.slow
def test_every_chart_has_a_title_and_its_table(make_run: MakeRun) -> None:
    """Each figure says what it shows and stands beside rows of text."""
    text = _text(make_run())
    figures = re.findall(r"<figure.*?</figure>", text, re.S)
    assert len(figures) >= 5
    for figure in figures:
        assert re.search(r"<figcaption>[^<]{10,}</figcaption>", figure)
        assert re.search(r'<svg role="img"[^>]*><title>[^<]{10,}</title>', figure)
        assert '<th scope="row">' in figure


@pytest.mark.slow
def test_a_thousand_mentees_fit(make_run: MakeRun) -> None:
    """The file stays under 5 MB and holds every mentee without a script."""
    text = _text(make_run(1000, 500))
    assert len(text.encode()) < 5_000_000
    assert text.count("<details><summary>Why") == 980


def test_the_board_sees_no_person(make_run: MakeRun) -> None:
    """No id, no list of the worst off and no price reaches the board; groups and totals do."""
    text = _text(make_run(), "board")
    assert not re.search(r"\b[er]\d{4}\b", text)
    assert "Worst off" not in text
    assert "rice" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    assert "Fairness by group" in text
    assert "58 of 60 mentees" in text or "59 of 60 mentees" in text


def test_the_panel_sees_portfolios_without_prices(make_run: MakeRun) -> None:
    """A panel judges pairs; a price of zero would read as unwanted."""
    text = _text(make_run(), "panel")
    assert "Why this" in text or "Why these" in text
    assert "Price" not in text


@pytest.mark.slow
def test_groups_that_do_not_differ_are_a_line(make_run: MakeRun) -> None:
    """What does not differ beyond chance takes a line, not a panel."""
    text = _text(make_run(400, 200))
    assert text.count('<figure id="group-') == 1
    assert "or too few people to tell: worth of the portfolio by gender." in text


@pytest.mark.slow
def test_small_groups_are_hidden(make_run: MakeRun) -> None:
    """A group under ten reads <10 without figures, and its complement is hidden with it."""
    text = _text(make_run(400, 200))
    section = text[text.index('id="fairness"') :]
    section = section[: section.index("</section>")]
    assert "&lt;10" in section
    assert "hidden" in section
    rows = re.findall(
        r'<th scope="row">(\w+)</th><td class="n">([^<]*)</td><td[^>]*>([^<]*)', section
    )
    shown = {group: mean for group, _, mean in rows}
    assert shown["other"] == "\N{EN DASH}"
    assert sorted(shown.values()).count("\N{EN DASH}") == 2


@pytest.mark.slow
def test_approval_is_shown_only_when_given(make_run: MakeRun) -> None:
    """A run reads as proposed until somebody has approved it."""
    run = make_run()
    assert "Proposed." in _text(run)
    approved = build_report(run, approval="Approved by <b>Jo</b>").decode()
    assert "Proposed." not in approved
    assert "&lt;b&gt;Jo" in approved


@pytest.mark.slow
@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ({"gap": 0.0}, "keeps the rules and reaches as many people is worth more."),
        ({"gap": 0.00012}, "worth over 0.012% more than this one"),
        ({"gap": None}, "has not been proved"),
        (
            {"gap": 0.0, "bound_source": "claimed by the solver", "dual_bound": None},
            "worth more; this was not re-proved",
        ),
        (
            {"gap": 0.0, "bound_source": "claimed by the solver", "dual_bound": 612.3},
            "worth over 0.0082% more than this one. The solver claims that no other",
        ),
    ],
)
def test_the_headline_claims_no_more_than_is_proved(
    make_run: MakeRun, summary: dict[str, object], said: str
) -> None:
    """What the first sentences say about the bound follows the summary."""
    run = make_run()
    path = run / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | summary))
    assert said in _text(run)


def test_a_run_without_matches_still_reports(make_run: MakeRun) -> None:
    """Nobody matched is a result too."""
    run = make_run()
    for name in ("matches", "portfolios", "contributions", "alternates"):
        header = (run / f"{name}.csv").read_text().splitlines()[0]
        (run / f"{name}.csv").write_text(header + "\n")
    assert "Left out" in _text(run)


@pytest.mark.parametrize("fault", ["gone", "missing", "garbage", "json"])
def test_a_broken_run_is_named(make_run: MakeRun, fault: str) -> None:
    """A folder that is no run ends in a finding."""
    run = make_run()
    if fault == "gone":
        run = run.with_name("nowhere")
    elif fault == "missing":
        (run / "mentors.csv").unlink()
    elif fault == "garbage":
        (run / "matches.csv").write_bytes(b'a,b\n"\xff\xfe\n')
    else:
        (run / "summary.json").write_text("[")
    with pytest.raises(StorageError):
        build_report(run)


def test_recruitment_is_told_in_words(make_run: MakeRun) -> None:
    """Facets, days and gains read as words, for the board too; what was solved is shown alone."""
    text = _text(make_run(), "board")
    section = text[text.index('id="recruit"') :]
    section = section[: section.index("</section>")]
    assert "strong in strategic, knowing whom would help most: 0.35 more" in section
    assert "Thursday afternoon, Wednesday morning" in section
    assert "at most" not in section.partition('class="note"')[0]
    assert "confidence" not in section


@pytest.mark.slow
def test_recruitment_without_a_solved_gain_shows_the_bounds(make_run: MakeRun) -> None:
    """A cohort too large to be solved again is told the most that each mentor adds."""
    run = make_run()
    rows = pd.read_csv(run / "recruitment.csv", dtype=str, keep_default_na=False)
    rows[["gain", "reached"]] = ""
    rows.to_csv(run / "recruitment.csv", index=False)
    section = _text(run).partition('id="recruit"')[2].partition("</section>")[0]
    assert 'data-l="Adds at most">2.10' in section
    assert 'data-l="Adds at most">1.90' in section
    assert "More mentees reached" not in section


@pytest.mark.slow
def test_mentees_who_may_mentor_are_counted_and_named(make_run: MakeRun) -> None:
    """Whose plan offers support stands beside whom to recruit; a board sees the number only."""
    run = make_run()
    assert "asked to mentor" not in _text(run)
    (run / "possible_mentors.csv").write_text("person_id,newer_in_field\nM001,4\nM002,0\n")
    section = _text(run).partition('id="recruit"')[2].partition("</section>")[0]
    told = "2 mentees may be asked to mentor somebody, as their own plans say"
    assert f"{told}: M001, M002." in section
    board = _text(run, "board")
    assert f"{told}. possible_mentors.csv" in board
    assert "M001" not in board


def test_weights_times_values_make_the_parts(make_run: MakeRun) -> None:
    """The weight shown is the share among answered parts, so that a reader can check each line."""
    data = RunData.read(make_run())
    for pair in list(data.pairs)[:20]:
        drawn = waterfall_of(data.pairs[pair])
        for step in drawn.steps:
            weight, value = float(step.weight.rstrip("%")) / 100, float(step.value)
            assert abs(weight * value - float(step.part)) < 0.0125


@pytest.mark.slow
def test_a_place_that_a_lock_holds_has_no_price(make_run: MakeRun) -> None:
    """Any price would do for it, so none is shown as advice; others keep theirs."""
    run = make_run()
    mentors = pd.read_csv(run / "mentors.csv", dtype=str, keep_default_na=False)
    matches = pd.read_csv(run / "matches.csv", dtype=str, keep_default_na=False)
    held = matches["mentor_id"].iloc[0]
    matches["locked"] = (matches["mentor_id"] == held).map({True: "true", False: "false"})
    mine = mentors["mentor_id"] == held
    mentors.loc[mine, "capacity"] = mentors.loc[mine, "used"]
    mentors.loc[mine, "price"] = "3.75"
    mentors.to_csv(run / "mentors.csv", index=False)
    text = _text(run)
    assert "3.7500" in text
    matches.to_csv(run / "matches.csv", index=False)
    text = _text(run)
    assert "3.7500" not in text
    assert f"most with {held}" not in text


@pytest.mark.slow
def test_who_serves_as_a_mentor_is_not_left_out(make_run: MakeRun) -> None:
    """Somebody in either role who became a mentor is no mentee without one."""
    run = make_run()
    left = pd.read_csv(run / "unmatched.csv", dtype=str, keep_default_na=False)
    serving = pd.DataFrame(
        [["z9", "mentee", "serves_as_mentor", "plays one role"]], columns=left.columns
    )
    pd.concat([left, serving]).to_csv(run / "unmatched.csv", index=False)
    summary = json.loads((run / "summary.json").read_text())
    total, matched = summary["n_mentees"], summary["n_matched_mentees"]
    summary |= {"n_mentees": total + 1, "n_serve_as_mentor": 1}
    (run / "summary.json").write_text(json.dumps(summary))
    text = _text(run)
    assert f"{matched} of {total} mentees" in text
    assert "z9" not in text


def test_who_has_a_mentor_offers_no_place_though_nobody_is_left_out() -> None:
    """Somebody in either role who is matched as a mentee is no idle mentor."""
    tables = {
        "matches": pd.DataFrame({"mentee_id": ["a"], "mentor_id": ["b"]}),
        "portfolios": pd.DataFrame({"mentee_id": ["a"]}),
        "mentors": pd.DataFrame({"mentor_id": ["a", "b"], "used": [0.0, 1.0]}),
        "unmatched": pd.DataFrame({"person_id": [], "role": [], "reason": []}, dtype=object),
    }
    assert [*RunData({}, {}, tables).counted["mentors"]["mentor_id"]] == ["b"]


@pytest.mark.slow
def test_what_would_help_is_said_beside_why(make_run: MakeRun) -> None:
    """A reason alone helps nobody: each person left out has a next step."""
    section = _text(make_run(m=10)).partition('id="left-out"')[2].partition("</section>")[0]
    assert "One more place with any of these mentors" in section


def test_names_without_end_are_cut_on_the_page_alone(make_run: MakeRun) -> None:
    """Four hundred letters would push all else away; the workbook keeps them."""
    people = ShownNames({"a": "n" * 400}, {"a": "o" * 400})
    assert len(people.name("a")) == len(people.organisation("a")) == 80
    assert people.full_name("a") == "n" * 400


@pytest.mark.slow
def test_fragile_matches_are_counted_and_marked(make_run: MakeRun) -> None:
    """Pairs that a single change of a weight undoes are told, and named where they stand."""
    run = make_run()
    rows = pd.read_csv(run / "matches.csv", dtype=str, keep_default_na=False)
    rows["robust"] = ["false" if k < 3 else "true" for k in range(len(rows))]
    rows.to_csv(run / "matches.csv", index=False)
    text = _text(run)
    assert f"3 of {len(rows)} matches would not be made" in text
    assert text.count("fragile: look twice") == 3


def test_ids_made_from_addresses_are_names_in_texts() -> None:
    """They say nothing to people; an id stays where two have one name, or it was given."""
    ann, bo, two = "p-0123456789ab", "p-ab0123456789", "p-aaaaaaaaaaaa"
    people = ShownNames({ann: "Ann Ash", bo: "Bo Byrne", two: "Bo Byrne", "P7": "Cy Dee"})
    assert people.in_text(f"1 mentee ({ann}) asks; P7 has {two}") == (
        f"1 mentee (Ann Ash) asks; P7 has Bo Byrne ({two})"
    )
    assert people.in_text(f"Bo Byrne ({bo})") == f"Bo Byrne ({bo})"
    assert [people.with_id(who) for who in (ann, "P7", "x")] == ["Ann Ash", "Cy Dee (P7)", "x"]
