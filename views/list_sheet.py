"""A sheet whose rows are written in whole columns: a long list has a million cells, and each would be a call.

Polars makes the XML of the rows; headings, widths, filters and all else of the sheet are xlsxwriter's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

SLICE = 5000  # rows whose XML is in memory at once
CELL_LIMIT = 32_767  # characters; Excel keeps no more
CUT = " ... (cut, whole in breaks.csv)"
DIGITS = 10**15  # a spreadsheet number is exact below this
EPOCH = 25_569  # 1 January 1970 as a day of Excel
DAY_US = 86_400_000_000
_LINES = "lines_of_row"
# Control characters, and what looks like one that is written so, as Excel spells them.
_CONTROLS = {chr(code): f"_x{code:04X}_" for code in (*range(9), *range(11, 32), 0xFFFE, 0xFFFF)}
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", **_CONTROLS}


@dataclass(frozen=True)
class Cells:
    """One column of cells, as expressions over the rows of a frame. A null or empty value is no cell."""

    value: pl.Expr  # text; of a number its digits
    style: pl.Expr  # number of a format (`style_number`)
    is_text: pl.Expr


def style_number(cell_format: Any) -> int:
    """The number by which cells name a format."""
    return int(cell_format._get_xf_index())


def text_cells(value: pl.Expr, style: int) -> Cells:
    """Cells of text; what no cell can hold is cut."""
    whole = value.str.len_chars() <= CELL_LIMIT
    cut = pl.concat_str(value.str.slice(0, CELL_LIMIT - len(CUT)), pl.lit(CUT))
    return Cells(pl.when(whole).then(value).otherwise(cut), pl.lit(style), pl.lit(value=True))


def number_cells(value: pl.Expr, style: int) -> Cells:
    """Cells of whole numbers, or of moments as days since Excel's epoch."""
    return Cells(value.cast(pl.String), pl.lit(style), pl.lit(value=False))


def moment_cells(value: pl.Expr, style: int) -> Cells:
    """Cells of dates or of instants."""
    return number_cells(value.cast(pl.Datetime("us")).dt.epoch("us") / DAY_US + EPOCH, style)


def money_cells(
    minor: pl.Expr, currency: pl.Expr, decimals: Mapping[str, int], styles: Mapping[int, int], text: int
) -> Cells:
    """Cells of amounts in major units; text in the style `text` where a number would not be exact.

    `decimals`: of each currency that there is; `styles`: of an amount with so many decimals.
    """
    places = currency.replace_strict(decimals, default=None, return_dtype=pl.Int64)
    unit = pl.lit(10).pow(places).cast(pl.Int64)
    sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = pl.concat_str(pl.lit("."), (minor.abs() % unit).cast(pl.String).str.zfill(places))
    value = pl.concat_str(
        sign, (minor.abs() // unit).cast(pl.String), pl.when(places > 0).then(fraction).otherwise(pl.lit(""))
    )
    is_large = minor.abs() >= DIGITS
    style = places.replace_strict(styles, default=None, return_dtype=pl.Int64)
    return Cells(value, pl.when(is_large).then(pl.lit(text)).otherwise(style), is_large)


class ListSheet(Worksheet):
    """A sheet with a heading, and under it the rows of a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._list = pl.DataFrame()
        self._columns: Sequence[Cells] = ()

    def write_list(self, rows: pl.DataFrame, columns: Sequence[Cells], lines: pl.Expr, line_height: int) -> None:
        """Puts a row under the heading for each of `rows`, which is `lines` lines of text high."""
        height = (lines * line_height).alias(_LINES)
        self._list, self._columns = rows.with_columns(height), columns
        self._line_height = line_height
        self._check_dimensions(rows.height, len(columns) - 1)

    def _write_rows(self) -> None:
        super()._write_rows()
        for first, part in zip(range(0, self._list.height, SLICE), self._list.iter_slices(SLICE), strict=True):
            number = pl.int_range(first + 2, first + 2 + pl.len()).cast(pl.String)
            xml = part.select(_row_xml(number, self._columns, self._line_height)).to_series()
            self.fh.write("".join(xml))


def _row_xml(number: pl.Expr, columns: Sequence[Cells], line_height: int) -> pl.Expr:
    height = pl.col(_LINES)
    of_its_own = pl.format(' ht="{}" customHeight="1"', height)
    return pl.concat_str(
        pl.format('<row r="{}"', number),
        pl.when(height == line_height).then(pl.lit("")).otherwise(of_its_own),
        pl.lit(">"),
        *(_cell_xml(xl_col_to_name(place), number, cells) for place, cells in enumerate(columns)),
        pl.lit("</row>"),
    )


def _cell_xml(letters: str, number: pl.Expr, cells: Cells) -> pl.Expr:
    start = pl.format(f'<c r="{letters}{{}}" s="{{}}"', number, cells.style)
    is_there = cells.value.is_not_null() & (cells.value != "")
    xml = (
        pl.when(cells.is_text)
        .then(_text_xml(start, cells.value))
        .otherwise(pl.format("{}><v>{}</v></c>", start, cells.value))
    )
    return pl.when(is_there).then(xml).otherwise(pl.lit(""))


def _text_xml(start: pl.Expr, text: pl.Expr) -> pl.Expr:
    spelled = text.str.replace_all("_(x[0-9a-fA-F]{4}_)", "_x005F_${1}").str.replace_many(_ESCAPED)
    space = pl.when(text.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"')).otherwise(pl.lit(""))
    return pl.format('{} t="inlineStr"><is><t{}>{}</t></is></c>', start, space, spelled)
