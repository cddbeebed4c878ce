"""Markup of a workbook searched and cleaned node by node, so that it stays well-formed."""

import re
from collections.abc import Callable

from matcher.privacy.disguises import REMOVED

_TAG = re.compile(r"""<!--.*?-->|<\?.*?\?>|<(?:"[^"]*"|'[^']*'|[^<>"'])*>""", re.DOTALL)
_VALUE = re.compile(r"""(?<==)"[^"]*"|(?<==)'[^']*'""")
_HELD = "<_>"
"""What stands for a tag while the text around it is cleaned."""
_APART = "\n-----\n"
"""What keeps two nodes from being read as one name."""
_PAGE_EDGE = re.compile(r"(<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)\b[^>]*>)([^<]*)")
_CODE = re.compile(r"&amp;(?:(?:&quot;|\")[^&\"]*(?:&quot;|\")|K[0-9A-Fa-f]{6}|\d{1,3}|[A-Za-z+-])")
_MARK = "\x1f"
"""Ends a code of a page header, which runs into its text: `&LAmara`; XML itself forbids it."""
_BARE = REMOVED.strip("[]")
"""What stands in names of sheets and formulas, which take no brackets."""

Cleaner = Callable[[str], str]


def readable(text: str) -> str:
    """Return every attribute and text of some markup, one by one, and the texts run together."""
    marked = _marked(text)
    values = [value[1:-1] for tag in _TAG.findall(marked) for value in _VALUE.findall(tag)]
    return _APART.join((*values, _TAG.sub(_HELD, marked), _TAG.sub("", marked)))


def cleaned(text: str, clean: Cleaner) -> str:
    """Return markup with every attribute cleaned, and its texts together, tags where they were."""
    tags: list[str] = []

    def held(tag: re.Match[str]) -> str:
        tags.append(_VALUE.sub(lambda value: bare(value[0], clean), tag[0]))
        return _HELD

    texts = bare(_TAG.sub(held, _marked(text)), clean).split(_HELD)
    whole = "".join(text + tag for text, tag in zip(texts, [*tags, ""], strict=True))
    return whole.replace(_MARK, "")


def bare(text: str, clean: Cleaner) -> str:
    """Return a text cleaned for a place that takes no brackets: titles, formulas, sheet names."""
    new = clean(text)
    return text if new == text else new.replace(REMOVED, _BARE)


def _marked(text: str) -> str:
    def ended(edge: re.Match[str]) -> str:
        return edge[1] + _CODE.sub(lambda code: code[0] + _MARK, edge[2])

    return _PAGE_EDGE.sub(ended, text)
