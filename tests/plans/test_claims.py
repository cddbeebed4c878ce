"""Everything that plans say is what the tables say: properties on drawn cohorts.

`MATCHER_CLAIMS=500 pytest -m "" tests/plans/test_claims.py` draws five hundred cohorts.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from tests.folders import Rows, write_cohort
from tests.plans.drawn_cohorts import FORMS, KINDS, LISTS, draw_cohort

from matcher.catalogue.catalogue import leaves, ours
from matcher.config import load_config
from matcher.errors import MatcherError
from matcher.intake.read import read_cohort
from matcher.pipeline import solve_instance
from matcher.plans.claims import Claim, ClaimKind
from matcher.plans.mentor_page import mentor_page
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_page import PlanPage, plan_page
from matcher.plans.plan_source import PlanSource
from matcher.problem.instance import build
from matcher.programme.joined_folder import write_joined
from matcher.publish.matching import Matching
from matcher.run_tables import read_table_file
from matcher.vocabulary import FACET_GROUPS

ELSEWHERE = (
    *(ClaimKind.OPEN_NEED, ClaimKind.HELD, ClaimKind.HELD_IN_PART),
    ClaimKind.NOT_ASKED_OF_MENTORS,
)
"""Claims of needs for which no mentor is there."""
COHORTS = int(os.environ.get("MATCHER_CLAIMS", str(len(KINDS))))
DAY = re.compile(
    r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December) \d{4}"
)
GIVEN = {"2026-02-01": "1 February 2026", "2026-06-20": "20 June 2026"}


@dataclass(frozen=True)
class Made:
    """A drawn cohort with its plans."""

    tables: dict[str, Rows]
    source: PlanSource
    matching: Matching
    folder: Path

    def person(self, table: str, person: str) -> dict[str, object]:
        """Return a row as it was written."""
        return next(row for row in self.tables[table] if row["person_id"] == person)

    def text(self, person: str) -> str:
        """Return the visible text of a mentee's page, without the form to print."""
        return visible(self.folder / f"{person}.html").partition("My network: a form for two")[0]


def visible(path: Path) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"(?s)<style>.*?</style>|<(title)>.*?</\1>", " ", path.read_text("utf-8"))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def make(folder: Path, seed: int, *, language: str = "en") -> Made | None:
    """Draw a cohort and make its plans; None where the draw cannot be matched at all."""
    tables = draw_cohort(folder / "cohort", seed)
    told = [f"programme.language={language}"]
    place = folder / "cohort"
    config = load_config(place / "matcher.toml", overrides=told)
    if KINDS[seed % len(KINDS)] == "second intake":
        place = joined(folder, tables)
        config = load_config(place / "matcher.toml", overrides=told)
    cohort = read_cohort(place, config)
    try:
        instance = build(cohort, config)
    except MatcherError:
        return None
    matching = Matching(instance, solve_instance(instance))
    found = matching.tables()
    source = PlanSource(
        cohort,
        config,
        instance.audit,
        found["matches"],
        found["portfolios"],
        unmatched=found["unmatched"],
        is_approved=language == "en" and seed % 2 == 1,
        shows_addresses=seed % 2 == 1,
    )
    write_plans(folder / "plans", source)
    return Made(tables, source, matching, folder / "plans")


def joined(folder: Path, tables: dict[str, Rows]) -> Path:
    """Return the folder in which a drawn cohort and mentees who came later are one.

    The first of them signs up again, with other answers; these stand in `tables` from then on.
    """
    late = [tables["mentees"][0] | {"goals": "Qzlate garden.", "contexts": "confidence"}]
    late.append({**late[0], "person_id": "late", "name": "Eve Qzlast", "goals": ""})
    mentors = [row | {"capacity": 1} for row in tables["mentors"][:1]]
    write_cohort(folder / "late", {"mentees": late, "mentors": mentors})
    tables["mentees"] = [late[0], *tables["mentees"][1:], late[1]]
    tables["mentors"] = [*mentors, *tables["mentors"][1:]]
    configs = load_config(folder / "cohort" / "matcher.toml"), load_config(None)
    write_joined((str(folder / "cohort"), str(folder / "late")), configs, folder / "both")
    return folder / "both"


def facets_of(row: dict[str, object], side: str) -> set[str]:
    """Return the told facets that a person ticked or rated, from the written row alone."""
    found = set()
    for group, column in zip(FACET_GROUPS, LISTS, strict=True):
        for item in filter(None, str(row.get(column) or "").split(";")):
            if group != "knowing":
                found.add(f"{group}.{item}")
            else:
                found |= {
                    f"knowing.{v.split('.')[0]}"
                    for v in FACET_GROUPS["knowing"]
                    if v.split(".")[-1] == item or v.split(".")[0] == item
                }
    for form in ("why", "how", "whom"):
        if float(str(row.get(f"{side}_{form}") or 0)) > 0:
            found.add(f"knowing.{form}")
    for item in filter(None, str(row.get("topics") or "").split(";")):
        found.add("topic." + item.lower().replace(" ", "_"))
    return found


def check_cells(made: Made, claims: list[Claim]) -> None:
    """Every claim has a cell behind it, and every cell of the cohort is filled in."""
    for claim in claims:
        assert claim.cells, claim
        for table, row, column in claim.cells:
            if table in ("mentees", "mentors"):
                assert made.person(table, row)[column] not in ("", None), claim
            elif table in ("contacts", "engagements"):
                ids = row.split(" ")
                rows = [
                    r
                    for r in made.tables[table]
                    if ids[0] in (r.get("person_id"), r.get("mentee_id"))
                ]
                assert any(r.get(column) for r in rows), claim
            else:
                assert table in ("matches", "portfolios", "unmatched", "config"), claim


def check_match(made: Made, mentee: str, part: object) -> None:
    """Check that what is said of a match is what the two said."""
    own, theirs = made.person("mentees", mentee), made.person("mentors", part.mentor_id)
    wanted, offered = facets_of(own, "need"), facets_of(theirs, "offer")
    by = {claim.kind: claim for claim in part.claims}
    for kind in (ClaimKind.ASKED_AND_OFFERED, ClaimKind.OFFERED_IN_PART, ClaimKind.OFFERED_TOO):
        for facet in by[kind].codes if kind in by else ():
            assert facet in wanted
            assert facet in offered
    assert not re.search(r"did not name", " ".join(part.reasons))
    for column, values in FORMS.items():
        said = {own.get(column), theirs.get(column)}
        for value in filter(None, values):
            assert not re.search(rf"\b{value}\b", part.shape) or value in said
    if not (own.get("hours_per_month") or theirs.get("hours_per_month")):
        assert "a month" not in part.practical
    if own.get("timezone") != theirs.get("timezone") and "both free" in part.practical:
        assert "by your clock, UTC" in part.practical
    pairs = [
        r
        for r in made.tables.get("engagements", ())
        if (r["mentee_id"], r["mentor_id"]) == (mentee, part.mentor_id)
    ]
    if any(r["status"] in ("active", "paused") for r in pairs):
        assert not part.letter
        assert "work together already" in part.standing
    named = [r for r in made.tables.get("contacts", ()) if r["person_id"] == mentee]
    if any(r["contact_id"] == part.mentor_id for r in named):
        assert not part.letter


def check_quotes(made: Made, person: str, text: str) -> None:
    """Whoever is quoted is quoted whole."""
    people = [*made.tables["mentees"], *made.tables["mentors"]]
    written = {
        " ".join(str(row[c]).split()) for row in people for c in ("goals", "bio") if row.get(c)
    }
    for quote in re.findall("\u201c(.*?)\u201d", text):
        assert " ".join(quote.split()) in written, (person, quote)


def check_needs(page: PlanPage, made: Made, mentee: str) -> None:
    """No need is both met and open, and none stands in two places."""
    offered = [
        facet
        for part in page.matches
        for claim in part.claims
        for facet in claim.codes
        if claim.kind in (ClaimKind.ASKED_AND_OFFERED, ClaimKind.OFFERED_IN_PART)
    ]
    rest = [
        facet for said in page.claims for facet in said.claim.codes if said.claim.kind in ELSEWHERE
    ]
    assert not set(offered) & set(rest)
    assert len(rest) == len(set(rest))
    if page.matches:
        assert facets_of(made.person("mentees", mentee), "need") <= {*offered, *rest}
    for said in page.claims:
        if said.claim.kind is ClaimKind.NOT_ASKED_OF_MENTORS:
            assert set(said.claim.codes) <= facets_of(made.person("mentees", mentee), "need")


def check_others(made: Made, mentee: str, text: str) -> None:
    """Nobody else's contacts are named."""
    for row in made.tables.get("contacts", ()):
        if row["person_id"] != mentee and str(row["contact_id"]).startswith("Qz"):
            assert str(row["contact_id"]) not in text.split()


def check_addresses(made: Made, reader: str, text: str) -> None:
    """Check that addresses stand on pages of a pair alone, where both agreed to give theirs on."""
    programme, source = made.source.config.programme, made.source
    pairs = [*source.matches_of.get(reader, ()), *source.matches_with.get(reader, ())]
    for address in re.findall(r"[et]\d+@x\.example", text):
        other = address.partition("@")[0]
        (pair,) = {(m.mentee_id, m.mentor_id) for m in pairs if other in (m.mentee_id, m.mentor_id)}
        agreed = ("yes", "") if programme.share_addresses else ("yes",)
        rows = made.person("mentees", pair[0]), made.person("mentors", pair[1])
        assert all(row["email"] and row["share_address"] in agreed for row in rows)
        assert source.is_approved


def check_network_changes(made: Made, mentee: str, claims: list[Claim]) -> None:
    """Who joined or left a network since the audit before is told as the two waves say."""
    waves: dict[str, set[str]] = {"1": set(), "2": set()}
    for row in made.tables.get("contacts", ()):
        if row["person_id"] == mentee:
            waves[str(row.get("wave") or 1)].add(str(row["contact_id"]))
    for claim in claims:
        if claim.kind is ClaimKind.NETWORK_CHANGED and claim.codes[0] in ("joined", "left"):
            now, before = waves["2"], waves["1"]
            assert {*claim.texts} == (now - before if claim.codes[0] == "joined" else before - now)


def check_days(made: Made, text: str) -> None:
    """No day stands on a page that nobody gave."""
    written = {str(r.get(c)) for r in made.tables.get("engagements", ()) for c in ("start", "end")}
    given = {GIVEN[day] for day in written if day in GIVEN}
    if made.source.config.programme.start:
        given |= {f"{day} March 2027" for day in range(1, 8)}
    for start in made.source.config.programme.period_starts:
        given |= {f"{start.day + k} {start:%B %Y}" for k in range(7)}
    assert set(DAY.findall(text)) <= given


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(COHORTS))
def test_plans_say_what_the_tables_say(tmp_path: Path, seed: int) -> None:
    """Claims of plans and pages hold for drawn cohorts of every kind."""
    made = make(tmp_path, seed)
    if made is None:
        return
    for mentee in made.source.mentees:
        page, text = plan_page(made.source, mentee), made.text(mentee)
        claims = [said.claim for said in page.claims]
        keys = [(said.other_id, said.claim.kind, said.claim.codes) for said in page.claims]
        assert len(keys) == len(set(keys))
        check_cells(made, claims)
        check_needs(page, made, mentee)
        check_quotes(made, mentee, text)
        check_others(made, mentee, text)
        check_days(made, text)
        check_addresses(made, mentee, text)
        check_network_changes(made, mentee, claims)
        for part in page.matches:
            check_match(made, mentee, part)
        assert bool(page.matches) is not bool(page.nobody)
        told = re.split(r"(?<=[.?!]) (?=[A-Z])", text.partition("If you want to go further")[0])
        own = " ".join(part.practical for part in page.matches)  # of each mentor, be it the same
        long = [line for line in told if len(line) > 60 and "Qz" not in line and line not in own]
        assert len(long) == len(set(long)), [line for line in long if long.count(line) > 1]
        if page.timeline is not None:
            labels = [bar.label for bar in page.timeline.bars]
            assert len(labels) == len(set(labels))
    shared = {
        str(r["contact_id"]) for r in made.tables.get("contacts", ()) if r["share_with"] != "mentor"
    }
    for mentor in made.source.matches_with:
        text = " ".join(
            visible(path) for path in [next(made.folder.glob(f"mentors/{mentor}.html"))]
        )
        check_days(made, text)
        check_quotes(made, mentor, text)
        check_addresses(made, mentor, text)
        check_cells(made, [said.claim for said in mentor_page(made.source, mentor).claims])
        assert not {token for token in shared if token.startswith("Qz")} & set(text.split())
    table = read_table_file(made.folder / "claims.csv", "claims")
    assert ClaimKind.KNOWN_CONTACT.value not in set(table["claim"])
    assert not [cell for column in table for cell in table[column] if "Qz" in str(cell)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, COHORTS, 3))
def test_every_need_is_in_one_state(tmp_path: Path, seed: int) -> None:
    """A known need is covered, covered in part or open, and shares of it agree everywhere."""
    made = make(tmp_path, seed)
    if made is None:
        return
    pairs, portfolios = made.matching.pairs, made.matching.tables()["portfolios"]
    covers = (
        made.matching.tables()["matches"]
        .groupby("mentee_id")["covers"]
        .agg(lambda c: set().union(*c))
    )
    for row, known in zip(portfolios.itertuples(), pairs.is_known, strict=True):
        assert not set(row.uncovered) & (covers.get(row.mentee_id, set()) | set(row.partly))
        if not known:
            assert row.needs_met != row.needs_met
            assert not [*row.uncovered, *row.partly, *covers.get(row.mentee_id, ())]
    after = made.matching.summary["metrics"]["coverage_after"]
    mean = portfolios["needs_met"].mean()
    assert (after is None and mean != mean) or abs(after - mean) < 1e-12


@pytest.mark.slow
def test_unasked_is_not_unsaid(tmp_path: Path) -> None:
    """Nobody is told that they have not said what they were never asked."""
    tables = {
        "mentees": [{"person_id": "e1", "purposes": "", "goals": "To lead"}],
        "mentors": [{"person_id": "t1", "purposes": "personal", "capacity": 1}],
    }
    source = PlanSource(
        read_cohort(write_cohort(tmp_path, tables)),
        load_config(None),
        None,
        pd.DataFrame(columns=["mentee_id", "mentor_id"]),
        pd.DataFrame(columns=["mentee_id", "uncovered"]),
    )
    (missing,) = plan_page(source, "e1").missing
    assert missing.startswith("what you want mentoring for")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, COHORTS, 3))
def test_plans_of_another_language_are_whole(tmp_path: Path, seed: int) -> None:
    """A German page has no English sentence, no open place, and quotes people whole."""
    made = make(tmp_path, seed, language="de")
    if made is None:
        return
    english = [
        part.strip()
        for _, text in leaves(ours("en").words)
        for line in (text if isinstance(text, list) else [text])
        for part in re.split(r"\{\w+\}", line)
        if len(part.split()) > 2
    ]
    for path in [*made.folder.glob("*.html"), *made.folder.glob("mentors/*.html")]:
        text = visible(path)
        assert 'lang="de"' in path.read_text("utf-8")
        assert not [part for part in english if part in text]
        assert not re.search(r"[{}]", text)
        quotes = re.findall("\u201e(.*?)\u201c", text)
        people = [*made.tables["mentees"], *made.tables["mentors"]]
        written = {
            " ".join(str(r[c]).split()) for r in people for c in ("goals", "bio") if r.get(c)
        }
        assert {" ".join(quote.split()) for quote in quotes} <= written
