"""The reader against any text: both ways of reading agree, and no line is ever lost."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.errors import MalformedReportError
from recon.reports import lines
from recon.reports.reader import ParsedReport
from tests.support.examples import examples
from tests.support.report_text import read

NAMES = (
    "transactionRequestId", "transactionType", "transactionTime", "settlementAmountValue", "remark",
)  # fmt: skip

ids = st.text("ABC019_-", min_size=1, max_size=20)
types = st.sampled_from(["PAYMENT", "REFUND", "payment", "ADJUSTMENT", ""])
times = st.sampled_from(["2026-11-20T10:00:00+08:00", "2026-11-20T10:00:00Z", "2026-11-20 10:00:00", "2026", ""])
amounts = st.one_of(st.integers(-(10**6), 10**20).map(str), st.sampled_from(["1.50", "+7", ""]))
plain = st.text("ab é\t'", max_size=5)
awkward = st.text('a,"\n\r é', max_size=6)
rows = st.lists(st.tuples(ids, types, times, amounts, plain), max_size=12)
awkward_rows = st.lists(st.tuples(ids, types, times, amounts, awkward), max_size=12)
sizes = st.integers(1, 200)


@contextlib.contextmanager
def stretches_of(size: int) -> Iterator[None]:
    """Small stretches, so that small files cross their borders."""
    names = ("FIRST_STRETCH", "STRETCH", "QUOTED_STRETCH")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(lines, name, size)
        yield


def written(table: list[tuple[str, ...]], quoting: int, line_end: str = "\n") -> str:
    """A report with one header and these rows."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=line_end)  # type: ignore[arg-type]
    writer.writerow(NAMES)
    writer.writerows(table)
    return out.getvalue()


def outcome(report: ParsedReport) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """All that was read."""
    return report.rows.rows(), report.quarantine.rows()


@given(rows, sizes, st.sampled_from(["\n", "\r\n"]))
@examples(60)
def test_quoted_and_plain_cells_read_the_same(table: list[tuple[str, ...]], size: int, line_end: str) -> None:
    with stretches_of(size):
        fast = read(written(table, csv.QUOTE_NONE, line_end))
        slow = read(written(table, csv.QUOTE_ALL, line_end))
    whole = read(written(table, csv.QUOTE_NONE, line_end))
    assert outcome(fast) == outcome(slow) == outcome(whole)


@given(awkward_rows, st.lists(st.booleans(), min_size=12, max_size=12), sizes)
@examples(60)
def test_lines_are_numbered_as_in_an_editor(table: list[tuple[str, ...]], blanks: list[bool], size: int) -> None:
    text, starts = written([], csv.QUOTE_MINIMAL), []
    for row, blank in zip(table, blanks, strict=False):
        text += "\n" if blank else ""
        starts.append(text.count("\n") + 1)
        text += written([row], csv.QUOTE_MINIMAL).split("\n", 1)[1]
    with stretches_of(size):
        report = read(text)
    seen = [*report.rows["line_number"], *report.quarantine["line_number"]]
    assert sorted(seen) == starts


@given(
    st.lists(st.lists(st.sampled_from(["", "REQ1", "PAYMENT", "7", "x y", "1.5", '"']), max_size=7)),
    sizes,
)
@examples(100)
def test_every_line_is_a_row_or_has_a_reason(table: list[list[str]], size: int) -> None:
    text = ",".join(NAMES) + "\n" + "".join(",".join(cells) + "\n" for cells in table)
    with stretches_of(size):
        try:
            report = read(text)
        except MalformedReportError:
            assert '"' in text
            return
    if '"' in text:
        return
    filled = [n for n, cells in enumerate(table, 2) if any(cell.strip() for cell in cells)]
    seen = [*report.rows["line_number"], *report.quarantine["line_number"]]
    assert sorted(seen) == filled
    assert report.quarantine["reason"].null_count() == 0


@given(st.binary(max_size=300))
@examples(100)
def test_any_bytes_are_read_or_refused_in_words(content: bytes) -> None:
    header = ",".join(NAMES).encode() + b"\n"
    for whole in (content, header + content):
        with contextlib.suppress(MalformedReportError):
            read(whole)
