"""A report as numbered physical lines: clean stretches by Polars, quoted ones record by record.

Both ways give the same cells and the same line numbers; what the cells mean is not known here. A record that cannot be
taken apart is one bad record: the next line begins anew.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

import polars as pl

from recon.blanks import BLANKS, tidy, trimmed
from recon.errors import MalformedReportError
from recon.reports.containers import HEAD_SIZE, refuse_container
from recon.reports.quotes import QuotedCells, Unread

LINE = "line_number"
LONG = "has_surplus_cells"
FAULT = "line_fault"
COMMA = ","
FIRST_STRETCH = 64 * 1024  # sections begin near the top: a wrong guess there must be cheap
STRETCH = 8 * 1024 * 1024
QUOTED_STRETCH = 256 * 1024
MOST_LINES = 100  # of one record: a quoted cell with more line ends is one that was never closed
OPEN_QUOTE = "a quoted cell is not closed properly"
_TO_LOOK_AT = " \"'`=#"  # besides what is not ASCII: blanks, quotes, and what spreadsheets put before a text
_PLAIN = "".join(each for each in map(chr, range(33, 127)) if each not in _TO_LOOK_AT).encode() + b"\n"
_PRINTABLE = bytes(range(32, 127)) + b"\n"
_LINE_END = re.compile(rb"\r+\n?|\n")
_PADDING = b"\x00\x1a"  # what some systems fill a file up with

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
    separator: str = COMMA
    records: list[Record] | None = None
    malformed: dict[int, str] = field(default_factory=dict)  # line -> why its cells are not those of a row

    @cached_property
    def is_plain(self) -> bool:
        """Whether no character needs a closer look, as in nearly all files."""
        return self.separator == COMMA and not self.content.translate(None, _PLAIN)

    @cached_property
    def is_printable(self) -> bool:
        """Whether all characters are those of ASCII that can be seen, or spaces."""
        return self.is_plain or not self.content.translate(None, _PRINTABLE)

    @property
    def has_point(self) -> bool:
        """Whether a cell can be a number with decimals."""
        return b"." in self.content

    @property
    def plus_count(self) -> int:
        """Number of plus signs: mostly those of the offsets of times."""
        return self.content.count(b"+")

    def frame(self, width: int) -> pl.DataFrame:
        """All lines as text cells, empty ones null, with line number, the too-long flag and the fault of a line."""
        if self.records is not None:
            return self._frame_of(self.records, width)
        for surplus in (0, 1):  # a separator too many at the end of each row is common
            try:
                text = self._by_polars(width + surplus)
            except pl.exceptions.ComputeError:  # a line with too many cells, or not UTF-8
                continue
            numbers = pl.int_range(self.first_line, self.first_line + text.height, dtype=pl.Int32)
            is_long = pl.col(cell_columns(width + 1)[-1]).is_not_null() if surplus else pl.lit(value=False)
            text = text.with_columns(numbers.alias(LINE), is_long.alias(LONG), pl.lit(None, pl.String).alias(FAULT))
            return text.select(*cell_columns(width), LINE, LONG, FAULT)
        return self._frame_of(self.as_records(), width)

    def _by_polars(self, width: int) -> pl.DataFrame:
        header = self.separator.join(cell_columns(width)).encode() + b"\n"
        text = pl.read_csv(header + self.content, infer_schema=False, quote_char=None, separator=self.separator)
        return text if self.is_plain else tidy(text, text.columns)

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
            yield number, _decoded(line, number, self.where).split(self.separator)

    @cached_property
    def line_count(self) -> int:
        """Number of physical lines."""
        return self.content.count(b"\n")

    def lines_from(self, number: int) -> bytes:
        """What is left from a physical line on."""
        return self.content.split(b"\n", number - self.first_line)[-1]

    def _frame_of(self, records: list[Record], width: int) -> pl.DataFrame:
        """The slow way: lists of cells to the same frame as the fast way."""
        columns = cell_columns(width)
        padded = [
            [trimmed(cell) or None for cell in cells[:width]] + [None] * (width - len(cells)) for _, cells in records
        ]
        frame = pl.DataFrame(padded, schema=dict.fromkeys(columns, pl.String), orient="row")
        surplus = [any(map(trimmed, cells[width:])) for _, cells in records]
        return frame.with_columns(
            pl.Series(LINE, [number for number, _ in records], pl.Int32),
            pl.Series(LONG, surplus, pl.Boolean),
            pl.Series(FAULT, [self.malformed.get(number) for number, _ in records], pl.String),
        )


class Lines:
    """Takes a report apart into stretches; line ends of any kind become "\\n"."""

    def __init__(self, stream: BinaryIO, where: str, encoding: str = "utf-8") -> None:
        refuse_container(stream.read(HEAD_SIZE), encoding, where)
        stream.seek(0)
        self._stream, self._where = _as_utf8(stream, encoding, where), where
        self._buffer = b""  # complete lines
        self._start = 0  # of what is not taken yet
        self._size = FIRST_STRETCH
        self._is_first = True
        self._ends_with_cr = False  # a carriage return alone ends a line
        self._separator = COMMA
        self._quoted = QuotedCells(COMMA)
        self.next_line = 1
        self.unfinished: bytes | None = None  # a last line without line end

    @property
    def separator(self) -> str:
        """What is between two cells."""
        return self._separator

    @separator.setter
    def separator(self, separator: str) -> None:
        self._separator, self._quoted = separator, QuotedCells(separator)

    def take(self) -> Stretch | None:
        """The next stretch, or None at the end."""
        if self._start == len(self._buffer) and not self._fill():
            return None
        quote = self._buffer.find(b'"', self._start)
        if quote < 0:
            return self._cut(len(self._buffer) - self._start)
        clean = self._buffer.rfind(b"\n", self._start, quote) + 1
        return self._cut(clean - self._start) if clean else self._take_quoted()

    def push_back(self, content: bytes) -> None:
        """The end of the last stretch is to be taken again."""
        self._start -= len(content)
        self.next_line -= content.count(b"\n")

    def _cut(self, size: int, records: list[Record] | None = None, malformed: dict[int, str] | None = None) -> Stretch:
        content = self._buffer[self._start : self._start + size]
        self._start += size
        stretch = Stretch(self.next_line, content, self._where, self._separator, records, malformed or {})
        self.next_line += stretch.line_count
        return stretch

    def _take_quoted(self) -> Stretch:
        """Follows the quotes to the end of a record, at least for a while.

        A record that is not closed properly is its first line, and the next line begins anew.
        """
        records, malformed = list[Record](), dict[int, str]()
        number, taken = self.next_line, 0
        while taken < QUOTED_STRETCH and (line := self._line_at(taken)) is not None:
            cells, size, count = self._record_at(taken, number)
            if isinstance(cells, Unread):
                malformed[number] = OPEN_QUOTE
                cells, size, count = _decoded(line, number, self._where).split(self._separator), len(line), 1
            records.append((number, cells))
            taken, number = taken + size, number + count
        return self._cut(taken, records, malformed)

    def _record_at(self, offset: int, number: int) -> tuple[list[str] | Unread, int, int]:
        """The cells of a record, its bytes and its lines."""
        text, size = "", 0
        for count in range(1, MOST_LINES + 1):
            line = self._line_at(offset + size)
            if line is None:
                break
            text += _decoded(line, number + count - 1, self._where)
            size += len(line)
            if count > 1 and b'"' not in line:
                continue
            cells = self._quoted.of(text.removesuffix("\n"))
            if cells is not Unread.OPEN:
                return cells, size, count
        return Unread.OPEN, 0, 0

    def _line_at(self, offset: int) -> bytes | None:
        """A line of what is not taken yet, which may be more than the buffer holds."""
        if self._start + offset >= len(self._buffer) and not self._fill():
            return None
        start = self._start + offset
        return self._buffer[start : self._buffer.index(b"\n", start) + 1]

    def _fill(self) -> bool:
        """Add complete lines to the buffer; False at the end of the file."""
        content = self._stream.read(self._size) + self._stream.readline()
        if self._is_first:
            content = content.removeprefix(codecs.BOM_UTF8)
            self._ends_with_cr = ends_with_cr(content)
        self._is_first, self._size = False, STRETCH
        if not content:
            return False
        self._buffer = self._buffer[self._start :] + self._with_line_ends(content)
        self._start = 0
        return True

    def _with_line_ends(self, content: bytes) -> bytes:
        if b"\r" in content:
            content = content.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
            if self._ends_with_cr:
                content = content.replace(b"\r", b"\n")
        if not content.endswith(b"\n"):
            self.unfinished = content[content.rfind(b"\n") + 1 :]
            content += b"\n"
        return content


def ends_with_cr(start: bytes) -> bool:
    """Whether the first line of a file ends with a carriage return alone: then all do."""
    end = _LINE_END.search(start)
    return end is not None and not end[0].endswith(b"\n")


def is_padding(cells: list[str]) -> bool:
    """Whether a line holds nothing but blanks and the bytes that some systems fill a file up with."""
    return not any(cell.strip(BLANKS + _PADDING.decode()) for cell in cells)


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
