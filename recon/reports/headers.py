"""Which line is a header, which section it opens, and which cell fills which column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from recon.blanks import BLANKS, trimmed
from recon.errors import MalformedReportError
from recon.listing import some_of
from recon.reports.layouts import Column, Layout, Section
from recon.reports.lines import COMMA

SEPARATORS = (";", "\t", "|")  # besides the comma
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_. -]*")
_END_MARK = re.compile(r"<\s*END\s*>", re.IGNORECASE)
IGNORED_IN_NAMES = rf"[_\-{re.escape(BLANKS)}]"  # for the regular expressions of Python and of Polars
_SEPARATOR_HINT = re.compile(r"sep=.?", re.IGNORECASE)  # a line that only some spreadsheets understand
_LABEL = re.compile(r"[^0-9]*(summary|details?|section)[^0-9]*", re.IGNORECASE)


def folded(name: str) -> str:
    """A field name as it is compared: case-blind, without "_", "-" and blanks."""
    return re.sub(IGNORED_IN_NAMES, "", name).lower()


def names_of(column: Column) -> tuple[str, ...]:
    """The name and its aliases, folded, in the order in which they count."""
    return tuple(map(folded, (column.name, *column.aliases)))


def known_names(sections: Iterable[Section]) -> frozenset[str]:
    """All names that any column of the sections goes by."""
    return frozenset(name for section in sections for column in section.columns for name in names_of(column))


def is_header(cells: Sequence[str], known: frozenset[str]) -> bool:
    """Most filled cells look like identifiers, and at least one is a known name."""
    filled = [name for cell in cells if (name := trimmed(cell))]
    identifiers = sum(1 for cell in filled if _IDENTIFIER.fullmatch(re.sub(IGNORED_IN_NAMES, "", cell)))
    return 2 * identifiers > len(filled) and any(folded(cell) in known for cell in filled)


def separator_of(lines: Iterable[str], known: frozenset[str]) -> str | None:
    """What is between the cells of the first header: the comma, if it makes one of any line."""
    kept = list(lines)
    for separators in ((COMMA,), SEPARATORS):
        for line in kept:
            for separator in separators:
                if is_header([trimmed(cell).strip('"') for cell in line.split(separator)], known):
                    return separator
    return None


def is_furniture(cells: Sequence[str]) -> bool:
    """A blank line, the end mark, a hint at the separator, or a line that is only the label of a section."""
    filled = [name for cell in cells if (name := trimmed(cell))]
    if len(filled) > 1:
        return False
    marks = (_END_MARK, _LABEL, _SEPARATOR_HINT)
    return not filled or any(mark.fullmatch(filled[0]) for mark in marks)


@dataclass(frozen=True)
class Header:
    """A header line, understood: the section it opens and where each column is."""

    section: Section
    names: tuple[str, ...]  # as delivered
    line: int

    @property
    def width(self) -> int:
        """Number of cells that a row may have."""
        return len(self.names)

    @property
    def signature(self) -> str:
        """The header as text, to see when a layout drifts."""
        return f"{self.section.title}:{','.join(map(folded, self.names))}"

    @cached_property
    def cells(self) -> dict[str, list[int]]:
        """Name of the filled column -> positions of its cells, the one that counts first."""
        where = {folded(name): i for i, name in enumerate(self.names)}
        found: dict[str, list[int]] = {}
        taken: set[int] = set()
        for column in sorted(self.section.columns, key=lambda c: folded(c.name) not in where):
            positions = [where[name] for name in dict.fromkeys(names_of(column)) if name in where]
            if not column.coalesced:
                positions = [position for position in positions if position not in taken][:1]
            if positions:
                found[column.known_as] = positions
                taken.update(positions)
        return found

    @cached_property
    def unknown(self) -> list[int]:
        """Positions of the cells that no column asked for."""
        taken = {position for positions in self.cells.values() for position in positions}
        return [i for i in range(self.width) if i not in taken]

    def name_of(self, fills: str) -> str:
        """The delivered field name of a column, for messages."""
        return self.names[self.cells[fills][0]] if fills in self.cells else fills


def understand(cells: Sequence[str], layout: Layout, line: int, where: str) -> Header:
    """The header that these cells are; refused if a required column cannot be found."""
    names = tuple(trimmed(cell) or f"column_{i}" for i, cell in enumerate(cells, 1))
    header = Header(_section_of(names, layout), names, line)
    place = f"{where}, line {line}"
    _refuse_duplicates(header, place)
    _refuse_missing(header, place)
    return header


def _section_of(names: Sequence[str], layout: Layout) -> Section:
    """The section with more names of its own; in doubt the detail section if it fits at all."""
    if layout.summary is None:
        return layout.detail
    present = {folded(name) for name in names}
    summary, detail = known_names([layout.summary]), known_names([layout.detail])
    only_summary, only_detail = present & (summary - detail), present & (detail - summary)
    return layout.detail if len(only_detail) >= len(only_summary) else layout.summary


def _refuse_duplicates(header: Header, where: str) -> None:
    seen: set[str] = set()
    for name in map(folded, header.names):
        if name in seen:
            raise MalformedReportError(
                f"the column {name!r} is there twice", where=where, do="Ask Alipay+ for a new file"
            )
        seen.add(name)


def _refuse_missing(header: Header, where: str) -> None:
    missing = [column for column in header.section.columns if column.required and column.fills not in header.cells]
    some_id = header.section.one_of
    if some_id and not any(name in header.cells for name in some_id):
        missing += [column for column in header.section.columns if column.fills in some_id][:1]
    if not missing:
        return
    unknown = some_of(header.names[i] for i in header.unknown) or "none"
    raise MalformedReportError(
        f"the {header.section.title} section has no column {missing[0].name!r}; unknown columns: {unknown}",
        where=where,
        do=f"If one of them is meant, name it as an alias of {missing[0].fills} under [reports]",
    )
