"""Checks across cells and rows: of people and their ids, of dates, of network audits."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd

from matcher.cohort.ids import id_key, plain_address
from matcher.cohort.tables import MAX_CONTACTS, MAX_NOTES, Kind, table_spec
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.findings import at_rows, is_among
from matcher.intake.mapping import EMAIL_ID
from matcher.intake.members import Members
from matcher.intake.presets import SUBMITTED
from matcher.text import count_of, did_you_mean, fold_each, nearest, shown_id
from matcher.vocabulary import BEGUN, ENDED, LOCKED


def check_people(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Return everything that is wrong with people, row by row."""
    return [
        *_check_limits(frame, table, config),
        *_check_pools(frame, table, config),
        *(() if config.input.id == EMAIL_ID else _check_addresses(frame, table)),
        *_check_letters(frame, table),
    ]


def _check_limits(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report fewest above most: mentors of a mentee (error), mentees of a mentor (warning)."""
    findings: list[Finding] = []
    if "min_mentors" in frame:
        limit, largest = config.portfolio.limit, config.portfolio.max_size
        is_above = frame["min_mentors"] > frame["max_mentors"].fillna(limit)
        remedy = f"raise max_mentors (empty counts as {limit}) or lower min_mentors"
        finding = Finding("E_RANGE", "min_mentors is above max_mentors", remedy)
        findings += at_rows(frame, is_above, (table, "min_mentors"), finding)
        greedy = int((frame["max_mentors"] > largest).sum())
        if greedy:
            message = f"people who want more mentors than portfolio.max_size allows: {greedy}"
            remedy = f"they get at most {largest}; raise [portfolio] max_size if wanted"
            finding = Finding("W_MAX_MENTORS", message, remedy)
            findings.append(finding.at(table, column="max_mentors"))
    if "min_mentees" in frame and config.capacity.unit == "places":
        is_above = frame["min_mentees"] > frame["capacity"].fillna(config.capacity.default)
        message = "min_mentees is above capacity and cannot be reached"
        finding = Finding("W_MIN_MENTEES", message, "raise capacity or lower min_mentees")
        findings += at_rows(frame, is_above, (table, "min_mentees"), finding)
    return findings


def _check_pools(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report pools that the config does not name: their places would be unlimited."""
    if "pool" not in frame or frame["pool"].isna().all():
        return []
    pools = config.capacity.pools
    if not pools:
        message = "pools are named, but [capacity.pools] gives none of them places"
        remedy = 'add [capacity.pools] with for instance "Physics" = 12'
        return [Finding("W_POOL_UNLIMITED", message, remedy).at(table, column="pool")]
    findings: list[Finding] = []
    for name in sorted(set(frame["pool"].dropna()) - set(pools)):
        hint = did_you_mean(nearest(name, pools))
        remedy = f"{hint}valid: {', '.join(pools)}"
        finding = Finding("E_ENUM", "the pool is not one of [capacity.pools]", remedy)
        findings += at_rows(frame, (frame["pool"] == name).fillna(False), (table, "pool"), finding)
    return findings


def _check_addresses(frame: pd.DataFrame, table: str) -> list[Finding]:
    """Warn of e-mail addresses that are none."""
    place = (table, "email")
    wrong = [isinstance(text, str) and plain_address(text) is None for text in frame["email"]]
    remedy = "correct it; letters to this person will not arrive"
    finding = Finding("W_EMAIL", "the e-mail address looks wrong", remedy)
    return at_rows(frame, wrong, place, finding)


def _check_letters(frame: pd.DataFrame, table: str) -> list[Finding]:
    """Warn of e-mail addresses that many mail servers refuse: letters beyond ASCII before the @."""
    local = [text.rpartition("@")[0] if isinstance(text, str) else "" for text in frame["email"]]
    remedy = "ask for another address; a mail to this one may not arrive"
    finding = Finding(
        "W_EMAIL", "the e-mail address has letters beyond a to z before the @", remedy
    )
    return at_rows(frame, [not part.isascii() for part in local], (table, "email"), finding)


def check_grades(frames: Mapping[str, pd.DataFrame], config: Config) -> list[Finding]:
    """Tell that grades of a form do not count as long as nobody has put them in order."""
    targets = [
        t for g in config.columns.values() for t in (g.values() if isinstance(g, dict) else [g])
    ]
    if config.programme.grades or "seniority" not in targets:
        return []
    cells = {name: frame["seniority"].dropna() for name, frame in frames.items()}
    said = sorted({str(cell) for column in cells.values() for cell in column})
    if len(said) < 2:
        return []
    table = next(name for name, column in cells.items() if len(column))
    message = f"{len(said)} grades are answered, and nobody has said their order: they do not count"
    remedy = "write them in [programme] grades, lowest first (matcher map lists them)"
    return [Finding("W_GRADES", message, remedy).at(table, column="seniority")]


def check_id_twins(people: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Report ids that differ but look alike: case, spaces, or Unicode form.

    Parameters
    ----------
    people
        By table: frame with `person_id` and `source_row`.
    """
    columns = ["person_id", "source_row"]
    parts = [frame[columns].assign(table=name) for name, frame in people.items()]
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    distinct = everyone.drop_duplicates("person_id").sort_values("person_id")
    keys = distinct["person_id"].map(id_key)
    twins = distinct[keys.duplicated(keep=False)]
    remedy = "write one person's id the same way everywhere, or give two people two ids"
    findings = []
    for _, group in twins.groupby(keys, sort=True):
        (first, row, table), *others = group[[*columns, "table"]].to_numpy().tolist()
        for twin, own_row, own in others:
            message = f"ids {shown_id(twin)} and {shown_id(first)} ({table} row {row}) look alike"
            finding = Finding("E_ID_COLLISION", message, remedy)
            findings.append(finding.at(own, own_row, "person_id"))
    return findings


NO_DATES = date(1970, 1, 1)
"""`as_of` of a cohort without a single past event: nothing is measured from it."""


_YET_TO_BEGIN = "; a pair that is yet to begin is accepted, not active"


def _days_recorded(rows: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return the day that somebody took for today when they recorded each row, else a day past."""
    said = rows["recorded_at"].astype("str").str[:10] if "recorded_at" in rows else ""
    days = pd.to_datetime(pd.Series(said, rows.index), errors="coerce", format="%Y-%m-%d")
    return days.fillna(pd.Timestamp(NO_DATES))


def check_dates(tables: dict[str, pd.DataFrame], latest: date) -> list[Finding]:
    """Report past events after `latest`, or after the day on which they were recorded if later.

    Pairs of dates in the wrong order are reported as well.
    """
    findings: list[Finding] = []
    remedy = f"correct it: it must not be after {latest.isoformat()}"
    finding = Finding("E_DATE_FUTURE", "the date of a past event lies in the future", remedy)
    for table, column, dates in _past_dates(tables):
        rows = tables[table].loc[dates.index]
        is_late = (dates > pd.Timestamp(latest)) & (dates > _days_recorded(rows))
        yet = _YET_TO_BEGIN if (table, column) == ("engagements", "start") else ""
        told = replace(finding, remedy=remedy + yet)
        findings += at_rows(rows, is_late, (table, column), told)
    return findings + _check_order(tables)


def _check_order(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Report ends before starts."""
    findings: list[Finding] = []
    for table, frame in tables.items():
        for column in table_spec(table).columns:
            for first in column.not_before:
                message = f"{column.name} lies before {first}"
                finding = Finding("E_DATE_ORDER", message, "correct one of the two dates")
                is_before = frame[column.name] < frame[first]
                findings += at_rows(frame, is_before, (table, column.name), finding)
    return findings


def _past_dates(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield table, column and dates of all past events."""
    for table, frame in tables.items():
        for column in table_spec(table).columns:
            if column.kind is Kind.DATE and column.past:
                yield table, column.name, frame[column.name].dropna()
    if "engagements" in tables:
        frame = tables["engagements"]
        for name, states in (("start", BEGUN), ("end", ENDED)):
            has_happened = frame["status"].isin(states)
            yield "engagements", name, frame.loc[has_happened, name].dropna()


def today_anywhere() -> date:
    """Return the later of the day here and in UTC: today's answer is nowhere in the future."""
    now = datetime.now(tz=UTC)
    return max(now.date(), now.astimezone().date())


def newest_past_date(tables: dict[str, pd.DataFrame], today: date) -> date:
    """Return the newest past event that is not after `today`; `NO_DATES` where there is none.

    The days on which people handed in their answers are such events.
    """
    newest = NO_DATES
    handed_in = (frame[SUBMITTED].dropna() for frame in tables.values() if SUBMITTED in frame)
    for dates in (*(dates for _, _, dates in _past_dates(tables)), *handed_in):
        happened = dates[dates <= pd.Timestamp(today)]
        if len(happened):
            newest = max(newest, happened.max().date())
    return newest


def check_audits(frames: Mapping[str, pd.DataFrame], *, has_contacts: bool) -> list[Finding]:
    """Return what is wrong with the tables of an audit, as far as they are there.

    Parameters
    ----------
    frames
        Typed tables by name.
    has_contacts
        Whether it is known which contacts people listed, so that ties can be held against them.
    """
    findings: list[Finding] = []
    if "contacts" in frames:
        findings += _check_contacts(frames["contacts"])
    if "contact_ties" in frames and has_contacts:
        nobody = pd.DataFrame({"person_id": [], "contact_id": []})
        findings += _check_ties(frames["contact_ties"], frames.get("contacts", nobody))
    if "audit_notes" in frames:
        findings += _check_notes(frames["audit_notes"])
    return findings


def _check_contacts(frame: pd.DataFrame) -> list[Finding]:
    """At most ten different contacts an audit, none of them the person."""
    place = ("contacts", "contact_id")
    known = frame.dropna(subset=["person_id", "contact_id"])
    is_over = known.groupby(["person_id", "wave"]).cumcount() == MAX_CONTACTS
    message = f"the audit lists more than {MAX_CONTACTS} contacts"
    remedy = f"keep the {MAX_CONTACTS} that matter most"
    findings = at_rows(known, is_over, place, Finding("E_AUDIT_CONTACTS_MAX", message, remedy))
    # Like everywhere in an audit, KT and kt are the same initials.
    folded = known.assign(contact_id=fold_each(known["contact_id"]))
    again = folded.duplicated(["person_id", "wave", "contact_id"])
    remedy = "keep one row, or tell two people with the same initials apart"
    finding = Finding("E_DUP_ROW", "the contact is listed twice in one audit", remedy)
    findings += at_rows(known, again, place, finding)
    is_self = folded["contact_id"] == fold_each(known["person_id"])
    finding = Finding("E_SELF_TIE", "the person lists themselves as a contact", "delete the row")
    return findings + at_rows(known, is_self, place, finding)


def check_contact_members(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Warn of contacts who are said to be cohort members and are not."""
    is_said = frame["is_person_id"].fillna(False).to_numpy(dtype=bool)
    strange = is_said & ~is_among(frame["contact_id"], members.everyone)
    message = "the contact is said to be a member of the cohort, but no member has that id"
    remedy = "write the member's id as contact_id; as it stands the contact counts as an outsider"
    finding = Finding("W_CONTACT_UNRESOLVED", message, remedy)
    return at_rows(frame, strange, ("contacts", "is_person_id"), finding)


def check_stale_contacts(frame: pd.DataFrame, as_of: date, days: int) -> list[Finding]:
    """Warn, once a person, of contacts last talked to more than `days` before `as_of`.

    Only of the latest audit: in an earlier one it is no wonder.
    """
    age = pd.Timestamp(as_of) - frame["last_contact"]
    wave = frame["wave"].fillna(1)
    is_latest = wave == wave.groupby(frame["person_id"]).transform("max")
    stale = frame[is_latest & (age > pd.Timedelta(days=days))]
    counts = stale.groupby("person_id", sort=True)["source_row"].agg(["size", "min"])
    remedy = "the audit is about people recently turned to: ask whether they still belong to it"
    past = count_of(days, "day")
    findings = []
    for person, size, row in counts.itertuples():
        message = f"{shown_id(person)} last talked to {count_of(size, 'contact')} over {past} ago"
        finding = Finding("W_STALE_CONTACT", message, remedy)
        findings.append(finding.at("contacts", int(row), "last_contact"))
    return findings


def check_past_ends(engagements: pd.DataFrame, today: date) -> list[Finding]:
    """Warn of each pair that is said to go on though its end has passed: nobody said how it ended.

    Its place stays held, and the pair together, until the status tells.
    """
    going_on = engagements["status"].isin([status.value for status in LOCKED])
    past = engagements[going_on & (engagements["end"] <= pd.Timestamp(today))]
    remedy = "has it ended? set the status to completed, or correct the end"
    findings = []
    for row in past.to_dict("records"):
        pair = f"{shown_id(row['mentee_id'])} and {shown_id(row['mentor_id'])}"
        message = (
            f"{pair} are {row['status']}, and their end {row['end']:%Y-%m-%d} has passed: they "
            "keep each other, and the place"
        )
        finding = Finding("W_END_PASSED", message, remedy)
        findings.append(finding.at("engagements", int(row["source_row"]), "end"))
    return findings


def _check_ties(ties: pd.DataFrame, contacts: pd.DataFrame) -> list[Finding]:
    """Ties join two different contacts that the person listed."""
    ends = ties.dropna(subset=["person_id", "contact_id", "other_contact_id"])
    person, one, other = (ends[c] for c in ("person_id", "contact_id", "other_contact_id"))
    is_self = (one == other) | (one == person) | (other == person)
    message = "the tie joins somebody with themselves, or with the person whose audit it is"
    remedy = "delete it: ties join two different contacts; the person is tied to all of them anyway"
    finding = Finding("E_SELF_TIE", message, remedy)
    findings = at_rows(ends, is_self, ("contact_ties", "other_contact_id"), finding)
    listed = pd.MultiIndex.from_frame(contacts[["person_id", "contact_id"]].astype(object))
    message = "the tie names a contact that the person did not list"
    finding = Finding("E_TIE_UNKNOWN", message, "write the contact as in contacts")
    for column in ("contact_id", "other_contact_id"):
        end = pd.MultiIndex.from_frame(ends[["person_id", column]].astype(object))
        unknown = ~end.isin(listed) & ~is_self.to_numpy(dtype=bool)
        findings += at_rows(ends, unknown, ("contact_ties", column), finding)
    return findings


def _check_notes(frame: pd.DataFrame) -> list[Finding]:
    """At most three strengths and three weaknesses an audit."""
    findings: list[Finding] = []
    remedy = f"keep the {MAX_NOTES} that matter most"
    codes = {"strength": "E_AUDIT_STRENGTHS_MAX", "weakness": "E_AUDIT_WEAKNESSES_MAX"}
    for kind, code in codes.items():
        notes = frame[(frame["kind"] == kind).fillna(False)].dropna(subset=["person_id"])
        is_over = notes.groupby("person_id").cumcount() == MAX_NOTES
        finding = Finding(code, f"the audit lists more than {MAX_NOTES} of the kind {kind}", remedy)
        findings += at_rows(notes, is_over, ("audit_notes", "kind"), finding)
    return findings
