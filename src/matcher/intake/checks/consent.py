"""Who agreed to their answers being used: said by the person, never guessed."""

from collections.abc import Mapping

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.findings import at_rows
from matcher.intake.mapping import Mapping as Columns
from matcher.intake.typed_table import TypedTable

OF_EVERYBODY, WHERE_ASKED = "required", "where asked"
SAID_NO, NO_ANSWER = CONSENT_CODES = "E_CONSENT", "E_CONSENT_UNSAID"
"""Codes of faults: whoever said no, then or since, is not asked again; who did not say is."""


def check_consent_asked(mapping: Columns, config: Config) -> list[Finding]:
    """Report a table of people that does not ask for the consent that the config requires."""
    if config.input.consent != OF_EVERYBODY or mapping.of("consent"):
        return []
    message = "consent is required, and no column of the table says who gave it"
    remedy = (
        "map the question to consent in [columns], or say"
        ' [input] consent = "where asked" if this form does not ask'
    )
    return [Finding("E_MISSING_COLUMN", message, remedy).at(mapping.spec.name, 1, "consent")]


def check_consent(tables: Mapping[str, TypedTable], config: Config) -> list[Finding]:
    """Return who did not agree: for each a fault where consent is required, else one warning.

    Whoever withdrew, or their consent, is a fault always. What was said last counts.
    """
    later = tables.get("consents")
    since = (
        {}
        if later is None
        else dict(zip(later.frame["person_id"], later.frame["consent"], strict=True))
    )
    findings = []
    for name, table in tables.items():
        if not table.spec.is_people:
            continue
        is_needed = config.input.consent == OF_EVERYBODY or (
            config.input.consent == WHERE_ASKED and "consent" in table.asked
        )
        recorded = table.frame["person_id"].map(since).astype("boolean")
        gone = (~recorded).fillna(value=False).to_numpy(dtype=bool)
        remedy = "leave the person out; see matcher forget"
        withdrawn = Finding(SAID_NO, "consent was withdrawn", remedy)
        findings += at_rows(table.frame, gone, (name, "consent"), withdrawn)
        withdrew = table.frame["withdrew"].where(recorded.isna()).fillna(value=False).to_numpy(bool)
        left = Finding(SAID_NO, "the person has withdrawn", "leave the person out")
        findings += at_rows(table.frame, withdrew, (name, "withdrew"), left)
        gone |= withdrew
        said = recorded.fillna(table.frame["consent"])
        if is_needed:
            refused = (~said.fillna(value=True)).to_numpy(dtype=bool) & ~gone
            what = "the person does not agree to be matched"
            no = Finding(SAID_NO, what, "leave the person out")
            findings += at_rows(table.frame, refused, (name, "consent"), no)
            what = "consent is required, and the person did not say"
            unsaid = Finding(NO_ANSWER, what, "ask again, or leave the person out")
            blank = said.isna().to_numpy(dtype=bool) & ~gone
            findings += at_rows(table.frame, blank, (name, "consent"), unsaid)
        elif (refused := (~said.fillna(value=True)).to_numpy(dtype=bool) & ~gone).any():
            message = f"people who did not agree to their answers being used: {int(refused.sum())}"
            remedy = 'set [input] consent = "required" to set them aside'
            first = int(table.frame["source_row"].to_numpy()[refused][0])
            findings.append(Finding("W_CONSENT", message, remedy).at(name, first, "consent"))
    return findings
