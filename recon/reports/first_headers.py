"""The headers of a report that was never seen before: what is recognised, what is missing, what might be meant.

Nothing is refused here. A guess is for a person to confirm: by the likeness of names and the look of the cells.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from recon.blanks import trimmed
from recon.errors import MalformedReportError
from recon.reports.headers import (
    SEPARATORS,
    Header,
    folded,
    is_furniture,
    is_header,
    known_names,
    names_of,
    separator_of,
)
from recon.reports.layouts import CellType, Column, Layout, Section
from recon.reports.lines import COMMA, Lines

SAMPLE_ROWS = 200
MOST_TO_LOOK_AT, LINES_TO_COUNT = 64 * 1024, 20
LIKE, FAIRLY_LIKE = 0.6, 0.4  # of two names; the smaller one only where a column is badly needed
_WORDS = re.compile(r"[A-Za-z][A-Za-z_. /()-]*")
_LOOKS = {
    CellType.AMOUNT: re.compile(r"[+-]?\d+(\.\d+)?"),
    CellType.COUNT: re.compile(r"\d+"),
    CellType.INSTANT: re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*"),
    CellType.DAY: re.compile(r"\d{4}-?\d{2}-?\d{2}.*|\d{4}-\d{1,2}-\d{1,2}"),
    CellType.DIRECTION: re.compile(r"(?i)[CD]|credit|debit"),
}
_NUMBER = re.compile(r"(number|num|no)\.?$")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass
class SeenHeader:
    """A header line, the section that it seems to open, and some cells under it."""

    section: Section
    names: tuple[str, ...]
    line: int
    rows: list[Sequence[str]] = field(default_factory=list)
    row_count: int = 0

    @property
    def header(self) -> Header:
        """As the reader would understand it."""
        return Header(self.section, self.names, self.line)

    @property
    def missing(self) -> list[Column]:
        """Columns without which the section cannot be read."""
        filled = self.header.cells
        needed = [column for column in self.section.columns if column.required and column.fills not in filled]
        if self.section.one_of and not any(name in filled for name in self.section.one_of):
            needed += [column for column in self.section.columns if column.fills in self.section.one_of]
        return needed

    def how(self, position: int) -> tuple[str, str]:
        """What a cell fills, and by which name it was recognised; nothing if it was not."""
        for column in self.section.columns:
            if position in self.header.cells.get(column.known_as, ()):
                folded_name = folded(self.names[position])
                by = next(name for name in (column.name, *column.aliases) if folded(name) == folded_name)
                return (column.fills or "", "its name" if by == column.name else f"alias {by}")
        return "", ""

    def cells(self, position: int) -> list[str]:
        """What is under a name."""
        return [cell for row in self.rows if position < len(row) and (cell := trimmed(row[position]))]


def seen_headers(text: str, layout: Layout) -> list[SeenHeader]:
    """Every line that is a header, or looks like one where one must be."""
    known, found, may_begin = known_names(layout.sections), list[SeenHeader](), True
    for number, cells in _records(text, known):
        if is_furniture(cells):
            may_begin = True
        elif is_header(cells, known) or (may_begin and _looks_like_one(cells)):
            names = tuple(trimmed(cell) or f"column_{i}" for i, cell in enumerate(cells, 1))
            found.append(SeenHeader(_likely_section(names, layout), names, number))
            may_begin = False
        else:
            may_begin = False
            if found:
                found[-1].row_count += 1
                if len(found[-1].rows) < SAMPLE_ROWS:
                    found[-1].rows.append(cells)
    return found


def _records(text: str, known: frozenset[str]) -> Iterator[tuple[int, list[str]]]:
    """As the reader takes them; none of a file that is no text."""
    with contextlib.suppress(MalformedReportError):
        lines = Lines(io.BytesIO(text.encode()), "")
        first = re.split(r"[\r\n]+", text[:MOST_TO_LOOK_AT])
        lines.separator = separator_of(first, known) or _likely_separator(first)
        while (stretch := lines.take()) is not None:
            yield from stretch.as_records()


def _likely_separator(lines: Iterable[str]) -> str:
    """Of a file whose names are all unknown: what is most frequent in its first lines."""
    text = "\n".join(islice(lines, LINES_TO_COUNT))
    return max((COMMA, *SEPARATORS), key=text.count)


def _looks_like_one(cells: Sequence[str]) -> bool:
    filled = [name for cell in cells if (name := trimmed(cell))]
    return len(filled) > 1 and all(_WORDS.fullmatch(cell) for cell in filled)


def _likely_section(names: Sequence[str], layout: Layout) -> Section:
    """The section whose names are the likeliest; in doubt the detail section."""
    if layout.summary is None:
        return layout.detail

    def score(section: Section) -> float:
        return sum(max(likeness(name, column) for column in section.columns) for name in names) - sum(
            1 for column in section.columns if column.required and max(likeness(n, column) for n in names) < LIKE
        )

    return layout.summary if score(layout.summary) > score(layout.detail) else layout.detail


def likeness(name: str, column: Column) -> float:
    """Between 0 and 1: of a delivered name to the best name of a column."""
    return max(difflib.SequenceMatcher(None, _as_id(folded(name)), _as_id(each)).ratio() for each in names_of(column))


def _as_id(name: str) -> str:
    """A number of something is its id."""
    return _NUMBER.sub("id", name)


def _agree_on_original(name: str, column: Column) -> bool:
    """A name that mentions an original belongs to the payment of a refund, and no other name does."""
    return ("orig" in folded(name)) == str(column.fills).startswith("original_")


def guesses(seen: SeenHeader) -> dict[str, str]:
    """Our column -> a delivered name that no one claims, the likeliest pairs first."""
    needed = {column.fills for column in seen.missing}
    pairs = [
        (likeness(seen.names[position], column), position, column)
        for position in seen.header.unknown
        for column in seen.section.columns
        if _is_open(column, seen)
        and _agree_on_original(seen.names[position], column)
        and _may_be(seen.cells(position), column)
    ]
    found: dict[str, str] = {}
    for score, position, column in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
        only_one = sum(1 for _, place, other in pairs if other is column and place not in _taken(seen, found)) == 1
        is_typed = column.type is not CellType.TEXT
        least = FAIRLY_LIKE if column.fills in needed else LIKE
        if only_one and is_typed and column.fills in needed:
            least = 0
        if score >= least and column.fills not in found and position not in _taken(seen, found):
            found[str(column.fills)] = seen.names[position]
    return found


def _is_open(column: Column, seen: SeenHeader) -> bool:
    """Not found yet, and not one that the file name has anyway."""
    return bool(column.fills) and not str(column.fills).startswith("_") and column.fills not in seen.header.cells


def _taken(seen: SeenHeader, found: dict[str, str]) -> set[int]:
    return {seen.names.index(name) for name in found.values()}


def _may_be(cells: Sequence[str], column: Column) -> bool:
    """Whether cells look like what a column holds; nothing is known of a column without cells."""
    look = _LOOKS.get(column.type)
    if look is None and (column.fills or "").endswith("currency"):
        look = _CURRENCY
    if look is None:  # an id or a code: not a time
        return not any(_LOOKS[CellType.INSTANT].fullmatch(cell) for cell in cells)
    return all(look.fullmatch(cell) for cell in cells)
