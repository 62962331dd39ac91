"""Reads a file of the list, and says whether its outcome is the documented one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import polars as pl

from recon.errors import MalformedReportError
from recon.reports.names import ReportKind
from recon.reports.reader import ParsedReport, read_report
from tests.bad_files.originals import ORIGINALS, name_of
from tests.bad_files.table import Aside, BadFile, Read, Refused

DAY = date(2026, 11, 20)


def differences(file: BadFile) -> Iterator[str]:
    """What is otherwise than documented; nothing if all is as documented."""
    text = file.mutation(ORIGINALS[file.kind])
    try:
        report = _read(text.encode() if isinstance(text, str) else text, file.kind)
    except MalformedReportError as error:
        if not isinstance(file.outcome, Refused) or file.outcome.words not in str(error):
            yield f"refused: {error}"
        return
    aside = {
        line: f"{field or ''} {reason}"
        for line, field, reason in report.quarantine[["line_number", "field", "reason"]].rows()
    }
    match file.outcome:
        case Refused(words):
            yield f"read, and not refused: {words}"
        case Read():
            yield from (f"line {line} is set aside: {reason}" for line, reason in aside.items())
            yield from _unequal(report, file, set())
            if report.finding:
                yield report.finding
        case Aside(lines, words):
            if set(aside) != set(lines):
                yield f"set aside: {aside}, and not the lines {lines}"
            yield from (f"line {line}: {reason}" for line, reason in aside.items() if words not in reason)
            yield from _unequal(report, file, set(lines))


def _unequal(report: ParsedReport, file: BadFile, without: set[int]) -> Iterator[str]:
    """Compares in the order of the lines: only their numbers may have changed."""
    original = _original(file.kind)
    columns = [name for name in original.rows.columns if name not in ("line_number", "extra", *file.forgets)]
    expected = original.rows.filter(~pl.col("line_number").is_in(sorted(without))).select(columns)
    if not report.rows.select(columns).equals(expected):
        yield f"other rows: {report.rows.select(columns).rows()}"
    if not without and not report.totals.drop("line_number").equals(original.totals.drop("line_number")):
        yield f"other totals: {report.totals.rows()}"


@cache
def _original(kind: ReportKind) -> ParsedReport:
    report = _read(ORIGINALS[kind].encode(), kind)
    assert report.finding is None
    assert report.quarantine.is_empty()
    return report


def _read(content: bytes, kind: ReportKind) -> ParsedReport:
    return read_report(content, name_of(kind), 1, DAY)
