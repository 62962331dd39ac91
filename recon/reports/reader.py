"""Reads one report file into rows, control totals and quarantine: the only way into `parsed`.

Columns are found by name, sections by their headers, signs by a ladder that the control totals
prove. What cannot be understood goes to quarantine with its line and reason: nothing is lost.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from recon.errors import MalformedReportError
from recon.listing import counted
from recon.money import LARGEST_MINOR, currency_codes
from recon.reports import signs
from recon.reports.cells import EXTRA
from recon.reports.ids import ROUNDED, is_rounded, rounded
from recon.reports.layouts import DEFAULT, ReportOptions, Section
from recon.reports.lines import LINE
from recon.reports.names import ReportName
from recon.reports.rows import CONTRADICTIONS, QUARANTINE, SECTION_TOTALS
from recon.reports.walk import Walk
from recon.schema import Schema


@dataclass(frozen=True)
class ParsedReport:
    """One version of one file, in the tables of rows.py."""

    rows: pl.DataFrame  # in the columns of its kind
    totals: pl.DataFrame  # SECTION_TOTALS
    quarantine: pl.DataFrame  # QUARANTINE
    contradictions: pl.DataFrame  # CONTRADICTIONS
    sign_rule: str  # explicit, direction, type, plain (all one way), none (no rows)
    totals_finding: str | None  # why the rows do not equal the control totals of this file
    finding: str | None  # all objections to the file, the totals included
    header_signature: str
    unknown_columns: tuple[str, ...]
    unknown_type_count: int  # rows kept with the role OTHER
    assumed_zone_count: int  # rows whose time carried no offset

    @property
    def told_sign_rule(self) -> str:
        """The sign rule that the rows bear out; `plain` where all go one way, since then every rule fits."""
        is_one_way = self.rows.height > 0 and bool((self.rows["sign"] > 0).all())
        return signs.PLAIN if is_one_way else self.sign_rule


def read_report(
    content: bytes | Path,
    name: ReportName,
    version: int,
    clearing_day: date,
    options: ReportOptions = DEFAULT,
) -> ParsedReport:
    """Read one report; MalformedReportError if its content cannot be read as that report at all."""
    walk = Walk(name, version, options)
    with closing(_open(content)) as stream:
        walk.read(stream)
    return _Tables(walk, clearing_day).report()


def refuse_impossible_sums(report: ParsedReport) -> None:
    """MalformedReportError if the amounts or counts of a report sum up to more than 64 bits may hold later on."""
    for frame in (report.rows, report.totals):
        names = [name for name, kind in frame.schema.items() if kind == pl.Int64]
        sizes = frame.select(pl.col(name).cast(pl.Int128).abs().sum() for name in names).row(0) if names else ()
        for name, size in zip(names, sizes, strict=True):
            if (size or 0) >= LARGEST_MINOR:
                largest = frame.row(int(frame[name].abs().arg_max() or 0), named=True)
                raise MalformedReportError(
                    f"the column {name} sums up to {size:,}, more than can be money; its largest value is in this line",
                    where=f"{largest['file_id'].replace('@', ' ')}, line {largest['line_number']}",
                    do="Ask Alipay+ for a new file",
                )


def sign_hypotheses(content: bytes, name: ReportName, options: ReportOptions = DEFAULT) -> list[signs.Hypothesis]:
    """What each sign rule makes of a report; MalformedReportError as in `read_report`."""
    walk = Walk(name, 1, options)
    with closing(_open(content)) as stream:
        walk.read(stream)
    tables = _Tables(walk, date.min)
    totals = _totals_of(tables.totals_frame())
    return signs.hypotheses(tables.sign_rows(), name.kind, walk.layout.detail, totals)


def _open(content: bytes | Path) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


@dataclass(frozen=True)
class _Tables:
    """A file that was walked through, as a whole."""

    walk: Walk
    clearing_day: date

    @property
    def name(self) -> ReportName:
        """What the file name says."""
        return self.walk.name

    def report(self) -> ParsedReport:
        """Resolve the signs, prove them, and fill the tables."""
        totals_frame = self.totals_frame()
        totals = _totals_of(totals_frame)
        self._set_rounded_ids_aside()
        verdict = self._verdict(totals)
        self._prove_total_lines(verdict)
        rows = self._rows(verdict)
        has_roles = self.name.kind.definition.has_roles
        return ParsedReport(
            rows=rows,
            totals=self._as_totals(totals_frame, totals, verdict),
            quarantine=self._quarantine(),
            contradictions=self._contradictions(),
            sign_rule=verdict.rule,
            totals_finding=verdict.finding,
            finding="; ".join(filter(None, (verdict.finding, *self._name_findings()))) or None,
            header_signature="|".join(dict.fromkeys(header.signature for header in self.walk.headers)),
            unknown_columns=self._unknown_columns(),
            unknown_type_count=int((rows[signs.ROLE] == signs.OTHER).sum()) if has_roles else 0,
            assumed_zone_count=self.walk.assumed_zone_count,
        )

    def _verdict(self, totals: signs.Totals | None) -> signs.Verdict:
        """The sign rule of the file, from the few columns that it needs."""
        kind, section = self.name.kind, self.walk.layout.detail
        rows = self.sign_rows()
        line_count = rows.height + self.walk.bad_count[section.title]
        verdict = signs.resolve(rows, kind, section, totals, line_count)
        summary = self.walk.layout.summary
        if summary and self.walk.bad_count[summary.title]:
            verdict = replace(verdict, is_exact=False, finding="a control total cannot be read")
        is_judged = kind.definition.has_roles and rows.width
        return signs.with_polarity_checked(verdict, rows, section.amount) if is_judged else verdict

    def _set_rounded_ids_aside(self) -> None:
        """Lines whose ids a spreadsheet has rounded: seen only by all ids of a column together."""
        title = self.walk.layout.detail.title
        parts = self.walk.parts.get(title, [])
        for column in self.walk.layout.detail.one_of:
            ids = [part[column] for part in parts if column in part.columns]
            if not ids or not rounded(pl.concat(ids)):
                continue
            is_bad = is_rounded(pl.col(column)).fill_null(value=False)
            for place, part in enumerate(parts):
                lines = part.filter(is_bad)[LINE].to_list() if column in part.columns else []
                if lines:
                    self.walk.put_aside(lines, ROUNDED, self.walk.name_of(column))
                    self.walk.bad_count[title] += len(lines)
                    parts[place] = part.filter(~is_bad)

    def _prove_total_lines(self, verdict: signs.Verdict) -> None:
        """A line that adds up the clearing batches is left out if it does, else set aside."""
        section = self.walk.layout.detail
        lines = self.walk.total_lines
        if not lines:
            return
        parts = [*self.walk.parts.get(section.title, []), *lines]
        kinds = [False] * (len(parts) - len(lines)) + [True] * len(lines)
        rows = pl.concat(
            self._completed(part, section).with_columns(verdict.sign.alias(signs.SIGN), pl.lit(kind).alias("is_total"))
            for part, kind in zip(parts, kinds, strict=True)
        )
        amounts = [name for name in rows.columns if name.endswith("_minor")]
        turned = pl.lit(1) if verdict.rule == signs.EXPLICIT else pl.col(signs.SIGN)
        rows = rows.with_columns(pl.col(amounts).cast(pl.Int128) * turned.cast(pl.Int128))
        sums = rows.filter(~pl.col("is_total")).select(pl.col("total_count", *amounts).sum()).row(0, named=True)
        for total in rows.filter("is_total").iter_rows(named=True):
            if any(total[name] is not None and total[name] != reported for name, reported in sums.items()):
                self.walk.put_aside([total[LINE]], "a total line that is not the sum of the lines above")

    def sign_rows(self) -> pl.DataFrame:
        """Of the detail rows only what the sign rules need."""
        section = self.walk.layout.detail
        needed = [section.amount, signs.DIRECTION, signs.ROLE]
        parts = (self._completed(part, section) for part in self.walk.parts.get(section.title, []))
        narrow = [part.select(c for c in needed if c in part.columns) for part in parts]
        return pl.concat(narrow) if narrow else pl.DataFrame()

    def _rows(self, verdict: signs.Verdict) -> pl.DataFrame:
        """The detail rows, finished part by part: a table in one piece would double the memory."""
        section = self.walk.layout.detail
        parts = self.walk.parts.pop(section.title, [])
        finished = [pl.DataFrame(schema=self.name.kind.definition.rows)]
        while parts:
            rows = self._completed(parts.pop(0), section).with_columns(verdict.sign.alias(signs.SIGN))
            if self.name.kind.definition.has_roles:
                rows = self._settle_contradictions(verdict, rows)
            rows = self._as_settled(self._of_known_currencies(rows))
            finished.append(self._as_rows(rows, section, verdict.rule))
        return pl.concat(finished)

    def totals_frame(self) -> pl.DataFrame | None:
        """The lines of the summary section."""
        section = self.walk.layout.summary
        if section is None or section.title not in self.walk.parts:
            return None
        lines = pl.concat(self._completed(part, section) for part in self.walk.parts[section.title])
        return _in_direction_of_their_sum(lines)

    def _completed(self, frame: pl.DataFrame, section: Section) -> pl.DataFrame:
        """All columns that the section can fill, null where the file does not have them."""
        wanted = {**self.name.kind.definition.rows, **SECTION_TOTALS, signs.DIRECTION: pl.Int8}
        names = [column.fills for column in section.columns if column.fills in wanted]
        absent = [name for name in names if name not in frame.columns]
        if "transaction_type" in absent:  # nothing distinguishes a payment from a refund
            frame = frame.with_columns(pl.lit(signs.OTHER).alias(signs.ROLE))
        return frame.with_columns(pl.lit(None, wanted[name]).alias(name) for name in absent).select(
            LINE, *dict.fromkeys(names), EXTRA, *({signs.ROLE} & set(frame.columns))
        )

    def _settle_contradictions(self, verdict: signs.Verdict, rows: pl.DataFrame) -> pl.DataFrame:
        """A sign against its type is kept as OTHER if the totals prove it, else put aside."""
        contradicts = rows.select(signs.contradiction(self.walk.layout.detail.amount)).to_series()
        if not contradicts.any():
            return rows
        if verdict.is_exact:
            role = pl.when(contradicts).then(pl.lit(signs.OTHER)).otherwise(pl.col(signs.ROLE))
            return rows.with_columns(role.alias(signs.ROLE))
        reason = "its sign contradicts its type, and the control totals do not prove it"
        self.walk.put_aside(rows.filter(contradicts)[LINE].to_list(), reason)
        return rows.filter(~contradicts)

    def _of_known_currencies(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Codes in capitals; lines whose currency is none are put aside, the others go on."""
        for name in (name for name in rows.columns if name.endswith("currency")):
            rows = rows.with_columns(pl.col(name).str.to_uppercase())
            unknown = set(rows[name].drop_nulls().unique()) - set(currency_codes())
            for code in sorted(unknown):
                reason = f"{code[:8]!r} is not a currency of ISO 4217; allow it with its decimals under [currencies]"
                self.walk.put_aside(rows.filter(pl.col(name) == code)[LINE].to_list(), reason, self.walk.name_of(name))
            rows = rows.filter(~pl.col(name).is_in(list(unknown)).fill_null(value=False))
        return rows

    def _as_settled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """An amount or a currency that a row lacks is that of its settlement if the other one is the same in both."""
        names = "amount_minor", "currency"
        if not {*names} <= set(rows.columns) or not sum(rows[name].null_count() for name in names):
            return rows
        minor, currency, settled = map(pl.col, (*names, "settlement_amount_minor"))
        own = pl.lit(self.name.settlement_currency)
        return rows.with_columns(
            minor.fill_null(pl.when(currency == own).then(settled)),
            currency.fill_null(pl.when(minor.abs() == settled.abs()).then(own)),
        )

    def _as_rows(self, rows: pl.DataFrame, section: Section, rule: str) -> pl.DataFrame:
        if rule == signs.EXPLICIT:  # next to a net, amounts are written in its direction: see rows.py
            others = {"transaction_amount_minor", "fee_amount_minor"} - {section.amount}
            turned = others & set(rows.columns)
            rows = rows.with_columns(pl.col(name) * pl.col(signs.SIGN) for name in turned)
        unsigned = {section.amount, "amount_minor"} & set(rows.columns)
        rows = rows.with_columns(pl.col(name).abs() for name in unsigned)
        if "original_request_id" in rows.columns:
            rows = rows.with_columns(
                _unless_same("original_request_id", "request_id"),
                _unless_same("original_provider_transaction_id", "provider_transaction_id"),
            )
        return self._with_origin(rows, self.name.kind.definition.rows)

    def _as_totals(
        self, frame: pl.DataFrame | None, totals: signs.Totals | None, verdict: signs.Verdict
    ) -> pl.DataFrame:
        if frame is None or totals is None:
            return pl.DataFrame(schema=SECTION_TOTALS)
        reported = signs.signed_total(totals, self.name.kind)
        net = verdict.net if reported is None else reported
        sign = 1 if net >= 0 else -1
        is_against = (pl.col("net_amount_minor") < 0) != (totals.net < 0)
        frame = frame.with_columns(
            pl.when(is_against & (pl.col("net_amount_minor") != 0)).then(-sign).otherwise(sign).alias(signs.SIGN),
            pl.col("net_amount_minor").abs(),
            pl.lit(self.name.kind.value).alias("kind"),
        )
        return self._with_origin(frame, SECTION_TOTALS)

    def _quarantine(self) -> pl.DataFrame:
        if not self.walk.bad:
            return pl.DataFrame(schema=QUARANTINE)
        frame = pl.concat(self.walk.bad).sort(LINE)
        frame = frame.with_columns(pl.lit(self.name.kind.value).alias("kind"))
        return self._with_origin(frame, QUARANTINE)

    def _with_origin(self, frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
        """The columns of a table, in its order."""
        origin = {
            "file_id": f"{self.name.file_name}@v{self.walk.version}",
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

    def _contradictions(self) -> pl.DataFrame:
        origin = {
            "file_id": f"{self.name.file_name}@v{self.walk.version}",
            "kind": self.name.kind.value,
            "clearing_day": self.clearing_day,
        }
        rows = [origin | {"field": name} | asdict(seen) for name, seen in self.walk.contradictions.items()]
        return pl.DataFrame(rows, schema=CONTRADICTIONS)

    def _name_findings(self) -> Iterator[str]:
        for name, seen in self.walk.contradictions.items():
            yield (
                f"{name} differs from the file name in {counted(seen.row_count, 'line')},"
                f" first in line {seen.first_line}: {seen.content_value}, not {seen.file_name_value}"
            )

    def _unknown_columns(self) -> tuple[str, ...]:
        names = (header.names[i] for header in self.walk.headers for i in header.unknown)
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


def _in_direction_of_their_sum(lines: pl.DataFrame) -> pl.DataFrame:
    """Summary lines whose directions differ get the direction of their sum, and a minus where one is against it."""
    directions = lines[signs.DIRECTION]
    if directions.null_count() or directions.n_unique() < 2:
        return lines
    net = pl.col("net_amount_minor")
    signed = pl.when(net < 0).then(net).otherwise(net * directions)
    direction = 1 if (lines.select(signed.cast(pl.Int128).sum()).item() or 0) >= 0 else -1
    return lines.with_columns(signed * direction, pl.lit(direction, pl.Int8).alias(signs.DIRECTION))


def _unless_same(original: str, own: str) -> pl.Expr:
    """The id of the payment; null on the payment itself, whose id may be in a shared column."""
    return pl.when(pl.col(original) != pl.col(own).fill_null("")).then(pl.col(original))
