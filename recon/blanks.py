"""What counts as blank in everything that is read: reports, the bank file, orders, and what the doctor looks at.

A blank is a Unicode space or a character without width (byte order mark, zero-width space, soft hyphen, marks of
direction). Blanks at the ends of a cell do not count; inside a cell they are named by their code point.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import polars as pl

SPACES = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000"
)
WITHOUT_WIDTH = (
    "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062"
    "\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufe0e\ufe0f\ufeff\uffa0"
)
BLANKS = SPACES + WITHOUT_WIDTH
_BLANK = f"[{re.escape(BLANKS)}]"
_UNTIDY = f"^(?:{_BLANK}|$)|{_BLANK}$"


def trimmed(text: str) -> str:
    """A text without the blanks at its ends."""
    return text.strip(BLANKS)


def tidy(text: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """The columns `names` (text) without the blanks at the ends of their cells, null where nothing is left.

    Cells are tidy nearly always, and to see that costs a third of stripping them.
    """
    found = text.select(pl.col(names).str.contains(_UNTIDY).any())
    stripped = [pl.col(name).str.strip_chars(BLANKS) for name in names if found[name].any()]
    return text.with_columns(pl.when(cells != "").then(cells) for cells in stripped)


def code_point(character: str) -> str:
    """A character that cannot be seen, as it can be written in a message: `U+200B (ZERO WIDTH SPACE)`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
