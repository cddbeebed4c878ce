"""What went before this match: mentors of earlier rounds, and what audits say."""

from collections.abc import Iterator

from matcher.plans import plan_words as words
from matcher.plans.claims import Cell, Claim, ClaimKind
from matcher.plans.plan_source import PlanSource
from matcher.plans.records import Record, full_name
from matcher.vocabulary import FACETS, Frequency, Purpose

EARLIER = (ClaimKind.HAD_MENTOR, ClaimKind.AUDIT_COUNTED, ClaimKind.NETWORK_CHANGED)
"""Claims of a mentee's page on what went before."""
GAP_THAT_COUNTS = 0.5
"""From which share of a purpose that is missing a plan says that it counted."""
CHANGES = ("joined", "left", "oftener", "rarer")


def earlier_claims(source: PlanSource, mentee_id: str) -> Iterator[Claim]:
    """Yield what went before, as far as the tables hold it."""
    for mentor, row in source.had_mentors(mentee_id):
        end = row.get("end")
        row_id = f"{mentee_id} {mentor}"
        columns = ["status", *(["end"] if end is not None else [])]
        cells = tuple(Cell("engagements", row_id, column) for column in columns)
        name = full_name(source.mentors[mentor], mentor)
        codes = () if end is None else (end.date().isoformat(),)
        yield Claim(ClaimKind.HAD_MENTOR, cells, codes, (name,))
    if gaps := _gaps_that_counted(source, mentee_id):
        yield Claim(ClaimKind.AUDIT_COUNTED, (Cell("contacts", mentee_id, "purposes"),), gaps)
    yield from _changes(source, mentee_id)


def earlier_words(claim: Claim) -> str:
    """Return a claim of what went before as a sentence."""
    if claim.kind is ClaimKind.HAD_MENTOR:
        until = words.span("", claim.codes[0]) if claim.codes else ""
        return words.say("earlier", "had_mentor", name=claim.texts[0], until=until)
    if claim.kind is ClaimKind.AUDIT_COUNTED:
        told = (words.purpose_phrase(Purpose(code)) for code in claim.codes)
        return words.say("earlier", "audit_counted", what=words.listing(told))
    return words.say_many(
        len(claim.texts), "earlier", claim.codes[0], who=words.first_of(claim.texts)
    )


def _gaps_that_counted(source: PlanSource, mentee_id: str) -> tuple[str, ...]:
    """Return the purposes that few contacts serve and that the match weighed more for it."""
    settings, audit = source.config.audit, source.audit
    if audit is None or not settings.feed_match or not settings.gap_need:
        return ()
    if not source.matches_of.get(mentee_id) or "purpose" not in source.portfolios:
        return ()
    row = source.cohort.mentee_index.position[mentee_id]
    # Nobody said what contacts are for: that is not known, not missing.
    if not audit.audited[row] or not audit.networks.purposes[row].any():
        return ()
    gaps = audit.gaps[row]
    return tuple(
        purpose
        for purpose in Purpose
        if gaps[FACETS.index(f"purpose.{purpose}")] >= GAP_THAT_COUNTS
    )


def _changes(source: PlanSource, mentee_id: str) -> Iterator[Claim]:
    """Yield who joined the network since the audit before, who left, and with whom talk changed."""
    waves: dict[int, dict[str, Record]] = {}
    for row in source.contacts_of.get(mentee_id, ()):
        waves.setdefault(int(row["wave"]), {})[str(row["contact_id"])] = row
    if len(waves) < 2:
        return
    before, now = (waves[wave] for wave in sorted(waves)[-2:])
    oftener, rarer = _moved(before, now)
    found = (
        [key for key in now if key not in before],
        [key for key in before if key not in now],
        oftener,
        rarer,
    )
    cell = Cell("contacts", mentee_id, "wave")
    for change, keys in zip(CHANGES, found, strict=True):
        if keys:
            names = tuple(
                source.contact_name({"mentee_id": mentee_id, "contact_id": key}) for key in keys
            )
            yield Claim(ClaimKind.NETWORK_CHANGED, (cell,), (change,), names)


def _moved(before: dict[str, Record], now: dict[str, Record]) -> tuple[list[str], list[str]]:
    """Return with whom the person talks more often than at the audit before, and less often."""
    order = {str(often): at for at, often in enumerate(Frequency)}
    oftener: list[str] = []
    rarer: list[str] = []
    for key in now:
        was, are = (wave.get(key, {}).get("frequency") for wave in (before, now))
        if was in order and are in order and was != are:
            (oftener if order[are] < order[was] else rarer).append(key)
    return oftener, rarer
