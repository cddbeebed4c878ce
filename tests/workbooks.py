"""Workbooks written by hand, part by part, as programs that are not Excel write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"


def sheet_xml(data: str, before: str = "", after: str = "") -> str:
    """Return a worksheet around the rows of `data`."""
    rows = f"<sheetData>{data}</sheetData>"
    return f'{HEADER}<worksheet xmlns="{MAIN}">{before}{rows}{after}</worksheet>'


def cell(place: str, value: object, style: int = 0) -> str:
    """Return a cell: a number, or a text that stands in the cell itself."""
    if isinstance(value, int | float):
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{value}</t></is></c>'


def rows_xml(rows: list[list[object]], styles: Mapping[str, int] | None = None) -> str:
    """Return rows of plain cells, some with a style by their reference."""
    out = []
    for number, row in enumerate(rows, start=1):
        places = [f"{chr(65 + k)}{number}" for k in range(len(row))]
        chosen = [(styles or {}).get(place, 0) for place in places]
        cells = "".join(map(cell, places, row, chosen))
        out.append(f'<row r="{number}">{cells}</row>')
    return "".join(out)


def styles_xml(codes: list[str]) -> str:
    """Return styles: 0 is plain, k shows numbers under the k-th of `codes`."""
    own = "".join(
        f'<numFmt numFmtId="{163 + k}" formatCode="{code}"/>'
        for k, code in enumerate(codes, start=1)
    )
    used = "".join(f'<xf numFmtId="{163 + k}"/>' for k in range(1, len(codes) + 1))
    return (
        f'{HEADER}<styleSheet xmlns="{MAIN}"><numFmts>{own}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'
    )


PEOPLE: dict[str, list[list[object]]] = {
    "mentees": [["person_id", "career_years"], ["e1", 3], ["e2", 4]],
    "mentors": [["person_id", "capacity"], ["r1", 2], ["r2", 1]],
}
"""A cohort of two and two."""


def parts_of(
    sheets: Mapping[str, str] | None = None,
    *,
    folder: str = "worksheets",
    states: Mapping[str, str] | None = None,
    styles: str | None = None,
    properties: str = "",
) -> dict[str, str | bytes]:
    """Return the parts of a workbook by name.

    Parameters
    ----------
    sheets
        XML by sheet name; those of a valid cohort where a sheet is not given.
    folder
        Where in `xl` the sheets lie.
    states
        `hidden` or `veryHidden` by sheet name.
    styles
        XML of the styles.
    properties
        Attributes of the workbook.
    """
    whole = {name: sheet_xml(rows_xml(rows)) for name, rows in PEOPLE.items()} | dict(sheets or {})
    listed, related, parts = [], [], {}
    for k, (name, xml) in enumerate(whole.items(), start=1):
        state = f' state="{states[name]}"' if states and name in states else ""
        listed.append(f'<sheet name="{name}" sheetId="{k}"{state} r:id="r{k}"/>')
        related.append(
            f'<Relationship Id="r{k}" Type="{OFFICE}/worksheet" Target="{folder}/s{k}.xml"/>'
        )
        parts[f"xl/{folder}/s{k}.xml"] = xml
    if styles is not None:
        related.append(f'<Relationship Id="rs" Type="{OFFICE}/styles" Target="styles.xml"/>')
        parts["xl/styles.xml"] = styles
    return {
        "[Content_Types].xml": f"{HEADER}<Types/>",
        "_rels/.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}"><Relationship Id="b" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEADER}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"<workbookPr{properties}/><sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{HEADER}<Relationships xmlns="{PACKAGE}">'
        f"{''.join(related)}</Relationships>",
        **parts,
    }


def zipped(parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the archive of the parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()
