"""A report as numbered physical lines: clean stretches by Polars, quoted ones by the csv module.

Both ways give the same cells and the same line numbers; what the cells mean is not known here.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import polars as pl

from recon.errors import MalformedReportError

LINE = "line_number"
LONG = "has_surplus_cells"
BLANKS = " \t"
FIRST_STRETCH = 64 * 1024  # sections begin near the top: a wrong guess there must be cheap
STRETCH = 8 * 1024 * 1024
QUOTED_STRETCH = 256 * 1024

Record = tuple[int, list[str]]


def cell_columns(width: int) -> list[str]:
    """Names of the text columns of a stretch."""
    return [f"c{index}" for index in range(width)]


@dataclass(frozen=True)
class Stretch:
    """Complete lines that belong together; `records` are given where quotes had to be followed."""

    first_line: int
    content: bytes  # UTF-8, lines end with "\n"
    where: str
    records: list[Record] | None = None

    def frame(self, width: int) -> pl.DataFrame:
        """All lines as text cells, empty ones null, with line number and the too-long flag."""
        if self.records is not None:
            return _frame_of(self.records, width)
        header = ",".join(cell_columns(width)).encode() + b"\n"
        try:
            text = pl.read_csv(header + self.content, infer_schema=False, quote_char=None)
        except pl.exceptions.ComputeError:  # a line with too many cells, or not UTF-8
            return _frame_of(self.as_records(), width)
        numbers = pl.int_range(self.first_line, self.first_line + text.height, dtype=pl.Int32)
        return _tidy(text, self.content).with_columns(numbers.alias(LINE), pl.lit(value=False).alias(LONG))

    def as_records(self) -> list[Record]:
        """Each line as a list of cells."""
        if self.records is not None:
            return self.records
        return list(self.records_at(range(self.first_line, self.first_line + self.line_count)))

    def records_at(self, numbers: Iterable[int]) -> Iterator[Record]:
        """Some lines as lists of cells."""
        if self.records is not None:
            wanted = set(numbers)
            yield from (record for record in self.records if record[0] in wanted)
            return
        lines = self.content.split(b"\n") if numbers else []
        for number in numbers:
            line = lines[number - self.first_line]
            yield number, _decoded(line, number, self.where).split(",")

    @cached_property
    def line_count(self) -> int:
        """Number of physical lines."""
        return self.content.count(b"\n")

    def lines_from(self, number: int) -> bytes:
        """What is left from a physical line on."""
        return self.content.split(b"\n", number - self.first_line)[-1]


class Lines:
    """Takes a report apart into stretches; line ends of any kind become "\\n"."""

    def __init__(self, stream: BinaryIO, where: str, encoding: str = "utf-8") -> None:
        self._stream, self._where = _as_utf8(stream, encoding, where), where
        self._buffer = b""  # complete lines
        self._start = 0  # of what is not taken yet
        self._taken = 0  # by the csv module, from the start
        self._size = FIRST_STRETCH
        self._is_first = True
        self.next_line = 1
        self.unfinished: bytes | None = None  # a last line without line end

    def take(self) -> Stretch | None:
        """The next stretch, or None at the end."""
        if self._start == len(self._buffer) and not self._fill():
            return None
        quote = self._buffer.find(b'"', self._start)
        if quote < 0:
            return self._cut(len(self._buffer) - self._start)
        clean = self._buffer.rfind(b"\n", self._start, quote) + 1
        return self._cut(clean - self._start) if clean else self._take_quoted()

    def give_back(self, content: bytes) -> None:
        """The end of the last stretch is to be taken again."""
        self._start -= len(content)
        self.next_line -= content.count(b"\n")

    def _cut(self, size: int, records: list[Record] | None = None) -> Stretch:
        content = self._buffer[self._start : self._start + size]
        self._start += size
        stretch = Stretch(self.next_line, content, self._where, records)
        self.next_line += stretch.line_count
        return stretch

    def _take_quoted(self) -> Stretch:
        """Follow the quotes to the end of a record, at least for a while."""
        records: list[Record] = []
        number = self.next_line
        reader = csv.reader(self._text_lines(), strict=True)
        try:
            for cells in reader:
                records.append((number, cells))
                number = self.next_line + reader.line_num
                if self._taken >= QUOTED_STRETCH:
                    break
        except csv.Error:
            raise MalformedReportError(
                "a quoted cell is not closed properly",
                where=f"{self._where}, line {number}",
                do="Fetch the file again; if it stays so, ask Alipay+ for a new one",
            ) from None
        return self._cut(self._taken, records)

    def _text_lines(self) -> Iterator[str]:
        """Lines for the csv module, which may ask for more than the buffer holds."""
        self._taken, number = 0, self.next_line
        while self._start + self._taken < len(self._buffer) or self._fill():
            start = self._start + self._taken
            end = self._buffer.index(b"\n", start) + 1
            self._taken += end - start
            yield _decoded(self._buffer[start:end], number, self._where)
            number += 1

    def _fill(self) -> bool:
        """Add complete lines to the buffer; False at the end of the file."""
        content = self._stream.read(self._size) + self._stream.readline()
        if self._is_first:
            content = content.removeprefix(codecs.BOM_UTF8)
        self._is_first, self._size = False, STRETCH
        if not content:
            return False
        self._buffer = self._buffer[self._start :] + self._with_line_ends(content)
        self._start = 0
        return True

    def _with_line_ends(self, content: bytes) -> bytes:
        if not content.endswith(b"\n"):
            self.unfinished = content[content.rfind(b"\n") + 1 :]
            content += b"\n"
        if b"\r" in content:
            content = content.replace(b"\r\n", b"\n").replace(b"\r", b" ")
        return content


def _as_utf8(stream: BinaryIO, encoding: str, where: str) -> BinaryIO:
    """The stream itself, or a copy in UTF-8 if the configuration names another encoding."""
    if encoding.lower() in ("utf-8", "utf8", "utf-8-sig"):
        return stream
    try:
        return io.BytesIO(stream.read().decode(encoding).encode())
    except (UnicodeDecodeError, LookupError):
        raise MalformedReportError(
            f"the text is not in the configured encoding {encoding}",
            where=where,
            do="Correct `encoding` under [reports]",
        ) from None


def _decoded(line: bytes, number: int, where: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise MalformedReportError(
            "the text is not UTF-8",
            where=f"{where}, line {number}",
            do="If Alipay+ writes another encoding, name it as `encoding` under [reports]",
        ) from None


def _tidy(text: pl.DataFrame, content: bytes) -> pl.DataFrame:
    """Cells without surrounding blanks; looked for in the bytes first, for blanks are rare."""
    if b" " not in content and b"\t" not in content:
        return text
    stripped = pl.all().str.strip_chars(BLANKS)
    return text.with_columns(pl.when(stripped != "").then(stripped).name.keep())


def _frame_of(records: list[Record], width: int) -> pl.DataFrame:
    """The slow way: lists of cells to the same frame as the fast way."""
    columns = cell_columns(width)
    padded = [
        [cell.strip(BLANKS) or None for cell in cells[:width]] + [None] * (width - len(cells)) for _, cells in records
    ]
    frame = pl.DataFrame(padded, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(
        pl.Series(LINE, [number for number, _ in records], pl.Int32),
        pl.Series(LONG, [len(cells) > width for _, cells in records], pl.Boolean),
    )
