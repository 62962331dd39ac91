"""Walks through a report line by line: headers open sections, bad lines are set aside.

What the rows mean together (signs, control totals) is decided when the walk is over: reader.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from recon.errors import MalformedReportError
from recon.reports import signs
from recon.reports.cells import FIELD, REASON, ZONELESS, mapped, typed
from recon.reports.headers import (
    IGNORED_IN_NAMES,
    Header,
    folded,
    is_furniture,
    is_header,
    known_names,
    separator_of,
    understand,
)
from recon.reports.layouts import Layout, ReportOptions
from recon.reports.lines import COMMA, LINE, LONG, Lines, Stretch, cell_columns, is_padding
from recon.reports.names import ReportName

_TOTALS = ("total", "totals", "grandtotal", "sum", "总计", "合计")
_AGAIN = "Fetch the file again; if it stays so, ask Alipay+ for a new one"


@dataclass
class Contradiction:
    """A field that says something else than the file name, and in how many lines."""

    content_value: str  # of the first such line
    file_name_value: str
    first_line: int
    row_count: int = 0
    same_value_count: int = 0


@dataclass
class Walk:
    """A file while it is read, from line to line."""

    name: ReportName
    version: int
    options: ReportOptions
    headers: list[Header] = field(default_factory=list)
    parts: dict[str, list[pl.DataFrame]] = field(default_factory=dict)  # by section title
    bad: list[pl.DataFrame] = field(default_factory=list)
    bad_count: Counter[str] = field(default_factory=Counter)  # by section title
    assumed_zone_count: int = 0
    contradictions: dict[str, Contradiction] = field(default_factory=dict)  # by field, as delivered
    total_lines: list[pl.DataFrame] = field(default_factory=list)  # among clearing batches: what they add up to

    def __post_init__(self) -> None:
        self.layout: Layout = self.name.kind.definition.layout.with_overrides(self.options)
        self.known = known_names(self.layout.sections)
        self.where = f"{self.name.file_name} v{self.version}"

    def read(self, stream: BinaryIO) -> None:
        """Walk through the stretches; a header inside one ends it."""
        lines = Lines(stream, self.where, self.options.encoding)
        while (stretch := lines.take()) is not None:
            if not self.headers and (separator := self._other_separator(stretch)):
                lines.separator = separator
                lines.push_back(stretch.content)
                continue
            header_line = self._read_stretch(stretch) if self.headers else self._open_file(stretch)
            if header_line is not None:
                lines.push_back(stretch.lines_from(header_line + 1))
        if not self.headers:
            raise MalformedReportError("the file is empty", where=self.where, do=_AGAIN)
        if lines.unfinished is not None:
            self._refuse_cut_line(lines)
        if self.name.kind.definition.only_in_summary:
            self._require_total()

    def _other_separator(self, stretch: Stretch) -> str | None:
        """The separator that makes a header of a line, where the comma makes none."""
        if stretch.separator != COMMA or any(is_header(cells, self.known) for _, cells in stretch.as_records()):
            return None
        found = separator_of(stretch.content.decode(errors="replace").split("\n"), self.known)
        return None if found == COMMA else found

    def _open_file(self, stretch: Stretch) -> int | None:
        """Look for the first header; lines before it are put aside."""
        records = stretch.as_records()
        for number, cells in records:
            if is_header(cells, self.known) and number not in stretch.malformed:
                return self._open_section(cells, number)
            if not _is_no_row(cells):
                self.put_aside([number], "is before the first header")
        if all(_is_no_row(cells) for _, cells in records):
            return None
        shape = ", ".join(str(len(cells)) for _, cells in records[:5])
        raise MalformedReportError(
            f"no header found; the first lines have {shape} cells",
            where=f"{self.where}, line {records[0][0]}",
            do="Check that this is the report that its name says; else name its columns as aliases",
        )

    def _open_section(self, cells: list[str], number: int) -> int:
        self.headers.append(understand(cells, self.layout, number, self.where))
        return number

    def _read_stretch(self, stretch: Stretch) -> int | None:
        """Type the lines of a stretch up to the next header; its line number, if there is one."""
        header = self.headers[-1]
        text = stretch.frame(header.width)
        frame = typed(text, header, self.options, stretch)
        is_bad = frame[REASON].is_not_null()
        if not is_bad.any():
            self._keep(frame, header)
            return None
        next_header, furniture = self._structure(stretch, text.filter(is_bad))
        if next_header is not None:
            frame = frame.filter(pl.col(LINE) < next_header[0])
        frame = frame.filter(~pl.col(LINE).is_in(furniture))
        self._keep(frame.filter(pl.col(REASON).is_null()), header)
        self._set_aside(frame.filter(pl.col(REASON).is_not_null()), header)
        return None if next_header is None else self._open_section(next_header[1], next_header[0])

    def _structure(self, stretch: Stretch, bad: pl.DataFrame) -> tuple[tuple[int, list[str]] | None, list[int]]:
        """Among lines that are no rows: the next header, and the furniture before it."""
        cells = [column for column in bad.columns if column in set(cell_columns(len(bad.columns)))]
        filled = pl.sum_horizontal(pl.col(cell).is_not_null() for cell in cells)
        looks_known = pl.any_horizontal(
            pl.col(cell).str.replace_all(IGNORED_IN_NAMES, "").str.to_lowercase().is_in(list(self.known))
            for cell in cells
        )
        candidates = bad.filter((filled <= 1) | looks_known | pl.col(LONG))[LINE].to_list()
        furniture: list[int] = []
        for number, record in stretch.records_at(candidates):
            if number in stretch.malformed:
                continue
            if is_header(record, self.known):
                return (number, record), furniture
            if _is_no_row(record):
                furniture.append(number)
        return None, furniture

    def _keep(self, frame: pl.DataFrame, header: Header) -> None:
        frame = self._without_totals(frame)
        frame = self._of_own_currency(frame, header)
        self._compare_with_name(frame, header)
        self.assumed_zone_count += int(frame[ZONELESS].sum())
        internal = [c for c in frame.columns if c.startswith("_")]
        slim = self._with_role(frame.drop(FIELD, REASON, *internal))
        if slim.height:
            self.parts.setdefault(header.section.title, []).append(slim)

    def _without_totals(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Clearing batches without the line that adds them up; whether it does so is proved at the end."""
        if "clearing_batch_id" not in frame.columns:
            return frame
        named = frame["clearing_batch_id"].unique().to_list()
        totals = [name for name in named if name and folded(name) in _TOTALS and name != self.name.batch_id]
        if not totals:
            return frame
        is_total = pl.col("clearing_batch_id").is_in(totals)
        self.total_lines.append(frame.filter(is_total))
        return frame.filter(~is_total)

    def _with_role(self, rows: pl.DataFrame) -> pl.DataFrame:
        if "transaction_type" not in rows.columns:
            return rows
        roles = dict.fromkeys(self.options.payment_types, signs.PAYMENT)
        roles |= dict.fromkeys(self.options.refund_types, signs.REFUND)
        role = mapped(rows["transaction_type"], roles, signs.OTHER, pl.String)
        return rows.with_columns(role.alias(signs.ROLE))

    def _of_own_currency(self, frame: pl.DataFrame, header: Header) -> pl.DataFrame:
        """Amounts of another currency than that of the file cannot be added up: their lines are put aside."""
        column = next((c.fills for c in header.section.columns if c.confirms == "settlement_currency"), None)
        if column is None or column not in frame.columns:
            return frame
        is_other = pl.col(column).str.to_uppercase() != self.name.settlement_currency
        other = frame.filter(is_other).with_columns(
            pl.lit(header.name_of(column)).alias(FIELD), pl.lit("not the currency of the file").alias(REASON)
        )
        self._set_aside(other, header)
        return frame.filter(~is_other.fill_null(value=False))

    def _compare_with_name(self, frame: pl.DataFrame, header: Header) -> None:
        """Contents only confirm what the file name says; where they do not, the file is suspect."""
        for column in header.section.columns:
            if column.confirms is None or column.fills not in frame.columns:
                continue
            expected = str(getattr(self.name, column.confirms))
            other = frame.filter(pl.col(column.fills) != expected)
            if other.height:
                value, line = str(other[0, column.fills]), int(other[0, LINE])
                first = Contradiction(value, expected, line)
                seen = self.contradictions.setdefault(header.name_of(column.fills), first)
                seen.row_count += other.height
                seen.same_value_count += int((other[column.fills] == seen.content_value).sum())

    def _set_aside(self, frame: pl.DataFrame, header: Header) -> None:
        self.bad_count[header.section.title] += frame.height
        if frame.height:
            self.bad.append(frame.select(LINE, FIELD, REASON))

    def put_aside(self, numbers: list[int], reason: str, field: str | None = None) -> None:
        """Lines that are bad for another reason than one of their cells."""
        frame = pl.DataFrame({LINE: numbers}, schema={LINE: pl.Int32})
        self.bad.append(frame.with_columns(pl.lit(field, pl.String).alias(FIELD), pl.lit(reason).alias(REASON)))

    def name_of(self, fills: str) -> str:
        """The delivered field name of a column, by the last header that has it."""
        return next(header.name_of(fills) for header in reversed(self.headers) if fills in header.cells)

    def _require_total(self) -> None:
        """Where only the section says what the report amounts to, nothing could be proved without it."""
        summary = self.layout.summary
        if summary and summary.title not in self.parts and not self.bad_count[summary.title]:
            raise MalformedReportError(
                f"no line says {self.name.kind.definition.only_in_summary}: its summary section is missing",
                where=self.where,
                do=_AGAIN,
            )

    def _refuse_cut_line(self, lines: Lines) -> None:
        """A last line without line end that is shorter than its header was cut off."""
        cells = (lines.unfinished or b"").decode(errors="replace").split(lines.separator)
        if len(cells) < self.headers[-1].width and not _is_no_row(cells):
            raise MalformedReportError(
                "the file ends in the middle of a line",
                where=f"{self.where}, line {lines.next_line - 1}",
                do=_AGAIN,
            )


def _is_no_row(cells: list[str]) -> bool:
    return is_furniture(cells) or is_padding(cells)
