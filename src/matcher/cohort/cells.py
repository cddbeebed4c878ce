"""Cells that a spreadsheet would run: neutralised when written, restored when read back.

A text cell that starts with ``= + - @``, a tab, a carriage return or line feed, or the full-width
twin of one of the signs is a formula to a spreadsheet (OWASP, 'CSV injection'). An apostrophe in
front makes it text. Texts that already start with an apostrophe before such a sign get one more, so
that ``restore(neutralise(text)) == text`` for every text.
"""

import re
from collections.abc import Callable

import pandas as pd

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 full-width twins are meant
_FIRST = frozenset(f"'{FORMULA_STARTS}")
_ACTIVE = re.compile(rf"^'*[{re.escape(FORMULA_STARTS)}]")
_NEUTRAL = re.compile(rf"^'+[{re.escape(FORMULA_STARTS)}]")


def neutralise(text: str) -> str:
    """Return `text` such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in _FIRST and _ACTIVE.match(text) else text


def restore(text: str) -> str:
    """Return the text that :func:`neutralise` was given."""
    return text[1:] if text[:1] == "'" and _NEUTRAL.match(text) else text


def neutralise_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of `frame` with every text cell neutralised; numbers stay as they are."""
    return _map_text(frame, neutralise)


def restore_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of `frame` with every text cell restored."""
    return _map_text(frame, restore)


def _map_text(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    out = frame.copy()
    for column in out.columns:
        if out[column].dtype == object or isinstance(out[column].dtype, pd.StringDtype):
            values = out[column].tolist()
            texts = {value for value in values if isinstance(value, str)}
            changed = {text: new for text in texts if (new := change(text)) != text}
            if changed:
                out[column] = [changed.get(v, v) if isinstance(v, str) else v for v in values]
    return out
