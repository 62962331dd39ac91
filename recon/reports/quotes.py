"""A record with quoted cells, taken apart more leniently than the csv module does, and one record at a time.

Blanks before and after a quoted cell do not count (the csv module takes the first for the start of a plain cell). A
quote inside a plain cell is a character like any other.
"""

from __future__ import annotations

import re
from enum import Enum

from recon.blanks import BLANKS


class Unread(Enum):
    """Why a record has no cells."""

    OPEN = "the quoted cell goes on in the next line"
    MALFORMED = "there is more behind the end of a quoted cell"


class QuotedCells:
    """The cells of records with one separator."""

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._blanks = BLANKS.replace(separator, "")
        blanks, stop = f"[{re.escape(self._blanks)}]*", re.escape(separator)
        content = r'[^"]*(?:""[^"]*)*'
        self._quoted = re.compile(rf'{blanks}"({content})"{blanks}(?={stop}|\Z)')
        self._open = re.compile(rf'{blanks}"{content}\Z')
        self._plain = re.compile(rf"[^{stop}]*")

    def of(self, text: str) -> list[str] | Unread:
        """The cells of a record without its line end; of a plain cell with the blanks around it."""
        cells, position = list[str](), 0
        while True:
            if match := self._quoted.match(text, position):
                cells.append(match[1].replace('""', '"'))
            else:
                match = self._plain.match(text, position)
                assert match is not None  # it may be empty
                if match[0].lstrip(self._blanks).startswith('"'):
                    return Unread.OPEN if self._open.match(text, position) else Unread.MALFORMED
                cells.append(match[0])
            position = match.end() + 1
            if position > len(text):
                return cells
