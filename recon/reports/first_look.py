"""A look at a real report that no one has read yet: what is understood, what is not, what to configure.

The file is read twice: as configured, and with what is proposed. Ids are never shown whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from recon.errors import MalformedReportError
from recon.listing import counted
from recon.reports.cells import offset
from recon.reports.first_headers import SeenHeader, guesses, seen_headers
from recon.reports.layouts import DEFAULT, ReportOptions
from recon.reports.names import ReportName
from recon.reports.reader import ParsedReport, read_report, sign_hypotheses
from recon.reports.rows import ORIGIN
from recon.reports.signs import OTHER, PAYMENT, ROLE, Hypothesis

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16")
ZONES = ("+08:00", "+00:00")
WORDS = (
    "payment_types",
    "refund_types",
    "credit_codes",
    "debit_codes",
    "missing_words",
)  # each list replaces its default
_REFUND_LIKE = re.compile(r"refund|return|revers", re.IGNORECASE)
_PAYMENT_LIKE = re.compile(r"pay|purchase|sale|capture", re.IGNORECASE)
MOST_TYPES = 10
SAMPLE = 3
SHORT = 10  # characters that may be shown
WHOLE_FILE, TOTALS = "file", "control totals"
_LINE = re.compile(r", line (\d+)$")


@dataclass(frozen=True)
class Obstacle:
    """Something that keeps lines, or the file, from being read."""

    line: int  # the first one; 0 if it is the whole file
    field: str
    reason: str
    count: int = 1


@dataclass(frozen=True)
class FirstLook:
    """Everything that a person needs to know before the first run."""

    name: ReportName
    headers: tuple[SeenHeader, ...]
    proposed: ReportOptions
    guessed: Mapping[str, str]  # our column -> the delivered name that might be meant
    before: tuple[Obstacle, ...]  # as configured
    after: tuple[Obstacle, ...]  # with what is proposed
    report: ParsedReport | None  # with what is proposed; None if it cannot be read at all
    hypotheses: tuple[Hypothesis, ...]
    days: Mapping[str, int]  # zone -> clearing days that the rows fall on, if their times have none
    unknown_types: Mapping[str, int]  # transaction type that the configuration does not know -> rows
    doubts: tuple[str, ...]  # what a person must look at even if the file reads

    @property
    def reads(self) -> bool:
        """Whether nothing has to be done."""
        return not self.before


def first_look(content: bytes, name: ReportName, options: ReportOptions) -> FirstLook:
    """Looks at a file; never raises because of what is in it."""
    encoding = _encoding(content, options.encoding)
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    headers = seen_headers(text, name.kind.definition.layout.with_overrides(options))
    guessed = {fills: header_name for header in headers for fills, header_name in guesses(header).items()}
    aliases = dict(options.aliases.get(name.kind, {}))
    aliases |= {fills: (header_name, *aliases.get(fills, ())) for fills, header_name in guessed.items()}
    kinds = {**options.aliases, name.kind.value: aliases} if aliases else options.aliases
    proposed = replace(options, aliases=kinds, encoding=encoding)
    report, days, unknown, doubts = None, dict[str, int](), dict[str, int](), tuple[str, ...]()
    before, after = _obstacles(content, name, options), _obstacles(content, name, proposed)
    if not any(obstacle.field == WHOLE_FILE for obstacle in after):
        as_delivered = _read(content, name, proposed)
        unknown = _unknown_types(as_delivered, proposed)
        proposed = _with_words(proposed, unknown)
        report, proposed, days = _best(content, name, proposed)
        doubts = tuple(_doubts(as_delivered, report, unknown))
        after = _obstacles(content, name, proposed)
    hypotheses = tuple(sign_hypotheses(content, name, proposed)) if report is not None else ()
    return FirstLook(name, tuple(headers), proposed, guessed, before, after, report, hypotheses, days, unknown, doubts)


def _encoding(content: bytes, configured: str) -> str:
    """The configured one if it fits, else the first that does."""
    for encoding in (configured, *ENCODINGS):
        try:
            content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        return encoding
    return configured


def _obstacles(content: bytes, name: ReportName, options: ReportOptions) -> tuple[Obstacle, ...]:
    """What stands in the way, the whole file first, then lines of one fault together."""
    try:
        report = _read(content, name, options)
    except MalformedReportError as error:
        line = _LINE.search(str(error).split(": ")[0])
        return (Obstacle(int(line[1]) if line else 0, WHOLE_FILE, error.what),)
    lines = report.quarantine.group_by("field", "reason").agg(
        pl.col("line_number").min().alias("line"), pl.len().alias("count")
    )
    found = [
        Obstacle(row["line"], row["field"] or "", row["reason"], row["count"])
        for row in lines.sort("line").iter_rows(named=True)
    ]
    if report.totals_finding:
        found.append(Obstacle(0, TOTALS, report.totals_finding))
    return tuple(found)


def _read(content: bytes, name: ReportName, options: ReportOptions) -> ParsedReport:
    return read_report(content, name, 1, date.min, options)


def _best(
    content: bytes, name: ReportName, options: ReportOptions
) -> tuple[ParsedReport, ReportOptions, dict[str, int]]:
    """The other polarity if only that one agrees; the zone in which the rows fall on the fewest clearing days."""
    report = _read(content, name, options)
    if report.totals_finding and "credit_is_positive" in report.totals_finding:
        turned = replace(options, credit_is_positive=not options.credit_is_positive)
        other = _read(content, name, turned)
        if other.totals_finding is None:
            report, options = other, turned
    if not report.assumed_zone_count or "transaction_at" not in report.rows.columns:
        return report, options, {}
    days = {zone: _days(report.rows, options.assumed_zone, zone) for zone in ZONES}
    best = min(days, key=lambda zone: (days[zone], zone != options.assumed_zone))
    if days[best] < _days(report.rows, options.assumed_zone, options.assumed_zone):
        options = replace(options, assumed_zone=best)
        report = _read(content, name, options)
    return report, options, days


def _unknown_types(report: ParsedReport, options: ReportOptions) -> dict[str, int]:
    """Transaction types of the detail rows that mean neither a payment nor a refund, the most frequent first."""
    if ROLE not in report.rows.columns:
        return {}
    known = {word.upper() for word in (*options.payment_types, *options.refund_types)}
    counts = report.rows.group_by("transaction_type").len().sort("len", "transaction_type", descending=[True, False])
    return {word or "(empty)": count for word, count in counts.rows() if (word or "").upper() not in known}


def _with_words(options: ReportOptions, unknown: Mapping[str, int]) -> ReportOptions:
    """Types whose name says what they mean, for a person to confirm."""
    if len(unknown) > MOST_TYPES:  # more likely another column
        return options
    refunds = tuple(word for word in unknown if _REFUND_LIKE.search(word))
    payments = tuple(word for word in unknown if _PAYMENT_LIKE.search(word) and word not in refunds)
    return replace(
        options,
        payment_types=(*options.payment_types, *payments),
        refund_types=(*options.refund_types, *refunds),
    )


def _doubts(as_delivered: ParsedReport, report: ParsedReport, unknown: Mapping[str, int]) -> Iterator[str]:
    """A transaction report in which most rows, a likely word, all ids of ours, or amounts are not recognised."""
    if ROLE not in report.rows.columns:
        return
    other, height = as_delivered.unknown_type_count, as_delivered.rows.height
    if 2 * other > height or report.unknown_type_count < other:
        shown = [f"{_word(each)} ({count:,})" for each, count in unknown.items()]
        named = ", ".join(shown[:MOST_TYPES] + ["..."] * (len(shown) > MOST_TYPES))
        yield (
            f"neither payment nor refund: {other:,} of {counted(height, 'row')}; types in no list: {named or 'none'}. "
            "Put each that means one into payment_types or refund_types"
        )
    payments = report.rows.filter(pl.col(ROLE) == PAYMENT)
    if payments.height and payments["request_id"].null_count() == payments.height:
        yield "No payment has a request id of ours: name its column as request_id"
    known = report.rows.filter(pl.col(ROLE) != OTHER)
    if bare := known.filter(pl.col("amount_minor").is_null() | pl.col("currency").is_null()).height:
        yield (
            f"{bare:,} of {counted(known.height, 'payment or refund', 'payments and refunds')} without a "
            "transaction amount or transaction currency: name their columns as amount_minor and currency"
        )


def _word(word: str) -> str:
    """A type is shown whole; an id in its place is not."""
    return short(word) if re.search(r"\d{6}", word) else word


def _days(rows: pl.DataFrame, assumed: str, zone: str) -> int:
    """On how many clearing days the rows fall if their times are those of another zone."""
    moved = pl.col("transaction_at") + offset(assumed) - offset(zone) + timedelta(hours=8)
    return int(rows.select(moved.dt.date().n_unique()).item())


def sample(report: ParsedReport) -> list[dict[str, str]]:
    """What the first rows became, without empty columns; long texts shortened."""
    left_out = (set(ORIGIN) - {"line_number"}) | {"extra"}
    rows = report.rows.head(SAMPLE).drop(left_out & set(report.rows.columns))
    return [{key: short(str(value)) for key, value in row.items() if value is not None} for row in rows.to_dicts()]


def short(text: str) -> str:
    """Enough to recognise an id, not enough to use it; times and amounts fit."""
    if len(text) <= SHORT or re.fullmatch(r"\d{4}-\d{2}-\d{2} [\d:.]+", text):
        return text
    return f"{text[:4]}..{text[-4:]}"


def configuration(look: FirstLook) -> list[str]:
    """The lines of recon.toml that this file needs: the part [reports], whole."""
    options = look.proposed
    lines = [
        "[reports]",
        f"credit_is_positive = {str(options.credit_is_positive).lower()}",
        f'assumed_zone = "{options.assumed_zone}"',
        f'encoding = "{options.encoding}"',
    ]
    lines += [f"{key} = {_toml(words)}" for key in WORDS if (words := getattr(options, key)) != getattr(DEFAULT, key)]
    for kind, columns in options.aliases.items():
        if columns:
            lines += ["", f"[reports.aliases.{kind}]"]
            lines += [f"{ours} = {_toml(names)}" for ours, names in columns.items()]
    return lines


def _toml(names: Sequence[str]) -> str:
    escaped = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "[" + ", ".join(f'"{name}"' for name in escaped) + "]"
