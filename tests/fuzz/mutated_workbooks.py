"""A valid workbook with a few faults of XML, of parts and of the archive, by chance."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from random import Random

from tests.workbooks import MAIN, parts_of, rows_xml, sheet_xml, styles_xml, zipped

Parts = dict[str, str | bytes]

REFERENCES = [
    "A999999999", "A99999999999999999999", "a2", "AAAAAA2", "XFD1048576", "XFE1", "A0", "A-1",
    "A1048577", "", " A2 ", "A2:B3", "$A$2", "R1C1", "2A", "A٣", "A2\u200b", "&#65;2", "ZZZ2",
]  # fmt: skip
VALUES = [
    "", "1e999", "NaN", "-1", "1_0", "0x10", "99999999999999999999", "-0", "1,5", "٣", "true",
    "2958466", "-2958466", "1E-300", "#N/A", "_x0000_", "_xD800_", "&amp;", "\u202e", "=1+1",
]  # fmt: skip
NUMBERS = ["-1", "0", "7", "65536", "4294967296", "99999999999999999999", "", "x", "1.5", "٣"]
NAMES = [*NUMBERS, "xl/workbook.xml", "s1.xml", "/", "..", "mentees", "Rules", "rulez", "s" * 99]
KINDS = ["s", "str", "inlineStr", "b", "e", "n", "d", "", "S", "x"]
CODES = [
    "00000", "d-mmm", "[h]:mm", ";;;", "@", "General", "[", "]", '"', "\\", "0" * 255, "0" * 300,
    "yyyy", "[$-F800]dddd", "_(* #,##0_)", "0.00E+00", "[Red]0;[Blue]-0", "?/?", "\u0e40",
]  # fmt: skip
PIECES = [
    "<", ">", "&", "\0", "]]>", "<![CDATA[x]]>", "<!-- c -->", "<?pi x?>", "<!DOCTYPE x>", "&a;",
    "&#0;", "&#xD800;", "<c/>", "<row/>", "</row>", "<v>", "<f>1</f>", "<f/>", "\ufeff", "\u2028",
    "<rPh>", "<x:c/>", "<c><c/></c>", '<row r="2"/>', " " * 5000, "<is><t/></is>", "<sheetData>",
]  # fmt: skip


def valid_parts() -> Parts:
    """Return the parts of a workbook with rules, dates, padded ids and shared texts."""
    people = rows_xml([["person_id", "joined", "purposes"], [7, 45000, "personal"], [8, 45001]])
    people = people.replace('r="A2" s="0"', 'r="A2" s="1"').replace('r="A3" s="0"', 'r="A3" s="1"')
    people = people.replace('r="B2" s="0"', 'r="B2" s="2"').replace('r="B3" s="0"', 'r="B3" s="2"')
    people += '<row r="4" hidden="1"><c r="A4" t="s"><v>0</v></c><c r="C4" t="s"><v>1</v></c></row>'
    rules = rows_xml([["mentee_id", "mentor_id", "rule"], ["007", "r1", "never"]])
    mentors = rows_xml([["person_id", "capacity", "purposes"], ["r1", 2, "personal"], ["r2", 1]])
    sheets = {"mentees": people, "mentors": mentors, "rules": rules}
    parts = parts_of(
        {
            name: sheet_xml(xml, "<cols><col min='1' max='2'/></cols>")
            for name, xml in sheets.items()
        },
        styles=styles_xml(["000", "yyyy\\-mm\\-dd"]),
    )
    texts = "<si><t>e9</t></si><si><r><t>per</t></r><r><t>sonal</t></r></si>"
    return parts | {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'}


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("latin-1")


def _change_match(pattern: str, choices: list[str]) -> Callable[[Parts, Random], None]:
    """Return a mutation that puts a choice in place of one match's group in one part."""

    def change(parts: Parts, random: Random) -> None:
        spots = [(name, m) for name in parts for m in re.finditer(pattern, _text(parts[name]))]
        if spots:
            name, match = random.choice(spots)
            text = _text(parts[name])
            parts[name] = text[: match.start(1)] + random.choice(choices) + text[match.end(1) :]

    return change


def _insert(parts: Parts, random: Random) -> None:
    name = random.choice(sorted(parts))
    text = _text(parts[name])
    at = random.randrange(len(text) + 1)
    parts[name] = text[:at] + random.choice(PIECES) + text[at + random.choice((0, 0, 1, 9)) :]


def _repeat(parts: Parts, random: Random) -> None:
    """Write an element again, here or elsewhere, once or many times."""
    name = random.choice(sorted(parts))
    text = _text(parts[name])
    elements = list(re.finditer(r"<(\w+)[^>]*?(?:/>|>.*?</\1>)", text))
    if elements:
        chosen = random.choice(elements)
        at = random.choice((chosen.end(), random.choice(elements).start()))
        parts[name] = text[:at] + chosen.group() * random.choice((1, 2, 300)) + text[at:]


def _delete(parts: Parts, random: Random) -> None:
    name = random.choice(sorted(parts))
    text = _text(parts[name])
    tags = list(re.finditer(r"<[^>]*>", text))
    if tags and random.random() < 0.8:
        chosen = random.choice(tags)
        parts[name] = text[: chosen.start()] + text[chosen.end() :]
    else:
        del parts[name]


def _move(parts: Parts, random: Random) -> None:
    """Rename a part, with or without what refers to it."""
    name = random.choice(sorted(parts))
    odd = ["xl\\worksheets\\s1.xml", "/xl/S1.XML", "../s1.xml", "x" * 3000, "xl/worksheets/", "CON"]
    target = random.choice([*odd, *sorted(parts)])
    parts[target] = parts.pop(name)


def _encode(parts: Parts, random: Random) -> None:
    name = random.choice(sorted(parts))
    encoding = random.choice(["utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp037", "latin-1"])
    parts[name] = _text(parts[name]).replace("UTF-8", encoding).encode(encoding, "replace")


def _flip(parts: Parts, random: Random) -> None:
    name = random.choice(sorted(parts))
    content = bytearray(_text(parts[name]).encode("utf-8", "replace"))
    for _ in range(random.choice((1, 5))):
        if content:
            content[random.randrange(len(content))] = random.randrange(256)
    parts[name] = bytes(content)


MUTATIONS: list[Callable[[Parts, Random], None]] = [
    _change_match(r'<c r="([^"]*)"', REFERENCES),
    _change_match(r"<v>([^<]*)</v>", VALUES),
    _change_match(r"<t>([^<]*)</t>", VALUES),
    _change_match(r'<row r="([^"]*)"', NUMBERS),
    _change_match(r' s="([^"]*)"', NUMBERS),
    _change_match(r' t="([^"]*)"', KINDS),
    _change_match(r'formatCode="([^"]*)"', CODES),
    _change_match(r'(?:min|max|numFmtId|sheetId)="?\'?([0-9]+)', NUMBERS),
    _change_match(
        r'(?:Target|Type|Id|name|id)="([^"]*)"', [*NUMBERS, "xl/workbook.xml", "mentees"]
    ),
    _insert,
    _insert,
    _repeat,
    _delete,
    _move,
    _encode,
    _flip,
]


def _damaged_archive(content: bytes, random: Random) -> bytes:
    """Return an archive with changed bytes, cut, doubled, or with something around it."""
    changed = bytearray(content)
    kind = random.randrange(4)
    if kind == 0:
        for _ in range(random.choice((1, 8))):
            changed[random.randrange(len(changed))] = random.randrange(256)
    elif kind == 1:
        del changed[random.randrange(len(changed)) :]
    elif kind == 2:
        changed = changed[: random.randrange(len(changed))] + changed
    else:
        changed += bytes(random.randrange(2_000))
    return bytes(changed)


def mutated_workbook(random: Random) -> bytes:
    """Return the bytes of a workbook with one to four faults."""
    parts = valid_parts()
    for _ in range(random.choice((1, 1, 2, 4))):
        if parts:
            random.choice(MUTATIONS)(parts, random)
    encoded = {
        name: part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        for name, part in parts.items()
    }
    content = zipped(encoded, random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    return _damaged_archive(content, random) if random.random() < 0.15 else content
