"""Reads one report file into rows, control totals and quarantine: the only way into `parsed`.

Columns are found by name, sections by their headers, signs by a ladder that the control totals
prove. What cannot be understood goes to quarantine with its line and reason: nothing is lost.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from recon.errors import MalformedReportError
from recon.report_names import ReportKind, ReportName
from recon.reports import signs
from recon.reports.cells import EXTRA, FIELD, REASON, ZONELESS, mapped, typed
from recon.reports.headers import (
    Header,
    is_furniture,
    is_header,
    known_names,
    understand,
)
from recon.reports.layouts import DEFAULT, LAYOUTS, Layout, ReportOptions, Section
from recon.reports.lines import LINE, Lines, Stretch, cell_columns
from recon.reports.rows import BATCH_ROWS, FEE_ROWS, QUARANTINE, SECTION_TOTALS, TRANSACTION_ROWS

ROWS = {
    ReportKind.TRANSACTION_DETAIL: TRANSACTION_ROWS,
    ReportKind.TRANSACTION_SUMMARY: BATCH_ROWS,
    ReportKind.FEE: FEE_ROWS,
    ReportKind.SETTLEMENT: BATCH_ROWS,
}
_AGAIN = "Fetch the file again; if it stays so, ask Alipay+ for a new one"


@dataclass(frozen=True)
class ParsedReport:
    """One version of one file, in the tables of rows.py."""

    rows: pl.DataFrame  # TRANSACTION_ROWS, FEE_ROWS or BATCH_ROWS
    totals: pl.DataFrame  # SECTION_TOTALS
    quarantine: pl.DataFrame  # QUARANTINE
    sign_rule: str  # explicit, direction, type, plain (all one way), none (no rows)
    exact_totals: bool | None  # None: the file has no control totals
    totals_finding: str | None  # why the rows do not equal the control totals of this file
    finding: str | None  # all that speaks against the file, the totals included
    header_signature: str
    unknown_columns: tuple[str, ...]
    unknown_type_count: int  # rows kept with the role OTHER
    assumed_zone_count: int  # rows whose time carried no offset


def read_report(
    content: bytes | Path,
    name: ReportName,
    version: int,
    clearing_day: date,
    options: ReportOptions = DEFAULT,
) -> ParsedReport:
    """Read one report; MalformedReportError if its content cannot be read as that report at all."""
    reading = _Reading(name, version, clearing_day, options)
    with closing(_open(content)) as stream:
        reading.read(stream)
    return reading.report()


def _open(content: bytes | Path) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


@dataclass
class _Mismatch:
    """Lines that say something else than the file name."""

    count: int
    first_line: int


@dataclass
class _Reading:
    """A file while it is read: from line to line, then as a whole."""

    name: ReportName
    version: int
    clearing_day: date
    options: ReportOptions
    headers: list[Header] = field(default_factory=list)
    parts: dict[str, list[pl.DataFrame]] = field(default_factory=dict)  # by section title
    bad: list[pl.DataFrame] = field(default_factory=list)
    bad_detail_count: int = 0
    assumed_zone_count: int = 0
    mismatches: dict[str, _Mismatch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.layout: Layout = LAYOUTS[self.name.kind].with_overrides(self.options)
        self.known = known_names(self.layout.sections)
        self.where = f"{self.name.file_name} v{self.version}"

    # --- line by line

    def read(self, stream: BinaryIO) -> None:
        """Walk through the stretches; a header inside one ends it."""
        lines = Lines(stream, self.where, self.options.encoding)
        while (stretch := lines.take()) is not None:
            header_line = self._read_stretch(stretch) if self.headers else self._open_file(stretch)
            if header_line is not None:
                lines.give_back(stretch.lines_from(header_line + 1))
        if not self.headers:
            raise MalformedReportError("the file is empty", where=self.where, do=_AGAIN)
        if lines.unfinished is not None:
            self._refuse_cut_line(lines)

    def _open_file(self, stretch: Stretch) -> int | None:
        """Look for the first header; lines before it are put aside."""
        records = stretch.as_records()
        for number, cells in records:
            if is_header(cells, self.known):
                return self._open_section(cells, number)
            if not is_furniture(cells):
                self._put_aside([number], "stands before the first header")
        if all(is_furniture(cells) for _, cells in records):
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
        frame = typed(text, header, self.options)
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

    def _structure(
        self, stretch: Stretch, bad: pl.DataFrame
    ) -> tuple[tuple[int, list[str]] | None, list[int]]:
        """Among lines that are no rows: the next header, and the furniture before it."""
        cells = [column for column in bad.columns if column in set(cell_columns(len(bad.columns)))]
        filled = pl.sum_horizontal(pl.col(cell).is_not_null() for cell in cells)
        looks_known = pl.any_horizontal(
            pl.col(cell).str.replace_all("[_ -]", "").str.to_lowercase().is_in(list(self.known))
            for cell in cells
        )
        candidates = bad.filter((filled <= 1) | looks_known)[LINE].to_list()
        furniture: list[int] = []
        for number, record in stretch.records_at(candidates):
            if is_header(record, self.known):
                return (number, record), furniture
            if is_furniture(record):
                furniture.append(number)
        return None, furniture

    def _keep(self, frame: pl.DataFrame, header: Header) -> None:
        self._compare_with_name(frame, header)
        self.assumed_zone_count += int(frame[ZONELESS].sum())
        internal = [c for c in frame.columns if c.startswith("_")]
        slim = self._with_role(frame.drop(FIELD, REASON, *internal))
        if slim.height:
            self.parts.setdefault(header.section.title, []).append(slim)

    def _compare_with_name(self, frame: pl.DataFrame, header: Header) -> None:
        """Contents only confirm what the file name says; where they do not, the file is suspect."""
        for column in header.section.columns:
            if column.confirms is None or column.fills not in frame.columns:
                continue
            other = frame.filter(pl.col(column.fills) != str(getattr(self.name, column.confirms)))
            if other.height:
                seen = self.mismatches.setdefault(column.name, _Mismatch(0, int(other[0, LINE])))
                seen.count += other.height

    def _set_aside(self, frame: pl.DataFrame, header: Header) -> None:
        if header.section.title == self.layout.detail.title:
            self.bad_detail_count += frame.height
        if frame.height:
            self.bad.append(frame.select(LINE, FIELD, REASON))

    def _put_aside(self, numbers: list[int], reason: str) -> None:
        frame = pl.DataFrame({LINE: numbers}, schema={LINE: pl.Int32})
        self.bad.append(
            frame.with_columns(pl.lit(None, pl.String).alias(FIELD), pl.lit(reason).alias(REASON))
        )

    def _refuse_cut_line(self, lines: Lines) -> None:
        """A last line without line end that is shorter than its header was cut off."""
        cells = (lines.unfinished or b"").decode(errors="replace").split(",")
        if len(cells) < self.headers[-1].width and not is_furniture(cells):
            raise MalformedReportError(
                "the file ends in the middle of a line",
                where=f"{self.where}, line {lines.next_line - 1}",
                do=_AGAIN,
            )

    # --- as a whole

    def report(self) -> ParsedReport:
        """Resolve the signs, prove them, and fill the tables."""
        totals_frame = self._totals_frame()
        totals = _totals_of(totals_frame)
        verdict = self._verdict(totals)
        rows = self._rows(verdict)
        is_detail = self.name.kind is ReportKind.TRANSACTION_DETAIL
        return ParsedReport(
            rows=rows,
            totals=self._as_totals(totals_frame, totals, verdict),
            quarantine=self._quarantine(),
            sign_rule=verdict.rule,
            exact_totals=verdict.is_exact,
            totals_finding=verdict.finding,
            finding="; ".join(filter(None, (verdict.finding, *self._name_findings()))) or None,
            header_signature="|".join(dict.fromkeys(header.signature for header in self.headers)),
            unknown_columns=self._unknown_columns(),
            unknown_type_count=int((rows[signs.ROLE] == signs.OTHER).sum()) if is_detail else 0,
            assumed_zone_count=self.assumed_zone_count,
        )

    def _verdict(self, totals: signs.Totals | None) -> signs.Verdict:
        """The sign rule of the file, from the few columns that it needs."""
        kind, section = self.name.kind, self.layout.detail
        needed = [section.amount, signs.DIRECTION, signs.ROLE]
        parts = (self._completed(part, section) for part in self.parts.get(section.title, []))
        narrow = [part.select(c for c in needed if c in part.columns) for part in parts]
        rows = pl.concat(narrow) if narrow else pl.DataFrame()
        line_count = rows.height + self.bad_detail_count
        verdict = signs.resolve(rows, kind, section, totals, line_count)
        is_detail = kind is ReportKind.TRANSACTION_DETAIL
        return signs.with_polarity_checked(verdict, rows) if is_detail and narrow else verdict

    def _rows(self, verdict: signs.Verdict) -> pl.DataFrame:
        """The detail rows, finished part by part: a table in one piece would double the memory."""
        section = self.layout.detail
        parts = self.parts.pop(section.title, [])
        finished = [pl.DataFrame(schema=ROWS[self.name.kind])]
        while parts:
            rows = self._completed(parts.pop(0), section).with_columns(
                verdict.sign.alias(signs.SIGN)
            )
            if self.name.kind is ReportKind.TRANSACTION_DETAIL:
                rows = self._settle_contradictions(verdict, rows)
            finished.append(self._as_rows(rows, section))
        return pl.concat(finished)

    def _totals_frame(self) -> pl.DataFrame | None:
        section = self.layout.summary
        if section is None or section.title not in self.parts:
            return None
        return pl.concat(self._completed(part, section) for part in self.parts[section.title])

    def _completed(self, frame: pl.DataFrame, section: Section) -> pl.DataFrame:
        """All columns that the section can fill, null where the file does not have them."""
        wanted = {**ROWS[self.name.kind], **SECTION_TOTALS, signs.DIRECTION: pl.Int8}
        names = [column.fills for column in section.columns if column.fills in wanted]
        absent = [name for name in names if name not in frame.columns]
        return frame.with_columns(pl.lit(None, wanted[name]).alias(name) for name in absent).select(
            LINE, *dict.fromkeys(names), EXTRA, *({signs.ROLE} & set(frame.columns))
        )

    def _with_role(self, rows: pl.DataFrame) -> pl.DataFrame:
        if "transaction_type" not in rows.columns:
            return rows
        roles = dict.fromkeys(self.options.payment_types, signs.PAYMENT)
        roles |= dict.fromkeys(self.options.refund_types, signs.REFUND)
        role = mapped(rows["transaction_type"], roles, signs.OTHER, pl.String)
        return rows.with_columns(role.alias(signs.ROLE))

    def _settle_contradictions(self, verdict: signs.Verdict, rows: pl.DataFrame) -> pl.DataFrame:
        """A sign against its type is kept as OTHER if the totals prove it, else put aside."""
        contradicts = rows.select(signs.contradiction()).to_series()
        if not contradicts.any():
            return rows
        if verdict.is_exact:
            role = pl.when(contradicts).then(pl.lit(signs.OTHER)).otherwise(pl.col(signs.ROLE))
            return rows.with_columns(role.alias(signs.ROLE))
        reason = "its sign contradicts its type, and the control totals do not prove it"
        self._put_aside(rows.filter(contradicts)[LINE].to_list(), reason)
        return rows.filter(~contradicts)

    def _as_rows(self, rows: pl.DataFrame, section: Section) -> pl.DataFrame:
        unsigned = {section.amount, "amount_minor"} & set(rows.columns)
        rows = rows.with_columns(pl.col(name).abs() for name in unsigned)
        if "original_request_id" in rows.columns:
            rows = rows.with_columns(
                _unless_same("original_request_id", "request_id"),
                _unless_same("original_provider_transaction_id", "provider_transaction_id"),
            )
        return self._with_origin(rows, ROWS[self.name.kind])

    def _as_totals(
        self, frame: pl.DataFrame | None, totals: signs.Totals | None, verdict: signs.Verdict
    ) -> pl.DataFrame:
        if frame is None or totals is None:
            return pl.DataFrame(schema=SECTION_TOTALS)
        expected = signs.signed_total(totals, self.name.kind)
        default = (
            (1 if verdict.net >= 0 else -1) if expected is None else (1 if expected >= 0 else -1)
        )
        frame = frame.with_columns(
            pl.lit(default, pl.Int8).alias(signs.SIGN),
            pl.col("net_amount_minor").abs(),
            pl.lit(self.name.kind.value).alias("kind"),
        )
        return self._with_origin(frame, SECTION_TOTALS)

    def _quarantine(self) -> pl.DataFrame:
        if not self.bad:
            return pl.DataFrame(schema=QUARANTINE)
        frame = pl.concat(self.bad).sort(LINE)
        frame = frame.with_columns(pl.lit(self.name.kind.value).alias("kind"))
        return self._with_origin(frame, QUARANTINE)

    def _with_origin(
        self, frame: pl.DataFrame, schema: dict[str, pl.DataType | type[pl.DataType]]
    ) -> pl.DataFrame:
        """The columns of a table, in its order."""
        origin = {
            "file_id": f"{self.name.file_name}@v{self.version}",
            "clearing_day": self.clearing_day,
            "participant_agreement_id": self.name.participant_agreement_id,
            "settlement_currency": self.name.settlement_currency,
            "batch_id": self.name.batch_id,
        }
        frame = frame.with_columns(pl.lit(value).alias(name) for name, value in origin.items())
        absent = [pl.lit(None, t).alias(n) for n, t in schema.items() if n not in frame.columns]
        frame = frame.with_columns(absent)
        wrong = [n for n, t in schema.items() if frame.schema[n] != t]
        return frame.with_columns(pl.col(n).cast(schema[n]) for n in wrong).select(list(schema))

    def _name_findings(self) -> Iterator[str]:
        for column, seen in self.mismatches.items():
            yield (
                f"{column} differs from the file name in {seen.count} lines, "
                f"first in line {seen.first_line}"
            )

    def _unknown_columns(self) -> tuple[str, ...]:
        names = (header.names[i] for header in self.headers for i in header.unknown)
        return tuple(dict.fromkeys(names))


def _totals_of(frame: pl.DataFrame | None) -> signs.Totals | None:
    """The control totals of all summary lines together."""
    if frame is None or frame.is_empty():
        return None
    counts = frame["total_count"]
    direction = frame[signs.DIRECTION].drop_nulls().unique()
    return signs.Totals(
        None if counts.null_count() else int(counts.sum()),
        int(frame["net_amount_minor"].cast(pl.Int128).sum()),
        int(direction[0]) if len(direction) == 1 else None,
    )


def _unless_same(original: str, own: str) -> pl.Expr:
    """The id of the payment; null on the payment itself, whose id may stand in a shared column."""
    return pl.when(pl.col(original) != pl.col(own).fill_null("")).then(pl.col(original))
